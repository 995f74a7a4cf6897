//! Series and scores for engines that have no native ones: one column for each window.
//!
//! In: a bound plan with `series`, perhaps scored by `anomaly`. Out: a plan of groups, derived columns and repeated rows with the same meaning.
//! Guarantee: a window without rows measures 0 because its column is an aggregate of no rows; scores are integers until one division at the end, in the
//! order of operations of the evaluator, so that every engine gives the same doubles. Where the condition after it keeps the last window only, no row is
//! made for the others.

mod counted;
mod rounded;
mod score;

use super::build::{before_now, call, compare, computed, divided, equals, integer, now};
use crate::backend::dialect::loaded::Dialect;
use crate::backend::print::column_names;
use crate::backend::print::printer::{Printer, Refusal};
use crate::backend::target::Target;
use crate::plan::made_functions::WINDOWS_AGO;
use crate::plan::{
    Aggregate, AggregateFunction, ArithmeticOp, Column, Comparison, Expr, ExprKind, NativeColumn,
    Output, Plan, Season, Step, StepKind, Trend, Type,
};
use crate::source::Span;
use crate::value::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// More windows than this would be more columns than anybody reads.
const MOST_WINDOWS: u32 = 100;

/// The plan without series, for a dialect that has no step for them; for one that has, as its own scores need it.
///
/// # Errors
/// Series of more windows than the form holds; seasons that only a platform finds.
pub(crate) fn widen<'a>(
    plan: &'a Plan,
    time: &Arc<NativeColumn>,
    dialect: &Dialect,
    target: &Target,
) -> Result<Cow<'a, Plan>, Vec<crate::diag::Diagnostic>> {
    let has_series = plan
        .steps
        .iter()
        .any(|step| matches!(step.kind, StepKind::Series { .. }));
    if !has_series {
        return Ok(Cow::Borrowed(plan));
    }
    if dialect.can().native_series {
        let mut plan = rounded::constants(plan);
        read_windows_only(&mut plan);
        return Ok(Cow::Owned(plan));
    }
    let printer = Printer::new(dialect, target);
    let mut wide = Wide {
        steps: Vec::new(),
        taken: names(plan),
        time: Arc::clone(time),
        counts_first: dialect.can().counts_first,
    };
    let mut at = 0;
    while let Some(step) = plan.steps.get(at) {
        let StepKind::Series {
            measure,
            every,
            over,
            keys,
        } = &step.kind
        else {
            wide.steps.push(step.clone());
            at += 1;
            continue;
        };
        let mut rest = plan.steps.get(at + 1..).unwrap_or_default();
        let scored = rest.first().and_then(|step| match &step.kind {
            StepKind::Anomaly {
                trend,
                season,
                score,
                baseline,
                ..
            } => Some(Score {
                trend: *trend,
                season: *season,
                score,
                baseline,
            }),
            _ => None,
        });
        if scored.is_some() {
            rest = rest.get(1..).unwrap_or_default();
        }
        let series = Series {
            measure,
            every: *every,
            windows: windows(&printer, *every, *over, scored.as_ref(), step.span)
                .map_err(|refusal| vec![*refusal])?,
            keys,
            span: step.span,
        };
        let (last_only, rest) = last_window(rest, *every, &time.name);
        wide.series(&series, scored.as_ref(), last_only, &rest);
        wide.steps.extend(rest);
        break;
    }
    Ok(Cow::Owned(Plan {
        class: plan.class.clone(),
        steps: wide.steps,
    }))
}

fn windows(
    printer: &Printer<'_>,
    every: i64,
    over: i64,
    scored: Option<&Score<'_>>,
    span: Span,
) -> Result<u32, Refusal> {
    if scored.is_some_and(|scored| scored.season == Season::Auto) {
        return Err(printer.refuse(
            span,
            "season auto",
            "the period is found by Kusto's own detection, which no other platform has; `season none` or a number of points is the same everywhere",
        ));
    }
    let windows = u32::try_from(over / every).unwrap_or(u32::MAX);
    if windows > MOST_WINDOWS {
        return Err(printer.refuse(
            span,
            &format!("a series of {windows} windows"),
            &format!("each window is a column here, and more than {MOST_WINDOWS} are not readable; take longer windows"),
        ));
    }
    Ok(windows)
}

struct Series<'a> {
    measure: &'a Aggregate,
    every: i64,
    windows: u32,
    keys: &'a [Output],
    span: Span,
}

struct Score<'a> {
    trend: Trend,
    season: Season,
    score: &'a str,
    baseline: &'a str,
}

struct Wide {
    steps: Vec<Step>,
    taken: BTreeSet<String>,
    time: Arc<NativeColumn>,
    /// Whether events are counted by native columns first.
    counts_first: bool,
}

impl Wide {
    fn series(
        &mut self,
        series: &Series<'_>,
        scored: Option<&Score<'_>>,
        last_only: bool,
        later: &[Step],
    ) {
        let span = series.span;
        self.close_window(series);
        let ago = self.fresh(unit_ago(series.every));
        let points: Vec<String> = (0..series.windows)
            .map(|window| self.fresh(&format!("{}_{window}", series.measure.name)))
            .collect();
        // Keys that are no columns yet are made in a step before, where they read better.
        let mut columns: Vec<(String, Expr)> = Vec::new();
        let mut keys = Vec::new();
        for key in series.keys {
            if matches!(&key.value.kind, ExprKind::Column(column) if column.name() == key.name) {
                keys.push(key.clone());
                continue;
            }
            columns.push((key.name.clone(), key.value.clone()));
            keys.push(Output {
                value: Expr {
                    kind: ExprKind::Column(Column::Computed(key.name.clone())),
                    ..key.value.clone()
                },
                ..key.clone()
            });
        }
        columns.push((ago.clone(), self.windows_ago(series)));
        let counted = self.counted(series, &keys, &ago, &columns);
        if counted.is_none() {
            self.push(StepKind::Derive { columns }, span);
        }
        let mut aggregates: Vec<Aggregate> = points
            .iter()
            .zip(0_i64..)
            .map(|(name, window)| {
                if let Some(counted) = &counted {
                    return counted.window(series, name, &ago, window);
                }
                let in_window = equals(computed(&ago, Type::Int, span), integer(window, span));
                let parts = std::iter::once(in_window).chain(series.measure.filter.clone());
                Aggregate {
                    name: name.clone(),
                    filter: Expr::all(parts.collect()),
                    ..series.measure.clone()
                }
            })
            .collect();
        // Without keys there is one row of aggregates over no events too, and no series.
        let rows_seen = keys.is_empty().then(|| self.fresh("rows_seen"));
        aggregates.extend(rows_seen.iter().map(|name| Aggregate {
            name: name.clone(),
            function: AggregateFunction::Count,
            argument: None,
            filter: None,
            nullable: false,
            ty: Type::Int,
            ..series.measure.clone()
        }));
        self.push(StepKind::Group { keys, aggregates }, span);
        if let Some(name) = rows_seen {
            let seen = computed(&name, Type::Int, span);
            let predicate = compare(Comparison::Greater, seen, integer(0, span));
            let optional = false;
            self.push(
                StepKind::Where {
                    predicate,
                    optional,
                },
                span,
            );
        }
        let sums = scored.map(|scored| self.sums(series, scored, &points));
        let window = if last_only {
            None
        } else {
            let name = self.fresh("window_ago");
            self.push(
                StepKind::Repeat {
                    name: name.clone(),
                    count: series.windows,
                },
                span,
            );
            Some(name)
        };
        let pick = |of: &dyn Fn(usize) -> Expr| pick(window.as_deref(), series, of);
        let column = |name: &str| computed(name, Type::Int, span);
        let used = |name: &str| is_used(name, later);
        let point = pick(&|window| {
            points
                .get(window)
                .map_or_else(|| integer(0, span), |name| column(name))
        });
        let mut made = Vec::new();
        let mut last = Vec::new();
        let time = self.time.name.clone();
        if used(&time) {
            made.push((time, pick(&|window| start_of(window, series))));
        }
        if used(&series.measure.name) || (sums.is_some() && window.is_some()) {
            made.push((series.measure.name.clone(), point.clone()));
        }
        if let (Some(sums), Some(scored)) = (&sums, scored) {
            let residual = pick(&|window| {
                sums.residuals
                    .get(window)
                    .map_or_else(|| integer(0, span), |name| column(name))
            });
            let (beyond, score) = self.score(residual, sums, span);
            made.push(beyond);
            last.push((scored.score.to_owned(), score));
            if used(scored.baseline) {
                let expected = pick(&|window| sums.expected(window, series));
                let unit = integer(sums.unit, span);
                last.push((scored.baseline.to_owned(), divided(expected, unit)));
            }
        }
        if !made.is_empty() {
            self.push(StepKind::Derive { columns: made }, span);
        }
        if !last.is_empty() {
            self.push(StepKind::Derive { columns: last }, span);
        }
        self.drop_helpers(series, scored, later);
    }

    /// Leaves only the columns that the plan has here, unless a later step chooses columns anyway.
    fn drop_helpers(&mut self, series: &Series<'_>, scored: Option<&Score<'_>>, later: &[Step]) {
        if later.iter().any(|step| step.kind.chooses()) {
            return;
        }
        let span = series.span;
        let mut columns: Vec<Output> = series
            .keys
            .iter()
            .map(|key| Output {
                value: Expr {
                    kind: match &key.value.kind {
                        ExprKind::Column(column @ Column::Native(native))
                            if native.name == key.name =>
                        {
                            ExprKind::Column(column.clone())
                        }
                        _ => ExprKind::Column(Column::Computed(key.name.clone())),
                    },
                    ..key.value.clone()
                },
                ..key.clone()
            })
            .collect();
        let mut own = |name: &str, ty: Type| {
            columns.push(Output {
                name: name.to_owned(),
                value: computed(name, ty, span),
                optional: false,
            });
        };
        own(&self.time.name, Type::Time);
        own(&series.measure.name, Type::Int);
        if let Some(scored) = scored {
            own(scored.score, Type::Float);
            own(scored.baseline, Type::Float);
        }
        self.push(StepKind::Select { columns }, span);
    }

    /// Rows at `now` itself are in no window, and rows before the first window neither.
    fn close_window(&mut self, series: &Series<'_>) {
        let over = series.every.saturating_mul(i64::from(series.windows));
        if let Some((within, before_now)) = window_of_series(&mut self.steps) {
            *within = Some(within.map_or(over, |within| within.min(over)));
            *before_now = true;
            return;
        }
        let span = series.span;
        let time = self.time(span);
        let start = compare(
            Comparison::GreaterOrEqual,
            time.clone(),
            before_now(over, span),
        );
        let end = compare(Comparison::Less, time, now(span));
        let predicate = Expr::all(vec![start, end]);
        if let Some(predicate) = predicate {
            self.push(
                StepKind::Where {
                    predicate,
                    optional: false,
                },
                span,
            );
        }
    }

    fn time(&self, span: Span) -> Expr {
        Expr {
            kind: ExprKind::Column(Column::Native(Arc::clone(&self.time))),
            ty: Type::Time,
            ..Expr::predicate(ExprKind::Now, span)
        }
    }

    fn windows_ago(&self, series: &Series<'_>) -> Expr {
        let span = series.span;
        let arguments = vec![self.time(span), now(span), integer(series.every, span)];
        call(WINDOWS_AGO, arguments, Type::Int, span)
    }

    fn push(&mut self, kind: StepKind, span: Span) {
        self.steps.push(Step { kind, span });
    }

    fn fresh(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 2;
        while self
            .taken
            .iter()
            .any(|taken| taken.eq_ignore_ascii_case(&name))
        {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        self.taken.insert(name.clone());
        name
    }
}

/// Reads only the windows of the series, as the texts without a step for series do. `make-series` leaves out what is outside of them, but
/// only after the engine has read it.
fn read_windows_only(plan: &mut Plan) {
    let found = plan.steps.iter().enumerate().find_map(|(at, step)| {
        if let StepKind::Series { over, .. } = step.kind {
            return Some((at, over));
        }
        None
    });
    if let Some((at, over)) = found
        && let Some(before) = plan.steps.get_mut(..at)
        && let Some((within, _)) = window_of_series(before)
    {
        *within = Some(within.map_or(over, |within| within.min(over)));
    }
}

/// The window of the events (`within`, `before_now`) that a series after these steps counts: `None` where a step before the series depends on other
/// rows (`top`), so that rows outside of the series' windows have a say in it.
fn window_of_series(before: &mut [Step]) -> Option<(&mut Option<i64>, &mut bool)> {
    let row_by_row = before.iter().all(|step| step.kind.keeps_events());
    match before.first_mut().map(|step| &mut step.kind) {
        Some(StepKind::From {
            within, before_now, ..
        }) if row_by_row => Some((within, before_now)),
        _ => None,
    }
}

/// What a window's column is, for the one window that is requested, or for each by the number in a column.
fn pick(window: Option<&str>, series: &Series<'_>, of: &dyn Fn(usize) -> Expr) -> Expr {
    let Some(window) = window else {
        return of(0);
    };
    let number = computed(window, Type::Int, series.span);
    let arm = |ago: usize| {
        let ago_number = integer(i64::try_from(ago).unwrap_or(0), series.span);
        (equals(number.clone(), ago_number), of(ago))
    };
    let last = series.windows.saturating_sub(1) as usize;
    let value = of(last);
    Expr {
        ty: value.ty.clone(),
        kind: ExprKind::Case {
            arms: (0..last).map(arm).collect(),
            otherwise: Some(Box::new(value)),
        },
        ..Expr::predicate(ExprKind::Now, series.span)
    }
}

fn start_of(window: usize, series: &Series<'_>) -> Expr {
    let ago = i64::try_from(window).unwrap_or(0).saturating_add(1);
    before_now(series.every.saturating_mul(ago), series.span)
}

/// Whether the conditions directly after keep the last window only; and the steps without the condition that says so.
fn last_window(rest: &[Step], every: i64, time: &str) -> (bool, Vec<Step>) {
    let mut rest = rest.to_vec();
    let Some(Step {
        kind: StepKind::Where { predicate, .. },
        ..
    }) = rest.first_mut()
    else {
        return (false, rest);
    };
    let parts = match &predicate.kind {
        ExprKind::And(parts) => parts.clone(),
        _ => vec![predicate.clone()],
    };
    let (pins, others): (Vec<Expr>, Vec<Expr>) = parts
        .into_iter()
        .partition(|part| keeps_last(part, every, time));
    if pins.is_empty() {
        return (false, rest);
    }
    match Expr::all(others) {
        Some(others) => *predicate = others,
        None => {
            rest.remove(0);
        }
    }
    (true, rest)
}

/// `time >= now - d`, where of all starts only that of the last window is so late.
fn keeps_last(part: &Expr, every: i64, time: &str) -> bool {
    let ExprKind::Compare {
        op, left, right, ..
    } = &part.kind
    else {
        return false;
    };
    let is_time = matches!(&left.kind, ExprKind::Column(column) if column.name() == time);
    let ExprKind::Arithmetic {
        op: ArithmeticOp::Subtract,
        left: from,
        right: length,
    } = &right.kind
    else {
        return false;
    };
    let ExprKind::Literal {
        value: Value::Duration(length),
        ..
    } = length.kind
    else {
        return false;
    };
    is_time
        && matches!(from.kind, ExprKind::Now)
        && match op {
            Comparison::GreaterOrEqual => (every..2 * every).contains(&length),
            Comparison::Greater => (every + 1..=2 * every).contains(&length),
            Comparison::Equal | Comparison::Less | Comparison::LessOrEqual => false,
        }
}

/// Whether a later step reads the column, or the result is whole rows.
pub(crate) fn is_used(name: &str, later: &[Step]) -> bool {
    for step in later {
        let mut found = false;
        for part in step.kind.expressions() {
            part.visit(&mut |part| {
                found |= matches!(&part.kind, ExprKind::Column(column) if column.name() == name);
            });
        }
        if found {
            return true;
        }
        if step.kind.chooses() {
            return false;
        }
    }
    true
}

/// What a block of select that makes this column is called.
pub(crate) fn block_name(column: &str, unit: &str) -> Option<String> {
    let known = [
        ("total", "trend_sums"),
        ("residual_0", "residuals"),
        ("sorted_residuals", "ordered_residuals"),
        ("low_fence", "fences"),
        ("beyond", "distances_from_fences"),
        ("twice_median_0", "season_medians"),
        ("sorted_phase_0", "ordered_phases"),
    ];
    let known = known.iter().find(|(name, _)| *name == column);
    match known {
        Some((_, block)) => Some((*block).to_owned()),
        None => (column == "score").then(|| format!("scored_{unit}s")),
    }
}

/// What a window is called whose number is in a column of that name.
pub(crate) fn unit_called(ago: &str) -> &'static str {
    let units = ["day", "hour", "minute"];
    units
        .into_iter()
        .find(|unit| ago.starts_with(&format!("{unit}s_ago")))
        .unwrap_or("window")
}

/// What a step that makes this column does, where its arithmetic does not say it.
pub(crate) fn remark(column: &str) -> Option<&'static str> {
    (column == "residual_0").then_some(
        "how far each window is from the trend, in whole numbers: all are multiplied by the same factor, so that nothing is divided",
    )
}

fn unit_ago(every: i64) -> &'static str {
    match every {
        86_400_000 => "days_ago",
        3_600_000 => "hours_ago",
        60_000 => "minutes_ago",
        _ => "windows_ago",
    }
}

/// Every name of a column in the plan.
fn names(plan: &Plan) -> BTreeSet<String> {
    column_names::names(plan)
}
