//! Scalar functions and operators, by examples of our own, and what must be refused.

use super::operators::{Case, check, run};
use huntc::interp::RefusalKind;
use serde_json::{Value as Json, json};

/// Prints each expression and compares its value.
fn values(page: &str, cases: &[(&str, Json)]) {
    let mut faults = Vec::new();
    for (expression, value) in cases {
        match run(&format!("print x = {expression}")) {
            Ok(answer) if answer.rows == vec![vec![value.clone()]] => {}
            Ok(answer) => faults.push(format!("{expression}: {:?}, not {value}", answer.rows)),
            Err(refusal) => faults.push(format!("{expression}: {refusal:?}")),
        }
    }
    assert!(faults.is_empty(), "{page}\n{}", faults.join("\n"));
}

#[test]
fn literals_are_read() {
    values(
        "https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/string",
        &[
            (r#""a\tb\"c""#, json!("a\tb\"c")),
            (r"@'a\b''c'", json!(r"a\b'c")),
            ("'a' 'b'", json!("ab")),
            ("h'secret'", json!("secret")),
            ("```a\nb```", json!("a\nb")),
            ("'\\u00e9'", json!("é")),
            ("0x1F", json!(31)),
            ("1e3", json!(1000.0)),
            ("1.5h", json!("01:30:00")),
            ("real(-inf)", json!("-Infinity")),
            ("int(null)", json!(null)),
            (
                "dynamic({'a': [1, 2.5, null, 'x']})",
                json!({"a": [1, 2.5, null, "x"]}),
            ),
            (
                "datetime(2024-02-29 10:11:12.5)",
                json!("2024-02-29T10:11:12.5000000Z"),
            ),
            (
                "guid(74be27de-1e4e-49d9-b579-fe0b331d3642)",
                json!("74be27de-1e4e-49d9-b579-fe0b331d3642"),
            ),
            ("decimal(0.1) + decimal(0.2)", json!(0.3)),
        ],
    );
}

#[test]
fn numbers_are_computed() {
    values(
        "https://learn.microsoft.com/en-us/kusto/query/numerical-operators",
        &[
            ("7 / 2", json!(3)),
            ("-7 / 2", json!(-3)),
            ("-7 % 3", json!(2)),
            ("7 / 2.0", json!(3.5)),
            ("1 / 0", json!(null)),
            ("2 + 3 * 4 - 1", json!(13)),
            ("(2 + 3) * 4", json!(20)),
            ("round(2.345, 1)", json!(2.3)),
            ("bin(-7, 4)", json!(-8)),
            ("bin(4.9, 0.5)", json!(4.5)),
            ("bin(10, 0)", json!(null)),
            ("abs(-3)", json!(3)),
            ("pow(2, 10)", json!(1024.0)),
            ("log10(1000)", json!(3.0)),
            ("sqrt(16)", json!(4.0)),
            ("isnan(0.0 / 0.0)", json!(true)),
            ("max_of(1, 5, 3)", json!(5)),
            ("min_of(1.5, 0.5)", json!(0.5)),
            ("binary_and(6, 3)", json!(2)),
            ("sign(-2)", json!(-1.0)),
        ],
    );
}

#[test]
fn truth_has_three_values() {
    values(
        "https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/null-values",
        &[
            ("int(null) == 1", json!(false)),
            ("int(null) != 1", json!(true)),
            ("int(null) == int(null)", json!(null)),
            ("int(null) > 1", json!(null)),
            ("int(null) > 1 and false", json!(false)),
            ("int(null) > 1 or true", json!(true)),
            ("int(null) > 1 or false", json!(null)),
            ("not(int(null) > 1)", json!(null)),
            ("iff(int(null) > 1, 'a', 'b')", json!("b")),
            ("coalesce(int(null) > 1, false)", json!(false)),
            ("case(false, 1, int(null) > 0, 2, 3)", json!(3)),
            ("isnull('')", json!(false)),
            ("isempty('')", json!(true)),
            ("isempty(long(null))", json!(true)),
            ("isnotempty(dynamic([]))", json!(true)),
            ("int(null) in (1, 2)", json!(false)),
            ("int(null) !in (1, 2)", json!(true)),
        ],
    );
}

#[test]
fn texts_are_compared() {
    values(
        "https://learn.microsoft.com/en-us/kusto/query/datatypes-string-operators",
        &[
            ("'Abc' == 'abc'", json!(false)),
            ("'Abc' =~ 'aBC'", json!(true)),
            ("'Abc' !~ 'abd'", json!(true)),
            ("'one two' has 'TWO'", json!(true)),
            ("'one two' has_cs 'TWO'", json!(false)),
            ("'onetwo' !has 'one'", json!(true)),
            ("'one_two' has 'two'", json!(true)),
            ("'one two' hasprefix 'tw'", json!(true)),
            ("'one two' hassuffix 'ne'", json!(true)),
            ("'abc' contains 'B'", json!(true)),
            ("'abc' contains_cs 'B'", json!(false)),
            ("'abc' startswith 'AB'", json!(true)),
            ("'abc' !endswith 'c'", json!(false)),
            ("'a b c' has_any ('x', 'b')", json!(true)),
            ("'a b c' has_all (dynamic(['a', 'd']))", json!(false)),
            ("'b' in ('a', 'b')", json!(true)),
            ("'B' in~ ('a', 'b')", json!(true)),
            ("'B' !in~ (dynamic(['a', 'b']))", json!(false)),
            ("'abc123' matches regex @'[a-z]+\\d{3}$'", json!(true)),
            ("'ABC' matches regex 'abc'", json!(false)),
        ],
    );
}

#[test]
fn texts_are_taken_apart() {
    values(
        "https://learn.microsoft.com/en-us/kusto/query/scalar-functions#string-functions",
        &[
            ("strlen('é€')", json!(2)),
            ("substring('abcdef', 2, 3)", json!("cde")),
            ("substring('abcdef', -2)", json!("ef")),
            ("split('a,b,,c', ',')", json!(["a", "b", "", "c"])),
            ("split('a,b', ',', 1)", json!(["b"])),
            ("split('a,b', ',', 5)", json!(null)),
            ("indexof('abcabc', 'c', 3)", json!(5)),
            ("countof('aaa', 'aa')", json!(2)),
            ("countof('a1b22', '[0-9]+', 'regex')", json!(2)),
            ("extract('x=([0-9]+)', 1, 'x=17', typeof(long))", json!(17)),
            ("extract('y', 0, 'x')", json!("")),
            ("extract_all('([0-9])', 'a1b2')", json!(["1", "2"])),
            ("replace_string('aXbX', 'X', '-')", json!("a-b-")),
            (
                "replace_regex('ab12', '([a-z])([0-9])', @'\\2\\1')",
                json!("a1b2"),
            ),
            ("trim('x', 'xxaxx')", json!("xax")),
            ("trim_start('x+', 'xxa')", json!("a")),
            ("trim_end('[.]0', '443.0')", json!("443")),
            ("trim_end('.0', '8080')", json!("80")),
            ("strcat('a', 1, true, 1.0)", json!("a1True1.0")),
            ("strcat_delim('-', 'a', 2)", json!("a-2")),
            ("toupper('straße')", json!("STRAßE")),
            ("reverse('abc')", json!("cba")),
            (
                "base64_decode_tostring(base64_encode_tostring('hunt'))",
                json!("hunt"),
            ),
            ("url_decode('a%20b')", json!("a b")),
        ],
    );
}

#[test]
fn types_are_converted() {
    values(
        "https://learn.microsoft.com/en-us/kusto/query/scalar-functions#conversion-functions",
        &[
            ("toint('42')", json!(42)),
            ("toint('42.0')", json!(null)),
            ("toint(42.9)", json!(42)),
            ("tolong('0x10')", json!(16)),
            ("tolong('')", json!(null)),
            ("todouble('1e3')", json!(1000.0)),
            ("tobool('1')", json!(true)),
            ("tostring(1.0)", json!("1.0")),
            ("tostring(true)", json!("True")),
            ("tostring(dynamic({'a': true}))", json!("{\"a\":true}")),
            ("tostring(int(null))", json!("")),
            (
                "todatetime('2024-05-01')",
                json!("2024-05-01T00:00:00.0000000Z"),
            ),
            ("totimespan('1.02:03:04')", json!("1.02:03:04")),
            ("tolong(1d)", json!(864_000_000_000_i64)),
            ("gettype(dynamic([1]))", json!("array")),
            ("toguid('x')", json!(null)),
        ],
    );
}

#[test]
fn instants_are_computed() {
    values(
        "https://learn.microsoft.com/en-us/kusto/query/scalar-functions#datetimetimespan-functions",
        &[
            ("now() - ago(1d)", json!("1.00:00:00")),
            (
                "bin(datetime(2024-05-01 13:14), 1h)",
                json!("2024-05-01T13:00:00.0000000Z"),
            ),
            (
                "startofweek(datetime(2024-05-01))",
                json!("2024-04-28T00:00:00.0000000Z"),
            ),
            (
                "endofmonth(datetime(2024-02-10))",
                json!("2024-02-29T23:59:59.9999999Z"),
            ),
            (
                "datetime_add('month', 1, datetime(2024-01-31))",
                json!("2024-02-29T00:00:00.0000000Z"),
            ),
            (
                "datetime_diff('hour', datetime(2024-01-01 05:01), datetime(2024-01-01 03:59))",
                json!(2),
            ),
            ("dayofweek(datetime(2024-05-01))", json!("3.00:00:00")),
            ("hourofday(datetime(2024-05-01 13:14))", json!(13)),
            ("week_of_year(datetime(2021-01-03))", json!(53)),
            (
                "make_datetime(2024, 5, 1, 2, 3, 4.5)",
                json!("2024-05-01T02:03:04.5000000Z"),
            ),
            (
                "unixtime_milliseconds_todatetime(1714564800000)",
                json!("2024-05-01T12:00:00.0000000Z"),
            ),
            (
                "format_datetime(datetime(2024-05-01 15:04:05), 'yyyy-MM-dd hh:mm tt')",
                json!("2024-05-01 03:04 PM"),
            ),
            (
                "format_timespan(1d + 2h + 3m, 'd.hh:mm:ss')",
                json!("1.02:03:00"),
            ),
            ("1h / 1m", json!(60.0)),
            (
                "datetime(2024-05-01) between (datetime(2024-04-30) .. 2d)",
                json!(true),
            ),
        ],
    );
}

#[test]
fn dynamic_values_are_taken_apart() {
    values(
        "https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/dynamic",
        &[
            ("dynamic({'a': {'b': [1, 2]}}).a.b[1]", json!(2)),
            ("dynamic([1, 2, 3])[-1]", json!(3)),
            ("dynamic({'a': 1})['b']", json!(null)),
            ("parse_json('{\"a\": 1}').a", json!(1)),
            ("parse_json('not json')", json!("not json")),
            ("array_length(dynamic([1, 2]))", json!(2)),
            (
                "array_concat(dynamic([1]), dynamic([2, 3]))",
                json!([1, 2, 3]),
            ),
            ("array_slice(dynamic([1, 2, 3, 4]), -3, -2)", json!([2, 3])),
            ("array_sort_asc(dynamic([3, 1, 2]))", json!([1, 2, 3])),
            (
                "array_sort_desc(dynamic(['a', 'c', null]))",
                json!(["c", "a", null]),
            ),
            ("array_index_of(dynamic(['a', 'b']), 'b')", json!(1)),
            ("array_sum(dynamic([1, 2.5]))", json!(3.5)),
            ("array_reverse(dynamic([1, 2]))", json!([2, 1])),
            (
                "set_union(dynamic([1, 2]), dynamic([2, 3]))",
                json!([1, 2, 3]),
            ),
            (
                "set_intersect(dynamic([1, 2]), dynamic([2, 3]))",
                json!([2]),
            ),
            (
                "set_difference(dynamic([1, 2]), dynamic([2, 3]))",
                json!([1]),
            ),
            ("set_has_element(dynamic([1, 2]), 2)", json!(true)),
            ("bag_keys(dynamic({'a': 1, 'b': 2}))", json!(["a", "b"])),
            (
                "bag_merge(dynamic({'a': 1}), dynamic({'a': 2, 'b': 3}))",
                json!({"a": 1, "b": 3}),
            ),
            ("bag_pack('k', 1, 'l', 'x')", json!({"k": 1, "l": "x"})),
            (
                "bag_remove_keys(dynamic({'a': 1, 'b': 2}), dynamic(['a']))",
                json!({"b": 2}),
            ),
            ("strcat_array(dynamic(['a', 1]), ';')", json!("a;1")),
            ("pack_array(1, 'x')", json!([1, "x"])),
            ("range(1, 7, 3)", json!([1, 4, 7])),
            (
                "zip(dynamic([1, 2]), dynamic(['a']))",
                json!([[1, "a"], [2, null]]),
            ),
        ],
    );
}

#[test]
fn addresses_are_compared() {
    values(
        "https://learn.microsoft.com/en-us/kusto/query/scalar-functions#ipv4ipv6-functions",
        &[
            ("ipv4_is_private('172.31.0.1')", json!(true)),
            ("ipv4_is_private('127.0.0.1')", json!(false)),
            ("ipv4_is_private('no')", json!(null)),
            (
                "ipv4_is_in_range('192.168.1.1', '192.168.1.255/24')",
                json!(true),
            ),
            (
                "ipv4_is_in_any_range('10.1.2.3', dynamic(['192.168.0.0/16', '10.0.0.0/8']))",
                json!(true),
            ),
            ("ipv4_is_in_any_range('fe80::1', '10.0.0.0/8')", json!(null)),
            (
                "ipv6_is_in_any_range('fe80::1', 'fc00::/7', 'fe80::/10')",
                json!(true),
            ),
            ("ipv6_is_in_any_range('10.0.0.1', 'fc00::/7')", json!(false)),
            ("ipv4_compare('1.2.3.4', '1.2.3.5')", json!(-1)),
            ("ipv4_is_match('1.2.3.4/24', '1.2.3.5')", json!(true)),
            ("parse_ipv4('1.2.3.4')", json!(16_909_060)),
            ("parse_ipv4('1.2.3')", json!(null)),
            ("parse_ipv4('::1')", json!(null)),
            ("format_ipv4('1.2.3.4', 24)", json!("1.2.3.0")),
            ("has_ipv4('from 1.2.3.4:80', '1.2.3.4')", json!(true)),
            ("has_ipv4('11.2.3.4', '1.2.3.4')", json!(false)),
            (
                "has_any_ipv4_prefix('x 10.1.2.3 y', '10.1.', '11.')",
                json!(true),
            ),
            (
                "parse_ipv6('::1')",
                json!("0000:0000:0000:0000:0000:0000:0000:0001"),
            ),
        ],
    );
}

#[test]
fn series_are_scored() {
    // https://learn.microsoft.com/en-us/kusto/query/series-decompose-anomalies-function
    let spike = "dynamic([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40])";
    let query = format!(
        "print s = {spike} | extend (flag, score, base) = series_decompose_anomalies(s, 2.5, -1, 'linefit') | project flag[-1], toint(score[-1]), todouble(score[-1])"
    );
    let answer = run(&query).unwrap();
    assert_eq!(answer.rows[0][..2], [json!(1), json!(5)]);
    let score = answer.rows[0][2].as_f64().unwrap();
    assert!((score - 5.9451).abs() < 1e-4, "{score}");
    values(
        "https://learn.microsoft.com/en-us/kusto/query/scalar-functions#series-element-wise-functions",
        &[
            (
                "series_add(dynamic([1, 2]), dynamic([3, 4]))",
                json!([4.0, 6.0]),
            ),
            (
                "series_fill_linear(dynamic([1, null, 3]))",
                json!([1, 2.0, 3]),
            ),
            ("series_fill_const(dynamic([null, 2]), 0)", json!([0, 2])),
            ("series_fill_forward(dynamic([1, null]))", json!([1, 1])),
            ("series_stats(dynamic([3, 1, 2]))", json!(1.0)),
            ("series_stats_dynamic(dynamic([3, 1])).max_idx", json!(0)),
            ("series_fit_line(dynamic([1, 2, 3]))", json!(1.0)),
        ],
    );
    // A season that might be there is not guessed at.
    let waves = "dynamic([1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9])";
    let refusal = run(&format!("print series_decompose_anomalies({waves})")).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Unknown);
}

/// Recorded and computed series lie beside the repository, if they do.
#[test]
fn recorded_series_are_scored_alike() {
    let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    let folder = std::env::var_os("HUNTC_CONFORMANCE").map_or(beside, Into::into);
    let Ok(text) = std::fs::read_to_string(folder.join("anomaly_vectors.json")) else {
        eprintln!("there are no recorded series beside the repository: nothing is compared");
        return;
    };
    let vectors: Json = serde_json::from_str(&text).unwrap();
    let mut compared = 0;
    for vector in vectors["vectors"].as_array().unwrap() {
        let call = vector["call"].as_str().unwrap();
        let names = ["flag", "score", "baseline"];
        let expected = vector.get("expected").unwrap_or(vector);
        if !call.starts_with("series_decompose_anomalies") || expected.get("score").is_none() {
            continue;
        }
        // The season that the engine found is given, since how it finds one is not known.
        let period = vector["period"].as_i64().unwrap_or(0);
        let trend = vector["trend"].as_str().unwrap();
        let threshold = vector["threshold"].as_f64().unwrap_or(1.5);
        let query = format!(
            "print y = dynamic({}) | extend (flag, score, baseline) = series_decompose_anomalies(y, {threshold}, {period}, '{trend}') | project flag, score, baseline",
            vector["input"]
        );
        let answer = run(&query).unwrap();
        for (at, name) in names.iter().enumerate() {
            let Some(wanted) = expected[*name].as_array() else {
                continue;
            };
            let found = answer.rows[0][at].as_array().unwrap();
            assert_eq!(found.len(), wanted.len());
            for (one, other) in found.iter().zip(wanted) {
                let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
                assert!(
                    (one - other).abs() <= 2e-12 * (1.0 + other.abs()),
                    "{} {name}: {one}, not {other}",
                    vector["id"]
                );
                compared += 1;
            }
        }
    }
    println!("{compared} values of series compared");
    assert!(compared > 100);
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let cases = [
        (
            "print x = nosuch(1)",
            RefusalKind::Unknown,
            "nosuch",
            "nosuch(1)",
        ),
        (
            "print 1 | scan with (step s: true)",
            RefusalKind::Unknown,
            "scan",
            "scan",
        ),
        (
            "Events | partition by Host (take 1)",
            RefusalKind::Unknown,
            "partition",
            "partition",
        ),
        (
            "Events | evaluate autocluster()",
            RefusalKind::Unknown,
            "autocluster",
            "evaluate autocluster()",
        ),
        (
            "Events | where Nope == 1",
            RefusalKind::Invalid,
            "Nope",
            "Nope",
        ),
        (
            "Nope | take 1",
            RefusalKind::Invalid,
            "absent table",
            "Nope",
        ),
        (
            "Events | where Port",
            RefusalKind::Invalid,
            "predicate",
            "Port",
        ),
        (
            "Events | where Host > 'a'",
            RefusalKind::Invalid,
            ">",
            "Host > 'a'",
        ),
        (
            "Events | where Port contains '4'",
            RefusalKind::Invalid,
            "contains",
            "Port contains '4'",
        ),
        (
            "Events | where Host matches regex '('",
            RefusalKind::Invalid,
            "regex",
            "Host matches regex '('",
        ),
        (
            "Events | project Host, Host",
            RefusalKind::Invalid,
            "Host",
            "Host",
        ),
        (
            "Events | sort by Tags",
            RefusalKind::Invalid,
            "sort",
            "Tags",
        ),
        (
            "Events | summarize count() by Tags",
            RefusalKind::Invalid,
            "summarize",
            "Tags",
        ),
        (
            "Events | extend x = count()",
            RefusalKind::Invalid,
            "count",
            "count()",
        ),
        (
            "Events | mv-expand Host",
            RefusalKind::Invalid,
            "mv-expand",
            "Host",
        ),
        ("print x = 'a\\d'", RefusalKind::Invalid, "text", "\\d"),
        ("print x = 5us", RefusalKind::Invalid, "number", "5us"),
        (
            "print x = strlen()",
            RefusalKind::Invalid,
            "strlen",
            "strlen()",
        ),
        (
            "print x = geo_info_from_ip_address('8.8.8.8')",
            RefusalKind::Unknown,
            "geo_info_from_ip_address",
            "geo_info_from_ip_address('8.8.8.8')",
        ),
        (
            "Events | join kind=inner (print Port=1) on Port",
            RefusalKind::Invalid,
            "join",
            "join kind=inner (print Port=1) on Port",
        ),
        ("print first = 1", RefusalKind::Invalid, "first", "first"),
        (
            "set notruncation; print 1",
            RefusalKind::Unknown,
            "set",
            "set",
        ),
    ];
    for (query, kind, construct, place) in cases {
        let refusal = run(query).expect_err(query);
        let found = query.get(refusal.span.clone()).unwrap_or("");
        assert_eq!(
            (refusal.kind, refusal.construct.as_str()),
            (kind, construct),
            "{query}: {}",
            refusal.message
        );
        assert!(
            found.contains(place) || place.contains(found) && !found.is_empty(),
            "{query}: `{found}`"
        );
    }
}

#[test]
fn deep_nesting_is_refused() {
    let deep =
        |open: &str, close: &str| format!("print x = {}1{}", open.repeat(5000), close.repeat(5000));
    let lets: String = (1..400)
        .map(|n| format!("let a{n} = a{} | where true;", n - 1))
        .collect();
    let queries = [
        deep("(", ")"),
        deep("-", ""),
        deep("abs(", ")"),
        format!(
            "print x = dynamic({}{})",
            "[".repeat(5000),
            "]".repeat(5000)
        ),
        format!("print x = 1{}", " + 1".repeat(5000)),
        format!("print x = d{}", ".a".repeat(5000)),
        format!("let a0 = print x=1; {lets} a399"),
        "let f = (x:long) { f(x) }; print f(1)".to_owned(),
        format!(
            "print x={}1{}",
            "iff(true, ".repeat(3000),
            ", 0)".repeat(3000)
        ),
    ];
    for query in queries {
        assert!(run(&query).is_err(), "{}", &query[..40]);
    }
    // Long lists and chains are ordinary.
    let chain = format!("print x = 1 == 1{}", " or 1 == 2".repeat(5000));
    assert!(run(&chain).is_ok());
}

#[test]
fn large_tables_take_no_time() {
    let query = "range x from 1 to 100000 step 1 | extend k = x % 100, s = strcat('host', x % 50) | where s has 'host7' or s contains '1' | summarize n=count(), m=max(x), l=make_set(s) by k | join kind=inner (range k from 0 to 99 step 1) on k | sort by n desc | take 3";
    let start = std::time::Instant::now();
    let answer = run(query).unwrap();
    assert_eq!(answer.rows.len(), 3);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn examples_have_columns() {
    let cases: &[Case<'_>] = &[
        (
            "https://learn.microsoft.com/en-us/kusto/query/array-sort-asc-function",
            "print a=dynamic([2, 1]), b=dynamic(['x', 'y']) | project array_sort_asc(a, b)",
            "a_sorted:dynamic b_sorted:dynamic",
            json!([[[1, 2], ["y", "x"]]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/series-stats-function",
            "print s=dynamic([1, 3]) | project series_stats(s) | project series_stats_s_avg",
            "series_stats_s_avg:real",
            json!([[2.0]]),
        ),
    ];
    check(cases);
}
