//! `huntc plan --format json`: a document with a version, whose shape is that of docs/plan-json.md.

use super::repo::Ran;
use super::repo::{OUTBOUND, Repo, command};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// The members of version 1. Whoever changes them changes `VERSION` in src/cli/plan.rs, unless members were only added, and docs/plan-json.md.
const VERSION_1: &str = "\
diagnostics[]
exit_code: number
hunt
hunt.id: string
hunt.language: number
hunt.name: string
hunt.version: string
plan
plan.class: string
plan.result[]
plan.result[].determined: boolean
plan.result[].name: string
plan.result[].native_type: null
plan.result[].native_type: string
plan.result[].neutral: string
plan.result[].nullable: boolean
plan.result[].several: boolean
plan.result[].type: string
plan.steps[]
plan.steps[].column: number
plan.steps[].end_column: number
plan.steps[].end_line: number
plan.steps[].file: string
plan.steps[].line: number
plan.steps[].step: string
plan.steps[].text: string
target
target.backend: string
target.name: string
target.schema: string
target: null
version: number";

/// The paths of all members, each with the type of its value; those of findings are another document's.
fn members(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if !path.is_empty() {
                found.insert(path.to_owned());
            }
            for (key, value) in object {
                let path = match path {
                    "" => key.clone(),
                    path => format!("{path}.{key}"),
                };
                members(value, &path, found);
            }
        }
        Value::Array(items) => {
            found.insert(format!("{path}[]"));
            if path != "diagnostics" {
                for item in items {
                    members(item, &format!("{path}[]"), found);
                }
            }
        }
        Value::Null => {
            found.insert(format!("{path}: null"));
        }
        Value::Bool(_) => {
            found.insert(format!("{path}: boolean"));
        }
        Value::Number(_) => {
            found.insert(format!("{path}: number"));
        }
        Value::String(_) => {
            found.insert(format!("{path}: string"));
        }
    }
}

fn plan(arguments: &[&str]) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = vec!["plan", "--format", "json"];
    all.extend(arguments);
    Ran::of(&mut command(root, &all)).exits(0).json()
}

#[test]
fn its_shape_is_that_of_its_version() {
    let mut found = BTreeSet::new();
    let mut steps = BTreeSet::new();
    for hunt in [
        "rare-outbound-process",
        "sensitive-port-sweep",
        "port-use-anomaly",
    ] {
        let neutral = plan(&[hunt]);
        let native = plan(&[hunt, "--target", "defender"]);
        for document in [&neutral, &native] {
            assert_eq!(document["version"], 1);
            members(document, "", &mut found);
            for step in document["plan"]["steps"].as_array().unwrap() {
                steps.insert(step["step"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(neutral["hunt"]["name"], hunt);
        assert_eq!(native["target"]["name"], "defender");
        assert_eq!(neutral["plan"]["steps"][0]["step"], "from");
    }
    let found: Vec<String> = found.into_iter().collect();
    assert_eq!(found.join("\n"), VERSION_1);
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/plan-json.md");
    let page = std::fs::read_to_string(page).unwrap();
    for member in &found {
        let member = member.split(':').next().unwrap();
        let last = member.rsplit('.').next().unwrap();
        let last = last.trim_end_matches("[]");
        let named = page.contains(&format!("`{member}`")) || page.contains(&format!("`{last}`"));
        assert!(named, "docs/plan-json.md lacks `{member}`");
    }
    for step in &steps {
        assert!(
            page.contains(&format!("`{step}`")),
            "docs/plan-json.md lacks the step `{step}`"
        );
    }
}

#[test]
fn a_broken_hunt_has_findings_and_no_plan() {
    let repo = Repo::new("plan-json");
    let path = OUTBOUND;
    repo.change(path, "process.name", "process.nam");
    let document = repo
        .run(&["plan", OUTBOUND, "--format", "json"])
        .exits(2)
        .json();
    assert_eq!(document["version"], 1);
    assert_eq!(document["plan"], Value::Null);
    assert_eq!(document["hunt"]["name"], "rare-outbound-process");
    assert_eq!(document["diagnostics"][0]["code"], "E0302");
    assert_eq!(document["exit_code"], 2);
}

#[test]
fn a_hunt_may_say_its_language() {
    let repo = Repo::new("language");
    let path = OUTBOUND;
    let hunt = repo.read(path);
    let (first, rest) = hunt.split_once('\n').unwrap();
    let with = |language: &str| repo.write(path, format!("{first}\nlanguage: {language}\n{rest}"));
    with("1");
    let document = repo
        .run(&["plan", OUTBOUND, "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(document["hunt"]["language"], 1);
    with("2");
    repo.run(&["check", OUTBOUND])
        .exits(2)
        .says("error[E0122]: unknown language 2")
        .says(&format!("--> {path}:2:11\n"))
        .says("this version of huntc reads language 1");
    with("\"1\"");
    repo.run(&["check", OUTBOUND])
        .exits(2)
        .says("error[E0109]")
        .says("expected an integer");
}
