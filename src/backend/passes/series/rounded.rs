//! Constants that rounded scores are compared with.
//!
//! In: a plan for an engine that scores series in doubles, whose texts round what it gives. Out: the plan with the constants beside scores and baselines
//! rounded alike. Guarantee: a score that equals a constant to nine places is neither above nor below it, however long the constant is written. What is
//! reckoned with a score, and a constant that is in a column, are compared as they are.

use crate::plan::rebuild::rebuild;
use crate::plan::{Expr, ExprKind, Plan, StepKind};
use crate::value::Value;
use std::collections::BTreeSet;

/// The plan with constants rounded where scores are compared with them.
pub(super) fn constants(plan: &Plan) -> Plan {
    let mut names = Names(BTreeSet::new());
    let mut rounded = plan.clone();
    for step in &mut rounded.steps {
        // Each column of the step may be read by the next one.
        if let StepKind::Derive { columns } = &mut step.kind {
            for (name, value) in columns {
                *value = rebuild(value, &mut |part| names.beside(part));
                if names.has(value) {
                    names.0.insert(name.clone());
                }
            }
            continue;
        }
        for expr in step.kind.expressions_mut() {
            *expr = rebuild(expr, &mut |part| names.beside(part));
        }
        names.follow(&step.kind);
    }
    rounded
}

/// The columns that hold a score or a baseline as it was.
struct Names(BTreeSet<String>);

impl Names {
    fn has(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Column(column) if self.0.contains(column.name()))
    }

    /// A comparison with such a column.
    fn beside(&self, mut expr: Expr) -> Expr {
        match &mut expr.kind {
            ExprKind::Compare { left, right, .. } if self.has(left) => shorten(right),
            ExprKind::Compare { left, right, .. } if self.has(right) => shorten(left),
            ExprKind::Between { value, low, high } if self.has(value) => {
                shorten(low);
                shorten(high);
            }
            ExprKind::In { value, items, .. } if self.has(value) => {
                items.iter_mut().for_each(shorten_value);
            }
            _ => {}
        }
        expr
    }

    /// The columns after a step.
    fn follow(&mut self, step: &StepKind) {
        if let StepKind::Anomaly {
            score, baseline, ..
        } = step
        {
            self.0.extend([score.clone(), baseline.clone()]);
            return;
        }
        let made = step.made().into_iter();
        let scores: BTreeSet<String> = made
            .filter(|made| made.value().is_some_and(|value| self.has(value)))
            .map(|made| made.name.into_owned())
            .collect();
        if step.chooses() {
            self.0.clear();
        }
        self.0.extend(scores);
    }
}

fn shorten(expr: &mut Expr) {
    if let ExprKind::Literal { value, .. } = &mut expr.kind {
        shorten_value(value);
    }
}

fn shorten_value(value: &mut Value) {
    // What is next to nothing stays on its side of it: most scores are nothing.
    if let Value::Float(number) = value
        && let Ok(rounded) = format!("{number:.9}").parse::<f64>()
        && rounded != 0.0
    {
        *number = rounded;
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::build::{compare, computed};
    use super::Names;
    use crate::plan::{Comparison, Expr, ExprKind, Type};
    use crate::source::Span;
    use crate::value::Value;

    #[test]
    fn a_constant_beside_a_score_has_nine_places() {
        let names = Names(["score".to_owned()].into());
        for (column, constant, expected) in [
            ("score", 5.945_106_250_271_781, 5.945_106_25),
            ("score", 5.0, 5.0),
            ("score", 0.000_000_000_4, 0.000_000_000_4),
            ("other", 5.945_106_250_271_781, 5.945_106_250_271_781),
        ] {
            let span = Span::default();
            let literal = Expr::literal(Value::Float(constant), Type::Float, span);
            let column = computed(column, Type::Float, span);
            let beside = names.beside(compare(Comparison::Greater, column, literal));
            let ExprKind::Compare { right, .. } = &beside.kind else {
                panic!("{beside:?}");
            };
            let ExprKind::Literal { value, .. } = &right.kind else {
                panic!("{right:?}");
            };
            assert_eq!(*value, Value::Float(expected));
        }
    }
}
