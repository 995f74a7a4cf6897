//! Expressions, by precedence.
//!
//! In: tokens. Out: [`Expr`]. Guarantee: `or` binds loosest, then `and`, comparisons, sums, products, signs, access; a chain of a connective is one node
//! (<https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/>, <https://learn.microsoft.com/en-us/kusto/query/logical-operators>).

use super::Parser;
use crate::kql::ast::{Argument, Expr, Kind, Logic, Named};
use crate::kql::cell::{Cell, Type};
use crate::kql::fault::{self, Fault};
use crate::kql::lexer;
use crate::kql::naming;

/// Comparisons that take one operand.
const COMPARISONS: &[&str] = &[
    "contains",
    "contains_cs",
    "startswith",
    "startswith_cs",
    "endswith",
    "endswith_cs",
    "has",
    "has_cs",
    "hasprefix",
    "hasprefix_cs",
    "hassuffix",
    "hassuffix_cs",
];

/// Comparisons that take a list.
const AMONG: &[&str] = &["in", "!in", "has_any", "has_all", "!has_any", "!has_all"];

/// How many terms a chain of sums or products may have.
const LONGEST: usize = 400;

impl Parser {
    /// A scalar expression.
    pub(super) fn expr(&mut self) -> Result<Expr, Fault> {
        self.deeper(|parser| parser.chain(Logic::Or))
    }

    fn chain(&mut self, logic: Logic) -> Result<Expr, Fault> {
        let (word, operand): (_, fn(&mut Parser) -> _) = match logic {
            Logic::Or => ("or", |parser| parser.chain(Logic::And)),
            Logic::And => ("and", Parser::comparison),
        };
        let first = self.beside(operand)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let start = first.span.start;
        let mut terms = vec![first];
        while self.eat_word(word) {
            terms.push(self.beside(operand)?);
        }
        self.above()?;
        Ok(self.node(start, Kind::Logic(logic, terms)))
    }

    fn node(&self, start: usize, kind: Kind) -> Expr {
        Expr {
            kind,
            span: start..self.end(),
        }
    }

    fn comparison(&mut self) -> Result<Expr, Fault> {
        let mut left = self.sum()?;
        // A second comparison in a row compares the truth of the first.
        for _ in 0..LONGEST {
            let start = left.span.start;
            let operator = match self.kind() {
                lexer::Kind::Mark(
                    mark @ ("==" | "=~" | "!=" | "!~" | "<" | "<=" | ">" | ">=" | "<>"),
                ) => (*mark).to_owned(),
                lexer::Kind::Mark(":") if self.searching => "has".to_owned(),
                lexer::Kind::Word(word) => word.clone(),
                _ => return Ok(left),
            };
            let plain = operator.strip_prefix('!').unwrap_or(&operator);
            self.above()?;
            if AMONG.contains(&operator.as_str()) {
                self.advance();
                let any_case = self.eat_mark("~");
                let operator = if any_case {
                    format!("{operator}~")
                } else {
                    operator
                };
                self.mark("(")?;
                let list = self.arguments(")")?;
                let list = list.into_iter().map(|argument| argument.value).collect();
                left = self.node(start, Kind::Among(operator, Box::new(left), list));
            } else if plain == "between" {
                self.advance();
                self.mark("(")?;
                let low = self.expr()?;
                self.mark("..")?;
                let high = self.expr()?;
                self.mark(")")?;
                let negated = operator.starts_with('!');
                let kind = Kind::Between(negated, Box::new(left), Box::new(low), Box::new(high));
                left = self.node(start, kind);
            } else if operator == "matches" && self.word_at(1, "regex") {
                self.at += 2;
                let right = self.beside(Parser::sum)?;
                let kind = Kind::Binary("matches regex".into(), Box::new(left), Box::new(right));
                left = self.node(start, kind);
            } else if COMPARISONS.contains(&plain) || matches!(self.kind(), lexer::Kind::Mark(_)) {
                self.advance();
                let right = self.beside(Parser::sum)?;
                let operator = if operator == "<>" {
                    "!=".into()
                } else {
                    operator
                };
                left = self.node(
                    start,
                    Kind::Binary(operator, Box::new(left), Box::new(right)),
                );
            } else {
                return Ok(left);
            }
        }
        self.expected("a shorter chain of comparisons")
    }

    fn sum(&mut self) -> Result<Expr, Fault> {
        self.left_chain(&["+", "-"], Parser::product)
    }

    fn product(&mut self) -> Result<Expr, Fault> {
        self.left_chain(&["*", "/", "%"], Parser::sign)
    }

    fn left_chain(
        &mut self,
        marks: &[&str],
        operand: fn(&mut Parser) -> Result<Expr, Fault>,
    ) -> Result<Expr, Fault> {
        let mut left = operand(self)?;
        for _ in 0..LONGEST {
            let Some(mark) = marks.iter().find(|mark| self.is_mark(mark)) else {
                return Ok(left);
            };
            self.advance();
            let right = self.beside(operand)?;
            self.above()?;
            let start = left.span.start;
            let kind = Kind::Binary((*mark).to_owned(), Box::new(left), Box::new(right));
            left = self.node(start, kind);
        }
        Err(fault::unknown(
            left.span,
            "nesting",
            format!("a chain has more than {LONGEST} terms"),
        ))
    }

    fn sign(&mut self) -> Result<Expr, Fault> {
        let start = self.span().start;
        if self.eat_mark("-") {
            let operand = self.deeper(Parser::sign)?;
            return Ok(self.node(start, Kind::Negate(Box::new(operand))));
        }
        if self.eat_mark("+") {
            return self.deeper(Parser::sign);
        }
        self.access()
    }

    fn access(&mut self) -> Result<Expr, Fault> {
        let mut value = self.primary()?;
        for _ in 0..LONGEST {
            let start = value.span.start;
            if self.is_mark(".") && self.mark_at(1, "[") {
                // `d.[0]` and `d.["x"]` are `d[0]` and `d["x"]`.
                self.at += 2;
                let index = self.expr()?;
                self.mark("]")?;
                value = self.node(start, Kind::Index(Box::new(value), Box::new(index)));
            } else if self.is_mark(".")
                && matches!(self.kind_at(1), lexer::Kind::Word(word) if word == "database")
                && self.mark_at(2, "(")
            {
                // `cluster("c").database("d")`
                self.at += 3;
                let arguments = self.arguments(")")?;
                value = self.node(start, Kind::Call("database".to_owned(), arguments));
            } else if self.eat_mark(".") {
                let name = self.name()?;
                value = self.node(start, Kind::Path(Box::new(value), name.text));
            } else if self.is_mark("[") {
                self.advance();
                let index = self.expr()?;
                self.mark("]")?;
                value = self.node(start, Kind::Index(Box::new(value), Box::new(index)));
            } else {
                return Ok(value);
            }
            self.above()?;
        }
        self.expected("a shorter path")
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        let span = self.span();
        let kind = match self.kind().clone() {
            lexer::Kind::Literal(cell, ty) => {
                self.advance();
                Kind::Literal(cell, ty)
            }
            lexer::Kind::Text(text) => {
                self.advance();
                Kind::Literal(Cell::text(text), Type::Text)
            }
            lexer::Kind::Mark("*") => {
                self.advance();
                Kind::Star
            }
            lexer::Kind::Mark("(") => {
                self.advance();
                let inner = self.tabular()?;
                self.mark(")")?;
                let span = span.start..self.end();
                return Ok(Expr {
                    kind: inner.kind,
                    span,
                });
            }
            lexer::Kind::Mark("[") => Kind::Name(self.name()?.text),
            lexer::Kind::Word(word) if !word.starts_with('!') => {
                self.advance();
                if self.eat_mark("(") {
                    let arguments = self.deeper(|parser| parser.arguments(")"))?;
                    Kind::Call(word, arguments)
                } else {
                    Kind::Name(word)
                }
            }
            _ => return self.expected("an expression"),
        };
        Ok(self.node(span.start, kind))
    }

    /// Arguments up to the closing mark; names as in `f(x = 1)`.
    pub(super) fn arguments(&mut self, close: &str) -> Result<Vec<Argument>, Fault> {
        let mut found = Vec::new();
        while !self.eat_mark(close) {
            if !found.is_empty() {
                self.mark(",")?;
            }
            let named = matches!(self.kind(), lexer::Kind::Word(_)) && self.mark_at(1, "=");
            let name = if named {
                let name = self.name()?.text;
                self.advance();
                Some(name)
            } else {
                None
            };
            let value = self.tabular()?;
            found.push(Argument { name, value });
        }
        Ok(found)
    }

    /// `x`, `a = x`, `(a, b) = x`
    pub(super) fn named(&mut self) -> Result<Named, Fault> {
        if self.is_mark("(")
            && let Some(names) = self.tuple()
        {
            let value = self.expr()?;
            return Ok(Named {
                names,
                tuple: true,
                value,
            });
        }
        let word = matches!(self.kind(), lexer::Kind::Word(_)) && self.mark_at(1, "=");
        let bracketed = self.is_mark("[") && self.mark_at(2, "]") && self.mark_at(3, "=");
        let names = if word || bracketed {
            let span = self.span();
            let name = self.name()?.text;
            if word {
                naming::unreserved(&name, span)?;
            }
            self.mark("=")?;
            vec![name]
        } else {
            Vec::new()
        };
        let value = self.expr()?;
        Ok(Named {
            names,
            tuple: false,
            value,
        })
    }

    /// `(a, b) =`, if that is what is here.
    fn tuple(&mut self) -> Option<Vec<String>> {
        let start = self.at;
        self.advance();
        let mut names = Vec::new();
        let whole = loop {
            let Ok(name) = self.name() else {
                break false;
            };
            names.push(name.text);
            if self.eat_mark(")") {
                break self.eat_mark("=");
            }
            if !self.eat_mark(",") {
                break false;
            }
        };
        if !whole {
            self.at = start;
        }
        whole.then_some(names)
    }
}
