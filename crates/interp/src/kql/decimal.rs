//! Decimal numbers, as far as hunts meet them.
//!
//! In: digits. Out: exact sums, differences, products, comparisons; quotients to 28 digits. Guarantee: what does not fit in 128 bits is `None`, never
//! rounded silently (<https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/decimal>).

use std::cmp::Ordering;
use std::fmt;

/// `mantissa / 10^scale`, without trailing zeros behind the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// Digits behind the point that a quotient gets.
const DIGITS: u32 = 28;

impl Decimal {
    fn new(mut mantissa: i128, mut scale: u32) -> Decimal {
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        Decimal { mantissa, scale }
    }

    pub(super) fn from_long(value: i64) -> Decimal {
        Decimal::new(i128::from(value), 0)
    }

    pub(super) fn parse(text: &str) -> Option<Decimal> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(part) || whole.len() + part.len() == 0 {
            return None;
        }
        let mantissa: i128 = format!("{whole}{part}").parse().ok()?;
        let scale = u32::try_from(part.len()).ok()?;
        Some(Decimal::new(
            if negative { -mantissa } else { mantissa },
            scale,
        ))
    }

    pub(super) fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// Both mantissas at one scale.
    fn aligned(&self, other: &Decimal) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let lift = |number: &Decimal| {
            let factor = 10_i128.checked_pow(scale - number.scale)?;
            number.mantissa.checked_mul(factor)
        };
        Some((lift(self)?, lift(other)?, scale))
    }

    pub(super) fn add(&self, other: &Decimal) -> Option<Decimal> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Decimal::new(left.checked_add(right)?, scale))
    }

    pub(super) fn negated(&self) -> Decimal {
        Decimal::new(-self.mantissa, self.scale)
    }

    pub(super) fn multiply(&self, other: &Decimal) -> Option<Decimal> {
        let mantissa = self.mantissa.checked_mul(other.mantissa)?;
        Some(Decimal::new(mantissa, self.scale + other.scale))
    }

    pub(super) fn divide(&self, other: &Decimal) -> Option<Decimal> {
        let (left, right, _) = self.aligned(other)?;
        let mut scale = 0;
        let mut rest = left.checked_rem(right)?;
        let mut mantissa = left.checked_div(right)?;
        while rest != 0 && scale < DIGITS {
            let Some(next) = rest.checked_mul(10) else {
                break;
            };
            let Some(longer) = mantissa.checked_mul(10) else {
                break;
            };
            mantissa = longer.checked_add(next / right)?;
            rest = next % right;
            scale += 1;
        }
        Some(Decimal::new(mantissa, scale))
    }

    /// What is left of a division; never negative.
    pub(super) fn remainder(&self, other: &Decimal) -> Option<Decimal> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Decimal::new(left.checked_rem_euclid(right)?, scale))
    }

    pub(super) fn compare(&self, other: &Decimal) -> Option<Ordering> {
        let (left, right, _) = self.aligned(other)?;
        Some(left.cmp(&right))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs().to_string();
        let scale = self.scale as usize;
        let sign = if self.mantissa < 0 { "-" } else { "" };
        if scale == 0 {
            return write!(out, "{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, part) = padded.split_at(padded.len() - scale);
        write!(out, "{sign}{whole}.{part}")
    }
}
