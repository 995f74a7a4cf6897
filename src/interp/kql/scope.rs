//! What names mean.
//!
//! In: samples, options, `let` statements, columns. Out: [`Session`] for a run, [`Env`] for `let`, [`Scope`] for an expression. Promise: a column
//! hides a `let`, a later `let` hides none but itself (<https://learn.microsoft.com/en-us/kusto/query/let-statement>).

use super::Options;
use super::aggregate::Aggregate;
use super::ast::{Expr, Function};
use super::cell::Type;
use super::fault::Fault;
use super::typed::{Row, Typed};
use crate::interp::Sample;
use std::cell::{Cell as Slot, OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub name: Rc<str>,
    pub ty: Type,
}

impl Column {
    pub(super) fn new(name: &str, ty: Type) -> Column {
        Column {
            name: Rc::from(name),
            ty,
        }
    }
}

/// Rows with their columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// Whether its rows have an order, so that a row has neighbours.
    pub serialized: bool,
    /// Whether the query fixes that order.
    pub sorted: bool,
    /// What `union withsource` and `search` call it.
    pub origin: Option<String>,
}

impl Table {
    pub(super) fn new(columns: Vec<Column>, rows: Vec<Row>) -> Table {
        Table {
            columns,
            rows,
            ..Table::default()
        }
    }

    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| &*column.name == name)
    }
}

/// The first fault of a run that is seen only while rows are computed.
pub(super) type Late = Rc<RefCell<Option<Fault>>>;

/// What one run shares.
pub(super) struct Session<'a> {
    pub samples: &'a [Sample],
    pub options: &'a Options,
    /// Now, in ticks.
    pub now: i64,
    pub late: Late,
    pub loaded: RefCell<HashMap<usize, Rc<Table>>>,
    pub warnings: RefCell<Vec<String>>,
    pub depth: Slot<usize>,
}

/// A `let` that is tabular: computed when it is asked for, once.
pub(super) struct LetTable {
    pub expr: Expr,
    pub env: Env,
    pub done: OnceCell<Rc<Table>>,
}

/// What a name is bound to.
#[derive(Clone)]
pub(super) enum Binding {
    Scalar(Typed),
    Table(Rc<LetTable>),
    Function(Rc<Function>, Env),
}

/// The names that `let` bound, the latest first.
#[derive(Clone, Default)]
pub(super) struct Env(Option<Rc<Node>>);

struct Node {
    name: String,
    binding: Binding,
    before: Env,
}

impl Env {
    pub(super) fn with(&self, name: &str, binding: Binding) -> Env {
        Env(Some(Rc::new(Node {
            name: name.to_owned(),
            binding,
            before: self.clone(),
        })))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Binding> {
        self.iter()
            .find(|(found, _)| *found == name)
            .map(|(_, binding)| binding)
    }

    /// All bindings, the latest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Binding)> {
        let mut next = self.0.as_deref();
        std::iter::from_fn(move || {
            let node = next?;
            next = node.before.0.as_deref();
            Some((node.name.as_str(), &node.binding))
        })
    }
}

/// Where an expression stands.
pub(super) struct Scope<'s, 'a> {
    pub session: &'s Session<'a>,
    pub env: Env,
    pub columns: &'s [Column],
    /// Whether rows have neighbours.
    pub serialized: bool,
    /// Where aggregates are allowed, they are collected here; the expression then reads their results.
    pub aggregates: Option<&'s RefCell<Vec<Aggregate>>>,
}

impl<'s, 'a> Scope<'s, 'a> {
    pub(super) fn of(session: &'s Session<'a>, env: &Env, table: &'s Table) -> Scope<'s, 'a> {
        Scope {
            session,
            env: env.clone(),
            columns: &table.columns,
            serialized: table.serialized,
            aggregates: None,
        }
    }

    /// The same names without rows.
    pub(super) fn bare(session: &'s Session<'a>, env: &Env) -> Scope<'s, 'a> {
        Scope {
            session,
            env: env.clone(),
            columns: &[],
            serialized: false,
            aggregates: None,
        }
    }

    /// The same scope where no aggregate may stand.
    pub(super) fn rows(&self) -> Scope<'s, 'a> {
        Scope {
            session: self.session,
            env: self.env.clone(),
            columns: self.columns,
            serialized: self.serialized,
            aggregates: None,
        }
    }
}
