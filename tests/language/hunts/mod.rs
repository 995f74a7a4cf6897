//! The hunts of the repository find in their fixtures what the fixtures expect, and the fixtures notice every small change of a hunt.

// A test stops at the first surprise, in its functions too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod changes;
mod run;

use huntc::internals::fixture::{Given, PublishedResult};
use run::Repository;
use std::collections::BTreeSet;

const HUNTS: [&str; 5] = [
    "rare-application-protocol",
    "rare-outbound-process",
    "sensitive-port-sweep",
    "port-use-anomaly",
    "unusual-process-on-common-port",
];

#[test]
fn every_fixture_holds() {
    let mut repository = Repository::load();
    let mut failures = String::new();
    for slug in HUNTS {
        for ready in repository.hunt(slug).ready {
            for assessed in repository.assessed(&ready) {
                if assessed.difference.is_some() {
                    failures += &repository.difference(&ready, &assessed);
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// A change of a hunt that no fixture notices is a part of the hunt that nothing holds in place.
#[test]
fn every_small_change_of_a_hunt_is_noticed() {
    let mut repository = Repository::load();
    let mut unnoticed = Vec::new();
    let mut made = 0;
    for slug in HUNTS {
        let hunt = repository.hunt(slug);
        for (what, change) in changes::of(&hunt.plan) {
            made += 1;
            let noticed = hunt.ready.iter().any(|ready| {
                let changed = repository.with_plan(ready, &change(&ready.plan));
                let assessed = changed.assess();
                let assessed = assessed.unwrap_or_else(|_| panic!("{slug}: {what}: does not run"));
                assessed.iter().any(|run| run.difference.is_some())
            });
            if !noticed {
                unnoticed.push(format!("{slug}: {what}"));
            }
        }
    }
    assert!(made > 150, "only {made} changes were tried");
    assert!(
        unnoticed.is_empty(),
        "{made} tried, unnoticed:\n{}",
        unnoticed.join("\n")
    );
}

/// Events of fixtures can be told in the columns of every schema that a hunt promises, and mean the same there.
#[test]
fn events_of_fixtures_can_be_told_in_native_columns() {
    let mut repository = Repository::load();
    let (mut told, mut found) = (0, 0);
    let mut faults = String::new();
    for slug in HUNTS {
        let hunt = repository.hunt(slug);
        for fixture in &hunt.fixtures {
            let Given::Events(events) = &fixture.given else {
                continue;
            };
            let plan = repository.plan_of(&hunt, fixture);
            for (schema, product) in repository.forms(&hunt) {
                told += 1;
                let (before, after, lost) =
                    repository.there_and_back(&plan, events, fixture.now, schema, &product);
                if before != after || !lost.is_empty() {
                    faults += &format!(
                        "{slug} {} {} {product} {lost:?}\n  before {:?}\n  after  {:?}\n",
                        fixture.name, schema.name, before.table.rows, after.table.rows
                    );
                }
                found += after.table.rows.len();
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
    assert!(told > 120 && found > 300, "{told} readings, {found} rows");
}

/// A hunt promises the schemas that can hold it, no fewer and no more.
#[test]
fn hunts_promise_the_schemas_that_can_hold_them() {
    let mut repository = Repository::load();
    for slug in HUNTS {
        let hunt = repository.hunt(slug);
        let mut promised: Vec<&str> = hunt
            .hunt
            .portable_to
            .iter()
            .map(|schema| schema.value.as_str())
            .collect();
        promised.sort_unstable();
        assert_eq!(promised, repository.fitting(&hunt), "{slug}");
    }
}

/// A deviation that changes results has a fixture, which says what the published text gives and why.
#[test]
fn deviations_and_fixtures_name_each_other() {
    let mut repository = Repository::load();
    for slug in HUNTS {
        let hunt = repository.hunt(slug);
        let named: BTreeSet<&str> = hunt
            .hunt
            .deviations
            .iter()
            .filter_map(|deviation| deviation.fixture.as_ref())
            .map(|fixture| fixture.value.as_str())
            .collect();
        for name in &named {
            let fixture = hunt.fixtures.iter().find(|fixture| fixture.name == *name);
            let fixture = fixture.unwrap_or_else(|| panic!("{slug}: no fixture {name}"));
            assert!(
                fixture.published.is_some(),
                "{slug}: {name} does not say what the published text gives"
            );
        }
        for fixture in &hunt.fixtures {
            let Some(published) = &fixture.published else {
                continue;
            };
            assert!(
                !matches!(fixture.given, Given::Events(_))
                    || named.contains(fixture.name.as_str())
                    || slug == "sensitive-port-sweep",
                "{slug}: no deviation names {}",
                fixture.name
            );
            if let PublishedResult::RowsAmong { count, of } = &published.result {
                assert!(
                    *count < of.len(),
                    "{slug}: {} leaves nothing open",
                    fixture.name
                );
            }
        }
    }
}

/// What real data show, said once more apart from the fixtures: the program, its ports, nothing else.
#[test]
fn real_rows_show_the_tools_that_were_used() {
    let mut repository = Repository::load();
    let mut shown = |slug: &str, name: &str, column: &str| -> BTreeSet<String> {
        let hunt = repository.hunt(slug);
        let output = &repository.outputs(&hunt, name)[0];
        let at = output
            .table
            .columns
            .iter()
            .position(|name| name == column)
            .unwrap();
        output
            .table
            .rows
            .iter()
            .map(|row| row[at].to_string())
            .collect()
    };
    let set = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<BTreeSet<_>>()
    };
    for form in ["otrf-purplesharp", "otrf-purplesharp-device"] {
        assert_eq!(
            shown("sensitive-port-sweep", form, "process.path"),
            set(&[r"C:\Users\pgustavo\Downloads\PurpleSharp.exe"])
        );
        assert_eq!(
            shown("sensitive-port-sweep", form, "ports"),
            set(&["389, 445, 5985"])
        );
    }
    for (name, programs) in [
        ("otrf-installutil-device", ["InstallUtil.exe"].as_slice()),
        ("otrf-wuauclt", &["notepad.exe"]),
        ("otrf-psremoting", &["powershell.exe"]),
        ("otrf-launcher", &["powershell.exe"]),
        ("otrf-psinject", &["notepad.exe", "powershell.exe"]),
        ("otrf-wmic", &["WMIC.exe"]),
    ] {
        assert_eq!(
            shown("unusual-process-on-common-port", name, "process.name"),
            set(programs),
            "{name}"
        );
    }
}
