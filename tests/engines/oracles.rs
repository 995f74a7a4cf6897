//! Do the oracles answer, and do they say no? Each is asked something right and something wrong.
//!
//! An oracle that accepted everything would make every check that relies on it worthless.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // clippy.toml frees test functions, not their helpers

use crate::support::databases::on_each_database;
use crate::support::{Kind, Worker, oracle_or_skip};
use huntc::internals::plan::Type;
use serde_json::{Value, json};
use std::path::Path;

/// A schema file of `tests/oracles/`.
fn schema(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/oracles")
        .join(name)
        .display()
        .to_string()
}

#[test]
fn kql_accepts_a_query_over_the_schema() {
    let Some(kql) = oracle_or_skip(Kind::Kql) else {
        return;
    };
    let query = "Events\n| where Port > 1024\n| summarize n = count() by Host";
    let answer = kql
        .ask(&json!({"query": query, "schema": schema("kql.json")}))
        .unwrap();
    assert_eq!(answer["errors"], json!([]));
    assert_eq!(
        answer["columns"],
        json!([["Host", "string"], ["n", "long"]])
    );
}

#[test]
fn kql_refuses_an_unknown_column_and_points_at_it() {
    let Some(kql) = oracle_or_skip(Kind::Kql) else {
        return;
    };
    let query = "Events\n| where \"é😀\" == Host and Prot > 1024";
    let answer = kql
        .ask(&json!({"query": query, "schema": schema("kql.json")}))
        .unwrap();
    let error = &answer["errors"][0];
    assert_eq!(error["code"], "KS142");
    assert_eq!(
        (&error["text"], &error["line"], &error["column"]),
        (&json!("Prot"), &json!(2), &json!(26))
    );
}

#[test]
fn kql_knows_the_declared_functions_and_misses_the_absent_ones() {
    let Some(kql) = oracle_or_skip(Kind::Kql) else {
        return;
    };
    let ask = |query: &str| {
        kql.ask(&json!({"query": query, "schema": schema("kql.json")}))
            .unwrap()
    };
    let called = ask("Parsed(starttime=ago(1d)) | project Host, Tags = Tag(Host)");
    assert_eq!(called["errors"], json!([]));
    assert_eq!(
        called["columns"],
        json!([["Host", "string"], ["Tags", "dynamic"]])
    );
    assert_eq!(
        ask("Events | extend c = geo_info_from_ip_address(Host)")["errors"][0]["code"],
        "KS211"
    );
    assert_eq!(
        ask("Events | summarize any(Host)")["warnings"][0]["code"],
        "KS507"
    );
}

#[test]
fn esql_accepts_and_refuses_by_schema() {
    let Some(esql) = oracle_or_skip(Kind::Esql) else {
        return;
    };
    let ask = |query: &str| {
        esql.ask(&json!({"query": query, "schema": schema("esql.json")}))
            .unwrap()
    };
    let good =
        ask("FROM logs-* | WHERE process.name == \"a\" | STATS n = COUNT(*) BY destination.ip");
    assert_eq!(good["results"].as_array().map(Vec::len), Some(2));
    assert!(
        good["results"]
            .as_array()
            .unwrap()
            .iter()
            .all(|result| result["ok"] == true),
        "{good}"
    );
    let bad = ask("FROM logs-*\n| WHERE process.nmae == \"a\"");
    for result in bad["results"].as_array().unwrap() {
        assert_eq!(result["error"]["kind"], "EsqlSchemaError", "{bad}");
        assert_eq!(
            (&result["error"]["line"], &result["error"]["column"]),
            (&json!(2), &json!(9))
        );
    }
}

#[test]
fn esql_refuses_types_that_do_not_compare_and_stacks_it_has_no_grammar_for() {
    let Some(esql) = oracle_or_skip(Kind::Esql) else {
        return;
    };
    let fields = json!({"fields": {"destination.port": "long"}});
    let query = "FROM logs-* | WHERE destination.port == \"a\"";
    let answer = esql
        .ask(&json!({"query": query, "schema": fields, "stacks": ["9.3.0"]}))
        .unwrap();
    assert_eq!(
        answer["results"][0]["error"]["kind"],
        "EsqlTypeMismatchError"
    );
    let refused = esql.ask(&json!({"query": query, "schema": fields, "stacks": ["8.15.0"]}));
    assert!(refused.unwrap_err().contains("8.15.0"));
}

/// One row of every type, one of empty values, one of nulls.
fn every_type() -> Value {
    json!([
        ["x'\\\"\n é😀", i64::MAX, 0.1, 1_700_000_000_123_i64, true, ["a", null, ""], [1_700_000_000_123_i64, null]],
        ["", i64::MIN, {"f": "-0.0"}, {"t": -1}, false, [], []],
        ["n", 0, "NaN", 0, null, ["b"], [0]],
        [null, null, null, null, null, null, null],
        ["i", 1, {"f": "-Infinity"}, 1, true, ["c"], [1]]
    ])
}

/// What loading `every_type` and reading it back gives.
fn every_type_back() -> Value {
    json!([
        ["x'\\\"\n é😀", i64::MAX, {"f": "0.1"}, {"t": 1_700_000_000_123_i64}, true, ["a", null, ""],
            [{"t": 1_700_000_000_123_i64}, null]],
        ["", i64::MIN, {"f": "-0.0"}, {"t": -1}, false, [], []],
        ["n", 0, {"f": "NaN"}, {"t": 0}, null, ["b"], [{"t": 0}]],
        [null, null, null, null, null, null, null],
        ["i", 1, {"f": "-Infinity"}, {"t": 1}, true, ["c"], [{"t": 1}]]
    ])
}

/// Loads a table with a column of every type, reads it back, replaces it, resets it.
fn loads_tables(engine: &Worker, kind: Kind) {
    let texts = Type::Set(Box::new(Type::Text));
    let types = [
        (Type::Text, false),
        (Type::Int, false),
        (Type::Float, false),
        (Type::Time, false),
        (Type::Bool, false),
        (texts, true),
        (Type::Time, true),
    ]
    .map(|(ty, multi)| kind.profile().column_type(&ty, "", multi));
    let (quote, no_null_lists) = (kind.database().quote, kind.database().no_null_lists);
    let names = [
        "Text",
        "int",
        "float",
        "time stamp",
        "flag",
        "list",
        "times",
    ];
    let columns: Vec<Value> = names
        .iter()
        .zip(types)
        .map(|(name, kind)| json!([name, kind]))
        .collect();
    let table = json!({"table": "Every Type", "columns": columns, "rows": every_type()});
    assert_eq!(engine.ask(&table).unwrap()["loaded"], 5);
    let all = json!({"sql": format!("select * from {quote}Every Type{quote}")});
    let answer = engine.ask(&all).unwrap();
    let back: Vec<&str> = answer["columns"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|c| c[0].as_str())
        .collect();
    assert_eq!(back, names);
    let sorted = |rows: &Value| {
        let mut rows: Vec<String> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(Value::to_string)
            .collect();
        rows.sort();
        rows
    };
    let mut wanted = every_type_back();
    if no_null_lists {
        wanted[3] = json!([null, null, null, null, null, [], []]);
    }
    assert_eq!(sorted(&answer["rows"]), sorted(&wanted));
    let empty = json!({"table": "Every Type", "columns": columns, "rows": []});
    assert_eq!(engine.ask(&empty).unwrap()["loaded"], 0);
    assert_eq!(engine.ask(&all).unwrap()["rows"], json!([]));
    engine.ask(&json!({"reset": true})).unwrap();
    assert!(engine.ask(&all).unwrap_err().contains("Every Type"));
}

/// Asks an engine something right, something wrong, and something right again.
fn answers_and_refuses(engine: &Worker) {
    let one = json!({"sql": "select 1 as one, 'a' as b, nullif(1, 1) as c"});
    assert_eq!(engine.ask(&one).unwrap()["rows"], json!([[1, "a", null]]));
    let problem = engine
        .ask(&json!({"sql": "select * from no_such_table"}))
        .unwrap_err();
    assert!(problem.contains("no_such_table"), "{problem}");
    let bad_cell = json!({"table": "t", "columns": [["n", "bigint"]], "rows": [["word"]]});
    assert!(engine.ask(&bad_cell).is_err());
    assert_eq!(engine.ask(&one).unwrap()["rows"], json!([[1, "a", null]]));
}

fn answers_refuses_and_loads(kind: Kind) {
    if let Some(engine) = oracle_or_skip(kind) {
        answers_and_refuses(engine);
        loads_tables(engine, kind);
    }
}

on_each_database!(answers_refuses_and_loads);

#[test]
fn spark_runs_in_ansi_mode() {
    let Some(engine) = oracle_or_skip(Kind::SPARK) else {
        return;
    };
    let problem = engine.ask(&json!({"sql": "select 1 / 0"})).unwrap_err();
    assert!(problem.contains("DIVIDE_BY_ZERO"), "{problem}");
}

#[test]
fn what_is_finer_or_larger_than_the_contract_is_shown_and_not_rounded() {
    let Some(engine) = oracle_or_skip(Kind::DUCKDB) else {
        return;
    };
    let sql = "select timestamp '1970-01-01 00:00:00.001002', 9223372036854775808::hugeint, 0.10::decimal(3, 2), \
               interval 90 seconds, 'infinity'::double";
    let answer = engine.ask(&json!({"sql": sql})).unwrap();
    let wanted = json!([[{"t": 1, "us": 2}, {"i": "9223372036854775808"}, {"n": "0.10"}, {"span": 90_000},
        {"f": "Infinity"}]]);
    assert_eq!(answer["rows"], wanted);
}

#[test]
fn lucene_has_no_anchors_and_matches_whole_texts() {
    let Some(lucene) = oracle_or_skip(Kind::Lucene) else {
        return;
    };
    let ask = |kind: &str, pattern: &str, texts: &[&str]| {
        lucene
            .ask(&json!({"kind": kind, "pattern": pattern, "texts": texts}))
            .map(|answer| answer["matches"].clone())
    };
    assert_eq!(
        ask("rlike", "^ab$", &["ab", "^ab$"]),
        Ok(json!([false, true]))
    );
    assert_eq!(
        ask("rlike", "a.*", &["ab", "xab", "a😀"]),
        Ok(json!([true, false, true]))
    );
    assert_eq!(
        ask("like", "a?c*", &["abcd", "abd"]),
        Ok(json!([true, false]))
    );
    assert!(ask("rlike", "(", &["("]).is_err());
    assert!(ask("glob", "a", &["a"]).is_err());
    let one =
        lucene.ask(&json!({"kind": "rlike", "pattern": "AB", "text": "ab", "ignore_case": true}));
    assert_eq!(one.unwrap()["match"], true);
}
