//! Evaluates conditions known at compile time, and merges several tests on one column.
//!
//! Guarantee: every rewriting here keeps the two-valued meaning for every row.

use crate::plan::{Column, Comparison, Expr, ExprKind, Type, show};
use crate::source::Span;
use crate::value::Value;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// The value of a predicate that is the same for every row.
#[must_use]
pub(crate) fn truth(predicate: &Expr) -> Option<bool> {
    match &predicate.kind {
        ExprKind::Literal {
            value: Value::Bool(known),
            ..
        } => Some(*known),
        _ => None,
    }
}

/// A predicate that is the same for every row.
#[must_use]
pub(crate) fn constant(known: bool, span: Span) -> Expr {
    Expr::predicate(
        ExprKind::Literal {
            value: Value::Bool(known),
            param: None,
        },
        span,
    )
}

/// `not e`, with known truths carried out.
#[must_use]
pub(crate) fn not(inner: Expr) -> Expr {
    match truth(&inner) {
        Some(known) => constant(!known, inner.span),
        None => inner.negate(),
    }
}

/// `a and b …`, with known truths carried out and tests on one column intersected.
pub(crate) fn all(parts: Vec<Expr>, span: Span) -> Expr {
    if parts.iter().any(|part| truth(part) == Some(false)) {
        return constant(false, span);
    }
    let open: Vec<Expr> = parts
        .into_iter()
        .filter(|part| truth(part).is_none())
        .collect();
    match Expr::all(open) {
        Some(whole) => intersect(Expr { span, ..whole }),
        None => constant(true, span),
    }
}

/// `a or b …`, with known truths carried out.
pub(crate) fn any(parts: Vec<Expr>, span: Span) -> Expr {
    if parts.iter().any(|part| truth(part) == Some(true)) {
        return constant(true, span);
    }
    let open: Vec<Expr> = parts
        .into_iter()
        .filter(|part| truth(part).is_none())
        .collect();
    Expr::any(open).map_or_else(|| constant(false, span), |whole| Expr { span, ..whole })
}

/// In a conjunction: membership tests on one single-valued native column become one test of the common words, at the place of the first;
/// words that another conjunct excludes are left out. No common word: the conjunction is false.
pub(crate) fn intersect(predicate: Expr) -> Expr {
    let Expr {
        kind: ExprKind::And(parts),
        span,
        ..
    } = predicate
    else {
        return predicate;
    };
    let mut kept: Vec<Expr> = Vec::new();
    // Which of the kept tests asks for membership in a column.
    let mut tests: HashMap<(String, bool), usize> = HashMap::new();
    for part in parts {
        let Some((column, fold, wanted)) = membership(&part) else {
            kept.push(part);
            continue;
        };
        let first = match tests.entry((column, fold)) {
            Entry::Occupied(first) => kept.get_mut(*first.get()),
            Entry::Vacant(none) => {
                none.insert(kept.len());
                kept.push(part);
                continue;
            }
        };
        let Some(first) = first else { continue };
        let wanted = keys(&wanted);
        let common: Vec<Value> = membership(first)
            .map(|(_, _, items)| items)
            .unwrap_or_default()
            .into_iter()
            .filter(|item| wanted.contains(&show::value(item)))
            .collect();
        if common.is_empty() {
            return constant(false, span);
        }
        *first = with_items(first, common);
    }
    let mut said: HashSet<usize> = HashSet::new();
    for at in 0..kept.len() {
        let Some((column, fold, items)) = kept.get(at).and_then(exclusion) else {
            continue;
        };
        let Some(test) = tests
            .get(&(column, fold))
            .and_then(|test| kept.get_mut(*test))
        else {
            continue;
        };
        let items = keys(&items);
        let left: Vec<Value> = membership(test)
            .map(|(_, _, all)| all)
            .unwrap_or_default()
            .into_iter()
            .filter(|item| !items.contains(&show::value(item)))
            .collect();
        if left.is_empty() {
            return constant(false, span);
        }
        *test = with_items(test, left);
        said.insert(at);
    }
    let kept = kept
        .into_iter()
        .enumerate()
        .filter(|(at, _)| !said.contains(at))
        .map(|(_, part)| part)
        .collect();
    Expr::all(kept).map_or_else(|| constant(true, span), |whole| Expr { span, ..whole })
}

/// Values by which they can be looked up.
fn keys(items: &[Value]) -> HashSet<String> {
    items.iter().map(show::value).collect()
}

/// Column, folding and items of a test `column == literal` or `column in [..]` on a single-valued native column.
pub(super) fn membership(test: &Expr) -> Option<(String, bool, Vec<Value>)> {
    let (value, fold, items) = match &test.kind {
        ExprKind::Compare {
            op: Comparison::Equal,
            fold,
            left,
            right,
        } => match &right.kind {
            ExprKind::Literal { value, .. } => (left, *fold, vec![value.clone()]),
            _ => return None,
        },
        ExprKind::In {
            value, items, fold, ..
        } => (value, *fold, items.clone()),
        _ => return None,
    };
    match &value.kind {
        ExprKind::Column(Column::Native(native)) if !native.multi => {
            Some((native.name.clone(), fold, items))
        }
        _ => None,
    }
}

fn exclusion(test: &Expr) -> Option<(String, bool, Vec<Value>)> {
    match &test.kind {
        ExprKind::Not(inner) => membership(inner),
        _ => None,
    }
}

pub(super) fn with_items(test: &Expr, items: Vec<Value>) -> Expr {
    let (value, fold, list) = match &test.kind {
        ExprKind::Compare { fold, left, .. } => (left, *fold, None),
        ExprKind::In {
            value,
            fold,
            list,
            items: before,
        } => (
            value,
            *fold,
            list.clone().filter(|_| before.len() == items.len()),
        ),
        _ => return test.clone(),
    };
    match one_of((**value).clone(), items, fold, test.span) {
        Expr {
            kind: ExprKind::In {
                value, items, fold, ..
            },
            span,
            ..
        } => Expr::predicate(
            ExprKind::In {
                value,
                items,
                fold,
                list,
            },
            span,
        ),
        single => single,
    }
}

/// `column in items`, or `column == item` for a single one on a single-valued column.
pub(super) fn one_of(column: Expr, mut items: Vec<Value>, fold: bool, span: Span) -> Expr {
    let multi = matches!(column.ty, Type::Set(_));
    match (items.len(), multi) {
        (0, _) => constant(false, span),
        (1, false) => {
            let item = items.remove(0);
            let ty = column.ty.clone();
            let right = Expr::literal(item, ty, span);
            Expr::predicate(
                ExprKind::Compare {
                    op: Comparison::Equal,
                    fold,
                    left: Box::new(column),
                    right: Box::new(right),
                },
                span,
            )
        }
        _ => Expr::predicate(
            ExprKind::In {
                value: Box::new(column),
                items,
                fold,
                list: None,
            },
            span,
        ),
    }
}
