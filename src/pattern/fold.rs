//! Case folding: simple Unicode lower-casing, the one rule for all that ignores case.
//!
//! A character of the text matches a character of the regex if both have the same lower case; it is in a class if its
//! lower case is that of a member; it is in a negated class if not. Lower-casing both sides gives the same, so a regex
//! that ignores case may be printed in lower case ([`lowered`]) and asked of the lower-cased text.

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

/// The class to ask of lower-cased text.
pub(super) fn lowered(class: &Class) -> Class {
    let mut ranges: Vec<(char, char)> = Vec::new();
    let add = |low: char, high: char, ranges: &mut Vec<(char, char)>| {
        if !ranges.iter().any(|(a, b)| *a <= low && high <= *b) {
            ranges.push((low, high));
        }
    };
    for (low, high) in &class.ranges {
        if low.is_ascii_uppercase() && high.is_ascii_uppercase() {
            add(lower(*low), lower(*high), &mut ranges);
        } else if low == high {
            add(lower(*low), lower(*low), &mut ranges);
        } else {
            add(*low, *high, &mut ranges);
        }
    }
    // Wider ranges may hold capitals; their own characters may stay, since lower-cased text never holds them.
    for (low, high) in class.ranges.iter().filter(|(low, high)| low != high) {
        for (capital, lower) in CAPITALS.iter() {
            if (*low..=*high).contains(capital) {
                add(*lower, *lower, &mut ranges);
            }
        }
    }
    Class {
        ranges: merged(ranges),
        negated: class.negated,
    }
}

/// Joins single characters that follow one another (only those added one by one).
fn merged(ranges: Vec<(char, char)>) -> Vec<(char, char)> {
    let mut joined: Vec<(char, char)> = Vec::new();
    for (low, high) in ranges {
        match joined.last_mut() {
            Some(last) if u32::from(last.1) + 1 == u32::from(low) => last.1 = high,
            _ => joined.push((low, high)),
        }
    }
    joined
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
