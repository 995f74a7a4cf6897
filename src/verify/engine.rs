//! Engines that run texts.
//!
//! In: tables to load, then texts. Out: an answer as JSON in the form of `scripts/oracles/README.md`, or a refusal. Guarantee: an engine is started when it
//! is first needed and no sooner; one that is not there says so, and is never taken for one that agreed.

use super::databases;
use super::rows::EngineTable;
use crate::plan::passes::BoundOutput;
use serde_json::Value as Json;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The engine is not there.
    Absent(String),
    /// The engine was there, and ended or fell silent: its last question is no evidence about the text.
    Lost(String),
    /// The engine refuses the text or the tables.
    Refused(String),
    /// The engine answers, with columns or cells that are not as the compiler promises.
    Malformed(String),
}

/// Something that runs texts.
pub trait Engine: Send {
    /// Its name: `duckdb`.
    fn name(&self) -> &str;

    /// The dialects whose texts it reads.
    fn dialects(&self) -> &[&str];

    /// Creates tables, in place of those of the same names.
    ///
    /// # Errors
    /// The engine is not there, or refuses.
    fn load(&mut self, engine_tables: &[EngineTable]) -> Result<(), Failure>;

    /// Which release of the stack the texts to come are for, where the engine can act as several. `None`: the newest.
    fn release(&mut self, _stack: Option<&str>) {}

    /// Ends it, and gives what it could not take away of what it made.
    fn end(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// Runs a text over the tables loaded; `now` is for what reads a clock.
    ///
    /// # Errors
    /// The engine is not there, or refuses.
    fn run(&mut self, text: &str, now: i64, outputs: &[BoundOutput]) -> Result<Json, Failure>;
}

/// The names of all engines, in the order of reports.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let databases = databases::ALL.iter().map(|dialect| dialect.name);
    ["kql", "esql"]
        .into_iter()
        .chain(databases)
        .chain(["kusto", "elasticsearch"])
}
