//! The examples of `grammar/functions.yaml` are tests of every executor: the evaluator, and each engine through the emitted text.
//!
//! Arguments are columns of a loaded row, so that nothing is computed by the compiler. A function that a dialect cannot say is refused with a reason, and
//! the refusals are a snapshot. The vendors' checkers read the KQL and ES|QL texts of all others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

use crate::support::databases::on_each_database;
use crate::support::expression::{Asked, Columns, expr, selected};
use crate::support::repository::Repository;
use crate::support::{Kind, oracle_or_skip};
use huntc::internals::backend::Target;
use huntc::internals::catalog::{Example, Function, functions};
use huntc::internals::eval::compare;
use huntc::internals::pattern::Pattern;
use huntc::internals::plan::{Expr, ExprKind, Type};
use huntc::internals::source::Span;
use huntc::internals::value::Value;
use serde_json::json;
use std::fmt::Write;
use std::sync::Arc;

/// An example: its function, itself, and the number that makes its columns its own.
type Numbered = (usize, &'static Function, &'static Example);

fn examples() -> Vec<Numbered> {
    let all = functions().flat_map(|function| {
        function
            .examples
            .iter()
            .map(move |example| (function, example))
    });
    let all: Vec<Numbered> = all
        .enumerate()
        .map(|(at, (function, example))| (at, function, example))
        .collect();
    assert!(all.len() >= 60, "only {} examples", all.len());
    all
}

/// The call over columns `x<number>_<argument>`.
fn call((number, function, example): Numbered, columns: Columns) -> Expr {
    let mut pattern = None;
    let mut arguments = Vec::new();
    for (at, argument) in example.arguments.iter().enumerate() {
        if let Some(source) = &argument.regex {
            pattern = Some(Arc::new(Pattern::parse(source, false).unwrap()));
        } else if argument.literal {
            arguments.push(Expr::literal(
                argument.value.clone(),
                argument.ty.clone(),
                Span::default(),
            ));
        } else {
            arguments.push(columns(&format!("x{number}_{at}"), &argument.ty));
        }
    }
    let ty = example.ty.clone();
    let kind = ExprKind::Call {
        function: function.name.clone(),
        arguments,
        pattern,
    };
    Expr {
        nullable: ty != Type::Bool,
        ..expr(kind, ty)
    }
}

/// All calls as columns of one row, and the row.
fn asked(examples: &[Numbered]) -> (Asked, Vec<(String, Type)>, Vec<Value>) {
    let asked = selected(&|columns| {
        examples
            .iter()
            .map(|example| call(*example, columns))
            .collect()
    });
    let mut columns = Vec::new();
    let mut row = Vec::new();
    for (number, _, example) in examples {
        for (at, argument) in example.arguments.iter().enumerate() {
            if argument.regex.is_none() && !argument.literal {
                columns.push((format!("x{number}_{at}"), argument.ty.clone()));
                row.push(argument.value.clone());
            }
        }
    }
    (asked, columns, row)
}

/// The examples that a target can say, and a line for each function that it cannot.
fn sayable(target: &Target) -> (Vec<Numbered>, String) {
    let mut said = Vec::new();
    let mut refused = String::new();
    for example in examples() {
        match asked(&[example]).0.text(target) {
            Ok(_) => said.push(example),
            Err(faults) => {
                let reasons: Vec<&str> = faults
                    .iter()
                    .flat_map(|f| f.help.iter().map(String::as_str))
                    .collect();
                assert!(
                    !reasons.is_empty(),
                    "{} is refused without a reason: {faults:?}",
                    example.1.name
                );
                let line = format!("{}: {}\n", example.1.name, reasons.join("; "));
                if !refused.contains(&line) {
                    refused.push_str(&line);
                }
            }
        }
    }
    (said, refused)
}

#[test]
fn the_evaluator_gives_every_example() {
    for example in examples() {
        let (asked, columns, row) = asked(&[example]);
        let output = asked.evaluated(&columns, &[row]);
        assert_eq!(
            output.table.rows,
            [vec![example.2.result.clone()]],
            "{}",
            example.2.text
        );
    }
}

fn every_example(kind: Kind) {
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let repository = Repository::load();
    let target = repository.target(kind.name(), None, "", "examples");
    let (said, _) = sayable(&target);
    assert!(said.len() >= 50, "only {} examples can be said", said.len());
    let (asked, columns, row) = asked(&said);
    let expected = asked.evaluated(&columns, std::slice::from_ref(&row));
    let found = asked.run(
        (kind, worker),
        &target,
        &columns,
        std::slice::from_ref(&row),
    );
    let found = found.unwrap_or_else(|why| panic!("{why}"));
    let mut wrong = String::new();
    for (at, (_, _, example)) in said.iter().enumerate() {
        let says = &found.rows[0][at];
        if !compare::allows(&example.result, says) {
            let _ = writeln!(wrong, "{}: {} gives {says:?}", example.text, kind.name());
        }
    }
    assert!(wrong.is_empty(), "{wrong}{}", asked.text(&target).unwrap());
    compare::compare(&expected, &found).unwrap();
    println!("{} examples on {}", said.len(), kind.name());
}

on_each_database!(every_example);

/// What dialects cannot say, with their reasons.
#[test]
fn refusals_have_reasons() {
    let repository = Repository::load();
    let mut shown = String::new();
    for dialect in repository.dialects.names() {
        let (_, refused) = sayable(&repository.target(dialect, None, "", "examples"));
        let _ = writeln!(shown, "{dialect}\n{refused}");
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn microsoft_binds_every_example() {
    let Some(worker) = oracle_or_skip(Kind::Kql) else {
        return;
    };
    let repository = Repository::load();
    let target = repository.target("kql", None, "", "Examples");
    let (said, _) = sayable(&target);
    let (asked, columns, _) = asked(&said);
    let mut table: serde_json::Map<String, serde_json::Value> = columns
        .iter()
        .map(|(name, ty)| (name.clone(), json!(kusto(ty))))
        .collect();
    table.insert("time".to_owned(), json!("datetime"));
    let text = asked.text(&target).unwrap();
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples.json");
    std::fs::write(&path, json!({"tables": {"Examples": table}}).to_string()).unwrap();
    let answer = worker.ask(&json!({"query": text, "schema": path})).unwrap();
    assert_eq!(answer["errors"], json!([]), "{text}");
    let found: Vec<&str> = answer["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c[1].as_str().unwrap())
        .collect();
    let wanted: Vec<&str> = said
        .iter()
        .map(|(_, _, example)| kusto(&example.ty))
        .collect();
    assert_eq!(found, wanted, "{text}");
}

fn kusto(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::Int => "long",
        Type::Float => "real",
        Type::Time => "datetime",
        Type::Duration => "timespan",
        Type::Json | Type::Set(_) => "dynamic",
        _ => "string",
    }
}

#[test]
fn elastic_validates_every_example() {
    let Some(worker) = oracle_or_skip(Kind::Esql) else {
        return;
    };
    let repository = Repository::load();
    for (version, stacks) in [("8.19", vec!["8.19.0", "9.3.0"]), ("9.3", vec!["9.3.0"])] {
        let target = repository.target("esql", Some(version), "", "examples");
        let (said, _) = sayable(&target);
        // One at a time: the validator stops at its first error.
        for example in said {
            let (asked, columns, _) = asked(&[example]);
            let mut fields: serde_json::Map<String, serde_json::Value> = columns
                .iter()
                .map(|(name, ty)| (name.clone(), json!(elastic(ty))))
                .collect();
            fields.insert("time".to_owned(), json!("date"));
            let text = asked.text(&target).unwrap();
            let answer = worker
                .ask(&json!({"query": text, "schema": {"fields": fields}, "stacks": stacks}))
                .unwrap();
            for result in answer["results"].as_array().unwrap() {
                assert_eq!(
                    result["ok"],
                    json!(true),
                    "{}: {result}\n{text}",
                    example.2.text
                );
            }
        }
    }
}

fn elastic(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "boolean",
        Type::Int | Type::Duration => "long",
        Type::Float => "double",
        Type::Time => "date",
        _ => "keyword",
    }
}
