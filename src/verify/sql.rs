//! Databases (`databases.rs`), each a child process that speaks lines of JSON.
//!
//! In: tables, texts. Out: answers as the child gives them. Guarantee: a child is started at the first table and lives as long as the run; its scripts are those
//! that the program carries, so that only what they import has to be installed (`scripts/setup-oracles`).

use super::databases::DatabaseProfile;
use super::engine::{Engine, Failure};
use super::rows::{EngineTable, Missing, load_request};
use super::worker::Worker;
use crate::plan::passes::BoundOutput;
use include_dir::{Dir, include_dir};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

static SCRIPTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scripts/oracles");

/// The variable that says where the engines are installed.
const HOME: &str = "HUNTC_ORACLES";

/// A database.
pub(crate) struct Database {
    profile: &'static DatabaseProfile,
    root: PathBuf,
    state: State,
    loaded: Vec<EngineTable>,
}

enum State {
    Idle,
    Running { worker: Worker, _scripts: Scripts },
    Absent(String),
}

/// The scripts in their own folder, which goes with them.
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
    pub(crate) fn new(profile: &'static DatabaseProfile, root: &Path) -> Database {
        Database {
            profile,
            root: root.to_path_buf(),
            state: State::Idle,
            loaded: Vec::new(),
        }
    }

    fn start(&self) -> Result<(Worker, Scripts), String> {
        let name = self.profile.name;
        if !is_installed(name, &self.root) {
            return Err(format!(
                "{name} is not installed under {} ({HOME} names another folder)",
                home(&self.root).display()
            ));
        }
        let scripts = Scripts::written(name).map_err(|error| error.to_string())?;
        let command = command(name, &scripts.0, &home(&self.root));
        Ok((
            Worker::spawn(name, command, patience(self.profile))?,
            scripts,
        ))
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
        self.profile.name
    }

    fn dialects(&self) -> &[&str] {
        std::slice::from_ref(&self.profile.name)
    }

    fn load(&mut self, engine_tables: &[EngineTable]) -> Result<(), Failure> {
        if self.loaded == engine_tables {
            return Ok(());
        }
        let profile = self.profile;
        let worker = self.worker()?;
        load(worker, profile, engine_tables, Missing::Mixed).map_err(|why| failure(worker, why))?;
        self.loaded = engine_tables.to_vec();
        Ok(())
    }

    fn run(&mut self, text: &str, _now: i64, _outputs: &[BoundOutput]) -> Result<Json, Failure> {
        let profile = self.profile;
        let worker = self.worker()?;
        answer(worker, profile, text).map_err(|why| failure(worker, why))
    }
}

/// A child that hung up has refused nothing.
fn failure(worker: &Worker, why: String) -> Failure {
    match worker.is_lost() {
        true => Failure::Lost(why),
        false => Failure::Refused(why),
    }
}

/// Where the engines are installed: where `HUNTC_ORACLES` says, or under `.oracles` in the root of the repository.
#[must_use]
pub fn home(root: &Path) -> PathBuf {
    let home = std::env::var_os(HOME).map_or_else(|| root.join(".oracles"), PathBuf::from);
    std::path::absolute(&home).unwrap_or(home)
}

/// Whether `scripts/setup-oracles` has finished installing it.
#[must_use]
pub fn is_installed(name: &str, root: &Path) -> bool {
    home(root).join("ready").join(name).is_file()
}

/// The child that runs a database, from the scripts in a folder.
#[must_use]
pub fn command(name: &str, scripts: &Path, home: &Path) -> Command {
    let mut command = Command::new(home.join("venv/bin/python"));
    let worker = scripts.join("sql_worker.py");
    command.arg(worker).arg(name).env(HOME, home);
    command
}

/// How long an answer may take; the first one includes the start.
#[must_use]
pub fn patience(profile: &DatabaseProfile) -> Duration {
    Duration::from_secs(profile.patience)
}

/// Creates tables.
///
/// # Errors
/// The database refuses.
pub fn load(
    worker: &Worker,
    profile: &DatabaseProfile,
    engine_tables: &[EngineTable],
    missing: Missing,
) -> Result<(), String> {
    for engine_table in engine_tables {
        worker.ask(&load_request(profile, engine_table, missing))?;
    }
    Ok(())
}

/// What a database answers to a text.
///
/// # Errors
/// It refuses.
pub fn answer(worker: &Worker, profile: &DatabaseProfile, text: &str) -> Result<Json, String> {
    worker.ask(&json!({ "setup": [profile.far_zone], "sql": text }))
}

/// What a database answers to a text over tables that are made first, in one request.
///
/// # Errors
/// It refuses.
pub fn answer_over(
    worker: &Worker,
    profile: &DatabaseProfile,
    engine_tables: &[EngineTable],
    missing: Missing,
    text: &str,
) -> Result<Json, String> {
    let tables = engine_tables
        .iter()
        .map(|engine_table| load_request(profile, engine_table, missing));
    let tables: Vec<Json> = tables.collect();
    worker.ask(&json!({ "tables": tables, "setup": [profile.far_zone], "sql": text }))
}
