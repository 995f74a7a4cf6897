//! Addresses and networks.
//!
//! In: addresses and networks as text. Out: [`Network`] values, the canonical spelling of an address, the two written
//! tables (private and public), and the cheapest exact test for a network over addresses kept as text.
//!
//! Guarantee: an address means its canonical text (RFC 5952), and an IPv4-mapped IPv6 address is the IPv4 address.
//! Nothing here guesses: a text that is not an address has no canonical form, and a network with host bits is refused.

mod branch;
mod canonical;
mod network;
mod tables;
#[cfg(test)]
mod tests;
mod text;
mod text_ipv6;

pub use canonical::{canonical, is_canonical, parse_address};
pub use network::Network;
pub(crate) use network::NetworkError;
pub use tables::is_private;
pub use tables::{is_public, private_networks, public_exceptions, public_exclusions};
pub(crate) use text::{TextTest, text_test};
