//! Findings of a whole run, and what they mean for the exit code.
//!
//! In: findings of every file. Out: text on standard error, or one JSON document on standard output. Guarantee: findings come in the order of files and
//! places, each once for all targets it is about; a note is one line, and notes that are not shown are counted; the exit code is that of the worst.

use super::terminal::{self, count};
use super::{BROKEN, CLEAN, FINDINGS, Form, USAGE};
use crate::diag::{Code, Diagnostic, Fix, Label, Severity, render};
use crate::source::Files;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

/// Bytes that are written at once.
const AT_ONCE: usize = 1 << 16;

/// Collects findings.
pub(super) struct Report {
    form: Form,
    shown: Vec<Diagnostic>,
    /// What has been added, so that nothing is added twice.
    known: HashSet<Diagnostic>,
    /// Whether usage or configuration is wrong.
    misused: bool,
    /// Whether files or results differ.
    differs: bool,
    /// Notes that are only counted, unless a program reads.
    hidden: Vec<Diagnostic>,
    /// Warnings that leave the exit code as it is.
    advice: Vec<Diagnostic>,
}

/// What a subcommand prints beside its findings.
#[derive(Default)]
pub(super) struct Page {
    /// For people, on standard output.
    pub(super) text: String,
    /// Whether that text is a document for a program rather than for people.
    pub(super) is_document: bool,
    /// A last line for people.
    pub(super) summary: String,
    /// Whether the last line goes to standard error, as standard output is for a program.
    pub(super) summary_aside: bool,
    /// Members of the JSON document.
    pub(super) json: Map<String, Value>,
}

impl Report {
    pub(super) fn new(form: Form) -> Self {
        Report {
            form,
            shown: Vec::new(),
            known: HashSet::new(),
            misused: false,
            differs: false,
            hidden: Vec::new(),
            advice: Vec::new(),
        }
    }

    /// Adds warnings that leave the exit code as it is.
    pub(super) fn advise(&mut self, findings: impl IntoIterator<Item = Diagnostic>) {
        self.advice.extend(findings);
    }

    /// Adds findings; what was added before is not added again.
    pub(super) fn add(&mut self, findings: impl IntoIterator<Item = Diagnostic>) {
        for finding in findings {
            if self.known.insert(finding.clone()) {
                self.shown.push(finding);
            }
        }
    }

    /// Adds findings of which the notes are only counted.
    pub(super) fn add_quietly(&mut self, findings: impl IntoIterator<Item = Diagnostic>) {
        for finding in findings {
            if self.form == Form::Json || finding.severity != Severity::Note {
                self.add([finding]);
            } else if self.known.insert(finding.clone()) {
                self.hidden.push(finding);
            }
        }
    }

    /// Adds usage or configuration errors.
    pub(super) fn configuration(&mut self, faults: impl IntoIterator<Item = Diagnostic>) {
        let before = self.shown.len();
        self.add(faults);
        self.misused |= self.shown.len() > before;
    }

    /// Reports that files or results differ.
    pub(super) fn differ(&mut self) {
        self.differs = true;
    }

    /// Findings of a severity, those about several targets counted once.
    pub(super) fn count(&self, severity: Severity) -> usize {
        let number = |findings: &[Diagnostic]| {
            let of_it = findings.iter().filter(|f| f.severity == severity);
            of_it.map(Bare).collect::<HashSet<_>>().len()
        };
        number(&self.shown) + number(&self.hidden)
    }

    /// `2 errors, 1 warning, 12 notes`; nothing when there is none.
    pub(super) fn counts(&self) -> String {
        let kinds = [
            (Severity::Error, "error"),
            (Severity::Warning, "warning"),
            (Severity::Note, "note"),
        ];
        let told: Vec<String> = kinds
            .iter()
            .map(|(severity, word)| (self.count(*severity), word))
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| count(number, word))
            .collect();
        let mut text = told.join(", ");
        if !self.hidden.is_empty() {
            text.push_str(" (--notes shows them)");
        }
        text
    }

    /// Prints everything and returns the exit code.
    pub(super) fn finish(mut self, files: &Files, page: Page) -> u8 {
        let code = self.code();
        let advice = std::mem::take(&mut self.advice);
        self.add(advice);
        self.shown.sort_by_key(|finding| {
            let place = finding.primary.as_ref().map(|label| label.span);
            (place.map(|span| span.file), finding.severity, place)
        });
        match self.form {
            Form::Human => self.print(files, &page),
            Form::Json => {
                let all: Vec<Value> = self
                    .shown
                    .iter()
                    .map(|finding| render::to_json(finding, files))
                    .collect();
                let mut document = Map::new();
                document.insert("diagnostics".to_owned(), Value::Array(all));
                document.extend(page.json);
                document.insert("exit_code".to_owned(), json!(code));
                terminal::json(&format!("{:#}", Value::Object(document)));
            }
        }
        code
    }

    fn print(&self, files: &Files, page: &Page) {
        let style = terminal::style();
        let merged = merged(&self.shown);
        let (notes, rest): (Vec<_>, Vec<_>) = merged
            .iter()
            .partition(|finding| finding.severity == Severity::Note);
        // One write for many: a finding for each entry of a long list is a lot of them.
        let mut text = String::new();
        for finding in rest {
            text.push_str(&render::render(finding, files, style));
            text.push_str("\n\n");
            if text.len() >= AT_ONCE {
                terminal::err_exact(&text);
                text.clear();
            }
        }
        terminal::err_exact(&text);
        for note in notes {
            terminal::err(&line(note, files));
        }
        match page.is_document {
            true => terminal::exact(&page.text),
            false => terminal::out(&page.text),
        }
        if page.summary_aside {
            terminal::err(&page.summary);
        } else {
            terminal::out(&page.summary);
        }
    }

    fn code(&self) -> u8 {
        if self.misused {
            USAGE
        } else if self.shown.iter().any(is_broken) {
            BROKEN
        } else if self.differs
            || self.count(Severity::Error) > 0
            || self.count(Severity::Warning) > 0
        {
            FINDINGS
        } else {
            CLEAN
        }
    }
}

/// Whether a finding keeps something from being compiled or run; a fixture that does not hold is a difference.
fn is_broken(finding: &Diagnostic) -> bool {
    finding.severity == Severity::Error && finding.code != Code::E0684
}

/// A finding on one line: place, code, title.
fn line(finding: &Diagnostic, files: &Files) -> String {
    let mut text = String::new();
    if let Some(label) = &finding.primary {
        let at = files.position(label.span);
        let path = files.path(label.span.file).display();
        text = format!("{path}:{}:{}: ", at.line, at.column);
    }
    text = format!("{text}note[{}]: {}", finding.code, finding.title);
    if let Some(target) = &finding.target {
        text = format!("{text}; for {target}");
    }
    text
}

/// A finding, whatever its target.
#[derive(Clone, Copy)]
struct Bare<'a>(&'a Diagnostic);

/// The members of a finding but its target.
type Members<'a> = (
    Code,
    Severity,
    &'a str,
    &'a Option<Label>,
    &'a [Label],
    &'a [String],
    &'a Option<Fix>,
);

impl<'a> Bare<'a> {
    fn members(self) -> Members<'a> {
        let Diagnostic {
            code,
            severity,
            title,
            primary,
            secondary,
            help,
            fix,
            target: _,
        } = self.0;
        (*code, *severity, title, primary, secondary, help, fix)
    }
}

impl PartialEq for Bare<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.members() == other.members()
    }
}

impl Eq for Bare<'_> {}

impl Hash for Bare<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.members().hash(state);
    }
}

/// Findings that differ in their target only, as one.
fn merged(findings: &[Diagnostic]) -> Vec<Cow<'_, Diagnostic>> {
    let mut merged: Vec<(&Diagnostic, Vec<&str>)> = Vec::new();
    let mut places: HashMap<Bare<'_>, usize> = HashMap::new();
    for finding in findings {
        let target = finding.target.as_deref();
        let at = *places.entry(Bare(finding)).or_insert(merged.len());
        match merged.get_mut(at) {
            Some((_, targets)) => targets.extend(target),
            None => merged.push((finding, target.into_iter().collect())),
        }
    }
    let merged = merged.into_iter();
    merged
        .map(|(finding, targets)| match targets.as_slice() {
            [] => Cow::Borrowed(finding),
            targets => Cow::Owned(Diagnostic {
                target: Some(targets.join(", ")),
                ..finding.clone()
            }),
        })
        .collect()
}
