//! Since which release an engine has what a text uses.
//!
//! In: a text, the table `versions` of a dialect, the target's release. Out: what is a technical preview there, or the names that the table lacks or that the
//! release does not have. Guarantee: every command, function and setting of the text is looked up; literals, quoted names and comments are not read.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A version such as `9.3`; parts compare as numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Vec<u64>);

impl std::str::FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split('.')
            .map(|part| {
                part.parse::<u64>()
                    .map_err(|_| format!("`{text}` is no version such as 9.3"))
            })
            .collect::<Result<_, _>>()
            .map(Version)
    }
}

/// The releases of one command, function, setting or form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Since {
    /// The first release that has it as a technical preview.
    pub preview: Option<String>,
    /// The first release in which it is generally available; none known where left out.
    pub ga: Option<String>,
}

/// What an engine has, by the release from which on it has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Versions {
    /// Where the releases were read.
    pub sources: Vec<String>,
    /// Commands: `STATS`.
    pub commands: BTreeMap<String, Since>,
    /// Functions: `VALUES`.
    pub functions: BTreeMap<String, Since>,
    /// Settings of `SET`.
    pub settings: BTreeMap<String, Since>,
    /// Forms of what is older itself: `LIKE (…)`.
    pub forms: BTreeMap<String, Since>,
}

/// What a text uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Commands.
    pub commands: BTreeSet<String>,
    /// Functions.
    pub functions: BTreeSet<String>,
    /// Settings.
    pub settings: BTreeSet<String>,
    /// Forms.
    pub forms: BTreeSet<String>,
}

/// Commands of two words.
const PAIRS: [(&str, &str); 2] = [("LOOKUP", "JOIN"), ("INLINE", "STATS")];

impl Used {
    /// Reads a text of ES|QL, or a pattern that becomes a part of one.
    #[must_use]
    pub fn of(text: &str) -> Used {
        let tokens = tokens(text);
        let mut used = Used::default();
        let mut begins = true;
        for (at, token) in tokens.iter().enumerate() {
            let next = tokens.get(at + 1).copied().unwrap_or_default();
            let capital = token.starts_with(|c: char| c.is_ascii_uppercase())
                && token
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
            if capital && next == "(" {
                used.functions.insert((*token).to_owned());
            } else if capital && begins {
                let pair = PAIRS.iter().find(|pair| **pair == (*token, next.trim()));
                let name = pair.map_or((*token).to_owned(), |(a, b)| format!("{a} {b}"));
                if name == "SET" {
                    used.settings.insert(next.trim().to_owned());
                }
                used.commands.insert(name);
            } else if matches!(*token, "LIKE" | "RLIKE") && next == " (" {
                used.forms.insert(format!("{token} (…)"));
            }
            begins = matches!(*token, "|" | ";");
        }
        used
    }
}

/// Words, each with the blank before it if it is no first word of a command, and single signs; an opening parenthesis keeps the blank before it.
fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut blank = false;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '"' if rest.starts_with("\"\"\"") => rest
                .get(3..)
                .and_then(|inner| inner.find("\"\"\""))
                .map_or(rest.len(), |end| end + 6),
            '"' | '`' => quoted(rest, c),
            c if c.is_alphabetic() || c == '_' || c == '@' => rest
                .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '@' | '.')))
                .unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        match c {
            '(' if blank => found.push(" ("),
            c if c.is_whitespace() || token.starts_with("//") => {}
            _ => found.push(token),
        }
        blank = c.is_whitespace();
        rest = after;
    }
    found
}

/// The length of the literal or the quoted name that the text begins with.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

impl Versions {
    /// Whether the dialect has such a table.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// Everything used, with its releases; `None` where the table lacks it.
    pub fn releases_of<'v, 'u>(
        &'v self,
        used: &'u Used,
    ) -> impl Iterator<Item = (&'u String, Option<&'v Since>)> {
        let of = |names: &'u BTreeSet<String>, table: &'v BTreeMap<String, Since>| {
            names.iter().map(move |name| (name, table.get(name)))
        };
        of(&used.commands, &self.commands)
            .chain(of(&used.functions, &self.functions))
            .chain(of(&used.settings, &self.settings))
            .chain(of(&used.forms, &self.forms))
    }
}

impl Since {
    /// Whether a release has it, be it as a preview; `None` stands for the newest.
    #[must_use]
    pub fn has(&self, release: Option<&Version>) -> bool {
        let from = |text: &Option<String>| reached(text.as_deref(), release);
        from(&self.preview) || from(&self.ga)
    }

    /// Whether it is generally available in a release.
    #[must_use]
    pub fn is_ga(&self, release: Option<&Version>) -> bool {
        reached(self.ga.as_deref(), release)
    }
}

fn reached(since: Option<&str>, release: Option<&Version>) -> bool {
    let since = since.and_then(|text| text.parse::<Version>().ok());
    since.is_some_and(|since| release.is_none_or(|release| *release >= since))
}
