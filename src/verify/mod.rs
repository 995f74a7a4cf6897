//! `huntc verify`: whether the texts of a hunt mean the same.
//!
//! In: hunts, targets, engines. Out: [`Report`]: for each hunt and target how often an engine agreed with the evaluator over the hunt's fixtures and over
//! events made from its own constants, and where it did not. Guarantee: what was not run is said and never counted as equal; the same seed gives the same
//! events.

mod candidates;
pub(crate) mod compare;
pub(crate) mod coverage;
pub(crate) mod databases;
pub(crate) mod engine;
pub(crate) mod engine_tables;
pub(crate) mod engines;
pub(crate) mod equivalent;
pub(crate) mod generate;
pub(crate) mod html;
pub(crate) mod interpreters;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod live;
pub(crate) mod matrix;
pub(crate) mod mutate;
mod prepare;
mod random;
pub(crate) mod rows;
mod schedule;
mod shrink;
pub(crate) mod sql;
pub(crate) mod texts;
pub(crate) mod trial;
mod variants;
mod verdict;
pub(crate) mod worker;

use crate::compiler::Analysis;
use crate::config::Configured;
use crate::diag::Diagnostic;
use crate::driver::Project;
use crate::source::Span;
use coverage::Coverage;
use engine::Engine;
use mutate::Mutant;
use prepare::Prepared;
use texts::Texts;

/// What is requested.
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
    /// Its own words, and its text for each target.
    pub texts: Texts,
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
    /// Whether the engine was there and ended or fell silent; `absent` says how.
    pub lost: bool,
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

/// Runs everything: first the events of all hunts are made, then every engine runs what is its own, all of them at once.
pub fn verify(
    project: &mut Project,
    analyses: &[Analysis],
    targets: &[Configured],
    engines: &mut [Box<dyn Engine>],
    options: &Options,
) -> Report {
    let (mut given, mut words) = (Vec::new(), Vec::new());
    for analysis in analyses {
        if let Some(meaning) = &analysis.meaning
            && analysis.is_sound()
        {
            let beside = prepare::beside(project, &analysis.path, meaning);
            words.push(texts::texts(project, analysis, meaning, targets));
            given.push((analysis, meaning, beside));
        }
    }
    let configured = project
        .config
        .as_ref()
        .map_or(0, |config| config.targets.len());
    let library = project.compiler.library();
    let mut hunts: Vec<Prepared> = std::thread::scope(|scope| {
        let prepared: Vec<_> = given
            .into_iter()
            .map(|(analysis, meaning, beside)| {
                let slug = &analysis.slug;
                scope.spawn(move || prepare::prepare(library, slug, meaning, beside, options))
            })
            .collect();
        let done = prepared
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join);
        done.map(|one| one.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    schedule::run(library, targets, engines, options, &mut hunts);
    // Where only some targets or engines were asked for, a reason may be for another.
    if options.mutants && options.engines.is_empty() && targets.len() == configured {
        hunts.iter_mut().for_each(Prepared::needless);
    }
    let told = |(hunt, texts): (Prepared, Texts)| HuntReport {
        texts,
        ..hunt.report
    };
    Report {
        hunts: hunts.into_iter().zip(words).map(told).collect(),
    }
}
