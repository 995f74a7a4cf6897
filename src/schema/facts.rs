//! Facts that a platform or one of its classes states: sources, notes, vocabularies, code tables, functions, how rows look in files.
//!
//! In: the entries of `platform.yaml` or of a `mapping.yaml`. Out: [`Facts`]. Guarantee: facts keep the ids of the sources they were read in; what a class
//! states comes after what its platform states, and replaces it where there can be only one.

use super::columns::{self, Codes};
use super::problems::{Entries, Problems};
use super::tree::Texts;
use super::{CodeTable, ColumnInfo, FileForm, FunctionParameter, SchemaSource, TableFunction};
use crate::diag::Code;
use crate::source::Spanned;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The keys that [`read`] reads.
pub(super) const KEYS: &[&str] = &[
    "sources",
    "notes",
    "vocabularies",
    "code_tables",
    "functions",
    "reading",
];
const READING: &[&str] = &[
    "marks", "unless", "under", "paths", "missing", "utc", "table",
];
const READING_TABLE: &[&str] = &["column", "is"];
const SOURCE: &[&str] = &["id", "repo", "path", "commit", "licence", "what"];
const VOCABULARY: &[&str] = &["columns", "values", "closed", "source", "note"];
const TABLE: &[&str] = &["column", "when", "file", "sources", "note"];
const PARAMETER: &[&str] = &["name", "type", "default"];

/// What a file states.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub sources: Vec<SchemaSource>,
    pub notes: Vec<String>,
    pub vocabularies: Vec<Vocabulary>,
    pub code_tables: BTreeMap<String, CodeTable>,
    /// The rows of the code tables, for mappings.
    pub codes: BTreeMap<String, Codes>,
    pub functions: Vec<TableFunction>,
    pub reading: FileForm,
}

/// Values of columns.
#[derive(Clone, Debug)]
pub(super) struct Vocabulary {
    pub columns: Vec<Spanned<String>>,
    values: Vec<String>,
    closed: bool,
}

/// Reads the facts of a file in `folder`.
pub(super) fn read(
    entries: Entries<'_>,
    folder: &str,
    texts: &mut Texts<'_>,
    problems: &mut Problems,
) -> Facts {
    let (code_tables, codes) = code_tables(entries, folder, texts, problems);
    Facts {
        sources: sources(entries, problems),
        notes: problems.list(entries, "notes"),
        vocabularies: vocabularies(entries, problems),
        code_tables,
        codes,
        functions: functions(entries, problems),
        reading: reading(entries, problems),
    }
}

impl Facts {
    /// These of a platform with those of one of its classes.
    pub(super) fn with(&self, own: Facts) -> Facts {
        let mut all = self.clone();
        all.sources.extend(own.sources);
        all.notes.extend(own.notes);
        all.vocabularies = own.vocabularies;
        all.code_tables.extend(own.code_tables);
        all.codes.extend(own.codes);
        all.functions.extend(own.functions);
        all.reading = all.reading.with(own.reading);
        all
    }
}

impl FileForm {
    /// This of a platform with what a class says of its own rows.
    fn with(self, own: FileForm) -> FileForm {
        let or = |own: Vec<String>, shared: Vec<String>| if own.is_empty() { shared } else { own };
        let mut paths = self.paths;
        paths.extend(own.paths);
        FileForm {
            marks: or(own.marks, self.marks),
            unless: or(own.unless, self.unless),
            under: or(own.under, self.under),
            paths,
            missing: or(own.missing, self.missing),
            utc: or(own.utc, self.utc),
            table: own.table.or(self.table),
        }
    }
}

fn vocabularies(entries: Entries<'_>, problems: &mut Problems) -> Vec<Vocabulary> {
    let Some(node) = entries.get("vocabularies") else {
        return Vec::new();
    };
    let nodes = problems.items(node, "a list of vocabularies");
    nodes
        .iter()
        .map(|node| {
            let entries = problems.record(node, "a vocabulary", VOCABULARY);
            Vocabulary {
                columns: problems.texts(entries, "columns"),
                values: problems.list(entries, "values"),
                closed: problems.flag(entries, "closed", false),
            }
        })
        .collect()
}

/// Gives columns their values, and the names that are no columns.
pub(super) fn speak(
    vocabularies: &[Vocabulary],
    columns: &mut [ColumnInfo],
) -> Vec<Spanned<String>> {
    let mut unknown = Vec::new();
    for vocabulary in vocabularies {
        for name in &vocabulary.columns {
            match columns
                .iter_mut()
                .find(|column| column.native.name == name.value)
            {
                Some(column) => {
                    column.values.clone_from(&vocabulary.values);
                    column.closed = vocabulary.closed;
                }
                None => unknown.push(name.clone()),
            }
        }
    }
    unknown
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
            Some((text, id)) => columns::codes(&text, id, problems),
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
