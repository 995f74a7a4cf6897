//! In: the text of a query. Out: tokens with their byte ranges, command by command.
//! Guarantee: three ways of reading, as in the language itself: expressions, lists of names with `*`, names of indices
//! (Elastic docs, "ES|QL syntax reference"). What cannot be a token is refused where it is.

use std::ops::Range;

use super::refuse::{invalid, unknown};
use crate::Refusal;

/// A part of a name: text, or `*`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// Text to match as it is.
    Text(String),
    /// Any run of characters.
    Star,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A name, its dots included; `quoted` when a backtick was used.
    Name {
        /// Text and stars.
        parts: Vec<Part>,
        /// Whether a backtick was used, so that it is no keyword.
        quoted: bool,
    },
    /// A string literal, unescaped.
    Text(String),
    /// Digits only.
    Whole(String),
    /// A number with a point or an exponent.
    Decimal(String),
    /// Punctuation and operators.
    Symbol(&'static str),
    /// A name or a pattern of indices.
    Source(String),
}

/// A token and where it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its bytes.
    pub span: Range<usize>,
}

/// How the rest of a command is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Operators, literals, names.
    Expression,
    /// Names with stars.
    Names,
    /// Indices.
    Sources,
}

/// Longer operators come before their prefixes.
const SYMBOLS: &[&str] = &[
    "::", "==", "=~", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]",
    "{", "}", ",", ":", ".", "?", ";",
];

/// Reads a text from left to right.
pub(super) struct Lexer<'q> {
    text: &'q str,
    at: usize,
    /// How many parentheses are open around the commands, so that one that closes ends a command.
    pub nested: usize,
}

impl<'q> Lexer<'q> {
    /// At the beginning of a text.
    pub(super) fn new(text: &'q str) -> Self {
        Lexer {
            text,
            at: 0,
            nested: 0,
        }
    }

    fn rest(&self) -> &'q str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Where the reader is.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Blanks and comments; block comments nest.
    pub(super) fn skip_blank(&mut self) -> Result<(), Refusal> {
        loop {
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                let start = self.at;
                let mut open = 0usize;
                loop {
                    let rest = self.rest();
                    if rest.starts_with("/*") {
                        open += 1;
                        self.at += 2;
                    } else if rest.starts_with("*/") {
                        open -= 1;
                        self.at += 2;
                        if open == 0 {
                            break;
                        }
                    } else if self.bump().is_none() {
                        return Err(invalid(
                            "comment",
                            "a comment is not closed",
                            start..self.at,
                        ));
                    }
                }
            } else if rest.starts_with([' ', '\t', '\n', '\r']) {
                self.at += 1;
            } else {
                return Ok(());
            }
        }
    }

    /// A bare word such as a command's name; empty when none is here.
    pub(super) fn word(&mut self) -> Result<(&'q str, Range<usize>), Refusal> {
        self.skip_blank()?;
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let start = self.at;
        self.at += end;
        Ok((rest.get(..end).unwrap_or_default(), start..self.at))
    }

    /// One index, bare or quoted.
    pub(super) fn source(&mut self) -> Result<Token, Refusal> {
        self.skip_blank()?;
        let start = self.at;
        if self.peek() == Some('"') {
            let text = self.string()?;
            return Ok(self.token(Kind::Source(text), start));
        }
        let rest = self.rest();
        let mut end = 0;
        for (at, c) in rest.char_indices() {
            let comment = rest.get(at..).is_some_and(|r| r.starts_with("/*"));
            if matches!(
                c,
                '"' | '=' | '|' | ',' | '[' | ']' | '(' | ')' | ' ' | '\t' | '\n' | '\r' | '/'
            ) || comment
            {
                break;
            }
            end = at + c.len_utf8();
        }
        if end == 0 {
            return Err(invalid(
                "source",
                "expected the name of an index",
                start..start,
            ));
        }
        self.at += end;
        let name = rest.get(..end).unwrap_or_default().to_owned();
        Ok(self.token(Kind::Source(name), start))
    }

    /// The tokens up to `|`, which is taken, `;` in a directive, or the end; and whether a pipe was met.
    pub(super) fn command(&mut self, mode: Mode) -> Result<(Vec<Token>, bool), Refusal> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut open = 0_usize;
        loop {
            self.skip_blank()?;
            match tokens.last().map(|token| &token.kind) {
                Some(Kind::Symbol("(")) => open += 1,
                Some(Kind::Symbol(")")) => open = open.saturating_sub(1),
                _ => {}
            }
            match self.peek() {
                None => return Ok((tokens, false)),
                Some(')') if self.nested > 0 && open == 0 => return Ok((tokens, false)),
                Some('|') => {
                    self.at += 1;
                    return Ok((tokens, true));
                }
                Some(_) => tokens.push(self.next(mode)?),
            }
        }
    }

    /// Takes a character behind blanks, when it is here.
    pub(super) fn take(&mut self, wanted: char) -> Result<bool, Refusal> {
        self.skip_blank()?;
        let met = self.peek() == Some(wanted);
        if met {
            self.bump();
        }
        Ok(met)
    }

    /// The tokens up to `;`, which is taken.
    pub(super) fn directive(&mut self) -> Result<Vec<Token>, Refusal> {
        let start = self.at;
        let mut tokens = Vec::new();
        loop {
            self.skip_blank()?;
            match self.peek() {
                None => {
                    return Err(invalid("SET", "a directive ends with `;`", start..self.at));
                }
                Some(';') => {
                    self.at += 1;
                    return Ok(tokens);
                }
                Some(_) => tokens.push(self.next(Mode::Expression)?),
            }
        }
    }

    fn token(&self, kind: Kind, start: usize) -> Token {
        Token {
            kind,
            span: start..self.at,
        }
    }

    fn next(&mut self, mode: Mode) -> Result<Token, Refusal> {
        let start = self.at;
        let next = self.peek().unwrap_or_default();
        if mode == Mode::Sources {
            if next == ',' {
                self.at += 1;
                return Ok(self.token(Kind::Symbol(","), start));
            }
            if next == '(' {
                return Err(unknown(
                    "subquery",
                    "subqueries in FROM are in the stack since 9.4; the releases known here have none",
                    start..start + 1,
                ));
            }
            return self.source();
        }
        if next == '"' {
            let text = self.string()?;
            return Ok(self.token(Kind::Text(text), start));
        }
        if next == '`' || begins_name(next) || (mode == Mode::Names && next == '*') {
            return self.name(mode);
        }
        let decimal_point = next == '.'
            && self
                .rest()
                .chars()
                .nth(1)
                .is_some_and(|c| c.is_ascii_digit());
        if next.is_ascii_digit() || decimal_point {
            return Ok(self.number());
        }
        for symbol in SYMBOLS {
            if self.rest().starts_with(symbol) {
                self.at += symbol.len();
                return Ok(self.token(Kind::Symbol(symbol), start));
            }
        }
        let end = start + next.len_utf8();
        Err(invalid(
            &next.to_string(),
            "this character begins no token",
            start..end,
        ))
    }

    fn name(&mut self, mode: Mode) -> Result<Token, Refusal> {
        let start = self.at;
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut quoted = false;
        loop {
            match self.peek() {
                Some('`') => {
                    quoted = true;
                    self.at += 1;
                    loop {
                        match self.bump() {
                            Some('`') if self.peek() == Some('`') => {
                                self.at += 1;
                                text.push('`');
                            }
                            Some('`') => break,
                            Some(c) => text.push(c),
                            None => {
                                return Err(invalid(
                                    "identifier",
                                    "a backtick is not closed",
                                    start..self.at,
                                ));
                            }
                        }
                    }
                }
                Some('*') if mode == Mode::Names => {
                    self.at += 1;
                    if !text.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut text)));
                    }
                    parts.push(Part::Star);
                }
                // `@` begins a part of a name and is nowhere else in it.
                Some(c) if in_name(c) && (c != '@' || text.is_empty() || text.ends_with('.')) => {
                    self.at += c.len_utf8();
                    text.push(c);
                }
                _ => {
                    let here = self.at;
                    if !self.dot(mode)? {
                        self.at = here;
                        break;
                    }
                    text.push('.');
                }
            }
        }
        if !text.is_empty() || parts.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(self.token(Kind::Name { parts, quoted }, start))
    }

    /// Takes a dot that a part of a name follows; blanks may precede and follow it.
    fn dot(&mut self, mode: Mode) -> Result<bool, Refusal> {
        let begins = |c: char| c == '`' || begins_name(c) || (mode == Mode::Names && c == '*');
        let end = self.at;
        self.skip_blank()?;
        if self.peek() != Some('.') {
            return Ok(false);
        }
        // Without a blank, a part may begin with a digit.
        let beside = self.at == end;
        self.at += 1;
        if beside && self.peek().is_some_and(in_name) {
            return Ok(true);
        }
        self.skip_blank()?;
        Ok(self.peek().is_some_and(begins))
    }

    fn number(&mut self) -> Token {
        let start = self.at;
        let mut whole = true;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        if self.peek() == Some('.') {
            whole = false;
            self.at += 1;
            while self.peek().is_some_and(|c| c.is_ascii_digit()) {
                self.at += 1;
            }
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            let mut ahead = self.rest().chars().skip(1);
            let mut width = 1;
            let mut first = ahead.next();
            if matches!(first, Some('+' | '-')) {
                width += 1;
                first = ahead.next();
            }
            if first.is_some_and(|c| c.is_ascii_digit()) {
                whole = false;
                self.at += width;
                while self.peek().is_some_and(|c| c.is_ascii_digit()) {
                    self.at += 1;
                }
            }
        }
        let text = self.text.get(start..self.at).unwrap_or_default().to_owned();
        self.token(
            if whole {
                Kind::Whole(text)
            } else {
                Kind::Decimal(text)
            },
            start,
        )
    }

    fn string(&mut self) -> Result<String, Refusal> {
        let start = self.at;
        if self.rest().starts_with("\"\"\"") {
            self.at += 3;
            let rest = self.rest();
            let Some(mut end) = rest.find("\"\"\"") else {
                self.at = self.text.len();
                return Err(invalid("string", "a string is not closed", start..self.at));
            };
            // Quotes directly before the closing three belong to the text, two at most.
            let mut extra = 0;
            while extra < 2 && rest.get(end + 3..).is_some_and(|r| r.starts_with('"')) {
                end += 1;
                extra += 1;
            }
            let text = rest.get(..end).unwrap_or_default();
            self.at += end + 3;
            if text.contains(['\n', '\r']) {
                return Err(invalid(
                    "string",
                    "a string does not go over lines",
                    start..self.at,
                ));
            }
            return Ok(text.to_owned());
        }
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.bump() {
                Some('"') => return Ok(text),
                Some('\\') => match self.bump() {
                    Some('n') => text.push('\n'),
                    Some('r') => text.push('\r'),
                    Some('t') => text.push('\t'),
                    Some(c @ ('"' | '\\')) => text.push(c),
                    _ => {
                        return Err(invalid(
                            "string",
                            "a backslash stands before one of \" \\ n r t only",
                            start..self.at,
                        ));
                    }
                },
                Some('\n' | '\r') | None => {
                    return Err(invalid("string", "a string is not closed", start..self.at));
                }
                Some(c) => text.push(c),
            }
        }
    }
}

fn begins_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == '@'
}

fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '@'
}
