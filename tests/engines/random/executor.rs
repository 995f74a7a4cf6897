//! What runs the texts of random hunts: a database or an interpreter, with the targets it is asked for.

use super::rows::NOW;
use super::tally::Tally;
use crate::support::databases::Database;
use crate::support::interpreter::Reader;
use crate::support::repository::{Fitted, Repository};
use crate::support::rewrites;
use crate::support::table::{self, Missing, NativeRow};
use crate::support::{Kind, Worker, oracle_or_skip};
use huntc::internals::backend::{Origin, Target, emit};
use huntc::internals::diag::Code;
use huntc::internals::eval::Output;
use huntc::internals::plan::passes::Abilities;
use huntc::internals::schema::Schema;
use huntc::internals::verify::engine::{Engine, Failure};
use huntc::internals::verify::interpreters::Interpreter;
use huntc::internals::verify::rows::EngineTable;
use huntc::internals::verify::{compare, sql};

/// A way to run texts.
#[derive(Clone, Copy)]
enum Runs {
    /// A real one.
    Database(Kind, &'static Worker),
    /// An interpreter.
    Reader(Reader),
}

/// An engine and what came of its comparisons.
pub struct Executor {
    runs: Runs,
    /// One for each version of the engine.
    targets: Vec<Target>,
    /// The versions.
    versions: &'static [Option<&'static str>],
    pub tally: Tally,
}

/// What came of a hunt on an engine.
pub enum Outcome {
    /// The text is refused: the code and the title.
    Refused(String),
    /// So many rows, on both sides.
    Same(usize),
    Different(String),
}

impl Executor {
    /// By its name; `None` where it is not installed, which was said.
    pub fn named(name: &str, repository: &Repository, table: &str) -> Option<Executor> {
        let runs = match name {
            "kql" => Runs::Reader(Reader::Kql),
            "esql" => Runs::Reader(Reader::Esql),
            _ => {
                let database = Database::named(name);
                let database = database.unwrap_or_else(|| panic!("no engine `{name}`"));
                let kind = Kind::Database(database.name);
                Runs::Database(kind, oracle_or_skip(kind)?)
            }
        };
        let versions = match runs {
            Runs::Database(..) => &[None][..],
            Runs::Reader(reader) => reader.versions(),
        };
        let targets = versions.iter().map(|version| Target {
            now: Some(NOW),
            ..repository.target(name, *version, "", table)
        });
        Some(Executor {
            runs,
            targets: targets.collect(),
            versions,
            tally: Tally::new(name),
        })
    }

    /// The name of the table of a schema; none where the platform does not hold that schema.
    pub fn table(&self, schema: &Schema) -> Option<String> {
        match self.runs {
            Runs::Database(..) => Some(self.targets[0].table.clone()),
            Runs::Reader(reader) => reader.table(schema),
        }
    }

    pub fn abilities(&self, product: &str) -> Abilities<'_> {
        let target = &self.targets[0];
        match self.runs {
            Runs::Database(..) => target.dialect.abilities(product),
            Runs::Reader(reader) => reader.abilities(target),
        }
    }

    /// The texts of all versions over the rows, against what the evaluator says of them.
    pub fn compare(
        &self,
        fitted: &Fitted,
        table: &str,
        rows: &[NativeRow],
        watchlists: &[EngineTable],
        expected: &Output,
    ) -> Outcome {
        let mut texts = 0;
        let (mut refused, mut found) = (String::new(), 0);
        // A text that is the same for two releases may be read differently by them.
        for (target, version) in self.targets.iter().zip(self.versions) {
            let target = Target {
                product: fitted.product.clone(),
                table: table.to_owned(),
                ..target.clone()
            };
            let text = match emit(&fitted.bound, &target, &Origin::default()) {
                Ok(query) => query.text,
                // A faulty dialect: a function or a command that the release does not have, too.
                Err(faults) if faults.iter().any(|fault| fault.code == Code::E0512) => {
                    return Outcome::Different(format!("{faults:#?}"));
                }
                Err(faults) => {
                    refused = faults.first().map_or_else(String::new, |fault| {
                        format!("{}: {}", fault.code, fault.title)
                    });
                    continue;
                }
            };
            if target.dialect.file.extension == "esql"
                && let Some(touched) = rewrites::touched(&text).first()
            {
                return Outcome::Different(format!("{touched}\n{text}"));
            }
            let engine_tables = (rows, watchlists);
            match self.one(&text, *version, (fitted, table), engine_tables, expected) {
                Ok(count) => found = count,
                Err(why) => return Outcome::Different(format!("{why}\n{text}")),
            }
            texts += 1;
        }
        match texts {
            0 => Outcome::Refused(refused),
            _ => Outcome::Same(found),
        }
    }

    fn one(
        &self,
        text: &str,
        version: Option<&str>,
        (fitted, table): (&Fitted, &str),
        (rows, watchlists): (&[NativeRow], &[EngineTable]),
        expected: &Output,
    ) -> Result<usize, String> {
        let columns = table::columns_read(&fitted.bound, fitted.schema);
        let mut engine_tables = vec![table::engine_table(table, &columns, &fitted.product, rows)];
        let outputs = &fitted.bound.outputs;
        let answer = match self.runs {
            Runs::Database(kind, worker) => {
                sql::answer_over(worker, kind.profile(), &engine_tables, Missing::Mixed, text)?
            }
            Runs::Reader(reader) => {
                engine_tables.extend_from_slice(watchlists);
                let mut engine = Interpreter::with(reader.language(), Missing::Mixed);
                engine.release(version);
                let answer = engine
                    .load(&engine_tables)
                    .and_then(|()| engine.run(text, NOW, outputs));
                answer.map_err(|failure| match failure {
                    Failure::Absent(why)
                    | Failure::Lost(why)
                    | Failure::Refused(why)
                    | Failure::Malformed(why) => why,
                })?
            }
        };
        let folded = table::folded(fitted.schema, &fitted.plan.class, &fitted.product);
        let result = table::read_result(&answer, outputs, &folded)?;
        let digits = compare::digits(&fitted.plan, &self.targets[0].dialect);
        compare::same(expected, &result, digits)?;
        Ok(result.rows.len())
    }
}
