//! Writing to the outside.
//!
//! In: text. Out: text on standard output or standard error. Promise: a reader that closes the pipe ends the writing, never the program; colour only on
//! a terminal that did not ask to be spared (`NO_COLOR`).

use crate::diag::render::Style;
use std::io::{IsTerminal, Write};

/// Text on standard output, with a line break at its end when there is any.
pub(super) fn out(text: &str) {
    write(&mut std::io::stdout().lock(), text);
}

/// Text on standard error, likewise.
pub(super) fn err(text: &str) {
    write(&mut std::io::stderr().lock(), text);
}

fn write(to: &mut impl Write, text: &str) {
    if text.is_empty() {
        return;
    }
    // Nobody is left to be told that nobody reads.
    let _ = to.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = to.write_all(b"\n");
    }
    let _ = to.flush();
}

/// Whether findings on standard error are coloured.
pub(super) fn style() -> Style {
    let spared = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    if std::io::stderr().is_terminal() && !spared {
        Style::Colour
    } else {
        Style::Plain
    }
}

/// Rows with their columns aligned, two spaces between them.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// `1 hunt`, `2 hunts`
pub(super) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
