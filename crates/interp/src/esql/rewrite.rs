//! In: a test of text and the release of the stack. Out: the test that the platform's optimizer leaves, where that has another meaning.
//! Guarantee: the rules are those of Elasticsearch's own classes, named below, as read in its public sources; each says from which
//! release on it runs. A test that no rule touches is left to [`super::operators`].
//!
//! | rule | from | what it does |
//! |---|---|---|
//! | ReplaceStringCasingWithInsensitiveEquals | 8.18 | `TO_LOWER(f) == "…"` and `!=`: false where the constant has a capital, else InsensitiveEquals, whose automaton folds ASCII only |
//! | ReplaceStringCasingWithInsensitiveRegexMatch | 9.1, on data nodes | `TO_LOWER(f) LIKE` and `RLIKE`: false where the text of the pattern has a capital, else a match of `f` in which single letters fold |
//! | the same, for lists | 9.2 | patterns with a capital are dropped, the others fold |
//!
//! With TO_UPPER small letters take the place of capitals.

use super::Release;
use super::arguments::Site;
use super::ast::{Expr, ExprKind};
use super::cell::{Cell, Value};
use super::like::Like;
use super::node::Node;
use super::rlike;
use super::types::Type;
use crate::Refusal;

/// A function that brings text into one case, and its argument.
pub(super) struct ChangeCase<'e> {
    lower: bool,
    /// What all functions of the kind contain.
    pub field: &'e Expr,
}

/// `TO_LOWER(…)` or `TO_UPPER(…)`.
pub(super) fn change_case(expr: &Expr) -> Option<ChangeCase<'_>> {
    let lower = match &expr.kind {
        ExprKind::Call(name, _) => name.eq_ignore_ascii_case("to_lower"),
        _ => return None,
    };
    let field = unwrapped(expr);
    (!std::ptr::eq(field, expr)).then_some(ChangeCase { lower, field })
}

fn unwrapped(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Call(name, arguments)
            if name.eq_ignore_ascii_case("to_lower") || name.eq_ignore_ascii_case("to_upper") =>
        {
            match arguments.as_slice() {
                [inner] => unwrapped(inner),
                _ => expr,
            }
        }
        _ => expr,
    }
}

impl ChangeCase<'_> {
    /// Whether no letter of the text has the other case, so that the test can be true at all.
    fn fits(&self, text: &str) -> bool {
        !text.chars().any(|c| match self.lower {
            true => c.is_uppercase(),
            false => c.is_lowercase(),
        })
    }

    /// `==`, or with `negated` `!=`, to a constant.
    pub(super) fn equals(&self, field: Node, constant: &Value, negated: bool, site: &Site) -> Node {
        let text = constant.str().unwrap_or_default().to_owned();
        let span = site.span.clone();
        if self.fits(&text) {
            return Node::single([field], Type::Boolean, span, move |[value]| {
                let same = value.str().unwrap_or_default().eq_ignore_ascii_case(&text);
                Ok(Some(Value::Boolean(same != negated)))
            });
        }
        // False; and its negation says only that there is something.
        Node::cells(vec![field], Type::Boolean, span, move |cells| {
            let present = !cells.first().is_none_or(Cell::is_null);
            Ok(Cell::One(Value::Boolean(negated && present)))
        })
    }

    /// `LIKE` or `RLIKE`. `None` where the release has no such rule.
    pub(super) fn matches(
        &self,
        field: Node,
        patterns: &[String],
        regex: bool,
        release: Release,
        site: &Site,
    ) -> Result<Node, Refusal> {
        let fitting: Vec<&String> = patterns.iter().filter(|p| self.fits(p)).collect();
        if fitting.is_empty() {
            let no = Cell::One(Value::Boolean(false));
            return Ok(Node::constant(no, Type::Boolean, site.span.clone()));
        }
        // How releases fold letters beyond ASCII here differs, and no page says which does what.
        if fitting.iter().any(|p| p.chars().any(beyond)) {
            let Release(major, minor) = release;
            return Err(site.unknown(format!(
                "how {major}.{minor} folds letters beyond ASCII in a pattern under TO_LOWER or TO_UPPER is not known here"
            )));
        }
        let span = site.span.clone();
        if regex {
            let compiled = fitting
                .iter()
                .map(|pattern| rlike::compile_folded(pattern, site))
                .collect::<Result<Vec<_>, _>>()?;
            return Ok(Node::single(
                [field],
                Type::Boolean,
                span,
                move |[value]| {
                    let text = value.str().unwrap_or_default();
                    let matched = compiled.iter().any(|regex| regex.is_match(text));
                    Ok(Some(Value::Boolean(matched)))
                },
            ));
        }
        let likes: Vec<Like> = fitting
            .iter()
            .map(|p| Like::new(&p.to_ascii_lowercase()))
            .collect();
        Ok(Node::single(
            [field],
            Type::Boolean,
            span,
            move |[value]| {
                let text = value.str().unwrap_or_default().to_ascii_lowercase();
                let matched = likes.iter().any(|like| like.matches(&text));
                Ok(Some(Value::Boolean(matched)))
            },
        ))
    }
}

/// A letter beyond ASCII that has another case.
fn beyond(c: char) -> bool {
    !c.is_ascii() && (c.is_lowercase() || c.is_uppercase())
}

/// Whether the rule for patterns runs: never before 9.1 (8.19 switched it off again), for lists from 9.2 on. A pattern that everything matches asks for
/// presence either way.
pub(super) fn rewrites_patterns(release: Release, patterns: &[String]) -> bool {
    if patterns
        .iter()
        .any(|p| matches!(p.as_str(), "" | "*" | ".*"))
    {
        return false;
    }
    match patterns {
        [_] => release >= Release(9, 1),
        _ => release >= Release(9, 2),
    }
}
