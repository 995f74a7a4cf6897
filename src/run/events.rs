//! The events of a run: what its plan needs of the files.
//!
//! In: opened files and a plan. Out: the plan as the forms of the files leave it; the events of its window. Guarantee: of an event only the fields that
//! the plan reads are kept; files that would give one hunt two meanings are refused.

use crate::compiler::for_rows;
use crate::data::time::Clock;
use crate::data::{self, DataError, Loaded, Opened, Request};
use crate::diag::{Code, Diagnostic};
use crate::eval;
use crate::plan::{Plan, StepKind};
use crate::schema::Library;
use std::collections::BTreeSet;

pub(super) fn unreadable(error: DataError) -> Diagnostic {
    let finding = Diagnostic::new(error.code, error.to_string());
    match error.help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// The plan as the forms of the files leave it, and what they leave out.
pub(super) fn fitted(
    plan: &Plan,
    opened: &[Opened],
) -> Result<(Plan, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut all: Vec<(&Opened, Plan, Vec<Diagnostic>)> = Vec::new();
    for file in opened {
        if all
            .iter()
            .any(|(known, ..)| known.form.name() == file.form.name())
        {
            continue;
        }
        let (plan, notes) = match file.form.native() {
            None => (plan.clone(), Vec::new()),
            Some((schema, _)) => for_rows(plan, schema)?,
        };
        all.push((file, plan, notes));
    }
    let mut all = all.into_iter();
    let Some((first, plan, mut notes)) = all.next() else {
        return Ok((plan.clone(), Vec::new()));
    };
    let shape = format!("{:?}", plan.steps);
    for (file, other, more) in all {
        if format!("{:?}", other.steps) != shape {
            let title = format!(
                "{} is read as {} and {} as {}, which leave out different optional parts of the hunt",
                first.file.display(),
                first.form.name(),
                file.file.display(),
                file.form.name()
            );
            let mut error = Diagnostic::new(Code::E0641, title);
            for note in notes.iter().chain(&more) {
                error = error.help(note.title.clone());
            }
            return Err(vec![error.help("run the files of each form apart")]);
        }
        for note in more {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    Ok((plan, notes))
}

/// Reads the events of the plan's window.
pub(super) fn load(
    opened: Vec<Opened>,
    plan: &Plan,
    library: &Library,
    now: i64,
    clock: Clock,
) -> Result<Loaded, Vec<Diagnostic>> {
    let Some(class) = library.classes.get(&plan.class) else {
        let title = format!("there is no event class `{}`", plan.class);
        return Err(vec![Diagnostic::new(Code::E0652, title)]);
    };
    let needs = eval::needs(plan);
    let fields: BTreeSet<String> = if needs.whole_events {
        let is_there = |field: &&String| {
            opened.iter().any(|file| {
                let mapping = file
                    .form
                    .native()
                    .and_then(|(schema, _)| schema.of_class(&class.name));
                mapping.is_none_or(|mapping| mapping.fields.contains_key(*field))
            })
        };
        class.fields.keys().filter(is_there).cloned().collect()
    } else {
        needs.fields
    };
    let within = plan.steps.first().and_then(|step| match &step.kind {
        StepKind::From { within, .. } => *within,
        _ => None,
    });
    let request = Request {
        class,
        fields: &fields,
        native: None,
        from: within.map(|within| now.saturating_sub(within)),
        to: now,
    };
    data::read(opened, request, clock).map_err(|error| vec![unreadable(error)])
}
