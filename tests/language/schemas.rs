//! The schemas that the binary carries: whole, with the figures of their sources, and told to people and checkers.

// Helpers outside of test functions assert too.
#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing)]

use huntc::internals::cli::schema::{Command, run};
use huntc::internals::diag::Diagnostic;
use huntc::internals::net;
use huntc::internals::plan::{Column, Expr, ExprKind, Type};
use huntc::internals::schema::export::Form;
use huntc::internals::schema::{ClassMapping, Fidelity, How, Library, Standing, load};
use huntc::internals::source::Files;
use huntc::internals::value::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

static LOADED: LazyLock<(Library, Files)> = LazyLock::new(|| {
    let mut files = Files::default();
    match load::embedded(&mut files) {
        Ok(library) => (library, files),
        Err(found) => panic!("{}", listed(&files, &found)),
    }
});

fn library() -> (&'static Library, &'static Files) {
    (&LOADED.0, &LOADED.1)
}

fn sessions<'a>(library: &'a Library, schema: &str) -> &'a ClassMapping {
    &library.schema(schema, "network_session").unwrap().mapping
}

fn listed(files: &Files, found: &[Diagnostic]) -> String {
    let line = |d: &Diagnostic| {
        let place = d.primary.as_ref().map_or_else(String::new, |label| {
            let at = files.position(label.span);
            let path = files
                .path(label.span.file)
                .file_name()
                .unwrap_or_default()
                .display();
            format!("{path}:{}:{}: ", at.line, at.column)
        });
        let mut parts = vec![format!("{place}{} {}", d.code, d.title)];
        parts.extend(
            d.primary
                .as_ref()
                .map(|label| label.text.clone())
                .filter(|text| !text.is_empty()),
        );
        parts.extend(d.help.iter().cloned());
        parts.join("; ")
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The neutral fields, in the order of the class; `app_protocol.code` beside those that four schemas share.
const FIELDS: &str = "time event.id event.action event.count device.id device.name device.ip os.family process.name process.path process.command_line \
    process.md5 process.sha1 process.sha256 process.id process.uid process.start process.parent.name process.parent.id user.name user.domain user.id \
    src.ip src.port src.zone dst.ip dst.port dst.host dst.url dst.zone dst.country dst.app local.ip local.port remote.ip remote.port transport \
    ip.version app_protocol app_protocol.code direction outcome activity action severity bytes.out bytes.in bytes.total packets.out packets.in \
    duration_ms session.id rule.name vendor product";

#[test]
fn every_schema_maps_every_neutral_field_or_says_why_not() {
    let (library, _) = library();
    let class = &library.classes["network_session"];
    let names: Vec<&str> = FIELDS.split_whitespace().collect();
    assert_eq!(names.len(), 55);
    assert_eq!(class.order, names);
    let schemas: Vec<&str> = library.platform_names();
    assert_eq!(
        schemas,
        [
            "apexone",
            "asim",
            "aws_cloudtrail",
            "azure_activity",
            "cloud_app_events",
            "defender",
            "ecs",
            "entra",
            "entra_defender",
            "iis",
            "office_activity",
            "security_alert",
            "security_event",
            "sentinel_event",
            "sentinel_windows_event",
            "syslog",
            "windows_event",
            "zeek_conn"
        ]
    );
    for schema in schemas {
        if library.schema(schema, "network_session").is_none() {
            let platform = &library.platforms[schema];
            assert!(platform.lacks.contains_key("network_session"), "{schema}");
            continue;
        }
        let mapping = sessions(library, schema);
        assert_eq!(
            mapping.fields.len() + mapping.absent.len(),
            names.len(),
            "{schema}"
        );
        for name in &names {
            let mapped = mapping.fields.get(*name);
            let absent = mapping.absent.get(*name);
            assert!(mapped.is_some() != absent.is_some(), "{schema}: {name}");
            assert!(
                absent.is_none_or(|absent| absent.why.len() > 10),
                "{schema}: {name}"
            );
            let honest = |why: &str, fidelity| fidelity == Fidelity::Exact || why.len() > 10;
            assert!(
                mapped.is_none_or(|mapping| honest(&mapping.why, mapping.fidelity)),
                "{schema}: {name}"
            );
        }
    }
}

#[test]
fn the_columns_are_as_many_as_their_sources_list() {
    let (library, _) = library();
    let count = |schema: &str| {
        library
            .schema(schema, "network_session")
            .unwrap()
            .columns
            .len()
    };
    // ECS's own fields, and those of integrations, which say so.
    let ecs = &library.schema("ecs", "network_session").unwrap().columns;
    let foreign = ecs
        .iter()
        .filter(|column| column.note.starts_with("not of ECS"));
    assert_eq!(count("ecs") - foreign.count(), 2605);
    assert_eq!(count("apexone"), 149);
    assert_eq!(count("asim"), 198 + 14 + 5);
    let standing = |wanted| {
        library
            .schema("asim", "network_session")
            .unwrap()
            .columns
            .iter()
            .filter(|c| c.standing == wanted)
            .count()
    };
    assert_eq!(
        (
            standing(Standing::ParserExtra),
            standing(Standing::TableOnly)
        ),
        (14, 5)
    );
    let defender = library.schema("defender", "network_session").unwrap();
    assert_eq!(defender.products, ["defender", "sentinel"]);
    assert_eq!(defender.columns_of("defender").count(), 46);
    assert_eq!(defender.columns_of("sentinel").count(), 51);
    let only = |product: &str| -> Vec<&str> {
        let columns = defender.columns.iter().filter(|c| c.products == [product]);
        columns.map(|c| c.native.name.as_str()).collect()
    };
    assert_eq!(only("defender"), ["Timestamp", "LogonID"]);
    assert_eq!(
        only("sentinel"),
        [
            "TenantId",
            "MachineGroup",
            "TimeGenerated",
            "SourceSystem",
            "Type",
            "_IsBillable",
            "_BilledSize"
        ]
    );
    let additional = defender.column("AdditionalFields").unwrap();
    assert_eq!(
        (
            additional.native_type("defender"),
            additional.native_type("sentinel")
        ),
        ("string", "dynamic")
    );
}

#[test]
fn the_code_tables_are_whole() {
    let (library, _) = library();
    let tables = &library
        .schema("apexone", "network_session")
        .unwrap()
        .code_tables;
    let sizes: Vec<(&str, usize)> = tables
        .iter()
        .map(|(name, table)| (name.as_str(), table.rows.len()))
        .collect();
    assert_eq!(
        sizes,
        [
            ("ApplicationProtocol", 116),
            ("DeviceCustomNumber3_behavior_operation", 13),
            ("DeviceCustomNumber3_dlp_channel", 43),
            ("DvcAction_behavior_monitoring", 17),
            ("DvcAction_data_loss_prevention", 38),
            ("Event_Type_behavior_monitoring", 10),
            ("NetworkDirection", 2),
            ("Policy_behavior_monitoring", 19),
        ]
    );
    let protocols = &tables["ApplicationProtocol"];
    let named = |name: &str| -> Vec<&str> {
        let rows = protocols.rows.iter().filter(|(_, known)| &**known == name);
        rows.map(|(code, _)| code.as_str()).collect()
    };
    assert_eq!(named("Napster"), ["267", "269"]);
    assert_eq!(named("Unknown"), ["0"]);
    let guarded = tables
        .values()
        .filter(|table| !table.when.is_empty())
        .count();
    assert_eq!(guarded, 6);
}

#[test]
fn time_is_never_missing_and_only_text_can_be_blank() {
    let (library, _) = library();
    for schema in library.schemas_of("network_session") {
        let How::Column { source, .. } = &schema.mapping.fields["time"].how else {
            panic!("time of {} stands in a column", schema.name);
        };
        for column in source.column.values() {
            assert!(!schema.column(column).unwrap().native.nullable, "{column}");
        }
        for column in schema.columns.iter() {
            let text = [
                "string",
                "keyword",
                "constant_keyword",
                "wildcard",
                "match_only_text",
            ];
            let textual = text.contains(&column.native.native_type.as_str());
            assert_eq!(
                column.native.may_be_blank, textual,
                "{}: {}",
                schema.name, column.native.name
            );
        }
    }
    let ecs = |name: &str| {
        library
            .schema("ecs", "network_session")
            .unwrap()
            .column(name)
            .unwrap()
    };
    assert!(!ecs("destination.ip").native.may_be_blank);
    assert!(ecs("event.category").native.multi && ecs("host.ip").native.multi);
    assert!(!ecs("destination.ip").native.multi);
}

#[test]
fn a_successful_outbound_connection_is_an_action_type_and_its_report_in_defender() {
    let (library, _) = library();
    let natives = |field: &str, word: &str| -> BTreeSet<String> {
        let How::Words { source, words, .. } = &sessions(library, "defender").fields[field].how
        else {
            panic!("{field} has words");
        };
        assert_eq!(source.column(""), "ActionType");
        let (_, natives) = words.iter().find(|(known, _)| known == word).unwrap();
        natives.iter().cloned().collect()
    };
    let both: Vec<String> = natives("outcome", "success")
        .intersection(&natives("direction", "outbound"))
        .cloned()
        .collect();
    assert_eq!(
        both,
        ["ConnectionSuccess", "ConnectionSuccessAggregatedReport"]
    );
    let opened: Vec<String> = natives("outcome", "success")
        .intersection(&natives("activity", "open"))
        .cloned()
        .collect();
    assert_eq!(
        opened,
        [
            "ConnectionSuccess",
            "ConnectionSuccessAggregatedReport",
            "InboundConnectionAccepted"
        ]
    );
}

/// Decides a schema's own predicate for one address.
fn holds(expr: &Expr, address: &str) -> bool {
    let ip = net::parse_address(address).unwrap();
    match &expr.kind {
        ExprKind::And(parts) => parts.iter().all(|part| holds(part, address)),
        ExprKind::Not(inner) => !holds(inner, address),
        ExprKind::InNetwork { networks, .. } => networks.iter().any(|network| network.contains(ip)),
        ExprKind::Compare { right, .. } => {
            matches!(&right.kind, ExprKind::Literal { value: Value::Text(text), .. } if &**text == address)
        }
        ExprKind::Call { function, .. } => match function.as_str() {
            "is_public" => net::is_public(ip),
            "is_private" => net::is_private(ip),
            "is_ipv4" => ip.is_ipv4(),
            "is_ipv6" => ip.is_ipv6(),
            other => panic!("{other}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn derived_words_are_disjoint_and_where_they_should_be() {
    let (library, _) = library();
    let samples = [
        ("8.8.8.8", "public"),
        ("2a00:1450:4001:80e::200e", "public"),
        ("10.1.2.3", "private"),
        ("172.31.255.255", "private"),
        ("192.168.0.1", "private"),
        ("100.64.0.1", "private"),
        ("169.254.1.1", "private"),
        ("fd00::1", "private"),
        ("fe80::1", "private"),
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("2001::1", "teredo"),
        ("255.255.255.255", "broadcast"),
        ("224.0.0.1", "reserved"),
        ("192.0.2.1", "reserved"),
        ("240.0.0.1", "reserved"),
        ("2001:db8::1", "reserved"),
        ("ff02::1", "reserved"),
        ("0.0.0.0", "reserved"),
        ("::", "reserved"),
    ];
    let mut checked = 0;
    for schema in library.schemas_of("network_session") {
        for (field, mapping) in &schema.mapping.fields {
            let How::Predicates { words, otherwise } = &mapping.how else {
                continue;
            };
            for (address, zone) in samples {
                let found: Vec<&str> = words
                    .iter()
                    .filter(|(_, p)| holds(p, address))
                    .map(|(word, _)| word.as_str())
                    .collect();
                let told = found.first().copied().or(otherwise.as_deref());
                let wanted = match field.as_str() {
                    "ip.version" if address.contains(':') => "ipv6",
                    "ip.version" => "ipv4",
                    _ => zone,
                };
                assert!(
                    found.len() <= 1,
                    "{}: {field} of {address} is {found:?}",
                    schema.name
                );
                assert_eq!(told, Some(wanted), "{}: {field} of {address}", schema.name);
                checked += 1;
            }
        }
    }
    // Zones of both sides in five schemas, and the version of IP in four.
    assert_eq!(checked, 14 * samples.len());
}

#[test]
fn expressions_of_a_schema_are_typed_and_placed_in_its_file() {
    let (library, files) = library();
    let How::Predicates { words, .. } = &sessions(library, "asim").fields["dst.zone"].how else {
        panic!("dst.zone of asim is derived");
    };
    let (word, predicate) = &words[0];
    assert_eq!((word.as_str(), &predicate.ty), ("loopback", &Type::Bool));
    assert_eq!(
        files.slice(predicate.span),
        r#"dst.ip in_cidr ["127.0.0.0/8", "::1/128"]"#
    );
    assert!(
        files
            .path(predicate.span.file)
            .ends_with("asim/network_session/mapping.yaml")
    );
    let ExprKind::InNetwork {
        value, networks, ..
    } = &predicate.kind
    else {
        panic!("a test of networks");
    };
    assert_eq!(networks.len(), 2);
    assert!(matches!(&value.kind, ExprKind::Column(Column::Field(name)) if name == "dst.ip"));
}

#[test]
fn codes_become_words_and_a_written_order_decides_between_several_values() {
    let (library, _) = library();
    let words = |schema: &str, field: &str| {
        let How::Words {
            words, otherwise, ..
        } = &sessions(library, schema).fields[field].how
        else {
            panic!("{field} of {schema} has words");
        };
        (words.clone(), otherwise.clone())
    };
    let (protocols, otherwise) = words("apexone", "app_protocol");
    let codes = |word: &str| {
        protocols
            .iter()
            .find(|(known, _)| known == word)
            .unwrap()
            .1
            .join(" ")
    };
    assert_eq!(codes("smb"), "8 33");
    assert_eq!(codes("dns"), "4 68");
    assert_eq!(codes("rtsp"), "48 49 50 51");
    assert_eq!(otherwise.as_deref(), Some("other"));
    let order = |field: &str| {
        words("ecs", field)
            .0
            .into_iter()
            .map(|(word, _)| word)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(order("activity"), "fail close open traffic");
    assert_eq!(order("action"), "deny allow");
}

#[test]
fn a_lacking_field_has_near_ones() {
    let (library, _) = library();
    assert_eq!(
        sessions(library, "defender").near("app_protocol"),
        ["dst.port", "event.action"]
    );
    assert_eq!(
        sessions(library, "asim").near("process.path"),
        ["process.name", "process.command_line"]
    );
    assert_eq!(
        sessions(library, "ecs").near("dst.prot"),
        ["dst.port", "dst.country", "dst.host", "dst.ip", "dst.url"]
    );
}

#[test]
fn every_finding_of_a_schema_is_told_at_its_place() {
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("schemas-with-faults");
    let write = |name: &str, text: &str| {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let _ = std::fs::remove_dir_all(&root);
    write("classes/tiny.yaml", include_str!("../schemas/tiny.yaml"));
    write(
        "faulty/platform.yaml",
        include_str!("../schemas/faulty.platform.yaml"),
    );
    write(
        "faulty/tiny/mapping.yaml",
        include_str!("../schemas/faulty.mapping.yaml"),
    );
    write(
        "faulty/tiny/columns.csv",
        include_str!("../schemas/faulty.columns.csv"),
    );
    write("faulty/huge/mapping.yaml", "class: huge\nfields: {}\n");
    write("faulty/huge/columns.csv", "name,type\n");
    write("faulty/schema.yaml", "schema: faulty\n");
    let mut files = Files::default();
    let found = load::overlay(&root, &mut files).unwrap_err();
    insta::assert_snapshot!(listed(&files, &found));
    write("faulty/platform.yaml", "platform: [faulty\n");
    let found = load::overlay(&root, &mut files).unwrap_err();
    insta::assert_snapshot!("not_yaml", listed(&files, &found));
}

fn told(command: Command) -> String {
    let (library, files) = library();
    run(&command, library, files).unwrap_or_else(|diagnostic| listed(files, &[*diagnostic]))
}

fn show(name: &str, what: Option<&str>, columns: bool) -> String {
    told(Command::Show {
        name: name.to_owned(),
        what: what.map(str::to_owned),
        part: None,
        columns,
    })
}

#[test]
fn schemas_are_told_to_people() {
    insta::assert_snapshot!("list", told(Command::List));
    insta::assert_snapshot!("show_class", show("network_session", None, false));
    insta::assert_snapshot!(
        "show_defender",
        show("defender", Some("network_session"), false)
    );
    insta::assert_snapshot!("show_asim", show("asim", Some("network_session"), false));
    insta::assert_snapshot!("show_ecs", show("ecs", Some("network_session"), false));
    insta::assert_snapshot!("show_platform", show("defender", None, false));
    insta::assert_snapshot!("show_apexone", show("apexone", None, false));
    insta::assert_snapshot!(
        "show_columns",
        show("defender", Some("network_session"), true)
    );
}

#[test]
fn fields_and_columns_are_told_to_people() {
    let parts = [
        show("network_session", Some("direction"), false),
        show("ecs", Some("activity"), false),
        show("asim", Some("dst.zone"), false),
        show("asim", Some("process.path"), false),
        show("defender", Some("RemoteIPType"), false),
        show("apexone", Some("DvcAction"), false),
        show("ecs", Some("host.ip"), false),
        show("ecs", Some("event.id"), false),
        show("asim", Some("DstIpAdr"), false),
        show("azim", None, false),
    ];
    insta::assert_snapshot!(parts.join("\n---\n"));
}

#[test]
fn a_word_is_found_wherever_it_stands() {
    let search = |word: &str| {
        told(Command::Search {
            word: word.to_owned(),
        })
    };
    insta::assert_snapshot!(
        [
            search("smb"),
            search("RemoteIPType"),
            search("nowhere at all")
        ]
        .join("\n---\n")
    );
    assert!(search("name").contains(" more; ask for a longer word"));
}

fn json(format: Form, name: &str, product: Option<&str>) -> serde_json::Value {
    let command = Command::Export {
        format,
        name: name.to_owned(),
        class: Some("network_session".to_owned()),
        product: product.map(str::to_owned),
    };
    let text = told(command);
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn schemas_are_told_to_checkers() {
    let asim = json(Form::KqlCheck, "asim", None);
    let function = &asim["functions"]["_Im_NetworkSession"];
    insta::assert_snapshot!(function["params"].as_str().unwrap());
    assert_eq!(function["columns"].as_object().unwrap().len(), 212);
    assert_eq!(function["columns"]["DstUserAdditionalIds"], "dynamic");
    assert_eq!(
        function["columns"]["SrcUserDomain"],
        serde_json::Value::Null
    );
    assert_eq!(function["columns"]["SrcProcessCommandLine"], "string");
    assert_eq!(
        function["columns"]["_SubscriptionId"],
        serde_json::Value::Null
    );
    let table = |product| {
        json(Form::KqlCheck, "defender", product)["tables"]["DeviceNetworkEvents"].clone()
    };
    assert_eq!(table(None), table(Some("defender")));
    assert_eq!(table(Some("defender"))["Timestamp"], "datetime");
    assert_eq!(
        table(Some("sentinel"))["Timestamp"],
        serde_json::Value::Null
    );
    assert_eq!(table(Some("sentinel"))["AdditionalFields"], "dynamic");
    let fields = json(Form::EsqlCheck, "ecs", None)["fields"].clone();
    assert_eq!(fields.as_object().unwrap().len(), 2548);
    assert_eq!(
        (&fields["process.command_line"], &fields["destination.ip"]),
        (&"keyword".into(), &"ip".into())
    );
    let ddl = json(Form::SqlDdl, "defender", Some("sentinel"));
    assert_eq!(ddl["table"], "device_network_events");
    assert_eq!(ddl["columns"].as_array().unwrap().len(), 51);
    assert_eq!(ddl["columns"][3]["name"], "RemoteIP");
    assert_eq!(ddl["columns"][3]["type"], "ip");
    let refused = told(Command::Export {
        format: Form::KqlCheck,
        name: "ecs".to_owned(),
        class: Some("network_session".to_owned()),
        product: None,
    });
    assert_eq!(refused, "E0557 the schema `ecs` has no table for KQL");
}
