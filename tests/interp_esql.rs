//! The ES|QL interpreter against results that the vendor's own tests assert, when those are at hand, and over the queries of this
//! repository. The vendor's cases are read, never kept.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use huntc::interp::Sample;
use huntc::interp::esql::{Options, run};
use serde_json::Value as Json;

/// 2025-06-01T12:00:00Z.
const NOW: i64 = 1_748_779_200_000;

fn options() -> Options {
    Options {
        now_ms: NOW,
        ..Options::default()
    }
}

fn conformance() -> Option<PathBuf> {
    let folder = match std::env::var_os("HUNTC_CONFORMANCE") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance"),
    };
    if folder.join("esql_cases.jsonl").is_file() {
        return Some(folder);
    }
    eprintln!(
        "no vendor cases at {}: nothing is compared",
        folder.display()
    );
    None
}

fn lines(path: &Path) -> Vec<Json> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn samples(folder: &Path) -> Vec<Sample> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder.join("esql_data")).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(name) = file.strip_suffix(".ndjson") else {
            continue;
        };
        let types = std::fs::read_to_string(path.with_extension("types.json")).unwrap();
        let types: serde_json::Map<String, Json> = serde_json::from_str(&types).unwrap();
        let columns: Vec<(String, String)> = types
            .iter()
            .map(|(column, ty)| (column.clone(), ty.as_str().unwrap().to_owned()))
            .collect();
        let rows = lines(&path)
            .iter()
            .map(|row| {
                let cell = |(column, _): &(String, String)| row.get(column).cloned();
                columns
                    .iter()
                    .map(|column| cell(column).unwrap_or_default())
                    .collect()
            })
            .collect();
        found.push(Sample {
            name: name.to_owned(),
            columns,
            rows,
        });
    }
    found
}

/// A cell in a form in which equal cells are equal texts: values of a list in order, numbers to twelve digits.
fn shown(cell: &Json) -> String {
    match cell {
        Json::Array(items) => {
            let mut items: Vec<String> = items.iter().map(shown).collect();
            items.sort();
            format!("[{}]", items.join("|"))
        }
        Json::Number(number) if number.is_f64() => {
            let number = number.as_f64().unwrap();
            if number.fract() == 0.0 && number.abs() < 1e15 {
                format!("{number:.0}")
            } else {
                format!("{number:.11e}")
            }
        }
        other => other.to_string(),
    }
}

fn bag(rows: &[Vec<Json>], ordered: bool) -> Vec<String> {
    let row = |row: &Vec<Json>| row.iter().map(shown).collect::<Vec<_>>().join(", ");
    let mut rows: Vec<String> = rows.iter().map(row).collect();
    if !ordered {
        rows.sort();
    }
    rows
}

/// The lines and columns that the vendor's warnings name.
fn places(warnings: &[Json]) -> Vec<String> {
    let place = |warning: &Json| {
        let text = warning.as_str()?.trim_start_matches("regex:");
        let rest = text.strip_prefix("Line ")?;
        let (place, about) = rest.split_once(": ")?;
        about.starts_with("evaluation").then(|| place.to_owned())
    };
    warnings.iter().filter_map(place).collect()
}

/// Cases that do not say what the platform does, and why.
const WRONG: &[(&str, &str)] = &[];

#[test]
fn what_the_vendor_asserts() {
    judged("esql_cases.jsonl", 238);
}

/// Cases that the interpreter was not built on.
#[test]
fn what_the_vendor_asserts_elsewhere() {
    judged("esql_cases_2.jsonl", 262);
}

/// Runs the cases of a file: none may be wrong, and so many must be right.
fn judged(file: &str, least: usize) {
    let Some(folder) = conformance() else {
        return;
    };
    let tables = samples(&folder);
    let (mut right, mut wrong, mut warned) = (0, Vec::new(), Vec::new());
    let mut refused: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let cases = lines(&folder.join(file));
    for case in &cases {
        let source = case["source"].as_str().unwrap();
        if WRONG.iter().any(|(name, _)| *name == source) {
            continue;
        }
        let query = case["query"].as_str().unwrap();
        let answer = match run(query, &tables, &options()) {
            Ok(answer) => answer,
            Err(refusal) => {
                let reason = format!("{:?} {}", refusal.kind, refusal.construct);
                refused
                    .entry(reason)
                    .or_default()
                    .push(format!("{source}: {}", refusal.message));
                continue;
            }
        };
        let expected = &case["expected"];
        let columns: Vec<(String, String)> =
            serde_json::from_value(expected["columns"].clone()).unwrap();
        let rows: Vec<Vec<Json>> = serde_json::from_value(expected["rows"].clone()).unwrap();
        let ordered = case["ordered"].as_bool().unwrap_or(false);
        if answer.columns != columns || bag(&answer.rows, ordered) != bag(&rows, ordered) {
            wrong.push(format!(
                "{source}\n{query}\n  wanted {columns:?}\n  found  {:?}\n  wanted {:#?}\n  found  {:#?}",
                answer.columns,
                bag(&rows, ordered),
                bag(&answer.rows, ordered)
            ));
            continue;
        }
        right += 1;
        let wanted = case["warnings"].as_array().is_some_and(|w| !w.is_empty());
        let found = answer.warnings.iter().any(|w| w.starts_with("line "));
        let expected_places = places(case["warnings"].as_array().map_or(&[], Vec::as_slice));
        let found_places: Vec<String> = answer
            .warnings
            .iter()
            .filter_map(|w| Some(w.strip_prefix("line ")?.split(": ").next()?.to_owned()))
            .collect();
        let elsewhere = expected_places.iter().any(|p| !found_places.contains(p));
        if wanted != found || elsewhere {
            warned.push(format!("{source}: {:?}", answer.warnings));
        }
    }
    let total = cases.len() - WRONG.len();
    eprintln!(
        "{total} cases: {right} right, {} wrong, {} refused, {} with other warnings",
        wrong.len(),
        refused.values().map(Vec::len).sum::<usize>(),
        warned.len()
    );
    for (reason, sources) in &refused {
        eprintln!("refused {reason}: {}", sources.join("; "));
    }
    for case in &warned {
        eprintln!("warnings differ: {case}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(right >= least, "only {right} of {total}");
}

/// Whole files of queries that this repository emits.
fn emitted() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(root).sort_by_file_name() {
        let path = entry.unwrap().into_path();
        if path.extension().is_some_and(|e| e == "esql") {
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

/// A published hunt, when it is at hand beside the vendor's cases.
#[test]
fn a_published_hunt_runs() {
    let Some(folder) = conformance() else {
        return;
    };
    let hunt = folder.join("../seeds/003_ecs_sensitive_ports.txt");
    let Ok(text) = std::fs::read_to_string(hunt) else {
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
