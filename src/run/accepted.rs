//! What a team has looked at in its data and accepted.
//!
//! In: the file of `--accept`. Out: [`Accepted`], or every error in the file.

use crate::diag::{Code, Diagnostic};
use crate::source::yaml::{self, Faults, Map, Node};
use crate::source::{Files, MAX_BYTES, Span, read_text};
use std::path::Path;

/// What a team has looked at and accepted.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    pub(super) words: Vec<(String, String, Span)>,
    pub(super) empty: Vec<(String, Span)>,
}

impl Accepted {
    /// Reads the file of `--accept`.
    pub(super) fn read(files: &mut Files, path: &Path) -> Result<Accepted, Vec<Diagnostic>> {
        let coded = |fault: Diagnostic| Diagnostic {
            code: Code::E0646,
            ..fault
        };
        let file = read_text(files, path, MAX_BYTES).map_err(|fault| vec![coded(fault)])?;
        let root = yaml::parse(files, file);
        let root = root.map_err(|faults| faults.into_iter().map(coded).collect::<Vec<_>>())?;
        let mut faults = Faults::default();
        let mut accepted = Accepted::default();
        if let Some(map) = faults.map(&root, "what is accepted: `words` and `empty`") {
            faults.known(map, "a file of `--accept`", &["words", "empty"]);
            for (entry, place) in entries(map, "words", &["column", "word", "why"], &mut faults) {
                if let [Some(column), Some(word), Some(_)] = entry.as_slice() {
                    accepted.words.push((column.clone(), word.clone(), place));
                }
            }
            for (entry, place) in entries(map, "empty", &["field", "why"], &mut faults) {
                if let [Some(field), Some(_)] = entry.as_slice() {
                    accepted.empty.push((field.clone(), place));
                }
            }
        }
        if faults.all.is_empty() {
            return Ok(accepted);
        }
        Err(faults.all.into_iter().map(coded).collect())
    }
}

/// The entries of a list, each with the texts of its keys.
fn entries(
    map: &Map,
    key: &str,
    keys: &[&str],
    faults: &mut Faults,
) -> Vec<(Vec<Option<String>>, Span)> {
    let Some(list) = map
        .get(key)
        .and_then(|node| faults.list(node, "a list of mappings"))
    else {
        return Vec::new();
    };
    let entry = |node: &Node| {
        let entry = faults.map(node, "a mapping")?;
        faults.known(entry, &format!("an entry of `{key}`"), keys);
        let text = |name: &&str| {
            let what = format!("an entry of `{key}`");
            let node = faults.required(entry, node.span, &what, name)?;
            Some(faults.text(node, "a text")?.value)
        };
        Some((keys.iter().map(text).collect(), node.span))
    };
    list.iter().filter_map(entry).collect()
}
