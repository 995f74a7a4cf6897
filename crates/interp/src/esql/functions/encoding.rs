//! In: calls that encode, decode and hash strings. Out: nodes.
//! Guarantee: what cannot be decoded is null with a warning (Elastic docs, "String functions": FROM_BASE64, URL_DECODE, HASH).

use super::super::arguments::Arguments;
use super::super::cell::Value;
use super::super::node::{Node, Outcome};
use super::super::types::Type;
use crate::Refusal;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::Sha256;

/// The family.
pub(crate) const NAMES: &[&str] = &[
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
pub(crate) fn call(name: &str, mut arguments: Arguments) -> Result<Node, Refusal> {
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
                "to_base64" => text(&BASE64.encode(value)),
                "from_base64" => decode(value)
                    .and_then(|bytes| String::from_utf8(bytes).ok())
                    .map(|decoded| Some(Value::text(&decoded)))
                    .ok_or_else(|| "not a base64 text".to_owned()),
                "url_encode" => text(&percent(value, true)),
                "url_encode_component" => text(&percent(value, false)),
                "url_decode" => unpercent(value)
                    .map(|decoded| Some(Value::text(&decoded)))
                    .ok_or_else(|| "not an encoded text".to_owned()),
                "md5" => text(&hash::<Md5>(value)),
                "sha1" => text(&hash::<Sha1>(value)),
                _ => text(&hash::<Sha256>(value)),
            }
        },
    ))
}

/// As Java's basic decoder reads it: padding may be missing, bits that stand for nothing are not looked at.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

fn decode(text: &str) -> Option<Vec<u8>> {
    // Padding is whole where there is any.
    if text.ends_with('=') && !text.len().is_multiple_of(4) {
        return None;
    }
    BASE64.decode(text).ok()
}

fn hash<D: Digest>(text: &str) -> String {
    let bytes = D::digest(text);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_java_reads_it() {
        for (text, bytes) in [
            ("", Some("")),
            ("QQ==", Some("A")),
            ("QQ", Some("A")),
            ("QR==", Some("A")),
            ("QUI=", Some("AB")),
            ("QUI", Some("AB")),
            ("QQ=", None),
            ("Q", None),
            ("====", None),
            ("Q=Q=", None),
            ("QU I", None),
            ("QU-_", None),
        ] {
            let found = decode(text);
            assert_eq!(found.as_deref(), bytes.map(str::as_bytes), "{text}");
        }
    }

    /// The test values of the standards themselves.
    #[test]
    fn known_hashes() {
        assert_eq!(hash::<Md5>(""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hash::<Md5>("abc"), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            hash::<Sha1>("abc"),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(
            hash::<Sha256>("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
