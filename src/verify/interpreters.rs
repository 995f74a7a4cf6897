//! KQL and ES|QL, read in this process.
//!
//! In: tables, texts. Out: answers in the form that the workers of databases give. Guarantee: types are the platform's own words, missing text is kept as the
//! platform keeps it; nothing of an answer is converted but its notation.

use super::engine::{Engine, Failure};
use super::rows::{EngineColumn, EngineTable, Missing, NativeRow};
use crate::interp::{Answer, Sample, esql, kql};
use crate::plan::Type;
use crate::plan::passes::BoundOutput;
use crate::value::{Value, instant};
use serde_json::{Value as Json, json};

/// A language that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Kusto, Sentinel, Defender.
    Kql,
    /// Elasticsearch.
    Esql,
}

/// A reader of a language, with the tables it was given.
#[derive(Debug)]
pub struct Interpreter {
    language: Language,
    missing: Missing,
    samples: Vec<Sample>,
    release: Option<esql::Release>,
}

impl Interpreter {
    /// One without tables.
    #[must_use]
    pub fn new(language: Language) -> Interpreter {
        Interpreter::with(language, Missing::Blank)
    }

    /// One that keeps missing text so, where the platform has the choice.
    #[must_use]
    pub fn with(language: Language, missing: Missing) -> Interpreter {
        Interpreter {
            language,
            missing,
            samples: Vec::new(),
            release: None,
        }
    }
}

impl Engine for Interpreter {
    fn name(&self) -> &str {
        match self.language {
            Language::Kql => "kql",
            Language::Esql => "esql",
        }
    }

    fn dialects(&self) -> &[&str] {
        match self.language {
            Language::Kql => &["kql"],
            Language::Esql => &["esql"],
        }
    }

    fn load(&mut self, engine_tables: &[EngineTable]) -> Result<(), Failure> {
        let samples = engine_tables
            .iter()
            .map(|engine_table| sample(engine_table, self.language, self.missing));
        self.samples = samples.collect();
        Ok(())
    }

    fn release(&mut self, stack: Option<&str>) {
        self.release = stack.and_then(esql::Release::read);
    }

    fn run(&mut self, text: &str, now: i64, outputs: &[BoundOutput]) -> Result<Json, Failure> {
        let answer = match self.language {
            Language::Kql => {
                let options = kql::Options {
                    now_ms: now,
                    ..kql::Options::default()
                };
                kql::run(text, &self.samples, &options)
            }
            Language::Esql => {
                let options = esql::Options {
                    now_ms: now,
                    release: self.release.unwrap_or(esql::Release::NEWEST),
                    refuse_newer: self.release.is_some(),
                    ..esql::Options::default()
                };
                esql::run(text, &self.samples, &options)
            }
        };
        match answer {
            Ok(answer) => Ok(told(&answer, outputs)),
            Err(refusal) => Err(Failure::Refused(format!(
                "{}: {}",
                refusal.construct, refusal.message
            ))),
        }
    }
}

/// A table as a sample: types in the platform's words, missing text as the platform may keep it. Kusto has no null text; an index has both.
#[must_use]
pub fn sample(engine_table: &EngineTable, language: Language, missing: Missing) -> Sample {
    let mut turn = 0_usize;
    let mut blank = |column: &EngineColumn| {
        turn = turn.wrapping_mul(31).wrapping_add(7) % 1009;
        let text = column.ty.is_textual() && !column.multi;
        match (language, missing) {
            (Language::Kql, _) | (_, Missing::Blank) => text && column.native_type == "string",
            (_, Missing::Null) => false,
            (_, Missing::Mixed) => text && column.native_type != "ip" && turn.is_multiple_of(2),
        }
    };
    let mut cell = |row: &NativeRow, column: &EngineColumn| match row.get(&column.name) {
        None | Some(Value::Missing) if blank(column) => json!(""),
        None | Some(Value::Missing) => Json::Null,
        // A dynamic column holds the object, a column of text holds its text.
        Some(Value::Text(text)) if column.ty == Type::Json && column.native_type == "dynamic" => {
            serde_json::from_str(text).unwrap_or_else(|_| json!(&**text))
        }
        Some(value) => written(value),
    };
    Sample {
        name: engine_table.name.clone(),
        columns: engine_table
            .columns
            .iter()
            .map(|column| (column.name.clone(), word(&column.native_type, language)))
            .collect(),
        rows: engine_table
            .rows
            .iter()
            .map(|row| {
                engine_table
                    .columns
                    .iter()
                    .map(|column| cell(row, column))
                    .collect()
            })
            .collect(),
    }
}

/// The platform's word for a type; Microsoft's tables were indexed with Elasticsearch's.
fn word(native: &str, language: Language) -> String {
    let word = match (language, native) {
        (Language::Kql, word) => word,
        (Language::Esql, "string" | "guid" | "dynamic") => "keyword",
        (Language::Esql, "datetime") => "date",
        (Language::Esql, "int") => "integer",
        (Language::Esql, "real") => "double",
        (Language::Esql, "bool") => "boolean",
        (Language::Esql, word) => word,
    };
    word.to_owned()
}

fn written(value: &Value) -> Json {
    match value {
        Value::Time(at) => json!(instant(*at)),
        Value::Set(elements) => elements.iter().map(written).collect(),
        other => crate::data::native::to_json(other),
    }
}

/// The answer in the form in which the workers of databases give theirs.
pub(super) fn told(answer: &Answer, outputs: &[BoundOutput]) -> Json {
    let time = |value: &Json| match value {
        Json::String(text) => json!({ "t": crate::data::time::instant(text) }),
        other => other.clone(),
    };
    let float = |value: &Json| match value {
        Json::Number(number) => json!({ "f": number.to_string() }),
        Json::String(number) => json!({ "f": number }),
        other => other.clone(),
    };
    let each = |value: &Json, one: &dyn Fn(&Json) -> Json| match value {
        Json::Array(items) => items.iter().map(one).collect(),
        single => one(single),
    };
    // The type of a set's elements comes from the hunt: Kusto's own word for all sets is `dynamic`.
    let cell = |value: &Json, ty: &str, of: Option<&Type>| match (ty, of) {
        ("datetime" | "date", _) | (_, Some(Type::Time)) => each(value, &time),
        ("real" | "double", _) | (_, Some(Type::Float)) => each(value, &float),
        _ => value.clone(),
    };
    // A set of one value is given as the value, an empty one as nothing.
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
