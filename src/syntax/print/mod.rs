//! The text of a tree.
//!
//! In: a tree, with or without its source. Out: its text in the idiom of the language: a step per line, broken where a line is too long. Guarantee: `parse` of the
//! text gives the same tree except for places, so printing is idempotent (tested on random trees). Without a source parentheses are only where the tree would
//! change without them. With it, parentheses, literals and comments are those of the source, each once and in order.

mod expressions;
mod layout;
mod source;
mod spelling;
mod steps;

pub(crate) use spelling::string;

use super::ast::Query;
use expressions::Printer;
use source::Source;

/// The text of a query from its tree alone, without a line break at its end.
#[must_use]
pub fn query(query: &Query) -> String {
    layout::text(Printer::new(None).query(query), &[])
}

/// The text of a query with all that its source says, without a line break at its end; `None` if the tree is not that of its source, as where something is
/// in the place of an error.
#[must_use]
pub fn formatted(query: &Query) -> Option<String> {
    let text = query.source.text();
    let source = Source::new(text, query.source.start())?;
    let words = (source.kept(), source.comments());
    let printer = Printer::new(Some(source));
    let docs = printer.query(query);
    let mut tokens = Vec::new();
    layout::tokens(&docs, &mut tokens);
    let between = printer.source()?.between(&tokens)?;
    let printed = layout::text(docs, &between);
    // Users do not compare when they format: a text that says anything else is not given out.
    let again = Source::new(&printed, 0)?;
    let is_same = words == (again.kept(), again.comments());
    is_same.then_some(printed)
}

/// The text of an expression from its tree alone.
#[cfg(test)]
pub(super) fn expression(expr: &super::ast::Expr) -> String {
    layout::text(vec![Printer::new(None).expression(expr)], &[])
}
