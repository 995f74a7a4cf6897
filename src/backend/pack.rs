//! What one engine says and how: the data of `templates/<pack>/`.
//!
//! In: `pack.yaml` and the `*.j2` files of a pack, of the pack it extends, and of `shared/`. Out: [`Pack`], which renders patterns and steps.
//! Promise: a pack that loads is whole: every operator of [`super::signature`] has a pattern or a reason why not, every hole of every pattern is one
//! that is filled, every level named exists.

use super::fold::Folding;
use super::fragment::{Fragment, Level};
use super::quote::Quoting;
use super::render::{self, Holes};
pub(crate) use super::rules::{DurationUnit, LiteralRules, NameRules};
use super::signature;
use super::target::Version;
use super::versions::Versions;
use crate::pattern::RegexDialect;
use crate::plan::bind::Abilities;
use minijinja::Environment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

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
    /// The word used in packs.
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

/// When a pattern that makes a predicate gives the third value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Third {
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

/// One pattern of a pack, or the reason why there is none.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The text, with holes.
    pub pattern: Option<String>,
    /// How tightly the text binds; a call where it is left out.
    pub prec: Option<String>,
    /// For predicates: when it is the third value. The pack's default where it is left out.
    pub third: Option<Third>,
    /// Whether arguments that may be the empty text must be made missing first, because the engine's function does not (law 3).
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
    /// All columns of a projection are computed from the rows before it.
    pub projection_is_simultaneous: bool,
    /// `latest` and `earliest` with the same filter share one aggregate that yields several columns.
    pub shared_extremes: bool,
    /// A text test may take several needles at once (`contains.any`).
    pub any_of: bool,
    /// A column of the table may hold several values in a row, whatever its schema says, and each test of it is then the third value. What the note says of
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
    /// Membership in a multi-valued field has a form that stands only in the first filter (`member.search`).
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

/// `pack.yaml`, as written.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PackFile {
    /// For people.
    pub title: String,
    /// Whether it makes no texts itself, and others extend it.
    #[serde(rename = "abstract")]
    pub is_abstract: bool,
    /// The pack whose entries hold where this one says nothing.
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
    /// When predicates are the third value, where an entry does not say.
    pub third: Option<Third>,
    /// Operators, by the names of [`signature::OPERATORS`], with variants after a dot.
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

/// A pack, checked and ready.
#[derive(Debug)]
pub struct Pack {
    /// The folder's name.
    pub name: String,
    /// The names of the packs whose entries it has, its own first.
    pub lineage: Vec<String>,
    /// The `pack.yaml` of the rule repository whose entries it has, if it has any.
    pub own: Option<PathBuf>,
    /// What the pack file says, with what it extends.
    pub file: PackFile,
    /// How it writes names and literals.
    pub quoting: Quoting,
    /// The type of the table's time columns, where it is not the usual one.
    pub time: Option<String>,
    /// The type of the table's address columns, where it is not text.
    pub addresses: Option<String>,
    /// The engine's release that texts are for; the newest where none is given.
    pub release: Option<Version>,
    capabilities: Capabilities,
    environment: Environment<'static>,
}

/// A fault in a pack: its place (`kql/operators/equal`) and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackFault {
    /// Where.
    pub place: String,
    /// What.
    pub message: String,
}

impl Pack {
    /// Checks the entries and compiles patterns and steps. `steps` holds the `*.j2` files without ending.
    ///
    /// # Errors
    /// Everything that is wrong with the pack.
    pub fn new(
        name: &str,
        file: PackFile,
        steps: &BTreeMap<String, String>,
    ) -> Result<Pack, Vec<PackFault>> {
        let fault = |place: &str, message: String| PackFault {
            place: format!("{name}/{place}"),
            message,
        };
        let quoting = Quoting::new(
            file.names.clone().unwrap_or_default(),
            file.literals.clone().unwrap_or_default(),
        )
        .map_err(|message| vec![fault("names", message)])?;
        let mut faults = Vec::new();
        let mut environment = render::environment(&file.precedence);
        for (section, entries) in sections(&file) {
            for (key, entry) in entries {
                let place = format!("{section}/{key}");
                if let Err(message) = add_entry(&mut environment, &file, &place, entry) {
                    faults.push(fault(&place, message));
                }
            }
        }
        for (step, source) in steps {
            let place = format!("steps/{step}");
            if let Err(error) = environment.add_template_owned(place.clone(), source.clone()) {
                faults.push(fault(&place, render::describe(&error)));
            }
        }
        for (place, message) in signature::faults(&file, steps, &environment) {
            faults.push(fault(&place, message));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Pack {
            name: name.to_owned(),
            lineage: vec![name.to_owned()],
            own: None,
            capabilities: file.capabilities.clone().unwrap_or_default(),
            file,
            quoting,
            time: None,
            addresses: None,
            release: None,
            environment,
        })
    }

    /// Whether its texts are of a language: it is the pack of that name, or extends it.
    #[must_use]
    pub fn is_of(&self, name: &str) -> bool {
        self.lineage.iter().any(|one| one == name)
    }

    /// What the engine can or must do.
    #[must_use]
    pub fn can(&self) -> &Capabilities {
        &self.capabilities
    }

    /// The dialect of its regexes; of those of `extract` where it has two.
    #[must_use]
    pub fn regex_dialect(&self, extract: bool) -> Option<RegexDialect> {
        let rules = self.file.literals.as_ref()?;
        let name = match extract && !rules.extract.is_empty() {
            true => rules.extract.as_str(),
            false => rules.regex.as_str(),
        };
        match name {
            "rust" => Some(RegexDialect::Rust),
            "lucene" => Some(RegexDialect::Lucene),
            "java" => Some(RegexDialect::Java),
            "are" => Some(RegexDialect::Are),
            "re2" => Some(RegexDialect::Re2),
            _ => None,
        }
    }

    /// How its queries are built.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.file.shape.unwrap_or_default()
    }

    /// The entry of `section` under the first of the names that it has: `exists.blank`, `exists.text`, `exists`.
    #[must_use]
    pub fn entry(&self, section: &str, names: &[String]) -> Option<(String, &Entry)> {
        let entries = sections(&self.file)
            .into_iter()
            .find_map(|(s, entries)| (s == section).then_some(entries))?;
        names
            .iter()
            .find_map(|name| entries.get(name).map(|entry| (name.clone(), entry)))
    }

    /// The operator `name` in the first of the variants that the pack has, else plain.
    #[must_use]
    pub fn operator(&self, name: &str, variants: &[&str]) -> Option<(String, &Entry)> {
        self.entry("operators", &variants_of(name, variants))
    }

    /// Whether the pack has a template for a step.
    #[must_use]
    pub fn has_step(&self, step: &str) -> bool {
        self.environment
            .get_template(&format!("steps/{step}"))
            .is_ok()
    }

    /// What the engine can do at run time in a product form.
    #[must_use]
    pub fn abilities(&self, product: &str) -> Abilities<'_> {
        let without = self
            .limits(product)
            .is_some_and(|limits| limits.no_watchlists);
        Abilities {
            lookups: self.lookups(),
            watchlists: if without { "" } else { &self.can().watchlists },
            platform: &self.file.extension,
            unmapped: None,
        }
    }

    /// Look-ups of `enrich` that the engine has.
    #[must_use]
    pub fn lookups(&self) -> Vec<&str> {
        self.file
            .lookups
            .iter()
            .filter(|(_, entry)| entry.pattern.is_some())
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// What limits a product form; the entry under the empty name is for schemas without product forms.
    #[must_use]
    pub fn limits(&self, product: &str) -> Option<&ProductLimits> {
        self.file.products.get(product)
    }

    /// When the predicate of an entry is the third value.
    #[must_use]
    pub fn third(&self, entry: &Entry) -> Third {
        entry.third.or(self.file.third).unwrap_or_default()
    }

    /// Fills the holes of a pattern.
    ///
    /// # Errors
    /// A hole that the pattern wants and nobody fills, or a template that prints something that is no fragment: a fault of the pack.
    pub fn render(&self, section: &str, name: &str, holes: Holes) -> Result<Fragment, PackFault> {
        let mut rendered = self.render_each(section, name, std::iter::once(holes))?;
        rendered.pop().ok_or_else(|| PackFault {
            place: format!("{}/{section}/{name}", self.name),
            message: "nothing was rendered".to_owned(),
        })
    }

    /// The same pattern with each of the holes; the pattern is looked up once.
    ///
    /// # Errors
    /// As [`Pack::render`].
    pub fn render_each(
        &self,
        section: &str,
        name: &str,
        holes: impl IntoIterator<Item = Holes>,
    ) -> Result<Vec<Fragment>, PackFault> {
        let place = format!("{section}/{name}");
        let level = sections(&self.file)
            .into_iter()
            .find_map(|(s, entries)| (s == section).then_some(entries))
            .and_then(|entries| entries.get(name))
            .and_then(|entry| self.level(entry.prec.as_deref()))
            .unwrap_or(Level::ATOM);
        render::render_each(&self.environment, &place, holes)
            .map(|texts| {
                let fragment = |text: String| Fragment::rendered(text, level);
                texts.into_iter().map(fragment).collect()
            })
            .map_err(|message| PackFault {
                place: format!("{}/{place}", self.name),
                message,
            })
    }

    /// The level of that name; a call or an atom where none is given.
    #[must_use]
    pub fn level(&self, name: Option<&str>) -> Option<Level> {
        level_of(&self.file.precedence, name)
    }
}

/// `name.variant` for each variant, then `name`.
#[must_use]
pub(crate) fn variants_of(name: &str, variants: &[&str]) -> Vec<String> {
    variants
        .iter()
        .map(|variant| format!("{name}.{variant}"))
        .chain(std::iter::once(name.to_owned()))
        .collect()
}

/// The sections of a pack that hold patterns.
pub(super) fn sections(file: &PackFile) -> [(&'static str, &BTreeMap<String, Entry>); 4] {
    [
        ("operators", &file.operators),
        ("aggregates", &file.aggregates),
        ("functions", &file.functions),
        ("lookups", &file.lookups),
    ]
}

pub(super) fn level_of(precedence: &[String], name: Option<&str>) -> Option<Level> {
    match name {
        None | Some("atom") => Some(Level::ATOM),
        Some(name) => precedence
            .iter()
            .position(|level| level == name)
            .and_then(|at| u8::try_from(at).ok())
            .map(Level),
    }
}

fn add_entry(
    environment: &mut Environment<'static>,
    file: &PackFile,
    place: &str,
    entry: &Entry,
) -> Result<(), String> {
    if level_of(&file.precedence, entry.prec.as_deref()).is_none() {
        return Err("its `prec` is not in `precedence`".to_owned());
    }
    match (&entry.pattern, &entry.unsupported) {
        (Some(pattern), None) => environment
            .add_template_owned(place.to_owned(), pattern.clone())
            .map_err(|error| render::describe(&error)),
        (None, Some(reason)) if !reason.is_empty() => Ok(()),
        _ => Err("it needs either a pattern or a reason under `unsupported`".to_owned()),
    }
}
