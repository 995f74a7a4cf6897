//! L0126: rows counted by an identifier that a row may lack.

use super::subject::Subject;
use crate::diag::{Code, Diagnostic};
use crate::plan::present::present_after;
use crate::plan::{Column, ExprKind, StepKind};
use crate::schema::Role;
use std::collections::BTreeSet;

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut present: BTreeSet<String> = BTreeSet::new();
    for step in &input.plan.steps {
        let keys = match &step.kind {
            // A schema may drop an optional condition.
            StepKind::Where {
                predicate,
                optional: false,
            } => {
                present.extend(present_after(predicate));
                continue;
            }
            // The distinct keys alone count nothing.
            StepKind::Group { keys, aggregates } if !aggregates.is_empty() => keys,
            StepKind::Series { keys, .. } => keys,
            _ => continue,
        };
        for key in keys {
            let ExprKind::Column(Column::Field(name)) = &key.value.kind else {
                continue;
            };
            let Some(field) = input.class.fields.get(name) else {
                continue;
            };
            if field.role != Some(Role::Identifier) || !field.nullable || present.contains(name) {
                continue;
            }
            let what = match step.kind {
                StepKind::Series { .. } => "series",
                _ => "group",
            };
            found.push(
                Diagnostic::at(
                    Code::L0126,
                    key.value.span,
                    format!("rows without `{name}` are counted together, as one {what}"),
                )
                .label("a source may not fill it")
                .help(format!(
                    "`| where {name} exists` before leaves those rows out; where one {what} of all of them is meant, allow L0126 with the reason"
                )),
            );
        }
    }
}
