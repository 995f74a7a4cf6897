//! The text of a member of JSON, which mappings of schemas ask for: each database gives what the evaluator does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

use crate::support::databases::on_each_database;
use crate::support::expression::{Columns, expr, selected};
use crate::support::repository::Repository;
use crate::support::{Kind, oracle_or_skip};
use huntc::internals::eval::compare;
use huntc::internals::plan::{Expr, ExprKind, Type};
use huntc::internals::source::Span;
use huntc::internals::value::Value;

/// What a column holds.
const HELD: &[Option<&str>] = &[
    None,
    Some("{}"),
    Some(
        r#"{"PipeName":"\\Device\\NamedPipe\\a","n":5,"on":true,"off":false,"none":null,"blank":""}"#,
    ),
    Some(
        r#"{"Service Name":"it's","who":{"user":{"id":"u-1"}},"list":[{"key":"first"},{"key":"second"}]}"#,
    ),
    Some(
        r#"{"PipeName":"Ünïcode \"quoted\"","n":-9007199254740993,"by":"reserved","k.l":"dotted","list":[]}"#,
    ),
    Some(r#"["x","y"]"#),
];

/// What a column of arrays holds in the same rows: where a place is asked for, the schema promises an array.
const LISTED: &[Option<&str>] = &[
    None,
    Some("[]"),
    Some("null"),
    Some(r#"[{"id":"a"}]"#),
    Some(r#"[7,8]"#),
    Some(r#"["x","y"]"#),
];

/// Ways to members, and what they give for each of [`HELD`].
const WAYS: &[(&[Step], [Option<&str>; 6])] = &[
    (
        &[Key("PipeName")],
        [
            None,
            None,
            Some(r"\Device\NamedPipe\a"),
            None,
            Some("Ünïcode \"quoted\""),
            None,
        ],
    ),
    (
        &[Key("n")],
        [None, None, Some("5"), None, Some("-9007199254740993"), None],
    ),
    (&[Key("on")], [None, None, Some("true"), None, None, None]),
    (&[Key("off")], [None, None, Some("false"), None, None, None]),
    (&[Key("none")], [None; 6]),
    (&[Key("blank")], [None; 6]),
    (
        &[Key("Service Name")],
        [None, None, None, Some("it's"), None, None],
    ),
    (
        &[Key("by")],
        [None, None, None, None, Some("reserved"), None],
    ),
    (
        &[Key("k.l")],
        [None, None, None, None, Some("dotted"), None],
    ),
    (
        &[Key("who"), Key("user"), Key("id")],
        [None, None, None, Some("u-1"), None, None],
    ),
    (
        &[Key("list"), Place(1), Key("key")],
        [None, None, None, Some("second"), None, None],
    ),
    // An object as a whole is no text; no mapping asks for one.
    (&[Place(1)], [None, None, None, None, Some("8"), Some("y")]),
    (
        &[Place(0), Key("id")],
        [None, None, None, Some("a"), None, None],
    ),
];

#[derive(Clone, Copy)]
enum Step {
    Key(&'static str),
    Place(i64),
}
use Step::{Key, Place};

fn members(columns: Columns) -> Vec<Expr> {
    let each = WAYS.iter().map(|(way, _)| {
        let column = match way[0] {
            Key(_) => "held",
            Place(_) => "listed",
        };
        let steps = way.iter().map(|step| match step {
            Key(key) => Expr::literal(Value::text(key), Type::Text, Span::default()),
            Place(place) => Expr::literal(Value::Int(*place), Type::Int, Span::default()),
        });
        let kind = ExprKind::Call {
            function: "member_text".to_owned(),
            arguments: std::iter::once(columns(column, &Type::Json))
                .chain(steps)
                .collect(),
            pattern: None,
        };
        expr(kind, Type::Text)
    });
    each.collect()
}

fn rows() -> Vec<Vec<Value>> {
    let value = |text: &Option<&str>| text.map_or(Value::Missing, Value::text);
    let both = HELD.iter().zip(LISTED);
    both.map(|(held, listed)| vec![value(held), value(listed)])
        .collect()
}

#[test]
fn the_evaluator_gives_what_the_table_says() {
    let columns = ["held", "listed"].map(|name| (name.to_owned(), Type::Json));
    let output = selected(&members).evaluated(&columns, &rows());
    for (at, row) in output.table.rows.iter().enumerate() {
        for (way, value) in WAYS.iter().zip(row) {
            let wanted = way.1[at].map_or(Value::Missing, Value::text);
            assert_eq!(*value, wanted, "{:?}", HELD[at]);
        }
    }
}

fn the_same_text(kind: Kind) {
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let target = Repository::load().target(kind.name(), None, "", "members");
    let columns = ["held", "listed"].map(|name| (name.to_owned(), Type::Json));
    let asked = selected(&members);
    let text = asked.text(&target).unwrap();
    let expected = asked.evaluated(&columns, &rows());
    let found = asked.run((kind, worker), &target, &columns, &rows());
    let found = found.unwrap_or_else(|why| panic!("{why}\n{text}"));
    compare::compare(&expected, &found).unwrap_or_else(|why| panic!("{why}\n{text}"));
}

on_each_database!(the_same_text);

#[test]
fn texts() {
    let repository = Repository::load();
    let mut shown = String::new();
    for name in repository.dialects.names() {
        let target = repository.target(name, None, "", "members");
        let said = match selected(&members).text(&target) {
            Ok(text) => text,
            Err(faults) => format!("{}\n{}\n", faults[0].title, faults[0].help.join("\n")),
        };
        shown.push_str(&format!("-- {name}\n{said}\n"));
    }
    insta::assert_snapshot!(shown);
}
