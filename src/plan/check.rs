//! What must be true of every neutral plan.
//!
//! In: a plan and its event class. Out: sentences, one for each promise that does not hold. Guarantee: of what `lower` gives there are none (asserted in
//! tests and by everything that makes plans: generators, shrinkers).

use super::columns::{TypedColumn, columns_after};
use super::{ArithmeticOp, Column, Comparison, Expr, ExprKind, Plan, StepKind, Type};
use crate::model::Class;
use crate::value::Value;

/// Every promise that does not hold.
#[must_use]
pub fn check(plan: &Plan, class: &Class) -> Vec<String> {
    let mut broken = Vec::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let is_from = matches!(step.kind, StepKind::From { .. });
        if is_from != (at == 0) {
            broken.push(format!("step {at}: `from` is the first step and only that"));
        }
        let before = columns_after(plan, class, at);
        let mut columns = before.clone();
        let mut check = Check {
            at,
            columns: &[],
            broken: &mut broken,
        };
        if let StepKind::Derive { columns: made } = &step.kind {
            // A derived column sees those before it in the same step.
            for (name, value) in made {
                Check {
                    at,
                    columns: &columns,
                    broken: check.broken,
                }
                .expr(value);
                if columns.iter().any(|c| c.name.eq_ignore_ascii_case(name)) {
                    check.say(format!("`{name}` is made twice"));
                }
                columns.push(TypedColumn {
                    name: name.clone(),
                    ty: value.ty.clone(),
                    nullable: value.nullable,
                    determined: value.determined,
                    multi: false,
                });
            }
        } else {
            check.columns = &before;
            for expr in step.kind.expressions() {
                check.expr(expr);
            }
        }
        check.columns = &before;
        check.step(&step.kind);
        let after = columns_after(plan, class, at + 1);
        for (at, column) in after.iter().enumerate() {
            if after
                .iter()
                .skip(at + 1)
                .any(|other| other.name.eq_ignore_ascii_case(&column.name))
            {
                check.say(format!("two columns `{}`", column.name));
            }
            if column.ty == Type::Duration {
                check.say(format!("`{}` is a duration", column.name));
            }
        }
    }
    broken
}

struct Check<'a> {
    at: usize,
    columns: &'a [TypedColumn],
    broken: &'a mut Vec<String>,
}

impl Check<'_> {
    fn say(&mut self, what: String) {
        self.broken.push(format!("step {}: {what}", self.at));
    }

    fn step(&mut self, step: &StepKind) {
        match step {
            StepKind::From { within, .. } => {
                if within.is_some_and(|ms| ms <= 0) {
                    self.say("an empty window".to_owned());
                }
            }
            StepKind::Where { predicate, .. } => self.predicate(predicate),
            StepKind::Group { keys, aggregates } => {
                for key in keys {
                    if !key.value.determined
                        || matches!(key.value.ty, Type::Set(_) | Type::Duration)
                        || self.multi(&key.value)
                    {
                        self.say(format!("`{}` cannot be a key", key.name));
                    }
                }
                for aggregate in aggregates {
                    if let Some(filter) = &aggregate.filter {
                        self.predicate(filter);
                    }
                    if let Some(argument) = &aggregate.argument
                        && (!argument.determined || self.multi(argument))
                    {
                        self.say(format!(
                            "`{}` is over an undetermined or several-valued column",
                            aggregate.name
                        ));
                    }
                }
            }
            StepKind::Series {
                measure,
                every,
                over,
                keys,
            } => {
                if *every <= 0 || over % every != 0 || measure.ty != Type::Int || measure.nullable {
                    self.say("a series that has no whole windows or no whole measure".to_owned());
                }
                if keys
                    .iter()
                    .any(|key| !key.value.determined || self.multi(&key.value))
                {
                    self.say("a series by something that is no key".to_owned());
                }
            }
            StepKind::Anomaly { series, points, .. } => {
                if *points < 4 || !self.columns.iter().any(|column| column.name == *series) {
                    self.say("a score of no series".to_owned());
                }
            }
            StepKind::Join { table, tests, .. } => {
                if tests.iter().any(|test| test.column >= table.columns.len()) {
                    self.say("a join by a column that is not there".to_owned());
                }
            }
            StepKind::Repeat { .. } => self.say("a step of backends".to_owned()),
            StepKind::Sort { keys } => {
                if keys.is_empty() || keys.iter().any(|key| !key.value.determined) {
                    self.say("a sort by nothing or by something undetermined".to_owned());
                }
            }
            StepKind::Top {
                count, by, ties, ..
            } => {
                if *count == 0
                    || !by.determined
                    || !matches!(by.ty, Type::Int | Type::Float | Type::Time)
                {
                    self.say("a ranking by something that has no rank".to_owned());
                }
                if ties
                    .iter()
                    .any(|tie| !tie.determined || matches!(tie.ty, Type::Set(_)))
                {
                    self.say("a tie broken by something undetermined".to_owned());
                }
            }
            StepKind::Derive { .. } | StepKind::Select { .. } | StepKind::Enrich { .. } => {}
        }
    }

    fn multi(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Column(column) if self.columns.iter().any(|c| c.name == column.name() && c.multi))
    }

    fn predicate(&mut self, expr: &Expr) {
        if expr.ty != Type::Bool || expr.nullable || !expr.determined {
            self.say(format!("not a predicate: {}", super::show::expr(expr)));
        }
    }

    fn expr(&mut self, expr: &Expr) {
        let shown = super::show::expr(expr);
        if expr.determined != expr.children().iter().all(|child| child.determined)
            && !matches!(expr.kind, ExprKind::Column(_))
        {
            self.say(format!("determined or not: {shown}"));
        }
        let children = expr.children();
        match &expr.kind {
            ExprKind::Literal { value, .. } => {
                if value.is_missing() || expr.nullable || !fits(value, &expr.ty) {
                    self.say(format!("a literal of another type: {shown}"));
                }
            }
            ExprKind::Column(Column::Native(_)) => {
                self.say(format!("a native column in a neutral plan: {shown}"))
            }
            ExprKind::Column(column) => match self.columns.iter().find(|c| c.name == column.name())
            {
                None => self.say(format!("no column `{shown}`")),
                Some(known) => {
                    let (ty, determined, more) = (
                        known.ty.clone(),
                        known.determined,
                        expr.nullable && !known.nullable,
                    );
                    if ty != expr.ty || determined != expr.determined || more {
                        self.say(format!("`{shown}` is read as another column"));
                    }
                }
            },
            ExprKind::Now => {}
            ExprKind::And(parts) | ExprKind::Or(parts) => {
                let same = std::mem::discriminant(&expr.kind);
                if parts.len() < 2
                    || parts
                        .iter()
                        .any(|part| std::mem::discriminant(&part.kind) == same)
                {
                    self.say(format!("not flat: {shown}"));
                }
                children.iter().for_each(|part| self.predicate(part));
            }
            ExprKind::Not(inner) => {
                if matches!(inner.kind, ExprKind::Not(_)) {
                    self.say(format!("twice negated: {shown}"));
                }
                self.predicate(inner);
            }
            ExprKind::Compare {
                op,
                fold,
                left,
                right,
            } => {
                let ordered = matches!(left.ty, Type::Int | Type::Float | Type::Time);
                if left.ty != right.ty
                    || (*op != Comparison::Equal && !ordered)
                    || (*fold && (left.ty != Type::Text || *op != Comparison::Equal))
                    || self.multi(left)
                    || self.multi(right)
                {
                    self.say(format!("not compared so: {shown}"));
                }
            }
            ExprKind::Between { value, low, high } => {
                if value.ty != low.ty
                    || value.ty != high.ty
                    || !matches!(value.ty, Type::Int | Type::Float | Type::Time)
                {
                    self.say(format!("not compared so: {shown}"));
                }
            }
            ExprKind::In {
                value, items, fold, ..
            } => {
                let distinct = items
                    .iter()
                    .enumerate()
                    .all(|(at, item)| !items.iter().take(at).any(|other| other == item));
                if items.is_empty()
                    || !distinct
                    || items.iter().any(|item| !fits(item, &value.ty))
                    || (*fold && value.ty != Type::Text)
                {
                    self.say(format!("a list of something else: {shown}"));
                }
            }
            ExprKind::InNetwork {
                value, networks, ..
            } => {
                if value.ty != Type::Ip || networks.is_empty() {
                    self.say(format!("not an address: {shown}"));
                }
            }
            ExprKind::TextTest { value, needles, .. } => {
                let literal = |needle: &Expr| matches!(needle.kind, ExprKind::Literal { .. });
                if value.ty != Type::Text
                    || needles.is_empty()
                    || needles.iter().any(|needle| needle.ty != Type::Text)
                    || (needles.len() > 1 && !needles.iter().all(literal))
                {
                    self.say(format!("not a test of text: {shown}"));
                }
            }
            ExprKind::Matches { value, .. } => {
                if value.ty != Type::Text {
                    self.say(format!("not a test of text: {shown}"));
                }
            }
            ExprKind::Exists(value) => {
                if matches!(value.ty, Type::Set(_)) || self.multi(value) {
                    self.say(format!("never missing: {shown}"));
                }
            }
            ExprKind::Case { arms, otherwise } => {
                if otherwise.is_none() || arms.iter().any(|(_, value)| value.ty != expr.ty) {
                    self.say(format!("arms of several types: {shown}"));
                }
                arms.iter()
                    .for_each(|(condition, _)| self.predicate(condition));
            }
            ExprKind::Lookup { rows, key, .. } => {
                if rows.iter().any(|(code, _)| !fits(code, &key.ty)) {
                    self.say(format!("a key of another type: {shown}"));
                }
            }
            ExprKind::Arithmetic { op, left, right } => {
                let fine = match (&left.ty, op, &right.ty) {
                    (Type::Int, ArithmeticOp::Divide, Type::Int) => expr.ty == Type::Float,
                    (Type::Int | Type::Float, _, _) if left.ty == right.ty => expr.ty == left.ty,
                    (Type::Time, ArithmeticOp::Add | ArithmeticOp::Subtract, Type::Duration) => {
                        expr.ty == Type::Time
                    }
                    _ => false,
                };
                if !fine {
                    self.say(format!("not reckoned so: {shown}"));
                }
            }
            ExprKind::Call { function, .. } => {
                if crate::catalog::function(function).is_none() {
                    self.say(format!("no function `{function}`"));
                }
            }
        }
        for child in children {
            self.expr(child);
        }
    }
}

/// Whether a value has the type.
fn fits(value: &Value, ty: &Type) -> bool {
    match value {
        Value::Bool(_) => *ty == Type::Bool,
        Value::Int(_) => *ty == Type::Int,
        Value::Float(_) => *ty == Type::Float,
        Value::Text(_) => ty.is_textual(),
        Value::Time(_) => *ty == Type::Time,
        Value::Duration(_) => *ty == Type::Duration,
        Value::Missing | Value::Set(_) | Value::OneOf(_) | Value::SomeOf { .. } => false,
    }
}
