//! The section of one hunt.
//!
//! In: what was found of it. Out: its query with each condition marked, findings, counterexamples, broken texts, and its text in every language. Guarantee: a
//! condition is shown as decided only if events decided it both ways; where no events were made that is said, not left to be taken for success.

use super::difference::{Counterexample, counterexample};
use super::mutants::{Broken, broken};
use super::source::{Line, Mark, lines};
use super::{Finding, Run, finding};
use crate::diag::Code;
use crate::source::Files;
use crate::verify::matrix::word;
use crate::verify::{HuntReport, Options};
use serde::Serialize;

/// The section.
#[derive(Debug, Serialize)]
pub(super) struct Section {
    number: usize,
    slug: String,
    name: String,
    /// In paragraphs.
    description: Vec<String>,
    file: String,
    /// `equal`, `differs` or `absent`.
    state: &'static str,
    fixtures: usize,
    generated: usize,
    measured: bool,
    covered: usize,
    conditions: usize,
    /// What was never seen of conditions, by their numbers.
    lacks: Vec<Lack>,
    query: Vec<Line>,
    findings: Vec<Finding>,
    counterexamples: Vec<Counterexample>,
    broken: Vec<Broken>,
    survivors: usize,
    texts: Vec<Text>,
}

#[derive(Debug, Serialize)]
struct Lack {
    number: usize,
    line: usize,
    condition: String,
    lack: &'static str,
}

/// A text that can be looked at.
#[derive(Debug, Serialize)]
struct Text {
    name: String,
    group: String,
    lines: Vec<TextLine>,
    /// Why there is none.
    why: Option<String>,
}

#[derive(Debug, Serialize)]
struct TextLine {
    text: String,
    comment: bool,
}

pub(super) fn section(
    at: usize,
    hunt: &HuntReport,
    files: &Files,
    options: &Options,
    run: &Run,
) -> Section {
    let (marks, lacks) = marked(hunt, files);
    let differences = hunt.cells.iter().flat_map(|verdict| {
        let own = verdict.differences.iter();
        own.map(|difference| counterexample(verdict, difference, files))
    });
    let broken: Vec<Broken> = hunt.cells.iter().filter_map(broken).collect();
    let survivors = hunt.cells.iter().filter_map(|one| one.mutants.as_ref());
    let survivors = survivors.map(|mutants| mutants.survivors.len()).sum();
    // What no event decides is reported beside the query.
    let findings = hunt.findings.iter().filter(|one| one.code != Code::N0601);
    let lints = run.lints.iter().filter(|(slug, _)| *slug == hunt.slug);
    let findings = findings.chain(lints.map(|(_, lint)| lint));
    let any = |wanted: &str| hunt.cells.iter().any(|verdict| word(verdict) == wanted);
    Section {
        number: at + 1,
        slug: hunt.slug.clone(),
        name: hunt.texts.name.clone(),
        description: paragraphs(&hunt.texts.description),
        file: files.path(hunt.texts.query.file).display().to_string(),
        state: match (any("differs"), any("equal")) {
            (true, _) => "differs",
            (false, true) => "equal",
            (false, false) => "absent",
        },
        fixtures: hunt.fixtures,
        generated: hunt.generated,
        measured: options.events > 0 && hunt.generated > 0,
        covered: hunt.coverage.covered(),
        conditions: hunt.coverage.conditions.len(),
        lacks,
        query: lines(hunt.texts.query, &marks, files),
        findings: findings.map(|one| finding(one, files)).collect(),
        counterexamples: differences.collect(),
        broken,
        survivors,
        texts: texts(hunt, files),
    }
}

/// What is between empty lines.
fn paragraphs(text: &str) -> Vec<String> {
    let parts = text.split("\n\n").map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

/// The conditions as marks, and what is lacking of them.
fn marked(hunt: &HuntReport, files: &Files) -> (Vec<Mark>, Vec<Lack>) {
    let (mut marks, mut lacks) = (Vec::new(), Vec::new());
    for condition in &hunt.coverage.conditions {
        let decided = condition.is_covered();
        if !decided {
            lacks.push(Lack {
                number: lacks.len() + 1,
                line: files.position(condition.span).line,
                condition: files.slice(condition.span).to_owned(),
                lack: condition.lack(),
            });
        }
        marks.push(Mark {
            span: condition.span,
            kind: if decided { "decided" } else { "lacking" },
            note: if decided {
                "decided both ways".to_owned()
            } else {
                condition.lack().to_owned()
            },
            remark: (!decided).then_some(lacks.len()),
        });
    }
    // Of two at one place the one that lacks something is seen.
    marks.sort_by_key(|mark| mark.remark.is_some());
    (marks, lacks)
}

/// The hunt and its texts.
fn texts(hunt: &HuntReport, files: &Files) -> Vec<Text> {
    let query = hunt.texts.query;
    let own = |name: &str, text: &str| Text {
        name: name.to_owned(),
        group: "neutral hunt".to_owned(),
        lines: coloured(text, &["#"]),
        why: None,
    };
    let neutral = lines(query, &[], files);
    let neutral: Vec<String> = neutral.iter().map(Line::text).collect();
    let mut texts = vec![
        own("query", &neutral.join("\n")),
        own("hunt.yaml, the whole file", files.text(query.file)),
    ];
    for target in &hunt.texts.targets {
        let (lines, why) = match &target.text {
            Ok(text) => (coloured(text, &["//", "--"]), None),
            Err(why) => (Vec::new(), Some(why.clone())),
        };
        texts.push(Text {
            name: target.target.clone(),
            group: target.language.clone(),
            lines,
            why,
        });
    }
    texts
}

fn coloured(text: &str, comments: &[&str]) -> Vec<TextLine> {
    let line = |line: &str| TextLine {
        text: line.to_owned(),
        comment: comments
            .iter()
            .any(|sign| line.trim_start().starts_with(sign)),
    };
    text.trim_end().lines().map(line).collect()
}
