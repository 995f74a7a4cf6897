//! What goes wrong outside of hunts: files that must not be read, outputs that cannot be written, signals. Each fault is caused, and its exit code and
//! message asserted.
#![cfg(target_os = "linux")]

use super::repo::{Ran, Repo, command};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

const HUNT: &str = "detections/port-use-anomaly";
const SECRET: &str = "token=not-to-be-quoted";

const TARGET: &str = "targets:\n  lake: { backend: duckdb, schema: ecs, table: network_events }\n";

/// One hunt with its fixtures, and beside the repository's hunts a file that no document may name.
fn repo(name: &str) -> Repo {
    let repo = Repo::one_hunt(name, HUNT, TARGET);
    repo.write("secret.txt", format!("{SECRET}\n"));
    for entry in fs::read_dir(repo.path(HUNT).join("fixtures")).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    repo
}

fn fixture(repo: &Repo, more: &str) {
    repo.write(
        &format!("{HUNT}/fixtures/outside.yaml"),
        format!("about: Names a file.\nnow: 2026-03-02T12:00:00Z\n{more}expect: []\n"),
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
    &["dialect", "list"],
    &["compile", "--print"],
    &["compile", "--check"],
    &["compile"],
    &["fmt"],
    &["fmt", "--diff", "--format", "json"],
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
        // Nothing can be reported except the exit code.
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

/// Runs `verify --html` onto a path with a moderate amount of work.
fn html(repo: &Repo, path: &str) -> Ran {
    repo.run(&["verify", "--engine", "kql", "--events", "0", "--html", path])
}

#[test]
fn what_is_no_file_is_written_into_and_not_replaced() {
    use std::os::unix::fs::FileTypeExt;
    let repo = whole("special");
    // A pipe with a reader.
    let pipe = repo.path("page.pipe");
    pipe_at(&pipe);
    let reader = {
        let pipe = pipe.clone();
        std::thread::spawn(move || fs::read_to_string(pipe).unwrap())
    };
    html(&repo, "page.pipe").exits(0);
    assert!(reader.join().unwrap().contains("<html"));
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    // A device; the directory of devices is not ours to write into.
    html(&repo, "/dev/null").exits(0);
    html(&repo, "/dev/full")
        .exits(3)
        .says("E0661")
        .says("No space left on device");
    // A socket.
    let _socket = std::os::unix::net::UnixListener::bind(repo.path("page.sock")).unwrap();
    html(&repo, "page.sock").exits(3).says("E0661");
    assert!(
        fs::symlink_metadata(repo.path("page.sock"))
            .unwrap()
            .file_type()
            .is_socket()
    );
    // A link keeps leading to its file.
    repo.write("real.html", "old");
    symlink("real.html", repo.path("link.html")).unwrap();
    html(&repo, "link.html").exits(0);
    assert!(repo.path("link.html").is_symlink());
    assert!(repo.read("real.html").contains("<html"));
    // A query in the place of which a pipe stands, a folder of charts or queries that is a device.
    fs::create_dir_all(repo.path("queries/sentinel")).unwrap();
    pipe_at(&repo.path("queries/sentinel/port-use-anomaly.kql"));
    repo.run(&["compile"]).says("E0610").says("this is no file");
    repo.run(&["compile", "--out", "/dev/null"]).says("E0610");
}

/// A run that is ended while it writes leaves nothing behind. The new file is a pipe here, so that writing it waits for a reader that never comes.
#[test]
fn signals_leave_no_unfinished_file() {
    let repo = whole("signals");
    let huntc = command(&repo.root, &[]).get_program().to_owned();
    for signal in ["INT", "TERM", "HUP"] {
        let mut child = std::process::Command::new("sh")
            .args(["-c", "mkfifo .page.html.$$.new && exec \"$0\" \"$@\""])
            .arg(&huntc)
            .args([
                "verify",
                "--engine",
                "kql",
                "--events",
                "0",
                "--html",
                "page.html",
            ])
            .current_dir(&repo.root)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let unfinished = repo.path(&format!(".page.html.{}.new", child.id()));
        // The program waits to open the file: nobody reads from it. Until then the main thread computes, so it is asleep for a while only there.
        let stat = format!("/proc/{0}/task/{0}/stat", child.id());
        let sleeps = || {
            let stat = fs::read_to_string(&stat).unwrap();
            stat.rsplit_once(") ").unwrap().1.starts_with('S')
        };
        let began = std::time::Instant::now();
        let mut asleep = 0;
        while asleep < 20 {
            assert!(
                began.elapsed().as_secs() < 120,
                "{signal}: nothing is written"
            );
            std::thread::sleep(std::time::Duration::from_millis(50));
            asleep = if sleeps() { asleep + 1 } else { 0 };
        }
        let sent = std::process::Command::new("kill")
            .args(["-s", signal, &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let code = child.wait().unwrap().code();
        assert_eq!(code, Some(130), "{signal}");
        assert!(!unfinished.exists(), "{signal}");
        assert!(!repo.path("page.html").exists(), "{signal}");
    }
}

#[test]
fn what_an_earlier_run_left_is_named() {
    let repo = whole("stale");
    // No process has the greatest number.
    repo.write("queries/sentinel/.port-use-anomaly.kql.4194303.new", "half");
    repo.write(
        &format!(
            "queries/sentinel/.port-use-anomaly.kql.{}.new",
            std::process::id()
        ),
        "a run that is alive",
    );
    repo.run(&["compile"])
        .says(".port-use-anomaly.kql.4194303.new was left by a run that was ended")
        .never_says(&format!("{}.new", std::process::id()));
}

const ESCAPE: &str = "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\u{202e}";

/// What came from data, queries, file names or servers steers no terminal.
#[test]
fn no_terminal_is_steered() {
    let repo = whole("escapes");
    let clean = |ran: &Ran| {
        let all = [ran.out.as_str(), ran.err.as_str()].concat();
        let found: Vec<char> = all
            .chars()
            .filter(|c| (c.is_control() && !"\n\t".contains(*c)) || *c == '\u{202e}')
            .collect();
        assert!(found.is_empty(), "{found:?}\n{all:?}");
    };
    // Data, in cells and in names of columns; the text of a query; the name of a file.
    repo.write(
        "tables/T.ndjson",
        format!("{}\n", serde_json::json!({ ESCAPE: ESCAPE, "a": ESCAPE })),
    );
    repo.write("query.kql", "T");
    clean(
        &repo
            .run(&[
                "interpret",
                "kql",
                "query.kql",
                "--tables",
                "tables",
                "--types",
            ])
            .exits(0),
    );
    let name = format!("q{ESCAPE}.kql");
    repo.write(&name, format!("print x = nothing('{ESCAPE}')\n"));
    clean(&repo.run(&["interpret", "kql", &name]).exits(1));
    clean(
        &repo
            .run(&["interpret", "kql", &format!("none{ESCAPE}")])
            .exits(3),
    );
    repo.write(
        "queries.jsonl",
        format!(
            "{}\n",
            serde_json::json!({ "id": ESCAPE, "query": format!("print x = '{ESCAPE}'") })
        ),
    );
    let ran = repo.run(&["interpret", "kql", "queries.jsonl", "--jsonl"]);
    clean(&ran);
    assert_eq!(ran.json()["id"], ESCAPE);
    // Paths.
    let out = format!("out{ESCAPE}");
    clean(&repo.run(&["compile", "--out", &out]));
    clean(&repo.run(&["check", &format!("none{ESCAPE}")]));
    clean(&repo.run(&["targets", "--config", &format!("none{ESCAPE}")]));
    clean(&repo.run(&["run", HUNT, "--data", &format!("none{ESCAPE}")]));
    // Rows.
    repo.write(
        "rows.ndjson",
        format!(
            "{}\n",
            serde_json::json!({ "TimeGenerated": "2026-03-02T12:00:00Z", "DstHostname": ESCAPE, "SrcHostname": ESCAPE })
        ),
    );
}

#[test]
fn cells_of_csv_are_no_formulas() {
    let repo = Repo::empty("formulas");
    repo.write(
        "detections/cells/hunt.yaml",
        "hunt: cells
id: 5f0c7a52-93f4-4f6f-8f0d-6b1f2a3c4d5e
version: 1.0.0
name: Cells
description: Texts as they come.
severity: low
author: huntc
query: |
  from network_session
  | select process.command_line, n = process.id - 10
",
    );
    let texts = [
        "=HYPERLINK(\"x\")",
        "+1",
        "-enc",
        "@SUM",
        "\tx",
        "\rx",
        "cmd.exe",
        "'x",
    ];
    let row = |text: &&str| {
        let process = serde_json::json!({ "command_line": text, "pid": 3 });
        let event = serde_json::json!({ "@timestamp": "2026-03-02T12:00:00Z", "event": { "category": ["network"] }, "process": process });
        format!("{event}\n")
    };
    repo.write("rows.ndjson", texts.iter().map(row).collect::<String>());
    let run = |format: &str| {
        let arguments = [
            "run",
            "detections/cells",
            "--data",
            "rows.ndjson",
            "--as",
            "ecs",
            "--format",
            format,
        ];
        repo.run(&arguments).exits(0)
    };
    let cells = |ran: &Ran| -> Vec<String> {
        let mut reader = csv::Reader::from_reader(ran.out.as_bytes());
        let cells = reader.records().map(|record| {
            let record = record.unwrap();
            // Numbers stay numbers, whatever their sign.
            assert_eq!(&record[1], "-7");
            record[0].to_owned()
        });
        cells.collect()
    };
    let safe = run("csv");
    let expected: Vec<String> = (texts.iter().enumerate())
        .map(|(at, text)| format!("{}{text}", if at < 6 { "'" } else { "" }))
        .collect();
    let sorted = |mut cells: Vec<String>| {
        cells.sort();
        cells
    };
    assert_eq!(sorted(cells(&safe)), sorted(expected));
    safe.says("6 cells would be a formula in a spreadsheet");
    let exact = run("csv-exact").never_says("formula");
    assert_eq!(
        sorted(cells(&exact)),
        sorted(texts.map(str::to_owned).to_vec())
    );
}

/// An engine that ends in the middle of a run has found no difference.
#[test]
fn an_engine_that_died_is_lost_and_no_difference() {
    use std::os::unix::fs::PermissionsExt;
    let repo = repo("lost");
    repo.write(
        &format!("{HUNT}/fixtures/none.yaml"),
        "about: Nothing.\nnow: 2026-03-02T12:00:00Z\nevents: []\nexpect: []\n",
    );
    repo.write("engines/ready/duckdb", "");
    let python = "engines/venv/bin/python";
    // It takes a table, and dies of the next question.
    repo.write(
        python,
        "#!/bin/sh\nread question\necho '{\"id\": 1, \"loaded\": 0}'\nread question\necho 'out of memory' >&2\nexit 137\n",
    );
    fs::set_permissions(repo.path(python), fs::Permissions::from_mode(0o755)).unwrap();
    let run = |more: &[&str]| {
        let arguments = [&["verify", "--engine", "duckdb", "--events", "0"], more].concat();
        let mut command = command(&repo.root, &arguments);
        Ran::of(command.env("HUNTC_ORACLES", repo.path("engines")))
    };
    run(&[])
        .exits(3)
        .says("error[E0662]")
        .says("engine lost: duckdb: ")
        .says("out of memory")
        .says("0 differences")
        .never_says("differ:");
    let json = run(&["--format", "json"]).exits(3).json();
    assert_eq!(json["summary"]["differences"], 0);
    assert_eq!(
        json["hunts"][0]["verdicts"][0]["verdict"], "lost",
        "{json:#}"
    );
    run(&["--format", "junit"]).exits(3).says("engine lost");
}
