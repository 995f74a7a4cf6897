//! Queries of shape `pipeline`: one text for each step, after each other.
//!
//! In: a legalized plan. Out: a query. Guarantee: each step's text gives the step's rows; the columns of the result are those of the plan, in its order.

use crate::backend::dialect::fragment::Fragment;
use crate::backend::dialect::loaded::Kind;
use crate::backend::dialect::render::Holes;
use crate::backend::passes::rollup::Source;
use crate::backend::passes::series;
use crate::backend::print::bindings::{Bound as Named, expressions};
use crate::backend::print::column_names::{names, names_read, reads};
use crate::backend::print::header::{header, returns_at_most, thousands};
use crate::backend::print::printer::{Printer, Refusal};
use crate::backend::print::scope::{Facts, Scope, ScopeColumn};
use crate::backend::target::{Origin, Query, Target};
use crate::diag::{Code, Diagnostic};
use crate::plan::passes::Bound;
use crate::plan::{Expr, ExprKind, Output, Plan, SortKey, Step, StepKind};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The text of a plan.
///
/// # Errors
/// What the target cannot say; all of it.
pub(crate) fn emit(
    plan: &Plan,
    bound: &Bound,
    source: &Source,
    target: &Target,
    origin: &Origin,
) -> Result<Query, Vec<Diagnostic>> {
    let mut writer = Writer::new(plan, bound, source, target);
    let mut refused = Vec::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|i| plan.steps.get(i));
        let later = plan.steps.get(at + 1..).unwrap_or_default();
        if let Err(refusal) = writer.step(step, before, later) {
            refused.push(*refusal);
            // What later steps read is not there; only this step is to blame.
            writer.broken = true;
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    writer
        .finish(plan, origin)
        .map_err(|refusal| vec![*refusal])
}

/// Writes the steps of one plan.
pub(crate) struct Writer<'a> {
    pub(crate) printer: Printer<'a>,
    pub(crate) time: Fragment,
    pub(crate) bound: &'a Bound,
    pub(crate) source: &'a Source,
    /// What precedes the query.
    prepared: Vec<String>,
    texts: Vec<String>,
    /// Lines of the header on what the platform does.
    pub(crate) header: Vec<String>,
    /// Names of the columns of the rows at hand, in order; `None` while they are those of the table.
    pub(crate) columns: Option<Vec<String>>,
    /// The order that the plan gives them.
    wanted: Option<Vec<String>>,
    /// Every name in the plan.
    pub(crate) taken: BTreeSet<String>,
    broken: bool,
    limited: bool,
    /// Whether it is still to be said that too little may have been read.
    pub(crate) incomplete: bool,
    /// How many cells of a table were skipped, by the name that holds it, and the table; still to be said.
    pub(crate) skipped: Vec<(Fragment, String)>,
}

impl<'a> Writer<'a> {
    fn new(plan: &'a Plan, bound: &'a Bound, source: &'a Source, target: &'a Target) -> Writer<'a> {
        let mut printer = Printer::new(&target.dialect, target);
        printer.read_from(source);
        let taken = names(plan);
        printer
            .bindings
            .borrow_mut()
            .survey(&expressions(plan), taken.iter().cloned());
        let time = printer.name(&bound.time.name);
        Writer {
            printer,
            time,
            bound,
            source,
            prepared: Vec::new(),
            texts: Vec::new(),
            header: Vec::new(),
            columns: None,
            wanted: None,
            taken,
            broken: false,
            limited: false,
            incomplete: false,
            skipped: Vec::new(),
        }
    }

    fn step(&mut self, step: &Step, before: Option<&Step>, later: &[Step]) -> Result<(), Refusal> {
        let span = step.span;
        match &step.kind {
            StepKind::From {
                within, before_now, ..
            } => self.from(*within, *before_now, span),
            StepKind::Where { predicate, .. } => {
                let first = before.is_some_and(|step| matches!(step.kind, StepKind::From { .. }));
                self.filter(predicate, first)
            }
            StepKind::Derive { columns } => self.derive(columns, span),
            StepKind::Select { columns } => self.select(columns, span),
            StepKind::Group { keys, aggregates } => self.group(keys, aggregates, span),
            StepKind::Series { .. } => self.series(step, later),
            // Said with its series.
            StepKind::Anomaly { .. } => Ok(()),
            StepKind::Join {
                table,
                alias,
                tests,
                filter,
            } => self.join(table, alias, tests, filter.as_ref(), later, span),
            StepKind::Repeat { name, count } => self.repeat(name, *count, span),
            StepKind::Sort { keys } => {
                self.arrange(later, span)?;
                // Rows that are added come before the order of the result.
                if later.is_empty() {
                    self.say_incomplete(span)?;
                    self.say_skipped(span)?;
                }
                self.sort(keys, span)
            }
            StepKind::Top {
                count,
                rare,
                by,
                ties,
                ..
            } => {
                self.arrange(later, span)?;
                self.top(*count, *rare, by, ties, later, span)
            }
            StepKind::Enrich {
                name,
                function,
                argument,
                ..
            } => {
                let value = self.printer.value(argument)?;
                let holes = Holes::new().with("value", &value);
                let found = self.printer.entry("lookups", function, &[], holes, span)?;
                let facts = Facts {
                    null: true,
                    ..Facts::present(Kind::Text)
                };
                self.write_columns(&[(name.clone(), found, facts)], span)
            }
        }
    }

    fn filter(&mut self, predicate: &Expr, first: bool) -> Result<(), Refusal> {
        self.printer.first_filter.set(first);
        let conjuncts = self.printer.conjuncts(predicate);
        self.printer.first_filter.set(false);
        self.write(
            "where",
            Holes::new().list("conjuncts", &conjuncts?),
            predicate.span,
        )?;
        self.printer.scope.passed(predicate);
        Ok(())
    }

    fn derive(&mut self, columns: &[(String, Expr)], span: Span) -> Result<(), Refusal> {
        let sees_earlier = self.printer.dialect.can().derive_sees_earlier;
        let mut batch = Vec::new();
        for (name, value) in columns {
            if !sees_earlier
                && batch
                    .iter()
                    .any(|(earlier, ..): &(String, _, _)| reads(value, earlier))
            {
                self.write_columns(&std::mem::take(&mut batch), span)?;
            }
            let facts = self.printer.facts(value);
            self.printer.note_several(value);
            batch.push((name.clone(), self.printer.value(value)?, facts.clone()));
            self.printer
                .scope
                .set(name, ScopeColumn { facts, text: None });
        }
        self.write_columns(&batch, span)
    }

    /// Writes columns that are added, and notes what is known of them.
    pub(super) fn write_columns(
        &mut self,
        columns: &[(String, Fragment, Facts)],
        span: Span,
    ) -> Result<(), Refusal> {
        if columns.is_empty() {
            return Ok(());
        }
        if let Some(remark) = columns.iter().find_map(|(name, ..)| series::remark(name)) {
            self.printer.remark(remark);
        }
        let records = columns
            .iter()
            .map(|(name, value, _)| self.record(name, value))
            .collect();
        self.write("derive", Holes::new().records("columns", records), span)?;
        for (name, _, facts) in columns {
            self.add_column(name, facts.clone());
        }
        Ok(())
    }

    pub(crate) fn record(&self, name: &str, value: &Fragment) -> Holes {
        let printed = self.printer.name(name);
        Holes::new()
            .fact("bare", printed == *value)
            .with("name", &printed)
            .with("value", value)
    }

    fn select(&mut self, columns: &[Output], span: Span) -> Result<(), Refusal> {
        let mut printed = Vec::new();
        let mut scope = Scope::new();
        for column in columns {
            let facts = self.printer.facts(&column.value);
            self.printer.note_several(&column.value);
            printed.push((column.name.clone(), self.printer.value(&column.value)?));
            scope.set(&column.name, ScopeColumn { facts, text: None });
        }
        if !self.printer.dialect.can().projection_is_simultaneous {
            self.compute_first(columns, &mut printed, span)?;
        }
        self.project(&printed, span)?;
        self.printer.scope = scope;
        let names: Vec<String> = columns.iter().map(|c| c.name.clone()).collect();
        self.columns = Some(names.clone());
        self.wanted = Some(names);
        Ok(())
    }

    /// Where a projection can only pick columns, those that are computed are made first; one whose name is still read by another waits under a
    /// name of its own.
    fn compute_first(
        &mut self,
        columns: &[Output],
        printed: &mut [(String, Fragment)],
        span: Span,
    ) -> Result<(), Refusal> {
        let mut records = Vec::new();
        let mut renamed = Vec::new();
        // How many of the columns read each name.
        let mut readers: BTreeMap<&str, usize> = BTreeMap::new();
        for column in columns {
            for name in names_read(&column.value) {
                *readers.entry(name).or_default() += 1;
            }
        }
        for (at, (name, value)) in printed.iter_mut().enumerate() {
            let own = self.printer.name(name);
            if own == *value {
                continue;
            }
            let own_reads = columns.get(at).is_some_and(|c| reads(&c.value, name));
            let all = readers.get(name.as_str()).copied().unwrap_or_default();
            let read_later = all > usize::from(own_reads);
            let made = if read_later {
                let fresh = self.printer.fresh(&format!("new_{name}"), &self.taken);
                self.taken.insert(fresh.clone());
                renamed.push((fresh.clone(), name.clone()));
                fresh
            } else {
                name.clone()
            };
            records.push(self.record(&made, value));
            *value = self.printer.name(&made);
        }
        if !records.is_empty() {
            self.write("derive", Holes::new().records("columns", records), span)?;
        }
        Ok(())
    }

    fn project(&mut self, columns: &[(String, Fragment)], span: Span) -> Result<(), Refusal> {
        let records = columns
            .iter()
            .map(|(name, value)| self.record(name, value))
            .collect();
        self.write("select", Holes::new().records("columns", records), span)
    }

    /// Puts the columns in the plan's order, unless a later step chooses columns anyway.
    fn arrange(&mut self, later: &[Step], span: Span) -> Result<(), Refusal> {
        let makes = |step: &Step| step.kind.chooses() || !step.kind.made().is_empty();
        if later.iter().any(makes) || self.columns == self.wanted {
            return Ok(());
        }
        if let Some(wanted) = self.wanted.clone() {
            let columns: Vec<_> = wanted
                .iter()
                .map(|name| (name.clone(), self.printer.name(name)))
                .collect();
            self.project(&columns, span)?;
            self.columns = Some(wanted);
        }
        Ok(())
    }

    fn sort(&mut self, keys: &[SortKey], span: Span) -> Result<(), Refusal> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut records = Vec::new();
        for key in keys {
            let facts = self.printer.facts(&key.value);
            let value = self.printer.sort_key(&key.value)?;
            records.push(
                Holes::new()
                    .with("value", &value)
                    .fact("descending", key.descending)
                    .fact("nullable", facts.missing()),
            );
        }
        self.write("sort", Holes::new().records("keys", records), span)
    }

    fn top(
        &mut self,
        count: u64,
        rare: bool,
        by: &Expr,
        ties: &[Expr],
        later: &[Step],
        span: Span,
    ) -> Result<(), Refusal> {
        if self.printer.facts(by).missing() {
            let present = Expr::predicate(ExprKind::Exists(Box::new(by.clone())), by.span);
            self.filter(&present, false)?;
        }
        let mut keys = Vec::new();
        // A constant orders nothing.
        if !matches!(by.kind, ExprKind::Literal { .. }) {
            keys.push(SortKey {
                value: by.clone(),
                descending: !rare,
            });
        }
        keys.extend(ties.iter().map(|tie| SortKey {
            value: tie.clone(),
            descending: false,
        }));
        self.sort(&keys, span)?;
        self.write(
            "limit",
            Holes::new().with("count", &Fragment::count(count)),
            span,
        )?;
        let most = self.printer.dialect.can().row_limit;
        if most.is_some_and(|most| count > most) {
            self.printer.note(
                Code::N0512,
                span,
                &format!(
                    "the engine returns at most {} rows, whatever the limit says",
                    thousands(most.unwrap_or_default())
                ),
            );
        }
        self.limited |= most.is_none_or(|most| count <= most)
            && !later
                .iter()
                .any(|step| matches!(step.kind, StepKind::From { .. }));
        Ok(())
    }

    /// A text that precedes the query.
    pub(super) fn prepare(&mut self, step: &str, holes: Holes, span: Span) -> Result<(), Refusal> {
        if !self.broken {
            let text = self.rendered(step, holes, span)?;
            self.prepared.push(text);
        }
        Ok(())
    }

    /// Puts a line before the query.
    pub(super) fn stand_before(&mut self, line: &str) {
        self.prepared.push(line.to_owned());
    }

    pub(crate) fn write(&mut self, step: &str, holes: Holes, span: Span) -> Result<(), Refusal> {
        if self.broken {
            return Ok(());
        }
        let text = self
            .printer
            .dialect
            .render("steps", step, holes)
            .map_err(|fault| self.printer.faulty(&fault, span))?;
        self.texts.extend(self.printer.take_remarks());
        self.texts.push(tidy(text.as_str()));
        Ok(())
    }

    /// The platform's name of the time of an event.
    pub(super) fn time_name(&self) -> String {
        self.bound.time.name.clone()
    }

    /// A column that the step before has made.
    pub(super) fn add_column(&mut self, name: &str, facts: Facts) {
        self.printer
            .scope
            .set(name, ScopeColumn { facts, text: None });
        // A column that is made anew leaves its place and comes last.
        if let Some(given) = &mut self.columns {
            given.retain(|column| column != name);
            given.push(name.to_owned());
        }
        if let Some(wanted) = &mut self.wanted
            && !wanted.iter().any(|column| column == name)
        {
            wanted.push(name.to_owned());
        }
    }

    /// The columns after a group: as the engine gives them, and as the plan has them.
    pub(super) fn regroup(&mut self, scope: Scope, given: Vec<String>, wanted: Vec<String>) {
        self.printer.scope = scope;
        self.columns = Some(given);
        self.wanted = Some(wanted);
    }

    fn finish(mut self, plan: &Plan, origin: &Origin) -> Result<Query, Refusal> {
        let span = plan.steps.last().map(|step| step.span).unwrap_or_default();
        self.arrange(&[], span)?;
        self.say_incomplete(span)?;
        self.say_skipped(span)?;
        let mut remarks = std::mem::take(&mut self.header);
        let dialect = self.printer.dialect;
        let product = self.printer.target.product.as_str();
        let one_row = self.one_row(plan);
        if let Some(most) = dialect.can().row_limit
            && !self.limited
        {
            self.write(
                "limit",
                Holes::new().with("count", &Fragment::count(most)),
                span,
            )?;
            if !one_row {
                self.printer.note(
                    Code::N0512,
                    span,
                    &format!("the engine {}", returns_at_most(most)),
                );
            }
        }
        if let Some(limits) = dialect.limits(product)
            && let Some(rows) = limits.rows
            && !self.limited
            && !one_row
        {
            let remark = format!("{} {}", limits.name, returns_at_most(rows));
            self.printer.note(Code::N0512, span, &remark);
            remarks.push(remark);
        }
        let mut parts = Vec::new();
        let bindings = self.bindings(span)?;
        let header = header(&self.printer, origin, &self.bound.remarks, &remarks, span)?;
        parts.push(header);
        parts.push(bindings);
        parts.append(&mut self.prepared);
        parts.append(&mut self.texts);
        parts.retain(|part| !part.is_empty());
        let text = format!("{}\n", parts.join("\n"));
        if let Some(limits) = dialect.limits(product)
            && let Some(most) = limits.characters
            && text.chars().count() > most
        {
            self.printer.note(
                Code::N0513,
                span,
                &format!(
                    "the text has {} characters; {} takes {most} in an analytics rule ({})",
                    text.chars().count(),
                    limits.name,
                    limits.doc
                ),
            );
        }
        let previews = dialect
            .previews(&text)
            .map_err(|fault| self.printer.faulty(&fault, span))?;
        if !previews.is_empty() {
            let note = format!("technical previews in the target's release: {previews}");
            self.printer.note(Code::N0526, span, &note);
        }
        Ok(Query {
            text,
            notes: self.printer.take_notes(),
        })
    }

    /// A group without keys gives one row.
    fn one_row(&self, plan: &Plan) -> bool {
        plan.steps
            .iter()
            .any(|step| matches!(&step.kind, StepKind::Group { keys, .. } if keys.is_empty()))
            && !self.bound.outputs.is_empty()
    }

    fn bindings(&self, span: Span) -> Result<String, Refusal> {
        let bindings = self.printer.bindings.borrow();
        let mut records = Vec::new();
        for (name, bound) in bindings.named() {
            let name = self.printer.name(name);
            records.push(match bound {
                Named::List(items) => Holes::new()
                    .with("name", &name)
                    .list("items", items)
                    .fact("map", false),
                Named::Map(pairs) => {
                    let pairs = pairs
                        .iter()
                        .map(|(key, value)| Holes::new().with("key", key).with("value", value))
                        .collect();
                    Holes::new()
                        .with("name", &name)
                        .records("pairs", pairs)
                        .fact("map", true)
                }
            });
        }
        self.rendered("bindings", Holes::new().records("bindings", records), span)
    }

    fn rendered(&self, step: &str, holes: Holes, span: Span) -> Result<String, Refusal> {
        self.printer
            .dialect
            .render("steps", step, holes)
            .map(|text| tidy(text.as_str()))
            .map_err(|fault| self.printer.faulty(&fault, span))
    }
}

/// The text without blanks at the ends of its lines; no literal reaches over the end of a line.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n")
}
