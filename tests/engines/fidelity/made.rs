//! Events made for a hunt.
//!
//! In: a hunt's plan and fixtures. Out: batches of events. Promise: the same every time; half of them hold the events of a fixture too, so that results
//! have rows. They end on whole ten minutes, because a platform that sums up knows no less.

use super::bench::{Bench, Trial};
use super::table::Language;
use crate::support::repository::{CLASS, Params};
use huntc::internals::eval::Events;
use huntc::internals::fixture::Fixture;
use huntc::internals::value::{Row, Value};
use huntc::internals::verify::generate::generate;

/// So many events at least are compared for a hunt.
pub const LEAST: usize = 1000;
/// Beginnings of what looks random.
const SEEDS: u64 = 3;
/// 2026-03-02T12:00:00Z
const NOW: i64 = 1_772_452_800_000;

/// What the result of the other is called.
pub const MANY: &str = "more rows than a platform returns unasked";

/// The processes of one that opened sessions to three ports, a thousand times and once, where the platform cuts a result that names no limit.
pub fn many(bench: &Bench<'_>) -> Option<Trial> {
    if bench.table.reader != Language::Esql {
        return None;
    }
    let fixture = bench
        .case
        .fixtures
        .iter()
        .find(|fixture| fixture.name == "three-ports");
    let events = fixture.expect("a fixture with a hit").events_at(NOW)?;
    let at = |name: &str| events.columns.iter().position(|own| own == name);
    let (uid, port) = (at("process.uid")?, at("dst.port")?);
    let base = events.rows.first()?;
    let rows = (0..1001).flat_map(|process| {
        [22, 88, 389].map(|number| {
            let mut row = base.clone();
            row[uid] = Value::text(&format!("process {process}"));
            row[port] = Value::Int(number);
            row
        })
    });
    let all = Events {
        rows: rows.collect(),
        columns: events.columns.clone(),
    };
    let plan = bench.repository.plan(bench.case, &Params::new());
    Some(bench.events(MANY, &plan, NOW, &all))
}

pub fn trials(bench: &Bench<'_>) -> Vec<Trial> {
    let plan = bench.repository.plan(bench.case, &Params::new());
    let class = &bench.repository.library.classes[CLASS];
    let own = |fixture: &&Fixture| fixture.params.is_empty() && fixture.tables.is_empty();
    let bases: Vec<Events> = bench
        .case
        .fixtures
        .iter()
        .filter(own)
        .filter_map(|fixture| fixture.events_at(NOW))
        .collect();
    let mut trials = Vec::new();
    for seed in 1..=SEEDS {
        let made = generate(&plan, class, &bases, NOW, seed, 600).expect("events are made");
        for (at, events) in made.telling.iter().enumerate() {
            let name = format!("batch {} of seed {seed}", at + 1);
            trials.push(bench.events(&name, &plan, NOW, events));
            if let Some(base) = bases.get(trials.len() / 2 % bases.len()) {
                let mixed = both(events, base);
                trials.push(bench.events(&format!("{name} and a fixture"), &plan, NOW, &mixed));
            }
        }
    }
    trials
}

/// The rows of two tables under the columns of both.
fn both(one: &Events, other: &Events) -> Events {
    let mut columns = one.columns.clone();
    columns.extend(
        other
            .columns
            .iter()
            .filter(|name| !one.columns.contains(name))
            .cloned(),
    );
    let rows = |events: &Events| -> Vec<Row> {
        let place = |name: &String| events.columns.iter().position(|own| own == name);
        let places: Vec<_> = columns.iter().map(place).collect();
        let cell = |row: &Row, at: &Option<usize>| at.map_or(Value::Missing, |at| row[at].clone());
        events
            .rows
            .iter()
            .map(|row| places.iter().map(|at| cell(row, at)).collect())
            .collect()
    };
    let all = rows(one).into_iter().chain(rows(other)).collect();
    Events { columns, rows: all }
}
