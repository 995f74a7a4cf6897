//! The two written tables: which addresses are private, and which are not public.
//!
//! Out: the lists, each entry with its name and source, and the two tests over them. An emitter prints *public* as: in
//! none of the exclusions, or in one of the exceptions (each exception lies inside an exclusion).
//!
//! Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190), entry by entry, and the IANA
//! multicast registries. Decided here, because the registries leave it open:
//! - an entry whose "globally reachable" is N/A (6to4 and its relays, Teredo, the first ORCHID) is not public;
//! - IPv6 site-local, deprecated by RFC 3879 and reserved since, is not public: Windows still uses such addresses;
//! - other IPv6 space that is merely unallocated is in no special-purpose registry, and so not excluded;
//! - `::ffff:0:0/96` is not listed: such an address is the IPv4 address and judged as that. No network listed covers
//!   that range, which keeps the list safe on engines that keep IPv4 addresses inside it.

use std::net::IpAddr;
use std::sync::LazyLock;

use super::network::Network;

/// One entry of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed {
    /// The network.
    pub network: Network,
    /// What the registry calls it.
    #[expect(dead_code, reason = "says to readers of the table what the entry is")]
    pub name: &'static str,
    /// Where that is written.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "says where the entry is from; a test looks at it")
    )]
    pub source: &'static str,
}

const fn listed(network: Network, name: &'static str, source: &'static str) -> Listed {
    Listed {
        network,
        name,
        source,
    }
}

/// What `is_private` means: addresses that only mean something inside a site, a provider's access network or a machine.
pub(crate) const PRIVATE: &[Listed] = &[
    listed(Network::v4(10, 0, 0, 0, 8), "private use", "RFC 1918"),
    listed(
        Network::v4(100, 64, 0, 0, 10),
        "shared address space",
        "RFC 6598",
    ),
    listed(Network::v4(127, 0, 0, 0, 8), "loopback", "RFC 1122"),
    listed(Network::v4(169, 254, 0, 0, 16), "link-local", "RFC 3927"),
    listed(Network::v4(172, 16, 0, 0, 12), "private use", "RFC 1918"),
    listed(Network::v4(192, 168, 0, 0, 16), "private use", "RFC 1918"),
    listed(
        Network::v6([0, 0, 0, 0, 0, 0, 0, 1], 128),
        "loopback",
        "RFC 4291",
    ),
    listed(
        Network::v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7),
        "unique local",
        "RFC 4193",
    ),
    listed(
        Network::v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
        "link-local",
        "RFC 4291",
    ),
];

/// Networks that are not globally reachable, but for `PUBLIC_EXCEPTIONS`.
pub(crate) const PUBLIC_EXCLUSIONS: &[Listed] = &[
    listed(Network::v4(0, 0, 0, 0, 8), "this network", "RFC 791"),
    listed(Network::v4(10, 0, 0, 0, 8), "private use", "RFC 1918"),
    listed(
        Network::v4(100, 64, 0, 0, 10),
        "shared address space",
        "RFC 6598",
    ),
    listed(Network::v4(127, 0, 0, 0, 8), "loopback", "RFC 1122"),
    listed(Network::v4(169, 254, 0, 0, 16), "link-local", "RFC 3927"),
    listed(Network::v4(172, 16, 0, 0, 12), "private use", "RFC 1918"),
    listed(
        Network::v4(192, 0, 0, 0, 24),
        "IETF protocol assignments",
        "RFC 6890",
    ),
    listed(
        Network::v4(192, 0, 2, 0, 24),
        "documentation (TEST-NET-1)",
        "RFC 5737",
    ),
    listed(
        Network::v4(192, 88, 99, 0, 24),
        "deprecated 6to4 relays (N/A in the registry)",
        "RFC 7526",
    ),
    listed(Network::v4(192, 168, 0, 0, 16), "private use", "RFC 1918"),
    listed(Network::v4(198, 18, 0, 0, 15), "benchmarking", "RFC 2544"),
    listed(
        Network::v4(198, 51, 100, 0, 24),
        "documentation (TEST-NET-2)",
        "RFC 5737",
    ),
    listed(
        Network::v4(203, 0, 113, 0, 24),
        "documentation (TEST-NET-3)",
        "RFC 5737",
    ),
    listed(Network::v4(224, 0, 0, 0, 4), "multicast", "RFC 5771"),
    listed(
        Network::v4(240, 0, 0, 0, 4),
        "reserved, and limited broadcast",
        "RFC 1112, RFC 8190",
    ),
    listed(
        Network::v6([0, 0, 0, 0, 0, 0, 0, 0], 128),
        "unspecified",
        "RFC 4291",
    ),
    listed(
        Network::v6([0, 0, 0, 0, 0, 0, 0, 1], 128),
        "loopback",
        "RFC 4291",
    ),
    listed(
        Network::v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48),
        "local-use IPv4/IPv6 translation",
        "RFC 8215",
    ),
    listed(
        Network::v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64),
        "discard-only",
        "RFC 6666",
    ),
    listed(
        Network::v6([0x100, 0, 0, 1, 0, 0, 0, 0], 64),
        "dummy prefix",
        "RFC 9780",
    ),
    listed(
        Network::v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
        "IETF protocol assignments",
        "RFC 2928",
    ),
    listed(
        Network::v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
        "documentation",
        "RFC 3849",
    ),
    listed(
        Network::v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
        "6to4 (N/A in the registry)",
        "RFC 3056",
    ),
    listed(
        Network::v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
        "documentation",
        "RFC 9637",
    ),
    listed(
        Network::v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16),
        "SRv6 segment identifiers",
        "RFC 9602",
    ),
    listed(
        Network::v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7),
        "unique local",
        "RFC 4193",
    ),
    listed(
        Network::v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
        "link-local",
        "RFC 4291",
    ),
    listed(
        Network::v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10),
        "site-local, deprecated",
        "RFC 3879",
    ),
    listed(
        Network::v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8),
        "multicast",
        "RFC 4291",
    ),
];

/// Globally reachable networks inside `PUBLIC_EXCLUSIONS`.
pub(crate) const PUBLIC_EXCEPTIONS: &[Listed] = &[
    listed(
        Network::v4(192, 0, 0, 9, 32),
        "Port Control Protocol anycast",
        "RFC 7723",
    ),
    listed(Network::v4(192, 0, 0, 10, 32), "TURN anycast", "RFC 8155"),
    listed(
        Network::v6([0x2001, 1, 0, 0, 0, 0, 0, 1], 128),
        "Port Control Protocol anycast",
        "RFC 7723",
    ),
    listed(
        Network::v6([0x2001, 1, 0, 0, 0, 0, 0, 2], 128),
        "TURN anycast",
        "RFC 8155",
    ),
    listed(
        Network::v6([0x2001, 1, 0, 0, 0, 0, 0, 3], 128),
        "DNS-SD registration anycast",
        "RFC 9665",
    ),
    listed(
        Network::v6([0x2001, 3, 0, 0, 0, 0, 0, 0], 32),
        "AMT",
        "RFC 7450",
    ),
    listed(
        Network::v6([0x2001, 4, 0x112, 0, 0, 0, 0, 0], 48),
        "AS112",
        "RFC 7535",
    ),
    listed(
        Network::v6([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28),
        "ORCHIDv2",
        "RFC 7343",
    ),
    listed(
        Network::v6([0x2001, 0x30, 0, 0, 0, 0, 0, 0], 28),
        "drone remote identification",
        "RFC 9374",
    ),
];

static PRIVATE_NETWORKS: LazyLock<Vec<Network>> = LazyLock::new(|| networks(PRIVATE));
static EXCLUSIONS: LazyLock<Vec<Network>> = LazyLock::new(|| networks(PUBLIC_EXCLUSIONS));
static EXCEPTIONS: LazyLock<Vec<Network>> = LazyLock::new(|| networks(PUBLIC_EXCEPTIONS));

fn networks(table: &[Listed]) -> Vec<Network> {
    table.iter().map(|entry| entry.network).collect()
}

/// The networks of `PRIVATE`.
pub fn private_networks() -> &'static [Network] {
    &PRIVATE_NETWORKS
}

/// The networks of `PUBLIC_EXCLUSIONS`.
pub fn public_exclusions() -> &'static [Network] {
    &EXCLUSIONS
}

/// The networks of `PUBLIC_EXCEPTIONS`.
pub fn public_exceptions() -> &'static [Network] {
    &EXCEPTIONS
}

/// Whether the address is in `PRIVATE`.
pub fn is_private(address: IpAddr) -> bool {
    PRIVATE.iter().any(|entry| entry.network.contains(address))
}

/// Whether the address is globally reachable: in none of `PUBLIC_EXCLUSIONS`, or in one of `PUBLIC_EXCEPTIONS`.
pub fn is_public(address: IpAddr) -> bool {
    !PUBLIC_EXCLUSIONS
        .iter()
        .any(|entry| entry.network.contains(address))
        || PUBLIC_EXCEPTIONS
            .iter()
            .any(|entry| entry.network.contains(address))
}
