//! The canonical spelling of an address.
//!
//! In: text. Out: the one spelling the language knows (dotted decimal, or RFC 5952 for IPv6), or nothing.
//! Guarantee: two texts that name the same address have the same canonical spelling.

use std::net::IpAddr;

/// Reads an address, strictly: no blanks, no zone (`fe80::1%eth0`), no leading zeros in IPv4, no brackets, no port.
/// An IPv4-mapped IPv6 address is the IPv4 address.
pub fn parse_address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>()
        .ok()
        .map(|address| address.to_canonical())
}

/// The canonical spelling of the address that `text` names: `0:0:0:0:0:0:0:1` is `::1`, `::FFFF:10.0.0.1` is
/// `10.0.0.1`. `None` if it is not an address.
pub fn canonical(text: &str) -> Option<String> {
    parse_address(text).map(|address| address.to_string())
}

/// Whether `text` is an address in its canonical spelling.
pub fn is_canonical(text: &str) -> bool {
    canonical(text).is_some_and(|spelling| spelling == text)
}
