//! What the shape of a value says about it.
//!
//! In: a value. Out: the column behind it, and whether it holds several values. Guarantee: nothing is guessed; a value of which it is not known has no
//! such column.

use crate::backend::dialect::signature;
use crate::plan::{Expr, ExprKind, Type};

/// The one column whose absence alone makes the value null.
pub(crate) fn root(value: &Expr) -> Option<&Expr> {
    match &value.kind {
        ExprKind::Column(_) => Some(value),
        ExprKind::Call {
            function,
            arguments,
            ..
        } if matches!(
            signature::missing_rule(super::lengths::entry_name(function)),
            Some(crate::catalog::MissingRule::Propagates)
        ) =>
        {
            match arguments.as_slice() {
                [argument] => root(argument),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether the value holds several values.
pub(super) fn is_multi(value: &Expr) -> bool {
    matches!(value.ty, Type::Set(_))
}
