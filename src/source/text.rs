//! Bytes of a file to text.
//!
//! In: a path. Out: the file's text in [`Files`]. Guarantee: nothing larger than the limit is held in memory, and what is not UTF-8 text is
//! refused at the first byte that shows it; a byte order mark and either kind of line break are accepted.

// One error for a whole file: its size costs nothing, and callers keep it as it is.
#![allow(clippy::result_large_err)]

use super::{FileId, Files, Span, disk};
use crate::diag::{Code, Diagnostic};
use std::io::Read;
use std::path::Path;

/// Largest YAML or CSV file read, in bytes.
pub(crate) const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Reads a text file.
///
/// # Errors
/// E0101 when it cannot be opened or is larger than `limit`, E0102 when it is not UTF-8 text, E0117 when it holds nothing but space.
pub(crate) fn read_text(
    files: &mut Files,
    path: &Path,
    limit: usize,
) -> Result<FileId, Diagnostic> {
    let bytes = read_bytes(path, limit)?;
    add_bytes(files, path, bytes)
}

fn read_bytes(path: &Path, limit: usize) -> Result<Vec<u8>, Diagnostic> {
    let shown = path.display();
    let refused = |why: String| Diagnostic::new(Code::E0101, format!("{shown}: {why}"));
    let file = disk::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => refused("no such file".to_owned()),
        std::io::ErrorKind::PermissionDenied => refused("permission denied".to_owned()),
        _ => refused(error.to_string()),
    })?;
    let metadata = file
        .metadata()
        .map_err(|error| refused(error.to_string()))?;
    if metadata.is_dir() {
        return Err(refused("this is a folder".to_owned()));
    }
    let too_large = || {
        refused(format!("larger than {} MiB", limit / 1024 / 1024))
            .help("nothing that large is read; it is not what huntc takes it for")
    };
    if usize::try_from(metadata.len()).is_ok_and(|length| length > limit) {
        return Err(too_large());
    }
    // What says it is short may still be endless (a device, a pipe).
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| refused(error.to_string()))?;
    if bytes.len() > limit {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Adds bytes that were read from `path`.
///
/// # Errors
/// E0102 when they are not UTF-8 text, E0117 when they hold nothing but space.
pub(crate) fn add_bytes(
    files: &mut Files,
    path: &Path,
    bytes: Vec<u8>,
) -> Result<FileId, Diagnostic> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Diagnostic::new(
            Code::E0102,
            format!("{}: this file is UTF-16", path.display()),
        )
        .help("save it as UTF-8"));
    }
    // Nothing of a binary file is quoted: it is not what its name says, and a message may end in a log that others read.
    if bytes.contains(&0) {
        let title = format!(
            "{}: this file is not text: it has a zero byte",
            path.display()
        );
        return Err(Diagnostic::new(Code::E0102, title).help("this seems to be a binary file"));
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let first = bytes.get(at).copied().unwrap_or_default();
            // The text before the bad byte is the same, so the place holds in the mended text.
            let file = files.add(path, String::from_utf8_lossy(&bytes).into_owned());
            let fault = Diagnostic::at(
                Code::E0102,
                Span::new(file, at, at + '\u{fffd}'.len_utf8()),
                format!("the byte 0x{first:02x} is not UTF-8 text"),
            );
            return Err(fault.label("here").help("save the file as UTF-8"));
        }
    };
    let control = text.char_indices().find(|(_, c)| is_refused(*c));
    let empty = text.trim_start_matches('\u{feff}').trim().is_empty();
    let file = files.add(path, text);
    if let Some((at, c)) = control {
        let title = format!("the character U+{:04X} is a control", u32::from(c));
        let span = Span::new(file, at, at + c.len_utf8());
        return Err(Diagnostic::at(Code::E0102, span, title)
            .help("it is invisible, or makes a text look different from what it is; remove it, or write it as \\uXXXX in a string"));
    }
    if empty {
        return Err(Diagnostic::at(
            Code::E0117,
            Span::new(file, 0, 0),
            "the file is empty",
        ));
    }
    Ok(file)
}

/// Controls other than tab and line break, and those that turn the direction of text.
fn is_refused(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
