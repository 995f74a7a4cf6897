//! The text as it is delivered, with the engine's own clock: windows and `now` mean what the literal forms mean.

use super::compare::{Account, Trial, fixture_rows};
use crate::support::databases::on_each_database;
use crate::support::repository::Repository;
use crate::support::table::{Missing, NativeRow};
use crate::support::{Kind, oracle_or_skip};
use huntc::internals::plan::StepKind;
use huntc::internals::value::Value;
use std::time::{SystemTime, UNIX_EPOCH};

/// A margin that no run exceeds.
const MINUTES: i64 = 20 * 60_000;

fn the_clock(kind: Kind) {
    // The number of fixtures of each hunt, and the least number of comparisons.
    let (most, least) = match kind.is_slow() {
        true => (2, 20),
        false => (usize::MAX, 100),
    };
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let mut repository = Repository::load();
    let cases = repository.cases();
    let target = repository.target(kind.name(), None, "", "clocked");
    let mut account = Account::default();
    for case in &cases {
        let plan = repository.plan(case, &Default::default());
        let Some(StepKind::From {
            within: Some(within),
            ..
        }) = plan.steps.first().map(|step| &step.kind)
        else {
            continue;
        };
        for fitted in repository.fits(case, &plan, &target.dialect.abilities(&target.product)) {
            for (shift, fixture) in case
                .fixtures
                .iter()
                .filter(|fixture| fixture.params.is_empty())
                .take(most)
                .enumerate()
            {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
                let now = i64::try_from(now.as_millis()).unwrap();
                let rows = fixture_rows(&repository, fixture, &fitted);
                if rows.is_empty() {
                    continue;
                }
                let rows = stamped(&rows, &fitted.bound.time.name, now, *within, shift);
                let trial = Trial {
                    repository: &repository,
                    fitted: &fitted,
                    kind,
                    worker,
                    target: &target,
                    now,
                };
                let label = format!("{} {} {}", case.slug, fitted.schema.name, fixture.name);
                account.add(
                    &label,
                    trial.run_text(&trial.text(None), &rows, Missing::Null),
                );
            }
        }
    }
    account.settle(&format!("{} with its clock", kind.name()), least);
}

/// Each row once where it stands in the window, well within its edges, and a copy before or after the window.
fn stamped(rows: &[NativeRow], time: &str, now: i64, within: i64, shift: usize) -> Vec<NativeRow> {
    let count = i64::try_from(rows.len()).unwrap().max(1);
    let step = (within - 2 * MINUTES) / count;
    let mut all = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let at = i64::try_from(place).unwrap();
        let inside = now - within + MINUTES + step * at;
        let outside = [now - within - MINUTES, now + MINUTES, now + within][(place + shift) % 3];
        for instant in [inside, outside] {
            let mut row = row.clone();
            row.insert(time.to_owned(), Value::Time(instant));
            all.push(row);
        }
    }
    all
}

on_each_database!(the_clock);
