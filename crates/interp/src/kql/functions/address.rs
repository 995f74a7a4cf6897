//! Addresses inside texts, and what is known of an address.
//!
//! In: a call. Out: its expression. Guarantee: an address in a text is bounded by what is neither letter nor digit
//! (<https://learn.microsoft.com/en-us/kusto/query/has-ipv4-function>); the country of an address is known only as far as the caller says it.

use super::networks::ipv4;
use super::{Answered, Call};
use crate::kql::bind;
use crate::kql::cell::{Cell, Type};
use crate::kql::fault::Fault;
use crate::kql::json;
use crate::kql::typed::Typed;
use std::collections::HashMap;

pub(super) fn bind(call: &Call<'_, '_, '_>) -> Answered {
    let (prefix, several) = match call.name {
        "has_ipv4" => (false, false),
        "has_any_ipv4" => (false, true),
        "has_ipv4_prefix" => (true, false),
        "has_any_ipv4_prefix" => (true, true),
        "geo_info_from_ip_address" => {
            call.count(1, 1)?;
            return country(call).map(Some);
        }
        _ => return Ok(None),
    };
    call.count(2, if several { 64 } else { 2 })?;
    let mut parts = vec![call.text(0)?];
    for at in 1..call.args.len() {
        let typed = call.get(at)?;
        let fits = typed.ty == Type::Text || (several && typed.ty == Type::Dynamic);
        if !fits {
            return Err(call.wrong(at, "a string"));
        }
        parts.push(typed.clone());
    }
    Ok(Some(Typed::of(Type::Bool, &parts, move |cells| {
        let Some((Cell::Text(text), wanted)) = cells.split_first() else {
            return Cell::Bool(false);
        };
        let wanted: Vec<_> = wanted
            .iter()
            .flat_map(|cell| match cell {
                Cell::Array(array) => array.as_slice(),
                other => std::slice::from_ref(other),
            })
            .map(|cell| bind::text_of(cell, Type::Dynamic))
            .collect();
        let found = addresses(text).any(|address| {
            wanted.iter().any(|wanted| {
                let whole = ipv4(wanted).is_some() && address == &**wanted;
                whole || (prefix && is_prefix(wanted) && address.starts_with(&**wanted))
            })
        });
        Cell::Bool(found)
    })))
}

/// Whether a text is the beginning of an address, up to a point.
pub(in crate::kql) fn is_prefix(text: &str) -> bool {
    let Some(numbers) = text.strip_suffix('.') else {
        return false;
    };
    let count = numbers.split('.').count();
    count <= 3
        && numbers
            .split('.')
            .all(|number| number.parse::<u8>().is_ok())
}

/// The addresses in a text.
pub(in crate::kql) fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !(letter.is_alphanumeric() || letter == '.'))
        .map(|run| run.trim_matches('.'))
        .filter(|run| !run.is_empty() && ipv4(run).is_some())
}

fn country(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let geo = &call.scope.session.options.geo;
    if geo.is_empty() {
        return Err(call
            .refuse("where addresses lie is data of the platform; supply what it knows of them"));
    }
    let known: HashMap<String, Cell> = geo
        .iter()
        .map(|(address, info)| (address.clone(), json::dynamic(info)))
        .collect();
    Ok(Typed::of(Type::Dynamic, &[call.text(0)?], move |cells| {
        let address = cells.first().and_then(Cell::as_text).unwrap_or_default();
        // For an address that it does not know the platform answers an empty bag.
        let found = known.get(address).cloned();
        found.unwrap_or_else(|| Cell::bag(Vec::new()))
    }))
}
