//! Entities: columns of the result that are hosts, addresses, accounts.
//!
//! In: a lowered plan and the envelope's `entities`. Out: an error for each that names no column of the result. Guarantee: a platform that maps entities
//! is never given a column that its query does not return.

use crate::diag::{Code, Diagnostic, suggest};
use crate::hunt::Hunt;
use crate::model::Class;
use crate::plan::{Plan, columns};

/// The entities that name no column of the result.
pub(super) fn unknown(plan: &Plan, hunt: &Hunt, class: &Class) -> Vec<Diagnostic> {
    let given: Vec<String> = columns(plan, class)
        .into_iter()
        .map(|column| column.name)
        .collect();
    let missing = hunt
        .entities
        .iter()
        .filter(|(_, column)| !given.contains(&column.value));
    missing
        .map(|(kind, column)| {
            let title = format!(
                "the entity `{kind}` is no column of the result: `{}`",
                column.value
            );
            let error = Diagnostic::at(Code::E0315, column.span, title).label("not in the result");
            match suggest::nearest(&column.value, given.iter().map(String::as_str)) {
                Some(near) => error.fix(column.span, near, "a column with a similar name"),
                None => error.help(format!("the result has: {}", given.join(", "))),
            }
        })
        .collect()
}
