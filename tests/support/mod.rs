//! What the integration tests share: asking the oracles that `scripts/setup-oracles` installs.
//!
//! In: a request as JSON (`scripts/oracles/README.md` has the protocols). Out: the oracle's answer as JSON. Promises:
//! each oracle is started once per test binary, at its first question, and ends with it; an oracle that is not
//! installed is never a silent success: it fails in CI, and elsewhere says on the terminal what was skipped.
//!
//! ```ignore
//! mod support;
//! use support::{Kind, oracle_or_skip};
//!
//! #[test]
//! fn counts() {
//!     let Some(duckdb) = oracle_or_skip(Kind::DUCKDB) else { return };
//!     let answer = duckdb.ask(&json!({"sql": "select 1"})).unwrap();
//! }
//! ```
#![allow(dead_code)] // each test binary uses its own part
#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::unwrap_used,
    missing_docs
)] // clippy.toml frees test functions, not their helpers

pub mod databases;
pub mod expression;
pub mod interpreter;
mod kind;
pub mod repository;
pub mod rewrites;
pub mod table;

pub use huntc::internals::verify::worker::Worker;
pub use kind::Kind;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

/// An oracle that was started, or why it does not start.
type Slot = OnceLock<Result<Worker, String>>;

/// The slot of an oracle; a test binary that never asks never starts one, and several that are started do not wait for each other.
fn slot(kind: Kind) -> &'static Slot {
    static SLOTS: Mutex<BTreeMap<&str, &'static Slot>> = Mutex::new(BTreeMap::new());
    let mut slots = SLOTS.lock().expect("no test ends while it holds this");
    slots
        .entry(kind.name())
        .or_insert_with(|| Box::leak(Box::default()))
}

/// The running oracle, or `None` after saying that it is not installed. Panics in CI, where nothing may be skipped,
/// and where an installed oracle does not start.
pub fn oracle_or_skip(kind: Kind) -> Option<&'static Worker> {
    if !kind.is_installed() {
        skip(kind.name());
        return None;
    }
    match slot(kind).get_or_init(|| Worker::spawn(kind.name(), kind.command(), kind.patience())) {
        Ok(worker) => Some(worker),
        Err(problem) => panic!("{} does not start: {problem}", kind.name()),
    }
}

/// The browser, or `None` after saying that there is none. Panics in CI.
pub fn browser_or_skip() -> Option<PathBuf> {
    let browser = kind::browser();
    if browser.is_none() {
        skip("chromium");
    }
    browser
}

/// Says that something is not installed. Panics in CI.
fn skip(name: &str) {
    let lack = format!("{name} is missing, run scripts/setup-oracles");
    assert!(!in_ci(), "{lack}");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Written to the stream itself: the test runner captures what `eprintln!` says in a test that passes.
    #[allow(clippy::disallowed_methods)]
    writeln!(std::io::stderr(), "skipped: {test}: {lack}").ok();
}

fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}
