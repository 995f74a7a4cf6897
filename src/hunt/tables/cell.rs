//! One cell of a table: a text to a value or values.
//!
//! In: the text of a cell and the type of its column. Out: the cell as a platform would read it at run time, and every [`Flaw`], with the bytes of
//! the text that it is about. Guarantee: strict and lenient readers share this reading, so they differ only in what they make of a flaw; the elements
//! given are distinct and none is missing.

use super::{Cell, CellType};
use crate::hunt::ItemType;
use crate::net::{self, Network};
use crate::pattern::lower_text;
use crate::value::Value;
use crate::value::order::Key;
use std::collections::BTreeMap;
use std::ops::Range;

/// At most this many flaws of one cell are reported.
const MOST_FLAWS: usize = 50;
/// A longer range is not written out in a fix.
const MOST_WRITTEN: i64 = 64;
/// Digits of an integer, as `int(…)` of the language takes them.
const MOST_DIGITS: usize = 18;

/// Something wrong with a part of a cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Flaw {
    /// The bytes of the cell's text.
    pub(super) at: Range<usize>,
    /// What is wrong, as a title.
    pub(super) title: String,
    /// What would help.
    pub(super) help: Option<String>,
    /// A replacement of `at`, and why.
    pub(super) fix: Option<(String, &'static str)>,
    /// Another part that explains it, for an element that occurs twice.
    pub(super) first: Option<Range<usize>>,
    /// Whether the part is left out at run time; else it is read all the same.
    pub(super) left_out: bool,
}

impl Flaw {
    fn new(at: Range<usize>, title: impl Into<String>) -> Self {
        Flaw {
            at,
            title: title.into(),
            help: None,
            fix: None,
            first: None,
            left_out: true,
        }
    }

    fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    fn fix(mut self, text: impl Into<String>, why: &'static str) -> Self {
        self.fix = Some((text.into(), why));
        self
    }

    fn harmless(mut self) -> Self {
        self.left_out = false;
        self
    }
}

/// Reads a cell. Nothing when it is a list without a usable element: its row matches nothing.
pub(super) fn read(text: &str, ty: &CellType) -> (Option<Cell>, Vec<Flaw>) {
    let mut flaws = Vec::new();
    let cell = if ty.list {
        list(text, ty, &mut flaws)
    } else {
        Some(single(text, ty, &mut flaws))
    };
    (cell, flaws)
}

/// The part of a text without the blanks around it. A blank is a space: what else engines trim differs between them.
fn trimmed(text: &str, at: Range<usize>) -> Range<usize> {
    let part = text.get(at.clone()).unwrap_or("");
    let start = at.start + (part.len() - part.trim_start_matches(' ').len());
    start..(start + part.trim_matches(' ').len())
}

fn single(text: &str, ty: &CellType, flaws: &mut Vec<Flaw>) -> Cell {
    let at = trimmed(text, 0..text.len());
    let inner = text.get(at.clone()).unwrap_or("");
    if inner.len() != text.len() {
        let title = if inner.is_empty() {
            "this cell has spaces and nothing else"
        } else {
            "this cell has spaces around its text"
        };
        let flaw = Flaw::new(0..text.len(), title).harmless();
        flaws.push(flaw.fix(inner, "without them"));
    }
    if inner.is_empty() {
        return Cell::Missing;
    }
    if inner == "*" {
        let flaw = Flaw::new(at, "`*` in a column that is not a set");
        let flaw = flaw.help("only a set can be declared `or *`, where `*` matches anything");
        if ty.item == ItemType::Text {
            flaws.push(flaw.harmless());
            return Cell::One(Value::text(inner));
        }
        flaws.push(flaw);
        return Cell::Missing;
    }
    match element(inner, at, ty, flaws) {
        Some(value) => Cell::One(value),
        None => Cell::Missing,
    }
}

fn list(text: &str, ty: &CellType, flaws: &mut Vec<Flaw>) -> Option<Cell> {
    let whole = trimmed(text, 0..text.len());
    match text.get(whole.clone()).unwrap_or("") {
        "" => {
            let flaw = Flaw::new(0..text.len(), "this cell has no element");
            flaws.push(flaw.help(if ty.wildcard {
                "a set has at least one element, and `*` matches anything; a row with an empty set would match nothing"
            } else {
                "a set has at least one element; a row with an empty set would match nothing"
            }));
            return None;
        }
        "*" if ty.wildcard => {
            if whole.len() != text.len() {
                let flaw = Flaw::new(0..text.len(), "this `*` has spaces around it").harmless();
                flaws.push(flaw.fix("*", "without them"));
            }
            return Some(Cell::Anything);
        }
        _ => {}
    }
    let mut values: Vec<Value> = Vec::new();
    // By the value that a test ignoring case would see, and then by the value itself.
    let mut seen: BTreeMap<Key, (Range<usize>, Vec<Value>)> = BTreeMap::new();
    for outer in parts(text, &ty.separator) {
        let at = trimmed(text, outer.clone());
        let inner = text.get(at.clone()).unwrap_or("");
        let before = flaws.len();
        let value = match inner {
            "" => {
                flaws.push(no_element(text, outer, &ty.separator));
                None
            }
            "*" if ty.wildcard => {
                let flaw = Flaw::new(at.clone(), "`*` beside other elements");
                flaws.push(flaw.help("`*` matches anything, so it stands alone in its cell"));
                None
            }
            "*" => {
                let flaw = Flaw::new(at.clone(), "`*` in a column without `or *`");
                flaws.push(flaw.help(format!(
                    "declare the column `set<{}> or *` if `*` is to match anything",
                    super::declare::word(ty.item)
                )));
                None
            }
            _ => element(inner, at.clone(), ty, flaws),
        };
        if let Some(value) = value {
            let folded = match &value {
                Value::Text(text) => Value::text(&lower_text(text)),
                other => other.clone(),
            };
            let (first, same) = seen
                .entry(Key(vec![folded]))
                .or_insert_with(|| (at.clone(), Vec::new()));
            if !same.is_empty() {
                let mut flaw = Flaw::new(at, format!("`{inner}` occurs twice in this cell"));
                if !same.contains(&value) && matches!(value, Value::Text(_)) {
                    flaw = flaw.help("a join may ignore case, so two spellings are one element");
                }
                flaw.first = Some(first.clone());
                flaws.push(flaw.harmless());
            }
            if !same.contains(&value) {
                same.push(value.clone());
                values.push(value);
            }
        }
        if flaws.len() > before && flaws.len() > MOST_FLAWS {
            flaws.truncate(MOST_FLAWS);
        }
    }
    (!values.is_empty()).then_some(Cell::Several(values))
}

/// The bytes between separators.
fn parts<'t>(text: &'t str, separator: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    let mut at = 0;
    text.split(separator).map(move |part| {
        let start = at;
        at = start + part.len() + separator.len();
        start..start + part.len()
    })
}

/// Two separators with nothing between, or one at an end of the cell; the separators are what can be shown.
fn no_element(text: &str, part: Range<usize>, separator: &str) -> Flaw {
    let first = part.start == 0;
    let last = part.end == text.len();
    let start = part.start.saturating_sub(separator.len());
    let end = (part.end + separator.len()).min(text.len());
    let kept = if first || last { "" } else { separator };
    Flaw::new(start..end, "an empty element").fix(kept, "without it")
}

/// A value of the column's item type, from a text without blanks around it that is not empty.
fn element(text: &str, at: Range<usize>, ty: &CellType, flaws: &mut Vec<Flaw>) -> Option<Value> {
    let found = match ty.item {
        ItemType::Int => int(text),
        ItemType::Float => float(text),
        ItemType::Bool if text.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
        ItemType::Bool if text.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
        ItemType::Ip if net::is_canonical(text) => Some(Value::text(text)),
        ItemType::Text => {
            if text.trim() != text {
                let title = "a tab, a line break or a wide space around the text";
                let flaw = Flaw::new(at, title).harmless();
                flaws.push(flaw.fix(text.trim(), "without it"));
            }
            return Some(Value::text(text));
        }
        _ => None,
    };
    if found.is_none() {
        flaws.push(refusal(text, at, ty));
    }
    found
}

fn int(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let fits = (1..=MOST_DIGITS).contains(&digits.len());
    if !(fits && all_digits(digits)) {
        return None;
    }
    text.parse().ok().map(Value::Int)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A decimal number in the spelling that every engine reads.
fn float(text: &str) -> Option<Value> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (text, None),
    };
    let number = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    let exponent = exponent.map(|text| text.strip_prefix(['-', '+']).unwrap_or(text));
    let spelt = all_digits(whole) && fraction.into_iter().chain(exponent).all(all_digits);
    let value: f64 = spelt.then(|| text.parse().ok()).flatten()?;
    value.is_finite().then_some(Value::Float(value))
}

/// Why a text is not of its type.
fn refusal(text: &str, at: Range<usize>, ty: &CellType) -> Flaw {
    // Another separator, or several elements where one is expected.
    let several = |separator: &str| {
        let mut parts = text.split(separator).map(str::trim).peekable();
        text.contains(separator) && parts.all(|part| is_of(part, ty.item))
    };
    match ty.item {
        ItemType::Int => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            if all_digits(digits) && digits.len() > MOST_DIGITS {
                let title = if text.parse::<i64>().is_ok() {
                    format!("`{text}` has more than {MOST_DIGITS} digits")
                } else {
                    format!("`{text}` does not fit in 64 bits")
                };
                let help = format!("an integer has at most {MOST_DIGITS} digits");
                return Flaw::new(at, title).help(help);
            }
            if let Some(flaw) = range(text, &at, ty) {
                return flaw;
            }
        }
        ItemType::Ip => {
            if let Some(canonical) = net::canonical(text) {
                let title = format!("`{text}` is not an address in canonical form");
                return Flaw::new(at, title).fix(canonical, "its canonical form");
            }
            if text.parse::<Network>().is_ok() {
                return Flaw::new(at, format!("`{text}` is a network, not an address")).help(
                    "rows are joined by equal addresses; put networks in a list of type `cidr` and test them with `in_cidr`",
                );
            }
        }
        _ => {}
    }
    let flaw = Flaw::new(at, format!("`{text}` is not {}", wanted(ty.item)));
    if let Some(near) = alike(text, ty.item) {
        return flaw.fix(near, "did you mean this?");
    }
    let separators = super::declare::SEPARATORS.iter();
    match separators.copied().find(|separator| several(separator)) {
        Some(separator) if ty.list => flaw.help(format!(
            "elements of this table are separated by `{}`; `separator: \"{separator}\"` would make this several",
            ty.separator
        )),
        Some(_) if matches!(ty.item, ItemType::Int | ItemType::Float | ItemType::Ip) => flaw.help(format!(
            "a cell with several elements needs the type `set<{}>`",
            super::declare::word(ty.item)
        )),
        _ => flaw,
    }
}

fn is_of(text: &str, item: ItemType) -> bool {
    match item {
        ItemType::Int => int(text).is_some(),
        ItemType::Float => float(text).is_some(),
        ItemType::Ip => net::is_canonical(text),
        _ => false,
    }
}

fn wanted(item: ItemType) -> &'static str {
    match item {
        ItemType::Int => "an integer",
        ItemType::Float => "a number",
        ItemType::Bool => "`true` or `false`",
        ItemType::Ip => "an address",
        ItemType::Text | ItemType::Duration | ItemType::Network => "text",
    }
}

/// `5800-5810`, and its like with `..` or a long dash.
fn range(text: &str, at: &Range<usize>, ty: &CellType) -> Option<Flaw> {
    let numbers = ["..", "-", "\u{2013}", "\u{2014}", ":"]
        .iter()
        .filter_map(|sign| {
            // The first character may be a minus.
            let after = text.char_indices().nth(1)?.0;
            let found = text.get(after..)?.find(sign)? + after;
            let low = int(text.get(..found)?.trim())?;
            let high = int(text.get(found + sign.len()..)?.trim())?;
            match (low, high) {
                (Value::Int(low), Value::Int(high)) => Some((low, high)),
                _ => None,
            }
        });
    let (low, high) = numbers.into_iter().next()?;
    let flaw = Flaw::new(at.clone(), format!("`{text}` is a range"));
    if low >= high {
        return Some(flaw.help("write every number; this range ends where it begins, or before"));
    }
    let count = high.saturating_sub(low).saturating_add(1);
    if !ty.list {
        return Some(flaw.help(format!(
            "this column holds one number; with the type `set<int>`, write every one of the {count}"
        )));
    }
    let flaw = flaw.help(format!(
        "no platform reads a range in a cell: write every number, here {count}"
    ));
    if count > MOST_WRITTEN {
        return Some(flaw);
    }
    let all: Vec<String> = (low..=high).map(|number| number.to_string()).collect();
    Some(flaw.fix(all.join(&ty.separator), "every number of the range"))
}

/// What a number was probably meant to be: look-alike letters, a plus, a fraction of zeros, odd spaces.
fn alike(text: &str, item: ItemType) -> Option<String> {
    if item == ItemType::Bool {
        return match text.to_lowercase().as_str() {
            "yes" | "y" | "1" | "t" | "on" => Some("true".to_owned()),
            "no" | "n" | "0" | "f" | "off" => Some("false".to_owned()),
            _ => None,
        };
    }
    let text = text.trim();
    let digits: String = text
        .chars()
        .map(|c| match c {
            'O' | 'o' => '0',
            'l' | 'I' => '1',
            other => other,
        })
        .collect();
    let plain = digits.strip_prefix('+').unwrap_or(&digits);
    let whole = match plain.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => {
            whole
        }
        _ => plain,
    };
    let near = if item == ItemType::Int { whole } else { plain };
    // Letters alone are a word, not a number.
    let number = text.contains(|c: char| c.is_ascii_digit());
    (number && is_of(near, item)).then(|| near.to_owned())
}
