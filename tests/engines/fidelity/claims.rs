//! What fixtures say that the published text gives.
//!
//! In: a fixture's `published` part, the answer of the published text. Out: nothing, or how they differ. Promise: rows are compared as bags over the
//! columns that the fixture names; of rows among which some are, as many as said.

use huntc::internals::eval::{Output, compare};
use huntc::internals::fixture::{Claim, Published, PublishedResult, PublishedRow};
use huntc::internals::value::{Table, Value};
use huntc_interp::{Answer, Refusal, RefusalKind};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Whether the claim holds.
pub fn check(published: &Published, answer: Result<&Answer, &Refusal>) -> Result<(), String> {
    match (&published.result, answer) {
        (PublishedResult::Fails(why), Err(refusal)) => {
            let named = why.value.contains(&refusal.construct);
            match refusal.kind == RefusalKind::Invalid && named {
                true => Ok(()),
                false => Err(format!("refused for another reason: {refusal:?}")),
            }
        }
        (PublishedResult::Fails(_), Ok(_)) => Err("it runs".to_owned()),
        (_, Err(refusal)) => Err(format!("refused: {refusal:?}")),
        (PublishedResult::Rows(rows), Ok(answer)) => {
            let (columns, expected) = claimed(rows);
            let found = told(answer, &columns)?;
            compared(&columns, expected, found)
        }
        (PublishedResult::RowsAmong { count, of }, Ok(answer)) => {
            let (columns, expected) = claimed(of);
            let found = told(answer, &columns)?;
            if found.len() != *count {
                return Err(format!("{} rows, not {count}", found.len()));
            }
            let kept = expected
                .into_iter()
                .filter(|row| found.contains(row))
                .collect();
            compared(&columns, kept, found)
        }
    }
}

fn compared(
    columns: &[String],
    expected: Vec<Vec<Value>>,
    found: Vec<Vec<Value>>,
) -> Result<(), String> {
    let table = |rows| Table {
        columns: columns.to_vec(),
        rows,
    };
    let expected = Output {
        table: table(expected),
        ..Output::default()
    };
    compare::compare(&expected, &table(found)).map_err(|difference| difference.to_string())
}

/// The columns of which something is claimed, and the rows.
fn claimed(rows: &[PublishedRow]) -> (Vec<String>, Vec<Vec<Value>>) {
    let mut columns = BTreeSet::new();
    for row in rows {
        columns.extend(
            row.iter()
                .filter(|(_, claim)| **claim != Claim::Anything)
                .map(|(name, _)| name.clone()),
        );
    }
    let columns: Vec<String> = columns.into_iter().collect();
    let cell = |row: &PublishedRow, name: &String| match row.get(name) {
        Some(Claim::Is(value)) => value.clone(),
        other => panic!("{name} is claimed in some rows only: {other:?}"),
    };
    let rows = rows
        .iter()
        .map(|row| columns.iter().map(|name| cell(row, name)).collect());
    let rows = rows.collect();
    (columns, rows)
}

/// The columns of an answer as values; an empty text in a set is a missing element.
fn told(answer: &Answer, columns: &[String]) -> Result<Vec<Vec<Value>>, String> {
    let place = |name: &String| {
        let at = answer.columns.iter().position(|(own, _)| own == name);
        at.ok_or_else(|| format!("no column {name} in {:?}", answer.columns))
    };
    if answer.rows.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<usize> = columns.iter().map(place).collect::<Result<_, _>>()?;
    let rows = answer.rows.iter().map(|row| {
        places
            .iter()
            .map(|at| value(&row[*at], &answer.columns[*at].1))
            .collect()
    });
    Ok(rows.collect())
}

fn value(cell: &Json, native: &str) -> Value {
    match cell {
        Json::String(text) if matches!(native, "datetime" | "date") => {
            huntc::internals::data::time::instant(text).map_or(Value::Missing, Value::Time)
        }
        Json::String(text) => Value::text(text),
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => number.as_i64().map_or_else(
            || number.as_f64().map_or(Value::Missing, Value::float),
            Value::Int,
        ),
        Json::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| value(item, "")).collect();
            items.sort_by(huntc::internals::value::order::compare);
            Value::Set(items)
        }
        Json::Null | Json::Object(_) => Value::Missing,
    }
}
