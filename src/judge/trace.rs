//! The step in which an expected row was lost.
//!
//! In: a fixture whose expectation does not hold. Out: [`Trace`]: how many rows there are after each step, and how many of them have the keys of the
//! expected row. Promise: the counts are the evaluator's own; a key is a column of the result that passes through from the events unchanged, under
//! whatever names, so that a row with other counts is not taken for a lost one.

use super::{Ready, Run};
use crate::eval::{self, EvalError, Output};
use crate::fixture::compare::Difference;
use crate::plan::{Expr, ExprKind, Plan, Step, StepKind};
use crate::source::Span;
use crate::value::{Table, Value, order};

/// Rows after each step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// The place of the expected row among those of the fixture; none where only their number is wrong.
    pub row: Option<usize>,
    /// What an event must hold to be one of that row's: the column of the result and its value.
    pub keys: Vec<(String, Value)>,
    /// Events of the fixture, and how many have the keys.
    pub events: (usize, usize),
    /// The steps, in order.
    pub steps: Vec<TraceStep>,
    /// The step after which no row has the keys any more.
    pub lost: Option<usize>,
}

/// Rows after one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceStep {
    /// The step.
    pub span: Span,
    /// Rows.
    pub rows: usize,
    /// Rows with the keys.
    pub matching: usize,
}

/// Traces the first expected row of which no row with the same keys was found; with a wrong number of rows, all rows.
pub(super) fn trace(
    ready: &Ready,
    run: &Run,
    output: &Output,
    difference: &Difference,
) -> Result<Option<Trace>, EvalError> {
    let plan = eval::answerable(&run.plan)?;
    let names = Names::of(&plan, output);
    let expected = ready.fixture.expected.rows();
    let lost = difference.lacking.iter().find_map(|at| {
        let row = &expected.get(*at)?.value;
        let keys: Vec<(String, Value)> = row
            .iter()
            .filter(|(name, _)| names.is_key(name))
            .map(|(name, cell)| (name.clone(), cell.value.clone()))
            .collect();
        let is_there = names.matching(plan.steps.len(), &keys, &output.table) > 0;
        (keys.is_empty() || !is_there).then_some((*at, keys))
    });
    let (row, keys) = match lost {
        Some((row, keys)) => (Some(row), keys),
        None if difference.count.is_some() => (None, Vec::new()),
        None => return Ok(None),
    };
    let after = eval::after_each_step(&plan, &run.events, ready.fixture.now)?;
    let steps: Vec<TraceStep> = (plan.steps.iter().zip(&after).enumerate())
        .map(|(at, (step, table))| TraceStep {
            span: step.span,
            rows: table.rows.len(),
            matching: names.matching(at + 1, &keys, table),
        })
        .collect();
    let lost = steps.iter().rposition(|step| step.matching > 0);
    let lost = lost.map_or(0, |last| last + 1);
    let events = &run.events;
    Ok(Some(Trace {
        row,
        events: (events.rows.len(), names.matching(0, &keys, events)),
        lost: (row.is_some() && lost < steps.len()).then_some(lost),
        keys,
        steps,
    }))
}

/// What each column of the result is called before and after each step, as far back as it passes through.
struct Names {
    /// For each column: its names before the first step, after it, and so on; none where it is computed later.
    columns: Vec<(String, Vec<Option<String>>)>,
}

impl Names {
    fn of(plan: &Plan, output: &Output) -> Names {
        let columns = output.table.columns.iter().map(|column| {
            let mut names = vec![Some(column.clone())];
            for step in plan.steps.iter().rev() {
                let name = names.last().cloned().flatten();
                names.push(name.and_then(|name| before(step, &name)));
            }
            names.reverse();
            (column.clone(), names)
        });
        Names {
            columns: columns.collect(),
        }
    }

    fn is_key(&self, column: &str) -> bool {
        self.at(0, column).is_some()
    }

    fn at(&self, step: usize, column: &str) -> Option<&str> {
        let (_, names) = self.columns.iter().find(|(name, _)| name == column)?;
        names.get(step)?.as_deref()
    }

    /// How many rows of a table have the keys; `step`: how many steps were taken.
    fn matching(&self, step: usize, keys: &[(String, Value)], table: &Table) -> usize {
        let wanted: Vec<(Option<usize>, &Value)> = keys
            .iter()
            .map(|(column, value)| {
                let name = self.at(step, column);
                let at = table.columns.iter().position(|one| Some(one.as_str()) == name);
                (at, value)
            })
            .collect();
        let has = |row: &&Vec<Value>| {
            wanted.iter().all(|(at, value)| {
                let found = at.and_then(|at| row.get(at));
                may_be(value, found.unwrap_or(&Value::Missing))
            })
        };
        table.rows.iter().filter(has).count()
    }
}

/// What a column is called before a step; none where the step makes it.
fn before(step: &Step, name: &str) -> Option<String> {
    let of = |value: &Expr| match &value.kind {
        ExprKind::Column(column) => Some(column.name().to_owned()),
        _ => None,
    };
    match &step.kind {
        StepKind::Select { columns: outputs }
        | StepKind::Group { keys: outputs, .. }
        | StepKind::Series { keys: outputs, .. } => {
            let output = outputs.iter().find(|output| output.name == name)?;
            of(&output.value)
        }
        StepKind::Derive { columns } => match columns.iter().find(|(own, _)| own == name) {
            Some((_, value)) => of(value),
            None => Some(name.to_owned()),
        },
        StepKind::Join { alias, .. } if name.starts_with(&format!("{alias}_")) => None,
        StepKind::Anomaly {
            score, baseline, ..
        } if name == score || name == baseline => None,
        StepKind::Enrich { name: own, .. } | StepKind::Repeat { name: own, .. } if own == name => {
            None
        }
        _ => Some(name.to_owned()),
    }
}

/// Whether a cell can become what is expected: a set of an event holds it, what is left open allows it.
fn may_be(expected: &Value, found: &Value) -> bool {
    let equal = |left: &Value, right: &Value| order::compare(left, right).is_eq();
    equal(expected, found)
        || match (expected, found) {
            (Value::OneOf(of), _) => of.iter().any(|one| equal(one, found)),
            (_, Value::OneOf(of)) => of.iter().any(|one| equal(expected, one)),
            _ => false,
        }
}
