//! Files as bytes: opening, unpacking, decoding, telling text from binary formats, lines of bounded length.
//!
//! In: a path or a stream. Out: [`Content`]: UTF-8 text with a sample of its beginning, or a Windows event log. Guarantee: gzip, zstd and UTF-16 are
//! recognised by their bytes, not by the file's name; a format that is not read is refused by its name, never taken for CSV.

use super::DataError;
use super::utf16;
use crate::diag::Code;
use crate::source::disk;
use flate2::read::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

/// The longest line or record that is read, in bytes.
pub(super) const LONGEST: u64 = 16 << 20;
/// How much of the beginning is looked at before reading.
const SAMPLE: u64 = 256 << 10;
/// The largest Windows event log that is read, in bytes; it is held in memory.
const LARGEST_LOG: u64 = 4 << 30;

/// What a file holds.
pub(super) enum Content {
    /// Text.
    Text(Source),
    /// A Windows event log (EVTX), whole.
    Evtx(Vec<u8>),
}

/// A file's text, unpacked and in UTF-8 as far as the file says so.
pub(super) struct Source {
    /// The text.
    pub bytes: Box<dyn BufRead>,
    /// Its beginning, which `bytes` gives again.
    pub sample: Vec<u8>,
    /// Whether the sample is all of it.
    pub whole: bool,
    /// How it was packed: `gzip`, `zstd`, `UTF-16`.
    pub packing: Vec<&'static str>,
}

/// Opens a file, or the standard input for `-`.
pub(super) fn open(file: &Path) -> Result<Content, DataError> {
    if file == Path::new("-") {
        return over(file, Box::new(io::stdin()));
    }
    let opened = disk::open(file).map_err(|error| failed(file, &error))?;
    if opened.metadata().is_ok_and(|about| about.is_dir()) {
        let why = "it is a folder; name its files, for example with `folder/*`";
        return Err(DataError::new(file, why));
    }
    over(file, Box::new(opened))
}

/// Unpacks and decodes a stream; `name` is the file in reports.
pub(super) fn over(name: &Path, bytes: Box<dyn Read>) -> Result<Content, DataError> {
    let failed = |error: io::Error| failed(name, &error);
    let mut packing = Vec::new();
    let (mut head, mut bytes) = peek(bytes, 16).map_err(failed)?;
    for _ in 0..2 {
        let (unpacked, how): (Box<dyn Read>, _) = if head.starts_with(&[0x1f, 0x8b]) {
            (
                Box::new(MultiGzDecoder::new(BufReader::with_capacity(
                    1 << 16,
                    bytes,
                ))),
                "gzip",
            )
        } else if is_zstd(&head) {
            (Box::new(Zstd::new(bytes)), "zstd")
        } else {
            break;
        };
        packing.push(how);
        (head, bytes) = peek(unpacked, 16).map_err(failed)?;
    }
    if head.starts_with(b"ElfFile\0") {
        let mut log = Vec::new();
        bytes
            .take(LARGEST_LOG + 1)
            .read_to_end(&mut log)
            .map_err(failed)?;
        if log.len() as u64 > LARGEST_LOG {
            let why = "an event log of more than 4 GiB; export a part of it";
            return Err(DataError::new(name, why));
        }
        return Ok(Content::Evtx(log));
    }
    refuse(name, &head)?;
    if let Some(order) = utf16::byte_order(&head) {
        packing.push("UTF-16");
        bytes = Box::new(utf16::Decoder::new(bytes, order));
    } else if head.starts_with(&[0xef, 0xbb, 0xbf]) {
        bytes.read_exact(&mut [0; 3]).map_err(failed)?;
    }
    let (sample, bytes) = peek(bytes, SAMPLE).map_err(failed)?;
    if sample.get(257..262) == Some(b"ustar") {
        let why = "the file is a tar archive, which huntc does not read";
        return Err(DataError::coded(Code::E0645, name, why).help("unpack it"));
    }
    if sample.contains(&0) {
        let why = "it holds NUL bytes, so it is neither JSON nor CSV";
        return Err(DataError::coded(Code::E0645, name, why));
    }
    Ok(Content::Text(Source {
        whole: (sample.len() as u64) < SAMPLE,
        bytes: Box::new(BufReader::with_capacity(1 << 16, bytes)),
        sample,
        packing,
    }))
}

/// A frame of zstd, or one to be skipped before it.
fn is_zstd(head: &[u8]) -> bool {
    matches!(
        head,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]
    )
}

/// Formats that people have and that are not read, by their first bytes.
const REFUSED: &[(&[u8], &str, &str)] = &[
    (
        b"PAR1",
        "Parquet",
        "export it as NDJSON, for example with DuckDB: COPY (FROM 'x.parquet') TO 'x.ndjson' (FORMAT json). Reading it through an engine (`--engine duckdb`) is planned and not there yet",
    ),
    (
        b"PK\x03\x04",
        "a zip archive or an Office workbook (.xlsx)",
        "unpack it; save a workbook as CSV",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Office file (.xls)",
        "save it as CSV",
    ),
    (b"Obj\x01", "Avro", "convert it to NDJSON"),
    (b"ORC", "ORC", "convert it to NDJSON"),
    (b"ARROW1", "Arrow IPC", "convert it to NDJSON"),
    (
        b"SQLite format 3",
        "an SQLite database",
        "export its table as CSV",
    ),
    (b"\xfd7zXZ", "xz", "unpack it with `xz -d`"),
    (b"BZh", "bzip2", "unpack it with `bunzip2`"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it"),
    (
        b"\xd4\xc3\xb2\xa1",
        "a packet capture",
        "hunts read events, not packets; Zeek makes events of packets",
    ),
    (
        b"\x0a\x0d\x0d\x0a",
        "a packet capture",
        "hunts read events, not packets; Zeek makes events of packets",
    ),
    (b"\x04\x22\x4d\x18", "lz4", "unpack it with `lz4 -d`"),
    (
        b"\x1e",
        "a JSON text sequence (RFC 7464)",
        "write one object a line",
    ),
    (b"%PDF", "PDF", "export the rows as CSV or JSON"),
];

fn refuse(name: &Path, head: &[u8]) -> Result<(), DataError> {
    let text = head.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(head);
    let known = (REFUSED.iter()).find(|(magic, ..)| head.starts_with(magic));
    let (what, help) = match known {
        Some((_, what, help)) => (*what, *help),
        None if text.trim_ascii_start().starts_with(b"<") => (
            "XML or HTML",
            "Windows events are read as EVTX or as JSON; of a web page, save the rows as CSV",
        ),
        None => return Ok(()),
    };
    let why = format!("the file is {what}, which huntc does not read");
    Err(DataError::coded(Code::E0645, name, &why).help(help))
}

/// The first bytes, and all of them again.
fn peek(mut bytes: Box<dyn Read>, count: u64) -> io::Result<(Vec<u8>, Box<dyn Read>)> {
    let mut head = Vec::new();
    bytes.by_ref().take(count).read_to_end(&mut head)?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(bytes))))
}

/// Frames of zstd, one after the other; a skippable frame is skipped.
struct Zstd {
    bytes: Option<Box<dyn Read>>,
    frame:
        Option<ruzstd::decoding::StreamingDecoder<Box<dyn Read>, ruzstd::decoding::FrameDecoder>>,
}

impl Zstd {
    fn new(bytes: Box<dyn Read>) -> Self {
        Zstd {
            bytes: Some(bytes),
            frame: None,
        }
    }
}

impl Read for Zstd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let count = frame.read(buffer)?;
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
                self.bytes = self.frame.take().map(|frame| frame.into_inner());
            }
            let Some(bytes) = self.bytes.take() else {
                return Ok(0);
            };
            let (head, mut bytes) = peek(bytes, 8)?;
            match head.as_slice() {
                [] => return Ok(0),
                [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d] => {
                    let length = u64::from(u32::from_le_bytes([*a, *b, *c, *d])) + 8;
                    io::copy(&mut bytes.by_ref().take(length), &mut io::sink())?;
                    self.bytes = Some(bytes);
                }
                _ => {
                    let frame = ruzstd::decoding::StreamingDecoder::new(bytes);
                    self.frame = Some(frame.map_err(|error| io::Error::other(error.to_string()))?);
                }
            }
        }
    }
}

pub(super) fn failed(file: &Path, error: &io::Error) -> DataError {
    DataError::new(file, &error.to_string())
}

/// What a line turned out to be.
pub(super) enum Line {
    /// The end of the file.
    End,
    /// The buffer holds it, without its line end.
    Read,
    /// It is longer than [`LONGEST`]; it was skipped.
    TooLong,
}

/// Reads one line into the buffer.
pub(super) fn next(bytes: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    if bytes.take(LONGEST).read_until(b'\n', line)? == 0 {
        return Ok(Line::End);
    }
    if line.ends_with(b"\n") {
        line.pop();
        return Ok(Line::Read);
    }
    if (line.len() as u64) < LONGEST {
        return Ok(Line::Read);
    }
    // `skip_until` reads the rest piece by piece, so that no memory is held.
    bytes.skip_until(b'\n')?;
    Ok(Line::TooLong)
}
