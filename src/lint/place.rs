//! Walks over the plan and the tree, and keys of values.

use crate::plan::show;
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
