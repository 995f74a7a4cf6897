//! Series: points per key and window, and the score of each point.
//!
//! In: rows between two steps. Out: one row per key and window, and after `anomaly` which series each row came from. Guarantee: the points of a series
//! are adjacent, oldest first, and every series of a step is as long as the others.

use super::expr::Scope;
use super::rows::{Rows, groups};
use super::{EvalError, Point, ScoredSeries, TIME, aggregate, anomaly};
use crate::diag::Code;
use crate::plan::{Aggregate, Output, Season, Trend};
use crate::source::Span;
use crate::value::order::Key;
use crate::value::{Row, Value};
use std::collections::BTreeMap;

/// Per key with a row in the windows: a row for each window, oldest first.
pub(super) fn series(
    mut rows: Rows,
    keys: &[Output],
    measure: &Aggregate,
    every: i64,
    over: i64,
    now: i64,
) -> Result<Rows, EvalError> {
    let at = rows.columns.iter().position(|column| column == TIME);
    let start = now.saturating_sub(over);
    let time = |row: &Row| match at.and_then(|at| row.get(at)) {
        Some(Value::Time(time)) => Some(*time),
        _ => None,
    };
    rows.rows
        .retain(|row| time(row).is_some_and(|time| (start..now).contains(&time)));
    rows.sorted_by = None;
    let mut made = Vec::new();
    for (Key(key), members) in groups(&rows, keys, now)? {
        let mut windows: BTreeMap<i64, Vec<Scope>> = BTreeMap::new();
        for (_, scope) in members {
            if let Some(time) = time(scope.row) {
                windows
                    .entry((time - start) / every)
                    .or_default()
                    .push(scope);
            }
        }
        for window in 0..over / every {
            let members = windows.get(&window).map_or(&[][..], Vec::as_slice);
            let mut row = key.clone();
            row.push(Value::Time(start + window * every));
            row.push(aggregate::aggregate(measure, members)?);
            made.push(row);
        }
    }
    let names = keys.iter().map(|key| key.name.as_str());
    let columns = names.chain([TIME, measure.name.as_str()]);
    Ok(Rows {
        columns: columns.map(str::to_owned).collect(),
        rows: made,
        sorted_by: None,
        points: None,
        scored: Vec::new(),
    })
}

/// Each point with its score and its baseline. A series' points are adjacent.
pub(super) fn score(
    mut rows: Rows,
    points: u32,
    trend: Trend,
    season: Season,
    names: [&str; 2],
    span: Span,
) -> Result<Rows, EvalError> {
    let period = match season {
        Season::Every(period) => Some(period as usize),
        Season::None | Season::Auto => None,
    };
    let whole = |value: Option<&Value>| match value {
        Some(Value::Int(value)) => Some(*value),
        _ => None,
    };
    // The columns that `series` made: the keys, the time, the measure.
    let keys = rows.columns.len().saturating_sub(2);
    let columns = rows.columns.get(..keys).unwrap_or_default();
    let measure = rows.columns.last().cloned().unwrap_or_default();
    let mut origins = Vec::new();
    for chunk in rows.rows.chunks_mut(points as usize) {
        let values: Vec<i64> = chunk.iter().filter_map(|row| whole(row.last())).collect();
        let scored = anomaly::scores(&values, trend, period).ok_or_else(|| {
            EvalError::at(
                Code::E0650,
                span,
                "a sum of this series is beyond a 64-bit integer",
            )
        })?;
        let start = |row: Option<&Row>| match row.and_then(|row| row.get(keys)) {
            Some(Value::Time(start)) => *start,
            _ => 0,
        };
        let first = chunk.first();
        let values_of = |row: &Row| row.iter().take(keys).cloned().collect();
        let every = start(chunk.get(1)).saturating_sub(start(first));
        rows.scored.push(ScoredSeries {
            names: columns.to_vec(),
            keys: first.map_or_else(Vec::new, values_of),
            measure: measure.clone(),
            start: start(first),
            every,
            points: values,
            scored: scored.clone(),
        });
        let series = rows.scored.len() - 1;
        for (point, (row, scored)) in chunk.iter_mut().zip(&scored).enumerate() {
            row.extend([Value::float(scored.score), Value::float(scored.baseline)]);
            origins.push(vec![Point { series, point }]);
        }
    }
    rows.columns.extend(names.map(str::to_owned));
    rows.points = Some(origins);
    Ok(rows)
}
