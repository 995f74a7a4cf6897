//! One comparison: the text for a target, on an engine, against the evaluator.
//!
//! In: a case (a hunt's meaning, events, an instant) and a target. Out: nothing, or how the rows differ. Promise: both sides read the same native rows; the
//! text is the target's own but for the instant, look-ups that only a platform can answer, and names of tables where the real ones cannot be made.

use super::engine::{Engine, Failure};
use super::rows::{self, NativeRow, Sheet, SheetColumn, columns_read};
use crate::backend::{Origin, Query, Rollup, Target, emit};
use crate::compile::{Fitted, fit};
use crate::config::Configured;
use crate::data::{self, Request, native};
use crate::diag::Diagnostic;
use crate::eval::{self, Events, Output};
use crate::fixture::Given;
use crate::hunt::{Cell, Hunt, WatchTable};
use crate::plan::bind::Abilities;
use crate::plan::{Plan, StepKind, Type};
use crate::schema::{Class, How, Library, Schema};
use crate::value::order::Key;
use crate::value::{Table, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Neutral words with those of a platform.
type Words = Vec<(String, Vec<String>)>;

/// One in so many generated events is told as one of another class too.
const STRANGERS: usize = 8;

/// Where the events of a case come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A fixture.
    Fixture,
    /// Made up; few, which decide something that no others did.
    Telling,
    /// Made up; many.
    Many,
}

/// What a hunt is asked about.
#[derive(Clone, Debug)]
pub struct Case {
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
pub struct Trial<'a> {
    case: &'a Case,
    class: &'a Class,
    schema: &'a Schema,
    target: Target,
    /// The hunt as the schema holds it.
    pub fitted: Fitted,
    /// What is run.
    pub text: String,
    /// Where a rolled-up table ends, if the text reads one.
    cut: Option<i64>,
}

impl<'a> Trial<'a> {
    /// Compiles.
    ///
    /// # Errors
    /// What the schema or the target lacks.
    pub fn new(
        library: &'a Library,
        configured: &Configured,
        case: &'a Case,
    ) -> Result<Trial<'a>, Vec<Diagnostic>> {
        let (Some(schema), Some(class)) = (
            library.schemas.get(&configured.schema),
            library.classes.get(&case.plan.class),
        ) else {
            return Err(Vec::new());
        };
        let target = own_names(&configured.target, case.now);
        // What only a platform can look up is left out, as the evaluator leaves it out.
        let abilities = Abilities {
            lookups: Vec::new(),
            ..target.pack.abilities(&target.product)
        };
        let fitted = fit(&case.plan, library, schema, &target.product, &abilities)?;
        let Query { text, .. } = emit(&fitted.bound, &target, &Origin::default())?;
        let read = |rollup: &&Rollup| text.contains(&rollup.table);
        let cut = target.rollup.as_ref().filter(read).map(|rollup| {
            let until = case.now - case.now.rem_euclid(rollup.grain);
            let back = lookback(&fitted.plan).unwrap_or(0) / rollup.grain;
            // Nothing, everything, and two places between.
            let stretches = match case.number % 4 {
                0 => back / 2,
                1 => 1.min(back),
                2 => 0,
                _ => back,
            };
            until - stretches * rollup.grain
        });
        Ok(Trial {
            case,
            class,
            schema,
            target,
            fitted,
            text,
            cut,
        })
    }

    /// The rows of the case in the columns of the schema; events that the schema cannot tell to be of the class do not exist there.
    ///
    /// # Errors
    /// A file of rows that cannot be read.
    pub fn rows(&self) -> Result<Vec<NativeRow>, String> {
        match &self.case.given {
            Given::Events(events) => {
                let mut rows = self.written(events);
                if self.case.kind != Kind::Fixture {
                    self.respell(&mut rows);
                }
                rows.extend(self.strangers(&rows));
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
    pub fn written(&self, events: &Events) -> Vec<NativeRow> {
        written(events, self.class, self.schema, &self.target.product)
    }

    /// Says words of some rows as the platform says them too: another word for the same, or in other letters where their case does not matter.
    fn respell(&self, rows: &mut [NativeRow]) {
        let mapping = self.schema.classes.get(&self.class.name);
        let fields = mapping
            .into_iter()
            .flat_map(|mapping| mapping.fields.values());
        let words: Vec<(&str, &Words, bool)> = fields
            .filter_map(|mapping| match &mapping.how {
                How::Words {
                    source,
                    words,
                    fold,
                    ..
                } => Some((source.column(&self.target.product), words, *fold)),
                _ => None,
            })
            .collect();
        for (at, row) in rows.iter_mut().enumerate().filter(|(at, _)| at % 3 == 0) {
            for (column, words, fold) in &words {
                let Some(Value::Text(own)) = row.get(*column) else {
                    continue;
                };
                let same = words
                    .iter()
                    .find(|(_, natives)| natives.iter().any(|word| **word == **own));
                let natives = same.map_or(&[][..], |(_, natives)| natives);
                let Some(other) = natives.get((at / 3) % natives.len().max(1)) else {
                    continue;
                };
                let other = match at % 4 {
                    0 if *fold => other.to_uppercase(),
                    1 if *fold => other.to_lowercase(),
                    _ => other.clone(),
                };
                row.insert((*column).to_owned(), Value::text(&other));
            }
        }
    }

    /// Some of the rows as events of another class, where the schema holds several in one table.
    fn strangers(&self, rows: &[NativeRow]) -> Vec<NativeRow> {
        let mapping = self.schema.classes.get(&self.class.name);
        let tells = mapping.map_or(&[][..], |mapping| &mapping.predicate);
        let mut texts = self.columns();
        texts.retain(|column| column.ty == Type::Text && !column.multi);
        let step = if self.case.kind == Kind::Fixture {
            1
        } else {
            STRANGERS
        };
        let mut strangers = Vec::new();
        for (at, row) in rows.iter().enumerate().step_by(step) {
            let Some((name, own)) = tells.get(at % tells.len().max(1)) else {
                break;
            };
            let Some(column) = self.schema.column(name) else {
                continue;
            };
            let others: Vec<&String> = column.values.iter().filter(|word| *word != own).collect();
            let mut row = row.clone();
            row.remove(name);
            if at % 3 > 0
                && column.ty.is_textual()
                && let Some(other) = others.get(at % others.len().max(1))
            {
                let other = Value::text(other);
                let cell = match column.native.multi {
                    true => Value::set([other]),
                    false => other,
                };
                row.insert(name.clone(), cell);
            }
            // Else a query that takes it might count it with the row it was made of.
            if let Some(column) = texts.get(at / step % (texts.len() + 1))
                && column.name != *name
                && let Some(Value::Text(text)) = row.get(&column.name)
            {
                let text = Value::text(&format!("x{text}"));
                row.insert(column.name.clone(), text);
            }
            strangers.push(row);
        }
        strangers
    }

    /// What the evaluator says of the rows.
    ///
    /// # Errors
    /// The rows are malformed, or the run fails.
    pub fn expected(&self, rows: &[NativeRow]) -> Result<Output, String> {
        let now = match (self.cut, &self.target.rollup) {
            (Some(_), Some(rollup)) => self.case.now - self.case.now.rem_euclid(rollup.grain),
            _ => self.case.now,
        };
        let text = rows::ndjson(rows);
        let events = read(self.class, self.schema, &self.target.product, &text)?;
        eval::run(&self.fitted.plan, &events, now).map_err(|error| error.to_string())
    }

    /// The columns of the events that the text reads.
    fn columns(&self) -> Vec<SheetColumn> {
        let read = columns_read(&self.fitted.bound, self.schema).into_iter();
        read.map(|column| SheetColumn::of(column, &self.target.product))
            .collect()
    }

    /// Every table that the text reads.
    #[must_use]
    pub fn sheets(&self, rows: &[NativeRow]) -> Vec<Sheet> {
        let product = &self.target.product;
        let mut events = Sheet {
            name: self.target.table.clone(),
            columns: self.columns(),
            rows: rows.to_vec(),
        };
        let mut sheets = Vec::new();
        if let (Some(cut), Some(rollup)) = (self.cut, &self.target.rollup) {
            let time = &self.fitted.bound.time.name;
            // Where it is whole, it may hold a stretch that has only begun.
            let all = self.case.number % 4 == 2;
            let until = if all { i64::MAX } else { cut };
            sheets.push(rolled_up(&events, time, rollup, until));
            // Of events that the rolled-up table holds, the platform may have lost some: they are not read.
            if self.case.number.is_multiple_of(2) {
                let late =
                    |row: &NativeRow| !matches!(row.get(time), Some(Value::Time(at)) if *at < cut);
                events.rows.retain(late);
            }
        }
        sheets.push(events);
        let kind = self.target.pack.abilities(product).watchlists;
        let watched = self.case.hunt.tables.values();
        sheets.extend(watched.filter_map(|table| watchlist(table, kind)));
        sheets
    }

    /// What an engine says, over tables that are loaded.
    ///
    /// # Errors
    /// The engine is not there, or its answer is none.
    pub fn found(&self, engine: &mut dyn Engine, text: &str) -> Result<Table, Failure> {
        let outputs = &self.fitted.bound.outputs;
        let answer = engine.run(text, self.case.now, outputs)?;
        let folded = rows::folded(self.schema, &self.fitted.plan.class, &self.target.product);
        rows::read_result(&answer, outputs, &folded).map_err(Failure::Malformed)
    }

    /// Loads the rows, runs the text, compares. Gives the number of rows of the result, or how it differs.
    ///
    /// # Errors
    /// The engine is not there.
    pub fn run(
        &self,
        engine: &mut dyn Engine,
        rows: &[NativeRow],
    ) -> Result<Result<usize, String>, Failure> {
        match self.expected(rows) {
            Ok(expected) => self.compare(engine, &self.sheets(rows), &expected),
            Err(why) => Ok(Err(format!("the evaluator fails: {why}"))),
        }
    }

    /// As [`Trial::run`], where it is known what the evaluator says.
    ///
    /// # Errors
    /// The engine is not there.
    pub fn compare(
        &self,
        engine: &mut dyn Engine,
        sheets: &[Sheet],
        expected: &Output,
    ) -> Result<Result<usize, String>, Failure> {
        let loaded = engine.load(sheets);
        match loaded.and_then(|()| self.found(engine, &self.text)) {
            Ok(found) => {
                let count = found.rows.len();
                Ok(same(expected, &found, engine.digits()).map(|()| count))
            }
            Err(Failure::Refused(why)) => Ok(Err(format!("refused: {why}"))),
            Err(Failure::Malformed(why)) => Ok(Err(format!("not as promised: {why}"))),
            Err(absent) => Err(absent),
        }
    }
}

/// Compares; floats to so many places where the engine keeps no more.
///
/// # Errors
/// The difference, in lines.
pub fn same(expected: &Output, found: &Table, digits: Option<i32>) -> Result<(), String> {
    let compared = match digits {
        None => eval::compare::compare(expected, found),
        Some(digits) => {
            let mut known = Vec::new();
            let cells = expected.table.rows.iter().flatten();
            cells.for_each(|cell| floats(cell, &mut known));
            known.sort_by(f64::total_cmp);
            known.dedup_by(|next, kept| (*next - *kept).abs() <= most(*kept, digits));
            let near = |mut table: Table| {
                let cells = table.rows.iter_mut().flatten();
                cells.for_each(|cell| *cell = near(cell, &known, digits));
                table
            };
            let expected = Output {
                table: near(expected.table.clone()),
                ..expected.clone()
            };
            eval::compare::compare(&expected, &near(found.clone()))
        }
    };
    compared.map_err(|difference| difference.to_string())
}

/// Every float in a value.
fn floats(value: &Value, all: &mut Vec<f64>) {
    match value {
        Value::Float(number) => all.push(*number),
        Value::Set(of) | Value::OneOf(of) | Value::SomeOf { of, .. } => {
            of.iter().for_each(|one| floats(one, all));
        }
        _ => {}
    }
}

/// How far floats may be apart that are as good as equal.
fn most(number: f64, digits: i32) -> f64 {
    number.abs().max(1.0) * 10_f64.powi(-digits)
}

/// The value with each float that is as good as one of those known in the place of it.
fn near(value: &Value, known: &[f64], digits: i32) -> Value {
    let all =
        |of: &[Value]| -> Vec<Value> { of.iter().map(|one| near(one, known, digits)).collect() };
    match value {
        Value::Float(number) => {
            let at = known.partition_point(|one| one < number);
            let beside = known.iter().skip(at.saturating_sub(1)).take(2);
            let nearest = beside.min_by(|a, b| (*a - number).abs().total_cmp(&(*b - number).abs()));
            let equal = nearest.filter(|one| (*one - number).abs() <= most(*number, digits));
            Value::Float(*equal.unwrap_or(number))
        }
        Value::Set(of) => Value::set(all(of)),
        Value::OneOf(of) => Value::OneOf(all(of)),
        Value::SomeOf { count, of } => Value::SomeOf {
            count: *count,
            of: all(of),
        },
        other => other.clone(),
    }
}

/// The target with the instant, and with names of tables that can be made: index patterns and names in a database's schema cannot.
fn own_names(target: &Target, now: i64) -> Target {
    let mut target = target.clone();
    target.now = Some(now);
    match target.pack.file.extension.as_str() {
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

/// Events in the columns of a schema; those that it cannot tell to be of the class do not exist there.
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
pub fn read(class: &Class, schema: &Schema, product: &str, text: &str) -> Result<Events, String> {
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
pub fn lookback(plan: &Plan) -> Option<i64> {
    plan.steps.iter().find_map(|step| match &step.kind {
        StepKind::From { within, .. } => *within,
        StepKind::Series { over, .. } => Some(*over),
        _ => None,
    })
}

/// The counts of the events before an instant, as a rolled-up table holds them.
#[must_use]
pub fn rolled_up(events: &Sheet, time: &str, rollup: &Rollup, until: i64) -> Sheet {
    let kept: Vec<&SheetColumn> = events
        .columns
        .iter()
        .filter(|column| rollup.columns.contains_key(&column.name))
        .collect();
    let mut counts: BTreeMap<Key, i64> = BTreeMap::new();
    for row in &events.rows {
        if let Some(Value::Time(at)) = row.get(time)
            && *at < until
        {
            let start = Value::Time(at - at.rem_euclid(rollup.grain));
            let cells = kept
                .iter()
                .map(|column| row.get(&column.name).cloned().unwrap_or(Value::Missing));
            let key = Key(std::iter::once(start).chain(cells).collect());
            *counts.entry(key).or_default() += 1;
        }
    }
    let instants = events.columns.iter().find(|column| column.name == time);
    let mut columns: Vec<SheetColumn> = Vec::new();
    columns.extend(instants.map(|column| SheetColumn {
        name: rollup.time.clone(),
        ..column.clone()
    }));
    columns.extend(kept.iter().map(|column| {
        SheetColumn {
            name: rollup
                .columns
                .get(&column.name)
                .unwrap_or(&column.name)
                .clone(),
            ..(*column).clone()
        }
    }));
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    columns.push(SheetColumn {
        name: rollup.count.clone(),
        native_type: "long".to_owned(),
        ty: Type::Int,
        multi: false,
    });
    let rows = counts.into_iter().map(|(Key(cells), count)| {
        let mut row: NativeRow = names.iter().cloned().zip(cells).collect();
        row.insert(rollup.count.clone(), Value::Int(count));
        row
    });
    Sheet {
        name: rollup.table.clone(),
        rows: rows.collect(),
        columns,
    }
}

/// A declared table as the platform's object holds it: every cell is text.
#[must_use]
pub fn watchlist(table: &WatchTable, kind: &str) -> Option<Sheet> {
    let object = table.platform.get(kind)?;
    let text = |cell: &Cell, separator: &str| match cell {
        Cell::Missing => Value::Missing,
        Cell::One(value) => Value::text(&value.to_string()),
        Cell::Several(values) => {
            let values: Vec<String> = values.iter().map(Value::to_string).collect();
            Value::text(&values.join(separator))
        }
        Cell::Anything => Value::text("*"),
    };
    let row = |cells: &[Cell]| -> NativeRow {
        let cells = cells.iter().zip(&table.columns);
        cells
            .map(|(cell, column)| (column.source.clone(), text(cell, &column.ty.separator)))
            .collect()
    };
    Some(Sheet {
        name: object.value.clone(),
        columns: table
            .columns
            .iter()
            .map(|column| SheetColumn::text(&column.source))
            .collect(),
        rows: table.rows.iter().map(|one| row(&one.cells)).collect(),
    })
}
