//! The KQL texts of this repository, and the published hunts where they lie beside it.

use huntc_interp::kql::{self, Options};
use huntc_interp::{Answer, Sample};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

/// 2024-05-01T12:00:00Z
const NOW: i64 = 1_714_564_800_000;

fn sample(name: &str, columns: &[(&str, &str)], rows: &[Json]) -> Sample {
    Sample {
        name: name.to_owned(),
        columns: columns
            .iter()
            .map(|(name, ty)| ((*name).to_owned(), (*ty).to_owned()))
            .collect(),
        rows: rows
            .iter()
            .map(|row| {
                let cell = |(name, _): &(&str, &str)| row.get(*name).cloned().unwrap_or(Json::Null);
                columns.iter().map(cell).collect()
            })
            .collect(),
    }
}

fn device_network_events() -> Sample {
    let columns = [
        ("TimeGenerated", "datetime"),
        ("Timestamp", "datetime"),
        ("DeviceId", "string"),
        ("DeviceName", "string"),
        ("AccountName", "string"),
        ("ActionType", "string"),
        ("Protocol", "string"),
        ("RemoteIP", "string"),
        ("RemoteIPType", "string"),
        ("RemotePort", "int"),
        ("LocalPort", "int"),
        ("RemoteUrl", "string"),
        ("InitiatingProcessId", "long"),
        ("InitiatingProcessUniqueId", "string"),
        ("InitiatingProcessAccountName", "string"),
        ("InitiatingProcessFileName", "string"),
        ("InitiatingProcessFolderPath", "string"),
        ("InitiatingProcessCommandLine", "string"),
        ("InitiatingProcessParentFileName", "string"),
        ("InitiatingProcessMD5", "string"),
    ];
    let row = |minute: i64, process: &str, ip: &str, kind: &str, port: i64| {
        json!({
            "TimeGenerated": format!("2024-05-01T11:{minute:02}:00Z"),
            "Timestamp": format!("2024-05-01T11:{minute:02}:00Z"),
            "DeviceId": "d1", "DeviceName": "host1", "AccountName": "ann",
            "ActionType": "ConnectionSuccess", "Protocol": "Tcp",
            "RemoteIP": ip, "RemoteIPType": kind, "RemotePort": port, "LocalPort": 50_000 + minute,
            "InitiatingProcessId": 77, "InitiatingProcessUniqueId": "u1",
            "InitiatingProcessAccountName": "ann", "InitiatingProcessFileName": process,
            "InitiatingProcessFolderPath": format!("c:\\windows\\{process}"),
            "InitiatingProcessCommandLine": format!("{process} -x"),
            "InitiatingProcessParentFileName": "explorer.exe", "InitiatingProcessMD5": "abc",
        })
    };
    let rows = [
        row(1, "Rundll32.exe", "8.8.8.8", "Public", 4444),
        row(2, "rundll32.exe", "100.0.3.4", "Public", 4444),
        row(3, "chrome.exe", "8.8.4.4", "Public", 8080),
        row(4, "powershell.exe", "10.0.0.9", "Private", 443),
        row(5, "scan.exe", "10.0.0.5", "Private", 445),
        row(6, "scan.exe", "10.0.0.6", "Private", 3389),
        row(7, "scan.exe", "10.0.0.7", "Private", 22),
        // Monitored ports: of the watchlist here, and of the one that is written into the text.
        row(8, "mirc.exe", "10.0.0.8", "Private", 6667),
        row(9, "vncviewer.exe", "10.0.0.8", "Private", 5801),
    ];
    sample("DeviceNetworkEvents", &columns, &rows)
}

fn network_session() -> Sample {
    let columns = [
        ("TimeGenerated", "datetime"),
        ("NetworkDirection", "string"),
        ("EventResult", "string"),
        ("NetworkProtocol", "string"),
        ("SrcIpAddr", "string"),
        ("DstIpAddr", "string"),
        ("DstHostname", "string"),
        ("DstPortNumber", "int"),
        ("SrcPortNumber", "int"),
        ("DstAppName", "string"),
        ("DvcAction", "string"),
        ("DvcId", "string"),
        ("DvcHostname", "string"),
        ("SrcUsername", "string"),
        ("SrcProcessId", "string"),
        ("SrcProcessGuid", "string"),
        ("SrcProcessName", "string"),
        ("SrcProcessCommandLine", "string"),
        ("ParentProcessName", "string"),
    ];
    let row = |day: i64, hour: i64, process: &str, ip: &str, port: i64| {
        json!({
            "TimeGenerated": format!("2024-{:02}-{:02}T{hour:02}:30:00Z", if day > 0 { 5 } else { 4 }, if day > 0 { day } else { 30 + day }),
            "NetworkDirection": "Outbound", "EventResult": "Success", "NetworkProtocol": "TCP",
            "SrcIpAddr": "10.1.1.1", "DstIpAddr": ip, "DstPortNumber": port, "SrcPortNumber": 51_000,
            "DvcAction": "Allow", "DvcId": "v1", "DvcHostname": "host1", "SrcUsername": "ann",
            "SrcProcessId": "88", "SrcProcessGuid": "g1", "SrcProcessName": process,
            "SrcProcessCommandLine": process, "ParentProcessName": "explorer.exe",
        })
    };
    let mut rows = vec![
        row(1, 11, "tool.exe", "8.8.8.8", 4444),
        row(1, 11, "tool.exe", "192.0.2.1", 4444),
        row(1, 11, "mshta.exe", "fe80::1", 443),
        row(1, 11, "sweep.exe", "10.0.0.1", 445),
        row(1, 11, "sweep.exe", "10.0.0.2", 3389),
    ];
    // A burst on one port on the last day.
    rows.extend((0..40).map(|_| row(1, 10, "svc.exe", "10.0.0.3", 6667)));
    rows.extend((0..3).map(|at| row(-at, 10, "svc.exe", "10.0.0.3", 443)));
    sample("_Im_NetworkSession", &columns, &rows)
}

fn watchlist() -> Sample {
    let columns = [
        "Type",
        "ThresholdType",
        "Severity",
        "Ports",
        "App",
        "Protocol",
        "Direction",
        "Action",
        "Threshold",
        "Tactic",
        "Name",
        "Description",
    ];
    let columns = columns.map(|name| (name, "string"));
    let rows = [json!({
        "Type": "Hunting", "ThresholdType": "Anomaly", "Severity": "Low", "Ports": "6667,194",
        "App": "*", "Protocol": "*", "Direction": "*", "Action": "*", "Threshold": "1",
        "Tactic": "C2", "Name": "IRC", "Description": "chat",
    })];
    sample(
        "_GetWatchlist('NetworkSession_Monitor_Configuration')",
        &columns,
        &rows,
    )
}

/// The table that keeps a summary, over the last two weeks.
fn summary() -> Sample {
    let columns = [
        ("EventTime_t", "datetime"),
        ("NetworkProtocol_s", "string"),
        ("DstPortNumber_d", "real"),
        ("DstAppName_s", "string"),
        ("NetworkDirection_s", "string"),
        ("DvcAction_s", "string"),
        ("count__d", "real"),
    ];
    let row = |time: &str, port: f64| {
        json!({
            "EventTime_t": time, "NetworkProtocol_s": "TCP", "DstPortNumber_d": port,
            "NetworkDirection_s": "Outbound", "DvcAction_s": "Allow", "count__d": 1.0,
        })
    };
    let mut rows = vec![row("2024-04-19T10:00:00Z", 6667.0)];
    rows.extend((0..50).map(|minute| row(&format!("2024-05-01T10:{minute:02}:00Z"), 6667.0)));
    sample("NetworkCustomAnalytics_protocol_CL", &columns, &rows)
}

fn apex_one() -> Sample {
    let columns = [
        ("TimeGenerated", "datetime"),
        ("ApplicationProtocol", "string"),
        ("SrcIpAddr", "string"),
        ("SrcUserName", "string"),
        ("DstUserName", "string"),
        ("DstPortNumber", "int"),
        ("DstServiceName", "string"),
        ("Protocol", "string"),
    ];
    let row = |code: &str, ip: &str| {
        json!({
            "TimeGenerated": "2024-05-01T11:00:00Z", "ApplicationProtocol": code,
            "SrcIpAddr": ip, "SrcUserName": "ann", "DstUserName": "bob",
        })
    };
    let rows = [
        row("5", "10.0.0.1"),
        row("5", "10.0.0.1"),
        row("3", "10.0.0.2"),
        row("999", "10.0.0.3"),
        row("", "10.0.0.4"),
        // A monitored port, used for the first time.
        json!({ "TimeGenerated": "2024-05-01T11:00:00Z", "DstPortNumber": 6667, "Protocol": "TCP" }),
    ];
    sample("TMApexOneEvent", &columns, &rows)
}

fn samples() -> Vec<Sample> {
    vec![
        device_network_events(),
        network_session(),
        watchlist(),
        summary(),
        apex_one(),
    ]
}

fn run(query: &str, tables: &[Sample]) -> Answer {
    let options = Options {
        now_ms: NOW,
        geo: [("8.8.8.8".to_owned(), json!({"country": "Nowhere"}))].into(),
        ..Options::default()
    };
    match kql::run(query, tables, &options) {
        Ok(answer) => answer,
        Err(refusal) => {
            let at = query.get(refusal.span.clone()).unwrap_or_default();
            panic!("{refusal:?}\nat `{at}`\n{query}")
        }
    }
}

/// The cells of a column.
fn column(answer: &Answer, name: &str) -> Vec<Json> {
    let at = answer.columns.iter().position(|(own, _)| own == name);
    let at = at.unwrap_or_else(|| panic!("{name} is not in {:?}", answer.columns));
    answer.rows.iter().map(|row| row[at].clone()).collect()
}

fn query(folder: &str, name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("queries")
        .join(folder)
        .join(name);
    std::fs::read_to_string(&path).unwrap()
}

#[test]
fn every_query_of_the_repository_runs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let mut count = 0;
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let path = entry.unwrap().into_path();
        if path.extension().is_some_and(|ending| ending == "kql") && super::is_over_sessions(&path)
        {
            count += 1;
            let answer = run(&std::fs::read_to_string(&path).unwrap(), &samples());
            assert!(!answer.rows.is_empty(), "{} finds nothing", path.display());
        }
    }
    assert!(count > 6, "only {count} queries were run");
}

#[test]
fn queries_of_the_repository_find_what_they_are_for() {
    let rare = run(&query("defender", "rare-outbound-process.kql"), &samples());
    assert_eq!(column(&rare, "program"), [json!("rundll32.exe")]);
    assert_eq!(column(&rare, "ports"), [json!([4444])]);
    assert_eq!(column(&rare, "country"), [json!("Nowhere")]);
    let sweep = run(
        &query("sentinel-mde", "sensitive-port-sweep.kql"),
        &samples(),
    );
    assert_eq!(column(&sweep, "ports_seen"), [json!(3)]);
    let common = run(
        &query("sentinel", "unusual-process-on-common-port.kql"),
        &samples(),
    );
    assert_eq!(column(&common, "is_internal"), [json!(true)]);
    let apex = run(
        &query("apexone", "rare-application-protocol.kql"),
        &samples(),
    );
    assert_eq!(
        column(&apex, "application"),
        [json!("IRC"), json!("Unmapped"), json!("HTTP")]
    );
}

/// However a query is cut or loses a part, the interpreter answers or refuses, and a refusal stays inside the text.
#[test]
fn broken_queries_are_refused() {
    let options = Options {
        now_ms: NOW,
        ..Options::default()
    };
    let tables = samples();
    let text = query("sentinel", "rare-outbound-process.kql");
    let start = text.find("let ").unwrap();
    let text = &text[start..];
    for at in (0..text.len()).step_by(3) {
        let cut = &text[..at];
        let holed = format!("{cut}{}", text.get(at + 5..).unwrap_or_default());
        for broken in [cut, holed.as_str()] {
            if let Err(refusal) = kql::run(broken, &tables, &options) {
                assert!(refusal.span.end <= broken.len(), "{refusal:?}\n{broken}");
                assert!(!refusal.message.contains("itself"), "{refusal:?}\n{broken}");
            }
        }
    }
}

/// The published hunts lie beside the repository, if they do.
fn published(name: &str) -> Option<String> {
    let beside: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/seeds");
    let text = std::fs::read_to_string(beside.join(name)).ok();
    if text.is_none() {
        eprintln!("the published hunts are not beside the repository: `{name}` is not run");
    }
    text
}

/// The query of a YAML hunt that holds it on one line, in quotes.
fn quoted(text: &str) -> String {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("query: "))
        .unwrap();
    let query: String = serde_json::from_str(line).unwrap();
    query
        .trim_start_matches("```kusto")
        .trim_end_matches("```")
        .to_owned()
}

#[test]
fn the_published_hunt_for_rare_protocols_runs() {
    let Some(text) = published("000_apexone_rare_protocol.txt") else {
        return;
    };
    let answer = run(&quoted(&text), &samples());
    assert_eq!(
        column(&answer, "AppProtocol"),
        [json!("IRC"), json!("unknown"), json!("HTTP")]
    );
}

#[test]
fn the_published_hunt_for_port_anomalies_runs() {
    let Some(text) = published("001_asim_port_anomaly.txt") else {
        return;
    };
    // A port that is met on two days only scores the same however many events there are: at most 5.9, which `toint` makes 5.
    let answer = run(&quoted(&text), &samples());
    let names: Vec<&str> = answer
        .columns
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "Name",
            "Severity",
            "Tactic",
            "DstPortNumber",
            "Description",
            "NetworkProtocols",
            "NetworkDirections",
            "DvcActions"
        ]
    );
    // Without the summary table its leg is nothing.
    let mut without = samples();
    without.retain(|sample| sample.name != "NetworkCustomAnalytics_protocol_CL");
    assert!(!run(&quoted(&text), &without).warnings.is_empty());
    // The threshold that was meant finds the burst.
    let lower = quoted(&text).replace("score = toint(score)", "score = todouble(score)");
    let answer = run(&lower, &samples());
    assert_eq!(column(&answer, "DstPortNumber"), [json!("6667")]);
}

#[test]
fn the_published_hunt_for_rare_processes_runs() {
    let Some(text) = published("002_mde_rare_outbound.txt") else {
        return;
    };
    let blocks: Vec<&str> = text.split("```").collect();
    for block in [blocks[1], blocks[3]] {
        let answer = run(block.trim_start_matches("KQL"), &samples());
        assert_eq!(
            column(&answer, "InitiatingProcessFileName"),
            [json!("rundll32.exe")]
        );
        assert_eq!(column(&answer, "RemoteIP_country"), [json!("Nowhere")]);
    }
}

#[test]
fn the_published_hunt_for_common_ports_runs() {
    let Some(text) = published("004_mde_common_ports.txt") else {
        return;
    };
    let start = text.find("// Detect unusual").unwrap();
    let end = text.find(" Data Sources").unwrap();
    let answer = run(&text[start..end], &samples());
    assert_eq!(
        column(&answer, "InitiatingProcessFileName"),
        [json!("powershell.exe")]
    );
}
