//! `huntc plan`: what a hunt means.
//!
//! In: a hunt, perhaps a target. Out: its typed plan as text or JSON; for a target, over the columns of its schema, with the columns of the result. Guarantee:
//! the plan shown is the one that is run and emitted; the shape of the JSON is that of `docs/plan-json.md`, and changes with its version.

use super::report::{Page, Report};
use super::terminal::table;
use super::{Form, Format, fail};
use crate::compiler::{Analysis, Meaning, Resolved};
use crate::config::Configured;
use crate::diag::render::place_json;
use crate::driver::Project;
use crate::plan::{self, Plan};
use crate::source::Files;
use clap::Args;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// The version of the JSON document. A member that is removed or means something else raises it, and so does a new value of `step`; a new member does not.
const VERSION: u32 = 1;

/// Arguments of `plan`.
#[derive(Args, Debug)]
pub(super) struct PlanArguments {
    /// A hunt file, its folder, or the name of a hunt under `detections`.
    #[arg(value_name = "HUNT")]
    hunt: PathBuf,
    /// Show the plan over the native columns of this target.
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,
    #[command(flatten)]
    format: Format,
}

impl PlanArguments {
    pub(super) fn form(&self) -> Form {
        self.format.form
    }
}

pub(super) fn run(arguments: &PlanArguments, mut project: Project) -> u8 {
    let form = arguments.form();
    let path = match project.one_hunt(&arguments.hunt) {
        Ok(path) => path,
        Err(faults) => return fail(form, project.files(), faults),
    };
    let target = match project.targets(arguments.target.as_slice()) {
        Ok(targets) => targets
            .into_iter()
            .next()
            .filter(|_| arguments.target.is_some()),
        Err(faults) => return fail(form, project.files(), faults),
    };
    let mut report = Report::new(form);
    let mut page = Page::default();
    page.json.insert("version".to_owned(), json!(VERSION));
    page.json.insert("hunt".to_owned(), Value::Null);
    page.json.insert("target".to_owned(), Value::Null);
    page.json.insert("plan".to_owned(), Value::Null);
    for analysis in project.analyse(&[path]) {
        report.add(analysis.diagnostics.iter().cloned());
        report.configuration(analysis.configuration.clone());
        page.json.insert("hunt".to_owned(), hunt(&analysis));
        let Some(meaning) = &analysis.meaning else {
            continue;
        };
        let Some(target) = &target else {
            page.text = plan::show(&meaning.plan);
            let columns = neutral_columns(meaning, &project);
            let plan = plan_json(&meaning.plan, columns, project.files());
            page.json.insert("plan".to_owned(), plan);
            continue;
        };
        page.json.insert("target".to_owned(), target_json(target));
        match project.resolved(&analysis, meaning, target) {
            Ok(resolved) => {
                page.text = native_text(&resolved);
                let plan = &resolved.binding.bound.plan;
                let plan = plan_json(plan, native_columns(&resolved), project.files());
                page.json.insert("plan".to_owned(), plan);
                report.add(resolved.binding.notes);
            }
            Err(errors) => report.add(errors),
        }
    }
    report.finish(project.files(), page)
}

/// The plan over native columns, and the columns of the result.
fn native_text(resolved: &Resolved) -> String {
    let bound = &resolved.binding.bound;
    let mut text = plan::show(&bound.plan);
    let rows: Vec<Vec<String>> = bound
        .outputs
        .iter()
        .map(|output| {
            vec![
                format!("  {}", output.name),
                output.neutral.clone(),
                output.ty.to_string(),
            ]
        })
        .collect();
    if rows.is_empty() {
        text.push_str("\nresult: every column of the table\n");
    } else {
        text.push_str("\nresult columns: on the platform, in the hunt, type\n");
        text.push_str(&table(&rows));
    }
    text
}

fn hunt(analysis: &Analysis) -> Value {
    let Some(hunt) = analysis.hunt() else {
        return Value::Null;
    };
    json!({
        "name": hunt.slug.value,
        "id": hunt.id.value,
        "version": hunt.version.value,
        "language": hunt.language,
    })
}

fn target_json(target: &Configured) -> Value {
    json!({
        "name": target.name.value,
        "backend": target.target.dialect.name,
        "schema": target.schema,
    })
}

fn plan_json(plan: &Plan, result: Value, files: &Files) -> Value {
    let steps = plan.steps.iter().map(|step| {
        let one = Plan {
            class: plan.class.clone(),
            steps: vec![step.clone()],
        };
        let text = plan::show(&one);
        let word = text.split_whitespace().next().unwrap_or_default();
        let mut members = Map::new();
        members.insert("step".to_owned(), json!(word));
        members.insert("text".to_owned(), json!(text.trim_end()));
        members.append(&mut place_json(step.span, files));
        Value::Object(members)
    });
    json!({
        "class": plan.class,
        "steps": steps.collect::<Vec<_>>(),
        "result": result,
    })
}

/// The columns of the result in the hunt's words.
fn neutral_columns(meaning: &Meaning, project: &Project) -> Value {
    let plan = &meaning.plan;
    let Some(class) = project.compiler.library().classes.get(&plan.class) else {
        return Value::Null;
    };
    plan::columns(plan, class)
        .iter()
        .map(|column| {
            json!({
                "name": column.name,
                "type": column.ty.to_string(),
                "nullable": column.nullable,
                "determined": column.determined,
                "several": column.multi,
            })
        })
        .collect()
}

/// The columns of the result on the platform; none where every column of the table is one.
fn native_columns(resolved: &Resolved) -> Value {
    let outputs = resolved.binding.bound.outputs.iter();
    outputs
        .map(|output| {
            json!({
                "name": output.name,
                "neutral": output.neutral,
                "type": output.ty.to_string(),
                "native_type": output.native_type,
                "several": output.several,
            })
        })
        .collect()
}
