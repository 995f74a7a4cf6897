//! Random hunts: the emitted text, run on the engine it is for, gives what the evaluator says.
//!
//! Each seed makes a well-typed hunt in the text of the language, several steps long, and native rows for a schema that it fits; every engine gets the
//! same hunt and, where it holds that schema, the same rows. A failure names the seed and shows the hunt, the emitted text and the few rows that
//! suffice. The environment chooses more: `HUNTC_RANDOM_PROGRAMS` hunts from `HUNTC_RANDOM_SEED` on, on `HUNTC_RANDOM_ENGINES`, for at most
//! `HUNTC_RANDOM_MINUTES`.

#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::unwrap_used,
    missing_docs
)] // clippy.toml frees test functions, not their helpers

mod condition;
mod envelope;
mod executor;
mod expression;
mod groups;
mod known;
mod program;
mod reach;
mod rows;
mod scope;
mod shrink;
mod tally;
mod trial;
mod words;

use huntc::internals::pattern::testing::Rng;
use huntc::internals::plan::Plan;
use reach::{NEVER, wanted};
use std::time::{Duration, Instant};
use trial::Trials;

/// Hunts of one run, unless the environment says otherwise.
const PROGRAMS: u64 = 150;
/// Hunts that are only made and lowered.
const LOWERED: u64 = 1000;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

/// Spark answers slowly; it is asked only when the environment names it.
#[test]
fn random_hunts() {
    let engines = std::env::var("HUNTC_RANDOM_ENGINES");
    let engines = engines.unwrap_or_else(|_| "duckdb,postgres,kql,esql".to_owned());
    let engines: Vec<&str> = engines.split(',').collect();
    let programs = number("HUNTC_RANDOM_PROGRAMS").unwrap_or(PROGRAMS);
    let first = number("HUNTC_RANDOM_SEED").unwrap_or(1);
    let minutes = number("HUNTC_RANDOM_MINUTES").unwrap_or(u64::MAX / 60);
    let mut trials = Trials::new(&engines, &format!("random_{first}"));
    let started = Instant::now();
    for seed in first..first + programs {
        trials.one(seed);
        if started.elapsed() > Duration::from_secs(minutes * 60) {
            println!("stopped after {minutes} minutes, at seed {seed}");
            break;
        }
    }
    trials.settle(60);
}

/// A formatted hunt means the same, and formatting it again changes nothing.
#[test]
fn formatted_hunts_mean_the_same() {
    let mut trials = Trials::new(&[], "formatted");
    let places =
        regex::Regex::new(r"Span \{ file: FileId\(\d+\), start: \d+, end: \d+ \}").unwrap();
    let meaning = |plan: &Plan| places.replace_all(&format!("{plan:?}"), "_").into_owned();
    let mut compared = 0;
    for seed in 1..=LOWERED {
        let mut rng = Rng::new(seed);
        let (query, _) = trials.made(&mut rng);
        let Ok(plan) = trials.understood(&query) else {
            continue;
        };
        let formatted = trials.formatted(&query);
        let again = trials.understood(&formatted);
        let again = again.unwrap_or_else(|faults| panic!("{formatted}\n{faults:?}"));
        assert_eq!(meaning(&again), meaning(&plan), "{formatted}");
        assert_eq!(trials.formatted(&formatted), formatted);
        compared += 1;
    }
    assert!(
        compared * 2 > LOWERED,
        "only {compared} hunts were compared"
    );
}

/// Every step, expression, function, aggregate and field is in some random hunt.
#[test]
fn nothing_of_the_language_is_left_out() {
    let mut trials = Trials::new(&[], "reach");
    for seed in 1..=LOWERED {
        let mut rng = Rng::new(seed);
        let (query, _) = trials.made(&mut rng);
        if let Ok(plan) = trials.understood(&query) {
            trials.reach.see(&plan);
        }
    }
    let mut left_out = Vec::new();
    for name in wanted(trials.repository.class()) {
        let count = trials.reach.count(&name);
        let excused = NEVER.iter().find(|(never, _)| *never == name);
        match excused {
            Some((_, why)) => println!("{count:>7}  {name}: {why}"),
            None => println!("{count:>7}  {name}"),
        }
        if (count == 0) != excused.is_some() {
            left_out.push(format!("{name}: {count}"));
        }
    }
    assert!(left_out.is_empty(), "{left_out:#?}");
}
