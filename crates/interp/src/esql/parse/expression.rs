//! In: the tokens of a command. Out: expressions.
//! Guarantee: the precedence of the language's grammar (Elastic docs, "ES|QL operators"): `::`, signs, `* / %`, `+ -`, one comparison,
//! then IN, LIKE, RLIKE, IS NULL and `:`, then NOT, AND, OR. Depth is capped, as it is on the platform.

use super::super::ast::{Expr, ExprKind, Literal, Operator, Place};
use super::super::lex::{Kind, Part, Token};
use super::super::refuse::{invalid, unknown};
use super::Parser;
use crate::Refusal;
use crate::stack::with_room;

/// The platform's own cap.
const DEEPEST: usize = 400;

/// Words that are no bare column names.
const RESERVED: &[&str] = &[
    "and", "asc", "by", "desc", "false", "first", "in", "is", "last", "like", "not", "null",
    "nulls", "on", "or", "rlike", "true", "where", "with",
];

impl Parser<'_> {
    /// A boolean expression.
    pub(super) fn expression(&mut self) -> Result<Expr, Refusal> {
        self.deeper(|parser| {
            let mut left = parser.conjunction()?;
            while parser.take_keyword("or") {
                let right = parser.conjunction()?;
                left = binary(Operator::Or, left, right)?;
            }
            Ok(left)
        })
    }

    /// Runs a part of the parser one level deeper.
    fn deeper(
        &mut self,
        part: impl FnOnce(&mut Self) -> Result<Expr, Refusal>,
    ) -> Result<Expr, Refusal> {
        self.open += 1;
        if self.open > DEEPEST {
            return Err(too_deep(self.span()));
        }
        let found = with_room(|| part(self));
        self.open -= 1;
        found
    }

    fn conjunction(&mut self) -> Result<Expr, Refusal> {
        let mut left = self.negation()?;
        while self.take_keyword("and") {
            let right = self.negation()?;
            left = binary(Operator::And, left, right)?;
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Expr, Refusal> {
        let start = self.span().start;
        if self.take_keyword("not") {
            let of = self.deeper(Self::negation)?;
            return self.node(ExprKind::Not(Box::new(of)), start);
        }
        self.predicate()
    }

    fn node(&self, kind: ExprKind, start: usize) -> Result<Expr, Refusal> {
        node(kind, start..self.last_end())
    }

    fn predicate(&mut self) -> Result<Expr, Refusal> {
        let start = self.span().start;
        let value = self.comparison()?;
        if self.take(":") {
            if !matches!(value.kind, ExprKind::Column(_) | ExprKind::Cast(..)) {
                return Err(invalid(":", "a field stands to the left", value.span()));
            }
            let literal = self.constant()?;
            return self.node(ExprKind::Match(Box::new(value), literal), start);
        }
        if self.take_keyword("is") {
            let negated = self.take_keyword("not");
            if !self.take_keyword("null") {
                return Err(self.unexpected("expected NULL"));
            }
            let test = self.node(ExprKind::IsNull(Box::new(value)), start)?;
            return self.negated(test, negated, start);
        }
        let negated = self.is_keyword("not");
        let next = self.keyword_at(usize::from(negated));
        match next.as_deref() {
            Some("in") => {
                self.at += 1 + usize::from(negated);
                self.expect("(")?;
                if self.is_keyword("from") {
                    return Err(unknown(
                        "subquery",
                        "subqueries of IN are not known here",
                        self.span(),
                    ));
                }
                let mut items = vec![self.comparison()?];
                while self.take(",") {
                    items.push(self.comparison()?);
                }
                self.expect(")")?;
                let test = self.node(ExprKind::In(Box::new(value), items), start)?;
                self.negated(test, negated, start)
            }
            Some(word @ ("like" | "rlike")) => {
                let regex = word == "rlike";
                self.at += 1 + usize::from(negated);
                let mut patterns = Vec::new();
                if self.take("(") {
                    loop {
                        patterns.push(self.string("a pattern")?);
                        if !self.take(",") {
                            break;
                        }
                    }
                    self.expect(")")?;
                } else {
                    if self.is("?") {
                        return Err(self.parameter());
                    }
                    patterns.push(self.string("a pattern")?);
                }
                let of = Box::new(value);
                let test = self.node(
                    ExprKind::Like {
                        of,
                        patterns,
                        regex,
                    },
                    start,
                )?;
                self.negated(test, negated, start)
            }
            _ => Ok(value),
        }
    }

    fn negated(&self, test: Expr, negated: bool, start: usize) -> Result<Expr, Refusal> {
        if negated {
            return self.node(ExprKind::Not(Box::new(test)), start);
        }
        Ok(test)
    }

    fn comparison(&mut self) -> Result<Expr, Refusal> {
        let left = self.sum()?;
        if self.is("=~") {
            return Err(unknown("=~", "`=~` is not known here", self.span()));
        }
        for (symbol, operator) in [
            ("==", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ] {
            if self.take(symbol) {
                let right = self.sum()?;
                return binary(operator, left, right);
            }
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Expr, Refusal> {
        let mut left = self.product()?;
        loop {
            let operator = if self.take("+") {
                Operator::Add
            } else if self.take("-") {
                Operator::Subtract
            } else {
                return Ok(left);
            };
            let right = self.product()?;
            left = binary(operator, left, right)?;
        }
    }

    fn product(&mut self) -> Result<Expr, Refusal> {
        let mut left = self.signed()?;
        loop {
            let operator = if self.take("*") {
                Operator::Multiply
            } else if self.take("/") {
                Operator::Divide
            } else if self.take("%") {
                Operator::Modulo
            } else {
                return Ok(left);
            };
            let right = self.signed()?;
            left = binary(operator, left, right)?;
        }
    }

    fn signed(&mut self) -> Result<Expr, Refusal> {
        let start = self.span().start;
        let minus = self.is("-");
        if !minus && !self.is("+") {
            return self.primary_expression();
        }
        let number = self.tokens.get(self.at + 1).map(|t| &t.kind);
        if matches!(number, Some(Kind::Whole(_) | Kind::Decimal(_))) {
            // The sign belongs to the literal: -2147483648 is an integer.
            return self.primary_expression();
        }
        self.at += 1;
        let of = self.deeper(Self::signed)?;
        if minus {
            return self.node(ExprKind::Negate(Box::new(of)), start);
        }
        Ok(of)
    }

    /// A constant, a name, a call or parentheses, with casts after it.
    pub(super) fn primary_expression(&mut self) -> Result<Expr, Refusal> {
        let start = self.span().start;
        let mut value = self.primary()?;
        while self.take("::") {
            let (to, _) = self.name()?;
            value = self.node(
                ExprKind::Cast(Box::new(value), to.to_ascii_lowercase()),
                start,
            )?;
        }
        Ok(value)
    }

    fn primary(&mut self) -> Result<Expr, Refusal> {
        let start = self.span().start;
        let Some(token) = self.peek().cloned() else {
            return Err(self.unexpected("expected an expression"));
        };
        match token.kind {
            Kind::Symbol("(") => {
                self.at += 1;
                let mut inner = self.expression()?;
                self.expect(")")?;
                // The parentheses belong to the text that names a column.
                inner.place = Place(start..self.last_end());
                Ok(inner)
            }
            Kind::Symbol("[") => {
                self.at += 1;
                let mut items = vec![self.constant()?];
                while self.take(",") {
                    items.push(self.constant()?);
                }
                self.expect("]")?;
                self.node(ExprKind::List(items), start)
            }
            Kind::Symbol("?") => Err(self.parameter()),
            Kind::Name { parts, quoted } => {
                let [Part::Text(name)] = parts.as_slice() else {
                    return Err(self.unexpected("expected an expression"));
                };
                let lower = name.to_ascii_lowercase();
                let called = matches!(
                    self.tokens.get(self.at + 1),
                    Some(Token {
                        kind: Kind::Symbol("("),
                        ..
                    })
                );
                if quoted || !called {
                    if !quoted && matches!(lower.as_str(), "true" | "false" | "null") {
                        let literal = self.constant()?;
                        return self.node(ExprKind::Literal(literal), start);
                    }
                    if !quoted && RESERVED.contains(&lower.as_str()) {
                        return Err(self.unexpected("a keyword is no column; quote it"));
                    }
                    self.at += 1;
                    return self.node(ExprKind::Column(name.clone()), start);
                }
                self.at += 2;
                self.call(lower, start)
            }
            _ => {
                let literal = self.constant()?;
                self.node(ExprKind::Literal(literal), start)
            }
        }
    }

    fn call(&mut self, name: String, start: usize) -> Result<Expr, Refusal> {
        let mut arguments = Vec::new();
        if self.is("*") {
            let span = self.span();
            self.at += 1;
            arguments.push(node(ExprKind::Star, span)?);
        } else if !self.is(")") {
            loop {
                if !arguments.is_empty() && self.is("{") {
                    arguments.push(self.options()?);
                    break;
                }
                arguments.push(self.expression()?);
                if !self.take(",") {
                    break;
                }
            }
        }
        self.expect(")")?;
        self.node(ExprKind::Call(name, arguments), start)
    }

    /// `{"name": constant, …}`
    fn options(&mut self) -> Result<Expr, Refusal> {
        let start = self.span().start;
        self.expect("{")?;
        let mut options = Vec::new();
        loop {
            let name = self.string("an option's name")?;
            self.expect(":")?;
            options.push((name, self.constant()?));
            if !self.take(",") {
                break;
            }
        }
        self.expect("}")?;
        self.node(ExprKind::Options(options), start)
    }

    fn parameter(&self) -> Refusal {
        unknown("?", "parameters are not known here", self.span())
    }

    /// A literal, its sign included.
    pub(super) fn constant(&mut self) -> Result<Literal, Refusal> {
        if self.is("?") {
            return Err(self.parameter());
        }
        let mut negative = false;
        let mut sign = false;
        if self.is("-") || self.is("+") {
            negative = self.is("-");
            sign = true;
            self.at += 1;
        }
        let Some(token) = self.peek().cloned() else {
            return Err(self.unexpected("expected a constant"));
        };
        let literal = match token.kind {
            Kind::Text(text) if !sign => Literal::Text(text),
            Kind::Whole(digits) => {
                let value = digits.parse::<i128>().ok();
                let value = value.map(|v| if negative { -v } else { v });
                let fits = |v: &i128| *v >= i128::from(i64::MIN) && *v <= i128::from(u64::MAX);
                match value.filter(fits) {
                    Some(value) => {
                        if let Some(unit) = self.unit() {
                            self.at += 1;
                            let count = i64::try_from(value).map_err(|_| {
                                invalid("time span", "the number is too large", token.span)
                            })?;
                            Literal::Span(count, unit)
                        } else {
                            Literal::Whole(value)
                        }
                    }
                    None => Literal::Decimal(decimal(&digits, negative)),
                }
            }
            Kind::Decimal(digits) => Literal::Decimal(decimal(&digits, negative)),
            _ => match self.keyword_at(0).as_deref() {
                Some("true") if !sign => Literal::Boolean(true),
                Some("false") if !sign => Literal::Boolean(false),
                Some("null") if !sign => Literal::Null,
                _ => return Err(self.unexpected("expected an expression")),
            },
        };
        self.at += 1;
        Ok(literal)
    }

    /// The word after a number, when it is no keyword: a unit of time.
    fn unit(&self) -> Option<String> {
        let word = self.keyword_at(1)?;
        (!RESERVED.contains(&word.as_str())).then_some(word)
    }
}

fn decimal(digits: &str, negative: bool) -> f64 {
    let value = digits.parse::<f64>().unwrap_or(f64::INFINITY);
    if negative { -value } else { value }
}

fn binary(operator: Operator, left: Expr, right: Expr) -> Result<Expr, Refusal> {
    let span = left.span().start..right.span().end;
    node(
        ExprKind::Binary(operator, Box::new(left), Box::new(right)),
        span,
    )
}

fn node(kind: ExprKind, span: std::ops::Range<usize>) -> Result<Expr, Refusal> {
    let below = match &kind {
        ExprKind::Call(_, arguments) => arguments.iter().map(|a| a.depth).max().unwrap_or(0),
        ExprKind::Negate(of)
        | ExprKind::Not(of)
        | ExprKind::IsNull(of)
        | ExprKind::Cast(of, _)
        | ExprKind::Match(of, _)
        | ExprKind::Like { of, .. } => of.depth,
        ExprKind::Binary(_, left, right) => left.depth.max(right.depth),
        ExprKind::In(of, items) => items.iter().map(|i| i.depth).fold(of.depth, usize::max),
        ExprKind::Literal(_)
        | ExprKind::List(_)
        | ExprKind::Column(_)
        | ExprKind::Star
        | ExprKind::Options(_) => 0,
    };
    if below >= DEEPEST {
        return Err(too_deep(span));
    }
    Ok(Expr {
        kind,
        place: Place(span),
        depth: below + 1,
    })
}

fn too_deep(span: std::ops::Range<usize>) -> Refusal {
    invalid(
        "depth",
        format!("expressions stand more than {DEEPEST} deep in one another"),
        span,
    )
}
