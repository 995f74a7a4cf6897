//! Lengths of texts in tests that the length of nothing does not pass.
//!
//! In: a predicate. Out: the same with [`LENGTH_OF_ANY`] for `length`, where the missing text may count as one of length 0. Guarantee: same truth in every
//! row. `length(x) > 40` is false of a missing text, and so is `0 > 40`; `length(x) < 40` is false of it too, but `0 < 40` is not, so that one keeps its
//! guard.

use crate::plan::made_functions::LENGTH_OF_ANY;
use crate::plan::{Comparison, Expr, ExprKind};
use crate::value::Value;

/// The name under which a dialect has the function.
pub(super) fn entry_name(function: &str) -> &str {
    match function {
        LENGTH_OF_ANY => "length",
        other => other,
    }
}

/// Whether the value is a length that needs no guard.
pub(super) fn is_unguarded(value: &Expr) -> bool {
    matches!(&value.kind, ExprKind::Call { function, .. } if function == LENGTH_OF_ANY)
}

/// The test without the guard, where it needs none.
pub(crate) fn unguarded(test: &Expr) -> Option<Expr> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    let mut test = test.clone();
    match &mut test.kind {
        ExprKind::Compare {
            op, left, right, ..
        } => match (whole(left), whole(right)) {
            (None, Some(limit)) => {
                let met = match op {
                    Equal => limit == 0,
                    Less => 0 < limit,
                    LessOrEqual => 0 <= limit,
                    Greater => 0 > limit,
                    GreaterOrEqual => 0 >= limit,
                };
                (!met && rename(left)).then_some(())?;
            }
            (Some(limit), None) => {
                let met = match op {
                    Equal => limit == 0,
                    Less => limit < 0,
                    LessOrEqual => limit <= 0,
                    Greater => limit > 0,
                    GreaterOrEqual => limit >= 0,
                };
                (!met && rename(right)).then_some(())?;
            }
            _ => return None,
        },
        ExprKind::Between { value, low, high } => {
            let (low, high) = (whole(low)?, whole(high)?);
            (!(low <= 0 && 0 <= high) && rename(value)).then_some(())?;
        }
        ExprKind::In { value, items, .. } => {
            let met = items
                .iter()
                .any(|item| !matches!(item, Value::Int(n) if *n != 0));
            (!met && rename(value)).then_some(())?;
        }
        _ => return None,
    }
    Some(test)
}

fn whole(value: &Expr) -> Option<i64> {
    match value.kind {
        ExprKind::Literal {
            value: Value::Int(number),
            ..
        } => Some(number),
        _ => None,
    }
}

fn rename(value: &mut Expr) -> bool {
    match &mut value.kind {
        ExprKind::Call { function, .. } if function == "length" => {
            LENGTH_OF_ANY.clone_into(function);
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Type;
    use crate::source::Span;

    fn length(op: Comparison, limit: i64) -> Expr {
        let span = Span::default();
        let text = Expr::literal(Value::text("abc"), Type::Text, span);
        let call = ExprKind::Call {
            function: "length".to_owned(),
            arguments: vec![text],
            pattern: None,
        };
        Expr::predicate(
            ExprKind::Compare {
                op,
                fold: false,
                left: Box::new(Expr {
                    ty: Type::Int,
                    ..Expr::predicate(call, span)
                }),
                right: Box::new(Expr::literal(Value::Int(limit), Type::Int, span)),
            },
            span,
        )
    }

    #[test]
    fn a_guard_goes_only_where_nothing_fails_the_test() {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
        for (op, limit, goes) in [
            (Greater, 40, true),
            (Greater, 0, true),
            (Greater, -1, false),
            (GreaterOrEqual, 1, true),
            (GreaterOrEqual, 0, false),
            (Equal, 40, true),
            (Equal, 0, false),
            (Less, 40, false),
            (Less, 0, true),
            (LessOrEqual, 0, false),
            (LessOrEqual, -1, true),
        ] {
            assert_eq!(
                unguarded(&length(op, limit)).is_some(),
                goes,
                "{op:?} {limit}"
            );
        }
    }
}
