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

mod esql;
mod kql;

use crate::matrix::compare;

use crate::support::interpreter::{Reader, watchlist};
use crate::support::repository::{Case, Fitted, Repository};
use crate::support::table::Missing;
use compare::fixture_rows;
use huntc::internals::backend::Target;
use huntc::internals::fixture::Fixture;
use huntc::internals::verify::interpreters::{self, Language};

fn every_fixture(reader: Reader, least: usize) {
    let mut repository = Repository::load();
    let cases = repository.cases();
    let (mut compared, mut faults) = (0, Vec::new());
    let newest = reader.versions().first().copied().flatten();
    let blank = repository.target(reader.dialect(), newest, "", "samples");
    let abilities = reader.abilities(&blank);
    for case in &cases {
        for fixture in &case.fixtures {
            let plan = repository.plan_of(case, fixture);
            let forms = match fixture.tables.is_empty() {
                true => repository.fits(case, &plan, &abilities),
                false => repository.fits_where_it_can(&plan, &abilities),
            };
            for fitted in forms {
                let Some(table) = reader.table(fitted.schema) else {
                    continue;
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
    reader: Reader,
) -> Result<(), String> {
    let rows = fixture_rows(repository, fixture, fitted);
    let hunt = fixture.hunt(&case.hunt);
    let watchlists = hunt.tables.values().filter_map(watchlist).collect();
    reader
        .compare(
            repository,
            fitted,
            target,
            &rows,
            Missing::Blank,
            watchlists,
        )
        .map(|_| ())
}

#[test]
fn every_fixture_in_kql() {
    every_fixture(Reader::Kql, 100);
}

#[test]
fn every_fixture_in_esql() {
    every_fixture(Reader::Esql, 150);
}

/// A watchlist that Sentinel holds may have cells that are no numbers: they are skipped, and counted in a row of the result.
#[test]
fn cells_that_are_no_numbers_are_counted() {
    let mut repository = Repository::load();
    let cases = repository.cases();
    let case = cases
        .iter()
        .find(|case| case.slug == "port-use-anomaly")
        .expect("the hunt is there");
    let fixture = case
        .fixtures
        .iter()
        .find(|fixture| fixture.name == "hits")
        .expect("the fixture is there");
    let plan = repository.plan_of(case, fixture);
    let schema = repository
        .library
        .schema("asim", "network_session")
        .unwrap();
    let blank = repository.target("kql", None, "", "_Im_NetworkSession");
    let target = Target {
        now: Some(fixture.now),
        ..blank.clone()
    };
    let fitted = repository
        .fit(&plan, schema, "", &blank.dialect.abilities(""))
        .unwrap_or_else(|faults| repository.fail(&faults));
    let text = repository.text(&fitted, &target);
    let answer = |ports: &str| {
        let list = watchlist(&case.hunt.tables["monitored"]).expect("it is a watchlist");
        let mut list = interpreters::sample(&list, Language::Kql, Missing::Blank);
        for row in &mut list.rows {
            if row[0] == serde_json::json!("5800,5801,5802,5803,5804,5805,5806,5807,5808,5809,5810")
            {
                row[0] = serde_json::json!(ports);
            }
        }
        let rows = fixture_rows(&repository, fixture, &fitted);
        let events = Reader::Kql.sample(&target.table, &fitted, &rows, Missing::Blank);
        let options = huntc_interp::kql::Options {
            now_ms: fixture.now,
            ..Default::default()
        };
        huntc_interp::kql::run(&text, &[events, list], &options)
            .unwrap_or_else(|refusal| panic!("{} {}\n{text}", refusal.construct, refusal.message))
            .rows
    };
    let whole = answer("5801,5805");
    assert_eq!(whole.len(), 2);
    let broken = answer(" 5801,58O5,,5805-5810,5805");
    assert_eq!(broken.len(), 3, "{broken:?}");
    let said = "passed over: 3 cells of monitored that are no numbers";
    assert!(broken.iter().any(|row| row[0] == said), "{broken:?}");
    assert!(whole.iter().all(|row| broken.contains(row)), "{broken:?}");
}

/// Whether a query is of a hunt over network sessions, whose tables are made here; those of other classes run in the interpreters when the program
/// verifies them.
fn is_over_sessions(query: &std::path::Path) -> bool {
    let slug = query.file_stem().unwrap();
    let hunt = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("detections");
    let hunt = std::fs::read_to_string(hunt.join(slug).join("hunt.yaml")).unwrap();
    hunt.contains("from network_session ")
}
