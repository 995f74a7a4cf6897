//! The tree of a regex, free of any dialect.
//!
//! It keeps what the author wrote as far as it has a meaning: groups that only bind are gone, `\d \w \s` are classes.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

/// A regex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Matches the empty text.
    Empty,
    /// One character.
    Char(char),
    /// `.`: any character but newline.
    Any,
    /// `[…]`, `\d`, `\W`.
    Class(Class),
    /// `^` or `\A`: the start of the text.
    Start,
    /// `$` or `\z`: the very end of the text, also if it ends in a newline.
    End,
    /// `\b` before a word: no `[A-Za-z0-9_]` comes before. Only as the first thing a path through the regex meets.
    WordStart,
    /// `\b` after a word: no `[A-Za-z0-9_]` follows. Only as the last thing a path through the regex meets.
    WordEnd,
    /// `(…)`.
    Capture(Box<Node>),
    /// One after the other: two nodes or more.
    Concat(Vec<Node>),
    /// `a|b`: two nodes or more, the earlier preferred.
    Alternate(Vec<Node>),
    /// `?`, `*`, `+`, `{m,n}`. Holds none of `Start`, `End`, `WordStart`, `WordEnd`.
    Repeat {
        /// What is repeated.
        node: Box<Node>,
        /// At least.
        min: u32,
        /// At most; `None` without bound.
        max: Option<u32>,
        /// `*?`: as few as possible.
        lazy: bool,
    },
}

/// A set of characters, in the order in which the author wrote its ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// First and last character of each range. Empty and negated: any character.
    pub ranges: Vec<(char, char)>,
    /// Whether the characters are those not in the ranges.
    pub negated: bool,
}

/// The ranges of `\w`.
pub(super) const WORD: [(char, char); 4] = [('A', 'Z'), ('a', 'z'), ('0', '9'), ('_', '_')];
/// The ranges of `\d`.
pub(super) const DIGIT: [(char, char); 1] = [('0', '9')];
/// The ranges of `\s`, with the vertical tab, as in Java, PostgreSQL and Kusto: without it the class could not be written in ES|QL, which has no escape
/// for the form feed beside it.
pub(super) const SPACE: [(char, char); 2] = [(' ', ' '), ('\t', '\r')];

impl Class {
    /// The class of these ranges.
    pub fn new(ranges: &[(char, char)], negated: bool) -> Class {
        Class {
            ranges: ranges.to_vec(),
            negated,
        }
    }

    /// Whether the character is in the class.
    pub fn contains(&self, c: char) -> bool {
        self.ranges
            .iter()
            .any(|(low, high)| (*low..=*high).contains(&c))
            != self.negated
    }

    /// The ranges as a set (not their complement, if negated).
    pub(super) fn set(&self) -> ClassUnicode {
        ClassUnicode::new(
            self.ranges
                .iter()
                .map(|(low, high)| ClassUnicodeRange::new(*low, *high)),
        )
    }

    /// The characters as a set.
    pub(super) fn members(&self) -> ClassUnicode {
        let mut set = self.set();
        if self.negated {
            set.negate();
        }
        set
    }

    /// The class with exactly these members, written the shorter way round.
    pub(super) fn of(mut set: ClassUnicode) -> Class {
        let negated = set
            .ranges()
            .last()
            .is_some_and(|range| range.end() == char::MAX);
        if negated {
            set.negate();
        }
        let ranges: Vec<(char, char)> = set
            .ranges()
            .iter()
            .map(|range| (range.start(), range.end()))
            .collect();
        let mut word = WORD;
        word.sort_unstable();
        Class {
            ranges: if ranges == word {
                WORD.to_vec()
            } else {
                ranges
            },
            negated,
        }
    }
}

/// Whether the character is in `[A-Za-z0-9_]`.
pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl Node {
    /// Joins nodes, flattening.
    pub(super) fn concat(nodes: Vec<Node>) -> Node {
        let mut flat = Vec::new();
        for node in nodes {
            match node {
                Node::Empty => {}
                Node::Concat(inner) => flat.extend(inner),
                node => flat.push(node),
            }
        }
        match flat.pop() {
            None => Node::Empty,
            Some(only) if flat.is_empty() => only,
            Some(last) => {
                flat.push(last);
                Node::Concat(flat)
            }
        }
    }

    /// Alternatives, flattening; none of them is `Empty`.
    pub(super) fn alternate(nodes: Vec<Node>) -> Node {
        let mut flat = Vec::new();
        for node in nodes {
            match node {
                Node::Alternate(inner) => flat.extend(inner),
                node => flat.push(node),
            }
        }
        match flat.pop() {
            None => Node::Empty,
            Some(only) if flat.is_empty() => only,
            Some(last) => {
                flat.push(last);
                Node::Alternate(flat)
            }
        }
    }

    /// Whether it matches the empty text; an anchor counts as empty.
    pub fn nullable(&self) -> bool {
        match self {
            Node::Empty | Node::Start | Node::End | Node::WordStart | Node::WordEnd => true,
            Node::Char(_) | Node::Any | Node::Class(_) => false,
            Node::Capture(inner) => inner.nullable(),
            Node::Concat(nodes) => nodes.iter().all(Node::nullable),
            Node::Alternate(nodes) => nodes.iter().any(Node::nullable),
            Node::Repeat { node, min, .. } => *min == 0 || node.nullable(),
        }
    }

    /// Whether every text it matches begins (or ends, with `last`) with a character of `[A-Za-z0-9_]`.
    pub(super) fn only_word(&self, last: bool) -> bool {
        match self {
            Node::Char(c) => is_word(*c),
            Node::Class(class) => {
                let mut rest = class.members();
                rest.difference(&Class::new(&WORD, false).set());
                rest.ranges().is_empty()
            }
            Node::Capture(inner) => inner.only_word(last),
            Node::Concat(nodes) if last => nodes.last().is_some_and(|node| node.only_word(last)),
            Node::Concat(nodes) => nodes.first().is_some_and(|node| node.only_word(last)),
            Node::Alternate(nodes) => nodes.iter().all(|node| node.only_word(last)),
            Node::Repeat { node, min, .. } => *min > 0 && node.only_word(last),
            Node::Empty | Node::Any | Node::Start | Node::End | Node::WordStart | Node::WordEnd => {
                false
            }
        }
    }

    /// Calls `visit` for the node and all below it.
    pub fn walk(&self, visit: &mut impl FnMut(&Node)) {
        visit(self);
        match self {
            Node::Capture(inner) | Node::Repeat { node: inner, .. } => inner.walk(visit),
            Node::Concat(nodes) | Node::Alternate(nodes) => {
                nodes.iter().for_each(|node| node.walk(visit))
            }
            Node::Empty | Node::Char(_) | Node::Any | Node::Class(_) => {}
            Node::Start | Node::End | Node::WordStart | Node::WordEnd => {}
        }
    }

    /// Whether `wanted` holds for the node or one below it.
    pub(super) fn any(&self, wanted: impl Fn(&Node) -> bool) -> bool {
        let mut found = false;
        self.walk(&mut |node| found |= wanted(node));
        found
    }

    /// Whether it is one of the anchors.
    pub(super) fn is_anchor(&self) -> bool {
        matches!(
            self,
            Node::Start | Node::End | Node::WordStart | Node::WordEnd
        )
    }
}
