//! `huntc test`: whether hunts find in their fixtures what these expect.
//!
//! In: hunts, their fixtures. Out: each fixture that does not hold with the rows that differ and the step that lost them, a line per hunt, a summary.
//! Promise: exit code 0 means that every fixture was understood and holds; 1 that some do not hold; 2 that a hunt does not compile or a fixture does not
//! load. Nothing is written without `--update`.

use super::report::{Page, Report};
use super::terminal::{count, table};
use super::{Form, Hunts};
use crate::diag::{Diagnostic, Severity};
use crate::driver::{Front, Project};
use crate::judge::{Fixtures, Judged, Ready, show};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Arguments of `test`.
#[derive(Args, Debug)]
pub(super) struct TestArguments {
    #[command(flatten)]
    hunts: Hunts,
    /// For people, one JSON document, or JUnit's XML.
    #[arg(long = "format", value_enum, default_value_t = TestForm::Human, value_name = "FORM")]
    format: TestForm,
}

/// How the report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TestForm {
    /// For people.
    Human,
    /// One JSON document on standard output.
    Json,
    /// JUnit's XML on standard output.
    Junit,
}

impl TestArguments {
    pub(super) fn form(&self) -> Form {
        match self.format {
            TestForm::Json => Form::Json,
            TestForm::Human | TestForm::Junit => Form::Human,
        }
    }
}

/// A hunt and what came of its fixtures.
struct Tested {
    slug: String,
    path: PathBuf,
    /// Errors of the hunt itself, or of the folder of its fixtures.
    errors: usize,
    fixtures: Vec<Outcome>,
}

/// What came of a fixture.
struct Outcome {
    path: PathBuf,
    /// Why it does not load or run.
    broken: Vec<Diagnostic>,
    /// The fixture and its runs; none where it does not load or run.
    judged: Option<(Ready, Vec<Judged>)>,
}

impl Outcome {
    fn name(&self) -> String {
        let name = self.path.file_stem().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// The runs that differ.
    fn differing(&self) -> impl Iterator<Item = (&Ready, &Judged)> {
        let judged = self.judged.iter();
        judged
            .flat_map(|(ready, runs)| runs.iter().map(move |run| (ready, run)))
            .filter(|(_, run)| run.difference.is_some())
    }

    fn status(&self) -> &'static str {
        if self.judged.is_none() {
            "broken"
        } else if self.differing().next().is_some() {
            "differs"
        } else {
            "holds"
        }
    }
}

impl Tested {
    fn number(&self, status: &str) -> usize {
        let fixtures = self.fixtures.iter();
        fixtures.filter(|one| one.status() == status).count()
    }
}

pub(super) fn run(arguments: &TestArguments, mut project: Project) -> u8 {
    let mut report = Report::new(arguments.form());
    report.configuration(project.faults.clone());
    let found = project.hunts(&arguments.hunts.paths);
    report.configuration(found.faults.clone());
    let fronts = project.fronts(&found.paths);
    let mut tested = Vec::new();
    for front in fronts {
        tested.push(test(&mut project, &mut report, &front));
    }
    if tested.iter().any(|hunt| hunt.number("differs") > 0) {
        report.differ();
    }
    let page = Page {
        text: human(&project, &tested),
        summary: summary(&tested),
        summary_aside: arguments.format == TestForm::Junit,
        json: members(&project, &tested),
    };
    report.finish(&project.files, page)
}

/// Tests a hunt; its lints are for `check`.
fn test(project: &mut Project, report: &mut Report, front: &Front) -> Tested {
    let is_error = |finding: &&Diagnostic| finding.severity == Severity::Error;
    let errors: Vec<Diagnostic> = front.findings.iter().filter(is_error).cloned().collect();
    let mut tested = Tested {
        slug: front.slug.clone(),
        path: front.path.clone(),
        errors: errors.len(),
        fixtures: Vec::new(),
    };
    report.add(errors);
    let Some(understood) = &front.understood else {
        return tested;
    };
    let fixtures = Fixtures::beside(&mut project.files, &front.path, understood, &project.library);
    tested.errors += fixtures.faults.len();
    report.add(fixtures.errors().cloned());
    for (path, broken) in fixtures.broken {
        tested.fixtures.push(Outcome {
            path,
            broken,
            judged: None,
        });
    }
    for ready in fixtures.ready {
        let path = ready.fixture.path.clone();
        let (broken, judged) = match ready.judge() {
            Ok(runs) => (Vec::new(), Some((ready, runs))),
            Err(errors) => (errors, None),
        };
        report.add(broken.iter().cloned());
        tested.fixtures.push(Outcome {
            path,
            broken,
            judged,
        });
    }
    tested.fixtures.sort_by(|a, b| a.path.cmp(&b.path));
    tested
}

/// Each fixture that does not hold, then a line per hunt.
fn human(project: &Project, tested: &[Tested]) -> String {
    let mut text = String::new();
    for outcome in tested.iter().flat_map(|hunt| &hunt.fixtures) {
        for (ready, judged) in outcome.differing() {
            text += &told(project, ready, judged);
            text.push('\n');
        }
    }
    let rows: Vec<Vec<String>> = tested
        .iter()
        .map(|hunt| {
            let (differing, broken) = (hunt.number("differs"), hunt.number("broken"));
            let status = match (hunt.errors + broken, differing, hunt.fixtures.len()) {
                (1.., _, _) => "broken",
                (0, 1.., _) => "differs",
                (0, 0, 0) => "untested",
                (0, 0, _) => "holds",
            };
            let mut said = vec![match hunt.fixtures.len() {
                0 => "no fixtures".to_owned(),
                all => count(all, "fixture"),
            }];
            for (number, what) in [(differing, "differing"), (broken, "broken")] {
                if number > 0 {
                    said.push(format!("{number} {what}"));
                }
            }
            if hunt.errors > 0 {
                said.push(count(hunt.errors, "error"));
            }
            vec![
                status.to_owned(),
                hunt.path.display().to_string(),
                said.join(", "),
            ]
        })
        .collect();
    text + &table(&rows)
}

/// A fixture that does not hold.
fn told(project: &Project, ready: &Ready, judged: &Judged) -> String {
    format!(
        "{}: {}\n  {}\n{}",
        place(project, ready, judged),
        show::summary(judged),
        ready.fixture.about.value.trim(),
        show::difference(&project.files, ready, judged)
    )
}

/// The first expected row that was not found, else the expectation.
fn place(project: &Project, ready: &Ready, judged: &Judged) -> String {
    let span = show::place(ready, judged);
    let at = project.files.position(span);
    format!("{}:{}:{}", ready.fixture.path.display(), at.line, at.column)
}

fn summary(tested: &[Tested]) -> String {
    let number = |status| tested.iter().map(|hunt| hunt.number(status)).sum::<usize>();
    let all: usize = tested.iter().map(|hunt| hunt.fixtures.len()).sum();
    let mut said = vec![
        format!("{} {}", number("holds"), if number("holds") == 1 { "holds" } else { "hold" }),
    ];
    for (status, what) in [("differs", "differ"), ("broken", "broken")] {
        if number(status) > 0 {
            said.push(format!("{} {what}", number(status)));
        }
    }
    format!(
        "{}, {}: {}",
        count(tested.len(), "hunt"),
        count(all, "fixture"),
        said.join(", ")
    )
}

fn members(project: &Project, tested: &[Tested]) -> serde_json::Map<String, Value> {
    let mut members = serde_json::Map::new();
    let hunts: Vec<Value> = tested
        .iter()
        .map(|hunt| {
            let fixtures: Vec<Value> = hunt
                .fixtures
                .iter()
                .map(|outcome| {
                    let differences: Vec<Value> = outcome
                        .differing()
                        .map(|(ready, judged)| show::json(&project.files, ready, judged))
                        .collect();
                    json!({
                        "fixture": outcome.name(), "path": outcome.path.display().to_string(),
                        "status": outcome.status(), "differences": differences,
                    })
                })
                .collect();
            json!({
                "hunt": hunt.slug, "path": hunt.path.display().to_string(), "fixtures": fixtures,
            })
        })
        .collect();
    members.insert("hunts".to_owned(), json!(hunts));
    let number = |status| tested.iter().map(|hunt| hunt.number(status)).sum::<usize>();
    let totals = json!({
        "hunts": tested.len(), "fixtures": number("holds") + number("differs") + number("broken"),
        "holding": number("holds"), "differing": number("differs"), "broken": number("broken"),
    });
    members.insert("summary".to_owned(), totals);
    members
}
