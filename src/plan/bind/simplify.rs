//! Truths known at compile time, and several tests on one column made one.
//!
//! Promise: every rewriting here keeps the two-valued meaning for every row.

use super::words;
use crate::plan::{Column, Comparison, Expr, ExprKind};
use crate::value::Value;

/// The value of a predicate that is the same for every row.
#[must_use]
pub fn truth(predicate: &Expr) -> Option<bool> {
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
pub fn constant(known: bool, span: crate::source::Span) -> Expr {
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
pub fn not(inner: Expr) -> Expr {
    match truth(&inner) {
        Some(known) => constant(!known, inner.span),
        None => inner.negate(),
    }
}

/// `a and b …`, with known truths carried out and tests on one column intersected.
pub fn all(parts: Vec<Expr>, span: crate::source::Span) -> Expr {
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
pub fn any(parts: Vec<Expr>, span: crate::source::Span) -> Expr {
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
pub fn intersect(predicate: Expr) -> Expr {
    let Expr {
        kind: ExprKind::And(parts),
        span,
        ..
    } = predicate
    else {
        return predicate;
    };
    let mut kept: Vec<Expr> = Vec::new();
    for part in parts {
        let same = membership(&part).and_then(|(column, fold, _)| {
            kept.iter().position(|other| {
                membership(other).is_some_and(|(c, f, _)| c == column && f == fold)
            })
        });
        match same.and_then(|at| kept.get_mut(at)) {
            Some(first) => {
                let wanted = membership(&part)
                    .map(|(_, _, items)| items)
                    .unwrap_or_default();
                let common: Vec<Value> = membership(first)
                    .map(|(_, _, items)| items)
                    .unwrap_or_default()
                    .into_iter()
                    .filter(|item| wanted.contains(item))
                    .collect();
                if common.is_empty() {
                    return constant(false, span);
                }
                *first = with_items(first, common);
            }
            None => kept.push(part),
        }
    }
    let excluded: Vec<_> = kept.iter().filter_map(exclusion).collect();
    for (column, fold, items) in excluded {
        let Some(test) = kept
            .iter_mut()
            .find(|part| membership(part).is_some_and(|(c, f, _)| c == column && f == fold))
        else {
            continue;
        };
        let left: Vec<Value> = membership(test)
            .map(|(_, _, all)| all)
            .unwrap_or_default()
            .into_iter()
            .filter(|item| !items.contains(item))
            .collect();
        if left.is_empty() {
            return constant(false, span);
        }
        *test = with_items(test, left);
        kept.retain(|part| {
            exclusion(part).is_none_or(|(c, f, i)| !(c == column && f == fold && i == items))
        });
    }
    Expr::all(kept).map_or_else(|| constant(true, span), |whole| Expr { span, ..whole })
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
    match words::one_of((**value).clone(), items, fold, test.span) {
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
