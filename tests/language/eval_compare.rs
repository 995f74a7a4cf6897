//! Whether an engine's rows are a result that the evaluator allows.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use huntc::internals::eval::Output;
use huntc::internals::eval::compare::{Difference, compare};
use huntc::internals::value::{Row, Table, Value};
use proptest::prelude::*;

fn table(rows: &[Row]) -> Table {
    let columns = rows.first().map_or(1, Vec::len);
    Table {
        columns: (0..columns).map(|at| format!("c{at}")).collect(),
        rows: rows.to_vec(),
    }
}

fn check(expected: &[Row], ties: Option<&[usize]>, found: &[Row]) -> Result<(), Difference> {
    let mut table_found = table(found);
    table_found.columns = table(expected).columns;
    let expected = Output {
        scores: None,
        table: table(expected),
        ties: ties.map(<[usize]>::to_vec),
        sorted_by: None,
        notes: Vec::new(),
    };
    compare(&expected, &table_found)
}

fn t(text: &str) -> Value {
    Value::Text(text.into())
}

fn one_of(values: &[i64]) -> Value {
    Value::one_of(values.iter().map(|value| Value::Int(*value)))
}

fn set(values: &[i64]) -> Value {
    Value::Set(values.iter().map(|value| Value::Int(*value)).collect())
}

#[test]
fn a_bag_counts_its_rows() {
    let rows = [vec![t("a")], vec![t("b")], vec![t("a")]];
    assert_eq!(
        check(&rows, None, &[vec![t("b")], vec![t("a")], vec![t("a")]]),
        Ok(())
    );
    let difference = check(&rows, None, &[vec![t("b")], vec![t("b")], vec![t("a")]]).unwrap_err();
    assert_eq!(difference.lacking, [vec![t("a")]]);
    assert_eq!(difference.extra, [vec![t("b")]]);
    assert_eq!(
        difference.to_string(),
        "1 of 3 rows lacking, 1 of 3 rows too many\n  expected: c0 = \"a\"\n  found: c0 = \"b\"\n"
    );
    assert!(check(&rows, None, &[vec![t("a"), t("a")]]).is_err());
}

#[test]
fn missing_and_empty_are_one_and_nothing_else_is() {
    let same = |a: Value, b: Value| check(&[vec![a]], None, &[vec![b]]).is_ok();
    assert!(same(Value::Missing, t("")));
    assert!(same(t(""), Value::Missing));
    assert!(!same(Value::Missing, t(" ")));
    assert!(!same(Value::Missing, Value::Int(0)));
    assert!(!same(Value::Missing, set(&[])));
    assert!(same(Value::Float(0.0), Value::Float(-0.0)));
    assert!(!same(Value::Float(0.3), Value::Float(0.1 + 0.2)));
    assert!(!same(Value::Int(1), Value::Float(1.0)));
    assert!(!same(Value::Int(i64::MAX), Value::Int(i64::MAX - 1)));
    assert!(!same(t("A"), t("a")));
    assert!(!same(Value::Time(5), Value::Int(5)));
    assert!(!same(t("5"), Value::Int(5)));
}

#[test]
fn sets_have_no_order_and_no_duplicates() {
    let same = |a: Value, b: Value| check(&[vec![a]], None, &[vec![b]]).is_ok();
    assert!(same(set(&[1, 2]), set(&[2, 1])));
    assert!(!same(set(&[1, 2]), set(&[1, 2, 2])));
    assert!(!same(set(&[1, 2]), set(&[1])));
    let some = Value::SomeOf {
        count: 2,
        of: vec![Value::Int(1), Value::Int(2), Value::Int(3)],
    };
    assert!(same(some.clone(), set(&[3, 1])));
    assert!(!same(some.clone(), set(&[1])));
    assert!(!same(some.clone(), set(&[1, 1])));
    assert!(!same(some.clone(), set(&[1, 4])));
    assert!(!same(some, set(&[1, 2, 3])));
}

#[test]
fn undetermined_rows_are_paired_without_haste() {
    // Whoever gives the first row the 1 leaves the second without a partner.
    let rows = [
        vec![one_of(&[1, 2])],
        vec![one_of(&[1, 3])],
        vec![one_of(&[2, 3])],
    ];
    assert_eq!(
        check(
            &rows,
            None,
            &[
                vec![Value::Int(1)],
                vec![Value::Int(2)],
                vec![Value::Int(3)]
            ]
        ),
        Ok(())
    );
    let hard = [vec![one_of(&[1, 2])], vec![Value::Int(1)]];
    assert_eq!(
        check(&hard, None, &[vec![Value::Int(1)], vec![Value::Int(2)]]),
        Ok(())
    );
    assert!(check(&hard, None, &[vec![Value::Int(2)], vec![Value::Int(2)]]).is_err());
    let missing_allowed = [vec![Value::one_of([Value::Missing, Value::Int(1)])]];
    assert_eq!(check(&missing_allowed, None, &[vec![t("")]]), Ok(()));
}

#[test]
fn an_order_is_checked_from_run_to_run() {
    let rows = [vec![t("a")], vec![t("b")], vec![t("c")]];
    let swapped = [vec![t("b")], vec![t("a")], vec![t("c")]];
    assert_eq!(check(&rows, Some(&[2, 1]), &swapped), Ok(()));
    assert_eq!(check(&rows, None, &swapped), Ok(()));
    let difference = check(&rows, Some(&[1, 1, 1]), &swapped).unwrap_err();
    assert_eq!(
        difference.summary,
        "the right rows in the wrong order, from row 1 on"
    );
    let late = check(
        &rows,
        Some(&[1, 2]),
        &[vec![t("c")], vec![t("b")], vec![t("a")]],
    );
    assert!(late.is_err());
}

#[test]
fn a_large_bag_is_compared_in_short_time() {
    let rows: Vec<Row> = (0..100_000)
        .map(|at| vec![Value::Int(at % 7), t("x")])
        .collect();
    let mut found = rows.clone();
    found.reverse();
    assert_eq!(check(&rows, None, &found), Ok(()));
}

/// Every way of pairing, tried out.
fn pairs_somehow(expected: &[Row], found: &[Row]) -> bool {
    let Some((first, rest)) = expected.split_first() else {
        return found.is_empty();
    };
    (0..found.len()).any(|at| {
        let mut others = found.to_vec();
        let row = others.remove(at);
        let fits = first
            .iter()
            .zip(&row)
            .all(|(a, b)| huntc::internals::eval::compare::allows(a, b));
        fits && pairs_somehow(rest, &others)
    })
}

fn cell() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Missing),
        (0..3i64).prop_map(Value::Int),
        proptest::collection::vec(0..4i64, 2..4).prop_map(|values| one_of(&values)),
    ]
}

/// Rows that the expected ones allow, in another order, with one cell perhaps changed.
fn allowed(expected: &[Row], picks: &[usize], change: Option<(usize, i64)>) -> Vec<Row> {
    let mut pick = picks.iter().cycle();
    let mut settle = |value: &Value| match value {
        Value::OneOf(all) => all[pick.next().unwrap() % all.len()].clone(),
        other => other.clone(),
    };
    let mut rows: Vec<Row> = expected
        .iter()
        .map(|row| row.iter().map(&mut settle).collect())
        .collect();
    if !rows.is_empty() {
        let turn = picks[0] % rows.len();
        rows.rotate_left(turn);
        if let Some((at, value)) = change {
            let at = at % rows.len();
            rows[at][0] = Value::Int(value);
        }
    }
    rows
}

proptest! {
    #[test]
    fn rows_pair_exactly_when_some_pairing_exists(
        expected in proptest::collection::vec((cell(), cell()), 0..6),
        picks in proptest::collection::vec(0..6usize, 1..8),
        change in proptest::option::of((0..6usize, 0..4i64)),
    ) {
        let expected: Vec<Row> = expected.into_iter().map(|(a, b)| vec![a, b]).collect();
        let found = allowed(&expected, &picks, change);
        let columns = vec!["a".to_owned(), "b".to_owned()];
        let output = Output {
            table: Table { columns: columns.clone(), rows: expected.clone() },
            ..Output::default()
        };
        let same = compare(&output, &Table { columns, rows: found.clone() }).is_ok();
        prop_assert_eq!(same, pairs_somehow(&expected, &found));
        prop_assert!(same || change.is_some());
    }
}
