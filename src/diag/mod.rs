//! Errors, warnings and notes for people.
//!
//! In: every stage reports what it finds as a [`Diagnostic`], which is data. Out: `render` alone turns them into text or JSON.
//! Guarantee: each has a stable code with an explain page; what blames the author has a place in a file.

mod codes;
mod printable;
pub(crate) mod render;
pub(crate) mod suggest;

pub use codes::Code;
pub(crate) use printable::{printable, steers};

use crate::source::Span;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The hunt does not compile (for this target, when `target` is set).
    Error,
    /// It compiles, and something is probably not what the author means (a lint).
    Warning,
    /// It compiles; what a platform cannot say exactly or what was left out, for the reader to know.
    Note,
}

/// A place with a few words under its underline.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is said under it; may be empty.
    pub text: String,
}

/// A change of the text that would mend the finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fix {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub replacement: String,
    /// Why, in a few words: `a field with a similar name exists`.
    pub title: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// The stable code.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// The one line to show if only one may be shown.
    pub title: String,
    /// Where.
    pub primary: Option<Label>,
    /// Other places that explain it.
    pub secondary: Vec<Label>,
    /// What was expected, what is available, what would help; each a sentence.
    pub help: Vec<String>,
    /// A concrete edit.
    pub fix: Option<Fix>,
    /// The target it is about, when it is about one only.
    pub target: Option<String>,
}

impl Diagnostic {
    /// A finding with the severity of its code, at a place.
    #[must_use]
    pub fn at(code: Code, span: Span, title: impl Into<String>) -> Self {
        Diagnostic {
            primary: Some(Label {
                span,
                text: String::new(),
            }),
            ..Diagnostic::new(code, title)
        }
    }

    /// A finding without a place: about the command line, a directory, the environment.
    #[must_use]
    pub fn new(code: Code, title: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: code.severity(),
            title: title.into(),
            primary: None,
            secondary: Vec::new(),
            help: Vec::new(),
            fix: None,
            target: None,
        }
    }

    /// Words under the underline of the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(primary) = &mut self.primary {
            primary.text = text.into();
        }
        self
    }

    /// Another place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// A sentence of help.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// An edit that would mend it.
    #[must_use]
    pub fn fix(
        mut self,
        span: Span,
        replacement: impl Into<String>,
        title: impl Into<String>,
    ) -> Self {
        self.fix = Some(Fix {
            span,
            replacement: replacement.into(),
            title: title.into(),
        });
        self
    }

    /// The target it is about.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }
}
