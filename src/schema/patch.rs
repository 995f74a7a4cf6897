//! A user's mapping over one that the binary carries.
//!
//! In: the path of a `mapping.yaml`. Out: its tree; for a file with `extends: builtin` that of the carried mapping with the user's changes in it, each at
//! its own place. Guarantee: a change of what huntc carries has a reason; what is not changed stays as it is carried.

use super::problems::{Entries, Problems};
use super::tree::{Owner, Texts};
use crate::diag::Code;
use crate::source::yaml::{Kind, Map, Node};
use crate::source::{Span, Spanned};

/// The keys of a user's file about one that is carried.
const EXTENDS: &str = "extends";
const REPLACES: &str = "replaces";
const REASON: &str = "reason";

/// The tree of a mapping.
pub(super) fn file(name: &str, texts: &mut Texts<'_>, problems: &mut Problems) -> Option<Node> {
    let owner = texts.owner(name)?;
    let mut root = texts.yaml(name, owner, problems)?;
    if owner == Owner::Builtin {
        return Some(root);
    }
    let entries = problems.map(&root, "the mapping of a class");
    let is_builtin = texts.is_builtin(name);
    let extends = said(EXTENDS, entries, is_builtin, problems);
    let replaces = said(REPLACES, entries, is_builtin, problems);
    match (extends, replaces) {
        (Some(at), Some(_)) => {
            let title = "a mapping either `extends` the carried one or `replaces` it";
            problems.at(Code::E0558, at, title);
            None
        }
        (Some(_), None) => {
            let carried = texts.yaml(name, Owner::Builtin, problems)?;
            Some(patched(carried, root, problems))
        }
        (None, Some(at)) => {
            if entries.get(REASON).is_none() {
                no_reason("the carried mapping is replaced", at, problems);
            }
            without(&mut root, &[REPLACES, REASON]);
            Some(root)
        }
        (None, None) if is_builtin => {
            let title = "huntc carries a mapping of this class for this platform";
            let help = "`extends: builtin` changes parts of it, `replaces: builtin` stands for all of it; both need a `reason`";
            problems.help(Code::E0558, entries.span, title, help);
            None
        }
        (None, None) => Some(root),
    }
}

/// Where `extends: builtin` is.
fn said(
    key: &str,
    entries: Entries<'_>,
    is_builtin: bool,
    problems: &mut Problems,
) -> Option<Span> {
    let node = entries.get(key)?;
    let word = problems.text(node);
    if word != "builtin" {
        let title = format!("`{key}` is `builtin`, not `{word}`");
        problems.at(Code::E0558, node.span, title);
    } else if !is_builtin {
        let title = "huntc carries no mapping of this class for this platform";
        let help = format!("remove `{key}`: the file is the whole mapping");
        problems.help(Code::E0558, node.span, title, help);
    }
    (word == "builtin" && is_builtin).then_some(node.span)
}

fn no_reason(what: &str, at: Span, problems: &mut Problems) {
    let title = format!("{what} without a reason");
    let help = "add `reason: …`: whoever reads a hunt's text must know why it differs from what huntc documents";
    problems.help(Code::E0558, at, title, help);
}

/// The carried tree with the user's entries: fields one by one, other keys whole.
fn patched(mut carried: Node, own: Node, problems: &mut Problems) -> Node {
    let (Kind::Map(base), Kind::Map(own)) = (&mut carried.kind, own.kind) else {
        return carried;
    };
    let has_reason = own.get(REASON).is_some();
    for (key, node) in own.entries {
        match key.value.as_str() {
            EXTENDS | REASON => {}
            "class" => {
                put(base, key, node);
            }
            "fields" => fields(base, node, problems),
            // Facts of the user come beside those that are carried.
            "sources" | "notes" | "vocabularies" | "streams" => add(base, key, node),
            _ => {
                if !has_reason {
                    no_reason(&format!("`{}` is changed", key.value), key.span, problems);
                }
                put(base, key, node);
            }
        }
    }
    carried
}

fn fields(base: &mut Map, own: Node, problems: &mut Problems) {
    let carried = base
        .entries
        .iter_mut()
        .find(|(key, _)| key.value == "fields");
    let Some((
        _,
        Node {
            kind: Kind::Map(carried),
            ..
        },
    )) = carried
    else {
        return;
    };
    let span = own.span;
    let Kind::Map(own) = own.kind else {
        let node = Node {
            kind: own.kind,
            span,
        };
        problems.map(&node, "`fields`");
        return;
    };
    for (name, mut node) in own.entries {
        let Kind::Map(map) = &node.kind else {
            problems.map(&node, "a mapping");
            continue;
        };
        if map.get(REASON).is_none() {
            no_reason(&format!("`{}` is changed", name.value), name.span, problems);
        }
        without(&mut node, &[REASON]);
        put(carried, name, node);
    }
}

fn put(map: &mut Map, key: Spanned<String>, node: Node) {
    match map
        .entries
        .iter_mut()
        .find(|(known, _)| known.value == key.value)
    {
        Some(entry) => *entry = (key, node),
        None => map.entries.push((key, node)),
    }
}

/// Items of a list behind those that are there.
fn add(map: &mut Map, key: Spanned<String>, node: Node) {
    let known = map
        .entries
        .iter_mut()
        .find(|(known, _)| known.value == key.value);
    match (known, node.kind) {
        (
            Some((
                _,
                Node {
                    kind: Kind::List(known),
                    ..
                },
            )),
            Kind::List(own),
        ) => known.extend(own),
        (_, kind) => put(
            map,
            key,
            Node {
                kind,
                span: node.span,
            },
        ),
    }
}

fn without(node: &mut Node, keys: &[&str]) {
    if let Kind::Map(map) = &mut node.kind {
        map.entries
            .retain(|(key, _)| !keys.contains(&key.value.as_str()));
    }
}
