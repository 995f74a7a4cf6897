//! Two-valued predicates on engines with a third truth value.
//!
//! In: a predicate of the plan, and when each atom of it is null. Out: a [`Formula`] in the engine's three-valued logic.
//! Guarantee: where the predicate is true the formula is true; where it is false the formula is false or null, and from [`exact`] never
//! null. So a filter prints bare, each `not` closes what it would otherwise turn into a dropped row, and a predicate that becomes a column
//! is closed to false.

use crate::plan::present;
use crate::plan::{Expr, ExprKind};
use std::collections::BTreeSet;

/// When an atom is null, given what is present.
#[derive(Clone, Debug)]
pub(crate) enum When<'a> {
    /// Never.
    Never,
    /// Exactly where this column is null (for the empty text it is what it should be).
    Null(&'a Expr),
    /// Elsewhere, or where one of several is null.
    Other,
}

/// Says when atoms are null.
pub(crate) trait Atoms {
    /// When the atom is null if the named columns are present.
    fn null_when<'a>(&self, atom: &'a Expr, present: &BTreeSet<String>) -> When<'a>;
}

/// A predicate in the engine's own logic.
#[derive(Clone, Debug)]
pub(crate) enum Formula<'a> {
    /// The atom as the engine says it.
    Atom(&'a Expr),
    /// The engine's negation of the atom; null where the atom is.
    Negated(&'a Expr),
    /// The column is null; two-valued.
    Null(&'a Expr),
    /// The value is missing in any form; two-valued.
    Missing(&'a Expr),
    /// `not`.
    Not(Box<Formula<'a>>),
    /// `and`.
    And(Vec<Formula<'a>>),
    /// `or`.
    Or(Vec<Formula<'a>>),
    /// The formula, and this where it is null.
    Else(Box<Formula<'a>>, bool),
}

/// A formula that is true exactly where the predicate is. `present`: columns known to be present.
pub(crate) fn truth<'a>(
    predicate: &'a Expr,
    atoms: &impl Atoms,
    present: &BTreeSet<String>,
) -> Formula<'a> {
    match &predicate.kind {
        ExprKind::And(parts) => Formula::And(
            parts
                .iter()
                .enumerate()
                .map(|(at, part)| {
                    // Where another conjunct is false, it does not matter what this one is.
                    let mut known = present.clone();
                    for (other, sibling) in parts.iter().enumerate() {
                        if other != at {
                            known.extend(present::when_true(sibling));
                        }
                    }
                    truth(part, atoms, &known)
                })
                .collect(),
        ),
        ExprKind::Or(parts) => Formula::Or(
            parts
                .iter()
                .map(|part| truth(part, atoms, present))
                .collect(),
        ),
        ExprKind::Not(inner) => falsehood(inner, atoms, present),
        _ => Formula::Atom(predicate),
    }
}

/// A formula that is true exactly where the predicate is, and never null.
pub(crate) fn exact<'a>(
    predicate: &'a Expr,
    atoms: &impl Atoms,
    present: &BTreeSet<String>,
) -> Formula<'a> {
    let formula = truth(predicate, atoms, present);
    if may_be_null(&formula, atoms, present) {
        Formula::Else(Box::new(formula), false)
    } else {
        formula
    }
}

/// A formula that is true exactly where the predicate is false.
fn falsehood<'a>(
    predicate: &'a Expr,
    atoms: &impl Atoms,
    present: &BTreeSet<String>,
) -> Formula<'a> {
    match &predicate.kind {
        ExprKind::Not(inner) => truth(inner, atoms, present),
        ExprKind::Exists(value) => Formula::Missing(value),
        ExprKind::And(_) | ExprKind::Or(_) => {
            let positive = truth(predicate, atoms, present);
            if !may_be_null(&positive, atoms, present) {
                return Formula::Not(Box::new(positive));
            }
            match &predicate.kind {
                ExprKind::Or(parts) => Formula::And(
                    parts
                        .iter()
                        .map(|part| falsehood(part, atoms, present))
                        .collect(),
                ),
                _ => Formula::Else(Box::new(Formula::Not(Box::new(positive))), true),
            }
        }
        _ => match atoms.null_when(predicate, present) {
            When::Never => Formula::Negated(predicate),
            When::Null(column) => {
                Formula::Or(vec![Formula::Negated(predicate), Formula::Null(column)])
            }
            When::Other => Formula::Else(Box::new(Formula::Negated(predicate)), true),
        },
    }
}

/// Whether the formula may be null in a row where only the named columns are known to be present.
fn may_be_null(formula: &Formula<'_>, atoms: &impl Atoms, present: &BTreeSet<String>) -> bool {
    match formula {
        Formula::Atom(atom) | Formula::Negated(atom) => {
            !matches!(atoms.null_when(atom, present), When::Never)
        }
        Formula::Null(_) | Formula::Missing(_) | Formula::Else(..) => false,
        Formula::Not(inner) => may_be_null(inner, atoms, present),
        // `x != v or x is null` is never null, whatever its first part is.
        Formula::Or(parts) => match parts.as_slice() {
            [Formula::Negated(_), Formula::Null(_)] => false,
            _ => parts.iter().any(|part| may_be_null(part, atoms, present)),
        },
        Formula::And(parts) => parts.iter().any(|part| may_be_null(part, atoms, present)),
    }
}
