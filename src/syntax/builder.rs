//! What building a tree needs everywhere: places, errors, and the leaves.
//!
//! In: pest pairs of one parsed text. Out: names and literals, decoded. Guarantee: a place never takes in the spaces after a token; a literal that
//! cannot be held (a number too large, half a surrogate pair) is an error, never another value.

use super::ast::{Expr, ExprKind, Name};
use super::grammar::Rule;
use crate::diag::{Code, Diagnostic};
use crate::source::{FileId, Span};
use crate::value::parse_duration;
use pest::iterators::Pair;
use std::collections::BTreeMap;

/// Why building stopped.
pub(super) enum Stop {
    /// The error has been recorded.
    Reported,
    /// The grammar gave a shape this code does not know: a defect of huntc, not of the query.
    Defect(Span),
}

/// What building gives.
pub(super) type Built<T> = Result<T, Stop>;

/// Builds trees from the pairs of one text.
pub(super) struct Builder {
    file: FileId,
    base: usize,
    /// What was found on the way.
    pub(super) faults: Vec<Diagnostic>,
    /// Calls of functions that other languages have, by the place of the name. They do not keep a tree from being built.
    pub(super) foreign: BTreeMap<Span, Diagnostic>,
}

/// The first child of a rule.
pub(super) fn first_of<'i>(pair: &Pair<'i, Rule>, rule: Rule) -> Option<Pair<'i, Rule>> {
    pair.clone()
        .into_inner()
        .find(|inner| inner.as_rule() == rule)
}

/// The first child of a rule, which the grammar demands.
pub(super) fn child<'i>(pair: &Pair<'i, Rule>, rule: Rule, span: Span) -> Built<Pair<'i, Rule>> {
    first_of(pair, rule).ok_or(Stop::Defect(span))
}

/// One past the last token of a pair; a pair's own end may take in spaces before an optional part that is not there.
fn end(pair: &Pair<'_, Rule>) -> usize {
    let mut last = pair.clone();
    while let Some(inner) = last.clone().into_inner().next_back() {
        // Escapes and units are parts of a token.
        if matches!(
            inner.as_rule(),
            Rule::escape | Rule::unit | Rule::part | Rule::letter | Rule::more | Rule::keyword
        ) {
            break;
        }
        last = inner;
    }
    last.as_span().end()
}

/// The text of a pair, without spaces and comments after it.
pub(super) fn written<'i>(pair: &Pair<'i, Rule>) -> &'i str {
    let length = end(pair).saturating_sub(pair.as_span().start());
    pair.as_str().get(..length).unwrap_or_default()
}

impl Builder {
    /// A builder for a text that begins at byte `base` of `file`.
    pub(super) fn new(file: FileId, base: usize) -> Self {
        Builder {
            file,
            base,
            faults: Vec::new(),
            foreign: BTreeMap::new(),
        }
    }

    /// All that was found, in the order of the text.
    pub(super) fn all(&mut self) -> Vec<Diagnostic> {
        let mut all = std::mem::take(&mut self.faults);
        all.extend(std::mem::take(&mut self.foreign).into_values());
        all.sort_by_key(|fault| fault.primary.as_ref().map(|label| label.span));
        all
    }

    pub(super) fn fault(&mut self, fault: Diagnostic) {
        self.faults.push(fault);
    }

    /// The place of a pair, without spaces after it.
    pub(super) fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        Span::new(
            self.file,
            self.base + pair.as_span().start(),
            self.base + end(pair),
        )
    }

    /// A name.
    pub(super) fn name(&self, pair: &Pair<'_, Rule>) -> Name {
        Name {
            text: pair.as_str().to_owned(),
            span: self.span(pair),
        }
    }

    /// A number or a duration.
    pub(super) fn number(&mut self, pair: &Pair<'_, Rule>, negative: bool) -> Expr {
        let span = self.span(pair);
        let written = pair.as_str();
        let signed = if negative {
            format!("-{written}")
        } else {
            written.to_owned()
        };
        let kind = if written.ends_with(['s', 'm', 'h', 'd']) {
            parse_duration(written).map(ExprKind::Duration)
        } else if written.contains(['.', 'e', 'E']) {
            signed
                .parse::<f64>()
                .ok()
                .filter(|n| n.is_finite())
                .map(ExprKind::Float)
        } else {
            signed.parse::<i64>().ok().map(ExprKind::Int)
        };
        let kind = kind.unwrap_or_else(|| {
            self.fault(
                Diagnostic::at(Code::E0206, span, format!("`{signed}` cannot be held"))
                    .help("integers have 64 bits; a duration is a whole number of s, m, h or d"),
            );
            ExprKind::Int(0)
        });
        Expr { kind, span }
    }

    /// The text of a string, decoded.
    pub(super) fn string(&mut self, pair: &Pair<'_, Rule>) -> String {
        let span = self.span(pair);
        let written = pair.as_str();
        let body = written
            .get(1..written.len().saturating_sub(1))
            .unwrap_or("");
        match decode(body) {
            Ok(text) => text,
            Err(what) => {
                self.fault(Diagnostic::at(Code::E0205, span, what));
                String::new()
            }
        }
    }

    /// A regex literal.
    pub(super) fn regex(&mut self, pair: &Pair<'_, Rule>) -> Expr {
        let span = self.span(pair);
        let written = pair.as_str();
        let close = written.rfind('/').unwrap_or(0);
        let body = written.get(1..close).unwrap_or("");
        let flags = written.get(close + 1..).unwrap_or("");
        let mut source = String::with_capacity(body.len());
        let mut characters = body.chars();
        while let Some(c) = characters.next() {
            match (c, c == '\\') {
                (_, true) => match characters.next() {
                    Some('/') => source.push('/'),
                    Some(other) => source.extend(['\\', other]),
                    None => source.push('\\'),
                },
                (c, false) => source.push(c),
            }
        }
        Expr {
            kind: ExprKind::Regex {
                source,
                ignore_case: flags == "i",
            },
            span,
        }
    }
}

/// Decodes the escapes of a string.
fn decode(body: &str) -> Result<String, String> {
    let mut text = String::with_capacity(body.len());
    let mut units: Vec<u16> = Vec::new();
    let mut characters = body.chars();
    loop {
        let c = characters.next();
        let escape = if c == Some('\\') {
            characters.next()
        } else {
            None
        };
        if escape == Some('u') {
            let digits: String = characters.by_ref().take(4).collect();
            let unit = u16::from_str_radix(&digits, 16)
                .map_err(|_| format!("`\\u{digits}` is not an escape"))?;
            if unit == 0 {
                return Err("a string cannot hold the character U+0000: no platform can".to_owned());
            }
            units.push(unit);
            continue;
        }
        for decoded in char::decode_utf16(units.drain(..)) {
            text.push(decoded.map_err(|half| {
                format!(
                    "`\\u{:04x}` is half of a character; the other half is missing",
                    half.unpaired_surrogate()
                )
            })?);
        }
        match (c, escape) {
            (None, _) => return Ok(text),
            (Some('\\'), Some('n')) => text.push('\n'),
            (Some('\\'), Some('r')) => text.push('\r'),
            (Some('\\'), Some('t')) => text.push('\t'),
            (Some('\\'), Some(other)) => text.push(other),
            (Some(c), _) => text.push(c),
        }
    }
}
