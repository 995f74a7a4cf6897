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
}

/// What a plan reads of an event.
#[must_use]
pub fn needs(plan: &Plan) -> Needs {
    let mut fields = BTreeSet::from([super::TIME.to_owned()]);
    let mut whole_events = true;
    for step in &plan.steps {
        for expr in expressions(&step.kind) {
            fields.extend(fields_of(expr));
        }
        whole_events &= !matches!(
            step.kind,
            StepKind::Select { .. } | StepKind::Group { .. } | StepKind::Series { .. }
        );
    }
    Needs {
        fields,
        whole_events,
    }
}

/// The fields that an expression names.
#[must_use]
pub fn fields_of(expr: &Expr) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    expr.visit(&mut |part| {
        if let ExprKind::Column(Column::Field(name)) = &part.kind {
            fields.insert(name.clone());
        }
    });
    fields
}
