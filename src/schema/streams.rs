//! What the data streams of a schema map.
//!
//! In: the entries under `streams` of a schema, the index patterns of a target. Out: the columns that no index of the target maps, and the schema without
//! the fields that are mapped to those. Guarantee: an index pattern that is none of the known data streams, or reaches further than one, gives no information.

use super::problems::Problems;
use super::{Absent, Mapping, Schema};
use crate::diag::Code;
use crate::model::{Column, Expr, ExprKind};
use crate::source::yaml::Node;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Keys of a data stream.
const STREAM: &[&str] = &["indices", "title", "sources", "mapped"];

/// A data stream whose mapping is known: Elastic Defend's network events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The pattern of its indices, which ends with `*`.
    pub indices: String,
    /// For people.
    pub title: String,
    /// Ids of [`super::SchemaSource`].
    pub sources: Vec<String>,
    /// The columns that its indices map, with their types; only those that fields of a class are mapped to need be here.
    pub mapped: BTreeMap<String, String>,
}

/// Columns that no index of a target maps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unmapped {
    /// Their names.
    pub columns: BTreeSet<String>,
    /// Who does not map them, up to the verb: `Sysmon does not map`.
    pub says: String,
}

/// Reads the data streams of a platform that one class is in, and those that the class adds. A stream that both name maps what both say.
pub(super) fn read(
    shared: Option<&Node>,
    own: Option<&Node>,
    schema: &Schema,
    problems: &mut Problems,
) -> Vec<Stream> {
    let mut streams: Vec<Stream> = Vec::new();
    for (node, is_own) in [(shared, false), (own, true)] {
        let Some(node) = node else {
            continue;
        };
        for node in problems.items(node, "a list of data streams") {
            let read = stream(node, is_own, schema, problems);
            match streams.iter_mut().find(|one| one.indices == read.indices) {
                Some(known) => known.mapped.extend(read.mapped),
                None => streams.push(read),
            }
        }
    }
    streams
}

/// One data stream. A platform's may map columns that the class does not have.
fn stream(node: &Node, is_own: bool, schema: &Schema, problems: &mut Problems) -> Stream {
    let entries = problems.record(node, "a data stream", STREAM);
    let mut mapped = BTreeMap::new();
    if let Some(types) = entries.get("mapped") {
        let types = problems.map(types, "`mapped`");
        for (ty, _) in types.iter() {
            for column in problems.texts(types, &ty.value) {
                let of = schema.column(&column.value);
                let native = of.map(|info| info.native.native_type.as_str());
                match native {
                    None if is_own => {
                        let title = format!("the schema has no column `{}`", column.value);
                        problems.at(Code::E0552, column.span, title);
                    }
                    Some(native) if family(native) != family(&ty.value) => {
                        let title = format!(
                            "the column `{}` is {native}, and {} here: ES|QL cannot read both at once",
                            column.value, ty.value
                        );
                        problems.at(Code::E0552, column.span, title);
                    }
                    _ => {}
                }
                mapped.insert(column.value, ty.value.clone());
            }
        }
    }
    let sources = problems.list(entries, "sources");
    for id in &sources {
        if !schema.sources.iter().any(|known| known.id == *id) {
            let title = format!("`{id}` is not one of the sources");
            problems.at(Code::E0552, node.span, title);
        }
    }
    Stream {
        indices: problems.required(entries, "a data stream", "indices"),
        title: problems.required(entries, "a data stream", "title"),
        sources,
        mapped,
    }
}

/// Types that ES|QL takes for one: a field that is `keyword` here and `wildcard` there can be read, one that is `long` there cannot.
fn family(ty: &str) -> &str {
    match ty {
        "keyword" | "constant_keyword" | "wildcard" => "keyword",
        "text" | "match_only_text" => "text",
        other => other,
    }
}

impl Stream {
    /// Whether a pattern reads indices of this data stream and no others.
    fn holds(&self, pattern: &str) -> bool {
        // A cluster's name may precede it.
        let pattern = pattern.rsplit(':').next().unwrap_or(pattern);
        pattern.starts_with(self.indices.trim_end_matches('*'))
    }
}

impl Schema {
    /// What no index of a comma list of patterns maps; nothing where some pattern is not a known data stream.
    #[must_use]
    pub fn unmapped(&self, patterns: &str) -> Unmapped {
        let of = |pattern: &str| self.streams.iter().find(|stream| stream.holds(pattern));
        let Some(read) = patterns
            .split(',')
            .map(|pattern| of(pattern.trim()))
            .collect::<Option<Vec<&Stream>>>()
        else {
            return Unmapped::default();
        };
        let columns = self
            .columns
            .iter()
            .map(|column| &column.native.name)
            .filter(|name| !read.iter().any(|stream| stream.mapped.contains_key(*name)))
            .cloned();
        let mut titles: Vec<&str> = read.iter().map(|stream| stream.title.as_str()).collect();
        titles.dedup();
        Unmapped {
            columns: columns.collect(),
            says: match titles.as_slice() {
                [one] => format!("{one} does not map"),
                _ => format!("neither {} maps", titles.join(" nor ")),
            },
        }
    }

    /// The schema without the fields that are mapped to such columns; they are absent, with the reason.
    #[must_use]
    pub fn without(&self, unmapped: &Unmapped) -> Cow<'_, Schema> {
        let lost = |schema: &Schema| -> Vec<(String, String)> {
            let fields = &schema.mapping.fields;
            let gone = |name: &str| !fields.contains_key(name);
            fields
                .iter()
                .filter_map(|(field, found)| {
                    Some((field.clone(), stands_on(found, unmapped, &gone)?))
                })
                .collect()
        };
        let mut schema = Cow::Borrowed(self);
        // A computed field falls with the fields that it is computed of.
        loop {
            let found = lost(&schema);
            if found.is_empty() {
                return schema;
            }
            let mapping = &mut schema.to_mut().mapping;
            for (field, column) in found {
                if let Some(gone) = mapping.fields.remove(&field) {
                    let absent = Absent {
                        why: format!("{} `{column}`.", unmapped.says),
                        near: Vec::new(),
                        span: gone.span,
                        unmapped: true,
                    };
                    mapping.absent.insert(field, absent);
                }
            }
        }
    }
}

/// The column, or the field, that a mapping needs and that is not there.
fn stands_on(
    mapping: &Mapping,
    unmapped: &Unmapped,
    gone: &dyn Fn(&str) -> bool,
) -> Option<String> {
    if let Some(source) = mapping.how.source() {
        let mut columns = source.every_column();
        return columns
            .find(|name| unmapped.columns.contains(*name))
            .map(str::to_owned);
    }
    let mut found = None;
    for formula in mapping.how.formulas() {
        formula.visit(&mut |part: &Expr| {
            if let ExprKind::Column(Column::Field(name)) = &part.kind
                && gone(name)
            {
                found.get_or_insert_with(|| name.clone());
            }
        });
    }
    found
}
