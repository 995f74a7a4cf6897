//! What goes wrong outside of hunts: files that must not be read, outputs that cannot be written, signals. Each fault is caused, and its exit code and
//! message asserted.
#![cfg(unix)]

use super::repo::{Repo, command};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

const HUNT: &str = "detections/port-use-anomaly";
const SECRET: &str = "token=not-to-be-quoted";

const TARGET: &str = "targets:\n  lake: { backend: duckdb, schema: ecs, table: network_events }\n";

/// One hunt with its fixtures, and beside the repository's hunts a file that no document may name.
fn repo(name: &str) -> Repo {
    let repo = Repo::one_hunt(name, HUNT, TARGET);
    repo.write("secret.txt", &format!("{SECRET}\n"));
    for entry in fs::read_dir(repo.path(HUNT).join("fixtures")).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    repo
}

fn fixture(repo: &Repo, more: &str) {
    repo.write(
        &format!("{HUNT}/fixtures/outside.yaml"),
        &format!("about: Names a file.\nnow: 2026-03-02T12:00:00Z\n{more}expect: []\n"),
    );
}

/// Neither command that reads fixtures opens the file, and none quotes it.
#[track_caller]
fn refused(repo: &Repo, says: &str) {
    for arguments in [
        &["test", HUNT][..],
        &["verify", "--engine", "kql", "--events", "0", HUNT],
    ] {
        let ran = repo.run(arguments);
        assert_ne!(ran.code, 0, "{arguments:?}\n{}", ran.err);
        ran.says(says).never_says("not-to-be-quoted");
    }
}

#[test]
fn a_fixture_names_files_of_its_own_folder_only() {
    for (at, outside) in [
        "../../../secret.txt",
        "/proc/self/environ",
        "/etc/passwd",
        "sub/../../hunt.yaml",
    ]
    .iter()
    .enumerate()
    {
        let repo = repo(&format!("outside-{at}"));
        fixture(&repo, &format!("data: {outside}\nas: ecs\n"));
        refused(&repo, "error[E0113]");
        fixture(
            &repo,
            &format!("events: []\ntables: {{ monitored: {outside} }}\n"),
        );
        refused(&repo, "error[E0113]");
    }
}

#[test]
fn links_do_not_lead_out_of_the_fixtures() {
    let repo = repo("links");
    let fixtures = repo.path(HUNT).join("fixtures");
    symlink(repo.path("secret.txt"), fixtures.join("rows.ndjson")).unwrap();
    fixture(&repo, "data: rows.ndjson\nas: ecs\n");
    refused(&repo, "error[E0113]");
    fixture(&repo, "events: []\ntables: { monitored: rows.ndjson }\n");
    refused(&repo, "error[E0113]");
    // A folder that is a link.
    symlink(&repo.root, fixtures.join("folder")).unwrap();
    fixture(&repo, "data: folder/secret.txt\nas: ecs\n");
    refused(&repo, "error[E0113]");
    // The fixture itself, and the folder of fixtures.
    fs::remove_file(fixtures.join("outside.yaml")).unwrap();
    symlink(repo.path("secret.txt"), fixtures.join("outside.yaml")).unwrap();
    refused(&repo, "E0113");
    fs::rename(&fixtures, repo.path("elsewhere")).unwrap();
    symlink(repo.path("elsewhere"), &fixtures).unwrap();
    refused(&repo, "E0113");
}

#[test]
fn hunt_files_and_configurations_do_not_lead_out_of_their_folders() {
    let repo = repo("hunt-link");
    let hunt = repo.path(HUNT).join("hunt.yaml");
    fs::remove_file(&hunt).unwrap();
    symlink(repo.path("secret.txt"), &hunt).unwrap();
    repo.run(&["check"])
        .exits(2)
        .says("E0113")
        .says("hunt.yaml: this link leads out of its folder")
        .never_says("not-to-be-quoted");

    let repo = self::repo("mutants-link");
    let mutants = repo.path(HUNT).join("mutants.yaml");
    let _ = fs::remove_file(&mutants);
    symlink(repo.path("secret.txt"), &mutants).unwrap();
    repo.run(&[
        "verify",
        "--mutants",
        "--engine",
        "kql",
        "--events",
        "0",
        HUNT,
    ])
    .says("E0113")
    .never_says("not-to-be-quoted");

    let repo = self::repo("configuration-link");
    let elsewhere = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli-elsewhere.yaml");
    fs::write(&elsewhere, SECRET).unwrap();
    fs::remove_file(repo.path("huntc.yaml")).unwrap();
    symlink(&elsewhere, repo.path("huntc.yaml")).unwrap();
    repo.run(&["targets"])
        .exits(3)
        .says("E0113")
        .says("--config")
        .never_says("not-to-be-quoted");
}

/// A link within the folder is as good as a file.
#[test]
fn links_within_the_folder_are_followed() {
    let repo = repo("links-within");
    let hunt = repo.path(HUNT);
    fs::rename(hunt.join("hunt.yaml"), hunt.join("current.yaml")).unwrap();
    symlink("current.yaml", hunt.join("hunt.yaml")).unwrap();
    repo.run(&["check"]).exits(0);
}

#[test]
fn what_is_no_file_is_not_opened() {
    let repo = repo("pipe");
    let pipe = repo.path(HUNT).join("fixtures/pipe.csv");
    pipe_at(&pipe);
    fixture(&repo, "data: pipe.csv\nas: ecs\n");
    refused(&repo, "neither a file nor a folder");
    fixture(&repo, "events: []\ntables: { monitored: pipe.csv }\n");
    refused(&repo, "neither a file nor a folder");
}

#[test]
fn fixtures_have_a_size() {
    let repo = repo("large");
    let large = fs::File::create(repo.path(HUNT).join("fixtures/large.ndjson")).unwrap();
    large.set_len(65 << 20).unwrap();
    fixture(&repo, "data: large.ndjson\nas: ecs\n");
    refused(&repo, "larger than 64 MiB");
}

#[test]
fn nothing_of_a_binary_file_is_quoted() {
    let repo = repo("binary");
    let hunt = repo.path(HUNT).join("hunt.yaml");
    fs::write(&hunt, format!("{SECRET}\0more\n")).unwrap();
    repo.run(&["check"])
        .exits(2)
        .says("E0102")
        .says("it has a zero byte")
        .never_says("not-to-be-quoted");
}

/// A named pipe.
fn pipe_at(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

/// Every subcommand, with arguments that make it write something to standard output.
const WRITES: &[&[&str]] = &[
    &["check"],
    &["check", "--format", "json"],
    &["compile", "--print"],
    &["compile", "--check"],
    &["compile"],
    &["test"],
    &["test", "--format", "json"],
    &["test", "--format", "junit"],
    &["run", HUNT, "--data", "rows.ndjson", "--as", "ecs"],
    &[
        "run",
        HUNT,
        "--data",
        "rows.ndjson",
        "--as",
        "ecs",
        "--format",
        "json",
    ],
    &[
        "run",
        HUNT,
        "--data",
        "rows.ndjson",
        "--as",
        "ecs",
        "--format",
        "csv",
    ],
    &["schema", "list"],
    &["schema", "show", "ecs"],
    &["plan", HUNT],
    &["explain", "E0101"],
    &["explain"],
    &["targets"],
    &["interpret", "kql", "query.kql"],
    &["interpret", "kql", "queries.jsonl", "--jsonl"],
    &["verify", "--engine", "kql", "--events", "0"],
    &[
        "verify", "--engine", "kql", "--events", "0", "--format", "json",
    ],
    &[
        "verify", "--engine", "kql", "--events", "0", "--format", "junit",
    ],
    &["completions", "bash"],
    &["--help"],
    &["help", "run"],
    &["--version"],
];

/// A repository in which each of [`WRITES`] succeeds.
fn whole(name: &str) -> Repo {
    let repo = repo(name);
    repo.write(
        "huntc.yaml",
        "targets:\n  sentinel: { backend: kql, schema: asim }\n",
    );
    repo.write("query.kql", "print x = 1\n");
    repo.write("queries.jsonl", "{\"id\": 1, \"query\": \"print x = 1\"}\n");
    repo.write(
        "rows.ndjson",
        "{\"@timestamp\": \"2026-03-02T12:00:00Z\", \"event\": {\"category\": [\"network\"]}, \"destination\": {\"port\": 443}}\n",
    );
    repo.write(
        &format!("{HUNT}/fixtures/none.yaml"),
        "about: Nothing.\nnow: 2026-03-02T12:00:00Z\nevents: []\nexpect: []\n",
    );
    repo
}

fn into(repo: &Repo, arguments: &[&str], out: fs::File, err: Option<fs::File>) -> (i32, String) {
    let mut command = command(&repo.root, arguments);
    command.stdout(out);
    command.stderr(err.map_or_else(std::process::Stdio::piped, Into::into));
    let output = command.output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), err)
}

fn full() -> fs::File {
    fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap()
}

/// The table above is complete.
#[test]
fn every_subcommand_is_in_the_table() {
    let help = repo("commands").run(&["--help"]).exits(0).out;
    let commands = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"));
    let names: Vec<&str> = commands
        .skip(1)
        .take_while(|line| !line.trim().is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() >= 11, "{names:?}");
    for name in names {
        assert!(
            WRITES
                .iter()
                .any(|arguments| arguments.first() == Some(&name)),
            "{name}"
        );
    }
}

#[test]
fn a_full_disk_is_told_by_every_subcommand() {
    let repo = whole("full");
    for arguments in WRITES {
        let (code, err) = into(&repo, arguments, full(), None);
        assert_eq!(code, 3, "{arguments:?}\n{err}");
        assert!(
            err.contains("cannot be written: No space left on device"),
            "{arguments:?}\n{err}"
        );
        // Nobody can be told, but for the exit code.
        let (code, _) = into(&repo, arguments, full(), Some(full()));
        assert_eq!(code, 3, "{arguments:?}");
    }
}

/// Findings that cannot be written are lost as well.
#[test]
fn a_full_disk_under_standard_error_is_told_by_the_exit_code() {
    let repo = whole("full-err");
    let ran = command(&repo.root, &["check"]).output().unwrap();
    assert_eq!(ran.status.code(), Some(0));
    let null = fs::OpenOptions::new()
        .write(true)
        .open("/dev/null")
        .unwrap();
    let (code, _) = into(&repo, &["check", "--notes"], null, Some(full()));
    assert_eq!(code, 3);
}

#[test]
fn a_closed_pipe_is_silent() {
    let repo = whole("closed");
    for arguments in WRITES {
        let mut command = command(&repo.root, arguments);
        let ran = command.output().unwrap();
        let mut child = command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let closed = child.wait_with_output().unwrap();
        assert_eq!(closed.status.code(), ran.status.code(), "{arguments:?}");
        let err = String::from_utf8(closed.stderr).unwrap();
        assert!(!err.contains("cannot be written"), "{arguments:?}\n{err}");
    }
}
