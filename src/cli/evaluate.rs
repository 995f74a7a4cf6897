//! `huntc run` on the command line: its result, its findings, its exit code.
//!
//! In: what `run` was asked. Out: the result on standard output, findings and the account of the data on standard error. Promise: the hunt is run with the
//! parameters of huntc.yaml, as its queries are compiled; wrong data or arguments are usage, not a broken hunt.

use super::report::{Page, Report};
use super::run::{RunArguments, run_tuned};
use super::{Form, fail, terminal};
use crate::diag::{Code, Diagnostic};
use crate::driver::Project;

pub(super) fn run(arguments: &RunArguments, mut project: Project) -> u8 {
    let path = match project.one_hunt(&arguments.hunt) {
        Ok(path) => path,
        Err(faults) => return fail(Form::Human, &project.files, faults),
    };
    let arguments = RunArguments {
        hunt: path,
        ..arguments.clone()
    };
    let mut result = Vec::new();
    let ran = run_tuned(
        &arguments,
        &project.library,
        project.config.as_ref(),
        &mut project.files,
        &mut result,
        terminal::is_watched(),
    );
    let mut report = Report::new(Form::Human);
    let mut page = Page {
        summary_aside: true,
        ..Page::default()
    };
    match ran {
        Ok(ran) => {
            terminal::exact(&String::from_utf8_lossy(&result));
            page.summary = ran.summary;
            // A folder that takes no charts is no fault of the hunt.
            let (charts, rest): (Vec<Diagnostic>, Vec<Diagnostic>) =
                (ran.findings.into_iter()).partition(|finding| finding.code == Code::E0659);
            report.configuration(charts);
            report.add(rest);
            report.advise(ran.advice);
        }
        Err(faults) => {
            let (usage, hunt): (Vec<Diagnostic>, Vec<Diagnostic>) =
                faults.into_iter().partition(|fault| is_usage(fault.code));
            report.configuration(usage);
            report.add(hunt);
        }
    }
    report.finish(&project.files, page)
}

/// Whether a fault is in the arguments or the configuration rather than in the hunt or the data.
fn is_usage(code: Code) -> bool {
    let own = [
        Code::E0640,
        Code::E0641,
        Code::E0642,
        Code::E0645,
        Code::E0650,
        Code::E0651,
        Code::E0652,
        Code::E0653,
        Code::E0654,
    ];
    code.as_str().starts_with("E06") && !own.contains(&code)
}
