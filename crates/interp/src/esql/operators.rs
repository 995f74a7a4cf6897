//! In: typed operands. Out: typed nodes for arithmetic, comparison, logic, IN, LIKE and RLIKE.
//! Guarantee: the pairs of types of the operators' pages (Elastic docs, "ES|QL operators"); overflow and division by zero are null
//! with a warning; AND, OR and NOT have three truth values.

use super::arguments::{Site, coerce, readable};
use super::ast::Operator;
use super::calendar;
use super::cell::{Cell, Value};
use super::like::Like;
use super::node::{MULTI, Node, Outcome, Run};
use super::rlike;
use super::types::Type;
use crate::Refusal;

/// An operator as it is written.
pub(super) fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Modulo => "%",
        Operator::Equal => "==",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
        Operator::And => "AND",
        Operator::Or => "OR",
    }
}

/// Two sides.
pub(super) fn binary(
    operator: Operator,
    left: Node,
    right: Node,
    site: &Site,
) -> Result<Node, Refusal> {
    match operator {
        Operator::And | Operator::Or => logic(operator == Operator::And, left, right, site),
        Operator::Equal
        | Operator::NotEqual
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual => compare(operator, left, right, site),
        _ => arithmetic(operator, left, right, site),
    }
}

fn do_not_fit(left: Type, right: Type, site: &Site) -> Refusal {
    site.invalid(format!(
        "{} and {} do not go together",
        left.name(),
        right.name()
    ))
}

fn logic(and: bool, left: Node, right: Node, site: &Site) -> Result<Node, Refusal> {
    for side in [&left, &right] {
        if !matches!(side.ty, Type::Boolean | Type::Null) {
            return Err(site.invalid(format!("expected a condition, found {}", side.ty.name())));
        }
    }
    let place = site.span.clone();
    Ok(Node {
        run: Run::Apply(
            vec![left, right],
            Box::new(move |cells, notes| {
                let mut unsure = false;
                for cell in cells {
                    match cell {
                        // One side decides alone.
                        Cell::One(Value::Boolean(value)) if *value != and => {
                            return cell.clone();
                        }
                        Cell::One(_) => {}
                        Cell::Null => unsure = true,
                        Cell::Many(_) => {
                            notes.warn(&place, MULTI);
                            unsure = true;
                        }
                    }
                }
                if unsure {
                    Cell::Null
                } else {
                    Cell::One(Value::Boolean(and))
                }
            }),
        ),
        ty: Type::Boolean,
        span: site.span.clone(),
        literal: false,
    })
}

/// `NOT x`
pub(super) fn not(of: Node, site: &Site) -> Result<Node, Refusal> {
    if !matches!(of.ty, Type::Boolean | Type::Null) {
        return Err(site.invalid(format!("expected a condition, found {}", of.ty.name())));
    }
    let span = site.span.clone();
    Ok(Node::single([of], Type::Boolean, span, |[value]| {
        Ok(match value {
            Value::Boolean(value) => Some(Value::Boolean(!value)),
            _ => None,
        })
    }))
}

/// `-x`
pub(super) fn negate(of: Node, site: &Site) -> Result<Node, Refusal> {
    let ty = of.ty;
    if !(ty.is_number() && ty != Type::UnsignedLong || ty.is_amount() || ty == Type::Null) {
        return Err(site.invalid(format!("{} has no sign", ty.name())));
    }
    let span = site.span.clone();
    Ok(Node::single([of], ty, span, move |[value]| match value {
        Value::Double(v) => Ok(Some(Value::Double(-v))),
        Value::Period(months, days) => Ok(Some(Value::Period(-months, -days))),
        Value::Duration(ms) => Ok(Some(Value::Duration(-ms))),
        other => fit(other.whole().and_then(i64::checked_neg), ty),
    }))
}

/// A whole number that must fit its type.
pub(super) fn fit(value: Option<i64>, ty: Type) -> Outcome {
    if ty == Type::Integer {
        let fits = value.is_some_and(|v| i32::try_from(v).is_ok());
        return match value {
            Some(value) if fits => Ok(Some(Value::Whole(value))),
            _ => Err("integer overflow".to_owned()),
        };
    }
    value
        .map(|v| Some(Value::Whole(v)))
        .ok_or_else(|| "long overflow".to_owned())
}

/// A double that must be finite.
pub(super) fn finite(value: f64) -> Outcome {
    if value.is_finite() {
        return Ok(Some(Value::Double(value)));
    }
    Err(format!(
        "not a finite double number: {}",
        super::cell::show_double(value)
    ))
}

fn arithmetic(operator: Operator, left: Node, right: Node, site: &Site) -> Result<Node, Refusal> {
    let (mut left, mut right) = (left, right);
    let additive = matches!(operator, Operator::Add | Operator::Subtract);
    // A literal beside an amount of time is a date.
    if additive && right.ty.is_amount() && left.literal && left.ty == Type::Keyword {
        left = coerce(left, Type::Date, site)?;
    }
    if operator == Operator::Add
        && left.ty.is_amount()
        && right.literal
        && right.ty == Type::Keyword
    {
        right = coerce(right, Type::Date, site)?;
    }
    let (a, b) = (left.ty, right.ty);
    let span = site.span.clone();
    let ty = match (a, b) {
        (Type::Date, t) | (t, Type::Date) if additive && (t.is_amount() || t == Type::Null) => {
            if b == Type::Date && operator == Operator::Subtract && a != Type::Null {
                return Err(do_not_fit(a, b, site));
            }
            return Ok(move_date(operator, left, right, site));
        }
        (a, b) if additive && a.is_amount() && (a == b || b == Type::Null) => a,
        (Type::Null, b) if additive && b.is_amount() => b,
        (a, b) if (a.is_number() || a == Type::Null) && (b.is_number() || b == Type::Null) => {
            a.meet(b).ok_or_else(|| do_not_fit(a, b, site))?
        }
        _ => return Err(do_not_fit(a, b, site)),
    };
    Ok(Node::single([left, right], ty, span, move |[a, b]| {
        compute(operator, a, b, ty)
    }))
}

fn move_date(operator: Operator, left: Node, right: Node, site: &Site) -> Node {
    let back = operator == Operator::Subtract;
    Node::single(
        [left, right],
        Type::Date,
        site.span.clone(),
        move |[a, b]| {
            let (date, amount) = match (a, b) {
                (Value::Date(date), amount) | (amount, Value::Date(date)) => (*date, amount),
                _ => return Ok(None),
            };
            let sign = if back { -1 } else { 1 };
            let moved = match amount {
                Value::Period(months, days) => {
                    calendar::plus_period(date, sign * months, sign * days)
                }
                Value::Duration(ms) => date.checked_add(sign * ms),
                _ => return Ok(None),
            };
            moved
                .map(|ms| Some(Value::Date(ms)))
                .ok_or_else(|| "long overflow".to_owned())
        },
    )
}

fn compute(operator: Operator, left: &Value, right: &Value, ty: Type) -> Outcome {
    match (left, right) {
        (Value::Period(a, b), Value::Period(c, d)) => {
            let sign = if operator == Operator::Subtract {
                -1
            } else {
                1
            };
            Ok(Some(Value::Period(a + sign * c, b + sign * d)))
        }
        (Value::Duration(a), Value::Duration(b)) => {
            let sign = if operator == Operator::Subtract {
                -1
            } else {
                1
            };
            Ok(Some(Value::Duration(a + sign * b)))
        }
        (Value::Unsigned(a), Value::Unsigned(b)) => {
            let value = match operator {
                Operator::Add => a.checked_add(*b),
                Operator::Subtract => a.checked_sub(*b),
                Operator::Multiply => a.checked_mul(*b),
                _ if *b == 0 => return Err("/ by zero".to_owned()),
                Operator::Divide => a.checked_div(*b),
                _ => a.checked_rem(*b),
            };
            value
                .map(|v| Some(Value::Unsigned(v)))
                .ok_or_else(|| "unsigned_long overflow".to_owned())
        }
        _ if ty == Type::Double => {
            let (Some(a), Some(b)) = (left.double(), right.double()) else {
                return Ok(None);
            };
            let value = match operator {
                Operator::Add => a + b,
                Operator::Subtract => a - b,
                Operator::Multiply => a * b,
                Operator::Divide | Operator::Modulo if b == 0.0 => {
                    return Err("/ by zero".to_owned());
                }
                Operator::Divide => a / b,
                _ => a % b,
            };
            finite(value)
        }
        _ => {
            let (Some(a), Some(b)) = (left.whole(), right.whole()) else {
                return Ok(None);
            };
            let value = match operator {
                Operator::Add => a.checked_add(b),
                Operator::Subtract => a.checked_sub(b),
                Operator::Multiply => a.checked_mul(b),
                _ if b == 0 => return Err("/ by zero".to_owned()),
                Operator::Divide => a.checked_div(b),
                _ => a.checked_rem(b).or(Some(0)),
            };
            fit(value, ty)
        }
    }
}

/// Both sides as one type, or the refusal.
fn align(left: Node, right: Node, site: &Site) -> Result<(Node, Node), Refusal> {
    if left.literal && left.ty == Type::Keyword && readable(right.ty) {
        return Ok((coerce(left, right.ty, site)?, right));
    }
    if right.literal && right.ty == Type::Keyword && readable(left.ty) {
        let right = coerce(right, left.ty, site)?;
        return Ok((left, right));
    }
    let whole = left.ty == Type::Source || right.ty == Type::Source;
    if whole || left.ty.is_amount() || right.ty.is_amount() || left.ty.meet(right.ty).is_none() {
        return Err(do_not_fit(left.ty, right.ty, site));
    }
    Ok((left, right))
}

fn compare(operator: Operator, left: Node, right: Node, site: &Site) -> Result<Node, Refusal> {
    let (left, right) = align(left, right, site)?;
    let equality = matches!(operator, Operator::Equal | Operator::NotEqual);
    if !equality && (left.ty == Type::Boolean || right.ty == Type::Boolean) {
        return Err(do_not_fit(left.ty, right.ty, site));
    }
    let span = site.span.clone();
    Ok(Node::single(
        [left, right],
        Type::Boolean,
        span,
        move |[a, b]| {
            let order = a.order(b);
            Ok(Some(Value::Boolean(match operator {
                Operator::Equal => order.is_eq(),
                Operator::NotEqual => order.is_ne(),
                Operator::Less => order.is_lt(),
                Operator::LessOrEqual => order.is_le(),
                Operator::Greater => order.is_gt(),
                _ => order.is_ge(),
            })))
        },
    ))
}

/// `x IN (…)`: true on a match; else null when an item is null.
pub(super) fn among(of: Node, items: Vec<Node>, site: &Site) -> Result<Node, Refusal> {
    let mut of = of;
    let mut aligned = Vec::with_capacity(items.len() + 1);
    for item in items {
        let (left, right) = align(of, item, site)?;
        of = left;
        aligned.push(right);
    }
    let constants: Option<Vec<Cell>> = aligned.iter().map(Node::fold).collect();
    let span = site.span.clone();
    if let Some(constants) = constants {
        return Ok(Node::cells(vec![of], Type::Boolean, span, move |cells| {
            contains(cells.first().unwrap_or(&Cell::Null), &constants)
        }));
    }
    aligned.insert(0, of);
    Ok(Node::cells(
        aligned,
        Type::Boolean,
        span,
        |cells| match cells.split_first() {
            Some((of, items)) => contains(of, items),
            None => Ok(Cell::Null),
        },
    ))
}

fn contains(of: &Cell, items: &[Cell]) -> Result<Cell, String> {
    let of = match of {
        Cell::Null => return Ok(Cell::Null),
        Cell::Many(_) => return Err(MULTI.to_owned()),
        Cell::One(of) => of,
    };
    let mut unsure = false;
    let mut several = false;
    for item in items {
        match item {
            Cell::Null => unsure = true,
            Cell::Many(_) => several = true,
            Cell::One(item) if item.order(of).is_eq() => {
                return Ok(Cell::One(Value::Boolean(true)));
            }
            Cell::One(_) => {}
        }
    }
    if several {
        return Err(MULTI.to_owned());
    }
    Ok(if unsure {
        Cell::Null
    } else {
        Cell::One(Value::Boolean(false))
    })
}

/// `x LIKE …` and `x RLIKE …`
pub(super) fn like(
    of: Node,
    patterns: &[String],
    regex: bool,
    site: &Site,
) -> Result<Node, Refusal> {
    if !(of.ty.is_text() || of.ty == Type::Null) {
        return Err(site.invalid(format!("expected a string, found {}", of.ty.name())));
    }
    let span = site.span.clone();
    // A pattern that everything matches asks only whether there is something, several values included.
    let all = |pattern: &String| {
        if regex {
            rlike::matches_all(pattern)
        } else {
            !pattern.is_empty() && pattern.chars().all(|c| c == '*')
        }
    };
    if patterns.iter().any(all) {
        return Ok(Node::cells(vec![of], Type::Boolean, span, |cells| {
            let present = !cells.first().is_none_or(Cell::is_null);
            Ok(Cell::One(Value::Boolean(present)))
        }));
    }
    if regex {
        let compiled = patterns
            .iter()
            .map(|pattern| rlike::compile(pattern, site))
            .collect::<Result<Vec<_>, _>>()?;
        return Ok(Node::single([of], Type::Boolean, span, move |[value]| {
            let text = value.str().unwrap_or_default();
            let matched = compiled.iter().any(|regex| regex.is_match(text));
            Ok(Some(Value::Boolean(matched)))
        }));
    }
    let unsure = patterns.iter().any(String::is_empty);
    let likes: Vec<Like> = patterns
        .iter()
        .filter(|pattern| !pattern.is_empty())
        .map(|pattern| Like::new(pattern))
        .collect();
    let site = site.clone();
    Ok(Node {
        run: Run::Apply(
            vec![of],
            Box::new(move |cells, notes| {
                let text = match cells.first() {
                    Some(Cell::One(value)) => value.str().unwrap_or_default(),
                    Some(Cell::Many(_)) => {
                        notes.warn(&site.span, MULTI);
                        return Cell::Null;
                    }
                    _ => return Cell::Null,
                };
                let matched = likes.iter().any(|like| like.matches(text));
                if !matched && unsure && text.is_empty() {
                    // Releases of Lucene differ in whether nothing is like nothing.
                    notes.stop(
                        site.unknown("whether the empty text is like \"\" differs by release"),
                    );
                }
                Cell::One(Value::Boolean(matched))
            }),
        ),
        ty: Type::Boolean,
        span,
        literal: false,
    })
}
