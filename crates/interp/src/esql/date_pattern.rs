//! In: a pattern of letters as Java's date formats have it. Out: dates as text, and texts as dates.
//! Guarantee: letters whose meaning depends on a language or on weeks of a year are refused, except English names
//! (Elastic docs, "DATE_FORMAT", "DATE_PARSE"; the letters are those of java.time's DateTimeFormatter).

use super::calendar::{self, Moment};

/// One run of a pattern.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Plain(String),
    /// A letter and how often it is repeated.
    Letter(char, usize),
}

/// A pattern, read.
#[derive(Clone, Debug)]
pub(super) struct DatePattern {
    pieces: Vec<Piece>,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

fn name_of(names: &[&'static str], number: i64) -> &'static str {
    usize::try_from(number - 1)
        .ok()
        .and_then(|at| names.get(at))
        .copied()
        .unwrap_or_default()
}

/// The English name of a month, 1 to 12.
pub(super) fn month_name(month: i64) -> &'static str {
    name_of(&MONTHS, month)
}

/// The English name of a day, 1 is Monday.
pub(super) fn day_name(day: i64) -> &'static str {
    name_of(&DAYS, day)
}

fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}

impl DatePattern {
    /// Reads a pattern, or says what is not known in it.
    pub(super) fn read(pattern: &str) -> Result<DatePattern, String> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '\'' {
                let mut text = String::new();
                loop {
                    match chars.next() {
                        Some('\'') if chars.peek() == Some(&'\'') => {
                            chars.next();
                            text.push('\'');
                        }
                        Some('\'') => break,
                        Some(c) => text.push(c),
                        None => return Err("a quote of the pattern is not closed".to_owned()),
                    }
                }
                pieces.push(Piece::Plain(if text.is_empty() {
                    "'".to_owned()
                } else {
                    text
                }));
            } else if c.is_ascii_alphabetic() {
                let mut count = 1;
                while chars.peek() == Some(&c) {
                    chars.next();
                    count += 1;
                }
                let known = match c {
                    'y' | 'u' => count == 2 || count == 4,
                    'M' | 'L' => count <= 4,
                    'd' | 'H' | 'h' | 'm' | 's' => count <= 2,
                    'S' => count <= 9,
                    'E' => count <= 4,
                    'a' => count == 1,
                    'D' => count == 1 || count == 3,
                    'X' | 'x' => count <= 3,
                    'Z' => count == 1,
                    _ => false,
                };
                if !known {
                    let letters = c.to_string().repeat(count);
                    return Err(format!("`{letters}` in a date pattern is not known here"));
                }
                pieces.push(Piece::Letter(c, count));
            } else if matches!(c, '[' | ']' | '{' | '}' | '#') {
                return Err(format!("`{c}` in a date pattern is not known here"));
            } else {
                pieces.push(Piece::Plain(c.to_string()));
            }
        }
        Ok(DatePattern { pieces })
    }

    /// A date as text.
    pub(super) fn format(&self, ms: i64) -> String {
        let m = Moment::of(ms);
        let seconds = m.of_day / 1000;
        let mut out = String::new();
        for piece in &self.pieces {
            let (letter, count) = match piece {
                Piece::Plain(text) => {
                    out.push_str(text);
                    continue;
                }
                Piece::Letter(letter, count) => (*letter, *count),
            };
            let number = match letter {
                'y' | 'u' if count == 2 => m.year.rem_euclid(100),
                'y' | 'u' => m.year,
                'M' | 'L' if count == 3 => {
                    out.push_str(short(month_name(m.month)));
                    continue;
                }
                'M' | 'L' if count == 4 => {
                    out.push_str(month_name(m.month));
                    continue;
                }
                'M' | 'L' => m.month,
                'd' => m.day,
                'D' => m.day_of_year(),
                'H' => seconds / 3600,
                'h' => (seconds / 3600 + 11) % 12 + 1,
                'm' => seconds / 60 % 60,
                's' => seconds % 60,
                'S' => {
                    let digits = format!("{:03}000000", m.of_day % 1000);
                    out.push_str(digits.get(..count).unwrap_or(&digits));
                    continue;
                }
                'E' => {
                    let name = day_name(m.day_of_week());
                    out.push_str(if count == 4 { name } else { short(name) });
                    continue;
                }
                'a' => {
                    out.push_str(if seconds < 43_200 { "AM" } else { "PM" });
                    continue;
                }
                'X' => {
                    out.push('Z');
                    continue;
                }
                'Z' => {
                    out.push_str("+0000");
                    continue;
                }
                _ => {
                    out.push_str(match count {
                        1 => "+00",
                        2 => "+0000",
                        _ => "+00:00",
                    });
                    continue;
                }
            };
            out.push_str(&format!("{number:0count$}"));
        }
        out
    }

    /// A text as a date; what the pattern leaves out is the beginning of 1970.
    pub(super) fn parse(&self, text: &str) -> Option<i64> {
        let mut rest = text;
        let (mut year, mut month, mut day) = (1970, 1, 1);
        let (mut hour, mut minute, mut second, mut millis) = (0, 0, 0, 0);
        let (mut afternoon, mut half, mut offset) = (None, None, 0);
        let mut day_of_year = None;
        for (at, piece) in self.pieces.iter().enumerate() {
            let (letter, count) = match piece {
                Piece::Plain(plain) => {
                    rest = rest.strip_prefix(plain.as_str())?;
                    continue;
                }
                Piece::Letter(letter, count) => (*letter, *count),
            };
            // A number that another follows directly takes exactly its digits.
            let packed = matches!(self.pieces.get(at + 1), Some(Piece::Letter(..)));
            let most = match letter {
                'y' | 'u' if count == 2 => 2,
                'y' | 'u' if !packed => 9,
                'D' => 3,
                'S' => count,
                _ if packed || count == 2 => count,
                _ => 2,
            };
            match letter {
                'M' | 'L' if count >= 3 => {
                    let found = MONTHS.iter().zip(1..).find_map(|(name, number)| {
                        let name = if count == 3 { short(name) } else { name };
                        Some((rest.strip_prefix(name)?, number))
                    });
                    (rest, month) = found?;
                }
                'E' => {
                    let found = DAYS.iter().find_map(|name| {
                        let name = if count == 4 { name } else { short(name) };
                        rest.strip_prefix(name)
                    });
                    rest = found?;
                }
                'a' => {
                    let (is_pm, after) = match rest.strip_prefix("AM") {
                        Some(after) => (false, after),
                        None => (true, rest.strip_prefix("PM")?),
                    };
                    afternoon = Some(is_pm);
                    rest = after;
                }
                'X' | 'x' | 'Z' => {
                    let end = rest
                        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '+' | '-' | ':' | 'Z')))
                        .unwrap_or(rest.len());
                    let (zone, after) = rest.split_at_checked(end)?;
                    if zone == "Z" && letter != 'X' {
                        return None;
                    }
                    offset = calendar::zone(zone)?;
                    rest = after;
                }
                _ => {
                    let digits = rest
                        .bytes()
                        .take(most)
                        .take_while(u8::is_ascii_digit)
                        .count();
                    if digits < count {
                        return None;
                    }
                    let (number, after) = rest.split_at_checked(digits)?;
                    rest = after;
                    let value: i64 = number.parse().ok()?;
                    match letter {
                        'y' | 'u' if count == 2 => year = 2000 + value,
                        'y' | 'u' => year = value,
                        'M' | 'L' => month = value,
                        'd' => day = value,
                        'D' => day_of_year = Some(value),
                        'H' => hour = value,
                        'h' => half = Some(value),
                        'm' => minute = value,
                        's' => second = value,
                        _ => {
                            let power = u32::try_from(9usize.checked_sub(digits)?).ok()?;
                            millis = value * 10i64.pow(power) / 1_000_000;
                        }
                    }
                }
            }
        }
        if let Some(half) = half {
            if !(1..=12).contains(&half) {
                return None;
            }
            hour = half % 12 + if afternoon? { 12 } else { 0 };
        }
        let fits = rest.is_empty()
            && (1..=12).contains(&month)
            && (1..=calendar::length(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        if !fits {
            return None;
        }
        let of_day = ((hour * 60 + minute) * 60 + second) * 1000 + millis;
        let moment = Moment {
            year,
            month,
            day,
            of_day,
        };
        let mut ms = moment.ms()?;
        if let Some(count) = day_of_year {
            let most = 365 + calendar::length(year, 2) - 28;
            if !(1..=most).contains(&count) {
                return None;
            }
            ms = ms.checked_add((count - 1).checked_mul(calendar::DAY)?)?;
        }
        ms.checked_sub(offset)
    }
}
