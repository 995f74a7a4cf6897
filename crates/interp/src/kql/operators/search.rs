//! `search`.
//!
//! In: tables. Out: the rows in which a text is found, and the table they are of. Guarantee: a text is sought as a term in all columns, `a*` as the
//! beginning of one (<https://learn.microsoft.com/en-us/kusto/query/search-operator>); where it is found in a value whose text is not certain, the run is
//! refused.

use super::{frames, union};
use crate::kql::ast::{Expr, Kind, Logic, Search, Union};
use crate::kql::bind;
use crate::kql::cell::{Cell, Type};
use crate::kql::fault::{self, Fault};
use crate::kql::run;
use crate::kql::scope::{Binding, Column, Scope, Table};
use crate::kql::typed::Typed;
use crate::kql::{convert, operator};
use std::rc::Rc;

/// A table and what `$table` calls it.
type Labelled = (Option<String>, Rc<Table>);

pub(in crate::kql) fn search(
    search: &Search,
    first: Option<Rc<Table>>,
    expr: &Expr,
    scope: &Scope<'_, '_>,
) -> Result<Table, Fault> {
    let mut tables: Vec<Labelled> = Vec::new();
    if let Some(table) = first {
        if !search.tables.is_empty() {
            let message = "after a pipe `search` has no tables of its own";
            return Err(fault::invalid(expr.span.clone(), "search", message));
        }
        tables.push((None, table));
    } else if search.tables.is_empty() {
        tables = everything(scope, expr)?;
    }
    for leg in &search.tables {
        for leg in &union::opened(leg, scope)? {
            let table = run::table(leg, scope)?;
            tables.push((table.origin.clone(), table));
        }
    }
    let mut kept = Vec::new();
    for (number, (name, table)) in tables.into_iter().enumerate() {
        let rows = Scope::of(scope.session, &scope.env, &table);
        let predicate = predicate(&search.predicate, search.case_sensitive, &rows)?;
        let label = name.unwrap_or_else(|| format!("search_arg{number}"));
        let label = Cell::text(label);
        let found = frames(&table.rows)
            .filter(|frame| (predicate.eval)(frame).is_true())
            .map(|frame| {
                let mut row = vec![label.clone()];
                row.extend_from_slice(frame.row);
                row
            });
        let mut columns = vec![Column::new("$table", Type::Text)];
        columns.extend(table.columns.iter().cloned());
        kept.push(Rc::new(Table::new(columns, found.collect())));
    }
    let whole = Union {
        inner: false,
        source_column: None,
        fuzzy: false,
        tables: Vec::new(),
    };
    union::joined(&kept, &whole, expr)
}

/// The names of all tables there are: views of the query, and samples.
pub(super) fn names(scope: &Scope<'_, '_>) -> Vec<String> {
    let mut names: Vec<String> = scope
        .env
        .iter()
        .filter(|(_, binding)| {
            matches!(binding, Binding::Function(function, _)
                if function.view && function.parameters.is_empty())
        })
        .map(|(name, _)| name.to_owned())
        .collect();
    names.reverse();
    let samples = scope
        .session
        .samples
        .iter()
        .map(|sample| sample.name.clone());
    names.extend(samples.filter(|name| !name.contains('(')));
    names
}

/// All tables there are.
fn everything(scope: &Scope<'_, '_>, expr: &Expr) -> Result<Vec<Labelled>, Fault> {
    let mut tables = Vec::new();
    for name in names(scope) {
        let named = Expr {
            kind: Kind::Name(name.clone()),
            span: expr.span.clone(),
        };
        tables.push((Some(name), run::table(&named, scope)?));
    }
    Ok(tables)
}

/// A predicate of `search`: texts that stand alone are sought in all columns.
fn predicate(expr: &Expr, case_sensitive: bool, scope: &Scope<'_, '_>) -> Result<Typed, Fault> {
    match &expr.kind {
        Kind::Literal(Cell::Text(text), _) => term(text, case_sensitive, expr, scope),
        Kind::Literal(Cell::Long(number), _) => {
            term(&number.to_string(), case_sensitive, expr, scope)
        }
        Kind::Literal(Cell::Real(_), _) => {
            // A real that stands alone was not found by the engine in a column of reals.
            Ok(Typed::constant(Type::Bool, Cell::Bool(false)))
        }
        Kind::Star => Ok(Typed::constant(Type::Bool, Cell::Bool(true))),
        Kind::Logic(logic, terms) => {
            let terms: Result<Vec<Typed>, Fault> = terms
                .iter()
                .map(|term| predicate(term, case_sensitive, scope))
                .collect();
            Ok(combined(*logic, &terms?))
        }
        Kind::Call(name, arguments) if name == "not" => match arguments.as_slice() {
            [argument] => Ok(bind::not(&predicate(
                &argument.value,
                case_sensitive,
                scope,
            )?)),
            _ => bind::truth(expr, scope),
        },
        _ => bind::truth(expr, scope),
    }
}

fn combined(logic: Logic, terms: &[Typed]) -> Typed {
    let winner = logic == Logic::Or;
    Typed::of(Type::Bool, terms, move |cells| {
        let found = cells.iter().any(|cell| cell.is_true() == winner);
        Cell::Bool(found == winner)
    })
}

/// A text in any column.
fn term(
    text: &str,
    case_sensitive: bool,
    expr: &Expr,
    scope: &Scope<'_, '_>,
) -> Result<Typed, Fault> {
    let (from_start, rest) = match text.strip_suffix('*') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (to_end, plain) = match rest.strip_prefix('*') {
        Some(plain) => (true, plain),
        None => (false, rest),
    };
    if plain.contains('*') {
        let message = "a `*` inside a text is not known here";
        return Err(fault::unknown(expr.span.clone(), "search", message));
    }
    let name = match (to_end, from_start) {
        (true, true) => "contains",
        (true, false) => "hassuffix",
        (false, true) => "hasprefix",
        (false, false) => "has",
    };
    let name = if case_sensitive {
        format!("{name}_cs")
    } else {
        name.to_owned()
    };
    let needle = Typed::constant(Type::Text, Cell::text(plain));
    let mut terms = Vec::new();
    for (at, column) in scope.columns.iter().enumerate() {
        let typed = Typed::column(column.ty, at);
        let textual = matches!(column.ty, Type::Text | Type::Dynamic);
        let as_text = if textual {
            typed
        } else {
            convert::to(Type::Text, &typed, &scope.session.late)
        };
        let found = operator::binary(&name, &as_text, &needle, expr, scope)?;
        terms.push(if textual || column.ty.is_whole() {
            found
        } else {
            bind::doubtful(&found, expr, scope)
        });
    }
    Ok(combined(Logic::Or, &terms))
}
