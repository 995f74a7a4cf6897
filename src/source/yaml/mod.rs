//! YAML files as a tree in which every key and every value has its place.
//!
//! In: a file of [`Files`]. Out: a [`Node`], or every error in the text. Guarantee: time linear in the file and bounded depth; a key occurs once in
//! its mapping; the tree holds nothing that is not written at its place, so anchors, aliases, merge keys and tags are refused. This is the only
//! file that names the YAML crate.

mod fields;
mod scalar;

pub(crate) use fields::Faults;
pub(crate) use scalar::{Resolved, Scalar, Style};

use super::{FileId, Files, Span, Spanned};
use crate::diag::{Code, Diagnostic};
use serde_saphyr::granit_parser::{self, ErrorKind, Event, Parser, ScalarStyle, ScanError};
use std::collections::HashMap;

/// Mappings and sequences that may be nested in each other.
pub(crate) const MAX_DEPTH: usize = 32;

/// A value and its place: of a scalar with its quotes, of a block scalar its text without the header, of the rest from its first part to its last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub span: Span,
}

/// The shapes of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A scalar, as written and decoded.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping.
    Map(Map),
}

/// A mapping in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Map {
    /// Keys and values; no key twice.
    pub entries: Vec<(Spanned<String>, Node)>,
}

impl Map {
    /// The first key of the mapping, or another place when it has none.
    pub(crate) fn key_or(&self, place: Span) -> Span {
        self.entries.first().map_or(place, |(key, _)| key.span)
    }

    /// The value of a key.
    #[must_use]
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries
            .iter()
            .find(|(name, _)| name.value == key)
            .map(|(_, node)| node)
    }

    /// The place of a key.
    #[must_use]
    pub(crate) fn key(&self, key: &str) -> Option<Span> {
        self.entries
            .iter()
            .find(|(name, _)| name.value == key)
            .map(|(name, _)| name.span)
    }
}

/// Reads the one document of a file.
///
/// # Errors
/// All that is not YAML or that huntc does not read of YAML (E0103, E0104, E0106, E0111).
pub(crate) fn parse(files: &Files, file: FileId) -> Result<Node, Vec<Diagnostic>> {
    let text = files.text(file);
    let mut tree = Tree {
        file,
        text,
        open: Vec::new(),
        root: None,
        documents: 0,
        faults: Vec::new(),
    };
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    for next in Parser::new_from_str_with_options(text, options) {
        match next {
            Ok((event, span)) => tree.event(event, &span),
            Err(error) => {
                tree.faults.push(tree.syntax(&error));
                break;
            }
        }
        if tree.faults.len() >= MAX_FAULTS {
            break;
        }
    }
    match tree.root {
        Some(root) if tree.faults.is_empty() => Ok(root),
        None if tree.faults.is_empty() => Err(vec![Diagnostic::at(
            Code::E0117,
            Span::new(file, 0, 0),
            "the file holds comments only",
        )]),
        _ => Err(tree.faults),
    }
}

/// More errors than this are noise.
const MAX_FAULTS: usize = 20;

/// A collection whose end has not come.
enum Open {
    List {
        items: Vec<Node>,
        start: Span,
    },
    Map {
        map: Map,
        seen: HashMap<String, Span>,
        key: Option<Spanned<String>>,
        start: Span,
    },
}

struct Tree<'a> {
    file: FileId,
    text: &'a str,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    faults: Vec<Diagnostic>,
}

impl Tree<'_> {
    fn place(&self, span: &granit_parser::Span) -> Span {
        let range = span.byte_range().unwrap_or(0..0);
        let end = range.end.min(self.text.len());
        Span::new(self.file, range.start.min(end), end)
    }

    fn event(&mut self, event: Event<'_>, span: &granit_parser::Span) {
        let place = self.place(span);
        if event.tag().is_some() {
            self.refuse(
                place,
                "tags are not read",
                "write the value without its `!tag`",
            );
        }
        if event.anchor_id().is_some() {
            self.refuse(
                place,
                "anchors are not read",
                "write the value out where it is used",
            );
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents == 2 {
                    self.refuse(
                        place,
                        "a second document is not read",
                        "one file holds one document",
                    );
                }
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.refuse(
                    place,
                    "aliases are not read",
                    "write the value out where it is used",
                );
                self.add(Node {
                    kind: Kind::Scalar(Scalar::plain("~")),
                    span: place,
                });
            }
            Event::Scalar(text, style, ..) => self.scalar(&text, style, place),
            Event::SequenceStart(..) => self.open.push(Open::List {
                items: Vec::new(),
                start: place,
            }),
            Event::MappingStart(..) => {
                self.open.push(Open::Map {
                    map: Map::default(),
                    seen: HashMap::new(),
                    key: None,
                    start: place,
                });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(place),
            _ => {}
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, place: Span) {
        let style = match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
            _ => Style::Plain,
        };
        // A value that is not there is reported as `~` with an empty place.
        let text = if place.start == place.end && style == Style::Plain {
            ""
        } else {
            text
        };
        self.add(Node {
            kind: Kind::Scalar(Scalar {
                text: text.to_owned(),
                style,
            }),
            span: place,
        });
    }

    /// Puts a finished value where it belongs.
    fn add(&mut self, node: Node) {
        let mut fault = None;
        match self.open.last_mut() {
            None => {
                if self.documents < 2 {
                    self.root = Some(node);
                }
            }
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { map, seen, key, .. }) => match key.take() {
                Some(name) => map.entries.push((name, node)),
                None => {
                    let text = match &node.kind {
                        Kind::Scalar(scalar) => scalar.text.clone(),
                        Kind::List(_) | Kind::Map(_) => {
                            fault = Some(
                                Diagnostic::at(Code::E0111, node.span, "a key is one word")
                                    .help("a `{` or `[` at the beginning of a value needs quotes when it is meant as text"),
                            );
                            String::new()
                        }
                    };
                    if text == "<<" {
                        fault = Some(
                            Diagnostic::at(Code::E0111, node.span, "merge keys are not read")
                                .help("write the entries out where they are used"),
                        );
                    }
                    if let Some(first) = seen.get(&text)
                        && fault.is_none()
                    {
                        fault = Some(
                            Diagnostic::at(
                                Code::E0106,
                                node.span,
                                format!("the key `{text}` occurs twice"),
                            )
                            .label("again here")
                            .also(*first, "first here"),
                        );
                    }
                    seen.entry(text.clone()).or_insert(node.span);
                    *key = Some(Spanned::new(text, node.span));
                }
            },
        }
        self.faults.extend(fault);
    }

    fn close(&mut self, end: Span) {
        let Some(open) = self.open.pop() else { return };
        let node = match open {
            Open::List { items, start } => {
                let span = extent(
                    start,
                    end,
                    items.first().map(|n| n.span),
                    items.last().map(|n| n.span),
                );
                Node {
                    kind: Kind::List(items),
                    span,
                }
            }
            Open::Map { map, start, .. } => {
                let first = map.entries.first().map(|(key, _)| key.span);
                let last = map.entries.last().map(|(key, node)| key.span.to(node.span));
                let span = extent(start, end, first, last);
                Node {
                    kind: Kind::Map(map),
                    span,
                }
            }
        };
        self.add(node);
    }

    fn refuse(&mut self, place: Span, title: &str, help: &str) {
        // The first of a kind says it; a thousand aliases are one mistake.
        if !self.faults.iter().any(|fault| fault.title == title) {
            self.faults
                .push(Diagnostic::at(Code::E0111, place, title).help(help));
        }
    }

    /// What the YAML reader could not read.
    fn syntax(&self, error: &ScanError) -> Diagnostic {
        let at = error
            .marker()
            .byte_offset()
            .unwrap_or(0)
            .min(self.text.len());
        if let Some(tab) = self.tab_near(at, error.kind()) {
            return Diagnostic::at(
                Code::E0104,
                Span::new(self.file, tab, tab + 1),
                "a tab indents this line",
            )
            .label("a tab")
            .help("YAML is indented with spaces only");
        }
        let here = self
            .text
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .filter(|c| *c != '\n' && *c != '\r');
        let span = Span::new(self.file, at, at + here.map_or(0, char::len_utf8));
        let (code, title, help) = match error.kind() {
            ErrorKind::RecursionLimitExceeded => (
                Code::E0111,
                format!("more than {MAX_DEPTH} mappings and sequences stand in each other here"),
                "no file of huntc is nested like that",
            ),
            ErrorKind::DirectiveDisallowed => (
                Code::E0111,
                "directives are not read".to_owned(),
                "remove the line that begins with `%`",
            ),
            ErrorKind::UnclosedQuotedScalar => (
                Code::E0103,
                "a quoted text is not closed".to_owned(),
                "a value that begins with a quotation mark ends with it",
            ),
            ErrorKind::UnclosedFlowCollection { open } => (
                Code::E0103,
                format!("this `{open}` is never closed"),
                "brackets of a list or a mapping are closed by their own kind",
            ),
            ErrorKind::MappingValueNotAllowed | ErrorKind::MappingKeyNotAllowed => (
                Code::E0103,
                "a `:` cannot stand here".to_owned(),
                "a text that holds `: ` needs quotes; a key stands on its own line",
            ),
            ErrorKind::UnknownQuotedScalarEscape => (
                Code::E0103,
                "an unknown escape in a double-quoted text".to_owned(),
                "between single quotes a backslash means itself",
            ),
            ErrorKind::InvalidIndentation
            | ErrorKind::ExpectedBlockMappingKey
            | ErrorKind::SimpleKeyExpected => (
                Code::E0103,
                "this line does not fit the lines above".to_owned(),
                "entries of one mapping are `key: value`, indented alike",
            ),
            ErrorKind::InvalidBlockScalarHeader => (
                Code::E0103,
                "a `|` or `>` begins a block of text, and this is not one".to_owned(),
                "a line of the query is indented at least like its first line",
            ),
            ErrorKind::ExpectedFlowMappingSeparator
            | ErrorKind::ExpectedFlowSequenceSeparator
            | ErrorKind::UnexpectedEofFlowMapping
            | ErrorKind::UnexpectedEofFlowSequence
            | ErrorKind::UnexpectedEofImplicitFlowMapping => (
                Code::E0103,
                "this cannot stand between the brackets of a list or a mapping".to_owned(),
                "between brackets, entries are separated by one `,` each",
            ),
            other => (
                Code::E0103,
                format!("this is not YAML: {other}"),
                "the underline shows where reading stopped",
            ),
        };
        Diagnostic::at(code, span, title).help(help)
    }

    /// A tab in the indentation of the line of an error, of the next one, or of an entry just before.
    fn tab_near(&self, at: usize, kind: &ErrorKind) -> Option<usize> {
        let told = matches!(
            kind,
            ErrorKind::TabNotAllowed
                | ErrorKind::TabInBlockIndentation
                | ErrorKind::TabInIndentation
                | ErrorKind::TabAtBlockScalarStart
                | ErrorKind::TabInPlainScalar
        );
        let line_of = |at: usize| Some(self.text.get(..at)?.rfind('\n').map_or(0, |end| end + 1));
        let here = line_of(at)?;
        let tab_in = |start: usize, entry: bool| {
            let line = self.text.get(start..)?.split('\n').next()?;
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            let key = line
                .get(indent..)?
                .starts_with(|c: char| c.is_alphanumeric() || c == '-');
            let tab = line.get(..indent)?.find('\t')?;
            (!entry || key && line.contains(':')).then_some(start + tab)
        };
        let next = self.text.get(at..)?.find('\n').map(|end| at + end + 1);
        // A tab in a line of the query is harmless, so the line before counts only when it looks like an entry.
        let before = here.checked_sub(1).and_then(line_of);
        tab_in(here, false)
            .or_else(|| tab_in(next?, false))
            .or_else(|| tab_in(before?, true))
            .or_else(|| (told && self.text.get(at..at + 1) == Some("\t")).then_some(at))
    }
}

/// From the opening bracket to the closing one, or from the first part to the last where there are no brackets.
fn extent(start: Span, end: Span, first: Option<Span>, last: Option<Span>) -> Span {
    let bracketed = end.end > end.start;
    match (first, last) {
        (Some(first), Some(last)) if !bracketed => first.to(last),
        _ => start.to(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key and value with the text at its place.
    fn shown(files: &Files, node: &Node, out: &mut Vec<String>) {
        let at = files.slice(node.span);
        match &node.kind {
            Kind::Scalar(scalar) => {
                out.push(format!("{:?} {:?} at {at:?}", scalar.style, scalar.text))
            }
            Kind::List(items) => {
                out.push(format!("list at {at:?}"));
                items.iter().for_each(|item| shown(files, item, out));
            }
            Kind::Map(map) => {
                out.push(format!("map at {at:?}"));
                for (key, node) in &map.entries {
                    out.push(format!(
                        "key {:?} at {:?}",
                        key.value,
                        files.slice(key.span)
                    ));
                    shown(files, node, out);
                }
            }
        }
    }

    #[test]
    fn every_node_has_its_place() {
        let text = "\u{feff}# Ä 🦀\r\n\"a b\": 'it''s 🦀'\r\nlist: [1, {x: y}, ]\r\nblock:\r\n  - é: ~\r\n    z:\r\n  - - plain # comment\r\nlit: |-\r\n\r\n    one\r\n      two\r\nfold: >\r\n  a\r\n  b\r\nlast: x y\r\n";
        let mut files = Files::default();
        let file = files.add("f", text.to_owned());
        let root = parse(&files, file).unwrap();
        let mut out = Vec::new();
        shown(&files, &root, &mut out);
        insta::assert_snapshot!(out.join("\n"));
    }
}
