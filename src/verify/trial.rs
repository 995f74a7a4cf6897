//! One comparison: the text for a target, on an engine, against the evaluator.
//!
//! In: a case (a hunt's meaning, events, an instant) and a target. Out: nothing, or how the rows differ. Guarantee: both sides read the same native rows; the
//! text is the target's own except for the instant, look-ups that only a platform can answer, and names of tables where the real ones cannot be made.

use super::engine::{Engine, Failure};
use super::engine_tables::{rolled_up, watchlist};
use super::rows::{self, EngineColumn, EngineTable, NativeRow, columns_read};
use super::{compare, variants};
use crate::backend::{Rollup, Target};
use crate::compiler::{Binding, Query, bind_plan};
use crate::config::Configured;
use crate::data::{self, Request, native};
use crate::diag::Diagnostic;
use crate::eval::{self, Events, Output};
use crate::fixture::Given;
use crate::hunt::Hunt;
use crate::plan::passes::Abilities;
use crate::plan::{Plan, StepKind};
use crate::schema::{Class, Library, Schema};
use crate::value::{Table, Value};
use std::collections::BTreeSet;
use std::path::Path;

/// One in this many made events also occurs as one of another class.
const STRANGERS: usize = 8;

/// The number of places where a rolled-up table may end.
const ENDS: usize = 4;

/// Where the events of a case come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A fixture.
    Fixture,
    /// Made up; few, which decide something that no others did.
    Telling,
    /// Made up; many.
    Many,
}

/// What a hunt is asked about.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// For people: the fixture's name, or which batch.
    pub label: String,
    /// Its place among the cases of its hunt.
    pub number: usize,
    /// Where the events come from.
    pub kind: Kind,
    /// The hunt, with the tables that hold here.
    pub hunt: Hunt,
    /// What it means, with the parameters that hold here.
    pub plan: Plan,
    /// The instant.
    pub now: i64,
    /// The events.
    pub given: Given,
}

/// A case for a target.
pub(crate) struct Trial<'a> {
    case: &'a Case,
    class: &'a Class,
    schema: &'a Schema,
    target: Target,
    /// Which release of the stack the text is for.
    stack: Option<String>,
    /// The hunt as the schema holds it.
    pub fitted: Binding,
    /// What is run.
    pub text: String,
    /// Whether the text reads a rolled-up table.
    rolled: bool,
}

impl<'a> Trial<'a> {
    /// Compiles.
    ///
    /// # Errors
    /// What the schema or the target lacks.
    pub(crate) fn new(
        library: &'a Library,
        configured: &Configured,
        case: &'a Case,
    ) -> Result<Trial<'a>, Vec<Diagnostic>> {
        let Some(class) = library.classes.get(&case.plan.class) else {
            return Err(Vec::new());
        };
        let steps = &case.plan.steps;
        let place = steps.first().map(|step| step.span).unwrap_or_default();
        let (schema, target) =
            (configured.of_class(&class.name, place, library)).map_err(|lack| vec![*lack])?;
        let target = own_names(&target, case.now);
        // What only a platform can look up is left out, as the evaluator leaves it out.
        let abilities = Abilities {
            lookups: Vec::new(),
            ..target.abilities()
        };
        let fitted = bind_plan(&case.plan, library, schema, &target.product, &abilities)?;
        let Query { text, .. } = fitted.emit(&target)?;
        let rollup = target.rollup.as_ref();
        let rolled = rollup.is_some_and(|rollup| text.contains(&rollup.table));
        Ok(Trial {
            case,
            class,
            schema,
            target,
            stack: configured.stack.clone(),
            fitted,
            text,
            rolled,
        })
    }

    /// The rows of the case in the columns of the schema; events that the schema cannot recognise as ones of the class do not exist there.
    ///
    /// # Errors
    /// A file of rows that cannot be read.
    pub(crate) fn rows(&self) -> Result<Vec<NativeRow>, String> {
        match &self.case.given {
            Given::Events(events) => {
                let mut rows = self.written(events);
                if self.case.kind != Kind::Fixture {
                    variants::respell(&mut rows, self.class, self.schema, &self.target.product);
                }
                let step = if self.case.kind == Kind::Fixture {
                    1
                } else {
                    STRANGERS
                };
                let other_class_rows = variants::other_class_rows(
                    &rows,
                    step,
                    self.class,
                    self.schema,
                    self.columns(),
                );
                rows.extend(other_class_rows);
                Ok(rows)
            }
            Given::Rows { path, schema } => {
                let text = std::fs::read_to_string(&path.value)
                    .map_err(|error| format!("{}: {error}", path.value.display()))?;
                if schema.value == self.schema.name {
                    return rows::native_rows(
                        &text,
                        &columns_read(&self.fitted.bound, self.schema),
                    );
                }
                Err("its rows are of another schema".to_owned())
            }
        }
    }

    /// Events in the columns of the schema.
    #[must_use]
    pub(crate) fn written(&self, events: &Events) -> Vec<NativeRow> {
        written(events, self.class, self.schema, &self.target.product)
    }

    /// What the evaluator says of the rows.
    ///
    /// # Errors
    /// The rows are malformed, or the run fails.
    pub(crate) fn expected(&self, rows: &[NativeRow]) -> Result<Output, String> {
        let now = match self.rollup() {
            Some(rollup) => self.case.now - self.case.now.rem_euclid(rollup.grain),
            None => self.case.now,
        };
        let text = rows::ndjson(rows);
        let events = read(self.class, self.schema, &self.target.product, &text)?;
        eval::run(&self.fitted.plan, &events, now).map_err(|error| error.to_string())
    }

    /// The columns of the events that the text reads.
    fn columns(&self) -> Vec<EngineColumn> {
        let read = columns_read(&self.fitted.bound, self.schema).into_iter();
        read.map(|column| EngineColumn::of(column, &self.target.product))
            .map(|column| column.with_time(self.target.dialect.time.as_deref()))
            .map(|column| column.with_addresses(self.target.dialect.addresses.as_deref()))
            .collect()
    }

    fn rollup(&self) -> Option<&Rollup> {
        self.target.rollup.as_ref().filter(|_| self.rolled)
    }

    /// The number of places where a rolled-up table may end: 1 where the text reads none.
    #[must_use]
    pub(crate) fn ends(&self) -> usize {
        match self.rolled {
            true => ENDS,
            false => 1,
        }
    }

    /// Every table that the text reads; a rolled-up one ends where the number of the case says.
    #[must_use]
    pub(crate) fn engine_tables(&self, rows: &[NativeRow]) -> Vec<EngineTable> {
        self.engine_tables_ending(rows, self.case.number)
    }

    /// As [`Trial::engine_tables`], where the number of an end is given. The result of the text is the same at every end.
    #[must_use]
    pub(crate) fn engine_tables_ending(&self, rows: &[NativeRow], end: usize) -> Vec<EngineTable> {
        let product = &self.target.product;
        let mut events = EngineTable {
            name: self.target.table.clone(),
            columns: self.columns(),
            rows: rows.to_vec(),
        };
        let mut engine_tables = Vec::new();
        if let Some(rollup) = self.rollup() {
            let time = &self.fitted.bound.time.name;
            let last = self.case.now - self.case.now.rem_euclid(rollup.grain);
            let back = lookback(&self.fitted.plan).unwrap_or(0) / rollup.grain;
            // Nothing, everything, and two places between.
            let stretches = match end % ENDS {
                0 => back / 2,
                1 => 1.min(back),
                2 => 0,
                _ => back,
            };
            let cut = last - stretches * rollup.grain;
            // Where it is whole, it may hold a stretch that has only begun.
            let until = if end % ENDS == 2 { i64::MAX } else { cut };
            engine_tables.push(rolled_up(&events, time, rollup, until));
            // Of events that the rolled-up table holds, the platform may have lost some: they are not read.
            if end.is_multiple_of(2) {
                let late =
                    |row: &NativeRow| !matches!(row.get(time), Some(Value::Time(at)) if *at < cut);
                events.rows.retain(late);
            }
        }
        engine_tables.push(events);
        let kind = self.target.dialect.abilities(product).watchlists;
        let watched = self.case.hunt.tables.values();
        engine_tables.extend(watched.filter_map(|table| watchlist(table, kind)));
        engine_tables
    }

    /// What an engine says, over tables that are loaded.
    ///
    /// # Errors
    /// The engine is not there, or its answer is none.
    pub(crate) fn found(&self, engine: &mut dyn Engine, text: &str) -> Result<Table, Failure> {
        let outputs = &self.fitted.bound.outputs;
        engine.release(self.stack.as_deref());
        let answer = engine.run(text, self.case.now, outputs)?;
        let folded = rows::folded(self.schema, &self.fitted.plan.class, &self.target.product);
        rows::read_result(&answer, outputs, &folded).map_err(Failure::Malformed)
    }

    /// Compares what an engine said.
    ///
    /// # Errors
    /// The difference, in lines.
    pub(crate) fn same(&self, expected: &Output, found: &Table) -> Result<(), String> {
        let plan = &self.fitted.plan;
        let digits = compare::digits(plan, &self.target.dialect);
        compare::same(expected, found, digits)
    }

    /// Loads the rows, runs the text, compares. Gives the number of rows of the result, or how it differs.
    ///
    /// # Errors
    /// The engine is not there.
    pub(crate) fn run(
        &self,
        engine: &mut dyn Engine,
        rows: &[NativeRow],
    ) -> Result<Result<usize, String>, Failure> {
        match self.expected(rows) {
            Ok(expected) => self.compare(engine, &self.engine_tables(rows), &expected),
            Err(why) => Ok(Err(format!("the evaluator fails: {why}"))),
        }
    }

    /// As [`Trial::run`], where it is known what the evaluator says.
    ///
    /// # Errors
    /// The engine is not there.
    pub(crate) fn compare(
        &self,
        engine: &mut dyn Engine,
        engine_tables: &[EngineTable],
        expected: &Output,
    ) -> Result<Result<usize, String>, Failure> {
        let loaded = engine.load(engine_tables);
        match loaded.and_then(|()| self.found(engine, &self.text)) {
            Ok(found) => {
                let count = found.rows.len();
                Ok(self.same(expected, &found).map(|()| count))
            }
            Err(Failure::Refused(why)) => Ok(Err(format!("refused: {why}"))),
            Err(Failure::Malformed(why)) => Ok(Err(format!("not as promised: {why}"))),
            Err(absent) => Err(absent),
        }
    }
}

/// The target with the instant, and with names of tables that can be made: index patterns and names in a database's schema cannot.
fn own_names(target: &Target, now: i64) -> Target {
    let mut target = target.clone();
    target.now = Some(now);
    match target.dialect.file.extension.as_str() {
        "esql" => {
            target.table = "event_rows".to_owned();
            if let Some(rollup) = &mut target.rollup {
                rollup.table = "summary_rows".to_owned();
            }
        }
        "sql" => {
            target.table = target.table.replace('.', "_");
            if let Some(rollup) = &mut target.rollup {
                rollup.table = rollup.table.replace('.', "_");
            }
        }
        _ => {}
    }
    target
}

/// Events in the columns of a schema; those that it cannot recognise as ones of the class do not exist there.
#[must_use]
pub fn written(events: &Events, class: &Class, schema: &Schema, product: &str) -> Vec<NativeRow> {
    let rows = events.rows.iter().filter_map(|row| {
        let written = native::write(class, &events.columns, row, schema, product);
        Some(written.ok()?.cells.into_iter().collect::<NativeRow>())
    });
    rows.collect()
}

/// Rows of a schema as events, read as the program reads them, whatever their times.
///
/// # Errors
/// A row that is not as the schema says.
pub(crate) fn read(
    class: &Class,
    schema: &Schema,
    product: &str,
    text: &str,
) -> Result<Events, String> {
    let fields: BTreeSet<String> = class.fields.keys().cloned().collect();
    let request = Request {
        class,
        fields: &fields,
        native: Some((schema, product)),
        from: None,
        to: i64::MAX,
    };
    let loaded = data::load_text(Path::new("rows.ndjson"), text, request)
        .map_err(|error| error.to_string())?;
    match loaded.problems.first() {
        Some(problem) if !loaded.summary.is_clean() => Err(problem.to_string()),
        _ => Ok(loaded.events),
    }
}

/// How far back a plan reads.
#[must_use]
pub(crate) fn lookback(plan: &Plan) -> Option<i64> {
    plan.steps.iter().find_map(|step| match &step.kind {
        StepKind::From { within, .. } => *within,
        StepKind::Series { over, .. } => Some(*over),
        _ => None,
    })
}
