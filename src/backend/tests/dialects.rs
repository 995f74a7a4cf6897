//! Dialects are data: all of them load, and errors in a dialect are found when it loads.

use crate::backend::{ColumnTypes, Dialects, Version};

#[test]
fn all_dialects_load_whole_for_every_version_they_know() {
    let dialects = Dialects::embedded();
    assert!(dialects.names().contains(&"kql"), "{:?}", dialects.names());
    let mut faults = Vec::new();
    for name in dialects.names() {
        let versions = [None, Some("8.19"), Some("9.3"), Some("99.0")];
        for version in versions.map(|v| v.map(|v| v.parse::<Version>().unwrap())) {
            if let Err(found) = dialects.load(name, version.as_ref()) {
                faults.extend(
                    found
                        .into_iter()
                        .map(|f| format!("{}: {}", f.place, f.message)),
                );
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn dialects_load_for_each_type_of_time_columns() {
    fn of_time(time: &str) -> ColumnTypes<'_> {
        ColumnTypes {
            time: Some(time),
            ..ColumnTypes::default()
        }
    }
    let dialects = Dialects::embedded();
    let mut loaded = Vec::new();
    for name in dialects.names() {
        for time in dialects.times(name) {
            let dialect = dialects.load_for(name, None, of_time(&time));
            let dialect = dialect.unwrap_or_else(|faults| panic!("{name} {time}: {faults:?}"));
            // A day is not always 24 hours in the zone of the session.
            let expected = match time.as_str() {
                "timestamptz" => "interval '336 hours'",
                _ => "interval '14 days'",
            };
            assert_eq!(dialect.quoting.duration(14 * 86_400_000), expected);
            loaded.push((name.to_owned(), time));
        }
        assert!(dialects.load_for(name, None, of_time("tomorrow")).is_err());
    }
    let expected = [
        ("duckdb", "timestamp_ns"),
        ("duckdb", "timestamptz"),
        ("postgres", "timestamptz"),
    ]
    .map(|(name, time)| (name.to_owned(), time.to_owned()));
    assert_eq!(loaded, expected);
}

#[test]
fn dialects_load_for_each_type_of_address_columns() {
    fn of(addresses: &str) -> ColumnTypes<'_> {
        ColumnTypes {
            addresses: Some(addresses),
            ..ColumnTypes::default()
        }
    }
    let dialects = Dialects::embedded();
    for name in dialects.names() {
        let known = dialects.addresses(name);
        assert_eq!(!known.is_empty(), name == "postgres", "{name}");
        for addresses in known {
            dialects.load_for(name, None, of(&addresses)).unwrap();
        }
        assert!(dialects.load_for(name, None, of("text")).is_err());
    }
}

#[test]
fn tables_are_names_and_nothing_else() {
    let dialects = Dialects::embedded();
    let table = |dialect: &str, name: &str| {
        let dialect = dialects.load(dialect, None).unwrap();
        dialect
            .quoting
            .table(name)
            .map(|table| table.as_str().to_owned())
    };
    for (dialect, name, read) in [
        (
            "kql",
            "workspace(\"soc-1\").DeviceNetworkEvents",
            "workspace(\"soc-1\").DeviceNetworkEvents",
        ),
        (
            "kql",
            "cluster(\"a.kusto.windows.net\").database(\"b\").T",
            "cluster(\"a.kusto.windows.net\").database(\"b\").T",
        ),
        (
            "esql",
            "cluster:logs-*,logs-x.y-*",
            "cluster:logs-*, logs-x.y-*",
        ),
        ("esql", "<logs-{now/d}>", "<logs-{now/d}>"),
        ("duckdb", "lake.main.select", "lake.main.\"select\""),
        ("duckdb", "\"network events\".t", "\"network events\".t"),
        ("postgres", "security.user", "security.\"user\""),
        ("spark", "order", "`order`"),
        ("spark", "`net-work`.t", "`net-work`.t"),
        ("clickhouse", "security.end", "security.\"end\""),
        ("clickhouse", "\"net-work\".t", "\"net-work\".t"),
    ] {
        assert_eq!(
            table(dialect, name).as_deref(),
            Ok(read),
            "{dialect} {name}"
        );
    }
    for (dialect, name) in [
        ("kql", "T | take 1"),
        ("kql", "a,b"),
        ("kql", "workspace(\"a\" + \"b\").T"),
        ("kql", "workspace(\"a\\\").T"),
        ("esql", "logs//x"),
        ("esql", "logs/*,b"),
        ("esql", "logs | limit 1"),
        ("duckdb", "a, b"),
        ("duckdb", "a.b.c.d"),
        ("duckdb", "\"a\"\" -- \""),
        ("duckdb", "read_csv('x')"),
        ("postgres", "a;b"),
        ("postgres", "\"a\u{202e}\""),
        ("spark", "`${x}`"),
        ("spark", "\"a\""),
        ("clickhouse", "a.b.c"),
        ("clickhouse", "\"a\\\" -- \""),
        ("clickhouse", "url('http://x', CSV)"),
        ("duckdb", ""),
    ] {
        assert!(table(dialect, name).is_err(), "{dialect} {name:?}");
    }
}
