//! Right queries and their plans.

use crate::hunt::ItemType;
use crate::plan::testing::Draft;
use crate::plan::{columns, show};
use crate::value::Value;

fn plan(draft: &Draft) -> String {
    let plan = draft.plan();
    let class = &draft.library.classes[&plan.class];
    let problems = crate::plan::check::check(&plan, class);
    assert!(problems.is_empty(), "{problems:#?}");
    let columns: Vec<String> = columns(&plan, class).into_iter().map(|c| c.name).collect();
    let columns = if columns.len() > 20 {
        "all fields".to_owned()
    } else {
        columns.join(", ")
    };
    format!("{}-> {columns}\n", show(&plan))
}

fn plans(queries: &[&str]) -> String {
    queries
        .iter()
        .map(|query| {
            let draft = Draft::new(&format!("from network_session within 24h | {query}"))
                .param("lookback", ItemType::Duration, Value::Duration(86_400_000))
                .param("most", ItemType::Int, Value::Int(3))
                .param("all", ItemType::Bool, Value::Bool(false))
                .texts("browsers", &["chrome.exe", "Chrome.exe", "firefox.exe"])
                .list("ports", ItemType::Int, &[Value::Int(22), Value::Int(3389)])
                .list("networks", ItemType::Network, &[Value::text("10.0.0.0/8")])
                .map("services", ItemType::Int, &[(Value::Int(22), "ssh")]);
            format!("{query}\n{}\n", plan(&draft))
        })
        .collect()
}

#[test]
fn rare_outbound_processes() {
    let draft = Draft::new(
        "from network_session within $lookback
         | where direction == \"outbound\" and outcome == \"success\" and transport == \"tcp\"
         | where is_public(dst.ip) and dst.ip not in_cidr $excluded and process.name ends_with~ \".exe\"
         | where process.name not in~ $browsers and dst.port not in [80, 443]
         | group by process_name = lower(process.name) {
             hashes = set(process.md5),
             device_count = count_distinct(device.id),
             sample = any(process.command_line),
             sample_ip = any(dst.ip),
             ports = set(dst.port)
           }
         | where device_count <= $max_devices
         | enrich country = geo_country(sample_ip) optional
         | sort device_count",
    )
    .param("lookback", ItemType::Duration, Value::Duration(30 * 86_400_000))
    .param("max_devices", ItemType::Int, Value::Int(3))
    .texts("browsers", &["msedge.exe", "chrome.exe", "firefox.exe"])
    .list("excluded", ItemType::Network, &[Value::text("100.0.0.0/16")]);
    insta::assert_snapshot!(plan(&draft));
}

#[test]
fn sensitive_ports() {
    let draft = Draft::new(
        "from network_session within 7d
         | where optional os.family == \"windows\"
         | where direction == \"outbound\" and transport == \"tcp\" and dst.port in $sensitive and src.port >= 49152 and process.id != 4
         | group by process.uid optional, process.path {
             unique_ports = count_distinct(dst.port),
             smb_dst = count_distinct(dst.ip) where dst.port == 445,
             rdp_dst = count_distinct(dst.ip) where dst.port == 3389
           }
         | where unique_ports >= 3 or rdp_dst >= 10 or smb_dst >= 10 or (rdp_dst >= 1 and smb_dst >= 1)",
    )
    .list("sensitive", ItemType::Int, &[3389, 445, 389].map(Value::Int));
    insta::assert_snapshot!(plan(&draft));
}

#[test]
fn expressions() {
    insta::assert_snapshot!(plans(&[
        "where not (dst.port == 1 and not src.port != 2)",
        "where 443 < dst.port and \"a\" == process.name",
        "where dst.port == 1 and (src.port == 2 and src.ip exists)",
        "where bytes.out / bytes.in > 10 and bytes.out / 2 >= 1",
        "where -dst.port < -5",
        "where $all or dst.port == 1",
        "where $all and dst.port == 1",
        "where is_private(dst.ip) == false and is_ipv4(dst.ip) != true",
        "where is_private(dst.ip) == is_private(src.ip)",
        "where time >= now - 1h and time between now - 2h and now",
        "group by src.ip { first = min(time), last = max(time) } | where last - first > 1h and last - first between 1h and 2h",
        "where process.name in~ $browsers and dst.port in $ports and dst.ip in_cidr $networks",
        "where process.name contains~ [\"PS\", \"ps\", \"cmd\"] and process.command_line has_word \"enc\"",
        "where process.name matches /^power(shell|cmd)\\.exe$/i",
        "derive service_name = coalesce($services[dst.port], \"other\")",
        "derive kind = case { dst.port == 22 -> \"ssh\", dst.port in [80, 443] -> \"web\", else process.name }",
        "derive ratio = case { bytes.in == 0 -> 0, else bytes.out / bytes.in }",
        "derive internal = is_private(dst.ip), name = lower(process.name) | where internal and name != \"x\"",
        "where dst.ip == \"fe80::1\" or dst.ip in [\"10.0.0.1\", \"10.0.0.2\"]",
        "where process.name exists | derive folded = lower(process.name)",
        "where optional process.name exists | derive folded = lower(process.name)",
        "where process.name == \"a\" or process.name == \"b\" | derive folded = lower(process.name)",
        "where process.name != \"a\" | derive folded = lower(process.name)",
        "derive part = extract(process.path, /\\\\([^\\\\]+)$/), day = bin(time, 24h)",
    ]));
}

#[test]
fn steps() {
    insta::assert_snapshot!(plans(&[
        "group { n = count() }",
        "group by dst.port",
        "group by dst.port { n = count() } | top 3 by n",
        "group by dst.port, src.ip { n = count() } | select n, dst.port | rare 3 by n",
        "select time, dst.ip, size_out = bytes.out optional | top 2 by time",
        "group by transport, direction { days = count_distinct(bin(time, 24h)), words = set(direction, 3) }",
        "group by dst.port { any_name = any(process.name), n = count() } | derive shown = lower(any_name) | select shown, n | sort n desc",
        "top 5 by bytes.out | group by src.ip { total = sum(bytes.out), mean = avg(bytes.out) }",
        "select time, dst.ip | group by dst.ip { last = latest(time) }",
        "sort time desc | select time, dst.ip",
    ]));
}
