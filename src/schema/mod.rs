//! What the data look like: event classes, and how each platform holds them.
//!
//! In: the files of `schemas/`, read by `load`. Out: [`Class`] (the neutral fields a hunt speaks of) and [`Schema`] (native columns, and for each
//! neutral field where it is found). Promise: a loaded schema is whole: every column that a mapping names exists, every word of a closed set is
//! mapped or said to be absent, every mapping that loses something says what.

use crate::plan::{NativeColumn, Type};
use crate::source::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An event class: `network_session`.
#[derive(Clone, Debug)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Its fields, by name.
    pub fields: BTreeMap<String, Field>,
}

/// A neutral field of an event class.
#[derive(Clone, Debug)]
pub struct Field {
    /// Dotted lower-case name.
    pub name: String,
    /// Its type; `Enum` carries its own name.
    pub ty: Type,
    /// Words of a closed set, in the order of the file; empty unless the type is `Enum`.
    pub words: Vec<String>,
    /// Whether an event may lack it.
    pub nullable: bool,
    /// Whether its case varies between sources (process names, paths, users), so that an exact test is doubtful.
    pub case_varies: bool,
    /// Whether it may hold several values.
    pub multi: bool,
    /// One sentence for people.
    pub says: String,
}

/// How one platform holds the event classes.
#[derive(Clone, Debug)]
pub struct Schema {
    /// `device_network_events`
    pub name: String,
    /// For people.
    pub title: String,
    /// Version of the platform's schema, for the header of emitted texts.
    pub version: String,
    /// Product forms whose columns differ (`defender`, `sentinel`); empty when there is one form. The first is the default.
    pub products: Vec<String>,
    /// Backends' names of the table: `kql`, `esql` (comma list of index patterns), `sql`.
    pub tables: BTreeMap<String, String>,
    /// Every native column, in the order of the file.
    pub columns: Vec<ColumnInfo>,
    /// Neutral classes it holds.
    pub classes: BTreeMap<String, ClassMapping>,
    /// Product code tables: name to rows of code and name, in file order.
    pub code_tables: BTreeMap<String, Arc<Vec<(String, Arc<str>)>>>,
}

/// A native column and what is known of it.
#[derive(Clone, Debug)]
pub struct ColumnInfo {
    /// What backends need.
    pub native: Arc<NativeColumn>,
    /// The neutral type of its values (`Text` for a string that holds a number).
    pub ty: Type,
    /// Native type word per product, where it differs.
    pub product_types: BTreeMap<String, String>,
    /// Products that have it; empty for all.
    pub products: Vec<String>,
    /// Whether case varies.
    pub case_varies: bool,
    /// Values known to occur; `closed` says whether others cannot.
    pub values: Vec<String>,
    /// Whether `values` is the whole set.
    pub closed: bool,
    /// Where it was read.
    pub sources: Vec<String>,
}

/// How a schema holds one event class.
#[derive(Clone, Debug)]
pub struct ClassMapping {
    /// Native conditions that tell rows of the class: column and value; for a multi-valued column, that some value is it.
    pub predicate: Vec<(String, String)>,
    /// Where each neutral field is; a field that is not here has no native form.
    pub fields: BTreeMap<String, Mapping>,
}

/// Where a neutral field is found.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// How it is found.
    pub how: How,
    /// What is lost.
    pub fidelity: Fidelity,
    /// The reason, for people; empty when exact.
    pub why: String,
    /// Where the mapping stands in the schema's file.
    pub span: Span,
}

/// Whether a mapping loses anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fidelity {
    /// Nothing is lost.
    Exact,
    /// Information is lost or changes its form.
    Lossy,
    /// Published mappings disagree, or there is none.
    Debatable,
}

/// The forms of a mapping.
#[derive(Clone, Debug)]
pub enum How {
    /// A column holds the value.
    Column {
        /// Which.
        source: Source,
        /// How the column's text or number becomes the field's type.
        cast: Cast,
    },
    /// A column holds platform words for the neutral words.
    Words {
        /// Which column.
        source: Source,
        /// Neutral word and its native words; the first native word is the one to write. Reading a multi-valued column takes the first
        /// neutral word in this order of which a native word occurs.
        words: Vec<(String, Vec<String>)>,
        /// The neutral word of a native value that is not listed; `None`: missing.
        otherwise: Option<String>,
        /// Whether native words are compared without case.
        fold: bool,
    },
    /// A closed set computed from other fields: the word whose predicate holds. The predicates are disjoint.
    Predicates {
        /// Neutral word and the text of its predicate over neutral fields, parsed and typed.
        words: Vec<(String, crate::plan::Expr)>,
        /// The word where none holds and the inputs are present; `None`: missing.
        otherwise: Option<String>,
    },
    /// A value computed from other fields of the same schema.
    Computed(Box<crate::plan::Expr>),
}

/// A column, or a pair that swaps with the direction of the session.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The column per product (`""` for the only or default form).
    pub column: BTreeMap<String, String>,
    /// The column when the session is inbound, where it differs.
    pub inbound: Option<String>,
}

impl Source {
    /// The column for a product form.
    #[must_use]
    pub fn column(&self, product: &str) -> &str {
        self.column
            .get(product)
            .or_else(|| self.column.get(""))
            .map_or("", String::as_str)
    }
}

/// How a native value becomes the neutral one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cast {
    /// As it is (integers of any width are ints, address columns are ips).
    None,
    /// Decimal text that is a number (the schema promises `-?[0-9]{1,18}` or blank).
    TextToInt,
    /// A number that is text.
    IntToText,
    /// An integer that is `factor` times the neutral one (nanoseconds for milliseconds); division rounds down.
    Scaled(i64),
}

impl Schema {
    /// The native column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&ColumnInfo> {
        self.columns
            .iter()
            .find(|column| column.native.name == name)
    }
}
