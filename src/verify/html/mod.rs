//! The report as one page for a browser.
//!
//! In: a report, the files it speaks of, how the run was asked for. Out: one HTML document. Guarantee: it needs nothing beside itself, no network and no other
//! file; every text of an author is escaped wherever it is, and characters that would hide or turn what is read are written out; without its script it
//! holds the same.

mod difference;
mod hunt;
mod matrix;
mod mutants;
mod overview;
mod source;

use super::{Options, Report};
use crate::diag::{Diagnostic, Severity};
use crate::source::{Files, Span};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context, escape_formatter};
use serde::Serialize;

const TEMPLATE: &str = include_str!("page.html.j2");
const STYLE: &str = include_str!("page.css");
/// A change of it changes its hash in the page's policy: `openssl dgst -sha256 -binary src/verify/html/page.js | base64`.
const SCRIPT: &str = include_str!("page.js");

/// What is known of a run beside its report.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// When it began, for people; nothing where the page is to be the same each time.
    pub began: Option<String>,
    /// What was wrong with hunts that are not in the report, and with the configuration.
    pub faults: Vec<Diagnostic>,
    /// What lints say, each with the name of its hunt.
    pub lints: Vec<(String, Diagnostic)>,
}

/// Writes the page.
///
/// # Errors
/// The template is faulty, which tests exclude.
pub fn page(
    report: &Report,
    files: &Files,
    options: &Options,
    run: &Run,
) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => {
            escape_formatter(out, state, &Value::from(written_out(text)))
        }
        _ => escape_formatter(out, state, value),
    });
    environment.add_template("page", TEMPLATE)?;
    let hunts = report.hunts.iter().enumerate();
    let hunts: Vec<hunt::Section> = hunts
        .map(|(at, own)| hunt::section(at, own, files, options, run))
        .collect();
    let faults: Vec<Finding> = run.faults.iter().map(|one| finding(one, files)).collect();
    let mut page = environment.get_template("page")?.render(context! {
        style => Value::from_safe_string(STYLE.to_owned()),
        script => Value::from_safe_string(SCRIPT.to_owned()),
        version => env!("CARGO_PKG_VERSION"),
        began => run.began.clone(),
        overview => Value::from(Serde(overview::overview(report, options, faults.len()))),
        matrix => Value::from(Serde(matrix::matrix(report))),
        hunts => Value::from(Serde(&hunts)),
        faults => Value::from(Serde(&faults)),
    })?;
    page.push('\n');
    Ok(page)
}

/// A finding for people.
#[derive(Debug, Serialize)]
struct Finding {
    severity: &'static str,
    code: &'static str,
    title: String,
    place: String,
    help: Vec<String>,
}

fn finding(of: &Diagnostic, files: &Files) -> Finding {
    Finding {
        severity: match of.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        code: of.code.as_str(),
        title: of.title.clone(),
        place: (of.primary.as_ref()).map_or_else(String::new, |label| place(label.span, files)),
        help: of.help.clone(),
    }
}

/// `path:line:column`.
fn place(span: Span, files: &Files) -> String {
    let at = files.position(span);
    format!(
        "{}:{}:{}",
        files.path(span.file).display(),
        at.line,
        at.column
    )
}

/// The text with controls as U+FFFD, and what turns the direction of reading as its number: nobody reads another text than the one that is there.
fn written_out(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\t' => shown.push(letter),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.push_str(&format!("[U+{:04X}]", u32::from(letter)));
            }
            letter if letter.is_control() => shown.push('\u{fffd}'),
            letter => shown.push(letter),
        }
    }
    shown
}

/// `1 hunt`, `2 hunts`, `2 cells of the matrix`.
fn count(number: usize, word: &str) -> String {
    let (first, rest) = word.split_once(' ').unwrap_or((word, ""));
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {first}{ending} {rest}")
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_the_reading_is_written_out() {
        assert_eq!(written_out("a\u{202e}b\u{0}c\td"), "a[U+202E]b\u{fffd}c\td");
    }

    #[test]
    fn nothing_that_ran_is_never_an_agreement() {
        let options = Options {
            engines: Vec::new(),
            events: 0,
            seed: 1,
            mutants: false,
        };
        let empty = page(
            &Report::default(),
            &Files::default(),
            &options,
            &Run::default(),
        );
        let text = empty.unwrap_or_default();
        assert!(text.contains("Nothing was compared"), "{text}");
    }
}
