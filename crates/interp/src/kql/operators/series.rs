//! `make-series`.
//!
//! In: a table, an axis with its ends and its step. Out: a row of arrays for each group. Guarantee: the start is part of the axis, the end is not (of
//! `in range(…)` it is); a bin without rows has the default; a group without rows on the axis does not exist
//! (<https://learn.microsoft.com/en-us/kusto/query/make-series-operator>).

use super::grouping::{self, Keys};
use crate::kql::aggregate::{self, Aggregate, Group};
use crate::kql::ast::{Expr, Kind, Series};
use crate::kql::bind::bind;
use crate::kql::cell::{self, Cell, Type};
use crate::kql::convert;
use crate::kql::fault::{self, Fault};
use crate::kql::functions;
use crate::kql::scope::{Env, Scope, Session, Table};
use crate::kql::typed::{Frame, Typed};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::ops::Range;

/// The most points of a series.
const MOST: usize = 1_048_576;

pub(super) fn make_series(
    series: &Series,
    table: &Table,
    env: &Env,
    session: &Session<'_>,
    span: &Range<usize>,
) -> Result<Table, Fault> {
    let scope = Scope::of(session, env, table);
    let Keys {
        mut names,
        values,
        columns: own,
    } = grouping::keys(&series.by, &[], false, &scope)?;
    let axis = bind(&series.axis, &scope)?;
    let Kind::Name(axis_name) = &series.axis.kind else {
        let message = "the axis is a column";
        return Err(fault::unknown(
            series.axis.span.clone(),
            "make-series",
            message,
        ));
    };
    let ends = Ends::bind(series, &axis, &scope)?;
    let collected: RefCell<Vec<Aggregate>> = RefCell::default();
    let inner = Scope {
        aggregates: Some(&collected),
        ..scope
    };
    let mut outputs: Vec<(Typed, Cell)> = Vec::new();
    for (named, default) in &series.aggregates {
        let found = aggregate::bind_named(named, &inner, &own, &mut names)?;
        let [typed] = found.as_slice() else {
            let message = "an aggregate of a series has one result";
            return Err(fault::invalid(
                named.value.span.clone(),
                "make-series",
                message,
            ));
        };
        let default = default_of(default.as_ref(), typed.ty, session, env)?;
        outputs.push((typed.clone(), default));
    }
    drop(inner);
    let collected = collected.into_inner();
    names.found(Some(axis_name), Type::Dynamic);
    for column in names.columns.iter_mut().skip(values.len()) {
        column.ty = Type::Dynamic;
    }
    let on_axis: Vec<Cell> = super::frames(&table.rows)
        .map(|frame| (axis.eval)(&frame))
        .collect();
    let mut rows = Vec::new();
    for (mut row, places) in grouping::groups(&values, &table.rows) {
        let mut inside: Vec<(usize, &Cell)> = places
            .iter()
            .filter_map(|at| Some((*at, on_axis.get(*at)?)))
            .filter(|(_, cell)| ends.hold(cell))
            .collect();
        if inside.is_empty() {
            continue;
        }
        let Some(points) = ends.points(inside.iter().map(|(_, cell)| *cell)) else {
            let message = "the axis has too many points, or its step leads nowhere";
            return Err(fault::failed(span.clone(), "make-series", message));
        };
        session.new_rows(span, 1, points.len().saturating_mul(outputs.len() + 2))?;
        session.charged(span, session.budget.steps(points.len()))?;
        inside.sort_by_key(|(at, _)| *at);
        let mut bins: Vec<Vec<usize>> = vec![Vec::new(); points.len()];
        for (at, cell) in inside {
            // The last point that is not beyond the value.
            let after = points
                .partition_point(|point| cell::compare(point, cell) != Some(Ordering::Greater));
            if let Some(bin) = after.checked_sub(1).and_then(|bin| bins.get_mut(bin)) {
                bin.push(at);
            }
        }
        let mut arrays: Vec<Vec<Cell>> = vec![Vec::with_capacity(points.len()); outputs.len()];
        for bin in &bins {
            let results = if bin.is_empty() {
                None
            } else {
                let group = Group {
                    rows: &table.rows,
                    places: bin,
                };
                Some(grouping::results(&collected, &group))
            };
            for (array, (typed, default)) in arrays.iter_mut().zip(&outputs) {
                array.push(match &results {
                    None => default.clone(),
                    Some(results) => (typed.eval)(&Frame {
                        row: results,
                        ..Frame::EMPTY
                    }),
                });
            }
        }
        row.extend(arrays.into_iter().map(Cell::array));
        row.push(Cell::array(points));
        rows.push(row);
    }
    if rows.is_empty() && series.nonempty && series.by.is_empty() {
        let Some(points) = ends.points(std::iter::empty()) else {
            let message = "an axis without rows needs its ends";
            return Err(fault::failed(span.clone(), "make-series", message));
        };
        let mut row: Vec<Cell> = outputs
            .iter()
            .map(|(_, default)| Cell::array(vec![default.clone(); points.len()]))
            .collect();
        row.push(Cell::array(points));
        rows.push(row);
    }
    Ok(Table::new(names.columns, rows))
}

/// The value of bins without rows.
fn default_of(
    given: Option<&Expr>,
    ty: Type,
    session: &Session<'_>,
    env: &Env,
) -> Result<Cell, Fault> {
    let Some(expr) = given else {
        return Ok(match ty {
            Type::Int | Type::Long => Cell::Long(0),
            Type::Real => Cell::Real(0.0),
            _ => ty.absent(),
        });
    };
    let typed = bind(expr, &Scope::bare(session, env))?;
    let Some(value) = typed.value.clone() else {
        let message = "a default depends on no row";
        return Err(fault::invalid(expr.span.clone(), "default", message));
    };
    let fits = typed.ty == ty || (typed.ty.is_number() && ty.is_number());
    if !fits {
        let message = format!("the default is {}, the aggregate {ty}", typed.ty);
        return Err(fault::invalid(expr.span.clone(), "default", message));
    }
    if ty.is_whole() && typed.ty == Type::Real {
        // A series of whole numbers keeps a real default as it is.
        return Ok(value);
    }
    let converted = convert::to(ty, &typed, &session.late);
    Ok(converted.value.unwrap_or(Cell::Null))
}

/// The ends and the step of an axis.
struct Ends {
    from: Option<Cell>,
    to: Option<Cell>,
    step: Cell,
    inclusive: bool,
}

impl Ends {
    fn bind(series: &Series, axis: &Typed, scope: &Scope<'_, '_>) -> Result<Ends, Fault> {
        let step_type = match axis.ty {
            Type::Time | Type::Span => Type::Span,
            Type::Int | Type::Long => Type::Long,
            Type::Real => Type::Real,
            ty => {
                let message = format!("{ty} is no axis");
                return Err(fault::invalid(
                    series.axis.span.clone(),
                    "make-series",
                    message,
                ));
            }
        };
        let value = |expr: &Expr, wanted: Type| {
            let typed = bind(expr, &scope.rows())?;
            let fits = typed.ty == wanted
                || (typed.ty.is_whole() && wanted.is_whole())
                || (typed.ty.is_number() && wanted == Type::Real);
            let late = &scope.session.late;
            let converted = if wanted == Type::Real && fits {
                convert::to(Type::Real, &typed, late)
            } else {
                typed.clone()
            };
            match converted.value {
                Some(cell) if fits && !cell.is_null() => Ok(cell),
                _ => {
                    let message = format!("a literal of type {wanted} is needed here");
                    Err(fault::invalid(expr.span.clone(), "make-series", message))
                }
            }
        };
        let own = |expr: &Option<Expr>| expr.as_ref().map(|e| value(e, axis.ty)).transpose();
        Ok(Ends {
            from: own(&series.from)?,
            to: own(&series.to)?,
            step: value(&series.step, step_type)?,
            inclusive: series.inclusive,
        })
    }

    /// Whether a value lies on the axis.
    fn hold(&self, cell: &Cell) -> bool {
        let order = |end: &Cell| cell::compare(cell, end);
        let after = self
            .from
            .as_ref()
            .is_none_or(|from| order(from).is_some_and(|order| order != Ordering::Less));
        let before = self.to.as_ref().is_none_or(|to| {
            order(to).is_some_and(|order| {
                order == Ordering::Less || (self.inclusive && order == Ordering::Equal)
            })
        });
        after && before && !cell.is_null()
    }

    /// The points of the axis; ends that are not given are those of the values.
    fn points<'c>(&self, cells: impl Iterator<Item = &'c Cell>) -> Option<Vec<Cell>> {
        let (mut least, mut most): (Option<Cell>, Option<Cell>) = (None, None);
        for cell in cells {
            let beats = |best: &Option<Cell>, wanted| {
                best.as_ref()
                    .is_none_or(|best| cell::compare(cell, best) == Some(wanted))
            };
            if beats(&least, Ordering::Less) {
                least = Some(cell.clone());
            }
            if beats(&most, Ordering::Greater) {
                most = Some(cell.clone());
            }
        }
        let from = match &self.from {
            Some(from) => from.clone(),
            None => functions::floored(&least?, &self.step, None)?,
        };
        let (to, inclusive) = match &self.to {
            Some(to) => (to.clone(), self.inclusive),
            None => (most?, true),
        };
        let points = functions::counted(&from, &to, &self.step, MOST, inclusive)?;
        (points.len() <= MOST).then_some(points)
    }
}
