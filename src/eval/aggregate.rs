//! The aggregates: one function each, over the rows of one group.

use super::expr::{Scope, holds, value};
use super::{EvalError, TIME};
use crate::diag::Code;
use crate::plan::{Aggregate, AggregateFunction, Type};
use crate::value::{Value, order};

/// Applies one aggregate to the rows of a group for which its filter is true.
pub(super) fn aggregate(one: &Aggregate, group: &[Scope]) -> Result<Value, EvalError> {
    let mut taking_part: Vec<Scope> = Vec::new();
    for scope in group {
        if one.filter.as_ref().map_or(Ok(true), |f| holds(f, *scope))? {
            taking_part.push(*scope);
        }
    }
    let Some(argument) = &one.argument else {
        return Ok(count(taking_part.len()));
    };
    let mut values: Vec<Value> = Vec::new();
    for scope in &taking_part {
        values.push(value(argument, *scope)?);
    }
    match one.function {
        AggregateFunction::Earliest => return tied(one, &taking_part, values, true),
        AggregateFunction::Latest => return tied(one, &taking_part, values, false),
        _ => values.retain(|value| !value.is_missing()),
    }
    match one.function {
        AggregateFunction::Count => Ok(count(values.len())),
        AggregateFunction::CountDistinct => Ok(count_distinct(values)),
        AggregateFunction::Sum => sum(one, &values),
        AggregateFunction::Min => Ok(values
            .into_iter()
            .min_by(order::compare)
            .unwrap_or(Value::Missing)),
        AggregateFunction::Max => Ok(values
            .into_iter()
            .max_by(order::compare)
            .unwrap_or(Value::Missing)),
        AggregateFunction::Avg => Ok(average(&values)),
        AggregateFunction::Set(limit) => Ok(set(values, limit)),
        AggregateFunction::Any | AggregateFunction::Earliest | AggregateFunction::Latest => {
            Ok(Value::one_of(values))
        }
    }
}

fn count(number: usize) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// How many different present values there are.
fn count_distinct(values: Vec<Value>) -> Value {
    match Value::set(values) {
        Value::Set(elements) => count(elements.len()),
        _ => Value::Missing,
    }
}

/// Of ints: the exact sum, an error where it is no 64-bit integer (whatever the order of adding). Of floats: added in the order of the rows.
fn sum(one: &Aggregate, values: &[Value]) -> Result<Value, EvalError> {
    if one.ty == Type::Float {
        // `Iterator::sum` begins at -0.0, which an empty sum would then be.
        return Ok(Value::float(
            values
                .iter()
                .map(as_float)
                .fold(0.0, |sum, value| sum + value),
        ));
    }
    i64::try_from(exact_sum(values))
        .map(Value::Int)
        .map_err(|_| {
            EvalError::at(
                Code::E0650,
                one.span,
                format!("the sum `{}` is beyond a 64-bit integer", one.name),
            )
        })
}

/// The sum divided by the number of values, as floats; of ints the sum is exact before that.
fn average(values: &[Value]) -> Value {
    #[allow(clippy::cast_precision_loss)]
    let number = values.len() as f64;
    let all_ints = values.iter().all(|value| matches!(value, Value::Int(_)));
    #[allow(clippy::cast_precision_loss)]
    let sum = if all_ints {
        exact_sum(values) as f64
    } else {
        values.iter().map(as_float).sum()
    };
    Value::float(sum / number)
}

/// The different present values; beyond the limit, any `limit` of them.
fn set(values: Vec<Value>, limit: Option<u64>) -> Value {
    let limit = limit.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    match Value::set(values) {
        Value::Set(of) if of.len() > limit => Value::SomeOf { count: limit, of },
        all => all,
    }
}

/// What the rows with the least (or greatest) time hold, missing included: one value, or any of those of the tied rows.
fn tied(
    one: &Aggregate,
    rows: &[Scope],
    values: Vec<Value>,
    earliest: bool,
) -> Result<Value, EvalError> {
    let mut times: Vec<Value> = Vec::new();
    for scope in rows {
        let time = scope.column(TIME).ok_or_else(|| {
            EvalError::ill_typed(one.span, "there is no `time` to take the earliest by")
        })?;
        times.push(time.clone());
    }
    let wanted = if earliest {
        times.iter().min_by(|a, b| order::compare(a, b)).cloned()
    } else {
        times.iter().max_by(|a, b| order::compare(a, b)).cloned()
    };
    let at_that_time = times.iter().zip(values);
    Ok(Value::one_of(
        at_that_time
            .filter(|(time, _)| Some(*time) == wanted.as_ref())
            .map(|(_, value)| value),
    ))
}

/// 2^63 values of 2^63 each do not overflow 128 bits.
fn exact_sum(values: &[Value]) -> i128 {
    values
        .iter()
        .map(|value| match value {
            Value::Int(number) => i128::from(*number),
            _ => 0,
        })
        .sum()
}

fn as_float(value: &Value) -> f64 {
    match value {
        #[allow(clippy::cast_precision_loss)]
        Value::Int(number) => *number as f64,
        Value::Float(number) => *number,
        _ => 0.0,
    }
}
