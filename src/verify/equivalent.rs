//! Broken texts that no events can distinguish from the right one.
//!
//! In: `mutants.yaml` beside a hunt. Out: for a mutant that survived, the reason its author gave. Guarantee: a reason is for a line as it was and as it is, so it
//! holds for that change alone; `*` in them stands for any text, since a column has another name in each schema.
//!
//! ```yaml
//! - line: "and isnotnull(parse_ipv4(*))"     # without `becomes`: the line is left out
//!   why: What follows is null for any other address, and null drops the row.
//!   targets: [sentinel, defender]            # optional: it holds for these alone
//! ```

use super::mutate::Mutant;
use crate::diag::Diagnostic;
use crate::source::contained::read_found;
use crate::source::yaml::{self, Faults, Node};
use crate::source::{Files, Span, Spanned};
use std::path::Path;

/// Larger files are refused.
const MAX_BYTES: usize = 1 << 20;
const NAME: &str = "mutants.yaml";
const KEYS: &[&str] = &["line", "becomes", "why", "targets"];

/// A change that makes no difference.
#[derive(Clone, Debug)]
pub(crate) struct Equivalent {
    /// The line of the text.
    pub line: Spanned<String>,
    /// What it becomes; empty where it is left out.
    pub becomes: String,
    /// Why no events show it.
    pub why: String,
    /// The targets that it holds for; all where none is named.
    pub targets: Vec<String>,
}

impl Equivalent {
    /// Whether it speaks of the mutant of a target's text.
    #[must_use]
    pub(crate) fn is(&self, mutant: &Mutant, target: &str) -> bool {
        (self.targets.is_empty() || self.targets.iter().any(|own| own == target))
            && is_like(&self.line.value, &mutant.line)
            && is_like(&self.becomes, &mutant.becomes)
    }

    /// Where it is.
    #[must_use]
    pub(crate) fn span(&self) -> Span {
        self.line.span
    }
}

/// Reads the file beside a hunt; a missing file has no entries.
///
/// # Errors
/// Every error in the file.
pub(crate) fn read(
    files: &mut Files,
    hunt_folder: &Path,
) -> Result<Vec<Equivalent>, Vec<Diagnostic>> {
    let path = hunt_folder.join(NAME);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let file = read_found(files, &path, MAX_BYTES).map_err(|fault| vec![fault])?;
    let root = yaml::parse(files, file)?;
    let mut faults = Faults::default();
    let list = faults.list(&root, "a list of changes");
    let entries = list.unwrap_or_default().iter();
    let read: Vec<Equivalent> = entries
        .filter_map(|node| entry(node, &mut faults))
        .collect();
    match faults.all.is_empty() {
        true => Ok(read),
        false => Err(faults.all),
    }
}

fn entry(node: &Node, faults: &mut Faults) -> Option<Equivalent> {
    let what = "a change";
    let map = faults.map(node, "a change: `line`, `becomes`, `why`")?;
    faults.known(map, what, KEYS);
    let mut text = |key: &str| {
        let value = faults.required(map, node.span, what, key)?;
        faults.text(value, "a text")
    };
    let (line, why) = (text("line"), text("why"));
    let becomes = match map.get("becomes") {
        Some(node) => faults.text(node, "a text")?.value,
        None => String::new(),
    };
    let targets = map
        .get("targets")
        .map(|node| faults.texts(node, "names of targets"));
    Some(Equivalent {
        targets: targets
            .into_iter()
            .flatten()
            .map(|name| name.value)
            .collect(),
        line: line?,
        becomes,
        why: why?.value,
    })
}

/// Whether a text is the pattern, in which `*` stands for anything.
fn is_like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(between) = last.replace(part) {
            let Some((_, after)) = rest.split_once(between) else {
                return false;
            };
            rest = after;
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn a_star_is_anything() {
        for (pattern, text, expected) in [
            ("a = 1", "a = 1", true),
            ("a = 1", "a = 12", false),
            ("", "", true),
            ("", "a", false),
            ("f(*), 0", "f(x), 0", true),
            ("f(*), 0", "f(x), 1", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("ab*bc", "abc", false),
        ] {
            assert_eq!(is_like(pattern, text), expected, "{pattern} {text}");
        }
    }
}
