//! Every hunt and its texts, in snapshots made for reading: the hunt's query first, then each text once, with the targets of `huntc.yaml` it is for.
//!
//! A change of a hunt, a schema or a template shows here as a difference of texts, beside the query that they must still mean.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

use huntc::internals::compiler::Analysis;
use huntc::internals::driver::{Outcome, Project};
use huntc::internals::source::Files;
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The project as the program opens it, and its hunts.
fn project() -> (Project, Vec<Analysis>) {
    let opened = Project::open(Some(&root().join("huntc.yaml")));
    let mut project = opened
        .map_err(|(_, faults)| faults)
        .expect("the program's data load");
    assert!(project.faults.is_empty(), "{:?}", project.faults);
    let found = project.hunts(&[root().join("detections")]);
    assert!(found.faults.is_empty(), "{:?}", found.faults);
    let paths: Vec<PathBuf> = found.paths;
    let analyses = project.analyse(&paths);
    (project, analyses)
}

/// The query as written in the hunt's file, without its indentation.
fn query(files: &Files, analysis: &Analysis) -> String {
    let meaning = analysis.meaning.as_ref().expect("the hunt is right");
    let slice = files.slice(meaning.hunt.query);
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let least = slice
        .lines()
        .skip(1)
        .filter(|line| !line.trim().is_empty())
        .map(|line| indent(&line))
        .min();
    let lines = slice.lines().map(|line| {
        line.get(least.unwrap_or(0).min(indent(&line))..)
            .unwrap_or("")
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[test]
fn hunts_and_their_texts() {
    let (project, analyses) = project();
    let targets = project.targets(&[]).expect("huntc.yaml names targets");
    assert!(targets.len() >= 10, "only {} targets", targets.len());
    assert!(analyses.len() >= 4, "only {} hunts", analyses.len());
    for analysis in &analyses {
        let meaning = analysis
            .meaning
            .as_ref()
            .unwrap_or_else(|| panic!("{}: {:?}", analysis.slug, analysis.diagnostics));
        let mut texts: Vec<(String, Vec<&str>)> = Vec::new();
        let mut unfit = String::new();
        for target in &targets {
            let name = target.name.value.as_str();
            match project.outcome(analysis, meaning, target, false) {
                Outcome::Text(query) => {
                    match texts.iter_mut().find(|(text, _)| *text == query.text) {
                        Some((_, names)) => names.push(name),
                        None => texts.push((query.text, vec![name])),
                    }
                }
                Outcome::Unfit(note) => {
                    let _ = writeln!(unfit, "{name}: {}", note.title);
                }
                Outcome::OtherClass(_) => {}
                Outcome::Broken(errors) => panic!("{} for {name}: {errors:#?}", analysis.slug),
            }
        }
        assert!(!texts.is_empty(), "{} has no text", analysis.slug);
        let mut shown = format!("{}\n", query(project.files(), analysis));
        for (text, names) in &texts {
            let _ = write!(shown, "\n######## {}\n\n{text}", names.join(", "));
        }
        if !unfit.is_empty() {
            let _ = write!(shown, "\n######## no text\n\n{unfit}");
        }
        insta::with_settings!({ snapshot_suffix => analysis.slug.clone(), omit_expression => true, prepend_module_to_snapshot => true }, {
            insta::assert_snapshot!("emit", shown);
        });
    }
}
