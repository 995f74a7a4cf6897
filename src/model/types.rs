//! The types of the language.

use std::fmt;

/// The type of an expression or a column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `true`, `false`.
    Bool,
    /// 64-bit integer; overflow is an error of the run.
    Int,
    /// Double; never NaN or infinite (those are missing).
    Float,
    /// Text.
    Text,
    /// An instant, whole milliseconds, UTC.
    Time,
    /// A length of time, whole milliseconds. Only in literals and arithmetic with times.
    Duration,
    /// An address as canonical text.
    Ip,
    /// A word of a closed set; the name is that of the neutral field which defines the set (`transport`).
    Enum(String),
    /// A JSON object or array. Only native columns have it; fields are mapped to its members.
    Json,
    /// A set without order or duplicates; made by `set(e)`.
    Set(Box<Type>),
}

impl Type {
    /// Whether values are text underneath: text, addresses and words.
    #[must_use]
    pub fn is_textual(&self) -> bool {
        matches!(self, Type::Text | Type::Ip | Type::Enum(_))
    }

    /// Whether values are numbers.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self, Type::Int | Type::Float)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Bool => f.write_str("bool"),
            Type::Int => f.write_str("int"),
            Type::Float => f.write_str("float"),
            Type::Text => f.write_str("string"),
            Type::Time => f.write_str("time"),
            Type::Duration => f.write_str("duration"),
            Type::Ip => f.write_str("ip"),
            Type::Enum(name) => write!(f, "one of the words of `{name}`"),
            Type::Json => f.write_str("json"),
            Type::Set(of) => write!(f, "set of {of}"),
        }
    }
}
