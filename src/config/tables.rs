//! What a target reads for each event class.
//!
//! In: `table`, `indices` and `tables` of a target, its dialect, its platform. Out: for each class that the platform holds a table or a list of index patterns,
//! or errors. Guarantee: what `tables` says of a class comes before what `table` or `indices` say of all, and that before what the schema says; a class
//! without any of these is not there.

use super::unknown::unknown;
use crate::backend::Dialect;
use crate::diag::{Code, Diagnostic, suggest};
use crate::schema::{Platform, Schema, Unmapped};
use crate::source::yaml::{Faults, Kind, Map, Node};
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;

/// The tables by class; `place` is the target's name.
pub(super) fn tables(
    place: Span,
    map: &Map,
    dialect: &Dialect,
    platform: &Platform,
    faults: &mut Faults,
) -> Option<BTreeMap<String, String>> {
    let before = faults.all.len();
    let all = for_all(map, dialect, faults);
    let own = map
        .get("tables")
        .map(|node| own(node, dialect, platform, faults));
    if faults.all.len() > before {
        return None;
    }
    let own = own.unwrap_or_default();
    let mut tables = BTreeMap::new();
    for (class, schema) in &platform.holds {
        let named = own.get(class).or(all.as_ref());
        let table = named.or_else(|| schema.tables.get(&dialect.file.extension));
        tables.extend(table.map(|table| (class.clone(), table.clone())));
    }
    if tables.is_empty() {
        faults.push(
            Diagnostic::at(
                Code::E0608,
                place,
                format!(
                    "the schema `{}` does not say which table the backend `{}` reads",
                    platform.name, dialect.name
                ),
            )
            .help(how_to_name(dialect)),
        );
        return None;
    }
    Some(tables)
}

/// How a target says what it reads.
pub(super) fn how_to_name(dialect: &Dialect) -> &'static str {
    if dialect.file.extension == "esql" {
        "name them: `indices: [\"logs-*\"]`"
    } else {
        "name it: `table: …`"
    }
}

/// `table` or `indices`: what every class is read from.
fn for_all(map: &Map, dialect: &Dialect, faults: &mut Faults) -> Option<String> {
    let table = map.get("table");
    let Some(node) = map.get("indices") else {
        let name = faults.text(table?, "the name of a table")?;
        is_table(&name, dialect, faults);
        return Some(name.value);
    };
    let key = map.key("indices").unwrap_or(node.span);
    if dialect.file.extension != "esql" {
        let fault = Diagnostic::at(
            Code::E0608,
            key,
            format!("the backend `{}` reads no indices", dialect.name),
        );
        faults.push(fault.fix(key, "table", "the key of what it reads"));
        return None;
    }
    if let Some(table) = table {
        faults.push(
            Diagnostic::at(
                Code::E0608,
                key,
                "a target has `table` or `indices`, not both",
            )
            .also(table.span, "and this"),
        );
    }
    indices(node, key, dialect, faults)
}

/// A list of index patterns, joined as ES|QL writes them.
fn indices(node: &Node, place: Span, dialect: &Dialect, faults: &mut Faults) -> Option<String> {
    let indices = faults.texts(node, "a list of index patterns");
    if indices.is_empty() {
        faults.push(Diagnostic::at(
            Code::E0608,
            place,
            "there is no index to read",
        ));
        return None;
    }
    if let Some(comma) = indices.iter().find(|index| index.value.contains(',')) {
        faults.push(
            Diagnostic::at(Code::E0608, comma.span, "a comma in an index pattern")
                .help("write one entry of the list for each pattern"),
        );
    }
    for index in indices.iter().filter(|index| !index.value.contains(',')) {
        is_table(index, dialect, faults);
    }
    let names: Vec<&str> = indices.iter().map(|index| index.value.as_str()).collect();
    Some(names.join(","))
}

/// `tables: { process_start: … }`.
fn own(
    node: &Node,
    dialect: &Dialect,
    platform: &Platform,
    faults: &mut Faults,
) -> BTreeMap<String, String> {
    let mut tables = BTreeMap::new();
    let Some(map) = faults.map(
        node,
        "a mapping from event classes to what is read for them",
    ) else {
        return tables;
    };
    for (class, node) in &map.entries {
        if !platform.holds.contains_key(&class.value) {
            let names: Vec<&str> = platform.holds.keys().map(String::as_str).collect();
            let what = format!("event class of schema `{}`", platform.name);
            let fault = unknown(Code::E0608, &what, class, &names, None);
            faults.push(match platform.lacks.get(&class.value) {
                Some(why) => fault.help(why.clone()),
                None => fault,
            });
            continue;
        }
        let read = match &node.kind {
            Kind::List(_) if dialect.file.extension == "esql" => {
                indices(node, node.span, dialect, faults)
            }
            Kind::List(_) => {
                let title = format!("the backend `{}` reads one table", dialect.name);
                let fault = Diagnostic::at(Code::E0608, node.span, title);
                faults.push(fault.help("make a view of several, and name that"));
                None
            }
            _ => faults.text(node, "the name of a table").map(|name| {
                is_table(&name, dialect, faults);
                name.value
            }),
        };
        tables.extend(read.map(|table| (class.value.clone(), table)));
    }
    tables
}

/// A name that a text can hold as it is.
fn is_table(name: &Spanned<String>, dialect: &Dialect, faults: &mut Faults) {
    if let Err(reason) = dialect.quoting.table(&name.value) {
        let fault = Diagnostic::at(Code::E0613, name.span, reason);
        faults.push(fault.help(format!("it is {}", dialect.quoting.tables_are())));
    }
}

/// Columns that no index of the target maps, as `unmapped` says it; `None` where it has no entry.
pub(super) fn unmapped(
    map: &Map,
    dialect: &Dialect,
    platform: &Platform,
    faults: &mut Faults,
) -> Option<Unmapped> {
    let node = map.get("unmapped")?;
    if dialect.file.extension != "esql" {
        let key = map.key("unmapped").unwrap_or(node.span);
        let title = format!(
            "the backend `{}` reads tables, which lack no column",
            dialect.name
        );
        faults.push(Diagnostic::at(Code::E0608, key, title).help("remove `unmapped`"));
        return None;
    }
    let names = faults.texts(node, "a list of columns that no index of the target maps");
    for name in &names {
        let has = |schema: &Schema| schema.column(&name.value).is_some();
        if platform.holds.values().any(has) {
            continue;
        }
        let title = format!("there is no column of the schema `{}`", name.value);
        let fault = Diagnostic::at(Code::E0608, name.span, title);
        let columns = platform.holds.values().flat_map(|schema| {
            let columns = schema.columns.iter();
            columns.map(|column| column.native.name.as_str())
        });
        faults.push(match suggest::nearest(&name.value, columns) {
            Some(near) => fault.fix(name.span, near, "a column with a similar name exists"),
            None => fault.help(format!(
                "`huntc schema show {} --columns` lists them",
                platform.name
            )),
        });
    }
    Some(Unmapped {
        columns: names.into_iter().map(|name| name.value).collect(),
        says: "`unmapped` of the target says that no index maps".to_owned(),
    })
}
