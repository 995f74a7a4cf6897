//! KQL and ES|QL text, read by interpreters that share nothing with what wrote it, gives what the evaluator says, over every fixture of every hunt.
//!
//! For each hunt, each schema and product form it fits, and each fixture: the events are written in the native columns, missing text as the platform keeps it,
//! and the emitted text is interpreted with the fixture's `now` as a literal. Watchlists are samples of their own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

mod support;

#[path = "engines/compare.rs"]
#[allow(dead_code)]
mod compare;

use compare::fixture_rows;
use huntc::backend::Target;
use huntc::eval;
use huntc::fixture::Fixture;
use huntc::plan::bind::Abilities;
use huntc::verify::engine::Engine;
use huntc::verify::interpreters::{Interpreter, Language};
use huntc::verify::trial::{same, watchlist};
use support::repository::{Case, Fitted, Repository};
use support::table;

fn pack(reader: Language) -> (&'static str, Option<&'static str>) {
    match reader {
        Language::Kql => ("kql", None),
        Language::Esql => ("esql", Some("9.3")),
    }
}

fn every_fixture(reader: Language, least: usize) {
    let mut repository = Repository::load();
    let cases = repository.cases();
    let (mut compared, mut faults) = (0, Vec::new());
    for case in &cases {
        for fixture in &case.fixtures {
            let plan = repository.plan_of(case, fixture);
            let (pack, version) = pack(reader);
            let blank = repository.target(pack, version, "", "samples");
            // What only a platform can look up is left out, as the evaluator leaves it out.
            let abilities = Abilities {
                lookups: Vec::new(),
                ..blank.pack.abilities("")
            };
            let forms = match fixture.tables.is_empty() {
                true => repository.fits(case, &plan, &abilities),
                false => repository.fits_where_it_can(&plan, &abilities),
            };
            for fitted in forms {
                // Microsoft's query language is spoken over Microsoft's tables.
                let table = match reader {
                    Language::Kql => match fitted.schema.tables.get("kql") {
                        Some(table) => table.clone(),
                        None => continue,
                    },
                    Language::Esql => "samples".to_owned(),
                };
                let target = Target {
                    now: Some(fixture.now),
                    product: fitted.product.clone(),
                    table,
                    ..blank.clone()
                };
                compared += 1;
                if let Err(why) = compare_one(&repository, case, fixture, &fitted, &target, reader)
                {
                    faults.push(format!(
                        "== {} {} {} {}\n{why}",
                        case.slug, fitted.schema.name, fitted.product, fixture.name
                    ));
                }
            }
        }
    }
    println!("{compared} comparisons, {} differences", faults.len());
    let shown: Vec<String> = faults
        .iter()
        .take(12)
        .map(|fault| fault.chars().take(700).collect())
        .collect();
    assert!(
        faults.is_empty(),
        "{} of {compared} differ\n{shown:#?}",
        faults.len()
    );
    assert!(compared >= least, "only {compared} comparisons");
}

fn compare_one(
    repository: &Repository,
    case: &Case,
    fixture: &Fixture,
    fitted: &Fitted,
    target: &Target,
    reader: Language,
) -> Result<(), String> {
    let rows = fixture_rows(repository, fixture, fitted);
    let read = repository.read_native(&table::ndjson(&rows), fitted.schema, &fitted.product);
    let expected =
        eval::run(&fitted.plan, &read.events, fixture.now).map_err(|error| error.to_string())?;
    let text = repository.text(fitted, target);
    let columns = table::columns_read(&fitted.bound, fitted.schema);
    let mut sheets = vec![table::sheet(
        &target.table,
        &columns,
        &fitted.product,
        &rows,
    )];
    let hunt = fixture.hunt(&case.hunt);
    sheets.extend(
        hunt.tables
            .values()
            .filter_map(|table| watchlist(table, "kql")),
    );
    let mut interpreter = Interpreter::new(reader);
    let outputs = &fitted.bound.outputs;
    let answer = interpreter
        .load(&sheets)
        .and_then(|()| interpreter.run(&text, fixture.now, outputs))
        .map_err(|refusal| format!("{refusal:?}\n{text}"))?;
    let folded = table::folded(fitted.schema, &fitted.plan.class, &fitted.product);
    let result =
        table::read_result(&answer, outputs, &folded).map_err(|why| format!("{why}\n{text}"))?;
    same(&expected, &result, interpreter.digits()).map_err(|why| format!("{why}\n{text}"))
}

#[test]
fn every_fixture_in_kql() {
    every_fixture(Language::Kql, 100);
}

#[test]
fn every_fixture_in_esql() {
    every_fixture(Language::Esql, 150);
}
