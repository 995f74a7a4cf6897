//! Columns that no index of an Elastic target maps.

use super::repo::{Ran, Repo};

const HUNT: &str = "detections/young/hunt.yaml";

/// A repository with one hunt of these steps and one target `it`.
fn repo(name: &str, steps: &str, target: &str) -> Repo {
    let repo = Repo::empty(name);
    repo.write(
        HUNT,
        format!(
            "hunt: young
id: 5f0c7a52-93f4-4f6f-8f0d-6b1f2a3c4d5e
version: 1.0.0
name: Young processes that connect
description: Asks when the process began.
severity: low
query: |
  from network_session within 24h
{steps}
"
        ),
    );
    repo.write("huntc.yaml", format!("targets:\n  it: {{ {target} }}\n"));
    repo
}

fn compiled(name: &str, steps: &str, target: &str) -> Ran {
    repo(name, steps, target).run(&["compile", "young", "--target", "it", "--print", "--notes"])
}

const REQUIRED: &str = "  | where process.start exists\n  | select time, process.name";
const OPTIONAL: &str = "  | where optional process.start exists\n  | where dst.port == 443\n  | select time, process.name";
const NEWER: &str = "backend: esql, schema: ecs, stack: \"9.3\"";
const OLDER: &str = "backend: esql, schema: ecs, stack: \"8.19\"";
const BOTH: &str =
    "indices: [\"logs-endpoint.events.network-*\", \"logs-windows.sysmon_operational-default\"]";

#[test]
fn from_9_3_on_a_column_that_no_index_maps_is_null() {
    let ran = compiled("unmapped-newer", REQUIRED, &format!("{NEWER}, {BOTH}"))
        .exits(0)
        .says("note[N0525]")
        .says("neither Elastic Defend (network events) nor Sysmon (Windows integration) maps `process.start`: the text reads it as missing in every row")
        .says("SET (generally available from 9.5 on)");
    let lines: Vec<&str> = ran
        .out
        .lines()
        .filter(|line| !line.starts_with("//"))
        .collect();
    let at = lines
        .iter()
        .position(|line| *line == "SET unmapped_fields=\"nullify\";")
        .expect(&ran.out);
    assert!(lines[at + 1].starts_with("FROM logs-"), "{}", ran.out);
}

#[test]
fn before_9_3_it_is_an_error_that_names_column_and_data_streams() {
    compiled("unmapped-older", REQUIRED, &format!("{OLDER}, {BOTH}"))
        .exits(1)
        .says("error[E0506]: no index of the target maps the field `process.start`")
        .says("neither Elastic Defend (network events) nor Sysmon (Windows integration) maps `process.start`.")
        .says("`optional`");
}

#[test]
fn before_9_3_an_optional_part_is_left_out() {
    compiled("unmapped-optional", OPTIONAL, &format!("{OLDER}, {BOTH}"))
        .exits(0)
        .says("this condition is left out: no index of the target maps the field `process.start`")
        .never_says("process.start IS NOT NULL")
        .never_says("SET ");
}

#[test]
fn one_data_stream_that_maps_the_column_is_enough() {
    let hashes = "  | where process.sha256 == \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"\n  | select time";
    for (name, target, mapped) in [
        ("unmapped-both", format!("{NEWER}, {BOTH}"), true),
        (
            "unmapped-sysmon",
            format!("{NEWER}, indices: [\"eu:logs-windows.sysmon_operational-*\"]"),
            true,
        ),
        (
            "unmapped-defend",
            format!("{NEWER}, indices: [\"logs-endpoint.events.network-*\"]"),
            false,
        ),
    ] {
        let ran = compiled(name, hashes, &target).exits(0);
        match mapped {
            true => ran.never_says("SET ").never_says("N0525"),
            false => ran.says("Elastic Defend (network events) does not map `process.hash.sha256`"),
        };
    }
}

#[test]
fn of_other_indices_nothing_is_known_until_the_target_says_it() {
    for (name, more) in [
        ("unmapped-wide", "indices: [\"logs-*\"]"),
        ("unmapped-own", "indices: [\"my-events-*\"]"),
        ("unmapped-usual", "table: \"logs-*\""),
        // Indices of the data streams, with a mapping of one's own.
        ("unmapped-none", &format!("{BOTH}, unmapped: []")),
    ] {
        for stack in [OLDER, NEWER] {
            compiled(name, REQUIRED, &format!("{stack}, {more}"))
                .exits(0)
                .never_says("SET ")
                .never_says("N0525");
        }
    }
    let own = "indices: [\"my-events-*\"], unmapped: [process.start]";
    compiled("unmapped-said", REQUIRED, &format!("{NEWER}, {own}"))
        .exits(0)
        .says("SET unmapped_fields=\"nullify\";")
        .says("`unmapped` of the target says that no index maps `process.start`");
    compiled("unmapped-said-older", REQUIRED, &format!("{OLDER}, {own}"))
        .exits(1)
        .says("error[E0506]");
}

#[test]
fn unmapped_names_columns_of_an_elastic_target() {
    compiled(
        "unmapped-wrong",
        REQUIRED,
        &format!("{NEWER}, unmapped: [process.strat]"),
    )
    .exits(1)
    .says("error[E0608]: there is no column of the schema `process.strat`")
    .says("process.start");
    compiled(
        "unmapped-table",
        REQUIRED,
        "backend: duckdb, schema: ecs, unmapped: []",
    )
    .exits(1)
    .says("error[E0608]")
    .says("remove `unmapped`");
}
