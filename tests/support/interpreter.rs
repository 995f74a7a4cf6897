//! The interpreters of KQL and ES|QL as engines: native rows as samples, an answer as a table of the hunt's columns.
//!
//! Promise: a sample holds what the platform can hold. Kusto has no null text; an index of Elasticsearch has both null and the empty text.

use super::repository::{Fitted, Repository};
use super::table::{self, Missing, NativeRow};
use huntc::backend::Target;
use huntc::eval;
use huntc::hunt::{Cell, WatchTable};
use huntc::interp::{Answer, Refusal, Sample, esql, kql};
use huntc::plan::Type;
use huntc::plan::bind::{Abilities, BoundOutput};
use huntc::schema::{ColumnInfo, Schema};
use huntc::value::{Table, Value, instant};
use serde_json::{Value as Json, json};

/// A way to read a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Kql,
    Esql,
}

impl Reader {
    /// The pack whose texts it reads.
    pub fn pack(self) -> &'static str {
        match self {
            Reader::Kql => "kql",
            Reader::Esql => "esql",
        }
    }

    /// Versions of the engine for which texts may differ, the newest first.
    pub fn versions(self) -> &'static [Option<&'static str>] {
        match self {
            Reader::Kql => &[None],
            Reader::Esql => &[Some("9.3"), Some("8.19")],
        }
    }

    /// The name of the table of a schema; none where the platform does not hold that schema: Microsoft's query language is spoken over Microsoft's tables.
    pub fn table(self, schema: &Schema) -> Option<String> {
        match self {
            Reader::Kql => schema.tables.get("kql").cloned(),
            Reader::Esql => Some("samples".to_owned()),
        }
    }

    /// What a text may ask of the platform here: what only a platform can look up is left out, as the evaluator leaves it out.
    pub fn abilities(self, target: &Target) -> Abilities<'_> {
        Abilities {
            lookups: Vec::new(),
            ..target.pack.abilities("")
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

    /// The text over the rows and the watchlists against the evaluator. Gives the number of rows of the result, or how it differs.
    pub fn compare(
        self,
        repository: &Repository,
        fitted: &Fitted,
        target: &Target,
        rows: &[NativeRow],
        missing: Missing,
        watchlists: Vec<Sample>,
    ) -> Result<usize, String> {
        let now = target.now.ok_or("a comparison has an instant")?;
        let read = repository.read_native(&table::ndjson(rows), fitted.schema, &fitted.product);
        let expected =
            eval::run(&fitted.plan, &read.events, now).map_err(|error| error.to_string())?;
        let text = repository.text(fitted, target);
        let mut samples = vec![self.sample(&target.table, fitted, rows, missing)];
        samples.extend(watchlists);
        let answer = self.run(&text, &samples, now).map_err(|refusal| {
            format!("refused: {} {}\n{text}", refusal.construct, refusal.message)
        })?;
        let outputs = &fitted.bound.outputs;
        let folded = table::folded(fitted.schema, &fitted.plan.class, &fitted.product);
        let result = table::read_result(&as_an_engine_says(&answer, outputs), outputs, &folded)
            .map_err(|why| format!("{why}\n{text}"))?;
        // Kusto reckons in doubles; everything else is the same to the last digit.
        let (expected, result) = match self {
            Reader::Kql => (rounded_output(expected), rounded(result)),
            Reader::Esql => (expected, result),
        };
        eval::compare::compare(&expected, &result)
            .map_err(|difference| format!("{difference}\n{text}"))?;
        Ok(result.rows.len())
    }

    /// Native rows as a sample: types in the platform's words, missing text as the platform may keep it.
    pub fn sample(
        self,
        name: &str,
        fitted: &Fitted,
        rows: &[NativeRow],
        missing: Missing,
    ) -> Sample {
        let columns = table::columns_read(&fitted.bound, fitted.schema);
        let kind = |column: &&ColumnInfo| {
            let native = column
                .product_types
                .get(&fitted.product)
                .unwrap_or(&column.native.native_type);
            (column.native.name.clone(), self.word(native))
        };
        let mut turn = 0_usize;
        let mut blank = |column: &ColumnInfo| {
            turn = turn.wrapping_mul(31).wrapping_add(7) % 1009;
            let text = column.ty.is_textual();
            match (self, missing) {
                (Reader::Kql, _) => text && column.native.native_type == "string",
                (_, Missing::Null) => false,
                (_, Missing::Blank) => text && column.native.native_type == "string",
                (_, Missing::Mixed) => {
                    text && column.native.native_type != "ip"
                        && !column.native.multi
                        && turn.is_multiple_of(2)
                }
            }
        };
        let mut cell = |row: &NativeRow, column: &ColumnInfo| match row.get(&column.native.name) {
            None | Some(Value::Missing) if blank(column) => json!(""),
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
    fn word(self, native: &str) -> String {
        let word = match (self, native) {
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
}

fn rounded_output(output: eval::Output) -> eval::Output {
    eval::Output {
        table: rounded(output.table),
        ..output
    }
}

/// Floats to eleven places, large ones to eleven digits.
fn rounded(mut table: Table) -> Table {
    for cell in table.rows.iter_mut().flatten() {
        if let Value::Float(number) = cell {
            let digits = number.abs().max(1.0).log10().floor();
            let scale = 10_f64.powf(11.0 - digits);
            *cell = Value::Float((*number * scale).round() / scale);
        }
    }
    table
}

fn told(value: &Value) -> Json {
    match value {
        Value::Time(at) => json!(instant(*at)),
        Value::Set(elements) => elements.iter().map(told).collect(),
        other => huntc::data::native::to_json(other),
    }
}

/// A declared table as the platform's object holds it: every cell is text.
pub fn watchlist(table: &WatchTable) -> Option<Sample> {
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
    let time = |value: &Json| match value {
        Json::String(text) => json!({ "t": huntc::data::time::instant(text) }),
        other => other.clone(),
    };
    let float = |value: &Json| match value {
        Json::Number(number) => json!({ "f": number.to_string() }),
        Json::String(number) => json!({ "f": number }),
        other => other.clone(),
    };
    // What a set holds is told by the hunt: Kusto's own word for all sets is `dynamic`.
    let each = |value: &Json, one: &dyn Fn(&Json) -> Json| match value {
        Json::Array(items) => Json::Array(items.iter().map(one).collect()),
        single => one(single),
    };
    let cell = |value: &Json, ty: &str, of: Option<&Type>| match (ty, of) {
        ("datetime" | "date", _) | (_, Some(Type::Time)) => each(value, &time),
        ("real" | "double", _) | (_, Some(Type::Float)) => each(value, &float),
        _ => value.clone(),
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
                    let of = match outputs.get(at).map(|output| &output.ty) {
                        Some(Type::Set(of)) => Some(&**of),
                        _ => None,
                    };
                    set(cell(value, ty, of), of.is_some())
                })
                .collect()
        })
        .collect();
    json!({ "columns": answer.columns, "rows": rows })
}
