//! `huntc interpret`: the text of a query over sample tables, without an engine.
//!
//! In: a query, or lines of queries; a folder of tables. Out: the answer as a table, or a line of JSON for each query. Guarantee: what is refused is said with
//! its place and whether the platform refuses it or the interpreter does not know it.

use super::{CLEAN, FINDINGS, USAGE, output, terminal};
use crate::data::time;
use crate::diag::render::{self, Style};
use crate::diag::{Code, Diagnostic};
use crate::interp::sample::{self, Platform};
use crate::interp::{Answer, Refusal, RefusalKind, Sample, esql, kql};
use crate::source::{Files, Span};
use clap::ValueEnum;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The languages that are interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// Kusto, Sentinel, Defender.
    Kql,
    /// Elasticsearch.
    Esql,
}

/// Arguments of `interpret`.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct InterpretArguments {
    /// The language of the query.
    #[arg(value_enum)]
    language: Language,
    /// The query; `-` is the standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A folder of tables: NDJSON, JSON or CSV files named by their table; `<name>.types.json` beside one declares the types of its columns, otherwise
    /// they are read off the data.
    #[arg(long, value_name = "DIR")]
    tables: Option<PathBuf>,
    /// Say which types were read off the data.
    #[arg(long)]
    types: bool,
    /// The instant of the run; without it, this moment.
    #[arg(long, value_name = "INSTANT")]
    now: Option<String>,
    /// What the platform knows of addresses: a JSON object, from an address to what `geo_info_from_ip_address` says of it.
    #[arg(long, value_name = "FILE")]
    geo: Option<PathBuf>,
    /// ES|QL: the release of the stack, such as 8.19: its optimizer is modelled, and functions and commands that Elastic's documents say to be newer are
    /// refused. Without it, the newest of everything.
    #[arg(long, value_name = "RELEASE")]
    stack: Option<String>,
    /// Many queries: the file holds lines `{"id", "query"}`, the answers are lines `{"id", "columns", "rows"}` or `{"id", "error"}`.
    #[arg(long)]
    jsonl: bool,
}

/// What a query is run with.
struct Run {
    language: Language,
    samples: Vec<Sample>,
    options: kql::Options,
    release: Option<esql::Release>,
}

impl Run {
    fn answer(&self, query: &str) -> Result<Answer, Refusal> {
        match self.language {
            Language::Kql => kql::run(query, &self.samples, &self.options),
            Language::Esql => {
                let options = esql::Options {
                    now_ms: self.options.now_ms,
                    release: self.release.unwrap_or(esql::Release::NEWEST),
                    refuse_newer: self.release.is_some(),
                    ..esql::Options::default()
                };
                esql::run(query, &self.samples, &options)
            }
        }
    }
}

pub(super) fn run(arguments: &InterpretArguments) -> u8 {
    match prepare(arguments) {
        Err(message) => {
            terminal::err(&message);
            USAGE
        }
        Ok((run, text)) if arguments.jsonl => batch(&run, &text),
        Ok((run, text)) => one(&run, &text, &arguments.file),
    }
}

/// The text of the file, and what its queries are run with.
fn prepare(arguments: &InterpretArguments) -> Result<(Run, String), String> {
    let now_ms = match &arguments.now {
        None => jiff::Timestamp::now().as_millisecond(),
        Some(text) => time::instant(text).ok_or_else(|| {
            format!("`--now {text}` is not an instant; write it like `2020-10-22T09:00:00Z`")
        })?,
    };
    let release = match &arguments.stack {
        None => None,
        Some(text) => Some(
            esql::Release::read(text)
                .ok_or_else(|| format!("`--stack {text}` is not a release; write it like `9.3`"))?,
        ),
    };
    let geo = match &arguments.geo {
        None => BTreeMap::new(),
        Some(path) => serde_json::from_str(&read(path)?).map_err(|error| told(path, &error))?,
    };
    let platform = match arguments.language {
        Language::Kql => Platform::Kql,
        Language::Esql => Platform::Esql,
    };
    let loaded = match &arguments.tables {
        None => sample::Loaded::default(),
        Some(folder) => sample::load(folder, platform)?,
    };
    if arguments.types {
        for line in &loaded.types {
            terminal::err(line);
        }
    }
    let run = Run {
        language: arguments.language,
        samples: loaded.samples,
        options: kql::Options {
            now_ms,
            geo,
            ..kql::Options::default()
        },
        release,
    };
    Ok((run, read(&arguments.file)?))
}

fn told(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}

fn read(path: &Path) -> Result<String, String> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        return read.map(|_| text).map_err(|error| told(path, &error));
    }
    std::fs::read_to_string(path).map_err(|error| told(path, &error))
}

/// One query for people.
fn one(run: &Run, query: &str, file: &Path) -> u8 {
    match run.answer(query) {
        Ok(answer) => {
            let text = table(&answer, terminal::is_watched());
            terminal::out(&text);
            for warning in &answer.warnings {
                terminal::err(&format!("warning: {warning}"));
            }
            let count = terminal::count(answer.rows.len(), "row");
            let order = if answer.ordered {
                ""
            } else {
                ", in no fixed order"
            };
            terminal::err(&format!("{count}{order}"));
            CLEAN
        }
        Err(refusal) => {
            let text = refused(&refusal, query, file, terminal::style());
            terminal::err_exact(&format!("{text}\n"));
            FINDINGS
        }
    }
}

/// A refusal as a finding in the text of the query.
fn refused(refusal: &Refusal, query: &str, file: &Path, style: Style) -> String {
    let mut files = Files::default();
    let id = files.add(file, query.to_owned());
    let span = Span::new(id, refusal.span.start, refusal.span.end);
    let kind = kind(refusal.kind);
    let title = format!("{kind}: {}: {}", refusal.construct, refusal.message);
    render::render(
        &Diagnostic::at(code_of(refusal.kind), span, title),
        &files,
        style,
    )
}

fn code_of(kind: RefusalKind) -> Code {
    match kind {
        RefusalKind::Invalid => Code::E0690,
        RefusalKind::Unknown => Code::E0691,
        RefusalKind::Failed => Code::E0692,
        RefusalKind::Budget => Code::E0693,
    }
}

fn kind(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::Invalid => "refused by the platform",
        RefusalKind::Unknown => "not supported by this interpreter",
        RefusalKind::Failed => "failed",
        RefusalKind::Budget => "over the budget of this interpreter",
    }
}

fn table(answer: &Answer, terminal: bool) -> String {
    let columns: Vec<String> = answer
        .columns
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    let text = |cell: &Json| match cell {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    let cells: Vec<Vec<String>> = answer
        .rows
        .iter()
        .map(|row| {
            let cells = row.iter().map(|cell| output::cell(&text(cell), terminal));
            cells.collect()
        })
        .collect();
    let number = |ty: &str| {
        matches!(
            ty,
            "int" | "long" | "real" | "decimal" | "integer" | "double" | "unsigned_long"
        )
    };
    let numbers: Vec<bool> = answer.columns.iter().map(|(_, ty)| number(ty)).collect();
    let mut out = Vec::new();
    // Writing to memory does not fail.
    let _ = output::aligned(&mut out, &columns, &cells, &numbers);
    String::from_utf8_lossy(&out).into_owned()
}

/// Lines of queries to lines of answers.
fn batch(run: &Run, text: &str) -> u8 {
    let mut code = CLEAN;
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let asked: Json = serde_json::from_str(line).unwrap_or(Json::Null);
        let id = asked.get("id").cloned().unwrap_or(Json::Null);
        let Some(query) = asked.get("query").and_then(Json::as_str) else {
            terminal::err(&format!("line {} has no query", number + 1));
            return USAGE;
        };
        let told = match run.answer(query) {
            Ok(answer) => json!({
                "id": id,
                "columns": answer.columns,
                "rows": answer.rows,
                "ordered": answer.ordered,
                "warnings": answer.warnings,
            }),
            Err(refusal) => {
                code = FINDINGS;
                json!({
                    "id": id,
                    "error": refusal.message,
                    "code": code_of(refusal.kind).as_str(),
                    "kind": kind(refusal.kind),
                    "construct": refusal.construct,
                    "span": [refusal.span.start, refusal.span.end],
                })
            }
        };
        // As it comes: a later query that ends the program loses none of the answers.
        terminal::json(&told.to_string());
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_shows_its_place() {
        let query = "print x = 1\n| extend y = nothing(x)";
        let refusal = kql::run(query, &[], &kql::Options::default()).unwrap_err();
        assert_eq!(
            refused(&refusal, query, Path::new("q.kql"), Style::Plain),
            "error[E0691]: not supported by this interpreter: nothing: the function `nothing` is not known here
 --> q.kql:2:14
  |
2 | | extend y = nothing(x)
  |              ^^^^^^^^^^
  |
note: run `huntc explain E0691` for more"
        );
    }

    /// Who refuses is said first: the platform, or this interpreter.
    #[test]
    fn a_refusal_says_whose_it_is() {
        let options = kql::Options {
            limits: crate::interp::budget::Limits {
                rows: 10,
                ..Default::default()
            },
            ..kql::Options::default()
        };
        for (query, told) in [
            ("print x = y", "refused by the platform: y: "),
            (
                "print x = 1 | fork (take 1)",
                "not supported by this interpreter: fork: ",
            ),
            (
                "range x from 1 to 11 step 1",
                "over the budget of this interpreter: budget of rows: the query needs more than 10 rows",
            ),
        ] {
            let refusal = kql::run(query, &[], &options).unwrap_err();
            let text = refused(&refusal, query, Path::new("q.kql"), Style::Plain);
            assert!(text.contains(told), "{text}");
        }
    }

    #[test]
    fn an_answer_is_a_table() {
        let query = "datatable(name:string, n:long)['a', 1, 'bc', 20]";
        let answer = kql::run(query, &[], &kql::Options::default()).unwrap();
        assert_eq!(
            table(&answer, false),
            "name   n\n----  --\na      1\nbc    20\n"
        );
    }
}
