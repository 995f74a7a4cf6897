//! Schemas in words, for people at a terminal.
//!
//! In: a library, and what is asked of it. Out: plain text. Guarantee: every field is shown, also those that a schema lacks, with the reason.

use super::tree;
use super::{
    Class, ClassMapping, Fidelity, Field, How, Library, Mapping, MemberStep, Platform, Schema,
    Source,
};
use crate::source::Files;

/// Rows of cells, each column as wide as its widest cell; the last one runs free.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(at) {
                Some(known) => *known = (*known).max(width),
                None => widths.push(width),
            }
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Every class and every schema, one line each.
#[must_use]
pub(crate) fn list(library: &Library) -> String {
    let mut rows = vec![row(["class", "fields", "what a row is"])];
    for class in library.classes.values() {
        rows.push(vec![
            class.name.clone(),
            class.fields.len().to_string(),
            class.says.clone(),
        ]);
    }
    let mut text = table(&rows);
    let mut rows = vec![row([
        "schema", "class", "columns", "fields", "lacks", "products", "title",
    ])];
    for schema in library.schemas() {
        rows.push(vec![
            schema.name.clone(),
            schema.class.clone(),
            schema.columns.len().to_string(),
            schema.mapping.fields.len().to_string(),
            schema.mapping.absent.len().to_string(),
            schema.products.join(", "),
            format!("{}, {}", schema.title, schema.version),
        ]);
    }
    text.push('\n');
    text.push_str(&table(&rows));
    text
}

/// That every file was read and is right: how many classes and schemas there are, and the files that huntc does not carry.
#[must_use]
pub(crate) fn checked(library: &Library, files: &Files) -> String {
    let schemas = library.schemas().count();
    let mut text = format!(
        "{} event classes on {} platforms, {schemas} mappings: all right\n",
        library.classes.len(),
        library.platforms.len(),
    );
    for (path, read) in files.all() {
        if !tree::carries(path, read) {
            text.push_str(&format!("  read {}\n", path.display()));
        }
    }
    text
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

/// The fields of a class.
#[must_use]
pub(crate) fn class(class: &Class) -> String {
    let mut rows = Vec::new();
    for field in class.order.iter().filter_map(|name| class.fields.get(name)) {
        rows.push(vec![
            format!("  {}", field.name),
            kind(field),
            field.says.clone(),
        ]);
    }
    format!("{}: {}\n\n{}", class.name, class.says, table(&rows))
}

pub(super) fn kind(field: &Field) -> String {
    let mut words = vec![if field.words.is_empty() {
        field.ty.to_string()
    } else {
        "enum".to_owned()
    }];
    if field.multi {
        words.push("several values".to_owned());
    }
    if !field.nullable {
        words.push("never missing".to_owned());
    }
    if field.case_varies {
        words.push("case varies".to_owned());
    }
    if let Some(role) = field.role {
        words.push(role.word().replace('_', " "));
    }
    words.join(", ")
}

/// A platform: the classes that it holds, and those that it lacks.
#[must_use]
pub(crate) fn platform(platform: &Platform) -> String {
    let mut text = format!("{}: {}", platform.name, platform.title);
    if !platform.version.is_empty() {
        text.push_str(&format!(", {}", platform.version));
    }
    text.push('\n');
    if !platform.was.is_empty() {
        text.push_str(&format!("  was: {}\n", platform.was.join(", ")));
    }
    if !platform.products.is_empty() {
        text.push_str(&format!("  products: {}\n", platform.products.join(", ")));
    }
    for note in &platform.notes {
        text.push_str(&format!("  note: {note}\n"));
    }
    let mut rows = vec![row(["class", "fields", "lacks", "rows", "tables"])];
    for schema in platform.holds.values() {
        let tables: Vec<String> = (schema.tables.iter())
            .map(|(backend, table)| format!("{backend}: {table}"))
            .collect();
        rows.push(vec![
            schema.class.clone(),
            schema.mapping.fields.len().to_string(),
            schema.mapping.absent.len().to_string(),
            conditions(&schema.mapping),
            tables.join(", "),
        ]);
    }
    text.push('\n');
    text.push_str(&table(&rows));
    if !platform.lacks.is_empty() {
        let rows: Vec<Vec<String>> = (platform.lacks.iter())
            .map(|(class, why)| vec!["  -".to_owned(), class.clone(), why.clone()])
            .collect();
        text.push_str("\nlacks\n");
        text.push_str(&table(&rows));
    }
    text.push_str(&format!(
        "\n`huntc schema show {} CLASS` says where the fields of a class are\n",
        platform.name
    ));
    text
}

/// Which rows are of a class, in words.
fn conditions(mapping: &ClassMapping) -> String {
    let each: Vec<String> = (mapping.rows.iter())
        .map(|condition| {
            let values: Vec<String> = (condition.values.iter())
                .map(|value| format!("\"{value}\""))
                .collect();
            format!("{} has {}", condition.column, values.join(" or "))
        })
        .collect();
    match each.is_empty() {
        true => "every row".to_owned(),
        false => each.join(" and "),
    }
}

/// How a platform holds a class: where every neutral field is, and which it lacks.
#[must_use]
pub(crate) fn schema(schema: &Schema, library: &Library, files: &Files) -> String {
    let mut text = format!("{}: {}, {}\n", schema.name, schema.title, schema.version);
    for (backend, table) in &schema.tables {
        text.push_str(&format!("  table for {backend}: {table}\n"));
    }
    if !schema.products.is_empty() {
        text.push_str(&format!("  products: {}\n", schema.products.join(", ")));
    }
    for note in &schema.notes {
        text.push_str(&format!("  note: {note}\n"));
    }
    let mapping = &schema.mapping;
    text.push_str(&format!(
        "\n{} ({}); = exact, ~ lossy, ? debatable\n",
        schema.class,
        conditions(mapping)
    ));
    let mut rows = Vec::new();
    let mut lacks = Vec::new();
    let class = library.classes.get(&schema.class);
    for field in class.into_iter().flat_map(|class| &class.order) {
        if let Some(found) = mapping.fields.get(field) {
            rows.push(vec![
                format!("  {}", mark(found.fidelity)),
                field.clone(),
                native(found, files),
            ]);
        } else if let Some(absent) = mapping.absent.get(field) {
            lacks.push(vec!["  -".to_owned(), field.clone(), absent.why.clone()]);
        }
    }
    text.push_str(&table(&rows));
    if !lacks.is_empty() {
        text.push_str("lacks\n");
        text.push_str(&table(&lacks));
    }
    if !schema.code_tables.is_empty() {
        text.push_str("\ncode tables\n");
        let mut rows = Vec::new();
        for (name, codes) in &schema.code_tables {
            let when = if codes.when.is_empty() {
                String::new()
            } else {
                format!("when {}", codes.when)
            };
            rows.push(vec![
                format!("  {name}"),
                format!("{} codes of {}", codes.rows.len(), codes.column),
                when,
            ]);
        }
        text.push_str(&table(&rows));
    }
    text
}

fn mark(fidelity: Fidelity) -> &'static str {
    match fidelity {
        Fidelity::Exact => "=",
        Fidelity::Lossy => "~",
        Fidelity::Debatable => "?",
    }
}

/// Where a field is, in a few words.
pub(super) fn native(mapping: &Mapping, files: &Files) -> String {
    match &mapping.how {
        How::Column { source, cast } => match cast {
            super::Cast::None => columns(source),
            super::Cast::TextToInt => format!("{} as a number", columns(source)),
            super::Cast::IntToText => format!("{} as text", columns(source)),
            super::Cast::Scaled(factor) => format!("{} / {factor}", columns(source)),
            super::Cast::Part(part) => {
                let what = match part {
                    super::TextPart::FileName => "last part of",
                    super::TextPart::AccountName => "account of",
                    super::TextPart::AccountDomain => "domain of",
                };
                format!("{what} {}", columns(source))
            }
        },
        How::Words { source, .. } => format!("{}, by its words", columns(source)),
        How::Predicates { words, .. } => {
            let inputs: Vec<&str> = words
                .iter()
                .map(|(_, predicate)| files.slice(predicate.span))
                .collect();
            format!("computed: {}", inputs.first().copied().unwrap_or(""))
                + if inputs.len() > 1 { ", …" } else { "" }
        }
        How::Computed(value) => format!("computed: {}", files.slice(value.span)),
    }
}

/// The way into JSON: `.user["display name"][0]`.
fn member(way: &[MemberStep]) -> String {
    let is_word = |key: &str| key.chars().all(|c| c.is_alphanumeric() || c == '_');
    way.iter()
        .map(|step| match step {
            MemberStep::Key(key) if is_word(key) => format!(".{key}"),
            MemberStep::Key(key) => format!("[\"{key}\"]"),
            MemberStep::Place(place) => format!("[{place}]"),
        })
        .collect()
}

fn columns(source: &Source) -> String {
    let mut text: Vec<String> = source
        .column
        .iter()
        .map(|(product, column)| {
            let column = format!("{column}{}", member(&source.member));
            if product.is_empty() {
                column
            } else {
                format!("{column} ({product})")
            }
        })
        .collect();
    if let Some(other) = &source.switched {
        text.push(format!("{} ({})", other.column, other.when.word));
    }
    text.join(", ")
}
