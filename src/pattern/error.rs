//! Why a text is not a regex of the language, and where.
//!
//! In: a place of the parser, words. Out: [`PatternError`]. Guarantee: its place is in bytes of the source.

use regex_syntax::ast;
use std::fmt;

/// Why a text is not a regex of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// Where, in bytes from the start of the source.
    pub offset: usize,
    /// How many bytes.
    pub len: usize,
    /// What is wrong.
    pub what: String,
    /// What to write instead, or why.
    pub help: Option<String>,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for PatternError {}

/// An error at a place that the parser names.
pub(super) fn error(
    span: &ast::Span,
    what: impl Into<String>,
    help: impl Into<Option<&'static str>>,
) -> PatternError {
    PatternError {
        offset: span.start.offset,
        len: span.end.offset.saturating_sub(span.start.offset),
        what: what.into(),
        help: help.into().map(str::to_owned),
    }
}
