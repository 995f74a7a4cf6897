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
        "where process.uid exists
         | group by process.uid {
           smb_dst = count_distinct(dst.ip) where dst.port == 445,
           rdp_dst = count_distinct(dst.ip) where dst.port == 3389,
           rdp_or_ldap = count() where dst.port in [389, 3389]
         }
         | where smb_dst >= 10 or rdp_or_ldap > 3 or (rdp_dst >= 1 and smb_dst >= 1)",
    ));
}

/// What a series measures has a name as an aggregate of a group has.
#[test]
fn a_series_that_measures_the_wrong_port() {
    let series = |port| {
        query(&format!(
            "where process.uid exists
             | series rdp_sessions = count() where dst.port == {port} every 1h over 24h by process.uid"
        ))
    };
    let found = lint(&series(389));
    assert!(found.contains("L0108 at `389`"), "{found}");
    silent(&series(3389));
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

/// Published 001: T1905 does not exist. Published 004: T1043 is deprecated. T1562 and its like are retired in version 19, T1089 became one of
/// them before; T1234 is a gap, T1691 is above all that the table has.
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
        "T1562",
        "T1562.001",
        "T1070.001",
        "T1089",
        "T1685",
        "T1234",
        "T1691",
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

/// What is offered keeps the meaning of the operator: its case, its side, its negation.
#[test]
fn wildcards_with_every_operator() {
    insta::assert_snapshot!(lint(
        &query(
            "where process.name == \"curl*\" or process.name =~ \"curl*\" or process.name != \"curl*\" or process.name !~ \"curl*\"
               or \"*curl\" =~ dst.app or \"*curl*\" != dst.app or user.name =~ \"*\" or user.name !~ \"*\"
               or process.name in~ [\"a.exe\", \"curl*\"] or process.name not in~ $names
               or process.command_line contains~ \"%curl%\" or process.command_line contains~ [\"%Temp%\", \"%curl%\"]
               or process.name starts_with~ \"curl*\" or process.name starts_with~ \"*curl\" or dst.host ends_with \"*.com\"
               or process.name =~ \"cmd?.exe\" or process.name !~ \"c*d.exe\" or process.path contains~ \"temp?\"
               or lower(process.name) == \"cmd?.exe\" or user.name =~ \"%admin%\""
        )
        .texts("names", &["b.exe", "wget*"])
    ));
    silent(&query(
        "where dst.url =~ \"http://a/?b=c\" or process.command_line contains \"*\" or process.command_line contains~ \"%windir%\"
           or process.path =~ \"\\\\\\\\?\\\\C:\\\\a.exe\" or user.name =~ \"what?\"",
    ));
}

#[test]
fn wildcards_in_tables_and_maps() {
    insta::assert_snapshot!(lint(
        &query("where $owner[dst.host] exists | join $monitored as m on dst.port in m.ports and dst.host =~ m.name")
            .map("owner", ItemType::Text, &[(Value::text("*.evil.com"), "a"), (Value::text("b.com"), "b")])
            .cells("monitored", &[(23, "*.evil.com"), (53, "a.evil.com"), (70_000, "c.evil.com")])
    ));
}

#[test]
fn numbers_that_are_no_ports() {
    insta::assert_snapshot!(lint(
        &query(
            "where dst.port == 84433 or src.port != -1 or dst.port in [80, 65536] or local.port not in $ports
               or remote.port between 1024 and 99999 or dst.port > 65536 or src.port < 0
             | derive service_name = $services[dst.port], other = dst.port
             | group by service_name, other { last = max(src.port) }
             | where other == 65536 or last == 70000"
        )
        .list("ports", ItemType::Int, &[Value::Int(22), Value::Int(222_222)])
        .map("services", ItemType::Int, &[(Value::Int(22), "ssh"), (Value::Int(80_800), "proxy")])
    ));
    silent(&query(
        "where dst.port in [0, 65535] or dst.port < 65536 or dst.port > -1 or dst.port >= 49152 or bytes.out == 70000 or process.id == 70000",
    ));
}

#[test]
fn texts_that_are_no_hashes() {
    let md5 = "0cc175b9c0f1b6a831c399e269772661";
    let sha1 = "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8";
    let sha256 = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
    insta::assert_snapshot!(lint(
        &query(&format!(
            "where process.sha256 == \"{md5}\" or process.md5 !~ \"{sha1}\" or process.sha1 in [\"{sha1}\", \"{sha256}\"]
               or process.sha256 in~ $hashes or process.md5 == \"0cc175b9c0f1b6a831c399e26977266\"
               or process.md5 == \"0cc175b9c0f1b6a831c399e26977266g\" or process.md5 starts_with \"0x\"
               or lower(process.md5) == \"abc\""
        ))
        .texts("hashes", &[sha256, md5])
    ));
    silent(&query(&format!(
        "where process.sha256 == \"{sha256}\" or process.md5 =~ \"{}\" or process.sha1 starts_with \"86f7\" or process.uid == \"{md5}\"",
        md5.to_uppercase()
    )));
}

#[test]
fn paths_and_names_of_files() {
    insta::assert_snapshot!(lint(
        &query(
            "where process.name =~ \"C:\\\\Windows\\\\cmd.exe\" or process.name ends_with~ \"\\\\cmd.exe\" or process.parent.name == \"/bin/sh\"
               or process.path =~ \"cmd.exe\" or process.path not in~ $names or process.path != \"sh\""
        )
        .texts("names", &["C:\\a.exe", "b.exe"])
    ));
    silent(&query(
        "where process.name =~ \"cmd.exe\" or process.path =~ \"C:\\\\a\\\\cmd.exe\" or process.path ends_with~ \"cmd.exe\"
           or process.path =~ \"System\" or process.command_line =~ \"cmd.exe\" or process.path contains~ \"temp\"",
    ));
}

/// Whether a value is there, in every order and spelling.
#[test]
fn there_and_missing() {
    insta::assert_snapshot!(lint(&query(
        "where dst.host exists and dst.host is missing
         | where user.name is missing and user.name exists
         | where process.name contains~ \"a\" and process.name is missing
         | where user.id is missing and not (user.id is missing)
         | where lower(rule.name) =~ \"x\" and lower(rule.name) is missing
         | where dst.url exists or dst.url is missing
         | derive both = dst.app exists and dst.app is missing
         | group by vendor { n = count() where bytes.in == 1 and bytes.in == 2 }"
    )));
    silent(&query(
        "where (dst.host exists or user.name is missing) and (dst.host is missing or user.name exists)
         | where dst.url is missing or dst.url =~ \"a\"
         | group by vendor { n = count() where dst.app exists, m = count() where dst.app is missing }",
    ));
}

/// A list for two inequalities ignores case as they do.
#[test]
fn inequalities_that_ignore_case() {
    insta::assert_snapshot!(lint(&query(
        "where process.name !~ \"a.exe\" or process.name !~ \"b.exe\" | where session.id != \"a\" or session.id != \"b\"
         | where event.id != \"a\" or event.id !~ \"b\""
    )));
}

/// Every code of a lint can be allowed.
#[test]
fn new_lints_can_be_allowed() {
    for (steps, code) in [
        ("where dst.port == 99999", "L0116"),
        ("where process.md5 == \"abc\"", "L0117"),
        ("where process.name =~ \"a/b\"", "L0118"),
        ("where process.path =~ \"b\"", "L0119"),
        ("series n = count() every 1h over 12h by dst.port", "L0125"),
        ("group by process.uid { n = count() }", "L0126"),
    ] {
        assert!(lint(&query(steps)).contains(code), "{code}");
        silent(&query(steps).allow(code));
    }
}

/// What is older than the series is in none of its windows.
#[test]
fn a_series_of_less_than_is_read() {
    insta::assert_snapshot!(lint(&query(
        "where dst.port == 22 | series n = count() every 1h over 12h by dst.port"
    )));
    silent(&query("series n = count() every 1h over 24h by dst.port"));
    // The ranking is over all rows that are read.
    silent(&query(
        "top 100 by bytes.out | series n = count() every 1h over 12h by dst.port",
    ));
}

/// All rows that lack an identifier would be counted as one thing.
#[test]
fn a_group_by_an_identifier_that_may_be_missing() {
    insta::assert_snapshot!(lint(&query(
        "group by process.uid, process.path { n = count() } | where n > 9"
    )));
    insta::assert_snapshot!(lint(&query(
        "where device.id exists | series n = count() every 1h over 24h by s = session.id, device.id"
    )));
    for steps in [
        "where process.uid exists | group by process.uid { n = count() }",
        "where process.uid == \"b\" | group by process.uid { n = count() }",
        "group by process.uid",
        "group by process.name { n = count() }",
        "derive who = coalesce(process.uid, device.name) | group by who { n = count() }",
    ] {
        silent(&query(steps));
    }
    // A condition that a schema may drop promises nothing.
    assert!(
        lint(&query(
            "where optional process.uid exists | group by process.uid { n = count() }"
        ))
        .contains("L0126")
    );
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
