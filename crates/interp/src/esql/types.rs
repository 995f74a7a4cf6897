//! In: names of types, of mappings or of casts. Out: [`Type`].
//! Guarantee: the types of the language (Elastic docs, "ES|QL data types"); a mapping whose field is read as another type is that type here.

/// A type of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Type {
    /// The type of `null` alone.
    Null,
    /// `boolean`
    Boolean,
    /// `integer`, 32 bits
    Integer,
    /// `long`, 64 bits
    Long,
    /// `unsigned_long`
    UnsignedLong,
    /// `double`
    Double,
    /// `keyword`
    Keyword,
    /// `text`
    Text,
    /// `ip`
    Ip,
    /// `date`, milliseconds
    Date,
    /// `version`
    Version,
    /// `date_period`: years, months, days
    Period,
    /// `time_duration`: milliseconds
    Duration,
    /// `_source`: the document itself, as JSON in a text; no function takes it
    Source,
}

impl Type {
    /// The platform's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Type::Null => "null",
            Type::Boolean => "boolean",
            Type::Integer => "integer",
            Type::Long => "long",
            Type::UnsignedLong => "unsigned_long",
            Type::Double => "double",
            Type::Keyword => "keyword",
            Type::Text => "text",
            Type::Ip => "ip",
            Type::Date => "date",
            Type::Version => "version",
            Type::Period => "date_period",
            Type::Duration => "time_duration",
            Type::Source => "_source",
        }
    }

    /// The type that a mapping is read as; `None` for mappings that are not read here.
    pub(super) fn of_mapping(name: &str) -> Option<Type> {
        Some(match name {
            "null" => Type::Null,
            "boolean" => Type::Boolean,
            "integer" | "short" | "byte" => Type::Integer,
            "long" => Type::Long,
            "unsigned_long" => Type::UnsignedLong,
            "double" | "float" | "scaled_float" => Type::Double,
            "keyword" | "constant_keyword" | "wildcard" => Type::Keyword,
            "text" | "match_only_text" => Type::Text,
            "ip" => Type::Ip,
            "date" | "datetime" => Type::Date,
            "version" => Type::Version,
            _ => return None,
        })
    }

    /// The type that `::name` means.
    pub(super) fn of_cast(name: &str) -> Option<Type> {
        Some(match name {
            "bool" | "boolean" => Type::Boolean,
            "int" | "integer" => Type::Integer,
            "long" => Type::Long,
            "unsigned_long" | "ul" | "ulong" => Type::UnsignedLong,
            "double" | "dbl" => Type::Double,
            // A cast to text gives a keyword: text is a way of indexing, not of computing.
            "keyword" | "string" | "text" | "str" => Type::Keyword,
            "ip" => Type::Ip,
            "datetime" | "date" | "dt" => Type::Date,
            "version" | "ver" => Type::Version,
            "date_period" | "dateperiod" => Type::Period,
            "time_duration" | "timeduration" => Type::Duration,
            _ => return None,
        })
    }

    /// Whether this is a number.
    pub(super) fn is_number(self) -> bool {
        matches!(
            self,
            Type::Integer | Type::Long | Type::UnsignedLong | Type::Double
        )
    }

    /// Whether this is text in the wide sense.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Type::Keyword | Type::Text)
    }

    /// The type of what is computed from this one: text is a way of indexing, not of computing.
    pub(super) fn computed(self) -> Type {
        if self == Type::Text {
            Type::Keyword
        } else {
            self
        }
    }

    /// Whether this is an amount of time.
    pub(super) fn is_amount(self) -> bool {
        matches!(self, Type::Period | Type::Duration)
    }

    /// The type that both become where two meet: the wider number, keyword for text, the other of null.
    pub(super) fn meet(self, other: Type) -> Option<Type> {
        if self == other {
            return Some(self);
        }
        match (self, other) {
            (Type::Null, t) | (t, Type::Null) => Some(t),
            (a, b) if a.is_text() && b.is_text() => Some(Type::Keyword),
            (Type::UnsignedLong, _) | (_, Type::UnsignedLong) => None,
            (a, b) if a.is_number() && b.is_number() => {
                Some(if a == Type::Double || b == Type::Double {
                    Type::Double
                } else {
                    Type::Long
                })
            }
            _ => None,
        }
    }
}
