//! Which tests are expensive.
//!
//! In: a predicate. Out: a rank to sort conjuncts by: comparisons, then addresses, then text, then regexes. The order of equal ones is the author's.

use super::logic::Formula;
use crate::plan::{Expr, ExprKind};

/// The rank of the dearest part.
#[must_use]
pub(crate) fn of(expr: &Expr) -> u8 {
    let own = match &expr.kind {
        ExprKind::InNetwork { .. } => 1,
        ExprKind::TextTest { .. } => 2,
        ExprKind::Matches { .. } => 3,
        ExprKind::Call { function, .. } if function == "extract" => 3,
        _ => 0,
    };
    expr.children().into_iter().map(of).fold(own, u8::max)
}

/// The rank of the dearest part of a formula.
#[must_use]
pub(crate) fn of_formula(formula: &Formula<'_>) -> u8 {
    match formula {
        Formula::Atom(atom) | Formula::Negated(atom) => of(atom),
        Formula::Null(_) | Formula::Missing(_) => 0,
        Formula::Not(inner) | Formula::Else(inner, _) => of_formula(inner),
        Formula::And(parts) | Formula::Or(parts) => parts.iter().map(of_formula).max().unwrap_or(0),
    }
}
