//! Platform look-ups, which no one but the platform can answer.
//!
//! In: a plan. Out: the plan without its optional look-ups and the optional parts that need them, and a note on each. Promise: what is not optional
//! is refused, never answered with a guess.

use super::EvalError;
use crate::diag::{Code, Diagnostic};
use crate::plan::{Expr, ExprKind, Output, Plan, Season, Step, StepKind, expressions};
use crate::source::Span;
use std::collections::BTreeSet;

/// The plan without look-ups.
pub(super) fn leave_out(plan: &Plan) -> Result<(Plan, Vec<Diagnostic>), EvalError> {
    let mut without = Without::default();
    let mut steps = Vec::new();
    for step in &plan.steps {
        if let Some(kind) = without.step(step)? {
            let span = step.span;
            steps.push(Step { kind, span });
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
}

impl Without {
    fn step(&mut self, step: &Step) -> Result<Option<StepKind>, EvalError> {
        let mut kind = step.kind.clone();
        match &mut kind {
            StepKind::Enrich {
                name,
                function,
                optional,
                ..
            } => {
                self.part(&format!("look-up `{function}`"), *optional, step.span)?;
                self.gone.insert(name.clone());
                return Ok(None);
            }
            StepKind::Where {
                predicate,
                optional,
            } if self.uses(predicate) => {
                self.part("this condition", *optional, step.span)?;
                return Ok(None);
            }
            StepKind::Select { columns } => self.outputs(columns)?,
            StepKind::Group { keys, aggregates } => {
                self.outputs(keys)?;
                let mut kept = Vec::new();
                for one in std::mem::take(aggregates) {
                    if one.argument.iter().chain(&one.filter).any(|e| self.uses(e)) {
                        self.part(&format!("`{}`", one.name), one.optional, one.span)?;
                        self.gone.insert(one.name);
                    } else {
                        kept.push(one);
                    }
                }
                *aggregates = kept;
            }
            StepKind::Series { keys, .. } => self.outputs(keys)?,
            StepKind::Anomaly {
                season: Season::Auto,
                ..
            } => {
                return Err(EvalError::at(
                    Code::E0651,
                    step.span,
                    "`season auto` is what the platform finds; only Kusto can say it",
                )
                .help("`season none`, or a number of points, is the same everywhere"));
            }
            StepKind::Top { ties, .. } => ties.retain(|tie| !self.uses(tie)),
            _ => {}
        }
        match expressions(&kind).into_iter().find(|e| self.uses(e)) {
            Some(expr) => self.part("this", false, expr.span).map(|()| None),
            None => Ok(Some(kind)),
        }
    }

    fn outputs(&mut self, outputs: &mut Vec<Output>) -> Result<(), EvalError> {
        let mut kept = Vec::new();
        for output in std::mem::take(outputs) {
            if self.uses(&output.value) {
                self.part(
                    &format!("`{}`", output.name),
                    output.optional,
                    output.value.span,
                )?;
                self.gone.insert(output.name);
            } else {
                kept.push(output);
            }
        }
        *outputs = kept;
        Ok(())
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
