//! For tests, here and against real engines: random regexes of the language, texts that bear on them, and a matcher that
//! walks the tree, slow and simple enough to be trusted.
//!
//! Everything is determined by the seed.

#[cfg(test)]
use super::fold::lower;
use super::node::Node;
#[cfg(test)]
use super::node::is_word;

/// A small generator of random numbers.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// A generator; equal seeds give equal numbers.
    pub fn new(seed: u64) -> Rng {
        Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `n` (0 if `n` is 0).
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high)
            .unwrap_or(0)
            .checked_rem(n)
            .unwrap_or(0)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from.get(self.below(from.len()))
            .copied()
            .unwrap_or_default()
    }
}

/// Pieces that stand for one character or class. Few letters, so that texts match often; every special character.
const ATOMS: &[&str] = &[
    "a",
    "b",
    "A",
    "c",
    "a",
    "b",
    "é",
    "0",
    "_",
    "-",
    "\\.",
    "\\\\",
    ".",
    "[ab]",
    "[^a]",
    "[a-c]",
    "[^a-c\\n]",
    "\\d",
    "\\w",
    "\\s",
    "\\W",
    "\\S",
    "\\D",
    "[\\w.-]",
    "[^\\W_]",
    "[A-Z]",
    "[\\s\\S]",
    "\"",
    "#",
    "@",
    "&",
    "~",
    "<",
    ">",
    "\\^",
    "\\$",
    "\\{",
    "\\}",
    "\\[",
    "\\]",
    "\\(",
    "\\)",
    "\\|",
    "\\*",
    "\\+",
    "\\?",
    "\\/",
    "'",
    " ",
    "\\n",
    "\\t",
    "[&~@#<>\"]",
    "[\\]\\[^-]",
    "[\\-\\\\]",
    "[.]",
    "[^.]",
    "[%-&&]",
    "😀",
    "[[:alpha:]]",
    "[é-ü]",
    ",",
    ":",
    "=",
    "!",
    "%",
    "\\r",
    "[\\n]",
];

/// A random regex; not every one is accepted by [`super::Pattern::parse`] (it may match the empty text).
pub fn pattern(rng: &mut Rng) -> String {
    let body = alternation(rng, 3);
    let start = rng.pick(&["", "", "", "^", "^", "\\b", "(^|a)", ".*"]);
    let end = rng.pick(&["", "", "", "$", "$", "\\b", "($|b)", ".*"]);
    if body.contains('|') && !(start.is_empty() && end.is_empty()) && rng.below(3) > 0 {
        return format!("{start}({body}){end}");
    }
    format!("{start}{body}{end}")
}

fn alternation(rng: &mut Rng, depth: usize) -> String {
    let branches = if rng.below(4) == 0 {
        2 + rng.below(2)
    } else {
        1
    };
    let branches: Vec<String> = (0..branches).map(|_| sequence(rng, depth)).collect();
    branches.join("|")
}

fn sequence(rng: &mut Rng, depth: usize) -> String {
    let length = 1 + rng.below(4);
    (0..length).map(|_| repetition(rng, depth)).collect()
}

fn repetition(rng: &mut Rng, depth: usize) -> String {
    let atom = if depth > 0 && rng.below(5) == 0 {
        let open = rng.pick(&["(", "(?:"]);
        format!("{open}{})", alternation(rng, depth - 1))
    } else {
        rng.pick(ATOMS).to_owned()
    };
    let times = match rng.below(14) {
        0 => "*",
        1 => "+",
        2 => "?",
        3 => "{2}",
        4 => "{1,3}",
        5 => "{2,}",
        6 => "+?",
        7 => "*?",
        _ => "",
    };
    format!("{atom}{times}")
}

/// Characters that texts are made of.
const LETTERS: &[&str] = &[
    "a", "b", "A", "B", "c", "a", "b", "é", "É", "0", "7", "_", "-", ".", "\\", "\n", "\t", "\r",
    " ", "\"", "#", "@", "&", "~", "<", ">", "^", "$", "{", "}", "[", "]", "(", ")", "|", "*", "+",
    "?", "/", "'", "😀", ",", ":", "=", "!", "%", "x", "Z", "\u{2028}", "\u{b}",
];

/// A random text of up to `most` characters, not empty.
pub fn text(rng: &mut Rng, most: usize) -> String {
    let length = 1 + rng.below(most.max(1));
    (0..length).map(|_| rng.pick(LETTERS)).collect()
}

/// A text that the node matches, or nearly: made by walking the node, then perhaps changed a little.
pub fn likely_text(rng: &mut Rng, node: &Node) -> String {
    let mut made = String::new();
    if rng.below(3) == 0 {
        made.push_str(&text(rng, 2));
    }
    walk(rng, node, &mut made);
    if rng.below(3) == 0 {
        made.push_str(&text(rng, 2));
    }
    if rng.below(4) == 0 {
        let mut characters: Vec<char> = made.chars().collect();
        let at = rng.below(characters.len());
        if let (Some(slot), Some(c)) = (characters.get_mut(at), rng.pick(LETTERS).chars().next()) {
            *slot = c;
        }
        made = characters.into_iter().collect();
    }
    if rng.below(8) == 0 {
        made = made.to_uppercase();
    }
    if made.is_empty() {
        "a".to_owned()
    } else {
        made
    }
}

fn walk(rng: &mut Rng, node: &Node, made: &mut String) {
    match node {
        Node::Char(c) => made.push(*c),
        Node::Any => made.push_str(rng.pick(LETTERS)),
        Node::Class(class) => {
            for _ in 0..20 {
                let letter = rng.pick(LETTERS);
                if letter.chars().all(|c| class.contains(c)) {
                    made.push_str(letter);
                    return;
                }
            }
            made.extend(class.ranges.first().map(|(low, _)| *low));
        }
        Node::Capture(inner) => walk(rng, inner, made),
        Node::Concat(nodes) => nodes.iter().for_each(|node| walk(rng, node, made)),
        Node::Alternate(nodes) => {
            if let Some(node) = nodes.get(rng.below(nodes.len())) {
                walk(rng, node, made);
            }
        }
        Node::Repeat { node, min, .. } => {
            let times = usize::try_from(*min).unwrap_or(0) + rng.below(2);
            (0..times).for_each(|_| walk(rng, node, made));
        }
        Node::Empty | Node::Start | Node::End | Node::WordStart | Node::WordEnd => {}
    }
}

/// Whether the node matches somewhere in the text: tries every way.
#[cfg(test)]
pub(crate) fn matches(node: &Node, text: &str, ignore_case: bool) -> bool {
    let text: Vec<char> = text.chars().collect();
    let matcher = Matcher {
        text: &text,
        ignore_case,
    };
    (0..=text.len()).any(|start| matcher.at(node, start, &mut |_| true))
}

#[cfg(test)]
struct Matcher<'a> {
    text: &'a [char],
    ignore_case: bool,
}

#[cfg(test)]
impl Matcher<'_> {
    /// Whether the node matches from `at` on such that `then` holds where it ends.
    fn at(&self, node: &Node, at: usize, then: &mut dyn FnMut(usize) -> bool) -> bool {
        let word = |place: Option<usize>| {
            place
                .and_then(|p| self.text.get(p))
                .is_some_and(|c| is_word(*c))
        };
        match node {
            Node::Empty => then(at),
            Node::Start => at == 0 && then(at),
            Node::End => at == self.text.len() && then(at),
            Node::WordStart => !word(at.checked_sub(1)) && then(at),
            Node::WordEnd => !word(Some(at)) && then(at),
            Node::Char(_) | Node::Any | Node::Class(_) => {
                self.text.get(at).is_some_and(|c| self.reads(node, *c)) && then(at + 1)
            }
            Node::Capture(inner) => self.at(inner, at, then),
            Node::Alternate(nodes) => nodes.iter().any(|node| self.at(node, at, then)),
            Node::Concat(nodes) => self.sequence(nodes, at, then),
            Node::Repeat { node, min, max, .. } => self.repeat(node, *min, *max, at, then),
        }
    }

    fn sequence(&self, nodes: &[Node], at: usize, then: &mut dyn FnMut(usize) -> bool) -> bool {
        match nodes.split_first() {
            None => then(at),
            Some((first, rest)) => self.at(first, at, &mut |end| self.sequence(rest, end, then)),
        }
    }

    fn repeat(
        &self,
        node: &Node,
        min: u32,
        max: Option<u32>,
        at: usize,
        then: &mut dyn FnMut(usize) -> bool,
    ) -> bool {
        if min == 0 && then(at) {
            return true;
        }
        if max == Some(0) {
            return false;
        }
        self.at(node, at, &mut |end| {
            // Once enough, an empty round changes nothing.
            (end > at || min > 0)
                && self.repeat(
                    node,
                    min.saturating_sub(1),
                    max.map(|max| max - 1),
                    end,
                    then,
                )
        })
    }

    fn reads(&self, node: &Node, c: char) -> bool {
        match node {
            Node::Any => c != '\n',
            Node::Char(own) if self.ignore_case => lower(*own) == lower(c),
            Node::Char(own) => *own == c,
            Node::Class(class) if self.ignore_case => {
                let member = |other: char| {
                    class
                        .ranges
                        .iter()
                        .any(|(low, high)| (*low..=*high).contains(&other))
                };
                // The characters with the same lower case.
                let mut same = c.to_uppercase().filter(|other| lower(*other) == lower(c));
                (member(c) || member(lower(c)) || same.any(member)) != class.negated
            }
            Node::Class(class) => class.contains(c),
            _ => false,
        }
    }
}
