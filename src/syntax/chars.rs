//! Signs and characters: those of the language, and what people write instead.
//!
//! In: the rest of a text at a character that begins no word or literal. Out: the length of the sign, or an error with the right spelling.
//! Guarantee: each foreign spelling gets its own message, and an edit where one edit is right.

use super::foreign;
use crate::diag::{Code, Diagnostic};
use crate::source::Span;

/// Signs of the language, the longest first.
const SIGNS: &[&str] = &[
    "->", "==", "=~", "!=", "!~", "<=", ">=", "<", ">", "=", "+", "-", "*", "/", ",", "~",
];

/// Signs of other languages: as written, ours, why. The longest first; they win over [`SIGNS`].
const FOREIGN: &[(&str, &str, &str)] = &[
    ("===", "==", "equality is written `==`"),
    ("!==", "!=", "inequality is written `!=`"),
    ("==~", "=~", "equality that ignores case is written `=~`"),
    ("!=~", "!~", "inequality that ignores case is written `!~`"),
    ("<=>", "==", "equality is written `==`"),
    ("&&", "and", "`&&` is written `and`"),
    (
        "||",
        "or",
        "`||` is written `or`; a single `|` begins a step",
    ),
    ("<>", "!=", "inequality is written `!=`"),
    ("=<", "<=", "at most is written `<=`"),
    (
        "=>",
        "->",
        "`->` leads to the value of a case, and at least is written `>=`",
    ),
    ("&", "and", "`&` is written `and`"),
];

/// The length of the sign at the start of `rest`, when the language has it.
pub(super) fn sign(rest: &str) -> Option<usize> {
    if rest.starts_with("/*")
        || FOREIGN
            .iter()
            .any(|(foreign, ..)| rest.starts_with(foreign))
    {
        return None;
    }
    SIGNS
        .iter()
        .find(|sign| rest.starts_with(**sign))
        .map(|sign| sign.len())
}

/// What is wrong with the sign at the start of `rest`, and its length.
pub(super) fn foreign_sign(
    rest: &str,
    first: char,
    span: impl Fn(usize) -> Span,
) -> (usize, Diagnostic) {
    if let Some((written, ours, why)) = FOREIGN
        .iter()
        .find(|(foreign, ..)| rest.starts_with(foreign))
    {
        let place = span(written.len());
        let fault = Diagnostic::at(
            Code::E0208,
            place,
            format!("`{written}` is not an operator of the language"),
        );
        return (written.len(), fault.fix(place, *ours, *why));
    }
    match first {
        '!' => exclamation(rest, span),
        '.' if rest.starts_with("..") => {
            let fault = Diagnostic::at(
                Code::E0208,
                span(2),
                "`..` is not an operator of the language",
            );
            (
                2,
                fault.help("a range is written `between a and b`, without parentheses"),
            )
        }
        '\'' => single_quoted(rest, span),
        '#' => {
            let place = span(1);
            let fault = Diagnostic::at(
                Code::E0208,
                place,
                "`#` does not begin a comment in a query",
            );
            (
                line(rest),
                fault.fix(place, "//", "comments begin with `//`"),
            )
        }
        '/' => {
            let length = rest.find("*/").map_or(rest.len(), |at| at + 2);
            let fault = Diagnostic::at(
                Code::E0208,
                span(2),
                "`/*` does not begin a comment in a query",
            )
            .help("a comment begins with `//` and ends with its line");
            (length, fault)
        }
        ';' => {
            let fault = Diagnostic::at(Code::E0216, span(1), "`;` has no meaning in a query")
                .help("steps are separated by `|`; nothing ends a query");
            (1, fault)
        }
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2018}' | '\u{2019}' => {
            let length = first.len_utf8();
            let fault = Diagnostic::at(
                Code::E0216,
                span(length),
                format!("`{first}` is not a quotation mark of the language"),
            )
            .help("strings stand between straight double quotes: \"text\"")
            .fix(span(length), "\"", "a straight double quote");
            (length, fault)
        }
        '\u{a0}' | '\u{202f}' | '\u{3000}' | '\u{2007}' => {
            let length = first.len_utf8();
            let fault = Diagnostic::at(
                Code::E0216,
                span(length),
                format!("{} is not a space of the language", shown(first)),
            )
            .help("it looks like a space and came perhaps from a web page or a chat")
            .fix(span(length), " ", "an ordinary space");
            (length, fault)
        }
        _ => {
            let length = first.len_utf8();
            let fault = Diagnostic::at(Code::E0216, span(length), format!("`{}` has no meaning in a query", shown(first)))
                .help("outside of strings and comments a query has ASCII letters, digits, and the signs of its operators");
            (length, fault)
        }
    }
}

/// `!in`, `!contains`, `!(`.
fn exclamation(rest: &str, span: impl Fn(usize) -> Span) -> (usize, Diagnostic) {
    let after = rest.get(1..).unwrap_or("");
    let word: &str = after
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .next()
        .unwrap_or("");
    let place = span(1 + word.len());
    match word {
        "in" | "in_cidr" => {
            let fault = Diagnostic::at(
                Code::E0208,
                place,
                format!("`!{word}` is not an operator of the language"),
            );
            (
                1 + word.len(),
                fault.fix(place, format!("not {word}"), "negation is the word `not`"),
            )
        }
        _ if foreign::negated(word).is_some() => {
            let ours = foreign::negated(word).unwrap_or_default();
            let right = if ours == "between" {
                "1 and 9"
            } else {
                "\"x\""
            };
            let fault = Diagnostic::at(
                Code::E0208,
                place,
                format!("`!{word}` is not an operator of the language"),
            )
            .help(format!(
                "negation stands before the whole test: `not a {ours} {right}`"
            ));
            (1 + word.len(), fault)
        }
        _ => {
            let fault = Diagnostic::at(
                Code::E0208,
                span(1),
                "`!` is not an operator of the language",
            );
            (1, fault.fix(span(1), "not ", "negation is the word `not`"))
        }
    }
}

/// `'text'`
fn single_quoted(rest: &str, span: impl Fn(usize) -> Span) -> (usize, Diagnostic) {
    let line = line(rest);
    let body = rest.get(1..line).unwrap_or("");
    let fault = |length| {
        Diagnostic::at(
            Code::E0208,
            span(length),
            "strings stand between double quotes",
        )
        .label("single quotes mean nothing here")
    };
    match body.find('\'') {
        Some(end) => {
            let inner = body.get(..end).unwrap_or("");
            let length = end + 2;
            let quoted = format!("\"{}\"", inner.replace('\\', "\\\\").replace('"', "\\\""));
            (
                length,
                fault(length).fix(span(length), quoted, "write it with double quotes"),
            )
        }
        None => (line, fault(1)),
    }
}

/// The length of the rest of the line.
fn line(rest: &str) -> usize {
    rest.find(['\n', '\r']).unwrap_or(rest.len())
}

/// The bracket that closes one.
pub(super) fn closes(opened: char) -> char {
    match opened {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

/// A character as it may be shown: controls and invisible ones by their number.
pub(super) fn shown(c: char) -> String {
    if invisible(c) {
        format!("U+{:04X}", u32::from(c))
    } else {
        c.to_string()
    }
}

/// Whether a character shows nothing, or changes how its neighbours are shown.
pub(super) fn invisible(c: char) -> bool {
    c.is_control()
        || c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// What to write instead, when `written` (digits first) is neither a number nor a duration.
pub(super) fn number_fault(written: &str) -> Option<String> {
    let digits = written
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(written.len());
    let (whole, tail) = written.split_at_checked(digits).unwrap_or((written, ""));
    if matches!(tail, "" | "s" | "m" | "h" | "d") || is_float_tail(tail) {
        return None;
    }
    let unit = match tail.to_ascii_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" => Some("s"),
        "min" | "mins" | "minute" | "minutes" => Some("m"),
        "hr" | "hrs" | "hour" | "hours" | "h" => Some("h"),
        "day" | "days" | "d" => Some("d"),
        "s" => Some("s"),
        _ => None,
    };
    Some(match (unit, tail) {
        _ if tail.contains("..") => {
            "a range is written `between a and b`, without parentheses".to_owned()
        }
        _ if tail.matches('.').count() > 1 => "an address, a network or a version stands between double quotes".to_owned(),
        (Some(unit), _) => format!("write `{whole}{unit}`"),
        (None, "w" | "wk" | "week" | "weeks") => "a duration is in s, m, h or d: a week is `7d`".to_owned(),
        (None, "ms") => "a duration is in s, m, h or d; nothing shorter than a second is needed".to_owned(),
        (None, _) if tail.starts_with('x') => "numbers are written in decimal".to_owned(),
        (None, _) if tail.contains('_') => "digits are written without `_`".to_owned(),
        (None, _) if tail.starts_with(['s', 'm', 'h', 'd']) => {
            "a duration has one unit: write `90m` for an hour and a half".to_owned()
        }
        _ => "numbers are like 443 or 0.5, durations like 90s, 5m, 24h or 7d; a name begins with a letter".to_owned(),
    })
}

/// `.5`, `.5e3`, `e-3`
fn is_float_tail(tail: &str) -> bool {
    let (fraction, exponent) = match tail.find(['e', 'E']) {
        Some(at) => (tail.get(..at).unwrap_or(""), tail.get(at + 1..)),
        None => (tail, None),
    };
    let all_digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let fraction_fits = fraction.is_empty() || fraction.strip_prefix('.').is_some_and(all_digits);
    let exponent_fits =
        exponent.is_none_or(|text| all_digits(text.strip_prefix(['+', '-']).unwrap_or(text)));
    fraction_fits && exponent_fits && !tail.is_empty()
}
