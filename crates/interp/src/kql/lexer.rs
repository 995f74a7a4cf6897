//! Text into tokens.
//!
//! In: the query. Out: [`Token`]s with their bytes, or a refusal at the byte that fits no token. Guarantee: literals are read by the documented rules
//! (<https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/string>); an escape that is not one is refused.

use super::cell::{Cell, Type};
use super::decimal::Decimal;
use super::fault::{self, Fault};
use super::{json, literal, time};
use std::ops::Range;

/// A token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub span: Range<usize>,
}

/// Kinds of tokens.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A word; operators with `!` before them too (`!contains`).
    Word(String),
    /// A literal other than a text.
    Literal(Cell, Type),
    Text(String),
    /// Punctuation and operators.
    Mark(&'static str),
    End,
}

/// Longer marks before their beginnings.
const MARKS: &[&str] = &[
    "=>", "==", "=~", "!=", "!~", "<=", ">=", "<>", "..", "(", ")", "[", "]", "{", "}", "|", ",",
    ";", ":", ".", "=", "<", ">", "+", "-", "*", "/", "%", "~", "@", "?",
];

/// Whether a character separates tokens without being one: blanks of any script, and the two of no width that Microsoft's lexer takes.
pub(super) fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{feff}' | '\u{200b}')
}

/// All tokens of a query, the last one is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut lexer = Lexer { text, at: 0 };
    let mut found: Vec<Token> = Vec::new();
    loop {
        lexer.space();
        let start = lexer.at;
        let kind = lexer.token()?;
        let span = start..lexer.at;
        let ends = matches!(kind, Kind::End);
        // Texts that follow each other are one.
        if let (Kind::Text(more), Some(last)) = (&kind, found.last_mut())
            && let Kind::Text(before) = &mut last.kind
        {
            before.push_str(more);
            last.span.end = span.end;
        } else {
            found.push(Token { kind, span });
        }
        if ends {
            return Ok(found);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn space(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(is_blank);
            let skipped = rest.len() - trimmed.len();
            let comment = if trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else {
                0
            };
            if skipped + comment == 0 {
                return;
            }
            self.at += skipped + comment;
        }
    }

    fn token(&mut self) -> Result<Kind, Fault> {
        let Some(letter) = self.next() else {
            return Ok(Kind::End);
        };
        if letter.is_ascii_digit() {
            return self.number();
        }
        if self.at_text() {
            return self.string().map(Kind::Text);
        }
        if letter.is_alphabetic() || letter == '_' || letter == '$' {
            return self.word();
        }
        if letter == '!' && self.rest().chars().nth(1).is_some_and(char::is_alphabetic) {
            let end = self.word_end(1);
            let word = self.take(end).to_owned();
            return Ok(Kind::Word(word));
        }
        for mark in MARKS {
            if self.rest().starts_with(mark) {
                self.at += mark.len();
                return Ok(Kind::Mark(mark));
            }
        }
        let span = self.at..self.at + letter.len_utf8();
        Err(fault::invalid(
            span,
            "character",
            format!("`{letter}` begins nothing"),
        ))
    }

    fn take(&mut self, bytes: usize) -> &str {
        let start = self.at;
        self.at += bytes;
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Where the word that starts `skip` bytes from here ends.
    fn word_end(&self, skip: usize) -> usize {
        let rest = self.rest();
        let inner = rest.get(skip..).unwrap_or_default();
        let end = inner.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
        skip + end.unwrap_or(inner.len())
    }

    fn word(&mut self) -> Result<Kind, Fault> {
        let start = self.at;
        let word = self.take(self.word_end(0)).to_owned();
        if self.next() != Some('(') {
            return Ok(match word.as_str() {
                "true" | "True" | "TRUE" => Kind::Literal(Cell::Bool(true), Type::Bool),
                "false" | "False" | "FALSE" => Kind::Literal(Cell::Bool(false), Type::Bool),
                _ => Kind::Word(word),
            });
        }
        if word == "dynamic" {
            let (cell, bytes) = literal::dynamic(self.text, self.at)?;
            self.at = bytes;
            return Ok(Kind::Literal(cell, Type::Dynamic));
        }
        // `int(5)` is a literal, `toint(x)` is a function.
        match Type::named(&word) {
            Some(ty) if ty != Type::Text => {
                let inner = self.at + 1;
                let text = self.text.get(inner..).unwrap_or_default();
                let Some(length) = text.find(')') else {
                    return Err(fault::invalid(start..self.at, &word, "there is no `)`"));
                };
                self.at = inner + length + 1;
                let body = text.get(..length).unwrap_or_default();
                let body = body.trim_matches(is_blank);
                let cell = typed(ty, body).ok_or_else(|| {
                    let message = format!("`{body}` is no literal of type {ty}");
                    if ty == Type::Time {
                        // Kusto reads more forms of instants than are documented.
                        return fault::unknown(start..self.at, &word, message);
                    }
                    fault::invalid(start..self.at, &word, message)
                })?;
                Ok(Kind::Literal(cell, ty))
            }
            _ => Ok(Kind::Word(word)),
        }
    }

    /// Whether a text literal starts here, with its prefix.
    fn at_text(&self) -> bool {
        let rest = self.rest();
        let rest = rest.strip_prefix(['h', 'H']).unwrap_or(rest);
        let rest = rest.strip_prefix('@').unwrap_or(rest);
        rest.starts_with(['"', '\'']) || self.rest().starts_with("```")
    }

    fn string(&mut self) -> Result<String, Fault> {
        if self.rest().starts_with("```") {
            let start = self.at;
            let inner = self.rest().get(3..).unwrap_or_default();
            let Some(end) = inner.find("```") else {
                return Err(fault::invalid(start..start + 3, "text", "it has no end"));
            };
            let text = inner.get(..end).unwrap_or_default().to_owned();
            self.at += end + 6;
            return Ok(text);
        }
        if self.next().is_some_and(|c| c == 'h' || c == 'H') {
            self.at += 1;
        }
        let (text, end) = literal::text(self.text, self.at)?;
        self.at = end;
        Ok(text)
    }

    fn number(&mut self) -> Result<Kind, Fault> {
        let start = self.at;
        let rest = self.rest();
        if let Some(hex) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
            let digits = hex.bytes().take_while(u8::is_ascii_hexdigit).count();
            let text = hex.get(..digits).unwrap_or_default();
            let value = u64::from_str_radix(text, 16).ok();
            self.at += digits + 2;
            let value = value.ok_or_else(|| {
                fault::invalid(start..self.at, "number", "it is no hexadecimal number")
            })?;
            return Ok(Kind::Literal(Cell::Long(value.cast_signed()), Type::Long));
        }
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let mut length = digits(rest);
        let mut real = false;
        let after = rest.get(length..).unwrap_or_default();
        if let Some(part) = after.strip_prefix('.')
            && !part.starts_with('.')
        {
            real = true;
            length += 1 + digits(part);
        }
        let after = rest.get(length..).unwrap_or_default();
        if let Some(exponent) = after.strip_prefix(['e', 'E']) {
            let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits(unsigned) > 0 {
                real = true;
                length += 1 + (exponent.len() - unsigned.len()) + digits(unsigned);
            }
        }
        let number = rest.get(..length).unwrap_or_default().to_owned();
        let unit_end = self.word_end(length);
        let unit = rest.get(length..unit_end).unwrap_or_default().to_owned();
        self.at = start + unit_end;
        if !unit.is_empty() {
            let ticks = time::quantity(&format!("{number}{unit}"));
            return match ticks {
                Some(ticks) => Ok(Kind::Literal(Cell::Span(ticks), Type::Span)),
                None => Err(fault::invalid(
                    start..self.at,
                    "number",
                    format!("`{unit}` is no unit of time"),
                )),
            };
        }
        let failed = |_| fault::invalid(start..start + length, "number", "it is out of range");
        if real {
            let value = number.parse::<f64>().ok();
            let value = value.ok_or(()).map_err(failed)?;
            return Ok(Kind::Literal(Cell::Real(value), Type::Real));
        }
        // The least long is a minus before 2^63, which a `datatable` takes; elsewhere the number is out of range.
        if number == "9223372036854775808"
            && let Some(value) = Decimal::parse(&number)
        {
            return Ok(Kind::Literal(Cell::Decimal(value), Type::Long));
        }
        let value = number.parse::<i64>().map_err(|_| ()).map_err(failed)?;
        Ok(Kind::Literal(Cell::Long(value), Type::Long))
    }
}

/// The body of a literal such as `datetime(2020-01-01)`.
pub(super) fn typed(ty: Type, body: &str) -> Option<Cell> {
    if body == "null" {
        return Some(ty.absent());
    }
    let quoted = body.len() >= 2
        && ['"', '\'']
            .iter()
            .any(|mark| body.starts_with(*mark) && body.ends_with(*mark));
    let bare = if quoted {
        body.get(1..body.len() - 1)?
    } else {
        body
    };
    Some(match ty {
        Type::Bool => match body.to_ascii_lowercase().as_str() {
            "true" | "1" => Cell::Bool(true),
            "false" | "0" => Cell::Bool(false),
            _ => return None,
        },
        Type::Int => Cell::Long(super::convert::whole32(body)?),
        Type::Long => Cell::Long(super::convert::whole(body)?),
        Type::Real => match body.to_ascii_lowercase().as_str() {
            "nan" => Cell::Real(f64::NAN),
            "+inf" | "inf" => Cell::Real(f64::INFINITY),
            "-inf" => Cell::Real(f64::NEG_INFINITY),
            _ => Cell::Real(body.parse().ok()?),
        },
        Type::Decimal => Cell::Decimal(Decimal::parse(body)?),
        Type::Time => Cell::Time(time::instant(bare)?),
        Type::Span => Cell::Span(time::span(bare)?),
        Type::Guid => Cell::Guid(json::guid(bare)?),
        Type::Text | Type::Dynamic => return None,
    })
}
