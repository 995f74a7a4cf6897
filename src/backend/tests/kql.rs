//! KQL texts.

use super::build::*;
use crate::plan::expr::TextTest;
use crate::plan::{AggregateFunction as F, Comparison, Expr, Type};

fn c(name: &str) -> Expr {
    native(name, "string", Type::Text)
}

fn port() -> Expr {
    native("RemotePort", "int", Type::Int)
}

fn ip() -> Expr {
    native("RemoteIP", "string", Type::Ip)
}

fn kql(steps: Vec<crate::plan::StepKind>) -> String {
    let target = target("kql", None, "defender", "DeviceNetworkEvents");
    let query = emitted(&bound(steps, "Timestamp"), &target).unwrap();
    text_of(&query, "//")
}

#[test]
fn rare_outbound_process() {
    let text = kql(vec![
        from(30 * DAY),
        filter(all(vec![
            eq(c("ActionType"), text("ConnectionSuccess")),
            eq(c("Protocol"), text("Tcp")),
            eq(c("RemoteIPType"), text("Public")),
            not(exists(c("RemoteUrl"))),
            not(in_networks(
                ip(),
                &["100.0.0.0/16", "200.200.200.0/24"],
                Some("excluded_networks"),
            )),
            not(one_of(
                c("InitiatingProcessFileName"),
                words(&["msedge.exe", "chrome.exe", "firefox.exe"]),
                true,
                Some("browsers"),
            )),
            test(
                TextTest::EndsWith,
                true,
                c("InitiatingProcessFileName"),
                vec![text(".exe")],
            ),
            not(one_of(port(), ints(&[80, 443]), false, None)),
        ])),
        derive(vec![(
            "process",
            call("lower", vec![c("InitiatingProcessFileName")], Type::Text),
        )]),
        group(
            vec![same(made("process", Type::Text, true))],
            vec![
                aggregate(
                    "hashes",
                    F::Set(None),
                    Some(c("InitiatingProcessMD5")),
                    None,
                ),
                aggregate("device_count", F::CountDistinct, Some(c("DeviceId")), None),
                aggregate(
                    "last_seen",
                    F::Max,
                    Some(sure("Timestamp", "datetime", Type::Time)),
                    None,
                ),
                aggregate(
                    "sample_process",
                    F::Latest,
                    Some(c("InitiatingProcessCommandLine")),
                    None,
                ),
                aggregate("sample_ip", F::Latest, Some(ip()), None),
                aggregate("ports", F::Set(None), Some(port()), None),
            ],
        ),
        filter(compare(
            Comparison::LessOrEqual,
            made("device_count", Type::Int, false),
            int(3),
        )),
        sort(vec![(made("device_count", Type::Int, false), false)]),
    ]);
    insta::assert_snapshot!(text);
}
