//! ES|QL: results that the vendor's own tests assert.

use std::collections::BTreeMap;
use std::path::Path;

use super::{cases, lines, recording};
use huntc_interp::Sample;
use huntc_interp::esql::{Options, run};
use serde_json::Value as Json;

/// 2025-06-01T12:00:00Z.
const NOW: i64 = 1_748_779_200_000;

fn options() -> Options {
    Options {
        now_ms: NOW,
        ..Options::default()
    }
}

fn samples(folder: &Path) -> Vec<Sample> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(name) = file.strip_suffix(".ndjson") else {
            continue;
        };
        let types = std::fs::read_to_string(path.with_extension("types.json")).unwrap();
        let types: serde_json::Map<String, Json> = serde_json::from_str(&types).unwrap();
        let columns: Vec<(String, String)> = types
            .iter()
            .map(|(column, ty)| (column.clone(), ty.as_str().unwrap().to_owned()))
            .collect();
        let rows = lines(&path)
            .iter()
            .map(|row| {
                let cell = |(column, _): &(String, String)| row.get(column).cloned();
                columns
                    .iter()
                    .map(|column| cell(column).unwrap_or_default())
                    .collect()
            })
            .collect();
        found.push(Sample {
            name: name.to_owned(),
            columns,
            rows,
        });
    }
    found
}

/// A cell in a form in which equal cells are equal texts: values of a list in order, numbers to twelve digits.
fn shown(cell: &Json) -> String {
    match cell {
        Json::Array(items) => {
            let mut items: Vec<String> = items.iter().map(shown).collect();
            items.sort();
            format!("[{}]", items.join("|"))
        }
        Json::Number(number) if number.is_f64() => {
            let number = number.as_f64().unwrap();
            if number.fract() == 0.0 && number.abs() < 1e15 {
                format!("{number:.0}")
            } else {
                format!("{number:.11e}")
            }
        }
        other => other.to_string(),
    }
}

fn bag(rows: &[Vec<Json>], ordered: bool) -> Vec<String> {
    let row = |row: &Vec<Json>| row.iter().map(shown).collect::<Vec<_>>().join(", ");
    let mut rows: Vec<String> = rows.iter().map(row).collect();
    if !ordered {
        rows.sort();
    }
    rows
}

/// The lines and columns that the vendor's warnings name.
fn places(warnings: &[Json]) -> Vec<String> {
    let place = |warning: &Json| {
        let text = warning.as_str()?.trim_start_matches("regex:");
        let rest = text.strip_prefix("Line ")?;
        let (place, about) = rest.split_once(": ")?;
        about.starts_with("evaluation").then(|| place.to_owned())
    };
    warnings.iter().filter_map(place).collect()
}

/// Cases that do not say what the platform does, and why.
const WRONG: &[(&str, &str)] = &[];

#[test]
fn what_the_vendor_asserts() {
    judged("esql_cases.jsonl", 250);
}

/// Cases that the interpreter was not built on.
#[test]
fn what_the_vendor_asserts_elsewhere() {
    judged("esql_cases_2.jsonl", 271);
}

/// Runs the cases of a file: none may be wrong, and so many must be right.
fn judged(file: &str, least: usize) {
    let (Some(cases), Some(data)) = (cases(file), recording("esql_data")) else {
        return;
    };
    let tables = samples(&data);
    let (mut right, mut wrong, mut warned) = (0, Vec::new(), Vec::new());
    let mut refused: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in &cases {
        let source = case["source"].as_str().unwrap();
        if WRONG.iter().any(|(name, _)| *name == source) {
            continue;
        }
        let query = case["query"].as_str().unwrap();
        let answer = match run(query, &tables, &options()) {
            Ok(answer) => answer,
            Err(refusal) => {
                let reason = format!("{:?} {}", refusal.kind, refusal.construct);
                refused
                    .entry(reason)
                    .or_default()
                    .push(format!("{source}: {}", refusal.message));
                continue;
            }
        };
        let expected = &case["expected"];
        let columns: Vec<(String, String)> =
            serde_json::from_value(expected["columns"].clone()).unwrap();
        let rows: Vec<Vec<Json>> = serde_json::from_value(expected["rows"].clone()).unwrap();
        let ordered = case["ordered"].as_bool().unwrap_or(false);
        if answer.columns != columns || bag(&answer.rows, ordered) != bag(&rows, ordered) {
            wrong.push(format!(
                "{source}\n{query}\n  wanted {columns:?}\n  found  {:?}\n  wanted {:#?}\n  found  {:#?}",
                answer.columns,
                bag(&rows, ordered),
                bag(&answer.rows, ordered)
            ));
            continue;
        }
        right += 1;
        let wanted = case["warnings"].as_array().is_some_and(|w| !w.is_empty());
        let found = answer.warnings.iter().any(|w| w.starts_with("line "));
        let expected_places = places(case["warnings"].as_array().map_or(&[], Vec::as_slice));
        let found_places: Vec<String> = answer
            .warnings
            .iter()
            .filter_map(|w| Some(w.strip_prefix("line ")?.split(": ").next()?.to_owned()))
            .collect();
        let elsewhere = expected_places.iter().any(|p| !found_places.contains(p));
        if wanted != found || elsewhere {
            warned.push(format!("{source}: {:?}", answer.warnings));
        }
    }
    let total = cases.len() - WRONG.len();
    eprintln!(
        "{total} cases: {right} right, {} wrong, {} refused, {} with other warnings",
        wrong.len(),
        refused.values().map(Vec::len).sum::<usize>(),
        warned.len()
    );
    for (reason, sources) in &refused {
        eprintln!("refused {reason}: {}", sources.join("; "));
    }
    for case in &warned {
        eprintln!("warnings differ: {case}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(right >= least, "only {right} of {total}");
}
