//! In: rows and a look-up table. Out: each row with the columns of every row of the table that it matches, or with nulls.
//! Guarantee: a left join; a key of null or of several values matches nothing; columns of the table hide those of the rows
//! (Elastic docs, "LOOKUP JOIN").

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::ast::{Expr, ExprKind, JoinOn, Operator};
use super::cell::{Cell, Value};
use super::context::Context;
use super::frame::{self, Frame, MOST_ROWS};
use super::refuse::{failed, invalid, unknown};
use super::scope::Column;
use super::types::Type;
use crate::Refusal;

/// The platform's words for a key of several values.
const MULTI: &str = "LOOKUP JOIN encountered multi-value";

/// `LOOKUP JOIN index ON …`
pub(super) fn join(
    index: &str,
    on: &JoinOn,
    left: Frame,
    context: &mut Context,
    span: &Range<usize>,
) -> Result<Frame, Refusal> {
    if index.contains('*') {
        return Err(invalid(
            "LOOKUP JOIN",
            "a look-up names one index, without stars",
            span.clone(),
        ));
    }
    let names = [(index.to_owned(), span.clone())];
    let right = frame::from(&names, &[], context.tables)?;
    match on {
        JoinOn::Columns(keys) => by_columns(keys, left, right, context, span),
        JoinOn::Condition(condition) => by_condition(condition, left, right, context),
    }
}

/// The width of the left side and the frame that takes rows of both.
fn both(left: &Frame, right: &[Column]) -> Frame {
    let mut columns = left.columns.clone();
    columns.extend(right.iter().cloned().map(|column| Column {
        field: false,
        ..column
    }));
    Frame {
        columns,
        rows: Vec::new(),
        ordered: false,
    }
}

fn bounded(joined: &Frame, span: &Range<usize>) -> Result<(), Refusal> {
    if joined.rows.len() > MOST_ROWS {
        return Err(failed(
            "LOOKUP JOIN",
            "there are too many rows",
            span.clone(),
        ));
    }
    Ok(())
}

/// Takes away the left columns that right ones hide.
fn hide(mut joined: Frame, width: usize) -> Frame {
    let places: Vec<usize> = (0..joined.columns.len())
        .filter(|at| {
            let name = joined.columns.get(*at).map(|c| &c.name);
            let later = joined.columns.iter().skip(width);
            *at >= width || !later.into_iter().any(|c| Some(&c.name) == name)
        })
        .collect();
    joined.pick(&places);
    joined
}

fn by_columns(
    keys: &[(String, Range<usize>)],
    left: Frame,
    right: Frame,
    context: &mut Context,
    span: &Range<usize>,
) -> Result<Frame, Refusal> {
    let mut pairs = Vec::new();
    for (name, place) in keys {
        let scope = context.scope(&left.columns);
        let right_scope = context.scope(&right.columns);
        let (from, a) = scope.find(name, place)?;
        let (to, b) = right_scope.find(name, place)?;
        let fits = a.ty == b.ty || a.ty.meet(b.ty).is_some();
        let refused = |ty: Type| matches!(ty, Type::Version | Type::UnsignedLong);
        if !fits || refused(a.ty) || refused(b.ty) {
            return Err(invalid(
                "LOOKUP JOIN",
                format!("{} and {} do not join", a.ty.name(), b.ty.name()),
                place.clone(),
            ));
        }
        if b.ty == Type::Text {
            return Err(invalid(
                "LOOKUP JOIN",
                "a key of the look-up index is not analysed text",
                place.clone(),
            ));
        }
        pairs.push((from, to));
    }
    let notes = &mut context.notes;
    let mut matches: HashMap<Vec<Value>, Vec<usize>> = HashMap::new();
    let mut several = false;
    // Rows of the table whose key is several values match nothing; looking at one warns.
    let mut passed: HashSet<Value> = HashSet::new();
    for (at, row) in right.rows.iter().enumerate() {
        match key(pairs.iter().map(|(_, to)| row.get(*to))) {
            Ok(Some(key)) => matches.entry(key).or_default().push(at),
            Ok(None) => {}
            Err(()) => {
                let cells = pairs.iter().filter_map(|(_, to)| row.get(*to));
                passed.extend(cells.flat_map(Cell::values).cloned());
            }
        }
    }
    let kept: Vec<usize> = (0..right.columns.len())
        .filter(|at| !pairs.iter().any(|(_, to)| to == at))
        .collect();
    let added: Vec<Column> = kept
        .iter()
        .filter_map(|at| right.columns.get(*at).cloned())
        .collect();
    let width = left.columns.len();
    let mut joined = both(&left, &added);
    for row in left.rows {
        bounded(&joined, span)?;
        let found = match key(pairs.iter().map(|(from, _)| row.get(*from))) {
            Ok(Some(key)) => {
                several |= key.iter().any(|value| passed.contains(value));
                matches.get(&key)
            }
            Ok(None) => None,
            Err(()) => {
                several = true;
                None
            }
        };
        match found {
            Some(found) => {
                for at in found {
                    let mut both = row.clone();
                    let other = right.rows.get(*at);
                    both.extend(kept.iter().map(|place| {
                        let cell = other.and_then(|other| other.get(*place));
                        cell.cloned().unwrap_or_default()
                    }));
                    joined.rows.push(both);
                }
            }
            None => {
                let mut both = row;
                both.resize(width + kept.len(), Cell::Null);
                joined.rows.push(both);
            }
        }
    }
    if several {
        notes.warn(span, MULTI);
    }
    Ok(hide(joined, width))
}

/// The values of a key; nothing when one is null; an error when one is several.
fn key<'c>(cells: impl Iterator<Item = Option<&'c Cell>>) -> Result<Option<Vec<Value>>, ()> {
    let mut key = Vec::new();
    for cell in cells {
        match cell {
            Some(Cell::One(value)) => key.push(value.clone()),
            Some(Cell::Many(_)) => return Err(()),
            _ => return Ok(None),
        }
    }
    Ok(Some(key))
}

/// Comparisons of columns of both sides, with AND between.
fn by_condition(
    condition: &Expr,
    left: Frame,
    right: Frame,
    context: &mut Context,
) -> Result<Frame, Refusal> {
    comparisons(condition, &left, &right)?;
    let width = left.columns.len();
    let mut joined = both(&left, &right.columns);
    let node = context.scope(&joined.columns).condition(condition)?;
    let notes = &mut context.notes;
    for row in left.rows {
        bounded(&joined, &condition.span())?;
        let mut met = false;
        for other in &right.rows {
            let mut both = row.clone();
            both.extend(other.iter().cloned());
            if node.holds(&both, notes) {
                met = true;
                joined.rows.push(both);
            }
        }
        if !met {
            let mut both = row;
            both.resize(joined.columns.len(), Cell::Null);
            joined.rows.push(both);
        }
    }
    Ok(hide(joined, width))
}

fn comparisons(condition: &Expr, left: &Frame, right: &Frame) -> Result<(), Refusal> {
    if let ExprKind::Binary(operator, a, b) = &condition.kind {
        if *operator == Operator::And {
            comparisons(a, left, right)?;
            return comparisons(b, left, right);
        }
        let compares = matches!(
            operator,
            Operator::Equal
                | Operator::NotEqual
                | Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual
        );
        if let (true, ExprKind::Column(a), ExprKind::Column(b)) = (compares, &a.kind, &b.kind) {
            let sides = |name: &str| (left.place(name).is_some(), right.place(name).is_some());
            return match (sides(a), sides(b)) {
                ((true, false), (false, true)) | ((false, true), (true, false)) => Ok(()),
                _ => Err(invalid(
                    "LOOKUP JOIN",
                    "a comparison has a column of each side, each under a name that the other side has not",
                    condition.span(),
                )),
            };
        }
    }
    Err(unknown(
        "LOOKUP JOIN",
        "only comparisons of two columns are known here",
        condition.span(),
    ))
}
