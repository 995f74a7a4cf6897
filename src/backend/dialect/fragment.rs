//! Finished pieces of emitted text.
//!
//! In: values, names and rendered patterns. Out: [`Fragment`], a text that knows how tightly it binds. Guarantee: nothing else reaches the output, and
//! a fragment is only made of a dialect's own words, of a quoted name, of a quoted literal, or of other fragments; so no string of an author, a list or a
//! table can change the structure of a query.

use super::hidden::is_hidden;
use minijinja::value::{Object, ObjectRepr};
use std::fmt;
use std::sync::Arc;

/// How tightly a text binds: the index of a word in the dialect's `precedence` list, loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(pub(crate) u8);

impl Level {
    /// A name, a literal, a call: never in need of parentheses.
    pub const ATOM: Level = Level(u8::MAX);

    /// The level of that name in a dialect's `precedence`; an atom where none is given.
    pub(crate) fn named(precedence: &[String], name: Option<&str>) -> Option<Level> {
        match name {
            None | Some("atom") => Some(Level::ATOM),
            Some(name) => precedence
                .iter()
                .position(|level| level == name)
                .and_then(|at| u8::try_from(at).ok())
                .map(Level),
        }
    }
}

/// A piece of text that binds at a level.
#[derive(Clone, PartialEq)]
pub struct Fragment {
    text: Arc<str>,
    level: Level,
}

impl Fragment {
    /// A rendered pattern. Only for the renderer, which accepts nothing but fragments.
    pub(crate) fn rendered(text: impl Into<Arc<str>>, level: Level) -> Fragment {
        Fragment {
            text: text.into(),
            level,
        }
    }

    /// Words of the backend itself, or of a dialect.
    pub(crate) fn word(text: &str) -> Fragment {
        Fragment::rendered(text, Level::ATOM)
    }

    /// A whole number without sign.
    #[must_use]
    pub fn count(number: u64) -> Fragment {
        Fragment::rendered(number.to_string(), Level::ATOM)
    }

    /// Text for a comment: one line, without characters that are not seen. `${` is broken, because Spark puts a variable there before it reads the text,
    /// in comments too, and its value may end the line.
    #[must_use]
    pub fn comment(text: &str) -> Fragment {
        let clean: String = text
            .chars()
            .filter(|c| !is_hidden(*c))
            .map(|c| {
                if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
                    ' '
                } else {
                    c
                }
            })
            .collect();
        let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
        Fragment::rendered(line.replace("${", "$ {"), Level::ATOM)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How tightly it binds.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// The text as it is where something of `level` or tighter is expected.
    #[must_use]
    pub fn at(&self, level: Level) -> Fragment {
        if self.level >= level {
            self.bare()
        } else {
            Fragment::rendered(format!("({})", self.text), Level::ATOM)
        }
    }

    /// The text where it already has its own brackets.
    #[must_use]
    pub fn bare(&self) -> Fragment {
        Fragment {
            text: Arc::clone(&self.text),
            level: Level::ATOM,
        }
    }

    /// Characters of the longest line.
    #[must_use]
    pub fn width(&self) -> usize {
        self.text
            .lines()
            .map(|line| line.chars().count())
            .max()
            .unwrap_or(0)
    }
}

impl fmt::Debug for Fragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Object for Fragment {
    // Anything but `Plain` makes `{% if fragment %}` false, as an empty map would be.
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}
