//! Expressions over native columns.

use super::binder::Binder;
use super::simplify;
use crate::pattern::Pattern;
use crate::plan::made_functions::{DECIMAL_TO_INT, MEMBER_TEXT, SCALE_DOWN};
use crate::plan::rebuild::{place, replace_children};
use crate::plan::{Column, Expr, ExprKind, Type};
use crate::schema::{Cast, How, MemberStep, Source};
use crate::source::Span;
use crate::value::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Binder<'_> {
    /// Binds a predicate; known truths come out as literals.
    pub(super) fn predicate(&mut self, predicate: &Expr) -> Expr {
        let span = predicate.span;
        match &predicate.kind {
            ExprKind::And(parts) => {
                // A conjunct that pins the direction holds for the others: elsewhere the whole conjunction is false anyway.
                let local = self.facts_of(predicate);
                let before = self.facts.clone();
                for (field, allowed) in local {
                    self.facts
                        .entry(field)
                        .or_insert_with(|| allowed.clone())
                        .retain(|word| allowed.contains(word));
                }
                let bound = parts.iter().map(|part| self.predicate(part)).collect();
                self.facts = before;
                simplify::all(bound, span)
            }
            ExprKind::Or(parts) => {
                let bound = parts.iter().map(|part| self.predicate(part)).collect();
                simplify::any(bound, span)
            }
            ExprKind::Not(inner) => {
                let bound = self.predicate(inner);
                simplify::not(bound)
            }
            ExprKind::Exists(inner) => match self.event_field(inner) {
                Some(field) => self.exists_field(&field, span),
                None => {
                    let inner = self.value(inner);
                    if inner.nullable {
                        Expr::predicate(ExprKind::Exists(Box::new(inner)), span)
                    } else {
                        simplify::constant(true, span)
                    }
                }
            },
            ExprKind::Compare { .. } | ExprKind::In { .. } => match self.enum_test_of(predicate) {
                Some((field, wanted)) => self.enum_test(&field, &wanted, span),
                None => self.parts(predicate),
            },
            _ => self.parts(predicate),
        }
    }

    /// Binds an expression whose value is needed.
    pub(super) fn value(&mut self, expr: &Expr) -> Expr {
        if expr.ty == Type::Bool
            && !matches!(
                expr.kind,
                ExprKind::Column(_) | ExprKind::Case { .. } | ExprKind::Call { .. }
            )
        {
            return self.predicate(expr);
        }
        match &expr.kind {
            ExprKind::Column(Column::Field(name)) => match self.visible.get(name) {
                Some(known) => Expr {
                    span: expr.span,
                    ..known
                },
                None => self.field_value(name, expr.span),
            },
            ExprKind::Column(Column::Computed(name)) => self.visible.get(name).map_or_else(
                || expr.clone(),
                |known| Expr {
                    span: expr.span,
                    ..known
                },
            ),
            ExprKind::Case { arms, otherwise } => self.case(arms, otherwise.as_deref(), expr),
            _ => self.parts(expr),
        }
    }

    fn case(&mut self, arms: &[(Expr, Expr)], otherwise: Option<&Expr>, whole: &Expr) -> Expr {
        let mut bound = Vec::new();
        for (condition, value) in arms {
            let condition = self.predicate(condition);
            let value = self.value(value);
            match simplify::truth(&condition) {
                Some(false) => {}
                Some(true) if bound.is_empty() => return value,
                Some(true) => {
                    return Expr {
                        kind: ExprKind::Case {
                            arms: bound,
                            otherwise: Some(Box::new(value)),
                        },
                        ..whole.clone()
                    };
                }
                None => bound.push((condition, value)),
            }
        }
        let otherwise = otherwise.map(|value| self.value(value));
        match otherwise {
            Some(value) if bound.is_empty() => value,
            None if bound.is_empty() => Expr {
                nullable: true,
                ..Expr::literal(Value::Missing, whole.ty.clone(), whole.span)
            },
            otherwise => Expr {
                kind: ExprKind::Case {
                    arms: bound,
                    otherwise: otherwise.map(Box::new),
                },
                ..whole.clone()
            },
        }
    }

    /// The same expression over bound parts.
    fn parts(&mut self, expr: &Expr) -> Expr {
        let mut copy = expr.clone();
        let children = match &expr.kind {
            ExprKind::TextTest { value, needles, .. } if needles.len() > 1 => vec![&**value],
            _ => expr.children(),
        };
        let children: Vec<Expr> = children
            .into_iter()
            .map(|child| self.value(child))
            .collect();
        replace_children(&mut copy, children);
        copy
    }

    /// The neutral field that an expression is, while events are at hand (before a `group` or a `select`).
    pub(super) fn event_field(&self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Column(Column::Field(name)) if self.visible.get(name).is_none() => {
                Some(name.clone())
            }
            _ => None,
        }
    }

    /// Whether a neutral field is present.
    pub(super) fn exists_field(&mut self, field: &str, span: Span) -> Expr {
        self.note_fidelity(field, span);
        let Some(mapping) = self.mapping.fields.get(field) else {
            return simplify::constant(false, span);
        };
        match &mapping.how {
            How::Words {
                source,
                words,
                otherwise,
                fold,
            } => {
                let Some(column) = self.source(source, span) else {
                    return simplify::constant(false, span);
                };
                if otherwise.is_some() {
                    return Expr::predicate(ExprKind::Exists(Box::new(column)), span);
                }
                let natives = words
                    .iter()
                    .flat_map(|(_, natives)| natives)
                    .map(|native| Value::text(native))
                    .collect();
                simplify::one_of(column, natives, *fold, span)
            }
            How::Predicates { words, otherwise } => {
                let words = words.clone();
                if otherwise.is_some() {
                    let inputs: BTreeSet<String> = words
                        .iter()
                        .flat_map(|(_, predicate)| predicate.fields())
                        .collect();
                    let parts = inputs
                        .iter()
                        .map(|input| self.exists_field(input, span))
                        .collect();
                    return simplify::all(parts, span);
                }
                let parts = words
                    .iter()
                    .map(|(_, predicate)| self.at(predicate, span))
                    .collect();
                simplify::any(parts, span)
            }
            How::Column { .. } | How::Computed(_) => {
                let value = self.field_value(field, span);
                if value.nullable {
                    Expr::predicate(ExprKind::Exists(Box::new(value)), span)
                } else {
                    simplify::constant(true, span)
                }
            }
        }
    }

    /// The value of a neutral field of the event at hand.
    pub(super) fn field_value(&mut self, field: &str, span: Span) -> Expr {
        self.note_fidelity(field, span);
        let ty = self
            .class
            .fields
            .get(field)
            .map_or(Type::Text, |f| f.ty.clone());
        let missing = Expr {
            kind: ExprKind::Case {
                arms: Vec::new(),
                otherwise: None,
            },
            ty: ty.clone(),
            nullable: true,
            determined: true,
            span,
        };
        let Some(mapping) = self.mapping.fields.get(field) else {
            return missing;
        };
        match &mapping.how {
            How::Column { source, cast } => {
                let Some(column) = self.source(source, span) else {
                    return missing;
                };
                cast_value(column, *cast, ty)
            }
            How::Computed(expr) => {
                let expr = (**expr).clone();
                let mut bound = self.value(&expr);
                place(&mut bound, span);
                bound
            }
            How::Words { .. } | How::Predicates { .. } => {
                self.enum_value(field, span).unwrap_or(missing)
            }
        }
    }

    /// The column of a mapping, or the choice between two by the word that makes them change places.
    pub(super) fn source(&mut self, source: &Source, span: Span) -> Option<Expr> {
        let usual = self.native(source.column(self.product), span)?;
        if !source.member.is_empty() {
            return Some(member_text(usual, &source.member));
        }
        let Some(other) = &source.switched else {
            return Some(usual);
        };
        let (field, word) = (&other.when.field, &other.when.word);
        let known = self.facts.get(field);
        if known.is_some_and(|words| !words.contains(word)) {
            return Some(usual);
        }
        let switched = self.native(&other.column, span)?;
        if known.is_some_and(|words| words.len() == 1) {
            return Some(switched);
        }
        let test = self.enum_test(field, &BTreeSet::from([word.clone()]), span);
        let (ty, nullable) = (usual.ty.clone(), usual.nullable || switched.nullable);
        let kind = ExprKind::Case {
            arms: vec![(test, switched)],
            otherwise: Some(Box::new(usual)),
        };
        Some(Expr {
            kind,
            ty,
            nullable,
            determined: true,
            span,
        })
    }
}

/// The text of a member of JSON.
fn member_text(column: Expr, way: &[MemberStep]) -> Expr {
    let span = column.span;
    let steps = way.iter().map(|step| match step {
        MemberStep::Key(key) => Expr::literal(Value::text(key), Type::Text, span),
        MemberStep::Place(place) => Expr::literal(Value::Int(i64::from(*place)), Type::Int, span),
    });
    let steps: Vec<Expr> = steps.collect();
    Expr {
        kind: ExprKind::Call {
            function: MEMBER_TEXT.to_owned(),
            arguments: std::iter::once(column).chain(steps).collect(),
            pattern: None,
        },
        ty: Type::Text,
        nullable: true,
        determined: true,
        span,
    }
}

/// A native value as the neutral type.
pub(super) fn cast_value(column: Expr, cast: Cast, ty: Type) -> Expr {
    let span = column.span;
    let call = |function: &str, arguments: Vec<Expr>, nullable: bool| Expr {
        kind: ExprKind::Call {
            function: function.to_owned(),
            arguments,
            pattern: None,
        },
        ty: ty.clone(),
        nullable,
        determined: true,
        span,
    };
    let nullable = column.nullable;
    match cast {
        Cast::None => {
            let multi = matches!(column.ty, Type::Set(_));
            if multi { column } else { Expr { ty, ..column } }
        }
        Cast::TextToInt => call(DECIMAL_TO_INT, vec![column], nullable),
        Cast::IntToText => call("string", vec![column], nullable),
        Cast::Scaled(factor) => call(
            SCALE_DOWN,
            vec![column, Expr::literal(Value::Int(factor), Type::Int, span)],
            nullable,
        ),
        Cast::Part(part) => {
            let mut part_of = call("extract", vec![column], true);
            if let ExprKind::Call { pattern, .. } = &mut part_of.kind {
                *pattern = Pattern::parse(part.pattern(), false).ok().map(Arc::new);
            }
            part_of
        }
    }
}
