//! Functions that look at other rows.
//!
//! In: a call over rows that have an order. Out: its expression. Guarantee: rows without an order are refused, as the engine refuses them
//! (<https://learn.microsoft.com/en-us/kusto/query/window-functions>).

use super::{Answered, Call};
use crate::kql::cell::{Cell, Type};
use crate::kql::fault::Fault;
use crate::kql::operator;
use crate::kql::typed::{Frame, Typed};
use std::cell::OnceCell;

pub(super) fn bind(call: &Call<'_, '_, '_>) -> Answered {
    if !matches!(call.name, "row_number" | "prev" | "next" | "row_cumsum") {
        return Ok(None);
    }
    if !call.scope.serialized {
        return Err(call.invalid("the rows have no order; `sort` or `serialize` gives them one"));
    }
    Ok(Some(match call.name {
        "row_number" => {
            call.count(0, 2)?;
            row_number(call)?
        }
        "row_cumsum" => {
            call.count(1, 2)?;
            running_sum(call)?
        }
        _ => {
            call.count(1, 3)?;
            neighbour(call)?
        }
    }))
}

fn neighbour(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let value = call.get(0)?.clone();
    let distance = call.long_or(1, 1)?;
    let distance = match distance.value {
        Some(Cell::Long(distance)) if distance > 0 => usize::try_from(distance).ok(),
        _ => None,
    };
    let Some(distance) = distance else {
        return Err(call.wrong(1, "a literal greater than 0"));
    };
    let default = match call.args.get(2) {
        None => value.ty.absent(),
        Some(typed) => {
            let fits = typed.ty == value.ty || (typed.ty.is_whole() && value.ty.is_whole());
            match &typed.value {
                Some(cell) if fits => cell.clone(),
                _ => return Err(call.wrong(2, "a literal of the type of the first")),
            }
        }
    };
    let forward = call.name == "next";
    let eval = value.eval;
    Ok(Typed::varying(value.ty, move |frame| {
        let at = if forward {
            frame.at.checked_add(distance)
        } else {
            frame.at.checked_sub(distance)
        };
        match at.and_then(|at| Some((at, frame.rows.get(at)?))) {
            Some((at, row)) => eval(&Frame {
                row,
                rows: frame.rows,
                at,
            }),
            None => default.clone(),
        }
    }))
}

/// What is true of all rows up to each, computed once for all rows.
fn running(ty: Type, step: impl Fn(&Frame<'_>, Option<&Cell>) -> Cell + 'static) -> Typed {
    let all: OnceCell<Vec<Cell>> = OnceCell::new();
    Typed::varying(ty, move |frame| {
        let all = all.get_or_init(|| {
            let mut cells: Vec<Cell> = Vec::with_capacity(frame.rows.len());
            for (at, row) in frame.rows.iter().enumerate() {
                let here = Frame {
                    row,
                    rows: frame.rows,
                    at,
                };
                let cell = step(&here, cells.last());
                cells.push(cell);
            }
            cells
        });
        all.get(frame.at).cloned().unwrap_or(Cell::Null)
    })
}

fn row_number(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let start = match call.long_or(0, 1)?.value {
        Some(Cell::Long(start)) => start,
        _ => return Err(call.wrong(0, "a literal")),
    };
    let restart = match call.args.get(1) {
        Some(_) => Some(call.truth(1)?.eval),
        None => None,
    };
    Ok(running(Type::Long, move |frame, before| {
        let again = restart.as_ref().is_some_and(|test| test(frame).is_true());
        match before.and_then(Cell::as_long) {
            Some(number) if !again => Cell::Long(number + 1),
            _ => Cell::Long(start),
        }
    }))
}

fn running_sum(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let value = call.get(0)?.clone();
    if !matches!(value.ty, Type::Int | Type::Long | Type::Real) {
        return Err(call.wrong(0, "a number"));
    }
    let restart = match call.args.get(1) {
        Some(_) => Some(call.truth(1)?.eval),
        None => None,
    };
    let ty = value.ty;
    let eval = value.eval;
    Ok(running(ty, move |frame, before| {
        let again = restart.as_ref().is_some_and(|test| test(frame).is_true());
        let here = eval(frame);
        match before {
            Some(sum) if !again => operator::add(sum, &here).unwrap_or_else(|| sum.clone()),
            _ => here,
        }
    }))
}
