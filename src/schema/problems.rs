//! Reading the shapes of a schema file and collecting what is wrong with them.
//!
//! In: nodes of the tree. Out: texts, lists and mappings with places, and every finding. Promise: nothing stops at the first finding.

use super::node::{Kind, Node};
use crate::diag::{Code, Diagnostic, suggest};
use crate::source::{Span, Spanned};

/// The findings so far.
#[derive(Debug, Default)]
pub struct Problems {
    /// In the order found.
    pub found: Vec<Diagnostic>,
}

/// A mapping whose keys have been looked at.
#[derive(Clone, Copy, Debug)]
pub struct Entries<'a> {
    entries: &'a [(Spanned<String>, Node)],
    /// The whole mapping.
    pub span: Span,
}

impl<'a> Entries<'a> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries
            .iter()
            .find(|(name, _)| name.value == key)
            .map(|(_, node)| node)
    }

    /// The text of a key whose value is a scalar; empty when there is none.
    pub fn text(&self, key: &str) -> String {
        match self.get(key).map(|node| &node.kind) {
            Some(Kind::Scalar(text)) => text.clone(),
            _ => String::new(),
        }
    }

    /// Every entry, in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a (Spanned<String>, Node)> + use<'a> {
        self.entries.iter()
    }
}

impl Problems {
    /// A finding at a place.
    pub fn at(&mut self, code: Code, span: Span, title: impl Into<String>) -> &mut Diagnostic {
        self.found.push(Diagnostic::at(code, span, title));
        let last = self.found.len() - 1;
        // The element pushed above.
        #[allow(clippy::indexing_slicing)]
        &mut self.found[last]
    }

    /// A finding about a name that is not one of `known`, with the near ones.
    pub fn unknown<'n>(
        &mut self,
        code: Code,
        span: Span,
        title: String,
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let near = suggest::nearest(name, known).map(str::to_owned);
        let diagnostic = self.at(code, span, title);
        if let Some(near) = near {
            diagnostic.help.push(format!("`{near}` is near"));
        }
    }

    /// The entries of a mapping with free keys.
    pub fn map<'a>(&mut self, node: &'a Node, what: &str) -> Entries<'a> {
        if let Kind::Map(entries) = &node.kind {
            return Entries {
                entries,
                span: node.span,
            };
        }
        self.at(
            Code::E0550,
            node.span,
            format!("{what} is a mapping of names to values"),
        );
        Entries {
            entries: &[],
            span: node.span,
        }
    }

    /// The entries of a mapping whose keys are among `keys`.
    pub fn record<'a>(&mut self, node: &'a Node, what: &str, keys: &[&str]) -> Entries<'a> {
        let entries = self.map(node, what);
        for (key, _) in entries.iter() {
            if !keys.contains(&key.value.as_str()) {
                let title = format!("{what} has no key `{}`", key.value);
                self.unknown(
                    Code::E0550,
                    key.span,
                    title,
                    &key.value,
                    keys.iter().copied(),
                );
            }
        }
        entries
    }

    /// A scalar that must be there.
    pub fn required(&mut self, entries: Entries<'_>, key: &str, what: &str) -> String {
        match entries.get(key) {
            Some(node) => self.text(node, what),
            None => {
                self.at(
                    Code::E0550,
                    entries.span,
                    format!("{what} is missing: the key `{key}`"),
                );
                String::new()
            }
        }
    }

    /// A scalar.
    pub fn text(&mut self, node: &Node, what: &str) -> String {
        if let Kind::Scalar(text) = &node.kind {
            return text.clone();
        }
        self.at(
            Code::E0550,
            node.span,
            format!("{what} is one value, not a list or a mapping"),
        );
        String::new()
    }

    /// A list of scalars, or one scalar.
    pub fn texts(&mut self, node: &Node, what: &str) -> Vec<Spanned<String>> {
        match &node.kind {
            Kind::Scalar(text) => vec![Spanned::new(text.clone(), node.span)],
            Kind::List(items) => items
                .iter()
                .map(|item| Spanned::new(self.text(item, what), item.span))
                .collect(),
            Kind::Map(_) => {
                self.at(
                    Code::E0550,
                    node.span,
                    format!("{what} is a list of values"),
                );
                Vec::new()
            }
        }
    }

    /// `true` or `false`; `otherwise` when the key is not there.
    pub fn flag(&mut self, entries: Entries<'_>, key: &str, otherwise: bool) -> bool {
        let Some(node) = entries.get(key) else {
            return otherwise;
        };
        match self.text(node, key).as_str() {
            "true" => true,
            "false" => false,
            _ => {
                self.at(
                    Code::E0550,
                    node.span,
                    format!("`{key}` is `true` or `false`"),
                );
                otherwise
            }
        }
    }
}
