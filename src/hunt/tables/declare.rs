//! What a table declares about itself: its columns, where its rows are, which object of a platform holds them.
//!
//! In: the mapping of one table. Out: [`Declared`]. Guarantee: a name of a platform's object has one of the written forms, so that it cannot change a
//! query; a column has a type that every engine can join by.

use super::{CellType, TableColumn};
use crate::diag::{Code, Diagnostic, suggest};
use crate::hunt::ItemType;
use crate::hunt::values::is_name;
use crate::source::yaml::{Faults, Kind, Map, Node, Resolved, Style};
use crate::source::{Span, Spanned};
use crate::syntax::KEYWORDS;
use std::collections::BTreeMap;

/// What may be between the elements of a cell: one character, because ES|QL splits by nothing longer, that occurs in no number and no address.
pub(super) const SEPARATORS: &[&str] = &[",", ";", "|", "/", " "];

/// The words of types.
const ITEMS: &[(&str, ItemType)] = &[
    ("int", ItemType::Int),
    ("float", ItemType::Float),
    ("string", ItemType::Text),
    ("ip", ItemType::Ip),
    ("bool", ItemType::Bool),
];

/// The word of an item type.
pub(super) fn word(item: ItemType) -> &'static str {
    let mut items = ITEMS.iter();
    items
        .find(|(_, of)| *of == item)
        .map_or("", |(word, _)| word)
}

/// A table before its rows are read.
pub(super) struct Declared<'n> {
    pub(super) columns: Vec<Column>,
    pub(super) platform: BTreeMap<String, Spanned<String>>,
    pub(super) origin: Origin<'n>,
}

/// A column before its name in the header is known.
pub(super) struct Column {
    /// What is declared; `source` is what the hunt says or the column's own name.
    pub(super) column: TableColumn,
    /// The name in the header, where the hunt says one: it must match exactly, the column's own name in any case.
    pub(super) said: Option<Spanned<String>>,
}

/// Where rows are.
pub(super) enum Origin<'n> {
    /// In a CSV file.
    File(Spanned<String>),
    /// In the hunt.
    Rows(&'n Node),
}

/// Takes the mapping of a table apart.
pub(super) fn declared<'n>(
    map: &'n Map,
    place: Span,
    what: &str,
    faults: &mut Faults,
) -> Option<Declared<'n>> {
    let keys = ["file", "rows", "platform", "separator", "columns"];
    faults.known(map, what, &keys);
    let separator = separator(map, faults);
    let platform = platform(map, faults);
    let columns = faults.required(map, place, what, "columns");
    let columns = columns.and_then(|node| columns_of(node, what, &separator, faults));
    let origin = match (map.get("file"), map.get("rows")) {
        (Some(file), None) => faults
            .text(file, "the path of a CSV file")
            .map(Origin::File),
        (None, Some(rows)) => Some(Origin::Rows(rows)),
        (None, None) => {
            let title = format!("{what} has no rows");
            faults.push(Diagnostic::at(Code::E0119, place, title).help(
                "name a CSV file with `file`, or write rows with `rows`; the object of a platform takes their place at run time only",
            ));
            None
        }
        (Some(_), Some(rows)) => {
            let title = format!("{what} has `file` and `rows`");
            let fault = Diagnostic::at(Code::E0119, map.key("rows").unwrap_or(rows.span), title);
            faults.push(match map.key("file") {
                Some(file) => fault.label("one of the two").also(file, "the other"),
                None => fault,
            });
            None
        }
    };
    Some(Declared {
        columns: columns?,
        platform,
        origin: origin?,
    })
}

fn separator(map: &Map, faults: &mut Faults) -> String {
    let comma = || ",".to_owned();
    let Some(node) = map.get("separator") else {
        return comma();
    };
    match node.resolved() {
        Some(Resolved::Text(text)) if SEPARATORS.contains(&text) => text.to_owned(),
        Some(Resolved::Text(_)) => {
            let fault = Diagnostic::at(Code::E0119, node.span, "this cannot be a separator");
            faults.push(fault.help(
                "it is one of `,`, `;`, `|`, `/` and a space: one character, which is in no number and no address",
            ));
            comma()
        }
        _ => {
            faults.wrong(node, "text of one character, as in \",\"");
            comma()
        }
    }
}

/// The objects of platforms.
fn platform(map: &Map, faults: &mut Faults) -> BTreeMap<String, Spanned<String>> {
    let mut found = BTreeMap::new();
    let wanted = "a mapping with `kql`, `esql` or `sql`";
    let Some(objects) = map
        .get("platform")
        .and_then(|node| faults.map(node, wanted))
    else {
        return found;
    };
    faults.known(objects, "`platform`", &["kql", "esql", "sql"]);
    for (key, node) in &objects.entries {
        let (fits, help): (fn(&str) -> bool, &str) = match key.value.as_str() {
            "kql" => (
                |text| is_word(text) || watchlist(text, '\'').is_some(),
                "it is the name of a table, as in `MonitoredPorts`, or `_GetWatchlist('alias')`; no other text of KQL is taken",
            ),
            "esql" => (
                is_index,
                "it is the name of an index: lower-case letters, digits, `_`, `.` and `-`",
            ),
            "sql" => (
                |text| text.split('.').count() <= 3 && text.split('.').all(is_word),
                "it is the name of a table, with its schema and its catalogue if need be: `security.monitored_ports`",
            ),
            _ => continue,
        };
        let Some(text) = faults.text(node, "the name of an object, as text") else {
            continue;
        };
        if fits(&text.value) {
            found.insert(key.value.clone(), text);
            continue;
        }
        let title = format!(
            "`{}` is not an object that `{}` can name",
            text.value, key.value
        );
        let fault = Diagnostic::at(Code::E0119, text.span, title).help(help);
        let alias = watchlist(&text.value, '"').filter(|_| key.value == "kql");
        faults.push(match alias {
            Some(alias) => fault.fix(
                text.span,
                format!("\"_GetWatchlist('{alias}')\""),
                "the alias between single quotes",
            ),
            None => fault,
        });
    }
    found
}

/// `[A-Za-z_][A-Za-z0-9_]*`
fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `[a-z0-9_.-]+`
fn is_index(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(c);
    !text.is_empty() && text.chars().all(allowed)
}

/// The alias of `_GetWatchlist('alias')`.
fn watchlist(text: &str, quote: char) -> Option<&str> {
    let quoted = text.strip_prefix("_GetWatchlist(")?.strip_suffix(')')?;
    let alias = quoted.strip_prefix(quote)?.strip_suffix(quote)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_ .-".contains(c);
    (!alias.is_empty() && alias.chars().all(allowed)).then_some(alias)
}

fn columns_of(
    node: &Node,
    what: &str,
    separator: &str,
    faults: &mut Faults,
) -> Option<Vec<Column>> {
    let map = faults.map(node, "a mapping from the name of a column to its type")?;
    if map.entries.is_empty() {
        let title = format!("{what} has no columns");
        faults.push(Diagnostic::at(Code::E0119, node.span, title));
        return None;
    }
    let mut columns: Vec<Column> = Vec::new();
    // An error in one column is no reason to skip the rest, but rows are read only when all are known.
    let mut whole = true;
    for (name, node) in &map.entries {
        let named = column_name(name, faults);
        let Some(column) = column(name, node, separator, faults).filter(|_| named) else {
            whole = false;
            continue;
        };
        let same = |other: &&Column| {
            other.column.source.to_lowercase() == column.column.source.to_lowercase()
        };
        if let Some(first) = columns.iter().find(same) {
            let title = format!("two columns read `{}`", column.column.source);
            faults.push(
                Diagnostic::at(Code::E0119, name.span, title)
                    .label("again here")
                    .also(first.column.name_span, "first here"),
            );
            whole = false;
        }
        columns.push(column);
    }
    whole.then_some(columns)
}

fn column_name(name: &Spanned<String>, faults: &mut Faults) -> bool {
    let fault = if KEYWORDS.contains(&name.value.as_str()) {
        let title = format!(
            "`{}` is a word of the language and cannot be a column",
            name.value
        );
        let help = "choose another name, and name the header with `column`";
        Diagnostic::at(Code::E0119, name.span, title).help(help)
    } else if is_name(&name.value) {
        return true;
    } else {
        let title = format!("`{}` is not the name of a column", name.value);
        let fault = Diagnostic::at(Code::E0119, name.span, title).help(
            "it is one lower-case word: a letter, then letters, digits and `_`; the name in the header is said with `column`",
        );
        let lower = name.value.to_lowercase().replace([' ', '-', '.'], "_");
        if is_name(&lower) && !KEYWORDS.contains(&lower.as_str()) {
            fault.fix(name.span, lower, "in lower case")
        } else {
            fault
        }
    };
    faults.push(fault);
    false
}

fn column(
    name: &Spanned<String>,
    node: &Node,
    separator: &str,
    faults: &mut Faults,
) -> Option<Column> {
    let (said, ty) = if let Kind::Map(map) = &node.kind {
        let what = format!("the column `{}`", name.value);
        faults.known(map, &what, &["column", "type"]);
        let said = match map.get("column") {
            Some(node) => Some(faults.text(node, "text: the name in the header")?),
            None => None,
        };
        let place = map.entries.first().map_or(name.span, |(key, _)| key.span);
        (said, faults.required(map, place, &what, "type")?)
    } else {
        (None, node)
    };
    let word = faults.text(ty, "the name of a type, as in string or set<int>")?;
    let ty = cell_type(&word, ty.style(), separator, faults)?;
    let source = said.as_ref().map_or(&name.value, |said| &said.value);
    let source = source.clone();
    Some(Column {
        column: TableColumn {
            name: name.value.clone(),
            source,
            ty,
            name_span: name.span,
        },
        said,
    })
}

/// `int`, `set<int>`, `set<int> or *`.
fn cell_type(
    word: &Spanned<String>,
    style: Option<Style>,
    separator: &str,
    faults: &mut Faults,
) -> Option<CellType> {
    let text = word.value.trim();
    if let Some(ty) = exact_type(text, separator) {
        return Some(ty);
    }
    let lower = text.to_lowercase();
    let title = format!("`{text}` is not a type that a column can have");
    let fault = Diagnostic::at(Code::E0119, word.span, title);
    if ["cidr", "network", "subnet"]
        .iter()
        .any(|net| lower.contains(net))
    {
        faults.push(fault.help(
            "rows are joined by equal values, which networks are not; put networks in a list of type `cidr` and test them with `in_cidr`",
        ));
        return None;
    }
    let fault = if lower.contains("set<bool>") {
        fault.help("a set of truths says nothing; the types of sets are set<int>, set<float>, set<string> and set<ip>")
    } else {
        fault.help("the types are int, float, string, bool, ip and set<int>, set<float>, set<string>, set<ip>; a set may be `or *`")
    };
    let meant = meant(&lower).filter(|near| exact_type(near, separator).is_some());
    let known = ITEMS.iter().map(|(word, _)| *word);
    let known = known.chain(["set<int>", "set<float>", "set<string>", "set<ip>"]);
    let near = meant.or_else(|| suggest::nearest(&lower, known).map(str::to_owned));
    faults.push(match near {
        Some(near) => {
            let near = if style == Some(Style::Quoted) || near.contains('*') {
                format!("\"{near}\"")
            } else {
                near
            };
            fault.fix(word.span, near, "a type with this meaning")
        }
        None => fault,
    });
    None
}

fn exact_type(text: &str, separator: &str) -> Option<CellType> {
    let (core, wildcard) = match text.strip_suffix('*').map(str::trim_end) {
        Some(rest) => (rest.strip_suffix(" or")?.trim_end(), true),
        None => (text, false),
    };
    let inner = core
        .strip_prefix("set<")
        .and_then(|rest| rest.strip_suffix('>'));
    let name = inner.unwrap_or(core);
    let (_, item) = ITEMS.iter().find(|(word, _)| *word == name.trim())?;
    let list = inner.is_some();
    if list && *item == ItemType::Bool || wildcard && !list {
        return None;
    }
    Some(CellType {
        item: *item,
        list,
        wildcard,
        separator: separator.to_owned(),
    })
}

/// The type that another language's spelling, or a wrong place of `or *`, stands for.
fn meant(lower: &str) -> Option<String> {
    let (core, star) = match lower.strip_suffix('*') {
        Some(rest) => {
            let rest = rest.trim_end();
            let rest = rest
                .strip_suffix("or")
                .or(rest.strip_suffix('|'))
                .unwrap_or(rest);
            (rest.trim_end(), " or *")
        }
        None => (lower, ""),
    };
    let heads = ["set", "list", "array", "dynamic", "bag"];
    let inner = heads.iter().find_map(|head| {
        let rest = core.strip_prefix(head)?.trim_start();
        let rest = rest.strip_prefix("of ").unwrap_or(rest);
        Some(rest.trim_matches(['<', '>', '(', ')', '[', ']', ' ']))
    });
    let inner = inner.or_else(|| core.strip_suffix("[]"));
    let inner = inner.or_else(|| core.strip_prefix('[')?.strip_suffix(']'));
    let item = match inner.unwrap_or(core) {
        "integer" | "long" | "number" | "bigint" | "ints" | "port" => "int",
        "str" | "text" | "strings" | "keyword" | "varchar" => "string",
        "double" | "real" | "decimal" => "float",
        "boolean" => "bool",
        "address" | "ipv4" | "ipv6" | "inet" => "ip",
        other => other,
    };
    Some(if inner.is_some() || !star.is_empty() {
        format!("set<{item}>{star}")
    } else {
        item.to_owned()
    })
}
