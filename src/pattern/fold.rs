//! Case folding: simple Unicode lower-casing, the one rule for all that ignores case.
//!
//! A character of the text matches a character of the regex if both have the same lower case; it is in a class if its
//! lower case is that of a member; it is in a negated class if not. So a regex that ignores case may be printed as one that
//! respects it, each letter a class of its cases ([`both_cases`]).

use std::sync::LazyLock;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::node::{Class, Node};

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
pub(crate) fn lower_text(text: &str) -> String {
    text.chars().map(lower).collect()
}

/// No character beyond the supplementary multilingual plane has a case (a test asks them all): the rest is nine tenths of the work of a start.
const LAST_PLANE_WITH_CASE: char = '\u{1FFFF}';

/// Every character that is not its own lower case, with its lower case.
static CAPITALS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    ('\0'..=LAST_PLANE_WITH_CASE)
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

/// How a letter fares where case is ignored by Unicode's simple case folding (`CaseFolding.txt`, C and S) instead of lower-casing: in Kusto's operators and in the
/// regexes of Rust, RE2 and Java.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SimpleFolding {
    /// The same characters match it.
    Same,
    /// Variants of the letter match it, too, which ordinary text does not hold: `ϑ` for `θ`, `µ` for `μ`.
    Variants,
    /// Other letters match it: `ς` for `σ`, or `θ` for `ϑ`.
    Other,
}

/// See [`SimpleFolding`]. ASCII is the same, except for three signs beyond it that are variants of `k`, `s` and `i`: they are exceptions of many engines.
pub(crate) fn simple_folding(c: char) -> SimpleFolding {
    if c.is_ascii() {
        return SimpleFolding::Same;
    }
    // Neither is in the simple folding; Java takes both for `i`.
    if matches!(c, 'ı' | 'İ') {
        return SimpleFolding::Other;
    }
    let mut theirs = ClassUnicode::new([single(c)]);
    if theirs.try_case_fold_simple().is_err() {
        return SimpleFolding::Other;
    }
    theirs
        .iter()
        .flat_map(|range| range.start()..=range.end())
        .filter(|other| lower(*other) != lower(c))
        .map(|other| match is_variant(other) {
            true => SimpleFolding::Variants,
            false => SimpleFolding::Other,
        })
        .max()
        .unwrap_or(SimpleFolding::Same)
}

/// A small letter that is another one's capital in lower case again, other than the final sigma, which ordinary text is full of.
fn is_variant(c: char) -> bool {
    let mut upper = c.to_uppercase();
    let again = upper.next().filter(|_| upper.next().is_none()).map(lower);
    c != 'ς' && lower(c) == c && again.is_some_and(|again| again != c)
}

/// Whether a letter has another case.
pub(crate) fn is_cased(c: char) -> bool {
    c.is_lowercase() || c.is_uppercase() || lower(c) != c
}

/// Letters that engines fold in ways of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letters {
    /// Those beyond ASCII that have another case.
    BeyondAscii,
    /// Those that Unicode's simple folding treats otherwise than lower-casing does.
    Unlike,
}

impl Letters {
    /// Whether the letter is one.
    pub fn hold(self, c: char) -> bool {
        match self {
            Letters::BeyondAscii => !c.is_ascii() && is_cased(c),
            Letters::Unlike => simple_folding(c) != SimpleFolding::Same,
        }
    }

    /// All of them.
    fn set(self) -> &'static ClassUnicode {
        match self {
            Letters::BeyondAscii => &CASED,
            Letters::Unlike => &UNLIKE,
        }
    }
}

static CASED: LazyLock<ClassUnicode> = LazyLock::new(|| {
    let all = '\u{80}'..=char::MAX;
    ClassUnicode::new(all.filter(|c| is_cased(*c)).map(single))
});
static UNLIKE: LazyLock<ClassUnicode> = LazyLock::new(|| {
    let cased = CASED.iter().flat_map(|range| range.start()..=range.end());
    ClassUnicode::new(cased.filter(|c| Letters::Unlike.hold(*c)).map(single))
});

/// Whether the tree names such a letter, alone or in a class.
pub(super) fn names(node: &Node, letters: Letters) -> bool {
    node.any(|node| match node {
        Node::Char(c) => letters.hold(*c),
        Node::Class(class) => {
            let mut named = Class::new(&class.ranges, false).set();
            named.intersect(letters.set());
            !named.ranges().is_empty()
        }
        _ => false,
    })
}

/// The tree in which each letter is a class of its cases.
pub(super) fn spelled(node: &Node) -> Node {
    let all = |nodes: &[Node]| nodes.iter().map(spelled).collect();
    match node {
        Node::Char(c) => {
            let class = letter(*c);
            match class.ranges.as_slice() {
                [(low, high)] if low == high => node.clone(),
                _ => Node::Class(class),
            }
        }
        Node::Class(class) => Node::Class(both_cases(class)),
        Node::Capture(inner) => Node::Capture(Box::new(spelled(inner))),
        Node::Concat(nodes) => Node::Concat(all(nodes)),
        Node::Alternate(nodes) => Node::Alternate(all(nodes)),
        Node::Repeat {
            node,
            min,
            max,
            lazy,
        } => Node::Repeat {
            node: Box::new(spelled(node)),
            min: *min,
            max: *max,
            lazy: *lazy,
        },
        Node::Empty | Node::Any | Node::Start | Node::End | Node::WordStart | Node::WordEnd => {
            node.clone()
        }
    }
}

/// A letter as the class of its cases, lower case first. One beyond ASCII whose lower case is within it (`İ`) stands for itself too.
pub(super) fn letter(c: char) -> Class {
    let small = lower(c);
    let mut ranges = vec![(small, small)];
    if small.is_ascii() && !c.is_ascii() {
        ranges.push((c, c));
    }
    both_cases(&Class::new(&ranges, false))
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
