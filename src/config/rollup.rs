//! A target's rolled-up table.
//!
//! In: the mapping `rollup` of a target. Out: [`Rollup`], or errors. Guarantee: its columns stand for columns of the target's schema; stretches divide a day,
//! so that windows of hours and days are whole stretches; names are those of tables and columns, never text of a query.

use super::unknown::unknown;
use crate::backend::{Dialect, Rollup, Tier};
use crate::diag::{Code, Diagnostic, suggest};
use crate::hunt::{self, ItemType};
use crate::schema::{Platform, Schema};
use crate::source::yaml::{Faults, Kind, Map, Node};
use crate::source::{Span, Spanned};
use crate::value::Value;
use std::collections::BTreeMap;

pub(super) const KEYS: &[&str] = &[
    "class", "table", "grain", "time", "count", "columns", "tail",
];
pub(super) const TIER: &[&str] = &["above", "read"];
const DAY: i64 = 86_400_000;

/// Reads it.
pub(super) fn rollup(
    node: &Node,
    dialect: Option<&Dialect>,
    platform: Option<&Platform>,
    faults: &mut Faults,
) -> Option<(String, Rollup)> {
    let map = faults.map(
        node,
        "a mapping with `table`, `grain`, `time`, `count` and `columns`",
    )?;
    faults.known(map, "a rolled-up table", KEYS);
    let what = "a rolled-up table";
    let mut text = |key: &str, wanted: &str| {
        let node = faults.required(map, node.span, what, key)?;
        faults.text(node, wanted)
    };
    let table = text("table", "the name of a table");
    let time = text("time", "the name of a column");
    let count = text("count", "the name of a column");
    let grain = faults.required(map, node.span, what, "grain");
    let grain = grain.and_then(|node| self::grain(node, faults));
    let schema = platform.and_then(|platform| of_class(map, node, platform, faults));
    let columns = columns(map, node, schema, faults);
    let tail = match map.get("tail") {
        Some(tail) => tiers(tail, dialect, faults)?,
        None => Vec::new(),
    };
    let table = table?;
    if let Some(dialect) = dialect {
        if let Err(reason) = dialect.quoting.table(&table.value) {
            let told = Diagnostic::at(Code::E0613, table.span, reason);
            faults.push(told.help(format!("it is {}", dialect.quoting.tables_are())));
            return None;
        }
        let own = columns.iter().flatten().map(|(_, column)| column);
        for column in own.chain(&time).chain(&count) {
            if let Err(reason) = dialect.quoting.column(&column.value) {
                faults.push(Diagnostic::at(Code::E0613, column.span, reason));
            }
        }
    }
    let rollup = Rollup {
        table: table.value,
        grain: grain?,
        time: time?.value,
        count: count?.value,
        columns: columns?
            .into_iter()
            .map(|(name, column)| (name, column.value))
            .collect(),
        tail,
    };
    Some((schema?.class.clone(), rollup))
}

/// The event class whose rows the table sums up: the one that is named, or the only one.
fn of_class<'a>(
    map: &Map,
    node: &Node,
    platform: &'a Platform,
    faults: &mut Faults,
) -> Option<&'a Schema> {
    let names: Vec<&str> = platform.holds.keys().map(String::as_str).collect();
    let Some(class) = map.get("class") else {
        let mut all = platform.holds.values();
        if let (Some(only), None) = (all.next(), all.next()) {
            return Some(only);
        }
        let title = "a rolled-up table is of one event class";
        let place = first_key(map, node);
        faults.push(
            Diagnostic::at(Code::E0611, place, title)
                .help(format!("name it: `class: …`, out of {}", names.join(", "))),
        );
        return None;
    };
    let class = faults.text(class, "the name of an event class")?;
    let found = platform.holds.get(&class.value);
    if found.is_none() {
        let what = format!("event class of schema `{}`", platform.name);
        faults.push(unknown(Code::E0611, &what, &class, &names, None));
    }
    found
}

fn first_key(map: &Map, node: &Node) -> Span {
    map.entries.first().map_or(node.span, |(key, _)| key.span)
}

fn fault(at: &Spanned<String>, title: &str) -> Diagnostic {
    Diagnostic::at(Code::E0611, at.span, title)
}

fn duration(node: &Node, faults: &mut Faults) -> Option<Spanned<i64>> {
    let read = hunt::value(ItemType::Duration, node, Code::E0611, faults)?;
    match read.value {
        Value::Duration(length) if length > 0 => Some(Spanned::new(length, read.span)),
        _ => {
            faults.push(Diagnostic::at(
                Code::E0611,
                read.span,
                "this is no length of time",
            ));
            None
        }
    }
}

fn grain(node: &Node, faults: &mut Faults) -> Option<i64> {
    let grain = duration(node, faults)?;
    if DAY % grain.value != 0 {
        faults.push(
            Diagnostic::at(Code::E0611, grain.span, "the grain does not divide a day")
                .help("windows of a hunt are made of whole stretches"),
        );
        return None;
    }
    Some(grain.value)
}

fn columns(
    map: &Map,
    node: &Node,
    schema: Option<&Schema>,
    faults: &mut Faults,
) -> Option<BTreeMap<String, Spanned<String>>> {
    let columns = faults.required(map, node.span, "a rolled-up table", "columns")?;
    let columns = faults.map(
        columns,
        "a mapping from columns of the schema to columns of the table",
    )?;
    let mut read = BTreeMap::new();
    for (name, column) in &columns.entries {
        let Some(column) = faults.text(column, "the name of a column") else {
            continue;
        };
        if let Some(schema) = schema
            && schema.column(&name.value).is_none()
        {
            let error = fault(
                name,
                &format!(
                    "the schema `{}` has no column `{}`",
                    schema.name, name.value
                ),
            );
            let names = schema
                .columns
                .iter()
                .map(|column| column.native.name.as_str());
            faults.push(match suggest::nearest(&name.value, names) {
                Some(near) => error.fix(name.span, near, "a column with a similar name exists"),
                None => error.help(format!(
                    "`huntc schema show {} --columns` lists them",
                    schema.name
                )),
            });
        }
        read.insert(name.value.clone(), column);
    }
    Some(read)
}

fn tiers(node: &Node, dialect: Option<&Dialect>, faults: &mut Faults) -> Option<Vec<Tier>> {
    if dialect.is_some_and(|dialect| !dialect.has_step("incomplete")) {
        faults.push(
            Diagnostic::at(
                Code::E0611,
                node.span,
                "this backend reads all events that the table does not hold yet",
            )
            .help("tiers, which read less at a high rate of events, are for KQL; remove `tail`"),
        );
        return None;
    }
    let nodes = faults
        .list(node, "a list of tiers: `{ above: 1000, read: 2d }`")?
        .to_vec();
    let mut tiers: Vec<Tier> = Vec::new();
    for node in &nodes {
        let map = faults.map(node, "a tier: `{ above: 1000, read: 2d }`")?;
        faults.known(map, "a tier", TIER);
        let above = match map.get("above") {
            Some(node) => Some(faults.int(node)?.value),
            None => None,
        };
        let read = faults.required(map, node.span, "a tier", "read")?;
        let all = matches!(&read.kind, Kind::Scalar(scalar) if scalar.text == "all");
        let read = if all {
            None
        } else {
            Some(duration(read, faults)?.value)
        };
        tiers.push(Tier { above, read });
    }
    let rates: Vec<Option<i64>> = tiers.iter().map(|tier| tier.above).collect();
    let (last, others) = rates.split_last()?;
    let falling = others.iter().zip(others.iter().skip(1)).all(|(a, b)| a > b);
    if last.is_some() || others.iter().any(Option::is_none) || !falling {
        faults.push(
            Diagnostic::at(
                Code::E0611,
                node.span,
                "tiers go from the highest rate down, and the last has none",
            )
            .help("as in `[{ above: 1000, read: 2d }, { read: all }]`"),
        );
        return None;
    }
    Some(tiers)
}
