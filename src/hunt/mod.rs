//! A hunt file, read: the envelope with places, and where the query is.
//!
//! In: the bytes of `hunt.yaml` and of the CSV files it names. Out: [`Hunt`]. Guarantee: every value an error may blame has its place; the query is a
//! byte range of the file itself, so that places in it need no table.

mod csv_file;
mod maps;
mod query;
mod read;
pub(crate) mod tables;
mod values;

pub(crate) use query::query_place;
pub(crate) use read::{Examined, examine};
pub use read::{KEYS, read};
pub use tables::DeclaredTable;
pub(crate) use tables::{Cell, Skipped, read_inline_leniently, read_rows_leniently};
pub(crate) use values::{fits, value};

use crate::source::{Span, Spanned};
use crate::value::Value;
use std::collections::BTreeMap;

/// Everything a hunt file says.
#[derive(Clone, Debug)]
pub struct Hunt {
    /// The slug, equal to the folder's name.
    pub slug: Spanned<String>,
    /// The version of the language that it is written in.
    pub language: i64,
    /// The UUID, lower case.
    pub id: Spanned<String>,
    /// `major.minor.patch`.
    pub version: Spanned<String>,
    /// Title in a few words.
    pub name: Spanned<String>,
    /// What it looks for and why.
    pub description: Spanned<String>,
    /// How bad a hit is.
    pub severity: HuntSeverity,
    /// ATT&CK technique ids as written.
    pub attack: Vec<Spanned<String>>,
    /// Who wrote it.
    pub author: Option<Spanned<String>>,
    /// Links.
    pub references: Vec<Spanned<String>>,
    /// The published hunt it comes from.
    pub derived_from: Option<DerivedFrom>,
    /// Where it differs from that one.
    pub deviations: Vec<Deviation>,
    /// What fires it without being an attack.
    pub false_positives: Vec<Spanned<String>>,
    /// Schemas it promises to compile for.
    pub portable_to: Vec<Spanned<String>>,
    /// Tunable values.
    pub params: BTreeMap<String, Param>,
    /// Named lists.
    pub lists: BTreeMap<String, List>,
    /// Named maps from a key to a name.
    pub maps: BTreeMap<String, MapTable>,
    /// Named tables, which the query joins with.
    pub tables: BTreeMap<String, DeclaredTable>,
    /// Entities of the result, for platforms that map them: kind to column.
    pub entities: BTreeMap<String, Spanned<String>>,
    /// Lint findings that are meant, each with its reason.
    pub allow: Vec<Allow>,
    /// The bytes of the query in the hunt file.
    pub query: Span,
}

/// How bad a hit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HuntSeverity {
    /// `informational`
    Informational,
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
}

impl HuntSeverity {
    /// As it is written in a hunt.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            HuntSeverity::Informational => "informational",
            HuntSeverity::Low => "low",
            HuntSeverity::Medium => "medium",
            HuntSeverity::High => "high",
        }
    }
}

/// The published hunt that this one repairs.
#[derive(Clone, Debug)]
pub struct DerivedFrom {
    /// Its title.
    pub name: Spanned<String>,
    /// Where it was published.
    pub url: Option<Spanned<String>>,
    /// Its licence.
    pub licence: Option<Spanned<String>>,
}

/// One place where the hunt differs from the published one.
#[derive(Clone, Debug)]
pub struct Deviation {
    /// What it is about.
    pub about: Spanned<String>,
    /// What the published hunt does.
    pub published: Spanned<String>,
    /// What this one does.
    pub here: Spanned<String>,
    /// The fixture that shows it: a file name in `fixtures/`, without ending.
    pub fixture: Option<Spanned<String>>,
}

/// A lint finding that is meant.
#[derive(Clone, Debug)]
pub struct Allow {
    /// The lint's code.
    pub lint: Spanned<String>,
    /// Why the finding is meant.
    pub because: Spanned<String>,
}

/// What a list, a parameter or a map key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemType {
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `float`
    Float,
    /// `string`
    Text,
    /// `duration`
    Duration,
    /// `ip`
    Ip,
    /// `cidr`
    Network,
}

/// A tunable value.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its type; never `Network`.
    pub ty: ItemType,
    /// The value where nobody says another.
    pub default: Spanned<Value>,
    /// Least value allowed.
    pub min: Option<Value>,
    /// Greatest value allowed.
    pub max: Option<Value>,
    /// Where its name is.
    pub name_span: Span,
}

/// A named list; its values have the type `ty` and none is missing.
#[derive(Clone, Debug)]
pub struct List {
    /// Type of each entry; networks and addresses are canonical text.
    pub ty: ItemType,
    /// Entries with their places, as written (networks checked).
    pub values: Vec<Spanned<Value>>,
    /// Where its name is.
    pub name_span: Span,
}

/// A named map, from the hunt's own CSV or from a code table of a schema.
#[derive(Clone, Debug)]
pub struct MapTable {
    /// Where the rows come from.
    pub origin: MapOrigin,
    /// Where its name is.
    pub name_span: Span,
}

/// Where a map's rows come from.
#[derive(Clone, Debug)]
pub enum MapOrigin {
    /// `{ file: services.csv, key: port, value: name }`, read: key (type `ty`) to text, in file order, with the place of each row in the CSV file.
    Rows {
        /// Type of the key.
        ty: ItemType,
        /// Key and value of each row.
        rows: Vec<(Spanned<Value>, Spanned<String>)>,
    },
    /// `{ schema: apexone, codes: ApplicationProtocol }`: a code table that belongs to a schema.
    Schema {
        /// The schema.
        schema: Spanned<String>,
        /// The code table in it.
        codes: Spanned<String>,
    },
}
