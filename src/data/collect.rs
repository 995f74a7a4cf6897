//! From the cells of rows to events of the class in the window, with the account.
//!
//! Guarantee: malformed values are counted in rows that count: those of the class, in the window or without a time. Rows of another class or table are
//! counted, and nothing else is said of them.

use super::convert::{Context, Wanted};
use super::envelope::Opened;
use super::form::Form;
use super::native::read::{Odd, Reader};
use super::reading::{FileReading, Filled, Reading, UnknownKey, UnlistedWord};
use super::time::Clock;
use super::{DataError, Loaded, Place, Problem, REPORTED, Request, Summary};
use crate::diag::suggest;
use crate::eval::{Events, TIME};
use crate::plan::Type;
use crate::schema::{Class, ColumnInfo, FileForm};
use crate::value::{Row, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// How many different words that a schema does not list are kept.
const MOST_WORDS: usize = 1000;

/// A key of the data that is requested.
struct Key<'a> {
    name: String,
    /// The keys that it may have in a row, its name first.
    paths: Vec<String>,
    wanted: Wanted<'a>,
    /// Whether a row of the class had a value.
    seen: bool,
}

/// Takes rows.
pub(super) struct Collector<'a> {
    request: Request<'a>,
    /// The neutral fields that are requested.
    columns: Vec<String>,
    /// Where `time` is in a row of events.
    time: Option<usize>,
    rows: Vec<Row>,
    problems: Vec<Problem>,
    context: Context,
    reading: Reading,
    words: BTreeMap<(String, String), (u64, BTreeSet<String>)>,
    unlisted: BTreeMap<String, Vec<String>>,
    unknown: HashMap<String, UnknownKey>,
    sources: BTreeMap<String, BTreeSet<String>>,
    file: File<'a>,
}

/// The file that is read.
struct File<'a> {
    path: PathBuf,
    form: Form<'a>,
    keys: Vec<Key<'a>>,
    reader: Option<Reader<'a>>,
    /// The column that names the table, its place among the keys and the names that are ours.
    table: Option<(usize, &'a [String])>,
    reading: FileReading,
}

impl<'a> Collector<'a> {
    pub(super) fn new(request: Request<'a>, clock: Clock) -> Self {
        let mut columns: Vec<String> = (request.class.order.iter())
            .filter(|name| request.fields.contains(*name))
            .cloned()
            .collect();
        if !columns.iter().any(|column| column == TIME) {
            columns.insert(0, TIME.to_owned());
        }
        Collector {
            request,
            time: columns.iter().position(|column| column == TIME),
            columns,
            rows: Vec::new(),
            problems: Vec::new(),
            context: Context {
                clock,
                ..Context::default()
            },
            reading: Reading::default(),
            words: BTreeMap::new(),
            unlisted: BTreeMap::new(),
            unknown: HashMap::new(),
            sources: BTreeMap::new(),
            file: File {
                path: PathBuf::new(),
                form: Form::Neutral,
                keys: Vec::new(),
                reader: None,
                table: None,
                reading: file_reading(Path::new(""), Form::Neutral, "", ""),
            },
        }
    }

    /// The rows that follow are of this file.
    ///
    /// # Errors
    /// A schema that does not hold the class.
    pub(super) fn begin(
        &mut self,
        path: &Path,
        form: Form<'a>,
        told_by: &str,
        written: &str,
    ) -> Result<(), DataError> {
        let reader = match form {
            Form::Neutral => None,
            Form::Native { schema, product } => {
                let reader = Reader::new(self.request.class, schema, product, &self.columns);
                Some(reader.ok_or_else(|| {
                    let class = &self.request.class.name;
                    let why = format!(
                        "schema `{}` holds no events of class `{class}`",
                        schema.name
                    );
                    DataError::new(Path::new(""), &why)
                })?)
            }
        };
        let mut keys = match (&reader, form) {
            (Some(reader), Form::Native { schema, .. }) => {
                let columns = reader.columns().into_iter();
                columns
                    .map(|column| native_key(column, &schema.reading))
                    .collect()
            }
            _ => neutral_keys(self.request.class, &self.columns),
        };
        self.context.missing = match form {
            Form::Neutral => Vec::new(),
            Form::Native { schema, .. } => schema.reading.missing.clone(),
        };
        let mut table = None;
        if let Form::Native { schema, .. } = form
            && let Some((column, names)) = &schema.reading.table
        {
            table = Some((keys.len(), names.as_slice()));
            keys.push(Key {
                name: column.clone(),
                paths: schema.reading.spellings(column),
                wanted: Wanted {
                    ty: &Type::Text,
                    multi: false,
                    words: &[],
                    known: &[],
                    utc: false,
                },
                seen: false,
            });
        }
        for field in &self.columns {
            let columns = match &reader {
                None => vec![field.clone()],
                Some(reader) => reader.sources_of(field),
            };
            self.sources
                .entry(field.clone())
                .or_default()
                .extend(columns);
        }
        self.file = File {
            path: path.to_owned(),
            form,
            keys,
            reader,
            table,
            reading: file_reading(path, form, told_by, written),
        };
        Ok(())
    }

    /// The file is read.
    pub(super) fn end(&mut self) {
        let ended = file_reading(Path::new(""), Form::Neutral, "", "");
        let reading = std::mem::replace(&mut self.file.reading, ended);
        self.reading.files.push(reading);
    }

    /// The keys whose cells [`Collector::row`] asks for, by their places: the name, and every key that it may have.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.file
            .keys
            .iter()
            .map(|key| (key.name.as_str(), key.paths.as_slice()))
    }

    /// Whether a key may differ in case: native columns of one word, whose case tools change on export.
    pub(super) fn case_may_differ(&self) -> bool {
        self.file.reader.is_some() && !self.file.keys.iter().any(|key| key.name.contains('.'))
    }

    /// A line that is no row.
    pub(super) fn malformed(&mut self, place: Place, why: String) {
        self.file.reading.summary.rows += 1;
        self.file.reading.summary.malformed_rows += 1;
        self.report(place, why);
    }

    /// A value that is not read, of a row or around rows.
    pub(super) fn malformed_value(&mut self, place: Place, why: String) {
        self.file.reading.summary.malformed_values += 1;
        self.report(place, why);
    }

    fn report(&mut self, place: Place, why: String) {
        if self.problems.len() < REPORTED {
            let file = self.file.path.clone();
            self.problems.push(Problem { file, place, why });
        }
    }

    /// What an envelope says of itself.
    pub(super) fn opened(&mut self, opened: &Opened) {
        for warning in &opened.warnings {
            let warning = format!("{}: {warning}", self.file.path.display());
            if !self.reading.warnings.contains(&warning) {
                self.reading.warnings.push(warning);
            }
        }
    }

    /// What makes the file less than whole.
    pub(super) fn warn(&mut self, warning: String) {
        let warning = format!("{}: {warning}", self.file.path.display());
        self.reading.warnings.push(warning);
    }

    /// What a reader of the account should know of the file.
    pub(super) fn note(&mut self, note: String) {
        self.file.reading.notes.push(note);
    }

    /// A key that is not requested, and in how many rows it is.
    pub(super) fn other_key(&mut self, key: &str, rows: u64) {
        if key.is_empty() || self.is_known(key) {
            return;
        }
        // What is there cannot be what somebody meant by another key.
        let unseen = self.file.keys.iter().filter(|key| !key.seen);
        let near = suggest::nearest(key, unseen.map(|key| key.name.as_str()));
        let near = near.map(str::to_owned);
        let unknown = self.unknown.entry(key.to_owned()).or_insert(UnknownKey {
            key: key.to_owned(),
            rows: 0,
            near,
        });
        unknown.rows += rows;
    }

    /// Whether a key is of the form, though nobody asked for it.
    fn is_known(&self, key: &str) -> bool {
        let same = |known: &str| {
            known.eq_ignore_ascii_case(key)
                || known
                    .strip_prefix(key)
                    .is_some_and(|rest| rest.starts_with('.'))
        };
        match self.file.form {
            Form::Neutral => self.request.class.fields.keys().any(|field| same(field)),
            Form::Native { schema, .. } => {
                let reading = &schema.reading;
                schema.place(key).is_some()
                    || schema
                        .columns
                        .iter()
                        .any(|column| same(&column.native.name))
                    || reading.paths.values().flatten().any(|path| same(path))
                    || reading
                        .under
                        .iter()
                        .any(|above| key.starts_with(above.as_str()) || same(above))
            }
        }
    }

    /// A row, whose cells are asked for by the places of their keys; `table` is what its envelope calls its table.
    pub(super) fn row(
        &mut self,
        place: Place,
        table: Option<&str>,
        mut wrong: Vec<String>,
        mut cell: impl FnMut(usize, Wanted, &mut Context) -> Result<Value, String>,
    ) {
        self.file.reading.summary.rows += 1;
        let mut cells = Vec::with_capacity(self.file.keys.len());
        for (at, key) in self.file.keys.iter().enumerate() {
            let value = cell(at, key.wanted, &mut self.context).unwrap_or_else(|why| {
                wrong.push(format!("`{}`: {why}", key.name));
                Value::Missing
            });
            cells.push(value);
        }
        if let Some(table) = self.other_table(table, &cells) {
            *self.file.reading.other_tables.entry(table).or_default() += 1;
            self.file.reading.summary.other_class += 1;
            return;
        }
        let mut odd = Odd {
            wrong,
            words: Vec::new(),
        };
        let is_of_class =
            (self.file.reader.as_ref()).is_none_or(|reader| reader.is_of_class(&cells));
        if !is_of_class {
            self.file.reading.summary.other_class += 1;
            return;
        }
        for (key, cell) in self.file.keys.iter_mut().zip(&cells) {
            key.seen |= !cell.is_missing();
        }
        let row = match &self.file.reader {
            None => cells,
            Some(reader) => reader.event(&cells, &mut self.context.texts, &mut odd),
        };
        let time = self.time.and_then(|at| row.get(at));
        let summary = &mut self.file.reading.summary;
        if let Some(Value::Time(time)) = time {
            let (first, last) = summary.times.unwrap_or((*time, *time));
            summary.times = Some((first.min(*time), last.max(*time)));
        }
        let start = self.request.from.unwrap_or(i64::MIN);
        match time {
            Some(Value::Time(time)) if (start..=self.request.to).contains(time) => {
                summary.in_window += 1;
                self.rows.push(row);
            }
            Some(Value::Time(_)) => {
                summary.outside_window += 1;
                return;
            }
            _ => summary.without_time += 1,
        }
        let Odd { wrong, words } = odd;
        let words: Vec<(String, String)> = (words.into_iter())
            .map(|(column, word)| (column.to_owned(), word))
            .collect();
        for why in wrong {
            self.malformed_value(place, why);
        }
        for (column, word) in words {
            self.word(&column, word);
        }
    }

    /// The table that a row is of, where that is not ours.
    fn other_table(&self, named: Option<&str>, cells: &[Value]) -> Option<String> {
        if let (Some(named), Form::Native { schema, .. }) = (named, self.file.form)
            && schema.tables.get("kql").is_some_and(|table| table != named)
        {
            return Some(named.to_owned());
        }
        let (at, ours) = self.file.table?;
        if let Some(named) = named
            && !ours.iter().any(|name| name == named)
        {
            return Some(named.to_owned());
        }
        match cells.get(at) {
            Some(Value::Text(table))
                if !ours.iter().any(|name| name.eq_ignore_ascii_case(table)) =>
            {
                Some(table.to_string())
            }
            _ => None,
        }
    }

    /// A word that the schema does not list.
    fn word(&mut self, column: &str, word: String) {
        let key = (column.to_owned(), word);
        if self.words.len() >= MOST_WORDS && !self.words.contains_key(&key) {
            return;
        }
        let Some(reader) = &self.file.reader else {
            return;
        };
        let (rows, fields) = self.words.entry(key).or_default();
        *rows += 1;
        if fields.is_empty() {
            fields.extend(reader.fields_by_words(column));
            let listed = reader.words_of(column);
            self.unlisted.insert(column.to_owned(), listed);
        }
    }

    pub(super) fn finish(self) -> Loaded {
        let mut reading = self.reading;
        let mut summary = Summary::default();
        for file in &reading.files {
            summary.add(&file.summary);
        }
        let rows = self.rows.len() as u64;
        reading.filled = (self.columns.iter().enumerate())
            .map(|(at, field)| Filled {
                field: field.clone(),
                columns: (self.sources.get(field).into_iter().flatten().cloned()).collect(),
                filled: (self.rows.iter())
                    .filter(|row| row.get(at).is_some_and(|value| !value.is_missing()))
                    .count() as u64,
                rows,
            })
            .collect();
        reading.words = (self.words.into_iter())
            .map(|((column, word), (rows, fields))| {
                let listed = self.unlisted.get(&column).into_iter().flatten();
                UnlistedWord {
                    near: suggest::nearest(&word, listed.map(String::as_str)).map(str::to_owned),
                    column,
                    word,
                    rows,
                    fields: fields.into_iter().collect(),
                }
            })
            .collect();
        reading
            .words
            .sort_by_key(|word| std::cmp::Reverse(word.rows));
        reading.keys = self.unknown.into_values().collect();
        reading.keys.sort_by(|one, other| {
            let rank = |key: &UnknownKey| (key.near.is_none(), std::cmp::Reverse(key.rows));
            rank(one)
                .cmp(&rank(other))
                .then_with(|| one.key.cmp(&other.key))
        });
        reading.assumed_utc = self.context.clock.assumed_utc;
        reading.month_first = self.context.clock.month_first;
        Loaded {
            events: Events {
                columns: self.columns,
                rows: self.rows,
            },
            summary,
            problems: self.problems,
            reading,
        }
    }
}

fn file_reading(path: &Path, form: Form, told_by: &str, written: &str) -> FileReading {
    FileReading {
        file: path.to_owned(),
        written: written.to_owned(),
        form: form.name(),
        told_by: told_by.to_owned(),
        summary: Summary::default(),
        other_tables: BTreeMap::new(),
        notes: Vec::new(),
    }
}

fn neutral_keys<'a>(class: &'a Class, columns: &[String]) -> Vec<Key<'a>> {
    let key = |name: &String| {
        let field = class.fields.get(name);
        let words = field.map_or(&[][..], |field| &field.words);
        Key {
            name: name.clone(),
            paths: vec![name.clone()],
            wanted: Wanted {
                ty: field.map_or(&Type::Time, |field| &field.ty),
                multi: field.is_some_and(|field| field.multi),
                words,
                known: words,
                utc: false,
            },
            seen: false,
        }
    };
    columns.iter().map(key).collect()
}

fn native_key<'a>(column: &'a ColumnInfo, form: &FileForm) -> Key<'a> {
    Key {
        name: column.native.name.clone(),
        paths: form.spellings(&column.native.name),
        wanted: Wanted {
            ty: &column.ty,
            multi: column.native.multi,
            words: &[],
            known: &column.values,
            utc: form.utc.contains(&column.native.name),
        },
        seen: false,
    }
}
