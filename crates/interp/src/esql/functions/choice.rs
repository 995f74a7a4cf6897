//! In: calls that choose among their arguments. Out: nodes.
//! Guarantee: CASE takes the first condition that is true, COALESCE the first value, GREATEST and LEAST look at every value and are null
//! when any argument is (Elastic docs, "Conditional functions"). Numbers of several types become the widest.

use super::super::arguments::Arguments;
use super::super::cell::{Cell, Value};
use super::super::node::{Node, Run};
use super::super::types::Type;
use crate::Refusal;

/// The family.
pub(crate) const NAMES: &[&str] = &[
    "case",
    "coalesce",
    "greatest",
    "least",
    "clamp",
    "clamp_min",
    "clamp_max",
];

/// A call of the family.
pub(crate) fn call(name: &str, arguments: Arguments) -> Result<Node, Refusal> {
    match name {
        "case" => case(arguments),
        "coalesce" => coalesce(arguments),
        "greatest" => extreme(arguments, true),
        "least" => extreme(arguments, false),
        _ => clamp(name, arguments),
    }
}

fn common(nodes: &[Node], arguments: &Arguments) -> Result<Type, Refusal> {
    let mut ty = Type::Null;
    for node in nodes {
        ty = ty.meet(node.ty).ok_or_else(|| {
            arguments.site.invalid(format!(
                "the values are of one type, found {} and {}",
                ty.name(),
                node.ty.name()
            ))
        })?;
    }
    Ok(ty.computed())
}

fn case(mut arguments: Arguments) -> Result<Node, Refusal> {
    if arguments.left() < 2 {
        return Err(arguments
            .site
            .invalid("expected at least a condition and a value"));
    }
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    let mut last = false;
    while arguments.left() > 0 {
        if arguments.left() == 1 {
            last = true;
            values.push(arguments.any()?);
            break;
        }
        conditions.push(arguments.when("a condition", |t| t == Type::Boolean)?);
        values.push(arguments.any()?);
    }
    let ty = common(&values, &arguments)?;
    let mut values: Vec<Node> = values.into_iter().map(|v| v.widen(ty)).collect();
    let default = if last {
        values.pop().map(Box::new)
    } else {
        None
    };
    Ok(Node {
        run: Run::Case(conditions.into_iter().zip(values).collect(), default),
        ty,
        span: arguments.site.span,
        literal: false,
    })
}

fn coalesce(mut arguments: Arguments) -> Result<Node, Refusal> {
    let choices = arguments.rest();
    if choices.is_empty() {
        return Err(arguments.site.invalid("an argument is missing"));
    }
    let ty = common(&choices, &arguments)?;
    Ok(Node {
        run: Run::Coalesce(choices.into_iter().map(|c| c.widen(ty)).collect()),
        ty,
        span: arguments.site.span,
        literal: false,
    })
}

fn extreme(mut arguments: Arguments, greatest: bool) -> Result<Node, Refusal> {
    let choices = arguments.rest();
    if choices.is_empty() {
        return Err(arguments.site.invalid("an argument is missing"));
    }
    let ty = common(&choices, &arguments)?;
    if ty.is_amount() {
        return Err(arguments.site.invalid("amounts of time have no order"));
    }
    let choices = choices.into_iter().map(|c| c.widen(ty)).collect();
    Ok(Node::cells(
        choices,
        ty,
        arguments.site.span,
        move |cells| {
            if cells.iter().any(Cell::is_null) {
                return Ok(Cell::Null);
            }
            let values = cells.iter().flat_map(Cell::values);
            let found = if greatest {
                values.max_by(|a, b| a.order(b))
            } else {
                values.min_by(|a, b| a.order(b))
            };
            Ok(found.cloned().map_or(Cell::Null, Cell::One))
        },
    ))
}

fn clamp(name: &str, mut arguments: Arguments) -> Result<Node, Refusal> {
    let value = arguments.any()?;
    let first = arguments.any()?;
    let mut nodes = vec![value, first];
    if name == "clamp" {
        nodes.push(arguments.any()?);
    }
    arguments.done()?;
    let ty = common(&nodes, &arguments)?;
    if ty.is_amount() {
        return Err(arguments.site.invalid("amounts of time have no order"));
    }
    let name = name.to_owned();
    let nodes = nodes.into_iter().map(|n| n.widen(ty)).collect();
    Ok(Node::spread(
        nodes,
        ty,
        arguments.site.span,
        move |values| {
            let lower = |a: &Value, b: &Value| {
                if b.order(a).is_lt() {
                    b.clone()
                } else {
                    a.clone()
                }
            };
            let upper = |a: &Value, b: &Value| {
                if b.order(a).is_gt() {
                    b.clone()
                } else {
                    a.clone()
                }
            };
            Ok(match values {
                [value, least, most] => Some(lower(&upper(value, least), most)),
                [value, bound] if name == "clamp_min" => Some(upper(value, bound)),
                [value, bound] => Some(lower(value, bound)),
                _ => None,
            })
        },
    ))
}
