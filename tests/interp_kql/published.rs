//! What published hunts write and Microsoft's parser accepts: it is answered, or refused in the interpreter's own name.

use super::operators::{Case, NOW, check, run};
use huntc::interp::kql::{self, Options};
use huntc::interp::{RefusalKind, Sample};
use serde_json::json;

#[test]
fn parts_are_named_behind_a_point() {
    check(&[
        (
            "accepted by the parser, as d[0] and d['x']",
            "print d=dynamic({'a': [1, 2]}) | project d.a.[0], d.[\"a\"], end=d.a.[-1]",
            "d_a_0:dynamic d_a:dynamic end:dynamic",
            json!([[1, [1, 2], 2]]),
        ),
        (
            "measured: names of parts",
            "print d=dynamic({'b': [1, 2]}) | project d.b[-1], pack_array(1, 2)[0]",
            "d_b__1:dynamic 0:dynamic",
            json!([[2, 1]]),
        ),
    ]);
}

#[test]
fn tables_are_called_by_name() {
    check(&[
        (
            "https://learn.microsoft.com/en-us/kusto/query/table-function",
            "table('Events') | where Host == 'db' | project Port",
            "Port:int",
            json!([[5432]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/table-function",
            "let name = 'Events'; table(name) | count",
            "Count:long",
            json!([[4]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/union-operator",
            "union * | count",
            "Count:long",
            json!([[4]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/union-operator",
            "union withsource=T Ev*, (print Port=toint(1)) | summarize count() by T | sort by T asc",
            "T:string count_:long",
            json!([["Events", 4], ["union_arg1", 1]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/union-operator",
            "let A = view () { print x=1 }; let B = view () { print x=2 }; union withsource=T A, B | sort by x asc",
            "T:string x:long",
            json!([["A", 1], ["B", 2]]),
        ),
    ]);
    let refusal = run("union Nope* | count").unwrap_err();
    assert_eq!(
        (refusal.kind, refusal.construct.as_str()),
        (RefusalKind::Invalid, "absent table")
    );
}

#[test]
fn hints_and_short_searches_are_read() {
    check(&[
        (
            "https://learn.microsoft.com/en-us/kusto/query/join-operator#hints",
            "let T = datatable(k:long)[1]; T | join kind=inner hint.remote=left (T) on k | summarize hint.strategy=shuffle count() by k",
            "k:long count_:long",
            json!([[1, 1]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/union-operator",
            "let T = datatable(k:long)[1]; union hint.concurrency=1 kind=outer T, T | as hint.materialized=true U | count",
            "Count:long",
            json!([[2]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/search-operator",
            "Events | project Host, Port | search Host:\"web\" and Port == 80 | project Host, Port",
            "Host:string Port:int",
            json!([["web", 80]]),
        ),
    ]);
    for query in [
        "workspace('w').T | take 1",
        "cluster('c').database('d').T | count",
        "union database('d').T",
    ] {
        let refusal = run(query).expect_err(query);
        assert_eq!(
            (refusal.kind, refusal.construct.as_str()),
            (RefusalKind::Unknown, "another database"),
            "{query}"
        );
    }
}

#[test]
fn blanks_of_any_kind_stand_between_tokens() {
    for blank in ['\u{200b}', '\u{a0}', '\u{2003}', '\u{3000}', '\u{feff}'] {
        let query = format!(
            "Events{blank}|{blank}where{blank}Port{blank}=={blank}443{blank}| project t=datetime({blank}2024-05-01{blank}), d=dynamic({blank}[1,{blank}2])"
        );
        let answer = run(&query).unwrap_or_else(|refusal| panic!("{blank:?}: {refusal:?}"));
        assert_eq!(
            answer.rows,
            vec![vec![json!("2024-05-01T00:00:00.0000000Z"), json!([1, 2])]]
        );
    }
    assert!(run("Events\u{200c}| take 1").is_err());
}

#[test]
fn patterns_start_with_columns() {
    let page = "https://learn.microsoft.com/en-us/kusto/query/parse-operator";
    check(&[
        (
            page,
            "print s='a@b.c' | parse s with user '@' host | project user, host",
            "user:string host:string",
            json!([["a", "b.c"]]),
        ),
        (
            page,
            "print s='1: x' | parse s with ['The id']:long ': ' ['Its text'] | project-away s",
            "The id:long Its text:string",
            json!([[1, "x"]]),
        ),
        (
            page,
            "datatable(s:string)['n=27 junk m=23', 'n=xx junk m=23'] | parse s with 'n=' n:long * 'm=' m:long | project n, m",
            "n:long m:long",
            json!([[27, 23], [null, null]]),
        ),
        (
            "measured: the pattern reaches the end of the value",
            "datatable(s:string)['aXcYc', 'aXcY'] | parse s with 'a' v 'c' | project v",
            "v:string",
            json!([["XcY"], [""]]),
        ),
        (
            "measured: the last star may find no number",
            "print s='p|1-q|xx' | parse kind=relaxed s with 'p|' a '-q|' b:long * | project a, b",
            "a:string b:long",
            json!([["1", null]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/parse-where-operator",
            "datatable(s:string)['n=2 m=3', 'n=x m=3'] | parse-where s with 'n=' n:long * 'm=' m:long | project n, m",
            "n:long m:long",
            json!([[2, 3]]),
        ),
    ]);
    for (query, kind) in [
        (
            "print s='a' | parse s with 'n=' n * 'm=' m",
            RefusalKind::Invalid,
        ),
        ("print s='a' | parse s with 'n=' n *", RefusalKind::Invalid),
        ("print s='a' | parse s with a b", RefusalKind::Invalid),
        (
            "print s='a' | parse s with first ' ' b",
            RefusalKind::Invalid,
        ),
        (
            "print s='a' | parse-where kind=relaxed s with 'a' b",
            RefusalKind::Invalid,
        ),
        (
            "print s='a' | parse s with 'n=' n:datetime * 'm=' m",
            RefusalKind::Unknown,
        ),
        ("print s='xa1' | parse s with 'a' b", RefusalKind::Unknown),
    ] {
        assert_eq!(run(query).expect_err(query).kind, kind, "{query}");
    }
}

/// Measured: columns are greedy, typed ones have their shape, nothing is anchored, and groups of the texts are no columns.
#[test]
fn patterns_are_regular_expressions() {
    let page = "https://learn.microsoft.com/en-us/kusto/query/parse-operator#regex-mode; measured";
    for (value, pattern, columns, rows) in [
        (
            "aXcYc",
            "kind=regex s with 'a' v 'c'",
            "v:string",
            json!([["XcY"]]),
        ),
        (
            "abcbd",
            "kind=regex s with 'a' v 'b'",
            "v:string",
            json!([["bc"]]),
        ),
        (
            "axbZ",
            "kind=regex s with 'a.b' v",
            "v:string",
            json!([["Z"]]),
        ),
        (
            "foo=9,bar=8",
            "kind=regex s with '(foo)=' v ',' '(?<x>bar)=' w",
            "v:string w:string",
            json!([["9", "8"]]),
        ),
        (
            "n=27 junk",
            "kind=regex s with 'n=' n:long",
            "n:long",
            json!([[27]]),
        ),
        (
            "A=5",
            "kind=regex flags=i s with 'a=' v",
            "v:string",
            json!([["5"]]),
        ),
        (
            "y=1,x=2,x=9,",
            "kind=regex flags=U s with * 'x=' v ','",
            "v:string",
            json!([["9"]]),
        ),
        (
            "none",
            "kind=regex s with 'a=' v",
            "v:string",
            json!([[""]]),
        ),
    ] {
        let query = format!("datatable(s:string)['{value}'] | parse {pattern} | project-away s");
        check(&[(page, &query, columns, rows)]);
    }
    for (pattern, kind) in [
        ("kind=simple flags=i s with 'a' v", RefusalKind::Invalid),
        ("kind=regex flags=x s with 'a' v", RefusalKind::Unknown),
        ("kind=regex s with 'a=' t:datetime", RefusalKind::Unknown),
        ("kind=regex s with ')' v", RefusalKind::Unknown),
    ] {
        let query = format!("print s='a' | parse {pattern}");
        assert_eq!(run(&query).expect_err(&query).kind, kind, "{query}");
    }
}

#[test]
fn a_table_inside_an_expression_sees_no_row() {
    for query in [
        "range i from 1 to 2 step 1 | extend m = toscalar(print x = i)",
        "print k=1, d=dynamic([1]) | mv-apply d on (extend m = toscalar(print x = k))",
        "let f = (k:long) { toscalar(range a from 1 to 3 step 1 | where a > k | count) }; range i from 1 to 2 step 1 | extend c = f(i)",
        "let v = datatable(v:string)['a']; datatable(v:string)['a'] | where v in (v)",
        "let v = 5; let v = 6; print v",
        "print kind = 1",
    ] {
        assert_eq!(
            run(query).expect_err(query).kind,
            RefusalKind::Invalid,
            "{query}"
        );
    }
    check(&[
        (
            "measured: the `let` is meant, not the column",
            "let i = 100; range i from 1 to 2 step 1 | extend m = toscalar(print x = i) | project m",
            "m:long",
            json!([[100], [100]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/in-cs-operator",
            "let v = datatable(a:string)['a']; datatable(b:string)['a', 'b'] | where b in (v)",
            "b:string",
            json!([["a"]]),
        ),
    ]);
}

#[test]
fn a_join_that_drops_rows_warns() {
    let warned = |query: &str| !run(query).unwrap().warnings.is_empty();
    let left = "datatable(k:long, v:string)[1, 'a', 1, 'b']";
    let right = "(datatable(k:long, w:string)[1, 'x'])";
    assert!(warned(&format!(
        "{left} | join {right} on k | where v == 'b'"
    )));
    assert!(warned(&format!(
        "{left} | join kind=innerunique {right} on k"
    )));
    assert!(!warned(&format!("{left} | join kind=inner {right} on k")));
    assert!(!warned(&format!("{left} | distinct k | join {right} on k")));
    assert!(!warned(&format!(
        "{left} | extend k = k + 1 | join {right} on k"
    )));
}

#[test]
fn texts_are_compared_with_numbers() {
    let page = "both readings agree";
    check(&[
        (
            page,
            "datatable(s:string)['1', 'x', '', '2'] | extend is = s == 1, is_not = s != 1",
            "s:string is:bool is_not:bool",
            json!([
                ["1", true, false],
                ["x", false, true],
                ["", false, true],
                ["2", false, true]
            ]),
        ),
        (
            page,
            "datatable(s:string, n:int)['4624', 4624, '1', 2] | where s == n | project n",
            "n:int",
            json!([[4624]]),
        ),
    ]);
    for text in ["01", " 1", "1.0", "+1"] {
        let query = format!("datatable(s:string)['{text}'] | where s == 1");
        assert_eq!(
            run(&query).expect_err(&query).kind,
            RefusalKind::Unknown,
            "{query}"
        );
    }
    assert_eq!(
        run("datatable(s:string)['1'] | where s in (1, 2)")
            .unwrap_err()
            .kind,
        RefusalKind::Unknown
    );
    assert_eq!(
        run("datatable(s:string)['1'] | where s > 1")
            .unwrap_err()
            .kind,
        RefusalKind::Invalid
    );
}

fn over(tables: &[Sample], query: &str) -> Result<huntc::interp::Answer, huntc::interp::Refusal> {
    let options = Options {
        now_ms: NOW,
        ..Options::default()
    };
    kql::run(query, tables, &options)
}

#[test]
fn external_data_are_tables_of_samples() {
    let table = Sample {
        name: "iocs".to_owned(),
        columns: vec![
            ("ip".to_owned(), "string".to_owned()),
            ("score".to_owned(), "string".to_owned()),
        ],
        rows: vec![
            vec![json!("192.0.2.1"), json!("7")],
            vec![json!("192.0.2.2"), json!("x")],
        ],
    };
    let query = "externaldata(ip:string, score:long)[@'https://host.example/lists/iocs.csv?v=1'] with (format='csv', ignoreFirstRecord=true) | where score > 5";
    let answer = over(std::slice::from_ref(&table), query).unwrap();
    assert_eq!(answer.rows, vec![vec![json!("192.0.2.1"), json!(7)]]);
    let refusal = over(&[], query).unwrap_err();
    assert_eq!(
        (refusal.kind, refusal.construct.as_str()),
        (RefusalKind::Unknown, "externaldata")
    );
    assert!(
        refusal.message.contains("supply a table `iocs`"),
        "{}",
        refusal.message
    );
    let other = query
        .replace("score:long", "level:long")
        .replace("score >", "level >");
    assert!(
        over(&[table], &other)
            .unwrap_err()
            .message
            .contains("no column `level`")
    );
}

#[test]
fn texts_are_taken_apart_by_their_form() {
    check(&[
        (
            "https://learn.microsoft.com/en-us/kusto/query/parse-url-function; measured",
            "print a=parse_url('https://u:p@h.io:80/x/y?b=2&a=1&b=3&c=#f') | project h=a.Host, p=a.Port, u=a.Username, w=a.Password, x=a.Path, q=a['Query Parameters'], f=a.Fragment, s=a.Scheme",
            "h:dynamic p:dynamic u:dynamic w:dynamic x:dynamic q:dynamic f:dynamic s:dynamic",
            json!([["h.io", "80", "u", "p", "/x/y", {"a": "1", "b": ["2", "3"]}, "f", "https"]]),
        ),
        (
            "measured: a user without a password belongs to the host, a lone slash is no path",
            "print a=parse_url('https://user@h.io/'), b=parse_url('https://[::1]:80/p'), c=parse_url('not a url') | project a.Host, a.Path, b.Host, b.Port, c.Scheme",
            "a_Host:dynamic a_Path:dynamic b_Host:dynamic b_Port:dynamic c_Scheme:dynamic",
            json!([["user@h.io", "", "[::1]", "80", ""]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/parse-xml-function",
            "print d=parse_xml('<e n=\"v\"><a>1</a><a>2</a></e>') | project x=d.e['@n'], y=d.e.a[1], z=isnull(parse_xml('<e>'))",
            "x:dynamic y:dynamic z:bool",
            json!([["v", "2", true]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/extract-json-function",
            r#"print j='{"name": "John", "age": 30, "l": [{"x": 5}]}' | project a=extract_json('$.name', j), b=extractjson("$.age", j, typeof(int)), c=extract_json("$['l'][0].x", j, typeof(long)), d=extract_json('$.no', j), e=extract_json('$.a', 'text')"#,
            "a:string b:int c:long d:string e:string",
            json!([["John", 30, 5, "", ""]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/base64-decode-toarray-function",
            "print a=base64_decode_toarray('S3VzdG8='), b=base64_decodestring('S3VzdG8=')",
            "a:dynamic b:string",
            json!([[[75, 117, 115, 116, 111], "Kusto"]]),
        ),
    ]);
    for query in [
        "print extract_json('$..a', '{}')",
        "print parse_url('?a=b')",
        "Events | extend ingestion_time()",
        "print base64_decode_toguid('JpbpECu8dUy7Pv5gbeJXAA==')",
    ] {
        assert_eq!(
            run(query).expect_err(query).kind,
            RefusalKind::Unknown,
            "{query}"
        );
    }
}

#[test]
fn bags_become_columns() {
    let bags = "datatable(d:dynamic, t:string)[dynamic({'Name': 'John', 'Age': 20}), 's', dynamic({'Name': 'Dave', 'Age': 40.5, 'x': [1]}), 't', dynamic(null), 'u']";
    let page = "https://learn.microsoft.com/en-us/kusto/query/bag-unpack-plugin";
    let query = |end: &str| format!("{bags} | evaluate bag_unpack({end}");
    let cases: Vec<(String, &str, serde_json::Value)> = vec![
        (
            query("d)"),
            "t:string Age:dynamic Name:string x:dynamic",
            json!([
                ["s", 20, "John", null],
                ["t", 40.5, "Dave", [1]],
                ["u", null, "", null]
            ]),
        ),
        (
            query("d, 'p_', ignoredProperties=dynamic(['x', 'Age']))"),
            "t:string p_Name:string",
            json!([["s", "John"], ["t", "Dave"], ["u", ""]]),
        ),
        (
            query("d) : (*, Name:string, Age:real)"),
            "t:string Name:string Age:real",
            json!([["s", "John", 20.0], ["t", "Dave", 40.5], ["u", "", null]]),
        ),
        (
            query("d) : (Age:long)"),
            "Age:long",
            json!([[20], [40], [null]]),
        ),
    ];
    for (query, columns, rows) in &cases {
        let case: Case<'_> = (page, query, columns, rows.clone());
        check(&[case]);
    }
    assert!(
        run(&query("d)"))
            .unwrap()
            .warnings
            .iter()
            .any(|warning| warning.contains("order of the columns"))
    );
    let conflict = "datatable(Name:string, d:dynamic)['old', dynamic({'Name': 'new'})] | evaluate bag_unpack(d";
    assert_eq!(
        run(&format!("{conflict})")).unwrap_err().kind,
        RefusalKind::Invalid
    );
    let kept = run(&format!("{conflict}, columnsConflict='keep_source')")).unwrap();
    assert_eq!(kept.rows, vec![vec![json!("old")]]);
    let replaced = run(&format!("{conflict}, columnsConflict='replace_source')")).unwrap();
    assert_eq!(replaced.rows, vec![vec![json!("new")]]);
}

#[test]
fn values_become_columns() {
    let page = "https://learn.microsoft.com/en-us/kusto/query/pivot-plugin";
    let table = "datatable(State:string, Kind:string, n:long)['AL', 'Wind', 1, 'AK', 'Wind', 2, 'AL', 'Wind', 3, 'AL', 'Hail', 4]";
    for (end, columns, rows) in [
        (
            "project State, Kind | evaluate pivot(State)",
            "Kind:string AK:long AL:long",
            json!([["Wind", 1, 2], ["Hail", 0, 1]]),
        ),
        (
            "evaluate pivot(State, sum(n))",
            "Kind:string AK:long AL:long",
            json!([["Wind", 2, 4], ["Hail", 0, 4]]),
        ),
        (
            "evaluate pivot(Kind, sum(n), State)",
            "State:string Hail:long Wind:long",
            json!([["AL", 4, 4], ["AK", 0, 2]]),
        ),
    ] {
        let query = format!("{table} | {end}");
        check(&[(page, &query, columns, rows)]);
    }
}

#[test]
fn tops_are_nested() {
    let page = "https://learn.microsoft.com/en-us/kusto/query/top-nested-operator";
    let table = "datatable(s:string, k:string, v:long)['a', 'x', 1, 'a', 'y', 5, 'b', 'x', 20, 'c', 'x', 3]";
    for (end, columns, rows) in [
        (
            "top-nested 2 of s by sum(v), top-nested 1 of k by most=max(v)",
            "s:string aggregated_s:long k:string most:long",
            json!([["b", 20, "x", 20], ["a", 6, "y", 5]]),
        ),
        (
            "top-nested 1 of who=s with others='rest' by sum(v)",
            "who:string aggregated_who:long",
            json!([["b", 20], ["rest", 9]]),
        ),
        (
            "top-nested 1 of s by sum(v) asc",
            "s:string aggregated_s:long",
            json!([["c", 3]]),
        ),
        (
            "top-nested of s by Ignore=max(1), top-nested 1 of v by m=max(v) | project s, v",
            "s:string v:long",
            json!([["a", 5], ["b", 20], ["c", 3]]),
        ),
    ] {
        let query = format!("{table} | {end}");
        check(&[(page, &query, columns, rows)]);
    }
    let tied = format!("{table} | top-nested 1 of s by max(1)");
    assert_eq!(run(&tied).unwrap_err().kind, RefusalKind::Unknown);
}

#[test]
fn functions_are_invoked() {
    let page = "https://learn.microsoft.com/en-us/kusto/query/invoke-operator; measured";
    check(&[
        (
            page,
            "let f = (T:(v:string), n:long) { T | extend v=strcat(v, tostring(n)) }; datatable(v:string)['a'] | invoke f(7)",
            "v:string",
            json!([["a7"]]),
        ),
        (
            page,
            "let f = (T:(v:long)) { let lo = 1; T | where v > lo | summarize s=sum(v) }; datatable(v:long)[1, 2, 3] | invoke f() | extend t = s * 2",
            "s:long t:long",
            json!([[5, 10]]),
        ),
        (
            "measured: a column of the table hides a parameter",
            "let f = (T:(x:long), K:long) { T | extend kk = K }; datatable(x:long, K:long)[1, 100] | invoke f(5)",
            "x:long K:long kk:long",
            json!([[1, 100, 100]]),
        ),
    ]);
    assert_eq!(
        run("Events | invoke nosuch()").unwrap_err().kind,
        RefusalKind::Unknown
    );
    assert_eq!(
        run("let f = (x:long) { x }; Events | invoke f()")
            .unwrap_err()
            .kind,
        RefusalKind::Invalid
    );
}

/// Names that columns get, as measured on the engine.
#[test]
fn columns_are_named() {
    let table = "datatable(x:real, i:long, s:string, d:dynamic)[1.5, 2, 'a,b', dynamic({'a': 1, 'b': [1, 2]})]";
    for (end, names) in [
        (
            "project tolower(s), pow(x, 2), degrees(x)",
            "Column1 Column2 Column3",
        ),
        (
            "project strlen(tostring(s)), gettype(strlen(s)), strlen(gettype(x))",
            "strlen_s type_strlen_s strlen_type_x",
        ),
        ("project abs(x), x", "x x1"),
        ("project abs(x), sqrt(x), x1 = 100", "x x2 x1"),
        ("project i + 1, Column1 = 100", "Column1 Column11"),
        ("project d.a, d_a = 1", "d_a d_a1"),
        (
            "extend Column1 = 5 | extend i + 1 | project-away x, i, s, d",
            "Column1 Column2",
        ),
        ("summarize count() by abs(x), sqrt(x)", "x x1 count_"),
        ("summarize sum(x) by sum_x = i", "sum_x sum_x1"),
        ("summarize x1 = count() by x, abs(x)", "x x2 x1"),
        ("summarize count() + 1 by i + 1", "Column1 Column2"),
        (
            "summarize abs(min(x)), strlen(tostring(count())), round(avg(x), 2)",
            "min_x strlen_count_ avg_x",
        ),
        ("project array_sort_asc(d.b)", "array0_sorted"),
    ] {
        let query = format!("{table} | {end}");
        let answer = run(&query).unwrap_or_else(|refusal| panic!("{query}: {refusal:?}"));
        let found: Vec<&str> = answer
            .columns
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(found.join(" "), names, "{query}");
    }
    for end in [
        "project x, x",
        "project y = x, y = i",
        "project i = 2, i",
        "extend abs(x), sqrt(x)",
        "extend x = 1, abs(x)",
        "extend strlen(s), strlen(s)",
        "extend i + 1, Column1 = 5",
        "summarize count() by i, i",
        "summarize x = count() by x",
        "distinct x, x",
        "summarize count(*)",
    ] {
        let query = format!("{table} | {end}");
        assert_eq!(
            run(&query).expect_err(&query).kind,
            RefusalKind::Invalid,
            "{query}"
        );
    }
}

/// The engine counts unnamed columns of `distinct` otherwise, by a rule that is not known, and makes up a name for `toscalar`.
#[test]
fn names_that_are_not_known_are_refused() {
    for query in [
        "Events | distinct Port + 1",
        "Events | extend toscalar(print 1)",
    ] {
        let refusal = run(query).expect_err(query);
        assert_eq!(refusal.kind, RefusalKind::Unknown, "{query}");
        assert!(refusal.message.contains("give it"), "{}", refusal.message);
    }
}

/// Conversions, as measured on the engine; folded of literals and over rows they differ.
#[test]
fn texts_are_converted() {
    let page = "measured";
    check(&[
        (
            page,
            "print a=tobool(' true '), b=tobool('2'), c=tobool('1.5'), d=toint('0xFFFFFFFF'), e=tolong('+4'), f=todouble('INF'), g=todouble('+Infinity'), h=totimespan('10'), i=toint(1d), j=totimespan(true)",
            "a:bool b:bool c:bool d:int e:long f:real g:real h:timespan i:int j:timespan",
            json!([[
                true,
                true,
                null,
                -1,
                4,
                null,
                "Infinity",
                null,
                711_573_504,
                "00:00:00.0000001"
            ]]),
        ),
        (
            page,
            "datatable(s:string)[' true', 'TRUE', '-1', 'yes'] | project b=tobool(s)",
            "b:bool",
            json!([[null], [true], [true], [null]]),
        ),
        (
            page,
            "print a=trim('a$', 'aa'), b=trim('^b|a', 'ba'), c=trim_start('a|x', 'bxa'), d=trim('(?<n>a)', 'aba'), e=trim('.*', 'abc')",
            "a:string b:string c:string d:string e:string",
            json!([["a", "", "bxa", "b", ""]]),
        ),
        (
            page,
            "print a=parse_ipv6('fe80::1%eth0'), b=parse_ipv6('1.2.3.4/0'), c=parse_ipv6('::ffff:1.2.3.4/120'), d=parse_ipv4('01.2.3.4')",
            "a:string b:string c:string d:long",
            json!([[
                "fe80:0000:0000:0000:0000:0000:0000:0001",
                "0000:0000:0000:0000:0000:ffff:0000:0000",
                "",
                null
            ]]),
        ),
    ]);
    let refusal = run("datatable(s:string)[' 2 '] | project b=tobool(s)").unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Unknown);
}
