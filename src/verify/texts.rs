//! What was verified, as its author and its users read it.
//!
//! In: a hunt, targets. Out: the place of the query in its file, and the text for each target. Guarantee: a text is the one that `huntc compile` writes, header
//! and look-ups included, not the one that was run with other names of tables; a target without a text has the reason.

use crate::compiler::{Analysis, Meaning};
use crate::config::Configured;
use crate::driver::{Outcome, Project};
use crate::source::Span;

/// A hunt in its own words and in those of its targets.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// The title.
    pub name: String,
    /// What it looks for and why.
    pub description: String,
    /// The query, in the hunt file.
    pub query: Span,
    /// One for each target, in their order.
    pub targets: Vec<TargetText>,
}

/// The text of a hunt for one target.
#[derive(Clone, Debug)]
pub struct TargetText {
    /// The target.
    pub target: String,
    /// The dialect that wrote it, as people call it: `DuckDB`.
    pub language: String,
    /// The ending of its file: `sql`.
    pub extension: String,
    /// The text, or why there is none.
    pub text: Result<String, String>,
}

/// Compiles a hunt for each target.
pub(super) fn texts(
    project: &Project,
    analysis: &Analysis,
    meaning: &Meaning,
    targets: &[Configured],
) -> Texts {
    let one = |target: &Configured| TargetText {
        target: target.name.value.clone(),
        language: target.target.dialect.file.title.clone(),
        extension: target.target.dialect.file.extension.clone(),
        text: match project.outcome(analysis, meaning, target, false) {
            Outcome::Text(query) => Ok(query.text),
            Outcome::Unfit(note) => Err(note.title),
            Outcome::OtherClass(why) => Err(why),
            Outcome::Broken(errors) => {
                let titles: Vec<String> = errors.into_iter().map(|error| error.title).collect();
                Err(titles.join("; "))
            }
        },
    };
    Texts {
        name: meaning.hunt.name.value.clone(),
        description: meaning.hunt.description.value.clone(),
        query: meaning.hunt.query,
        targets: targets.iter().map(one).collect(),
    }
}
