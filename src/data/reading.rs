//! What files were taken for, and what was not understood in them.
//!
//! In: what the readers counted. Out: [`Reading`], which the command line prints and grades. Guarantee: nothing that was read other than as
//! written is missing here: forms that were recognised, times whose zone was assumed, words that a schema does not list, keys that no field has.

use super::Summary;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What was read, and how.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Each file.
    pub files: Vec<FileReading>,
    /// In how many of the rows in the window each wanted field has a value, in the order of the class.
    pub filled: Vec<Filled>,
    /// Words that the schema does not list in a column whose words it lists.
    pub words: Vec<UnlistedWord>,
    /// Keys that no field or column has, the most frequent first.
    pub keys: Vec<UnknownKey>,
    /// What envelopes say of themselves: a partial answer, a page of several.
    pub warnings: Vec<String>,
    /// How many times did not say their zone and were read in UTC.
    pub assumed_utc: u64,
    /// How many dates had the month first because `AM` or `PM` stood behind them.
    pub month_first: u64,
}

/// How one file was read.
#[derive(Clone, Debug)]
pub struct FileReading {
    /// The file, as given.
    pub file: PathBuf,
    /// How it is written: `NDJSON, gzip`.
    pub written: String,
    /// In whose columns: `ecs`, `neutral`.
    pub form: String,
    /// What told that; empty where the user said it.
    pub told_by: String,
    /// Its rows.
    pub summary: Summary,
    /// Rows of other tables, as their envelopes or columns name them.
    pub other_tables: BTreeMap<String, u64>,
    /// What else a reader should know of it.
    pub notes: Vec<String>,
}

/// How often a field has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The neutral field.
    pub field: String,
    /// The columns that it was read from, as the data spell them.
    pub columns: Vec<String>,
    /// Rows in the window with a value.
    pub filled: u64,
    /// Rows in the window.
    pub rows: u64,
}

/// A word that a schema does not list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlistedWord {
    /// The column.
    pub column: String,
    /// The neutral fields that are read from it.
    pub fields: Vec<String>,
    /// The word.
    pub word: String,
    /// How many rows have it.
    pub rows: u64,
    /// A listed word that is near.
    pub near: Option<String>,
}

/// A key that no field or column has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    /// The key, joined by dots.
    pub key: String,
    /// How many rows have it; 0 for a column of a CSV file, which all rows have.
    pub rows: u64,
    /// A key that is requested and near.
    pub near: Option<String>,
}
