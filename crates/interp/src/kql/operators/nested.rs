//! `top-nested`.
//!
//! In: a table and clauses. Out: two columns for each clause: a value, and its aggregate over the rows of that value inside the clause before. Guarantee:
//! descending unless said; equal aggregates at the edge of the top are refused, because which of them the platform takes is not documented
//! (<https://learn.microsoft.com/en-us/kusto/query/top-nested-operator>).

use super::grouping;
use crate::kql::aggregate::{self, Aggregate, Group};
use crate::kql::ast::{Level, Named};
use crate::kql::bind::bind;
use crate::kql::cell::{self, Cell, Type};
use crate::kql::convert;
use crate::kql::fault::{self, Fault};
use crate::kql::naming::{self, Names};
use crate::kql::scope::{Env, Scope, Session, Table};
use crate::kql::typed::{Frame, Row, Typed};
use std::cell::RefCell;
use std::cmp::Ordering;

/// A clause, bound.
struct Bound<'l> {
    level: &'l Level,
    count: Option<usize>,
    value: Typed,
    others: Option<Cell>,
    aggregates: Vec<Aggregate>,
    output: Typed,
}

pub(super) fn top_nested(
    levels: &[Level],
    table: &Table,
    env: &Env,
    session: &Session<'_>,
) -> Result<Table, Fault> {
    let mut names = Names::new();
    let mut bound = Vec::with_capacity(levels.len());
    for level in levels {
        bound.push(Bound::of(level, table, env, session, &mut names)?);
    }
    let all: Vec<usize> = (0..table.rows.len()).collect();
    let mut rows = Vec::new();
    descend(&bound, table, &all, &Vec::new(), session, &mut rows)?;
    Ok(Table::new(names.columns, rows))
}

impl<'l> Bound<'l> {
    fn of(
        level: &'l Level,
        table: &Table,
        env: &Env,
        session: &Session<'_>,
        names: &mut Names,
    ) -> Result<Bound<'l>, Fault> {
        let scope = Scope::of(session, env, table);
        let count = match &level.count {
            Some(count) => Some(super::size(count, env, session)?),
            None => None,
        };
        let value = bind(&level.of.value, &scope)?;
        if value.ty == Type::Dynamic {
            let message = "a dynamic is no key; convert it first";
            let span = level.of.value.span.clone();
            return Err(fault::invalid(span, "top-nested", message));
        }
        let own = naming::of(&level.of.value);
        match level.of.names.as_slice() {
            [name] => names.given(name, value.ty, &level.of)?,
            _ => names.found(own.as_deref(), value.ty),
        }
        let named = names.columns.last().map(|column| column.name.to_string());
        let collected: RefCell<Vec<Aggregate>> = RefCell::default();
        let inner = Scope {
            aggregates: Some(&collected),
            ..scope
        };
        let by = match level.by.names.as_slice() {
            [] => Named {
                names: vec![format!("aggregated_{}", named.unwrap_or_default())],
                ..level.by.clone()
            },
            _ => level.by.clone(),
        };
        let outputs = aggregate::bind_named(&by, &inner, &[], names)?;
        drop(inner);
        let span = level.by.value.span.clone();
        let [output] = outputs.as_slice() else {
            let message = "the aggregate of a clause has one result";
            return Err(fault::invalid(span, "top-nested", message));
        };
        let others = match &level.others {
            None => None,
            Some(expr) => {
                let typed = bind(expr, &Scope::bare(session, env))?;
                if typed.ty != value.ty {
                    let message = format!("`others` is {}, the value {}", typed.ty, value.ty);
                    return Err(fault::unknown(expr.span.clone(), "top-nested", message));
                }
                convert::to(value.ty, &typed, &session.late).value
            }
        };
        Ok(Bound {
            level,
            count,
            value,
            others,
            output: output.clone(),
            aggregates: collected.into_inner(),
        })
    }

    fn aggregated(&self, table: &Table, places: &[usize]) -> Cell {
        let group = Group {
            rows: &table.rows,
            places,
        };
        let results = grouping::results(&self.aggregates, &group);
        (self.output.eval)(&Frame {
            row: &results,
            ..Frame::EMPTY
        })
    }
}

/// The rows of the clauses from here on, over some rows of the table.
fn descend(
    levels: &[Bound<'_>],
    table: &Table,
    places: &[usize],
    before: &Row,
    session: &Session<'_>,
    rows: &mut Vec<Row>,
) -> Result<(), Fault> {
    let Some((bound, rest)) = levels.split_first() else {
        rows.push(before.clone());
        return Ok(());
    };
    let span = &bound.level.of.value.span;
    let here: Vec<Row> = places
        .iter()
        .filter_map(|at| table.rows.get(*at).cloned())
        .collect();
    let mut groups: Vec<(Cell, Cell, Vec<usize>)> = Vec::new();
    for (key, inside) in grouping::groups(std::slice::from_ref(&bound.value), &here) {
        let own: Vec<usize> = inside
            .iter()
            .filter_map(|at| places.get(*at).copied())
            .collect();
        let result = bound.aggregated(table, &own);
        groups.push((key.into_iter().next().unwrap_or(Cell::Null), result, own));
    }
    groups.sort_by(|(_, one, _), (_, other, _)| {
        let order = cell::order(one, other);
        if bound.level.descending {
            order.reverse()
        } else {
            order
        }
    });
    let count = bound.count.unwrap_or(usize::MAX).min(groups.len());
    if let (Some(before), Some(after)) = (
        count.checked_sub(1).and_then(|at| groups.get(at)),
        groups.get(count),
    ) && cell::order(&before.1, &after.1) == Ordering::Equal
    {
        let message = "which of several values with one aggregate are in the top is not documented";
        return Err(fault::unknown(span.clone(), "top-nested", message));
    }
    let left: Vec<usize> = groups
        .iter()
        .skip(count)
        .flat_map(|(.., own)| own.iter().copied())
        .collect();
    for (key, result, own) in groups.into_iter().take(count) {
        session.new_rows(span, 1, before.len() + 2)?;
        let mut row = before.clone();
        row.extend([key, result]);
        descend(rest, table, &own, &row, session, rows)?;
    }
    if let Some(others) = &bound.others {
        if !rest.is_empty() {
            let message = "`with others` before another clause is not known here";
            return Err(fault::unknown(span.clone(), "top-nested", message));
        }
        let mut row = before.clone();
        row.extend([others.clone(), bound.aggregated(table, &left)]);
        rows.push(row);
    }
    Ok(())
}
