//! Statistics of a series, its straight line, the filling of gaps.
//!
//! In: numbers. Out: numbers. Guarantee: the variance is that of a sample; the line counts its points from 1
//! (<https://learn.microsoft.com/en-us/kusto/query/series-stats-function>, <https://learn.microsoft.com/en-us/kusto/query/series-fit-line-function>).

use crate::kql::cell::Cell;
use std::rc::Rc;

pub(super) fn array(values: &[f64]) -> Cell {
    Cell::array(values.iter().map(|value| Cell::Real(*value)).collect())
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The sum of squared distances from the mean.
fn spread(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum()
}

/// What `series_stats` says.
pub(super) struct Stats {
    min: f64,
    min_at: usize,
    max: f64,
    max_at: usize,
    average: f64,
    variance: f64,
    sum: f64,
    length: usize,
}

impl Stats {
    pub(super) fn of(values: &[f64]) -> Option<Stats> {
        let first = *values.first()?;
        let mut stats = Stats {
            min: first,
            min_at: 0,
            max: first,
            max_at: 0,
            average: mean(values),
            variance: 0.0,
            sum: values.iter().sum(),
            length: values.len(),
        };
        for (at, value) in values.iter().enumerate() {
            if *value < stats.min {
                (stats.min, stats.min_at) = (*value, at);
            }
            if *value > stats.max {
                (stats.max, stats.max_at) = (*value, at);
            }
        }
        if values.len() > 1 {
            stats.variance = spread(values) / (values.len() - 1) as f64;
        }
        Some(stats)
    }

    pub(super) fn cells(&self) -> Vec<Cell> {
        let at = |at: usize| Cell::Long(i64::try_from(at).unwrap_or(i64::MAX));
        vec![
            Cell::Real(self.min),
            at(self.min_at),
            Cell::Real(self.max),
            at(self.max_at),
            Cell::Real(self.average),
            Cell::Real(self.variance.sqrt()),
            Cell::Real(self.variance),
        ]
    }

    pub(super) fn bag(&self) -> Cell {
        let names = [
            "min", "min_idx", "max", "max_idx", "avg", "stdev", "variance",
        ];
        let mut entries: Vec<(Rc<str>, Cell)> = names
            .iter()
            .map(|name| Rc::from(*name))
            .zip(self.cells())
            .collect();
        entries.push((Rc::from("sum"), Cell::Real(self.sum)));
        let length = i64::try_from(self.length).unwrap_or(i64::MAX);
        entries.push((Rc::from("len"), Cell::Long(length)));
        Cell::bag(entries)
    }
}

/// The mean and the slope of a least-squares line over the positions.
pub(super) fn line(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let middle = (count - 1.0) / 2.0;
    let mean = mean(values);
    if values.len() < 2 {
        return (mean, 0.0);
    }
    let weighted: f64 = values
        .iter()
        .enumerate()
        .map(|(at, value)| (at as f64 - middle) * value)
        .sum();
    (mean, 12.0 * weighted / (count * (count * count - 1.0)))
}

/// The value of such a line at a position.
pub(super) fn on_line((mean, slope): (f64, f64), count: usize, at: f64) -> f64 {
    mean + slope * (at - (count as f64 - 1.0) / 2.0)
}

/// What `series_fit_line` says.
pub(super) fn fit_line(values: &[f64]) -> Option<Vec<Cell>> {
    if values.len() < 2 {
        return None;
    }
    let line = line(values);
    let count = values.len();
    let fitted: Vec<f64> = (0..count)
        .map(|at| on_line(line, count, at as f64))
        .collect();
    let residual: f64 = values
        .iter()
        .zip(&fitted)
        .map(|(value, fit)| (value - fit).powi(2))
        .sum();
    let total = spread(values);
    let degrees = (count - 1) as f64;
    let explained = if total == 0.0 {
        0.0
    } else {
        1.0 - residual / total
    };
    Some(vec![
        Cell::Real(explained),
        Cell::Real(line.1),
        Cell::Real(total / degrees),
        Cell::Real(residual / degrees),
        Cell::Real(on_line(line, count, -1.0)),
        array(&fitted),
    ])
}

/// Fills a gap along the line between its edges; at an end with the one edge there is.
pub(super) fn interpolate(gap: &mut [Cell], edges: (Option<&Cell>, Option<&Cell>)) {
    let ends = (
        edges.0.and_then(Cell::as_real),
        edges.1.and_then(Cell::as_real),
    );
    let steps = (gap.len() + 1) as f64;
    for (at, cell) in gap.iter_mut().enumerate() {
        *cell = match ends {
            (Some(from), Some(to)) => Cell::Real(from + (to - from) * (at + 1) as f64 / steps),
            (Some(value), None) | (None, Some(value)) => Cell::Real(value),
            (None, None) => Cell::Null,
        };
    }
}
