//! Tests that ignore case, where the engine's own way folds ASCII only.
//!
//! In: a predicate of a bound plan. Out: one with the same meaning, or none if the engine's own way is right. Promise: where a constant has a character
//! beyond ASCII, the test becomes a regex that ignores case, which a pack of such an engine prints with both cases of each letter; constants of ASCII keep the
//! form that readers expect.

use crate::pattern::Pattern;
use crate::plan::expr::TextTest;
use crate::plan::{Comparison, Expr, ExprKind, Type};
use crate::value::Value;
use std::sync::Arc;

/// Constants that one regex holds at most: automata of very many alternatives are refused by engines.
const MOST: usize = 32;

/// The predicate without constants beyond ASCII in tests that ignore case.
#[must_use]
pub fn beyond_ascii(expr: &Expr) -> Option<Expr> {
    match &expr.kind {
        ExprKind::Compare {
            op: Comparison::Equal,
            fold: true,
            left,
            right,
        } => {
            let (value, constant) = match (wide(left), wide(right)) {
                (_, Some(constant)) => (left, constant),
                (Some(constant), _) => (right, constant),
                _ => return None,
            };
            regexes(value, &[constant], ("^", "$"))
        }
        ExprKind::In {
            value,
            items,
            fold: true,
            list,
        } => {
            let plain: Vec<Value> = items.iter().filter(|i| !is_wide(i)).cloned().collect();
            let wide: Vec<String> = items.iter().filter_map(wide_text).collect();
            let rest = match plain.as_slice() {
                [one] => ExprKind::Compare {
                    op: Comparison::Equal,
                    fold: true,
                    left: value.clone(),
                    right: Box::new(Expr::literal(one.clone(), Type::Text, value.span)),
                },
                _ => ExprKind::In {
                    value: value.clone(),
                    items: plain.clone(),
                    fold: true,
                    list: list.clone(),
                },
            };
            split(value, (rest, plain.len()), &wide, ("^", "$"))
        }
        ExprKind::TextTest {
            test,
            fold: true,
            value,
            needles,
        } => {
            let ends = match test {
                TextTest::Contains => ("", ""),
                TextTest::StartsWith => ("^", ""),
                TextTest::EndsWith => ("", "$"),
                // A regex in any case.
                TextTest::HasWord => return None,
            };
            let plain: Vec<Expr> = needles
                .iter()
                .filter(|n| wide(n).is_none())
                .cloned()
                .collect();
            let wide: Vec<String> = needles.iter().filter_map(wide).collect();
            let rest = ExprKind::TextTest {
                test: *test,
                fold: true,
                value: value.clone(),
                needles: plain.clone(),
            };
            split(value, (rest, plain.len()), &wide, ends)
        }
        _ => None,
    }
}

/// The text under `lower`, for a test that ignores case.
#[must_use]
pub fn raw(value: &Expr) -> &Expr {
    match &value.kind {
        ExprKind::Call {
            function,
            arguments,
            ..
        } if function == "lower" => arguments.first().map_or(value, raw),
        _ => value,
    }
}

/// Whether the value is text in one case, made so by a function.
#[must_use]
pub fn is_cased(value: &Expr) -> bool {
    matches!(&value.kind, ExprKind::Call { function, .. } if matches!(function.as_str(), "lower" | "upper"))
}

/// A text literal that has a character beyond ASCII.
#[must_use]
pub fn wide(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Literal { value, .. } => wide_text(value),
        _ => None,
    }
}

fn wide_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) if !text.is_ascii() => Some(text.to_string()),
        _ => None,
    }
}

/// Whether the value is text with a character beyond ASCII.
#[must_use]
pub fn is_wide(value: &Value) -> bool {
    wide_text(value).is_some()
}

/// The test of what is ASCII, or that of the rest.
fn split(
    value: &Expr,
    (rest, count): (ExprKind, usize),
    wide: &[String],
    ends: (&str, &str),
) -> Option<Expr> {
    if wide.is_empty() {
        return None;
    }
    let regexes = regexes(value, wide, ends)?;
    if count == 0 {
        return Some(regexes);
    }
    Expr::any(vec![Expr::predicate(rest, value.span), regexes])
}

/// One regex for the constants, or several where they are many.
fn regexes(value: &Expr, constants: &[String], (start, end): (&str, &str)) -> Option<Expr> {
    let mut parts = Vec::new();
    for some in constants.chunks(MOST) {
        let escaped: Vec<String> = some.iter().map(|text| Pattern::literal(text)).collect();
        let source = match escaped.as_slice() {
            [one] => format!("{start}{one}{end}"),
            many => format!("{start}(?:{}){end}", many.join("|")),
        };
        let pattern = Pattern::parse(&source, true).ok()?;
        parts.push(Expr::predicate(
            ExprKind::Matches {
                value: Box::new(value.clone()),
                pattern: Arc::new(pattern),
            },
            value.span,
        ));
    }
    Expr::any(parts)
}
