//! Which columns a condition proves to be present.
//!
//! In: a predicate of the plan. Out: names of columns. Promise: when the predicate is true of a row, none of these columns is missing in it (an
//! under-estimate: what is not said may be present as well). Backends use it to leave out tests for null that could never matter.

use super::{Expr, ExprKind};
use crate::catalog::{self, MissingRule};
use std::collections::BTreeSet;

/// Columns that are certainly present in a row for which the predicate is true.
#[must_use]
pub fn present_after(predicate: &Expr) -> BTreeSet<String> {
    match &predicate.kind {
        ExprKind::And(parts) => parts.iter().flat_map(present_after).collect(),
        ExprKind::Or(parts) => shared(parts.iter().map(present_after)),
        ExprKind::Not(inner) => present_after_false(inner),
        ExprKind::Compare { left, right, .. } => {
            let mut all = needed(left);
            all.extend(needed(right));
            all
        }
        ExprKind::Between { value, low, high } => [value, low, high]
            .into_iter()
            .flat_map(|part| needed(part))
            .collect(),
        ExprKind::In { value, .. }
        | ExprKind::InNetwork { value, .. }
        | ExprKind::Matches { value, .. } => needed(value),
        ExprKind::TextTest { value, needles, .. } => {
            let mut all = needed(value);
            if let [only] = needles.as_slice() {
                all.extend(needed(only));
            }
            all
        }
        ExprKind::Exists(value) => needed(value),
        ExprKind::Call {
            function,
            arguments,
            ..
        } => match catalog::function(function).map(|f| f.missing) {
            Some(MissingRule::False) => arguments.iter().flat_map(needed).collect(),
            _ => BTreeSet::new(),
        },
        ExprKind::Literal { .. }
        | ExprKind::Column(_)
        | ExprKind::Now
        | ExprKind::Case { .. }
        | ExprKind::Lookup { .. }
        | ExprKind::Arithmetic { .. } => BTreeSet::new(),
    }
}

/// The same for a row for which the predicate is false: only connectives say something.
fn present_after_false(predicate: &Expr) -> BTreeSet<String> {
    match &predicate.kind {
        ExprKind::Not(inner) => present_after(inner),
        ExprKind::Or(parts) => parts.iter().flat_map(present_after_false).collect(),
        ExprKind::And(parts) => shared(parts.iter().map(present_after_false)),
        _ => BTreeSet::new(),
    }
}

/// Columns without which the value is missing.
#[must_use]
pub fn needed(value: &Expr) -> BTreeSet<String> {
    match &value.kind {
        ExprKind::Column(column) => BTreeSet::from([column.name().to_owned()]),
        ExprKind::Arithmetic { left, right, .. } => {
            let mut all = needed(left);
            all.extend(needed(right));
            all
        }
        ExprKind::Lookup { key, .. } => needed(key),
        ExprKind::Call {
            function,
            arguments,
            ..
        } => match catalog::function(function).map(|f| f.missing) {
            Some(MissingRule::Propagates | MissingRule::Partial) => {
                arguments.iter().flat_map(needed).collect()
            }
            _ => BTreeSet::new(),
        },
        _ => BTreeSet::new(),
    }
}

fn shared(mut sets: impl Iterator<Item = BTreeSet<String>>) -> BTreeSet<String> {
    let first = sets.next().unwrap_or_default();
    sets.fold(first, |all, set| all.intersection(&set).cloned().collect())
}
