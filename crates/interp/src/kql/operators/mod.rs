//! Operators after a pipe.
//!
//! In: a table and an operator. Out: a table. Guarantee: an operator says whether the order of its rows survives
//! (<https://learn.microsoft.com/en-us/kusto/query/queries>).

mod columns;
mod expand;
mod grouping;
mod join;
mod nested;
mod order;
mod parse;
mod plugin;
pub(super) mod search;
mod series;
pub(super) mod sources;
pub(super) mod union;
mod unpack;

use super::ast::{Expr, Op, OpKind};
use super::bind::{self, bind};
use super::cell::{Cell, Type};
use super::fault::{self, Fault};
use super::scope::{Binding, Column, Env, Scope, Session, Table};
use super::typed::{Frame, Row};
use crate::kql::json;
use std::ops::Range;
use std::rc::Rc;

/// Runs operators, one after the other.
pub(super) fn pipe(
    ops: &[Op],
    source: Rc<Table>,
    env: &Env,
    session: &Session<'_>,
) -> Result<Rc<Table>, Fault> {
    let mut env = env.clone();
    let mut table = source;
    for op in ops {
        if let OpKind::As(name) = &op.kind {
            let found = super::scope::LetTable {
                expr: Expr {
                    kind: super::ast::Kind::Star,
                    span: op.span.clone(),
                },
                env: env.clone(),
                done: std::cell::OnceCell::from(table.clone()),
            };
            env = env.with(name, Binding::Table(Rc::new(found)));
            // The name is what `union withsource` calls it.
            Rc::make_mut(&mut table).origin = Some(name.clone());
            continue;
        }
        if let OpKind::Invoke(name, arguments) = &op.kind {
            let scope = Scope::bare(session, &env);
            table = super::calls::invoked(&whole(op), name, table, arguments, &scope)?;
            continue;
        }
        let work = table.rows.len().saturating_add(1);
        session.charged(
            &op.span,
            session.budget.steps(work.saturating_mul(width(op))),
        )?;
        table = Rc::new(apply(op, table, &env, session)?);
        // An error in a row ends the run here, not after the operators that follow.
        session.charged(&op.span, session.budget.check())?;
        shallow(&table, &op.span, session)?;
    }
    Ok(table)
}

/// Refuses dynamic values that grew too deep: what walks through them has only so much stack. No call adds more than a level or two, so that it is enough to
/// look after many of them.
fn shallow(table: &Table, span: &Range<usize>, session: &Session<'_>) -> Result<(), Fault> {
    if session.calls.get() < CALLS {
        return Ok(());
    }
    session.calls.set(0);
    match table.rows.iter().flatten().any(json::is_deep) {
        true => Err(fault::unknown(span.clone(), "nesting", json::DEEP)),
        false => Ok(()),
    }
}

/// How many calls are bound before depths are looked at again.
const CALLS: usize = 100;

/// How many values an operator computes for a row, roughly.
fn width(op: &Op) -> usize {
    match &op.kind {
        OpKind::Extend(values) | OpKind::Project(values) | OpKind::Serialize(values) => {
            values.len().max(1)
        }
        OpKind::Summarize(values, by) => values.len() + by.len(),
        // The subquery is run for each row.
        OpKind::Apply(_, ops) => 20 * ops.len(),
        _ => 1,
    }
}

fn apply(op: &Op, table: Rc<Table>, env: &Env, session: &Session<'_>) -> Result<Table, Fault> {
    if let OpKind::Where(predicate) = &op.kind {
        return filter(predicate, &table, env, session);
    }
    let mut table = Rc::unwrap_or_clone(table);
    if !matches!(op.kind, OpKind::Union(_)) {
        table.origin = None;
    }
    match &op.kind {
        OpKind::Extend(values) => columns::extend(values, table, env, session, false),
        OpKind::Serialize(values) => columns::extend(values, table, env, session, true),
        OpKind::Project(values) => columns::project(values, table, env, session),
        OpKind::ProjectAway(words) => columns::project_away(words, table),
        OpKind::ProjectKeep(words) => columns::project_keep(words, table),
        OpKind::ProjectReorder(words) => columns::project_reorder(words, table),
        OpKind::ProjectRename(values) => columns::project_rename(values, table),
        OpKind::Summarize(aggregates, by) => {
            grouping::summarize(aggregates, by, &table, env, session, &op.span)
        }
        OpKind::Distinct(values) => grouping::distinct(values, table, env, session),
        OpKind::Take(count) => {
            table.rows.truncate(size(count, env, session)?);
            Ok(table)
        }
        OpKind::Top(count, by) => {
            let count = size(count, env, session)?;
            let mut table = order::sort(std::slice::from_ref(by), table, env, session)?;
            table.rows.truncate(count);
            Ok(table)
        }
        OpKind::Sort(by) => order::sort(by, table, env, session),
        OpKind::Count(name) => {
            let count = i64::try_from(table.rows.len()).unwrap_or(i64::MAX);
            let name = name.as_deref().unwrap_or("Count");
            let columns = vec![Column::new(name, Type::Long)];
            Ok(Table::new(columns, vec![vec![Cell::Long(count)]]))
        }
        OpKind::TopNested(levels) => nested::top_nested(levels, &table, env, session),
        OpKind::Join(join) => join::join(join, &table, env, session, &op.span),
        OpKind::Lookup(join) => join::lookup(join, &table, env, session, &op.span),
        OpKind::Union(union) => {
            let scope = Scope::bare(session, env);
            union::union(union, Some(Rc::new(table)), &whole(op), &scope)
        }
        OpKind::Search(search) => {
            let scope = Scope::bare(session, env);
            search::search(search, Some(Rc::new(table)), &whole(op), &scope)
        }
        OpKind::Expand(expand) => expand::expand(expand, &table, env, session, &op.span),
        OpKind::Apply(expand, ops) => expand::apply(expand, ops, &table, env, session, &op.span),
        OpKind::Series(series) => series::make_series(series, &table, env, session, &op.span),
        OpKind::Parse(parse) => parse::parse(parse, table, env, session, &op.span),
        OpKind::Evaluate(name, arguments, schema) => {
            let call = plugin::Plugin {
                name,
                arguments,
                schema: schema.as_ref(),
                span: &op.span,
            };
            plugin::evaluate(&call, &table, env, session)
        }
        OpKind::Schema => Ok(schema(&table)),
        OpKind::Render => Ok(table),
        OpKind::Where(_) | OpKind::As(_) | OpKind::Invoke(..) => Ok(table),
    }
}

/// An operator as an expression, for its bytes.
fn whole(op: &Op) -> Expr {
    Expr {
        kind: super::ast::Kind::Star,
        span: op.span.clone(),
    }
}

/// A literal number of rows.
fn size(expr: &Expr, env: &Env, session: &Session<'_>) -> Result<usize, Fault> {
    match bind(expr, &Scope::bare(session, env))?.value {
        Some(Cell::Long(count)) if count >= 0 => Ok(usize::try_from(count).unwrap_or(usize::MAX)),
        _ => Err(fault::invalid(
            expr.span.clone(),
            "take",
            "a number of rows is needed here",
        )),
    }
}

/// Charges the texts and lists that are new among cells: nothing else holds them yet.
fn made(cells: &[Cell], session: &Session<'_>) -> Result<(), Fault> {
    let size = |cell: &Cell| match cell {
        Cell::Text(text) if Rc::strong_count(text) == 1 => text.len(),
        Cell::Array(items) if Rc::strong_count(items) == 1 => items.len() * size_of::<Cell>(),
        Cell::Bag(bag) if Rc::strong_count(bag) == 1 => bag.iter().count() * size_of::<Cell>(),
        _ => 0,
    };
    let size = cells.iter().map(size).sum();
    session.charged(&(0..0), session.budget.bytes(size))
}

/// The frames of a table, row by row.
fn frames(rows: &[Row]) -> impl Iterator<Item = Frame<'_>> {
    rows.iter()
        .enumerate()
        .map(move |(at, row)| Frame { row, rows, at })
}

fn filter(
    predicate: &Expr,
    table: &Table,
    env: &Env,
    session: &Session<'_>,
) -> Result<Table, Fault> {
    let typed = bind::truth(predicate, &Scope::of(session, env, table))?;
    let kept = frames(&table.rows).filter(|frame| (typed.eval)(frame).is_true());
    Ok(Table {
        columns: table.columns.clone(),
        rows: kept.map(|frame| frame.row.to_vec()).collect(),
        serialized: table.serialized,
        sorted: table.sorted,
        origin: None,
    })
}

/// `getschema`
fn schema(table: &Table) -> Table {
    let columns = vec![
        Column::new("ColumnName", Type::Text),
        Column::new("ColumnOrdinal", Type::Long),
        Column::new("DataType", Type::Text),
        Column::new("ColumnType", Type::Text),
    ];
    let system = |ty: Type| match ty {
        Type::Bool => "System.SByte",
        Type::Int => "System.Int32",
        Type::Long => "System.Int64",
        Type::Real => "System.Double",
        Type::Decimal => "System.Data.SqlTypes.SqlDecimal",
        Type::Text => "System.String",
        Type::Time => "System.DateTime",
        Type::Span => "System.TimeSpan",
        Type::Guid => "System.Guid",
        Type::Dynamic => "System.Object",
    };
    let rows = table.columns.iter().enumerate().map(|(at, column)| {
        vec![
            Cell::text(&*column.name),
            Cell::Long(i64::try_from(at).unwrap_or(i64::MAX)),
            Cell::text(system(column.ty)),
            Cell::text(column.ty.name()),
        ]
    });
    Table::new(columns, rows.collect())
}
