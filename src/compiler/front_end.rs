//! The entry point for rules of other languages.
//!
//! In: a foreign text and its [`FrontEnd`]. Out: [`Imported`]: the hunt's text, what was lost, and the analysis of that text. Guarantee: the text is read
//! like any other hunt, so that nothing of it escapes the checks; what a front end cannot say in a hunt is reported at its place in the foreign text.

use super::{Analysis, Compiler, Diagnostics};
use crate::diag::{Code, Diagnostic, Severity};
use crate::source::{FileId, Source, Span};
use std::ops::Range;

/// Translates rules of another language.
pub trait FrontEnd {
    /// The language's name, for people.
    fn name(&self) -> &str;

    /// Turns a foreign text into a hunt's text, and reports what was lost. A loss with the severity of an error keeps the rule from becoming a hunt.
    fn translate(&self, foreign: &Foreign<'_>) -> Translation;
}

/// A foreign text, with its places.
#[derive(Clone, Copy, Debug)]
pub struct Foreign<'a> {
    /// The text.
    pub text: &'a str,
    file: FileId,
}

impl Foreign<'_> {
    /// The place of a range of bytes, for diagnostics.
    #[must_use]
    pub fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }
}

/// What a front end makes of a text.
#[derive(Clone, Debug, Default)]
pub struct Translation {
    /// The text of a `hunt.yaml`; none where an error keeps the rule from becoming a hunt.
    pub hunt: Option<String>,
    /// What the hunt does not say, at its place in the foreign text.
    pub lost: Vec<Diagnostic>,
}

/// A rule that became a hunt.
#[derive(Debug)]
pub struct Imported {
    /// The text of the hunt.
    pub text: String,
    /// What was lost, at its place in the foreign text.
    pub lost: Vec<Diagnostic>,
    /// The hunt; places are those of its own text.
    pub analysis: Analysis,
}

pub(super) fn import(
    compiler: &mut Compiler,
    front_end: &dyn FrontEnd,
    source: &Source,
) -> Result<Imported, Diagnostics> {
    let file = source
        .open(&mut compiler.files)
        .map_err(|fault| vec![fault])?;
    let text = compiler.files.text(file);
    let Translation { hunt, lost } = front_end.translate(&Foreign { text, file });
    let is_error = |found: &Diagnostic| found.severity == Severity::Error;
    let Some(text) = hunt.filter(|_| !lost.iter().any(is_error)) else {
        if lost.iter().any(is_error) {
            return Err(Diagnostics(lost));
        }
        let name = front_end.name();
        let title = format!(
            "{}: no hunt came of this {name} rule",
            source.path().display()
        );
        return Err(Diagnostics(vec![Diagnostic::new(Code::E0101, title)]));
    };
    let analysis = compiler.analyse(&Source::memory(
        source.path().with_extension("hunt.yaml"),
        text.clone(),
    ));
    Ok(Imported {
        text,
        lost,
        analysis,
    })
}
