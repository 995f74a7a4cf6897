//! Maps: a CSV file of keys and names, or a code table of a schema.
//!
//! In: the mapping `maps` and the hunt's folder. Out: [`MapTable`]s. Guarantee: no file outside the folder is opened; a key occurs once; no cell of a row
//! is empty; each cell has its place in the CSV file.

use super::csv_file::{self, Case, CsvFile};
use super::values::section;
use super::{ItemType, MapOrigin, MapTable};
use crate::diag::{Code, Diagnostic};
use crate::source::yaml::{Faults, Map};
use crate::source::{Files, Source, Span, Spanned};
use crate::value::Value;
use std::collections::{BTreeMap, HashMap};

/// The maps of a hunt.
pub(super) fn maps(
    files: &mut Files,
    hunt: &Map,
    source: &Source,
    faults: &mut Faults,
) -> BTreeMap<String, MapTable> {
    section(hunt, "maps", faults, |name, node, faults| {
        let what = format!("the map `{}`", name.value);
        let map = faults.map(node, "a mapping with `file`, `key` and `value`")?;
        let origin = if map.get("schema").is_some() || map.get("codes").is_some() {
            faults.known(map, &what, &["schema", "codes"]);
            let place = map.key_or(node.span);
            let schema = faults.required(map, place, &what, "schema");
            let codes = faults.required(map, place, &what, "codes");
            MapOrigin::Schema {
                schema: faults.text(schema?, "the name of a schema")?,
                codes: faults.text(codes?, "the name of a code table")?,
            }
        } else {
            rows(files, map, map.key_or(node.span), source, &what, faults)?
        };
        Some(MapTable {
            origin,
            name_span: name.span,
        })
    })
}

fn rows(
    files: &mut Files,
    map: &Map,
    place: Span,
    source: &Source,
    what: &str,
    faults: &mut Faults,
) -> Option<MapOrigin> {
    faults.known(map, what, &["file", "key", "value", "type"]);
    let mut text = |key: &str, wanted: &str| {
        let node = faults.required(map, place, what, key)?;
        faults.text(node, wanted)
    };
    let file = text("file", "the path of a CSV file");
    let (key, value) = (
        text("key", "the name of a column"),
        text("value", "the name of a column"),
    );
    let ty = match map
        .get("type")
        .map(|node| (node.span, faults.text(node, "`int` or `string`")))
    {
        None => None,
        Some((_, Some(word))) if word.value == "int" => Some(ItemType::Int),
        Some((_, Some(word))) if word.value == "string" => Some(ItemType::Text),
        Some((span, word)) => {
            if let Some(word) = word {
                let fault = Diagnostic::at(
                    Code::E0110,
                    span,
                    format!("a key of a map cannot be `{}`", word.value),
                );
                faults.push(fault.help("it is `int` or `string`"));
            }
            return None;
        }
    };
    let (file, key, value) = (file?, key?, value?);
    let csv = csv_file::open(files, source, &file, faults)?;
    keyed(CsvFile::new(files, csv)?, &key, &value, ty, faults)
}

/// More errors in one CSV file than this are noise.
const MAX_FAULTS: usize = 20;

/// The rows of a map's file.
fn keyed(
    mut csv_file: CsvFile<'_>,
    key: &Spanned<String>,
    value: &Spanned<String>,
    wanted: Option<ItemType>,
    faults: &mut Faults,
) -> Option<MapOrigin> {
    let key_at = csv_file.column(key, Case::Exact, Code::E0114, faults);
    let value_at = csv_file.column(value, Case::Exact, Code::E0114, faults);
    let (key_at, value_at) = (key_at?, value_at?);
    let mut cells: Vec<(Spanned<String>, Spanned<String>)> = Vec::new();
    let mut seen: HashMap<String, Span> = HashMap::new();
    let before = faults.all.len();
    while let Some(record) = csv_file.row(faults) {
        if faults.all.len() - before >= MAX_FAULTS {
            return None;
        }
        let mut cell = |at: usize, name: &str| {
            let field = record.fields.get(at)?;
            let place = csv_file.place_of(&record, field);
            let what = if field.text.trim().is_empty() {
                "is empty"
            } else if field.text.trim() != field.text {
                "has spaces around its text"
            } else {
                return Some(Spanned::new(field.text.clone(), place));
            };
            let title = format!("the cell `{name}` {what}");
            faults.push(Diagnostic::at(Code::E0114, place, title));
            None
        };
        let (Some(key), Some(value)) = (cell(key_at, &key.value), cell(value_at, &value.value))
        else {
            continue;
        };
        if let Some(first) = seen.get(&key.value) {
            let title = format!("the key `{}` occurs twice", key.value);
            faults.push(
                Diagnostic::at(Code::E0114, key.span, title)
                    .label("again here")
                    .also(*first, "first here"),
            );
            continue;
        }
        seen.insert(key.value.clone(), key.span);
        cells.push((key, value));
    }
    if cells.is_empty() && faults.all.len() == before {
        csv_file.no_rows(faults);
    }
    // Without a type, keys are integers when all of them are.
    let ty = wanted.unwrap_or(
        if cells.iter().all(|(key, _)| integer(&key.value).is_some()) {
            ItemType::Int
        } else {
            ItemType::Text
        },
    );
    let mut rows = Vec::new();
    for (key, value) in cells {
        let typed = match (ty, integer(&key.value)) {
            (ItemType::Int, Some(number)) => Value::Int(number),
            (ItemType::Int, None) => {
                let title = format!("the key `{}` is not an integer", key.value);
                faults.push(Diagnostic::at(Code::E0114, key.span, title));
                continue;
            }
            _ => Value::text(&key.value),
        };
        rows.push((Spanned::new(typed, key.span), value));
    }
    Some(MapOrigin::Rows { ty, rows })
}

/// An integer in its usual spelling; `007` and `+7` are texts.
fn integer(text: &str) -> Option<i64> {
    text.parse::<i64>()
        .ok()
        .filter(|number| number.to_string() == text)
}
