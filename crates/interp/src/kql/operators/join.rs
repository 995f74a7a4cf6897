//! `join` and `lookup`.
//!
//! In: two tables. Out: one. Guarantee: null meets null; without a kind the left side is one row for each key
//! (<https://learn.microsoft.com/en-us/kusto/query/join-operator>, <https://learn.microsoft.com/en-us/kusto/query/lookup-operator>).

use crate::kql::ast::{Expr, Join, Kind, Logic};
use crate::kql::cell::{Cell, Key, Type};
use crate::kql::fault::{self, Fault};
use crate::kql::naming;
use crate::kql::run;
use crate::kql::scope::{Column, Env, Scope, Session, Table};
use crate::kql::typed::Row;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

/// Pairs of places: left, right.
type Pairs = Vec<(usize, usize)>;

/// What a kind of join keeps.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Shape {
    /// Pairs of rows that meet.
    pairs: bool,
    left_alone: bool,
    right_alone: bool,
    /// The left side is one row for each key.
    unique: bool,
}

/// Which one side a kind of join keeps, and whether the rows that meet or the others.
#[derive(Clone, Copy)]
enum Kept {
    Both(Shape),
    Left(bool),
    Right(bool),
}

fn kind(join: &Join) -> Result<Kept, Fault> {
    let both = |left_alone, right_alone, unique| {
        Kept::Both(Shape {
            pairs: true,
            left_alone,
            right_alone,
            unique,
        })
    };
    let Some(word) = &join.kind else {
        return Ok(both(false, false, true));
    };
    Ok(match word.text.as_str() {
        "innerunique" => both(false, false, true),
        "inner" => both(false, false, false),
        "leftouter" => both(true, false, false),
        "rightouter" => both(false, true, false),
        "fullouter" => both(true, true, false),
        "leftsemi" => Kept::Left(true),
        "leftanti" | "anti" | "leftantisemi" => Kept::Left(false),
        "rightsemi" => Kept::Right(true),
        "rightanti" | "rightantisemi" => Kept::Right(false),
        other => {
            let message = format!("`{other}` is no kind of join");
            return Err(fault::invalid(word.span.clone(), other, message));
        }
    })
}

pub(super) fn join(
    join: &Join,
    left: &Table,
    env: &Env,
    session: &Session<'_>,
    span: &Range<usize>,
) -> Result<Table, Fault> {
    let right = run::table(&join.right, &Scope::bare(session, env))?;
    let pairs = keys(join, left, &right, span)?;
    let shape = match kind(join)? {
        Kept::Left(meets) => return Ok(one_side(left, &right, &pairs, meets)),
        Kept::Right(meets) => {
            let turned: Pairs = pairs.iter().map(|(left, right)| (*right, *left)).collect();
            return Ok(one_side(&right, left, &turned, meets));
        }
        Kept::Both(shape) => shape,
    };
    let all: Vec<usize> = (0..right.columns.len()).collect();
    if shape.unique && drops_rows(left, &right, &pairs) {
        let message = "`join` of kind innerunique keeps one row of the left side for each key; which one, the platform does not promise, \
                       and a filter that follows may change it: write `kind=inner` to keep them all";
        session.warnings.borrow_mut().push(message.to_owned());
    }
    combine(left, &right, &pairs, shape, &all, &|rows, cells| {
        session.new_rows(span, rows, cells)
    })
}

pub(super) fn lookup(
    join: &Join,
    left: &Table,
    env: &Env,
    session: &Session<'_>,
    span: &Range<usize>,
) -> Result<Table, Fault> {
    let right = run::table(&join.right, &Scope::bare(session, env))?;
    let pairs = keys(join, left, &right, span)?;
    let left_alone = match join.kind.as_ref().map(|word| word.text.as_str()) {
        None | Some("leftouter") => true,
        Some("inner") => false,
        Some(other) => {
            let message = format!("`{other}` is no kind of lookup");
            return Err(fault::invalid(span.clone(), other, message));
        }
    };
    let shape = Shape {
        pairs: true,
        left_alone,
        right_alone: false,
        unique: false,
    };
    let keys: HashSet<usize> = pairs.iter().map(|(_, right)| *right).collect();
    let rest: Vec<usize> = (0..right.columns.len())
        .filter(|at| !keys.contains(at))
        .collect();
    combine(left, &right, &pairs, shape, &rest, &|rows, cells| {
        session.new_rows(span, rows, cells)
    })
}

fn key(row: &Row, places: impl Iterator<Item = usize>) -> Vec<Key> {
    places
        .map(|at| row.get(at).map_or(Key::Null, Cell::key))
        .collect()
}

/// The rows of a side by their keys.
fn index(table: &Table, places: &[usize]) -> HashMap<Vec<Key>, Vec<usize>> {
    let mut found: HashMap<Vec<Key>, Vec<usize>> = HashMap::new();
    for (at, row) in table.rows.iter().enumerate() {
        let key = key(row, places.iter().copied());
        found.entry(key).or_default().push(at);
    }
    found
}

fn one_side(kept: &Table, other: &Table, pairs: &Pairs, meets: bool) -> Table {
    let (own, others): (Vec<usize>, Vec<usize>) = pairs.iter().copied().unzip();
    let index = index(other, &others);
    let rows = kept
        .rows
        .iter()
        .filter(|row| index.contains_key(&key(row, own.iter().copied())) == meets)
        .cloned()
        .collect();
    Table::new(kept.columns.clone(), rows)
}

/// Whether rows of the left side that differ share a key that the right side has.
fn drops_rows(left: &Table, right: &Table, pairs: &Pairs) -> bool {
    let (own, others): (Vec<usize>, Vec<usize>) = pairs.iter().copied().unzip();
    let met = index(right, &others);
    let mut kept: HashMap<Vec<Key>, Vec<Key>> = HashMap::new();
    left.rows.iter().any(|row| {
        let key = key(row, own.iter().copied());
        if !met.contains_key(&key) {
            return false;
        }
        let whole: Vec<Key> = row.iter().map(Cell::key).collect();
        *kept.entry(key).or_insert_with(|| whole.clone()) != whole
    })
}

/// What charges so many rows of so many cells.
type Charge<'c> = &'c dyn Fn(usize, usize) -> Result<(), Fault>;

fn combine(
    left: &Table,
    right: &Table,
    pairs: &Pairs,
    shape: Shape,
    shown: &[usize],
    charge: Charge<'_>,
) -> Result<Table, Fault> {
    let mut columns = left.columns.clone();
    let mut taken: HashSet<Rc<str>> = columns.iter().map(|column| column.name.clone()).collect();
    let mut right_columns = Vec::new();
    for at in shown {
        if let Some(column) = right.columns.get(*at) {
            let name = naming::free(&column.name, &taken);
            taken.insert(name.clone());
            right_columns.push(Column {
                name,
                ty: column.ty,
            });
        }
    }
    let (own, others): (Vec<usize>, Vec<usize>) = pairs.iter().copied().unzip();
    let index = index(right, &others);
    let mut met: HashSet<usize> = HashSet::new();
    let mut seen: HashSet<Vec<Key>> = HashSet::new();
    let mut rows: Vec<Row> = Vec::new();
    let absent = |columns: &[Column]| -> Row { columns.iter().map(|c| c.ty.absent()).collect() };
    let nothing = absent(&right_columns);
    for row in &left.rows {
        let key = key(row, own.iter().copied());
        if shape.unique && !seen.insert(key.clone()) {
            continue;
        }
        match index.get(&key) {
            Some(places) => {
                charge(places.len(), row.len() + shown.len())?;
                for at in places {
                    let Some(other) = right.rows.get(*at) else {
                        continue;
                    };
                    let mut joined = row.clone();
                    let cells = shown.iter().map(|at| other.get(*at));
                    joined.extend(cells.map(|cell| cell.cloned().unwrap_or(Cell::Null)));
                    rows.push(joined);
                    if shape.right_alone {
                        met.insert(*at);
                    }
                }
            }
            None if shape.left_alone => {
                let mut joined = row.clone();
                joined.extend(nothing.iter().cloned());
                rows.push(joined);
            }
            None => {}
        }
    }
    if shape.right_alone {
        for (at, row) in right.rows.iter().enumerate() {
            if !met.contains(&at) {
                let mut joined = absent(&left.columns);
                let cells = shown.iter().map(|at| row.get(*at));
                joined.extend(cells.map(|cell| cell.cloned().unwrap_or(Cell::Null)));
                rows.push(joined);
            }
        }
    }
    columns.extend(right_columns);
    Ok(Table::new(columns, rows))
}

/// The places that must be equal.
fn keys(join: &Join, left: &Table, right: &Table, span: &Range<usize>) -> Result<Pairs, Fault> {
    let mut pairs = Vec::new();
    for condition in &join.on {
        pair(condition, left, right, &mut pairs)?;
    }
    if pairs.is_empty() {
        return Err(fault::invalid(
            span.clone(),
            "join",
            "it says no columns to join on",
        ));
    }
    for (own, other) in &pairs {
        let types = (
            left.columns.get(*own).map(|column| column.ty),
            right.columns.get(*other).map(|column| column.ty),
        );
        let (Some(one), Some(two)) = types else {
            continue;
        };
        if one != two || one == Type::Dynamic {
            let message = format!("columns of types {one} and {two} cannot be joined on");
            return Err(fault::invalid(span.clone(), "join", message));
        }
    }
    Ok(pairs)
}

fn pair(condition: &Expr, left: &Table, right: &Table, pairs: &mut Pairs) -> Result<(), Fault> {
    let wrong = |message: String| fault::invalid(condition.span.clone(), "join", message);
    let no = |name: &str| wrong(format!("there is no column `{name}` on both sides"));
    match &condition.kind {
        Kind::Name(name) => {
            let own = left.place(name).ok_or_else(|| no(name))?;
            let other = right.place(name).ok_or_else(|| no(name))?;
            pairs.push((own, other));
            Ok(())
        }
        Kind::Logic(Logic::And, terms) => {
            for term in terms {
                pair(term, left, right, pairs)?;
            }
            Ok(())
        }
        Kind::Binary(operator, one, two) if operator == "==" => {
            let sides = (side(one), side(two));
            match sides {
                (Some((Some(true), own)), Some((Some(false), other)))
                | (Some((Some(false), other)), Some((Some(true), own))) => {
                    let own = left.place(own).ok_or_else(|| no(own))?;
                    let other = right.place(other).ok_or_else(|| no(other))?;
                    pairs.push((own, other));
                    Ok(())
                }
                (Some((None, one)), Some((None, two))) => {
                    // Bare names: each must be on one side only to say which is meant.
                    let places =
                        |own: &str, other: &str| Some((left.place(own)?, right.place(other)?));
                    let found = match (places(one, two), places(two, one)) {
                        (Some(found), None) | (None, Some(found)) => found,
                        (Some(found), Some(_)) if one == two => found,
                        (Some(_), Some(_)) => {
                            let message = "both names are on both sides";
                            let span = condition.span.clone();
                            return Err(fault::unknown(span, "join", message));
                        }
                        (None, None) => return Err(no(one)),
                    };
                    pairs.push(found);
                    Ok(())
                }
                _ => Err(wrong("`$left.a == $right.b` is needed here".to_owned())),
            }
        }
        _ => Err(wrong("columns that are equal are needed here".to_owned())),
    }
}

/// A column, and whether it is said to be of the left side.
fn side(expr: &Expr) -> Option<(Option<bool>, &str)> {
    match &expr.kind {
        Kind::Name(name) => Some((None, name)),
        Kind::Path(base, name) => match &base.kind {
            Kind::Name(base) if base == "$left" => Some((Some(true), name)),
            Kind::Name(base) if base == "$right" => Some((Some(false), name)),
            _ => None,
        },
        _ => None,
    }
}
