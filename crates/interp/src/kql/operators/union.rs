//! `union`.
//!
//! In: tables. Out: their rows, one table after the other. Guarantee: columns meet by name and type; names with several types are distinguished by them;
//! with `isfuzzy` a table that is not there is nothing (<https://learn.microsoft.com/en-us/kusto/query/union-operator>).

use crate::kql::ast::{Expr, Kind, Union};
use crate::kql::cell::{Cell, Type};
use crate::kql::fault::{self, Fault};
use crate::kql::naming;
use crate::kql::run;
use crate::kql::scope::{Column, Scope, Table};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

pub(in crate::kql) fn union(
    union: &Union,
    first: Option<Rc<Table>>,
    expr: &Expr,
    scope: &Scope<'_, '_>,
) -> Result<Table, Fault> {
    let mut tables: Vec<Rc<Table>> = Vec::new();
    tables.extend(first);
    let mut absent = None;
    let legs = legs(&union.tables, scope)?;
    for leg in &legs {
        match run::table(leg, scope) {
            Ok(table) => tables.push(table),
            Err(fault) if union.fuzzy && fault.construct == run::ABSENT => {
                scope
                    .session
                    .warnings
                    .borrow_mut()
                    .push(fault.message.clone());
                absent = Some(fault);
            }
            Err(fault) => return Err(fault),
        }
    }
    match absent {
        Some(fault) if tables.is_empty() => Err(fault),
        _ => {
            let rows = tables.iter().map(|table| table.rows.len()).sum();
            let cells = tables.iter().map(|table| table.columns.len()).max();
            scope
                .session
                .new_rows(&expr.span, rows, cells.unwrap_or(0))?;
            joined(&tables, union, expr)
        }
    }
}

/// The tables of a union, wildcards opened.
fn legs(tables: &[Expr], scope: &Scope<'_, '_>) -> Result<Vec<Expr>, Fault> {
    let mut legs = Vec::with_capacity(tables.len());
    for leg in tables {
        match &leg.kind {
            Kind::Wildcard(_) => legs.extend(opened(leg, scope)?),
            _ => legs.push(leg.clone()),
        }
    }
    Ok(legs)
}

/// The tables that a wildcard names: samples, and views of the query.
pub(in crate::kql) fn opened(expr: &Expr, scope: &Scope<'_, '_>) -> Result<Vec<Expr>, Fault> {
    let Kind::Wildcard(pattern) = &expr.kind else {
        return Ok(vec![expr.clone()]);
    };
    let names = super::search::names(scope);
    let fitting: Vec<Expr> = names
        .into_iter()
        .filter(|name| super::columns::fits(pattern, name))
        .map(|name| Expr {
            kind: Kind::Name(name),
            span: expr.span.clone(),
        })
        .collect();
    if fitting.is_empty() {
        let message = format!("no table fits `{pattern}`");
        return Err(fault::invalid(expr.span.clone(), run::ABSENT, message));
    }
    Ok(fitting)
}

/// The rows of several tables.
pub(super) fn joined(tables: &[Rc<Table>], union: &Union, expr: &Expr) -> Result<Table, Fault> {
    let mut found: Vec<Column> = Vec::new();
    let mut types: HashMap<Rc<str>, Vec<Type>> = HashMap::new();
    for table in tables {
        for column in &table.columns {
            if !found.contains(column) {
                // Columns of one name are adjacent.
                let last = found.iter().rposition(|own| own.name == column.name);
                let at = last.map_or(found.len(), |last| last + 1);
                found.insert(at, column.clone());
                types
                    .entry(column.name.clone())
                    .or_default()
                    .push(column.ty);
            }
        }
    }
    if union.inner {
        found.retain(|column| tables.iter().all(|table| table.columns.contains(column)));
    }
    let mut columns: Vec<Column> = Vec::new();
    let source = union.source_column.as_ref();
    if let Some(name) = source {
        if found.iter().any(|column| *column.name == **name) {
            let message = format!("there is a column `{name}` already");
            return Err(fault::unknown(expr.span.clone(), "withsource", message));
        }
        columns.push(Column::new(name, Type::Text));
    }
    let several = |column: &Column| types.get(&column.name).is_some_and(|types| types.len() > 1);
    // A name that is made of a type yields to one that a table has.
    let own = found.iter().filter(|column| !several(column));
    let mut taken: HashSet<Rc<str>> = own.map(|column| column.name.clone()).collect();
    taken.extend(source.map(|name| Rc::from(name.as_str())));
    for column in &found {
        columns.push(if several(column) {
            let made = format!("{}_{}", column.name, column.ty);
            let name = naming::free(&made, &taken);
            taken.insert(name.clone());
            Column {
                name,
                ty: column.ty,
            }
        } else {
            column.clone()
        });
    }
    let mut rows = Vec::new();
    for (number, table) in tables.iter().enumerate() {
        let label = table
            .origin
            .clone()
            .unwrap_or_else(|| format!("union_arg{number}"));
        let label = source.map(|_| Cell::text(label));
        let places: Vec<Option<usize>> = found
            .iter()
            .map(|column| table.columns.iter().position(|own| own == column))
            .collect();
        for row in &table.rows {
            let cells = places.iter().zip(&found).map(|(place, column)| {
                let cell = place.and_then(|at| row.get(at));
                cell.cloned().unwrap_or_else(|| column.ty.absent())
            });
            rows.push(label.iter().cloned().chain(cells).collect());
        }
    }
    Ok(Table::new(columns, rows))
}
