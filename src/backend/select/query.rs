//! Queries of shape `select`: named blocks, the last of which is the query.
//!
//! In: a legalized plan. Out: a query. Guarantee: each block gives the rows of its steps (the cut is [`blocks`]'s); a blank text is made missing once,
//! where a later block reads it as a key or a derived value; every column has a name; orders say where missing values go, if the engine would put
//! them elsewhere. No fragment holds a line break inside a literal, so a block can be indented.

use super::block_names;
use super::blocks::{Block, Item, Projection, Window, blocks};
use crate::backend::dialect::fragment::Fragment;
use crate::backend::dialect::loaded::Kind;
use crate::backend::dialect::render::Holes;
use crate::backend::passes::rollup::{Reading, Source};
use crate::backend::passes::series;
use crate::backend::print::header::header;
use crate::backend::print::printer::{Printer, Refusal};
use crate::backend::print::scope::{Facts, Scope, ScopeColumn};
use crate::backend::target::{Origin, Query, Target};
use crate::diag::Diagnostic;
use crate::plan::passes::{Bound, Remarks};
use crate::plan::present;
use crate::plan::{Aggregate, Column, Expr, ExprKind, Output, Plan, SortKey, Step, StepKind, Type};
use crate::source::Span;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The text of a plan.
///
/// # Errors
/// What the target cannot say; the first of each block.
pub(crate) fn emit(
    plan: &Plan,
    bound: &Bound,
    source: &Source,
    target: &Target,
    origin: &Origin,
) -> Result<Query, Vec<Diagnostic>> {
    let span = plan.steps.first().map(|step| step.span).unwrap_or_default();
    let time = Expr {
        kind: ExprKind::Column(Column::Native(Arc::clone(&bound.time))),
        ty: Type::Time,
        nullable: false,
        determined: true,
        span,
    };
    let present = present_before_groups(&plan.steps);
    let plain = |value: &Expr| match &value.kind {
        ExprKind::Column(Column::Native(native)) => {
            !native.may_be_blank || present.contains(&native.name)
        }
        ExprKind::Column(_) => true,
        _ => false,
    };
    let collates = target.dialect.can().collates_texts;
    let shadows = match target.dialect.can().prefers_columns {
        true => shadows(&plan.steps),
        false => BTreeSet::new(),
    };
    let bare = |value: &Expr| match &value.kind {
        ExprKind::Column(column) if shadows.contains(column.name()) => false,
        _ => !(collates && value.ty.is_textual()),
    };
    let mut blocks = blocks(&plan.steps, &time, &plain, &bare);
    let tables = target.table.split('.').map(str::to_owned);
    let taken = block_names::columns(&blocks)
        .into_iter()
        .chain(tables)
        .chain(COUNTED_OF.map(str::to_owned))
        .chain([COUNTED.to_owned(), bound.time.name.clone()]);
    block_names::name(&mut blocks, &plan.class, taken);
    let mut printer = Printer::new(&target.dialect, target);
    printer.read_from(source);
    let mut writer = Writer {
        printer,
        reading: source.reading.as_ref(),
        time,
        span,
        remarks: &bound.remarks,
    };
    let mut refused = Vec::new();
    let mut texts = Vec::new();
    let mut before = match writer.counted(blocks.first()) {
        Ok(counted) => counted.map(|_| writer.printer.name(COUNTED)),
        Err(refusal) => return Err(vec![*refusal]),
    };
    for block in &blocks {
        match writer.block(block, before.as_ref()) {
            Ok(text) => texts.push(text),
            Err(refusal) => refused.push(*refusal),
        }
        before = Some(writer.printer.name(&block.name));
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    writer
        .query(&blocks, &texts, origin)
        .map_err(|refusal| vec![*refusal])
}

/// Columns that every row has once the filters before the first `group` or `select` are passed.
fn present_before_groups(steps: &[Step]) -> BTreeSet<String> {
    let mut present = BTreeSet::new();
    for step in steps {
        if step.kind.chooses() {
            break;
        }
        if let StepKind::Where { predicate, .. } = &step.kind {
            present.extend(present::when_true(predicate));
        }
    }
    present
}

/// Names of computed columns that a block may read, too, as a column of the table or as one made by another step.
fn shadows(steps: &[Step]) -> BTreeSet<String> {
    let (mut read, mut found) = (BTreeSet::new(), BTreeSet::new());
    for step in steps {
        for expr in step.kind.expressions() {
            expr.visit(&mut |part| {
                if let ExprKind::Column(Column::Native(native)) = &part.kind {
                    read.insert(native.name.clone());
                }
            });
        }
    }
    for step in steps {
        for made in step.kind.made() {
            let is_itself = matches!(
                made.value().map(|value| &value.kind),
                Some(ExprKind::Column(read)) if read.name() == made.name
            );
            if !is_itself && !read.insert(made.name.to_string()) {
                found.insert(made.name.into_owned());
            }
        }
    }
    found
}

/// The named block of counted rows, and those it is made of.
const COUNTED: &str = "counted";
const COUNTED_OF: [&str; 2] = ["rolled", "recent"];

struct Writer<'a> {
    printer: Printer<'a>,
    reading: Option<&'a Reading>,
    time: Expr,
    span: Span,
    remarks: &'a Remarks,
}

impl Writer<'_> {
    /// The text of one block, without indentation.
    fn block(&mut self, block: &Block, source: Option<&Fragment>) -> Result<Fragment, Refusal> {
        let table = match source {
            Some(before) => before.clone(),
            None => self.table()?,
        };
        let mut conjuncts = match block.window {
            Some(window) if self.reading.is_none() => self.window(window)?,
            _ => Vec::new(),
        };
        if let Some(filter) = &block.filter {
            conjuncts.extend(self.printer.conjuncts(filter)?);
            self.printer.scope.passed(filter);
        }
        let read = self.printer.scope.clone();
        let (all, columns, keys) = match &block.projection {
            Projection::AllAnd(items) => (true, self.items(items, &block.order, true)?, Vec::new()),
            Projection::Only(items) => (false, self.items(items, &block.order, false)?, Vec::new()),
            Projection::Groups { keys, aggregates } => {
                let (columns, keys) = self.groups(keys, aggregates)?;
                (false, columns, keys)
            }
        };
        // An order names a column of the block, or computes with what the block reads.
        let own = self.printer.scope.clone();
        let mut order = Vec::new();
        for key in &block.order {
            let bare = matches!(&key.value.kind, ExprKind::Column(column) if own.get(column.name()).is_some());
            self.printer.scope = if bare { own.clone() } else { read.clone() };
            order.push(self.key(key)?);
        }
        self.printer.scope = own;
        if let Projection::AllAnd(items) | Projection::Only(items) = &block.projection {
            let made = items.iter().filter(|item| !is_itself(item));
            if let Some(remark) = made.into_iter().find_map(|item| series::remark(&item.name)) {
                self.printer.remark(remark);
            }
        }
        let limit = block.limit.map(Fragment::count);
        let numbers = match &block.repeat {
            Some((_, count)) => (0..*count)
                .map(|number| self.printer.integer(i64::from(number), self.span))
                .collect::<Result<_, _>>()?,
            None => Vec::new(),
        };
        let repeat = block
            .repeat
            .as_ref()
            .map(|(name, _)| self.printer.name(name));
        let holes = Holes::new()
            .maybe("repeat", repeat.as_ref())
            .list("numbers", &numbers)
            .fact("all", all)
            .list("columns", &columns)
            .with("table", &table)
            .list("conjuncts", &conjuncts)
            .list("keys", &keys)
            .list("order", &order)
            .maybe("limit", limit.as_ref());
        let text = self.step("block", holes)?;
        let mut lines = self.printer.take_remarks();
        if lines.is_empty() {
            return Ok(text);
        }
        lines.push(text.as_str().to_owned());
        Ok(Fragment::word(&lines.join("\n")))
    }

    /// The named blocks before all others, where a rolled-up table is read: its rows, the events after it, and both.
    fn counted(
        &self,
        first: Option<&Block>,
    ) -> Result<Option<Vec<(&'static str, Fragment)>>, Refusal> {
        let (Some(reading), Some(window)) = (self.reading, first.and_then(|block| block.window))
        else {
            return Ok(None);
        };
        let time = self.printer.value(&self.time)?;
        let holes = self
            .printer
            .rolled_holes(reading, &time, window.within, self.span)?;
        let names = COUNTED_OF.iter().chain([&COUNTED]);
        let blocks = names.map(|name| Ok((*name, self.step(name, holes.clone())?)));
        blocks.collect::<Result<Vec<_>, Refusal>>().map(Some)
    }

    fn table(&self) -> Result<Fragment, Refusal> {
        let target = self.printer.target;
        let refuse = |reason: String| {
            self.printer
                .refuse(self.span, &format!("from {}", target.table), &reason)
        };
        self.printer
            .dialect
            .quoting
            .table(&target.table)
            .map_err(refuse)
    }

    /// `time` between the start of the lookback and now, both inclusive. A given `now` is a whole millisecond, and an event within that millisecond is not
    /// after it, so that the end is the next one.
    fn window(&self, window: Window) -> Result<Vec<Fragment>, Refusal> {
        let time = self.printer.value(&self.time)?;
        let mut tests = Vec::new();
        let mut bound = |operator: &str, before: i64| -> Result<(), Refusal> {
            let instant = self.printer.instant(before, self.span)?;
            let holes = Holes::new().with("left", &time).with("right", &instant);
            tests.push(
                self.printer
                    .operator(operator, &["time"], holes, self.span)?,
            );
            Ok(())
        };
        if let Some(within) = window.within {
            bound("greater_or_equal", within)?;
        }
        match (window.before_now, self.printer.target.now) {
            (true, _) => bound("less", 0)?,
            (false, Some(_)) => bound("less", -1)?,
            (false, None) => bound("less_or_equal", 0)?,
        }
        Ok(tests)
    }

    /// Columns of a projection; the scope becomes that of the block's rows. A computed text that the block's own order reads is cleaned here,
    /// because an order cannot compute with the block's own names.
    fn items(
        &mut self,
        items: &[Item],
        order: &[SortKey],
        all: bool,
    ) -> Result<Vec<Fragment>, Refusal> {
        let mut printed = Vec::new();
        let mut scope = if all {
            self.printer.scope.clone()
        } else {
            Scope::new()
        };
        for item in items {
            let facts = self.printer.facts(&item.value);
            let ordered = order.iter().any(|key| matches!(&key.value.kind, ExprKind::Column(column) if column.name() == item.name));
            let computed = !matches!(item.value.kind, ExprKind::Column(_));
            let clean = facts.blank && (item.clean || ordered && computed);
            let value = if clean {
                self.printer.normalised(&item.value)?
            } else {
                self.printer.alone(&item.value)?
            };
            let truth = facts.kind == Kind::Bool && computed;
            printed.push(self.column(&item.name, &value, truth)?);
            let facts = if clean {
                Facts {
                    blank: false,
                    null: true,
                    ..facts
                }
            } else {
                facts
            };
            scope.set(&item.name, ScopeColumn { facts, text: None });
        }
        self.printer.scope = scope;
        Ok(printed)
    }

    /// Key and aggregate columns, and the keys to group by.
    fn groups(
        &mut self,
        keys: &[Output],
        aggregates: &[Aggregate],
    ) -> Result<(Vec<Fragment>, Vec<Fragment>), Refusal> {
        let mut columns = Vec::new();
        let mut grouped = Vec::new();
        let mut scope = Scope::new();
        for key in keys {
            let facts = self.printer.facts(&key.value);
            let value = self.printer.value(&key.value)?;
            columns.push(self.column(&key.name, &value, false)?);
            grouped.push(value);
            scope.set(&key.name, ScopeColumn { facts, text: None });
        }
        let time = self.printer.value(&self.time)?;
        for aggregate in aggregates {
            let value = self.printer.aggregate(aggregate, &time, !keys.is_empty())?;
            let facts = self.printer.result(aggregate);
            let truth = facts.kind == Kind::Bool;
            columns.push(self.column(&aggregate.name, &value, truth)?);
            scope.set(&aggregate.name, ScopeColumn { facts, text: None });
        }
        self.printer.scope = scope;
        Ok((columns, grouped))
    }

    fn column(&self, name: &str, value: &Fragment, truth: bool) -> Result<Fragment, Refusal> {
        let name = self.printer.name(name);
        let holes = Holes::new()
            .fact("bare", name == *value)
            .fact("truth", truth)
            .with("name", &name)
            .with("value", value);
        self.step("column", holes)
    }

    fn key(&self, key: &SortKey) -> Result<Fragment, Refusal> {
        let facts = self.printer.facts(&key.value);
        let value = self.printer.sort_key(&key.value)?;
        let holes = Holes::new()
            .with("value", &value)
            .fact("text", matches!(facts.kind, Kind::Text | Kind::Ip))
            .fact("descending", key.descending)
            .fact("nullable", facts.missing());
        self.step("key", holes)
    }

    fn query(
        self,
        blocks: &[Block],
        texts: &[Fragment],
        origin: &Origin,
    ) -> Result<Query, Refusal> {
        let header = header(&self.printer, origin, self.remarks, &[], self.span)?;
        let Some((last, named)) = texts.split_last() else {
            return Err(self.printer.refuse(
                self.span,
                "an empty plan",
                "there is nothing to select",
            ));
        };
        let counted = self.counted(blocks.first())?.unwrap_or_default();
        let lines = |text: &Fragment| -> Vec<Fragment> {
            let lines = text.as_str().trim_end().lines();
            lines.map(Fragment::word).collect()
        };
        let first = counted.iter().map(|(name, text)| {
            Holes::new()
                .with("name", &self.printer.name(name))
                .fact("once", false)
                .list("lines", &lines(text))
        });
        let records = blocks.iter().zip(named).map(|(block, text)| {
            let lines = lines(text);
            Holes::new()
                .with("name", &self.printer.name(&block.name))
                .fact(
                    "once",
                    block.once && self.printer.dialect.can().materializes,
                )
                .list("lines", &lines)
        });
        let records: Vec<Holes> = first.chain(records).collect();
        let holes = Holes::new()
            .records("named", records)
            .with("last", &Fragment::word(last.as_str().trim_end()));
        let body = self.step("query", holes)?;
        let text = format!("{header}\n{}\n", body.as_str().trim_end());
        Ok(Query {
            text,
            notes: self.printer.take_notes(),
        })
    }

    fn step(&self, name: &str, holes: Holes) -> Result<Fragment, Refusal> {
        self.printer
            .dialect
            .render("steps", name, holes)
            .map_err(|fault| self.printer.faulty(&fault, self.span))
    }
}

/// Whether a column is one that the block reads, under its own name.
fn is_itself(item: &Item) -> bool {
    matches!(&item.value.kind, ExprKind::Column(column) if column.name() == item.name)
}
