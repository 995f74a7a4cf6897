//! Tests on text, and regexes, in the forms that dialects ask for.
//!
//! In: needles and patterns. Out: literals, `LIKE` patterns and regexes of the dialect. Guarantee: each form is quoted from the needle itself, so
//! that no character of it is taken for a wildcard.

use super::fold;
use super::marked::Forms;
use super::printer::{Printer, Refusal};
use crate::backend::dialect::fragment::Fragment;
use crate::backend::dialect::loaded::Kind;
use crate::backend::dialect::quote;
use crate::backend::dialect::render::Holes;
use crate::pattern::{Pattern, Printed, RegexDialect};
use crate::plan::TextTest;
use crate::plan::{Expr, ExprKind};
use crate::source::Span;
use crate::value::Value;
use std::borrow::Cow;

impl Printer<'_> {
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn text_test(
        &self,
        operator: &str,
        test: TextTest,
        lower: bool,
        variants: &[&'static str],
        value: &Expr,
        needles: &[Expr],
        span: Span,
    ) -> Result<Fragment, Refusal> {
        let fold = lower || operator.ends_with("_fold");
        let folding = self.dialect.can().folds;
        if fold
            && test == TextTest::HasWord
            && self.regex_dialect(false, span)? != RegexDialect::Lucene
            && needles
                .iter()
                .any(|n| is_literal(n, |c| folding.needs_regex(c)))
        {
            return self.spelled_words(operator.starts_with("not_"), value, needles, span);
        }
        let subject = if lower {
            self.lowered(value)?
        } else {
            let wide = needles.iter().any(fold::is_wide_literal);
            self.shielded(value, wide || test == TextTest::HasWord)?
        };
        if fold
            && needles
                .iter()
                .any(|n| is_literal(n, |c| folding.needs_note(c)))
        {
            self.note_variants(span);
        }
        let holes = Holes::new().with("value", &subject);
        if let [needle] = needles
            && !matches!(needle.kind, ExprKind::Literal { .. })
        {
            if fold {
                self.note_folding(span);
                self.note_letters(false, span);
            }
            let needle = if lower {
                let inner = self.normalised(needle)?;
                self.apply("lower", &[inner], &[Kind::Text], span)?
            } else {
                self.normalised(needle)?
            };
            return self.operator(operator, variants, holes.with("needle", &needle), span);
        }
        let forms_of = [variants, &[]].map(|variants| self.dialect.operator(operator, variants));
        let patterns = forms_of.iter().flatten().map(|(_, entry)| &entry.pattern);
        let patterns: Vec<&String> = patterns.flatten().collect();
        let used = |hole: &str| patterns.iter().any(|pattern| pattern.contains(hole));
        let used = (used("needle"), used("like"));
        let mut forms = Vec::new();
        // What a form is where the operator has none of it.
        let nothing = self.text("", span)?;
        for needle in needles {
            let fold = operator.ends_with("_fold");
            forms.push(self.needle_forms(test, (lower, fold), used, needle, &nothing)?);
        }
        match forms.as_slice() {
            [(needle, like, regex)] => {
                let holes = holes
                    .with("needle", needle)
                    .with("like", like)
                    .with("regex", regex);
                self.operator(operator, variants, holes, span)
            }
            _ if self.dialect.can().any_of
                && self
                    .dialect
                    .operator(&format!("{operator}.any"), &[])
                    .is_some() =>
            {
                let holes = holes
                    .list("needles", forms.iter().map(|f| &f.0))
                    .list("likes", forms.iter().map(|f| &f.1));
                self.operator(operator, variants, holes, span)
            }
            _ => {
                let with = |(needle, like, regex): &Forms| {
                    let holes = holes.clone().with("needle", needle);
                    holes.with("like", like).with("regex", regex)
                };
                let tests = self.operators_alike(operator, &forms, with, span)?;
                let negated = operator.starts_with("not_");
                let joiner = if negated { "and" } else { "or" };
                self.operator(joiner, &[], Holes::new().list("parts", &tests), span)
            }
        }
    }

    /// The needle as a literal, as a `LIKE` pattern and as a regex, where the pattern has them; `lower`: for text that is lower-cased, `fold`: for one operator that ignores case.
    fn needle_forms(
        &self,
        test: TextTest,
        (lower, fold): (bool, bool),
        (literal_used, like_used): (bool, bool),
        needle: &Expr,
        nothing: &Fragment,
    ) -> Result<Forms, Refusal> {
        let span = needle.span;
        let ExprKind::Literal {
            value: Value::Text(text),
            ..
        } = &needle.kind
        else {
            return Err(self.refuse(span, "this list", "a list of needles holds literals"));
        };
        let text: Cow<'_, str> = if lower {
            quote::lower(text).into()
        } else {
            (&**text).into()
        };
        let like = match like_used.then(|| self.like(test, &text)).flatten() {
            Some(like) => self.regex_literal(&like, span)?,
            None => nothing.clone(),
        };
        let literal = match literal_used {
            true => self.text(&text, span)?,
            false => nothing.clone(),
        };
        let regex = match test {
            TextTest::HasWord => self.regex_literal(&self.word_regex(&text, fold, span)?, span)?,
            _ => nothing.clone(),
        };
        Ok((literal, like, regex))
    }

    /// The needle as a `LIKE` pattern, where the engine has them.
    fn like(&self, test: TextTest, text: &str) -> Option<String> {
        let rules = self.dialect.file.literals.as_ref()?.like.as_ref()?;
        let mut escaped = String::new();
        for c in text.chars() {
            if rules.special.contains(c) {
                escaped.push_str(&rules.escape);
            }
            escaped.push(c);
        }
        let any = rules.any.as_str();
        Some(match test {
            TextTest::Contains | TextTest::HasWord => format!("{any}{escaped}{any}"),
            TextTest::StartsWith => format!("{escaped}{any}"),
            TextTest::EndsWith => format!("{any}{escaped}"),
        })
    }

    /// A search for the word between characters that are not letters or digits (rule 10 of the semantics; other neighbours than ASCII are outside the contract).
    fn word_regex(&self, word: &str, fold: bool, span: Span) -> Result<String, Refusal> {
        let escaped = Pattern::literal(word);
        let parse = |source: &str| {
            Pattern::parse(source, fold).map_err(|error| {
                self.refuse(span, "has_word", &format!("`{word}`: {}", error.what))
            })
        };
        if self.regex_dialect(false, span)? == RegexDialect::Lucene {
            // A regex of the whole value, which reads better written out than printed from a search with ends.
            let found = self.printed(&parse(&escaped)?, span)?.to_string();
            let literal = found.trim_start_matches(".*").trim_end_matches(".*");
            return Ok(format!("(.*[^A-Za-z0-9])?{literal}([^A-Za-z0-9].*)?"));
        }
        let search = parse(&format!("(?:^|[^A-Za-z0-9]){escaped}(?:[^A-Za-z0-9]|$)"))?;
        Ok(self.printed(&search, span)?.to_string())
    }

    /// `has_word~` with a word of which a letter is folded otherwise by the engine: a regex of both cases over the text as it is.
    fn spelled_words(
        &self,
        negated: bool,
        value: &Expr,
        words: &[Expr],
        span: Span,
    ) -> Result<Fragment, Refusal> {
        let kusto = self.regex_dialect(false, span)? == RegexDialect::Rust;
        let operator = if kusto { "matches" } else { "has_word" };
        let subject = self.shielded(fold::raw(value), true)?;
        let mut tests = Vec::new();
        for word in words {
            let ExprKind::Literal {
                value: Value::Text(word),
                ..
            } = &word.kind
            else {
                return Err(self.refuse(span, "this list", "a list of needles holds literals"));
            };
            let spelled = |source: &str| {
                let pattern = Pattern::parse(source, true).ok();
                let pattern = pattern.and_then(|pattern| pattern.both_cases());
                pattern
                    .ok_or_else(|| self.refuse(span, "has_word~", &format!("`{word}` is too long")))
            };
            let escaped = Pattern::literal(word);
            let regex = if kusto {
                // Kusto's own words end beside letters and digits of any script.
                let found = self.printed(&spelled(&escaped)?, span)?;
                format!(r"(^|[^\p{{L}}\p{{N}}]){found}([^\p{{L}}\p{{N}}]|$)")
            } else {
                let whole = format!("(?:^|[^A-Za-z0-9]){escaped}(?:[^A-Za-z0-9]|$)");
                self.printed(&spelled(&whole)?, span)?.to_string()
            };
            let holes = Holes::new()
                .with("value", &subject)
                .with("regex", &self.regex_literal(&regex, span)?);
            tests.push(self.operator(operator, &[], holes, span)?);
        }
        let found = match tests.as_slice() {
            [one] => one.clone(),
            many => self.operator("or", &[], Holes::new().list("parts", many), span)?,
        };
        match negated {
            true => self.operator("not", &[], Holes::new().with("value", &found), span),
            false => Ok(found),
        }
    }

    /// The regex of a search as a literal.
    pub(super) fn search_regex(&self, pattern: &Pattern, span: Span) -> Result<Fragment, Refusal> {
        let text = self.printed(pattern, span)?.to_string();
        self.regex_literal(&text, span)
    }

    /// The same without flags.
    pub(super) fn regex_body(&self, pattern: &Pattern, span: Span) -> Result<Fragment, Refusal> {
        let text = self.printed(pattern, span)?.body;
        self.regex_literal(&text, span)
    }

    /// The regex of `extract` as a literal, and one that takes in the whole text around it (as Java and RE2 write that).
    pub(super) fn extract_regex(
        &self,
        pattern: &Pattern,
        span: Span,
    ) -> Result<(Fragment, Fragment), Refusal> {
        let printed = pattern
            .print_extract(self.regex_dialect(true, span)?)
            .map_err(|unsupported| {
                self.refuse(
                    span,
                    &format!("the regex {pattern}"),
                    &unsupported.to_string(),
                )
            })?;
        let whole = format!("^(?s:.*?){}(?:{})(?s:.*)$", printed.flags, printed.body);
        Ok((
            self.regex_literal(&printed.to_string(), span)?,
            self.regex_literal(&whole, span)?,
        ))
    }

    fn printed(&self, pattern: &Pattern, span: Span) -> Result<Printed, Refusal> {
        pattern
            .print(self.regex_dialect(false, span)?)
            .map_err(|unsupported| {
                self.refuse(
                    span,
                    &format!("the regex {pattern}"),
                    &unsupported.to_string(),
                )
            })
    }

    /// The verbatim form where that saves doubled backslashes.
    fn regex_literal(&self, text: &str, span: Span) -> Result<Fragment, Refusal> {
        let verbatim = text
            .contains('\\')
            .then(|| self.dialect.quoting.verbatim(text))
            .flatten();
        verbatim.map_or_else(|| self.text(text, span), Ok)
    }

    fn regex_dialect(&self, extract: bool, span: Span) -> Result<RegexDialect, Refusal> {
        self.dialect
            .regex_dialect(extract)
            .ok_or_else(|| self.refuse(span, "a regex", "no regex dialect is declared"))
    }
}

/// Whether the expression is a literal, and such a one.
fn is_literal(expr: &Expr, such: impl Fn(&Value) -> bool) -> bool {
    matches!(&expr.kind, ExprKind::Literal { value, .. } if such(value))
}
