//! KQL texts.

use super::build::*;
use crate::diag::Code;
use crate::plan::{AggregateFunction as F, Comparison, Expr, StepKind, Type};
use crate::plan::{ArithmeticOp, TextTest};
use crate::value::Value;

fn c(name: &str) -> Expr {
    native(name, "string", Type::Text)
}

fn port() -> Expr {
    native("RemotePort", "int", Type::Int)
}

fn ip() -> Expr {
    native("RemoteIP", "string", Type::Ip)
}

fn time() -> Expr {
    sure("Timestamp", "datetime", Type::Time)
}

fn kql(steps: Vec<StepKind>) -> String {
    let target = target("kql", None, "defender", "DeviceNetworkEvents");
    let query = emitted(&bound(steps, "Timestamp"), &target).unwrap_or_else(|e| panic!("{e:#?}"));
    text_of(&query, "//")
}

/// The text of one filter.
fn filtered(predicate: Expr) -> String {
    let text = kql(vec![from(DAY), filter(predicate)]);
    text.replace(
        "DeviceNetworkEvents\n| where Timestamp between (ago(24h) .. now())\n",
        "",
    )
}

#[test]
fn rare_outbound_process() {
    insta::assert_snapshot!(kql(vec![
        from(30 * DAY),
        filter(all(vec![
            eq(c("ActionType"), text("ConnectionSuccess")),
            eq(c("Protocol"), text("Tcp")),
            eq(c("RemoteIPType"), text("Public")),
            not(exists(c("RemoteUrl"))),
            not(in_networks(
                ip(),
                &["100.0.0.0/16", "200.200.200.0/24"],
                Some("excluded_networks")
            )),
            not(one_of(
                c("InitiatingProcessFileName"),
                words(&["msedge.exe", "chrome.exe", "firefox.exe"]),
                true,
                Some("browsers")
            )),
            test(
                TextTest::EndsWith,
                true,
                c("InitiatingProcessFileName"),
                vec![text(".exe")]
            ),
            not(one_of(port(), ints(&[80, 443]), false, None)),
        ])),
        derive(vec![(
            "process",
            call("lower", vec![c("InitiatingProcessFileName")], Type::Text)
        )]),
        group(
            vec![same(made("process", Type::Text, true))],
            vec![
                aggregate(
                    "hashes",
                    F::Set(None),
                    Some(c("InitiatingProcessMD5")),
                    None
                ),
                aggregate("device_count", F::CountDistinct, Some(c("DeviceId")), None),
                aggregate("last_seen", F::Max, Some(time()), None),
                aggregate(
                    "sample_process",
                    F::Latest,
                    Some(c("InitiatingProcessCommandLine")),
                    None
                ),
                aggregate("sample_ip", F::Latest, Some(ip()), None),
                aggregate("ports", F::Set(None), Some(port()), None),
            ],
        ),
        filter(compare(
            Comparison::LessOrEqual,
            made("device_count", Type::Int, false),
            int(3)
        )),
        StepKind::Enrich {
            name: "country".into(),
            function: "geo_country".into(),
            argument: made("sample_ip", Type::Ip, true),
            optional: true,
        },
        sort(vec![(made("device_count", Type::Int, false), false)]),
    ]));
}

#[test]
fn extremes_without_their_time_or_with_a_filter() {
    let external = || not(eq(c("RemoteIPType"), text("Private")));
    insta::assert_snapshot!(kql(vec![
        from(DAY),
        group(
            vec![
                same(c("DeviceId")),
                output(
                    "hour",
                    call("bin", vec![time(), length(3_600_000)], Type::Time)
                )
            ],
            vec![
                aggregate("first_port", F::Earliest, Some(port()), None),
                aggregate(
                    "n",
                    F::Count,
                    None,
                    Some(compare(Comparison::Less, port(), int(1024)))
                ),
                aggregate("last_ip", F::Latest, Some(ip()), Some(external())),
                aggregate("last_port", F::Latest, Some(port()), Some(external())),
                aggregate("mean", F::Avg, Some(port()), None),
                aggregate("some_url", F::Any, Some(c("RemoteUrl")), None),
                aggregate(
                    "few",
                    F::Set(Some(5)),
                    Some(c("RemoteUrl")),
                    Some(external())
                ),
            ],
        ),
        StepKind::Top {
            count: 20,
            rare: true,
            by: made("mean", Type::Float, true),
            ties: vec![c("DeviceId"), made("hour", Type::Time, false)],
            loose: vec![],
        },
    ]));
}

#[test]
fn filters_close_what_not_would_drop() {
    let pid = || native("InitiatingProcessId", "long", Type::Int);
    let cases = [
        not(eq(pid(), int(4))),
        not(eq(
            pid(),
            native("InitiatingProcessParentId", "long", Type::Int),
        )),
        not(compare(Comparison::Less, pid(), int(-4))),
        all(vec![
            compare(Comparison::Less, pid(), int(9)),
            not(compare(Comparison::Less, pid(), int(4))),
        ]),
        not(all(vec![
            eq(pid(), int(4)),
            compare(Comparison::Greater, port(), int(80)),
        ])),
        not(any(vec![eq(pid(), int(4)), eq(port(), int(80))])),
        not(in_networks(ip(), &["10.0.0.0/8"], None)),
        in_networks(ip(), &["10.0.0.0/8", "fc00::/7", "::/0"], None),
        not(exists(pid())),
        exists(c("RemoteUrl")),
        eq(c("RemoteUrl"), c("DeviceName")),
        not(eq_fold(c("RemoteUrl"), c("DeviceName"))),
        eq_fold(c("DeviceName"), text("SYSTEM")),
        test(
            TextTest::Contains,
            false,
            c("RemoteUrl"),
            vec![text("C:\\Temp*?"), text("say \"hi\"")],
        ),
        not(test(
            TextTest::Contains,
            true,
            c("RemoteUrl"),
            vec![text("-ENC"), text("x")],
        )),
        test(
            TextTest::Contains,
            false,
            c("RemoteUrl"),
            vec![c("DeviceName")],
        ),
        test(
            TextTest::HasWord,
            true,
            c("RemoteUrl"),
            vec![text("Whoami")],
        ),
        matches(c("RemoteUrl"), r"-e(nc)?\s+[A-Z']{20,}", true),
        matches(c("DeviceName"), r"^(cmd|powershell)\.exe$", true),
        not(call("is_ipv4", vec![ip()], Type::Bool)),
        call("is_private", vec![ip()], Type::Bool),
        compare(
            Comparison::Greater,
            arithmetic(
                ArithmeticOp::Subtract,
                time(),
                native("InitiatingProcessCreationTime", "datetime", Type::Time),
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
    let size = || native("InitiatingProcessFileSize", "long", Type::Int);
    let many = (0..14).map(|n| (Value::Int(n), "name")).collect();
    insta::assert_snapshot!(kql(vec![
        from(DAY),
        derive(vec![
            (
                "rate",
                arithmetic(ArithmeticOp::Divide, size(), port(), Type::Float)
            ),
            (
                "half",
                arithmetic(ArithmeticOp::Divide, size(), int(2), Type::Float)
            ),
            (
                "sum",
                arithmetic(
                    ArithmeticOp::Add,
                    made("half", Type::Float, true),
                    made("half", Type::Float, true),
                    Type::Float
                )
            ),
            (
                "hour",
                call("bin", vec![time(), length(3_600_000)], Type::Time)
            ),
            (
                "who",
                call(
                    "concat",
                    vec![
                        c("InitiatingProcessAccountDomain"),
                        text("\\"),
                        c("InitiatingProcessAccountName")
                    ],
                    Type::Text
                )
            ),
            (
                "first",
                call(
                    "coalesce",
                    vec![c("RemoteUrl"), c("DeviceName"), text("nobody")],
                    Type::Text
                )
            ),
            ("letters", call("length", vec![c("RemoteUrl")], Type::Int)),
            (
                "part",
                call(
                    "substring",
                    vec![c("RemoteUrl"), int(2), int(3)],
                    Type::Text
                )
            ),
            (
                "dots",
                call(
                    "replace",
                    vec![c("RemoteUrl"), text("."), text("$1")],
                    Type::Text
                )
            ),
            ("host", extract(c("RemoteUrl"), r"://([a-z.]+)")),
            ("number", call("int", vec![c("RemoteUrl")], Type::Int)),
            ("shown", call("string", vec![ip()], Type::Text)),
            (
                "service",
                lookup(
                    "services",
                    vec![(Value::Int(22), "ssh"), (Value::Int(443), "https")],
                    port()
                )
            ),
            ("long_name", lookup("names", many, port())),
            (
                "grade",
                case(vec![(eq(port(), int(22)), int(1))], Some(port()), Type::Int)
            ),
            ("busy", compare(Comparison::Greater, port(), int(1000))),
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
fn a_list_used_twice_is_named() {
    let ports = || one_of(port(), ints(&[22, 23]), false, Some("ports"));
    let names = |n: usize| {
        (0..n)
            .map(|i| Value::text(&format!("process-{i}.exe")))
            .collect::<Vec<_>>()
    };
    insta::assert_snapshot!(kql(vec![
        from(DAY),
        filter(any(vec![
            ports(),
            one_of(
                c("InitiatingProcessFileName"),
                names(13),
                true,
                Some("ports")
            )
        ])),
        derive(vec![("ports", ports())]),
        StepKind::Select {
            columns: vec![
                same(time()),
                same(made("ports", Type::Bool, false)),
                output("port", port())
            ]
        },
    ]));
}

#[test]
fn a_filtering_parser_takes_the_window_and_needs_no_second_filter() {
    let mut target = target("kql", None, "sentinel", "_Im_NetworkSession");
    let plan = bound(
        vec![from(30 * DAY), group(vec![same(c("SrcIpAddr"))], vec![])],
        "TimeGenerated",
    );
    let emit = |target: &crate::backend::Target| text_of(&emitted(&plan, target).unwrap(), "//");
    assert_eq!(
        emit(&target),
        "_Im_NetworkSession(starttime=ago(30d), endtime=now())\n| summarize by SrcIpAddr"
    );
    target.now = Some(1_700_000_000_123);
    assert_eq!(
        emit(&target),
        "_Im_NetworkSession(starttime=datetime(2023-10-15T22:13:20.123Z), endtime=datetime(2023-11-14T22:13:20.123Z))\n| summarize by SrcIpAddr"
    );
}

#[test]
fn limits_of_the_product_are_said() {
    let target = target("kql", None, "defender", "DeviceNetworkEvents");
    let query = emitted(&bound(vec![from(60 * DAY)], "Timestamp"), &target).unwrap();
    let codes: Vec<Code> = query.notes.iter().map(|note| note.code).collect();
    assert_eq!(codes, [Code::N0514, Code::N0512]);
    assert!(
        query
            .text
            .contains("// Defender returns at most 30,000 rows and silently drops the rest"),
        "{}",
        query.text
    );
}

#[test]
fn a_header_says_what_a_reviewer_cannot_see() {
    use crate::plan::passes::{Lack, LeftOut};
    let target = target("kql", None, "", "DeviceNetworkEvents");
    let mut plan = bound(vec![from(DAY)], "Timestamp");
    let lack = Lack::Field("process.md5".into());
    let left_out = |column: &str, lack: &Lack| LeftOut {
        column: Some(column.into()),
        lack: lack.clone(),
    };
    plan.remarks.left_out = vec![
        left_out("hash", &lack),
        left_out("hashes", &lack),
        left_out("country", &Lack::Lookup("geo_country".into())),
        LeftOut {
            column: None,
            lack: Lack::Field("os.family".into()),
        },
    ];
    plan.remarks.misses = vec!["rows\nof ${a}".into()];
    let origin = crate::backend::Origin {
        severity: "high".into(),
        attack: vec!["T1571".into(), "T1095".into()],
        ..Default::default()
    };
    let text = crate::backend::emit(&plan, &target, &origin).unwrap().text;
    let header: Vec<&str> = text.lines().take_while(|l| l.starts_with("//")).collect();
    assert_eq!(header[1], "// severity high, ATT&CK T1571, T1095");
    assert_eq!(
        header[4..],
        [
            "// left out: hash, hashes (no process.md5 in this schema); country (geo_country has no counterpart in KQL)",
            "// left out: the condition on os.family (no os.family in this schema)",
            "// misses: rows of $ {a}",
        ]
    );
}

#[test]
fn nothing_in_a_header_can_leave_its_comment() {
    let target = target("kql", None, "", "DeviceNetworkEvents");
    let origin = crate::backend::Origin {
        name: "a\nDeviceInfo\u{2028}| take 1\r \u{202e}b\u{200b}".into(),
        path: "${x}".into(),
        ..Default::default()
    };
    let query =
        crate::backend::emit(&bound(vec![from(DAY)], "Timestamp"), &target, &origin).unwrap();
    assert!(
        query
            .text
            .starts_with("// a DeviceInfo | take 1 b, version"),
        "{}",
        query.text
    );
    assert!(query.text.contains("from $ {x};"), "{}", query.text);
}

#[test]
fn functions_that_kusto_lacks_are_refused_with_a_reason() {
    let target = target("kql", None, "", "DeviceNetworkEvents");
    let steps = vec![
        from(DAY),
        derive(vec![("a", call("ip", vec![c("RemoteUrl")], Type::Ip))]),
    ];
    let refused = emitted(&bound(steps, "Timestamp"), &target).unwrap_err();
    assert_eq!((refused.len(), refused[0].code), (1, Code::E0511));
    assert!(
        refused[0].title.contains("`ip`") && refused[0].help[0].contains("canonical"),
        "{refused:?}"
    );
}

#[test]
fn a_text_too_long_for_a_rule_is_said() {
    let target = target("kql", None, "sentinel", "DeviceNetworkEvents");
    let names: Vec<String> = (0..900).map(|n| format!("process-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let steps = vec![
        from(DAY),
        filter(one_of(c("DeviceName"), words(&names), true, None)),
    ];
    let query = emitted(&bound(steps, "TimeGenerated"), &target).unwrap();
    assert_eq!(
        query.notes.iter().map(|note| note.code).collect::<Vec<_>>(),
        [Code::N0513]
    );
    assert!(
        query.notes[0]
            .title
            .contains("Microsoft Sentinel takes 10000"),
        "{:?}",
        query.notes
    );
}
