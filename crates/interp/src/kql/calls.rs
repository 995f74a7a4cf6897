//! Functions that a query defines, called.
//!
//! In: a function, the names around it, its arguments. Out: the table or the value of its body. Guarantee: a parameter is bound to the argument at its place
//! or of its name, else to its default; each call counts as many steps, because its body is bound anew
//! (<https://learn.microsoft.com/en-us/kusto/query/functions/user-defined-functions>, <https://learn.microsoft.com/en-us/kusto/query/invoke-operator>).

use super::ast::{Argument, Expr, Function, Kind};
use super::bind::bind;
use super::fault::{self, Fault};
use super::run::{self, deeper, lazy, lets, scalar};
use super::scope::{Binding, Env, LetTable, Scope, Table};
use super::typed::Typed;
use std::rc::Rc;

/// Steps that a call of a function counts as: its body is bound anew.
pub(super) const CALL: usize = 1000;

/// A function of the query that makes a table.
pub(super) fn called(
    expr: &Expr,
    name: &str,
    function: &Function,
    env: &Env,
    arguments: &[Argument],
    scope: &Scope<'_, '_>,
) -> Result<Rc<Table>, Fault> {
    let session = scope.session;
    session.charged(&expr.span, session.budget.steps(CALL))?;
    let env = parameters(expr, function, env, arguments, scope)?;
    let mut found = run::statements(&function.body, scope.session, &env)?;
    let origin = function.view.then(|| name.to_owned());
    if found.origin != origin {
        Rc::make_mut(&mut found).origin = origin;
    }
    Ok(found)
}

/// `invoke f(…)`: a function of the query whose first parameter is the table before the pipe.
pub(super) fn invoked(
    expr: &Expr,
    name: &str,
    source: Rc<Table>,
    arguments: &[Argument],
    scope: &Scope<'_, '_>,
) -> Result<Rc<Table>, Fault> {
    let Some(Binding::Function(function, env)) = scope.env.get(name) else {
        let message = format!("`{name}` is no function of the query");
        return Err(fault::unknown(expr.span.clone(), "invoke", message));
    };
    let Some((parameter, None, _)) = function.parameters.first() else {
        let message = format!("the first parameter of `{name}` is no table");
        return Err(fault::invalid(expr.span.clone(), "invoke", message));
    };
    // The table goes by a name that no query can write.
    let piped = "|";
    let held = LetTable {
        expr: Expr {
            kind: Kind::Star,
            span: expr.span.clone(),
        },
        env: Env::default(),
        done: std::cell::OnceCell::from(source),
    };
    let table = Argument {
        name: Some(parameter.clone()),
        value: Expr {
            kind: Kind::Name(piped.to_owned()),
            span: expr.span.clone(),
        },
    };
    let mut all = vec![table];
    all.extend(arguments.iter().cloned());
    let inner = Scope {
        env: scope.env.with(piped, Binding::Table(Rc::new(held))),
        ..Scope::bare(scope.session, &scope.env)
    };
    deeper(scope.session, expr, || {
        called(expr, name, function, env, &all, &inner)
    })
}

/// A function of the query that makes a value.
pub(super) fn scalar_function(
    expr: &Expr,
    function: &Function,
    env: &Env,
    arguments: &[Argument],
    scope: &Scope<'_, '_>,
) -> Result<Typed, Fault> {
    deeper(scope.session, expr, || {
        let session = scope.session;
        session.charged(&expr.span, session.budget.steps(CALL))?;
        let env = parameters(expr, function, env, arguments, scope)?;
        let (env, query) = lets(&function.body, scope.session, &env)?;
        match query {
            Some(query) => bind(query, &Scope::bare(scope.session, &env)),
            None => Err(fault::invalid(
                expr.span.clone(),
                "function",
                "the function has no value",
            )),
        }
    })
}

/// Binds the parameters of a function.
fn parameters(
    expr: &Expr,
    function: &Function,
    env: &Env,
    arguments: &[Argument],
    scope: &Scope<'_, '_>,
) -> Result<Env, Fault> {
    let wrong = |message: String| fault::invalid(expr.span.clone(), "function", message);
    let known = |name: &String| function.parameters.iter().any(|(own, ..)| own == name);
    if let Some(name) = arguments
        .iter()
        .filter_map(|argument| argument.name.as_ref())
        .find(|name| !known(name))
    {
        return Err(wrong(format!("there is no parameter `{name}`")));
    }
    if arguments.len() > function.parameters.len() {
        return Err(wrong("there are too many arguments".to_owned()));
    }
    let mut bound = env.clone();
    for (at, (name, ty, default)) in function.parameters.iter().enumerate() {
        let named = arguments
            .iter()
            .find(|argument| argument.name.as_ref() == Some(name));
        let placed = arguments.get(at).filter(|argument| argument.name.is_none());
        let given = named.or(placed).map(|argument| &argument.value);
        let binding = match (ty, given, default) {
            (None, Some(given), _) => lazy(given, &scope.env),
            (Some(ty), Some(given), _) => {
                let typed = bind(given, scope)?;
                let fits = typed.ty == *ty || (typed.ty.is_whole() && ty.is_whole());
                if !fits {
                    return Err(wrong(format!("`{name}` is {ty}, not {}", typed.ty)));
                }
                scalar(Typed { ty: *ty, ..typed })
            }
            (Some(ty), None, Some(default)) => {
                let typed = bind(default, &Scope::bare(scope.session, env))?;
                Binding::Scalar(Typed { ty: *ty, ..typed })
            }
            _ => return Err(wrong(format!("`{name}` is not given"))),
        };
        bound = bound.with(name, binding);
    }
    Ok(bound)
}
