//! A hunt for a target on an engine: every case, and what broken texts do.
//!
//! In: cases, a target, an engine. Out: a verdict. Promise: the first few differences are told with the least rows over which they remain; a mutant is caught
//! when its rows differ from those of the evaluator in some case.

use super::engine::{Engine, Failure};
use super::mutate::mutants as broken;
use super::rows::ndjson;
use super::trial::{Case, Trial, same};
use super::{Difference, Least, Mutants, Verdict, shrink};
use crate::config::Configured;
use crate::schema::Library;

/// As many differences of a verdict are made small.
const SHRUNK: usize = 1;

/// Compares every case.
pub(super) fn verdict(
    library: &Library,
    target: &Configured,
    engine: &mut dyn Engine,
    cases: &[Case],
) -> Verdict {
    let mut verdict = Verdict {
        target: target.name.value.clone(),
        engine: engine.name().to_owned(),
        ..Verdict::default()
    };
    for case in cases {
        let trial = match Trial::new(library, target, case) {
            Ok(trial) => trial,
            Err(faults) => {
                let first = faults.first().map(|fault| fault.title.clone());
                verdict.unfit.get_or_insert(first.unwrap_or_default());
                continue;
            }
        };
        // Rows of one schema say nothing of another.
        let Ok(rows) = trial.rows() else { continue };
        match trial.run(engine, &rows) {
            Ok(outcome) => {
                verdict.compared += 1;
                match outcome {
                    Ok(rows) => verdict.telling += usize::from(rows > 0),
                    Err(what) => {
                        let small = verdict.differences.len() < SHRUNK;
                        let least = small.then(|| least(library, target, engine, case, &trial));
                        verdict.differences.push(Difference {
                            case: case.label.clone(),
                            what,
                            least: least.flatten(),
                        });
                    }
                }
            }
            Err(Failure::Absent(why) | Failure::Refused(why)) => {
                verdict.absent = Some(why);
                break;
            }
        }
    }
    verdict
}

fn least(
    library: &Library,
    target: &Configured,
    engine: &mut dyn Engine,
    case: &Case,
    trial: &Trial<'_>,
) -> Option<Least> {
    let rows = shrink::shrink(trial, engine, &trial.rows().ok()?);
    let what = trial.run(engine, &rows).ok()?.err()?;
    Some(Least {
        count: rows.len(),
        what,
        step: shrink::first_step(library, target, engine, case, &rows),
        rows: ndjson(&rows),
    })
}

/// Runs broken texts over the same cases; `None` where the engine went away.
pub(super) fn mutants(
    library: &Library,
    target: &Configured,
    engine: &mut dyn Engine,
    cases: &[Case],
) -> Option<Mutants> {
    let mut told = Mutants::default();
    // By their place in the list of all mutants; the texts of two cases differ in instants and parameters.
    let mut alive: Option<Vec<bool>> = None;
    let mut last = Vec::new();
    // Generated events first: they decide the most.
    let ordered = cases.iter().rev().filter(|case| case.generated);
    for case in ordered.chain(cases.iter().filter(|case| !case.generated)) {
        let Ok(trial) = Trial::new(library, target, case) else {
            continue;
        };
        let Ok(rows) = trial.rows() else { continue };
        let Ok(expected) = trial.expected(&rows) else {
            continue;
        };
        let texts = broken(&trial.text);
        let alive = alive.get_or_insert_with(|| vec![true; texts.len()]);
        if alive.len() != texts.len() {
            continue;
        }
        engine.load(&trial.sheets(&rows)).ok()?;
        for (mutant, alive) in texts.iter().zip(alive).filter(|(_, alive)| **alive) {
            match trial.found(engine, &mutant.text) {
                Ok(found) if same(&expected, &found, engine.digits()).is_ok() => {}
                Ok(_) => {
                    told.caught += 1;
                    *alive = false;
                }
                Err(Failure::Refused(_)) => {
                    told.refused += 1;
                    *alive = false;
                }
                Err(Failure::Absent(_)) => return None,
            }
        }
        if last.is_empty() {
            last = texts;
        }
    }
    let alive = alive.unwrap_or_default();
    let survivors = last.into_iter().zip(alive).filter(|(_, alive)| *alive);
    told.survivors = survivors.map(|(mutant, _)| mutant).collect();
    Some(told)
}
