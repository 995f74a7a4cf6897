//! `parse` and `parse-where`.
//!
//! In: a table, a pattern. Out: columns with what the pattern found in a text. Promise: texts are found one after the other; where the documents leave
//! open what is found (a text that does not start the value, a rest behind the last text), the run is refused
//! (<https://learn.microsoft.com/en-us/kusto/query/parse-operator>).

use super::frames;
use crate::interp::kql::ast::{Parse, ParseMode, Piece};
use crate::interp::kql::bind::{self, bind};
use crate::interp::kql::cell::{Cell, Type};
use crate::interp::kql::convert;
use crate::interp::kql::fault::{self, Fault};
use crate::interp::kql::scope::{Column, Env, Scope, Session, Table};
use crate::interp::kql::typed::Typed;
use std::ops::Range;

/// What a text gives a pattern.
enum Found<'t> {
    Texts(Vec<&'t str>),
    Nothing,
    /// The documents do not say.
    Open,
}

pub(super) fn parse(
    parse: &Parse,
    mut table: Table,
    env: &Env,
    session: &Session<'_>,
    span: &Range<usize>,
) -> Result<Table, Fault> {
    if parse.mode == ParseMode::Regex {
        let message = "`parse kind=regex` is not known here";
        return Err(fault::unknown(span.clone(), "parse", message));
    }
    let source = bind(&parse.source, &Scope::of(session, env, &table))?;
    if !matches!(source.ty, Type::Text | Type::Dynamic) {
        let message = format!("a string is parsed, not {}", source.ty);
        return Err(fault::invalid(parse.source.span.clone(), "parse", message));
    }
    let wanted: Vec<(&str, Type)> = parse
        .pattern
        .iter()
        .filter_map(|piece| match piece {
            Piece::Column(name, ty) => Some((name.as_str(), *ty)),
            _ => None,
        })
        .collect();
    let mut columns = table.columns.clone();
    let mut places = Vec::new();
    for (name, ty) in &wanted {
        match columns.iter().position(|column| *column.name == **name) {
            Some(at) => {
                if let Some(column) = columns.get_mut(at) {
                    column.ty = *ty;
                }
                places.push(at);
            }
            None => {
                places.push(columns.len());
                columns.push(Column::new(name, *ty));
            }
        }
    }
    let mut rows = Vec::new();
    for frame in frames(&table.rows) {
        let text = bind::text_of(&(source.eval)(&frame), source.ty);
        let cells = match matched(&text, &parse.pattern) {
            Found::Open => {
                let message = "what the pattern finds in such a value is not known here";
                return Err(fault::unknown(span.clone(), "parse", message));
            }
            Found::Nothing => None,
            Found::Texts(texts) => converted(&texts, &wanted, parse.mode, session),
        };
        if cells.is_none() && parse.filters {
            continue;
        }
        let cells = cells.unwrap_or_else(|| wanted.iter().map(|(_, ty)| ty.absent()).collect());
        let mut row = frame.row.to_vec();
        for (place, cell) in places.iter().zip(cells) {
            match row.get_mut(*place) {
                Some(old) => *old = cell,
                None => row.push(cell),
            }
        }
        rows.push(row);
    }
    table.rows = rows;
    table.columns = columns;
    Ok(table)
}

/// The texts as their types; a text that does not fit spoils all, or with `relaxed` itself.
fn converted(
    texts: &[&str],
    wanted: &[(&str, Type)],
    mode: ParseMode,
    session: &Session<'_>,
) -> Option<Vec<Cell>> {
    let mut cells = Vec::new();
    for (text, (_, ty)) in texts.iter().zip(wanted) {
        let typed = Typed::constant(Type::Text, Cell::text(text));
        let cell = convert::to(*ty, &typed, &session.late).value;
        let cell = cell.unwrap_or(Cell::Null);
        if cell.is_null() && mode == ParseMode::Simple {
            return None;
        }
        cells.push(cell);
    }
    Some(cells)
}

/// What stands for the columns of a pattern.
fn matched<'t>(text: &'t str, pattern: &[Piece]) -> Found<'t> {
    let mut rest = text;
    let mut texts = Vec::new();
    // Whether what comes before the next text belongs to nothing, to a `*`, or to a column.
    let mut open: Option<bool> = None;
    for piece in pattern {
        match piece {
            Piece::Star => open = open.or(Some(false)),
            Piece::Column(..) => open = Some(true),
            Piece::Text(wanted) => {
                let Some(at) = rest.find(wanted.as_str()) else {
                    return Found::Nothing;
                };
                let before = rest.get(..at).unwrap_or_default();
                match open {
                    None if at > 0 => return Found::Open,
                    Some(true) => texts.push(before),
                    _ => {}
                }
                rest = rest.get(at + wanted.len()..).unwrap_or_default();
                open = None;
            }
        }
    }
    match open {
        Some(true) => texts.push(rest),
        None if !rest.is_empty() => return Found::Open,
        _ => {}
    }
    Found::Texts(texts)
}
