//! Aggregates as text.
//!
//! In: an aggregate of a group. Out: a fragment, and for `earliest` and `latest` what must be done with its result. Guarantee: missing values are
//! skipped, also where they are the empty text; no rows give what rule 4 of the semantics says.

use super::printer::{Printer, Refusal};
use super::scope::{Facts, kind_of};
use crate::backend::dialect::fragment::Fragment;
use crate::backend::dialect::loaded::{self, Kind};
use crate::backend::dialect::render::Holes;
use crate::plan::present;
use crate::plan::{Aggregate, AggregateFunction, Expr, ExprKind};
use std::collections::BTreeSet;

impl Printer<'_> {
    /// An aggregate other than `earliest` and `latest` on engines where those share one (`shared_extremes`). `time`: the column of the event's time;
    /// `keyed`: whether there are keys, so that every group has a row.
    ///
    /// # Errors
    /// What the target cannot say.
    pub fn aggregate(
        &self,
        aggregate: &Aggregate,
        time: &Fragment,
        keyed: bool,
    ) -> Result<Fragment, Refusal> {
        let span = aggregate.span;
        let name = self.name_of(aggregate.function);
        let filter = self.filter_of(aggregate, name)?;
        let extreme = is_extreme(aggregate.function);
        let value = match &aggregate.argument {
            Some(argument) if extreme => Some(self.alone(argument)?),
            Some(argument) => Some(self.under(aggregate).normalised(argument)?),
            None => None,
        };
        let limit = match aggregate.function {
            AggregateFunction::Set(limit) => limit.map(Fragment::count),
            _ => None,
        };
        let last = match aggregate.function {
            AggregateFunction::Set(Some(limit)) => Some(Fragment::count(limit.saturating_sub(1))),
            _ => None,
        };
        let kind = aggregate
            .argument
            .as_ref()
            .map_or("", |a| self.facts(a).kind.as_str());
        let suffix = match (limit.is_some(), filter.is_some()) {
            (true, true) => "limit_where",
            (true, false) => "limit",
            (false, true) => "where",
            (false, false) => "",
        };
        let (with_kind, variants): (String, Vec<&str>) = if suffix.is_empty() {
            (kind.to_owned(), vec![])
        } else {
            (format!("{kind}_{suffix}"), vec![suffix])
        };
        let variants: Vec<&str> = std::iter::once(with_kind.as_str())
            .chain(variants)
            .collect();
        let found = self
            .dialect
            .entry("aggregates", &loaded::variants_of(name, &variants));
        if !suffix.is_empty()
            && found.is_some_and(|(key, entry)| key == name && entry.pattern.is_some())
        {
            return Err(self.refuse(
                span,
                &format!("{name} … where"),
                "the dialect has no form of this aggregate with a filter or a limit",
            ));
        }
        let missing = |argument: &Expr| self.facts(argument).missing();
        let present =
            keyed && filter.is_none() && !aggregate.argument.as_ref().is_some_and(missing);
        let holes = Holes::new()
            .fact("present", present)
            .maybe("value", value.as_ref())
            .maybe("filter", filter.as_ref())
            .maybe("limit", limit.as_ref())
            .maybe("last", last.as_ref())
            .with("time", time);
        self.entry("aggregates", name, &variants, holes, span)
    }

    /// What comes out of `earliest` and `latest` made a value again; `None` where the dialect needs nothing of the kind.
    ///
    /// # Errors
    /// The dialect is faulty.
    pub fn unpacked(&self, aggregate: &Aggregate) -> Result<Option<Fragment>, Refusal> {
        if !is_extreme(aggregate.function)
            || self
                .dialect
                .entry("aggregates", &["unpack".to_owned()])
                .is_none()
        {
            return Ok(None);
        }
        let kind = self.result(aggregate).kind;
        let holes = Holes::new().with("value", &self.name(&aggregate.name));
        self.entry(
            "aggregates",
            "unpack",
            &[kind.as_str()],
            holes,
            aggregate.span,
        )
        .map(Some)
    }

    /// The filter as a printed condition, with what keeps missing values out where the engine would take them.
    ///
    /// # Errors
    /// What the target cannot say.
    pub fn filter_of(
        &self,
        aggregate: &Aggregate,
        name: &str,
    ) -> Result<Option<Fragment>, Refusal> {
        let tests = self.tests_of(aggregate, name);
        Expr::all(tests).map(|all| self.truth(&all)).transpose()
    }

    /// The conditions under which a row takes part: the author's, and that the value is present where the engine would take a missing one.
    fn tests_of(&self, aggregate: &Aggregate, name: &str) -> Vec<Expr> {
        let mut tests: Vec<Expr> = aggregate.filter.iter().cloned().collect();
        if let Some(argument) = &aggregate.argument
            && !is_extreme(aggregate.function)
        {
            let known = aggregate
                .filter
                .as_ref()
                .map(present::when_true)
                .unwrap_or_default();
            let facts = self.scope.knowing(&known).facts(argument, self.dialect);
            let keeps_null = self
                .dialect
                .entry("aggregates", &[name.to_owned()])
                .is_some_and(|(_, entry)| entry.keeps_null);
            let column = self.tested_column(aggregate);
            let never_null = facts.blank && self.dialect.can().text_is_never_null;
            if never_null || column.is_some() || facts.missing() && keeps_null {
                tests.push(Expr::predicate(
                    ExprKind::Exists(Box::new(column.unwrap_or(argument).clone())),
                    argument.span,
                ));
            }
        }
        tests
    }

    /// The column whose blank values the aggregate leaves out by a condition, and with them rows with several values. What is computed from a column in
    /// another way than by its case is made missing instead.
    pub(crate) fn tested_column<'g>(&self, aggregate: &'g Aggregate) -> Option<&'g Expr> {
        let argument = aggregate.argument.as_ref()?;
        let known = aggregate
            .filter
            .as_ref()
            .map(present::when_true)
            .unwrap_or_default();
        let blank = self
            .scope
            .knowing(&known)
            .facts(argument, self.dialect)
            .blank;
        let tests = blank && self.dialect.can().replaces_columns && !is_extreme(aggregate.function);
        blank_column(argument).filter(|_| tests)
    }

    /// What is known where those conditions hold.
    fn under(&self, aggregate: &Aggregate) -> Under<'_> {
        let tests = self.tests_of(aggregate, self.name_of(aggregate.function));
        let known = Expr::all(tests)
            .as_ref()
            .map(present::when_true)
            .unwrap_or_default();
        Under {
            printer: self,
            known,
        }
    }

    /// The entry of an aggregate.
    #[must_use]
    pub fn name_of(&self, function: AggregateFunction) -> &'static str {
        match function {
            AggregateFunction::Count => "count",
            AggregateFunction::CountDistinct if self.target.sketch => "count_sketch",
            AggregateFunction::CountDistinct => "count_distinct",
            AggregateFunction::Sum => "sum",
            AggregateFunction::Min => "min",
            AggregateFunction::Max => "max",
            AggregateFunction::Avg => "avg",
            AggregateFunction::Set(_) => "set",
            AggregateFunction::Any => "any",
            AggregateFunction::Earliest => "earliest",
            AggregateFunction::Latest => "latest",
        }
    }

    /// What is known of the result.
    #[must_use]
    pub fn result(&self, aggregate: &Aggregate) -> Facts {
        let argument = aggregate.argument.as_ref().map(|a| self.facts(a));
        let same = matches!(
            aggregate.function,
            AggregateFunction::Min | AggregateFunction::Max | AggregateFunction::Any
        );
        let kept = same || is_extreme(aggregate.function) && self.dialect.can().shared_extremes;
        let picks = same || is_extreme(aggregate.function);
        let (kind, native, narrow) = match argument {
            Some(facts) if kept => (facts.kind, facts.native, facts.narrow),
            // What one row holds is an address still, where nothing is carried as text.
            Some(facts)
                if picks
                    && facts.kind == Kind::Ip
                    && self
                        .dialect
                        .entry("aggregates", &["unpack".to_owned()])
                        .is_none() =>
            {
                (Kind::Ip, facts.native, false)
            }
            argument => {
                let name = self.name_of(aggregate.function);
                let native = super::scope::gives(self.dialect, "aggregates", name);
                let narrow = native.as_deref().is_some_and(super::scope::is_narrow)
                    || picks && argument.is_some_and(|facts| facts.narrow);
                (kind_of(&aggregate.ty), native, narrow)
            }
        };
        Facts {
            kind,
            null: aggregate.nullable,
            blank: aggregate.nullable && is_extreme(aggregate.function) && kind == Kind::Text,
            native,
            narrow,
        }
    }

    /// A unique name for a column, or for a table before the query, that the hunt does not know.
    #[must_use]
    pub fn fresh(&self, base: &str, taken: &BTreeSet<String>) -> String {
        let mut bindings = self.bindings.borrow_mut();
        let mut name = base.to_owned();
        let mut number = 1;
        while taken.contains(&name) || bindings.is_named(&name) {
            number += 1;
            name = format!("{base}_{number}");
        }
        bindings.reserve(&name);
        name
    }
}

/// A printer that knows more of the rows at hand.
struct Under<'p> {
    printer: &'p Printer<'p>,
    known: BTreeSet<String>,
}

impl Under<'_> {
    fn facts(&self, value: &Expr) -> Facts {
        self.printer
            .scope
            .knowing(&self.known)
            .facts(value, self.printer.dialect)
    }

    fn normalised(&self, value: &Expr) -> Result<Fragment, Refusal> {
        if self.facts(value).blank {
            self.printer.normalised(value)
        } else {
            self.printer.alone(value)
        }
    }
}

/// Whether the aggregate gives what one row holds.
#[must_use]
pub(crate) fn is_extreme(function: AggregateFunction) -> bool {
    matches!(
        function,
        AggregateFunction::Earliest | AggregateFunction::Latest
    )
}

/// The column whose blankness makes the value blank.
pub(crate) fn blank_column(value: &Expr) -> Option<&Expr> {
    match &value.kind {
        ExprKind::Column(_) => Some(value),
        ExprKind::Call {
            function,
            arguments,
            ..
        } if matches!(function.as_str(), "lower" | "upper") => {
            arguments.first().and_then(blank_column)
        }
        _ => None,
    }
}
