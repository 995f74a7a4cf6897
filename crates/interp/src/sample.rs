//! Sample tables from files.
//!
//! In: a folder of NDJSON, JSON and CSV files, each named by its table, with `<name>.types.json` beside them or not. Out: [`Sample`]s. Guarantee: declared
//! types are taken as they are; where none are declared they are read off the data, and what was read off can be said. Elasticsearch has no nested
//! fields: there `{"a": {"b": 1}}` is a column `a.b`.

use super::Sample;
use serde_json::{Map, Value as Json};
use std::path::Path;

/// Whose names types have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Kusto: `string`, `long`, `datetime`.
    Kql,
    /// Elasticsearch: `keyword`, `long`, `date`.
    Esql,
}

/// What a folder holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    /// The tables, by name.
    pub samples: Vec<Sample>,
    /// Which types were read off the data, a line for each table.
    pub types: Vec<String>,
}

/// Reads all tables of a folder.
///
/// # Errors
/// A sentence that names the file: it cannot be read, or is not what its name says.
pub fn load(folder: &Path, platform: Platform) -> Result<Loaded, String> {
    let mut files = Vec::new();
    let listed = std::fs::read_dir(folder).map_err(|error| told(folder, &error))?;
    for entry in listed {
        files.push(entry.map_err(|error| told(folder, &error))?.path());
    }
    files.sort();
    let mut loaded = Loaded::default();
    for path in files {
        let ending = path.extension().and_then(|ending| ending.to_str());
        let rows = match ending {
            Some("ndjson" | "jsonl") => ndjson(&path, platform)?,
            Some("json") if !path.to_string_lossy().ends_with(".types.json") => {
                json(&path, platform)?
            }
            Some("csv") => csv(&path)?,
            _ => continue,
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if loaded.samples.iter().any(|sample| sample.name == name) {
            return Err(told(
                &path,
                &format!("a table `{name}` was read from another file"),
            ));
        }
        let types = path.with_file_name(format!("{name}.types.json"));
        let declared = if types.is_file() {
            Some(declared(&types)?)
        } else {
            None
        };
        let columns = match declared {
            Some(columns) => columns,
            None => {
                let columns = inferred(&rows, platform);
                let shown: Vec<String> = columns
                    .iter()
                    .map(|(name, ty)| format!("{name}:{ty}"))
                    .collect();
                let shown = shown.join(", ");
                loaded
                    .types
                    .push(format!("{name}: types read off the data: {shown}"));
                columns
            }
        };
        loaded.samples.push(Sample {
            name: name.into_owned(),
            rows: rows.iter().map(|row| cells(row, &columns)).collect(),
            columns,
        });
    }
    Ok(loaded)
}

/// A row as it is in a file.
enum Row {
    Object(Map<String, Json>),
    /// Names and texts of a CSV file.
    Texts(Vec<(String, String)>),
}

fn told(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}

fn ndjson(path: &Path, platform: Platform) -> Result<Vec<Row>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| told(path, &error))?;
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let row: Map<String, Json> = serde_json::from_str(line)
            .map_err(|error| format!("{}, line {}: {error}", path.display(), number + 1))?;
        let row = object(row, platform)
            .map_err(|error| format!("{}, line {}: {error}", path.display(), number + 1))?;
        rows.push(row);
    }
    Ok(rows)
}

/// Objects one after another, or in arrays, however the lines are broken.
fn json(path: &Path, platform: Platform) -> Result<Vec<Row>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| told(path, &error))?;
    let mut rows = Vec::new();
    for value in serde_json::Deserializer::from_str(&text).into_iter::<Json>() {
        let items = match value.map_err(|error| told(path, &error))? {
            Json::Array(items) => items,
            other => vec![other],
        };
        for item in items {
            let Json::Object(row) = item else {
                let number = rows.len() + 1;
                return Err(told(path, &format!("row {number} is not an object")));
            };
            rows.push(object(row, platform).map_err(|error| told(path, &error))?);
        }
    }
    Ok(rows)
}

fn object(row: Map<String, Json>, platform: Platform) -> Result<Row, String> {
    if platform == Platform::Kql {
        return Ok(Row::Object(row));
    }
    let mut flat = Map::new();
    flatten("", row, &mut flat)?;
    Ok(Row::Object(flat))
}

/// The fields of a document under their whole names. Of several objects in one field, each name holds the values of all of them.
fn flatten(
    before: &str,
    row: Map<String, Json>,
    flat: &mut Map<String, Json>,
) -> Result<(), String> {
    for (key, value) in row {
        let name = if before.is_empty() {
            key
        } else {
            format!("{before}.{key}")
        };
        match value {
            Json::Object(inner) => flatten(&name, inner, flat)?,
            Json::Array(items) if !items.is_empty() && items.iter().all(Json::is_object) => {
                let mut whole: Map<String, Json> = Map::new();
                for item in items {
                    let mut one = Map::new();
                    if let Json::Object(inner) = item {
                        flatten(&name, inner, &mut one)?;
                    }
                    for (name, value) in one {
                        let values = whole.entry(name).or_insert_with(|| Json::Array(Vec::new()));
                        if let Json::Array(values) = values {
                            match value {
                                Json::Array(more) => values.extend(more),
                                one => values.push(one),
                            }
                        }
                    }
                }
                for (name, value) in whole {
                    put(name, value, flat)?;
                }
            }
            value => put(name, value, flat)?,
        }
    }
    Ok(())
}

fn put(name: String, value: Json, flat: &mut Map<String, Json>) -> Result<(), String> {
    match flat.get(&name) {
        Some(known) if *known != value => {
            Err(format!("`{name}` is there twice with different values"))
        }
        _ => {
            flat.insert(name, value);
            Ok(())
        }
    }
}

fn csv(path: &Path) -> Result<Vec<Row>, String> {
    let mut reader = ::csv::Reader::from_path(path).map_err(|error| told(path, &error))?;
    let names = reader
        .headers()
        .map_err(|error| told(path, &error))?
        .clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| told(path, &error))?;
        let pairs = names.iter().zip(record.iter());
        rows.push(Row::Texts(
            pairs
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .collect(),
        ));
    }
    Ok(rows)
}

/// Types that a file declares, in its order.
fn declared(path: &Path) -> Result<Vec<(String, String)>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| told(path, &error))?;
    let types: Map<String, Json> =
        serde_json::from_str(&text).map_err(|error| told(path, &error))?;
    types
        .into_iter()
        .map(|(name, ty)| match ty {
            Json::String(ty) => Ok((name, ty)),
            other => Err(told(path, &format!("{name}: `{other}` is no type"))),
        })
        .collect()
}

/// What the values of a column may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Looks {
    Nothing,
    Bool,
    Whole,
    Real,
    Instant,
    Text,
    Nested,
}

fn looks_of_text(text: &str) -> Looks {
    if text.is_empty() {
        Looks::Nothing
    } else if text.parse::<i64>().is_ok() {
        Looks::Whole
    } else if matches!(text, "true" | "false") {
        Looks::Bool
    } else if is_instant(text) {
        Looks::Instant
    } else if text.bytes().any(|byte| byte.is_ascii_digit()) && text.parse::<f64>().is_ok() {
        Looks::Real
    } else {
        Looks::Text
    }
}

/// `2024-05-01T12:00:00Z`: with a day and a time.
fn is_instant(text: &str) -> bool {
    let shaped = text.len() >= 19
        && text.get(4..5) == Some("-")
        && text.get(7..8) == Some("-")
        && matches!(text.get(10..11), Some("T" | " "));
    let digits = text.get(..4).unwrap_or_default();
    shaped && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn looks(json: &Json, platform: Platform) -> Looks {
    match json {
        Json::Null => Looks::Nothing,
        Json::Bool(_) => Looks::Bool,
        Json::Number(number) if number.as_i64().is_some() => Looks::Whole,
        Json::Number(_) => Looks::Real,
        Json::String(text) if is_instant(text) => Looks::Instant,
        Json::String(_) => Looks::Text,
        // In Elasticsearch a field of several values has their type.
        Json::Array(items) if platform == Platform::Esql => items
            .iter()
            .map(|item| looks(item, platform))
            .fold(Looks::Nothing, both),
        Json::Array(_) | Json::Object(_) => Looks::Nested,
    }
}

/// What holds values of both kinds.
fn both(one: Looks, other: Looks) -> Looks {
    match (one, other) {
        (Looks::Nothing, looks) | (looks, Looks::Nothing) => looks,
        (one, other) if one == other => one,
        (Looks::Whole, Looks::Real) | (Looks::Real, Looks::Whole) => Looks::Real,
        (Looks::Nested, _) | (_, Looks::Nested) => Looks::Nested,
        _ => Looks::Text,
    }
}

fn type_name(looks: Looks, platform: Platform) -> &'static str {
    let kql = platform == Platform::Kql;
    match looks {
        Looks::Bool if kql => "bool",
        Looks::Bool => "boolean",
        Looks::Whole => "long",
        Looks::Real if kql => "real",
        Looks::Real => "double",
        Looks::Instant if kql => "datetime",
        Looks::Instant => "date",
        Looks::Nested if kql => "dynamic",
        _ if kql => "string",
        _ => "keyword",
    }
}

/// The types of columns, read off all rows.
fn inferred(rows: &[Row], platform: Platform) -> Vec<(String, String)> {
    let mut found: Map<String, Json> = Map::new();
    let mut kinds: Vec<Looks> = Vec::new();
    let mut meet = |name: &str, kind: Looks| {
        let at = match found.get(name).and_then(Json::as_u64) {
            Some(at) => usize::try_from(at).unwrap_or(usize::MAX),
            None => {
                found.insert(name.to_owned(), Json::from(kinds.len()));
                kinds.push(Looks::Nothing);
                kinds.len() - 1
            }
        };
        if let Some(known) = kinds.get_mut(at) {
            *known = both(*known, kind);
        }
    };
    for row in rows {
        match row {
            Row::Object(map) => map
                .iter()
                .for_each(|(name, json)| meet(name, looks(json, platform))),
            Row::Texts(pairs) => pairs
                .iter()
                .for_each(|(name, text)| meet(name, looks_of_text(text))),
        }
    }
    let names = found.keys().cloned();
    names
        .zip(kinds)
        .map(|(name, kind)| (name, type_name(kind, platform).to_owned()))
        .collect()
}

/// The cells of a row, by the columns.
fn cells(row: &Row, columns: &[(String, String)]) -> Vec<Json> {
    columns
        .iter()
        .map(|(name, ty)| match row {
            Row::Object(map) => {
                let json = map.get(name).cloned().unwrap_or(Json::Null);
                match (ty.as_str(), json) {
                    // A column of texts may hold numbers in some rows.
                    ("string" | "keyword" | "text", json @ (Json::Number(_) | Json::Bool(_))) => {
                        Json::from(json.to_string())
                    }
                    (_, json) => json,
                }
            }
            Row::Texts(pairs) => {
                let text = pairs.iter().find(|(own, _)| own == name);
                text.map_or(Json::Null, |(_, text)| of_text(text, ty))
            }
        })
        .collect()
}

/// A text of a CSV file as its type; an empty one is absent.
fn of_text(text: &str, ty: &str) -> Json {
    if text.is_empty() {
        return Json::Null;
    }
    let parsed = match ty {
        "bool" | "boolean" => text
            .to_ascii_lowercase()
            .parse::<bool>()
            .ok()
            .map(Json::from),
        "int" | "integer" | "long" => text.parse::<i64>().ok().map(Json::from),
        "real" | "double" | "decimal" => text.parse::<f64>().ok().map(Json::from),
        "dynamic" => serde_json::from_str(text).ok(),
        _ => None,
    };
    // What is not its type is left as it is, for the interpreter to refuse.
    parsed.unwrap_or_else(|| Json::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_are_read_off_all_rows() {
        let rows: Vec<Row> = [
            json!({"n": 1, "t": "2024-05-01T00:00:00Z", "s": "x", "m": 1, "d": {"a": 1}}),
            json!({"n": 2.5, "t": null, "s": "", "m": "y", "b": true}),
        ]
        .into_iter()
        .map(|row| Row::Object(row.as_object().unwrap().clone()))
        .collect();
        let names = |platform| -> Vec<String> {
            let columns = inferred(&rows, platform);
            columns
                .into_iter()
                .map(|(name, ty)| format!("{name}:{ty}"))
                .collect()
        };
        assert_eq!(
            names(Platform::Kql),
            [
                "n:real",
                "t:datetime",
                "s:string",
                "m:string",
                "d:dynamic",
                "b:bool"
            ]
        );
        assert_eq!(
            names(Platform::Esql),
            [
                "n:double",
                "t:date",
                "s:keyword",
                "m:keyword",
                "d:keyword",
                "b:boolean"
            ]
        );
    }

    #[test]
    fn nested_fields_are_columns() {
        let flat = |json: Json, platform| {
            let row = json.as_object().unwrap().clone();
            match object(row, platform) {
                Ok(Row::Object(map)) => Ok(Json::Object(map)),
                Ok(Row::Texts(_)) => unreachable!("it is an object"),
                Err(message) => Err(message),
            }
        };
        let row = json!({"a": {"b": {"c": 1}, "d": [1, 2]}, "a.e": null, "f": [{"g": 1, "h": [2]}, {"g": 3}], "i": []});
        assert_eq!(
            flat(row.clone(), Platform::Esql),
            Ok(json!({"a.b.c": 1, "a.d": [1, 2], "a.e": null, "f.g": [1, 3], "f.h": [2], "i": []}))
        );
        assert_eq!(flat(row.clone(), Platform::Kql), Ok(row));
        assert_eq!(
            flat(json!({"a": {"b": 1}, "a.b": 2}), Platform::Esql),
            Err("`a.b` is there twice with different values".to_owned())
        );
    }

    #[test]
    fn texts_of_csv_become_their_types() {
        assert_eq!(of_text("7", "long"), json!(7));
        assert_eq!(of_text("", "long"), json!(null));
        assert_eq!(of_text("seven", "long"), json!("seven"));
        assert_eq!(of_text("[1]", "dynamic"), json!([1]));
    }
}
