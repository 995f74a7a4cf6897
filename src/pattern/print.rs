//! Tree to text, in the dialect of an engine.
//!
//! In: a tree and a dialect. Out: the text of a regex, not yet quoted as a literal of the query language, or the reason
//! why there is none. Guarantee: as a search over a text it is true exactly where the regex is; in Lucene, whose regexes
//! match whole values, it carries its own `.*`.

use std::fmt;

use super::dialect::RegexDialect;
use super::fold::{Letters, both_cases, letter, names};
use super::node::{Class, Node, WORD};
use super::variants::{Edge, Variant};

/// The text of a regex in some dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// Flags for the start of the text: `(?i)`, `(?iu)` or nothing.
    pub flags: &'static str,
    /// The rest.
    pub body: String,
}

impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.flags, self.body)
    }
}

/// Why a regex cannot be said in a dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// The construct.
    pub what: String,
    /// The reason, as half a sentence.
    pub why: String,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

impl std::error::Error for Unsupported {}

/// Kusto allows no more groups in a regex.
const KUSTO_GROUPS: usize = 16;
/// PostgreSQL allows no greater repetition count.
const ARE_REPEATS: u32 = 255;

/// How strongly the parts of a text bind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Alternate,
    Concat,
    Atom,
}

pub(super) struct Printer {
    dialect: RegexDialect,
    /// Print letters as classes of their cases.
    both_cases: bool,
    /// Print the groups of the author as groups, and others as `(?:…)`; keep laziness.
    extract: bool,
    open: &'static str,
    out: String,
}

/// The regex as a search.
pub(super) fn search(
    node: &Node,
    variants: &[Variant],
    ignore_case: bool,
    dialect: RegexDialect,
) -> Printed {
    if dialect == RegexDialect::Lucene {
        return Printed {
            flags: "",
            body: whole_value(variants, ignore_case),
        };
    }
    let mut printer = Printer {
        dialect,
        both_cases: false,
        extract: false,
        open: "(",
        out: String::new(),
    };
    printer.node(node, Level::Alternate);
    if dialect == RegexDialect::Rust && groups(&printer.out) > KUSTO_GROUPS {
        printer = Printer {
            open: "(?:",
            out: String::new(),
            ..printer
        };
        printer.node(node, Level::Alternate);
    }
    Printed {
        flags: flags(node, ignore_case, dialect),
        body: printer.out,
    }
}

/// The regex with its one group, for taking out what the group matched.
pub(super) fn extract(node: &Node, ignore_case: bool, dialect: RegexDialect) -> Printed {
    let mut printer = Printer {
        dialect,
        both_cases: false,
        extract: true,
        open: "(?:",
        out: String::new(),
    };
    printer.node(node, Level::Alternate);
    Printed {
        flags: flags(node, ignore_case, dialect),
        body: printer.out,
    }
}

fn flags(node: &Node, ignore_case: bool, dialect: RegexDialect) -> &'static str {
    match (ignore_case, dialect) {
        (false, _) | (true, RegexDialect::Lucene) => "",
        // Java folds ASCII only unless told otherwise.
        (true, RegexDialect::Java) if names(node, Letters::BeyondAscii) => "(?iu)",
        (
            true,
            RegexDialect::Java
            | RegexDialect::Rust
            | RegexDialect::Are
            | RegexDialect::Re2
            | RegexDialect::Re2Dotall,
        ) => "(?i)",
    }
}

/// Counts opening parentheses that are neither escaped nor in a class.
fn groups(text: &str) -> usize {
    let (mut count, mut escaped, mut class) = (0, false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '(' if !class => count += 1,
            _ => {}
        }
    }
    count
}

/// Lucene matches whole values and has no anchors: what may surround a match is stated by each variant.
fn whole_value(variants: &[Variant], ignore_case: bool) -> String {
    let texts = variants.iter().map(|variant| {
        let mut printer = Printer {
            dialect: RegexDialect::Lucene,
            both_cases: ignore_case,
            extract: false,
            open: "(",
            out: String::new(),
        };
        // There `.` is any character, newline too.
        printer.out.push_str(match variant.start {
            Edge::Free => ".*",
            Edge::Word => "(.*[^A-Za-z0-9_])?",
            Edge::Text => "",
        });
        let alone = (variant.start, variant.end) == (Edge::Text, Edge::Text);
        printer.node(
            &variant.node,
            if alone {
                Level::Alternate
            } else {
                Level::Concat
            },
        );
        printer.out.push_str(match variant.end {
            Edge::Free => ".*",
            Edge::Word => "([^A-Za-z0-9_].*)?",
            Edge::Text => "",
        });
        printer.out
    });
    texts.collect::<Vec<_>>().join("|")
}

impl Printer {
    fn grouped(&mut self, open: &str, inside: impl FnOnce(&mut Printer)) {
        self.out.push_str(open);
        inside(self);
        self.out.push(')');
    }

    /// Prints the node where at least `level` is expected.
    fn node(&mut self, node: &Node, level: Level) {
        let open = self.open;
        match node {
            // Only a repetition can want an atom of it, and then nothing is as good.
            Node::Empty => {}
            Node::Char(c) if self.both_cases => self.dialect.class(&letter(*c), &mut self.out),
            Node::Char(c) => self.dialect.character(*c, &mut self.out),
            Node::Any => self.dialect.any(&mut self.out),
            Node::Class(class) if self.both_cases => {
                self.dialect.class(&both_cases(class), &mut self.out);
            }
            Node::Class(class) => self.dialect.class(class, &mut self.out),
            Node::Start => self.out.push('^'),
            Node::End => self.out.push_str(self.dialect.end()),
            Node::WordStart => self.word_edge(true),
            Node::WordEnd => self.word_edge(false),
            Node::Capture(inner) if self.extract => {
                self.grouped("(", |p| p.node(inner, Level::Alternate))
            }
            Node::Capture(inner) => self.node(inner, level),
            Node::Concat(_) if level == Level::Atom => {
                self.grouped(open, |p| p.node(node, Level::Alternate))
            }
            Node::Concat(nodes) => nodes.iter().for_each(|node| self.node(node, Level::Concat)),
            Node::Alternate(_) if level > Level::Alternate => {
                self.grouped(open, |p| p.node(node, Level::Alternate))
            }
            Node::Alternate(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    if index > 0 {
                        self.out.push('|');
                    }
                    self.node(node, Level::Concat);
                }
            }
            Node::Repeat { .. } if level == Level::Atom => {
                self.grouped(open, |p| p.node(node, Level::Concat))
            }
            Node::Repeat {
                node,
                min,
                max,
                lazy,
            } => self.repeat(node, *min, *max, *lazy),
        }
    }

    fn repeat(&mut self, node: &Node, mut min: u32, mut max: Option<u32>, lazy: bool) {
        let lazy = if lazy && self.extract { "?" } else { "" };
        if self.dialect == RegexDialect::Are {
            // x{300,} is x{255}x{45,}.
            while min > ARE_REPEATS {
                self.node(node, Level::Atom);
                self.out.push_str(&format!("{{{ARE_REPEATS}}}"));
                min -= ARE_REPEATS;
                max = max.map(|max| max - ARE_REPEATS);
            }
            // x{20,300} is x{20}x{0,255}x{0,25}.
            if let Some(most) = max.filter(|most| *most > ARE_REPEATS) {
                if min > 0 {
                    self.node(node, Level::Atom);
                    self.out.push_str(&format!("{{{min}}}"));
                }
                let mut rest = most - min;
                while rest > ARE_REPEATS {
                    self.node(node, Level::Atom);
                    self.out.push_str(&format!("{{0,{ARE_REPEATS}}}{lazy}"));
                    rest -= ARE_REPEATS;
                }
                (min, max) = (0, Some(rest));
            }
        }
        self.node(node, Level::Atom);
        let count = match (min, max) {
            (0, Some(1)) => "?".to_owned(),
            (0, None) => "*".to_owned(),
            (1, None) => "+".to_owned(),
            (1, Some(1)) => return,
            (min, None) => format!("{{{min},}}"),
            (min, Some(max)) if min == max => format!("{{{min}}}"),
            (min, Some(max)) => format!("{{{min},{max}}}"),
        };
        self.out.push_str(&count);
        self.out.push_str(lazy);
    }

    /// Only RE2's `\b` is ASCII everywhere; elsewhere the neighbour is matched too, which a search does not notice.
    fn word_edge(&mut self, start: bool) {
        if self.dialect.is_re2() {
            self.out.push_str("\\b");
            return;
        }
        let (open, end) = (self.open, self.dialect.end());
        self.grouped(open, |p| {
            if start {
                p.out.push_str("^|");
            }
            p.dialect.class(&Class::new(&WORD, true), &mut p.out);
            if !start {
                p.out.push('|');
                p.out.push_str(end);
            }
        });
    }
}
