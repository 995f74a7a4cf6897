//! What hunts mean: each rule of the plan's semantics, run on events that tell it from its neighbours.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use huntc::internals::catalog;
use huntc::internals::data::{self, Request};
use huntc::internals::eval::{self, EvalError, Output};
use huntc::internals::hunt::read;
use huntc::internals::pattern::Pattern;
use huntc::internals::plan::{
    Catalog, Expr, ExprKind, Output as Made, Plan, Step, StepKind, lower,
};
use huntc::internals::schema::{Library, load};
use huntc::internals::source::{Files, Span};
use huntc::internals::syntax::parse;
use huntc::internals::value::{Table, Value};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// 2020-10-22T12:00:00Z
const NOW: i64 = 1_603_368_000_000;

fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| load::embedded(&mut Files::default()).unwrap())
}

/// The plan of a query.
fn plan(query: &str) -> Plan {
    static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("huntc-eval-{}-{count}", std::process::id()));
    let folder = folder.join("test-hunt");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("hunt.yaml");
    let indented = query.trim().replace('\n', "\n  ");
    let text = format!(
        "hunt: test-hunt\nid: 7c0e5f5e-0000-4000-8000-000000000000\nversion: 1.0.0\nname: Test\n\
         description: A test.\nseverity: low\nattack: [T1071]\n\
         maps:\n  service: {{ file: services.csv, key: port, value: name }}\n\
         query: |\n  {indented}\n"
    );
    std::fs::write(&path, text).unwrap();
    std::fs::write(
        folder.join("services.csv"),
        "port,name\n443,https\n53,dns\n",
    )
    .unwrap();
    let mut files = Files::default();
    let told = |errors: Vec<huntc::internals::diag::Diagnostic>| -> ! {
        let titles: Vec<String> = errors
            .iter()
            .map(|e| format!("{} {:?}", e.title, e.help))
            .collect();
        panic!("{query}\n{}", titles.join("\n"))
    };
    let hunt = read(&mut files, &path).unwrap_or_else(|errors| told(errors));
    let query = parse(&files, hunt.query).unwrap_or_else(|errors| told(errors));
    let plan = lower(
        &query,
        &hunt,
        &Catalog::library(library()),
        &BTreeMap::new(),
    );
    std::fs::remove_dir_all(folder.parent().unwrap()).unwrap();
    plan.unwrap_or_else(|errors| told(errors))
}

/// Events in a short form: the header names fields; a time is seconds before [`NOW`]; `-` is missing.
fn events(text: &str) -> Table {
    let mut lines = text.trim().lines().map(str::split_whitespace);
    let names: Vec<&str> = lines.next().unwrap().collect();
    let mut csv = names.join(",");
    for line in lines {
        let cells = names
            .iter()
            .zip(line)
            .map(|(name, cell)| match (*name, cell) {
                (_, "-") => String::new(),
                ("time", ago) => (NOW - 1000 * ago.parse::<i64>().unwrap()).to_string(),
                (_, cell) => format!("\"{}\"", cell.replace('"', "\"\"")),
            });
        csv = format!("{csv}\n{}", cells.collect::<Vec<_>>().join(","));
    }
    let request = Request {
        class: &library().classes["network_session"],
        fields: &names.iter().map(|name| (*name).to_owned()).collect(),
        native: None,
        from: None,
        to: i64::MAX,
    };
    let loaded = data::load_text(Path::new("events.csv"), &csv, request).unwrap();
    assert_eq!(loaded.problems, [], "{csv}");
    loaded.events
}

fn run(query: &str, text: &str) -> Result<Output, EvalError> {
    eval::run(&plan(query), &events(text), NOW)
}

/// The rows as text: one line each, in order where there is one, `~` where a row ties with the one before it.
fn result(query: &str, text: &str) -> String {
    let output = run(query, text).unwrap_or_else(|error| panic!("{query}: {error}"));
    let mut lines: Vec<String> = output
        .table
        .rows
        .iter()
        .map(|row| row.iter().map(cell).collect::<Vec<_>>().join(" "))
        .collect();
    match output.ties {
        None => lines.sort(),
        Some(runs) => {
            let mut at = 0;
            for run in runs {
                for tied in &mut lines[at..at + run][1..] {
                    tied.insert(0, '~');
                }
                at += run;
            }
            assert_eq!(at, lines.len());
        }
    }
    lines.join("\n")
}

fn cell(value: &Value) -> String {
    let all = |values: &[Value]| values.iter().map(cell).collect::<Vec<_>>().join(",");
    match value {
        Value::Missing => "-".to_owned(),
        Value::Time(time) => format!("{}s", (NOW - time) / 1000),
        Value::Set(elements) => format!("{{{}}}", all(elements)),
        Value::OneOf(values) => format!("({})", all(values)),
        Value::SomeOf { count, of } => format!("{count}of({})", all(of)),
        other => other.to_string(),
    }
}

const PORTS: &str = "
time process.name dst.port dst.ip
10 a.exe 443 10.0.0.1
20 A.EXE 80 8.8.8.8
30 b.exe - 8.8.4.4
40 - 53 -
";

#[test]
fn a_window_is_counted_back_from_now_and_both_ends_are_in() {
    let text = "time dst.port\n-1 1\n0 2\n3600 3\n3601 4\n86400 5";
    assert_eq!(
        result("from network_session within 1h | select dst.port", text),
        "2\n3"
    );
    assert_eq!(
        result("from network_session | select dst.port", text),
        "2\n3\n4\n5"
    );
}

#[test]
fn predicates_are_two_valued() {
    let ports = |condition: &str| {
        result(
            &format!("from network_session | where {condition} | select time"),
            PORTS,
        )
        .replace('\n', " ")
    };
    assert_eq!(ports("dst.port == 443"), "10s");
    assert_eq!(ports("dst.port != 443"), "20s 30s 40s");
    assert_eq!(ports("not dst.port == 443"), "20s 30s 40s");
    assert_eq!(ports("dst.port > 60"), "10s 20s");
    assert_eq!(ports("not dst.port > 60"), "30s 40s");
    assert_eq!(ports("dst.port <= 80"), "20s 40s");
    assert_eq!(ports("dst.port between 53 and 80"), "20s 40s");
    assert_eq!(ports("not dst.port between 53 and 80"), "10s 30s");
    assert_eq!(ports("dst.port in [80, 53]"), "20s 40s");
    assert_eq!(ports("dst.port not in [80, 53]"), "10s 30s");
    assert_eq!(ports("dst.port exists"), "10s 20s 40s");
    assert_eq!(
        ports("dst.port is missing or process.name is missing"),
        "30s 40s"
    );
    assert_eq!(ports("dst.ip in_cidr \"8.8.8.0/24\""), "20s");
    assert_eq!(ports("dst.ip not in_cidr \"8.8.8.0/24\""), "10s 30s 40s");
    assert_eq!(ports("is_public(dst.ip)"), "20s 30s");
    assert_eq!(ports("not is_private(dst.ip)"), "20s 30s 40s");
    assert_eq!(ports("process.name == \"a.exe\""), "10s");
    assert_eq!(ports("process.name =~ \"a.exe\""), "10s 20s");
    assert_eq!(ports("process.name !~ \"a.exe\""), "30s 40s");
    assert_eq!(ports("process.name in~ [\"A.exe\", \"x\"]"), "10s 20s");
    assert_eq!(ports("process.name starts_with \"a\""), "10s");
    assert_eq!(ports("process.name ends_with~ [\".Exe\"]"), "10s 20s 30s");
    assert_eq!(ports("not process.name contains \".exe\""), "20s 40s");
    assert_eq!(ports("process.name matches /^[ab]\\./"), "10s 30s");
    assert_eq!(
        ports("process.name matches /^A/i and not dst.port < 100"),
        "10s"
    );
}

#[test]
fn words_are_bounded_by_what_is_no_letter_and_no_digit() {
    let text = "time process.command_line\n1 net_user\n2 netuser\n3 x-net.exe\n4 net\n5 éneté\n6 anet-net\n7 NET";
    let query = |test: &str| {
        format!("from network_session | where process.command_line {test} | select time")
    };
    assert_eq!(result(&query("has_word \"net\""), text), "1s\n3s\n4s\n6s");
    assert_eq!(
        result(&query("has_word~ \"Net\""), text),
        "1s\n3s\n4s\n6s\n7s"
    );
}

#[test]
fn several_values_match_when_some_value_does() {
    let text = "time device.ip\n1 [\"10.0.0.1\",\"10.0.0.2\"]\n2 10.0.0.2\n3 -";
    let query = |test: &str| format!("from network_session | where device.ip {test} | select time");
    assert_eq!(result(&query("== \"10.0.0.1\""), text), "1s");
    assert_eq!(result(&query("!= \"10.0.0.1\""), text), "2s\n3s");
    assert_eq!(
        result(&query("in [\"10.0.0.2\", \"10.0.0.9\"]"), text),
        "1s\n2s"
    );
    assert_eq!(
        result(&query("not in [\"10.0.0.2\", \"10.0.0.9\"]"), text),
        "3s"
    );
}

#[test]
fn what_is_computed_from_missing_is_missing_and_predicates_are_not() {
    let query = "from network_session
| derive double = dst.port * 2, ratio = 1 / (dst.port - dst.port), half = dst.port / 2, big = dst.port > 60
| derive kind = case { dst.port == 443 -> \"web\", process.name is missing -> \"none\", else process.name }
| select double, ratio, half, big, kind, name = $service[dst.port]";
    assert_eq!(
        result(query, PORTS),
        "- - - false b.exe -\n106 - 26.5 false none dns\n160 - 40.0 true A.EXE -\n886 - 221.5 true web https"
    );
}

#[test]
fn times_have_their_own_arithmetic() {
    let text = "time process.start\n60 3600\n- -";
    let text = text.replace("3600", "1603364400000");
    let query = "from network_session
| where now - process.start == 1h and time - process.start > 30m
| select later = process.start + 30m, day = bin(process.start, 24h), week = bin(process.start, 7d)";
    // Noon of a Thursday.
    assert_eq!(result(query, &text), "1800s 43200s 302400s");
}

#[test]
fn groups_have_missing_keys_and_one_row_where_there_are_no_keys() {
    let text = "time process.name dst.port\n1 a 1\n2 - 2\n3 a -\n4 - 2\n5 b -";
    let query = "from network_session | group by process.name { n = count(), ports = count_distinct(dst.port), low = min(dst.port), sum = sum(dst.port), mean = avg(dst.port), all = set(dst.port) }";
    assert_eq!(
        result(query, text),
        "- 2 1 2 4 2.0 {2}\na 2 1 1 1 1.0 {1}\nb 1 0 - 0 - {}"
    );
    let whole = "from network_session | where dst.port == 7 | group { n = count(), some = count() where dst.port > 1, high = max(dst.port), sum = sum(dst.port), any = any(process.name), last = latest(process.name) }";
    assert_eq!(result(whole, text), "0 0 - 0 - -");
    let keys = "from network_session | group by process.name";
    assert_eq!(result(keys, text), "-\na\nb");
    let none = "from network_session | where dst.port == 7 | group by process.name { n = count() }";
    assert_eq!(result(none, text), "");
}

#[test]
fn filters_of_aggregates_take_rows_from_one_aggregate_only() {
    let text = "time dst.port\n1 1\n2 2\n3 3\n4 -";
    let query = "from network_session | group { n = count(), big = count() where dst.port > 1, low = min(dst.port) where dst.port > 1 }";
    assert_eq!(result(query, text), "4 2 2");
}

#[test]
fn undetermined_values_are_all_that_is_allowed() {
    let text = "time process.name dst.port\n5 a 1\n5 - 2\n9 b 3\n9 b 3\n1 c -";
    let query = "from network_session | group { first = earliest(process.name), port = earliest(dst.port), last = latest(dst.port), any = any(process.name), two = set(dst.port, 2), all = set(dst.port, 3) }";
    assert_eq!(result(query, text), "b 3 - (a,b,c) 2of(1,2,3) {1,2,3}");
    let tied = "from network_session | where dst.port < 3 | group { first = earliest(process.name), port = latest(dst.port) }
| derive loud = upper(first), wide = concat(first, \"!\"), next = port + 1";
    assert_eq!(result(tied, text), "(-,a) (1,2) (-,A) (-,a!) (2,3)");
    let sizes = "from network_session | group { two = set(dst.port, 2), all = set(dst.port, 9) } | select n = size(two), m = size(all)";
    assert_eq!(result(sizes, text), "2 3");
    let short = "from network_session | group { any = any(process.name) } | select n = length(any)";
    assert_eq!(result(short, text), "1");
}

#[test]
fn sorting_puts_missing_first_and_ties_in_no_order() {
    let text = "time process.name dst.port\n1 B 1\n2 a 2\n3 - 2\n4 é -\n5 a 2";
    let sorted = |keys: &str| {
        result(
            &format!("from network_session | sort {keys} | select process.name"),
            text,
        )
        .replace('\n', " ")
    };
    assert_eq!(sorted("process.name"), "- B a ~a é");
    assert_eq!(sorted("process.name desc"), "é a ~a B -");
    assert_eq!(sorted("dst.port desc, process.name"), "- a ~a B é");
    assert_eq!(sorted("time desc"), "B a - é a");
}

#[test]
fn top_drops_what_has_no_rank_and_breaks_ties_by_the_keys() {
    let text = "time process.name bytes.out\n1 d 5\n2 b 7\n3 a 5\n4 - 5\n5 c -\n6 e 9";
    let top = |step: &str| {
        let query = format!(
            "from network_session | group by process.name {{ sum = max(bytes.out) }} | {step} | select process.name"
        );
        result(&query, text).replace('\n', " ")
    };
    assert_eq!(top("top 3 by sum"), "e b -");
    assert_eq!(top("top 9 by sum"), "e b - a d");
    assert_eq!(top("rare 2 by sum"), "- a");
    assert_eq!(top("top 2 by sum | sort process.name"), "b e");
}

/// Without the keys of the group, rows that differ in a set only are cut by chance: the one that stays may be any of them. With the keys it is one.
#[test]
fn top_leaves_open_which_of_equal_rows_stay() {
    let text = "time process.name dst.port\n1 a 1\n2 b 2\n3 c 3\n4 c 3";
    let top = |steps: &str| {
        let group = "group by process.name { n = count(), ports = set(dst.port) }";
        result(&format!("from network_session | {group} | {steps}"), text).replace('\n', " / ")
    };
    let without = "select n, ports";
    assert_eq!(
        top(&format!("{without} | top 2 by n")),
        "2 {3} / 1 ({1},{2})"
    );
    assert_eq!(
        top(&format!("{without} | top 3 by n | sort n desc")),
        "2 {3} / 1 {1} / ~1 {2}"
    );
    assert_eq!(top("top 2 by n | select n, ports"), "2 {3} / 1 {1}");
    let renamed = "select name = process.name, n, ports | top 2 by n | where size(ports) > 0";
    assert_eq!(top(renamed), "c 2 {3} / a 1 {1}");
}

#[test]
fn integers_do_not_wrap() {
    let text = "time bytes.out bytes.in\n1 9223372036854775807 1\n2 1 1\n3 -2 1";
    let fine = "from network_session | group { n = sum(bytes.out), mean = avg(bytes.out) }";
    assert_eq!(
        result(fine, text),
        "9223372036854775806 3.0744573456182584e18"
    );
    let sum = run(
        "from network_session | where bytes.out > 0 | group { n = sum(bytes.out) }",
        text,
    );
    assert_eq!(
        sum.unwrap_err().to_string(),
        "E0650: the sum `n` is beyond a 64-bit integer"
    );
    let add = run(
        "from network_session | derive n = bytes.out + bytes.in",
        text,
    )
    .unwrap_err();
    assert_eq!(add.0.code.to_string(), "E0650");
    assert!(add.0.primary.is_some());
    let float = "from network_session | where bytes.out > 0 | group { n = sum(float(bytes.out)) }";
    assert_eq!(result(float, text), "9.223372036854776e18");
}

#[test]
fn look_ups_are_left_out_or_refused() {
    let text = "time dst.ip\n1 8.8.8.8";
    let optional = "from network_session | enrich country = geo_country(dst.ip) optional | select dst.ip, country optional";
    let output = run(optional, text).unwrap();
    assert_eq!(output.table.columns, ["dst.ip"]);
    assert_eq!(output.notes.len(), 2);
    let wanted = run(
        "from network_session | enrich country = geo_country(dst.ip)",
        text,
    );
    assert_eq!(wanted.unwrap_err().0.code.to_string(), "E0651");
    let used = run(
        "from network_session | enrich country = geo_country(dst.ip) optional | select country",
        text,
    );
    assert_eq!(used.unwrap_err().0.code.to_string(), "E0651");
}

#[test]
fn a_hunt_that_neither_selects_nor_groups_gives_whole_events() {
    let output = run(
        "from network_session | where dst.port == 443 | derive a = 1",
        PORTS,
    )
    .unwrap();
    let mut columns = output.table.columns.clone();
    columns.sort();
    assert_eq!(columns, ["a", "dst.ip", "dst.port", "process.name", "time"]);
    assert!(eval::needs(&plan("from network_session")).whole_events);
    let needs = eval::needs(&plan(
        "from network_session | where dst.port == 1 | select process.name",
    ));
    assert!(!needs.whole_events);
    assert_eq!(
        needs.fields.into_iter().collect::<Vec<_>>(),
        ["dst.port", "process.name", "time"]
    );
}

#[test]
fn every_function_does_what_its_examples_say() {
    let mut run_examples = 0;
    for function in catalog::functions() {
        for example in &function.examples {
            let span = Span::default();
            let arguments = example
                .arguments
                .iter()
                .filter(|argument| argument.regex.is_none());
            let arguments = arguments
                .map(|a| Expr::literal(a.value.clone(), a.ty.clone(), span))
                .collect();
            let regex = example.arguments.iter().find_map(|a| a.regex.as_ref());
            let pattern = regex.map(|regex| Arc::new(Pattern::parse(regex, false).unwrap()));
            let kind = ExprKind::Call {
                function: function.name.clone(),
                arguments,
                pattern,
            };
            let value = Expr {
                kind,
                ty: example.ty.clone(),
                nullable: true,
                determined: true,
                span,
            };
            let made = Made {
                name: "result".to_owned(),
                value,
                optional: false,
            };
            let from = StepKind::From {
                within: None,
                param: None,
                before_now: false,
            };
            let select = StepKind::Select {
                columns: vec![made],
            };
            let plan = Plan {
                class: "network_session".to_owned(),
                steps: [from, select].map(|kind| Step { kind, span }).to_vec(),
            };
            let events = Table {
                columns: vec!["time".to_owned()],
                rows: vec![vec![Value::Time(0)]],
            };
            let output = eval::run(&plan, &events, 0).unwrap();
            assert_eq!(
                output.table.rows,
                [[example.result.clone()]],
                "{}",
                example.text
            );
            run_examples += 1;
        }
    }
    assert!(run_examples > 60, "{run_examples}");
}

/// What docs/language.md says of missing values, sentence by sentence.
#[test]
fn missing_values_are_as_the_description_says() {
    let rows = "
time process.name dst.port bytes.out
30 a.exe 1 5
20 b.exe 2 -
10 - 3 -
";
    // `latest` does not skip the missing value of the newest row; `any` does.
    let of = |steps: &str| result(&format!("from network_session | {steps}"), rows);
    assert_eq!(of("group { last = latest(process.name) }"), "-");
    assert_eq!(of("group { first = earliest(bytes.out) }"), "5");
    assert_eq!(of("group { some = any(bytes.out) }"), "5");
    // Over nothing.
    let aggregates = "n = count(), d = count_distinct(bytes.out), i = sum(bytes.out), f = sum(float(bytes.out)), s = set(bytes.out),
        lo = min(bytes.out), hi = max(bytes.out), mean = avg(bytes.out), some = any(bytes.out), last = latest(bytes.out)";
    assert_eq!(
        of(&format!("where dst.port == 9 | group {{ {aggregates} }}")),
        "0 0 0 0.0 {} - - - - -"
    );
    let missing = of(&format!("where dst.port >= 2 | group {{ {aggregates} }}"));
    assert_eq!(missing, "2 0 0 0.0 {} - - - - -");
    assert_eq!(
        of(
            "group { n = sum(bytes.out) where dst.port == 9, m = max(bytes.out) where dst.port == 9 }"
        ),
        "0 -"
    );
    // `top` and `rare` drop rows without a rank.
    let ranked = "group by dst.port { most = max(bytes.out) }";
    assert_eq!(of(&format!("{ranked} | top 9 by most")), "1 5");
    assert_eq!(of(&format!("{ranked} | rare 9 by most")), "1 5");
}
