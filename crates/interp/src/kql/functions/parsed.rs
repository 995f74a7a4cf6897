//! Functions that take a text apart: addresses of pages, XML, JSON by a path.
//!
//! In: a call. Out: its expression. Guarantee: what a text of the form gives is documented, or measured on the engine; another form is refused
//! (<https://learn.microsoft.com/en-us/kusto/query/parse-url-function>, <https://learn.microsoft.com/en-us/kusto/query/parse-xml-function>,
//! <https://learn.microsoft.com/en-us/kusto/query/extract-json-function>).

use super::{Answered, Call, paths};
use crate::kql::ast::Kind;
use crate::kql::bind;
use crate::kql::cell::{Cell, Type};
use crate::kql::convert;
use crate::kql::fault::Fault;
use crate::kql::json;
use crate::kql::typed::Typed;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;
use std::rc::Rc;

pub(super) fn bind(call: &Call<'_, '_, '_>) -> Answered {
    Ok(Some(match call.name {
        "parse_url" | "parseurl" => {
            call.count(1, 1)?;
            let late = call.late().clone();
            let fault = call.refuse("the query part alone is not known here");
            Typed::of(Type::Dynamic, &[call.text(0)?], move |cells| {
                let text = cells.first().and_then(Cell::as_text).unwrap_or_default();
                if text.starts_with('?') {
                    late.borrow_mut().get_or_insert_with(|| fault.clone());
                }
                url(text)
            })
        }
        "parse_xml" => {
            call.count(1, 1)?;
            Typed::strict(Type::Dynamic, &[call.text(0)?], |cells| {
                xml(cells.first()?.as_text()?)
            })
        }
        "extract_json" | "extractjson" => {
            call.count(2, 3)?;
            extract_json(call)?
        }
        "base64_decode_toguid" => {
            // The examples of the pages for decoding and for encoding order the bytes of the third part differently.
            return Err(call.refuse("how the bytes of a guid are ordered is not documented alike"));
        }
        "ingestion_time" => {
            call.count(0, 0)?;
            return Err(call.refuse("when the platform took in a row is not known of samples"));
        }
        _ => return Ok(None),
    }))
}

/// The parts of an address; a text that is none has empty ones.
fn url(text: &str) -> Cell {
    let parts = parts(text).unwrap_or_default();
    let own = |text: &str| Cell::text(text);
    let query = parts.query.into_iter().map(|(key, values)| {
        let value = match values.as_slice() {
            [one] => own(one),
            several => Cell::array(several.iter().map(|value| own(value)).collect()),
        };
        (Rc::from(key), value)
    });
    let entries = [
        ("Scheme", own(parts.scheme)),
        ("Host", own(parts.host)),
        ("Port", own(parts.port)),
        ("Path", own(parts.path)),
        ("Username", own(parts.user)),
        ("Password", own(parts.password)),
        ("Query Parameters", Cell::bag(query.collect())),
        ("Fragment", own(parts.fragment)),
    ];
    let entries = entries
        .into_iter()
        .map(|(key, value)| (Rc::from(key), value));
    Cell::bag(entries.collect())
}

#[derive(Default)]
struct Parts<'t> {
    scheme: &'t str,
    user: &'t str,
    password: &'t str,
    host: &'t str,
    port: &'t str,
    path: &'t str,
    query: BTreeMap<&'t str, Vec<&'t str>>,
    fragment: &'t str,
}

/// As measured: nothing is decoded, a user without a password belongs to the host, a lone `/` at the end is no path.
fn parts(text: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = text.split_once("://")?;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) || !scheme.chars().all(plain)
    {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (before, fragment) = tail.split_once('#').unwrap_or((tail, ""));
    let (path, query) = before.split_once('?').unwrap_or((before, ""));
    let path = if tail == "/" { "" } else { path };
    let credentials = authority.rsplit_once('@');
    let (user, password, host) =
        match credentials.and_then(|(both, host)| Some((both.split_once(':')?, host))) {
            Some(((user, password), host)) => (user, password, host),
            None => ("", "", authority),
        };
    // The colons inside of brackets belong to the address.
    let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if digits(port) => (host, port),
        _ => (host, ""),
    };
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for pair in query.split('&') {
        if let Some((key, value)) = pair.split_once('=')
            && !key.is_empty()
            && !value.is_empty()
        {
            found.entry(key).or_default().push(value);
        }
    }
    Some(Parts {
        scheme,
        user,
        password,
        host,
        port,
        path,
        query: found,
        fragment,
    })
}

/// The most bytes of XML that are read, as documented.
const LARGEST: usize = 1 << 20;

/// How deep elements may be nested in one another.
const DEEPEST: usize = 100;

/// An element as it is read.
#[derive(Default)]
struct Element {
    name: String,
    text: String,
    /// What it holds, by name, in the order in which the names are met; attributes first.
    parts: Vec<(String, Vec<Cell>)>,
}

impl Element {
    fn add(&mut self, name: &str, cell: Cell) {
        match self.parts.iter_mut().find(|(own, _)| own == name) {
            Some((_, cells)) => cells.push(cell),
            None => self.parts.push((name.to_owned(), vec![cell])),
        }
    }

    fn of(start: &BytesStart<'_>) -> Option<Element> {
        let name = String::from_utf8(start.name().as_ref().to_vec()).ok()?;
        let mut element = Element {
            name,
            ..Element::default()
        };
        for attribute in start.attributes() {
            let attribute = attribute.ok()?;
            let name = std::str::from_utf8(attribute.key.as_ref()).ok()?;
            let raw = std::str::from_utf8(&attribute.value).ok()?;
            let value = quick_xml::escape::unescape(raw).ok()?;
            element.add(&format!("@{name}"), Cell::text(value));
        }
        Some(element)
    }

    /// Its value: nothing, a text, or a bag of what it holds.
    fn cell(self) -> Cell {
        let text = self.text.trim();
        if self.parts.is_empty() {
            return if text.is_empty() {
                Cell::Null
            } else {
                Cell::text(text)
            };
        }
        let (attributes, elements): (Vec<_>, Vec<_>) = self
            .parts
            .into_iter()
            .partition(|(name, _)| name.starts_with('@'));
        let single = |(name, mut cells): (String, Vec<Cell>)| {
            let value = if cells.len() == 1 {
                cells.pop().unwrap_or(Cell::Null)
            } else {
                Cell::array(cells)
            };
            (Rc::from(name), value)
        };
        let mut entries: Vec<(Rc<str>, Cell)> = attributes.into_iter().map(single).collect();
        if !text.is_empty() {
            entries.push((Rc::from("#text"), Cell::text(text)));
        }
        entries.extend(elements.into_iter().map(single));
        Cell::bag(entries)
    }
}

/// XML as a bag with its one element; `None`: it is not well-formed.
fn xml(text: &str) -> Option<Cell> {
    if text.len() > LARGEST {
        return None;
    }
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<(String, Cell)> = None;
    loop {
        let event = reader.read_event().ok()?;
        let closed = match event {
            Event::Eof => break,
            Event::Start(start) => {
                if open.len() >= DEEPEST || (open.is_empty() && root.is_some()) {
                    return None;
                }
                open.push(Element::of(&start)?);
                continue;
            }
            Event::Empty(start) => Element::of(&start)?,
            Event::End(_) => open.pop()?,
            Event::Text(piece) => {
                let piece = piece.decode().ok()?;
                match open.last_mut() {
                    Some(element) => element.text.push_str(&piece),
                    None if piece.trim().is_empty() => {}
                    None => return None,
                }
                continue;
            }
            Event::CData(piece) => {
                open.last_mut()?.text.push_str(&piece.decode().ok()?);
                continue;
            }
            Event::GeneralRef(entity) => {
                let letter = match entity.resolve_char_ref().ok()? {
                    Some(letter) => letter.to_string(),
                    None => {
                        let name = entity.decode().ok()?;
                        quick_xml::escape::resolve_predefined_entity(&name)?.to_owned()
                    }
                };
                open.last_mut()?.text.push_str(&letter);
                continue;
            }
            // Declarations, comments and instructions are skipped.
            _ => continue,
        };
        let name = closed.name.clone();
        let cell = closed.cell();
        match open.last_mut() {
            Some(parent) => parent.add(&name, cell),
            None if root.is_none() => root = Some((name, cell)),
            None => return None,
        }
    }
    if !open.is_empty() {
        return None;
    }
    let (name, cell) = root?;
    Some(Cell::bag(vec![(Rc::from(name), cell)]))
}

/// The part of a JSON text that a path leads to, as a text or as a type.
fn extract_json(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let path = call.word(0)?;
    let Some(steps) = paths::steps(path) else {
        let message = format!("the path `{path}` has steps that are not known here");
        return Err(call.refuse(message));
    };
    let found = Typed::of(Type::Dynamic, &[call.text(1)?], move |cells| {
        let text = cells.first().and_then(Cell::as_text).unwrap_or_default();
        match serde_json::from_str(text) {
            Ok(value) => {
                let value = json::dynamic(&value);
                paths::follow(&value, &steps).cloned().unwrap_or(Cell::Null)
            }
            Err(_) => Cell::Null,
        }
    });
    let target = match call.arguments.get(2) {
        None => Type::Text,
        Some(argument) => match &argument.value.kind {
            Kind::Call(name, types) if name == "typeof" => match types.as_slice() {
                [ty] => match &ty.value.kind {
                    Kind::Name(name) => Type::named(name),
                    _ => None,
                },
                _ => None,
            }
            .ok_or_else(|| call.wrong(2, "`typeof(…)`"))?,
            _ => return Err(call.wrong(2, "`typeof(…)`")),
        },
    };
    if target == Type::Text {
        return Ok(Typed::of(Type::Text, &[found], |cells| {
            let cell = cells.first().unwrap_or(&Cell::Null);
            Cell::Text(bind::text_of(cell, Type::Dynamic))
        }));
    }
    Ok(convert::to(target, &found, call.late()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        xml(text).map_or_else(|| "-".to_owned(), |cell| json::text(&cell))
    }

    /// The table of the page.
    #[test]
    fn xml_becomes_json() {
        let cases = [
            ("<e/>", r#"{"e":null}"#),
            ("<e>text</e>", r#"{"e":"text"}"#),
            (r#"<e name="value" />"#, r#"{"e":{"@name":"value"}}"#),
            (
                r#"<e name="value">text</e>"#,
                r##"{"e":{"@name":"value","#text":"text"}}"##,
            ),
            (
                "<e> <a>text</a> <b>text</b> </e>",
                r#"{"e":{"a":"text","b":"text"}}"#,
            ),
            (
                "<e> <a>text</a> <a>text</a> </e>",
                r#"{"e":{"a":["text","text"]}}"#,
            ),
            (
                "<e> text <a>text</a> </e>",
                r##"{"e":{"#text":"text","a":"text"}}"##,
            ),
            (
                "<?xml version=\"1.0\"?><!-- c --><e>1 &lt; &#50;</e>",
                r#"{"e":"1 < 2"}"#,
            ),
            ("<e>", "-"),
            ("<e/><f/>", "-"),
            ("text", "-"),
            ("", "-"),
        ];
        for (text, wanted) in cases {
            assert_eq!(read(text), wanted, "{text}");
        }
    }

    #[test]
    fn deep_xml_is_none() {
        let text = format!("{}{}", "<a>".repeat(500), "</a>".repeat(500));
        assert_eq!(read(&text), "-");
    }
}
