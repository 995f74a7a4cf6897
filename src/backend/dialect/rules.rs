//! How a dialect says that names and literals are written.
//!
//! In: the `names` and `literals` sections of a `dialect.yaml`. Out: the rules that [`super::quote`] follows. Guarantee: a key that is not known is an error in
//! the dialect.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Rules for names.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct NameRules {
    /// Names that need no quotes, as a regex over the whole name (or part of a dotted one).
    pub bare: String,
    /// What may be in `from`, as a regex over one name or pattern.
    pub tables: String,
    /// What such a name is, for people.
    pub tables_are: String,
    /// Whether `from` takes several, joined by commas; elsewhere a comma would be a join.
    pub several_tables: bool,
    /// Opens a quoted name.
    pub open: String,
    /// Closes it.
    pub close: String,
    /// Characters inside and how they are written.
    pub escapes: BTreeMap<String, String>,
    /// Words that must be quoted.
    pub reserved: BTreeSet<String>,
    /// Whether reserved words are so in this case only.
    pub exact_case: bool,
    /// Whether a dot separates parts that are quoted on their own.
    pub dotted: bool,
    /// Whether every name is quoted.
    pub always: bool,
}

/// A unit of time in literals.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DurationUnit {
    /// Its length.
    pub ms: i64,
    /// The text, with `{n}`.
    pub form: String,
    /// The text for one of it.
    pub one: Option<String>,
    /// The least count for which the unit is used.
    #[serde(default = "one")]
    pub least: i64,
}

fn one() -> i64 {
    1
}

/// Wildcards of the engine's `LIKE`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LikeRules {
    /// Any run of characters.
    pub any: String,
    /// Characters that stand for others and must be escaped.
    pub special: String,
    /// What is put before them.
    pub escape: String,
}

/// Rules for literals in which backslashes are themselves.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct VerbatimRules {
    /// Opens a text.
    pub open: String,
    /// Closes it.
    pub close: String,
    /// Characters inside and how they are written.
    pub escapes: BTreeMap<String, String>,
    /// Characters that it cannot hold, so that the plain form is taken.
    pub refused: String,
}

/// Rules for literals.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LiteralRules {
    /// Opens a text.
    pub open: String,
    /// Closes it.
    pub close: String,
    /// Characters inside and how they are written.
    pub escapes: BTreeMap<String, String>,
    /// How other control characters are written, with `{hex4}` or `{octal}`; as they are where it is left out.
    pub control: Option<String>,
    /// A second form, in which backslashes are themselves.
    pub verbatim: Option<VerbatimRules>,
    /// A form for text with control characters, where the plain form would hold them raw; nothing is left raw in it.
    pub escaped: Option<EscapedRules>,
    /// A form for text with characters that are not seen, such as controls of direction, where `escaped` cannot say them.
    pub hidden: Option<EscapedRules>,
    /// Characters that cannot be written.
    pub refused: String,
    /// `true`.
    pub yes: String,
    /// `false`.
    pub no: String,
    /// Units, the longest first.
    pub durations: Vec<DurationUnit>,
    /// The engine's `LIKE`, where it has one.
    pub like: Option<LikeRules>,
    /// The regex dialect of searches: `rust`, `lucene`, `java`, `are`, `re2` or `re2s`.
    pub regex: String,
    /// The regex dialect of `extract`, where it is another one.
    pub extract: String,
}

/// A form of text literals with escapes.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EscapedRules {
    /// Opens the text.
    pub open: String,
    /// Closes it.
    pub close: String,
    /// Characters inside and how they are written.
    pub escapes: BTreeMap<String, String>,
    /// How other control characters and those that are not seen are written, with `{hex4}`, `{octal}` or `{number}`.
    pub control: String,
}

impl LiteralRules {
    /// These rules, and the parent's where these say nothing.
    #[must_use]
    pub(crate) fn over(self, base: LiteralRules) -> LiteralRules {
        let text = |base: String, own: String| if own.is_empty() { base } else { own };
        LiteralRules {
            open: text(base.open, self.open),
            close: text(base.close, self.close),
            escapes: if self.escapes.is_empty() {
                base.escapes
            } else {
                self.escapes
            },
            control: self.control.or(base.control),
            verbatim: self.verbatim.or(base.verbatim),
            escaped: self.escaped.or(base.escaped),
            hidden: self.hidden.or(base.hidden),
            refused: text(base.refused, self.refused),
            yes: text(base.yes, self.yes),
            no: text(base.no, self.no),
            durations: if self.durations.is_empty() {
                base.durations
            } else {
                self.durations
            },
            like: self.like.or(base.like),
            regex: text(base.regex, self.regex),
            extract: text(base.extract, self.extract),
        }
    }
}

/// How an engine ignores case in tests with a constant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Folding {
    /// As the language: each letter to its simple lower case.
    #[default]
    Letters,
    /// By Unicode's simple case folding, to which a final sigma is a sigma and `ſ` an `s`.
    Simple,
    /// To lower case by Java's rules for words: a final `Σ` becomes `ς`, and `İ` two characters.
    Words,
    /// As the locale has it, or in ASCII only: nothing is certain of other letters.
    Ascii,
}
