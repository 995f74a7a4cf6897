//! Cells and their types.
//!
//! In: values of literals, of samples, of functions. Out: [`Cell`], [`Type`], keys for grouping, one order. Guarantee: a cell of a `dynamic` column is
//! any cell, so that JSON needs no second representation; a text is never null, as in Kusto
//! (<https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/null-values>).

use super::decimal::Decimal;
use std::cell::OnceCell;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

/// The scalar types (<https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Type {
    Bool,
    Int,
    Long,
    Real,
    Decimal,
    Text,
    Time,
    Span,
    Guid,
    Dynamic,
}

impl Type {
    /// The type that a name means, aliases included.
    pub(super) fn named(name: &str) -> Option<Type> {
        Some(match name {
            "bool" | "boolean" => Type::Bool,
            "int" => Type::Int,
            "long" => Type::Long,
            "real" | "double" => Type::Real,
            "decimal" => Type::Decimal,
            "string" => Type::Text,
            "datetime" | "date" => Type::Time,
            "timespan" | "time" => Type::Span,
            "guid" | "uuid" | "uniqueid" => Type::Guid,
            "dynamic" => Type::Dynamic,
            _ => return None,
        })
    }

    /// The name in answers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Long => "long",
            Type::Real => "real",
            Type::Decimal => "decimal",
            Type::Text => "string",
            Type::Time => "datetime",
            Type::Span => "timespan",
            Type::Guid => "guid",
            Type::Dynamic => "dynamic",
        }
    }

    /// Whether it is `int` or `long`.
    pub(super) fn is_whole(self) -> bool {
        matches!(self, Type::Int | Type::Long)
    }

    /// Whether arithmetic is defined on it.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Type::Int | Type::Long | Type::Real | Type::Decimal)
    }

    /// What an absent value of this type is: texts have no null.
    pub(super) fn absent(self) -> Cell {
        if self == Type::Text {
            Cell::text("")
        } else {
            Cell::Null
        }
    }
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Null,
    Bool(bool),
    /// `int` and `long`; which of both the column knows.
    Long(i64),
    Real(f64),
    Decimal(Decimal),
    Text(Rc<str>),
    /// Ticks of 100 ns since the year 1.
    Time(i64),
    /// Ticks of 100 ns.
    Span(i64),
    Guid(u128),
    Array(Rc<Vec<Cell>>),
    Bag(Rc<Bag>),
}

/// A property bag: keys in the order they came.
#[derive(Debug, Default)]
pub(super) struct Bag {
    entries: Vec<(Rc<str>, Cell)>,
    index: OnceCell<HashMap<Rc<str>, usize>>,
}

/// From how many keys on a bag is looked up by hash.
const INDEXED: usize = 12;

impl Bag {
    /// A bag of these entries; of a repeated key the last value holds, at the first place.
    pub(super) fn new(given: Vec<(Rc<str>, Cell)>) -> Bag {
        let mut at: HashMap<Rc<str>, usize> = HashMap::new();
        let mut entries: Vec<(Rc<str>, Cell)> = Vec::with_capacity(given.len());
        for (key, value) in given {
            match at.get(&key).and_then(|at| entries.get_mut(*at)) {
                Some(entry) => entry.1 = value,
                None => {
                    at.insert(key.clone(), entries.len());
                    entries.push((key, value));
                }
            }
        }
        Bag {
            entries,
            index: OnceCell::new(),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Cell> {
        if self.entries.len() < INDEXED {
            return self.entries.iter().find(|e| &*e.0 == key).map(|e| &e.1);
        }
        let index = self.index.get_or_init(|| {
            let pairs = self.entries.iter().enumerate();
            pairs.map(|(at, entry)| (entry.0.clone(), at)).collect()
        });
        let at = *index.get(key)?;
        self.entries.get(at).map(|entry| &entry.1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(Rc<str>, Cell)> {
        self.entries.iter()
    }
}

impl Cell {
    pub(super) fn text(text: impl AsRef<str>) -> Cell {
        Cell::Text(Rc::from(text.as_ref()))
    }

    pub(super) fn array(cells: Vec<Cell>) -> Cell {
        Cell::Array(Rc::new(cells))
    }

    pub(super) fn bag(entries: Vec<(Rc<str>, Cell)>) -> Cell {
        Cell::Bag(Rc::new(Bag::new(entries)))
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Cell::Null)
    }

    pub(super) fn is_true(&self) -> bool {
        matches!(self, Cell::Bool(true))
    }

    pub(super) fn as_long(&self) -> Option<i64> {
        match self {
            Cell::Long(value) => Some(*value),
            _ => None,
        }
    }

    /// The number as a real; decimals too.
    pub(super) fn as_real(&self) -> Option<f64> {
        match self {
            Cell::Long(value) => Some(*value as f64),
            Cell::Real(value) => Some(*value),
            Cell::Decimal(value) => Some(value.to_f64()),
            _ => None,
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_array(&self) -> Option<&[Cell]> {
        match self {
            Cell::Array(cells) => Some(cells),
            _ => None,
        }
    }

    /// What equal cells share: for groups, joins, sets.
    pub(super) fn key(&self) -> Key {
        match self {
            Cell::Null => Key::Null,
            Cell::Bool(value) => Key::Bool(*value),
            Cell::Long(value) => Key::Long(*value),
            Cell::Real(value) if value.is_nan() => Key::Real(f64::NAN.to_bits()),
            // -0.0 + 0.0 is 0.0
            Cell::Real(value) => Key::Real((value + 0.0).to_bits()),
            Cell::Decimal(value) => Key::Other(value.to_string()),
            Cell::Text(text) => Key::Text(text.clone()),
            Cell::Time(ticks) => Key::Time(*ticks),
            Cell::Span(ticks) => Key::Span(*ticks),
            Cell::Guid(value) => Key::Guid(*value),
            Cell::Array(_) | Cell::Bag(_) => Key::Other(super::json::text(self)),
        }
    }
}

/// A cell as a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Null,
    Bool(bool),
    Long(i64),
    Real(u64),
    Text(Rc<str>),
    Time(i64),
    Span(i64),
    Guid(u128),
    Other(String),
}

/// The order of values of one type: null, then NaN, then values
/// (<https://learn.microsoft.com/en-us/kusto/query/sort-operator>).
pub(super) fn order(left: &Cell, right: &Cell) -> Ordering {
    let rank = |cell: &Cell| match cell {
        Cell::Null => 0,
        Cell::Real(value) if value.is_nan() => 1,
        _ => 2,
    };
    let ranks = rank(left).cmp(&rank(right));
    if ranks != Ordering::Equal || rank(left) != 2 {
        return ranks;
    }
    compare(left, right).unwrap_or(Ordering::Equal)
}

/// Which of two values is greater, if they can be compared; numbers of different types by value.
pub(super) fn compare(left: &Cell, right: &Cell) -> Option<Ordering> {
    match (left, right) {
        (Cell::Bool(a), Cell::Bool(b)) => Some(a.cmp(b)),
        (Cell::Long(a), Cell::Long(b)) => Some(a.cmp(b)),
        (Cell::Text(a), Cell::Text(b)) => Some(a.as_ref().cmp(b.as_ref())),
        (Cell::Time(a), Cell::Time(b)) | (Cell::Span(a), Cell::Span(b)) => Some(a.cmp(b)),
        (Cell::Guid(a), Cell::Guid(b)) => Some(a.cmp(b)),
        (Cell::Decimal(a), Cell::Decimal(b)) => a.compare(b),
        (Cell::Decimal(a), Cell::Long(b)) => a.compare(&Decimal::from_long(*b)),
        (Cell::Long(a), Cell::Decimal(b)) => Decimal::from_long(*a).compare(b),
        _ => left.as_real()?.partial_cmp(&right.as_real()?),
    }
}

impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
