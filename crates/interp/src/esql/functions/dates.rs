//! In: calls on dates. Out: nodes.
//! Guarantee: everything is UTC; units and fields are those of the pages (Elastic docs, "Date-time functions").

use super::super::arguments::{Arguments, coerce};
use super::super::bucket;
use super::super::calendar::{self, DAY, Moment};
use super::super::cell::{Cell, Value};
use super::super::date_pattern::DatePattern;
use super::super::node::{Node, Outcome};
use super::super::operators::fit;
use super::super::types::Type;
use crate::Refusal;

/// The family.
pub(crate) const NAMES: &[&str] = &[
    "bucket",
    "bin",
    "date_diff",
    "date_extract",
    "date_format",
    "date_parse",
    "date_trunc",
    "day_name",
    "month_name",
    "now",
    "tbucket",
    "trange",
];

/// A call of the family.
pub(crate) fn call(name: &str, mut arguments: Arguments) -> Result<Node, Refusal> {
    match name {
        "now" => {
            arguments.done()?;
            let now = Cell::One(Value::Date(arguments.site.now_ms));
            Ok(Node::constant(now, Type::Date, arguments.site.span))
        }
        "bucket" | "bin" => bucket::call(arguments),
        "tbucket" => bucket::of_time(arguments),
        "trange" => within(arguments),
        "date_trunc" => truncate(arguments),
        "date_diff" => difference(arguments),
        "date_extract" => extract(arguments),
        "date_format" => format(arguments),
        "date_parse" => parse(arguments),
        _ => {
            let date = arguments.of(Type::Date)?;
            arguments.done()?;
            let day = name == "day_name";
            let span = arguments.site.span;
            Ok(Node::single([date], Type::Keyword, span, move |[date]| {
                let moment = Moment::of(date.whole().unwrap_or_default());
                Ok(Some(Value::text(if day {
                    super::super::date_pattern::day_name(moment.day_of_week())
                } else {
                    super::super::date_pattern::month_name(moment.month)
                })))
            }))
        }
    }
}

/// `TRANGE(amount)` and `TRANGE(start, end)`: behind the start, and at the end or before it (as in the engine's source).
fn within(mut arguments: Arguments) -> Result<Node, Refusal> {
    let time = arguments.when("a date", |t| t == Type::Date)?;
    let first = arguments.any()?;
    let site = arguments.site.clone();
    let (start, end) = if arguments.left() == 0 {
        let now = site.now_ms;
        let start = match first.fold_one().filter(|_| first.ty.is_amount()) {
            Some(Value::Duration(ms)) if ms >= 0 => now.checked_sub(ms),
            Some(Value::Period(months, days)) if months >= 0 && days >= 0 => {
                calendar::plus_period(now, -months, -days)
            }
            Some(_) => return Err(site.invalid("the amount of time is negative")),
            None => return Err(site.invalid("expected a constant amount of time")),
        };
        (start, Some(now))
    } else {
        let second = arguments.any()?;
        if first.ty != second.ty {
            return Err(site.invalid("the start and the end are of one type"));
        }
        let read = |node: &Node| match (node.ty, node.fold_one()) {
            (Type::Keyword, Some(Value::Text(text))) => calendar::parse(&text),
            (Type::Date | Type::Long, value) => value.as_ref().and_then(Value::whole),
            _ => None,
        };
        (read(&first), read(&second))
    };
    arguments.done()?;
    let (Some(start), Some(end)) = (start, end) else {
        return Err(site.invalid("expected constant dates"));
    };
    if start > end {
        return Err(site.invalid("the start is behind the end"));
    }
    Ok(Node::single(
        [time],
        Type::Boolean,
        site.span,
        move |[time]| {
            let inside = |ms: i64| Value::Boolean(start < ms && ms <= end);
            Ok(time.whole().map(inside))
        },
    ))
}

fn truncate(mut arguments: Arguments) -> Result<Node, Refusal> {
    let interval = arguments.any()?;
    let interval = bucket::interval(interval, &arguments.site)?;
    let date = arguments.of(Type::Date)?;
    arguments.done()?;
    let span = arguments.site.span;
    Ok(Node::single([date], Type::Date, span, move |[date]| {
        Ok(date.whole().map(|ms| Value::Date(interval.floor(ms))))
    }))
}

/// Text or null: what is read when the row is.
fn texts(node: &Node, arguments: &Arguments) -> Result<(), Refusal> {
    if node.ty.is_text() || node.ty == Type::Null {
        return Ok(());
    }
    Err(arguments
        .site
        .invalid(format!("expected a string, found {}", node.ty.name())))
}

fn difference(mut arguments: Arguments) -> Result<Node, Refusal> {
    let unit = arguments.any()?;
    texts(&unit, &arguments)?;
    let start = arguments.of(Type::Date)?;
    let end = arguments.of(Type::Date)?;
    arguments.done()?;
    if let Some(value) = unit.fold_one() {
        let text = value.str().unwrap_or_default();
        if between(text, 0, 0).is_none() {
            return Err(arguments
                .site
                .invalid(format!("\"{text}\" is no unit of time")));
        }
    }
    let span = arguments.site.span;
    Ok(Node::single(
        [unit, start, end],
        Type::Integer,
        span,
        |[unit, start, end]| {
            let (Some(start), Some(end)) = (start.whole(), end.whole()) else {
                return Ok(None);
            };
            let unit = unit.str().unwrap_or_default();
            let Some(count) = between(unit, start, end) else {
                return Err(format!("[{unit}] is no unit of time"));
            };
            match fit(i64::try_from(count).ok(), Type::Integer) {
                Err(_) => Err(format!("[{count}] out of [integer] range")),
                fits => fits,
            }
        },
    ))
}

/// How many whole units lie between, toward zero.
fn between(unit: &str, start: i64, end: i64) -> Option<i128> {
    let ms = i128::from(end) - i128::from(start);
    let months = |size: i64| Some(i128::from(calendar::months_between(start, end) / size));
    match unit.to_ascii_lowercase().as_str() {
        "year" | "years" | "yy" | "yyyy" => months(12),
        "quarter" | "quarters" | "qq" | "q" => months(3),
        "month" | "months" | "mm" | "m" => months(1),
        "week" | "weeks" | "wk" | "ww" => Some(ms / i128::from(7 * DAY)),
        "dayofyear" | "dy" | "y" | "day" | "days" | "dd" | "d" | "weekday" | "weekdays" | "dw" => {
            Some(ms / i128::from(DAY))
        }
        "hour" | "hours" | "hh" => Some(ms / 3_600_000),
        "minute" | "minutes" | "mi" | "n" => Some(ms / 60_000),
        "second" | "seconds" | "ss" | "s" => Some(ms / 1000),
        "millisecond" | "milliseconds" | "ms" => Some(ms),
        "microsecond" | "microseconds" | "mcs" => Some(ms * 1000),
        "nanosecond" | "nanoseconds" | "ns" => Some(ms * 1_000_000),
        _ => None,
    }
}

fn extract(mut arguments: Arguments) -> Result<Node, Refusal> {
    let part = arguments.any()?;
    texts(&part, &arguments)?;
    let date = arguments.of(Type::Date)?;
    arguments.done()?;
    if let Some(value) = part.fold_one() {
        let text = value.str().unwrap_or_default();
        if field(text, 0).is_none() {
            return Err(arguments
                .site
                .unknown(format!("the field \"{text}\" of a date is not known here")));
        }
    }
    let span = arguments.site.span;
    Ok(Node::single(
        [part, date],
        Type::Long,
        span,
        |[part, date]| {
            let part = part.str().unwrap_or_default();
            match field(part, date.whole().unwrap_or_default()) {
                Some(value) => Ok(Some(Value::Whole(value))),
                None => Err(format!("[{part}] is no field of a date")),
            }
        },
    ))
}

fn field(part: &str, ms: i64) -> Option<i64> {
    let m = Moment::of(ms);
    let hour = m.of_day / 3_600_000;
    Some(match part.to_ascii_lowercase().as_str() {
        "year" => m.year,
        "year_of_era" => {
            if m.year > 0 {
                m.year
            } else {
                1 - m.year
            }
        }
        "era" => i64::from(m.year > 0),
        "proleptic_month" => m.year * 12 + m.month - 1,
        "month_of_year" | "month" => m.month,
        "day_of_month" | "day" => m.day,
        "day_of_year" => m.day_of_year(),
        "day_of_week" => m.day_of_week(),
        "epoch_day" => ms.div_euclid(DAY),
        "aligned_week_of_month" => (m.day - 1) / 7 + 1,
        "aligned_week_of_year" => (m.day_of_year() - 1) / 7 + 1,
        "aligned_day_of_week_in_month" => (m.day - 1) % 7 + 1,
        "aligned_day_of_week_in_year" => (m.day_of_year() - 1) % 7 + 1,
        "ampm_of_day" => hour / 12,
        "hour_of_day" | "hour" => hour,
        "clock_hour_of_day" => {
            if hour == 0 {
                24
            } else {
                hour
            }
        }
        "hour_of_ampm" => hour % 12,
        "clock_hour_of_ampm" => {
            if hour % 12 == 0 {
                12
            } else {
                hour % 12
            }
        }
        "minute_of_hour" | "minute" => m.of_day / 60_000 % 60,
        "minute_of_day" => m.of_day / 60_000,
        "second_of_minute" | "second" => m.of_day / 1000 % 60,
        "second_of_day" => m.of_day / 1000,
        "milli_of_second" => m.of_day % 1000,
        "milli_of_day" => m.of_day,
        "micro_of_second" => m.of_day % 1000 * 1000,
        "micro_of_day" => m.of_day * 1000,
        "nano_of_second" => m.of_day % 1000 * 1_000_000,
        "nano_of_day" => m.of_day * 1_000_000,
        "instant_seconds" => ms.div_euclid(1000),
        "offset_seconds" => 0,
        _ => return None,
    })
}

/// How a date is written.
enum Form {
    /// By a pattern.
    Pattern(DatePattern),
    /// As the platform writes dates by itself.
    Iso,
    /// Not at all: the pattern is null.
    Null,
}

/// The pattern before a date or a text, which may be left out.
fn pattern(arguments: &mut Arguments) -> Result<Form, Refusal> {
    if arguments.left() < 2 {
        return Ok(Form::Iso);
    }
    let node = arguments.text()?;
    let text = match node.fold() {
        Some(Cell::Null) => return Ok(Form::Null),
        Some(Cell::One(Value::Text(text))) => text,
        _ => {
            return Err(arguments
                .site
                .unknown("a pattern that is not constant is not known here"));
        }
    };
    if matches!(&*text, "strict_date_optional_time" | "iso8601") {
        return Ok(Form::Iso);
    }
    match DatePattern::read(&text) {
        Ok(pattern) => Ok(Form::Pattern(pattern)),
        Err(message) => Err(arguments.site.unknown(message)),
    }
}

fn format(mut arguments: Arguments) -> Result<Node, Refusal> {
    let pattern = pattern(&mut arguments)?;
    let date = arguments.any()?;
    let date = coerce(date, Type::Date, &arguments.site)?;
    arguments.done()?;
    let span = arguments.site.span;
    Ok(Node::single([date], Type::Keyword, span, move |[date]| {
        let ms = date.whole().unwrap_or_default();
        Ok(match &pattern {
            Form::Pattern(pattern) => Some(Value::text(&pattern.format(ms))),
            Form::Iso => Some(Value::text(&calendar::show(ms))),
            Form::Null => None,
        })
    }))
}

fn parse(mut arguments: Arguments) -> Result<Node, Refusal> {
    let pattern = pattern(&mut arguments)?;
    let text = arguments.text()?;
    arguments.done()?;
    let span = arguments.site.span;
    Ok(Node::single([text], Type::Date, span, move |[text]| {
        let text = text.str().unwrap_or_default();
        let read = match &pattern {
            Form::Pattern(pattern) => pattern.parse(text),
            Form::Iso => calendar::parse(text),
            Form::Null => return Ok(None),
        };
        let outcome: Outcome = read
            .map(|ms| Some(Value::Date(ms)))
            .ok_or_else(|| format!("failed to parse date field [{text}]"));
        outcome
    }))
}
