//! Random joins with random declared tables: the conditions that are written for a table find the rows that the evaluator joins.
//!
//! A table has one to six rows over few values, so that rows often meet the same event; it may be such that one row can match, that no two can match
//! the same event, or anything. Events are over the same values, other case, and missing. A table that no event of a schema can meet is refused by
//! the compiler; then the evaluator must find nothing either. Everything is determined by the seed, which a failure names.

use super::compare::{Account, Trial};
use crate::support::databases::on_each_database;
use crate::support::repository::{CLASS, Repository};
use crate::support::table::{self, Missing, NativeRow};
use crate::support::{Kind, oracle_or_skip};
use huntc::internals::data::native;
use huntc::internals::diag::Diagnostic;
use huntc::internals::eval;
use huntc::internals::pattern::testing::Rng;
use huntc::internals::plan::passes::specialize;
use huntc::internals::plan::{Catalog, Plan, lower};
use huntc::internals::value::{Row, Value};
use huntc::internals::{hunt, syntax};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const CASES: u64 = 200;
const EVENTS: usize = 60;
const NOW: i64 = 1_772_458_245_678;

/// ECS has no `dst.app`.
const SCHEMAS: [&str; 2] = ["asim", "ecs"];

const ENVELOPE: &str = r#"hunt: example
id: 0a9f3a8e-5d0c-4a2b-9a53-2b6c1d7e8f90
version: 1.0.0
name: Joins
description: A random join.
severity: low
author: huntc
"#;

const COLUMNS: &str = r#"    columns:
      ports:  "set<int>"
      port:   "int"
      apps:   "set<string> or *"
      how:    "set<string> or *"
      user:   "string"
      names:  "set<string>"
      grade:  "string"
      level:  "int"
"#;

const PORTS: [&str; 5] = ["22", "80", "443", "8080", "-1"];
const APPS: [&str; 4] = ["ssh", "SSH", "it's", "100%"];
const HOWS: [&str; 4] = ["tcp", "udp", "TCP", "sctp"];
const USERS: [&str; 4] = ["ann", "Ann", "É", "é"];
const NAMES: [&str; 4] = ["x.exe", "X.EXE", "a\\b", "say \"x\""];
const GRADES: [&str; 3] = ["low", "High", "it's"];

/// Which rows of a table can meet the same event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rows {
    One,
    Disjoint,
    Any,
}

/// A hunt of one join, as text.
fn text(rng: &mut Rng) -> String {
    let rows = [Rows::One, Rows::Disjoint, Rows::Any, Rows::Any][rng.below(4)];
    let mut text = format!("{ENVELOPE}tables:\n  rows:\n    rows:\n");
    for row in distinct_rows(rng, rows) {
        text.push_str(&format!("      - {{ {row} }}\n"));
    }
    text.push_str(COLUMNS);
    text.push_str("query: |\n  from network_session within 24h\n  | join $rows as m on ");
    text.push_str(&tests(rng).join(" and "));
    text.push('\n');
    for condition in conditions(rng) {
        text.push_str(&format!("  | where {condition}\n"));
    }
    let results = [
        "select time, dst.port, user.name, grade = m.grade, level = m.level",
        "select time, dst.port, process.name, port = m.port, listed = m.user",
        "derive next = m.level + 1, both = concat(m.grade, \"-\", m.grade)\n  | select time, dst.port, next, both, listed = m.user",
        "group by grade = m.grade, dst.port { n = count(), most = max(m.level) }",
        "group by grade = m.grade { ports = set(dst.port), n = count(), levels = count_distinct(m.level) }",
        "group { n = count(), levels = sum(m.level), grades = set(m.grade) }",
    ];
    text.push_str(&format!("  | {}\n", results[rng.below(results.len())]));
    text
}

fn distinct_rows(rng: &mut Rng, rows: Rows) -> BTreeSet<String> {
    let count = match rows {
        Rows::One => 1,
        _ => 1 + rng.below(6),
    };
    (0..count)
        .map(|at| {
            let ports = match rows {
                Rows::Disjoint => PORTS[at % PORTS.len()].to_owned(),
                _ => several(rng, &PORTS, false),
            };
            let port = match rows {
                Rows::Disjoint => ports.clone(),
                _ => one(rng, &PORTS),
            };
            let mut cells = vec![
                format!("ports: {}", quoted(&ports)),
                format!("apps: {}", quoted(&several(rng, &APPS, true))),
                format!("how: {}", quoted(&several(rng, &HOWS, true))),
                format!("names: {}", quoted(&several(rng, &NAMES, false))),
                format!("port: {}", quoted(&port)),
            ];
            // A cell of one value may be missing, and then meets nothing.
            if rng.below(4) > 0 {
                cells.push(format!("user: {}", quoted(&one(rng, &USERS))));
            }
            if rng.below(3) > 0 {
                cells.push(format!("grade: {}", quoted(&one(rng, &GRADES))));
            }
            if rng.below(3) > 0 {
                cells.push(format!("level: {}", rng.below(3)));
            }
            cells.join(", ")
        })
        .collect()
}

fn one(rng: &mut Rng, of: &[&str]) -> String {
    of[rng.below(of.len())].to_owned()
}

/// A list of distinct values, sometimes `*`.
fn several(rng: &mut Rng, of: &[&str], wildcard: bool) -> String {
    if wildcard && rng.below(2) == 0 {
        return "*".to_owned();
    }
    let count = 1 + rng.below(3);
    let first = rng.below(of.len());
    // Two spellings that differ in case alone are one element.
    let mut list: Vec<&str> = Vec::new();
    for at in 0..count {
        let next = of[(first + at) % of.len()];
        if !list
            .iter()
            .any(|own| own.to_lowercase() == next.to_lowercase())
        {
            list.push(next);
        }
    }
    list.join(",")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn tests(rng: &mut Rng) -> Vec<&'static str> {
    let narrow = [
        "dst.port in m.ports",
        "dst.port == m.port",
        "m.port == dst.port",
        "process.name in m.names",
        "process.name in~ m.names",
    ];
    let others = [
        "dst.app in m.apps",
        "dst.app in~ m.apps",
        "transport in~ m.how",
        "user.name == m.user",
        "user.name =~ m.user",
        "m.user =~ user.name",
    ];
    let mut tests = vec![narrow[rng.below(narrow.len())]];
    for _ in 0..rng.below(4) {
        let other = match rng.below(5) {
            0 => narrow[rng.below(narrow.len())],
            _ => others[rng.below(others.len())],
        };
        if !tests.contains(&other) {
            tests.insert(rng.below(tests.len() + 1), other);
        }
    }
    tests
}

fn conditions(rng: &mut Rng) -> Vec<&'static str> {
    let all = [
        "m.grade != \"low\"",
        "m.grade == \"High\" or m.level > 0",
        "m.level >= 1",
        "not (m.level >= 1)",
        "m.grade exists",
        "m.level is missing or dst.port > 100",
        "m.grade in~ [\"HIGH\", \"low\"]",
        "m.level == 1 and user.name != \"ann\"",
        "m.user == user.name",
    ];
    (0..[0, 0, 1, 1, 2][rng.below(5)])
        .map(|_| all[rng.below(all.len())])
        .collect()
}

const FIELDS: [&str; 7] = [
    "time",
    "dst.port",
    "dst.app",
    "transport",
    "user.name",
    "process.name",
    "direction",
];

fn event(rng: &mut Rng) -> Row {
    let mut pick = |of: &[&str]| match rng.below(of.len() + 1) {
        at if at < of.len() => Value::text(of[at]),
        _ => Value::Missing,
    };
    let (app, user, name) = (pick(&APPS), pick(&USERS), pick(&NAMES));
    let how = pick(&["tcp", "udp", "icmp"]);
    let port = match pick(&["22", "80", "443", "8080", "9"]) {
        Value::Text(text) => Value::Int(text.parse().unwrap()),
        _ => Value::Missing,
    };
    let time = Value::Time(NOW - i64::try_from(rng.below(86_400_000)).unwrap());
    vec![time, port, app, how, user, name, Value::text("outbound")]
}

/// The plan of a hunt's text.
fn understood(
    repository: &mut Repository,
    path: &Path,
    text: &str,
) -> Result<Plan, Vec<Diagnostic>> {
    std::fs::write(path, text).expect("the folder for tests is writable");
    let hunt = hunt::read(&mut repository.files, path)?;
    let query = syntax::parse(&repository.files, hunt.query)?;
    let catalog = Catalog::library(&repository.library);
    lower(&query, &hunt, &catalog, &Default::default())
}

fn folder(kind: Kind) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("joins")
        .join(kind.name())
        .join("example");
    std::fs::create_dir_all(&folder).expect("the folder for tests is writable");
    folder
}

fn joins(kind: Kind) {
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let mut repository = Repository::load();
    let target = repository.target(kind.name(), None, "", "joined_rows");
    let path = folder(kind).join("hunt.yaml");
    let mut account = Account::default();
    let (mut refused, mut impossible) = (Vec::new(), 0);
    for seed in 1..=CASES {
        let mut rng = Rng::new(seed);
        let text = text(&mut rng);
        let events: Vec<Row> = (0..EVENTS).map(|_| event(&mut rng)).collect();
        let plan = match understood(&mut repository, &path, &text) {
            Ok(plan) => plan,
            Err(faults) => {
                refused.push(format!(
                    "seed {seed}: {}\n{text}",
                    repository.line(&faults[0])
                ));
                continue;
            }
        };
        for name in SCHEMAS {
            let label = format!("{name} seed {seed}\n{text}");
            let schema = repository.library.schema(name, "network_session").unwrap();
            let rows: Vec<NativeRow> = events
                .iter()
                .map(|event| {
                    let fields = FIELDS.map(str::to_owned);
                    let written = native::write(repository.class(), &fields, event, schema, "");
                    written
                        .expect("the schema holds the event")
                        .cells
                        .into_iter()
                        .collect()
                })
                .collect();
            let abilities = target.dialect.abilities(&target.product);
            let fitted = match repository.fit(&plan, schema, "", &abilities) {
                Ok(fitted) => fitted,
                Err(faults) => {
                    let fitted = specialize(&plan, schema, &abilities.lookups);
                    if let Ok(fitted) = fitted {
                        let read = repository.read_native(&table::ndjson(&rows), schema, "");
                        let found = eval::run(&fitted.plan, &read.events, NOW).unwrap().table;
                        // A group without keys has a row whatever comes.
                        let empty = found.rows.is_empty() || text.contains("| group {");
                        assert!(
                            empty,
                            "{label}{}\nis refused, and finds {} rows",
                            repository.line(&faults[0]),
                            found.rows.len()
                        );
                    }
                    impossible += 1;
                    continue;
                }
            };
            assert_eq!(fitted.plan.class, CLASS);
            let trial = Trial {
                repository: &repository,
                fitted: &fitted,
                kind,
                worker,
                target: &target,
                now: NOW,
            };
            account.add(&label, trial.run(&rows, Missing::Mixed));
        }
    }
    println!(
        "{CASES} joins, {} refused, {impossible} fits that no row can meet",
        refused.len()
    );
    refused.iter().take(3).for_each(|why| println!("{why}"));
    let cases = usize::try_from(CASES).unwrap();
    assert!(refused.len() * 10 <= cases, "{} are refused", refused.len());
    account.settle(&format!("random joins, {}", kind.name()), cases);
}

on_each_database!(joins, quick);
