//! Functions of arrays and sets.
//!
//! In: a call. Out: its expression. Guarantee: what is no array gives null; positions count from the end when negative
//! (<https://learn.microsoft.com/en-us/kusto/query/scalar-functions#dynamicarray-functions>).

use super::{Answered, Call, position};
use crate::kql::bind;
use crate::kql::cell::{self, Cell, Key, Type};
use crate::kql::convert;
use crate::kql::fault::Fault;
use crate::kql::operator;
use crate::kql::typed::Typed;
use std::cmp::Ordering;
use std::collections::HashSet;

pub(super) fn bind(call: &Call<'_, '_, '_>) -> Answered {
    Ok(Some(match call.name {
        "array_length" | "arraylength" => {
            call.count(1, 1)?;
            Typed::strict(Type::Long, &[call.dynamic(0)?], |cells| {
                let length = cells.first()?.as_array()?.len();
                i64::try_from(length).ok().map(Cell::Long)
            })
        }
        "pack_array" => Typed::of(Type::Dynamic, &call.args, |cells| {
            Cell::array(cells.to_vec())
        }),
        "array_concat" => {
            call.count(1, 64)?;
            let parts = dynamics(call)?;
            Typed::of(Type::Dynamic, &parts, |cells| {
                let mut all = Vec::new();
                for cell in cells {
                    all.extend_from_slice(cell.as_array().unwrap_or_default());
                }
                Cell::array(all)
            })
        }
        "array_slice" => {
            call.count(3, 3)?;
            let parts = [call.dynamic(0)?, call.long(1)?, call.long(2)?];
            Typed::strict(Type::Dynamic, &parts, |cells| {
                let array = cells.first()?.as_array()?;
                let length = i64::try_from(array.len()).ok()?;
                let at = |at: i64| if at < 0 { length + at } else { at };
                let start = at(cells.get(1)?.as_long()?).max(0);
                let end = at(cells.get(2)?.as_long()?).min(length - 1);
                let range = usize::try_from(start).ok()?..usize::try_from(end + 1).ok()?;
                Some(Cell::array(array.get(range).unwrap_or_default().to_vec()))
            })
        }
        "array_index_of" => {
            call.count(2, 5)?;
            index_of(call)?
        }
        "array_sort_asc" | "array_sort_desc" => {
            call.count(1, 64)?;
            sorted(call)?
        }
        "array_sum" => {
            call.count(1, 1)?;
            let late = call.late().clone();
            let fault = call.refuse("a sum of values that are no numbers is not known here");
            Typed::strict(Type::Real, &[call.dynamic(0)?], move |cells| {
                let mut sum = 0.0;
                let items = cells.first()?.as_array()?;
                if items.is_empty() {
                    return None;
                }
                for item in items {
                    match item.as_real() {
                        Some(value) => sum += value,
                        None => {
                            late.borrow_mut().get_or_insert_with(|| fault.clone());
                        }
                    }
                }
                Some(Cell::Real(sum))
            })
        }
        "array_reverse" => {
            call.count(1, 1)?;
            Typed::strict(Type::Dynamic, &[call.dynamic(0)?], |cells| {
                let array = cells.first()?.as_array()?;
                Some(Cell::array(array.iter().rev().cloned().collect()))
            })
        }
        "array_rotate_left" | "array_rotate_right" => {
            call.count(2, 2)?;
            let left = call.name == "array_rotate_left";
            let parts = [call.dynamic(0)?, call.long(1)?];
            Typed::strict(Type::Dynamic, &parts, move |cells| {
                let mut array = cells.first()?.as_array()?.to_vec();
                let length = i64::try_from(array.len()).ok()?;
                let by = cells.get(1)?.as_long()?.checked_rem_euclid(length);
                let by = usize::try_from(by.unwrap_or(0)).ok()?;
                if left {
                    array.rotate_left(by);
                } else {
                    array.rotate_right(by);
                }
                Some(Cell::array(array))
            })
        }
        "strcat_array" | "array_strcat" => {
            call.count(2, 2)?;
            let delimiter = convert::to(Type::Text, call.get(1)?, call.late());
            let parts = [call.dynamic(0)?, delimiter];
            let budget = call.scope.session.budget.clone();
            Typed::strict(Type::Text, &parts, move |cells| {
                let array = match cells.first()? {
                    Cell::Array(array) => array.as_slice(),
                    // What is no array counts as its only item.
                    other => std::slice::from_ref(other),
                };
                let texts = array.iter().map(|item| bind::text_of(item, Type::Dynamic));
                let texts: Vec<_> = texts.collect();
                super::joined_text(&texts, cells.get(1)?.as_text()?, &budget)
            })
        }
        "repeat" => {
            call.count(2, 2)?;
            if call.get(0)?.ty == Type::Dynamic {
                return Err(call.invalid("a dynamic cannot be repeated"));
            }
            let parts = [call.get(0)?.clone(), call.long(1)?];
            let budget = call.scope.session.budget.clone();
            Typed::of(Type::Dynamic, &parts, move |cells| {
                let (Some(cell), Some(Cell::Long(times))) = (cells.first(), cells.get(1)) else {
                    return Cell::Null;
                };
                let times = usize::try_from(*times).unwrap_or(0).min(MOST);
                if budget
                    .bytes(times.saturating_mul(size_of::<Cell>()))
                    .is_err()
                {
                    return Cell::Null;
                }
                Cell::array(vec![cell.clone(); times])
            })
        }
        "range" => {
            call.count(2, 3)?;
            range(call)?
        }
        "set_union" => sets(call, |kept, cells, _| {
            cells.iter().flat_map(|set| set.iter()).for_each(|item| {
                kept.push(item.clone());
            });
        })?,
        "set_intersect" => sets(call, |kept, cells, keys| {
            let (Some(first), Some(rest)) = (cells.first(), keys.get(1..)) else {
                return;
            };
            let inside = |item: &&Cell| rest.iter().all(|set| set.contains(&item.key()));
            kept.extend(first.iter().filter(inside).cloned());
        })?,
        "set_difference" => sets(call, |kept, cells, keys| {
            let (Some(first), Some(rest)) = (cells.first(), keys.get(1..)) else {
                return;
            };
            let outside = |item: &&Cell| !rest.iter().any(|set| set.contains(&item.key()));
            kept.extend(first.iter().filter(outside).cloned());
        })?,
        "set_has_element" => {
            call.count(2, 2)?;
            let parts = [call.dynamic(0)?, call.get(1)?.clone()];
            Typed::strict(Type::Bool, &parts, |cells| {
                let wanted = cells.get(1)?.key();
                let array = cells.first()?.as_array()?;
                Some(Cell::Bool(array.iter().any(|item| item.key() == wanted)))
            })
        }
        "zip" => {
            call.count(2, 16)?;
            Typed::strict(Type::Dynamic, &dynamics(call)?, |cells| {
                let arrays: Option<Vec<&[Cell]>> = cells.iter().map(Cell::as_array).collect();
                let arrays = arrays?;
                let longest = arrays.iter().map(|array| array.len()).max()?;
                let row = |at: usize| {
                    let items = arrays.iter().map(|array| array.get(at));
                    Cell::array(
                        items
                            .map(|item| item.cloned().unwrap_or(Cell::Null))
                            .collect(),
                    )
                };
                Some(Cell::array((0..longest).map(row).collect()))
            })
        }
        _ => return Ok(None),
    }))
}

/// The most items that an array made by a function has (<https://learn.microsoft.com/en-us/kusto/query/range-function>).
const MOST: usize = 1_048_576;

fn dynamics(call: &Call<'_, '_, '_>) -> Result<Vec<Typed>, Fault> {
    (0..call.args.len()).map(|at| call.dynamic(at)).collect()
}

/// What a function of sets keeps, of the arrays and their keys.
type Choose = fn(&mut Vec<Cell>, &[&[Cell]], &[HashSet<Key>]);

fn sets(call: &Call<'_, '_, '_>, choose: Choose) -> Result<Typed, Fault> {
    call.count(2, 64)?;
    Ok(Typed::strict(
        Type::Dynamic,
        &dynamics(call)?,
        move |cells| {
            let arrays: Option<Vec<&[Cell]>> = cells.iter().map(Cell::as_array).collect();
            let arrays = arrays?;
            let keys: Vec<HashSet<Key>> = arrays
                .iter()
                .map(|array| array.iter().map(Cell::key).collect())
                .collect();
            let mut kept = Vec::new();
            choose(&mut kept, &arrays, &keys);
            let mut seen = HashSet::new();
            kept.retain(|item| seen.insert(item.key()));
            Some(Cell::array(kept))
        },
    ))
}

fn index_of(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let parts = [
        call.dynamic(0)?,
        call.get(1)?.clone(),
        call.long_or(2, 0)?,
        call.long_or(3, -1)?,
        call.long_or(4, 1)?,
    ];
    Ok(Typed::strict(Type::Long, &parts, |cells| {
        let [array, wanted, start, length, occurrence] = cells else {
            return None;
        };
        let array = array.as_array()?;
        let start = position(start.as_long()?, array.len()).unwrap_or(0);
        let length = usize::try_from(length.as_long()?).unwrap_or(array.len());
        let skip = usize::try_from(occurrence.as_long()? - 1).ok()?;
        let found = array
            .iter()
            .enumerate()
            .skip(start)
            .take(length)
            .filter(|(_, item)| {
                item.key() == wanted.key() || cell::compare(item, wanted) == Some(Ordering::Equal)
            })
            .nth(skip);
        Some(Cell::Long(
            found.map_or(-1, |(at, _)| i64::try_from(at).unwrap_or(i64::MAX)),
        ))
    }))
}

/// `array_sort_asc(a, b, …, nulls_last)`: the first array decides the order of all; with several arrays an array of arrays.
fn sorted(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let flagged = call.args.last().is_some_and(|typed| typed.ty == Type::Bool);
    let count = call.args.len() - usize::from(flagged);
    let mut parts = Vec::new();
    for at in 0..count {
        parts.push(call.dynamic(at)?);
    }
    let nulls_last = match call.args.last().and_then(|typed| typed.value.as_ref()) {
        Some(Cell::Bool(flag)) => *flag,
        _ if flagged => return Err(call.wrong(count, "a literal bool")),
        _ => true,
    };
    let descending = call.name == "array_sort_desc";
    let late = call.late().clone();
    let fault = call.refuse("the order of values of different kinds is not known here");
    Ok(Typed::of(Type::Dynamic, &parts, move |cells| {
        let Some(first) = cells.first().and_then(Cell::as_array) else {
            return Cell::Null;
        };
        let mut places: Vec<usize> = (0..first.len()).collect();
        let at = |place: usize| first.get(place).unwrap_or(&Cell::Null);
        places.sort_by(|one, other| {
            let (one, other) = (at(*one), at(*other));
            match (one.is_null(), other.is_null()) {
                (true, true) => Ordering::Equal,
                (true, false) if nulls_last => Ordering::Greater,
                (true, false) => Ordering::Less,
                (false, true) if nulls_last => Ordering::Less,
                (false, true) => Ordering::Greater,
                _ => {
                    let order = cell::compare(one, other).unwrap_or_else(|| {
                        late.borrow_mut().get_or_insert_with(|| fault.clone());
                        Ordering::Equal
                    });
                    if descending { order.reverse() } else { order }
                }
            }
        });
        let arranged = |cell: &Cell| match cell.as_array() {
            Some(array) if array.len() == places.len() => {
                let items = places.iter().filter_map(|place| array.get(*place));
                Cell::array(items.cloned().collect())
            }
            _ => Cell::Null,
        };
        if count == 1 {
            arranged(cells.first().unwrap_or(&Cell::Null))
        } else {
            Cell::array(cells.iter().map(arranged).collect())
        }
    }))
}

/// `range(start, stop, step)`: from start to stop, which is part of it.
fn range(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let mut parts: Vec<Typed> = call.args.clone();
    if parts.len() == 2 {
        let step = match call.get(0)?.ty {
            Type::Time | Type::Span => Cell::Span(36_000_000_000),
            Type::Real => Cell::Real(1.0),
            _ => Cell::Long(1),
        };
        let ty = match step {
            Cell::Span(_) => Type::Span,
            Cell::Real(_) => Type::Real,
            _ => Type::Long,
        };
        parts.push(Typed::constant(ty, step));
    }
    let budget = call.scope.session.budget.clone();
    Ok(Typed::strict(Type::Dynamic, &parts, move |cells| {
        let [start, stop, step] = cells else {
            return None;
        };
        budget.check().ok()?;
        let mut values = counted(start, stop, step, MOST, true)?;
        values.truncate(MOST);
        let size = values.len().saturating_mul(size_of::<Cell>());
        budget.bytes(size).ok()?;
        Some(Cell::array(values))
    }))
}

/// The values from start in steps, at most so many; `None` when the step leads nowhere.
pub(in crate::kql) fn counted(
    start: &Cell,
    stop: &Cell,
    step: &Cell,
    most: usize,
    inclusive: bool,
) -> Option<Vec<Cell>> {
    let zero = match step {
        Cell::Long(_) => Cell::Long(0),
        Cell::Real(_) => Cell::Real(0.0),
        Cell::Span(_) => Cell::Span(0),
        _ => return None,
    };
    let upward = match cell::compare(step, &zero)? {
        Ordering::Equal => return None,
        order => order == Ordering::Greater,
    };
    let mut values = Vec::new();
    let mut next = start.clone();
    loop {
        let order = cell::compare(&next, stop)?;
        let beyond = if upward {
            order == Ordering::Greater
        } else {
            order == Ordering::Less
        };
        if beyond || (order == Ordering::Equal && !inclusive) || values.len() > most {
            return Some(values);
        }
        let Some(after) = operator::add(&next, step) else {
            values.push(next);
            return Some(values);
        };
        values.push(next);
        next = after;
    }
}
