//! The columns of a plan at each step, with their types; and the fields it uses.
//!
//! In: a plan and its event class. Out: the typed columns after a step. Promise: they are what the evaluator's rows have there, in that order (the
//! fields of events in the order of their names).

use super::{AggregateFunction, Expr, ExprKind, Output, Plan, StepKind, TIME, Type, present};
use crate::schema::Class;
use std::collections::BTreeSet;

/// A column at some step.
#[derive(Clone, Debug, PartialEq)]
pub struct TypedColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Whether it may be missing.
    pub nullable: bool,
    /// Whether its value is determined.
    pub determined: bool,
    /// Whether it may hold several values.
    pub multi: bool,
}

impl TypedColumn {
    fn of(name: &str, value: &Expr) -> TypedColumn {
        TypedColumn {
            name: name.to_owned(),
            ty: value.ty.clone(),
            nullable: value.nullable,
            determined: value.determined,
            multi: false,
        }
    }
}

/// The columns after the first `upto` steps; all of them when `upto` is the number of steps.
#[must_use]
pub(crate) fn columns_after(plan: &Plan, class: &Class, upto: usize) -> Vec<TypedColumn> {
    let mut columns: Vec<TypedColumn> = Vec::new();
    for step in plan.steps.iter().take(upto) {
        advance(&mut columns, Some(class), &step.kind);
    }
    columns
}

/// The columns of the result of a plan of which some step chooses the columns.
#[must_use]
pub(crate) fn chosen_columns(plan: &Plan) -> Option<Vec<TypedColumn>> {
    plan.steps.iter().rposition(|step| chooses(&step.kind))?;
    let mut columns: Vec<TypedColumn> = Vec::new();
    for step in &plan.steps {
        advance(&mut columns, None, &step.kind);
    }
    Some(columns)
}

/// Whether after the step there are only the columns that it names.
#[must_use]
pub(crate) fn chooses(step: &StepKind) -> bool {
    matches!(
        step,
        StepKind::Select { .. } | StepKind::Group { .. } | StepKind::Series { .. }
    )
}

/// The columns of the result.
#[must_use]
pub fn columns(plan: &Plan, class: &Class) -> Vec<TypedColumn> {
    columns_after(plan, class, plan.steps.len())
}

fn advance(columns: &mut Vec<TypedColumn>, class: Option<&Class>, step: &StepKind) {
    match step {
        StepKind::From { .. } => {
            *columns = class
                .into_iter()
                .flat_map(|class| class.fields.values())
                .map(|field| TypedColumn {
                    name: field.name.clone(),
                    ty: field.ty.clone(),
                    nullable: field.nullable,
                    determined: true,
                    multi: field.multi,
                })
                .collect();
        }
        StepKind::Where {
            predicate,
            optional,
        } => {
            if !optional {
                mark(columns, &present::present_after(predicate));
            }
        }
        StepKind::Derive { columns: made } => {
            columns.extend(
                made.iter()
                    .map(|(name, value)| TypedColumn::of(name, value)),
            );
        }
        StepKind::Select { columns: kept } => {
            *columns = outputs(columns, kept);
        }
        StepKind::Group { keys, aggregates } => {
            let mut made = outputs(columns, keys);
            made.extend(aggregates.iter().map(|aggregate| TypedColumn {
                name: aggregate.name.clone(),
                ty: aggregate.ty.clone(),
                nullable: aggregate.nullable,
                determined: is_determined(aggregate.function),
                multi: false,
            }));
            *columns = made;
        }
        StepKind::Series { measure, keys, .. } => {
            let mut made = outputs(columns, keys);
            made.push(certain(TIME, Type::Time));
            made.push(certain(&measure.name, measure.ty.clone()));
            *columns = made;
        }
        StepKind::Anomaly {
            score, baseline, ..
        } => columns.extend([score, baseline].map(|name| certain(name, Type::Float))),
        StepKind::Join { table, alias, .. } => {
            columns.extend(table.joined(alias).map(|(name, column)| TypedColumn {
                nullable: table.may_lack(column),
                ..certain(&name, column.ty.clone())
            }));
        }
        StepKind::Repeat { name, .. } => columns.push(certain(name, Type::Int)),
        StepKind::Sort { .. } => {}
        StepKind::Top { by, loose, .. } => {
            mark(columns, &present::needed(by));
            for column in columns.iter_mut() {
                column.determined &= !loose.contains(&column.name);
            }
        }
        StepKind::Enrich { name, .. } => columns.push(TypedColumn {
            name: name.clone(),
            ty: Type::Text,
            nullable: true,
            determined: false,
            multi: false,
        }),
    }
}

/// A column that is never missing.
fn certain(name: &str, ty: Type) -> TypedColumn {
    TypedColumn {
        name: name.to_owned(),
        ty,
        nullable: false,
        determined: true,
        multi: false,
    }
}

fn mark(columns: &mut [TypedColumn], present: &BTreeSet<String>) {
    for column in columns
        .iter_mut()
        .filter(|column| present.contains(&column.name))
    {
        column.nullable = false;
    }
}

fn outputs(before: &[TypedColumn], kept: &[Output]) -> Vec<TypedColumn> {
    kept.iter()
        .map(|output| {
            let multi = match &output.value.kind {
                ExprKind::Column(column) => {
                    before.iter().any(|c| c.name == column.name() && c.multi)
                }
                _ => false,
            };
            TypedColumn {
                multi,
                ..TypedColumn::of(&output.name, &output.value)
            }
        })
        .collect()
}

/// Whether an aggregate gives one value only, whatever the platform.
#[must_use]
pub(crate) fn is_determined(function: AggregateFunction) -> bool {
    match function {
        AggregateFunction::Any
        | AggregateFunction::Earliest
        | AggregateFunction::Latest
        | AggregateFunction::Set(Some(_)) => false,
        AggregateFunction::Count
        | AggregateFunction::CountDistinct
        | AggregateFunction::Sum
        | AggregateFunction::Min
        | AggregateFunction::Max
        | AggregateFunction::Avg
        | AggregateFunction::Set(None) => true,
    }
}

/// Every expression of a step.
#[must_use]
pub fn expressions(step: &StepKind) -> Vec<&Expr> {
    match step {
        StepKind::From { .. } => Vec::new(),
        StepKind::Where { predicate, .. } => vec![predicate],
        StepKind::Derive { columns } => columns.iter().map(|(_, value)| value).collect(),
        StepKind::Select { columns } => columns.iter().map(|column| &column.value).collect(),
        StepKind::Group { keys, aggregates } => keys
            .iter()
            .map(|key| &key.value)
            .chain(
                aggregates
                    .iter()
                    .flat_map(|aggregate| aggregate.argument.iter().chain(&aggregate.filter)),
            )
            .collect(),
        StepKind::Series { measure, keys, .. } => keys
            .iter()
            .map(|key| &key.value)
            .chain(measure.argument.iter().chain(&measure.filter))
            .collect(),
        StepKind::Join { tests, filter, .. } => tests
            .iter()
            .filter_map(|test| test.value.as_ref())
            .chain(filter)
            .collect(),
        StepKind::Anomaly { .. } | StepKind::Repeat { .. } => Vec::new(),
        StepKind::Sort { keys } => keys.iter().map(|key| &key.value).collect(),
        StepKind::Top { by, ties, .. } => std::iter::once(by).chain(ties).collect(),
        StepKind::Enrich { argument, .. } => vec![argument],
    }
}

impl StepKind {
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
            StepKind::Group { keys, aggregates } => keys
                .iter_mut()
                .map(|key| &mut key.value)
                .chain(aggregates.iter_mut().flat_map(|aggregate| {
                    aggregate.argument.iter_mut().chain(&mut aggregate.filter)
                }))
                .collect(),
            StepKind::Series { measure, keys, .. } => keys
                .iter_mut()
                .map(|key| &mut key.value)
                .chain(measure.argument.iter_mut().chain(&mut measure.filter))
                .collect(),
            StepKind::Join { tests, filter, .. } => tests
                .iter_mut()
                .filter_map(|test| test.value.as_mut())
                .chain(filter)
                .collect(),
            StepKind::Sort { keys } => keys.iter_mut().map(|key| &mut key.value).collect(),
            StepKind::Top { by, ties, .. } => std::iter::once(by).chain(ties).collect(),
            StepKind::Enrich { argument, .. } => vec![argument],
        }
    }
}
