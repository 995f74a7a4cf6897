//! Every case of `tests/cases/`: the answer or the refusal that it states.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

#[path = "support/compare.rs"]
mod compare;
#[path = "support/format.rs"]
mod format;

use compare::same;
use format::{Case, Expected};
use huntc_interp::sample::{self, Platform};
use huntc_interp::{Answer, Refusal, Sample, esql, kql};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

#[test]
fn kql_cases() {
    run_all("kql", Platform::Kql, 426);
}

#[test]
fn esql_cases() {
    run_all("esql", Platform::Esql, 444);
}

/// Runs the files of a folder. `least` is how many cases there must be, so that none is lost unseen.
fn run_all(folder: &str, platform: Platform, least: usize) {
    let mut tables = HashMap::new();
    let (mut count, mut faults) = (0, Vec::new());
    for path in files(&cases().join(folder)) {
        let text = std::fs::read_to_string(&path).unwrap();
        let shown = path.strip_prefix(cases()).unwrap().display().to_string();
        for case in format::read(&shown, &text) {
            count += 1;
            let tables = tables
                .entry(case.setting.tables.clone())
                .or_insert_with(|| load(&case.setting.tables, platform));
            if let Err(why) = judge(&case, tables, platform) {
                let place = format!("{shown}:{} ({})", case.line, case.group);
                faults.push(format!("{place}\n  {}\n  {why}", case.query));
            }
        }
    }
    println!("{folder}: {count} cases");
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    assert!(count >= least, "only {count} cases");
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(folder).unwrap();
    let mut found: Vec<PathBuf> = listed
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "cases"))
        .collect();
    found.sort();
    found
}

/// The tables of folders, `none` for no tables.
fn load(folders: &str, platform: Platform) -> Vec<Sample> {
    let names = folders.split(' ').filter(|name| *name != "none");
    names
        .flat_map(|name| {
            let loaded = sample::load(&cases().join("tables").join(name), platform);
            let loaded = loaded.unwrap_or_else(|why| panic!("{why}"));
            assert!(
                loaded.types.is_empty(),
                "types are declared: {:?}",
                loaded.types
            );
            loaded.samples
        })
        .collect()
}

fn judge(case: &Case, tables: &[Sample], platform: Platform) -> Result<(), String> {
    let values = matches!(case.expected, Expected::Value { .. });
    let query = match platform {
        _ if !values => case.query.clone(),
        Platform::Kql => format!("print x = {}", case.query),
        Platform::Esql => format!("ROW x = {}", case.query),
    };
    let found = run(case, &query, tables, platform);
    match (&case.expected, found) {
        (
            Expected::Refusal {
                kind,
                construct,
                at,
                says,
            },
            Err(refusal),
        ) => refused((kind, construct), at.as_deref(), says, &refusal, &query),
        (Expected::Refusal { .. }, Ok(answer)) => Err(format!("is answered: {answer:?}")),
        (_, Err(refusal)) => Err(format!("is refused: {refusal:?}")),
        (Expected::Value { ty, value }, Ok(answer)) => {
            let (column, cell) = (&answer.columns[0].1, &answer.rows[0][0]);
            if column != ty || !same(cell, value) {
                return Err(format!("gives {column} {cell}, not {ty} {value}"));
            }
            Ok(())
        }
        (
            Expected::Answer {
                columns,
                rows,
                ordered,
                warnings,
            },
            Ok(answer),
        ) => {
            table(&answer, columns, rows)?;
            if ordered.is_some_and(|ordered| ordered != answer.ordered) {
                return Err(format!("ordered: {}", answer.ordered));
            }
            warned(&answer.warnings, warnings)
        }
    }
}

fn run(case: &Case, query: &str, tables: &[Sample], platform: Platform) -> Result<Answer, Refusal> {
    let now: jiff::Timestamp = case.setting.now.parse().expect("`now` is an instant");
    let now_ms = now.as_millisecond();
    match platform {
        Platform::Kql => {
            let options = kql::Options {
                now_ms,
                ..kql::Options::default()
            };
            kql::run(query, tables, &options)
        }
        Platform::Esql => {
            let release = case.setting.release.as_deref();
            let release = release.map(|text| esql::Release::read(text).expect("a release"));
            let options = esql::Options {
                now_ms,
                release: release.unwrap_or(esql::Release::NEWEST),
                refuse_newer: case.setting.refuse_newer,
                ..esql::Options::default()
            };
            esql::run(query, tables, &options)
        }
    }
}

fn table(answer: &Answer, columns: &str, rows: &[serde_json::Value]) -> Result<(), String> {
    let names = answer.columns.iter();
    let names: Vec<String> = names.map(|(name, ty)| format!("{name}:{ty}")).collect();
    let names = match names.join(" ") {
        none if none.is_empty() => "-".to_owned(),
        some => some,
    };
    if names != columns {
        return Err(format!("columns {names}\n  not     {columns}"));
    }
    let found = serde_json::json!(answer.rows);
    let wanted = serde_json::Value::from(rows.to_vec());
    if !same(&found, &wanted) {
        return Err(format!("rows {found}\n  not  {wanted}"));
    }
    Ok(())
}

/// ES|QL warns of every query without LIMIT.
fn warned(found: &[String], wanted: &[String]) -> Result<(), String> {
    let found: Vec<&String> = found
        .iter()
        .filter(|w| !w.starts_with("no LIMIT"))
        .collect();
    if wanted == ["nothing"] {
        return match found.is_empty() {
            true => Ok(()),
            false => Err(format!("warns of {found:?}")),
        };
    }
    match wanted.iter().find(|wanted| !found.contains(wanted)) {
        None => Ok(()),
        Some(absent) => Err(format!("warns of {found:?}\n  not of   {absent}")),
    }
}

fn refused(
    (kind, construct): (&str, &str),
    at: Option<&str>,
    says: &[String],
    refusal: &Refusal,
    query: &str,
) -> Result<(), String> {
    let found = format!("{:?}", refusal.kind).to_lowercase();
    if (found.as_str(), refusal.construct.as_str()) != (kind, construct) {
        return Err(format!("is refused otherwise: {refusal:?}"));
    }
    let Some(marked) = query.get(refusal.span.clone()) else {
        return Err(format!("the place is not in the text: {refusal:?}"));
    };
    if at.is_some_and(|at| at != marked) {
        return Err(format!("`{marked}` is marked"));
    }
    match says.iter().find(|part| !refusal.message.contains(*part)) {
        None => Ok(()),
        Some(part) => Err(format!("does not say `{part}`: {}", refusal.message)),
    }
}
