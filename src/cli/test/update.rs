//! `huntc test --update`: what was found becomes what is expected.
//!
//! In: fixtures that do not hold. Out: their files. Guarantee: a fixture that is written holds afterwards, or it is as it was before.

use super::super::atomic_write;
use super::super::report::Report;
use super::Outcome;
use crate::assess::{self, Assessed, Ready, update};
use crate::compiler::Analysis;
use crate::diag::{Code, Diagnostic};
use crate::driver::Project;
use std::path::Path;

/// Writes what was found into the fixtures of a hunt that do not hold.
pub(super) fn update(
    project: &mut Project,
    report: &mut Report,
    analysis: &Analysis,
    fixtures: &mut [Outcome],
) {
    for outcome in fixtures {
        let Some((ready, assessed)) = &outcome.assessed else {
            continue;
        };
        match update::updated(project.files(), ready, assessed) {
            Ok(None) => {}
            Err(faults) => report.add(faults),
            Ok(Some((old, new))) => match written(project, analysis, &outcome.path, &old, &new) {
                Ok(assessed) => {
                    outcome.updated = Some(update::shown(&outcome.path, &old, &new));
                    outcome.assessed = Some(assessed);
                }
                Err(faults) => report.add(faults),
            },
        }
    }
}

/// Writes a fixture and assesses it again.
fn written(
    project: &mut Project,
    analysis: &Analysis,
    path: &Path,
    old: &str,
    new: &str,
) -> Result<(Ready, Vec<Assessed>), Vec<Diagnostic>> {
    let refused = |why: &str| {
        let title = format!("{}: {why}", path.display());
        vec![Diagnostic::new(Code::E0685, title)]
    };
    let write =
        |text: &str| atomic_write::write(path, text).map_err(|error| refused(&error.to_string()));
    // A byte order mark is no part of the text that was read.
    let on_disk = std::fs::read(path).map_err(|error| refused(&error.to_string()))?;
    if on_disk != old.as_bytes() {
        return Err(refused("the file changed while it was tested"));
    }
    let Some(meaning) = &analysis.meaning else {
        return Err(refused("its hunt does not compile"));
    };
    write(new)?;
    let again = assess::load(&mut project.compiler, path, meaning)
        .and_then(|ready| ready.assess().map(|assessed| (ready, assessed)));
    match again {
        Ok((ready, assessed)) if assessed.iter().all(|run| run.difference.is_none()) => {
            Ok((ready, assessed))
        }
        _ => {
            write(old)?;
            Err(refused(
                "what was found cannot be written as a fixture; the file is unchanged",
            ))
        }
    }
}

pub(super) fn not_in_ci() -> Diagnostic {
    let title = "`--update` is not for CI: an expectation that follows the hunt tests nothing";
    Diagnostic::new(Code::E0685, title)
        .help("run it where the change is reviewed before it is committed (CI=true is set here)")
}
