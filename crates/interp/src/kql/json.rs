//! JSON: cells to text and to the answer, JSON text and values of samples to cells.
//!
//! In: a [`Cell`], or JSON. Out: the other. Guarantee: numbers keep whether they are whole (`1` and `1.0` differ in a `dynamic`); instants inside a
//! `dynamic` are written as ISO 8601 with seven digits, as Kusto serialises them
//! (<https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/dynamic>).

use super::cell::{Cell, Type};
use super::time;
use serde_json::{Map, Number, Value as Json};
use std::rc::Rc;

/// The text of a dynamic value, compact.
pub(super) fn text(cell: &Cell) -> String {
    let mut out = String::new();
    write(cell, &mut out);
    out
}

fn write(cell: &Cell, out: &mut String) {
    match cell {
        Cell::Array(cells) => {
            out.push('[');
            for (at, cell) in cells.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(cell, out);
            }
            out.push(']');
        }
        Cell::Bag(bag) => {
            out.push('{');
            for (at, (key, cell)) in bag.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&Json::from(&**key).to_string());
                out.push(':');
                write(cell, out);
            }
            out.push('}');
        }
        Cell::Null => out.push_str("null"),
        Cell::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Cell::Long(value) => out.push_str(&value.to_string()),
        Cell::Real(value) if value.is_finite() => out.push_str(&real_text(*value)),
        other => out.push_str(&Json::from(plain(other)).to_string()),
    }
}

/// The text of a scalar that stands alone.
pub(super) fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
        Cell::Long(value) => value.to_string(),
        Cell::Real(value) => real_text(*value),
        Cell::Decimal(value) => value.to_string(),
        Cell::Text(text) => text.to_string(),
        Cell::Time(ticks) => time::instant_text(*ticks),
        Cell::Span(ticks) => time::span_text(*ticks),
        Cell::Guid(value) => guid_text(*value),
        Cell::Array(_) | Cell::Bag(_) => text(cell),
    }
}

/// A real as Kusto writes it: `1.0`, `1E+19`, `NaN`, `Infinity` is left to the caller's words.
pub(super) fn real_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let shortest = format!("{value:?}");
    match shortest.split_once('e') {
        None => shortest,
        Some((mantissa, exponent)) => {
            let (sign, digits) = match exponent.strip_prefix('-') {
                Some(digits) => ('-', digits),
                None => ('+', exponent),
            };
            format!("{mantissa}E{sign}{digits:0>2}")
        }
    }
}

pub(super) fn guid_text(value: u128) -> String {
    let hex = format!("{value:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

pub(super) fn guid(text: &str) -> Option<u128> {
    let text = text.trim().trim_matches(['\'', '"', '{', '}']);
    let hex: String = text.chars().filter(|letter| *letter != '-').collect();
    let fits = hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| u128::from_str_radix(&hex, 16).ok()).flatten()
}

/// A cell of an answer.
pub(super) fn answer(cell: &Cell, ty: Type) -> Json {
    match cell {
        // A text has no null, even where `isnull` says so.
        Cell::Null if ty == Type::Text => Json::from(""),
        Cell::Null => Json::Null,
        Cell::Bool(value) => Json::Bool(*value),
        Cell::Long(value) => Json::from(*value),
        Cell::Real(value) => match Number::from_f64(*value) {
            Some(number) => Json::Number(number),
            None => Json::from(match value {
                value if value.is_nan() => "NaN",
                value if *value > 0.0 => "Infinity",
                _ => "-Infinity",
            }),
        },
        Cell::Decimal(value) if ty == Type::Decimal => Json::from(value.to_f64()),
        Cell::Array(cells) => Json::Array(cells.iter().map(|c| answer(c, Type::Dynamic)).collect()),
        Cell::Bag(bag) => {
            let entries = bag.iter();
            let pairs = entries.map(|(key, cell)| (key.to_string(), answer(cell, Type::Dynamic)));
            Json::Object(pairs.collect::<Map<_, _>>())
        }
        other => Json::from(plain(other)),
    }
}

/// How many bytes a cell takes in an answer, roughly.
pub(super) fn size(cell: &Cell) -> usize {
    let own = size_of::<Json>();
    match cell {
        Cell::Text(text) => own + text.len(),
        Cell::Array(cells) => own + cells.iter().map(size).sum::<usize>(),
        Cell::Bag(bag) => {
            let entries = bag.iter();
            own + entries
                .map(|(key, cell)| 48 + key.len() + size(cell))
                .sum::<usize>()
        }
        _ => own,
    }
}

/// How deep dynamic values may nest.
const DEEPEST: usize = 200;

/// What is said of those that nest deeper.
pub(super) const DEEP: &str = "a dynamic value nests deeper than 200 levels";

/// Whether a value nests deeper than it may.
pub(super) fn is_deep(cell: &Cell) -> bool {
    deeper_than(cell, DEEPEST)
}

fn deeper_than(cell: &Cell, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return matches!(cell, Cell::Array(_) | Cell::Bag(_));
    };
    match cell {
        Cell::Array(cells) => cells.iter().any(|cell| deeper_than(cell, below)),
        Cell::Bag(bag) => bag.iter().any(|(_, cell)| deeper_than(cell, below)),
        _ => false,
    }
}

/// JSON as a dynamic value.
pub(super) fn dynamic(json: &Json) -> Cell {
    match json {
        Json::Null => Cell::Null,
        Json::Bool(value) => Cell::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Cell::Long(whole),
            None => number.as_f64().map_or(Cell::Null, Cell::Real),
        },
        Json::String(text) => Cell::text(text),
        Json::Array(items) => Cell::array(items.iter().map(dynamic).collect()),
        Json::Object(map) => Cell::bag(
            map.iter()
                .map(|(key, value)| (Rc::from(key.as_str()), dynamic(value)))
                .collect(),
        ),
    }
}

/// A text as a dynamic value: what is no JSON stays a text (<https://learn.microsoft.com/en-us/kusto/query/parse-json-function>).
pub(super) fn parsed(text: &str) -> Cell {
    if text.trim().is_empty() {
        return Cell::Null;
    }
    match serde_json::from_str::<Json>(text) {
        Ok(json) => dynamic(&json),
        Err(_) => Cell::text(text),
    }
}

/// A cell of a sample, by the type of its column; `None`: it does not fit.
pub(super) fn sample(json: &Json, ty: Type) -> Option<Cell> {
    if json.is_null() {
        return Some(ty.absent());
    }
    Some(match (ty, json) {
        (Type::Dynamic, json) => dynamic(json),
        (Type::Bool, Json::Bool(value)) => Cell::Bool(*value),
        (Type::Int, Json::Number(number)) => {
            let value = whole(number)?;
            i32::try_from(value).ok()?;
            Cell::Long(value)
        }
        (Type::Long, Json::Number(number)) => Cell::Long(whole(number)?),
        (Type::Real, Json::Number(number)) => Cell::Real(number.as_f64()?),
        (Type::Real, Json::String(text)) => Cell::Real(super::convert::real(text)?),
        (Type::Decimal, Json::Number(number)) => {
            Cell::Decimal(super::decimal::Decimal::parse(&number.to_string())?)
        }
        (Type::Decimal, Json::String(text)) => Cell::Decimal(super::decimal::Decimal::parse(text)?),
        (Type::Text, Json::String(text)) => Cell::text(text),
        (Type::Time, Json::String(text)) => Cell::Time(time::instant(text)?),
        (Type::Span, Json::String(text)) => Cell::Span(time::span(text)?),
        (Type::Guid, Json::String(text)) => Cell::Guid(guid(text)?),
        _ => return None,
    })
}

/// A whole number, written with a fraction of zero or without.
fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let value = number.as_f64()?;
        (value.fract() == 0.0 && value.abs() < 9.0e15).then_some(value as i64)
    })
}
