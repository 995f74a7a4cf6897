//! huntc.yaml: its errors, its parameters, and how far one comes without it.

use super::repo::{OUTBOUND, PROTOCOL, Repo, TARGETS};
use std::fs;

#[test]
fn without_a_configuration_a_hunt_is_still_checked_planned_and_run() {
    let repo = Repo::new("bare");
    fs::remove_file(repo.path("huntc.yaml")).unwrap();
    repo.run(&["check"]).exits(0).says("5 sound");
    repo.run(&["plan", "rare-outbound-process"])
        .exits(0)
        .says("from network_session within 30d")
        .says("group by program: string = lower(process.name)");
    repo.write(
        "events.ndjson",
        "{\"time\": \"2026-03-02T11:00:00Z\", \"app_protocol.code\": \"5\", \"src.ip\": \"10.0.0.1\"}\n",
    );
    let run = [
        "run",
        "rare-application-protocol",
        "--data",
        "events.ndjson",
        "--now",
        "2026-03-02T12:00:00Z",
    ];
    let ran = repo.run(&run).exits(0).says("sessions");
    assert!(ran.err.contains("1 in the result"), "{}", ran.err);
    repo.run(&["run", PROTOCOL, "--data", "none.ndjson"])
        .exits(2);
}

#[test]
fn every_fault_of_the_configuration_is_told_at_once() {
    let repo = Repo::new("faults");
    repo.write(
        "huntc.yaml",
        "targts: {}
targets:
  a: { backend: kustp, schema: asim }
  b: { backend: kql, schema: asmi }
  c: { backend: kql, schema: defender, product: defendr }
  d: { backend: duckdb, schema: ecs, product: sentinel }
  e: { backend: kql, schema: asim, stack: \"9.3\" }
  f: { backend: kql, schema: ecs }
  g: { backend: duckdb, schema: ecs, indices: [logs-*] }
  h: { backend: duckdb, schema: ecs, tabel: x }
  i: { schema: ecs }
  ../j: { backend: kql, schema: asim }
  A: { backend: kql, schema: asim }
  l: { backend: kql, schema: asim, distinct: sketchy }
  m: { backend: kql, schema: asim, stack: 9.3 }
  n: kql
  o: { backend: esql, schema: ecs, stack: \"8.11\", indices: [logs-*] }
  p: { backend: esql, schema: ecs, indices: [\"a,b\"] }
  q: { backend: duckdb, schema: ecs, table: \"a, b\" }
  r: { backend: postgres, schema: ecs, table: \"a; drop table b\" }
  s: { backend: esql, schema: ecs, indices: [\"logs-*\", \"a//b\", \"a/*\"] }
  t: { backend: kql, schema: asim, table: \"T | take 1\" }
  u: { backend: spark, schema: ecs, table: \"`${x}`\" }
  v: { backend: duckdb, schema: ecs, table: t, time: timestampz }
  w: { backend: spark, schema: ecs, table: t, time: timestamptz }
",
    );
    let expected = [
        ("1:1", "E0107", "`targts`"),
        ("3:17", "E0603", "there is no backend `kustp`"),
        ("4:30", "E0604", "there is no schema `asmi`"),
        ("5:49", "E0604", "there is no product `defendr`"),
        ("6:47", "E0604", "has one form only"),
        ("7:43", "E0607", "knows no releases"),
        ("8:3", "E0608", "does not say which table"),
        ("9:38", "E0608", "reads no indices"),
        ("10:38", "E0107", "`tabel`"),
        ("11:3", "E0108", "`backend`"),
        ("12:3", "E0602", "no name for a target"),
        ("13:3", "E0602", "differ only in case"),
        ("14:46", "E0608", "`sketchy`"),
        ("15:43", "E0109", "a number with a fraction"),
        ("16:6", "E0109", "this is text"),
        ("17:43", "E0607", "older than those that huntc knows"),
        ("18:46", "E0608", "a comma in an index pattern"),
        ("19:45", "E0613", "not the name of a table"),
        ("20:47", "E0613", "not the name of a table"),
        ("21:56", "E0613", "begins a comment"),
        ("21:64", "E0613", "begins a comment"),
        ("22:43", "E0613", "not the name of a table"),
        ("23:44", "E0613", "not the name of a table"),
        ("24:54", "E0612", "`timestampz`"),
        ("25:53", "E0612", "one type of time columns"),
    ];
    let ran = repo.run(&["compile"]).exits(3);
    assert!(!repo.path("queries").exists());
    for (place, code, words) in expected {
        let found = ran.err.split("\n\n").any(|one| {
            one.starts_with(&format!("error[{code}]"))
                && one.contains(&format!("huntc.yaml:{place}\n"))
                && one.contains(words)
        });
        assert!(found, "{place} {code} {words}\n{}", ran.err);
    }
    assert_eq!(
        ran.err.matches("\nerror[").count() + 1,
        expected.len(),
        "{}",
        ran.err
    );
    // The hunts are checked all the same.
    repo.run(&["check"])
        .exits(3)
        .says("5 sound")
        .says("targets were not checked");
    repo.write("huntc.yaml", "targets: {}\ntargets: {}\n");
    repo.run(&["check"])
        .exits(3)
        .says("error[E0106]")
        .says("huntc.yaml:2:1");
}

#[test]
fn parameters_of_the_environment_are_typed_by_the_hunt() {
    let repo = Repo::new("params");
    let with = |params: &str| repo.write("huntc.yaml", format!("{TARGETS}params:\n{params}"));
    with("  rare-outbound-process: { max_devices: 5, lookback: 14d }\n");
    repo.run(&["compile", "--print", "--target", "defender", OUTBOUND])
        .exits(0)
        .says("device_count <= 5")
        .says("ago(14d)");
    for (params, place, code, words) in [
        (
            "  rare-outbund-process: {}\n",
            "6:3",
            "E0606",
            "`rare-outbund-process`",
        ),
        (
            "  rare-outbound-process: { max_device: 5 }\n",
            "6:28",
            "E0605",
            "no parameter `max_device`",
        ),
        (
            "  rare-outbound-process: { max_devices: 0 }\n",
            "6:41",
            "E0605",
            "is less than `min`",
        ),
        (
            "  rare-outbound-process: { max_devices: many }\n",
            "6:41",
            "E0109",
            "expected an integer",
        ),
        (
            "  rare-outbound-process: { lookback: 14 }\n",
            "6:38",
            "E0109",
            "expected a duration",
        ),
    ] {
        with(params);
        let ran = repo.run(&["compile"]).exits(3);
        let place = format!("huntc.yaml:{place}\n");
        for text in [code, &place, words] {
            assert!(ran.err.contains(text), "{text}\n{}", ran.err);
        }
        repo.run(&["check"]).exits(3).says(words);
    }
    assert!(
        !repo
            .path("queries/defender/rare-outbound-process.kql")
            .exists()
    );
    assert!(
        repo.path("queries/defender/sensitive-port-sweep.kql")
            .exists()
    );
}

/// A rolled-up table is checked against the schema before any hunt asks for it.
#[test]
fn a_rolled_up_table_that_does_not_fit_is_told() {
    let repo = Repo::new("rollup");
    repo.write(
        "huntc.yaml",
        r#"targets:
  a:
    backend: duckdb
    schema: asim
    rollup:
      class: network_session
      table: "counts; drop table x"
      grain: 7m
      time: start
      columns: { DstPortNumbr: port }
      tail: [{ read: all }]
  b:
    backend: kql
    schema: asim
    rollup:
      class: network_session
      table: counts
      grain: 10m
      time: start
      count: events
      columns: { DstPortNumber: port }
      tail: [{ above: 500, read: 2d }, { above: 1000, read: 1d }]
"#,
    );
    let ran = repo.run(&["targets"]).exits(3);
    for said in [
        "the grain does not divide a day",
        "has no column `DstPortNumbr`",
        "`count`",
        "tiers, which read less at a high rate of events, are for KQL",
        "tiers go from the highest rate down, and the last has none",
    ] {
        assert!(ran.err.contains(said), "{said}\n{}", ran.err);
    }
}
