//! The IPv6 half of [`super::text`].
//!
//! Canonical text writes the longest run of two or more zero groups as `::`, the leftmost if several are longest. What
//! follows the prefix therefore decides how the prefix itself is written: `100:0:0:1::/64` holds both `100::1:a:b:c:d`
//! and `100:0:0:1::5`. So every position and length of the `::` is a case. Each case that some address of the network
//! takes gives a regex over the groups written out; the cases whose `::` comes after the prefix share one prefix, and
//! those whose `::` reaches past its end share one regex.

use std::net::{IpAddr, Ipv6Addr};

use super::branch::Branch;

const ANY: &str = "[0-9a-f]{1,4}";

/// The values one group may take: `low..=high`, `high + 1 - low` a power of two.
#[derive(Clone, Copy)]
struct Group {
    low: u16,
    high: u16,
}

impl Group {
    fn may_be_zero(self) -> bool {
        self.low == 0
    }
}

/// Where the `::` is: `length` groups from `start`; length 0 if there is none.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Zeros {
    start: usize,
    length: usize,
}

pub(super) fn branches(address: Ipv6Addr, length: u8) -> Vec<Branch> {
    let groups = constraints(address, length);
    // How many groups the prefix touches.
    let bound = usize::from(length.div_ceil(16));
    let cases: Vec<Zeros> = all_cases().filter(|case| taken(&groups, *case)).collect();
    let mut found = Vec::new();

    if bound == 0 {
        // In canonical text only IPv6 has colons.
        return vec![Branch::Open("[0-9a-f]{0,4}:".to_owned())];
    }
    if cases
        .iter()
        .any(|case| case.length == 0 || case.start >= bound)
    {
        let text = written(&groups, 0, bound);
        found.push(match (bound, text.literal()) {
            (8, _) => Branch::Closed(text.regex()),
            (_, Some(literal)) => Branch::Prefix(format!("{literal}:")),
            (_, None) => Branch::Open(format!("{}:", text.regex())),
        });
    }
    for start in 0..bound {
        let past = cases
            .iter()
            .filter(|c| c.length > 0 && c.start == start && c.start + c.length >= bound);
        if let Some(most) = past.map(|c| 8 - c.start - c.length).max() {
            found.push(Branch::Closed(format!(
                "{}::{}",
                written(&groups, 0, start).regex(),
                up_to(most)
            )));
        }
        let within = cases
            .iter()
            .filter(|c| c.length > 0 && c.start == start && c.start + c.length < bound);
        for case in within {
            let left = written(&groups, 0, start).regex();
            let right = written(&groups, case.start + case.length, bound);
            let free = match 8 - bound {
                0 => String::new(),
                1 => format!(":{ANY}"),
                n => format!("(:{ANY}){{{n}}}"),
            };
            found.push(Branch::Closed(format!("{left}::{}{free}", right.regex())));
        }
    }
    shorter(found)
}

/// A prefix that ends in a partial group which may be zero has two cases, the group written out and the group inside the
/// `::`. Where there is no third, both are one regex with an optional group: `3fff:abc:…` and `3fff::…`.
fn shorter(found: Vec<Branch>) -> Vec<Branch> {
    if let [Branch::Open(open), Branch::Closed(closed)] = found.as_slice()
        && let Some(groups) = open.strip_suffix(':')
    {
        let tail = groups.rsplit(':').next().unwrap_or(groups);
        let head = groups.strip_suffix(tail).unwrap_or_default();
        let colons = if head.is_empty() { "::" } else { ":" };
        if closed.starts_with(&format!("{head}{colons}")) && !closed.starts_with(groups) {
            return vec![Branch::Open(format!("{head}{}:", optional(tail)))];
        }
    }
    found
}

/// The group, or nothing at all.
fn optional(group: &str) -> String {
    match group.strip_prefix("[0-9a-f]{1,") {
        Some(most) => format!("[0-9a-f]{{0,{most}"),
        None if group.ends_with(']') && group.matches('[').count() == 1 => format!("{group}?"),
        None => format!("({group})?"),
    }
}

fn constraints(address: Ipv6Addr, length: u8) -> [Group; 8] {
    let mut index = 0_u8;
    address.segments().map(|low| {
        let fixed = length.saturating_sub(16 * index).min(16);
        index += 1;
        let free = u16::MAX.checked_shr(u32::from(fixed)).unwrap_or(0);
        Group {
            low,
            high: low | free,
        }
    })
}

fn all_cases() -> impl Iterator<Item = Zeros> {
    let some = (0..7).flat_map(|start| (2..=8 - start).map(move |length| Zeros { start, length }));
    std::iter::once(Zeros {
        start: 0,
        length: 0,
    })
    .chain(some)
}

/// Whether the canonical text of some address of the network has its `::` there: ask the address whose other groups are
/// nonzero wherever they may be, which leaves every rival run of zeros as short as it can be.
fn taken(groups: &[Group; 8], case: Zeros) -> bool {
    let mut segments = [0_u16; 8];
    for (index, (segment, group)) in segments.iter_mut().zip(groups).enumerate() {
        let inside = index >= case.start && index < case.start + case.length;
        if inside && !group.may_be_zero() {
            return false;
        }
        *segment = if inside { 0 } else { group.high };
    }
    // An address inside ::ffff:0:0/96 is an IPv4 address. A network that is not wholly in there has the last bit of
    // the sixth group free, and the neighbour has its zeros in the same places.
    if Ipv6Addr::from(segments).to_ipv4_mapped().is_some()
        && let Some(sixth) = segments.get_mut(5)
    {
        *sixth = 0xfffe;
    }
    shape(&IpAddr::V6(Ipv6Addr::from(segments)).to_string()) == case
}

/// Reads the place of the `::` off a canonical text.
fn shape(text: &str) -> Zeros {
    let count = |part: &str| {
        if part.is_empty() {
            0
        } else {
            part.split(':').count()
        }
    };
    match text.split_once("::") {
        None => Zeros {
            start: 0,
            length: 0,
        },
        Some((left, right)) => Zeros {
            start: count(left),
            length: 8 - count(left) - count(right),
        },
    }
}

/// The groups `from..to` written out.
fn written(groups: &[Group; 8], from: usize, to: usize) -> Written {
    Written(groups.iter().take(to).skip(from).copied().collect())
}

struct Written(Vec<Group>);

impl Written {
    fn literal(&self) -> Option<String> {
        let fixed = self.0.iter().all(|group| group.low == group.high);
        fixed.then(|| self.regex())
    }

    fn regex(&self) -> String {
        let groups: Vec<String> = self.0.iter().map(|group| hex_range(*group)).collect();
        groups.join(":")
    }
}

/// At most `most` groups, with nothing before or after.
fn up_to(most: usize) -> String {
    match most {
        0 => String::new(),
        1 => "[0-9a-f]{0,4}".to_owned(),
        2 => format!("({ANY}(:{ANY})?)?"),
        n => format!("({ANY}(:{ANY}){{0,{}}})?", n - 1),
    }
}

/// A regex for the values of the group in hexadecimal without leading zeros.
fn hex_range(group: Group) -> String {
    if group.low == group.high {
        return format!("{:x}", group.low);
    }
    // Whole free digits at the end, and the digit before them of which some bits are free.
    let bits = (group.high - group.low).count_ones();
    let (whole, part) = (bits / 4, bits % 4);
    let first = group.low.checked_shr(4 * whole).unwrap_or(0);
    let last = group.high.checked_shr(4 * whole).unwrap_or(0);
    if group.low == 0 {
        return match (part, whole) {
            (0, 1) => "[0-9a-f]".to_owned(),
            (0, n) => format!("[0-9a-f]{{1,{n}}}"),
            (_, 0) => hex_digits(0, last),
            (_, 1) => format!("{}?[0-9a-f]", hex_digits(1, last)),
            (_, n) => format!("{}?[0-9a-f]{{1,{n}}}", hex_digits(1, last)),
        };
    }
    let head = if part == 0 {
        format!("{first:x}")
    } else {
        let upper = first >> 4;
        let upper = if upper == 0 {
            String::new()
        } else {
            format!("{upper:x}")
        };
        format!("{upper}{}", hex_digits(first & 15, last & 15))
    };
    match whole {
        0 => head,
        1 => format!("{head}[0-9a-f]"),
        n => format!("{head}[0-9a-f]{{{n}}}"),
    }
}

/// A class for the hexadecimal digits `from..=to`; a single digit is itself.
fn hex_digits(from: u16, to: u16) -> String {
    let span = |from: u16, to: u16| match to.checked_sub(from) {
        None => String::new(),
        Some(0) => format!("{from:x}"),
        Some(1) => format!("{from:x}{to:x}"),
        Some(_) => format!("{from:x}-{to:x}"),
    };
    if from == to {
        return format!("{from:x}");
    }
    format!("[{}{}]", span(from, to.min(9)), span(from.max(10), to))
}
