//! In: rows and one command. Out: the rows after it.
//! Guarantee: each command as its page says (Elastic docs, "ES|QL commands"): EVAL sees what it has just made, a column made anew moves
//! to the end, nulls have their place in an order, a row of several values sorts by its smallest going up and its largest going down.

use std::cmp::Ordering;
use std::ops::Range;

use super::ast::{Command, CommandKind, Field, Name, SortKey};
use super::cell::{Cell, Value};
use super::context::{Context, matching, no_column};
use super::frame::{self, Frame, LARGEST_CELL, MOST_ROWS};
use super::lex::Part;
use super::refuse::{failed, invalid, over};
use super::scope::Column;
use super::types::Type;
use super::{Release, extract, fill, fork, grok, join, stats, unmapped, uri};
use crate::Refusal;

/// Says that a command is newer than the release that is asked for.
fn since(context: &mut Context, command: &str, first: Release) {
    if context.release < first {
        let Release(major, minor) = first;
        let message =
            format!("{command} is in the stack since {major}.{minor}; older ones refuse it");
        context.notes.warnings.push(message);
    }
}

/// Runs one command, charges what it takes, and says what of the query follows it.
pub(super) fn step(
    command: &Command,
    frame: Frame,
    context: &mut Context,
) -> Result<Frame, Refusal> {
    let work = frame.rows.len().saturating_add(1);
    context.charged(&command.span, context.budget.steps(work))?;
    let before = frame.rows.len();
    let frame = run(command, frame, context)?;
    if frame.rows.len() > before {
        context.new_rows(&command.span, &frame, frame.rows.len())?;
    }
    // What follows a grouping or a cut is run where all rows meet.
    if matches!(
        command.kind,
        CommandKind::Stats { .. } | CommandKind::Limit(_)
    ) {
        context.on_data_nodes = false;
    }
    match context.notes.fatal.take() {
        Some(refusal) => Err(refusal),
        None => Ok(frame),
    }
}

/// Runs one command.
pub(super) fn run(
    command: &Command,
    mut frame: Frame,
    context: &mut Context,
) -> Result<Frame, Refusal> {
    if context.nullify {
        unmapped::add(command, &mut frame);
        context.nullify = unmapped::goes_on(command);
    }
    match &command.kind {
        CommandKind::From(patterns, metadata) => {
            if metadata.iter().any(|(name, _)| name == "_source") {
                let message = "_source is made of the columns of the table";
                context.notes.warnings.push(message.to_owned());
            }
            frame::from(patterns, metadata, context.tables)
        }
        CommandKind::Row(fields) => {
            frame.rows = vec![Vec::new()];
            frame.ordered = true;
            eval(fields, &mut frame, context)?;
            Ok(frame)
        }
        CommandKind::Where(condition) => {
            let node = context.scope(&frame.columns).condition(condition)?;
            let notes = &mut context.notes;
            frame.rows.retain(|row| node.holds(row, notes));
            Ok(frame)
        }
        CommandKind::Eval(fields) => {
            eval(fields, &mut frame, context)?;
            Ok(frame)
        }
        CommandKind::Keep(names) => {
            keep(names, &mut frame)?;
            Ok(frame)
        }
        CommandKind::Drop(names) => {
            // Names are looked for in the columns as they were: one may be named twice.
            let mut dropped = Vec::new();
            for name in names {
                let places = matching(name, &frame);
                if places.is_empty() && !context.nullify {
                    return Err(no_column(name));
                }
                dropped.extend(places);
            }
            dropped.sort_unstable();
            dropped.dedup();
            for at in dropped.into_iter().rev() {
                frame.remove(at);
            }
            Ok(frame)
        }
        CommandKind::Rename(pairs) => {
            for (old, new) in pairs {
                rename(old, new, &mut frame)?;
            }
            Ok(frame)
        }
        CommandKind::Sort(keys) => {
            sort(keys, &mut frame, context)?;
            Ok(frame)
        }
        CommandKind::Limit(limit) => {
            frame.rows.truncate(*limit);
            frame.computed();
            Ok(frame)
        }
        CommandKind::Stats {
            fields,
            keys,
            inline: false,
        } => stats::stats(fields, keys, frame, context),
        CommandKind::Stats { fields, keys, .. } => {
            stats::inline(fields, keys, frame, context, &command.span)
        }
        CommandKind::Expand(name) => expand(name, frame, context, &command.span),
        CommandKind::Join(index, on) => join::join(index, on, frame, context, &command.span),
        CommandKind::Dissect(input, pattern, separator) => {
            extract::dissect(input, pattern, separator, frame, context, &command.span)
        }
        CommandKind::Grok(input, patterns) => {
            grok::grok(input, patterns, frame, context, &command.span)
        }
        CommandKind::UriParts(prefix, input) => {
            since(context, "URI_PARTS", Release(9, 4));
            uri::parts(prefix, input, frame, context, &command.span)
        }
        CommandKind::FillNull(value, names) => {
            fill::fill(value.as_ref(), names, frame, context, &command.span)
        }
        CommandKind::Fork(branches) => {
            since(context, "FORK", Release(9, 1));
            fork::fork(branches, &frame, context, &command.span, step)
        }
    }
}

fn eval(fields: &[Field], frame: &mut Frame, context: &mut Context) -> Result<(), Refusal> {
    for field in fields {
        let node = context.scope(&frame.columns).node(&field.value)?;
        let notes = &mut context.notes;
        let ty = node.ty;
        if ty.is_amount() {
            return Err(invalid(
                ty.name(),
                "no column holds amounts of time",
                field.value.span(),
            ));
        }
        let budget = &context.budget;
        for row in &mut frame.rows {
            let cell = node.eval(row, notes);
            let made = budget.steps(1).and_then(|()| budget.bytes(cell.size()));
            made.map_err(|spent| over(spent, field.value.span()))?;
            let texts = cell.values().iter().filter_map(Value::str);
            if cell.values().len() + texts.map(str::len).sum::<usize>() > LARGEST_CELL {
                return Err(failed(
                    &field.name,
                    "a cell grows too large",
                    field.value.span(),
                ));
            }
            row.push(cell);
        }
        let old = frame.place(&field.name);
        frame.columns.push(Column {
            constant: node.fold(),
            ..Column::computed(&field.name, ty)
        });
        if let Some(old) = old {
            frame.remove(old);
        }
    }
    Ok(())
}

/// A full name goes before a pattern, a pattern before `*` alone; of equals the last one counts.
fn keep(names: &[Name], frame: &mut Frame) -> Result<(), Refusal> {
    let mut claims: Vec<Option<(u8, usize)>> = vec![None; frame.columns.len()];
    for (order, name) in names.iter().enumerate() {
        let rank = match name.parts.as_slice() {
            [Part::Star] => 0,
            [Part::Text(_)] => 2,
            _ => 1,
        };
        let places = matching(name, frame);
        if places.is_empty() && rank > 0 {
            return Err(no_column(name));
        }
        for at in places {
            if let Some(claim) = claims.get_mut(at)
                && claim.is_none_or(|(found, _)| found <= rank)
            {
                *claim = Some((rank, order));
            }
        }
    }
    let mut kept: Vec<(usize, usize)> = claims
        .iter()
        .enumerate()
        .filter_map(|(at, claim)| claim.map(|(_, order)| (order, at)))
        .collect();
    kept.sort_unstable();
    let places: Vec<usize> = kept.into_iter().map(|(_, at)| at).collect();
    frame.pick(&places);
    Ok(())
}

fn rename(old: &Name, new: &Name, frame: &mut Frame) -> Result<(), Refusal> {
    let (Some(from), Some(to)) = (old.plain(), new.plain()) else {
        return Err(invalid(
            "RENAME",
            "stars do not stand in RENAME",
            old.place.0.clone(),
        ));
    };
    let Some(at) = frame.place(from) else {
        return Err(no_column(old));
    };
    if from == to {
        return Ok(());
    }
    let hidden = frame.place(to);
    if let Some(column) = frame.columns.get_mut(at) {
        to.clone_into(&mut column.name);
    }
    if let Some(hidden) = hidden {
        frame.remove(hidden);
    }
    Ok(())
}

fn sort(keys: &[SortKey], frame: &mut Frame, context: &mut Context) -> Result<(), Refusal> {
    let scope = context.scope(&frame.columns);
    let nodes = keys
        .iter()
        .map(|key| scope.node(&key.value))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(node) = nodes.iter().find(|n| n.ty == Type::Source) {
        let message = "`_source` has no order";
        return Err(invalid("SORT", message, node.span.clone()));
    }
    if let Some(node) = nodes.iter().find(|n| n.ty.is_amount()) {
        return Err(invalid(
            "SORT",
            "amounts of time have no order",
            node.span.clone(),
        ));
    }
    let notes = &mut context.notes;
    let mut rows: Vec<(Vec<Option<Value>>, Vec<Cell>)> = std::mem::take(&mut frame.rows)
        .into_iter()
        .map(|row| {
            let found = nodes.iter().zip(keys).map(|(node, key)| {
                let cell = node.eval(&row, notes);
                let values = cell.values().iter();
                let best = if key.descending {
                    values.max_by(|a, b| a.order(b))
                } else {
                    values.min_by(|a, b| a.order(b))
                };
                best.cloned()
            });
            (found.collect(), row)
        })
        .collect();
    rows.sort_by(|(left, _), (right, _)| {
        for ((a, b), key) in left.iter().zip(right).zip(keys) {
            let order = match (a, b) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) if key.nulls_first => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) if key.nulls_first => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(a), Some(b)) if key.descending => b.order(a),
                (Some(a), Some(b)) => a.order(b),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    });
    frame.rows = rows.into_iter().map(|(_, row)| row).collect();
    frame.ordered = true;
    Ok(())
}

/// One row for each value; a row without a value stays.
fn expand(
    name: &str,
    frame: Frame,
    context: &Context,
    span: &Range<usize>,
) -> Result<Frame, Refusal> {
    let scope = context.scope(&frame.columns);
    let (at, _) = scope.find(name, span)?;
    let mut expanded = Frame {
        columns: frame.columns.clone(),
        rows: Vec::with_capacity(frame.rows.len()),
        ordered: false,
    };
    if let Some(column) = expanded.columns.get_mut(at) {
        column.field = false;
        column.constant = None;
    }
    for row in frame.rows {
        if expanded.rows.len() > MOST_ROWS {
            return Err(failed("MV_EXPAND", "there are too many rows", span.clone()));
        }
        match row.get(at) {
            Some(Cell::Many(values)) => {
                context.new_rows(span, &expanded, values.len())?;
                for value in values.clone().iter() {
                    let mut copy = row.clone();
                    if let Some(cell) = copy.get_mut(at) {
                        *cell = Cell::One(value.clone());
                    }
                    expanded.rows.push(copy);
                }
            }
            _ => expanded.rows.push(row),
        }
    }
    Ok(expanded)
}
