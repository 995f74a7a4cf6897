//! Expressions of the tree into bound expressions.
//!
//! In: an [`Expr`] and a [`Scope`]. Out: a [`Typed`]. Guarantee: types are checked before any row is read; an unknown name is refused by its bytes.

use super::ast::{Argument, Expr, Kind, Logic};
use super::cell::{Cell, Type};
use super::fault::{self, Fault};
use super::scope::{Binding, Scope};
use super::typed::{Eval, Typed};
use super::{aggregate, calls, functions, json, matching, operator, run};
use crate::stack::with_room;
use std::rc::Rc;

/// How many calls of functions may be open at once.
pub(super) const DEEPEST: usize = 60;

/// How many expressions may be nested in one another, functions and `let`s written out.
const TALLEST: usize = 500;

/// Binds a scalar expression.
pub(super) fn bind(expr: &Expr, scope: &Scope<'_, '_>) -> Result<Typed, Fault> {
    let session = scope.session;
    let open = session.open.get();
    if open >= TALLEST {
        return Err(too_tall(expr));
    }
    let beside = session.height.take();
    session.open.set(open + 1);
    let bound = with_room(|| bound(expr, scope));
    session.open.set(open);
    let mut typed = bound?;
    // What is known already is computed from nothing.
    let below = session.height.get().max(typed.height);
    let height = if typed.value.is_some() { 0 } else { below + 1 };
    if height > TALLEST {
        return Err(too_tall(expr));
    }
    typed.set_height(height);
    session.height.set(beside.max(height));
    Ok(typed)
}

fn too_tall(expr: &Expr) -> Fault {
    fault::unknown(
        expr.span.clone(),
        "nesting",
        format!(
            "more than {TALLEST} expressions stand in one another, `let`s and functions written out"
        ),
    )
}

fn bound(expr: &Expr, scope: &Scope<'_, '_>) -> Result<Typed, Fault> {
    match &expr.kind {
        Kind::Literal(Cell::Decimal(_), Type::Long) => Err(fault::invalid(
            expr.span.clone(),
            "number",
            "it is out of range",
        )),
        Kind::Literal(cell, ty) => Ok(Typed::constant(*ty, cell.clone())),
        Kind::Name(name) => name_of(expr, name, scope),
        Kind::Star => Err(fault::invalid(
            expr.span.clone(),
            "*",
            "`*` is no value here",
        )),
        Kind::Path(base, key) => {
            let base = bind(base, scope)?;
            member(&base, &Typed::constant(Type::Text, Cell::text(key)), expr)
        }
        Kind::Index(base, index) => {
            let base = bind(base, scope)?;
            let index = bind(index, scope)?;
            member(&base, &index, expr)
        }
        Kind::Call(name, arguments) => call(expr, name, arguments, scope),
        Kind::Negate(operand) => {
            let operand = bind(operand, scope)?;
            operator::negate(&operand, expr)
        }
        Kind::Binary(operator, left, right) => {
            if matches!(left.kind, Kind::Star) {
                return any_column(expr, operator, right, scope);
            }
            let left = bind(left, scope)?;
            let right = bind(right, scope)?;
            operator::binary(operator, &left, &right, expr, scope)
        }
        Kind::Logic(logic, terms) => {
            let terms: Result<Vec<Typed>, Fault> =
                terms.iter().map(|term| truth(term, scope)).collect();
            Ok(chain(*logic, &terms?))
        }
        Kind::Among(operator, left, list) => {
            let left = bind(left, scope)?;
            let mut bound = Vec::with_capacity(list.len());
            for item in list {
                if let Kind::Name(name) = &item.kind
                    && scope.columns.iter().any(|column| *column.name == **name)
                    && matches!(scope.env.get(name), Some(Binding::Table(_)))
                {
                    let message = format!(
                        "`{name}` is a column here, which hides the table of this name; rename one of them"
                    );
                    return Err(fault::invalid(item.span.clone(), name, message));
                }
                if run::is_tabular(item, scope) {
                    let table = run::table(item, &scope.outside())?;
                    let column = table.columns.first().map_or(Type::Text, |column| column.ty);
                    let cells = table.rows.iter().filter_map(|row| row.first().cloned());
                    bound.extend(cells.map(|cell| Typed::constant(column, cell)));
                } else {
                    bound.push(bind(item, scope)?);
                }
            }
            matching::among(operator, &left, &bound, expr)
        }
        Kind::Between(negated, value, low, high) => {
            let value = bind(value, scope)?;
            let low = bind(low, scope)?;
            let mut high = bind(high, scope)?;
            if value.ty == Type::Time && high.ty == Type::Span {
                high = operator::binary("+", &low, &high, expr, scope)?;
            }
            let least = operator::binary(">=", &value, &low, expr, scope)?;
            let most = operator::binary("<=", &value, &high, expr, scope)?;
            let inside = chain(Logic::And, &[least, most]);
            Ok(if *negated { not(&inside) } else { inside })
        }
        _ => Err(fault::invalid(
            expr.span.clone(),
            "table",
            "a scalar is needed here; `toscalar(…)` makes one of a table",
        )),
    }
}

/// Binds an expression that must be a truth value.
pub(super) fn truth(expr: &Expr, scope: &Scope<'_, '_>) -> Result<Typed, Fault> {
    let typed = bind(expr, scope)?;
    match typed.ty {
        Type::Bool => Ok(typed),
        Type::Dynamic => Ok(super::convert::to(Type::Bool, &typed, &scope.session.late)),
        ty => Err(fault::invalid(
            expr.span.clone(),
            "predicate",
            format!("a bool is needed here, not {ty}"),
        )),
    }
}

/// `not`, of three values.
pub(super) fn not(operand: &Typed) -> Typed {
    Typed::strict(
        Type::Bool,
        std::slice::from_ref(operand),
        |cells| match cells {
            [Cell::Bool(value)] => Some(Cell::Bool(!value)),
            _ => None,
        },
    )
}

/// `and`: false wins; `or`: true wins; otherwise null is catching.
fn chain(logic: Logic, terms: &[Typed]) -> Typed {
    let winner = logic == Logic::Or;
    let decide = move |cells: &mut dyn Iterator<Item = Cell>| {
        let mut absent = false;
        for cell in cells {
            match cell {
                Cell::Bool(value) if value == winner => return Cell::Bool(winner),
                Cell::Bool(_) => {}
                _ => absent = true,
            }
        }
        if absent {
            Cell::Null
        } else {
            Cell::Bool(!winner)
        }
    };
    if terms.iter().all(|term| term.value.is_some()) {
        let mut values = terms.iter().filter_map(|term| term.value.clone());
        return Typed::constant(Type::Bool, decide(&mut values));
    }
    let evals: Vec<Eval> = terms.iter().map(|term| term.eval.clone()).collect();
    Typed::varying(Type::Bool, move |frame| {
        decide(&mut evals.iter().map(|eval| eval(frame)))
    })
}

fn name_of(expr: &Expr, name: &str, scope: &Scope<'_, '_>) -> Result<Typed, Fault> {
    let column = scope
        .columns
        .iter()
        .enumerate()
        .find(|(_, column)| &*column.name == name);
    if let Some((at, column)) = column {
        if scope.aggregates.is_some() {
            return Err(fault::invalid(
                expr.span.clone(),
                name,
                format!("`{name}` is neither a key nor inside an aggregate"),
            ));
        }
        return Ok(Typed::column(column.ty, at));
    }
    match scope.env.get(name) {
        Some(Binding::Scalar(typed) | Binding::Row(typed)) => Ok(typed.clone()),
        Some(_) => Err(fault::invalid(
            expr.span.clone(),
            name,
            format!("`{name}` is a table or a function, not a value"),
        )),
        None => Err(fault::invalid(
            expr.span.clone(),
            name,
            format!("there is no column `{name}`"),
        )),
    }
}

/// `value.key`, `value["key"]`, `value[0]`; from the end with negative numbers.
fn member(base: &Typed, key: &Typed, expr: &Expr) -> Result<Typed, Fault> {
    if base.ty != Type::Dynamic {
        let message = format!("only a dynamic has parts, not {}", base.ty);
        return Err(fault::invalid(expr.span.clone(), "path", message));
    }
    if !matches!(key.ty, Type::Text | Type::Long | Type::Int | Type::Dynamic) {
        let message = format!("a part is named by a text or a number, not {}", key.ty);
        return Err(fault::invalid(expr.span.clone(), "path", message));
    }
    Ok(Typed::of(
        Type::Dynamic,
        &[base.clone(), key.clone()],
        |cells| match cells {
            [Cell::Bag(bag), Cell::Text(key)] => bag.get(key).cloned().unwrap_or(Cell::Null),
            [Cell::Array(array), Cell::Long(at)] => {
                let length = i64::try_from(array.len()).unwrap_or(i64::MAX);
                let at = if *at < 0 { length + at } else { *at };
                let at = usize::try_from(at).ok();
                at.and_then(|at| array.get(at))
                    .cloned()
                    .unwrap_or(Cell::Null)
            }
            _ => Cell::Null,
        },
    ))
}

/// `* has "x"`: some column does.
fn any_column(
    expr: &Expr,
    operator: &str,
    right: &Expr,
    scope: &Scope<'_, '_>,
) -> Result<Typed, Fault> {
    let right = bind(right, scope)?;
    let mut terms = Vec::new();
    for (at, column) in scope.columns.iter().enumerate() {
        let typed = Typed::column(column.ty, at);
        if matches!(column.ty, Type::Text | Type::Dynamic) {
            terms.push(operator::binary(operator, &typed, &right, expr, scope)?);
        } else {
            // Other types are searched by their text; whether they should be is not documented.
            let text = super::convert::to(Type::Text, &typed, &scope.session.late);
            let found = operator::binary(operator, &text, &right, expr, scope)?;
            terms.push(doubtful(&found, expr, scope));
        }
    }
    Ok(chain(Logic::Or, &terms))
}

/// A truth that is known only as long as it is false.
pub(super) fn doubtful(found: &Typed, expr: &Expr, scope: &Scope<'_, '_>) -> Typed {
    let late = scope.session.late.clone();
    let span = expr.span.clone();
    let eval = found.eval.clone();
    Typed::varying(Type::Bool, move |frame| {
        let value = eval(frame);
        if value.is_true() {
            late.borrow_mut().get_or_insert_with(|| {
                let message = "whether a value that is no text is found is not known";
                fault::unknown(span.clone(), "search", message)
            });
        }
        value
    })
}

fn call(
    expr: &Expr,
    name: &str,
    arguments: &[Argument],
    scope: &Scope<'_, '_>,
) -> Result<Typed, Fault> {
    if let Some(Binding::Function(function, env)) = scope.env.get(name) {
        return calls::scalar_function(expr, function, env, arguments, scope);
    }
    let calls = scope.session.calls.get();
    scope.session.calls.set(calls.saturating_add(1));
    if name == "toscalar" {
        let [argument] = arguments else {
            return Err(fault::invalid(
                expr.span.clone(),
                name,
                "it takes one table",
            ));
        };
        if !run::is_tabular(&argument.value, scope) {
            return bind(&argument.value, scope);
        }
        // A table is computed once, outside of any row: it does not see the columns.
        let table = run::table(&argument.value, &scope.outside())?;
        let ty = table.columns.first().map_or(Type::Text, |column| column.ty);
        let cell = table.rows.first().and_then(|row| row.first()).cloned();
        return Ok(Typed::constant(ty, cell.unwrap_or_else(|| ty.absent())));
    }
    if aggregate::is_aggregate(name) {
        return aggregate::bind_call(expr, name, arguments, scope);
    }
    let typed = functions::bind_call(expr, name, arguments, scope)?;
    if calls > MANY && typed.value.as_ref().is_some_and(json::is_deep) {
        return Err(fault::unknown(expr.span.clone(), "nesting", json::DEEP));
    }
    Ok(typed)
}

/// At most this many calls may nest a value without harm.
const MANY: usize = 20;

/// The text of any value, as `tostring` and `strcat` see it.
pub(super) fn text_of(cell: &Cell, ty: Type) -> Rc<str> {
    match (cell, ty) {
        (Cell::Text(text), _) => text.clone(),
        (Cell::Bool(value), Type::Dynamic) => Rc::from(if *value { "true" } else { "false" }),
        (cell, _) => Rc::from(json::plain(cell)),
    }
}
