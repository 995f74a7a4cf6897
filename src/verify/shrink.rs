//! The least that still differs.
//!
//! In: rows over which an engine and the evaluator differ. Out: few rows with few cells over which they still do, and the first step of the hunt after which
//! they no longer have the same number of rows. Guarantee: what comes out differs; it may not be the least there is, as the number of tries is bounded.

use super::engine::Engine;
use super::rows::NativeRow;
use super::trial::{Case, Trial};
use crate::config::Configured;
use crate::plan::{Aggregate, AggregateFunction, Plan, Step, StepKind, Type};
use crate::schema::Library;
use crate::source::Span;

/// Tries for one difference.
const TRIES: usize = 300;

/// Takes rows away by halves, quarters and so on, then cells, as long as the results differ.
pub(super) fn shrink(
    trial: &Trial<'_>,
    engine: &mut dyn Engine,
    rows: &[NativeRow],
) -> Vec<NativeRow> {
    let mut tries = 0;
    let mut differs = |rows: &[NativeRow]| {
        tries += 1;
        let outcome = (tries <= TRIES).then(|| trial.run(engine, rows));
        matches!(outcome, Some(Ok(Err(_))))
    };
    let mut kept = rows.to_vec();
    let mut length = kept.len().div_ceil(2);
    while length > 0 && !kept.is_empty() {
        let mut start = 0;
        let mut shorter = false;
        while start < kept.len() {
            let mut without = kept.clone();
            without.drain(start..(start + length).min(kept.len()));
            if differs(&without) {
                kept = without;
                shorter = true;
            } else {
                start += length;
            }
        }
        if !shorter {
            length /= 2;
        }
        length = length.min(kept.len());
    }
    for at in 0..kept.len() {
        let names: Vec<String> = kept
            .get(at)
            .map(|row| row.keys().cloned().collect())
            .unwrap_or_default();
        for name in names {
            let mut without = kept.clone();
            if let Some(row) = without.get_mut(at) {
                row.remove(&name);
            }
            if differs(&without) {
                kept = without;
            }
        }
    }
    kept
}

/// The first step after which the engine has another number of rows than the evaluator.
pub(super) fn first_step(
    library: &Library,
    target: &Configured,
    engine: &mut dyn Engine,
    case: &Case,
    rows: &[NativeRow],
) -> Option<Span> {
    for (at, step) in case.plan.steps.iter().enumerate() {
        // A measured series is of use only together with its scores.
        let next = case.plan.steps.get(at + 1).map(|next| &next.kind);
        if matches!(next, Some(StepKind::Anomaly { .. })) {
            continue;
        }
        let mut steps = case.plan.steps.get(..=at).unwrap_or_default().to_vec();
        steps.push(Step {
            kind: StepKind::Group {
                keys: Vec::new(),
                aggregates: vec![counted(step.span)],
            },
            span: step.span,
        });
        let shorter = Case {
            plan: Plan {
                class: case.plan.class.clone(),
                steps,
            },
            ..case.clone()
        };
        let Ok(trial) = Trial::new(library, target, &shorter) else {
            continue;
        };
        if let Ok(Err(_)) = trial.run(engine, rows) {
            return Some(step.span);
        }
    }
    None
}

fn counted(span: Span) -> Aggregate {
    Aggregate {
        name: "rows_so_far".to_owned(),
        function: AggregateFunction::Count,
        argument: None,
        filter: None,
        optional: false,
        ty: Type::Int,
        nullable: false,
        span,
    }
}
