//! Every operator, by examples of our own; each names the page it is made from.

use huntc::interp::kql::{self, Options};
use huntc::interp::{Answer, Refusal, RefusalKind, Sample};
use serde_json::{Value as Json, json};

/// 2024-05-01T12:00:00Z
pub const NOW: i64 = 1_714_564_800_000;

pub fn run(query: &str) -> Result<Answer, Refusal> {
    let options = Options {
        now_ms: NOW,
        ..Options::default()
    };
    kql::run(query, &tables(), &options)
}

fn tables() -> Vec<Sample> {
    let columns = [
        ("Time", "datetime"),
        ("Host", "string"),
        ("Port", "int"),
        ("Tags", "dynamic"),
    ];
    vec![Sample {
        name: "Events".to_owned(),
        columns: columns
            .map(|(name, ty)| (name.to_owned(), ty.to_owned()))
            .to_vec(),
        rows: vec![
            vec![
                json!("2024-05-01T11:00:00Z"),
                json!("web"),
                json!(443),
                json!(["a", "b"]),
            ],
            vec![
                json!("2024-05-01T10:00:00Z"),
                json!("db"),
                json!(5432),
                json!([]),
            ],
            vec![
                json!("2024-04-01T10:00:00Z"),
                json!("web"),
                json!(80),
                json!(null),
            ],
            vec![json!(null), json!(null), json!(null), json!({"k": 1})],
        ],
    }]
}

/// `page`, query, columns as `name:type`, rows.
pub type Case<'c> = (&'c str, &'c str, &'c str, Json);

pub fn check(cases: &[Case<'_>]) {
    let mut faults = Vec::new();
    for (page, query, columns, rows) in cases {
        match run(query) {
            Err(refusal) => faults.push(format!("{query}\n  ({page})\n  {refusal:?}")),
            Ok(answer) => {
                let shown: Vec<String> = answer
                    .columns
                    .iter()
                    .map(|(name, ty)| format!("{name}:{ty}"))
                    .collect();
                let found = json!(answer.rows);
                if shown.join(" ") != *columns || found != *rows {
                    faults.push(format!(
                        "{query}\n  ({page})\n  {}\n  {found}\n  not {rows}",
                        shown.join(" ")
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

const TABLE: &str = "datatable(g:string, n:long, r:real)['a', 1, 1.5, 'b', 2, 2.5, 'a', 3, 3.5, '', long(null), real(null)]";

fn over(op: &str) -> String {
    format!("{TABLE} | {op}")
}

/// Cases over the table above.
fn check_over(cases: &[Case<'_>]) {
    let mut faults = Vec::new();
    for (page, op, columns, rows) in cases {
        let query = over(op);
        match run(&query) {
            Err(refusal) => faults.push(format!("{op}\n  ({page})\n  {refusal:?}")),
            Ok(answer) => {
                let shown: Vec<String> = answer
                    .columns
                    .iter()
                    .map(|(name, ty)| format!("{name}:{ty}"))
                    .collect();
                let found = json!(answer.rows);
                if shown.join(" ") != *columns || found != *rows {
                    faults.push(format!(
                        "{op}\n  ({page})\n  {}\n  {found}\n  not {rows}",
                        shown.join(" ")
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn rows_are_chosen() {
    check_over(&[
        (
            "https://learn.microsoft.com/en-us/kusto/query/where-operator",
            "where n > 1 | project n",
            "n:long",
            json!([[2], [3]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/null-values",
            "where n != 1 | count",
            "Count:long",
            json!([[3]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/null-values",
            "where not(n > 1) | count",
            "Count:long",
            json!([[1]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/null-values",
            "where n > 1 or g == '' | count",
            "Count:long",
            json!([[3]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/not-in-operator",
            "where n !in (1, 2) | count",
            "Count:long",
            json!([[2]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/in-cs-operator",
            "where g in ((datatable(x:string)['b'])) | count",
            "Count:long",
            json!([[1]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/take-operator",
            "take 1 | project g",
            "g:string",
            json!([["a"]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/limit-operator",
            "limit 0",
            "g:string n:long r:real",
            json!([]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/top-operator",
            "top 2 by n | project n",
            "n:long",
            json!([[3], [2]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/top-operator",
            "top 2 by n asc | project n",
            "n:long",
            json!([[null], [1]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/sort-operator",
            "sort by g asc, n desc | project g, n",
            "g:string n:long",
            json!([["", null], ["a", 3], ["a", 1], ["b", 2]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/sort-operator",
            "order by n asc nulls last | project n",
            "n:long",
            json!([[1], [2], [3], [null]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/distinct-operator",
            "distinct g",
            "g:string",
            json!([["a"], ["b"], [""]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/count-operator",
            "count as N",
            "N:long",
            json!([[4]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/search-operator",
            "search 'a' | project g, n",
            "g:string n:long",
            json!([["a", 1], ["a", 3]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/search-operator",
            "search g == 'b' | project ['$table'], n",
            "$table:string n:long",
            json!([["search_arg0", 2]]),
        ),
    ]);
}

#[test]
fn columns_are_made() {
    check_over(&[
        (
            "https://learn.microsoft.com/en-us/kusto/query/extend-operator",
            "take 1 | extend n = n + 1, m = n",
            "g:string n:long r:real m:long",
            json!([["a", 2, 1.5, 1]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/project-operator",
            "take 1 | project g, n * 2, tostring(n), strlen(g)",
            "g:string Column1:long n:string strlen_g:long",
            json!([["a", 2, "1", 1]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/schema-entities/entity-names",
            "take 1 | extend ['first'] = n, ['a b'] = g | project ['first'], ['a b']",
            "first:long a b:string",
            json!([[1, "a"]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/project-away-operator",
            "take 1 | project-away n, r*",
            "g:string",
            json!([["a"]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/project-keep-operator",
            "take 1 | project-keep n, g",
            "g:string n:long",
            json!([["a", 1]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/project-rename-operator",
            "take 1 | project-rename h = g",
            "h:string n:long r:real",
            json!([["a", 1, 1.5]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/project-reorder-operator",
            "take 1 | project-reorder r, * asc",
            "r:real g:string n:long",
            json!([[1.5, "a", 1]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/getschema-operator",
            "project n | getschema",
            "ColumnName:string ColumnOrdinal:long DataType:string ColumnType:string",
            json!([["n", 0, "System.Int64", "long"]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/column-ifexists-function",
            "take 1 | project x = column_ifexists('zz', 7), y = column_ifexists('n', 7)",
            "x:long y:long",
            json!([[7, 1]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/as-operator",
            "as X | where n == toscalar(X | summarize max(n)) | project n",
            "n:long",
            json!([[3]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/render-operator",
            "take 1 | project n | render timechart",
            "n:long",
            json!([[1]]),
        ),
    ]);
}

#[test]
fn rows_are_grouped() {
    check_over(&[
        (
            "https://learn.microsoft.com/en-us/kusto/query/summarize-operator",
            "summarize count(), sum(n), avg(n), min(n), max(r) by g",
            "g:string count_:long sum_n:long avg_n:real min_n:long max_r:real",
            json!([
                ["a", 2, 4, 2.0, 1, 3.5],
                ["b", 1, 2, 2.0, 2, 2.5],
                ["", 1, 0, "NaN", null, null]
            ]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/summarize-operator",
            "where false | summarize count(), sum(n), make_list(n)",
            "count_:long sum_n:long list_n:dynamic",
            json!([[0, 0, []]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/summarize-operator",
            "where false | summarize count() by g",
            "g:string count_:long",
            json!([]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/countif-aggregation-function",
            "summarize countif(n > 1), c = countif(g == 'a')",
            "countif_:long c:long",
            json!([[2, 2]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/sumif-aggregation-function",
            "summarize sumif(n, g == 'a'), avgif(n, g == 'a'), minif(n, n > 1), maxif(n, n < 3)",
            "sumif_n:long avgif_n:real minif_n:long maxif_n:long",
            json!([[4, 2.0, 2, 2]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/make-list-aggregation-function",
            "summarize make_list(n), make_list(g, 2), make_list_if(n, n > 1)",
            "list_n:dynamic list_g:dynamic list_n1:dynamic",
            json!([[[1, 2, 3], ["a", "b"], [2, 3]]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/make-list-with-nulls-aggregation-function",
            "summarize make_list_with_nulls(n)",
            "list_n:dynamic",
            json!([[[1, 2, 3, null]]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/make-set-aggregation-function",
            "summarize make_set(g), make_set_if(g, n > 1, 1)",
            "set_g:dynamic set_g1:dynamic",
            json!([[["a", "b", ""], ["b"]]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/make-bag-aggregation-function",
            "summarize make_bag(bag_pack(g, n))",
            "bag_:dynamic",
            json!([[{"a": 1, "b": 2, "": null}]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/arg-max-aggregation-function",
            "summarize arg_max(n, g), arg_min(n, *)",
            "n:long g:string n1:long g1:string r:real",
            json!([[3, "a", 1, "a", 1.5]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/arg-max-aggregation-function",
            "summarize (latest, value) = arg_max(n, r) by g | where g == 'a'",
            "g:string latest:long value:real",
            json!([["a", 3, 3.5]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/take-any-aggregation-function",
            "sort by n asc | summarize take_any(g), any(n)",
            "g:string any_n:long",
            json!([["a", 1]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/dcount-aggfunction",
            "summarize dcount(g), dcountif(g, n > 0), count_distinct(n), count_distinctif(g, n == 2)",
            "dcount_g:long dcountif_g:long count_distinct_n:long count_distinctif_g:long",
            json!([[3, 2, 3, 1]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/percentiles-aggregation-function",
            "summarize percentile(n, 50), percentiles(r, 0, 100)",
            "percentile_n_50:long percentile_r_0:real percentile_r_100:real",
            json!([[2, 1.5, 3.5]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/stdev-aggregation-function",
            "summarize stdev(n), variance(n)",
            "stdev_n:real variance_n:real",
            json!([[1.0, 1.0]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/summarize-operator",
            "summarize share = 100.0 * countif(n > 1) / count()",
            "share:real",
            json!([[50.0]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/bin-function",
            "summarize count() by bin(n, 2)",
            "n:long count_:long",
            json!([[0, 1], [2, 2], [null, 1]]),
        ),
    ]);
}

#[test]
fn tables_are_joined() {
    let right = "(datatable(g:string, k:long)['a', 10, 'c', 30])";
    let cases = [
        (
            "join-innerunique",
            "kind=innerunique",
            json!([["a", 1, "a", 10]]),
        ),
        (
            "join-inner",
            "kind=inner",
            json!([["a", 1, "a", 10], ["a", 3, "a", 10]]),
        ),
        (
            "join-leftouter",
            "kind=leftouter",
            json!([
                ["a", 1, "a", 10],
                ["b", 2, "", null],
                ["a", 3, "a", 10],
                ["", null, "", null]
            ]),
        ),
        (
            "join-rightouter",
            "kind=rightouter",
            json!([["a", 1, "a", 10], ["a", 3, "a", 10], ["", null, "c", 30]]),
        ),
        (
            "join-fullouter",
            "kind=fullouter",
            json!([
                ["a", 1, "a", 10],
                ["b", 2, "", null],
                ["a", 3, "a", 10],
                ["", null, "", null],
                ["", null, "c", 30]
            ]),
        ),
        (
            "join-leftsemi",
            "kind=leftsemi",
            json!([["a", 1], ["a", 3]]),
        ),
        (
            "join-leftanti",
            "kind=leftanti",
            json!([["b", 2], ["", null]]),
        ),
        ("join-rightsemi", "kind=rightsemi", json!([["a", 10]])),
        ("join-rightanti", "kind=rightanti", json!([["c", 30]])),
    ];
    for (page, kind, rows) in cases {
        let answer = run(&over(&format!("project g, n | join {kind} {right} on g"))).unwrap();
        assert_eq!(
            json!(answer.rows),
            rows,
            "https://learn.microsoft.com/en-us/kusto/query/{page}"
        );
    }
    check_over(&[
        (
            "https://learn.microsoft.com/en-us/kusto/query/lookup-operator",
            "project g, n | lookup (datatable(g:string, n:long)['a', 10]) on g",
            "g:string n:long n1:long",
            json!([["a", 1, 10], ["b", 2, null], ["a", 3, 10], ["", null, null]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/join-operator",
            "join kind=inner (datatable(h:string)['b']) on $left.g == $right.h | project g, h",
            "g:string h:string",
            json!([["b", "b"]]),
        ),
        // Microsoft's parser knows this form, its documents do not.
        (
            "https://github.com/microsoft/Kusto-Query-Language",
            "join kind=inner (datatable(h:string)['b']) where h == g | project g, h",
            "g:string h:string",
            json!([["b", "b"]]),
        ),
    ]);
}

#[test]
fn tables_are_put_together() {
    check(&[
        (
            "https://learn.microsoft.com/en-us/kusto/query/union-operator",
            "union (print a=1), (print a=2, b='x')",
            "a:long b:string",
            json!([[1, ""], [2, "x"]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/union-operator",
            "union withsource=T Events, (print a=1) | summarize count() by T",
            "T:string count_:long",
            json!([["Events", 4], ["union_arg1", 1]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/union-operator",
            "union isfuzzy=true Absent, (print a=1)",
            "a:long",
            json!([[1]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/union-operator",
            "union kind=inner (print a=1, b=2), (print a=3)",
            "a:long",
            json!([[1], [3]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/union-operator",
            "union (print a=1), (print a='x')",
            "a_long:long a_string:string",
            json!([[1, ""], [null, "x"]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/search-operator",
            "search in (Events) 'web' and 443 | project ['$table'], Port",
            "$table:string Port:int",
            json!([["Events", 443]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/ipv4-lookup-plugin",
            "datatable(ip:string)['10.0.0.5', '8.8.8.8'] | evaluate ipv4_lookup(datatable(net:string, n:long)['10.0.0.0/8', 1], ip, net, return_unmatched=true)",
            "ip:string net:string n:long",
            json!([["10.0.0.5", "10.0.0.0/8", 1], ["8.8.8.8", "", null]]),
        ),
    ]);
}

#[test]
fn arrays_are_opened() {
    check(&[
        (
            "https://learn.microsoft.com/en-us/kusto/query/mv-expand-operator",
            "Events | project Host, Tags | mv-expand Tags",
            "Host:string Tags:dynamic",
            json!([["web", "a"], ["web", "b"], ["web", null], ["", {"k": 1}]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/mv-expand-operator",
            "print a=dynamic([1, 2]), b=dynamic(['x']) | mv-expand with_itemindex=i a to typeof(long), b to typeof(string)",
            "a:long b:string i:long",
            json!([[1, "x", 0], [2, "", 1]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/mv-expand-operator",
            "print a=dynamic(['7', 8]) | mv-expand a to typeof(long)",
            "a:long",
            json!([[null], [8]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/mv-expand-operator",
            "print a=dynamic({'x': 1, 'y': 2}) | mv-expand kind=array a",
            "a:dynamic",
            json!([[["x", 1]], [["y", 2]]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/mv-expand-operator",
            "print a=dynamic([1, 2, 3]) | mv-expand a limit 2",
            "a:dynamic",
            json!([[1], [2]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/mv-apply-operator",
            "datatable(k:string, v:dynamic)['a', dynamic([3, 9, 4]), 'b', dynamic([])] | mv-apply v to typeof(long) on (top 1 by v)",
            "k:string v:long",
            json!([["a", 9]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/mv-apply-operator",
            "datatable(k:string, v:dynamic)['a', dynamic([3, 9])] | mv-apply x=v to typeof(long) on (summarize s=sum(x))",
            "k:string v:dynamic s:long",
            json!([["a", [3, 9], 12]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/parse-operator",
            "print s='user=ann id=7 rest' | parse s with 'user=' user ' id=' id:long ' ' *",
            "s:string user:string id:long",
            json!([["user=ann id=7 rest", "ann", 7]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/parse-where-operator",
            "datatable(s:string)['a=1', 'b'] | parse-where s with 'a=' a:long",
            "s:string a:long",
            json!([["a=1", 1]]),
        ),
    ]);
}

#[test]
fn series_are_made() {
    let points =
        "['2024-01-01T00:00:00.0000000Z','2024-01-02T00:00:00.0000000Z']".replace('\'', "\"");
    let axis: Json = serde_json::from_str(&points).unwrap();
    let table = "datatable(t:datetime, g:string, n:long)[datetime(2024-01-02 05:00), 'a', 4, datetime(2024-01-03), 'a', 9, datetime(2023-12-31), 'b', 1]";
    let ends = "from datetime(2024-01-01) to datetime(2024-01-03) step 1d";
    let rows = |query: &str| json!(run(query).unwrap().rows);
    // https://learn.microsoft.com/en-us/kusto/query/make-series-operator: the end is no part; a group without rows is none.
    assert_eq!(
        rows(&format!(
            "{table} | make-series s=sum(n), c=count() default=-1 on t {ends} by g"
        )),
        json!([["a", [0, 4], [-1, 1], axis]])
    );
    let within = "in range(datetime(2024-01-01), datetime(2024-01-03), 1d)";
    assert_eq!(
        rows(&format!(
            "{table} | make-series avg(n) on t {within} | project avg_n"
        )),
        json!([[[0.0, 4.0, 9.0]]])
    );
    assert_eq!(
        rows(&format!(
            "{table} | where false | make-series kind=nonempty count() on t {ends}"
        )),
        json!([[[0, 0], axis]])
    );
    let refusal = run(&format!("{table} | make-series count() on t from datetime(2000-01-01) to datetime(2024-01-01) step 1s")).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Failed);
}

#[test]
fn rows_see_their_neighbours() {
    check(&[
        (
            "https://learn.microsoft.com/en-us/kusto/query/window-functions",
            "range x from 1 to 3 step 1 | extend p=prev(x), n=next(x, 1, 0), r=row_number(), c=row_cumsum(x)",
            "x:long p:long n:long r:long c:long",
            json!([[1, null, 2, 1, 1], [2, 1, 3, 2, 3], [3, 2, 0, 3, 6]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/serialize-operator",
            "datatable(g:string, x:long)['a', 1, 'a', 2, 'b', 3] | serialize r=row_number(1, g != prev(g)), c=row_cumsum(x, g != prev(g))",
            "g:string x:long r:long c:long",
            json!([["a", 1, 1, 1], ["a", 2, 2, 3], ["b", 3, 1, 3]]),
        ),
    ]);
    let refusal = run("datatable(x:long)[1] | extend r=row_number()").unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Invalid);
}

#[test]
fn names_are_bound() {
    check(&[
        (
            "https://learn.microsoft.com/en-us/kusto/query/let-statement",
            "let n = 2; let T = Events | where Port > 100; T | summarize c=count() | extend d = c * n",
            "c:long d:long",
            json!([[2, 4]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/functions/user-defined-functions",
            "let twice = (x:long, by:long=2) { let y = x * by; y }; range x from 1 to 2 step 1 | extend a=twice(x), b=twice(x, by=5)",
            "x:long a:long b:long",
            json!([[1, 2, 5], [2, 4, 10]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/functions/user-defined-functions",
            "let over = (T:(Port:int), least:int) { T | where Port > least }; over(Events, 100) | count",
            "Count:long",
            json!([[2]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/materialize-function",
            "let m = materialize(Events | summarize c=count() by Host); m | join kind=inner m on Host | count",
            "Count:long",
            json!([[3]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/toscalar-function",
            "print x = toscalar(Events | summarize max(Port))",
            "x:int",
            json!([[5432]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/now-function",
            "Events | where Time between (ago(1d) .. now()) | count",
            "Count:long",
            json!([[2]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/range-operator",
            "range t from datetime(2024-01-01) to datetime(2024-01-02) step 12h | count",
            "Count:long",
            json!([[3]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/print-operator",
            "print 1, b='x', 2.5",
            "print_0:long b:string print_2:real",
            json!([[1, "x", 2.5]]),
        ),
        (
            "https://learn.microsoft.com/en-us/kusto/query/datatable-operator",
            "datatable(d:datetime, s:timespan, b:bool, x:dynamic)[datetime(2024-01-01), 1h, true, dynamic({'a': [1]})]",
            "d:datetime s:timespan b:bool x:dynamic",
            json!([["2024-01-01T00:00:00.0000000Z", "01:00:00", true, {"a": [1]}]]),
        ),
    ]);
}

#[test]
fn stored_functions_filter() {
    let columns = [
        ("TimeGenerated", "datetime"),
        ("SrcIpAddr", "string"),
        ("DstIpAddr", "string"),
        ("DstPortNumber", "int"),
        ("EventResult", "string"),
        ("DvcAction", "string"),
        ("SrcHostname", "string"),
        ("DstHostname", "string"),
    ];
    let row = |time: &str, ip: &str, port: i64| {
        vec![
            json!(time),
            json!(ip),
            json!("10.0.0.1"),
            json!(port),
            json!("Success"),
            json!("Allow"),
            json!("web-1"),
            json!(""),
        ]
    };
    let sample = Sample {
        name: "_Im_NetworkSession".to_owned(),
        columns: columns
            .map(|(name, ty)| (name.to_owned(), ty.to_owned()))
            .to_vec(),
        rows: vec![
            row("2024-05-01T00:00:00Z", "192.168.1.2", 443),
            row("2024-04-01T00:00:00Z", "172.16.0.1", 80),
        ],
    };
    // https://learn.microsoft.com/en-us/azure/sentinel/normalization-schema-network#filtering-parser-parameters
    let cases = [
        ("", 2),
        ("starttime=ago(2d), endtime=now()", 1),
        ("endtime=ago(2d)", 1),
        ("srcipaddr_has_any_prefix=dynamic(['192.168.'])", 1),
        ("ipaddr_has_any_prefix=dynamic(['10.', '192.'])", 2),
        ("dstportnumber=443", 1),
        ("hostname_has_any=dynamic(['web'])", 2),
        ("dvcaction=dynamic(['deny'])", 0),
        ("eventresult='success'", 2),
        ("eventresult='*', pack=false", 2),
    ];
    let options = Options {
        now_ms: NOW,
        ..Options::default()
    };
    for (arguments, rows) in cases {
        let query = format!("_Im_NetworkSession({arguments}) | where true");
        let answer = kql::run(&query, std::slice::from_ref(&sample), &options).unwrap();
        assert_eq!(answer.rows.len(), rows, "{arguments}");
    }
    let refusal = kql::run("_Im_NetworkSession(other=1)", &[sample], &options).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Unknown);
    let refusal = kql::run("_GetWatchlist('None')", &[], &options).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Invalid);
}
