//! Arithmetic and comparison.
//!
//! In: two bound expressions. Out: one. Guarantee: the types of operands decide the type of the result, before any row is read; null is catching, but
//! `==` and `!=` with one null are decided (<https://learn.microsoft.com/en-us/kusto/query/numerical-operators>,
//! <https://learn.microsoft.com/en-us/kusto/query/datetime-timespan-arithmetic>).

use super::ast::{Expr, Kind};
use super::cell::{self, Cell, Type};
use super::fault::{self, Fault};
use super::scope::Scope;
use super::typed::Typed;
use super::{convert, lexer, matching, time};
use std::cmp::Ordering;

/// Binds a binary operator.
pub(super) fn binary(
    operator: &str,
    left: &Typed,
    right: &Typed,
    expr: &Expr,
    scope: &Scope<'_, '_>,
) -> Result<Typed, Fault> {
    match operator {
        "+" | "-" | "*" | "/" | "%" => arithmetic(operator, left, right, expr, scope),
        "==" | "!=" | "<" | "<=" | ">" | ">=" => comparison(operator, left, right, expr, scope),
        _ => matching::binary(operator, left, right, expr, scope),
    }
}

pub(super) fn undefined(operator: &str, left: Type, right: Type, expr: &Expr) -> Fault {
    let message = format!("`{operator}` is not defined for {left} and {right}");
    fault::invalid(expr.span.clone(), operator, message)
}

/// `-x`
pub(super) fn negate(operand: &Typed, expr: &Expr) -> Result<Typed, Fault> {
    if !operand.ty.is_number() && operand.ty != Type::Span {
        let message = format!("`-` is not defined for {}", operand.ty);
        return Err(fault::invalid(expr.span.clone(), "-", message));
    }
    // A literal keeps its type, a computed int becomes long as with other operators.
    let literal =
        matches!(&expr.kind, Kind::Negate(inner) if matches!(inner.kind, Kind::Literal(..)));
    let ty = if operand.ty == Type::Int && !literal {
        Type::Long
    } else {
        operand.ty
    };
    Ok(Typed::strict(
        ty,
        std::slice::from_ref(operand),
        |cells| match cells {
            [Cell::Long(value)] => Some(Cell::Long(value.wrapping_neg())),
            [Cell::Real(value)] => Some(Cell::Real(-value)),
            [Cell::Span(value)] => Some(Cell::Span(value.wrapping_neg())),
            [Cell::Decimal(value)] => Some(Cell::Decimal(value.negated())),
            _ => None,
        },
    ))
}

/// The number type that two share; whole numbers become long.
pub(super) fn shared(left: Type, right: Type) -> Option<Type> {
    let both = [left, right];
    if !both.iter().all(|ty| ty.is_number()) {
        return None;
    }
    if both.contains(&Type::Decimal) {
        let rest = both.iter().all(|ty| *ty == Type::Decimal || ty.is_whole());
        return rest.then_some(Type::Decimal);
    }
    Some(if both.contains(&Type::Real) {
        Type::Real
    } else {
        Type::Long
    })
}

fn arithmetic(
    operator: &str,
    left: &Typed,
    right: &Typed,
    expr: &Expr,
    scope: &Scope<'_, '_>,
) -> Result<Typed, Fault> {
    let mut operands = [left.clone(), right.clone()];
    let types = (left.ty, right.ty);
    // A dynamic counts as what the other operand is.
    if types.0 == Type::Dynamic || types.1 == Type::Dynamic {
        let message = "arithmetic on dynamic values is not known here; convert them first";
        return Err(fault::unknown(expr.span.clone(), operator, message));
    }
    let ty = match (operator, types.0, types.1) {
        (_, a, b) if a.is_number() && b.is_number() => {
            shared(a, b).ok_or_else(|| undefined(operator, a, b, expr))?
        }
        ("+", Type::Time, Type::Span) | ("+", Type::Span, Type::Time) => Type::Time,
        ("-", Type::Time, Type::Span) => Type::Time,
        ("-", Type::Time, Type::Time) => Type::Span,
        ("+" | "-" | "%", Type::Span, Type::Span) => Type::Span,
        ("/", Type::Span, Type::Span) => Type::Real,
        ("*", Type::Span, b) if b.is_number() => Type::Span,
        ("*", a, Type::Span) if a.is_number() => Type::Span,
        ("/", Type::Span, b) if b.is_number() => Type::Span,
        (_, a, b) => return Err(undefined(operator, a, b, expr)),
    };
    if ty == Type::Real && types.0.is_number() {
        let late = &scope.session.late;
        operands = operands.map(|operand| convert::to(Type::Real, &operand, late));
    }
    let compute: fn(&Cell, &Cell) -> Option<Cell> = match operator {
        "+" => add,
        "-" => subtract,
        "*" => multiply,
        "/" => divide,
        _ => remainder,
    };
    Ok(Typed::strict(ty, &operands, move |cells| match cells {
        [left, right] => compute(left, right),
        _ => None,
    }))
}

fn instant(ticks: Option<i64>) -> Option<Cell> {
    ticks.and_then(time::within).map(Cell::Time)
}

fn decimals(
    left: &Cell,
    right: &Cell,
    compute: impl Fn(
        &super::decimal::Decimal,
        &super::decimal::Decimal,
    ) -> Option<super::decimal::Decimal>,
) -> Option<Cell> {
    let of = |cell: &Cell| match cell {
        Cell::Decimal(value) => Some(*value),
        Cell::Long(value) => Some(super::decimal::Decimal::from_long(*value)),
        _ => None,
    };
    compute(&of(left)?, &of(right)?).map(Cell::Decimal)
}

pub(super) fn add(left: &Cell, right: &Cell) -> Option<Cell> {
    match (left, right) {
        (Cell::Long(a), Cell::Long(b)) => Some(Cell::Long(a.wrapping_add(*b))),
        (Cell::Real(a), Cell::Real(b)) => Some(Cell::Real(a + b)),
        (Cell::Span(a), Cell::Span(b)) => Some(Cell::Span(a.wrapping_add(*b))),
        (Cell::Time(a), Cell::Span(b)) | (Cell::Span(b), Cell::Time(a)) => {
            instant(a.checked_add(*b))
        }
        _ => decimals(left, right, |a, b| a.add(b)),
    }
}

fn subtract(left: &Cell, right: &Cell) -> Option<Cell> {
    match (left, right) {
        (Cell::Long(a), Cell::Long(b)) => Some(Cell::Long(a.wrapping_sub(*b))),
        (Cell::Real(a), Cell::Real(b)) => Some(Cell::Real(a - b)),
        (Cell::Span(a), Cell::Span(b)) => Some(Cell::Span(a.wrapping_sub(*b))),
        (Cell::Time(a), Cell::Span(b)) => instant(a.checked_sub(*b)),
        (Cell::Time(a), Cell::Time(b)) => Some(Cell::Span(a - b)),
        _ => decimals(left, right, |a, b| a.add(&b.negated())),
    }
}

fn scaled(ticks: i64, factor: f64) -> Option<Cell> {
    let result = ticks as f64 * factor;
    (result.abs() < 9.2e18).then_some(Cell::Span(result as i64))
}

fn multiply(left: &Cell, right: &Cell) -> Option<Cell> {
    match (left, right) {
        (Cell::Long(a), Cell::Long(b)) => Some(Cell::Long(a.wrapping_mul(*b))),
        (Cell::Real(a), Cell::Real(b)) => Some(Cell::Real(a * b)),
        (Cell::Span(a), Cell::Long(b)) | (Cell::Long(b), Cell::Span(a)) => {
            Some(Cell::Span(a.wrapping_mul(*b)))
        }
        (Cell::Span(a), Cell::Real(b)) | (Cell::Real(b), Cell::Span(a)) => scaled(*a, *b),
        _ => decimals(left, right, |a, b| a.multiply(b)),
    }
}

fn divide(left: &Cell, right: &Cell) -> Option<Cell> {
    match (left, right) {
        (Cell::Long(_), Cell::Long(0)) | (Cell::Span(_), Cell::Long(0)) => None,
        (Cell::Long(a), Cell::Long(b)) => Some(Cell::Long(a.wrapping_div(*b))),
        (Cell::Real(a), Cell::Real(b)) => Some(Cell::Real(a / b)),
        (Cell::Span(a), Cell::Span(b)) => Some(Cell::Real(*a as f64 / *b as f64)),
        (Cell::Span(a), Cell::Long(b)) => Some(Cell::Span(a.wrapping_div(*b))),
        (Cell::Span(a), Cell::Real(b)) => scaled(*a, 1.0 / b),
        _ => decimals(left, right, |a, b| a.divide(b)),
    }
}

/// The remainder is never negative.
fn remainder(left: &Cell, right: &Cell) -> Option<Cell> {
    match (left, right) {
        (Cell::Long(a), Cell::Long(b)) => (*b != 0).then(|| Cell::Long(a.wrapping_rem_euclid(*b))),
        (Cell::Span(a), Cell::Span(b)) => (*b != 0).then(|| Cell::Span(a.wrapping_rem_euclid(*b))),
        (Cell::Real(a), Cell::Real(b)) => Some(Cell::Real(a.rem_euclid(*b))),
        _ => decimals(left, right, |a, b| a.remainder(b)),
    }
}

fn comparison(
    operator: &str,
    left: &Typed,
    right: &Typed,
    expr: &Expr,
    scope: &Scope<'_, '_>,
) -> Result<Typed, Fault> {
    let equality = matches!(operator, "==" | "!=");
    if equality && let Some(mixed) = text_and_number(operator, left, right, expr, scope) {
        return Ok(mixed);
    }
    let (left, right) = comparable(operator, left, right, equality, expr, scope)?;
    let wanted: fn(Ordering) -> bool = match operator {
        "==" => |order| order == Ordering::Equal,
        "!=" => |order| order != Ordering::Equal,
        "<" => |order| order == Ordering::Less,
        "<=" => |order| order != Ordering::Greater,
        ">" => |order| order == Ordering::Greater,
        _ => |order| order != Ordering::Less,
    };
    let unequal = operator == "!=";
    Ok(Typed::of(Type::Bool, &[left, right], move |cells| {
        let [left, right] = cells else {
            return Cell::Null;
        };
        match (left.is_null(), right.is_null()) {
            (false, false) => match cell::compare(left, right) {
                Some(order) => Cell::Bool(wanted(order)),
                // NaN is unequal to all.
                None => Cell::Bool(unequal),
            },
            (true, true) => Cell::Null,
            _ if equality => Cell::Bool(unequal),
            _ => Cell::Null,
        }
    }))
}

/// A text beside a number, neither of them a text literal. The documents do not say whether the text is read as a number or the number written as a text;
/// a value on which the two readings differ (`01` beside `1`) is refused.
fn text_and_number(
    operator: &str,
    left: &Typed,
    right: &Typed,
    expr: &Expr,
    scope: &Scope<'_, '_>,
) -> Option<Typed> {
    let (text, number) = match (left.ty, right.ty) {
        (Type::Text, ty) if ty.is_number() => (left, right),
        (ty, Type::Text) if ty.is_number() => (right, left),
        _ => return None,
    };
    if text.value.is_some() {
        return None;
    }
    let unequal = operator == "!=";
    let late = scope.session.late.clone();
    let message =
        "whether a text in another form than the number's own equals it is not known here";
    let fault = fault::unknown(expr.span.clone(), operator, message);
    Some(Typed::of(
        Type::Bool,
        &[text.clone(), number.clone()],
        move |cells| {
            let [Cell::Text(text), number] = cells else {
                return Cell::Null;
            };
            let same = !number.is_null() && **text == *super::json::plain(number);
            let alike = number.is_null() && text.is_empty()
                || convert::real(text).is_some_and(|value| Some(value) == number.as_real());
            if !same && alike {
                late.borrow_mut().get_or_insert_with(|| fault.clone());
            }
            Cell::Bool(same != unequal)
        },
    ))
}

/// Both operands as what can be compared; literals follow the other side.
fn comparable(
    operator: &str,
    left: &Typed,
    right: &Typed,
    equality: bool,
    expr: &Expr,
    scope: &Scope<'_, '_>,
) -> Result<(Typed, Typed), Fault> {
    let late = &scope.session.late;
    let (a, b) = (left.ty, right.ty);
    let refused = || undefined(operator, a, b, expr);
    let unsure = || {
        let message = format!("whether `{operator}` compares {a} and {b} is not known here");
        fault::unknown(expr.span.clone(), operator, message)
    };
    if a == Type::Dynamic && b == Type::Dynamic {
        return Err(refused());
    }
    // Texts have no order by operators (<https://learn.microsoft.com/en-us/kusto/query/datatypes-string-operators>).
    if !equality && (a == Type::Text || b == Type::Text) {
        return Err(refused());
    }
    if a == b {
        if !equality && matches!(a, Type::Guid | Type::Bool) {
            return Err(unsure());
        }
        return Ok((left.clone(), right.clone()));
    }
    if a.is_number() && b.is_number() {
        if shared(a, b).is_none() {
            return Err(refused());
        }
        return Ok((left.clone(), right.clone()));
    }
    if a == Type::Dynamic {
        return Ok((as_other(left, b, late), right.clone()));
    }
    if b == Type::Dynamic {
        return Ok((left.clone(), as_other(right, a, late)));
    }
    // A text literal beside another type is read as that type.
    if equality
        && b == Type::Text
        && let Some(Cell::Text(text)) = &right.value
    {
        let cell = coerced(text, a).ok_or_else(refused)?;
        return Ok((left.clone(), Typed::constant(a, cell)));
    }
    if equality
        && a == Type::Text
        && let Some(Cell::Text(text)) = &left.value
    {
        let cell = coerced(text, b).ok_or_else(refused)?;
        return Ok((Typed::constant(b, cell), right.clone()));
    }
    Err(if equality { unsure() } else { refused() })
}

/// A text literal as another type.
pub(super) fn coerced(text: &str, ty: Type) -> Option<Cell> {
    match ty {
        Type::Int | Type::Long => convert::whole(text).map(Cell::Long),
        Type::Real => convert::real(text).map(Cell::Real),
        Type::Time | Type::Span | Type::Guid | Type::Bool => lexer::typed(ty, text),
        _ => None,
    }
}

/// A dynamic beside another type: numbers by value, texts by their text, else nothing.
fn as_other(dynamic: &Typed, ty: Type, late: &super::scope::Late) -> Typed {
    if ty.is_number() {
        return Typed::of(
            ty,
            std::slice::from_ref(dynamic),
            move |cells| match cells {
                [cell @ (Cell::Long(_) | Cell::Real(_))] => cell.clone(),
                [Cell::Text(text)] if ty.is_whole() => {
                    convert::whole(text).map_or(Cell::Null, Cell::Long)
                }
                [Cell::Text(text)] => convert::real(text).map_or(Cell::Null, Cell::Real),
                [Cell::Bool(value)] => Cell::Long(i64::from(*value)),
                _ => Cell::Null,
            },
        );
    }
    let converted = convert::to(ty, dynamic, late);
    if ty == Type::Text {
        // The text of a dynamic null is the empty one.
        return converted;
    }
    Typed::of(ty, &[dynamic.clone(), converted], |cells| match cells {
        [Cell::Null, _] => Cell::Null,
        [_, converted] => converted.clone(),
        _ => Cell::Null,
    })
}
