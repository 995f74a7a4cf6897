//! The path of a hunt: source, syntax, plan, bind, emit.
//!
//! In: the path of a hunt file, what is known ([`World`]), a target. Out: the text, or findings. Promise: every caller takes the same path, so what the
//! evaluator runs and what an emitter writes come from one plan.

use crate::backend::{Origin, Query, Target, emit};
use crate::diag::{Code, Diagnostic};
use crate::hunt::{self, Hunt, MapOrigin};
use crate::plan::bind::{Abilities, Bound, asks, bind, inline, specialize};
use crate::plan::{self, Known, Plan, StepKind};
use crate::schema::{Library, Schema};
use crate::source::{Files, Span, Spanned};
use crate::syntax::{self, ast};
use crate::value::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

/// Values for a hunt's parameters, by name.
pub type Params = BTreeMap<String, Spanned<Value>>;

/// A hunt with its meaning.
#[derive(Clone, Debug)]
pub struct Understood {
    /// The envelope.
    pub hunt: Hunt,
    /// The query as written.
    pub query: ast::Query,
    /// What it means.
    pub plan: Plan,
}

/// A plan as a schema can hold it.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The neutral plan without the optional parts that the schema lacks: what the evaluator runs.
    pub plan: Plan,
    /// The same over native columns: what is emitted.
    pub bound: Bound,
    /// What was left out, and what the schema cannot say exactly.
    pub notes: Vec<Diagnostic>,
}

/// Compiles a hunt file for one target over one schema.
///
/// # Errors
/// Everything that is wrong with the hunt, or that the schema or the target lacks.
pub fn compile(
    files: &mut Files,
    path: &Path,
    library: &Library,
    schema: &Schema,
    target: &Target,
) -> Result<Query, Vec<Diagnostic>> {
    let hunt = hunt::read(files, path)?;
    let known = Known::library(library);
    let query = parse(files, &hunt, &known)?;
    let plan = plan::lower(&query, &hunt, &known, &Params::new())?;
    let fitted = fit(&plan, library, schema, &target.product, &target.abilities())?;
    let mut text = emit(&fitted.bound, target, &origin(&hunt, schema, path))?;
    text.notes.splice(0..0, fitted.notes);
    Ok(text)
}

/// Reads a hunt file up to its plan. `params` gives the environment's values for the parameters that the hunt declares.
///
/// # Errors
/// Everything that is wrong with the hunt.
pub fn understand(
    files: &mut Files,
    path: &Path,
    library: &Library,
    params: impl FnOnce(&Hunt) -> Result<Params, Vec<Diagnostic>>,
) -> Result<Understood, Vec<Diagnostic>> {
    let hunt::Examined { hunt, faults } = hunt::examine(files, path);
    let Some(hunt) = hunt else {
        return Err(faults);
    };
    let known = Known::library(library);
    let examined = syntax::examine(files, hunt.query);
    let faults_of_query = plan::name_platform_columns(examined.faults, files, &known);
    let Some(query) = examined.query else {
        return Err(together(faults, faults_of_query));
    };
    let hunt = with_present_names(hunt, library);
    if !faults.is_empty() || !faults_of_query.is_empty() {
        // The names and types of the query are judged all the same. A declaration with a fault is not there to be referred to.
        let declared = faults.is_empty();
        let certain =
            |fault: &Diagnostic| declared || !matches!(fault.code, Code::E0306 | Code::E0307);
        let found = plan::lower(&query, &hunt, &known, &Params::new())
            .err()
            .unwrap_or_default();
        let found = found.into_iter().filter(certain).collect();
        return Err(together(faults, syntax::beside(faults_of_query, found)));
    }
    let params = params(&hunt)?;
    let plan = plan::lower(&query, &hunt, &known, &params)?;
    Ok(Understood { hunt, query, plan })
}

/// The hunt with the present names of platforms that it calls by a name of before.
fn with_present_names(mut hunt: Hunt, library: &Library) -> Hunt {
    let origins = hunt
        .maps
        .values_mut()
        .filter_map(|map| match &mut map.origin {
            MapOrigin::Schema { schema, .. } => Some(schema),
            MapOrigin::Rows { .. } => None,
        });
    for name in hunt.portable_to.iter_mut().chain(origins) {
        if let Some(platform) = library.platform(&name.value) {
            name.value.clone_from(&platform.name);
        }
    }
    hunt
}

/// Faults of the envelope and of the query, in the order of the file.
fn together(mut faults: Vec<Diagnostic>, more: Vec<Diagnostic>) -> Vec<Diagnostic> {
    faults.extend(more);
    faults.sort_by_key(|fault| fault.primary.as_ref().map(|label| label.span));
    faults
}

/// Parses the query of a hunt; what only a platform calls so is told by its neutral name.
///
/// # Errors
/// Everything that is wrong with the syntax.
pub fn parse(files: &Files, hunt: &Hunt, known: &Known<'_>) -> Result<ast::Query, Vec<Diagnostic>> {
    syntax::parse(files, hunt.query)
        .map_err(|found| plan::name_platform_columns(found, files, known))
}

/// Fits a plan to a schema, then binds it to the columns of a product form. `abilities` says what the target can do at run time.
///
/// # Errors
/// What the schema lacks, and conditions that none of its rows can meet.
pub fn fit(
    plan: &Plan,
    library: &Library,
    schema: &Schema,
    product: &str,
    abilities: &Abilities<'_>,
) -> Result<Fitted, Vec<Diagnostic>> {
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
    Ok(Fitted {
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
    plan.steps.iter().filter_map(move |step| match &step.kind {
        StepKind::Join { table, .. } if !reads => {
            let object = table.platform.get(platform)?;
            Some((step.span, table.name.as_str(), object.to_string()))
        }
        _ => None,
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

/// What the header of a text says of the hunt; `path` is its file relative to the rule repository.
#[must_use]
pub fn origin(hunt: &Hunt, schema: &Schema, path: &Path) -> Origin {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    Origin {
        name: hunt.name.value.clone(),
        version: hunt.version.value.clone(),
        severity: hunt.severity.as_str().to_owned(),
        attack: hunt.attack.iter().map(|id| id.value.clone()).collect(),
        id: hunt.id.value.clone(),
        schema: format!("{} {}", schema.name, schema.version),
        path: parts.join("/"),
        generator: format!("huntc {}", env!("CARGO_PKG_VERSION")),
    }
}
