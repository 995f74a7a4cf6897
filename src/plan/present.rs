//! What a true predicate implies about the columns it reads: that they are present, and of which family an address is.
//!
//! In: a predicate. Out: names of columns that hold a value in every row for which it is true. Guarantee: nothing is named that may be missing; where it
//! is not certain, nothing is said. Backends use it to leave out tests that could never matter: `x != 1 or x is missing` needs no second part after
//! `where x exists`.

use super::made_functions::{DECIMAL_TO_INT, LENGTH_OF_ANY, SCALE_DOWN};
use super::{Expr, ExprKind};
use crate::catalog::{self, MissingRule};
use std::collections::BTreeSet;

/// Columns that are certainly present in a row for which the predicate is true.
#[must_use]
pub(crate) fn present_after(predicate: &Expr) -> BTreeSet<String> {
    when_true(predicate)
        .into_iter()
        .filter(|fact| !fact.contains(' '))
        .collect()
}

/// Columns that are present where the predicate is true, and what [`family_of`] names.
#[must_use]
pub(crate) fn when_true(predicate: &Expr) -> BTreeSet<String> {
    match &predicate.kind {
        ExprKind::And(parts) => union(parts.iter().map(when_true)),
        ExprKind::Or(parts) => intersection(parts.iter().map(when_true)),
        ExprKind::Not(inner) => when_false(inner),
        ExprKind::Exists(value) => needed(value),
        ExprKind::Compare { left, right, .. } => union([needed(left), needed(right)]),
        ExprKind::Between { value, low, high } => union([needed(value), needed(low), needed(high)]),
        ExprKind::In { value, .. }
        | ExprKind::InNetwork { value, .. }
        | ExprKind::Matches { value, .. } => needed(value),
        ExprKind::TextTest { value, needles, .. } => match &**needles {
            [one] => union([needed(value), needed(one)]),
            _ => needed(value),
        },
        ExprKind::Call {
            function,
            arguments,
            ..
        } => {
            let family = match (function.as_str(), arguments.first()) {
                ("is_ipv4", Some(address)) => family_of(address, true),
                ("is_ipv6", Some(address)) => family_of(address, false),
                _ => None,
            };
            union(
                arguments
                    .iter()
                    .map(needed)
                    .chain([family.into_iter().collect()]),
            )
        }
        ExprKind::Column(column) => BTreeSet::from([column.name().to_owned()]),
        ExprKind::Literal { .. }
        | ExprKind::Now
        | ExprKind::Case { .. }
        | ExprKind::Lookup { .. }
        | ExprKind::Arithmetic { .. } => BTreeSet::new(),
    }
}

/// The pseudo-name for "the address in this column is one of that family". No column has such a name.
#[must_use]
pub(crate) fn family_of(address: &Expr, ipv4: bool) -> Option<String> {
    match &address.kind {
        ExprKind::Column(column) => {
            let family = if ipv4 { 4 } else { 6 };
            Some(format!("IPv{family} {}", column.name()))
        }
        _ => None,
    }
}

/// Columns that are present where the predicate is false.
fn when_false(predicate: &Expr) -> BTreeSet<String> {
    match &predicate.kind {
        ExprKind::And(parts) => intersection(parts.iter().map(when_false)),
        ExprKind::Or(parts) => union(parts.iter().map(when_false)),
        ExprKind::Not(inner) => when_true(inner),
        // A test is false of a missing value, so its falsehood implies nothing.
        _ => BTreeSet::new(),
    }
}

/// Columns without which the value is missing.
#[must_use]
pub(crate) fn needed(value: &Expr) -> BTreeSet<String> {
    match &value.kind {
        ExprKind::Column(column) => BTreeSet::from([column.name().to_owned()]),
        ExprKind::Arithmetic { left, right, .. } => union([needed(left), needed(right)]),
        ExprKind::Lookup { key, .. } => needed(key),
        ExprKind::Call {
            function,
            arguments,
            ..
        } if propagates(function) => union(arguments.iter().map(needed)),
        _ => BTreeSet::new(),
    }
}

/// Whether a missing argument makes the result missing.
#[must_use]
pub(crate) fn propagates(function: &str) -> bool {
    let is_made = [DECIMAL_TO_INT, SCALE_DOWN, LENGTH_OF_ANY].contains(&function);
    let rule = catalog::function(function).map(|function| function.missing);
    is_made || matches!(rule, Some(MissingRule::Propagates | MissingRule::Partial))
}

fn union(sets: impl IntoIterator<Item = BTreeSet<String>>) -> BTreeSet<String> {
    sets.into_iter().flatten().collect()
}

fn intersection(sets: impl IntoIterator<Item = BTreeSet<String>>) -> BTreeSet<String> {
    sets.into_iter()
        .reduce(|all, next| all.intersection(&next).cloned().collect())
        .unwrap_or_default()
}
