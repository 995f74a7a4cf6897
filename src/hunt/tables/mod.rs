//! Tables (watchlists): rows that a hunt joins with.
//!
//! In: the mapping `tables` of a hunt and the CSV files it names; at run time, other rows in their place. Out: [`DeclaredTable`]s. Guarantee: every row
//! of a hunt means on each platform what it means here: no element that an engine would skip, no row twice, no cell that only looks right. The
//! rows that come at run time are not the author's text to fix, so they are read as a platform reads them, and what is skipped is listed.

mod cell;
mod declare;
mod lenient;
mod rows;
#[cfg(test)]
mod tests;

pub(crate) use lenient::{Skipped, read_inline_leniently, read_rows_leniently};

use super::ItemType;
use super::values::section;
use crate::source::yaml::{Faults, Map};
use crate::source::{Files, Source, Span, Spanned};
use crate::value::Value;
use crate::value::order::Key;
use std::collections::BTreeMap;

/// A declared table: rows that a hunt joins with.
#[derive(Clone, Debug)]
pub struct DeclaredTable {
    /// In declared order; at least one.
    pub columns: Vec<TableColumn>,
    /// As written in the CSV file or in the hunt, validated: at least one, no two equal.
    pub rows: Vec<TableRow>,
    /// The platform's object that holds the rows at run time; a key is one of `kql`, `esql`, `sql`. The values have one of the written forms that
    /// can be used in a query as they are.
    pub platform: BTreeMap<String, Spanned<String>>,
    /// Where its name is.
    pub name_span: Span,
}

impl DeclaredTable {
    /// Puts other rows in place of its own, as they come at run time; they have no place in the hunt but the table's.
    pub fn replace(&mut self, rows: Vec<Vec<Cell>>) {
        let span = self.name_span;
        let row = |cells| TableRow { cells, span };
        self.rows = rows.into_iter().map(row).collect();
    }
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct TableColumn {
    /// Its name in the hunt: `ports`.
    pub name: String,
    /// Its name in the header of the CSV file and on the platform: `Ports`.
    pub source: String,
    /// What its cells hold.
    pub ty: CellType,
    /// Where its name is.
    pub name_span: Span,
}

/// What the cells of a column hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellType {
    /// The type of a value: an integer, a float, text, an address, or (not in sets) a bool.
    pub item: ItemType,
    /// Whether a cell holds several: `set<…>`.
    pub list: bool,
    /// Whether a cell that is `*` matches anything: `or *`. Only for sets.
    pub wildcard: bool,
    /// What is between the elements of a cell: one ASCII character. Spaces around an element are not part of it.
    pub separator: String,
}

/// A row of a table.
#[derive(Clone, Debug)]
pub struct TableRow {
    /// As long as the table's columns.
    pub cells: Vec<Cell>,
    /// Where it is.
    pub span: Span,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing is written: no value. Never in a column of sets.
    Missing,
    /// One value, which is not missing.
    One(Value),
    /// The elements of a set, in written order: at least one, distinct, none missing.
    Several(Vec<Value>),
    /// `*`: every value, and none.
    Anything,
}

/// What makes two rows equal: the order of the elements of a set does not matter.
fn row_key(cells: &[Cell]) -> Key {
    let value = |cell: &Cell| match cell {
        Cell::Missing => Value::Missing,
        Cell::One(value) => value.clone(),
        Cell::Several(values) => Value::set(values.iter().cloned()),
        // No set is a truth, so the two cannot be mistaken for each other.
        Cell::Anything => Value::Bool(true),
    };
    Key(cells.iter().map(value).collect())
}

/// The tables of a hunt.
pub(super) fn tables(
    files: &mut Files,
    hunt: &Map,
    source: &Source,
    faults: &mut Faults,
) -> BTreeMap<String, DeclaredTable> {
    section(hunt, "tables", faults, |name, node, faults| {
        let what = format!("the table `{}`", name.value);
        let map = faults.map(node, "a mapping with `columns` and `file` or `rows`")?;
        let declared = declare::declared(map, map.key_or(node.span), &what, faults)?;
        let platform = declared.platform;
        let (columns, rows) = match declared.origin {
            declare::Origin::File(file) => {
                rows::of_file(files, source, &file, declared.columns, faults)?
            }
            declare::Origin::Rows(node) => {
                rows::inline(files, node, &what, declared.columns, faults)?
            }
        };
        Some(DeclaredTable {
            columns,
            rows,
            platform,
            name_span: name.span,
        })
    })
}
