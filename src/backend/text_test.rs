//! Tests on text, and regexes, in the forms that packs ask for.
//!
//! In: needles and patterns. Out: literals, `LIKE` patterns and regexes of the pack's dialect. Promise: each form is quoted from the needle itself, so
//! that no character of it is taken for a wildcard.

use super::fold;
use super::fragment::Fragment;
use super::printer::{Printer, Refusal};
use super::render::Holes;
use crate::pattern::{Pattern, Printed, RegexDialect};
use crate::plan::expr::TextTest;
use crate::plan::{Expr, ExprKind};
use crate::source::Span;
use crate::value::Value;

impl Printer<'_> {
    #[allow(clippy::too_many_arguments)]
    pub(super) fn text_test(
        &self,
        operator: &str,
        test: TextTest,
        lower: bool,
        variants: &[&'static str],
        value: &Expr,
        needles: &[Expr],
        span: Span,
    ) -> Result<Fragment, Refusal> {
        let subject = if lower {
            if needles.iter().any(|needle| fold::wide(needle).is_some()) {
                self.note_letters(false, span);
            }
            self.lowered(value)?
        } else {
            let wide = needles.iter().any(|needle| fold::wide(needle).is_some());
            self.shielded(value, wide || test == TextTest::HasWord)?
        };
        let holes = Holes::new().with("value", &subject);
        if let [needle] = needles
            && !matches!(needle.kind, ExprKind::Literal { .. })
        {
            let needle = if lower {
                self.note_folding(span);
                self.note_letters(false, span);
                let inner = self.normalised(needle)?;
                self.apply("lower", &[inner], &[super::pack::Kind::Text], span)?
            } else {
                self.normalised(needle)?
            };
            return self.operator(operator, variants, holes.with("needle", &needle), span);
        }
        let mut forms = Vec::new();
        for needle in needles {
            let fold = operator.ends_with("_fold");
            forms.push(self.needle_forms(test, (lower, fold), needle)?);
        }
        match forms.as_slice() {
            [(needle, like, regex)] => {
                let holes = holes
                    .with("needle", needle)
                    .with("like", like)
                    .with("regex", regex);
                self.operator(operator, variants, holes, span)
            }
            _ if self.pack.can().any_of
                && self
                    .pack
                    .operator(&format!("{operator}.any"), &[])
                    .is_some() =>
            {
                let holes = holes
                    .list("needles", forms.iter().map(|f| &f.0))
                    .list("likes", forms.iter().map(|f| &f.1));
                self.operator(operator, variants, holes, span)
            }
            _ => {
                let mut tests = Vec::new();
                for (needle, like, regex) in &forms {
                    let holes = Holes::new()
                        .with("value", &subject)
                        .with("needle", needle)
                        .with("like", like)
                        .with("regex", regex);
                    tests.push(self.operator(operator, &[], holes, span)?);
                }
                let negated = operator.starts_with("not_");
                let joiner = if negated { "and" } else { "or" };
                self.operator(joiner, &[], Holes::new().list("parts", &tests), span)
            }
        }
    }

    /// The needle as a literal, as a `LIKE` pattern and as a regex; `lower`: for text that is lower-cased, `fold`: for one operator that ignores case.
    fn needle_forms(
        &self,
        test: TextTest,
        (lower, fold): (bool, bool),
        needle: &Expr,
    ) -> Result<(Fragment, Fragment, Fragment), Refusal> {
        let span = needle.span;
        let ExprKind::Literal {
            value: Value::Text(text),
            ..
        } = &needle.kind
        else {
            return Err(self.refuse(span, "this list", "a list of needles holds literals"));
        };
        let text = if lower {
            super::quote::lower(text)
        } else {
            text.to_string()
        };
        let like = self.like(test, &text);
        let regex = if test == TextTest::HasWord {
            self.word_regex(&text, fold, span)?
        } else {
            String::new()
        };
        Ok((
            self.text(&text, span)?,
            self.regex_literal(&like, span)?,
            self.regex_literal(&regex, span)?,
        ))
    }

    fn like(&self, test: TextTest, text: &str) -> String {
        let Some(rules) = self
            .pack
            .file
            .literals
            .as_ref()
            .and_then(|l| l.like.as_ref())
        else {
            return String::new();
        };
        let mut escaped = String::new();
        for c in text.chars() {
            if rules.special.contains(c) {
                escaped.push_str(&rules.escape);
            }
            escaped.push(c);
        }
        let any = rules.any.as_str();
        match test {
            TextTest::Contains | TextTest::HasWord => format!("{any}{escaped}{any}"),
            TextTest::StartsWith => format!("{escaped}{any}"),
            TextTest::EndsWith => format!("{any}{escaped}"),
        }
    }

    /// A search for the word between characters that are not letters or digits (law 10; other neighbours than ASCII are outside the contract).
    fn word_regex(&self, word: &str, fold: bool, span: Span) -> Result<String, Refusal> {
        let escaped = Pattern::literal(word);
        let parse = |source: &str| {
            Pattern::parse(source, fold).map_err(|error| {
                self.refuse(span, "has_word", &format!("`{word}`: {}", error.what))
            })
        };
        if self.dialect(false, span)? == RegexDialect::Lucene {
            // A regex of the whole value, which reads better written out than printed from a search with ends.
            let found = self.printed(&parse(&escaped)?, span)?.to_string();
            let literal = found.trim_start_matches(".*").trim_end_matches(".*");
            return Ok(format!("(.*[^A-Za-z0-9])?{literal}([^A-Za-z0-9].*)?"));
        }
        let search = parse(&format!("(?:^|[^A-Za-z0-9]){escaped}(?:[^A-Za-z0-9]|$)"))?;
        Ok(self.printed(&search, span)?.to_string())
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
            .print_extract(self.dialect(true, span)?)
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
            .print(self.dialect(false, span)?)
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
            .then(|| self.pack.quoting.verbatim(text))
            .flatten();
        verbatim.map_or_else(|| self.text(text, span), Ok)
    }

    fn dialect(&self, extract: bool, span: Span) -> Result<RegexDialect, Refusal> {
        let literals = self.pack.file.literals.as_ref();
        let name = match literals {
            Some(rules) if extract && !rules.extract.is_empty() => rules.extract.as_str(),
            Some(rules) => rules.regex.as_str(),
            None => "",
        };
        match name {
            "rust" => Ok(RegexDialect::Rust),
            "lucene" => Ok(RegexDialect::Lucene),
            "java" => Ok(RegexDialect::Java),
            "are" => Ok(RegexDialect::Are),
            "re2" => Ok(RegexDialect::Re2),
            _ => Err(self.refuse(span, "a regex", "the pack names no regex dialect")),
        }
    }
}
