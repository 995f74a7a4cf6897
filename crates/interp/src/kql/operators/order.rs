//! `sort` and `top`.
//!
//! In: a table. Out: its rows in order. Guarantee: descending unless said; nulls come last when descending and first when ascending
//! (<https://learn.microsoft.com/en-us/kusto/query/sort-operator>); rows that are equal keep their order, which the engine does not promise.

use super::frames;
use crate::kql::ast::By;
use crate::kql::bind::bind;
use crate::kql::cell::{self, Cell, Type};
use crate::kql::fault::{self, Fault};
use crate::kql::scope::{Env, Scope, Session, Table};
use crate::kql::typed::Row;
use std::cmp::Ordering;

pub(super) fn sort(
    by: &[By],
    mut table: Table,
    env: &Env,
    session: &Session<'_>,
) -> Result<Table, Fault> {
    let scope = Scope::of(session, env, &table);
    let mut keys = Vec::new();
    for item in by {
        let typed = bind(&item.value, &scope)?;
        if typed.ty == Type::Dynamic {
            let message = "a dynamic has no order; convert it first";
            return Err(fault::invalid(item.value.span.clone(), "sort", message));
        }
        keys.push(typed);
    }
    let computed: Vec<Vec<Cell>> = frames(&table.rows)
        .map(|frame| keys.iter().map(|key| (key.eval)(&frame)).collect())
        .collect();
    let mut pairs: Vec<(Vec<Cell>, Row)> = computed.into_iter().zip(table.rows).collect();
    pairs.sort_by(|(left, _), (right, _)| {
        let columns = left.iter().zip(right).zip(by);
        let mut orders = columns.map(|((left, right), by)| order(left, right, by));
        orders
            .find(|order| *order != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    });
    table.rows = pairs.into_iter().map(|(_, row)| row).collect();
    table.serialized = true;
    table.sorted = true;
    Ok(table)
}

fn order(left: &Cell, right: &Cell, by: &By) -> Ordering {
    let absent = |cell: &Cell| match cell {
        Cell::Null => true,
        Cell::Real(value) => value.is_nan(),
        _ => false,
    };
    let first = by.nulls_first.unwrap_or(!by.descending);
    match (absent(left), absent(right)) {
        (true, true) => {
            let order = cell::order(left, right);
            if first { order } else { order.reverse() }
        }
        (true, false) if first => Ordering::Less,
        (true, false) => Ordering::Greater,
        (false, true) if first => Ordering::Greater,
        (false, true) => Ordering::Less,
        _ => {
            let order = cell::order(left, right);
            if by.descending {
                order.reverse()
            } else {
                order
            }
        }
    }
}
