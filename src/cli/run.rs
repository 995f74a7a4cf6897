//! `huntc run`: a hunt over files of events, by the reference evaluator.
//!
//! In: a hunt, files, the instant of the run. Out: the result on standard output, and [`Ran`]: findings and an account of the data. Guarantee: the
//! result is what the hunt means; optional parts that the schema of the files lacks are left out, as its query leaves them out; where no row of the files
//! is an event, there is an error and no result.

use super::output::{self, Column, ResultFormat};
use super::{charts, reading, tables};
use crate::compile;
use crate::config::Config;
use crate::data::form::Form;
use crate::data::reading::name;
use crate::data::time::{self, Clock, DateOrder};
use crate::data::{self, DataError, Loaded, Opened, Request};
use crate::diag::{Code, Diagnostic, suggest};
use crate::eval;
use crate::hunt::{self, Hunt, ItemType};
use crate::plan::bind::specialize;
use crate::plan::{Known, Plan, StepKind, lower};
use crate::schema::Library;
use crate::source::{Files, Span, Spanned};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};
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

/// What a run said beside its result.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// Notes, and what was not understood in the data.
    pub findings: Vec<Diagnostic>,
    /// Warnings that leave the exit code as it is; none with `--strict`.
    pub advice: Vec<Diagnostic>,
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
    let said = (arguments.schema.as_deref())
        .map(|name| form(name, &plan.class, library))
        .transpose();
    let said = said.map_err(|error| vec![*error])?;
    let clock = clock(arguments).map_err(|error| vec![*error])?;
    let accepted = match &arguments.accept {
        None => reading::Accepted::default(),
        Some(path) => reading::Accepted::read(files, path)?,
    };
    let opened = data::open(&arguments.data, &plan.class, library, said)
        .map_err(|errors| errors.into_iter().map(unreadable).collect::<Vec<_>>())?;
    let (plan, mut findings) = fitted(&plan, &opened)?;
    if arguments.chart.is_some() && !charts::are_scored(&plan) {
        return Err(vec![charts::nothing_to_draw(&hunt.slug.value)]);
    }
    let mut loaded = load(opened, &plan, library, now, clock)?;
    let tested = eval::needs(&plan).tested;
    let graded = reading::grade(&loaded, &plan.class, &tested, &accepted);
    if !graded.errors.is_empty() {
        return Err(graded.errors.into_iter().chain(graded.warnings).collect());
    }
    findings.extend(graded.warnings);
    let mut advice = graded.advice;
    if arguments.strict {
        findings.append(&mut advice);
    }
    let events = std::mem::take(&mut loaded.events);
    let result = eval::run_owned(&plan, events, now).map_err(|error| vec![*error.0])?;
    findings.extend(result.notes.iter().cloned());
    let beside = beside(&result, arguments.sparklines, terminal);
    let written = match arguments.format {
        ResultFormat::Json => output::json(out, &result, &reading::json(&loaded, &tested)),
        format => output::write(out, &result, format, terminal, beside.as_ref()),
    };
    written.map_err(|error| {
        vec![Diagnostic::new(
            Code::E0653,
            format!("standard output: {error}"),
        )]
    })?;
    let mut summary = replaced;
    summary += &reading::text(&loaded, &tested, now, result.table.rows.len());
    let quoted = match arguments.format {
        ResultFormat::Csv => output::quoted_formulas(&result),
        _ => 0,
    };
    if quoted > 0 {
        let cells = super::terminal::count(quoted, "cell");
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
    Ok(Ran {
        findings,
        advice,
        summary,
    })
}

/// How times are to be read.
fn clock(arguments: &RunArguments) -> Result<Clock, Box<Diagnostic>> {
    let order = arguments.dates.map(|dates| match dates {
        Dates::Mdy => DateOrder::MonthFirst,
        Dates::Dmy => DateOrder::DayFirst,
    });
    let Some(text) = &arguments.zone else {
        return Ok(Clock::new(None, order));
    };
    let zone = time::zone(text).ok_or_else(|| {
        let error = Diagnostic::new(
            Code::E0649,
            format!("`--zone {text}` is not an offset from UTC"),
        );
        Box::new(error.help("write it like `UTC`, `+09:00` or `-0330`"))
    })?;
    Ok(Clock::new(Some(zone), order))
}

fn unreadable(error: DataError) -> Diagnostic {
    let finding = Diagnostic::new(error.code, error.to_string());
    match error.help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// The plan as the forms of the files leave it, and what they leave out.
fn fitted(plan: &Plan, opened: &[Opened]) -> Result<(Plan, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut all: Vec<(&Opened, Plan, Vec<Diagnostic>)> = Vec::new();
    for file in opened {
        if all
            .iter()
            .any(|(known, ..)| name(known.form) == name(file.form))
        {
            continue;
        }
        let (plan, notes) = match file.form.native() {
            None => (plan.clone(), Vec::new()),
            Some((schema, _)) => {
                let fitted = specialize(plan, schema, &[])?;
                (fitted.plan, fitted.notes)
            }
        };
        all.push((file, plan, notes));
    }
    let mut all = all.into_iter();
    let Some((first, plan, mut notes)) = all.next() else {
        return Ok((plan.clone(), Vec::new()));
    };
    let shape = format!("{:?}", plan.steps);
    for (file, other, more) in all {
        if format!("{:?}", other.steps) != shape {
            let title = format!(
                "{} is read as {} and {} as {}, which leave out different optional parts of the hunt",
                first.file.display(),
                name(first.form),
                file.file.display(),
                name(file.form)
            );
            let mut error = Diagnostic::new(Code::E0641, title);
            for note in notes.iter().chain(&more) {
                error = error.help(note.title.clone());
            }
            return Err(vec![error.help("run the files of each form apart")]);
        }
        for note in more {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    Ok((plan, notes))
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
    let is_number = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let instant = if is_number {
        Clock::default().text(text, true).ok()
    } else {
        time::instant(text)
    };
    instant.ok_or_else(|| {
        let error = Diagnostic::new(Code::E0655, format!("`--now {text}` is not an instant"));
        Box::new(error.help("write it like `2020-10-22T09:00:00Z` or `2020-10-22`"))
    })
}

/// The form that `--as` names.
fn form<'a>(text: &str, class: &str, library: &'a Library) -> Result<Form<'a>, Box<Diagnostic>> {
    if text == "neutral" {
        return Ok(Form::Neutral);
    }
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
    let platform = library.platform(name).ok_or_else(|| {
        let names = library.platform_names();
        let known = std::iter::once("neutral").chain(names).collect();
        unknown(format!("there is no schema `{name}`"), name, known)
    })?;
    let schema = platform.holds.get(class).ok_or_else(|| {
        let title = format!("schema `{name}` holds no events of class `{class}`");
        Box::new(Diagnostic::new(Code::E0657, title).help(platform.lacks(class)))
    })?;
    let products: Vec<&str> = schema.products.iter().map(String::as_str).collect();
    match (product, products.first()) {
        ("", first) => {
            let product = first.copied().unwrap_or("");
            Ok(Form::Native { schema, product })
        }
        (product, _) if products.contains(&product) => {
            let product = schema.product(Some(product)).unwrap_or("");
            Ok(Form::Native { schema, product })
        }
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
    opened: Vec<Opened>,
    plan: &Plan,
    library: &Library,
    now: i64,
    clock: Clock,
) -> Result<Loaded, Vec<Diagnostic>> {
    let Some(class) = library.classes.get(&plan.class) else {
        let title = format!("there is no event class `{}`", plan.class);
        return Err(vec![Diagnostic::new(Code::E0652, title)]);
    };
    let needs = eval::needs(plan);
    let fields: BTreeSet<String> = if needs.whole_events {
        let is_there = |field: &&String| {
            opened.iter().any(|file| {
                let mapping = file
                    .form
                    .native()
                    .and_then(|(schema, _)| schema.of_class(&class.name));
                mapping.is_none_or(|mapping| mapping.fields.contains_key(*field))
            })
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
        native: None,
        from: within.map(|within| now.saturating_sub(within)),
        to: now,
    };
    data::read(opened, request, clock).map_err(|error| vec![unreadable(error)])
}
