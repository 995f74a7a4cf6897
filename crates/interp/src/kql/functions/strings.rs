//! Functions of texts.
//!
//! In: a call. Out: its expression. Guarantee: positions count characters; what is absent is the empty text
//! (<https://learn.microsoft.com/en-us/kusto/query/scalar-functions#string-functions>).

use super::{Answered, Call, position};
use crate::kql::bind;
use crate::kql::cell::{Cell, Type};
use crate::kql::fault::Fault;
use crate::kql::matching;
use crate::kql::regexes::Pattern;
use crate::kql::typed::Typed;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

pub(super) fn bind(call: &Call<'_, '_, '_>) -> Answered {
    Ok(Some(match call.name {
        "strlen" => {
            call.count(1, 1)?;
            map(call, Type::Long, |text| {
                Cell::Long(text.chars().count().try_into().unwrap_or(i64::MAX))
            })?
        }
        "string_size" => {
            call.count(1, 1)?;
            map(call, Type::Long, |text| {
                Cell::Long(text.len().try_into().unwrap_or(i64::MAX))
            })?
        }
        "tolower" => {
            call.count(1, 1)?;
            map(call, Type::Text, |text| Cell::text(cased(text, false)))?
        }
        "toupper" => {
            call.count(1, 1)?;
            map(call, Type::Text, |text| Cell::text(cased(text, true)))?
        }
        "reverse" => {
            call.count(1, 1)?;
            map(call, Type::Text, |text| {
                Cell::text(text.chars().rev().collect::<String>())
            })?
        }
        "strcat" => {
            call.count(1, 64)?;
            joined(call, 0)
        }
        "strcat_delim" => {
            call.count(2, 64)?;
            joined(call, 1)
        }
        "strcmp" => {
            call.count(2, 2)?;
            Typed::strict(Type::Long, &[call.text(0)?, call.text(1)?], |cells| {
                let [Cell::Text(a), Cell::Text(b)] = cells else {
                    return None;
                };
                Some(Cell::Long(a.cmp(b) as i64))
            })
        }
        "strrep" => {
            call.count(2, 2)?;
            let budget = call.scope.session.budget.clone();
            Typed::strict(Type::Text, &[call.text(0)?, call.long(1)?], move |cells| {
                let [Cell::Text(text), Cell::Long(times)] = cells else {
                    return None;
                };
                let times = usize::try_from(*times)
                    .ok()
                    .filter(|times| *times <= 1024)?;
                super::within(text.len().saturating_mul(times), &budget)?;
                Some(Cell::text(text.repeat(times)))
            })
        }
        "substring" => {
            call.count(2, 3)?;
            substring(call)?
        }
        "split" => {
            call.count(2, 3)?;
            split(call)?
        }
        "indexof" => {
            call.count(2, 5)?;
            index_of(call)?
        }
        "countof" => {
            call.count(2, 3)?;
            count_of(call)?
        }
        "has_any_index" => {
            call.count(2, 2)?;
            Typed::strict(Type::Long, &[call.text(0)?, call.dynamic(1)?], |cells| {
                let [Cell::Text(text), Cell::Array(list)] = cells else {
                    return None;
                };
                let found = list.iter().position(|item| {
                    matching::has(text, &bind::text_of(item, Type::Dynamic), false)
                });
                Some(Cell::Long(
                    found.map_or(-1, |at| i64::try_from(at).unwrap_or(i64::MAX)),
                ))
            })
        }
        "url_decode" => {
            call.count(1, 1)?;
            map(call, Type::Text, |text| Cell::text(url_decoded(text)))?
        }
        "base64_encode_tostring" | "base64_encodestring" => {
            call.count(1, 1)?;
            map(call, Type::Text, |text| Cell::text(BASE64.encode(text)))?
        }
        "base64_decode_tostring" | "base64_decodestring" => {
            call.count(1, 1)?;
            map(call, Type::Text, |text| {
                let bytes = BASE64.decode(text).unwrap_or_default();
                Cell::text(String::from_utf8(bytes).unwrap_or_default())
            })?
        }
        "base64_decode_toarray" => {
            call.count(1, 1)?;
            map(call, Type::Dynamic, |text| {
                let bytes = BASE64.decode(text).map(|bytes| {
                    let longs = bytes.into_iter().map(|byte| Cell::Long(i64::from(byte)));
                    Cell::array(longs.collect())
                });
                bytes.unwrap_or(Cell::Null)
            })?
        }
        "isascii" => {
            call.count(1, 1)?;
            map(call, Type::Bool, |text| Cell::Bool(text.is_ascii()))?
        }
        _ => return Ok(None),
    }))
}

/// The text in another case; letters whose other case is several letters stay.
fn cased(text: &str, upper: bool) -> String {
    let turned = |letter: char| {
        let mut other: Box<dyn Iterator<Item = char>> = if upper {
            Box::new(letter.to_uppercase())
        } else {
            Box::new(letter.to_lowercase())
        };
        match (other.next(), other.next()) {
            (Some(one), None) => one,
            _ => letter,
        }
    };
    text.chars().map(turned).collect()
}

/// A function of one text.
fn map(
    call: &Call<'_, '_, '_>,
    ty: Type,
    function: impl Fn(&str) -> Cell + 'static,
) -> Result<Typed, Fault> {
    let text = call.text(0)?;
    // The one text that can be null is that of `substring` at a null place.
    Ok(Typed::strict(ty, &[text], move |cells| {
        Some(function(cells.first()?.as_text().unwrap_or_default()))
    }))
}

/// `strcat` and `strcat_delim`: values of any type by their text.
fn joined(call: &Call<'_, '_, '_>, from: usize) -> Typed {
    let types: Vec<Type> = call.args.iter().map(|typed| typed.ty).collect();
    let budget = call.scope.session.budget.clone();
    Typed::of(Type::Text, &call.args, move |cells| {
        let texts: Vec<_> = cells
            .iter()
            .zip(&types)
            .map(|(cell, ty)| bind::text_of(cell, *ty))
            .collect();
        let delimiter = if from == 1 {
            texts.first().map_or("", |text| text)
        } else {
            ""
        };
        let texts = texts.get(from..).unwrap_or_default();
        super::joined_text(texts, delimiter, &budget).unwrap_or_else(|| Cell::text(""))
    })
}

fn substring(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let parts = [call.text(0)?, call.long(1)?, call.long_or(2, i64::MAX)?];
    Ok(Typed::of(Type::Text, &parts, |cells| {
        let [Cell::Text(text), Cell::Long(start), Cell::Long(length)] = cells else {
            return Cell::Null;
        };
        let start = position(*start, text.chars().count());
        let (Some(start), Ok(length)) = (start, usize::try_from(*length)) else {
            return Cell::text("");
        };
        let kept: String = text.chars().skip(start).take(length).collect();
        Cell::text(kept)
    }))
}

fn split(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let mut parts = vec![call.text(0)?, call.text(1)?];
    if matches!(parts.get(1).and_then(|p| p.value.as_ref()), Some(Cell::Text(t)) if t.is_empty()) {
        return Err(call.refuse("what an empty delimiter splits is not known here"));
    }
    if call.args.len() > 2 {
        parts.push(call.long(2)?);
    }
    Ok(Typed::strict(Type::Dynamic, &parts, |cells| {
        let (text, delimiter) = (cells.first()?.as_text()?, cells.get(1)?.as_text()?);
        let mut pieces = if delimiter.is_empty() {
            vec![text]
        } else {
            text.split(delimiter).collect::<Vec<_>>()
        };
        if let Some(index) = cells.get(2) {
            let at = usize::try_from(index.as_long()?).ok()?;
            pieces = vec![*pieces.get(at)?];
        }
        Some(Cell::array(pieces.into_iter().map(Cell::text).collect()))
    }))
}

/// `indexof(source, lookup, start, length, occurrence)`: a match counts when it starts inside the range.
fn index_of(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let types = [call.get(0)?.ty, call.get(1)?.ty];
    let parts = [
        call.get(0)?.clone(),
        call.get(1)?.clone(),
        call.long_or(2, 0)?,
        call.long_or(3, -1)?,
        call.long_or(4, 1)?,
    ];
    Ok(Typed::strict(Type::Long, &parts, move |cells| {
        let [source, lookup, start, length, occurrence] = cells else {
            return None;
        };
        let source: Vec<char> = bind::text_of(source, types[0]).chars().collect();
        let lookup: Vec<char> = bind::text_of(lookup, types[1]).chars().collect();
        if lookup.is_empty() {
            return None;
        }
        let start = position(start.as_long()?, source.len()).unwrap_or(0);
        let length = usize::try_from(length.as_long()?).unwrap_or(source.len());
        let skip = usize::try_from(occurrence.as_long()? - 1).ok()?;
        let found = source
            .windows(lookup.len())
            .enumerate()
            .filter(|(at, window)| {
                *at >= start && *at - start < length && *window == lookup.as_slice()
            })
            .nth(skip);
        Some(Cell::Long(
            found.map_or(-1, |(at, _)| i64::try_from(at).unwrap_or(i64::MAX)),
        ))
    }))
}

fn count_of(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let parts = [call.text(0)?, call.text(1)?];
    let kind = if call.args.len() > 2 {
        call.word(2)?
    } else {
        "normal"
    };
    if kind == "regex" {
        let [_, pattern] = &parts;
        let regex = Pattern::bind(pattern, &call.span(1), call.scope)?;
        return Ok(Typed::strict(Type::Long, &parts, move |cells| {
            let [Cell::Text(text), pattern] = cells else {
                return None;
            };
            let count = regex.get(pattern)?.find_iter(text).count();
            i64::try_from(count).ok().map(Cell::Long)
        }));
    }
    if kind != "normal" {
        return Err(call.invalid("the kind is `normal` or `regex`"));
    }
    Ok(Typed::strict(Type::Long, &parts, |cells| {
        let [Cell::Text(text), Cell::Text(search)] = cells else {
            return None;
        };
        if search.is_empty() {
            return Some(Cell::Long(0));
        }
        // Matches of a plain text may overlap.
        let starts = text.char_indices();
        let count = starts
            .filter(|(at, _)| text.get(*at..).is_some_and(|t| t.starts_with(&**search)))
            .count();
        i64::try_from(count).ok().map(Cell::Long)
    }))
}

fn url_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, code) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = after.get(2..).unwrap_or_default();
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Padding may be missing, and bits that stand for nothing are not looked at.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);
