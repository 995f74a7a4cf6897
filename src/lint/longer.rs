//! L0125: a series over less time than the hunt reads.

use super::subject::Subject;
use crate::diag::{Code, Diagnostic};
use crate::plan::StepKind;
use crate::value::duration;

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(StepKind::From {
        within: Some(within),
        ..
    }) = input.plan.steps.first().map(|step| &step.kind)
    else {
        return;
    };
    for (at, step) in input.plan.steps.iter().enumerate() {
        let StepKind::Series { over, .. } = step.kind else {
            continue;
        };
        let before = input.plan.steps.get(..at).unwrap_or_default();
        // A `top` before it chooses among all rows that are read.
        let chosen = before
            .iter()
            .any(|step| matches!(step.kind, StepKind::Top { .. }));
        if over >= *within || chosen {
            continue;
        }
        let (series, read) = (duration(over), duration(*within));
        let mut finding = Diagnostic::at(
            Code::L0125,
            step.span,
            format!("the series counts the last {series}, and the hunt asks for the last {read}"),
        )
        .label(format!("events older than {series} are in no window"))
        .help(format!(
            "write `over {read}` if the older events are part of the baseline, else `within {series}`"
        ));
        if let Some(from) = input.plan.steps.first() {
            finding = finding.also(from.span, format!("the last {read} here"));
        }
        found.push(finding);
    }
}
