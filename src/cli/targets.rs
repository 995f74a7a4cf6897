//! `huntc targets`: whom hunts are compiled for.
//!
//! In: huntc.yaml and the hunts. Out: a row per target with what fits it. Promise: a hunt that does not fit is named; `check --notes` says why.

use super::report::{Page, Report};
use super::terminal::table;
use super::{Form, Hunts};
use crate::config::Configured;
use crate::driver::{Outcome, Project};
use clap::Args;

/// Arguments of `targets`.
#[derive(Args, Debug)]
pub(super) struct TargetsArguments {
    #[command(flatten)]
    hunts: Hunts,
}

/// What a target reads, for each event class where that differs.
fn tables(target: &Configured) -> String {
    let mut tables: Vec<&str> = (target.reads.values())
        .map(|reads| reads.table.as_str())
        .collect();
    tables.dedup();
    tables.join(", ")
}

pub(super) fn run(arguments: &TargetsArguments, mut project: Project) -> u8 {
    let mut report = Report::new(Form::Human);
    report.configuration(super::compile::configured(&project));
    let found = project.hunts(&arguments.hunts.paths);
    report.configuration(found.faults.clone());
    let fronts = project.fronts(&found.paths);
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
        let (mut fit, mut all, mut unfit, mut broken) = (0, fronts.len(), Vec::new(), Vec::new());
        for front in &fronts {
            let outcome = front
                .understood
                .as_ref()
                .map(|understood| project.outcome(front, understood, target, false));
            match outcome {
                Some(Outcome::Text(_)) => fit += 1,
                Some(Outcome::Unfit(_)) => unfit.push(front.slug.as_str()),
                Some(Outcome::OtherClass(_)) => all -= 1,
                Some(Outcome::Broken(_)) | None => broken.push(front.slug.as_str()),
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
            target.target.pack.name.clone(),
            target.schema.clone(),
            dash(&target.target.product),
            dash(target.stack.as_deref().unwrap_or("")),
            tables(target),
            told,
        ]);
    }
    for front in fronts {
        report.add(front.findings);
        report.configuration(front.configuration);
    }
    let page = Page {
        text: if rows.len() > 1 {
            table(&rows)
        } else {
            String::new()
        },
        ..Page::default()
    };
    report.finish(&project.files, page)
}
