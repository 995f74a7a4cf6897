//! The step `from` of a pipeline, and what is said at the end of where rows came from.
//!
//! In: the lookback, the target. Out: text. Guarantee: the rows are those of the window; of a rolled-up table and the events after its end, each once; where
//! tiers let less be read than is needed, the result has a row that says so, and no other.

use super::query::Writer;
use crate::backend::dialect::loaded::Kind;
use crate::backend::dialect::render::Holes;
use crate::backend::passes::rollup::Reading;
use crate::backend::print::bindings::expressions;
use crate::backend::print::printer::Refusal;
use crate::backend::print::scope::Facts;
use crate::diag::Code;
use crate::plan::passes::{BoundOutput, ReadBack};
use crate::plan::{Column, ExprKind, Type};
use crate::source::Span;
use std::collections::BTreeSet;

impl<'a> Writer<'a> {
    pub(crate) fn from(
        &mut self,
        within: Option<i64>,
        before_now: bool,
        span: Span,
    ) -> Result<(), Refusal> {
        let target = self.printer.target;
        let dialect = self.printer.dialect;
        let prefixes = &dialect.can().window_parameters;
        let parameters = prefixes
            .iter()
            .any(|prefix| target.table.starts_with(prefix.as_str()));
        let table = dialect.quoting.table(&target.table).map_err(|reason| {
            self.printer
                .refuse(span, &format!("from {}", target.table), &reason)
        })?;
        self.nullify(span)?;
        if let Some(reading) = &self.source.reading {
            return self.read_rolled(reading, within, parameters, span);
        }
        let start = within
            .map(|length| self.printer.instant(length, span))
            .transpose()?;
        let end = self.printer.instant(0, span)?;
        let holes = Holes::new()
            .with("table", &table)
            .with("time", &self.time)
            .maybe("start", start.as_ref())
            .with("end", &end)
            .fact("parameters", parameters)
            .fact("before_now", before_now);
        self.write("from", holes, span)?;
        if let (Some(within), Some(limits)) = (within, dialect.limits(&target.product))
            && let Some(days) = limits.days
            && within > days.saturating_mul(86_400_000)
        {
            self.printer.note(
                Code::N0514,
                span,
                &format!("the lookback is longer than the {days} days that {} keeps, unless the data are sent elsewhere ({})", limits.name, limits.doc),
            );
            self.header.push(format!(
                "{} keeps {days} days, fewer than the lookback",
                limits.name
            ));
        }
        Ok(())
    }

    /// Columns that the text names and no index maps are read as null, and that is noted.
    fn nullify(&mut self, span: Span) -> Result<(), Refusal> {
        let unmapped = &self.printer.target.unmapped;
        let mut named = BTreeSet::new();
        for expression in expressions(&self.bound.plan) {
            expression.visit(&mut |part| {
                if let ExprKind::Column(Column::Native(native)) = &part.kind
                    && unmapped.columns.contains(&native.name)
                {
                    named.insert(format!("`{}`", native.name));
                }
            });
        }
        if named.is_empty() || self.printer.dialect.operator("nullify", &[]).is_none() {
            return Ok(());
        }
        let setting = self
            .printer
            .entry("operators", "nullify", &[], Holes::new(), span)?;
        self.stand_before(setting.as_str());
        let named: Vec<String> = named.into_iter().collect();
        let note = format!(
            "{} {}: the text reads it as missing in every row",
            unmapped.says,
            named.join(" and ")
        );
        self.printer.note(Code::N0525, span, &note);
        Ok(())
    }

    /// The rows of the rolled-up table, and of the events that it does not hold yet.
    pub(super) fn read_rolled(
        &mut self,
        reading: &'a Reading,
        within: Option<i64>,
        parameters: bool,
        span: Span,
    ) -> Result<(), Refusal> {
        let holes = self
            .printer
            .rolled_holes(reading, &self.time, within, span)?
            .fact("parameters", parameters)
            .fact("tiered", !reading.rollup.tail.is_empty());
        if self.printer.dialect.has_step("rollup") {
            self.prepare("rollup", holes.clone(), span)?;
        }
        self.write("rolled", holes, span)?;
        let facts = Facts::present(Kind::Int);
        self.add_column(&reading.count, facts);
        self.incomplete = !reading.rollup.tail.is_empty();
        Ok(())
    }

    /// Where little of the events may be read, a row says so when that is too little; it is in the first column of text.
    pub(super) fn say_incomplete(&mut self, span: Span) -> Result<(), Refusal> {
        if !std::mem::take(&mut self.incomplete) {
            return Ok(());
        }
        let Some(first) = self.text_output() else {
            return Err(self.printer.refuse(
                span,
                "tiers of a rolled-up table",
                "the result has no column of text in which to say that too little was read; give the hunt one, or the table no tiers",
            ));
        };
        let holes = Holes::new().with("name", &self.printer.name(&first.name));
        self.write("incomplete", holes, span)
    }

    /// The first column of the result that is text on the platform too: a number of an event is text in a hunt, and may be a number there.
    fn text_output(&self) -> Option<BoundOutput> {
        let is_text = |output: &&BoundOutput| {
            let native = output.native_type.as_deref().unwrap_or("string");
            output.ty == Type::Text && output.read == ReadBack::AsIs && native == "string"
        };
        self.bound.outputs.iter().find(is_text).cloned()
    }

    /// Cells of a table that could not be read at run time are counted in a row of the result, in the first column of text.
    pub(super) fn say_skipped(&mut self, span: Span) -> Result<(), Refusal> {
        for (skipped, table) in std::mem::take(&mut self.skipped) {
            let Some(first) = self.text_output() else {
                self.printer.note(
                    Code::N0511,
                    span,
                    &format!("cells of `${table}` that are not numbers are silently skipped: the result has no column of text to report them in"),
                );
                continue;
            };
            let holes = Holes::new()
                .with("name", &self.printer.name(&first.name))
                .with("skipped", &skipped)
                .with("table", &self.printer.text(&table, span)?);
            self.write("skipped", holes, span)?;
        }
        Ok(())
    }
}
