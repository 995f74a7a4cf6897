//! Regexes: parsed once, with one meaning, printed in the dialect of each engine.
//!
//! In: what an author wrote between slashes. Out: a [`Pattern`], which can be asked (the evaluator does), printed for an
//! engine (the emitters do), and distinguished from what a cheaper operator says as well ([`Simple`]).
//!
//! Guarantee: the portable core of RE2, searched anywhere in the text. `.` is any character but newline, `\d \w \s` are
//! ASCII (`\s` without the vertical tab), `^` and `$` are the ends of the text, `$` the very end. With case ignored,
//! both sides are lower-cased (simple Unicode lower-casing). No pattern matches the empty text, which is a missing
//! value. What is printed means this in every dialect; what cannot is [`Unsupported`], with the reason. How engines
//! fold case otherwise is in `docs/folding.md`; [`Pattern::both_cases`] asks nothing of their folding.

mod class;
mod dialect;
mod error;
mod extract;
mod fold;
mod node;
mod parse;
mod print;
mod reference;
mod simple;
#[doc(hidden)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod variants;

use std::fmt;

pub use dialect::RegexDialect;
pub(crate) use error::PatternError;
pub use fold::lower;
pub(crate) use fold::{Letters, SimpleFolding, is_cased, lower_text, simple_folding};
pub(crate) use node::Node;
pub(crate) use print::{Printed, Unsupported};
pub(crate) use simple::Simple;
use variants::Variant;

/// A regex of the language.
#[derive(Clone)]
pub struct Pattern {
    source: String,
    ignore_case: bool,
    node: Node,
    variants: Vec<Variant>,
    compiled: regex::Regex,
}

impl Pattern {
    /// Reads what is between the slashes; `ignore_case` for `/…/i`. A slash may be escaped.
    pub fn parse(source: &str, ignore_case: bool) -> Result<Pattern, PatternError> {
        let whole = |what: &str, help: &str| PatternError {
            offset: 0,
            len: source.len(),
            what: what.to_owned(),
            help: Some(help.to_owned()),
        };
        let node = parse::parse(source, ignore_case)?;
        let variants = variants::variants(&node);
        if variants.is_empty() {
            return Err(whole(
                "this regex can never match",
                "something stands before `^` or after `$`",
            ));
        }
        if node.nullable() || variants.iter().any(|variant| variant.node.nullable()) {
            return Err(whole(
                "this regex matches the empty text",
                "an empty text is a missing value: use `is missing`, or demand a character with `+` or `.`",
            ));
        }
        let compiled =
            regex::Regex::new(&reference::spelled(&node, ignore_case)).map_err(|_| {
                whole(
                    "this regex is too large",
                    "use fewer or smaller repetitions",
                )
            })?;
        Ok(Pattern {
            source: source.to_owned(),
            ignore_case,
            node,
            variants,
            compiled,
        })
    }

    /// The source of a regex that finds just this text.
    pub fn literal(text: &str) -> String {
        let special = |c: char| "\\.+*?()|[]{}^$/".contains(c).then_some('\\');
        text.chars()
            .flat_map(|c| special(c).into_iter().chain([c]))
            .collect()
    }

    /// What the author wrote.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether case is ignored (`/…/i`).
    pub fn ignores_case(&self) -> bool {
        self.ignore_case
    }

    /// A regex that minds case and finds the same: each letter is a class of its cases (to a letter of ASCII nothing beyond
    /// ASCII is added). `None` if case matters already, or the regex would be too large.
    pub fn both_cases(&self) -> Option<Pattern> {
        if !self.ignore_case {
            return None;
        }
        let node = fold::spelled(&self.node);
        let compiled = regex::Regex::new(&reference::spelled(&node, false)).ok()?;
        Some(Pattern {
            source: print::extract(&node, false, RegexDialect::Rust).body,
            ignore_case: false,
            variants: variants::variants(&node),
            node,
            compiled,
        })
    }

    /// Whether it names such a letter, alone or in a class.
    pub fn names(&self, letters: Letters) -> bool {
        fold::names(&self.node, letters)
    }

    /// The tree.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// How many `(…)` it has.
    pub fn groups(&self) -> usize {
        let mut count = 0;
        self.node
            .walk(&mut |node| count += usize::from(matches!(node, Node::Capture(_))));
        count
    }

    /// Whether it matches somewhere in the text. This is the meaning all printed forms must have.
    pub fn is_match(&self, text: &str) -> bool {
        self.compiled.is_match(text)
    }

    /// What the first group matched in the leftmost match; the empty text if the group matched nothing. `None` if there
    /// is no match, or no group in it.
    pub fn capture(&self, text: &str) -> Option<String> {
        Some(self.compiled.captures(text)?.get(1)?.as_str().to_owned())
    }

    /// An error unless it has exactly one group, not repeated, as `extract` needs.
    pub fn check_extract(&self) -> Result<(), PatternError> {
        let count = self.groups();
        let (what, help) = if count != 1 {
            let help = "put `(…)` around the part to extract, and `(?:…)` around other parts that must be grouped";
            (
                format!("`extract` needs exactly one group, and this regex has {count}"),
                help,
            )
        } else if extract::repeated_group(&self.node) {
            (
                "the group of `extract` stands inside a repetition".to_owned(),
                "put the repetition inside: `((?:…)+)`",
            )
        } else {
            return Ok(());
        };
        Err(PatternError {
            offset: 0,
            len: self.source.len(),
            what,
            help: Some(help.to_owned()),
        })
    }

    /// The list of strings it amounts to, if it is only that.
    pub fn simple(&self) -> Option<Simple> {
        simple::simple(&self.variants, self.ignore_case)
    }

    /// The text for a search in that dialect (today every dialect can say every pattern), flags included (see `Printed`). For Lucene it is the regex of a whole
    /// value, and if the pattern ignores case each letter is a class of its cases: `[cC][mM][dD]`.
    pub fn print(&self, dialect: RegexDialect) -> Result<Printed, Unsupported> {
        Ok(print::search(
            &self.node,
            &self.variants,
            self.ignore_case,
            dialect,
        ))
    }

    /// The text for taking out what the one group matched; its group is number 1.
    pub fn print_extract(&self, dialect: RegexDialect) -> Result<Printed, Unsupported> {
        extract::check(&self.node, self.groups(), dialect)?;
        Ok(print::extract(&self.node, self.ignore_case, dialect))
    }
}

/// Two patterns are equal if the author wrote the same.
impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        (&self.source, self.ignore_case) == (&other.source, other.ignore_case)
    }
}

impl Eq for Pattern {}

impl std::hash::Hash for Pattern {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (&self.source, self.ignore_case).hash(state);
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Pattern {
    /// As in the language: `/…/` or `/…/i`, a slash escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("/")?;
        let mut escaped = false;
        for c in self.source.chars() {
            if c == '/' && !escaped {
                f.write_str("\\")?;
            }
            escaped = c == '\\' && !escaped;
            write!(f, "{c}")?;
        }
        f.write_str(if self.ignore_case { "/i" } else { "/" })
    }
}
