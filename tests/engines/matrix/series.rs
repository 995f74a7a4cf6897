//! Scored series of many shapes: the same rows, scores and baselines on an engine as in the evaluator, to the last bit.
//!
//! Each hunt is run over both schemas on series of every shape that its measure can hold; `sum(bytes.out)` makes large counts of few rows. Rows stand
//! at both edges of their windows, at `now`, and before the first window. Everything is determined by the seed, which a failure names.

use super::compare::{Account, Trial};
use crate::support::databases::on_each_database;
use crate::support::repository::{Fitted, Repository};
use crate::support::table::{Missing, NativeRow};
use crate::support::{Kind, oracle_or_skip};
use huntc::internals::data::native;
use huntc::internals::pattern::testing::Rng;
use huntc::internals::value::{Row, Table, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The instant of every run.
const NOW: i64 = 1_772_458_245_678;
const HOUR: i64 = 3_600_000;
/// Series of each shape that an engine sees at least.
const EACH: usize = 1_000;

/// A hunt: what is measured, how long and how many the windows are, how it is scored, what is kept.
struct Asked {
    counts: bool,
    every: i64,
    windows: usize,
    anomaly: &'static str,
    then: &'static str,
}

const fn sum(every: i64, windows: usize, anomaly: &'static str, then: &'static str) -> Asked {
    Asked {
        counts: false,
        every,
        windows,
        anomaly,
        then,
    }
}

const fn count(windows: usize, anomaly: &'static str, then: &'static str) -> Asked {
    Asked {
        counts: true,
        every: 24 * HOUR,
        windows,
        anomaly,
        then,
    }
}

/// The last window only, which is another text than all of them.
const LAST: &str = "| where time >= now - 24h";

const HUNTS: [Asked; 8] = [
    sum(24 * HOUR, 14, "", LAST),
    sum(24 * HOUR, 15, "trend average", ""),
    sum(
        24 * HOUR,
        28,
        "trend linefit season 7",
        "| where score != 0.0",
    ),
    sum(
        HOUR,
        48,
        "trend linefit season none",
        "| where time > now - 2h",
    ),
    sum(24 * HOUR, 14, "trend none season 7", ""),
    count(14, "trend linefit", ""),
    count(15, "season 7", "| where time >= now - 24h and score >= 0.0"),
    count(
        28,
        "trend average season none",
        "| where score > 1.5 or score < -1.5",
    ),
];

impl Asked {
    fn text(&self) -> String {
        let measure = match self.counts {
            true => "count()",
            false => "sum(bytes.out)",
        };
        let hours = self.every / HOUR;
        let over = hours * i64::try_from(self.windows).unwrap();
        let query = [
            format!("from network_session within {}h", over + hours),
            format!("| series n = {measure} every {hours}h over {over}h by process.name, dst.port"),
            format!("| anomaly n {} as score, baseline", self.anomaly),
            self.then.to_owned(),
        ];
        let lines = query.iter().filter(|line| !line.is_empty());
        lines.fold(ENVELOPE.to_owned(), |text, line| {
            format!("{text}  {line}\n")
        })
    }

    fn shapes(&self) -> &'static [Shape] {
        match self.counts {
            true => &Shape::ALL[..5],
            false => &Shape::ALL,
        }
    }
}

const ENVELOPE: &str = r"hunt: example
id: 5f0c7a52-93f4-4f6f-8f0d-6b1f2a3c4d5e
version: 1.0.0
name: Series
description: Series of many shapes.
severity: low
author: huntc
query: |
";

/// What the points of a series look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    Rare,
    Weekly,
    FirstSeen,
    Constant,
    Line,
    Frequent,
    Trend,
    Huge,
}

impl Shape {
    /// The first five can be small enough for one row for each that is counted.
    const ALL: [Shape; 8] = [
        Shape::Rare,
        Shape::Weekly,
        Shape::FirstSeen,
        Shape::Constant,
        Shape::Line,
        Shape::Frequent,
        Shape::Trend,
        Shape::Huge,
    ];

    fn points(self, rng: &mut Rng, n: usize, small: bool) -> Vec<i64> {
        let factor = if small { 1 } else { 1 + rng.below(100) };
        let (level, slope) = (1 + rng.below(3 * factor), rng.below(2 * factor));
        let point = |at: usize| match self {
            Shape::Rare => poisson(rng, 2.0),
            Shape::Weekly if at % 7 < 5 => level * 2 + poisson(rng, 1.0),
            Shape::Weekly => poisson(rng, 0.5),
            Shape::FirstSeen => level * usize::from(at + 1 == n),
            Shape::Constant => level,
            Shape::Line if small => level + at / 7 * slope,
            Shape::Line => level + at * slope,
            Shape::Frequent => poisson(rng, 400.0),
            Shape::Trend => level + at * slope + poisson(rng, 5.0),
            Shape::Huge => 1_000_000_000 + rng.below(1_000_000_000),
        };
        (0..n)
            .map(point)
            .map(|value| i64::try_from(value).unwrap())
            .collect()
    }
}

fn poisson(rng: &mut Rng, mean: f64) -> usize {
    let least = (-mean).exp();
    let (mut product, mut number) = (1.0, 0);
    loop {
        product *= f64::from(u32::try_from(rng.below(1 << 30)).unwrap() + 1) / f64::from(1 << 30);
        if product <= least {
            return number;
        }
        number += 1;
    }
}

/// The fields of the events.
const FIELDS: [&str; 5] = ["time", "process.name", "dst.port", "bytes.out", "direction"];

/// Events that make this number of series of each shape; every port is a series.
fn events(asked: &Asked, each: usize, rng: &mut Rng) -> Vec<Row> {
    let mut events = Vec::new();
    let names = ["it's.exe", "a \"b\"", "É.exe", "x"].map(Value::text);
    for (port, shape) in (1..).zip(
        asked
            .shapes()
            .iter()
            .cycle()
            .take(each * asked.shapes().len()),
    ) {
        let name = names.get(rng.below(5)).cloned().unwrap_or(Value::Missing);
        let mut event = |time: i64, amount: Value| {
            let direction = Value::text("outbound");
            events.push(vec![
                Value::Time(time),
                name.clone(),
                Value::Int(port),
                amount,
                direction,
            ]);
        };
        let points = shape.points(rng, asked.windows, asked.counts);
        for (ago, point) in (0..).zip(points.iter().rev()) {
            let amounts = match (asked.counts, *point, rng.below(4)) {
                (true, point, _) => vec![Value::Int(7); usize::try_from(point).unwrap()],
                (false, 0, 0) => vec![Value::Missing, Value::Int(0)],
                (false, 0, _) => Vec::new(),
                (false, point, 0) => vec![Value::Int(point / 3), Value::Int(point - point / 3)],
                (false, point, _) => vec![Value::Int(point)],
            };
            for amount in amounts {
                // A window holds its start and not its end.
                let before = match rng.below(5) {
                    0 => asked.every,
                    1 => 1,
                    _ => 1 + i64::try_from(rng.below(3_600_000)).unwrap(),
                };
                event(NOW - ago * asked.every - before, amount);
            }
        }
        let start = NOW - asked.every * i64::try_from(asked.windows).unwrap();
        for outside in [NOW, start - 1, NOW + 1].into_iter().take(rng.below(8)) {
            event(outside, Value::Int(1_000));
        }
    }
    // A series without a row in its windows does not exist.
    let stray = [
        Value::Time(NOW),
        Value::text("stray"),
        Value::Int(0),
        Value::Int(1),
        Value::text("outbound"),
    ];
    events.push(stray.to_vec());
    events
}

/// The events in the columns of a schema. One event is written as the program writes it, and the others by its pattern, which is much faster.
fn native_rows(repository: &Repository, fitted: &Fitted, events: &[Row]) -> Vec<NativeRow> {
    let fields = FIELDS.map(str::to_owned);
    let pattern = [
        Value::Time(NOW),
        Value::text("name"),
        Value::Int(11_111),
        Value::Int(22_222),
        Value::text("outbound"),
    ];
    let (class, schema, product) = (repository.class(), fitted.schema, &fitted.product);
    let written = native::write(class, &fields, &pattern, schema, product);
    let written = written.expect("the schema holds the event");
    let cells: Vec<(String, Option<usize>, Value)> = written
        .cells
        .into_iter()
        .map(|(name, value)| {
            let field = pattern[..4].iter().position(|mark| *mark == value);
            (name, field, value)
        })
        .collect();
    let fields: BTreeSet<usize> = cells.iter().filter_map(|cell| cell.1).collect();
    assert_eq!(fields.len(), 4, "{cells:?}");
    let row = |event: &Row| -> NativeRow {
        let cell = |(name, field, value): &(String, Option<usize>, Value)| {
            let value = field.map_or(value, |field| &event[field]);
            (name.clone(), value.clone())
        };
        cells.iter().map(cell).collect()
    };
    events.iter().map(row).collect()
}

/// Runs some of the hunts, each with so many series of a shape that `least` are seen of every shape.
fn series_on(kind: Kind, hunts: &[&Asked], least: usize) {
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let mut repository = Repository::load();
    let target = repository.target(kind.name(), None, "", "scored_series");
    let schemas = ["ecs", "asim"];
    let sums = hunts.iter().filter(|asked| !asked.counts).count();
    let each = least.div_ceil(sums * schemas.len());
    let mut account = Account::default();
    let mut seen: BTreeMap<Shape, usize> = BTreeMap::new();
    for (number, asked) in (1..).zip(hunts) {
        let text = asked.text();
        let (_, plan) = repository.understood(&text);
        for (place, name) in (0..).zip(schemas) {
            let schema = repository.library.schema(name, "network_session").unwrap();
            let fitted = repository
                .fit(
                    &plan,
                    schema,
                    "",
                    &target.dialect.abilities(&target.product),
                )
                .unwrap_or_else(|faults| repository.fail(&faults));
            let seed = 10 * number + place;
            // What is counted needs many rows, and is one of several hunts that all have the small shapes.
            let each = if asked.counts { each.div_ceil(3) } else { each };
            let events = events(asked, each, &mut Rng::new(seed));
            asked
                .shapes()
                .iter()
                .for_each(|shape| *seen.entry(*shape).or_default() += each);
            let rows = native_rows(&repository, &fitted, &events);
            let trial = Trial {
                repository: &repository,
                fitted: &fitted,
                kind,
                worker,
                target: &target,
                now: NOW,
            };
            let label = format!("{name} seed {seed}\n{text}");
            let events = Table {
                columns: FIELDS.map(str::to_owned).to_vec(),
                rows: events,
            };
            account.add(&label, trial.run_events(&events, &rows, Missing::Mixed));
        }
    }
    println!("series of each shape: {seen:?}");
    assert_eq!(seen.len(), Shape::ALL.len());
    assert!(seen.values().all(|series| *series >= least), "{seen:?}");
    account.settle(
        &format!("scored series, {}", kind.name()),
        hunts.len() * schemas.len(),
    );
}

fn series(kind: Kind) {
    match kind.is_slow() {
        true => series_on(kind, &[&HUNTS[0], &HUNTS[2], &HUNTS[5]], EACH / 5),
        false => series_on(kind, &HUNTS.each_ref(), EACH),
    }
}

on_each_database!(series);
