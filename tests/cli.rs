//! The command as its users meet it: exit codes, what is printed where, what is on disk afterwards.
//!
//! Each test has a rule repository of its own: the hunts of `detections/` under a small huntc.yaml.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TARGETS: &str = "targets:
  defender: { backend: kql, schema: device_network_events, product: defender }
  apexone:  { backend: kql, schema: apexone }
  lake:     { backend: duckdb, schema: ecs, table: network_events }
";

/// A rule repository in a folder of its own.
struct Repo {
    root: PathBuf,
}

impl Drop for Repo {
    fn drop(&mut self) {
        // What failed stays, to be looked at.
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

/// What a run left behind.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    #[track_caller]
    fn exits(self, code: i32) -> Ran {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.out, self.err
        );
        self
    }

    #[track_caller]
    fn says(self, text: &str) -> Ran {
        assert!(
            self.out.contains(text) || self.err.contains(text),
            "`{text}` is not in\n{}\n{}",
            self.out,
            self.err
        );
        self
    }

    #[track_caller]
    fn never_says(self, text: &str) -> Ran {
        assert!(
            !self.out.contains(text) && !self.err.contains(text),
            "`{text}` is in\n{}\n{}",
            self.out,
            self.err
        );
        self
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).expect(&self.out)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if entry.path().is_dir() {
            if name != "fixtures" {
                copy(&entry.path(), &to.join(name));
            }
        } else {
            fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

impl Repo {
    /// An empty folder.
    fn empty(name: &str) -> Repo {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("cli")
            .join(name);
        let _ = fs::remove_dir_all(&root);
        // A git repository, so that the project's own huntc.yaml is not found from there.
        fs::create_dir_all(root.join(".git")).unwrap();
        Repo { root }
    }

    /// The hunts of the project under [`TARGETS`].
    fn new(name: &str) -> Repo {
        let repo = Repo::empty(name);
        let detections = Path::new(env!("CARGO_MANIFEST_DIR")).join("detections");
        copy(&detections, &repo.root.join("detections"));
        repo.write("huntc.yaml", TARGETS);
        repo
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    #[track_caller]
    fn change(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "`{from}` is not in {path}");
        self.write(path, text.replace(from, to));
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.run_in("", arguments)
    }

    fn run_in(&self, folder: &str, arguments: &[&str]) -> Ran {
        let output = command(&self.path(folder), arguments).output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Every file under a folder with its text.
    fn files(&self, folder: &str) -> Vec<(String, String)> {
        let mut files: Vec<(String, String)> = walkdir::WalkDir::new(self.path(folder))
            .sort_by_file_name()
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let path = entry.path().strip_prefix(self.path(folder)).unwrap();
                (
                    path.to_str().unwrap().replace('\\', "/"),
                    fs::read_to_string(entry.path()).unwrap(),
                )
            })
            .collect();
        files.sort();
        files
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_huntc"));
    command.current_dir(folder).args(arguments);
    command.stdin(Stdio::null());
    command
}

const PROCESS: &str = "detections/unusual-process-on-common-port/hunt.yaml";
const OUTBOUND: &str = "detections/rare-outbound-process/hunt.yaml";
const PROTOCOL: &str = "detections/rare-application-protocol/hunt.yaml";

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
        summary.starts_with("4 hunts: 4 sound, 0 broken; "),
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
        .says("4 hunts: 3 sound, 1 broken; 1 error");
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
        .says("4 hunts: 4 sound, 0 broken; 1 warning, ");
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
        .says("5 hunts: 1 sound, 4 broken")
        .says("sound   detections/sensitive-port-sweep/hunt.yaml");
    fs::remove_file(repo.path("detections/other/hunt.yml")).unwrap();
    repo.run(&["check"]).exits(2);
}

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

    // What no hunt makes any more is told and left; what others put there is not huntc's.
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
        .says("3 sound, 1 broken");
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
    assert_eq!(document["hunts"].as_array().unwrap().len(), 4);
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
        .says(concat!("huntc ", env!("CARGO_PKG_VERSION")));
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
}

#[test]
fn without_a_configuration_a_hunt_is_still_checked_planned_and_run() {
    let repo = Repo::new("bare");
    fs::remove_file(repo.path("huntc.yaml")).unwrap();
    repo.run(&["check"]).exits(0).says("4 sound");
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
        .exits(3);
}

#[test]
fn plan_and_targets_show_what_a_target_gets() {
    let repo = Repo::new("plan");
    repo.run(&["plan", OUTBOUND, "--target", "defender"])
        .exits(0)
        .says("ActionType == \"ConnectionSuccess\"")
        .says("device_count    device_count    int");
    repo.run(&["plan", PROTOCOL, "--target", "defender"])
        .exits(2)
        .says("error[E0501]");
    repo.run(&["plan", OUTBOUND, "--target", "nobody"]).exits(3);
    repo.run(&["plan", "detections"])
        .exits(3)
        .says("holds 4 hunts");
    let ran = repo.run(&["targets"]).exits(0);
    let row = |name: &str| {
        let line = ran.out.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        row("defender"),
        "defender kql device_network_events defender - DeviceNetworkEvents 3 of 4; not rare-application-protocol"
    );
    assert!(row("apexone").contains("1 of 4; not rare-outbound-process"));
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

#[test]
fn every_fault_of_the_configuration_is_told_at_once() {
    let repo = Repo::new("faults");
    repo.write(
        "huntc.yaml",
        "targts: {}
targets:
  a: { backend: kustp, schema: asim }
  b: { backend: kql, schema: asmi }
  c: { backend: kql, schema: device_network_events, product: defendr }
  d: { backend: kql, schema: asim, product: sentinel }
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
",
    );
    let expected = [
        ("1:1", "E0107", "`targts`"),
        ("3:17", "E0603", "there is no backend `kustp`"),
        ("4:30", "E0604", "there is no schema `asmi`"),
        ("5:62", "E0604", "there is no product `defendr`"),
        ("6:45", "E0604", "has one form only"),
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
        .says("4 sound")
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

#[cfg(unix)]
#[test]
fn links_that_lead_back_are_followed_once() {
    let repo = Repo::new("links");
    std::os::unix::fs::symlink("..", repo.path("detections/back")).unwrap();
    std::os::unix::fs::symlink("rare-outbound-process", repo.path("detections/again")).unwrap();
    std::os::unix::fs::symlink("nowhere", repo.path("detections/dangling")).unwrap();
    let ran = repo.run(&["check"]);
    assert_eq!(ran.out.matches("rare-application-protocol").count(), 1);
    ran.says("4 hunts");
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

#[test]
fn the_library_compiles_what_the_command_compiles() {
    let repo = Repo::new("library");
    repo.run(&["compile"]).exits(0);
    let mut files = huntc::source::Files::default();
    let library = huntc::schema::load::embedded(&mut files).unwrap();
    let packs = huntc::backend::Packs::embedded();
    let path = repo.path("huntc.yaml");
    let config = huntc::config::read(&mut files, &path, &library, &packs).unwrap();
    let target = config.target("lake").unwrap();
    let schema = &library.schemas[&target.schema];
    let hunt = repo.path(OUTBOUND);
    let query = huntc::compile(&mut files, &hunt, &library, schema, &target.target).unwrap();
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
