//! STATS, INLINE STATS and the aggregates.

use super::*;

/// "STATS": null is a group; a row stands in the group of each of its values; without rows there is one row still.
#[test]
fn groups() {
    assert_eq!(
        rows("FROM net-1 | STATS c = COUNT(*) BY tags | SORT tags"),
        json!([[2, "x"], [1, "y"], [2, null]])
    );
    assert_eq!(
        rows("FROM net-1 | WHERE false | STATS c = COUNT(*), s = SUM(bytes), v = VALUES(bytes)"),
        json!([[0, null, null]])
    );
    assert_eq!(
        rows("FROM net-1 | WHERE false | STATS c = COUNT(*) BY tags"),
        json!([])
    );
    assert_eq!(
        rows("ROW a = [1, 2], b = [3, 4] | STATS c = COUNT(*) BY a, b | STATS COUNT(*)"),
        json!([[4]])
    );
    assert_eq!(
        rows("ROW a = [1, 1, 2] | STATS VALUES(a) BY a"),
        json!([[[1, 2], 1], [[1, 2], 2]])
    );
}

/// "STATS": names, keys that are expressions, what is computed from aggregates and keys.
#[test]
fn names_and_expressions() {
    assert_eq!(
        names(
            "FROM net-1 | STATS COUNT(*), x = MAX( bytes ) + 1 BY host.name, p = destination.port % 2"
        ),
        "COUNT(*):long x:integer host.name:keyword p:long"
    );
    assert_eq!(
        rows("FROM net-1 | STATS s = SUM(bytes) + p, t = p * 2 BY p = destination.port | SORT p"),
        json!([[27, 44, 22], [73, 106, 53], [453, 886, 443]])
    );
    assert_eq!(
        names("ROW a = 1, x = 2 | STATS x = MAX(a), x = MIN(a) BY a"),
        "x:integer a:integer"
    );
    assert_eq!(names("ROW a = 1 | STATS a = COUNT(*) BY a"), "a:integer");
    refused("FROM net-1 | STATS bytes", RefusalKind::Invalid, "bytes");
    refused(
        "FROM net-1 | STATS MAX(SUM(bytes))",
        RefusalKind::Invalid,
        "SUM",
    );
    refused(
        "FROM net-1 | STATS bytes BY bytes",
        RefusalKind::Invalid,
        "STATS",
    );
    refused(
        "FROM net-1 | EVAL x = SUM(bytes)",
        RefusalKind::Invalid,
        "SUM",
    );
    refused("FROM net-1 | STATS SUM(tags)", RefusalKind::Invalid, "SUM");
}

/// "STATS": WHERE after an aggregate, also after what is computed from several.
#[test]
fn filtered() {
    assert_eq!(
        rows(
            "FROM net-1 | STATS a = COUNT(*) WHERE destination.port == 443, b = COALESCE(MV_COUNT(VALUES(host.name)), 0) WHERE bytes > 100, c = COUNT(*)"
        ),
        json!([[2, 0, 4]])
    );
    assert_eq!(
        rows("FROM net-1 | STATS a = SUM(bytes) WHERE bytes > 9 BY host.name | SORT host.name"),
        json!([[10, "a"], [20, "b"], [null, null]])
    );
}

/// "Aggregation functions": what each gives, nulls aside.
#[test]
fn every_aggregate() {
    for (aggregate, ty, wanted) in [
        ("COUNT(bytes)", "long", json!(3)),
        ("COUNT(tags)", "long", json!(3)),
        ("COUNT_DISTINCT(tags)", "long", json!(2)),
        ("COUNT_DISTINCT(host.name, 100)", "long", json!(2)),
        ("SUM(bytes)", "long", json!(35)),
        ("SUM(bytes / 2.0)", "double", json!(17.5)),
        ("MIN(bytes)", "integer", json!(5)),
        ("MAX(@timestamp)", "date", json!("2024-03-15T10:00:00.000Z")),
        ("MAX(destination.ip)", "ip", json!("2001:db8::1")),
        ("MIN(host.name)", "keyword", json!("a")),
        ("AVG(bytes)", "double", json!(35.0 / 3.0)),
        ("MEDIAN(bytes)", "double", json!(10.0)),
        ("MEDIAN_ABSOLUTE_DEVIATION(bytes)", "double", json!(5.0)),
        ("PERCENTILE(bytes, 75)", "double", json!(15.0)),
        ("ROUND(STD_DEV(bytes), 4)", "double", json!(6.2361)),
        ("ROUND(VARIANCE(bytes), 4)", "double", json!(38.8889)),
        (
            "MV_SORT(VALUES(destination.port))",
            "long",
            json!([22, 53, 443]),
        ),
        ("TOP(bytes, 2, \"desc\")", "integer", json!([20, 10])),
        (
            "TOP(bytes, 1, \"desc\", destination.port)",
            "long",
            json!(53),
        ),
        ("FIRST(destination.port, @timestamp)", "long", json!(22)),
        ("LAST(destination.port, @timestamp)", "long", json!(443)),
        ("PRESENT(bytes)", "boolean", json!(true)),
        ("ABSENT(bytes)", "boolean", json!(false)),
    ] {
        let found = answer(&format!("FROM net-1 | STATS x = {aggregate}"));
        assert_eq!(found.columns[0].1, ty, "{aggregate}");
        let cell = &found.rows[0][0];
        assert_eq!(cell, &wanted, "{aggregate}");
    }
    assert_eq!(
        rows("ROW v = [1, 2, 4], w = 1 | MV_EXPAND v | STATS WEIGHTED_AVG(v, v)"),
        json!([[3.0]])
    );
    let sketch = answer("ROW a = [1, 2, 3] | STATS COUNT_DISTINCT(a, 2)");
    assert!(sketch.warnings[0].contains("sketch"), "{sketch:?}");
    let over = answer("ROW a = [9223372036854775807, 1] | STATS SUM(a), AVG(a)");
    assert_eq!(over.rows[0][0], Json::Null);
    assert!(over.warnings[0].contains("overflow"));
    refused(
        "FROM net-1 | STATS SPARKLINE(bytes)",
        RefusalKind::Unknown,
        "SPARKLINE",
    );
}

/// "INLINE STATS": rows stay, also those whose key is null; keys move to the end.
#[test]
fn beside_the_rows() {
    assert_eq!(
        names("FROM net-1 | KEEP host.name, bytes | INLINE STATS m = MAX(bytes) BY host.name"),
        "bytes:integer m:integer host.name:keyword"
    );
    assert_eq!(
        rows(
            "FROM net-1 | KEEP host.name, bytes | INLINE STATS m = MAX(bytes), c = COUNT(*) BY host.name | SORT bytes"
        ),
        json!([
            [5, 5, 1, null],
            [10, 10, 2, "a"],
            [20, 20, 1, "b"],
            [null, 10, 2, "a"]
        ])
    );
    assert_eq!(
        rows("FROM net-1 | INLINESTATS s = SUM(bytes) | KEEP bytes, s | SORT bytes | LIMIT 1"),
        json!([[5, 35]])
    );
    refused(
        "FROM net-1 | LIMIT 3 | INLINE STATS COUNT(*)",
        RefusalKind::Invalid,
        "INLINE STATS",
    );
    assert_eq!(
        rows("ROW k = [2, 1, 2], n = 5 | INLINE STATS c = COUNT(*), s = SUM(n) WHERE n > 9 BY k"),
        json!([[5, [1, 1], null, [2, 1, 2]]])
    );
    refused(
        "ROW a = [1, 2], b = [3, 4] | INLINE STATS COUNT(*) BY a, b",
        RefusalKind::Unknown,
        "INLINE STATS",
    );
}

/// "BUCKET": sizes, and how many are wanted.
#[test]
fn buckets() {
    assert_eq!(
        rows("FROM net-1 | STATS c = COUNT(*) BY d = BUCKET(@timestamp, 1 day) | SORT d"),
        json!([
            [1, "2024-03-13T00:00:00.000Z"],
            [1, "2024-03-14T00:00:00.000Z"],
            [2, "2024-03-15T00:00:00.000Z"]
        ])
    );
    assert_eq!(
        rows(
            "FROM net-1 | STATS c = COUNT(*) BY d = BUCKET(@timestamp, 10, \"2024-03-10\", \"2024-03-17\") | STATS COUNT(*)"
        ),
        json!([[3]])
    );
    assert_eq!(
        rows("FROM net-1 | STATS c = COUNT(*) BY b = BUCKET(bytes, 10) | SORT b"),
        json!([[1, 0.0], [1, 10.0], [1, 20.0], [1, null]])
    );
    assert_eq!(
        rows("ROW n = 30 | STATS BY b = BUCKET(n, 4, 0, 100)"),
        json!([[0.0]])
    );
    assert_eq!(
        rows(
            "FROM net-1 | WHERE bytes > 5 | STATS s = MAX(BUCKET(bytes, 10)) + b, t = 1 + BUCKET(bytes, 10) BY b = BUCKET(bytes, 10) | SORT b"
        ),
        json!([[20.0, 11.0, 10.0], [40.0, 21.0, 20.0]])
    );
    // A column that is the same in every row is a constant.
    assert_eq!(
        rows(
            "FROM net-1 | EVAL n = 5 + 5 | STATS c = COUNT(*) BY b = BUCKET(bytes, n) | STATS COUNT(*)"
        ),
        json!([[4]])
    );
    refused(
        "FROM net-1 | EVAL x = BUCKET(bytes, 10)",
        RefusalKind::Invalid,
        "BUCKET",
    );
}
