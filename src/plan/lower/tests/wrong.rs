//! The mistakes of detection engineers, and the messages for them.

use crate::hunt::ItemType;
use crate::plan::testing::Draft;
use crate::value::Value;

/// What is said of each query. `{…}` of `from network_session within 24h | {…}`.
fn report(queries: &[&str]) -> String {
    let mut text = String::new();
    for query in queries {
        let whole = if query.starts_with("from ") {
            (*query).to_owned()
        } else {
            format!("from network_session within 24h | {query}")
        };
        let draft = declared(&whole);
        let found = match draft.lower() {
            Ok(plan) => panic!("`{query}` is accepted:\n{}", crate::plan::show(&plan)),
            Err(found) => found,
        };
        assert!(!found.is_empty(), "`{query}` is refused without a word");
        for finding in &found {
            let place = finding.primary.as_ref().expect("a place");
            assert!(place.span.end > place.span.start, "{query}: an empty place");
        }
        text.push_str(query);
        text.push('\n');
        text.push_str(&draft.report(&found));
        text.push('\n');
    }
    text
}

fn declared(query: &str) -> Draft {
    Draft::new(query)
        .param("lookback", ItemType::Duration, Value::Duration(86_400_000))
        .param("most", ItemType::Int, Value::Int(3))
        .param("host", ItemType::Text, Value::text("DC01"))
        .param("words", ItemType::Text, Value::text("TCP"))
        .texts("browsers", &["chrome.exe", "firefox.exe"])
        .list("ports", ItemType::Int, &[Value::Int(22), Value::Int(3389)])
        .list("networks", ItemType::Network, &[Value::text("10.0.0.0/8")])
        .map(
            "services",
            ItemType::Int,
            &[(Value::Int(22), "ssh"), (Value::Int(53), "dns")],
        )
}

#[test]
fn names() {
    insta::assert_snapshot!(report(&[
        "from network_sesion | where dst.port == 443",
        "from asim | where dst.port == 443",
        "where process.nam == \"a\" and process.nam == \"b\" and process.nam exists",
        "where port == 443",
        "where destination.port == 443",
        "where source.ip exists",
        "where network.transport == \"tcp\"",
        "where wholly.unknown == 1",
        "where process.executable == \"x\"",
        "where user == \"x\"",
        "group by process.name { n = count() } | where dst.port == 443",
        "select time, dst.ip | where dst.port == 443",
        "derive long = length(process.name) | group by dst.ip | where long > 3",
        "group by process.name { device_count = count_distinct(device.id) } | where devicecount < 4",
        "derive twice = once, once = dst.port",
    ]));
}

#[test]
fn references() {
    insta::assert_snapshot!(report(&[
        "where dst.port in $port",
        "from network_session within $lokback | where dst.port == 22",
        "where dst.port == $ports",
        "where dst.port in $most",
        "where dst.port in $services",
        "where process.name == $services",
        "derive a = $browsers[dst.port]",
        "derive a = $services[process.name]",
        "derive a = $servces[dst.port]",
        "where transport == $words",
        "from network_session within $most",
        "from network_session within $browsers",
    ]));
}

#[test]
fn computed_names() {
    insta::assert_snapshot!(report(&[
        "derive process = lower(process.name)",
        "derive process_name.lower = lower(process.name)",
        "derive remoteip = dst.ip",
        "derive n = dst.port, n = src.port",
        "derive n = dst.port | derive n = src.port",
        "derive dst.port = 1",
        "group by dst.port { n = count(), n = count_distinct(dst.ip) }",
        "group by dst.port { dst.port = count() }",
        "select lower(process.name)",
        "select dst.port, dst.port",
        "group by lower(process.name)",
    ]));
}

#[test]
fn functions() {
    insta::assert_snapshot!(report(&[
        "where count() > 5",
        "derive n = count_distinct(dst.ip)",
        "derive a = lowr(process.name)",
        "derive a = trim(process.name)",
        "derive a = date_trunc(time)",
        "derive a = lower(process.name, \"x\")",
        "derive a = substring(process.name)",
        "derive a = lower(dst.port)",
        "derive a = length(dst.ip)",
        "derive a = substring(process.name, -1)",
        "derive a = substring(process.name, dst.port)",
        "derive a = replace(process.name, \".exe\", \"\")",
        "derive a = extract(process.name, /[a-z]+/)",
        "derive a = coalesce(process.name, 1)",
        "derive a = coalesce(transport, \"none\")",
        "derive a = lower(transport)",
        "derive a = bin(time, 7m)",
        "derive a = bin(time, 48h)",
        "derive a = int(dst.port)",
        "derive a = string(time)",
        "derive a = is_private(\"10.0.0.1/8\")",
        "derive a = concat(process.name, dst.port)",
        "group by process.name { n = dcnt(dst.ip) }",
        "group by process.name { n = lower(dst.ip) }",
    ]));
}

#[test]
fn comparisons() {
    insta::assert_snapshot!(report(&[
        "where dst.port == \"443\"",
        "where process.name == 7",
        "where process.name == \"\"",
        "where process.name != \"\"",
        "where process.name == [\"a.exe\", \"b.exe\"]",
        "where process.name > \"a\"",
        "where dst.port =~ 443",
        "where dst.port == 443.5",
        "where dst.port == process.name",
        "where dst.ip == process.name",
        "where dst.ip == \"10.0.0.0/8\"",
        "where dst.ip == \"10.0.0.999\"",
        "where dst.ip == \"FE80:0::1\"",
        "where dst.ip == \"10.*\"",
        "where dst.ip > \"10.0.0.1\"",
        "where dst.ip == 10",
        "where time > 24h",
        "where time > \"2024-01-01\"",
        "where time - 24",
        "where dst.port between 100 and 1",
        "where process.name between \"a\" and \"b\"",
        "where bytes.out / 0 > 1",
        "where bytes.out * 1.5 > 1",
        "where bytes.out + process.name > 1",
        "where 24h > 1h",
        "where is_private(dst.ip) == \"true\"",
    ]));
}

#[test]
fn closed_sets() {
    insta::assert_snapshot!(report(&[
        "where transport == \"tpc\"",
        "where transport == \"TCP\"",
        "where transport =~ \"TCP\"",
        "where transport in [\"tcp\", \"upd\"]",
        "where transport in~ [\"tcp\"]",
        "where transport contains \"tc\"",
        "where transport matches /tcp/",
        "where transport > \"tcp\"",
        "where outcome == transport",
        "where direction == \"egress\"",
        "where transport == 6",
        "where outcome == \"ConnectionSuccess\"",
    ]));
}

#[test]
fn lists() {
    insta::assert_snapshot!(report(&[
        "where dst.port in [\"80\", \"443\"]",
        "where process.name in \"cmd.exe\"",
        "where process.name in [\"cmd.exe\", \"\"]",
        "where dst.port in []",
        "where dst.port in $browsers",
        "where dst.port in dst.port",
        "where dst.port in [src.port]",
        "where dst.port in [$ports, 1]",
        "where dst.ip in [\"10.0.0.0/8\", \"192.168.0.0/16\"]",
        "where dst.ip not in $networks",
        "where dst.ip in_cidr $browsers",
        "where dst.ip in_cidr \"10.0.0.1/8\"",
        "where dst.ip in_cidr [\"10.0.0.0/33\", \"300.0.0.0/8\"]",
        "where process.name in_cidr \"10.0.0.0/8\"",
        "where dst.ip in_cidr \"::ffff:10.0.0.0/104\"",
    ]));
}

#[test]
fn text_tests() {
    insta::assert_snapshot!(report(&[
        "where dst.ip starts_with \"10.\"",
        "where dst.port contains \"44\"",
        "where process.name contains 7",
        "where process.name contains \"\"",
        "where process.name contains [\"a\", \"\"]",
        "where process.command_line has_word \"-enc\"",
        "where process.command_line has_word \"--\"",
        "where process.command_line has_word process.name",
        "where process.name matches /x*/",
        "where process.name matches /(?=a)b/",
        "where process.name matches /(a)\\1/",
        "where process.command_line matches /a\\/b(c/",
    ]));
}

#[test]
fn conditions() {
    insta::assert_snapshot!(report(&[
        "where dst.port",
        "where process.name and dst.port == 1",
        "where not dst.ip",
        "where \"a\"",
        "where case { dst.port == 1 -> \"a\", else \"b\" }",
        "derive a = case { dst.port == 1 -> 1, else \"b\" }",
        "derive a = case { dst.port -> 1, else 2 }",
        "derive a = dst.port and src.port",
        "derive a = now - time",
        "derive a = 24h",
    ]));
}

#[test]
fn groups() {
    insta::assert_snapshot!(report(&[
        "group by dst.port { n = count(dst.ip) }",
        "group by dst.port { n = count_distinct() }",
        "group by dst.port { n = sum(process.name) }",
        "group by dst.port { n = max(process.name) }",
        "group by dst.port { n = sum(is_private(dst.ip)) }",
        "group by dst.port { s = set(dst.ip, 0) }",
        "group by dst.port { s = set(dst.ip) } | where s == \"10.0.0.1\"",
        "group by dst.port { s = set(dst.ip) } | where s contains \"10\"",
        "group by dst.port { s = set(dst.ip) } | where s exists",
        "group by dst.port { s = set(dst.ip) } | sort s",
        "group by dst.port { s = set(dst.ip) } | group by s { n = count() }",
        "group by dst.port { x = any(dst.ip) } | where x == \"10.0.0.1\"",
        "group by dst.port { x = any(dst.ip) } | group by x",
        "group by dst.port { x = latest(process.name) } | sort x",
        "group by dst.port { x = any(process.name), y = any(device.name) } | derive z = concat(x, y)",
        "group by dst.port { n = count() } | group by dst.port { x = latest(n) }",
        "group by dst.port { n = count() where n > 1 }",
        "group by process.name { x = count() } | enrich country = geo_country(x)",
        "enrich country = geo_city(dst.ip)",
        "enrich country = geo_country(dst.ip) | where country != \"US\"",
    ]));
}

/// What is offered is what was written: a text keeps its zeros.
#[test]
fn numbers_as_they_are_written() {
    insta::assert_snapshot!(report(&[
        "where process.md5 == 0123",
        "where 0123 != process.md5",
        "where process.md5 in [0123, 12, -007]",
        "where product == 1.10 or product == 1e3 or product == 24h",
        "where process.name contains 007",
        "where dst.port == 0443",
        "where dst.port in [080, 443] or bytes.in > -007 or bytes.in between 00 and 01",
        "from network_session within 024h | where dst.port in 0443",
        "where dst.port == \"0443\"",
        "derive a = concat(process.name, 01)",
        "derive a = coalesce(process.name, 007)",
        "where process.md5 in 0123 or process.name in 24h",
        "where coalesce(1.10, process.name) == \"x\"",
    ]));
}

/// Words without quotes are judged by what they are compared with.
#[test]
fn text_without_quotes() {
    insta::assert_snapshot!(report(&[
        "where direction == outbound",
        "where outbound == direction",
        "where direction == egress",
        "where direction == nowhere",
        "where transport in [tcp, udpp]",
        "where user.name =~ admin",
        "where process.name in~ [cmd.exe, \"a\"]",
        "where process.command_line contains~ mimikatz",
        "where user.name == usr.name",
        "where usr.name == \"x\"",
        "where dst.port == outbound",
        "where admin == root",
        "group by process.name { n = count() where direction == outbound }",
    ]));
}

/// Functions of other languages: all of a query are reported, with everything else that is wrong.
#[test]
fn functions_of_other_languages() {
    insta::assert_snapshot!(report(&[
        "group by dst.ip { a = countif(dst.port == 1), b = dcount(dst.port), c = stdev(bytes.out) }",
        "group by dst.ip { a = countif(dst.prt == 1) where dst.port == 2, b = dcountif(dst.ip, dst.port == 1), c = tolower(process.name), d = cnt(usr.name) }",
        "where countif(dst.port) > 3 and strlen(process.nam) == 3 and lowr(usr.name) == \"x\" and lower(device.nam, 1) == \"x\"",
        "where isnotempty(user.name) and iff(\"{2}\" == process.name, 1, 2) == 1 and dcount() > 1",
        "series n = countif(dst.port == 1) every 1h over 1d by usr.name",
    ]));
}

/// One error does not hide another of the same step or of a later one.
#[test]
fn faults_beside_each_other() {
    insta::assert_snapshot!(report(&[
        "where usr.name == \"\" and device.nam == [\"a\"]",
        "series n = count() every 0s over 0s",
        "series n = count() every 0s over 7d | anomaly n trend linear as s, b",
        "where usr.name exists | anomaly n as s, b",
        "join $nothing as m on usr.name == m.x",
        "enrich a = nothing(usr.name)",
        "top 0 by usr.name",
    ]));
}

#[test]
fn orders() {
    insta::assert_snapshot!(report(&[
        "sort dst.port | where dst.port == 1",
        "sort dst.port | top 5 by dst.port",
        "top 0 by dst.port",
        "top dst.port by dst.port",
        "top 5 by process.name",
        "rare 5 by transport",
        "sort 1",
        "from network_session within 0s",
        "from network_session within 24",
        "from network_session within dst.port",
    ]));
}

#[test]
fn tuning() {
    let draft = declared("from network_session | where dst.port == $most")
        .tuned("most", Value::text("five"))
        .tuned("mots", Value::Int(5));
    insta::assert_snapshot!(draft.report(&draft.lower().unwrap_err()));
}

#[test]
fn several_mistakes_are_told_at_once_and_each_once() {
    let text = report(&[
        "where process.nam == \"a\" | derive x = lowr(process.nam) | where x == 7 and transport == \"tpc\" | group by x { n = cnt() } | where n > \"3\" | sort nn",
    ]);
    insta::assert_snapshot!(text);
}
