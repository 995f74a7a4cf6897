//! The functions of grammar/functions.yaml, which also states their semantics.
//!
//! All are written for present arguments: a missing one makes the result missing, and a predicate false, before they are called; `coalesce` is the exception.
//! `decimal_to_int` and `scale_down` are no functions of the language: `plan::passes::bind` writes them for casts of a schema.

use super::EvalError;
use super::text::{lower, upper};
use crate::net;
use crate::pattern::Pattern;
use crate::plan::made_functions::MEMBER_TEXT;
use crate::source::Span;
use crate::value::Value;

const DAY: i64 = 86_400_000;
/// 1970-01-01 was a Thursday: the Monday before it lies three days back.
const MONDAY: i64 = -3 * DAY;

/// The value of a call.
pub(super) fn call(
    function: &str,
    arguments: &[Value],
    pattern: Option<&Pattern>,
    span: Span,
) -> Result<Value, EvalError> {
    if function == "coalesce" {
        let mut present = arguments.iter().filter(|argument| !argument.is_missing());
        return Ok(present.next().cloned().unwrap_or(Value::Missing));
    }
    if arguments.iter().any(Value::is_missing) {
        return Ok(if function.starts_with("is_") {
            Value::Bool(false)
        } else {
            Value::Missing
        });
    }
    let found = match arguments {
        [Value::Text(json), way @ ..] if function == MEMBER_TEXT => Some(member_text(json, way)),
        [Value::Text(text)] => of_text(function, text, pattern),
        [other] => of_one(function, other),
        [first, others @ ..] => of_more(function, first, others),
        [] => None,
    };
    found.ok_or_else(|| {
        EvalError::ill_typed(span, &format!("`{function}` is not known for these values"))
    })
}

fn of_text(function: &str, text: &str, pattern: Option<&Pattern>) -> Option<Value> {
    let address = |is: fn(std::net::IpAddr) -> bool| {
        Some(Value::Bool(net::parse_address(text).is_some_and(is)))
    };
    match function {
        "lower" => Some(Value::text(&lower(text))),
        "upper" => Some(Value::text(&upper(text))),
        "length" => Some(count(text.chars().count())),
        "extract" => {
            let held = pattern?.capture(text);
            Some(held.map_or(Value::Missing, |held| Value::text(&held)))
        }
        "is_private" => address(net::is_private),
        "is_public" => address(net::is_public),
        "is_ipv4" => address(|address| address.is_ipv4()),
        "is_ipv6" => address(|address| address.is_ipv6()),
        "int" | "decimal_to_int" => Some(decimal(text).map_or(Value::Missing, Value::Int)),
        "string" => Some(Value::text(text)),
        "ip" if net::is_canonical(text) => Some(Value::text(text)),
        "ip" => Some(Value::Missing),
        _ => None,
    }
}

/// The text of a member of JSON; missing where there is none, and where it is an object or an array.
fn member_text(json: &str, way: &[Value]) -> Value {
    let read = serde_json::from_str::<serde_json::Value>(json);
    let Ok(mut held) = read.as_ref() else {
        return Value::Missing;
    };
    for step in way {
        let inner = match step {
            Value::Text(key) => held.get(&**key),
            Value::Int(place) => usize::try_from(*place).ok().and_then(|at| held.get(at)),
            _ => None,
        };
        let Some(inner) = inner else {
            return Value::Missing;
        };
        held = inner;
    }
    match held {
        serde_json::Value::String(text) if !text.is_empty() => Value::text(text),
        serde_json::Value::Number(number) => Value::text(&number.to_string()),
        serde_json::Value::Bool(truth) => Value::text(&truth.to_string()),
        _ => Value::Missing,
    }
}

fn of_one(function: &str, value: &Value) -> Option<Value> {
    match (function, value) {
        ("size", Value::Set(elements)) => Some(count(elements.len())),
        ("size", Value::SomeOf { count: taken, .. }) => Some(count(*taken)),
        #[allow(clippy::cast_precision_loss)]
        ("float", Value::Int(number)) => Some(Value::Float(*number as f64)),
        ("string", Value::Int(number)) => Some(Value::text(&number.to_string())),
        _ => None,
    }
}

fn of_more(function: &str, first: &Value, others: &[Value]) -> Option<Value> {
    match (function, first, others) {
        ("concat", Value::Text(first), others) => {
            let mut joined = first.to_string();
            for other in others {
                let Value::Text(part) = other else {
                    return None;
                };
                joined.push_str(part);
            }
            Some(Value::text(&joined))
        }
        ("substring", Value::Text(text), [Value::Int(start)]) => {
            Some(substring(text, *start, i64::MAX))
        }
        ("substring", Value::Text(text), [Value::Int(start), Value::Int(length)]) => {
            Some(substring(text, *start, *length))
        }
        ("replace", Value::Text(text), [Value::Text(from), Value::Text(to)]) => {
            Some(Value::text(&text.replace(&**from, to)))
        }
        ("bin", Value::Time(time), [Value::Duration(width)]) => bin(*time, *width),
        ("scale_down", Value::Int(number), [Value::Int(factor)]) => {
            Some(Value::Int(number.checked_div(*factor)?))
        }
        _ => None,
    }
}

fn count(number: usize) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// `-?[0-9]{1,18}`, which is always a 64-bit integer.
fn decimal(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let fits = (1..=18).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

fn substring(text: &str, start: i64, length: i64) -> Value {
    let cut = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
    let part: String = text.chars().skip(cut(start)).take(cut(length)).collect();
    Value::text(&part)
}

/// The greatest whole number of widths, counted from midnight (a week: from a Monday), that is not after the time.
fn bin(time: i64, width: i64) -> Option<Value> {
    let origin = if width == 7 * DAY { MONDAY } else { 0 };
    let windows = time.checked_sub(origin)?.checked_div_euclid(width)?;
    Some(Value::Time(
        windows.checked_mul(width)?.checked_add(origin)?,
    ))
}
