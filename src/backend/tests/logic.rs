//! Two-valued predicates on three-valued engines, proven by trying: random formulas over columns that may be null or blank, under a model of each
//! engine's own logic, against the semantics. The model knows of the dialects only when an operator is null.

use super::build::{
    all, call, compare, eq, eq_fold, exists, in_networks, int, ints, native, not, one_of, sure,
    target, test, text,
};
use crate::backend::dialect::loaded::NullBehavior;
use crate::backend::print::logic::{self, Formula};
use crate::backend::{Dialects, Printer, Target};
use crate::plan::TextTest;
use crate::plan::{Comparison, Expr, ExprKind, Type};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;

/// What a cell holds: null, the empty text, or one of two values.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cell {
    Null,
    Blank,
    Is(i64),
}

type Row = BTreeMap<&'static str, Cell>;

fn number(name: &str) -> Expr {
    native(name, "long", Type::Int)
}

fn word(name: &str) -> Expr {
    native(name, "string", Type::Text)
}

/// The atoms of the formulas; literals and values are 0 and 1, or `a` and `b`.
fn atoms() -> Vec<Expr> {
    let address = || native("ip", "string", Type::Ip);
    vec![
        eq(number("n"), int(1)),
        compare(Comparison::Less, number("n"), int(1)),
        eq(number("m"), int(0)),
        eq(number("n"), number("m")),
        compare(Comparison::LessOrEqual, number("n"), number("m")),
        one_of(number("m"), ints(&[1]), false, None),
        eq(sure("k", "long", Type::Int), number("n")),
        exists(number("n")),
        exists(word("s")),
        eq(word("s"), text("b")),
        eq_fold(call("lower", vec![word("s")], Type::Text), text("a")),
        eq(word("s"), word("t")),
        test(TextTest::Contains, false, word("t"), vec![text("a")]),
        test(TextTest::Contains, false, word("s"), vec![word("t")]),
        call("is_ipv4", vec![address()], Type::Bool),
        in_networks(address(), &["10.0.0.0/8"], None),
    ]
}

fn formulas(networks: bool) -> impl Strategy<Value = Expr> {
    // A dialect without its own test gets tests on text, which are among the others.
    let count = if networks {
        atoms().len()
    } else {
        atoms().len() - 1
    };
    let leaf = (0..count).prop_map(|at| atoms().swap_remove(at));
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(not),
            prop::collection::vec(inner.clone(), 2..4).prop_map(all),
            prop::collection::vec(inner, 2..4).prop_map(super::build::any),
        ]
    })
}

/// Every row: text is never null on engines that say so.
fn rows(text_is_never_null: bool) -> Vec<Row> {
    use Cell::{Blank, Is, Null};
    let numbers = [Null, Is(0), Is(1)];
    let texts: &[Cell] = if text_is_never_null {
        &[Blank, Is(0), Is(1)]
    } else {
        &[Null, Blank, Is(0), Is(1)]
    };
    let mut rows = vec![Row::new()];
    let columns: [(&'static str, &[Cell]); 6] = [
        ("n", &numbers),
        ("m", &numbers),
        ("k", &numbers[1..]),
        ("s", texts),
        ("t", texts),
        ("ip", texts),
    ];
    for (name, cells) in columns {
        rows = rows
            .into_iter()
            .flat_map(|row| {
                cells.iter().map(move |cell| {
                    let mut row = row.clone();
                    row.insert(name, *cell);
                    row
                })
            })
            .collect();
    }
    rows
}

fn cell(value: &Expr, row: &Row) -> Cell {
    match &value.kind {
        ExprKind::Column(column) => row[column.name()],
        ExprKind::Call { arguments, .. } => cell(&arguments[0], row),
        ExprKind::Literal {
            value: crate::value::Value::Int(number),
            ..
        } => Cell::Is(*number),
        ExprKind::Literal {
            value: crate::value::Value::Text(text),
            ..
        } => Cell::Is(i64::from(&**text == "b")),
        other => panic!("{other:?}"),
    }
}

/// The atom over cells that are not null; blank text is a value to the engine.
fn compared(atom: &Expr, cells: &[Cell]) -> bool {
    match &atom.kind {
        ExprKind::Compare {
            op: Comparison::Less,
            ..
        } => matches!(cells, [Cell::Is(a), Cell::Is(b)] if a < b),
        ExprKind::Compare {
            op: Comparison::LessOrEqual,
            ..
        } => matches!(cells, [Cell::Is(a), Cell::Is(b)] if a <= b),
        ExprKind::Compare { .. } => cells[0] == cells[1],
        ExprKind::In { .. } => cells[0] == Cell::Is(1),
        // The empty needle is found everywhere.
        ExprKind::TextTest { .. } => cells[1] == Cell::Blank || cells[0] == cells[1],
        // `a` is an address of the network, `b` one of the other family.
        ExprKind::InNetwork { .. } | ExprKind::Call { .. } => cells[0] == Cell::Is(0),
        ExprKind::Exists(_) => cells[0] != Cell::Blank,
        other => panic!("{other:?}"),
    }
}

fn operands(atom: &Expr) -> Vec<&Expr> {
    atom.children()
}

/// The semantics: false where a side is missing.
fn semantics(predicate: &Expr, row: &Row) -> bool {
    match &predicate.kind {
        ExprKind::And(parts) => parts.iter().all(|part| semantics(part, row)),
        ExprKind::Or(parts) => parts.iter().any(|part| semantics(part, row)),
        ExprKind::Not(inner) => !semantics(inner, row),
        _ => {
            let cells: Vec<Cell> = operands(predicate).iter().map(|o| cell(o, row)).collect();
            cells.iter().all(|c| matches!(c, Cell::Is(_))) && compared(predicate, &cells)
        }
    }
}

/// When the dialect's operator for the atom is null.
fn null_when(atom: &Expr, printer: &Printer<'_>) -> NullBehavior {
    let (name, variants): (&str, &[&str]) = match &atom.kind {
        ExprKind::Compare {
            op: Comparison::Less,
            ..
        } => ("less", &[]),
        ExprKind::Compare {
            op: Comparison::LessOrEqual,
            ..
        } => ("less_or_equal", &[]),
        ExprKind::Compare { fold: true, .. } if printer.has("equal_fold", &[]) => {
            ("equal_fold", &[])
        }
        ExprKind::Compare { .. } => ("equal", &[]),
        ExprKind::In { .. } => ("in", &[]),
        ExprKind::TextTest { .. } => ("contains", &["expression"]),
        ExprKind::InNetwork { .. } => ("in_network", &["v4"]),
        ExprKind::Exists(value) if printer.facts(value).blank => ("exists", &["blank"]),
        ExprKind::Exists(_) | ExprKind::Call { .. } => ("exists", &[]),
        other => panic!("{other:?}"),
    };
    printer
        .dialect
        .null_when(printer.dialect.operator(name, variants).unwrap().1)
}

/// The atom as it is printed: with one of two blanks made null, or guarded.
fn engine_atom(atom: &Expr, row: &Row, printer: &Printer<'_>) -> Option<bool> {
    let never_null = printer.dialect.can().text_is_never_null;
    let operands = operands(atom);
    let mut cells: Vec<Cell> = operands.iter().map(|o| cell(o, row)).collect();
    let blank: Vec<bool> = operands.iter().map(|o| printer.facts(o).blank).collect();
    let two = blank.len() == 2;
    let risky = match &atom.kind {
        ExprKind::Compare { .. } if two && blank[0] && blank[1] => Some(0),
        ExprKind::TextTest { .. } if two && blank[1] => Some(1),
        _ => None,
    };
    if let Some(at) = risky
        && cells[at] == Cell::Blank
    {
        if never_null {
            return Some(false);
        }
        cells[at] = Cell::Null;
    }
    let nulls = cells.iter().filter(|c| **c == Cell::Null).count();
    match null_when(atom, printer) {
        // A value of the other family.
        NullBehavior::Any
            if cells.contains(&Cell::Is(1)) || cells.contains(&Cell::Blank) || nulls > 0 =>
        {
            None
        }
        NullBehavior::Missing if nulls > 0 => None,
        NullBehavior::Both if nulls == cells.len() => None,
        _ if nulls > 0 => Some(false),
        _ => Some(compared(atom, &cells)),
    }
}

/// Three-valued logic.
fn engine(formula: &Formula<'_>, row: &Row, printer: &Printer<'_>) -> Option<bool> {
    let all = |parts: &[Formula<'_>]| {
        parts
            .iter()
            .map(|p| engine(p, row, printer))
            .collect::<Vec<_>>()
    };
    let decided = |parts: Vec<Option<bool>>, by: bool| {
        if parts.contains(&Some(by)) {
            Some(by)
        } else if parts.contains(&None) {
            None
        } else {
            Some(!by)
        }
    };
    match formula {
        Formula::Atom(atom) => engine_atom(atom, row, printer),
        Formula::Negated(atom) => engine_atom(atom, row, printer).map(|value| !value),
        Formula::Null(column) => Some(cell(column, row) == Cell::Null),
        Formula::Missing(value) => Some(!matches!(cell(value, row), Cell::Is(_))),
        Formula::Not(inner) => engine(inner, row, printer).map(|value| !value),
        Formula::And(parts) => decided(all(parts), false),
        Formula::Or(parts) => decided(all(parts), true),
        Formula::Else(inner, otherwise) => engine(inner, row, printer).or(Some(*otherwise)),
    }
}

fn prove(target: &Target, cases: u32) {
    let rows = rows(target.dialect.can().text_is_never_null);
    let networks = target.dialect.operator("in_network", &["v4"]).is_some();
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let strategy = (formulas(networks), proptest::option::of(formulas(networks)));
    runner
        .run(&strategy, |(predicate, earlier)| {
            let mut printer = Printer::new(&target.dialect, target);
            if let Some(earlier) = &earlier {
                printer.scope.passed(earlier);
            }
            let present = printer.scope.known_present();
            let truth = logic::truth(&predicate, &printer, present);
            let exact = logic::exact(&predicate, &printer, present);
            for row in rows
                .iter()
                .filter(|row| earlier.as_ref().is_none_or(|e| semantics(e, row)))
            {
                let wanted = semantics(&predicate, row);
                let found = engine(&truth, row, &printer);
                prop_assert_eq!(
                    found == Some(true),
                    wanted,
                    "{:?} as {:?} in {:?}",
                    predicate,
                    truth,
                    row
                );
                prop_assert_eq!(
                    engine(&exact, row, &printer),
                    Some(wanted),
                    "{:?} as {:?} in {:?}",
                    predicate,
                    exact,
                    row
                );
            }
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{}: {error}", target.dialect.name));
}

#[test]
fn no_formula_gives_another_row_in_any_dialect() {
    for name in Dialects::embedded().names() {
        prove(&target(name, None, "", "t"), 150);
    }
}
