//! The query of a hunt with its conditions marked.
//!
//! In: a place in a file, conditions with their places. Out: lines in pieces, each piece of one kind. Guarantee: the pieces put together are the text, except
//! for the indentation that all lines share.

use crate::source::{Files, Span};
use serde::Serialize;

/// A line of a file.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Line {
    number: usize,
    pieces: Vec<Piece>,
}

impl Line {
    /// The line without marks.
    pub(super) fn text(&self) -> String {
        let pieces = self.pieces.iter().map(|piece| piece.text.as_str());
        pieces.collect()
    }
}

/// A part of a line that is marked in one way.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Piece {
    text: String,
    /// The class, nothing where nothing is marked.
    kind: &'static str,
    /// What is said of it.
    note: String,
    /// The number of its remark, where its last piece ends.
    remark: Option<usize>,
}

/// A place to mark.
pub(super) struct Mark {
    pub(super) span: Span,
    pub(super) kind: &'static str,
    pub(super) note: String,
    pub(super) remark: Option<usize>,
}

/// The lines of a place; of marks that overlap the later one is seen.
pub(super) fn lines(of: Span, marks: &[Mark], files: &Files) -> Vec<Line> {
    let text = files.slice(of);
    let first = files.position(of).line;
    // The first line of a place need not begin where its line does.
    let whole = files.text(of.file);
    let start = of.start as usize;
    let begins = whole.get(..start).and_then(|before| before.rfind('\n'));
    let begins = begins.map_or(0, |at| at + 1);
    let led = whole.get(begins..start).unwrap_or_default();
    let (text, mut at) = if led.trim().is_empty() {
        (whole.get(begins..of.end as usize).unwrap_or(text), begins)
    } else {
        (text, start)
    };
    let indent = shared_indent(text);
    let mut made = Vec::new();
    for (number, line) in (first..).zip(text.trim_end().split('\n')) {
        let skipped = indent.min(line.len() - line.trim_start_matches(' ').len());
        let shown = line.get(skipped..).unwrap_or_default().trim_end();
        made.push(Line {
            number,
            pieces: pieces(shown, at + skipped, of, marks),
        });
        at += line.len() + 1;
    }
    made
}

fn shared_indent(text: &str) -> usize {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let indents = lines.map(|line| line.len() - line.trim_start_matches(' ').len());
    indents.min().unwrap_or(0)
}

/// A line, cut where a mark begins or ends; `from` is its first byte in the file.
fn pieces(line: &str, from: usize, of: Span, marks: &[Mark]) -> Vec<Piece> {
    let own = || marks.iter().filter(|mark| mark.span.file == of.file);
    let edges = own().flat_map(|mark| [mark.span.start as usize, mark.span.end as usize]);
    let mut cuts: Vec<usize> = edges
        .filter_map(|edge| edge.checked_sub(from))
        .filter(|cut| *cut < line.len() && line.is_char_boundary(*cut))
        .chain([0, line.len()])
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut made = Vec::new();
    for (start, end) in cuts.iter().zip(cuts.iter().skip(1)) {
        let text = line.get(*start..*end).unwrap_or_default();
        let covers = |mark: &&Mark| {
            (mark.span.start as usize) <= from + start && from + end <= mark.span.end as usize
        };
        let mark = (!text.trim().is_empty())
            .then(|| own().rfind(covers))
            .flatten();
        made.push(Piece {
            text: text.to_owned(),
            kind: mark.map_or("", |mark| mark.kind),
            note: mark.map_or_else(String::new, |mark| mark.note.clone()),
            remark: mark
                .filter(|mark| mark.span.end as usize == from + end)
                .and_then(|mark| mark.remark),
        });
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_cut_lines_and_keep_the_text() {
        let mut files = Files::default();
        let text = "query: |\n  from é\n  | where a\n      and b\n";
        let file = files.add("hunt.yaml", text.to_owned());
        let place = |part: &str| {
            let start = text.find(part).unwrap_or_default();
            Span::new(file, start, start + part.len())
        };
        let marks = [Mark {
            span: place("a\n      and b"),
            kind: "lacking",
            note: "it was never true".to_owned(),
            remark: Some(1),
        }];
        let query = Span::new(file, place("from").start as usize, text.len());
        let made = lines(query, &marks, &files);
        let shown: Vec<(usize, String)> =
            made.iter().map(|line| (line.number, line.text())).collect();
        assert_eq!(
            shown,
            [
                (2, "from é".to_owned()),
                (3, "| where a".to_owned()),
                (4, "    and b".to_owned())
            ]
        );
        let marked: Vec<(&str, Option<usize>)> = made
            .iter()
            .flat_map(|line| &line.pieces)
            .filter(|piece| piece.kind == "lacking")
            .map(|piece| (piece.text.as_str(), piece.remark))
            .collect();
        assert_eq!(marked, [("a", None), ("    and b", Some(1))]);
    }
}
