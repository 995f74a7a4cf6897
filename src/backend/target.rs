//! Whom a query is for.
//!
//! In: the configuration of a rule repository, the schema, the command line. Out: [`Target`], [`Origin`] and the [`Query`] made of them.

use super::pack::Pack;
use crate::diag::Diagnostic;
use std::sync::Arc;

/// A version such as `9.3`; parts compare as numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Vec<u64>);

impl std::str::FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split('.')
            .map(|part| {
                part.parse::<u64>()
                    .map_err(|_| format!("`{text}` is no version such as 9.3"))
            })
            .collect::<Result<_, _>>()
            .map(Version)
    }
}

/// Whom a query is for.
#[derive(Clone, Debug)]
pub struct Target {
    /// The name in the configuration, for messages.
    pub name: String,
    /// How the engine says things, for its version.
    pub pack: Arc<Pack>,
    /// The product form: `defender`, `sentinel`; empty for the only one.
    pub product: String,
    /// What is read: a table, a parser function, a comma list of index patterns.
    pub table: String,
    /// A literal instant in place of the engine's clock, in milliseconds.
    pub now: Option<i64>,
    /// Whether distinct values may be counted approximately.
    pub sketch: bool,
}

/// Where a query comes from, for its header.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The hunt's title.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its UUID.
    pub id: String,
    /// The schema's name and version.
    pub schema: String,
    /// The hunt file, relative to the rule repository.
    pub path: String,
    /// Who made the text: `huntc 0.1.0`.
    pub generator: String,
}

/// A finished text.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The text, ending with a line break.
    pub text: String,
    /// What the reader should know.
    pub notes: Vec<Diagnostic>,
}
