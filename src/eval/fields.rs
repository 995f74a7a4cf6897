//! What a plan reads of an event, so that readers of data keep only that.

use crate::plan::{Expr, Plan};
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
        for expr in step.kind.expressions() {
            fields.extend(fields_of(expr));
        }
        let tests = step.kind.table().map_or(&[][..], |(_, tests)| tests);
        let compared = tests.iter().filter_map(|test| test.value.as_ref());
        for condition in step.kind.predicates().into_iter().chain(compared) {
            tested.extend(fields_of(condition));
        }
        whole_events &= !step.kind.chooses();
    }
    Needs {
        fields,
        whole_events,
        tested,
    }
}

/// The fields that an expression names.
#[must_use]
pub(crate) fn fields_of(expr: &Expr) -> BTreeSet<String> {
    expr.fields()
}
