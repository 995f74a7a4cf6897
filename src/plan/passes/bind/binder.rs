//! What binding knows at a step.
//!
//! In: a schema and one of its product forms. Out: [`Binder`], with which each step and each expression is bound. Guarantee: a native column is one of the schema,
//! in the type of the product form.

use super::visible::Visible;
use crate::diag::{Code, Diagnostic};
use crate::plan::{Column, Expr, ExprKind, NativeColumn, Type};
use crate::schema::{Class, ClassMapping, Fidelity, Schema};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The words that a neutral enum is known to be among, from conjuncts that hold for every row that is left.
pub(super) type Facts = BTreeMap<String, BTreeSet<String>>;

pub(super) struct Binder<'a> {
    pub(super) class: &'a Class,
    pub(super) schema: &'a Schema,
    pub(super) mapping: &'a ClassMapping,
    pub(super) product: &'a str,
    /// What the names of the row at hand stand for.
    pub(super) visible: Visible,
    pub(super) facts: Facts,
    pub(super) errors: Vec<Diagnostic>,
    pub(super) notes: Vec<Diagnostic>,
    pub(super) noted: BTreeSet<String>,
}

impl<'a> Binder<'a> {
    pub(super) fn new(
        class: &'a Class,
        schema: &'a Schema,
        mapping: &'a ClassMapping,
        product: &'a str,
    ) -> Self {
        Binder {
            class,
            schema,
            mapping,
            product,
            visible: Visible::events(),
            facts: Facts::new(),
            errors: Vec::new(),
            notes: Vec::new(),
            noted: BTreeSet::new(),
        }
    }

    pub(super) fn time_column(&self) -> Option<Arc<NativeColumn>> {
        match &self.mapping.fields.get("time")?.how {
            crate::schema::How::Column { source, .. } => self
                .schema
                .column(source.column(self.product))
                .map(|c| self.present_form(c)),
            _ => None,
        }
    }

    /// The native column as an expression of its stored type.
    pub(super) fn native(&self, name: &str, span: Span) -> Option<Expr> {
        let info = self.schema.column(name)?;
        let nullable = info.native.nullable || info.native.may_be_blank;
        let ty = if info.native.multi {
            Type::Set(Box::new(info.ty.clone()))
        } else {
            info.ty.clone()
        };
        Some(Expr {
            kind: ExprKind::Column(Column::Native(self.present_form(info))),
            ty,
            nullable,
            determined: true,
            span,
        })
    }

    /// The column with the type word of the product form at hand.
    pub(super) fn present_form(&self, info: &crate::schema::ColumnInfo) -> Arc<NativeColumn> {
        match info.product_types.get(self.product) {
            Some(native_type) => Arc::new(NativeColumn {
                native_type: native_type.clone(),
                ..(*info.native).clone()
            }),
            None => Arc::clone(&info.native),
        }
    }

    /// Says once what the mapping of a field loses.
    pub(super) fn note_fidelity(&mut self, field: &str, span: Span) {
        let Some(mapping) = self.mapping.fields.get(field) else {
            return;
        };
        if mapping.fidelity == Fidelity::Exact || !self.noted.insert(field.to_owned()) {
            return;
        }
        let word = if mapping.fidelity == Fidelity::Lossy {
            "lossy"
        } else {
            "debatable"
        };
        let title = format!(
            "`{field}` in schema `{}` is {word}: {}",
            self.schema.name, mapping.why
        );
        self.notes.push(Diagnostic::at(Code::N0501, span, title));
    }
}
