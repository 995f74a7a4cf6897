//! What follows a pipe.
//!
//! In: tokens. Out: [`Op`]. Guarantee: an operator that is not in the table below is refused by its name
//! (<https://learn.microsoft.com/en-us/kusto/query/queries>).

use super::Parser;
use crate::kql::ast::{By, Join, Level, Named, Op, OpKind, Word};
use crate::kql::fault::{self, Fault};
use crate::kql::lexer;

/// Operators of two words with a hyphen.
const HYPHENATED: &[&str] = &[
    "project",
    "mv",
    "make",
    "parse",
    "top",
    "sample",
    "partition",
    "graph",
];

impl Parser {
    /// All operators after a source.
    pub(super) fn pipes(&mut self) -> Result<Vec<Op>, Fault> {
        let mut ops = Vec::new();
        while self.eat_mark("|") {
            ops.push(self.op()?);
        }
        Ok(ops)
    }

    /// The operator of a subquery that starts without a pipe.
    pub(super) fn first_op(&mut self) -> Result<Op, Fault> {
        self.op()
    }

    fn op(&mut self) -> Result<Op, Fault> {
        let start = self.span().start;
        let mut word = match self.kind().clone() {
            lexer::Kind::Word(word) => word,
            _ => return self.expected("an operator"),
        };
        self.advance();
        while (HYPHENATED.contains(&word.as_str()) || word.contains('-'))
            && self.is_mark("-")
            && let lexer::Kind::Word(second) = self.kind_at(1).clone()
        {
            self.at += 2;
            word = format!("{word}-{second}");
        }
        let name = start..self.end();
        let kind = match word.as_str() {
            "where" | "filter" => OpKind::Where(self.expr()?),
            "extend" => OpKind::Extend(self.list(Parser::named)?),
            "serialize" => OpKind::Serialize(self.optional_list()?),
            "project" => OpKind::Project(self.list(Parser::named)?),
            "project-away" => OpKind::ProjectAway(self.list(Parser::pattern)?),
            "project-keep" => OpKind::ProjectKeep(self.list(Parser::pattern)?),
            "project-rename" => OpKind::ProjectRename(self.list(Parser::named)?),
            "project-reorder" => OpKind::ProjectReorder(self.list(Parser::reordered)?),
            "summarize" => self.summarize()?,
            "distinct" => OpKind::Distinct(self.list(Parser::named)?),
            "take" | "limit" => OpKind::Take(self.expr()?),
            "top" => {
                let count = self.expr()?;
                self.keyword("by")?;
                OpKind::Top(count, self.by()?)
            }
            "top-nested" => OpKind::TopNested(self.levels()?),
            "sort" | "order" => {
                self.keyword("by")?;
                OpKind::Sort(self.list(Parser::by)?)
            }
            "count" => {
                let named = self.eat_word("as");
                let name = if named { Some(self.name()?.text) } else { None };
                OpKind::Count(name)
            }
            "join" => OpKind::Join(self.join()?),
            "lookup" => OpKind::Lookup(self.join()?),
            "union" => OpKind::Union(self.union()?),
            "search" => OpKind::Search(self.search()?),
            "mv-expand" | "mvexpand" => OpKind::Expand(self.expand()?),
            "mv-apply" | "mvapply" => self.apply()?,
            "make-series" => OpKind::Series(Box::new(self.series()?)),
            "parse" => OpKind::Parse(self.parse_pattern(false)?),
            "parse-where" => OpKind::Parse(self.parse_pattern(true)?),
            "evaluate" | "invoke" => {
                let function = self.name()?;
                if !self.eat_mark("(") {
                    return self.expected("`(`");
                }
                let arguments = self.deeper(|parser| parser.arguments(")"))?;
                if word == "evaluate" {
                    let schema = self.output_schema()?;
                    OpKind::Evaluate(function.text, arguments, schema)
                } else {
                    OpKind::Invoke(function.text, arguments)
                }
            }
            "getschema" => OpKind::Schema,
            "as" => {
                self.hints()?;
                OpKind::As(self.name()?.text)
            }
            "render" => {
                // How rows are drawn is not what they are.
                while !matches!(self.kind(), lexer::Kind::End)
                    && !self.is_mark(";")
                    && !self.is_mark("|")
                    && !self.is_mark("}")
                {
                    self.advance();
                }
                OpKind::Render
            }
            _ => {
                let message = format!("the operator `{word}` is not known here");
                return Err(fault::unknown(name, &word, message));
            }
        };
        Ok(Op {
            kind,
            span: start..self.end(),
        })
    }

    /// The clauses of `top-nested`, from behind the first word on.
    fn levels(&mut self) -> Result<Vec<Level>, Fault> {
        let mut levels = Vec::new();
        loop {
            let count = if self.is_word("of") {
                None
            } else {
                Some(self.expr()?)
            };
            self.keyword("of")?;
            let of = self.named()?;
            let mut others = None;
            if self.eat_word("with") {
                self.keyword("others")?;
                self.mark("=")?;
                others = Some(self.expr()?);
            }
            self.keyword("by")?;
            let by = self.named()?;
            let ascending = self.eat_word("asc");
            if !ascending {
                self.eat_word("desc");
            }
            levels.push(Level {
                count,
                of,
                others,
                by,
                descending: !ascending,
            });
            let more = self.is_mark(",")
                && self.word_at(1, "top")
                && self.mark_at(2, "-")
                && self.word_at(3, "nested");
            if !more {
                return Ok(levels);
            }
            self.at += 4;
        }
    }

    fn optional_list(&mut self) -> Result<Vec<Named>, Fault> {
        let ends = matches!(
            self.kind(),
            lexer::Kind::End | lexer::Kind::Mark("|" | ")" | ";" | "}")
        );
        if ends {
            Ok(Vec::new())
        } else {
            self.list(Parser::named)
        }
    }

    /// A name that may hold `*`.
    pub(super) fn pattern(&mut self) -> Result<Word, Fault> {
        let start = self.span().start;
        let mut text = String::new();
        let mut end = start;
        loop {
            let touches = text.is_empty() || self.span().start == end;
            match self.kind().clone() {
                lexer::Kind::Mark("*") if touches => text.push('*'),
                lexer::Kind::Word(word) if touches && !word.starts_with('!') => {
                    text.push_str(&word);
                }
                lexer::Kind::Mark("[") if text.is_empty() => {
                    text = self.name()?.text;
                    break;
                }
                _ => break,
            }
            end = self.span().end;
            self.advance();
        }
        if text.is_empty() {
            return self.expected("a column");
        }
        Ok(Word {
            text,
            span: start..self.end(),
        })
    }

    fn reordered(&mut self) -> Result<(Word, Option<bool>), Fault> {
        let word = self.pattern()?;
        let order = if self.eat_word("asc") {
            Some(false)
        } else if self.eat_word("desc") {
            Some(true)
        } else {
            None
        };
        Ok((word, order))
    }

    pub(super) fn by(&mut self) -> Result<By, Fault> {
        let value = self.expr()?;
        let ascending = self.eat_word("asc");
        if !ascending {
            self.eat_word("desc");
        }
        let descending = !ascending;
        let mut nulls_first = None;
        if self.eat_word("nulls") {
            nulls_first = Some(if self.eat_word("first") {
                true
            } else {
                self.keyword("last")?;
                false
            });
        }
        Ok(By {
            value,
            descending,
            nulls_first,
        })
    }

    fn summarize(&mut self) -> Result<OpKind, Fault> {
        self.hints()?;
        let mut aggregates = Vec::new();
        if !self.is_word("by") {
            aggregates = self.list(Parser::named)?;
        }
        let by = if self.eat_word("by") {
            self.list(Parser::named)?
        } else {
            Vec::new()
        };
        Ok(OpKind::Summarize(aggregates, by))
    }

    /// `hint.strategy = shuffle`: how, not what.
    pub(super) fn hints(&mut self) -> Result<(), Fault> {
        while self.is_word("hint") && self.mark_at(1, ".") {
            self.at += 2;
            self.name()?;
            self.mark("=")?;
            // A word is the whole value: what follows it may be a table in parentheses.
            match self.kind() {
                lexer::Kind::Word(_) => self.advance(),
                _ => {
                    self.expr()?;
                }
            }
        }
        Ok(())
    }

    fn join(&mut self) -> Result<Join, Fault> {
        let mut kind = None;
        self.hints()?;
        if self.is_word("kind") && self.mark_at(1, "=") {
            self.at += 2;
            kind = Some(self.name()?);
        }
        self.hints()?;
        let right = Box::new(self.table()?);
        let mut on = Vec::new();
        if self.eat_word("on") {
            on = self.list(Parser::expr)?;
        } else if self.eat_word("where") {
            // The grammar of Microsoft's parser has this clause; the documents do not.
            on.push(self.expr()?);
        }
        Ok(Join { kind, right, on })
    }
}
