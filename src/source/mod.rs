//! Files and places in them.
//!
//! In: the bytes of hunt files, schemas, lists and configuration. Out: [`Files`], which owns every text read, and [`Span`], a byte range of one
//! of those texts. Promise: a span is a place in a file on disk from the first stage to the last; no stage re-finds a position by searching.

pub mod contained;
mod text;
pub mod yaml;

pub use text::{MAX_BYTES, add_bytes, read_text};

use std::path::{Path, PathBuf};

/// Names one file of a [`Files`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

/// A half-open byte range `[start, end)` of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range from `start` to `end` of `file`; offsets beyond 4 GiB are cut to the greatest that fits (no file that large is read).
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let cut = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span {
            file,
            start: cut(start),
            end: cut(end),
        }
    }

    /// The smallest range that covers both; `other` must be of the same file, else `self` is kept.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// A value and the place that made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanned<T> {
    /// What was read.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Pairs a value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }
}

/// One file: where it came from and its whole text.
#[derive(Debug)]
struct SourceFile {
    path: PathBuf,
    text: String,
}

/// Every text read in one run.
#[derive(Debug, Default)]
pub struct Files {
    files: Vec<SourceFile>,
}

/// A place for people: 1-based line and 1-based column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Files {
    /// Adds a text under the path shown to people.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: String) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile {
            path: path.into(),
            text,
        });
        id
    }

    /// The whole text of a file; empty for an id of another [`Files`].
    #[must_use]
    pub fn text(&self, file: FileId) -> &str {
        self.files
            .get(file.0 as usize)
            .map_or("", |f| f.text.as_str())
    }

    /// The path of a file as given by the user.
    #[must_use]
    pub fn path(&self, file: FileId) -> &Path {
        self.files
            .get(file.0 as usize)
            .map_or_else(|| Path::new(""), |f| f.path.as_path())
    }

    /// The text under a span; empty when the span is not of this set.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file)
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// Line and column of the first byte of a span.
    #[must_use]
    pub fn position(&self, span: Span) -> Position {
        let text = self.text(span.file);
        let before = text
            .get(..(span.start as usize).min(text.len()))
            .unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before
            .get(line_start..)
            .unwrap_or("")
            .chars()
            .filter(|c| *c != '\u{feff}')
            .count()
            + 1;
        Position {
            line: before.matches('\n').count() + 1,
            column,
        }
    }
}
