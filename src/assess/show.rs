//! What a fixture that does not hold looks like to its author.
//!
//! In: a fixture and what came of it. Out: text: the rows expected (`-`) and found (`+`) under their columns, then the rows after each step up to where an
//! expected row was lost. Guarantee: cells are written as the fixture would write them; one screen, so of many rows the first are shown and the others
//! counted.

use super::{Assessed, Ready, Trace};
use crate::data::native::to_json;
use crate::diag::{Code, Diagnostic};
use crate::fixture::{compare, write};
use crate::source::{Files, Span};
use crate::value::{Row, Value};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// As many rows of a difference are shown.
const MOST_ROWS: usize = 20;
/// A line of cells that is wider leaves out columns in which all rows agree.
const WIDEST: usize = 120;
/// As much of a step's text is shown.
const STEP_TEXT: usize = 70;

/// A line of a difference.
struct Line<'a> {
    mark: char,
    cells: Vec<Option<&'a Value>>,
    place: String,
}

/// One sentence: what differs, and in which form of the product.
#[must_use]
pub(crate) fn summary(assessed: &Assessed) -> String {
    let difference = assessed.difference.as_ref();
    let found = assessed.output.table.rows.len();
    let mut text = difference.map_or_else(String::new, |difference| difference.summary(found));
    if !assessed.form.is_empty() {
        text = format!("{text} (rows read as {})", assessed.form);
    }
    text
}

/// Everything that helps to see why a fixture does not hold; empty where it does.
#[must_use]
pub fn difference(files: &Files, ready: &Ready, assessed: &Assessed) -> String {
    let mut text = rows(files, ready, assessed);
    if let Some(trace) = &assessed.trace {
        text += &steps(files, ready, trace);
    }
    text
}

/// The rows that differ.
fn rows(files: &Files, ready: &Ready, assessed: &Assessed) -> String {
    let Some(difference) = &assessed.difference else {
        return String::new();
    };
    let expected = &ready.fixture.expected;
    let table = &assessed.output.table;
    let columns: Vec<&String> = (table.columns.iter())
        .filter(|column| expected.is_compared(column))
        .collect();
    let wanted = |at: usize| {
        let row = expected.rows().get(at)?;
        let cells = columns.iter().map(|name| {
            let cell = row.value.get(*name);
            cell.map(|cell| &cell.value)
        });
        Some(Line {
            mark: '-',
            cells: cells.collect(),
            place: format!("line {}", files.position(row.span).line),
        })
    };
    let found = |at: usize| {
        let row: &Row = table.rows.get(at)?;
        let cells = table.columns.iter().zip(row);
        let cells = cells.filter(|(column, _)| expected.is_compared(column));
        Some(Line {
            mark: '+',
            cells: cells.map(|(_, value)| Some(value)).collect(),
            place: String::new(),
        })
    };
    let (lacking, mut extra) = match difference.order {
        // All rows, for only their places differ.
        Some(_) => (
            (0..expected.rows().len()).collect(),
            (0..table.rows.len()).collect(),
        ),
        None => (difference.lacking.clone(), difference.extra.clone()),
    };
    let mut lines = Vec::new();
    let mut differing: Vec<String> = Vec::new();
    if difference.order.is_some() {
        lines.extend(lacking.iter().filter_map(|at| wanted(*at)));
        lines.extend(extra.iter().filter_map(|at| found(*at)));
    } else {
        // Where nothing is left over, the rows found are those that others of the fixture may be: the nearest one helps all the same.
        let loose = expected.all.is_none();
        let all: Vec<usize> = (0..table.rows.len()).collect();
        for at in &lacking {
            let Some(line) = wanted(*at) else { continue };
            let candidates = if loose { &all } else { &extra };
            let near = nearest(&line, candidates, &found);
            let partner = near.and_then(&found);
            if let (Some(near), Some(other)) = (near, &partner) {
                extra.retain(|one| *one != near);
                differing.extend(cells(&columns, &line, other));
            }
            lines.push(line);
            lines.extend(partner);
        }
        lines.extend(extra.iter().filter_map(|at| found(*at)));
        if difference.count.is_some() && lines.is_empty() {
            lines.extend(all.iter().filter_map(|at| found(*at)));
        }
    }
    let mut text = laid_out(&columns, &lines);
    differing.truncate(MOST_ROWS);
    for one in differing {
        text.push_str(&format!("  {one}\n"));
    }
    text
}

/// The row that shares most cells with an expected one, if it shares any.
fn nearest<'a>(
    line: &Line<'_>,
    candidates: &[usize],
    found: &impl Fn(usize) -> Option<Line<'a>>,
) -> Option<usize> {
    let shared = |at: usize| {
        let other = found(at)?;
        let cells = line.cells.iter().zip(&other.cells);
        let equal = cells.filter(|(own, other)| match (own, other) {
            (Some(own), Some(other)) => compare::same(own, other),
            _ => false,
        });
        Some(equal.count()).filter(|count| *count > 0)
    };
    let scored = candidates
        .iter()
        .filter_map(|at| Some((shared(*at)?, std::cmp::Reverse(*at))));
    scored.max().map(|(_, at)| at.0)
}

/// Which cells differ.
fn cells(columns: &[&String], expected: &Line<'_>, found: &Line<'_>) -> Option<String> {
    let pairs = columns.iter().zip(expected.cells.iter().zip(&found.cells));
    let told: Vec<String> = pairs
        .filter_map(|(column, (own, other))| match (own, other) {
            (Some(own), Some(other)) if !compare::same(own, other) => Some(format!(
                "{column}: expected {}, found {}",
                write::cell(own),
                write::cell(other)
            )),
            _ => None,
        })
        .collect();
    (!told.is_empty()).then(|| format!("{}: {}", expected.place, told.join("; ")))
}

/// Lines under the names of their columns.
fn laid_out(columns: &[&String], lines: &[Line<'_>]) -> String {
    let spelled = |cell: &Option<&Value>| cell.map_or_else(String::new, write::cell);
    let shown: Vec<(char, Vec<String>, &str)> = (lines.iter().take(MOST_ROWS))
        .map(|line| {
            let cells = line.cells.iter().map(spelled).collect();
            (line.mark, cells, line.place.as_str())
        })
        .collect();
    if shown.is_empty() {
        return String::new();
    }
    let letters = |text: &str| text.chars().count();
    let widths: Vec<usize> = (columns.iter().enumerate())
        .map(|(at, column)| {
            let cells = shown.iter().filter_map(|(_, cells, _)| cells.get(at));
            let widest = cells.map(|cell| letters(cell)).max().unwrap_or(0);
            widest.max(letters(column))
        })
        .collect();
    let mut left_out: BTreeSet<usize> = BTreeSet::new();
    if widths.iter().map(|width| width + 2).sum::<usize>() > WIDEST && shown.len() > 1 {
        let agree = |at: &usize| {
            let mut cells = shown.iter().filter_map(|(_, cells, _)| cells.get(*at));
            let first = cells.next();
            cells.all(|cell| Some(cell) == first)
        };
        left_out = (0..columns.len()).filter(agree).collect();
        if left_out.len() == columns.len() {
            left_out.clear();
        }
    }
    let line = |mark: char, cells: &mut dyn Iterator<Item = &str>, place: &str| {
        let mut text = format!("  {mark}  ");
        for (at, (cell, width)) in cells.zip(&widths).enumerate() {
            if !left_out.contains(&at) {
                text.push_str(&format!("{cell}{}  ", " ".repeat(width - letters(cell))));
            }
        }
        text.push_str(place);
        format!("{}\n", text.trim_end())
    };
    let mut text = line(' ', &mut columns.iter().map(|column| column.as_str()), "");
    for (mark, cells, place) in &shown {
        text += &line(*mark, &mut cells.iter().map(String::as_str), place);
    }
    if lines.len() > shown.len() {
        text += &format!("     and {} more\n", lines.len() - shown.len());
    }
    if !left_out.is_empty() {
        let names: Vec<&str> = left_out
            .iter()
            .filter_map(|at| columns.get(*at).map(|column| column.as_str()))
            .collect();
        text += &format!(
            "     not shown, because these rows agree there: {}\n",
            names.join(", ")
        );
    }
    text
}

/// The rows after each step.
fn steps(files: &Files, ready: &Ready, trace: &Trace) -> String {
    let expected = ready.fixture.expected.rows();
    let row = trace.row.and_then(|at| expected.get(at));
    let has_keys = row.is_some() && !trace.keys.is_empty();
    let mut text = String::new();
    if let Some(row) = row {
        let line = files.position(row.span).line;
        text = format!("  the expected row of line {line}, step by step");
        if has_keys {
            let keys = trace
                .keys
                .iter()
                .map(|(name, value)| (name.as_str(), value));
            text += &format!("; matching rows have\n    {}", write::row(keys));
        }
        text.push('\n');
    } else {
        text.push_str("  step by step\n");
    }
    let matching = |count: Option<usize>| match count {
        _ if !has_keys => String::new(),
        Some(count) => format!("{count:>10}"),
        None => format!("{:>10}", "-"),
    };
    let head = if has_keys { "  matching" } else { "" };
    text += &format!("    {:>6}{head}\n", "rows");
    text += &format!(
        "    {:>6}{}  events of the fixture\n",
        trace.events,
        matching(trace.matching)
    );
    for (at, step) in trace.steps.iter().enumerate() {
        let was_there = trace.steps.iter().any(|step| step.matching > Some(0));
        let mark = match trace.lost {
            Some(lost) if lost != at => "",
            None => "",
            // With computed keys it is not known whether an event had them.
            Some(_) if has_keys && step.rows > 0 && trace.matching.is_none() && !was_there => {
                "  <- no such row"
            }
            Some(_) => "  <- lost here",
        };
        text += &format!(
            "    {:>6}{}  {}{mark}\n",
            step.rows,
            matching(step.matching),
            step_text(files, step.span)
        );
    }
    if trace.matching == Some(0) {
        text.push_str("  no event of the fixture has these values\n");
    }
    text
}

/// A step on one line after its place.
fn step_text(files: &Files, span: Span) -> String {
    let path = files.path(span.file);
    let name = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let whole = files.slice(span);
    let words: Vec<&str> = whole.split_whitespace().collect();
    let mut text = words.join(" ");
    if text.chars().count() > STEP_TEXT {
        text = text.chars().take(STEP_TEXT).collect();
        text.push('…');
    }
    format!("{name}:{}  {text}", files.position(span).line)
}

/// Where to look first: the first expected row that was not found, else the expectation.
#[must_use]
pub(crate) fn place(ready: &Ready, assessed: &Assessed) -> Span {
    let expected = &ready.fixture.expected;
    let difference = assessed.difference.as_ref();
    let first = difference.and_then(|difference| difference.lacking.first());
    let row = first.and_then(|at| expected.rows().get(*at));
    row.map_or(expected.place, |row| row.span)
}

/// The same as a finding; nothing where the fixture holds.
#[must_use]
pub(crate) fn finding(ready: &Ready, assessed: &Assessed) -> Option<Diagnostic> {
    assessed.difference.as_ref()?;
    let title = format!(
        "the fixture `{}` does not hold: {}",
        ready.fixture.name,
        summary(assessed)
    );
    let finding = Diagnostic::at(Code::E0684, place(ready, assessed), title);
    Some(finding.help("`huntc test` shows the rows that differ and the step that lost them"))
}

/// The same for programs.
#[must_use]
pub(crate) fn json(files: &Files, ready: &Ready, assessed: &Assessed) -> Json {
    let expected = &ready.fixture.expected;
    let table = &assessed.output.table;
    let Some(difference) = &assessed.difference else {
        return Json::Null;
    };
    let line = |span: Span| files.position(span).line;
    let lacking = difference.lacking.iter().filter_map(|at| {
        let row = expected.rows().get(*at)?;
        let cells = row.value.iter();
        let cells = cells.map(|(name, cell)| (name.clone(), open_json(&cell.value)));
        Some(json!({ "line": line(row.span), "row": Json::Object(cells.collect()) }))
    });
    let extra = difference.extra.iter().filter_map(|at| {
        let row = table.rows.get(*at)?;
        let cells = table.columns.iter().cloned().zip(row.iter().map(open_json));
        Some(Json::Object(cells.collect()))
    });
    let steps = assessed.trace.as_ref().map(|trace| {
        let steps = trace.steps.iter().enumerate().map(|(at, step)| {
            json!({
                "path": files.path(step.span.file).display().to_string(), "line": line(step.span),
                "rows": step.rows, "matching": step.matching, "lost": trace.lost == Some(at),
            })
        });
        steps.collect::<Vec<_>>()
    });
    json!({
        "form": (!assessed.form.is_empty()).then_some(&assessed.form),
        "summary": summary(assessed),
        "line": line(place(ready, assessed)),
        "expected_not_found": lacking.collect::<Vec<_>>(),
        "found_not_expected": extra.collect::<Vec<_>>(),
        "wrong_order_from_row": difference.order.map(|first| first + 1),
        "expected_count": difference.count,
        "found_count": table.rows.len(),
        "steps": steps,
    })
}

/// A cell for programs; what is undetermined is written as in a fixture.
fn open_json(value: &Value) -> Json {
    let all = |values: &[Value]| values.iter().map(to_json).collect::<Vec<_>>();
    match value {
        Value::OneOf(alternatives) => json!({ "one_of": all(alternatives) }),
        Value::SomeOf { count, of } => json!({ "some_of": count, "from": all(of) }),
        value => to_json(value),
    }
}
