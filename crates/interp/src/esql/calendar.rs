//! In: milliseconds since 1970 in UTC, or ISO text. Out: dates, times of day, text.
//! Guarantee: the proleptic Gregorian calendar over the whole range of a 64-bit millisecond; reading is `strict_date_optional_time`
//! (Elastic docs, "format" of mappings): what is not a date is `None`.

/// Milliseconds of a day.
pub(super) const DAY: i64 = 86_400_000;

/// A moment, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Proleptic year.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
    /// Milliseconds since midnight.
    pub of_day: i64,
}

/// Days since 1970-01-01 of a date.
pub(super) fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the leap day is the last one; 400 years are one era of 146,097 days.
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let shifted = (month + 9) % 12;
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    era * 146_097 + day_of_era - 719_468
}

impl Moment {
    /// Takes milliseconds apart.
    pub(super) fn of(ms: i64) -> Moment {
        let count = ms.div_euclid(DAY) + 719_468;
        let era = count.div_euclid(146_097);
        let day_of_era = count.rem_euclid(146_097);
        let of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let of_year = day_of_era - (365 * of_era + of_era / 4 - of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        Moment {
            year: era * 400 + of_era + i64::from(month <= 2),
            month,
            day: of_year - (153 * shifted + 2) / 5 + 1,
            of_day: ms.rem_euclid(DAY),
        }
    }

    /// Puts milliseconds together; `None` beyond 64 bits.
    pub(super) fn ms(&self) -> Option<i64> {
        days(self.year, self.month, self.day)
            .checked_mul(DAY)?
            .checked_add(self.of_day)
    }

    /// Adds months; a day that the month lacks becomes its last.
    pub(super) fn plus_months(&self, months: i64) -> Option<Moment> {
        let total = self
            .year
            .checked_mul(12)?
            .checked_add(self.month - 1)?
            .checked_add(months)?;
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
        Some(Moment {
            year,
            month,
            day: self.day.min(length(year, month)),
            of_day: self.of_day,
        })
    }

    /// 1 for the first of January.
    pub(super) fn day_of_year(&self) -> i64 {
        days(self.year, self.month, self.day) - days(self.year, 1, 1) + 1
    }

    /// 1 for Monday.
    pub(super) fn day_of_week(&self) -> i64 {
        (days(self.year, self.month, self.day) + 3).rem_euclid(7) + 1
    }
}

/// How many days a month has.
pub(super) fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Adds months, then days; `None` beyond 64 bits.
pub(super) fn plus_period(ms: i64, months: i64, count: i64) -> Option<i64> {
    let moved = Moment::of(ms).plus_months(months)?.ms()?;
    moved.checked_add(count.checked_mul(DAY)?)
}

/// Whole months from one moment to another, toward zero.
pub(super) fn months_between(start: i64, end: i64) -> i64 {
    let (from, to) = (Moment::of(start), Moment::of(end));
    let months = (to.year - from.year) * 12 + to.month - from.month;
    let rest = (to.day, to.of_day).cmp(&(from.day, from.of_day));
    match rest {
        std::cmp::Ordering::Less if months > 0 => months - 1,
        std::cmp::Ordering::Greater if months < 0 => months + 1,
        _ => months,
    }
}

/// ISO 8601 with milliseconds and `Z`.
pub(super) fn show(ms: i64) -> String {
    let m = Moment::of(ms);
    let (seconds, millis) = (m.of_day / 1000, m.of_day % 1000);
    let year = match m.year {
        0..=9999 => format!("{:04}", m.year),
        10_000.. => format!("+{}", m.year),
        _ => format!("-{:04}", -m.year),
    };
    format!(
        "{year}-{:02}-{:02}T{:02}:{:02}:{:02}.{millis:03}Z",
        m.month,
        m.day,
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Reads `yyyy[-MM[-dd['T'[HH[:mm[:ss[.S…]]]][zone]]]]`.
pub(super) fn parse(text: &str) -> Option<i64> {
    let mut reader = Reader { rest: text };
    let year = match text.chars().next()? {
        sign @ ('+' | '-') => {
            reader.take(sign);
            let digits = reader.digits(4, 9)?;
            if sign == '-' { -digits } else { digits }
        }
        _ => reader.digits(4, 4)?,
    };
    let (mut month, mut day, mut of_day, mut offset) = (1, 1, 0, 0);
    if reader.take('-') {
        month = reader.digits(2, 2)?;
        if reader.take('-') {
            day = reader.digits(2, 2)?;
            if reader.take('T') && !reader.rest.is_empty() {
                (of_day, offset) = reader.time()?;
            }
        }
    }
    if !reader.rest.is_empty()
        || !(1..=12).contains(&month)
        || !(1..=length(year, month)).contains(&day)
    {
        return None;
    }
    let moment = Moment {
        year,
        month,
        day,
        of_day,
    };
    moment.ms()?.checked_sub(offset)
}

/// Milliseconds that a zone such as `Z`, `+02`, `+02:00` or `+0200` is ahead of UTC.
pub(super) fn zone(text: &str) -> Option<i64> {
    if text == "Z" || text == "UTC" || text == "GMT" {
        return Some(0);
    }
    let mut reader = Reader { rest: text };
    let sign = if reader.take('+') {
        1
    } else if reader.take('-') {
        -1
    } else {
        return None;
    };
    let hours = reader.digits(2, 2)?;
    let minutes = if reader.rest.is_empty() {
        0
    } else {
        reader.take(':');
        reader.digits(2, 2)?
    };
    let fits = reader.rest.is_empty() && hours <= 18 && minutes < 60;
    fits.then_some(sign * (hours * 60 + minutes) * 60_000)
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn take(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<i64> {
        let count = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if count < least || count > most {
            return None;
        }
        let (digits, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        digits.parse().ok()
    }

    /// The time of day, and how far its zone is ahead.
    fn time(&mut self) -> Option<(i64, i64)> {
        let hour = self.digits(2, 2)?;
        let (mut minute, mut second, mut millis) = (0, 0, 0);
        if self.take(':') {
            minute = self.digits(2, 2)?;
            if self.take(':') {
                second = self.digits(2, 2)?;
                if self.take('.') || self.take(',') {
                    let before = self.rest.len();
                    let fraction = self.digits(1, 9)?;
                    let count = before - self.rest.len();
                    // What is finer than a millisecond is cut off.
                    let power = u32::try_from(9 - count).unwrap_or(0);
                    millis = fraction * 10i64.pow(power) / 1_000_000;
                }
            }
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let offset = if self.rest.is_empty() {
            0
        } else {
            zone(self.rest)?
        };
        self.rest = "";
        Some((((hour * 60 + minute) * 60 + second) * 1000 + millis, offset))
    }
}
