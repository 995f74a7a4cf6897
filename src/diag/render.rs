//! Findings as text for people and as JSON for programs.
//!
//! In: a [`Diagnostic`] and the files it speaks of. Out: text as compilers print it, or one JSON object. Guarantee: the same finding gives the same text on
//! every machine; nothing of a file reaches a terminal as a control; a line is never longer than a screen is wide. This is the only file that
//! names the crate that draws the snippets.

use super::{Diagnostic, Fix, Label, Severity};
use crate::source::{Files, Span};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};
use serde_json::{Map, Value, json};

/// With or without colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without.
    Plain,
    /// With the escape sequences of a terminal.
    Colour,
}

/// Places further apart than this many lines are shown in their own snippets.
const NEAR_LINES: usize = 30;
/// Longer lines are cut around what is underlined.
const LONGEST_LINE: usize = 140;
/// What is kept before the first underline of a cut line.
const LEAD: usize = 40;

/// One finding as text, without a line break at its end.
#[must_use]
pub fn render(finding: &Diagnostic, files: &Files, style: Style) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(
        level
            .primary_title(clean(&finding.title))
            .id(finding.code.as_str()),
    );
    group = places(group, finding, files);
    for help in &finding.help {
        group = group.element(Level::HELP.message(clean(help)));
    }
    if let Some(target) = &finding.target {
        group = group
            .element(Level::NOTE.message(clean(&format!("this is about the target `{target}`"))));
    }
    let more = format!("run `huntc explain {}` for more", finding.code);
    let edit = finding
        .fix
        .as_ref()
        .filter(|fix| is_plain(&fix.replacement));
    let groups = if finding.primary.is_none() && edit.is_none() {
        vec![group.element(Level::NOTE.message(more))]
    } else {
        let last = Group::with_title(Level::NOTE.secondary_title(more));
        let edit = edit.map(|fix| self::edit(fix, files));
        std::iter::once(group).chain(edit).chain([last]).collect()
    };
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Colour => Renderer::styled(),
    };
    let text = renderer.render(&groups);
    let lines = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !is_lonely(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// The mark of another file without the file: the place is written above the snippet, from the uncut line, so this carries no information.
fn is_lonely(line: &str) -> bool {
    let mut rest = line.trim_start();
    let mut bare = String::new();
    while let Some(at) = rest.find('\u{1b}') {
        bare.push_str(rest.get(..at).unwrap_or(""));
        let escape = rest.get(at..).unwrap_or("");
        rest = escape
            .find('m')
            .and_then(|end| escape.get(end + 1..))
            .unwrap_or("");
    }
    bare.push_str(rest);
    bare.trim() == ":::"
}

/// Several findings as text, with an empty line between them.
#[must_use]
pub fn render_all(findings: &[Diagnostic], files: &Files, style: Style) -> String {
    let texts: Vec<String> = findings
        .iter()
        .map(|finding| render(finding, files, style))
        .collect();
    texts.join("\n\n")
}

/// Adds the snippets: the primary place with what is near it, then what is elsewhere.
fn places<'a>(mut group: Group<'a>, finding: &Diagnostic, files: &Files) -> Group<'a> {
    let Some(primary) = &finding.primary else {
        return group;
    };
    let home = files.position(primary.span).line;
    let (near, far): (Vec<&Label>, Vec<&Label>) = finding.secondary.iter().partition(|label| {
        label.span.file == primary.span.file
            && files.position(label.span).line.abs_diff(home) <= NEAR_LINES
    });
    let marks = std::iter::once((AnnotationKind::Primary, primary));
    let marks: Vec<_> = marks
        .chain(
            near.into_iter()
                .map(|label| (AnnotationKind::Context, label)),
        )
        .collect();
    group = snippet(group, files, &marks);
    for label in far {
        group = snippet(group, files, &[(AnnotationKind::Context, label)]);
    }
    group
}

/// One snippet; the place named above it is that of the first mark.
fn snippet<'a>(group: Group<'a>, files: &Files, marks: &[(AnnotationKind, &Label)]) -> Group<'a> {
    let Some((_, first)) = marks.first() else {
        return group;
    };
    let at = files.position(first.span);
    let path = clean(&files.path(first.span.file).display().to_string());
    let origin = Origin::path(path).line(at.line).char_column(at.column);
    let spans: Vec<Span> = marks.iter().map(|(_, label)| label.span).collect();
    let window = Window::around(files, first.span, &spans);
    let mut snippet = Snippet::source(window.text.clone())
        .line_start(window.first_line)
        .fold(true);
    for (kind, label) in marks {
        let range = window.range(label.span);
        let text = clean(&label.text);
        snippet = snippet.annotation(kind.span(range).label((!text.is_empty()).then_some(text)));
    }
    group.element(origin).element(snippet)
}

/// The group that shows an edit.
fn edit<'a>(fix: &Fix, files: &Files) -> Group<'a> {
    let title = clean(&fix.title);
    let window = Window::around(files, fix.span, &[fix.span]);
    let whole = files.slice(fix.span);
    if window.cut || whole.contains('\n') || fix.replacement.contains('\n') {
        let title = if fix.replacement.is_empty() {
            title
        } else {
            format!("{title}: write `{}`", clean(&fix.replacement))
        };
        return Group::with_title(Level::HELP.secondary_title(title));
    }
    let range = window.range(fix.span);
    let snippet = Snippet::source(window.text)
        .line_start(window.first_line)
        .fold(true);
    Level::HELP
        .secondary_title(title)
        .element(snippet.patch(Patch::new(range, clean(&fix.replacement))))
}

/// Some lines of a file, cleaned, and how places in the file become places in them.
struct Window<'f> {
    text: String,
    first_line: usize,
    /// Whether some of a line was left out.
    cut: bool,
    lines: Vec<Line<'f>>,
}

/// One line of a window.
struct Line<'f> {
    /// The line in the file; of a very long one what is near the first mark.
    raw: &'f str,
    /// The first byte of the whole line in the file.
    begins: usize,
    /// Its first byte in the file.
    start: usize,
    /// Characters left out at the front.
    skipped: usize,
    /// Characters shown of what follows.
    shown: usize,
    /// Whether a sign for what is left out comes first.
    dots: bool,
    /// Its first byte in the window.
    at: usize,
}

impl<'f> Window<'f> {
    /// The lines that hold the beginnings of `spans`.
    fn around(files: &'f Files, first: Span, spans: &[Span]) -> Self {
        let text = files.text(first.file);
        let starts = || spans.iter().map(|span| span.start as usize);
        let from = floor(text, starts().min().unwrap_or(0));
        let to = floor(text, starts().max().unwrap_or(0));
        let (first_line, mut line) = files.line(first.file, from);
        let mut window = Window {
            text: String::new(),
            first_line,
            cut: false,
            lines: Vec::new(),
        };
        loop {
            let here = |at: &usize| (line.start..=line.end).contains(at);
            let mut lead = starts().filter(here).min().unwrap_or(line.start);
            // Where a line cannot show all, it shows the first place.
            let own = first.start as usize;
            if here(&own) && own - lead > LONGEST_LINE - LEAD {
                lead = own;
            }
            let raw = text.get(line.clone()).unwrap_or_default();
            window.push(raw, line.start, lead - line.start);
            if line.end >= to {
                return window;
            }
            line = files.line(first.file, line.end + 1).1;
        }
    }

    /// Adds a line; of a long one what is near the byte `mark`.
    fn push(&mut self, whole: &'f str, start: usize, mark: usize) {
        let near = near(whole, mark);
        let raw = whole.get(near.clone()).unwrap_or_default();
        let cleaned: Vec<char> = clean(raw).chars().collect();
        let mut skipped = 0;
        let mut shown = cleaned.len();
        if cleaned.len() > LONGEST_LINE {
            let first = width(raw, mark.saturating_sub(near.start));
            skipped = first.saturating_sub(LEAD).min(cleaned.len() - LONGEST_LINE);
            shown = LONGEST_LINE;
            self.cut = true;
        }
        if !self.lines.is_empty() {
            self.text.push('\n');
        }
        let at = self.text.len();
        let dots = near.start > 0 || skipped > 0;
        if dots {
            self.text.push('…');
        }
        self.text.extend(cleaned.iter().skip(skipped).take(shown));
        if near.end < whole.len() || skipped + shown < cleaned.len() {
            self.text.push('…');
        }
        self.lines.push(Line {
            raw,
            begins: start,
            start: start + near.start,
            skipped,
            shown,
            dots,
            at,
        });
    }

    /// The range of a place in the window; what goes on on further lines is marked to the end of its first.
    fn range(&self, span: Span) -> std::ops::Range<usize> {
        let (from, to) = (span.start as usize, span.end as usize);
        let Some(line) = self.lines.iter().rev().find(|line| line.begins <= from) else {
            return 0..0;
        };
        let shown = self
            .text
            .get(line.at..)
            .and_then(|rest| rest.split('\n').next())
            .unwrap_or("");
        let place = |offset: usize| {
            let column = width(line.raw, offset.saturating_sub(line.start));
            let dots = usize::from(line.dots);
            let column = column.saturating_sub(line.skipped).min(line.shown) + dots;
            line.at
                + shown
                    .char_indices()
                    .nth(column)
                    .map_or(shown.len(), |(at, _)| at)
        };
        place(from)..place(to).max(place(from))
    }
}

/// Of a very long line more than is shown around a place, so that the rest need not be looked at for each finding.
fn near(line: &str, mark: usize) -> std::ops::Range<usize> {
    // A character has four bytes at most, and less than a line before the place is shown; the other half is for characters that show nothing.
    const AROUND: usize = 8 * LONGEST_LINE;
    if line.len() <= 2 * AROUND {
        return 0..line.len();
    }
    floor(line, mark.saturating_sub(AROUND))..floor(line, mark.saturating_add(AROUND))
}

/// The greatest character boundary that is not beyond `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// How many cleaned characters the first `bytes` of a line become.
fn width(line: &str, bytes: usize) -> usize {
    if line.is_ascii() && !line.bytes().any(|byte| byte.is_ascii_control()) {
        return bytes.min(line.len());
    }
    clean(line.get(..floor(line, bytes)).unwrap_or(""))
        .chars()
        .count()
}

/// Text that shows what it holds and controls nothing: tabs are four spaces, line breaks in it one space, controls have a visible sign.
fn clean(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let text = text.strip_suffix('\r').unwrap_or(text);
    for c in text.chars() {
        match c {
            '\t' => out.push_str("    "),
            '\n' => out.push(' '),
            '\u{feff}' => {}
            '\u{0}'..='\u{1f}' => {
                out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'))
            }
            '\u{7f}' => out.push('\u{2421}'),
            c if unsafe_to_show(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Controls beyond ASCII, and characters that are invisible or turn the direction of the text.
fn unsafe_to_show(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{e0000}'..='\u{e007f}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether an edit may be shown as it is.
fn is_plain(text: &str) -> bool {
    !text
        .chars()
        .any(|c| (c.is_control() && c != '\n' && c != '\t') || unsafe_to_show(c) && !c.is_control())
}

/// One finding as JSON: `code severity title file line column end_line end_column label help also fix target`; what is not there is null.
#[must_use]
pub fn to_json(finding: &Diagnostic, files: &Files) -> Value {
    let mut object = Map::new();
    object.insert("code".into(), json!(finding.code.as_str()));
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    object.insert("severity".into(), json!(severity));
    object.insert("title".into(), json!(clean(&finding.title)));
    match &finding.primary {
        Some(label) => object.append(&mut label_json(label, files)),
        None => {
            for key in ["file", "line", "column", "end_line", "end_column", "label"] {
                object.insert(key.into(), Value::Null);
            }
        }
    }
    object.insert(
        "help".into(),
        finding.help.iter().map(|help| clean(help)).collect(),
    );
    let also = finding
        .secondary
        .iter()
        .map(|label| Value::Object(label_json(label, files)));
    object.insert("also".into(), also.collect());
    let fix = finding
        .fix
        .as_ref()
        .filter(|fix| is_plain(&fix.replacement))
        .map(|fix| {
            let mut object = place_json(fix.span, files);
            object.insert("replacement".into(), json!(fix.replacement));
            object.insert("title".into(), json!(clean(&fix.title)));
            Value::Object(object)
        });
    object.insert("fix".into(), fix.unwrap_or(Value::Null));
    object.insert("target".into(), json!(finding.target.as_deref().map(clean)));
    Value::Object(object)
}

fn label_json(label: &Label, files: &Files) -> Map<String, Value> {
    let mut object = place_json(label.span, files);
    let text = (!label.text.is_empty()).then(|| clean(&label.text));
    object.insert("label".into(), json!(text));
    object
}

/// A place as JSON: `file`, `line`, `column`, `end_line`, `end_column`.
pub(crate) fn place_json(span: Span, files: &Files) -> Map<String, Value> {
    let start = files.position(span);
    let end = files.position(Span {
        start: span.end,
        ..span
    });
    let mut object = Map::new();
    object.insert(
        "file".into(),
        json!(clean(&files.path(span.file).display().to_string())),
    );
    object.insert("line".into(), json!(start.line));
    object.insert("column".into(), json!(start.column));
    object.insert("end_line".into(), json!(end.line));
    object.insert("end_column".into(), json!(end.column));
    object
}
