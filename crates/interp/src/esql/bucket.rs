//! In: sizes of buckets, or how many are requested between two bounds. Out: where each value's bucket begins.
//! Guarantee: whole days, weeks, months, quarters and years follow the calendar, weeks beginning on Monday; other spans count from 1970
//! (Elastic docs, "DATE_TRUNC", "BUCKET"). Spans whose beginning is not documented are refused.

use super::arguments::{Arguments, Site, read_text};
use super::calendar::{self, DAY, Moment};
use super::cell::Value;
use super::node::Node;
use super::operators::finite;
use super::types::Type;
use crate::Refusal;

/// A size of buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interval {
    /// This number of milliseconds, counted from 1970.
    Fixed(i64),
    /// Weeks, from Monday on.
    Week,
    /// This number of months, a divisor of 12.
    Months(i64),
}

impl Interval {
    /// Where the bucket of a moment begins.
    pub(super) fn floor(self, ms: i64) -> i64 {
        match self {
            Interval::Fixed(size) => ms.saturating_sub(ms.rem_euclid(size)),
            Interval::Week => {
                let day = ms.div_euclid(DAY);
                // 1970-01-01 was a Thursday.
                (day - (day + 3).rem_euclid(7)).saturating_mul(DAY)
            }
            Interval::Months(size) => {
                let m = Moment::of(ms);
                let month = (m.month - 1) / size * size + 1;
                calendar::days(m.year, month, 1).saturating_mul(DAY)
            }
        }
    }

    /// Where the bucket after that of a moment begins.
    fn next(self, start: i64) -> i64 {
        match self {
            Interval::Fixed(size) => start.saturating_add(size),
            Interval::Week => start.saturating_add(7 * DAY),
            Interval::Months(size) => calendar::plus_period(start, size, 0).unwrap_or(i64::MAX),
        }
    }
}

/// The constant amount of time that an argument must be.
pub(super) fn interval(node: Node, site: &Site) -> Result<Interval, Refusal> {
    let value = match node.fold_one() {
        // A string literal is read as whichever amount it says.
        Some(Value::Text(text)) if node.literal => read_text(&text, Type::Period)
            .or_else(|| read_text(&text, Type::Duration))
            .ok_or_else(|| site.invalid(format!("\"{text}\" is no amount of time")))?,
        Some(value) => value,
        None => return Err(site.invalid("expected a constant amount of time")),
    };
    match value {
        Value::Duration(ms) if ms > 0 => Ok(Interval::Fixed(ms)),
        Value::Period(0, 7) => Ok(Interval::Week),
        Value::Period(0, days) if days > 0 => days
            .checked_mul(DAY)
            .map(Interval::Fixed)
            .ok_or_else(|| site.invalid("the amount of time is too large")),
        Value::Period(months, 0) if months > 0 && 12 % months == 0 => Ok(Interval::Months(months)),
        Value::Period(months, 0) if months > 0 => {
            Err(site.unknown("where such periods begin is not known here"))
        }
        Value::Period(..) | Value::Duration(_) => {
            Err(site.invalid("expected a positive amount of one unit"))
        }
        _ => Err(site.invalid("expected a constant amount of time")),
    }
}

/// What is wide to narrow, tried until more buckets than wanted would be needed.
const SIZES: &[Interval] = &[
    Interval::Months(1),
    Interval::Week,
    Interval::Fixed(DAY),
    Interval::Fixed(43_200_000),
    Interval::Fixed(10_800_000),
    Interval::Fixed(3_600_000),
    Interval::Fixed(1_800_000),
    Interval::Fixed(600_000),
    Interval::Fixed(300_000),
    Interval::Fixed(60_000),
    Interval::Fixed(30_000),
    Interval::Fixed(10_000),
    Interval::Fixed(5000),
    Interval::Fixed(1000),
    Interval::Fixed(100),
    Interval::Fixed(50),
    Interval::Fixed(10),
    Interval::Fixed(1),
];

fn pick(wanted: i64, from: i64, to: i64) -> Interval {
    let enough = |size: &Interval| {
        let mut start = size.floor(from);
        for _ in 0..wanted.min(100_000) {
            start = size.next(start);
            if start >= to {
                return true;
            }
        }
        false
    };
    SIZES
        .iter()
        .copied()
        .take_while(enough)
        .last()
        .unwrap_or(Interval::Months(12))
}

/// `BUCKET(field, size)` and `BUCKET(field, count, from, to)`
pub(super) fn call(mut arguments: Arguments) -> Result<Node, Refusal> {
    if !arguments.site.grouping {
        return Err(arguments
            .site
            .invalid("functions that make groups stand in STATS … BY only"));
    }
    let field = arguments.when("a number or a date", |t| t.is_number() || t == Type::Date)?;
    if field.ty == Type::Date {
        return dates(field, arguments);
    }
    let size = if arguments.left() == 1 {
        let size = arguments.number()?;
        let size = size.fold_one().and_then(|v| v.double());
        size.ok_or_else(|| arguments.site.invalid("expected a constant size"))?
    } else {
        let wanted = arguments.constant_whole()?;
        let mut bounds = [0.0; 2];
        for bound in &mut bounds {
            let node = arguments.number()?;
            let value = node.fold_one().and_then(|v| v.double());
            *bound = value.ok_or_else(|| arguments.site.invalid("bounds are constant numbers"))?;
        }
        let [from, to] = bounds;
        let precise = (to - from) / wanted as f64;
        let power = 10f64.powf(precise.log10().ceil());
        if precise < power / 2.0 {
            power / 2.0
        } else {
            power
        }
    };
    arguments.done()?;
    let span = arguments.site.span;
    Ok(Node::single([field], Type::Double, span, move |[value]| {
        if size.is_nan() || size == 0.0 {
            return Err("/ by zero".to_owned());
        }
        let value = value.double().unwrap_or_default();
        finite((value / size).floor() * size)
    }))
}

/// `TBUCKET(size)`, whose first argument is the time of the event.
pub(super) fn of_time(mut arguments: Arguments) -> Result<Node, Refusal> {
    if !arguments.site.grouping {
        return Err(arguments
            .site
            .invalid("functions that make groups stand in STATS … BY only"));
    }
    let field = arguments.when("a date", |t| t == Type::Date)?;
    if arguments.left() != 1 {
        return Err(arguments
            .site
            .unknown("a number of buckets is not known here"));
    }
    let size = arguments.any()?;
    if size.ty.is_number() {
        // Between what the filters of the query leave, which no page documents.
        return Err(arguments
            .site
            .unknown("a number of buckets is not known here"));
    }
    let interval = interval(size, &arguments.site)?;
    let span = arguments.site.span;
    Ok(Node::single([field], Type::Date, span, move |[date]| {
        Ok(date.whole().map(|ms| Value::Date(interval.floor(ms))))
    }))
}

fn dates(field: Node, mut arguments: Arguments) -> Result<Node, Refusal> {
    let first = arguments.any()?;
    let interval = if arguments.left() == 0 {
        interval(first, &arguments.site)?
    } else {
        let wanted = first.fold_one().as_ref().and_then(Value::whole);
        let wanted = wanted.filter(|w| *w > 0).ok_or_else(|| {
            arguments
                .site
                .invalid("expected a constant number of buckets")
        })?;
        let mut bounds = [0; 2];
        for bound in &mut bounds {
            let node = arguments.any()?;
            let value = match (node.ty, node.fold_one()) {
                // A constant text is read as a date, wherever it comes from.
                (ty, Some(Value::Text(text))) if ty.is_text() => calendar::parse(&text),
                (Type::Date, value) => value.as_ref().and_then(Value::whole),
                _ => None,
            };
            *bound = value.ok_or_else(|| arguments.site.invalid("bounds are constant dates"))?;
        }
        let [from, to] = bounds;
        pick(wanted, from, to)
    };
    arguments.done()?;
    let span = arguments.site.span;
    Ok(Node::single([field], Type::Date, span, move |[date]| {
        Ok(date.whole().map(|ms| Value::Date(interval.floor(ms))))
    }))
}
