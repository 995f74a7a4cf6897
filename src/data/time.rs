//! Instants as text: what `--now` and the times of events may look like.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Reads an instant in whole milliseconds; finer parts are cut off (towards the past). ISO 8601 with a zone, without one (then UTC), a day alone
/// (its first instant), or milliseconds since 1970 in digits.
#[must_use]
pub fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return milliseconds(time);
    }
    let local = if digits.len() == "2020-10-22".len() {
        text.parse::<Date>()
            .ok()?
            .to_datetime(jiff::civil::Time::midnight())
    } else if text.contains('[') {
        return None;
    } else {
        text.parse::<DateTime>().ok()?
    };
    milliseconds(TimeZone::UTC.to_timestamp(local).ok()?)
}

fn milliseconds(time: jiff::Timestamp) -> Option<i64> {
    i64::try_from(time.as_nanosecond().div_euclid(1_000_000)).ok()
}

#[cfg(test)]
mod tests {
    use super::instant;

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
}
