//! Each hunt beside the published one that it repairs, on the same events: what differs are the recorded deviations, and each of them shows.
//!
//! The published texts are not ours to keep: they lie beside the repository (`../shared/seeds`, or where `HUNTC_SEEDS` says), and where they are missing the
//! tests say so and pass. `fidelity/<hunt>.yaml` says which columns correspond, and for each deviation the edit of the published text that undoes it.
//! With all edits the text must give what ours gives, on every fixture and on events made for the hunt; without one of them it must differ on the fixture
//! that the deviation names. So neither a difference nor a deviation goes unaccounted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

mod bench;
mod beside;
mod claims;
mod made;
mod matrix;
mod platform;
mod table;

use crate::support::repository::{Case, Repository};
use bench::Bench;
use huntc::internals::fixture::PublishedResult;
use std::collections::BTreeSet;
use table::{Correspondence, published_texts};

/// Every hunt with its table, once for each form that was published; the texts only where they are at hand.
fn every_hunt(mut each: impl FnMut(&Bench<'_>)) {
    let Some(folder) = published_texts() else {
        return;
    };
    let mut repository = Repository::load();
    let cases = repository.cases();
    for case in &cases {
        for table in Correspondence::all(&case.slug) {
            each(&Bench {
                repository: &repository,
                case,
                text: table.published(&folder),
                table: &table,
            });
        }
    }
}

/// A table speaks of the deviations and the columns that its hunt has.
#[test]
fn tables_fit_their_hunts() {
    let mut repository = Repository::load();
    for Case {
        slug,
        hunt,
        fixtures,
        ..
    } in &repository.cases()
    {
        let table = Correspondence::read(slug);
        let recorded: BTreeSet<&str> = hunt
            .deviations
            .iter()
            .map(|one| one.about.value.as_str())
            .collect();
        let mended: BTreeSet<&str> = table.mends.iter().map(|mend| mend.about.as_str()).collect();
        assert_eq!(mended.len(), table.mends.len(), "{slug}: mended twice");
        let unknown: Vec<_> = mended.difference(&recorded).collect();
        assert!(unknown.is_empty(), "{slug}: no deviation {unknown:?}");
        for deviation in &hunt.deviations {
            assert!(
                deviation.fixture.is_none() || mended.contains(deviation.about.value.as_str()),
                "{slug}: nothing undoes `{}`",
                deviation.about.value
            );
        }
        let ours: BTreeSet<&String> = fixtures
            .iter()
            .flat_map(|fixture| {
                fixture
                    .expected
                    .rows()
                    .iter()
                    .flat_map(|row| row.value.keys())
            })
            .collect();
        let pairs = table.columns.iter().map(|pair| &pair.here);
        let spoken: BTreeSet<&String> = pairs.chain(table.here_only.keys()).collect();
        assert_eq!(ours, spoken, "{slug}: columns of ours");
        assert!(
            table
                .to_run
                .iter()
                .all(|about| mended.contains(about.as_str())),
            "{slug}"
        );
    }
}

/// What the fixtures say of the published text is what it gives.
#[test]
fn fixtures_are_right_about_the_published_texts() {
    let (mut held, mut faults) = (0, Vec::new());
    every_hunt(|bench| {
        for fixture in &bench.case.fixtures {
            let Some(published) = &fixture.published else {
                continue;
            };
            let name = format!("{} {}", bench.case.slug, fixture.name);
            let Some(trial) = bench.fixture(fixture) else {
                faults.push(format!("{name}: its rows are of another schema"));
                continue;
            };
            let fails = matches!(published.result, PublishedResult::Fails(_));
            let text = bench.as_published(!fails);
            let answer = bench.run(&trial, bench.state_of(&fixture.name), &text);
            match claims::check(published, answer.as_ref()) {
                Ok(()) => held += 1,
                Err(why) => faults.push(format!("{name}: {why}")),
            }
        }
    });
    println!("{held} claims hold");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Ours reads the codes of the published text, and their names.
#[test]
fn the_codes_of_application_protocols_are_those_published() {
    let mut compared = 0;
    every_hunt(|bench| {
        let pattern = regex::Regex::new(r#"ApplicationProtocol == "(\d+)", "([^"]+)""#).unwrap();
        let published: BTreeSet<(&str, &str)> = pattern
            .captures_iter(&bench.text)
            .map(|found| {
                (
                    found.get(1).unwrap().as_str(),
                    found.get(2).unwrap().as_str(),
                )
            })
            .collect();
        if published.is_empty() {
            return;
        }
        let schema = bench
            .repository
            .library
            .schema(&bench.table.schema, "network_session")
            .unwrap();
        let rows = schema.code_tables["ApplicationProtocol"].rows.iter();
        let ours: BTreeSet<(&str, &str)> =
            rows.map(|(code, name)| (code.as_str(), &**name)).collect();
        compared += ours.len();
        assert_eq!(ours, published);
    });
    println!("{compared} codes are the same");
}

/// With every deviation undone the published text is ours; with all but one it shows that one.
#[test]
fn what_differs_is_recorded_and_what_is_recorded_differs() {
    let mut faults = Vec::new();
    every_hunt(|bench| {
        let matrix = matrix::of(bench, &mut faults);
        let form = match bench.table.product.as_str() {
            "sentinel" => "-for-sentinel",
            _ => "",
        };
        insta::assert_snapshot!(format!("fidelity-{}{form}", bench.case.slug), matrix);
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The same on events made from the hunts' own constants.
#[test]
fn mended_texts_agree_on_made_events() {
    let mut faults = Vec::new();
    every_hunt(|bench| {
        let (mut compared, mut telling) = (0, 0);
        for trial in made::trials(bench) {
            compared += trial.count;
            telling += usize::from(!trial.expected.table.rows.is_empty());
            for state in bench.states_told_apart() {
                let text = bench.text(&trial, &|_| true);
                let fault = match bench.run(&trial, *state, &text) {
                    Ok(answer) => Some(bench.difference(&trial, &answer))
                        .filter(|one| !one.is_none())
                        .map(|one| format!("{one:?}")),
                    Err(refusal) => Some(format!("{refusal:?}")),
                };
                faults.extend(
                    fault.map(|why| format!("{} {} {state:?}: {why}", bench.case.slug, trial.name)),
                );
            }
        }
        println!(
            "{}: {compared} events, {telling} results with rows",
            bench.case.slug
        );
        assert!(
            compared >= made::LEAST,
            "{}: {compared} events",
            bench.case.slug
        );
        assert!(
            telling >= 5,
            "{}: {telling} results with rows",
            bench.case.slug
        );
    });
    let shown: Vec<String> = faults
        .iter()
        .take(6)
        .map(|fault| fault.chars().take(1500).collect())
        .collect();
    assert!(faults.is_empty(), "{}: {}", faults.len(), shown.join("\n"));
}
