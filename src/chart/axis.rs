//! The two axes: where their ticks are and what is written at them.
//!
//! In: a series that was checked. Out: ranges, ticks, labels. Guarantee: counts start at zero unless one is negative and have ticks at whole, round
//! numbers; windows have ticks at round times of day where the windows allow it, and at most [`MOST_TICKS`] of them.

use super::{Series, stamp};
use crate::value::Value;

/// The most ticks of the axis of time: as many dates as fit side by side.
const MOST_TICKS: usize = 10;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Distances of ticks that people read easily.
#[rustfmt::skip]
const ROUND: [i64; 27] = [
    SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE,
    30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 56 * DAY, 91 * DAY, 182 * DAY, 364 * DAY,
];

/// The axis of what is counted.
pub(super) struct Counts {
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<f64>,
}

/// Room for every point, the fitted line and the fences, and for scores above the greatest and below the least that is negative.
pub(super) fn counts(series: &Series) -> Counts {
    let points = || series.points.iter().map(|point| count(*point));
    let least = points().fold(0.0, f64::min);
    let lines = || series.baseline.iter().chain(&series.low).copied();
    // A fitted line or a fence below zero is no reason to show counts that cannot be.
    let least = if least < 0.0 {
        lines().fold(least, f64::min)
    } else {
        0.0
    };
    let greatest = points()
        .chain(series.high.iter().chain(&series.baseline).copied())
        .fold(0.0, f64::max);
    let span = greatest - least;
    let step = round_step(span / 5.0);
    let under = if least < 0.0 { span * 0.07 } else { 0.0 };
    let low = ((least - under) / step).floor() * step;
    let high = ((greatest + span * 0.07) / step).ceil().max(1.0) * step;
    let mut ticks = Vec::new();
    let mut tick = low / step;
    while tick * step <= high && ticks.len() < 20 {
        ticks.push(tick * step);
        tick += 1.0;
    }
    Counts { low, high, ticks }
}

/// The next of 1, 2, 5, 10, 20, 50 …
fn round_step(least: f64) -> f64 {
    let mut power = 1.0;
    loop {
        for digit in [1.0, 2.0, 5.0] {
            let step = digit * power;
            if step >= least {
                return step;
            }
        }
        power *= 10.0;
    }
}

/// A point as a place on an axis.
#[allow(clippy::cast_precision_loss)] // far below what a picture shows
pub(super) fn count(point: i64) -> f64 {
    point as f64
}

/// A number for people: `950`, `1.2k`, `3M`.
pub(super) fn short(number: f64) -> String {
    let units = [
        (1e18, "E"),
        (1e15, "P"),
        (1e12, "T"),
        (1e9, "G"),
        (1e6, "M"),
        (1e3, "k"),
    ];
    if number.abs() >= 1e21 {
        return format!("{number:.1e}");
    }
    let unit = units.iter().find(|(size, _)| number.abs() >= *size);
    let (size, unit) = unit.copied().unwrap_or((1.0, ""));
    let digits = format!("{:.1}", number / size);
    format!("{}{unit}", digits.strip_suffix(".0").unwrap_or(&digits))
}

/// A score for people; strict thresholds are often whole numbers, so two places show on which side of one it lies.
pub(super) fn score(score: f64) -> String {
    if score.abs() >= 1000.0 {
        short(score)
    } else {
        format!("{score:.2}")
    }
}

/// What an amount is counted per: `day`, `36h`.
pub(super) fn per(every: i64) -> String {
    let names = [
        (SECOND, "second"),
        (MINUTE, "minute"),
        (HOUR, "hour"),
        (DAY, "day"),
        (7 * DAY, "week"),
    ];
    match names.iter().find(|(length, _)| *length == every) {
        Some((_, name)) => (*name).to_owned(),
        None => Value::Duration(every).to_string(),
    }
}

/// The axis of time.
pub(super) struct Windows {
    /// Indexes of points, and what is written there.
    pub ticks: Vec<(usize, String)>,
    /// What the axis shows: `start of each 1d window, UTC`.
    pub caption: String,
}

/// Ticks at the starts of windows; days are dates, what is shorter is a date and a time of day, all in UTC.
pub(super) fn windows(series: &Series) -> Windows {
    let points = series.points.len();
    let days = series.every % DAY == 0;
    let seconds = series.every % MINUTE != 0 || series.start % MINUTE != 0;
    // A date and a time with seconds is longer.
    let most = if seconds && !days {
        MOST_TICKS - 2
    } else {
        MOST_TICKS
    };
    let (step, length) = step(series.every, points, most);
    // Whole days have no round ones among them; what is shorter has ticks at midnight or at a round time of day.
    let is_round = |index: &usize| match (series.start_of(*index), length) {
        (Some(time), Some(length)) => !days && time.rem_euclid(length.min(DAY)) == 0,
        _ => false,
    };
    let indexes: Vec<usize> = match (0..points).find(is_round) {
        Some(first) => (first..points).step_by(step).collect(),
        // The last window is what most hunts ask for.
        None => (0..points).rev().step_by(step).collect(),
    };
    let places: Vec<(usize, (String, String))> = indexes
        .into_iter()
        .filter_map(|index| Some((index, stamp(series.start_of(index)?)?)))
        .collect();
    let midnight = places.iter().all(|(_, (_, clock))| clock == "00:00:00");
    let label = |(date, clock): (String, String)| {
        if days || midnight {
            return date;
        }
        let clock = clock.get(..if seconds { 8 } else { 5 }).unwrap_or(&clock);
        format!("{} {clock}", date.get(5..).unwrap_or(&date))
    };
    let ticks = places
        .into_iter()
        .map(|(index, stamp)| (index, label(stamp)))
        .collect();
    Windows {
        ticks,
        caption: caption(series, days),
    }
}

/// How many points lie between two ticks, and how long that is if it is a round length.
fn step(every: i64, points: usize, most: usize) -> (usize, Option<i64>) {
    let span = every.saturating_mul(i64::try_from(points).unwrap_or(i64::MAX));
    let room = i64::try_from(most).unwrap_or(i64::MAX);
    // A few ticks at least: windows of 7m meet round times once in hours.
    let few = if points < 4 { 0 } else { 3 };
    let fits = |length: &&i64| {
        let ticks = span.div_euclid(**length);
        *length % every == 0 && ticks < room && ticks >= few
    };
    let plain = points.div_ceil(most).max(1);
    match ROUND.iter().find(fits) {
        Some(length) => (
            usize::try_from(length / every).unwrap_or(plain),
            Some(*length),
        ),
        None => (plain, None),
    }
}

fn caption(series: &Series, days: bool) -> String {
    let length = Value::Duration(series.every);
    let shown = |index: usize| {
        let (date, clock) = stamp(series.start_of(index)?)?;
        let clock = clock.strip_suffix(":00").unwrap_or(&clock);
        Some(format!("{date} {clock}"))
    };
    let at = match stamp(series.start) {
        Some((_, clock)) if days && clock != "00:00:00" => {
            format!(" at {}", clock.strip_suffix(":00").unwrap_or(&clock))
        }
        _ => String::new(),
    };
    let from = shown(0).unwrap_or_default();
    let to = shown(series.points.len()).unwrap_or_default();
    format!("start of each {length} window{at}, UTC ({from} to {to})")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2020-10-09T00:00:00Z.
    const MIDNIGHT: i64 = 1_602_201_600_000;

    fn series(start: i64, every: i64, points: &[i64]) -> Series {
        let flat = vec![0.0; points.len()];
        Series {
            start,
            every,
            points: points.to_vec(),
            baseline: flat.clone(),
            low: flat.clone(),
            high: flat.clone(),
            scores: flat,
            ..Series::default()
        }
    }

    fn ticks(points: &[i64]) -> Vec<f64> {
        counts(&series(MIDNIGHT, DAY, points)).ticks
    }

    #[test]
    fn counts_have_few_whole_ticks_from_zero() {
        assert_eq!(ticks(&[0; 4]), [0.0, 1.0]);
        assert_eq!(ticks(&[1; 4]), [0.0, 1.0, 2.0]);
        assert_eq!(
            ticks(&[40, 100]),
            [0.0, 20.0, 40.0, 60.0, 80.0, 100.0, 120.0]
        );
        assert_eq!(ticks(&[-3, 5])[0], -4.0);
        assert_eq!(ticks(&[-3, -5]).last(), Some(&1.0));
        for points in [[0, i64::MAX], [i64::MIN, i64::MAX], [i64::MIN, 0]] {
            let axis = counts(&series(MIDNIGHT, DAY, &points));
            assert!((3..15).contains(&axis.ticks.len()), "{:?}", axis.ticks);
            assert!(axis.high.is_finite() && axis.low < axis.high);
        }
    }

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 950.0, 1200.0, 3e6, 1.5e9, -2e3, 1e18, 9e29].map(short);
        assert_eq!(
            shown,
            ["0", "950", "1.2k", "3M", "1.5G", "-2k", "1E", "9.0e29"]
        );
        let shown = [5.9451, -6.5, 0.0, 123_456.0].map(score);
        assert_eq!(shown, ["5.95", "-6.50", "0.00", "123.5k"]);
    }

    #[test]
    fn windows_are_named_by_round_times() {
        let shown = |start, every, points: usize| {
            let axis = windows(&series(start, every, &vec![1; points]));
            let labels: Vec<String> = axis.ticks.iter().map(|(_, label)| label.clone()).collect();
            assert!((1..=MOST_TICKS).contains(&labels.len()), "{labels:?}");
            format!("{} | {}", labels.join(", "), axis.caption)
        };
        let lines = [
            shown(MIDNIGHT, DAY, 14),
            shown(MIDNIGHT + 9 * HOUR, DAY, 4),
            shown(MIDNIGHT, HOUR, 48),
            shown(MIDNIGHT + 13 * MINUTE, HOUR, 30),
            shown(MIDNIGHT, HOUR, 400),
            shown(MIDNIGHT, DAY, 400),
            shown(MIDNIGHT, 7 * MINUTE, 50),
            shown(MIDNIGHT, 1500, 20),
            shown(MIDNIGHT, 7 * DAY, 5000),
            shown(MIDNIGHT, DAY, 1),
        ];
        insta::assert_snapshot!(lines.join("\n"));
    }
}
