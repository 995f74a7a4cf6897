//! A schema's YAML as a tree in which every scalar and key has its place.
//!
//! In: the text of one file. Out: [`Node`]. Promise: scalars are kept as text (`8` and `"8"` are the same), mappings keep the order of the file, and a
//! key that occurs twice is refused by the reader.

use crate::diag::{Code, Diagnostic};
use crate::source::{FileId, Span, Spanned};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// One value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub kind: Kind,
    /// Its place.
    pub span: Span,
}

/// The shapes of a value.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Any scalar, as text; nothing at all is the empty text.
    Scalar(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<(Spanned<String>, Node)>),
}

/// Reads one file.
pub fn read(text: &str, file: FileId) -> Result<Node, Box<Diagnostic>> {
    match serde_saphyr::from_str::<serde_saphyr::Spanned<Raw>>(text) {
        Ok(raw) => Ok(place(raw, file, text.len())),
        Err(error) => {
            let at = error
                .location()
                .map_or(0, |location| byte_of(&location, text.len()));
            let message = error.without_snippet().to_string();
            let first = message.lines().next().unwrap_or("").to_owned();
            let title = "this is not the YAML of a schema";
            let found = Diagnostic::at(Code::E0550, Span::new(file, at, at), title);
            Err(Box::new(found.label(first)))
        }
    }
}

enum Raw {
    Scalar(String),
    List(Vec<serde_saphyr::Spanned<Raw>>),
    Map(Vec<(serde_saphyr::Spanned<String>, serde_saphyr::Spanned<Raw>)>),
}

fn byte_of(location: &serde_saphyr::Location, end: usize) -> usize {
    location
        .span()
        .byte_offset()
        .and_then(|offset| usize::try_from(offset).ok())
        .unwrap_or(0)
        .min(end)
}

fn span_of(location: &serde_saphyr::Location, file: FileId, end: usize) -> Span {
    let start = byte_of(location, end);
    let length = location
        .span()
        .byte_len()
        .and_then(|length| usize::try_from(length).ok())
        .unwrap_or(0);
    Span::new(file, start, (start + length).min(end))
}

fn place(raw: serde_saphyr::Spanned<Raw>, file: FileId, end: usize) -> Node {
    let span = span_of(&raw.defined, file, end);
    let kind = match raw.value {
        Raw::Scalar(text) => Kind::Scalar(text),
        Raw::List(items) => Kind::List(
            items
                .into_iter()
                .map(|item| place(item, file, end))
                .collect(),
        ),
        Raw::Map(entries) => Kind::Map(
            entries
                .into_iter()
                .map(|(key, value)| {
                    let at = span_of(&key.defined, file, end);
                    (Spanned::new(key.value, at), place(value, file, end))
                })
                .collect(),
        ),
    };
    Node { kind, span }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scalar, a sequence or a mapping")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Scalar(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Scalar(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Scalar(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Scalar(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Scalar(value.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Raw, E> {
        Ok(Raw::Scalar(String::new()))
    }

    fn visit_none<E: Error>(self) -> Result<Raw, E> {
        Ok(Raw::Scalar(String::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}
