//! The rows of a table as its author wrote them: every flaw is an error at its place.
//!
//! In: a CSV file or a list in the hunt. Out: [`TableRow`]s. Guarantee: all flaws of all rows are reported in one run; a part of a cell is blamed at its own
//! bytes where the cell is written as it reads, else the whole cell is.

use super::cell::{self, Flaw};
use super::declare::Column;
use super::{Cell, TableColumn, TableRow, row_key};
use crate::diag::{Code, Diagnostic};
use crate::hunt::csv_file::{self, Case, CsvFile};
use crate::source::yaml::{Faults, Kind, Map, Node, Scalar, Style};
use crate::source::{Files, Source, Span, Spanned};
use crate::value::order::Key;
use std::collections::BTreeMap;
use std::ops::Range;

type Read = (Vec<TableColumn>, Vec<TableRow>);

/// The rows of a CSV file.
pub(super) fn of_file(
    files: &mut Files,
    source: &Source,
    file: &Spanned<String>,
    declared: Vec<Column>,
    faults: &mut Faults,
) -> Option<Read> {
    let csv = csv_file::open(files, source, file, faults)?;
    let mut csv_file = CsvFile::new(files, csv)?;
    let mut at = Vec::new();
    let mut columns = Vec::new();
    let mut whole = true;
    for Column { mut column, said } in declared {
        let own = Spanned::new(column.name.clone(), column.name_span);
        let (wanted, case) = match &said {
            Some(said) => (said, Case::Exact),
            None => (&own, Case::Any),
        };
        match csv_file.column(wanted, case, Code::E0119, faults) {
            Some(found) => {
                csv_file.name(found).clone_into(&mut column.source);
                at.push(found);
                columns.push(column);
            }
            None => whole = false,
        }
    }
    if !whole {
        return None;
    }
    let mut rows = Rows::new(&columns);
    let before = faults.all.len();
    while let Some(record) = csv_file.row(faults) {
        let place = csv_file.place(&record);
        let cells = at.iter().filter_map(|at| record.fields.get(*at));
        let cells = cells.map(|field| Written {
            text: &field.text,
            place: csv_file.place_exactly(field),
        });
        rows.add(files, place, cells, faults);
    }
    if rows.count == 0 && faults.all.len() == before {
        csv_file.no_rows(faults);
    }
    let rows = rows.made;
    Some((columns, rows))
}

/// Rows that are written in the hunt.
pub(super) fn inline(
    files: &Files,
    node: &Node,
    what: &str,
    declared: Vec<Column>,
    faults: &mut Faults,
) -> Option<Read> {
    let columns: Vec<TableColumn> = declared.into_iter().map(|column| column.column).collect();
    let items = faults.list(
        node,
        "a list of rows: `[{ ports: \"5800,5801\", name: VNC }]`",
    )?;
    if items.is_empty() {
        let title = format!("{what} has no rows");
        faults.push(Diagnostic::at(Code::E0119, node.span, title));
    }
    let mut rows = Rows::new(&columns);
    let what = format!("a row of {what}");
    for item in items {
        if faults.is_full() {
            break;
        }
        let Some(map) = faults.map(item, "a row: a mapping from columns to cells") else {
            continue;
        };
        let place = place_of_row(files, item, map);
        if let Some(cells) = cells_of(map, place, &what, &columns, faults) {
            rows.add(files, place, cells.into_iter(), faults);
        }
    }
    let rows = rows.made;
    Some((columns, rows))
}

/// A row of one line is shown whole, another by its first key.
fn place_of_row(files: &Files, item: &Node, map: &Map) -> Span {
    if files.slice(item.span).contains('\n') {
        map.key_or(item.span)
    } else {
        item.span
    }
}

/// A cell before it is read.
pub(super) struct Written<'t> {
    pub(super) text: &'t str,
    pub(super) place: Span,
}

/// The cells of a row in a YAML file, in the order of the columns; what is not said is empty.
pub(super) fn cells_of<'n>(
    map: &'n Map,
    place: Span,
    what: &str,
    columns: &[TableColumn],
    faults: &mut Faults,
) -> Option<Vec<Written<'n>>> {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let before = faults.all.len();
    faults.known(map, what, &names);
    let mut cells = Vec::new();
    for column in columns {
        let Some(node) = map.get(&column.name) else {
            cells.push(Written { text: "", place });
            continue;
        };
        match scalar(node) {
            Some(text) => cells.push(Written {
                text,
                place: node.span,
            }),
            None => not_a_cell(node, column, faults),
        }
    }
    (faults.all.len() == before).then_some(cells)
}

/// The text of a cell: as written, so that a number keeps its digits.
fn scalar(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar(Scalar { text, style }) => Some(match (style, text.as_str()) {
            (Style::Plain, "~" | "null" | "Null" | "NULL") => "",
            (_, text) => text,
        }),
        Kind::List(_) | Kind::Map(_) => None,
    }
}

fn not_a_cell(node: &Node, column: &TableColumn, faults: &mut Faults) {
    let Kind::List(items) = &node.kind else {
        faults.wrong(node, "a cell: text or a number");
        return;
    };
    let fault = Diagnostic::at(Code::E0109, node.span, "this is a list");
    let fault = fault.label("expected a cell: text or a number");
    let elements: Vec<&str> = items.iter().filter_map(scalar).collect();
    let plain = |text: &&str| !text.contains(['"', '\\', '\n']);
    faults.push(
        if column.ty.list && elements.len() == items.len() && elements.iter().all(plain) {
            let cell = format!("\"{}\"", elements.join(&column.ty.separator));
            fault.fix(node.span, cell, "the elements of a set are one text")
        } else {
            fault
        },
    );
}

/// The rows of a table as they are read.
struct Rows<'c> {
    columns: &'c [TableColumn],
    made: Vec<TableRow>,
    /// Rows met, good or not.
    count: usize,
    seen: BTreeMap<Key, Span>,
}

impl<'c> Rows<'c> {
    fn new(columns: &'c [TableColumn]) -> Self {
        Rows {
            columns,
            made: Vec::new(),
            count: 0,
            seen: BTreeMap::new(),
        }
    }

    fn add<'t>(
        &mut self,
        files: &Files,
        place: Span,
        written: impl Iterator<Item = Written<'t>>,
        faults: &mut Faults,
    ) {
        self.count += 1;
        let mut cells: Vec<Cell> = Vec::new();
        let before = faults.all.len();
        for (column, written) in self.columns.iter().zip(written) {
            let (cell, flaws) = cell::read(written.text, &column.ty);
            for flaw in flaws {
                faults.push(fault(files, column, &written, flaw));
            }
            cells.extend(cell);
        }
        if faults.all.len() > before || cells.len() != self.columns.len() {
            return;
        }
        let key = row_key(&cells);
        if let Some(first) = self.seen.get(&key) {
            faults.push(
                Diagnostic::at(Code::E0121, place, "this row is in the table already")
                    .label("again here")
                    .also(*first, "first here")
                    .help("two equal rows would give every match twice"),
            );
            return;
        }
        self.seen.insert(key, place);
        self.made.push(TableRow { cells, span: place });
    }
}

/// A flaw as it is reported to its author.
fn fault(files: &Files, column: &TableColumn, written: &Written<'_>, flaw: Flaw) -> Diagnostic {
    let exact = |part: &Range<usize>| within(files, written, part);
    let place = exact(&flaw.at);
    let mut fault = Diagnostic::at(Code::E0120, place.unwrap_or(written.place), flaw.title);
    fault = fault.label(match flaw.first {
        Some(_) => "again here".to_owned(),
        None => format!("in the column `{}`", column.name),
    });
    if let Some(first) = flaw.first.as_ref().and_then(exact) {
        fault = fault.also(first, "first here");
    }
    if let Some(help) = flaw.help {
        fault = fault.help(help);
    }
    let Some((text, why)) = flaw.fix else {
        return fault;
    };
    let bare = files.slice(written.place) == written.text;
    match place {
        // A bare cell ends at a comma, and in YAML at more: quotes keep it one cell.
        Some(place) if bare && text.contains(UNSAFE) => {
            if place == written.place && !text.contains(['"', '\\']) {
                fault.fix(place, format!("\"{text}\""), why)
            } else {
                fault.help(format!("did you mean `{text}`?"))
            }
        }
        Some(place) => fault.fix(place, text, why),
        None if text.is_empty() => fault,
        None => fault.help(format!("did you mean `{text}`?")),
    }
}

/// What a cell without quotation marks cannot hold.
const UNSAFE: [char; 6] = [',', '"', '|', ' ', ':', '#'];

/// The place of a part of a cell; nothing when the file does not spell the cell as it reads (doubled quotes, escapes).
fn within(files: &Files, written: &Written<'_>, part: &Range<usize>) -> Option<Span> {
    let raw = files.slice(written.place);
    let start = usize::try_from(written.place.start).ok()?;
    let text = written.text;
    let first = if raw == text {
        start
    } else if raw.get(1..raw.len().saturating_sub(1)) == Some(text)
        && raw.starts_with(['"', '\''])
        && !text.is_empty()
    {
        start + 1
    } else {
        return None;
    };
    Some(Span::new(
        written.place.file,
        first + part.start,
        first + part.end,
    ))
}
