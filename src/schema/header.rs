//! Reads a platform's schema but its columns: `schemas/<name>/schema.yaml`.
//!
//! In: the file's tree, its columns and the texts of its code tables. Out: [`Schema`]. Promise: facts keep the ids of the sources they were read in.

use super::columns::{self, Codes};
use super::load::Texts;
use super::problems::{Entries, Problems};
use super::{
    Class, CodeTable, ColumnInfo, FileForm, FunctionParameter, Schema, SchemaSource, TableFunction,
    mapping, streams,
};
use crate::diag::Code;
use crate::source::yaml::Node;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const SCHEMA: &[&str] = &[
    "schema",
    "title",
    "version",
    "products",
    "tables",
    "sources",
    "notes",
    "vocabularies",
    "code_tables",
    "functions",
    "reading",
    "streams",
    "classes",
];
const READING: &[&str] = &[
    "marks", "unless", "under", "paths", "missing", "utc", "table",
];
const READING_TABLE: &[&str] = &["column", "is"];
const SOURCE: &[&str] = &["id", "repo", "path", "commit", "licence", "what"];
const VOCABULARY: &[&str] = &["columns", "values", "closed", "source", "note"];
const TABLE: &[&str] = &["column", "when", "file", "sources", "note"];
const PARAMETER: &[&str] = &["name", "type", "default"];

/// Reads the schema in `folder`.
pub(super) fn read(
    node: &Node,
    mut columns: Vec<ColumnInfo>,
    folder: &str,
    classes: &BTreeMap<String, Class>,
    texts: &mut Texts<'_>,
    problems: &mut Problems,
) -> Schema {
    let entries = problems.record(node, "a schema", SCHEMA);
    if let Some(node) = entries.get("vocabularies") {
        for node in problems.items(node, "a list of vocabularies") {
            vocabulary(node, &mut columns, problems);
        }
    }
    let (code_tables, codes) = code_tables(entries, folder, texts, problems);
    let mut mapped = BTreeMap::new();
    if let Some(node) = entries.get("classes") {
        for (name, node) in problems.map(node, "`classes`").iter() {
            let context = mapping::Context {
                class: classes.get(&name.value),
                codes: &codes,
                files: texts.files(),
            };
            mapped.insert(name.value.clone(), mapping::read(node, context, problems));
        }
    }
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
    let mut schema = Schema {
        name: problems.required(entries, "a schema", "schema"),
        title: problems.required(entries, "a schema", "title"),
        version: problems.required(entries, "a schema", "version"),
        products: problems.list(entries, "products"),
        tables,
        columns,
        places,
        classes: mapped,
        code_tables,
        functions: functions(entries, problems),
        sources: sources(entries, problems),
        notes: problems.list(entries, "notes"),
        reading: reading(entries, problems),
        streams: Vec::new(),
    };
    schema.streams = streams::read(entries, &schema, problems);
    schema
}

/// The ids of the sources.
pub(super) fn sources_of(schema: &Schema) -> impl Iterator<Item = &String> {
    schema.sources.iter().map(|source| &source.id)
}

fn reading(entries: Entries<'_>, problems: &mut Problems) -> FileForm {
    let Some(node) = entries.get("reading") else {
        return FileForm::default();
    };
    let entries = problems.record(node, "`reading`", READING);
    let mut paths = BTreeMap::new();
    if let Some(node) = entries.get("paths") {
        let columns = problems.map(node, "`paths`");
        for (column, _) in columns.iter() {
            paths.insert(column.value.clone(), problems.list(columns, &column.value));
        }
    }
    let table = entries.get("table").map(|node| {
        let entries = problems.record(node, "`table`", READING_TABLE);
        let column = problems.required(entries, "`table`", "column");
        (column, problems.list(entries, "is"))
    });
    FileForm {
        marks: problems.list(entries, "marks"),
        unless: problems.list(entries, "unless"),
        under: problems.list(entries, "under"),
        paths,
        missing: problems.list(entries, "missing"),
        utc: problems.list(entries, "utc"),
        table,
    }
}

fn vocabulary(node: &Node, columns: &mut [ColumnInfo], problems: &mut Problems) {
    let entries = problems.record(node, "a vocabulary", VOCABULARY);
    let values = problems.list(entries, "values");
    let closed = problems.flag(entries, "closed", false);
    for name in problems.texts(entries, "columns") {
        match columns
            .iter_mut()
            .find(|column| column.native.name == name.value)
        {
            Some(column) => {
                column.values.clone_from(&values);
                column.closed = closed;
            }
            None => {
                let title = format!(
                    "a vocabulary names the column `{}`, which the schema does not have",
                    name.value
                );
                let known = columns.iter().map(|column| column.native.name.as_str());
                problems.unknown(Code::E0552, name.span, title, &name.value, known);
            }
        }
    }
}

fn code_tables(
    entries: Entries<'_>,
    folder: &str,
    texts: &mut Texts<'_>,
    problems: &mut Problems,
) -> (BTreeMap<String, CodeTable>, BTreeMap<String, Codes>) {
    let mut tables = BTreeMap::new();
    let mut codes = BTreeMap::new();
    let Some(node) = entries.get("code_tables") else {
        return (tables, codes);
    };
    for (name, node) in problems.map(node, "`code_tables`").iter() {
        let entries = problems.record(node, "a code table", TABLE);
        let file = problems.required(entries, "a code table", "file");
        let rows = match texts.get(&format!("{folder}/{file}")) {
            Some((text, id)) => columns::codes(text, id, problems),
            None => {
                problems.at(
                    Code::E0550,
                    node.span,
                    format!(
                        "the code table `{}` is in `{file}`, which is not there",
                        name.value
                    ),
                );
                Vec::new()
            }
        };
        let table = CodeTable {
            column: problems.required(entries, "a code table", "column"),
            when: problems.optional(entries, "when"),
            rows: Arc::new(
                rows.iter()
                    .map(|(code, name, _)| (code.clone(), Arc::from(name.as_str())))
                    .collect(),
            ),
            words: rows
                .iter()
                .filter(|(_, _, word)| !word.is_empty())
                .map(|(code, _, word)| (code.clone(), word.clone()))
                .collect(),
            sources: problems.list(entries, "sources"),
            note: problems.optional(entries, "note"),
        };
        tables.insert(name.value.clone(), table);
        codes.insert(name.value.clone(), rows);
    }
    (tables, codes)
}

fn functions(entries: Entries<'_>, problems: &mut Problems) -> Vec<TableFunction> {
    let Some(node) = entries.get("functions") else {
        return Vec::new();
    };
    let mut functions = Vec::new();
    for (name, node) in problems.map(node, "`functions`").iter() {
        let mut parameters = Vec::new();
        for node in problems.items(node, "a list of parameters") {
            let entries = problems.record(node, "a parameter", PARAMETER);
            parameters.push(FunctionParameter {
                name: problems.required(entries, "a parameter", "name"),
                native_type: problems.required(entries, "a parameter", "type"),
                default: problems.required(entries, "a parameter", "default"),
            });
        }
        functions.push(TableFunction {
            name: name.value.clone(),
            parameters,
        });
    }
    functions
}

fn sources(entries: Entries<'_>, problems: &mut Problems) -> Vec<SchemaSource> {
    let Some(node) = entries.get("sources") else {
        problems.required(entries, "a schema", "sources");
        return Vec::new();
    };
    let mut sources = Vec::new();
    for node in problems.items(node, "a list of sources") {
        let entries = problems.record(node, "a source", SOURCE);
        sources.push(SchemaSource {
            id: problems.required(entries, "a source", "id"),
            repo: problems.optional(entries, "repo"),
            path: problems.optional(entries, "path"),
            commit: problems.optional(entries, "commit"),
            licence: problems.required(entries, "a source", "licence"),
            what: problems.required(entries, "a source", "what"),
        });
    }
    sources
}
