//! Databases: DuckDB, PostgreSQL and Spark, each a child process that speaks lines of JSON.
//!
//! In: sheets, texts. Out: answers as the child gives them. Promise: a child is started at the first table and lives as long as the run; its scripts are those
//! that the program carries, so that only what they import has to be installed (`scripts/setup-oracles`).

use super::engine::{Engine, Failure};
use super::rows::{Missing, Sheet, load_request};
use super::worker::Worker;
use crate::plan::bind::BoundOutput;
use include_dir::{Dir, include_dir};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

static SCRIPTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scripts/oracles");

/// The variable that says where the engines are installed.
const HOME: &str = "HUNTC_ORACLES";

/// A database.
pub struct Database {
    name: &'static str,
    root: PathBuf,
    state: State,
    loaded: Vec<Sheet>,
}

enum State {
    Idle,
    Running { worker: Worker, _scripts: Scripts },
    Absent(String),
}

/// The scripts in a folder of their own, which goes with them.
struct Scripts(PathBuf);

impl Drop for Scripts {
    fn drop(&mut self) {
        // The system clears its folder for temporary files in any case.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Scripts {
    fn written(engine: &str) -> std::io::Result<Scripts> {
        let now = jiff::Timestamp::now().as_nanosecond();
        let name = format!("huntc-{}-{now}-{engine}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        // A folder that is there already is somebody else's.
        std::fs::create_dir(&folder)?;
        let scripts = Scripts(folder);
        SCRIPTS.extract(&scripts.0)?;
        Ok(scripts)
    }
}

impl Database {
    /// One that is looked for under `HUNTC_ORACLES`, or under `.oracles` in the root of the repository.
    #[must_use]
    pub fn new(name: &'static str, root: &Path) -> Database {
        Database {
            name,
            root: root.to_path_buf(),
            state: State::Idle,
            loaded: Vec::new(),
        }
    }

    fn start(&self) -> Result<(Worker, Scripts), String> {
        let home = std::env::var_os(HOME).map_or_else(|| self.root.join(".oracles"), PathBuf::from);
        if !home.join("ready").join(self.name).is_file() {
            return Err(format!(
                "{} is not installed: scripts/setup-oracles installs it, {HOME} says where",
                self.name
            ));
        }
        let home = std::path::absolute(&home).map_err(|error| error.to_string())?;
        let scripts = Scripts::written(self.name).map_err(|error| error.to_string())?;
        let mut command = Command::new(home.join("venv/bin/python"));
        command
            .arg(scripts.0.join("sql_worker.py"))
            .arg(self.name)
            .env(HOME, &home);
        let patience = Duration::from_secs(if self.name == "spark" { 300 } else { 120 });
        Ok((Worker::spawn(self.name, command, patience)?, scripts))
    }

    fn worker(&mut self) -> Result<&Worker, Failure> {
        if matches!(self.state, State::Idle) {
            self.state = match self.start() {
                Ok((worker, _scripts)) => State::Running { worker, _scripts },
                Err(why) => State::Absent(why),
            };
        }
        match &self.state {
            State::Running { worker, .. } => Ok(worker),
            State::Absent(why) => Err(Failure::Absent(why.clone())),
            State::Idle => Err(Failure::Absent("not started".to_owned())),
        }
    }
}

impl Engine for Database {
    fn name(&self) -> &str {
        self.name
    }

    fn packs(&self) -> &[&str] {
        std::slice::from_ref(&self.name)
    }

    fn load(&mut self, sheets: &[Sheet]) -> Result<(), Failure> {
        if self.loaded == sheets {
            return Ok(());
        }
        let name = self.name;
        let worker = self.worker()?;
        for sheet in sheets {
            let request = load_request(name, sheet, Missing::Mixed);
            worker.ask(&request).map_err(Failure::Refused)?;
        }
        self.loaded = sheets.to_vec();
        Ok(())
    }

    fn run(&mut self, text: &str, _now: i64, _outputs: &[BoundOutput]) -> Result<Json, Failure> {
        // Far from UTC: texts say themselves which zone they mean.
        let zone = match self.name {
            "spark" => "set time zone 'Asia/Tokyo'",
            _ => "set timezone = 'Asia/Tokyo'",
        };
        self.worker()?
            .ask(&json!({ "setup": [zone], "sql": text }))
            .map_err(Failure::Refused)
    }
}
