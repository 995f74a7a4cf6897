//! Rows joined with a table.
//!
//! In: rows between two steps, and a table. Out: each row once for each row of the table that all tests accept. Guarantee: what a row came from stays
//! known; the table's sets are for the tests only and become no column.

use super::expr::value;
use super::rows::Rows;
use super::{EvalError, text};
use crate::plan::{Cell, JoinTest, Watchlist};
use crate::value::{Row, Value};

/// Each row once for each row of the table that all tests accept.
pub(super) fn join(
    rows: Rows,
    table: &Watchlist,
    alias: &str,
    tests: &[JoinTest],
    now: i64,
) -> Result<Rows, EvalError> {
    let joined: Vec<usize> = (0..table.columns.len())
        .filter(|at| {
            table
                .columns
                .get(*at)
                .is_some_and(|c| c.separator.is_none())
        })
        .collect();
    let mut made = Vec::new();
    let mut points = Vec::new();
    for (at, row) in rows.rows.iter().enumerate() {
        let scope = rows.scope(row, now);
        let values = tests
            .iter()
            .map(|test| {
                test.value
                    .as_ref()
                    .map_or(Ok(Value::Missing), |e| value(e, scope))
            })
            .collect::<Result<Row, _>>()?;
        let accepts = |cells: &&Vec<Cell>| {
            tests.iter().zip(&values).all(|(test, value)| {
                let cell = cells.get(test.column).unwrap_or(&Cell::Missing);
                cell.holds(value, |value| {
                    if test.fold {
                        fold(value)
                    } else {
                        value.clone()
                    }
                })
            })
        };
        for cells in table.rows.iter().filter(accepts) {
            let more = joined
                .iter()
                .filter_map(|at| cells.get(*at))
                .map(Cell::value);
            made.push(row.iter().cloned().chain(more).collect());
            points.extend(
                rows.points
                    .as_ref()
                    .and_then(|points| points.get(at))
                    .cloned(),
            );
        }
    }
    let names = table.joined(alias).map(|(name, _)| name);
    Ok(Rows {
        columns: rows.columns.iter().cloned().chain(names).collect(),
        rows: made,
        sorted_by: None,
        points: rows.points.is_some().then_some(points),
        scored: rows.scored,
    })
}

/// Text in lower case; other values as they are.
fn fold(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::text(&text::lower(text)),
        other => other.clone(),
    }
}
