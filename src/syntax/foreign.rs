//! Words of other query languages, and how a hunt says the same.
//!
//! In: a word where a step, an operator or a function was read. Out: an error with the hunt's own spelling. Guarantee: an edit is offered only
//! where it gives the same meaning; what needs thought is a sentence.

use super::ast::Name;
use super::grammar::STEPS;
use crate::diag::{Code, Diagnostic, suggest};
use crate::source::Span;

/// Steps of KQL, ES|QL, SQL and SPL: the word, and the step to use.
const FOREIGN_STEPS: &[(&[&str], &str)] = &[
    (&["filter", "search", "having"], "where"),
    (&["extend", "eval", "let", "mutate", "with"], "derive"),
    (
        &["project", "keep", "fields", "columns", "return", "output"],
        "select",
    ),
    (
        &[
            "summarize",
            "summarise",
            "stats",
            "aggregate",
            "distinct",
            "dedup",
            "uniq",
            "group_by",
        ],
        "group by",
    ),
    (&["order", "order_by", "orderby"], "sort"),
    (&["limit", "take", "head", "first"], "top N by"),
    (&["least", "bottom"], "rare N by"),
    (&["project_away", "drop"], "select"),
    (&["iplocation", "geo"], "enrich"),
    (&["lookup"], "derive"),
    (&["make_series", "makeseries", "timechart"], "series"),
    (&["index", "source", "table"], "from"),
];

/// The steps of the language, in a sentence.
pub(super) fn steps() -> String {
    let words: Vec<&str> = STEPS
        .iter()
        .map(|word| if *word == "group" { "group by" } else { word })
        .collect();
    match words.split_last() {
        Some((last, others)) => format!("the steps are {} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// What is wrong with a word that should begin a step.
pub(super) fn step(word: &str, span: Span) -> Diagnostic {
    let fault = Diagnostic::at(Code::E0210, span, format!("there is no step `{word}`"));
    if let Some((_, ours)) = FOREIGN_STEPS
        .iter()
        .find(|(words, _)| words.contains(&word))
    {
        return fault.help(format!("the step for this is `{ours}`"));
    }
    if word == "union" || word == "append" {
        return fault
            .help("a hunt reads one event class; sub-queries and unions are not in the language");
    }
    let fault = fault.help(steps());
    match suggest::nearest(word, STEPS.iter().copied()) {
        Some(near) => fault.fix(span, near, "a step with a similar name exists"),
        None => fault,
    }
}

/// Operators that are words elsewhere: the word, ours when it is a plain renaming, a sentence else.
const FOREIGN_OPERATORS: &[(&[&str], Option<&str>, &str)] = &[
    // Kusto's operators ignore case unless they end in `_cs`; ours do where `~` follows.
    (
        &["startswith", "beginswith"],
        Some("starts_with~"),
        "the operator that ignores case is `starts_with~`; `starts_with` is exact",
    ),
    (
        &["startswith_cs"],
        Some("starts_with"),
        "the exact operator is `starts_with`; `starts_with~` ignores case",
    ),
    (
        &["endswith"],
        Some("ends_with~"),
        "the operator that ignores case is `ends_with~`; `ends_with` is exact",
    ),
    (
        &["endswith_cs"],
        Some("ends_with"),
        "the exact operator is `ends_with`; `ends_with~` ignores case",
    ),
    (
        &["contains_cs", "includes"],
        Some("contains"),
        "the exact operator is `contains`; `contains~` ignores case",
    ),
    (
        &["has", "has_any"],
        Some("has_word~"),
        "the operator that ignores case is `has_word~`; `has_word` is exact, and a list may stand on the right of both",
    ),
    (
        &["has_cs"],
        Some("has_word"),
        "the exact operator is `has_word`; `has_word~` ignores case, and a list may stand on its right",
    ),
    (
        &["has_all", "hasprefix", "hassuffix"],
        None,
        "write the tests one by one, with `and`: `x has_word \"a\" and x has_word \"b\"`",
    ),
    (
        &["like", "ilike", "wildcard"],
        None,
        "wildcards are `contains`, `starts_with`, `ends_with`, or `matches /…/`; each followed by `~`, or /…/i, ignores case",
    ),
    (
        &["rlike", "regexp", "regex", "re", "match", "similar"],
        Some("matches"),
        "a regex is tested with `matches /…/`",
    ),
    (&["equals", "eq"], Some("=="), "equality is `==`"),
    (&["ne", "neq"], Some("!="), "inequality is `!=`"),
    (&["gt"], Some(">"), "greater than is `>`"),
    (&["gte", "ge"], Some(">="), "at least is `>=`"),
    (&["lt"], Some("<"), "less than is `<`"),
    (&["lte", "le"], Some("<="), "at most is `<=`"),
    (
        &["cidr", "cidrmatch", "in_subnet", "incidr"],
        Some("in_cidr"),
        "the operator is `in_cidr`",
    ),
    (
        &["isnull", "isempty"],
        Some("is missing"),
        "absent, null and empty are one state: `x is missing`",
    ),
    (
        &["notnull", "isnotnull"],
        Some("exists"),
        "a value that is there is `x exists`",
    ),
    (
        &["nin", "notin", "not_in"],
        Some("not in"),
        "the operator is `not in`",
    ),
    (&["xor"], None, "`a xor b` is `a != b` on two conditions"),
    (&["div", "mod"], None, "`/` divides; there is no remainder"),
];

/// Our operator for one that is negated with `!` in Kusto, where those without `_cs` ignore case.
pub(super) fn negated(word: &str) -> Option<&'static str> {
    Some(match word {
        "contains" => "contains~",
        "has_word" => "has_word",
        "starts_with" => "starts_with",
        "ends_with" => "ends_with",
        "hasprefix" | "hassuffix" | "has_all" => "has_word~",
        "between" => "between",
        _ => {
            let (_, ours, _) = FOREIGN_OPERATORS.iter().find(|(words, ours, _)| {
                words.contains(&word)
                    && ours.is_some_and(|ours| ours.starts_with(|c: char| c.is_ascii_lowercase()))
            })?;
            (*ours)?
        }
    })
}

/// What is wrong with a name where an operator was expected, when it is known from elsewhere or near one of ours.
pub(super) fn operator(word: &str, span: Span) -> Option<Diagnostic> {
    if let Some((_, ours, why)) = FOREIGN_OPERATORS
        .iter()
        .find(|(words, ..)| words.contains(&word))
    {
        let fault = Diagnostic::at(
            Code::E0208,
            span,
            format!("`{word}` is not an operator of the language"),
        );
        return Some(match ours {
            Some(ours) => fault.fix(span, *ours, *why),
            None => fault.help(*why),
        });
    }
    let words = [
        "and",
        "or",
        "not",
        "in",
        "between",
        "contains",
        "starts_with",
        "ends_with",
        "has_word",
        "matches",
        "in_cidr",
        "exists",
        "optional",
        "desc",
        "within",
        "by",
        "where",
        "every",
        "over",
        "as",
        "on",
    ];
    // Two letters are near to half the words there are.
    let near = suggest::nearest(word, words).filter(|_| word.len() > 2)?;
    let fault = Diagnostic::at(
        Code::E0201,
        span,
        format!("`{word}` is not an operator of the language"),
    );
    Some(fault.fix(span, near, "a word with a similar spelling exists"))
}

/// Functions of other languages: the words, and how the call is written here (`1` and `2` stand for the arguments).
const FOREIGN_FUNCTIONS: &[(&[&str], &str)] = &[
    (
        &[
            "isnotempty",
            "isnotnull",
            "is_not_null",
            "is_not_empty",
            "notempty",
            "exists",
        ],
        "{1} exists",
    ),
    (
        &["isempty", "isnull", "is_null", "is_empty", "empty"],
        "{1} is missing",
    ),
    (&["tolower", "to_lower", "lcase", "lowercase"], "lower({1})"),
    (&["toupper", "to_upper", "ucase", "uppercase"], "upper({1})"),
    (&["strlen", "len", "char_length"], "length({1})"),
    (&["tostring", "to_string"], "string({1})"),
    (&["toint", "tolong", "to_integer", "to_long"], "int({1})"),
    (&["todouble", "toreal", "to_double"], "float({1})"),
    (&["to_ip"], "ip({1})"),
    (&["strcat"], "concat({all})"),
    (&["ago"], "now - {1}"),
    (&["startswith", "starts_with"], "{1} starts_with {2}"),
    (&["endswith", "ends_with"], "{1} ends_with {2}"),
    (&["contains"], "{1} contains {2}"),
    (
        &[
            "ipv4_is_in_range",
            "ipv6_is_in_range",
            "ipv4_is_in_any_range",
            "cidrmatch",
        ],
        "{1} in_cidr {2}",
    ),
    (&["cidr_match"], "{1} in_cidr {2}"),
    (&["ipv4_is_private"], "is_private({1})"),
    (&["iff", "if", "iif"], "case { {1} -> {2}, else {3} }"),
];

/// Aggregates of other languages, and how one is written in the block of a group; those with a condition end in ` where {n}`.
const FOREIGN_AGGREGATES: &[(&[&str], &str)] = &[
    (
        &[
            "dcount",
            "dc",
            "distinct_count",
            "uniq",
            "nunique",
            "approx_distinct",
            "approx_count_distinct",
            "estdc",
        ],
        "count_distinct({1})",
    ),
    (
        &[
            "make_set",
            "makeset",
            "values",
            "collect_set",
            "array_agg",
            "make_list",
            "makelist",
        ],
        "set({all})",
    ),
    (
        &["take_any", "takeany", "any_value", "anyif", "sample"],
        "any({1})",
    ),
    (&["mean", "average"], "avg({1})"),
    (&["maximum"], "max({1})"),
    (&["minimum"], "min({1})"),
    (&["countif", "count_if"], "count() where {1}"),
    (
        &["dcountif", "count_distinctif"],
        "count_distinct({1}) where {2}",
    ),
    (&["sumif", "sum_if"], "sum({1}) where {2}"),
    (&["avgif", "avg_if"], "avg({1}) where {2}"),
    (&["minif", "min_if"], "min({1}) where {2}"),
    (&["maxif", "max_if"], "max({1}) where {2}"),
    (&["make_set_if", "make_list_if"], "set({1}) where {2}"),
    (&["take_anyif"], "any({1}) where {2}"),
];

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// In an expression: a function of one row.
    Row,
    /// In the block of a group, or as the measure of a series: an aggregate, which may have a condition already.
    Aggregate {
        /// Whether `where …` follows.
        filtered: bool,
    },
}

/// What is wrong with a call of a function that another language has. `place` is the whole call, `arguments` its arguments as written; without them
/// nothing is offered but the form.
pub(super) fn function(
    function: &Name,
    place: Span,
    arguments: &[&str],
    position: Position,
) -> Option<Diagnostic> {
    let word = function.text.as_str();
    let find = |table: &[(&[&str], &'static str)]| {
        table
            .iter()
            .find(|(words, _)| words.contains(&word))
            .map(|(_, ours)| *ours)
    };
    let aggregate = find(FOREIGN_AGGREGATES);
    let ours = match position {
        Position::Row => find(FOREIGN_FUNCTIONS).or(aggregate)?,
        Position::Aggregate { .. } => aggregate.or_else(|| find(FOREIGN_FUNCTIONS))?,
    };
    let what = if aggregate.is_some() {
        "aggregate"
    } else {
        "function"
    };
    let fault = Diagnostic::at(Code::E0208, place, format!("there is no {what} `{word}`"));
    let form = filled(ours, &["a", "b", "c"]).unwrap_or_default();
    Some(match (position, aggregate) {
        (Position::Row, Some(_)) => fault.help(format!(
            "an aggregate stands in the block of a group: `group by … {{ n = {form} }}`"
        )),
        (Position::Aggregate { .. }, None) => fault.help(format!(
            "here it is written `{form}`, and it is for one row: use it in the argument of an aggregate"
        )),
        (Position::Aggregate { filtered: true }, Some(ours)) if ours.contains(" where ") => fault
            .help(format!(
                "here it is written `{form}`; join the two conditions with `and`"
            )),
        _ => match filled(ours, arguments) {
            Some(text) => fault.fix(place, text, "here it is written so"),
            None => fault.help(format!("here it is written `{form}`")),
        },
    })
}

/// A form with arguments in its holes, in one pass: what an argument says is never taken for a hole. `None` when there are not as many.
fn filled(form: &str, arguments: &[&str]) -> Option<String> {
    let mut text = String::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (hole, tail) = after.split_once('}')?;
        match hole.parse::<usize>() {
            Ok(at) => text.push_str(arguments.get(at.checked_sub(1)?)?),
            Err(_) if hole == "all" => text.push_str(&arguments.join(", ")),
            // A brace of the language, as in `case { … }`.
            Err(_) => {
                text.push('{');
                rest = after;
                continue;
            }
        }
        rest = tail;
    }
    text.push_str(rest);
    Some(text)
}
