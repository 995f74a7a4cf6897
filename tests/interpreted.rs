//! KQL and ES|QL text, read by interpreters that share nothing with what wrote it, gives what the evaluator says, over every fixture of every hunt.
//!
//! For each hunt, each schema and product form it fits, and each fixture: the events are written in the native columns, missing text as the platform keeps it,
//! and the emitted text is interpreted with the fixture's `now` as a literal. Watchlists are samples of their own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

mod support;

#[path = "engines/compare.rs"]
#[allow(dead_code)]
mod compare;

use compare::fixture_rows;
use huntc::backend::Target;
use huntc::eval;
use huntc::fixture::Fixture;
use huntc::hunt::{Cell, WatchTable};
use huntc::interp::{Answer, Refusal, Sample, esql, kql};
use huntc::plan::Type;
use huntc::plan::bind::{Abilities, BoundOutput};
use huntc::schema::ColumnInfo;
use huntc::value::{Table, Value, instant};
use serde_json::{Value as Json, json};
use support::repository::{Case, Fitted, Repository};
use support::table::{self, NativeRow};

/// A way to read a text.
#[derive(Clone, Copy, PartialEq)]
enum Reader {
    Kql,
    Esql,
}

impl Reader {
    fn pack(self) -> (&'static str, Option<&'static str>) {
        match self {
            Reader::Kql => ("kql", None),
            Reader::Esql => ("esql", Some("9.3")),
        }
    }

    fn run(self, text: &str, samples: &[Sample], now: i64) -> Result<Answer, Refusal> {
        match self {
            Reader::Kql => {
                let options = kql::Options {
                    now_ms: now,
                    ..kql::Options::default()
                };
                kql::run(text, samples, &options)
            }
            Reader::Esql => {
                let options = esql::Options {
                    now_ms: now,
                    ..esql::Options::default()
                };
                esql::run(text, samples, &options)
            }
        }
    }
}

fn every_fixture(reader: Reader, least: usize) {
    let mut repository = Repository::load();
    let cases = repository.cases();
    let (mut compared, mut faults) = (0, Vec::new());
    for case in &cases {
        for fixture in &case.fixtures {
            let plan = repository.plan_of(case, fixture);
            let (pack, version) = reader.pack();
            let blank = repository.target(pack, version, "", "samples");
            // What only a platform can look up is left out, as the evaluator leaves it out.
            let abilities = Abilities {
                lookups: Vec::new(),
                ..blank.pack.abilities("")
            };
            let forms = match fixture.tables.is_empty() {
                true => repository.fits(case, &plan, &abilities),
                false => repository.fits_where_it_can(&plan, &abilities),
            };
            for fitted in forms {
                // Microsoft's query language is spoken over Microsoft's tables.
                let table = match reader {
                    Reader::Kql => match fitted.schema.tables.get("kql") {
                        Some(table) => table.clone(),
                        None => continue,
                    },
                    Reader::Esql => "samples".to_owned(),
                };
                let target = Target {
                    now: Some(fixture.now),
                    product: fitted.product.clone(),
                    table,
                    ..blank.clone()
                };
                compared += 1;
                if let Err(why) = compare_one(&repository, case, fixture, &fitted, &target, reader)
                {
                    faults.push(format!(
                        "== {} {} {} {}\n{why}",
                        case.slug, fitted.schema.name, fitted.product, fixture.name
                    ));
                }
            }
        }
    }
    println!("{compared} comparisons, {} differences", faults.len());
    let shown: Vec<String> = faults
        .iter()
        .take(12)
        .map(|fault| fault.chars().take(700).collect())
        .collect();
    assert!(
        faults.is_empty(),
        "{} of {compared} differ\n{shown:#?}",
        faults.len()
    );
    assert!(compared >= least, "only {compared} comparisons");
}

fn compare_one(
    repository: &Repository,
    case: &Case,
    fixture: &Fixture,
    fitted: &Fitted,
    target: &Target,
    reader: Reader,
) -> Result<(), String> {
    let rows = fixture_rows(repository, fixture, fitted);
    let read = repository.read_native(&table::ndjson(&rows), fitted.schema, &fitted.product);
    let expected =
        eval::run(&fitted.plan, &read.events, fixture.now).map_err(|error| error.to_string())?;
    let text = repository.text(fitted, target);
    let columns = table::columns_read(&fitted.bound, fitted.schema);
    let mut samples = vec![sample(
        &target.table,
        &columns,
        &fitted.product,
        &rows,
        reader,
    )];
    let hunt = fixture.hunt(&case.hunt);
    for table in hunt.tables.values() {
        samples.extend(watchlist(table));
    }
    let answer = reader
        .run(&text, &samples, fixture.now)
        .map_err(|refusal| format!("refused: {} {}\n{text}", refusal.construct, refusal.message))?;
    let folded = table::folded(fitted.schema, &fitted.plan.class, &fitted.product);
    let result = table::read_result(
        &as_an_engine_says(&answer, &fitted.bound.outputs),
        &fitted.bound.outputs,
        &folded,
    )
    .map_err(|why| format!("{why}\n{text}"))?;
    // Kusto reckons in doubles; everything else is the same to the last digit.
    let (expected, result) = match reader {
        Reader::Kql => (rounded_output(expected), rounded(result)),
        Reader::Esql => (expected, result),
    };
    eval::compare::compare(&expected, &result).map_err(|difference| format!("{difference}\n{text}"))
}

fn rounded_output(output: eval::Output) -> eval::Output {
    eval::Output {
        table: rounded(output.table),
        ..output
    }
}

/// Floats to eleven places.
fn rounded(mut table: Table) -> Table {
    for cell in table.rows.iter_mut().flatten() {
        if let Value::Float(number) = cell {
            *cell = Value::Float((*number * 1e11).round() / 1e11);
        }
    }
    table
}

/// Native rows as a sample: types in the platform's words, missing text as the platform keeps it.
fn sample(
    name: &str,
    columns: &[&ColumnInfo],
    product: &str,
    rows: &[NativeRow],
    reader: Reader,
) -> Sample {
    let kind = |column: &&ColumnInfo| {
        let native = column
            .product_types
            .get(product)
            .unwrap_or(&column.native.native_type);
        (column.native.name.clone(), word(native, reader))
    };
    let cell = |row: &NativeRow, column: &ColumnInfo| match row.get(&column.native.name) {
        None | Some(Value::Missing)
            if column.ty.is_textual() && column.native.native_type == "string" =>
        {
            json!("")
        }
        None | Some(Value::Missing) => Json::Null,
        Some(value) => told(value),
    };
    Sample {
        name: name.to_owned(),
        columns: columns.iter().map(kind).collect(),
        rows: rows
            .iter()
            .map(|row| columns.iter().map(|column| cell(row, column)).collect())
            .collect(),
    }
}

/// The platform's word for a type; Microsoft's tables were indexed with Elasticsearch's.
fn word(native: &str, reader: Reader) -> String {
    let word = match (reader, native) {
        (Reader::Kql, word) => word,
        (Reader::Esql, "string" | "guid" | "dynamic") => "keyword",
        (Reader::Esql, "datetime") => "date",
        (Reader::Esql, "int") => "integer",
        (Reader::Esql, "real") => "double",
        (Reader::Esql, "bool") => "boolean",
        (Reader::Esql, word) => word,
    };
    word.to_owned()
}

fn told(value: &Value) -> Json {
    match value {
        Value::Time(at) => json!(instant(*at)),
        Value::Set(elements) => elements.iter().map(told).collect(),
        other => huntc::data::native::to_json(other),
    }
}

/// A declared table as the platform's object holds it: every cell is text.
fn watchlist(table: &WatchTable) -> Option<Sample> {
    let object = table.platform.get("kql")?;
    let cell = |cell: &Cell, separator: &str| match cell {
        Cell::Missing => String::new(),
        Cell::One(value) => value.to_string(),
        Cell::Several(values) => values
            .iter()
            .map(Value::to_string)
            .collect::<Vec<_>>()
            .join(separator),
        Cell::Anything => "*".to_owned(),
    };
    Some(Sample {
        name: object.value.clone(),
        columns: table
            .columns
            .iter()
            .map(|column| (column.source.clone(), "string".to_owned()))
            .collect(),
        rows: table
            .rows
            .iter()
            .map(|row| {
                let cells = row.cells.iter().zip(&table.columns);
                cells
                    .map(|(own, column)| json!(cell(own, &column.ty.separator)))
                    .collect()
            })
            .collect(),
    })
}

/// The answer in the form in which the workers of engines give theirs.
fn as_an_engine_says(answer: &Answer, outputs: &[BoundOutput]) -> Json {
    let cell = |value: &Json, ty: &str| match (value, ty) {
        (Json::String(text), "datetime" | "date") => {
            json!({ "t": huntc::data::time::instant(text) })
        }
        (Json::Number(number), "real" | "double") => json!({ "f": number.to_string() }),
        (Json::String(number), "real" | "double") => json!({ "f": number }),
        (other, _) => other.clone(),
    };
    // A set of one value is told as the value, an empty one as nothing.
    let set = |value: Json, of_set: bool| match value {
        Json::Null if of_set => json!([]),
        single if of_set && !single.is_array() => json!([single]),
        other => other,
    };
    let rows: Vec<Json> = answer
        .rows
        .iter()
        .map(|row| {
            let cells = row.iter().zip(&answer.columns).enumerate();
            cells
                .map(|(at, (value, (_, ty)))| {
                    let of_set = outputs
                        .get(at)
                        .is_some_and(|output| matches!(output.ty, Type::Set(_)));
                    set(cell(value, ty), of_set)
                })
                .collect()
        })
        .collect();
    json!({ "columns": answer.columns, "rows": rows })
}

#[test]
fn every_fixture_in_kql() {
    every_fixture(Reader::Kql, 100);
}

#[test]
fn every_fixture_in_esql() {
    every_fixture(Reader::Esql, 150);
}
