//! `huntc verify`: whether the texts of hunts mean the same.
//!
//! In: hunts, huntc.yaml, the engines that are there. Out: a matrix of hunts and targets, each difference, which engines did not run. Guarantee: an engine that
//! is not there is reported, and is a failure where it is required: by name, or in CI all of them. What a live engine was given is taken away again, at an
//! interrupt too; what could not be is reported.

use super::report::{Page, Report};
use super::{Form, Hunts, atomic_write, compile, interrupt};
use crate::compiler::Analysis;
use crate::diag::{Code, Diagnostic, Severity, suggest};
use crate::driver::Project;
use crate::verify::live::{self, Live};
use crate::verify::{self, Options, engine, engines, html, json, junit, matrix};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Arguments of `verify`.
#[derive(Args, Debug)]
pub(super) struct VerifyArguments {
    #[command(flatten)]
    hunts: Hunts,
    /// Only for these targets.
    #[arg(long = "target", value_name = "TARGET", value_delimiter = ',')]
    targets: Vec<String>,
    /// Only on these engines: kql, esql (both read in this process), duckdb, postgres, spark, clickhouse; kusto, elasticsearch (where their URL is given).
    #[arg(long = "engine", value_name = "ENGINE", value_delimiter = ',')]
    engines: Vec<String>,
    /// Fail if this engine is not there; with CI=true every engine is required.
    #[arg(long = "require", value_name = "ENGINE", value_delimiter = ',')]
    required: Vec<String>,
    /// Also on a Kusto cluster or the Kusto emulator: nothing is created there. HUNTC_KUSTO_TOKEN is its bearer token.
    #[arg(long, value_name = "URL")]
    kusto: Option<String>,
    /// The database of --kusto; any will do, for nothing in it is read.
    #[arg(long, value_name = "NAME", requires = "kusto", default_value = live::DATABASE)]
    kusto_database: String,
    /// Also on an Elasticsearch: temporary indices named huntc-verify-* hold the events. HUNTC_ELASTICSEARCH_API_KEY, or _USER and _PASSWORD.
    #[arg(long, value_name = "URL")]
    elasticsearch: Option<String>,
    /// How many events may be made up for a hunt; 0 for its fixtures alone.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    events: usize,
    /// Where the random numbers begin.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Also break each text on purpose, in every way that is known, and tell which breaks nothing notices.
    #[arg(long)]
    mutants: bool,
    /// For people, one JSON document, or JUnit's XML.
    #[arg(long = "format", value_enum, default_value_t = VerifyForm::Human, value_name = "FORM")]
    format: VerifyForm,
    /// Also write the report as one HTML page, which needs no network and no other file.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// How the report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum VerifyForm {
    /// For people.
    Human,
    /// One JSON document on standard output.
    Json,
    /// JUnit's XML on standard output.
    Junit,
}

impl VerifyArguments {
    pub(super) fn form(&self) -> Form {
        match self.format {
            VerifyForm::Json => Form::Json,
            VerifyForm::Human | VerifyForm::Junit => Form::Human,
        }
    }
}

pub(super) fn run(arguments: &VerifyArguments, mut project: Project) -> u8 {
    let start = Instant::now();
    let began = jiff::Timestamp::now();
    let form = arguments.form();
    let live = Live {
        kusto: arguments.kusto.clone(),
        kusto_database: arguments.kusto_database.clone(),
        elasticsearch: arguments.elasticsearch.clone(),
        ..Live::default()
    };
    let mut faults = compile::configured(&project);
    faults.extend(unknown_engines(arguments, &live));
    let mut engines = engines::all(&project.root);
    match live.engines(&|name| std::env::var(name).ok()) {
        Ok(more) => engines.extend(more),
        Err(more) => faults.extend(more),
    }
    faults.extend(arguments.html.as_deref().and_then(no_file));
    let targets = match project.targets(&arguments.targets) {
        Ok(targets) if faults.is_empty() => targets,
        Ok(_) => return super::fail(form, project.files(), faults),
        Err(more) => {
            faults.extend(more);
            return super::fail(form, project.files(), faults);
        }
    };
    let found = project.hunts(&arguments.hunts.paths);
    let mut report = Report::new(form);
    report.configuration(found.faults.clone());
    let analyses = project.analyse(&found.paths);
    let options = Options {
        engines: arguments.engines.clone(),
        events: arguments.events,
        seed: arguments.seed,
        mutants: arguments.mutants,
    };
    if live.elasticsearch.is_some() {
        // Temporary indices go before the program ends.
        interrupt::tidy();
    }
    let verified = verify::verify(&mut project, &analyses, &targets, &mut engines, &options);
    // Engines end here, before anything is printed.
    let left: Vec<String> = engines.iter_mut().flat_map(|engine| engine.end()).collect();
    drop(engines);
    report.configuration(left.into_iter().map(left_behind));
    let mut run = beside(&analyses);
    run.began = Some(began.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    run.faults.extend(found.faults);
    let mut written = None;
    if let Some(path) = &arguments.html {
        let page = html::page(&verified, project.files(), &options, &run);
        let whole = page.map_err(|error| error.to_string());
        match whole
            .and_then(|page| atomic_write::write(path, &page).map_err(|error| error.to_string()))
        {
            Ok(()) => written = Some(path.display().to_string()),
            Err(why) => report.configuration([unwritten(path, &why)]),
        }
    }
    for analysis in analyses {
        report.add_quietly(analysis.diagnostics);
        report.configuration(analysis.configuration);
    }
    for hunt in &verified.hunts {
        report.add(hunt.findings.clone());
    }
    report.configuration(required(arguments, &verified));
    if verified.differences() > 0 {
        report.differ();
    }
    let summary = format!(
        "{} comparisons, {} differences, {:.1} s",
        verified.compared(),
        verified.differences(),
        start.elapsed().as_secs_f64()
    );
    let mut members = json::members(&verified, project.files());
    if let Some(path) = &written {
        members.insert("html".to_owned(), path.as_str().into());
    }
    let page = Page {
        text: match arguments.format {
            VerifyForm::Junit => junit::document(&verified),
            _ => [
                matrix::matrix(&verified),
                matrix::details(&verified, project.files()),
                matrix::mutants(&verified),
                written.map_or_else(String::new, |path| format!("\npage written to {path}\n")),
            ]
            .concat(),
        },
        summary,
        summary_aside: arguments.format == VerifyForm::Junit,
        is_document: arguments.format == VerifyForm::Junit,
        json: members,
    };
    report.finish(project.files(), page)
}

/// What is known of hunts beside the results of verifying them: errors that kept them out, and lints.
fn beside(analyses: &[Analysis]) -> html::Run {
    let mut run = html::Run::default();
    for analysis in analyses {
        for finding in analysis.configuration.iter().chain(&analysis.diagnostics) {
            match finding.severity {
                Severity::Error => run.faults.push(finding.clone()),
                Severity::Warning => run.lints.push((analysis.slug.clone(), finding.clone())),
                Severity::Note => {}
            }
        }
    }
    run
}

/// A place where no page can be, told before anything runs.
fn no_file(path: &Path) -> Option<Diagnostic> {
    let is_no_file = path.is_dir() || path.file_name().is_none();
    is_no_file.then(|| unwritten(path, "this is a folder; the page is a file"))
}

fn unwritten(path: &Path, why: &str) -> Diagnostic {
    Diagnostic::new(Code::E0661, format!("{}: {why}", path.display()))
}

/// Names that are no engine.
fn unknown_engines(arguments: &VerifyArguments, live: &Live) -> Vec<Diagnostic> {
    let named = arguments.engines.iter().chain(&arguments.required);
    let unknown = named
        .filter(|name| engine::names().all(|engine| engine != name.as_str()) || !live.has(name));
    unknown
        .map(|name| {
            if !live.has(name) {
                let title = format!("the engine `{name}` is asked for, and its URL is not given");
                return Diagnostic::new(Code::E0660, title).help(format!("add `--{name} URL`"));
            }
            let fault = Diagnostic::new(Code::E0660, format!("there is no engine `{name}`"));
            let fault = match suggest::nearest(name, engine::names()) {
                Some(near) => fault.help(format!("an engine with a similar name exists: `{near}`")),
                None => fault,
            };
            fault.help(format!(
                "the engines are {}",
                engine::names().collect::<Vec<_>>().join(", ")
            ))
        })
        .collect()
}

/// Engines that must run and did not, and those that did not run to the end.
fn required(arguments: &VerifyArguments, verified: &verify::Report) -> Vec<Diagnostic> {
    let all = super::in_ci();
    let by_url = |engine: &str| match engine {
        "kusto" => arguments.kusto.is_some(),
        "elasticsearch" => arguments.elasticsearch.is_some(),
        _ => false,
    };
    let absent = matrix::absent(verified).into_iter();
    let told = absent.filter_map(|(engine, why)| {
        if matrix::is_lost(verified, &engine) {
            let title = format!("engine lost: `{engine}` ended or fell silent during the run");
            return Some(Diagnostic::new(Code::E0662, title).help(why));
        }
        if all || arguments.required.contains(&engine) {
            let title = format!("the engine `{engine}` is required and did not run");
            let fault = Diagnostic::new(Code::E0660, title).help(why);
            return Some(fault.help("`huntc explain E0660` shows how to install it; `--engine kql,esql` runs what needs nothing"));
        }
        by_url(&engine).then(|| {
            let title = format!(
                "the engine `{engine}` was asked for by its URL and did not run, or not to the end"
            );
            Diagnostic::new(Code::E0660, title).help(why)
        })
    });
    told.collect()
}

fn left_behind(what: String) -> Diagnostic {
    Diagnostic::new(Code::E0671, format!("not deleted: {what}"))
        .help("it was made for this run alone, and can be deleted by hand")
}
