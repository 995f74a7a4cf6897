//! The command as its users meet it: exit codes, what is printed where, what is on disk afterwards.
//!
//! Each test has its own rule repository: the hunts of `detections/` under a small huntc.yaml.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod budgets;
mod compile;
mod configuration;
mod elastic;
mod faults;
mod fmt;
mod help;
mod live;
mod plan_json;
mod repo;
mod samples;
mod seen;
#[path = "../support/mod.rs"]
mod support;
mod test;
mod user_repository;
mod verify;
mod verify_html;

use repo::{OUTBOUND, PROCESS, PROTOCOL, Repo, command};
use std::fs;
use std::process::Stdio;

#[test]
fn check_says_of_each_hunt_whether_it_is_sound() {
    let repo = Repo::new("sound");
    let ran = repo.run(&["check"]).exits(0);
    assert!(ran.err.is_empty(), "{}", ran.err);
    for hunt in fs::read_dir(repo.path("detections")).unwrap() {
        let hunt = hunt.unwrap().file_name().into_string().unwrap();
        let line = ran.out.lines().find(|line| line.contains(&hunt)).unwrap();
        assert!(line.starts_with("sound "), "{line}");
    }
    let summary = ran.out.lines().last().unwrap();
    assert!(
        summary.starts_with("5 hunts: 5 sound, 0 broken; "),
        "{summary}"
    );
    assert!(summary.ends_with("notes (--notes shows them)"), "{summary}");
    // What the summary counts is what `--notes` shows.
    let count: usize = summary
        .split_whitespace()
        .rev()
        .nth(4)
        .unwrap()
        .parse()
        .unwrap();
    let noted = repo.run(&["check", "--notes"]).exits(0);
    assert_eq!(
        noted
            .err
            .lines()
            .filter(|line| line.contains(": note[N"))
            .count(),
        count
    );
}

#[test]
fn a_misspelt_field_is_shown_with_its_place_and_the_right_name() {
    let repo = Repo::new("misspelt");
    repo.change(PROCESS, "device.name, user.name,", "device.name, user.nam,");
    let line = repo
        .read(PROCESS)
        .lines()
        .position(|line| line.contains("device.name, user.nam,"))
        .unwrap();
    let column = repo
        .read(PROCESS)
        .lines()
        .nth(line)
        .unwrap()
        .find("user.nam,")
        .unwrap();
    let ran = repo
        .run(&["check", "detections"])
        .exits(2)
        .says("error[E0302]")
        .says(&format!("{PROCESS}:{}:{}", line + 1, column + 1))
        .says("^^^^^^^^")
        .says("user.name")
        .says("5 hunts: 4 sound, 1 broken; 1 error");
    assert!(!ran.err.contains('\u{1b}'), "colour without a terminal");
    repo.run(&["compile"]).exits(2).says("error[E0302]");
    assert!(
        repo.path("queries/defender/rare-outbound-process.kql")
            .exists()
    );
    assert!(
        !repo
            .path("queries/defender/unusual-process-on-common-port.kql")
            .exists()
    );
}

#[test]
fn a_lint_is_a_warning_and_the_hunt_is_sound() {
    let repo = Repo::new("lint");
    repo.change(
        OUTBOUND,
        "process.name not in~ $browsers",
        "process.name not in $browsers",
    );
    repo.run(&["check"])
        .exits(1)
        .says("warning[L0105]")
        .says("1 warning, 2 of 3 targets")
        .says("5 hunts: 5 sound, 0 broken; 1 warning, ");
    repo.run(&["compile", OUTBOUND]).exits(1).says("2 written");
    repo.run(&["compile", "--check", OUTBOUND])
        .exits(1)
        .says("all as on disk");
}

#[test]
fn a_broken_tree_is_told_whole() {
    let repo = Repo::new("broken");
    repo.write(PROCESS, b"\x00\x01\xff\xfe");
    repo.change(OUTBOUND, "severity: medium", "severity: [");
    repo.change(PROTOCOL, "severity: medium", "severity: dreadful");
    repo.write("detections/nothing/hunt.yaml", "");
    repo.write("detections/other/hunt.yml", "hunt: other\n");
    repo.run(&["check"])
        .exits(3)
        .says(PROCESS)
        .says("error[E0103]")
        .says("error[E0110]")
        .says("error[E0117]")
        .says("a hunt file is called `hunt.yaml`")
        .says("6 hunts: 2 sound, 4 broken")
        .says("sound   detections/sensitive-port-sweep/hunt.yaml");
    fs::remove_file(repo.path("detections/other/hunt.yml")).unwrap();
    repo.run(&["check"]).exits(2);
}

#[test]
fn the_compiler_holds_a_hunt_to_its_promise() {
    let repo = Repo::new("promise");
    repo.change(
        PROTOCOL,
        "portable_to: [apexone]",
        "portable_to: [apexone, asim]",
    );
    repo.run(&["check"])
        .exits(2)
        .says("error[E0501]")
        .says("the hunt promises this schema here")
        .says("4 sound, 1 broken");
    // No target is of that schema, and still `compile` says so.
    repo.run(&["compile"]).exits(2).says("error[E0501]");
    repo.change(
        PROTOCOL,
        "portable_to: [apexone, asim]",
        "portable_to: [apxone]",
    );
    repo.run(&["check"])
        .exits(2)
        .says("error[E0505]")
        .says("there is no schema `apxone`")
        .says("a schema with a similar name exists");
}

#[test]
fn json_is_one_document_for_a_program() {
    let repo = Repo::new("json");
    repo.change(PROCESS, "device.name, user.name,", "device.name, user.nam,");
    let line = repo
        .read(PROCESS)
        .lines()
        .position(|line| line.contains("device.name, user.nam,"))
        .unwrap();
    let ran = repo.run(&["check", "--format", "json"]).exits(2);
    assert!(ran.err.is_empty(), "{}", ran.err);
    let document = ran.json();
    let all = document["diagnostics"].as_array().unwrap();
    let errors: Vec<_> = all
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["code"], "E0302");
    assert_eq!(errors[0]["file"], PROCESS);
    assert_eq!(errors[0]["line"], line + 1);
    assert_eq!(errors[0]["fix"]["replacement"], "user.name");
    assert!(all.iter().any(|finding| finding["severity"] == "note"));
    assert_eq!(document["summary"]["broken"], 1);
    assert_eq!(document["hunts"].as_array().unwrap().len(), 5);
    assert_eq!(document["exit_code"], 2);

    let document = repo
        .run(&["compile", "--format", "json", OUTBOUND])
        .exits(0)
        .json();
    let files = document["files"].as_array().unwrap();
    assert_eq!(files.len(), 2);
    assert_eq!(files[0]["status"], "written");
    assert_eq!(
        files[0]["path"],
        "queries/defender/rare-outbound-process.kql"
    );

    fs::remove_file(repo.path("huntc.yaml")).unwrap();
    let document = Repo::empty("json-none")
        .run(&["compile", "--format", "json"])
        .exits(3)
        .json();
    assert_eq!(document["diagnostics"][0]["code"], "E0601");
}

#[test]
fn wrong_usage_exits_with_3_and_help_with_0() {
    let repo = Repo::empty("usage");
    repo.run(&["--help"]).exits(0).says("Exit codes: 0 clean");
    repo.run(&["--version"])
        .exits(0)
        .says(concat!("huntc ", env!("CARGO_PKG_VERSION")))
        .says("ATT&CK 19 (April 2026)");
    repo.run(&["compile", "--help"]).exits(0).says("--check");
    repo.run(&[]).exits(3).says("Usage:");
    repo.run(&["chekc"]).exits(3).says("check");
    repo.run(&["check", "--no-such-option"]).exits(3);
    repo.run(&["check"]).exits(3).says("error[E0609]");
    repo.run(&["check", "nowhere"])
        .exits(3)
        .says("nowhere: no such file or folder");
    repo.run(&["check", "."])
        .exits(3)
        .says("there is no hunt in this folder");
    repo.run(&["compile"]).exits(3).says("error[E0601]");
    repo.run(&["targets"]).exits(3).says("error[E0601]");
    repo.run(&["check", "--config", "none.yaml"])
        .exits(3)
        .says("none.yaml: no such file");
    repo.run(&["explain", "E0301"]).exits(0).says("# E0301");
    repo.run(&["explain", "error[e0301]:"])
        .exits(0)
        .says("# E0301");
    repo.run(&["explain", "E0031"])
        .exits(3)
        .says("there is no code `E0031`");
    repo.run(&["completions", "bash"]).exits(0).says("complete");
    repo.run(&["schema", "list"]).exits(0).says("asim");
    repo.run(&["schema", "show", "asmi"]).exits(3).says("asim");
    repo.run(&["schema", "show", "dst.ip"])
        .exits(3)
        .says("`huntc schema show dns_query dst.ip`");
}

#[test]
fn plan_and_targets_show_what_a_target_gets() {
    let repo = Repo::new("plan");
    repo.run(&["plan", OUTBOUND, "--target", "defender"])
        .exits(0)
        .says("ActionType in [\"ConnectionSuccess\", \"ConnectionSuccessAggregatedReport\"]")
        .says("device_count    device_count    int");
    repo.run(&["plan", PROTOCOL, "--target", "defender"])
        .exits(2)
        .says("error[E0501]");
    repo.run(&["plan", OUTBOUND, "--target", "nobody"]).exits(3);
    repo.run(&["plan", "detections"])
        .exits(3)
        .says("holds 5 hunts");
    let ran = repo.run(&["targets"]).exits(0);
    let row = |name: &str| {
        let line = ran.out.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        row("defender"),
        "defender kql defender defender - AlertEvidence, DeviceEvents, DeviceFileEvents, DeviceImageLoadEvents, DeviceInfo, DeviceLogonEvents, \
         DeviceNetworkEvents, DeviceProcessEvents, DeviceRegistryEvents, EmailEvents, UrlClickEvents 4 of 5; not rare-application-protocol"
    );
    assert!(row("apexone").contains("2 of 5; not rare-outbound-process"));
}

#[test]
fn a_reader_that_closes_the_pipe_does_no_harm() {
    let repo = Repo::new("pipe");
    for arguments in [
        &["explain"][..],
        &["check", "--notes"],
        &["compile", "--print"],
        &["completions", "zsh"],
        &["--help"],
        &["schema", "list"],
    ] {
        let mut child = command(&repo.root, arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {err}");
        assert!(!err.contains("panicked"), "{err}");
    }
    let mut child = command(&repo.root, &["check", "nowhere"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

#[cfg(unix)]
#[test]
fn links_that_lead_back_are_followed_once() {
    let repo = Repo::new("links");
    std::os::unix::fs::symlink("..", repo.path("detections/back")).unwrap();
    std::os::unix::fs::symlink("rare-outbound-process", repo.path("detections/again")).unwrap();
    std::os::unix::fs::symlink("nowhere", repo.path("detections/dangling")).unwrap();
    let ran = repo.run(&["check"]);
    assert_eq!(ran.out.matches("rare-application-protocol").count(), 1);
    ran.says("5 hunts");
}

#[test]
fn paths_are_shown_as_they_were_given() {
    let repo = Repo::new("paths");
    repo.run_in("detections/rare-outbound-process", &["check", "hunt.yaml"])
        .exits(0)
        .says("sound  hunt.yaml ");
    repo.run_in("detections/rare-outbound-process", &["check"])
        .exits(0)
        .says("sound  ../../detections/rare-outbound-process/hunt.yaml ");
    repo.run_in("detections", &["check", "../detections/"])
        .exits(0)
        .says("sound  ../detections/rare-outbound-process/hunt.yaml ");
}
