//! One total order over values, used to sort, to break ties, to print and to compare results.
//!
//! Guarantee: missing is the least; strings compare by code point; numbers of both kinds compare by value; values of different kinds compare by kind,
//! which no typed plan does.

use super::Value;
use std::cmp::Ordering;

/// Compares two values; total, and equal only for equal values (int 1 and float 1.0 are equal here).
#[must_use]
pub fn compare(left: &Value, right: &Value) -> Ordering {
    use Value::{Bool, Duration, Float, Int, Missing, OneOf, Set, SomeOf, Text, Time};
    match (left, right) {
        (Missing, Missing) => Ordering::Equal,
        (Bool(a), Bool(b)) => a.cmp(b),
        (Int(a), Int(b)) | (Time(a), Time(b)) | (Duration(a), Duration(b)) => a.cmp(b),
        (Float(a), Float(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (Int(a), Float(b)) => int_to_float(*a, *b),
        (Float(a), Int(b)) => int_to_float(*b, *a).reverse(),
        // UTF-8 orders as code points do.
        (Text(a), Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Set(a), Set(b)) | (OneOf(a), OneOf(b)) => compare_all(a, b),
        (SomeOf { count: n, of: a }, SomeOf { count: m, of: b }) => {
            n.cmp(m).then_with(|| compare_all(a, b))
        }
        _ => rank(left).cmp(&rank(right)),
    }
}

/// Values as a key of an ordered map: equal, and ordered, as [`compare`] says.
#[derive(Clone, Debug)]
pub struct Key(pub Vec<Value>);

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_all(&self.0, &other.0)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

/// Exact even where the integer has no equal double.
fn int_to_float(int: i64, float: f64) -> Ordering {
    #[allow(clippy::cast_precision_loss)]
    let near = int as f64;
    match near.partial_cmp(&float) {
        // The rounding of `int` may have made it equal: compare as integers, which is exact for a double of that size.
        #[allow(clippy::cast_possible_truncation)]
        Some(Ordering::Equal) => i128::from(int).cmp(&(float as i128)),
        Some(order) => order,
        None => Ordering::Equal,
    }
}

fn compare_all(left: &[Value], right: &[Value]) -> Ordering {
    left.iter()
        .zip(right)
        .map(|(a, b)| compare(a, b))
        .find(|o| o.is_ne())
        .unwrap_or_else(|| left.len().cmp(&right.len()))
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Missing => 0,
        Value::Bool(_) => 1,
        Value::Int(_) | Value::Float(_) => 2,
        Value::Text(_) => 3,
        Value::Time(_) => 4,
        Value::Duration(_) => 5,
        Value::Set(_) => 6,
        Value::OneOf(_) => 7,
        Value::SomeOf { .. } => 8,
    }
}
