//! `union`.
//!
//! In: tables. Out: their rows, one table after the other. Promise: columns meet by name and type; names with several types are told apart by them;
//! with `isfuzzy` a table that is not there is nothing (<https://learn.microsoft.com/en-us/kusto/query/union-operator>).

use crate::interp::kql::ast::{Expr, Union};
use crate::interp::kql::cell::{Cell, Type};
use crate::interp::kql::fault::{self, Fault};
use crate::interp::kql::run;
use crate::interp::kql::scope::{Column, Scope, Table};
use std::collections::HashMap;
use std::rc::Rc;

pub(in crate::interp::kql) fn union(
    union: &Union,
    first: Option<Rc<Table>>,
    expr: &Expr,
    scope: &Scope<'_, '_>,
) -> Result<Table, Fault> {
    let mut tables: Vec<Rc<Table>> = Vec::new();
    tables.extend(first);
    let mut absent = None;
    for leg in &union.tables {
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
        _ => joined(&tables, union, expr),
    }
}

/// The rows of several tables.
pub(super) fn joined(tables: &[Rc<Table>], union: &Union, expr: &Expr) -> Result<Table, Fault> {
    let mut found: Vec<Column> = Vec::new();
    let mut types: HashMap<Rc<str>, Vec<Type>> = HashMap::new();
    for table in tables {
        for column in &table.columns {
            if !found.contains(column) {
                // Columns of one name stand together.
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
    for column in &found {
        let several = types.get(&column.name).is_some_and(|types| types.len() > 1);
        columns.push(if several {
            Column::new(&format!("{}_{}", column.name, column.ty), column.ty)
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
