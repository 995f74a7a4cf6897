//! Rows that a generator of neutral events does not produce.
//!
//! In: native rows. Out: the same in other words, and rows beside them that are no events of the class. Guarantee: a schema reads them as it reads any; nothing
//! here is random.

use super::rows::{EngineColumn, NativeRow};
use crate::plan::Type;
use crate::schema::{Class, How, RowCondition, Schema};
use crate::value::Value;

/// Neutral words with those of a platform.
type Words = Vec<(String, Vec<String>)>;

/// Says words of some rows as the platform says them too: another word for the same, or in other letters where their case does not matter.
pub(super) fn respell(rows: &mut [NativeRow], class: &Class, schema: &Schema, product: &str) {
    let mapping = schema.of_class(&class.name);
    let fields = mapping
        .into_iter()
        .flat_map(|mapping| mapping.fields.values());
    let words: Vec<(&str, &Words, bool)> = fields
        .filter_map(|mapping| match &mapping.how {
            How::Words {
                source,
                words,
                fold,
                ..
            } => Some((source.column(product), words, *fold)),
            _ => None,
        })
        .collect();
    for (at, row) in rows.iter_mut().enumerate().filter(|(at, _)| at % 3 == 0) {
        for (column, words, fold) in &words {
            let Some(Value::Text(own)) = row.get(*column) else {
                continue;
            };
            let same = words
                .iter()
                .find(|(_, natives)| natives.iter().any(|word| **word == **own));
            let natives = same.map_or(&[][..], |(_, natives)| natives);
            let Some(other) = natives.get((at / 3) % natives.len().max(1)) else {
                continue;
            };
            let other = match at % 4 {
                0 if *fold => other.to_uppercase(),
                1 if *fold => other.to_lowercase(),
                _ => other.clone(),
            };
            row.insert((*column).to_owned(), Value::text(&other));
        }
    }
}

/// Some of the rows as events of another class, where the schema holds several in one table.
pub(super) fn other_class_rows(
    rows: &[NativeRow],
    step: usize,
    class: &Class,
    schema: &Schema,
    mut texts: Vec<EngineColumn>,
) -> Vec<NativeRow> {
    let mapping = schema.of_class(&class.name);
    let tells = mapping.map_or(&[][..], |mapping| &mapping.rows);
    texts.retain(|column| column.ty == Type::Text && !column.multi);
    let mut other_class_rows = Vec::new();
    for (at, row) in rows.iter().enumerate().step_by(step) {
        let Some(RowCondition {
            column: name,
            values: own,
        }) = tells.get(at % tells.len().max(1))
        else {
            break;
        };
        let Some(column) = schema.column(name) else {
            continue;
        };
        let others: Vec<&String> = column
            .values
            .iter()
            .filter(|word| !own.contains(word))
            .collect();
        let mut row = row.clone();
        row.remove(name);
        if at % 3 > 0
            && column.ty.is_textual()
            && let Some(other) = others.get(at % others.len().max(1))
        {
            let other = Value::text(other);
            let cell = match column.native.multi {
                true => Value::set([other]),
                false => other,
            };
            row.insert(name.clone(), cell);
        }
        // Else a query that takes it might count it with the row it was made of.
        if let Some(column) = texts.get(at / step % (texts.len() + 1))
            && column.name != *name
            && let Some(Value::Text(text)) = row.get(&column.name)
        {
            let text = Value::text(&format!("x{text}"));
            row.insert(column.name.clone(), text);
        }
        other_class_rows.push(row);
    }
    other_class_rows
}
