//! Files and places in them.
//!
//! In: the bytes of hunt files, schemas, lists and configuration. Out: [`Files`], which owns every text read, and [`Span`], a byte range of one
//! of those texts. Guarantee: a span is a place in a file on disk from the first stage to the last; no stage re-finds a position by searching.

pub(crate) mod contained;
pub(crate) mod disk;
mod input;
mod text;
pub(crate) mod yaml;

pub use input::Source;
pub(crate) use input::folder_name;
pub(crate) use text::{MAX_BYTES, add_bytes, read_text};

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

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
    /// Where it is.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Pairs a value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }
}

/// One file: where it came from and its whole text.
#[derive(Clone, Debug)]
struct SourceFile {
    path: PathBuf,
    text: String,
    /// Known places, found when the first one is asked for.
    marks: OnceLock<Vec<Mark>>,
}

/// A place from which others are counted: the beginning of a line, or a place in a long one.
#[derive(Clone, Copy, Debug)]
struct Mark {
    /// Byte in the file.
    at: usize,
    /// Line, from 1.
    line: usize,
    /// First byte of the line.
    start: usize,
    /// Characters of the line before it.
    before: usize,
}

/// Bytes between the marks of a long line.
const STRIDE: usize = 1024;

/// Marks of a text, in its order.
fn marks(text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut at = 0;
    for (index, line) in text.split('\n').enumerate() {
        let mut mark = Mark {
            at,
            line: index + 1,
            start: at,
            before: 0,
        };
        marks.push(mark);
        let mut rest = line;
        while rest.len() > STRIDE {
            let (part, after) = rest.split_at(boundary(rest, STRIDE));
            mark.at += part.len();
            mark.before += characters(part);
            marks.push(mark);
            rest = after;
        }
        at += line.len() + 1;
    }
    marks
}

/// The last mark that is not beyond a byte.
fn mark_before(marks: &[Mark], at: usize) -> Option<Mark> {
    let next = marks.partition_point(|mark| mark.at <= at);
    next.checked_sub(1)
        .and_then(|last| marks.get(last))
        .copied()
}

/// Characters that count for a column; a byte order mark does not.
fn characters(text: &str) -> usize {
    text.chars().filter(|c| *c != '\u{feff}').count()
}

/// The greatest character boundary that is not beyond `at`.
fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Every text read in one run.
#[derive(Clone, Debug, Default)]
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
            marks: OnceLock::new(),
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

    /// The path and the text of every file, in the order in which they were read.
    pub fn all(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.files
            .iter()
            .map(|file| (file.path.as_path(), file.text.as_str()))
    }

    /// The text under a span; empty when the span is not of this set.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file)
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// The bytes of the line that holds a byte of a file, without its line break, and its number from 1. No text is searched for it.
    #[must_use]
    pub fn line(&self, file: FileId, at: usize) -> (usize, Range<usize>) {
        let Some(file) = self.files.get(file.0 as usize) else {
            return (1, 0..0);
        };
        let marks = file.marks.get_or_init(|| marks(&file.text));
        let Some(mark) = mark_before(marks, at.min(file.text.len())) else {
            return (1, 0..0);
        };
        let next = marks.partition_point(|other| other.line <= mark.line);
        let end = marks
            .get(next)
            .map_or(file.text.len(), |next| next.start.saturating_sub(1));
        (mark.line, mark.start..end)
    }

    /// Line and column of the first byte of a span.
    #[must_use]
    pub fn position(&self, span: Span) -> Position {
        let Some(file) = self.files.get(span.file.0 as usize) else {
            return Position { line: 1, column: 1 };
        };
        let end = boundary(&file.text, span.start as usize);
        let marks = file.marks.get_or_init(|| marks(&file.text));
        let Some(mark) = mark_before(marks, end) else {
            return Position { line: 1, column: 1 };
        };
        let after = file.text.get(mark.at..end).unwrap_or_default();
        Position {
            line: mark.line,
            column: mark.before + characters(after) + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FileId, Files, Position, STRIDE, Span};
    use std::path::PathBuf;

    /// Line and column by going through everything before the place.
    fn counted(text: &str, at: usize) -> Position {
        let before = &text[..at];
        let line = before.rsplit('\n').next().unwrap_or_default();
        Position {
            line: before.split('\n').count(),
            column: line.chars().filter(|c| *c != '\u{feff}').count() + 1,
        }
    }

    #[test]
    fn places_in_long_lines_are_those_that_counting_gives() {
        let long: String = "aé€😀 ".repeat(STRIDE);
        let text = format!("\u{feff}first\n\n{long}\nlast é\n{long}");
        let mut files = Files::default();
        let file: FileId = files.add(PathBuf::from("hunt.yaml"), text.clone());
        for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
            // Every place near a mark and a line's end, and some of the others.
            if at % 7 != 0 && at % STRIDE > 16 && at > 16 {
                continue;
            }
            let start = u32::try_from(at).unwrap();
            let span = Span {
                file,
                start,
                end: start,
            };
            assert_eq!(files.position(span), counted(&text, at), "at {at}");
            let line_start = text[..at].rfind('\n').map_or(0, |before| before + 1);
            let line_end = text[at..].find('\n').map_or(text.len(), |end| at + end);
            let line = (counted(&text, at).line, line_start..line_end);
            assert_eq!(files.line(file, at), line, "at {at}");
        }
    }
}
