//! The matrix of the page.
//!
//! In: a report. Out: hunts across, targets down, grouped by engine, and the reason of each cell in which nothing was compared. Guarantee: a cell is never
//! empty, and one in which nothing was compared looks like no other; a target that no engine was asked about has its row too.

use super::count;
use crate::verify::matrix::{cell, word};
use crate::verify::{Report, Verdict};
use serde::Serialize;

/// The matrix.
#[derive(Debug, Serialize)]
pub(super) struct Matrix {
    hunts: Vec<String>,
    groups: Vec<Group>,
    reasons: Vec<Reason>,
}

/// The targets of an engine.
#[derive(Debug, Serialize)]
struct Group {
    engine: String,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    target: String,
    cells: Vec<Cell>,
}

#[derive(Debug, Serialize)]
struct Cell {
    /// `equal`, `thin`, `differs`, `unfit` or `absent`; the class of the cell.
    state: &'static str,
    sign: &'static str,
    text: String,
    detail: String,
    /// Whether broken texts went unnoticed, and how many were noticed.
    mutants: Option<(bool, String)>,
    /// The number of the hunt whose counterexamples these are.
    hunt: Option<usize>,
    /// The number of its reason.
    reason: Option<usize>,
}

/// Why nothing was compared.
#[derive(Debug, PartialEq, Serialize)]
struct Reason {
    word: &'static str,
    why: String,
}

pub(super) fn matrix(report: &Report) -> Matrix {
    let mut reasons = Vec::new();
    let mut groups: Vec<Group> = Vec::new();
    let mut lines: Vec<(&str, &str)> = Vec::new();
    for verdict in report.verdicts() {
        let line = (verdict.engine.as_str(), verdict.target.as_str());
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    for (engine, target) in &lines {
        let cells = report.hunts.iter().enumerate().map(|(at, hunt)| {
            let mut own = hunt.cells.iter();
            let found = own.find(|one| one.target == *target && one.engine == *engine);
            found.map_or_else(not_asked, |verdict| told(verdict, at + 1, &mut reasons))
        });
        add(&mut groups, engine, target, cells.collect());
    }
    // Targets that none of the engines asked for reads.
    let texts = report.hunts.iter().flat_map(|hunt| &hunt.texts.targets);
    for text in texts {
        let is_new = |groups: &[Group]| {
            let mut rows = groups.iter().flat_map(|group| &group.rows);
            !rows.any(|row| row.target == text.target)
        };
        if is_new(&groups) {
            let cells = report.hunts.iter().map(|_| not_asked());
            add(&mut groups, "no engine", &text.target, cells.collect());
        }
    }
    Matrix {
        hunts: report.hunts.iter().map(|hunt| hunt.slug.clone()).collect(),
        groups,
        reasons,
    }
}

fn add(groups: &mut Vec<Group>, engine: &str, target: &str, cells: Vec<Cell>) {
    let row = Row {
        target: target.to_owned(),
        cells,
    };
    match groups.iter_mut().find(|group| group.engine == engine) {
        Some(group) => group.rows.push(row),
        None => groups.push(Group {
            engine: engine.to_owned(),
            rows: vec![row],
        }),
    }
}

fn not_asked() -> Cell {
    Cell {
        state: "absent",
        sign: "·",
        text: "not asked".to_owned(),
        detail: String::new(),
        mutants: None,
        hunt: None,
        reason: None,
    }
}

fn told(verdict: &Verdict, hunt: usize, reasons: &mut Vec<Reason>) -> Cell {
    let word = word(verdict);
    let (state, sign) = match word {
        "equal" if verdict.telling == 0 => ("thin", "="),
        "equal" => ("equal", "✓"),
        "differs" => ("differs", "≠"),
        "not for it" => ("unfit", "∅"),
        _ => ("absent", "·"),
    };
    let detail = match (verdict.compared, verdict.telling) {
        (0, _) => String::new(),
        (compared, _) if verdict.absent.is_some() => {
            format!("after {}", count(compared, "comparison"))
        }
        (_, 0) => "none with rows".to_owned(),
        (compared, telling) if compared == telling => "all with rows".to_owned(),
        (_, telling) => format!("{telling} with rows"),
    };
    let mutants = verdict.mutants.as_ref().map(|mutants| {
        let all = mutants.caught + mutants.survivors.len();
        let told = format!("mutants {} / {all}", mutants.caught);
        (!mutants.survivors.is_empty(), told)
    });
    let why = verdict.absent.as_ref().or(verdict.unfit.as_ref());
    let reason = why.map(|why| {
        let reason = Reason {
            word: match word {
                "equal" | "differs" => "in part",
                word => word,
            },
            why: why.clone(),
        };
        let known = reasons.iter().position(|known| *known == reason);
        known.unwrap_or_else(|| {
            reasons.push(reason);
            reasons.len() - 1
        }) + 1
    });
    Cell {
        state,
        sign,
        text: cell(verdict),
        detail,
        mutants,
        hunt: (word == "differs").then_some(hunt),
        reason,
    }
}
