//! Checks the texts against the addresses themselves.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use regex::Regex;

use super::tables::{PRIVATE, PUBLIC_EXCEPTIONS, PUBLIC_EXCLUSIONS};
use super::text::decimal_range;
use super::*;

fn net(text: &str) -> Network {
    text.parse().unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// A small generator, so that a failure can be run again.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn v4(&mut self) -> u32 {
        let octet = |r: &mut Self| match r.below(3) {
            0 => [0, 1, 9, 10, 99, 100, 127, 128, 199, 200, 255][r.below(11) as usize],
            _ => r.below(256) as u32,
        };
        (0..4).fold(0, |sum, _| sum << 8 | octet(self))
    }

    /// Mostly zero groups, so that every shape of `::` occurs.
    fn v6(&mut self) -> u128 {
        let zeros = self.below(4);
        let group = |r: &mut Self| match r.below(5) {
            z if z < zeros => 0,
            4 => r.below(65536) as u128,
            _ => [
                0, 1, 2, 0xf, 0x10, 0xff, 0x100, 0xfff, 0x1000, 0xffff, 0x8000, 0x7fff,
            ][r.below(12) as usize],
        };
        (0..8).fold(0, |sum, _| sum << 16 | group(self))
    }
}

struct Compiled(TextTest, Vec<Regex>);

impl Compiled {
    fn new(networks: &[Network]) -> Compiled {
        let test = text_test(networks);
        let regexes = test
            .matches
            .iter()
            .map(|r| Regex::new(r).unwrap())
            .collect();
        Compiled(test, regexes)
    }

    fn holds(&self, text: &str) -> bool {
        self.0.equals.iter().any(|t| t == text)
            || self
                .0
                .starts_with
                .iter()
                .any(|t| text.starts_with(t.as_str()))
            || self.1.iter().any(|r| r.is_match(text))
    }

    #[track_caller]
    fn agrees(&self, networks: &[Network], address: IpAddr) {
        let address = address.to_canonical();
        let expected = networks.iter().any(|n| n.contains(address));
        assert_eq!(
            self.holds(&address.to_string()),
            expected,
            "{address} in {networks:?}: {:?}",
            self.0
        );
    }
}

/// Addresses at and around the edges, and within with zeros, ones and random bits.
fn probes(network: &Network, rng: &mut Rng) -> Vec<IpAddr> {
    match (network.first(), network.last()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let (a, z) = (first.to_bits(), last.to_bits());
            let mut found = vec![a, z, a.wrapping_sub(1), z.wrapping_add(1), rng.v4()];
            found.extend((0..20).map(|_| a | rng.v4() & (z - a)));
            found.extend((0..8).map(|_| (a | rng.v4() & (z - a)) ^ 1 << rng.below(32)));
            found
                .into_iter()
                .map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)))
                .collect()
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            let (a, z) = (first.to_bits(), last.to_bits());
            let mut found = vec![
                a,
                z,
                a.wrapping_sub(1),
                z.wrapping_add(1),
                rng.v6(),
                0xffff_0000_0000 | a & 0xffff,
            ];
            found.extend((0..60).map(|_| a | rng.v6() & (z - a)));
            found.extend((0..30).map(|_| (a | rng.v6() & (z - a)) ^ 1 << rng.below(128)));
            found
                .into_iter()
                .map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits)))
                .collect()
        }
        _ => unreachable!(),
    }
}

#[test]
fn a_text_test_agrees_with_the_addresses_for_every_prefix_length() {
    let mut rng = Rng(0x5eed);
    let mut checks = 0;
    for round in 0..24 {
        for length in 0..=32 {
            let network = Network::holding(IpAddr::V4(rng.v4().into()), length).unwrap();
            let test = Compiled::new(&[network]);
            for probe in probes(&network, &mut rng) {
                test.agrees(&[network], probe);
                checks += 1;
            }
            // IPv6 addresses are in no IPv4 network.
            test.agrees(&[network], IpAddr::V6(rng.v6().into()));
        }
        for length in 0..=128 {
            let Some(network) = Network::holding(IpAddr::V6(rng.v6().into()), length) else {
                continue;
            };
            if round % 2 == 1 && length % 3 != 0 {
                continue;
            }
            let test = Compiled::new(&[network]);
            for probe in probes(&network, &mut rng) {
                test.agrees(&[network], probe);
                checks += 1;
            }
            test.agrees(&[network], IpAddr::V4(rng.v4().into()));
        }
    }
    assert!(checks > 200_000, "{checks}");
}

#[test]
fn a_text_test_of_a_list_agrees_with_the_addresses() {
    let mut rng = Rng(0x1157);
    let mut lists: Vec<Vec<Network>> = vec![
        private_networks().to_vec(),
        public_exclusions().to_vec(),
        public_exceptions().to_vec(),
        vec![
            net("::fffe:0:0/95"),
            net("::/8"),
            net("::/80"),
            net("0:0:0:1::/64"),
        ],
        vec![net("::/0"), net("0.0.0.0/1"), net("128.0.0.0/1")],
        vec![],
    ];
    for _ in 0..60 {
        let list = (0..1 + rng.below(6)).filter_map(|_| {
            let address = if rng.below(2) == 0 {
                IpAddr::V4(rng.v4().into())
            } else {
                IpAddr::V6(rng.v6().into())
            };
            let most = if address.is_ipv4() { 33 } else { 129 };
            Network::holding(address, rng.below(most) as u8)
        });
        lists.push(list.collect());
    }
    for list in lists {
        let test = Compiled::new(&list);
        for network in &list {
            for probe in probes(network, &mut rng) {
                test.agrees(&list, probe);
            }
        }
        for _ in 0..200 {
            test.agrees(&list, IpAddr::V4(rng.v4().into()));
            test.agrees(&list, IpAddr::V6(rng.v6().into()));
        }
    }
}

#[test]
fn texts_are_short_and_readable() {
    let mut shown = String::new();
    for list in [
        &["10.0.0.0/8"][..],
        &["172.16.0.0/12"],
        &["100.64.0.0/10"],
        &["0.0.0.0/0"],
        &["192.0.2.0/30"],
        &["192.0.2.64/26"],
        &["10.0.0.0/9", "10.128.0.0/9", "10.1.1.1"],
        &["::1/128"],
        &["fc00::/7"],
        &["fe80::/10"],
        &["2001::/23"],
        &["2001:db8::/32"],
        &["2001:db8::/48"],
        &["3fff::/20"],
        &["100::/64"],
        &["100:0:0:1::/64"],
        &["::/0"],
        &["::/8"],
        &["172.16.0.0/12", "192.168.0.0/16", "fe80::/10", "::1"],
    ] {
        let networks: Vec<Network> = list.iter().map(|n| net(n)).collect();
        let test = text_test(&networks);
        shown.push_str(&list.join(" "));
        for text in &test.equals {
            shown.push_str(&format!("\n    = {text}"));
        }
        for text in &test.starts_with {
            shown.push_str(&format!("\n    {text}…"));
        }
        for text in &test.matches {
            shown.push_str(&format!("\n    /{text}/"));
        }
        shown.push('\n');
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn decimal_ranges_are_exact() {
    for bits in 0..=8 {
        for low in (0..256).step_by(1 << bits) {
            let high = low + (1 << bits) - 1;
            let regex = Regex::new(&format!("^{}$", decimal_range(low, high))).unwrap();
            for n in 0..256 {
                assert_eq!(
                    regex.is_match(&n.to_string()),
                    (low..=high).contains(&n),
                    "{low}-{high} {n}: {regex}"
                );
            }
        }
    }
}

#[test]
fn networks_are_read_and_shown() {
    for (text, shown) in [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("192.0.2.1", "192.0.2.1/32"),
        ("::1", "::1/128"),
        ("FE80:0::/10", "fe80::/10"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::/0", "::/0"),
        ("::ffff:10.0.0.1", "10.0.0.1/32"),
    ] {
        assert_eq!(net(text).to_string(), shown);
    }
    for (text, message) in [
        (
            "10.0.0.1/8",
            "bits beyond the prefix length are set: write `10.0.0.0/8` for the network, or `10.0.0.1/32` for the address alone",
        ),
        (
            "fe80::1/10",
            "bits beyond the prefix length are set: write `fe80::/10` for the network, or `fe80::1/128` for the address alone",
        ),
        ("10.0.0.0/33", "`33` is not a prefix length from 0 to 32"),
        ("::/129", "`129` is not a prefix length from 0 to 128"),
        ("10.0.0.0/", "`` is not a prefix length from 0 to 32"),
        ("10.0.0.0/08", "`08` is not a prefix length from 0 to 32"),
        ("10.0.0.0/+8", "`+8` is not a prefix length from 0 to 32"),
        (
            "10.0.0.0/255.0.0.0",
            "`255.0.0.0` is not a prefix length from 0 to 32",
        ),
        ("10.0.0/8", "`10.0.0` is not an IPv4 or IPv6 address"),
        ("010.0.0.0/8", "`010.0.0.0` is not an IPv4 or IPv6 address"),
        (
            "fe80::%eth0/10",
            "`fe80::%eth0` is not an IPv4 or IPv6 address",
        ),
        ("", "`` is not an IPv4 or IPv6 address"),
        (
            "::ffff:10.0.0.0/104",
            "an IPv4-mapped address is the IPv4 address: write `10.0.0.0/8`",
        ),
        (
            "::ffff:10.0.0.1/104",
            "an IPv4-mapped address is the IPv4 address: write `10.0.0.0/8`",
        ),
    ] {
        assert_eq!(
            text.parse::<Network>().unwrap_err().to_string(),
            message,
            "{text}"
        );
    }
}

#[test]
fn networks_know_their_members() {
    assert!(net("10.0.0.0/8").contains(ip("10.255.255.255")));
    assert!(!net("10.0.0.0/8").contains(ip("11.0.0.0")));
    assert!(net("10.0.0.0/8").contains(ip("::ffff:10.1.2.3")));
    assert!(!net("::/0").contains(ip("::ffff:10.1.2.3")));
    assert!(!net("0.0.0.0/0").contains(ip("::1")));
    assert!(net("10.0.0.0/8").covers(&net("10.1.0.0/16")));
    assert!(!net("10.1.0.0/16").covers(&net("10.0.0.0/8")));
    assert!(
        net("::/80").covers_mapped()
            && !net("::1/128").covers_mapped()
            && !net("0.0.0.0/0").covers_mapped()
    );
    assert_eq!(net("10.0.0.0/8").last(), ip("10.255.255.255"));
    assert_eq!(
        net("fe80::/10").last(),
        ip("febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
    );
}

#[test]
fn spellings_become_canonical() {
    for (text, spelling) in [
        ("0:0:0:0:0:0:0:1", Some("::1")),
        ("::FFFF:10.0.0.1", Some("10.0.0.1")),
        ("2001:DB8:0:0:1:0:0:1", Some("2001:db8::1:0:0:1")),
        ("2001:db8:0:1:1:1:1:1", Some("2001:db8:0:1:1:1:1:1")),
        ("2001:db8::1:1:1:1:1", Some("2001:db8:0:1:1:1:1:1")),
        ("::1.2.3.4", Some("::102:304")),
        ("10.0.0.1", Some("10.0.0.1")),
        ("010.0.0.1", None),
        ("10.0.0.1 ", None),
        ("fe80::1%eth0", None),
        ("10.0.0.1:80", None),
        ("[::1]", None),
        ("10.1", None),
        ("", None),
    ] {
        assert_eq!(canonical(text).as_deref(), spelling, "{text}");
        assert_eq!(is_canonical(text), spelling == Some(text), "{text}");
    }
}

#[test]
fn the_tables_hold_networks_without_host_bits_once_each() {
    for table in [PRIVATE, PUBLIC_EXCLUSIONS, PUBLIC_EXCEPTIONS] {
        let texts: BTreeSet<String> = table
            .iter()
            .map(|entry| entry.network.to_string())
            .collect();
        assert_eq!(texts.len(), table.len());
        for entry in table {
            assert_eq!(net(&entry.network.to_string()), entry.network);
            assert!(!entry.network.covers_mapped() && entry.source.starts_with("RFC "));
        }
    }
    let inside = |inner: &Network, outer: &[Network]| outer.iter().any(|o| o.covers(inner));
    assert!(
        public_exceptions()
            .iter()
            .all(|n| inside(n, public_exclusions()))
    );
    assert!(
        private_networks()
            .iter()
            .all(|n| inside(n, public_exclusions()))
    );
}

#[test]
fn private_and_public_addresses_are_told_apart() {
    for (text, private, public) in [
        ("9.255.255.255", false, true),
        ("10.0.0.0", true, false),
        ("100.63.255.255", false, true),
        ("100.64.0.0", true, false),
        ("100.127.255.255", true, false),
        ("100.128.0.0", false, true),
        ("127.0.0.1", true, false),
        ("169.254.169.254", true, false),
        ("172.15.255.255", false, true),
        ("172.31.255.255", true, false),
        ("172.32.0.0", false, true),
        ("192.168.1.1", true, false),
        ("0.0.0.0", false, false),
        ("192.0.0.8", false, false),
        ("192.0.0.9", false, true),
        ("192.0.0.10", false, true),
        ("192.0.0.11", false, false),
        ("192.0.1.0", false, true),
        ("192.0.2.1", false, false),
        ("192.31.196.1", false, true),
        ("192.88.99.1", false, false),
        ("198.17.255.255", false, true),
        ("198.19.255.255", false, false),
        ("198.51.100.7", false, false),
        ("203.0.113.7", false, false),
        ("223.255.255.255", false, true),
        ("224.0.0.1", false, false),
        ("255.255.255.255", false, false),
        ("8.8.8.8", false, true),
        ("::", false, false),
        ("::1", true, false),
        ("::2", false, true),
        ("::ffff:10.0.0.1", true, false),
        ("::ffff:8.8.8.8", false, true),
        ("64:ff9b::808:808", false, true),
        ("64:ff9b:1::1", false, false),
        ("100::1", false, false),
        ("100:0:0:1::1", false, false),
        ("100:0:0:2::1", false, true),
        ("2001::1", false, false),
        ("2001:1::1", false, true),
        ("2001:1::3", false, true),
        ("2001:1::4", false, false),
        ("2001:2::1", false, false),
        ("2001:3::1", false, true),
        ("2001:4:112::1", false, true),
        ("2001:4:113::1", false, false),
        ("2001:1f::1", false, false),
        ("2001:20::1", false, true),
        ("2001:3f::1", false, true),
        ("2001:40::1", false, false),
        ("2001:1ff::1", false, false),
        ("2001:200::1", false, true),
        ("2001:db8::1", false, false),
        ("2001:4860:4860::8888", false, true),
        ("2002::1", false, false),
        ("2620:4f:8000::1", false, true),
        ("3fff:fff::1", false, false),
        ("3fff:1000::1", false, true),
        ("5f00::1", false, false),
        ("fc00::1", true, false),
        ("fdff::1", true, false),
        ("fe80::1", true, false),
        ("febf::1", true, false),
        ("fec0:0:0:ffff::1", false, false),
        ("ff02::1", false, false),
    ] {
        assert_eq!(
            (is_private(ip(text)), is_public(ip(text))),
            (private, public),
            "{text}"
        );
    }
}
