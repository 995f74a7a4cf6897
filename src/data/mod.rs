//! Events from files.
//!
//! In: files as people hold them: NDJSON and other JSON, CSV, Windows event logs, logs of Zeek, packed or not, in neutral fields or in the native columns
//! of a schema, in the envelope of an export or without one. Out: [`Loaded`]: the events of the window, and an account of what was read. Guarantee:
//! files are read row by row, and of an event only the fields that are requested are kept; what is malformed is reported with its place and counted, never
//! guessed; what a file was taken for is part of the account.
//!
//! | module | question |
//! |---|---|
//! | `bytes`, `utf16` | what is packed how, and is it text at all? |
//! | `csv`, `json`, `strict`, `event_log` | where does a row begin and end? |
//! | `envelope` | what did an export tool put around the rows? |
//! | `form` | in whose columns are they written? |
//! | `convert`, `time` | what value does a cell hold? |
//! | `native` | which neutral field is it? |
//! | `collect`, `reading` | what was read, and what was not understood? |

mod bytes;
mod collect;
mod convert;
mod csv;
mod envelope;
mod event_log;
pub(crate) mod form;
mod intern;
mod json;
pub(crate) mod native;
pub(crate) mod reading;
mod strict;
pub(crate) mod time;
mod utf16;

use crate::diag::Code;
use crate::eval::Events;
use crate::schema::{Class, Library, Schema};
use crate::source::disk;
use form::Form;
use reading::Reading;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// How many malformed lines and values are reported one by one.
pub const REPORTED: usize = 10;

/// What is requested of the files.
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
    /// What the files were taken for, and what was not understood in them.
    pub reading: Reading,
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

    /// Adds what was read of another file.
    fn add(&mut self, other: &Summary) {
        self.rows += other.rows;
        self.malformed_rows += other.malformed_rows;
        self.malformed_values += other.malformed_values;
        self.other_class += other.other_class;
        self.without_time += other.without_time;
        self.outside_window += other.outside_window;
        self.in_window += other.in_window;
        self.times = match (self.times, other.times) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (held, None) => held,
            (None, found) => found,
        };
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

/// Where a row is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The line it begins in, from 1.
    Line(u64),
    /// Which row it is, from 1, in a file whose rows have no lines.
    Row(u64),
}

/// One malformed row or value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as given.
    pub file: PathBuf,
    /// The row.
    pub place: Place,
    /// What is wrong.
    pub why: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match self.place {
            Place::Line(line) => write!(f, "{file}:{line}: {}", self.why),
            Place::Row(row) => write!(f, "{file}: row {row}: {}", self.why),
        }
    }
}

/// A file that cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataError {
    /// What kind of error it is.
    pub code: Code,
    /// The file, as given.
    pub file: PathBuf,
    /// What is wrong.
    pub why: String,
    /// What would help.
    pub help: Option<String>,
}

impl DataError {
    fn new(file: &Path, why: &str) -> Self {
        DataError::coded(Code::E0653, file, why)
    }

    fn coded(code: Code, file: &Path, why: &str) -> Self {
        DataError {
            code,
            file: file.to_owned(),
            why: why.to_owned(),
            help: None,
        }
    }

    fn help(self, help: &str) -> Self {
        DataError {
            help: Some(help.to_owned()),
            ..self
        }
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.file.as_os_str().is_empty() {
            return f.write_str(&self.why);
        }
        write!(f, "{}: {}", self.file.display(), self.why)
    }
}

impl std::error::Error for DataError {}

/// A file that was opened and looked at.
pub struct Opened<'a> {
    /// The file, as given.
    pub file: PathBuf,
    /// In whose columns it is written.
    pub form: Form<'a>,
    /// What told it, for people; empty where the user said it.
    pub told_by: String,
    /// How it is written, for people: `CSV parted by ;, gzip`.
    pub written: String,
    body: Body,
}

enum Body {
    Lines(bytes::Source),
    /// The whole text.
    Values(Vec<u8>),
    Csv(bytes::Source, csv::Layout),
    Evtx(Vec<u8>),
}

/// Reads files in the form that the request says; `-` is the standard input.
///
/// # Errors
/// A file that cannot be read, a schema that does not hold the event class.
pub fn load(files: &[PathBuf], request: Request) -> Result<Loaded, DataError> {
    let mut collector = collect::Collector::new(request, time::Clock::default());
    for file in files {
        let opened = look(file, bytes::open(file)?, Form::of_request(&request))?;
        opened.read(&mut collector)?;
    }
    Ok(collector.finish())
}

/// Reads one text, `name` standing for a file in reports.
///
/// # Errors
/// As [`load`].
pub fn load_text(name: &Path, text: &str, request: Request) -> Result<Loaded, DataError> {
    let mut collector = collect::Collector::new(request, time::Clock::default());
    let bytes = Box::new(std::io::Cursor::new(text.to_owned()));
    let content = bytes::over(name, bytes)?;
    look(name, content, Form::of_request(&request))?.read(&mut collector)?;
    Ok(collector.finish())
}

/// Opens files and determines in whose columns each is written; `-` is the standard input.
///
/// # Errors
/// Files that cannot be read, and files whose form cannot be determined.
pub fn open<'a>(
    files: &[PathBuf],
    class: &str,
    library: &'a Library,
    said: Option<Form<'a>>,
) -> Result<Vec<Opened<'a>>, Vec<DataError>> {
    let mut all = Vec::new();
    let mut errors = Vec::new();
    let mut seen = BTreeSet::new();
    for file in files {
        // Its events would be counted twice.
        if !seen.insert(disk::real(file).unwrap_or_else(|_| file.clone())) {
            errors.push(DataError::new(file, "the file is given twice"));
            continue;
        }
        let opened = bytes::open(file).and_then(|content| match said {
            Some(form) => look(file, content, form),
            None => recognise(file, content, class, library),
        });
        match opened {
            Ok(opened) => all.push(opened),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        Ok(all)
    } else {
        Err(errors)
    }
}

/// Reads opened files; the form of the request is not looked at.
///
/// # Errors
/// A file that breaks off.
pub fn read(
    opened: Vec<Opened>,
    request: Request,
    clock: time::Clock,
) -> Result<Loaded, DataError> {
    let mut collector = collect::Collector::new(request, clock);
    for file in opened {
        file.read(&mut collector)?;
    }
    Ok(collector.finish())
}

/// How a file is written, for a form that is known.
fn look<'a>(file: &Path, content: bytes::Content, form: Form<'a>) -> Result<Opened<'a>, DataError> {
    // No rows at all are no rows of the form that was said.
    let (body, written) = match content {
        bytes::Content::Text(source) if source.whole && source.sample.trim_ascii().is_empty() => {
            (Body::Lines(source), "empty".to_owned())
        }
        content => body(file, content)?,
    };
    Ok(Opened {
        file: file.to_owned(),
        form,
        told_by: String::new(),
        written,
        body,
    })
}

fn body(file: &Path, content: bytes::Content) -> Result<(Body, String), DataError> {
    let source = match content {
        bytes::Content::Evtx(log) => return Ok((Body::Evtx(log), "EVTX".to_owned())),
        bytes::Content::Text(source) => source,
    };
    let first = source
        .sample
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    let packing: String = source
        .packing
        .iter()
        .map(|how| format!(", {how}"))
        .collect();
    if matches!(first, Some(b'{' | b'[')) {
        return Ok(match json::layout(&source) {
            json::Layout::Lines => (Body::Lines(source), format!("NDJSON{packing}")),
            json::Layout::Values => {
                let text = json::whole(file, source)?;
                (Body::Values(text), format!("JSON{packing}"))
            }
        });
    }
    let layout = csv::layout(&source.sample, source.whole);
    let layout = layout.map_err(|why| DataError::new(file, &why))?;
    let separator = match layout.separator {
        b',' => String::new(),
        b'\t' => " parted by tabs".to_owned(),
        other => format!(" parted by {}", char::from(other)),
    };
    let written = format!("CSV{separator}{packing}");
    Ok((Body::Csv(source, layout), written))
}

/// How many rows at the beginning of a file determine its form.
const TELLING: usize = 5000;

fn recognise<'a>(
    file: &Path,
    content: bytes::Content,
    class: &str,
    library: &'a Library,
) -> Result<Opened<'a>, DataError> {
    let (body, mut written) = body(file, content)?;
    let mut look = form::Look::default();
    match &body {
        Body::Lines(bytes::Source { sample: text, .. }) | Body::Values(text) => {
            let sample = json::sample(text, matches!(body, Body::Lines(_)), TELLING);
            if let Some(envelope) = sample.envelope {
                written = format!("{written}, {envelope}");
            }
            look.rows(&sample.rows);
            if sample.rows.is_empty() {
                look.broken = json::broken(text, matches!(body, Body::Lines(_)));
                if look.broken.is_none() && sample.envelope.is_some() {
                    let why = "the export holds no rows";
                    return Err(DataError::coded(Code::E0642, file, why));
                }
            }
        }
        Body::Csv(_, layout) => {
            look.header(layout.header.iter().map(|heading| heading.name.as_str()))
        }
        Body::Evtx(_) => look.header(["Event.System.EventID", "Event.EventData.UtcTime"]),
    }
    let told = form::tell(&look, class, library);
    let told = told
        .map_err(|unknown| DataError::coded(Code::E0640, file, &unknown.why).help(&unknown.help))?;
    Ok(Opened {
        file: file.to_owned(),
        form: told.form,
        told_by: told.by,
        written,
        body,
    })
}

impl<'a> Opened<'a> {
    fn read(self, collector: &mut collect::Collector<'a>) -> Result<(), DataError> {
        let Opened { file, body, .. } = self;
        collector.begin(&file, self.form, &self.told_by, &self.written)?;
        match body {
            Body::Lines(source) => json::lines(&file, source.bytes, collector)?,
            Body::Values(text) => json::values(&file, &text, collector)?,
            Body::Csv(source, layout) => csv::read(&file, source.bytes, &layout, collector)?,
            Body::Evtx(log) => event_log::read(&file, log, collector)?,
        }
        collector.end();
        Ok(())
    }
}
