//! In: rows and the commands of each branch. Out: the rows of all branches, each with the name of its branch.
//! Guarantee: a column that a branch lacks is null there, one name has one type, a branch without LIMIT gives as many rows as a query
//! without one (Elastic docs, "FORK"). Columns are in the order of the first branch, then `_fork`, then what later branches add.

use std::ops::Range;

use super::ast::{Command, CommandKind};
use super::cell::{Cell, Value};
use super::context::{Context, Run};
use super::frame::Frame;
use super::refuse::{invalid, unknown};
use super::scope::Column;
use super::types::Type;
use crate::Refusal;

/// The column that names the branch.
const BRANCH: &str = "_fork";

/// `FORK (…) (…)`; `run` runs one command of a branch.
pub(super) fn fork(
    branches: &[Vec<Command>],
    frame: &Frame,
    context: &mut Context,
    span: &Range<usize>,
    run: Run,
) -> Result<Frame, Refusal> {
    if context.nullify {
        let message = "FORK where unmapped fields are null is not known here";
        return Err(unknown("FORK", message, span.clone()));
    }
    let before = context.on_data_nodes;
    let mut whole = Frame::default();
    for (number, branch) in branches.iter().enumerate() {
        context.on_data_nodes = before;
        context.new_rows(span, frame, frame.rows.len())?;
        let mut limited = false;
        let mut part = frame.clone();
        for command in branch {
            if limited && matches!(command.kind, CommandKind::Stats { inline: true, .. }) {
                let message = "INLINE STATS does not stand after LIMIT";
                return Err(invalid("INLINE STATS", message, command.span.clone()));
            }
            limited |= matches!(command.kind, CommandKind::Limit(_));
            part = run(command, part, context)?;
        }
        if !limited && part.rows.len() > context.default_limit {
            let message = format!(
                "fork{}: {} rows cut to {}",
                number + 1,
                part.rows.len(),
                context.default_limit
            );
            context.notes.warnings.push(message);
            part.rows.truncate(context.default_limit);
        }
        let name = Cell::One(Value::text(&format!("fork{}", number + 1)));
        if let Some(at) = part.place(BRANCH) {
            part.remove(at);
        }
        part.columns.push(Column::computed(BRANCH, Type::Keyword));
        for row in &mut part.rows {
            row.push(name.clone());
        }
        append(&mut whole, part, span)?;
    }
    whole.computed();
    for column in &mut whole.columns {
        column.constant = None;
    }
    context.on_data_nodes = false;
    whole.ordered = false;
    Ok(whole)
}

/// The rows of one more branch.
fn append(whole: &mut Frame, part: Frame, span: &Range<usize>) -> Result<(), Refusal> {
    for column in &part.columns {
        match whole
            .place(&column.name)
            .and_then(|at| whole.columns.get(at))
        {
            Some(known) if known.ty != column.ty => {
                let message = format!(
                    "`{}` is {} in one branch and {} in another",
                    column.name,
                    known.ty.name(),
                    column.ty.name()
                );
                let either = known.ty == Type::Null || column.ty == Type::Null;
                return Err(if either {
                    unknown("FORK", message, span.clone())
                } else {
                    invalid("FORK", message, span.clone())
                });
            }
            Some(_) => {}
            None => {
                whole.columns.push(column.clone());
                for row in &mut whole.rows {
                    row.push(Cell::Null);
                }
            }
        }
    }
    let places: Vec<Option<usize>> = whole
        .columns
        .iter()
        .map(|column| part.place(&column.name))
        .collect();
    for mut row in part.rows {
        let cells = places.iter().map(|place| {
            let cell = place.and_then(|at| row.get_mut(at));
            cell.map(std::mem::take).unwrap_or_default()
        });
        whole.rows.push(cells.collect());
    }
    Ok(())
}
