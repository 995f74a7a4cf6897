//! Aggregates, by name.
//!
//! In: a call over the rows of a group. Out: an [`Aggregate`], and an expression that reads its result. Guarantee: nulls are skipped as documented;
//! counts of distinct values are exact, which the engine's are only up to some thousand
//! (<https://learn.microsoft.com/en-us/kusto/query/aggregation-functions>).

mod collect;
mod pick;
mod sums;

use super::ast::{Argument, Expr, Kind, Named};
use super::bind::bind;
use super::cell::{Cell, Type};
use super::fault::{self, Fault};
use super::naming::{self, Names};
use super::scope::Scope;
use super::typed::{Eval, Frame, Row, Typed};
use std::cell::RefCell;

/// The rows of a group.
#[derive(Clone, Copy)]
pub(super) struct Group<'a> {
    pub rows: &'a [Row],
    pub places: &'a [usize],
}

impl Group<'_> {
    /// The values of an expression, row by row.
    fn cells<'g>(&'g self, eval: &'g Eval) -> impl Iterator<Item = Cell> + 'g {
        self.frames().map(move |frame| eval(&frame))
    }

    fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        self.places.iter().filter_map(|at| {
            Some(Frame {
                row: self.rows.get(*at)?,
                rows: self.rows,
                at: *at,
            })
        })
    }
}

type Compute = Box<dyn Fn(&Group<'_>) -> Vec<Cell>>;

/// An aggregate: its results, and what computes them.
pub(super) struct Aggregate {
    /// Names for results that got none, and their types.
    pub outputs: Vec<(Option<String>, Type)>,
    pub compute: Compute,
}

/// A call whose arguments are not bound yet.
struct Call<'c, 's, 'a> {
    name: &'c str,
    expr: &'c Expr,
    arguments: &'c [Argument],
    scope: Scope<'s, 'a>,
}

/// Whether a name is that of an aggregate.
pub(super) fn is_aggregate(name: &str) -> bool {
    sums::NAMES.contains(&name) || collect::NAMES.contains(&name) || pick::NAMES.contains(&name)
}

/// Binds a call inside an expression: its first result.
pub(super) fn bind_call(
    expr: &Expr,
    name: &str,
    arguments: &[Argument],
    scope: &Scope<'_, '_>,
) -> Result<Typed, Fault> {
    let Some(aggregates) = scope.aggregates else {
        return Err(fault::invalid(
            expr.span.clone(),
            name,
            format!("the aggregate `{name}` stands in `summarize` or `make-series` only"),
        ));
    };
    let aggregate = make(expr, name, arguments, scope)?;
    let ty = aggregate.outputs.first().map_or(Type::Long, |(_, ty)| *ty);
    Ok(Typed::column(ty, push(aggregates, aggregate)))
}

/// Keeps an aggregate; where its first result will be found.
fn push(aggregates: &RefCell<Vec<Aggregate>>, aggregate: Aggregate) -> usize {
    let mut kept = aggregates.borrow_mut();
    let place = kept.iter().map(|aggregate| aggregate.outputs.len()).sum();
    kept.push(aggregate);
    place
}

fn make(
    expr: &Expr,
    name: &str,
    arguments: &[Argument],
    scope: &Scope<'_, '_>,
) -> Result<Aggregate, Fault> {
    if arguments.iter().any(|argument| argument.name.is_some()) {
        let message = "arguments of aggregates have no names";
        return Err(fault::invalid(expr.span.clone(), name, message));
    }
    let call = Call {
        name,
        expr,
        arguments,
        scope: scope.rows(),
    };
    if sums::NAMES.contains(&name) {
        sums::make(&call)
    } else if collect::NAMES.contains(&name) {
        collect::make(&call)
    } else {
        pick::make(&call)
    }
}

/// Binds a column of `summarize`: the expressions of its results, over the results of all aggregates. Columns that are keys are left out of `*`.
pub(super) fn bind_named(
    named: &Named,
    scope: &Scope<'_, '_>,
    keys: &[String],
    names: &mut Names,
) -> Result<Vec<Typed>, Fault> {
    if let Kind::Call(name, arguments) = &named.value.kind
        && is_aggregate(name)
        && let Some(aggregates) = scope.aggregates
    {
        // `*` stands for columns where rows are picked, nowhere else.
        let arguments = if pick::NAMES.contains(&name.as_str()) {
            without_keys(arguments, scope, keys)
        } else {
            arguments.clone()
        };
        let aggregate = make(&named.value, name, &arguments, scope)?;
        let outputs = aggregate.outputs.clone();
        if named.names.len() > outputs.len() {
            let message = format!("`{name}` has {} results", outputs.len());
            return Err(fault::invalid(named.value.span.clone(), name, message));
        }
        let single = outputs.len() == 1;
        let place = push(aggregates, aggregate);
        let mut found = Vec::new();
        for (at, (own, ty)) in outputs.into_iter().enumerate() {
            match named.names.get(at) {
                Some(name) => names.given(name, ty, named)?,
                None if single && own.is_none() => {
                    names.found(naming::of(&named.value).as_deref(), ty);
                }
                None => names.found(own.as_deref(), ty),
            }
            found.push(Typed::column(ty, place + at));
        }
        return Ok(found);
    }
    let typed = bind(&named.value, scope)?;
    match named.names.as_slice() {
        [] => names.found(naming::of(&named.value).as_deref(), typed.ty),
        [name] => names.given(name, typed.ty, named)?,
        _ => {
            let message = "there is one value for several names";
            return Err(fault::invalid(named.value.span.clone(), "names", message));
        }
    }
    Ok(vec![typed])
}

/// Opens `*` into all columns but the keys, and but what is already named.
fn without_keys(arguments: &[Argument], scope: &Scope<'_, '_>, keys: &[String]) -> Vec<Argument> {
    let mut opened = Vec::new();
    for argument in arguments {
        if !matches!(argument.value.kind, Kind::Star) || scope.columns.is_empty() {
            opened.push(argument.clone());
            continue;
        }
        let named: Vec<String> = opened
            .iter()
            .filter_map(|argument: &Argument| match &argument.value.kind {
                Kind::Name(name) => Some(name.clone()),
                _ => None,
            })
            .collect();
        for column in scope.columns {
            let name = column.name.to_string();
            if keys.contains(&name) || named.contains(&name) {
                continue;
            }
            opened.push(Argument {
                name: None,
                value: Expr {
                    kind: Kind::Name(name),
                    span: argument.value.span.clone(),
                },
            });
        }
    }
    opened
}

impl Call<'_, '_, '_> {
    fn count(&self, least: usize, most: usize) -> Result<(), Fault> {
        let count = self.arguments.len();
        if (least..=most).contains(&count) {
            return Ok(());
        }
        let message = format!("`{}` does not take {count} arguments", self.name);
        Err(fault::invalid(self.expr.span.clone(), self.name, message))
    }

    fn expr(&self, at: usize) -> Result<&Expr, Fault> {
        let argument = self.arguments.get(at).map(|argument| &argument.value);
        argument.ok_or_else(|| {
            let message = format!("`{}` lacks an argument", self.name);
            fault::invalid(self.expr.span.clone(), self.name, message)
        })
    }

    fn arg(&self, at: usize) -> Result<Typed, Fault> {
        bind(self.expr(at)?, &self.scope)
    }

    fn condition(&self, at: usize) -> Result<Typed, Fault> {
        super::bind::truth(self.expr(at)?, &self.scope)
    }

    /// A literal whole number.
    fn limit(&self, at: usize, default: usize) -> Result<usize, Fault> {
        if at >= self.arguments.len() {
            return Ok(default);
        }
        match self.arg(at)?.value {
            Some(Cell::Long(value)) if value > 0 => Ok(usize::try_from(value).unwrap_or(default)),
            _ => Err(self.invalid("the size is a literal number")),
        }
    }

    fn invalid(&self, message: impl Into<String>) -> Fault {
        fault::invalid(self.expr.span.clone(), self.name, message)
    }

    fn refuse(&self, message: impl Into<String>) -> Fault {
        fault::unknown(self.expr.span.clone(), self.name, message)
    }
}

/// An aggregate with one result.
fn single(ty: Type, compute: impl Fn(&Group<'_>) -> Cell + 'static) -> Aggregate {
    Aggregate {
        outputs: vec![(None, ty)],
        compute: Box::new(move |group| vec![compute(group)]),
    }
}

/// An expression, of rows that meet a condition only.
fn filtered(value: Typed, condition: Option<Typed>) -> impl Fn(&Group<'_>) -> Vec<Cell> {
    move |group: &Group<'_>| {
        group
            .frames()
            .filter(|frame| {
                condition
                    .as_ref()
                    .is_none_or(|condition| (condition.eval)(frame).is_true())
            })
            .map(|frame| (value.eval)(&frame))
            .collect()
    }
}
