//! In whose columns a file of events is written, by the keys of its first row.
//!
//! In: a file, the event class, the schemas. Out: `None` for neutral events and where it cannot be told, else the one schema (and product form) that
//! has the row's time column and most of its keys. Promise: nothing is decided in silence: the caller says what was found, and `--as` overrules it.

use super::lines;
use crate::schema::{How, Library, Schema};
use std::collections::BTreeSet;
use std::path::Path;

/// What the first row looks like.
#[derive(Clone, Debug)]
pub struct Form<'a> {
    /// The schema.
    pub schema: &'a Schema,
    /// Its product form; empty where there is one only.
    pub product: &'a str,
    /// The time column that gave it away.
    pub time: String,
}

/// Tells the form of a file. The standard input is not looked at: it can be read once only.
#[must_use]
pub fn of_file<'a>(file: &Path, class: &str, library: &'a Library) -> Option<Form<'a>> {
    if file == Path::new("-") {
        return None;
    }
    of_keys(&first_keys(file)?, class, library)
}

fn of_keys<'a>(keys: &BTreeSet<String>, class: &str, library: &'a Library) -> Option<Form<'a>> {
    if keys.contains("time") {
        return None;
    }
    let mut found: Vec<(usize, Form<'a>)> = Vec::new();
    for schema in library.schemas.values() {
        let Some(How::Column { source, .. }) = schema
            .classes
            .get(class)
            .and_then(|c| c.fields.get("time"))
            .map(|m| &m.how)
        else {
            continue;
        };
        let products = if schema.products.is_empty() {
            vec![""]
        } else {
            schema.products.iter().map(String::as_str).collect()
        };
        for product in products {
            let time = source.column(product);
            if keys.contains(time) {
                let known = schema
                    .columns
                    .iter()
                    .filter(|column| keys.contains(&column.native.name))
                    .count();
                found.push((
                    known,
                    Form {
                        schema,
                        product,
                        time: time.to_owned(),
                    },
                ));
            }
        }
    }
    let most = found.iter().map(|(known, _)| *known).max()?;
    let mut best: Vec<Form<'a>> = found
        .into_iter()
        .filter(|(known, _)| *known == most)
        .map(|(_, form)| form)
        .collect();
    // Rows that hold the time columns of both product forms of a schema are of its first.
    best.dedup_by_key(|form| form.schema.name.clone());
    if best.len() == 1 { best.pop() } else { None }
}

/// The keys of the first row, nested ones joined by dots, or the header of a CSV file.
fn first_keys(file: &Path) -> Option<BTreeSet<String>> {
    let mut source = lines::open(file).ok()?;
    let mut line = Vec::new();
    let text = loop {
        match lines::next(&mut source.bytes, &mut line).ok()? {
            lines::Line::End | lines::Line::TooLong => return None,
            lines::Line::Read => {}
        }
        let text = std::str::from_utf8(&line).ok()?.trim();
        if !text.is_empty() {
            break text.to_owned();
        }
    };
    let mut keys = BTreeSet::new();
    if !source.is_json {
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(text.as_bytes());
        keys.extend(reader.records().next()?.ok()?.iter().map(str::to_owned));
    } else if let serde_json::Value::Object(row) = serde_json::from_str(&text).ok()? {
        flatten("", &row, &mut keys, 0);
    }
    Some(keys)
}

fn flatten(
    before: &str,
    row: &serde_json::Map<String, serde_json::Value>,
    keys: &mut BTreeSet<String>,
    depth: usize,
) {
    for (key, value) in row {
        let name = if before.is_empty() {
            key.clone()
        } else {
            format!("{before}.{key}")
        };
        match value {
            serde_json::Value::Object(inner) if depth < 8 => flatten(&name, inner, keys, depth + 1),
            _ => {
                keys.insert(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Files;

    fn told(keys: &[&str]) -> Option<(String, String)> {
        let library = crate::schema::load::embedded(&mut Files::default()).unwrap();
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        of_keys(&keys, "network_session", &library)
            .map(|form| (form.schema.name.clone(), form.product.to_owned()))
    }

    #[test]
    fn the_time_column_and_the_other_keys_tell_the_form() {
        let is = |schema: &str, product: &str| Some((schema.to_owned(), product.to_owned()));
        assert_eq!(told(&["@timestamp", "process.name"]), is("ecs", ""));
        assert_eq!(
            told(&["Timestamp", "ActionType", "RemoteIP"]),
            is("device_network_events", "defender")
        );
        assert_eq!(
            told(&["TimeGenerated", "ActionType", "RemoteIP"]),
            is("device_network_events", "sentinel")
        );
        assert_eq!(
            told(&["TimeGenerated", "EventResult", "SrcIpAddr", "DstIpAddr"]),
            is("asim", "sentinel")
        );
        assert_eq!(told(&["time", "dst.port"]), None, "neutral events");
        assert_eq!(told(&["when", "what"]), None, "nobody's");
        assert_eq!(told(&["TimeGenerated"]), None, "several could be meant");
    }
}
