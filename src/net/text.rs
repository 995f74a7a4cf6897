//! Membership in a list of networks, as a test over the canonical text of an address.
//!
//! In: networks. Out: a [`TextTest`]: equalities, prefixes, and at most two regexes, any of which decides. For engines
//! that hold addresses as text (SQL).
//!
//! Promises, for any text that is the canonical spelling of an address ([`super::canonical()`]): the test is true exactly
//! if the address lies in one of the networks. For other text: `equals` and a regex ending in `$` are true only of
//! texts built like an address; a prefix (`10.`) and a regex without `$` look no further than the part that decides, so
//! `10.foo` passes `10.`. A spelling that is not canonical (`FE80::1`, `0:0::1`, `010.0.0.1`) is usually missed. The
//! schema promises canonical text; if you cannot keep that promise, canonicalise before the test.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::branch::Branch;
use super::network::Network;
use super::text_ipv6;

/// Alternatives, any of which makes the test true. All empty: no network, always false.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TextTest {
    /// The whole text is one of these.
    pub equals: Vec<String>,
    /// The text starts with one of these.
    pub starts_with: Vec<String>,
    /// The text matches one of these: at most two, one open (`^…`) and one closed (`^…$`). They hold only literals,
    /// `\.`, classes, groups, `|`, `?`, `{m,n}`, a `^` at the start and a `$` at the end, which
    /// [`crate::pattern::Pattern`] reads and prints for every dialect. They have no capital letters, need no case
    /// folding, and never match a newline.
    pub matches: Vec<String>,
}

/// The cheapest exact test for membership in any of the networks: networks inside others are left out, and two halves
/// of one network are joined, however they were written.
pub(crate) fn text_test(networks: &[Network]) -> TextTest {
    let mut test = TextTest::default();
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    for network in merged(networks) {
        for branch in branches(&network) {
            match branch {
                Branch::Equals(text) => test.equals.push(text),
                Branch::Prefix(text) => test.starts_with.push(text),
                Branch::Open(regex) => open.push(regex),
                Branch::Closed(regex) => closed.push(regex),
            }
        }
    }
    if let Some(regex) = joined(&open) {
        test.matches.push(format!("^{regex}"));
    }
    if let Some(regex) = joined(&closed) {
        test.matches.push(format!("^{regex}$"));
    }
    test
}

fn joined(branches: &[String]) -> Option<String> {
    match branches {
        [] => None,
        [one] => Some(if has_bare_bar(one) {
            format!("({one})")
        } else {
            one.clone()
        }),
        many => Some(format!("({})", many.join("|"))),
    }
}

/// Whether a `|` is outside every group.
fn has_bare_bar(regex: &str) -> bool {
    let mut depth = 0_i32;
    regex.chars().any(|c| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        c == '|' && depth == 0
    })
}

/// Drops what others cover and joins halves, until nothing changes. In order.
fn merged(networks: &[Network]) -> Vec<Network> {
    let mut sorted = networks.to_vec();
    sorted.sort_unstable();
    let mut kept: Vec<Network> = Vec::new();
    for network in sorted {
        if kept.last().is_some_and(|last| last.covers(&network)) {
            continue;
        }
        let mut network = network;
        // A wider network sorts before all it covers, so the only possible partner is the last one kept.
        while let Some(last) = kept.last() {
            match halves(last, &network) {
                Some(whole) => {
                    kept.pop();
                    network = whole;
                }
                None => break,
            }
        }
        kept.push(network);
    }
    kept
}

fn halves(low: &Network, high: &Network) -> Option<Network> {
    let whole = Network::holding(low.first(), low.length().checked_sub(1)?)?;
    let same = low.length() == high.length() && low.first() != high.first();
    (same && whole.covers(high)).then_some(whole)
}

fn branches(network: &Network) -> Vec<Branch> {
    let count = if network.is_ipv4() { 32 } else { 128 } - network.length();
    if count <= 2 {
        return hosts(network.first(), 1 << count)
            .map(|a| Branch::Equals(a.to_string()))
            .collect();
    }
    match network.first() {
        IpAddr::V4(address) => vec![ipv4(address, network.length())],
        IpAddr::V6(address) => text_ipv6::branches(address, network.length()),
    }
}

fn hosts(first: IpAddr, count: u32) -> impl Iterator<Item = IpAddr> {
    (0..count).map(move |n| match first {
        IpAddr::V4(a) => IpAddr::V4(Ipv4Addr::from_bits(a.to_bits() | n)),
        IpAddr::V6(a) => IpAddr::V6(Ipv6Addr::from_bits(a.to_bits() | u128::from(n))),
    })
}

/// Whole octets are a prefix; a part of one octet is a range of decimal numbers.
fn ipv4(address: Ipv4Addr, length: u8) -> Branch {
    let whole = usize::from(length / 8);
    let octets: Vec<String> = address
        .octets()
        .iter()
        .take(whole)
        .map(|o| format!("{o}."))
        .collect();
    let start = octets.concat();
    if length.is_multiple_of(8) && whole > 0 {
        return Branch::Prefix(start);
    }
    let start = start.replace('.', "\\.");
    let low = u32::from(address.octets().get(whole).copied().unwrap_or(0));
    let range = decimal_range(low, low + (1 << (8 - length % 8)) - 1);
    // In canonical text only IPv4 has dots, so digits followed by one are the first octet.
    if whole < 3 {
        Branch::Open(format!("{start}{range}\\."))
    } else {
        Branch::Closed(format!("{start}{range}"))
    }
}

/// A regex for the numbers from `low` to `high`, both at most 255, written without leading zeros.
pub(super) fn decimal_range(low: u32, high: u32) -> String {
    if (low, high) == (0, 255) {
        return "[0-9]{1,3}".to_owned();
    }
    let mut parts: Vec<String> = Vec::new();
    for (least, greatest) in [(0, 9), (10, 99), (100, 255)] {
        let (from, to) = (low.max(least), high.min(greatest));
        if from <= to {
            same_width(from, to, &mut parts);
        }
    }
    match parts.as_slice() {
        [one] => one.clone(),
        many => format!("({})", many.join("|")),
    }
}

/// Numbers of one width: split by the leading digits, joining neighbours that allow every last digit.
fn same_width(low: u32, high: u32, parts: &mut Vec<String>) {
    if high < 10 {
        parts.push(digits(low, high));
        return;
    }
    let (mut tens, last) = (low / 10, high / 10);
    while tens <= last {
        let from = if tens == low / 10 { low % 10 } else { 0 };
        let to = if tens == last { high % 10 } else { 9 };
        let mut end = tens;
        if (from, to) == (0, 9) {
            // Further full tens under the same hundred.
            while end < last && (end + 1) / 10 == tens / 10 && (end + 1 < last || high % 10 == 9) {
                end += 1;
            }
        }
        let hundreds = if tens >= 10 {
            (tens / 10).to_string()
        } else {
            String::new()
        };
        parts.push(format!(
            "{hundreds}{}{}",
            digits(tens % 10, end % 10),
            digits(from, to)
        ));
        tens = end + 1;
    }
}

fn digits(from: u32, to: u32) -> String {
    match to - from {
        0 => from.to_string(),
        1 => format!("[{from}{to}]"),
        _ => format!("[{from}-{to}]"),
    }
}
