//! Files as bytes: opening, gzip, telling NDJSON from CSV, lines of bounded length.

use super::DataError;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

/// The longest line or record that is read, in bytes.
pub(super) const LONGEST: u64 = 16 << 20;

/// A file's bytes, unpacked.
pub(super) struct Source {
    pub bytes: Box<dyn BufRead>,
    /// Whether the first byte that is not blank is `{` or `[`.
    pub is_json: bool,
}

/// Opens a file, or the standard input for `-`.
pub(super) fn open(file: &Path) -> Result<Source, DataError> {
    if file == Path::new("-") {
        return over(file, Box::new(io::stdin()));
    }
    let opened = File::open(file).map_err(|error| failed(file, &error))?;
    over(file, Box::new(opened))
}

/// Unpacks gzip by its first two bytes and looks at the first byte of the text; a byte order mark is left out.
pub(super) fn over(name: &Path, bytes: Box<dyn Read>) -> Result<Source, DataError> {
    let failed = |error: io::Error| failed(name, &error);
    let (head, bytes) = peek(bytes, 2).map_err(failed)?;
    let bytes: Box<dyn Read> = if head == [0x1f, 0x8b] {
        Box::new(MultiGzDecoder::new(BufReader::with_capacity(
            1 << 16,
            bytes,
        )))
    } else {
        bytes
    };
    let (mark, bytes) = peek(bytes, 3).map_err(failed)?;
    let mut bytes = bytes;
    if mark == [0xef, 0xbb, 0xbf] {
        bytes.read_exact(&mut [0; 3]).map_err(failed)?;
    }
    let mut bytes = BufReader::with_capacity(1 << 16, bytes);
    let start = bytes.fill_buf().map_err(failed)?;
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    let is_json = matches!(first, Some(b'{' | b'['));
    Ok(Source {
        bytes: Box::new(bytes),
        is_json,
    })
}

/// The first bytes, and all of them again.
fn peek(mut bytes: Box<dyn Read>, count: u64) -> io::Result<(Vec<u8>, Box<dyn Read>)> {
    let mut head = Vec::new();
    bytes.by_ref().take(count).read_to_end(&mut head)?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(bytes))))
}

pub(super) fn failed(file: &Path, error: &io::Error) -> DataError {
    DataError {
        file: file.to_owned(),
        why: error.to_string(),
    }
}

/// What a line turned out to be.
pub(super) enum Line {
    /// The end of the file.
    End,
    /// The buffer holds it, without its line end.
    Read,
    /// It is longer than [`LONGEST`]; it was passed over.
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
