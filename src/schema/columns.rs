//! Reads the native columns of a schema (`columns.csv`) and its code tables (`codes/*.csv`).
//!
//! In: CSV text. Out: [`ColumnInfo`]s and rows of codes. Guarantee: no column occurs twice; a cell that is left out has the safe reading: the column may
//! be absent, text may be blank, its case is exact, every product has it, and the published schema defines it.
//!
//! The header names the cells that a file has, out of: `name`, `type` (the platform's word), `type.PRODUCT` (where it differs), `holds` (`ip` for text
//! that holds addresses), `multi`, `nullable`, `blank` (yes or no), `case` (`varies`), `products`, `standing`, `sources` (lists are parted by blanks),
//! `note`.

use super::problems::Problems;
use super::{ColumnInfo, Standing};
use crate::diag::Code;
use crate::model::{NativeColumn, Type};
use crate::source::{FileId, Span};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

const HEADER: &[&str] = &[
    "name", "type", "holds", "multi", "nullable", "blank", "case", "products", "standing",
    "sources", "note",
];

/// One line of a CSV file: its cells by header name, and its place.
struct Line<'a> {
    header: &'a csv::StringRecord,
    record: &'a csv::StringRecord,
    span: Span,
}

impl Line<'_> {
    fn cell(&self, name: &str) -> &str {
        self.header
            .iter()
            .position(|cell| cell == name)
            .and_then(|at| self.record.get(at))
            .unwrap_or("")
    }

    fn list(&self, name: &str) -> Vec<String> {
        self.cell(name)
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    }

    fn yes(&self, name: &str, otherwise: bool, problems: &mut Problems) -> bool {
        match self.cell(name) {
            "" => otherwise,
            "yes" => true,
            "no" => false,
            other => {
                let title = format!("`{name}` is `yes`, `no` or left out, not `{other}`");
                problems.at(Code::E0550, self.span, title);
                otherwise
            }
        }
    }
}

/// Calls `see` for every line of a CSV file with a header.
fn lines(
    text: &str,
    file: FileId,
    problems: &mut Problems,
    mut see: impl FnMut(&Line<'_>, &mut Problems),
) -> csv::StringRecord {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            problems.at(
                Code::E0550,
                Span::new(file, 0, 0),
                format!("the CSV header cannot be read: {error}"),
            );
            return csv::StringRecord::new();
        }
    };
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {
                let start = record
                    .position()
                    .map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
                let end = text
                    .get(start..)
                    .and_then(|rest| rest.find('\n'))
                    .map_or(text.len(), |at| start + at);
                let line = Line {
                    header: &header,
                    record: &record,
                    span: Span::new(file, start, end),
                };
                see(&line, problems);
            }
            Ok(false) => return header,
            Err(error) => {
                let start = error
                    .position()
                    .map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
                problems.at(
                    Code::E0550,
                    Span::new(file, start, start),
                    format!("this line of CSV cannot be read: {error}"),
                );
                return header;
            }
        }
    }
}

/// Reads `columns.csv`.
pub(super) fn read(text: &str, file: FileId, problems: &mut Problems) -> Vec<ColumnInfo> {
    let mut columns: Vec<ColumnInfo> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    let header = lines(text, file, problems, |line, problems| {
        let column = column(line, problems);
        if !seen.insert(column.native.name.clone()) {
            let title = format!("the column `{}` occurs twice", column.native.name);
            problems.at(Code::E0555, line.span, title);
        }
        columns.push(column);
    });
    for cell in header.iter() {
        if !HEADER.contains(&cell) && !cell.starts_with("type.") {
            let title = format!("the columns of a schema have no `{cell}`");
            problems.unknown(
                Code::E0550,
                Span::new(file, 0, 0),
                title,
                cell,
                HEADER.iter().copied(),
            );
        }
    }
    columns
}

/// The columns of a table with those that a user's file says of it: another of the same name is in its place.
pub(super) fn beside(mut carried: Vec<ColumnInfo>, own: Vec<ColumnInfo>) -> Vec<ColumnInfo> {
    for column in own {
        let same = |known: &&mut ColumnInfo| known.native.name == column.native.name;
        match carried.iter_mut().find(same) {
            Some(known) => *known = column,
            None => carried.push(column),
        }
    }
    carried
}

fn column(line: &Line<'_>, problems: &mut Problems) -> ColumnInfo {
    let name = line.cell("name").to_owned();
    let native_type = line.cell("type").to_owned();
    let (mut ty, textual) = match native(&native_type) {
        Some(known) => known,
        None if !line.cell("holds").is_empty() => (None, line.cell("holds") == "string"),
        None => {
            let title = format!("`{native_type}` is not a column type that is known here");
            let help = "say what it holds with `holds`: bool, int, float, string, time or ip";
            problems.help(Code::E0550, line.span, title, help);
            (None, true)
        }
    };
    match line.cell("holds") {
        "" => {}
        "ip" => ty = Some(Type::Ip),
        "string" => ty = Some(Type::Text),
        "int" => ty = Some(Type::Int),
        "float" => ty = Some(Type::Float),
        "bool" => ty = Some(Type::Bool),
        "time" => ty = Some(Type::Time),
        other => {
            problems.at(
                Code::E0550,
                line.span,
                format!("`holds` is bool, int, float, string, time or ip, not `{other}`"),
            );
        }
    }
    let standing = match line.cell("standing") {
        "" | "schema" => Standing::Schema,
        "parser_extra" => Standing::ParserExtra,
        "table_only" => Standing::TableOnly,
        other => {
            problems.at(
                Code::E0550,
                line.span,
                format!("`standing` is schema, parser_extra or table_only, not `{other}`"),
            );
            Standing::Schema
        }
    };
    let product_types: BTreeMap<String, String> = line
        .header
        .iter()
        .filter_map(|cell| {
            cell.strip_prefix("type.")
                .map(|product| (product.to_owned(), line.cell(cell).to_owned()))
        })
        .filter(|(_, ty)| !ty.is_empty())
        .collect();
    ColumnInfo {
        native: Arc::new(NativeColumn {
            name,
            native_type,
            nullable: line.yes("nullable", true, problems),
            may_be_blank: line.yes("blank", textual, problems),
            multi: line.yes("multi", false, problems),
            address: ty == Some(Type::Ip),
        }),
        structured: ty.is_none(),
        ty: ty.unwrap_or(Type::Text),
        product_types,
        products: line.list("products"),
        case_varies: line.cell("case") == "varies",
        values: Vec::new(),
        closed: false,
        standing,
        sources: line.list("sources"),
        note: line.cell("note").to_owned(),
    }
}

/// What a platform's type word holds, and whether such a column can hold the empty string.
fn native(word: &str) -> Option<(Option<Type>, bool)> {
    Some(match word {
        "string" | "keyword" | "constant_keyword" | "wildcard" | "match_only_text" | "text"
        | "varchar" => (Some(Type::Text), true),
        "int" | "long" | "integer" | "short" | "byte" | "bigint" | "smallint" => {
            (Some(Type::Int), false)
        }
        "real" | "double" | "float" | "half_float" | "scaled_float" => (Some(Type::Float), false),
        "bool" | "boolean" => (Some(Type::Bool), false),
        "datetime" | "date" | "date_nanos" | "timestamp" | "timestamptz" | "timestamp_ns" => {
            (Some(Type::Time), false)
        }
        "ip" => (Some(Type::Ip), false),
        "dynamic" | "json" => (Some(Type::Json), false),
        "object" | "flattened" | "nested" | "geo_point" => (None, false),
        _ => return None,
    })
}

/// Code, name, and neutral word or nothing.
pub(super) type Codes = Vec<(String, String, String)>;

/// Reads a code table: `code,name` and perhaps `word`.
pub(super) fn codes(text: &str, file: FileId, problems: &mut Problems) -> Codes {
    let mut rows: Codes = Vec::new();
    let mut seen = HashSet::new();
    lines(text, file, problems, |line, problems| {
        let code = line.cell("code").to_owned();
        if code.is_empty() || line.cell("name").is_empty() {
            problems.at(
                Code::E0550,
                line.span,
                "a row of a code table has a `code` and a `name`",
            );
        }
        if !seen.insert(code.clone()) {
            problems.at(
                Code::E0555,
                line.span,
                format!("the code `{code}` occurs twice"),
            );
        }
        rows.push((
            code,
            line.cell("name").to_owned(),
            line.cell("word").to_owned(),
        ));
    });
    rows
}
