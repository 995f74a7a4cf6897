//! Result columns: their names on the platform, and how their cells read as neutral values.

use super::binder::Binder;
use super::visible::{BoundOutput, ReadBack};
use super::words;
use crate::plan::{Aggregate, Column, Expr, ExprKind, NativeColumn, Output, Step, TIME, Type};
use crate::schema::{Cast, How};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Binder<'_> {
    pub(super) fn select(&mut self, columns: &[Output], later: &[Step]) -> Vec<Output> {
        let (bound, seen) =
            self.outputs_of(columns, false, &|column| used_later(&column.name, later));
        self.visible.replace(seen);
        bound
    }

    /// The columns of a step. Two fields may be mapped to one native column: the second of them takes its own name.
    fn outputs_of(
        &mut self,
        columns: &[Output],
        key: bool,
        used_later: &dyn Fn(&Output) -> bool,
    ) -> (Vec<Output>, Vec<(BoundOutput, Expr)>) {
        let mut taken = BTreeSet::new();
        let mut all = (Vec::new(), Vec::new());
        for column in columns {
            let (printed, seen) = self.output(column, key, used_later(column), &taken);
            taken.insert(printed.name.clone());
            all.0.push(printed);
            all.1.push(seen);
        }
        all
    }

    pub(super) fn group(
        &mut self,
        keys: &[Output],
        aggregates: &[Aggregate],
    ) -> (Vec<Output>, Vec<Aggregate>) {
        let (bound_keys, mut seen) = self.outputs_of(keys, true, &|_| true);
        let mut bound_aggregates = Vec::new();
        for aggregate in aggregates {
            let bound = Aggregate {
                argument: aggregate
                    .argument
                    .as_ref()
                    .map(|argument| self.value(argument)),
                filter: aggregate
                    .filter
                    .as_ref()
                    .map(|filter| self.predicate(filter)),
                ..aggregate.clone()
            };
            let value = Expr {
                kind: ExprKind::Column(Column::Computed(aggregate.name.clone())),
                ty: aggregate.ty.clone(),
                nullable: aggregate.nullable,
                determined: aggregate.function.is_determined(),
                span: aggregate.span,
            };
            let output = BoundOutput {
                name: aggregate.name.clone(),
                neutral: aggregate.name.clone(),
                ty: aggregate.ty.clone(),
                read: ReadBack::AsIs,
                several: false,
                native_type: None,
            };
            seen.push((output, value));
            bound_aggregates.push(bound);
        }
        self.visible.replace(seen);
        (bound_keys, bound_aggregates)
    }

    /// A series: its keys, the start of a window, what is measured.
    pub(super) fn series(
        &mut self,
        keys: &[Output],
        measure: &Aggregate,
    ) -> (Vec<Output>, Aggregate) {
        let (keys, mut aggregates) = self.group(keys, std::slice::from_ref(measure));
        // Windows come before what is measured in them, under the platform's own name for the time of an event.
        if let Some(native) = self.time_column() {
            let measured = self.visible.outputs.pop();
            let time = Expr {
                kind: ExprKind::Column(Column::Native(Arc::clone(&native))),
                ty: Type::Time,
                ..Expr::predicate(ExprKind::Now, measure.span)
            };
            self.visible.names.insert(TIME.to_owned(), time);
            self.visible.outputs.push(BoundOutput {
                name: native.name.clone(),
                neutral: TIME.to_owned(),
                ty: Type::Time,
                read: ReadBack::AsIs,
                several: false,
                native_type: Some(native.native_type.clone()),
            });
            self.visible.outputs.extend(measured);
        }
        (keys, aggregates.pop().unwrap_or_else(|| measure.clone()))
    }

    /// One output column: as the step prints it, and as later steps see it. Keys hold no blank text: they are normalised where they are made.
    fn output(
        &mut self,
        column: &Output,
        key: bool,
        used_later: bool,
        taken: &BTreeSet<String>,
    ) -> (Output, (BoundOutput, Expr)) {
        let passes = self
            .event_field(&column.value)
            .filter(|field| *field == column.name);
        if let Some((native, cast, read)) = passes
            .as_ref()
            .and_then(|field| self.passing(field, key, used_later))
            .filter(|(native, ..)| !taken.contains(&native.name))
        {
            self.note_fidelity(&column.name, column.value.span);
            let plain = Expr {
                kind: ExprKind::Column(Column::Native(Arc::clone(&native))),
                ..column.value.clone()
            };
            let stored = match self.schema.column(&native.name) {
                Some(info) if info.native.multi => Type::Set(Box::new(info.ty.clone())),
                Some(info) => info.ty.clone(),
                None => Type::Text,
            };
            let later = Arc::new(NativeColumn {
                may_be_blank: native.may_be_blank && !key,
                ..(*native).clone()
            });
            let ty = column.value.ty.clone();
            let seen = Expr {
                kind: ExprKind::Column(Column::Native(later)),
                ty: stored.clone(),
                ..column.value.clone()
            };
            let seen = super::expression::cast_value(seen, cast, ty.clone());
            let output = BoundOutput {
                name: native.name.clone(),
                neutral: column.name.clone(),
                several: self.holds_several(&column.name),
                ty,
                read,
                native_type: Some(native.native_type.clone()),
            };
            let printed = Output {
                name: native.name.clone(),
                value: Expr {
                    ty: stored,
                    ..plain
                },
                optional: false,
            };
            return (printed, (output, seen));
        }
        let value = self.value(&column.value);
        // A column that a later step left as it was keeps its name on the platform.
        let kept = match &value.kind {
            ExprKind::Column(Column::Native(native))
                if !taken.contains(&native.name)
                    && matches!(&column.value.kind, ExprKind::Column(c) if c.name() == column.name) =>
            {
                Some(native.name.clone())
            }
            _ => None,
        };
        let native_type = match &value.kind {
            ExprKind::Column(Column::Native(native)) if kept.is_some() => {
                Some(native.native_type.clone())
            }
            _ => None,
        };
        let name = kept.unwrap_or_else(|| column.name.replace('.', "_"));
        let ty = column.value.ty.clone();
        let seen = match &value.kind {
            // What holds several values is tested as such in later steps too.
            ExprKind::Column(Column::Native(native)) if native.multi && native.name == name => {
                value.clone()
            }
            _ => Expr {
                kind: ExprKind::Column(Column::Computed(name.clone())),
                ..value.clone()
            },
        };
        let output = BoundOutput {
            name: name.clone(),
            neutral: column.name.clone(),
            several: self.holds_several(&column.name),
            ty,
            read: ReadBack::AsIs,
            native_type,
        };
        (
            Output {
                name,
                value,
                optional: false,
            },
            (output, seen),
        )
    }

    fn holds_several(&self, name: &str) -> bool {
        let field = self.class.fields.get(name);
        field.is_some_and(|field| field.multi)
    }

    /// The native column that a field of the event is in the result without any change, and how it reads.
    fn passing(
        &mut self,
        field: &str,
        key: bool,
        used_later: bool,
    ) -> Option<(Arc<NativeColumn>, Cast, ReadBack)> {
        let mapping = self.mapping.fields.get(field)?;
        let (source, cast, read) = match &mapping.how {
            How::Column {
                source,
                cast: Cast::None,
            } => (source, Cast::None, ReadBack::AsIs),
            // One number has several spellings, which would be several keys.
            How::Column {
                source,
                cast: Cast::TextToInt,
            } if !key => (source, Cast::TextToInt, ReadBack::TextToInt),
            How::Column {
                source,
                cast: Cast::IntToText,
            } => (source, Cast::IntToText, ReadBack::IntToText),
            How::Words {
                source,
                words,
                otherwise,
                ..
            } if !key && !used_later && words::one_to_one(words, otherwise.as_deref()) => {
                (source, Cast::None, ReadBack::Words(words::shared(words)))
            }
            _ => return None,
        };
        match self.source(source, crate::source::Span::default())?.kind {
            // Of several words one is the field's, which only its condition determines.
            ExprKind::Column(Column::Native(native))
                if !(native.multi && (key || matches!(mapping.how, How::Words { .. }))) =>
            {
                Some((native, cast, read))
            }
            _ => None,
        }
    }
}

/// Whether a later step reads a column by that name.
fn used_later(name: &str, later: &[Step]) -> bool {
    let reads = |expr: &Expr| {
        let mut found = false;
        expr.visit(&mut |part| {
            found |= matches!(&part.kind, ExprKind::Column(column) if column.name() == name)
        });
        found
    };
    later
        .iter()
        .any(|step| step.kind.expressions().into_iter().any(&reads))
}
