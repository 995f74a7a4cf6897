//! Paths into dynamic values: `$.a.b`, `$['a'].b`, `$.a[0]`.
//!
//! In: a path as a text. Out: its steps, and what they lead to. Guarantee: what is no path of these forms is refused; a text that does not begin with `$.`
//! or `$[` is a literal key where keys are asked for (<https://learn.microsoft.com/en-us/kusto/query/jsonpath>,
//! <https://learn.microsoft.com/en-us/kusto/query/bag-has-key-function>).

use super::Call;
use crate::kql::cell::{Bag, Cell};
use crate::kql::fault::Fault;
use crate::kql::scope::Late;
use std::rc::Rc;

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    At(usize),
}

/// The steps of a path; `None`: it is none that is known.
pub(super) fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut found = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (key, more) = after.split_at(end);
            let plain =
                |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '@' | ' ');
            if key.is_empty() || !key.chars().all(plain) {
                return None;
            }
            found.push(Step::Key(key.to_owned()));
            rest = more;
            continue;
        }
        let inner = rest.strip_prefix('[')?;
        if let Some(quote) = inner.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            let (key, more) = inner.get(1..)?.split_once(quote)?;
            found.push(Step::Key(key.to_owned()));
            rest = more.strip_prefix(']')?;
        } else {
            let (number, more) = inner.split_once(']')?;
            found.push(Step::At(number.trim().parse().ok()?));
            rest = more;
        }
    }
    Some(found)
}

/// What a path leads to.
pub(super) fn follow<'c>(cell: &'c Cell, steps: &[Step]) -> Option<&'c Cell> {
    steps
        .iter()
        .try_fold(cell, |cell, step| match (cell, step) {
            (Cell::Bag(bag), Step::Key(key)) => bag.get(key),
            (Cell::Array(items), Step::At(at)) => items.get(*at),
            _ => None,
        })
}

/// What refuses paths that are not known.
pub(super) struct Refused {
    late: Late,
    fault: Fault,
}

impl Refused {
    pub(super) fn of(call: &Call<'_, '_, '_>) -> Refused {
        Refused {
            late: call.late().clone(),
            fault: call.refuse("a path of other steps than keys is not known here"),
        }
    }

    /// The keys, one inside the other, that a text names.
    pub(super) fn keys(&self, text: &str) -> Option<Vec<String>> {
        if !text.starts_with("$.") && !text.starts_with("$[") {
            return Some(vec![text.to_owned()]);
        }
        let keys = steps(text).and_then(|steps| {
            let keys = steps.into_iter().map(|step| match step {
                Step::Key(key) => Some(key),
                Step::At(_) => None,
            });
            keys.collect::<Option<Vec<String>>>()
        });
        if keys.is_none() {
            self.late
                .borrow_mut()
                .get_or_insert_with(|| self.fault.clone());
        }
        keys
    }
}

/// The value of a key inside of bags.
pub(super) fn find<'b>(bag: &'b Bag, keys: &[String]) -> Option<&'b Cell> {
    let (first, rest) = keys.split_first()?;
    let mut found = bag.get(first)?;
    for key in rest {
        let Cell::Bag(inner) = found else {
            return None;
        };
        found = inner.get(key)?;
    }
    Some(found)
}

/// The bag without these keys.
pub(super) fn without(bag: &Bag, gone: &[Vec<String>]) -> Cell {
    let mut kept: Vec<(Rc<str>, Cell)> = Vec::new();
    for (key, value) in bag.iter() {
        let here = gone
            .iter()
            .filter(|keys| keys.first().is_some_and(|k| **k == **key));
        let deeper: Vec<Vec<String>> = here
            .map(|keys| keys.get(1..).unwrap_or_default().to_vec())
            .collect();
        if deeper.iter().any(Vec::is_empty) {
            continue;
        }
        let value = match value {
            Cell::Bag(inner) if !deeper.is_empty() => without(inner, &deeper),
            other => other.clone(),
        };
        kept.push((key.clone(), value));
    }
    Cell::bag(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read() {
        let key = |name: &str| Step::Key(name.to_owned());
        assert_eq!(steps("$"), Some(vec![]));
        assert_eq!(
            steps("$.a['b c'][0][\"d\"].e"),
            Some(vec![key("a"), key("b c"), Step::At(0), key("d"), key("e")])
        );
        for path in ["a", "$.", "$..a", "$.a[", "$.a[*]", "$[-1]", "$.*"] {
            assert_eq!(steps(path), None, "{path}");
        }
    }
}
