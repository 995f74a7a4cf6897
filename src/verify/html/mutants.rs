//! What became of texts that were broken on purpose.
//!
//! In: a verdict. Out: how many were noticed, and each that was not. Guarantee: every survivor is there.

use crate::verify::Verdict;
use crate::verify::mutate::Mutant;
use serde::Serialize;

/// The broken texts of a hunt for a target.
#[derive(Debug, Serialize)]
pub(super) struct Broken {
    target: String,
    engine: String,
    caught: usize,
    refused: usize,
    survivors: Vec<Survivor>,
}

/// A broken text that nothing noticed.
#[derive(Debug, Serialize)]
struct Survivor {
    line: usize,
    before: String,
    after: String,
    /// Why nothing can notice it, where that is known.
    reason: Option<String>,
}

/// Nothing where none was tried.
pub(super) fn broken(verdict: &Verdict) -> Option<Broken> {
    let mutants = verdict.mutants.as_ref()?;
    Some(Broken {
        target: verdict.target.clone(),
        engine: verdict.engine.clone(),
        caught: mutants.caught,
        refused: mutants.refused,
        survivors: mutants.survivors.iter().map(survivor).collect(),
    })
}

fn survivor(mutant: &Mutant) -> Survivor {
    Survivor {
        line: mutant.number,
        before: mutant.line.clone(),
        after: match mutant.becomes.as_str() {
            "" => "nothing".to_owned(),
            becomes => becomes.to_owned(),
        },
        reason: mutant.why.clone(),
    }
}
