//! What a pipeline starts with.
//!
//! In: tokens. Out: tabular expressions: `datatable`, `print`, `range`, `union`, `search`, or a scalar-looking expression that names a table. Guarantee:
//! a pipe after any of them is read here (<https://learn.microsoft.com/en-us/kusto/query/tabular-expression-statements>).

use super::Parser;
use crate::kql::ast::{Expr, Kind, OutputSchema, Search, Union};
use crate::kql::cell::Type;
use crate::kql::fault::{self, Fault};
use crate::kql::lexer;

impl Parser {
    /// An expression that may be tabular, with its pipes.
    pub(super) fn tabular(&mut self) -> Result<Expr, Fault> {
        self.deeper(|parser| {
            let start = parser.span().start;
            let source = match parser.source()? {
                Some(kind) => Expr {
                    kind,
                    span: start..parser.end(),
                },
                None => parser.expr()?,
            };
            if !parser.is_mark("|") {
                return Ok(source);
            }
            let ops = parser.pipes()?;
            Ok(Expr {
                kind: Kind::Pipe(Box::new(source), ops),
                span: start..parser.end(),
            })
        })
    }

    /// An operator that makes rows, if one starts here.
    fn source(&mut self) -> Result<Option<Kind>, Fault> {
        let lexer::Kind::Word(word) = self.kind().clone() else {
            return Ok(None);
        };
        // A column may have such a name: what follows decides.
        let begins = match self.kind_at(1) {
            lexer::Kind::Mark(mark) => matches!(*mark, "(" | "[" | "*" | "-"),
            lexer::Kind::End => false,
            _ => true,
        };
        let span = self.span();
        match word.as_str() {
            "datatable" if begins => {
                self.advance();
                self.datatable().map(Some)
            }
            "print" if begins => {
                self.advance();
                let values = self.list(Parser::named)?;
                Ok(Some(Kind::Print(values)))
            }
            "range" if begins && !self.mark_at(1, "(") => {
                self.advance();
                let name = self.name()?.text;
                self.keyword("from")?;
                let from = self.expr()?;
                self.keyword("to")?;
                let to = self.expr()?;
                self.keyword("step")?;
                let step = self.expr()?;
                let (from, to, step) = (Box::new(from), Box::new(to), Box::new(step));
                Ok(Some(Kind::Range(name, from, to, step)))
            }
            "union" if begins => {
                self.advance();
                self.union().map(|union| Some(Kind::Union(union)))
            }
            "search" if begins => {
                self.advance();
                self.search().map(|search| Some(Kind::Search(search)))
            }
            "externaldata" | "external_data" if begins && self.mark_at(1, "(") => {
                self.advance();
                self.external().map(Some)
            }
            "find" if begins => Err(fault::unknown(
                span,
                &word,
                format!("the operator `{word}` is not known here"),
            )),
            _ => Ok(None),
        }
    }

    /// `(name: type, …)`
    fn declared(&mut self) -> Result<Vec<(String, Type)>, Fault> {
        self.mark("(")?;
        let mut columns = Vec::new();
        while !self.eat_mark(")") {
            if !columns.is_empty() {
                self.mark(",")?;
            }
            let name = self.name()?.text;
            self.mark(":")?;
            columns.push((name, self.scalar_type()?));
        }
        Ok(columns)
    }

    /// Columns, addresses, and options that say how the rows are written.
    fn external(&mut self) -> Result<Kind, Fault> {
        let columns = self.declared()?;
        self.mark("[")?;
        let mut places = Vec::new();
        while !self.eat_mark("]") {
            if !places.is_empty() {
                self.mark(",")?;
            }
            match self.kind().clone() {
                lexer::Kind::Text(text) => places.push(text),
                _ => return self.expected("an address in quotes"),
            }
            self.advance();
        }
        if self.is_word("with") && self.mark_at(1, "(") {
            self.at += 2;
            self.arguments(")")?;
        }
        Ok(Kind::External(columns, places))
    }

    /// `: (*, name: type, …)`
    pub(super) fn output_schema(&mut self) -> Result<Option<OutputSchema>, Fault> {
        if !self.eat_mark(":") {
            return Ok(None);
        }
        self.mark("(")?;
        let all = self.eat_mark("*");
        if all && !self.is_mark(")") {
            self.mark(",")?;
        }
        let mut columns = Vec::new();
        while !self.eat_mark(")") {
            if !columns.is_empty() {
                self.mark(",")?;
            }
            let name = self.name()?.text;
            self.mark(":")?;
            columns.push((name, self.scalar_type()?));
        }
        Ok(Some(OutputSchema { all, columns }))
    }

    fn datatable(&mut self) -> Result<Kind, Fault> {
        let columns = self.declared()?;
        self.mark("[")?;
        let mut cells = Vec::new();
        while !self.eat_mark("]") {
            if !cells.is_empty() {
                self.mark(",")?;
                if self.eat_mark("]") {
                    break;
                }
            }
            cells.push(self.expr()?);
        }
        Ok(Kind::Datatable(columns, cells))
    }

    pub(super) fn union(&mut self) -> Result<Union, Fault> {
        let mut union = Union {
            inner: false,
            source_column: None,
            fuzzy: false,
            tables: Vec::new(),
        };
        self.hints()?;
        while matches!(self.kind(), lexer::Kind::Word(_)) && self.mark_at(1, "=") {
            let option = self.name()?;
            self.advance();
            match option.text.as_str() {
                "kind" => union.inner = self.name()?.text == "inner",
                "withsource" | "with_source" => union.source_column = Some(self.name()?.text),
                "isfuzzy" => union.fuzzy = self.flag()?,
                _ => return Err(unknown_option(&option.text, option.span)),
            }
            self.hints()?;
        }
        union.tables = self.list(Parser::table)?;
        Ok(union)
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self) -> Result<bool, Fault> {
        match self.kind() {
            lexer::Kind::Literal(crate::kql::cell::Cell::Bool(flag), _) => {
                let flag = *flag;
                self.advance();
                Ok(flag)
            }
            _ => self.expected("`true` or `false`"),
        }
    }

    /// One table of a list: without a pipe unless in parentheses.
    pub(super) fn table(&mut self) -> Result<Expr, Fault> {
        let start = self.span().start;
        if let Some(kind) = self.source()? {
            return Ok(Expr {
                kind,
                span: start..self.end(),
            });
        }
        let starred = match self.kind() {
            lexer::Kind::Mark("*") => true,
            lexer::Kind::Word(_) => self.mark_at(1, "*") && self.touches_next(),
            _ => false,
        };
        if starred {
            let pattern = self.pattern()?;
            return Ok(Expr {
                kind: Kind::Wildcard(pattern.text),
                span: pattern.span,
            });
        }
        self.expr()
    }

    pub(super) fn search(&mut self) -> Result<Search, Fault> {
        let mut case_sensitive = false;
        if self.is_word("kind") && self.mark_at(1, "=") {
            self.at += 2;
            let kind = self.name()?;
            case_sensitive = match kind.text.as_str() {
                "case_sensitive" => true,
                "default" | "case_insensitive" => false,
                _ => return Err(unknown_option(&kind.text, kind.span)),
            };
        }
        let mut tables = Vec::new();
        if self.is_word("in") && self.mark_at(1, "(") {
            self.at += 2;
            tables = self.list(Parser::table)?;
            self.mark(")")?;
        }
        let outer = std::mem::replace(&mut self.searching, true);
        let predicate = self.expr();
        self.searching = outer;
        let predicate = Box::new(predicate?);
        Ok(Search {
            case_sensitive,
            tables,
            predicate,
        })
    }
}

pub(super) fn unknown_option(name: &str, span: std::ops::Range<usize>) -> Fault {
    fault::unknown(span, name, format!("the option `{name}` is not known here"))
}
