//! One comparison: an emitted text on an engine against the evaluator.

use crate::support::repository::{Fitted, Repository};
use crate::support::table::{self, Missing, NativeRow};
use crate::support::{Kind, Worker};
use huntc::internals::backend::Target;
use huntc::internals::eval::{self, Events, Output, compare};
use huntc::internals::fixture::{Fixture, Given};
use huntc::internals::value::Table;
use huntc::internals::verify::{sql, trial};

/// What is compared where.
#[derive(Clone, Copy)]
pub struct Trial<'a> {
    pub repository: &'a Repository,
    pub fitted: &'a Fitted<'a>,
    pub kind: Kind,
    pub worker: &'a Worker,
    pub now: i64,
    pub target: &'a Target,
}

impl Trial<'_> {
    /// Loads the rows, runs the text and the evaluator. Gives the number of rows of the result, or how it differs.
    pub fn run(&self, rows: &[NativeRow], missing: Missing) -> Result<usize, String> {
        let text = self.text(Some(self.now));
        self.run_text(&text, rows, missing)
    }

    pub fn text(&self, now: Option<i64>) -> String {
        let product = &self.fitted.product;
        let target = Target {
            now,
            product: product.clone(),
            ..self.target.clone()
        };
        self.repository.text(self.fitted, &target)
    }

    pub fn run_text(
        &self,
        text: &str,
        rows: &[NativeRow],
        missing: Missing,
    ) -> Result<usize, String> {
        let expected = self.expected(rows)?;
        self.compared(text, &expected, rows, missing)
    }

    /// The same for many rows, which are given as events too, because reading them back takes its time.
    pub fn run_events(
        &self,
        events: &Events,
        rows: &[NativeRow],
        missing: Missing,
    ) -> Result<usize, String> {
        let expected = eval::run(&self.fitted.plan, events, self.now);
        let expected = expected.map_err(|error| error.to_string())?;
        self.compared(&self.text(Some(self.now)), &expected, rows, missing)
    }

    fn compared(
        &self,
        text: &str,
        expected: &Output,
        rows: &[NativeRow],
        missing: Missing,
    ) -> Result<usize, String> {
        let found = self
            .found(text, rows, missing)
            .map_err(|why| format!("{why}\n{text}"))?;
        compare::compare(expected, &found).map_err(|difference| format!("{difference}\n{text}"))?;
        Ok(found.rows.len())
    }

    /// What the evaluator says of the rows.
    pub fn expected(&self, rows: &[NativeRow]) -> Result<Output, String> {
        let text = table::ndjson(rows);
        let read = self
            .repository
            .read_native(&text, self.fitted.schema, &self.fitted.product);
        if !read.summary.is_clean() {
            return Err(format!("the rows are malformed: {:?}", read.problems));
        }
        eval::run(&self.fitted.plan, &read.events, self.now).map_err(|error| error.to_string())
    }

    /// What the engine says of them.
    fn found(&self, text: &str, rows: &[NativeRow], missing: Missing) -> Result<Table, String> {
        let columns = table::columns_read(&self.fitted.bound, self.fitted.schema);
        let mut engine_table =
            table::engine_table(&self.target.table, &columns, &self.fitted.product, rows);
        let addresses = self.target.dialect.addresses.as_deref();
        engine_table.columns = engine_table
            .columns
            .into_iter()
            .map(|column| column.with_addresses(addresses))
            .collect();
        let answer = sql::answer_over(
            self.worker,
            self.kind.profile(),
            &[engine_table],
            missing,
            text,
        )?;
        let Fitted {
            schema,
            product,
            plan,
            bound,
        } = self.fitted;
        let folded = table::folded(schema, &plan.class, product);
        table::read_result(&answer, &bound.outputs, &folded)
    }
}

/// The native rows of a fixture in a schema: its own rows as their file has them, or its events written in the columns of the schema.
pub fn fixture_rows(repository: &Repository, fixture: &Fixture, fitted: &Fitted) -> Vec<NativeRow> {
    let schema = fitted.schema;
    let neutral = match &fixture.given {
        Given::Events(events) => events.clone(),
        Given::Rows { path, schema: own } if own.value == schema.name => {
            let text = std::fs::read_to_string(&path.value).expect("the fixture's rows are there");
            let columns = table::columns_read(&fitted.bound, schema);
            return table::native_rows(&text, &columns);
        }
        Given::Rows { path, schema: own } => repository.events_of(&path.value, &own.value, ""),
    };
    trial::written(&neutral, repository.class(), schema, &fitted.product)
}

/// Comparisons and what came of them.
#[derive(Default)]
pub struct Account {
    pub made: usize,
    /// Comparisons of results that are not empty.
    pub telling: usize,
    pub different: Vec<String>,
}

impl Account {
    pub fn add(&mut self, label: &str, result: Result<usize, String>) {
        self.made += 1;
        match result {
            Ok(0) => {}
            Ok(_) => self.telling += 1,
            Err(why) => self.different.push(format!("== {label}\n{why}")),
        }
    }

    /// Says how many were made; fails for differences, and for fewer comparisons than are required.
    pub fn settle(self, what: &str, least: usize) {
        println!(
            "{what}: {} comparisons, {} with rows, {} differences",
            self.made,
            self.telling,
            self.different.len()
        );
        let shown: Vec<&str> = self.different.iter().take(8).map(String::as_str).collect();
        assert!(
            self.different.is_empty(),
            "{} of {} comparisons differ\n{}",
            self.different.len(),
            self.made,
            shown.join("\n")
        );
        assert!(
            self.made >= least,
            "{what}: only {} comparisons were made",
            self.made
        );
        assert!(
            self.telling * 4 >= self.made,
            "{what}: only {} of {} results have rows",
            self.telling,
            self.made
        );
    }
}
