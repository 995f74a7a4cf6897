//! `series` and `anomaly`.

use super::super::{AggregateFunction, Column, Expr, ExprKind, Season, StepKind, Trend, Type};
use super::scope::Slot;
use super::{Lowering, duration};
use crate::diag::{Code, Diagnostic, suggest};
use crate::source::Span;
use crate::syntax::ast;
use crate::value::Value;

/// Fewer points have no quantiles worth the name.
const LEAST_POINTS: i64 = 4;
/// More windows than a year of hours: a slip of the pen.
const MOST_POINTS: i64 = 10_000;

/// The trends of `anomaly`, each with a few words.
pub(super) const TRENDS: [(&str, Trend, &str); 3] = [
    ("linefit", Trend::Linefit, "a line of least squares"),
    ("average", Trend::Average, "the mean"),
    ("none", Trend::None, "no trend"),
];

impl Lowering<'_> {
    pub(super) fn series(
        &mut self,
        measure: &ast::AggregateItem,
        every: &ast::Expr,
        over: &ast::Expr,
        keys: &[ast::OutputItem],
        span: Span,
    ) -> Option<StepKind> {
        let events = self.events_at_hand(span);
        // The start of a window is called `time`: no key has that name.
        let mut slots = vec![Slot {
            column: Column::Computed(super::super::TIME.to_owned()),
            ..Slot::holding(super::super::TIME, Some(&made_of(Type::Time, span)), span)
        }];
        let mut outputs = Vec::new();
        for item in keys {
            let (output, slot) = self.output(item, &slots, true);
            outputs.extend(output);
            slots.extend(slot);
        }
        slots.rotate_left(1);
        let names: Vec<String> = slots.iter().map(|slot| slot.name.clone()).collect();
        let lengths = self.windows(every, over);
        let made = self.measure(measure);
        let measured = self.aggregate_slot(measure, made.as_ref(), &slots);
        slots.extend(measured.clone());
        self.leave_behind();
        self.scope.close("series", span, slots);
        self.scope.keys = Some(names);
        self.scope.joined = false;
        let (every, over) = lengths?;
        self.scope.series = Some((measure.name.text.clone(), over / every));
        (events && measured.is_some() && outputs.len() == keys.len()).then_some(())?;
        Some(StepKind::Series {
            measure: made?,
            every,
            over,
            keys: outputs,
        })
    }

    /// A series is made of events: their time says into which window they fall.
    fn events_at_hand(&mut self, span: Span) -> bool {
        if self.scope.open {
            return true;
        }
        let mut error = Diagnostic::at(Code::E0312, span, "`series` reads events, and they are gone here")
            .help("put `series` before any `group` or `select`; conditions, `derive` and `join` may stand before it");
        if let Some((word, place)) = self.scope.closed_by {
            error = error.also(
                place,
                format!("after this `{word}` there are only its own columns"),
            );
        }
        self.fail::<()>(error);
        false
    }

    /// What each point measures: a number of which nothing is 0.
    fn measure(&mut self, item: &ast::AggregateItem) -> Option<super::super::Aggregate> {
        if let Some(word) = item.optional {
            self.fail::<()>(
                Diagnostic::at(Code::E0312, word, "what a series measures is not optional")
                    .help("without it there would be no series"),
            );
        }
        let made = self.aggregate(item, true)?;
        let fits = match made.function {
            AggregateFunction::Count | AggregateFunction::CountDistinct => true,
            AggregateFunction::Sum => made.ty == Type::Int,
            _ => false,
        };
        if !fits {
            return self.fail(
                Diagnostic::at(
                    Code::E0417,
                    item.span,
                    "a series measures `count()`, `count_distinct(e)` or `sum(e)` of ints",
                )
                .label("not a whole number that is 0 where nothing happened")
                .help("a window without events is a point like the others: it measures 0"),
            );
        }
        Some(made)
    }

    /// `every` and `over`, in milliseconds.
    fn windows(&mut self, every: &ast::Expr, over: &ast::Expr) -> Option<(i64, i64)> {
        let step = self.length(every, "the length of a window");
        let all = self.length(over, "the length of a series");
        let ((step, step_text), (all, all_text)) = (step?, all?);
        let wrong = |title: String| Diagnostic::at(Code::E0427, over.span, title);
        if all % step != 0 {
            return self.fail(
                wrong(format!("{all_text} are not whole windows of {step_text}"))
                    .label("a rest would be left")
                    .also(every.span, "the length of a window")
                    .help(format!(
                        "{} and {} are whole windows",
                        duration(all - all % step),
                        duration(all - all % step + step)
                    )),
            );
        }
        let points = all / step;
        if !(2..=MOST_POINTS).contains(&points) {
            return self.fail(
                wrong(format!("a series of {points} windows"))
                    .label(format!("expected between 2 and {MOST_POINTS} windows"))
                    .also(every.span, "the length of a window"),
            );
        }
        if let Some((within, place)) = self.scope.lookback.filter(|(within, _)| *within < all) {
            return self.fail(
                wrong(format!(
                    "a series over {all_text} of events of the last {}",
                    duration(within)
                ))
                .label("the oldest windows would be empty, and look like zeros")
                .also(place, "no older event is read")
                .help("a baseline of zeros makes everything an anomaly: read as far back as the series goes"),
            );
        }
        Some((step, all))
    }

    fn length(&mut self, expr: &ast::Expr, what: &str) -> Option<(i64, String)> {
        let typed = self.expr(expr)?;
        match &typed.kind {
            ExprKind::Literal {
                value: Value::Duration(ms),
                ..
            } if *ms > 0 => Some((*ms, duration(*ms))),
            ExprKind::Literal {
                value: Value::Duration(_),
                ..
            } => self.fail(Diagnostic::at(
                Code::E0422,
                expr.span,
                format!("{what} is more than nothing"),
            )),
            ExprKind::Literal { .. } => self.mismatch(&typed, &Type::Duration),
            _ => self.fail(
                Diagnostic::at(Code::E0423, expr.span, format!("{what} is a constant"))
                    .help("a duration such as `1d`, or a parameter of type duration"),
            ),
        }
    }

    pub(super) fn anomaly(
        &mut self,
        series: &ast::Name,
        trend: Option<&ast::Name>,
        season: Option<&ast::Expr>,
        score: &ast::Name,
        baseline: &ast::Name,
        span: Span,
    ) -> Option<StepKind> {
        let whole = self.scope.series.take();
        let trend = self.trend(trend);
        // After a `series` that is wrong itself nothing can be said of its points.
        if whole.is_none() && !self.after_series {
            self.fail::<()>(
                Diagnostic::at(Code::E0312, span, "`anomaly` scores whole series: it stands directly after `series`")
                    .label("the rows at hand are not a series any more")
                    .help("conditions on points come after `anomaly`, conditions on events before `series`"),
            );
        }
        let made = whole.and_then(|(name, points)| {
            if name != series.text {
                return self.fail(
                    Diagnostic::at(
                        Code::E0302,
                        series.span,
                        format!("the series measures `{name}`"),
                    )
                    .fix(
                        series.span,
                        &name,
                        "the measure of the series before",
                    ),
                );
            }
            if points < LEAST_POINTS {
                return self.fail(
                    Diagnostic::at(
                        Code::E0427,
                        span,
                        format!("{points} points are too few for a score"),
                    )
                    .label(format!("expected at least {LEAST_POINTS} points")),
                );
            }
            Some(points)
        });
        let season = self.season(season, made.unwrap_or(i64::MAX));
        let mut named = true;
        for name in [score, baseline] {
            named &= self.new_name(name).is_some();
            let value = made_of(Type::Float, name.span);
            self.scope
                .slots
                .push(Slot::holding(&name.text, Some(&value), name.span));
        }
        named.then_some(())?;
        Some(StepKind::Anomaly {
            series: series.text.clone(),
            points: u32::try_from(made?).ok()?,
            trend: trend?,
            season: season?,
            score: score.text.clone(),
            baseline: baseline.text.clone(),
        })
    }

    fn trend(&mut self, word: Option<&ast::Name>) -> Option<Trend> {
        let Some(word) = word else {
            return Some(Trend::Linefit);
        };
        let found = TRENDS.iter().find(|(name, ..)| *name == word.text);
        if let Some((_, trend, _)) = found {
            return Some(*trend);
        }
        let mut error = Diagnostic::at(
            Code::E0428,
            word.span,
            format!("there is no trend `{}`", word.text),
        );
        let listed: Vec<String> = TRENDS
            .iter()
            .map(|(name, _, says)| format!("`{name}` ({says})"))
            .collect();
        error = error.help(format!("the trends are {}", listed.join(", ")));
        if let Some(near) = suggest::nearest(&word.text, TRENDS.iter().map(|(name, ..)| *name)) {
            error = error.fix(word.span, near, "a trend with a similar name exists");
        }
        self.fail(error)
    }

    fn season(&mut self, season: Option<&ast::Expr>, points: i64) -> Option<Season> {
        let Some(season) = season else {
            return Some(Season::None);
        };
        match &season.kind {
            ast::ExprKind::Name(word) if word == "none" => Some(Season::None),
            ast::ExprKind::Name(word) if word == "auto" => Some(Season::Auto),
            ast::ExprKind::Int(period) if (2..=points / 2).contains(period) => {
                u32::try_from(*period).ok().map(Season::Every)
            }
            ast::ExprKind::Int(_) => self.fail(
                Diagnostic::at(Code::E0428, season.span, "a season repeats at least once within the series")
                    .label("not a period of this series")
                    .help(format!("a number of points from 2 to half of the series, here {}", points / 2)),
            ),
            _ => self.fail(
                Diagnostic::at(Code::E0428, season.span, "a season is `none`, `auto` or a number of points")
                    .help("`none` is the default; `auto` is the platform's own detection, which only KQL has"),
            ),
        }
    }
}

/// A column of that type, never missing.
fn made_of(ty: Type, span: Span) -> Expr {
    Expr {
        ty,
        ..Expr::predicate(ExprKind::Now, span)
    }
}
