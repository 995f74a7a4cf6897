//! A hunt in memory, compiled for three platforms and evaluated over two events.
//!
//! Run it with `cargo run --example compile`.

use huntc::{Compiler, Diagnostics, Source};

const HUNT: &str = r#"
hunt: remote-shells
id: 5d1c8c60-3c2b-4b8e-9a51-6f3c2f0f4c11
version: 1.0.0
name: Shells that connect to public addresses
description: A shell seldom has a reason to.
severity: medium
attack: [T1059]
lists:
  shells: { type: string, values: [powershell.exe, cmd.exe] }
query: |
  from network_session within 24h
  | where process.name in~ $shells and is_public(dst.ip)
  | group by device.name, process.name { connections = count() }
"#;

const TARGETS: [(&str, &str); 3] = [
    (
        "defender",
        "{ backend: kql, schema: device_network_events, product: defender }",
    ),
    (
        "elastic",
        "{ backend: esql, schema: ecs, stack: \"9.3\", indices: [\"logs-endpoint.events.network-*\"] }",
    ),
    (
        "lake",
        "{ backend: duckdb, schema: ecs, table: network_events }",
    ),
];

const EVENTS: &str = r#"{"time": "2026-03-02T10:00:00Z", "device.name": "pc1", "process.name": "cmd.exe", "dst.ip": "8.8.8.8"}
{"time": "2026-03-02T10:05:00Z", "device.name": "pc1", "process.name": "cmd.exe", "dst.ip": "10.0.0.1"}
"#;

/// 2026-03-02T12:00:00Z, in milliseconds.
const NOW: i64 = 1_772_452_800_000;

/// Prints the three queries and what the hunt finds.
pub fn main() -> Result<(), Diagnostics> {
    let mut compiler = Compiler::new()?;
    let analysis = compiler.analyse(&Source::memory("remote-shells.yaml", HUNT));
    // Errors and lints, each with the lines that it is about.
    println!("{}", compiler.render(&analysis.diagnostics));
    for (name, definition) in TARGETS {
        let target = compiler.target(name, definition)?;
        let query = analysis.resolve(&target)?.emit()?;
        println!("== {name}\n{}", query.text);
    }
    let events = analysis.read_events("events", EVENTS)?;
    let result = analysis.evaluate(&events, NOW)?;
    println!("== found\n{}", result.table.columns.join(", "));
    for row in &result.table.rows {
        let cells: Vec<String> = row.iter().map(ToString::to_string).collect();
        println!("{}", cells.join(", "));
    }
    Ok(())
}
