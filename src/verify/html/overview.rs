//! The head of the page: what came of the run, in a sentence and a few numbers.
//!
//! In: a report, how the run was asked for. Out: the sentence, the numbers, each engine and whether it ran. Guarantee: the sentence says "agree" only where
//! something was compared and nothing differs, and beside it is what was not compared.

use super::count;
use crate::verify::matrix::{absent, word};
use crate::verify::{Options, Report, engine};
use serde::Serialize;

/// The head of the page.
#[derive(Debug, Serialize)]
pub(super) struct Overview {
    /// `agree`, `differ` or `nothing`.
    state: &'static str,
    sentence: String,
    caveats: Vec<String>,
    numbers: Vec<Number>,
    engines: Vec<EngineLine>,
    /// The options of the run, with which it makes the same events again.
    options: String,
}

#[derive(Debug, Serialize)]
struct Number {
    value: String,
    name: &'static str,
    note: String,
    /// Whether it asks for a look.
    alarming: bool,
}

#[derive(Debug, Serialize)]
struct EngineLine {
    name: &'static str,
    /// `ran`, `differs`, `absent` or `idle`.
    state: &'static str,
    detail: String,
}

pub(super) fn overview(report: &Report, options: &Options, left_out: usize) -> Overview {
    let (compared, different) = (report.compared(), report.differences());
    let (state, sentence) = match (compared, different) {
        (0, _) => ("nothing", "Nothing was compared".to_owned()),
        (_, 0) => (
            "agree",
            format!("All {} agree", count(compared, "comparison")),
        ),
        _ => (
            "differ",
            format!("{different} of {} differ", count(compared, "comparison")),
        ),
    };
    Overview {
        state,
        sentence,
        caveats: caveats(report, left_out),
        numbers: numbers(report, options),
        engines: engines(report, options),
        options: chosen(options),
    }
}

/// What the sentence does not speak of.
fn caveats(report: &Report, left_out: usize) -> Vec<String> {
    let cells = |wanted: &str| {
        let all = report.verdicts();
        all.filter(|verdict| word(verdict) == wanted).count()
    };
    let told = |number: usize, word: &str, what: &str| {
        (number > 0).then(|| format!("{}: {what}", count(number, word)))
    };
    let no_rows = report
        .verdicts()
        .filter(|verdict| word(verdict) == "equal" && verdict.telling == 0)
        .count();
    let mut asked: Vec<&str> = report.verdicts().map(|one| one.target.as_str()).collect();
    asked.sort_unstable();
    let targets = report.hunts.first().map(|hunt| &hunt.texts.targets);
    let not_asked = targets.into_iter().flatten();
    let not_asked = not_asked.filter(|text| asked.binary_search(&text.target.as_str()).is_err());
    let parts = [
        told(
            left_out,
            "error",
            "hunts or configuration are not in this report",
        ),
        told(
            cells("not run"),
            "cell of the matrix",
            "did not run, the engine is not there",
        ),
        told(not_asked.count(), "target", "not asked of any engine"),
        told(
            cells("not for it"),
            "cell of the matrix",
            "the hunt is not for the target",
        ),
        told(
            cells("no data"),
            "cell of the matrix",
            "there was nothing to compare",
        ),
        told(
            no_rows,
            "cell of the matrix",
            "agrees on empty results alone",
        ),
    ];
    parts.into_iter().flatten().collect()
}

fn numbers(report: &Report, options: &Options) -> Vec<Number> {
    let verdicts = || report.verdicts();
    let telling: usize = verdicts().map(|verdict| verdict.telling).sum();
    let covered: usize = report
        .hunts
        .iter()
        .map(|hunt| hunt.coverage.covered())
        .sum();
    let conditions = report.hunts.iter();
    let conditions: usize = conditions.map(|hunt| hunt.coverage.conditions.len()).sum();
    let events: usize = report.hunts.iter().map(|hunt| hunt.generated).sum();
    let fixtures: usize = report.hunts.iter().map(|hunt| hunt.fixtures).sum();
    let mutants = || verdicts().filter_map(|verdict| verdict.mutants.as_ref());
    let caught: usize = mutants().map(|own| own.caught).sum();
    let survived: usize = mutants().map(|own| own.survivors.len()).sum();
    let refused: usize = mutants().map(|own| own.refused).sum();
    let number = |value: String, name, note: String, alarming| Number {
        value,
        name,
        note,
        alarming,
    };
    vec![
        number(
            report.compared().to_string(),
            "comparisons",
            format!("{telling} with rows in the result"),
            report.compared() == 0,
        ),
        number(
            report.differences().to_string(),
            "differences",
            "from the reference evaluator".to_owned(),
            report.differences() > 0,
        ),
        match conditions {
            0 => number(
                "–".to_owned(),
                "conditions decided",
                "not measured".to_owned(),
                false,
            ),
            all => number(
                format!("{covered} / {all}"),
                "conditions decided",
                "both ways, by generated events".to_owned(),
                covered < all,
            ),
        },
        match mutants().count() {
            0 => number(
                "–".to_owned(),
                "mutants noticed",
                if options.mutants {
                    "none could be tried".to_owned()
                } else {
                    "not asked for".to_owned()
                },
                false,
            ),
            _ => number(
                format!("{caught} / {}", caught + survived),
                "mutants noticed",
                format!("{survived} survived, {refused} refused"),
                false,
            ),
        },
        number(
            events.to_string(),
            "generated events",
            format!("and {}", count(fixtures, "fixture")),
            false,
        ),
    ]
}

fn engines(report: &Report, options: &Options) -> Vec<EngineLine> {
    let missing = absent(report);
    let line = |name: &'static str| {
        let own = || report.verdicts().filter(|verdict| verdict.engine == name);
        let compared: usize = own().map(|verdict| verdict.compared).sum();
        let different: usize = own().map(|verdict| verdict.differences.len()).sum();
        let wanted = options.engines.is_empty() || options.engines.iter().any(|one| one == name);
        let why = missing.iter().find(|(engine, _)| engine == name);
        let (state, detail) = match why {
            Some((_, why)) if compared > 0 => (
                "absent",
                format!("went away after {}: {why}", count(compared, "comparison")),
            ),
            Some((_, why)) => ("absent", why.clone()),
            None if !wanted => ("idle", "not asked for".to_owned()),
            None if own().next().is_none() => ("idle", "no target is for it".to_owned()),
            None if compared == 0 => ("idle", "had nothing to compare".to_owned()),
            None if different > 0 => (
                "differs",
                format!("{}, {different} differ", count(compared, "comparison")),
            ),
            None => ("ran", count(compared, "comparison")),
        };
        EngineLine {
            name,
            state,
            detail,
        }
    };
    engine::names().map(line).collect()
}

fn chosen(options: &Options) -> String {
    let mut text = format!("--seed {} --events {}", options.seed, options.events);
    if !options.engines.is_empty() {
        text = format!("{text} --engine {}", options.engines.join(","));
    }
    if options.mutants {
        text.push_str(" --mutants");
    }
    text
}
