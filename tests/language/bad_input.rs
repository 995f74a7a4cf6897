//! Files that are wrong, each with what is reported to its author.
//!
//! Every test goes the way of the command: bytes on disk, read, and the query parsed; the snapshot is the rendered text.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use huntc::internals::diag::Diagnostic;
use huntc::internals::diag::render::{Style, render_all, to_json};
use huntc::internals::source::Files;
use huntc::internals::{hunt, syntax};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

const GOOD: &str = r#"hunt: beacons
id: 7c0e5f5e-4f0a-4c6e-9d5b-0a1b2c3d4e5f
version: 1.0.0
name: Beacons to rare addresses
description: |
  What it looks for.
  And why.
severity: medium
attack: [T1571, T1071]
author: A. Nonymous
references:
  - https://example.org/a
derived_from: { name: Beacons, url: "https://example.org/b", licence: MIT }
deviations:
  - { about: ports, published: "443 only", here: all, fixture: ports }
false_positives: [updates]
portable_to: [ecs]
params:
  lookback: { type: duration, default: 30d, min: 1h }
  most: { type: int, default: 3, min: 1, max: 10 }
  share: { type: float, default: 1, max: 1.5 }
  own: { type: ip, default: "::FFFF:10.0.0.1" }
lists:
  networks: { type: cidr, values: [100.0.0.0/16, "2001:DB8::/32"] }
  browsers: { type: string, values: [msedge.exe, chrome.exe] }
maps:
  service: { file: services.csv, key: port, value: name }
  codes: { schema: apexone, codes: ApplicationProtocol }
entities: { ip: dst.ip }
allow: [{ lint: L0103, because: the log is lower-case }]
query: |
  from network_session within $lookback
  | where dst.port == 443 and dst.ip not in_cidr $networks
  | group by dst.ip { n = count() }
"#;

const SERVICES: &str = "port,name,notes\n443,https,\"a, b\"\n80,http,\n";

/// A folder with these files, named after the hunt, in a folder of the test's own.
fn folder(test: &str, hunt: &[u8], others: &[(&str, &[u8])]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(test)
        .join("beacons");
    let _absent = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("hunt.yaml"), hunt).unwrap();
    for (name, bytes) in others {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    folder
}

/// Reads the hunt and parses its query.
fn check(files: &mut Files, path: &Path) -> Result<syntax::ast::Query, Vec<Diagnostic>> {
    let hunt = hunt::read(files, path)?;
    syntax::parse(files, hunt.query)
}

/// What the author is told about these bytes; the folder of the test is left out.
fn told(test: &str, hunt: &[u8], others: &[(&str, &[u8])]) -> String {
    let folder = folder(test, hunt, others);
    let mut files = Files::default();
    let text = match check(&mut files, &folder.join("hunt.yaml")) {
        Ok(_) => "fine".to_owned(),
        Err(faults) => {
            for fault in &faults {
                let json = to_json(fault, &files);
                assert_eq!(json["code"], fault.code.as_str());
            }
            render_all(&faults, &files, Style::Plain)
        }
    };
    assert!(
        !text.chars().any(|c| c.is_control() && c != '\n'),
        "{text:?}"
    );
    text.replace(&format!("{}/", folder.display()), "")
}

fn told_of(test: &str, hunt: &str) -> String {
    told(
        test,
        hunt.as_bytes(),
        &[("services.csv", SERVICES.as_bytes())],
    )
}

/// The good hunt with one text replaced.
fn but(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replacen(from, to, 1)
}

/// The good hunt with a table that is written in it, and others of this text.
fn with_table(others: &str) -> String {
    let table = r#"tables:
  inline:
    rows: [{ ports: "5800, 5801", how: "*", name: VNC }, { ports: 23, how: "tcp" }]
    platform: { kql: "_GetWatchlist('Net')", sql: net }
    columns: { ports: "set<int>", how: { column: Protocol, type: "set<string> or *" }, name: string }
"#;
    but("entities:", &format!("{table}{others}entities:"))
}

/// What is said of the good hunt with a table from this CSV file.
fn told_of_table(test: &str, csv: &[u8]) -> String {
    let table = r#"  monitored:
    file: monitored.csv
    columns:
      ports: { column: Ports, type: set<int> }
      how: { column: Protocol, type: "set<string> or *" }
      severity: string
      seen: { column: Last seen by, type: ip }
"#;
    let files: [(&str, &[u8]); 2] = [
        ("services.csv", SERVICES.as_bytes()),
        ("monitored.csv", csv),
    ];
    told(test, with_table(table).as_bytes(), &files)
}

#[test]
fn the_good_hunt_is_fine() {
    assert_eq!(told_of("good", GOOD), "fine");
    assert_eq!(told_of("crlf", &GOOD.replace('\n', "\r\n")), "fine");
    assert_eq!(told_of("bom", &format!("\u{feff}{GOOD}")), "fine");
    assert_eq!(
        told_of("comments", &format!("# a comment\n---\n{GOOD}# the end\n")),
        "fine"
    );
    assert_eq!(
        told_of("blank-lines", &but("query: |\n", "query: |\n\n\n")),
        "fine"
    );
    assert_eq!(
        told_of("indicator", &but("query: |\n", "query: |2-\n")),
        "fine"
    );
    assert_eq!(told_of("no-newline", GOOD.trim_end()), "fine");
    assert_eq!(told_of("good-table", &with_table("")), "fine");
}

#[test]
fn what_is_read_is_what_is_written() {
    let folder = folder(
        "read",
        GOOD.as_bytes(),
        &[("services.csv", SERVICES.as_bytes())],
    );
    let mut files = Files::default();
    let hunt = hunt::read(&mut files, &folder.join("hunt.yaml")).unwrap();
    let query = files.slice(hunt.query).to_owned();
    assert!(
        query.starts_with("from network_session") && query.trim_end().ends_with("{ n = count() }"),
        "{query:?}"
    );
    let shown = format!(
        "{:#?}\n{:#?}\n{:#?}",
        hunt.params
            .iter()
            .map(|(name, p)| (name, p.ty, &p.default.value, &p.min, &p.max))
            .collect::<Vec<_>>(),
        hunt.lists
            .iter()
            .map(|(name, l)| (
                name,
                l.values
                    .iter()
                    .map(|v| (&v.value, files.slice(v.span)))
                    .collect()
            ))
            .collect::<Vec<(_, Vec<_>)>>(),
        hunt.maps
            .iter()
            .map(|(name, map)| match &map.origin {
                hunt::MapOrigin::Rows { ty, rows } => format!(
                    "{name} {ty:?} {:?}",
                    rows.iter()
                        .map(|(k, v)| (
                            &k.value,
                            &v.value,
                            files.slice(k.span),
                            files.slice(v.span)
                        ))
                        .collect::<Vec<_>>()
                ),
                hunt::MapOrigin::Schema { schema, codes } =>
                    format!("{name} {} {}", schema.value, codes.value),
            })
            .collect::<Vec<_>>(),
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn a_place_in_the_query_is_a_place_in_the_file() {
    let mistake = "dst.port = 443";
    for (test, text) in [
        ("place", but("dst.port == 443", mistake)),
        (
            "place-crlf",
            but("dst.port == 443", mistake).replace('\n', "\r\n"),
        ),
        (
            "place-bom",
            format!("\u{feff}{}", but("dst.port == 443", mistake)),
        ),
        (
            "place-emoji",
            but("dst.port == 443", mistake).replace("A. Nonymous", "Ä 🦀"),
        ),
        (
            "place-blank",
            but("dst.port == 443", mistake).replace("query: |\n", "query: |\n\n\n"),
        ),
    ] {
        let answer = told_of(test, &text);
        let line = text
            .lines()
            .position(|line| line.contains(mistake))
            .unwrap()
            + 1;
        assert!(answer.contains(&format!("hunt.yaml:{line}:20")), "{answer}");
    }
}

#[test]
fn not_a_text_file() {
    insta::assert_snapshot!("empty_file", told_of("empty", ""));
    insta::assert_snapshot!("only_space", told_of("only-space", " \n\u{feff}\n"));
    insta::assert_snapshot!("only_comments", told_of("only-comments", "# nothing\n"));
    insta::assert_snapshot!(
        "binary",
        told("binary", b"\x7fELF\x02\x01\x01\x00\x00\xff\xfe", &[])
    );
    insta::assert_snapshot!(
        "zero_byte",
        told("zero", &but("medium", "med\0ium").into_bytes(), &[])
    );
    insta::assert_snapshot!("utf16", told("utf16", b"\xff\xfeh\x00u\x00", &[]));
    let mut latin1 = GOOD.as_bytes().to_vec();
    let at = GOOD.find("Nonymous").unwrap();
    latin1[at] = 0xe9;
    insta::assert_snapshot!("invalid_utf8", told("latin1", &latin1, &[]));
    insta::assert_snapshot!(
        "fifty_megabytes",
        told("large", &b"a: [x, y]\n".repeat(5_000_000), &[])
    );
    let mut files = Files::default();
    let faults = hunt::read(&mut files, Path::new("no/such/hunt.yaml")).unwrap_err();
    insta::assert_snapshot!("no_such_file", render_all(&faults, &files, Style::Plain));
    let faults = hunt::read(&mut files, Path::new("src")).unwrap_err();
    insta::assert_snapshot!("a_folder", render_all(&faults, &files, Style::Plain));
}

#[test]
fn not_yaml() {
    insta::assert_snapshot!(
        "tab_indentation",
        told_of("tab", &but("  lookback:", "\tlookback:"))
    );
    insta::assert_snapshot!(
        "tab_after_spaces",
        told_of("tab2", &but("  lookback:", "  \tlookback:"))
    );
    insta::assert_snapshot!(
        "tab_in_the_query",
        told_of("tab3", &but("  | where", "\t| where"))
    );
    insta::assert_snapshot!(
        "truncated",
        told_of("truncated", &GOOD[..GOOD.find("MIT").unwrap()])
    );
    insta::assert_snapshot!(
        "truncated_in_a_quote",
        told_of("truncated2", &GOOD[..GOOD.find("org/b").unwrap()])
    );
    insta::assert_snapshot!(
        "truncated_before_the_query",
        told_of("truncated3", &GOOD[..GOOD.find("allow").unwrap()])
    );
    insta::assert_snapshot!(
        "colon_in_a_text",
        told_of("colon", &but("Beacons to rare", "Beacons: rare"))
    );
    insta::assert_snapshot!(
        "outdented",
        told_of("outdented", &but("  | group", " | group"))
    );
    insta::assert_snapshot!(
        "duplicate_key",
        told_of(
            "duplicate",
            &but("author:", "severity: low\nhunt: x\nauthor:")
        )
    );
    insta::assert_snapshot!(
        "two_documents",
        told_of("documents", &format!("{GOOD}---\n{GOOD}"))
    );
    insta::assert_snapshot!("tag", told_of("tag", &but("medium", "!word medium")));
    insta::assert_snapshot!(
        "merge_key",
        told_of("merge", &but("entities: {", "entities: { <<: a,"))
    );
    insta::assert_snapshot!("not_a_mapping", told_of("list", "- hunt: x\n"));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let before = format!("*a{}, ", level - 1).repeat(9);
        bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    insta::assert_snapshot!("alias_bomb", told_of("bomb", &bomb));
    insta::assert_snapshot!("unknown_alias", told_of("alias", &but("medium", "*level")));
    for (name, text) in [
        ("deep_brackets", "[".repeat(100_000)),
        ("deep_braces", "{a: ".repeat(100_000)),
        ("deep_dashes", "- ".repeat(100_000)),
        (
            "deep_blocks",
            (0..1_000)
                .map(|depth| format!("{}a:\n", " ".repeat(depth)))
                .collect(),
        ),
        ("deep_keys", "? ".repeat(100_000)),
    ] {
        insta::assert_snapshot!(name, told_of(name, &text));
    }
}

#[test]
fn not_a_hunt() {
    insta::assert_snapshot!(
        "folded_query",
        told_of("folded", &but("query: |", "query: >-"))
    );
    insta::assert_snapshot!(
        "quoted_query",
        told_of("quoted", "hunt: beacons\nquery: \"from x\"\n")
    );
    insta::assert_snapshot!(
        "plain_query",
        told_of("plain", "hunt: beacons\nquery: from x\n")
    );
    insta::assert_snapshot!(
        "query_is_a_list",
        told_of("query-list", "hunt: beacons\nquery:\n  - from x\n")
    );
    insta::assert_snapshot!("no_query", told_of("query-none", "hunt: beacons\nquery:\n"));
    insta::assert_snapshot!(
        "unknown_key",
        told_of("unknown", &but("severity:", "severty:"))
    );
    insta::assert_snapshot!(
        "value_left_out",
        told_of("nothing", &but("medium", "").replace(" A. Nonymous", ""))
    );
    let wrong = but("hunt: beacons", "hunt: Beacons")
        .replace("7c0e5f5e-4f0a", "7c0e5f5e-4f0")
        .replace("version: 1.0.0", "version: 1.0")
        .replace("name: Beacons to rare addresses", "name: 5")
        .replace("severity: medium", "severity: critical")
        .replace("attack: [T1571, T1071]", "attack: T1571")
        .replace("L0103", "E0301")
        .replace("because", "why")
        .replace("about: ports, ", "");
    insta::assert_snapshot!("many_at_once", told_of("many", &wrong));
    insta::assert_snapshot!(
        "other_folder",
        told_of("folder", &but("hunt: beacons", "hunt: bacons"))
    );
    insta::assert_snapshot!(
        "two_names",
        told_of("names", &but("  browsers:", "  lookback:"))
    );
}

#[test]
fn values_that_do_not_fit() {
    let wrong = but("default: 30d, min: 1h", "default: 30")
        .replace("default: 3, min: 1, max: 10", "default: 11, min: 1, max: 10")
        .replace("default: 1, max: 1.5", "default: \"\", max: x")
        .replace("::FFFF:10.0.0.1", "10.0.0.256")
        .replace("  own:", "  top: { type: cidr, default: 10.0.0.0/8 }\n  flag: { type: bool, default: yes, min: 1 }\n  own:");
    insta::assert_snapshot!("params", told_of("params", &wrong));
    let wrong = but("100.0.0.0/16", "100.0.0.1/16, 1.2.3.4/33, x, \"\"")
        .replace("msedge.exe, ", "443, true, ~, \"\",  ")
        .replace(
            "maps:",
            "  none: { type: int, values: [] }\n  Upper: { type: str, values: [a] }\nmaps:",
        );
    insta::assert_snapshot!("lists", told_of("lists", &wrong));
    insta::assert_snapshot!(
        "stray_comma",
        told_of("comma", &but("msedge.exe, ", "msedge.exe, , "))
    );
}

#[test]
fn maps_that_do_not_fit() {
    let csv = |bytes: &[u8], test: &str| told(test, GOOD.as_bytes(), &[("services.csv", bytes)]);
    insta::assert_snapshot!("no_csv", told("no-csv", GOOD.as_bytes(), &[]));
    insta::assert_snapshot!(
        "csv_key_twice",
        csv(b"port,name\n443,https\n80,http\n443,quic\n", "csv-twice")
    );
    insta::assert_snapshot!(
        "csv_cells",
        csv(
            b"port,name\n443,\n, x\n22, ssh\n\"2,2\",\" a\"\n1,2,3\n",
            "csv-cells"
        )
    );
    insta::assert_snapshot!("csv_columns", csv(b"ports,Name\n443,x\n", "csv-columns"));
    insta::assert_snapshot!("csv_rows", csv(b"port,name\n", "csv-rows"));
    insta::assert_snapshot!("csv_latin1", csv(b"port,name\n443,caf\xe9\n", "csv-latin1"));
    let typed = but(
        "key: port, value: name",
        "key: port, value: name, type: int",
    );
    insta::assert_snapshot!(
        "csv_type",
        told(
            "csv-type",
            typed.as_bytes(),
            &[("services.csv", b"port,name\n0443,x\nabc,y\n")]
        )
    );
    assert_eq!(
        csv(
            "\u{feff}port,name\r\n443,https\r\n\r\n80,http\r\n".as_bytes(),
            "csv-crlf"
        ),
        "fine"
    );
    for (test, path) in [
        ("up", "../services.csv"),
        ("absolute", "/etc/passwd"),
        ("backslash", "..\\\\services.csv"),
    ] {
        let answer = told_of(
            test,
            &but("file: services.csv", &format!("file: \"{path}\"")),
        );
        assert!(answer.starts_with("error[E0113]"), "{answer}");
    }
}

#[test]
fn tables_that_do_not_fit() {
    let declared = r#"  lookback:
    rows: [{ a: x }]
    columns: { a: string }
  nothing: {}
  both: { file: services.csv, rows: [], columns: {} }
  none: { columns: { a: string } }
  empty: { rows: [], columns: { a: string } }
  services:
    file: services.csv
    separator: ", "
    platform: { kql: "Services | take 5", esql: Logs, sql: a.b.c.d, spark: x }
    columns:
      prot: { column: prot, type: int }
      service: string
      port: { type: int }
      Name: string
      where: string
      other: { column: notes, type: cidr }
      numbers: list<int>
      notes: { colum: notes, type: string }
  again:
    file: services.csv
    columns: { port: { column: Port, type: int }, title: { column: name, type: string }, names: string }
  twice:
    rows: [{ a: x }]
    columns: { a: string, b: { column: A, type: string } }
  keys:
    rows: [{ a: 1, c: y }, 5, { a: [1, 2] }, { a: { b: c } }, { b: 1 }]
    columns: { a: set<int>, b: int }
"#;
    let told = told_of("tables-declared", &with_table(declared));
    insta::assert_snapshot!("tables_declared", told);
}

#[test]
fn cells_of_tables_that_do_not_fit() {
    let header = "Ports,Protocol,Severity,Last seen by,Notes\n";
    let told = |test: &str, rows: &str| told_of_table(test, format!("{header}{rows}").as_bytes());
    let good = "\"5800, 5801\",\"tcp,udp\",High,10.0.0.1,\n23,*,,,a\n";
    assert_eq!(told("table-good", good), "fine");
    let cells = r#"58O0,tcp,High,,
"5800,,5801","tcp,",High,,
,,High,,empty
5800-5810,tcp,High,,
"22,1-1024",tcp,High,,
"80,443, 80","TCP,tcp",High,,
*,*,*,*,*
80,"tcp,*",High,,
99999999999999999999,tcp,High,,
"80;443",tcp, High,10.0.0.256,
80,"t""cp,T""CP",High,010.0.0.1,
+80,tcp,  ,"::FFFF:10.0.0.1",
"#;
    insta::assert_snapshot!("table_cells", told("table-cells", cells));
    let rows = "\"80,443\",tcp,High,,a\n23,tcp,,,\n\"443, 80\",tcp,High,,b\n1,2,3\n";
    insta::assert_snapshot!("table_rows", told("table-rows", rows));
    insta::assert_snapshot!("table_no_rows", told("table-no-rows", "\n"));
    let open = "80,\"tcp,High,,\n23,tcp,,,\n";
    insta::assert_snapshot!("table_quote", told("table-quote", open));
    insta::assert_snapshot!(
        "table_binary",
        told_of_table("table-binary", b"Ports\n\x00\xff\n")
    );
    let header = b"Port,Protocols,Severity,severity,Notes\n80,x,x,x,x\n";
    insta::assert_snapshot!("table_header", told_of_table("table-header", header));
    let large = told_of_table("table-large", &b"80,tcp,x,,\n".repeat(500_000));
    assert!(large.contains("larger than 4 MiB"), "{large}");
    let commas = format!("\"{}\",tcp,,,\n", ",".repeat(1_000_000));
    let commas = told("table-commas", &commas);
    assert!((10..=60).contains(&commas.matches("error[").count()));
    let inline = r#"  numbers:
    columns: { a: set<int>, b: float }
    rows:
      - { a: 5800-5810, b: 1.50 }
      - a: "58O0"
        b: one
      - { a: 1e3, b: "\u0031x" }
      - { a: 1 }
      - { a: 1, b: ~ }
"#;
    insta::assert_snapshot!("table_inline", told_of("table-inline", &with_table(inline)));
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_out_of_the_folder() {
    let folder = folder("link", GOOD.as_bytes(), &[]);
    std::fs::write(folder.join("../outside.csv"), SERVICES).unwrap();
    std::os::unix::fs::symlink("../outside.csv", folder.join("services.csv")).unwrap();
    let mut files = Files::default();
    let faults = check(&mut files, &folder.join("hunt.yaml")).unwrap_err();
    assert_eq!(faults[0].code.as_str(), "E0113");
}

#[test]
fn queries_that_are_too_much() {
    let query = |text: &str| {
        format!(
            "{}query: |\n  from c\n  | where {text}\n",
            &GOOD[..GOOD.find("query:").unwrap()]
        )
    };
    insta::assert_snapshot!(
        "nested_parentheses",
        told_of(
            "parens",
            &query(&format!("{}a{}", "(".repeat(10_000), ")".repeat(10_000)))
        )
    );
    insta::assert_snapshot!(
        "long_query",
        told_of("long", &query(&"a or ".repeat(60_000)))
    );
    insta::assert_snapshot!(
        "long_line",
        told_of(
            "long-line",
            &query(&format!(
                "{}a = 5 {}",
                "a == 1 or ".repeat(40),
                "or b == 2 ".repeat(40)
            ))
        )
    );
    insta::assert_snapshot!(
        "terminal_control",
        told_of("control", &query("a == \u{9b}31m"))
    );
    insta::assert_snapshot!(
        "turned_text",
        told_of("turned", &query("a == \"\u{202e}exe.txt\""))
    );
    insta::assert_snapshot!(
        "several_steps",
        told_of(
            "several",
            &query("a = 1\n  | derive b == 1\n  | wehre c\n  | select a,, b\n  | sort a")
        )
    );
}

#[test]
fn a_file_full_of_faults_is_answered_quickly() {
    let keys: String = (0..50_000).map(|n| format!("key{n}: 1\n")).collect();
    let twice: String = (0..200_000).map(|_| "hunt: x\n").collect();
    let values = but("msedge.exe, ", &"\"\", ".repeat(75_000));
    let csv: String = (0..200_000).map(|_| "443,x\n").collect();
    for (test, hunt, csv) in [
        ("many-keys", keys.as_str(), SERVICES),
        ("many-twice", &twice, SERVICES),
        ("many-values", &values, SERVICES),
        ("many-rows", GOOD, &format!("port,name\n{csv}")),
    ] {
        let answer = told(test, hunt.as_bytes(), &[("services.csv", csv.as_bytes())]);
        let shown = answer.matches("error[").count();
        assert!((10..=60).contains(&shown), "{test}: {shown}");
    }
}

/// Bytes that were once the good hunt.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec(
        (
            any::<prop::sample::Index>(),
            0..6_usize,
            any::<u8>(),
            ".{0,6}",
        ),
        1..8,
    );
    edits.prop_map(|edits| {
        let mut bytes = with_table("").into_bytes();
        for (index, kind, byte, text) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = index.index(bytes.len());
            let signs = b"|>:{}[]()\"'/\\\n\t#&*!$,=~- ";
            match kind {
                0 => bytes[at] = byte,
                1 => bytes[at] = signs[usize::from(byte) % signs.len()],
                2 => drop(bytes.remove(at)),
                3 => drop(bytes.splice(at..at, text.bytes())),
                4 => bytes.truncate(at),
                _ => bytes.insert(at, signs[usize::from(byte) % signs.len()]),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_bytes_are_there_is_an_answer(bytes in prop_oneof![mutated(), prop::collection::vec(any::<u8>(), 0..300)]) {
        told("random", &bytes, &[("services.csv", SERVICES.as_bytes())]);
    }

    #[test]
    fn whatever_the_query_is_there_is_an_answer(words in prop::collection::vec(prop_oneof![
        prop::sample::select(syntax::KEYWORDS.to_vec()).prop_map(str::to_owned),
        prop::sample::select(vec!["|", "(", ")", "[", "]", "{", "}", ",", "=", "==", "->", "~", "+", "-", "/", "*", "\"a\"", "/a/i", "$x", "a", "b.c", "count", "5", "24h", "\n"]).prop_map(str::to_owned),
        ".{0,4}",
    ], 0..40)) {
        let mut files = Files::default();
        let text = words.join(" ");
        let file = files.add("q", text.clone());
        let whole = huntc::internals::source::Span::new(file, 0, text.len());
        match syntax::parse(&files, whole) {
            Ok(query) => {
                let printed = syntax::print::query(&query);
                let mut again = Files::default();
                let file = again.add("q", printed.clone());
                let whole = huntc::internals::source::Span::new(file, 0, printed.len());
                let query = syntax::parse(&again, whole).map_err(|faults| TestCaseError::fail(render_all(&faults, &again, Style::Plain)))?;
                prop_assert_eq!(syntax::print::query(&query), printed);
            }
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                let text = render_all(&faults, &files, Style::Plain);
                prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{:?}", text);
            }
        }
    }
}
