//! Functions of instants and spans.
//!
//! In: a call. Out: its expression. Guarantee: now is one instant for a whole run; differences count the boundaries that are crossed
//! (<https://learn.microsoft.com/en-us/kusto/query/datetime-diff-function>, <https://learn.microsoft.com/en-us/kusto/query/now-function>).

use super::{Answered, Call};
use crate::kql::cell::{Cell, Type};
use crate::kql::fault::Fault;
use crate::kql::time::{self, Civil, DAY, SECOND};
use crate::kql::typed::Typed;

pub(super) fn bind(call: &Call<'_, '_, '_>) -> Answered {
    let name = call.name;
    for (prefix, ends) in [("startof", false), ("endof", true)] {
        if let Some(period @ ("day" | "week" | "month" | "year")) = name.strip_prefix(prefix) {
            call.count(1, 2)?;
            return edge(call, period, ends).map(Some);
        }
    }
    Ok(Some(match name {
        "now" => {
            call.count(0, 1)?;
            let now = Typed::constant(Type::Time, Cell::Time(call.scope.session.now));
            if call.args.is_empty() {
                return Ok(Some(now));
            }
            moved(&now, &call.cast(0, Type::Span, "a timespan")?, 1)
        }
        "ago" => {
            call.count(1, 1)?;
            let now = Typed::constant(Type::Time, Cell::Time(call.scope.session.now));
            moved(&now, &call.cast(0, Type::Span, "a timespan")?, -1)
        }
        "getyear" => {
            call.count(1, 1)?;
            // Folded of a literal the engine makes a long of it, computed of a column an int.
            let folded = call.get(0)?.value.is_some();
            part(call, if folded { Type::Long } else { Type::Int }, "year", 0)?
        }
        "getmonth" | "monthofyear" => {
            call.count(1, 1)?;
            part(call, Type::Int, "month", 0)?
        }
        "dayofmonth" => {
            call.count(1, 1)?;
            part(call, Type::Int, "day", 0)?
        }
        "hourofday" => {
            call.count(1, 1)?;
            part(call, Type::Int, "hour", 0)?
        }
        "dayofyear" => {
            call.count(1, 1)?;
            part(call, Type::Int, "dayofyear", 0)?
        }
        "week_of_year" | "weekofyear" => {
            call.count(1, 1)?;
            part(call, Type::Int, "week_of_year", 0)?
        }
        "dayofweek" => {
            call.count(1, 1)?;
            Typed::strict(Type::Span, &[call.instant(0)?], |cells| {
                let ticks = ticks(cells.first()?)?;
                // The engine answers null on the last day of its calendar.
                time::within(ticks.checked_add(DAY)?)?;
                Some(Cell::Span(time::day_of_week(ticks) * DAY))
            })
        }
        "datetime_part" => {
            call.count(2, 2)?;
            let word = call.word(0)?.to_ascii_lowercase();
            part(call, Type::Int, &word, 1)?
        }
        "datetime_add" => {
            call.count(3, 3)?;
            add(call)?
        }
        "datetime_diff" => {
            call.count(3, 3)?;
            difference(call)?
        }
        "make_datetime" => {
            if call.args.len() == 1 {
                return Err(call.refuse("`make_datetime` of a text is not known here"));
            }
            call.count(3, 6)?;
            make_instant(call)?
        }
        "make_timespan" => {
            call.count(2, 4)?;
            make_span(call)?
        }
        "unixtime_seconds_todatetime" => unix(call, SECOND as f64)?,
        "unixtime_milliseconds_todatetime" => unix(call, 10_000.0)?,
        "unixtime_microseconds_todatetime" => unix(call, 10.0)?,
        "unixtime_nanoseconds_todatetime" => unix(call, 0.01)?,
        _ => return Ok(None),
    }))
}

fn ticks(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Time(ticks) | Cell::Span(ticks) => Some(*ticks),
        _ => None,
    }
}

fn moved(from: &Typed, by: &Typed, sign: i64) -> Typed {
    Typed::strict(Type::Time, &[from.clone(), by.clone()], move |cells| {
        let by = ticks(cells.get(1)?)?.checked_mul(sign)?;
        time::within(ticks(cells.first()?)?.checked_add(by)?).map(Cell::Time)
    })
}

fn edge(call: &Call<'_, '_, '_>, period: &str, ends: bool) -> Result<Typed, Fault> {
    let period = period.to_owned();
    let parts = [call.instant(0)?, call.long_or(1, 0)?];
    Ok(Typed::strict(Type::Time, &parts, move |cells| {
        let (at, offset) = (ticks(cells.first()?)?, cells.get(1)?.as_long()?);
        let found = if ends {
            time::end_of(&period, at, offset)
        } else {
            time::start_of(&period, at, offset)
        };
        found.map(Cell::Time)
    }))
}

/// A part of an instant.
fn part(call: &Call<'_, '_, '_>, ty: Type, word: &str, at: usize) -> Result<Typed, Fault> {
    let compute: fn(i64) -> i64 = match word {
        "year" => |ticks| Civil::of(ticks).year,
        "quarter" => |ticks| (Civil::of(ticks).month + 2) / 3,
        "month" => |ticks| Civil::of(ticks).month,
        "week_of_year" | "weekofyear" => time::week_of_year,
        "day" => |ticks| Civil::of(ticks).day,
        "dayofyear" => time::day_of_year,
        "hour" => |ticks| ticks % DAY / SECOND / 3600,
        "minute" => |ticks| ticks % DAY / SECOND / 60 % 60,
        "second" => |ticks| ticks % DAY / SECOND % 60,
        "millisecond" => |ticks| ticks % SECOND / 10_000,
        "microsecond" => |ticks| ticks % SECOND / 10,
        "nanosecond" => |ticks| ticks % SECOND * 100,
        _ => return Err(call.invalid(format!("`{word}` is no part of a datetime"))),
    };
    Ok(Typed::strict(ty, &[call.instant(at)?], move |cells| {
        Some(Cell::Long(compute(ticks(cells.first()?)?)))
    }))
}

/// Ticks of a period of fixed length.
fn fixed(period: &str) -> Option<i64> {
    Some(match period {
        "week" => 7 * DAY,
        "day" => DAY,
        "hour" => 3600 * SECOND,
        "minute" => 60 * SECOND,
        "second" => SECOND,
        "millisecond" => 10_000,
        "microsecond" => 10,
        _ => return None,
    })
}

/// Months of a period of whole months.
fn months(period: &str) -> Option<i64> {
    Some(match period {
        "year" => 12,
        "quarter" => 3,
        "month" => 1,
        _ => return None,
    })
}

fn add(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let period = call.word(0)?.to_ascii_lowercase();
    let (months, size) = (months(&period), fixed(&period));
    if months.is_none() && size.is_none() && period != "nanosecond" {
        return Err(call.invalid(format!("`{period}` is no period")));
    }
    let parts = [call.long(1)?, call.instant(2)?];
    Ok(Typed::strict(Type::Time, &parts, move |cells| {
        let (amount, at) = (cells.first()?.as_long()?, ticks(cells.get(1)?)?);
        let moved = match (months, size) {
            (Some(months), _) => Civil::of(at)
                .plus_months(amount.checked_mul(months)?)?
                .ticks()?,
            (_, Some(size)) => at.checked_add(amount.checked_mul(size)?)?,
            _ => at.checked_add(amount / 100)?,
        };
        time::within(moved).map(Cell::Time)
    }))
}

fn difference(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let period = call.word(0)?.to_ascii_lowercase();
    let parts = [call.instant(1)?, call.instant(2)?];
    let pair = |cells: &[Cell]| Some((ticks(cells.first()?)?, ticks(cells.get(1)?)?));
    // The engine answers weeks as a real.
    if period == "week" {
        return Ok(Typed::strict(Type::Real, &parts, move |cells| {
            let (one, other) = pair(cells)?;
            let week = |at| time::start_of("week", at, 0).or(Some(0));
            Some(Cell::Real(((week(one)? - week(other)?) / (7 * DAY)) as f64))
        }));
    }
    let months = months(&period);
    let size = fixed(&period);
    if months.is_none() && size.is_none() && period != "nanosecond" {
        return Err(call.invalid(format!("`{period}` is no period")));
    }
    Ok(Typed::strict(Type::Long, &parts, move |cells| {
        let (one, other) = pair(cells)?;
        Some(Cell::Long(match (months, size) {
            (Some(months), _) => {
                let count = |at| {
                    let civil = Civil::of(at);
                    (civil.year * 12 + civil.month - 1).div_euclid(months)
                };
                count(one) - count(other)
            }
            (_, Some(size)) => one.div_euclid(size) - other.div_euclid(size),
            _ => (one - other).checked_mul(100)?,
        }))
    }))
}

fn make_instant(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let mut parts = Vec::new();
    for at in 0..call.args.len() {
        parts.push(if at == 5 {
            call.real(at)?
        } else {
            call.long(at)?
        });
    }
    Ok(Typed::strict(Type::Time, &parts, |cells| {
        let whole = |at: usize| cells.get(at).map_or(Some(0), Cell::as_long);
        let (hour, minute) = (whole(3)?, whole(4)?);
        let seconds = cells.get(5).map_or(Some(0.0), Cell::as_real)?;
        let fits =
            (0..24).contains(&hour) && (0..60).contains(&minute) && (0.0..60.0).contains(&seconds);
        if !fits {
            return None;
        }
        let civil = Civil {
            year: whole(0)?,
            month: whole(1)?,
            day: whole(2)?,
            rest: (hour * 3600 + minute * 60) * SECOND + (seconds * SECOND as f64).round() as i64,
        };
        civil.ticks().map(Cell::Time)
    }))
}

fn make_span(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let count = call.args.len();
    let mut parts = Vec::new();
    for at in 0..count {
        let seconds = count > 2 && at + 1 == count;
        parts.push(if seconds {
            call.real(at)?
        } else {
            call.long(at)?
        });
    }
    Ok(Typed::strict(Type::Span, &parts, move |cells| {
        let days = if count == 4 {
            cells.first()?.as_long()?
        } else {
            0
        };
        let clock = cells.get(usize::from(count == 4)..)?;
        let (hours, minutes) = (clock.first()?.as_long()?, clock.get(1)?.as_long()?);
        let seconds = clock.get(2).map_or(Some(0.0), Cell::as_real)?;
        let fits = days >= 0
            && (0..24).contains(&hours)
            && (0..60).contains(&minutes)
            && (0.0..60.0).contains(&seconds);
        if !fits {
            return None;
        }
        let clock = (hours * 3600 + minutes * 60) * SECOND;
        let whole = days.checked_mul(DAY)?.checked_add(clock)?;
        let ticks = whole.checked_add((seconds * SECOND as f64).round() as i64)?;
        Some(Cell::Span(ticks))
    }))
}

fn unix(call: &Call<'_, '_, '_>, unit: f64) -> Result<Typed, Fault> {
    call.count(1, 1)?;
    let whole = call.get(0)?.ty.is_whole();
    let part = if whole { call.long(0)? } else { call.real(0)? };
    Ok(Typed::strict(Type::Time, &[part], move |cells| {
        let ticks = match cells.first()? {
            Cell::Long(value) if unit >= 1.0 => value.checked_mul(unit as i64)?,
            Cell::Long(value) => value / 100,
            cell => (cell.as_real()? * unit) as i64,
        };
        time::within(time::EPOCH.checked_add(ticks)?).map(Cell::Time)
    }))
}
