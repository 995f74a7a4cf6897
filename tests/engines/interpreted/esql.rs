//! The ES|QL texts of this repository, and a published hunt where it lies beside it, over tables made here.

use huntc_interp::Sample;
use huntc_interp::esql::{Options, run};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// 2025-06-01T12:00:00Z.
const NOW: i64 = 1_748_779_200_000;

fn options() -> Options {
    Options {
        now_ms: NOW,
        ..Options::default()
    }
}

/// Whole files of queries that this repository emits.
fn emitted() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(root).sort_by_file_name() {
        let path = entry.unwrap().into_path();
        if path.extension().is_some_and(|e| e == "esql") && super::is_over_sessions(&path) {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

/// Columns of the indices that the emitted queries read.
const COLUMNS: &[(&str, &[(&str, &str)])] = &[
    (
        "logs-endpoint.events.network-default",
        &[
            ("@timestamp", "date"),
            ("event.category", "keyword"),
            ("event.type", "keyword"),
            ("event.outcome", "keyword"),
            ("host.id", "keyword"),
            ("host.name", "keyword"),
            ("host.os.type", "keyword"),
            ("host.os.family", "keyword"),
            ("user.name", "keyword"),
            ("network.direction", "keyword"),
            ("network.transport", "keyword"),
            ("source.port", "long"),
            ("destination.ip", "ip"),
            ("destination.port", "long"),
            ("destination.domain", "keyword"),
            ("process.name", "keyword"),
            ("process.pid", "long"),
            ("process.entity_id", "keyword"),
            ("process.executable", "keyword"),
            ("process.command_line", "wildcard"),
            ("process.hash.md5", "keyword"),
            ("process.parent.name", "keyword"),
        ],
    ),
    (
        "asim-network-session-1",
        &[
            ("TimeGenerated", "date"),
            ("NetworkDirection", "keyword"),
            ("EventResult", "keyword"),
            ("NetworkProtocol", "keyword"),
            ("DvcAction", "keyword"),
            ("DvcId", "keyword"),
            ("DvcHostname", "keyword"),
            ("SrcUsername", "keyword"),
            ("SrcIpAddr", "keyword"),
            ("SrcPortNumber", "long"),
            ("SrcProcessName", "keyword"),
            ("SrcProcessId", "keyword"),
            ("SrcProcessGuid", "keyword"),
            ("SrcProcessCommandLine", "keyword"),
            ("ParentProcessName", "keyword"),
            ("DstIpAddr", "keyword"),
            ("DstPortNumber", "long"),
            ("DstHostname", "keyword"),
        ],
    ),
    (
        "asim-network-summary",
        &[
            ("TimeGenerated", "date"),
            ("NetworkDirection", "keyword"),
            ("NetworkProtocol", "keyword"),
            ("DvcAction", "keyword"),
            ("DstPortNumber", "long"),
            ("EventCountSum", "long"),
        ],
    ),
    (
        "device-network-events-1",
        &[
            ("Timestamp", "date"),
            ("ActionType", "keyword"),
            ("DeviceId", "keyword"),
            ("DeviceName", "keyword"),
            ("Protocol", "keyword"),
            ("LocalPort", "integer"),
            ("RemoteIP", "keyword"),
            ("RemoteIPType", "keyword"),
            ("RemotePort", "integer"),
            ("RemoteUrl", "keyword"),
            ("InitiatingProcessId", "long"),
            ("InitiatingProcessUniqueId", "keyword"),
            ("InitiatingProcessFolderPath", "keyword"),
            ("InitiatingProcessFileName", "keyword"),
            ("InitiatingProcessCommandLine", "keyword"),
            ("InitiatingProcessAccountName", "keyword"),
            ("InitiatingProcessParentFileName", "keyword"),
            ("InitiatingProcessMD5", "keyword"),
        ],
    ),
    (
        "trendmicro-apexone-1",
        &[
            ("TimeGenerated", "date"),
            ("ApplicationProtocol", "keyword"),
            ("SrcIpAddr", "keyword"),
            ("SrcUserName", "keyword"),
            ("DstPortNumber", "long"),
            ("Protocol", "keyword"),
        ],
    ),
];

/// Rows whose cells go through a few values each, absent ones among them.
fn varied(count: usize) -> Vec<Sample> {
    let words = |name: &str| -> &'static [&'static str] {
        match name {
            "network.direction" => &["egress", "ingress"],
            "NetworkDirection" => &["Outbound", "Inbound"],
            "event.outcome" => &["success", "failure"],
            "EventResult" => &["Success", "Failure"],
            "event.category" => &["network"],
            "network.transport" => &["tcp", "udp"],
            "NetworkProtocol" => &["TCP", "UDP"],
            "Protocol" => &["Tcp", "Udp"],
            "ActionType" => &["ConnectionSuccess", "ConnectionFailed"],
            "RemoteIPType" => &["Public", "Private"],
            "host.os.type" | "host.os.family" => &["windows"],
            "ApplicationProtocol" => &["5", "20", "10003", ""],
            "destination.ip" | "DstIpAddr" | "RemoteIP" | "SrcIpAddr" => {
                &["8.8.8.8", "10.1.2.3", "2001:db8::1", "93.184.216.34"]
            }
            "process.name" | "SrcProcessName" | "InitiatingProcessFileName" => {
                &["PowerShell.exe", "chrome.exe", "certutil.exe", "agent"]
            }
            _ => &["a", "b", "", "c"],
        }
    };
    let mut samples = Vec::new();
    for (name, columns) in COLUMNS {
        let mut rows = Vec::new();
        for number in 0..count {
            let mut state = number * 31 + 7;
            let row = columns.iter().map(|(column, ty)| {
                state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
                let pick = state / 65_536;
                match *ty {
                    "date" => {
                        let minute = NOW / 60_000 - i64::try_from(pick % 1440).unwrap();
                        Json::from(minute * 60_000)
                    }
                    _ if pick % 11 == 0 => Json::Null,
                    "long" | "integer" if column.to_lowercase().contains("port") => {
                        Json::from([443, 445, 3389, 22, 50_000, 8080][pick % 6])
                    }
                    "long" | "integer" => Json::from(pick % 9),
                    _ => Json::from(words(column)[pick % words(column).len()]),
                }
            });
            rows.push(row.collect());
        }
        samples.push(Sample {
            name: (*name).to_owned(),
            columns: columns
                .iter()
                .map(|(c, t)| ((*c).to_owned(), (*t).to_owned()))
                .collect(),
            rows,
        });
    }
    samples
}

#[test]
fn every_emitted_query_runs() {
    let tables = varied(10_000);
    let queries = emitted();
    assert!(queries.len() >= 10, "{}", queries.len());
    let mut found = 0;
    for (path, text) in queries {
        let start = std::time::Instant::now();
        let answer = match run(&text, &tables, &options()) {
            Ok(answer) => answer,
            Err(refusal) => panic!("{}: {refusal:?}", path.display()),
        };
        eprintln!(
            "{}: {} rows in {:?}",
            path.display(),
            answer.rows.len(),
            start.elapsed()
        );
        found += usize::from(!answer.rows.is_empty());
        assert!(start.elapsed().as_secs() < 20, "{} is slow", path.display());
    }
    // Rare things are rare in random rows too.
    assert!(found >= 10, "only {found} queries find something");
}

/// A published hunt, where it lies beside the repository.
#[test]
fn a_published_hunt_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let hunt = root.join("../shared/seeds/003_ecs_sensitive_ports.txt");
    let Ok(text) = std::fs::read_to_string(hunt) else {
        eprintln!("the published hunts are not beside the repository: nothing is run");
        return;
    };
    let query = text.split("```").nth(1).unwrap().trim_start_matches("sql");
    let answer = run(query, &varied(10_000), &options()).unwrap();
    assert!(!answer.rows.is_empty());
    let names: Vec<&str> = answer.columns.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(
        names,
        [
            "count_unique_ports",
            "count_smb_dst",
            "count_rdp_dst",
            "process.entity_id",
            "process.executable"
        ]
    );
}
