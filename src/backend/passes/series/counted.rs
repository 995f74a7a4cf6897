//! Counting by native columns before their words are looked up.
//!
//! In: a series of which some keys are words for a native column's values. Out: a group by those columns and the window, whose rows are far fewer than
//! events. Guarantee: counts and sums of parts are those of the whole; each row of a part has the same words, because they depend on its columns alone.

use super::super::build::{computed, equals, integer};
use super::{Series, Wide};
use crate::plan::{
    Aggregate, AggregateFunction, Column, Comparison, Expr, ExprKind, NativeColumn, Output,
    StepKind, Type,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the windows are made of.
pub(super) struct Counted {
    /// The column of a part's measure.
    part: String,
}

impl Wide {
    /// Groups by native columns, where keys are looked up of them and the measure can be made of parts. `columns` are the derived keys and the
    /// window.
    pub(super) fn counted(
        &mut self,
        series: &Series<'_>,
        keys: &[Output],
        ago: &str,
        columns: &[(String, Expr)],
    ) -> Option<Counted> {
        let additive = matches!(
            series.measure.function,
            AggregateFunction::Count | AggregateFunction::Sum
        );
        let mut natives: BTreeMap<String, Arc<NativeColumn>> = BTreeMap::new();
        let (words, before): (Vec<_>, Vec<_>) = columns.iter().cloned().partition(|(_, value)| {
            let native = looked_up(value);
            natives.extend(
                native
                    .iter()
                    .map(|native| (native.name.clone(), Arc::clone(native))),
            );
            native.is_some()
        });
        let clash = keys.iter().any(|key| natives.contains_key(&key.name));
        if !self.counts_first || !additive || natives.is_empty() || clash {
            return None;
        }
        let span = series.span;
        self.push(StepKind::Derive { columns: before }, span);
        let mut parts: Vec<Output> = keys
            .iter()
            .filter(|key| words.iter().all(|(name, _)| *name != key.name))
            .cloned()
            .collect();
        parts.extend(natives.into_values().map(|native| {
            // Blank and null have the same words, so that it does no harm to count them apart.
            let native = NativeColumn {
                may_be_blank: false,
                ..(*native).clone()
            };
            Output {
                name: native.name.clone(),
                value: Expr {
                    kind: ExprKind::Column(Column::Native(Arc::new(native))),
                    ty: Type::Text,
                    nullable: true,
                    ..computed("", Type::Text, span)
                },
                optional: false,
            }
        }));
        parts.push(Output {
            name: ago.to_owned(),
            value: computed(ago, Type::Int, span),
            optional: false,
        });
        let part = self.fresh(&format!("{}_part", series.measure.name));
        let aggregate = Aggregate {
            name: part.clone(),
            ..series.measure.clone()
        };
        let group = StepKind::Group {
            keys: parts,
            aggregates: vec![aggregate],
        };
        self.push(group, span);
        self.push(StepKind::Derive { columns: words }, span);
        Some(Counted { part })
    }
}

impl Counted {
    /// The measure of one window.
    pub(super) fn window(
        &self,
        series: &Series<'_>,
        name: &str,
        ago: &str,
        window: i64,
    ) -> Aggregate {
        let span = series.span;
        Aggregate {
            name: name.to_owned(),
            function: AggregateFunction::Sum,
            argument: Some(computed(&self.part, Type::Int, span)),
            filter: Some(equals(
                computed(ago, Type::Int, span),
                integer(window, span),
            )),
            ..series.measure.clone()
        }
    }
}

/// The native text column that a choice of words reads, where it does nothing but compare it with words.
fn looked_up(value: &Expr) -> Option<&Arc<NativeColumn>> {
    let ExprKind::Case { arms, otherwise } = &value.kind else {
        return None;
    };
    let is_constant = |expr: &Expr| matches!(expr.kind, ExprKind::Literal { .. });
    if !otherwise.as_deref().is_none_or(is_constant) {
        return None;
    }
    let mut all: Option<&Arc<NativeColumn>> = None;
    for (condition, word) in arms {
        let read = match &condition.kind {
            ExprKind::In { value, .. } => value,
            ExprKind::Compare {
                op: Comparison::Equal,
                left,
                right,
                ..
            } if is_constant(right) => left,
            _ => return None,
        };
        let ExprKind::Column(Column::Native(native)) = &read.kind else {
            return None;
        };
        let fits = read.ty.is_textual() && !native.multi && is_constant(word);
        if !fits || all.is_some_and(|first| first.name != native.name) {
            return None;
        }
        all = Some(native);
    }
    all
}
