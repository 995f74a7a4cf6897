//! Which fixture shows which deviation.
//!
//! In: a hunt beside the published one. Out: a table for people, and what is unaccounted for. Promise: a deviation is shown by a fixture when the text with
//! every other mend differs there from ours, so that nothing else can be the reason.

use super::bench::{Bench, State, Trial};
use super::beside::Difference;
use super::made;
use huntc::internals::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

pub fn of(bench: &Bench<'_>, faults: &mut Vec<String>) -> String {
    let mut matrix = Matrix::default();
    for fixture in &bench.case.fixtures {
        match bench.fixture(fixture) {
            Some(trial) => matrix.fixture(bench, &trial, faults),
            None => matrix.skipped.push(fixture.name.clone()),
        }
    }
    if let Some(trial) = made::many(bench) {
        let named: BTreeSet<&str> = (bench.case.hunt.deviations.iter())
            .filter(|deviation| deviation.fixture.is_some())
            .map(|deviation| deviation.about.value.as_str())
            .collect();
        matrix.shown_by(bench, &trial, &|about| !named.contains(about), faults);
    }
    matrix.deviations(bench, faults);
    matrix.text(bench)
}

#[derive(Default)]
struct Matrix {
    lines: Vec<String>,
    equal: usize,
    skipped: Vec<String>,
    /// Deviation to what shows it.
    shown: BTreeMap<String, BTreeSet<String>>,
    told: Vec<String>,
}

impl Matrix {
    fn fixture(&mut self, bench: &Bench<'_>, trial: &Trial, faults: &mut Vec<String>) {
        let (slug, name) = (&bench.case.slug, &trial.name);
        for state in bench.states() {
            let whole = differs(bench, trial, *state, &|_| true);
            if !whole.is_none() {
                let what = told(&whole);
                faults.push(format!(
                    "{slug} {name} {state:?}: mended, it still differs: {what}"
                ));
            }
        }
        let mut reasons = self.shown_by(bench, trial, &|_| true, faults);
        let state = bench.state_of(name);
        let published = differs(bench, trial, state, &|about| bench.needed(about));
        if let Some(why) = &published.refused {
            faults.push(format!("{slug} {name}: as published refused: {why}"));
        }
        let differs = published.rows.is_some();
        self.equal += usize::from(!differs);
        if differs && reasons.is_empty() {
            match pair(bench, trial, state) {
                Some(both) => reasons.extend(both),
                None => faults.push(format!(
                    "{slug} {name}: nothing says why it differs: {}",
                    told(&published)
                )),
            }
        }
        let word = if differs { "differs" } else { "equal" };
        let line = format!("{name:26}  {word:7}  {}", reasons.join("; "));
        self.lines.push(line.trim_end().to_owned());
    }

    /// Notes which of the deviations that are asked about a trial shows; gives those that change its rows as a fixture holds them.
    fn shown_by(
        &mut self,
        bench: &Bench<'_>,
        trial: &Trial,
        asked: &dyn Fn(&str) -> bool,
        faults: &mut Vec<String>,
    ) -> Vec<String> {
        let mut reasons = Vec::new();
        for mend in bench.table.mends.iter().filter(|mend| asked(&mend.about)) {
            let about = &mend.about;
            let state = mend.state.unwrap_or(bench.states()[0]);
            let without = differs(bench, trial, state, &|own| own != about);
            if let (Some(why), false) = (&without.refused, bench.needed(about)) {
                faults.push(format!("{}: without `{about}` refused: {why}", trial.name));
            }
            let rows = without.rows.is_some();
            if rows
                || without.refused.is_some()
                || !without.extra.is_empty()
                || tells(trial, &without.lacking)
            {
                let names = self.shown.entry(about.clone()).or_default();
                names.insert(trial.name.clone());
            }
            if rows && state != State::Late && !bench.needed(about) {
                reasons.push(about.clone());
            }
        }
        reasons
    }

    fn deviations(&mut self, bench: &Bench<'_>, faults: &mut Vec<String>) {
        let slug = &bench.case.slug;
        for deviation in &bench.case.hunt.deviations {
            let about = &deviation.about.value;
            let mend = bench.table.mends.iter().find(|mend| mend.about == *about);
            let seen = self.shown.get(about).cloned().unwrap_or_default();
            let how = match (&deviation.fixture, mend) {
                (Some(fixture), _) if seen.contains(&fixture.value) => {
                    format!("shown by {}", fixture.value)
                }
                (Some(fixture), _) => {
                    faults.push(format!("{slug}: {} does not show `{about}`", fixture.value));
                    continue;
                }
                (None, None) => "not about rows".to_owned(),
                (None, Some(_)) if seen.is_empty() => {
                    "undone or not, every fixture gives the same rows".to_owned()
                }
                (None, Some(mend)) if mend.state == Some(State::Late) => {
                    "shown where a summary ends before the events".to_owned()
                }
                (None, Some(_)) if seen.iter().all(|name| name == made::MANY) => {
                    format!("shown by {}", made::MANY)
                }
                (None, Some(_)) => {
                    faults.push(format!(
                        "{slug}: `{about}` names no fixture, and is shown by {seen:?}"
                    ));
                    continue;
                }
            };
            self.told.push(format!("- {about}: {how}"));
        }
    }

    fn text(&self, bench: &Bench<'_>) -> String {
        let all = bench.case.fixtures.len() - self.skipped.len();
        let mut text = format!(
            "{all} fixtures: {} equal as published in the columns of both, {} not",
            self.equal,
            all - self.equal
        );
        if !self.skipped.is_empty() {
            let _ = write!(text, "; of another schema: {}", self.skipped.join(", "));
        }
        let _ = write!(
            text,
            "\n\n{}\n\ndeviations\n{}",
            self.lines.join("\n"),
            self.told.join("\n")
        );
        let only = bench
            .table
            .published_only
            .iter()
            .chain(&bench.table.here_only);
        let only: Vec<_> = only.collect();
        let rest: Vec<_> = bench.table.no_deviation.iter().collect();
        for (title, list) in [("no deviation", rest), ("columns of one", only)] {
            if !list.is_empty() {
                let _ = write!(text, "\n\n{title}");
            }
            for (what, why) in list {
                let _ = write!(text, "\n- {what}: {why}");
            }
        }
        text
    }
}

/// The text with the requested mends, beside ours.
fn differs(
    bench: &Bench<'_>,
    trial: &Trial,
    state: State,
    wanted: &dyn Fn(&str) -> bool,
) -> Difference {
    let text = bench.text(trial, wanted);
    match bench.run(trial, state, &text) {
        Ok(answer) => bench.difference(trial, &answer),
        Err(refusal) => Difference {
            refused: Some(format!("{refusal:?}")),
            ..Difference::default()
        },
    }
}

/// Two deviations which only together make a difference.
fn pair(bench: &Bench<'_>, trial: &Trial, state: State) -> Option<[String; 2]> {
    let abouts: Vec<&str> = bench
        .table
        .mends
        .iter()
        .map(|mend| mend.about.as_str())
        .collect();
    for (at, one) in abouts.iter().enumerate() {
        for other in abouts.iter().skip(at + 1) {
            if bench.needed(one) || bench.needed(other) {
                continue;
            }
            let without = differs(bench, trial, state, &|own| own != *one && own != *other);
            if without.rows.is_some() {
                return Some([(*one).to_owned(), (*other).to_owned()]);
            }
        }
    }
    None
}

/// Whether a column that is lacking would say more than one thing of a row.
fn tells(trial: &Trial, lacking: &[String]) -> bool {
    let table = &trial.expected.table;
    let places: Vec<usize> = lacking
        .iter()
        .filter_map(|name| table.columns.iter().position(|own| own == name))
        .collect();
    let several = |value: &Value| matches!(value, Value::Set(elements) if elements.len() > 1);
    table
        .rows
        .iter()
        .any(|row| places.iter().any(|at| several(&row[*at])))
}

fn told(difference: &Difference) -> String {
    format!(
        "{:?} {:?} lacking {:?} extra {:?}",
        difference.refused, difference.rows, difference.lacking, difference.extra
    )
}
