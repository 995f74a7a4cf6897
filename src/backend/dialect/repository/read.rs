//! The `dialect.yaml` of a repository's dialect.
//!
//! In: its tree. Out: [`Own`], or every error in its keys, types and reasons. Guarantee: an unknown key is an error with the near one; what is changed in a
//! dialect that it extends has a reason.

use super::super::dialects::Dialects;
use super::super::loaded::{Capabilities, DialectFile, Entry};
use super::super::rules::{LiteralRules, NameRules};
use super::quoted;
use super::{BUILTIN, Change, Own, Step};
use crate::diag::{Code, Diagnostic, suggest};
use crate::source::yaml::{Faults, Kind, Map, Node, Resolved};
use crate::source::{Span, Spanned};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map as Object, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The sections whose values are entries.
pub(super) const SECTIONS: [&str; 4] = ["operators", "aggregates", "functions", "lookups"];
/// Sections that hold sections, by a release or a type of columns.
pub(super) const NESTED: [&str; 3] = ["stacks", "times", "addresses"];
/// Keys of the file that change nothing in a dialect that it extends.
const ABOUT: [&str; 5] = ["title", "abstract", "extends", "reason", "engine"];
const TOP: &[&str] = &[
    "title",
    "abstract",
    "extends",
    "reason",
    "shape",
    "engine",
    "extension",
    "comment",
    "precedence",
    "names",
    "literals",
    "kinds",
    "canonical",
    "capabilities",
    "null_when",
    "operators",
    "aggregates",
    "functions",
    "lookups",
    "products",
    "versions",
    "stacks",
    "times",
    "addresses",
];
const ENTRY: &[&str] = &[
    "pattern",
    "prec",
    "null_when",
    "guard",
    "keeps_null",
    "type",
    "unsupported",
    "note",
    "remark",
    "doc",
    "reason",
];

/// Reads the tree of the `dialect.yaml` at `path`.
pub(super) fn dialect(
    (name, path): (&str, &Path),
    root: Node,
    steps: BTreeMap<String, Step>,
    carried: &Dialects,
    faults: &mut Faults,
) -> Option<Own> {
    let before = faults.all.len();
    faults.map(&root, "a mapping, as in `extends: duckdb`")?;
    let Kind::Map(map) = root.kind else {
        return None;
    };
    let span = map.entries.first().map_or(root.span, |(key, _)| key.span);
    if !is_name(name) {
        let title = format!("`{name}` is not a name for a dialect");
        let help = "use lower-case letters, digits, `-` and `_`, beginning with a letter";
        faults.push(Diagnostic::at(Code::E0560, span, title).help(help));
    }
    faults.known(&map, "a dialect", TOP);
    let text = |key: &str, faults: &mut Faults| {
        let node = map.get(key)?;
        faults.text(node, "text")
    };
    let extends = text("extends", faults);
    let reason = text("reason", faults).map(|reason| reason.value);
    extended(name, span, extends.as_ref(), carried, faults);
    let mut reader = Reader {
        reasoned: extends.is_none() || reason.is_some(),
        changes: Vec::new(),
        faults,
    };
    let mut entries = Object::new();
    for (key, node) in &map.entries {
        if let Some(value) = reader.top(key, node) {
            entries.insert(key.value.clone(), value);
        }
    }
    for step in steps.keys() {
        // Without a reason of the file there is no place for one.
        let entry = format!("{step}.j2");
        reader.reason(&entry, None, span);
        reader.changes.push(Change {
            entry,
            reason: None,
        });
    }
    let changes = reader.changes;
    (faults.all.len() == before).then(|| Own {
        name: name.to_owned(),
        path: path.to_path_buf(),
        extends,
        reason,
        changes,
        steps,
        entries,
        map,
        span,
    })
}

/// What is under `extends`, and whether the name of the dialect goes with it. That a dialect of the repository exists is looked at when all are read.
fn extended(
    name: &str,
    span: Span,
    extends: Option<&Spanned<String>>,
    carried: &Dialects,
    faults: &mut Faults,
) {
    let is_carried = carried.has(name);
    match extends {
        Some(word) if word.value == BUILTIN && !is_carried => {
            let title = format!("huntc carries no dialect `{name}`");
            let help = "`extends` names the dialect whose entries hold where this one says nothing";
            faults.push(Diagnostic::at(Code::E0560, word.span, title).help(help));
        }
        Some(word) if word.value != BUILTIN && is_carried => {
            let title = format!("huntc carries a dialect `{name}`");
            let help =
                "`extends: builtin` changes entries of it; another dialect needs a name of its own";
            faults.push(Diagnostic::at(Code::E0561, word.span, title).help(help));
        }
        None if is_carried => {
            let title = format!("huntc carries a dialect `{name}`");
            let help = "`extends: builtin` and a `reason` change entries of it; another dialect needs a name of its own";
            faults.push(Diagnostic::at(Code::E0561, span, title).help(help));
        }
        _ => {}
    }
}

struct Reader<'a> {
    /// Whether no entry needs its own reason.
    reasoned: bool,
    changes: Vec<Change>,
    faults: &'a mut Faults,
}

impl Reader<'_> {
    /// What is under a key of the file; `None` for what is about the file, or faulty.
    fn top(&mut self, key: &Spanned<String>, node: &Node) -> Option<Value> {
        let name = key.value.as_str();
        if !TOP.contains(&name) || ["extends", "reason"].contains(&name) {
            return None;
        }
        if SECTIONS.contains(&name) {
            return self.section(name, node);
        }
        if NESTED.contains(&name) {
            return self.nested(name, node);
        }
        let value = json(node);
        match name {
            "names" => self.keys::<NameRules>(node, "`names`"),
            "literals" => self.keys::<LiteralRules>(node, "`literals`"),
            "capabilities" => self.keys::<Capabilities>(node, "`capabilities`"),
            _ => self.typed::<DialectFile>(name, &value, first_line(node)),
        }
        if !ABOUT.contains(&name) {
            self.reason(name, None, key.span);
            self.changes.push(Change {
                entry: name.to_owned(),
                reason: None,
            });
        }
        Some(value)
    }

    /// Entries by their names.
    fn section(&mut self, section: &str, node: &Node) -> Option<Value> {
        let map = self.faults.map(node, "a mapping from names to entries")?;
        let mut entries = Object::new();
        for (key, node) in &map.entries {
            if let Some(entry) = self.entry(&format!("{section}/{}", key.value), key, node) {
                entries.insert(key.value.clone(), entry);
            }
        }
        Some(Value::Object(entries))
    }

    fn entry(&mut self, place: &str, key: &Spanned<String>, node: &Node) -> Option<Value> {
        let wanted = "a mapping, as in `{ pattern: \"lower({{ text|arg }})\" }`";
        let map = self.faults.map(node, wanted)?;
        self.faults.known(map, "an entry of a dialect", ENTRY);
        let reason = map
            .get("reason")
            .and_then(|node| self.faults.text(node, "text"))
            .map(|reason| reason.value);
        self.reason(place, reason.as_deref(), key.span);
        self.changes.push(Change {
            entry: place.to_owned(),
            reason,
        });
        let known = map.entries.iter();
        let known = known.filter(|(key, _)| ENTRY.contains(&key.value.as_str()));
        let said = known.filter(|(key, _)| key.value != "reason");
        let entry: Object<String, Value> = said
            .map(|(key, node)| (key.value.clone(), json(node)))
            .collect();
        let entry = Value::Object(entry);
        self.values::<Entry>(map);
        if let Some(pattern) = map.get("pattern")
            && let Some(Resolved::Text(text)) = pattern.resolved()
            && let Some(quote) = quoted::placeholder(text)
        {
            self.faults.push(quoted::fault(place, quote, pattern.span));
        }
        Some(entry)
    }

    /// Sections by a release or a type of columns.
    fn nested(&mut self, name: &str, node: &Node) -> Option<Value> {
        let map = self.faults.map(node, "a mapping of mappings")?;
        let mut all = Object::new();
        for (of, node) in &map.entries {
            let Some(map) = self
                .faults
                .map(node, "a mapping with `operators` or `functions`")
            else {
                continue;
            };
            let before = self.faults.all.len();
            let mut inner = Object::new();
            for (key, node) in &map.entries {
                let place = format!("{name}/{}/{}", of.value, key.value);
                let value = match SECTIONS.contains(&key.value.as_str()) {
                    true => self.section(&place, node),
                    false => {
                        self.reason(&place, None, key.span);
                        Some(json(node))
                    }
                };
                inner.extend(value.map(|value| (key.value.clone(), value)));
            }
            let inner = Value::Object(inner);
            // Entries have been looked at one by one.
            if self.faults.all.len() == before {
                let one = json!({ of.value.as_str(): &inner });
                self.typed::<DialectFile>(name, &one, first_line(node));
            }
            all.insert(of.value.clone(), inner);
        }
        Some(Value::Object(all))
    }

    /// An error where neither the entry nor the file gives a reason.
    fn reason(&mut self, place: &str, own: Option<&str>, span: Span) {
        if own.is_none() && !self.reasoned {
            let title = format!("`{place}` is changed without a reason");
            let help = "add `reason: …` to the entry, or one to the file for all that it changes";
            self.faults
                .push(Diagnostic::at(Code::E0561, span, title).help(help));
        }
    }

    /// An error for keys that a part of the file does not have, and for values of another type.
    fn keys<T: Serialize + DeserializeOwned + Default>(&mut self, node: &Node, what: &str) {
        let Some(map) = self.faults.map(node, what) else {
            return;
        };
        if let Ok(Value::Object(known)) = serde_json::to_value(T::default()) {
            let known: Vec<&str> = known.keys().map(String::as_str).collect();
            self.faults.known(map, what, &known);
        }
        self.values::<T>(map);
    }

    /// An error for each value that is not of the type that its key has in `T`.
    fn values<T: DeserializeOwned>(&mut self, map: &Map) {
        for (key, node) in &map.entries {
            self.typed::<T>(&key.value, &json(node), first_line(node));
        }
    }

    /// An error where the value of a key is not of the type that it has in `T`. Unknown keys have an error of their own.
    fn typed<T: DeserializeOwned>(&mut self, key: &str, value: &Value, span: Span) {
        let Err(error) = serde_json::from_value::<T>(json!({ key: value })) else {
            return;
        };
        let message = error.to_string();
        let is_unknown = message.starts_with(&format!("unknown field `{key}`"));
        if !is_unknown {
            let title = format!("`{key}`: {message}");
            self.faults.push(Diagnostic::at(Code::E0562, span, title));
        }
    }
}

/// A folder's name that can be in `huntc.yaml` and on a command line.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
        && name != BUILTIN
}

/// A name that does not exist, with the nearest.
pub(super) fn unknown<'n>(
    title: String,
    span: Span,
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Diagnostic {
    let known: Vec<&str> = known.into_iter().collect();
    let fault = Diagnostic::at(Code::E0562, span, title);
    match suggest::nearest(name, known.iter().copied()) {
        Some(near) => fault.help(format!("the nearest is `{near}`")),
        None => fault.help(format!("there are {}", known.join(", "))),
    }
}

/// What is underlined of a value: all of a scalar, the first key of a mapping.
fn first_line(node: &Node) -> Span {
    match &node.kind {
        Kind::Scalar(_) => node.span,
        Kind::List(items) => items.first().map_or(node.span, first_line),
        Kind::Map(Map { entries }) => entries.first().map_or(node.span, |(key, _)| key.span),
    }
}

fn json(node: &Node) -> Value {
    match &node.kind {
        Kind::List(items) => items.iter().map(json).collect(),
        Kind::Map(map) => {
            let entries = map.entries.iter();
            let entries = entries.map(|(key, node)| (key.value.clone(), json(node)));
            Value::Object(entries.collect())
        }
        Kind::Scalar(scalar) => match scalar.resolved() {
            Resolved::Nothing => Value::Null,
            Resolved::Bool(value) => value.into(),
            Resolved::Int(value) => value.into(),
            Resolved::Float(value) => value.into(),
            Resolved::Text(text) => text.into(),
        },
    }
}
