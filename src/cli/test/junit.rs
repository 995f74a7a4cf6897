//! The report of `huntc test` as JUnit's XML.
//!
//! In: what came of each fixture. Out: a document: a suite for each hunt, a test for each fixture, and for each target and engine where these were run.
//! Guarantee: a fixture that does not load is an error, one that differs a failure; a hunt that does not compile is an error too.

use super::{Tested, show, told};
use crate::source::Files;
use crate::verify::{self, junit};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// The document.
pub(super) fn document(
    files: &Files,
    tested: &[Tested],
    compared: Option<&verify::Report>,
) -> String {
    let mut report = Report::new("huntc test");
    for hunt in tested {
        let mut suite = TestSuite::new(hunt.slug.as_str());
        if hunt.errors > 0 {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message("the hunt does not compile");
            suite.add_test_case(TestCase::new("hunt.yaml", status));
        }
        for outcome in &hunt.fixtures {
            let mut status = TestCaseStatus::success();
            let differing: Vec<_> = outcome.differing().collect();
            if let Some(first) = outcome.broken.first() {
                status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status.set_message(first.title.as_str());
                let all = outcome.broken.iter().map(|fault| {
                    let place = fault.primary.as_ref().map(|label| {
                        let at = files.position(label.span);
                        format!("{}:{}: ", files.path(label.span.file).display(), at.line)
                    });
                    format!(
                        "{}{}: {}",
                        place.unwrap_or_default(),
                        fault.code,
                        fault.title
                    )
                });
                status.set_description(all.collect::<Vec<_>>().join("\n"));
            } else if let Some((_, assessed)) = differing.first() {
                status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(show::summary(assessed));
                let all = differing
                    .iter()
                    .map(|(ready, assessed)| told(files, ready, assessed));
                status.set_description(all.collect::<Vec<_>>().join("\n"));
            }
            let mut case = TestCase::new(outcome.name(), status);
            case.set_classname(hunt.slug.as_str());
            suite.add_test_case(case);
        }
        let of_hunt = compared.and_then(|compared| {
            let mut hunts = compared.hunts.iter();
            hunts.find(|own| own.slug == hunt.slug)
        });
        for verdict in of_hunt.iter().flat_map(|own| &own.cells) {
            suite.add_test_case(junit::case(&hunt.slug, verdict));
        }
        report.add_test_suite(suite);
    }
    junit::serialized(&report)
}
