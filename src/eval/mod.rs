//! The executable specification: a plan over events gives a result.
//!
//! In: a neutral [`Plan`], events as rows of neutral fields, the instant `now`. Out: [`Output`]. Guarantee: this is what the hunt means; every other
//! executor is judged by it. Clarity comes before speed: eager, plain rows, sorted grouping, no index and no cache; large data belong on a real
//! engine. Still no step is worse than O(n log n) in the rows, so that a real log file can be read.
//!
//! The semantics of each step and each expression are its doc comment in `plan`; here each is one short function. What they leave open is said where it
//! is decided: in `text` (letters and words), `functions`, `aggregate` and `steps`.

mod aggregate;
pub(crate) mod anomaly;
pub(crate) mod compare;
mod expr;
mod fields;
mod functions;
mod join;
mod lookups;
mod rows;
mod series;
mod steps;
mod text;

pub(crate) use fields::fields_of;
pub use fields::needs;

use crate::diag::{Code, Diagnostic};
use crate::plan::{Expr, Plan};
use crate::source::Span;
use crate::value::{Row, Table, Value};

/// Events: columns are names of neutral fields, cells are values of their types; of a multi-valued field a [`Set`](crate::value::Value::Set), or
/// missing. Fields that a plan uses and no column holds are missing in every row.
pub type Events = Table;

pub use crate::plan::TIME;

/// A result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// Rows; a bag where `ties` is `None`.
    pub table: Table,
    /// In an ordered result, the lengths of the runs of rows whose sort keys are equal, first run first; within a run the rows are in no order.
    pub ties: Option<Vec<usize>>,
    /// In an ordered result, the sort keys of each row.
    pub sorted_by: Option<Vec<Row>>,
    /// What was left out: optional platform look-ups.
    pub notes: Vec<Diagnostic>,
    /// Where series were scored: the series, and which of their points each row of `table` came from.
    pub scores: Option<Scores>,
}

/// Scored series, and what became of their points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// Every series.
    pub series: Vec<ScoredSeries>,
    /// For each row of the result, the points that it came from.
    pub rows: Vec<Vec<Point>>,
}

/// A series that was scored.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredSeries {
    /// The names of its keys.
    pub names: Vec<String>,
    /// The values of its keys.
    pub keys: Row,
    /// The column that holds its points: what each window was measured by.
    pub measure: String,
    /// The start of its first window.
    pub start: i64,
    /// The length of a window in milliseconds.
    pub every: i64,
    /// Its points.
    pub points: Vec<i64>,
    /// What is said of each.
    pub scored: Vec<anomaly::Scored>,
}

/// One point of one series, by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The series.
    pub series: usize,
    /// The point in it.
    pub point: usize,
}

/// A run that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct EvalError(pub Box<Diagnostic>);

impl EvalError {
    fn at(code: Code, span: Span, title: impl Into<String>) -> Self {
        EvalError(Box::new(Diagnostic::at(code, span, title)))
    }

    fn help(self, text: &str) -> Self {
        EvalError(Box::new((*self.0).help(text)))
    }

    /// What lowering should have refused.
    fn ill_typed(span: Span, what: &str) -> Self {
        EvalError::at(Code::E0652, span, what)
            .help("the compiler should have refused this earlier: please report the hunt")
    }
}

impl std::fmt::Display for EvalError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.title)
    }
}

impl std::error::Error for EvalError {}

/// Runs a plan over events.
///
/// # Errors
/// Integer overflow; a platform look-up that is not optional.
pub fn run(plan: &Plan, events: &Events, now: i64) -> Result<Output, EvalError> {
    run_owned(plan, events.clone(), now)
}

/// As [`run`], without keeping the events.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_owned(plan: &Plan, events: Events, now: i64) -> Result<Output, EvalError> {
    let (plan, notes) = lookups::leave_out(plan)?;
    let mut rows = rows::Rows::events(events, &needs(&plan).fields);
    for step in &plan.steps {
        rows = steps::step(step, rows, now)?;
    }
    Ok(Output {
        notes,
        ..rows.finish()
    })
}

/// The plan as it is run: without optional look-ups, which only a platform can answer.
///
/// # Errors
/// A look-up that is not optional.
pub(crate) fn answerable(plan: &Plan) -> Result<Plan, EvalError> {
    lookups::leave_out(plan).map(|(plan, _)| plan)
}

/// The rows after each step of a plan that is [`answerable`].
///
/// # Errors
/// As [`run`].
pub(crate) fn after_each_step(
    plan: &Plan,
    events: &Events,
    now: i64,
) -> Result<Vec<Table>, EvalError> {
    let mut rows = rows::Rows::events(events.clone(), &needs(plan).fields);
    let mut after = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        rows = steps::step(step, rows, now)?;
        after.push(Table {
            columns: rows.columns.clone(),
            rows: rows.rows.clone(),
        });
    }
    Ok(after)
}

/// Whether a predicate is true in one row.
///
/// # Errors
/// As [`run`].
pub(crate) fn truth(
    predicate: &Expr,
    columns: &[String],
    row: &Row,
    now: i64,
) -> Result<bool, EvalError> {
    expr::holds(predicate, expr::Scope { columns, row, now })
}

/// The value of an expression over the fields of one event, for schemas, whose computed fields are such expressions.
pub(crate) fn field_value(expr: &Expr, columns: &[String], row: &Row) -> Result<Value, EvalError> {
    let now = 0;
    expr::value(expr, expr::Scope { columns, row, now })
}

/// Whether a predicate over the fields of one event is true.
pub(crate) fn field_truth(
    predicate: &Expr,
    columns: &[String],
    row: &Row,
) -> Result<bool, EvalError> {
    let now = 0;
    expr::holds(predicate, expr::Scope { columns, row, now })
}
