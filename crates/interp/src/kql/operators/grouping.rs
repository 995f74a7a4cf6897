//! `summarize` and `distinct`.
//!
//! In: a table. Out: a row for each group, in the order in which groups are met. Guarantee: null is its own key; without keys there is one row even
//! of no rows (<https://learn.microsoft.com/en-us/kusto/query/summarize-operator>).

use super::{columns, frames};
use crate::kql::aggregate::{self, Aggregate, Group};
use crate::kql::ast::{Kind, Named};
use crate::kql::cell::{Cell, Key, Type};
use crate::kql::fault::{self, Fault};
use crate::kql::naming::Names;
use crate::kql::scope::{Env, Scope, Session, Table};
use crate::kql::typed::{Frame, Row, Typed};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

/// The keys of groups, bound.
pub(super) struct Keys {
    pub names: Names,
    pub values: Vec<Typed>,
    /// Columns that are keys as they are.
    pub columns: Vec<String>,
}

pub(super) fn keys(
    by: &[Named],
    others: &[Named],
    distinct: bool,
    scope: &Scope<'_, '_>,
) -> Result<Keys, Fault> {
    let mut names = Names::new();
    if !distinct {
        names.avoid(scope.columns);
    }
    names.reserve(by);
    names.reserve(others);
    let mut keys = Keys {
        names,
        values: Vec::new(),
        columns: Vec::new(),
    };
    for named in by {
        for (name, explicit, typed) in columns::items(named, scope)? {
            if typed.ty == Type::Dynamic {
                let message = "a dynamic is no key; convert it first";
                return Err(fault::invalid(
                    named.value.span.clone(),
                    "summarize",
                    message,
                ));
            }
            if distinct && name.is_none() {
                let message = "which number the platform gives the name of this column is not known here; give it a name";
                let span = named.value.span.clone();
                return Err(fault::unknown(span, "distinct", message));
            }
            let bare = match &named.value.kind {
                Kind::Name(name) if !explicit => {
                    Some(scope.columns.iter().any(|column| *column.name == **name))
                }
                _ => None,
            };
            match name {
                Some(name) if explicit || bare == Some(true) => {
                    keys.names.given(&name, typed.ty, named)?;
                }
                // A value that `let` named gives a key no name, but one of `distinct`.
                Some(_) if bare == Some(false) && !distinct => keys.names.found(None, typed.ty),
                name => keys.names.found(name.as_deref(), typed.ty),
            }
            if let Kind::Name(name) = &named.value.kind {
                keys.columns.push(name.clone());
            }
            keys.values.push(typed);
        }
    }
    Ok(keys)
}

/// Rows by their keys: the keys' cells and the places of rows, in the order in which they are met.
pub(super) fn groups(values: &[Typed], rows: &[Row]) -> Vec<(Vec<Cell>, Vec<usize>)> {
    let mut found: HashMap<Vec<Key>, usize> = HashMap::new();
    let mut groups: Vec<(Vec<Cell>, Vec<usize>)> = Vec::new();
    for frame in frames(rows) {
        let cells: Vec<Cell> = values.iter().map(|value| (value.eval)(&frame)).collect();
        let key: Vec<Key> = cells.iter().map(Cell::key).collect();
        let at = *found.entry(key).or_insert_with(|| {
            groups.push((cells, Vec::new()));
            groups.len() - 1
        });
        if let Some((_, places)) = groups.get_mut(at) {
            places.push(frame.at);
        }
    }
    groups
}

/// The results of all aggregates for a group.
pub(super) fn results(aggregates: &[Aggregate], group: &Group<'_>) -> Vec<Cell> {
    aggregates
        .iter()
        .flat_map(|aggregate| (aggregate.compute)(group))
        .collect()
}

pub(super) fn summarize(
    aggregates: &[Named],
    by: &[Named],
    table: &Table,
    env: &Env,
    session: &Session<'_>,
    span: &Range<usize>,
) -> Result<Table, Fault> {
    if aggregates.is_empty() && by.is_empty() {
        return Err(fault::invalid(
            span.clone(),
            "summarize",
            "it asks for nothing",
        ));
    }
    let scope = Scope::of(session, env, table);
    let Keys {
        mut names,
        values,
        columns: own,
    } = keys(by, aggregates, false, &scope)?;
    let collected: RefCell<Vec<Aggregate>> = RefCell::default();
    let inner = Scope {
        aggregates: Some(&collected),
        ..scope
    };
    let mut outputs = Vec::new();
    for named in aggregates {
        outputs.extend(aggregate::bind_named(named, &inner, &own, &mut names)?);
    }
    drop(inner);
    let collected = collected.into_inner();
    let mut groups = groups(&values, &table.rows);
    if by.is_empty() && groups.is_empty() {
        groups.push((Vec::new(), Vec::new()));
    }
    let mut rows = Vec::with_capacity(groups.len());
    for (mut row, places) in groups {
        let group = Group {
            rows: &table.rows,
            places: &places,
        };
        let results = results(&collected, &group);
        let frame = Frame {
            row: &results,
            ..Frame::EMPTY
        };
        row.extend(outputs.iter().map(|output| (output.eval)(&frame)));
        super::made(&row, session)?;
        rows.push(row);
    }
    Ok(Table::new(names.columns, rows))
}

pub(super) fn distinct(
    values: &[Named],
    table: Table,
    env: &Env,
    session: &Session<'_>,
) -> Result<Table, Fault> {
    let scope = Scope::of(session, env, &table);
    let all = matches!(values, [one] if matches!(one.value.kind, Kind::Star));
    let keys = if all {
        let mut names = Names::new();
        let mut values = Vec::new();
        for (at, column) in table.columns.iter().enumerate() {
            if column.ty == Type::Dynamic {
                let message = format!("`{}` is dynamic, which is no key", column.name);
                return Err(fault::invalid(0..0, "distinct", message));
            }
            names.found(Some(&column.name), column.ty);
            values.push(Typed::column(column.ty, at));
        }
        Keys {
            names,
            values,
            columns: Vec::new(),
        }
    } else {
        keys(values, &[], true, &scope)?
    };
    let groups = groups(&keys.values, &table.rows);
    let rows = groups.into_iter().map(|(row, _)| row).collect();
    Ok(Table::new(keys.names.columns, rows))
}
