//! Plans that read counts of events in place of events.
//!
//! In: a plan (neutral or bound), the columns that a rolled-up table keeps, its grain. Out: the plan over rows that each stand for as many events as a
//! column says, or why it cannot be. Guarantee: over such rows, made of any events and cut at any instant on the grain, the new plan gives what the old one
//! gives over the events themselves, with `now` on the grain.
//!
//! Of an event a rolled-up table knows its columns and in which stretch of the grain it fell, so the plan may only ask for those columns
//! and count it in windows that are whole stretches.

use crate::plan::walk::Made;
use crate::plan::{
    Aggregate, AggregateFunction, Column, Expr, ExprKind, Plan, Step, StepKind, Type,
};
use crate::source::Span;

/// Why a plan cannot read a rolled-up table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRolled {
    /// A sentence's end: `the table has no column …`.
    pub why: String,
    /// What in the plan is in the way.
    pub span: Span,
}

/// The plan over counted rows. `keeps` says whether the table has a column; `count` is the column that says how many events a row stands for.
///
/// # Errors
/// What the table cannot answer.
pub fn rolled(
    plan: &Plan,
    keeps: &dyn Fn(&str) -> bool,
    grain: i64,
    count: &str,
) -> Result<Plan, NotRolled> {
    let refuse = |span: Span, why: &str| {
        Err(NotRolled {
            why: why.to_owned(),
            span,
        })
    };
    let mut steps: Vec<Step> = Vec::new();
    let mut rest = plan.steps.iter();
    for step in rest.by_ref() {
        if let Some(lack) = lacking(step, keeps) {
            return refuse(lack.1, &format!("it has no column `{}`", lack.0));
        }
        match &step.kind {
            StepKind::From { within, .. } => {
                if within.is_some_and(|within| within % grain != 0) {
                    return refuse(
                        step.span,
                        "the lookback is not made of whole stretches of its grain",
                    );
                }
            }
            StepKind::Series {
                measure,
                every,
                over,
                keys,
            } => {
                if measure.function != AggregateFunction::Count {
                    return refuse(
                        measure.span,
                        "it counts events, and this measures something else",
                    );
                }
                if every % grain != 0 {
                    return refuse(
                        step.span,
                        "a window is not made of whole stretches of its grain",
                    );
                }
                steps.push(Step {
                    kind: StepKind::Series {
                        measure: summed(measure, count),
                        every: *every,
                        over: *over,
                        keys: keys.clone(),
                    },
                    span: step.span,
                });
                steps.extend(rest.cloned());
                return Ok(Plan {
                    class: plan.class.clone(),
                    steps,
                });
            }
            // A row may stand for many events where the step does the same to each of them.
            kind if kind.keeps_events() && kind.made().iter().all(Made::is_determined) => {}
            _ => return refuse(step.span, "this step wants the events themselves"),
        }
        steps.push(step.clone());
    }
    refuse(Span::default(), "the hunt counts nothing in windows")
}

/// `count() where p` over events is the sum of the counts over counted rows.
fn summed(measure: &Aggregate, count: &str) -> Aggregate {
    Aggregate {
        function: AggregateFunction::Sum,
        argument: Some(Expr {
            kind: ExprKind::Column(Column::Computed(count.to_owned())),
            ty: Type::Int,
            ..Expr::predicate(ExprKind::Now, measure.span)
        }),
        ..measure.clone()
    }
}

/// The first column of the events that a step reads and the table lacks.
fn lacking(step: &Step, keeps: &dyn Fn(&str) -> bool) -> Option<(String, Span)> {
    let mut lack = None;
    for expr in step.kind.expressions() {
        expr.visit(&mut |part| {
            if let ExprKind::Column(column @ (Column::Field(_) | Column::Native(_))) = &part.kind
                && lack.is_none()
                && !keeps(column.name())
            {
                lack = Some((column.name().to_owned(), part.span));
            }
        });
    }
    lack
}
