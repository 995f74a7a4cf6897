//! UTF-16 to UTF-8 while reading: what Windows tools write.
//!
//! Guarantee: half of a pair or half of a unit is an error, never a replacement character.

use std::io::{self, Read};

/// Which byte of a unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    /// The low one.
    Little,
    /// The high one.
    Big,
}

/// The byte order of a text that is UTF-16: by its mark, or by the zeros beside its first two characters. Data begin with ASCII: a brace, a bracket
/// or a column's name.
pub(super) fn byte_order(head: &[u8]) -> Option<ByteOrder> {
    match head {
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, ..] => Some(ByteOrder::Little),
        [0xfe, 0xff, ..] => Some(ByteOrder::Big),
        [a, 0, b, 0, ..] if *a > 0 && *b > 0 => Some(ByteOrder::Little),
        [0, a, 0, b, ..] if *a > 0 && *b > 0 => Some(ByteOrder::Big),
        _ => None,
    }
}

/// Gives the text in UTF-8, without a byte order mark.
pub(super) struct Decoder<R> {
    bytes: R,
    order: ByteOrder,
    /// A byte or a high surrogate that the last read ended with.
    rest: Vec<u8>,
    decoded: Vec<u8>,
    taken: usize,
    started: bool,
}

impl<R: Read> Decoder<R> {
    pub(super) fn new(bytes: R, order: ByteOrder) -> Self {
        Decoder {
            bytes,
            order,
            rest: Vec::new(),
            decoded: Vec::new(),
            taken: 0,
            started: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        let mut block = std::mem::take(&mut self.rest);
        let before = block.len();
        self.bytes.by_ref().take(1 << 16).read_to_end(&mut block)?;
        let is_end = block.len() == before;
        if is_end && block.is_empty() {
            return Ok(());
        }
        let (pairs, odd) = block.as_chunks::<2>();
        let mut units: Vec<u16> = (pairs.iter())
            .map(|pair| match self.order {
                ByteOrder::Little => u16::from_le_bytes(*pair),
                ByteOrder::Big => u16::from_be_bytes(*pair),
            })
            .collect();
        let mut rest = odd.to_vec();
        if !is_end
            && units
                .last()
                .is_some_and(|unit| (0xd800..0xdc00).contains(unit))
        {
            units.pop();
            rest = pairs
                .last()
                .into_iter()
                .flatten()
                .chain(odd)
                .copied()
                .collect();
        }
        if is_end && !rest.is_empty() {
            return Err(io::Error::other("the UTF-16 text ends within a character"));
        }
        self.rest = rest;
        self.decoded.clear();
        self.taken = 0;
        for letter in char::decode_utf16(units) {
            let letter = letter.map_err(|error| {
                let unit = error.unpaired_surrogate();
                io::Error::other(format!(
                    "not UTF-16: half of a pair, U+{unit:04X}, stands alone"
                ))
            })?;
            if letter == '\u{feff}' && !self.started {
                self.started = true;
                continue;
            }
            self.started = true;
            let mut buffer = [0; 4];
            self.decoded.extend(letter.encode_utf8(&mut buffer).bytes());
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.decoded.len() {
            self.decoded.clear();
            self.taken = 0;
            // A block may hold a byte order mark only, or half a character.
            while self.decoded.is_empty() {
                let held = self.rest.len();
                self.refill()?;
                if self.decoded.is_empty() && self.rest.len() == held {
                    return Ok(0);
                }
            }
        }
        let rest = self.decoded.get(self.taken..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> io::Result<String> {
        let order = byte_order(bytes).expect("UTF-16");
        let mut text = String::new();
        Decoder::new(bytes, order).read_to_string(&mut text)?;
        Ok(text)
    }

    fn encoded(text: &str, order: ByteOrder) -> Vec<u8> {
        let bytes = |unit: u16| match order {
            ByteOrder::Little => unit.to_le_bytes(),
            ByteOrder::Big => unit.to_be_bytes(),
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn both_orders_with_and_without_a_mark() {
        // Long enough for several blocks, with pairs across their ends.
        let text = format!("{{\"a\":\"x{}\"}}", "é😀".repeat(30_000));
        for order in [ByteOrder::Little, ByteOrder::Big] {
            assert_eq!(decoded(&encoded(&text, order)).unwrap(), text);
            let marked = format!("\u{feff}{text}");
            assert_eq!(decoded(&encoded(&marked, order)).unwrap(), text);
        }
        assert_eq!(byte_order(b"{\"a\":1}"), None);
    }

    #[test]
    fn broken_text_is_an_error() {
        let mut half = encoded("ab", ByteOrder::Little);
        half.extend(0xd800_u16.to_le_bytes());
        assert!(decoded(&half).is_err());
        let mut odd = encoded("ab", ByteOrder::Little);
        odd.push(b'c');
        assert!(decoded(&odd).is_err());
    }
}
