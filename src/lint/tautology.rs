//! L0110: a condition that every row meets.

use super::LintInput;
use super::place::{each, folded};
use crate::diag::{Code, Diagnostic};
use crate::plan::{Comparison, Expr, ExprKind, show};
use crate::value::Value;
use std::collections::BTreeMap;

pub(super) fn check(input: &LintInput<'_>, found: &mut Vec<Diagnostic>) {
    for step in &input.plan.steps {
        if let crate::plan::StepKind::Where { predicate, .. } = &step.kind
            && let ExprKind::Literal {
                value: Value::Bool(true),
                ..
            } = predicate.kind
        {
            found.push(
                always(predicate, "this condition is always true").help("its constants decide it"),
            );
        }
    }
    each(input, &mut |expr| match &expr.kind {
        ExprKind::Exists(value) if !value.nullable => {
            let why = if matches!(value.kind, ExprKind::Column(_)) {
                "an earlier condition, or the event class, leaves no row without it"
            } else {
                "this value is never missing"
            };
            found.push(always(expr, &format!("`{}` is always there", show::expr(value))).help(why));
        }
        ExprKind::Or(parts) => {
            let mut seen: BTreeMap<String, (String, &Expr)> = BTreeMap::new();
            for part in parts {
                let Some((tested, value)) = unequal(part) else {
                    continue;
                };
                match seen.get(&tested) {
                    Some((other, first)) if *other != value => {
                        found.push(
                            always(part, "one of these two inequalities always holds")
                                .also(first.span, "the other")
                                .help(format!(
                                    "`and` was probably meant, or `{tested} not in [..]`"
                                )),
                        );
                    }
                    _ => {
                        seen.insert(tested, (value, part));
                    }
                }
            }
        }
        _ => {}
    });
}

fn always(expr: &Expr, title: &str) -> Diagnostic {
    Diagnostic::at(Code::L0110, expr.span, title).label("always true")
}

/// `x != a`: what is tested and against what.
fn unequal(part: &Expr) -> Option<(String, String)> {
    let ExprKind::Not(inner) = &part.kind else {
        return None;
    };
    let ExprKind::Compare {
        op: Comparison::Equal,
        left,
        right,
        ..
    } = &inner.kind
    else {
        return None;
    };
    match &right.kind {
        ExprKind::Literal { value, .. } => Some((show::expr(left), folded(value))),
        _ => None,
    }
}
