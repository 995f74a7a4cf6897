//! Tests on text: `contains`, `starts_with`, `ends_with`, `has_word`, `matches`.

use super::super::{Expr, ExprKind, Type};
use super::literals::key;
use super::{Lowering, a, literal};
use crate::diag::{Code, Diagnostic};
use crate::pattern::Pattern;
use crate::source::Span;
use crate::syntax::ast::{self, TextTest};
use crate::value::Value;
use std::collections::HashSet;
use std::sync::Arc;

/// A test as written.
#[derive(Clone, Copy)]
pub(super) struct Test {
    pub test: TextTest,
    pub fold: bool,
}

impl Test {
    fn word(self) -> &'static str {
        self.test.word()
    }
}

impl Lowering<'_> {
    pub(super) fn text_test(
        &mut self,
        test: Test,
        value: &ast::Expr,
        needle: &ast::Expr,
        span: Span,
    ) -> Option<Expr> {
        let value = self.expr(value);
        let list = match &needle.kind {
            ast::ExprKind::List(_) => true,
            ast::ExprKind::Reference(name) => {
                self.hunt.is_some_and(|hunt| hunt.lists.contains_key(name))
            }
            _ => false,
        };
        let needles = if list {
            self.items(needle, test.word(), Some(&Type::Text))
                .map(|items| items.items)
        } else if self.is_bare(needle) {
            self.beside(needle, Some(&Type::Text))
                .map(|needle| vec![needle])
        } else {
            self.expr(needle).map(|needle| vec![needle])
        };
        let (value, needles) = (value?, needles?);
        self.is_text(&value, test.word(), needles.first())?;
        let mut seen = HashSet::new();
        let mut kept = Vec::new();
        let mut wrong = false;
        for needle in needles {
            match self.needle(test, needle) {
                Some(needle) => {
                    let new = match &needle.kind {
                        ExprKind::Literal { value, .. } => seen.insert(key(value, test.fold)),
                        _ => true,
                    };
                    if new {
                        kept.push(needle);
                    }
                }
                None => wrong = true,
            }
        }
        if wrong {
            return None;
        }
        let kind = ExprKind::TextTest {
            test: test.test,
            fold: test.fold,
            value: Box::new(value),
            needles: kept.into(),
        };
        self.predicate(kind, span)
    }

    fn needle(&mut self, test: Test, needle: Expr) -> Option<Expr> {
        if needle.ty != Type::Text {
            return self.mismatch(&needle, &Type::Text);
        }
        if test.test != TextTest::HasWord {
            return Some(needle);
        }
        let ExprKind::Literal {
            value: Value::Text(text),
            ..
        } = &needle.kind
        else {
            return self.fail(
                Diagnostic::at(Code::E0423, needle.span, "`has_word` wants a constant word")
                    .label("not a constant")
                    .help("whether one column contains another is tested with `contains`"),
            );
        };
        let edge = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if edge(text.chars().next()) && edge(text.chars().next_back()) {
            return Some(needle);
        }
        let trimmed = text.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
        let error = Diagnostic::at(
            Code::E0412,
            needle.span,
            "a word begins and ends with a letter or a digit",
        )
        .label("bounded by other characters already");
        let error = if trimmed.is_empty() {
            error.help("test it with `contains`")
        } else {
            error
                .help(format!(
                    "`contains{} {}` finds it anywhere",
                    if test.fold { "~" } else { "" },
                    literal(text)
                ))
                .fix(needle.span, literal(&trimmed), "the word within")
        };
        self.fail(error)
    }

    /// Whether a text operator is allowed here.
    fn is_text(&mut self, value: &Expr, word: &str, needle: Option<&Expr>) -> Option<()> {
        let ty = &value.ty;
        if *ty == Type::Text {
            return Some(());
        }
        let label = format!("this is {}", a(ty));
        let error = match ty {
            Type::Enum(field) => {
                let words = self
                    .class
                    .and_then(|class| class.fields.get(field))
                    .map_or(&[][..], |f| &f.words);
                Diagnostic::at(Code::E0405, value.span, format!("`{word}` tests text, and `{field}` is a closed set of words"))
                    .label(label)
                    .help("each platform has its own words for these; only whole neutral words can be compared, by `==` or `in [..]`")
                    .help(format!("the words of `{field}`: {}", super::quoted(words)))
            }
            Type::Ip => {
                let error = Diagnostic::at(Code::E0403, value.span, format!("`{word}` tests text, and this is an address"))
                    .label(label)
                    .help("membership in a network is tested with `in_cidr`; `string(x)` gives the address as text");
                match needle.and_then(prefix_network) {
                    Some(network) if word == "starts_with" => {
                        error.help(format!("this prefix is `in_cidr \"{network}\"`"))
                    }
                    _ => error,
                }
            }
            Type::Int => Diagnostic::at(
                Code::E0403,
                value.span,
                format!("`{word}` tests text, and this is an int"),
            )
            .label(label)
            .help("compare it with `==`, `in [..]` or `between`; `string(x)` gives it as text"),
            Type::Set(_) => Diagnostic::at(
                Code::E0403,
                value.span,
                format!("`{word}` tests text, and this is a set"),
            )
            .label(label)
            .help("test the column in a `where` before the group, or count with `count() where …`"),
            _ => Diagnostic::at(
                Code::E0403,
                value.span,
                format!("`{word}` tests text, and this is {}", a(ty)),
            )
            .label(label),
        };
        self.fail(error)
    }

    pub(super) fn matches(
        &mut self,
        value: &ast::Expr,
        regex: &ast::Expr,
        span: Span,
    ) -> Option<Expr> {
        let value = self.expr(value);
        let pattern = self.pattern(regex);
        let (value, pattern) = (value?, pattern?);
        self.is_text(&value, "matches", None)?;
        self.predicate(
            ExprKind::Matches {
                value: Box::new(value),
                pattern,
            },
            span,
        )
    }

    /// The regex of a literal.
    pub(super) fn pattern(&mut self, regex: &ast::Expr) -> Option<Arc<Pattern>> {
        let ast::ExprKind::Regex {
            source,
            ignore_case,
        } = &regex.kind
        else {
            let error = Diagnostic::at(
                Code::E0410,
                regex.span,
                "a regex is written between slashes",
            )
            .label("not a regex");
            return self.fail(match &regex.kind {
                ast::ExprKind::Text(text) => error.fix(
                    regex.span,
                    format!("/{}/", text.replace('/', "\\/")),
                    "the same as a regex",
                ),
                _ => error.help("a regex is a constant of the hunt: `/power(shell)?/i`"),
            });
        };
        let code = if Pattern::parse(source, *ignore_case).is_err()
            && matches_empty(source, *ignore_case)
        {
            Code::E0411
        } else {
            Code::E0410
        };
        match Pattern::parse(source, *ignore_case) {
            Ok(pattern) => Some(Arc::new(pattern)),
            Err(fault) => {
                let place = within(regex.span, source, fault.offset, fault.len);
                let mut error = Diagnostic::at(code, place, fault.what);
                if let Some(help) = fault.help {
                    error = error.help(help);
                }
                self.fail(error)
            }
        }
    }

    /// The regex of `extract`, with its one group.
    pub(super) fn extraction(&mut self, regex: &ast::Expr) -> Option<Arc<Pattern>> {
        let pattern = self.pattern(regex)?;
        match pattern.check_extract() {
            Ok(()) => Some(pattern),
            Err(fault) => {
                let mut error = Diagnostic::at(Code::E0410, regex.span, fault.what);
                if let Some(help) = fault.help {
                    error = error.help(help);
                }
                self.fail(error)
            }
        }
    }
}

/// Whether what is wrong with a regex is that it matches the empty text.
fn matches_empty(source: &str, ignore_case: bool) -> bool {
    // Demanding one more character somewhere fixes just this error.
    regex::Regex::new(source).is_ok_and(|regex| regex.is_match(""))
        && Pattern::parse(&format!("(?:{source})x"), ignore_case).is_ok()
}

/// The place of a part of a regex in the file: each `/` of the source was written `\/`.
fn within(literal: Span, source: &str, offset: usize, len: usize) -> Span {
    let place = |at: usize| {
        let before = source.get(..at.min(source.len())).unwrap_or(source);
        let written = before.len() + before.matches('/').count();
        u32::try_from(written).map_or(literal.end, |n| (literal.start + 1 + n).min(literal.end))
    };
    if len == 0 && offset == 0 {
        return literal;
    }
    Span {
        start: place(offset),
        end: place(offset + len),
        ..literal
    }
}

/// `10.` is 10.0.0.0/8.
fn prefix_network(needle: &Expr) -> Option<String> {
    let ExprKind::Literal {
        value: Value::Text(text),
        ..
    } = &needle.kind
    else {
        return None;
    };
    let parts: Vec<&str> = text.strip_suffix('.')?.split('.').collect();
    if parts.len() > 3 || parts.iter().any(|part| part.parse::<u8>().is_err()) {
        return None;
    }
    let address: Vec<&str> = parts.iter().copied().chain(["0"; 4]).take(4).collect();
    Some(format!("{}/{}", address.join("."), parts.len() * 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_regex_is_found_behind_escaped_slashes() {
        let literal = Span {
            start: 100,
            end: 120,
            ..Span::default()
        };
        // written /a\/b(c/ : the source is a/b(c
        let place = within(literal, "a/b(c", 3, 1);
        assert_eq!((place.start, place.end), (105, 106));
    }

    #[test]
    fn a_dotted_prefix_is_a_network() {
        let needle = |text: &str| Expr::literal(Value::text(text), Type::Text, Span::default());
        assert_eq!(
            prefix_network(&needle("10.")).as_deref(),
            Some("10.0.0.0/8")
        );
        assert_eq!(
            prefix_network(&needle("192.168.")).as_deref(),
            Some("192.168.0.0/16")
        );
        assert_eq!(prefix_network(&needle("192.1")), None);
        assert_eq!(prefix_network(&needle("300.")), None);
    }
}
