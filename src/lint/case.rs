//! L0105: an exact test on a field whose case varies between sources.

use super::subject::{Subject, each};
use crate::diag::{Code, Diagnostic};
use crate::plan::{Column, Comparison, Expr, ExprKind};
use crate::syntax::ast;
use crate::value::Value;

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    each(input, &mut |expr| {
        let (value, letters) = match &expr.kind {
            ExprKind::Compare {
                op: Comparison::Equal,
                fold: false,
                left,
                right,
            } => (left, has_letters(right)),
            ExprKind::In {
                value,
                items,
                fold: false,
                ..
            } => (value, items.iter().any(cased)),
            ExprKind::TextTest {
                value,
                needles,
                fold: false,
                ..
            } => (value, needles.iter().any(has_letters)),
            ExprKind::Matches { value, pattern } => (
                value,
                !pattern.ignores_case() && pattern.source().chars().any(char::is_alphabetic),
            ),
            _ => return,
        };
        let ExprKind::Column(Column::Field(name)) = &value.kind else {
            return;
        };
        let varies = input
            .class
            .fields
            .get(name)
            .is_some_and(|field| field.case_varies);
        if !varies || !letters {
            return;
        }
        let mut finding = Diagnostic::at(
            Code::L0105,
            expr.span,
            format!("the case of `{name}` varies between sources, and this test is exact"),
        )
        .label("misses other spellings");
        finding = match input.test_at(expr.span).map(|node| &node.kind) {
            Some(ast::ExprKind::Compare { op, op_span, .. }) => {
                let folding = if *op == ast::CompareOp::NotEqual {
                    "!~"
                } else {
                    "=~"
                };
                finding.fix(*op_span, folding, "the same, ignoring case")
            }
            Some(ast::ExprKind::In {
                negated, op_span, ..
            }) => {
                let folding = if *negated { "not in~" } else { "in~" };
                finding.fix(*op_span, folding, "the same, ignoring case")
            }
            Some(ast::ExprKind::TextTest { test, op_span, .. }) => {
                let folding = format!("{}~", test.word());
                finding.fix(*op_span, folding, "the same, ignoring case")
            }
            Some(ast::ExprKind::Matches { .. }) => {
                finding.help("a regex ignores case with `i` after it: `/…/i`")
            }
            _ => finding.help("`~` after the operator ignores case"),
        };
        found.push(finding);
    });
}

fn has_letters(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Literal { value, .. } if cased(value))
}

fn cased(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text.chars().any(|c| c.is_lowercase() || c.is_uppercase()))
}
