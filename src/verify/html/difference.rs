//! A difference with its least events.
//!
//! In: a difference. Out: what differs, the events as a table, the step at which the results part. Guarantee: the events are also there as they were run, a
//! line of JSON each, so that they can be taken out and run again.

use super::place;
use super::source::{Line, Mark, lines};
use crate::source::{Files, Span};
use crate::verify::{Difference, Verdict};
use serde::Serialize;
use serde_json::{Map, Value as Json};

/// A difference.
#[derive(Debug, Serialize)]
pub(super) struct Counterexample {
    target: String,
    engine: String,
    case: String,
    /// What differs: over the least events where there are some.
    what: String,
    /// What differs in the whole case, where that is another thing.
    whole: Option<String>,
    least: Option<Events>,
    step: Option<Step>,
}

/// A few events.
#[derive(Debug, Serialize)]
struct Events {
    count: usize,
    columns: Vec<String>,
    /// Nothing where an event lacks a column.
    rows: Vec<Vec<Option<String>>>,
    json: String,
}

/// Where the results part.
#[derive(Debug, Serialize)]
struct Step {
    place: String,
    lines: Vec<Line>,
}

pub(super) fn counterexample(
    verdict: &Verdict,
    difference: &Difference,
    files: &Files,
) -> Counterexample {
    let least = difference.least.as_ref();
    let what = least.map_or(&difference.what, |least| &least.what);
    Counterexample {
        target: verdict.target.clone(),
        engine: verdict.engine.clone(),
        case: difference.case.clone(),
        what: what.trim_end().to_owned(),
        whole: (difference.what != *what).then(|| difference.what.trim_end().to_owned()),
        least: least.map(|least| events(&least.rows, least.count)),
        step: least
            .and_then(|least| least.step)
            .map(|span| step(span, files)),
    }
}

fn events(ndjson: &str, count: usize) -> Events {
    let rows: Vec<Map<String, Json>> = ndjson
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let mut columns: Vec<String> = Vec::new();
    for name in rows.iter().flat_map(Map::keys) {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    let cell = |value: &Json| match value {
        // A text is in quotes, so that "443" and 443 look different.
        Json::String(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    let row = |row: &Map<String, Json>| {
        let cells = columns.iter().map(|name| row.get(name).map(cell));
        cells.collect()
    };
    Events {
        count,
        rows: rows.iter().map(row).collect(),
        columns,
        json: ndjson.trim_end().to_owned(),
    }
}

fn step(span: Span, files: &Files) -> Step {
    let mark = Mark {
        span,
        kind: "parts",
        note: "here the numbers of rows part".to_owned(),
        remark: None,
    };
    Step {
        place: place(span, files),
        lines: lines(span, &[mark], files),
    }
}
