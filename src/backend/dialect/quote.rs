//! How a target writes names and literals.
//!
//! In: the `names` and `literals` sections of a dialect. Out: quoted text. Guarantee: what is read back by the target is exactly the name or value that
//! went in, whatever characters it has; what a target cannot write is an error, never cut.

use super::fragment::Fragment;
use super::hidden::is_hidden;
use super::rules::{LiteralRules, NameRules};
use crate::value::Value;
use regex::Regex;
use std::collections::BTreeMap;

/// The rules of one dialect, ready for use.
#[derive(Debug)]
pub struct Quoting {
    bare: Regex,
    tables: Regex,
    names: NameRules,
    literals: LiteralRules,
}

/// Why a value cannot be written.
pub(crate) type Unwritable = String;

impl Quoting {
    pub(crate) fn new(names: NameRules, literals: LiteralRules) -> Result<Quoting, String> {
        let bare = Regex::new(&format!("^(?:{})$", names.bare)).map_err(|e| e.to_string())?;
        let tables = Regex::new(&format!("^(?:{})$", names.tables)).map_err(|e| e.to_string())?;
        Ok(Quoting {
            bare,
            tables,
            names,
            literals,
        })
    }

    /// A name, quoted where the rules ask for it, as a piece of text.
    pub(crate) fn name_fragment(&self, name: &str) -> Fragment {
        Fragment::word(&self.name(name))
    }

    /// A name as the target reads it.
    pub(crate) fn name(&self, name: &str) -> String {
        if self.names.dotted {
            name.split('.')
                .map(|part| self.part(part))
                .collect::<Vec<_>>()
                .join(".")
        } else {
            self.part(name)
        }
    }

    fn part(&self, name: &str) -> String {
        if !self.names.always && !self.is_reserved(name) && self.bare.is_match(name) {
            return name.to_owned();
        }
        format!(
            "{}{}{}",
            self.names.open,
            escape(name, &self.names.escapes),
            self.names.close
        )
    }

    fn is_reserved(&self, name: &str) -> bool {
        let mut words = self.names.reserved.iter();
        words.any(|word| match self.names.exact_case {
            true => word == name,
            false => word.eq_ignore_ascii_case(name),
        })
    }

    /// The table, the tables or the index patterns of `from`, as configured; nothing but names is let through. Words that the target reserves are quoted.
    ///
    /// # Errors
    /// What is wrong with the name.
    pub fn table(&self, table: &str) -> Result<Fragment, Unwritable> {
        let parts: Vec<&str> = match self.names.several_tables {
            true => table.split(',').map(str::trim).collect(),
            false => vec![table],
        };
        for part in &parts {
            // Both begin a comment, whatever they are a part of.
            let comment = ["//", "/*"].into_iter().find(|mark| part.contains(mark));
            if let (Some(mark), true) = (comment, self.names.several_tables) {
                return Err(format!(
                    "`{part}` holds `{mark}`, which begins a comment there"
                ));
            }
            if !self.tables.is_match(part) {
                return Err(format!("`{part}` is not the name of a table there"));
            }
        }
        let parts: Vec<String> = parts.iter().map(|part| self.unreserved(part)).collect();
        Ok(Fragment::word(&parts.join(", ")))
    }

    /// What the name of a table is, in a sentence.
    #[must_use]
    pub fn tables_are(&self) -> &str {
        &self.names.tables_are
    }

    /// A name joined by dots, each part that is a reserved word in quotes.
    fn unreserved(&self, table: &str) -> String {
        // A name in quotes, or with arguments, holds dots of its own, and an index pattern is no name of a column.
        if self.names.several_tables
            || table.contains([self.names.open.chars().next().unwrap_or('"'), '('])
        {
            return table.to_owned();
        }
        let quoted = table.split('.').map(|part| match self.is_reserved(part) {
            true => self.part(part),
            false => part.to_owned(),
        });
        quoted.collect::<Vec<_>>().join(".")
    }

    /// Whether the name of a column can be written, and what is wrong where it cannot.
    ///
    /// # Errors
    /// Why not.
    pub fn column(&self, name: &str) -> Result<(), Unwritable> {
        if name.is_empty() {
            return Err("the name is empty".to_owned());
        }
        if let Some(c) = name.chars().find(|c| c.is_control() || is_hidden(*c)) {
            let number = u32::from(c);
            return Err(format!("the name holds U+{number:04X}, which is not seen"));
        }
        if name.contains("${") {
            // Spark knows no escape for it in a name.
            return Err("the name holds `${`, where Spark puts a variable".to_owned());
        }
        Ok(())
    }

    /// Text as a literal.
    pub(crate) fn text(&self, text: &str) -> Result<String, Unwritable> {
        if let Some(refused) = text.chars().find(|c| self.literals.refused.contains(*c)) {
            return Err(format!(
                "text with the character U+{:04X} has no literal there",
                u32::from(refused)
            ));
        }
        let rules = &self.literals;
        if is_plain(text, &rules.escapes) {
            return Ok(format!("{}{text}{}", rules.open, rules.close));
        }
        // Octal numbers are those of bytes, so that a control character beyond ASCII is none.
        let beyond = |c: char| is_hidden(c) || c.is_control() && !c.is_ascii();
        let hidden = rules.hidden.as_ref().filter(|_| text.chars().any(beyond));
        let escaping = || {
            let written = |c: char| c.is_control() || is_hidden(c);
            rules.escaped.as_ref().filter(|_| text.chars().any(written))
        };
        if let Some(rules) = hidden.or_else(escaping) {
            let inner = escaped(text, &rules.escapes, Some(&rules.control));
            return seen(&inner).map(|inner| format!("{}{inner}{}", rules.open, rules.close));
        }
        let inner = escaped(text, &rules.escapes, rules.control.as_deref());
        seen(&inner).map(|inner| format!("{}{inner}{}", rules.open, rules.close))
    }

    /// Text in the dialect's verbatim form, in which backslashes are themselves: for regexes. `None` where there is none, or it cannot hold the text.
    pub(crate) fn verbatim(&self, text: &str) -> Option<Fragment> {
        let rules = self.literals.verbatim.as_ref()?;
        if text
            .chars()
            .any(|c| c.is_control() || is_hidden(c) || rules.refused.contains(c))
        {
            return None;
        }
        let inner = escape(text, &rules.escapes);
        Some(Fragment::word(&format!(
            "{}{inner}{}",
            rules.open, rules.close
        )))
    }

    /// A finite double, always recognisable as one.
    pub(crate) fn float(number: f64) -> String {
        let text = number.to_string();
        if text.contains(['.', 'e', 'E']) {
            text
        } else {
            format!("{text}.0")
        }
    }

    /// A length of time in the largest unit that gives a whole number, and two of it where the dialect asks for that (`24h`, not `1d`).
    pub(crate) fn duration(&self, milliseconds: i64) -> String {
        let unit = self.literals.durations.iter().find(|unit| {
            milliseconds % unit.ms == 0 && (milliseconds / unit.ms).abs() >= unit.least
        });
        match unit {
            Some(unit) => {
                let count = milliseconds / unit.ms;
                let form = match &unit.one {
                    Some(one) if count == 1 => one,
                    _ => &unit.form,
                };
                form.replace("{n}", &count.to_string())
            }
            None => milliseconds.to_string(),
        }
    }
}

/// Whether every rule leaves the text as it is. Lists of indicators are such text, and long.
fn is_plain(text: &str, escapes: &BTreeMap<String, String>) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && !escapes.keys().any(|from| text.contains(from.as_str()))
}

/// The text, where it holds no control character: those change what a terminal or an editor shows of a query.
fn seen(text: &str) -> Result<&str, Unwritable> {
    match text.chars().find(|c| c.is_control()) {
        None => Ok(text),
        Some(control) => Err(format!(
            "text with the control character U+{:04X} has no literal there: the language has no escape for it",
            u32::from(control)
        )),
    }
}

/// The text with what must be escaped; of two escapes at one place the longer one is taken. `control` writes other control characters.
fn escaped(text: &str, escapes: &BTreeMap<String, String>, control: Option<&str>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let fitting = escapes
            .iter()
            .filter(|(from, _)| rest.starts_with(from.as_str()));
        let read = match (fitting.max_by_key(|(from, _)| from.len()), control) {
            (Some((from, to)), _) => {
                out.push_str(to);
                from.len()
            }
            (None, Some(form)) if c.is_control() || is_hidden(c) => {
                out.push_str(&numbered(form, c));
                c.len_utf8()
            }
            _ => {
                out.push(c);
                c.len_utf8()
            }
        };
        rest = rest.get(read.max(1)..).unwrap_or_default();
    }
    out
}

/// A character by its number; beyond ASCII it stands for itself where the form is octal, which is a form for bytes, and beyond U+FFFF where the form has
/// four digits.
fn numbered(form: &str, c: char) -> String {
    let number = u32::from(c);
    if form.contains("{number}") {
        form.replace("{number}", &number.to_string())
    } else if form.contains("{hex4}") && number > 0xffff {
        c.to_string()
    } else if !form.contains("{octal}") {
        form.replace("{hex4}", &format!("{number:04x}"))
    } else if c.is_ascii() {
        form.replace("{octal}", &format!("{number:03o}"))
    } else {
        c.to_string()
    }
}

fn escape(text: &str, escapes: &BTreeMap<String, String>) -> String {
    text.chars()
        .map(|c| {
            escapes
                .get(&c.to_string())
                .cloned()
                .unwrap_or_else(|| c.to_string())
        })
        .collect()
}

/// An instant as `2024-05-01T10:00:00.000Z`.
#[must_use]
pub(crate) fn instant(milliseconds: i64) -> Option<String> {
    let time = jiff::Timestamp::from_millisecond(milliseconds).ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

/// Simple lower-casing of each character (rule 5 of the semantics): one character gives one character.
#[must_use]
pub(crate) fn lower(text: &str) -> String {
    text.chars()
        .map(|c| {
            // U+0130 is the only character whose full lower-casing is longer than its simple one, which is `i`.
            let mut all = c.to_lowercase();
            match (all.next(), all.next()) {
                (Some(one), _) => one,
                (None, _) => c,
            }
        })
        .collect()
}

/// A text value lower-cased; others as they are.
#[must_use]
pub(crate) fn lower_value(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::text(&lower(text)),
        other => other.clone(),
    }
}
