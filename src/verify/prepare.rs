//! The cases that a hunt is verified with.
//!
//! In: a hunt, the fixtures beside it, how many events are requested. Out: [`Prepared`]: cases for every target and engine, and a report with what they decide.
//! Guarantee: nothing here depends on a target or an engine; the same seed gives the same cases.

use super::coverage::Coverage;
use super::equivalent::{self, Equivalent};
use super::mutate::Mutant;
use super::trial::{Case, Kind};
use super::{HuntReport, Options, Verdict, generate};
use crate::assess::{Fixtures, Ready, Run, show};
use crate::compiler::Meaning;
use crate::diag::{Code, Diagnostic};
use crate::driver::Project;
use crate::eval::{self, EvalError, Events};
use crate::fixture::Given;
use crate::schema::Library;
use std::path::Path;

/// The instant of generated events; no whole minute, so that windows do not begin on one.
const NOW: i64 = 1_772_458_245_678;

/// A hunt that is ready for engines.
pub(super) struct Prepared {
    /// What is known without any engine; verdicts are added to it.
    pub report: HuntReport,
    /// What it is asked about.
    pub cases: Vec<Case>,
    /// Which broken texts nothing can distinguish from the right ones.
    pub equivalent: Vec<Equivalent>,
}

/// The files beside a hunt.
pub(super) struct Beside {
    fixtures: Vec<Ready>,
    equivalent: Vec<Equivalent>,
    findings: Vec<Diagnostic>,
}

/// Reads the files beside a hunt, and what is wrong with them.
pub(super) fn beside(project: &mut Project, path: &Path, meaning: &Meaning) -> Beside {
    let mut findings = Vec::new();
    let folder = path.parent().unwrap_or(Path::new(""));
    let equivalent =
        equivalent::read(&mut project.compiler.files, folder).unwrap_or_else(|faults| {
            findings.extend(faults);
            Vec::new()
        });
    let fixtures = Fixtures::beside(&mut project.compiler, path, meaning);
    findings.extend(fixtures.errors().cloned());
    Beside {
        fixtures: fixtures.ready,
        equivalent,
        findings,
    }
}

/// Makes the cases of a hunt.
pub(super) fn prepare(
    library: &Library,
    slug: &str,
    meaning: &Meaning,
    beside: Beside,
    options: &Options,
) -> Prepared {
    let fixtures = &beside.fixtures;
    let mut hunt = Prepared {
        report: HuntReport {
            slug: slug.to_owned(),
            fixtures: fixtures.len(),
            findings: beside.findings,
            ..HuntReport::default()
        },
        cases: Vec::new(),
        equivalent: beside.equivalent,
    };
    hunt.of_fixtures(fixtures);
    if options.events > 0 {
        hunt.of_made_events(library, meaning, fixtures, options);
    }
    hunt
}

impl Prepared {
    /// Reports which reasons nothing needs; of use once every verdict is there.
    pub(super) fn needless(&mut self) {
        let cells = &self.report.cells;
        let ran = |verdict: &Verdict| verdict.compared == 0 || verdict.mutants.is_some();
        if cells.is_empty() || cells.iter().any(|cell| cell.absent.is_some() || !ran(cell)) {
            return;
        }
        let survivors: Vec<(&Mutant, &str)> = cells
            .iter()
            .filter_map(|cell| Some((cell.mutants.as_ref()?, cell.target.as_str())))
            .flat_map(|(own, target)| own.survivors.iter().map(move |one| (one, target)))
            .collect();
        for known in &self.equivalent {
            if !survivors
                .iter()
                .any(|(mutant, target)| known.is(mutant, target))
            {
                let title = "every broken text like this was noticed, or there is none";
                let finding = Diagnostic::at(Code::N0602, known.span(), title);
                self.report.findings.push(finding);
            }
        }
    }

    /// A case for each fixture that can be run; one that does not hold is reported.
    fn of_fixtures(&mut self, fixtures: &[Ready]) {
        for ready in fixtures {
            let fixture = &ready.fixture;
            match ready.assess() {
                Ok(assessed) => {
                    let wrong = assessed.iter().filter_map(|run| show::finding(ready, run));
                    self.report.findings.extend(wrong);
                }
                Err(faults) => {
                    self.report.findings.extend(faults);
                    self.report.fixtures -= 1;
                    continue;
                }
            }
            self.cases.push(Case {
                label: format!("fixture {}", fixture.name),
                number: self.cases.len(),
                kind: Kind::Fixture,
                hunt: ready.hunt.clone(),
                plan: ready.plan.clone(),
                now: fixture.now,
                given: fixture.given.clone(),
            });
        }
    }

    fn of_made_events(
        &mut self,
        library: &Library,
        meaning: &Meaning,
        fixtures: &[Ready],
        options: &Options,
    ) {
        let plan = &meaning.plan;
        let Some(class) = library.classes.get(&plan.class) else {
            return;
        };
        let bases: Vec<Events> = fixtures
            .iter()
            .filter_map(|ready| ready.fixture.events_at(NOW))
            .collect();
        let (seed, budget) = (options.seed, options.events);
        let made = match generate::generate(plan, class, &bases, NOW, seed, budget) {
            Ok(made) => made,
            Err(error) => {
                self.report.findings.push(*error.0);
                return;
            }
        };
        let mut coverage = made.coverage;
        for (run, now) in (fixtures.iter())
            .flat_map(|ready| ready.runs.iter().map(|run| (run, ready.fixture.now)))
        {
            match seen(run, now) {
                Ok(seen) => coverage.join(&seen),
                Err(error) => self.report.findings.push(*error.0),
            }
        }
        for condition in &coverage.conditions {
            if !condition.is_covered() {
                let title = format!("no event decides this: {}", condition.lack());
                let finding = Diagnostic::at(Code::N0601, condition.span, title);
                self.report.findings.push(finding);
            }
        }
        self.report.generated = made.made;
        self.report.coverage = coverage;
        let telling = made
            .telling
            .into_iter()
            .map(|events| (Kind::Telling, events));
        let many = made.many.into_iter().map(|events| (Kind::Many, events));
        for (at, (kind, events)) in telling.chain(many).enumerate() {
            self.cases.push(Case {
                label: format!("{} generated events ({})", events.rows.len(), at + 1),
                number: self.cases.len(),
                kind,
                hunt: meaning.hunt.clone(),
                plan: plan.clone(),
                now: NOW,
                given: Given::Events(events),
            });
        }
    }
}

/// What the events of a fixture decide.
fn seen(run: &Run, now: i64) -> Result<Coverage, EvalError> {
    let plan = eval::answerable(&run.plan)?;
    let mut coverage = Coverage::of(&plan);
    coverage.observe(&plan, &run.events, now)?;
    Ok(coverage)
}
