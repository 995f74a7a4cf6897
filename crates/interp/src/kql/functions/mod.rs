//! Scalar functions, by name.
//!
//! In: a call with bound arguments. Out: a bound expression. Guarantee: a function that no file here knows is refused by name; wrong counts and types of
//! arguments are refused before any row is read (<https://learn.microsoft.com/en-us/kusto/query/scalar-functions>).

mod address;
mod array;
mod bag;
mod choice;
mod dates;
mod format;
mod math;
mod networks;
mod parsed;
mod paths;
mod replace;
pub(super) mod series;
mod strings;
mod window;

pub(super) use address::{addresses, is_prefix};
pub(super) use array::counted;
pub(super) use math::floored;
pub(super) use networks::{Ipv4, ipv4};

use super::ast::{Argument, Expr, Kind};
use super::bind::bind;
use super::cell::{Cell, Type};
use super::convert;
use super::fault::{self, Fault};
use super::scope::{Late, Scope};
use super::typed::Typed;
use crate::budget::Budget;
use std::ops::Range;
use std::rc::Rc;

/// A call of a function.
pub(super) struct Call<'c, 's, 'a> {
    pub name: &'c str,
    pub expr: &'c Expr,
    pub arguments: &'c [Argument],
    pub args: Vec<Typed>,
    pub scope: &'c Scope<'s, 'a>,
}

/// What a file of functions says to a call: not mine, or this.
type Answered = Result<Option<Typed>, Fault>;

/// The results of a call that has several, with the names they get when the query gives none; `None`: it has one.
pub(super) fn bind_several(
    expr: &Expr,
    scope: &Scope<'_, '_>,
) -> Result<Option<Vec<(String, Typed)>>, Fault> {
    let Kind::Call(name, arguments) = &expr.kind else {
        return Ok(None);
    };
    let own = |at: usize| {
        let argument = arguments.get(at).map(|argument| &argument.value);
        argument.and_then(super::naming::of).unwrap_or_default()
    };
    if let Some(outputs) = series::outputs(name) {
        let call = prepare(expr, name, arguments, scope)?;
        let values = series::several(&call)?;
        let named = outputs.iter().zip(values);
        return Ok(Some(
            named
                .map(|((end, _), typed)| (format!("{name}_{}_{end}", own(0)), typed))
                .collect(),
        ));
    }
    if name != "array_sort_asc" && name != "array_sort_desc" {
        return Ok(None);
    }
    let whole = bind_call(expr, name, arguments, scope)?;
    let flags = arguments
        .iter()
        .rev()
        .take_while(|argument| matches!(argument.value.kind, Kind::Literal(_, Type::Bool)));
    let count = arguments.len() - flags.count();
    if count < 2 {
        return Ok(None);
    }
    let item = |at: usize| {
        let typed = Typed::strict(Type::Dynamic, std::slice::from_ref(&whole), move |cells| {
            cells.first()?.as_array()?.get(at).cloned()
        });
        (format!("{}_sorted", own(at)), typed)
    };
    Ok(Some((0..count).map(item).collect()))
}

/// Binds a call.
pub(super) fn bind_call(
    expr: &Expr,
    name: &str,
    arguments: &[Argument],
    scope: &Scope<'_, '_>,
) -> Result<Typed, Fault> {
    let call = prepare(expr, name, arguments, scope)?;
    let files = [
        choice::bind,
        strings::bind,
        replace::bind,
        math::bind,
        dates::bind,
        format::bind,
        array::bind,
        bag::bind,
        address::bind,
        networks::bind,
        series::bind,
        window::bind,
        parsed::bind,
    ];
    for file in files {
        if let Some(typed) = file(&call)? {
            return Ok(typed);
        }
    }
    Err(fault::unknown(
        expr.span.clone(),
        name,
        format!("the function `{name}` is not known here"),
    ))
}

/// Binds the arguments of a call.
fn prepare<'c, 's, 'a>(
    expr: &'c Expr,
    name: &'c str,
    arguments: &'c [Argument],
    scope: &'c Scope<'s, 'a>,
) -> Result<Call<'c, 's, 'a>, Fault> {
    if let Some(argument) = arguments.iter().find(|argument| argument.name.is_some()) {
        return Err(fault::unknown(
            argument.value.span.clone(),
            name,
            format!("arguments of `{name}` have no names here"),
        ));
    }
    let mut args = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let word = match &argument.value.kind {
            // `typeof(long)` is no value.
            Kind::Call(name, _) if name == "typeof" => Some("typeof"),
            _ => None,
        };
        args.push(match word {
            Some(word) => Typed::constant(Type::Text, Cell::text(word)),
            None => bind(&argument.value, scope)?,
        });
    }
    Ok(Call {
        name,
        expr,
        arguments,
        args,
        scope,
    })
}

impl Call<'_, '_, '_> {
    fn late(&self) -> &Late {
        &self.scope.session.late
    }

    fn span(&self, at: usize) -> Range<usize> {
        let argument = self.arguments.get(at);
        argument.map_or(self.expr.span.clone(), |argument| {
            argument.value.span.clone()
        })
    }

    /// Refuses other numbers of arguments.
    fn count(&self, least: usize, most: usize) -> Result<(), Fault> {
        let count = self.args.len();
        if (least..=most).contains(&count) {
            return Ok(());
        }
        let wanted = if least == most {
            format!("{least}")
        } else if most == usize::MAX {
            format!("{least} or more")
        } else {
            format!("{least} to {most}")
        };
        let message = format!("`{}` takes {wanted} arguments, not {count}", self.name);
        Err(fault::invalid(self.expr.span.clone(), self.name, message))
    }

    fn get(&self, at: usize) -> Result<&Typed, Fault> {
        self.args.get(at).ok_or_else(|| {
            let message = format!("`{}` lacks an argument", self.name);
            fault::invalid(self.expr.span.clone(), self.name, message)
        })
    }

    fn wrong(&self, at: usize, wanted: &str) -> Fault {
        let ty = self.args.get(at).map_or("nothing", |typed| typed.ty.name());
        let message = format!(
            "argument {} of `{}` is {wanted}, not {ty}",
            at + 1,
            self.name
        );
        fault::invalid(self.span(at), self.name, message)
    }

    fn refuse(&self, message: impl Into<String>) -> Fault {
        fault::unknown(self.expr.span.clone(), self.name, message)
    }

    fn invalid(&self, message: impl Into<String>) -> Fault {
        fault::invalid(self.expr.span.clone(), self.name, message)
    }

    /// An argument as a type: as it is, or a dynamic by its value.
    fn cast(&self, at: usize, target: Type, wanted: &str) -> Result<Typed, Fault> {
        let typed = self.get(at)?;
        let fits = typed.ty == target
            || typed.ty == Type::Dynamic
            || (target == Type::Real && typed.ty.is_number())
            || (target == Type::Long && typed.ty == Type::Int);
        if !fits {
            return Err(self.wrong(at, wanted));
        }
        if target == Type::Long && typed.ty == Type::Int {
            let mut long = typed.clone();
            long.ty = Type::Long;
            return Ok(long);
        }
        Ok(convert::to(target, typed, self.late()))
    }

    fn text(&self, at: usize) -> Result<Typed, Fault> {
        let ty = self.get(at)?.ty;
        if !matches!(ty, Type::Text | Type::Dynamic) {
            // Microsoft's binder lets some of these pass; what the engine does is not documented.
            return Err(self.refuse(format!("`{}` of {ty} is not known here", self.name)));
        }
        self.cast(at, Type::Text, "a string")
    }

    fn long(&self, at: usize) -> Result<Typed, Fault> {
        self.cast(at, Type::Long, "a whole number")
    }

    fn real(&self, at: usize) -> Result<Typed, Fault> {
        self.cast(at, Type::Real, "a number")
    }

    fn instant(&self, at: usize) -> Result<Typed, Fault> {
        self.cast(at, Type::Time, "a datetime")
    }

    fn truth(&self, at: usize) -> Result<Typed, Fault> {
        self.cast(at, Type::Bool, "a bool")
    }

    fn dynamic(&self, at: usize) -> Result<Typed, Fault> {
        let typed = self.get(at)?;
        if typed.ty == Type::Dynamic {
            Ok(typed.clone())
        } else {
            Err(self.wrong(at, "a dynamic"))
        }
    }

    /// A literal text.
    fn word(&self, at: usize) -> Result<&str, Fault> {
        let value = self.get(at)?.value.as_ref();
        value
            .and_then(Cell::as_text)
            .ok_or_else(|| self.wrong(at, "a literal string"))
    }

    /// An optional whole number.
    fn long_or(&self, at: usize, default: i64) -> Result<Typed, Fault> {
        if at < self.args.len() {
            self.long(at)
        } else {
            Ok(Typed::constant(Type::Long, Cell::Long(default)))
        }
    }
}

/// Bags in one, as `make_bag` and `bag_merge` make it.
pub(super) fn merge_bags(bags: &[Cell]) -> Cell {
    bag::merged(bags.iter())
}

/// From how many bytes on a text counts against the budget when it is made: shorter ones go as fast as they come.
const LONG: usize = 1 << 16;

/// Texts in one, within the budget.
fn joined_text(texts: &[Rc<str>], delimiter: &str, budget: &Budget) -> Option<Cell> {
    let between = delimiter
        .len()
        .saturating_mul(texts.len().saturating_sub(1));
    let length: usize = texts.iter().map(|text| text.len()).sum();
    within(length.saturating_add(between), budget)?;
    Some(Cell::text(texts.join(delimiter)))
}

/// Nothing where a text of this length is beyond the budget.
fn within(length: usize, budget: &Budget) -> Option<()> {
    if length < LONG {
        return Some(());
    }
    budget.bytes(length).ok()
}

/// A position in a list of so many; negative counts from the end.
fn position(at: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let at = if at < 0 { length + at } else { at };
    usize::try_from(at).ok()
}
