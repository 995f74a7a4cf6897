//! Where the query is in its file.
//!
//! In: the node of `query:`. Out: the bytes of its text in the file. Guarantee: those bytes, without the indentation, are the decoded value, so a place in
//! the query is a place in the file.

use crate::diag::{Code, Diagnostic};
use crate::source::yaml::{self, Faults, Kind, Node, Style};
use crate::source::{Files, Source, Span};

/// The place of the query's text in a hunt file, whatever is wrong with the rest of the envelope.
///
/// # Errors
/// What keeps the file from being YAML; there is no query, or it is not a literal block.
pub(crate) fn query_place(files: &mut Files, source: &Source) -> Result<Span, Vec<Diagnostic>> {
    let file = source.open(files).map_err(|fault| vec![fault])?;
    let root = yaml::parse(files, file)?;
    let mut faults = Faults::default();
    let slice = faults
        .map(&root, "a mapping, beginning with `hunt:`")
        .and_then(|map| {
            let node = faults.required(map, map.key_or(root.span), "a hunt", "query")?;
            slice(files, map.key("query"), node, &mut faults)
        });
    slice.ok_or(faults.all)
}

/// The place of the query's text; an error unless it is a literal block.
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

/// Whether lines are the same except for their indentation.
fn same(raw: &str, decoded: &str) -> bool {
    let lines = |text: &str| -> Vec<String> {
        text.trim()
            .lines()
            .map(|line| line.trim().to_owned())
            .collect()
    };
    lines(raw) == lines(decoded)
}
