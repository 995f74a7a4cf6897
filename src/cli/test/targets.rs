//! `huntc test --targets`: the emitted texts over the same fixtures.
//!
//! In: hunts, the targets of huntc.yaml. Out: what `verify` reports without made events, on the interpreters of this program alone. Guarantee: a target whose
//! text is not read here (SQL) is named, never counted as equal.

use super::super::compile;
use crate::backend::Dialect;
use crate::compiler::Analysis;
use crate::config::Configured;
use crate::diag::Diagnostic;
use crate::driver::Project;
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
pub(super) fn compare(
    project: &mut Project,
    analyses: &[Analysis],
    targets: &[Configured],
) -> Report {
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
    verify::verify(project, analyses, targets, &mut engines, &options)
}

/// The matrix, the differences, and what was not run.
pub(super) fn human(compared: &Report, project: &Project) -> String {
    let files = project.files();
    let mut text = format!(
        "\n{}{}",
        matrix::matrix(compared),
        matrix::details(compared, files)
    );
    let left = not_read(project);
    if !left.is_empty() {
        let left = left.join(", ");
        text += &format!("not run here: {left}; `huntc verify` runs SQL on an engine\n");
    }
    text
}

/// Targets whose texts no interpreter of this program reads.
fn not_read(project: &Project) -> Vec<&str> {
    let interpreters = [Language::Kql, Language::Esql].map(Interpreter::new);
    let is_read = |dialect: &Dialect| {
        let mut dialects = interpreters.iter().flat_map(|one| one.dialects());
        dialects.any(|name| dialect.is_of(name))
    };
    let targets = project.config.iter().flat_map(|config| &config.targets);
    targets
        .filter(|target| !is_read(&target.target.dialect))
        .map(|target| target.name.value.as_str())
        .collect()
}

/// The same for programs.
pub(super) fn members(compared: &Report, project: &Project) -> Map<String, Value> {
    let mut members = Map::new();
    let own = json::members(compared, project.files());
    members.insert("targets".to_owned(), json!(own.get("hunts")));
    members.insert("targets_not_run".to_owned(), json!(not_read(project)));
    members
}
