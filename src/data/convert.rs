//! Cells: JSON and text as values of a type.
//!
//! Guarantee: what is not of the type is refused with a reason; nothing is rounded but times, which are cut to whole milliseconds.

use super::intern::Texts;
use super::time::Clock;
use crate::net;
use crate::plan::Type;
use crate::value::Value;
use serde_json::Value as Json;

/// What cells are read with.
#[derive(Default)]
pub(super) struct Context {
    pub texts: Texts,
    pub clock: Clock,
    /// Texts that mean that a value is missing: `-` in Windows events.
    pub missing: Vec<String>,
}

/// What a cell must be.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub ty: &'a Type,
    /// Whether it may hold several values.
    pub multi: bool,
    /// The words of a closed set; none where any text will do.
    pub words: &'a [String],
    /// Words that the column is known to hold; for texts that list several of them.
    pub known: &'a [String],
    /// Whether a time without a zone is in UTC, whatever the user says.
    pub utc: bool,
}

/// Whether the cell is a time.
pub(super) fn is_time(wanted: Wanted) -> bool {
    *wanted.ty == Type::Time
}

/// A JSON value as a value of the type.
pub(super) fn json(json: &Json, wanted: Wanted, context: &mut Context) -> Result<Value, String> {
    match json {
        Json::Object(_) | Json::Array(_) if *wanted.ty == Type::Json => {
            Ok(context.texts.value(&json.to_string()))
        }
        Json::Array(items) if wanted.multi => {
            let single = Wanted {
                multi: false,
                ..wanted
            };
            let read = items.iter().map(|item| self::json(item, single, context));
            Ok(several(read.collect::<Result<Vec<_>, _>>()?))
        }
        // Many exporters wrap every value in a list.
        Json::Array(items) => match items.as_slice() {
            [] => Ok(Value::Missing),
            [one] => self::json(one, wanted, context),
            _ => Err(format!("{} values where one is expected", items.len())),
        },
        Json::String(text) if wanted.multi => of_texts(text, wanted, context),
        Json::String(text) => of_text(text, wanted, context),
        Json::Null => Ok(Value::Missing),
        Json::Bool(truth) if *wanted.ty == Type::Bool => Ok(Value::Bool(*truth)),
        Json::Number(number) => of_number(number, wanted, context),
        Json::Bool(_) | Json::Object(_) => Err(refused(&json.to_string(), wanted)),
    }
}

/// The text of a CSV cell as a value of the type; several values are a JSON array.
pub(super) fn cell(text: &str, wanted: Wanted, context: &mut Context) -> Result<Value, String> {
    if !wanted.multi {
        return of_text(text, wanted, context);
    }
    if text.starts_with('[')
        && let Ok(array @ Json::Array(_)) = serde_json::from_str(text)
    {
        return json(&array, wanted, context);
    }
    of_texts(text, wanted, context)
}

/// A text of a field that may hold several values. Kibana and others write them as `network, session`; that is read as two where each part is a
/// known word or an address, which no single value is.
fn of_texts(text: &str, wanted: Wanted, context: &mut Context) -> Result<Value, String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let is_known = |part: &&str| match wanted.ty {
        Type::Ip => net::canonical(part).is_some(),
        _ => wanted.known.iter().any(|word| word == part),
    };
    let parts = if parts.len() > 1 && parts.iter().all(is_known) {
        parts
    } else {
        vec![text]
    };
    let read = parts.into_iter().map(|part| of_text(part, wanted, context));
    Ok(several(read.collect::<Result<Vec<_>, _>>()?))
}

fn of_text(text: &str, wanted: Wanted, context: &mut Context) -> Result<Value, String> {
    if text.is_empty() || context.missing.iter().any(|word| word == text) {
        return Ok(Value::Missing);
    }
    let refused = || refused(&format!("{text:?}"), wanted);
    match wanted.ty {
        Type::Text => Ok(context.texts.value(text)),
        Type::Enum(_) => {
            let known = wanted.words.is_empty() || wanted.words.iter().any(|word| word == text);
            known.then(|| context.texts.value(text)).ok_or_else(refused)
        }
        Type::Ip => match net::is_canonical(text) {
            true => Ok(context.texts.value(text)),
            false => net::canonical(text)
                .map(|text| context.texts.value(&text))
                .ok_or_else(refused),
        },
        Type::Int if text.starts_with('+') => Err(refused()),
        Type::Int => text.parse().map(Value::Int).map_err(|_| refused()),
        Type::Float => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => Err(refused()),
        },
        Type::Time => {
            let time = context.clock.parse(text, wanted.utc);
            time.map(Value::Time)
                .map_err(|why| format!("{}{why}", refused()))
        }
        Type::Bool if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        Type::Bool if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        // What is no JSON has no members.
        Type::Json => Ok(context.texts.value(text)),
        Type::Bool | Type::Duration | Type::Set(_) => Err(refused()),
    }
}

fn of_number(
    number: &serde_json::Number,
    wanted: Wanted,
    context: &mut Context,
) -> Result<Value, String> {
    let whole = number.as_i64().or_else(|| whole(number.as_f64()?));
    let value = match wanted.ty {
        Type::Int => whole.map(Value::Int),
        Type::Time => {
            let time = context.clock.number(number);
            let refused = |why| format!("{}{why}", refused(&number.to_string(), wanted));
            Some(Value::Time(time.map_err(refused)?))
        }
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
