//! `huntc verify`: whether the texts of a hunt mean the same.
//!
//! In: hunts, targets, engines. Out: [`Report`]: for each hunt and target how often an engine agreed with the evaluator over the hunt's fixtures and over
//! events made from its own constants, and where it did not. Promise: what was not run is said and never counted as equal; the same seed gives the same
//! events.

mod candidates;
pub mod coverage;
pub mod engine;
mod generate;
pub mod interpreters;
pub mod json;
pub mod junit;
pub mod matrix;
pub mod mutate;
pub mod rows;
mod shrink;
mod sql;
pub mod trial;
mod verdict;
pub mod worker;

use crate::compile::Understood;
use crate::config::Configured;
use crate::diag::{Code, Diagnostic, Severity};
use crate::driver::{Front, Project};
use crate::eval::Events;
use crate::fixture::{self, Fixture, Given};
use crate::plan::{Known, TIME, lower};
use crate::source::Span;
use crate::value::Value;
use coverage::Coverage;
use engine::Engine;
use mutate::Mutant;
use std::path::Path;
use trial::Case;

/// The instant of generated events; no whole minute, so that windows do not begin on one.
const NOW: i64 = 1_772_458_245_678;

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only these engines; all where none is named.
    pub engines: Vec<String>,
    /// How many events may be made for a hunt.
    pub events: usize,
    /// Where the random numbers begin.
    pub seed: u64,
    /// Whether texts are broken on purpose, to see that it is noticed.
    pub mutants: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Report {
    /// Each hunt that could be understood.
    pub hunts: Vec<HuntReport>,
}

/// What was found of one hunt.
#[derive(Debug, Default)]
pub struct HuntReport {
    /// Its name.
    pub slug: String,
    /// How many fixtures it has.
    pub fixtures: usize,
    /// Events that were made up.
    pub generated: usize,
    /// Which conditions these decided.
    pub coverage: Coverage,
    /// What is wrong with the fixtures, and which conditions nothing decided.
    pub findings: Vec<Diagnostic>,
    /// One for each target and engine, in the order of the targets.
    pub cells: Vec<Verdict>,
}

/// What was found of one hunt for one target on one engine.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// The target.
    pub target: String,
    /// The engine.
    pub engine: String,
    /// Comparisons made.
    pub compared: usize,
    /// Comparisons in which the result had rows.
    pub telling: usize,
    /// Where the results differ.
    pub differences: Vec<Difference>,
    /// What became of broken texts; where there were no differences and it was asked for.
    pub mutants: Option<Mutants>,
    /// Why nothing was compared: the hunt is not for the target.
    pub unfit: Option<String>,
    /// Why nothing was compared: the engine is not there.
    pub absent: Option<String>,
}

/// One difference.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The fixture, or the batch of generated events.
    pub case: String,
    /// What differs, in lines.
    pub what: String,
    /// The same with fewer rows.
    pub least: Option<Least>,
}

/// A difference over few rows.
#[derive(Clone, Debug)]
pub struct Least {
    /// The rows in the columns of the schema, a line of JSON each.
    pub rows: String,
    /// How many these are.
    pub count: usize,
    /// What differs over them, in lines.
    pub what: String,
    /// The first step after which the number of rows differs.
    pub step: Option<Span>,
}

/// What became of texts that were broken on purpose.
#[derive(Clone, Debug, Default)]
pub struct Mutants {
    /// Texts that some result told from the right one.
    pub caught: usize,
    /// Texts that the engine refuses, which say nothing.
    pub refused: usize,
    /// Texts that gave the same everywhere.
    pub survivors: Vec<Mutant>,
}

impl Report {
    /// All verdicts.
    pub fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        self.hunts.iter().flat_map(|hunt| &hunt.cells)
    }

    /// How many comparisons were made.
    #[must_use]
    pub fn compared(&self) -> usize {
        self.verdicts().map(|verdict| verdict.compared).sum()
    }

    /// How many of them differ.
    #[must_use]
    pub fn differences(&self) -> usize {
        self.verdicts()
            .map(|verdict| verdict.differences.len())
            .sum()
    }
}

/// Runs everything.
pub fn verify(
    project: &mut Project,
    fronts: &[Front],
    targets: &[Configured],
    engines: &mut [Box<dyn Engine>],
    options: &Options,
) -> Report {
    let mut report = Report::default();
    for front in fronts {
        let sound = |finding: &Diagnostic| finding.severity != Severity::Error;
        let Some(understood) = &front.understood else {
            continue;
        };
        if front.findings.iter().all(sound) && front.configuration.is_empty() {
            report.hunts.push(one_hunt(
                project, front, understood, targets, engines, options,
            ));
        }
    }
    report
}

fn one_hunt(
    project: &mut Project,
    front: &Front,
    understood: &Understood,
    targets: &[Configured],
    engines: &mut [Box<dyn Engine>],
    options: &Options,
) -> HuntReport {
    let mut report = HuntReport {
        slug: front.slug.clone(),
        ..HuntReport::default()
    };
    let fixtures = fixtures(project, &front.path, understood, &mut report.findings);
    report.fixtures = fixtures.len();
    let mut cases = cases(project, understood, &fixtures, &mut report.findings);
    if options.events > 0 {
        generated(
            project,
            understood,
            &fixtures,
            options,
            &mut report,
            &mut cases,
        );
    }
    for target in targets {
        for engine in engines.iter_mut() {
            let wanted = options.engines.is_empty()
                || options.engines.iter().any(|name| name == engine.name());
            if wanted && engine.packs().contains(&target.target.pack.name.as_str()) {
                let library = &project.library;
                let mut one = verdict::verdict(library, target, engine.as_mut(), &cases);
                if options.mutants && one.compared > 0 && one.differences.is_empty() {
                    one.mutants = verdict::mutants(library, target, engine.as_mut(), &cases);
                }
                report.cells.push(one);
            }
        }
    }
    report
}

/// The fixtures beside a hunt.
fn fixtures(
    project: &mut Project,
    path: &Path,
    understood: &Understood,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Fixture> {
    let mut fixtures = Vec::new();
    let folder = path.parent().unwrap_or(Path::new(""));
    let Some(class) = project.library.classes.get(&understood.plan.class) else {
        return fixtures;
    };
    let paths = fixture::list(folder).unwrap_or_else(|faults| {
        findings.extend(faults);
        Vec::new()
    });
    for path in paths {
        match fixture::read(&mut project.files, &path, class, &understood.hunt.tables) {
            Ok(fixture) => fixtures.push(fixture),
            Err(faults) => findings.extend(faults),
        }
    }
    fixtures
}

/// What the hunt is asked about.
fn cases(
    project: &Project,
    understood: &Understood,
    fixtures: &[Fixture],
    findings: &mut Vec<Diagnostic>,
) -> Vec<Case> {
    let known = Known::library(&project.library);
    let mut cases = Vec::new();
    for fixture in fixtures {
        let hunt = fixture.hunt(&understood.hunt);
        match lower(&understood.query, &hunt, &known, &fixture.params) {
            Ok(plan) => cases.push(Case {
                label: format!("fixture {}", fixture.name),
                number: cases.len(),
                generated: false,
                hunt,
                plan,
                now: fixture.now,
                given: fixture.given.clone(),
            }),
            Err(faults) => findings.extend(faults),
        }
    }
    cases
}

/// Adds cases of events that are made up.
fn generated(
    project: &Project,
    understood: &Understood,
    fixtures: &[Fixture],
    options: &Options,
    report: &mut HuntReport,
    cases: &mut Vec<Case>,
) {
    let plan = &understood.plan;
    let Some(class) = project.library.classes.get(&plan.class) else {
        return;
    };
    let bases: Vec<Events> = fixtures.iter().filter_map(moved).collect();
    let (seed, budget) = (options.seed, options.events);
    let made = match generate::generate(plan, class, &bases, NOW, seed, budget) {
        Ok(made) => made,
        Err(error) => {
            report.findings.push(*error.0);
            return;
        }
    };
    for condition in &made.coverage.conditions {
        if !condition.is_covered() {
            let title = format!("no generated event decides this: {}", condition.lack());
            let finding = Diagnostic::at(Code::N0601, condition.span, title);
            report.findings.push(finding);
        }
    }
    report.generated = made.made;
    report.coverage = made.coverage;
    for (at, events) in made.batches.into_iter().enumerate() {
        cases.push(Case {
            label: format!("generated batch {}", at + 1),
            number: cases.len(),
            generated: true,
            hunt: understood.hunt.clone(),
            plan: plan.clone(),
            now: NOW,
            given: Given::Events(events),
        });
    }
}

/// The events of a fixture, as long before the instant of generated events as they were before its own.
fn moved(fixture: &Fixture) -> Option<Events> {
    let Given::Events(events) = &fixture.given else {
        return None;
    };
    let mut events = events.clone();
    let at = events.columns.iter().position(|name| name == TIME)?;
    for row in &mut events.rows {
        if let Some(Value::Time(time)) = row.get_mut(at) {
            *time += NOW - fixture.now;
        }
    }
    Some(events)
}
