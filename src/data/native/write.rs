//! An event to native cells: for fixtures, so that engines can run on them.

use super::is_word;
use crate::plan::Type;
use crate::schema::{
    Cast, Class, ClassMapping, ColumnInfo, Fidelity, How, RowCondition, Schema, Source, TextPart,
};
use crate::value::Value;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A native row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// Column and value, in the order of the schema; columns without a value are not there.
    pub cells: Vec<(String, Value)>,
    /// Present fields that the row does not hold, or not as they were, and why.
    pub dropped: Vec<(String, String)>,
}

/// Writes an event in the native columns of a schema.
///
/// The first native word that suits every field on its column is written; where none does, fields that match less exactly yield. A field that is
/// computed from others is not written: it is computed again on reading, perhaps to another value.
///
/// # Errors
/// A schema without the class; an event that cannot be recognised as one of the class.
pub fn write(
    class: &Class,
    columns: &[String],
    row: &[Value],
    schema: &Schema,
    product: &str,
) -> Result<Written, String> {
    let mapping = schema.of_class(&class.name).ok_or_else(|| {
        format!(
            "schema `{}` holds no events of class `{}`",
            schema.name, class.name
        )
    })?;
    let present: BTreeMap<&str, &Value> = columns
        .iter()
        .map(String::as_str)
        .zip(row)
        .filter(|(_, value)| !value.is_missing())
        .collect();
    let switch = class.switch.as_ref();
    let switched = switch.is_some_and(|switch| {
        let word = present.get(switch.field.as_str());
        matches!(word, Some(Value::Text(word)) if **word == *switch.word)
    });
    let mut writer = Writer {
        schema,
        product,
        switched,
        cells: BTreeMap::new(),
        choices: BTreeMap::new(),
        parts: BTreeMap::new(),
        members: BTreeMap::new(),
        dropped: Vec::new(),
    };
    let first = switch.map(|switch| switch.field.as_str());
    for field in in_order(&present, mapping, first) {
        if let Some(value) = present.get(field)
            && let Err(why) = writer.field(field, value, mapping)
        {
            writer.dropped.push((field.to_owned(), why));
        }
    }
    writer.parts();
    writer.class(mapping)?;
    Ok(writer.finish())
}

/// First the field that chooses columns; then what is exact before what is not.
fn in_order<'a>(
    present: &BTreeMap<&'a str, &Value>,
    mapping: &ClassMapping,
    first: Option<&str>,
) -> Vec<&'a str> {
    let mut fields: Vec<&str> = present.keys().copied().collect();
    fields.sort_by_key(|field| {
        let fidelity = mapping.fields.get(*field).map(|mapping| mapping.fidelity);
        let doubt = match fidelity {
            Some(Fidelity::Exact) => 1,
            Some(Fidelity::Lossy) => 2,
            Some(Fidelity::Debatable) | None => 3,
        };
        (if Some(*field) == first { 0 } else { doubt }, *field)
    });
    fields
}

struct Writer<'a> {
    schema: &'a Schema,
    product: &'a str,
    /// Whether the columns of pairs change places.
    switched: bool,
    cells: BTreeMap<String, Value>,
    /// Native words that are still possible in a column, the best first.
    choices: BTreeMap<String, Vec<String>>,
    /// Parts of texts, by column: they are put together when it is known whether a field holds the whole text.
    parts: BTreeMap<String, Vec<(String, TextPart, String)>>,
    /// JSON, by column.
    members: BTreeMap<String, Json>,
    dropped: Vec<(String, String)>,
}

impl<'a> Writer<'a> {
    fn field(&mut self, field: &str, value: &Value, mapping: &ClassMapping) -> Result<(), String> {
        let Some(found) = mapping.fields.get(field) else {
            let absent = mapping.absent.get(field);
            let why = absent.map_or("the schema has no column for it", |absent| &absent.why);
            return Err(why.to_owned());
        };
        match &found.how {
            How::Column { source, cast } => {
                let column = self.column(source)?;
                if !source.member.is_empty() {
                    // Of a text of parts the part is all that is known.
                    let native = match cast {
                        Cast::Part(_) => value.clone(),
                        cast => uncast(value, *cast)?,
                    };
                    let json = self.members.entry(column.native.name.clone());
                    let json = json.or_insert(Json::Null);
                    return super::members::put(json, &source.member, &native.to_string());
                }
                if let (Cast::Part(part), Value::Text(text)) = (cast, value) {
                    let parts = self.parts.entry(column.native.name.clone()).or_default();
                    parts.push((field.to_owned(), *part, text.to_string()));
                    return Ok(());
                }
                let native = uncast(value, *cast)?;
                self.put(column, native)
            }
            How::Words { source, words, .. } => {
                let column = self.column(source)?;
                let word = value.to_string();
                let natives = words.iter().find(|(known, _)| *known == word);
                let natives = natives.map_or(&[][..], |(_, natives)| natives);
                if !source.member.is_empty() {
                    let first = natives.first();
                    let first = first.ok_or_else(|| format!("no value means `{word}`"))?;
                    let json = self.members.entry(column.native.name.clone());
                    let json = json.or_insert(Json::Null);
                    return super::members::put(json, &source.member, first);
                }
                self.word(column, &word, natives)
            }
            How::Predicates { .. } | How::Computed(_) => Ok(()),
        }
    }

    fn column(&self, source: &Source) -> Result<&'a ColumnInfo, String> {
        let name = match source.switched_column() {
            Some(other) if self.switched => other,
            _ => source.column(self.product),
        };
        let column = self.schema.column(name).filter(|column| {
            column.products.is_empty() || column.products.iter().any(|p| p == self.product)
        });
        column.ok_or_else(|| format!("the product form `{}` lacks column `{name}`", self.product))
    }

    fn put(&mut self, column: &ColumnInfo, native: Value) -> Result<(), String> {
        let name = &column.native.name;
        let native = match native {
            // Several values, and a column that holds one.
            Value::Set(elements) if !column.native.multi => match elements.as_slice() {
                [one] => one.clone(),
                _ => return Err(format!("column `{name}` holds one value")),
            },
            native => native,
        };
        if let Some(choices) = self.choices.get_mut(name) {
            let text = native.to_string();
            if !choices.contains(&text) {
                return Err(format!("column `{name}` already says something else"));
            }
            choices.retain(|choice| *choice == text);
            return Ok(());
        }
        match self.cells.get(name) {
            Some(other) if *other != native => {
                Err(format!("column `{name}` already holds {other}"))
            }
            _ => {
                self.cells.insert(name.clone(), native);
                Ok(())
            }
        }
    }

    fn word(&mut self, column: &ColumnInfo, word: &str, natives: &[String]) -> Result<(), String> {
        let name = &column.native.name;
        let Some(first) = natives.first() else {
            return Err(format!("no value of column `{name}` means `{word}`"));
        };
        if column.native.multi {
            self.add(name, first);
            return Ok(());
        }
        let left: Vec<String> = match (self.choices.get(name), self.cells.get(name)) {
            (Some(choices), _) => choices
                .iter()
                .filter(|c| natives.contains(c))
                .cloned()
                .collect(),
            (None, Some(held)) => vec![held.to_string()]
                .into_iter()
                .filter(|h| natives.contains(h))
                .collect(),
            (None, None) => natives.to_vec(),
        };
        if left.is_empty() {
            return Err(format!(
                "no value of column `{name}` means `{word}` together with the other fields on it"
            ));
        }
        self.cells.remove(name);
        self.choices.insert(name.clone(), left);
        Ok(())
    }

    /// One more value of a multi-valued column.
    fn add(&mut self, column: &str, value: &str) {
        let held = match self.cells.remove(column) {
            Some(Value::Set(elements)) => elements,
            other => other.into_iter().collect(),
        };
        let all = held.into_iter().chain([Value::text(value)]);
        self.cells.insert(column.to_owned(), Value::set(all));
    }

    /// Puts the parts of a text together where no field holds the whole, and gives up those that another field contradicts.
    fn parts(&mut self) {
        for (column, parts) in std::mem::take(&mut self.parts) {
            let of = |wanted: TextPart| {
                let mut parts = parts.iter();
                parts.find_map(|(_, part, text)| (*part == wanted).then_some(text.as_str()))
            };
            let name = of(TextPart::FileName).or_else(|| of(TextPart::AccountName));
            if !self.cells.contains_key(&column)
                && let Some(name) = name
            {
                let whole = match of(TextPart::AccountDomain) {
                    Some(domain) => format!("{domain}\\{name}"),
                    None => name.to_owned(),
                };
                self.cells.insert(column.clone(), Value::text(&whole));
            }
            let held = match self.cells.get(&column) {
                Some(Value::Text(held)) => held.to_string(),
                _ => String::new(),
            };
            for (field, part, text) in parts {
                if part.extract_from(&held) != Some(text.as_str()) {
                    let why = format!("column `{column}` holds {held:?}, of which it is no part");
                    self.dropped.push((field, why));
                }
            }
        }
    }

    /// Makes the row one of the class.
    fn class(&mut self, mapping: &ClassMapping) -> Result<(), String> {
        for RowCondition {
            column: name,
            values,
        } in &mapping.rows
        {
            let Some(first) = values.first() else {
                continue;
            };
            let Some(column) = self.schema.column(name) else {
                return Err(format!(
                    "the class stands on column `{name}`, which does not exist"
                ));
            };
            let is_told = (self.cells.get(name))
                .is_some_and(|cell| values.iter().any(|value| is_word(cell, value, false)));
            if !column.native.multi {
                self.word(column, first, values)?;
            } else if !is_told {
                self.add(name, first);
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Written {
        for (column, choices) in std::mem::take(&mut self.choices) {
            if let Some(word) = choices.first() {
                let is_int = (self.schema.column(&column)).is_some_and(|info| info.ty == Type::Int);
                let cell = match word.parse() {
                    Ok(number) if is_int => Value::Int(number),
                    _ => Value::text(word),
                };
                self.cells.insert(column, cell);
            }
        }
        for (column, json) in std::mem::take(&mut self.members) {
            if !json.is_null() {
                self.cells.insert(column, Value::text(&json.to_string()));
            }
        }
        let mut cells: Vec<(usize, String, Value)> = std::mem::take(&mut self.cells)
            .into_iter()
            .filter_map(|(name, value)| Some((self.schema.place(&name)?, name, value)))
            .collect();
        cells.sort_by_key(|(place, ..)| *place);
        let cells = cells.into_iter().filter_map(|(_, name, value)| {
            let column = self.schema.column(&name)?;
            Some((name, typed(value, column)))
        });
        Written {
            cells: cells.collect(),
            dropped: self.dropped,
        }
    }
}

/// A word in the column's own type: words of a number column are numbers, those of a boolean one booleans.
fn typed(value: Value, column: &ColumnInfo) -> Value {
    match (&value, &column.ty) {
        (Value::Text(text), crate::plan::Type::Int) => text.parse().map_or(value, Value::Int),
        (Value::Text(text), crate::plan::Type::Bool) => text.parse().map_or(value, Value::Bool),
        _ => value,
    }
}

fn uncast(value: &Value, cast: Cast) -> Result<Value, String> {
    match (cast, value) {
        (Cast::None, _) => Ok(value.clone()),
        (Cast::TextToInt, Value::Int(number)) => Ok(Value::text(&number.to_string())),
        (Cast::IntToText, Value::Text(text)) => {
            let number = text.parse().map(Value::Int);
            number.map_err(|_| format!("{text:?} is not a whole number, as the column wants"))
        }
        (Cast::Scaled(factor), Value::Int(number)) => {
            let native = number.checked_mul(factor).map(Value::Int);
            native.ok_or_else(|| format!("{number} times {factor} is beyond 64 bits"))
        }
        (Cast::Part(_), _) => Err("the column holds more than this part".to_owned()),
        (_, other) => Err(format!("{other} is of another type than the field")),
    }
}

/// A native value as JSON: times in ISO 8601, sets as arrays.
#[must_use]
pub fn to_json(value: &Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Value::Missing => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Int(number) | Value::Duration(number) => Json::from(*number),
        Value::Float(number) => Json::from(*number),
        Value::Text(_) | Value::Time(_) => Json::String(value.to_string()),
        Value::Set(elements) => elements.iter().map(to_json).collect(),
        Value::OneOf(alternatives) => alternatives.first().map_or(Json::Null, to_json),
        Value::SomeOf { count, of } => of.iter().take(*count).map(to_json).collect(),
    }
}
