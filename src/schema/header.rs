//! Reads what a platform is (`<platform>/platform.yaml`), and how it holds one event class (`<platform>/<class>/mapping.yaml`).
//!
//! In: the tree of one of these files, and what was read before. Out: [`Platform`] with what its classes share, [`Schema`]. Guarantee: nothing of the
//! platform is lost in a class, and nothing of a class is said of another.

use super::facts::{self, Facts};
use super::problems::{Entries, Problems};
use super::tree::Texts;
use super::{Class, ColumnInfo, Platform, Schema, mapping, streams};
use crate::diag::Code;
use crate::source::yaml::Node;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const PLATFORM: &[&str] = &[
    "platform", "was", "title", "version", "products", "streams", "lacks",
];
const MAPPING: &[&str] = &[
    "class", "title", "version", "tables", "columns", "streams", "where", "known_by", "fields",
];

/// A platform without its classes, and what they share.
#[derive(Debug)]
pub(super) struct Shared<'a> {
    pub platform: Platform,
    pub facts: Facts,
    streams: Option<&'a Node>,
    /// Whether the platform says its version, right or wrong.
    is_versioned: bool,
}

/// Reads `platform.yaml` in the folder of that name.
pub(super) fn platform<'a>(
    node: &'a Node,
    folder: &str,
    texts: &mut Texts<'_>,
    problems: &mut Problems,
) -> Shared<'a> {
    let what = "a platform";
    let entries = problems.record(node, what, &[PLATFORM, facts::KEYS].concat());
    let name = problems.required(entries, what, "platform");
    same_name(entries, "platform", &name, folder, problems);
    let facts = facts::read(entries, folder, texts, problems);
    let mut lacks = BTreeMap::new();
    if let Some(node) = entries.get("lacks") {
        for (class, why) in problems.map(node, "`lacks`").iter() {
            lacks.insert(class.value.clone(), problems.text(why));
        }
    }
    let platform = Platform {
        name: folder.to_owned(),
        was: problems.list(entries, "was"),
        title: problems.required(entries, what, "title"),
        version: problems.optional(entries, "version"),
        products: problems.list(entries, "products"),
        sources: facts.sources.clone(),
        notes: facts.notes.clone(),
        code_tables: facts.code_tables.clone(),
        holds: BTreeMap::new(),
        lacks,
        span: entries.span,
    };
    Shared {
        platform,
        facts,
        streams: entries.get("streams"),
        is_versioned: entries.get("version").is_some(),
    }
}

/// Reads `mapping.yaml` in `folder`, which is `<platform>/<class>`.
pub(super) fn schema(
    node: &Node,
    folder: &str,
    shared: &Shared<'_>,
    columns: Arc<Vec<ColumnInfo>>,
    classes: &BTreeMap<String, Class>,
    texts: &mut Texts<'_>,
    problems: &mut Problems,
) -> Schema {
    let what = "the mapping of a class";
    let entries = problems.record(node, what, &[MAPPING, facts::KEYS].concat());
    let class = problems.required(entries, what, "class");
    let last = folder.rsplit('/').next().unwrap_or(folder);
    same_name(entries, "class", &class, last, problems);
    let facts = shared
        .facts
        .with(facts::read(entries, folder, texts, problems));
    let columns = spoken(columns, &facts, problems);
    let context = mapping::Context {
        class: classes.get(last),
        codes: &facts.codes,
        files: texts.files(),
        typed: texts.typed,
    };
    let mapping = mapping::read(entries, context, problems);
    let mut tables = BTreeMap::new();
    if let Some(node) = entries.get("tables") {
        for (backend, node) in problems.map(node, "`tables`").iter() {
            tables.insert(backend.value.clone(), problems.text(node));
        }
    }
    let mut places = HashMap::new();
    for (place, column) in columns.iter().enumerate() {
        places.entry(column.native.name.clone()).or_insert(place);
    }
    let or_shared = |own: String, shared: &str| match own.is_empty() {
        true => shared.to_owned(),
        false => own,
    };
    let platform = &shared.platform;
    let version = or_shared(problems.optional(entries, "version"), &platform.version);
    if version.is_empty() && !shared.is_versioned {
        problems.required(entries, what, "version");
    }
    let mut schema = Schema {
        name: platform.name.clone(),
        class: last.to_owned(),
        title: or_shared(problems.optional(entries, "title"), &platform.title),
        version,
        products: platform.products.clone(),
        tables,
        columns,
        places: Arc::new(places),
        mapping,
        code_tables: facts.code_tables,
        functions: facts.functions,
        sources: facts.sources,
        notes: facts.notes,
        reading: facts.reading,
        streams: Vec::new(),
    };
    schema.streams = streams::read(shared.streams, entries.get("streams"), &schema, problems);
    schema
}

/// The columns with the values that the class gives them.
fn spoken(
    mut columns: Arc<Vec<ColumnInfo>>,
    facts: &Facts,
    problems: &mut Problems,
) -> Arc<Vec<ColumnInfo>> {
    if facts.vocabularies.is_empty() {
        return columns;
    }
    for name in facts::speak(
        &facts.vocabularies,
        &mut *Arc::<Vec<ColumnInfo>>::make_mut(&mut columns),
    ) {
        let title = format!(
            "a vocabulary names the column `{}`, which the schema does not have",
            name.value
        );
        let known = columns.iter().map(|column| column.native.name.as_str());
        problems.unknown(Code::E0552, name.span, title, &name.value, known);
    }
    columns
}

/// A file is about what its folder is called.
fn same_name(entries: Entries<'_>, key: &str, name: &str, folder: &str, problems: &mut Problems) {
    let Some(node) = entries.get(key) else {
        return;
    };
    if name != folder {
        let title = format!("`{key}` is `{name}`, and the folder is `{folder}`");
        problems.help(Code::E0550, node.span, title, "rename one of them");
    }
}
