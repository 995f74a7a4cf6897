//! L0109: a condition that no row can meet.

use super::place::{fold, folded};
use super::subject::{Subject, each};
use crate::diag::{Code, Diagnostic};
use crate::plan::present::present_after;
use crate::plan::{Comparison, Expr, ExprKind, StepKind, Type, show};
use crate::value::{Value, order};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What must hold of one value.
#[derive(Default)]
struct Limits<'a> {
    /// One of these, in lower case, by that test.
    among: Option<(BTreeSet<String>, &'a Expr)>,
    low: Option<(Value, bool, &'a Expr)>,
    high: Option<(Value, bool, &'a Expr)>,
    missing: Option<&'a Expr>,
    /// The first test that only a value that is there meets.
    present: Option<&'a Expr>,
}

type All<'a> = BTreeMap<String, Limits<'a>>;

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut all = All::new();
    for step in &input.plan.steps {
        if let StepKind::Where { predicate, .. } = &step.kind {
            if let ExprKind::Literal {
                value: Value::Bool(false),
                ..
            } = predicate.kind
            {
                found.push(
                    never(predicate, "this condition is never true")
                        .help("its constants decide it"),
                );
            }
            conjunction(input, predicate, &mut all, found);
        }
        if step.kind.chooses() {
            all.clear();
        }
    }
    // The conditions of `where` are judged above, together with those before them.
    let judged: HashSet<*const Expr> = input
        .plan
        .steps
        .iter()
        .filter_map(|step| match &step.kind {
            StepKind::Where { predicate, .. } => Some(std::ptr::from_ref(predicate)),
            _ => None,
        })
        .collect();
    each(input, &mut |expr| {
        if matches!(expr.kind, ExprKind::And(_)) && !judged.contains(&std::ptr::from_ref(expr)) {
            conjunction(input, expr, &mut All::new(), found);
        }
        changed_case(expr, found);
    });
}

/// Takes in each conjunct, and reports the first that contradicts those before it.
fn conjunction<'a>(
    input: &Subject<'_>,
    predicate: &'a Expr,
    all: &mut All<'a>,
    found: &mut Vec<Diagnostic>,
) {
    let parts: Vec<&Expr> = match &predicate.kind {
        ExprKind::And(parts) => parts.iter().collect(),
        _ => vec![predicate],
    };
    for part in parts {
        if let Some(before) = take(input, part, all) {
            found.push(
                never(
                    part,
                    "this can never be true together with an earlier condition",
                )
                .also(before.span, "the earlier one")
                .help("no row meets both; `or` was perhaps meant"),
            );
        }
    }
}

fn never(expr: &Expr, title: &str) -> Diagnostic {
    Diagnostic::at(Code::L0109, expr.span, title).label("never true")
}

/// Adds what a conjunct demands; what it contradicts, if anything.
fn take<'a>(input: &Subject<'_>, part: &'a Expr, all: &mut All<'a>) -> Option<&'a Expr> {
    if let ExprKind::Not(inner) = &part.kind
        && let ExprKind::Exists(value) = &inner.kind
    {
        let limits = all.entry(show::expr(value)).or_default();
        limits.missing = Some(part);
        return limits.present;
    }
    let mut there = present_after(part);
    // What is computed is no column, and `present_after` speaks of columns only.
    there.extend(tested_value(part).map(show::expr));
    for value in there {
        let limits = all.entry(value).or_default();
        if let Some(missing) = limits.missing {
            return Some(missing);
        }
        limits.present.get_or_insert(part);
    }
    let demands = demands(part);
    for (value, demand) in demands {
        if let ExprKind::Column(column) = &value.kind
            && input
                .class
                .fields
                .get(column.name())
                .is_some_and(|field| field.multi)
        {
            continue;
        }
        let limits = all.entry(show::expr(value)).or_default();
        match demand {
            Demand::Among(values) => {
                let (values, before) = match &limits.among {
                    Some((before, by)) => {
                        (before.intersection(&values).cloned().collect(), Some(*by))
                    }
                    None => (values, None),
                };
                let empty = values.is_empty();
                limits.among = Some((values, part));
                if empty {
                    return before;
                }
            }
            Demand::Low(value, open) => limits.low = Some((value, open, part)),
            Demand::High(value, open) => limits.high = Some((value, open, part)),
        }
        if let (Some((low, open_low, low_by)), Some((high, open_high, high_by))) =
            (&limits.low, &limits.high)
        {
            let order = order::compare(low, high);
            if order.is_gt() || (order.is_eq() && (*open_low || *open_high)) {
                return Some(if std::ptr::eq(*low_by, part) {
                    high_by
                } else {
                    low_by
                });
            }
        }
    }
    None
}

/// The value of which a positive test demands that it is there.
fn tested_value(part: &Expr) -> Option<&Expr> {
    match &part.kind {
        ExprKind::Exists(value)
        | ExprKind::Compare { left: value, .. }
        | ExprKind::Between { value, .. }
        | ExprKind::In { value, .. }
        | ExprKind::InNetwork { value, .. }
        | ExprKind::TextTest { value, .. }
        | ExprKind::Matches { value, .. } => Some(value),
        _ => None,
    }
}

enum Demand {
    Among(BTreeSet<String>),
    Low(Value, bool),
    High(Value, bool),
}

fn demands(part: &Expr) -> Vec<(&Expr, Demand)> {
    let literal = |expr: &Expr| match &expr.kind {
        ExprKind::Literal { value, .. } if expr.ty != Type::Duration => Some(value.clone()),
        _ => None,
    };
    match &part.kind {
        ExprKind::In { value, items, .. } => {
            vec![(value, Demand::Among(items.iter().map(folded).collect()))]
        }
        ExprKind::Compare {
            op, left, right, ..
        } => {
            let Some(value) = literal(right) else {
                return Vec::new();
            };
            vec![(
                &**left,
                match op {
                    Comparison::Equal => Demand::Among(BTreeSet::from([folded(&value)])),
                    Comparison::Less => Demand::High(value, true),
                    Comparison::LessOrEqual => Demand::High(value, false),
                    Comparison::Greater => Demand::Low(value, true),
                    Comparison::GreaterOrEqual => Demand::Low(value, false),
                },
            )]
        }
        ExprKind::Between { value, low, high } => match (literal(low), literal(high)) {
            (Some(low), Some(high)) => vec![
                (&**value, Demand::Low(low, false)),
                (&**value, Demand::High(high, false)),
            ],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// `lower(x) == "ABC"`
fn changed_case(expr: &Expr, found: &mut Vec<Diagnostic>) {
    let (value, literals): (&Expr, Vec<&Value>) = match &expr.kind {
        ExprKind::Compare {
            op: Comparison::Equal,
            fold: false,
            left,
            right,
        } => match &right.kind {
            ExprKind::Literal { value, .. } => (left, vec![value]),
            _ => return,
        },
        ExprKind::In {
            value,
            items,
            fold: false,
            ..
        } => (value, items.iter().collect()),
        _ => return,
    };
    let ExprKind::Call { function, .. } = &value.kind else {
        return;
    };
    if function != "lower" {
        return;
    }
    for literal in literals {
        if let Value::Text(text) = literal
            && fold(text) != **text
        {
            found.push(
                never(
                    expr,
                    &format!("{} is never in lower case", show::value(literal)),
                )
                .help(format!(
                    "write {} after `lower(…)`, or leave out `lower` and use `~`",
                    show::value(&Value::text(&fold(text)))
                )),
            );
        }
    }
}
