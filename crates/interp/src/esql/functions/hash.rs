//! In: bytes. Out: MD5, SHA-1 and SHA-256 in hexadecimal.
//! Promise: the algorithms of RFC 1321 and FIPS 180-4; for comparing with what the platform computes, not for protecting anything.

fn hexadecimal(bytes: impl Iterator<Item = u8>) -> String {
    bytes.map(|b| format!("{b:02x}")).collect()
}

/// The message, one bit, zeros, and its length in bits.
fn padded(bytes: &[u8], little: bool) -> Vec<u8> {
    let mut message = bytes.to_vec();
    let bits = u64::try_from(bytes.len()).unwrap_or(0).wrapping_mul(8);
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend(if little {
        bits.to_le_bytes()
    } else {
        bits.to_be_bytes()
    });
    message
}

fn words(block: &[u8], little: bool) -> Vec<u32> {
    block
        .chunks(4)
        .map(|chunk| {
            let bytes: [u8; 4] = chunk.try_into().unwrap_or_default();
            if little {
                u32::from_le_bytes(bytes)
            } else {
                u32::from_be_bytes(bytes)
            }
        })
        .collect()
}

fn word(words: &[u32], at: usize) -> u32 {
    words.get(at).copied().unwrap_or_default()
}

/// MD5.
pub fn md5(bytes: &[u8]) -> String {
    const SHIFTS: [[u32; 4]; 4] = [
        [7, 12, 17, 22],
        [5, 9, 14, 20],
        [4, 11, 16, 23],
        [6, 10, 15, 21],
    ];
    let mut state = [0x6745_2301u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded(bytes, true).chunks(64) {
        let message = words(block, true);
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64u32 {
            let (mix, at) = match step / 16 {
                0 => (b & c | !b & d, step),
                1 => (d & b | !d & c, (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), 7 * step % 16),
            };
            // The constants are the sines of whole numbers.
            let sine = (f64::from(step + 1).sin().abs() * 4_294_967_296.0) as u32;
            let at = usize::try_from(at).unwrap_or(0);
            let round = usize::try_from(step / 16).unwrap_or(0);
            let turn = usize::try_from(step % 4).unwrap_or(0);
            let shift = SHIFTS.get(round).and_then(|s| s.get(turn)).copied();
            let sum = a
                .wrapping_add(mix)
                .wrapping_add(sine)
                .wrapping_add(word(&message, at));
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(shift.unwrap_or(0)));
        }
        for (old, new) in state.iter_mut().zip([a, b, c, d]) {
            *old = old.wrapping_add(new);
        }
    }
    hexadecimal(state.iter().flat_map(|w| w.to_le_bytes()))
}

/// SHA-1.
pub fn sha1(bytes: &[u8]) -> String {
    let mut state = [
        0x6745_2301u32,
        0xefcd_ab89,
        0x98ba_dcfe,
        0x1032_5476,
        0xc3d2_e1f0,
    ];
    for block in padded(bytes, false).chunks(64) {
        let mut message = words(block, false);
        for at in 16..80 {
            let mixed = word(&message, at - 3)
                ^ word(&message, at - 8)
                ^ word(&message, at - 14)
                ^ word(&message, at - 16);
            message.push(mixed.rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (step, scheduled) in message.iter().enumerate() {
            let (mix, constant) = match step / 20 {
                0 => (b & c | !b & d, 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => (b & c | b & d | c & d, 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6u32),
            };
            let next = a
                .rotate_left(5)
                .wrapping_add(mix)
                .wrapping_add(e)
                .wrapping_add(constant)
                .wrapping_add(*scheduled);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (old, new) in state.iter_mut().zip([a, b, c, d, e]) {
            *old = old.wrapping_add(new);
        }
    }
    hexadecimal(state.iter().flat_map(|w| w.to_be_bytes()))
}

/// The first primes, from whose roots the constants of SHA-256 are taken.
fn primes(count: usize) -> Vec<u64> {
    (2u64..)
        .filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0))
        .take(count)
        .collect()
}

/// The first 32 bits behind the point of a root.
fn fraction(number: u64, cube: bool) -> u32 {
    // Whole-number roots of the number shifted left give the bits exactly.
    let power = if cube { 3 } else { 2 };
    let target = u128::from(number) << (32 * power);
    let (mut low, mut high) = (0u128, 1u128 << 38);
    while high - low > 1 {
        let middle = (low + high) / 2;
        if middle.pow(power) <= target {
            low = middle;
        } else {
            high = middle;
        }
    }
    u32::try_from(low & 0xffff_ffff).unwrap_or(0)
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> String {
    let primes = primes(64);
    let constants: Vec<u32> = primes.iter().map(|p| fraction(*p, true)).collect();
    let mut state = [0u32; 8];
    for (slot, prime) in state.iter_mut().zip(&primes) {
        *slot = fraction(*prime, false);
    }
    for block in padded(bytes, false).chunks(64) {
        let mut message = words(block, false);
        for at in 16..64 {
            let (x, y) = (word(&message, at - 15), word(&message, at - 2));
            let small = x.rotate_right(7) ^ x.rotate_right(18) ^ x >> 3;
            let large = y.rotate_right(17) ^ y.rotate_right(19) ^ y >> 10;
            let sum = word(&message, at - 16)
                .wrapping_add(small)
                .wrapping_add(word(&message, at - 7))
                .wrapping_add(large);
            message.push(sum);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for (scheduled, constant) in message.iter().zip(&constants) {
            let turned = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let first = h
                .wrapping_add(turned)
                .wrapping_add(e & f ^ !e & g)
                .wrapping_add(*constant)
                .wrapping_add(*scheduled);
            let turned = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let second = turned.wrapping_add(a & b ^ a & c ^ b & c);
            (h, g, f, e) = (g, f, e, d.wrapping_add(first));
            (d, c, b, a) = (c, b, a, first.wrapping_add(second));
        }
        for (old, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *old = old.wrapping_add(new);
        }
    }
    hexadecimal(state.iter().flat_map(|w| w.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{md5, sha1, sha256};

    /// The test values of the standards themselves.
    #[test]
    fn known_values() {
        assert_eq!(md5(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(md5(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(sha1(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            sha256(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
