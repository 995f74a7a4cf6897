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

mod answers;
mod page;
mod questions;
mod strings;

use crate::support::databases::{self, on_each_database};
use crate::support::expression::selected_as;
use crate::support::repository::Repository;
use crate::support::{Kind, oracle_or_skip};
use answers::Engine;
use questions::QUESTIONS;
use std::fmt::Write;

/// Under a name, the text columns in a collation.
type Collation = (&'static str, Option<&'static str>);

/// The locale of PostgreSQL's database decides what `lower` does: a private server's own, one that knows ASCII alone, and one of ICU.
const OF_POSTGRES: &[Collation] = &[
    ("postgres", None),
    ("postgres-c", Some("C")),
    ("postgres-icu", Some("und-x-icu")),
];

fn folds_as_the_language_or_says_so(kind: Kind) {
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let collations = match kind {
        Kind::POSTGRES => OF_POSTGRES,
        _ => &[(kind.name(), None)],
    };
    for (name, collation) in collations {
        answers::settle(name, &Engine::Sql(kind, worker, *collation));
    }
}

on_each_database!(folds_as_the_language_or_says_so);

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

/// What people read where a constant or a regex is folded otherwise by a target.
#[test]
fn texts_of_constants_beyond_ascii() {
    let repository = Repository::load();
    let mut shown = String::new();
    for (name, constant) in [
        ("x =~ c", "cmd.exe"),
        ("x =~ c", "Élodie"),
        ("x =~ c", "ΟΔΟΣ"),
        ("x !~ c", "ΟΔΟΣ"),
        ("x =~ c", "Доступ"),
        ("x =~ c", "中文"),
        ("x in~ [c, \"one\"]", "İstanbul"),
        ("x contains~ c", "µTorrent"),
        ("x starts_with~ c", "σας"),
        ("x ends_with~ c", "ΟΔΌΣ"),
        ("x has_word~ c", "ΣΑΣ"),
        ("x has_word~ c", "Élodie"),
        ("x matches /c.?$/i", "straße"),
        ("x matches /c.?$/i", "ΣΑΣ"),
        ("x matches /^[r]+$/i", "οδοσ"),
        ("extract(x, /(c)/i)", "ΣΑΣ"),
    ] {
        let question = QUESTIONS
            .iter()
            .find(|question| question.name == name)
            .unwrap();
        writeln!(shown, "{} where c is {constant}", question.name).unwrap();
        let asked = selected_as(&["found".to_owned()], &|columns| {
            vec![answers::predicate(question, constant, columns)]
        });
        let databases = databases::ALL.iter().map(|database| database.name);
        for dialect in ["kql", "esql"].into_iter().chain(databases) {
            let target = repository.target(dialect, None, "", "samples");
            let text = asked.text(&target).unwrap();
            let line = text.lines().find(|line| line.contains("found"));
            writeln!(shown, "  {dialect:9} {}", line.unwrap_or(&text).trim()).unwrap();
        }
    }
    insta::assert_snapshot!(shown);
}
