//! A hunt over files of events, by the reference evaluator.
//!
//! In: a hunt, files, the instant of the run. Out: [`Ran`]: the result, what was read, findings on the data. Guarantee: the result is what the hunt means;
//! optional parts that the schema of the files lacks are left out, as its query leaves them out; where no row of the files is an event, there is an
//! error and no result. Nothing is printed here.

mod accepted;
mod events;
mod findings;
mod options;
mod tables;

pub(crate) use findings::{is_tested, rows};
pub(crate) use tables::Replaced;

use crate::compiler::{Compiler, Meaning};
use crate::config::Config;
use crate::data::time::DateOrder;
use crate::data::{self, Loaded};
use crate::diag::{Code, Diagnostic};
use crate::eval::{self, Output};
use crate::hunt::Hunt;
use crate::source::Source;
use accepted::Accepted;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What a run is asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// The hunt's file.
    pub hunt: PathBuf,
    /// Files of events; `-` is the standard input.
    pub data: Vec<PathBuf>,
    /// In whose columns the events are written: `neutral`, or a schema and a product of it; without it, the keys of each file tell.
    pub form: Option<String>,
    /// The zone of times that do not say one: `UTC`, `+09:00`.
    pub zone: Option<String>,
    /// Which part of dates such as `1/5/2024` comes first.
    pub dates: Option<DateOrder>,
    /// A file of findings on the data that were looked at and accepted.
    pub accept: Option<PathBuf>,
    /// Values for parameters of the hunt, as `name=value`; they win over those of the configuration.
    pub params: Vec<String>,
    /// Rows for tables of the hunt in place of its own, as `name=file`.
    pub tables: Vec<String>,
    /// The instant of the run; without it, this moment.
    pub now: Option<String>,
    /// Whether the result must come from scored series.
    pub needs_scores: bool,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    /// The hunt that was run.
    pub hunt: Hunt,
    /// Its result.
    pub output: Output,
    /// What was read, without the events.
    pub loaded: Loaded,
    /// The fields that the hunt tests.
    pub tested: BTreeSet<String>,
    /// The instant of the run.
    pub now: i64,
    /// Tables whose rows were replaced.
    pub replaced: Vec<Replaced>,
    /// Notes, and what was not understood in the data.
    pub findings: Vec<Diagnostic>,
    /// Words that a schema does not list, and empty columns, in fields that the hunt tests.
    pub advice: Vec<Diagnostic>,
}

/// Runs a hunt, with the values of parameters that a configuration gives it, as its queries are compiled.
///
/// # Errors
/// Everything that keeps the hunt from being run.
pub(crate) fn run(
    request: &Request,
    compiler: &mut Compiler,
    config: Option<&Config>,
) -> Result<Ran, Vec<Diagnostic>> {
    let (meaning, replaced) = meaning(request, compiler, config)?;
    let platforms = compiler.platforms();
    let library = &platforms.library;
    let one = |error: Box<Diagnostic>| vec![*error];
    let now = options::now(request.now.as_deref()).map_err(one)?;
    let class = &meaning.plan.class;
    let form = request.form.as_deref();
    let form = form
        .map(|name| options::form(name, class, library))
        .transpose();
    let form = form.map_err(one)?;
    let clock = options::clock(request.zone.as_deref(), request.dates).map_err(one)?;
    let accepted = match &request.accept {
        None => Accepted::default(),
        Some(path) => Accepted::read(&mut compiler.files, path)?,
    };
    let opened = data::open(&request.data, class, library, form).map_err(|errors| {
        errors
            .into_iter()
            .map(events::unreadable)
            .collect::<Vec<_>>()
    })?;
    let (plan, mut findings) = events::fitted(&meaning.plan, &opened)?;
    if request.needs_scores && !plan.is_scored() {
        return Err(vec![nothing_scored(&meaning.hunt.slug.value)]);
    }
    let mut loaded = events::load(opened, &plan, library, now, clock)?;
    let tested = eval::needs(&plan).tested;
    let graded = findings::grade(&loaded, class, &tested, &accepted);
    if !graded.errors.is_empty() {
        return Err(graded.errors.into_iter().chain(graded.warnings).collect());
    }
    findings.extend(graded.warnings);
    let events = std::mem::take(&mut loaded.events);
    let output = eval::run_owned(&plan, events, now).map_err(|error| vec![*error.0])?;
    findings.extend(output.notes.iter().cloned());
    Ok(Ran {
        hunt: meaning.hunt,
        output,
        loaded,
        tested,
        now,
        replaced,
        findings,
        advice: graded.advice,
    })
}

/// What the hunt means with the tables and values that the request gives it.
fn meaning(
    request: &Request,
    compiler: &mut Compiler,
    config: Option<&Config>,
) -> Result<(Meaning, Vec<Replaced>), Vec<Diagnostic>> {
    let mut replaced = Vec::new();
    let analysis = compiler.analyse_with(&Source::disk(&request.hunt), |hunt, files| {
        replaced = tables::replace(&request.tables, hunt, files)?;
        let mut values = match config {
            Some(config) => config.params(hunt)?,
            None => crate::compiler::Params::new(),
        };
        values.extend(options::overrides(&request.params, hunt, files)?);
        Ok(values)
    });
    if !analysis.configuration.is_empty() {
        return Err(analysis.configuration);
    }
    // Lints and promises are about the text of the hunt, not about this run.
    match analysis.meaning {
        Some(meaning) => Ok((meaning, replaced)),
        None => Err(analysis.diagnostics),
    }
}

/// Why a hunt that scores nothing has no charts.
fn nothing_scored(hunt: &str) -> Diagnostic {
    let title = format!("hunt `{hunt}` scores no series, so `--chart` has nothing to draw");
    Diagnostic::new(Code::E0659, title)
        .help("a chart shows a series that the steps `series` and `anomaly` made and scored")
}
