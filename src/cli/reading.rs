//! The account of what a run read: text for people, JSON for programs, and what of it is a finding.
//!
//! In: what was loaded, the fields that the hunt tests, what a team accepted. Out: diagnostics, lines for standard error, the `reading` member of the JSON
//! result. Guarantee: nothing understood is an error, a word or an empty field that the hunt tests a warning; the rest is information.

use super::output::printable;
use crate::data::Loaded;
use crate::data::reading::{Filled, Reading, UnlistedWord};
use crate::diag::{Code, Diagnostic};
use crate::source::yaml::{self, Faults, Map, Node};
use crate::source::{Files, MAX_BYTES, Span, read_text};
use crate::value::instant;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::Path;

/// How many files, keys and words are listed.
const LISTED: usize = 10;

/// What a team has looked at and accepted.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    words: Vec<(String, String, Span)>,
    empty: Vec<(String, Span)>,
}

impl Accepted {
    /// Reads the file of `--accept`.
    pub fn read(files: &mut Files, path: &Path) -> Result<Accepted, Vec<Diagnostic>> {
        let coded = |fault: Diagnostic| Diagnostic {
            code: Code::E0646,
            ..fault
        };
        let file = read_text(files, path, MAX_BYTES).map_err(|fault| vec![coded(fault)])?;
        let root = yaml::parse(files, file);
        let root = root.map_err(|faults| faults.into_iter().map(coded).collect::<Vec<_>>())?;
        let mut faults = Faults::default();
        let mut accepted = Accepted::default();
        if let Some(map) = faults.map(&root, "what is accepted: `words` and `empty`") {
            faults.known(map, "a file of `--accept`", &["words", "empty"]);
            for (entry, place) in entries(map, "words", &["column", "word", "why"], &mut faults) {
                if let [Some(column), Some(word), Some(_)] = entry.as_slice() {
                    accepted.words.push((column.clone(), word.clone(), place));
                }
            }
            for (entry, place) in entries(map, "empty", &["field", "why"], &mut faults) {
                if let [Some(field), Some(_)] = entry.as_slice() {
                    accepted.empty.push((field.clone(), place));
                }
            }
        }
        if faults.all.is_empty() {
            return Ok(accepted);
        }
        Err(faults.all.into_iter().map(coded).collect())
    }
}

/// The entries of a list, each with the texts of its keys.
fn entries(
    map: &Map,
    key: &str,
    keys: &[&str],
    faults: &mut Faults,
) -> Vec<(Vec<Option<String>>, Span)> {
    let Some(list) = map
        .get(key)
        .and_then(|node| faults.list(node, "a list of mappings"))
    else {
        return Vec::new();
    };
    let entry = |node: &Node| {
        let entry = faults.map(node, "a mapping")?;
        faults.known(entry, &format!("an entry of `{key}`"), keys);
        let text = |name: &&str| {
            let what = format!("an entry of `{key}`");
            let node = faults.required(entry, node.span, &what, name)?;
            Some(faults.text(node, "a text")?.value)
        };
        Some((keys.iter().map(text).collect(), node.span))
    };
    list.iter().filter_map(entry).collect()
}

/// What a run said of its data.
pub(super) struct Findings {
    /// What keeps the run from having a result.
    pub errors: Vec<Diagnostic>,
    /// What is not understood in rows or exports.
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
        severity: crate::diag::Severity::Warning,
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

fn is_tested(word: &UnlistedWord, tested: &BTreeSet<String>) -> bool {
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

/// The account for people.
pub(super) fn text(loaded: &Loaded, tested: &BTreeSet<String>, now: i64, found: usize) -> String {
    let summary = &loaded.summary;
    let reading = &loaded.reading;
    let mut lines = vec![format!(
        "{summary}; {found} in the result; now = {}",
        instant(now)
    )];
    let shown = loaded.problems.len() as u64;
    let malformed = summary.malformed_rows + summary.malformed_values;
    if shown < malformed {
        lines.push(format!(
            "of the malformed rows and values {shown} are shown, of {malformed}"
        ));
    }
    files(reading, &mut lines);
    let shares: Vec<String> = (reading.filled.iter())
        .filter(|field| field.rows > 0 && tested.contains(&field.field))
        .map(|field| format!("{} {}", field.field, share(field)))
        .collect();
    if !shares.is_empty() {
        let of = rows(summary.in_window);
        lines.push(format!(
            "tested fields with a value, of {of}: {}",
            shares.join(", ")
        ));
    }
    assumed(reading, &mut lines);
    let others = reading.words.iter().filter(|word| !is_tested(word, tested));
    let others = others.map(|word| {
        let shown = format!("{:?} in `{}` ({})", word.word, word.column, rows(word.rows));
        printable(&shown)
    });
    listed(
        "words that the schema does not list",
        others.collect(),
        &mut lines,
    );
    // Of the many keys of other columns and tables in native rows only those are of use that may be misspelt.
    let neutral = reading.files.iter().any(|file| file.form == "neutral");
    let keys = reading
        .keys
        .iter()
        .filter(|key| neutral || key.near.is_some())
        .map(|key| {
            let near = (key.near.as_ref()).map(|near| format!("did you mean `{near}`?"));
            let count = (key.rows > 0).then(|| rows(key.rows));
            let about: Vec<String> = count.into_iter().chain(near).collect();
            let name = printable(&key.key);
            match about.as_slice() {
                [] => format!("`{name}`"),
                about => format!("`{name}` ({})", about.join("; ")),
            }
        });
    listed("keys that no field has", keys.collect(), &mut lines);
    lines.join("\n")
}

fn files(reading: &Reading, lines: &mut Vec<String>) {
    let several = reading.files.len() > 1;
    for file in reading.files.iter().take(LISTED) {
        let told = match file.told_by.as_str() {
            "" => String::new(),
            by => format!("; told by {by}"),
        };
        let count = if several {
            format!(": {}", file.summary)
        } else {
            String::new()
        };
        let name = printable(&file.file.display().to_string());
        lines.push(format!(
            "{name} read as {} ({}{told}){count}",
            file.form, file.written
        ));
        lines.extend(file.notes.iter().map(|note| format!("{name}: {note}")));
        let tables = file
            .other_tables
            .iter()
            .map(|(table, count)| format!("`{}` ({})", printable(table), rows(*count)));
        listed("rows of other tables", tables.collect(), lines);
    }
    let more = reading.files.len().saturating_sub(LISTED);
    if more > 0 {
        lines.push(format!("and {more} more files"));
    }
}

fn assumed(reading: &Reading, lines: &mut Vec<String>) {
    if reading.assumed_utc > 0 {
        lines.push(format!(
            "{} without a zone read in UTC (`--zone` says another)",
            times(reading.assumed_utc)
        ));
    }
    if reading.month_first > 0 {
        lines.push(format!(
            "{} such as 5/1/2024 10:00 AM read with the month first (`--dates dmy` says otherwise)",
            times(reading.month_first)
        ));
    }
}

fn listed(what: &str, all: Vec<String>, lines: &mut Vec<String>) {
    if all.is_empty() {
        return;
    }
    let more = all.len().saturating_sub(LISTED);
    let mut text: Vec<String> = all.into_iter().take(LISTED).collect();
    if more > 0 {
        text.push(format!("and {more} more"));
    }
    lines.push(format!("{what}: {}", text.join(", ")));
}

/// The account for programs.
pub(super) fn json(loaded: &Loaded, tested: &BTreeSet<String>) -> Json {
    let reading = &loaded.reading;
    let summary = |summary: &crate::data::Summary| {
        json!({
            "rows": summary.rows,
            "in_window": summary.in_window,
            "outside_window": summary.outside_window,
            "other_class": summary.other_class,
            "without_time": summary.without_time,
            "malformed_rows": summary.malformed_rows,
            "malformed_values": summary.malformed_values,
        })
    };
    let files = reading.files.iter().map(|file| {
        json!({
            "file": file.file.display().to_string(),
            "written": file.written,
            "form": file.form,
            "told_by": file.told_by,
            "summary": summary(&file.summary),
            "other_tables": file.other_tables,
            "notes": file.notes,
        })
    });
    let fields = reading.filled.iter().map(|field| {
        json!({
            "field": field.field,
            "columns": field.columns,
            "filled": field.filled,
            "rows": field.rows,
            "tested": tested.contains(&field.field),
        })
    });
    let words = reading.words.iter().map(|word| {
        json!({
            "column": word.column,
            "word": word.word,
            "rows": word.rows,
            "near": word.near,
            "tested": is_tested(word, tested),
        })
    });
    let keys = reading
        .keys
        .iter()
        .map(|key| json!({ "key": key.key, "rows": key.rows, "near": key.near }));
    json!({
        "summary": summary(&loaded.summary),
        "files": files.collect::<Vec<_>>(),
        "fields": fields.collect::<Vec<_>>(),
        "unlisted_words": words.collect::<Vec<_>>(),
        "unknown_keys": keys.collect::<Vec<_>>(),
        "incomplete": reading.warnings,
        "times_assumed_utc": reading.assumed_utc,
        "dates_month_first": reading.month_first,
    })
}

fn rows(count: u64) -> String {
    format!("{count} {}", if count == 1 { "row" } else { "rows" })
}

fn times(count: u64) -> String {
    format!("{count} {}", if count == 1 { "time" } else { "times" })
}

fn ticked<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names
        .into_iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    names.join(", ")
}

/// A share in whole per cent; only all is 100 % and only none is 0 %.
fn share(field: &Filled) -> String {
    match field.filled.saturating_mul(100) / field.rows.max(1) {
        0 if field.filled > 0 => "<1 %".to_owned(),
        percent => format!("{percent} %"),
    }
}
