//! Instants as text and numbers: what `--now` and the times of events may look like.
//!
//! Guarantee: an instant is read in one way or not at all. A date whose day and month could be swapped, and a number that could be an instant in two
//! units, are refused.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// Reads an instant in whole milliseconds; finer parts are cut off (towards the past). ISO 8601 with a zone, without one (then UTC), a day alone
/// (its first instant), or milliseconds since 1970 in digits.
#[must_use]
pub fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    iso(text, Offset::UTC).map(|(instant, _)| instant)
}

/// ISO 8601, with a blank for the `T` too; whether it says its zone.
fn iso(text: &str, zone: Offset) -> Option<(i64, bool)> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some((milliseconds(time)?, true));
    }
    let local = if text.len() == "2020-10-22".len() {
        (text.parse::<Date>().ok()?).to_datetime(Time::midnight())
    } else if text.contains('[') {
        return None;
    } else {
        text.parse::<DateTime>().ok()?
    };
    Some((in_zone(local, zone)?, false))
}

fn in_zone(local: DateTime, zone: Offset) -> Option<i64> {
    milliseconds(TimeZone::fixed(zone).to_timestamp(local).ok()?)
}

fn milliseconds(time: jiff::Timestamp) -> Option<i64> {
    i64::try_from(time.as_nanosecond().div_euclid(1_000_000)).ok()
}

/// How times of events are to be read, and what was assumed while reading them.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The zone of times that do not say one.
    zone: Option<Offset>,
    /// Whether the day comes first in dates such as `1/5/2024`.
    order: Option<DateOrder>,
    /// How many times did not say their zone and were read in UTC.
    pub assumed_utc: u64,
    /// How many times had the month first because they had `AM` or `PM`, as a portal in American English writes them.
    pub month_first: u64,
}

/// Which part of a date such as `1/5/2024` comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// `5/1/2024` is the first of May.
    MonthFirst,
    /// `1/5/2024` is the first of May.
    DayFirst,
}

/// The zone that `--zone` names: `Z`, `UTC`, `+09:00`, `-0330`. `None`: it is none.
#[must_use]
pub fn zone(text: &str) -> Option<Offset> {
    if ["z", "utc", "gmt"].contains(&text.to_ascii_lowercase().as_str()) {
        return Some(Offset::UTC);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits: String = rest.chars().filter(|letter| *letter != ':').collect();
    let is_short = digits.len() <= 2;
    let (hours, minutes) = digits.split_at_checked(if is_short { digits.len() } else { 2 })?;
    let number = |text: &str| match text {
        "" => Some(0),
        text if text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse::<i32>().ok()
        }
        _ => None,
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if digits.is_empty() || hours > 14 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

impl Default for Clock {
    fn default() -> Self {
        Clock::new(None, None)
    }
}

impl Clock {
    /// With the zone and the order of dates that the user gave.
    #[must_use]
    pub fn new(zone: Option<Offset>, order: Option<DateOrder>) -> Self {
        Clock {
            zone,
            order,
            assumed_utc: 0,
            month_first: 0,
        }
    }

    /// Whether the user said in which zone times without one are.
    #[must_use]
    pub fn has_zone(&self) -> bool {
        self.zone.is_some()
    }

    /// The time of an event in text; `utc`: one without a zone is in UTC.
    ///
    /// # Errors
    /// Why it is none, as the end of "… is not a time".
    pub fn parse(&mut self, text: &str, utc: bool) -> Result<i64, String> {
        let text = text.trim();
        let zone = self.zone.filter(|_| !utc).unwrap_or(Offset::UTC);
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.starts_with(|first: char| first.is_ascii_digit())
            && digits
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
            && digits.bytes().filter(|byte| *byte == b'.').count() <= 1
        {
            return epoch_text(text).ok_or_else(implausible);
        }
        if let Some((instant, says_zone)) = iso(text, zone) {
            self.note_zone(says_zone || utc);
            return Ok(instant);
        }
        // What .NET's older serializer writes, in milliseconds.
        if let Some(digits) = text
            .strip_prefix("/Date(")
            .and_then(|rest| rest.strip_suffix(")/"))
        {
            return digits.parse().map_err(|_| String::new());
        }
        if let Some(local) = kibana(text) {
            let instant = in_zone(local, zone).ok_or_else(String::new)?;
            self.note_zone(utc);
            return Ok(instant);
        }
        let (rest, stated) = trailing_zone(text);
        if stated.is_some()
            && let Some((instant, false)) = iso(rest, stated.unwrap_or(zone))
        {
            return Ok(instant);
        }
        let (local, month_first) = self.slashed(rest)?;
        let instant = in_zone(local, stated.unwrap_or(zone)).ok_or_else(String::new)?;
        self.note_zone(stated.is_some() || utc);
        self.month_first += u64::from(month_first);
        Ok(instant)
    }

    fn note_zone(&mut self, stated: bool) {
        if !stated && self.zone.is_none() {
            self.assumed_utc += 1;
        }
    }

    /// `5/1/2024, 10:00:00.123 AM`, `05/01/2024 10:00`; whether `AM` told that the month comes first.
    fn slashed(&self, text: &str) -> Result<(DateTime, bool), String> {
        let mut parts = text.splitn(2, [' ', ',', '\u{a0}', '\u{202f}']);
        let (date, clock) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let clock = clock.trim_matches([' ', ',', '\u{a0}', '\u{202f}']);
        let numbers: Vec<&str> = date.split(['/', '.']).collect();
        let [first, second, year] = numbers.as_slice() else {
            return Err(String::new());
        };
        let number = |text: &str, most: usize| {
            let fits =
                (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<i16>().ok().filter(|_| fits)
        };
        let (Some(first), Some(second), Some(year @ 1000..)) =
            (number(first, 2), number(second, 2), number(year, 4))
        else {
            return Err(String::new());
        };
        let (time, is_upper) = of_day(clock).ok_or_else(String::new)?;
        // A portal in American English writes the month first and AM in capitals; other English ones write the day first and `am`, or 24 hours.
        let order = match self.order {
            Some(order) => order,
            None if is_upper && date.contains('/') => DateOrder::MonthFirst,
            None if first > 12 => DateOrder::DayFirst,
            None if second > 12 => DateOrder::MonthFirst,
            None if date.contains('.') => DateOrder::DayFirst,
            None if first == second => DateOrder::MonthFirst,
            None => {
                return Err(
                    ": day and month could be swapped; `--dates mdy` or `--dates dmy` says which comes first"
                        .to_owned(),
                );
            }
        };
        let (month, day) = match order {
            DateOrder::MonthFirst => (first, second),
            DateOrder::DayFirst => (second, first),
        };
        let (month, day) = (i8::try_from(month), i8::try_from(day));
        let date = match (month, day) {
            (Ok(month), Ok(day)) => Date::new(year, month, day).ok(),
            _ => None,
        };
        let date = date.ok_or_else(|| {
            let order = if order == DateOrder::MonthFirst {
                "month"
            } else {
                "day"
            };
            format!(" where the {order} comes first")
        })?;
        let guessed = self.order.is_none() && is_upper && first != second;
        Ok((date.to_datetime(time), guessed))
    }

    /// The time of an event as a number since 1970 in seconds, milliseconds, microseconds or nanoseconds.
    ///
    /// # Errors
    /// Why it is none.
    pub fn number(&self, number: &serde_json::Number) -> Result<i64, String> {
        let read = match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => epoch(whole),
            // Doubles hold microseconds of our time, but no nanoseconds; seconds with a fraction are the usual case.
            (None, Some(number)) => epoch_text(&format!("{number:.6}")),
            _ => None,
        };
        read.ok_or_else(implausible)
    }
}

fn implausible() -> String {
    ": as a number since 1970 it is no plausible time in seconds, milliseconds, microseconds or nanoseconds".to_owned()
}

/// From 1989 to the year 5138 in seconds; each unit has its own range, so that a number is an instant in one unit only.
const SECONDS: std::ops::Range<i64> = 600_000_000..100_000_000_000;

/// An instant in milliseconds from a number of some unit.
fn epoch(number: i64) -> Option<i64> {
    let within = |scale: i64| {
        let low = SECONDS.start.checked_mul(scale);
        let high = SECONDS.end.checked_mul(scale).unwrap_or(i64::MAX);
        low.is_some_and(|low| (low..high).contains(&number))
    };
    if within(1) {
        number.checked_mul(1000)
    } else if within(1000) {
        Some(number)
    } else if within(1_000_000) {
        Some(number.div_euclid(1000))
    } else if within(1_000_000_000) {
        Some(number.div_euclid(1_000_000))
    } else {
        None
    }
}

/// Digits, perhaps with a fraction, which only seconds and milliseconds have.
fn epoch_text(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    if !SECONDS.contains(&whole) {
        return epoch(whole);
    }
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    whole.checked_mul(1000)?.checked_add(digits.parse().ok()?)
}

/// `May 1, 2024 @ 10:00:00.123`, as Kibana shows and exports times.
fn kibana(text: &str) -> Option<DateTime> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (date, clock) = text.split_once(" @ ")?;
    let (month, rest) = date.split_once(' ')?;
    let month = MONTHS.iter().position(|known| *known == month)?;
    let (day, year) = rest.split_once(", ")?;
    let (day, year) = (day.parse().ok()?, year.parse().ok()?);
    let date = Date::new(year, i8::try_from(month + 1).ok()?, day).ok()?;
    let (time, _) = of_day(clock)?;
    Some(date.to_datetime(time))
}

/// A zone at the end of a text: ` UTC`, ` +09:00`, ` Z`; the text before it.
fn trailing_zone(text: &str) -> (&str, Option<Offset>) {
    let Some((rest, last)) = text.rsplit_once([' ', '\u{a0}']) else {
        return (text, None);
    };
    let last = last.trim_start_matches('(').trim_end_matches(')');
    let bare = last
        .strip_prefix("UTC")
        .or(last.strip_prefix("GMT"))
        .unwrap_or(last);
    let zone = if bare.is_empty() {
        Some(Offset::UTC)
    } else {
        zone(bare)
    };
    match zone {
        Some(zone) => (rest.trim_end(), Some(zone)),
        None => (text, None),
    }
}

/// `10:00`, `10:00:00.1234 AM`; whether it has `AM` or `PM` in capitals.
fn of_day(text: &str) -> Option<(Time, bool)> {
    let upper = text.to_ascii_uppercase();
    let half = ["AM", "PM", "A.M.", "P.M."]
        .into_iter()
        .find(|half| upper.ends_with(half));
    let clock = match half {
        Some(half) => text
            .get(..text.len() - half.len())?
            .trim_matches([' ', '\u{a0}', '\u{202f}']),
        None => text,
    };
    let is_upper = half.is_some_and(|half| half.len() == 2 && text.ends_with(half));
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = clock.split(':').map(|part| {
        let fits = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i8>().ok().filter(|_| fits)
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    if parts.next().is_some()
        || !fraction.bytes().all(|byte| byte.is_ascii_digit())
        || fraction.len() > 9
    {
        return None;
    }
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + if half.starts_with('P') { 12 } else { 0 },
    };
    let nanos: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    let time = Time::new(hour, minute, second, nanos.parse().ok()?).ok()?;
    Some((time, is_upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_utc_and_cut_to_milliseconds() {
        for (text, wanted) in [
            ("2020-10-22T09:08:07.0069999Z", 1_603_357_687_006),
            ("2020-10-22T11:08:07+02:00", 1_603_357_687_000),
            ("2020-10-22 09:08:07", 1_603_357_687_000),
            ("2020-10-22T09:08", 1_603_357_680_000),
            ("2020-10-22", 1_603_324_800_000),
            ("1603357687006", 1_603_357_687_006),
            ("1969-12-31T23:59:59.9999999Z", -1),
        ] {
            assert_eq!(instant(text), Some(wanted), "{text}");
        }
        for text in [
            "",
            "-",
            "yesterday",
            "2020-13-01",
            "2020-10-22T25:00:00Z",
            "10/22/2020",
            "1.5",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn times_of_events_have_many_forms() {
        let ten = 1_714_557_600_000; // 2024-05-01T10:00:00Z
        for (text, wanted) in [
            ("2024-05-01T10:00:00Z", ten),
            ("2024-05-01 10:00:00.123", ten + 123),
            ("2024-05-01 10:00:00.123 UTC", ten + 123),
            ("2024-05-01 19:00:00 +09:00", ten),
            ("5/1/2024, 10:00:00.123 AM", ten + 123),
            ("5/1/2024 10:00:00 AM", ten),
            ("5/1/2024, 10:00:00.000\u{202f}AM", ten),
            ("5/1/2024 10:00:00 AM UTC", ten),
            ("5/1/2024 7:00:00 PM +09:00", ten),
            ("5/1/2024, 12:00:00 AM", ten - 36_000_000),
            ("5/1/2024, 12:30:00 PM", ten + 9_000_000),
            ("May 1, 2024 @ 10:00:00.123", ten + 123),
            ("/Date(1714557600000)/", ten),
            ("2024-05-01T10:00:00.123+0000", ten + 123),
            ("2024-05-01 10:00:00,123", ten + 123),
            ("2024-05-01T10:00:00.1234567Z", ten + 123),
            ("31/5/2024, 10:00:00", ten + 30 * 86_400_000),
            ("5/31/2024, 10:00:00", ten + 30 * 86_400_000),
            ("31.05.2024 10:00", ten + 30 * 86_400_000),
            ("1.5.2024, 10:00:00", ten),
            ("1714557600", ten),
            ("1714557600.5", ten + 500),
            ("1714557600000", ten),
            ("1714557600123.456", ten + 123),
            ("1714557600000999", ten),
            ("1714557600000000000", ten),
        ] {
            assert_eq!(Clock::default().parse(text, false), Ok(wanted), "{text}");
        }
        for text in [
            "",
            "-",
            "now",
            "1/5/2024, 10:00:00",
            "1/5/2024, 10:00:00 am",
            "13/1/2024, 10:00:00 AM",
            "5/1/24 10:00:00 AM",
            "0",
            "133590312000000000",
            "20240501",
            "12345",
        ] {
            assert!(Clock::default().parse(text, false).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_assumed_is_counted_and_can_be_said() {
        let mut clock = Clock::default();
        for text in [
            "2024-05-01 10:00:00",
            "2024-05-01T10:00:00Z",
            "5/1/2024, 10:00:00 AM",
        ] {
            clock.parse(text, false).unwrap();
        }
        assert_eq!((clock.assumed_utc, clock.month_first), (2, 1));
        let mut clock = Clock::new(zone("+09:00"), Some(DateOrder::DayFirst));
        assert_eq!(
            clock.parse("1/5/2024, 19:00:00", false),
            Ok(1_714_557_600_000)
        );
        assert_eq!(
            clock.parse("2024-05-01 19:00:00", false),
            Ok(1_714_557_600_000)
        );
        assert_eq!(
            clock.parse("2024-05-01T10:00:00Z", false),
            Ok(1_714_557_600_000)
        );
        assert_eq!((clock.assumed_utc, clock.month_first), (0, 0));
        for text in ["", "+", "+25:00", "Tokyo", "09:00", "+9:99"] {
            assert_eq!(zone(text), None, "{text}");
        }
        assert_eq!(zone("-0330").map(Offset::seconds), Some(-12_600));
    }

    #[test]
    fn a_number_is_an_instant_in_one_unit() {
        for number in [
            "1714557600",
            "1714557600.25",
            "1714557600250",
            "1714557600250000",
        ] {
            let number: serde_json::Number = serde_json::from_str(number).unwrap();
            let read = Clock::default().number(&number).unwrap();
            assert_eq!(read / 1000, 1_714_557_600, "{number}");
        }
        for number in ["0", "-1", "1e30", "5", "133590312000000000"] {
            let number: serde_json::Number = serde_json::from_str(number).unwrap();
            assert!(Clock::default().number(&number).is_err(), "{number}");
        }
    }
}
