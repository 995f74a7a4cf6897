//! Native rows as a table of an engine, and rows of an engine as values of the language.
//!
//! Promise: a cell that is missing is loaded as the caller says (null, or the empty text in a text column); a cell of a result that is not of the type
//! the compiler promises is an error, never a conversion.

use super::{Kind, Worker};
use huntc::plan::bind::{Bound, BoundOutput, ReadBack};
use huntc::plan::{Column, Expr, ExprKind, Plan, Type};
use huntc::schema::{ColumnInfo, How, Schema};
use huntc::value::{Row, Table, Value};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Native cells by column; a column that is not there is missing.
pub type NativeRow = BTreeMap<String, Value>;

/// How missing cells of text columns are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// As null.
    Null,
    /// As the empty text.
    Blank,
    /// Now this, now that.
    Mixed,
}

/// Every expression of a plan.
pub fn expressions(plan: &Plan) -> Vec<&Expr> {
    plan.steps
        .iter()
        .flat_map(|step| huntc::plan::expressions(&step.kind))
        .collect()
}

/// The native columns that a bound plan reads, in the order of the schema.
pub fn columns_read<'a>(bound: &Bound, schema: &'a Schema) -> Vec<&'a ColumnInfo> {
    let mut names = BTreeSet::from([bound.time.name.clone()]);
    for expr in expressions(&bound.plan) {
        expr.visit(&mut |part| {
            if let ExprKind::Column(Column::Native(native)) = &part.kind {
                names.insert(native.name.clone());
            }
        });
    }
    let all = schema.columns.iter();
    all.filter(|column| names.contains(&column.native.name))
        .collect()
}

/// The engine's type for a native column.
pub fn engine_type(kind: Kind, column: &ColumnInfo) -> String {
    let spark = kind == Kind::Spark;
    let one = match &column.ty {
        Type::Bool => "boolean",
        Type::Int | Type::Duration => "bigint",
        Type::Float if kind == Kind::Postgres => "double precision",
        Type::Float => "double",
        Type::Time => "timestamp",
        Type::Text | Type::Ip | Type::Enum(_) | Type::Set(_) => match kind {
            Kind::Duckdb => "varchar",
            Kind::Spark => "string",
            _ => "text",
        },
    };
    match column.native.multi {
        false => one.to_owned(),
        true if spark => format!("array<{one}>"),
        true => format!("{one}[]"),
    }
}

/// Makes a table of the rows.
pub fn load(
    worker: &Worker,
    kind: Kind,
    table: &str,
    columns: &[&ColumnInfo],
    rows: &[NativeRow],
    missing: Missing,
) -> Result<(), String> {
    let types: Vec<Json> = columns
        .iter()
        .map(|column| json!([column.native.name, engine_type(kind, column)]))
        .collect();
    let mut turn = 0_usize;
    let cells: Vec<Vec<Json>> = rows
        .iter()
        .map(|row| {
            let cell = |column: &&ColumnInfo| match row.get(&column.native.name) {
                Some(value) if !value.is_missing() => wire(value),
                _ => {
                    turn = turn.wrapping_mul(31).wrapping_add(7) % 1009;
                    let blank = match missing {
                        Missing::Null => false,
                        Missing::Blank => true,
                        Missing::Mixed => turn.is_multiple_of(2),
                    };
                    // An address column of ECS and a column of several values hold no empty text.
                    let can = column.ty.is_textual() && column.native.native_type != "ip";
                    match blank {
                        true if column.native.multi => json!([]),
                        true if can => json!(""),
                        _ => Json::Null,
                    }
                }
            };
            columns.iter().map(cell).collect()
        })
        .collect();
    worker
        .ask(&json!({"table": table, "columns": types, "rows": cells}))
        .map(|_| ())
}

fn wire(value: &Value) -> Json {
    match value {
        Value::Time(at) => json!({"t": at}),
        Value::Float(number) => json!({"f": number.to_string()}),
        Value::Set(elements) => elements.iter().map(wire).collect(),
        other => huntc::data::native::to_json(other),
    }
}

/// Native rows as the text that the program reads.
pub fn ndjson(rows: &[NativeRow]) -> String {
    let lines = rows.iter().map(|row| {
        let cells = row
            .iter()
            .map(|(name, value)| (name.clone(), huntc::data::native::to_json(value)));
        Json::Object(cells.collect()).to_string() + "\n"
    });
    lines.collect()
}

/// Rows as a file has them: nested objects or dotted names, of which the columns asked for are kept.
pub fn native_rows(text: &str, columns: &[&ColumnInfo]) -> Vec<NativeRow> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let object: Json = serde_json::from_str(line).expect("a file of rows holds JSON");
            let mut flat = BTreeMap::new();
            flatten("", &object, &mut flat);
            let cell = |column: &&ColumnInfo| {
                let json = flat.get(&column.native.name)?;
                Some((column.native.name.clone(), stored(json, column)))
            };
            columns.iter().filter_map(cell).collect()
        })
        .collect()
}

fn flatten(prefix: &str, json: &Json, flat: &mut BTreeMap<String, Json>) {
    match json {
        Json::Object(fields) => fields.iter().for_each(|(name, inner)| {
            let dotted = if prefix.is_empty() {
                name.clone()
            } else {
                format!("{prefix}.{name}")
            };
            flatten(&dotted, inner, flat);
        }),
        other => drop(flat.insert(prefix.to_owned(), other.clone())),
    }
}

fn stored(json: &Json, column: &ColumnInfo) -> Value {
    match json {
        Json::Array(items) => Value::set(items.iter().map(|item| one(item, column))),
        single if column.native.multi => Value::set([one(single, column)]),
        single => one(single, column),
    }
}

fn one(json: &Json, column: &ColumnInfo) -> Value {
    match (json, &column.ty) {
        (Json::Null, _) => Value::Missing,
        (Json::String(text), Type::Time) => {
            Value::Time(huntc::data::time::instant(text).expect("rows have times"))
        }
        (Json::String(text), _) => Value::text(text),
        (Json::Number(number), Type::Float) => number.as_f64().map_or(Value::Missing, Value::float),
        (Json::Number(number), Type::Int) => number.as_i64().map_or(Value::Missing, Value::Int),
        (Json::Bool(truth), _) => Value::Bool(*truth),
        (other, ty) => panic!("{}: {other} is no {ty}", column.native.name),
    }
}

/// Native columns whose words are compared without case.
pub fn folded(schema: &Schema, class: &str, product: &str) -> BTreeSet<String> {
    let mappings = schema.classes[class].fields.values();
    mappings
        .filter_map(|mapping| match &mapping.how {
            How::Words {
                source, fold: true, ..
            } => Some(source.column(product).to_owned()),
            _ => None,
        })
        .collect()
}

/// An engine's answer as a table of the hunt's columns.
pub fn read_result(
    answer: &Json,
    outputs: &[BoundOutput],
    folded: &BTreeSet<String>,
) -> Result<Table, String> {
    let names: Vec<&str> = answer["columns"]
        .as_array()
        .ok_or("no columns")?
        .iter()
        .filter_map(|column| column[0].as_str())
        .collect();
    let promised: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
    if names != promised {
        return Err(format!("columns {names:?} where {promised:?} are promised"));
    }
    let mut table = Table {
        columns: outputs
            .iter()
            .map(|output| output.neutral.clone())
            .collect(),
        rows: Vec::new(),
    };
    for row in answer["rows"].as_array().ok_or("no rows")? {
        let cells = row.as_array().ok_or("a row is a list")?;
        let read: Result<Row, String> = cells
            .iter()
            .zip(outputs)
            .map(|(json, output)| {
                cell(json, output, folded).map_err(|why| format!("{}: {why}", output.name))
            })
            .collect();
        table.rows.push(read?);
    }
    Ok(table)
}

fn cell(json: &Json, output: &BoundOutput, folded: &BTreeSet<String>) -> Result<Value, String> {
    match &output.read {
        ReadBack::AsIs => value(json, &output.ty),
        ReadBack::TextToInt => match value(json, &Type::Text)? {
            Value::Text(text) => text
                .parse()
                .map(Value::Int)
                .map_err(|e| format!("{text}: {e}")),
            missing => Ok(missing),
        },
        ReadBack::IntToText => match value(json, &Type::Int)? {
            Value::Int(number) => Ok(Value::text(&number.to_string())),
            missing => Ok(missing),
        },
        ReadBack::Words(words) => {
            let native = match json {
                Json::Null => return Ok(Value::Missing),
                Json::String(text) => text.clone(),
                other => other.to_string(),
            };
            let same = |known: &String| match folded.contains(&output.name) {
                true => known.to_lowercase() == native.to_lowercase(),
                false => *known == native,
            };
            let found = words.iter().find(|(_, natives)| natives.iter().any(same));
            Ok(found.map_or(Value::Missing, |(word, _)| Value::text(word)))
        }
    }
}

/// A cell as a value of the type; an error if it is of another.
pub fn value(json: &Json, ty: &Type) -> Result<Value, String> {
    let wrong = || format!("{json} is no {ty}");
    match (ty, json) {
        // A set made by an aggregate is never missing; a field of several values may be.
        (_, Json::Null) => Ok(Value::Missing),
        (Type::Set(of), Json::Array(items)) => {
            let values: Result<Vec<Value>, String> =
                items.iter().map(|item| value(item, of)).collect();
            let values = values?;
            let distinct = Value::set(values.clone());
            match &distinct {
                Value::Set(kept) if kept.len() == values.len() => Ok(distinct),
                _ => Err(format!("{json} has an element twice, or a missing one")),
            }
        }
        (Type::Text | Type::Ip | Type::Enum(_), Json::String(text)) => Ok(Value::text(text)),
        (Type::Text | Type::Ip | Type::Enum(_), Json::Array(items)) => {
            let values: Result<Vec<Value>, String> =
                items.iter().map(|item| value(item, ty)).collect();
            Ok(Value::set(values?))
        }
        (Type::Int, Json::Number(number)) => number.as_i64().map(Value::Int).ok_or_else(wrong),
        (Type::Bool, Json::Bool(truth)) => Ok(Value::Bool(*truth)),
        (Type::Float, Json::Object(tagged)) => {
            let number = tagged
                .get("f")
                .and_then(Json::as_str)
                .and_then(|text| text.parse().ok());
            number.map(Value::float).ok_or_else(wrong)
        }
        (Type::Time, Json::Object(tagged)) if !tagged.contains_key("us") => tagged
            .get("t")
            .and_then(Json::as_i64)
            .map(Value::Time)
            .ok_or_else(wrong),
        (Type::Duration, Json::Number(number)) => {
            number.as_i64().map(Value::Duration).ok_or_else(wrong)
        }
        (Type::Duration, Json::Object(tagged)) => tagged
            .get("span")
            .and_then(Json::as_i64)
            .map(Value::Duration)
            .ok_or_else(wrong),
        _ => Err(wrong()),
    }
}
