//! Counts of a rolled-up table, and the events after its end, give what the events give.
//!
//! At every cut on the grain: what lies before is rolled up, what lies after stays events. The evaluator runs the plan over counted rows and over the events;
//! DuckDB and PostgreSQL run the text that reads both tables.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

use crate::support::databases::on_each_database;
use crate::support::repository::{Fitted, Repository};
use crate::support::table::{self, Missing, NativeRow};
use crate::support::{Kind, oracle_or_skip};
use huntc::internals::backend::{Rollup, Target, Tier};
use huntc::internals::eval::{self, compare};
use huntc::internals::plan::Plan;
use huntc::internals::plan::passes::Abilities;
use huntc::internals::plan::passes::rolled;
use huntc::internals::value::order::Key;
use huntc::internals::value::{Row, Table, Value};
use huntc::internals::verify::engine::Engine;
use huntc::internals::verify::interpreters::{Interpreter, Language};
use huntc::internals::verify::{engine_tables, sql};
use std::collections::BTreeMap;

const GRAIN: i64 = 600_000;
const DAY: i64 = 86_400_000;
/// Not on the grain.
const NOW: i64 = 1_772_458_245_678;
const UNTIL: i64 = NOW - NOW % GRAIN;

/// Numbers that look random, the same each time.
struct Rng(u64);

impl Rng {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }
}

/// Rows of ASIM: few ports, so that there are series; steady days, and on the last one a rise for some.
fn events(rng: &mut Rng) -> Vec<NativeRow> {
    let mut rows = Vec::new();
    for day in 0..15 {
        for port in [5800, 5801, 5802, 23, 7001] {
            let rise = if day == 0 && port != 5802 { 40 } else { 0 };
            for _ in 0..rng.below(6) + rise {
                let edge = [0, 1, GRAIN, GRAIN - 1, DAY / 2][rng.below(5)];
                let within = if rng.below(4) == 0 {
                    edge
                } else {
                    i64::try_from(rng.below(86_400_000)).unwrap()
                };
                rows.push(NativeRow::from([
                    (
                        "TimeGenerated".to_owned(),
                        Value::Time(UNTIL - day * DAY - within + GRAIN),
                    ),
                    ("DstPortNumber".to_owned(), Value::Int(port)),
                    (
                        "NetworkProtocol".to_owned(),
                        rng.of(&["TCP", "TCP", "UDP", ""].map(Value::text)),
                    ),
                    (
                        "NetworkDirection".to_owned(),
                        rng.of(&["Inbound", "Outbound", ""].map(Value::text)),
                    ),
                    (
                        "DvcAction".to_owned(),
                        rng.of(&["Allow", "Deny", ""].map(Value::text)),
                    ),
                    (
                        "DstAppName".to_owned(),
                        rng.of(&["vnc", ""].map(Value::text)),
                    ),
                ]));
            }
        }
    }
    rows
}

fn hunt_plan(repository: &mut Repository) -> Plan {
    let cases = repository.cases();
    let case = cases
        .iter()
        .find(|case| case.slug == "port-use-anomaly")
        .unwrap();
    repository.plan(case, &BTreeMap::new())
}

/// A cut on the grain, from before the first window to now.
fn cut(rng: &mut Rng) -> i64 {
    UNTIL - i64::try_from(rng.below(15 * 144 + 1)).unwrap() * GRAIN
}

/// The events before a cut as counts, those from it on as they are with a count of one.
fn counted(events: &Table, cut: i64) -> Table {
    let at = events
        .columns
        .iter()
        .position(|column| column == "time")
        .unwrap();
    let mut columns = events.columns.clone();
    columns.push("events".to_owned());
    let mut counts: BTreeMap<Key, i64> = BTreeMap::new();
    let mut rows: Vec<Row> = Vec::new();
    for row in &events.rows {
        let Value::Time(time) = row[at] else { continue };
        let mut row = row.clone();
        if time < cut {
            row[at] = Value::Time(time - time.rem_euclid(GRAIN));
            *counts.entry(Key(row)).or_default() += 1;
        } else {
            row.push(Value::Int(1));
            rows.push(row);
        }
    }
    rows.extend(counts.into_iter().map(|(Key(mut row), count)| {
        row.push(Value::Int(count));
        row
    }));
    Table { columns, rows }
}

#[test]
fn counts_and_events_give_what_the_events_give() {
    let mut repository = Repository::load();
    let plan = hunt_plan(&mut repository);
    let keeps =
        |field: &str| ["dst.port", "dst.app", "transport", "direction", "action"].contains(&field);
    let of_counts = rolled(&plan, &keeps, GRAIN, "events").unwrap();
    let mut rng = Rng(7);
    let (mut cuts, mut found) = (0, 0);
    for _ in 0..10 {
        let rows = events(&mut rng);
        let schema = repository
            .library
            .schema("asim", "network_session")
            .unwrap();
        let read = repository.read_native(&table::ndjson(&rows), schema, "");
        assert!(read.summary.is_clean(), "{:?}", read.problems);
        let expected = eval::run(&plan, &read.events, UNTIL).unwrap();
        found += expected.table.rows.len();
        for _ in 0..20 {
            let cut = cut(&mut rng);
            let both = counted(&read.events, cut);
            let output = eval::run(&of_counts, &both, UNTIL).unwrap();
            compare::compare(&expected, &output.table)
                .unwrap_or_else(|why| panic!("cut at {cut}: {why}"));
            cuts += 1;
        }
    }
    assert!(cuts == 200 && found > 10, "{cuts} cuts, {found} rows");
}

/// What a table of counts cannot answer is reported, with the reason.
#[test]
fn what_counts_cannot_answer_is_not_asked_of_them() {
    let mut repository = Repository::load();
    let plan = hunt_plan(&mut repository);
    let why = |keeps: &dyn Fn(&str) -> bool, grain: i64| {
        rolled(&plan, keeps, grain, "events").unwrap_err().why
    };
    assert_eq!(
        why(&|field| field != "dst.app", GRAIN),
        "it has no column `dst.app`"
    );
    assert_eq!(
        why(&|_| true, 7 * 3_600_000),
        "a window is not made of whole stretches of its grain"
    );
    let cases = repository.cases();
    let sweep = cases
        .iter()
        .find(|case| case.slug == "sensitive-port-sweep")
        .unwrap();
    let plan = repository.plan(sweep, &BTreeMap::new());
    assert!(rolled(&plan, &|_| true, GRAIN, "events").is_err());
}

/// The rolled-up table, as targets declare it.
fn summary() -> Rollup {
    let columns = [
        "NetworkProtocol",
        "DstPortNumber",
        "DstAppName",
        "NetworkDirection",
        "DvcAction",
    ];
    Rollup {
        table: "summary".to_owned(),
        grain: GRAIN,
        time: "stretch".to_owned(),
        count: "sessions_seen".to_owned(),
        columns: columns
            .iter()
            .map(|name| ((*name).to_owned(), format!("{name}_s")))
            .collect(),
        tail: Vec::new(),
    }
}

fn target(repository: &Repository, kind: Kind) -> Target {
    Target {
        now: Some(NOW),
        rollup: Some(summary()),
        ..repository.target(kind.name(), None, "", "raw_events")
    }
}

fn both_tables(kind: Kind) {
    let cuts = if kind.is_slow() { 4 } else { 60 };
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let mut repository = Repository::load();
    let plan = hunt_plan(&mut repository);
    let schema = repository
        .library
        .schema("asim", "network_session")
        .unwrap();
    let fitted: Fitted = repository
        .fit(&plan, schema, "", &Abilities::default())
        .ok()
        .unwrap();
    let target = target(&repository, kind);
    let text = repository.text(&fitted, &target);
    assert!(
        text.contains("union all"),
        "the summary is not read\n{text}"
    );
    let columns = table::columns_read(&fitted.bound, schema);
    let mut rng = Rng(11);
    let mut found = 0;
    for at in 0..cuts {
        let rows = events(&mut rng);
        let read = repository.read_native(&table::ndjson(&rows), schema, "");
        let expected = eval::run(&fitted.plan, &read.events, UNTIL).unwrap();
        let cut = if at == 0 {
            UNTIL - 15 * DAY
        } else {
            cut(&mut rng)
        };
        // Of events that the summary holds, the database may have lost some: they are not read.
        let left: Vec<NativeRow> = rows
            .iter()
            .filter(|row| !matches!(row["TimeGenerated"], Value::Time(time) if time < cut && at % 2 == 1))
            .cloned()
            .collect();
        table::load(worker, kind, "raw_events", &columns, &left, Missing::Mixed).unwrap();
        let whole = table::engine_table("raw_events", &columns, "", &rows);
        let summary = engine_tables::rolled_up(&whole, "TimeGenerated", &summary(), cut);
        sql::load(worker, kind.profile(), &[summary], Missing::Mixed).expect("the summary loads");
        let answer = sql::answer(worker, kind.profile(), &text)
            .unwrap_or_else(|why| panic!("{why}\n{text}"));
        let folded = table::folded(schema, &plan.class, "");
        let result = table::read_result(&answer, &fitted.bound.outputs, &folded).unwrap();
        compare::compare(&expected, &result)
            .unwrap_or_else(|why| panic!("cut at {cut}: {why}\n{text}"));
        found += result.rows.len();
    }
    assert!(found > cuts / 4, "only {found} rows");
}

on_each_database!(both_tables);

fn interpreted_target(repository: &Repository, language: Language, tail: Vec<Tier>) -> Target {
    let (dialect, version, table) = match language {
        Language::Kql => ("kql", None, "_Im_NetworkSession"),
        Language::Esql => ("esql", Some("9.3"), "sessions"),
    };
    let rollup = Rollup { tail, ..summary() };
    Target {
        now: Some(NOW),
        rollup: Some(rollup),
        ..repository.target(dialect, version, "", table)
    }
}

/// The texts for Sentinel and Elastic, read by the interpreters: equal at every cut, and a row where tiers let too little be read.
#[test]
fn both_tables_in_kql_and_esql() {
    let mut repository = Repository::load();
    let plan = hunt_plan(&mut repository);
    let schema = repository
        .library
        .schema("asim", "network_session")
        .unwrap();
    let fitted: Fitted = repository
        .fit(&plan, schema, "", &Abilities::default())
        .ok()
        .unwrap();
    let mut rng = Rng(13);
    let tier = |above: Option<i64>, read: Option<i64>| Tier { above, read };
    let tiers = vec![tier(Some(1000), Some(2 * DAY)), tier(None, None)];
    let columns = table::columns_read(&fitted.bound, schema);
    let mut found = 0;
    for at in 0..24 {
        let (language, tail) = match at % 2 {
            0 => (Language::Kql, tiers.clone()),
            _ => (Language::Esql, Vec::new()),
        };
        let target = interpreted_target(&repository, language, tail);
        let text = repository.text(&fitted, &target);
        let rows = events(&mut rng);
        let read = repository.read_native(&table::ndjson(&rows), schema, "");
        let expected = eval::run(&fitted.plan, &read.events, UNTIL).unwrap();
        let cut = if at < 2 {
            UNTIL - 15 * DAY
        } else {
            cut(&mut rng)
        };
        let whole = table::engine_table(&target.table, &columns, "", &rows);
        let rolled = engine_tables::rolled_up(&whole, "TimeGenerated", &summary(), cut);
        let mut engine = Interpreter::new(language);
        engine.load(&[whole, rolled]).unwrap();
        let answer = answered(&mut engine, &text, &fitted);
        let folded = table::folded(schema, &plan.class, "");
        let result = table::read_result(&answer, &fitted.bound.outputs, &folded).unwrap();
        huntc::internals::verify::compare::same(
            &expected,
            &result,
            huntc::internals::verify::compare::digits(&plan, &target.dialect),
        )
        .unwrap_or_else(|why| panic!("cut at {cut}: {why}\n{text}"));
        found += expected.table.rows.len();
    }
    assert!(found > 10, "only {found} rows");
    // One tier that reads an hour, and a summary that ended a day before.
    let hour = vec![tier(None, Some(3_600_000))];
    let target = interpreted_target(&repository, Language::Kql, hour);
    let text = repository.text(&fitted, &target);
    let mut engine = Interpreter::new(Language::Kql);
    let rows = events(&mut rng);
    let engine_table = table::engine_table(&target.table, &columns, "", &rows);
    engine.load(&[engine_table]).unwrap();
    let answer = answered(&mut engine, &text, &fitted);
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{text}");
    let said = rows[0][0].as_str().unwrap();
    assert!(
        said.starts_with("not judged: the summary ends at "),
        "{rows:?}"
    );
}

fn answered(engine: &mut Interpreter, text: &str, fitted: &Fitted) -> serde_json::Value {
    let answer = engine.run(text, NOW, &fitted.bound.outputs);
    answer.unwrap_or_else(|why| panic!("{why:?}\n{text}"))
}
