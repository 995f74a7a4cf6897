//! `bag_unpack` and `pivot`: plugins whose columns come from the data.
//!
//! In: a table and a call. Out: a column for each key of a bag, or for each value of a column. Guarantee: new columns are in the order of their names,
//! after those of the table; that order is not documented, so a warning says so
//! (<https://learn.microsoft.com/en-us/kusto/query/bag-unpack-plugin>, <https://learn.microsoft.com/en-us/kusto/query/pivot-plugin>).

use super::plugin::Plugin;
use super::{frames, grouping};
use crate::kql::aggregate::{self, Aggregate, Group};
use crate::kql::ast::{Argument, Expr, Kind, Named};
use crate::kql::bind::{self, bind};
use crate::kql::cell::{Cell, Type};
use crate::kql::convert;
use crate::kql::fault::Fault;
use crate::kql::naming::Names;
use crate::kql::scope::{Column, Env, Scope, Session, Table};
use crate::kql::typed::{Frame, Row, Typed};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};

/// What is done about a key that is a column of the table too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Conflict {
    Error,
    Replace,
    Keep,
}

/// The options of `bag_unpack`.
struct Options {
    prefix: String,
    conflict: Conflict,
    ignored: HashSet<String>,
}

fn options(call: &Plugin<'_>, env: &Env, session: &Session<'_>) -> Result<Options, Fault> {
    let mut found = Options {
        prefix: String::new(),
        conflict: Conflict::Error,
        ignored: HashSet::new(),
    };
    let scope = Scope::bare(session, env);
    for (at, argument) in call.arguments.iter().enumerate().skip(1) {
        let name = match (&argument.name, at) {
            (Some(name), _) => name.as_str(),
            (None, 1) => "OutputColumnPrefix",
            (None, 2) => "columnsConflict",
            (None, _) => "ignoredProperties",
        };
        match (name, bind(&argument.value, &scope)?.value) {
            ("OutputColumnPrefix", Some(Cell::Text(prefix))) => found.prefix = prefix.to_string(),
            ("columnsConflict", Some(Cell::Text(word))) => {
                found.conflict = match &*word {
                    "error" => Conflict::Error,
                    "replace_source" => Conflict::Replace,
                    "keep_source" => Conflict::Keep,
                    other => {
                        let message = format!("`{other}` is no value of `columnsConflict`");
                        return Err(call.invalid(message));
                    }
                }
            }
            ("ignoredProperties", Some(Cell::Array(keys))) => {
                let keys = keys.iter().filter_map(Cell::as_text);
                found.ignored.extend(keys.map(str::to_owned));
            }
            _ => return Err(call.invalid(format!("`{name}` is no option with this value"))),
        }
    }
    Ok(found)
}

/// Where a column of the result comes from.
#[derive(Clone)]
enum Source {
    Column(usize),
    Key(String),
}

/// The type of a slot; a real inside of a bag is a real.
fn type_of(cell: &Cell) -> Option<Type> {
    Some(match cell {
        Cell::Null => return None,
        Cell::Bool(_) => Type::Bool,
        Cell::Long(_) => Type::Long,
        Cell::Real(_) => Type::Real,
        Cell::Decimal(_) => Type::Decimal,
        Cell::Text(_) => Type::Text,
        Cell::Time(_) => Type::Time,
        Cell::Span(_) => Type::Span,
        Cell::Guid(_) => Type::Guid,
        Cell::Array(_) | Cell::Bag(_) => Type::Dynamic,
    })
}

/// The column that an argument names.
fn column(call: &Plugin<'_>, argument: Option<&Argument>, table: &Table) -> Result<usize, Fault> {
    let place = match argument.map(|argument| &argument.value.kind) {
        Some(Kind::Name(name)) => table.place(name),
        _ => None,
    };
    place.ok_or_else(|| call.invalid("its first argument is a column of the table"))
}

pub(super) fn bag_unpack(
    call: &Plugin<'_>,
    table: &Table,
    env: &Env,
    session: &Session<'_>,
) -> Result<Table, Fault> {
    let place = column(call, call.arguments.first(), table)?;
    if table.columns.get(place).map(|column| column.ty) != Some(Type::Dynamic) {
        return Err(call.invalid("the column to unpack is dynamic"));
    }
    let options = options(call, env, session)?;
    // Keys and the type that all their values share.
    let mut slots: BTreeMap<String, Option<Type>> = BTreeMap::new();
    for row in &table.rows {
        let Some(Cell::Bag(bag)) = row.get(place) else {
            continue;
        };
        for (key, value) in bag
            .iter()
            .filter(|(key, _)| !options.ignored.contains(&**key))
        {
            let slot = slots.entry(key.to_string()).or_insert(None);
            *slot = match (*slot, type_of(value)) {
                (Some(own), Some(ty)) if own != ty => Some(Type::Dynamic),
                (own, ty) => own.or(ty),
            };
        }
    }
    let taken = |name: &str| {
        let mut others = table.columns.iter().enumerate();
        others.position(|(at, column)| at != place && *column.name == *name)
    };
    let mut columns: Vec<(Column, Source)> = Vec::new();
    for (at, column) in table
        .columns
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != place)
    {
        columns.push((column.clone(), Source::Column(at)));
    }
    for (key, ty) in slots {
        let name = format!("{}{key}", options.prefix);
        let ty = ty.unwrap_or(Type::Dynamic);
        match (taken(&name), options.conflict) {
            (None, _) => columns.push((Column::new(&name, ty), Source::Key(key))),
            (Some(_), Conflict::Keep) => {}
            (Some(_), Conflict::Replace) => {
                columns.retain(|(column, _)| *column.name != *name);
                columns.push((Column::new(&name, ty), Source::Key(key)));
            }
            (Some(_), Conflict::Error) => {
                let message = format!("`{name}` is a column of the table already");
                return Err(call.invalid(message));
            }
        }
    }
    if let Some(schema) = call.schema {
        columns = chosen(call, schema.all, &schema.columns, columns)?;
    } else if columns.len() > table.columns.len() {
        undocumented(session, call.name);
    }
    session.new_rows(call.span, table.rows.len(), columns.len())?;
    let rows = table.rows.iter().map(|row| {
        let bag = match row.get(place) {
            Some(Cell::Bag(bag)) => Some(bag),
            _ => None,
        };
        let cells = columns.iter().map(|(column, from)| {
            let cell = match from {
                Source::Column(at) => return row.get(*at).cloned().unwrap_or(Cell::Null),
                Source::Key(key) => bag.and_then(|bag| bag.get(key)),
            };
            let Some(cell) = cell.filter(|cell| !cell.is_null()) else {
                return column.ty.absent();
            };
            let typed = Typed::constant(Type::Dynamic, cell.clone());
            let cell = convert::to(column.ty, &typed, &session.late).value;
            cell.unwrap_or_else(|| column.ty.absent())
        });
        cells.collect()
    });
    let rows: Vec<Row> = rows.collect();
    let columns = columns.into_iter().map(|(column, _)| column).collect();
    Ok(Table::new(columns, rows))
}

/// The columns that an output schema asks for.
fn chosen(
    call: &Plugin<'_>,
    all: bool,
    wanted: &[(String, Type)],
    found: Vec<(Column, Source)>,
) -> Result<Vec<(Column, Source)>, Fault> {
    let mut kept = Vec::new();
    let asked = |name: &str| wanted.iter().any(|(wanted, _)| wanted == name);
    if all {
        let own = found
            .iter()
            .filter(|(_, from)| matches!(from, Source::Column(_)));
        kept.extend(own.filter(|(column, _)| !asked(&column.name)).cloned());
    }
    for (name, ty) in wanted {
        let from = found.iter().find(|(column, _)| *column.name == **name);
        match from {
            Some((column, Source::Column(at))) if column.ty == *ty => {
                kept.push((column.clone(), Source::Column(*at)));
            }
            Some((_, Source::Column(_))) => {
                let message = format!("`{name}` is a column of another type");
                return Err(call.unknown(message));
            }
            Some((_, from)) => kept.push((Column::new(name, *ty), from.clone())),
            None => kept.push((Column::new(name, *ty), Source::Key(name.clone()))),
        }
    }
    Ok(kept)
}

fn undocumented(session: &Session<'_>, plugin: &str) {
    let message = format!("the order of the columns that `{plugin}` makes is not documented");
    session.warnings.borrow_mut().push(message);
}

/// `pivot(column, aggregate, others…)`
pub(super) fn pivot(
    call: &Plugin<'_>,
    table: &Table,
    env: &Env,
    session: &Session<'_>,
) -> Result<Table, Fault> {
    let place = column(call, call.arguments.first(), table)?;
    let count = Expr {
        kind: Kind::Call("count".to_owned(), Vec::new()),
        span: call.span.clone(),
    };
    let aggregate = call
        .arguments
        .get(1)
        .map_or(&count, |argument| &argument.value);
    let Kind::Call(function, own) = &aggregate.kind else {
        return Err(call.invalid("its second argument is an aggregate"));
    };
    if !aggregate::is_aggregate(function) {
        return Err(call.invalid(format!("`{function}` is no aggregate")));
    }
    // By all other columns, but that of the aggregate, unless some are named.
    let mut keys = Vec::new();
    for argument in call.arguments.iter().skip(2) {
        keys.push(column(call, Some(argument), table)?);
    }
    if keys.is_empty() {
        let used = |column: &Column| {
            own.iter().any(|argument| {
                matches!(&argument.value.kind, Kind::Name(name) if **name == *column.name)
            })
        };
        let others = table.columns.iter().enumerate();
        let others = others.filter(|(at, column)| *at != place && !used(column));
        keys = others.map(|(at, _)| at).collect();
    }
    let scope = Scope::of(session, env, table);
    let collected: RefCell<Vec<Aggregate>> = RefCell::default();
    let inner = Scope {
        aggregates: Some(&collected),
        ..scope
    };
    let named = Named {
        names: vec!["value".to_owned()],
        tuple: false,
        value: aggregate.clone(),
    };
    let outputs = aggregate::bind_named(&named, &inner, &[], &mut Names::new())?;
    drop(inner);
    let [output] = outputs.as_slice() else {
        return Err(call.invalid("the aggregate has one result"));
    };
    let collected = collected.into_inner();
    let result = |places: &[usize]| {
        let group = Group {
            rows: &table.rows,
            places,
        };
        let results = grouping::results(&collected, &group);
        (output.eval)(&Frame {
            row: &results,
            ..Frame::EMPTY
        })
    };
    let ty = table
        .columns
        .get(place)
        .map_or(Type::Text, |column| column.ty);
    let mut values: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for frame in frames(&table.rows) {
        let value = bind::text_of(frame.row.get(place).unwrap_or(&Cell::Null), ty);
        values.entry(value.to_string()).or_default().push(frame.at);
    }
    let by: Vec<Typed> = keys
        .iter()
        .filter_map(|at| Some(Typed::column(table.columns.get(*at)?.ty, *at)))
        .collect();
    let mut columns: Vec<Column> = keys
        .iter()
        .filter_map(|at| table.columns.get(*at).cloned())
        .collect();
    if columns.iter().any(|column| column.ty == Type::Dynamic) {
        return Err(call.invalid("a dynamic column is no key; convert it first"));
    }
    for value in values.keys() {
        let valid = |letter: char| letter.is_alphanumeric() || " _-.".contains(letter);
        if value.is_empty() || !value.chars().all(valid) {
            let message = format!("what `pivot` calls the column of `{value}` is not known here");
            return Err(call.unknown(message));
        }
        if columns.iter().any(|column| *column.name == **value) {
            return Err(call.invalid(format!("there are two columns `{value}`")));
        }
        columns.push(Column::new(value, output.ty));
    }
    undocumented(session, call.name);
    let mut rows: Vec<Row> = Vec::new();
    for (mut row, inside) in grouping::groups(&by, &table.rows) {
        session.new_rows(call.span, 1, columns.len())?;
        let inside: HashSet<usize> = inside.into_iter().collect();
        for places in values.values() {
            let both: Vec<usize> = places
                .iter()
                .copied()
                .filter(|at| inside.contains(at))
                .collect();
            row.push(result(&both));
        }
        rows.push(row);
    }
    Ok(Table::new(columns, rows))
}
