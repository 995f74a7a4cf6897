//! Why a text is not a query, for people.
//!
//! In: the tokens of one step (or one expression) and where the grammar gave up. Out: one error. Guarantee: the place is a token of the author's text
//! (or the gap where one is missing); frequent mistakes have their own words and an edit, the rest says what was expected.

use super::foreign;
use super::grammar::{KEYWORDS, Rule, STEPS};
use super::scan::{Kind, Token};
use super::words::{begins_value, expected};
use crate::diag::{Code, Diagnostic};
use crate::source::Span;

/// Where the grammar gave up in one step.
pub(super) struct Failure<'t, 'a> {
    /// Tokens of the step.
    pub(super) tokens: &'t [Token<'a>],
    /// Offset from the start of the scanned text.
    pub(super) at: usize,
    /// What would have been accepted there.
    pub(super) rules: Vec<Rule>,
    /// What the end of the text is called here.
    pub(super) end: &'static str,
    /// The place of the scanned text.
    pub(super) place: Span,
}

const COMPARISONS: &[&str] = &[
    "==",
    "=~",
    "!=",
    "!~",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "between",
    "contains",
    "starts_with",
    "ends_with",
    "has_word",
    "matches",
    "in_cidr",
];

impl<'a> Failure<'_, 'a> {
    fn token(&self, index: usize) -> Option<&Token<'a>> {
        self.tokens.get(index)
    }

    fn span(&self, token: &Token<'_>) -> Span {
        self.range(token.start, token.end())
    }

    fn range(&self, start: usize, end: usize) -> Span {
        let base = self.place.start as usize;
        Span::new(self.place.file, base + start, base + end)
    }

    fn is(&self, index: usize, words: &[&str]) -> bool {
        self.token(index)
            .is_some_and(|token| token.kind != Kind::Text && words.contains(&token.text))
    }

    fn wants(&self, rule: Rule) -> bool {
        self.rules.contains(&rule)
    }

    fn wants_value(&self) -> bool {
        self.rules.iter().any(|rule| begins_value(*rule))
    }

    /// The error to report.
    pub(super) fn explain(&self) -> Diagnostic {
        let index = self
            .tokens
            .iter()
            .position(|token| token.end() > self.at)
            .unwrap_or(self.tokens.len());
        let Some(token) = self.token(index) else {
            return self.at_end();
        };
        let span = self.span(token);
        self.foreign_operator(index, token, span)
            .or_else(|| self.null(index, token, span))
            .or_else(|| self.chain(index, token, span))
            .or_else(|| self.structure(index, token, span))
            .or_else(|| self.word(index, token, span))
            .unwrap_or_else(|| self.plain(token, span))
    }

    /// The text ends too early.
    fn at_end(&self) -> Diagnostic {
        let end = self.tokens.last().map_or(0, Token::end);
        let last = self.tokens.last().map_or("", |token| token.text);
        let title = if last.is_empty() {
            "there is nothing here".to_owned()
        } else {
            format!("something is missing after `{last}`")
        };
        Diagnostic::at(Code::E0201, self.range(end, end), title)
            .label(format!("expected {}", expected(&self.rules, self.end)))
    }

    fn plain(&self, token: &Token<'_>, span: Span) -> Diagnostic {
        let what = match token.kind {
            Kind::Text => "this string".to_owned(),
            Kind::Regex => "this regex".to_owned(),
            _ => format!("`{}`", token.text),
        };
        Diagnostic::at(Code::E0201, span, format!("{what} cannot stand here"))
            .label(format!("expected {}", expected(&self.rules, self.end)))
    }

    /// `=` for `==`, `==` for `=`, `like` and its kin.
    fn foreign_operator(&self, index: usize, token: &Token<'_>, span: Span) -> Option<Diagnostic> {
        if token.text == "=" && self.wants(Rule::compare_op) {
            let fault = Diagnostic::at(Code::E0208, span, "`=` does not compare");
            return Some(fault.fix(span, "==", "equality is written `==`; `=` names a column"));
        }
        if token.text == "==" && self.wants(Rule::assign) && !self.wants(Rule::compare_op) {
            let fault = Diagnostic::at(Code::E0208, span, "`==` does not name a column");
            return Some(fault.fix(span, "=", "a column is named with `=`"));
        }
        if token.text == "not" && self.wants(Rule::compare_op) && self.is(index + 1, COMPARISONS) {
            let operator = self.token(index + 1)?;
            let both = span.to(self.span(operator));
            return Some(self.not_before(both, operator.text));
        }
        let before = index.checked_sub(1).and_then(|at| self.token(at));
        if let Some(not) = before.filter(|before| before.text == "not")
            && COMPARISONS.contains(&token.text)
            && self.wants(Rule::in_op)
        {
            return Some(self.not_before(self.span(not).to(span), token.text));
        }
        if token.text == "~" {
            return Some(Diagnostic::at(Code::E0201, span, "`~` stands directly after an operator").help(
                "`=~`, `!~`, `in~`, `contains~`, `starts_with~`, `ends_with~` and `has_word~` ignore case; a regex takes `/…/i`",
            ));
        }
        if token.kind == Kind::Text && index > 0 && self.is(index - 1, &["matches"]) {
            return Some(
                Diagnostic::at(Code::E0207, span, "`matches` takes a regex literal")
                    .help("write it between slashes: `matches /^a.*z$/`; backslashes are then written once"),
            );
        }
        if index > 0 && self.is(index - 1, &["matches"]) && matches!(token.text, "regex" | "regexp")
        {
            return Some(
                Diagnostic::at(Code::E0208, span, "`matches` takes a regex literal")
                    .help("write it between slashes: `matches /^a.*z$/`; backslashes are then written once"),
            );
        }
        if token.text == "*" && index > 1 && self.is(index - 2, &["count"]) {
            let fault =
                Diagnostic::at(Code::E0208, span, "`count()` counts rows, and takes no `*`");
            return Some(fault.fix(span, "", "without it"));
        }
        if token.text == "," {
            return self.list_in_parentheses(index);
        }
        if index == 1 && self.is(0, &["join"]) && self.wants(Rule::reference) {
            return Some(
                Diagnostic::at(Code::E0208, span, "a hunt joins a table that it declares")
                    .label("expected `$` and the name of a table")
                    .help("`join $table as t on x in t.column`; tables are declared under `tables:` of the hunt"),
            );
        }
        if token.kind == Kind::Word && self.is(index + 1, &["="]) && self.wants(Rule::comma) {
            let end = before.map_or(token.start, Token::end);
            let fault = Diagnostic::at(
                Code::E0201,
                span,
                format!("`,` is missing before `{}`", token.text),
            );
            return Some(fault.fix(self.range(end, end), ",", "entries are separated by commas"));
        }
        if token.kind == Kind::Word
            && !KEYWORDS.contains(&token.text)
            && self.wants(Rule::compare_op)
        {
            return foreign::operator(token.text, span);
        }
        None
    }

    /// `x in (1, 2)`: the comma is the first token that is not allowed.
    fn list_in_parentheses(&self, comma: usize) -> Option<Diagnostic> {
        let open = (0..comma).rev().find(|at| self.is(*at, &["("]))?;
        let before = open.checked_sub(1)?;
        // The operator may be followed by `~`.
        let operator = if self.is(before, &["~"]) {
            before.checked_sub(1)?
        } else {
            before
        };
        let takes_list = [
            "in",
            "in_cidr",
            "contains",
            "starts_with",
            "ends_with",
            "has_word",
        ];
        let mut depth = 0_usize;
        let close = (open..self.tokens.len()).find(|at| {
            depth += usize::from(self.is(*at, &["("]));
            depth -= usize::from(self.is(*at, &[")"])).min(depth);
            depth == 0
        })?;
        if !self.is(operator, &takes_list) {
            return None;
        }
        let entries: String = self
            .tokens
            .get(open + 1..close)?
            .iter()
            .map(|token| match token.text {
                "," => ", ",
                text => text,
            })
            .collect();
        let place = self
            .span(self.token(open)?)
            .to(self.span(self.token(close)?));
        Some(
            Diagnostic::at(Code::E0208, place, "a list stands in square brackets").fix(
                place,
                format!("[{}]", entries.trim_end_matches(", ")),
                "here it is written so",
            ),
        )
    }

    /// `x not contains "a"`
    fn not_before(&self, span: Span, operator: &str) -> Diagnostic {
        Diagnostic::at(Code::E0201, span, format!("`not {operator}` is not an operator")).help(format!(
            "`not` stands before the whole test, `not x {operator} …`; only `not in` and `not in_cidr` are operators"
        ))
    }

    /// `is null`, `is not missing`, `== null`.
    fn null(&self, index: usize, token: &Token<'_>, span: Span) -> Option<Diagnostic> {
        let before = index.checked_sub(1).and_then(|at| self.token(at))?;
        let whole = self.span(before).to(span);
        let why = "absent, null and the empty string are one state, called missing";
        if before.text == "is" {
            let after = self
                .token(index + 1)
                .filter(|next| matches!(next.text, "null" | "missing" | "empty"));
            let (place, ours) = match (token.text, after) {
                ("null" | "empty", _) => (whole, "is missing"),
                ("not", Some(next)) => (whole.to(self.span(next)), "exists"),
                _ => return None,
            };
            return Some(
                Diagnostic::at(Code::E0208, place, "a hunt has no null").fix(place, ours, why),
            );
        }
        if token.text != "null" {
            return None;
        }
        match before.text {
            "==" | "=~" => Some(Diagnostic::at(Code::E0208, whole, "a hunt has no null").fix(whole, "is missing", why)),
            "!=" | "!~" => Some(Diagnostic::at(Code::E0208, whole, "a hunt has no null").fix(whole, "exists", why)),
            _ => Some(
                Diagnostic::at(Code::E0208, span, "a hunt has no null")
                    .help("test with `x is missing` or `x exists`; a `case` without a fitting value cannot give null"),
            ),
        }
    }

    /// `a == b == c`
    fn chain(&self, index: usize, token: &Token<'_>, span: Span) -> Option<Diagnostic> {
        let operator = token.text == "not" && self.is(index + 1, &["in", "in_cidr"]);
        if !(operator || token.kind != Kind::Text && COMPARISONS.contains(&token.text))
            || self.wants_value()
        {
            return None;
        }
        // Only after a whole comparison are the tests no longer expected.
        if self.wants(Rule::compare_op) || !(self.wants(Rule::kw_and) || self.wants(Rule::kw_or)) {
            return None;
        }
        Some(
            Diagnostic::at(Code::E0212, span, "tests cannot be chained")
                .label("a test ends before this")
                .help("join two tests with `and` or `or`; to test the result of a test, put it in parentheses"),
        )
    }

    /// A missing bar, `else`, name or word.
    fn structure(&self, index: usize, token: &Token<'_>, span: Span) -> Option<Diagnostic> {
        let word = token.kind == Kind::Word;
        if word && index > 0 && STEPS.contains(&token.text) && !self.wants_name() {
            let fault = Diagnostic::at(
                Code::E0211,
                span,
                format!("`|` is missing before `{}`", token.text),
            );
            return Some(fault.fix(
                self.range(token.start, token.start),
                "| ",
                "each step begins with a bar",
            ));
        }
        let unfinished = self.wants(Rule::comma) && !self.wants(Rule::close_brace);
        if token.text == "}" && (self.wants(Rule::kw_else) || unfinished) {
            let end = index
                .checked_sub(1)
                .and_then(|at| self.token(at))
                .map_or(token.start, Token::end);
            let (at, example) = if self.wants(Rule::kw_else) {
                (token.start, "else \"other\" ")
            } else {
                (end, ", else \"other\"")
            };
            let at = self.range(at, at);
            return Some(
                Diagnostic::at(Code::E0213, span, "this `case` has no `else`")
                    .label("expected `else` and a value before this")
                    .help("what a row gets that fits no arm is always written down")
                    .fix(at, example, "for example"),
            );
        }
        if token.text == "," && self.wants(Rule::kw_within) {
            return Some(
                Diagnostic::at(
                    Code::E0215,
                    span,
                    "several event classes are not in this version yet",
                )
                .help("a hunt reads one event class"),
            );
        }
        if word && self.wants(Rule::kw_by) && self.wants(Rule::open_brace) {
            let at = self.range(token.start, token.start);
            let fault = Diagnostic::at(Code::E0201, span, "`by` is missing before the keys");
            return Some(fault.fix(at, "by ", "keys follow `group by`"));
        }
        if token.text == "as" && self.wants(Rule::kw_optional) {
            return Some(
                Diagnostic::at(Code::E0208, span, "`as` does not name a column")
                    .help("the name stands first: `name = value`"),
            );
        }
        if token.text == "(" && self.wants(Rule::assign) && !self.wants(Rule::compare_op) {
            let name = index.checked_sub(1).and_then(|at| self.token(at))?;
            return Some(
                Diagnostic::at(
                    Code::E0201,
                    self.span(name),
                    format!("the result of `{}` has no name", name.text),
                )
                .help(format!("name it: `n = {}(…)`", name.text)),
            );
        }
        None
    }

    fn wants_name(&self) -> bool {
        self.wants(Rule::name) || self.wants_value()
    }

    /// A keyword where a name should be, and words that need saying.
    fn word(&self, index: usize, token: &Token<'_>, span: Span) -> Option<Diagnostic> {
        if token.kind != Kind::Word || !KEYWORDS.contains(&token.text) {
            return None;
        }
        if token.text == "asc" && !self.wants_name() {
            let before = index
                .checked_sub(1)
                .and_then(|at| self.token(at))
                .map_or(token.start, Token::end);
            return Some(
                Diagnostic::at(Code::E0208, span, "`asc` is not written").fix(
                    self.range(before, token.end()),
                    "",
                    "ascending is what `sort` does; only `desc` is written",
                ),
            );
        }
        let operator = COMPARISONS.contains(&token.text)
            || matches!(
                token.text,
                "and" | "or" | "not" | "is" | "exists" | "missing"
            );
        (self.wants_name()
            && !operator
            && !matches!(token.text, "optional" | "desc" | "by" | "else" | "within"))
        .then(|| {
            Diagnostic::at(
                Code::E0214,
                span,
                format!(
                    "`{}` is a word of the language and cannot be a name",
                    token.text
                ),
            )
            .label(format!("expected {}", expected(&self.rules, self.end)))
            .help("choose another name")
        })
    }
}
