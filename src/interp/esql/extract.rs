//! In: rows, a text and a pattern. Out: the rows with new columns.
//! Promise: DISSECT cuts at its delimiters, GROK at the first match of its pattern; of several values each is read by itself and those
//! that do not match are passed over; what matches nothing is null in every new column (Elastic docs, "DISSECT", "GROK"). GROK knows
//! those names of its library whose pattern this engine can say.

use std::ops::Range;

use regex::Regex;

use super::ast::Expr;
use super::cell::{Cell, Value};
use super::commands::Context;
use super::frame::Frame;
use super::java_regex::{self, Anchors, Fault};
use super::refuse::{invalid, unknown};
use super::scope::Column;
use super::types::Type;
use crate::interp::Refusal;

/// What a pattern finds in a text: values for each new column.
type Find<'p> = dyn Fn(&str) -> Option<Vec<Vec<Value>>> + 'p;

fn extract(
    input: &Expr,
    columns: &[(String, Type)],
    find: &Find<'_>,
    mut frame: Frame,
    context: &mut Context,
) -> Result<Frame, Refusal> {
    let node = context.scope(&frame.columns).node(input)?;
    if !(node.ty.is_text() || node.ty == Type::Null) {
        return Err(invalid(
            "input",
            format!("a string is wanted, found {}", node.ty.name()),
            input.span(),
        ));
    }
    for row in &mut frame.rows {
        let mut found: Vec<Vec<Value>> = vec![Vec::new(); columns.len()];
        let cell = node.eval(row, &mut context.notes);
        for text in cell.values().iter().filter_map(Value::str) {
            for (into, values) in found.iter_mut().zip(find(text).unwrap_or_default()) {
                into.extend(values);
            }
        }
        row.extend(found.into_iter().map(Cell::of));
    }
    let width = frame.columns.len();
    for (name, ty) in columns {
        frame.columns.push(Column::computed(name, *ty));
    }
    for at in (0..width).rev() {
        let name = frame.columns.get(at).map(|c| c.name.clone());
        if columns.iter().any(|(new, _)| Some(new) == name.as_ref()) {
            frame.remove(at);
        }
    }
    Ok(frame)
}

/// A key of DISSECT and the delimiter behind it.
struct Piece {
    name: Option<usize>,
    padded: bool,
    order: Option<usize>,
    delimiter: String,
}

/// `DISSECT`
pub fn dissect(
    input: &Expr,
    pattern: &str,
    separator: &str,
    frame: Frame,
    context: &mut Context,
    span: &Range<usize>,
) -> Result<Frame, Refusal> {
    let mut names: Vec<String> = Vec::new();
    let bad = |message: &str| Err(invalid("DISSECT", message, span.clone()));
    let Some((leading, mut rest)) = pattern.split_once("%{") else {
        return bad("the pattern has no key");
    };
    let mut pieces = Vec::new();
    loop {
        let Some((key, after)) = rest.split_once('}') else {
            return bad("a key of the pattern is not closed");
        };
        let (delimiter, more) = match after.split_once("%{") {
            Some((delimiter, more)) => (delimiter, Some(more)),
            None => (after, None),
        };
        let (key, padded) = match key.strip_suffix("->") {
            Some(key) => (key, true),
            None => (key, false),
        };
        if key.starts_with(['*', '&']) {
            return bad("reference keys are not supported");
        }
        let (key, appended) = match key.strip_prefix('+') {
            Some(key) => (key, true),
            None => (key, false),
        };
        let (key, order) = match key.split_once('/') {
            Some((key, order)) if appended => (key, order.parse::<usize>().ok()),
            _ => (key, None),
        };
        let name = if key.is_empty() || key.starts_with('?') {
            None
        } else {
            let known = names.iter().position(|n| n == key);
            if known.is_some() && !appended {
                return bad("a key stands twice without `+`");
            }
            Some(known.unwrap_or_else(|| {
                names.push(key.to_owned());
                names.len() - 1
            }))
        };
        if delimiter.is_empty() && more.is_some() {
            return bad("two keys stand without a delimiter between them");
        }
        pieces.push(Piece {
            name,
            padded,
            order,
            delimiter: delimiter.to_owned(),
        });
        match more {
            Some(more) => rest = more,
            None => break,
        }
    }
    let columns: Vec<(String, Type)> = names
        .iter()
        .map(|name| (name.clone(), Type::Keyword))
        .collect();
    let find = |text: &str| -> Option<Vec<Vec<Value>>> {
        let mut rest = text.strip_prefix(leading)?;
        let mut parts: Vec<Vec<(usize, &str)>> = vec![Vec::new(); columns.len()];
        for (at, piece) in pieces.iter().enumerate() {
            let value;
            if piece.delimiter.is_empty() {
                (value, rest) = (rest, "");
            } else {
                (value, rest) = rest.split_once(piece.delimiter.as_str())?;
                if piece.padded {
                    rest = rest.trim_start_matches(piece.delimiter.as_str());
                }
            }
            if let Some(list) = piece.name.and_then(|name| parts.get_mut(name)) {
                list.push((piece.order.unwrap_or(at), value));
            }
        }
        if !rest.is_empty() && pieces.last().is_some_and(|p| !p.delimiter.is_empty()) {
            return None;
        }
        Some(
            parts
                .into_iter()
                .map(|mut list| {
                    list.sort_by_key(|(order, _)| *order);
                    let texts: Vec<&str> = list.iter().map(|(_, text)| *text).collect();
                    vec![Value::text(&texts.join(separator))]
                })
                .collect(),
        )
    };
    extract(input, &columns, &find, frame, context)
}

/// The names of GROK's library that need nothing which this engine lacks, and what they mean.
const LIBRARY: &[(&str, &str)] = &[
    ("WORD", r"(?-u:\b)[A-Za-z0-9_]+(?-u:\b)"),
    ("NOTSPACE", r"[^ \t\n\x0B\f\r]+"),
    ("SPACE", r"[ \t\n\x0B\f\r]*"),
    ("DATA", r"[^\n]*?"),
    ("GREEDYDATA", r"[^\n]*"),
    ("INT", r"(?:[+-]?(?:[0-9]+))"),
    ("POSINT", r"(?-u:\b)(?:[1-9][0-9]*)(?-u:\b)"),
    ("NONNEGINT", r"(?-u:\b)(?:[0-9]+)(?-u:\b)"),
    ("USERNAME", r"[a-zA-Z0-9._-]+"),
    ("USER", r"[a-zA-Z0-9._-]+"),
    (
        "UUID",
        r"[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}",
    ),
];

/// A column of GROK: its name, its type, and its groups in the regex.
struct Capture {
    name: String,
    ty: Type,
    groups: Vec<usize>,
}

/// `GROK`
pub fn grok(
    input: &Expr,
    patterns: &[String],
    frame: Frame,
    context: &mut Context,
    span: &Range<usize>,
) -> Result<Frame, Refusal> {
    let mut captures: Vec<Capture> = Vec::new();
    let mut regexes = Vec::new();
    for pattern in patterns {
        let before: usize = captures.iter().map(|c| c.groups.len()).sum();
        regexes.push(compile(pattern, &mut captures, before, span)?);
    }
    let columns: Vec<(String, Type)> = captures.iter().map(|c| (c.name.clone(), c.ty)).collect();
    let find = |text: &str| -> Option<Vec<Vec<Value>>> {
        // The first pattern that matches is the one.
        let found = regexes.iter().find_map(|regex| regex.captures(text))?;
        let read = |capture: &Capture| {
            let groups = capture.groups.iter();
            groups
                .filter_map(|group| found.name(&format!("c{group}")))
                .filter_map(|value| typed(value.as_str(), capture.ty))
                .collect()
        };
        Some(captures.iter().map(read).collect())
    };
    extract(input, &columns, &find, frame, context)
}

fn typed(text: &str, ty: Type) -> Option<Value> {
    Some(match ty {
        Type::Integer => Value::Whole(i64::from(text.parse::<i32>().ok()?)),
        Type::Long => Value::Whole(text.parse().ok()?),
        Type::Double => Value::Double(text.parse().ok()?),
        Type::Boolean => Value::Boolean(text == "true"),
        _ => Value::text(text),
    })
}

/// Where a name stands until the rest of the pattern is translated: a character that no pattern has.
fn placeholder(at: usize) -> Option<char> {
    char::from_u32(0xf_0000 + u32::try_from(at).ok()?)
}

fn compile(
    pattern: &str,
    captures: &mut Vec<Capture>,
    before: usize,
    span: &Range<usize>,
) -> Result<Regex, Refusal> {
    let not_known = |what: &str| unknown("GROK", format!("{what} is not known here"), span.clone());
    let mut pieces: Vec<String> = Vec::new();
    let mut plain = String::new();
    let mut groups = before;
    let mut capture = |name: &str, ty: Type| {
        match captures.iter_mut().find(|c| c.name == name) {
            Some(known) => known.groups.push(groups),
            None => captures.push(Capture {
                name: name.to_owned(),
                ty,
                groups: vec![groups],
            }),
        }
        groups += 1;
        groups - 1
    };
    let mut rest = pattern;
    loop {
        let named = rest.find("%{");
        let manual = rest.find("(?<");
        let Some(at) = named.into_iter().chain(manual).min() else {
            break;
        };
        plain.push_str(rest.get(..at).unwrap_or_default());
        let after = rest.get(at..).unwrap_or_default();
        let piece;
        if let Some(after) = after.strip_prefix("%{") {
            let Some((inner, more)) = after.split_once('}') else {
                return Err(invalid("GROK", "`%{` is not closed", span.clone()));
            };
            rest = more;
            let mut parts = inner.split(':');
            let name = parts.next().unwrap_or_default();
            let Some((_, meaning)) = LIBRARY.iter().find(|(known, _)| *known == name) else {
                return Err(not_known(&format!("the pattern {name}")));
            };
            piece = match parts.next() {
                None => format!("(?:{meaning})"),
                Some(column) => {
                    let ty = match parts.next() {
                        None | Some("keyword" | "string") => Type::Keyword,
                        Some("int" | "integer") => Type::Integer,
                        Some("long") => Type::Long,
                        Some("float" | "double") => Type::Double,
                        Some("boolean") => Type::Boolean,
                        Some(other) => return Err(not_known(&format!("the type {other}"))),
                    };
                    format!("(?P<c{}>{meaning})", capture(column, ty))
                }
            };
        } else {
            let name = after.get(3..).unwrap_or_default();
            let Some((name, more)) = name.split_once('>') else {
                return Err(invalid(
                    "GROK",
                    "a group's name is not closed",
                    span.clone(),
                ));
            };
            if name.starts_with(['=', '!']) {
                return Err(not_known("looking behind"));
            }
            rest = more;
            // The group's end stays in the pattern.
            piece = format!("(?P<c{}>", capture(name, Type::Keyword));
        }
        let Some(mark) = placeholder(pieces.len()) else {
            return Err(not_known("so long a pattern"));
        };
        plain.push(mark);
        pieces.push(piece);
    }
    plain.push_str(rest);
    let mut out = match java_regex::translate(&plain, Anchors::OfLines) {
        Ok((out, _)) => out,
        Err(Fault::Unknown(message)) => return Err(unknown("GROK", message, span.clone())),
        Err(Fault::Invalid(message)) => return Err(invalid("GROK", message, span.clone())),
    };
    for (at, piece) in pieces.iter().enumerate() {
        if let Some(mark) = placeholder(at) {
            out = out.replace(mark, piece);
        }
    }
    Regex::new(&out).map_err(|error| unknown("GROK", error.to_string(), span.clone()))
}
