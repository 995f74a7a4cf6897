//! Instants and spans of time, in ticks of 100 ns.
//!
//! In: texts and ticks. Out: the other, and the calendar. Guarantee: the range is that of Kusto, the years 1 to 9999; what lies outside is `None`
//! (<https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/datetime>,
//! <https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/timespan>).

/// Ticks in a second.
pub(super) const SECOND: i64 = 10_000_000;
/// Ticks in a day.
pub(super) const DAY: i64 = 86_400 * SECOND;
/// The first instant of the year 10000.
const END: i64 = 3_652_059 * DAY;
/// Ticks of 1970-01-01.
pub(super) const EPOCH: i64 = 719_162 * DAY;

/// The instant, if it is one.
pub(super) fn within(ticks: i64) -> Option<i64> {
    (0..END).contains(&ticks).then_some(ticks)
}

/// Year, month, day, and the ticks since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub rest: i64,
}

impl Civil {
    pub(super) fn of(ticks: i64) -> Civil {
        // Days counted from 0000-03-01, so that the leap day is the last of its year.
        let days = ticks.div_euclid(DAY) + 306;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        Civil {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted + 2) / 5 + 1,
            rest: ticks.rem_euclid(DAY),
        }
    }

    /// The instant; the day may lie beyond its month for the arithmetic of months to clamp before.
    pub(super) fn ticks(self) -> Option<i64> {
        if !(1..=9999).contains(&self.year) || !(1..=12).contains(&self.month) {
            return None;
        }
        if self.day < 1 || self.day > days_in(self.year, self.month) {
            return None;
        }
        within(days(self.year, self.month, self.day) * DAY + self.rest)
    }

    /// This many months later; the day is clamped to the end of its month.
    pub(super) fn plus_months(self, months: i64) -> Option<Civil> {
        let total = (self.year * 12 + self.month - 1).checked_add(months)?;
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
        if !(1..=9999).contains(&year) {
            return None;
        }
        Some(Civil {
            year,
            month,
            day: self.day.min(days_in(year, month)),
            rest: self.rest,
        })
    }
}

/// Days since 0001-01-01.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 306
}

pub(super) fn days_in(year: i64, month: i64) -> i64 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day of the year, from 1.
pub(super) fn day_of_year(ticks: i64) -> i64 {
    let civil = Civil::of(ticks);
    ticks.div_euclid(DAY) - days(civil.year, 1, 1) + 1
}

/// The day of the week, Sunday is 0.
pub(super) fn day_of_week(ticks: i64) -> i64 {
    // 0001-01-01 was a Monday.
    (ticks.div_euclid(DAY) + 1).rem_euclid(7)
}

/// The week of the year by ISO 8601.
pub(super) fn week_of_year(ticks: i64) -> i64 {
    let monday_based = (day_of_week(ticks) + 6) % 7;
    // The week belongs to the year of its Thursday.
    let thursday = ticks.div_euclid(DAY) - monday_based + 3;
    let year = Civil::of(thursday * DAY).year;
    (thursday - days(year, 1, 1)) / 7 + 1
}

/// `2020-01-31T23:59:59.9999999Z`
pub(super) fn instant_text(ticks: i64) -> String {
    let civil = Civil::of(ticks);
    let seconds = civil.rest / SECOND;
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z",
        civil.year,
        civil.month,
        civil.day,
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        civil.rest % SECOND
    )
}

/// `[-][d.]hh:mm:ss[.fffffff]`
pub(super) fn span_text(ticks: i64) -> String {
    let sign = if ticks < 0 { "-" } else { "" };
    let whole = ticks.unsigned_abs();
    let (day, second) = (DAY.unsigned_abs(), SECOND.unsigned_abs());
    let days = match whole / day {
        0 => String::new(),
        days => format!("{days}."),
    };
    let seconds = whole % day / second;
    let part = match whole % second {
        0 => String::new(),
        part => format!(".{part:07}"),
    };
    format!(
        "{sign}{days}{:02}:{:02}:{:02}{part}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Reads a text from its front.
struct Scanner<'a> {
    rest: &'a str,
}

impl Scanner<'_> {
    fn eat(&mut self, letter: char) -> bool {
        match self.rest.strip_prefix(letter) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// A number of `from` to `to` digits.
    fn number(&mut self, from: usize, to: usize) -> Option<i64> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits < from || digits > to {
            return None;
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        number.parse().ok()
    }

    /// A fraction of a second, in ticks; digits beyond the seventh are cut.
    fn fraction(&mut self) -> Option<i64> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return None;
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let cut = number.get(..7).unwrap_or(number);
        format!("{cut:0<7}").parse().ok()
    }
}

/// The instant that a text says: ISO 8601 in its usual forms, `20221202`, month-day-year with hyphens, slashes or points, and a month by its English
/// name (`2 Dec 2022`, `Dec 2, 2022`, `Fri, 02 Dec 2022 13:45:56 GMT`).
pub(super) fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.starts_with(|first: char| first.is_ascii_alphabetic()) || text.contains(", ") {
        return named_month(text);
    }
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let part = |from: usize, to: usize| text.get(from..to)?.parse().ok();
        let civil = Civil {
            year: part(0, 4)?,
            month: part(4, 6)?,
            day: part(6, 8)?,
            rest: 0,
        };
        return civil.ticks();
    }
    let mut scanner = Scanner { rest: text };
    let first = scanner.number(1, 4)?;
    if scanner.rest.starts_with(' ') {
        return named_month(text);
    }
    let separator = ['-', '/', '.']
        .into_iter()
        .find(|mark| scanner.eat(*mark))?;
    let second = scanner.number(1, 2)?;
    if !scanner.eat(separator) {
        // A month without a day.
        let starts = scanner.rest.is_empty() && first > 31 && separator == '-';
        let civil = Civil {
            year: first,
            month: second,
            day: 1,
            rest: 0,
        };
        return starts.then(|| civil.ticks()).flatten();
    }
    let third = scanner.number(1, 4)?;
    let (year, month, day) = if first > 31 || text.get(4..5) == Some("-") {
        (first, second, third)
    } else if third > 31 {
        (third, first, second)
    } else {
        return None;
    };
    at_clock((year, month, day), &mut scanner)
}

/// The instant of a day, and of the clock that may follow it.
fn at_clock((year, month, day): (i64, i64, i64), scanner: &mut Scanner<'_>) -> Option<i64> {
    let mut rest = 0;
    let mut offset = 0;
    if !scanner.rest.is_empty() {
        if !scanner.eat('T') && !scanner.eat(' ') && !scanner.eat('t') {
            return None;
        }
        scanner.rest = scanner.rest.trim_start();
        rest = clock(scanner)?;
        scanner.rest = scanner.rest.trim_start();
        offset = zone(scanner)?;
    }
    let civil = Civil {
        year,
        month,
        day,
        rest,
    };
    within(civil.ticks()?.checked_sub(offset)?)
}

/// `2 Dec 2022`, `Dec 2, 2022`, with a day of the week before and a clock behind.
fn named_month(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let text = match text.split_once(", ") {
        Some((day, rest)) if DAYS.contains(&day) => rest,
        _ => text,
    };
    let month_of = |word: &str| {
        let at = MONTHS.iter().position(|month| *month == word)?;
        i64::try_from(at + 1).ok()
    };
    let (one, rest) = text.split_once(' ')?;
    let (two, rest) = rest.split_once(' ')?;
    let number = |word: &str| {
        let plain = (1..=2).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| word.parse().ok()).flatten()
    };
    let (month, day) = match month_of(one) {
        Some(month) => (month, number(two.strip_suffix(',')?)?),
        None => (month_of(two)?, number(one)?),
    };
    let mut scanner = Scanner { rest };
    let year = scanner.number(4, 4)?;
    at_clock((year, month, day), &mut scanner)
}

/// `hh:mm[:ss[.f]]`
fn clock(scanner: &mut Scanner<'_>) -> Option<i64> {
    let hours = scanner.number(1, 2)?;
    if !scanner.eat(':') {
        return None;
    }
    let minutes = scanner.number(1, 2)?;
    let mut ticks = 0;
    let mut seconds = 0;
    if scanner.eat(':') {
        seconds = scanner.number(1, 2)?;
        if scanner.eat('.') {
            ticks = scanner.fraction()?;
        }
    }
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    Some((hours * 3600 + minutes * 60 + seconds) * SECOND + ticks)
}

/// Nothing, `Z`, or `+hh:mm`.
fn zone(scanner: &mut Scanner<'_>) -> Option<i64> {
    if scanner.rest.is_empty() || matches!(scanner.rest, "Z" | "z" | "UTC" | "GMT") {
        return Some(0);
    }
    let sign = if scanner.eat('+') {
        1
    } else if scanner.eat('-') {
        -1
    } else {
        return None;
    };
    let hours = scanner.number(2, 2)?;
    scanner.eat(':');
    let minutes = scanner.number(2, 2)?;
    let whole = scanner.rest.is_empty() && hours < 15 && minutes < 60;
    whole.then_some(sign * (hours * 3600 + minutes * 60) * SECOND)
}

/// The span that a text says: `[-][d.]hh:mm[:ss[.f]]`, or a number with a unit.
pub(super) fn span(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    if !rest.contains(':') {
        if let Ok(days) = rest.parse::<i64>() {
            return days.checked_mul(DAY)?.checked_mul(sign);
        }
        return quantity(rest).map(|ticks| sign * ticks);
    }
    let mut scanner = Scanner { rest };
    let mut days = 0;
    let mut first = scanner.number(1, 8)?;
    if scanner.eat('.') {
        days = first;
        first = scanner.number(1, 2)?;
    }
    if !scanner.eat(':') {
        return None;
    }
    let minutes = scanner.number(1, 2)?;
    let (mut seconds, mut ticks) = (0, 0);
    if scanner.eat(':') {
        seconds = scanner.number(1, 2)?;
        if scanner.eat('.') {
            ticks = scanner.fraction()?;
        }
    }
    if !scanner.rest.is_empty() || first > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let whole = days.checked_mul(DAY)?;
    let clock = (first * 3600 + minutes * 60 + seconds) * SECOND + ticks;
    Some(sign * whole.checked_add(clock)?)
}

/// A number and its unit: `1.5h`, `25min`, `15 seconds`.
pub(super) fn quantity(text: &str) -> Option<i64> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let (number, unit) = text.split_at(end);
    let size = unit_size(unit.trim())?;
    if let Ok(whole) = number.parse::<i64>() {
        return whole.checked_mul(size);
    }
    let ticks = (number.parse::<f64>().ok()? * size as f64).round();
    (ticks.abs() < 9.2e18).then_some(ticks as i64)
}

/// Ticks of a unit of time in a literal.
pub(super) fn unit_size(unit: &str) -> Option<i64> {
    Some(match unit {
        "d" | "day" | "days" => DAY,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600 * SECOND,
        "m" | "min" | "minute" | "minutes" => 60 * SECOND,
        "s" | "sec" | "second" | "seconds" => SECOND,
        "ms" | "milli" | "millis" | "millisecond" | "milliseconds" => 10_000,
        "microsecond" | "microseconds" => 10,
        "tick" | "ticks" => 1,
        _ => return None,
    })
}

/// The start of the period (`day`, `week`, `month`, `year`) that is `offset` periods from that of the instant.
pub(super) fn start_of(period: &str, ticks: i64, offset: i64) -> Option<i64> {
    let midnight = ticks.div_euclid(DAY);
    let moved = |days: i64, by: i64| {
        let day = days.checked_add(offset.checked_mul(by)?)?;
        within(day.checked_mul(DAY)?)
    };
    let civil = Civil::of(ticks);
    match period {
        "day" => moved(midnight, 1),
        "week" => moved(midnight - day_of_week(ticks), 7),
        "month" => {
            let first = Civil {
                day: 1,
                rest: 0,
                ..civil
            };
            first.plus_months(offset)?.ticks()
        }
        _ => {
            let first = Civil {
                month: 1,
                day: 1,
                rest: 0,
                ..civil
            };
            first.plus_months(offset.checked_mul(12)?)?.ticks()
        }
    }
}

/// The last tick of such a period.
pub(super) fn end_of(period: &str, ticks: i64, offset: i64) -> Option<i64> {
    let start = start_of(period, ticks, offset)?;
    let civil = Civil::of(start);
    let length = match period {
        "day" => DAY,
        "week" => 7 * DAY,
        "month" => days_in(civil.year, civil.month) * DAY,
        _ => (days(civil.year, 12, 31) - days(civil.year, 1, 1) + 1) * DAY,
    };
    Some(start + length - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_and_written() {
        let cases = [
            ("0001-01-01", "0001-01-01T00:00:00.0000000Z"),
            ("2024-02-29 13:45", "2024-02-29T13:45:00.0000000Z"),
            ("2024-02-29T13:45:01.5Z", "2024-02-29T13:45:01.5000000Z"),
            ("2024-01-01T01:00:00+02:00", "2023-12-31T23:00:00.0000000Z"),
            ("12-02-2022", "2022-12-02T00:00:00.0000000Z"),
            ("12.02.2022", "2022-12-02T00:00:00.0000000Z"),
            ("20221202", "2022-12-02T00:00:00.0000000Z"),
            ("2 Dec 2022", "2022-12-02T00:00:00.0000000Z"),
            ("Dec 2, 2022", "2022-12-02T00:00:00.0000000Z"),
            (
                "Fri, 02 Dec 2022 13:45:56 GMT",
                "2022-12-02T13:45:56.0000000Z",
            ),
            (
                "9999-12-31 23:59:59.9999999",
                "9999-12-31T23:59:59.9999999Z",
            ),
        ];
        for (text, shown) in cases {
            assert_eq!(instant(text).map(instant_text).as_deref(), Some(shown));
        }
        for text in ["2023-02-29", "2023-13-01", "10:00", "x", "2023-01-01T25:00"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn spans_are_read_and_written() {
        let cases = [
            ("1.02:03:04.5", "1.02:03:04.5000000"),
            ("-00:30:00", "-00:30:00"),
            ("13:00", "13:00:00"),
            ("90s", "00:01:30"),
            ("1.5h", "01:30:00"),
        ];
        for (text, shown) in cases {
            assert_eq!(span(text).map(span_text).as_deref(), Some(shown));
        }
        assert_eq!(span("1.5"), None);
        assert_eq!(span("24:00"), None);
    }

    #[test]
    fn every_day_comes_back() {
        for day in (0..3_652_059).step_by(97) {
            let civil = Civil::of(day * DAY);
            assert_eq!(civil.ticks(), Some(day * DAY));
        }
    }
}
