//! Regular expressions.
//!
//! In: patterns as Kusto documents them, which is the syntax of the `regex` crate (<https://learn.microsoft.com/en-us/kusto/query/regex>).
//! Out: compiled patterns. Guarantee: a pattern that is the same for all rows is compiled once, others are kept; one that is none is refused.

use super::cell::Cell;
use super::fault::{self, Fault};
use super::scope::{Late, Scope};
use super::typed::Typed;
use regex::Regex;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

/// Groups that a pattern may have.
const GROUPS: usize = 16;

/// A pattern argument.
pub(super) struct Pattern {
    fixed: Option<Rc<Regex>>,
    kept: RefCell<HashMap<Rc<str>, Option<Rc<Regex>>>>,
    late: Late,
    span: Range<usize>,
    anchor: Anchor,
}

/// Where a match must lie.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    None,
    Start,
    End,
    Both,
}

/// Compiles a pattern.
fn compile(pattern: &str, anchor: Anchor) -> Result<Regex, String> {
    let whole = match anchor {
        Anchor::None => pattern.to_owned(),
        Anchor::Start => format!("^({pattern})"),
        Anchor::End => format!("({pattern})$"),
        Anchor::Both => format!("^({pattern})|({pattern})$"),
    };
    // A group name can occur only once.
    let whole = if anchor == Anchor::Both {
        unnamed(&whole)
    } else {
        whole
    };
    let regex = Regex::new(&whole).map_err(|error| error.to_string())?;
    if anchor == Anchor::None && regex.captures_len() > GROUPS + 1 {
        return Err(format!("it has more than {GROUPS} groups"));
    }
    Ok(regex)
}

/// The pattern with its groups without their names.
pub(super) fn unnamed(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find("(?") {
        let (before, group) = rest.split_at(at);
        out.push_str(before);
        let name = group
            .strip_prefix("(?P<")
            .or_else(|| group.strip_prefix("(?<"));
        let escaped = before
            .bytes()
            .rev()
            .take_while(|byte| *byte == b'\\')
            .count()
            % 2
            == 1;
        match name.and_then(|name| name.split_once('>')) {
            Some((_, inner)) if !escaped => {
                out.push('(');
                rest = inner;
            }
            _ => {
                out.push_str("(?");
                rest = group.get(2..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

impl Pattern {
    pub(super) fn bind(
        pattern: &Typed,
        span: &Range<usize>,
        scope: &Scope<'_, '_>,
    ) -> Result<Rc<Pattern>, Fault> {
        Pattern::anchored(pattern, span, scope, Anchor::None)
    }

    pub(super) fn anchored(
        pattern: &Typed,
        span: &Range<usize>,
        scope: &Scope<'_, '_>,
        anchor: Anchor,
    ) -> Result<Rc<Pattern>, Fault> {
        let fixed = match &pattern.value {
            Some(cell) => {
                let text = cell.as_text().unwrap_or_default();
                let compiled = compile(text, anchor);
                let regex = compiled.map_err(|error| invalid(span, text, &error))?;
                Some(Rc::new(regex))
            }
            None => None,
        };
        Ok(Rc::new(Pattern {
            fixed,
            kept: RefCell::default(),
            late: scope.session.late.clone(),
            span: span.clone(),
            anchor,
        }))
    }

    /// The compiled pattern; without one the run is refused.
    pub(super) fn get(&self, pattern: &Cell) -> Option<Rc<Regex>> {
        if let Some(fixed) = &self.fixed {
            return Some(fixed.clone());
        }
        let Cell::Text(text) = pattern else {
            return None;
        };
        if let Some(found) = self.kept.borrow().get(text) {
            return found.clone();
        }
        let compiled = match compile(text, self.anchor) {
            Ok(regex) => Some(Rc::new(regex)),
            Err(error) => {
                let mut late = self.late.borrow_mut();
                late.get_or_insert_with(|| invalid(&self.span, text, &error));
                None
            }
        };
        self.kept
            .borrow_mut()
            .insert(text.clone(), compiled.clone());
        compiled
    }
}

fn invalid(span: &Range<usize>, pattern: &str, error: &str) -> Fault {
    let message = format!("`{pattern}` is no regular expression: {error}");
    fault::invalid(span.clone(), "regex", message)
}
