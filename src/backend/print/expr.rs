//! Values as text.
//!
//! In: an expression whose value is needed. Out: a fragment. Guarantee: it is the expression's value, null or (for text) the empty text where that is
//! missing; a predicate printed as a value is never null.

use super::printer::{Printer, Refusal};
use super::scope::{Facts, never_zero};
use crate::backend::dialect::fragment::Fragment;
use crate::backend::dialect::loaded::Kind;
use crate::backend::dialect::quote;
use crate::backend::dialect::render::Holes;
use crate::diag::Code;
use crate::plan::{ArithmeticOp, Expr, ExprKind, Type};
use crate::source::Span;
use crate::value::Value;
use std::sync::Arc;

impl Printer<'_> {
    /// The value of an expression.
    ///
    /// # Errors
    /// What the target cannot say.
    pub fn value(&self, expr: &Expr) -> Result<Fragment, Refusal> {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Literal { value, .. } => self.literal(value, self.facts(expr).kind, span),
            ExprKind::Column(column) => Ok(self
                .scope
                .get(column.name())
                .and_then(|c| c.text.clone())
                .unwrap_or_else(|| self.name(column.name()))),
            ExprKind::Now => self.instant(0, span),
            ExprKind::Case { arms, otherwise } => self.case(arms, otherwise.as_deref(), expr),
            ExprKind::Lookup { map, rows, key } => self.lookup(map, rows, key, span),
            ExprKind::Arithmetic { op, left, right } => self.arithmetic(*op, left, right, span),
            ExprKind::Call { .. } if expr.ty != Type::Bool => self.call(expr),
            _ => self.exact(expr),
        }
    }

    /// The value with the empty text made null, where the engine has null for text: for keys, aggregates, and sides of a comparison.
    ///
    /// # Errors
    /// What the target cannot say.
    pub fn normalised(&self, expr: &Expr) -> Result<Fragment, Refusal> {
        if !self.facts(expr).blank || self.dialect.can().text_is_never_null {
            return self.value(expr);
        }
        // `lower` and its like are blank only where their argument is: one look at the column is enough, and reads better.
        if let ExprKind::Call {
            function,
            arguments,
            ..
        } = &expr.kind
            && matches!(function.as_str(), "lower" | "upper")
            && let [argument] = arguments.as_slice()
        {
            let inner = self.normalised(argument)?;
            return self.apply(function, &[inner], &[Kind::Text], expr.span);
        }
        let value = self.value(expr)?;
        self.operator(
            "normalise",
            &[],
            Holes::new().with("value", &value),
            expr.span,
        )
    }

    /// The value as text where the engine keeps addresses in its own type.
    ///
    /// # Errors
    /// What the target cannot say.
    pub fn textual(&self, expr: &Expr) -> Result<Fragment, Refusal> {
        let value = self.value(expr)?;
        let facts = self.facts(expr);
        if facts.kind == Kind::Ip && !matches!(expr.kind, ExprKind::Literal { .. }) {
            return self.operator(
                "text",
                &["ip"],
                Holes::new().with("value", &value),
                expr.span,
            );
        }
        Ok(value)
    }

    /// What rows are ordered by: text by code point, missing in one form.
    ///
    /// # Errors
    /// What the target cannot say.
    pub fn sort_key(&self, expr: &Expr) -> Result<Fragment, Refusal> {
        if self.facts(expr).kind == Kind::Ip {
            self.textual(expr)
        } else {
            self.normalised(expr)
        }
    }

    /// The value of what nothing beside it gives a type: databases read `0.5` as a decimal, where the language has a double.
    ///
    /// # Errors
    /// What the target cannot say.
    pub fn alone(&self, expr: &Expr) -> Result<Fragment, Refusal> {
        let value = self.value(expr)?;
        if is_float_literal(expr) && self.dialect.operator("double", &[]).is_some() {
            let holes = Holes::new().with("value", &value);
            return self.operator("double", &[], holes, expr.span);
        }
        Ok(value)
    }

    /// Lower-cased text; a literal is lower-cased here.
    ///
    /// # Errors
    /// What the target cannot say.
    pub fn lowered(&self, expr: &Expr) -> Result<Fragment, Refusal> {
        if let ExprKind::Literal { value, .. } = &expr.kind {
            return self.literal(&quote::lower_value(value), Kind::Text, expr.span);
        }
        if let ExprKind::Call { function, .. } = &expr.kind
            && function == "lower"
        {
            return self.value(expr);
        }
        let value = self.textual(expr)?;
        self.apply("lower", &[value], &[Kind::Text], expr.span)
    }

    /// Branches that must have one type: text where one is text, and the engine's own word of each kind.
    pub(crate) fn branches(&self, branches: &[&Expr]) -> Result<Vec<Fragment>, Refusal> {
        let facts: Vec<Facts> = branches.iter().map(|b| self.facts(b)).collect();
        let some_text = facts.iter().any(|f| f.kind == Kind::Text);
        let untyped = branches.iter().all(|branch| is_float_literal(branch));
        let first = facts.first().map(|f| &f.native);
        let same = facts.iter().all(|f| Some(&f.native) == first);
        branches
            .iter()
            .zip(&facts)
            .map(|(branch, facts)| {
                if facts.kind == Kind::Ip && some_text {
                    return self.textual(branch);
                }
                let value = match untyped {
                    true => self.alone(branch)?,
                    false => self.value(branch)?,
                };
                let words = self.dialect.file.canonical.get(&facts.kind);
                let agrees = match (words, &facts.native) {
                    (Some(words), Some(native)) => same || words.contains(native),
                    _ => true,
                };
                if agrees {
                    Ok(value)
                } else {
                    let holes = Holes::new().with("value", &value);
                    self.operator("cast", &[facts.kind.as_str()], holes, branch.span)
                }
            })
            .collect()
    }

    fn case(
        &self,
        arms: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        whole: &Expr,
    ) -> Result<Fragment, Refusal> {
        let values: Vec<&Expr> = arms
            .iter()
            .map(|(_, value)| value)
            .chain(otherwise)
            .collect();
        let mut values = self.branches(&values)?;
        let last = match otherwise {
            Some(_) => values.pop(),
            None => None,
        };
        let mut printed = Vec::new();
        for ((condition, _), value) in arms.iter().zip(&values) {
            printed.push((self.truth(condition)?, value.clone()));
        }
        self.choose(&printed, last.as_ref(), self.facts(whole).kind, whole.span)
    }

    /// The first value whose condition is true.
    ///
    /// # Errors
    /// The dialect is faulty.
    pub fn choose(
        &self,
        arms: &[(Fragment, Fragment)],
        otherwise: Option<&Fragment>,
        kind: Kind,
        span: Span,
    ) -> Result<Fragment, Refusal> {
        let nothing = self.nothing(kind, span)?;
        let variants: &[&str] = match (arms.len(), otherwise) {
            (1, None) => &["open", "one"],
            (1, Some(_)) => &["one"],
            (_, None) => &["open"],
            (_, Some(_)) => &[],
        };
        let records = arms
            .iter()
            .map(|(condition, value)| {
                Holes::new()
                    .with("condition", condition)
                    .with("value", value)
            })
            .collect();
        let holes = Holes::new()
            .records("arms", records)
            .with("otherwise", otherwise.unwrap_or(&nothing));
        self.operator("case", variants, holes, span)
    }

    fn lookup(
        &self,
        map: &str,
        rows: &[(Value, Arc<str>)],
        key: &Expr,
        span: Span,
    ) -> Result<Fragment, Refusal> {
        let facts = self.facts(key);
        let wide = rows.iter().any(|(from, _)| super::fold::is_wide(from));
        let mut value = self.shielded(key, wide)?;
        let text_keys = self.dialect.can().bindings;
        let mut pairs = Vec::new();
        for (from, to) in rows {
            let to = self.text(to, span)?;
            let from = match from {
                Value::Int(number) if text_keys => self.text(&number.to_string(), span)?,
                other => self.literal(other, facts.kind, span)?,
            };
            pairs.push((from, to));
        }
        let named = if text_keys {
            self.bindings.borrow_mut().map(map, &pairs)
        } else {
            None
        };
        if let Some(name) = named {
            if facts.kind != Kind::Text {
                let holes = Holes::new().with("value", &value);
                value = self.operator("text", &[facts.kind.as_str()], holes, span)?;
            }
            let holes = Holes::new()
                .with("map", &self.name(&name))
                .with("key", &value);
            return self.operator("entry", &[], holes, span);
        }
        let mut arms = Vec::new();
        for ((from, _), (_, to)) in rows.iter().zip(&pairs) {
            let from = self.literal(from, facts.kind, span)?;
            let holes = Holes::new().with("left", &value).with("right", &from);
            arms.push((self.operator("equal", &[], holes, span)?, to.clone()));
        }
        self.choose(&arms, None, Kind::Text, span)
    }

    /// Two whole numbers of which one has 64 bits, as have all of the language: a literal stays as it is where the other can be made so.
    fn widened(
        &self,
        (left, right): (&Expr, &Expr),
        mut printed: (Fragment, Fragment),
    ) -> Result<(Fragment, Fragment), Refusal> {
        if self.facts(left).narrow && self.facts(right).narrow {
            let other = matches!(left.kind, ExprKind::Literal { .. });
            let side = if other {
                &mut printed.1
            } else {
                &mut printed.0
            };
            let holes = Holes::new().with("value", side);
            *side = self.operator("cast", &[Kind::Int.as_str()], holes, left.span)?;
        }
        Ok(printed)
    }

    fn arithmetic(
        &self,
        op: ArithmeticOp,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Result<Fragment, Refusal> {
        let kinds = (self.facts(left).kind, self.facts(right).kind);
        let name = match op {
            ArithmeticOp::Add => "add",
            ArithmeticOp::Subtract => "subtract",
            ArithmeticOp::Multiply => "multiply",
            ArithmeticOp::Divide => "divide",
        };
        let mut sides = match is_float_literal(right) {
            true => (self.alone(left)?, self.value(right)?),
            false => (self.value(left)?, self.value(right)?),
        };
        let mut variants = Vec::new();
        match kinds {
            (Kind::Time, Kind::Time) => variants.push("time_time"),
            (Kind::Time, Kind::Duration) => {
                if let ExprKind::Literal {
                    value: Value::Duration(length),
                    ..
                } = &right.kind
                {
                    if matches!(left.kind, ExprKind::Now) && op == ArithmeticOp::Subtract {
                        return self.instant(*length, span);
                    }
                    sides.1 = self.interval(*length);
                    variants.push("time_literal");
                } else {
                    variants.push("time_duration");
                }
            }
            (Kind::Int, Kind::Int) if op == ArithmeticOp::Divide => {
                sides.0 = self.apply("float", &[sides.0], &[Kind::Int], span)?;
            }
            (kind, _) => variants.push(kind.as_str()),
        }
        // A quotient is of floats already: the left side was cast, and cast again to an integer it would be cut.
        if kinds == (Kind::Int, Kind::Int)
            && op != ArithmeticOp::Divide
            && self.dialect.can().narrow_arithmetic
        {
            sides = self.widened((left, right), sides)?;
        }
        let given = |side: &Expr| matches!(side.kind, ExprKind::Literal { .. });
        let overflow = &self.dialect.can().overflow;
        if kinds == (Kind::Int, Kind::Int)
            && op == ArithmeticOp::Multiply
            && !given(left)
            && !given(right)
            && !overflow.is_empty()
        {
            self.note(Code::N0527, span, overflow);
        }
        if op == ArithmeticOp::Divide && !never_zero(right) {
            variants.insert(0, "safe");
        }
        let holes = Holes::new().with("left", &sides.0).with("right", &sides.1);
        self.operator(name, &variants, holes, span)
    }
}

fn is_float_literal(expr: &Expr) -> bool {
    matches!(
        &expr.kind,
        ExprKind::Literal {
            value: Value::Float(_),
            ..
        }
    )
}
