//! Names of columns: those that a value reads, and those that a plan knows.
//!
//! In: expressions and plans. Out: sets of names. Promise: a name is that of the row at hand, native or computed, as the text will write it.

use super::bindings::expressions;
use crate::plan::{Column, Expr, ExprKind, Plan, StepKind};
use std::collections::BTreeSet;

/// Whether an expression reads a column of that name.
pub(super) fn reads(value: &Expr, name: &str) -> bool {
    let mut found = false;
    value.visit(&mut |part| {
        if let ExprKind::Column(column) = &part.kind {
            found |= column.name() == name;
        }
    });
    found
}

/// The names of the columns that a value reads.
pub(super) fn names_read(value: &Expr) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    value.visit(&mut |part| {
        if let ExprKind::Column(column) = &part.kind {
            names.insert(column.name());
        }
    });
    names
}

/// Every name of a column in the plan.
pub(super) fn names(plan: &Plan) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for step in &plan.steps {
        match &step.kind {
            StepKind::Derive { columns } => {
                names.extend(columns.iter().map(|(name, _)| name.clone()))
            }
            StepKind::Select { columns } => names.extend(columns.iter().map(|c| c.name.clone())),
            StepKind::Group { keys, aggregates } => {
                names.extend(keys.iter().map(|key| key.name.clone()));
                names.extend(aggregates.iter().map(|a| a.name.clone()));
            }
            StepKind::Series { measure, keys, .. } => {
                names.extend(keys.iter().map(|key| key.name.clone()));
                names.insert(measure.name.clone());
            }
            StepKind::Anomaly {
                score, baseline, ..
            } => names.extend([score.clone(), baseline.clone()]),
            StepKind::Join { table, alias, .. } => {
                names.extend(table.joined(alias).map(|(name, _)| name));
            }
            StepKind::Enrich { name, .. } | StepKind::Repeat { name, .. } => {
                names.insert(name.clone());
            }
            StepKind::From { .. }
            | StepKind::Where { .. }
            | StepKind::Sort { .. }
            | StepKind::Top { .. } => {}
        }
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
