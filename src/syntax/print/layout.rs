//! Where lines break.
//!
//! In: a [`Doc`], the tokens of a text and the places where a line may break; the comments of the source, if there is one. Out: text. Guarantee: every token
//! and every comment is written once, in order; a line longer than [`WIDTH`] has no place left where it could break.

use super::source::Between;

/// Columns of a line. The query of a hunt is usually indented by two more.
const WIDTH: usize = 118;
/// Columns by which a part is indented from what it belongs to.
const STEP: usize = 2;

/// A text whose lines are not decided yet.
#[derive(Debug)]
pub(super) enum Doc {
    /// Text without white space outside of its quotes.
    Token(String),
    /// One space.
    Space,
    /// A space, or the end of a line.
    Line,
    /// Nothing, or the end of a line.
    Soft,
    /// The end of a line.
    Hard,
    /// Nothing, or a comma at the end of a line after which a bracket or nothing follows.
    Comma,
    /// A space, and this many more where its surroundings are broken, so that what follows is in one column.
    Align(usize),
    /// Parts one after another.
    All(Vec<Doc>),
    /// Parts that are on one line, or are broken at all their lines.
    Group(Group),
    /// Parts whose lines are indented further.
    Indent(Vec<Doc>),
    /// Parts that are broken only where a line is full, or where the author broke it, once their surroundings are broken.
    Fill(Vec<Doc>),
}

/// See [`Doc::Group`].
#[derive(Debug)]
pub(super) struct Group {
    parts: Vec<Doc>,
    /// Whether something in it ends a line whatever its length.
    is_broken: bool,
}

/// A token.
pub(super) fn token(text: &str) -> Doc {
    Doc::Token(text.to_owned())
}

/// A group.
pub(super) fn group(parts: Vec<Doc>) -> Doc {
    Doc::Group(Group {
        parts,
        is_broken: false,
    })
}

/// The tokens of a text, in order.
pub(super) fn tokens<'a>(docs: &'a [Doc], found: &mut Vec<&'a str>) {
    for doc in docs {
        match doc {
            Doc::Token(text) => found.push(text),
            Doc::All(parts) | Doc::Indent(parts) | Doc::Fill(parts) => tokens(parts, found),
            Doc::Group(group) => tokens(&group.parts, found),
            _ => {}
        }
    }
}

/// The text, without a line break at its end. `between` has what precedes each token and what is at the end; nothing where there is no source.
pub(super) fn text(mut docs: Vec<Doc>, between: &[Between]) -> String {
    mark(&mut docs, between, &mut 0);
    let mut layout = Layout {
        out: String::new(),
        column: 0,
        gap: Gap::None,
        next: 0,
        is_opened: true,
        between,
    };
    layout.run(&docs);
    layout.comments(0, false);
    layout.out
}

/// Marks the groups in which a comment or a hard line is; gives whether one does, where the first token is the first of its line or not.
fn mark(docs: &mut [Doc], between: &[Between], next: &mut usize) -> bool {
    let first = *next;
    let mut is_broken = false;
    for doc in docs {
        is_broken |= match doc {
            Doc::Token(_) => {
                let has_comment = between.get(*next).is_some_and(Between::has_comment);
                *next += 1;
                has_comment && *next > first + 1
            }
            Doc::Hard => true,
            Doc::All(parts) | Doc::Indent(parts) | Doc::Fill(parts) => {
                let is_inner = *next > first;
                let is_before = between.get(*next).is_some_and(Between::has_comment);
                let before = *next;
                let is_broken = mark(parts, between, next);
                is_broken || (is_inner && is_before && *next > before)
            }
            Doc::Group(group) => {
                let is_inner = *next > first;
                let is_before = between.get(*next).is_some_and(Between::has_comment);
                group.is_broken = mark(&mut group.parts, between, next);
                group.is_broken || (is_inner && is_before)
            }
            _ => false,
        };
    }
    is_broken
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// On one line.
    Flat,
    /// Broken at all lines.
    Broken,
    /// Broken where it has to be.
    Fill,
}

/// What is between the last token and the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gap {
    None,
    Spaces(usize),
    /// A new line that begins at this column.
    Break(usize),
}

/// A part that is still to be written: its column, how it is broken.
type Part<'d> = (usize, Mode, &'d Doc);

struct Layout<'a> {
    out: String,
    column: usize,
    gap: Gap,
    /// Number of the next token.
    next: usize,
    /// Whether nothing follows an opening bracket, or at all.
    is_opened: bool,
    between: &'a [Between],
}

impl Layout<'_> {
    fn run(&mut self, docs: &[Doc]) {
        let mut parts: Vec<Part<'_>> = Vec::new();
        push(&mut parts, 0, Mode::Broken, docs);
        while let Some((indent, mode, doc)) = parts.pop() {
            match doc {
                Doc::Token(text) => self.token(indent, text),
                Doc::Space => self.gap(Gap::Spaces(1)),
                Doc::Align(more) => {
                    let more = if mode == Mode::Flat { 0 } else { *more };
                    self.gap(Gap::Spaces(1 + more));
                }
                Doc::Line | Doc::Soft => {
                    let is_broken = match mode {
                        Mode::Flat => false,
                        Mode::Broken => true,
                        Mode::Fill => self.is_broken_by_author() || !self.fits(doc, mode, &parts),
                    };
                    match (is_broken, doc) {
                        (true, _) => self.gap = Gap::Break(indent),
                        (false, Doc::Line) => self.gap(Gap::Spaces(1)),
                        (false, _) => {}
                    }
                }
                Doc::Hard => self.gap = Gap::Break(indent),
                Doc::Comma => {
                    if mode != Mode::Flat {
                        self.out.push(',');
                        self.column += 1;
                    }
                }
                Doc::All(inner) => push(&mut parts, indent, mode, inner),
                Doc::Indent(inner) => push(&mut parts, indent + STEP, mode, inner),
                Doc::Fill(inner) => {
                    let mode = if mode == Mode::Flat { mode } else { Mode::Fill };
                    push(&mut parts, indent, mode, inner);
                }
                Doc::Group(group) => {
                    let is_flat = mode == Mode::Flat
                        || (!group.is_broken && self.fits(doc, Mode::Flat, &parts));
                    let mode = if is_flat { Mode::Flat } else { Mode::Broken };
                    push(&mut parts, indent, mode, &group.parts);
                }
            }
        }
    }

    fn gap(&mut self, gap: Gap) {
        if !matches!(self.gap, Gap::Break(_)) {
            self.gap = gap;
        }
    }

    fn is_broken_by_author(&self) -> bool {
        let before = self.between.get(self.next);
        before.is_some_and(|before| before.is_new_line || before.has_comment())
    }

    /// Whether a part, and what follows up to the next possible end of a line, ends before the line is full. A line of a fill that is asked about is not
    /// broken itself.
    fn fits(&self, doc: &Doc, mode: Mode, parts: &[Part<'_>]) -> bool {
        let start = match self.gap {
            Gap::None => self.column,
            Gap::Spaces(spaces) => self.column + spaces,
            Gap::Break(column) => column,
        };
        let Some(mut left) = WIDTH.checked_sub(start) else {
            return false;
        };
        let is_line = matches!(doc, Doc::Line | Doc::Soft);
        if is_line && matches!(doc, Doc::Line) {
            left = left.saturating_sub(1);
        }
        let mut todo: Vec<(Mode, &Doc)> = Vec::new();
        if !is_line {
            todo.push((mode, doc));
        }
        let mut rest = parts.iter().rev();
        let mut next = self.next;
        loop {
            let (mode, doc) = match todo.pop() {
                Some(part) => part,
                None => match rest.next() {
                    Some((_, mode, doc)) => (*mode, *doc),
                    None => return true,
                },
            };
            let width = match doc {
                Doc::Token(text) => {
                    let has_comment = self.between.get(next).is_some_and(Between::has_comment);
                    // A line ends at a comment.
                    if has_comment && next > self.next {
                        return true;
                    }
                    next += 1;
                    text.chars().count()
                }
                Doc::Space => 1,
                Doc::Align(more) => 1 + if mode == Mode::Flat { 0 } else { *more },
                Doc::Line | Doc::Soft if mode != Mode::Flat => return true,
                Doc::Line => 1,
                Doc::Soft => 0,
                Doc::Hard => return true,
                Doc::Comma => usize::from(mode != Mode::Flat),
                Doc::All(inner) | Doc::Indent(inner) => {
                    todo.extend(inner.iter().rev().map(|doc| (mode, doc)));
                    0
                }
                Doc::Fill(inner) => {
                    let mode = if mode == Mode::Flat { mode } else { Mode::Fill };
                    todo.extend(inner.iter().rev().map(|doc| (mode, doc)));
                    0
                }
                Doc::Group(group) => {
                    let mode = if group.is_broken {
                        Mode::Broken
                    } else {
                        Mode::Flat
                    };
                    todo.extend(group.parts.iter().rev().map(|doc| (mode, doc)));
                    0
                }
            };
            match left.checked_sub(width) {
                Some(less) => left = less,
                None => return false,
            }
        }
    }

    fn token(&mut self, indent: usize, text: &str) {
        let is_closing = matches!(text, ")" | "]" | "}");
        self.comments(indent, is_closing);
        let is_blank = self.between.get(self.next);
        let is_blank = is_blank.is_some_and(|before| before.is_blank) && !is_closing;
        match self.gap {
            Gap::None => {}
            Gap::Spaces(spaces) => self.write(&" ".repeat(spaces)),
            Gap::Break(column) => self.new_line(column, is_blank),
        }
        self.write(text);
        self.gap = Gap::None;
        self.is_opened = matches!(text, "(" | "[" | "{");
        self.next += 1;
    }

    /// The comments before the next token. Where no line could end, one ends nevertheless, and the next begins further to the right.
    fn comments(&mut self, indent: usize, is_closing: bool) {
        let Some(before) = self.between.get(self.next) else {
            return;
        };
        for comment in &before.comments {
            let column = match self.gap {
                Gap::Break(column) => column,
                _ if self.out.is_empty() || self.next + 1 == self.between.len() => indent,
                _ => indent + STEP,
            };
            self.gap = Gap::Break(column);
            if comment.is_behind && !self.out.is_empty() {
                self.write(" ");
            } else {
                let column = if is_closing { column + STEP } else { column };
                self.new_line(column, comment.is_blank);
            }
            self.write(&comment.text);
            self.is_opened = false;
        }
    }

    fn new_line(&mut self, column: usize, is_blank: bool) {
        if !self.out.is_empty() {
            self.out.push('\n');
            if is_blank && !self.is_opened {
                self.out.push('\n');
            }
        }
        self.out.push_str(&" ".repeat(column));
        self.column = column;
    }

    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }
}

fn push<'d>(parts: &mut Vec<Part<'d>>, indent: usize, mode: Mode, docs: &'d [Doc]) {
    parts.extend(docs.iter().rev().map(|doc| (indent, mode, doc)));
}
