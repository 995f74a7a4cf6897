//! A hunt for a target on an engine: every case, and what broken texts do.
//!
//! In: cases, a target, an engine. Out: a verdict. Guarantee: the first few differences are reported with the least rows over which they remain; a mutant is
//! caught when its rows differ from those of the evaluator in some case.

use super::engine::{Engine, Failure};
use super::equivalent::Equivalent;
use super::mutate::{Mutant, mutants as broken};
use super::rows::{EngineTable, NativeRow, ndjson};
use super::trial::{Case, Kind, Trial};
use super::{Difference, Least, Mutants, Verdict, shrink};
use crate::config::Configured;
use crate::diag::Diagnostic;
use crate::eval::Output;
use crate::schema::Library;

/// As many differences of a verdict are made small.
const SHRUNK: usize = 1;

/// A case for a target, with everything that does not depend on the text.
struct Asked<'a> {
    case: &'a Case,
    trial: Trial<'a>,
    rows: Vec<NativeRow>,
    /// The tables, once for each end of a rolled-up table that is tried: all of them for fixtures, which may say what only one of them shows.
    engine_tables: Vec<Vec<EngineTable>>,
    expected: Result<Output, String>,
}

/// Compares every case; then, where it is known which breaks make no difference and nothing differs, sees whether broken texts are noticed.
pub(super) fn verdict(
    library: &Library,
    target: &Configured,
    engine: &mut dyn Engine,
    cases: &[Case],
    equivalent: Option<&[Equivalent]>,
) -> Verdict {
    let mut verdict = Verdict {
        target: target.name.value.clone(),
        engine: engine.name().to_owned(),
        ..Verdict::default()
    };
    let mut all = Vec::new();
    for case in cases {
        match asked(library, target, case) {
            Ok(Some(asked)) => all.push(asked),
            // Rows of one schema say nothing of another.
            Ok(None) => {}
            Err(faults) => {
                let first = faults.first().map(|fault| fault.title.clone());
                // Another case may do: tables and parameters differ.
                verdict.unfit.get_or_insert(first.unwrap_or_default());
            }
        }
    }
    for asked in &all {
        let outcome = match &asked.expected {
            Ok(expected) => asked.compare(engine, expected),
            Err(why) => Ok(Err(format!("the evaluator fails: {why}"))),
        };
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(Failure::Lost(why)) => {
                verdict.lost = true;
                verdict.absent = Some(why);
                break;
            }
            Err(Failure::Absent(why) | Failure::Refused(why) | Failure::Malformed(why)) => {
                verdict.absent = Some(why);
                break;
            }
        };
        verdict.compared += 1;
        match outcome {
            Ok(rows) => verdict.telling += usize::from(rows > 0),
            Err(what) => {
                let small = verdict.differences.len() < SHRUNK;
                let least = small.then(|| least(library, target, engine, asked));
                verdict.differences.push(Difference {
                    case: asked.case.label.clone(),
                    what,
                    least: least.flatten(),
                });
            }
        }
    }
    if let Some(equivalent) = equivalent
        && verdict.compared > 0
        && verdict.differences.is_empty()
    {
        verdict.mutants = mutants(engine, &all, equivalent, &verdict.target);
    }
    verdict
}

impl Asked<'_> {
    /// Compares over the tables of each end; the first difference is reported.
    fn compare(
        &self,
        engine: &mut dyn Engine,
        expected: &Output,
    ) -> Result<Result<usize, String>, Failure> {
        let mut outcome = Ok(0);
        for engine_tables in &self.engine_tables {
            outcome = self.trial.compare(engine, engine_tables, expected)?;
            if outcome.is_err() {
                break;
            }
        }
        Ok(outcome)
    }
}

/// `None` where the case has nothing for the target.
fn asked<'a>(
    library: &'a Library,
    target: &Configured,
    case: &'a Case,
) -> Result<Option<Asked<'a>>, Vec<Diagnostic>> {
    let trial = Trial::new(library, target, case)?;
    let Ok(rows) = trial.rows() else {
        return Ok(None);
    };
    Ok(Some(Asked {
        case,
        engine_tables: match case.kind {
            Kind::Fixture => (0..trial.ends())
                .map(|end| trial.engine_tables_ending(&rows, end))
                .collect(),
            _ => vec![trial.engine_tables(&rows)],
        },
        expected: trial.expected(&rows),
        trial,
        rows,
    }))
}

fn least(
    library: &Library,
    target: &Configured,
    engine: &mut dyn Engine,
    asked: &Asked<'_>,
) -> Option<Least> {
    let rows = shrink::shrink(&asked.trial, engine, &asked.rows);
    let what = asked.trial.run(engine, &rows).ok()?.err()?;
    Some(Least {
        count: rows.len(),
        what,
        step: shrink::first_step(library, target, engine, asked.case, &rows),
        rows: ndjson(&rows),
    })
}

/// Runs broken texts over the same cases; `None` where the engine went away.
fn mutants(
    engine: &mut dyn Engine,
    all: &[Asked<'_>],
    equivalent: &[Equivalent],
    target: &str,
) -> Option<Mutants> {
    let mut told = Mutants::default();
    // By their place in the list of all mutants; the texts of two cases differ in instants and parameters. Where a fixture has rows of its own in place of
    // those of a table that is written out, its text has other mutants: those of most cases are tried.
    let mut alive: Option<Vec<bool>> = None;
    let mut last = Vec::new();
    // Events that decide the most first, many last.
    let of = |kind: Kind| all.iter().filter(move |asked| asked.case.kind == kind);
    let ordered = of(Kind::Telling)
        .chain(of(Kind::Fixture))
        .chain(of(Kind::Many));
    let wanted = most_common(ordered.clone().map(|asked| broken(&asked.trial.text).len()));
    for asked in ordered {
        let Ok(expected) = &asked.expected else {
            continue;
        };
        let texts = broken(&asked.trial.text);
        if Some(texts.len()) != wanted {
            continue;
        }
        let alive = alive.get_or_insert_with(|| vec![true; texts.len()]);
        for engine_tables in &asked.engine_tables {
            engine.load(engine_tables).ok()?;
            for (mutant, alive) in texts.iter().zip(&mut *alive).filter(|(_, alive)| **alive) {
                match asked.trial.found(engine, &mutant.text) {
                    Ok(found) if asked.trial.same(expected, &found).is_ok() => {}
                    Ok(_) | Err(Failure::Malformed(_)) => {
                        told.caught += 1;
                        *alive = false;
                    }
                    Err(Failure::Refused(_)) => {
                        told.refused += 1;
                        *alive = false;
                    }
                    Err(Failure::Absent(_) | Failure::Lost(_)) => return None,
                }
            }
        }
        if last.is_empty() {
            last = texts;
        }
    }
    let alive = alive.unwrap_or_default();
    let survivors = last.into_iter().zip(alive).filter(|(_, alive)| *alive);
    told.survivors = survivors
        .map(|(mutant, _)| {
            let known = equivalent.iter().find(|known| known.is(&mutant, target));
            Mutant {
                why: known.map(|known| known.why.clone()),
                ..mutant
            }
        })
        .collect();
    Some(told)
}

/// The number that occurs most, the first of equals.
fn most_common(numbers: impl Iterator<Item = usize>) -> Option<usize> {
    let mut counts: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match counts.iter_mut().find(|(known, _)| *known == number) {
            Some((_, count)) => *count += 1,
            None => counts.push((number, 1)),
        }
    }
    // `max_by_key` gives the last of equals.
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.map(|(number, _)| *number)
}
