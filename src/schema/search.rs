//! Finding a word anywhere in the schemas.
//!
//! In: a word. Out: the places where it occurs, ignoring case: neutral fields and their words, native columns and their values, code tables. Guarantee:
//! what equals the word comes before what contains it, and what is cut off is counted.

use super::Library;
use super::show::{native, table};
use crate::source::Files;

/// At most this many lines are reported.
const MOST: usize = 60;

/// A line and how well it fits: 0 equals the word.
type Hit = (u8, Vec<String>);

/// Where a word occurs.
#[must_use]
pub(crate) fn search(library: &Library, word: &str, files: &Files) -> String {
    let wanted = word.to_lowercase();
    let mut hits: Vec<Hit> = Vec::new();
    fields(library, &wanted, files, &mut hits);
    columns(library, &wanted, &mut hits);
    codes(library, &wanted, &mut hits);
    hits.sort_by_key(|(fit, _)| *fit);
    if hits.is_empty() {
        return format!("`{word}` occurs in no field, column, value or code\n");
    }
    let total = hits.len();
    let rows: Vec<Vec<String>> = hits.into_iter().take(MOST).map(|(_, row)| row).collect();
    let mut text = table(&rows);
    if total > MOST {
        text.push_str(&format!(
            "… and {} more; ask for a longer word\n",
            total - MOST
        ));
    }
    text
}

/// How well a text fits, if it does.
fn fit(text: &str, wanted: &str) -> Option<u8> {
    let text = text.to_lowercase();
    if text == wanted || text.split('.').any(|part| part == wanted) {
        Some(0)
    } else {
        text.contains(wanted).then_some(1)
    }
}

fn line(kind: &str, place: &str, name: &str, what: String) -> Vec<String> {
    vec![kind.to_owned(), place.to_owned(), name.to_owned(), what]
}

fn fields(library: &Library, wanted: &str, files: &Files, hits: &mut Vec<Hit>) {
    for class in library.classes.values() {
        for field in class.order.iter().filter_map(|name| class.fields.get(name)) {
            let word = field
                .words
                .iter()
                .filter_map(|word| fit(word, wanted).map(|fit| (fit, word)))
                .min();
            if let Some(fits) = fit(&field.name, wanted) {
                hits.push((
                    fits,
                    line("field", &class.name, &field.name, field.says.clone()),
                ));
                for schema in library.schemas_of(&class.name) {
                    if let Some(mapping) = schema.mapping.fields.get(&field.name) {
                        hits.push((
                            fits,
                            line("", &schema.name, &field.name, native(mapping, files)),
                        ));
                    }
                }
            } else if let Some((fits, word)) = word {
                hits.push((
                    fits,
                    line(
                        "word",
                        &class.name,
                        &field.name,
                        format!("has the word {word}"),
                    ),
                ));
            }
        }
    }
}

fn columns(library: &Library, wanted: &str, hits: &mut Vec<Hit>) {
    for schema in library.schemas() {
        for column in schema.columns.iter() {
            let name = &column.native.name;
            if let Some(fits) = fit(name, wanted) {
                let fields = schema.mapping.fields_on(name);
                let what = if fields.is_empty() {
                    column.native.native_type.clone()
                } else {
                    format!("{}; {}", column.native.native_type, fields.join(", "))
                };
                hits.push((fits + 2, line("column", &schema.name, name, what)));
            }
            let value = column
                .values
                .iter()
                .filter_map(|value| fit(value, wanted).map(|fit| (fit, value)))
                .min();
            if let Some((fits, value)) = value {
                hits.push((fits + 2, line("value", &schema.name, name, value.clone())));
            }
        }
        let class = &schema.class;
        for (field, mapping) in &schema.mapping.fields {
            for (word, natives) in mapping.how.words() {
                if let Some(fits) = natives
                    .iter()
                    .filter_map(|native| fit(native, wanted))
                    .min()
                {
                    let what = format!("{class}: {word} is {}", natives.join(", "));
                    hits.push((fits + 2, line("map", &schema.name, field, what)));
                }
            }
        }
    }
}

fn codes(library: &Library, wanted: &str, hits: &mut Vec<Hit>) {
    for schema in library.schemas() {
        for (name, table) in &schema.code_tables {
            for (code, meaning) in table.rows.iter() {
                if let Some(fits) = fit(meaning, wanted) {
                    hits.push((
                        fits + 2,
                        line("code", &schema.name, name, format!("{code} is {meaning}")),
                    ));
                }
            }
        }
    }
}
