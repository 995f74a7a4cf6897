//! Microsoft's own parser and binder read every KQL text: no error, and the result columns (names, order, types) that the compiler promises.
//!
//! The schemas are those of `huntc schema export --form kql-check`: what they do not name does not exist for the binder.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

use crate::support::repository::{CLASS, Fitted, Repository, products};
use crate::support::{Kind, Worker, oracle_or_skip};
use huntc::internals::backend::{Rollup, Target, Tier};
use huntc::internals::hunt::Hunt;
use huntc::internals::plan::Type;
use huntc::internals::plan::passes::{Abilities, BoundOutput, ReadBack};
use huntc::internals::schema::{Schema, export};
use serde_json::{Value, json};
use std::path::PathBuf;

/// An instant for texts without a clock.
const NOW: i64 = 1_772_458_245_678;

#[test]
fn every_text_binds_to_the_promised_columns() {
    let Some(worker) = oracle_or_skip(Kind::Kql) else {
        return;
    };
    let mut repository = Repository::load();
    let cases = repository.all_cases();
    let (mut texts, mut faults) = (0, Vec::new());
    for schema in repository.tables() {
        for product in products(schema) {
            for case in cases.iter().filter(|case| case.class == schema.class) {
                let Some(file) = schema_file(schema, product, Some(&case.hunt)) else {
                    continue;
                };
                let plan = repository.plan(case, &Default::default());
                for target in targets(&repository, schema, product) {
                    let promised = case
                        .hunt
                        .portable_to
                        .iter()
                        .any(|name| name.value == schema.name);
                    let fitted = match repository.fit(
                        &plan,
                        schema,
                        product,
                        &target.dialect.abilities(&target.product),
                    ) {
                        Ok(fitted) => fitted,
                        Err(why) if promised => repository.fail(&why),
                        Err(_) => continue,
                    };
                    for now in [None, Some(NOW)] {
                        texts += 1;
                        let target = Target {
                            now,
                            ..target.clone()
                        };
                        if let Err(why) = check(&repository, worker, &fitted, &target, &file) {
                            faults.push(format!("{} {} {product}: {why}", case.slug, schema.name));
                        }
                    }
                }
            }
        }
    }
    println!("{texts} KQL texts bound, {} faulty", faults.len());
    assert!(
        faults.is_empty(),
        "{} of {texts}\n{}",
        faults.len(),
        faults.join("\n\n")
    );
    assert!(texts >= 20, "only {texts} texts");
}

/// What the binder knows of the schema: its table, or each function that stands for it.
fn targets(repository: &Repository, schema: &Schema, product: &str) -> Vec<Target> {
    let mut tables: Vec<&String> = schema
        .functions
        .iter()
        .map(|function| &function.name)
        .filter(|function| schema.class == CLASS || **function == schema.tables["kql"])
        .collect();
    if tables.is_empty() {
        tables.push(&schema.tables["kql"]);
    }
    let plain = tables
        .iter()
        .map(|table| repository.target("kql", None, product, table));
    // Where the schema has the summary, texts that read it, with tiers and without.
    let rolled = plain
        .clone()
        .filter(|_| schema.name == "asim" && schema.class == CLASS)
        .flat_map(|target| {
            [Vec::new(), TIERS.to_vec()].map(|tail| Target {
                rollup: Some(summary(tail)),
                ..target.clone()
            })
        });
    plain.chain(rolled).collect()
}

const TIERS: [Tier; 2] = [
    Tier {
        above: Some(1000),
        read: Some(2 * 86_400_000),
    },
    Tier {
        above: None,
        read: None,
    },
];

fn summary(tail: Vec<Tier>) -> Rollup {
    let columns = [
        ("NetworkProtocol", "NetworkProtocol_s"),
        ("DstPortNumber", "DstPortNumber_d"),
        ("DstAppName", "DstAppName_s"),
        ("NetworkDirection", "NetworkDirection_s"),
        ("DvcAction", "DvcAction_s"),
    ];
    Rollup {
        table: "NetworkCustomAnalytics_protocol_CL".to_owned(),
        grain: 600_000,
        time: "EventTime_t".to_owned(),
        count: "count__d".to_owned(),
        columns: columns
            .map(|(of, own)| (of.to_owned(), own.to_owned()))
            .into(),
        tail,
    }
}

/// The schema, and the watchlists of a hunt as Sentinel gives them: every column is text.
fn schema_file(schema: &Schema, product: &str, hunt: Option<&Hunt>) -> Option<PathBuf> {
    let mut exported = export::export(schema, product, export::Form::KqlCheck)?;
    let tables = hunt.into_iter().flat_map(|hunt| &hunt.tables);
    // What Sentinel's network solution summarises, as custom columns are typed.
    exported["tables"]["NetworkCustomAnalytics_protocol_CL"] = json!({
        "EventTime_t": "datetime", "NetworkProtocol_s": "string", "DstPortNumber_d": "real", "DstAppName_s": "string",
        "NetworkDirection_s": "string", "DvcAction_s": "string", "count__d": "real",
    });
    for (_, table) in tables.filter(|(_, table)| table.platform.contains_key("kql")) {
        let columns: serde_json::Map<String, Value> = table
            .columns
            .iter()
            .map(|column| (column.source.clone(), json!("string")))
            .collect();
        exported["functions"]["_GetWatchlist"] =
            json!({ "params": "(watchlistAlias: string)", "columns": columns });
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("kql_schemas");
    std::fs::create_dir_all(&folder).expect("the folder for tests is writable");
    let slug = hunt.map_or("", |hunt| hunt.slug.value.as_str());
    let path = folder.join(format!(
        "{}-{}-{product}-{slug}.json",
        schema.name, schema.class
    ));
    std::fs::write(&path, exported.to_string()).expect("the folder for tests is writable");
    Some(path)
}

fn check(
    repository: &Repository,
    worker: &Worker,
    fitted: &Fitted,
    target: &Target,
    schema: &std::path::Path,
) -> Result<(), String> {
    let text = repository.text(fitted, target);
    let answer = worker
        .ask(&json!({"query": text, "schema": schema}))
        .map_err(|why| format!("{why}\n{text}"))?;
    let said = answer["errors"].as_array().ok_or("no list of errors")?;
    if !said.is_empty() {
        return Err(format!("{}\n{text}", answer["errors"]));
    }
    let warnings = answer["warnings"].as_array().ok_or("no list of warnings")?;
    if let Some(warning) = warnings.iter().find(|warning| !is_about_cost(warning)) {
        return Err(format!("{warning}\n{text}"));
    }
    let found: Vec<(String, String)> = answer["columns"]
        .as_array()
        .ok_or_else(|| format!("the result is no table\n{text}"))?
        .iter()
        .map(|column| (word(&column[0]), word(&column[1])))
        .collect();
    let wanted = promised(&fitted.bound.outputs);
    // A port that is one of two columns of the table is as narrow as they are.
    let same = |(found, wanted): (&(String, String), &(String, String))| {
        found.0 == wanted.0 && (found.1 == wanted.1 || (found.1 == "int" && wanted.1 == "long"))
    };
    if found.len() != wanted.len() || !found.iter().zip(&wanted).all(same) {
        return Err(format!("columns {found:?}\npromised {wanted:?}\n{text}"));
    }
    Ok(())
}

/// Advice to say something else that is cheaper: `dcount` in place of `count_distinct`, which is an estimate, while a hunt's counts are exact (KS515), and
/// `has` in place of `contains` (KS500), which finds words only; a hunt that means words says `has_word`.
fn is_about_cost(warning: &Value) -> bool {
    ["KS500", "KS515"]
        .iter()
        .any(|code| warning["code"] == json!(code))
}

fn word(json: &Value) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

/// The names and Kusto types of the result.
fn promised(outputs: &[BoundOutput]) -> Vec<(String, String)> {
    let each = outputs.iter().map(|output| {
        let ty = match (&output.native_type, &output.read) {
            (Some(native), _) => native.clone(),
            (None, ReadBack::AsIs) => kusto(&output.ty).to_owned(),
            (None, _) => "string".to_owned(),
        };
        (output.name.clone(), ty)
    });
    each.collect()
}

fn kusto(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::Int => "long",
        Type::Float => "real",
        Type::Text | Type::Ip | Type::Enum(_) => "string",
        Type::Time => "datetime",
        Type::Duration => "timespan",
        Type::Json | Type::Set(_) => "dynamic",
    }
}

/// The binder sees what is wrong: a column that no schema has, in a text that is right otherwise.
#[test]
fn an_unknown_column_is_noticed() {
    let Some(worker) = oracle_or_skip(Kind::Kql) else {
        return;
    };
    let mut repository = Repository::load();
    let cases = repository.cases();
    let schema = repository
        .library
        .schema("defender", "network_session")
        .unwrap();
    let file = schema_file(schema, "defender", None).expect("the schema has a table");
    let target = repository.target("kql", None, "defender", "DeviceNetworkEvents");
    let case = cases
        .iter()
        .find(|case| case.slug == "sensitive-port-sweep")
        .expect("the hunt is there");
    let plan = repository.plan(case, &Default::default());
    let fitted = repository
        .fit(&plan, schema, "defender", &Abilities::default())
        .unwrap_or_else(|why| repository.fail(&why));
    assert_eq!(check(&repository, worker, &fitted, &target, &file), Ok(()));
    let text = repository
        .text(&fitted, &target)
        .replace("LocalPort", "LocalPrt");
    let answer = worker
        .ask(&json!({"query": text, "schema": file}))
        .expect("the binder answers");
    assert_eq!(answer["errors"][0]["text"], json!("LocalPrt"), "{text}");
}
