//! What a plan reads of an event, so that readers of data keep no more than that.

use crate::plan::{Column, Expr, ExprKind, Plan, StepKind};
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
        whole_events &= !matches!(step.kind, StepKind::Select { .. } | StepKind::Group { .. });
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

/// The expressions of a step.
pub(super) fn expressions(step: &StepKind) -> Vec<&Expr> {
    match step {
        StepKind::From { .. } => Vec::new(),
        StepKind::Where { predicate, .. } => vec![predicate],
        StepKind::Derive { columns } => columns.iter().map(|(_, expr)| expr).collect(),
        StepKind::Select { columns } => columns.iter().map(|column| &column.value).collect(),
        StepKind::Group { keys, aggregates } => {
            let arguments = aggregates
                .iter()
                .flat_map(|a| a.argument.iter().chain(&a.filter));
            keys.iter().map(|key| &key.value).chain(arguments).collect()
        }
        StepKind::Sort { keys } => keys.iter().map(|key| &key.value).collect(),
        StepKind::Top { by, ties, .. } => std::iter::once(by).chain(ties).collect(),
        StepKind::Enrich { argument, .. } => vec![argument],
    }
}
