//! Aggregates that make a number: counts, sums, means, extremes, spreads, percentiles.
//!
//! In: a call. Out: an [`Aggregate`]. Guarantee: of no values a sum is 0, a mean NaN, an extreme null; a sum of whole numbers wraps
//! (<https://learn.microsoft.com/en-us/kusto/query/sum-aggregation-function>); variances are rounded to ten digits, as the engine does.

use super::{Aggregate, Call, filtered, single};
use crate::kql::cell::{self, Cell, Key, Type};
use crate::kql::decimal::Decimal;
use crate::kql::fault::Fault;
use crate::kql::operator;
use crate::kql::typed::Typed;
use std::cmp::Ordering;
use std::collections::HashSet;

pub(super) const NAMES: &[&str] = &[
    "count",
    "countif",
    "sum",
    "sumif",
    "avg",
    "avgif",
    "min",
    "minif",
    "max",
    "maxif",
    "dcount",
    "dcountif",
    "count_distinct",
    "count_distinctif",
    "stdev",
    "stdevif",
    "stdevp",
    "variance",
    "varianceif",
    "variancep",
    "percentile",
    "percentiles",
    "percentiles_array",
    "binary_all_and",
    "binary_all_or",
    "binary_all_xor",
];

/// Up to how many values the engine's `dcount` is exact (<https://learn.microsoft.com/en-us/kusto/query/dcount-aggfunction>).
const EXACT: usize = 1000;

pub(super) fn make(call: &Call<'_, '_, '_>) -> Result<Aggregate, Fault> {
    let name = call.name;
    match name {
        "count" => {
            call.count(0, 1)?;
            if !call.arguments.is_empty() {
                // Rows are counted, nulls too.
                call.arg(0)?;
            }
            return Ok(single(Type::Long, |group| count(group.places.len())));
        }
        "countif" => {
            call.count(1, 1)?;
            let condition = call.condition(0)?;
            return Ok(single(Type::Long, move |group| {
                count(group.cells(&condition.eval).filter(Cell::is_true).count())
            }));
        }
        "percentile" | "percentiles" | "percentiles_array" => return percentiles(call),
        _ => {}
    }
    let conditional = name.ends_with("if");
    let plain = name.strip_suffix("if").unwrap_or(name);
    let sketch = plain == "dcount";
    call.count(
        1 + usize::from(conditional),
        1 + usize::from(conditional) + usize::from(sketch),
    )?;
    let value = call.arg(0)?;
    let condition = if conditional {
        Some(call.condition(1)?)
    } else {
        None
    };
    let ty = value.ty;
    let cells = filtered(value, condition);
    match plain {
        "sum" => sum(call, ty, cells),
        "avg" => average(call, ty, cells),
        "min" | "max" => {
            if matches!(ty, Type::Dynamic | Type::Guid) {
                return Err(call.invalid(format!("{ty} has no order")));
            }
            let wanted = if plain == "min" {
                Ordering::Less
            } else {
                Ordering::Greater
            };
            Ok(single(ty, move |group| {
                extreme(cells(group), wanted).unwrap_or_else(|| ty.absent())
            }))
        }
        "dcount" | "count_distinct" => {
            let late = call.scope.session.late.clone();
            let fault = call.refuse(format!(
                "`dcount` of more than {EXACT} values is an estimate; `count_distinct` is exact"
            ));
            Ok(single(Type::Long, move |group| {
                let keys: HashSet<Key> = cells(group)
                    .iter()
                    .filter(|cell| !cell.is_null())
                    .map(Cell::key)
                    .collect();
                if sketch && keys.len() > EXACT {
                    late.borrow_mut().get_or_insert_with(|| fault.clone());
                }
                count(keys.len())
            }))
        }
        "stdev" | "stdevp" | "variance" | "variancep" => {
            if !matches!(ty, Type::Int | Type::Long | Type::Real) {
                return Err(call.invalid(format!("{ty} is no number")));
            }
            let sample = !plain.ends_with('p');
            let root = plain.starts_with("stdev");
            Ok(single(Type::Real, move |group| {
                let variance = variance(&cells(group), sample);
                Cell::Real(if root { variance.sqrt() } else { variance })
            }))
        }
        _ => {
            if !ty.is_whole() {
                return Err(call.invalid(format!("{ty} is no whole number")));
            }
            let combine: fn(i64, i64) -> i64 = match plain {
                "binary_all_and" => |a, b| a & b,
                "binary_all_or" => |a, b| a | b,
                _ => |a, b| a ^ b,
            };
            Ok(single(ty, move |group| {
                let cells = cells(group);
                let bits = cells.iter().filter_map(Cell::as_long).reduce(combine);
                bits.map_or(Cell::Null, Cell::Long)
            }))
        }
    }
}

fn count(count: usize) -> Cell {
    Cell::Long(i64::try_from(count).unwrap_or(i64::MAX))
}

type Cells = Vec<Cell>;

fn total(cells: &[Cell], zero: Cell) -> Cell {
    cells
        .iter()
        .filter(|cell| !cell.is_null())
        .fold(zero, |sum, cell| {
            operator::add(&sum, cell).unwrap_or(Cell::Null)
        })
}

fn zero(ty: Type) -> Option<Cell> {
    Some(match ty {
        Type::Int | Type::Long => Cell::Long(0),
        Type::Real => Cell::Real(0.0),
        Type::Span => Cell::Span(0),
        Type::Decimal => Cell::Decimal(Decimal::from_long(0)),
        _ => return None,
    })
}

fn unsummed(call: &Call<'_, '_, '_>, ty: Type) -> Fault {
    match ty {
        Type::Time | Type::Dynamic => call.refuse(format!("a sum of {ty} is not known here")),
        _ => call.invalid(format!("{ty} cannot be summed")),
    }
}

fn sum(
    call: &Call<'_, '_, '_>,
    ty: Type,
    cells: impl Fn(&super::Group<'_>) -> Cells + 'static,
) -> Result<Aggregate, Fault> {
    let zero = zero(ty).ok_or_else(|| unsummed(call, ty))?;
    let ty = if ty == Type::Int { Type::Long } else { ty };
    Ok(single(ty, move |group| total(&cells(group), zero.clone())))
}

fn average(
    call: &Call<'_, '_, '_>,
    ty: Type,
    cells: impl Fn(&super::Group<'_>) -> Cells + 'static,
) -> Result<Aggregate, Fault> {
    let zero = zero(ty).ok_or_else(|| unsummed(call, ty))?;
    let result = match ty {
        Type::Int | Type::Long | Type::Real => Type::Real,
        other => other,
    };
    Ok(single(result, move |group| {
        let cells = cells(group);
        let number = cells.iter().filter(|cell| !cell.is_null()).count();
        match total(&cells, zero.clone()) {
            Cell::Long(sum) => Cell::Real(sum as f64 / number as f64),
            Cell::Real(sum) => Cell::Real(sum / number as f64),
            Cell::Span(sum) => i64::try_from(number)
                .ok()
                .and_then(|number| sum.checked_div(number))
                .map_or(Cell::Null, Cell::Span),
            Cell::Decimal(sum) => i64::try_from(number)
                .ok()
                .and_then(|number| sum.divide(&Decimal::from_long(number)))
                .map_or(Cell::Null, Cell::Decimal),
            _ => Cell::Null,
        }
    }))
}

/// The least or greatest value; NaN is catching.
pub(super) fn extreme(cells: Cells, wanted: Ordering) -> Option<Cell> {
    let mut best: Option<Cell> = None;
    for cell in cells.into_iter().filter(|cell| !cell.is_null()) {
        if matches!(cell, Cell::Real(value) if value.is_nan()) {
            return Some(cell);
        }
        let better = match &best {
            None => true,
            Some(best) => cell::compare(&cell, best) == Some(wanted),
        };
        if better {
            best = Some(cell);
        }
    }
    best
}

fn variance(cells: &[Cell], sample: bool) -> f64 {
    let values: Vec<f64> = cells.iter().filter_map(Cell::as_real).collect();
    let degrees = values.len().saturating_sub(usize::from(sample));
    if degrees == 0 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let spread: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let variance = spread / degrees as f64;
    let rounded = (variance * 1e10).round() / 1e10;
    if rounded.is_finite() {
        rounded
    } else {
        variance
    }
}

/// Percentiles by nearest rank.
fn percentiles(call: &Call<'_, '_, '_>) -> Result<Aggregate, Fault> {
    let value = call.arg(0)?;
    let array = call.name == "percentiles_array";
    let ty = match value.ty {
        Type::Int | Type::Long => Type::Long,
        ty @ (Type::Real | Type::Time | Type::Span) => ty,
        ty => return Err(call.invalid(format!("{ty} has no percentiles"))),
    };
    let mut shares = Vec::new();
    for at in 1..call.arguments.len() {
        match call.arg(at)?.value {
            Some(Cell::Array(items)) => shares.extend(items.iter().filter_map(Cell::as_real)),
            Some(cell) => shares.extend(cell.as_real()),
            None => return Err(call.invalid("a percentile is a literal")),
        }
    }
    let one = call.name == "percentile" && shares.len() != 1;
    if shares.is_empty() || one || shares.iter().any(|share| !(0.0..=100.0).contains(share)) {
        return Err(call.invalid("percentiles lie between 0 and 100"));
    }
    let name = crate::kql::naming::of(call.expr(0)?).unwrap_or_default();
    let outputs = if array {
        vec![(Some(format!("percentiles_{name}")), Type::Dynamic)]
    } else {
        let named = |share: &f64| (Some(format!("percentile_{name}_{share}")), ty);
        shares.iter().map(named).collect()
    };
    let late = call.scope.session.late.clone();
    let fault = call.refuse("percentiles of many values are estimates");
    let cells = filtered(Typed { ..value }, None);
    Ok(Aggregate {
        outputs,
        compute: Box::new(move |group| {
            let mut cells = cells(group);
            cells.retain(|cell| !cell.is_null());
            cells.sort_by(cell::order);
            if cells.len() > EXACT {
                late.borrow_mut().get_or_insert_with(|| fault.clone());
            }
            let pick = |share: &f64| {
                let rank = (share / 100.0 * cells.len() as f64).ceil() as usize;
                let at = rank.saturating_sub(1);
                cells.get(at).cloned().unwrap_or(Cell::Null)
            };
            let picked: Vec<Cell> = shares.iter().map(pick).collect();
            if array {
                vec![Cell::array(picked)]
            } else {
                picked
            }
        }),
    })
}
