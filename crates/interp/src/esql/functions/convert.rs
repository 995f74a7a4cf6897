//! In: calls that convert, and casts. Out: nodes.
//! Guarantee: conversions take every value of a cell; those that cannot be converted are left out, with a warning
//! (Elastic docs, "Type conversion functions").

use std::rc::Rc;

use super::super::arguments::{Arguments, Site, read_text};
use super::super::ast::Literal;
use super::super::calendar;
use super::super::cell::{Cell, Value, read_ip, show_double};
use super::super::node::{Node, Notes, Outcome, Run};
use super::super::operators::finite;
use super::super::types::Type;
use crate::Refusal;

/// The family.
pub(crate) const NAMES: &[&str] = &[
    "to_boolean",
    "to_bool",
    "to_datetime",
    "to_dt",
    "to_dateperiod",
    "to_timeduration",
    "to_degrees",
    "to_radians",
    "to_double",
    "to_dbl",
    "to_integer",
    "to_int",
    "to_ip",
    "to_long",
    "to_string",
    "to_str",
    "to_unsigned_long",
    "to_ul",
    "to_ulong",
    "to_version",
    "to_ver",
];

/// A call of the family.
pub(crate) fn call(name: &str, mut arguments: Arguments) -> Result<Node, Refusal> {
    if matches!(name, "to_degrees" | "to_radians") {
        let node = arguments.number()?;
        arguments.done()?;
        let degrees = name == "to_degrees";
        let span = arguments.site.span;
        return Ok(Node::each(node, Type::Double, span, move |value| {
            let value = value.double().unwrap_or_default();
            finite(if degrees {
                value.to_degrees()
            } else {
                value.to_radians()
            })
        }));
    }
    let ty = match name {
        "to_boolean" | "to_bool" => Type::Boolean,
        "to_datetime" | "to_dt" => Type::Date,
        "to_dateperiod" => Type::Period,
        "to_timeduration" => Type::Duration,
        "to_double" | "to_dbl" => Type::Double,
        "to_integer" | "to_int" => Type::Integer,
        "to_ip" => Type::Ip,
        "to_long" => Type::Long,
        "to_unsigned_long" | "to_ul" | "to_ulong" => Type::UnsignedLong,
        "to_version" | "to_ver" => Type::Version,
        _ => Type::Keyword,
    };
    let node = arguments.any()?;
    arguments.done()?;
    to(ty, node, &arguments.site)
}

/// A node converted to a type.
pub(crate) fn to(ty: Type, node: Node, site: &Site) -> Result<Node, Refusal> {
    let from = node.ty;
    let span = site.span.clone();
    let fits = from == Type::Null
        || from == ty
        || match ty {
            Type::Keyword => !from.is_amount() && from != Type::Source,
            Type::Boolean => from.is_number() || from.is_text(),
            Type::Integer | Type::Long | Type::Double | Type::UnsignedLong => {
                from.is_number() || from.is_text() || matches!(from, Type::Boolean | Type::Date)
            }
            Type::Date => from.is_number() || from.is_text(),
            Type::Ip | Type::Version => from.is_text(),
            Type::Period | Type::Duration => from.is_text(),
            Type::Null | Type::Text | Type::Source => false,
        };
    if !fits {
        return Err(site.invalid(format!("{} does not become {}", from.name(), ty.name())));
    }
    if ty.is_amount() && from.is_text() {
        let cell = match node.fold() {
            Some(Cell::One(text)) => {
                let text = text.str().unwrap_or_default();
                let value = read_text(text, ty);
                Cell::One(
                    value.ok_or_else(|| site.invalid(format!("\"{text}\" is no {}", ty.name())))?,
                )
            }
            Some(Cell::Null) => Cell::Null,
            _ => return Err(site.invalid("only a constant becomes an amount of time")),
        };
        return Ok(Node::constant(cell, ty, span));
    }
    Ok(Node::each(node, ty, span, move |value| convert(value, ty)))
}

/// `TO_IP(text, {"leading_zeros": …})`: what a part of an IPv4 address that begins with 0 is.
pub(crate) fn to_ip(
    node: Node,
    options: &[(String, Literal)],
    site: &Site,
) -> Result<Node, Refusal> {
    let mut radix = None;
    for (name, value) in options {
        let Literal::Text(value) = value else {
            return Err(site.invalid(format!("the option {name} is a string")));
        };
        radix = match (name.as_str(), value.as_str()) {
            ("leading_zeros", "reject") => None,
            ("leading_zeros", "decimal") => Some(10),
            ("leading_zeros", "octal") => Some(8),
            ("leading_zeros", _) => {
                let message = format!("leading_zeros is reject, decimal or octal, found {value}");
                return Err(site.invalid(message));
            }
            _ => return Err(site.invalid(format!("there is no option {name}"))),
        };
    }
    let Some(radix) = radix.filter(|_| node.ty.is_text()) else {
        return to(Type::Ip, node, site);
    };
    let site = site.clone();
    let span = site.span.clone();
    let apply = move |cells: &[Cell], notes: &mut Notes| {
        let mut found = Vec::new();
        for value in cells.iter().flat_map(Cell::values) {
            let text = value.str().unwrap_or_default();
            let zeroed = |part: &str| part.len() > 1 && part.starts_with('0');
            if text
                .split(['.', ':'])
                .any(|part| zeroed(part) && part.len() > 3)
            {
                // How many digits a part may have is not documented.
                notes.stop(site.unknown(format!("\"{text}\" is not known here")));
            }
            let parts = text.split('.').map(|part| {
                let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
                let radix = if zeroed(part) { radix } else { 10 };
                u8::from_str_radix(part, radix).ok().filter(|_| digits)
            });
            let ip = match parts.collect::<Option<Vec<u8>>>().as_deref() {
                Some([a, b, c, d]) => Some(std::net::Ipv4Addr::new(*a, *b, *c, *d)),
                _ => None,
            };
            match ip
                .map(|ip| ip.to_ipv6_mapped().octets())
                .or_else(|| read_ip(text))
            {
                Some(ip) => found.push(Value::Ip(ip)),
                None => notes.warn(&site.span, &format!("[{text}] is no address")),
            }
        }
        Cell::of(found)
    };
    Ok(Node {
        run: Run::Apply(vec![node], Box::new(apply)),
        ty: Type::Ip,
        span,
        literal: false,
    })
}

fn convert(value: &Value, ty: Type) -> Outcome {
    match ty {
        Type::Keyword => Ok(Some(Value::text(&value.show()))),
        Type::Boolean => Ok(Some(Value::Boolean(match value {
            Value::Boolean(v) => *v,
            Value::Text(text) => text.eq_ignore_ascii_case("true"),
            other => other.double().unwrap_or_default() != 0.0,
        }))),
        Type::Double => match value {
            Value::Text(text) => java_double(text).map(|v| Some(Value::Double(v))),
            other => Ok(Some(Value::Double(number(other)))),
        },
        Type::Integer => {
            let whole = to_long(value, "integer")?;
            match i32::try_from(whole) {
                Ok(whole) => Ok(Some(Value::Whole(i64::from(whole)))),
                Err(_) => Err(format!("[{}] out of [integer] range", shown(value))),
            }
        }
        Type::Long => Ok(Some(Value::Whole(to_long(value, "long")?))),
        Type::UnsignedLong => to_unsigned(value),
        Type::Date => match value {
            Value::Date(_) => Ok(Some(value.clone())),
            Value::Text(text) => calendar::parse(text)
                .map(|ms| Some(Value::Date(ms)))
                .ok_or_else(|| format!("[{text}] is no date")),
            other => Ok(Some(Value::Date(to_long(other, "long")?))),
        },
        Type::Ip => match value {
            Value::Text(text) => read_ip(text)
                .map(|ip| Some(Value::Ip(ip)))
                .ok_or_else(|| format!("[{text}] is no address")),
            other => Ok(Some(other.clone())),
        },
        Type::Version => Ok(Some(Value::Version(Rc::from(value.show())))),
        _ => Ok(Some(value.clone())),
    }
}

fn number(value: &Value) -> f64 {
    match value {
        Value::Boolean(v) => f64::from(u8::from(*v)),
        Value::Date(v) => *v as f64,
        other => other.double().unwrap_or_default(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Date(ms) => ms.to_string(),
        other => other.show(),
    }
}

/// What Java reads as a double.
fn java_double(text: &str) -> Result<f64, String> {
    let trimmed = text.trim();
    let plain = trimmed
        .strip_suffix(['d', 'D', 'f', 'F'])
        .unwrap_or(trimmed);
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    let read = match trimmed {
        "NaN" | "+NaN" | "-NaN" => Some(f64::NAN),
        "Infinity" | "+Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ if plain.chars().all(digits) => plain.parse().ok(),
        _ => None,
    };
    match read {
        Some(value) => finite(value).map(|_| value),
        None => Err(format!("[{text}] is no number")),
    }
}

/// Half goes up, as Java's rounding does.
fn round(value: f64, ty: &str) -> Result<i64, String> {
    // Above 2^52 there is no half to add.
    let rounded = if value.abs() < 4_503_599_627_370_496.0 {
        (value + 0.5).floor()
    } else {
        value
    };
    // 2^63 itself is the first double that does not fit.
    let edge = 2f64.powi(63);
    if !(-edge..edge).contains(&rounded) {
        return Err(format!("[{}] out of [{ty}] range", show_double(value)));
    }
    Ok(rounded as i64)
}

fn to_long(value: &Value, ty: &str) -> Result<i64, String> {
    match value {
        Value::Whole(v) | Value::Date(v) => Ok(*v),
        Value::Boolean(v) => Ok(i64::from(*v)),
        Value::Unsigned(v) => i64::try_from(*v).map_err(|_| format!("[{v}] out of [{ty}] range")),
        Value::Double(v) => round(*v, ty),
        Value::Text(text) => match text.parse::<i64>() {
            Ok(whole) => Ok(whole),
            Err(_) => round(java_double(text)?, ty),
        },
        other => Err(format!("[{}] is no number", other.show())),
    }
}

fn to_unsigned(value: &Value) -> Outcome {
    let out = || format!("[{}] out of [unsigned_long] range", shown(value));
    let whole = match value {
        Value::Unsigned(v) => *v,
        Value::Boolean(v) => u64::from(*v),
        Value::Whole(v) | Value::Date(v) => u64::try_from(*v).map_err(|_| out())?,
        Value::Double(v) => unsigned_of(*v).ok_or_else(out)?,
        Value::Text(text) => match text.parse::<u64>() {
            Ok(whole) => whole,
            Err(_) => unsigned_of(java_double(text)?).ok_or_else(out)?,
        },
        _ => return Err(out()),
    };
    Ok(Some(Value::Unsigned(whole)))
}

fn unsigned_of(value: f64) -> Option<u64> {
    let fits = (0.0..18_446_744_073_709_551_616.0).contains(&value);
    fits.then_some(value as u64)
}
