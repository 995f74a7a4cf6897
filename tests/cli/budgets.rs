//! What a query of `interpret` may use up: each limit is met by a query, and its exit code and message asserted; and whose a refusal is.

use super::repo::Repo;

/// Functions that call each other twice.
fn doubling() -> String {
    let functions: String = (1..50)
        .map(|n| format!("let f{n} = () {{ f{0}() + f{0}() }};\n", n - 1))
        .collect();
    format!("let f0 = () {{ 1 }};\n{functions}print f49()\n")
}

#[test]
fn a_query_that_needs_too_much_is_refused_by_the_name_of_the_limit() {
    let repo = Repo::new("budgets");
    for (query, limit) in [
        (
            "range x from 1 to 100000000 step 1 | count".to_owned(),
            "budget of rows",
        ),
        (
            "range x from 1 to 30000 step 1 | summarize l = make_list(x) | extend k = range(1, 3000) | mv-expand k"
                .to_owned(),
            "budget of bytes",
        ),
        (doubling(), "budget of steps"),
        (
            "print s = range(1, 100000) | extend r = series_decompose_anomalies(s)".to_owned(),
            "budget of steps",
        ),
    ] {
        repo.write("query.kql", &query);
        repo.run(&["interpret", "kql", "query.kql"])
            .exits(1)
            .says(&format!("over the budget of this interpreter: {limit}: the query needs more than "))
            .says("error[E0693]")
            .says("--> query.kql:");
    }
}

/// One query that is refused loses no answer of the others.
#[test]
fn a_refusal_says_whose_it_is_line_by_line() {
    let repo = Repo::new("whose");
    let queries = [
        "print x = 1",
        "print x = y",
        "print x = 1 | fork (take 1)",
        "range x from 1 to 100000000 step 1",
        "print x = 2",
    ];
    let lines: String = queries
        .iter()
        .map(|query| format!("{}\n", serde_json::json!({ "id": query, "query": query })))
        .collect();
    repo.write("queries.jsonl", &lines);
    let ran = repo
        .run(&["interpret", "kql", "queries.jsonl", "--jsonl"])
        .exits(1);
    let kinds: Vec<String> = ran
        .out
        .lines()
        .map(|line| {
            let answer: serde_json::Value = serde_json::from_str(line).unwrap();
            let code = answer["code"].as_str().unwrap_or_default();
            let kind = answer["kind"].as_str().unwrap_or("answered");
            format!("{code} {kind}").trim_start().to_owned()
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "answered",
            "E0690 refused by the platform",
            "E0691 not supported by this interpreter",
            "E0693 over the budget of this interpreter",
            "answered",
        ]
    );
}
