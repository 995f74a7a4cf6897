//! Tokens of a query, before it is parsed.
//!
//! In: the text of a query and where it is. Out: [`Token`]s and [`Comment`]s with their places, and every error that needs no grammar to be seen: characters
//! and operators the language does not have, broken literals, brackets that do not match, nesting that is too deep. Guarantee: linear time, no
//! recursion; a text without such errors cannot make the grammar's reader recurse deeper than [`MAX_NESTING`] brackets.

use super::chars;
use super::grammar::KEYWORDS;
use crate::diag::{Code, Diagnostic};
use crate::source::Span;

/// Brackets that may be open at one place.
pub(crate) const MAX_NESTING: usize = 64;

/// What kind of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a name, dotted or not.
    Word,
    /// A number or a duration.
    Number,
    /// `"text"`
    Text,
    /// `/re/i`
    Regex,
    /// `$name`
    Reference,
    /// An operator, a bracket, a comma or a bar.
    Sign,
}

/// One token; offsets are from the start of the scanned text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// What kind.
    pub(super) kind: Kind,
    /// As written.
    pub(super) text: &'a str,
    /// First byte.
    pub(super) start: usize,
}

impl Token<'_> {
    /// One past the last byte.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether a value can end here, so that `/` after it divides.
    fn ends_value(&self) -> bool {
        match self.kind {
            Kind::Word => {
                !KEYWORDS.contains(&self.text)
                    || ["now", "true", "false", "null", "missing", "exists"].contains(&self.text)
            }
            Kind::Number | Kind::Text | Kind::Regex | Kind::Reference => true,
            Kind::Sign => matches!(self.text, ")" | "]" | "}"),
        }
    }
}

/// A comment; the offset is from the start of the scanned text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Comment<'a> {
    /// From its slashes to the end of the line.
    pub(super) text: &'a str,
    /// First byte.
    pub(super) start: usize,
}

/// The tokens, and the errors seen.
pub(super) struct Scan<'a> {
    /// In the order of the text.
    pub(super) tokens: Vec<Token<'a>>,
    /// In the order of the text.
    pub(super) comments: Vec<Comment<'a>>,
    /// In the order of the text, at most [`MAX_FAULTS`].
    pub(super) faults: Vec<Diagnostic>,
    /// The text with something right in the place of every error, as long as what it replaces, so that places stay what they are; `None` where there
    /// is no error, or one that nothing can replace.
    pub(super) repaired: Option<String>,
}

/// More errors than this are noise.
const MAX_FAULTS: usize = 20;

/// Scans `text`, which is at `place`.
pub(super) fn scan(text: &str, place: Span) -> Scan<'_> {
    let mut scanner = Scanner {
        text,
        place,
        at: 0,
        tokens: Vec::new(),
        comments: Vec::new(),
        faults: Vec::new(),
        open: Vec::new(),
        repairs: Vec::new(),
    };
    while scanner.at < text.len() && scanner.faults.len() < MAX_FAULTS {
        scanner.next();
    }
    scanner.close_all("the end of the query");
    let repaired = scanner.repaired();
    Scan {
        tokens: scanner.tokens,
        comments: scanner.comments,
        faults: scanner.faults,
        repaired,
    }
}

pub(super) struct Scanner<'a> {
    text: &'a str,
    place: Span,
    at: usize,
    tokens: Vec<Token<'a>>,
    comments: Vec<Comment<'a>>,
    faults: Vec<Diagnostic>,
    open: Vec<(char, usize)>,
    /// Replacements for errors: from where, and which text.
    repairs: Vec<(usize, String)>,
}

impl<'a> Scanner<'a> {
    /// The text from `start` on.
    fn rest(&self, start: usize) -> &'a str {
        self.text.get(start..).unwrap_or("")
    }

    /// The length of the longest prefix of the rest whose characters pass.
    fn run(&self, start: usize, pass: impl Fn(char) -> bool) -> usize {
        let rest = self.rest(start);
        rest.find(|c| !pass(c)).unwrap_or(rest.len())
    }

    /// The place of a part of the text.
    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(
            self.place.file,
            self.place.start as usize + start,
            self.place.start as usize + end,
        )
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let start = self.at;
        self.tokens.push(Token {
            kind,
            text: self.text.get(start..start + length).unwrap_or(""),
            start,
        });
        self.at += length;
    }

    fn fault(&mut self, fault: Diagnostic) {
        self.faults.push(fault);
    }

    /// An error in `length` bytes from here on, and what may replace them: a text that is as long once spaces are added.
    fn fault_for(&mut self, fault: Diagnostic, start: usize, length: usize, instead: &str) {
        if let Some(rest) = length.checked_sub(instead.len()) {
            self.repairs
                .push((start, format!("{instead}{}", " ".repeat(rest))));
        }
        self.faults.push(fault);
    }

    /// The text without its errors, when each has a repair.
    fn repaired(&self) -> Option<String> {
        if self.faults.is_empty() || self.repairs.len() != self.faults.len() {
            return None;
        }
        let mut text = String::with_capacity(self.text.len());
        for (start, instead) in &self.repairs {
            text.push_str(self.text.get(text.len()..*start)?);
            text.push_str(instead);
        }
        text.push_str(self.text.get(text.len()..)?);
        Some(text)
    }

    fn next(&mut self) {
        let rest = self.rest(self.at);
        let Some(first) = rest.chars().next() else {
            return;
        };
        match first {
            ' ' | '\t' | '\r' | '\n' => self.at += 1,
            '/' if rest.starts_with("//") => self.comment(),
            '/' if !self.tokens.last().is_some_and(Token::ends_value)
                && (!rest.starts_with("/*") || self.after_matches()) =>
            {
                self.regex()
            }
            '"' => self.text(),
            '$' => self.reference(),
            c if c.is_ascii_digit() => self.number(),
            c if c.is_ascii_alphabetic() || c == '_' => self.word(),
            '(' | '[' | '{' => self.bracket(first),
            ')' | ']' | '}' => self.closing(first),
            '|' if !rest.starts_with("||") => {
                self.close_all("the next step");
                self.push(Kind::Sign, 1);
            }
            _ => self.sign(first),
        }
    }

    fn comment(&mut self) {
        let start = self.at;
        self.at += self.run(start, |c| c != '\n');
        let text = self.text.get(start..self.at).unwrap_or("");
        self.comments.push(Comment { text, start });
    }

    /// After `matches`, `/*` is a regex that begins with a star (which a later stage refuses), not a comment of another language.
    fn after_matches(&self) -> bool {
        self.tokens
            .last()
            .is_some_and(|token| token.text == "matches")
    }

    fn text(&mut self) {
        let start = self.at;
        let mut characters = self.rest(start + 1).char_indices();
        while let Some((offset, c)) = characters.next() {
            match c {
                '"' => {
                    self.push(Kind::Text, offset + 2);
                    return;
                }
                '\n' | '\r' => break,
                '\\' => {
                    let here = start + 1 + offset;
                    match characters.next() {
                        Some((_, '"' | '\\' | 'n' | 'r' | 't')) => {}
                        Some((_, 'u')) => {
                            let digits = self
                                .rest(here + 2)
                                .chars()
                                .take(4)
                                .filter(char::is_ascii_hexdigit)
                                .count();
                            if digits < 4 {
                                let span = self.span(here, here + 2 + digits);
                                self.fault(
                                    Diagnostic::at(
                                        Code::E0205,
                                        span,
                                        "`\\u` takes four hexadecimal digits",
                                    )
                                    .help("write for example `\\u00e9`"),
                                );
                            }
                        }
                        Some((_, '\n' | '\r')) | None => break,
                        Some((_, other)) => {
                            let span = self.span(here, here + 1 + other.len_utf8());
                            let fault = Diagnostic::at(Code::E0205, span, format!("`\\{}` is not an escape", chars::shown(other)))
                                .help("the escapes are \\\" \\\\ \\n \\r \\t and \\uXXXX; a backslash is written twice")
                                .fix(self.span(here, here + 1), "\\\\", "a backslash in a string is written twice");
                            self.fault_for(fault, here, 1 + other.len_utf8(), "x");
                        }
                    }
                }
                _ => {}
            }
        }
        let length = self.run(start, |c| c != '\n' && c != '\r');
        let fault = Diagnostic::at(
            Code::E0205,
            self.span(start, start + length),
            "this string is not closed",
        )
        .label("no `\"` before the end of the line")
        .help("a string begins and ends on one line; write \\n for a line break in it");
        self.fault(fault);
        self.push(Kind::Text, length);
    }

    fn regex(&mut self) {
        let start = self.at;
        let mut escaped = false;
        let line = self.run(start, |c| c != '\n' && c != '\r');
        let body = self.text.get(start + 1..start + line).unwrap_or("");
        for (offset, c) in body.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '/' => {
                    let flags = self.run(start + 2 + offset, |c| {
                        c.is_ascii_alphanumeric() || c == '_'
                    });
                    self.regex_end(start, offset + 2, flags);
                    return;
                }
                _ => {}
            }
        }
        let fault = Diagnostic::at(
            Code::E0207,
            self.span(start, start + line),
            "this regex is not closed",
        )
        .label("no `/` before the end of the line")
        .help("a regex stands between two slashes on one line; write \\/ for a slash in it");
        self.fault(fault);
        self.push(Kind::Regex, line);
    }

    fn regex_end(&mut self, start: usize, body: usize, flags: usize) {
        let written = self
            .text
            .get(start + body..start + body + flags)
            .unwrap_or("");
        if !matches!(written, "" | "i") {
            let span = self.span(start + body, start + body + flags);
            self.fault(
                Diagnostic::at(
                    Code::E0207,
                    span,
                    format!("`{written}` is not a flag of a regex"),
                )
                .help("the only flag is `i`: /…/i ignores case"),
            );
        }
        let after = self.tokens.last().map(|token| (token.kind, token.text));
        if !matches!(after, Some((Kind::Word, "matches") | (Kind::Sign, ","))) {
            let span = self.span(start, start + body + flags);
            self.fault(
                Diagnostic::at(Code::E0207, span, "a regex cannot stand here")
                    .help("a regex stands after `matches`, or as the second argument of `extract`"),
            );
        }
        self.push(Kind::Regex, body + flags);
    }

    fn reference(&mut self) {
        let length = 1 + self.run(self.at + 1, |c| {
            c.is_ascii_alphanumeric() || c == '_' || c == '.'
        });
        let name = self.text.get(self.at + 1..self.at + length).unwrap_or("");
        if !is_part(name) {
            let span = self.span(self.at, self.at + length);
            let mut fault = Diagnostic::at(
                Code::E0216,
                span,
                "`$` is followed by the name of a parameter, a list, a map or a table",
            )
            .help("such a name is one lower-case word: a letter, then letters, digits and `_`");
            if is_part(&name.to_ascii_lowercase()) {
                let lower = format!("${}", name.to_ascii_lowercase());
                fault = fault.fix(span, lower.clone(), "names are lower-case");
                self.fault_for(fault, self.at, length, &lower);
            } else {
                self.fault(fault);
            }
        }
        self.push(Kind::Reference, length);
    }

    fn number(&mut self) {
        let start = self.at;
        let mut length = self.run(start, |c| c.is_ascii_alphanumeric() || c == '_');
        let fraction = self.run(start + length + 1, |c| {
            c.is_ascii_alphanumeric() || c == '_'
        });
        if self.rest(start + length).starts_with('.') {
            length += 1 + fraction;
        }
        // `10.0.0.0/8` without quotes: one error, not five.
        while self.rest(start + length).starts_with('.')
            && self.run(start + length + 1, |c| c.is_ascii_digit()) > 0
        {
            length += 1 + self.run(start + length + 1, |c| c.is_ascii_digit());
        }
        // `1e-5`: the sign belongs to the exponent.
        let so_far = self.text.get(start..start + length).unwrap_or("");
        let mantissa = so_far.trim_end_matches(['e', 'E']);
        if mantissa.len() + 1 == so_far.len()
            && mantissa.chars().all(|c| c.is_ascii_digit() || c == '.')
            && self.rest(start + length).starts_with(['+', '-'])
        {
            length += 1 + self.run(start + length + 1, |c| c.is_ascii_digit());
        }
        let written = self.text.get(start..start + length).unwrap_or("");
        if let Some(help) = chars::number_fault(written) {
            let fault = Diagnostic::at(
                Code::E0206,
                self.span(start, start + length),
                format!("`{written}` is neither a number nor a duration"),
            )
            .help(help);
            let address = written.matches('.').count() > 1
                && !written.contains("..")
                && !self.rest(start + length).starts_with(['/', ':', '-', '*']);
            let fault = if address {
                let span = self.span(start, start + length);
                fault.fix(span, format!("\"{written}\""), "the same as text")
            } else {
                fault
            };
            self.fault_for(fault, start, length, "1");
        }
        self.push(Kind::Number, length);
    }

    fn word(&mut self) {
        let start = self.at;
        let mut length = self.run(start, |c| c.is_ascii_alphanumeric() || c == '_');
        while self.rest(start + length).starts_with('.') {
            length += 1 + self.run(start + length + 1, |c| {
                c.is_ascii_alphanumeric() || c == '_'
            });
        }
        let word = self.text.get(start..start + length).unwrap_or("");
        let lower = word.to_ascii_lowercase();
        let span = self.span(start, start + length);
        if lower.split('.').any(|part| !is_part(part)) {
            self.fault(
                Diagnostic::at(Code::E0216, span, format!("`{word}` is not a name")).help(
                    "between its dots a name has a letter or `_`, then letters, digits and `_`",
                ),
            );
        } else if lower != word {
            let fault = Diagnostic::at(Code::E0209, span, format!("`{word}` is not lower-case"));
            let keyword = KEYWORDS.contains(&lower.as_str());
            let quoted = format!("\"{word}\"");
            let fault = if self.beside_text() && !keyword {
                // Fields are compared with constants far more often than with each other.
                fault
                    .help("names are lower-case, and text is written in quotes")
                    .fix(span, quoted, "the same as text")
            } else if keyword || word.contains('.') {
                fault
                    .help("the words of the language and names are lower-case")
                    .fix(span, lower.clone(), "write it in lower case")
            } else {
                // Probably a native column: its lower-case spelling would not be a field.
                fault.help("names are lower-case; a hunt uses the neutral field names, never a platform's own")
            };
            self.fault_for(fault, start, length, &lower);
        }
        self.push(Kind::Word, length);
    }

    /// Whether a word that comes now is compared with something, or an entry of a list.
    fn beside_text(&self) -> bool {
        let compared = self.tokens.last().is_some_and(|token| {
            token.kind != Kind::Text
                && matches!(
                    token.text,
                    "==" | "=~"
                        | "!="
                        | "!~"
                        | "~"
                        | "contains"
                        | "starts_with"
                        | "ends_with"
                        | "has_word"
                )
        });
        compared || self.open.last().is_some_and(|(bracket, _)| *bracket == '[')
    }

    fn bracket(&mut self, bracket: char) {
        if self.open.len() == MAX_NESTING {
            let fault = Diagnostic::at(
                Code::E0203,
                self.span(self.at, self.at + 1),
                format!("more than {MAX_NESTING} brackets are open here"),
            )
            .help("split the expression: name its parts with `derive`");
            self.fault(fault);
            // Nothing beyond this place is worth reading.
            self.open.clear();
            self.at = self.text.len();
            return;
        }
        self.open.push((bracket, self.at));
        self.push(Kind::Sign, 1);
    }

    fn closing(&mut self, bracket: char) {
        let span = self.span(self.at, self.at + 1);
        match self.open.pop() {
            None => self.fault(
                Diagnostic::at(
                    Code::E0204,
                    span,
                    format!("this `{bracket}` closes nothing"),
                )
                .label("no bracket is open here"),
            ),
            Some((opened, at)) if chars::closes(opened) != bracket => {
                let opening = self.span(at, at + 1);
                self.fault(
                    Diagnostic::at(
                        Code::E0204,
                        span,
                        format!(
                            "`{opened}` is closed by `{}`, not by `{bracket}`",
                            chars::closes(opened)
                        ),
                    )
                    .also(opening, "opened here"),
                );
            }
            Some(_) => {}
        }
        self.push(Kind::Sign, 1);
    }

    /// Reports the innermost bracket still open, and forgets all.
    fn close_all(&mut self, before: &str) {
        if let Some((bracket, at)) = self.open.pop() {
            let fault = Diagnostic::at(
                Code::E0204,
                self.span(at, at + 1),
                format!("this `{bracket}` is never closed"),
            )
            .label(format!("no `{}` before {before}", chars::closes(bracket)));
            self.fault(fault);
        }
        self.open.clear();
    }

    fn sign(&mut self, first: char) {
        let rest = self.rest(self.at);
        if let Some(length) = chars::sign(rest) {
            self.push(Kind::Sign, length);
            return;
        }
        let (length, fault) =
            chars::foreign_sign(rest, first, |length| self.span(self.at, self.at + length));
        // Comments and what has no meaning may be left out; a sign is replaced by ours.
        let instead = match &fault.fix {
            _ if matches!(first, '#' | '/' | ';') => Some(String::new()),
            // Whether a test is negated makes no other part of the query right or wrong, nor does `or` for `and`, which is too long for `&&`.
            _ if rest.starts_with('!') => rest.get(1..length).map(str::to_owned),
            _ if rest.starts_with("&&") => Some("or".to_owned()),
            Some(fix) if fix.span == self.span(self.at, self.at + length) => {
                Some(fix.replacement.clone())
            }
            _ => None,
        };
        match instead {
            Some(instead) => self.fault_for(fault, self.at, length, &instead),
            None => self.fault(fault),
        }
        self.push(Kind::Sign, length);
    }
}

/// Whether this is one part of a name.
fn is_part(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && part
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
