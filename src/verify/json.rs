//! The report as JSON.
//!
//! In: a report. Out: members of a JSON document. Guarantee: everything that the report for people says is there, under names that stay.

use super::{Difference, HuntReport, Report, Verdict, matrix};
use crate::source::{Files, Span};
use serde_json::{Map, Value as Json, json};

/// The members.
#[must_use]
pub(crate) fn members(report: &Report, files: &Files) -> Map<String, Json> {
    let hunts: Vec<Json> = report.hunts.iter().map(|own| hunt(own, files)).collect();
    let absent: Map<String, Json> = matrix::absent(report)
        .into_iter()
        .map(|(engine, why)| (engine, Json::String(why)))
        .collect();
    let mut members = Map::new();
    members.insert("hunts".to_owned(), Json::Array(hunts));
    members.insert("not_run".to_owned(), Json::Object(absent));
    members.insert(
        "summary".to_owned(),
        json!({ "comparisons": report.compared(), "differences": report.differences() }),
    );
    members
}

fn hunt(hunt: &HuntReport, files: &Files) -> Json {
    let verdicts: Vec<Json> = hunt.cells.iter().map(|own| verdict(own, files)).collect();
    let undecided: Vec<Json> = (hunt.coverage.conditions.iter())
        .filter(|condition| !condition.is_covered())
        .map(|condition| json!({ "place": place(condition.span, files), "lack": condition.lack() }))
        .collect();
    let texts: Vec<Json> = (hunt.texts.targets.iter())
        .map(|own| {
            json!({
                "target": own.target,
                "language": own.language,
                "text": own.text.as_ref().ok(),
                "why": own.text.as_ref().err(),
            })
        })
        .collect();
    json!({
        "hunt": hunt.slug,
        "fixtures": hunt.fixtures,
        "generated_events": hunt.generated,
        "conditions": hunt.coverage.conditions.len(),
        "decided": hunt.coverage.covered(),
        "undecided": undecided,
        "verdicts": verdicts,
        "texts": texts,
    })
}

fn verdict(verdict: &Verdict, files: &Files) -> Json {
    let differences: Vec<Json> = (verdict.differences.iter())
        .map(|own| difference(own, files))
        .collect();
    let mutants = verdict.mutants.as_ref().map(|mutants| {
        let survivors = mutants.survivors.iter().map(
            |mutant| json!({ "number": mutant.number, "line": mutant.line, "becomes": mutant.becomes, "why": mutant.why }),
        );
        json!({
            "caught": mutants.caught,
            "refused": mutants.refused,
            "survivors": survivors.collect::<Vec<Json>>(),
        })
    });
    json!({
        "target": verdict.target,
        "engine": verdict.engine,
        "verdict": matrix::word(verdict),
        "comparisons": verdict.compared,
        "with_rows": verdict.telling,
        "differences": differences,
        "mutants": mutants,
        "why": verdict.absent.as_ref().or(verdict.unfit.as_ref()),
    })
}

fn difference(difference: &Difference, files: &Files) -> Json {
    let least = difference.least.as_ref().map(|least| {
        json!({
            "rows": least.rows,
            "what": least.what,
            "step": least.step.map(|step| files.slice(step)),
            "place": least.step.map(|step| place(step, files)),
        })
    });
    json!({ "case": difference.case, "what": difference.what, "least": least })
}

/// Where something is, and what is there.
fn place(span: Span, files: &Files) -> Json {
    let at = files.position(span);
    json!({
        "file": files.path(span.file).display().to_string(),
        "line": at.line,
        "column": at.column,
        "text": files.slice(span),
    })
}
