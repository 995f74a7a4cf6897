//! Times finer than a millisecond, in every type that a time column may have: the evaluator cuts them, and the text must find the same.
//!
//! Each row of each fixture gets copies at the edges of the lookback and of its days, and each time a part of a millisecond on top.

use super::compare::{Account, Trial, fixture_rows};
use crate::support::repository::Repository;
use crate::support::table::{self, Missing, NativeRow};
use crate::support::{Kind, oracle_or_skip};
use huntc::internals::backend::ColumnTypes;
use huntc::internals::eval::compare;
use huntc::internals::plan::{StepKind, Type};
use huntc::internals::value::Value;
use huntc::internals::verify::rows::{EngineColumn, load_request};
use serde_json::{Value as Json, json};

const DAY: i64 = 86_400_000;

/// Parts of a millisecond, in nanoseconds.
const PARTS: [i64; 7] = [0, 400_000, 600_000, 999_000, 500_000, 999_999, 1];

#[test]
fn duckdb_timestamp() {
    finer(
        Kind::DUCKDB,
        None,
        usize::MAX,
        "{time} + to_microseconds({part} // 1000)",
    );
}

#[test]
fn duckdb_timestamp_ns() {
    finer(
        Kind::DUCKDB,
        None,
        8,
        "make_timestamp_ns(epoch_ns({time}) + {part})",
    );
}

#[test]
fn duckdb_timestamptz() {
    finer(
        Kind::DUCKDB,
        Some("timestamptz"),
        8,
        "{time} + to_microseconds({part} // 1000)",
    );
}

#[test]
fn postgres_timestamp() {
    finer(
        Kind::POSTGRES,
        None,
        8,
        "{time} + {part} / 1000 * interval '1 microsecond'",
    );
}

#[test]
fn postgres_timestamptz() {
    finer(
        Kind::POSTGRES,
        Some("timestamptz"),
        8,
        "{time} + {part} / 1000 * interval '1 microsecond'",
    );
}

#[test]
fn clickhouse_datetime64_of_nanoseconds() {
    finer(Kind::CLICKHOUSE, None, 8, "addNanoseconds({time}, {part})");
}

/// What counts by windows of the clock: a nanosecond before a window's end is in that window.
#[test]
fn duckdb_windows_of_nanoseconds() {
    let Some(worker) = oracle_or_skip(Kind::DUCKDB) else {
        return;
    };
    let mut repository = Repository::load();
    let cases = repository.cases();
    let time = Some("timestamp_ns");
    let types = ColumnTypes {
        time,
        ..ColumnTypes::default()
    };
    let target = repository.target_over("duckdb", None, "", "nanoseconds", types);
    let mut account = Account::default();
    for steps in
        ["group by hour = bin(time, 1h), day = bin(time, 1d) { n = count(), first = min(time) }"]
    {
        let text = format!(
            "hunt: example\nid: 5f0c7a52-93f4-4f6f-8f0d-6b1f2a3c4d5e\nversion: 1.0.0\nname: N\ndescription: D\nseverity: low\nauthor: huntc\n\
             query: |\n  from network_session within 30d | {steps}\n"
        );
        let (_, plan) = repository.understood(&text);
        let schema = repository.library.schema("ecs", "network_session").unwrap();
        let fitted = repository
            .fit(
                &plan,
                schema,
                "",
                &target.dialect.abilities(&target.product),
            )
            .unwrap_or_else(|faults| repository.fail(&faults));
        for fixture in cases.iter().flat_map(|case| &case.fixtures).take(30) {
            let rows = fixture_rows(&repository, fixture, &fitted);
            if rows.is_empty() {
                continue;
            }
            let rows = at_edges(&rows, &fitted.bound.time.name, fixture.now, 30 * DAY);
            let trial = Trial {
                repository: &repository,
                fitted: &fitted,
                kind: Kind::DUCKDB,
                worker,
                target: &target,
                now: fixture.now,
            };
            let form = "make_timestamp_ns(epoch_ns({time}) + {part})";
            let label = format!("{steps} {}", fixture.name);
            account.add(&label, compared(&trial, &rows, time, form));
        }
    }
    account.settle("windows of nanoseconds", 20);
}

/// `form` adds a part of a millisecond to a time; `most` fixtures of each hunt.
fn finer(kind: Kind, time: Option<&str>, most: usize, form: &str) {
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let name = std::thread::current().name().unwrap().replace("::", "_");
    let mut repository = Repository::load();
    let cases = repository.cases();
    let target = {
        let types = ColumnTypes {
            time,
            ..ColumnTypes::default()
        };
        repository.target_over(kind.name(), None, "", &name, types)
    };
    let mut account = Account::default();
    for case in &cases {
        let fixtures = case.fixtures.iter().filter(|f| f.params.is_empty());
        for fixture in fixtures.take(most) {
            let plan = repository.plan(case, &Default::default());
            let Some(StepKind::From {
                within: Some(within),
                ..
            }) = plan.steps.first().map(|step| &step.kind)
            else {
                continue;
            };
            for fitted in repository.fits(case, &plan, &target.dialect.abilities(&target.product)) {
                let rows = fixture_rows(&repository, fixture, &fitted);
                if rows.is_empty() {
                    continue;
                }
                let rows = at_edges(&rows, &fitted.bound.time.name, fixture.now, *within);
                let trial = Trial {
                    repository: &repository,
                    fitted: &fitted,
                    kind,
                    worker,
                    target: &target,
                    now: fixture.now,
                };
                let label = format!("{} {} {}", case.slug, fitted.schema.name, fixture.name);
                account.add(&label, compared(&trial, &rows, time, form));
            }
        }
    }
    account.settle(&name, 60);
}

fn compared(
    trial: &Trial,
    rows: &[NativeRow],
    time: Option<&str>,
    form: &str,
) -> Result<usize, String> {
    let profile = trial.kind.profile();
    let expected = trial.expected(rows)?;
    let text = trial.text(Some(trial.now));
    let fitted = trial.fitted;
    let columns = table::columns_read(&fitted.bound, fitted.schema);
    let mut engine_table =
        table::engine_table("whole_milliseconds", &columns, &fitted.product, rows);
    engine_table.columns = engine_table
        .columns
        .into_iter()
        .map(|c| c.with_time(time))
        .collect();
    let cells = engine_table.columns.iter().map(|column| {
        let quoted = format!("\"{}\"", column.name.replace('"', "\"\""));
        match column.ty {
            Type::Time => {
                let finer = form.replace("{time}", &quoted).replace("{part}", "part_ns");
                format!("{finer} as {quoted}")
            }
            _ => quoted,
        }
    });
    let cells: Vec<String> = cells.collect();
    engine_table.columns.push(EngineColumn {
        name: "part_ns".to_owned(),
        native_type: "long".to_owned(),
        ty: Type::Int,
        multi: false,
    });
    for (place, row) in engine_table.rows.iter_mut().enumerate() {
        let part = PARTS[place % PARTS.len()];
        row.insert("part_ns".to_owned(), Value::Int(part));
    }
    let name = &trial.target.table;
    // A table of ClickHouse takes lists with a dot in their names for one nested structure.
    let (temporary, what) = match trial.kind {
        Kind::CLICKHOUSE => ("", "view"),
        _ => ("temporary ", "table"),
    };
    let request = json!({
        "tables": [load_request(profile, &engine_table, Missing::Null)],
        "setup": [
            // A zone with summer time, far from UTC.
            profile.far_zone.replace("Asia/Tokyo", "America/New_York"),
            format!("drop {what} if exists {name}"),
            format!("create {temporary}{what} {name} as select {} from whole_milliseconds", cells.join(", ")),
        ],
        "sql": text,
    });
    let told = |why: String| format!("{why}\n{text}");
    let mut answer = trial.worker.ask(&request).map_err(told)?;
    cut(&mut answer);
    let folded = table::folded(fitted.schema, &fitted.plan.class, &fitted.product);
    let found = table::read_result(&answer, &fitted.bound.outputs, &folded).map_err(told)?;
    compare::compare(&expected, &found).map_err(|difference| told(difference.to_string()))?;
    Ok(found.rows.len())
}

/// Results in whole milliseconds, as the evaluator gives them.
fn cut(answer: &mut Json) {
    match answer {
        Json::Array(all) => all.iter_mut().for_each(cut),
        Json::Object(fields) => {
            fields.remove("us");
            fields.values_mut().for_each(cut);
        }
        _ => {}
    }
}

/// The rows, and a copy of each on one of the edges of the lookback, of its days and of now.
fn at_edges(rows: &[NativeRow], time: &str, now: i64, within: i64) -> Vec<NativeRow> {
    let edges = [
        now,
        now - 1,
        now + 1,
        now - within,
        now - within - 1,
        now - DAY,
        now - DAY - 1,
        now - DAY + 1,
        now - 2 * DAY,
        now - 2 * DAY - 1,
        now - now.rem_euclid(DAY) - 1,
    ];
    let mut all: Vec<NativeRow> = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        for edge in [
            edges[place % edges.len()],
            edges[(place / 2 + 5) % edges.len()],
        ] {
            let mut row = row.clone();
            row.insert(time.to_owned(), Value::Time(edge));
            all.push(row);
        }
        all.push(row.clone());
    }
    all
}
