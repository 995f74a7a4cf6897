//! Tests that ignore case, where the engine's own way folds other letters than the language.
//!
//! In: a predicate of a bound plan. Out: one with the same meaning, or none if the engine's own way is right. Guarantee: where a constant has a letter that the
//! engine may fold otherwise, the test becomes a regex that minds case and holds both cases of each letter; other constants keep the form that readers expect.
//! `docs/folding.md` shows what is left.

use crate::backend::dialect::rules::Folding;
use crate::pattern::{Letters, Pattern, RegexDialect, SimpleFolding, is_cased, simple_folding};
use crate::plan::TextTest;
use crate::plan::{Comparison, Expr, ExprKind, Type};
use crate::value::Value;
use std::sync::Arc;

/// Constants that one regex holds at most: automata of very many alternatives are refused by engines.
const MOST: usize = 32;

/// The second of the two characters that `İ` is in lower case, by the rules for words.
const DOT_ABOVE: char = '\u{307}';

/// What is done about a letter of a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Care {
    None,
    /// Rare variants of the letter are found, too: a note.
    Note,
    /// The constant becomes a regex.
    Regex,
}

impl Folding {
    /// How the regexes of a dialect ignore case.
    #[must_use]
    pub fn of_regexes(dialect: RegexDialect) -> Folding {
        match dialect {
            RegexDialect::Rust | RegexDialect::Re2 | RegexDialect::Re2Dotall => Folding::Simple,
            // Java's, told to fold more than ASCII, takes `ı` for `i` in every word.
            RegexDialect::Java | RegexDialect::Are | RegexDialect::Lucene => Folding::Ascii,
        }
    }

    fn care(self, c: char) -> Care {
        let regex = |needed| if needed { Care::Regex } else { Care::None };
        match self {
            Folding::Letters => Care::None,
            Folding::Simple => match simple_folding(c) {
                SimpleFolding::Same => Care::None,
                SimpleFolding::Variants => Care::Note,
                SimpleFolding::Other => Care::Regex,
            },
            Folding::Words => regex(matches!(c, 'Σ' | 'σ' | 'ς' | 'İ' | DOT_ABOVE)),
            Folding::Ascii => regex(!c.is_ascii() && is_cased(c) || c == DOT_ABOVE),
        }
    }

    fn care_of(self, text: &str) -> Care {
        let all = text.chars().map(|c| self.care(c));
        all.max().unwrap_or(Care::None)
    }

    /// Whether the constant has to become a regex.
    #[must_use]
    pub fn needs_regex(self, constant: &Value) -> bool {
        matches!(constant, Value::Text(text) if self.care_of(text) == Care::Regex)
    }

    /// Whether the engine finds a little more than the constant, as it is.
    #[must_use]
    pub fn needs_note(self, constant: &Value) -> bool {
        matches!(constant, Value::Text(text) if self.care_of(text) == Care::Note)
    }

    /// The same of a regex that ignores case: with these letters it has to hold both cases of each.
    fn letters(self) -> Option<Letters> {
        match self {
            Folding::Letters => None,
            Folding::Simple => Some(Letters::Unlike),
            Folding::Words | Folding::Ascii => Some(Letters::BeyondAscii),
        }
    }
}

/// A regex that ignores case, as one that minds it, where a letter of it is folded otherwise by the engine: by its regexes, or by its other operators, which
/// a simple regex becomes.
#[must_use]
pub(crate) fn both_cases(
    pattern: &Pattern,
    dialect: RegexDialect,
    others: Folding,
) -> Option<Pattern> {
    let foldings = [Folding::of_regexes(dialect), others];
    let letters = foldings.into_iter().filter_map(Folding::letters);
    match letters.into_iter().any(|letters| pattern.names(letters)) {
        true => pattern.both_cases(),
        false => None,
    }
}

/// The predicate without constants in tests that ignore case which the engine would fold otherwise.
#[must_use]
pub(crate) fn spelled(expr: &Expr, folding: Folding) -> Option<Expr> {
    let special = |expr: &Expr| match &expr.kind {
        ExprKind::Literal { value, .. } if folding.needs_regex(value) => text_of(value),
        _ => None,
    };
    match &expr.kind {
        ExprKind::Compare {
            op: Comparison::Equal,
            fold: true,
            left,
            right,
        } => {
            let (value, constant) = match (special(left), special(right)) {
                (_, Some(constant)) => (left, constant),
                (Some(constant), _) => (right, constant),
                _ => return None,
            };
            regexes(value, &[constant], ("^", "$"))
        }
        ExprKind::In {
            value,
            items,
            fold: true,
            list,
        } => {
            if !items.iter().any(|item| folding.needs_regex(item)) {
                return None;
            }
            let (special, plain): (Vec<Value>, Vec<Value>) = items
                .iter()
                .cloned()
                .partition(|item| folding.needs_regex(item));
            let special: Vec<String> = special.iter().filter_map(text_of).collect();
            let rest = match plain.as_slice() {
                [one] => ExprKind::Compare {
                    op: Comparison::Equal,
                    fold: true,
                    left: value.clone(),
                    right: Box::new(Expr::literal(one.clone(), Type::Text, value.span)),
                },
                _ => ExprKind::In {
                    value: value.clone(),
                    items: plain.clone(),
                    fold: true,
                    list: list.clone(),
                },
            };
            split(value, (rest, plain.len()), &special, ("^", "$"))
        }
        ExprKind::TextTest {
            test,
            fold: true,
            value,
            needles,
        } => {
            if !needles.iter().any(|needle| special(needle).is_some()) {
                return None;
            }
            let ends = match test {
                TextTest::Contains => ("", ""),
                TextTest::StartsWith => ("^", ""),
                TextTest::EndsWith => ("", "$"),
                // What may adjoin a word is said where it is printed.
                TextTest::HasWord => return None,
            };
            let plain: Arc<[Expr]> = needles
                .iter()
                .filter(|needle| special(needle).is_none())
                .cloned()
                .collect();
            let special: Vec<String> = needles.iter().filter_map(special).collect();
            let rest = ExprKind::TextTest {
                test: *test,
                fold: true,
                value: value.clone(),
                needles: plain.clone(),
            };
            split(value, (rest, plain.len()), &special, ends)
        }
        _ => None,
    }
}

/// The text under `lower`, for a test that ignores case.
#[must_use]
pub(crate) fn raw(value: &Expr) -> &Expr {
    match &value.kind {
        ExprKind::Call {
            function,
            arguments,
            ..
        } if function == "lower" => arguments.first().map_or(value, raw),
        _ => value,
    }
}

/// Whether the value is text in one case, made so by a function.
#[must_use]
pub(super) fn is_cased_text(value: &Expr) -> bool {
    matches!(&value.kind, ExprKind::Call { function, .. } if matches!(function.as_str(), "lower" | "upper"))
}

/// Whether it is a literal with a letter beyond ASCII.
#[must_use]
pub(super) fn is_wide_literal(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Literal { value, .. } if is_wide(value))
}

/// Whether the value is text with a letter beyond ASCII.
#[must_use]
pub(super) fn is_wide(value: &Value) -> bool {
    Folding::Ascii.needs_regex(value)
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

/// The test of what the engine folds as the language, or that of the rest.
fn split(
    value: &Expr,
    (rest, count): (ExprKind, usize),
    special: &[String],
    ends: (&str, &str),
) -> Option<Expr> {
    if special.is_empty() {
        return None;
    }
    let regexes = regexes(value, special, ends)?;
    if count == 0 {
        return Some(regexes);
    }
    Expr::any(vec![Expr::predicate(rest, value.span), regexes])
}

/// One regex for the constants, or several where they are many.
fn regexes(value: &Expr, constants: &[String], (start, end): (&str, &str)) -> Option<Expr> {
    let mut parts = Vec::new();
    for some in constants.chunks(MOST) {
        let escaped: Vec<String> = some.iter().map(|text| Pattern::literal(text)).collect();
        let source = match escaped.as_slice() {
            [one] => format!("{start}{one}{end}"),
            many => format!("{start}(?:{}){end}", many.join("|")),
        };
        let pattern = Pattern::parse(&source, true).ok()?;
        let pattern = pattern.both_cases().unwrap_or(pattern);
        parts.push(Expr::predicate(
            ExprKind::Matches {
                value: Box::new(raw(value).clone()),
                pattern: Arc::new(pattern),
            },
            value.span,
        ));
    }
    Expr::any(parts)
}
