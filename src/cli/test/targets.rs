//! `huntc test --targets`: the emitted texts over the same fixtures.
//!
//! In: hunts, the targets of huntc.yaml. Out: what `verify` reports without made events, on the interpreters of this program alone. Promise: a target whose
//! text is not read here (SQL) is named, never counted as equal.

use super::super::compile;
use crate::config::Configured;
use crate::diag::Diagnostic;
use crate::driver::{Front, Project};
use crate::source::Files;
use crate::verify::engine::Engine;
use crate::verify::interpreters::{Interpreter, Language};
use crate::verify::{self, Options, Report, json, matrix};
use serde_json::{Map, Value, json};

/// The targets, where they are asked for.
pub(super) fn wanted(
    asked: bool,
    project: &Project,
) -> Result<Option<Vec<Configured>>, Vec<Diagnostic>> {
    if !asked {
        return Ok(None);
    }
    let faults = compile::configured(project);
    if !faults.is_empty() {
        return Err(faults);
    }
    project.targets(&[]).map(Some)
}

/// Runs every text that is read here.
pub(super) fn compare(project: &mut Project, fronts: &[Front], targets: &[Configured]) -> Report {
    let mut engines: Vec<Box<dyn Engine>> = vec![
        Box::new(Interpreter::new(Language::Kql)),
        Box::new(Interpreter::new(Language::Esql)),
    ];
    let options = Options {
        engines: Vec::new(),
        events: 0,
        seed: 1,
        mutants: false,
    };
    verify::verify(project, fronts, targets, &mut engines, &options)
}

/// The matrix, the differences, and what was not run.
pub(super) fn human(compared: &Report, files: &Files) -> String {
    format!(
        "\n{}{}",
        matrix::matrix(compared),
        matrix::details(compared, files)
    )
}

/// The same for programs.
pub(super) fn members(compared: &Report, files: &Files) -> Map<String, Value> {
    let mut members = Map::new();
    let own = json::members(compared, files);
    members.insert("targets".to_owned(), json!(own.get("hunts")));
    members
}
