//! CSV: a header line, then a row per record; an empty cell is missing.

use super::DataError;
use super::collect::Collector;
use super::convert;
use super::lines::LONGEST;
use crate::value::Value;
use csv::{ByteRecord, ReaderBuilder, Terminator};
use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::path::Path;
use std::rc::Rc;

/// Reads the records of a file.
pub(super) fn read(
    name: &Path,
    bytes: Box<dyn BufRead>,
    collector: &mut Collector,
) -> Result<(), DataError> {
    let failed = |why: String| DataError {
        file: name.to_owned(),
        why,
    };
    let since_record = Rc::new(Cell::new(0));
    let metered = Metered {
        bytes,
        read: Rc::clone(&since_record),
    };
    // The reader's own treatment of `\r\n` makes its line numbers one too small; so lines end in `\n`, and the last cell loses its `\r`.
    let mut reader = ReaderBuilder::new()
        .flexible(true)
        .terminator(Terminator::Any(b'\n'))
        .from_reader(metered);
    let header = reader
        .headers()
        .map_err(|error| failed(error.to_string()))?;
    let header: Vec<String> = header.iter().map(|cell| cell.trim().to_owned()).collect();
    let places = places(&header, collector).map_err(failed)?;
    let mut record = ByteRecord::new();
    loop {
        since_record.set(0);
        match reader.read_byte_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => {}
            Err(error) => return Err(failed(error.to_string())),
        }
        if record.len() == 1 && record.get(0) == Some(b"\r") {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != header.len() {
            let why = format!("{} cells under {} column names", record.len(), header.len());
            collector.malformed(line, why);
            continue;
        }
        collector.row(line, Vec::new(), |at, wanted, texts| {
            let at = places.get(at).copied().flatten();
            let cell = at.and_then(|at| record.get(at)).map(|cell| {
                let is_last = at == Some(record.len() - 1);
                cell.strip_suffix(b"\r").filter(|_| is_last).unwrap_or(cell)
            });
            match cell.map(std::str::from_utf8) {
                None => Ok(Value::Missing),
                Some(Ok(cell)) => convert::cell(cell, wanted, texts),
                Some(Err(_)) => Err("not UTF-8 text".to_owned()),
            }
        });
    }
}

/// Where each wanted key stands in a record.
fn places(header: &[String], collector: &Collector) -> Result<Vec<Option<usize>>, String> {
    let place = |key: &str| -> Result<Option<usize>, String> {
        let find = |same: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let all = header.iter().enumerate();
            all.filter(|(_, name)| same(name))
                .map(|(at, _)| at)
                .collect()
        };
        let exact = find(&|name| name == key);
        let found = if exact.is_empty() && collector.case_may_differ() {
            find(&|name| name.eq_ignore_ascii_case(key))
        } else {
            exact
        };
        match found.as_slice() {
            [] => Ok(None),
            [at] => Ok(Some(*at)),
            _ => Err(format!("column `{key}` is there {} times", found.len())),
        }
    };
    collector.keys().map(place).collect()
}

/// Fails when one record takes too many bytes, as it does when a quote is left open.
struct Metered {
    bytes: Box<dyn BufRead>,
    read: Rc<Cell<u64>>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        self.read.set(self.read.get() + count as u64);
        if self.read.get() > LONGEST {
            let why = "a record is longer than 16 MiB; is a quote left open?";
            return Err(io::Error::other(why));
        }
        Ok(count)
    }
}
