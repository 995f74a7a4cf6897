//! Operators on texts and lists.
//!
//! In: bound operands. Out: truth values. Guarantee: a term is a run of letters and digits, so `_` ends one; without `_cs` case is ignored by simple
//! Unicode folding (<https://learn.microsoft.com/en-us/kusto/query/datatypes-string-operators>); `in` decides null by never finding it
//! (<https://learn.microsoft.com/en-us/kusto/query/in-cs-operator>).

use super::ast::Expr;
use super::bind;
use super::cell::{Cell, Key, Type};
use super::fault::{self, Fault};
use super::operator::{coerced, undefined};
use super::regexes;
use super::scope::Scope;
use super::typed::Typed;
use std::collections::HashSet;
use std::rc::Rc;

/// The text with case folded, letter by letter.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().map(fold_letter).collect()
}

/// The folding of a letter: `ſ` is `s`, a final sigma a sigma, and `İ` an `i`; the dotless `ı` is itself.
fn fold_letter(letter: char) -> char {
    match letter {
        'ı' => return letter,
        'İ' => return 'i',
        _ => {}
    }
    let single = |mut letters: Box<dyn Iterator<Item = char>>| {
        let first = letters.next()?;
        letters.next().is_none().then_some(first)
    };
    let upper = single(Box::new(letter.to_uppercase())).unwrap_or(letter);
    single(Box::new(upper.to_lowercase())).unwrap_or(letter)
}

/// How a needle must lie in a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lie {
    Anywhere,
    Start,
    End,
    Term,
    TermStart,
    TermEnd,
    Whole,
}

fn lies(text: &str, needle: &str, lie: Lie) -> bool {
    match lie {
        Lie::Anywhere => text.contains(needle),
        Lie::Start => text.starts_with(needle),
        Lie::End => text.ends_with(needle),
        Lie::Whole => text == needle,
        Lie::Term => term(text, needle, true, true),
        Lie::TermStart => term(text, needle, true, false),
        Lie::TermEnd => term(text, needle, false, true),
    }
}

/// Whether the needle is between the bounds of terms.
fn term(text: &str, needle: &str, at_start: bool, at_end: bool) -> bool {
    if needle.is_empty() {
        return true;
    }
    let first = needle.chars().next().is_some_and(char::is_alphanumeric);
    let last = needle
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric);
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(needle)) {
        let at = from + at;
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text
            .get(at + needle.len()..)
            .and_then(|text| text.chars().next());
        let open = |letter: Option<char>| !letter.is_some_and(char::is_alphanumeric);
        if (!at_start || !first || open(before)) && (!at_end || !last || open(after)) {
            return true;
        }
        from = at + needle.chars().next().map_or(1, char::len_utf8);
    }
    false
}

/// Whether the needle is a term of the text, case ignored or not.
pub(super) fn has(text: &str, needle: &str, case_sensitive: bool) -> bool {
    if case_sensitive {
        lies(text, needle, Lie::Term)
    } else {
        lies(&fold(text), &fold(needle), Lie::Term)
    }
}

/// Binds an operator between two texts.
pub(super) fn binary(
    operator: &str,
    left: &Typed,
    right: &Typed,
    expr: &Expr,
    scope: &Scope<'_, '_>,
) -> Result<Typed, Fault> {
    let textual = |ty| matches!(ty, Type::Text | Type::Dynamic);
    if !textual(left.ty) || !textual(right.ty) {
        return Err(undefined(operator, left.ty, right.ty, expr));
    }
    let (ty_left, ty_right) = (left.ty, right.ty);
    if operator == "matches regex" {
        let regex = regexes::Pattern::bind(right, &expr.span, scope)?;
        let parts = [left.clone(), right.clone()];
        return Ok(Typed::of(Type::Bool, &parts, move |cells| match cells {
            [text, pattern] => {
                let text = bind::text_of(text, ty_left);
                Cell::Bool(regex.get(pattern).is_some_and(|r| r.is_match(&text)))
            }
            _ => Cell::Null,
        }));
    }
    let (plain, negated) = match operator.strip_prefix('!') {
        Some("~") => ("=~", true),
        Some(plain) => (plain, true),
        None => (operator, false),
    };
    let (plain, case_sensitive) = match plain.strip_suffix("_cs") {
        Some(plain) => (plain, true),
        None => (plain, false),
    };
    let lie = match plain {
        "=~" => Lie::Whole,
        "contains" => Lie::Anywhere,
        "startswith" => Lie::Start,
        "endswith" => Lie::End,
        "has" => Lie::Term,
        "hasprefix" => Lie::TermStart,
        "hassuffix" => Lie::TermEnd,
        _ => {
            return Err(fault::unknown(
                expr.span.clone(),
                operator,
                format!("the operator `{operator}` is not known here"),
            ));
        }
    };
    let cased = move |text: &str| {
        if case_sensitive {
            text.to_owned()
        } else {
            fold(text)
        }
    };
    // A needle that is the same for all rows is folded once.
    let fixed = right
        .value
        .as_ref()
        .map(|cell| cased(&bind::text_of(cell, ty_right)));
    let parts = [left.clone(), right.clone()];
    Ok(Typed::of(Type::Bool, &parts, move |cells| {
        let [text, needle] = cells else {
            return Cell::Null;
        };
        let text = cased(&bind::text_of(text, ty_left));
        let found = match &fixed {
            Some(needle) => lies(&text, needle, lie),
            None => lies(&text, &cased(&bind::text_of(needle, ty_right)), lie),
        };
        Cell::Bool(found != negated)
    }))
}

/// Binds `in`, `has_any` and their kin.
pub(super) fn among(
    operator: &str,
    left: &Typed,
    list: &[Typed],
    expr: &Expr,
) -> Result<Typed, Fault> {
    let negated = operator.starts_with('!');
    let plain = operator.strip_prefix('!').unwrap_or(operator);
    match plain {
        "in" | "in~" => membership(plain == "in~", negated, left, list, expr),
        "has_any" | "has_all" if !negated => {
            if !matches!(left.ty, Type::Text | Type::Dynamic) {
                return Err(undefined(operator, left.ty, Type::Text, expr));
            }
            terms(plain == "has_all", left, list, expr)
        }
        _ => {
            let message = format!("there is no operator `{operator}`");
            Err(fault::invalid(expr.span.clone(), operator, message))
        }
    }
}

/// All items, arrays opened.
fn items(cells: &[Cell]) -> impl Iterator<Item = &Cell> {
    cells.iter().flat_map(|cell| match cell {
        Cell::Array(array) => array.as_slice(),
        other => std::slice::from_ref(other),
    })
}

fn terms(all: bool, left: &Typed, list: &[Typed], expr: &Expr) -> Result<Typed, Fault> {
    if let Some(item) = list
        .iter()
        .find(|item| !matches!(item.ty, Type::Text | Type::Dynamic))
    {
        return Err(undefined("has_any", left.ty, item.ty, expr));
    }
    let ty = left.ty;
    let mut parts = vec![left.clone()];
    parts.extend(list.iter().cloned());
    Ok(Typed::of(Type::Bool, &parts, move |cells| {
        let Some((text, list)) = cells.split_first() else {
            return Cell::Null;
        };
        let text = fold(&bind::text_of(text, ty));
        let mut items = items(list);
        let found = |item: &Cell| {
            let needle = fold(&bind::text_of(item, Type::Dynamic));
            lies(&text, &needle, Lie::Term)
        };
        Cell::Bool(if all {
            items.all(found)
        } else {
            items.any(found)
        })
    }))
}

/// What an item and a value share when they are equal for `in`.
fn member_key(cell: &Cell, ty: Type, any_case: bool) -> Option<Key> {
    match (cell, ty) {
        (Cell::Null, _) => None,
        (Cell::Text(text), Type::Text | Type::Dynamic) if any_case => {
            Some(Key::Text(Rc::from(fold(text))))
        }
        (Cell::Text(text), ty) if !matches!(ty, Type::Text | Type::Dynamic) => {
            coerced(text, ty).map(|cell| cell.key())
        }
        (Cell::Long(value), Type::Real) => Some(Cell::Real(*value as f64).key()),
        (Cell::Real(value), Type::Int | Type::Long) => {
            let whole = *value as i64;
            (whole as f64 == *value).then_some(Key::Long(whole))
        }
        (cell, Type::Text) if !matches!(cell, Cell::Text(_)) => {
            Some(Key::Text(bind::text_of(cell, Type::Dynamic)))
        }
        _ => Some(cell.key()),
    }
}

fn membership(
    any_case: bool,
    negated: bool,
    left: &Typed,
    list: &[Typed],
    expr: &Expr,
) -> Result<Typed, Fault> {
    let ty = left.ty;
    if any_case && !matches!(ty, Type::Text | Type::Dynamic) {
        return Err(undefined("in~", ty, Type::Text, expr));
    }
    for item in list {
        let numbers = ty.is_number() && item.ty.is_number();
        let literal = item.ty == Type::Text && item.value.is_some();
        let fits = item.ty == ty || numbers || literal;
        if ty == Type::Text && item.ty.is_number() {
            let message = "whether a text is in a list of numbers is not known here";
            return Err(fault::unknown(expr.span.clone(), "in", message));
        }
        if !fits && item.ty != Type::Dynamic && ty != Type::Dynamic {
            return Err(undefined("in", ty, item.ty, expr));
        }
    }
    let constants: Option<Vec<Cell>> = list.iter().map(|item| item.value.clone()).collect();
    if let Some(cells) = constants {
        let keys: HashSet<Key> = items(&cells)
            .filter_map(|item| member_key(item, ty, any_case))
            .collect();
        return Ok(Typed::of(
            Type::Bool,
            std::slice::from_ref(left),
            move |cells| {
                let key = cells.first().and_then(|c| member_key(c, ty, any_case));
                Cell::Bool(key.is_some_and(|key| keys.contains(&key)) != negated)
            },
        ));
    }
    let mut parts = vec![left.clone()];
    parts.extend(list.iter().cloned());
    Ok(Typed::of(Type::Bool, &parts, move |cells| {
        let Some((value, list)) = cells.split_first() else {
            return Cell::Null;
        };
        let key = member_key(value, ty, any_case);
        let found = key.is_some() && items(list).any(|item| member_key(item, ty, any_case) == key);
        Cell::Bool(found != negated)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_underscore_ends_a_term() {
        assert!(has("alpha_beta", "ALPHA", false));
        assert!(!has("alphabeta", "alpha", false));
        assert!(has("10.0.0.1:443", "0.1", false));
        assert!(!has("10.0.0.12", "0.1", false));
        assert!(has("x", "", true));
    }

    #[test]
    fn folding_is_letter_by_letter() {
        assert_eq!(fold("ÉΣς"), "éσσ");
        assert_eq!(fold("ſİıK"), "siık");
        assert_ne!(fold("Straße"), fold("STRASSE"));
    }
}
