//! What the data look like: event classes, and how each platform holds them.
//!
//! In: the files of `schemas/`, read by [`load`]. Out: [`Library`]: each [`Class`] (the neutral fields a hunt speaks of) and each [`Platform`], with a
//! [`Schema`] for every class that it holds (native columns, and for each neutral field where it is found). Guarantee: a loaded schema is whole: every
//! column that a mapping names exists, every neutral field and every word of a closed set is mapped or said to be absent with a reason, every mapping
//! that loses something says what.

pub(crate) mod detail;
pub(crate) mod export;
pub(crate) mod load;
pub(crate) mod search;
pub(crate) mod show;

mod check;
mod class;
mod columns;
mod facts;
mod formula;
mod header;
mod library;
mod mapping;
mod near;
mod patch;
mod problems;
mod streams;
mod tree;

pub use library::Library;
pub(crate) use library::Platform;
pub(crate) use streams::{Stream, Unmapped};

pub use crate::model::{Class, Role};
pub(crate) use crate::model::{Field, Switch};

use crate::model::{Expr, NativeColumn, Type};
use crate::source::Span;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How one platform holds one event class.
#[derive(Clone, Debug)]
pub struct Schema {
    /// The name of the platform: `defender`.
    pub name: String,
    /// The event class.
    pub class: String,
    /// For people.
    pub title: String,
    /// Version of the platform's schema, for the header of emitted texts.
    pub version: String,
    /// Product forms whose columns differ (`defender`, `sentinel`); empty when there is one form. The first is the default.
    pub products: Vec<String>,
    /// Backends' names of the table: `kql`, `esql` (comma list of index patterns), `sql`.
    pub tables: BTreeMap<String, String>,
    /// Every native column of the table, in the order of the file; classes of one table share them.
    pub columns: Arc<Vec<ColumnInfo>>,
    /// The place of each column by its name.
    pub(crate) places: Arc<HashMap<String, usize>>,
    /// Which rows are of the class, and where its fields are.
    pub mapping: ClassMapping,
    /// Product code tables, by name.
    pub code_tables: BTreeMap<String, CodeTable>,
    /// Functions that stand for the table, with their parameters: `_Im_NetworkSession` of ASIM.
    pub functions: Vec<TableFunction>,
    /// Where the facts were read.
    pub sources: Vec<SchemaSource>,
    /// What a reader should know before trusting a query over it; each a sentence or two.
    pub notes: Vec<String>,
    /// How its rows look in files.
    pub reading: FileForm,
    /// Data streams whose mappings are known.
    pub streams: Vec<Stream>,
}

/// How rows of a schema look in files that people export, beyond the names of its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileForm {
    /// Columns all of which a row has; they determine the form instead of the column of the time.
    pub marks: Vec<String>,
    /// Keys that rows of this form do not have.
    pub unless: Vec<String>,
    /// Objects that may contain columns: `Event.EventData`.
    pub under: Vec<String>,
    /// Other places of a column, by its name: keys joined by dots.
    pub paths: BTreeMap<String, Vec<String>>,
    /// Texts that mean that a value is missing.
    pub missing: Vec<String>,
    /// Columns whose times are in UTC without saying it.
    pub utc: Vec<String>,
    /// A column that names the table a row is of, and the names that mean this one.
    pub table: Option<(String, Vec<String>)>,
}

impl FileForm {
    /// Every key that a column may have in a row, its own name first.
    #[must_use]
    pub fn spellings(&self, column: &str) -> Vec<String> {
        let mut all = vec![column.to_owned()];
        all.extend(self.paths.get(column).into_iter().flatten().cloned());
        if !self.paths.contains_key(column) {
            all.extend(self.under.iter().map(|above| format!("{above}.{column}")));
        }
        all
    }
}

/// A product's own codes for something: `ApplicationProtocol` of Apex One.
#[derive(Clone, Debug)]
pub struct CodeTable {
    /// The column that holds the codes.
    pub column: String,
    /// The native condition under which the column speaks this table; empty when always.
    pub when: String,
    /// Code and name, in file order; codes are distinct text.
    pub rows: Arc<Vec<(String, Arc<str>)>>,
    /// Code and neutral word, for the codes that have one.
    pub words: Vec<(String, String)>,
    /// Ids of [`SchemaSource`].
    pub sources: Vec<String>,
    /// Peculiarities of it; mostly empty.
    pub note: String,
}

/// A function that gives the rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableFunction {
    /// Its name.
    pub name: String,
    /// Its parameters in order; each has a default.
    pub parameters: Vec<FunctionParameter>,
}

/// One parameter of a [`TableFunction`], in the platform's own words.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionParameter {
    /// Its name.
    pub name: String,
    /// Its native type.
    pub native_type: String,
    /// Its default, as the platform writes it.
    pub default: String,
}

/// Where facts of a schema were read.
#[derive(Clone, Debug, PartialEq)]
pub struct SchemaSource {
    /// Short name, used by columns.
    pub id: String,
    /// Repository or site.
    pub repo: String,
    /// File or page in it.
    pub path: String,
    /// Commit or version read.
    pub commit: String,
    /// Its licence.
    pub licence: String,
    /// What was taken from it.
    pub what: String,
}

/// A native column and what is known of it.
#[derive(Clone, Debug)]
pub struct ColumnInfo {
    /// What backends need.
    pub native: Arc<NativeColumn>,
    /// The neutral type of its values (`Text` for a string that holds a number, `Ip` for one that holds an address).
    pub ty: Type,
    /// Whether its values are structured (objects, JSON, points), which the language has no type for; `ty` then has no meaning, and no field may be mapped
    /// on the column.
    pub structured: bool,
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
    /// Whether the schema's own definition has it.
    pub standing: Standing,
    /// Where it was read: ids of `SchemaSource`; empty when the schema has one source.
    pub sources: Vec<String>,
    /// What else is known of it; mostly empty.
    pub note: String,
}

/// What part of a platform promises a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// The published schema.
    #[default]
    Schema,
    /// A parser that adds it to what the published schema has: absent where that parser has no rows.
    ParserExtra,
    /// A stored table that the schema's function does not return.
    TableOnly,
}

/// How a schema holds one event class.
#[derive(Clone, Debug)]
pub struct ClassMapping {
    /// Native conditions, all of which hold for the rows of the class and for no others; none where every row is of it.
    pub rows: Vec<RowCondition>,
    /// Columns of which rows of the class have at least one; empty where any row may be of it.
    pub known_by: Vec<String>,
    /// Where each neutral field is; a field that is not here is in `absent`.
    pub fields: BTreeMap<String, Mapping>,
    /// Every other neutral field, and why it has no native form.
    pub absent: BTreeMap<String, Absent>,
    /// Where the mapping begins in the schema's file.
    pub span: Span,
}

/// A native condition that selects the rows of a class: the column holds one of the values; a column of several values, at least one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowCondition {
    /// The column.
    pub column: String,
    /// The values, as the file says them; the first is the one to write.
    pub values: Vec<String>,
}

/// A neutral field that a schema lacks.
#[derive(Clone, Debug)]
pub struct Absent {
    /// The reason, a sentence.
    pub why: String,
    /// Fields of the class that come near and are mapped, as the schema's author says; may be empty (see [`ClassMapping::near`]).
    pub near: Vec<String>,
    /// Where it is in the schema's file.
    pub span: Span,
    /// The schema has it, but no index of the target maps its column.
    pub unmapped: bool,
}

/// Where a neutral field is found.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// How it is found.
    pub how: How,
    /// What is lost.
    pub fidelity: Fidelity,
    /// The reason, for people; may be empty when exact.
    pub why: String,
    /// Words of the field's closed set that no row of this schema ever has, each with the reason: a test for one is false on every row.
    pub never: Vec<(String, String)>,
    /// What the loss does to tests of the field; for the header of texts.
    pub effects: Vec<Effect>,
    /// Other columns that hold nearly the same; for people only.
    pub also: Vec<String>,
    /// Where the mapping is in the schema's file.
    pub span: Span,
}

/// What a mapping that is not exact does to tests of its field: phrases that name rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The tests that it concerns.
    pub on: Affects,
    /// Rows for which such a test should hold and does not; may be empty.
    pub fewer: String,
    /// Rows for which such a test holds and should not; may be empty.
    pub more: String,
}

/// Which tests of a field an effect concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Affects {
    /// All.
    Everything,
    /// Those for equality with some value.
    Equality,
    /// Those for one of these words.
    Words(Vec<String>),
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
        /// Neutral word and its predicate over neutral fields of the same schema.
        words: Vec<(String, Expr)>,
        /// The word where none holds and the inputs are present; `None`: missing.
        otherwise: Option<String>,
    },
    /// A value computed from other neutral fields of the same schema.
    Computed(Box<Expr>),
}

/// A column, or a pair that changes places by a word of another field.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The column per product (`""` for the only or default form).
    pub column: BTreeMap<String, String>,
    /// The column of rows for which the class's [`Switch`] holds, where it differs; the same in every product.
    pub switched: Option<Switched>,
    /// The member of the column's JSON that is meant, from outside in; empty where the column's own value is.
    pub member: Vec<MemberStep>,
}

/// One step into a JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberStep {
    /// The member of an object.
    Key(String),
    /// The element of an array, from 0.
    Place(u32),
}

/// The column of rows in which another field has a certain word.
#[derive(Clone, Debug, PartialEq)]
pub struct Switched {
    /// When.
    pub when: Switch,
    /// The column.
    pub column: String,
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

    /// The column of rows for which the class's switch holds, where it is another.
    #[must_use]
    pub fn switched_column(&self) -> Option<&str> {
        self.switched.as_ref().map(|other| other.column.as_str())
    }

    /// Every column, of every product.
    pub fn every_column(&self) -> impl Iterator<Item = &str> {
        let own = self.column.values().map(String::as_str);
        own.chain(self.switched_column())
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
    /// An integer that is `factor` times the neutral one (nanoseconds for milliseconds); division rounds toward zero.
    Scaled(i64),
    /// A part of a text.
    Part(TextPart),
}

/// A part of a text that a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextPart {
    /// Behind the last `\` or `/`: `C:\Windows\cmd.exe` gives `cmd.exe`.
    FileName,
    /// Behind the last `\`: `CORP\ann` gives `ann`, and so does `ann`.
    AccountName,
    /// Before the first `\`: `CORP\ann` gives `CORP`, and `ann` nothing.
    AccountDomain,
}

impl TextPart {
    /// The regex whose capture is the part, for texts of platforms.
    #[must_use]
    pub fn pattern(self) -> &'static str {
        match self {
            TextPart::FileName => r"([^\\/]+)$",
            TextPart::AccountName => r"([^\\]+)$",
            TextPart::AccountDomain => r"^([^\\]+)\\",
        }
    }

    /// The part; `None` where the text has none.
    #[must_use]
    pub fn extract_from(self, text: &str) -> Option<&str> {
        let part = match self {
            TextPart::FileName => text.rsplit(['\\', '/']).next(),
            TextPart::AccountName => text.rsplit('\\').next(),
            TextPart::AccountDomain => text.split_once('\\').map(|(domain, _)| domain),
        };
        part.filter(|part| !part.is_empty())
    }
}

impl How {
    /// The columns that hold the value; none where it is computed from other fields.
    pub(crate) fn source(&self) -> Option<&Source> {
        match self {
            How::Column { source, .. } | How::Words { source, .. } => Some(source),
            How::Predicates { .. } | How::Computed(_) => None,
        }
    }

    /// Neutral words and the native words that a column holds for each; none for other mappings.
    pub(crate) fn words(&self) -> &[(String, Vec<String>)] {
        match self {
            How::Words { words, .. } => words,
            How::Column { .. } | How::Predicates { .. } | How::Computed(_) => &[],
        }
    }

    /// What the value is computed with from other fields; nothing where columns hold it.
    pub(crate) fn formulas(&self) -> Vec<&Expr> {
        match self {
            How::Column { .. } | How::Words { .. } => Vec::new(),
            How::Predicates { words, .. } => words.iter().map(|(_, formula)| formula).collect(),
            How::Computed(formula) => vec![formula],
        }
    }
}

impl ClassMapping {
    /// The neutral fields that are mapped to a native column.
    #[must_use]
    pub fn fields_on(&self, column: &str) -> Vec<&str> {
        let stands = |mapping: &Mapping| {
            let source = mapping.how.source();
            source.is_some_and(|source| source.every_column().any(|name| name == column))
        };
        let fields = self.fields.iter().filter(|(_, mapping)| stands(mapping));
        fields.map(|(name, _)| name.as_str()).collect()
    }
}

/// The product form named, or the first, or `""` where there is one form; `None` for one that is not there.
fn product<'a>(products: &'a [String], named: Option<&str>) -> Option<&'a str> {
    match named {
        None => Some(products.first().map_or("", String::as_str)),
        Some(named) => products
            .iter()
            .map(String::as_str)
            .find(|known| *known == named),
    }
}

impl Schema {
    /// The native column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&ColumnInfo> {
        self.columns.get(self.place(name)?)
    }

    /// The mapping of a class, if it is the one that this is about.
    #[must_use]
    pub fn of_class(&self, class: &str) -> Option<&ClassMapping> {
        (self.class == class).then_some(&self.mapping)
    }

    /// Whether it describes files that `huntc run` reads, and no table to run a query on.
    #[must_use]
    pub fn is_of_files(&self) -> bool {
        self.tables.is_empty()
    }

    /// The place of a native column among all.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// The product form to take: the one named, or the first, or `""` where there is one form; `None` when the schema does not have it.
    #[must_use]
    pub fn product<'a>(&'a self, named: Option<&str>) -> Option<&'a str> {
        product(&self.products, named)
    }

    /// The columns of a product form.
    pub fn columns_of(&self, product: &str) -> impl Iterator<Item = &ColumnInfo> {
        self.columns.iter().filter(move |column| {
            column.products.is_empty() || column.products.iter().any(|known| known == product)
        })
    }
}

impl ColumnInfo {
    /// The platform's type word in a product form.
    #[must_use]
    pub fn native_type(&self, product: &str) -> &str {
        self.product_types
            .get(product)
            .map_or(self.native.native_type.as_str(), String::as_str)
    }
}
