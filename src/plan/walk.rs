//! What each step reads, makes, keeps and drops.
//!
//! In: a step. Out: its expressions, its parts, the columns that it makes and what becomes of those before it. Guarantee: this is the only file that lists
//! this for every kind of step, and every match here is exhaustive. A pass that treats most steps alike asks here, so a new step is described once; a match on
//! [`StepKind`] elsewhere belongs to code for which each step has its own meaning (lower, bind, check, show, the evaluator, the writers of texts).
//!
//! A step has one input: the rows of the step before it. The other side of a `join` is a table of constants, given by [`StepKind::table`]; no step holds a
//! plan of its own.

use super::{
    Aggregate, Expr, JoinTest, Output, Plan, Step, StepKind, TIME, Type, Watchlist, present,
};
use crate::source::Span;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A column that a step makes.
#[derive(Clone, Debug)]
pub(crate) struct Made<'a> {
    /// Its name.
    pub(crate) name: Cow<'a, str>,
    /// Where its value comes from.
    pub(crate) from: MadeFrom<'a>,
}

/// Where the value of a column comes from.
#[derive(Clone, Debug)]
pub(crate) enum MadeFrom<'a> {
    /// An expression over the row at hand.
    Row(&'a Expr),
    /// An expression that has one value in all rows of a group.
    Key(&'a Expr),
    /// An aggregate over the rows of a group.
    Aggregate(&'a Aggregate),
    /// Something else that the step measures over several rows and that is never missing: the start of a window, a score.
    Measured(Type),
    /// Something that the step adds to each row: a column of a table, a number, the result of a look-up.
    Added {
        /// Its type.
        ty: Type,
        /// Whether it may be missing.
        nullable: bool,
        /// Whether every platform gives the same value.
        determined: bool,
    },
}

impl<'a> Made<'a> {
    fn new(name: &'a str, from: MadeFrom<'a>) -> Self {
        Made {
            name: Cow::Borrowed(name),
            from,
        }
    }

    fn keys(keys: &'a [Output]) -> impl Iterator<Item = Self> {
        keys.iter()
            .map(|key| Made::new(&key.name, MadeFrom::Key(&key.value)))
    }

    fn aggregate(aggregate: &'a Aggregate) -> Self {
        Made::new(&aggregate.name, MadeFrom::Aggregate(aggregate))
    }

    /// Type, whether it may be missing, whether it is determined.
    pub(crate) fn facts(&self) -> (Type, bool, bool) {
        match &self.from {
            MadeFrom::Row(value) | MadeFrom::Key(value) => {
                (value.ty.clone(), value.nullable, value.determined)
            }
            MadeFrom::Aggregate(aggregate) => (
                aggregate.ty.clone(),
                aggregate.nullable,
                aggregate.function.is_determined(),
            ),
            MadeFrom::Measured(ty) => (ty.clone(), false, true),
            MadeFrom::Added {
                ty,
                nullable,
                determined,
            } => (ty.clone(), *nullable, *determined),
        }
    }

    /// Whether every platform gives the same value.
    pub(crate) fn is_determined(&self) -> bool {
        self.facts().2
    }

    /// The expression whose value the column holds in some row, where it is one: an aggregate such as `max` gives its argument as it was.
    pub(crate) fn value(&self) -> Option<&'a Expr> {
        match &self.from {
            MadeFrom::Row(value) | MadeFrom::Key(value) => Some(value),
            MadeFrom::Aggregate(aggregate) if aggregate.function.gives_a_value_of_a_row() => {
                aggregate.argument.as_ref()
            }
            MadeFrom::Aggregate(_) | MadeFrom::Measured(_) | MadeFrom::Added { .. } => None,
        }
    }
}

/// What a part of a step is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role<'a> {
    /// The condition of a `where`; without it there is no step.
    Condition,
    /// A column of `derive` or `select`, a key, an aggregate.
    Column,
    /// What a series measures. It cannot be taken out.
    Measure,
    /// A key of a sort.
    SortKey,
    /// What a `top` ranks by. It cannot be taken out.
    Ranking,
    /// What decides between rows of one rank.
    Tie,
    /// What a join compares with a column of its table, or a condition on that table. It cannot be taken out.
    JoinTest,
    /// A look-up on the platform, by its name; without it there is no step.
    LookUp(&'a str),
}

/// A part of a step: what can be lacking by itself.
#[derive(Clone, Debug)]
pub(crate) struct Part<'a> {
    /// What it is for.
    pub(crate) role: Role<'a>,
    /// The column that it makes.
    pub(crate) makes: Option<&'a str>,
    /// Whether the author allows it to be left out.
    pub(crate) optional: bool,
    /// The text that made it.
    pub(crate) span: Span,
    /// What it reads.
    pub(crate) reads: Vec<&'a Expr>,
}

impl<'a> Part<'a> {
    /// A part that is one expression, makes no column and is not optional.
    fn plain(role: Role<'a>, value: &'a Expr) -> Self {
        Part {
            role,
            makes: None,
            optional: false,
            span: value.span,
            reads: vec![value],
        }
    }

    fn column(name: &'a str, optional: bool, value: &'a Expr) -> Self {
        Part {
            makes: Some(name),
            optional,
            ..Part::plain(Role::Column, value)
        }
    }

    fn aggregate(role: Role<'a>, aggregate: &'a Aggregate) -> Self {
        Part {
            role,
            makes: Some(&aggregate.name),
            optional: aggregate.optional,
            span: aggregate.span,
            reads: aggregate.expressions().collect(),
        }
    }
}

impl Step {
    /// Takes out the parts for which `keep` is false; parts that cannot be taken out are asked for and stay. Whether anything is left of the step.
    pub(crate) fn retain(&mut self, keep: &mut dyn FnMut(&Part<'_>) -> bool) -> bool {
        let span = self.span;
        match &mut self.kind {
            StepKind::From { .. } | StepKind::Anomaly { .. } | StepKind::Repeat { .. } => {}
            StepKind::Where {
                predicate,
                optional,
            } => {
                return keep(&Part {
                    optional: *optional,
                    span,
                    ..Part::plain(Role::Condition, predicate)
                });
            }
            StepKind::Derive { columns } => {
                columns.retain(|(name, value)| keep(&Part::column(name, false, value)));
            }
            StepKind::Select { columns } => retain_outputs(columns, keep),
            StepKind::Group { keys, aggregates } => {
                aggregates.retain(|aggregate| keep(&Part::aggregate(Role::Column, aggregate)));
                retain_outputs(keys, keep);
            }
            StepKind::Series { measure, keys, .. } => {
                keep(&Part::aggregate(Role::Measure, measure));
                retain_outputs(keys, keep);
            }
            StepKind::Join { tests, filter, .. } => {
                for value in tests.iter().filter_map(|test| test.value.as_ref()) {
                    keep(&Part::plain(Role::JoinTest, value));
                }
                if let Some(filter) = filter {
                    keep(&Part::plain(Role::JoinTest, filter));
                }
            }
            StepKind::Sort { keys } => {
                keys.retain(|key| keep(&Part::plain(Role::SortKey, &key.value)));
                return !keys.is_empty();
            }
            StepKind::Top { by, ties, .. } => {
                keep(&Part::plain(Role::Ranking, by));
                ties.retain(|tie| keep(&Part::plain(Role::Tie, tie)));
            }
            StepKind::Enrich {
                name,
                function,
                argument,
                optional,
            } => {
                return keep(&Part {
                    makes: Some(name),
                    optional: *optional,
                    span,
                    ..Part::plain(Role::LookUp(function), argument)
                });
            }
        }
        true
    }
}

fn retain_outputs(outputs: &mut Vec<Output>, keep: &mut dyn FnMut(&Part<'_>) -> bool) {
    outputs.retain(|output| keep(&Part::column(&output.name, output.optional, &output.value)));
}

impl Aggregate {
    /// The argument and the filter.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.argument.iter().chain(&self.filter)
    }

    fn expressions_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        self.argument.iter_mut().chain(&mut self.filter)
    }
}

impl StepKind {
    /// Every expression of the step.
    #[must_use]
    pub fn expressions(&self) -> Vec<&Expr> {
        match self {
            StepKind::From { .. } | StepKind::Anomaly { .. } | StepKind::Repeat { .. } => {
                Vec::new()
            }
            StepKind::Where { predicate, .. } => vec![predicate],
            StepKind::Derive { columns } => columns.iter().map(|(_, value)| value).collect(),
            StepKind::Select { columns } => columns.iter().map(|column| &column.value).collect(),
            StepKind::Group { keys, aggregates } => (keys.iter().map(|key| &key.value))
                .chain(aggregates.iter().flat_map(Aggregate::expressions))
                .collect(),
            StepKind::Series { measure, keys, .. } => (keys.iter().map(|key| &key.value))
                .chain(measure.expressions())
                .collect(),
            StepKind::Join { tests, filter, .. } => (tests.iter())
                .filter_map(|test| test.value.as_ref())
                .chain(filter)
                .collect(),
            StepKind::Sort { keys } => keys.iter().map(|key| &key.value).collect(),
            StepKind::Top { by, ties, .. } => std::iter::once(by).chain(ties).collect(),
            StepKind::Enrich { argument, .. } => vec![argument],
        }
    }

    /// Every expression of the step, to be changed.
    pub fn expressions_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            StepKind::From { .. } | StepKind::Anomaly { .. } | StepKind::Repeat { .. } => {
                Vec::new()
            }
            StepKind::Where { predicate, .. } => vec![predicate],
            StepKind::Derive { columns } => columns.iter_mut().map(|(_, value)| value).collect(),
            StepKind::Select { columns } => {
                columns.iter_mut().map(|column| &mut column.value).collect()
            }
            StepKind::Group { keys, aggregates } => (keys.iter_mut().map(|key| &mut key.value))
                .chain(aggregates.iter_mut().flat_map(Aggregate::expressions_mut))
                .collect(),
            StepKind::Series { measure, keys, .. } => (keys.iter_mut().map(|key| &mut key.value))
                .chain(measure.expressions_mut())
                .collect(),
            StepKind::Join { tests, filter, .. } => (tests.iter_mut())
                .filter_map(|test| test.value.as_mut())
                .chain(filter)
                .collect(),
            StepKind::Sort { keys } => keys.iter_mut().map(|key| &mut key.value).collect(),
            StepKind::Top { by, ties, .. } => std::iter::once(by).chain(ties).collect(),
            StepKind::Enrich { argument, .. } => vec![argument],
        }
    }

    /// The columns of `select`, or the keys of a group or a series, to be changed; none for a step that has neither.
    pub(crate) fn outputs_mut(&mut self) -> Option<&mut Vec<Output>> {
        match self {
            StepKind::Select { columns } => Some(columns),
            StepKind::Group { keys, .. } | StepKind::Series { keys, .. } => Some(keys),
            StepKind::From { .. }
            | StepKind::Where { .. }
            | StepKind::Derive { .. }
            | StepKind::Anomaly { .. }
            | StepKind::Join { .. }
            | StepKind::Repeat { .. }
            | StepKind::Sort { .. }
            | StepKind::Top { .. }
            | StepKind::Enrich { .. } => None,
        }
    }

    /// The expressions whose values become columns or keys, to be changed.
    pub(crate) fn values_mut(&mut self) -> Vec<&mut Expr> {
        if let StepKind::Derive { columns } = self {
            return columns.iter_mut().map(|(_, value)| value).collect();
        }
        let outputs = self.outputs_mut().into_iter().flatten();
        outputs.map(|output| &mut output.value).collect()
    }

    /// The conditions on rows, on those that an aggregate takes, and on the rows of a table.
    pub(crate) fn predicates(&self) -> Vec<&Expr> {
        match self {
            StepKind::Where { predicate, .. } => vec![predicate],
            StepKind::Group { aggregates, .. } => (aggregates.iter())
                .filter_map(|aggregate| aggregate.filter.as_ref())
                .collect(),
            StepKind::Series { measure, .. } => measure.filter.iter().collect(),
            StepKind::Join { filter, .. } => filter.iter().collect(),
            StepKind::From { .. }
            | StepKind::Derive { .. }
            | StepKind::Select { .. }
            | StepKind::Anomaly { .. }
            | StepKind::Repeat { .. }
            | StepKind::Sort { .. }
            | StepKind::Top { .. }
            | StepKind::Enrich { .. } => Vec::new(),
        }
    }

    /// The columns that the step makes, in their order; for a step that [chooses](Self::chooses) these are all that there are afterwards.
    pub(crate) fn made(&self) -> Vec<Made<'_>> {
        match self {
            StepKind::From { .. }
            | StepKind::Where { .. }
            | StepKind::Sort { .. }
            | StepKind::Top { .. } => Vec::new(),
            StepKind::Derive { columns } => (columns.iter())
                .map(|(name, value)| Made::new(name, MadeFrom::Row(value)))
                .collect(),
            StepKind::Select { columns } => (columns.iter())
                .map(|column| Made::new(&column.name, MadeFrom::Row(&column.value)))
                .collect(),
            StepKind::Group { keys, aggregates } => Made::keys(keys)
                .chain(aggregates.iter().map(Made::aggregate))
                .collect(),
            StepKind::Series { measure, keys, .. } => Made::keys(keys)
                .chain([Made::new(TIME, MadeFrom::Measured(Type::Time))])
                .chain([Made::aggregate(measure)])
                .collect(),
            StepKind::Anomaly {
                score, baseline, ..
            } => [score, baseline]
                .map(|name| Made::new(name, MadeFrom::Measured(Type::Float)))
                .to_vec(),
            StepKind::Join { table, alias, .. } => (table.joined(alias))
                .map(|(name, column)| Made {
                    name: Cow::Owned(name),
                    from: MadeFrom::Added {
                        ty: column.ty.clone(),
                        nullable: table.may_lack(column),
                        determined: true,
                    },
                })
                .collect(),
            StepKind::Repeat { name, .. } => vec![Made::new(
                name,
                MadeFrom::Added {
                    ty: Type::Int,
                    nullable: false,
                    determined: true,
                },
            )],
            StepKind::Enrich { name, .. } => vec![Made::new(
                name,
                MadeFrom::Added {
                    ty: Type::Text,
                    nullable: true,
                    determined: false,
                },
            )],
        }
    }

    /// Whether after the step there are only the columns that it makes. Every other step keeps the columns before it.
    #[must_use]
    pub(crate) fn chooses(&self) -> bool {
        match self {
            StepKind::Select { .. } | StepKind::Group { .. } | StepKind::Series { .. } => true,
            StepKind::From { .. }
            | StepKind::Where { .. }
            | StepKind::Derive { .. }
            | StepKind::Anomaly { .. }
            | StepKind::Join { .. }
            | StepKind::Repeat { .. }
            | StepKind::Sort { .. }
            | StepKind::Top { .. }
            | StepKind::Enrich { .. } => false,
        }
    }

    /// Whether after the step a row is an event still, with all of its columns, and depends on no other event.
    pub(crate) fn keeps_events(&self) -> bool {
        match self {
            StepKind::From { .. }
            | StepKind::Where { .. }
            | StepKind::Derive { .. }
            | StepKind::Join { .. }
            | StepKind::Repeat { .. }
            | StepKind::Enrich { .. } => true,
            StepKind::Select { .. }
            | StepKind::Group { .. }
            | StepKind::Series { .. }
            | StepKind::Anomaly { .. }
            | StepKind::Sort { .. }
            | StepKind::Top { .. } => false,
        }
    }

    /// Whether a row after the step stands for several rows before it.
    pub(crate) fn measures(&self) -> bool {
        self.made()
            .iter()
            .any(|made| matches!(made.from, MadeFrom::Key(_) | MadeFrom::Aggregate(_)))
    }

    /// Columns that are present in every row after the step, because it drops the other rows on every schema.
    pub(crate) fn present(&self) -> BTreeSet<String> {
        match self {
            StepKind::Where {
                predicate,
                optional: false,
            } => present::present_after(predicate),
            StepKind::Top { by, .. } => present::needed(by),
            StepKind::From { .. }
            | StepKind::Where { optional: true, .. }
            | StepKind::Derive { .. }
            | StepKind::Select { .. }
            | StepKind::Group { .. }
            | StepKind::Series { .. }
            | StepKind::Anomaly { .. }
            | StepKind::Join { .. }
            | StepKind::Repeat { .. }
            | StepKind::Sort { .. }
            | StepKind::Enrich { .. } => BTreeSet::new(),
        }
    }

    /// Columns from before the step that are undetermined after it.
    pub(crate) fn loose(&self) -> &[String] {
        match self {
            StepKind::Top { loose, .. } => loose,
            StepKind::From { .. }
            | StepKind::Where { .. }
            | StepKind::Derive { .. }
            | StepKind::Select { .. }
            | StepKind::Group { .. }
            | StepKind::Series { .. }
            | StepKind::Anomaly { .. }
            | StepKind::Join { .. }
            | StepKind::Repeat { .. }
            | StepKind::Sort { .. }
            | StepKind::Enrich { .. } => &[],
        }
    }

    /// The table whose rows the step joins, and the tests on its columns.
    pub(crate) fn table(&self) -> Option<(&Arc<Watchlist>, &[JoinTest])> {
        match self {
            StepKind::Join { table, tests, .. } => Some((table, tests)),
            StepKind::From { .. }
            | StepKind::Where { .. }
            | StepKind::Derive { .. }
            | StepKind::Select { .. }
            | StepKind::Group { .. }
            | StepKind::Series { .. }
            | StepKind::Anomaly { .. }
            | StepKind::Repeat { .. }
            | StepKind::Sort { .. }
            | StepKind::Top { .. }
            | StepKind::Enrich { .. } => None,
        }
    }
}

impl Plan {
    /// Whether the rows of the result come from scored points: a series that is made after the last score starts anew.
    pub(crate) fn is_scored(&self) -> bool {
        let last = self.steps.iter().rev().find_map(|step| match step.kind {
            StepKind::Anomaly { .. } => Some(true),
            StepKind::Series { .. } => Some(false),
            _ => None,
        });
        last == Some(true)
    }
}
