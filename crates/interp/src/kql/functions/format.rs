//! `format_datetime` and `format_timespan`.
//!
//! In: a call. Out: its expression. Guarantee: the documented letters and marks only; any other letter is refused, as the engine refuses it
//! (<https://learn.microsoft.com/en-us/kusto/query/format-datetime-function>,
//! <https://learn.microsoft.com/en-us/kusto/query/format-timespan-function>).

use super::{Answered, Call};
use crate::kql::cell::{Cell, Type};
use crate::kql::fault::Fault;
use crate::kql::time::{Civil, DAY, SECOND};
use crate::kql::typed::Typed;

/// Marks that stand for themselves.
const MARKS: &str = " /-:,._[]";

pub(super) fn bind(call: &Call<'_, '_, '_>) -> Answered {
    let instant = match call.name {
        "format_datetime" => true,
        "format_timespan" => false,
        _ => return Ok(None),
    };
    call.count(2, 2)?;
    let value = if instant {
        call.instant(0)?
    } else {
        call.cast(0, Type::Span, "a timespan")?
    };
    let pieces = pieces(call, instant)?;
    Ok(Some(Typed::strict(Type::Text, &[value], move |cells| {
        let ticks = match cells.first()? {
            Cell::Time(ticks) | Cell::Span(ticks) => *ticks,
            _ => return None,
        };
        let texts = pieces.iter().map(|piece| written(piece, ticks, instant));
        let sign = if !instant && ticks < 0 { "-" } else { "" };
        Some(Cell::text(format!("{sign}{}", texts.collect::<String>())))
    })))
}

/// A letter and how often it is repeated, or a mark.
type Piece = (char, usize);

fn pieces(call: &Call<'_, '_, '_>, instant: bool) -> Result<Vec<Piece>, Fault> {
    let mut found: Vec<Piece> = Vec::new();
    for letter in call.word(1)?.chars() {
        let most = match letter {
            'y' if instant => 4,
            'M' if instant => 2,
            't' if instant => 2,
            'd' if instant => 2,
            // Days of a span are padded as wide as asked.
            'd' => 8,
            'h' | 'H' | 'm' | 's' => 2,
            'f' | 'F' => 7,
            mark if MARKS.contains(mark) => 1,
            other => {
                return Err(call.invalid(format!("`{other}` is no part of a format")));
            }
        };
        match found.last_mut() {
            Some((last, count)) if *last == letter && *count < most => *count += 1,
            _ => found.push((letter, 1)),
        }
    }
    let known = |(letter, count): &Piece| match letter {
        'y' => *count != 3,
        't' => *count == 2,
        _ => true,
    };
    if let Some((letter, _)) = found.iter().find(|piece| !known(piece)) {
        return Err(call.refuse(format!("this run of `{letter}` is not known here")));
    }
    Ok(found)
}

fn written((letter, count): &Piece, ticks: i64, instant: bool) -> String {
    let magnitude = if instant {
        ticks
    } else {
        ticks.saturating_abs()
    };
    let seconds = magnitude % DAY / SECOND;
    let civil = if instant {
        Civil::of(ticks)
    } else {
        Civil::of(0)
    };
    let padded = |value: i64| format!("{value:0count$}");
    match letter {
        'y' if *count == 4 => format!("{:04}", civil.year),
        'y' => padded(civil.year % 100),
        'M' => padded(civil.month),
        'd' if instant => padded(civil.day),
        'd' => padded(magnitude / DAY),
        'H' => padded(seconds / 3600),
        'h' if instant => padded((seconds / 3600 + 11) % 12 + 1),
        'h' => padded(seconds / 3600),
        'm' => padded(seconds / 60 % 60),
        's' => padded(seconds % 60),
        't' => if seconds / 3600 < 12 { "AM" } else { "PM" }.to_owned(),
        'f' | 'F' => {
            let digits = format!("{:07}", magnitude % SECOND);
            let kept = digits.get(..*count).unwrap_or(&digits);
            if *letter == 'F' {
                kept.trim_end_matches('0').to_owned()
            } else {
                kept.to_owned()
            }
        }
        mark => mark.to_string(),
    }
}
