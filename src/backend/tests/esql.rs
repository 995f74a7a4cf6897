//! ES|QL texts.

use super::build::*;
use crate::diag::Code;
use crate::plan::{AggregateFunction as F, Comparison, Expr, StepKind, Type};
use crate::plan::{ArithmeticOp, TextTest};
use crate::value::Value;

pub(super) fn c(name: &str) -> Expr {
    native(name, "keyword", Type::Text)
}

fn port() -> Expr {
    native("destination.port", "long", Type::Int)
}

fn ip() -> Expr {
    native("destination.ip", "ip", Type::Ip)
}

fn time() -> Expr {
    sure("@timestamp", "date", Type::Time)
}

fn esql(steps: Vec<StepKind>) -> String {
    let text = |stack| {
        let target = target(
            "esql",
            Some(stack),
            "",
            "logs-endpoint.events.network-*,logs-windows.sysmon_operational-*",
        );
        let query = emitted(&bound(steps.clone(), "@timestamp"), &target)
            .unwrap_or_else(|e| panic!("{e:#?}"));
        text_of(&query, "//")
    };
    assert_eq!(text("8.19"), text("9.3"), "one text for both versions");
    text("9.3")
}

/// The text of one filter.
pub(super) fn filtered(predicate: Expr) -> String {
    let text = esql(vec![from(DAY), filter(predicate)]);
    text.lines()
        .skip(2)
        .filter(|line| !line.starts_with("| LIMIT"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn rare_outbound_process() {
    insta::assert_snapshot!(esql(vec![
        from(30 * DAY),
        filter(all(vec![
            one_of(several("event.category"), words(&["network"]), false, None),
            eq(c("event.outcome"), text("success")),
            eq(c("network.transport"), text("tcp")),
            one_of(
                c("network.direction"),
                words(&["egress", "outbound"]),
                false,
                None
            ),
            not(exists(c("destination.domain"))),
            call("is_public", vec![ip()], Type::Bool),
            not(in_networks(
                ip(),
                &["100.0.0.0/16", "200.200.200.0/24"],
                Some("excluded_networks")
            )),
            not(one_of(
                c("process.name"),
                words(&["msedge.exe", "chrome.exe", "firefox.exe"]),
                true,
                Some("browsers")
            )),
            test(
                TextTest::EndsWith,
                true,
                c("process.name"),
                vec![text(".exe")]
            ),
            not(one_of(port(), ints(&[80, 443]), false, None)),
        ])),
        derive(vec![(
            "process",
            call("lower", vec![c("process.name")], Type::Text)
        )]),
        group(
            vec![same(made("process", Type::Text, true))],
            vec![
                aggregate("hashes", F::Set(None), Some(c("process.hash.md5")), None),
                aggregate("device_count", F::CountDistinct, Some(c("host.id")), None),
                aggregate("last_seen", F::Max, Some(time()), None),
                aggregate(
                    "sample_process",
                    F::Latest,
                    Some(c("process.command_line")),
                    None
                ),
                aggregate("sample_ip", F::Latest, Some(ip()), None),
                aggregate("ports", F::Set(Some(10)), Some(port()), None),
            ],
        ),
        filter(compare(
            Comparison::LessOrEqual,
            made("device_count", Type::Int, false),
            int(3)
        )),
        sort(vec![(made("device_count", Type::Int, false), false)]),
    ]));
}

#[test]
fn sensitive_ports() {
    let targets = |name, number| {
        aggregate(
            name,
            F::CountDistinct,
            Some(ip()),
            Some(eq(port(), int(number))),
        )
    };
    insta::assert_snapshot!(esql(vec![
        from(7 * DAY),
        filter(all(vec![
            one_of(several("event.category"), words(&["network"]), false, None),
            eq(c("host.os.family"), text("windows")),
            one_of(
                port(),
                ints(&[22, 88, 389, 445, 3389, 5985, 5986, 9389]),
                false,
                None
            ),
            compare(
                Comparison::GreaterOrEqual,
                native("source.port", "long", Type::Int),
                int(49152)
            ),
            not(eq(native("process.pid", "long", Type::Int), int(4))),
        ])),
        group(
            vec![same(c("process.entity_id")), same(c("process.executable"))],
            vec![
                aggregate("ports_seen", F::CountDistinct, Some(port()), None),
                targets("smb_targets", 445),
                targets("rdp_targets", 3389),
            ],
        ),
        filter(any(vec![
            compare(
                Comparison::GreaterOrEqual,
                made("ports_seen", Type::Int, false),
                int(3)
            ),
            all(vec![
                compare(
                    Comparison::GreaterOrEqual,
                    made("rdp_targets", Type::Int, false),
                    int(1)
                ),
                compare(
                    Comparison::GreaterOrEqual,
                    made("smb_targets", Type::Int, false),
                    int(1)
                ),
            ]),
        ])),
    ]));
}

#[test]
fn rows_with_flags() {
    let scripts = one_of(
        c("process.name"),
        words(&["powershell.exe", "cmd.exe"]),
        true,
        None,
    );
    insta::assert_snapshot!(esql(vec![
        from(DAY),
        filter(not(one_of(
            c("process.name"),
            words(&["chrome.exe", "svchost.exe"]),
            true,
            None
        ))),
        derive(vec![
            ("is_internal", call("is_private", vec![ip()], Type::Bool)),
            ("is_script", scripts),
        ]),
        filter(any(vec![
            made("is_internal", Type::Bool, false),
            made("is_script", Type::Bool, false)
        ])),
        StepKind::Select {
            columns: vec![
                same(time()),
                same(c("host.name")),
                same(ip()),
                output("port", port()),
                same(made("is_script", Type::Bool, false)),
            ],
        },
        sort(vec![(time(), true), (c("host.name"), false), (ip(), false)]),
    ]));
}

#[test]
fn filters_close_what_not_would_drop() {
    let pid = || native("process.pid", "long", Type::Int);
    let cases = [
        not(eq(pid(), int(4))),
        not(eq(pid(), native("process.parent.pid", "long", Type::Int))),
        not(compare(Comparison::Less, pid(), int(4))),
        all(vec![
            compare(Comparison::Less, pid(), int(9)),
            not(eq(pid(), int(4))),
        ]),
        not(all(vec![eq(pid(), int(4)), eq(port(), int(80))])),
        not(any(vec![eq(pid(), int(4)), eq(port(), int(80))])),
        not(in_networks(ip(), &["10.0.0.0/8"], None)),
        not(in_networks(
            native("x.ip", "keyword", Type::Ip),
            &["10.0.0.0/8", "::/0"],
            None,
        )),
        not(exists(c("user.name"))),
        exists(c("user.name")),
        eq(c("user.name"), c("process.name")),
        not(eq_fold(c("user.name"), c("process.name"))),
        eq_fold(c("user.name"), text("SYSTEM")),
        test(
            TextTest::Contains,
            false,
            c("process.command_line"),
            vec![text("C:\\Temp*?"), text("say \"hi\"")],
        ),
        not(test(
            TextTest::Contains,
            true,
            c("process.command_line"),
            vec![text("-ENC")],
        )),
        test(
            TextTest::Contains,
            false,
            c("process.command_line"),
            vec![c("user.name")],
        ),
        test(
            TextTest::HasWord,
            true,
            c("process.command_line"),
            vec![text("Whoami")],
        ),
        matches(c("process.command_line"), r"-e(nc)?\s+[A-Z]{20,}", true),
        matches(c("process.name"), r"^(cmd|powershell)\.exe$", true),
        not(one_of(
            several("event.category"),
            words(&["network", "process"]),
            false,
            None,
        )),
        eq(native("x.ip", "keyword", Type::Ip), ip()),
        not(call("is_ipv6", vec![ip()], Type::Bool)),
        not(call("is_private", vec![ip()], Type::Bool)),
        compare(
            Comparison::Greater,
            arithmetic(
                ArithmeticOp::Subtract,
                time(),
                native("process.start", "date", Type::Time),
                Type::Duration,
            ),
            length(5 * 60_000),
        ),
    ];
    let texts: Vec<String> = cases.into_iter().map(filtered).collect();
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn values() {
    let bytes = || native("network.bytes", "long", Type::Int);
    insta::assert_snapshot!(esql(vec![
        from(DAY),
        derive(vec![
            (
                "rate",
                arithmetic(ArithmeticOp::Divide, bytes(), port(), Type::Float)
            ),
            (
                "half",
                arithmetic(ArithmeticOp::Divide, bytes(), int(2), Type::Float)
            ),
            (
                "earlier",
                arithmetic(ArithmeticOp::Subtract, time(), length(DAY), Type::Time)
            ),
            (
                "hour",
                call("bin", vec![time(), length(3_600_000)], Type::Time)
            ),
            (
                "week",
                call("bin", vec![time(), length(7 * DAY)], Type::Time)
            ),
            (
                "who",
                call(
                    "concat",
                    vec![c("user.domain"), text("\\"), c("user.name")],
                    Type::Text
                )
            ),
            (
                "first",
                call(
                    "coalesce",
                    vec![c("user.name"), c("user.id"), text("nobody")],
                    Type::Text
                )
            ),
            ("letters", call("length", vec![c("user.name")], Type::Int)),
            (
                "longer",
                arithmetic(
                    ArithmeticOp::Multiply,
                    made("letters", Type::Int, true),
                    int(3_000_000_000),
                    Type::Int
                )
            ),
            (
                "part",
                call(
                    "substring",
                    vec![c("user.name"), int(2), int(3)],
                    Type::Text
                )
            ),
            (
                "dots",
                call(
                    "replace",
                    vec![c("user.name"), text("."), text("$1")],
                    Type::Text
                )
            ),
            ("host", extract(c("url.original"), r"://([a-z.]+)")),
            ("number", call("int", vec![c("x.number")], Type::Int)),
            ("address", call("ip", vec![c("x.number")], Type::Ip)),
            ("shown", call("string", vec![ip()], Type::Text)),
            (
                "service",
                lookup(
                    "services",
                    vec![(Value::Int(22), "ssh"), (Value::Int(443), "https")],
                    port()
                )
            ),
            (
                "grade",
                case(vec![(eq(port(), int(22)), int(1))], Some(port()), Type::Int)
            ),
            ("same_host", eq(c("source.domain"), c("destination.domain"))),
            (
                "tag",
                case(
                    vec![
                        (eq(port(), int(22)), text("a\n\"b\"")),
                        (eq(port(), int(23)), text("c"))
                    ],
                    None,
                    Type::Text
                )
            ),
        ]),
    ]));
}

#[test]
fn groups_and_order() {
    insta::assert_snapshot!(esql(vec![
        StepKind::From {
            within: None,
            param: None,
            before_now: false,
        },
        group(
            vec![
                same(c("user.name")),
                output(
                    "hour",
                    call("bin", vec![time(), length(3_600_000)], Type::Time)
                )
            ],
            vec![
                aggregate("n", F::Count, None, None),
                aggregate(
                    "total",
                    F::Sum,
                    Some(native("network.bytes", "long", Type::Int)),
                    Some(eq(c("network.transport"), text("tcp")))
                ),
                aggregate(
                    "mean",
                    F::Avg,
                    Some(native("network.bytes", "long", Type::Int)),
                    None
                ),
                aggregate("some_user", F::Any, Some(c("user.name")), None),
                aggregate(
                    "first_port",
                    F::Earliest,
                    Some(port()),
                    Some(compare(Comparison::Less, port(), int(1024)))
                ),
            ],
        ),
        StepKind::Top {
            count: 20,
            rare: false,
            by: made("mean", Type::Float, true),
            ties: vec![c("user.name"), made("hour", Type::Time, false)],
            loose: vec![],
        },
    ]));
}

#[test]
fn swapped_names_wait_for_each_other() {
    insta::assert_snapshot!(esql(vec![
        from(DAY),
        derive(vec![
            ("left", port()),
            ("right", native("source.port", "long", Type::Int))
        ]),
        StepKind::Select {
            columns: vec![
                output("left", made("right", Type::Int, true)),
                output("right", made("left", Type::Int, true))
            ],
        },
    ]));
}

/// An int of a narrow type is widened for products, and a quotient is a float: a cast back to an integer would cut it.
#[test]
fn a_quotient_of_ints_keeps_its_fraction() {
    let narrow = || native("DstPortNumber", "integer", Type::Int);
    let quotient = |left, right, op| arithmetic(op, left, right, Type::Float);
    let text = esql(vec![
        from(DAY),
        derive(vec![
            ("a", quotient(narrow(), int(10), ArithmeticOp::Divide)),
            ("b", quotient(narrow(), narrow(), ArithmeticOp::Divide)),
            (
                "c",
                arithmetic(ArithmeticOp::Multiply, narrow(), int(10), Type::Int),
            ),
        ]),
    ]);
    for expected in [
        "a = TO_DOUBLE(DstPortNumber) / 10,",
        "b = CASE(DstPortNumber != 0, TO_DOUBLE(DstPortNumber) / DstPortNumber),",
        "c = TO_LONG(DstPortNumber) * 10",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

/// The empty text is no IPv4 address, though it has no colon.
#[test]
fn an_empty_text_is_of_no_family_of_addresses() {
    let address = || native("RemoteIP", "keyword", Type::Ip);
    let v4 = || call("is_ipv4", vec![address()], Type::Bool);
    assert_eq!(filtered(v4()), "| WHERE RemoteIP LIKE \"*.*\"");
    assert_eq!(
        filtered(not(v4())),
        "| WHERE COALESCE(NOT RemoteIP LIKE \"*.*\", true)"
    );
}

/// MV_APPEND of an ip and a text is a type error in Elasticsearch, which its offline validator does not see.
#[test]
fn several_addresses_are_tested_as_addresses() {
    let member = one_of(
        several_of("host.ip", "ip"),
        words(&["10.0.0.1"]),
        false,
        None,
    );
    assert_eq!(
        filtered(not(member.clone())),
        "| WHERE NOT MV_COUNT(MV_DEDUPE(MV_APPEND(host.ip, TO_IP(\"10.0.0.1\")))) == MV_COUNT(MV_DEDUPE(host.ip)) OR host.ip IS NULL"
    );
    assert_eq!(filtered(member), "| WHERE host.ip : \"10.0.0.1\"");
}

#[test]
fn what_the_engine_cannot_say_is_refused_with_a_reason() {
    let target = target("esql", Some("8.19"), "", "logs-*");
    let steps = vec![
        from(DAY),
        filter(one_of(
            several("event.category"),
            words(&["network"]),
            true,
            None,
        )),
    ];
    let refused = emitted(&bound(steps, "@timestamp"), &target).unwrap_err();
    assert_eq!(refused[0].code, Code::E0511);
    assert!(
        refused[0].title.contains("test") && refused[0].title.contains("several values"),
        "{refused:?}"
    );
}

#[test]
fn a_table_is_a_name_and_nothing_else() {
    for table in ["logs-* | DROP x", "logs-*\"", "", "logs-*, "] {
        let target = target("esql", None, "", table);
        let refused = emitted(&bound(vec![from(DAY)], "@timestamp"), &target).unwrap_err();
        assert_eq!(refused[0].code, Code::E0511, "{table}");
    }
}
