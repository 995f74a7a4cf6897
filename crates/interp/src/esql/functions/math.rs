//! In: mathematical calls. Out: nodes.
//! Guarantee: results that are no finite number are null with a warning; ABS, CEIL, FLOOR, ROUND and SIGNUM follow the types of their
//! pages (Elastic docs, "Mathematical functions").

use super::super::arguments::Arguments;
use super::super::cell::{Cell, Value};
use super::super::node::{Node, Outcome};
use super::super::operators::{finite, fit};
use super::super::types::Type;
use crate::Refusal;

/// The family.
pub(crate) const NAMES: &[&str] = &[
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "atan2",
    "cbrt",
    "ceil",
    "copy_sign",
    "cos",
    "cosh",
    "e",
    "exp",
    "floor",
    "hypot",
    "log",
    "log10",
    "pi",
    "pow",
    "round",
    "round_to",
    "scalb",
    "signum",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "tau",
];

/// A call of the family.
pub(crate) fn call(name: &str, mut arguments: Arguments) -> Result<Node, Refusal> {
    let constant = match name {
        "e" => Some(std::f64::consts::E),
        "pi" => Some(std::f64::consts::PI),
        "tau" => Some(std::f64::consts::TAU),
        _ => None,
    };
    if let Some(value) = constant {
        arguments.done()?;
        let cell = Cell::One(Value::Double(value));
        return Ok(Node::constant(cell, Type::Double, arguments.site.span));
    }
    match name {
        "abs" | "ceil" | "floor" => kept(name, arguments),
        "round" => round(arguments),
        "round_to" => round_to(arguments),
        "atan2" | "hypot" | "pow" | "copy_sign" => two(name, arguments),
        "scalb" => {
            let value = arguments.number()?;
            let exponent = arguments.whole()?;
            arguments.done()?;
            let span = arguments.site.span;
            Ok(Node::single(
                [value, exponent],
                Type::Double,
                span,
                |[value, exponent]| {
                    let power = exponent.whole().unwrap_or_default().clamp(-5000, 5000);
                    let power = i32::try_from(power).unwrap_or_default();
                    // Two steps, so that the power itself does not leave the range.
                    let half = power / 2;
                    let value = value.double().unwrap_or_default();
                    finite(value * 2f64.powi(half) * 2f64.powi(power - half))
                },
            ))
        }
        "log" if arguments.left() == 2 => {
            let base = arguments.number()?;
            let value = arguments.number()?;
            let span = arguments.site.span;
            Ok(Node::single(
                [base, value],
                Type::Double,
                span,
                |[base, value]| {
                    let base = base.double().unwrap_or_default();
                    let value = value.double().unwrap_or_default();
                    if base <= 0.0 || value <= 0.0 {
                        return Err("Log of non-positive number".to_owned());
                    }
                    if base == 1.0 {
                        return Err("Log of base 1".to_owned());
                    }
                    finite(value.log10() / base.log10())
                },
            ))
        }
        _ => {
            let value = arguments.number()?;
            arguments.done()?;
            let name = name.to_owned();
            let span = arguments.site.span;
            Ok(Node::single([value], Type::Double, span, move |[value]| {
                one(&name, value.double().unwrap_or_default())
            }))
        }
    }
}

fn one(name: &str, value: f64) -> Outcome {
    finite(match name {
        "acos" if value.abs() > 1.0 => return Err("Acos input out of range".to_owned()),
        "asin" if value.abs() > 1.0 => return Err("Asin input out of range".to_owned()),
        "acosh" if value < 1.0 => return Err("Acosh input out of range".to_owned()),
        "atanh" if value.abs() >= 1.0 => return Err("Atanh input out of range".to_owned()),
        "sqrt" if value < 0.0 => return Err("Square root of negative".to_owned()),
        "log" | "log10" if value <= 0.0 => return Err("Log of non-positive number".to_owned()),
        "acos" => value.acos(),
        "acosh" => value.acosh(),
        "asin" => value.asin(),
        "asinh" => value.asinh(),
        "atan" => value.atan(),
        "atanh" => value.atanh(),
        "cbrt" => value.cbrt(),
        "cos" => value.cos(),
        "cosh" => value.cosh(),
        "exp" => value.exp(),
        "log" => value.ln(),
        "log10" => value.log10(),
        "signum" if value == 0.0 => value,
        "signum" => value.signum(),
        "sin" => value.sin(),
        "sinh" => value.sinh(),
        "sqrt" => value.sqrt(),
        "tan" => value.tan(),
        _ => value.tanh(),
    })
}

fn two(name: &str, mut arguments: Arguments) -> Result<Node, Refusal> {
    let first = arguments.number()?;
    let second = arguments.number()?;
    arguments.done()?;
    let name = name.to_owned();
    let span = arguments.site.span;
    Ok(Node::single(
        [first, second],
        Type::Double,
        span,
        move |[first, second]| {
            let first = first.double().unwrap_or_default();
            let second = second.double().unwrap_or_default();
            finite(match name.as_str() {
                "atan2" => first.atan2(second),
                "hypot" => first.hypot(second),
                "copy_sign" => first.copysign(second),
                _ => first.powf(second),
            })
        },
    ))
}

/// Functions that give the type they are given.
fn kept(name: &str, mut arguments: Arguments) -> Result<Node, Refusal> {
    let value = arguments.number()?;
    arguments.done()?;
    let ty = value.ty;
    let name = name.to_owned();
    let span = arguments.site.span;
    Ok(Node::single(
        [value],
        ty,
        span,
        move |[value]| match value {
            Value::Double(v) => Ok(Some(Value::Double(match name.as_str() {
                "abs" => v.abs(),
                "ceil" => v.ceil(),
                _ => v.floor(),
            }))),
            Value::Whole(v) if name == "abs" => fit(v.checked_abs(), ty),
            other => Ok(Some((*other).clone())),
        },
    ))
}

/// Half goes away from zero, to so many places; whole numbers stay whole.
fn round(mut arguments: Arguments) -> Result<Node, Refusal> {
    let value = arguments.number()?;
    let places = if arguments.left() > 0 {
        arguments.whole()?
    } else {
        Node::constant(
            Cell::One(Value::Whole(0)),
            Type::Integer,
            arguments.site.span.clone(),
        )
    };
    arguments.done()?;
    let ty = value.ty;
    let span = arguments.site.span;
    Ok(Node::single(
        [value, places],
        ty,
        span,
        move |[value, places]| {
            let places = places.whole().unwrap_or_default();
            match value {
                Value::Double(v) => Ok(Some(Value::Double(round_double(*v, places)))),
                Value::Whole(v) if places < 0 => {
                    let power = places.checked_neg().and_then(|p| u32::try_from(p).ok());
                    let Some(size) = power.and_then(|p| 10i64.checked_pow(p)) else {
                        return Ok(Some(Value::Whole(0)));
                    };
                    let rest = v % size;
                    let base = v - rest;
                    let up = rest.abs() >= size - rest.abs();
                    let step = if up { size * v.signum() } else { 0 };
                    fit(base.checked_add(step), ty)
                }
                Value::Unsigned(v) if places < 0 => round_unsigned(*v, places),
                other => Ok(Some((*other).clone())),
            }
        },
    ))
}

fn round_unsigned(value: u64, places: i64) -> Outcome {
    let power = places.checked_neg().and_then(|p| u32::try_from(p).ok());
    let Some(size) = power.and_then(|p| 10u64.checked_pow(p)) else {
        return Ok(Some(Value::Unsigned(0)));
    };
    let rest = value % size;
    let step = if rest >= size - rest { size } else { 0 };
    (value - rest)
        .checked_add(step)
        .map(|rounded| Some(Value::Unsigned(rounded)))
        .ok_or_else(|| "unsigned_long overflow".to_owned())
}

fn round_double(value: f64, places: i64) -> f64 {
    if value.is_nan() || value.is_infinite() {
        return value;
    }
    let places = i32::try_from(places.clamp(-400, 400)).unwrap_or_default();
    if places == 0 {
        return value.round();
    }
    let power = 10f64.powi(places.abs());
    let scaled = if places > 0 {
        value * power
    } else {
        value / power
    };
    if scaled.is_infinite() {
        return value;
    }
    let rounded = scaled.round();
    if places > 0 {
        rounded / power
    } else {
        rounded * power
    }
}

/// The greatest of the points that is not above the value; the least point for what is below all.
fn round_to(mut arguments: Arguments) -> Result<Node, Refusal> {
    let value = arguments.any()?;
    let mut nodes = vec![value];
    nodes.append(&mut arguments.rest());
    if nodes.len() < 2 {
        return Err(arguments.site.invalid("a point is missing"));
    }
    let mut ty = Type::Null;
    for node in &nodes {
        ty = ty
            .meet(node.ty)
            .filter(|t| t.is_number() || *t == Type::Date || *t == Type::Null)
            .ok_or_else(|| arguments.site.invalid("expected numbers or dates"))?;
    }
    let nodes = nodes.into_iter().map(|n| n.widen(ty)).collect();
    Ok(Node::spread(nodes, ty, arguments.site.span, |values| {
        let Some((value, points)) = values.split_first() else {
            return Ok(None);
        };
        let mut points = points.to_vec();
        points.sort_by(|a, b| a.order(b));
        let below = points.iter().rev().find(|p| p.order(value).is_le());
        Ok(below.or(points.first()).map(|p| (*p).clone()))
    }))
}
