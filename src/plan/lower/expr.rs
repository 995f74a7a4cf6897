//! Expressions: conditions, arithmetic, `case`, maps. Comparisons, tests and calls have their own files.

use super::super::{Comparison, Expr, ExprKind, Type};
use super::literals::{coercible, is_literal};
use super::{Lowering, a};
use crate::diag::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::ast::{self, ArithmeticOp};
use crate::value::Value;
use std::collections::BTreeSet;

impl Lowering<'_> {
    /// Any expression. `None` when something in it was wrong and has been told.
    pub(super) fn expr(&mut self, expr: &ast::Expr) -> Option<Expr> {
        let span = expr.span;
        match &expr.kind {
            ast::ExprKind::Bool(value) => Some(Expr::literal(Value::Bool(*value), Type::Bool, span)),
            ast::ExprKind::Int(value) => self.number(Value::Int(*value), Type::Int, span),
            ast::ExprKind::Float(value) => self.number(Value::Float(*value), Type::Float, span),
            ast::ExprKind::Duration(value) => self.number(Value::Duration(*value), Type::Duration, span),
            ast::ExprKind::Text(text) => self.text(text, span),
            ast::ExprKind::Regex { .. } => self.fail(
                Diagnostic::at(Code::E0401, span, "a regex is not a value")
                    .help("a regex stands after `matches`, or as the second argument of `extract`"),
            ),
            ast::ExprKind::List(_) => self.fail(
                Diagnostic::at(Code::E0407, span, "a list is not a value")
                    .help("a list stands after `in`, `not in`, `in_cidr`, or a text test such as `contains`"),
            ),
            ast::ExprKind::Name(name) => self.name(name, span, false),
            ast::ExprKind::Reference(name) => self.parameter(name, span),
            ast::ExprKind::Now => Some(Expr { ty: Type::Time, ..Expr::predicate(ExprKind::Now, span) }),
            ast::ExprKind::Not(_) | ast::ExprKind::And(_) | ast::ExprKind::Or(_) => self.condition(expr),
            ast::ExprKind::Compare { op, fold, op_span, left, right } => {
                self.compare(super::compare::Operator { op: *op, fold: *fold, span: *op_span }, left, right, span)
            }
            ast::ExprKind::Between { value, low, high } => self.between(value, low, high, span),
            ast::ExprKind::In { negated, fold, op_span, value, list } => {
                let test = self.member(value, list, *fold, *op_span, span);
                negated_if(*negated, test)
            }
            ast::ExprKind::InNetwork { negated, value, networks } => {
                let test = self.in_network(value, networks, span);
                negated_if(*negated, test)
            }
            ast::ExprKind::TextTest { test, fold, value, needle, .. } => {
                self.text_test(super::text::Test { test: *test, fold: *fold }, value, needle, span)
            }
            ast::ExprKind::Matches { value, regex } => self.matches(value, regex, span),
            ast::ExprKind::Exists { negated, value } => {
                let test = self.exists(value, span);
                negated_if(*negated, test)
            }
            ast::ExprKind::Arithmetic { op, left, right } => self.arithmetic(*op, left, right, span),
            ast::ExprKind::Negate(inner) => self.negative(inner, span),
            ast::ExprKind::Case { arms, otherwise } => self.case(arms, otherwise, span),
            ast::ExprKind::Lookup { map, key } => self.lookup(map, key, span),
            ast::ExprKind::Call { function, arguments } => self.call(function, arguments, span),
        }
    }

    /// A condition: true or false for every row.
    pub(super) fn condition(&mut self, expr: &ast::Expr) -> Option<Expr> {
        match &expr.kind {
            ast::ExprKind::And(parts) => self.connect(parts, true, expr.span),
            ast::ExprKind::Or(parts) => self.connect(parts, false, expr.span),
            ast::ExprKind::Not(inner) => {
                let inner = self.condition(inner)?;
                Some(match constant(&inner) {
                    Some(value) => Expr::literal(Value::Bool(!value), Type::Bool, expr.span),
                    None => Expr {
                        span: expr.span,
                        ..inner.negate()
                    },
                })
            }
            _ => {
                let typed = self.expr(expr)?;
                self.truth(typed)
            }
        }
    }

    /// A value as a condition: a bool that may be missing is true when it is present and true.
    pub(super) fn truth(&mut self, typed: Expr) -> Option<Expr> {
        let span = typed.span;
        if typed.ty != Type::Bool {
            let mut error = Diagnostic::at(Code::E0402, span, "expected a condition")
                .label(format!("this is {}", a(&typed.ty)));
            if let ExprKind::Column(column) = &typed.kind {
                error = error.help(match typed.ty {
                    Type::Set(_) => format!("for example `size({}) > 0`", column.name()),
                    _ => format!("for example `{0} exists`, or `{0} == …`", column.name()),
                });
            }
            return self.fail(error);
        }
        if !typed.determined {
            return self.undetermined(&typed, "a condition");
        }
        if !typed.nullable {
            return Some(typed);
        }
        let kind = ExprKind::Compare {
            op: Comparison::Equal,
            fold: false,
            left: Box::new(typed),
            right: Box::new(Expr::literal(Value::Bool(true), Type::Bool, span)),
        };
        Some(Expr::predicate(kind, span))
    }

    fn connect(&mut self, parts: &[ast::Expr], and: bool, span: Span) -> Option<Expr> {
        let typed: Vec<Option<Expr>> = parts.iter().map(|part| self.condition(part)).collect();
        let typed = typed.into_iter().collect::<Option<Vec<Expr>>>()?;
        // `true` in a conjunction and `false` in a disjunction say nothing; the other decides it.
        if typed.iter().any(|part| constant(part) == Some(!and)) {
            return Some(Expr::literal(Value::Bool(!and), Type::Bool, span));
        }
        let typed: Vec<Expr> = typed
            .into_iter()
            .filter(|part| constant(part).is_none())
            .collect();
        let whole = if and {
            Expr::all(typed)
        } else {
            Expr::any(typed)
        };
        Some(match whole {
            Some(whole) => Expr { span, ..whole },
            None => Expr::literal(Value::Bool(and), Type::Bool, span),
        })
    }

    /// A predicate over operands; refused over an undetermined one.
    pub(super) fn predicate(&mut self, kind: ExprKind, span: Span) -> Option<Expr> {
        let whole = Expr::predicate(kind, span);
        let bad = whole
            .children()
            .into_iter()
            .find(|child| !child.determined)
            .cloned();
        match bad {
            Some(bad) => self.undetermined(&bad, "a condition"),
            None => Some(whole),
        }
    }

    pub(super) fn undetermined<T>(&mut self, expr: &Expr, place: &str) -> Option<T> {
        let mut first: Option<(String, Span)> = None;
        expr.visit(&mut |part| {
            if let ExprKind::Column(column) = &part.kind
                && !part.determined
                && first.is_none()
            {
                first = Some((column.name().to_owned(), part.span));
            }
        });
        let (name, at) = first.unwrap_or((String::new(), expr.span));
        let mut error = Diagnostic::at(Code::E0414, at, format!("the value of `{name}` is not determined, so it cannot be used in {place}"))
            .label("another run may hold another value here")
            .help("it can be output, or pass through functions of that one column; for something to test or to group by use `min`, `max`, `count_distinct` or a key of the group");
        let slot = self.scope.slot(&name);
        if let Some(cut) = slot.map_or(self.scope.cut_by, |slot| slot.cut_by) {
            error = error.also(
                cut,
                "rows that agree in everything else are cut here by chance",
            );
            error = error.help(
                "keep the keys of the group until after the cut: they decide which rows stay",
            );
        } else if let Some(slot) = slot {
            error = error.also(slot.span, "made here");
        }
        self.fail(error)
    }

    /// A value that becomes a column: of an undetermined column nothing else may be mixed in.
    pub(super) fn column_value(&mut self, expr: &ast::Expr) -> Option<Expr> {
        let typed = self.expr(expr)?;
        if !typed.determined {
            let mut names = BTreeSet::new();
            typed.visit(&mut |part| {
                if let ExprKind::Column(column) = &part.kind {
                    names.insert(column.name().to_owned());
                }
            });
            if names.len() > 1 {
                return self.undetermined(&typed, "a value together with other columns");
            }
        }
        Some(typed)
    }

    /// An expression over parts: determined when they all are.
    pub(super) fn over(kind: ExprKind, ty: Type, nullable: bool, span: Span) -> Expr {
        let mut whole = Expr {
            kind,
            ty,
            nullable,
            determined: true,
            span,
        };
        whole.determined = whole.children().iter().all(|child| child.determined);
        whole
    }

    fn exists(&mut self, value: &ast::Expr, span: Span) -> Option<Expr> {
        let typed = self.expr(value)?;
        if let Type::Set(_) = typed.ty {
            return self.fail(
                Diagnostic::at(Code::E0403, typed.span, "a set is never missing")
                    .help("an empty set is tested with `size(x) == 0`"),
            );
        }
        if typed.ty == Type::Bool && !typed.nullable {
            return self.fail(
                Diagnostic::at(Code::E0403, typed.span, "a condition is never missing")
                    .help("it is true or false; leave out the test"),
            );
        }
        self.predicate(ExprKind::Exists(Box::new(typed)), span)
    }

    fn arithmetic(
        &mut self,
        op: ArithmeticOp,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Option<Expr> {
        let (left, right) = (self.expr(left), self.expr(right));
        let (left, right) = (left?, right?);
        let (left, right) = match (&left.ty, &right.ty) {
            (Type::Float, Type::Int) if is_literal(&right) => {
                (left, self.coerce(right, &Type::Float)?)
            }
            (Type::Int, Type::Float) if is_literal(&left) => {
                (self.coerce(left, &Type::Float)?, right)
            }
            _ => (left, right),
        };
        use ArithmeticOp::{Add, Divide, Subtract};
        let missing = left.nullable || right.nullable;
        let (ty, nullable) = match (&left.ty, op, &right.ty) {
            (Type::Int | Type::Float, _, _) if left.ty == right.ty => {
                let zero = matches!(
                    &right.kind,
                    ExprKind::Literal {
                        value: Value::Int(0),
                        ..
                    }
                ) || matches!(&right.kind, ExprKind::Literal { value: Value::Float(f), .. } if *f == 0.0);
                if op == Divide && zero {
                    return self.fail(
                        Diagnostic::at(Code::E0418, span, "division by zero is always missing")
                            .label("divides by zero"),
                    );
                }
                let float = left.ty == Type::Float;
                // A double may overflow; an int divided by a literal that is not zero cannot.
                let more = float || (op == Divide && !is_literal(&right));
                (
                    if op == Divide {
                        Type::Float
                    } else {
                        left.ty.clone()
                    },
                    missing || more,
                )
            }
            (Type::Time, Add | Subtract, Type::Duration) => (Type::Time, missing),
            (Type::Duration, Add, Type::Time) => {
                let kind = ExprKind::Arithmetic {
                    op,
                    left: Box::new(right),
                    right: Box::new(left),
                };
                return Some(Self::over(kind, Type::Time, missing, span));
            }
            (Type::Time, Subtract, Type::Time) => (Type::Duration, missing),
            _ => return self.no_arithmetic(op, &left, &right, span),
        };
        let kind = ExprKind::Arithmetic {
            op,
            left: Box::new(left),
            right: Box::new(right),
        };
        Some(Self::over(kind, ty, nullable, span))
    }

    fn no_arithmetic(
        &mut self,
        op: ArithmeticOp,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Option<Expr> {
        let sign = op.sign();
        let mut error = Diagnostic::at(
            Code::E0418,
            span,
            format!("there is no {} {sign} {}", left.ty, right.ty),
        )
        .also(left.span, format!("this is {}", a(&left.ty)))
        .also(right.span, format!("this is {}", a(&right.ty)));
        error = match (&left.ty, &right.ty) {
            (Type::Text, _) | (_, Type::Text) => error.help(
                "texts are joined with `concat(a, b)`; a number in a text is read with `int(text)`",
            ),
            (Type::Time, Type::Int | Type::Float) => {
                error.help("times move by durations: `time - 24h`")
            }
            (Type::Int, Type::Float) | (Type::Float, Type::Int) => {
                error.help("types are not mixed in silence: write `float(x)` around the int")
            }
            (Type::Duration, _) | (_, Type::Duration) => {
                error.help("a duration is added to a time, or subtracted from it")
            }
            _ => error.help("`+ - * /` are for ints and floats; times take durations"),
        };
        self.fail(error)
    }

    fn negative(&mut self, inner: &ast::Expr, span: Span) -> Option<Expr> {
        let typed = self.expr(inner)?;
        let out_of_range = Diagnostic::at(Code::E0422, span, "this number does not fit in 64 bits");
        match (&typed.kind, &typed.ty) {
            (
                ExprKind::Literal {
                    value: Value::Int(n),
                    ..
                },
                _,
            ) => match n.checked_neg() {
                Some(n) => Some(Expr::literal(Value::Int(n), Type::Int, span)),
                None => self.fail(out_of_range),
            },
            (
                ExprKind::Literal {
                    value: Value::Float(f),
                    ..
                },
                _,
            ) => Some(Expr::literal(Value::float(-f), Type::Float, span)),
            (_, Type::Int | Type::Float) => {
                let zero = if typed.ty == Type::Int {
                    Value::Int(0)
                } else {
                    Value::Float(0.0)
                };
                let (ty, nullable) = (typed.ty.clone(), typed.nullable);
                let kind = ExprKind::Arithmetic {
                    op: ArithmeticOp::Subtract,
                    left: Box::new(Expr::literal(zero, ty.clone(), span)),
                    right: Box::new(typed),
                };
                Some(Self::over(kind, ty, nullable, span))
            }
            _ => self.fail(Diagnostic::at(
                Code::E0418,
                span,
                format!("`-` is for ints and floats, not for {}", a(&typed.ty)),
            )),
        }
    }

    fn case(
        &mut self,
        arms: &[(ast::Expr, ast::Expr)],
        otherwise: &ast::Expr,
        span: Span,
    ) -> Option<Expr> {
        let conditions: Vec<Option<Expr>> = arms
            .iter()
            .map(|(condition, _)| self.condition(condition))
            .collect();
        let values: Vec<Option<Expr>> = arms
            .iter()
            .map(|(_, value)| value)
            .chain([otherwise])
            .map(|value| self.expr(value))
            .collect();
        let conditions = conditions.into_iter().collect::<Option<Vec<_>>>()?;
        let values = values.into_iter().collect::<Option<Vec<_>>>()?;
        let mut values =
            self.one_type(values, Code::E0424, "the arms of a `case` have one type")?;
        if let Some(bad) = values
            .iter()
            .find(|v| matches!(v.ty, Type::Set(_) | Type::Duration))
        {
            let error = Diagnostic::at(
                Code::E0424,
                bad.span,
                format!("an arm of `case` cannot be {}", a(&bad.ty)),
            );
            return self.fail(error);
        }
        let ty = values.first()?.ty.clone();
        let nullable = values.iter().any(|value| value.nullable);
        let otherwise = values.pop().map(Box::new);
        let arms = conditions.into_iter().zip(values).collect();
        Some(Self::over(
            ExprKind::Case { arms, otherwise },
            ty,
            nullable,
            span,
        ))
    }

    /// Values that must share a type: literals follow the others.
    pub(super) fn one_type(
        &mut self,
        values: Vec<Expr>,
        code: Code,
        rule: &str,
    ) -> Option<Vec<Expr>> {
        let wanted = values
            .iter()
            .find(|value| !is_literal(value))
            .or_else(|| values.iter().find(|value| value.ty == Type::Float))
            .or_else(|| values.first())
            .map(|value| (value.ty.clone(), value.span))?;
        let mut all = Vec::new();
        let mut wrong = false;
        for value in values {
            if value.ty == wanted.0 || (is_literal(&value) && coercible(&value.ty, &wanted.0)) {
                match self.coerce(value, &wanted.0) {
                    Some(value) => all.push(value),
                    None => wrong = true,
                }
            } else {
                wrong = true;
                let mut error = Diagnostic::at(code, value.span, rule.to_owned())
                    .label(format!("this is {}", a(&value.ty)))
                    .also(wanted.1, format!("this is {}", a(&wanted.0)));
                if let (
                    ExprKind::Literal {
                        value: constant,
                        param: None,
                    },
                    Type::Text,
                ) = (&value.kind, &wanted.0)
                {
                    error = self.as_text(error, constant, value.span);
                }
                self.fail::<()>(error);
            }
        }
        (!wrong).then_some(all)
    }
}

fn negated_if(negated: bool, test: Option<Expr>) -> Option<Expr> {
    let test = test?;
    if negated {
        return Some(match constant(&test) {
            Some(value) => Expr::literal(Value::Bool(!value), Type::Bool, test.span),
            None => Expr {
                span: test.span,
                ..test.negate()
            },
        });
    }
    Some(test)
}

/// The value of a constant condition.
pub(super) fn constant(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Literal {
            value: Value::Bool(value),
            ..
        } => Some(*value),
        _ => None,
    }
}
