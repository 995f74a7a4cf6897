//! Random hunts: the emitted text, run on the engine it is for, gives what the evaluator says.
//!
//! Each seed makes a well-typed hunt in the text of the language, several steps long, and native rows for every schema that it fits. A failure names
//! the seed and shows the hunt, the emitted text and the few rows that suffice. `HUNTC_RANDOM_PROGRAMS` says how many hunts, `HUNTC_RANDOM_SEED` the
//! first seed.

#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    missing_docs
)] // clippy.toml frees test functions, not their helpers

mod support;

#[path = "engines/compare.rs"]
#[allow(dead_code)] // the fixtures' part is for another test
mod compare;
#[path = "random/expression.rs"]
mod expression;
#[path = "random/known.rs"]
mod known;
#[path = "random/program.rs"]
mod program;
#[path = "random/rows.rs"]
mod rows;
#[path = "random/scope.rs"]
mod scope;
#[path = "random/trial.rs"]
mod trial;
#[path = "random/words.rs"]
mod words;

use support::interpreter::Reader;
use support::{Kind, oracle_or_skip};
use trial::{Engine, Trials};

/// Hunts of one run, unless the environment says otherwise.
const PROGRAMS: u64 = 75;
/// Hunts of one run of an interpreter.
const INTERPRETED: u64 = 25;

const ALL: [&str; 4] = ["ecs", "device_network_events", "asim", "apexone"];

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

fn random_hunts(engine: Engine<'_>, schemas: &[&str], usual: u64) {
    let programs = number("HUNTC_RANDOM_PROGRAMS").unwrap_or(usual);
    let first = number("HUNTC_RANDOM_SEED").unwrap_or(1);
    let mut trials = Trials::new(engine, "random", schemas);
    for seed in first..first + programs {
        trials.one(seed);
    }
    trials.settle(programs);
}

fn random_hunts_on(kind: Kind, schemas: &[&str]) {
    if let Some(worker) = oracle_or_skip(kind) {
        random_hunts(Engine::Worker(kind, worker), schemas, PROGRAMS);
    }
}

#[test]
fn random_hunts_on_duckdb() {
    random_hunts_on(Kind::Duckdb, &ALL);
}

#[test]
fn random_hunts_on_postgres() {
    random_hunts_on(Kind::Postgres, &ALL);
}

#[test]
fn random_hunts_in_kql() {
    let schemas = ["asim", "device_network_events", "apexone"];
    random_hunts(Engine::Reader(Reader::Kql), &schemas, INTERPRETED);
}

#[test]
fn random_hunts_in_esql() {
    random_hunts(Engine::Reader(Reader::Esql), &ALL, INTERPRETED);
}

/// Spark answers slowly; it is asked only when the environment wants many.
#[test]
fn random_hunts_on_spark() {
    if std::env::var_os("HUNTC_RANDOM_SPARK").is_some() {
        random_hunts_on(Kind::Spark, &["ecs", "device_network_events"]);
    }
}
