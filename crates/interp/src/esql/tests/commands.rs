//! Commands, one test for each page.

use super::*;

/// "FROM": patterns, exclusions, columns in alphabetical order, absent fields, metadata.
#[test]
fn from() {
    assert_eq!(
        names("FROM net-* METADATA _index"),
        "@timestamp:date bytes:integer destination.ip:ip destination.port:long host.name:keyword tags:keyword user:keyword _index:keyword"
    );
    assert_eq!(
        rows("FROM net-* METADATA _index | WHERE user IS NOT NULL | KEEP host.name, bytes, _index"),
        json!([["c", null, "net-2"]])
    );
    assert_eq!(rows("FROM net-*,-net-2 | STATS COUNT(*)"), json!([[4]]));
    assert_eq!(rows("FROM net-2, nothing-* | STATS COUNT()"), json!([[1]]));
    refused("FROM absent", RefusalKind::Invalid, "absent");
    refused("FROM absent-*", RefusalKind::Invalid, "absent-*");
    refused("FROM (FROM net-1)", RefusalKind::Unknown, "subquery");
    refused("FROM other:net-1", RefusalKind::Unknown, "other:net-1");
}

/// "ES|QL multi-index queries": two types under one name.
#[test]
fn from_with_conflicts() {
    let mut tables = tables();
    tables.push(sample("net-3", &[("bytes", "keyword")], &json!([["1"]])));
    let used = run("FROM net-* | WHERE bytes > 1", &tables, &options());
    assert_eq!(used.unwrap_err().construct, "bytes");
    let kept = run("FROM net-*", &tables, &options());
    assert_eq!(kept.unwrap_err().construct, "bytes");
    let dropped = run(
        "FROM net-* | DROP bytes | STATS COUNT(*)",
        &tables,
        &options(),
    );
    assert_eq!(dropped.unwrap().rows, vec![vec![json!(6)]]);
}

/// "ES|QL multivalued fields": how arrays are held.
#[test]
fn arrays_as_fields_hold_them() {
    assert_eq!(
        rows("FROM net-1 | KEEP tags"),
        json!([[["x", "y"]], ["x"], [null], [null]])
    );
}

/// "ROW", "EVAL": later columns see earlier ones; a new value moves to the end.
#[test]
fn row_and_eval() {
    assert_eq!(
        names("ROW a = 1, b = 2 | EVAL a = b + 1, c = a * 2"),
        "b:integer a:integer c:integer"
    );
    assert_eq!(
        rows("ROW a = 1, b = 2 | EVAL a = b + 1, c = a * 2"),
        json!([[2, 3, 6]])
    );
    assert_eq!(names("ROW 1 + 2"), "1 + 2:integer");
    assert_eq!(names("ROW a = [1, 2147483648]"), "a:long");
}

/// "WHERE": only what is true stays; null is not.
#[test]
fn filters() {
    assert_eq!(
        rows("FROM net-1 | WHERE bytes != 10 | STATS COUNT(*)"),
        json!([[2]])
    );
    assert_eq!(
        rows("FROM net-1 | WHERE NOT bytes == 10 | STATS COUNT(*)"),
        json!([[2]])
    );
    assert_eq!(
        rows("FROM net-1 | WHERE bytes != 10 OR bytes IS NULL | STATS COUNT(*)"),
        json!([[3]])
    );
    let found = answer("FROM net-1 | WHERE tags == \"x\" | KEEP host.name");
    assert_eq!(found.rows, vec![vec![json!("b")]]);
    assert!(found.warnings[0].contains("multi-value"), "{found:?}");
    refused(
        "FROM net-1 | WHERE bytes",
        RefusalKind::Invalid,
        "condition",
    );
    refused(
        "FROM net-1 | WHERE absent == 1",
        RefusalKind::Invalid,
        "absent",
    );
}

/// "KEEP": a name goes before a pattern, a pattern before `*`.
#[test]
fn keeping_and_dropping() {
    assert_eq!(
        names("ROW ab = 1, ac = 2, b = 3 | KEEP b, *"),
        "b:integer ab:integer ac:integer"
    );
    assert_eq!(
        names("ROW ab = 1, ac = 2, b = 3 | KEEP a*, ab"),
        "ac:integer ab:integer"
    );
    assert_eq!(names("ROW ab = 1, ac = 2, b = 3 | DROP a*"), "b:integer");
    assert_eq!(
        names("ROW ab = 1, ac = 2, b = 3 | DROP ab, a*, ab"),
        "b:integer"
    );
    assert_eq!(names("ROW `a b` = 1, c = 2 | KEEP `a b`"), "a b:integer");
    refused("ROW a = 1 | KEEP z*", RefusalKind::Invalid, "z*");
    refused("ROW a = 1 | DROP z", RefusalKind::Invalid, "z");
}

/// "RENAME": both forms, one after the other.
#[test]
fn renaming() {
    assert_eq!(
        names("ROW a = 1, b = 2 | RENAME a AS t, b AS a, t AS b"),
        "b:integer a:integer"
    );
    assert_eq!(names("ROW a = 1, b = \"s\" | RENAME a = b"), "a:keyword");
    refused(
        "ROW a = 1 | RENAME a AS b, a AS c",
        RefusalKind::Invalid,
        "a",
    );
}

/// "SORT": nulls count as the largest; several values by their smallest or largest.
#[test]
fn sorting() {
    assert_eq!(
        rows("FROM net-1 | SORT bytes | KEEP bytes"),
        json!([[5], [10], [20], [null]])
    );
    assert_eq!(
        rows("FROM net-1 | SORT bytes DESC | KEEP bytes"),
        json!([[null], [20], [10], [5]])
    );
    assert_eq!(
        rows("FROM net-1 | SORT bytes DESC NULLS LAST | KEEP bytes"),
        json!([[20], [10], [5], [null]])
    );
    assert_eq!(
        rows("FROM net-1 | SORT tags DESC NULLS LAST, @timestamp | KEEP host.name"),
        json!([["a"], ["b"], [null], ["a"]])
    );
    assert!(answer("FROM net-1 | SORT bytes").ordered);
    assert!(!answer("FROM net-1 | SORT bytes | STATS COUNT(*) BY tags").ordered);
}

/// "LIMIT", "ES|QL limitations": 1,000 rows without one, 10,000 with any.
#[test]
fn limits_of_rows() {
    let many = json!((0..12_000).map(|n| vec![n]).collect::<Vec<_>>());
    let many = vec![sample("many", &[("n", "long")], &many)];
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

/// "MV_EXPAND": a row for each value; a row of none stays.
#[test]
fn expanding() {
    assert_eq!(
        rows("FROM net-1 | MV_EXPAND tags | SORT @timestamp DESC, tags | KEEP host.name, tags"),
        json!([
            ["a", "x"],
            ["a", "y"],
            ["b", "x"],
            ["a", null],
            [null, null]
        ])
    );
}

/// "LOOKUP JOIN": a row for each match; keys of several values match nothing.
#[test]
fn looking_up() {
    let found = answer(
        "FROM net-1 | LOOKUP JOIN ports ON destination.port | KEEP destination.port, service | SORT destination.port, service",
    );
    assert_eq!(
        serde_json::to_value(&found.rows).unwrap(),
        json!([
            [22, null],
            [53, null],
            [443, "https"],
            [443, "https"],
            [443, "quic"],
            [443, "quic"]
        ])
    );
    assert!(found.warnings.iter().any(|w| w.contains("LOOKUP JOIN")));
    assert_eq!(
        rows(
            "FROM net-1 | LOOKUP JOIN ranges ON destination.port >= low AND destination.port <= high | STATS c = COUNT(*) BY band | SORT band"
        ),
        json!([[2, "four"], [4, "system"]])
    );
    refused(
        "ROW a = 1 | LOOKUP JOIN ports ON a",
        RefusalKind::Invalid,
        "a",
    );
    refused(
        "ROW a = 1 | LOOKUP JOIN nowhere ON a",
        RefusalKind::Invalid,
        "nowhere",
    );
}

/// "DISSECT".
#[test]
fn dissecting() {
    assert_eq!(
        rows(
            r#"ROW a = "2024 - GET /x   200" | DISSECT a "%{year} - %{verb} %{path->} %{?skipped}" | KEEP year, verb, path"#
        ),
        json!([["2024", "GET", "/x"]])
    );
    assert_eq!(
        rows(
            r#"ROW a = "1-2-3" | DISSECT a "%{+k/2}-%{z}-%{+k/1}" APPEND_SEPARATOR="_" | KEEP k, z"#
        ),
        json!([["3_1", "2"]])
    );
    assert_eq!(
        rows(r#"ROW a = "zz" | DISSECT a "%{b}:%{c}" | KEEP b, c"#),
        json!([[null, null]])
    );
    assert_eq!(
        rows(r#"ROW a = ["a b", "c", "d e"] | DISSECT a "%{x} %{y}" | KEEP x, y"#),
        json!([[["a", "d"], ["b", "e"]]])
    );
    refused(
        r#"ROW a = "x" | DISSECT a "%{*a} %{&a}""#,
        RefusalKind::Invalid,
        "DISSECT",
    );
}

/// "GROK": what is known of it.
#[test]
fn grokking() {
    assert_eq!(
        rows(
            r#"ROW a = "user bob 42 x" | GROK a "%{WORD} %{USERNAME:user} %{INT:n:int}(?<rest>.*)" | KEEP user, n, rest"#
        ),
        json!([["bob", 42, " x"]])
    );
    assert_eq!(
        rows(r#"ROW a = "b c" | GROK a "%{WORD:w} %{WORD:w}" | KEEP w"#),
        json!([[["b", "c"]]])
    );
    // Columns are in the order of their names; `int` reads whole numbers only.
    assert_eq!(
        names(
            r#"ROW a = "1 2024-05-01T10:00:00Z" | GROK a "%{NUMBER:n:long} %{TIMESTAMP_ISO8601:at}""#
        ),
        "a:keyword at:keyword n:long"
    );
    refused(
        r#"ROW a = "1.5" | GROK a "%{NUMBER:n:int}""#,
        RefusalKind::Unknown,
        "n",
    );
    // A look behind, and groups that give nothing back.
    assert_eq!(
        rows(
            r#"ROW a = "v-12 says 'it\\'s' at 10.0.0.1" | GROK a "%{NUMBER:n} %{WORD} %{QS:q} at %{IP:ip}" | KEEP n, q, ip"#
        ),
        json!([["-12", "'it\\'s'", "10.0.0.1"]])
    );
    refused(
        r#"ROW a = "Zürich" | GROK a "^%{WORD:n}$""#,
        RefusalKind::Unknown,
        "GROK",
    );
    refused(
        r#"ROW a = "1" | GROK a "%{SYSLOGBASE}""#,
        RefusalKind::Unknown,
        "GROK",
    );
}

/// "SET": directives before a query; a name of nothing becomes a column of nulls that stays.
#[test]
fn directives() {
    let with = |query: &str| format!("SET unmapped_fields = \"nullify\"; {query}");
    for (query, wanted) in [
        (
            "FROM net-2 | EVAL x = absent | KEEP x, gone",
            "x:null gone:null",
        ),
        (
            "ROW x = 1 | EVAL y = far::long + x, z = y",
            "x:integer far:null y:long z:long",
        ),
        (
            "ROW x = 1 | WHERE far IS NULL | SORT near",
            "x:integer far:null near:null",
        ),
        (
            "ROW x = 1 | RENAME x AS y, far AS z | DROP gone",
            "y:integer z:null",
        ),
        (
            "ROW x = 1 | MV_EXPAND far | KEEP *, near",
            "x:integer far:null near:null",
        ),
        (
            "ROW x = 1 | STATS s = SUM(x) + b BY b = far",
            "s:long b:null",
        ),
        (
            "ROW x = 1 | INLINE STATS s = SUM(x) + b BY b = far + near",
            "x:integer far:null near:null s:long b:null",
        ),
    ] {
        assert_eq!(names(&with(query)), wanted, "{query}");
    }
    refused(
        &with("ROW x = 1 | STATS c = COUNT(*) | EVAL y = far"),
        RefusalKind::Invalid,
        "far",
    );
    refused(
        "SET unmapped_fields = \"load\"; FROM net-2",
        RefusalKind::Unknown,
        "SET",
    );
}

/// Commands that are known by name only.
#[test]
fn commands_that_are_refused() {
    for (query, construct) in [
        ("FROM net-1 | ENRICH policy ON bytes", "ENRICH"),
        ("FROM net-1 | CHANGE_POINT bytes", "CHANGE_POINT"),
        ("SHOW INFO", "SHOW"),
        ("TS metrics", "TS"),
        ("FROM net-1 | FROBNICATE x", "FROBNICATE"),
    ] {
        refused(query, RefusalKind::Unknown, construct);
    }
    refused("WHERE true", RefusalKind::Invalid, "WHERE");
    refused("FROM net-1 | FROM net-2", RefusalKind::Invalid, "FROM");
    refused("FROM net-1 |", RefusalKind::Invalid, "command");
    refused("", RefusalKind::Invalid, "command");
}

/// Blanks and comments may stand around the dots of a name, as between any two tokens.
#[test]
fn blanks_around_dots() {
    assert_eq!(
        rows(
            "FROM net-1 | WHERE destination .port == 22 AND host. name IS NULL | KEEP destination /* a */ . port, `host` .n*"
        ),
        json!([[22, null]])
    );
    assert_eq!(
        rows("ROW a = 1 | WHERE a > .5 AND NOT .5 > a | KEEP a"),
        json!([[1]])
    );
}

/// "ES|QL syntax reference": comments, strings, quoted names, case.
#[test]
fn syntax() {
    assert_eq!(
        rows(
            "row a = /* one /* in */ another */ 1 // and a line\n | Eval `b``c` = a | keep `b``c`"
        ),
        json!([[1]])
    );
    assert_eq!(
        rows(r#"ROW a = "t\tq\"b\\", b = """raw \d "quoted"""""#),
        json!([["t\tq\"b\\", "raw \\d \"quoted\""]])
    );
    assert_eq!(
        rows("ROW a = -2147483648, b = .5, c = 1e3, d = 7."),
        json!([[-2_147_483_648i64, 0.5, 1000.0, 7.0]])
    );
    refused("ROW a = \"x", RefusalKind::Invalid, "string");
    refused("ROW a = \"\\q\"", RefusalKind::Invalid, "string");
    refused("ROW a = 1 = 2", RefusalKind::Invalid, "=");
    refused("ROW last = 1 | EVAL x = last", RefusalKind::Invalid, "last");
    refused("ROW a = ?p", RefusalKind::Unknown, "?");
}
