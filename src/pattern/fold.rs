//! Case folding: simple Unicode lower-casing, the one rule for all that ignores case.
//!
//! A character of the text matches a character of the regex if both have the same lower case; it is in a class if its
//! lower case is that of a member; it is in a negated class if not. So a regex that ignores case may be printed as one that
//! respects it, each letter a class of its cases ([`both_cases`]).

use std::sync::LazyLock;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::node::Class;

/// The simple lower case of a character.
pub fn lower(c: char) -> char {
    let mut full = c.to_lowercase();
    match (full.next(), full.next()) {
        (Some(one), None) => one,
        // `İ` alone has two characters in its full lower case; the first is its simple one.
        (Some(first), Some(_)) => first,
        (None, _) => c,
    }
}

/// The simple lower case of a text.
pub fn lower_text(text: &str) -> String {
    text.chars().map(lower).collect()
}

/// Every character that is not its own lower case, with its lower case.
static CAPITALS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    ('\0'..=char::MAX)
        .map(|c| (c, lower(c)))
        .filter(|(c, small)| c != small)
        .collect()
});

/// All characters whose lower case is `lower(c)`, as a set.
pub(super) fn same_case(c: char) -> ClassUnicode {
    expanded(&Class::new(&[(c, c)], false))
}

/// All characters a class stands for when case is ignored.
pub(super) fn expanded(class: &Class) -> ClassUnicode {
    let mut small = class.set();
    let lowers: Vec<_> = CAPITALS
        .iter()
        .filter(|(c, _)| holds(&small, *c))
        .map(|(_, l)| single(*l))
        .collect();
    small.union(&ClassUnicode::new(lowers));
    let (mut more, mut fewer) = (Vec::new(), Vec::new());
    for (capital, lower) in CAPITALS.iter() {
        if holds(&small, *lower) {
            more.push(single(*capital));
        } else {
            fewer.push(single(*capital));
        }
    }
    small.union(&ClassUnicode::new(more));
    small.difference(&ClassUnicode::new(fewer));
    if class.negated {
        small.negate();
    }
    small
}

/// The class that, case respected, holds what `class` holds with case ignored: what the author wrote, then the other cases
/// that it lacks. To letters of ASCII nothing beyond ASCII is added (the Kelvin sign for `k`, `İ` for `i`): those two are
/// exceptions of every target, and who reads `[kKK]` sees one letter twice.
pub(super) fn both_cases(class: &Class) -> Class {
    let positive = Class::new(&class.ranges, false);
    let mut missing = expanded(&positive);
    missing.difference(&positive.set());
    if class.ranges.iter().all(|(_, high)| high.is_ascii()) {
        missing.intersect(&ClassUnicode::new([ClassUnicodeRange::new('\0', '\u{7f}')]));
    }
    let others = missing.ranges().iter().map(|r| (r.start(), r.end()));
    Class {
        ranges: class.ranges.iter().copied().chain(others).collect(),
        negated: class.negated,
    }
}

fn single(c: char) -> ClassUnicodeRange {
    ClassUnicodeRange::new(c, c)
}

fn holds(set: &ClassUnicode, c: char) -> bool {
    set.ranges()
        .binary_search_by(|range| {
            if range.end() < c {
                std::cmp::Ordering::Less
            } else if range.start() > c {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            }
        })
        .is_ok()
}
