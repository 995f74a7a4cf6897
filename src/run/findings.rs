//! Findings on the data of a run.
//!
//! In: what was loaded, the fields that the hunt tests, what a team accepted. Out: diagnostics. Guarantee: nothing understood is an error, a word or an
//! empty field that the hunt tests a warning; the rest is information.

use super::accepted::Accepted;
use crate::data::Loaded;
use crate::data::reading::{Filled, UnlistedWord};
use crate::diag::{Code, Diagnostic, Severity, printable};
use crate::source::Span;
use crate::value::instant;
use std::collections::BTreeSet;

/// What a run said of its data.
pub(super) struct Findings {
    /// What keeps the run from having a result.
    pub errors: Vec<Diagnostic>,
    /// What is not meaning in rows or exports.
    pub warnings: Vec<Diagnostic>,
    /// What only `--strict` makes a failure.
    pub advice: Vec<Diagnostic>,
}

/// Grades what was read.
pub(super) fn grade(
    loaded: &Loaded,
    class: &str,
    tested: &BTreeSet<String>,
    accepted: &Accepted,
) -> Findings {
    let warning = |code: Code, title: String| Diagnostic {
        severity: Severity::Warning,
        ..Diagnostic::new(code, title)
    };
    let reading = &loaded.reading;
    let mut findings = Findings {
        errors: nothing(loaded, class).into_iter().collect(),
        warnings: Vec::new(),
        advice: Vec::new(),
    };
    let problems = loaded.problems.iter();
    findings
        .warnings
        .extend(problems.map(|problem| warning(Code::E0654, printable(&problem.to_string()))));
    let summary = &loaded.summary;
    if summary.without_time > 0 && summary.in_window + summary.outside_window > 0 {
        let title = format!("{} without a time: left out", rows(summary.without_time));
        findings.warnings.push(
            warning(Code::E0654, title)
                .help("perhaps the file holds rows of a second form; they are read apart"),
        );
    }
    if let Some((first, last)) = summary.times
        && summary.in_window == 0
        && summary.outside_window > 0
    {
        let (first, last) = (instant(first), instant(last));
        let title = format!("all events lie outside the window: they are from {first} to {last}");
        let help = format!("`--now {last}` would look back from the last of them");
        findings
            .warnings
            .push(warning(Code::W0604, title).help(help));
    }
    let partial = reading.warnings.iter();
    findings
        .warnings
        .extend(partial.map(|why| warning(Code::W0603, printable(why))));
    let mut used: Vec<Span> = Vec::new();
    for word in reading.words.iter().filter(|word| is_tested(word, tested)) {
        let mut accepting = accepted.words.iter();
        match accepting.find(|(column, known, _)| *column == word.column && *known == word.word) {
            Some((.., place)) => used.push(*place),
            None => findings.advice.push(unlisted(word)),
        }
    }
    for field in empty(&reading.filled, tested) {
        let mut accepting = accepted.empty.iter();
        match accepting.find(|(known, _)| *known == field.field) {
            Some((_, place)) => used.push(*place),
            None => findings.advice.push(never(field)),
        }
    }
    let places = accepted.words.iter().map(|(.., place)| *place);
    let places = places.chain(accepted.empty.iter().map(|(_, place)| *place));
    for place in places.filter(|place| !used.contains(place)) {
        let title = "this entry was not needed in this run";
        findings
            .advice
            .push(Diagnostic::at(Code::N0610, place, title));
    }
    findings
}

/// Whether the hunt tests a field that holds this word.
#[must_use]
pub(crate) fn is_tested(word: &UnlistedWord, tested: &BTreeSet<String>) -> bool {
    word.fields.iter().any(|field| tested.contains(field))
}

/// Fields that are tested and empty in every row.
fn empty<'a>(filled: &'a [Filled], tested: &BTreeSet<String>) -> impl Iterator<Item = &'a Filled> {
    let is_empty =
        |field: &&Filled| field.rows > 0 && field.filled == 0 && tested.contains(&field.field);
    filled.iter().filter(is_empty)
}

fn unlisted(word: &UnlistedWord) -> Diagnostic {
    let shown = printable(&format!("{:?}", word.word));
    let title = format!(
        "`{}` holds {shown} in {}, which the schema does not list; the hunt tests {}",
        word.column,
        rows(word.rows),
        ticked(&word.fields)
    );
    let finding = Diagnostic::new(Code::W0601, title);
    let finding = match &word.near {
        Some(near) => finding.help(format!("the schema lists `{near}`")),
        None => finding,
    };
    finding.help("the query on the platform would not find these rows either; `--accept FILE` keeps what was looked at")
}

fn never(field: &Filled) -> Diagnostic {
    let from = match field.columns.as_slice() {
        [column] if *column == field.field => String::new(),
        columns => format!(" ({})", columns.join(", ")),
    };
    let title = format!(
        "the hunt tests `{}`{from}, which has no value in any of {}",
        field.field,
        rows(field.rows)
    );
    Diagnostic::new(Code::W0602, title)
}

/// Why there is no event at all.
fn nothing(loaded: &Loaded, class: &str) -> Option<Diagnostic> {
    let summary = &loaded.summary;
    let readable = summary.rows - summary.malformed_rows;
    let title = if summary.rows == 0 {
        "there are no rows in the data".to_owned()
    } else if readable == 0 {
        format!("none of {} could be read", rows(summary.rows))
    } else if summary.other_class == readable {
        let tables: BTreeSet<&str> = (loaded.reading.files.iter())
            .flat_map(|file| file.other_tables.keys().map(String::as_str))
            .collect();
        let of = match tables.len() {
            0 => String::new(),
            _ => format!(": they are of {}", ticked(&tables)),
        };
        format!("none of {} is a `{class}`{of}", rows(readable))
    } else if summary.in_window + summary.outside_window == 0 {
        format!("none of {} has a time", rows(summary.without_time))
    } else {
        return None;
    };
    let forms: BTreeSet<&str> = loaded
        .reading
        .files
        .iter()
        .map(|file| file.form.as_str())
        .collect();
    let forms: Vec<&str> = forms.into_iter().collect();
    let help = format!("read as {}; `--as` says another form", forms.join(", "));
    Some(Diagnostic::new(Code::E0642, title).help(help))
}

/// `1 row`, `2 rows`.
#[must_use]
pub(crate) fn rows(count: u64) -> String {
    format!("{count} {}", if count == 1 { "row" } else { "rows" })
}

fn ticked<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names
        .into_iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    names.join(", ")
}
