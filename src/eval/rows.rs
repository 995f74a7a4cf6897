//! The rows between two steps.
//!
//! In: events, or what a step gives. Out: [`Rows`], and the same by their keys. Guarantee: what is kept beside each row (what it was sorted by, the points that it
//! came from) stays in the order of the rows.

use super::expr::{Scope, value};
use super::{EvalError, Point, ScoredSeries, Scores};
use crate::plan::{Expr, Output};
use crate::value::order::{self, Key};
use crate::value::{Row, Table, Value};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// The rows between two steps.
pub(super) struct Rows {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
    /// After a sort, the values each row was sorted by, in the order of `rows`.
    pub(super) sorted_by: Option<Vec<Row>>,
    /// After `anomaly`, the points that each row came from, in the order of `rows`.
    pub(super) points: Option<Vec<Vec<Point>>>,
    /// The series that were scored.
    pub(super) scored: Vec<ScoredSeries>,
}

impl Rows {
    /// Every event; a field that is requested but not there becomes a column that is missing in every row.
    pub(super) fn events(events: Table, wanted: &BTreeSet<String>) -> Rows {
        let Table {
            mut columns,
            mut rows,
        } = events;
        let absent: Vec<&String> = wanted.iter().filter(|w| !columns.contains(w)).collect();
        for row in &mut rows {
            row.resize(columns.len(), Value::Missing);
            row.extend(absent.iter().map(|_| Value::Missing));
        }
        columns.extend(absent.into_iter().cloned());
        Rows {
            columns,
            rows,
            sorted_by: None,
            points: None,
            scored: Vec::new(),
        }
    }

    /// The result, without what was to be said of it.
    pub(super) fn finish(self) -> super::Output {
        let ties = self.sorted_by.as_ref().map(|keys| {
            keys.chunk_by(|a, b| compare_rows(a, b).is_eq())
                .map(<[Row]>::len)
                .collect()
        });
        let table = Table {
            columns: self.columns,
            rows: self.rows,
        };
        let scored = self.scored;
        let scores = self.points.map(|rows| Scores {
            series: scored,
            rows,
        });
        super::Output {
            table,
            ties,
            sorted_by: self.sorted_by,
            scores,
            notes: Vec::new(),
        }
    }

    pub(super) fn scope<'a>(&'a self, row: &'a Row, now: i64) -> Scope<'a> {
        Scope {
            columns: &self.columns,
            row,
            now,
        }
    }

    /// Keeps the rows for which `keep` is true, with what they were sorted by.
    pub(super) fn retain(&mut self, keep: &[bool]) {
        let mut answers = keep.iter();
        self.rows.retain(|_| answers.next() == Some(&true));
        if let Some(keys) = &mut self.sorted_by {
            let mut answers = keep.iter();
            keys.retain(|_| answers.next() == Some(&true));
        }
        if let Some(points) = &mut self.points {
            let mut answers = keep.iter();
            points.retain(|_| answers.next() == Some(&true));
        }
    }
}

/// The rows of each key, with their places.
pub(super) type Groups<'a> = BTreeMap<Key, Vec<(usize, Scope<'a>)>>;

/// The rows by their keys.
pub(super) fn groups<'a>(
    rows: &'a Rows,
    keys: &[Output],
    now: i64,
) -> Result<Groups<'a>, EvalError> {
    let mut groups = Groups::new();
    for (at, row) in rows.rows.iter().enumerate() {
        let scope = rows.scope(row, now);
        let key = Key(outputs(keys, scope)?);
        groups.entry(key).or_default().push((at, scope));
    }
    Ok(groups)
}

/// The values of some columns in a row.
pub(super) fn outputs(outputs: &[Output], scope: Scope) -> Result<Row, EvalError> {
    each(outputs.iter().map(|output| &output.value), scope)
}

/// The values of some expressions in a row.
pub(super) fn each<'a>(
    exprs: impl Iterator<Item = &'a Expr>,
    scope: Scope,
) -> Result<Row, EvalError> {
    exprs.map(|expr| value(expr, scope)).collect()
}

/// The order of two rows, column by column.
pub(super) fn compare_rows(a: &Row, b: &Row) -> Ordering {
    a.iter()
        .zip(b)
        .map(|(a, b)| order::compare(a, b))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}
