//! The report in the form that CI systems read: JUnit's XML.
//!
//! In: a report. Out: a document: a suite for each hunt, a test for its fixtures and for each target and engine; the strength of the evidence is in the
//! suite's properties, and what became of broken texts in the test's output. Guarantee: what did not run is skipped, never passed; any text is escaped.

use super::{HuntReport, Report, Verdict, matrix};
use crate::diag::{Code, Severity};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

/// The document.
#[must_use]
pub(crate) fn document(report: &Report) -> String {
    let mut document = quick_junit::Report::new("huntc verify");
    for hunt in &report.hunts {
        let mut suite = TestSuite::new(hunt.slug.as_str());
        for (name, value) in properties(hunt) {
            suite.add_property((name, value.to_string().as_str()));
        }
        suite.add_test_cases(fixtures(hunt));
        suite.add_test_cases(hunt.cells.iter().map(|verdict| case(&hunt.slug, verdict)));
        document.add_test_suite(suite);
    }
    serialized(&document)
}

/// A document as text.
#[must_use]
pub(crate) fn serialized(document: &quick_junit::Report) -> String {
    // Writing to memory fails only where memory does. The crate leaves out what XML cannot hold, except for these two.
    let text = document.to_string().unwrap_or_default();
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// On what the comparisons rest.
fn properties(hunt: &HuntReport) -> Vec<(&'static str, usize)> {
    let mut told = vec![
        ("fixtures", hunt.fixtures),
        ("generated events", hunt.generated),
    ];
    // Without made events nobody looked.
    if hunt.generated > 0 {
        told.extend([
            ("conditions", hunt.coverage.conditions.len()),
            ("conditions decided", hunt.coverage.covered()),
        ]);
    }
    let mutants: Vec<_> = (hunt.cells.iter())
        .filter_map(|verdict| verdict.mutants.as_ref())
        .collect();
    if !mutants.is_empty() {
        let survivors = || mutants.iter().flat_map(|mutants| &mutants.survivors);
        let explained = survivors().filter(|one| one.why.is_some()).count();
        told.extend([
            (
                "broken texts noticed",
                mutants.iter().map(|mutants| mutants.caught).sum(),
            ),
            ("broken texts that cannot be noticed", explained),
            ("broken texts not noticed", survivors().count() - explained),
        ]);
    }
    told
}

/// Fixtures that do not hold, and those that cannot be read; nothing where all is well.
fn fixtures(hunt: &HuntReport) -> Vec<TestCase> {
    let errors = hunt.findings.iter();
    let errors = errors.filter(|finding| finding.severity == Severity::Error);
    errors
        .map(|finding| {
            let kind = match finding.code {
                Code::E0684 => NonSuccessKind::Failure,
                _ => NonSuccessKind::Error,
            };
            let mut status = TestCaseStatus::non_success(kind);
            status.set_message(finding.title.as_str());
            let mut case = TestCase::new("fixtures", status);
            case.set_classname(hunt.slug.as_str());
            case
        })
        .collect()
}

/// The test of a target on an engine.
#[must_use]
pub(crate) fn case(hunt: &str, verdict: &Verdict) -> TestCase {
    let status = match matrix::word(verdict) {
        "equal" => TestCaseStatus::success(),
        "differs" => {
            let each = verdict.differences.iter();
            let told: Vec<String> = each
                .map(|difference| {
                    let least = difference.least.as_ref().map(|least| {
                        let over = format!("over {} of its rows", least.count);
                        format!("\n{over}:\n{}\n{}", least.rows.trim_end(), least.what)
                    });
                    let least = least.unwrap_or_default();
                    format!("{}\n{}{least}", difference.case, difference.what)
                })
                .collect();
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(matrix::cell(verdict));
            status.set_description(told.join("\n"));
            status
        }
        "lost" => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message("engine lost");
            status.set_description(verdict.absent.clone().unwrap_or_default());
            status
        }
        word => {
            let why = verdict.absent.as_ref().or(verdict.unfit.as_ref());
            let why = why.map_or(String::new(), |why| format!(": {why}"));
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("{word}{why}"));
            status
        }
    };
    let name = format!("{} on {}", verdict.target, verdict.engine);
    let mut case = TestCase::new(name, status);
    case.set_classname(hunt);
    if let Some(told) = matrix::broken(hunt, verdict) {
        case.set_system_out(told.trim_end());
    }
    case
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_an_attribute() {
        let verdict = Verdict {
            target: "a\"<b>&\u{1}\u{ffff}\n".to_owned(),
            ..Verdict::default()
        };
        let mut document = quick_junit::Report::new("x");
        let mut suite = TestSuite::new("hunt");
        suite.add_test_case(case("hunt", &verdict));
        document.add_test_suite(suite);
        let text = serialized(&document);
        assert!(text.contains("name=\"a&quot;&lt;b&gt;&amp;"), "{text}");
        assert!(!text.contains(['\u{1}', '\u{ffff}']), "{text}");
    }
}
