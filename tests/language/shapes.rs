//! The shapes in which people hold events: each is read right, or refused with a code and an exit code that is not 0. None gives an empty result with
//! exit code 0.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use serde_json::{Value as Json, json};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const HUNT: &str = "hunt: hunt
id: 7c0e5f5e-0000-4000-8000-00000000abcd
version: 1.0.0
name: Ports of programs
description: A test.
severity: low
attack: [T1071]
query: |
  from network_session within 1d
  | where transport == \"tcp\" and dst.port in [389, 443, 445]
  | group by src.port { n = count(), ports = set(dst.port) }
";

/// What each shape that is read must give.
fn wanted() -> Json {
    json!([{ "src.port": 50001, "n": 3, "ports": [389, 443, 445] }])
}

const NOW: &str = "2024-05-01T12:00:00Z";

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder =
            std::env::temp_dir().join(format!("huntc-shapes-{}-{name}", std::process::id()));
        std::fs::create_dir_all(folder.join("hunt")).unwrap();
        std::fs::write(folder.join("hunt/hunt.yaml"), HUNT).unwrap();
        Folder(folder)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    /// Standard output, standard error and the exit code of a run.
    fn run(&self, arguments: &[&str], input: Option<&[u8]>) -> (String, String, i32) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huntc"));
        command.current_dir(&self.0).args(["run", "hunt"]);
        if !arguments.contains(&"--format") {
            command.args(["--format", "json"]);
        }
        if !arguments.contains(&"--now") {
            command.args(["--now", NOW]);
        }
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.unwrap_or_default()).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let folder = format!("{}/", self.0.display());
        (
            text(output.stdout),
            text(output.stderr).replace(&folder, ""),
            output.status.code().unwrap(),
        )
    }

    /// A run that reads everything: its result, and in whose columns the files were read.
    fn read(&self, what: &str, arguments: &[&str]) -> Vec<String> {
        let (out, err, code) = self.run(arguments, None);
        assert_eq!(code, 0, "{what}: {err}");
        let json: Json = serde_json::from_str(&out).unwrap();
        assert_eq!(json["rows"], wanted(), "{what}: {err}");
        assert!(!err.contains("warning"), "{what}: {err}");
        let files = json["reading"]["files"].as_array().unwrap();
        files
            .iter()
            .map(|file| file["form"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A run that has no result: its errors.
    fn refused(&self, what: &str, arguments: &[&str]) -> String {
        let (out, err, code) = self.run(arguments, None);
        assert_eq!((code, out.as_str()), (2, ""), "{what}: {err}");
        err
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The columns of Defender that the hunt and its form need, and the three events.
const COLUMNS: [&str; 6] = [
    "Timestamp",
    "ActionType",
    "Protocol",
    "LocalPort",
    "RemoteIP",
    "RemotePort",
];
const TIMES: [&str; 3] = [
    "2024-05-01T10:00:00.123Z",
    "2024-05-01T10:00:01Z",
    "2024-05-01T10:00:02Z",
];
const PORTS: [u64; 3] = [443, 445, 389];

fn defender() -> Vec<Json> {
    let row = |(time, port)| json!({ "Timestamp": time, "ActionType": "ConnectionSuccess", "Protocol": "Tcp", "LocalPort": 50001, "RemoteIP": "10.0.0.9", "RemotePort": port });
    TIMES.into_iter().zip(PORTS).map(row).collect()
}

fn ecs() -> Vec<Json> {
    let row = |(time, port)| json!({ "@timestamp": time, "event": { "category": ["network"] }, "network.transport": "tcp", "source": { "port": 50001 }, "destination": { "port": port, "ip": "10.0.0.9" } });
    TIMES.into_iter().zip(PORTS).map(row).collect()
}

fn lines(rows: &[Json]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// Defender's rows as CSV; `time` writes the time of an event.
fn csv(separator: &str, end: &str, time_column: &str, time: impl Fn(usize) -> String) -> String {
    let mut text = COLUMNS.join(separator).replace("Timestamp", time_column) + end;
    for (at, port) in PORTS.iter().enumerate() {
        let cells = [
            time(at),
            "ConnectionSuccess".into(),
            "Tcp".into(),
            "50001".into(),
            "10.0.0.9".into(),
            port.to_string(),
        ];
        text += &(cells.join(separator) + end);
    }
    text
}

fn iso(at: usize) -> String {
    TIMES[at].to_owned()
}

#[test]
fn csv_is_read_whatever_parts_it() {
    let folder = Folder::new("csv");
    let cells = |separator: &str, end: &str| csv(separator, end, "Timestamp", iso);
    let upper_am = |at: usize| format!("\"5/1/2024, 10:00:0{at}.000 AM\"");
    let mut shapes = vec![
        ("commas", cells(",", "\n"), "defender:defender"),
        ("semicolons", cells(";", "\r\n"), "defender:defender"),
        ("tabs", cells("\t", "\n"), "defender:defender"),
        ("bars", cells("|", "\n"), "defender:defender"),
        (
            "lines that end in CR",
            cells(",", "\r"),
            "defender:defender",
        ),
        (
            "a line that names the separator",
            format!("sep=;\r\n{}", cells(";", "\r\n")),
            "defender:defender",
        ),
        (
            "a byte order mark",
            format!("\u{feff}{}", cells(",", "\n")),
            "defender:defender",
        ),
        (
            "lower case",
            cells(",", "\n")
                .to_lowercase()
                .replace("connectionsuccess", "ConnectionSuccess")
                .replace(",tcp,", ",Tcp,"),
            "defender:defender",
        ),
        (
            "blanks in the header",
            cells(",", "\n").replacen("Timestamp,ActionType", "Timestamp , ActionType ", 1),
            "defender:defender",
        ),
        (
            "the portal's header and times",
            csv(",", "\n", "TimeGenerated [UTC]", upper_am),
            "defender:sentinel",
        ),
    ];
    let portal = [
        ("5/1/2024 10:00:0# AM", "blank before the clock"),
        ("5/1/2024 10:00:0# AM UTC", "UTC behind"),
        ("5/1/2024 7:00:0# PM +09:00", "an offset behind"),
        ("2024-05-01 10:00:0#", "no zone"),
        ("171455760#", "seconds"),
        ("171455760#.5", "seconds with a fraction"),
        ("171455760#123456", "microseconds"),
        ("171455760#123456789", "nanoseconds"),
    ];
    for (form, what) in portal {
        let text = csv(",", "\n", "Timestamp", |at| {
            form.replace('#', &at.to_string())
        });
        shapes.push((what, text, "defender:defender"));
    }
    let quoted = "Timestamp,ActionType,Protocol,LocalPort,RemoteIP,RemotePort,InitiatingProcessCommandLine\n";
    let commands = [
        "\"cmd \\\"a\\\", b\"",
        "\"cmd \"\"a\"\", b\"",
        "\"two\r\nlines\"",
    ];
    let rows = (0..3).map(|at| {
        format!(
            "{},ConnectionSuccess,Tcp,50001,10.0.0.9,{},{}\n",
            TIMES[at], PORTS[at], commands[at]
        )
    });
    shapes.push((
        "quotes of both kinds",
        format!("{quoted}{}", rows.collect::<String>()),
        "defender:defender",
    ));
    for (what, text, form) in shapes {
        let file = folder.file("events.csv", text);
        assert_eq!(folder.read(what, &["--data", &file]), [form], "{what}");
    }
}

#[test]
fn times_that_could_be_two_are_refused_until_it_is_said() {
    let folder = Folder::new("times");
    let day_first = csv(",", "\n", "Timestamp", |at| {
        format!("\"1/5/2024, 10:00:0{at}\"")
    });
    let file = folder.file("events.csv", day_first);
    let err = folder.refused("day or month", &["--data", &file]);
    assert!(
        err.contains("E0642")
            && err.contains("none of 3 rows has a time")
            && err.contains("--dates"),
        "{err}"
    );
    folder.read("day first", &["--data", &file, "--dates", "dmy"]);
    let local = csv(",", "\n", "TimeGenerated [Local Time]", |at| {
        format!("\"5/1/2024, 7:00:0{at}.000 PM\"")
    });
    let file = folder.file("local.csv", local);
    let err = folder.refused("local time", &["--data", &file]);
    assert!(
        err.contains("E0642") && err.contains("[Local Time]") && err.contains("--zone"),
        "{err}"
    );
    folder.read("in a zone", &["--data", &file, "--zone", "+09:00"]);
    let (_, err, code) = folder.run(&["--data", &file, "--zone", "Tokyo"], None);
    assert!(code == 3 && err.contains("E0649"), "{err}");
}

#[test]
fn exports_are_opened() {
    let folder = Folder::new("exports");
    let rows = defender();
    let streamed: Vec<Json> = (rows.iter())
        .map(|row| json!({ "time": "2024-05-01T10:05:00Z", "tenantId": "x", "category": "AdvancedHunting-DeviceNetworkEvents", "properties": row }))
        .collect();
    let names: Vec<Json> = COLUMNS
        .iter()
        .map(|name| json!({ "name": name, "type": "string" }))
        .collect();
    let cells: Vec<Vec<Json>> = rows
        .iter()
        .map(|row| COLUMNS.iter().map(|name| row[*name].clone()).collect())
        .collect();
    let kusto_names: Vec<Json> = COLUMNS
        .iter()
        .map(|name| json!({ "ColumnName": name, "ColumnType": "string" }))
        .collect();
    let frames = json!([
        { "FrameType": "DataSetHeader", "IsProgressive": false, "Version": "v2.0" },
        { "FrameType": "DataTable", "TableKind": "QueryProperties", "Columns": [{ "ColumnName": "Key" }], "Rows": [["x"]] },
        { "FrameType": "DataTable", "TableKind": "PrimaryResult", "Columns": kusto_names, "Rows": cells },
        { "FrameType": "DataSetCompletion", "HasErrors": false, "Cancelled": false },
    ]);
    let defender_form = "defender:defender";
    let shapes = [
        ("a JSON array", json!(rows), defender_form),
        (
            "Defender's API",
            json!({ "Stats": {}, "Schema": names, "Results": rows }),
            defender_form,
        ),
        ("results alone", json!({ "Results": rows }), defender_form),
        (
            "Microsoft Graph",
            json!({ "@odata.context": "x", "schema": names, "results": rows }),
            defender_form,
        ),
        (
            "Log Analytics",
            json!({ "tables": [{ "name": "PrimaryResult", "columns": names, "rows": cells }] }),
            defender_form,
        ),
        ("Kusto v2", frames, defender_form),
        (
            "streaming records",
            json!({ "records": streamed }),
            defender_form,
        ),
        (
            "Elasticsearch",
            json!({ "took": 1, "timed_out": false, "_shards": { "total": 1, "successful": 1, "failed": 0 }, "hits": { "total": { "value": 3, "relation": "eq" }, "hits": ecs().iter().map(|row| json!({ "_index": "logs", "_id": "1", "_source": row })).collect::<Vec<_>>() } }),
            "ecs",
        ),
    ];
    for (what, shape, form) in shapes {
        let flat = folder.file("events.json", shape.to_string());
        assert_eq!(folder.read(what, &["--data", &flat]), [form], "{what}");
        let pretty = folder.file("events.json", format!("{shape:#}"));
        assert_eq!(
            folder.read(what, &["--data", &pretty]),
            [form],
            "{what}, over lines"
        );
    }
    let on_lines = [
        ("streaming lines", lines(&streamed), defender_form),
        (
            "lines of records",
            lines(&[
                json!({ "records": streamed[..1] }),
                json!({ "records": streamed[1..] }),
            ]),
            defender_form,
        ),
        (
            "hits",
            lines(
                &ecs()
                    .iter()
                    .map(|row| json!({ "_index": "logs", "_source": row }))
                    .collect::<Vec<_>>(),
            ),
            "ecs",
        ),
        (
            "_bulk",
            ecs()
                .iter()
                .map(|row| format!("{{\"create\":{{\"_index\":\"logs\"}}}}\n{row}\n"))
                .collect(),
            "ecs",
        ),
    ];
    for (what, text, form) in on_lines {
        let file = folder.file("events.ndjson", text);
        assert_eq!(folder.read(what, &["--data", &file]), [form], "{what}");
    }
}

#[test]
fn elasticsearch_has_columns_and_fields() {
    let folder = Folder::new("columns");
    let keys = [
        "@timestamp",
        "event.category",
        "network.transport",
        "source.port",
        "destination.port",
    ];
    let cells: Vec<Vec<Json>> = (0..3)
        .map(|at| {
            vec![
                json!(TIMES[at]),
                json!("network"),
                json!("tcp"),
                json!(50001),
                json!(PORTS[at]),
            ]
        })
        .collect();
    let types = ["date", "keyword", "keyword", "long", "long"];
    let columns: Vec<Json> = keys
        .iter()
        .zip(types)
        .map(|(name, ty)| json!({ "name": name, "type": ty }))
        .collect();
    let by_row = json!({ "columns": columns, "values": cells });
    let by_column: Vec<Vec<Json>> = (0..keys.len())
        .map(|key| cells.iter().map(|row| row[key].clone()).collect())
        .collect();
    let columnar =
        json!({ "took": 3, "is_partial": false, "columns": columns, "values": by_column });
    let fields: Vec<Json> = (cells.iter())
        .map(|row| {
            let fields: serde_json::Map<String, Json> = keys
                .iter()
                .zip(row)
                .map(|(key, cell)| ((*key).to_owned(), json!([cell])))
                .collect();
            json!({ "_index": "logs", "_id": "1", "fields": fields })
        })
        .collect();
    for (what, text) in [
        ("ES|QL", by_row.to_string()),
        ("ES|QL by column", columnar.to_string()),
        ("fields", lines(&fields)),
        (
            "categories in one text",
            lines(&ecs()).replace("[\"network\"]", "\"network, session\""),
        ),
    ] {
        let file = folder.file("events.json", text);
        assert_eq!(folder.read(what, &["--data", &file]), ["ecs"], "{what}");
    }
}

#[test]
fn an_export_that_is_not_whole_is_told() {
    let folder = Folder::new("partial");
    let hits: Vec<Json> = ecs().iter().map(|row| json!({ "_source": row })).collect();
    let response = |timed_out: bool, failed: u64, total: u64| json!({ "timed_out": timed_out, "_shards": { "total": 5, "failed": failed }, "hits": { "total": { "value": total, "relation": "eq" }, "hits": hits } });
    for (what, shape) in [
        ("timed out", response(true, 0, 3)),
        ("2 of 5 shards failed", response(false, 2, 3)),
        ("3 hits of 12", response(false, 0, 12)),
        (
            "one page of several",
            json!({ "@odata.context": "x", "@odata.nextLink": "y", "value": defender() }),
        ),
    ] {
        let file = folder.file("events.json", shape.to_string());
        let (out, err, code) = folder.run(&["--data", &file], None);
        assert_eq!(code, 1, "{what}: {err}");
        assert!(err.contains("W0603") && err.contains(what), "{what}: {err}");
        assert!(out.contains("389"), "{out}");
    }
}

#[test]
fn windows_events_have_several_forms() {
    let folder = Folder::new("windows");
    let data = |at: usize| json!({ "RuleName": "-", "UtcTime": TIMES[at].replace('T', " ").replace('Z', ""), "ProcessId": 7, "Image": "C:\\a.exe", "User": "CORP\\ann", "Protocol": "tcp", "Initiated": true, "SourceIp": "0:0:0:0:0:0:0:1", "SourcePort": 50001, "DestinationIp": "10.0.0.9", "DestinationPort": PORTS[at].to_string() });
    let evtx = |at: usize| json!({ "Event": { "System": { "Provider": { "#attributes": { "Name": "Microsoft-Windows-Sysmon" } }, "EventID": 3, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "a" }, "EventData": data(at) } });
    let with_qualifiers = json!({ "Event": { "System": { "Provider": { "#attributes": { "Name": "EventLog" } }, "EventID": { "#attributes": { "Qualifiers": 1 }, "#text": 6005 } }, "EventData": "" } });
    let flat = |at: usize| {
        let mut row = data(at);
        row["EventID"] = json!(3);
        row["SourceName"] = json!("Microsoft-Windows-Sysmon");
        row["Initiated"] = json!("true");
        row["EventTime"] = json!("2024-05-01 06:00:00");
        row
    };
    let winlog = |at: usize| json!({ "@timestamp": "2024-05-01T10:00:09Z", "event": { "category": ["host"], "code": 3 }, "winlog": { "event_id": 3, "provider_name": "Microsoft-Windows-Sysmon", "event_data": data(at) } });
    for (what, rows) in [
        ("evtx", vec![with_qualifiers, evtx(0), evtx(1), evtx(2)]),
        ("flat", (0..3).map(flat).collect()),
        ("winlog", (0..3).map(winlog).collect()),
    ] {
        let file = folder.file("events.json", lines(&rows));
        assert_eq!(
            folder.read(what, &["--data", &file]),
            ["windows_event"],
            "{what}"
        );
    }
    let logs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/evtx");
    let log = |name: &str| logs.join(name).display().to_string();
    let sysmon = log("sysmon.evtx.gz");
    let (out, err, code) = folder.run(&["--data", &sysmon, "--now", "2017-12-18T15:00:00Z"], None);
    assert_eq!(code, 0, "{err}");
    let json: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(
        json["rows"],
        json!([{ "src.port": 59344, "n": 1, "ports": [443] }])
    );
    assert!(
        err.contains("358 rows read, 2 in the window, 356 of another class"),
        "{err}"
    );
    let err = folder.refused("security", &["--data", &log("security.evtx.gz")]);
    assert!(
        err.contains("E0642") && err.contains("none of 7 rows is a `network_session`"),
        "{err}"
    );
}

#[test]
fn zeek_writes_json_and_tabs() {
    let folder = Folder::new("zeek");
    let row = |at: usize| json!({ "ts": 1_714_557_600.25 + f64::from(u32::try_from(at).unwrap()), "uid": "C1", "id.orig_h": "10.0.0.1", "id.orig_p": 50001, "id.resp_h": "10.0.0.9", "id.resp_p": PORTS[at], "proto": "tcp", "conn_state": "SF" });
    let file = folder.file("conn.log", lines(&[row(0), row(1), row(2)]));
    assert_eq!(folder.read("JSON", &["--data", &file]), ["zeek_conn"]);
    let mut text = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\n".to_owned();
    for port in PORTS {
        text += &format!("1714557600.250000\tC1\t10.0.0.1\t50001\t10.0.0.9\t{port}\ttcp\tSF\n");
    }
    text += "#close\t2024-05-01-10-00-00\n";
    let file = folder.file("conn.log", text);
    assert_eq!(folder.read("tabs", &["--data", &file]), ["zeek_conn"]);
}

#[test]
fn files_may_be_packed_and_in_utf_16() {
    let folder = Folder::new("packed");
    let text = lines(&defender());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let zstd = ruzstd::encoding::compress_to_vec(
        text.as_bytes(),
        ruzstd::encoding::CompressionLevel::Fastest,
    );
    let two_frames = [
        zstd.clone(),
        ruzstd::encoding::compress_to_vec(&b"\n"[..], ruzstd::encoding::CompressionLevel::Fastest),
    ]
    .concat();
    let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    };
    let csv = csv(",", "\r\n", "Timestamp", iso);
    for (what, bytes) in [
        ("gzip", gzip.finish().unwrap()),
        ("zstd", zstd),
        ("two frames of zstd", two_frames),
        (
            "UTF-16, little end first",
            utf16(&format!("\u{feff}{text}"), u16::to_le_bytes),
        ),
        (
            "UTF-16, big end first, without a mark",
            utf16(&text, u16::to_be_bytes),
        ),
        (
            "CSV in UTF-16",
            utf16(&format!("\u{feff}{csv}"), u16::to_le_bytes),
        ),
    ] {
        let file = folder.file("events.bin", bytes);
        folder.read(what, &["--data", &file]);
    }
    let (out, err, code) = folder.run(&["--data", "-"], Some(text.as_bytes()));
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("389") && err.contains("read as defender:defender"),
        "{err}"
    );
}

#[test]
fn files_of_several_forms_are_read_each_in_its_own() {
    let folder = Folder::new("forms");
    let one = folder.file("one.ndjson", lines(&defender()[..1]));
    let two = folder.file("two.ndjson", lines(&ecs()[1..]));
    assert_eq!(
        folder.read("two forms", &["--data", &one, &two]),
        ["defender:defender", "ecs"]
    );
    std::fs::write(
        folder.0.join("hunt/hunt.yaml"),
        HUNT.replace(
            "  | group",
            "  | where optional os.family == \"windows\"\n  | group",
        ),
    )
    .unwrap();
    let err = folder.refused("an optional part", &["--data", &one, &two]);
    assert!(err.contains("E0641") && err.contains("os.family"), "{err}");
}

#[test]
fn formats_that_are_not_read_are_refused_by_name() {
    let folder = Folder::new("refused");
    for (bytes, code, what) in [
        (&b"PAR1\x15\x04"[..], "E0645", "Parquet"),
        (b"PK\x03\x04\x14\0", "E0645", "zip"),
        (b"<html><body>sign in</body></html>", "E0645", "HTML"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Events/>", "E0645", "XML"),
        (b"SQLite format 3\0", "E0645", "SQLite"),
        (b"a\0\0\0b\0\0\0", "E0645", "NUL"),
        (b"", "E0653", "empty"),
        (b"Timestamp,ActionType,RemoteIP\n", "E0642", "no rows"),
        (b"[]", "E0642", "no rows"),
        (b"{\"hits\":{\"hits\":[]}}", "E0642", "no rows"),
        (b"{\"error\":{\"message\":\"too many\"},\"status\":429}", "E0640", "too many"),
        (b"not json, not csv\n", "E0640", "no form"),
        (b"{broken\n", "E0640", "no row could be read"),
        (b"[1, 2]\n", "E0640", "found a number"),
        (b"ElfFile\0garbage", "E0653", "event log"),
        (b"{\"time\":\"2024-05-01T10:00:00Z\",\"FileName\":\"a\"}\n", "E0640", "no form"),
        (b"Timestamp,DeviceName,FileName,ProcessCommandLine\n2024-05-01T10:00:00Z,a,b,c\n", "E0640", "no form"),
        (b"{\"time\":\"2024-05-01T10:00:00Z\",\"category\":\"AdvancedHunting-DeviceProcessEvents\",\"properties\":{\"Timestamp\":\"2024-05-01T10:00:00Z\"}}\n", "E0640", "DeviceProcessEvents"),
        (b"Timestamp,ActionType,RemoteIP,Protocol\n\"2024-05-01T10:00:00Z,a,b,Tcp\n2024-05-01T10:00:00Z,a,b,Tcp\n", "E0653", "never closed"),
    ] {
        let file = folder.file("events", bytes);
        let err = folder.refused(what, &["--data", &file]);
        assert!(err.contains(code) && err.contains(what), "{what}: {err}");
    }
    let err = folder.refused("a folder", &["--data", "hunt"]);
    assert!(err.contains("E0653") && err.contains("folder"), "{err}");
}

#[test]
fn what_is_not_understood_in_rows_is_told() {
    let folder = Folder::new("odd");
    let told = |rows: &[Json], arguments: &[&str]| {
        let file = folder.file("events.ndjson", lines(rows));
        let (out, err, code) = folder.run(&[&["--data", &file], arguments].concat(), None);
        let json: Json = serde_json::from_str(&out).unwrap_or_default();
        (json, err, code)
    };
    let change = |rows: Vec<Json>, key: &str, value: Json| -> Vec<Json> {
        rows.into_iter()
            .map(|mut row| {
                row[key] = value.clone();
                row
            })
            .collect()
    };

    let mut rows = defender();
    rows[0]["Protocol"] = json!("TCP");
    rows[1]["Protocol"] = json!("TcpV4");
    let (json, err, code) = told(&rows, &[]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(json["rows"][0]["n"], 1);
    assert!(
        err.contains("warning[W0601]") && err.contains("`Protocol` holds \"TCP\" in 1 row"),
        "{err}"
    );
    assert!(
        err.contains("\"TcpV4\"") && err.contains("the schema lists `Tcp`"),
        "{err}"
    );
    assert_eq!(json["reading"]["unlisted_words"][0]["tested"], true);
    assert_eq!(told(&rows, &["--strict"]).2, 1);
    let accepted = folder.file("accepted.yaml", "words:\n  - { column: Protocol, word: TCP, why: seen }\n  - { column: Protocol, word: TcpV4, why: seen }\n  - { column: Protocol, word: gone, why: seen }\n");
    let (_, err, code) = told(&rows, &["--strict", "--accept", &accepted]);
    assert!(
        code == 0 && err.contains("N0610") && !err.contains("W0601"),
        "{err}"
    );
    let faulty = folder.file(
        "faulty.yaml",
        "words:\n  - { column: Protocol, wrd: TCP, why: seen }\n",
    );
    let (_, err, code) = told(&rows, &["--accept", &faulty]);
    assert!(
        code == 3 && err.contains("E0646") && err.contains("faulty.yaml:2:"),
        "{err}"
    );

    let (_, err, code) = told(&change(ecs(), "network.transport", json!("6")), &[]);
    assert!(
        code == 0 && err.contains("`network.transport` holds \"6\" in 3 rows"),
        "{err}"
    );
    assert!(
        err.contains("W0602") && err.contains("`transport` (network.transport)"),
        "{err}"
    );

    let hunt = HUNT.replace(
        "  | group",
        "  | where optional os.family == \"windows\"\n  | group",
    );
    std::fs::write(folder.0.join("hunt/hunt.yaml"), hunt).unwrap();
    let (json, err, code) = told(&ecs(), &["--strict"]);
    assert!(code == 1 && json["rows"] == json!([]), "{err}");
    assert!(
        err.contains("`os.family` (host.os.type), which has no value in any of 3 rows"),
        "{err}"
    );
    std::fs::write(folder.0.join("hunt/hunt.yaml"), HUNT).unwrap();

    let twice = "{\"@timestamp\":\"2024-05-01T10:00:00Z\",\"event.category\":\"network\",\"network.transport\":\"tcp\",\"source.port\":50001,\"destination\":{\"port\":443},\"destination.port\":80}\n";
    let file = folder.file("twice.ndjson", twice);
    let (_, err, code) = folder.run(&["--data", &file], None);
    assert!(
        code == 1 && err.contains("`destination.port` is there twice with different values"),
        "{err}"
    );

    let neutral =
        json!({ "time": TIMES[0], "transport": "tcp", "src.port": 50001, "dst": { "prt": 443 } });
    let (_, err, code) = told(&[neutral], &[]);
    assert!(
        code == 0 && err.contains("`dst.prt` (1 row; did you mean `dst.port`?)"),
        "{err}"
    );
    assert!(
        err.contains("W0602") && err.contains("`dst.port`, which has no value in any of 1 row"),
        "{err}"
    );

    let process = json!({ "@timestamp": TIMES[0], "event": { "category": ["process"] } });
    let (_, err, code) = told(&[process], &[]);
    assert!(
        code == 2 && err.contains("E0642") && err.contains("none of 1 row is a `network_session`"),
        "{err}"
    );
}

#[test]
fn rows_of_other_tables_are_counted() {
    let folder = Folder::new("tables");
    let mut rows: Vec<Json> = (defender().iter())
        .map(|row| json!({ "time": TIMES[0], "category": "AdvancedHunting-DeviceNetworkEvents", "properties": row }))
        .collect();
    rows.push(json!({ "time": TIMES[0], "category": "AdvancedHunting-DeviceProcessEvents", "properties": { "Timestamp": TIMES[0], "RemotePort": 443 } }));
    let file = folder.file("events.ndjson", lines(&rows));
    folder.read("two tables", &["--data", &file]);
    let (out, err, _) = folder.run(&["--data", &file], None);
    assert!(
        err.contains("rows of other tables: `DeviceProcessEvents` (1 row)"),
        "{err}"
    );
    let json: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(
        json["reading"]["files"][0]["other_tables"]["DeviceProcessEvents"],
        1
    );
}

/// What becomes of files that others published (`tests/fixtures/shapes/public`): its rows, or why it has none.
#[test]
fn published_samples_are_read_or_refused() {
    let folder = Folder::new("public");
    let hunt = HUNT.split("query: |").next().unwrap();
    let query =
        "  from network_session\n  | select time, src.ip, src.port, dst.ip, dst.port, transport\n";
    std::fs::write(
        folder.0.join("hunt/hunt.yaml"),
        format!("{hunt}query: |\n{query}"),
    )
    .unwrap();
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/shapes/public");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&samples)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let mut shown = String::new();
    let mut count = 0;
    for path in paths
        .iter()
        .filter(|path| path.extension().is_none_or(|ending| ending != "md"))
    {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let file = path.display().to_string();
        let (out, err, code) = folder.run(
            &["--data", &file, "--now", "2100-01-01", "--format", "csv"],
            None,
        );
        let rows = out.lines().count().saturating_sub(1);
        assert!(
            code != 0 || rows > 0,
            "{name} gives no row and no error: {err}"
        );
        let err = err.replace(&format!("{}/", samples.display()), "");
        let told = err.lines().filter(|line| {
            !line.trim().is_empty() && !line.contains("huntc explain") && line.trim() != "|"
        });
        let told: String = told
            .map(|line| format!("  {}\n", line.trim_end()))
            .collect();
        let rows: String = out
            .lines()
            .skip(1)
            .map(|row| format!("  > {row}\n"))
            .collect();
        shown += &format!("{name}: exit {code}\n{rows}{told}\n");
        count += 1;
    }
    assert!(count >= 20, "{count} samples");
    insta::assert_snapshot!(shown);
}

/// What a sceptic found: each of these gave a wrong or a partial result, and nothing was said.
#[test]
fn a_part_is_not_taken_for_the_whole() {
    let folder = Folder::new("whole");
    let told = |what: &str, text: String, code: i32, said: &[&str]| {
        let file = folder.file("events", text);
        let (out, err, seen) = folder.run(&["--data", &file], None);
        assert_eq!(seen, code, "{what}: {err}{out}");
        for word in said {
            assert!(err.contains(word), "{what}: {word}: {err}");
        }
    };
    let (defender, ecs) = (defender(), ecs());
    let mut timeless = defender.clone();
    timeless[2].as_object_mut().unwrap().remove("Timestamp");
    told(
        "rows without a time",
        lines(&timeless),
        1,
        &["1 row without a time: left out"],
    );
    let both = [defender.clone(), ecs.clone()].concat();
    told(
        "two forms in one file",
        lines(&both),
        2,
        &["E0640", "could be"],
    );
    let windows = json!({ "@timestamp": TIMES[0], "winlog": { "event_id": 3, "provider_name": "Microsoft-Windows-Sysmon", "event_data": { "UtcTime": "2024-05-01 10:00:00" } } });
    let mut plain = ecs.clone();
    for row in &mut plain {
        row["destination"].as_object_mut().unwrap().remove("ip");
    }
    told(
        "Windows events among others",
        lines(&[plain, vec![windows]].concat()),
        2,
        &["E0640", "of the first 4 rows 1 look like windows_event"],
    );
    let zeek = json!({ "_path": "dns", "ts": 1_714_557_600.25, "id.orig_h": "10.0.0.1", "id.orig_p": 50001, "id.resp_h": "10.0.0.9", "id.resp_p": 443, "proto": "tcp", "conn_state": "SF" });
    told(
        "another log of Zeek",
        lines(&[zeek]),
        2,
        &["E0642", "they are of `dns`"],
    );
    let dns = "#separator \\x09\n#path\tdns\n#fields\tts\tid.orig_h\tid.resp_p\tproto\tquery\n1714557600.25\t10.0.0.1\t443\ttcp\ta\n";
    told(
        "another log of Zeek, with tabs",
        dns.to_owned(),
        2,
        &["E0640"],
    );
    let changed = "#separator \\x09\n#path\tconn\n#fields\tts\tid.resp_p\tconn_state\n1714557600.25\t443\tSF\n#fields\tts\tid.orig_p\tid.resp_p\n1714557600.25\t1\t443\n";
    told(
        "columns that change",
        changed.to_owned(),
        2,
        &["E0653", "the columns change here"],
    );
    let names: Vec<Json> = COLUMNS.iter().map(|name| json!({ "name": name })).collect();
    let cells = |row: &Json| {
        COLUMNS
            .iter()
            .map(|name| row[*name].clone())
            .collect::<Vec<Json>>()
    };
    let tables = json!({ "tables": [
        { "name": "PrimaryResult", "columns": names, "rows": [cells(&defender[0])] },
        { "name": "Other", "columns": names, "rows": [cells(&defender[1]), cells(&defender[2])] },
    ] });
    told(
        "a second table",
        tables.to_string(),
        1,
        &["W0603", "`Other`", "2 rows"],
    );
    let mut twice = defender[0].clone();
    twice["remoteport"] = json!(1);
    told(
        "a key in two spellings",
        lines(&[twice]),
        1,
        &["E0654", "more than once, in different case"],
    );
    let header = csv(",", "\n", "Timestamp", iso).replacen(
        "RemoteIP,RemotePort",
        "remoteport,RemotePort",
        1,
    );
    told(
        "a column in two spellings",
        header,
        2,
        &["E0653", "is there 2 times"],
    );
    for (what, key, value) in [
        ("cursor", "cursor", json!("abc")),
        (
            "clusters skipped: 1",
            "_clusters",
            json!({ "total": 2, "skipped": 1 }),
        ),
        ("terminated_early", "terminated_early", json!(true)),
    ] {
        let mut response = json!({ "hits": { "hits": ecs.iter().map(|row| json!({ "_source": row })).collect::<Vec<_>>() } });
        response[key] = value;
        told(what, response.to_string(), 1, &["W0603", what]);
    }
    told(
        "one value after the other",
        defender.iter().map(Json::to_string).collect(),
        0,
        &[],
    );
    let late = lines(&defender).replace("2024-05-01", "2024-04-01");
    told(
        "outside of the window",
        late,
        1,
        &["W0604", "`--now 2024-04-01T10:00:02.000Z`"],
    );
    let file = folder.file("events", lines(&defender));
    let err = folder.refused("twice", &["--data", &file, &file]);
    assert!(
        err.contains("E0653") && err.contains("given twice"),
        "{err}"
    );
    let log = std::fs::read(
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/evtx/sysmon.evtx.gz"),
    )
    .unwrap();
    let mut whole = Vec::new();
    std::io::Read::read_to_end(
        &mut flate2::read::GzDecoder::new(log.as_slice()),
        &mut whole,
    )
    .unwrap();
    let cut = folder.file("cut.evtx", &whole[..whole.len() / 2]);
    let (_, err, code) = folder.run(&["--data", &cut, "--now", "2017-12-18T15:00:00Z"], None);
    assert!(code == 1 && err.contains("cut off within a chunk"), "{err}");
    let mut hole = whole;
    hole[4096 + 65_536] = 0;
    let hole = folder.file("hole.evtx", hole);
    let (_, err, code) = folder.run(&["--data", &hole, "--now", "2017-12-18T15:00:00Z"], None);
    assert!(
        code == 1 && err.contains("its records are missing"),
        "{err}"
    );
}
