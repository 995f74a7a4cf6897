//! What is wrong with a schema, as it is found.
//!
//! In: nodes of a file and judgements of the readers. Out: texts, lists and mappings with places, and every finding. Guarantee: nothing stops at the first
//! finding.

use crate::diag::{Code, Diagnostic, suggest};
use crate::source::yaml::{Faults, Kind, Map, Node};
use crate::source::{Span, Spanned};

/// The findings so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    /// Those of the shape of YAML, and ours.
    pub faults: Faults,
}

/// A mapping and its place; empty when the file has something else there, which is then told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entries<'a> {
    map: Option<&'a Map>,
    /// Its first key.
    pub span: Span,
}

impl<'a> Entries<'a> {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.map.and_then(|map| map.get(key))
    }

    /// Every entry, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a (Spanned<String>, Node)> + use<'a> {
        self.map.into_iter().flat_map(|map| &map.entries)
    }
}

impl Problems {
    /// A finding at a place.
    pub(super) fn at(&mut self, code: Code, span: Span, title: impl Into<String>) {
        self.faults.push(Diagnostic::at(code, span, title));
    }

    /// A finding at a place, and what would help.
    pub(super) fn help(
        &mut self,
        code: Code,
        span: Span,
        title: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.faults
            .push(Diagnostic::at(code, span, title).help(help));
    }

    /// A finding about a name that is not one of `known`, with the nearest.
    pub(super) fn unknown<'n>(
        &mut self,
        code: Code,
        span: Span,
        title: String,
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let finding = Diagnostic::at(code, span, title);
        self.faults.push(match suggest::nearest(name, known) {
            Some(near) => finding.help(format!("`{near}` is near")),
            None => finding,
        });
    }

    /// The entries of a mapping with free keys; `what` is said when it is something else.
    pub(super) fn map<'a>(&mut self, node: &'a Node, what: &str) -> Entries<'a> {
        let map = self.faults.map(node, what);
        let first = map.and_then(|map| map.entries.first());
        Entries {
            map,
            span: first.map_or(node.span, |(key, _)| key.span),
        }
    }

    /// The entries of a mapping whose keys are among `keys`.
    pub(super) fn record<'a>(&mut self, node: &'a Node, what: &str, keys: &[&str]) -> Entries<'a> {
        let entries = self.map(node, what);
        if let Some(map) = entries.map {
            self.faults.known(map, what, keys);
        }
        entries
    }

    /// The text of a key that must be there.
    pub(super) fn required(&mut self, entries: Entries<'_>, what: &str, key: &str) -> String {
        let Some(map) = entries.map else {
            return String::new();
        };
        match self.faults.required(map, entries.span, what, key) {
            Some(node) => self.text(node),
            None => String::new(),
        }
    }

    /// The text of a key; empty when there is none.
    pub(super) fn optional(&mut self, entries: Entries<'_>, key: &str) -> String {
        entries
            .get(key)
            .map_or_else(String::new, |node| self.text(node))
    }

    /// A text; empty when it is something else, which is then told.
    pub(super) fn text(&mut self, node: &Node) -> String {
        self.faults
            .text(node, "text")
            .map_or_else(String::new, |text| text.value)
    }

    /// The list of texts of a key; empty when there is none.
    pub(super) fn texts(&mut self, entries: Entries<'_>, key: &str) -> Vec<Spanned<String>> {
        entries
            .get(key)
            .map_or_else(Vec::new, |node| self.faults.texts(node, "a list of texts"))
    }

    /// A list of texts.
    pub(super) fn natives(&mut self, node: &Node) -> Vec<Spanned<String>> {
        self.faults.texts(node, "a list of texts")
    }

    /// As [`Problems::texts`], without the places.
    pub(super) fn list(&mut self, entries: Entries<'_>, key: &str) -> Vec<String> {
        self.texts(entries, key)
            .into_iter()
            .map(|text| text.value)
            .collect()
    }

    /// The items of a list of mappings.
    pub(super) fn items<'a>(&mut self, node: &'a Node, what: &str) -> &'a [Node] {
        self.faults.list(node, what).unwrap_or_default()
    }

    /// `true` or `false`; `otherwise` when the key is not there.
    pub(super) fn flag(&mut self, entries: Entries<'_>, key: &str, otherwise: bool) -> bool {
        let found = entries.get(key).and_then(|node| self.faults.bool(node));
        found.map_or(otherwise, |found| found.value)
    }
}

/// The text of a scalar, as written.
pub(super) fn written(node: &Node) -> Option<&str> {
    if let Kind::Scalar(scalar) = &node.kind {
        Some(&scalar.text)
    } else {
        None
    }
}
