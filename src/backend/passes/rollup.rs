//! Rolled-up tables in place of most events.
//!
//! In: a bound plan and the target, which may have a rolled-up table. Out: the plan over counted rows and what is read for it, or the plan as it was and a note
//! why. Guarantee: `now` is aligned to the table's grain, so that no stretch of it straddles a window; what the table does not hold yet is read from the
//! events.

use crate::backend::dialect::fragment::Fragment;
use crate::backend::dialect::loaded::Kind;
use crate::backend::dialect::render::Holes;
use crate::backend::print::column_names;
use crate::backend::print::printer::{Printer, Refusal};
use crate::backend::target::{Rollup, Target};
use crate::diag::Code;
use crate::plan::passes::Bound;
use crate::plan::passes::rolled;
use crate::plan::{Column, Expr, ExprKind, NativeColumn, Plan, StepKind, Type};
use crate::source::Span;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where the rows of a query come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    /// What is read of a rolled-up table; `None` for events alone.
    pub reading: Option<Reading>,
    /// What the reader should know of it.
    pub note: Option<(Span, String)>,
}

/// What is read of a rolled-up table.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// The table.
    pub rollup: Rollup,
    /// The columns of the events that the query reads, by name.
    pub columns: BTreeMap<String, (Arc<NativeColumn>, Type)>,
    /// The column that says how many events a row stands for.
    pub count: String,
}

/// Names that the templates use.
const OWN_NAMES: [&str; 7] = [
    "until",
    "rolled",
    "rolled_until",
    "per_second",
    "read_from",
    "events_rolled",
    "events_read",
];

/// The plan over the target's rolled-up table, where it can be.
pub(crate) fn roll_up<'a>(bound: &'a Bound, target: &Target) -> (Cow<'a, Plan>, Source) {
    let plan = &bound.plan;
    let as_it_is = |note| {
        let source = Source {
            reading: None,
            note,
        };
        (Cow::Borrowed(plan), source)
    };
    let Some(rollup) = &target.rollup else {
        return as_it_is(None);
    };
    let has_series = plan
        .steps
        .iter()
        .any(|step| matches!(step.kind, StepKind::Series { .. }));
    if !has_series {
        return as_it_is(None);
    }
    let names = column_names::names(plan);
    // The texts give these names to what they read.
    if let Some(own) = OWN_NAMES
        .iter()
        .find(|own| names.iter().any(|name| name.eq_ignore_ascii_case(own)))
    {
        let title = format!(
            "the rolled-up table `{}` is not read: the text needs the name `{own}` itself",
            rollup.table
        );
        return as_it_is(Some((Span::default(), title)));
    }
    let mut count = "events".to_owned();
    while names.iter().any(|name| name.eq_ignore_ascii_case(&count)) {
        count.push('_');
    }
    match rolled(
        plan,
        &|name| rollup.columns.contains_key(name),
        rollup.grain,
        &count,
    ) {
        Ok(rolled) => {
            let columns = columns_read(&rolled);
            let source = Source {
                reading: Some(Reading {
                    rollup: rollup.clone(),
                    columns,
                    count,
                }),
                note: None,
            };
            (Cow::Owned(rolled), source)
        }
        Err(lack) => {
            let title = format!(
                "the rolled-up table `{}` is not read: {}",
                rollup.table, lack.why
            );
            as_it_is(Some((lack.span, title)))
        }
    }
}

/// The columns of events that a plan reads up to its series.
fn columns_read(plan: &Plan) -> BTreeMap<String, (Arc<NativeColumn>, Type)> {
    let mut columns = BTreeMap::new();
    for step in &plan.steps {
        for expr in step.kind.expressions() {
            expr.visit(&mut |part: &Expr| {
                if let ExprKind::Column(Column::Native(native)) = &part.kind {
                    columns
                        .entry(native.name.clone())
                        .or_insert_with(|| (Arc::clone(native), part.ty.clone()));
                }
            });
        }
        if matches!(step.kind, StepKind::Series { .. }) {
            break;
        }
    }
    columns
}

impl Printer<'_> {
    /// Says what the source has to say, and puts the clock on its grain.
    pub(crate) fn read_from(&mut self, source: &Source) {
        if let Some((span, note)) = &source.note {
            self.note(Code::N0515, *span, note);
        }
        self.grain = source.reading.as_ref().map(|reading| reading.rollup.grain);
    }

    /// The holes of a template that reads a rolled-up table and the events that it does not hold yet.
    pub(crate) fn rolled_holes(
        &self,
        reading: &Reading,
        time: &Fragment,
        start: Option<i64>,
        span: Span,
    ) -> Result<Holes, Refusal> {
        let rollup = &reading.rollup;
        let table = |name: &str| {
            self.dialect
                .quoting
                .table(name)
                .map_err(|reason| self.refuse(span, &format!("from {name}"), &reason))
        };
        let mut columns = Vec::new();
        for (name, (native, _)) in reading
            .columns
            .iter()
            .filter(|(name, _)| self.name(name) != *time)
        {
            let Some(own) = rollup.columns.get(name) else {
                continue;
            };
            let (printed, source) = (self.name(name), self.name(own));
            columns.push(
                Holes::new()
                    .with("name", &printed)
                    .with("source", &source)
                    .with("type", &Fragment::word(&native.native_type))
                    .fact("bare", printed == source)
                    .fact("blank", native.may_be_blank)
                    .fact("narrow", native.native_type == "int")
                    .fact(
                        "number",
                        matches!(native.native_type.as_str(), "int" | "long" | "integer"),
                    )
                    .fact(
                        "text",
                        matches!(native.native_type.as_str(), "string" | "keyword"),
                    ),
            );
        }
        let mut tiers = Vec::new();
        for tier in &rollup.tail {
            let mut holes = Holes::new()
                .fact("last", tier.above.is_none())
                .fact("all", tier.read.is_none());
            if let Some(above) = tier.above {
                holes = holes.with("above", &self.integer(above, span)?);
            }
            if let Some(read) = tier.read {
                holes = holes.with("read", &self.interval(read));
            }
            tiers.push(holes);
        }
        let start = start.map(|start| self.instant(start, span)).transpose()?;
        let Some(start) = start else {
            return Err(self.refuse(
                span,
                "a rolled-up table without a lookback",
                "say how far back is read: `within 14d`",
            ));
        };
        let end = self.instant(0, span)?;
        let floored = self.floored(span)?;
        let own_time = self.name(&rollup.time);
        Ok(Holes::new()
            .with("rollup", &table(&rollup.table)?)
            .with("table", &table(&self.target.table)?)
            .with("time", time)
            .with("own_time", &own_time)
            .fact("same_time", own_time == *time)
            .with("start", &start)
            .with("end", &end)
            .with("floored", &floored)
            .with("grain", &self.interval(rollup.grain))
            .with("count", &self.name(&reading.count))
            .with("own_count", &self.name(&rollup.count))
            .records("columns", columns)
            .records("tiers", tiers))
    }

    /// The instant of the run on the grain, written out.
    fn floored(&self, span: Span) -> Result<Fragment, Refusal> {
        let Some(grain) = self.grain else {
            return self.instant(0, span);
        };
        if let Some(now) = self.target.now {
            let at = now - now.rem_euclid(grain);
            return self.literal(&crate::value::Value::Time(at), Kind::Time, span);
        }
        let now = self.operator("now", &[], Holes::new(), span)?;
        let holes = Holes::new()
            .with("instant", &now)
            .with("width", &self.interval(grain))
            .with("milliseconds", &self.integer(grain, span)?);
        self.entry("functions", "bin", &[], holes, span)
    }

    /// [`Printer::instant`] where the clock is aligned to a grain: by its name where the text gives it one.
    pub(crate) fn instant_on_grain(&self, before: i64, span: Span) -> Result<Fragment, Refusal> {
        if let (Some(now), Some(grain)) = (self.target.now, self.grain) {
            let at = (now - now.rem_euclid(grain)).saturating_sub(before);
            return self.literal(&crate::value::Value::Time(at), Kind::Time, span);
        }
        let now = if self.dialect.can().bindings {
            Fragment::word("until")
        } else {
            self.floored(span)?
        };
        if before == 0 {
            return Ok(now);
        }
        let length = self.interval(before);
        let holes = Holes::new().with("left", &now).with("right", &length);
        self.operator("subtract", &["time_literal"], holes, span)
    }
}
