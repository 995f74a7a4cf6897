//! Native rows as tables of an engine, and an engine's rows as values of the language.
//!
//! In: events written in the columns of a schema; an engine's answer as JSON. Out: [`EngineTable`]s to load; tables of values. Guarantee: a cell that is missing is
//! loaded as the table says (null, or the empty text in a text column); a cell of a result that is not of the type the compiler promises is an error, never
//! a conversion.

use super::databases::{DatabaseProfile, INET};
use crate::net;
use crate::plan::passes::{Bound, BoundOutput, ReadBack};
use crate::plan::{Column, ExprKind, Type};
use crate::schema::{ColumnInfo, How, Schema};
use crate::value::{Row, Table, Value};
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

/// A column of a table to load.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineColumn {
    /// Its name.
    pub name: String,
    /// The platform's own word for its type.
    pub native_type: String,
    /// What a value of it is in the language.
    pub ty: Type,
    /// Whether a cell holds several values.
    pub multi: bool,
}

impl EngineColumn {
    /// A column of a schema in one product form.
    #[must_use]
    pub fn of(column: &ColumnInfo, product: &str) -> EngineColumn {
        let native = column.product_types.get(product);
        EngineColumn {
            name: column.native.name.clone(),
            native_type: native.unwrap_or(&column.native.native_type).clone(),
            ty: column.ty.clone(),
            multi: column.native.multi,
        }
    }

    /// The same; a time is of that type where one is given.
    #[must_use]
    pub fn with_time(mut self, time: Option<&str>) -> EngineColumn {
        if let (Type::Time, Some(time)) = (&self.ty, time) {
            time.clone_into(&mut self.native_type);
        }
        self
    }

    /// Whether a cell of the column can hold the value: a type for addresses takes no other text. Other spellings of an address would be read as
    /// that address, where the language takes them for missing.
    fn holds(&self, value: &Value) -> bool {
        match value {
            Value::Text(text) if self.native_type == INET => net::is_canonical(text),
            Value::Set(values) => values.iter().all(|value| self.holds(value)),
            _ => true,
        }
    }

    /// The same; an address is of that type where one is given.
    #[must_use]
    pub fn with_addresses(mut self, addresses: Option<&str>) -> EngineColumn {
        if let (Type::Ip, Some(addresses)) = (&self.ty, addresses) {
            addresses.clone_into(&mut self.native_type);
        }
        self
    }

    /// A column of plain text.
    #[must_use]
    pub fn text(name: &str) -> EngineColumn {
        EngineColumn {
            name: name.to_owned(),
            native_type: "string".to_owned(),
            ty: Type::Text,
            multi: false,
        }
    }
}

/// A table to load.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineTable {
    /// Its name, as the text says it.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<EngineColumn>,
    /// Its rows.
    pub rows: Vec<NativeRow>,
}

/// The native columns that a bound plan reads, in the order of the schema.
#[must_use]
pub fn columns_read<'a>(bound: &Bound, schema: &'a Schema) -> Vec<&'a ColumnInfo> {
    let mut names = BTreeSet::from([bound.time.name.clone()]);
    for step in &bound.plan.steps {
        for expr in step.kind.expressions() {
            expr.visit(&mut |part| {
                if let ExprKind::Column(Column::Native(native)) = &part.kind {
                    names.insert(native.name.clone());
                }
            });
        }
    }
    let all = schema.columns.iter();
    all.filter(|column| names.contains(&column.native.name))
        .collect()
}

/// The request that creates a table in a database (`scripts/oracles/README.md`).
#[must_use]
pub fn load_request(
    profile: &DatabaseProfile,
    engine_table: &EngineTable,
    missing: Missing,
) -> Json {
    let types: Vec<Json> = engine_table
        .columns
        .iter()
        .map(|column| {
            let ty = profile.column_type(&column.ty, &column.native_type, column.multi);
            json!([column.name, ty])
        })
        .collect();
    let mut turn = 0_usize;
    let mut cell = |row: &NativeRow, column: &EngineColumn| match row.get(&column.name) {
        Some(value) if !value.is_missing() && column.holds(value) => wire(value),
        _ => {
            turn = turn.wrapping_mul(31).wrapping_add(7) % 1009;
            let blank = match missing {
                Missing::Null => false,
                Missing::Blank => true,
                Missing::Mixed => turn.is_multiple_of(2),
            };
            // An address column of ECS and a column of several values hold no empty text.
            let can = column.ty.is_textual() && !matches!(column.native_type.as_str(), "ip" | INET);
            match blank {
                true if column.multi => json!([]),
                true if can => json!(""),
                _ => Json::Null,
            }
        }
    };
    let rows: Vec<Vec<Json>> = engine_table
        .rows
        .iter()
        .map(|row| {
            engine_table
                .columns
                .iter()
                .map(|column| cell(row, column))
                .collect()
        })
        .collect();
    json!({"table": engine_table.name, "columns": types, "rows": rows})
}

fn wire(value: &Value) -> Json {
    match value {
        Value::Time(at) => json!({"t": at}),
        Value::Float(number) => json!({"f": number.to_string()}),
        Value::Set(elements) => elements.iter().map(wire).collect(),
        other => crate::data::native::to_json(other),
    }
}

/// Native rows as the text that the program reads.
#[must_use]
pub fn ndjson(rows: &[NativeRow]) -> String {
    let lines = rows.iter().map(|row| {
        let cells = row
            .iter()
            .map(|(name, value)| (name.clone(), crate::data::native::to_json(value)));
        Json::Object(cells.collect()).to_string() + "\n"
    });
    lines.collect()
}

/// Rows as a file has them: nested objects or dotted names, of which the columns asked for are kept.
///
/// # Errors
/// A line that is no JSON; a cell that is not of its column's type.
pub fn native_rows(text: &str, columns: &[&ColumnInfo]) -> Result<Vec<NativeRow>, String> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let object: Json = serde_json::from_str(line).map_err(|error| error.to_string())?;
            let mut flat = BTreeMap::new();
            flatten("", &object, &mut flat);
            let present = columns.iter().filter_map(|column| {
                let json = flat.get(&column.native.name)?;
                Some((column, json))
            });
            present
                .map(|(column, json)| Ok((column.native.name.clone(), stored(json, column)?)))
                .collect()
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

fn stored(json: &Json, column: &ColumnInfo) -> Result<Value, String> {
    match json {
        Json::Array(items) => {
            let values: Result<Vec<Value>, String> =
                items.iter().map(|item| one(item, column)).collect();
            Ok(Value::set(values?))
        }
        single if column.native.multi => Ok(Value::set([one(single, column)?])),
        single => one(single, column),
    }
}

fn one(json: &Json, column: &ColumnInfo) -> Result<Value, String> {
    let wrong = || format!("{}: {json} is no {}", column.native.name, column.ty);
    match (json, &column.ty) {
        (Json::Null, _) => Ok(Value::Missing),
        (Json::String(text), Type::Time) => crate::data::time::instant(text)
            .map(Value::Time)
            .ok_or_else(wrong),
        (Json::String(text), _) => Ok(Value::text(text)),
        (Json::Number(number), Type::Float) => {
            Ok(number.as_f64().map_or(Value::Missing, Value::float))
        }
        (Json::Number(number), Type::Int) => Ok(number.as_i64().map_or(Value::Missing, Value::Int)),
        (Json::Bool(truth), _) => Ok(Value::Bool(*truth)),
        _ => Err(wrong()),
    }
}

/// Native columns whose words are compared without case.
#[must_use]
pub fn folded(schema: &Schema, class: &str, product: &str) -> BTreeSet<String> {
    let mappings = schema.of_class(class).into_iter();
    mappings
        .flat_map(|mapping| mapping.fields.values())
        .filter_map(|mapping| match &mapping.how {
            How::Words {
                source, fold: true, ..
            } => Some(source.column(product).to_owned()),
            _ => None,
        })
        .collect()
}

/// An engine's answer as a table of the hunt's columns.
///
/// # Errors
/// What in it is not as the compiler promises.
pub fn read_result(
    answer: &Json,
    outputs: &[BoundOutput],
    folded: &BTreeSet<String>,
) -> Result<Table, String> {
    let list = |key: &str| answer.get(key).and_then(Json::as_array);
    let names: Vec<&str> = list("columns")
        .ok_or("no columns")?
        .iter()
        .filter_map(|column| column.get(0)?.as_str())
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
    for row in list("rows").ok_or("no rows")? {
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
        ReadBack::AsIs => {
            // A field of several values of which there are none is missing; a set that a hunt makes is empty.
            Ok(match value(json, &output.ty)? {
                Value::Set(of) if output.several && of.is_empty() => Value::Missing,
                read @ (Value::Set(_) | Value::Missing) => read,
                one if output.several => Value::set([one]),
                read => read,
            })
        }
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

/// A cell as a value of the type.
///
/// # Errors
/// It is of another type.
pub(crate) fn value(json: &Json, ty: &Type) -> Result<Value, String> {
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
