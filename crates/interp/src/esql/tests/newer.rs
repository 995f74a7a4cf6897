//! Commands and functions of the 9.x releases, and what documents have besides their fields.

use serde_json::json;

use super::{answer, names, refused, rows};
use crate::RefusalKind::{Invalid, Unknown};

/// "ES|QL metadata fields"
#[test]
fn metadata() {
    assert_eq!(
        names("FROM net-2 METADATA _id, _version, _index, _ignored, _source"),
        "host.name:keyword user:keyword _id:keyword _version:long _index:keyword _ignored:keyword _source:_source"
    );
    assert_eq!(
        rows("FROM net-2 METADATA _id, _version, _index, _ignored, _source | KEEP _*"),
        json!([["0", 1, "net-2", null, {"host.name": "c", "user": "root"}]])
    );
    // What is absent is not in the document.
    assert_eq!(
        rows("FROM net-1 METADATA _source | WHERE destination.port == 22 | KEEP _source"),
        json!([[{
            "@timestamp": "2024-03-13T10:00:00Z", "destination.ip": null,
            "destination.port": 22, "tags": [], "bytes": 5,
        }]])
        .as_array()
        .map(|rows| {
            let mut rows = rows.clone();
            rows[0][0]
                .as_object_mut()
                .unwrap()
                .shift_remove("destination.ip");
            json!(rows)
        })
        .unwrap()
    );
    assert!(
        answer("FROM net-2 METADATA _source")
            .warnings
            .iter()
            .any(|warning| warning.starts_with("_source"))
    );
    refused(
        "FROM net-2 METADATA _source | EVAL x = LENGTH(_source)",
        Invalid,
        "LENGTH",
    );
    refused(
        "FROM net-2 METADATA _source | SORT _source",
        Invalid,
        "SORT",
    );
    refused(
        "FROM net-2 METADATA _source | STATS COUNT(*) BY _source",
        Invalid,
        "BY",
    );
    refused("FROM net-2 METADATA _score", Unknown, "_score");
    refused("FROM net-2 METADATA _nothing", Invalid, "_nothing");
}

/// "TO_IP"
#[test]
fn addresses_with_zeros() {
    for (text, zeros, wanted) in [
        ("1.1.010.1", "decimal", json!("1.1.10.1")),
        ("1.1.010.1", "octal", json!("1.1.8.1")),
        ("1.1.09.1", "octal", json!(null)),
        ("1.1.010.1", "reject", json!(null)),
        ("::1", "octal", json!("::1")),
        ("300.1.1.1", "decimal", json!(null)),
    ] {
        let query = format!(r#"ROW x = TO_IP("{text}", {{"leading_zeros": "{zeros}"}})"#);
        assert_eq!(rows(&query), json!([[wanted]]), "{query}");
    }
    refused(
        r#"ROW x = TO_IP("1", {"leading_zeros": "hex"})"#,
        Invalid,
        "TO_IP",
    );
    refused(
        r#"ROW x = TO_IP("1", {"zeros": "octal"})"#,
        Invalid,
        "TO_IP",
    );
    refused(r#"ROW x = LENGTH("1", {"a": 1})"#, Unknown, "options");
}

/// "TBUCKET", "TRANGE"
#[test]
fn the_time_of_events() {
    assert_eq!(
        rows("FROM net-1 | STATS n = COUNT(*) BY TBUCKET(1 day) | SORT `TBUCKET(1 day)`"),
        json!([
            [1, "2024-03-13T00:00:00.000Z"],
            [1, "2024-03-14T00:00:00.000Z"],
            [2, "2024-03-15T00:00:00.000Z"]
        ])
    );
    // Behind the start, up to the end.
    let ports = |range: &str| {
        rows(&format!(
            "FROM net-1 | WHERE {range} | SORT @timestamp | KEEP destination.port"
        ))
    };
    assert_eq!(ports("TRANGE(90 minutes)"), json!([[443]]));
    assert_eq!(
        ports(r#"TRANGE("2024-03-13T10:00:00Z", "2024-03-15T09:00:00Z")"#),
        json!([[443], [53]])
    );
    assert_eq!(ports("TRANGE(1710498599000, 1710498600000)"), json!([]));
    refused("FROM net-1 | WHERE TRANGE(-1 hour)", Invalid, "TRANGE");
    refused(
        "FROM net-1 | STATS COUNT(*) BY TBUCKET(10)",
        Unknown,
        "TBUCKET",
    );
    refused("FROM net-1 | EVAL x = TBUCKET(1 hour)", Invalid, "TBUCKET");
    refused("FROM net-2 | WHERE TRANGE(1 hour)", Invalid, "@timestamp");
}

/// "URI_PARTS"
#[test]
fn parts_of_uris() {
    let parts = |uri: &str| {
        rows(&format!(
            r#"ROW u = "{uri}" | URI_PARTS p = u | KEEP p.scheme, p.user_info, p.username, p.domain, p.port, p.path, p.extension, p.query, p.fragment"#
        ))
    };
    assert_eq!(
        parts("https://ann@a-b.example.com/x.y/report%20a.tar.gz?q=a%3Db#top"),
        json!([[
            "https",
            "ann",
            null,
            "a-b.example.com",
            null,
            "/x.y/report a.tar.gz",
            "gz",
            "q=a=b",
            "top"
        ]])
    );
    assert_eq!(
        parts("http://10.0.0.1:8080"),
        json!([["http", null, null, "10.0.0.1", 8080, "", null, null, null]])
    );
    assert_eq!(
        parts("/a.b/c?x"),
        json!([[null, null, null, null, null, "/a.b/c", null, "x", null]])
    );
    assert_eq!(
        parts("no uri"),
        json!([[null, null, null, null, null, null, null, null, null]])
    );
    for uri in [
        "http://under_score/",
        "http://[::1]/",
        "http://a/%ff",
        "http:// a/",
    ] {
        refused(
            &format!(r#"ROW u = "{uri}" | URI_PARTS p = u"#),
            Unknown,
            "URI_PARTS",
        );
    }
    refused("ROW u = 1 | URI_PARTS p = u", Invalid, "URI_PARTS");
    let told = answer(r#"ROW u = "a" | URI_PARTS p = u"#).warnings;
    assert!(told.iter().any(|w| w.contains("9.4")), "{told:?}");
}

/// FILLNULL of development builds.
#[test]
fn nulls_filled() {
    assert_eq!(
        rows("FROM net-1 | FILLNULL 0 ON bytes | SORT bytes | KEEP bytes"),
        json!([[0], [5], [10], [20]])
    );
    assert_eq!(
        rows(
            r#"FROM net-1 | FILLNULL "none" ON host.*, tags | SORT @timestamp | KEEP host.name, tags | LIMIT 1"#
        ),
        json!([["none", "none"]])
    );
    assert!(
        answer("ROW a = 1 | FILLNULL DEFAULT ON *")
            .warnings
            .iter()
            .any(|w| w.contains("development builds"))
    );
    refused("FROM net-1 | FILLNULL 0 ON host.name", Unknown, "FILLNULL");
    refused("FROM net-1 | FILLNULL 0 ON absent", Invalid, "absent");
    refused("FROM net-1 | FILLNULL 0", Invalid, "syntax");
}

/// "FORK"
#[test]
fn branches() {
    let query = "FROM net-1 | FORK (WHERE (destination.port) == 443 | KEEP bytes) (STATS n = COUNT(*)) | SORT _fork, bytes";
    assert_eq!(names(query), "bytes:integer _fork:keyword n:long");
    assert_eq!(
        rows(query),
        json!([
            [10, "fork1", null],
            [null, "fork1", null],
            [null, "fork2", 4]
        ])
    );
    refused(
        "ROW a = 1 | FORK (EVAL b = 1) (EVAL b = \"x\")",
        Invalid,
        "FORK",
    );
    refused(
        "ROW a = 1 | FORK (LIMIT 1) (LIMIT 1) | FORK (LIMIT 1) (LIMIT 1)",
        Invalid,
        "FORK",
    );
    refused(
        "ROW a = 1 | FORK (LIMIT 1) (FORK (LIMIT 1) (LIMIT 1))",
        Invalid,
        "FORK",
    );
    refused("ROW a = 1 | FORK (LIMIT 1) (LIMIT 1", Invalid, "FORK");
    refused("ROW a = 1 | FORK (LIMIT 1)", Unknown, "FORK");
    refused("ROW a = 1 | FORK LIMIT 1", Invalid, "FORK");
}
