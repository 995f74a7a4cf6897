//! Interpreters of platform text: independent readers of KQL and ES|QL.
//!
//! In: a query as text, tables of samples, the instant that is `now`. Out: an [`Answer`], or a [`Refusal`] that names what is not understood.
//! Promise: written from the vendors' documents, sharing nothing with what emits texts; syntax or a function that is not known is refused by name,
//! never guessed. Cells cross this boundary as JSON under the platform's own type names, so that no dialect borrows another's values.

pub mod budget;
pub mod esql;
pub mod kql;
pub mod sample;

use serde_json::Value as Json;

/// A table that a query may read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Its name, as the query says it.
    pub name: String,
    /// Names and types, in order; types by the platform's names (`long`, `datetime`; `keyword`, `date`).
    pub columns: Vec<(String, String)>,
    /// Rows; each is as long as `columns`. Instants are ISO 8601 text, several values are an array, an absent value is null.
    pub rows: Vec<Vec<Json>>,
}

/// What a query returns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Names and types, in order; types by the platform's names.
    pub columns: Vec<(String, String)>,
    /// Rows; datetimes are ISO 8601 text with `Z`, timespans `[-][d.]hh:mm:ss[.fffffff]`, NaN and infinities are text.
    pub rows: Vec<Vec<Json>>,
    /// Whether the query fixes the order of its rows.
    pub ordered: bool,
    /// What the platform would warn of.
    pub warnings: Vec<String>,
}

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which kind of refusal.
    pub kind: RefusalKind,
    /// What is refused, named: the function, the operator, the construct.
    pub construct: String,
    /// A sentence.
    pub message: String,
    /// Byte range in the query where it stands.
    pub span: std::ops::Range<usize>,
}

impl Refusal {
    /// The same refusal with its place in `query`, widened to whole characters: readers that go by bytes may stop within one, and whoever shows the place
    /// slices the text.
    pub(crate) fn placed_in(mut self, query: &str) -> Refusal {
        let mut start = self.span.start.min(query.len());
        while !query.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = self.span.end.clamp(start, query.len());
        while !query.is_char_boundary(end) {
            end += 1;
        }
        self.span = start..end;
        self
    }
}

/// Kinds of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The platform itself refuses the query (a syntax error, an unknown column, types that do not fit).
    Invalid,
    /// The platform may answer; this interpreter does not know how.
    Unknown,
    /// The run itself fails on the platform (a limit).
    Failed,
    /// The run needs more than this interpreter gives a query ([`budget::Limits`]).
    Budget,
}
