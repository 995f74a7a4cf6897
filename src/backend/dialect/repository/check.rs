//! Checks that the dialects of a repository are complete.
//!
//! In: all dialects. Out: the errors in those of the repository, each at its place in the file that says it. Guarantee: each dialect is loaded for every
//! release and every type of columns that it knows, and so is a carried one that extends a changed one.

use super::super::dialects::{ColumnTypes, Dialects};
use super::super::loaded::{Dialect, DialectFault, Shape};
use super::super::signature;
use super::read::{NESTED, unknown};
use super::{BUILTIN, Own, quoted};
use crate::diag::{Code, Diagnostic};
use crate::source::yaml::{Faults, Kind, Map, Node};
use crate::source::{FileId, Files, Span};
use std::collections::BTreeSet;

/// Looks at every dialect that the repository says something of.
pub(super) fn all(dialects: &Dialects, files: &Files, faults: &mut Faults) {
    for own in dialects.own.values() {
        parent(own, dialects, faults);
        for (name, step) in &own.steps {
            if let Some(quote) = quoted::placeholder(&step.text) {
                let place = Span::new(step.file, 0, 0);
                faults.push(quoted::fault(&format!("{name}.j2"), quote, place));
            }
        }
    }
    if !faults.all.is_empty() {
        return;
    }
    let mut found = Vec::new();
    for name in dialects.every_name() {
        let lineage = dialects.lineage(name);
        let owns: Vec<&Own> = lineage
            .iter()
            .filter_map(|name| dialects.own.get(name))
            .collect();
        let Some(first) = owns.first() else {
            continue;
        };
        if first.name == *name {
            steps(first, dialects, &mut found);
            if let Ok(dialect) = dialects.load(name, None)
                && let Some((part, why)) =
                    quoted::open_end(&dialect.file).or_else(|| undecided(&dialect))
            {
                let span = first.map.key(part).unwrap_or(first.span);
                let title = format!("dialect `{name}`, `{part}`: {why}");
                found.push(Diagnostic::at(Code::E0562, span, title));
            }
        }
        for fault in loaded(name, dialects) {
            let placed = owns.iter().find_map(|own| place(own, name, &fault, files));
            let (own, span, message) = placed.unwrap_or_else(|| {
                let span = first.extends.as_ref().map_or(first.span, |word| word.span);
                (*first, span, message(&fault))
            });
            let entry = entry_of(name, &fault);
            let title = format!("dialect `{}`, `{entry}`: {message}", own.name);
            found.push(Diagnostic::at(Code::E0562, span, title));
        }
    }
    for fault in found {
        if !faults.all.contains(&fault) {
            faults.push(fault);
        }
    }
}

/// The dialect that it extends must exist.
fn parent(own: &Own, dialects: &Dialects, faults: &mut Faults) {
    let Some(word) = &own.extends else {
        return;
    };
    if word.value != BUILTIN && !dialects.every_name().contains(word.value.as_str()) {
        let title = format!("there is no dialect `{}`", word.value);
        let known = dialects.every_name();
        let known = known.into_iter().filter(|name| *name != own.name);
        faults.push(unknown(title, word.span, &word.value, known));
    }
}

/// Every error, whatever a target says of releases and columns.
fn loaded(name: &str, dialects: &Dialects) -> Vec<DialectFault> {
    let usual = ColumnTypes::default();
    let releases = dialects.releases(name);
    let times = dialects.times(name);
    let addresses = dialects.addresses(name);
    let of_time = times.iter().map(|time| ColumnTypes {
        time: Some(time),
        ..usual
    });
    let of_addresses = addresses.iter().map(|addresses| ColumnTypes {
        addresses: Some(addresses),
        ..usual
    });
    let versions = std::iter::once(None).chain(releases.iter().map(|(version, _)| Some(version)));
    let of_version = versions.map(|version| dialects.load_for(name, version, usual));
    let of_types = of_time.chain(of_addresses);
    let of_types = of_types.map(|types| dialects.load_for(name, None, types));
    let mut faults: Vec<DialectFault> = Vec::new();
    for fault in of_version.chain(of_types).filter_map(Result::err).flatten() {
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    faults
}

/// What no entry of a signature says, and a dialect needs all the same.
fn undecided(dialect: &Dialect) -> Option<(&'static str, String)> {
    let file = &dialect.file;
    if file.shape.is_none() && !file.is_abstract {
        let why = "missing: `pipeline` or `select`".to_owned();
        return Some(("shape", why));
    }
    let literals = file.literals.as_ref()?;
    let names = [(false, &literals.regex), (true, &literals.extract)];
    let (_, unknown) = names
        .into_iter()
        .find(|(extract, name)| !name.is_empty() && dialect.regex_dialect(*extract).is_none())?;
    let why = format!("unknown regex dialect `{unknown}`");
    Some(("literals", why))
}

/// A template that no query uses would be ignored silently.
fn steps(own: &Own, dialects: &Dialects, found: &mut Vec<Diagnostic>) {
    let known: BTreeSet<&str> = match dialects.shape(&own.name) {
        Some(Shape::Select) => signature::SELECT.iter().map(|one| one.name).collect(),
        Some(Shape::Pipeline) => signature::PIPELINE.iter().map(|one| one.name).collect(),
        None => return,
    };
    for (name, step) in &own.steps {
        if !known.contains(name.as_str()) {
            let title = format!("no query uses a template `{name}.j2`");
            let place = Span::new(step.file, 0, 0);
            found.push(unknown(title, place, name, known.iter().copied()));
        }
    }
}

/// `functions/lower` of `lake/functions/lower`.
fn entry_of<'a>(name: &str, fault: &'a DialectFault) -> &'a str {
    let rest = fault.place.strip_prefix(name);
    let rest = rest.and_then(|rest| rest.strip_prefix('/'));
    rest.unwrap_or(&fault.place)
}

/// What is wrong, without the place inside of a template.
fn message(fault: &DialectFault) -> String {
    let text = fault.message.as_str();
    let text = text.rsplit_once(" (line ").map_or(text, |(text, _)| text);
    let text = text.rsplit_once(" (in ").map_or(text, |(text, _)| text);
    text.to_owned()
}

/// Where a dialect says what is wrong, if it does.
fn place<'o>(
    own: &'o Own,
    name: &str,
    fault: &DialectFault,
    files: &Files,
) -> Option<(&'o Own, Span, String)> {
    let entry = entry_of(name, fault);
    let (section, key) = entry.split_once('/').unwrap_or((entry, ""));
    if section == "steps" {
        let step = own.steps.get(key)?;
        let line = fault.message.rsplit_once(" (line ");
        let line = line.and_then(|(_, line)| line.strip_suffix(')')?.parse().ok());
        let span = line.map_or(Span::new(step.file, 0, 0), |line| {
            span_of_line(step.file, files.text(step.file), line)
        });
        return Some((own, span, message(fault)));
    }
    let nested = NESTED.iter().filter_map(|key| own.map.get(key));
    let nested = nested.filter_map(entries).flat_map(|map| &map.entries);
    let nested = nested.filter_map(|(_, node)| entries(node));
    let mut maps = std::iter::once(&own.map).chain(nested);
    let span = maps.find_map(|map| {
        let section_node = map.get(section)?;
        match entries(section_node) {
            Some(inner) if !key.is_empty() => inner.key(key),
            _ => map.key(section),
        }
    })?;
    Some((own, span, message(fault)))
}

fn entries(node: &Node) -> Option<&Map> {
    match &node.kind {
        Kind::Map(map) => Some(map),
        Kind::List(_) | Kind::Scalar(_) => None,
    }
}

/// A line of a file, counted from 1, without the blanks around it.
fn span_of_line(file: FileId, text: &str, line: usize) -> Span {
    let mut at = 0;
    for (index, content) in text.split('\n').enumerate() {
        if index + 1 == line {
            let start = at + (content.len() - content.trim_start().len());
            return Span::new(file, start, start + content.trim().len());
        }
        at += content.len() + 1;
    }
    Span::new(file, 0, 0)
}
