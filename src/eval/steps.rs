//! The steps: one function each, over whole tables.

use super::Point;
use super::expr::{Scope, holds, value};
use super::join::join;
use super::rows::{Rows, compare_rows, each, groups, outputs};
use super::series::{score, series};
use super::{EvalError, TIME, aggregate};
use crate::plan::{Aggregate, Expr, Output, SortKey, Step, StepKind};
use crate::value::order::{self, Key};
use crate::value::{Row, Value};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Applies one step.
pub(super) fn step(step: &Step, rows: Rows, now: i64) -> Result<Rows, EvalError> {
    match &step.kind {
        StepKind::From { within, .. } => Ok(from(rows, *within, now)),
        StepKind::Where { predicate, .. } => filter(rows, predicate, now),
        StepKind::Derive { columns } => derive(rows, columns, now),
        StepKind::Select { columns } => select(&rows, columns, now),
        StepKind::Group { keys, aggregates } => group(&rows, keys, aggregates, now),
        StepKind::Series {
            measure,
            every,
            over,
            keys,
        } => series(rows, keys, measure, *every, *over, now),
        StepKind::Anomaly {
            points,
            trend,
            season,
            score: scores,
            baseline,
            ..
        } => score(
            rows,
            *points,
            *trend,
            *season,
            [scores, baseline],
            step.span,
        ),
        StepKind::Join {
            table,
            alias,
            tests,
            ..
        } => join(rows, table, alias, tests, now),
        StepKind::Repeat { .. } => Err(EvalError::ill_typed(
            step.span,
            "a step of backends reached the evaluator",
        )),
        StepKind::Sort { keys } => sort(rows, keys, now),
        StepKind::Top {
            count,
            rare,
            by,
            ties,
            ..
        } => top(rows, *count, *rare, by, ties, now),
        StepKind::Enrich { name, .. } => Err(EvalError::ill_typed(
            step.span,
            &format!("look-up column `{name}` reached the evaluator"),
        )),
    }
}

/// An event is kept iff it has a time and `now - within <= time <= now`.
fn from(mut rows: Rows, within: Option<i64>, now: i64) -> Rows {
    let at = rows.columns.iter().position(|column| column == TIME);
    let start = within.map_or(i64::MIN, |within| now.saturating_sub(within));
    rows.rows.retain(|row| {
        let time = at.and_then(|at| row.get(at));
        matches!(time, Some(Value::Time(time)) if (start..=now).contains(time))
    });
    rows
}

/// A row is kept iff the predicate is true.
fn filter(mut rows: Rows, predicate: &Expr, now: i64) -> Result<Rows, EvalError> {
    let keep = rows
        .rows
        .iter()
        .map(|row| holds(predicate, rows.scope(row, now)))
        .collect::<Result<Vec<bool>, _>>()?;
    rows.retain(&keep);
    Ok(rows)
}

/// Each row gets more columns; a later one sees the earlier ones.
fn derive(mut rows: Rows, columns: &[(String, Expr)], now: i64) -> Result<Rows, EvalError> {
    for (name, expr) in columns {
        for row in &mut rows.rows {
            let scope = Scope {
                columns: &rows.columns,
                row,
                now,
            };
            let value = value(expr, scope)?;
            row.push(value);
        }
        rows.columns.push(name.clone());
    }
    Ok(rows)
}

/// Each row becomes exactly these columns.
fn select(rows: &Rows, columns: &[Output], now: i64) -> Result<Rows, EvalError> {
    let selected = rows
        .rows
        .iter()
        .map(|row| outputs(columns, rows.scope(row, now)))
        .collect::<Result<_, _>>()?;
    Ok(Rows {
        columns: columns.iter().map(|column| column.name.clone()).collect(),
        rows: selected,
        sorted_by: rows.sorted_by.clone(),
        points: rows.points.clone(),
        scored: rows.scored.clone(),
    })
}

/// One row per distinct tuple of keys, missing being a value like others; without keys one row, always.
fn group(
    rows: &Rows,
    keys: &[Output],
    aggregates: &[Aggregate],
    now: i64,
) -> Result<Rows, EvalError> {
    let mut groups = groups(rows, keys, now)?;
    if keys.is_empty() {
        groups.entry(Key(Vec::new())).or_default();
    }
    let mut grouped = Vec::with_capacity(groups.len());
    let mut points = Vec::new();
    for (Key(mut row), members) in groups {
        let scopes: Vec<Scope> = members.iter().map(|(_, scope)| *scope).collect();
        for one in aggregates {
            row.push(aggregate::aggregate(one, &scopes)?);
        }
        grouped.push(row);
        if let Some(known) = &rows.points {
            let of = members.iter().filter_map(|(at, _)| known.get(*at));
            let of: BTreeSet<Point> = of.flatten().copied().collect();
            points.push(of.into_iter().collect());
        }
    }
    let names = keys.iter().map(|key| &key.name);
    let columns = names.chain(aggregates.iter().map(|one| &one.name));
    Ok(Rows {
        columns: columns.cloned().collect(),
        rows: grouped,
        sorted_by: None,
        points: rows.points.is_some().then_some(points),
        scored: rows.scored.clone(),
    })
}

/// The same rows, the keys never descending from one to the next (or never ascending, for a descending key). It forgets an earlier order.
fn sort(rows: Rows, keys: &[SortKey], now: i64) -> Result<Rows, EvalError> {
    let ranks = rows
        .rows
        .iter()
        .map(|row| each(keys.iter().map(|key| &key.value), rows.scope(row, now)))
        .collect::<Result<Vec<Row>, _>>()?;
    let descending: Vec<bool> = keys.iter().map(|key| key.descending).collect();
    Ok(ordered(rows, ranks, &descending))
}

/// The first `count` rows by `by`, greatest first (`rare`: least first), then by `ties` ascending; rows without `by` are no candidates.
/// Rows that agree in `by` and in all of `ties` are not told apart: any of them may be the last taken.
fn top(
    mut rows: Rows,
    count: u64,
    rare: bool,
    by: &Expr,
    ties: &[Expr],
    now: i64,
) -> Result<Rows, EvalError> {
    let mut ranks = rows
        .rows
        .iter()
        .map(|row| each(std::iter::once(by).chain(ties), rows.scope(row, now)))
        .collect::<Result<Vec<Row>, _>>()?;
    let ranked: Vec<bool> = ranks
        .iter()
        .map(|rank| rank.first().is_some_and(|by| !by.is_missing()))
        .collect();
    rows.retain(&ranked);
    ranks.retain(|rank| rank.first().is_some_and(|by| !by.is_missing()));
    let mut rows = ordered(rows, ranks, &[!rare]);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    any_at_the_cut(&mut rows, count);
    rows.rows.truncate(count);
    if let Some(keys) = &mut rows.sorted_by {
        keys.truncate(count);
    }
    if let Some(points) = &mut rows.points {
        points.truncate(count);
    }
    Ok(rows)
}

/// Where rows of one rank are cut, those that stay may be any of them: a cell is any that they have in its column.
fn any_at_the_cut(rows: &mut Rows, count: usize) {
    let Some(ranks) = &rows.sorted_by else { return };
    let Some(last) = count.checked_sub(1).and_then(|last| ranks.get(last)) else {
        return;
    };
    let same = |rank: &Row| compare_rows(rank, last).is_eq();
    let start = ranks.iter().take_while(|rank| !same(rank)).count();
    let length = ranks.iter().filter(|rank| same(rank)).count();
    if start + length <= count {
        return;
    }
    for column in 0..rows.columns.len() {
        let run = rows.rows.iter().skip(start).take(length);
        let cells = run.filter_map(|row| row.get(column)).cloned();
        let any = Value::one_of(cells.flat_map(alternatives));
        for row in rows.rows.iter_mut().skip(start).take(length) {
            if let Some(cell) = row.get_mut(column) {
                cell.clone_from(&any);
            }
        }
    }
}

fn alternatives(value: Value) -> Vec<Value> {
    match value {
        Value::OneOf(alternatives) => alternatives,
        one => vec![one],
    }
}

/// The rows in the order of their ranks; a rank beyond the end of `descending` ascends.
fn ordered(rows: Rows, ranks: Vec<Row>, descending: &[bool]) -> Rows {
    let mut ranked: Vec<(usize, Row)> = ranks.into_iter().enumerate().collect();
    ranked.sort_by(|(_, a), (_, b)| {
        let directions = descending.iter().copied().chain(std::iter::repeat(false));
        a.iter()
            .zip(b)
            .zip(directions)
            .map(|((a, b), descending)| {
                let order = order::compare(a, b);
                if descending { order.reverse() } else { order }
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    let (places, ranks): (Vec<usize>, Vec<Row>) = ranked.into_iter().unzip();
    Rows {
        columns: rows.columns,
        rows: rearranged(rows.rows, &places),
        sorted_by: Some(ranks),
        points: rows.points.map(|points| rearranged(points, &places)),
        scored: rows.scored,
    }
}

/// Each once, in the order of the places they had.
fn rearranged<T: Default>(mut of: Vec<T>, places: &[usize]) -> Vec<T> {
    let taken = |at: &usize| of.get_mut(*at).map(std::mem::take);
    places.iter().filter_map(taken).collect()
}
