//! Taking a tree apart: known keys, required keys, expected types.
//!
//! In: nodes. Out: values with their places, and an error for each that is not as it should be. Guarantee: nothing stops at the first error, so one run
//! shows all of a file; an unknown key is never skipped.

use super::{Kind, Map, Node, Resolved, Style};
use crate::diag::{Code, Diagnostic, suggest};
use crate::source::{Span, Spanned};

/// At most this many errors of one file are shown.
const MOST_FAULTS: usize = 50;

/// The errors of a file, as they are found.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// In the order found.
    pub all: Vec<Diagnostic>,
}

impl Node {
    /// What it is, for people: `a list`, `an integer`.
    #[must_use]
    pub(crate) fn what(&self) -> &'static str {
        match &self.kind {
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
            Kind::Scalar(scalar) => match scalar.resolved() {
                Resolved::Nothing => "nothing",
                Resolved::Bool(_) => "true or false",
                Resolved::Int(_) => "an integer",
                Resolved::Float(_) => "a number with a fraction",
                Resolved::Text(_) => "text",
            },
        }
    }

    /// What a scalar means; nothing for lists and mappings.
    #[must_use]
    pub(crate) fn resolved(&self) -> Option<Resolved<'_>> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar.resolved()),
            Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// How a scalar is written; nothing for lists and mappings.
    #[must_use]
    pub(crate) fn style(&self) -> Option<Style> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar.style),
            Kind::List(_) | Kind::Map(_) => None,
        }
    }
}

impl Faults {
    /// Records an error; beyond [`MOST_FAULTS`] more of them add nothing.
    pub(crate) fn push(&mut self, fault: Diagnostic) {
        if !self.is_full() {
            self.all.push(fault);
        }
    }

    /// Whether looking for more errors is pointless.
    #[must_use]
    pub(crate) fn is_full(&self) -> bool {
        self.all.len() >= MOST_FAULTS
    }

    /// Errors for the keys of a mapping that are not among `known`; `what` is what the mapping describes: `a hunt`.
    pub(crate) fn known(&mut self, map: &Map, what: &str, known: &[&str]) {
        for (key, _) in &map.entries {
            if known.contains(&key.value.as_str()) {
                continue;
            }
            if self.is_full() {
                return;
            }
            let fault = Diagnostic::at(
                Code::E0107,
                key.span,
                format!("{what} has no key `{}`", key.value),
            );
            self.push(match suggest::nearest(&key.value, known.iter().copied()) {
                Some(near) => fault.fix(key.span, near, "a key with a similar name exists"),
                None => fault.help(format!("the keys of {what} are {}", known.join(", "))),
            });
        }
    }

    /// The value of a key that must be there; `place` is where its absence is shown.
    pub(crate) fn required<'a>(
        &mut self,
        map: &'a Map,
        place: Span,
        what: &str,
        key: &str,
    ) -> Option<&'a Node> {
        let found = map.get(key);
        let misspelt = |fault: &Diagnostic| {
            fault.code == Code::E0107
                && fault.fix.as_ref().is_some_and(|fix| {
                    fix.replacement == key
                        && map.entries.iter().any(|(name, _)| name.span == fix.span)
                })
        };
        if found.is_some() || self.all.iter().any(misspelt) {
            return found;
        }
        let same = |fault: &&mut Diagnostic| {
            fault.code == Code::E0108
                && fault
                    .primary
                    .as_ref()
                    .is_some_and(|label| label.span == place)
        };
        match self.all.iter_mut().find(same) {
            // One error for all that is missing at one place.
            Some(fault) => {
                fault.title = format!(
                    "{}, `{key}`",
                    fault.title.replace("the key `", "the keys `")
                );
            }
            None => self.push(Diagnostic::at(
                Code::E0108,
                place,
                format!("{what} needs the key `{key}`"),
            )),
        }
        None
    }

    /// An error: this is not what is expected.
    pub(crate) fn wrong(&mut self, node: &Node, wanted: &str) {
        let fault = Diagnostic::at(
            Code::E0109,
            first_line(node),
            format!("this is {}", node.what()),
        )
        .label(format!("expected {wanted}"));
        let unquoted = matches!(
            node.resolved(),
            Some(Resolved::Bool(_) | Resolved::Int(_) | Resolved::Float(_))
        );
        self.push(match &node.kind {
            Kind::Scalar(scalar) if unquoted && wanted.contains("text") => fault.fix(
                node.span,
                format!("\"{}\"", scalar.text),
                "between quotes it is text",
            ),
            _ => fault,
        });
    }

    /// A mapping.
    pub(crate) fn map<'a>(&mut self, node: &'a Node, wanted: &str) -> Option<&'a Map> {
        match &node.kind {
            Kind::Map(map) => Some(map),
            Kind::List(_) | Kind::Scalar(_) => {
                self.wrong(node, wanted);
                None
            }
        }
    }

    /// A list.
    pub(crate) fn list<'a>(&mut self, node: &'a Node, wanted: &str) -> Option<&'a [Node]> {
        match &node.kind {
            Kind::List(items) => Some(items),
            Kind::Scalar(scalar) if scalar.style == Style::Plain && !scalar.text.is_empty() => {
                let fault =
                    Diagnostic::at(Code::E0109, node.span, format!("this is {}", node.what()));
                let listed = format!("[{}]", scalar.text);
                self.push(fault.label(format!("expected {wanted}")).fix(
                    node.span,
                    listed,
                    "a list of one",
                ));
                None
            }
            Kind::Map(_) | Kind::Scalar(_) => {
                self.wrong(node, wanted);
                None
            }
        }
    }

    /// A text that is not empty; line breaks at its end are not part of it.
    pub(crate) fn text(&mut self, node: &Node, wanted: &str) -> Option<Spanned<String>> {
        match node.resolved() {
            Some(Resolved::Text(text)) if !text.trim().is_empty() => Some(Spanned::new(
                text.trim_end_matches(['\n', '\r']).to_owned(),
                node.span,
            )),
            Some(Resolved::Text(_)) => {
                self.push(
                    Diagnostic::at(Code::E0110, node.span, "this text is empty")
                        .label(format!("expected {wanted}")),
                );
                None
            }
            _ => {
                self.wrong(node, wanted);
                None
            }
        }
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, node: &Node, wanted: &str) -> Vec<Spanned<String>> {
        let items = self.list(node, wanted).unwrap_or_default();
        items
            .iter()
            .filter_map(|item| self.text(item, "text"))
            .collect()
    }

    /// An integer.
    pub(crate) fn int(&mut self, node: &Node) -> Option<Spanned<i64>> {
        if let Some(Resolved::Int(number)) = node.resolved() {
            return Some(Spanned::new(number, node.span));
        }
        self.wrong(node, "an integer");
        None
    }

    /// true or false.
    pub(crate) fn bool(&mut self, node: &Node) -> Option<Spanned<bool>> {
        if let Some(Resolved::Bool(value)) = node.resolved() {
            return Some(Spanned::new(value, node.span));
        }
        self.wrong(node, "true or false");
        None
    }
}

/// A place to underline: a mapping or a list of many lines is shown by its first part.
fn first_line(node: &Node) -> Span {
    match &node.kind {
        Kind::Scalar(_) => node.span,
        Kind::List(items) => items.first().map_or(node.span, first_line),
        Kind::Map(map) => map.entries.first().map_or(node.span, |(key, _)| key.span),
    }
}
