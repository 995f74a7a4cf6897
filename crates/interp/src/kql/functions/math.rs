//! Functions of numbers.
//!
//! In: a call. Out: its expression. Guarantee: `bin` rounds down, negative numbers too; instants are binned from the year 1
//! (<https://learn.microsoft.com/en-us/kusto/query/bin-function>,
//! <https://learn.microsoft.com/en-us/kusto/query/scalar-functions#mathematical-functions>).

use super::{Answered, Call};
use crate::kql::cell::{Cell, Type};
use crate::kql::convert;
use crate::kql::fault::Fault;
use crate::kql::operator;
use crate::kql::time;
use crate::kql::typed::Typed;

pub(super) fn bind(call: &Call<'_, '_, '_>) -> Answered {
    if let Some(function) = real_function(call.name) {
        call.count(1, 1)?;
        return Ok(Some(Typed::strict(
            Type::Real,
            &[call.real(0)?],
            move |cells| function(cells.first()?.as_real()?).map(Cell::Real),
        )));
    }
    Ok(Some(match call.name {
        "pi" => {
            call.count(0, 0)?;
            Typed::constant(Type::Real, Cell::Real(std::f64::consts::PI))
        }
        "pow" | "atan2" => {
            call.count(2, 2)?;
            let power = call.name == "pow";
            let parts = [call.real(0)?, call.real(1)?];
            Typed::strict(Type::Real, &parts, move |cells| {
                let (a, b) = (cells.first()?.as_real()?, cells.get(1)?.as_real()?);
                Some(Cell::Real(if power { a.powf(b) } else { a.atan2(b) }))
            })
        }
        "abs" => {
            call.count(1, 1)?;
            absolute(call)?
        }
        "sign" => {
            call.count(1, 1)?;
            // Null has a sign too.
            Typed::of(Type::Real, &[call.real(0)?], |cells| {
                let value = cells.first().and_then(Cell::as_real).unwrap_or(0.0);
                Cell::Real(if value > 0.0 {
                    1.0
                } else if value < 0.0 {
                    -1.0
                } else {
                    0.0
                })
            })
        }
        "isnan" | "isinf" | "isfinite" => {
            call.count(1, 1)?;
            let test: fn(f64) -> bool = match call.name {
                "isnan" => f64::is_nan,
                "isinf" => f64::is_infinite,
                _ => f64::is_finite,
            };
            Typed::strict(Type::Bool, &[call.real(0)?], move |cells| {
                Some(Cell::Bool(test(cells.first()?.as_real()?)))
            })
        }
        "ceiling" => {
            call.count(1, 1)?;
            if call.get(0)?.ty != Type::Real {
                return Err(call.refuse("`ceiling` of other types than real is not known here"));
            }
            Typed::strict(Type::Real, &[call.real(0)?], |cells| {
                Some(Cell::Real(cells.first()?.as_real()?.ceil()))
            })
        }
        "round" => {
            call.count(1, 2)?;
            if call.get(0)?.ty != Type::Real {
                return Err(call.refuse("`round` of other types than real is not known here"));
            }
            round(call)?
        }
        "bin" | "floor" => {
            call.count(2, 2)?;
            bin(call, None)?
        }
        "bin_at" => {
            call.count(3, 3)?;
            let fixed = call.get(2)?.clone();
            bin(call, Some(fixed))?
        }
        "binary_and" | "binary_or" | "binary_xor" | "binary_shift_left" | "binary_shift_right" => {
            call.count(2, 2)?;
            let compute: fn(i64, i64) -> i64 = match call.name {
                "binary_and" => |a, b| a & b,
                "binary_or" => |a, b| a | b,
                "binary_xor" => |a, b| a ^ b,
                "binary_shift_left" => |a, b| a.wrapping_shl((b & 63) as u32),
                _ => |a, b| a.wrapping_shr((b & 63) as u32),
            };
            Typed::strict(Type::Long, &[call.long(0)?, call.long(1)?], move |cells| {
                let (a, b) = (cells.first()?.as_long()?, cells.get(1)?.as_long()?);
                Some(Cell::Long(compute(a, b)))
            })
        }
        "binary_not" => {
            call.count(1, 1)?;
            Typed::strict(Type::Long, &[call.long(0)?], |cells| {
                Some(Cell::Long(!cells.first()?.as_long()?))
            })
        }
        "tohex" => {
            call.count(1, 1)?;
            Typed::strict(Type::Text, &[call.long(0)?], |cells| {
                Some(Cell::text(format!("{:x}", cells.first()?.as_long()?)))
            })
        }
        _ => return Ok(None),
    }))
}

/// Functions of a real; `None` where the engine answers null.
fn real_function(name: &str) -> Option<fn(f64) -> Option<f64>> {
    /// A logarithm of a negative number is null.
    fn logarithm(value: f64, of: fn(f64) -> f64) -> Option<f64> {
        (value.is_nan() || value >= 0.0).then(|| of(value))
    }
    Some(match name {
        "sqrt" => |x| Some(x.sqrt()),
        "exp" => |x| Some(x.exp()),
        "exp2" => |x| Some(x.exp2()),
        "exp10" => |x| Some(10_f64.powf(x)),
        "log" => |x| logarithm(x, f64::ln),
        "log2" => |x| logarithm(x, f64::log2),
        "log10" => |x| logarithm(x, f64::log10),
        "sin" => |x| Some(x.sin()),
        "cos" => |x| Some(x.cos()),
        "tan" => |x| Some(x.tan()),
        "asin" => |x| (x.is_nan() || x.abs() <= 1.0).then(|| x.asin()),
        "acos" => |x| (x.is_nan() || x.abs() <= 1.0).then(|| x.acos()),
        "atan" => |x| Some(x.atan()),
        "degrees" => |x| Some(x.to_degrees()),
        "radians" => |x| Some(x.to_radians()),
        _ => return None,
    })
}

fn absolute(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let typed = call.get(0)?.clone();
    let ty = match typed.ty {
        Type::Int | Type::Long => Type::Long,
        Type::Real => Type::Real,
        Type::Span => Type::Span,
        _ => return Err(call.wrong(0, "a number")),
    };
    Ok(Typed::strict(ty, &[typed], |cells| match cells {
        [Cell::Long(value)] => Some(Cell::Long(value.wrapping_abs())),
        [Cell::Real(value)] => Some(Cell::Real(value.abs())),
        [Cell::Span(value)] => Some(Cell::Span(value.wrapping_abs())),
        _ => None,
    }))
}

/// `round`: a tie goes away from zero.
fn round(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let parts = [call.real(0)?, call.long_or(1, 0)?];
    Ok(Typed::strict(Type::Real, &parts, |cells| {
        let [Cell::Real(value), Cell::Long(digits)] = cells else {
            return None;
        };
        let digits = i32::try_from(*digits).ok().filter(|d| d.abs() <= 300)?;
        let factor = 10_f64.powi(digits.abs());
        let rounded = if digits < 0 {
            (value / factor).round() * factor
        } else {
            (value * factor).round() / factor
        };
        Some(Cell::Real(if rounded.is_finite() {
            rounded
        } else {
            *value
        }))
    }))
}

/// `bin`, `floor`, and `bin_at` with a fixed point.
fn bin(call: &Call<'_, '_, '_>, fixed: Option<Typed>) -> Result<Typed, Fault> {
    let (value, size) = (call.get(0)?.clone(), call.get(1)?.clone());
    let ty = match (value.ty, size.ty) {
        (Type::Time, Type::Span) => Type::Time,
        (Type::Span, Type::Span) => Type::Span,
        (a, b) => match operator::shared(a, b) {
            Some(ty @ (Type::Long | Type::Real)) => ty,
            _ => return Err(call.wrong(1, "a step of the kind of the value")),
        },
    };
    let mut parts = vec![value, size];
    if let Some(fixed) = fixed {
        let fits = fixed.ty == ty || (ty == Type::Long && fixed.ty == Type::Int);
        if !fits {
            return Err(call.wrong(2, "a value of the kind of the first"));
        }
        parts.push(fixed);
    }
    if ty == Type::Real {
        let late = call.late();
        parts = parts
            .iter()
            .map(|part| convert::to(Type::Real, part, late))
            .collect();
    }
    Ok(Typed::strict(ty, &parts, |cells| {
        let (value, size) = (cells.first()?, cells.get(1)?);
        floored(value, size, cells.get(2))
    }))
}

/// The bin of a value; `None` when there is none.
pub(in crate::kql) fn floored(value: &Cell, size: &Cell, fixed: Option<&Cell>) -> Option<Cell> {
    let whole = |value: i64, size: i64, fixed: i64| {
        if size <= 0 {
            return None;
        }
        let bins = value.checked_sub(fixed)?.div_euclid(size);
        bins.checked_mul(size)?.checked_add(fixed)
    };
    match (value, size) {
        (Cell::Long(value), Cell::Long(size)) => {
            match fixed.and_then(Cell::as_long) {
                Some(fixed) => whole(*value, *size, fixed).map(Cell::Long),
                // A step below 0 counts from the other side.
                None => {
                    let bins = value.checked_div(*size)?;
                    let below = value % size != 0 && (*value < 0) != (*size < 0);
                    let bins = bins.checked_sub(i64::from(below))?;
                    bins.checked_mul(*size).map(Cell::Long)
                }
            }
        }
        (Cell::Real(value), Cell::Real(size)) => match fixed.and_then(Cell::as_real) {
            Some(fixed) => {
                (*size > 0.0).then(|| Cell::Real(((value - fixed) / size).floor() * size + fixed))
            }
            None => Some(Cell::Real((value / size).floor() * size)),
        },
        (Cell::Time(value), Cell::Span(size)) => {
            let fixed = match fixed {
                Some(Cell::Time(fixed)) => *fixed,
                _ => 0,
            };
            whole(*value, *size, fixed)
                .and_then(time::within)
                .map(Cell::Time)
        }
        (Cell::Span(value), Cell::Span(size)) => {
            let fixed = match fixed {
                Some(Cell::Span(fixed)) => *fixed,
                _ => 0,
            };
            whole(*value, *size, fixed).map(Cell::Span)
        }
        _ => None,
    }
}
