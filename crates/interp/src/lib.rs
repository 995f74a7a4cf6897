#![doc = include_str!("../README.md")]
// What is public is what `huntc`, its tests and other programs use.
#![warn(unreachable_pub)]
#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr))]

pub mod budget;
pub mod esql;
pub mod kql;
pub mod sample;
mod stack;

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
    /// Byte range in the query where it is.
    pub span: std::ops::Range<usize>,
}

impl Refusal {
    /// The same refusal with its place in `query`, widened to whole characters: readers that go by bytes may stop within one, and code that shows the place
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

/// Runs a query. A bug in the interpreter refuses the query, it does not end the program that asked; the place of a refusal is whole characters.
fn caught(query: &str, run: impl FnOnce() -> Result<Answer, Refusal>) -> Result<Answer, Refusal> {
    let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    let answer = answer.unwrap_or_else(|_| {
        Err(Refusal {
            kind: RefusalKind::Unknown,
            construct: "query".to_owned(),
            message: FAULT.to_owned(),
            span: 0..query.len(),
        })
    });
    answer.map_err(|refusal| refusal.placed_in(query))
}

/// What is said where this interpreter panics.
const FAULT: &str = "the interpreter itself failed: this is a fault of it, not of the query";
