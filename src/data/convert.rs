//! Cells: JSON and text as values of a type.
//!
//! Promise: what is not of the type is refused with a reason; nothing is rounded but times, which are cut to whole milliseconds.

use super::intern::Texts;
use super::time;
use crate::net;
use crate::plan::Type;
use crate::value::Value;
use serde_json::Value as Json;

/// What a cell must be.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub ty: &'a Type,
    /// Whether it may hold several values.
    pub multi: bool,
    /// The words of a closed set; none where any text will do.
    pub words: &'a [String],
}

/// A JSON value as a value of the type.
pub(super) fn json(json: &Json, wanted: Wanted, texts: &mut Texts) -> Result<Value, String> {
    match json {
        Json::Array(items) if wanted.multi => {
            let single = Wanted {
                multi: false,
                ..wanted
            };
            let read = items.iter().map(|item| self::json(item, single, texts));
            Ok(several(read.collect::<Result<Vec<_>, _>>()?))
        }
        // Many exporters wrap every value in a list.
        Json::Array(items) => match items.as_slice() {
            [] => Ok(Value::Missing),
            [one] => self::json(one, wanted, texts),
            _ => Err(format!("{} values where one is wanted", items.len())),
        },
        Json::String(text) if wanted.multi => Ok(several(vec![of_text(text, wanted, texts)?])),
        Json::String(text) => of_text(text, wanted, texts),
        Json::Null => Ok(Value::Missing),
        Json::Bool(truth) if *wanted.ty == Type::Bool => Ok(Value::Bool(*truth)),
        Json::Number(number) => of_number(number, wanted),
        Json::Bool(_) | Json::Object(_) => Err(refused(&json.to_string(), wanted)),
    }
}

/// The text of a CSV cell as a value of the type; several values are a JSON array.
pub(super) fn cell(text: &str, wanted: Wanted, texts: &mut Texts) -> Result<Value, String> {
    if !wanted.multi {
        return of_text(text, wanted, texts);
    }
    if text.starts_with('[')
        && let Ok(array @ Json::Array(_)) = serde_json::from_str(text)
    {
        return json(&array, wanted, texts);
    }
    Ok(several(vec![of_text(text, wanted, texts)?]))
}

fn of_text(text: &str, wanted: Wanted, texts: &mut Texts) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::Missing);
    }
    let refused = || refused(&format!("{text:?}"), wanted);
    match wanted.ty {
        Type::Text => Ok(texts.value(text)),
        Type::Enum(_) => {
            let known = wanted.words.is_empty() || wanted.words.iter().any(|word| word == text);
            known.then(|| texts.value(text)).ok_or_else(refused)
        }
        Type::Ip => match net::is_canonical(text) {
            true => Ok(texts.value(text)),
            false => net::canonical(text)
                .map(|text| texts.value(&text))
                .ok_or_else(refused),
        },
        Type::Int if text.starts_with('+') => Err(refused()),
        Type::Int => text.parse().map(Value::Int).map_err(|_| refused()),
        Type::Float => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => Err(refused()),
        },
        Type::Time => time::instant(text).map(Value::Time).ok_or_else(refused),
        Type::Bool if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        Type::Bool if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        Type::Bool | Type::Duration | Type::Set(_) => Err(refused()),
    }
}

fn of_number(number: &serde_json::Number, wanted: Wanted) -> Result<Value, String> {
    let whole = number.as_i64().or_else(|| whole(number.as_f64()?));
    let value = match wanted.ty {
        Type::Int => whole.map(Value::Int),
        Type::Time => whole.map(Value::Time),
        Type::Float => number.as_f64().map(Value::float),
        _ => None,
    };
    let value = value.ok_or_else(|| refused(&number.to_string(), wanted))?;
    Ok(if wanted.multi {
        several(vec![value])
    } else {
        value
    })
}

/// A double without a fraction, as far as doubles hold every integer.
fn whole(number: f64) -> Option<i64> {
    let exact = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation)]
    exact.then_some(number as i64)
}

/// The values of a multi-valued field; none is missing.
fn several(values: Vec<Value>) -> Value {
    match Value::set(values) {
        Value::Set(elements) if elements.is_empty() => Value::Missing,
        set => set,
    }
}

fn refused(what: &str, wanted: Wanted) -> String {
    let mut shown: String = what.chars().take(60).collect();
    if shown.len() < what.len() {
        shown.push('…');
    }
    let wanted = match wanted.ty {
        Type::Enum(_) => format!("one of {}", wanted.words.join(", ")),
        Type::Ip => "an address".to_owned(),
        Type::Time => "a time".to_owned(),
        Type::Int => "an int".to_owned(),
        ty => format!("{ty}"),
    };
    format!("{shown} is not {wanted}")
}
