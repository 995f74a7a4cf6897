//! L0114: text with a wildcard at its edge, compared as it stands.

use super::LintInput;
use super::place::{each, entry};
use crate::diag::{Code, Diagnostic};
use crate::plan::{Comparison, ExprKind, show};
use crate::source::Span;
use crate::value::Value;

pub(super) fn check(input: &LintInput<'_>, found: &mut Vec<Diagnostic>) {
    each(input, &mut |expr| {
        let texts: Vec<(Value, Span)> = match &expr.kind {
            ExprKind::Compare {
                op: Comparison::Equal,
                right,
                ..
            } => match &right.kind {
                ExprKind::Literal { value, .. } => vec![(value.clone(), right.span)],
                _ => return,
            },
            ExprKind::In { items, .. } => items
                .iter()
                .map(|item| (item.clone(), entry(input, expr, item)))
                .collect(),
            ExprKind::TextTest { needles, .. } => needles
                .iter()
                .filter_map(|needle| match &needle.kind {
                    ExprKind::Literal { value, .. } => Some((value.clone(), needle.span)),
                    _ => None,
                })
                .collect(),
            _ => return,
        };
        let within = matches!(expr.kind, ExprKind::TextTest { .. });
        for (value, span) in texts {
            if let Value::Text(text) = &value
                && let Some(help) = wild(text, within)
            {
                let title = format!(
                    "{} is compared as it stands, and has a wildcard of other languages",
                    show::value(&value)
                );
                found.push(
                    Diagnostic::at(Code::L0114, span, title)
                        .label("matches only this very text")
                        .help(help),
                );
            }
        }
    });
}

/// What to write instead. `%temp%` is a variable of the system, not a pattern, and stands in many command lines.
fn wild(text: &str, within: bool) -> Option<String> {
    let stars: &[char] = if within { &['*'] } else { &['*', '%'] };
    for star in stars {
        let front = text.starts_with(*star);
        let back = text.ends_with(*star) && text.chars().count() > 1;
        let inner = text.trim_matches(*star);
        if inner.is_empty() || inner.contains(*star) || (*star == '%' && front && back) {
            continue;
        }
        let bare = show::value(&Value::text(inner));
        let word = match (front, back) {
            (false, false) => continue,
            _ if within => return Some(format!("write it without the `*`: {bare}")),
            (true, true) => "contains",
            (true, false) => "ends_with",
            (false, true) => "starts_with",
        };
        return Some(format!("`{word} {bare}`"));
    }
    None
}
