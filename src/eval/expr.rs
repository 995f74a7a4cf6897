//! The expressions: the value of each in one row.

use super::text::{folded, lower, stands};
use super::{EvalError, functions};
use crate::diag::Code;
use crate::net;
use crate::plan::{ArithmeticOp, TextTest};
use crate::plan::{Column, Comparison, Expr, ExprKind};
use crate::source::Span;
use crate::value::{Row, Value, order};

/// What an expression sees.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub columns: &'a [String],
    pub row: &'a Row,
    pub now: i64,
}

impl<'a> Scope<'a> {
    /// The value of a column; `None` where there is no such column.
    pub(super) fn column(&self, name: &str) -> Option<&'a Value> {
        let at = self.columns.iter().position(|column| column == name)?;
        self.row.get(at)
    }
}

/// Whether a predicate is true: two-valued, so what is not true is false.
pub(super) fn holds(predicate: &Expr, scope: Scope) -> Result<bool, EvalError> {
    Ok(value(predicate, scope)? == Value::Bool(true))
}

/// The value of an expression. Over an undetermined column it is, once for each value allowed there, what it would be for that value.
pub(super) fn value(expr: &Expr, scope: Scope) -> Result<Value, EvalError> {
    if expr.determined || matches!(expr.kind, ExprKind::Column(_)) {
        return determined(expr, scope);
    }
    let Some((column, alternatives)) = undetermined(expr, scope) else {
        return determined(expr, scope);
    };
    let mut results = Vec::new();
    for alternative in alternatives {
        let mut row = scope.row.clone();
        if let Some(cell) = row.get_mut(column) {
            cell.clone_from(alternative);
        }
        results.push(value(expr, Scope { row: &row, ..scope })?);
    }
    Ok(Value::one_of(results))
}

/// The first column in an expression that is one of several values in this row, and those values.
fn undetermined<'a>(expr: &Expr, scope: Scope<'a>) -> Option<(usize, &'a [Value])> {
    let mut found = None;
    expr.visit(&mut |part| {
        if let ExprKind::Column(column) = &part.kind {
            let at = scope.columns.iter().position(|c| c == column.name());
            if let Some(at) = at
                && let Some(Value::OneOf(alternatives)) = scope.row.get(at)
            {
                found.get_or_insert((at, alternatives.as_slice()));
            }
        }
    });
    found
}

fn determined(expr: &Expr, scope: Scope) -> Result<Value, EvalError> {
    let truth = |answer: Result<bool, EvalError>| answer.map(Value::Bool);
    match &expr.kind {
        ExprKind::Literal { value, .. } => Ok(value.clone()),
        ExprKind::Column(column) => of_column(column, scope, expr.span),
        ExprKind::Now => Ok(Value::Time(scope.now)),
        ExprKind::And(parts) => truth(every(parts, scope)),
        ExprKind::Or(parts) => truth(some(parts, scope)),
        ExprKind::Not(inner) => truth(holds(inner, scope).map(|truth| !truth)),
        ExprKind::Compare {
            op,
            fold,
            left,
            right,
        } => Ok(Value::Bool(compare(
            *op,
            *fold,
            &value(left, scope)?,
            &value(right, scope)?,
        ))),
        ExprKind::Between {
            value: of,
            low,
            high,
        } => truth(between(of, low, high, scope)),
        ExprKind::In {
            value: of,
            items,
            fold,
            ..
        } => {
            let of = value(of, scope)?;
            let is_some = items.iter().any(|item| equal(*fold, &of, item));
            Ok(Value::Bool(is_some))
        }
        ExprKind::InNetwork {
            value: of,
            networks,
            ..
        } => Ok(Value::Bool(in_network(&value(of, scope)?, networks))),
        ExprKind::TextTest {
            test,
            fold,
            value: of,
            needles,
        } => truth(text_test(*test, *fold, of, needles, scope)),
        ExprKind::Matches { value: of, pattern } => {
            let of = value(of, scope)?;
            Ok(Value::Bool(
                matches!(&of, Value::Text(text) if pattern.is_match(text)),
            ))
        }
        ExprKind::Exists(inner) => Ok(Value::Bool(!value(inner, scope)?.is_missing())),
        ExprKind::Case { arms, otherwise } => case(arms, otherwise.as_deref(), scope),
        ExprKind::Lookup { rows, key, .. } => {
            let key = value(key, scope)?;
            let row = rows.iter().find(|(k, _)| equal(false, &key, k));
            Ok(row.map_or(Value::Missing, |(_, name)| Value::text(name)))
        }
        ExprKind::Arithmetic { op, left, right } => {
            let (left, right) = (value(left, scope)?, value(right, scope)?);
            arithmetic(*op, &left, &right, expr.span)
        }
        ExprKind::Call {
            function,
            arguments,
            pattern,
        } => {
            let mut values = Vec::with_capacity(arguments.len());
            for argument in arguments {
                values.push(value(argument, scope)?);
            }
            functions::call(function, &values, pattern.as_deref(), expr.span)
        }
    }
}

fn of_column(column: &Column, scope: Scope, span: Span) -> Result<Value, EvalError> {
    scope.column(column.name()).cloned().ok_or_else(|| {
        let name = column.name();
        EvalError::ill_typed(span, &format!("there is no column `{name}` here"))
    })
}

fn every(parts: &[Expr], scope: Scope) -> Result<bool, EvalError> {
    for part in parts {
        if !holds(part, scope)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn some(parts: &[Expr], scope: Scope) -> Result<bool, EvalError> {
    for part in parts {
        if holds(part, scope)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Both sides present, and in that relation.
fn compare(op: Comparison, fold: bool, left: &Value, right: &Value) -> bool {
    if op == Comparison::Equal {
        return equal(fold, left, right);
    }
    if left.is_missing() || right.is_missing() {
        return false;
    }
    let order = order::compare(left, right);
    match op {
        Comparison::Equal => order.is_eq(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

/// Both sides present and the same; a multi-valued field when one of its values is.
fn equal(fold: bool, left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Missing, _) | (_, Value::Missing) => false,
        (Value::Set(a), Value::Set(b)) => a == b,
        (Value::Set(elements), one) | (one, Value::Set(elements)) => {
            elements.iter().any(|element| equal(fold, element, one))
        }
        (Value::Text(a), Value::Text(b)) if fold => folded(a).eq(folded(b)),
        _ => order::compare(left, right).is_eq(),
    }
}

/// All three present, and the value neither below the one nor above the other.
fn between(of: &Expr, low: &Expr, high: &Expr, scope: Scope) -> Result<bool, EvalError> {
    let of = value(of, scope)?;
    let (low, high) = (value(low, scope)?, value(high, scope)?);
    Ok(compare(Comparison::GreaterOrEqual, false, &of, &low)
        && compare(Comparison::LessOrEqual, false, &of, &high))
}

/// The value is an address and lies in one of the networks.
fn in_network(of: &Value, networks: &[net::Network]) -> bool {
    let Value::Text(text) = of else { return false };
    let Some(address) = net::parse_address(text) else {
        return false;
    };
    networks.iter().any(|network| network.contains(address))
}

/// The text present, and one present needle standing where the test says; `fold` lower-cases both.
fn text_test(
    test: TextTest,
    fold: bool,
    of: &Expr,
    needles: &[Expr],
    scope: Scope,
) -> Result<bool, EvalError> {
    let Value::Text(text) = value(of, scope)? else {
        return Ok(false);
    };
    let lowered = fold.then(|| lower(&text));
    for needle in needles {
        let Value::Text(needle) = value(needle, scope)? else {
            continue;
        };
        let found = match &lowered {
            Some(text) => stands(test, text, &lower(&needle)),
            None => stands(test, &text, &needle),
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The value of the first arm whose condition holds.
fn case(arms: &[(Expr, Expr)], otherwise: Option<&Expr>, scope: Scope) -> Result<Value, EvalError> {
    for (condition, then) in arms {
        if holds(condition, scope)? {
            return value(then, scope);
        }
    }
    otherwise.map_or(Ok(Value::Missing), |otherwise| value(otherwise, scope))
}

/// Missing where a side is. Ints and lengths of time are exact or an error; a float that leaves the doubles is missing.
fn arithmetic(
    op: ArithmeticOp,
    left: &Value,
    right: &Value,
    span: Span,
) -> Result<Value, EvalError> {
    use Value::{Duration, Float, Int, Missing, Time};
    match (op, left, right) {
        (_, Missing, _) | (_, _, Missing) => Ok(Missing),
        (ArithmeticOp::Divide, Int(_) | Float(_), Int(_) | Float(_)) => {
            Ok(divide(as_float(left), as_float(right)))
        }
        (_, Int(a), Int(b)) => exact(op, *a, *b, span).map(Int),
        (_, Int(_) | Float(_), Int(_) | Float(_)) => {
            Ok(inexact(op, as_float(left), as_float(right)))
        }
        (ArithmeticOp::Add | ArithmeticOp::Subtract, Time(a), Duration(b)) => {
            exact(op, *a, *b, span).map(Time)
        }
        (ArithmeticOp::Add, Duration(a), Time(b)) => exact(op, *a, *b, span).map(Time),
        (ArithmeticOp::Subtract, Time(a), Time(b)) => exact(op, *a, *b, span).map(Duration),
        (ArithmeticOp::Add | ArithmeticOp::Subtract, Duration(a), Duration(b)) => {
            exact(op, *a, *b, span).map(Duration)
        }
        _ => Err(EvalError::ill_typed(
            span,
            "this arithmetic is not of the language",
        )),
    }
}

fn exact(op: ArithmeticOp, left: i64, right: i64, span: Span) -> Result<i64, EvalError> {
    let result = match op {
        ArithmeticOp::Add => left.checked_add(right),
        ArithmeticOp::Subtract => left.checked_sub(right),
        ArithmeticOp::Multiply => left.checked_mul(right),
        ArithmeticOp::Divide => left.checked_div(right),
    };
    result.ok_or_else(|| {
        let title = format!("an integer here is beyond 64 bits: of {left} and {right}");
        EvalError::at(Code::E0650, span, title)
    })
}

fn inexact(op: ArithmeticOp, left: f64, right: f64) -> Value {
    Value::float(match op {
        ArithmeticOp::Add => left + right,
        ArithmeticOp::Subtract => left - right,
        ArithmeticOp::Multiply => left * right,
        ArithmeticOp::Divide => return divide(left, right),
    })
}

fn divide(left: f64, right: f64) -> Value {
    if right == 0.0 {
        Value::Missing
    } else {
        Value::float(left / right)
    }
}

#[allow(clippy::cast_precision_loss)]
fn as_float(value: &Value) -> f64 {
    match value {
        Value::Int(number) => *number as f64,
        Value::Float(number) => *number,
        _ => f64::NAN,
    }
}
