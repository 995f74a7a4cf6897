//! Whether an engine's rows are a result that the evaluator allows.
//!
//! In: an [`Output`] of the evaluator and the rows of an engine, read as values of the same types, columns in the same order. Out: nothing, or a
//! [`Difference`] for people. Guarantee: a bag is compared as a bag, an ordered result run of ties by run of ties, a set as a set; `""` and missing
//! are one; ints and floats are exact (`-0.0` is `0.0`) and an int is no float; what is undetermined may be anything that is allowed, and rows are
//! then paired by a matching, so that no early choice prevents a valid pairing.

use super::Output;
use crate::value::{Row, Table, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How an engine's result differs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// In a line: `2 rows lacking, 1 row too many`.
    pub summary: String,
    /// Column names.
    pub columns: Vec<String>,
    /// Rows expected and not found.
    pub lacking: Vec<Row>,
    /// Rows found and not expected.
    pub extra: Vec<Row>,
}

/// Compares.
///
/// # Errors
/// The difference.
pub fn compare(expected: &Output, found: &Table) -> Result<(), Difference> {
    let wanted = &expected.table;
    let columns = wanted.columns.len();
    if found.columns.len() != columns || found.rows.iter().any(|row| row.len() != columns) {
        return Err(Difference {
            summary: format!("columns {:?}, not {:?}", found.columns, wanted.columns),
            ..Difference::default()
        });
    }
    let bag = Pairing::of(&wanted.rows, &found.rows, columns);
    if !bag.is_whole() {
        return Err(bag.difference(wanted, found));
    }
    let mut start = 0;
    for length in expected.ties.iter().flatten() {
        let end = start + length;
        let ours = wanted.rows.get(start..end).unwrap_or_default();
        let theirs = found.rows.get(start..end).unwrap_or_default();
        if !Pairing::of(ours, theirs, columns).is_whole() {
            return Err(Difference {
                summary: format!(
                    "the right rows in the wrong order, from row {} on",
                    start + 1
                ),
                columns: wanted.columns.clone(),
                lacking: ours.to_vec(),
                extra: theirs.to_vec(),
            });
        }
        start = end;
    }
    Ok(())
}

/// Rows that found no partner, by their places.
#[derive(Default)]
struct Pairing {
    lacking: Vec<usize>,
    extra: Vec<usize>,
}

impl Pairing {
    /// Rows are first told apart by the columns that are determined in every expected row; within each such part they are matched.
    fn of(expected: &[Row], found: &[Row], columns: usize) -> Pairing {
        let loose: BTreeSet<usize> = (0..columns)
            .filter(|at| expected.iter().filter_map(|row| row.get(*at)).any(is_loose))
            .collect();
        let mut parts: BTreeMap<String, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (at, row) in expected.iter().enumerate() {
            parts.entry(spelled(row, &loose)).or_default().0.push(at);
        }
        for (at, row) in found.iter().enumerate() {
            parts.entry(spelled(row, &loose)).or_default().1.push(at);
        }
        let mut pairing = Pairing::default();
        for (ours, theirs) in parts.into_values() {
            pairing.add_part(expected, found, &loose, &ours, &theirs);
        }
        pairing.lacking.sort_unstable();
        pairing.extra.sort_unstable();
        pairing
    }

    fn add_part(
        &mut self,
        expected: &[Row],
        found: &[Row],
        loose: &BTreeSet<usize>,
        ours: &[usize],
        theirs: &[usize],
    ) {
        if loose.is_empty() {
            self.lacking.extend(ours.iter().skip(theirs.len()));
            self.extra.extend(theirs.iter().skip(ours.len()));
            return;
        }
        let fits = |a: usize, b: usize| {
            let cell = |rows: &[Row], places: &[usize], place: usize, at: usize| -> Value {
                let row = places.get(place).and_then(|row| rows.get(*row));
                row.and_then(|row| row.get(at))
                    .cloned()
                    .unwrap_or(Value::Missing)
            };
            loose
                .iter()
                .all(|at| allows(&cell(expected, ours, a, *at), &cell(found, theirs, b, *at)))
        };
        let partners = matching(ours.len(), theirs.len(), &fits);
        let taken: BTreeSet<usize> = partners.iter().flatten().copied().collect();
        let alone = ours
            .iter()
            .zip(&partners)
            .filter(|(_, partner)| partner.is_none());
        self.lacking.extend(alone.map(|(row, _)| row));
        let left = theirs
            .iter()
            .enumerate()
            .filter(|(at, _)| !taken.contains(at));
        self.extra.extend(left.map(|(_, row)| row));
    }

    fn is_whole(&self) -> bool {
        self.lacking.is_empty() && self.extra.is_empty()
    }

    fn difference(&self, expected: &Table, found: &Table) -> Difference {
        let rows = |table: &Table, places: &[usize]| -> Vec<Row> {
            places
                .iter()
                .filter_map(|at| table.rows.get(*at))
                .cloned()
                .collect()
        };
        let lacking = rows(expected, &self.lacking);
        let extra = rows(found, &self.extra);
        Difference {
            summary: format!(
                "{} of {} rows lacking, {} of {} rows too many",
                lacking.len(),
                expected.rows.len(),
                extra.len(),
                found.rows.len()
            ),
            columns: expected.columns.clone(),
            lacking,
            extra,
        }
    }
}

/// A greatest matching between `left` and `right`: the partner of each of the left. From each left one in turn, paths that leave a pair and enter
/// another are searched breadth first until one ends at a free partner (Berge, Kuhn).
fn matching(left: usize, right: usize, fits: &dyn Fn(usize, usize) -> bool) -> Vec<Option<usize>> {
    let mut partner_of_left: Vec<Option<usize>> = vec![None; left];
    let mut partner_of_right: Vec<Option<usize>> = vec![None; right];
    for start in 0..left {
        let mut reached_from: BTreeMap<usize, usize> = BTreeMap::new();
        let mut unreached: Vec<usize> = (0..right).collect();
        let mut queue = vec![start];
        let mut at = 0;
        let mut free = None;
        while let (None, Some(&from)) = (free, queue.get(at)) {
            at += 1;
            unreached.retain(|&to| {
                if free.is_some() || !fits(from, to) {
                    return true;
                }
                reached_from.insert(to, from);
                match partner_of_right.get(to).copied().flatten() {
                    Some(next) => queue.push(next),
                    None => free = Some(to),
                }
                false
            });
        }
        while let Some(to) = free {
            let Some(&from) = reached_from.get(&to) else {
                break;
            };
            free = partner_of_left
                .get_mut(from)
                .and_then(|partner| partner.replace(to));
            if let Some(partner) = partner_of_right.get_mut(to) {
                *partner = Some(from);
            }
        }
    }
    partner_of_left
}

fn is_loose(value: &Value) -> bool {
    matches!(value, Value::OneOf(_) | Value::SomeOf { .. })
}

/// Whether an engine may give `found` where the evaluator says `expected`.
#[must_use]
pub fn allows(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::OneOf(alternatives), _) => alternatives.iter().any(|one| allows(one, found)),
        (Value::SomeOf { count, of }, Value::Set(elements)) => {
            let exact = |value: &Value| spelled_value(value);
            let allowed: BTreeSet<String> = of.iter().map(exact).collect();
            let distinct: BTreeSet<String> = elements.iter().map(exact).collect();
            elements.len() == *count && distinct.len() == *count && distinct.is_subset(&allowed)
        }
        _ => spelled_value(expected) == spelled_value(found),
    }
}

/// The determined cells of a row in one text, equal for rows with equal cells and for no others.
fn spelled(row: &Row, loose: &BTreeSet<usize>) -> String {
    let tight = row.iter().enumerate().filter(|(at, _)| !loose.contains(at));
    tight.map(|(_, value)| spelled_value(value)).collect()
}

/// A value in a text that no other value has. The elements of a set are put in order; one that is there twice counts twice.
fn spelled_value(value: &Value) -> String {
    match value {
        Value::Missing => "-;".to_owned(),
        Value::Text(text) if text.is_empty() => "-;".to_owned(),
        Value::Text(text) => format!("s{}:{text};", text.len()),
        Value::Float(number) if *number == 0.0 => "f0;".to_owned(),
        Value::Float(number) => format!("f{:x};", number.to_bits()),
        Value::Set(elements) => {
            let mut spelled: Vec<String> = elements.iter().map(spelled_value).collect();
            spelled.sort();
            format!("[{}];", spelled.concat())
        }
        other => format!("{other:?};"),
    }
}

/// Rows of each kind that are shown.
const SHOWN: usize = 5;

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.summary)?;
        for (what, rows) in [("expected", &self.lacking), ("found", &self.extra)] {
            for row in rows.iter().take(SHOWN) {
                let cells = self.columns.iter().zip(row);
                let cells: Vec<String> =
                    cells.map(|(c, v)| format!("{c} = {}", shown(v))).collect();
                writeln!(f, "  {what}: {}", cells.join(", "))?;
            }
            if rows.len() > SHOWN {
                writeln!(f, "  {what}: {} more", rows.len() - SHOWN)?;
            }
        }
        Ok(())
    }
}

/// A value with its kind to be seen: `5` and `5.0` and `"5"`.
fn shown(value: &Value) -> String {
    let each = |values: &[Value]| -> String {
        let values: Vec<String> = values.iter().map(shown).collect();
        values.join(", ")
    };
    match value {
        Value::Missing => "missing".to_owned(),
        Value::Text(text) => format!("{text:?}"),
        Value::Set(elements) => format!("{{{}}}", each(elements)),
        Value::OneOf(alternatives) => format!("one of ({})", each(alternatives)),
        Value::SomeOf { count, of } => format!("{count} of ({})", each(of)),
        other => other.to_string(),
    }
}

impl std::error::Error for Difference {}
