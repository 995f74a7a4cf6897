//! The step `group` of a pipeline.
//!
//! In: keys and aggregates. Out: the step's text, with what must precede it (blank text made missing) and follow it (what `earliest` and `latest`
//! gave made values again). Guarantee: the columns are the plan's keys and aggregates.

use super::query::Writer;
use crate::backend::dialect::fragment::Fragment;
use crate::backend::dialect::loaded::Kind;
use crate::backend::dialect::render::Holes;
use crate::backend::print::aggregate::{blank_column, is_extreme};
use crate::backend::print::column_names::reads;
use crate::backend::print::printer::Refusal;
use crate::backend::print::scope::{Facts, Scope, ScopeColumn};
use crate::plan::{Aggregate, AggregateFunction, Column, ExprKind, Output};
use crate::source::Span;

impl Writer<'_> {
    pub(crate) fn group(
        &mut self,
        keys: &[Output],
        aggregates: &[Aggregate],
        span: Span,
    ) -> Result<(), Refusal> {
        self.normalise_keys(keys, span)?;
        let mut scope = Scope::new();
        let mut key_records = Vec::new();
        let mut given = Vec::new();
        for key in keys {
            self.printer.note_several(&key.value);
            let value = self.printer.normalised(&key.value)?;
            let facts = self.printer.facts(&key.value);
            key_records.push(self.record(&key.name, &value));
            given.push(key.name.clone());
            scope.set(
                &key.name,
                ScopeColumn {
                    facts: Facts {
                        null: facts.missing(),
                        blank: false,
                        ..facts
                    },
                    text: None,
                },
            );
        }
        let shared = self.printer.dialect.can().shared_extremes;
        let mut records = Vec::new();
        let mut after = Vec::new();
        let mut made = Vec::new();
        let mut done: Vec<&str> = Vec::new();
        for aggregate in aggregates {
            if let Some(argument) = &aggregate.argument
                && self.printer.tested_column(aggregate).is_none()
            {
                self.printer.note_several(argument);
            }
            let facts = self.printer.result(aggregate);
            scope.set(
                &aggregate.name,
                ScopeColumn {
                    facts: facts.clone(),
                    text: None,
                },
            );
            if done.contains(&aggregate.name.as_str()) {
                continue;
            }
            let together: Vec<&Aggregate> = match self.asks_for(aggregate, aggregates) {
                Some(extreme) if shared => self.together(extreme, aggregates),
                _ => Vec::new(),
            };
            if together.is_empty() {
                let value = self
                    .printer
                    .aggregate(aggregate, &self.time, !keys.is_empty())?;
                records.push(self.record(&aggregate.name, &value).fact("several", false));
                made.push(aggregate.name.clone());
                if let Some(value) = self.printer.unpacked(aggregate)? {
                    after.push((aggregate.name.clone(), value, facts));
                }
                continue;
            }
            done.extend(together.iter().map(|a| a.name.as_str()));
            self.extremes(
                &together,
                aggregates,
                &mut done,
                &mut records,
                &mut made,
                &mut after,
            )?;
        }
        let order: Vec<String> = if self.printer.dialect.can().keys_first {
            given.into_iter().chain(made).collect()
        } else {
            made.into_iter().chain(given).collect()
        };
        let wanted = keys
            .iter()
            .map(|key| key.name.clone())
            .chain(aggregates.iter().map(|a| a.name.clone()))
            .collect();
        let holes = Holes::new()
            .records("keys", key_records)
            .records("aggregates", records);
        self.write("group", holes, span)?;
        self.regroup(scope, order, wanted);
        self.write_columns(&after, span)
    }

    /// Where a step can replace a column, keys that may be blank are made missing once, before anything reads them.
    fn normalise_keys(&mut self, keys: &[Output], span: Span) -> Result<(), Refusal> {
        if !self.printer.dialect.can().replaces_columns {
            return Ok(());
        }
        let mut columns = Vec::new();
        for key in keys {
            let Some(column) = blank_column(&key.value) else {
                continue;
            };
            let facts = self.printer.facts(column);
            if let ExprKind::Column(Column::Native(native)) = &column.kind
                && facts.blank
                && !columns
                    .iter()
                    .any(|(name, ..): &(String, Fragment, Facts)| *name == native.name)
            {
                let value = self.printer.normalised(column)?;
                columns.push((
                    native.name.clone(),
                    value,
                    Facts {
                        null: true,
                        blank: false,
                        ..facts
                    },
                ));
            }
        }
        self.write_columns(&columns, span)
    }

    /// The `earliest` or `latest` aggregates that one aggregate of the engine answers, this one first.
    fn together<'g>(&self, first: &'g Aggregate, all: &'g [Aggregate]) -> Vec<&'g Aggregate> {
        if !is_extreme(first.function) {
            return Vec::new();
        }
        let filter = |a: &Aggregate| {
            a.filter
                .as_ref()
                .map(|f| self.printer.truth(f).map(|t| t.as_str().to_owned()).ok())
        };
        all.iter()
            .filter(|other| other.function == first.function && filter(other) == filter(first))
            .collect()
    }

    /// One aggregate that yields the time and several columns of the row with the least or greatest time.
    fn extremes<'g>(
        &mut self,
        together: &[&'g Aggregate],
        all: &'g [Aggregate],
        done: &mut Vec<&'g str>,
        records: &mut Vec<Holes>,
        made: &mut Vec<String>,
        after: &mut Vec<(String, Fragment, Facts)>,
    ) -> Result<(), Refusal> {
        let Some(first) = together.first() else {
            return Ok(());
        };
        let span = first.span;
        let entry = self.printer.name_of(first.function);
        let filter = first
            .filter
            .as_ref()
            .map(|f| self.printer.truth(f))
            .transpose()?;
        let time_name = match self.time_aggregate(first, all) {
            // It is answered by the same aggregate, unless it was written already.
            Some(same) if !made.contains(&same.name) => {
                done.push(&same.name);
                same.name.clone()
            }
            _ => {
                let fresh = self.printer.fresh(&format!("{entry}_time"), &self.taken);
                self.taken.insert(fresh.clone());
                fresh
            }
        };
        let mut names = vec![self.printer.name(&time_name)];
        let mut values = Vec::new();
        made.push(time_name.clone());
        for aggregate in together {
            if let Some(argument) = &aggregate.argument {
                names.push(self.printer.name(&aggregate.name));
                values.push(self.printer.value(argument)?);
                made.push(aggregate.name.clone());
            }
        }
        let time = match &filter {
            None => self.time.clone(),
            Some(filter) => {
                let arms = [(filter.clone(), self.time.clone())];
                self.printer.choose(&arms, None, Kind::Time, span)?
            }
        };
        let joined = Holes::new().list("values", &values).with("time", &time);
        let value = self.printer.entry("aggregates", entry, &[], joined, span)?;
        records.push(
            Holes::new()
                .fact("bare", false)
                .fact("several", true)
                .list("names", &names)
                .with("value", &value),
        );
        if filter.is_some() {
            // Without a row that passes the filter the engine still gives some row: its columns are not needed.
            for aggregate in together {
                let facts = self.printer.result(aggregate);
                let holes = Holes::new().with("value", &self.printer.name(&time_name));
                let test = self.printer.operator("exists", &["time"], holes, span)?;
                let own = self.printer.name(&aggregate.name);
                let own = if facts.native.as_ref().is_some_and(|word| {
                    self.printer
                        .dialect
                        .file
                        .canonical
                        .get(&facts.kind)
                        .is_some_and(|words| !words.contains(word))
                }) {
                    self.printer.operator(
                        "cast",
                        &[facts.kind.as_str()],
                        Holes::new().with("value", &own),
                        span,
                    )?
                } else {
                    own
                };
                let value = self
                    .printer
                    .choose(&[(test, own)], None, facts.kind, span)?;
                after.push((
                    aggregate.name.clone(),
                    value,
                    Facts {
                        native: None,
                        narrow: false,
                        ..facts
                    },
                ));
            }
        }
        Ok(())
    }

    /// The `earliest` or `latest` that this aggregate is, or whose time it is.
    fn asks_for<'g>(
        &self,
        aggregate: &'g Aggregate,
        all: &'g [Aggregate],
    ) -> Option<&'g Aggregate> {
        if is_extreme(aggregate.function) {
            return Some(aggregate);
        }
        all.iter().find(|other| {
            is_extreme(other.function)
                && self
                    .time_aggregate(other, all)
                    .is_some_and(|time| time.name == aggregate.name)
        })
    }

    /// A plain `min(time)` or `max(time)` beside `earliest` or `latest`.
    fn time_aggregate<'g>(&self, first: &Aggregate, all: &'g [Aggregate]) -> Option<&'g Aggregate> {
        let wanted = match first.function {
            AggregateFunction::Earliest => AggregateFunction::Min,
            _ => AggregateFunction::Max,
        };
        let time = self.time.as_str();
        all.iter().find(|other| {
            other.function == wanted
                && other.filter.is_none()
                && first.filter.is_none()
                && other.argument.as_ref().is_some_and(|a| {
                    matches!(&a.kind, ExprKind::Column(c) if self.printer.name(c.name()).as_str() == time && reads(a, c.name()))
                })
        })
    }
}
