//! A rule repository for a test, and runs of the command in it.
#![allow(dead_code)] // each test binary uses its own part

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub const TARGETS: &str = "targets:
  defender: { backend: kql, schema: defender, product: defender }
  apexone:  { backend: kql, schema: apexone }
  lake:     { backend: duckdb, schema: ecs, table: network_events }
";

/// The hunts that most tests have in their repository.
pub const SESSIONS: [&str; 5] = [
    "port-use-anomaly",
    "rare-application-protocol",
    "rare-outbound-process",
    "sensitive-port-sweep",
    "unusual-process-on-common-port",
];

/// A rule repository in its own folder.
pub struct Repo {
    pub root: PathBuf,
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
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(command: &mut Command) -> Ran {
        let output = command.output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Ran {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.out, self.err
        );
        self
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Ran {
        assert!(
            self.out.contains(text) || self.err.contains(text),
            "`{text}` is not in\n{}\n{}",
            self.out,
            self.err
        );
        self
    }

    #[track_caller]
    pub fn never_says(self, text: &str) -> Ran {
        assert!(
            !self.out.contains(text) && !self.err.contains(text),
            "`{text}` is in\n{}\n{}",
            self.out,
            self.err
        );
        self
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).expect(&self.out)
    }
}

pub fn copy(from: &Path, to: &Path) {
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
    pub fn empty(name: &str) -> Repo {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("cli")
            .join(name);
        let _ = fs::remove_dir_all(&root);
        // A git repository, so that the project's own huntc.yaml is not found from there.
        fs::create_dir_all(root.join(".git")).unwrap();
        Repo { root }
    }

    /// The hunts of the project over network sessions, under [`TARGETS`].
    pub fn new(name: &str) -> Repo {
        let repo = Repo::empty(name);
        let detections = Path::new(env!("CARGO_MANIFEST_DIR")).join("detections");
        for hunt in SESSIONS {
            copy(
                &detections.join(hunt),
                &repo.root.join("detections").join(hunt),
            );
        }
        repo.write("huntc.yaml", TARGETS);
        repo
    }

    /// One hunt of the project with its fixtures, for these targets.
    pub fn one_hunt(name: &str, hunt: &str, targets: &str) -> Repo {
        let repo = Repo::empty(name);
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(hunt);
        copy(&from, &repo.path(hunt));
        copy(&from.join("fixtures"), &repo.path(hunt).join("fixtures"));
        repo.write("huntc.yaml", targets);
        repo
    }

    /// Runs where no engine is installed and nothing is required.
    pub fn run_without_engines(&self, arguments: &[&str]) -> Ran {
        let mut command = command(&self.root, arguments);
        command.env("HUNTC_ORACLES", self.path("nothing"));
        command.env_remove("CI");
        Ran::of(&mut command)
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    #[track_caller]
    pub fn change(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "`{from}` is not in {path}");
        self.write(path, text.replace(from, to));
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_in("", arguments)
    }

    pub fn run_in(&self, folder: &str, arguments: &[&str]) -> Ran {
        Ran::of(&mut command(&self.path(folder), arguments))
    }

    /// Every file under a folder with its text.
    pub fn files(&self, folder: &str) -> Vec<(String, String)> {
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

pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_huntc"));
    command.current_dir(folder).args(arguments);
    command.stdin(Stdio::null());
    command
}

pub const PROCESS: &str = "detections/unusual-process-on-common-port/hunt.yaml";
pub const OUTBOUND: &str = "detections/rare-outbound-process/hunt.yaml";
pub const PROTOCOL: &str = "detections/rare-application-protocol/hunt.yaml";
