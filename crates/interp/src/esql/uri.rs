//! In: rows and the text of a URI. Out: the rows with a column for each of its parts.
//! Guarantee: the parts that Java's `URI` gives, escapes decoded; a part that is not there is null (Elastic docs, "URI_PARTS"; what an
//! extension and a user name are as in the ingest processor's source). Texts that Java reads by other rules (an authority that is no
//! host, brackets, characters that no URI has) stop the run.

use std::ops::Range;

use super::ast::Expr;
use super::cell::{Cell, Value};
use super::context::Context;
use super::frame::Frame;
use super::node::MULTI;
use super::refuse::{invalid, unknown};
use super::scope::Column;
use super::types::Type;
use crate::Refusal;

/// The parts, in the order of their columns.
const PARTS: &[&str] = &[
    "domain",
    "fragment",
    "path",
    "extension",
    "port",
    "query",
    "scheme",
    "user_info",
    "username",
    "password",
];

/// `URI_PARTS prefix = input`
pub(super) fn parts(
    prefix: &str,
    input: &Expr,
    mut frame: Frame,
    context: &mut Context,
    span: &Range<usize>,
) -> Result<Frame, Refusal> {
    let node = context.scope(&frame.columns).node(input)?;
    if !(node.ty.is_text() || node.ty == Type::Null) {
        let message = format!("expected a string, found {}", node.ty.name());
        return Err(invalid("URI_PARTS", message, input.span()));
    }
    for row in &mut frame.rows {
        let uri = match node.eval(row, &mut context.notes) {
            Cell::Null => Uri::default(),
            Cell::Many(_) => {
                context.notes.warn(span, MULTI);
                Uri::default()
            }
            Cell::One(value) => {
                let text = value.str().unwrap_or_default();
                match read(text) {
                    Ok(uri) => uri,
                    Err(Fault::Invalid) => {
                        let message = format!("unable to parse URI [{text}]");
                        context.notes.warn(span, &message);
                        Uri::default()
                    }
                    Err(Fault::Unknown) => {
                        let message = format!("the parts of \"{text}\" are not known here");
                        return Err(unknown("URI_PARTS", message, span.clone()));
                    }
                }
            }
        };
        row.extend(uri.cells());
    }
    let width = frame.columns.len();
    let names: Vec<String> = PARTS
        .iter()
        .map(|part| format!("{prefix}.{part}"))
        .collect();
    for name in &names {
        let ty = if name.ends_with(".port") {
            Type::Integer
        } else {
            Type::Keyword
        };
        frame.columns.push(Column::computed(name, ty));
    }
    for at in (0..width).rev() {
        let name = frame.columns.get(at).map(|column| column.name.clone());
        if name.is_some_and(|name| names.contains(&name)) {
            frame.remove(at);
        }
    }
    Ok(frame)
}

enum Fault {
    /// No URI.
    Invalid,
    /// Perhaps one.
    Unknown,
}

#[derive(Default)]
struct Uri {
    domain: Option<String>,
    fragment: Option<String>,
    path: Option<String>,
    port: Option<i32>,
    query: Option<String>,
    scheme: Option<String>,
    user: Option<String>,
}

impl Uri {
    fn cells(self) -> Vec<Cell> {
        let text =
            |part: Option<&str>| part.map_or(Cell::Null, |text| Cell::One(Value::text(text)));
        let last = self.path.as_deref().and_then(|path| path.rsplit_once('/'));
        let extension = last.and_then(|(_, name)| name.rsplit_once('.'));
        let names = self.user.as_deref().and_then(|user| user.split_once(':'));
        vec![
            text(self.domain.as_deref()),
            text(self.fragment.as_deref()),
            text(self.path.as_deref()),
            text(extension.map(|(_, extension)| extension)),
            self.port
                .map_or(Cell::Null, |port| Cell::One(Value::Whole(i64::from(port)))),
            text(self.query.as_deref()),
            text(self.scheme.as_deref()),
            text(self.user.as_deref()),
            text(names.map(|(name, _)| name)),
            text(names.map(|(_, password)| password)),
        ]
    }
}

fn read(text: &str) -> Result<Uri, Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.!~*'();/?:@&=+$,#%".contains(c);
    if !text.chars().all(plain) {
        // Without a scheme, no other reader takes what is no URI.
        let never = text.contains([' ', '"', '<', '>', '\\', '^', '`', '{', '|', '}']);
        let fault = if never && !text.contains(':') {
            Fault::Invalid
        } else {
            Fault::Unknown
        };
        return Err(fault);
    }
    let mut uri = Uri::default();
    let (rest, fragment) = match text.split_once('#') {
        Some((_, fragment)) if fragment.contains('#') => return Err(Fault::Unknown),
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (text, None),
    };
    uri.fragment = fragment.map(decoded).transpose()?;
    let colon = rest.find(':');
    let before = rest.find(['/', '?']).unwrap_or(rest.len());
    let rest = match colon.filter(|colon| *colon < before) {
        Some(colon) => {
            let (scheme, rest) = rest.split_at(colon);
            let known = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
            if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(known)
            {
                return Err(Fault::Unknown);
            }
            uri.scheme = Some(scheme.to_owned());
            let rest = rest.get(1..).unwrap_or_default();
            if rest.is_empty() {
                return Err(Fault::Unknown);
            }
            if !rest.starts_with('/') {
                // `mailto:a@b` has no parts.
                return Ok(uri);
            }
            rest
        }
        None => rest,
    };
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    uri.query = query.map(decoded).transpose()?;
    let path = match rest.strip_prefix("//") {
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            if authority.is_empty() && path.is_empty() {
                return Err(Fault::Unknown);
            }
            if !authority.is_empty() {
                uri.authority(authority)?;
            }
            path
        }
        None => rest,
    };
    uri.path = Some(decoded(path)?);
    Ok(uri)
}

impl Uri {
    /// `user@host:port`
    fn authority(&mut self, authority: &str) -> Result<(), Fault> {
        let (user, host) = match authority.split_once('@') {
            Some((_, host)) if host.contains('@') => return Err(Fault::Unknown),
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        self.user = user.map(decoded).transpose()?;
        let (host, port) = match host.split_once(':') {
            Some((host, port)) => (host, port),
            None => (host, ""),
        };
        if !port.is_empty() {
            let digits = port.bytes().all(|b| b.is_ascii_digit());
            let port = port.parse().ok().filter(|_| digits);
            self.port = Some(port.ok_or(Fault::Unknown)?);
        }
        let label = |label: &str| {
            let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
            !label.is_empty()
                && label.chars().all(inner)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let last = host.rsplit('.').next().unwrap_or_default();
        let named = last.starts_with(|c: char| c.is_ascii_alphabetic());
        if !host.split('.').all(label) || !(named || host.parse::<std::net::Ipv4Addr>().is_ok()) {
            return Err(Fault::Unknown);
        }
        self.domain = Some(host.to_owned());
        Ok(())
    }
}

/// Escapes read; those that give no text are not.
fn decoded(text: &str) -> Result<String, Fault> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let digits = after
            .get(..2)
            .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.ok_or(Fault::Unknown)?);
        rest = after.get(2..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).map_err(|_| Fault::Unknown)
}
