//! How literals are spelled.
//!
//! In: a value. Out: its text. Guarantee: what is read again is the same value.

use super::super::chars;
use std::fmt::Write;

/// A string between double quotes; what cannot be seen is escaped.
pub(crate) fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if chars::invisible(c) && c != ' ' => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _infallible = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A regex between slashes.
pub(super) fn regex(source: &str, ignore_case: bool) -> String {
    let out = &mut String::new();
    out.push('/');
    let mut escaped = false;
    for c in source.chars() {
        if c == '/' && !escaped {
            out.push('\\');
        }
        out.push(c);
        escaped = c == '\\' && !escaped;
    }
    out.push('/');
    if ignore_case {
        out.push('i');
    }
    std::mem::take(out)
}
