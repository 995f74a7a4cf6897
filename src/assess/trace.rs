//! The step in which an expected row was lost.
//!
//! In: a fixture whose expectation does not hold. Out: [`Trace`]: how many rows there are after each step, and how many of them have the keys of the
//! expected row. Guarantee: the counts are the evaluator's own; a key is a column of the result that says which row it is and measures nothing: it passes
//! through from the events, is computed from one event, or is a key of a group. So a row with another count is not taken for a lost one.

use super::{Ready, Run};
use crate::eval::{self, EvalError};
use crate::fixture::compare::Difference;
use crate::plan::walk::MadeFrom;
use crate::plan::{Expr, ExprKind, Plan, Step};
use crate::source::Span;
use crate::value::{Table, Value, order};

/// Rows after each step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// The place of the expected row among those of the fixture; none where only their number is wrong.
    pub row: Option<usize>,
    /// Which row that is: columns of the result and their values.
    pub keys: Vec<(String, Value)>,
    /// Events of the fixture.
    pub events: usize,
    /// How many of them have the keys; none where the keys are computed.
    pub matching: Option<usize>,
    /// The steps, in order.
    pub steps: Vec<TraceStep>,
    /// The step after which there is no row any more, or none with the keys.
    pub lost: Option<usize>,
}

/// Rows after one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceStep {
    /// The step.
    pub span: Span,
    /// Rows.
    pub rows: usize,
    /// Rows with the keys, as far as these are there already; none where none of them is.
    pub matching: Option<usize>,
}

/// Traces the first expected row of which no row with the same keys was found; with a wrong number of rows, all rows.
pub(super) fn trace(
    ready: &Ready,
    run: &Run,
    output: &eval::Output,
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
        let is_there = names.matching(plan.steps.len(), &keys, &output.table) > Some(0);
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
    let events = &run.events;
    let matching = names.matching(0, &keys, events);
    Ok(Some(Trace {
        row,
        events: events.rows.len(),
        lost: row.and_then(|_| losing(&steps, matching)),
        matching,
        keys,
        steps,
    }))
}

/// The step that leaves no row, or no row with the keys; none where no event had them.
fn losing(steps: &[TraceStep], events: Option<usize>) -> Option<usize> {
    if events == Some(0) {
        return None;
    }
    let empty = steps.iter().position(|step| step.rows == 0);
    let last = steps.iter().rposition(|step| step.matching > Some(0));
    let unmatched = match last {
        Some(last) => Some(last + 1).filter(|at| *at < steps.len()),
        None => steps.iter().position(|step| step.matching == Some(0)),
    };
    match (empty, unmatched) {
        (Some(empty), Some(unmatched)) => Some(empty.min(unmatched)),
        (one, other) => one.or(other),
    }
}

/// What each column of the result is called before and after each step, as far back as it is there.
struct Names {
    columns: Vec<Trail>,
}

/// A column of the result, back through the steps.
struct Trail {
    column: String,
    /// Whether it says which row it is.
    is_key: bool,
    /// Its names before the first step, after it, and so on; none where it is made later.
    names: Vec<Option<String>>,
}

/// Where a step has a column from.
enum Origin {
    /// It was there under this name.
    Named(String),
    /// It is a key of a group, computed there.
    Key,
    /// It is computed from the row.
    Row,
    /// It is measured over rows.
    Measured,
}

impl Names {
    fn of(plan: &Plan, output: &eval::Output) -> Names {
        let first = (plan.steps.iter()).position(|step| step.kind.measures());
        let columns = output.table.columns.iter().map(|column| {
            let mut names = vec![Some(column.clone())];
            let mut is_key = true;
            for (at, step) in plan.steps.iter().enumerate().rev() {
                let name = names.last().cloned().flatten();
                names.push(name.and_then(|name| match before(step, &name) {
                    Origin::Named(name) => Some(name),
                    Origin::Key => None,
                    // What is computed after a group may be made of what that measures.
                    Origin::Row => {
                        is_key &= first.is_none_or(|first| at < first);
                        None
                    }
                    Origin::Measured => {
                        is_key = false;
                        None
                    }
                }));
            }
            names.reverse();
            Trail {
                column: column.clone(),
                is_key,
                names,
            }
        });
        Names {
            columns: columns.collect(),
        }
    }

    fn is_key(&self, column: &str) -> bool {
        self.columns
            .iter()
            .any(|trail| trail.is_key && trail.column == column)
    }

    fn at(&self, step: usize, column: &str) -> Option<&str> {
        let trail = self.columns.iter().find(|trail| trail.column == column)?;
        trail.names.get(step)?.as_deref()
    }

    /// How many rows of a table have the keys, as far as these are there; `step`: how many steps were taken.
    fn matching(&self, step: usize, keys: &[(String, Value)], table: &Table) -> Option<usize> {
        let wanted: Vec<(Option<usize>, &Value)> = keys
            .iter()
            .filter_map(|(column, value)| {
                let name = self.at(step, column)?;
                // A field that no event of the fixture has is missing.
                let at = table.columns.iter().position(|column| column == name);
                Some((at, value))
            })
            .collect();
        let has = |row: &&Vec<Value>| {
            wanted.iter().all(|(at, value)| {
                let found = at.and_then(|at| row.get(at));
                may_be(value, found.unwrap_or(&Value::Missing))
            })
        };
        (!wanted.is_empty()).then(|| table.rows.iter().filter(has).count())
    }
}

/// Where a step has a column from.
fn before(step: &Step, name: &str) -> Origin {
    let of = |value: &Expr, computed: Origin| match &value.kind {
        ExprKind::Column(column) => Origin::Named(column.name().to_owned()),
        _ => computed,
    };
    let made = step.kind.made().into_iter().find(|made| made.name == name);
    match made.map(|made| made.from) {
        Some(MadeFrom::Row(value)) => of(value, Origin::Row),
        Some(MadeFrom::Key(value)) => of(value, Origin::Key),
        Some(MadeFrom::Added { .. }) => Origin::Row,
        Some(MadeFrom::Aggregate(_) | MadeFrom::Measured(_)) => Origin::Measured,
        None => Origin::Named(name.to_owned()),
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
