//! `huntc verify` as its user meets it: the matrix, wrong texts that are noticed, engines that are not there, the forms for machines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code
)] // clippy.toml frees test functions, not their helpers; of the repository for tests only a part is used

use crate::repo::{Ran, Repo, command, copy};
use crate::support::Kind;
use crate::support::databases::on_each_database;
use huntc::internals::driver::Project;
use huntc::internals::verify::{self, Options, engine, matrix};
use std::collections::BTreeMap;
use std::path::Path;

const TARGETS: &str = "targets:
  defender: { backend: kql, schema: defender, product: defender }
  elastic:  { backend: esql, schema: ecs, stack: \"9.3\", indices: [\"logs-*\"] }
  apexone:  { backend: kql, schema: apexone }
";
const HUNT: &str = "detections/rare-outbound-process";

fn repository(name: &str, targets: &str) -> Repo {
    Repo::one_hunt(&format!("verify-{name}"), HUNT, targets)
}

#[test]
fn the_matrix_of_a_hunt() {
    let repo = repository("matrix", TARGETS);
    let ran = repo.run(&["verify", "--events", "1200"]).exits(0);
    let (matrix, summary) = ran.out.trim_end().rsplit_once('\n').unwrap();
    insta::assert_snapshot!(matrix);
    assert!(
        summary.contains(" comparisons, 0 differences, "),
        "{summary}"
    );
    // The same events each time.
    let again = repo.run(&["verify", "--events", "1200"]);
    assert!(again.out.starts_with(matrix), "{}", again.out);
}

#[test]
fn forms_for_machines() {
    let repo = repository("forms", TARGETS);
    let json = repo
        .run(&["verify", "--events", "0", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(json["summary"]["differences"], 0);
    let verdicts = json["hunts"][0]["verdicts"].as_array().unwrap();
    let words: Vec<&str> = verdicts
        .iter()
        .map(|verdict| verdict["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(words, ["equal", "equal", "not for it"]);
    let ran = repo
        .run(&["verify", "--events", "0", "--format", "junit"])
        .exits(0);
    assert_eq!(ran.out.matches("<testcase ").count(), 3);
    assert_eq!(ran.out.matches("<skipped ").count(), 1);
    assert!(!ran.out.contains("broken"), "{}", ran.out);
    well_formed(&ran.out);
    // How strong the evidence is.
    let ran = repo
        .run(&[
            "verify",
            "--events",
            "1200",
            "--mutants",
            "--format",
            "junit",
        ])
        .exits(0)
        .says("<property name=\"conditions decided\" value=\"11\"/>")
        .says("<property name=\"broken texts noticed\"")
        .says("<system-out>broken on purpose: rare-outbound-process for ");
    assert_eq!(ran.out.matches("<system-out>").count(), 2);
    well_formed(&ran.out);
}

/// Every element is closed in its order.
fn well_formed(document: &str) {
    let mut open = Vec::new();
    for part in document.split('<').skip(1) {
        let (tag, _) = part.split_once('>').expect(part);
        let name = tag.trim_start_matches('/').split(' ').next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with(['/', '?']) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn an_engine_that_is_not_there_is_said() {
    let lake = "targets: { lake: { backend: duckdb, schema: ecs, table: network_events } }";
    let repo = repository("absent", lake);
    repo.run_without_engines(&["verify", "--events", "0"])
        .exits(0)
        .says("not run: duckdb: duckdb is not installed")
        .says("0 comparisons");
    repo.run_without_engines(&["verify", "--events", "0", "--require", "duckdb"])
        .exits(3)
        .says("error[E0660]");
    repo.run_without_engines(&["verify", "--engine", "duckbd"])
        .exits(3)
        .says("an engine with a similar name exists: `duckdb`");
}

/// Two hunts with few of their fixtures, for the repository's own targets; one dialect writes `a < b` for `a <= b`.
fn wrong(dialect: &str) -> (verify::Report, Vec<String>) {
    let repo = Repo::empty(&format!("verify-wrong-{dialect}"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Where a function of the platform is given the window, only the threshold shows the error.
    for (hunt, fixtures) in [
        (HUNT, &["window-edges", "devices-threshold"][..]),
        ("detections/rare-application-protocol", &["window-edges"]),
    ] {
        copy(&root.join(hunt), &repo.path(hunt));
        for name in fixtures {
            let file = format!("{hunt}/fixtures/{name}.yaml");
            repo.write(&file, std::fs::read_to_string(root.join(&file)).unwrap());
        }
    }
    let targets = std::fs::read_to_string(root.join("huntc.yaml")).unwrap();
    repo.write("huntc.yaml", &targets);
    let less = "{ pattern: '{{ left|at(\"add\") }} < {{ right|at(\"add\") }}', prec: compare }";
    // One of the hunts has no such comparison.
    let count = match dialect {
        "kql" => "count()",
        "esql" => "COUNT(*)",
        _ => "count(*)",
    };
    repo.write(
        &format!("templates/{dialect}/dialect.yaml"),
        format!(
            "extends: builtin\nreason: Wrong on purpose.\noperators:\n  less_or_equal: {less}\naggregates:\n  count: {{ pattern: '{count} + 1' }}\n"
        ),
    );
    let mut project = Project::open(Some(&repo.path("huntc.yaml"))).unwrap();
    let mut targets = project.targets(&[]).unwrap();
    // The hunts are over network sessions, which not every platform has.
    targets.retain(|target| {
        target.target.dialect.name == dialect && target.reads.contains_key("network_session")
    });
    let names = targets.iter().map(|target| target.name.value.clone());
    let names: Vec<String> = names.collect();
    let found = project.hunts(&[repo.path("detections")]);
    let analyses = project.analyse(&found.paths);
    let options = Options {
        engines: Vec::new(),
        events: 0,
        seed: 1,
        mutants: false,
    };
    // Engines are installed beside the project itself.
    let mut engines = engine::all(root);
    let report = verify::verify(&mut project, &analyses, &targets, &mut engines, &options);
    println!("{}", matrix::details(&report, project.files()));
    (report, names)
}

/// For every target that the dialect speaks for, a difference is reported with few rows and the step it begins at.
fn noticed(dialect: &str) {
    let (report, targets) = wrong(dialect);
    if let Some((engine, why)) = matrix::absent(&report).first() {
        let ci = std::env::var("CI").is_ok_and(|value| value == "true" || value == "1");
        assert!(!ci, "{engine}: {why}");
        eprintln!("skipped: {why}");
        return;
    }
    assert!(targets.len() >= 2, "{targets:?}");
    for target in &targets {
        let own = report
            .verdicts()
            .filter(|verdict| verdict.target == *target);
        let differences: Vec<_> = own.flat_map(|verdict| &verdict.differences).collect();
        assert!(!differences.is_empty(), "{target}");
        let least = differences[0].least.as_ref().unwrap();
        assert!(least.count <= 4, "{target}: {}", least.rows);
        assert!(least.step.is_some(), "{target}");
    }
}

#[test]
fn wrong_kql_is_noticed() {
    noticed("kql");
}

#[test]
fn wrong_esql_is_noticed() {
    noticed("esql");
}

fn wrong_is_noticed(kind: Kind) {
    noticed(kind.name());
}

on_each_database!(wrong_is_noticed);

/// One of the fixtures needs a field that ECS lacks; the others are compared all the same.
#[test]
fn a_case_that_does_not_fit_leaves_the_others() {
    let targets = "targets: { elastic: { backend: esql, schema: ecs, indices: [\"logs-*\"] } }";
    let repo = Repo::one_hunt("verify-unfit", "detections/port-use-anomaly", targets);
    let json = repo
        .run_without_engines(&["verify", "--events", "0", "--format", "json"])
        .exits(0)
        .json();
    let verdict = &json["hunts"][0]["verdicts"][0];
    assert_eq!(verdict["verdict"], "equal");
    assert!(
        verdict["comparisons"].as_u64().unwrap() >= 10,
        "{verdict:#}"
    );
}

/// A condition that only rows of a schema decide is decided: `optional` parts that the schema lacks do not shift the others.
#[test]
fn rows_of_a_schema_decide_conditions_too() {
    let repo = repository("native", TARGETS);
    let fixtures = repo.path(HUNT).join("fixtures");
    std::fs::remove_dir_all(&fixtures).unwrap();
    let undecided = |repo: &Repo| {
        let ran = repo.run(&[
            "verify", "--events", "1", "--engine", "kql", "--format", "json",
        ]);
        let json = ran.json();
        let all = json["diagnostics"].as_array().unwrap().clone();
        let codes = all.iter().filter(|one| one["code"] == "N0601");
        (ran.code, codes.count())
    };
    let (_, without) = undecided(&repo);
    let row = |program: &str, port: u16| {
        format!(
            "{{\"@timestamp\":\"2026-03-20T10:00:00Z\",\"event.category\":[\"network\"],\"network.direction\":\"egress\",\"event.outcome\":\"success\",\
             \"network.transport\":\"tcp\",\"destination.ip\":\"8.8.8.8\",\"destination.port\":{port},\"host.id\":\"d1\",\"process.name\":\"{program}\"}}\n"
        )
    };
    repo.write(
        &format!("{HUNT}/fixtures/rows.ndjson"),
        row("tool.exe", 4444) + &row("tool.exe", 443) + &row("chrome.exe", 4444),
    );
    repo.write(
        &format!("{HUNT}/fixtures/rows.yaml"),
        "about: x\nnow: 2026-03-31T00:00:00Z\ndata: rows.ndjson\nas: ecs\nexpect_some: [{ program: tool.exe }]\n",
    );
    let (code, with) = undecided(&repo);
    assert_eq!(code, 0);
    assert!(with < without, "{with} of {without}");
}

/// The hunts of this repository, of every class, with their fixtures and a few made events; an engine that is not there fails in CI.
fn every_hunt_agrees(kind: Kind) {
    agrees(kind.name());
}

on_each_database!(every_hunt_agrees);

#[test]
fn every_hunt_agrees_in_the_interpreters() {
    agrees("kql");
    agrees("esql");
}

/// The first hunt of each class by name, of those over network sessions none: they are run elsewhere.
fn one_of_each_class(root: &Path) -> Vec<String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for entry in std::fs::read_dir(root.join("detections")).unwrap() {
        let folder = entry.unwrap().file_name().into_string().unwrap();
        let path = root.join("detections").join(&folder).join("hunt.yaml");
        let text = std::fs::read_to_string(path).unwrap();
        let class = text
            .lines()
            .find_map(|line| line.trim_start().strip_prefix("from "));
        let class = class.unwrap().split_whitespace().next().unwrap().to_owned();
        let first = found.entry(class).or_insert_with(|| folder.clone());
        *first = first.clone().min(folder);
    }
    found.remove("network_session");
    assert!(found.len() >= 23, "{found:?}");
    found
        .into_values()
        .map(|folder| format!("detections/{folder}"))
        .collect()
}

fn agrees(engine: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let hunts = one_of_each_class(root);
    let mut arguments = vec!["verify", "--engine", engine, "--events"];
    match engine {
        // A query of Spark takes a second: one hunt of each class, of which those over network sessions are run elsewhere.
        "spark" => {
            arguments.push("0");
            arguments.extend(hunts.iter().map(String::as_str));
        }
        _ => arguments.push("20"),
    }
    let ran = Ran::of(&mut command(root, &arguments));
    let ci = std::env::var("CI").is_ok_and(|value| value == "true" || value == "1");
    if ran.out.contains(&format!("not run: {engine}")) {
        assert!(!ci, "{}", ran.out);
        eprintln!("skipped: {engine} is not installed");
        return;
    }
    let ran = ran.exits(0);
    assert!(
        ran.out.contains(" comparisons, 0 differences, "),
        "{}",
        ran.out
    );
    // Two empty answers are equal whatever the text says.
    assert!(!ran.out.contains("no rows"), "{}", ran.out);
}
