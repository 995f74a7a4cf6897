//! The literals that have their own grammar: texts and `dynamic(…)`.
//!
//! In: the query and where the literal starts. Out: the value and where it ends. Guarantee: nesting is bounded, so that no text exhausts the stack
//! (<https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/dynamic#dynamic-literals>).

use super::cell::{Cell, Type};
use super::fault::{self, Fault};
use super::lexer;
use crate::stack::with_room;
use std::rc::Rc;

/// How deep a dynamic literal may nest.
const DEEPEST: usize = 100;

/// A text literal at `start`, with `@` before it or not; its value and where it ends.
pub(super) fn text(query: &str, start: usize) -> Result<(String, usize), Fault> {
    let rest = query.get(start..).unwrap_or_default();
    let raw = rest.starts_with('@');
    let mut letters = rest.char_indices().skip(usize::from(raw)).peekable();
    let Some((_, quote)) = letters.next() else {
        return Err(fault::invalid(start..start, "text", "it has no end"));
    };
    let mut value = String::new();
    while let Some((at, letter)) = letters.next() {
        let here = start + at;
        if letter == quote {
            if raw && letters.peek().is_some_and(|(_, next)| *next == quote) {
                letters.next();
                value.push(quote);
                continue;
            }
            return Ok((value, here + 1));
        }
        if letter == '\n' || letter == '\r' {
            break;
        }
        if raw || letter != '\\' {
            value.push(letter);
            continue;
        }
        let Some((_, escaped)) = letters.next() else {
            break;
        };
        let mut hex = |digits: usize| {
            let mut code = 0;
            for _ in 0..digits {
                code = code * 16 + letters.next()?.1.to_digit(16)?;
            }
            char::from_u32(code)
        };
        let meant = match escaped {
            't' => Some('\t'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            '0' => Some('\0'),
            'a' => Some('\u{7}'),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'v' => Some('\u{b}'),
            '\\' | '\'' | '"' => Some(escaped),
            'x' => hex(2),
            'u' => hex(4),
            'U' => hex(8),
            _ => None,
        };
        let Some(meant) = meant else {
            let span = here..here + 1 + escaped.len_utf8();
            let message = format!("`\\{escaped}` is no escape");
            return Err(fault::invalid(span, "text", message));
        };
        value.push(meant);
    }
    Err(fault::invalid(
        start..query.len().min(start + 1),
        "text",
        "it has no end on its line",
    ))
}

/// What is in `dynamic(…)`, from its `(` on; the value and where the literal ends.
pub(super) fn dynamic(query: &str, start: usize) -> Result<(Cell, usize), Fault> {
    let mut reader = Reader {
        query,
        at: start + 1,
    };
    let cell = reader.value(0)?;
    reader.space();
    if !reader.eat(')') {
        return Err(reader.wrong("`)`"));
    }
    Ok((cell, reader.at))
}

struct Reader<'a> {
    query: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.query.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(lexer::is_blank).len();
            let rest = self.rest();
            if !rest.starts_with("//") {
                return;
            }
            self.at += rest.find('\n').unwrap_or(rest.len());
        }
    }

    fn eat(&mut self, letter: char) -> bool {
        self.space();
        let found = self.rest().starts_with(letter);
        if found {
            self.at += letter.len_utf8();
        }
        found
    }

    fn wrong(&self, expected: &str) -> Fault {
        let end = (self.at + 1).min(self.query.len());
        let message = format!("{expected} was expected");
        fault::invalid(self.at.min(end)..end, "dynamic", message)
    }

    fn value(&mut self, depth: usize) -> Result<Cell, Fault> {
        if depth > DEEPEST {
            return Err(fault::unknown(
                self.at..self.at,
                "dynamic",
                "the literal nests too deep",
            ));
        }
        self.space();
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Err(self.wrong("a value"));
        };
        if first == '[' {
            self.at += 1;
            let mut cells = Vec::new();
            while !self.eat(']') {
                if !cells.is_empty() && !self.eat(',') {
                    return Err(self.wrong("`,` or `]`"));
                }
                cells.push(with_room(|| self.value(depth + 1))?);
            }
            return Ok(Cell::array(cells));
        }
        if first == '{' {
            self.at += 1;
            let mut entries = Vec::new();
            while !self.eat('}') {
                if !entries.is_empty() && !self.eat(',') {
                    return Err(self.wrong("`,` or `}`"));
                }
                self.space();
                if !self.rest().starts_with(['"', '\'']) {
                    return Err(self.wrong("a key in quotes"));
                }
                let key = self.string()?;
                if !self.eat(':') {
                    return Err(self.wrong("`:`"));
                }
                entries.push((Rc::from(key), with_room(|| self.value(depth + 1))?));
            }
            return Ok(Cell::bag(entries));
        }
        if first == '"' || first == '\'' || first == '@' {
            return self.string().map(Cell::text);
        }
        self.scalar(depth)
    }

    fn string(&mut self) -> Result<String, Fault> {
        let (value, end) = text(self.query, self.at)?;
        self.at = end;
        Ok(value)
    }

    /// Numbers, words, and literals of other types.
    fn scalar(&mut self, depth: usize) -> Result<Cell, Fault> {
        let rest = self.rest();
        let ends = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '+' | '-'));
        let length = rest.find(ends).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        let start = self.at;
        let after = rest.get(length..).unwrap_or_default();
        if after.starts_with('(') {
            self.at += length;
            if word == "dynamic" {
                let open = self.at;
                self.at += 1;
                let cell = with_room(|| self.value(depth + 1))?;
                return if self.eat(')') {
                    Ok(cell)
                } else {
                    self.at = open;
                    Err(self.wrong("`)`"))
                };
            }
            let inner = after.get(1..).unwrap_or_default();
            let end = inner.find(')').unwrap_or(inner.len());
            let body = inner.get(..end).unwrap_or_default().trim();
            let cell = Type::named(word).and_then(|ty| lexer::typed(ty, body));
            // JSON has no spans: the literal keeps their ticks.
            let cell = cell.map(|cell| match cell {
                Cell::Span(ticks) => Cell::Long(ticks),
                other => other,
            });
            self.at = (self.at + end + 2).min(self.query.len());
            return cell.ok_or_else(|| {
                fault::invalid(start..self.at, "dynamic", "the value is no literal")
            });
        }
        self.at += length;
        let cell = match word {
            "null" => Some(Cell::Null),
            "true" => Some(Cell::Bool(true)),
            "false" => Some(Cell::Bool(false)),
            word => match word.parse::<i64>() {
                Ok(whole) => Some(Cell::Long(whole)),
                Err(_) if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                    let value = word.parse::<f64>().ok();
                    value.filter(|value| value.is_finite()).map(Cell::Real)
                }
                Err(_) => None,
            },
        };
        if length == 0 {
            return Err(self.wrong("a value"));
        }
        cell.ok_or_else(|| {
            let message = format!("`{word}` is no value");
            fault::invalid(start..self.at, "dynamic", message)
        })
    }
}
