//! `huntc run` on the command line: its arguments, its result, its findings, its exit code.
//!
//! In: what `run` was asked. Out: the result on standard output, findings and the account of the data on standard error. Guarantee: the hunt is run with
//! the parameters of huntc.yaml, as its queries are compiled; wrong data or arguments are usage, not a broken hunt.

use super::output::{self, Column, ResultFormat};
use super::report::{Page, Report};
use super::{Form, charts, fail, reading, tables, terminal};
use crate::compiler::Compiler;
use crate::config::Config;
use crate::data::time::DateOrder;
use crate::diag::{Code, Diagnostic};
use crate::driver::Project;
use crate::eval;
use crate::run::{Ran, Request};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What `huntc run` is asked.
#[derive(clap::Args, Clone, Debug)]
pub struct RunArguments {
    /// The hunt: its file or its folder.
    pub hunt: PathBuf,
    /// Files of events: NDJSON, JSON arrays and responses, CSV, Windows event logs, Zeek logs; plain, gzip or zstd; `-` is the standard input.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub data: Vec<PathBuf>,
    /// In whose columns the events are written: `neutral`, or a schema and a product of it; without it, the keys of each file tell.
    #[arg(long = "as", visible_alias = "form", value_name = "SCHEMA[:PRODUCT]")]
    pub schema: Option<String>,
    /// The zone of times that do not say one: `UTC`, `+09:00`.
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    pub zone: Option<String>,
    /// Which part of dates such as `1/5/2024` comes first.
    #[arg(long, value_enum, value_name = "ORDER")]
    pub dates: Option<Dates>,
    /// A file of findings on the data that were looked at and accepted.
    #[arg(long, value_name = "FILE")]
    pub accept: Option<PathBuf>,
    /// A value for a parameter of the hunt.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Rows for a table of the hunt in place of its own, from a CSV file; it is read as a platform reads such an object, and what is skipped
    /// is told.
    #[arg(long = "table", value_name = "NAME=FILE")]
    pub tables: Vec<String>,
    /// The instant of the run, from which windows are counted back; without it, this moment.
    #[arg(long, value_name = "INSTANT")]
    pub now: Option<String>,
    /// The form of the result.
    #[arg(long, value_enum, default_value_t = ResultFormat::Table)]
    pub format: ResultFormat,
    /// Draw each series of which a scored point reached the result, as SVG files in this folder.
    #[arg(long, value_name = "FOLDER")]
    pub chart: Option<PathBuf>,
    /// Whether a table shows beside each row the series that it came from; `auto` does so on a terminal.
    #[arg(long, value_enum, default_value_t = Sparklines::Auto, value_name = "WHEN")]
    pub sparklines: Sparklines,
    /// Fail on words that a schema does not list, and on empty columns, in fields that the hunt tests.
    #[arg(long)]
    pub strict: bool,
}

/// Which part of a date such as `1/5/2024` comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Dates {
    /// The month: `5/1/2024` is the first of May.
    Mdy,
    /// The day: `1/5/2024` is the first of May.
    Dmy,
}

/// When series are shown beside the rows of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Sparklines {
    /// In every table.
    Always,
    /// In no table.
    Never,
    /// In a table on a terminal.
    #[default]
    Auto,
}

impl From<Dates> for DateOrder {
    fn from(dates: Dates) -> DateOrder {
        match dates {
            Dates::Mdy => DateOrder::MonthFirst,
            Dates::Dmy => DateOrder::DayFirst,
        }
    }
}

impl RunArguments {
    fn request(&self) -> Request {
        Request {
            hunt: hunt_file(&self.hunt),
            data: self.data.clone(),
            form: self.schema.clone(),
            zone: self.zone.clone(),
            dates: self.dates.map(DateOrder::from),
            accept: self.accept.clone(),
            params: self.params.clone(),
            tables: self.tables.clone(),
            now: self.now.clone(),
            needs_scores: self.chart.is_some(),
        }
    }
}

pub(super) fn command(arguments: &RunArguments, mut project: Project) -> u8 {
    let path = match project.one_hunt(&arguments.hunt) {
        Ok(path) => path,
        Err(faults) => return fail(Form::Human, project.files(), faults),
    };
    let arguments = RunArguments {
        hunt: path,
        ..arguments.clone()
    };
    let mut result = Vec::new();
    let ran = run(
        &arguments,
        &mut project.compiler,
        project.config.as_ref(),
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
            // A folder that takes no charts is no error in the hunt.
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
    report.finish(project.files(), page)
}

/// Whether an error is in the arguments or the configuration rather than in the hunt or the data.
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

/// What a run said beside its result.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Notes, and what was not understood in the data.
    pub findings: Vec<Diagnostic>,
    /// Warnings that leave the exit code as it is; none with `--strict`.
    pub advice: Vec<Diagnostic>,
    /// The account of the data, for standard error.
    pub summary: String,
}

/// Runs a hunt and writes its result to `out`; `terminal` says whether that is one.
///
/// # Errors
/// Everything that keeps the hunt from being run.
pub fn run(
    arguments: &RunArguments,
    compiler: &mut Compiler,
    config: Option<&Config>,
    out: &mut dyn Write,
    terminal: bool,
) -> Result<Told, Vec<Diagnostic>> {
    let Ran {
        hunt,
        output: result,
        loaded,
        tested,
        now,
        replaced,
        mut findings,
        mut advice,
    } = crate::run::run(&arguments.request(), compiler, config)?;
    if arguments.strict {
        let notes = result.notes.len();
        let before = findings.len().saturating_sub(notes);
        findings.splice(before..before, advice.drain(..));
    }
    let beside = beside(&result, arguments.sparklines, terminal);
    let written = match arguments.format {
        ResultFormat::Json => output::json(out, &result, &reading::json(&loaded, &tested)),
        format => output::write(out, &result, format, terminal, beside.as_ref()),
    };
    written.map_err(|error| {
        let title = format!("standard output: {error}");
        vec![Diagnostic::new(Code::E0653, title)]
    })?;
    let mut summary: String = replaced.iter().map(tables::account).collect();
    summary += &reading::account(&loaded, &tested, now, result.table.rows.len());
    let quoted = match arguments.format {
        ResultFormat::Csv => output::quoted_formulas(&result),
        _ => 0,
    };
    if quoted > 0 {
        let cells = terminal::count(quoted, "cell");
        summary += &format!(
            "\n{cells} would be a formula in a spreadsheet and begins with ' there (--format csv-exact: as it is)"
        );
    }
    if let Some(folder) = &arguments.chart {
        let scores = result.scores.unwrap_or_default();
        let (written, faults) = charts::write(folder, &hunt.name.value, &scores);
        summary = format!("{summary}\n{written}");
        findings.extend(faults);
    }
    Ok(Told {
        findings,
        advice,
        summary,
    })
}

/// The series beside the rows, where they are to be shown.
fn beside(result: &eval::Output, when: Sparklines, terminal: bool) -> Option<Column> {
    let shown = match when {
        Sparklines::Always => true,
        Sparklines::Never => false,
        Sparklines::Auto => terminal,
    };
    let scores = result.scores.as_ref().filter(|_| shown);
    scores.and_then(charts::sparklines)
}

fn hunt_file(path: &Path) -> PathBuf {
    if path.is_dir() {
        path.join("hunt.yaml")
    } else {
        path.to_owned()
    }
}
