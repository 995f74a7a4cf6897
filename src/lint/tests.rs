//! Each lint on the defect of a published hunt that it was made for, in our own words, and on text that it must leave alone.

use super::{LintInput, check};
use crate::hunt::ItemType;
use crate::plan::testing::Draft;
use crate::value::Value;

fn lint(draft: &Draft) -> String {
    let plan = draft.plan();
    let class = &draft.library.classes[&plan.class];
    let input = LintInput {
        hunt: &draft.hunt,
        query: &draft.tree(),
        plan: &plan,
        class,
    };
    draft.report(&check(&input))
}

fn query(steps: &str) -> Draft {
    Draft::new(&format!("from network_session within 24h | {steps}"))
}

#[track_caller]
fn silent(draft: &Draft) {
    assert_eq!(lint(draft), "");
}

/// Published 003: one conjunct written twice, and LDAP's port under remote desktop's name.
#[test]
fn a_conjunct_twice_and_the_wrong_port() {
    insta::assert_snapshot!(lint(&query(
        "group by process.uid {
           smb_dst = count_distinct(dst.ip) where dst.port == 445,
           rdp_dst = count_distinct(dst.ip) where dst.port == 389
         }
         | where smb_dst >= 10 or (rdp_dst >= 1 and rdp_dst >= 1)"
    )));
    silent(&query(
        "group by process.uid {
           smb_dst = count_distinct(dst.ip) where dst.port == 445,
           rdp_dst = count_distinct(dst.ip) where dst.port == 3389,
           rdp_or_ldap = count() where dst.port in [389, 3389]
         }
         | where smb_dst >= 10 or rdp_or_ldap > 3 or (rdp_dst >= 1 and smb_dst >= 1)",
    ));
}

/// Published 004: msiexec.exe is removed by an allow list and flagged afterwards; no other name of that list could be flagged anyway.
#[test]
fn an_exclusion_hides_what_is_flagged_later() {
    let legitimate = ["chrome.exe", "outlook.exe", "MsiExec.exe", "Teams.exe"];
    let tools = ["rundll32.exe", "msiexec.exe", "certutil.exe"];
    insta::assert_snapshot!(lint(
        &query(
            "where process.name not in~ $legitimate
             | derive is_script = process.name in~ [\"cmd.exe\", \"wscript.exe\"], is_lolbin = process.name in~ $tools
             | where is_script or is_lolbin"
        )
        .texts("legitimate", &legitimate)
        .texts("tools", &tools)
    ));
    silent(
        &query(
            "where process.name not in~ $legitimate
             | derive is_script = process.name in~ [\"cmd.exe\", \"wscript.exe\"]
             | where is_script or dst.port == 22",
        )
        .texts("legitimate", &legitimate),
    );
}

#[test]
fn an_exclusion_of_what_is_not_kept() {
    insta::assert_snapshot!(lint(&query(
        "where process.name !~ \"explorer.exe\" and process.name in~ [\"cmd.exe\", \"powershell.exe\"]"
    )));
}

/// Published 000: code 0 is "Unknown", unmapped codes are "unknown"; Napster has two codes.
#[test]
fn maps_that_merge_or_split_by_accident() {
    insta::assert_snapshot!(lint(
        &query("derive application = coalesce($protocols[app_protocol.code], \"unknown\") | group by application { n = count() }").map(
            "protocols",
            ItemType::Text,
            &[
                (Value::text("0"), "Unknown"),
                (Value::text("267"), "Napster"),
                (Value::text("268"), "Morpheus"),
                (Value::text("269"), "Napster"),
            ]
        )
    ));
    insta::assert_snapshot!(
        "the_code_table_of_apex_one",
        lint(
            &query("derive application = $protocols[app_protocol.code]").codes(
                "protocols",
                "apexone",
                "ApplicationProtocol"
            )
        )
    );
}

#[test]
fn exact_tests_where_case_varies() {
    insta::assert_snapshot!(lint(&query(
        "where process.name == \"cmd.exe\" or process.name != \"a.exe\" and dst.port == 1
           or process.name not in [\"b.exe\"] or user.name contains \"adm\" or process.path matches /temp/"
    )));
    silent(&query(
        "where process.name =~ \"cmd.exe\" or lower(process.name) == \"cmd.exe\" or process.name == \"7\"
           or process.path matches /temp/i or process.md5 == \"0cc175b9c0f1b6a831c399e269772661\"",
    ));
}

/// Published 001: T1905 does not exist. Published 004: T1043 is deprecated.
#[test]
fn techniques() {
    let draft = query("where dst.port == 443").techniques(&[
        "T1905",
        "T1043",
        "T1002",
        "t1021/001",
        "TA0011",
        "T1071",
        "T9999",
    ]);
    insta::assert_snapshot!(lint(&draft));
}

#[test]
fn conditions_that_never_hold() {
    insta::assert_snapshot!(lint(&query(
        "where dst.port == 22 and dst.port == 443
         | where src.port > 1024 and src.port < 80
         | where transport == \"tcp\" | where transport in [\"udp\", \"icmp\"]
         | where dst.host is missing and dst.host ends_with~ \".com\" and dst.host == \"a\"
         | where lower(process.name) == \"CMD.exe\"
         | where dst.ip exists or (bytes.in == 1 and bytes.in == 2)"
    )));
    silent(&query(
        "where dst.port in [22, 443] and dst.port == 443 | where process.name =~ \"A\" and process.name =~ \"a\"
         | where src.port >= 80 and src.port <= 80
         | group by dst.port { n = count() where dst.port == 22 } | where n == 1",
    ));
}

#[test]
fn conditions_that_always_hold() {
    insta::assert_snapshot!(lint(&query(
        "where process.name !~ \"a.exe\" or process.name !~ \"b.exe\"
         | where time exists
         | where dst.ip exists | where dst.ip exists
         | where true"
    )));
    silent(&query(
        "where process.name !~ \"a.exe\" and process.name !~ \"b.exe\" | where dst.port != 1 or src.port != 2",
    ));
}

#[test]
fn entries_twice() {
    insta::assert_snapshot!(lint(
        &query("where process.name in~ $names and dst.ip in_cidr $networks and dst.port in [80, 443, 80]")
            .texts("names", &["Chrome.exe", "firefox.exe", "chrome.exe"])
            .list("networks", ItemType::Network, &[Value::text("10.1.0.0/16"), Value::text("10.0.0.0/8"), Value::text("10.0.0.0/8")])
    ));
}

#[test]
fn declared_and_unused() {
    insta::assert_snapshot!(lint(
        &query("where dst.port == 443")
            .param("lookback", ItemType::Duration, Value::Duration(1))
            .texts("names", &["a"])
            .map("services", ItemType::Int, &[(Value::Int(1), "a")])
    ));
}

#[test]
fn wildcards() {
    insta::assert_snapshot!(lint(&query(
        "where process.name =~ \"*.exe\" or process.command_line contains~ [\"%temp%\", \"-enc*\"] or user.name =~ \"a*b\""
    )));
}

#[test]
fn what_is_allowed_is_not_told() {
    silent(&query("where process.name == \"cmd.exe\"").allow("L0105"));
    insta::assert_snapshot!(lint(
        &query("where process.name =~ \"cmd.exe\"")
            .allow("L0105")
            .allow("L0999")
            .allow("exact-case")
    ));
}
