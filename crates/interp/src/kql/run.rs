//! Tabular expressions into tables.
//!
//! In: an expression, the names in scope. Out: a [`Table`]. Guarantee: a `let` is computed when it is asked for; how deep queries and functions call each
//! other is bounded (<https://learn.microsoft.com/en-us/kusto/query/functions/user-defined-functions>).

use super::ast::{Argument, Expr, Function, Kind, Statement, Union};
use super::bind::{self, bind};
use super::cell::{Cell, Type};
use super::fault::{self, Fault};
use super::scope::{Binding, Env, LetTable, Scope, Session, Table};
use super::typed::Typed;
use super::{calls, operators, stored};
use crate::stack::with_room;
use std::collections::HashSet;
use std::rc::Rc;

/// What the refusal of a table that is not there is called: `isfuzzy` looks for it.
pub(super) const ABSENT: &str = "absent table";

/// Runs statements; the table of the last query.
pub(super) fn statements(
    statements: &[Statement],
    session: &Session<'_>,
    env: &Env,
) -> Result<Rc<Table>, Fault> {
    let (env, query) = lets(statements, session, env)?;
    let Some(query) = query else {
        return Err(fault::invalid(0..0, "query", "nothing is asked for"));
    };
    let scope = Scope::bare(session, &env);
    if is_tabular(query, &scope) {
        return table(query, &scope);
    }
    if let Kind::Name(name) = &query.kind {
        // A name that is nothing at all is more likely meant as a table.
        if env.get(name).is_none() {
            return Err(absent(name, query));
        }
    }
    let message = "a query asks for a table; `print` makes one of a value";
    Err(fault::unknown(query.span.clone(), "query", message))
}

/// Takes in the `let` statements; the query at the end, if there is one.
pub(super) fn lets<'q>(
    statements: &'q [Statement],
    session: &Session<'_>,
    env: &Env,
) -> Result<(Env, Option<&'q Expr>), Fault> {
    let mut env = env.clone();
    let mut query = None;
    let mut declared: HashSet<&str> = HashSet::new();
    for statement in statements {
        if let Statement::Let(name, _) | Statement::Function(name, _) = statement
            && !declared.insert(&name.text)
        {
            let message = format!("`{}` is declared already", name.text);
            return Err(fault::invalid(name.span.clone(), &name.text, message));
        }
        match statement {
            Statement::Let(name, expr) => {
                let scope = Scope::bare(session, &env);
                let binding = if is_tabular(expr, &scope) {
                    lazy(expr, &env)
                } else {
                    scalar(bind(expr, &scope)?)
                };
                env = env.with(&name.text, binding);
            }
            Statement::Function(name, function) => {
                let binding = Binding::Function(function.clone(), env.clone());
                env = env.with(&name.text, binding);
            }
            Statement::Query(expr) => {
                if query.is_some() {
                    return Err(fault::unknown(
                        expr.span.clone(),
                        "several queries",
                        "one query is answered at a time",
                    ));
                }
                query = Some(expr);
            }
        }
    }
    Ok((env, query))
}

/// A value, which the rows of a table may decide.
pub(super) fn scalar(typed: Typed) -> Binding {
    if typed.value.is_some() {
        Binding::Scalar(typed)
    } else {
        Binding::Row(typed)
    }
}

pub(super) fn lazy(expr: &Expr, env: &Env) -> Binding {
    Binding::Table(Rc::new(LetTable {
        expr: expr.clone(),
        env: env.clone(),
        done: std::cell::OnceCell::new(),
    }))
}

fn absent(name: &str, expr: &Expr) -> Fault {
    let message = format!("there is no table `{name}`");
    fault::invalid(expr.span.clone(), ABSENT, message)
}

/// Whether an expression makes a table.
pub(super) fn is_tabular(expr: &Expr, scope: &Scope<'_, '_>) -> bool {
    match &expr.kind {
        Kind::Pipe(..)
        | Kind::Datatable(..)
        | Kind::Print(_)
        | Kind::Range(..)
        | Kind::Union(_)
        | Kind::Search(_)
        | Kind::Wildcard(_)
        | Kind::External(..) => true,
        Kind::Name(name) => {
            if scope.columns.iter().any(|column| &*column.name == name) {
                return false;
            }
            match scope.env.get(name) {
                Some(Binding::Table(_)) => true,
                Some(Binding::Scalar(_) | Binding::Row(_)) => false,
                Some(Binding::Function(function, env)) => {
                    function.parameters.is_empty() && makes_table(function, env, scope.session)
                }
                None => stored::is_there(name, scope.session),
            }
        }
        Kind::Path(base, _) => elsewhere(base),
        Kind::Call(name, arguments) => match scope.env.get(name) {
            Some(Binding::Function(function, env)) => makes_table(function, env, scope.session),
            Some(_) => false,
            None => {
                matches!(name.as_str(), "materialize" | "table")
                    || stored::answers(name, arguments, scope.session)
            }
        },
        _ => false,
    }
}

/// Whether an expression names a database, as `workspace("w")` and `cluster("c").database("d")` do.
fn elsewhere(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Path(base, _) => elsewhere(base),
        Kind::Index(base, _) => elsewhere(base),
        Kind::Call(name, _) => matches!(
            name.as_str(),
            "workspace" | "cluster" | "database" | "app" | "adx" | "arg"
        ),
        _ => false,
    }
}

/// Whether the body of a function makes a table.
fn makes_table(function: &Function, env: &Env, session: &Session<'_>) -> bool {
    // Functions that call each other are looked into again for each call; too deep a call is refused when it is made.
    let depth = session.depth.get();
    if session.budget.steps(calls::CALL).is_err() || depth >= bind::DEEPEST {
        return false;
    }
    session.depth.set(depth + 1);
    let found = with_room(|| ends_in_table(function, env, session));
    session.depth.set(depth);
    found
}

fn ends_in_table(function: &Function, env: &Env, session: &Session<'_>) -> bool {
    let nothing = || Binding::Scalar(Typed::constant(Type::Long, Cell::Null));
    let mut env = env.clone();
    for (name, ty, _) in &function.parameters {
        let binding = match ty {
            Some(_) => nothing(),
            None => lazy(
                &Expr {
                    kind: Kind::Star,
                    span: 0..0,
                },
                &env,
            ),
        };
        env = env.with(name, binding);
    }
    let mut last = false;
    for statement in &function.body {
        let scope = Scope::bare(session, &env);
        match statement {
            Statement::Let(name, expr) => {
                let binding = if is_tabular(expr, &scope) {
                    lazy(expr, &env)
                } else {
                    nothing()
                };
                env = env.with(&name.text, binding);
            }
            Statement::Function(name, function) => {
                let binding = Binding::Function(function.clone(), env.clone());
                env = env.with(&name.text, binding);
            }
            Statement::Query(expr) => last = is_tabular(expr, &scope),
        }
    }
    last
}

/// The table of an expression.
pub(super) fn table(expr: &Expr, scope: &Scope<'_, '_>) -> Result<Rc<Table>, Fault> {
    let session = scope.session;
    deeper(session, expr, || match &expr.kind {
        Kind::Pipe(source, ops) => {
            let source = table(source, scope)?;
            operators::pipe(ops, source, &scope.env, session)
        }
        Kind::Datatable(columns, cells) => {
            operators::sources::datatable(expr, columns, cells, scope).map(Rc::new)
        }
        Kind::Print(values) => operators::sources::print(values, scope).map(Rc::new),
        Kind::Range(name, from, to, step) => {
            operators::sources::range(expr, name, [from, to, step], scope).map(Rc::new)
        }
        Kind::Union(union) => operators::union::union(union, None, expr, scope).map(Rc::new),
        Kind::Search(search) => operators::search::search(search, None, expr, scope).map(Rc::new),
        Kind::Wildcard(_) => {
            let tables = operators::union::opened(expr, scope)?;
            let union = Union::of(tables);
            operators::union::union(&union, None, expr, scope).map(Rc::new)
        }
        Kind::External(columns, places) => {
            operators::sources::external(expr, columns, places, scope).map(Rc::new)
        }
        Kind::Name(name) => named(name, expr, scope),
        Kind::Call(name, arguments) => call(expr, name, arguments, scope),
        Kind::Path(base, _) if elsewhere(base) => Err(fault::unknown(
            expr.span.clone(),
            "another database",
            "tables of other databases, clusters and workspaces are not known here",
        )),
        _ => Err(fault::invalid(
            expr.span.clone(),
            "table",
            "a table is needed here",
        )),
    })
}

/// The table of a name.
fn named(name: &str, expr: &Expr, scope: &Scope<'_, '_>) -> Result<Rc<Table>, Fault> {
    match scope.env.get(name) {
        Some(Binding::Table(table)) => let_table(table, scope.session),
        Some(Binding::Function(function, env)) => {
            calls::called(expr, name, function, env, &[], scope)
        }
        Some(Binding::Scalar(_) | Binding::Row(_)) => Err(fault::invalid(
            expr.span.clone(),
            name,
            format!("`{name}` is a value, not a table"),
        )),
        None => stored::table(name, scope.session, expr)?.ok_or_else(|| absent(name, expr)),
    }
}

/// `table("Name")`: the table of a name that is a value.
fn by_name(expr: &Expr, arguments: &[Argument], scope: &Scope<'_, '_>) -> Result<Rc<Table>, Fault> {
    let wrong = |message: &str| fault::invalid(expr.span.clone(), "table", message);
    // A second argument says which data are read: hot ones, or all.
    let (Some(argument), true) = (arguments.first(), arguments.len() <= 2) else {
        return Err(wrong("it takes the name of a table"));
    };
    match bind(&argument.value, &scope.outside())?.value {
        Some(Cell::Text(name)) => named(&name, expr, scope),
        Some(_) => Err(wrong("the name of a table is a string")),
        None => Err(wrong("the name of a table does not depend on rows")),
    }
}

pub(super) fn deeper<T>(
    session: &Session<'_>,
    expr: &Expr,
    run: impl FnOnce() -> Result<T, Fault>,
) -> Result<T, Fault> {
    let depth = session.depth.get();
    if depth >= bind::DEEPEST {
        return Err(fault::unknown(
            expr.span.clone(),
            "nesting",
            "tables and functions call each other too deep",
        ));
    }
    session.depth.set(depth + 1);
    let result = with_room(run);
    session.depth.set(depth);
    result
}

fn let_table(table_of: &LetTable, session: &Session<'_>) -> Result<Rc<Table>, Fault> {
    if let Some(done) = table_of.done.get() {
        return Ok(done.clone());
    }
    let scope = Scope::bare(session, &table_of.env);
    let mut found = table(&table_of.expr, &scope)?;
    // A table that has a name in the query is called by its place in a union.
    if found.origin.is_some() {
        Rc::make_mut(&mut found).origin = None;
    }
    Ok(table_of.done.get_or_init(|| found).clone())
}

fn call(
    expr: &Expr,
    name: &str,
    arguments: &[Argument],
    scope: &Scope<'_, '_>,
) -> Result<Rc<Table>, Fault> {
    if let Some(Binding::Function(function, env)) = scope.env.get(name) {
        return calls::called(expr, name, function, env, arguments, scope);
    }
    if name == "table" {
        return by_name(expr, arguments, scope);
    }
    if name == "materialize" {
        return match arguments {
            [argument] => table(&argument.value, scope),
            _ => Err(fault::invalid(
                expr.span.clone(),
                name,
                "it takes one table",
            )),
        };
    }
    stored::call(expr, name, arguments, scope)?.ok_or_else(|| absent(name, expr))
}
