//! What was found, written into a fixture.
//!
//! In: the text of a fixture and what its hunt found. Out: the new text. Guarantee: only the rows of `expect` and the number of `expect_count` change; rows that
//! hold keep their words, and comments, keys and everything else stay as they are. What only the author can know is refused (E0685). The caller writes.

use super::{Assessed, Ready};
use crate::diag::{Code, Diagnostic};
use crate::fixture::{Expectations, compare, expected_cell, write};
use crate::source::yaml::{self, Kind, Map, Node, Style};
use crate::source::{Files, Span};
use crate::value::{Row, Table, Value};
use similar::TextDiff;
use std::path::Path;

/// A change of a text: what is replaced, by what.
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

/// The old and the new text of a fixture; nothing where it holds.
///
/// # Errors
/// What is not for a program to decide.
pub(crate) fn updated(
    files: &Files,
    ready: &Ready,
    assessed: &[Assessed],
) -> Result<Option<(String, String)>, Vec<Diagnostic>> {
    let Some(first) = assessed.iter().find(|run| run.difference.is_some()) else {
        return Ok(None);
    };
    let expected = &ready.fixture.expected;
    let refused = |title: &str, help: &str| {
        let fault = Diagnostic::at(Code::E0685, super::show::place(ready, first), title);
        vec![fault.help(help)]
    };
    let differs = |run: &Assessed| run.output.table != first.output.table;
    if assessed.iter().any(differs) {
        return Err(refused(
            "the forms of the product have different results",
            "the rows of this fixture are read in each form of the product; no `expect` can hold for all of them",
        ));
    }
    let difference = first.difference.clone().unwrap_or_default();
    if expected.none || (expected.all.is_none() && !difference.lacking.is_empty()) {
        return Err(refused(
            "only `expect` and `expect_count` are updated",
            "what `expect_some` and `expect_none` are meant to say is for you to decide",
        ));
    }
    let file = expected.place.file;
    let text = files.text(file);
    let root = yaml::parse(files, file)?;
    let Kind::Map(map) = &root.kind else {
        return Ok(None);
    };
    let mut edits = Vec::new();
    if let (Some(count), true) = (&expected.count, difference.count.is_some()) {
        let number = first.output.table.rows.len().to_string();
        edits.push(edit(count.span, number));
    }
    if let (Some(list), Some(key), true) =
        (map.get("expect"), map.key("expect"), expected.all.is_some())
    {
        let rows = Rows {
            text,
            expected,
            table: &first.output.table,
            map,
        };
        edits.extend(rows.edits(list, key, first));
    }
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.start));
    let mut new = text.to_owned();
    for edit in edits {
        new.replace_range(edit.start..edit.end, &edit.text);
    }
    Ok(Some((text.to_owned(), new)))
}

/// The change for people: a unified difference.
#[must_use]
pub(crate) fn shown(path: &Path, old: &str, new: &str) -> String {
    let path = path.display();
    TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(2)
        .header(&format!("{path} (expected)"), &format!("{path} (found)"))
        .to_string()
}

fn edit(span: Span, text: String) -> Edit {
    Edit {
        start: span.start as usize,
        end: span.end as usize,
        text,
    }
}

/// The rows of `expect` in the text.
struct Rows<'a> {
    text: &'a str,
    expected: &'a Expectations,
    table: &'a Table,
    map: &'a Map,
}

impl Rows<'_> {
    fn edits(&self, list: &Node, key: Span, assessed: &Assessed) -> Vec<Edit> {
        let Kind::List(items) = &list.kind else {
            return Vec::new();
        };
        let found = self.placed(items.len(), assessed);
        let is_flow = self
            .text
            .get(list.span.start as usize..)
            .is_some_and(|text| text.starts_with('['));
        if is_flow {
            return vec![self.listed(list, items, &found)];
        }
        let mut edits = Vec::new();
        let mut added = String::new();
        let mut kept = 0;
        let last = items.last().map_or(list.span, |item| item.span);
        let indent = self.indent(last.start as usize);
        for at in 0..items.len().max(found.len()) {
            match (items.get(at), found.get(at).and_then(Option::as_ref)) {
                (Some(_), Some(Placed::Kept(own))) if *own == at => kept += 1,
                (Some(item), Some(placed)) => {
                    kept += 1;
                    let cells = match placed {
                        Placed::Found(row) => self.cells(item, *row),
                        Placed::Kept(_) => None,
                    };
                    match cells {
                        Some(cells) => edits.extend(cells),
                        None => edits.push(edit(item.span, self.spelled(items, placed))),
                    }
                }
                (Some(item), None) => edits.push(self.without(item.span)),
                (None, Some(placed)) => {
                    added += &format!("\n{indent}- {}", self.spelled(items, placed));
                }
                (None, None) => {}
            }
        }
        if kept == 0 && added.is_empty() {
            // `expect:` alone would be no list.
            let end = self
                .text
                .get(key.end as usize..)
                .and_then(|rest| rest.find(':'));
            let end = key.end as usize + end.map_or(0, |colon| colon + 1);
            edits.push(Edit {
                start: end,
                end,
                text: " []".to_owned(),
            });
        } else if !added.is_empty() {
            let end = self.line_end(last.end as usize);
            edits.push(Edit {
                start: end,
                end,
                text: added,
            });
        }
        edits
    }

    /// A row for each place: where the hunt does not sort, rows that hold keep theirs, and the others go to the expected rows that are most like them.
    fn placed(&self, places: usize, assessed: &Assessed) -> Vec<Option<Placed>> {
        let difference = assessed.difference.clone().unwrap_or_default();
        let rows = self.expected.all.as_deref().unwrap_or_default();
        let holds = |at: usize, found: &Row| {
            let row = rows.get(at);
            row.is_some_and(|row| {
                self.table.columns.iter().zip(found).all(|(name, value)| {
                    !self.expected.is_compared(name)
                        || row
                            .value
                            .get(name)
                            .is_some_and(|cell| compare::same(&cell.value, value))
                })
            })
        };
        let mut free: Vec<usize> = (0..places)
            .filter(|at| !difference.lacking.contains(at))
            .collect();
        if assessed.output.ties.is_some() {
            let in_order = self.table.rows.iter().enumerate().map(|(at, row)| {
                // Its own place first, so that a row that need not move does not.
                let own = free
                    .iter()
                    .position(|place| *place == at && holds(*place, row));
                let own = own.or_else(|| free.iter().position(|place| holds(*place, row)));
                Some(match own {
                    Some(own) => Placed::Kept(free.remove(own)),
                    None => Placed::Found(at),
                })
            });
            return in_order.collect();
        }
        let mut extra = difference.extra.clone();
        let mut placed: Vec<Option<Placed>> = (0..places)
            .map(|at| {
                if !difference.lacking.contains(&at) {
                    return Some(Placed::Kept(at));
                }
                let shared = |found: &usize| self.shared(at, *found);
                let near = (0..extra.len())
                    .rev()
                    .max_by_key(|one| extra.get(*one).map(shared))?;
                Some(Placed::Found(extra.remove(near)))
            })
            .collect();
        placed.extend(extra.into_iter().map(|at| Some(Placed::Found(at))));
        placed
    }

    /// How many cells an expected row and a row of the result have in common.
    fn shared(&self, expected: usize, found: usize) -> usize {
        let rows = self.expected.all.as_deref().unwrap_or_default();
        let (Some(row), Some(found)) = (rows.get(expected), self.table.rows.get(found)) else {
            return 0;
        };
        let same = self
            .table
            .columns
            .iter()
            .zip(found)
            .filter(|(name, value)| {
                let cell = row.value.get(*name);
                cell.is_some_and(|cell| compare::same(&cell.value, value))
            });
        same.count()
    }

    /// The cells of a row that change, where each is written on its own in this row; so the row keeps its shape and its comments.
    fn cells(&self, item: &Node, found: usize) -> Option<Vec<Edit>> {
        let Kind::Map(own) = &item.kind else {
            return None;
        };
        let found = self.table.rows.get(found)?;
        let mut edits = Vec::new();
        for (name, value) in self.table.columns.iter().zip(found) {
            let node = own.get(name);
            let is_same = match node {
                Some(node) => expected_cell(node).is_some_and(|cell| compare::same(&cell, value)),
                None => self.is_shared(name, value),
            };
            if is_same || !self.expected.is_compared(name) {
                continue;
            }
            let node = node?;
            let text = self
                .text
                .get(node.span.start as usize..node.span.end as usize)?;
            let stands_alone = match &node.kind {
                Kind::Scalar(scalar) => {
                    matches!(scalar.style, Style::Plain | Style::Quoted) && !text.is_empty()
                }
                Kind::List(_) | Kind::Map(_) => text.starts_with(['[', '{']),
            };
            if !stands_alone {
                return None;
            }
            edits.push(edit(node.span, write::cell(value)));
        }
        Some(edits)
    }

    /// A list between brackets becomes one of a row on each line.
    fn listed(&self, list: &Node, items: &[Node], found: &[Option<Placed>]) -> Edit {
        let rows: Vec<String> = found
            .iter()
            .flatten()
            .map(|placed| format!("\n  - {}", self.spelled(items, placed)))
            .collect();
        if rows.is_empty() {
            return edit(list.span, "[]".to_owned());
        }
        let mut start = list.span.start as usize;
        // Without the space between the key and its value.
        while self
            .text
            .get(..start)
            .is_some_and(|before| before.ends_with(' '))
        {
            start -= 1;
        }
        Edit {
            start,
            end: list.span.end as usize,
            text: rows.concat(),
        }
    }

    fn spelled(&self, items: &[Node], placed: &Placed) -> String {
        match placed {
            Placed::Kept(at) => {
                let span = items.get(*at).map(|item| item.span).unwrap_or_default();
                let own = self.text.get(span.start as usize..span.end as usize);
                own.unwrap_or_default().to_owned()
            }
            Placed::Found(at) => {
                let row = self.table.rows.get(*at);
                let cells = self.table.columns.iter().zip(row.into_iter().flatten());
                write::row(
                    cells
                        .filter(|(name, value)| {
                            self.expected.is_compared(name) && !self.is_shared(name, value)
                        })
                        .map(|(name, value)| (name.as_str(), value)),
                )
            }
        }
    }

    /// Whether `every_row` says it already.
    fn is_shared(&self, name: &str, value: &Value) -> bool {
        let Some(Node {
            kind: Kind::Map(shared),
            ..
        }) = self.map.get("every_row")
        else {
            return false;
        };
        let node = shared.get(name);
        node.and_then(expected_cell)
            .is_some_and(|shared| compare::same(&shared, value))
    }

    /// The white space before the dash of an item.
    fn indent(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        line.chars().take_while(|letter| *letter == ' ').collect()
    }

    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let end = at + rest.find('\n').unwrap_or(rest.len());
        let is_windows = self
            .text
            .get(..end)
            .is_some_and(|text| text.ends_with('\r'));
        end - usize::from(is_windows)
    }

    /// The lines of an item, gone; a comment behind it stays.
    fn without(&self, span: Span) -> Edit {
        let (start, end) = (span.start as usize, span.end as usize);
        let before = self.text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.line_end(end);
        let behind = self.text.get(end..line_end).unwrap_or_default();
        if behind.trim().is_empty() {
            let next = self.text.get(line_end..).and_then(|rest| rest.find('\n'));
            Edit {
                start: line_start,
                end: next.map_or(self.text.len(), |at| line_end + at + 1),
                text: String::new(),
            }
        } else {
            let dash = self.indent(start).len();
            let comment = behind.len() - behind.trim_start().len();
            Edit {
                start: line_start + dash,
                end: end + comment,
                text: String::new(),
            }
        }
    }
}

/// The content of one place in the list.
enum Placed {
    /// The row that stood in that place before.
    Kept(usize),
    /// A row of the result.
    Found(usize),
}
