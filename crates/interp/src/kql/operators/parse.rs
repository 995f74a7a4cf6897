//! `parse` and `parse-where`.
//!
//! In: a table, a pattern. Out: columns with what the pattern found in a text. Guarantee: texts are found one after the other, and the last one reaches the
//! end of the value, as measured on the engine; where the documents leave open what is found (a text that does not start the value), the run is refused
//! (<https://learn.microsoft.com/en-us/kusto/query/parse-operator>).

use super::frames;
use crate::kql::ast::{Parse, ParseMode, Piece};
use crate::kql::bind::{self, bind};
use crate::kql::cell::{Cell, Type};
use crate::kql::convert;
use crate::kql::fault::{self, Fault};
use crate::kql::regexes;
use crate::kql::scope::{Column, Env, Scope, Session, Table};
use crate::kql::typed::Typed;
use regex::Regex;
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
    let matcher = if parse.mode == ParseMode::Regex {
        Matcher::regex(&parse.pattern, &parse.flags, span)?
    } else {
        Matcher::of(&parse.pattern, span)?
    };
    let mut rows = Vec::new();
    for frame in frames(&table.rows) {
        let text = bind::text_of(&(source.eval)(&frame), source.ty);
        let cells = match matcher.matched(&text) {
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
        if cell.is_null() && mode != ParseMode::Relaxed {
            return None;
        }
        cells.push(cell);
    }
    Some(cells)
}

/// A pattern of texts as a regular expression: it reaches the end of the value, and each column takes as little as it can.
struct Matcher {
    whole: Regex,
    /// The same from any place of the value on, where the pattern starts with a text.
    anywhere: Option<Regex>,
}

impl Matcher {
    /// `kind=regex`: texts are regular expressions, texts of columns as long as they can be, and the pattern lies anywhere in the value.
    fn regex(pattern: &[Piece], flags: &str, span: &Range<usize>) -> Result<Matcher, Fault> {
        let mut text = if flags.is_empty() {
            String::new()
        } else {
            format!("(?{flags})")
        };
        for piece in pattern {
            match piece {
                Piece::Star => text.push_str(".*?"),
                // Groups of the query's own have no name, those of columns do.
                Piece::Text(wanted) => text.push_str(&format!("(?:{})", regexes::unnamed(wanted))),
                Piece::Column(_, Type::Text) => text.push_str("(?<column>.*)"),
                Piece::Column(_, Type::Int | Type::Long) => text.push_str("(?<column>-?[0-9]+)"),
                Piece::Column(name, ty) => {
                    let message = format!(
                        "what `{name}` of type {ty} matches in a regular expression is not known here"
                    );
                    return Err(fault::unknown(span.clone(), "parse", message));
                }
            }
        }
        let mut number = 0;
        while text.contains("(?<column>") {
            text = text.replacen("(?<column>", &format!("(?<column{number}>"), 1);
            number += 1;
        }
        let whole = Regex::new(&text).map_err(|error| {
            let message = format!("the pattern is no regular expression here: {error}");
            fault::unknown(span.clone(), "parse", message)
        })?;
        Ok(Matcher {
            whole,
            anywhere: None,
        })
    }

    fn of(pattern: &[Piece], span: &Range<usize>) -> Result<Matcher, Fault> {
        let mut text = String::new();
        for (at, piece) in pattern.iter().enumerate() {
            let starred = matches!(pattern.get(at + 1), Some(Piece::Star));
            match piece {
                Piece::Star => text.push_str(".*?"),
                Piece::Text(wanted) => text.push_str(&regex::escape(wanted)),
                Piece::Column(_, _) if !starred => text.push_str("(.*?)"),
                Piece::Column(name, Type::Text) => {
                    let message =
                        format!("a `*` after `{name}` is ambiguous, as `{name}` is a string");
                    return Err(fault::invalid(span.clone(), "parse", message));
                }
                // Before a `*` a number ends where its digits end; before the last one it may be missing.
                Piece::Column(_, Type::Int | Type::Long) if at + 2 == pattern.len() => {
                    text.push_str("((?:-?[0-9]+)?)");
                }
                Piece::Column(_, Type::Int | Type::Long) => text.push_str("(-?[0-9]+)"),
                Piece::Column(name, ty) => {
                    let message =
                        format!("where `{name}` of type {ty} ends before a `*` is not known here");
                    return Err(fault::unknown(span.clone(), "parse", message));
                }
            }
        }
        let compiled = |start: &str| {
            Regex::new(&format!("(?s){start}{text}$")).map_err(|error| {
                fault::unknown(
                    span.clone(),
                    "parse",
                    format!("the pattern is too large: {error}"),
                )
            })
        };
        let anywhere = match pattern.first() {
            Some(Piece::Text(_)) => Some(compiled("")?),
            _ => None,
        };
        Ok(Matcher {
            whole: compiled("^")?,
            anywhere,
        })
    }

    /// What stands for the columns in a value.
    fn matched<'t>(&self, text: &'t str) -> Found<'t> {
        if let Some(captures) = self.whole.captures(text) {
            // Of a pattern with names only the named groups are columns.
            let names: Vec<bool> = self
                .whole
                .capture_names()
                .map(|name| name.is_some())
                .collect();
            let named = names.contains(&true);
            let groups = captures.iter().zip(names).skip(1);
            let groups = groups
                .filter(|(_, name)| *name || !named)
                .map(|(group, _)| group);
            return Found::Texts(
                groups
                    .map(|group| group.map_or("", |g| g.as_str()))
                    .collect(),
            );
        }
        match &self.anywhere {
            Some(anywhere) if anywhere.is_match(text) => Found::Open,
            _ => Found::Nothing,
        }
    }
}
