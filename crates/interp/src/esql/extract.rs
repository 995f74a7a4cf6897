//! In: rows, a text and what finds columns in it. Out: the rows with new columns.
//! Guarantee: DISSECT cuts at its delimiters; of several values each is read by itself and those that do not match are skipped; what
//! matches nothing is null in every new column (Elastic docs, "DISSECT").

use std::ops::Range;

use super::ast::Expr;
use super::cell::{Cell, Value};
use super::context::Context;
use super::frame::Frame;
use super::refuse::invalid;
use super::scope::Column;
use super::types::Type;
use crate::Refusal;

/// What a pattern finds in a text: values for each new column.
type Find<'p> = dyn Fn(&str) -> Result<Option<Vec<Vec<Value>>>, Refusal> + 'p;

/// Rows with what is found in their texts; columns of the same names are replaced.
pub(super) fn extract(
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
            format!("expected a string, found {}", node.ty.name()),
            input.span(),
        ));
    }
    for row in &mut frame.rows {
        let mut found: Vec<Vec<Value>> = vec![Vec::new(); columns.len()];
        let cell = node.eval(row, &mut context.notes);
        for text in cell.values().iter().filter_map(Value::str) {
            let work = context.budget.steps(text.len().saturating_add(1));
            context.charged(&input.span(), work)?;
            for (into, values) in found.iter_mut().zip(find(text)?.unwrap_or_default()) {
                into.extend(values);
            }
        }
        for values in found {
            let cell = Cell::of(values);
            context.charged(&input.span(), context.budget.bytes(cell.size()))?;
            row.push(cell);
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
pub(super) fn dissect(
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
    extract(input, &columns, &|text| Ok(find(text)), frame, context)
}
