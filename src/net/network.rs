//! One network: an address and how many of its leading bits count.
//!
//! In: `10.0.0.0/8`, `fe80::/10`, or a bare address. Out: a [`Network`], or a [`NetworkError`] that names the error and,
//! where the meaning is plain, the text to write instead.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::canonical::parse_address;

/// A network in canonical form: no host bits are set, and no IPv6 network lies within the IPv4-mapped addresses.
///
/// Networks order by family (IPv4 first), then by address, then the wider first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network {
    address: IpAddr,
    length: u8,
}

/// Why a text is not a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkError {
    /// The part before the slash is not an address.
    Address {
        /// That part.
        text: String,
    },
    /// The part after the slash is not a number that the family allows.
    Length {
        /// That part.
        text: String,
        /// 32 for IPv4, 128 for IPv6.
        most: u8,
    },
    /// Bits beyond the prefix length are set.
    HostBits {
        /// The network that holds the address.
        masked: Network,
        /// The address alone.
        host: Network,
    },
    /// An IPv6 network inside `::ffff:0:0/96`, whose addresses are IPv4 addresses.
    Mapped {
        /// The same network in IPv4.
        ipv4: Network,
    },
}

impl Network {
    /// The network of `length` bits that holds `address`; `None` if the family has fewer bits, or if it lies within
    /// the IPv4-mapped addresses.
    pub fn holding(address: IpAddr, length: u8) -> Option<Network> {
        let network = Network { address, length };
        if length > network.bits() || mapped(address, length) {
            return None;
        }
        Some(Network {
            address: network.masked(),
            length,
        })
    }

    /// The network of one address.
    pub fn host(address: IpAddr) -> Network {
        let address = address.to_canonical();
        let length = if address.is_ipv4() { 32 } else { 128 };
        Network { address, length }
    }

    /// For the written tables: the caller states a network without host bits (a test checks all of them).
    pub(super) const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Network {
        Network {
            address: IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
            length,
        }
    }

    /// As `v4`.
    pub(super) const fn v6(s: [u16; 8], length: u8) -> Network {
        let [a, b, c, d, e, f, g, h] = s;
        Network {
            address: IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h)),
            length,
        }
    }

    /// The first address.
    pub fn first(&self) -> IpAddr {
        self.address
    }

    /// The last address.
    pub fn last(&self) -> IpAddr {
        match self.address {
            IpAddr::V4(a) => IpAddr::V4(Ipv4Addr::from_bits(a.to_bits() | !mask32(self.length))),
            IpAddr::V6(a) => IpAddr::V6(Ipv6Addr::from_bits(a.to_bits() | !mask128(self.length))),
        }
    }

    /// How many leading bits count.
    pub fn length(&self) -> u8 {
        self.length
    }

    /// Whether it is an IPv4 network.
    pub fn is_ipv4(&self) -> bool {
        self.address.is_ipv4()
    }

    /// Whether it is an IPv6 network.
    pub fn is_ipv6(&self) -> bool {
        self.address.is_ipv6()
    }

    /// Whether it is a single address.
    pub fn is_host(&self) -> bool {
        self.length == self.bits()
    }

    /// Whether the address lies in the network. An IPv4-mapped address is the IPv4 address, so no IPv6 network holds
    /// it, not even `::/0`.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(a)) => {
                (net.to_bits() ^ a.to_bits()) & mask32(self.length) == 0
            }
            (IpAddr::V6(net), IpAddr::V6(a)) => {
                (net.to_bits() ^ a.to_bits()) & mask128(self.length) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    /// The networks that cover this one, itself included, the widest first.
    pub fn covering(&self) -> impl Iterator<Item = Network> {
        let address = self.address;
        (0..=self.length).filter_map(move |length| Network::holding(address, length))
    }

    /// Whether every address of `other` lies in this network.
    pub fn covers(&self, other: &Network) -> bool {
        self.length <= other.length
            && self.is_ipv4() == other.is_ipv4()
            && self.contains(other.address)
    }

    /// Whether it is an IPv6 network so wide that it holds `::ffff:0:0/96`. Engines that keep IPv4 addresses in that
    /// range (Elasticsearch's `ip` type, Kusto's `ipv6_*` functions) would take every IPv4 address for a member; an
    /// emitter must add its own test that the address is not IPv4.
    pub fn covers_mapped(&self) -> bool {
        match self.address {
            IpAddr::V4(_) => false,
            IpAddr::V6(a) => (a.to_bits() ^ 0xffff_0000_0000) & mask128(self.length) == 0,
        }
    }

    fn bits(&self) -> u8 {
        if self.is_ipv4() { 32 } else { 128 }
    }

    fn masked(&self) -> IpAddr {
        match self.address {
            IpAddr::V4(a) => IpAddr::V4(Ipv4Addr::from_bits(a.to_bits() & mask32(self.length))),
            IpAddr::V6(a) => IpAddr::V6(Ipv6Addr::from_bits(a.to_bits() & mask128(self.length))),
        }
    }
}

fn mask32(length: u8) -> u32 {
    u32::MAX
        .checked_shl(32 - u32::from(length.min(32)))
        .unwrap_or(0)
}

fn mask128(length: u8) -> u128 {
    u128::MAX
        .checked_shl(128 - u32::from(length.min(128)))
        .unwrap_or(0)
}

fn mapped(address: IpAddr, length: u8) -> bool {
    length >= 96 && matches!(address, IpAddr::V6(a) if a.to_ipv4_mapped().is_some())
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Network, NetworkError> {
        let (left, right) = match text.split_once('/') {
            Some((left, right)) => (left, Some(right)),
            None => (text, None),
        };
        let bad_address = || NetworkError::Address {
            text: left.to_owned(),
        };
        let Some(right) = right else {
            return parse_address(left)
                .map(Network::host)
                .ok_or_else(bad_address);
        };
        let address: IpAddr = left.parse().map_err(|_| bad_address())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = prefix_length(right, most).ok_or_else(|| NetworkError::Length {
            text: right.to_owned(),
            most,
        })?;
        if mapped(address, length) {
            let masked = Network { address, length }.masked().to_canonical();
            return Err(NetworkError::Mapped {
                ipv4: Network {
                    address: masked,
                    length: length - 96,
                },
            });
        }
        let masked = Network {
            address: Network { address, length }.masked(),
            length,
        };
        if masked.address != address {
            return Err(NetworkError::HostBits {
                masked,
                host: Network::host(address),
            });
        }
        Ok(masked)
    }
}

/// Digits only (a netmask such as `255.0.0.0`, a sign or a leading zero is not a length).
fn prefix_length(text: &str, most: u8) -> Option<u8> {
    let plain = !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    if !plain {
        return None;
    }
    text.parse::<u8>().ok().filter(|length| *length <= most)
}

impl fmt::Display for Network {
    /// Always with its length: `10.0.0.0/8`, `192.0.2.1/32`, `fe80::/10`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NetworkError::Address { text } => write!(f, "`{text}` is not an IPv4 or IPv6 address"),
            NetworkError::Length { text, most } => {
                write!(f, "`{text}` is not a prefix length from 0 to {most}")
            }
            NetworkError::HostBits { masked, host } => {
                write!(
                    f,
                    "bits beyond the prefix length are set: write `{masked}` for the network, or `{host}` for the address alone"
                )
            }
            NetworkError::Mapped { ipv4 } => {
                write!(
                    f,
                    "an IPv4-mapped address is the IPv4 address: write `{ipv4}`"
                )
            }
        }
    }
}

impl std::error::Error for NetworkError {}
