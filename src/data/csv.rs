//! CSV: a header line, then a row per record; an empty cell is missing.
//!
//! In: text parted by commas, semicolons, tabs or bars, with lines that end in `\n`, `\r\n` or `\r`; Zeek's own logs. Out: rows. Guarantee: a quote that
//! is never closed, text after a closing quote and a row with another number of cells are reported with their line. The `csv` crate accepts all three
//! silently, which is why records are split here.

use super::bytes::LONGEST;
use super::collect::Collector;
use super::convert;
use super::time::Clock;
use super::{DataError, Place};
use crate::value::Value;
use std::io::{self, BufRead, Read};
use std::path::Path;

/// How a file of cells is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// What is between cells.
    pub separator: u8,
    /// The last byte of a line end.
    line_end: u8,
    /// Lines before the header.
    skipped: u64,
    /// What Zeek says of its log; its columns are not named in the first record.
    zeek: Option<Zeek>,
    /// The header, with what it says about zones.
    pub header: Vec<Heading>,
}

/// What is above the rows of a log that Zeek wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Zeek {
    /// The line that names the columns.
    fields: String,
    /// Which log it is: `conn`.
    path: Option<String>,
    /// What stands for a value that is not there, or for an empty set.
    missing: Vec<String>,
}

/// The name of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    /// The name, without blanks around it and without a zone.
    pub name: String,
    /// The zone behind the name, as the Log Analytics portal writes it.
    zone: HeadingZone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeadingZone {
    /// `TimeGenerated`
    Unsaid,
    /// `TimeGenerated [UTC]`
    Utc,
    /// `TimeGenerated [Local Time]`: of the browser that exported.
    Local,
}

/// Looks at the beginning of a file.
///
/// # Errors
/// A header that cannot be read, in words.
pub(super) fn layout(sample: &[u8], whole: bool) -> Result<Layout, String> {
    let line_end = if sample.contains(&b'\n') {
        b'\n'
    } else {
        b'\r'
    };
    let mut lines = sample.split(|byte| *byte == line_end).map(trim_end);
    let first = lines.next().unwrap_or_default();
    if first.starts_with(b"#separator") {
        return zeek(sample);
    }
    let mut skipped = 0;
    let mut separator = None;
    if let Some(said) = first.strip_prefix(b"sep=") {
        separator = said.first().copied();
        skipped = 1;
    }
    let text: Vec<u8> = {
        let at = if skipped == 1 { first.len() + 1 } else { 0 };
        let rest = sample.get(at..).unwrap_or_default();
        rest.strip_prefix(b"\n").unwrap_or(rest).to_vec()
    };
    let separator = separator.unwrap_or_else(|| likely(&text, line_end));
    let mut records = Records::new(
        Box::new(io::Cursor::new(text)),
        separator,
        line_end,
        1 + skipped,
    );
    let record = records.next().map_err(|error| error.to_string())?;
    let Some(record) = record else {
        return Err("the file is empty".to_owned());
    };
    let cells = match record.cells {
        Ok(cells) => cells,
        Err(_) if !whole && records.open_quote => {
            return Err("the header is longer than 256 KiB".to_owned());
        }
        Err(why) => return Err(format!("the header cannot be read: {why}")),
    };
    let header = cells
        .iter()
        .map(|cell| heading(cell))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Layout {
        separator,
        line_end,
        skipped,
        zeek: None,
        header,
    })
}

/// The header of a log that Zeek wrote: `#separator` and `#fields`.
fn zeek(sample: &[u8]) -> Result<Layout, String> {
    let text = String::from_utf8_lossy(sample);
    let said = |key: &str| {
        let mut lines = text.lines();
        lines.find_map(|line| Some(line.strip_prefix(key)?.trim_end().to_owned()))
    };
    let fields = said("#fields\t");
    let fields = fields.ok_or("a log of Zeek without a `#fields` line parted by tabs")?;
    let names = fields.split('\t');
    let header = names
        .map(|name| heading(name.as_bytes()))
        .collect::<Result<_, _>>()?;
    let missing = [("#unset_field\t", "-"), ("#empty_field\t", "(empty)")];
    let missing = missing.map(|(key, usual)| said(key).unwrap_or_else(|| usual.to_owned()));
    Ok(Layout {
        separator: b'\t',
        line_end: b'\n',
        skipped: 0,
        zeek: Some(Zeek {
            path: said("#path\t"),
            missing: missing.to_vec(),
            fields,
        }),
        header,
    })
}

fn trim_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn heading(cell: &[u8]) -> Result<Heading, String> {
    let text = std::str::from_utf8(cell).map_err(|_| "the header is not UTF-8 text")?;
    let text = text.trim();
    let with = |suffix: &str, zone: HeadingZone| {
        let name = text.strip_suffix(suffix)?.trim_end().to_owned();
        Some(Heading { name, zone })
    };
    Ok(with("[UTC]", HeadingZone::Utc)
        .or_else(|| with("[Local Time]", HeadingZone::Local))
        .unwrap_or(Heading {
            name: text.to_owned(),
            zone: HeadingZone::Unsaid,
        }))
}

/// The separator that occurs most often in the first line, outside of quotes.
fn likely(text: &[u8], line_end: u8) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    for byte in text {
        match *byte {
            b'"' => quoted = !quoted,
            byte if byte == line_end && !quoted => break,
            byte if !quoted => {
                for (separator, count) in &mut counts {
                    *count += usize::from(*separator == byte);
                }
            }
            _ => {}
        }
    }
    // Of equal counts the first wins.
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.map_or(b',', |(separator, _)| *separator)
}

/// Reads the records of a file.
pub(super) fn read(
    name: &Path,
    bytes: Box<dyn BufRead>,
    layout: &Layout,
    collector: &mut Collector,
) -> Result<(), DataError> {
    let failed = |why: String| DataError::new(name, &why);
    let places = places(&layout.header, collector).map_err(failed)?;
    let is_time_local = |at: usize| {
        let heading = layout.header.get(at);
        heading.is_some_and(|heading| heading.zone == HeadingZone::Local)
    };
    let mut records = Records::new(bytes, layout.separator, layout.line_end, 1);
    records.quotes = layout.zeek.is_none();
    let mut headers_left = if layout.zeek.is_some() {
        0
    } else {
        layout.skipped + 1
    };
    while let Some(record) = records.next().map_err(|error| failed(error.to_string()))? {
        if headers_left > 0 {
            headers_left -= 1;
            continue;
        }
        let place = Place::Line(record.line);
        let cells = match record.cells {
            Ok(cells) => cells,
            Err(why) if records.open_quote => {
                let why = format!("line {}: {why}; nothing after it can be read", record.line);
                return Err(failed(why));
            }
            Err(why) => {
                collector.malformed(place, why);
                continue;
            }
        };
        if let Some(zeek) = &layout.zeek
            && let Some(first) = cells.first()
            && first.starts_with(b"#")
        {
            let line = String::from_utf8_lossy(&cells.join(&b'\t')).into_owned();
            let fields = line.strip_prefix("#fields\t").map(str::trim_end);
            if fields.is_some_and(|fields| fields != zeek.fields) {
                let why = format!(
                    "line {}: the columns change here; part the file",
                    record.line
                );
                return Err(failed(why));
            }
            continue;
        }
        if cells.len() == 1 && cells.first().is_some_and(Vec::is_empty) {
            continue;
        }
        if cells.len() != layout.header.len() {
            let why = format!(
                "{} cells under {} column names",
                cells.len(),
                layout.header.len()
            );
            collector.malformed(place, why);
            continue;
        }
        let table = layout.zeek.as_ref().and_then(|zeek| zeek.path.as_deref());
        collector.row(place, table, Vec::new(), |at, wanted, reading| {
            let Some(at) = places.get(at).copied().flatten() else {
                return Ok(Value::Missing);
            };
            let cell = cells.get(at).map_or(&b""[..], Vec::as_slice);
            let Ok(cell) = std::str::from_utf8(cell) else {
                return Err("not UTF-8 text".to_owned());
            };
            let unset = layout.zeek.as_ref().map(|zeek| &zeek.missing);
            if unset.is_some_and(|unset| unset.iter().any(|word| word == cell)) {
                return Ok(Value::Missing);
            }
            let zone_of = layout.header.get(at).map(|heading| heading.zone);
            let wanted = convert::Wanted {
                utc: wanted.utc || zone_of == Some(HeadingZone::Utc),
                ..wanted
            };
            if is_time_local(at) && !cell.is_empty() && !reading.clock.has_zone() && convert::is_time(wanted) && !says_zone(cell) {
                return Err(format!(
                    "{cell:?} is in the local time of the browser that exported it (`[Local Time]`), and the file does not say which; export in UTC, or give `--zone +09:00`"
                ));
            }
            convert::cell(cell, wanted, reading)
        });
    }
    unknown(&layout.header, collector);
    Ok(())
}

/// Whether a time says its zone.
fn says_zone(cell: &str) -> bool {
    let mut clock = Clock::default();
    clock.parse(cell, false).is_ok() && clock.assumed_utc == 0
}

/// Reports the columns that no wanted key stands for.
fn unknown(header: &[Heading], collector: &mut Collector) {
    for heading in header {
        collector.other_key(&heading.name, 0);
    }
}

/// Where each wanted key is in a record.
fn places(header: &[Heading], collector: &Collector) -> Result<Vec<Option<usize>>, String> {
    let find = |same: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let all = header.iter().enumerate();
        all.filter(|(_, heading)| same(&heading.name))
            .map(|(at, _)| at)
            .collect()
    };
    let place = |(key, paths): (&str, &[String])| -> Result<Option<usize>, String> {
        let mut found = find(&|name| paths.iter().any(|path| path == name));
        if collector.case_may_differ() {
            found = find(&|name| paths.iter().any(|path| path.eq_ignore_ascii_case(name)));
        }
        // The portal exports a time in both zones where it is asked to.
        if found.len() > 1 {
            let utc = |at: &usize| {
                header
                    .get(*at)
                    .is_some_and(|heading| heading.zone == HeadingZone::Utc)
            };
            if found.iter().filter(|at| utc(at)).count() == 1 {
                found.retain(utc);
            }
        }
        match found.as_slice() {
            [] => Ok(None),
            [at] => Ok(Some(*at)),
            _ => Err(format!("column `{key}` is there {} times", found.len())),
        }
    };
    collector.keys().map(place).collect()
}

/// A record of a file.
struct Record {
    /// The line it begins in, from 1.
    line: u64,
    cells: Result<Vec<Vec<u8>>, String>,
}

/// Splits a text into records.
struct Records {
    bytes: Box<dyn BufRead>,
    separator: u8,
    line_end: u8,
    line: u64,
    /// Whether quotes mean anything.
    quotes: bool,
    /// Whether the file ended within quotes.
    open_quote: bool,
}

impl Records {
    fn new(bytes: Box<dyn BufRead>, separator: u8, line_end: u8, line: u64) -> Self {
        Records {
            bytes,
            separator,
            line_end,
            line,
            quotes: true,
            open_quote: false,
        }
    }

    /// Appends a line without its end to `text`; `None` at the end of the file.
    fn line(&mut self, text: &mut Vec<u8>) -> io::Result<Option<()>> {
        let before = text.len();
        let most = LONGEST.saturating_sub(before as u64);
        if self
            .bytes
            .by_ref()
            .take(most)
            .read_until(self.line_end, text)?
            == 0
        {
            return match most {
                0 => Err(io::Error::other(
                    "a record is longer than 16 MiB; is a quote left open?",
                )),
                _ => Ok(None),
            };
        }
        if text.last() == Some(&self.line_end) {
            text.pop();
        } else if text.len() as u64 >= LONGEST {
            return Err(io::Error::other(
                "a record is longer than 16 MiB; is a quote left open?",
            ));
        }
        if self.line_end == b'\n' && text.len() > before && text.last() == Some(&b'\r') {
            text.pop();
        }
        self.line += 1;
        Ok(Some(()))
    }

    fn next(&mut self) -> io::Result<Option<Record>> {
        let line = self.line;
        let mut text = Vec::new();
        if self.line(&mut text)?.is_none() {
            return Ok(None);
        }
        if !self.quotes {
            let cells = text.split(|byte| *byte == self.separator);
            let cells = Ok(cells.map(<[u8]>::to_vec).collect());
            return Ok(Some(Record { line, cells }));
        }
        let cells = match self.split(&mut text, Escapes::Doubled)? {
            Split::Cells(cells) => Ok(cells),
            // `"say \"hi\""`: some programs escape a quote as JSON does.
            Split::Broken { escaped: true } => match self.split(&mut text, Escapes::Backslash)? {
                Split::Cells(cells) => Ok(cells),
                _ => Err("text after a closing quote".to_owned()),
            },
            Split::Broken { .. } => Err("text after a closing quote".to_owned()),
            Split::Open => {
                self.open_quote = true;
                Err("a quote is opened here and never closed".to_owned())
            }
        };
        Ok(Some(Record { line, cells }))
    }

    /// Splits a record, reading on while a quote is open.
    fn split(&mut self, text: &mut Vec<u8>, escapes: Escapes) -> io::Result<Split> {
        let mut cells = Vec::new();
        let mut cell = Vec::new();
        let mut state = State::Start;
        let mut at = 0;
        loop {
            while let Some(byte) = text.get(at).copied() {
                at += 1;
                state = match (state, byte) {
                    (State::Start, b'"') => State::Quoted,
                    (State::Start | State::Plain | State::Closed, byte)
                        if byte == self.separator =>
                    {
                        cells.push(std::mem::take(&mut cell));
                        State::Start
                    }
                    (State::Quoted, b'\\')
                        if escapes == Escapes::Backslash
                            && matches!(text.get(at), Some(b'"' | b'\\')) =>
                    {
                        cell.extend(text.get(at));
                        at += 1;
                        State::Quoted
                    }
                    (State::Quoted, b'"') => State::Closed,
                    (State::Closed, b'"') => {
                        cell.push(b'"');
                        State::Quoted
                    }
                    (State::Closed, b' ' | b'\t') => State::Closed,
                    (State::Closed, _) => {
                        let escaped = cell.last() == Some(&b'\\');
                        return Ok(Split::Broken { escaped });
                    }
                    (State::Start | State::Plain, byte) => {
                        cell.push(byte);
                        State::Plain
                    }
                    (State::Quoted, byte) => {
                        cell.push(byte);
                        State::Quoted
                    }
                };
            }
            if state != State::Quoted {
                cells.push(cell);
                return Ok(Split::Cells(cells));
            }
            text.push(b'\n');
            if self.line(text)?.is_none() {
                return Ok(Split::Open);
            }
        }
    }
}

/// How a quote within quotes is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// `""`
    Doubled,
    /// `\"`
    Backslash,
}

enum Split {
    Cells(Vec<Vec<u8>>),
    /// Text after a closing quote; whether a backslash is before that quote.
    Broken {
        escaped: bool,
    },
    /// The file ended within quotes.
    Open,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    Closed,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<Result<Vec<String>, String>> {
        let layout = layout(text.as_bytes(), true).unwrap();
        let bytes = Box::new(io::Cursor::new(text.as_bytes().to_vec()));
        let mut records = Records::new(bytes, layout.separator, layout.line_end, 1);
        let mut all = Vec::new();
        while let Some(record) = records.next().unwrap() {
            let text = |cells: Vec<Vec<u8>>| {
                cells
                    .into_iter()
                    .map(|cell| String::from_utf8(cell).unwrap())
                    .collect()
            };
            all.push(record.cells.map(text));
        }
        all
    }

    fn cells(text: &str) -> String {
        let shown = split(text).into_iter().map(|cells| match cells {
            Ok(cells) => cells.join("|"),
            Err(why) => format!("({why})"),
        });
        shown.collect::<Vec<_>>().join("/")
    }

    #[test]
    fn records_are_split_by_what_parts_them() {
        assert_eq!(cells("a,b\n1,2\n"), "a|b/1|2");
        assert_eq!(cells("a;b\r\n1,5;2\r\n"), "a|b/1,5|2");
        assert_eq!(cells("a\tb\r1\t2\r"), "a|b/1|2");
        assert_eq!(cells("\"a,x\";b\n1;2"), "a,x|b/1|2");
        assert_eq!(cells("a,b\n\"x\r\ny\",\n"), "a|b/x\ny|");
        assert_eq!(cells("a,b\n\"C:\\dir\\\",2\n"), "a|b/C:\\dir\\|2");
        assert_eq!(cells("a,b\nsay \"hi\",2\n"), "a|b/say \"hi\"|2");
    }

    #[test]
    fn escapes_of_both_kinds() {
        assert_eq!(cells("a,b\n\"say \"\"hi\"\"\",2\n"), "a|b/say \"hi\"|2");
        assert_eq!(cells("a,b\n\"say \\\"hi\\\"\",2\n"), "a|b/say \"hi\"|2");
        assert_eq!(
            cells("a,b\n\"x\" y,2\n3,4\n"),
            "a|b/(text after a closing quote)/3|4"
        );
    }

    #[test]
    fn an_open_quote_is_told() {
        let all = split("a,b\n1,2\n\"3,4\n5,6\n");
        assert_eq!(all.len(), 3);
        assert!(
            all.last()
                .unwrap()
                .as_ref()
                .unwrap_err()
                .contains("never closed")
        );
    }

    #[test]
    fn headings_may_say_a_zone() {
        let layout = layout(b"\"TimeGenerated [UTC]\",b [Local Time], c \n", true).unwrap();
        let named: Vec<_> = layout
            .header
            .iter()
            .map(|h| (h.name.as_str(), h.zone))
            .collect();
        assert_eq!(
            named,
            [
                ("TimeGenerated", HeadingZone::Utc),
                ("b", HeadingZone::Local),
                ("c", HeadingZone::Unsaid)
            ]
        );
    }
}
