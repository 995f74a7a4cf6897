//! Functions of property bags.
//!
//! In: a call. Out: its expression. Guarantee: of a key that comes several times the first value holds
//! (<https://learn.microsoft.com/en-us/kusto/query/bag-merge-function>).

use super::{Answered, Call, paths};
use crate::kql::bind;
use crate::kql::cell::{Cell, Type};
use crate::kql::fault::Fault;
use crate::kql::json;
use crate::kql::typed::Typed;
use std::collections::HashSet;
use std::rc::Rc;

pub(super) fn bind(call: &Call<'_, '_, '_>) -> Answered {
    Ok(Some(match call.name {
        "pack" | "bag_pack" | "pack_dictionary" => pack(call)?,
        "pack_all" => {
            call.count(0, 1)?;
            pack_all(call)?
        }
        "bag_keys" => {
            call.count(1, 1)?;
            Typed::strict(Type::Dynamic, &[call.dynamic(0)?], |cells| {
                let Cell::Bag(bag) = cells.first()? else {
                    return None;
                };
                let keys = bag.iter().map(|(key, _)| Cell::Text(key.clone()));
                Some(Cell::array(keys.collect()))
            })
        }
        "bag_has_key" => {
            call.count(2, 2)?;
            let parts = [call.dynamic(0)?, call.text(1)?];
            let refused = paths::Refused::of(call);
            Typed::strict(Type::Bool, &parts, move |cells| match cells {
                [Cell::Bag(bag), Cell::Text(key)] => {
                    let keys = refused.keys(key)?;
                    Some(Cell::Bool(paths::find(bag, &keys).is_some()))
                }
                _ => None,
            })
        }
        "bag_merge" => {
            call.count(2, 64)?;
            let parts: Result<Vec<Typed>, Fault> =
                (0..call.args.len()).map(|at| call.dynamic(at)).collect();
            Typed::of(Type::Dynamic, &parts?, |cells| merged(cells.iter()))
        }
        "bag_remove_keys" => {
            call.count(2, 2)?;
            let parts = [call.dynamic(0)?, call.dynamic(1)?];
            let refused = paths::Refused::of(call);
            Typed::strict(Type::Dynamic, &parts, move |cells| {
                let (Cell::Bag(bag), keys) = (cells.first()?, cells.get(1)?.as_array()?) else {
                    return None;
                };
                let gone = keys.iter().filter_map(Cell::as_text);
                let gone: Option<Vec<Vec<String>>> = gone.map(|key| refused.keys(key)).collect();
                Some(paths::without(bag, &gone?))
            })
        }
        "dynamic_to_json" => {
            call.count(1, 1)?;
            let typed = call.dynamic(0)?;
            Typed::of(Type::Text, &[typed], |cells| {
                // Equal bags have one text: their keys are sorted, at every depth.
                let sorted = cells.first().map(sorted);
                Cell::text(sorted.map_or_else(String::new, |cell| json::text(&cell)))
            })
        }
        _ => return Ok(None),
    }))
}

/// The value with the keys of its bags in order.
fn sorted(cell: &Cell) -> Cell {
    match cell {
        Cell::Array(items) => Cell::array(items.iter().map(sorted).collect()),
        Cell::Bag(bag) => {
            let pairs = bag.iter().map(|(key, value)| (key.clone(), sorted(value)));
            let mut pairs: Vec<(Rc<str>, Cell)> = pairs.collect();
            pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
            Cell::bag(pairs)
        }
        other => other.clone(),
    }
}

/// Bags in one; the first value of a key holds.
pub(in crate::kql) fn merged<'a>(bags: impl Iterator<Item = &'a Cell>) -> Cell {
    let mut seen: HashSet<Rc<str>> = HashSet::new();
    let mut entries = Vec::new();
    for bag in bags {
        let Cell::Bag(bag) = bag else {
            continue;
        };
        for (key, value) in bag.iter() {
            if seen.insert(key.clone()) {
                entries.push((key.clone(), value.clone()));
            }
        }
    }
    Cell::bag(entries)
}

fn pack(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    call.count(2, 128)?;
    if !call.args.len().is_multiple_of(2) {
        return Err(call.invalid("keys and values come in pairs"));
    }
    for at in (0..call.args.len()).step_by(2) {
        if !matches!(call.get(at)?.ty, Type::Text | Type::Dynamic) {
            return Err(call.wrong(at, "a string"));
        }
    }
    Ok(Typed::of(Type::Dynamic, &call.args, |cells| {
        let pairs = cells.chunks(2).filter_map(|pair| match pair {
            [key, value] => Some((bind::text_of(key, Type::Dynamic), value.clone())),
            _ => None,
        });
        Cell::bag(pairs.collect())
    }))
}

fn pack_all(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let skip = match call.args.first() {
        None => false,
        Some(typed) => match &typed.value {
            Some(Cell::Bool(flag)) => *flag,
            _ => return Err(call.wrong(0, "a literal bool")),
        },
    };
    let names: Vec<Rc<str>> = call
        .scope
        .columns
        .iter()
        .map(|column| column.name.clone())
        .collect();
    Ok(Typed::varying(Type::Dynamic, move |frame| {
        let pairs = names.iter().cloned().zip(frame.row.iter().cloned());
        let kept = pairs.filter(|(_, cell)| match cell {
            Cell::Null => !skip,
            Cell::Text(text) => !(skip && text.is_empty()),
            _ => true,
        });
        Cell::bag(kept.collect())
    }))
}
