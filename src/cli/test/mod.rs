//! `huntc test`: whether hunts find in their fixtures what these expect.
//!
//! In: hunts, their fixtures. Out: each fixture that does not hold with the rows that differ and the step that lost them, a line per hunt, a summary.
//! Guarantee: exit code 0 means that every fixture was meaning and holds; 1 that some do not hold; 2 that a hunt does not compile or a fixture does not
//! load. Nothing is written without `--update`, and then only fixtures.

mod junit;
mod targets;
mod update;

use super::report::{Page, Report};
use super::terminal::{count, table};
use super::{Form, Hunts};
use crate::assess::{Assessed, Fixtures, Ready, show};
use crate::compiler::Analysis;
use crate::diag::{Diagnostic, Severity};
use crate::driver::Project;
use crate::source::Files;
use crate::verify::Report as Compared;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Arguments of `test`.
#[derive(Args, Debug)]
pub(super) struct TestArguments {
    #[command(flatten)]
    hunts: Hunts,
    /// Write what was found into the `expect` and `expect_count` of the fixtures of these hunts, after showing it as a difference; never with CI=true.
    #[arg(long, requires = "paths")]
    update: bool,
    /// Also run the emitted KQL and ES|QL of every target on the fixtures, by the interpreters of this program.
    #[arg(long, conflicts_with = "update")]
    targets: bool,
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
    assessed: Option<(Ready, Vec<Assessed>)>,
    /// The difference that was written, where it was updated.
    updated: Option<String>,
}

impl Outcome {
    fn name(&self) -> String {
        let name = self.path.file_stem().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// The runs that differ.
    fn differing(&self) -> impl Iterator<Item = (&Ready, &Assessed)> {
        let assessed = self.assessed.iter();
        assessed
            .flat_map(|(ready, runs)| runs.iter().map(move |run| (ready, run)))
            .filter(|(_, run)| run.difference.is_some())
    }

    fn status(&self) -> &'static str {
        if self.assessed.is_none() {
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
    if arguments.update && super::in_ci() {
        return super::fail(arguments.form(), project.files(), vec![update::not_in_ci()]);
    }
    let targets = match targets::wanted(arguments.targets, &project) {
        Ok(targets) => targets,
        Err(faults) => return super::fail(arguments.form(), project.files(), faults),
    };
    report.configuration(project.faults.clone());
    let found = project.hunts(&arguments.hunts.paths);
    report.configuration(found.faults.clone());
    let analyses = project.analyse(&found.paths);
    let mut tested = Vec::new();
    for analysis in &analyses {
        let mut hunt = test(&mut project, &mut report, analysis);
        if arguments.update {
            update::update(&mut project, &mut report, analysis, &mut hunt.fixtures);
        }
        tested.push(hunt);
    }
    let compared = targets.map(|targets| targets::compare(&mut project, &analyses, &targets));
    if compared
        .as_ref()
        .is_some_and(|compared| compared.differences() > 0)
    {
        report.differ();
    }
    if tested.iter().any(|hunt| hunt.number("differs") > 0) {
        report.differ();
    }
    let mut json = members(&project, &tested);
    let mut text = match arguments.format {
        TestForm::Junit => junit::document(project.files(), &tested, compared.as_ref()),
        TestForm::Human | TestForm::Json => human(&project, &tested),
    };
    if let Some(compared) = &compared {
        json.extend(targets::members(compared, &project));
        if arguments.format == TestForm::Human {
            text += &targets::human(compared, &project);
        }
    }
    let page = Page {
        is_document: arguments.format == TestForm::Junit,
        text,
        summary: summary(&tested, compared.as_ref()),
        summary_aside: arguments.format == TestForm::Junit,
        json,
    };
    report.finish(project.files(), page)
}

/// Tests a hunt; its lints are for `check`.
fn test(project: &mut Project, report: &mut Report, analysis: &Analysis) -> Tested {
    let is_error = |finding: &&Diagnostic| finding.severity == Severity::Error;
    let errors: Vec<Diagnostic> = analysis
        .diagnostics
        .iter()
        .filter(is_error)
        .cloned()
        .collect();
    let mut tested = Tested {
        slug: analysis.slug.clone(),
        path: analysis.path.clone(),
        errors: errors.len(),
        fixtures: Vec::new(),
    };
    report.add(errors);
    let Some(meaning) = &analysis.meaning else {
        return tested;
    };
    let fixtures = Fixtures::beside(&mut project.compiler, &analysis.path, meaning);
    tested.errors += fixtures.faults.len();
    report.add(fixtures.errors().cloned());
    for (path, broken) in fixtures.broken {
        tested.fixtures.push(Outcome {
            path,
            broken,
            assessed: None,
            updated: None,
        });
    }
    for ready in fixtures.ready {
        let path = ready.fixture.path.clone();
        let (broken, assessed) = match ready.assess() {
            Ok(runs) => (Vec::new(), Some((ready, runs))),
            Err(errors) => (errors, None),
        };
        report.add(broken.iter().cloned());
        tested.fixtures.push(Outcome {
            path,
            broken,
            assessed,
            updated: None,
        });
    }
    tested.fixtures.sort_by(|a, b| a.path.cmp(&b.path));
    tested
}

/// Each fixture that does not hold, then a line per hunt.
fn human(project: &Project, tested: &[Tested]) -> String {
    let mut text = String::new();
    for outcome in tested.iter().flat_map(|hunt| &hunt.fixtures) {
        if let Some(difference) = &outcome.updated {
            text += &format!("{difference}\n");
        }
        for (ready, assessed) in outcome.differing() {
            text += &told(project.files(), ready, assessed);
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
fn told(files: &Files, ready: &Ready, assessed: &Assessed) -> String {
    format!(
        "{}: {}\n  {}\n{}",
        place(files, ready, assessed),
        show::summary(assessed),
        ready.fixture.about.value.trim(),
        show::difference(files, ready, assessed)
    )
}

/// The first expected row that was not found, else the expectation.
fn place(files: &Files, ready: &Ready, assessed: &Assessed) -> String {
    let at = files.position(show::place(ready, assessed));
    format!("{}:{}:{}", ready.fixture.path.display(), at.line, at.column)
}

fn summary(tested: &[Tested], compared: Option<&Compared>) -> String {
    let number = |status| tested.iter().map(|hunt| hunt.number(status)).sum::<usize>();
    let all: usize = tested.iter().map(|hunt| hunt.fixtures.len()).sum();
    let mut said = vec![format!(
        "{} {}",
        number("holds"),
        if number("holds") == 1 {
            "holds"
        } else {
            "hold"
        }
    )];
    for (status, one, many) in [
        ("differs", "differs", "differ"),
        ("broken", "broken", "broken"),
    ] {
        let number = number(status);
        if number > 0 {
            said.push(format!("{number} {}", if number == 1 { one } else { many }));
        }
    }
    let updated = tested.iter().flat_map(|hunt| &hunt.fixtures);
    let updated = updated.filter(|one| one.updated.is_some()).count();
    if updated > 0 {
        said.push(format!("{updated} updated"));
    }
    let compared = compared.map(|compared| {
        format!(
            "; {} over the targets, {}",
            count(compared.compared(), "comparison"),
            count(compared.differences(), "difference")
        )
    });
    format!(
        "{}, {}: {}{}",
        count(tested.len(), "hunt"),
        count(all, "fixture"),
        said.join(", "),
        compared.unwrap_or_default()
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
                        .map(|(ready, assessed)| show::json(project.files(), ready, assessed))
                        .collect();
                    json!({
                        "fixture": outcome.name(), "path": outcome.path.display().to_string(),
                        "status": outcome.status(), "updated": outcome.updated.is_some(),
                        "differences": differences,
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
