//! Charts of scored series: what a hunt counted, what was expected, and which points it reports.
//!
//! In: a [`Series`]. Out: an SVG document ([`svg()`]), a name for its file ([`file_name`]), or one line for a terminal ([`sparkline()`]). Guarantee:
//! the same series gives the same bytes; texts that came with the data are shortened and escaped and never become markup, script or a path; a
//! series that cannot be drawn is a [`ChartError`], never a panic.

mod axis;
mod sparkline;
mod svg;
mod text;

pub(crate) use sparkline::sparkline;
pub use svg::svg;

use crate::value::instant;
use std::fmt;

/// A scored series, as a chart shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// The hunt's title.
    pub title: String,
    /// Name and shown value of each key of the series.
    pub keys: Vec<(String, String)>,
    /// What is counted: `sessions`.
    pub measure: String,
    /// Start of the first window, milliseconds since the epoch.
    pub start: i64,
    /// Length of a window in milliseconds.
    pub every: i64,
    /// What was counted in each window.
    pub points: Vec<i64>,
    /// The fitted line, season and trend, at each point.
    pub baseline: Vec<f64>,
    /// The lower fence at each point: the fitted line and the low quantile of what is left.
    pub low: Vec<f64>,
    /// The upper fence at each point.
    pub high: Vec<f64>,
    /// The score of each point.
    pub scores: Vec<f64>,
    /// Indexes of the points that the hunt reports.
    pub flagged: Vec<usize>,
}

/// Why a series cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartError {
    /// It has no points.
    Empty,
    /// One of its parts is not as long as `points`.
    Length {
        /// The part: `baseline`.
        part: &'static str,
        /// How long it is.
        found: usize,
        /// How long `points` is.
        points: usize,
    },
    /// A number of one of its parts is NaN, infinite, or so large that no axis holds it.
    NotFinite {
        /// The part: `baseline`.
        part: &'static str,
        /// Which of its numbers.
        at: usize,
    },
    /// It reports a point that it does not have.
    NoSuchPoint(usize),
    /// Its windows have no length, or lie beyond the calendar.
    Windows,
    /// The drawing failed.
    Drawing(String),
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the series has no points"),
            Self::Length {
                part,
                found,
                points,
            } => write!(f, "`{part}` has {found} numbers for {points} points"),
            Self::NotFinite { part, at } => {
                write!(f, "number {at} of `{part}` cannot be shown on an axis")
            }
            Self::NoSuchPoint(at) => write!(f, "the series has no point {at} to report"),
            Self::Windows => {
                f.write_str("the windows of the series have no length or lie beyond the calendar")
            }
            Self::Drawing(message) => write!(f, "the chart was not drawn: {message}"),
        }
    }
}

impl std::error::Error for ChartError {}

/// Numbers beyond this are no counts of events, and their differences would leave the finite ones.
const GREATEST: f64 = 1e30;

impl Series {
    /// Whether the parts fit together and every number has a place on an axis.
    fn check(&self) -> Result<(), ChartError> {
        let points = self.points.len();
        if points == 0 {
            return Err(ChartError::Empty);
        }
        for (part, numbers) in [
            ("baseline", &self.baseline),
            ("low", &self.low),
            ("high", &self.high),
            ("scores", &self.scores),
        ] {
            let found = numbers.len();
            if found != points {
                return Err(ChartError::Length {
                    part,
                    found,
                    points,
                });
            }
            let beyond = |number: &f64| !number.is_finite() || number.abs() > GREATEST;
            if let Some(at) = numbers.iter().position(beyond) {
                return Err(ChartError::NotFinite { part, at });
            }
        }
        if let Some(at) = self.flagged.iter().find(|at| **at >= points) {
            return Err(ChartError::NoSuchPoint(*at));
        }
        let end = self.start_of(points).filter(|_| self.every > 0);
        let known = |time: i64| stamp(time).is_some();
        match end {
            Some(end) if known(self.start) && known(end) => Ok(()),
            _ => Err(ChartError::Windows),
        }
    }

    /// When the window of a point starts, in milliseconds since the epoch.
    fn start_of(&self, index: usize) -> Option<i64> {
        let index = i64::try_from(index).ok()?;
        self.start.checked_add(self.every.checked_mul(index)?)
    }
}

/// Date and time of day of an instant, `2020-10-22` and `09:08:07`; none outside the years 0 to 9999.
fn stamp(time: i64) -> Option<(String, String)> {
    let text = instant(time);
    let (date, clock) = text.split_once('T')?;
    let clock = clock.get(..8)?;
    (date.len() == 10).then(|| (date.to_owned(), clock.to_owned()))
}

/// The longest part of a file's name that comes from keys.
const LONGEST_NAME: usize = 80;

/// A name for the file of a chart, of its number and the values of its keys: `01-5800-tcp-outbound-allow.svg`. It is plain lower-case ASCII without
/// separators of paths, and differs from those of other numbers. Where it would be long, the longest values are cut.
#[must_use]
pub(crate) fn file_name(series: &Series, number: usize) -> String {
    let mut parts: Vec<String> = (series.keys.iter())
        .map(|(_, value)| plain(value))
        .filter(|part| !part.is_empty())
        .collect();
    let length = |most: usize| -> usize { parts.iter().map(|part| part.len().min(most) + 1).sum() };
    let most = (1..=LONGEST_NAME)
        .rev()
        .find(|most| length(*most) <= LONGEST_NAME);
    for part in &mut parts {
        part.truncate(most.unwrap_or(1));
        ends_in_letter(part);
    }
    parts.truncate(LONGEST_NAME / 2);
    if parts.is_empty() {
        parts.push("series".to_owned());
    }
    format!("{number:02}-{}.svg", parts.join("-"))
}

/// The letters and digits of a text, lower case; `.` and `_` within it stay, all else becomes a dash between them.
fn plain(text: &str) -> String {
    let mut name = String::new();
    for letter in text.chars() {
        if name.len() >= LONGEST_NAME {
            break;
        }
        let within = name.ends_with(|last: char| last.is_ascii_alphanumeric());
        if letter.is_ascii_alphanumeric() {
            name.push(letter.to_ascii_lowercase());
        } else if matches!(letter, '.' | '_') && within {
            name.push(letter);
        } else {
            ends_in_letter(&mut name);
            if !name.is_empty() {
                name.push('-');
            }
        }
    }
    ends_in_letter(&mut name);
    name
}

/// Cuts off what is neither a letter nor a digit at the end.
fn ends_in_letter(name: &mut String) {
    let kept = name.trim_end_matches(['.', '_', '-']).len();
    name.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(number: usize, values: &[&str]) -> String {
        let keys = values.iter().map(|value| ("key".into(), (*value).into()));
        let series = Series {
            keys: keys.collect(),
            ..Series::default()
        };
        file_name(&series, number)
    }

    #[test]
    fn names_of_files_are_safe_and_readable() {
        let shown = [
            named(1, &["5800", "TCP", "outbound", "Allow"]),
            named(2, &["../../etc/passwd", "C:\\x\0y"]),
            named(3, &["10.0.0.1", "cmd.exe.", "a_b", "..", ".hidden"]),
            named(4, &[]),
            named(100, &["", "東京", "<script>"]),
        ];
        assert_eq!(
            shown,
            [
                "01-5800-tcp-outbound-allow.svg",
                "02-etc-passwd-c-x-y.svg",
                "03-10.0.0.1-cmd.exe-a_b-hidden.svg",
                "04-series.svg",
                "100-script.svg",
            ]
        );
        assert_eq!(
            named(5, &["a".repeat(10_000).as_str(), "b"]),
            format!("05-{}-b.svg", "a".repeat(77))
        );
        let keys = [
            "Suspicious VNC Traffic",
            "Low",
            "Command and Control,Initial Access",
            "5801",
            "tcp",
            "inbound",
            "allow",
        ];
        assert_eq!(
            named(9, &keys),
            "09-suspicious-vnc-traffic-low-command-and-control-initial-a-5801-tcp-inbound-allow.svg"
        );
        assert!(named(10, &["ab"; 500]).len() <= 90);
        assert_eq!(named(6, &["東"]), "06-series.svg");
        assert_ne!(named(7, &["A"]), named(8, &["a"]));
    }

    #[test]
    fn instants_have_a_date_within_the_calendar() {
        let shown = stamp(1_603_357_687_006);
        assert_eq!(shown, Some(("2020-10-22".into(), "09:08:07".into())));
        assert_eq!(stamp(i64::MAX), None);
        assert_eq!(stamp(-100_000_000_000_000), None);
    }
}
