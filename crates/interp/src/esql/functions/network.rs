//! In: calls on addresses. Out: nodes.
//! Guarantee: an address without a length is a network of one; IPv4 networks hold IPv4 addresses only
//! (Elastic docs, "IP functions").

use super::super::arguments::Arguments;
use super::super::cell::{Cell, Value, read_ip};
use super::super::node::{MULTI, Node};
use super::super::types::Type;
use crate::Refusal;

/// The family.
pub(crate) const NAMES: &[&str] = &["cidr_match", "ip_prefix"];

/// A network: its address and how many of the 128 bits count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Network {
    bits: u128,
    length: u32,
}

impl Network {
    /// Reads `address/length` or an address.
    pub(crate) fn read(text: &str) -> Option<Network> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let bytes = read_ip(address)?;
        let v4 = !address.contains(':');
        let most = if v4 { 32 } else { 128 };
        let length = length.unwrap_or(most);
        if length > most {
            return None;
        }
        let length = if v4 { length + 96 } else { length };
        let bits = u128::from_be_bytes(bytes) & mask(length);
        Some(Network { bits, length })
    }

    /// Whether an address is in it.
    pub(crate) fn contains(&self, ip: &[u8; 16]) -> bool {
        u128::from_be_bytes(*ip) & mask(self.length) == self.bits
    }
}

fn mask(length: u32) -> u128 {
    u128::MAX.checked_shl(128 - length).unwrap_or(0)
}

/// A call of the family.
pub(crate) fn call(name: &str, mut arguments: Arguments) -> Result<Node, Refusal> {
    let ip = arguments.of(Type::Ip)?;
    if name == "ip_prefix" {
        let v4 = arguments.whole()?;
        let v6 = arguments.whole()?;
        arguments.done()?;
        let span = arguments.site.span;
        return Ok(Node::single(
            [ip, v4, v6],
            Type::Ip,
            span,
            |[ip, v4, v6]| {
                let Value::Ip(bytes) = ip else {
                    return Ok(None);
                };
                let length = |value: &Value, most: u32| {
                    let length = value.whole().unwrap_or(-1);
                    u32::try_from(length)
                        .ok()
                        .filter(|l| *l <= most)
                        .ok_or_else(|| {
                            format!("Prefix length must be in range [0, {most}], found [{length}]")
                        })
                };
                let (v4, v6) = (length(v4, 32)?, length(v6, 128)?);
                let mapped = std::net::Ipv6Addr::from(*bytes).to_ipv4_mapped().is_some();
                let kept = if mapped { 96 + v4 } else { v6 };
                let bits = u128::from_be_bytes(*bytes) & mask(kept);
                Ok(Some(Value::Ip(bits.to_be_bytes())))
            },
        ));
    }
    let mut blocks = vec![arguments.text()?];
    while arguments.left() > 0 {
        blocks.push(arguments.text()?);
    }
    let site = arguments.site;
    let span = site.span.clone();
    // Networks are mostly constants: read once.
    let mut networks = Vec::new();
    let mut constant = true;
    for block in &blocks {
        match block.fold() {
            Some(cell) => {
                for value in cell.values() {
                    let text = value.str().unwrap_or_default();
                    networks.push(
                        Network::read(text)
                            .ok_or_else(|| site.invalid(format!("\"{text}\" is no network")))?,
                    );
                }
            }
            None => constant = false,
        }
    }
    if constant {
        return Ok(Node::single([ip], Type::Boolean, span, move |[ip]| {
            let Value::Ip(bytes) = ip else {
                return Ok(None);
            };
            let within = networks.iter().any(|n| n.contains(bytes));
            Ok(Some(Value::Boolean(within)))
        }));
    }
    blocks.insert(0, ip);
    Ok(Node::cells(blocks, Type::Boolean, span, |cells| {
        let Some((ip, blocks)) = cells.split_first() else {
            return Ok(Cell::Null);
        };
        let bytes = match ip {
            Cell::One(Value::Ip(bytes)) => bytes,
            Cell::Many(_) => return Err(MULTI.to_owned()),
            _ => return Ok(Cell::Null),
        };
        let mut within = false;
        for block in blocks {
            match block {
                Cell::Null => return Ok(Cell::Null),
                Cell::Many(_) => return Err(MULTI.to_owned()),
                Cell::One(block) => {
                    let text = block.str().unwrap_or_default();
                    let network = Network::read(text)
                        .ok_or_else(|| format!("'{text}' is not a valid network"))?;
                    within |= network.contains(bytes);
                }
            }
        }
        Ok(Cell::One(Value::Boolean(within)))
    }))
}
