//! CSV files of a hunt, with places.
//!
//! In: a path that a hunt names, or CSV text. Out: [`CsvFile`]: a header and rows whose cells know their bytes. Guarantee: no file outside the
//! hunt's folder is opened; a row that is given has as many cells as the header; blank lines are no rows.

use crate::diag::{Code, Diagnostic, suggest};
use crate::source::yaml::Faults;
use crate::source::{FileId, Files, Source, Span, Spanned};

/// Reads a file that a hunt names.
pub(super) fn open(
    files: &mut Files,
    source: &Source,
    file: &Spanned<String>,
    faults: &mut Faults,
) -> Option<FileId> {
    match source.open_beside(files, file) {
        Ok(csv) => Some(csv),
        Err(fault) => {
            faults.push(match &fault.primary {
                Some(place) if place.span == file.span => fault,
                Some(_) => fault.also(file.span, "named here"),
                None => Diagnostic {
                    help: fault.help,
                    ..Diagnostic::at(fault.code, file.span, fault.title)
                },
            });
            None
        }
    }
}

/// A cell as written.
pub(super) struct Field {
    /// Its text, without the quotation marks around it.
    pub(super) text: String,
    /// Its first byte, which may be a quotation mark.
    pub(super) start: usize,
    /// One past its last byte.
    pub(super) end: usize,
}

/// A row as written.
pub(super) struct Record {
    /// At least one cell.
    pub(super) fields: Vec<Field>,
    /// The line it begins on, from 1.
    pub(super) line: usize,
    /// Where an unclosed quotation mark is.
    pub(super) unclosed: Option<usize>,
}

impl Record {
    /// Its first byte and one past its last.
    pub(super) fn extent(&self) -> (usize, usize) {
        let start = self.fields.first().map_or(0, |field| field.start);
        (start, self.fields.last().map_or(start, |field| field.end))
    }
}

/// The records of a text, header first. A quotation mark is one only at the beginning of a cell; within quotes, two of them are one.
pub(super) struct Records<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mark = '\u{feff}';
        let at = if text.starts_with(mark) {
            mark.len_utf8()
        } else {
            0
        };
        Records { text, at, line: 1 }
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        let rest = self.text.get(self.at..)?;
        let blank = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        self.line += rest.get(..blank)?.matches('\n').count();
        self.at += blank;
        let rest = rest.get(blank..)?;
        if rest.is_empty() {
            return None;
        }
        let mut record = Record {
            fields: Vec::new(),
            line: self.line,
            unclosed: None,
        };
        let mut field = Field {
            text: String::new(),
            start: self.at,
            end: self.at,
        };
        // The place of the mark that opened the quotes one is in.
        let mut opened: Option<usize> = None;
        let mut chars = rest
            .char_indices()
            .map(|(offset, c)| (self.at + offset, c))
            .peekable();
        let mut end = self.text.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' if opened.is_some() => {
                    if chars.next_if(|(_, next)| *next == '"').is_some() {
                        field.text.push('"');
                    } else {
                        opened = None;
                    }
                }
                '"' if at == field.start => opened = Some(at),
                ',' if opened.is_none() => {
                    let next = Field {
                        text: String::new(),
                        start: at + 1,
                        end: at + 1,
                    };
                    let done = std::mem::replace(&mut field, next);
                    record.fields.push(Field { end: at, ..done });
                }
                '\r' | '\n' if opened.is_none() => {
                    end = at;
                    break;
                }
                _ => field.text.push(c),
            }
        }
        record.fields.push(Field { end, ..field });
        record.unclosed = opened;
        self.line += self.text.get(self.at..end)?.matches('\n').count();
        self.at = end;
        Some(record)
    }
}

/// A CSV file being read.
pub(super) struct CsvFile<'a> {
    files: &'a Files,
    csv: FileId,
    names: Vec<String>,
    records: Records<'a>,
}

impl<'a> CsvFile<'a> {
    /// A file that was read; nothing for one without a header.
    pub(super) fn new(files: &'a Files, csv: FileId) -> Option<Self> {
        let mut records = Records::new(files.text(csv));
        let header = records.next()?;
        let names = header.fields.iter();
        let names = names.map(|name| name.text.trim().to_owned()).collect();
        Some(CsvFile {
            files,
            csv,
            names,
            records,
        })
    }

    /// The next row with as many cells as the header; the others are errors.
    pub(super) fn row(&mut self, faults: &mut Faults) -> Option<Record> {
        loop {
            if faults.is_full() {
                return None;
            }
            let record = self.records.next()?;
            if let Some(at) = record.unclosed {
                let place = Span::new(self.csv, at, at + 1);
                let title = "a quotation mark is not closed";
                faults.push(Diagnostic::at(Code::E0114, place, title).help(
                    "a cell that begins with a quotation mark ends with one; within it, write two for one",
                ));
                return None;
            }
            if record.fields.len() == self.names.len() {
                return Some(record);
            }
            let title = format!(
                "this row has {} cells and the header {}",
                record.fields.len(),
                self.names.len()
            );
            faults.push(Diagnostic::at(Code::E0114, self.place(&record), title));
        }
    }

    /// The place of a row.
    pub(super) fn place(&self, record: &Record) -> Span {
        let (start, end) = record.extent();
        Span::new(self.csv, start, end)
    }

    /// The place of a cell, empty when nothing is there.
    pub(super) fn place_exactly(&self, field: &Field) -> Span {
        Span::new(self.csv, field.start, field.end)
    }

    /// The place of a cell; of its row when nothing is there.
    pub(super) fn place_of(&self, record: &Record, field: &Field) -> Span {
        if field.start == field.end {
            return self.place(record);
        }
        self.place_exactly(field)
    }

    /// An error: there are no rows.
    pub(super) fn no_rows(&self, faults: &mut Faults) {
        faults.push(Diagnostic::at(
            Code::E0114,
            Span::new(self.csv, 0, 0),
            "this file has no rows",
        ));
    }

    /// The column of a name, or an error with `code` at the place where it is asked for.
    pub(super) fn column(
        &self,
        wanted: &Spanned<String>,
        case: Case,
        code: Code,
        faults: &mut Faults,
    ) -> Option<usize> {
        let file = self.files.path(self.csv).display();
        let found: Vec<usize> = (0..)
            .zip(&self.names)
            .filter(|(_, name)| match case {
                Case::Exact => **name == wanted.value,
                Case::Any => name.to_lowercase() == wanted.value.to_lowercase(),
            })
            .map(|(at, _)| at)
            .collect();
        let fault = match found.as_slice() {
            [only] => return Some(*only),
            [] => {
                let title = format!("{file} has no column `{}`", wanted.value);
                let fault = Diagnostic::at(code, wanted.span, title);
                let names = self.names.iter().map(String::as_str);
                match (suggest::nearest(&wanted.value, names), case) {
                    (Some(near), Case::Exact) => {
                        fault.fix(wanted.span, near, "a column with a similar name exists")
                    }
                    // The name is the hunt's own, so the header is named beside it.
                    (Some(near), Case::Any) => fault.help(format!(
                        "it has `{near}`: name that with `{{ column: {near}, type: … }}`"
                    )),
                    (None, _) => fault.help(format!("its header is {}", self.names.join(", "))),
                }
            }
            _ => Diagnostic::at(
                code,
                wanted.span,
                format!("{file} has several columns `{}`", wanted.value),
            ),
        };
        faults.push(fault);
        None
    }

    /// The name that a column has in the header.
    pub(super) fn name(&self, column: usize) -> &str {
        self.names.get(column).map_or("", String::as_str)
    }
}

/// Whether a name in a header must match exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// Exactly.
    Exact,
    /// In any case.
    Any,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Another reader of CSV finds the same cells, and the bytes of a cell are the cell.
        #[test]
        fn cells_are_those_of_the_csv_crate(text in "[ab\",\r\n]{0,20}") {
            let ours: Vec<Record> = Records::new(&text).collect();
            // What the crate makes of an open quotation mark is its own affair: it is an error here.
            prop_assume!(ours.iter().all(|record| record.unclosed.is_none()));
            let mut reader = csv::ReaderBuilder::new()
                .flexible(true)
                .has_headers(false)
                .from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            let texts: Vec<Vec<String>> = ours
                .iter()
                .map(|record| record.fields.iter().map(|field| field.text.clone()).collect())
                .collect();
            prop_assert_eq!(&texts, &theirs);
            for field in ours.iter().flat_map(|record| &record.fields) {
                let bytes = &text[field.start..field.end];
                prop_assert!(bytes == field.text || bytes.starts_with('"'));
            }
        }
    }

    #[test]
    fn lines_are_counted_through_quotes_and_blank_lines() {
        let lines: Vec<usize> = Records::new("\u{feff}a,b\r\n\r\n\"x\ny\",1\nz,2\n")
            .map(|record| record.line)
            .collect();
        assert_eq!(lines, [1, 3, 5]);
    }
}
