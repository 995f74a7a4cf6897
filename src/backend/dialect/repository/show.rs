//! Dialects as text: what `huntc dialect` prints.
//!
//! In: all dialects. Out: text. Guarantee: what a dialect refuses is listed with the reason that a user of it gets; what the repository changes, with its
//! reason and its file.

use super::super::dialects::Dialects;
use super::super::file::sections;
use super::super::signature;
use super::Own;
use std::fmt::Write;

/// Every dialect that makes texts, and those of the repository.
#[must_use]
pub(crate) fn list(dialects: &Dialects) -> Vec<[String; 4]> {
    let mut rows = Vec::new();
    for name in dialects.names() {
        let title = dialects.load(name, None);
        let title = title.map_or_else(|_| String::new(), |dialect| dialect.file.title.clone());
        let lineage = dialects.lineage(name);
        let extends = match lineage.get(1..) {
            None | Some([]) => String::new(),
            Some(others) => format!("extends {}", others.join(", ")),
        };
        let own = lineage.iter().find_map(|name| dialects.own(name));
        let own = own.map_or_else(String::new, |own| own.path.display().to_string());
        rows.push([name.to_owned(), title, extends, own]);
    }
    rows
}

/// One dialect; `None` where there is none of that name.
#[must_use]
pub(crate) fn show(dialects: &Dialects, name: &str) -> Option<String> {
    if !dialects.every_name().contains(name) {
        return None;
    }
    let dialect = dialects.load(name, None).ok()?;
    let mut text = format!("{name}: {}\n", dialect.file.title);
    let mut line = |what: &str, value: String| {
        if !value.is_empty() {
            let _ = writeln!(text, "  {what:<13}{value}");
        }
    };
    let lineage = dialects.lineage(name);
    line("extends", lineage.get(1..).unwrap_or_default().join(", "));
    line("checked with", dialect.file.engine.clone());
    let releases = dialects.releases(name).into_iter();
    let releases: Vec<String> = releases.map(|(_, text)| text).collect();
    line("releases", releases.join(", "));
    line("time", dialects.times(name).join(", "));
    line("addresses", dialects.addresses(name).join(", "));
    for own in lineage.iter().filter_map(|name| dialects.own(name)) {
        let _ = writeln!(text, "\nchanged in {}:", own.path.display());
        text.push_str(&changes(own));
    }
    let mut refused = Vec::new();
    for (section, entries) in sections(&dialect.file) {
        for (key, entry) in entries {
            if let Some(reason) = &entry.unsupported
                && !(section == "operators" && signature::is_optional(key))
            {
                refused.push((format!("{section}/{key}"), reason.clone()));
            }
        }
    }
    if !refused.is_empty() {
        text.push_str("\nrefuses:\n");
        text.push_str(&columns(&refused));
    }
    Some(text)
}

/// What a dialect of the repository says, with the reasons.
fn changes(own: &Own) -> String {
    let reason = own.reason.clone().unwrap_or_default();
    let rows: Vec<(String, String)> = own
        .changes
        .iter()
        .map(|change| {
            let said = change.reason.clone().unwrap_or_else(|| reason.clone());
            (change.entry.clone(), said)
        })
        .collect();
    columns(&rows)
}

fn columns(rows: &[(String, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in rows {
        let _ = writeln!(text, "{}", format!("  {name:<width$}  {value}").trim_end());
    }
    text
}
