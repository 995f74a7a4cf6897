//! How operators and literals are spelled.
//!
//! In: an operator, a value. Out: its text. Guarantee: what is read again is the same value.

use super::super::ast::{CompareOp, TextTest};
use super::super::chars;
use std::fmt::Write;

/// The sign of a comparison.
#[must_use]
pub(crate) fn compare_op(op: CompareOp, fold: bool) -> &'static str {
    match (op, fold) {
        (CompareOp::Equal, false) => "==",
        (CompareOp::Equal, true) => "=~",
        (CompareOp::NotEqual, false) => "!=",
        (CompareOp::NotEqual, true) => "!~",
        (CompareOp::Less, _) => "<",
        (CompareOp::LessOrEqual, _) => "<=",
        (CompareOp::Greater, _) => ">",
        (CompareOp::GreaterOrEqual, _) => ">=",
    }
}

/// The word of a text test.
#[must_use]
pub(crate) fn text_test(test: TextTest) -> &'static str {
    match test {
        TextTest::Contains => "contains",
        TextTest::StartsWith => "starts_with",
        TextTest::EndsWith => "ends_with",
        TextTest::HasWord => "has_word",
    }
}

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
