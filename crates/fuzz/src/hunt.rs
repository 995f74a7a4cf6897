//! Hunts: the envelope and the query, through every stage up to the texts.
//!
//! In: the bytes of a `hunt.yaml`, or of a query in a sound one. Out: nothing. Guarantee: a hunt without errors has a text or a refusal on each target, and its
//! query, printed, is read as the same tree.

use huntc::internals::diag::Diagnostic;
use huntc::internals::diag::render::{Style, render_all, to_json};
use huntc::internals::driver::{Outcome, Project};
use huntc::internals::source::Files;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

const CONFIGURATION: &str = r#"targets:
  sentinel: { backend: kql, schema: asim }
  elastic: { backend: esql, schema: ecs, stack: "9.3", indices: ["logs-endpoint.events.network-*"] }
  duckdb: { backend: duckdb, schema: ecs, table: network_events }
  postgres: { backend: postgres, schema: asim, table: sessions }
  spark: { backend: spark, schema: ecs, table: network_events }
  clickhouse: { backend: clickhouse, schema: defender, table: security.events }
"#;

const ENVELOPE: &str = "hunt: fuzzed
id: 7c0e5f5e-4f0a-4c6e-9d5b-0a1b2c3d4e5f
version: 1.0.0
name: Fuzzed
description: A query that nobody wrote.
severity: low
author: A. Nonymous
attack: [T1571]
params:
  lookback: { type: duration, default: 1d }
  most: { type: int, default: 3 }
  host: { type: string, default: web }
lists:
  networks: { type: cidr, values: [100.64.0.0/16, \"2001:db8::/32\"] }
  browsers: { type: string, values: [msedge.exe, chrome.exe] }
  ports: { type: int, values: [22, 3389] }
query: |
";

thread_local! {
    static REPOSITORY: RefCell<Repository> = RefCell::new(Repository::new());
}

struct Repository {
    project: Project,
    file: PathBuf,
}

impl Repository {
    fn new() -> Repository {
        let name = format!(
            "huntc-fuzz-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        );
        let root = std::env::temp_dir().join(name);
        let folder = root.join("detections/fuzzed");
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        let configuration = root.join("huntc.yaml");
        std::fs::write(&configuration, CONFIGURATION).expect("the temporary folder can be written");
        let project = Project::open(Some(&configuration))
            .unwrap_or_else(|(files, faults)| panic!("{}", text(&faults, &files)));
        assert!(
            project.faults.is_empty(),
            "{}",
            text(&project.faults, project.files())
        );
        Repository {
            project,
            file: folder.join("hunt.yaml"),
        }
    }

    /// Takes a hunt as far as it goes; whether it had no errors.
    fn compile(&mut self, bytes: &[u8]) {
        std::fs::write(&self.file, bytes).expect("the temporary folder can be written");
        let read = self.project.files().clone();
        let analyses = self.project.analyse(std::slice::from_ref(&self.file));
        for analysis in &analyses {
            text(&analysis.diagnostics, self.project.files());
            let Some(meaning) = &analysis.meaning else {
                let is_told = !analysis.diagnostics.is_empty();
                assert!(is_told, "a hunt is refused without a finding");
                continue;
            };
            self.printed(meaning);
            for target in self.project.targets(&[]).expect("all targets") {
                match self.project.outcome(analysis, meaning, &target, true) {
                    Outcome::Text(query) => {
                        assert!(!query.text.is_empty());
                        text(&query.notes, self.project.files());
                    }
                    Outcome::Unfit(finding) => {
                        text(&[finding], self.project.files());
                    }
                    Outcome::OtherClass(reason) => assert!(!reason.is_empty()),
                    Outcome::Broken(findings) => {
                        assert!(!findings.is_empty(), "a hunt is refused without a finding");
                        text(&findings, self.project.files());
                    }
                }
            }
        }
        self.project.compiler.files = read;
    }

    /// What is printed of a tree is read as that tree: printing it again gives the same text.
    fn printed(&mut self, meaning: &huntc::internals::compiler::Meaning) {
        let once = huntc::internals::syntax::print::query(&meaning.query);
        let file = self
            .project
            .compiler
            .files
            .add(Path::new("printed"), once.clone());
        let whole = huntc::internals::source::Span::new(file, 0, once.len());
        match huntc::internals::syntax::parse(self.project.files(), whole) {
            Ok(read) => assert_eq!(once, huntc::internals::syntax::print::query(&read)),
            Err(faults) => panic!(
                "a printed query is not read:\n{once}\n{}",
                text(&faults, self.project.files())
            ),
        }
    }
}

/// Findings as they are shown; both forms must be able to show anything.
pub(crate) fn text(findings: &[Diagnostic], files: &Files) -> String {
    for finding in findings {
        let _json = to_json(finding, files);
    }
    render_all(findings, files, Style::Plain)
}

/// A hunt file.
pub fn envelope(bytes: &[u8]) {
    REPOSITORY.with_borrow_mut(|repository| repository.compile(bytes));
}

/// The query of a hunt whose envelope is sound.
pub fn query(bytes: &[u8]) {
    let Ok(query) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut hunt = ENVELOPE.to_owned();
    for line in query.split_inclusive('\n') {
        hunt.push_str("  ");
        hunt.push_str(line);
    }
    hunt.push('\n');
    REPOSITORY.with_borrow_mut(|repository| repository.compile(hunt.as_bytes()));
}
