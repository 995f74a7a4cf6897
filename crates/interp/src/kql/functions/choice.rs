//! Choices, tests for null, conversions.
//!
//! In: a call. Out: its expression. Guarantee: the branches of a choice have one type, which is the type of the result
//! (<https://learn.microsoft.com/en-us/kusto/query/case-function>, <https://learn.microsoft.com/en-us/kusto/query/iff-function>).

use super::{Answered, Call};
use crate::kql::bind;
use crate::kql::cell::{self, Cell, Type};
use crate::kql::convert;
use crate::kql::fault::Fault;
use crate::kql::json;
use crate::kql::operator;
use crate::kql::typed::{Eval, Typed};
use std::cmp::Ordering;

pub(super) fn bind(call: &Call<'_, '_, '_>) -> Answered {
    Ok(Some(match call.name {
        "iff" | "iif" => {
            call.count(3, 3)?;
            choose(call)?
        }
        "case" => {
            call.count(3, usize::MAX)?;
            if call.args.len().is_multiple_of(2) {
                return Err(call.invalid("`case` ends with a value for all else"));
            }
            choose(call)?
        }
        "coalesce" => {
            call.count(2, 64)?;
            let ty = common(call, &call.args)?;
            Typed::of(ty, &call.args, move |cells| {
                let present = |cell: &&Cell| match cell {
                    Cell::Null => false,
                    Cell::Text(text) => !text.is_empty() || ty != Type::Text,
                    _ => true,
                };
                let found = cells.iter().find(present);
                found.cloned().unwrap_or_else(|| ty.absent())
            })
        }
        "max_of" | "min_of" => {
            call.count(2, 64)?;
            extreme(call)?
        }
        "not" => {
            call.count(1, 1)?;
            bind::not(&call.truth(0)?)
        }
        "isnull" | "isnotnull" | "notnull" => {
            call.count(1, 1)?;
            let wanted = call.name == "isnull";
            let args = call.args.get(..1).unwrap_or_default();
            Typed::of(Type::Bool, args, move |cells| {
                Cell::Bool(cells.first().is_some_and(Cell::is_null) == wanted)
            })
        }
        "isempty" | "isnotempty" | "notempty" => {
            call.count(1, 1)?;
            let wanted = call.name == "isempty";
            let args = call.args.get(..1).unwrap_or_default();
            Typed::of(Type::Bool, args, move |cells| {
                let empty = match cells.first() {
                    Some(Cell::Text(text)) => text.is_empty(),
                    Some(Cell::Null) | None => true,
                    Some(_) => false,
                };
                Cell::Bool(empty == wanted)
            })
        }
        "column_ifexists" | "columnifexists" => {
            call.count(2, 2)?;
            let name = call.word(0)?;
            let mut columns = call.scope.columns.iter().enumerate();
            match columns.find(|(_, column)| &*column.name == name) {
                Some((at, column)) => Typed::column(column.ty, at),
                None => call.get(1)?.clone(),
            }
        }
        "gettype" => {
            call.count(1, 1)?;
            type_of(call.get(0)?)
        }
        "parse_json" | "parsejson" | "todynamic" | "toobject" => {
            call.count(1, 1)?;
            let typed = call.get(0)?;
            match typed.ty {
                Type::Dynamic => typed.clone(),
                Type::Text => Typed::of(Type::Dynamic, std::slice::from_ref(typed), |cells| {
                    let text = cells.first().and_then(Cell::as_text);
                    text.map_or(Cell::Null, json::parsed)
                }),
                ty => {
                    let message = format!("`{}` of {ty} is not known here", call.name);
                    return Err(call.refuse(message));
                }
            }
        }
        name => {
            let Some(target) = conversion(name) else {
                return Ok(None);
            };
            call.count(1, 1)?;
            converted(call, target)?
        }
    }))
}

/// What a `to…` function makes.
fn conversion(name: &str) -> Option<Type> {
    Some(match name {
        "tostring" => Type::Text,
        "toint" => Type::Int,
        "tolong" => Type::Long,
        "toreal" | "todouble" => Type::Real,
        "todecimal" => Type::Decimal,
        "tobool" | "toboolean" => Type::Bool,
        "todatetime" => Type::Time,
        "totimespan" | "totime" => Type::Span,
        "toguid" => Type::Guid,
        _ => return None,
    })
}

fn converted(call: &Call<'_, '_, '_>, target: Type) -> Result<Typed, Fault> {
    let typed = call.get(0)?;
    let known = match (target, typed.ty) {
        (Type::Text, _) | (_, Type::Text | Type::Dynamic) => true,
        (target, from) if target == from => true,
        (Type::Int | Type::Long | Type::Real, Type::Bool) => true,
        (Type::Bool, from) => from.is_number(),
        (Type::Int | Type::Long | Type::Real, Type::Time | Type::Span) => true,
        (Type::Time, from) => from.is_whole() || from == Type::Real,
        (Type::Span, Type::Bool | Type::Real | Type::Time | Type::Guid) => true,
        (Type::Span, from) => from.is_whole(),
        (target, from) => target.is_number() && from.is_number(),
    };
    if !known {
        return Err(call.refuse(format!(
            "what `{}` makes of {} is not known here",
            call.name, typed.ty
        )));
    }
    Ok(convert::to(target, typed, call.late()))
}

fn type_of(typed: &Typed) -> Typed {
    if typed.ty != Type::Dynamic {
        return Typed::constant(Type::Text, Cell::text(typed.ty.name()));
    }
    Typed::of(Type::Text, std::slice::from_ref(typed), |cells| {
        Cell::text(match cells.first() {
            Some(Cell::Array(_)) => "array",
            Some(Cell::Bag(_)) => "dictionary",
            Some(Cell::Bool(_)) => "bool",
            Some(Cell::Long(_)) => "long",
            Some(Cell::Real(_)) => "double",
            Some(Cell::Text(_)) => "string",
            Some(Cell::Time(_)) => "datetime",
            Some(Cell::Span(_)) => "timespan",
            Some(Cell::Guid(_)) => "guid",
            Some(Cell::Decimal(_)) => "decimal",
            Some(Cell::Null) | None => "null",
        })
    })
}

/// The one type of several values: whole numbers meet in long.
fn common(call: &Call<'_, '_, '_>, values: &[Typed]) -> Result<Type, Fault> {
    let mut types = values.iter().map(|value| value.ty);
    let first = types.next().unwrap_or(Type::Text);
    types.try_fold(first, |one, other| {
        if one == other {
            Ok(one)
        } else if one.is_whole() && other.is_whole() {
            Ok(Type::Long)
        } else if one == Type::Dynamic
            || other == Type::Dynamic
            || operator::shared(one, other).is_some()
        {
            Err(call.refuse(format!(
                "what {one} and {other} have in common is not known here"
            )))
        } else {
            Err(call.invalid(format!(
                "the values have different types, {one} and {other}"
            )))
        }
    })
}

/// `iff` and `case`: the first condition that is true; null is as false.
fn choose(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    for (at, typed) in call.args.iter().enumerate() {
        if at % 2 == 0 && at + 1 < call.args.len() {
            conditions.push(call.truth(at)?);
        } else {
            values.push(typed.clone());
        }
    }
    let ty = common(call, &values)?;
    if call.args.iter().all(|typed| typed.value.is_some()) {
        let found = conditions
            .iter()
            .position(|condition| condition.value.as_ref().is_some_and(Cell::is_true));
        let value = values.get(found.unwrap_or(conditions.len()));
        let cell = value.and_then(|value| value.value.clone());
        return Ok(Typed::constant(ty, cell.unwrap_or(Cell::Null)));
    }
    let conditions: Vec<Eval> = conditions.into_iter().map(|typed| typed.eval).collect();
    let values: Vec<Eval> = values.into_iter().map(|typed| typed.eval).collect();
    Ok(Typed::varying(ty, move |frame| {
        let found = conditions
            .iter()
            .position(|condition| condition(frame).is_true());
        let value = values.get(found.unwrap_or(conditions.len()));
        value.map_or(Cell::Null, |eval| eval(frame))
    }))
}

/// The greatest or least that is not null.
fn extreme(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let mut ty = call.get(0)?.ty;
    for typed in &call.args {
        ty = match operator::shared(ty, typed.ty) {
            Some(_) if ty == typed.ty => ty,
            Some(shared) => shared,
            None if ty == typed.ty && ty != Type::Dynamic => ty,
            None => return Err(call.invalid("the values have no type in common")),
        };
    }
    let parts: Vec<Typed> = call
        .args
        .iter()
        .map(|typed| {
            if ty == Type::Real {
                convert::to(ty, typed, call.late())
            } else {
                typed.clone()
            }
        })
        .collect();
    let wanted = if call.name == "max_of" {
        Ordering::Greater
    } else {
        Ordering::Less
    };
    Ok(Typed::of(ty, &parts, move |cells| {
        let mut best = Cell::Null;
        for cell in cells.iter().filter(|cell| !cell.is_null()) {
            if matches!(cell, Cell::Real(value) if value.is_nan()) {
                return cell.clone();
            }
            if best.is_null() || cell::compare(cell, &best) == Some(wanted) {
                best = cell.clone();
            }
        }
        best
    }))
}
