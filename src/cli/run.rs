//! `huntc run`: a hunt over files of events, by the reference evaluator.
//!
//! In: a hunt, files, the instant of the run. Out: the result on standard output, and [`Ran`]: findings and an account of the data. Promise: the
//! result is what the hunt means; with `--as` optional parts that the schema lacks are left out, as its query leaves them out.

use super::output::{self, Column, ResultFormat};
use super::{charts, tables};
use crate::compile;
use crate::config::Config;
use crate::data::{self, Loaded, Request, form, time};
use crate::diag::{Code, Diagnostic, Severity, suggest};
use crate::eval;
use crate::hunt::{self, Hunt, ItemType};
use crate::plan::bind::specialize;
use crate::plan::{Known, Plan, StepKind, lower};
use crate::schema::{Library, Schema};
use crate::source::{Files, Span, Spanned};
use crate::value::{Value, instant};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What `huntc run` is asked.
#[derive(clap::Args, Clone, Debug)]
pub struct RunArguments {
    /// The hunt: its file or its folder.
    pub hunt: PathBuf,
    /// Files of events, NDJSON or CSV, plain or gzip; `-` is the standard input.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub data: Vec<PathBuf>,
    /// The schema in whose native columns the events are written, and a product form of it; without it, the keys of the first row tell, and
    /// what they told is said.
    #[arg(long = "as", value_name = "SCHEMA[:PRODUCT]")]
    pub schema: Option<String>,
    /// A value for a parameter of the hunt.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Rows for a table of the hunt in place of its own, from a CSV file; it is read as a platform reads such an object, and what is passed over
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
    /// Fail if anything in the data is malformed.
    #[arg(long)]
    pub strict: bool,
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

/// What a run said beside its result.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// Notes, malformed data, and with `strict` the error that it was malformed.
    pub findings: Vec<Diagnostic>,
    /// The account of the data, for standard error.
    pub summary: String,
}

/// Runs a hunt with its own values of parameters and writes its result to `out`; `terminal` says whether that is one.
///
/// # Errors
/// Everything that keeps the hunt from being run.
pub fn run(
    arguments: &RunArguments,
    library: &Library,
    files: &mut Files,
    out: &mut dyn Write,
    terminal: bool,
) -> Result<Ran, Vec<Diagnostic>> {
    run_tuned(arguments, library, None, files, out, terminal)
}

/// Runs a hunt with the environment's values of parameters, as its queries are compiled; `--param` wins over them.
///
/// # Errors
/// Everything that keeps the hunt from being run.
pub fn run_tuned(
    arguments: &RunArguments,
    library: &Library,
    config: Option<&Config>,
    files: &mut Files,
    out: &mut dyn Write,
    terminal: bool,
) -> Result<Ran, Vec<Diagnostic>> {
    let path = hunt_file(&arguments.hunt);
    let mut hunt = hunt::read(files, &path)?;
    let replaced = tables::replace(&arguments.tables, &mut hunt, files)?;
    let known = Known::library(library);
    let query = compile::parse(files, &hunt, &known)?;
    let mut values = config.map_or_else(|| Ok(BTreeMap::new()), |config| config.params(&hunt))?;
    values.extend(overrides(&arguments.params, &hunt, files)?);
    let plan = lower(&query, &hunt, &known, &values)?;
    let now = now(arguments.now.as_deref()).map_err(|error| vec![*error])?;
    let guessed = match (&arguments.schema, arguments.data.first()) {
        (None, Some(first)) => form::of_file(first, &plan.class, library),
        _ => None,
    };
    let native = match &arguments.schema {
        None => guessed.as_ref().map(|form| (form.schema, form.product)),
        Some(name) => Some(native(name, library).map_err(|error| vec![*error])?),
    };
    let (plan, mut findings) = match native {
        None => (plan, Vec::new()),
        Some((schema, _)) => {
            let fitted = specialize(&plan, schema, &[])?;
            (fitted.plan, fitted.notes)
        }
    };
    if arguments.chart.is_some() && !charts::are_scored(&plan) {
        return Err(vec![charts::nothing_to_draw(&hunt.slug.value)]);
    }
    let mut loaded = load(&arguments.data, &plan, library, native, now)?;
    findings.extend(malformed(&loaded, arguments.strict));
    let events = std::mem::take(&mut loaded.events);
    let result = eval::run_owned(&plan, events, now).map_err(|error| vec![*error.0])?;
    findings.extend(result.notes.iter().cloned());
    let beside = beside(&result, arguments.sparklines, terminal);
    output::write(out, &result, arguments.format, terminal, beside.as_ref()).map_err(|error| {
        vec![Diagnostic::new(
            Code::E0653,
            format!("standard output: {error}"),
        )]
    })?;
    let mut summary = guessed.map_or_else(String::new, |form| said(&form));
    summary += &replaced;
    summary += &account(&loaded, now, result.table.rows.len());
    if let Some(folder) = &arguments.chart {
        let scores = result.scores.unwrap_or_default();
        let (written, faults) = charts::write(folder, &hunt.name.value, &scores);
        summary = format!("{summary}\n{written}");
        findings.extend(faults);
    }
    Ok(Ran { findings, summary })
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

/// The instant of the run.
fn now(given: Option<&str>) -> Result<i64, Box<Diagnostic>> {
    let Some(text) = given else {
        return Ok(jiff::Timestamp::now().as_millisecond());
    };
    time::instant(text).ok_or_else(|| {
        let error = Diagnostic::new(Code::E0655, format!("`--now {text}` is not an instant"));
        Box::new(error.help("write it like `2020-10-22T09:00:00Z` or `2020-10-22`"))
    })
}

/// The schema and product form that `--as` names.
fn native<'a>(
    text: &'a str,
    library: &'a Library,
) -> Result<(&'a Schema, &'a str), Box<Diagnostic>> {
    let (name, product) = text.split_once(':').unwrap_or((text, ""));
    let unknown = |title: String, word: &str, known: Vec<&str>| {
        let error = Diagnostic::new(Code::E0657, title);
        let help = match suggest::nearest(word, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("it has one form only: write `--as {name}`"),
            None => format!("there are: {}", known.join(", ")),
        };
        Box::new(error.help(help))
    };
    let schema = library.schemas.get(name).ok_or_else(|| {
        let known = library.schemas.keys().map(String::as_str).collect();
        unknown(format!("there is no schema `{name}`"), name, known)
    })?;
    let products: Vec<&str> = schema.products.iter().map(String::as_str).collect();
    match (product, products.first()) {
        ("", first) => Ok((schema, first.copied().unwrap_or(""))),
        (product, _) if products.contains(&product) => Ok((schema, product)),
        (product, _) => Err(unknown(
            format!("schema `{name}` has no product form `{product}`"),
            product,
            products,
        )),
    }
}

/// The values that `--param` gives, by the types that the hunt declares; whether they are allowed is for `lower` to say.
fn overrides(
    given: &[String],
    hunt: &Hunt,
    files: &mut Files,
) -> Result<BTreeMap<String, Spanned<Value>>, Vec<Diagnostic>> {
    let mut values = BTreeMap::new();
    let mut errors = Vec::new();
    for text in given {
        let file = files.add("--param", text.clone());
        let span = Span::new(file, 0, text.len());
        let Some((name, value)) = text.split_once('=') else {
            let title = "a parameter is given as `name=value`";
            errors.push(Diagnostic::at(Code::E0656, span, title));
            continue;
        };
        let ty = hunt
            .params
            .get(name)
            .map_or(ItemType::Text, |param| param.ty);
        match parameter(ty, value) {
            Some(value) => {
                values.insert(name.to_owned(), Spanned::new(value, span));
            }
            None => {
                let place = Span::new(file, name.len() + 1, text.len());
                let title = format!("`{value}` is not {}", what(ty));
                errors.push(Diagnostic::at(Code::E0656, place, title));
            }
        }
    }
    if errors.is_empty() {
        Ok(values)
    } else {
        Err(errors)
    }
}

fn parameter(ty: ItemType, text: &str) -> Option<Value> {
    match ty {
        ItemType::Bool => text.parse().ok().map(Value::Bool),
        ItemType::Int => text.parse().ok().map(Value::Int),
        ItemType::Float => text
            .parse()
            .ok()
            .map(Value::float)
            .filter(|v| !v.is_missing()),
        ItemType::Text | ItemType::Network => Some(Value::text(text)).filter(|v| !v.is_missing()),
        ItemType::Ip => crate::net::canonical(text).map(|text| Value::text(&text)),
        ItemType::Duration => duration(text).map(Value::Duration),
    }
}

/// `90s`, `5m`, `24h`, `7d`.
fn duration(text: &str) -> Option<i64> {
    let unit = text.chars().next_back()?;
    let size = match unit {
        's' => 1000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return None,
    };
    let digits = text.strip_suffix(unit)?;
    let digits = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    digits?.parse::<i64>().ok()?.checked_mul(size)
}

fn what(ty: ItemType) -> &'static str {
    match ty {
        ItemType::Bool => "`true` or `false`",
        ItemType::Int => "a whole number",
        ItemType::Float => "a number",
        ItemType::Text => "a text that is not empty",
        ItemType::Duration => "a duration such as `24h`",
        ItemType::Ip => "an address",
        ItemType::Network => "a network",
    }
}

fn load(
    files: &[PathBuf],
    plan: &Plan,
    library: &Library,
    native: Option<(&Schema, &str)>,
    now: i64,
) -> Result<Loaded, Vec<Diagnostic>> {
    let Some(class) = library.classes.get(&plan.class) else {
        let title = format!("there is no event class `{}`", plan.class);
        return Err(vec![Diagnostic::new(Code::E0652, title)]);
    };
    let needs = eval::needs(plan);
    let fields: BTreeSet<String> = if needs.whole_events {
        let is_there = |field: &&String| {
            let mapping = native.and_then(|(schema, _)| schema.classes.get(&class.name));
            mapping.is_none_or(|mapping| mapping.fields.contains_key(*field))
        };
        class.fields.keys().filter(is_there).cloned().collect()
    } else {
        needs.fields
    };
    let within = plan.steps.first().and_then(|step| match &step.kind {
        StepKind::From { within, .. } => *within,
        _ => None,
    });
    let request = Request {
        class,
        fields: &fields,
        native,
        from: within.map(|within| now.saturating_sub(within)),
        to: now,
    };
    data::load(files, request)
        .map_err(|error| vec![Diagnostic::new(Code::E0653, error.to_string())])
}

/// What was malformed: told, and fatal where it must not be.
fn malformed(loaded: &Loaded, strict: bool) -> Vec<Diagnostic> {
    let severity = if strict {
        Severity::Error
    } else {
        Severity::Warning
    };
    let told = loaded.problems.iter().map(|problem| Diagnostic {
        severity,
        ..Diagnostic::new(Code::E0654, problem.to_string())
    });
    told.collect()
}

/// What the rows were taken for, where nobody said it.
fn said(form: &form::Form) -> String {
    let product = if form.product.is_empty() {
        String::new()
    } else {
        format!(":{}", form.product)
    };
    let name = format!("{}{product}", form.schema.name);
    format!(
        "the rows are read as {name}, because the first has {} (`--as {name}` says so, another `--as` overrules it)\n",
        form.time
    )
}

/// The account of the data in a line, and more where hardly anything was found in them.
fn account(loaded: &Loaded, now: i64, rows: usize) -> String {
    let summary = &loaded.summary;
    let mut text = format!("{summary}; {rows} in the result; now = {}", instant(now));
    let shown = loaded.problems.len() as u64;
    let found = summary.malformed_rows + summary.malformed_values;
    if shown < found {
        text = format!("{text}\nof the malformed rows and values {shown} are shown, of {found}");
    }
    if let Some((first, last)) = summary.times
        && summary.in_window == 0
        && summary.outside_window > 0
    {
        let (first, last) = (instant(first), instant(last));
        text = format!(
            "{text}\nall events lie outside the window: they are from {first} to {last}; `--now {last}` would look back from the last of them"
        );
    }
    if summary.rows > summary.malformed_rows && !loaded.never.is_empty() {
        let keys = loaded.never.join(", ");
        text = format!("{text}\nno event has a value for: {keys}");
    }
    text
}
