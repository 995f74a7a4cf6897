//! The report for a terminal.
//!
//! In: a report. Out: text: hunts across, targets down, then each difference. Guarantee: a cell is never empty: equal, differing, not for the target or not run.

use super::{Least, Report, Verdict};
use crate::source::Files;

/// The matrix.
#[must_use]
pub(crate) fn matrix(report: &Report) -> String {
    let mut text = String::new();
    for (at, hunt) in report.hunts.iter().enumerate() {
        let conditions = hunt.coverage.conditions.len();
        let generated = match hunt.generated {
            0 => "no generated events".to_owned(),
            made => format!(
                "{made} generated events, {} of {conditions} conditions decided",
                hunt.coverage.covered()
            ),
        };
        text.push_str(&format!(
            "{:>3}  {}: {} fixtures, {generated}\n",
            at + 1,
            hunt.slug,
            hunt.fixtures
        ));
    }
    let mut table = vec![header(report)];
    let mut lines: Vec<(&str, &str)> = Vec::new();
    for verdict in report.verdicts() {
        let line = (verdict.target.as_str(), verdict.engine.as_str());
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    for (target, engine) in lines {
        let mut row = vec![target.to_owned(), engine.to_owned()];
        row.extend(report.hunts.iter().map(|hunt| {
            let found = hunt
                .cells
                .iter()
                .find(|verdict| verdict.target == target && verdict.engine == engine);
            found.map_or_else(|| "-".to_owned(), cell)
        }));
        table.push(row);
    }
    text.push('\n');
    text.push_str(&laid_out(&table));
    text
}

fn header(report: &Report) -> Vec<String> {
    let mut header = vec!["target".to_owned(), "engine".to_owned()];
    header.extend((1..=report.hunts.len()).map(|at| at.to_string()));
    header
}

/// What came of it, in a word or two.
#[must_use]
pub(crate) fn word(verdict: &Verdict) -> &'static str {
    match (&verdict.absent, verdict.compared) {
        (Some(_), _) if verdict.lost => "lost",
        (Some(_), _) => "not run",
        (None, 0) if verdict.unfit.is_some() => "not for it",
        (None, 0) => "no data",
        (None, _) if verdict.differences.is_empty() => "equal",
        (None, _) => "differs",
    }
}

/// One cell: `12 equal`, `2 equal, no rows`, `2 of 12 differ`, `not for it`, `not run`, `lost`.
#[must_use]
pub(crate) fn cell(verdict: &Verdict) -> String {
    let (compared, different) = (verdict.compared, verdict.differences.len());
    match word(verdict) {
        // Nothing was shown: neither the text nor the evaluator returned a row.
        "equal" if verdict.telling == 0 => format!("{compared} equal, no rows"),
        "equal" => format!("{compared} equal"),
        "differs" => format!("{different} of {compared} differ"),
        word => word.to_owned(),
    }
}

/// What became of broken texts.
#[must_use]
pub(crate) fn mutants(report: &Report) -> String {
    let hunts = report.hunts.iter();
    let told = hunts.flat_map(|hunt| {
        let cells = hunt.cells.iter();
        cells.filter_map(|verdict| broken(&hunt.slug, verdict))
    });
    told.map(|told| format!("\n{told}")).collect()
}

/// What became of the broken texts of one hunt for one target, if any was tried.
#[must_use]
pub(crate) fn broken(hunt: &str, verdict: &Verdict) -> Option<String> {
    let mutants = verdict.mutants.as_ref()?;
    let equivalent = mutants.survivors.iter().filter(|one| one.why.is_some());
    let mut text = format!(
        "broken on purpose: {hunt} for {}: {} of {} noticed, {} cannot be, {} refused by the engine\n",
        verdict.target,
        mutants.caught,
        mutants.caught + mutants.survivors.len(),
        equivalent.count(),
        mutants.refused
    );
    for mutant in &mutants.survivors {
        let becomes = match mutant.becomes.as_str() {
            "" => "nothing",
            line => line,
        };
        text.push_str(&format!(
            "  line {}: {}\n    became: {becomes}\n",
            mutant.number, mutant.line
        ));
        if let Some(why) = &mutant.why {
            text.push_str(&format!("    which no events can show: {why}\n"));
        }
    }
    Some(text)
}

/// What differs, and which engines were not there.
#[must_use]
pub fn details(report: &Report, files: &Files) -> String {
    let mut text = String::new();
    for hunt in &report.hunts {
        for verdict in &hunt.cells {
            for difference in &verdict.differences {
                let least = difference.least.as_ref();
                let what = least.map_or(&difference.what, |least| &least.what);
                text.push_str(&format!(
                    "\n== {} for {} on {}, {}\n{}\n",
                    hunt.slug,
                    verdict.target,
                    verdict.engine,
                    difference.case,
                    what.trim_end()
                ));
                if let Some(least) = least {
                    text.push_str(&smallest(least, files));
                }
            }
        }
    }
    for (engine, why) in absent(report) {
        let word = match is_lost(report, &engine) {
            true => "engine lost",
            false => "not run",
        };
        text.push_str(&format!("\n{word}: {engine}: {why}\n"));
    }
    text
}

/// The least rows of a difference, and the step where it begins.
fn smallest(least: &Least, files: &Files) -> String {
    let mut text = format!("over {} of its rows:\n{}", least.count, least.rows);
    if let Some(step) = least.step {
        let at = files.position(step);
        let path = files.path(step.file).display();
        text.push_str(&format!(
            "the number of rows differs from {path}:{}:{} on: {}\n",
            at.line,
            at.column,
            files.slice(step).lines().next().unwrap_or_default()
        ));
    }
    text
}

/// Engines that were not there, each once, and why.
#[must_use]
pub fn absent(report: &Report) -> Vec<(String, String)> {
    let mut absent: Vec<(String, String)> = Vec::new();
    for verdict in report.verdicts() {
        if let Some(why) = &verdict.absent
            && !absent.iter().any(|(engine, _)| *engine == verdict.engine)
        {
            absent.push((verdict.engine.clone(), why.clone()));
        }
    }
    absent
}

/// Whether an engine was there, and ended or fell silent.
#[must_use]
pub(crate) fn is_lost(report: &Report, engine: &str) -> bool {
    report
        .verdicts()
        .any(|verdict| verdict.lost && verdict.engine == engine)
}

fn laid_out(table: &[Vec<String>]) -> String {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| {
        let cells = table.iter().filter_map(|row| row.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let line: String = cells
            .map(|(cell, width)| format!("{cell:<width$}  "))
            .collect();
        format!("{}\n", line.trim_end())
    };
    table.iter().map(line).collect()
}
