//! Addresses and networks.
//!
//! In: a call. Out: its expression. Guarantee: both sides are compared by the shortest prefix that any of them or the call gives; what is no address gives
//! null (<https://learn.microsoft.com/en-us/kusto/query/ipv4-compare-function>, <https://learn.microsoft.com/en-us/kusto/query/ipv6-compare-function>).

use super::{Answered, Call};
use crate::kql::bind;
use crate::kql::cell::{Cell, Type};
use crate::kql::fault::Fault;
use crate::kql::typed::Typed;
use std::cmp::Ordering;
use std::net::Ipv6Addr;

/// An address with its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kql) struct Ipv4 {
    pub address: u32,
    pub prefix: u32,
}

/// The bits of a prefix.
fn mask(prefix: u32) -> u32 {
    u32::MAX.checked_shl(32 - prefix.min(32)).unwrap_or(0)
}

fn mask6(prefix: u32) -> u128 {
    u128::MAX.checked_shl(128 - prefix.min(128)).unwrap_or(0)
}

impl Ipv4 {
    /// Whether an address lies in this network.
    pub(in crate::kql) fn holds(self, other: Ipv4) -> bool {
        let mask = mask(self.prefix.min(other.prefix));
        self.address & mask == other.address & mask
    }
}

fn prefix(text: &str, most: u32) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let prefix = digits.then(|| text.parse().ok()).flatten()?;
    (prefix <= most).then_some(prefix)
}

/// The address in a text, with its prefix or 32.
pub(in crate::kql) fn ipv4(text: &str) -> Option<Ipv4> {
    let text = text.trim();
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, prefix(bits, 32)?),
        None => (text, 32),
    };
    let mut value = 0u32;
    let mut count = 0;
    for number in address.split('.') {
        let digits = (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        // A number with a zero before it is none: measured of `parse_ipv4`.
        let digits = digits && (number.len() == 1 || !number.starts_with('0'));
        let octet = digits.then(|| number.parse::<u8>().ok()).flatten()?;
        value = value << 8 | u32::from(octet);
        count += 1;
        if count > 4 {
            return None;
        }
    }
    (count == 4).then_some(Ipv4 {
        address: value,
        prefix: bits,
    })
}

/// The address in a text as IPv6; IPv4 is mapped. `parse_ipv6` counts the bits of a prefix behind an IPv4 tail in that tail, the others do not.
fn ipv6(text: &str, in_tail: bool) -> Option<(u128, u32)> {
    let text = text.trim();
    if let Some(v4) = ipv4(text) {
        return Some((0xffff_0000_0000 | u128::from(v4.address), 96 + v4.prefix));
    }
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) if in_tail && address.contains('.') => {
            (address, 96 + prefix(bits, 32)?)
        }
        Some((address, bits)) => (address, prefix(bits, 128)?),
        None => (text, 128),
    };
    // The zone of a link is no part of the address.
    let address = address
        .split_once('%')
        .map_or(address, |(address, _)| address);
    let address: Ipv6Addr = address.parse().ok()?;
    Some((u128::from(address), bits))
}

fn shown(address: u32) -> String {
    let [a, b, c, d] = address.to_be_bytes();
    format!("{a}.{b}.{c}.{d}")
}

pub(super) fn bind(call: &Call<'_, '_, '_>) -> Answered {
    let order = |order: Ordering| Cell::Long(order as i64);
    Ok(Some(match call.name {
        "parse_ipv4" => {
            call.count(1, 1)?;
            Typed::strict(Type::Long, &[call.text(0)?], |cells| {
                let found = ipv4(cells.first()?.as_text()?)?;
                Some(Cell::Long(i64::from(found.address & mask(found.prefix))))
            })
        }
        "parse_ipv4_mask" => {
            call.count(2, 2)?;
            let parts = [call.text(0)?, call.long(1)?];
            Typed::strict(Type::Long, &parts, |cells| {
                let found = ipv4(cells.first()?.as_text()?)?;
                let given = u32::try_from(cells.get(1)?.as_long()?).ok()?;
                let bits = mask(found.prefix.min(given));
                (given <= 32).then(|| Cell::Long(i64::from(found.address & bits)))
            })
        }
        "ipv4_netmask_suffix" => {
            call.count(1, 1)?;
            Typed::strict(Type::Long, &[call.text(0)?], |cells| {
                Some(Cell::Long(i64::from(
                    ipv4(cells.first()?.as_text()?)?.prefix,
                )))
            })
        }
        "format_ipv4" | "format_ipv4_mask" => {
            call.count(1, 2)?;
            format(call)?
        }
        "ipv4_is_private" => {
            call.count(1, 1)?;
            let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(|network| {
                ipv4(network).unwrap_or(Ipv4 {
                    address: 0,
                    prefix: 32,
                })
            });
            Typed::strict(Type::Bool, &[call.text(0)?], move |cells| {
                let found = ipv4(cells.first()?.as_text()?)?;
                Some(Cell::Bool(
                    private.iter().any(|network| network.holds(found)),
                ))
            })
        }
        "ipv4_compare" => pair(call, compare4, order)?,
        "ipv4_is_match" | "ipv4_is_in_range" => pair(call, compare4, equal)?,
        "ipv6_compare" => pair(call, compare6, order)?,
        "ipv6_is_match" | "ipv6_is_in_range" => pair(call, compare6, equal)?,
        "ipv4_is_in_any_range" => {
            any_range(call, |text, range| Some(ipv4(range)?.holds(ipv4(text)?)))?
        }
        "ipv6_is_in_any_range" => any_range(call, |text, range| {
            compare6(text, range, 128).map(|order| order == Ordering::Equal)
        })?,
        "parse_ipv6" => {
            call.count(1, 1)?;
            Typed::strict(Type::Text, &[call.text(0)?], |cells| {
                let (address, bits) = ipv6(cells.first()?.as_text()?, true)?;
                let masked = Ipv6Addr::from(address & mask6(bits));
                let groups = masked.segments().map(|group| format!("{group:04x}"));
                Some(Cell::text(groups.join(":")))
            })
        }
        _ => return Ok(None),
    }))
}

fn equal(order: Ordering) -> Cell {
    Cell::Bool(order == Ordering::Equal)
}

fn compare4(one: &str, other: &str, prefix: u32) -> Option<Ordering> {
    let (one, other) = (ipv4(one)?, ipv4(other)?);
    let mask = mask(prefix.min(one.prefix).min(other.prefix));
    Some((one.address & mask).cmp(&(other.address & mask)))
}

fn compare6(one: &str, other: &str, prefix: u32) -> Option<Ordering> {
    let ((one, bits), (other, bits2)) = (ipv6(one, false)?, ipv6(other, false)?);
    let mask = mask6(prefix.min(bits).min(bits2));
    Some((one & mask).cmp(&(other & mask)))
}

/// A comparison of two addresses, with a prefix or without.
fn pair(
    call: &Call<'_, '_, '_>,
    compare: fn(&str, &str, u32) -> Option<Ordering>,
    answer: impl Fn(Ordering) -> Cell + 'static,
) -> Result<Typed, Fault> {
    call.count(2, 3)?;
    let parts = [call.text(0)?, call.text(1)?, call.long_or(2, 128)?];
    let ty = if call.name.ends_with("compare") {
        Type::Long
    } else {
        Type::Bool
    };
    Ok(Typed::strict(ty, &parts, move |cells| {
        let [Cell::Text(one), Cell::Text(other), Cell::Long(prefix)] = cells else {
            return None;
        };
        compare(one, other, u32::try_from(*prefix).ok()?).map(&answer)
    }))
}

fn any_range(
    call: &Call<'_, '_, '_>,
    inside: fn(&str, &str) -> Option<bool>,
) -> Result<Typed, Fault> {
    call.count(2, 64)?;
    let mut parts = vec![call.text(0)?];
    for at in 1..call.args.len() {
        let typed = call.get(at)?;
        if !matches!(typed.ty, Type::Text | Type::Dynamic) {
            return Err(call.wrong(at, "a string or an array"));
        }
        parts.push(typed.clone());
    }
    Ok(Typed::strict(Type::Bool, &parts, move |cells| {
        let (Cell::Text(text), ranges) = cells.split_first()? else {
            return None;
        };
        let ranges = ranges.iter().flat_map(|cell| match cell {
            Cell::Array(array) => array.as_slice(),
            other => std::slice::from_ref(other),
        });
        let mut known = true;
        for range in ranges {
            match inside(text, &bind::text_of(range, Type::Dynamic)) {
                Some(true) => return Some(Cell::Bool(true)),
                Some(false) => {}
                None => known = false,
            }
        }
        known.then_some(Cell::Bool(false))
    }))
}

fn format(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let with_mask = call.name == "format_ipv4_mask";
    let address = call.get(0)?.clone();
    if !matches!(address.ty, Type::Text | Type::Long | Type::Int) {
        return Err(call.wrong(0, "a string or a number"));
    }
    let parts = [address, call.long_or(1, 32)?];
    Ok(Typed::strict(Type::Text, &parts, move |cells| {
        let given = u32::try_from(cells.get(1)?.as_long()?).ok()?;
        let found = match cells.first()? {
            Cell::Long(value) => Ipv4 {
                address: u32::try_from(*value).ok()?,
                prefix: 32,
            },
            cell => ipv4(cell.as_text()?)?,
        };
        if given > 32 {
            return None;
        }
        let bits = found.prefix.min(given);
        let text = shown(found.address & mask(bits));
        Some(Cell::text(if with_mask {
            format!("{text}/{bits}")
        } else {
            text
        }))
    }))
}
