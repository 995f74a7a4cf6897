//! `huntc compile`: what is written, what is reported of what is on disk.

use super::repo::{OUTBOUND, PROCESS, PROTOCOL, Repo, copy};
use std::fs;
use std::path::Path;

#[test]
fn compile_writes_what_changed_and_nothing_else() {
    let repo = Repo::new("compile");
    let ran = repo.run(&["compile"]).exits(0);
    let written = ran
        .out
        .lines()
        .filter(|line| line.ends_with(" written"))
        .count();
    let files = repo.files("queries");
    assert_eq!(files.len(), written);
    assert!(ran.err.contains("note[N0501]"));
    for name in [
        "defender/rare-outbound-process.kql",
        "lake/sensitive-port-sweep.sql",
        "apexone/rare-application-protocol.kql",
    ] {
        assert!(files.iter().any(|(path, _)| path == name), "{name}");
    }
    for (path, text) in &files {
        let hunt = Path::new(path).file_stem().unwrap().to_str().unwrap();
        assert!(
            text.contains(&format!("from detections/{hunt}/hunt.yaml")),
            "{text}"
        );
    }
    repo.run(&["compile"])
        .exits(0)
        .says(&format!("0 written, {written} unchanged"))
        .never_says("note[N");
    // The same from elsewhere, by another path, to another folder.
    let detections = repo.path("detections");
    repo.run_in(
        "detections/sensitive-port-sweep",
        &[
            "compile",
            "--out",
            "../../other",
            detections.to_str().unwrap(),
        ],
    )
    .exits(0);
    assert_eq!(repo.files("other"), files);
}

#[test]
fn check_of_compiled_files_shows_what_is_stale() {
    let repo = Repo::new("stale");
    repo.run(&["compile", "--check"]).exits(1).says(" missing");
    assert!(!repo.path("queries").exists(), "--check wrote something");
    repo.run(&["compile"]).exits(0);
    repo.run(&["compile", "--check"])
        .exits(0)
        .says("all as on disk");

    let file = "queries/defender/rare-outbound-process.kql";
    repo.change(OUTBOUND, "default: 3,", "default: 4,");
    repo.run(&["compile", "--check"])
        .exits(1)
        .says(&format!("--- {file} (on disk)"))
        .says("-| where device_count <= 3\n+| where device_count <= 4\n");
    repo.run(&["compile"]).exits(0).says("2 written");
    repo.run(&["compile", "--check"]).exits(0);

    // What no hunt makes any more is reported and left; what others put there is not huntc's.
    repo.write("queries/defender/mine.kql", "// by hand\nprint 1\n");
    fs::remove_dir_all(repo.path("detections/rare-outbound-process")).unwrap();
    repo.run(&["compile"])
        .exits(0)
        .says(&format!("{file}  "))
        .says("; 2 stale");
    assert!(repo.path(file).exists());
    repo.run(&["compile", "--check"])
        .exits(1)
        .says("2 stale")
        .never_says("mine.kql");
    // A hunt that is broken still owns its files.
    repo.write(PROCESS, "hunt: [");
    repo.run(&["compile", "--check"]).exits(2).says("; 2 stale");
    // Nor is anything judged stale while a hunt cannot be found.
    repo.write("detections/other/hunt.yml", "hunt: other\n");
    repo.run(&["compile", "--check"])
        .exits(3)
        .never_says("stale");
    fs::remove_dir_all(repo.path("detections/other")).unwrap();
    // With some hunts or targets named, the rest is not judged.
    repo.run(&["compile", "--check", "detections/sensitive-port-sweep"])
        .exits(0)
        .never_says("stale");
    repo.run(&["compile", "--check", "--target", "apexone", PROTOCOL])
        .exits(0);
}

#[test]
fn a_target_asked_for_by_name_is_a_promise() {
    let repo = Repo::new("asked");
    repo.run(&["compile", PROTOCOL])
        .exits(0)
        .says("note[N0504]: not for this target");
    assert!(!repo.path("queries/defender").exists());
    repo.run(&["compile", PROTOCOL, "--target", "defender"])
        .exits(2)
        .says("error[E0501]");
    repo.run(&["compile", "--target", "defendr"])
        .exits(3)
        .says("error[E0602]")
        .says("`defender`");
    repo.run(&["compile", "--target", "defender,lake", OUTBOUND])
        .exits(0)
        .says("2 queries: 2 written");
    let printed = repo.run(&["compile", "--print", "--target", "lake", OUTBOUND]);
    assert_eq!(
        printed.exits(0).out,
        repo.read("queries/lake/rare-outbound-process.sql")
    );
    repo.run(&[
        "compile",
        "--print",
        "--target",
        "defender",
        "--now",
        "2026-03-02T12:00:00Z",
        OUTBOUND,
    ])
    .exits(0)
    .says("2026-03-02T12:00:00.000Z")
    .never_says("now()");
    repo.run(&["compile", "--now", "yesterday"]).exits(3);
}

#[test]
fn two_hunts_of_one_name_do_not_overwrite_each_other() {
    let repo = Repo::new("twins");
    copy(
        &repo.path("detections/rare-outbound-process"),
        &repo.path("detections/copies/rare-outbound-process"),
    );
    repo.run(&["compile"])
        .exits(2)
        .says("error[E0118]")
        .says("two hunts have the name `rare-outbound-process`");
}

#[test]
fn what_cannot_be_written_leaves_no_trace() {
    let repo = Repo::new("unwritable");
    repo.write("queries/defender", "a file in the place of a folder\n");
    repo.run(&["compile", OUTBOUND])
        .exits(3)
        .says("error[E0610]")
        .says("queries/lake/rare-outbound-process.sql      written")
        .says("1 failed");
    let files = repo.files("queries");
    let names: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(names, ["defender", "lake/rare-outbound-process.sql"]);
}

#[test]
fn the_library_compiles_what_the_command_compiles() {
    let repo = Repo::new("library");
    repo.run(&["compile"]).exits(0);
    let mut compiler = huntc::Compiler::new().unwrap();
    let config = compiler.configuration(&repo.path("huntc.yaml")).unwrap();
    let target = config.target("lake").unwrap();
    let analysis = compiler.analyse(&huntc::Source::disk(repo.path(OUTBOUND)));
    let query = analysis.resolve(target).unwrap().emit().unwrap();
    let body = |text: &str| {
        text.lines()
            .filter(|line| !line.starts_with("-- generated"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(
        body(&query.text),
        body(&repo.read("queries/lake/rare-outbound-process.sql"))
    );
}

/// No platform reads events that are in none of the windows.
#[test]
fn a_series_reads_its_windows_on_every_platform() {
    let repo = Repo::new("windows-read");
    fs::write(
        repo.path("huntc.yaml"),
        "targets:
  defender: { backend: kql, schema: defender, product: defender }
  sentinel: { backend: kql, schema: asim }
  elastic:  { backend: esql, schema: ecs }
  lake:     { backend: duckdb, schema: ecs, table: network_events }
  postgres: { backend: postgres, schema: ecs, table: network_events }
  spark:    { backend: spark, schema: ecs, table: network_events }
",
    )
    .unwrap();
    let hunt = "detections/windows/hunt.yaml";
    fs::create_dir_all(repo.path("detections/windows")).unwrap();
    fs::write(
        repo.path(hunt),
        "hunt: windows
id: 5f0c7a52-93f4-4f6f-8f0d-6b1f2a3c4d5e
version: 1.0.0
name: Windows
description: A series of less than the hunt asks for.
severity: low
author: huntc
query: |
  from network_session within 14d
  | where transport == \"tcp\"
  | series n = count() every 6h over 24h by dst.port
  | where n > 100
",
    )
    .unwrap();
    repo.run(&["compile", hunt]).exits(1).says("L0125");
    let files = repo.files("queries");
    assert_eq!(files.len(), 6);
    for (path, text) in files {
        assert!(!text.contains("14"), "{path}\n{text}");
        assert!(
            text.contains("24h") || text.contains("24 hours"),
            "{path}\n{text}"
        );
    }
}
