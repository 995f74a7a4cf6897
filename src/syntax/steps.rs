//! Steps: pest pairs to tree.
//!
//! In: the pair of one step. Out: [`Step`]. Guarantee: parts are in the order of the text; nothing is checked that needs names or types.

use super::ast::{AggregateItem, Assignment, Expr, Name, OutputItem, SortItem, Step, StepKind};
use super::builder::{Builder, Built, Stop, child, first_of, written};
use super::foreign::Position;
use super::grammar::Rule;
use crate::source::Span;
use pest::iterators::Pair;

impl Builder {
    /// One step.
    pub(super) fn step(&mut self, pair: Pair<'_, Rule>) -> Built<Step> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::from_step => StepKind::From {
                class: self.name(&child(&pair, Rule::name, span)?),
                within: self.expressions(&pair, 0)?.into_iter().next(),
            },
            Rule::where_step => StepKind::Where {
                optional: self.optional(&pair),
                predicate: self.one(&pair, span)?,
            },
            Rule::derive_step => {
                let each = pair
                    .into_inner()
                    .filter(|inner| inner.as_rule() == Rule::assignment);
                StepKind::Derive {
                    columns: each
                        .map(|inner| self.assignment(inner))
                        .collect::<Built<_>>()?,
                }
            }
            Rule::select_step => StepKind::Select {
                columns: self.output_items(&pair)?,
            },
            Rule::group_step => self.group(&pair)?,
            Rule::sort_step => {
                let each = pair
                    .into_inner()
                    .filter(|inner| inner.as_rule() == Rule::sort_item);
                StepKind::Sort {
                    keys: each
                        .map(|inner| self.sort_item(inner))
                        .collect::<Built<_>>()?,
                }
            }
            Rule::top_step => {
                let mut parts = self.expressions(&pair, 0)?.into_iter();
                StepKind::Top {
                    rare: first_of(&pair, Rule::kw_rare).is_some(),
                    count: parts.next().ok_or(Stop::Defect(span))?,
                    by: parts.next().ok_or(Stop::Defect(span))?,
                }
            }
            Rule::series_step => {
                let mut lengths = self.expressions(&pair, 0)?.into_iter();
                StepKind::Series {
                    measure: self.aggregate(child(&pair, Rule::aggregate_item, span)?)?,
                    every: lengths.next().ok_or(Stop::Defect(span))?,
                    over: lengths.next().ok_or(Stop::Defect(span))?,
                    keys: match first_of(&pair, Rule::group_keys) {
                        Some(keys) => self.output_items(&keys)?,
                        None => Vec::new(),
                    },
                }
            }
            Rule::anomaly_step => {
                let names = pair
                    .clone()
                    .into_inner()
                    .filter(|inner| inner.as_rule() == Rule::name);
                let mut names = names
                    .map(|name| self.name(&name))
                    .collect::<Vec<_>>()
                    .into_iter();
                let trend = first_of(&pair, Rule::trend)
                    .map(|trend| Ok(self.name(&child(&trend, Rule::name, span)?)))
                    .transpose()?;
                let season = first_of(&pair, Rule::season)
                    .map(|season| self.one(&season, span))
                    .transpose()?;
                StepKind::Anomaly {
                    series: names.next().ok_or(Stop::Defect(span))?,
                    trend,
                    season,
                    score: names.next().ok_or(Stop::Defect(span))?,
                    baseline: names.next().ok_or(Stop::Defect(span))?,
                }
            }
            Rule::join_step => StepKind::Join {
                table: self.referred(&child(&pair, Rule::reference, span)?),
                alias: self.name(&child(&pair, Rule::name, span)?),
                on: self.one(&pair, span)?,
            },
            Rule::enrich_step => {
                let mut names = pair
                    .clone()
                    .into_inner()
                    .filter(|inner| inner.as_rule() == Rule::name);
                StepKind::Enrich {
                    name: self.name(&names.next().ok_or(Stop::Defect(span))?),
                    function: self.name(&names.next().ok_or(Stop::Defect(span))?),
                    argument: self.one(&pair, span)?,
                    optional: self.optional(&pair),
                }
            }
            _ => return Err(Stop::Defect(span)),
        };
        Ok(Step { kind, span })
    }

    /// The name after a `$`; its place is with the `$`.
    fn referred(&self, pair: &Pair<'_, Rule>) -> Name {
        let Name { text, span } = self.name(pair);
        Name {
            text: text.trim_start_matches('$').to_owned(),
            span,
        }
    }

    fn optional(&self, pair: &Pair<'_, Rule>) -> Option<Span> {
        first_of(pair, Rule::kw_optional).map(|word| self.span(&word))
    }

    fn one(&mut self, pair: &Pair<'_, Rule>, span: Span) -> Built<Expr> {
        self.expression(child(pair, Rule::expression, span)?, 0)
    }

    fn assignment(&mut self, pair: Pair<'_, Rule>) -> Built<Assignment> {
        let span = self.span(&pair);
        Ok(Assignment {
            name: self.name(&child(&pair, Rule::name, span)?),
            value: self.one(&pair, span)?,
        })
    }

    fn output_items(&mut self, pair: &Pair<'_, Rule>) -> Built<Vec<OutputItem>> {
        let each = pair
            .clone()
            .into_inner()
            .filter(|inner| inner.as_rule() == Rule::output_item);
        each.map(|item| {
            let span = self.span(&item);
            Ok(OutputItem {
                name: first_of(&item, Rule::name).map(|name| self.name(&name)),
                value: self.one(&item, span)?,
                optional: self.optional(&item),
            })
        })
        .collect()
    }

    fn sort_item(&mut self, pair: Pair<'_, Rule>) -> Built<SortItem> {
        let span = self.span(&pair);
        Ok(SortItem {
            value: self.one(&pair, span)?,
            descending: first_of(&pair, Rule::kw_desc).is_some(),
        })
    }

    fn group(&mut self, pair: &Pair<'_, Rule>) -> Built<StepKind> {
        let keys = match first_of(pair, Rule::group_keys) {
            Some(keys) => self.output_items(&keys)?,
            None => Vec::new(),
        };
        let mut aggregates = Vec::new();
        if let Some(block) = first_of(pair, Rule::group_block) {
            for item in block
                .into_inner()
                .filter(|inner| inner.as_rule() == Rule::aggregate_item)
            {
                aggregates.push(self.aggregate(item)?);
            }
        }
        Ok(StepKind::Group { keys, aggregates })
    }

    fn aggregate(&mut self, pair: Pair<'_, Rule>) -> Built<AggregateItem> {
        let span = self.span(&pair);
        let mut names = Vec::new();
        let mut arguments = Vec::new();
        let mut texts = Vec::new();
        let mut filter = None;
        let mut call = span;
        let mut closed = false;
        for inner in pair.clone().into_inner() {
            match inner.as_rule() {
                Rule::name => names.push(self.name(&inner)),
                Rule::close_paren => {
                    closed = true;
                    call = call.to(self.span(&inner));
                    call.end = self.span(&inner).end;
                }
                Rule::expression if closed => filter = Some(self.expression(inner, 0)?),
                Rule::expression => {
                    texts.push(written(&inner));
                    arguments.push(self.expression(inner, 0)?);
                }
                _ => {}
            }
        }
        let mut names = names.into_iter();
        let name = names.next().ok_or(Stop::Defect(span))?;
        let function = names.next().ok_or(Stop::Defect(span))?;
        call.start = function.span.start;
        if let Some(fault) = super::foreign::function(
            &function,
            call,
            &texts,
            Position::Aggregate {
                filtered: filter.is_some(),
            },
        ) {
            self.foreign.insert(function.span, fault);
        }
        Ok(AggregateItem {
            name,
            function,
            arguments,
            filter,
            optional: self.optional(&pair),
            span,
        })
    }
}
