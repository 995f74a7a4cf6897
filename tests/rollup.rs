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

mod support;

use huntc::backend::{Rollup, Target, Tier};
use huntc::eval::{self, compare};
use huntc::interp::{Answer, Sample};
use huntc::plan::bind::Abilities;
use huntc::plan::rollup::rolled;
use huntc::plan::{Plan, Type};
use huntc::schema::ColumnInfo;
use huntc::value::order::Key;
use huntc::value::{Row, Table, Value};
use serde_json::json;
use std::collections::BTreeMap;
use support::repository::{Fitted, Repository};
use support::table::{self, Missing, NativeRow};
use support::{Kind, Worker, oracle_or_skip};

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
        let schema = &repository.library.schemas["asim"];
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

/// What a table of counts cannot answer is told, with the reason.
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

fn target(repository: &Repository, kind: Kind) -> Target {
    let columns = [
        "NetworkProtocol",
        "DstPortNumber",
        "DstAppName",
        "NetworkDirection",
        "DvcAction",
    ];
    Target {
        now: Some(NOW),
        rollup: Some(Rollup {
            table: "summary".to_owned(),
            grain: GRAIN,
            time: "stretch".to_owned(),
            count: "sessions_seen".to_owned(),
            columns: columns
                .iter()
                .map(|name| ((*name).to_owned(), format!("{name}_s")))
                .collect(),
            tail: Vec::new(),
        }),
        ..repository.target(kind.name(), None, "", "raw_events")
    }
}

/// Loads the rolled-up table: the columns of the schema under their other names, the start of a stretch, the count.
fn load_summary(
    worker: &Worker,
    kind: Kind,
    columns: &[&ColumnInfo],
    rows: &[NativeRow],
    cut: i64,
) {
    let mut counts: BTreeMap<Key, i64> = BTreeMap::new();
    for row in rows {
        let Value::Time(time) = row["TimeGenerated"] else {
            panic!("a row without a time")
        };
        if time < cut {
            let start = Value::Time(time - time.rem_euclid(GRAIN));
            let cells = columns.iter().map(|column| {
                row.get(&column.native.name)
                    .cloned()
                    .unwrap_or(Value::Missing)
            });
            *counts
                .entry(Key(std::iter::once(start).chain(cells).collect()))
                .or_default() += 1;
        }
    }
    let timestamp = "timestamp";
    let mut declared = vec![json!(["stretch", timestamp])];
    declared.extend(columns.iter().map(|column| {
        json!([
            format!("{}_s", column.native.name),
            table::engine_type(kind, column)
        ])
    }));
    declared.push(json!(["sessions_seen", "bigint"]));
    let cell = |value: &Value| match value {
        Value::Time(time) => json!({ "t": time }),
        Value::Int(number) => json!(number),
        Value::Text(text) => json!(&**text),
        _ => serde_json::Value::Null,
    };
    let rows: Vec<serde_json::Value> = counts
        .iter()
        .map(|(Key(cells), count)| cells.iter().map(cell).chain([json!(count)]).collect())
        .collect();
    let request = json!({ "table": "summary", "columns": declared, "rows": rows });
    worker.ask(&request).expect("the summary loads");
}

fn both_tables_on(kind: Kind, cuts: usize) {
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let mut repository = Repository::load();
    let plan = hunt_plan(&mut repository);
    let schema = &repository.library.schemas["asim"];
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
    let kept: Vec<&ColumnInfo> = columns
        .iter()
        .copied()
        .filter(|c| c.native.name != "TimeGenerated")
        .collect();
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
        load_summary(worker, kind, &kept, &rows, cut);
        let answer = worker
            .ask(&json!({ "sql": text }))
            .unwrap_or_else(|why| panic!("{why}\n{text}"));
        let folded = table::folded(schema, &plan.class, "");
        let result = table::read_result(&answer, &fitted.bound.outputs, &folded).unwrap();
        compare::compare(&expected, &result)
            .unwrap_or_else(|why| panic!("cut at {cut}: {why}\n{text}"));
        found += result.rows.len();
    }
    assert!(found > cuts / 4, "only {found} rows");
}

#[test]
fn both_tables_on_duckdb() {
    both_tables_on(Kind::Duckdb, 60);
}

#[test]
fn both_tables_on_postgres() {
    both_tables_on(Kind::Postgres, 30);
}

#[test]
fn both_tables_on_spark() {
    both_tables_on(Kind::Spark, 4);
}

/// Rows as a sample of an interpreter; missing text is empty, as Kusto has it.
fn sample(name: &str, columns: &[(&str, &str)], rows: Vec<Vec<serde_json::Value>>) -> Sample {
    Sample {
        name: name.to_owned(),
        columns: columns
            .iter()
            .map(|(name, ty)| ((*name).to_owned(), (*ty).to_owned()))
            .collect(),
        rows,
    }
}

const KEPT: [&str; 5] = [
    "DstPortNumber",
    "NetworkProtocol",
    "NetworkDirection",
    "DvcAction",
    "DstAppName",
];

fn told(row: &NativeRow, column: &str) -> serde_json::Value {
    match &row[column] {
        Value::Time(time) => json!(huntc::value::instant(*time)),
        Value::Int(number) => json!(number),
        Value::Text(text) => json!(&**text),
        _ => json!(""),
    }
}

/// The counts of the stretches before a cut: start, kept columns, count.
fn summary_rows(rows: &[NativeRow], cut: i64) -> Vec<Vec<serde_json::Value>> {
    let mut counts: BTreeMap<String, (Vec<serde_json::Value>, i64)> = BTreeMap::new();
    for row in rows {
        let Value::Time(time) = row["TimeGenerated"] else {
            continue;
        };
        if time < cut {
            let start = json!(huntc::value::instant(time - time.rem_euclid(GRAIN)));
            let cells: Vec<_> = std::iter::once(start)
                .chain(KEPT.iter().map(|column| told(row, column)))
                .collect();
            let key = json!(cells).to_string();
            counts.entry(key).or_insert((cells, 0)).1 += 1;
        }
    }
    counts
        .into_values()
        .map(|(mut cells, count)| {
            cells.push(json!(count));
            cells
        })
        .collect()
}

fn raw_rows(rows: &[NativeRow]) -> Vec<Vec<serde_json::Value>> {
    rows.iter()
        .map(|row| {
            std::iter::once("TimeGenerated")
                .chain(KEPT)
                .map(|column| told(row, column))
                .collect()
        })
        .collect()
}

fn interpreted_target(repository: &Repository, kql: bool, tail: Vec<Tier>) -> Target {
    let columns = KEPT
        .iter()
        .map(|name| ((*name).to_owned(), format!("{name}_s")));
    let (pack, version, table) = if kql {
        ("kql", None, "_Im_NetworkSession")
    } else {
        ("esql", Some("9.3"), "sessions")
    };
    Target {
        now: Some(NOW),
        rollup: Some(Rollup {
            table: "summary".to_owned(),
            grain: GRAIN,
            time: "stretch".to_owned(),
            count: "sessions_seen".to_owned(),
            columns: columns.collect(),
            tail,
        }),
        ..repository.target(pack, version, "", table)
    }
}

/// The texts for Sentinel and Elastic, read by the interpreters: equal at every cut, and a row where tiers let too little be read.
#[test]
fn both_tables_in_kql_and_esql() {
    let mut repository = Repository::load();
    let plan = hunt_plan(&mut repository);
    let schema = &repository.library.schemas["asim"];
    let mut rng = Rng(13);
    let tiers = vec![
        Tier {
            above: Some(1000),
            read: Some(2 * DAY),
        },
        Tier {
            above: None,
            read: None,
        },
    ];
    let mut found = 0;
    for at in 0..24 {
        let kql = at % 2 == 0;
        let target = interpreted_target(
            &repository,
            kql,
            if kql { tiers.clone() } else { Vec::new() },
        );
        let fitted: Fitted = repository
            .fit(&plan, schema, "", &Abilities::default())
            .ok()
            .unwrap();
        let text = repository.text(&fitted, &target);
        let rows = events(&mut rng);
        let read = repository.read_native(&table::ndjson(&rows), schema, "");
        let expected = eval::run(&fitted.plan, &read.events, UNTIL).unwrap();
        let cut = if at < 2 {
            UNTIL - 15 * DAY
        } else {
            cut(&mut rng)
        };
        let (text_word, int, time, count) = if kql {
            ("string", "int", "datetime", "long")
        } else {
            ("keyword", "integer", "date", "long")
        };
        let raw: Vec<(&str, &str)> = std::iter::once(("TimeGenerated", time))
            .chain(KEPT.map(|name| {
                (
                    name,
                    if name == "DstPortNumber" {
                        int
                    } else {
                        text_word
                    },
                )
            }))
            .collect();
        let named: Vec<String> = KEPT.iter().map(|name| format!("{name}_s")).collect();
        let mut rolled: Vec<(&str, &str)> = vec![("stretch", time)];
        rolled.extend(
            named
                .iter()
                .zip(&raw[1..])
                .map(|(name, (_, ty))| (name.as_str(), *ty)),
        );
        rolled.push(("sessions_seen", count));
        let samples = [
            sample(&target.table, &raw, raw_rows(&rows)),
            sample("summary", &rolled, summary_rows(&rows, cut)),
        ];
        let answer = interpreted(kql, &text, &samples);
        let result = as_table(&answer, &fitted);
        compare::compare(&rounded(expected.clone()), &rounded_table(result))
            .unwrap_or_else(|why| panic!("cut at {cut}: {why}\n{text}"));
        found += expected.table.rows.len();
    }
    assert!(found > 10, "only {found} rows");
    // One tier that reads an hour, and a summary that ended a day before.
    let hour = vec![Tier {
        above: None,
        read: Some(3_600_000),
    }];
    let target = interpreted_target(&repository, true, hour);
    let fitted: Fitted = repository
        .fit(&plan, schema, "", &Abilities::default())
        .ok()
        .unwrap();
    let text = repository.text(&fitted, &target);
    let rows = events(&mut rng);
    let raw: Vec<(&str, &str)> = std::iter::once(("TimeGenerated", "datetime"))
        .chain(KEPT.map(|name| {
            (
                name,
                if name == "DstPortNumber" {
                    "int"
                } else {
                    "string"
                },
            )
        }))
        .collect();
    let samples = [sample(&target.table, &raw, raw_rows(&rows))];
    let answer = interpreted(true, &text, &samples);
    assert_eq!(answer.rows.len(), 1, "{text}");
    assert!(
        answer.rows[0][0]
            .as_str()
            .unwrap()
            .starts_with("not judged: the summary ends at "),
        "{:?}",
        answer.rows
    );
}

fn interpreted(kql: bool, text: &str, samples: &[Sample]) -> Answer {
    let answer = if kql {
        let options = huntc::interp::kql::Options {
            now_ms: NOW,
            ..Default::default()
        };
        huntc::interp::kql::run(text, samples, &options)
    } else {
        let options = huntc::interp::esql::Options {
            now_ms: NOW,
            ..Default::default()
        };
        huntc::interp::esql::run(text, samples, &options)
    };
    answer.unwrap_or_else(|refusal| panic!("{} {}\n{text}", refusal.construct, refusal.message))
}

/// The answer as the hunt's own columns; sets of one value are told as the value.
fn as_table(answer: &Answer, fitted: &Fitted) -> Table {
    let cell = |value: &serde_json::Value, ty: &Type| -> Value {
        match (value, ty) {
            (serde_json::Value::Null, Type::Set(_)) => Value::set([]),
            (serde_json::Value::Array(items), Type::Set(_)) => {
                Value::set(items.iter().map(|item| Value::text(item.as_str().unwrap())))
            }
            (single, Type::Set(_)) => Value::set([Value::text(single.as_str().unwrap())]),
            (serde_json::Value::Number(number), Type::Int) => Value::Int(number.as_i64().unwrap()),
            (serde_json::Value::Number(number), Type::Float) => {
                Value::float(number.as_f64().unwrap())
            }
            (serde_json::Value::String(text), _) => Value::text(text),
            _ => Value::Missing,
        }
    };
    Table {
        columns: fitted
            .bound
            .outputs
            .iter()
            .map(|output| output.neutral.clone())
            .collect(),
        rows: answer
            .rows
            .iter()
            .map(|row| {
                row.iter()
                    .zip(&fitted.bound.outputs)
                    .map(|(value, output)| cell(value, &output.ty))
                    .collect()
            })
            .collect(),
    }
}

/// Kusto reckons in doubles: floats to eleven places.
fn rounded_table(mut table: Table) -> Table {
    for cell in table.rows.iter_mut().flatten() {
        if let Value::Float(number) = cell {
            *cell = Value::Float((*number * 1e11).round() / 1e11);
        }
    }
    table
}

fn rounded(output: eval::Output) -> eval::Output {
    eval::Output {
        table: rounded_table(output.table),
        ..output
    }
}
