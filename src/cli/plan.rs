//! `huntc plan`: what a hunt means.
//!
//! In: a hunt, perhaps a target. Out: its typed plan as text; for a target, over the columns of its schema, with the columns of the result. Promise: the
//! plan shown is the one that is run and emitted.

use super::report::{Page, Report};
use super::terminal::table;
use super::{Form, fail};
use crate::driver::Project;
use crate::plan;
use clap::Args;
use std::path::PathBuf;

/// Arguments of `plan`.
#[derive(Args, Debug)]
pub(super) struct PlanArguments {
    /// A hunt file, its folder, or the name of a hunt under `detections`.
    #[arg(value_name = "HUNT")]
    hunt: PathBuf,
    /// Show the plan over the native columns of this target.
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,
}

pub(super) fn run(arguments: &PlanArguments, mut project: Project) -> u8 {
    let path = match project.one_hunt(&arguments.hunt) {
        Ok(path) => path,
        Err(faults) => return fail(Form::Human, &project.files, faults),
    };
    let target = match project.targets(arguments.target.as_slice()) {
        Ok(targets) => targets
            .into_iter()
            .next()
            .filter(|_| arguments.target.is_some()),
        Err(faults) => return fail(Form::Human, &project.files, faults),
    };
    let mut report = Report::new(Form::Human);
    let mut page = Page::default();
    for front in project.fronts(&[path]) {
        report.add(front.findings);
        report.configuration(front.configuration);
        let Some(understood) = &front.understood else {
            continue;
        };
        let Some(target) = &target else {
            page.text = plan::show(&understood.plan);
            continue;
        };
        match project.fitted(understood, target) {
            Ok((_, _, fitted)) => {
                page.text = plan::show(&fitted.bound.plan);
                let outputs = fitted.bound.outputs.iter();
                let rows: Vec<Vec<String>> = outputs
                    .map(|output| {
                        vec![
                            format!("  {}", output.name),
                            output.neutral.clone(),
                            output.ty.to_string(),
                        ]
                    })
                    .collect();
                if rows.is_empty() {
                    page.text.push_str("\nresult: every column of the table\n");
                } else {
                    page.text
                        .push_str("\nresult columns: on the platform, in the hunt, type\n");
                    page.text.push_str(&table(&rows));
                }
                report.add(fitted.notes);
            }
            Err(errors) => report.add(errors),
        }
    }
    report.finish(&project.files, page)
}
