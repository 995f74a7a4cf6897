//! Branches that no row can take after an earlier filter.
//!
//! In: bound steps. Out: the same steps, in which a conditional has only the branches that a row can still take. Guarantee: same rows. What a filter
//! says of a column (`Protocol == "Tcp"`, `network.direction in ["egress", "outbound"]`) holds in that filter and in every step up to the first that
//! chooses columns; a row for which such a test is true has exactly one present value there, so neither a missing value nor several of them reach the
//! branches.

use super::simplify::{self, membership, with_items};
use crate::plan::rebuild::rebuild;
use crate::plan::{Column, Expr, ExprKind, Step, StepKind};
use crate::value::Value;
use std::collections::BTreeMap;

/// Drops the branches that no row can take.
pub(super) fn drop_dead_branches(steps: &mut [Step]) {
    let mut possible = PossibleValues::default();
    for step in steps {
        if let StepKind::Where { predicate, .. } = &step.kind {
            possible.learn(predicate);
        }
        if !possible.0.is_empty() {
            reduce(&mut step.kind, &possible);
        }
        if step.kind.chooses() {
            return;
        }
    }
}

fn reduce(kind: &mut StepKind, possible: &PossibleValues) {
    for value in kind.values_mut() {
        *value = possible.reduced(value, true);
    }
    for value in kind.expressions_mut() {
        *value = possible.reduced(value, false);
    }
}

/// Values that a column is known to be among.
#[derive(Clone, Debug)]
struct Among {
    /// Whether up to case only.
    fold: bool,
    values: Vec<Value>,
}

/// The values that native columns may still have, by name.
#[derive(Clone, Debug, Default)]
struct PossibleValues(BTreeMap<String, Among>);

impl PossibleValues {
    fn learn(&mut self, predicate: &Expr) {
        let parts = match &predicate.kind {
            ExprKind::And(parts) => parts.as_slice(),
            _ => std::slice::from_ref(predicate),
        };
        for (column, fold, values) in parts.iter().filter_map(membership) {
            if !values.iter().all(is_plain) {
                continue;
            }
            let now = Among { fold, values };
            match self.0.get_mut(&column) {
                // What is known up to case is replaced by what is known exactly.
                Some(before) if before.fold && !now.fold => *before = now,
                Some(before) if before.fold == now.fold => before
                    .values
                    .retain(|value| now.values.iter().any(|other| same(value, other, fold))),
                Some(_) => {}
                None => {
                    self.0.insert(column, now);
                }
            }
        }
    }

    /// The expression without dead branches. A conditional that is reduced to a literal stays one unless it may be `constant`: databases want a type
    /// for a literal that stands alone in a function or an order.
    fn reduced(&self, value: &Expr, constant: bool) -> Expr {
        if constant
            && let ExprKind::Case { arms, otherwise } = &value.kind
            && let Some(literal) = self
                .case(arms, otherwise.as_deref(), value)
                .filter(is_literal)
        {
            return literal;
        }
        rebuild(value, &mut |part| match &part.kind {
            ExprKind::Case { arms, otherwise } => {
                match self.case(arms, otherwise.as_deref(), &part) {
                    Some(one) if is_literal(&one) => single(&part, one, arms),
                    Some(reduced) => reduced,
                    None => part,
                }
            }
            _ => part,
        })
    }

    /// The conditional without its dead branches; `None` where all may be taken.
    fn case(&self, arms: &[(Expr, Expr)], otherwise: Option<&Expr>, whole: &Expr) -> Option<Expr> {
        let mut left = self.clone();
        let mut live: Vec<(Expr, Expr)> = Vec::new();
        let mut last = otherwise.cloned();
        let mut changed = false;
        for (condition, value) in arms {
            match left.truth(condition) {
                Some(false) => {
                    changed = true;
                    continue;
                }
                Some(true) => {
                    last = Some(value.clone());
                    changed = true;
                    break;
                }
                None => {}
            }
            let narrowed = left.narrowed(condition);
            changed |= narrowed.is_some();
            live.push((narrowed.unwrap_or_else(|| condition.clone()), value.clone()));
            left.without(condition);
        }
        if !changed {
            return None;
        }
        let nullable = last.as_ref().is_none_or(|value| value.nullable)
            || live.iter().any(|(_, value)| value.nullable);
        Some(match last {
            Some(value) if live.is_empty() => Expr {
                ty: whole.ty.clone(),
                span: whole.span,
                ..value
            },
            last => Expr {
                kind: ExprKind::Case {
                    arms: live,
                    otherwise: last.map(Box::new),
                },
                nullable,
                ..whole.clone()
            },
        })
    }

    /// Whether a condition is true of every row, or of none.
    fn truth(&self, condition: &Expr) -> Option<bool> {
        match &condition.kind {
            ExprKind::Not(inner) => self.truth(inner).map(|holds| !holds),
            ExprKind::And(parts) => self.all(parts, true),
            ExprKind::Or(parts) => self.all(parts, false),
            ExprKind::Exists(value) => match &value.kind {
                ExprKind::Column(Column::Native(native)) if !native.multi => {
                    self.0.contains_key(&native.name).then_some(true)
                }
                _ => None,
            },
            _ => match membership(condition) {
                Some((column, fold, items)) => {
                    let among = self.0.get(&column)?;
                    let mut each = among
                        .values
                        .iter()
                        .map(|value| met(among, value, fold, &items));
                    let first = each.next()??;
                    each.all(|other| other == Some(first)).then_some(first)
                }
                None => simplify::truth(condition),
            },
        }
    }

    /// A conjunction (`and`) or a disjunction.
    fn all(&self, parts: &[Expr], and: bool) -> Option<bool> {
        let known: Vec<Option<bool>> = parts.iter().map(|part| self.truth(part)).collect();
        if known.contains(&Some(!and)) {
            return Some(!and);
        }
        known.iter().all(Option::is_some).then_some(and)
    }

    /// The test without the values that the column cannot have here; `None` where it can have all of them.
    fn narrowed(&self, condition: &Expr) -> Option<Expr> {
        let (column, fold, items) = membership(condition)?;
        let among = self.0.get(&column)?;
        let possible = |item: &Value| {
            among
                .values
                .iter()
                .any(|value| same(value, item, fold || among.fold))
        };
        let kept: Vec<Value> = items
            .iter()
            .filter(|item| possible(item))
            .cloned()
            .collect();
        (!kept.is_empty() && kept.len() < items.len()).then(|| with_items(condition, kept))
    }

    /// After a condition that was not true.
    fn without(&mut self, condition: &Expr) {
        let Some((column, fold, items)) = membership(condition) else {
            return;
        };
        if let Some(among) = self.0.get_mut(&column) {
            let before = among.clone();
            among
                .values
                .retain(|value| met(&before, value, fold, &items) != Some(true));
        }
    }
}

/// Whether a column that is this value (up to case, where no more is known) is one of the items; `None` where that depends on its case, or on how an
/// engine folds what is beyond ASCII.
fn met(among: &Among, value: &Value, fold: bool, items: &[Value]) -> Option<bool> {
    if !items.iter().all(is_plain) {
        return None;
    }
    let found = items
        .iter()
        .any(|item| same(value, item, fold || among.fold));
    if found && among.fold && !fold {
        return None;
    }
    Some(found)
}

fn same(one: &Value, other: &Value, fold: bool) -> bool {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) if fold => one.eq_ignore_ascii_case(other),
        _ => one == other,
    }
}

/// Whether every engine and the evaluator agree on what the value equals.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_ascii() && !text.is_empty(),
        Value::Int(_) => true,
        _ => false,
    }
}

fn is_literal(value: &Expr) -> bool {
    matches!(value.kind, ExprKind::Literal { .. })
}

/// A conditional of one branch, where a literal is not allowed.
fn single(whole: &Expr, literal: Expr, arms: &[(Expr, Expr)]) -> Expr {
    let is_it = |value: &Expr| match (&value.kind, &literal.kind) {
        (ExprKind::Literal { value: one, .. }, ExprKind::Literal { value: other, .. }) => {
            one == other
        }
        _ => false,
    };
    match arms.iter().find(|(_, value)| is_it(value)) {
        Some(arm) => Expr {
            kind: ExprKind::Case {
                arms: vec![arm.clone()],
                otherwise: None,
            },
            ..whole.clone()
        },
        None => whole.clone(),
    }
}
