//! The sums, fences and scores of a series whose windows are columns.
//!
//! In: the columns of the windows, newest first. Out: derived columns: what all points of a series share, a residual for each, the score. Guarantee: integers
//! until the one division at the end.

use super::super::build::{call, compare, computed, integer, minus, plus, times};
use super::{Score, Series, Wide};
use crate::plan::made_functions::{FENCE_SCORE, NTH_LEAST, SORTED_NUMBERS};
use crate::plan::{Comparison, Expr, ExprKind, Season, StepKind, Trend, Type};
use crate::source::Span;
use crate::value::Value;

impl Wide {
    /// The columns that all points of a series share, and one residual for each.
    pub(super) fn sums(
        &mut self,
        series: &Series<'_>,
        scored: &Score<'_>,
        points: &[String],
    ) -> Sums {
        let span = series.span;
        let n = i64::from(series.windows);
        let season = self.season(series, scored.season, points);
        let scale: i64 = if season.is_empty() { 1 } else { 2 };
        let rest: Vec<Expr> = points
            .iter()
            .enumerate()
            .map(|(ago, point)| {
                let point = times(scale, computed(point, Type::Int, span));
                // The oldest point has place 0.
                let place = points.len() - 1 - ago;
                match season.get(place.checked_rem(season.len()).unwrap_or(0)) {
                    Some(season) => minus(point, computed(season, Type::Int, span)),
                    None => point,
                }
            })
            .collect();
        let mut sums = Sums {
            total: None,
            tilt: None,
            divisor: match scored.trend {
                Trend::Linefit => n * (n * n - 1),
                Trend::Average => n,
                Trend::None => 1,
            },
            trend: scored.trend,
            unit: 0,
            season,
            residuals: Vec::new(),
            low: String::new(),
            high: String::new(),
        };
        sums.unit = scale * sums.divisor;
        let mut shared = Vec::new();
        if scored.trend != Trend::None {
            let name = self.fresh("total");
            shared.push((name.clone(), plus(rest.clone(), span)));
            sums.total = Some(name);
        }
        if scored.trend == Trend::Linefit {
            let name = self.fresh("tilt");
            shared.push((name.clone(), tilt(&rest, span)));
            sums.tilt = Some(name);
        }
        if !shared.is_empty() {
            self.push(StepKind::Derive { columns: shared }, span);
        }
        let mut columns = Vec::new();
        for (ago, value) in rest.into_iter().enumerate() {
            let name = self.fresh(&format!("residual_{ago}"));
            let value = times(sums.divisor, value);
            columns.push((name.clone(), sums.without_trend(value, ago, n, span)));
            sums.residuals.push(name);
        }
        self.push(StepKind::Derive { columns }, span);
        self.fences(&mut sums, n, span);
        sums
    }

    /// Ten times the 10 % and the 90 % quantile of the residuals, from their order statistics.
    fn fences(&mut self, sums: &mut Sums, n: i64, span: Span) {
        let sorted = self.fresh("sorted_residuals");
        let residuals = sums.residuals.iter();
        let residuals = residuals
            .map(|name| computed(name, Type::Int, span))
            .collect();
        let list = Type::Set(Box::new(Type::Int));
        let value = call(SORTED_NUMBERS, residuals, list.clone(), span);
        self.push(
            StepKind::Derive {
                columns: vec![(sorted.clone(), value)],
            },
            span,
        );
        let nth = |place: i64| {
            let arguments = vec![computed(&sorted, list.clone(), span), integer(place, span)];
            call(NTH_LEAST, arguments, Type::Int, span)
        };
        let quantile = |tenths: i64| {
            let (at, part) = (tenths * (n - 1) / 10, tenths * (n - 1) % 10);
            let here = times(10 - part, nth(at));
            if part == 0 {
                here
            } else {
                plus(vec![here, times(part, nth(at + 1))], span)
            }
        };
        sums.low = self.fresh("low_fence");
        sums.high = self.fresh("high_fence");
        let columns = vec![
            (sums.low.clone(), quantile(1)),
            (sums.high.clone(), quantile(9)),
        ];
        self.push(StepKind::Derive { columns }, span);
    }

    /// Twice the median of each phase, by the place of the phase's first point.
    fn season(&mut self, series: &Series<'_>, season: Season, points: &[String]) -> Vec<String> {
        let Season::Every(period) = season else {
            return Vec::new();
        };
        let span = series.span;
        let list = Type::Set(Box::new(Type::Int));
        let oldest_first: Vec<&String> = points.iter().rev().collect();
        let (mut sorted, mut medians, mut named) = (Vec::new(), Vec::new(), Vec::new());
        for phase in 0..period as usize {
            let members: Vec<Expr> = oldest_first
                .iter()
                .skip(phase)
                .step_by(period as usize)
                .map(|name| computed(name, Type::Int, span))
                .collect();
            let count = i64::try_from(members.len()).unwrap_or(i64::MAX);
            let name = self.fresh(&format!("sorted_phase_{phase}"));
            sorted.push((
                name.clone(),
                call(SORTED_NUMBERS, members, list.clone(), span),
            ));
            let nth = |place: i64| {
                let arguments = vec![computed(&name, list.clone(), span), integer(place, span)];
                call(NTH_LEAST, arguments, Type::Int, span)
            };
            let median = if count % 2 == 1 {
                times(2, nth(count / 2))
            } else {
                plus(vec![nth(count / 2 - 1), nth(count / 2)], span)
            };
            let median_name = self.fresh(&format!("twice_median_{phase}"));
            medians.push((median_name.clone(), median));
            named.push(median_name);
        }
        self.push(StepKind::Derive { columns: sorted }, span);
        self.push(StepKind::Derive { columns: medians }, span);
        named
    }

    /// How far a point lies outside of the fences, ten times: in `beyond`; then the score, which is nothing where the fences are one.
    pub(super) fn score(&mut self, residual: Expr, sums: &Sums, span: Span) -> (Beyond, Expr) {
        let column = |name: &str| computed(name, Type::Int, span);
        let tenfold = times(10, residual);
        let arm = |op: Comparison, fence: &str| {
            let outside = compare(op, tenfold.clone(), column(fence));
            (outside, minus(tenfold.clone(), column(fence)))
        };
        let beyond = Expr {
            kind: ExprKind::Case {
                arms: vec![
                    arm(Comparison::Greater, &sums.high),
                    arm(Comparison::Less, &sums.low),
                ],
                otherwise: Some(Box::new(integer(0, span))),
            },
            ty: Type::Int,
            ..Expr::predicate(ExprKind::Now, span)
        };
        let name = self.fresh("beyond");
        let width = minus(column(&sums.high), column(&sums.low));
        let apart = compare(Comparison::Less, column(&sums.low), column(&sums.high));
        let score = call(FENCE_SCORE, vec![column(&name), width], Type::Float, span);
        let zero = Expr::literal(Value::Float(0.0), Type::Float, span);
        let score = Expr {
            kind: ExprKind::Case {
                arms: vec![(apart, score)],
                otherwise: Some(Box::new(zero)),
            },
            ty: Type::Float,
            ..Expr::predicate(ExprKind::Now, span)
        };
        ((name, beyond), score)
    }
}

/// A helper column and its value.
pub(super) type Beyond = (String, Expr);

/// The names of the columns that the points of a series share.
pub(super) struct Sums {
    total: Option<String>,
    tilt: Option<String>,
    divisor: i64,
    trend: Trend,
    /// What the baseline is multiplied with in `expected`.
    pub unit: i64,
    /// Twice the median of each phase.
    season: Vec<String>,
    /// Newest first.
    pub residuals: Vec<String>,
    low: String,
    high: String,
}

impl Sums {
    /// The trend at a window, times the divisor: parts that are added.
    fn trend_at(&self, ago: usize, n: i64, span: Span) -> Vec<Expr> {
        let column =
            |name: &Option<String>| computed(name.as_deref().unwrap_or(""), Type::Int, span);
        match self.trend {
            Trend::None => Vec::new(),
            Trend::Average => vec![column(&self.total)],
            Trend::Linefit => {
                let slope = 3 * (n - 1 - 2 * i64::try_from(ago).unwrap_or(0));
                let mut parts = vec![times(n * n - 1, column(&self.total))];
                if slope != 0 {
                    parts.push(times(slope, column(&self.tilt)));
                }
                parts
            }
        }
    }

    fn without_trend(&self, value: Expr, ago: usize, n: i64, span: Span) -> Expr {
        self.trend_at(ago, n, span).into_iter().fold(value, minus)
    }

    /// `unit` times the baseline.
    pub(super) fn expected(&self, ago: usize, series: &Series<'_>) -> Expr {
        let n = i64::from(series.windows);
        let mut parts = self.trend_at(ago, n, series.span);
        let place = usize::try_from(n).unwrap_or(0).saturating_sub(1 + ago);
        if let Some(season) = self
            .season
            .get(place.checked_rem(self.season.len()).unwrap_or(0))
        {
            parts.push(times(
                self.divisor,
                computed(season, Type::Int, series.span),
            ));
        }
        plus(parts, series.span)
    }
}

/// `13 (y0 - y13) + 11 (y1 - y12) + …`: the points, newest first, by twice their distance from the middle.
fn tilt(points: &[Expr], span: Span) -> Expr {
    let n = i64::try_from(points.len()).unwrap_or(0);
    let pairs = points.iter().zip(points.iter().rev()).zip(0..n / 2);
    let parts = pairs
        .map(|((newer, older), ago)| times(n - 1 - 2 * ago, minus(newer.clone(), older.clone())))
        .collect();
    plus(parts, span)
}
