//! `evaluate`: plugins.
//!
//! In: a table and a call. Out: a table. Guarantee: `ipv4_lookup`, `bag_unpack` and `pivot` are known; an address that lies in several networks is refused, because which
//! of them the engine takes is not documented (<https://learn.microsoft.com/en-us/kusto/query/ipv4-lookup-plugin>).

use super::{frames, unpack};
use crate::kql::ast::{Argument, Kind, OutputSchema};
use crate::kql::bind::bind;
use crate::kql::cell::{Cell, Type};
use crate::kql::fault::{self, Fault};
use crate::kql::functions::{Ipv4, ipv4};
use crate::kql::naming::Names;
use crate::kql::run;
use crate::kql::scope::{Env, Scope, Session, Table};
use crate::kql::typed::Row;
use std::ops::Range;

/// A call of a plugin.
pub(super) struct Plugin<'p> {
    pub name: &'p str,
    pub arguments: &'p [Argument],
    pub schema: Option<&'p OutputSchema>,
    pub span: &'p Range<usize>,
}

impl Plugin<'_> {
    pub(super) fn invalid(&self, message: impl Into<String>) -> Fault {
        fault::invalid(self.span.clone(), self.name, message)
    }

    pub(super) fn unknown(&self, message: impl Into<String>) -> Fault {
        fault::unknown(self.span.clone(), self.name, message)
    }
}

pub(super) fn evaluate(
    call: &Plugin<'_>,
    table: &Table,
    env: &Env,
    session: &Session<'_>,
) -> Result<Table, Fault> {
    match call.name {
        "bag_unpack" => unpack::bag_unpack(call, table, env, session),
        "pivot" => unpack::pivot(call, table, env, session),
        "ipv4_lookup" if call.schema.is_none() => ipv4_lookup(call, table, env, session),
        name => Err(call.unknown(format!("the plugin `{name}` is not known here"))),
    }
}

fn ipv4_lookup(
    call: &Plugin<'_>,
    table: &Table,
    env: &Env,
    session: &Session<'_>,
) -> Result<Table, Fault> {
    let Plugin {
        name,
        arguments,
        span,
        ..
    } = call;
    let invalid = |message: &str| fault::invalid((*span).clone(), name, message);
    let placed: Vec<&Argument> = arguments.iter().filter(|a| a.name.is_none()).collect();
    let unmatched = match arguments.iter().find(|argument| argument.name.is_some()) {
        None => false,
        Some(argument) => {
            let known = argument.name.as_deref() == Some("return_unmatched");
            match bind(&argument.value, &Scope::bare(session, env))?.value {
                Some(Cell::Bool(flag)) if known => flag,
                _ => return Err(invalid("its option is `return_unmatched`")),
            }
        }
    };
    let (lookup, key, network) = match placed.as_slice() {
        [lookup, key, network] => (lookup, key, network),
        [_, _, _, ..] => {
            let message = "keys beside the network are not known here";
            return Err(fault::unknown((*span).clone(), name, message));
        }
        _ => return Err(invalid("it takes a table and two columns")),
    };
    let lookup = run::table(&lookup.value, &Scope::bare(session, env))?;
    let key = bind(&key.value, &Scope::of(session, env, table))?;
    if key.ty != Type::Text {
        return Err(invalid("the address is a string"));
    }
    let Kind::Name(column) = &network.value.kind else {
        return Err(invalid("the network is a column"));
    };
    let place = lookup
        .place(column)
        .ok_or_else(|| invalid("the lookup table has no such column"))?;
    let networks: Vec<(Ipv4, &Row)> = lookup
        .rows
        .iter()
        .filter_map(|row| Some((ipv4(row.get(place)?.as_text()?)?, row)))
        .collect();
    let mut names = Names::new();
    for column in table.columns.iter().chain(&lookup.columns) {
        names.found(Some(&column.name), column.ty);
    }
    let absent: Row = lookup.columns.iter().map(|c| c.ty.absent()).collect();
    let mut rows = Vec::new();
    for frame in frames(&table.rows) {
        let address = (key.eval)(&frame);
        let address = address.as_text().and_then(ipv4);
        let mut met = networks.iter().filter(|(network, _)| {
            // A network longer than the prefix of the address holds none of it.
            address.is_some_and(|address| network.holds(address))
        });
        match (met.next(), met.next()) {
            (Some(_), Some(_)) => {
                return Err(call.unknown("an address lies in several networks of the lookup table"));
            }
            (Some((_, found)), None) => {
                rows.push(frame.row.iter().chain(found.iter()).cloned().collect());
            }
            (None, _) if unmatched => {
                rows.push(frame.row.iter().chain(&absent).cloned().collect());
            }
            (None, _) => {}
        }
    }
    Ok(Table::new(names.columns, rows))
}
