//! Examples of our own for every command and every family of functions; pages are those of Elastic's ES|QL reference.

mod aggregates;
mod anomaly;
mod commands;
mod functions;
mod limits;
mod newer;
mod patterns;
mod rewrites;

use serde_json::{Value as Json, json};

use super::{Options, run};
use crate::{Answer, Refusal, RefusalKind, Sample};

/// 2024-03-15T10:30:00Z, a Friday.
const NOW: i64 = 1_710_498_600_000;

fn options() -> Options {
    Options {
        now_ms: NOW,
        ..Options::default()
    }
}

fn sample(name: &str, columns: &[(&str, &str)], rows: &Json) -> Sample {
    Sample {
        name: name.to_owned(),
        columns: columns
            .iter()
            .map(|(c, t)| ((*c).to_owned(), (*t).to_owned()))
            .collect(),
        rows: serde_json::from_value(rows.clone()).unwrap(),
    }
}

/// A few connections, a second index of the same pattern, and a look-up table.
fn tables() -> Vec<Sample> {
    vec![
        sample(
            "net-1",
            &[
                ("@timestamp", "date"),
                ("host.name", "keyword"),
                ("destination.ip", "ip"),
                ("destination.port", "long"),
                ("tags", "keyword"),
                ("bytes", "integer"),
            ],
            &json!([
                [
                    "2024-03-15T10:00:00Z",
                    "a",
                    "10.0.0.1",
                    443,
                    ["x", "y", "x"],
                    10
                ],
                ["2024-03-15T09:00:00Z", "b", "8.8.8.8", 53, "x", 20],
                ["2024-03-14T10:00:00Z", "a", "2001:db8::1", 443, null, null],
                ["2024-03-13T10:00:00Z", null, null, 22, [], 5],
            ]),
        ),
        sample(
            "net-2",
            &[("host.name", "keyword"), ("user", "keyword")],
            &json!([["c", "root"]]),
        ),
        sample(
            "ports",
            &[("destination.port", "integer"), ("service", "keyword")],
            &json!([[443, "https"], [443, "quic"], [[22, 2222], "ssh"]]),
        ),
        sample(
            "ranges",
            &[("low", "long"), ("high", "long"), ("band", "keyword")],
            &json!([[0, 1023, "system"], [400, 499, "four"]]),
        ),
    ]
}

fn answer(query: &str) -> Answer {
    match run(query, &tables(), &options()) {
        Ok(answer) => answer,
        Err(refusal) => panic!("{query}\n{refusal:?}"),
    }
}

fn refusal(query: &str) -> Refusal {
    match run(query, &tables(), &options()) {
        Ok(answer) => panic!("{query}\n{answer:?}"),
        Err(refusal) => refusal,
    }
}

fn rows(query: &str) -> Json {
    serde_json::to_value(answer(query).rows).unwrap()
}

fn names(query: &str) -> String {
    let columns = answer(query).columns;
    let shown: Vec<String> = columns.iter().map(|(n, t)| format!("{n}:{t}")).collect();
    shown.join(" ")
}

/// Expressions, their types and their values, each in a row of its own.
fn values(cases: &[(&str, &str, Json)]) {
    for (expression, ty, wanted) in cases {
        let found = answer(&format!("ROW x = {expression}"));
        assert_eq!(found.columns[0].1, *ty, "{expression}");
        let cell = &found.rows[0][0];
        let near = match (cell.as_f64(), wanted.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * b.abs().max(1.0),
            _ => cell == wanted,
        };
        assert!(near, "{expression} is {cell}, not {wanted}");
    }
}

fn refused(query: &str, kind: RefusalKind, construct: &str) {
    let found = refusal(query);
    assert_eq!(
        (found.kind, found.construct.as_str()),
        (kind, construct),
        "{query}: {found:?}"
    );
    assert!(
        found.span.end <= query.len() && found.span.start <= found.span.end,
        "{query}"
    );
}
