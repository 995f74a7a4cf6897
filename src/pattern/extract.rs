//! Where `extract` means the same as in the other dialects.
//!
//! Rust, Java and RE2 choose among several ways to match as Perl does. PostgreSQL takes the longest match overall, and
//! Lucene takes nothing out. So for PostgreSQL the way to match must be the only one: given where the match starts
//! (leftmost everywhere), either each next character decides which part of the regex reads it, or the match must reach
//! the end of the text and there is one way to get there. Repetition counts are ignored while looking (`x{2,3}` as
//! `x+`), which can only make the check stricter.

use regex_syntax::hir::ClassUnicode;

use super::dialect::RegexDialect;
use super::node::{Class, Node, WORD};
use super::print::Unsupported;

/// More character positions than this are not looked into.
const MOST: usize = 200;

fn unsupported(what: &str, why: &str) -> Result<(), Unsupported> {
    Err(Unsupported {
        what: what.to_owned(),
        why: why.to_owned(),
    })
}

/// Whether the one group of the node can be taken out in that dialect with the same result.
pub(super) fn check(node: &Node, groups: usize, dialect: RegexDialect) -> Result<(), Unsupported> {
    if groups != 1 {
        return unsupported("extract", "it needs exactly one group");
    }
    if repeated_group(node) {
        return unsupported(
            "a repeated group in `extract`",
            "engines keep different repetitions",
        );
    }
    if dialect == RegexDialect::Lucene {
        return unsupported("extract by a regex", "Lucene's regexes only test a value");
    }
    // `\b` is printed as a neighbour that is matched too: harmless only outside the group and every alternative.
    let plain = match node {
        Node::Concat(nodes) => nodes
            .iter()
            .all(|node| node.is_anchor() || !node.any(word_edge)),
        node => !node.any(word_edge),
    };
    if !plain && !dialect.is_re2() {
        return unsupported(
            "`\\b` inside a group",
            "only RE2 has an ASCII word boundary; move it to the edge of the regex",
        );
    }
    if dialect == RegexDialect::Are {
        return longest_is_same(node);
    }
    Ok(())
}

/// Whether a group is inside a repetition that may hold more than one of it.
pub(super) fn repeated_group(node: &Node) -> bool {
    node.any(|node| match node {
        Node::Repeat { max: Some(1), .. } => false,
        Node::Repeat { node, .. } => node.any(|inner| matches!(inner, Node::Capture(_))),
        _ => false,
    })
}

fn hides_alternatives(node: &Node) -> bool {
    match node {
        Node::Alternate(nodes) => nodes.iter().rev().skip(1).any(Node::nullable),
        _ => false,
    }
}

fn word_edge(node: &Node) -> bool {
    matches!(node, Node::WordStart | Node::WordEnd)
}

fn longest_is_same(node: &Node) -> Result<(), Unsupported> {
    let lazy = node.any(|n| matches!(n, Node::Repeat { lazy: true, .. }));
    let automaton = Automaton::of(node);
    let to_the_end = matches!(node, Node::End)
        || matches!(node, Node::Concat(nodes) if matches!(nodes.last(), Some(Node::End)));
    let same = automaton.is_some_and(|automaton| {
        if to_the_end {
            automaton.one_way()
        } else {
            // An earlier alternative that may be empty hides the later ones from Perl, not from PostgreSQL.
            !lazy && !node.any(hides_alternatives) && automaton.each_character_decides()
        }
    });
    if same {
        return Ok(());
    }
    unsupported(
        "this regex in `extract`",
        "it can match in several ways, and PostgreSQL prefers the longest; make each part end where the next begins, as in `=([^;]*)`, or anchor it with `$`",
    )
}

/// Glushkov's automaton: one state per character position of the regex, and the start (state 0).
struct Automaton {
    /// What each position reads; the start reads nothing.
    reads: Vec<ClassUnicode>,
    next: Vec<Vec<usize>>,
    accepts: Vec<usize>,
}

/// Positions at the start and end of a part, and whether it may be empty.
struct Part {
    first: Vec<usize>,
    last: Vec<usize>,
    empty: bool,
}

impl Automaton {
    fn of(node: &Node) -> Option<Automaton> {
        let mut automaton = Automaton {
            reads: vec![ClassUnicode::empty()],
            next: vec![Vec::new()],
            accepts: Vec::new(),
        };
        let whole = automaton.part(node);
        automaton.follow(&[0], &whole.first);
        automaton.accepts = whole.last;
        (automaton.reads.len() <= MOST).then_some(automaton)
    }

    fn follow(&mut self, from: &[usize], to: &[usize]) {
        for state in from {
            if let Some(next) = self.next.get_mut(*state) {
                next.extend(to);
                next.sort_unstable();
                next.dedup();
            }
        }
    }

    fn position(&mut self, class: &Class, empty: bool) -> Part {
        let state = self.reads.len();
        self.reads.push(super::fold::expanded(class));
        self.next.push(Vec::new());
        Part {
            first: vec![state],
            last: vec![state],
            empty,
        }
    }

    fn part(&mut self, node: &Node) -> Part {
        match node {
            Node::Empty | Node::Start | Node::End => Part {
                first: Vec::new(),
                last: Vec::new(),
                empty: true,
            },
            // With case folded always, which can only be stricter.
            Node::Char(c) => self.position(&Class::new(&[(*c, *c)], false), false),
            Node::Any => self.position(&Class::new(&[('\n', '\n')], true), false),
            Node::Class(class) => self.position(class, false),
            Node::WordStart | Node::WordEnd => self.position(&Class::new(&WORD, true), true),
            Node::Capture(inner) => self.part(inner),
            Node::Concat(nodes) => {
                let mut whole = Part {
                    first: Vec::new(),
                    last: Vec::new(),
                    empty: true,
                };
                for node in nodes {
                    let part = self.part(node);
                    self.follow(&whole.last, &part.first);
                    if whole.empty {
                        whole.first.extend(&part.first);
                    }
                    if !part.empty {
                        whole.last.clear();
                    }
                    whole.last.extend(&part.last);
                    whole.empty &= part.empty;
                }
                whole
            }
            Node::Alternate(nodes) => {
                let mut whole = Part {
                    first: Vec::new(),
                    last: Vec::new(),
                    empty: false,
                };
                for node in nodes {
                    let part = self.part(node);
                    whole.first.extend(&part.first);
                    whole.last.extend(&part.last);
                    whole.empty |= part.empty;
                }
                whole
            }
            Node::Repeat { node, min, max, .. } => {
                let part = self.part(node);
                if *max != Some(1) {
                    self.follow(&part.last, &part.first);
                }
                Part {
                    empty: part.empty || *min == 0,
                    ..part
                }
            }
        }
    }

    fn share(&self, a: usize, b: usize) -> bool {
        match (self.reads.get(a), self.reads.get(b)) {
            (Some(a), Some(b)) => {
                let mut both = a.clone();
                both.intersect(b);
                !both.ranges().is_empty()
            }
            _ => true,
        }
    }

    /// No state can go two ways on one character.
    fn each_character_decides(&self) -> bool {
        self.next.iter().all(|next| {
            next.iter()
                .enumerate()
                .all(|(i, a)| next.iter().skip(i + 1).all(|b| !self.share(*a, *b)))
        })
    }

    /// No text is accepted along two paths: no pair of different states is reached by one text and accepts by one text.
    fn one_way(&self) -> bool {
        let size = self.reads.len();
        let mut reached = vec![false; size * size];
        let mut pairs: Vec<(usize, usize)> = vec![(0, 0)];
        let mut edges: Vec<(usize, usize)> = Vec::new();
        let mut done = 0;
        while let Some(&(a, b)) = pairs.get(done) {
            done += 1;
            for x in self.next.get(a).into_iter().flatten() {
                for y in self.next.get(b).into_iter().flatten() {
                    if !self.share(*x, *y) {
                        continue;
                    }
                    edges.push((a * size + b, x * size + y));
                    if let Some(seen) = reached.get_mut(x * size + y).filter(|seen| !**seen) {
                        *seen = true;
                        pairs.push((*x, *y));
                    }
                }
            }
        }
        let mut useful = vec![false; size * size];
        for a in &self.accepts {
            for b in &self.accepts {
                if let Some(slot) = useful.get_mut(a * size + b) {
                    *slot = true;
                }
            }
        }
        loop {
            let mut changed = false;
            for (from, to) in &edges {
                if useful.get(*to) == Some(&true)
                    && let Some(slot) = useful.get_mut(*from).filter(|slot| !**slot)
                {
                    *slot = true;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        pairs
            .iter()
            .all(|(a, b)| a == b || useful.get(a * size + b) != Some(&true))
    }
}
