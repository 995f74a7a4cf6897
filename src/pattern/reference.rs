//! The regex that the evaluator runs: the tree spelled out in the plainest form, to leave no place for errors.
//!
//! Shares no text with the printed dialects: every character is a class of hexadecimal code points, case folding is
//! done on these sets by the language's own rule, and no flag is used.

use regex_syntax::hir::ClassUnicode;

use super::fold::{expanded, same_case};
use super::node::{Class, Node};

/// The node in the syntax of the `regex` crate, for that crate alone.
pub(super) fn spelled(node: &Node, ignore_case: bool) -> String {
    let inner = |node: &Node| spelled(node, ignore_case);
    match node {
        Node::Empty => "(?:)".to_owned(),
        Node::Char(c) if ignore_case => set(&same_case(*c)),
        Node::Char(c) => set(&Class::new(&[(*c, *c)], false).members()),
        Node::Any => set(&Class::new(&[('\n', '\n')], true).members()),
        Node::Class(class) if ignore_case => set(&expanded(class)),
        Node::Class(class) => set(&class.members()),
        Node::Start => "\\A".to_owned(),
        Node::End => "\\z".to_owned(),
        Node::WordStart | Node::WordEnd => "(?-u:\\b)".to_owned(),
        Node::Capture(node) => format!("({})", inner(node)),
        Node::Concat(nodes) => nodes.iter().map(inner).collect(),
        Node::Alternate(nodes) => format!(
            "(?:{})",
            nodes.iter().map(inner).collect::<Vec<_>>().join("|")
        ),
        Node::Repeat {
            node,
            min,
            max,
            lazy,
        } => {
            let max = max.map_or(String::new(), |max| max.to_string());
            format!(
                "(?:{}){{{min},{max}}}{}",
                inner(node),
                if *lazy { "?" } else { "" }
            )
        }
    }
}

fn set(members: &ClassUnicode) -> String {
    let ranges = members.ranges().iter();
    let ranges: String = ranges
        .map(|r| {
            format!(
                "\\x{{{:X}}}-\\x{{{:X}}}",
                u32::from(r.start()),
                u32::from(r.end())
            )
        })
        .collect();
    format!("[{ranges}]")
}
