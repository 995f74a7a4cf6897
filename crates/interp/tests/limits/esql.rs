//! ES|QL: depth, size, growth, limits of a run, and texts that are no queries.

use huntc_interp::budget::Limits;
use huntc_interp::esql::{self, Options};
use huntc_interp::sample::{self, Platform};
use huntc_interp::{Answer, Refusal, RefusalKind, Sample};
use serde_json::{Value as Json, json};
use std::path::Path;

/// 2024-03-15T10:30:00Z, a Friday.
const NOW: i64 = 1_710_498_600_000;

fn options() -> Options {
    Options {
        now_ms: NOW,
        ..Options::default()
    }
}

fn run(query: &str, tables: &[Sample], options: &Options) -> Result<Answer, Refusal> {
    esql::run(query, tables, options)
}

fn answer(query: &str) -> Answer {
    run(query, &[], &options()).unwrap_or_else(|refusal| panic!("{query}\n{refusal:?}"))
}

fn rows(query: &str) -> Json {
    json!(answer(query).rows)
}

fn refused(query: &str, kind: RefusalKind, construct: &str) {
    let found = run(query, &[], &options()).expect_err(query);
    assert_eq!(
        (found.kind, found.construct.as_str()),
        (kind, construct),
        "{query}: {found:?}"
    );
    assert!(query.get(found.span.clone()).is_some(), "{query}");
}

/// The tables of the cases.
fn tables() -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/tables/net");
    sample::load(&folder, Platform::Esql).unwrap().samples
}

/// Depth is refused, not overflowed.
#[test]
fn depth() {
    for text in [
        format!("ROW a = {}1{}", "(".repeat(5000), ")".repeat(5000)),
        format!("ROW a = {}1", "- ".repeat(5000)),
        format!("ROW a = {}true", "NOT ".repeat(5000)),
        format!("ROW a = {}1{}", "ABS(".repeat(5000), ")".repeat(5000)),
        format!("ROW a = 1{}", " + 1".repeat(5000)),
        format!("ROW a = true{}", " AND true".repeat(5000)),
        format!("ROW a = 1{}", "::long".repeat(5000)),
    ] {
        refused(&text, RefusalKind::Invalid, "depth");
    }
    let just = format!("ROW a = 1{}", " + 1".repeat(300));
    assert_eq!(rows(&just), json!([[301]]));
    // Just within the limit, on the 2 MB that the thread of a test has.
    for (open, close) in [
        ("(", ")"),
        ("ABS(", ")"),
        ("- ", ""),
        ("CASE(a > 0, ", ", 0)"),
        ("TO_LONG(TO_STRING(", "))"),
    ] {
        let times = if open == "TO_LONG(TO_STRING(" {
            190
        } else {
            380
        };
        let nested = format!("{}a{}", open.repeat(times), close.repeat(times));
        for text in [
            format!("FROM numbers | EVAL b = {nested}"),
            format!("ROW a = 5 | EVAL b = {nested}"),
            format!("FROM numbers | STATS b = MAX({nested}) BY c = {nested}"),
            format!("FROM numbers | WHERE {nested} IS NOT NULL | SORT {nested}"),
        ] {
            let numbers = [Sample {
                name: "numbers".to_owned(),
                columns: vec![("a".to_owned(), "long".to_owned())],
                rows: vec![vec![json!(1)], vec![json!(2)]],
            }];
            let found = run(&text, &numbers, &options());
            found.unwrap_or_else(|refusal| panic!("{}: {refusal:?}", &text[..60]));
        }
    }
    let groups = format!("ROW a = \"a\" RLIKE \"{}\"", "(".repeat(5000));
    refused(&groups, RefusalKind::Invalid, "RLIKE");
}

/// Long pipelines and lists run.
#[test]
fn length() {
    let text = format!("ROW a = 0{}", " | EVAL a = a + 1".repeat(2000));
    assert_eq!(rows(&text), json!([[2000]]));
    let list: Vec<String> = (0..5000).map(|n| n.to_string()).collect();
    let text = format!(
        "ROW a = 4999 | WHERE a IN ({}) | STATS COUNT(*)",
        list.join(", ")
    );
    assert_eq!(rows(&text), json!([[1]]));
}

/// What grows beyond the limits of a run is refused by the name of the limit.
#[test]
fn budgets() {
    let limits = Limits {
        rows: 1000,
        bytes: 100_000,
        steps: 5_000,
    };
    let options = Options {
        limits,
        ..options()
    };
    let list: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let list = list.join(", ");
    let doubled = " | EVAL a = CONCAT(a, a)".repeat(20);
    let counted = " | EVAL n = n + 1".repeat(60);
    for (text, construct) in [
        (
            format!("ROW a = [{list}], b = [{list}], c = [{list}] | MV_EXPAND a | MV_EXPAND b"),
            "budget of rows",
        ),
        (
            format!("ROW a = \"0123456789\"{doubled}"),
            "budget of bytes",
        ),
        (
            format!("ROW a = [{list}], n = 0 | MV_EXPAND a{counted}"),
            "budget of steps",
        ),
    ] {
        let refusal = run(&text, &[], &options).unwrap_err();
        assert_eq!(
            (refusal.kind, refusal.construct.as_str()),
            (RefusalKind::Budget, construct),
            "{text}"
        );
        assert!(refusal.span.end <= text.len());
    }
    let doubled = " | EVAL a = REPLACE(a, \"0\", \"00\")".repeat(40);
    let answer = run(&format!("ROW a = \"0\"{doubled}"), &[], &self::options()).unwrap();
    assert_eq!(answer.rows, vec![vec![Json::Null]]);
    assert!(
        answer
            .warnings
            .iter()
            .any(|w| w.contains("[1048576] bytes"))
    );
}

/// Queries cut and mixed anywhere give an answer or a refusal with a place in the text.
#[test]
fn broken_texts() {
    let whole = [
        "FROM net-1 METADATA _id | WHERE tags : \"x\" AND bytes >= 10 | STATS c = COUNT(*) WHERE bytes > 1 BY host.name",
        "ROW a = [1, 2], b = \"é\\n\", c = \"\"\"raw\"\"\" | MV_EXPAND a | EVAL x = CASE(a == 1, NOW() - 1 day, null)::keyword",
        "ROW a = \"x y\" | DISSECT a \"%{b} %{c}\" | RENAME b AS `d e` | KEEP d*, `d e` | SORT c DESC NULLS LAST | LIMIT 3",
        "SET a = \"b\"; FROM net-* | LOOKUP JOIN ports ON destination.port | INLINE STATS MAX(bytes) BY user /* x */ // y",
    ];
    let junk = [
        "",
        "|",
        "(",
        "\"",
        "`",
        "-",
        "::",
        "1e",
        "é",
        " IN (",
        "NOT",
        "/*",
        "[",
        "99999999999999999999",
    ];
    for text in whole {
        for (at, _) in text.char_indices().step_by(2) {
            for piece in junk {
                let (head, tail) = text.split_at(at);
                for query in [format!("{head}{piece}"), format!("{head}{piece}{tail}")] {
                    if let Err(refusal) = run(&query, &tables(), &options()) {
                        assert!(!refusal.message.contains("itself failed"), "{query}");
                        assert!(
                            query.get(refusal.span.clone()).is_some(),
                            "{query}: {refusal:?}"
                        );
                    }
                }
            }
        }
    }
}

/// What would take all memory is broken off.
#[test]
fn growth() {
    let doubled = |step: &str| format!("ROW a = [1, 2], s = \"xy\"{}", step.repeat(40));
    refused(
        &doubled(" | EVAL a = MV_APPEND(a, a)"),
        RefusalKind::Failed,
        "a",
    );
    let text = answer(&doubled(" | EVAL s = CONCAT(s, s)"));
    assert_eq!(text.rows[0].last(), Some(&Json::Null));
    let wide = answer(&format!(
        "ROW a = [1, 2, 3]{} | STATS COUNT(*)",
        " | EVAL b = a | MV_EXPAND b".repeat(8)
    ));
    assert_eq!(wide.rows, vec![vec![json!(6561)]]);
    let many = format!(
        "ROW a = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]{}",
        " | EVAL b = a | MV_EXPAND b".repeat(8)
    );
    refused(&many, RefusalKind::Failed, "MV_EXPAND");
    let keys = (0..9)
        .map(|n| format!("k{n} = a"))
        .collect::<Vec<_>>()
        .join(", ");
    refused(
        &format!("ROW a = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] | STATS COUNT(*) BY {keys}"),
        RefusalKind::Failed,
        "BY",
    );
}

/// "LIMIT", "ES|QL limitations": 1,000 rows without one, 10,000 with any.
#[test]
fn limits_of_rows() {
    let many = vec![Sample {
        name: "many".to_owned(),
        columns: vec![("n".to_owned(), "long".to_owned())],
        rows: (0..12_000).map(|n| vec![json!(n)]).collect(),
    }];
    for (query, wanted) in [
        ("FROM many", 1000),
        ("FROM many | LIMIT 5", 5),
        ("FROM many | LIMIT 20000", 10_000),
        ("FROM many | LIMIT 11000 | STATS c = COUNT(*)", 1),
    ] {
        let found = run(query, &many, &options()).unwrap();
        assert_eq!(found.rows.len(), wanted, "{query}");
    }
    let counted = run("FROM many | STATS c = COUNT(*)", &many, &options()).unwrap();
    assert_eq!(counted.rows, vec![vec![json!(12_000)]]);
}
