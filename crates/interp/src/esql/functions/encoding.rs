//! In: calls that encode, decode and hash strings. Out: nodes.
//! Promise: what cannot be decoded is null with a warning (Elastic docs, "String functions": FROM_BASE64, URL_DECODE, HASH).

use super::super::arguments::Arguments;
use super::super::cell::Value;
use super::super::node::{Node, Outcome};
use super::super::types::Type;
use super::hash;
use crate::Refusal;

/// The family.
pub const NAMES: &[&str] = &[
    "from_base64",
    "to_base64",
    "url_encode",
    "url_encode_component",
    "url_decode",
    "hash",
    "md5",
    "sha1",
    "sha256",
];

fn text(value: &str) -> Outcome {
    Ok(Some(Value::text(value)))
}

/// A call of the family.
pub fn call(name: &str, mut arguments: Arguments) -> Result<Node, Refusal> {
    if name == "hash" {
        let algorithm = arguments.constant_text()?;
        let kind = match algorithm.to_ascii_lowercase().as_str() {
            "md5" => "md5",
            "sha-1" | "sha1" | "sha" => "sha1",
            "sha-256" | "sha256" => "sha256",
            _ => {
                return Err(arguments
                    .site
                    .unknown(format!("the algorithm \"{algorithm}\" is not known here")));
            }
        };
        return apply(kind, arguments);
    }
    apply(name, arguments)
}

fn apply(name: &str, mut arguments: Arguments) -> Result<Node, Refusal> {
    let subject = arguments.text()?;
    arguments.done()?;
    let name = name.to_owned();
    let span = arguments.site.span;
    Ok(Node::single(
        [subject],
        Type::Keyword,
        span,
        move |[value]| {
            let value = value.str().unwrap_or_default();
            match name.as_str() {
                "to_base64" => text(&encode(value.as_bytes())),
                "from_base64" => decode(value)
                    .and_then(|bytes| String::from_utf8(bytes).ok())
                    .map(|decoded| Some(Value::text(&decoded)))
                    .ok_or_else(|| "not a base64 text".to_owned()),
                "url_encode" => text(&percent(value, true)),
                "url_encode_component" => text(&percent(value, false)),
                "url_decode" => unpercent(value)
                    .map(|decoded| Some(Value::text(&decoded)))
                    .ok_or_else(|| "not an encoded text".to_owned()),
                "md5" => text(&hash::md5(value.as_bytes())),
                "sha1" => text(&hash::sha1(value.as_bytes())),
                _ => text(&hash::sha256(value.as_bytes())),
            }
        },
    ))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let mut bits = 0u32;
        for at in 0..3 {
            bits = bits << 8 | u32::from(chunk.get(at).copied().unwrap_or(0));
        }
        for at in 0..4 {
            let digit = usize::try_from(bits >> (18 - 6 * at) & 63).unwrap_or(0);
            out.push(if at > chunk.len() {
                '='
            } else {
                ALPHABET.get(digit).copied().map_or('=', char::from)
            });
        }
    }
    out
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let trimmed = text.trim_end_matches('=');
    if text.len() - trimmed.len() > 2 || trimmed.len() % 4 == 1 {
        return None;
    }
    if text.len() != trimmed.len() && !text.len().is_multiple_of(4) {
        return None;
    }
    let mut out = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for byte in trimmed.bytes() {
        let digit = ALPHABET.iter().position(|a| *a == byte)?;
        bits = bits << 6 | u32::try_from(digit).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 255).ok()?);
        }
    }
    Some(out)
}

fn percent(text: &str, plus: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' if plus => out.push('+'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                out.push(char::from(byte));
            }
            // The two differ in these: forms keep the star, components the tilde.
            b'*' if plus => out.push('*'),
            b'~' if !plus => out.push('~'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn unpercent(text: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let pair = [bytes.next()?, bytes.next()?];
                let digits = std::str::from_utf8(&pair).ok()?;
                if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return None;
                }
                out.push(u8::from_str_radix(digits, 16).ok()?);
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8(out).ok()
}
