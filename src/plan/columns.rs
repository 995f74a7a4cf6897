//! The columns of a plan at each step, with their types; and the fields it uses.
//!
//! In: a plan and its event class. Out: the typed columns after a step. Guarantee: they are what the evaluator's rows have there, in that order (the
//! fields of events in the order of their names).

use super::walk::{Made, MadeFrom};
use super::{ExprKind, Plan, StepKind, Type};
use crate::model::Class;

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
    plan.steps.iter().rposition(|step| step.kind.chooses())?;
    let mut columns: Vec<TypedColumn> = Vec::new();
    for step in &plan.steps {
        advance(&mut columns, None, &step.kind);
    }
    Some(columns)
}

/// The columns of the result.
#[must_use]
pub fn columns(plan: &Plan, class: &Class) -> Vec<TypedColumn> {
    columns_after(plan, class, plan.steps.len())
}

fn advance(columns: &mut Vec<TypedColumn>, class: Option<&Class>, step: &StepKind) {
    if let StepKind::From { .. } = step {
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
    let chooses = step.chooses();
    let made = step.made().into_iter().map(|made| {
        let (ty, nullable, determined) = made.facts();
        TypedColumn {
            multi: chooses && passes_several(&made, columns),
            name: made.name.into_owned(),
            ty,
            nullable,
            determined,
        }
    });
    let made: Vec<TypedColumn> = made.collect();
    if chooses {
        *columns = made;
    } else {
        columns.extend(made);
    }
    let (present, loose) = (step.present(), step.loose());
    for column in columns {
        column.nullable &= !present.contains(&column.name);
        column.determined &= !loose.contains(&column.name);
    }
}

/// Whether a column that a step makes is one before it that may hold several values.
fn passes_several(made: &Made<'_>, before: &[TypedColumn]) -> bool {
    let (MadeFrom::Row(value) | MadeFrom::Key(value)) = &made.from else {
        return false;
    };
    match &value.kind {
        ExprKind::Column(column) => (before.iter()).any(|c| c.name == column.name() && c.multi),
        _ => false,
    }
}
