//! Tables that a hunt joins with.
//!
//! In: the declared tables of a hunt, validated. Out: [`Watchlist`]s as the plan's `join` holds them. Guarantee: cells are typed, elements of a list
//! cell are distinct, rows are distinct, and a cell that matches anything is only in a column that says it may.

use super::{Expr, Type};
pub(crate) use crate::hunt::Cell;
use crate::source::Span;
use crate::value::{Value, order};
use std::collections::BTreeMap;

/// A table: what `join` reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Watchlist {
    /// Its name in the hunt.
    pub name: String,
    /// Its columns, in declared order.
    pub columns: Vec<WatchlistColumn>,
    /// Its rows; each is as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    /// The object that holds the rows at run time: `kql`, `esql` or `sql` to the platform's name for it.
    pub platform: BTreeMap<String, String>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchlistColumn {
    /// Its name in the hunt.
    pub name: String,
    /// Its name on the platform, and in the file.
    pub source: String,
    /// The type of a value.
    pub ty: Type,
    /// Whether a cell lists several values, and what is between them.
    pub separator: Option<String>,
    /// Whether a cell `*` matches anything, missing too.
    pub wildcard: bool,
}

/// A test of `join`: the value is the cell's, or one of its several; true for every value, and for none, where the cell is `Cell::Anything`.
#[derive(Clone, Debug)]
pub struct JoinTest {
    /// What is compared; `None` where the schema has no such field, so that it is missing in every event.
    pub value: Option<Expr>,
    /// The column of the table, by its place.
    pub column: usize,
    /// Ignore case: after simple lower-casing of both sides.
    pub fold: bool,
    /// The text that made it.
    pub span: Span,
}

impl Watchlist {
    /// The column of a joined row that holds the table's column: `m_severity`.
    #[must_use]
    pub fn joined_name(alias: &str, column: &WatchlistColumn) -> String {
        format!("{alias}_{}", column.name)
    }

    /// The columns that a joined row has, with their names there.
    pub fn joined<'a>(
        &'a self,
        alias: &'a str,
    ) -> impl Iterator<Item = (String, &'a WatchlistColumn)> {
        self.columns
            .iter()
            .filter(|column| column.separator.is_none())
            .map(move |column| (Watchlist::joined_name(alias, column), column))
    }

    /// Whether a joined column may be missing: some row has no value there, or rows come from elsewhere at run time.
    #[must_use]
    pub fn may_lack(&self, column: &WatchlistColumn) -> bool {
        let at = self.columns.iter().position(|c| c.name == column.name);
        !self.platform.is_empty()
            || self
                .rows
                .iter()
                .any(|row| at.and_then(|at| row.get(at)) == Some(&Cell::Missing))
    }
}

impl Cell {
    /// The value of a cell that holds one; missing else.
    #[must_use]
    pub fn value(&self) -> Value {
        match self {
            Cell::One(value) => value.clone(),
            Cell::Missing | Cell::Several(_) | Cell::Anything => Value::Missing,
        }
    }

    /// The values that a test may meet; `None` when it meets all.
    #[must_use]
    pub fn values(&self) -> Option<&[Value]> {
        match self {
            Cell::Missing => Some(&[]),
            Cell::One(value) => Some(std::slice::from_ref(value)),
            Cell::Several(values) => Some(values),
            Cell::Anything => None,
        }
    }

    /// Whether the cell holds this value; `fold` lowers both.
    #[must_use]
    pub fn holds(&self, value: &Value, fold: impl Fn(&Value) -> Value) -> bool {
        match self.values() {
            None => true,
            Some(_) if value.is_missing() => false,
            Some(values) => {
                let wanted = fold(value);
                values
                    .iter()
                    .any(|own| order::compare(&fold(own), &wanted).is_eq())
            }
        }
    }
}
