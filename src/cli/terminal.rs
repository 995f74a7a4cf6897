//! Writing to standard output and standard error.
//!
//! In: text. Out: text on standard output or standard error. Guarantee: this is the one place that names the two streams, so that no subcommand can lose a
//! result: a reader that closes the pipe ends the writing silently, any other failure to write makes the exit code that of wrong usage ([`settled`]).
//! Text for people holds no character that steers a terminal; colour only on a terminal that did not ask to be spared (`NO_COLOR`).

use super::USAGE;
use crate::diag::render::Style;
use crate::diag::steers;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::Mutex;

/// The first failure to write.
static FAILURE: Mutex<Option<String>> = Mutex::new(None);

/// Text for people on standard output, with a line break at its end when there is any.
pub(super) fn out(text: &str) {
    exact(&visible(text));
}

/// Text for people on standard error, likewise.
pub(super) fn err(text: &str) {
    err_exact(&visible(text));
}

/// Text for programs on standard output, as it is: documents, results, completions.
pub(super) fn exact(text: &str) {
    #[allow(clippy::disallowed_methods)]
    let stream = io::stdout();
    keep("standard output", write(&mut stream.lock(), text));
}

/// A JSON document on standard output. Its strings may hold controls that JSON does not escape by itself and a terminal obeys.
pub(super) fn json(document: &str) {
    let mut escaped = String::with_capacity(document.len());
    for letter in document.chars() {
        // Outside of strings there are none.
        if steers(letter) && !matches!(letter, '\n' | '\t' | '\r') {
            escaped.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            escaped.push(letter);
        }
    }
    exact(&escaped);
}

/// Text on standard error as it is: findings that were made fit for a terminal when they were drawn, perhaps with colours.
pub(super) fn err_exact(text: &str) {
    #[allow(clippy::disallowed_methods)]
    let stream = io::stderr();
    keep("standard error", write(&mut stream.lock(), text));
}

fn write(to: &mut impl Write, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    to.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        to.write_all(b"\n")?;
    }
    to.flush()
}

/// Remembers a failure; a closed pipe is none, because nobody is left to be told that nobody reads.
pub(super) fn keep(stream: &str, written: io::Result<()>) {
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
        && let Ok(mut failure) = FAILURE.lock()
    {
        failure.get_or_insert(format!("error: {stream} cannot be written: {error}"));
    }
}

/// The exit code of the run: the one given, unless something could not be written.
pub(super) fn settled(code: u8) -> u8 {
    let failure = FAILURE.lock().ok().and_then(|failure| failure.clone());
    match failure {
        None => code,
        Some(why) => {
            err(&why);
            USAGE
        }
    }
}

/// Whether people look at standard output.
pub(super) fn is_watched() -> bool {
    #[allow(clippy::disallowed_methods)]
    io::stdout().is_terminal()
}

/// Whether findings on standard error are coloured.
pub(super) fn style() -> Style {
    let spared = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    #[allow(clippy::disallowed_methods)]
    let watched = io::stderr().is_terminal();
    if watched && !spared {
        Style::Colour
    } else {
        Style::Plain
    }
}

/// The text with such characters made visible; line breaks and tabs stay.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if steers(letter) && !matches!(letter, '\n' | '\t') {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
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
