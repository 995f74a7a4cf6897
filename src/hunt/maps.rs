//! Maps: a CSV file of keys and names, or a code table of a schema.
//!
//! In: the mapping `maps` and the hunt's folder. Out: [`MapTable`]s. Promise: no file outside the folder is opened; a key occurs once; no cell of a row
//! is empty; each cell has its place in the CSV file.

use super::read::key_or;
use super::values::section;
use super::{ItemType, MapOrigin, MapTable};
use crate::diag::{Code, Diagnostic, suggest};
use crate::source::yaml::{Faults, Map};
use crate::source::{FileId, Files, MAX_BYTES, Span, Spanned, read_text};
use crate::value::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path, PathBuf};

/// The maps of a hunt.
pub(super) fn maps(
    files: &mut Files,
    hunt: &Map,
    folder: &Path,
    faults: &mut Faults,
) -> BTreeMap<String, MapTable> {
    section(hunt, "maps", faults, |name, node, faults| {
        let what = format!("the map `{}`", name.value);
        let map = faults.map(node, "a mapping with `file`, `key` and `value`")?;
        let origin = if map.get("schema").is_some() || map.get("codes").is_some() {
            faults.known(map, &what, &["schema", "codes"]);
            let place = key_or(map, node.span);
            let schema = faults.required(map, place, &what, "schema");
            let codes = faults.required(map, place, &what, "codes");
            MapOrigin::Schema {
                schema: faults.text(schema?, "the name of a schema")?,
                codes: faults.text(codes?, "the name of a code table")?,
            }
        } else {
            rows(files, map, key_or(map, node.span), folder, &what, faults)?
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
    folder: &Path,
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
    let path = within(folder, &file, faults)?;
    let csv = match read_text(files, &path, MAX_BYTES) {
        Ok(csv) => csv,
        Err(fault) => {
            faults.push(match &fault.primary {
                Some(_) => fault.also(file.span, "named here"),
                None => Diagnostic::at(fault.code, file.span, fault.title),
            });
            return None;
        }
    };
    Sheet { files, csv, faults }.rows(&key, &value, ty)
}

/// The path of a file in the folder of the hunt.
fn within(folder: &Path, file: &Spanned<String>, faults: &mut Faults) -> Option<PathBuf> {
    let relative = Path::new(&file.value);
    let normal = relative
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let here = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let path = here.join(relative);
    // A link may lead out although its name does not.
    let escapes = match (std::fs::canonicalize(here), std::fs::canonicalize(&path)) {
        (Ok(here), Ok(target)) => !target.starts_with(here),
        _ => false,
    };
    if !normal || escapes || file.value.contains('\\') {
        faults.push(
            Diagnostic::at(
                Code::E0113,
                file.span,
                "this file is not in the folder of the hunt",
            )
            .help("name a file in the hunt's own folder or below it, with `/` between folders"),
        );
        return None;
    }
    Some(if folder.as_os_str().is_empty() {
        relative.to_path_buf()
    } else {
        path
    })
}

/// A CSV file being read.
struct Sheet<'a> {
    files: &'a Files,
    csv: FileId,
    faults: &'a mut Faults,
}

/// More faults of one CSV file than this are noise.
const MAX_FAULTS: usize = 20;

impl Sheet<'_> {
    fn rows(
        mut self,
        key: &Spanned<String>,
        value: &Spanned<String>,
        wanted: Option<ItemType>,
    ) -> Option<MapOrigin> {
        let text = self.files.text(self.csv);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let header = match records.next() {
            Some(Ok(header)) => header,
            _ => return None,
        };
        let names: Vec<&str> = header
            .iter()
            .map(|name| name.trim_start_matches('\u{feff}').trim())
            .collect();
        let (key_at, value_at) = (self.column(&names, key), self.column(&names, value));
        let (key_at, value_at) = (key_at?, value_at?);
        let mut cells: Vec<(Spanned<String>, Spanned<String>)> = Vec::new();
        let mut seen: HashMap<String, Span> = HashMap::new();
        let before = self.faults.all.len();
        for record in records {
            if self.faults.all.len() - before >= MAX_FAULTS {
                return None;
            }
            let Ok(record) = record else { return None };
            let start = record
                .position()
                .and_then(|at| usize::try_from(at.byte()).ok())
                .unwrap_or(0);
            let spans = cell_spans(text, start);
            let line = self.span(
                spans.first().map_or(start, |s| s.0),
                spans.last().map_or(start, |s| s.1),
            );
            if record.len() != names.len() {
                let title = format!(
                    "this row has {} cells and the header {}",
                    record.len(),
                    names.len()
                );
                self.faults.push(Diagnostic::at(Code::E0114, line, title));
                continue;
            }
            let mut cell = |at: usize, name: &str| {
                let (from, to) = spans.get(at).copied().unwrap_or((start, start));
                let text = record.get(at).unwrap_or("");
                let place = self.span(from, to);
                let what = if text.trim().is_empty() {
                    "is empty"
                } else if text.trim() != text {
                    "has spaces around its text"
                } else {
                    return Some(Spanned::new(text.to_owned(), place));
                };
                let place = if from == to { line } else { place };
                self.faults.push(Diagnostic::at(
                    Code::E0114,
                    place,
                    format!("the cell `{name}` {what}"),
                ));
                None
            };
            let (Some(key), Some(value)) = (cell(key_at, &key.value), cell(value_at, &value.value))
            else {
                continue;
            };
            if let Some(first) = seen.get(&key.value) {
                self.faults.push(
                    Diagnostic::at(
                        Code::E0114,
                        key.span,
                        format!("the key `{}` occurs twice", key.value),
                    )
                    .label("again here")
                    .also(*first, "first here"),
                );
                continue;
            }
            seen.insert(key.value.clone(), key.span);
            cells.push((key, value));
        }
        if cells.is_empty() && self.faults.all.len() == before {
            self.faults.push(Diagnostic::at(
                Code::E0114,
                self.span(0, 0),
                "this file has no rows",
            ));
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
                    self.faults.push(Diagnostic::at(
                        Code::E0114,
                        key.span,
                        format!("the key `{}` is not an integer", key.value),
                    ));
                    continue;
                }
                _ => Value::text(&key.value),
            };
            rows.push((Spanned::new(typed, key.span), value));
        }
        Some(MapOrigin::Rows { ty, rows })
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.csv, start, end)
    }

    fn column(&mut self, names: &[&str], wanted: &Spanned<String>) -> Option<usize> {
        let file = self.files.path(self.csv).display();
        let found: Vec<usize> = (0..)
            .zip(names)
            .filter(|(_, name)| **name == wanted.value)
            .map(|(at, _)| at)
            .collect();
        let fault = match found.as_slice() {
            [only] => return Some(*only),
            [] => {
                let fault = Diagnostic::at(
                    Code::E0114,
                    wanted.span,
                    format!("{file} has no column `{}`", wanted.value),
                );
                match suggest::nearest(&wanted.value, names.iter().copied()) {
                    Some(near) => {
                        fault.fix(wanted.span, near, "a column with a similar name exists")
                    }
                    None => fault.help(format!("its header is {}", names.join(", "))),
                }
            }
            _ => Diagnostic::at(
                Code::E0114,
                wanted.span,
                format!("{file} has several columns `{}`", wanted.value),
            ),
        };
        self.faults.push(fault);
        None
    }
}

/// An integer in its usual spelling; `007` and `+7` are texts.
fn integer(text: &str) -> Option<i64> {
    text.parse::<i64>()
        .ok()
        .filter(|number| number.to_string() == text)
}

/// The byte ranges of the cells of the record that begins at `start`, quotes included.
fn cell_spans(text: &str, start: usize) -> Vec<(usize, usize)> {
    let rest = text.get(start..).unwrap_or("");
    let skipped = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
    let mut from = start + skipped;
    let mut spans = Vec::new();
    let mut quoted = false;
    for (offset, c) in text
        .get(from..)
        .unwrap_or("")
        .char_indices()
        .map(|(at, c)| (at + start + skipped, c))
    {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                spans.push((from, offset));
                from = offset + 1;
            }
            '\r' | '\n' if !quoted => {
                spans.push((from, offset));
                return spans;
            }
            _ => {}
        }
    }
    spans.push((from, text.len().max(from)));
    spans
}
