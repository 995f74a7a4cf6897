//! The interpreters of KQL and ES|QL, as `verify` asks them, in the words of the tests.

use super::repository::{Fitted, Repository};
use super::table::{self, Missing, NativeRow};
use huntc::internals::backend::Target;
use huntc::internals::eval;
use huntc::internals::hunt::DeclaredTable;
use huntc::internals::plan::passes::Abilities;
use huntc::internals::schema::Schema;
use huntc::internals::verify::engine::{Engine, Failure};
use huntc::internals::verify::interpreters::{self, Interpreter, Language};
use huntc::internals::verify::rows::EngineTable;
use huntc::internals::verify::{compare, engine_tables};
use huntc_interp::Sample;

/// A way to read a text, over what its platform holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Kql,
    Esql,
}

impl Reader {
    /// The dialect whose texts it reads.
    pub fn dialect(self) -> &'static str {
        match self {
            Reader::Kql => "kql",
            Reader::Esql => "esql",
        }
    }

    /// Versions of the engine for which texts may differ, the newest first.
    pub fn versions(self) -> &'static [Option<&'static str>] {
        match self {
            Reader::Kql => &[None],
            Reader::Esql => &[Some("9.3"), Some("8.19")],
        }
    }

    /// The name of the table of a schema; none where the platform does not hold that schema: Microsoft's query language is spoken over Microsoft's tables.
    pub fn table(self, schema: &Schema) -> Option<String> {
        match self {
            Reader::Kql => schema.tables.get("kql").cloned(),
            Reader::Esql => Some("samples".to_owned()),
        }
    }

    /// What a text may ask of the platform here: what only a platform can look up is left out, as the evaluator leaves it out.
    pub fn abilities(self, target: &Target) -> Abilities<'_> {
        Abilities {
            lookups: Vec::new(),
            ..target.dialect.abilities("")
        }
    }

    pub fn language(self) -> Language {
        match self {
            Reader::Kql => Language::Kql,
            Reader::Esql => Language::Esql,
        }
    }

    /// The text over the rows and the watchlists against the evaluator. Gives the number of rows of the result, or how it differs.
    pub fn compare(
        self,
        repository: &Repository,
        fitted: &Fitted,
        target: &Target,
        rows: &[NativeRow],
        missing: Missing,
        watchlists: Vec<EngineTable>,
    ) -> Result<usize, String> {
        let now = target.now.ok_or("a comparison has an instant")?;
        let read = repository.read_native(&table::ndjson(rows), fitted.schema, &fitted.product);
        let expected =
            eval::run(&fitted.plan, &read.events, now).map_err(|error| error.to_string())?;
        let text = repository.text(fitted, target);
        let mut engine_tables = vec![engine_table(&target.table, fitted, rows)];
        engine_tables.extend(watchlists);
        let mut engine = Interpreter::with(self.language(), missing);
        let outputs = &fitted.bound.outputs;
        let answer = engine
            .load(&engine_tables)
            .and_then(|()| engine.run(&text, now, outputs))
            .map_err(|failure| match failure {
                Failure::Absent(why)
                | Failure::Lost(why)
                | Failure::Refused(why)
                | Failure::Malformed(why) => {
                    format!("refused: {why}\n{text}")
                }
            })?;
        let folded = table::folded(fitted.schema, &fitted.plan.class, &fitted.product);
        let result = table::read_result(&answer, outputs, &folded)
            .map_err(|why| format!("{why}\n{text}"))?;
        compare::same(
            &expected,
            &result,
            compare::digits(&fitted.plan, &target.dialect),
        )
        .map_err(|difference| format!("{difference}\n{text}"))?;
        Ok(result.rows.len())
    }

    /// Native rows as a sample.
    pub fn sample(
        self,
        name: &str,
        fitted: &Fitted,
        rows: &[NativeRow],
        missing: Missing,
    ) -> Sample {
        interpreters::sample(&engine_table(name, fitted, rows), self.language(), missing)
    }
}

fn engine_table(name: &str, fitted: &Fitted, rows: &[NativeRow]) -> EngineTable {
    let columns = table::columns_read(&fitted.bound, fitted.schema);
    table::engine_table(name, &columns, &fitted.product, rows)
}

/// A declared table as Sentinel's object holds it.
pub fn watchlist(table: &DeclaredTable) -> Option<EngineTable> {
    engine_tables::watchlist(table, "kql")
}
