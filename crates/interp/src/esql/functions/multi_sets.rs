//! In: calls that see cells as sets of values. Out: nodes.
//! Guarantee: what null means differs from call to call, as the pages say (Elastic docs, "Multivalue functions"): an append to or of
//! null is null, a union takes null as empty, an intersection with null is null, nothing contains more than null.

use super::super::arguments::Arguments;
use super::super::cell::{Cell, Value};
use super::super::like::Like;
use super::super::node::Node;
use super::super::rlike;
use super::super::types::Type;
use crate::Refusal;

/// The family.
pub(crate) const NAMES: &[&str] = &[
    "mv_append",
    "mv_contains",
    "mv_difference",
    "mv_intersection",
    "mv_intersects",
    "mv_union",
    "mv_like",
    "mv_rlike",
    "mv_in_range",
];

/// A call of the family.
pub(crate) fn call(name: &str, mut arguments: Arguments) -> Result<Node, Refusal> {
    if matches!(name, "mv_like" | "mv_rlike") {
        return any_like(name == "mv_rlike", arguments);
    }
    if name == "mv_in_range" {
        return Err(arguments
            .site
            .unknown("the bounds of this function are not known here"));
    }
    let left = arguments.any()?;
    let right = arguments.any()?;
    arguments.done()?;
    let same = left.ty == right.ty
        || left.ty == Type::Null
        || right.ty == Type::Null
        || left.ty.is_text() && right.ty.is_text();
    if !same || left.ty.is_amount() || right.ty.is_amount() {
        return Err(arguments.site.invalid(format!(
            "expected two of one type, found {} and {}",
            left.ty.name(),
            right.ty.name()
        )));
    }
    let found = if left.ty == Type::Null {
        right.ty
    } else {
        left.ty
    };
    let ty = match name {
        "mv_contains" | "mv_intersects" => Type::Boolean,
        _ => found.computed(),
    };
    let name = name.to_owned();
    let span = arguments.site.span;
    Ok(Node::cells(vec![left, right], ty, span, move |cells| {
        let [left, right] = cells else {
            return Ok(Cell::Null);
        };
        let (a, b) = (left.values(), right.values());
        let within = |values: &[Value], value: &Value| values.iter().any(|v| v == value);
        let boolean = |value| Ok(Cell::One(Value::Boolean(value)));
        match name.as_str() {
            "mv_append" if left.is_null() || right.is_null() => Ok(Cell::Null),
            "mv_append" => Ok(Cell::of(a.iter().chain(b).cloned().collect())),
            "mv_contains" => boolean(b.iter().all(|value| within(a, value))),
            "mv_intersects" => boolean(b.iter().any(|value| within(a, value))),
            "mv_intersection" => Ok(set(a.iter().filter(|value| within(b, value)))),
            "mv_difference" => Ok(set(a.iter().filter(|value| !within(b, value)))),
            _ => Ok(set(a.iter().chain(b))),
        }
    }))
}

fn set<'v>(values: impl Iterator<Item = &'v Value>) -> Cell {
    let mut kept: Vec<Value> = Vec::new();
    for value in values {
        if !kept.contains(value) {
            kept.push(value.clone());
        }
    }
    Cell::of(kept)
}

/// Whether any value is like a pattern.
fn any_like(regex: bool, mut arguments: Arguments) -> Result<Node, Refusal> {
    let subject = arguments.text()?;
    let pattern = arguments.constant_text()?;
    arguments.done()?;
    let site = arguments.site;
    let span = site.span.clone();
    let matcher: Box<dyn Fn(&str) -> bool> = if regex {
        let compiled = rlike::compile(&pattern, &site)?;
        Box::new(move |text| compiled.is_match(text))
    } else {
        let like = Like::new(&pattern);
        Box::new(move |text| like.matches(text))
    };
    Ok(Node::cells(
        vec![subject],
        Type::Boolean,
        span,
        move |cells| {
            let values = cells.first().map(Cell::values).unwrap_or_default();
            if values.is_empty() {
                return Ok(Cell::Null);
            }
            let found = values.iter().filter_map(Value::str).any(&matcher);
            Ok(Cell::One(Value::Boolean(found)))
        },
    ))
}
