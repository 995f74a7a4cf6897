//! `huntc check`: what is wrong with hunts.
//!
//! In: hunts and their fixtures. Out: findings, a line per hunt, a summary. Guarantee: what `check` calls sound, `compile` compiles: every target goes all the
//! way to its text; and its fixtures can be read, their data included.

use super::report::{Page, Report};
use super::terminal::{count, table};
use super::{Form, Format, Hunts};
use crate::assess::Fixtures;
use crate::compiler::Analysis;
use crate::diag::{Diagnostic, Severity};
use crate::driver::{Outcome, Project};
use clap::Args;
use serde_json::json;
use std::collections::HashSet;

/// Arguments of `check`.
#[derive(Args, Debug)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    hunts: Hunts,
    /// Also show the notes: what a schema cannot say exactly, what is left out, which targets a hunt is not for.
    #[arg(long)]
    notes: bool,
    #[command(flatten)]
    format: Format,
}

impl CheckArguments {
    pub(super) fn form(&self) -> Form {
        self.format.form
    }
}

pub(super) fn run(arguments: &CheckArguments, mut project: Project) -> u8 {
    let mut report = Report::new(arguments.form());
    report.configuration(project.faults.clone());
    let found = project.hunts(&arguments.hunts.paths);
    report.configuration(found.faults.clone());
    let analyses = project.analyse(&found.paths);
    report.configuration(project.unknown_hunts(&found));
    let mut rows = Vec::new();
    let mut listed = Vec::new();
    let mut broken = 0;
    for analysis in &analyses {
        let (mut findings, fits) = assess(&project, analysis);
        findings.extend(fixtures(&mut project, analysis));
        let number = |severity| {
            findings
                .iter()
                .filter(|finding| finding.severity == severity)
                .count()
        };
        let (errors, warnings) = (number(Severity::Error), number(Severity::Warning));
        let status = if errors > 0 { "broken" } else { "sound" };
        broken += usize::from(errors > 0);
        let mut told: Vec<String> = Vec::new();
        if errors > 0 {
            told.push(count(errors, "error"));
        }
        if warnings > 0 {
            told.push(count(warnings, "warning"));
        }
        if let (Some((fit, all)), 0) = (fits, errors) {
            told.push(format!("{fit} of {}", count(all, "target")));
        }
        rows.push(vec![
            status.to_owned(),
            analysis.path.display().to_string(),
            told.join(", "),
        ]);
        listed.push(json!({
            "hunt": analysis.slug, "path": analysis.path.display().to_string(), "status": status,
            "errors": errors, "warnings": warnings,
        }));
        if arguments.notes {
            report.add(findings);
        } else {
            report.add_quietly(findings);
        }
        report.configuration(analysis.configuration.clone());
    }
    let (all, sound) = (analyses.len(), analyses.len() - broken);
    let mut summary = format!("{}: {sound} sound, {broken} broken", count(all, "hunt"));
    if !project.faults.is_empty() {
        summary.push_str("; targets were not checked, as huntc.yaml cannot be used");
    }
    let counts = report.counts();
    if !counts.is_empty() {
        summary = format!("{summary}; {counts}");
    }
    let mut page = Page {
        text: table(&rows),
        summary,
        ..Page::default()
    };
    page.json.insert("hunts".to_owned(), json!(listed));
    let totals = json!({
        "hunts": all, "sound": sound, "broken": broken, "errors": report.count(Severity::Error),
        "warnings": report.count(Severity::Warning), "notes": report.count(Severity::Note),
    });
    page.json.insert("summary".to_owned(), totals);
    report.finish(project.files(), page)
}

/// Why fixtures of a hunt cannot be read; what they expect is for `test`.
fn fixtures(project: &mut Project, analysis: &Analysis) -> Vec<Diagnostic> {
    let Some(meaning) = &analysis.meaning else {
        return Vec::new();
    };
    let fixtures = Fixtures::beside(&mut project.compiler, &analysis.path, meaning);
    fixtures.errors().cloned().collect()
}

/// The findings of a hunt, and how many of all targets it fits; each finding once.
fn assess(project: &Project, analysis: &Analysis) -> (Vec<Diagnostic>, Option<(usize, usize)>) {
    let mut findings = analysis.diagnostics.clone();
    let Some(meaning) = &analysis.meaning else {
        return (findings, None);
    };
    match project.promises(meaning) {
        Ok(notes) => findings.extend(notes),
        Err(errors) => findings.extend(errors),
    }
    let targets = project.config.iter().flat_map(|config| &config.targets);
    let (mut fit, mut all) = (0, 0);
    for target in targets {
        all += 1;
        match project.outcome(analysis, meaning, target, false) {
            Outcome::Text(query) => {
                fit += 1;
                findings.extend(query.notes);
            }
            Outcome::Unfit(note) => findings.push(note),
            Outcome::OtherClass(_) => all -= 1,
            Outcome::Broken(errors) => findings.extend(errors),
        }
    }
    let mut seen: HashSet<&Diagnostic> = HashSet::with_capacity(findings.len());
    let first: Vec<bool> = findings
        .iter()
        .map(|finding| seen.insert(finding))
        .collect();
    let mut first = first.into_iter();
    findings.retain(|_| first.next().unwrap_or(true));
    (findings, (all > 0).then_some((fit, all)))
}
