//! Values for people: one spelling of each, used in results, differences and messages.
//!
//! Guarantee: instants are ISO 8601 with milliseconds and `Z`, sets are their elements in order with `, ` between; of what is undetermined the first
//! allowed value is shown. Missing is the empty text.

use super::{Value, duration};
use std::fmt;

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Missing => Ok(()),
            Value::Bool(truth) => write!(f, "{truth}"),
            Value::Int(number) => write!(f, "{number}"),
            Value::Float(number) => write!(f, "{number:?}"),
            Value::Text(text) => f.write_str(text),
            Value::Time(time) => f.write_str(&instant(*time)),
            Value::Duration(length) => f.write_str(&duration(*length)),
            Value::Set(elements) => list(f, elements),
            Value::OneOf(alternatives) => alternatives
                .iter()
                .take(1)
                .try_for_each(|one| write!(f, "{one}")),
            Value::SomeOf { count, of } => list(f, of.get(..*count).unwrap_or(of)),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, elements: &[Value]) -> fmt::Result {
    elements.iter().enumerate().try_for_each(|(at, element)| {
        f.write_str(if at == 0 { "" } else { ", " })?;
        write!(f, "{element}")
    })
}

/// An instant in ISO 8601 with milliseconds: `2020-10-22T09:08:07.006Z`. Beyond the years of a calendar, the number with `ms`.
#[must_use]
pub fn instant(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds)
        .map_or_else(|_| format!("{milliseconds}ms"), |time| format!("{time:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_one_spelling() {
        let shown = |value: Value| value.to_string();
        assert_eq!(
            shown(Value::Time(1_603_357_687_006)),
            "2020-10-22T09:08:07.006Z"
        );
        assert_eq!(shown(Value::Time(-1)), "1969-12-31T23:59:59.999Z");
        assert_eq!(shown(Value::Time(i64::MAX)), "9223372036854775807ms");
        assert_eq!(shown(Value::Duration(129_600_000)), "36h");
        assert_eq!(shown(Value::Duration(0)), "0s");
        assert_eq!(shown(Value::Float(5.0)), "5.0");
        let set = Value::set([Value::text("b"), Value::Missing, Value::text("a")]);
        assert_eq!(shown(set), "a, b");
        let any = Value::one_of([Value::text("z"), Value::Missing]);
        assert_eq!(shown(any), "");
        assert_eq!(Value::one_of([Value::Int(1), Value::Int(1)]), Value::Int(1));
    }
}
