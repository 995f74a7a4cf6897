//! Events from files: both forms, what is accepted, what is reported.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use huntc::internals::data::{self, Loaded, Request, native};
use huntc::internals::schema::{Library, load};
use huntc::internals::source::Files;
use huntc::internals::value::Value;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

fn library() -> Library {
    load::embedded(&mut Files::default()).expect("the carried schemas are whole")
}

/// Reads a text whole, whatever its times.
fn read(text: &str, fields: &[&str], native: Option<(&str, &str)>) -> Loaded {
    let library = library();
    let fields: BTreeSet<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    let request = Request {
        class: &library.classes["network_session"],
        fields: &fields,
        native: native
            .map(|(schema, product)| (library.schema(schema, "network_session").unwrap(), product)),
        from: None,
        to: i64::MAX,
    };
    data::load_text(Path::new("events.ndjson"), text, request).unwrap()
}

/// Rows as text, and the reports.
fn shown(loaded: &Loaded) -> String {
    let mut text = loaded.events.columns.join(" | ");
    for row in &loaded.events.rows {
        let cells: Vec<String> = row.iter().map(|value| format!("{value:?}")).collect();
        text = format!("{text}\n{}", cells.join(" | "));
    }
    for problem in &loaded.problems {
        text = format!("{text}\n{problem}");
    }
    format!("{text}\n{}", loaded.summary)
}

#[test]
fn neutral_keys_are_dotted_or_nested_and_the_rest_is_passed_over() {
    let text = r#"{"time":"2020-10-22T09:00:00Z","dst.port":443,"dst":{"ip":"::FFFF:10.0.0.1","x":[{"y":1}]},"process":{"name":"cmd.exe"},"more":{"a":[1,2]}}
{"time":1603357200000,"dst":{"port":"8443"},"process.name":"","device.ip":["10.0.0.2","10.0.0.1"]}

{"time":"2020-10-22 09:00:00.1239","dst":null,"transport":"tcp","device.ip":"10.0.0.3"}
"#;
    let fields = [
        "time",
        "dst.port",
        "dst.ip",
        "process.name",
        "transport",
        "device.ip",
    ];
    insta::assert_snapshot!(shown(&read(text, &fields, None)), @r#"
    time | device.ip | process.name | dst.ip | dst.port | transport
    Time(1603357200000) | Missing | Text("cmd.exe") | Text("10.0.0.1") | Int(443) | Missing
    Time(1603357200000) | Set([Text("10.0.0.1"), Text("10.0.0.2")]) | Missing | Missing | Int(8443) | Missing
    Time(1603357200123) | Set([Text("10.0.0.3")]) | Missing | Missing | Missing | Text("tcp")
    3 rows read, 3 in the window
    "#);
}

#[test]
fn what_is_malformed_is_reported_with_its_place_and_missing() {
    let mut text = String::from(
        r#"{"time":"2020-10-22T09:00:00Z","dst.port":"https","dst.ip":"10.0.0.999"}
{"time":"2020-10-22T09:00:00Z","dst.port":443.5,"transport":"tpc"}
{"time":"yesterday","dst.port":443}
{"time":"2020-10-22T09:00:00Z","dst.port":443
not json
"text"
{"time":"2020-10-22T09:00:00Z","dst":"10.0.0.1"}
{"time":"2020-10-22T09:00:00Z","process.name":["a","b"],"dst.port":true}
{"time":"2020-10-22T09:00:00Z","process.name":7,"dst.port":[443]}
"#,
    );
    let fields = ["time", "dst.port", "dst.ip", "process.name", "transport"];
    insta::assert_snapshot!(shown(&read(&text, &fields, None)), @r#"
    time | process.name | dst.ip | dst.port | transport
    Time(1603357200000) | Missing | Missing | Missing | Missing
    Time(1603357200000) | Missing | Missing | Missing | Missing
    Time(1603357200000) | Missing | Missing | Missing | Missing
    Time(1603357200000) | Missing | Missing | Missing | Missing
    Time(1603357200000) | Missing | Missing | Int(443) | Missing
    events.ndjson:1: `dst.ip`: "10.0.0.999" is not an address
    events.ndjson:1: `dst.port`: "https" is not an int
    events.ndjson:2: `dst.port`: 443.5 is not an int
    events.ndjson:2: `transport`: "tpc" is not one of tcp, udp, icmp, unknown
    events.ndjson:3: `time`: "yesterday" is not a time
    events.ndjson:4: EOF while parsing an object at column 45
    events.ndjson:5: expected ident at column 2
    events.ndjson:6: expected a JSON object, found a string
    events.ndjson:7: `dst` is not an object
    events.ndjson:8: `process.name`: 2 values where one is expected
    9 rows read, 5 in the window, 1 without a time, 3 malformed; malformed values taken as missing: 9
    "#);
    text.push_str(&"broken\n".repeat(100));
    let many = read(&text, &fields, None);
    assert_eq!(many.problems.len(), data::REPORTED);
    assert_eq!(many.summary.malformed_rows, 103);
}

#[test]
fn csv_has_a_header_and_empty_cells_are_missing() {
    let text = "\u{feff}time,dst.port,process.name,device.ip,other\r\n\
        2020-10-22T09:00:00Z,443,\"a, \"\"b\"\"\",\"[\"\"10.0.0.2\"\",\"\"10.0.0.1\"\"]\",x\r\n\
        2020-10-22T09:00:01Z,,,10.0.0.7,x\r\n\
        short,line\r\n\
        2020-10-22T09:00:02Z,+5,7,,x\r\n";
    let fields = ["time", "dst.port", "process.name", "device.ip"];
    insta::assert_snapshot!(shown(&read(text, &fields, None)), @r#"
    time | device.ip | process.name | dst.port
    Time(1603357200000) | Set([Text("10.0.0.1"), Text("10.0.0.2")]) | Text("a, \"b\"") | Int(443)
    Time(1603357201000) | Set([Text("10.0.0.7")]) | Missing | Missing
    Time(1603357202000) | Missing | Text("7") | Missing
    events.ndjson:4: 2 cells under 5 column names
    events.ndjson:5: `dst.port`: "+5" is not an int
    4 rows read, 3 in the window, 1 malformed; malformed values taken as missing: 1
    "#);
}

#[test]
fn a_window_drops_rows_while_reading() {
    let library = library();
    let fields = BTreeSet::new();
    let request = Request {
        class: &library.classes["network_session"],
        fields: &fields,
        native: None,
        from: Some(1_600_000_001_000),
        to: 1_600_000_002_000,
    };
    let text = "{\"time\":1600000000999}\n{\"time\":1600000001000}\n{\"time\":1600000002000}\n{\"time\":1600000002001}\n{}\n";
    let loaded = data::load_text(Path::new("x"), text, request).unwrap();
    let times: Vec<&Value> = loaded.events.rows.iter().flatten().collect();
    assert_eq!(
        times,
        [
            &Value::Time(1_600_000_001_000),
            &Value::Time(1_600_000_002_000)
        ]
    );
    assert_eq!(
        loaded.summary.to_string(),
        "5 rows read, 2 in the window, 2 outside it, 1 without a time"
    );
}

#[test]
fn files_may_be_gzip_and_unreadable_ones_are_named() {
    let library = library();
    let fields = BTreeSet::new();
    let request = Request {
        class: &library.classes["network_session"],
        fields: &fields,
        native: None,
        from: None,
        to: i64::MAX,
    };
    let folder = std::env::temp_dir().join(format!("huntc-data-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let packed = folder.join("events.ndjson.gz");
    let file = std::fs::File::create(&packed).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    gzip.write_all(b"{\"time\":1600000001}\n{\"time\":1600000002}")
        .unwrap();
    gzip.finish().unwrap();
    let loaded = data::load(&[packed.clone(), packed.clone()], request).unwrap();
    assert_eq!(loaded.summary.in_window, 4);
    let cut = folder.join("cut.gz");
    let bytes = std::fs::read(&packed).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() - 6]).unwrap();
    assert_eq!(
        data::load(std::slice::from_ref(&cut), request)
            .unwrap_err()
            .file,
        cut
    );
    let absent = PathBuf::from("no/such/file");
    assert_eq!(
        data::load(std::slice::from_ref(&absent), request)
            .unwrap_err()
            .file,
        absent
    );
    let array = data::load_text(Path::new("a"), "[{\"time\":1600000001}]", request).unwrap();
    assert_eq!(array.summary.in_window, 1);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn device_network_events_are_read_by_direction() {
    let text = r#"{"Timestamp":"2020-10-22T09:00:00Z","ActionType":"ConnectionSuccess","LocalIP":"10.0.0.1","LocalPort":50000,"RemoteIP":"8.8.8.8","RemotePort":443,"RemoteIPType":"Public","Protocol":"Tcp","ReportId":77}
{"Timestamp":"2020-10-22T09:00:01Z","ActionType":"InboundConnectionAccepted","LocalIP":"10.0.0.1","LocalPort":445,"RemoteIP":"10.0.0.9","RemotePort":50001,"RemoteIPType":"Private","LocalIPType":"Private","Protocol":"Udp"}
{"timestamp":"2020-10-22T09:00:02Z","actiontype":"ConnectionFailed","REMOTEIP":"fe80::1","RemotePort":1,"remoteport":2,"remotePort":3,"localport":4,"localPort":5}
{"Timestamp":"2020-10-22T09:00:03Z","ActionType":"SomethingNew","RemoteIP":""}
{"Timestamp":"2020-10-22T09:00:04Z"}
"#;
    let fields = [
        "time",
        "event.id",
        "src.ip",
        "src.port",
        "dst.ip",
        "dst.port",
        "dst.zone",
        "transport",
        "ip.version",
        "direction",
        "outcome",
        "activity",
        "device.ip",
    ];
    let loaded = read(text, &fields, Some(("defender", "defender")));
    insta::assert_snapshot!(shown(&loaded), @r#"
    time | event.id | device.ip | src.ip | src.port | dst.ip | dst.port | dst.zone | transport | ip.version | direction | outcome | activity
    Time(1603357200000) | Text("77") | Set([Text("10.0.0.1")]) | Text("10.0.0.1") | Int(50000) | Text("8.8.8.8") | Int(443) | Text("public") | Text("tcp") | Text("ipv4") | Text("outbound") | Text("success") | Text("open")
    Time(1603357201000) | Missing | Set([Text("10.0.0.1")]) | Text("10.0.0.9") | Int(50001) | Text("10.0.0.1") | Int(445) | Text("private") | Text("udp") | Text("ipv4") | Text("inbound") | Text("success") | Text("open")
    Time(1603357202000) | Missing | Missing | Missing | Missing | Text("fe80::1") | Missing | Missing | Missing | Text("ipv6") | Text("outbound") | Text("failure") | Text("fail")
    Time(1603357203000) | Missing | Missing | Missing | Missing | Missing | Missing | Missing | Missing | Missing | Text("unknown") | Text("unknown") | Missing
    Time(1603357204000) | Missing | Missing | Missing | Missing | Missing | Missing | Missing | Missing | Missing | Missing | Missing | Missing
    events.ndjson:3: `localPort` is there more than once, in different case
    events.ndjson:3: `remotePort` is there more than once, in different case
    5 rows read, 5 in the window; malformed values taken as missing: 2
    "#);
}

#[test]
fn ecs_rows_of_other_classes_are_left_out_and_lists_have_a_priority() {
    let text = r#"{"@timestamp":"2020-10-22T09:00:00Z","event":{"category":["network","process"],"type":["connection","start","allowed"],"outcome":"success","duration":2999999},"destination":{"ip":"10.0.0.1","port":443},"process.name":"x.exe"}
{"@timestamp":"2020-10-22T09:00:00Z","event":{"category":"process"}}
{"@timestamp":"2020-10-22T09:00:00Z","event.category":"network","event.type":"denied","network":{"direction":"egress"}}
"#;
    let fields = [
        "time",
        "dst.ip",
        "dst.port",
        "process.name",
        "outcome",
        "activity",
        "action",
        "direction",
        "duration_ms",
    ];
    insta::assert_snapshot!(shown(&read(text, &fields, Some(("ecs", "")))), @r#"
    time | process.name | dst.ip | dst.port | direction | outcome | activity | action | duration_ms
    Time(1603357200000) | Text("x.exe") | Text("10.0.0.1") | Int(443) | Missing | Text("success") | Text("open") | Text("allow") | Int(2)
    Time(1603357200000) | Missing | Missing | Missing | Text("outbound") | Missing | Text("fail") | Text("deny") | Missing
    3 rows read, 2 in the window, 1 of another class
    "#);
}

#[test]
fn what_is_written_natively_reads_back() {
    let library = library();
    let class = &library.classes["network_session"];
    let event = [
        ("time", Value::Time(1_603_357_200_000)),
        ("direction", Value::text("inbound")),
        ("outcome", Value::text("success")),
        ("src.ip", Value::text("10.0.0.9")),
        ("src.port", Value::Int(50001)),
        ("dst.ip", Value::text("10.0.0.1")),
        ("dst.port", Value::Int(445)),
        ("transport", Value::text("tcp")),
        ("process.name", Value::text("svchost.exe")),
        ("process.id", Value::Int(4)),
        ("os.family", Value::text("windows")),
        ("bytes.out", Value::Int(1234)),
        ("duration_ms", Value::Int(15)),
    ];
    let columns: Vec<String> = event.iter().map(|(name, _)| (*name).to_owned()).collect();
    let row: Vec<Value> = event.iter().map(|(_, value)| value.clone()).collect();
    let fields: BTreeSet<String> = columns.iter().cloned().collect();
    for schema in library.schemas_of("network_session") {
        let name = &schema.name;
        let mut products: Vec<&str> = schema.products.iter().map(String::as_str).collect();
        if products.is_empty() {
            products.push("");
        }
        for product in products {
            let written = native::write(class, &columns, &row, schema, product).unwrap();
            let cells = written.cells.iter();
            let object: serde_json::Map<String, serde_json::Value> = cells
                .map(|(column, value)| (column.clone(), native::to_json(value)))
                .collect();
            let text = serde_json::Value::Object(object).to_string();
            let request = Request {
                class,
                fields: &fields,
                native: Some((schema, product)),
                from: None,
                to: i64::MAX,
            };
            let loaded = data::load_text(Path::new("x"), &text, request).unwrap();
            assert_eq!(loaded.problems, [], "{name} {product}: {text}");
            let dropped: BTreeSet<&str> = written
                .dropped
                .iter()
                .map(|(field, _)| field.as_str())
                .collect();
            let read = &loaded.events;
            for (column, value) in read.columns.iter().zip(&read.rows[0]) {
                let wanted = &event.iter().find(|(name, _)| name == column).unwrap().1;
                if !dropped.contains(column.as_str()) {
                    assert_eq!(value, wanted, "{name} {product} {column}: {text}");
                }
            }
            assert!(dropped.len() < 7, "{name}: {dropped:?}");
        }
    }
}

/// serde_json alone is one unit in the last place off for every sixth double.
#[test]
fn doubles_are_read_as_they_are_written() {
    let mut bits: u64 = 0x9e37_79b9_7f4a_7c15;
    for _ in 0..20_000 {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        let number = f64::from_bits(bits);
        if number.is_finite() {
            let read: f64 = serde_json::from_str(&format!("{number:e}")).unwrap();
            assert_eq!(read.to_bits(), number.to_bits(), "{number:e}");
        }
    }
}
