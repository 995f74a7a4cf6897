//! Which conditions of a hunt were decided by events.
//!
//! In: a plan, events. Out: for each atomic condition of its `where` steps and of the filters of its aggregates, whether it was seen true and false where it
//! alone decided its predicate. Guarantee: that is masking MC/DC: a condition counts only in a row in which no other part of the predicate hides it. The tests
//! of a `join` are not counted.

use crate::eval::{self, EvalError, Events};
use crate::plan::{Expr, ExprKind, Plan};
use crate::source::Span;
use crate::value::Row;

/// An atomic condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Where it is.
    pub span: Span,
    /// Whether it was seen false, and true.
    pub seen: [bool; 2],
    /// Whether it decided its predicate while false, and while true.
    pub decided: [bool; 2],
}

impl Condition {
    /// Whether it decided its predicate both ways.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        self.decided == [true, true]
    }

    /// What was never seen of it.
    #[must_use]
    pub fn lack(&self) -> &'static str {
        match (self.seen, self.decided) {
            ([true, true], [true, true]) => "nothing",
            ([_, false], _) => "it was never true",
            ([false, _], _) => "it was never false",
            (_, [false, false]) => "something else always decided",
            (_, [_, false]) => "it was true only where something else decided",
            _ => "it was false only where something else decided",
        }
    }
}

/// The conditions of a plan.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// In the order of the plan.
    pub conditions: Vec<Condition>,
}

/// The row at hand.
struct At<'a> {
    columns: &'a [String],
    row: &'a Row,
    now: i64,
}

impl Coverage {
    /// Nothing seen yet.
    #[must_use]
    pub fn of(plan: &Plan) -> Coverage {
        let mut conditions = Vec::new();
        for step in &plan.steps {
            for predicate in step.kind.predicates() {
                atoms(predicate, &mut conditions);
            }
        }
        Coverage { conditions }
    }

    /// Adds what was seen elsewhere of the same conditions, or of some of them in the same order: a schema may lack optional parts of a plan.
    pub fn join(&mut self, other: &Coverage) {
        let mut others = other.conditions.iter().peekable();
        for own in &mut self.conditions {
            let Some(other) = others.next_if(|other| other.span == own.span) else {
                continue;
            };
            for (own, other) in own.seen.iter_mut().zip(other.seen) {
                *own |= other;
            }
            for (own, other) in own.decided.iter_mut().zip(other.decided) {
                *own |= other;
            }
        }
    }

    /// How many conditions decided both ways.
    #[must_use]
    pub fn covered(&self) -> usize {
        let covered = self.conditions.iter().filter(|one| one.is_covered());
        covered.count()
    }

    /// Whether all did.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.covered() == self.conditions.len()
    }

    /// Looks at every row that reaches a predicate. Gives whether anything was seen that was not seen before.
    ///
    /// # Errors
    /// The run fails.
    pub fn observe(&mut self, plan: &Plan, events: &Events, now: i64) -> Result<bool, EvalError> {
        let before = self.conditions.clone();
        let after_each = eval::after_each_step(plan, events, now)?;
        let mut first = 0;
        for (at, step) in plan.steps.iter().enumerate() {
            let reaching = at.checked_sub(1).and_then(|at| after_each.get(at));
            for predicate in step.kind.predicates() {
                let mut next = first;
                for row in reaching.into_iter().flat_map(|table| &table.rows) {
                    let columns = reaching.map_or(&[][..], |table| &table.columns);
                    next = first;
                    self.see(predicate, &At { columns, row, now }, true, &mut next)?;
                }
                if next == first {
                    let mut none = Vec::new();
                    atoms(predicate, &mut none);
                    next = first + none.len();
                }
                first = next;
            }
        }
        Ok(before != self.conditions)
    }

    /// Marks the conditions of a predicate in one row; `decides` says that nothing around it hides it.
    fn see(
        &mut self,
        predicate: &Expr,
        at: &At<'_>,
        decides: bool,
        next: &mut usize,
    ) -> Result<(), EvalError> {
        let truth = |part: &Expr| eval::truth(part, at.columns, at.row, at.now);
        match &predicate.kind {
            ExprKind::And(parts) | ExprKind::Or(parts) => {
                let neutral = matches!(predicate.kind, ExprKind::And(_));
                let truths: Vec<bool> = parts.iter().map(truth).collect::<Result<_, _>>()?;
                for (own, part) in parts.iter().enumerate() {
                    let mut others = truths.iter().enumerate().filter(|(other, _)| *other != own);
                    let unhidden = others.all(|(_, truth)| *truth == neutral);
                    self.see(part, at, decides && unhidden, next)?;
                }
            }
            ExprKind::Not(inner) => self.see(inner, at, decides, next)?,
            _ => {
                let truth = truth(predicate)?;
                if let Some(condition) = self.conditions.get_mut(*next) {
                    let [seen_false, seen_true] = &mut condition.seen;
                    let [decided_false, decided_true] = &mut condition.decided;
                    let (seen, decided) = match truth {
                        true => (seen_true, decided_true),
                        false => (seen_false, decided_false),
                    };
                    *seen = true;
                    *decided |= decides;
                }
                *next += 1;
            }
        }
        Ok(())
    }
}

fn atoms(predicate: &Expr, conditions: &mut Vec<Condition>) {
    match &predicate.kind {
        ExprKind::And(parts) | ExprKind::Or(parts) => {
            parts.iter().for_each(|part| atoms(part, conditions));
        }
        ExprKind::Not(inner) => atoms(inner, conditions),
        _ => conditions.push(Condition {
            span: predicate.span,
            seen: [false; 2],
            decided: [false; 2],
        }),
    }
}
