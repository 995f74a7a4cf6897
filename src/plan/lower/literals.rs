//! What may be done with constants.
//!
//! In: typed expressions and values. Out: whether one is a literal, what type it may take, and the key under which two of them are the same.

use super::super::{Expr, ExprKind, Type};
use crate::value::Value;

/// Whether it is a constant or a parameter.
pub(super) fn is_literal(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal { .. })
}

/// Whether a literal of one type may stand for another: a whole number for a float, text for an address or a word.
pub(super) fn coercible(from: &Type, to: &Type) -> bool {
    matches!(
        (from, to),
        (Type::Int, Type::Float) | (Type::Text, Type::Ip | Type::Enum(_))
    )
}

/// What makes two entries the same.
pub(super) fn key(value: &Value, fold: bool) -> String {
    match value {
        Value::Text(text) if fold => text.chars().map(lower).collect(),
        Value::Text(text) => text.to_string(),
        other => format!("{other:?}"),
    }
}

/// Simple lower-casing: letters whose lower case is several characters stay.
fn lower(c: char) -> char {
    let mut lowered = c.to_lowercase();
    match (lowered.next(), lowered.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}
