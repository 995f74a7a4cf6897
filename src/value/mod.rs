//! Values: the only types that the executors share.
//!
//! In: what loaders read and expressions compute. Out: [`Value`], [`Row`] and [`Table`]. Guarantee: one representation of each value of the language:
//! the empty string is never stored (it is [`Value::Missing`]), floats are never NaN or infinite (they are missing too), addresses are canonical text,
//! instants are whole milliseconds since 1970-01-01T00:00:00Z.

pub(crate) use duration::{duration, parse_duration};
pub use show::instant;

use std::sync::Arc;

/// One value of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Absent, null or the empty string: one state for every type.
    Missing,
    /// true or false.
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// A finite double.
    Float(f64),
    /// Text that is not empty; also words of closed sets and canonical addresses.
    Text(Arc<str>),
    /// Milliseconds since the epoch, UTC.
    Time(i64),
    /// Milliseconds.
    Duration(i64),
    /// Elements without duplicates, in the order of [`order::compare`], none missing. Also the value of a multi-valued field.
    Set(Vec<Value>),
    /// Undetermined: exactly one of these, any of them (`any`, `earliest` and `latest` under a tie). At least two, without duplicates.
    OneOf(Vec<Value>),
    /// Undetermined: `count` different elements of `of` (`set(e, n)` beyond n).
    SomeOf {
        /// How many are taken.
        count: usize,
        /// What they are taken from; more than `count`.
        of: Vec<Value>,
    },
}

impl Value {
    /// Text, or missing when empty.
    #[must_use]
    pub fn text(text: &str) -> Value {
        if text.is_empty() {
            Value::Missing
        } else {
            Value::Text(Arc::from(text))
        }
    }

    /// A double, or missing when it is not finite.
    #[must_use]
    pub fn float(number: f64) -> Value {
        if number.is_finite() {
            Value::Float(number)
        } else {
            Value::Missing
        }
    }

    /// The set of the present ones among `elements`.
    #[must_use]
    pub fn set(elements: impl IntoIterator<Item = Value>) -> Value {
        Value::Set(distinct(
            elements.into_iter().filter(|e| !e.is_missing()).collect(),
        ))
    }

    /// Exactly one of `alternatives`, undetermined which; the value itself when there is only one, missing when there is none.
    #[must_use]
    pub fn one_of(alternatives: impl IntoIterator<Item = Value>) -> Value {
        let mut alternatives = distinct(alternatives.into_iter().collect());
        if alternatives.len() < 2 {
            alternatives.pop().unwrap_or(Value::Missing)
        } else {
            Value::OneOf(alternatives)
        }
    }

    /// Whether this is [`Value::Missing`].
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Value::Missing)
    }
}

/// The values in order, each once.
fn distinct(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by(order::compare);
    values.dedup_by(|a, b| order::compare(a, b).is_eq());
    values
}

/// The values of one row, in the order of its table's columns.
pub type Row = Vec<Value>;

/// Rows under named columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Column names, in order.
    pub columns: Vec<String>,
    /// Rows; each is as long as `columns`.
    pub rows: Vec<Row>,
}

mod duration;
pub(crate) mod order;
mod show;
