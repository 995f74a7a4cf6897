//! One field or one column of a schema, in full, for people at a terminal.
//!
//! In: a schema and what is asked of it. Out: plain text. Guarantee: all that the schema's files say of it is shown.

use super::show::{kind, native, table};
use super::{Affects, ColumnInfo, Fidelity, Field, How, Mapping, Schema, Standing};
use crate::source::Files;

/// One neutral field of a schema, in full.
#[must_use]
pub(crate) fn field(field: &Field, schema: &Schema, files: &Files) -> String {
    let mapping = &schema.mapping;
    let mut text = format!(
        "{} of {} on {}: {}\n  {}\n",
        field.name,
        schema.class,
        schema.name,
        kind(field),
        field.says
    );
    if let Some(absent) = mapping.absent.get(&field.name) {
        text.push_str(&format!("  absent: {}\n", absent.why));
        let near = mapping.near(&field.name);
        if !near.is_empty() {
            text.push_str(&format!("  near: {}\n", near.join(", ")));
        }
        return text;
    }
    let Some(found) = mapping.fields.get(&field.name) else {
        return text;
    };
    let fidelity = match found.fidelity {
        Fidelity::Exact => "exact",
        Fidelity::Lossy => "lossy",
        Fidelity::Debatable => "debatable",
    };
    text.push_str(&format!(
        "  native: {}\n  fidelity: {fidelity}\n",
        native(found, files)
    ));
    if !found.why.is_empty() {
        text.push_str(&format!("  why: {}\n", found.why));
    }
    for effect in &found.effects {
        let on = match &effect.on {
            Affects::Everything => "a test of it".to_owned(),
            Affects::Equality => "a test for equality".to_owned(),
            Affects::Words(words) => format!("a test for {}", words.join(", ")),
        };
        for (does, rows) in [("misses", &effect.fewer), ("includes", &effect.more)] {
            if !rows.is_empty() {
                text.push_str(&format!("  effect: {on} {does} {rows}\n"));
            }
        }
    }
    if !found.also.is_empty() {
        text.push_str(&format!("  near columns: {}\n", found.also.join(", ")));
    }
    text.push_str(&words(found, files));
    text
}

fn words(mapping: &Mapping, files: &Files) -> String {
    let (mut rows, otherwise) = match &mapping.how {
        How::Words {
            words, otherwise, ..
        } => {
            let rows: Vec<Vec<String>> = words
                .iter()
                .map(|(word, natives)| vec![format!("    {word}"), natives.join(", ")])
                .collect();
            (rows, Some(otherwise))
        }
        How::Predicates { words, otherwise } => {
            let told = |(word, predicate): &(String, crate::model::Expr)| {
                vec![
                    format!("    {word}"),
                    files.slice(predicate.span).to_owned(),
                ]
            };
            (words.iter().map(told).collect(), Some(otherwise))
        }
        How::Column { .. } | How::Computed(_) => (Vec::new(), None),
    };
    let Some(otherwise) = otherwise else {
        return String::new();
    };
    let rest = otherwise.as_deref().unwrap_or("missing");
    rows.push(vec![format!("    {rest}"), "(anything else)".to_owned()]);
    for (word, why) in &mapping.never {
        rows.push(vec![format!("    {word}"), format!("(never) {why}")]);
    }
    format!("  words:\n{}", table(&rows))
}

/// The native columns of a schema.
#[must_use]
pub(crate) fn columns_of(schema: &Schema) -> String {
    let mut rows = Vec::new();
    for column in schema.columns.iter() {
        rows.push(vec![
            column.native.name.clone(),
            types(column),
            flags(column).join(", "),
            column.note.clone(),
        ]);
    }
    table(&rows)
}

fn types(column: &ColumnInfo) -> String {
    let mut text = column.native.native_type.clone();
    for (product, ty) in &column.product_types {
        text.push_str(&format!(" ({product}: {ty})"));
    }
    text
}

fn flags(column: &ColumnInfo) -> Vec<String> {
    let mut flags = Vec::new();
    if !column.products.is_empty() {
        flags.push(format!("only {}", column.products.join(", ")));
    }
    if column.ty == crate::model::Type::Ip && column.native.native_type != "ip" {
        flags.push("holds an address".to_owned());
    }
    if column.native.multi {
        flags.push("several values".to_owned());
    }
    if !column.native.nullable {
        flags.push("never null".to_owned());
    }
    if column.case_varies {
        flags.push("case varies".to_owned());
    }
    match column.standing {
        Standing::Schema => {}
        Standing::ParserExtra => flags.push("added by a parser".to_owned()),
        Standing::TableOnly => flags.push("stored table only".to_owned()),
    }
    flags
}

/// One native column of a schema, in full.
#[must_use]
pub(crate) fn column(column: &ColumnInfo, schema: &Schema) -> String {
    let mut text = format!(
        "{} of {}: {}\n",
        column.native.name,
        schema.name,
        types(column)
    );
    let mut flags = flags(column);
    if column.native.nullable {
        flags.push("may be null".to_owned());
    }
    if column.native.may_be_blank {
        flags.push("may be blank".to_owned());
    }
    text.push_str(&format!("  {}\n", flags.join(", ")));
    if !column.values.is_empty() {
        let closed = if column.closed {
            "values"
        } else {
            "values, others may occur"
        };
        text.push_str(&format!("  {closed}: {}\n", column.values.join(", ")));
    }
    if !column.note.is_empty() {
        text.push_str(&format!("  note: {}\n", column.note));
    }
    for (name, codes) in schema
        .code_tables
        .iter()
        .filter(|(_, codes)| codes.column == column.native.name)
    {
        let when = if codes.when.is_empty() {
            String::new()
        } else {
            format!(", when {}", codes.when)
        };
        text.push_str(&format!(
            "  code table: {name}, {} codes{when}\n",
            codes.rows.len()
        ));
    }
    let fields = schema.mapping.fields_on(&column.native.name);
    if !fields.is_empty() {
        text.push_str(&format!(
            "  fields of {}: {}\n",
            schema.class,
            fields.join(", ")
        ));
    }
    let sources = if column.sources.is_empty() {
        schema
            .sources
            .iter()
            .take(1)
            .map(|source| source.id.clone())
            .collect()
    } else {
        column.sources.clone()
    };
    if !sources.is_empty() {
        text.push_str(&format!("  read in: {}\n", sources.join(", ")));
    }
    text
}
