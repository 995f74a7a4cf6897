//! A rendered pattern with places for needles.
//!
//! In: a pattern that was rendered with marks as its needles. Out: its text for other needles. Guarantee: only literals are put in, which need no
//! parentheses wherever a pattern has them; so the text is what the template engine would have made of them.

use crate::backend::dialect::fragment::{Fragment, Level};

/// A needle as a literal, as a `LIKE` pattern and as a regex.
pub(crate) type Forms = (Fragment, Fragment, Fragment);

/// Begins and ends a mark; no literal of a dialect has it as it is, because no engine reads it in a text.
const MARK: char = '\0';

/// The text between the marks, and what each mark stands for.
pub(super) struct Marked<'t> {
    parts: Vec<Part<'t>>,
    level: Level,
}

enum Part<'t> {
    Text(&'t str),
    Needle,
    Like,
    Regex,
}

impl<'t> Marked<'t> {
    /// What to render the pattern with.
    pub(super) fn marks() -> Forms {
        let mark = |of: &str| Fragment::word(&format!("{MARK}{of}{MARK}"));
        (mark("needle"), mark("like"), mark("regex"))
    }

    /// The pattern as it was rendered with the marks.
    pub(crate) fn new(rendered: &'t Fragment) -> Marked<'t> {
        let texts = rendered.as_str().split(MARK).enumerate();
        let parts = texts.map(|(at, text)| match (at % 2, text) {
            (1, "needle") => Part::Needle,
            (1, "like") => Part::Like,
            (1, "regex") => Part::Regex,
            _ => Part::Text(text),
        });
        Marked {
            parts: parts.collect(),
            level: rendered.level(),
        }
    }

    /// The text for a needle.
    pub(crate) fn filled(&self, (needle, like, regex): &Forms) -> Fragment {
        let texts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text,
            Part::Needle => needle.as_str(),
            Part::Like => like.as_str(),
            Part::Regex => regex.as_str(),
        });
        Fragment::rendered(texts.collect::<String>(), self.level)
    }
}
