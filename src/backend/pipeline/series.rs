//! Series for an engine that has native ones: the steps `series`, `anomaly` and `repeat` of a pipeline.
//!
//! In: the step and the one after it. Out: text. Guarantee: the columns after it are the keys, the start of the window, the measure, and the score and the
//! baseline where the series is scored.

use super::query::Writer;
use crate::backend::dialect::fragment::Fragment;
use crate::backend::dialect::loaded::Kind;
use crate::backend::dialect::render::Holes;
use crate::backend::print::column_names::reads;
use crate::backend::print::printer::Refusal;
use crate::backend::print::scope::{Facts, Scope, ScopeColumn};
use crate::plan::{AggregateFunction, Output, Season, Step, StepKind, Trend};
use crate::source::Span;

impl Writer<'_> {
    pub(super) fn series(&mut self, step: &Step, later: &[Step]) -> Result<(), Refusal> {
        let StepKind::Series {
            measure,
            every,
            over,
            keys,
        } = &step.kind
        else {
            return Ok(());
        };
        let span = step.span;
        if measure.function == AggregateFunction::CountDistinct {
            return Err(self.printer.refuse(
                span,
                "a series of count_distinct",
                "make-series has no exact count of different values; count rows, or group by bin(time, …)",
            ));
        }
        let value = self.printer.aggregate(measure, &self.time, false)?;
        let (records, mut scope, names) = self.series_keys(keys)?;
        let mut given = names.clone();
        let mut wanted = names;
        let time_name = self.time_name();
        let mut column = |name: &str, kind: Kind, own: bool| {
            given.push(name.to_owned());
            if own {
                wanted.push(name.to_owned());
            }
            let facts = Facts::present(kind);
            scope.set(name, ScopeColumn { facts, text: None });
        };
        column(&time_name, Kind::Time, true);
        column(&measure.name, Kind::Int, true);
        let mut holes = Holes::new()
            .with("name", &self.printer.name(&measure.name))
            .with("value", &value)
            .with("time", &self.time)
            .with("start", &self.printer.instant(*over, span)?)
            .with("end", &self.printer.instant(0, span)?)
            .with("every", &self.printer.interval(*every))
            .records("keys", records)
            .fact("scored", false);
        if let Some(StepKind::Anomaly {
            points,
            trend,
            season,
            score,
            baseline,
            ..
        }) = later.first().map(|step| &step.kind)
        {
            let helpers =
                ["flag", "residuals", "flat"].map(|base| self.printer.fresh(base, &self.taken));
            for helper in &helpers {
                self.taken.insert(helper.clone());
                column(helper, Kind::Set, false);
            }
            column(score, Kind::Float, true);
            column(baseline, Kind::Float, true);
            holes = holes.and(self.scored(*points, *trend, *season, &helpers, span)?);
            holes = holes
                .with("score", &self.printer.name(score))
                .with("baseline", &self.printer.name(baseline))
                .fact("baseline_read", is_read(later, baseline));
        }
        self.write("series", holes, span)?;
        // The engine gives the axis after what was measured.
        if let Some(at) = given.iter().position(|name| *name == time_name)
            && at + 1 < given.len()
        {
            given.swap(at, at + 1);
        }
        self.regroup(scope, given, wanted);
        Ok(())
    }

    fn series_keys(
        &mut self,
        keys: &[Output],
    ) -> Result<(Vec<Holes>, Scope, Vec<String>), Refusal> {
        let mut scope = Scope::new();
        let mut records = Vec::new();
        let mut names = Vec::new();
        // Keys that are no columns yet are made before, where they read better.
        let mut computed = Vec::new();
        for key in keys {
            let value = self.printer.normalised(&key.value)?;
            if value != self.printer.name(&key.name) {
                computed.push((key.name.clone(), value, self.printer.facts(&key.value)));
            }
        }
        self.write_columns(
            &computed,
            keys.first()
                .map_or_else(Span::default, |key| key.value.span),
        )?;
        for key in keys {
            let facts = self.printer.facts(&key.value);
            let value = self.printer.name(&key.name);
            records.push(self.record(&key.name, &value));
            names.push(key.name.clone());
            scope.set(&key.name, ScopeColumn { facts, text: None });
        }
        Ok((records, scope, names))
    }

    /// What the engine's function needs, and what shows that a series has no spread: the least difference that residuals can have is one part of what
    /// they are multiplied with to be whole; the engine reckons in doubles, whose dust is far below half of that.
    fn scored(
        &self,
        points: u32,
        trend: Trend,
        season: Season,
        helpers: &[String; 3],
        span: Span,
    ) -> Result<Holes, Refusal> {
        let n = i64::from(points);
        let (trend_word, divisor) = match trend {
            Trend::Linefit => ("linefit", n * (n * n - 1)),
            Trend::Average => ("avg", n),
            Trend::None => ("none", 1),
        };
        let (period, scale) = match season {
            Season::None => (0, 1),
            Season::Every(period) => (i64::from(period), 2),
            Season::Auto => (-1, 2),
        };
        let (low, high) = (
            (n - 1) / 10,
            9 * (n - 1) / 10 + i64::from(9 * (n - 1) % 10 > 0),
        );
        if season == Season::Auto {
            self.printer.note(
                crate::diag::Code::N0511,
                span,
                "the season is what Kusto finds in each series; no other target and not the evaluator can say the same",
            );
        }
        let [flag, residuals, flat] = helpers;
        Ok(Holes::new()
            .fact("scored", true)
            .with("season", &self.printer.integer(period, span)?)
            .with("trend", &self.printer.text(trend_word, span)?)
            .with("flag", &self.printer.name(flag))
            .with("residuals", &self.printer.name(residuals))
            .with("flat", &self.printer.name(flat))
            .with("first", &self.printer.integer(low, span)?)
            .with("last", &self.printer.integer(high, span)?)
            .with("least", &Fragment::word(&below_half(scale * divisor))))
    }

    pub(super) fn repeat(&mut self, name: &str, count: u32, span: Span) -> Result<(), Refusal> {
        let numbers = (0..count)
            .map(|number| self.printer.integer(i64::from(number), span))
            .collect::<Result<Vec<_>, _>>()?;
        let holes = Holes::new()
            .with("name", &self.printer.name(name))
            .with("count", &Fragment::count(u64::from(count)))
            .list("numbers", &numbers);
        self.write("repeat", holes, span)?;
        self.add_column(name, Facts::present(Kind::Int));
        Ok(())
    }
}

/// Whether a column is read by a later step, or is one of the result's.
fn is_read(later: &[Step], name: &str) -> bool {
    let read = |step: &Step| step.kind.expressions().iter().any(|read| reads(read, name));
    later.iter().any(read) || !later.iter().any(|step| step.kind.chooses())
}

/// The greatest power of ten below half of one part of `whole`: `0.0001`.
fn below_half(whole: i64) -> String {
    let zeros = (2 * whole - 1).to_string().len().saturating_sub(1);
    format!("0.{}1", "0".repeat(zeros))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_bound_below_half_of_the_least_difference() {
        assert_eq!(super::below_half(2730), "0.0001");
        assert_eq!(super::below_half(1), "0.1");
        assert_eq!(super::below_half(14), "0.01");
    }
}
