//! SQL text, run on the engines it is for, gives what the evaluator says, over every fixture of every hunt.
//!
//! For each hunt, each schema and product form it fits, each engine and each fixture: the events are written in the native columns (or are the
//! fixture's native rows), loaded with missing text as null and as the empty text, and the emitted text is run with the fixture's `now` as a
//! literal. The evaluator runs the same plan over the same native rows, read back as the program reads them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

mod break_it;
mod clock;
pub(crate) mod compare;
mod finer;
mod join;
mod random;
mod series;

use crate::support::databases::on_each_database;
use crate::support::repository::Repository;
use crate::support::table::Missing;
use crate::support::{Kind, oracle_or_skip};
use compare::{Account, Trial, fixture_rows};

/// As many comparisons as a run without gaps makes at least: every fixture in every schema that its hunt fits.
const LEAST: usize = 200;

fn every_fixture(kind: Kind) {
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let mut repository = Repository::load();
    let cases = repository.cases();
    let target = repository.target(kind.name(), None, "", "fixtures");
    let mut account = Account::default();
    let mut wanted = 0;
    // Where a query takes its time, each fixture runs once, with both forms of missing text in it.
    let modes: &[Missing] = match kind.is_slow() {
        true => &[Missing::Mixed],
        false => &[Missing::Null, Missing::Blank],
    };
    for case in &cases {
        for fixture in &case.fixtures {
            let plan = repository.plan_of(case, fixture);
            let abilities = target.dialect.abilities(&target.product);
            // Other rows of a table may ask for what a schema lacks.
            let forms = if fixture.tables.is_empty() {
                repository.fits(case, &plan, &abilities)
            } else {
                repository.fits_where_it_can(&plan, &abilities)
            };
            for fitted in forms {
                wanted += modes.len();
                let rows = fixture_rows(&repository, fixture, &fitted);
                let (schema, product) = (&fitted.schema.name, &fitted.product);
                let trial = Trial {
                    repository: &repository,
                    fitted: &fitted,
                    kind,
                    worker,
                    target: &target,
                    now: fixture.now,
                };
                for &missing in modes {
                    let label = format!(
                        "{} {schema} {product} {} {missing:?}",
                        case.slug, fixture.name
                    );
                    account.add(&label, trial.run(&rows, missing));
                }
            }
        }
    }
    account.settle(kind.name(), wanted.max(LEAST * modes.len()));
}

on_each_database!(every_fixture);
