//! Printing respects precedence and closes the third truth value: random nested expressions, printed for an engine and run there, give what the
//! evaluator says, as columns and as filters, over rows in which every operand is missing somewhere.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

use crate::support::databases::on_each_database;
use crate::support::expression::{Asked, Columns, counted, expr, selected};
use crate::support::repository::Repository;
use crate::support::{Kind, oracle_or_skip};
use huntc::internals::eval::compare;
use huntc::internals::pattern::testing::Rng;
use huntc::internals::plan::expr::{ArithmeticOp, TextTest};
use huntc::internals::plan::{Comparison, Expr, ExprKind, Type};
use huntc::internals::source::Span;
use huntc::internals::value::Value;

/// Expressions of a query, and queries of each form.
const EXPRESSIONS: usize = 60;
const QUERIES: usize = 10;
const ROWS: usize = 80;

fn nested_expressions(kind: Kind) {
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let repository = Repository::load();
    let target = repository.target(kind.name(), None, "", "precedence");
    let columns = [
        ("x", Type::Int),
        ("y", Type::Int),
        ("z", Type::Int),
        ("s", Type::Text),
        ("t", Type::Text),
    ];
    let columns = columns.map(|(name, ty)| (name.to_owned(), ty));
    let mut made = 0;
    for query in 0..QUERIES {
        let rows = rows(&mut Rng::new(900 + query as u64));
        let seed = 77_000 + query as u64;
        let build = |depth: usize| {
            move |columns: Columns| -> Vec<Expr> {
                let mut rng = Rng::new(seed);
                (0..EXPRESSIONS)
                    .map(|_| condition(&mut rng, columns, depth))
                    .collect()
            }
        };
        let numbers = |columns: Columns| -> Vec<Expr> {
            let mut rng = Rng::new(seed);
            (0..EXPRESSIONS)
                .map(|_| number(&mut rng, columns, 4))
                .collect()
        };
        let asked: [(&str, Asked); 3] = [
            ("as columns", selected(&build(4))),
            ("as filters", counted(&build(4))),
            ("numbers", selected(&numbers)),
        ];
        for (form, asked) in asked {
            let expected = asked.evaluated(&columns, &rows);
            let found = asked.run((kind, worker), &target, &columns, &rows);
            let found = found.unwrap_or_else(|why| panic!("{form}, seed {seed}: {why}"));
            if let Err(difference) = compare::compare(&expected, &found) {
                let text = asked.text(&target).unwrap();
                let wrong = first_wrong(&expected.table, &found);
                panic!(
                    "{form}, seed {seed}: {}\n{wrong}\n{text}",
                    difference.summary
                );
            }
            made += EXPRESSIONS * rows.len();
        }
    }
    println!("{made} values of nested expressions on {}", kind.name());
    assert!(made >= 140_000);
}

/// The first expression that differs, by its column; rows of these results are in the order of the table.
fn first_wrong(
    expected: &huntc::internals::value::Table,
    found: &huntc::internals::value::Table,
) -> String {
    for (row, (ours, theirs)) in expected.rows.iter().zip(&found.rows).enumerate() {
        for (at, (a, b)) in ours.iter().zip(theirs).enumerate() {
            if !compare::allows(a, b) {
                return format!("e{at} in row {row}: {a:?} expected, {b:?} found");
            }
        }
    }
    String::new()
}

on_each_database!(nested_expressions, quick);

/// Values at and around the constants below, and missing.
fn rows(rng: &mut Rng) -> Vec<Vec<Value>> {
    let texts = ["a", "b", "ab", "A", "x y", "b_a"];
    let row = |rng: &mut Rng| {
        let mut cells = Vec::new();
        for _ in 0..3 {
            let number = i64::try_from(rng.below(6)).unwrap() - 3;
            cells.push(if number == -3 {
                Value::Missing
            } else {
                Value::Int(number)
            });
        }
        for _ in 0..2 {
            let at = rng.below(texts.len() + 1);
            cells.push(
                texts
                    .get(at)
                    .map_or(Value::Missing, |text| Value::text(text)),
            );
        }
        cells
    };
    (0..ROWS).map(|_| row(rng)).collect()
}

fn int(value: i64) -> Expr {
    Expr::literal(Value::Int(value), Type::Int, Span::default())
}

fn text(value: &str) -> Expr {
    Expr::literal(Value::text(value), Type::Text, Span::default())
}

fn small(rng: &mut Rng) -> i64 {
    i64::try_from(rng.below(5)).unwrap() - 2
}

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

/// An expression of whole numbers, without division, small enough for 64 bits at any depth used here.
fn number(rng: &mut Rng, columns: Columns, depth: usize) -> Expr {
    if depth == 0 || rng.below(4) == 0 {
        return match rng.below(3) {
            0 => int(small(rng)),
            _ => columns(["x", "y", "z"][rng.below(3)], &Type::Int),
        };
    }
    match rng.below(6) {
        0 => {
            let arms = vec![(
                condition(rng, columns, depth - 1),
                number(rng, columns, depth - 1),
            )];
            let otherwise = Some(boxed(number(rng, columns, depth - 1)));
            expr(ExprKind::Case { arms, otherwise }, Type::Int)
        }
        1 => {
            let arguments = vec![
                number(rng, columns, depth - 1),
                number(rng, columns, depth - 1),
            ];
            call("coalesce", arguments, Type::Int)
        }
        operator => {
            let op = [
                ArithmeticOp::Add,
                ArithmeticOp::Subtract,
                ArithmeticOp::Subtract,
                ArithmeticOp::Multiply,
            ][operator - 2];
            let (left, right) = (
                number(rng, columns, depth - 1),
                number(rng, columns, depth - 1),
            );
            let (left, right) = (boxed(left), boxed(right));
            expr(ExprKind::Arithmetic { op, left, right }, Type::Int)
        }
    }
}

fn call(function: &str, arguments: Vec<Expr>, ty: Type) -> Expr {
    let kind = ExprKind::Call {
        function: function.to_owned(),
        arguments,
        pattern: None,
    };
    expr(kind, ty)
}

/// A condition: connectives down to atoms over numbers and texts.
fn condition(rng: &mut Rng, columns: Columns, depth: usize) -> Expr {
    if depth == 0 {
        return atom(rng, columns, 1);
    }
    match rng.below(7) {
        0 | 1 => Expr::all(parts(rng, columns, depth)).unwrap(),
        2 | 3 => flat_or(parts(rng, columns, depth)),
        4 | 5 => condition(rng, columns, depth - 1).negate(),
        _ => atom(rng, columns, depth),
    }
}

fn parts(rng: &mut Rng, columns: Columns, depth: usize) -> Vec<Expr> {
    (0..2 + rng.below(2))
        .map(|_| condition(rng, columns, depth - 1))
        .collect()
}

/// The disjunction, none of its parts itself one.
fn flat_or(parts: Vec<Expr>) -> Expr {
    let mut flat = Vec::new();
    for part in parts {
        match part.kind {
            ExprKind::Or(inner) => flat.extend(inner),
            kind => flat.push(Expr { kind, ..part }),
        }
    }
    Expr::predicate(ExprKind::Or(flat), Span::default())
}

fn atom(rng: &mut Rng, columns: Columns, depth: usize) -> Expr {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    let depth = depth.min(2);
    let kind = match rng.below(8) {
        0..=2 => ExprKind::Compare {
            op: [Equal, Less, LessOrEqual, Greater, GreaterOrEqual][rng.below(5)],
            fold: false,
            left: boxed(number(rng, columns, depth)),
            right: boxed(number(rng, columns, depth - 1)),
        },
        3 => ExprKind::Between {
            value: boxed(number(rng, columns, depth)),
            low: boxed(int(small(rng))),
            high: boxed(int(small(rng))),
        },
        4 => ExprKind::In {
            value: boxed(number(rng, columns, depth)),
            items: vec![Value::Int(-1), Value::Int(2)],
            fold: false,
            list: None,
        },
        5 => {
            let (name, ty) =
                [("x", Type::Int), ("s", Type::Text), ("t", Type::Text)][rng.below(3)].clone();
            ExprKind::Exists(boxed(columns(name, &ty)))
        }
        6 => ExprKind::TextTest {
            test: [
                TextTest::Contains,
                TextTest::StartsWith,
                TextTest::EndsWith,
                TextTest::HasWord,
            ][rng.below(4)],
            fold: rng.below(2) == 0,
            value: boxed(columns(["s", "t"][rng.below(2)], &Type::Text)),
            needles: vec![text("a")].into(),
        },
        _ => ExprKind::Compare {
            op: Equal,
            fold: rng.below(2) == 0,
            left: boxed(columns("s", &Type::Text)),
            right: boxed(match rng.below(2) {
                0 => columns("t", &Type::Text),
                _ => text("a"),
            }),
        },
    };
    Expr::predicate(kind, Span::default())
}
