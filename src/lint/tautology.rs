//! L0110: a condition that every row meets.

use super::place::folded;
use super::subject::{Subject, each};
use crate::diag::{Code, Diagnostic};
use crate::plan::{Comparison, Expr, ExprKind, show};
use crate::value::Value;
use std::collections::BTreeMap;

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
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
            let mut seen: BTreeMap<String, (Unequal, &Expr)> = BTreeMap::new();
            for part in parts {
                let Some(this) = unequal(part) else {
                    continue;
                };
                match seen.get(&this.tested) {
                    Some((other, first)) if other.value != this.value => {
                        // What one of the two ignores is ignored by the list that stands for both.
                        let fold = if this.fold || other.fold { "~" } else { "" };
                        found.push(
                            always(part, "one of these two inequalities always holds")
                                .also(first.span, "the other")
                                .help(format!(
                                    "`and` was probably meant, or `{} not in{fold} [..]`",
                                    this.tested
                                )),
                        );
                    }
                    _ => {
                        seen.insert(this.tested.clone(), (this, part));
                    }
                }
            }
            presence(parts, found);
        }
        _ => {}
    });
}

fn always(expr: &Expr, title: &str) -> Diagnostic {
    Diagnostic::at(Code::L0110, expr.span, title).label("always true")
}

/// `x exists or x is missing`
fn presence(parts: &[Expr], found: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, (bool, &Expr)> = BTreeMap::new();
    for part in parts {
        let (tested, there) = match &part.kind {
            ExprKind::Exists(value) => (value, true),
            ExprKind::Not(inner) => match &inner.kind {
                ExprKind::Exists(value) => (value, false),
                _ => continue,
            },
            _ => continue,
        };
        match seen.get(&show::expr(tested)) {
            Some((other, first)) if *other != there => found.push(
                always(part, "a value is either there or missing")
                    .also(first.span, "the other")
                    .help("one of the two was probably meant to test something else"),
            ),
            _ => {
                seen.insert(show::expr(tested), (there, part));
            }
        }
    }
}

/// `x != a`
struct Unequal {
    tested: String,
    value: String,
    fold: bool,
}

fn unequal(part: &Expr) -> Option<Unequal> {
    let ExprKind::Not(inner) = &part.kind else {
        return None;
    };
    let ExprKind::Compare {
        op: Comparison::Equal,
        fold,
        left,
        right,
    } = &inner.kind
    else {
        return None;
    };
    match &right.kind {
        ExprKind::Literal { value, .. } => Some(Unequal {
            tested: show::expr(left),
            value: folded(value),
            fold: *fold,
        }),
        _ => None,
    }
}
