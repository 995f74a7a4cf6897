//! Texts of platforms, in the interpreters.
//!
//! In: a query. Out: nothing. Guarantee: an answer whose rows are as wide as its columns, or a refusal whose place lies in the text; and never more than the
//! budget of a run.

use huntc_interp::budget::Limits;
use huntc_interp::{Answer, Refusal, Sample, esql, kql};
use serde_json::{Value, json};

/// An instant; the rows lie before it.
const NOW: i64 = 1_772_458_245_678;

/// Small, so that a run takes milliseconds.
const LIMITS: Limits = Limits {
    rows: 20_000,
    bytes: 16 << 20,
    steps: 400_000,
};

/// A table with a column of each type; `types` are the platform's names of text, integer, double, boolean, instant and anything.
fn sample(name: &str, types: [&str; 6]) -> Sample {
    let columns = ["name", "number", "share", "flag", "TimeGenerated", "more"];
    let columns = columns.iter().zip(types);
    let rows: [[Value; 6]; 4] = [
        [
            json!("cmd.exe"),
            json!(443),
            json!(0.5),
            json!(true),
            json!("2026-03-02T10:00:00Z"),
            json!({"a": [1, {"b": "x"}]}),
        ],
        [
            json!("Ärger and \"quotes\""),
            json!(-1),
            json!(-0.0),
            json!(false),
            json!("2026-03-02T10:00:00.001Z"),
            json!([1, 2]),
        ],
        [
            json!(""),
            json!(i64::MAX),
            json!(1e300),
            Value::Null,
            json!("2026-02-01T00:00:00Z"),
            json!("10.0.0.1"),
        ],
        [
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
        ],
    ];
    Sample {
        name: name.to_owned(),
        columns: columns
            .map(|(name, ty)| ((*name).to_owned(), ty.to_owned()))
            .collect(),
        rows: rows.map(Vec::from).to_vec(),
    }
}

fn check(query: &str, answer: Result<Answer, Refusal>) {
    match answer {
        Ok(answer) => {
            for row in &answer.rows {
                assert_eq!(row.len(), answer.columns.len());
            }
        }
        Err(refusal) => {
            assert!(!refusal.message.is_empty());
            // A panic of an interpreter is caught, and refuses the query.
            assert!(!refusal.message.contains("itself failed"), "{refusal:?}");
            let place = query.get(refusal.span.clone());
            assert!(place.is_some(), "{refusal:?} is not in the text");
        }
    }
}

/// KQL.
pub fn kql(bytes: &[u8]) {
    let Ok(query) = std::str::from_utf8(bytes) else {
        return;
    };
    let types = ["string", "long", "real", "bool", "datetime", "dynamic"];
    let samples = ["T", "DeviceNetworkEvents"].map(|name| sample(name, types));
    let options = kql::Options {
        now_ms: NOW,
        limits: LIMITS,
        ..kql::Options::default()
    };
    check(query, kql::run(query, &samples, &options));
}

/// ES|QL.
pub fn esql(bytes: &[u8]) {
    let Ok(query) = std::str::from_utf8(bytes) else {
        return;
    };
    let types = ["keyword", "long", "double", "boolean", "date", "keyword"];
    let samples = ["t", "logs-*"].map(|name| {
        let mut sample = sample(name, types);
        for row in &mut sample.rows {
            row[5] = json!(["10.0.0.1", "x"]);
        }
        sample
    });
    let options = esql::Options {
        now_ms: NOW,
        limits: LIMITS,
        ..esql::Options::default()
    };
    check(query, esql::run(query, &samples, &options));
}
