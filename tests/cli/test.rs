//! `huntc test`: what is reported of a fixture that does not hold, and of one that does not load.

use super::repo::{Ran, Repo, TARGETS, command};
use super::{OUTBOUND, PROTOCOL};

const HUNT: &str = "detections/rare-outbound-process";
const HITS: &str = "detections/rare-outbound-process/fixtures/hits.yaml";
const OTHER: &str = "detections/rare-application-protocol";
const NATIVE: &str = "detections/rare-application-protocol/fixtures/which-user.yaml";
const ROWS: &str = "detections/rare-application-protocol/fixtures/which-user.apexone.ndjson";

fn repository(name: &str) -> Repo {
    Repo::one_hunt(&format!("test-{name}"), HUNT, TARGETS)
}

/// A run outside of CI, whatever runs these tests.
fn run(repo: &Repo, arguments: &[&str]) -> Ran {
    Ran::of(command(&repo.root, arguments).env_remove("CI"))
}

/// The fixture of the hits with other expectations.
fn expecting(repo: &Repo, expectations: &str) {
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(HITS);
    let text = std::fs::read_to_string(own).unwrap();
    let (events, _) = text.split_once("expect:").unwrap();
    repo.write(HITS, format!("{events}{expectations}"));
}

/// The own repository, as its authors run it.
#[test]
fn every_fixture_of_this_repository_holds() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let ran = Ran::of(&mut command(root, &["test"])).exits(0);
    let summary = ran.out.lines().last().unwrap();
    let numbers: Vec<&str> = summary.split(|c: char| !c.is_ascii_digit()).collect();
    let numbers: Vec<&str> = numbers.into_iter().filter(|n| !n.is_empty()).collect();
    assert!(
        summary.ends_with(" hold") && numbers.len() == 3,
        "{summary}"
    );
    assert_eq!(numbers[1], numbers[2], "{summary}");
    assert!(numbers[1].parse::<usize>().unwrap() >= 136, "{summary}");
}

#[test]
fn a_wrong_cell_is_shown_beside_what_was_found() {
    let repo = repository("cell");
    repo.change(HITS, "device_count: 1", "device_count: 99");
    let ran = repo.run(&["test"]).exits(1);
    insta::assert_snapshot!(ran.out);
    assert!(ran.err.is_empty(), "{}", ran.err);
}

#[test]
fn a_row_that_is_not_found_is_followed_to_the_step_that_lost_it() {
    let repo = repository("step");
    // A condition that the author of the fixture forgot.
    repo.change(OUTBOUND, "dst.port not in $web_ports", "dst.port > 8000");
    let ran = repo.run(&["test"]).exits(1);
    let start = ran.out.find(HITS).unwrap();
    let told = ran.out[start..].split("\n\n").next().unwrap();
    assert!(told.contains("expected ["), "{told}");
    repo.change(OUTBOUND, "dst.port > 8000", "dst.port > 9000");
    let ran = repo.run(&["test"]).exits(1);
    let start = ran.out.find(HITS).unwrap();
    insta::assert_snapshot!(ran.out[start..].split("\n\n").next().unwrap());
}

#[test]
fn a_row_too_many_and_a_wrong_order() {
    let repo = repository("many");
    expecting(&repo, "expect: []\n");
    let ran = repo.run(&["test"]).exits(1);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn rows_that_must_be_there_none_and_a_count() {
    let repo = repository("some");
    for holding in [
        "expect_some: [{ program: tool.exe }]\n",
        "expect_some: [{ program: tool.exe, ports: [4444, 8443] }]\nexpect_count: 1\n",
        "every_row: { device_count: 1 }\nexpect_some: [{ program: tool.exe }]\n",
        "expect_count: 1\n",
        "ignore: [hashes, sample_command, sample_ip]\nexpect: [{ program: tool.exe, device_count: 1, ports: [4444, 8443] }]\n",
    ] {
        expecting(&repo, holding);
        repo.run(&["test"]).exits(0).says("14 fixtures: 14 hold");
    }
    let mut told = String::new();
    for wrong in [
        "expect_some: [{ program: tool.exe, device_count: 2 }]\n",
        "expect_some: [{ program: other.exe }]\n",
        "expect_none: true\n",
        "expect_count: 3\n",
    ] {
        expecting(&repo, wrong);
        let ran = repo.run(&["test"]).exits(1);
        told += &format!("{wrong}\n{}\n", ran.out);
    }
    insta::assert_snapshot!(told);
}

#[test]
fn expectations_that_make_no_sense_do_not_load() {
    let repo = repository("senseless");
    let row = "{ program: tool.exe, hashes: [], device_count: 1, sample_command: x, sample_ip: x, ports: [1] }";
    let mut told = String::new();
    for wrong in [
        "{}".to_owned(),
        "expect_some: [{ program: tool.exe, prots: [1] }]\n".to_owned(),
        "expect: [{ program: tool.exe }]\n".to_owned(),
        format!("expect: [{row}]\nignore: [port]\n"),
        format!("expect: [{row}]\nignore: [ports]\n"),
        format!("expect: [{row}]\nexpect_count: 1\n"),
        "expect_none: true\nexpect_count: 0\n".to_owned(),
        "expect_none: false\n".to_owned(),
        "expect_some: []\n".to_owned(),
        "expect_some: [{ program: a }, { program: b }]\nexpect_count: 1\n".to_owned(),
        "expect_count: -1\n".to_owned(),
        "expect_count: 1\nignore: [ports]\nevery_row: { device_count: 1 }\n".to_owned(),
        "expect_sume: []\n".to_owned(),
    ] {
        expecting(&repo, if wrong == "{}" { "" } else { &wrong });
        let ran = repo
            .run(&["test"])
            .exits(2)
            .says("14 fixtures: 13 hold, 1 broken");
        let titles = ran.err.lines().filter(|line| {
            line.starts_with("error") || line.contains(" --> ") || line.contains("help: ")
        });
        told += &format!("{wrong}\n{}\n\n", titles.collect::<Vec<_>>().join("\n"));
    }
    insta::assert_snapshot!(told);
}

/// `test`, `check` and `verify` all refuse a fixture whose data cannot be read.
#[test]
fn a_fixture_that_does_not_load_is_never_sound() {
    let repo = Repo::one_hunt("test-data", OTHER, TARGETS);
    repo.run(&["test"]).exits(0).says("10 fixtures: 10 hold");
    let (rows, fixture) = (repo.read(ROWS), repo.read(NATIVE));
    let mut told = String::new();
    let mut refused = |what: &str| {
        let ran = repo.run(&["test"]).exits(2).says("9 hold, 1 broken");
        told += &format!("{what}\n{}\n\n", ran.err.trim_end());
        repo.run(&["check"]).exits(2).says("0 sound, 1 broken");
        repo.run(&["verify", "--events", "0", "--engine", "kql"])
            .exits(2)
            .says("rare-application-protocol: 9 fixtures");
        repo.run(&["compile"]).exits(0);
    };
    repo.change(NATIVE, "data: which-user", "data: which-users");
    refused("no such file");
    repo.write(NATIVE, &fixture);
    repo.write(ROWS, rows.replacen('{', "{{", 1));
    refused("a line that is no row");
    repo.write(ROWS, "");
    refused("an empty file");
    repo.write(ROWS, "{\"a\": 1}\n");
    refused("rows of nothing that is known");
    repo.write(ROWS, &rows);
    repo.write(NATIVE, fixture.replace("as: apexone\n", ""));
    refused("no schema");
    repo.write(NATIVE, fixture.replace("as: apexone", "as: apexon"));
    refused("a schema that does not exist");
    insta::assert_snapshot!(told);
}

#[test]
fn verify_judges_expectations_first() {
    let repo = repository("verify");
    repo.change(HITS, "device_count: 1", "device_count: 99");
    let arguments = ["verify", "--events", "0", "--engine", "kql"];
    repo.run(&arguments)
        .exits(1)
        .says("error[E0684]: the fixture `hits` does not hold: 1 expected row not found")
        .says(HITS);
    repo.run(&[arguments.as_slice(), &["--format", "junit"]].concat())
        .exits(1)
        .says("<failure message=\"the fixture `hits` does not hold");
    // What a fixture expects is no matter of whether its hunt is sound.
    repo.run(&["check"]).exits(0);
}

#[test]
fn forms_for_machines() {
    let repo = repository("forms");
    repo.change(HITS, "device_count: 1", "device_count: 99");
    let json = repo.run(&["test", "--format", "json"]).exits(1).json();
    assert_eq!(json["summary"]["holding"], 13);
    assert_eq!(json["summary"]["differing"], 1);
    let fixtures = json["hunts"][0]["fixtures"].as_array().unwrap();
    let hits = fixtures
        .iter()
        .find(|one| one["fixture"] == "hits")
        .unwrap();
    let difference = &hits["differences"][0];
    assert_eq!(difference["line"], 11);
    assert_eq!(
        difference["expected_not_found"][0]["row"]["device_count"],
        99
    );
    assert_eq!(difference["found_not_expected"][0]["device_count"], 1);
    let junit = repo.run(&["test", "--format", "junit"]).exits(1);
    assert_eq!(junit.out.matches("<testcase ").count(), 14);
    assert_eq!(junit.out.matches("<failure ").count(), 1);
    assert!(junit.out.contains("device_count: expected 99, found 1"));
    repo.change(HITS, "now: ", "nwo: ");
    let junit = repo.run(&["test", "--format", "junit"]).exits(2);
    assert_eq!(junit.out.matches("<error ").count(), 1);
}

#[test]
fn an_update_is_shown_and_changes_nothing_but_what_differs() {
    let repo = repository("update");
    let before = repo.read(HITS);
    let commented = before.replace("device_count: 1", "device_count: 1 # one device");
    repo.write(
        HITS,
        commented.replace("device_count: 1 ", "device_count: 99 "),
    );
    let ran = run(&repo, &["test", "--update", HUNT]).exits(0);
    insta::assert_snapshot!(ran.out);
    assert_eq!(repo.read(HITS), commented);
    // Rows that are not there and rows too many; the comments stay.
    expecting(
        &repo,
        "expect: # these\n  # first\n  - { program: a, hashes: [], device_count: 1, sample_command: x, sample_ip: x, ports: [1] } # second\n  \
         - { program: tool.exe, hashes: [], device_count: 1, sample_command: x, sample_ip: x, ports: [1] }\n# last\n",
    );
    run(&repo, &["test", "--update", HUNT]).exits(0);
    let rows = "{ program: tool.exe, hashes: [aa00000000000000000000000000000a, bb00000000000000000000000000000b], device_count: 1, \
                sample_command: tool.exe -b, sample_ip: 9.9.9.9, ports: [4444, 8443] }";
    let text = repo.read(HITS);
    // The hunt sorts, so a row takes the place of the one that stood there.
    let expected = format!("expect: # these\n  # first\n  - {rows} # second\n# last\n");
    assert_eq!(&text[text.find("expect:").unwrap()..], expected);
    // Nothing was expected, and nothing is found.
    expecting(
        &repo,
        "expect: [] # none\npublished: { fails: x, why: y }\n",
    );
    run(&repo, &["test", "--update", HUNT]).exits(0);
    let text = repo.read(HITS);
    let expected = format!("expect:\n  - {rows} # none\npublished: {{ fails: x, why: y }}\n");
    assert_eq!(&text[text.find("expect:").unwrap()..], expected);
    repo.change(OUTBOUND, "dst.port not in $web_ports", "dst.port > 9000");
    run(&repo, &["test", "--update", HUNT]);
    let text = repo.read(HITS);
    assert!(
        text.ends_with("expect: []\n  # none\npublished: { fails: x, why: y }\n"),
        "{text}"
    );
    // Nothing is left to be written.
    run(&repo, &["test", "--update", HUNT]).never_says("updated");
}

#[test]
fn an_update_leaves_to_the_author_what_only_the_author_knows() {
    let repo = repository("refused");
    for (expectations, exit) in [
        ("expect_none: true\n", 2),
        ("expect_some: [{ program: x }]\n", 2),
    ] {
        expecting(&repo, expectations);
        let before = repo.read(HITS);
        run(&repo, &["test", "--update", HUNT])
            .exits(exit)
            .says("error[E0685]: only `expect` and `expect_count` are updated");
        assert_eq!(repo.read(HITS), before);
    }
    expecting(&repo, "expect_count: 7 # so many\n");
    let before = repo.read(HITS);
    Ran::of(command(&repo.root, &["test", "--update", HUNT]).env("CI", "true"))
        .exits(3)
        .says("error[E0685]");
    run(&repo, &["test", "--update"]).exits(3).says("<HUNT>");
    assert_eq!(repo.read(HITS), before);
    run(&repo, &["test", "--update", HUNT]).exits(0);
    assert!(repo.read(HITS).ends_with("expect_count: 1 # so many\n"));
}

#[test]
fn texts_of_targets_run_on_the_same_fixtures() {
    let repo = repository("targets");
    let ran = repo.run(&["test", "--targets"]).exits(0);
    insta::assert_snapshot!(ran.out);
    let none = Repo::one_hunt("test-no-targets", HUNT, "targets: {}\n");
    none.run(&["test", "--targets"]).exits(3);
}

#[test]
fn a_hunt_without_fixtures_says_so_and_a_broken_one_is_an_error() {
    let repo = Repo::new("test-untested");
    repo.run(&["test"])
        .exits(0)
        .says("untested  detections/rare-outbound-process/hunt.yaml")
        .says("5 hunts, 0 fixtures: 0 hold");
    repo.change(PROTOCOL, "severity: medium", "severity: dreadful");
    repo.run(&["test"])
        .exits(2)
        .says("error[E0110]")
        .says("broken ");
}
