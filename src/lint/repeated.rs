//! L0101: an operand of `and` or `or` written twice.

use super::subject::{Subject, each};
use crate::diag::{Code, Diagnostic};
use crate::plan::{Expr, ExprKind, show};
use std::collections::HashMap;

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    each(input, &mut |expr| {
        let (parts, word) = match &expr.kind {
            ExprKind::And(parts) => (parts, "and"),
            ExprKind::Or(parts) => (parts, "or"),
            _ => return,
        };
        let mut seen: HashMap<String, &Expr> = HashMap::new();
        for part in parts {
            let text = show::expr(part);
            match seen.get(&text) {
                Some(first) => found.push(
                    Diagnostic::at(Code::L0101, part.span, format!("`{text}` stands twice in this `{word}`"))
                        .label("the same again")
                        .also(first.span, "already here")
                        .help("one of the two was probably meant to test something else; as it stands, it does nothing"),
                ),
                None => {
                    seen.insert(text, part);
                }
            }
        }
    });
}
