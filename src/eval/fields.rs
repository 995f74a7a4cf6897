//! What a plan reads of an event, so that readers of data keep no more than that.

use crate::plan::{Column, Expr, ExprKind, Plan, StepKind, expressions};
use std::collections::BTreeSet;

/// What a plan reads of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The fields that its expressions name, and `time`.
    pub fields: BTreeSet<String>,
    /// Whether its result is whole events: it neither selects nor groups.
    pub whole_events: bool,
    /// The fields that its conditions test: a row without a value there is lost.
    pub tested: BTreeSet<String>,
}

/// What a plan reads of an event.
#[must_use]
pub fn needs(plan: &Plan) -> Needs {
    let mut fields = BTreeSet::from([super::TIME.to_owned()]);
    let mut whole_events = true;
    let mut tested = BTreeSet::new();
    for step in &plan.steps {
        for expr in expressions(&step.kind) {
            fields.extend(fields_of(expr));
        }
        for condition in conditions(&step.kind) {
            tested.extend(fields_of(condition));
        }
        whole_events &= !matches!(
            step.kind,
            StepKind::Select { .. } | StepKind::Group { .. } | StepKind::Series { .. }
        );
    }
    Needs {
        fields,
        whole_events,
        tested,
    }
}

/// The conditions of a step, on rows or on those that an aggregate takes.
fn conditions(step: &StepKind) -> Vec<&Expr> {
    match step {
        StepKind::Where { predicate, .. } => vec![predicate],
        StepKind::Group { aggregates, .. } => (aggregates.iter())
            .filter_map(|aggregate| aggregate.filter.as_ref())
            .collect(),
        StepKind::Series { measure, .. } => measure.filter.iter().collect(),
        StepKind::Join { tests, filter, .. } => (tests.iter())
            .filter_map(|test| test.value.as_ref())
            .chain(filter)
            .collect(),
        _ => Vec::new(),
    }
}

/// The fields that an expression names.
#[must_use]
pub(crate) fn fields_of(expr: &Expr) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    expr.visit(&mut |part| {
        if let ExprKind::Column(Column::Field(name)) = &part.kind {
            fields.insert(name.clone());
        }
    });
    fields
}
