//! From the cells of rows to events of the class in the window, with the account.
//!
//! Promise: malformed values are counted in rows that count: those of the class, in the window or without a time.

use super::convert::Wanted;
use super::intern::Texts;
use super::native::read::Reader;
use super::{DataError, Loaded, Problem, REPORTED, Request, Summary};
use crate::eval::{Events, TIME};
use crate::plan::Type;
use crate::schema::{Class, ColumnInfo};
use crate::value::{Row, Value};
use std::path::{Path, PathBuf};

/// A key of the data that is wanted.
struct Key<'a> {
    name: String,
    wanted: Wanted<'a>,
    /// Whether some row of the class had a value.
    seen: bool,
}

/// Takes rows.
pub(super) struct Collector<'a> {
    request: Request<'a>,
    keys: Vec<Key<'a>>,
    reader: Option<Reader<'a>>,
    /// Where `time` stands in a row of events.
    time: Option<usize>,
    columns: Vec<String>,
    rows: Vec<Row>,
    summary: Summary,
    problems: Vec<Problem>,
    texts: Texts,
    file: PathBuf,
}

impl<'a> Collector<'a> {
    pub fn new(request: Request<'a>) -> Result<Self, DataError> {
        let mut columns: Vec<String> = (request.class.order.iter())
            .filter(|name| request.fields.contains(*name))
            .cloned()
            .collect();
        if !columns.iter().any(|column| column == TIME) {
            columns.insert(0, TIME.to_owned());
        }
        let reader = match request.native {
            None => None,
            Some((schema, product)) => {
                let reader = Reader::new(request.class, schema, product, &columns);
                Some(reader.ok_or_else(|| DataError {
                    file: PathBuf::new(),
                    why: format!(
                        "schema `{}` holds no events of class `{}`",
                        schema.name, request.class.name
                    ),
                })?)
            }
        };
        let keys = match &reader {
            None => neutral_keys(request.class, &columns),
            Some(reader) => reader.columns().into_iter().map(native_key).collect(),
        };
        Ok(Collector {
            request,
            keys,
            reader,
            time: columns.iter().position(|column| column == TIME),
            columns,
            rows: Vec::new(),
            summary: Summary::default(),
            problems: Vec::new(),
            texts: Texts::default(),
            file: PathBuf::new(),
        })
    }

    /// The rows that follow are of this file.
    pub fn file(&mut self, file: &Path) {
        file.clone_into(&mut self.file);
    }

    /// The keys whose cells [`Collector::row`] asks for, by their places.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.name.as_str())
    }

    /// Whether a key may differ in case: native columns of one word, whose case tools change on export.
    pub fn case_may_differ(&self) -> bool {
        self.reader.is_some() && !self.keys().any(|key| key.contains('.'))
    }

    /// A line that is no row.
    pub fn malformed(&mut self, line: u64, why: String) {
        self.summary.rows += 1;
        self.summary.malformed_rows += 1;
        self.report(line, why);
    }

    fn report(&mut self, line: u64, why: String) {
        if self.problems.len() < REPORTED {
            let file = self.file.clone();
            self.problems.push(Problem { file, line, why });
        }
    }

    /// A row, whose cells are asked for by the places of their keys.
    pub fn row(
        &mut self,
        line: u64,
        mut wrong: Vec<String>,
        mut cell: impl FnMut(usize, Wanted, &mut Texts) -> Result<Value, String>,
    ) {
        self.summary.rows += 1;
        let mut cells = Vec::with_capacity(self.keys.len());
        for (at, key) in self.keys.iter().enumerate() {
            let value = cell(at, key.wanted, &mut self.texts).unwrap_or_else(|why| {
                wrong.push(format!("`{}`: {why}", key.name));
                Value::Missing
            });
            cells.push(value);
        }
        if self
            .reader
            .as_ref()
            .is_some_and(|reader| !reader.is_of_class(&cells))
        {
            self.summary.other_class += 1;
            return;
        }
        for (key, cell) in self.keys.iter_mut().zip(&cells) {
            key.seen |= !cell.is_missing();
        }
        let row = match &self.reader {
            None => cells,
            Some(reader) => reader.event(&cells, &mut self.texts, &mut wrong),
        };
        let time = self.time.and_then(|at| row.get(at));
        if let Some(Value::Time(time)) = time {
            let (first, last) = self.summary.times.unwrap_or((*time, *time));
            self.summary.times = Some((first.min(*time), last.max(*time)));
        }
        let start = self.request.from.unwrap_or(i64::MIN);
        match time {
            Some(Value::Time(time)) if (start..=self.request.to).contains(time) => {
                self.summary.in_window += 1;
                self.rows.push(row);
            }
            Some(Value::Time(_)) => {
                self.summary.outside_window += 1;
                return;
            }
            _ => self.summary.without_time += 1,
        }
        for why in wrong {
            self.summary.malformed_values += 1;
            self.report(line, why);
        }
    }

    pub fn finish(self) -> Loaded {
        let expected = self.reader.as_ref().map(Reader::expected);
        let is_expected = |key: &Key| {
            let expected = expected.as_ref();
            expected.is_none_or(|names| names.contains(key.name.as_str()))
        };
        let never = self.keys.iter().filter(|key| !key.seen && is_expected(key));
        Loaded {
            never: never.map(|key| key.name.clone()).collect(),
            events: Events {
                columns: self.columns,
                rows: self.rows,
            },
            summary: self.summary,
            problems: self.problems,
        }
    }
}

fn neutral_keys<'a>(class: &'a Class, columns: &[String]) -> Vec<Key<'a>> {
    let key = |name: &String| {
        let field = class.fields.get(name);
        Key {
            name: name.clone(),
            wanted: Wanted {
                ty: field.map_or(&Type::Time, |field| &field.ty),
                multi: field.is_some_and(|field| field.multi),
                words: field.map_or(&[], |field| &field.words),
            },
            seen: false,
        }
    };
    columns.iter().map(key).collect()
}

fn native_key(column: &ColumnInfo) -> Key<'_> {
    Key {
        name: column.native.name.clone(),
        wanted: Wanted {
            ty: &column.ty,
            multi: column.native.multi,
            words: &[],
        },
        seen: false,
    }
}
