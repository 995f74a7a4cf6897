//! Ninety odd strings over everything that ignores case, on every engine, against the evaluator: equal, or noted on that target.
//!
//! Each question (an operator, a regex, a function) is asked with each of the strings as its constant and as its value. What an engine answers otherwise than
//! the evaluator is a line of a snapshot; the tables of `docs/folding.md` are made of the snapshots.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

mod support;

#[path = "folding/answers.rs"]
mod answers;
#[path = "folding/page.rs"]
mod page;
#[path = "folding/questions.rs"]
mod questions;
#[path = "folding/strings.rs"]
mod strings;

use answers::Engine;
use support::{Kind, oracle_or_skip};

#[test]
fn duckdb_folds_as_the_language_or_says_so() {
    if let Some(worker) = oracle_or_skip(Kind::Duckdb) {
        answers::settle("duckdb", &Engine::Sql(Kind::Duckdb, worker, None));
    }
}

/// The locale of the database decides what `lower` does: a private server's own, one that knows ASCII alone, and one of ICU.
#[test]
fn postgres_folds_as_the_language_or_says_so() {
    let Some(worker) = oracle_or_skip(Kind::Postgres) else {
        return;
    };
    for (name, collation) in [
        ("postgres", None),
        ("postgres-c", Some("C")),
        ("postgres-icu", Some("und-x-icu")),
    ] {
        answers::settle(name, &Engine::Sql(Kind::Postgres, worker, collation));
    }
}

#[test]
fn spark_folds_as_the_language_or_says_so() {
    if let Some(worker) = oracle_or_skip(Kind::Spark) {
        answers::settle("spark", &Engine::Sql(Kind::Spark, worker, None));
    }
}

#[test]
fn kql_folds_as_the_language_or_says_so() {
    answers::settle("kql", &Engine::Kql);
}

#[test]
fn esql_folds_as_the_language_or_says_so() {
    answers::settle("esql-8.19", &Engine::Esql("8.19"));
    answers::settle("esql-9.3", &Engine::Esql("9.3"));
}

#[test]
fn lucene_folds_as_the_language_or_says_so() {
    if let Some(worker) = oracle_or_skip(Kind::Lucene) {
        let asked = answers::settle_lucene(worker);
        assert!(asked >= 600, "{asked} regexes");
    }
}
