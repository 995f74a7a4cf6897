//! Conversions between types.
//!
//! In: texts and bound expressions. Out: the value as another type, or nothing. Guarantee: what cannot be converted becomes null, as the `to…` functions
//! document (<https://learn.microsoft.com/en-us/kusto/query/toint-function>).

use super::bind;
use super::cell::{Cell, Type};
use super::decimal::Decimal;
use super::scope::Late;
use super::typed::Typed;
use super::{json, time};

/// A whole number in a text, decimal or `0x`, blanks around it allowed.
pub(super) fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    match hexadecimal(text) {
        Some(bits) => bits.map(u64::cast_signed),
        None => text.parse().ok(),
    }
}

/// The bits of `0x…`; a hexadecimal number has no sign and wraps. `None`: it is no such number.
fn hexadecimal(text: &str) -> Option<Option<u64>> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some(
        plain
            .then(|| u64::from_str_radix(digits, 16).ok())
            .flatten(),
    )
}

/// A whole number of 32 bits in a text; hexadecimal bits beyond wrap as well.
pub(super) fn whole32(text: &str) -> Option<i64> {
    if let Some(bits) = hexadecimal(text.trim()) {
        return Some(i64::from(u32::try_from(bits?).ok()?.cast_signed()));
    }
    i32::try_from(whole(text)?).ok().map(i64::from)
}

/// A real in a text.
pub(super) fn real(text: &str) -> Option<f64> {
    let text = text.trim();
    // The short word is read in small letters only, as measured on the engine.
    match text {
        "inf" | "+inf" => return Some(f64::INFINITY),
        "-inf" => return Some(f64::NEG_INFINITY),
        _ => {}
    }
    match text.to_ascii_lowercase().as_str() {
        "nan" => return Some(f64::NAN),
        "infinity" | "+infinity" => return Some(f64::INFINITY),
        "-infinity" => return Some(f64::NEG_INFINITY),
        _ => {}
    }
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// A real as a whole number, towards zero. Computed of columns it stays within the bounds; folded of literals the engine wraps to the least.
fn truncated(value: f64, least: i64, most: i64, folded: bool) -> Cell {
    if !value.is_finite() {
        return Cell::Null;
    }
    let cut = value.trunc();
    // The greatest long is no double: what is not below it is beyond.
    let beyond = cut >= most as f64 + if most == i64::MAX { 0.0 } else { 1.0 };
    if folded && (beyond || cut < least as f64) {
        return Cell::Long(least);
    }
    Cell::Long((cut as i64).clamp(least, most))
}

/// Converts an expression.
pub(super) fn to(target: Type, from: &Typed, late: &Late) -> Typed {
    let source = from.ty;
    if source == target {
        return from.clone();
    }
    let folded = from.value.is_some();
    let late = late.clone();
    Typed::of(target, std::slice::from_ref(from), move |cells| {
        let Some(cell) = cells.first() else {
            return Cell::Null;
        };
        if target == Type::Text {
            return Cell::Text(bind::text_of(cell, source));
        }
        one(target, cell, folded, &late).unwrap_or(Cell::Null)
    })
}

fn one(target: Type, cell: &Cell, folded: bool, late: &Late) -> Option<Cell> {
    Some(match (target, cell) {
        (_, Cell::Null) => return None,
        (Type::Bool, Cell::Bool(_))
        | (Type::Long, Cell::Long(_))
        | (Type::Real, Cell::Real(_))
        | (Type::Time, Cell::Time(_))
        | (Type::Span, Cell::Span(_))
        | (Type::Guid, Cell::Guid(_))
        | (Type::Decimal, Cell::Decimal(_))
        | (Type::Dynamic, _) => cell.clone(),
        (Type::Bool, Cell::Long(value)) => Cell::Bool(*value != 0),
        (Type::Bool, Cell::Real(value)) => Cell::Bool(*value != 0.0),
        (Type::Bool, Cell::Text(text)) => {
            // Folded of a literal the engine trims the text, computed of a column it does not.
            let text = if folded { text.trim() } else { text };
            match text.to_ascii_lowercase().as_str() {
                "true" => Cell::Bool(true),
                "false" => Cell::Bool(false),
                _ if text.trim() != text && whole(text).is_some() => {
                    let message = "whether a number between blanks is a bool is not known here";
                    late.borrow_mut()
                        .get_or_insert_with(|| super::fault::unknown(0..0, "tobool", message));
                    return None;
                }
                _ => Cell::Bool(whole(text)? != 0),
            }
        }
        // What does not fit in 32 bits wraps.
        (Type::Int, Cell::Long(value) | Cell::Time(value) | Cell::Span(value)) => {
            Cell::Long(i64::from(*value as i32))
        }
        (Type::Int | Type::Long, Cell::Bool(value)) => Cell::Long(i64::from(*value)),
        (Type::Int, Cell::Real(value)) => {
            truncated(*value, i32::MIN.into(), i32::MAX.into(), folded)
        }
        (Type::Long, Cell::Real(value)) => truncated(*value, i64::MIN, i64::MAX, folded),
        (Type::Int, Cell::Text(text)) => Cell::Long(whole32(text)?),
        (Type::Long, Cell::Text(text)) => Cell::Long(whole(text)?),
        (Type::Long, Cell::Time(ticks) | Cell::Span(ticks)) => Cell::Long(*ticks),
        (Type::Int | Type::Long, Cell::Decimal(value)) => {
            truncated(value.to_f64(), i64::MIN, i64::MAX, folded)
        }
        (Type::Real, Cell::Bool(value)) => Cell::Real(f64::from(u8::from(*value))),
        (Type::Real, Cell::Long(_) | Cell::Decimal(_)) => Cell::Real(cell.as_real()?),
        (Type::Real, Cell::Text(text)) => Cell::Real(real(text)?),
        (Type::Real, Cell::Time(ticks) | Cell::Span(ticks)) => Cell::Real(*ticks as f64),
        (Type::Decimal, Cell::Long(value)) => Cell::Decimal(Decimal::from_long(*value)),
        (Type::Decimal, Cell::Text(text)) => Cell::Decimal(Decimal::parse(text)?),
        (Type::Decimal, Cell::Real(value)) => {
            Cell::Decimal(Decimal::parse(&json::real_text(*value))?)
        }
        (Type::Time, Cell::Long(ticks)) => Cell::Time(time::within(*ticks)?),
        (Type::Time, Cell::Real(ticks)) => Cell::Time(time::within(*ticks as i64)?),
        (Type::Time, Cell::Text(text)) => Cell::Time(instant(text, late)?),
        (Type::Span, Cell::Long(ticks) | Cell::Time(ticks)) => Cell::Span(*ticks),
        (Type::Span, Cell::Bool(value)) => Cell::Span(i64::from(*value)),
        (Type::Span, Cell::Real(ticks)) => match truncated(*ticks, i64::MIN, i64::MAX, folded) {
            Cell::Long(ticks) => Cell::Span(ticks),
            _ => return None,
        },
        // A bare number is a span in a literal, but not in a text.
        (Type::Span, Cell::Text(text)) if text.trim().bytes().all(|b| b.is_ascii_digit()) => {
            return None;
        }
        (Type::Span, Cell::Text(text)) => Cell::Span(time::span(text)?),
        (Type::Guid, Cell::Text(text)) => Cell::Guid(json::guid(text)?),
        _ => return None,
    })
}

/// The instant of a text. A text that looks like one, in a form that is not documented to fail, is not guessed at.
fn instant(text: &str, late: &Late) -> Option<i64> {
    let found = time::instant(text);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if found.is_none() && digits >= 4 && text.contains(['/', ',', ' ', ':', '-']) {
        late.borrow_mut().get_or_insert_with(|| {
            let message = format!("whether `{text}` is an instant is not known");
            super::fault::unknown(0..0, "todatetime", message)
        });
    }
    found
}
