//! Names of columns: those that a value reads, and those that a plan knows.
//!
//! In: expressions and plans. Out: sets of names. Guarantee: a name is that of the row at hand, native or computed, as the text will write it.

use super::bindings::expressions;
use crate::plan::{Column, Expr, ExprKind, Plan};
use std::collections::BTreeSet;

/// Whether an expression reads a column of that name.
pub(crate) fn reads(value: &Expr, name: &str) -> bool {
    let mut found = false;
    value.visit(&mut |part| {
        if let ExprKind::Column(column) = &part.kind {
            found |= column.name() == name;
        }
    });
    found
}

/// The names of the columns that a value reads.
pub(crate) fn names_read(value: &Expr) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    value.visit(&mut |part| {
        if let ExprKind::Column(column) = &part.kind {
            names.insert(column.name());
        }
    });
    names
}

/// Every name of a column in the plan.
pub(crate) fn names(plan: &Plan) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for step in &plan.steps {
        let made = step.kind.made().into_iter();
        names.extend(made.map(|made| made.name.into_owned()));
    }
    for expression in expressions(plan) {
        expression.visit(&mut |part| {
            if let ExprKind::Column(column) = &part.kind {
                names.insert(Column::name(column).to_owned());
            }
        });
    }
    names
}
