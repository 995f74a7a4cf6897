//! In: rows, a text and patterns of GROK. Out: the rows with a column for each name in the patterns, in alphabetical order.
//! Guarantee: the first pattern that matches is the one; names of the library mean what its ECS set says (Elastic docs, "GROK"; the order
//! of columns and the narrowing of `float` as in the engine's source). The platform's regex engine has changed what `\w`, `\d` and `\s`
//! mean beyond ASCII: where the two readings differ on a text, or a value is not of the type that its name asks for, the run is refused.

use std::ops::Range;

use fancy_regex::{Regex, RegexBuilder};

use super::ast::Expr;
use super::cell::Value;
use super::context::Context;
use super::extract::extract;
use super::frame::Frame;
use super::grok_library;
use super::refuse::{invalid, unknown};
use super::types::Type;
use crate::Refusal;

/// A column of GROK: its name, its type, and its groups in the regexes.
struct Capture {
    name: String,
    ty: Type,
    /// `float`: 32 bits, read as a double.
    float: bool,
    groups: Vec<usize>,
}

/// A pattern under both readings of its classes.
struct Pattern {
    ascii: Regex,
    unicode: Regex,
}

/// How many steps backwards one match may take.
const MOST_STEPS: usize = 1_000_000;

/// How deep names of the library may be nested.
const DEEPEST: usize = 16;

/// `GROK`
pub(super) fn grok(
    input: &Expr,
    patterns: &[String],
    frame: Frame,
    context: &mut Context,
    span: &Range<usize>,
) -> Result<Frame, Refusal> {
    let mut captures: Vec<Capture> = Vec::new();
    let mut compiled = Vec::new();
    for pattern in patterns {
        compiled.push(compile(pattern, &mut captures, span)?);
    }
    captures.sort_by(|a, b| a.name.cmp(&b.name));
    let columns: Vec<(String, Type)> = captures.iter().map(|c| (c.name.clone(), c.ty)).collect();
    let find = |text: &str| -> Result<Option<Vec<Vec<Value>>>, Refusal> {
        for pattern in &compiled {
            if let Some(found) = matched(pattern, text, &captures, span)? {
                let mut columns = Vec::new();
                for (capture, texts) in captures.iter().zip(found) {
                    let values = texts.iter().map(|text| typed(text, capture, span));
                    columns.push(values.collect::<Result<Vec<_>, _>>()?);
                }
                return Ok(Some(columns));
            }
        }
        Ok(None)
    };
    extract(input, &columns, &find, frame, context)
}

/// The texts of each capture, when the pattern matches.
fn matched(
    pattern: &Pattern,
    text: &str,
    captures: &[Capture],
    span: &Range<usize>,
) -> Result<Option<Vec<Vec<String>>>, Refusal> {
    let texts = |regex: &Regex| -> Result<Option<Vec<Vec<String>>>, Refusal> {
        let found = regex.captures(text).map_err(|error| {
            let message = format!("a match was given up: {error}");
            unknown("GROK", message, span.clone())
        })?;
        Ok(found.map(|found| {
            let of = |capture: &Capture| {
                let groups = capture.groups.iter();
                groups
                    .filter_map(|group| found.name(&format!("c{group}")))
                    .map(|group| group.as_str().to_owned())
                    .collect()
            };
            captures.iter().map(of).collect()
        }))
    };
    let found = texts(&pattern.ascii)?;
    if !text.is_ascii() && texts(&pattern.unicode)? != found {
        let message = "on letters beyond ASCII, releases differ in what this pattern matches";
        return Err(unknown("GROK", message, span.clone()));
    }
    Ok(found)
}

fn typed(text: &str, capture: &Capture, span: &Range<usize>) -> Result<Value, Refusal> {
    let read = match capture.ty {
        Type::Integer => text.parse::<i32>().ok().map(|v| Value::Whole(i64::from(v))),
        Type::Long => text.parse().ok().map(Value::Whole),
        Type::Double if capture.float => {
            let read = text.parse::<f32>().ok();
            read.map(|v| Value::Double(f64::from(v)))
        }
        Type::Double => text.parse().ok().map(Value::Double),
        Type::Boolean => Some(Value::Boolean(text.eq_ignore_ascii_case("true"))),
        _ => Some(Value::text(text)),
    };
    read.ok_or_else(|| {
        let message = format!(
            "what the platform makes of \"{text}\" as {} is not known here",
            capture.ty.name()
        );
        unknown(&capture.name, message, span.clone())
    })
}

fn compile(
    pattern: &str,
    captures: &mut Vec<Capture>,
    span: &Range<usize>,
) -> Result<Pattern, Refusal> {
    let mut reader = Reader {
        captures,
        out: String::new(),
        span,
    };
    reader.expand(pattern)?;
    let text = reader.out;
    let build = |unicode: bool| -> Result<Regex, Refusal> {
        let translated = translate(&text, unicode)
            .map_err(|what| unknown("GROK", format!("{what} is not known here"), span.clone()))?;
        let built = RegexBuilder::new(&translated)
            .backtrack_limit(MOST_STEPS)
            .build();
        built.map_err(|error| unknown("GROK", error.to_string(), span.clone()))
    };
    Ok(Pattern {
        ascii: build(false)?,
        unicode: build(true)?,
    })
}

/// Writes a pattern out: names of the library by what they mean, captures under numbers.
struct Reader<'c> {
    captures: &'c mut Vec<Capture>,
    out: String,
    span: &'c Range<usize>,
}

impl Reader<'_> {
    fn unknown(&self, what: &str) -> Refusal {
        let message = format!("{what} is not known here");
        unknown("GROK", message, self.span.clone())
    }

    fn invalid(&self, message: &str) -> Refusal {
        invalid("GROK", message, self.span.clone())
    }

    fn expand(&mut self, pattern: &str) -> Result<(), Refusal> {
        let mut rest = pattern;
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("%{") {
                let Some((inner, more)) = after.split_once('}') else {
                    return Err(self.invalid("`%{` is not closed"));
                };
                rest = more;
                self.named(inner)?;
            } else if let Some(after) = rest.strip_prefix("(?<")
                && !after.starts_with(['=', '!'])
            {
                let Some((name, more)) = after.split_once('>') else {
                    return Err(self.invalid("a group's name is not closed"));
                };
                rest = more;
                // The group's end stays in the pattern.
                let group = self.capture(name, Type::Keyword, false)?;
                self.out.push_str(&format!("(?<c{group}>"));
            } else {
                let mut width = c.len_utf8();
                // What is escaped opens nothing.
                if c == '\\' {
                    width += rest.chars().nth(1).map_or(0, char::len_utf8);
                }
                self.out.push_str(rest.get(..width).unwrap_or_default());
                rest = rest.get(width..).unwrap_or_default();
            }
        }
        Ok(())
    }

    /// `NAME`, `NAME:column` or `NAME:column:type`.
    fn named(&mut self, inner: &str) -> Result<(), Refusal> {
        let mut parts = inner.split(':');
        let name = parts.next().unwrap_or_default();
        let meaning =
            meaning(name, 0).map_err(|name| self.unknown(&format!("the pattern {name}")))?;
        match parts.next() {
            None => self.out.push_str(&format!("(?:{meaning})")),
            Some(column) => {
                let word = parts.next();
                let ty = match word {
                    None | Some("keyword" | "string") => Type::Keyword,
                    Some("int" | "integer") => Type::Integer,
                    Some("long") => Type::Long,
                    Some("float" | "double") => Type::Double,
                    Some("boolean") => Type::Boolean,
                    Some(other) => return Err(self.unknown(&format!("the type {other}"))),
                };
                let group = self.capture(column, ty, word == Some("float"))?;
                self.out.push_str(&format!("(?<c{group}>{meaning})"));
            }
        }
        Ok(())
    }

    fn capture(&mut self, name: &str, ty: Type, float: bool) -> Result<usize, Refusal> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_@.-".contains(c);
        if name.is_empty() || !name.chars().all(plain) {
            return Err(self.unknown(&format!("the name `{name}` of a column")));
        }
        let group = self.captures.iter().map(|c| c.groups.len()).sum();
        match self.captures.iter_mut().find(|c| c.name == name) {
            Some(known) if known.ty != ty || known.float != float => {
                return Err(self.unknown(&format!("`{name}` with two types")));
            }
            Some(known) => known.groups.push(group),
            None => self.captures.push(Capture {
                name: name.to_owned(),
                ty,
                float,
                groups: vec![group],
            }),
        }
        Ok(group)
    }
}

/// The pattern of a name, names in it written out; or the name that is not known.
fn meaning(name: &str, depth: usize) -> Result<String, String> {
    let pattern = grok_library::pattern(name).filter(|_| depth < DEEPEST);
    let mut rest = pattern.ok_or_else(|| name.to_owned())?;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once("%{") {
        let (inner, more) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(&format!("(?:{})", meaning(inner, depth + 1)?));
        rest = more;
    }
    out.push_str(rest);
    Ok(out)
}

/// A pattern of Ruby's dialect in the one of this engine; or what is not known of it.
fn translate(pattern: &str, unicode: bool) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let Some(escaped) = chars.next() else {
                    return Err("a backslash at the end".to_owned());
                };
                let class = match (escaped, unicode) {
                    ('d', true) => r"\p{Nd}",
                    ('d', false) => "0-9",
                    ('w', true) => r"\w",
                    ('w', false) => "A-Za-z0-9_",
                    ('s', true) => r"\s",
                    ('s', false) => r"\t\n\x0B\f\r ",
                    _ => "",
                };
                let negated = match (escaped, unicode) {
                    ('D', true) => r"\p{Nd}",
                    ('D', false) => "0-9",
                    ('W', true) => r"\w",
                    ('W', false) => "A-Za-z0-9_",
                    ('S', true) => r"\s",
                    ('S', false) => r"\t\n\x0B\f\r ",
                    _ => "",
                };
                match escaped {
                    _ if !class.is_empty() && in_class => out.push_str(class),
                    _ if !class.is_empty() => out.push_str(&format!("[{class}]")),
                    _ if !negated.is_empty() && !in_class => out.push_str(&format!("[^{negated}]")),
                    'n' | 't' | 'r' | 'f' => out.extend(['\\', escaped]),
                    'b' if !in_class => out.push_str(r"\b"),
                    'A' if !in_class => out.push_str(r"\A"),
                    'z' if !in_class => out.push_str(r"\z"),
                    'x' => {
                        let digits: String = chars.by_ref().take(2).collect();
                        if digits.len() != 2 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                            return Err(format!("`\\x{digits}`"));
                        }
                        out.push_str(&format!(r"\x{digits}"));
                    }
                    c if c.is_ascii_alphanumeric() => return Err(format!("`\\{c}`")),
                    c => out.push_str(&format!(r"\x{{{:x}}}", u32::from(c))),
                }
            }
            '[' if in_class => {
                // `[:alnum:]`, alone or in brackets of its own, is the one class that the library names.
                let ahead: String = chars.clone().collect();
                let alnum = ["[:alnum:]]", ":alnum:]"]
                    .into_iter()
                    .find(|alnum| ahead.starts_with(alnum));
                let Some(alnum) = alnum else {
                    return Err("a class in a class".to_owned());
                };
                out.push_str(if unicode {
                    r"\p{Alphabetic}\p{Nd}"
                } else {
                    "A-Za-z0-9"
                });
                chars.nth(alnum.len() - 1);
            }
            '[' => {
                in_class = true;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    chars.next();
                    out.push('^');
                }
                if chars.peek() == Some(&']') {
                    return Err("`]` first in a class".to_owned());
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' if in_class && chars.peek() == Some(&'&') => {
                return Err("`&&` in a class".to_owned());
            }
            '&' | '~' if in_class => out.push_str(&format!(r"\x{:x}", u32::from(c))),
            '-' if in_class && chars.peek() == Some(&'-') => {
                return Err("`--` in a class".to_owned());
            }
            c if in_class => out.push(c),
            '.' => out.push_str(r"[^\n]"),
            '$' => out.push_str("(?m:$)"),
            '^' => out.push_str("(?m:^)"),
            '(' => {
                let ahead: String = chars.clone().take(4).collect();
                let known = ["?:", "?>", "?=", "?!", "?<=", "?<!", "?i:", "?<c"];
                if let Some(opening) = known.iter().find(|o| ahead.starts_with(**o)) {
                    out.push('(');
                    out.push_str(opening);
                    chars.nth(opening.len() - 1);
                } else if ahead.starts_with('?') {
                    return Err(format!("`({}`", ahead.get(..2).unwrap_or_default()));
                } else {
                    // Beside groups with names, those without have no number.
                    out.push_str("(?:");
                }
            }
            '*' | '+' | '?' | '}' => {
                out.push(c);
                if chars.peek() == Some(&'+') {
                    return Err("a possessive repetition".to_owned());
                }
            }
            c => out.push(c),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every name of the library compiles under both readings.
    #[test]
    fn the_library_compiles() {
        for name in grok_library::names() {
            let pattern = format!("%{{{name}:x}}");
            let built = compile(&pattern, &mut Vec::new(), &(0..0));
            assert!(built.is_ok(), "{name}: {:?}", built.err());
        }
    }
}
