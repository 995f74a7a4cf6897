//! Aggregates that pick a row: `arg_max`, `arg_min`, `take_any`.
//!
//! In: a call. Out: an [`Aggregate`] with a result for each column. Guarantee: a row with a null key is picked only if all keys are null
//! (<https://learn.microsoft.com/en-us/kusto/query/arg-max-aggregation-function>); where the engine may take any row, the first is taken.

use super::{Aggregate, Call};
use crate::kql::cell::{self, Cell};
use crate::kql::fault::Fault;
use crate::kql::naming;
use crate::kql::typed::{Frame, Typed};
use std::cmp::Ordering;

pub(super) const NAMES: &[&str] = &[
    "arg_max",
    "arg_min",
    "take_any",
    "any",
    "take_anyif",
    "anyif",
];

pub(super) fn make(call: &Call<'_, '_, '_>) -> Result<Aggregate, Fault> {
    match call.name {
        "arg_max" | "arg_min" => extreme(call),
        _ => any(call),
    }
}

fn extreme(call: &Call<'_, '_, '_>) -> Result<Aggregate, Fault> {
    call.count(1, usize::MAX)?;
    let wanted = if call.name == "arg_max" {
        Ordering::Greater
    } else {
        Ordering::Less
    };
    let short = call.name.strip_prefix("arg_").unwrap_or_default();
    let mut values: Vec<Typed> = Vec::new();
    let mut outputs = Vec::new();
    for at in 0..call.arguments.len() {
        let typed = call.arg(at)?;
        let name = naming::of(call.expr(at)?);
        let name = match name {
            None if at == 0 => Some(format!("{short}_")),
            other => other,
        };
        outputs.push((name, typed.ty));
        values.push(typed);
    }
    Ok(Aggregate {
        compute: Box::new(move |group| {
            let Some(key) = values.first() else {
                return Vec::new();
            };
            let mut best: Option<(Frame<'_>, Cell)> = None;
            for frame in group.frames() {
                let cell = (key.eval)(&frame);
                let better = match &best {
                    None => true,
                    Some((_, best)) => beats(&cell, best, wanted),
                };
                if better {
                    best = Some((frame, cell));
                }
            }
            values
                .iter()
                .map(|value| match &best {
                    Some((frame, _)) => (value.eval)(frame),
                    None => value.ty.absent(),
                })
                .collect()
        }),
        outputs,
    })
}

/// Whether a key takes the place of the best so far; NaN beats all but itself, null nothing.
fn beats(cell: &Cell, best: &Cell, wanted: Ordering) -> bool {
    let nan = |cell: &Cell| matches!(cell, Cell::Real(value) if value.is_nan());
    if cell.is_null() || nan(best) {
        return false;
    }
    best.is_null() || nan(cell) || cell::compare(cell, best) == Some(wanted)
}

fn any(call: &Call<'_, '_, '_>) -> Result<Aggregate, Fault> {
    let conditional = call.name.ends_with("if");
    let old = !call.name.starts_with("take");
    call.count(
        1 + usize::from(conditional),
        if conditional { 2 } else { usize::MAX },
    )?;
    let count = call.arguments.len() - usize::from(conditional);
    let condition = if conditional {
        Some(call.condition(1)?)
    } else {
        None
    };
    let mut values = Vec::new();
    let mut outputs = Vec::new();
    for at in 0..count {
        let typed = call.arg(at)?;
        let name = match naming::of(call.expr(at)?) {
            Some(name) if old => format!("any_{name}"),
            Some(name) => name,
            None => format!("any_arg{at}"),
        };
        outputs.push((Some(name), typed.ty));
        values.push(typed);
    }
    let present = |cell: &Cell| match cell {
        Cell::Null => false,
        Cell::Text(text) => !text.is_empty(),
        _ => true,
    };
    Ok(Aggregate {
        compute: Box::new(move |group| {
            let pick = |value: &Typed| {
                let frames = group.frames().filter(|frame| {
                    condition
                        .as_ref()
                        .is_none_or(|condition| (condition.eval)(frame).is_true())
                });
                let mut kept = None;
                for cell in frames.map(|frame| (value.eval)(&frame)) {
                    if present(&cell) {
                        return cell;
                    }
                    kept.get_or_insert(cell);
                }
                kept.unwrap_or_else(|| value.ty.absent())
            };
            values.iter().map(pick).collect()
        }),
        outputs,
    })
}
