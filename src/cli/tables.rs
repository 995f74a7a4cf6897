//! The account of rows that came in place of those of a hunt's tables.
//!
//! In: what was read and skipped. Out: lines for people.

use super::terminal::count;
use crate::diag::printable;
use crate::run::Replaced;

/// At most this many skipped items are reported one by one.
const TOLD: usize = 5;

/// The account of one table, for people.
pub(super) fn account(replaced: &Replaced) -> String {
    let Replaced {
        name,
        path,
        rows,
        skipped,
    } = replaced;
    let mut text = format!("table `{name}`: {} from {path}", count(*rows, "row"));
    if !skipped.is_empty() {
        text = format!("{text}; cells skipped: {}", skipped.len());
    }
    text.push('\n');
    for one in skipped.iter().take(TOLD) {
        let column = if one.column.is_empty() {
            String::new()
        } else {
            format!(", `{}`", one.column)
        };
        let reason = printable(&one.reason);
        text = format!("{text}  line {}{column}: {reason}\n", one.line);
    }
    match skipped.len().saturating_sub(TOLD) {
        0 => text,
        more => format!("{text}  and {more} more\n"),
    }
}
