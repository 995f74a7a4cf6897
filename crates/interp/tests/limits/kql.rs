//! KQL: what grows beyond the limits of a run is refused by the name of the limit, in little time and little memory; what nests deep, before the stack ends.

use huntc_interp::budget::Limits;
use huntc_interp::kql::{self, Options};
use huntc_interp::{Answer, Refusal, RefusalKind};
use serde_json::json;
use std::time::{Duration, Instant};

/// 2024-05-01T12:00:00Z
const NOW: i64 = 1_714_564_800_000;

fn run(query: &str, limits: Limits) -> Result<Answer, Refusal> {
    let options = Options {
        now_ms: NOW,
        limits,
        ..Options::default()
    };
    kql::run(query, &[], &options)
}

/// Limits that a small query exceeds.
fn small() -> Limits {
    Limits {
        rows: 1000,
        bytes: 200_000,
        steps: 100_000,
    }
}

fn refused(query: &str, limits: Limits, construct: &str) {
    let refusal = run(query, limits).expect_err(query);
    assert_eq!(
        (refusal.kind, refusal.construct.as_str()),
        (RefusalKind::Budget, construct),
        "{query}: {}",
        refusal.message
    );
    assert!(refusal.span.end <= query.len(), "{refusal:?}");
    assert!(refusal.message.contains("this interpreter's limit"));
}

#[test]
fn rows_are_limited() {
    let rows = "budget of rows";
    let few = Limits {
        bytes: 1 << 30,
        ..small()
    };
    for query in [
        "range x from 1 to 100000 step 1",
        "range x from 1 to 100 step 1 | extend k=1 | join kind=inner (range y from 1 to 100 step 1 | extend k=1) on k",
        "range x from 1 to 400 step 1 | union (range x from 1 to 400 step 1), (range x from 1 to 400 step 1)",
        "range x from 1 to 100 step 1 | extend a=range(1, 50) | mv-expand a",
    ] {
        refused(query, few, rows);
    }
    assert!(run("range x from 1 to 900 step 1 | count", small()).is_ok());
}

#[test]
fn bytes_are_limited() {
    let bytes = "budget of bytes";
    refused("print a=range(1, 100000)", small(), bytes);
    refused("print a=repeat(1, 100000)", small(), bytes);
    // A list that every row shares is written out for each of them.
    refused(
        "range t from 1 to 300 step 1 | make-series n=count() on t from 1 to 301 step 1 | mv-expand a=n",
        small(),
        bytes,
    );
    let doubled: String = (1..40)
        .map(|n| format!("let a{n} = strcat(a{0}, a{0});", n - 1))
        .collect();
    refused(
        &format!("let a0 = '0123456789'; {doubled} print strlen(a39)"),
        small(),
        bytes,
    );
    let row_by_row: String = (1..40)
        .map(|n| format!(" | extend a = strcat(a, a), n{n} = {n}"))
        .collect();
    refused(
        &format!("datatable(a:string)['0123456789']{row_by_row} | project strlen(a)"),
        small(),
        bytes,
    );
    let replaced: String = (1..40)
        .map(|n| format!("let a{n} = replace_regex(a{0}, '0', '00');", n - 1))
        .collect();
    refused(
        &format!("let a0 = '0'; {replaced} print strlen(a39)"),
        small(),
        bytes,
    );
    let replaced = replaced.replace("replace_regex", "replace_string");
    refused(
        &format!("let a0 = '0'; {replaced} print strlen(a39)"),
        small(),
        bytes,
    );
    refused(
        "range t from 1 to 20 step 1 | make-series n=count() on t from 1 to 1000 step 1 by t",
        small(),
        bytes,
    );
}

/// Functions that call each other twice double with each level.
fn doubling(levels: usize, first: &str, next: impl Fn(usize) -> String) -> String {
    let functions: String = (1..levels)
        .map(|n| format!("let f{n} = () {{ {} }};", next(n - 1)))
        .collect();
    format!("let f0 = () {{ {first} }}; {functions}")
}

#[test]
fn steps_are_limited() {
    let steps = "budget of steps";
    let values = doubling(40, "1", |n| format!("f{n}() + f{n}()"));
    refused(&format!("{values} print f39()"), small(), steps);
    let tables = doubling(12, "print x=1", |n| format!("f{n}() | union f{n}()"));
    refused(&format!("{tables} f11() | count"), small(), steps);
    let lets = doubling(12, "print x=1", |n| {
        format!("let a = f{n}(); let b = f{n}(); a | union b")
    });
    refused(&format!("{lets} f11() | count"), small(), steps);
    refused(
        "print s=range(1, 1000) | extend r=series_decompose_anomalies(s)",
        small(),
        steps,
    );
    let work = " | extend y = x".repeat(200);
    refused(
        &format!("range x from 1 to 900 step 1{work}"),
        small(),
        steps,
    );
}

/// What once took gigabytes or minutes, with the limits that users have.
#[test]
fn the_usual_limits_end_runs_in_time() {
    let values = doubling(50, "1", |n| format!("f{n}() + f{n}()"));
    let doubled: String = (1..60)
        .map(|n| format!("let a{n} = strcat(a{0}, a{0});", n - 1))
        .collect();
    let queries = [
        "range t from 1 to 7300 step 1 | make-series n=count() on t from 1 to 7301 step 1 | mv-expand a=n, t".to_owned(),
        "range x from 1 to 100000 step 1 | extend k=1 | as T | join kind=inner T on k".to_owned(),
        "range t from 1 to 1000 step 1 | make-series n=count() on t from 1 to 1000000 step 1 by t".to_owned(),
        "print s=range(1, 100000) | extend r=series_decompose_anomalies(s)".to_owned(),
        format!("{values} print f49()"),
        format!("let a0 = '0123456789'; {doubled} print strlen(a59)"),
    ];
    for query in &queries {
        let start = Instant::now();
        let refusal = run(query, Limits::default()).expect_err(query);
        assert_eq!(refusal.kind, RefusalKind::Budget, "{query}: {refusal:?}");
        eprintln!("{:?} {}", start.elapsed(), query.get(..60).unwrap_or(query));
        assert!(start.elapsed() < Duration::from_secs(300), "{query}");
    }
}

/// Nesting is refused by name, whatever nests; threads of tests have 2 MB.
#[test]
fn deep_nesting_is_refused() {
    let deep =
        |open: &str, close: &str| format!("print x = {}1{}", open.repeat(5000), close.repeat(5000));
    let lets: String = (1..400)
        .map(|n| format!("let a{n} = a{} | where true;", n - 1))
        .collect();
    let functions: String = (1..5000)
        .map(|n| format!("let f{n} = (x:long) {{ f{}(x) + 1 }};", n - 1))
        .collect();
    let tables: String = (1..5000)
        .map(|n| format!("let f{n} = () {{ f{}() }};", n - 1))
        .collect();
    let values: String = (1..5000)
        .map(|n| format!("let y{n} = y{} + 1;", n - 1))
        .collect();
    // A chain is as tall as it is long, and the first operand of a chain is at its bottom.
    let chains = format!(
        "print x = {}1{}",
        "(".repeat(30),
        format!("{})", " + a".repeat(300)).repeat(30)
    );
    let queries = [
        deep("(", ")"),
        deep("-", ""),
        deep("abs(", ")"),
        deep("not(", ")"),
        deep("toscalar(print ", ")"),
        format!(
            "print x = dynamic({}{})",
            "[".repeat(5000),
            "]".repeat(5000)
        ),
        format!("print x = 1{}", " + 1".repeat(5000)),
        format!("print x = d{}", ".a".repeat(5000)),
        format!("print x = d{}", "[0]".repeat(5000)),
        format!("print x = 1{}", " == 1".repeat(5000)),
        chains,
        format!("let a0 = print x=1; {lets} a399"),
        "let f = (x:long) { f(x) }; print f(1)".to_owned(),
        format!("let f0 = (x:long) {{ x }}; {functions} print f4999(1)"),
        format!(
            "let f0 = (x:long) {{ x }}; {functions} range x from 1 to 2 step 1 | extend y = f4999(x)"
        ),
        format!("let f0 = () {{ print 1 }}; {tables} f4999()"),
        format!(
            "let g = (y0:long) {{ {values} y4999 }}; range x from 1 to 2 step 1 | extend y = g(x)"
        ),
        format!(
            "print x={}1{}",
            "iff(true, ".repeat(3000),
            ", 0)".repeat(3000)
        ),
    ];
    for query in queries {
        let start = query.get(..60).unwrap_or(&query);
        let refusal = run(&query, Limits::default()).expect_err(start);
        assert!(!refusal.message.contains("itself"), "{start}: {refusal:?}");
    }
}

/// What is just within the limits of nesting runs on a thread of 2 MB, and what is long is no matter.
#[test]
fn nesting_within_the_limits_has_room() {
    let table = "range x from 1 to 3 step 1";
    let nested = |open: &str, close: &str, times: usize| {
        format!(
            "{table} | extend y = {}x{}",
            open.repeat(times),
            close.repeat(times)
        )
    };
    let values: String = (1..200)
        .map(|n| format!("let y{n} = y{} + 1;", n - 1))
        .collect();
    let names: String = (1..20_000).map(|n| format!("let a{n} = {n};")).collect();
    let functions: String = (1..50)
        .map(|n| format!("let f{n} = (x:long) {{ f{}(x + 1) }};", n - 1))
        .collect();
    for query in [
        nested("(", ")", 50),
        nested("-", "", 100),
        nested("abs(", ")", 35),
        nested("iff(x > 0, ", ", 0)", 35),
        nested("strlen(tostring(", "))", 17),
        nested("toscalar(range x from 1 to 1 step 1 | extend z = ", ")", 15),
        format!("{table} | extend y = x{}", " + x".repeat(399)),
        format!("print x = 1 == 1{}", " or 1 == 2".repeat(5000)),
        format!("{table} | where x == 1{}", " or x == 2".repeat(5000)),
        format!("{table}{}", " | extend y = x".repeat(5000)),
        format!("let g = (y0:long) {{ {values} y199 }}; {table} | extend y = g(x)"),
        format!("{names} print a19999"),
        format!("let f0 = (x:long) {{ x }}; {functions} {table} | extend y = f49(x)"),
        format!("print x = dynamic({}{})", "[".repeat(99), "]".repeat(99)),
    ] {
        let start = query.get(..60).unwrap_or(&query);
        run(&query, Limits::default()).unwrap_or_else(|refusal| panic!("{start}: {refusal:?}"));
    }
}

#[test]
fn large_tables_take_no_time() {
    let query = "range x from 1 to 100000 step 1 | extend k = x % 100, s = strcat('host', x % 50) | where s has 'host7' or s contains '1' | summarize n=count(), m=max(x), l=make_set(s) by k | join kind=inner (range k from 0 to 99 step 1) on k | sort by n desc | take 3";
    let start = Instant::now();
    let answer = run(query, Limits::default()).unwrap();
    assert_eq!(answer.rows.len(), 3);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn blanks_of_any_kind_stand_between_tokens() {
    let table = "datatable(Port:int)[443, 80]";
    for blank in ['\u{200b}', '\u{a0}', '\u{2003}', '\u{3000}', '\u{feff}'] {
        let query = format!(
            "{table}{blank}|{blank}where{blank}Port{blank}=={blank}443{blank}| project t=datetime({blank}2024-05-01{blank}), d=dynamic({blank}[1,{blank}2])"
        );
        let answer = run(&query, Limits::default())
            .unwrap_or_else(|refusal| panic!("{blank:?}: {refusal:?}"));
        assert_eq!(
            answer.rows,
            vec![vec![json!("2024-05-01T00:00:00.0000000Z"), json!([1, 2])]]
        );
    }
    assert!(run("print 1 \u{200c}| take 1", Limits::default()).is_err());
}

/// Values that are nested into themselves again and again.
#[test]
fn deep_values_are_refused() {
    let rows = "range x from 1 to 2 step 1 | extend a = x";
    for times in [1000, 20_000] {
        let lets: String = (1..times)
            .map(|n| format!("let a{n} = pack_array(a{});", n - 1))
            .collect();
        for query in [
            format!("print a=1{}", " | extend a = pack_array(a)".repeat(times)),
            format!("{rows}{}", " | extend a = bag_pack('k', a)".repeat(times)),
            format!(
                "{rows}{}",
                " | summarize a = make_bag(bag_pack('k', a))".repeat(times)
            ),
            format!("let a0 = 1; {lets} print a{}", times - 1),
        ] {
            let start = query.get(..60).unwrap_or(&query);
            let refusal = run(&query, Limits::default()).expect_err(start);
            assert_eq!(refusal.construct, "nesting", "{start}: {refusal:?}");
        }
    }
    let hundred = format!("{rows}{}", " | extend a = pack_array(a)".repeat(100));
    assert!(run(&hundred, Limits::default()).is_ok());
}
