//! What a dialect must say, and with which holes.
//!
//! In: a dialect file. Out: its errors. Guarantee: the names here are the only ones that `print` and the writers of steps ask for; a
//! variant follows a name after a dot (`exists.blank`, `equal.ip`).

use super::file::{DialectFile, Entry, Shape, sections};
use crate::catalog::{self, MissingRule};
use crate::diag::suggest;
use crate::plan::made_functions::{
    DECIMAL_TO_INT, FENCE_SCORE, MEMBER_TEXT, NTH_LEAST, SCALE_DOWN, SORTED_NUMBERS, WINDOWS_AGO,
};
use minijinja::Environment;
use std::collections::BTreeMap;

/// An operator, its holes, and whether every dialect must have it or say why not.
pub(crate) struct Signature {
    /// Its name.
    pub name: &'static str,
    /// Its holes.
    pub holes: &'static [&'static str],
    /// Whether it may be left out, because code does without.
    pub optional: bool,
}

const fn must(name: &'static str, holes: &'static [&'static str]) -> Signature {
    Signature {
        name,
        holes,
        optional: false,
    }
}

const fn may(name: &'static str, holes: &'static [&'static str]) -> Signature {
    Signature {
        name,
        holes,
        optional: true,
    }
}

const SIDES: &[&str] = &["left", "right"];
const LIST: &[&str] = &["value", "items"];
/// `needle` is the literal, `like` the same as a `LIKE` pattern, `regex` the test as a regex; with the variant `any`: lists of them.
const NEEDLE: &[&str] = &["value", "needle", "like", "regex", "needles", "likes"];

/// The operators. Where a dialect has no form that ignores case (`equal_fold`), both sides are lowered.
pub(crate) const OPERATORS: &[Signature] = &[
    must("and", &["parts"]),
    must("or", &["parts"]),
    must("not", &["value"]),
    // `otherwise` where `value` is null.
    must("otherwise", &["value", "otherwise"]),
    must("equal", SIDES),
    may("equal_fold", SIDES),
    may("not_equal", SIDES),
    may("not_equal_fold", SIDES),
    must("less", SIDES),
    must("less_or_equal", SIDES),
    must("greater", SIDES),
    must("greater_or_equal", SIDES),
    // Of two present values, not less is greater or equal.
    may("not_less", SIDES),
    may("not_less_or_equal", SIDES),
    may("not_greater", SIDES),
    may("not_greater_or_equal", SIDES),
    must("between", &["value", "low", "high"]),
    must("in", LIST),
    may("in_fold", LIST),
    may("not_in", LIST),
    may("not_in_fold", LIST),
    must("contains", NEEDLE),
    may("contains_fold", NEEDLE),
    must("starts_with", NEEDLE),
    may("starts_with_fold", NEEDLE),
    must("ends_with", NEEDLE),
    may("ends_with_fold", NEEDLE),
    must("has_word", NEEDLE),
    may("has_word_fold", NEEDLE),
    may("not_contains", NEEDLE),
    may("not_contains_fold", NEEDLE),
    may("not_starts_with", NEEDLE),
    may("not_starts_with_fold", NEEDLE),
    may("not_ends_with", NEEDLE),
    may("not_ends_with_fold", NEEDLE),
    may("not_has_word", NEEDLE),
    may("not_has_word_fold", NEEDLE),
    must("matches", &["value", "regex"]),
    // `body`: the regex without its `(?i)`, for operators that ignore case themselves.
    must("matches_fold", &["value", "regex", "body"]),
    may("not_matches", &["value", "regex"]),
    may("not_matches_fold", &["value", "regex", "body"]),
    // Variants `v4`, `v6`; a dialect without it gets tests of the address's text.
    may("in_network", &["value", "networks"]),
    may("not_in_network", &["value", "networks"]),
    // Some value of a multi-valued column is the item. The variant `search` is used in the first filter only.
    may("member", &["value", "item"]),
    must("exists", &["value"]),
    must("missing", &["value"]),
    must("case", &["arms", "otherwise"]),
    // A blank text made missing.
    may("normalise", &["value"]),
    may("shield", &["value"]),
    // What precedes a text so that columns that no index maps are null in it.
    may("nullify", &[]),
    // The missing value, by kind.
    must("nothing", &[]),
    must("now", &[]),
    // `plain`: the text without quotes.
    must("time", &["text", "plain", "milliseconds"]),
    must("duration", &["text", "milliseconds"]),
    must("add", SIDES),
    must("subtract", SIDES),
    must("multiply", SIDES),
    // The variant `safe` for a divisor that may be zero.
    must("divide", SIDES),
    must("negative", &["value"]),
    must("text", &["value"]),
    // Makes a column of another type word of the engine agree with the branches beside it.
    may("cast", &["value"]),
    // A literal of a float, where the engine reads it as a decimal.
    may("double", &["value"]),
    may("entry", &["map", "key"]),
    // A value is in the cell of a table that is read at run time.
    may("in_cells", &["value", "cells", "number", "fold"]),
];

/// `present`: every group has a row, and every row a value; then nothing is made of no values.
const AGGREGATE: &[&str] = &[
    "value", "values", "filter", "limit", "last", "time", "present",
];

/// The aggregates; variants `where` for a filter, `limit` for a limited set, and kinds.
pub(crate) const AGGREGATES: &[Signature] = &[
    must("count", AGGREGATE),
    must("count_distinct", AGGREGATE),
    may("count_sketch", AGGREGATE),
    must("sum", AGGREGATE),
    must("min", AGGREGATE),
    must("max", AGGREGATE),
    must("avg", AGGREGATE),
    must("set", AGGREGATE),
    must("any", AGGREGATE),
    must("earliest", AGGREGATE),
    must("latest", AGGREGATE),
    // What comes out of `earliest` and `latest` made a value again, by kind.
    may("unpack", AGGREGATE),
];

/// A rolled-up table, and the events that it does not hold yet.
const ROLLUP: &[&str] = &[
    "rollup",
    "table",
    "time",
    "own_time",
    "same_time",
    "start",
    "end",
    "floored",
    "grain",
    "count",
    "own_count",
    "columns",
    "tiers",
    "tiered",
    "parameters",
];

/// A table that is read at run time, and the join with it.
const WATCHLIST: &[&str] = &[
    "binding",
    "object",
    "columns",
    "conjuncts",
    "exploded",
    "number",
    "key",
    "cell",
    "cast",
    "left",
    "element",
    "skipped",
    "key_source",
    "key_separator",
];

/// The steps of a pipeline and their holes.
pub(crate) const PIPELINE: &[Signature] = &[
    must("header", &["comment", "lines"]),
    must("bindings", &["bindings"]),
    must(
        "from",
        &["table", "time", "start", "end", "parameters", "before_now"],
    ),
    must("where", &["conjuncts"]),
    must("derive", &["columns"]),
    must("select", &["columns"]),
    must("group", &["keys", "aggregates"]),
    // A dialect without them has no series of its own, or takes no rows from a table at run time.
    may(
        "series",
        &[
            "name",
            "value",
            "time",
            "start",
            "end",
            "every",
            "keys",
            "scored",
            "score",
            "baseline",
            "season",
            "trend",
            "flag",
            "residuals",
            "flat",
            "baseline_read",
            "first",
            "last",
            "least",
        ],
    ),
    may("repeat", &["name", "count", "numbers"]),
    may("rollup", ROLLUP),
    may("rolled", ROLLUP),
    may("incomplete", &["name"]),
    may("skipped", &["name", "skipped", "table"]),
    may("watchlist", WATCHLIST),
    may("join", WATCHLIST),
    must("sort", &["keys"]),
    must("limit", &["count"]),
];

/// The parts of a query in select blocks, and their holes.
pub(crate) const SELECT: &[Signature] = &[
    must("header", &["comment", "lines"]),
    must("query", &["named", "last"]),
    must(
        "block",
        &[
            "all",
            "columns",
            "table",
            "conjuncts",
            "keys",
            "order",
            "limit",
            "repeat",
            "numbers",
        ],
    ),
    // `truth`: the value is a predicate that is computed, which an engine may have as a number.
    must("column", &["bare", "truth", "name", "value"]),
    may("rolled", ROLLUP),
    may("recent", ROLLUP),
    may("counted", ROLLUP),
    must("key", &["value", "text", "descending", "nullable"]),
];

/// Whether code does without an operator where a dialect cannot say it.
pub(super) fn is_optional(key: &str) -> bool {
    OPERATORS
        .iter()
        .any(|signature| signature.optional && signature.name == base(key))
}

/// What is wrong with a dialect: place and message.
pub(crate) fn faults(
    file: &DialectFile,
    steps: &BTreeMap<String, String>,
    environment: &Environment<'static>,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (section, table) in [("operators", OPERATORS), ("aggregates", AGGREGATES)] {
        let entries = section_of(file, section);
        for signature in table.iter().filter(|s| !s.optional) {
            // What makes no texts itself may leave the rest to those that extend it.
            if !file.is_abstract && !entries.keys().any(|key| base(key) == signature.name) {
                found.push((
                    format!("{section}/{}", signature.name),
                    "missing: give a pattern, or the reason under `unsupported`".to_owned(),
                ));
            }
        }
        for key in entries.keys() {
            match table.iter().find(|s| s.name == base(key)) {
                Some(signature) => check_holes(
                    &format!("{section}/{key}"),
                    signature.holes,
                    environment,
                    &mut found,
                ),
                None => found.push((
                    format!("{section}/{key}"),
                    unknown("entry", base(key), table.iter().map(|s| s.name)),
                )),
            }
        }
    }
    function_faults(file, environment, &mut found);
    let steps_wanted = match file.shape {
        Some(Shape::Pipeline) => PIPELINE,
        Some(Shape::Select) => SELECT,
        None => &[],
    };
    if !file.is_abstract {
        for signature in steps_wanted {
            let place = format!("steps/{}", signature.name);
            if steps.contains_key(signature.name) {
                check_holes(&place, signature.holes, environment, &mut found);
            } else if !signature.optional {
                found.push((place, "missing".to_owned()));
            }
        }
    }
    found
}

fn unknown(what: &str, name: &str, known: impl Iterator<Item = &'static str>) -> String {
    match suggest::nearest(name, known) {
        Some(near) => format!("unknown {what}; the nearest is `{near}`"),
        None => format!("unknown {what}"),
    }
}

fn function_faults(
    file: &DialectFile,
    environment: &Environment<'static>,
    found: &mut Vec<(String, String)>,
) {
    for name in functions() {
        let keys: Vec<&String> = file
            .functions
            .keys()
            .filter(|key| base(key) == name)
            .collect();
        if keys.is_empty() && !file.is_abstract {
            found.push((
                format!("functions/{name}"),
                "missing: give a pattern, or the reason under `unsupported`".to_owned(),
            ));
        }
        let holes = holes_of(name);
        for key in keys {
            check_holes(&format!("functions/{key}"), &holes, environment, found);
        }
    }
    for key in file.functions.keys() {
        if !functions().any(|name| name == base(key)) {
            let message = unknown("function", base(key), functions());
            found.push((format!("functions/{key}"), message));
        }
    }
}

fn check_holes(
    place: &str,
    holes: &[&str],
    environment: &Environment<'static>,
    found: &mut Vec<(String, String)>,
) {
    // An entry that is unsupported has no template.
    let Ok(template) = environment.get_template(place) else {
        return;
    };
    for hole in template.undeclared_variables(false) {
        if !holes.contains(&hole.as_str()) {
            found.push((
                place.to_owned(),
                format!(
                    "unknown placeholder `{hole}`; it may use {}",
                    holes.join(", ")
                ),
            ));
        }
    }
}

fn section_of<'a>(file: &'a DialectFile, section: &str) -> &'a BTreeMap<String, Entry> {
    sections(file)
        .into_iter()
        .find_map(|(s, entries)| (s == section).then_some(entries))
        .unwrap_or(&file.operators)
}

/// The name without its variant.
fn base(key: &str) -> &str {
    key.split('.').next().unwrap_or(key)
}

/// Casts that `bind` makes, which are no functions of the language, with their parameters.
const CASTS: &[(&str, &[&str], MissingRule)] = &[
    (DECIMAL_TO_INT, &["value"], MissingRule::Partial),
    (MEMBER_TEXT, &["value"], MissingRule::Partial),
    (SCALE_DOWN, &["value", "factor"], MissingRule::Propagates),
    (
        WINDOWS_AGO,
        &["instant", "now", "length"],
        MissingRule::Never,
    ),
    (SORTED_NUMBERS, &["arguments"], MissingRule::Never),
    (NTH_LEAST, &["sorted", "place"], MissingRule::Never),
    (FENCE_SCORE, &["part", "whole"], MissingRule::Never),
];

/// Functions that are exchanged for tests on networks before a dialect sees them.
const LOWERED: &[&str] = &["is_private", "is_public"];

/// Holes beside those named as the parameters: the same in other forms.
const FORMS: &[(&str, &[&str])] = &[
    // Counted from 1.
    ("substring", &["position"]),
    // `from` as a regex, `to` as a replacement for it.
    ("replace", &["regex", "replacement"]),
    // The regex with the whole text around it.
    ("extract", &["whole"]),
    ("bin", &["milliseconds"]),
    // The way to the member: as JSON paths (`$."a b"[0]`, `$['a b'][0]`), after a value (`["a b"][0]`), the last step and those before it, the steps with
    // places counted from 1.
    (
        MEMBER_TEXT,
        &["path", "brackets", "access", "last", "outer", "counted"],
    ),
    // In other units.
    (WINDOWS_AGO, &["length_us", "length_ns"]),
    // Counted from 1.
    (NTH_LEAST, &["position"]),
];

/// Functions that a dialect must say: those of the language that are not lowered to something else, and the casts that `bind` makes.
fn functions() -> impl Iterator<Item = &'static str> {
    let own = catalog::functions().map(|function| function.name.as_str());
    own.filter(|name| !LOWERED.contains(name))
        .chain(CASTS.iter().map(|(name, ..)| *name))
}

/// Names of the holes of a function, the parameters first; `arguments` is the list of all.
#[must_use]
pub(crate) fn holes_of(function: &str) -> Vec<&'static str> {
    let cast = CASTS.iter().find(|(name, ..)| *name == function);
    let own: Vec<&'static str> = match (catalog::function(function), cast) {
        (Some(function), _) => function
            .parameters
            .iter()
            .map(|parameter| parameter.name.as_str())
            .collect(),
        (None, Some((_, holes, _))) => holes.to_vec(),
        (None, None) => Vec::new(),
    };
    let forms = FORMS
        .iter()
        .find_map(|(name, forms)| (*name == function).then_some(*forms))
        .unwrap_or_default();
    own.into_iter()
        .chain(forms.iter().copied())
        .chain(["arguments"])
        .collect()
}

/// When the result of a function, or of a cast that `bind` makes, is missing.
#[must_use]
pub(crate) fn missing_rule(function: &str) -> Option<MissingRule> {
    let cast = CASTS.iter().find(|(name, ..)| *name == function);
    catalog::function(function)
        .map(|function| function.missing)
        .or(cast.map(|(_, _, rule)| *rule))
}
