//! In: rows, a text and a pattern. Out: the rows with new keyword columns.
//! Promise: DISSECT cuts at its delimiters, GROK at the first match of its pattern; what does not match gives null in every new column;
//! several values give null and a warning (Elastic docs, "DISSECT", "GROK"). GROK knows the names whose pattern this engine can say.

use std::ops::Range;

use regex::Regex;

use super::ast::Expr;
use super::cell::{Cell, Value};
use super::commands::Context;
use super::frame::Frame;
use super::node::MULTI;
use super::refuse::{invalid, unknown};
use super::scope::Column;
use super::types::Type;
use crate::interp::Refusal;

/// What a pattern finds in a text: a cell for each new column.
type Find<'p> = dyn Fn(&str) -> Option<Vec<Cell>> + 'p;

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
        let found = match node.eval(row, &mut context.notes) {
            Cell::One(value) => find(value.str().unwrap_or_default()),
            Cell::Many(_) => {
                context.notes.warn(&input.span(), MULTI);
                None
            }
            Cell::Null => None,
        };
        match found {
            Some(cells) => row.extend(cells),
            None => row.extend(columns.iter().map(|_| Cell::Null)),
        }
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
    let find = |text: &str| -> Option<Vec<Cell>> {
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
                    Cell::One(Value::text(&texts.join(separator)))
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

/// `GROK`
pub fn grok(
    input: &Expr,
    patterns: &[String],
    frame: Frame,
    context: &mut Context,
    span: &Range<usize>,
) -> Result<Frame, Refusal> {
    let [pattern] = patterns else {
        return Err(unknown(
            "GROK",
            "several patterns are not known here",
            span.clone(),
        ));
    };
    let (regex, columns) = compile(pattern, span)?;
    let find = |text: &str| -> Option<Vec<Cell>> {
        let found = regex.captures(text)?;
        let cells = columns.iter().enumerate().map(|(at, (_, ty))| {
            let Some(value) = found.name(&format!("c{at}")) else {
                return Cell::Null;
            };
            match ty {
                Type::Integer => match value.as_str().parse::<i32>() {
                    Ok(number) => Cell::One(Value::Whole(i64::from(number))),
                    Err(_) => Cell::Null,
                },
                _ => Cell::One(Value::text(value.as_str())),
            }
        });
        Some(cells.collect())
    };
    extract(input, &columns, &find, frame, context)
}

fn compile(pattern: &str, span: &Range<usize>) -> Result<(Regex, Vec<(String, Type)>), Refusal> {
    let mut out = String::new();
    let mut columns: Vec<(String, Type)> = Vec::new();
    let mut rest = pattern;
    while let Some((plain, after)) = rest.split_once("%{") {
        out.push_str(literal(plain, span)?.as_str());
        let Some((inner, more)) = after.split_once('}') else {
            return Err(invalid("GROK", "`%{` is not closed", span.clone()));
        };
        rest = more;
        let mut parts = inner.split(':');
        let name = parts.next().unwrap_or_default();
        let Some((_, meaning)) = LIBRARY.iter().find(|(known, _)| *known == name) else {
            return Err(unknown(
                "GROK",
                format!("the pattern {name} is not known here"),
                span.clone(),
            ));
        };
        match (parts.next(), parts.next()) {
            (None, _) => out.push_str(&format!("(?:{meaning})")),
            (Some(column), ty) => {
                let ty = match ty {
                    None | Some("keyword" | "string") => Type::Keyword,
                    Some("int" | "integer") => Type::Integer,
                    Some(other) => {
                        return Err(unknown(
                            "GROK",
                            format!("the type {other} is not known here"),
                            span.clone(),
                        ));
                    }
                };
                if columns.iter().any(|(known, _)| known == column) {
                    return Err(unknown(
                        "GROK",
                        "one name that stands twice is not known here",
                        span.clone(),
                    ));
                }
                out.push_str(&format!("(?P<c{}>{meaning})", columns.len()));
                columns.push((column.to_owned(), ty));
            }
        }
    }
    out.push_str(literal(rest, span)?.as_str());
    let regex =
        Regex::new(&out).map_err(|error| unknown("GROK", error.to_string(), span.clone()))?;
    Ok((regex, columns))
}

/// Text between names: plain characters, and backslashes before signs.
fn literal(text: &str, span: &Range<usize>) -> Result<String, Refusal> {
    let mut out = String::new();
    let mut chars = text.chars();
    let not_known = |c: char| {
        unknown(
            "GROK",
            format!("`{c}` outside of names is not known here"),
            span.clone(),
        )
    };
    while let Some(c) = chars.next() {
        let plain = match c {
            '\\' => match chars.next() {
                Some(c) if !c.is_ascii_alphanumeric() => c,
                other => return Err(not_known(other.unwrap_or('\\'))),
            },
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' => {
                return Err(not_known(c));
            }
            c => c,
        };
        let mut buffer = [0; 4];
        out.push_str(&regex::escape(plain.encode_utf8(&mut buffer)));
    }
    Ok(out)
}
