//! Rows that come at run time, read as a platform reads them.
//!
//! In: the columns of a table and other rows than the hunt's: CSV text, or a list in a fixture. Out: rows, and what was skipped. Guarantee: this is
//! what the texts must do too. Spaces around a cell and around an element are cut off; an element that is not of its type, an empty one, and a `*`
//! beside others or without `or *` are skipped; a row with a set that has no element left matches nothing and is left out; a single cell that is
//! not of its type is missing; an element twice counts once, and so do equal rows.

use super::cell;
use super::rows::{Written, cells_of};
use super::{Cell, TableColumn, row_key};
use crate::hunt::csv_file::Records;
use crate::source::yaml::{Faults, Node};
use crate::value::order::Key;
use std::collections::BTreeSet;

/// Something that was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// Line of the row, from 1; it is 1 where the header lacks a column.
    pub line: usize,
    /// Name of the column in the hunt; empty where it is about the whole row.
    pub column: String,
    /// The cell as written, cut when it is long.
    pub cell: String,
    /// Why.
    pub reason: String,
}

/// More of a cell is not repeated.
const LONGEST: usize = 80;

/// Reads CSV text whose header has the columns' `source` names, in any case where none is written exactly so.
#[must_use]
pub(crate) fn read_rows_leniently(
    columns: &[TableColumn],
    csv_text: &str,
) -> (Vec<Vec<Cell>>, Vec<Skipped>) {
    let mut rows = Rows::new(columns);
    let mut records = Records::new(csv_text);
    let header = records.next();
    let names: Vec<&str> = header
        .iter()
        .flat_map(|header| &header.fields)
        .map(|field| field.text.trim())
        .collect();
    let mut at = Vec::new();
    for column in columns {
        let found = position(&names, &column.source);
        if found.is_none() {
            let reason = format!("the header has no column `{}`", column.source);
            rows.skip(1, &column.name, &names.join(","), reason);
        }
        at.push(found);
    }
    for record in records {
        let line = record.line;
        let (start, end) = record.extent();
        let whole = csv_text.get(start..end).unwrap_or("");
        if record.unclosed.is_some() {
            rows.skip(line, "", whole, "a quotation mark is not closed".to_owned());
        } else if record.fields.len() != names.len() {
            let reason = format!(
                "the row has {} cells and the header {}",
                record.fields.len(),
                names.len()
            );
            rows.skip(line, "", whole, reason);
        } else {
            let field = |at: &Option<usize>| record.fields.get((*at)?);
            let cells = at
                .iter()
                .map(|at| field(at).map_or("", |f| f.text.as_str()));
            rows.add(line, cells);
        }
    }
    (rows.made, rows.skipped)
}

/// The column of a name: the one written so, or the first that differs in case only.
fn position(names: &[&str], wanted: &str) -> Option<usize> {
    let lower = wanted.to_lowercase();
    let exact = names.iter().position(|name| *name == wanted);
    exact.or_else(|| names.iter().position(|name| name.to_lowercase() == lower))
}

/// Reads a list of rows in a YAML file, by the columns' own names. A column that the table does not have is an error in the file. `what` is
/// what a row is of: ``the table `monitored` ``.
pub(crate) fn read_inline_leniently(
    columns: &[TableColumn],
    node: &Node,
    what: &str,
    faults: &mut Faults,
) -> (Vec<Vec<Cell>>, Vec<Skipped>) {
    let mut rows = Rows::new(columns);
    let what = format!("a row of {what}");
    let items = faults.list(node, "a list of rows").unwrap_or_default();
    for (number, item) in items.iter().enumerate() {
        if let Some(map) = faults.map(item, "a row: a mapping from columns to cells")
            && let Some(cells) = cells_of(map, item.span, &what, columns, faults)
        {
            let cells = cells.iter().map(|Written { text, .. }| *text);
            // The first row counts as the line after a header.
            rows.add(number + 2, cells);
        }
    }
    (rows.made, rows.skipped)
}

struct Rows<'c> {
    columns: &'c [TableColumn],
    made: Vec<Vec<Cell>>,
    skipped: Vec<Skipped>,
    seen: BTreeSet<Key>,
}

impl<'c> Rows<'c> {
    fn new(columns: &'c [TableColumn]) -> Self {
        Rows {
            columns,
            made: Vec::new(),
            skipped: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    fn skip(&mut self, line: usize, column: &str, cell: &str, reason: String) {
        let shown = cell.chars().take(LONGEST);
        self.skipped.push(Skipped {
            line,
            column: column.to_owned(),
            cell: shown.collect(),
            reason,
        });
    }

    fn add<'t>(&mut self, line: usize, texts: impl Iterator<Item = &'t str>) {
        let mut cells = Vec::new();
        for (column, text) in self.columns.iter().zip(texts) {
            let (cell, flaws) = cell::read(text, &column.ty);
            for flaw in flaws.into_iter().filter(|flaw| flaw.left_out) {
                self.skip(line, &column.name, text, flaw.title);
            }
            cells.extend(cell);
        }
        if cells.len() == self.columns.len() && self.seen.insert(row_key(&cells)) {
            self.made.push(cells);
        }
    }
}
