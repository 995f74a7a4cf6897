//! Comparisons: `==`, `!=`, the orders, `between`.

use super::super::{Comparison, Expr, ExprKind, Type};
use super::literals::is_literal;
use super::{Lowering, a};
use crate::diag::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::ast::{self, ArithmeticOp, CompareOp};
use crate::value::Value;

/// A comparison as written.
#[derive(Clone, Copy)]
pub(super) struct Operator {
    pub op: CompareOp,
    pub fold: bool,
    pub span: Span,
}

impl Operator {
    fn equality(self) -> bool {
        matches!(self.op, CompareOp::Equal | CompareOp::NotEqual)
    }

    fn text(self) -> &'static str {
        self.op.sign(self.fold)
    }
}

impl Lowering<'_> {
    pub(super) fn compare(
        &mut self,
        operator: Operator,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Option<Expr> {
        if self.no_value(operator, left, right, span).is_none() {
            // The side that is right is looked at all the same.
            let plain = |side: &&ast::Expr| {
                !matches!(&side.kind, ast::ExprKind::Text(_) | ast::ExprKind::List(_))
                    && !self.is_null(side)
            };
            let sides: Vec<&ast::Expr> = [left, right].into_iter().filter(plain).collect();
            self.examine(sides);
            return None;
        }
        let (left, right) = self.sides(left, right);
        let (left, right) = (left?, right?);
        // The literal is on the right.
        let (left, right, op) = if is_literal(&left) && !is_literal(&right) {
            (right, left, mirrored(operator.op))
        } else {
            (left, right, operator.op)
        };
        if let Some(set) = [&left, &right]
            .into_iter()
            .find(|side| matches!(side.ty, Type::Set(_)))
        {
            return self.fail(
                Diagnostic::at(Code::E0403, operator.span, "sets are not compared")
                    .also(set.span, format!("this is {}", a(&set.ty)))
                    .help("`size(x)` gives the number of elements; what the elements must be is tested in a `where` before the group, or by a count `where …`"),
            );
        }
        if self.is_several(&left) || self.is_several(&right) {
            return self.several(Operator { op, ..operator }, left, right, span);
        }
        let (left, right) = if left.ty == Type::Duration || right.ty == Type::Duration {
            self.durations(left, right)?
        } else {
            self.one_side(left, right)?
        };
        self.allowed(operator, &left)?;
        let (left, right) = if left.ty == Type::Bool {
            (self.truth(left)?, self.truth(right)?)
        } else {
            (left, right)
        };
        if left.ty == Type::Bool
            && let Some(whole) = against_constant(op, &left, &right, span)
        {
            return Some(whole);
        }
        let (comparison, negated) = match op {
            CompareOp::Equal => (Comparison::Equal, false),
            CompareOp::NotEqual => (Comparison::Equal, true),
            CompareOp::Less => (Comparison::Less, false),
            CompareOp::LessOrEqual => (Comparison::LessOrEqual, false),
            CompareOp::Greater => (Comparison::Greater, false),
            CompareOp::GreaterOrEqual => (Comparison::GreaterOrEqual, false),
        };
        let kind = ExprKind::Compare {
            op: comparison,
            fold: operator.fold,
            left: Box::new(left),
            right: Box::new(right),
        };
        let whole = self.predicate(kind, span)?;
        Some(if negated {
            Expr {
                span,
                ..whole.negate()
            }
        } else {
            whole
        })
    }

    /// Whether it is what other languages call null, or the empty text.
    fn is_null(&self, expr: &ast::Expr) -> bool {
        match &expr.kind {
            ast::ExprKind::Text(text) => text.is_empty(),
            ast::ExprKind::Name(name) => {
                self.scope.slot(name).is_none()
                    && ["null", "none", "nil", "missing"].contains(&name.to_lowercase().as_str())
            }
            _ => false,
        }
    }

    /// Both sides of a comparison. A word that names nothing is judged by what it is compared with.
    fn sides(&mut self, left: &ast::Expr, right: &ast::Expr) -> (Option<Expr>, Option<Expr>) {
        // Beside a literal the word is the column.
        let ty = |side: &Option<Expr>| {
            let side = side.as_ref().filter(|side| !is_literal(side));
            side.map(|side| side.ty.clone())
        };
        if self.is_bare(left) && !self.is_bare(right) {
            let right = self.operand(right);
            let left = self.beside(left, ty(&right).as_ref());
            return (left, right);
        }
        let left = self.operand(left);
        let right = self.beside(right, ty(&left).as_ref());
        (left, right)
    }

    /// A side of a comparison, or an entry of a list, beside a value of that type.
    pub(super) fn beside(&mut self, expr: &ast::Expr, ty: Option<&Type>) -> Option<Expr> {
        if let (ast::ExprKind::Name(word), Some(ty @ (Type::Text | Type::Enum(_)))) =
            (&expr.kind, ty)
            && self.is_bare(expr)
        {
            let error = self.bare(word, expr.span, ty);
            return self.fail(error);
        }
        self.operand(expr)
    }

    /// A side of a comparison, where a field with several values is allowed.
    pub(super) fn operand(&mut self, expr: &ast::Expr) -> Option<Expr> {
        match &expr.kind {
            ast::ExprKind::Name(name) => self.name(name, expr.span, true),
            _ => self.expr(expr),
        }
    }

    /// Refuses `== ""`, `== null`, `== [..]`, with what to write.
    fn no_value(
        &mut self,
        operator: Operator,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Option<()> {
        let test = if operator.op == CompareOp::NotEqual {
            "exists"
        } else {
            "is missing"
        };
        let tail = Span {
            start: left.span.end,
            ..span
        };
        let null = |expr: &ast::Expr| self.is_null(expr);
        if operator.equality() && (null(left) || null(right)) {
            let place = if null(right) { right.span } else { left.span };
            let error = Diagnostic::at(
                Code::E0406,
                place,
                "nothing equals the empty string or null",
            )
            .label("empty, absent and null are one state: missing");
            return self.fail(if null(right) {
                error.fix(
                    tail,
                    format!(" {test}"),
                    format!("the test for it is `{test}`"),
                )
            } else {
                error.help(format!("the test for it is `x {test}`"))
            });
        }
        if let ast::ExprKind::List(_) = right.kind
            && operator.equality()
        {
            let word = match (operator.op, operator.fold) {
                (CompareOp::Equal, false) => "in",
                (CompareOp::Equal, true) => "in~",
                (_, false) => "not in",
                (_, true) => "not in~",
            };
            return self.fail(
                Diagnostic::at(
                    Code::E0407,
                    right.span,
                    format!("`{}` compares with one value", operator.text()),
                )
                .label("a list")
                .fix(operator.span, word, "membership in a list"),
            );
        }
        Some(())
    }

    /// Both sides with one type.
    fn one_side(&mut self, left: Expr, right: Expr) -> Option<(Expr, Expr)> {
        if left.ty == right.ty {
            return Some((left, right));
        }
        if is_literal(&right) {
            let place = right.span;
            let coerced = self.coerce(right, &left.ty);
            if coerced.is_none()
                && let Some(error) = self.errors.last_mut()
                && error
                    .primary
                    .as_ref()
                    .is_some_and(|label| label.span == place)
            {
                let label = format!("this is {}", a(&left.ty));
                *error = error.clone().also(left.span, label);
            }
            return Some((left, coerced?));
        }
        let sides = format!("{} and {} cannot be compared", a(&left.ty), a(&right.ty));
        let help = match (&left.ty, &right.ty) {
            (Type::Int, Type::Text) | (Type::Text, Type::Int) => {
                "`string(x)` makes an int text, `int(x)` reads one"
            }
            (Type::Int, Type::Float) | (Type::Float, Type::Int) => {
                "`float(x)` makes an int a float"
            }
            (Type::Ip, Type::Text) | (Type::Text, Type::Ip) => {
                "`ip(x)` reads an address, `string(x)` makes it text"
            }
            (Type::Enum(_), _) | (_, Type::Enum(_)) => {
                "the words of a closed set are compared with literals only"
            }
            _ => "types are never mixed in silence",
        };
        self.fail(
            Diagnostic::at(Code::E0401, right.span, sides)
                .label(format!("this is {}", a(&right.ty)))
                .also(left.span, format!("this is {}", a(&left.ty)))
                .help(help),
        )
    }

    /// `last - first > 1h` is said as `last > first + 1h`: durations are not values of a row.
    fn durations(&mut self, left: Expr, right: Expr) -> Option<(Expr, Expr)> {
        let difference = |expr: &Expr| match &expr.kind {
            ExprKind::Arithmetic {
                op: ArithmeticOp::Subtract,
                left,
                right,
            } if expr.ty == Type::Duration => Some(((**left).clone(), (**right).clone())),
            _ => None,
        };
        if left.ty != right.ty {
            return if is_literal(&right) {
                self.mismatch(&right, &left.ty)
            } else {
                self.mismatch(&left, &right.ty)
            };
        }
        if let Some((later, earlier)) = difference(&left)
            && is_literal(&right)
        {
            let span = earlier.span.to(right.span);
            let nullable = earlier.nullable;
            let kind = ExprKind::Arithmetic {
                op: ArithmeticOp::Add,
                left: Box::new(earlier),
                right: Box::new(right),
            };
            return Some((later, Self::over(kind, Type::Time, nullable, span)));
        }
        self.fail(
            Diagnostic::at(
                Code::E0419,
                left.span,
                "a duration is compared as the difference of two times with a literal",
            )
            .label("not a difference of two times")
            .help("for example `last_seen - first_seen > 1h`"),
        )
    }

    /// Whether the operator is there for the type of both sides.
    fn allowed(&mut self, operator: Operator, left: &Expr) -> Option<()> {
        let ty = &left.ty;
        let sign = operator.text();
        if operator.fold && *ty != Type::Text {
            let exact = if operator.op == CompareOp::Equal {
                "=="
            } else {
                "!="
            };
            return self.fail(
                Diagnostic::at(
                    Code::E0403,
                    operator.span,
                    format!("`{sign}` ignores case, and {} has none", a(ty)),
                )
                .also(left.span, format!("this is {}", a(ty)))
                .fix(operator.span, exact, "the exact operator"),
            );
        }
        if operator.equality() || matches!(ty, Type::Int | Type::Float | Type::Time) {
            return Some(());
        }
        let error = Diagnostic::at(
            Code::E0403,
            operator.span,
            format!("there is no `{sign}` for {}", a(ty)),
        )
        .also(left.span, format!("this is {}", a(ty)));
        self.fail(match ty {
            Type::Ip => error.help("a range of addresses is tested with `in_cidr`"),
            Type::Enum(_) => error.help("the words of a closed set have no order; test them with `==` or `in [..]`"),
            Type::Text => error.help("only int, float and time have an order; a number in a text is read with `int(text)`"),
            _ => error.help("only int, float and time have an order"),
        })
    }

    /// A field with several values against a literal: some value is it.
    fn several(&mut self, operator: Operator, left: Expr, right: Expr, span: Span) -> Option<Expr> {
        let several = if self.is_several(&left) {
            &left
        } else {
            &right
        };
        if !operator.equality() || !is_literal(&right) {
            return self.fail(
                Diagnostic::at(Code::E0413, several.span, "a field with several values is compared by `==`, `!=`, `in` and `not in` with literals only")
                    .label("several values in one event"),
            );
        }
        let right = self.coerce(right, &left.ty)?;
        self.allowed(operator, &left)?;
        let ExprKind::Literal { value, .. } = right.kind else {
            return None;
        };
        let kind = ExprKind::In {
            value: Box::new(left),
            items: vec![value],
            fold: operator.fold,
            list: None,
        };
        let whole = self.predicate(kind, span)?;
        Some(if operator.op == CompareOp::NotEqual {
            Expr {
                span,
                ..whole.negate()
            }
        } else {
            whole
        })
    }

    pub(super) fn between(
        &mut self,
        value: &ast::Expr,
        low: &ast::Expr,
        high: &ast::Expr,
        span: Span,
    ) -> Option<Expr> {
        let (value, low, high) = (self.expr(value), self.expr(low), self.expr(high));
        let (value, low, high) = (value?, low?, high?);
        let (value, low, high) = if value.ty == Type::Duration {
            let (later, low) = self.durations(value.clone(), low)?;
            let (_, high) = self.durations(value, high)?;
            (later, low, high)
        } else {
            if !matches!(value.ty, Type::Int | Type::Float | Type::Time) {
                return self.fail(
                    Diagnostic::at(
                        Code::E0403,
                        value.span,
                        format!("there is no `between` for {}", a(&value.ty)),
                    )
                    .label(format!("this is {}", a(&value.ty)))
                    .help("only int, float and time have an order"),
                );
            }
            let (low, high) = (self.coerce(low, &value.ty), self.coerce(high, &value.ty));
            (value, low?, high?)
        };
        if let (ExprKind::Literal { value: low, .. }, ExprKind::Literal { value: high, .. }) =
            (&low.kind, &high.kind)
            && crate::value::order::compare(low, high).is_gt()
        {
            return self.fail(
                Diagnostic::at(Code::E0422, span, "no value lies between these bounds")
                    .label("the first bound is the lower one"),
            );
        }
        let kind = ExprKind::Between {
            value: Box::new(value),
            low: Box::new(low),
            high: Box::new(high),
        };
        self.predicate(kind, span)
    }
}

/// `p == true`, `p != true` and so on are `p` or `not p`, except for a column that had to be compared with `true` already.
fn against_constant(op: CompareOp, left: &Expr, right: &Expr, span: Span) -> Option<Expr> {
    let ExprKind::Literal {
        value: Value::Bool(wanted),
        ..
    } = &right.kind
    else {
        return None;
    };
    let same = (op == CompareOp::Equal) == *wanted;
    // A missing bool is not equal to false: only what is never missing may be turned round.
    if !same
        && op == CompareOp::Equal
        && let ExprKind::Compare {
            op: Comparison::Equal,
            left: inner,
            right: truth,
            ..
        } = &left.kind
        && inner.ty == Type::Bool
        && inner.nullable
    {
        let kind = ExprKind::Compare {
            op: Comparison::Equal,
            fold: false,
            left: inner.clone(),
            right: Box::new(Expr {
                span: right.span,
                ..Expr::literal(Value::Bool(false), Type::Bool, truth.span)
            }),
        };
        return Some(Expr::predicate(kind, span));
    }
    if same
        && op == CompareOp::NotEqual
        && let ExprKind::Compare {
            op: Comparison::Equal,
            left: inner,
            right: truth,
            ..
        } = &left.kind
        && inner.ty == Type::Bool
        && inner.nullable
    {
        // `b != false` is `not (b == false)`, true when b is missing.
        let kind = ExprKind::Compare {
            op: Comparison::Equal,
            fold: false,
            left: inner.clone(),
            right: Box::new(Expr {
                span: right.span,
                ..Expr::literal(Value::Bool(false), Type::Bool, truth.span)
            }),
        };
        return Some(Expr {
            span,
            ..Expr::predicate(kind, span).negate()
        });
    }
    let left = Expr {
        span,
        ..left.clone()
    };
    Some(if same {
        left
    } else {
        Expr {
            span,
            ..left.negate()
        }
    })
}

fn mirrored(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Less => CompareOp::Greater,
        CompareOp::LessOrEqual => CompareOp::GreaterOrEqual,
        CompareOp::Greater => CompareOp::Less,
        CompareOp::GreaterOrEqual => CompareOp::LessOrEqual,
        same => same,
    }
}
