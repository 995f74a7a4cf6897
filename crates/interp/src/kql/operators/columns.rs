//! Operators that change columns only: `extend`, `serialize`, the `project` family.
//!
//! In: a table. Out: the same rows with other columns. Guarantee: all expressions of one operator see the columns before it
//! (<https://learn.microsoft.com/en-us/kusto/query/extend-operator>).

use super::frames;
use crate::kql::ast::{Kind, Named, Word};
use crate::kql::bind::bind;
use crate::kql::cell::Cell;
use crate::kql::fault::{self, Fault};
use crate::kql::functions;
use crate::kql::naming::{self, Names};
use crate::kql::scope::{Column, Env, Scope, Session, Table};
use crate::kql::typed::{Row, Typed};
use std::collections::HashSet;
use std::rc::Rc;

/// A new column: its name, whether the query gave it, its expression.
type Found = (Option<String>, bool, Typed);

/// The columns that an item of a list makes.
pub(super) fn items(named: &Named, scope: &Scope<'_, '_>) -> Result<Vec<Found>, Fault> {
    if let Some(several) = functions::bind_several(&named.value, scope)? {
        if named.tuple && named.names.len() != several.len() {
            return Err(fault::unknown(
                named.value.span.clone(),
                "names",
                format!(
                    "{} values are given {} names",
                    several.len(),
                    named.names.len()
                ),
            ));
        }
        let mut found = Vec::new();
        let mut taken: HashSet<Rc<str>> = HashSet::new();
        for (at, (own, typed)) in several.into_iter().enumerate() {
            match named.names.get(at) {
                Some(name) => found.push((Some(name.clone()), true, typed)),
                // One name takes the first value only.
                None if !named.names.is_empty() => break,
                None => {
                    let own = naming::free(&own, &taken);
                    taken.insert(own.clone());
                    found.push((Some(own.to_string()), false, typed));
                }
            }
        }
        return Ok(found);
    }
    let typed = bind(&named.value, scope)?;
    if named.names.is_empty()
        && matches!(&named.value.kind, Kind::Call(name, _) if name == "toscalar")
    {
        let message = "the platform makes up the name of this column; give it one";
        return Err(fault::unknown(
            named.value.span.clone(),
            "toscalar",
            message,
        ));
    }
    match named.names.as_slice() {
        [] => Ok(vec![(naming::of(&named.value), false, typed)]),
        [name] => Ok(vec![(Some(name.clone()), true, typed)]),
        _ => Err(fault::invalid(
            named.value.span.clone(),
            "names",
            "there is one value for several names",
        )),
    }
}

pub(super) fn extend(
    values: &[Named],
    mut table: Table,
    env: &Env,
    session: &Session<'_>,
    serialize: bool,
) -> Result<Table, Fault> {
    table.serialized |= serialize;
    let scope = Scope::of(session, env, &table);
    let mut columns = table.columns.clone();
    // Where each new value goes.
    let mut places: Vec<(usize, Typed)> = Vec::new();
    let mut given: HashSet<String> = HashSet::new();
    let mut unnamed = 0;
    for named in values {
        for (name, _, typed) in items(named, &scope)? {
            let name = name.unwrap_or_else(|| {
                loop {
                    unnamed += 1;
                    let tried = format!("Column{unnamed}");
                    if !columns.iter().any(|column| *column.name == *tried) {
                        break tried;
                    }
                }
            });
            // No two may have one name here, not even where the names are found for them.
            if !given.insert(name.clone()) {
                let message = format!("there are two columns `{name}`");
                return Err(fault::invalid(named.value.span.clone(), &name, message));
            }
            match columns.iter().position(|column| *column.name == *name) {
                Some(at) => {
                    if let Some(column) = columns.get_mut(at) {
                        column.ty = typed.ty;
                    }
                    places.push((at, typed));
                }
                None => {
                    places.push((columns.len(), typed.clone()));
                    columns.push(Column::new(&name, typed.ty));
                }
            }
        }
    }
    let mut new: Vec<Vec<Cell>> = Vec::with_capacity(table.rows.len());
    for frame in frames(&table.rows) {
        let cells: Vec<Cell> = places
            .iter()
            .map(|(_, typed)| (typed.eval)(&frame))
            .collect();
        super::made(&cells, session)?;
        new.push(cells);
    }
    for (row, cells) in table.rows.iter_mut().zip(new) {
        for ((at, _), cell) in places.iter().zip(cells) {
            match row.get_mut(*at) {
                Some(place) => *place = cell,
                None => row.push(cell),
            }
        }
    }
    table.columns = columns;
    Ok(table)
}

pub(super) fn project(
    values: &[Named],
    table: Table,
    env: &Env,
    session: &Session<'_>,
) -> Result<Table, Fault> {
    let scope = Scope::of(session, env, &table);
    let mut names = Names::new();
    names.reserve(values);
    let mut evals = Vec::new();
    for named in values {
        if matches!(named.value.kind, Kind::Star) && named.names.is_empty() {
            for (at, column) in table.columns.iter().enumerate() {
                names.found(Some(&column.name), column.ty);
                evals.push(Typed::column(column.ty, at));
            }
            continue;
        }
        for (name, explicit, typed) in items(named, &scope)? {
            // A bare column that comes twice is a mistake, not a second column.
            let bare = matches!(named.value.kind, Kind::Name(_));
            match name {
                Some(name) if explicit || bare => names.given(&name, typed.ty, named)?,
                name => names.found(name.as_deref(), typed.ty),
            }
            evals.push(typed);
        }
    }
    let mut rows: Vec<Row> = Vec::with_capacity(table.rows.len());
    for frame in frames(&table.rows) {
        let cells: Row = evals.iter().map(|typed| (typed.eval)(&frame)).collect();
        super::made(&cells, session)?;
        rows.push(cells);
    }
    Ok(Table {
        columns: names.columns,
        rows,
        ..table
    })
}

/// Whether a name fits a pattern with `*`.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.split_once(piece) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The places that patterns name; a plain name must be there.
fn places(words: &[Word], table: &Table) -> Result<Vec<Vec<usize>>, Fault> {
    let find = |word: &Word| {
        let found: Vec<usize> = table
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| fits(&word.text, &column.name))
            .map(|(at, _)| at)
            .collect();
        if found.is_empty() && !word.text.contains('*') {
            let message = format!("there is no column `{}`", word.text);
            return Err(fault::invalid(word.span.clone(), &word.text, message));
        }
        Ok(found)
    };
    words.iter().map(find).collect()
}

/// The table with these columns only.
fn keep(places: &[usize], table: Table) -> Table {
    let columns = places
        .iter()
        .filter_map(|at| table.columns.get(*at).cloned())
        .collect();
    let pick = |row: &Row| -> Row {
        places
            .iter()
            .map(|at| row.get(*at).cloned().unwrap_or(Cell::Null))
            .collect()
    };
    Table {
        columns,
        rows: table.rows.iter().map(pick).collect(),
        ..table
    }
}

pub(super) fn project_away(words: &[Word], table: Table) -> Result<Table, Fault> {
    let gone: HashSet<usize> = places(words, &table)?.into_iter().flatten().collect();
    let kept: Vec<usize> = (0..table.columns.len())
        .filter(|at| !gone.contains(at))
        .collect();
    Ok(keep(&kept, table))
}

pub(super) fn project_keep(words: &[Word], table: Table) -> Result<Table, Fault> {
    let wanted: HashSet<usize> = places(words, &table)?.into_iter().flatten().collect();
    let kept: Vec<usize> = (0..table.columns.len())
        .filter(|at| wanted.contains(at))
        .collect();
    Ok(keep(&kept, table))
}

pub(super) fn project_reorder(
    words: &[(Word, Option<bool>)],
    table: Table,
) -> Result<Table, Fault> {
    let plain: Vec<Word> = words.iter().map(|(word, _)| word.clone()).collect();
    let mut kept: Vec<usize> = Vec::new();
    let named: HashSet<&str> = plain.iter().map(|word| word.text.as_str()).collect();
    for ((word, order), found) in words.iter().zip(places(&plain, &table)?) {
        let name = |at: &usize| table.columns.get(*at).map(|column| column.name.clone());
        let mut found: Vec<usize> = found
            .into_iter()
            .filter(|at| !kept.contains(at))
            // A column that is named itself is not taken by a pattern.
            .filter(|at| {
                !word.text.contains('*') || !name(at).is_some_and(|name| named.contains(&*name))
            })
            .collect();
        if let Some(descending) = order {
            found.sort_by_key(name);
            if *descending {
                found.reverse();
            }
        }
        kept.extend(found);
    }
    kept.extend(
        (0..table.columns.len())
            .filter(|at| !kept.contains(at))
            .collect::<Vec<_>>(),
    );
    Ok(keep(&kept, table))
}

pub(super) fn project_rename(values: &[Named], mut table: Table) -> Result<Table, Fault> {
    let mut renamed = Vec::new();
    for named in values {
        let (Kind::Name(old), [new]) = (&named.value.kind, named.names.as_slice()) else {
            return Err(fault::invalid(
                named.value.span.clone(),
                "project-rename",
                "`new = old` is needed here",
            ));
        };
        let at = table.place(old).ok_or_else(|| {
            let message = format!("there is no column `{old}`");
            fault::invalid(named.value.span.clone(), old, message)
        })?;
        renamed.push((at, new));
    }
    for (at, new) in renamed {
        if let Some(column) = table.columns.get_mut(at) {
            column.name = Rc::from(new.as_str());
        }
    }
    let mut seen = HashSet::new();
    match table
        .columns
        .iter()
        .find(|column| !seen.insert(column.name.clone()))
    {
        Some(column) => Err(fault::invalid(
            values
                .first()
                .map_or(0..0, |named| named.value.span.clone()),
            &column.name,
            format!("there are two columns `{}`", column.name),
        )),
        None => Ok(table),
    }
}
