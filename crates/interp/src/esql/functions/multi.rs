//! In: calls that bring the several values of a cell to one, or to others. Out: nodes.
//! Guarantee: null gives null; positions begin at 0 (Elastic docs, "Multivalue functions").

use super::super::arguments::Arguments;
use super::super::cell::{Cell, Value};
use super::super::node::{MULTI, Node, Outcome};
use super::super::operators::{finite, fit};
use super::super::types::Type;
use crate::Refusal;

/// The family.
pub(crate) const NAMES: &[&str] = &[
    "mv_avg",
    "mv_concat",
    "mv_count",
    "mv_dedupe",
    "mv_first",
    "mv_last",
    "mv_max",
    "mv_median",
    "mv_median_absolute_deviation",
    "mv_min",
    "mv_percentile",
    "mv_slice",
    "mv_sort",
    "mv_sum",
    "mv_zip",
];

/// A call of the family.
pub(crate) fn call(name: &str, mut arguments: Arguments) -> Result<Node, Refusal> {
    match name {
        "mv_concat" => concat(arguments),
        "mv_percentile" => percentile(arguments),
        "mv_slice" => slice(arguments),
        "mv_sort" => sort(arguments),
        "mv_zip" => zip(arguments),
        "mv_avg" | "mv_median" | "mv_median_absolute_deviation" | "mv_sum" => {
            let node = arguments.number()?;
            arguments.done()?;
            let ty = if name == "mv_avg" {
                Type::Double
            } else {
                node.ty
            };
            let name = name.to_owned();
            let span = arguments.site.span;
            Ok(Node::cells(vec![node], ty, span, move |cells| {
                let values = cells.first().map(Cell::values).unwrap_or_default();
                let found = match name.as_str() {
                    _ if values.is_empty() => return Ok(Cell::Null),
                    "mv_avg" => finite(sum(values) / values.len() as f64),
                    "mv_sum" => total(values, ty),
                    "mv_median" => median(values),
                    _ => deviation(values),
                };
                Ok(found?.map_or(Cell::Null, Cell::One))
            }))
        }
        _ => {
            let node = arguments.when("a value", |t| !t.is_amount())?;
            arguments.done()?;
            let ty = match name {
                "mv_count" => Type::Integer,
                _ => node.ty.computed(),
            };
            let name = name.to_owned();
            let span = arguments.site.span;
            Ok(Node::cells(vec![node], ty, span, move |cells| {
                let values = cells.first().map(Cell::values).unwrap_or_default();
                let found = match name.as_str() {
                    _ if values.is_empty() => return Ok(Cell::Null),
                    "mv_count" => Some(Value::Whole(values.len() as i64)),
                    "mv_first" => values.first().cloned(),
                    "mv_last" => values.last().cloned(),
                    "mv_max" => values.iter().max_by(|a, b| a.order(b)).cloned(),
                    "mv_min" => values.iter().min_by(|a, b| a.order(b)).cloned(),
                    _ => {
                        let mut seen = std::collections::HashSet::new();
                        let kept = values.iter().filter(|v| seen.insert((*v).clone()));
                        return Ok(Cell::of(kept.cloned().collect()));
                    }
                };
                Ok(found.map_or(Cell::Null, Cell::One))
            }))
        }
    }
}

/// A sum that keeps what rounding would lose.
pub(crate) fn sum<'v>(values: impl IntoIterator<Item = &'v Value>) -> f64 {
    let (mut sum, mut lost) = (0.0, 0.0);
    for value in values {
        let value = value.double().unwrap_or_default();
        let next: f64 = sum + value;
        // Whichever is smaller lost its last digits.
        lost += if f64::abs(sum) >= f64::abs(value) {
            (sum - next) + value
        } else {
            (value - next) + sum
        };
        sum = next;
    }
    if f64::is_finite(lost) {
        sum + lost
    } else {
        sum
    }
}

fn total(values: &[Value], ty: Type) -> Outcome {
    match ty {
        Type::Double => finite(sum(values)),
        Type::UnsignedLong => {
            let mut total = 0u64;
            for value in values {
                if let Value::Unsigned(value) = value {
                    total = total
                        .checked_add(*value)
                        .ok_or_else(|| "unsigned_long overflow".to_owned())?;
                }
            }
            Ok(Some(Value::Unsigned(total)))
        }
        _ => {
            let total: i128 = values.iter().filter_map(Value::whole).map(i128::from).sum();
            fit(i64::try_from(total).ok(), ty)
        }
    }
}

fn ordered(values: &[Value]) -> Vec<Value> {
    let mut values = values.to_vec();
    values.sort_by(Value::order);
    values
}

/// The middle one, or what lies between the two in the middle; whole numbers stay whole, rounded down.
fn median(values: &[Value]) -> Outcome {
    let values = ordered(values);
    let middle = values.len() / 2;
    let above = values.get(middle).cloned();
    if values.len() % 2 == 1 {
        return Ok(above);
    }
    let below = values.get(middle.saturating_sub(1)).cloned();
    Ok(match (below, above) {
        (Some(Value::Whole(a)), Some(Value::Whole(b))) => {
            let sum = i128::from(a) + i128::from(b);
            i64::try_from(sum.div_euclid(2)).ok().map(Value::Whole)
        }
        (Some(Value::Unsigned(a)), Some(Value::Unsigned(b))) => {
            let half = (u128::from(a) + u128::from(b)) / 2;
            u64::try_from(half).ok().map(Value::Unsigned)
        }
        (Some(Value::Double(a)), Some(Value::Double(b))) => return finite(a / 2.0 + b / 2.0),
        _ => None,
    })
}

fn deviation(values: &[Value]) -> Outcome {
    let Some(middle) = median(values)? else {
        return Ok(None);
    };
    let mut distances = Vec::new();
    for value in values {
        distances.push(match (value, &middle) {
            (Value::Whole(a), Value::Whole(b)) => a
                .checked_sub(*b)
                .and_then(i64::checked_abs)
                .map(Value::Whole)
                .ok_or_else(|| "long overflow".to_owned())?,
            (Value::Unsigned(a), Value::Unsigned(b)) => Value::Unsigned(a.abs_diff(*b)),
            (a, b) => {
                let distance = a.double().unwrap_or_default() - b.double().unwrap_or_default();
                Value::Double(distance.abs())
            }
        });
    }
    median(&distances)
}

fn concat(mut arguments: Arguments) -> Result<Node, Refusal> {
    let subject = arguments.text()?;
    let delimiter = arguments.text()?;
    arguments.done()?;
    let span = arguments.site.span;
    Ok(Node::cells(
        vec![subject, delimiter],
        Type::Keyword,
        span,
        |cells| match cells {
            [Cell::Null, _] | [_, Cell::Null] => Ok(Cell::Null),
            [subject, Cell::One(delimiter)] => {
                let texts: Vec<&str> = subject.values().iter().filter_map(Value::str).collect();
                let joined = texts.join(delimiter.str().unwrap_or_default());
                Ok(Cell::One(Value::text(&joined)))
            }
            // One value needs no delimiter.
            [subject, _] => Ok(subject.clone()),
            _ => Ok(Cell::Null),
        },
    ))
}

fn percentile(mut arguments: Arguments) -> Result<Node, Refusal> {
    let subject = arguments.number()?;
    let percent = arguments.number()?;
    arguments.done()?;
    if subject.ty == Type::UnsignedLong || percent.ty == Type::UnsignedLong {
        return Err(arguments.site.invalid("unsigned_long has no percentiles"));
    }
    let ty = subject.ty;
    let span = arguments.site.span;
    Ok(Node::cells(vec![subject, percent], ty, span, |cells| {
        let (values, percent) = match cells {
            [Cell::Null, _] | [_, Cell::Null] => return Ok(Cell::Null),
            [values, Cell::One(percent)] => (values.values(), percent.double().unwrap_or_default()),
            _ => return Err(MULTI.to_owned()),
        };
        if !(0.0..=100.0).contains(&percent) {
            return Err(format!(
                "Percentile parameter must be a number between 0 and 100, found [{percent}]"
            ));
        }
        Ok(at_percent(&ordered(values), percent).map_or(Cell::Null, Cell::One))
    }))
}

/// The value at a percentile, between its neighbours in proportion; whole numbers are cut.
fn at_percent(values: &[Value], percent: f64) -> Option<Value> {
    let last = values.len().checked_sub(1)?;
    let place = percent / 100.0 * last as f64;
    let index = place.floor();
    let part = place - index;
    let lower = values.get(index as usize)?;
    let Some(upper) = values.get(index as usize + 1) else {
        return Some(lower.clone());
    };
    Some(match (lower, upper) {
        (Value::Whole(a), Value::Whole(b)) => {
            let step = part * (i128::from(*b) - i128::from(*a)) as f64;
            Value::Whole(a.saturating_add(step as i64))
        }
        (a, b) => {
            let (a, b) = (a.double()?, b.double()?);
            Value::Double(a + part * (b - a))
        }
    })
}

fn slice(mut arguments: Arguments) -> Result<Node, Refusal> {
    let subject = arguments.when("a value", |t| !t.is_amount())?;
    let start = arguments.whole()?;
    let mut nodes = vec![subject, start];
    if arguments.left() > 0 {
        nodes.push(arguments.whole()?);
    }
    arguments.done()?;
    let ty = nodes.first().map_or(Type::Null, |n| n.ty.computed());
    let bounds: Vec<Option<i64>> = nodes
        .iter()
        .skip(1)
        .map(|n| n.fold_one().as_ref().and_then(Value::whole))
        .collect();
    if let [Some(start), Some(end)] = bounds.as_slice() {
        // Both count from one side, and not backwards.
        if start > end || (*start < 0) != (*end < 0) {
            return Err(arguments
                .site
                .invalid(format!("the start {start} and the end {end} are no slice")));
        }
    }
    let span = arguments.site.span;
    Ok(Node::cells(nodes, ty, span, |cells| {
        let (values, start, end) = match cells {
            [values, Cell::One(start)] => (values.values(), start, start),
            [values, Cell::One(start), Cell::One(end)] => (values.values(), start, end),
            _ if cells.iter().skip(1).any(|c| matches!(c, Cell::Many(_))) => {
                return Err(MULTI.to_owned());
            }
            _ => return Ok(Cell::Null),
        };
        let (Some(start), Some(end)) = (start.whole(), end.whole()) else {
            return Ok(Cell::Null);
        };
        if start > end || (start < 0) != (end < 0) {
            return Err(format!("the start {start} and the end {end} are no slice"));
        }
        let count = i64::try_from(values.len()).unwrap_or(i64::MAX);
        let place = |at: i64| if at < 0 { at.saturating_add(count) } else { at };
        let (from, to) = (place(start).max(0), place(end).min(count - 1));
        let kept = values.iter().zip(0i64..);
        Ok(Cell::of(
            kept.filter(|(_, at)| (from..=to).contains(at))
                .map(|(v, _)| v.clone())
                .collect(),
        ))
    }))
}

fn sort(mut arguments: Arguments) -> Result<Node, Refusal> {
    let subject = arguments.when("a value", |t| !t.is_amount())?;
    let mut descending = false;
    if arguments.left() > 0 {
        let order = arguments.constant_text()?;
        descending = match order.to_ascii_lowercase().as_str() {
            "asc" => false,
            "desc" => true,
            _ => return Err(arguments.site.invalid("the order is ASC or DESC")),
        };
    }
    arguments.done()?;
    let ty = subject.ty.computed();
    let span = arguments.site.span;
    Ok(Node::cells(vec![subject], ty, span, move |cells| {
        let mut values = ordered(cells.first().map(Cell::values).unwrap_or_default());
        if descending {
            values.reverse();
        }
        Ok(Cell::of(values))
    }))
}

fn zip(mut arguments: Arguments) -> Result<Node, Refusal> {
    let left = arguments.text()?;
    let right = arguments.text()?;
    let delimiter = if arguments.left() > 0 {
        arguments.text()?
    } else {
        let span = arguments.site.span.clone();
        Node::constant(Cell::One(Value::text(",")), Type::Keyword, span)
    };
    arguments.done()?;
    let span = arguments.site.span;
    Ok(Node::cells(
        vec![left, right, delimiter],
        Type::Keyword,
        span,
        |cells| {
            let (left, right, delimiter) = match cells {
                [left, right, Cell::One(delimiter)] => (left.values(), right.values(), delimiter),
                [_, _, Cell::Many(_)] => return Err(MULTI.to_owned()),
                _ => return Ok(Cell::Null),
            };
            let delimiter = delimiter.str().unwrap_or_default();
            let zipped = (0..left.len().max(right.len())).map(|at| {
                // What has no partner stands alone.
                match (
                    left.get(at).and_then(Value::str),
                    right.get(at).and_then(Value::str),
                ) {
                    (Some(a), Some(b)) => Value::text(&format!("{a}{delimiter}{b}")),
                    (a, b) => Value::text(a.or(b).unwrap_or_default()),
                }
            });
            Ok(Cell::of(zipped.collect()))
        },
    ))
}
