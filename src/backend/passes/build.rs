//! Expressions that backends make themselves: columns, numbers, sums and comparisons, none of them ever missing.
//!
//! In: names, numbers, parts. Out: expressions. Guarantee: a sum reads as a person would write it: no factor 1, no `- -3`.

use crate::plan::{ArithmeticOp, Column, Comparison, Expr, ExprKind, Type};
use crate::source::Span;
use crate::value::Value;

/// A column made by a step.
pub(crate) fn computed(name: &str, ty: Type, span: Span) -> Expr {
    Expr {
        kind: ExprKind::Column(Column::Computed(name.to_owned())),
        ty,
        ..Expr::predicate(ExprKind::Now, span)
    }
}

/// A whole number.
pub(crate) fn integer(number: i64, span: Span) -> Expr {
    Expr::literal(Value::Int(number), Type::Int, span)
}

/// A function.
pub(crate) fn call(function: &str, arguments: Vec<Expr>, ty: Type, span: Span) -> Expr {
    Expr {
        kind: ExprKind::Call {
            function: function.to_owned(),
            arguments,
            pattern: None,
        },
        ty,
        ..Expr::predicate(ExprKind::Now, span)
    }
}

/// The instant of the run.
pub(crate) fn now(span: Span) -> Expr {
    Expr {
        ty: Type::Time,
        ..Expr::predicate(ExprKind::Now, span)
    }
}

/// The instant of the run less a length of time.
pub(crate) fn before_now(length: i64, span: Span) -> Expr {
    let length = Expr::literal(Value::Duration(length), Type::Duration, span);
    arithmetic(ArithmeticOp::Subtract, now(span), length)
}

/// Two values and an operator; of the left one's type.
pub(crate) fn arithmetic(op: ArithmeticOp, left: Expr, right: Expr) -> Expr {
    let span = left.span;
    Expr {
        ty: left.ty.clone(),
        kind: ExprKind::Arithmetic {
            op,
            left: Box::new(left),
            right: Box::new(right),
        },
        ..Expr::predicate(ExprKind::Now, span)
    }
}

/// A difference.
pub(super) fn minus(left: Expr, right: Expr) -> Expr {
    // `a - (-3) * b` reads worse than `a + 3 * b`.
    match negative_factor(&right) {
        Some(positive) => arithmetic(ArithmeticOp::Add, left, positive),
        None => arithmetic(ArithmeticOp::Subtract, left, right),
    }
}

/// The sum of the parts.
pub(super) fn plus(parts: Vec<Expr>, span: Span) -> Expr {
    let sum = parts
        .into_iter()
        .reduce(|left, right| match negative_factor(&right) {
            Some(positive) => arithmetic(ArithmeticOp::Subtract, left, positive),
            None => arithmetic(ArithmeticOp::Add, left, right),
        });
    sum.unwrap_or_else(|| integer(0, span))
}

/// The product without its sign, where its first factor is a negative number.
pub(super) fn negative_factor(expr: &Expr) -> Option<Expr> {
    let ExprKind::Arithmetic {
        op: ArithmeticOp::Multiply,
        left,
        right,
    } = &expr.kind
    else {
        return None;
    };
    match left.kind {
        ExprKind::Literal {
            value: Value::Int(factor),
            ..
        } if factor < 0 => Some(times(-factor, (**right).clone())),
        _ => None,
    }
}

/// A multiple.
pub(crate) fn times(factor: i64, value: Expr) -> Expr {
    if factor == 1 {
        return value;
    }
    let span = value.span;
    arithmetic(ArithmeticOp::Multiply, integer(factor, span), value)
}

/// A quotient of whole numbers, a float.
pub(super) fn divided(value: Expr, by: Expr) -> Expr {
    Expr {
        ty: Type::Float,
        ..arithmetic(ArithmeticOp::Divide, value, by)
    }
}

/// A comparison of numbers or times.
pub(crate) fn compare(op: Comparison, left: Expr, right: Expr) -> Expr {
    let span = left.span;
    Expr::predicate(
        ExprKind::Compare {
            op,
            fold: false,
            left: Box::new(left),
            right: Box::new(right),
        },
        span,
    )
}

/// Whether two numbers are equal.
pub(super) fn equals(left: Expr, right: Expr) -> Expr {
    compare(Comparison::Equal, left, right)
}
