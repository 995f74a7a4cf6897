//! Where the query stands in its file.
//!
//! In: the node of `query:`. Out: the bytes of its text in the file. Guarantee: those bytes, without the indentation, are the decoded value, so a place in
//! the query is a place in the file.

use crate::diag::{Code, Diagnostic};
use crate::source::yaml::{Faults, Kind, Node, Style};
use crate::source::{Files, Span};

/// The place of the query's text; a fault unless it is a literal block.
pub(super) fn slice(
    files: &Files,
    key: Option<Span>,
    node: &Node,
    faults: &mut Faults,
) -> Option<Span> {
    let Kind::Scalar(scalar) = &node.kind else {
        faults.wrong(node, "the query, as a literal block (`query: |`)");
        return None;
    };
    if scalar.style == Style::Literal && same(files.slice(node.span), &scalar.text) {
        return Some(node.span);
    }
    let key = key.unwrap_or(node.span);
    let what = match scalar.style {
        Style::Folded => "a folded block joins the lines of the query",
        Style::Quoted => "the query stands between quotes",
        Style::Plain if scalar.text.is_empty() => "there is no query",
        Style::Plain => "the query is not a block",
        Style::Literal => "the lines of this block cannot be found in the file",
    };
    let fault = Diagnostic::at(Code::E0105, key, what)
        .help("write the query as a literal block (`query: |`) and indented lines below it");
    faults.push(match header(files, key, node) {
        Some(sign) if scalar.style == Style::Folded => {
            fault.fix(sign, "|", "a literal block keeps its lines")
        }
        _ => fault,
    });
    None
}

/// The `>` of a folded block.
fn header(files: &Files, key: Span, node: &Node) -> Option<Span> {
    let between = Span {
        start: key.end,
        end: node.span.start.max(key.end),
        ..key
    };
    let at = between.start + u32::try_from(files.slice(between).find('>')?).ok()?;
    Some(Span {
        start: at,
        end: at + 1,
        ..key
    })
}

/// Whether lines are the same but for their indentation.
fn same(raw: &str, decoded: &str) -> bool {
    let lines = |text: &str| -> Vec<String> {
        text.trim()
            .lines()
            .map(|line| line.trim().to_owned())
            .collect()
    };
    lines(raw) == lines(decoded)
}
