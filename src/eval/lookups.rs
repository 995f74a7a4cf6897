//! Platform look-ups, which only the platform can answer.
//!
//! In: a plan. Out: the plan without its optional look-ups and the optional parts that need them, and a note on each. Guarantee: what is not optional
//! is refused, never answered with a guess.

use super::EvalError;
use crate::diag::{Code, Diagnostic};
use crate::plan::walk::{Part, Role};
use crate::plan::{Expr, ExprKind, Plan, Season, StepKind};
use crate::source::Span;
use std::collections::BTreeSet;

/// The plan without look-ups.
pub(super) fn leave_out(plan: &Plan) -> Result<(Plan, Vec<Diagnostic>), EvalError> {
    let mut without = Without::default();
    let mut steps = Vec::new();
    for step in &plan.steps {
        if let StepKind::Anomaly {
            season: Season::Auto,
            ..
        } = step.kind
        {
            return Err(EvalError::at(
                Code::E0651,
                step.span,
                "`season auto` is what the platform finds; only Kusto can say it",
            )
            .help("`season none`, or a number of points, is the same everywhere"));
        }
        let mut step = step.clone();
        let stays = step.retain(&mut |part| without.keeps(part));
        if let Some(error) = without.error.take() {
            return Err(error);
        }
        if stays {
            steps.push(step);
        }
    }
    let class = plan.class.clone();
    Ok((Plan { class, steps }, without.notes))
}

#[derive(Default)]
struct Without {
    /// Columns that are not there.
    gone: BTreeSet<String>,
    notes: Vec<Diagnostic>,
    /// The first part that is needed and cannot be answered.
    error: Option<EvalError>,
}

impl Without {
    /// Whether a part of a step needs no look-up.
    fn keeps(&mut self, part: &Part<'_>) -> bool {
        let what = match (part.role, part.makes) {
            (Role::LookUp(function), _) => format!("look-up `{function}`"),
            _ if !part.reads.iter().any(|read| self.uses(read)) => return true,
            (Role::Tie, _) => return false,
            (Role::Condition, _) => "this condition".to_owned(),
            (_, Some(name)) => format!("`{name}`"),
            (_, None) => "this".to_owned(),
        };
        self.gone.extend(part.makes.map(str::to_owned));
        let optional = part.optional && part.role != Role::Measure;
        if let Err(error) = self.part(&what, optional, part.span) {
            self.error.get_or_insert(error);
        }
        false
    }

    fn uses(&self, expr: &Expr) -> bool {
        let mut found = false;
        expr.visit(&mut |part| {
            if let ExprKind::Column(column) = &part.kind {
                found |= self.gone.contains(column.name());
            }
        });
        found
    }

    /// Notes an optional part, refuses another.
    fn part(&mut self, what: &str, optional: bool, span: Span) -> Result<(), EvalError> {
        if optional {
            let title = format!("{what} is left out: only a platform can answer it");
            self.notes.push(Diagnostic::at(Code::N0503, span, title));
            return Ok(());
        }
        let title = format!("{what} needs a look-up that only a platform can answer");
        Err(EvalError::at(Code::E0651, span, title).help(
            "mark the look-up, and what uses it, `optional`; it is then left out of this run",
        ))
    }
}
