//! What names stand for at a step, and the columns of the result.
//!
//! In: the columns that steps make, with their native values. Out: the native value of a name, and [`BoundOutput`]s. Guarantee: names are those of the neutral
//! plan; the outputs are in its order.

use crate::plan::walk::Made;
use crate::plan::{Column, Expr, ExprKind, Type};
use crate::source::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A column of the result.
#[derive(Clone, Debug)]
pub struct BoundOutput {
    /// Its name on the platform: the native one when a field passes through, else the hunt's.
    pub name: String,
    /// Its name in the hunt.
    pub neutral: String,
    /// Its type in the hunt.
    pub ty: Type,
    /// How a cell becomes the neutral value.
    pub read: ReadBack,
    /// Whether it is a field that may hold several values. A platform's column may still hold one.
    pub several: bool,
    /// The platform's type word, for a native column that passes through.
    pub native_type: Option<String>,
}

/// How a cell of the result becomes the neutral value.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadBack {
    /// It is the value.
    AsIs,
    /// It is a platform's word; neutral words with their native words.
    Words(Arc<Vec<(String, Vec<String>)>>),
    /// It is decimal text of an int.
    TextToInt,
    /// It is a number of a text.
    IntToText,
}

/// What the names of the row at hand stand for. While events are at hand, neutral fields are not listed: they stand for their mapping.
#[derive(Clone, Debug, Default)]
pub(super) struct Visible {
    /// Neutral or computed name to its value now.
    pub(super) names: BTreeMap<String, Expr>,
    pub(super) outputs: Vec<BoundOutput>,
    /// Whether a `group` or a `select` has replaced the events.
    closed: bool,
}

impl Visible {
    pub(super) fn events() -> Self {
        Visible::default()
    }

    pub(super) fn get(&self, name: &str) -> Option<Expr> {
        self.names.get(name).cloned()
    }

    pub(super) fn outputs(&self) -> Vec<BoundOutput> {
        if self.closed {
            self.outputs.clone()
        } else {
            Vec::new()
        }
    }

    /// A column made by `derive`.
    pub(super) fn computed(&mut self, name: &str, value: &Expr) {
        let column = Expr {
            kind: ExprKind::Column(Column::Computed(name.to_owned())),
            ..value.clone()
        };
        self.names.insert(name.to_owned(), column);
        self.outputs.push(BoundOutput {
            name: name.to_owned(),
            neutral: name.to_owned(),
            ty: value.ty.clone(),
            read: ReadBack::AsIs,
            several: false,
            native_type: None,
        });
    }

    /// A column that a step adds to each row.
    pub(super) fn added(&mut self, made: &Made<'_>, span: Span) {
        let (ty, nullable, determined) = made.facts();
        let value = Expr {
            ty,
            nullable,
            determined,
            ..Expr::predicate(ExprKind::Now, span)
        };
        self.computed(&made.name, &value);
    }

    /// After a step that chooses its columns.
    pub(super) fn replace(&mut self, columns: Vec<(BoundOutput, Expr)>) {
        self.closed = true;
        self.names = columns
            .iter()
            .map(|(output, value)| (output.neutral.clone(), value.clone()))
            .collect();
        self.outputs = columns.into_iter().map(|(output, _)| output).collect();
    }
}
