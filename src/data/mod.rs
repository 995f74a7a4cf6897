//! Events from files.
//!
//! In: NDJSON or CSV, plain or gzip, in neutral fields or in the native columns of a schema. Out: [`Loaded`]: the events of the window, and an
//! account of what was read. Promise: files are read line by line, and of an event only the fields that are wanted are kept; what is malformed is
//! reported with its place and counted, never fatal and never guessed.

mod collect;
mod convert;
mod csv;
pub mod form;
mod intern;
mod json;
mod lines;
pub mod native;
pub mod time;

use crate::eval::Events;
use crate::schema::{Class, Schema};
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// How many malformed lines and values are told one by one.
pub const REPORTED: usize = 10;

/// What is wanted of the files.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The event class.
    pub class: &'a Class,
    /// Neutral fields to keep; those the class does not have are ignored.
    pub fields: &'a BTreeSet<String>,
    /// The schema and product form in whose native columns the events are written; `None`: neutral fields.
    pub native: Option<(&'a Schema, &'a str)>,
    /// First instant wanted.
    pub from: Option<i64>,
    /// Last instant wanted.
    pub to: i64,
}

/// Events and how they came about.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Events of the class whose time is in the window.
    pub events: Events,
    /// The account.
    pub summary: Summary,
    /// The first malformed lines and values.
    pub problems: Vec<Problem>,
    /// Wanted keys, as the data would spell them, of which no row of the class holds a value: perhaps the data have another form than was said.
    pub never: Vec<String>,
}

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows read, malformed ones included.
    pub rows: u64,
    /// Lines that are no row; they are left out.
    pub malformed_rows: u64,
    /// Values that are not of their field's type; they are missing.
    pub malformed_values: u64,
    /// Rows of another event class.
    pub other_class: u64,
    /// Rows without a time.
    pub without_time: u64,
    /// Rows before or after the window.
    pub outside_window: u64,
    /// Rows kept.
    pub in_window: u64,
    /// The first and the last time in the data, within the window or not.
    pub times: Option<(i64, i64)>,
}

impl Summary {
    /// Whether anything was malformed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.malformed_rows == 0 && self.malformed_values == 0
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} read, {} in the window",
            self.rows,
            if self.rows == 1 { "row" } else { "rows" },
            self.in_window
        )?;
        let others = [
            (self.outside_window, "outside it"),
            (self.other_class, "of another class"),
            (self.without_time, "without a time"),
            (self.malformed_rows, "malformed"),
        ];
        for (count, what) in others.iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {count} {what}")?;
        }
        if self.malformed_values > 0 {
            write!(
                f,
                "; malformed values taken as missing: {}",
                self.malformed_values
            )?;
        }
        Ok(())
    }
}

/// One malformed line or value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as given.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong.
    pub why: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.why)
    }
}

/// A file that cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataError {
    /// The file, as given.
    pub file: PathBuf,
    /// What is wrong.
    pub why: String,
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.why)
    }
}

impl std::error::Error for DataError {}

/// Reads files; `-` is the standard input.
///
/// # Errors
/// A file that cannot be read, a schema that does not hold the event class.
pub fn load(files: &[PathBuf], request: Request) -> Result<Loaded, DataError> {
    let mut collector = collect::Collector::new(request)?;
    for file in files {
        let source = lines::open(file)?;
        read(file, source, &mut collector)?;
    }
    Ok(collector.finish())
}

/// Reads one text, `name` standing for a file in reports.
///
/// # Errors
/// As [`load`].
pub fn load_text(name: &Path, text: &str, request: Request) -> Result<Loaded, DataError> {
    let mut collector = collect::Collector::new(request)?;
    let source = lines::over(name, Box::new(std::io::Cursor::new(text.to_owned())))?;
    read(name, source, &mut collector)?;
    Ok(collector.finish())
}

fn read(
    name: &Path,
    source: lines::Source,
    collector: &mut collect::Collector,
) -> Result<(), DataError> {
    collector.file(name);
    if source.is_json {
        json::read(name, source.bytes, collector)
    } else {
        csv::read(name, source.bytes, collector)
    }
}
