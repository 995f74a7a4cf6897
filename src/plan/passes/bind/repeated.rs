//! Conditionals that occur more than once in a plan.
//!
//! In: a bound plan. Out: the plan in which a word of a closed set that several steps read from the same columns is a column, made once. Guarantee: same
//! rows; only steps over events are changed, because after them a column has its value already.

use crate::plan::rebuild::rebuild;
use crate::plan::walk::MadeFrom;
use crate::plan::{Column, Expr, ExprKind, Plan, Step, StepKind, Type, show};
use std::collections::BTreeMap;

/// Names conditionals that are read more than once while events are at hand.
#[must_use]
pub(super) fn name_repeated(plan: &Plan) -> Plan {
    let end = plan
        .steps
        .iter()
        .position(|step| step.kind.chooses())
        .map_or(plan.steps.len(), |at| at + 1);
    let mut seen: BTreeMap<String, (usize, usize, Expr)> = BTreeMap::new();
    for (at, step) in plan.steps.iter().take(end).enumerate() {
        for expr in step.kind.expressions() {
            expr.visit(&mut |part| {
                if is_word(part) {
                    let entry = seen
                        .entry(show::expr(part))
                        .or_insert((at, 0, part.clone()));
                    entry.1 += 1;
                }
            });
        }
    }
    let mut steps = plan.steps.clone();
    let mut made: BTreeMap<usize, Vec<(String, Expr)>> = BTreeMap::new();
    for (text, (first, count, value)) in seen {
        let Type::Enum(field) = &value.ty else {
            continue;
        };
        let name = field.replace('.', "_");
        if count < 2 || first == 0 || is_taken(plan, &name, &text) || names(&made, &name) {
            continue;
        }
        let column = Expr {
            kind: ExprKind::Column(Column::Computed(name.clone())),
            ..value.clone()
        };
        for step in steps.iter_mut().take(end) {
            replace(&mut step.kind, &text, &column);
        }
        made.entry(first).or_default().push((name, value));
    }
    let mut all = Vec::new();
    for (at, step) in steps.into_iter().enumerate() {
        if let Some(columns) = made.remove(&at) {
            all.push(Step {
                kind: StepKind::Derive { columns },
                span: step.span,
            });
        }
        all.push(step);
    }
    Plan {
        class: plan.class.clone(),
        steps: all,
    }
}

fn is_word(expr: &Expr) -> bool {
    matches!((&expr.kind, &expr.ty), (ExprKind::Case { arms, .. }, Type::Enum(_)) if arms.len() > 1)
}

fn names(made: &BTreeMap<usize, Vec<(String, Expr)>>, name: &str) -> bool {
    made.values().flatten().any(|(own, _)| own == name)
}

/// Whether the plan has a column of that name that holds something else.
fn is_taken(plan: &Plan, name: &str, value: &str) -> bool {
    let same = |own: &str| own.eq_ignore_ascii_case(name);
    let makes_other = |step: &Step| {
        let chooses = step.kind.chooses();
        step.kind.made().iter().any(|made| {
            let other = match made.from {
                // What passes through under its name is the same column.
                MadeFrom::Row(own) if chooses => show::expr(own) != value,
                MadeFrom::Key(own) => show::expr(own) != value && !is_own(own, name),
                _ => true,
            };
            same(&made.name) && other
        })
    };
    plan.steps.iter().any(makes_other) || plan.steps.iter().flat_map(|step| step.kind.expressions()).any(|expr| {
        let mut found = false;
        expr.visit(&mut |part| {
            found |= matches!(&part.kind, ExprKind::Column(Column::Native(native)) if same(&native.name));
        });
        found
    })
}

fn is_own(value: &Expr, name: &str) -> bool {
    matches!(&value.kind, ExprKind::Column(Column::Computed(own)) if own == name)
}

fn replace(kind: &mut StepKind, text: &str, column: &Expr) {
    let put = |expr: &mut Expr| {
        *expr = rebuild(expr, &mut |part| {
            if is_word(&part) && show::expr(&part) == text {
                Expr {
                    span: part.span,
                    ..column.clone()
                }
            } else {
                part
            }
        });
    };
    kind.expressions_mut().into_iter().for_each(put);
}
