//! Which regexes are only a list of strings, and so have a cheaper operator.

use super::fold::lower;
use super::node::Node;
use super::variants::{Edge, Variant};

/// A regex that a cheaper operator replaces exactly. If the regex ignores case, the strings are in lower case and the
/// operator must ignore case too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Simple {
    /// The whole text is one of these: `== "a"` or `in ["a", "b"]`.
    FiniteSet(Vec<String>),
    /// The text starts with one of these.
    Prefix(Vec<String>),
    /// The text ends with one of these.
    Suffix(Vec<String>),
    /// The text contains one of these.
    Substring(Vec<String>),
}

/// More strings than this do not read better than the regex.
const MOST: usize = 32;
/// A class of more characters than this is no list of strings.
const WIDEST: usize = 4;

pub(super) fn simple(variants: &[Variant], ignore_case: bool) -> Option<Simple> {
    let [variant] = variants else { return None };
    let mut strings = strings(&variant.node, ignore_case)?;
    let mut seen = std::collections::HashSet::new();
    strings.retain(|text| seen.insert(text.clone()));
    if strings.iter().any(String::is_empty) {
        return None;
    }
    match (variant.start, variant.end) {
        (Edge::Text, Edge::Text) => Some(Simple::FiniteSet(strings)),
        (Edge::Text, Edge::Free) => Some(Simple::Prefix(needed(&strings, |a, b| a.starts_with(b)))),
        (Edge::Free, Edge::Text) => Some(Simple::Suffix(needed(&strings, |a, b| a.ends_with(b)))),
        (Edge::Free, Edge::Free) => Some(Simple::Substring(needed(&strings, |a, b| a.contains(b)))),
        (Edge::Word, _) | (_, Edge::Word) => None,
    }
}

/// Leaves out a string which another one makes superfluous.
fn needed(strings: &[String], implied: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let superfluous = |text: &String| {
        strings
            .iter()
            .any(|other| other != text && implied(text, other))
    };
    strings
        .iter()
        .filter(|text| !superfluous(text))
        .cloned()
        .collect()
}

/// All strings the node matches, if they are few.
fn strings(node: &Node, ignore_case: bool) -> Option<Vec<String>> {
    let fold = |c: char| if ignore_case { lower(c) } else { c };
    let found = match node {
        Node::Empty => vec![String::new()],
        Node::Char(c) => vec![fold(*c).to_string()],
        Node::Class(class) => {
            let width = class
                .ranges
                .iter()
                .map(|(low, high)| u32::from(*high) - u32::from(*low) + 1)
                .sum::<u32>();
            if class.negated || usize::try_from(width).ok()? > WIDEST {
                return None;
            }
            class
                .ranges
                .iter()
                .flat_map(|(low, high)| (*low..=*high).map(|c| fold(c).to_string()))
                .collect()
        }
        Node::Capture(inner) => strings(inner, ignore_case)?,
        Node::Concat(nodes) => product(nodes.iter(), ignore_case)?,
        Node::Alternate(nodes) => {
            let mut all = Vec::new();
            for node in nodes {
                all.extend(strings(node, ignore_case)?);
            }
            all
        }
        Node::Repeat {
            node,
            min,
            max: Some(max),
            ..
        } if *max <= 8 => {
            let mut all = Vec::new();
            for times in *min..=*max {
                all.extend(product((0..times).map(|_| &**node), ignore_case)?);
            }
            all
        }
        Node::Any | Node::Repeat { .. } => return None,
        Node::Start | Node::End | Node::WordStart | Node::WordEnd => return None,
    };
    (found.len() <= MOST).then_some(found)
}

fn product<'a>(nodes: impl Iterator<Item = &'a Node>, ignore_case: bool) -> Option<Vec<String>> {
    let mut sofar = vec![String::new()];
    for node in nodes {
        let next = strings(node, ignore_case)?;
        sofar = sofar
            .iter()
            .flat_map(|a| next.iter().map(move |b| format!("{a}{b}")))
            .collect();
        if sofar.len() > MOST {
            return None;
        }
    }
    Some(sofar)
}
