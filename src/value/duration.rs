//! Lengths of time as the language writes them.
//!
//! In: milliseconds, or a word such as `24h`. Out: the other. Guarantee: one spelling everywhere; what the language can write is read back as the same length.

/// The units of the language, the greatest first.
const UNITS: [(i64, &str); 4] = [
    (86_400_000, "d"),
    (3_600_000, "h"),
    (60_000, "m"),
    (1000, "s"),
];

/// A length in the greatest unit that needs no fraction; one day is `24h`, as people write it. What is no whole number of seconds, which the language cannot
/// write, is in `ms`.
#[must_use]
pub(crate) fn duration(milliseconds: i64) -> String {
    let is_day = milliseconds.checked_abs() == Some(86_400_000);
    let mut units = UNITS.iter().filter(|(_, unit)| !(is_day && *unit == "d"));
    match units.find(|(size, _)| milliseconds % size == 0) {
        _ if milliseconds == 0 => "0s".to_owned(),
        Some((size, unit)) => format!("{}{unit}", milliseconds / size),
        None => format!("{milliseconds}ms"),
    }
}

/// The milliseconds of a duration as the language writes it: `90s`, `5m`, `24h`, `7d`.
#[must_use]
pub(crate) fn parse_duration(text: &str) -> Option<i64> {
    let (size, unit) = UNITS.iter().find(|(_, unit)| text.ends_with(unit))?;
    let count = text.strip_suffix(unit)?;
    if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    count.parse::<i64>().ok()?.checked_mul(*size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_one_spelling_and_are_read_back() {
        for (length, written) in [
            (0, "0s"),
            (1000, "1s"),
            (90_000, "90s"),
            (60_000, "1m"),
            (129_600_000, "36h"),
            (86_400_000, "24h"),
            (172_800_000, "2d"),
        ] {
            assert_eq!(duration(length), written);
            assert_eq!(parse_duration(written), Some(length));
        }
        assert_eq!(duration(1500), "1500ms");
        assert_eq!(duration(-86_400_000), "-24h");
        assert_eq!(duration(-90_000), "-90s");
        assert_eq!(duration(i64::MIN), "-9223372036854775808ms");
        for wrong in [
            "",
            "s",
            "-5m",
            "+5m",
            "1.5h",
            "5 m",
            "5M",
            "1500ms",
            "5x",
            "9223372036854775807d",
        ] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }
}
