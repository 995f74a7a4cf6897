//! In: a pattern and a replacement in Java's dialect, as REPLACE and MV_RLIKE's kin take them. Out: a compiled regex, or a refusal.
//! Guarantee: what both dialects say alike is passed on; ASCII classes stay ASCII; what this engine lacks or reads otherwise (look-around,
//! back-references, possessive and atomic groups, class intersections) is refused by name (Elastic docs, "REPLACE").

use regex::Regex;

/// Why a pattern is refused.
pub(super) enum Fault {
    /// Not known here.
    Unknown(String),
    /// No pattern at all.
    Invalid(String),
}

/// A compiled pattern, and whether it looks for the end of its text.
#[derive(Debug)]
pub(super) struct Pattern {
    /// The regex.
    pub regex: Regex,
    /// `$` also matches before a line end that closes the text, which the engine of `regex` cannot say.
    looks_for_end: bool,
    /// The same where `$` says so, when it is written.
    closing: Option<fancy_regex::Regex>,
}

impl Pattern {
    /// Whether this text is one that the two dialects see differently.
    fn differs_on(&self, text: &str) -> bool {
        self.looks_for_end && text.ends_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
    }

    /// Whether this text can be read with it.
    pub(super) fn reads(&self, text: &str) -> bool {
        self.closing.is_some() || !self.differs_on(text)
    }
}

/// Compiles a pattern.
pub(super) fn compile(pattern: &str) -> Result<Pattern, Fault> {
    let (text, looks_for_end) = translate(pattern, r"\z")?;
    let closing = if looks_for_end {
        let (text, _) = translate(pattern, CLOSING)?;
        fancy_regex::Regex::new(&text).ok()
    } else {
        None
    };
    match regex::RegexBuilder::new(&text)
        .size_limit(50_000_000)
        .build()
    {
        Ok(regex) => Ok(Pattern {
            regex,
            looks_for_end,
            closing,
        }),
        Err(regex::Error::Syntax(message)) => {
            let last = message.lines().last().unwrap_or_default().to_owned();
            Err(Fault::Unknown(last))
        }
        Err(error) => Err(Fault::Unknown(error.to_string())),
    }
}

/// Java's `$`: the end of the text, or of what precedes a line end that closes it, whose two characters are not parted.
const CLOSING: &str = r"(?:\z|(?=\r\n\z)|(?<!\r)(?=\n\z)|(?=[\r\x{85}\x{2028}\x{2029}]\z))";

fn unknown<T>(what: &str) -> Result<T, Fault> {
    Err(Fault::Unknown(format!("{what} is not known here")))
}

/// A pattern in this engine's dialect, and whether `$` is in it.
fn translate(pattern: &str, end: &str) -> Result<(String, bool), Fault> {
    let chars: Vec<char> = pattern.chars().collect();
    let at = |index: usize| chars.get(index).copied();
    let mut out = String::new();
    let mut looks_for_end = false;
    let mut in_class = false;
    // Whether `.` takes line ends, in the groups that are open.
    let mut takes_ends = vec![false];
    let mut index = 0;
    while let Some(c) = at(index) {
        index += 1;
        match c {
            '\\' => {
                let Some(escaped) = at(index) else {
                    return Err(Fault::Invalid("a backslash ends the pattern".to_owned()));
                };
                index += 1;
                match (escaped, in_class) {
                    ('d', false) => out.push_str("[0-9]"),
                    ('D', false) => out.push_str("[^0-9]"),
                    ('w', false) => out.push_str("[A-Za-z0-9_]"),
                    ('W', false) => out.push_str("[^A-Za-z0-9_]"),
                    ('s', false) => out.push_str(r"[\t\n\x0B\f\r ]"),
                    ('S', false) => out.push_str(r"[^\t\n\x0B\f\r ]"),
                    ('d', true) => out.push_str("0-9"),
                    ('w', true) => out.push_str("A-Za-z0-9_"),
                    ('s', true) => out.push_str(r"\t\n\x0B\f\r "),
                    ('n' | 't' | 'r' | 'f' | 'a', _) => {
                        out.push('\\');
                        out.push(escaped);
                    }
                    ('b' | 'B' | 'A' | 'z', false) => {
                        out.push_str(match escaped {
                            'b' => r"(?-u:\b)",
                            'B' => return unknown("`\\B`"),
                            'A' => r"\A",
                            _ => r"\z",
                        });
                    }
                    (c, _) if c.is_ascii_alphanumeric() => return unknown(&format!("`\\{c}`")),
                    (c, _) => {
                        let mut buffer = [0; 4];
                        let text: &str = c.encode_utf8(&mut buffer);
                        // Inside brackets these have their own meaning in this engine only.
                        if in_class || matches!(c, '&' | '~' | '-') {
                            out.push_str(&format!(r"\x{{{:x}}}", u32::from(c)));
                        } else {
                            out.push_str(&regex::escape(text));
                        }
                    }
                }
            }
            '[' if in_class => return unknown("a class in a class"),
            '[' => {
                in_class = true;
                out.push('[');
                if at(index) == Some('^') {
                    out.push('^');
                    index += 1;
                }
                if at(index) == Some(']') {
                    return unknown("`]` first in a class");
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' if in_class && at(index) == Some('&') => return unknown("`&&` in a class"),
            '&' | '~' if in_class => out.push_str(&format!(r"\x{{{:x}}}", u32::from(c))),
            '-' if in_class && at(index) == Some('-') => return unknown("`--` in a class"),
            c if in_class => out.push(c),
            '.' if takes_ends.last() == Some(&true) => out.push_str("(?s:.)"),
            '.' => out.push_str(r"[^\n\r\x{85}\x{2028}\x{2029}]"),
            '$' => {
                looks_for_end = true;
                out.push_str(end);
            }
            '^' => out.push_str(r"\A"),
            '(' if at(index) == Some('?') => {
                let tail: String = chars.iter().skip(index + 1).take(4).collect();
                takes_ends.push(takes_ends.last() == Some(&true) || tail.starts_with("s:"));
                if tail.starts_with(':') {
                    out.push_str("(?:");
                    index += 2;
                } else if tail.starts_with("i)") {
                    out.push_str("(?i)");
                    takes_ends.pop();
                    index += 3;
                } else if tail.starts_with("s:") {
                    out.push_str("(?:");
                    index += 3;
                } else if tail.starts_with("i:") {
                    out.push_str("(?i:");
                    index += 3;
                } else {
                    return unknown(&format!("`(?{}`", tail.chars().next().unwrap_or_default()));
                }
            }
            '(' => {
                takes_ends.push(takes_ends.last() == Some(&true));
                out.push('(');
            }
            ')' => {
                takes_ends.pop();
                out.push(')');
            }
            '*' | '+' | '?' | '}' => {
                out.push(c);
                if at(index) == Some('+') {
                    return unknown("a possessive repetition");
                }
            }
            c => out.push(c),
        }
    }
    if in_class {
        return Err(Fault::Invalid("a class is not closed".to_owned()));
    }
    Ok((out, looks_for_end))
}

/// Replaces every match; `$1` names a group, `\` makes the next character plain.
pub(super) fn replace(
    pattern: &Pattern,
    text: &str,
    replacement: &str,
    largest: usize,
) -> Result<String, Fault> {
    let pieces = pieces(replacement, pattern.regex.captures_len()).map_err(Fault::Invalid)?;
    let mut made = 0_usize;
    let mut exchange = |group: &dyn Fn(usize) -> Option<String>| {
        let mut out = String::new();
        if made > largest {
            return out;
        }
        for piece in &pieces {
            match piece {
                Piece::Plain(text) => out.push_str(text),
                Piece::Group(number) => out.push_str(&group(*number).unwrap_or_default()),
            }
        }
        made = made.saturating_add(out.len());
        out
    };
    let replaced = match &pattern.closing {
        Some(closing) if pattern.differs_on(text) => {
            let replaced =
                closing.try_replacen(text, 0, |found: &fancy_regex::Captures<'_, str>| {
                    exchange(&|group| found.get(group).map(|g| g.as_str().to_owned()))
                });
            replaced.map_err(|error| Fault::Unknown(format!("a match was given up: {error}")))?
        }
        _ => pattern
            .regex
            .replace_all(text, |found: &regex::Captures<'_>| {
                exchange(&|group| found.get(group).map(|g| g.as_str().to_owned()))
            }),
    };
    if made > largest || replaced.len() > largest {
        return Err(Fault::Invalid(format!(
            "creating strings with more than [{largest}] bytes is not supported"
        )));
    }
    Ok(replaced.into_owned())
}

enum Piece {
    Plain(String),
    Group(usize),
}

fn pieces(replacement: &str, groups: usize) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut chars = replacement.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c) => pieces.push(Piece::Plain(c.to_string())),
                None => return Err("character to be escaped is missing".to_owned()),
            },
            '$' => {
                let digit = |c: &char| c.to_digit(10).and_then(|d| usize::try_from(d).ok());
                let Some(mut group) = chars.peek().and_then(digit) else {
                    return Err("Illegal group reference".to_owned());
                };
                chars.next();
                if group >= groups {
                    return Err(format!("No group {group}"));
                }
                // More digits belong to the number as long as such a group exists.
                while let Some(more) = chars.peek().and_then(digit) {
                    let longer = group.saturating_mul(10).saturating_add(more);
                    if longer >= groups {
                        break;
                    }
                    group = longer;
                    chars.next();
                }
                pieces.push(Piece::Group(group));
            }
            c => pieces.push(Piece::Plain(c.to_string())),
        }
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Java's `$` also matches before a line end that closes the text.
    #[test]
    fn the_end_of_a_text() {
        let Ok(pattern) = compile("^(?s:.*?)a(.)(?s:.*)$") else {
            unreachable!("it is a pattern")
        };
        let replaced = |text: &str| replace(&pattern, text, "<$1>", 100).ok();
        assert_eq!(replaced("x\nab\n"), Some("<b>".to_owned()));
        assert_eq!(replaced("a\n"), Some("a\n".to_owned()));
        let Ok(pattern) = compile("b$") else {
            unreachable!("it is a pattern")
        };
        for (text, wanted) in [
            ("ab\n", "ax\n"),
            ("ab\r\n", "ax\r\n"),
            ("ab\n\n", "ab\n\n"),
            ("ab", "ax"),
        ] {
            assert_eq!(
                replace(&pattern, text, "x", 100).ok(),
                Some(wanted.to_owned())
            );
        }
    }

    #[test]
    fn a_flag_of_a_group_ends_with_it() {
        let Ok(pattern) = compile("^(?s:(.)*?)(?:a.c)(?s:.*)$") else {
            unreachable!("it is a pattern")
        };
        assert!(pattern.regex.is_match("\n\nabc\n-"));
        assert!(!pattern.regex.is_match("a\nc"));
    }
}
