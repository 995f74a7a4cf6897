//! What export tools put around rows: responses, hits, tables, streaming records.
//!
//! In: one JSON value of a file. Out: its rows, each with the table it says it belongs to. Guarantee: only a value that has the whole shape of an
//! envelope is opened; anything else is a row as it is. What an envelope says of itself (a partial answer, further tables) is passed on.
//!
//! The shapes and who writes them: Elasticsearch `_search` (`hits.hits`, `_source`, `fields`), `_bulk` (action lines), ES|QL and SQL (`columns` with
//! `values` or `rows`); Log Analytics and Kusto queries (`tables`, frames of the Kusto v2 protocol); Microsoft Graph and Defender (`results`,
//! `Results`, `value`); Event Hub and storage exports of Azure and Defender (`records`, `properties` with `category`).

use serde_json::{Map, Value as Json};

/// A row, and what its envelope says of it.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    /// The row, or why it is none.
    pub object: Result<Map<String, Json>, String>,
    /// The table that the envelope names: `DeviceProcessEvents`.
    pub table: Option<String>,
}

/// What a value holds.
#[derive(Debug, Default)]
pub(super) struct Opened {
    /// Rows.
    pub rows: Vec<Row>,
    /// Which envelope it was, for people; `None`: the value is a row.
    pub envelope: Option<&'static str>,
    /// What the envelope says that a reader of the result must know.
    pub warnings: Vec<String>,
    /// Lines of `_bulk` that say what to do with the next one.
    pub actions: u64,
}

/// Keys whose presence in a row means that it may be an envelope.
pub(super) fn may_open(key: &str) -> bool {
    matches!(
        key,
        "hits"
            | "_source"
            | "_index"
            | "fields"
            | "columns"
            | "datarows"
            | "tables"
            | "Tables"
            | "results"
            | "Results"
            | "records"
            | "value"
            | "properties"
            | "index"
            | "create"
            | "update"
            | "delete"
            | "doc"
            | "error"
            | "FrameType"
    )
}

/// Opens a value.
pub(super) fn open(json: Json) -> Opened {
    let mut opened = Opened::default();
    value(json, None, &mut opened);
    opened
}

fn value(json: Json, table: Option<&str>, out: &mut Opened) {
    match json {
        Json::Array(items) => {
            out.envelope.get_or_insert("a JSON array");
            for item in items {
                value(item, table, out);
            }
        }
        Json::Object(object) => self::object(object, table, out),
        other => out.rows.push(Row {
            object: Err(format!("expected a JSON object, found {}", kind(&other))),
            table: None,
        }),
    }
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

fn object(mut map: Map<String, Json>, table: Option<&str>, out: &mut Opened) {
    let row = |map: Map<String, Json>, table: Option<&str>, out: &mut Opened| {
        out.rows.push(Row {
            object: Ok(map),
            table: table.map(str::to_owned),
        });
    };
    match shape(&map) {
        Shape::Row => row(map, table, out),
        Shape::Response => {
            out.envelope = Some("an Elasticsearch response");
            partial(&map, out);
            if let Some(Json::Object(mut hits)) = map.remove("hits") {
                total(&hits, out);
                value(hits.remove("hits").unwrap_or_default(), table, out);
            }
        }
        Shape::Hit => {
            out.envelope.get_or_insert("Elasticsearch hits");
            let source = (map.remove("_source"))
                .filter(|source| source.as_object().is_some_and(|source| !source.is_empty()));
            match source.or_else(|| map.remove("fields")) {
                Some(Json::Object(source)) => row(source, table, out),
                _ => out.rows.push(Row {
                    object: Err("a hit without `_source` and `fields`".to_owned()),
                    table: None,
                }),
            }
        }
        Shape::Action => {
            out.envelope.get_or_insert("`_bulk` lines");
            out.actions += 1;
        }
        Shape::Failure => {
            let message = map.get("error").map(short).unwrap_or_default();
            out.rows.push(Row {
                object: Err(format!("an answer with an error: {message}")),
                table: None,
            });
        }
        Shape::Update => out.rows.push(Row {
            object: Err("the body of an update is a part of a document, not an event".to_owned()),
            table: None,
        }),
        Shape::Columns(rows) => {
            out.envelope = Some("a table of columns and rows");
            partial(&map, out);
            columns(&map, rows, table, out);
        }
        Shape::Tables(key) => {
            out.envelope = Some("a Log Analytics or Kusto response");
            let error = ["error", "Error", "Exceptions"]
                .iter()
                .find_map(|key| map.get(*key));
            if let Some(error) = error.filter(|error| !error.is_null()) {
                out.warnings
                    .push(format!("the response carries an error: {}", short(error)));
            }
            if let Some(Json::Array(tables)) = map.remove(key) {
                self::tables(&tables, out);
            }
        }
        Shape::Frame => {
            out.envelope = Some("a Kusto v2 response");
            let primary = map.get("TableKind").and_then(Json::as_str) == Some("PrimaryResult");
            if primary {
                columns(&map, "Rows", table, out);
            } else if map.get("HasErrors") == Some(&Json::Bool(true)) {
                out.warnings
                    .push("the response says that the query had errors".to_owned());
            }
        }
        Shape::List(key, name) => {
            out.envelope = Some(name);
            for key in ["@odata.nextLink", "nextLink"] {
                if map.get(key).is_some_and(Json::is_string) {
                    out.warnings
                        .push(format!("the response is one page of several (`{key}`)"));
                }
            }
            value(map.remove(key).unwrap_or_default(), table, out);
        }
        Shape::Streamed => {
            out.envelope = Some("streaming records");
            let category = map.get("category").and_then(Json::as_str).unwrap_or("");
            let table = category
                .strip_prefix("AdvancedHunting-")
                .unwrap_or(category);
            let table = table.to_owned();
            if let Some(Json::Object(properties)) = map.remove("properties") {
                row(properties, Some(&table), out);
            }
        }
    }
}

enum Shape {
    Row,
    Response,
    Hit,
    Action,
    Update,
    /// The key of the rows.
    Columns(&'static str),
    /// The key of the tables.
    Tables(&'static str),
    Frame,
    /// The key of the rows, and what the envelope is.
    List(&'static str, &'static str),
    Streamed,
    /// An answer that says why there is none.
    Failure,
}

fn shape(map: &Map<String, Json>) -> Shape {
    let array = |key: &str| map.get(key).and_then(Json::as_array);
    let object = |key: &str| map.get(key).and_then(Json::as_object);
    let text = |key: &str| map.get(key).and_then(Json::as_str);
    let of_objects = |key: &str| array(key).is_some_and(|all| all.iter().all(Json::is_object));
    let only = |keys: &[&str]| map.keys().all(|key| keys.contains(&key.as_str()));
    if object("hits").is_some_and(|hits| hits.get("hits").is_some_and(Json::is_array)) {
        return Shape::Response;
    }
    if object("_source").is_some() || (object("fields").is_some() && text("_index").is_some()) {
        return Shape::Hit;
    }
    if let (1, Some((key, Json::Object(inner)))) = (map.len(), map.iter().next()) {
        let is_action = ["index", "create", "update", "delete"].contains(&key.as_str());
        let is_meta = |key: &String| {
            key.starts_with('_')
                || [
                    "routing",
                    "retry_on_conflict",
                    "require_alias",
                    "pipeline",
                    "op_type",
                ]
                .contains(&key.as_str())
        };
        if is_action && inner.keys().all(is_meta) {
            return Shape::Action;
        }
        if key == "doc" {
            return Shape::Update;
        }
    }
    let named = array("columns")
        .is_some_and(|all| !all.is_empty() && all.iter().all(|column| name_of(column).is_some()));
    for rows in ["values", "rows"] {
        let are_rows = array(rows).is_some_and(|all| all.iter().all(Json::is_array));
        if named && are_rows {
            return Shape::Columns(rows);
        }
    }
    // OpenSearch's SQL and PPL.
    let are_named =
        array("schema").is_some_and(|all| all.iter().all(|column| name_of(column).is_some()));
    if are_named && array("datarows").is_some_and(|all| all.iter().all(Json::is_array)) {
        return Shape::Columns("datarows");
    }
    for key in ["tables", "Tables"] {
        let is_table = |table: &Json| {
            ["columns", "Columns"]
                .iter()
                .any(|key| table.get(key).is_some_and(Json::is_array))
                && ["rows", "Rows"]
                    .iter()
                    .any(|key| table.get(key).is_some_and(Json::is_array))
        };
        if array(key).is_some_and(|all| !all.is_empty() && all.iter().all(is_table)) {
            return Shape::Tables(key);
        }
    }
    if text("FrameType").is_some() {
        return Shape::Frame;
    }
    let about = |key: &String| {
        key.starts_with("@odata") || ["nextLink", "count", "total"].contains(&key.as_str())
    };
    for key in ["results", "Results"] {
        let known = [key, "schema", "Schema", "stats", "Stats"];
        let rest = map
            .keys()
            .all(|key| known.contains(&key.as_str()) || about(key));
        if of_objects(key) && rest {
            return Shape::List(key, "an advanced hunting response");
        }
    }
    if of_objects("value") && map.keys().all(|key| key == "value" || about(key)) {
        return Shape::List("value", "a Microsoft Graph or Azure response");
    }
    if of_objects("records") && only(&["records"]) {
        return Shape::List("records", "streaming records");
    }
    if object("error").is_some() && only(&["error", "status"]) {
        return Shape::Failure;
    }
    if object("properties").is_some() && text("category").is_some() && map.contains_key("time") {
        return Shape::Streamed;
    }
    Shape::Row
}

/// The name of a column of a table: `{"name": …}`, `{"ColumnName": …}`.
fn name_of(column: &Json) -> Option<&str> {
    ["name", "ColumnName"]
        .iter()
        .find_map(|key| column.get(key))
        .and_then(Json::as_str)
}

/// The tables of a response: the result is `PrimaryResult`, or the first.
fn tables(tables: &[Json], out: &mut Opened) {
    let name = |table: &Json| {
        let name = table.get("name").or_else(|| table.get("TableName"));
        name.and_then(Json::as_str).unwrap_or("").to_owned()
    };
    let primary = (tables.iter()).position(|table| name(table) == "PrimaryResult");
    let primary = primary.unwrap_or(0);
    for (at, other) in tables.iter().enumerate().filter(|(at, _)| *at != primary) {
        let rows = other
            .get("rows")
            .and_then(Json::as_array)
            .map_or(0, Vec::len);
        if rows > 0 {
            let name = name(other);
            out.warnings.push(format!(
                "table {at} (`{name}`) of the response is not read: {rows} rows"
            ));
        }
    }
    if let Some(Json::Object(table)) = tables.get(primary) {
        let rows = if table.contains_key("rows") {
            "rows"
        } else {
            "Rows"
        };
        columns(table, rows, None, out);
    }
}

/// Rows as lists of cells under names.
fn columns(table: &Map<String, Json>, rows: &str, tag: Option<&str>, out: &mut Opened) {
    let list = |key: &str| table.get(key).and_then(Json::as_array);
    let columns = list("columns").or_else(|| list("Columns"));
    let columns = columns.or_else(|| list("schema").filter(|_| rows == "datarows"));
    let (Some(columns), Some(rows)) = (columns, list(rows)) else {
        out.rows.push(Row {
            object: Err("a table without columns or rows".to_owned()),
            table: None,
        });
        return;
    };
    let names: Vec<&str> = columns.iter().filter_map(name_of).collect();
    let transposed = by_column(columns, rows);
    let count = if transposed {
        rows.first().and_then(Json::as_array).map_or(0, Vec::len)
    } else {
        rows.len()
    };
    for at in 0..count {
        let cells: Option<Vec<Json>> = if transposed {
            rows.iter().map(|column| column.get(at).cloned()).collect()
        } else if let Some(error @ Json::Object(_)) = rows.get(at) {
            // Kusto puts errors among the rows.
            out.rows.push(Row {
                object: Err(format!("an error among the rows: {}", short(error))),
                table: None,
            });
            continue;
        } else {
            rows.get(at).and_then(Json::as_array).cloned()
        };
        let object = match cells {
            Some(cells) if cells.len() == names.len() => Ok(cells),
            cells => Err(format!(
                "{} cells under {} column names",
                cells.map_or(0, |cells| cells.len()),
                names.len()
            )),
        };
        let object = object.and_then(|cells| {
            let mut map = Map::new();
            for (name, cell) in names.iter().zip(cells) {
                if map.insert((*name).to_owned(), cell).is_some() {
                    return Err(format!("column `{name}` is there twice"));
                }
            }
            Ok(map)
        });
        out.rows.push(Row {
            object,
            table: tag.map(str::to_owned),
        });
    }
}

/// Whether each list is a column (ES|QL's `columnar`), not a row: told by the lengths, and where rows are as many as columns by the types.
fn by_column(columns: &[Json], lists: &[Json]) -> bool {
    let lengths: Vec<usize> = lists
        .iter()
        .map(|list| list.as_array().map_or(0, Vec::len))
        .collect();
    if lengths.iter().all(|length| *length == columns.len()) && lengths.len() != columns.len() {
        return false;
    }
    let even = lengths.windows(2).all(|pair| pair.first() == pair.get(1));
    if lists.len() != columns.len() || !even {
        return false;
    }
    if lengths.first() != Some(&columns.len()) {
        return true;
    }
    let fits = |cell: &Json, column: &Json| {
        let ty = column.get("type").and_then(Json::as_str).unwrap_or("");
        match ty {
            "long" | "integer" | "double" | "int" => {
                cell.is_number() || cell.is_null() || cell.is_array()
            }
            "boolean" => cell.is_boolean() || cell.is_null() || cell.is_array(),
            "" => true,
            _ => !cell.is_number() && !cell.is_boolean(),
        }
    };
    let cell = |row: usize, column: usize| lists.get(row).and_then(|row| row.get(column));
    let all = |transposed: bool| {
        (0..columns.len()).all(|row| {
            columns.iter().enumerate().all(|(at, column)| {
                let cell = if transposed {
                    cell(at, row)
                } else {
                    cell(row, at)
                };
                cell.is_some_and(|cell| fits(cell, column))
            })
        })
    };
    !all(false) && all(true)
}

/// What a response says of its completeness.
fn partial(map: &Map<String, Json>, out: &mut Opened) {
    if map.get("timed_out") == Some(&Json::Bool(true)) {
        out.warnings
            .push("the search timed out, so the response holds a part of its hits".to_owned());
    }
    if map.get("is_partial") == Some(&Json::Bool(true)) {
        out.warnings
            .push("the response says that it is partial (`is_partial`)".to_owned());
    }
    let number = |key: &str| map.get(key).and_then(Json::as_u64);
    if let (Some(total), Some(size), true) = (
        number("total"),
        number("size"),
        map.contains_key("datarows"),
    ) && total > size
    {
        out.warnings
            .push(format!("the response holds {size} rows of {total}"));
    }
    if map.get("terminated_early") == Some(&Json::Bool(true)) {
        out.warnings
            .push("the search ended early (`terminated_early`)".to_owned());
    }
    if map.get("cursor").is_some_and(Json::is_string) {
        out.warnings
            .push("the response is one page of several (`cursor`)".to_owned());
    }
    let clusters = map.get("_clusters").and_then(Json::as_object);
    for key in ["skipped", "failed", "partial"] {
        let count = clusters.and_then(|clusters| clusters.get(key)?.as_u64());
        if let Some(count @ 1..) = count {
            out.warnings
                .push(format!("clusters {key}: {count}, so hits are missing"));
        }
    }
    let shards = map.get("_shards").and_then(Json::as_object);
    let count = |key: &str| shards.and_then(|shards| shards.get(key)?.as_u64());
    if let (Some(failed @ 1..), Some(total)) = (count("failed"), count("total")) {
        out.warnings.push(format!(
            "{failed} of {total} shards failed, so hits are missing"
        ));
    }
}

/// Whether the hits are all.
fn total(hits: &Map<String, Json>, out: &mut Opened) {
    let held = hits
        .get("hits")
        .and_then(Json::as_array)
        .map_or(0, Vec::len) as u64;
    let total = hits.get("total");
    let found = total.and_then(|total| total.as_u64().or_else(|| total.get("value")?.as_u64()));
    let relation = total.and_then(|total| total.get("relation")?.as_str());
    if let Some(found) = found.filter(|found| *found > held) {
        let least = if relation == Some("gte") {
            "at least "
        } else {
            ""
        };
        out.warnings
            .push(format!("the response holds {held} hits of {least}{found}"));
    }
}

fn short(json: &Json) -> String {
    let text = json
        .get("message")
        .and_then(Json::as_str)
        .map_or_else(|| json.to_string(), str::to_owned);
    let mut shown: String = text.chars().take(120).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
