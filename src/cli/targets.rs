//! `huntc targets`: the targets that hunts are compiled for.
//!
//! In: huntc.yaml and the hunts. Out: a row per target with what fits it. Guarantee: a hunt that does not fit is named; `check --notes` says why.

use super::report::{Page, Report};
use super::terminal::table;
use super::{Form, Hunts};
use crate::config::Configured;
use crate::driver::{Outcome, Project};
use clap::Args;
use std::collections::BTreeSet;

/// Arguments of `targets`.
#[derive(Args, Debug)]
pub(super) struct TargetsArguments {
    #[command(flatten)]
    hunts: Hunts,
}

/// What a target reads, for each event class where that differs.
fn tables(target: &Configured) -> String {
    let tables = target.reads.values().map(|reads| reads.table.as_str());
    let tables: BTreeSet<&str> = tables.collect();
    tables.into_iter().collect::<Vec<_>>().join(", ")
}

pub(super) fn run(arguments: &TargetsArguments, mut project: Project) -> u8 {
    let mut report = Report::new(Form::Human);
    report.configuration(super::compile::configured(&project));
    let found = project.hunts(&arguments.hunts.paths);
    report.configuration(found.faults.clone());
    let analyses = project.analyse(&found.paths);
    let head = [
        "TARGET", "BACKEND", "SCHEMA", "PRODUCT", "STACK", "READS", "HUNTS",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let dash = |text: &str| {
        if text.is_empty() {
            "-".to_owned()
        } else {
            text.to_owned()
        }
    };
    for target in project.config.iter().flat_map(|config| &config.targets) {
        let (mut fit, mut all, mut unfit, mut broken) = (0, analyses.len(), Vec::new(), Vec::new());
        for analysis in &analyses {
            let outcome = analysis
                .meaning
                .as_ref()
                .map(|meaning| project.outcome(analysis, meaning, target, false));
            match outcome {
                Some(Outcome::Text(_)) => fit += 1,
                Some(Outcome::Unfit(_)) => unfit.push(analysis.slug.as_str()),
                Some(Outcome::OtherClass(_)) => all -= 1,
                Some(Outcome::Broken(_)) | None => broken.push(analysis.slug.as_str()),
            }
        }
        let mut told = format!("{fit} of {all}");
        if !unfit.is_empty() {
            told = format!("{told}; not {}", unfit.join(", "));
        }
        if !broken.is_empty() {
            told = format!("{told}; broken {}", broken.join(", "));
        }
        rows.push(vec![
            target.name.value.clone(),
            target.target.dialect.name.clone(),
            target.schema.clone(),
            dash(&target.target.product),
            dash(target.stack.as_deref().unwrap_or("")),
            tables(target),
            told,
        ]);
    }
    for analysis in analyses {
        report.add(analysis.diagnostics);
        report.configuration(analysis.configuration);
    }
    let page = Page {
        text: if rows.len() > 1 {
            table(&rows)
        } else {
            String::new()
        },
        ..Page::default()
    };
    report.finish(project.files(), page)
}
