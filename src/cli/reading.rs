//! The account of what a run read: text for people, JSON for programs.
//!
//! In: what was loaded, the fields that the hunt tests. Out: lines for standard error, the `reading` member of the JSON result.

use crate::data::Loaded;
use crate::data::reading::{Filled, Reading};
use crate::diag::printable;
use crate::run::{is_tested, rows};
use crate::value::instant;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// How many files, keys and words are listed.
const LISTED: usize = 10;

/// The account for people.
pub(super) fn account(
    loaded: &Loaded,
    tested: &BTreeSet<String>,
    now: i64,
    found: usize,
) -> String {
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

fn times(count: u64) -> String {
    format!("{count} {}", if count == 1 { "time" } else { "times" })
}

/// A share in whole per cent; only all is 100 % and only none is 0 %.
fn share(field: &Filled) -> String {
    match field.filled.saturating_mul(100) / field.rows.max(1) {
        0 if field.filled > 0 => "<1 %".to_owned(),
        percent => format!("{percent} %"),
    }
}
