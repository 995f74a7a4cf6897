//! `mv-expand` and `mv-apply`.
//!
//! In: a table with dynamic columns. Out: a row for each item. Guarantee: several columns are opened side by side, the shorter filled with null; an empty
//! array makes no row, null makes one (<https://learn.microsoft.com/en-us/kusto/query/mv-expand-operator>).

use super::frames;
use crate::kql::ast::{Expand, Op};
use crate::kql::bind::{self, bind};
use crate::kql::cell::{Cell, Type};
use crate::kql::convert;
use crate::kql::fault::{self, Fault};
use crate::kql::naming;
use crate::kql::scope::{Binding, Column, Env, Late, Scope, Session, Table};
use crate::kql::typed::{Row, Typed};
use std::ops::Range;
use std::rc::Rc;

/// An opened column: where its items go, what they are converted to.
struct Opened {
    name: String,
    target: Option<Type>,
    typed: Typed,
}

fn opened(
    expand: &Expand,
    table: &Table,
    env: &Env,
    session: &Session<'_>,
) -> Result<Vec<Opened>, Fault> {
    let scope = Scope::of(session, env, table);
    let mut found = Vec::new();
    for (number, (named, target)) in expand.columns.iter().enumerate() {
        let typed = bind(&named.value, &scope)?;
        if typed.ty != Type::Dynamic {
            let message = format!("a dynamic is opened, not {}", typed.ty);
            return Err(fault::invalid(
                named.value.span.clone(),
                "mv-expand",
                message,
            ));
        }
        let name = match named.names.as_slice() {
            [name] => name.clone(),
            [] => naming::of(&named.value).unwrap_or_else(|| format!("Column{}", number + 1)),
            _ => {
                let message = "an opened column has one name";
                return Err(fault::invalid(
                    named.value.span.clone(),
                    "mv-expand",
                    message,
                ));
            }
        };
        found.push(Opened {
            name,
            target: *target,
            typed,
        });
    }
    Ok(found)
}

/// The items of a value.
fn items(cell: &Cell, bags_as_arrays: bool) -> Vec<Cell> {
    match cell {
        Cell::Array(array) => array.to_vec(),
        Cell::Bag(bag) => bag
            .iter()
            .map(|(key, value)| {
                if bags_as_arrays {
                    Cell::array(vec![Cell::Text(key.clone()), value.clone()])
                } else {
                    Cell::bag(vec![(key.clone(), value.clone())])
                }
            })
            .collect(),
        other => vec![other.clone()],
    }
}

/// How many items a value has.
fn length(cell: &Cell) -> usize {
    match cell {
        Cell::Array(array) => array.len(),
        Cell::Bag(bag) => bag.iter().count(),
        _ => 1,
    }
}

/// An item as `to typeof(…)` requires it: a text does not become a number.
fn as_type(cell: Cell, target: Option<Type>, late: &Late) -> Cell {
    match target {
        None | Some(Type::Dynamic) => cell,
        Some(Type::Text) => Cell::Text(bind::text_of(&cell, Type::Dynamic)),
        // A text or a truth value does not become a number, nor a text or a fraction a truth value.
        Some(target)
            if target.is_number() && matches!(cell, Cell::Text(_))
                || target.is_whole() && matches!(cell, Cell::Bool(_))
                || target == Type::Bool && matches!(cell, Cell::Text(_) | Cell::Real(_)) =>
        {
            Cell::Null
        }
        Some(target) => {
            let typed = convert::to(target, &Typed::constant(Type::Dynamic, cell), late);
            typed.value.unwrap_or(Cell::Null)
        }
    }
}

/// The items of all opened columns, side by side: row by row.
fn beside(
    opened: &[Opened],
    cells: &[Cell],
    expand: &Expand,
    most: usize,
    late: &Late,
) -> Vec<Row> {
    let lists: Vec<Vec<Cell>> = cells
        .iter()
        .map(|cell| items(cell, expand.bags_as_arrays))
        .collect();
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0).min(most);
    (0..longest)
        .map(|at| {
            lists
                .iter()
                .zip(opened)
                .map(|(list, opened)| {
                    let cell = list.get(at).cloned().unwrap_or(Cell::Null);
                    as_type(cell, opened.target, late)
                })
                .collect()
        })
        .collect()
}

fn limit(expand: &Expand, env: &Env, session: &Session<'_>) -> Result<usize, Fault> {
    match &expand.limit {
        Some(expr) => super::size(expr, env, session),
        None => Ok(usize::MAX),
    }
}

pub(super) fn expand(
    expand: &Expand,
    table: &Table,
    env: &Env,
    session: &Session<'_>,
    span: &Range<usize>,
) -> Result<Table, Fault> {
    let opened = opened(expand, table, env, session)?;
    let most = limit(expand, env, session)?;
    let mut columns = table.columns.clone();
    let mut places = Vec::new();
    for one in &opened {
        let ty = one.target.unwrap_or(Type::Dynamic);
        match columns.iter().position(|column| *column.name == *one.name) {
            Some(at) => {
                if let Some(column) = columns.get_mut(at) {
                    column.ty = ty;
                }
                places.push(at);
            }
            None => {
                places.push(columns.len());
                columns.push(Column::new(&one.name, ty));
            }
        }
    }
    if let Some(name) = &expand.index {
        let taken = columns.iter().map(|column| column.name.clone()).collect();
        let name = naming::free(name, &taken);
        columns.push(Column {
            name,
            ty: Type::Long,
        });
    }
    let mut rows = Vec::new();
    for frame in frames(&table.rows) {
        let cells: Vec<Cell> = opened.iter().map(|one| (one.typed.eval)(&frame)).collect();
        let count = cells.iter().map(length).max().unwrap_or(0).min(most);
        session.new_rows(span, count, columns.len())?;
        let found = beside(&opened, &cells, expand, most, &session.late);
        for (number, items) in found.into_iter().enumerate() {
            let mut row = frame.row.to_vec();
            for (place, item) in places.iter().zip(items) {
                match row.get_mut(*place) {
                    Some(cell) => *cell = item,
                    None => row.push(item),
                }
            }
            if expand.index.is_some() {
                row.push(Cell::Long(i64::try_from(number).unwrap_or(i64::MAX)));
            }
            rows.push(row);
        }
    }
    Ok(Table {
        columns,
        rows,
        serialized: table.serialized,
        sorted: table.sorted,
        origin: None,
    })
}

/// `mv-apply`: the subquery runs over the items of each row; the other columns are values to it.
pub(super) fn apply(
    expand: &Expand,
    ops: &[Op],
    table: &Table,
    env: &Env,
    session: &Session<'_>,
    span: &Range<usize>,
) -> Result<Table, Fault> {
    let opened = opened(expand, table, env, session)?;
    let most = limit(expand, env, session)?;
    let mut inner: Vec<Column> = opened
        .iter()
        .map(|one| Column::new(&one.name, one.target.unwrap_or(Type::Dynamic)))
        .collect();
    if let Some(name) = &expand.index {
        inner.push(Column::new(name, Type::Long));
    }
    let outer: Vec<usize> = (0..table.columns.len())
        .filter(|at| {
            let own = table.columns.get(*at);
            !own.is_some_and(|own| inner.iter().any(|column| column.name == own.name))
        })
        .collect();
    let run = |row: &[Cell], rows: Vec<Row>| {
        let mut env = env.clone();
        for (cell, column) in row.iter().zip(&table.columns) {
            let typed = Typed::constant(column.ty, cell.clone());
            env = env.with(&column.name, Binding::Row(typed));
        }
        let items = Table::new(inner.clone(), rows);
        super::pipe(ops, Rc::new(items), &env, session)
    };
    // Without rows the subquery still says its columns.
    let absent: Row = table
        .columns
        .iter()
        .map(|column| column.ty.absent())
        .collect();
    let shape = run(&absent, Vec::new())?;
    let mut names = crate::kql::naming::Names::new();
    for at in &outer {
        if let Some(column) = table.columns.get(*at) {
            names.found(Some(&column.name), column.ty);
        }
    }
    for column in &shape.columns {
        names.found(Some(&column.name), column.ty);
    }
    let mut rows = Vec::new();
    for frame in frames(&table.rows) {
        let cells: Vec<Cell> = opened.iter().map(|one| (one.typed.eval)(&frame)).collect();
        let count = cells.iter().map(length).max().unwrap_or(0).min(most);
        session.new_rows(span, count, names.columns.len())?;
        let mut found = beside(&opened, &cells, expand, most, &session.late);
        if expand.index.is_some() {
            for (number, row) in found.iter_mut().enumerate() {
                row.push(Cell::Long(i64::try_from(number).unwrap_or(i64::MAX)));
            }
        }
        for row in &run(frame.row, found)?.rows {
            let kept = outer.iter().map(|at| frame.row.get(*at));
            let kept = kept.map(|cell| cell.cloned().unwrap_or(Cell::Null));
            rows.push(kept.chain(row.iter().cloned()).collect());
        }
    }
    Ok(Table::new(names.columns, rows))
}
