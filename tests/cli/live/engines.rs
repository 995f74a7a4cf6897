//! Kusto and Elasticsearch as far as huntc talks to them: requests are checked as the documents say, and texts are read by the interpreters.

use super::server::{Reply, Request, error, ok, reply};
use huntc_interp::{Sample, esql, kql};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;

pub const TOKEN: &str = "geheim-eyJ0eXAi";
pub const KEY: &str = "geheim-a2V5OnNlY3JldA==";

/// What of a request is not as it should be.
fn unlike(request: &Request, authorization: &str, kind: Option<&str>) -> Option<String> {
    let has = |name: &str, wanted: &str| {
        let found = request.header(name);
        (found != Some(wanted)).then(|| format!("{name} is {found:?}, not {wanted}"))
    };
    has("accept", "application/json")
        .or_else(|| has("authorization", authorization))
        .or_else(|| kind.and_then(|kind| has("content-type", kind)))
}

/// Kusto: the query has everything in it.
pub fn kusto(request: &Request) -> Reply {
    let bearer = format!("Bearer {TOKEN}");
    if let Some(why) = unlike(request, &bearer, Some("application/json; charset=utf-8")) {
        return error(418, "test", &why);
    }
    if (request.method.as_str(), request.path.as_str()) != ("POST", "/v2/rest/query") {
        return error(418, "test", &format!("{} {}", request.method, request.path));
    }
    let body = request.json();
    let names: Vec<&String> = body.as_object().unwrap().keys().collect();
    let options = &body["properties"]["Options"];
    let read_only =
        options["request_readonly"] == true && options["results_progressive_enabled"] == false;
    if names != ["db", "csl", "properties"] || body["db"] != "NetDefaultDB" || !read_only {
        return error(418, "test", &format!("the body is {body}"));
    }
    let text = body["csl"].as_str().unwrap();
    match kql::run(text, &[], &kql::Options::default()) {
        Ok(answer) => {
            let columns: Vec<Value> = (answer.columns.iter())
                .map(|(name, ty)| json!({ "ColumnName": name, "ColumnType": ty }))
                .collect();
            let mut rows = answer.rows;
            // A dynamic value comes as text here, and as itself there.
            let as_text = text.len().is_multiple_of(2);
            for cell in rows.iter_mut().flatten().filter(|cell| cell.is_array()) {
                if as_text {
                    *cell = json!(cell.to_string());
                }
            }
            ok(&frames(&json!(columns), &json!(rows)))
        }
        Err(refusal) => error(400, "BadRequest", &format!("{refusal:?}")),
    }
}

/// The second version of Kusto's answer.
pub fn frames(columns: &Value, rows: &Value) -> Value {
    json!([
        { "FrameType": "DataSetHeader", "IsProgressive": false, "Version": "v2.0" },
        { "FrameType": "DataTable", "TableId": 0, "TableKind": "QueryProperties", "TableName": "@ExtendedProperties",
          "Columns": [{ "ColumnName": "Key", "ColumnType": "string" }], "Rows": [["Visualization"]] },
        { "FrameType": "DataTable", "TableId": 1, "TableKind": "PrimaryResult", "TableName": "PrimaryResult",
          "Columns": columns, "Rows": rows },
        { "FrameType": "DataTable", "TableId": 2, "TableKind": "QueryCompletionInformation", "TableName": "QueryCompletionInformation",
          "Columns": [{ "ColumnName": "Level", "ColumnType": "int" }], "Rows": [[4]] },
        { "FrameType": "DataSetCompletion", "HasErrors": false, "Cancelled": false }
    ])
}

/// Elasticsearch: indices with a mapping, and documents.
#[derive(Default)]
pub struct Elasticsearch {
    pub indices: Mutex<BTreeMap<String, Sample>>,
}

impl Elasticsearch {
    pub fn answer(&self, request: &Request) -> Reply {
        let kind = match (request.method.as_str(), request.path.contains("_bulk")) {
            ("DELETE", _) => None,
            (_, true) => Some("application/x-ndjson"),
            _ => Some("application/json"),
        };
        if let Some(why) = unlike(request, &format!("ApiKey {KEY}"), kind) {
            return error(418, "test", &why);
        }
        let mut indices = self.indices.lock().unwrap();
        let (path, parameters) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("PUT", [name]) => {
                let body = request.json();
                if body["mappings"]["dynamic"] != "strict" {
                    return error(418, "test", "an index that takes any field");
                }
                let fields = body["mappings"]["properties"].as_object().unwrap();
                let columns = fields
                    .iter()
                    .map(|(name, field)| (name.clone(), field["type"].as_str().unwrap().to_owned()))
                    .collect();
                if indices.contains_key(*name) {
                    return error(400, "resource_already_exists_exception", name);
                }
                let index = Sample {
                    name: (*name).to_owned(),
                    columns,
                    rows: Vec::new(),
                };
                indices.insert((*name).to_owned(), index);
                ok(&json!({ "acknowledged": true, "index": name }))
            }
            ("POST", [name, "_bulk"]) if parameters == "refresh=true" => {
                match indices.get_mut(*name) {
                    Some(index) => bulk(index, &request.body),
                    None => error(404, "index_not_found_exception", name),
                }
            }
            ("POST", ["_query"]) => {
                let body = request.json();
                if body["columnar"] != false {
                    return error(418, "test", &body.to_string());
                }
                let samples: Vec<Sample> = indices.values().cloned().collect();
                let text = body["query"].as_str().unwrap();
                match esql::run(text, &samples, &esql::Options::default()) {
                    Ok(answer) => {
                        let columns: Vec<Value> = (answer.columns.iter())
                            .map(|(name, ty)| json!({ "name": name, "type": ty }))
                            .collect();
                        ok(
                            &json!({ "took": 1, "is_partial": false, "columns": columns, "values": answer.rows }),
                        )
                    }
                    Err(refusal) => error(400, "verification_exception", &format!("{refusal:?}")),
                }
            }
            ("DELETE", [name]) => match indices.remove(*name) {
                Some(_) => ok(&json!({ "acknowledged": true })),
                None => error(404, "index_not_found_exception", name),
            },
            _ => reply(405, "no such thing"),
        }
    }
}

fn bulk(index: &mut Sample, body: &str) -> Reply {
    assert!(body.ends_with('\n'));
    let lines: Vec<Value> = body
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut items = Vec::new();
    for pair in lines.chunks(2) {
        let [action, document] = pair else {
            panic!("an action without a document")
        };
        assert_eq!(action, &json!({ "index": {} }));
        let document = document.as_object().unwrap();
        let strange = document
            .keys()
            .find(|name| !index.columns.iter().any(|(own, _)| own == *name));
        if let Some(strange) = strange {
            return error(400, "strict_dynamic_mapping_exception", strange);
        }
        let cell =
            |(name, _): &(String, String)| document.get(name).cloned().unwrap_or(Value::Null);
        index.rows.push(index.columns.iter().map(cell).collect());
        items.push(json!({ "index": { "status": 201 } }));
    }
    ok(&json!({ "errors": false, "items": items }))
}
