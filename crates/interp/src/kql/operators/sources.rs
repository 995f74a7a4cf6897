//! What makes rows of nothing: `datatable`, `print`, `range`.
//!
//! In: expressions. Out: a table. Guarantee: cells of a `datatable` are literals
//! (<https://learn.microsoft.com/en-us/kusto/query/datatable-operator>).

use super::columns;
use crate::kql::ast::{Expr, Kind, Named};
use crate::kql::bind::bind;
use crate::kql::cell::{Cell, Type};
use crate::kql::convert;
use crate::kql::fault::{self, Fault};
use crate::kql::functions;
use crate::kql::naming::Names;
use crate::kql::operator;
use crate::kql::scope::{Column, Scope, Table};
use crate::kql::stored;
use crate::kql::typed::{Frame, Typed};

pub(in crate::kql) fn datatable(
    expr: &Expr,
    columns: &[(String, Type)],
    cells: &[Expr],
    scope: &Scope<'_, '_>,
) -> Result<Table, Fault> {
    if columns.is_empty() || !cells.len().is_multiple_of(columns.len()) {
        let message = format!(
            "{} cells do not fill {} columns",
            cells.len(),
            columns.len()
        );
        return Err(fault::invalid(expr.span.clone(), "datatable", message));
    }
    let mut rows = Vec::new();
    for row in cells.chunks(columns.len()) {
        let cells: Result<Vec<Cell>, Fault> = row
            .iter()
            .zip(columns)
            .map(|(cell, (_, ty))| literal(cell, *ty, scope))
            .collect();
        rows.push(cells?);
    }
    let columns = columns
        .iter()
        .map(|(name, ty)| Column::new(name, *ty))
        .collect();
    Ok(Table::new(columns, rows))
}

fn literal(expr: &Expr, ty: Type, scope: &Scope<'_, '_>) -> Result<Cell, Fault> {
    let wrong = |message: String| fault::invalid(expr.span.clone(), "datatable", message);
    let typed = match &expr.kind {
        // The least long has no positive counterpart.
        Kind::Negate(inner)
            if matches!(inner.kind, Kind::Literal(Cell::Decimal(_), Type::Long)) =>
        {
            Typed::constant(Type::Long, Cell::Long(i64::MIN))
        }
        Kind::Negate(inner) if matches!(inner.kind, Kind::Literal(..)) => bind(expr, scope)?,
        Kind::Literal(..) => bind(expr, scope)?,
        Kind::Binary(..) => return Err(wrong("a cell is a literal".to_owned())),
        _ => {
            let typed = bind(expr, scope)?;
            if typed.value.is_none() {
                return Err(wrong("a cell depends on no row".to_owned()));
            }
            let message = "a cell that is no literal is not known here";
            return Err(fault::unknown(expr.span.clone(), "datatable", message));
        }
    };
    let value = typed.value.unwrap_or(Cell::Null);
    if typed.ty == ty {
        return Ok(value);
    }
    if let (Type::Text, Cell::Text(text)) = (typed.ty, &value) {
        // A text beside another type is read as that type.
        if ty == Type::Dynamic {
            return Ok(value);
        }
        return Ok(operator::coerced(text, ty).unwrap_or_else(|| ty.absent()));
    }
    let fits = (ty.is_number() && typed.ty.is_number()) || ty == Type::Dynamic;
    if !fits {
        return Err(wrong(format!("the column is {ty}, the cell {}", typed.ty)));
    }
    let converted = convert::to(ty, &Typed::constant(typed.ty, value), &scope.session.late);
    Ok(converted.value.unwrap_or(Cell::Null))
}

pub(in crate::kql) fn print(values: &[Named], scope: &Scope<'_, '_>) -> Result<Table, Fault> {
    let mut names = Names::new();
    let mut row = Vec::new();
    for (at, named) in values.iter().enumerate() {
        let found = columns::items(named, scope)?;
        let several = found.len() > 1;
        for (name, explicit, typed) in found {
            match name {
                Some(name) if explicit => names.given(&name, typed.ty, named)?,
                Some(name) if several => names.found(Some(&name), typed.ty),
                _ => names.found(Some(&format!("print_{at}")), typed.ty),
            }
            row.push((typed.eval)(&Frame::EMPTY));
        }
    }
    Ok(Table::new(names.columns, vec![row]))
}

/// `externaldata`: its rows lie at an address, which is not read; a table of samples that is called as the file of the address stands for them.
pub(in crate::kql) fn external(
    expr: &Expr,
    columns: &[(String, Type)],
    places: &[String],
    scope: &Scope<'_, '_>,
) -> Result<Table, Fault> {
    let unknown = |message: String| fault::unknown(expr.span.clone(), "externaldata", message);
    let mut rows = Vec::new();
    for place in places {
        let path = place.split(['?', '#', ';']).next().unwrap_or_default();
        let file = path.rsplit('/').next().unwrap_or_default();
        let stem = file.split('.').next().unwrap_or_default();
        let mut found = None;
        for name in [place.as_str(), file, stem] {
            if found.is_none() && !name.is_empty() {
                found = stored::table(name, scope.session, expr)?;
            }
        }
        let Some(found) = found else {
            let message = format!(
                "addresses are not read; supply a table `{stem}` with the rows of `{place}`"
            );
            return Err(unknown(message));
        };
        let mut own = Vec::new();
        for (name, ty) in columns {
            let at = found.place(name);
            let column = at.and_then(|at| Some((at, found.columns.get(at)?.ty)));
            let Some((at, from)) = column else {
                let message = format!("the table that stands for `{place}` has no column `{name}`");
                return Err(unknown(message));
            };
            own.push((at, from, *ty));
        }
        for row in &found.rows {
            let cells = own.iter().map(|(at, from, ty)| {
                let cell = row.get(*at).cloned().unwrap_or(Cell::Null);
                let typed = Typed::constant(*from, cell);
                let cell = convert::to(*ty, &typed, &scope.session.late).value;
                cell.unwrap_or_else(|| ty.absent())
            });
            rows.push(cells.collect());
        }
    }
    let columns = columns.iter().map(|(name, ty)| Column::new(name, *ty));
    Ok(Table::new(columns.collect(), rows))
}

pub(in crate::kql) fn range(
    expr: &Expr,
    name: &str,
    parts: [&Expr; 3],
    scope: &Scope<'_, '_>,
) -> Result<Table, Fault> {
    let mut typed = Vec::new();
    for part in parts {
        typed.push(bind(part, scope)?);
    }
    let [from, to, step] = typed.as_slice() else {
        return Err(fault::invalid(
            expr.span.clone(),
            "range",
            "it has three parts",
        ));
    };
    let ty = match (from.ty, to.ty, step.ty) {
        (Type::Time, Type::Time, Type::Span) => Type::Time,
        (Type::Span, Type::Span, Type::Span) => Type::Span,
        (a, b, c) => operator::shared(a, b)
            .and_then(|ty| operator::shared(ty, c))
            .filter(|ty| *ty != Type::Decimal)
            .ok_or_else(|| {
                let message = format!("there is no range of {a} and {b} by {c}");
                fault::invalid(expr.span.clone(), "range", message)
            })?,
    };
    let late = &scope.session.late;
    let cast = |part: &Typed| {
        let part = if ty == Type::Real {
            convert::to(Type::Real, part, late)
        } else {
            part.clone()
        };
        part.value.unwrap_or(Cell::Null)
    };
    let step = if matches!(ty, Type::Time | Type::Span) {
        step.value.clone().unwrap_or(Cell::Null)
    } else {
        cast(step)
    };
    if matches!(step, Cell::Long(0) | Cell::Span(0)) {
        return Err(fault::invalid(expr.span.clone(), "range", "its step is 0"));
    }
    let most = usize::try_from(scope.session.options.limits.rows).unwrap_or(usize::MAX);
    let values = functions::counted(&cast(from), &cast(to), &step, most, true);
    let values = values.unwrap_or_default();
    scope.session.new_rows(&expr.span, values.len(), 1)?;
    let rows = values.into_iter().map(|value| vec![value]).collect();
    let mut table = Table::new(vec![Column::new(name, ty)], rows);
    table.serialized = true;
    Ok(table)
}
