//! The rows of Security-Datasets in the forms of ECS and DeviceNetworkEvents are what the table of tests/fixtures/otrf/MAPPING.md makes of the
//! originals. `HUNTC_REGENERATE=1 cargo test --test language otrf` writes them anew.

// A test stops at the first surprise, in its functions too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use serde_json::{Map, Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

const ENDING: &str = ".sysmon3.jsonl";

#[test]
fn derived_files_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/otrf");
    let regenerate = std::env::var_os("HUNTC_REGENERATE").is_some();
    let mut originals = originals(&folder);
    originals.sort();
    assert_eq!(originals.len(), 7, "the originals are all there");
    for original in originals {
        let events = read(&original);
        for (form, map) in [
            ("ecs", to_ecs as fn(&Sysmon) -> Value),
            ("device_network_events", to_device_network_events),
        ] {
            let wanted: String = events
                .iter()
                .map(|event| format!("{}\n", map(event)))
                .collect();
            let name = original.file_name().unwrap().to_str().unwrap();
            let derived = original.with_file_name(name.replace(ENDING, &format!(".{form}.ndjson")));
            // A fixture names files beside it alone, so hunts have copies.
            for derived in copies(&derived).into_iter().chain([derived]) {
                if regenerate {
                    std::fs::write(&derived, &wanted).unwrap();
                }
                let committed = std::fs::read_to_string(&derived).unwrap_or_default();
                assert!(
                    committed == wanted,
                    "{} is not what MAPPING.md makes of {name}: run HUNTC_REGENERATE=1 cargo test --test language otrf and review",
                    derived.display()
                );
            }
        }
    }
}

/// The files of the same name beside fixtures.
fn copies(derived: &Path) -> Vec<PathBuf> {
    let detections = Path::new(env!("CARGO_MANIFEST_DIR")).join("detections");
    std::fs::read_dir(detections)
        .unwrap()
        .map(|hunt| hunt.unwrap().path().join("fixtures"))
        .map(|folder| folder.join(derived.file_name().unwrap()))
        .filter(|copy| copy.exists())
        .collect()
}

fn originals(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().unwrap().ends_with(ENDING))
        .collect()
}

fn read(path: &Path) -> Vec<Sysmon> {
    std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| Sysmon(serde_json::from_str(line).unwrap()))
        .collect()
}

/// One Sysmon event of type 3.
struct Sysmon(Map<String, Value>);

impl Sysmon {
    /// A field's text, unless it is absent, empty or `-`.
    fn text(&self, field: &str) -> Option<&str> {
        let value = self.0.get(field)?;
        let text = value
            .as_str()
            .unwrap_or_else(|| panic!("{field} is not text: {value}"));
        (!text.is_empty() && text != "-").then_some(text)
    }

    fn number(&self, field: &str) -> Option<i64> {
        self.text(field).map(|text| text.parse().unwrap())
    }

    /// An address in canonical text.
    fn address(&self, field: &str) -> IpAddr {
        let address: IpAddr = self.text(field).unwrap().parse().unwrap();
        address.to_canonical()
    }

    /// `2020-10-22 08:29:52.005` as `2020-10-22T08:29:52.005Z`.
    fn time(&self) -> String {
        let text = self.text("UtcTime").unwrap();
        assert_eq!(text.len(), 23, "milliseconds: {text}");
        format!("{}Z", text.replace(' ', "T"))
    }

    fn outbound(&self) -> bool {
        match self.text("Initiated") {
            Some("true") => true,
            Some("false") => false,
            other => panic!("Initiated is {other:?}"),
        }
    }

    fn program(&self) -> Option<&str> {
        self.text("Image").map(|image| {
            image
                .rsplit_once('\\')
                .map_or(image, |(_, program)| program)
        })
    }

    /// Domain and name.
    fn user(&self) -> (Option<&str>, Option<&str>) {
        match self.text("User").map(|user| (user, user.split_once('\\'))) {
            None => (None, None),
            Some((_, Some((domain, name)))) => (Some(domain), Some(name)),
            Some((name, None)) => (None, Some(name)),
        }
    }

    /// The side of the reporting host: `Source` or `Destination`, then the other.
    fn sides(&self) -> (&'static str, &'static str) {
        if self.outbound() || self.text("Protocol") == Some("udp") {
            ("Source", "Destination")
        } else {
            ("Destination", "Source")
        }
    }
}

/// An object of the members that are there.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    Value::Object(
        members
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect(),
    )
}

fn some(value: impl Into<Value>) -> Option<Value> {
    Some(value.into())
}

fn to_ecs(event: &Sysmon) -> Value {
    let (domain, user) = event.user();
    let end = |side: &str| {
        object([
            ("ip", some(event.address(&format!("{side}Ip")).to_string())),
            (
                "port",
                event.number(&format!("{side}Port")).map(Value::from),
            ),
            (
                "domain",
                event.text(&format!("{side}Hostname")).map(Value::from),
            ),
        ])
    };
    let version = if event.address("SourceIp").is_ipv6() {
        "ipv6"
    } else {
        "ipv4"
    };
    json!({
        "@timestamp": event.time(),
        "event": {"category": ["network"], "type": ["connection", "start"], "action": "network-connection", "outcome": "success"},
        "host": object([("name", event.text("Hostname").map(Value::from)), ("os", some(json!({"family": "windows", "type": "windows"})))]),
        "process": object([
            ("entity_id", event.text("ProcessGuid").map(Value::from)),
            ("pid", event.number("ProcessId").map(Value::from)),
            ("executable", event.text("Image").map(Value::from)),
            ("name", event.program().map(Value::from)),
        ]),
        "user": object([("domain", domain.map(Value::from)), ("name", user.map(Value::from))]),
        "source": end("Source"),
        "destination": end("Destination"),
        "network": {
            "direction": if event.outbound() { "egress" } else { "ingress" },
            "transport": event.text("Protocol"),
            "type": version,
        },
    })
}

fn to_device_network_events(event: &Sysmon) -> Value {
    let (domain, user) = event.user();
    let (own, other) = event.sides();
    let address = |side: &str| event.address(&format!("{side}Ip"));
    let protocol = match event.text("Protocol") {
        Some("tcp") => "Tcp",
        Some("udp") => "Udp",
        other => panic!("Protocol is {other:?}"),
    };
    object([
        ("Timestamp", some(event.time())),
        ("TimeGenerated", some(event.time())),
        ("DeviceName", event.text("Hostname").map(Value::from)),
        (
            "ActionType",
            some(if event.outbound() {
                "ConnectionSuccess"
            } else {
                "InboundConnectionAccepted"
            }),
        ),
        ("Protocol", some(protocol)),
        ("LocalIP", some(address(own).to_string())),
        (
            "LocalPort",
            event.number(&format!("{own}Port")).map(Value::from),
        ),
        ("LocalIPType", some(kind(address(own)))),
        ("RemoteIP", some(address(other).to_string())),
        (
            "RemotePort",
            event.number(&format!("{other}Port")).map(Value::from),
        ),
        ("RemoteIPType", some(kind(address(other)))),
        (
            "InitiatingProcessFileName",
            event.program().map(Value::from),
        ),
        (
            "InitiatingProcessFolderPath",
            event.text("Image").map(Value::from),
        ),
        (
            "InitiatingProcessId",
            event.number("ProcessId").map(Value::from),
        ),
        (
            "InitiatingProcessUniqueId",
            event.text("ProcessGuid").map(Value::from),
        ),
        ("InitiatingProcessAccountDomain", domain.map(Value::from)),
        ("InitiatingProcessAccountName", user.map(Value::from)),
    ])
}

/// The word of Microsoft's for the kind of an address, as far as the data need it.
fn kind(address: IpAddr) -> &'static str {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            if v4.is_loopback() {
                "Loopback"
            } else if v4.is_private() || v4.is_link_local() || (first == 100 && second & 0xc0 == 64)
            {
                "Private"
            } else {
                assert!(
                    !v4.is_multicast() && v4 != Ipv4Addr::BROADCAST && first < 224 && first != 0,
                    "{v4}: no rule for this kind"
                );
                "Public"
            }
        }
        IpAddr::V6(v6) if v6.is_loopback() => "Loopback",
        IpAddr::V6(v6) if v6.is_unicast_link_local() || v6.is_unique_local() => "Private",
        IpAddr::V6(v6) => {
            assert_eq!(v6.segments()[0] >> 13, 1, "{v6}: no rule for this kind");
            "Public"
        }
    }
}
