//! Elastic's own validator reads every ES|QL text, by the grammar and the functions of the stack it is for, with every field of the schema typed.
//!
//! A text for 8.19 must also be right on 9.3: an upgrade of the stack breaks no rule.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

use crate::support::repository::{CLASS, Case, Repository, products};
use crate::support::{Kind, oracle_or_skip};
use huntc::internals::backend::{Rollup, Target};
use huntc::internals::schema::{Schema, export};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// An instant for texts without a clock.
const NOW: i64 = 1_772_458_245_678;

/// The version of a target, and the stacks on which its text must be right.
const STACKS: [(&str, &[&str]); 2] = [("8.19", &["8.19.0", "9.3.0"]), ("9.3", &["9.3.0"])];

#[test]
fn every_text_is_valid_on_its_stacks() {
    let Some(worker) = oracle_or_skip(Kind::Esql) else {
        return;
    };
    let mut repository = Repository::load();
    let cases = repository.all_cases();
    let (mut texts, mut faults) = (0, Vec::new());
    let mut refused = BTreeSet::new();
    for schema in repository.tables() {
        for product in products(schema) {
            let mut fields = export::export(schema, product, export::Form::EsqlCheck)
                .unwrap_or_else(|| panic!("{} has no fields", schema.name));
            // The columns of a rolled-up table that lies beside the events.
            fields["fields"]["stretch"] = json!("date");
            fields["fields"]["sessions_seen"] = json!("long");
            fields["fields"]["seen_port"] = json!("integer");
            let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("esql_schemas");
            std::fs::create_dir_all(&folder).unwrap();
            let file = folder.join(format!("{}-{}-{product}.json", schema.name, schema.class));
            std::fs::write(&file, fields.to_string()).unwrap();
            for (version, stacks) in STACKS {
                let plain = repository.target("esql", Some(version), product, "logs-test-*");
                for (case, target) in with_a_summary(&cases, &plain, schema) {
                    let plan = repository.plan(case, &Default::default());
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
                        let target = Target {
                            now,
                            ..target.clone()
                        };
                        let text = match repository.emit(&fitted, &target) {
                            Ok(query) => query.text,
                            // A field on a member of JSON, for which ES|QL has no function: no text, and the reason says so.
                            Err(why)
                                if why.iter().all(|one| one.title.contains("`member_text`")) =>
                            {
                                refused.insert(case.hunt.slug.value.clone());
                                continue;
                            }
                            Err(why) => repository.fail(&why),
                        };
                        let asked = json!({"query": text, "schema": file, "stacks": stacks});
                        let answer = worker
                            .ask(&asked)
                            .unwrap_or_else(|why| panic!("{why}\n{text}"));
                        let results = answer["results"].as_array().unwrap();
                        assert_eq!(results.len(), stacks.len());
                        for result in results {
                            texts += 1;
                            if result["ok"] != json!(true) {
                                faults.push(format!(
                                    "{} {} {product} for {version}: {result}\n{text}",
                                    case.slug, schema.name
                                ));
                            }
                        }
                    }
                }
            }
        }
    }
    println!("refused for members of JSON somewhere: {refused:?}");
    assert!(refused.len() < 10, "{refused:?}");
    println!(
        "{texts} validations of ES|QL texts, {} faulty",
        faults.len()
    );
    assert!(
        faults.is_empty(),
        "{} of {texts}\n{}",
        faults.len(),
        faults.join("\n\n")
    );
    assert!(texts >= 60, "only {texts} validations");
}

/// Each hunt for the target, and over the schema that a summary is kept of also for a target with one.
fn with_a_summary<'a>(
    cases: &'a [Case],
    plain: &Target,
    schema: &Schema,
) -> Vec<(&'a Case, Target)> {
    let columns = [
        ("NetworkProtocol", "NetworkProtocol"),
        ("DstPortNumber", "seen_port"),
        ("DstAppName", "DstAppName"),
        ("NetworkDirection", "NetworkDirection"),
        ("DvcAction", "DvcAction"),
    ];
    let rolled = Target {
        rollup: Some(Rollup {
            table: "summary-test".to_owned(),
            grain: 600_000,
            time: "stretch".to_owned(),
            count: "sessions_seen".to_owned(),
            columns: columns
                .map(|(of, own)| (of.to_owned(), own.to_owned()))
                .into(),
            tail: Vec::new(),
        }),
        ..plain.clone()
    };
    let cases = cases.iter().filter(|case| case.class == schema.class);
    let mut all: Vec<(&Case, Target)> = cases.map(|case| (case, plain.clone())).collect();
    if schema.name == "asim" && schema.class == CLASS {
        let rolled: Vec<_> = all
            .iter()
            .map(|(case, _)| (*case, rolled.clone()))
            .collect();
        all.extend(rolled);
    }
    all
}

/// The validator sees what is wrong: a field that no schema has, in a text that is right otherwise.
#[test]
fn an_unknown_field_is_noticed() {
    let Some(worker) = oracle_or_skip(Kind::Esql) else {
        return;
    };
    let mut repository = Repository::load();
    let cases = repository.cases();
    let schema = repository.library.schema("ecs", "network_session").unwrap();
    let fields = export::export(schema, "", export::Form::EsqlCheck).unwrap();
    let target = repository.target("esql", Some("9.3"), "", "logs-test-*");
    let case = cases
        .iter()
        .find(|case| case.slug == "sensitive-port-sweep")
        .unwrap();
    let plan = repository.plan(case, &Default::default());
    let fitted = repository
        .fit(
            &plan,
            schema,
            "",
            &target.dialect.abilities(&target.product),
        )
        .unwrap();
    let text = repository
        .text(&fitted, &target)
        .replace("source.port", "source.prot");
    let answer = worker
        .ask(&json!({"query": text, "schema": fields, "stacks": ["9.3.0"]}))
        .unwrap();
    assert_eq!(answer["results"][0]["ok"], json!(false), "{text}");
}
