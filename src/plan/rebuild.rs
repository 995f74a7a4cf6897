//! Expressions with their parts exchanged.
//!
//! In: an expression, a change. Out: the expression after the change was made to each part, innermost first. Guarantee: nothing but what the change gives is
//! altered.

use super::{Expr, ExprKind};
use crate::source::Span;
use std::sync::Arc;

/// Gives an expression and all its parts one place.
pub(crate) fn place(expr: &mut Expr, span: Span) {
    let blank = Expr::predicate(ExprKind::Now, span);
    *expr = rebuilt(std::mem::replace(expr, blank), &mut |mut part| {
        if let ExprKind::TextTest { needles, .. } = &mut part.kind {
            for needle in Arc::make_mut(needles) {
                needle.span = span;
            }
        }
        Expr { span, ..part }
    });
}

/// Puts `children` in the places that [`each_child`] visits.
pub(crate) fn replace_children(expr: &mut Expr, children: Vec<Expr>) {
    let mut next = children.into_iter();
    each_child(expr, &mut |place| {
        if let Some(child) = next.next() {
            *place = child;
        }
    });
}

/// Visits the places that [`Expr::children`] lists, in its order; of a list of needles, which are literals, none.
fn each_child(expr: &mut Expr, put: &mut impl FnMut(&mut Expr)) {
    match &mut expr.kind {
        ExprKind::Literal { .. } | ExprKind::Column(_) | ExprKind::Now => {}
        ExprKind::And(parts)
        | ExprKind::Or(parts)
        | ExprKind::Call {
            arguments: parts, ..
        } => parts.iter_mut().for_each(put),
        ExprKind::Not(inner) | ExprKind::Exists(inner) => put(inner),
        ExprKind::Compare { left, right, .. } | ExprKind::Arithmetic { left, right, .. } => {
            put(left);
            put(right);
        }
        ExprKind::Between { value, low, high } => {
            put(value);
            put(low);
            put(high);
        }
        ExprKind::In { value, .. }
        | ExprKind::InNetwork { value, .. }
        | ExprKind::Matches { value, .. }
        | ExprKind::Lookup { key: value, .. } => {
            put(value);
        }
        ExprKind::TextTest { value, needles, .. } => {
            put(value);
            // Several are literals, which nothing changes.
            if needles.len() == 1 {
                Arc::make_mut(needles).iter_mut().for_each(put);
            }
        }
        ExprKind::Case { arms, otherwise } => {
            for (condition, value) in arms {
                put(condition);
                put(value);
            }
            if let Some(value) = otherwise {
                put(value);
            }
        }
    }
}

/// The same tree with every node passed through `change`, parts first.
pub(crate) fn rebuild(expr: &Expr, change: &mut impl FnMut(Expr) -> Expr) -> Expr {
    rebuilt(expr.clone(), change)
}

/// The same without a copy: a long list below several conditions is never copied on the way up.
pub(crate) fn rebuilt(mut expr: Expr, change: &mut impl FnMut(Expr) -> Expr) -> Expr {
    each_child(&mut expr, &mut |place| {
        let blank = Expr::predicate(ExprKind::Now, place.span);
        let child = std::mem::replace(place, blank);
        *place = rebuilt(child, change);
    });
    change(expr)
}
