//! What names mean.
//!
//! In: samples, options, `let` statements, columns. Out: [`Session`] for a run, [`Env`] for `let`, [`Scope`] for an expression. Guarantee: a column
//! hides a `let`, a later `let` hides none but itself (<https://learn.microsoft.com/en-us/kusto/query/let-statement>).

use super::Options;
use super::aggregate::Aggregate;
use super::ast::{Expr, Function};
use super::cell::{Cell, Type};
use super::fault::{self, Fault};
use super::typed::{Row, Typed};
use crate::Sample;
use crate::budget::{Budget, Spent};
use std::cell::{Cell as Slot, OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
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

/// The first error of a run that is found only while rows are computed.
pub(super) type Late = Rc<RefCell<Option<Fault>>>;

/// What one run shares.
pub(super) struct Session<'a> {
    pub samples: &'a [Sample],
    pub options: &'a Options,
    /// Now, in ticks.
    pub now: i64,
    pub late: Late,
    pub budget: Rc<Budget>,
    pub loaded: RefCell<HashMap<usize, Rc<Table>>>,
    pub warnings: RefCell<Vec<String>>,
    /// Tables and functions that are open.
    pub depth: Slot<usize>,
    /// Calls of functions that were bound since dynamic values were last found to be shallow.
    pub calls: Slot<usize>,
    /// Expressions that are being bound, one in another.
    pub open: Slot<usize>,
    /// The nesting depth of the expressions bound since the expression at hand began.
    pub height: Slot<usize>,
}

impl Session<'_> {
    /// A charge as a refusal at its place.
    pub(super) fn charged(
        &self,
        span: &Range<usize>,
        charge: Result<(), Spent>,
    ) -> Result<(), Fault> {
        charge.map_err(|spent| fault::over(span.clone(), spent))
    }

    /// Charges a number of new rows of so many cells.
    pub(super) fn new_rows(
        &self,
        span: &Range<usize>,
        rows: usize,
        cells: usize,
    ) -> Result<(), Fault> {
        let row = cells.saturating_mul(size_of::<Cell>()).saturating_add(64);
        self.charged(span, self.budget.rows(rows))?;
        self.charged(span, self.budget.bytes(rows.saturating_mul(row)))
    }
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
    /// A value of the row that a subquery of `mv-apply` runs for: no table of its own sees it.
    Row(Typed),
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

/// One after another: there may be more names than the stack has room for.
impl Drop for Env {
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut node) = next.and_then(|node| Rc::try_unwrap(node).ok()) {
            next = node.before.0.take();
        }
    }
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

    /// The names that do not depend on a row.
    pub(super) fn without_rows(&self) -> Env {
        let mut kept: Vec<(&str, &Binding)> = Vec::new();
        for (name, binding) in self.iter() {
            if !matches!(binding, Binding::Row(_)) {
                kept.push((name, binding));
            }
        }
        let rest = kept.into_iter().rev();
        rest.fold(Env::default(), |env, (name, binding)| {
            env.with(name, binding.clone())
        })
    }

    /// Whether some names depend on a row.
    pub(super) fn has_rows(&self) -> bool {
        self.iter()
            .any(|(_, binding)| matches!(binding, Binding::Row(_)))
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

/// Where an expression is.
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

    /// Where a table inside an expression is: outside of the rows.
    pub(super) fn outside(&self) -> Scope<'s, 'a> {
        let env = if self.env.has_rows() {
            self.env.without_rows()
        } else {
            self.env.clone()
        };
        Scope::bare(self.session, &env)
    }

    /// The same scope where no aggregate is allowed.
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
