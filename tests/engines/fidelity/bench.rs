//! The published text and ours on the same rows.
//!
//! In: a hunt, its correspondence, events. Out: the published text's answer, and what the evaluator finds. Promise: both read the same native rows, every
//! column of the schema that either names.

use super::platform::{aggregated, keep_empty, somewhere, summed};
use super::table::{Correspondence, Language};
use crate::support::repository::{CLASS, Case, Params, Repository};
use huntc::internals::data::native;
use huntc::internals::eval::{self, Events, Output};
use huntc::internals::fixture::{Fixture, Given};
use huntc::internals::hunt::Hunt;
use huntc::internals::plan::Plan;
use huntc::internals::plan::passes::{Abilities, BoundOutput};
use huntc::internals::schema::{ColumnInfo, Schema};
use huntc::internals::verify::engine_tables::watchlist;
use huntc::internals::verify::interpreters::{self, Language as Reader};
use huntc::internals::verify::rows::{self, EngineColumn, EngineTable, NativeRow};
use huntc_interp::{Answer, Refusal, Sample, esql, kql};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// What the platform holds beside the events.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing.
    Events,
    /// A summary of all of them.
    Summary,
    /// A summary that ends six hours ago.
    Late,
}

/// A hunt beside the published one.
pub struct Bench<'a> {
    pub repository: &'a Repository,
    pub case: &'a Case,
    pub table: &'a Correspondence,
    /// The published query.
    pub text: String,
}

/// Events that both read, and what ours finds in them.
pub struct Trial {
    pub name: String,
    params: Params,
    now: i64,
    /// How many events.
    pub count: usize,
    geo: BTreeMap<String, Json>,
    /// The tables in each state of the platform.
    samples: Vec<(State, Vec<Sample>)>,
    pub outputs: Vec<BoundOutput>,
    pub expected: Output,
}

impl<'a> Bench<'a> {
    pub fn schema(&self) -> &'a Schema {
        self.repository
            .library
            .schema(&self.table.schema, "network_session")
            .unwrap()
    }

    /// What the platform holds where a fixture says what the published text gives.
    pub fn state_of(&self, fixture: &str) -> State {
        let without = self.table.without_summary.iter().any(|own| own == fixture);
        match self.table.summary {
            Some(_) if !without => State::Summary,
            _ => State::Events,
        }
    }

    /// What the platform may hold.
    pub fn states(&self) -> &'static [State] {
        match self.table.summary {
            Some(_) => &[State::Summary, State::Events, State::Late],
            None => &[State::Events],
        }
    }

    /// The same without those that others hold within them.
    pub fn states_told_apart(&self) -> &'static [State] {
        match self.table.summary {
            Some(_) => &[State::Events, State::Late],
            None => &[State::Events],
        }
    }

    /// A fixture; none where its rows are of another schema.
    pub fn fixture(&self, fixture: &Fixture) -> Option<Trial> {
        let plan = self.repository.plan_of(self.case, fixture);
        let rows = match &fixture.given {
            Given::Events(events) => self.written(events),
            Given::Rows { path, schema } if schema.value == self.table.schema => {
                let text = std::fs::read_to_string(&path.value).expect("a file of rows");
                let columns: Vec<_> = self.schema().columns.iter().collect();
                let rows = rows::native_rows(&text, &columns);
                let mut rows = rows.unwrap_or_else(|why| panic!("{why}"));
                keep_empty(&text, &columns, &mut rows);
                rows
            }
            Given::Rows { .. } => return None,
        };
        let hunt = fixture.hunt(&self.case.hunt);
        Some(self.trial(
            &fixture.name,
            hunt,
            &fixture.params,
            &plan,
            fixture.now,
            rows,
        ))
    }

    /// Events that no fixture has, some of them in Defender's words for several connections of one kind.
    pub fn events(&self, name: &str, plan: &Plan, now: i64, events: &Events) -> Trial {
        let (hunt, mut rows) = (self.case.hunt.clone(), self.written(events));
        aggregated(&mut rows);
        self.trial(name, hunt, &Params::new(), plan, now, rows)
    }

    fn written(&self, events: &Events) -> Vec<NativeRow> {
        let class = &self.repository.library.classes[CLASS];
        let (schema, product) = (self.schema(), &self.table.product);
        let mut all = Vec::new();
        for row in &events.rows {
            let Ok(written) = native::write(class, &events.columns, row, schema, product) else {
                continue;
            };
            let mut row: NativeRow = written.cells.into_iter().collect();
            for (to, from) in &self.table.copies {
                if let Some(value) = row.get(from).cloned() {
                    row.entry(to.clone()).or_insert(value);
                }
            }
            all.push(row);
        }
        all
    }

    fn trial(
        &self,
        name: &str,
        hunt: Hunt,
        params: &Params,
        plan: &Plan,
        now: i64,
        rows: Vec<NativeRow>,
    ) -> Trial {
        let dialect = match self.table.reader {
            Language::Kql => "kql",
            Language::Esql => "esql",
        };
        let (schema, product) = (self.schema(), &self.table.product);
        let target = self.repository.target(dialect, None, product, "rows");
        let abilities = Abilities {
            lookups: Vec::new(),
            ..target.dialect.abilities(product)
        };
        let fitted = self.repository.fit(plan, schema, product, &abilities);
        let fitted = fitted.unwrap_or_else(|faults| self.repository.fail(&faults));
        let read = self
            .repository
            .read_native(&rows::ndjson(&rows), schema, product);
        let expected = eval::run(&fitted.plan, &read.events, now).expect("ours runs");
        let states = self.states().iter();
        Trial {
            name: name.to_owned(),
            params: params.clone(),
            now,
            count: rows.len(),
            geo: somewhere(&rows),
            samples: states
                .map(|state| (*state, self.samples(&rows, &hunt, now, *state)))
                .collect(),
            outputs: fitted.bound.outputs,
            expected,
        }
    }

    /// The text with the parameters of a trial and the requested mends.
    pub fn text(&self, trial: &Trial, wanted: &dyn Fn(&str) -> bool) -> String {
        let mut text = self.text.clone();
        for (name, value) in &trial.params {
            text = self.table.with_param(&text, name, &value.value);
        }
        self.mended(&text, wanted)
    }

    /// The text with the parameters that were published, and only those mends without which it does not run.
    pub fn as_published(&self, runs: bool) -> String {
        self.mended(&self.text, &|about| runs && self.needed(about))
    }

    /// Whether the text does not run without this mend.
    pub fn needed(&self, about: &str) -> bool {
        self.table.to_run.iter().any(|own| own == about)
    }

    fn mended(&self, text: &str, wanted: &dyn Fn(&str) -> bool) -> String {
        let mended = self.table.mended(text, wanted);
        mended.unwrap_or_else(|why| panic!("{}: {why}", self.case.slug))
    }

    /// What a text answers.
    pub fn run(&self, trial: &Trial, state: State, text: &str) -> Result<Answer, Refusal> {
        let held = trial.samples.iter().find(|(own, _)| *own == state);
        let (_, samples) = held.expect("a state of the platform");
        match self.table.reader {
            Language::Kql => {
                let options = kql::Options {
                    now_ms: trial.now,
                    geo: trial.geo.clone(),
                    ..kql::Options::default()
                };
                kql::run(text, samples, &options)
            }
            Language::Esql => {
                let options = esql::Options {
                    now_ms: trial.now,
                    ..esql::Options::default()
                };
                esql::run(text, samples, &options)
            }
        }
    }

    /// Tables, with the columns that some text names or some row has: others mean nothing, and are many.
    fn samples(&self, rows: &[NativeRow], hunt: &Hunt, now: i64, state: State) -> Vec<Sample> {
        let product = &self.table.product;
        let whole = self.mended(&self.text, &|_| true);
        let filled: BTreeSet<&String> = rows.iter().flat_map(NativeRow::keys).collect();
        let here = |column: &&ColumnInfo| {
            let name = &column.native.name;
            let held = column.products.is_empty() || column.products.contains(product);
            held && (filled.contains(name) || self.text.contains(name) || whole.contains(name))
        };
        let columns = self.schema().columns.iter().filter(here);
        let mut events = EngineTable {
            name: self.table.table.clone(),
            columns: columns
                .map(|column| EngineColumn::of(column, product))
                .collect(),
            rows: rows.to_vec(),
        };
        let mut engine_tables = Vec::new();
        if let (Some(summary), true) = (&self.table.summary, state != State::Events) {
            let ends = match state {
                State::Late => now - 6 * 3_600_000,
                _ => i64::MAX,
            };
            engine_tables.push(summed(&mut events, summary, ends));
        }
        engine_tables.push(events);
        for table in hunt.tables.values() {
            let mut engine_table = watchlist(table, "kql").expect("the platform holds it");
            engine_table
                .columns
                .extend(self.table.blank.iter().map(|name| EngineColumn::text(name)));
            engine_tables.push(engine_table);
        }
        let reader = match self.table.reader {
            Language::Kql => Reader::Kql,
            Language::Esql => Reader::Esql,
        };
        engine_tables
            .iter()
            .map(|engine_table| interpreters::sample(engine_table, reader, rows::Missing::Blank))
            .collect()
    }
}
