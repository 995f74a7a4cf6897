//! Where things stand: the tree's node for an expression of the plan, the place of a list's entry; and walks over both.

use super::LintInput;
use crate::plan::{Expr, ExprKind, expressions, show};
use crate::source::Span;
use crate::syntax::ast;
use crate::value::Value;

/// Simple lower-casing, letter by letter.
pub(super) fn fold(text: &str) -> String {
    text.chars()
        .map(|c| {
            let mut lowered = c.to_lowercase();
            match (lowered.next(), lowered.next()) {
                (Some(only), None) => only,
                _ => c,
            }
        })
        .collect()
}

/// A value in lower case, as a key.
pub(super) fn folded(value: &Value) -> String {
    fold(&show::value(value))
}

/// Visits every expression of the plan and its parts, in order.
pub(super) fn each<'a>(input: &LintInput<'a>, see: &mut impl FnMut(&'a Expr)) {
    for step in &input.plan.steps {
        for expr in expressions(&step.kind) {
            expr.visit(see);
        }
    }
}

/// The direct parts of a node of the tree.
fn parts(expr: &ast::Expr) -> Vec<&ast::Expr> {
    use ast::ExprKind as K;
    match &expr.kind {
        K::List(items)
        | K::And(items)
        | K::Or(items)
        | K::Call {
            arguments: items, ..
        } => items.iter().collect(),
        K::Not(inner)
        | K::Negate(inner)
        | K::Exists { value: inner, .. }
        | K::Lookup { key: inner, .. } => vec![inner],
        K::Compare { left, right, .. } | K::Arithmetic { left, right, .. } => vec![left, right],
        K::Between { value, low, high } => vec![value, low, high],
        K::In {
            value, list: right, ..
        }
        | K::InNetwork {
            value,
            networks: right,
            ..
        }
        | K::TextTest {
            value,
            needle: right,
            ..
        }
        | K::Matches {
            value,
            regex: right,
        } => vec![value, right],
        K::Case { arms, otherwise } => arms
            .iter()
            .flat_map(|(p, e)| [p, e])
            .chain([&**otherwise])
            .collect(),
        K::Bool(_)
        | K::Int(_)
        | K::Float(_)
        | K::Text(_)
        | K::Duration(_)
        | K::Regex { .. }
        | K::Name(_)
        | K::Reference(_)
        | K::Now => Vec::new(),
    }
}

/// The expressions of a step of the tree.
fn roots(step: &ast::StepKind) -> Vec<&ast::Expr> {
    use ast::StepKind as K;
    match step {
        K::From { within, .. } => within.iter().collect(),
        K::Where { predicate, .. } => vec![predicate],
        K::Derive { columns } => columns.iter().map(|column| &column.value).collect(),
        K::Select { columns } => columns.iter().map(|column| &column.value).collect(),
        K::Group { keys, aggregates } => keys
            .iter()
            .map(|key| &key.value)
            .chain(
                aggregates
                    .iter()
                    .flat_map(|item| item.arguments.iter().chain(&item.filter)),
            )
            .collect(),
        K::Sort { keys } => keys.iter().map(|key| &key.value).collect(),
        K::Top { count, by, .. } => vec![count, by],
        K::Series {
            measure,
            every,
            over,
            keys,
        } => measure
            .arguments
            .iter()
            .chain(&measure.filter)
            .chain([every, over])
            .chain(keys.iter().map(|key| &key.value))
            .collect(),
        K::Anomaly { season, .. } => season.iter().collect(),
        K::Join { on, .. } => vec![on],
        K::Enrich { argument, .. } => vec![argument],
    }
}

/// Visits every node of the tree.
pub(super) fn each_node<'a>(query: &'a ast::Query, see: &mut impl FnMut(&'a ast::Expr)) {
    fn walk<'a>(expr: &'a ast::Expr, see: &mut impl FnMut(&'a ast::Expr)) {
        see(expr);
        for part in parts(expr) {
            walk(part, see);
        }
    }
    for step in &query.steps {
        for root in roots(&step.kind) {
            walk(root, see);
        }
    }
}

/// The test of the tree that stands at that place: comparison, membership or text test.
pub(super) fn test_at(query: &ast::Query, span: Span) -> Option<&ast::Expr> {
    let mut found = None;
    each_node(query, &mut |node| {
        let test = matches!(
            node.kind,
            ast::ExprKind::Compare { .. }
                | ast::ExprKind::In { .. }
                | ast::ExprKind::TextTest { .. }
                | ast::ExprKind::Matches { .. }
        );
        if test && node.span == span && found.is_none() {
            found = Some(node);
        }
    });
    found
}

/// The place of the entry of an `in` that has this value: in the hunt's list, or in the brackets; else of the whole test.
pub(super) fn entry(input: &LintInput<'_>, test: &Expr, value: &Value) -> Span {
    let ExprKind::In { list, .. } = &test.kind else {
        return test.span;
    };
    if let Some(list) = list.as_ref().and_then(|name| input.hunt.lists.get(name)) {
        return list
            .values
            .iter()
            .find(|entry| folded(&entry.value) == folded(value))
            .map_or(test.span, |entry| entry.span);
    }
    let Some(node) = test_at(input.query, test.span) else {
        return test.span;
    };
    let ast::ExprKind::In { list, .. } = &node.kind else {
        return test.span;
    };
    let ast::ExprKind::List(items) = &list.kind else {
        return test.span;
    };
    items
        .iter()
        .find(|item| match (&item.kind, value) {
            (ast::ExprKind::Text(text), Value::Text(wanted)) => fold(text) == fold(wanted),
            (ast::ExprKind::Int(number), Value::Int(wanted)) => number == wanted,
            _ => false,
        })
        .map_or(test.span, |item| item.span)
}
