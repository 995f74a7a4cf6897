//! Results for people and for other programs.
//!
//! In: an [`Output`] of the evaluator. Out: a table, JSON, or CSV. Guarantee: instants are ISO 8601 in UTC with milliseconds, sets are in order;
//! no cell of a CSV that a spreadsheet opens is a formula; of what is undetermined the first allowed value is written; a table writes no control character that
//! came with the data.

use crate::data::native::to_json;
use crate::diag::printable;
use crate::eval::Output;
use crate::value::{Row, Value};
use std::io::{self, Write};

/// The forms of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ResultFormat {
    /// Aligned columns.
    Table,
    /// One object: `rows`, an array of objects, and `reading`, what was read.
    Json,
    /// A header line and a record per row, for a spreadsheet: a text that would be a formula there begins with `'`.
    Csv,
    /// The same with every text as it is.
    CsvExact,
}

/// The widest cell of a table on a terminal.
const WIDEST: usize = 60;

/// A column of text beside those of the result, for people only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its heading.
    pub name: String,
    /// A cell for each row; none of them is cut.
    pub cells: Vec<String>,
}

/// Writes a result. `terminal`: long cells of a table are cut; `beside`: the last column of a table.
///
/// # Errors
/// What the writer says.
pub(crate) fn write(
    out: &mut dyn Write,
    output: &Output,
    format: ResultFormat,
    terminal: bool,
    beside: Option<&Column>,
) -> io::Result<()> {
    let (columns, rows) = (&output.table.columns, &output.table.rows);
    match format {
        ResultFormat::Table => table(out, columns, rows, terminal, beside),
        ResultFormat::Json => json(out, output, &serde_json::Value::Null),
        ResultFormat::Csv => csv(out, columns, rows, &as_text),
        ResultFormat::CsvExact => csv(out, columns, rows, &Value::to_string),
    }
}

fn table(
    out: &mut dyn Write,
    columns: &[String],
    rows: &[Row],
    terminal: bool,
    beside: Option<&Column>,
) -> io::Result<()> {
    let shown = |value: &Value| cell(&value.to_string(), terminal);
    let mut cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(shown).collect())
        .collect();
    let mut numbers: Vec<bool> = (0..columns.len())
        .map(|at| rows.iter().filter_map(|row| row.get(at)).all(is_number))
        .collect();
    let mut columns = columns.to_vec();
    if let Some(beside) = beside {
        for (row, cell) in cells.iter_mut().zip(&beside.cells) {
            row.push(cell.clone());
        }
        columns.push(printable(&beside.name));
        numbers.push(false);
    }
    aligned(out, &columns, &cells, &numbers)
}

/// Cells of text as they came, made fit for a table: printable, on a terminal cut.
pub(super) fn cell(text: &str, terminal: bool) -> String {
    let text = printable(text);
    if terminal { cut(&text) } else { text }
}

/// Columns under their names and a rule; those that are numbers are right-aligned.
pub(super) fn aligned(
    out: &mut dyn Write,
    columns: &[String],
    cells: &[Vec<String>],
    numbers: &[bool],
) -> io::Result<()> {
    let widths: Vec<usize> = (columns.iter().enumerate())
        .map(|(at, name)| {
            let cells = cells.iter().filter_map(|row| row.get(at));
            cells
                .map(|cell| width(cell))
                .max()
                .unwrap_or(0)
                .max(width(name))
        })
        .collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    line(out, columns, &widths, numbers)?;
    line(out, &rule, &widths, numbers)?;
    cells
        .iter()
        .try_for_each(|row| line(out, row, &widths, numbers))
}

/// One line of cells; numbers are right-aligned.
fn line(
    out: &mut dyn Write,
    cells: &[String],
    widths: &[usize],
    numbers: &[bool],
) -> io::Result<()> {
    let mut text = String::new();
    for ((cell, wide), right) in cells.iter().zip(widths).zip(numbers) {
        let space = " ".repeat(wide.saturating_sub(width(cell)));
        let (before, after) = if *right {
            (space.as_str(), "")
        } else {
            ("", space.as_str())
        };
        text.extend([before, cell.as_str(), after, "  "]);
    }
    writeln!(out, "{}", text.trim_end())
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Float(_) | Value::Missing)
}

/// Writes a result and the account of what was read as one JSON object, a row a line.
///
/// # Errors
/// What the writer says.
pub(crate) fn json(
    out: &mut dyn Write,
    output: &Output,
    reading: &serde_json::Value,
) -> io::Result<()> {
    let (columns, rows) = (&output.table.columns, &output.table.rows);
    write!(out, "{{\n\"rows\": [")?;
    for (at, row) in rows.iter().enumerate() {
        let cells = columns.iter().cloned().zip(row.iter().map(to_json));
        let object = serde_json::Value::Object(cells.collect());
        write!(out, "{}\n  {object}", if at == 0 { "" } else { "," })?;
    }
    write!(out, "{}]", if rows.is_empty() { "" } else { "\n" })?;
    if !reading.is_null() {
        write!(out, ",\n\"reading\": {reading:#}")?;
    }
    writeln!(out, "\n}}")
}

/// Whether a spreadsheet would take the cell for a formula, which may fetch from the network or start programs. Numbers are none, with a sign neither.
fn is_formula(value: &Value) -> bool {
    !matches!(value, Value::Int(_) | Value::Float(_))
        && value
            .to_string()
            .starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// The cell as a spreadsheet shows it as text.
fn as_text(value: &Value) -> String {
    match is_formula(value) {
        true => format!("'{value}"),
        false => value.to_string(),
    }
}

/// How many cells [`ResultFormat::Csv`] writes otherwise than they are.
pub(super) fn quoted_formulas(output: &Output) -> usize {
    let cells = output.table.rows.iter().flatten();
    cells.filter(|value| is_formula(value)).count()
}

fn csv(
    out: &mut dyn Write,
    columns: &[String],
    rows: &[Row],
    shown: &dyn Fn(&Value) -> String,
) -> io::Result<()> {
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(row.iter().map(shown))?;
    }
    writer.flush()
}

fn cut(text: &str) -> String {
    if width(text) <= WIDEST {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        if width(&kept) + columns_of(letter) >= WIDEST {
            break;
        }
        kept.push(letter);
    }
    kept.push('…');
    kept
}

/// How many columns of a terminal a text takes.
fn width(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// Combining marks take none, the wide scripts of East Asia and emoji two; near enough to keep columns in line.
fn columns_of(letter: char) -> usize {
    match u32::from(letter) {
        0x0300..=0x036f | 0x1ab0..=0x1aff | 0x20d0..=0x20ff | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f900..=0x1f9ff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Table;

    fn written(format: ResultFormat, terminal: bool) -> String {
        let output = Output {
            table: Table {
                columns: ["name", "seen", "times", "ports"]
                    .map(String::from)
                    .to_vec(),
                rows: vec![
                    vec![
                        Value::text("cmd\u{1b}[31m.exe\n"),
                        Value::Time(0),
                        Value::Int(12),
                        Value::set([Value::Int(443), Value::Int(80)]),
                    ],
                    vec![
                        Value::text(&"東".repeat(40)),
                        Value::Missing,
                        Value::Int(3),
                        Value::set([]),
                    ],
                ],
            },
            ..Output::default()
        };
        let mut out = Vec::new();
        write(&mut out, &output, format, terminal, None).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_format_writes_every_cell() {
        insta::assert_snapshot!("table", written(ResultFormat::Table, false));
        insta::assert_snapshot!("terminal", written(ResultFormat::Table, true));
        insta::assert_snapshot!("json", written(ResultFormat::Json, false));
        insta::assert_snapshot!("csv", written(ResultFormat::Csv, false));
        assert_eq!(
            {
                let mut out = Vec::new();
                write(
                    &mut out,
                    &Output::default(),
                    ResultFormat::Json,
                    false,
                    None,
                )
                .unwrap();
                String::from_utf8(out).unwrap()
            },
            "{\n\"rows\": []\n}\n"
        );
    }
}
