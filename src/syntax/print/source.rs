//! What a tree does not keep of its source: comments, parentheses, the spelling of literals, line breaks of the author.
//!
//! In: the text of a query without errors. Out: the words at a place, the parentheses around it, and what precedes each printed token. Guarantee:
//! [`Source::between`] gives an answer only if the printed tokens are those of the text, so that nothing is lost and nothing is in another place.

use super::super::scan::{self, Comment as Written, Token};
use crate::source::Span;
use std::cell::RefCell;
use std::collections::HashSet;

/// What precedes a token, or is at the end.
#[derive(Debug, Default)]
pub(super) struct Between {
    /// In order.
    pub(super) comments: Vec<Comment>,
    /// Whether the token begins a line.
    pub(super) is_new_line: bool,
    /// Whether an empty line is directly before it.
    pub(super) is_blank: bool,
}

impl Between {
    pub(super) fn has_comment(&self) -> bool {
        !self.comments.is_empty()
    }

    /// Adds a comment. Only the first can be behind a token.
    fn push(&mut self, comment: Comment) {
        self.comments.push(Comment {
            is_behind: comment.is_behind && self.comments.is_empty(),
            ..comment
        });
    }
}

/// A comment.
#[derive(Debug)]
pub(super) struct Comment {
    /// With its slashes.
    pub(super) text: String,
    /// Whether it is on the line of the token before it.
    pub(super) is_behind: bool,
    /// Whether an empty line is directly before it.
    pub(super) is_blank: bool,
}

/// The source of a tree.
pub(super) struct Source<'a> {
    text: &'a str,
    /// Byte of the file at which the text begins.
    start: usize,
    tokens: Vec<Token<'a>>,
    comments: Vec<Written<'a>>,
    /// The other bracket of a token that is one.
    partners: Vec<Option<usize>>,
    /// The opening parentheses that are part of a call.
    calls: RefCell<HashSet<usize>>,
}

impl<'a> Source<'a> {
    /// The source with this text; none where it has errors that need no grammar to be seen.
    pub(super) fn new(text: &'a str, start: usize) -> Option<Source<'a>> {
        let scan = scan::scan(text, Span::default());
        if !scan.faults.is_empty() {
            return None;
        }
        let partners = partners(&scan.tokens);
        Some(Source {
            text,
            start,
            tokens: scan.tokens,
            comments: scan.comments,
            partners,
            calls: RefCell::default(),
        })
    }

    fn is(&self, token: usize, text: &str) -> bool {
        self.tokens
            .get(token)
            .is_some_and(|found| found.text == text)
    }

    /// The first token of a place.
    fn first(&self, span: Span) -> usize {
        let at = (span.start as usize).saturating_sub(self.start);
        self.tokens.partition_point(|token| token.start < at)
    }

    /// The tokens at a place.
    pub(super) fn words(&self, span: Span) -> impl Iterator<Item = &'a str> {
        let end = (span.end as usize).saturating_sub(self.start);
        let tokens = self.tokens.get(self.first(span)..).unwrap_or_default();
        tokens
            .iter()
            .take_while(move |token| token.end() <= end)
            .map(|token| token.text)
    }

    /// Notes that the parenthesis after a name belongs to a call.
    pub(super) fn call(&self, name: Span) {
        self.calls.borrow_mut().insert(self.first(name) + 1);
    }

    /// The parentheses directly around a place, those of calls not counted.
    pub(super) fn parentheses(&self, span: Span) -> usize {
        let end = (span.end as usize).saturating_sub(self.start);
        let mut before = self.first(span);
        let mut after = self.tokens.partition_point(|token| token.start < end);
        let mut count = 0;
        while let Some(open) = before.checked_sub(1)
            && self.is(open, "(")
            && self.partners.get(open) == Some(&Some(after))
            && !self.calls.borrow().contains(&open)
        {
            count += 1;
            before = open;
            after += 1;
        }
        count
    }

    /// Whether a token has no meaning: a comma before a bracket, a bar or the end; the `by` of a group without keys.
    fn is_dropped(&self, token: usize) -> bool {
        let is_last = token + 1 == self.tokens.len();
        let is_before = |ends: &[&str]| ends.iter().any(|end| self.is(token + 1, end));
        (self.is(token, ",") && (is_last || is_before(&[")", "]", "}", "{", "|"])))
            || (self.is(token, "by") && is_before(&["{"]))
    }

    /// The tokens that say something.
    pub(super) fn kept(&self) -> Vec<&'a str> {
        let tokens = self.tokens.iter().enumerate();
        tokens
            .filter(|(index, _)| !self.is_dropped(*index))
            .map(|(_, token)| token.text)
            .collect()
    }

    /// The comments, without white space at their ends.
    pub(super) fn comments(&self) -> Vec<&'a str> {
        let comments = self.comments.iter();
        comments.map(|comment| comment.text.trim_end()).collect()
    }

    /// What precedes each of these tokens, and what is at the end; none if they are not those of the source.
    pub(super) fn between(&self, printed: &[&str]) -> Option<Vec<Between>> {
        let mut found = Vec::with_capacity(printed.len() + 1);
        let mut rest = self.comments.as_slice();
        let mut index = 0;
        // Comments that a comma or a bar leaves to the next token.
        let mut left: Vec<Comment> = Vec::new();
        for text in printed {
            let mut before = self.before(&mut index, &mut left, &mut rest);
            let mut open = *text;
            loop {
                let part = self.tokens.get(index)?;
                open = open.strip_prefix(part.text)?;
                index += 1;
                if open.is_empty() {
                    break;
                }
                // `in~` is two tokens, and nothing is between them.
                if self.tokens.get(index)?.start != part.end() {
                    return None;
                }
            }
            match *text {
                // What is before a comma comes after it.
                "," => left = std::mem::take(&mut before.comments),
                // What is after a bar comes before it.
                "|" => self.after_bar(index, &mut before, &mut rest),
                _ => {}
            }
            found.push(before);
        }
        found.push(self.before(&mut index, &mut left, &mut rest));
        (index == self.tokens.len() && rest.is_empty()).then_some(found)
    }

    /// What precedes the token at `index`, or the next one that has a meaning.
    fn before(
        &self,
        index: &mut usize,
        left: &mut Vec<Comment>,
        rest: &mut &[Written<'a>],
    ) -> Between {
        let mut before = Between::default();
        left.drain(..).for_each(|comment| before.push(comment));
        self.gap(*index, &mut before, rest);
        while self.is_dropped(*index) {
            *index += 1;
            self.gap(*index, &mut before, rest);
        }
        before
    }

    fn after_bar(&self, index: usize, before: &mut Between, rest: &mut &[Written<'a>]) {
        let mut after = Between::default();
        self.gap(index, &mut after, rest);
        for (number, comment) in after.comments.into_iter().enumerate() {
            let is_blank = comment.is_blank || (number == 0 && before.is_blank);
            before.comments.push(Comment {
                is_behind: false,
                is_blank,
                ..comment
            });
            before.is_blank = false;
        }
    }

    /// Adds what directly precedes a token.
    fn gap(&self, index: usize, before: &mut Between, rest: &mut &[Written<'a>]) {
        let end = (self.tokens.get(index)).map_or(self.text.len(), |token| token.start);
        let mut at = index
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .map_or(0, Token::end);
        let breaks = |from: usize, to: usize| {
            let space = self.text.get(from..to).unwrap_or_default();
            space.matches('\n').count()
        };
        while let [comment, others @ ..] = *rest
            && comment.start < end
        {
            let lines = breaks(at, comment.start);
            before.push(Comment {
                text: comment.text.trim_end().to_owned(),
                is_behind: lines == 0 && index > 0,
                is_blank: lines > 1,
            });
            before.is_new_line = true;
            at = comment.start + comment.text.len();
            *rest = others;
        }
        let lines = breaks(at, end);
        before.is_new_line |= lines > 0;
        before.is_blank = lines > 1;
    }
}

/// The other bracket of each token that is one.
fn partners(tokens: &[Token<'_>]) -> Vec<Option<usize>> {
    let mut partners = vec![None; tokens.len()];
    let mut open = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" => open.push(index),
            ")" | "]" | "}" => {
                if let Some(opened) = open.pop()
                    && let Some(partner) = partners.get_mut(opened)
                {
                    *partner = Some(index);
                }
            }
            _ => {}
        }
    }
    partners
}
