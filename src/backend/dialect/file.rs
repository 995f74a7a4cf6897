//! `dialect.yaml`, as written.
//!
//! In: YAML. Out: [`DialectFile`] and what it is made of. Guarantee: a key that no dialect has is an error; whether the entries are whole is checked by
//! [`super::signature`].

use super::rules::{DurationUnit, Folding, LiteralRules, NameRules};
use super::versions::Versions;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a query of the target is built: the only branch that code takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// Steps after each other, as the hunt has them.
    #[default]
    Pipeline,
    /// Nested or named `SELECT` blocks.
    Select,
}

/// What an engine stores a value as, as far as patterns differ by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// A double.
    Float,
    /// Text; also words and, where the engine has no address type, addresses.
    Text,
    /// An address type of the engine's own.
    Ip,
    /// An instant.
    Time,
    /// A length of time.
    Duration,
    /// A set, an array or several values.
    Set,
}

impl Kind {
    /// The word used in dialects.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Bool => "bool",
            Kind::Int => "int",
            Kind::Float => "float",
            Kind::Text => "text",
            Kind::Ip => "ip",
            Kind::Time => "time",
            Kind::Duration => "duration",
            Kind::Set => "set",
        }
    }
}

/// When a pattern that makes a predicate is null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NullBehavior {
    /// When an operand is null.
    #[default]
    Missing,
    /// Only when all operands are null.
    Both,
    /// Also for values that are present.
    Any,
    /// Never: a missing operand makes it false.
    Never,
}

/// One pattern of a dialect, or the reason why there is none.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The text, with holes.
    pub pattern: Option<String>,
    /// How tightly the text binds; a call where it is left out.
    pub prec: Option<String>,
    /// For predicates: when it is null. The dialect's default where it is left out.
    pub null_when: Option<NullBehavior>,
    /// Whether arguments that may be the empty text must be made missing first, because the engine's function does not (rule 3 of the semantics).
    #[serde(default)]
    pub guard: bool,
    /// Whether the aggregate keeps null values, so that they must be filtered out.
    #[serde(default)]
    pub keeps_null: bool,
    /// The engine's type word of the result, where it is not the usual one of its kind.
    #[serde(rename = "type")]
    pub gives: Option<String>,
    /// Why the engine cannot say it.
    pub unsupported: Option<String>,
    /// A note for the user of the text.
    pub note: Option<String>,
    /// A comment before the step that uses it, for a reader who would wonder; said once in a text. Pipelines only.
    pub remark: Option<String>,
    /// Where it was read.
    pub doc: Option<String>,
}

/// What an engine can or must do, by name. Code branches on these and on [`Shape`] only.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Capabilities {
    /// Text is never null: the empty text stands for it.
    pub text_is_never_null: bool,
    /// Long or repeated lists and maps may be named before the query.
    pub bindings: bool,
    /// A column made by a step can be read by a later column of the same step.
    pub derive_sees_earlier: bool,
    /// Group keys come before aggregates in the result (else after).
    pub keys_first: bool,
    /// An order by a text names a collation, so that it is an expression and cannot read a name of the same projection.
    pub collates_texts: bool,
    /// In an order, the name of a column that is read means that column, also where the same projection gives the name to another value.
    pub prefers_columns: bool,
    /// All columns of a projection are computed from the rows before it.
    pub projection_is_simultaneous: bool,
    /// `latest` and `earliest` with the same filter share one aggregate that yields several columns.
    pub shared_extremes: bool,
    /// A text test may take several needles at once (`contains.any`).
    pub any_of: bool,
    /// A column of the table may hold several values in a row, whatever its schema says, and each test of it is then null. What the note says of
    /// such columns where they are grouped, collected or returned; empty where no column may.
    pub several_values: String,
    /// How it ignores case in tests with a constant, which decides which constants become regexes.
    pub folds: Folding,
    /// How the engine folds a column by word, where it does: a note.
    pub folding: String,
    /// How `lower`, and each test of two columns that ignores case, differs from the language's for letters beyond ASCII: a note.
    pub lowers: String,
    /// The same for `upper`.
    pub uppers: String,
    /// What its operators that ignore case find besides, where a constant has such letters: a note.
    pub variants: String,
    /// Membership in a multi-valued field has a form that is allowed only in the first filter (`member.search`).
    pub search_member: bool,
    /// A step can replace a column, so that a blank text is made missing once for all.
    pub replaces_columns: bool,
    /// What becomes of a product of two columns that does not fit 64 bits, where that is no error: a note. Empty where the engine stops.
    pub overflow: String,
    /// Arithmetic of two numbers of 32 bits stays within those, so that one of them is made wide first.
    pub narrow_arithmetic: bool,
    /// A named block can be marked to be computed once, however often its columns are read.
    pub materializes: bool,
    /// Looking words up costs more than grouping twice, so that a series counts by native columns first.
    pub counts_first: bool,
    /// The engine has a step for series of its own.
    pub native_series: bool,
    /// Which of a table's platform objects a text can read at run time: `kql`, `esql`, `sql`; empty where tables are written into the text.
    pub watchlists: String,
    /// Every query ends with an explicit row limit.
    pub row_limit: Option<u64>,
    /// Tables whose name begins so are parsers that take the time window as parameters.
    pub window_parameters: Vec<String>,
}

/// What a product form of the engine limits.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProductLimits {
    /// For people.
    pub name: String,
    /// Rows of a result.
    pub rows: Option<u64>,
    /// Characters of a query.
    pub characters: Option<usize>,
    /// Whether tables are written into the text, because the product may be without the platform's own.
    pub no_watchlists: bool,
    /// The longest lookback, in days.
    pub days: Option<i64>,
    /// Where it was read.
    pub doc: String,
}

/// `dialect.yaml`, as written.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct DialectFile {
    /// For people.
    pub title: String,
    /// Whether it makes no texts itself, and others extend it.
    #[serde(rename = "abstract")]
    pub is_abstract: bool,
    /// The dialect whose entries hold where this one has none.
    pub extends: Option<String>,
    /// How queries are built.
    pub shape: Option<Shape>,
    /// Versions that the texts were checked with.
    pub engine: String,
    /// Ending of emitted files.
    pub extension: String,
    /// Words before a comment.
    pub comment: String,
    /// Levels, loosest first.
    pub precedence: Vec<String>,
    /// Rules for names.
    pub names: Option<NameRules>,
    /// Rules for literals.
    pub literals: Option<LiteralRules>,
    /// Type words of the engine that are stored as another kind than their neutral type suggests.
    pub kinds: BTreeMap<String, Kind>,
    /// Type words that need no cast where branches must agree, by kind.
    pub canonical: BTreeMap<Kind, Vec<String>>,
    /// What the engine can or must do.
    pub capabilities: Option<Capabilities>,
    /// When predicates are null, where an entry does not say.
    pub null_when: Option<NullBehavior>,
    /// Operators, by the names of [`super::signature::OPERATORS`], with variants after a dot.
    pub operators: BTreeMap<String, Entry>,
    /// Aggregates.
    pub aggregates: BTreeMap<String, Entry>,
    /// Functions of the language.
    pub functions: BTreeMap<String, Entry>,
    /// Look-ups of `enrich`.
    pub lookups: BTreeMap<String, Entry>,
    /// Limits of product forms.
    pub products: BTreeMap<String, ProductLimits>,
    /// Since which release the engine has what its texts may use; empty where releases do not matter.
    pub versions: Versions,
    /// Entries that hold from a version on.
    pub stacks: BTreeMap<String, StackFile>,
    /// Entries that hold where the table's time columns are of a type that is not the usual one, by its name.
    pub times: BTreeMap<String, TimeFile>,
    /// Entries that hold where the table's address columns are of a type that is not text, by its name, which `kinds` has too.
    pub addresses: BTreeMap<String, AddressFile>,
}

/// Entries that hold for a type of address columns.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AddressFile {
    /// Operators.
    pub operators: BTreeMap<String, Entry>,
    /// Functions.
    pub functions: BTreeMap<String, Entry>,
}

/// Entries that hold for a type of time columns.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeFile {
    /// Units, the longest first.
    pub durations: Vec<DurationUnit>,
    /// Operators.
    pub operators: BTreeMap<String, Entry>,
    /// Functions.
    pub functions: BTreeMap<String, Entry>,
}

/// Entries that hold from a version of the engine on.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct StackFile {
    /// Operators.
    pub operators: BTreeMap<String, Entry>,
    /// Aggregates.
    pub aggregates: BTreeMap<String, Entry>,
    /// Functions.
    pub functions: BTreeMap<String, Entry>,
}

/// The sections of a dialect that hold patterns.
pub(super) fn sections(file: &DialectFile) -> [(&'static str, &BTreeMap<String, Entry>); 4] {
    [
        ("operators", &file.operators),
        ("aggregates", &file.aggregates),
        ("functions", &file.functions),
        ("lookups", &file.lookups),
    ]
}
