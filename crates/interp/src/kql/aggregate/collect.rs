//! Aggregates that collect values: lists, sets, bags.
//!
//! In: a call. Out: an [`Aggregate`]. Guarantee: nulls are left out, but not those of a dynamic; arrays are opened one level
//! (<https://learn.microsoft.com/en-us/kusto/query/make-list-aggregation-function>).

use super::{Aggregate, Call, filtered, single};
use crate::kql::cell::{Cell, Key, Type};
use crate::kql::fault::Fault;
use crate::kql::functions;
use std::collections::HashSet;

pub(super) const NAMES: &[&str] = &[
    "make_list",
    "make_list_if",
    "makelist",
    "make_list_with_nulls",
    "make_set",
    "make_set_if",
    "makeset",
    "make_bag",
    "make_bag_if",
];

/// The most that is collected.
const MOST: usize = 1_048_576;
/// The most that the old names collect.
const OLD: usize = 128;

pub(super) fn make(call: &Call<'_, '_, '_>) -> Result<Aggregate, Fault> {
    let conditional = usize::from(call.name.ends_with("_if"));
    call.count(1 + conditional, 2 + conditional)?;
    let value = call.arg(0)?;
    let condition = if conditional == 1 {
        Some(call.condition(1)?)
    } else {
        None
    };
    let default = match call.name {
        "makelist" | "makeset" => OLD,
        _ => MOST,
    };
    let limit = call.limit(1 + conditional, default)?.min(MOST);
    let ty = value.ty;
    let keeps_nulls = ty == Type::Dynamic || call.name == "make_list_with_nulls";
    let opens = ty == Type::Dynamic;
    let cells = filtered(value, condition);
    if call.name.starts_with("make_bag") {
        if ty != Type::Dynamic {
            return Err(call.invalid(format!("a bag is made of dynamic values, not of {ty}")));
        }
        return Ok(single(Type::Dynamic, move |group| {
            functions::merge_bags(&cells(group))
        }));
    }
    let distinct = call.name.starts_with("make_set") || call.name == "makeset";
    Ok(single(Type::Dynamic, move |group| {
        let mut kept: Vec<Cell> = Vec::new();
        let mut seen: HashSet<Key> = HashSet::new();
        for cell in cells(group) {
            if cell.is_null() && (!keeps_nulls || distinct) {
                continue;
            }
            let items = match &cell {
                Cell::Array(array) if opens => array.as_slice(),
                other => std::slice::from_ref(other),
            };
            for item in items {
                if kept.len() >= limit {
                    break;
                }
                if !distinct || seen.insert(item.key()) {
                    kept.push(item.clone());
                }
            }
        }
        Cell::array(kept)
    }))
}
