//! The operators that make rows or columns of arrays and texts: `mv-expand`, `mv-apply`, `make-series`, `parse`.
//!
//! In: tokens. Out: their parts. Guarantee: as for the other operators
//! (<https://learn.microsoft.com/en-us/kusto/query/make-series-operator>, <https://learn.microsoft.com/en-us/kusto/query/mv-expand-operator>).

use super::Parser;
use super::sources::unknown_option;
use crate::kql::ast::{Expand, Named, OpKind, Parse, ParseMode, Piece, Series};
use crate::kql::cell::Type;
use crate::kql::fault::{self, Fault};
use crate::kql::lexer;
use crate::kql::naming;
use std::rc::Rc;

impl Parser {
    pub(super) fn expand(&mut self) -> Result<Expand, Fault> {
        let mut expand = Expand {
            bags_as_arrays: false,
            index: None,
            columns: Vec::new(),
            limit: None,
        };
        loop {
            let option = match self.kind() {
                lexer::Kind::Word(word) if self.mark_at(1, "=") => word.clone(),
                _ => break,
            };
            match option.as_str() {
                "kind" | "bagexpansion" => {
                    self.at += 2;
                    let kind = self.name()?;
                    expand.bags_as_arrays = match kind.text.as_str() {
                        "array" => true,
                        "bag" => false,
                        _ => return Err(unknown_option(&kind.text, kind.span)),
                    };
                }
                "with_itemindex" => {
                    self.at += 2;
                    expand.index = Some(self.name()?.text);
                }
                _ => break,
            }
        }
        expand.columns = self.list(|parser| {
            let column = parser.named()?;
            let mut ty = None;
            if parser.is_word("to") && parser.word_at(1, "typeof") {
                parser.at += 2;
                parser.mark("(")?;
                ty = Some(parser.scalar_type()?);
                parser.mark(")")?;
            }
            Ok::<(Named, Option<Type>), Fault>((column, ty))
        })?;
        if self.eat_word("limit") {
            expand.limit = Some(self.expr()?);
        }
        Ok(expand)
    }

    pub(super) fn apply(&mut self) -> Result<OpKind, Fault> {
        let expand = self.expand()?;
        self.keyword("on")?;
        self.mark("(")?;
        let ops = self.deeper(|parser| {
            let mut ops = vec![parser.first_op()?];
            ops.extend(parser.pipes()?);
            Ok(ops)
        })?;
        self.mark(")")?;
        Ok(OpKind::Apply(expand, Rc::new(ops)))
    }

    pub(super) fn series(&mut self) -> Result<Series, Fault> {
        let mut nonempty = false;
        if self.is_word("kind") && self.mark_at(1, "=") {
            self.at += 2;
            let kind = self.name()?;
            if kind.text != "nonempty" {
                return Err(unknown_option(&kind.text, kind.span));
            }
            nonempty = true;
        }
        let aggregates = self.list(|parser| {
            let aggregate = parser.named()?;
            let mut default = None;
            if parser.is_word("default") && parser.mark_at(1, "=") {
                parser.at += 2;
                default = Some(parser.expr()?);
            }
            Ok((aggregate, default))
        })?;
        self.keyword("on")?;
        // `t in range(a, b, s)` must not be read as a comparison.
        let axis_end = self.word_at(1, "in") && self.word_at(2, "range");
        let start = self.span();
        if axis_end {
            let name = self.name()?;
            self.advance();
            self.advance();
            self.mark("(")?;
            let mut parts = self.arguments(")")?.into_iter().map(|part| part.value);
            let (Some(from), Some(to), Some(step)) = (parts.next(), parts.next(), parts.next())
            else {
                return self.expected("`range(start, stop, step)`");
            };
            let axis = crate::kql::ast::Expr {
                kind: crate::kql::ast::Kind::Name(name.text),
                span: name.span,
            };
            let by = self.by_list()?;
            return Ok(Series {
                nonempty,
                aggregates,
                axis,
                from: Some(from),
                to: Some(to),
                step,
                inclusive: true,
                by,
            });
        }
        let axis = self.expr()?;
        let from = if self.eat_word("from") {
            Some(self.expr()?)
        } else {
            None
        };
        let to = if self.eat_word("to") {
            Some(self.expr()?)
        } else {
            None
        };
        if !self.eat_word("step") {
            let message = "a series without `step` is not known here";
            return Err(fault::unknown(start, "make-series", message));
        }
        let step = self.expr()?;
        let by = self.by_list()?;
        Ok(Series {
            nonempty,
            aggregates,
            axis,
            from,
            to,
            step,
            inclusive: false,
            by,
        })
    }

    fn by_list(&mut self) -> Result<Vec<Named>, Fault> {
        if self.eat_word("by") {
            self.list(Parser::named)
        } else {
            Ok(Vec::new())
        }
    }

    pub(super) fn parse_pattern(&mut self, filters: bool) -> Result<Parse, Fault> {
        let mut mode = ParseMode::Simple;
        let mut flags = String::new();
        if self.is_word("kind") && self.mark_at(1, "=") {
            self.at += 2;
            let kind = self.name()?;
            mode = match kind.text.as_str() {
                "simple" => ParseMode::Simple,
                "regex" => ParseMode::Regex,
                "relaxed" => ParseMode::Relaxed,
                _ => return Err(unknown_option(&kind.text, kind.span)),
            };
            if self.is_word("flags") && self.mark_at(1, "=") {
                self.at += 2;
                let word = self.name()?;
                if mode != ParseMode::Regex {
                    let message = "flags are those of a regular expression";
                    return Err(fault::invalid(word.span, "flags", message));
                }
                if !word.text.chars().all(|flag| "imsU".contains(flag)) {
                    return Err(unknown_option("flags", word.span));
                }
                flags = word.text;
            }
        }
        let source = self.expr()?;
        self.keyword("with")?;
        let start = self.span();
        let mut pattern = Vec::new();
        loop {
            match self.kind().clone() {
                lexer::Kind::Mark("*") => {
                    self.advance();
                    pattern.push(Piece::Star);
                }
                lexer::Kind::Text(text) => {
                    self.advance();
                    pattern.push(Piece::Text(text));
                }
                lexer::Kind::Word(_) | lexer::Kind::Mark("[") => {
                    if self.is_word("from") || self.is_word("to") {
                        // The engine refused a pattern with such columns; why is not documented.
                        let message = "`from` and `to` as columns of a pattern are not known here";
                        return Err(fault::unknown(self.span(), "parse", message));
                    }
                    let word = matches!(self.kind(), lexer::Kind::Word(_));
                    let span = self.span();
                    let name = self.name()?.text;
                    if word {
                        naming::unreserved(&name, span)?;
                    }
                    let ty = if self.eat_mark(":") {
                        self.scalar_type()?
                    } else {
                        Type::Text
                    };
                    if matches!(pattern.last(), Some(Piece::Column(..))) {
                        let message = "a column stands after `*` or a text";
                        return Err(fault::invalid(start, "parse", message));
                    }
                    pattern.push(Piece::Column(name, ty));
                }
                _ => break,
            }
        }
        if pattern.is_empty() {
            return self.expected("a pattern");
        }
        if filters && mode == ParseMode::Relaxed {
            let message = "`parse-where` has no kind `relaxed`";
            return Err(fault::invalid(start, "parse-where", message));
        }
        Ok(Parse {
            mode,
            flags,
            filters,
            source,
            pattern,
        })
    }
}
