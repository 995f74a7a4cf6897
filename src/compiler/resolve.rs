//! A plan over the native columns of a schema.
//!
//! In: a plan, a schema, what a target can do. Out: [`Binding`], or with a target [`Resolved`], which emits. Guarantee: the neutral plan of a binding is
//! what the evaluator runs, and the bound one the same over native columns.

use super::Diagnostics;
use super::query::{self, Query};
use crate::backend::{Origin, Target};
use crate::diag::{Code, Diagnostic};
use crate::hunt::Hunt;
use crate::plan::Plan;
use crate::plan::passes::{Abilities, Bound, asks, bind, inline, specialize};
use crate::schema::{Library, Schema};
use crate::source::Span;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A plan as a schema can hold it.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The neutral plan without the optional parts that the schema lacks: what the evaluator runs.
    pub plan: Plan,
    /// The same over native columns: what is emitted.
    pub bound: Bound,
    /// What was left out, and what the schema cannot say exactly.
    pub notes: Vec<Diagnostic>,
}

/// A hunt over the native columns of a target's schema.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The plans.
    #[doc(hidden)]
    pub binding: Binding,
    target: Target,
    origin: Origin,
    /// The entities that the hunt names: kind to column.
    entities: BTreeMap<String, String>,
}

impl Resolved {
    pub(super) fn new(binding: Binding, target: Target, origin: Origin, hunt: &Hunt) -> Resolved {
        let entity = |(kind, column): (&String, &crate::source::Spanned<String>)| {
            (kind.clone(), column.value.clone())
        };
        Resolved {
            binding,
            target,
            origin,
            entities: hunt.entities.iter().map(entity).collect(),
        }
    }

    /// What was left out, and what the schema cannot say exactly.
    #[must_use]
    pub fn notes(&self) -> &[Diagnostic] {
        &self.binding.notes
    }

    /// The text for the target. Its notes begin with those of [`Resolved::notes`].
    ///
    /// # Errors
    /// What the target cannot say.
    pub fn emit(&self) -> Result<Query, Diagnostics> {
        let of_target = |note: Diagnostic| note.target(&self.target.name);
        let named = |found: Vec<Diagnostic>| found.into_iter().map(of_target).collect::<Vec<_>>();
        let bound = &self.binding.bound;
        let mut query =
            query::emit(bound, &self.target, &self.origin, &self.entities).map_err(named)?;
        let own = named(std::mem::take(&mut query.notes));
        query.notes = self.binding.notes.iter().cloned().chain(own).collect();
        Ok(query)
    }
}

impl Binding {
    /// The text for a target, without a header that names a hunt: for `verify`, which changes names and instants of a target.
    ///
    /// # Errors
    /// What the target cannot say.
    pub fn emit(&self, target: &Target) -> Result<Query, Vec<Diagnostic>> {
        query::emit(&self.bound, target, &Origin::default(), &BTreeMap::new())
    }
}

/// The plan as it is evaluated over rows of a schema: without the optional parts that the schema lacks, on which there are notes.
///
/// # Errors
/// What the schema lacks and the hunt needs.
pub(crate) fn for_rows(
    plan: &Plan,
    schema: &Schema,
) -> Result<(Plan, Vec<Diagnostic>), Vec<Diagnostic>> {
    let fitted = specialize(plan, schema, &[])?;
    Ok((fitted.plan, fitted.notes))
}

/// Fits a plan to a schema, then binds it to the columns of a product form. `abilities` says what the target can do at run time.
///
/// # Errors
/// What the schema lacks, and conditions that none of its rows can meet.
pub fn bind_plan(
    plan: &Plan,
    library: &Library,
    schema: &Schema,
    product: &str,
    abilities: &Abilities<'_>,
) -> Result<Binding, Vec<Diagnostic>> {
    let lacking = || {
        let span = plan.steps.first().map(|step| step.span).unwrap_or_default();
        let title = format!("there is no event class `{}`", plan.class);
        vec![Diagnostic::at(Code::E0502, span, title)]
    };
    let class = library.classes.get(&plan.class).ok_or_else(lacking)?;
    let schema = &*match abilities.unmapped {
        Some(unmapped) => schema.without(unmapped),
        None => Cow::Borrowed(schema),
    };
    let fitted = specialize(plan, schema, &abilities.lookups)?;
    let written = inline(&fitted.plan, abilities.watchlists)?;
    let mut bound = bind(&written, class, schema, product)?;
    bound.remarks.left_out = fitted.remarks.left_out;
    bound.remarks.narrowed = fitted.remarks.narrowed;
    bound.remarks.narrowed.retain(|narrowed| {
        let reads = abilities.watchlists;
        asks(&fitted.plan, reads, &narrowed.table, &narrowed.column)
    });
    bound
        .remarks
        .others
        .extend(written_tables(&fitted.plan, abilities));
    let notes = fitted
        .notes
        .into_iter()
        .chain(written_out(&fitted.plan, abilities))
        .chain(bound.notes.clone())
        .collect();
    Ok(Binding {
        plan: fitted.plan,
        bound,
        notes,
    })
}

/// Tables whose rows are written into the text although the hunt names an object of the platform for them: place, table and object.
fn not_read<'a>(
    plan: &'a Plan,
    abilities: &Abilities<'_>,
) -> impl Iterator<Item = (Span, &'a str, String)> {
    let platform = abilities.platform;
    let reads = abilities.watchlists == platform;
    let joins = plan.steps.iter().filter(move |_| !reads);
    joins.filter_map(move |step| {
        let (table, _) = step.kind.table()?;
        let object = table.platform.get(platform)?;
        Some((step.span, table.name.as_str(), object.to_string()))
    })
}

/// Notes on them.
fn written_out(plan: &Plan, abilities: &Abilities<'_>) -> Vec<Diagnostic> {
    let note = |(span, table, object)| {
        let title =
            format!("the rows of `${table}` are written into the text; `{object}` is not read");
        Diagnostic::at(Code::N0516, span, title)
    };
    not_read(plan, abilities).map(note).collect()
}

/// Lines of the header on them.
fn written_tables(plan: &Plan, abilities: &Abilities<'_>) -> Vec<String> {
    let line = |(_, table, object)| {
        format!("rows of ${table} are written out below; {object} is not read")
    };
    not_read(plan, abilities).map(line).collect()
}
