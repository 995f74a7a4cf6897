//! The target that a query is for.
//!
//! In: the configuration of a rule repository, the schema, the command line. Out: [`Target`], [`Origin`] and the [`Query`] made of them.

use crate::backend::dialect::loaded::Dialect;
use crate::diag::Diagnostic;
use crate::plan::passes::Abilities;
use crate::plan::passes::Unmapped;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The target that a query is for.
#[derive(Clone, Debug)]
pub struct Target {
    /// The name in the configuration, for messages.
    pub name: String,
    /// How the engine says things, for its version.
    pub dialect: Arc<Dialect>,
    /// The product form: `defender`, `sentinel`; empty for the only one.
    pub product: String,
    /// What is read: a table, a parser function, a comma list of index patterns.
    pub table: String,
    /// A literal instant in place of the engine's clock, in milliseconds.
    pub now: Option<i64>,
    /// Whether distinct values may be counted approximately.
    pub sketch: bool,
    /// A table of counts that may be read in place of most events.
    pub rollup: Option<Rollup>,
    /// Columns of the schema that no index of the target maps.
    pub unmapped: Unmapped,
}

impl Target {
    /// What it can do at run time; a column that no index maps can be named only where the engine's release reads it as null.
    #[must_use]
    pub fn abilities(&self) -> Abilities<'_> {
        let names_any = self.dialect.operator("nullify", &[]).is_some();
        Abilities {
            unmapped: (!names_any && !self.unmapped.columns.is_empty()).then_some(&self.unmapped),
            ..self.dialect.abilities(&self.product)
        }
    }
}

/// A rolled-up table: how many events of each kind there were in each stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollup {
    /// Its name.
    pub table: String,
    /// The length of a stretch, in milliseconds; stretches begin at whole multiples of it.
    pub grain: i64,
    /// Its column for the start of a stretch.
    pub time: String,
    /// Its column for the number of events.
    pub count: String,
    /// Columns of the events to its columns that hold the same.
    pub columns: BTreeMap<String, String>,
    /// How much of the events is read after its end, by how many events a second there are; the first tier that fits. Empty: all of them.
    pub tail: Vec<Tier>,
}

/// How much of the events is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// With more events a second than this; `None` in the last tier.
    pub above: Option<i64>,
    /// The events of so many milliseconds; `None` for all.
    pub read: Option<i64>,
}

/// Where a query comes from, for its header.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The hunt's title.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How bad a hit is: `medium`.
    pub severity: String,
    /// The ATT&CK techniques, by id.
    pub attack: Vec<String>,
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
