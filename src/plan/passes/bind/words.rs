//! Closed sets: neutral words as tests on native words, and native words as neutral ones.

use super::binder::{Binder, Facts};
use super::simplify;
use crate::diag::{Code, Diagnostic};
use crate::plan::rebuild::place;
use crate::plan::{Comparison, Expr, ExprKind, Type};
use crate::schema::How;
use crate::source::Span;
use crate::value::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Binder<'_> {
    /// The words that a positive conjunct allows a neutral enum field: `direction == "outbound"`, `direction in [..]`.
    pub(super) fn facts_of(&self, predicate: &Expr) -> Facts {
        let parts = match &predicate.kind {
            ExprKind::And(parts) => parts.iter().collect(),
            _ => vec![predicate],
        };
        let mut facts = Facts::new();
        for part in parts {
            if let Some((field, words)) = self.enum_test_of(part) {
                let known = facts.entry(field).or_insert_with(|| words.clone());
                known.retain(|word| words.contains(word));
            }
        }
        facts
    }

    /// The field and the words of a test of a neutral enum field against literal words.
    pub(super) fn enum_test_of(&self, test: &Expr) -> Option<(String, BTreeSet<String>)> {
        let (value, items) = match &test.kind {
            ExprKind::Compare {
                op: Comparison::Equal,
                left,
                right,
                ..
            } => match (&left.kind, &right.kind) {
                (_, ExprKind::Literal { value, .. }) => (left, vec![value.clone()]),
                (ExprKind::Literal { value, .. }, _) => (right, vec![value.clone()]),
                _ => return None,
            },
            ExprKind::In { value, items, .. } => (value, items.clone()),
            _ => return None,
        };
        let field = self.event_field(value)?;
        if !matches!(self.class.fields.get(&field)?.ty, Type::Enum(_)) {
            return None;
        }
        let words = items.iter().filter_map(|item| {
            if let Value::Text(word) = item {
                Some(word.to_string())
            } else {
                None
            }
        });
        Some((field, words.collect()))
    }

    /// The test that a neutral enum field is one of `wanted`.
    pub(super) fn enum_test(&mut self, field: &str, wanted: &BTreeSet<String>, span: Span) -> Expr {
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
                self.note_absent(field, wanted, words, otherwise.as_deref(), span);
                let fold = *fold && has_case(&column.ty);
                if matches!(column.ty, Type::Set(_)) {
                    return multi_test(&column, words, wanted, fold, span);
                }
                let native = |inside: bool| -> Vec<Value> {
                    words
                        .iter()
                        .filter(|(word, _)| wanted.contains(word) == inside)
                        .flat_map(|(_, natives)| natives)
                        .map(|n| native_value(n, &column.ty))
                        .collect()
                };
                match otherwise {
                    // The word of unlisted values is requested: everything present but the values of the other words.
                    Some(other) if wanted.contains(other) => {
                        let exists =
                            Expr::predicate(ExprKind::Exists(Box::new(column.clone())), span);
                        let others = simplify::not(simplify::one_of(
                            column.clone(),
                            native(false),
                            fold,
                            span,
                        ));
                        simplify::all(vec![exists, others], span)
                    }
                    _ => simplify::one_of(column.clone(), native(true), fold, span),
                }
            }
            How::Predicates { words, otherwise } => {
                let words = words.clone();
                let wants_rest = otherwise.as_ref().is_some_and(|word| wanted.contains(word));
                let (inside, outside): (Vec<_>, Vec<_>) = words
                    .into_iter()
                    .partition(|(word, _)| wanted.contains(word));
                if wants_rest {
                    let inputs = outside
                        .iter()
                        .chain(&inside)
                        .flat_map(|(_, p)| p.fields())
                        .collect::<BTreeSet<_>>();
                    let mut parts: Vec<Expr> = inputs
                        .iter()
                        .map(|input| self.exists_field(input, span))
                        .collect();
                    parts.extend(outside.iter().map(|(_, p)| simplify::not(self.at(p, span))));
                    return simplify::all(parts, span);
                }
                let parts = inside.iter().map(|(_, p)| self.at(p, span)).collect();
                simplify::any(parts, span)
            }
            How::Column { .. } | How::Computed(_) => {
                let value = self.field_value(field, span);
                simplify::one_of(
                    value,
                    wanted.iter().map(|word| Value::text(word)).collect(),
                    false,
                    span,
                )
            }
        }
    }

    /// The neutral word as a value.
    pub(super) fn enum_value(&mut self, field: &str, span: Span) -> Option<Expr> {
        let mapping = self.mapping.fields.get(field)?;
        let ty = self
            .class
            .fields
            .get(field)
            .map_or_else(|| Type::Enum(field.to_owned()), |f| f.ty.clone());
        let word = |text: &str| Expr::literal(Value::text(text), ty.clone(), span);
        let (arms, otherwise, nullable) = match &mapping.how {
            How::Words {
                source,
                words,
                otherwise,
                fold,
            } => {
                let words = words.clone();
                let rest = otherwise.clone();
                self.note_fidelity(field, span);
                let column = self.source(source, span);
                let several = column.filter(|column| matches!(column.ty, Type::Set(_)));
                let mut arms = Vec::new();
                let ty = several
                    .as_ref()
                    .map_or(Type::Text, |column| column.ty.clone());
                for (name, own) in own_words(&words, &ty) {
                    if own.is_empty() || several.is_none() && rest.as_ref() == Some(name) {
                        continue;
                    }
                    let test = match &several {
                        // Of several values the first word counts, and so does the first arm.
                        Some(column) => {
                            simplify::one_of(column.clone(), own, *fold && has_case(&ty), span)
                        }
                        None => self.enum_test(field, &BTreeSet::from([name.clone()]), span),
                    };
                    if simplify::truth(&test).is_none() {
                        arms.push((test, word(name)));
                    }
                }
                if let Some(rest) = &rest {
                    let exists = self.exists_field(field, span);
                    arms.push((exists, word(rest)));
                }
                (arms, None, true)
            }
            How::Predicates { words, otherwise } => {
                let words = words.clone();
                let rest = otherwise.clone();
                let mut arms: Vec<(Expr, Expr)> = Vec::new();
                for (name, predicate) in &words {
                    arms.push((self.at(predicate, span), word(name)));
                }
                if let Some(rest) = &rest {
                    let inputs = words
                        .iter()
                        .flat_map(|(_, p)| p.fields())
                        .collect::<BTreeSet<_>>();
                    let present = inputs
                        .iter()
                        .map(|input| self.exists_field(input, span))
                        .collect();
                    arms.push((simplify::all(present, span), word(rest)));
                }
                (arms, None, true)
            }
            How::Column { .. } | How::Computed(_) => return None,
        };
        Some(Expr {
            kind: ExprKind::Case { arms, otherwise },
            ty,
            nullable,
            determined: true,
            span,
        })
    }

    /// Reports requested words that no value of the schema means.
    fn note_absent(
        &mut self,
        field: &str,
        wanted: &BTreeSet<String>,
        words: &[(String, Vec<String>)],
        otherwise: Option<&str>,
        span: Span,
    ) {
        for word in wanted {
            let written = words
                .iter()
                .any(|(name, natives)| name == word && !natives.is_empty())
                || otherwise == Some(word.as_str());
            if !written && self.noted.insert(format!("{field}={word}")) {
                let title = format!(
                    "no value of schema `{}` means `{field} == \"{word}\"`",
                    self.schema.name
                );
                let mut note = Diagnostic::at(Code::N0502, span, title);
                let never = self.mapping.fields.get(field).map(|known| &known.never);
                if let Some((_, why)) = never.into_iter().flatten().find(|(name, _)| name == word) {
                    note = note.help(why.clone());
                }
                self.notes.push(note);
            }
        }
    }

    /// A schema's own expression over neutral fields, bound at the place of the hunt that used it.
    pub(super) fn at(&mut self, predicate: &Expr, span: Span) -> Expr {
        let mut bound = self.predicate(predicate);
        place(&mut bound, span);
        bound
    }
}

/// On a column with several values the first word of the written order that occurs is the field's word.
fn multi_test(
    column: &Expr,
    words: &[(String, Vec<String>)],
    wanted: &BTreeSet<String>,
    fold: bool,
    span: Span,
) -> Expr {
    let mut unwanted: Vec<Value> = Vec::new();
    let mut parts = Vec::new();
    for (word, own) in own_words(words, &column.ty) {
        if own.is_empty() {
            continue;
        }
        if wanted.contains(word) {
            let has = simplify::one_of(column.clone(), own, fold, span);
            let earlier = simplify::not(simplify::one_of(
                column.clone(),
                unwanted.clone(),
                fold,
                span,
            ));
            parts.push(simplify::all(vec![has, earlier], span));
        } else {
            unwanted.extend(own);
        }
    }
    simplify::any(parts, span)
}

/// A value that a schema writes as text, as a column of that type holds it: `10` of an int column is a number, for a text would be compared with numbers,
/// and would look like another value beside them.
pub(super) fn native_value(text: &str, ty: &Type) -> Value {
    let typed = match ty {
        Type::Set(element) => return native_value(text, element),
        Type::Int => text.parse().ok().map(Value::Int),
        Type::Bool => text.to_ascii_lowercase().parse().ok().map(Value::Bool),
        _ => None,
    };
    typed.unwrap_or_else(|| Value::text(text))
}

/// Whether values of the type have letters that could differ in case.
fn has_case(ty: &Type) -> bool {
    match ty {
        Type::Set(element) => has_case(element),
        Type::Int | Type::Bool => false,
        _ => true,
    }
}

/// Each word with the native words that no word before it has.
fn own_words<'a>(words: &'a [(String, Vec<String>)], ty: &Type) -> Vec<(&'a String, Vec<Value>)> {
    let mut claimed: Vec<&String> = Vec::new();
    let mut all = Vec::new();
    for (word, natives) in words {
        let own = natives.iter().filter(|native| !claimed.contains(native));
        all.push((word, own.map(|native| native_value(native, ty)).collect()));
        claimed.extend(natives);
    }
    all
}

/// The rows of a value map for reading a native word back.
pub(super) fn one_to_one(words: &[(String, Vec<String>)], otherwise: Option<&str>) -> bool {
    otherwise.is_none() && words.iter().all(|(_, natives)| natives.len() <= 1)
}

/// Shared so that tests and reports can read native words back.
pub(super) fn shared(words: &[(String, Vec<String>)]) -> Arc<Vec<(String, Vec<String>)>> {
    Arc::new(words.to_vec())
}
