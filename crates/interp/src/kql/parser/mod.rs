//! Tokens into a tree: statements, and what all of the grammar shares.
//!
//! In: tokens. Out: [`Statement`]s. Guarantee: what is not understood is refused by name with its bytes; nesting is bounded
//! (<https://learn.microsoft.com/en-us/kusto/query/statements>).

mod expr;
mod operators;
mod rows;
mod sources;

use super::ast::{Expr, Function, Statement, Word};
use super::cell::Type;
use super::fault::{self, Fault};
use super::lexer::{self, Kind, Token};
use crate::stack::with_room;
use std::ops::Range;
use std::rc::Rc;

/// How deep a query may nest.
const DEEPEST: usize = 120;

/// How tall the tree of a query may be: chains such as `a + b + c` are as tall as they are long.
const TALLEST: usize = 500;

/// Reads a query.
pub(super) fn parse(query: &str) -> Result<Vec<Statement>, Fault> {
    let tokens = lexer::tokens(query)?;
    let mut parser = Parser {
        tokens,
        at: 0,
        depth: 0,
        height: 0,
        searching: false,
    };
    let statements = parser.statements(None)?;
    let asks = statements
        .iter()
        .any(|statement| matches!(statement, Statement::Query(_)));
    if !asks {
        let end = query.len();
        return Err(fault::invalid(end..end, "query", "nothing is asked for"));
    }
    Ok(statements)
}

pub(super) struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// How tall the tree is that was read since this part began.
    height: usize,
    /// Whether a predicate of `search` is read, where `a:"x"` is `a has "x"`.
    searching: bool,
}

impl Parser {
    fn kind(&self) -> &Kind {
        self.kind_at(0)
    }

    fn kind_at(&self, ahead: usize) -> &Kind {
        let token = self.tokens.get(self.at + ahead);
        token.map_or(&Kind::End, |token| &token.kind)
    }

    fn span(&self) -> Range<usize> {
        let token = self.tokens.get(self.at).or(self.tokens.last());
        token.map_or(0..0, |token| token.span.clone())
    }

    /// Where the last token that was read ends.
    fn end(&self) -> usize {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.map_or(0, |token| token.span.end)
    }

    fn advance(&mut self) {
        self.at += 1;
    }

    fn is_mark(&self, mark: &str) -> bool {
        self.mark_at(0, mark)
    }

    fn mark_at(&self, ahead: usize, mark: &str) -> bool {
        matches!(self.kind_at(ahead), Kind::Mark(found) if *found == mark)
    }

    /// Whether the next token follows this one without a blank.
    fn touches_next(&self) -> bool {
        let next = self.tokens.get(self.at + 1);
        next.is_some_and(|next| next.span.start == self.span().end)
    }

    fn is_word(&self, word: &str) -> bool {
        self.word_at(0, word)
    }

    fn word_at(&self, ahead: usize, word: &str) -> bool {
        matches!(self.kind_at(ahead), Kind::Word(found) if found == word)
    }

    fn eat_mark(&mut self, mark: &str) -> bool {
        let found = self.is_mark(mark);
        if found {
            self.advance();
        }
        found
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn expected<T>(&self, what: &str) -> Result<T, Fault> {
        let found = match self.kind() {
            Kind::End => "the end of the query".to_owned(),
            Kind::Word(word) => format!("`{word}`"),
            Kind::Mark(mark) => format!("`{mark}`"),
            Kind::Literal(..) | Kind::Text(_) => "a literal".to_owned(),
        };
        let message = format!("{what} was expected, {found} was found");
        Err(fault::invalid(self.span(), "syntax", message))
    }

    fn mark(&mut self, mark: &str) -> Result<(), Fault> {
        if self.eat_mark(mark) {
            Ok(())
        } else {
            self.expected(&format!("`{mark}`"))
        }
    }

    fn keyword(&mut self, word: &str) -> Result<(), Fault> {
        if self.eat_word(word) {
            Ok(())
        } else {
            self.expected(&format!("`{word}`"))
        }
    }

    /// A name: a word, or a text in brackets.
    fn name(&mut self) -> Result<Word, Fault> {
        let span = self.span();
        match self.kind().clone() {
            Kind::Word(text) if !text.starts_with('!') => {
                self.advance();
                Ok(Word { text, span })
            }
            Kind::Mark("[") => match (self.kind_at(1).clone(), self.mark_at(2, "]")) {
                (Kind::Text(text), true) => {
                    self.at += 3;
                    let span = span.start..self.end();
                    Ok(Word { text, span })
                }
                _ => self.expected("a name"),
            },
            _ => self.expected("a name"),
        }
    }

    /// Runs a part of the parser one level deeper.
    fn deeper<T>(
        &mut self,
        part: impl FnOnce(&mut Parser) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if self.depth >= DEEPEST {
            return Err(fault::unknown(
                self.span(),
                "nesting",
                format!("the query nests deeper than {DEEPEST} levels"),
            ));
        }
        self.depth += 1;
        let result = self.beside(|parser| {
            let result = with_room(|| part(parser));
            parser.height += 1;
            result
        });
        self.depth -= 1;
        result
    }

    /// Runs a part of the parser whose tree is a sibling of those before it, not their parent.
    fn beside<T>(&mut self, part: impl FnOnce(&mut Parser) -> T) -> T {
        let before = std::mem::take(&mut self.height);
        let result = part(self);
        self.height = self.height.max(before);
        result
    }

    /// A node above what was read since this part began.
    fn above(&mut self) -> Result<(), Fault> {
        self.height += 1;
        if self.height > TALLEST {
            return Err(fault::unknown(
                self.span(),
                "nesting",
                format!("the query nests deeper than {TALLEST} levels"),
            ));
        }
        Ok(())
    }

    /// Items between commas.
    fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Parser) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut items = vec![item(self)?];
        while self.eat_mark(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Statements up to the end, or up to `}`.
    fn statements(&mut self, until: Option<&str>) -> Result<Vec<Statement>, Fault> {
        let mut found = Vec::new();
        loop {
            while self.eat_mark(";") {}
            let ends = match until {
                Some(mark) => self.is_mark(mark),
                None => matches!(self.kind(), Kind::End),
            };
            if ends {
                return Ok(found);
            }
            found.push(self.deeper(Parser::statement)?);
            let ends = match until {
                Some(mark) => self.is_mark(mark),
                None => matches!(self.kind(), Kind::End),
            };
            if !ends && !self.is_mark(";") {
                return self.expected("`;` or `|`");
            }
        }
    }

    fn statement(&mut self) -> Result<Statement, Fault> {
        for word in ["set", "declare", "alias", "pattern", "restrict"] {
            if self.is_word(word) && matches!(self.kind_at(1), Kind::Word(_)) {
                let message = "statements of this kind are not read";
                return Err(fault::unknown(self.span(), word, message));
            }
        }
        if self.is_word("let") && !self.mark_at(1, "=") {
            self.advance();
            let name = self.name()?;
            self.mark("=")?;
            if self.at_function() {
                let function = self.function()?;
                return Ok(Statement::Function(name, Rc::new(function)));
            }
            let value = self.tabular()?;
            return Ok(Statement::Let(name, value));
        }
        let query = self.tabular()?;
        Ok(Statement::Query(query))
    }

    /// `view () {`, `() {`, `(x:long) {`, `(T:(*)) {`
    fn at_function(&self) -> bool {
        if self.is_word("view") && self.mark_at(1, "(") {
            return true;
        }
        let empty = self.mark_at(1, ")") && self.mark_at(2, "{");
        let typed = matches!(self.kind_at(1), Kind::Word(_)) && self.mark_at(2, ":");
        self.is_mark("(") && (empty || typed)
    }

    fn function(&mut self) -> Result<Function, Fault> {
        let view = self.eat_word("view");
        self.mark("(")?;
        let mut parameters = Vec::new();
        while !self.eat_mark(")") {
            if !parameters.is_empty() {
                self.mark(",")?;
            }
            let name = self.name()?.text;
            self.mark(":")?;
            if self.eat_mark("(") {
                // A tabular parameter; which columns it promises is seen when it is used.
                while !self.eat_mark(")") {
                    if matches!(self.kind(), Kind::End) {
                        return self.expected("`)`");
                    }
                    self.advance();
                }
                parameters.push((name, None, None));
                continue;
            }
            let ty = self.scalar_type()?;
            let default: Option<Expr> = if self.eat_mark("=") {
                Some(self.expr()?)
            } else {
                None
            };
            parameters.push((name, Some(ty), default));
        }
        self.mark("{")?;
        let body = self.statements(Some("}"))?;
        self.mark("}")?;
        Ok(Function {
            view,
            parameters,
            body,
        })
    }

    fn scalar_type(&mut self) -> Result<Type, Fault> {
        let word = self.name()?;
        Type::named(&word.text).ok_or_else(|| {
            let message = format!("`{}` is no type", word.text);
            fault::invalid(word.span, "type", message)
        })
    }
}
