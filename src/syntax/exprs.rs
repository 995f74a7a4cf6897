//! Expressions: pest pairs to tree.
//!
//! In: a pair of one of the grammar's expression rules. Out: [`Expr`]. Guarantee: precedence is the grammar's; a minus directly before a number makes a
//! negative number; no tree is deeper than [`MAX_DEPTH`], so that later stages may recurse.

use super::ast::{ArithmeticOp, CompareOp, Expr, ExprKind, Name, TextTest};
use super::builder::{Builder, Built, Stop, child, first_of, written};
use super::foreign::Position;
use super::grammar::Rule;
use crate::diag::{Code, Diagnostic};
use pest::iterators::Pair;

/// Greatest depth of a tree.
pub(crate) const MAX_DEPTH: usize = 200;

impl Builder {
    /// `a or b`
    pub(super) fn expression(&mut self, pair: Pair<'_, Rule>, depth: usize) -> Built<Expr> {
        self.flat(
            pair,
            depth,
            Rule::or_operand,
            Builder::conjunction,
            ExprKind::Or,
        )
    }

    /// `a and b`
    fn conjunction(&mut self, pair: Pair<'_, Rule>, depth: usize) -> Built<Expr> {
        self.flat(
            pair,
            depth,
            Rule::and_operand,
            Builder::inversion,
            ExprKind::And,
        )
    }

    fn flat(
        &mut self,
        pair: Pair<'_, Rule>,
        depth: usize,
        operand: Rule,
        build: fn(&mut Builder, Pair<'_, Rule>, usize) -> Built<Expr>,
        join: fn(Vec<Expr>) -> ExprKind,
    ) -> Built<Expr> {
        let span = self.span(&pair);
        let operands: Vec<_> = pair
            .into_inner()
            .filter(|inner| inner.as_rule() == operand)
            .collect();
        let depth = depth + usize::from(operands.len() > 1);
        let mut built = operands
            .into_iter()
            .map(|inner| build(self, inner, depth))
            .collect::<Built<Vec<_>>>()?;
        match built.pop() {
            Some(only) if built.is_empty() => Ok(only),
            Some(last) => {
                built.push(last);
                Ok(Expr {
                    kind: join(built),
                    span,
                })
            }
            None => Err(Stop::Defect(span)),
        }
    }

    /// `not e`
    fn inversion(&mut self, pair: Pair<'_, Rule>, depth: usize) -> Built<Expr> {
        let whole = self.span(&pair);
        let negations: Vec<_> = pair
            .clone()
            .into_inner()
            .filter(|inner| inner.as_rule() == Rule::kw_not)
            .map(|not| self.span(&not))
            .collect();
        self.check_depth(depth + negations.len(), whole)?;
        let inner = child(&pair, Rule::comparison, whole)?;
        let mut expr = self.comparison(inner, depth + negations.len())?;
        for not in negations.into_iter().rev() {
            expr = Expr {
                span: not.to(whole),
                kind: ExprKind::Not(Box::new(expr)),
            };
            // `to` covers both; the end is that of the whole, the start that of this `not`.
            expr.span.start = not.start;
        }
        Ok(expr)
    }

    /// `a == b` and the other tests
    fn comparison(&mut self, pair: Pair<'_, Rule>, depth: usize) -> Built<Expr> {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let left = inner.next().ok_or(Stop::Defect(span))?;
        let Some(tail) = inner.next() else {
            return self.sum(left, depth);
        };
        let value = Box::new(self.sum(left, depth + 1)?);
        let rule = tail.as_rule();
        let negated = first_of(&tail, Rule::kw_not).map(|not| self.span(&not));
        let operator = [Rule::compare_op, Rule::in_op, Rule::text_op]
            .iter()
            .find_map(|op| first_of(&tail, *op));
        let (op_text, op_span) = match &operator {
            Some(op) => (op.as_str().to_owned(), self.span(op)),
            None => (String::new(), span),
        };
        let fold = op_text.ends_with('~');
        let op_span = negated.map_or(op_span, |not| not.to(op_span));
        let mut sums = Vec::new();
        for inner in tail.into_inner() {
            match inner.as_rule() {
                Rule::sum => sums.push(Box::new(self.sum(inner, depth + 1)?)),
                Rule::regex => sums.push(Box::new(self.regex(&inner))),
                _ => {}
            }
        }
        let mut sums = sums.into_iter();
        let mut operand = || sums.next().ok_or(Stop::Defect(span));
        let negated = negated.is_some();
        let kind = match rule {
            Rule::compare_tail => ExprKind::Compare {
                op: compare_op(&op_text).ok_or(Stop::Defect(span))?,
                fold,
                op_span,
                left: value,
                right: operand()?,
            },
            Rule::between_tail => ExprKind::Between {
                value,
                low: operand()?,
                high: operand()?,
            },
            Rule::in_tail => ExprKind::In {
                negated,
                fold,
                op_span,
                value,
                list: operand()?,
            },
            Rule::in_cidr_tail => ExprKind::InNetwork {
                negated,
                value,
                networks: operand()?,
            },
            Rule::text_tail => ExprKind::TextTest {
                test: text_test(&op_text).ok_or(Stop::Defect(span))?,
                fold,
                op_span,
                value,
                needle: operand()?,
            },
            Rule::matches_tail => ExprKind::Matches {
                value,
                regex: operand()?,
            },
            _ => return Err(Stop::Defect(span)),
        };
        Ok(Expr { kind, span })
    }

    /// `a + b`
    fn sum(&mut self, pair: Pair<'_, Rule>, depth: usize) -> Built<Expr> {
        self.chain(pair, depth, Rule::product, Builder::product)
    }

    /// `a * b`
    fn product(&mut self, pair: Pair<'_, Rule>, depth: usize) -> Built<Expr> {
        self.chain(pair, depth, Rule::negation, Builder::negation)
    }

    /// Left to right: `a - b - c` is `(a - b) - c`.
    fn chain(
        &mut self,
        pair: Pair<'_, Rule>,
        depth: usize,
        operand: Rule,
        build: fn(&mut Builder, Pair<'_, Rule>, usize) -> Built<Expr>,
    ) -> Built<Expr> {
        let whole = self.span(&pair);
        let operators = pair
            .clone()
            .into_inner()
            .filter(|inner| inner.as_rule() != operand)
            .count();
        self.check_depth(depth + operators, whole)?;
        let mut made: Option<Expr> = None;
        let mut op = None;
        for inner in pair.into_inner() {
            if inner.as_rule() != operand {
                op = arithmetic_op(inner.as_str());
                continue;
            }
            let end = self.span(&inner);
            let right = build(self, inner, depth + operators)?;
            made = Some(match (made, op) {
                (None, _) => right,
                (Some(left), Some(op)) => Expr {
                    kind: ExprKind::Arithmetic {
                        op,
                        left: Box::new(left),
                        right: Box::new(right),
                    },
                    span: crate::source::Span {
                        end: end.end,
                        ..whole
                    },
                },
                (Some(_), None) => return Err(Stop::Defect(whole)),
            });
        }
        made.ok_or(Stop::Defect(whole))
    }

    /// `-e`
    fn negation(&mut self, pair: Pair<'_, Rule>, depth: usize) -> Built<Expr> {
        let whole = self.span(&pair);
        let mut signs: Vec<_> = pair
            .clone()
            .into_inner()
            .filter(|inner| inner.as_rule() == Rule::minus)
            .map(|minus| self.span(&minus))
            .collect();
        self.check_depth(depth + signs.len(), whole)?;
        let tested = child(&pair, Rule::tested, whole)?;
        let literal = bare_number(&tested);
        let mut expr = match (&literal, signs.pop()) {
            (Some(number), Some(minus)) => {
                let mut expr = self.number(number, true);
                expr.span = minus.to(expr.span);
                expr
            }
            (_, minus) => {
                signs.extend(minus);
                self.tested(tested, depth + signs.len())?
            }
        };
        for minus in signs.into_iter().rev() {
            expr = Expr {
                kind: ExprKind::Negate(Box::new(expr)),
                span: crate::source::Span {
                    start: minus.start,
                    ..whole
                },
            };
        }
        Ok(expr)
    }

    /// `e exists`, `e is missing`
    fn tested(&mut self, pair: Pair<'_, Rule>, depth: usize) -> Built<Expr> {
        let span = self.span(&pair);
        let primary = child(&pair, Rule::primary, span)?;
        let exists = first_of(&pair, Rule::kw_exists).is_some();
        let missing = first_of(&pair, Rule::kw_missing).is_some();
        if !exists && !missing {
            return self.primary(primary, depth);
        }
        let value = Box::new(self.primary(primary, depth + 1)?);
        Ok(Expr {
            kind: ExprKind::Exists {
                negated: missing,
                value,
            },
            span,
        })
    }

    fn primary(&mut self, pair: Pair<'_, Rule>, depth: usize) -> Built<Expr> {
        let span = self.span(&pair);
        self.check_depth(depth, span)?;
        let inner = pair.into_inner().next().ok_or(Stop::Defect(span))?;
        let kind = match inner.as_rule() {
            Rule::parenthesised => {
                return self.expression(child(&inner, Rule::expression, span)?, depth);
            }
            Rule::list => ExprKind::List(self.expressions(&inner, depth + 1)?),
            Rule::case => self.case(inner, depth + 1)?,
            Rule::reference_or_lookup => self.reference(&inner, depth + 1)?,
            Rule::boolean => ExprKind::Bool(inner.as_str() == "true"),
            Rule::now => ExprKind::Now,
            Rule::string => ExprKind::Text(self.string(&inner)),
            Rule::number => self.number(&inner, false).kind,
            Rule::name_or_call => self.name_or_call(&inner, depth + 1)?,
            _ => return Err(Stop::Defect(span)),
        };
        Ok(Expr { kind, span })
    }

    /// The expressions directly inside a pair.
    pub(super) fn expressions(&mut self, pair: &Pair<'_, Rule>, depth: usize) -> Built<Vec<Expr>> {
        pair.clone()
            .into_inner()
            .filter(|inner| inner.as_rule() == Rule::expression)
            .map(|inner| self.expression(inner, depth))
            .collect()
    }

    fn case(&mut self, pair: Pair<'_, Rule>, depth: usize) -> Built<ExprKind> {
        let span = self.span(&pair);
        let mut arms = Vec::new();
        for arm in pair
            .clone()
            .into_inner()
            .filter(|inner| inner.as_rule() == Rule::case_arm)
        {
            let mut parts = self.expressions(&arm, depth)?.into_iter();
            let condition = parts.next().ok_or(Stop::Defect(span))?;
            arms.push((condition, parts.next().ok_or(Stop::Defect(span))?));
        }
        let otherwise = self.expression(child(&pair, Rule::expression, span)?, depth)?;
        Ok(ExprKind::Case {
            arms,
            otherwise: Box::new(otherwise),
        })
    }

    fn reference(&mut self, pair: &Pair<'_, Rule>, depth: usize) -> Built<ExprKind> {
        let span = self.span(pair);
        let reference = child(pair, Rule::reference, span)?;
        let text = reference.as_str().trim_start_matches('$').to_owned();
        match first_of(pair, Rule::expression) {
            None => Ok(ExprKind::Reference(text)),
            Some(key) => Ok(ExprKind::Lookup {
                map: Name {
                    text,
                    span: self.span(&reference),
                },
                key: Box::new(self.expression(key, depth)?),
            }),
        }
    }

    fn name_or_call(&mut self, pair: &Pair<'_, Rule>, depth: usize) -> Built<ExprKind> {
        let whole = self.span(pair);
        let name = child(pair, Rule::name, whole)?;
        if first_of(pair, Rule::open_paren).is_none() {
            return Ok(ExprKind::Name(name.as_str().to_owned()));
        }
        let function = self.name(&name);
        let mut arguments = Vec::new();
        let mut texts = Vec::new();
        for argument in pair
            .clone()
            .into_inner()
            .filter(|inner| inner.as_rule() == Rule::argument)
        {
            texts.push(written(&argument));
            match first_of(&argument, Rule::regex) {
                Some(regex) => {
                    let expr = self.regex(&regex);
                    if (function.text.as_str(), arguments.len()) != ("extract", 1) {
                        self.fault(
                            Diagnostic::at(Code::E0207, expr.span, "a regex cannot stand here")
                                .help("a regex stands after `matches`, or as the second argument of `extract`"),
                        );
                    }
                    arguments.push(expr);
                }
                None => {
                    let inner = child(&argument, Rule::expression, whole)?;
                    arguments.push(self.expression(inner, depth)?);
                }
            }
        }
        if let Some(fault) = super::foreign::function(&function, whole, &texts, Position::Row) {
            self.foreign.insert(function.span, fault);
        }
        Ok(ExprKind::Call {
            function,
            arguments,
        })
    }

    fn check_depth(&mut self, depth: usize, span: crate::source::Span) -> Built<()> {
        if depth <= MAX_DEPTH {
            return Ok(());
        }
        self.fault(
            Diagnostic::at(
                Code::E0203,
                span,
                format!("this expression is nested more than {MAX_DEPTH} deep"),
            )
            .help("split it: name its parts with `derive`"),
        );
        Err(Stop::Reported)
    }
}

/// The number, when a pair of `tested` is nothing else.
fn bare_number<'i>(tested: &Pair<'i, Rule>) -> Option<Pair<'i, Rule>> {
    let mut parts = tested.clone().into_inner();
    let primary = parts.next()?;
    if parts.next().is_some() {
        return None;
    }
    let number = first_of(&primary, Rule::number)?;
    (!number.as_str().ends_with(['s', 'm', 'h', 'd'])).then_some(number)
}

fn compare_op(text: &str) -> Option<CompareOp> {
    let is = |op: &CompareOp| op.sign(false) == text || op.sign(true) == text;
    CompareOp::ALL.into_iter().find(is)
}

fn text_test(text: &str) -> Option<TextTest> {
    let word = text.strip_suffix('~').unwrap_or(text);
    TextTest::ALL.into_iter().find(|test| test.word() == word)
}

fn arithmetic_op(text: &str) -> Option<ArithmeticOp> {
    ArithmeticOp::ALL.into_iter().find(|op| op.sign() == text)
}
