//! A regex without anchors inside: what must be found, and how it sits in the text.
//!
//! In: a [`Node`]. Out: [`Variant`]s, any of which decides. For Lucene, which has no anchors, and for finding out which
//! regexes are only prefixes, suffixes and similar. Each variant's node holds no anchor.

use super::node::Node;

/// What one side of a match demands of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edge {
    /// Nothing.
    Free,
    /// No word character is next to it.
    Word,
    /// The text begins (ends) there.
    Text,
}

/// One way to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    /// Before the match.
    pub start: Edge,
    /// After the match.
    pub end: Edge,
    /// What is matched, without anchors.
    pub node: Node,
}

/// The variants of a regex, one for each pair of edges that occurs, in the order of the alternatives. None at all if it
/// can never match (`a^b`).
pub(super) fn variants(node: &Node) -> Vec<Variant> {
    let mut found = raw(node);
    for variant in &mut found {
        if variant.start == Edge::Free {
            variant.node = trimmed(&variant.node, false);
        }
        if variant.end == Edge::Free {
            variant.node = trimmed(&variant.node, true);
        }
    }
    found
}

fn raw(node: &Node) -> Vec<Variant> {
    let one = |start, end, node| vec![Variant { start, end, node }];
    match node {
        Node::Start => one(Edge::Text, Edge::Free, Node::Empty),
        Node::End => one(Edge::Free, Edge::Text, Node::Empty),
        Node::WordStart => one(Edge::Word, Edge::Free, Node::Empty),
        Node::WordEnd => one(Edge::Free, Edge::Word, Node::Empty),
        Node::Capture(inner) => raw(inner),
        Node::Empty | Node::Char(_) | Node::Any | Node::Class(_) => {
            one(Edge::Free, Edge::Free, node.clone())
        }
        Node::Repeat { .. } => one(Edge::Free, Edge::Free, node.clone()),
        Node::Concat(nodes) => {
            let mut sofar = one(Edge::Free, Edge::Free, Node::Empty);
            for node in nodes {
                let next = raw(node);
                sofar = merged(
                    sofar
                        .iter()
                        .flat_map(|a| next.iter().filter_map(|b| joined(a, b)))
                        .collect(),
                );
            }
            sofar
        }
        Node::Alternate(nodes) => merged(nodes.iter().flat_map(raw).collect()),
    }
}

/// `a` followed by `b`. An edge between them holds only if nothing is on its outer side.
fn joined(a: &Variant, b: &Variant) -> Option<Variant> {
    let empty = |edge: Edge, node: &Node| match edge {
        Edge::Free => Some(node.clone()),
        Edge::Word | Edge::Text => node.nullable().then_some(Node::Empty),
    };
    let left = empty(b.start, &a.node)?;
    let right = empty(a.end, &b.node)?;
    Some(Variant {
        start: a.start.max(b.start),
        end: a.end.max(b.end),
        node: Node::concat(vec![left, right]),
    })
}

fn merged(variants: Vec<Variant>) -> Vec<Variant> {
    let mut groups: Vec<(Edge, Edge, Vec<Node>)> = Vec::new();
    for variant in variants {
        match groups
            .iter_mut()
            .find(|(start, end, _)| (*start, *end) == (variant.start, variant.end))
        {
            Some((_, _, nodes)) => nodes.push(variant.node),
            None => groups.push((variant.start, variant.end, vec![variant.node])),
        }
    }
    groups
        .into_iter()
        .map(|(start, end, nodes)| Variant {
            start,
            end,
            node: either(nodes),
        })
        .collect()
}

/// Alternatives of which one may be empty.
fn either(nodes: Vec<Node>) -> Node {
    let count = nodes.len();
    let rest: Vec<Node> = nodes
        .into_iter()
        .filter(|node| *node != Node::Empty)
        .collect();
    if rest.is_empty() || rest.len() == count {
        return Node::alternate(rest);
    }
    Node::Repeat {
        node: Box::new(Node::alternate(rest)),
        min: 0,
        max: Some(1),
        lazy: false,
    }
}

/// The node without what a search need not look at on a free side: `.*foo` finds what `foo` finds, `a+b` what `ab`.
fn trimmed(node: &Node, last: bool) -> Node {
    match node {
        Node::Repeat { min: 0, .. } => Node::Empty,
        Node::Repeat {
            node: inner,
            min: 1,
            ..
        } => trimmed(inner, last),
        Node::Repeat {
            node: inner,
            min,
            lazy,
            ..
        } if !inner.nullable() => Node::Repeat {
            node: inner.clone(),
            min: *min,
            max: Some(*min),
            lazy: *lazy,
        },
        Node::Capture(inner) => trimmed(inner, last),
        Node::Alternate(nodes) => either(nodes.iter().map(|node| trimmed(node, last)).collect()),
        Node::Concat(nodes) => {
            let mut nodes = nodes.clone();
            while let Some(side) = if last {
                nodes.last_mut()
            } else {
                nodes.first_mut()
            } {
                *side = trimmed(side, last);
                if *side != Node::Empty {
                    break;
                }
                if last {
                    nodes.pop();
                } else {
                    nodes.remove(0);
                }
            }
            Node::concat(nodes)
        }
        Node::Empty | Node::Char(_) | Node::Any | Node::Class(_) | Node::Repeat { .. } => {
            node.clone()
        }
        Node::Start | Node::End | Node::WordStart | Node::WordEnd => node.clone(),
    }
}
