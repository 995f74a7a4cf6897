//! Shows what was scored: charts in files, and a line of blocks beside each row.
//!
//! In: the scored series of a result and which points each row came from. Out: SVG files, or a column for a table. Guarantee: a chart shows as reported
//! exactly the points that reached a row; the charts are numbered in the order of the rows they explain; a chart that fails keeps none of the others
//! from being written.

use super::atomic_write;
use super::output::Column;
use super::terminal::count;
use crate::chart::{self, Series};
use crate::diag::{Code, Diagnostic};
use crate::eval::{Point, ScoredSeries, Scores};
use crate::value::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// What is on a chart for a key without a value.
const MISSING: &str = "(missing)";

/// Writes a chart of each series with a point that reached a row. The first is a line that says what was written.
pub(super) fn write(folder: &Path, title: &str, scores: &Scores) -> (String, Vec<Diagnostic>) {
    let flagged = flagged(scores);
    let place = folder.display();
    if flagged.is_empty() {
        let why = "no scored point reached the result";
        return (format!("no chart written to {place}: {why}"), Vec::new());
    }
    let mut faults = Vec::new();
    let mut written = 0;
    let all = flagged.len();
    for (at, (scored, points)) in flagged.into_iter().enumerate() {
        let series = drawn(title, scored, points);
        let path = folder.join(chart::file_name(&series, at + 1));
        let shown = path.display();
        let fault = |why: String| Diagnostic::new(Code::E0659, format!("{shown}: {why}"));
        match chart::svg(&series) {
            Err(error) => faults.push(fault(error.to_string())),
            Ok(document) => match atomic_write::write(&path, &document) {
                Ok(()) => written += 1,
                Err(error) => {
                    // A folder that takes one chart no more takes none of the others.
                    faults.push(fault(error.to_string()));
                    break;
                }
            },
        }
    }
    let mut text = format!("{} written to {place}", count(written, "chart"));
    if written < all {
        text = format!("{text}, of {all}");
    }
    (text, faults)
}

/// The series with reported points, and these, in the order of the rows; those of one row by their greatest scores.
fn flagged(scores: &Scores) -> Vec<(&ScoredSeries, Vec<usize>)> {
    let mut order: Vec<usize> = Vec::new();
    let mut met = BTreeSet::new();
    let mut points: BTreeSet<Point> = BTreeSet::new();
    for row in &scores.rows {
        let ranked = ranked(scores, row).into_iter();
        order.extend(ranked.filter(|series| met.insert(*series)));
        points.extend(row);
    }
    let of = |series: usize| {
        let own = points.iter().filter(|point| point.series == series);
        Some((
            scores.series.get(series)?,
            own.map(|point| point.point).collect(),
        ))
    };
    order.into_iter().filter_map(of).collect()
}

/// The series of some points, that of the greatest absolute score first; equal ones in their own order.
fn ranked(scores: &Scores, points: &[Point]) -> Vec<usize> {
    let mut greatest: Vec<(usize, f64)> = Vec::new();
    for point in points {
        let scored = scores.series.get(point.series);
        let scored = scored.and_then(|series| series.scored.get(point.point));
        let score = scored.map_or(0.0, |scored| scored.score.abs());
        match greatest
            .iter_mut()
            .find(|(series, _)| *series == point.series)
        {
            Some((_, known)) => *known = known.max(score),
            None => greatest.push((point.series, score)),
        }
    }
    greatest.sort_by(|(a, left), (b, right)| right.total_cmp(left).then(a.cmp(b)));
    greatest.into_iter().map(|(series, _)| series).collect()
}

fn drawn(title: &str, scored: &ScoredSeries, flagged: Vec<usize>) -> Series {
    let shown = |value: &Value| match value {
        Value::Missing => MISSING.to_owned(),
        value => value.to_string(),
    };
    let keys = scored.names.iter().cloned();
    let said = &scored.scored;
    Series {
        title: title.to_owned(),
        keys: keys.zip(scored.keys.iter().map(shown)).collect(),
        measure: scored.measure.clone(),
        start: scored.start,
        every: scored.every,
        points: scored.points.clone(),
        baseline: said.iter().map(|point| point.baseline).collect(),
        low: said.iter().map(|point| point.low).collect(),
        high: said.iter().map(|point| point.high).collect(),
        scores: said.iter().map(|point| point.score).collect(),
        flagged,
    }
}

/// The column that shows beside each row the series it came from; of several the one with the greatest absolute score, and how many others.
pub(super) fn sparklines(scores: &Scores) -> Option<Column> {
    let name = scores.series.first()?.measure.clone();
    let cell = |points: &Vec<Point>| {
        let ranked = ranked(scores, points);
        let Some((first, others)) = ranked.split_first() else {
            return String::new();
        };
        let own = points.iter().filter(|point| point.series == *first);
        let reported: Vec<usize> = own.map(|point| point.point).collect();
        let series = scores.series.get(*first);
        let line = series.map(|series| chart::sparkline(&series.points, &reported));
        let line = line.unwrap_or_default();
        if others.is_empty() {
            line
        } else {
            format!("{line} +{}", others.len())
        }
    };
    let cells: Vec<String> = scores.rows.iter().map(cell).collect();
    (cells.iter().any(|cell| !cell.is_empty())).then_some(Column { name, cells })
}
