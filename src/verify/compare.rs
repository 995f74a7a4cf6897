//! Whether an engine's rows are those of the evaluator.
//!
//! In: what the evaluator says, what an engine says, how many digits of a float it keeps. Out: nothing, or the difference in lines. Guarantee: bit for bit where the
//! engine is exact; else floats that are as good as equal are equal, and rows that only their last digits would order may be in any order.

use crate::backend::Dialect;
use crate::eval::{self, Output};
use crate::plan::{Plan, StepKind};
use crate::value::{Row, Table, Value};

/// To how many places floats are compared: to every one, except where the engine scores series with its own function, which reckons in doubles; a text
/// rounds what that gives, and may add rounded numbers up.
#[must_use]
pub fn digits(plan: &Plan, dialect: &Dialect) -> Option<i32> {
    let mut steps = plan.steps.iter();
    let scored = steps.any(|step| matches!(step.kind, StepKind::Anomaly { .. }));
    (scored && dialect.can().native_series).then_some(7)
}

/// The runs of rows in no order, joined where nothing but the last digits of a float distinguish one from the next.
fn as_good_as_tied(keys: &[Row], runs: &[usize], digits: i32) -> Vec<usize> {
    let tied = |one: &Row, next: &Row| {
        let differ = one.iter().zip(next).find(|(one, next)| one != next);
        match differ {
            Some((Value::Float(one), Value::Float(next))) => {
                (one - next).abs() <= most(*one, digits)
            }
            other => other.is_none(),
        }
    };
    let mut joined: Vec<usize> = Vec::new();
    let mut start = 0_usize;
    for length in runs {
        let before = start.checked_sub(1).and_then(|at: usize| keys.get(at));
        match (before, keys.get(start), joined.last_mut()) {
            (Some(one), Some(next), Some(last)) if tied(one, next) => *last += length,
            _ => joined.push(*length),
        }
        start += length;
    }
    joined
}

/// Compares; floats to so many places where the engine keeps no more.
///
/// # Errors
/// The difference, in lines.
pub fn same(expected: &Output, found: &Table, digits: Option<i32>) -> Result<(), String> {
    let compared = match digits {
        None => eval::compare::compare(expected, found),
        Some(digits) => {
            let mut known = Vec::new();
            let cells = expected.table.rows.iter().flatten();
            cells.for_each(|cell| floats(cell, &mut known));
            known.sort_by(f64::total_cmp);
            known.dedup_by(|next, kept| (*next - *kept).abs() <= most(*kept, digits));
            let near = |mut table: Table| {
                let cells = table.rows.iter_mut().flatten();
                cells.for_each(|cell| *cell = near(cell, &known, digits));
                table
            };
            let ties = match (&expected.ties, &expected.sorted_by) {
                (Some(runs), Some(keys)) => Some(as_good_as_tied(keys, runs, digits)),
                (ties, _) => ties.clone(),
            };
            let expected = Output {
                table: near(expected.table.clone()),
                ties,
                ..expected.clone()
            };
            eval::compare::compare(&expected, &near(found.clone()))
        }
    };
    compared.map_err(|difference| difference.to_string())
}

/// Every float in a value.
fn floats(value: &Value, all: &mut Vec<f64>) {
    match value {
        Value::Float(number) => all.push(*number),
        Value::Set(of) | Value::OneOf(of) | Value::SomeOf { of, .. } => {
            of.iter().for_each(|one| floats(one, all));
        }
        _ => {}
    }
}

/// How far floats may be apart that are as good as equal.
fn most(number: f64, digits: i32) -> f64 {
    number.abs().max(1.0) * 10_f64.powi(-digits)
}

/// The value with each float that is as good as one of those known in the place of it.
fn near(value: &Value, known: &[f64], digits: i32) -> Value {
    let all =
        |of: &[Value]| -> Vec<Value> { of.iter().map(|one| near(one, known, digits)).collect() };
    match value {
        Value::Float(number) => {
            let at = known.partition_point(|one| one < number);
            let beside = known.iter().skip(at.saturating_sub(1)).take(2);
            let nearest = beside.min_by(|a, b| (*a - number).abs().total_cmp(&(*b - number).abs()));
            let equal = nearest.filter(|one| (*one - number).abs() <= most(*number, digits));
            Value::Float(*equal.unwrap_or(number))
        }
        Value::Set(of) => Value::set(all(of)),
        Value::OneOf(of) => Value::OneOf(all(of)),
        Value::SomeOf { count, of } => Value::SomeOf {
            count: *count,
            of: all(of),
        },
        other => other.clone(),
    }
}
