//! In: the text of a query. Out: its tree.
//! Guarantee: commands are read one at a time, each in its own way; a command that is not known is refused by name before its
//! arguments are looked at (Elastic docs, "ES|QL commands").

mod expression;
mod fork;
mod join;

use std::ops::Range;

use super::ast::{Command, CommandKind, Expr, ExprKind, Field, Name, Place, Query, SortKey};
use super::lex::{Kind, Lexer, Mode, Part, Token};
use super::refuse::{invalid, unknown};
use crate::Refusal;

/// Reads a query.
pub(super) fn parse(text: &str) -> Result<Query, Refusal> {
    let mut lexer = Lexer::new(text);
    let mut query = Query::default();
    let mut first = true;
    loop {
        let (word, span) = lexer.word()?;
        let command = word.to_ascii_lowercase();
        if first && command == "set" {
            query.directive.get_or_insert(span);
            directive(&mut query, &mut lexer, text)?;
            continue;
        }
        if command.is_empty() {
            let at = span.start;
            return Err(invalid("command", "expected a command", at..at));
        }
        if first != matches!(command.as_str(), "from" | "row") {
            return Err(if let Some(refusal) = not_known(&command, span.clone()) {
                refusal
            } else if first {
                invalid(word, "a query begins with FROM or ROW", span)
            } else {
                invalid(word, "this command stands first only", span)
            });
        }
        let (kind, more, end) = read(&mut lexer, &command, word, span.clone(), text)?;
        query.commands.push(Command {
            kind,
            span: span.start..end,
        });
        first = false;
        if !more {
            return Ok(query);
        }
    }
}

/// Commands that the platform has and this interpreter has not.
fn not_known(command: &str, span: Range<usize>) -> Option<Refusal> {
    const NAMES: &[&str] = &[
        "ts",
        "show",
        "metrics",
        "explain",
        "promql",
        "enrich",
        "fuse",
        "change_point",
        "completion",
        "rerank",
        "sample",
        "insist",
        "registered_domain",
        "user_agent",
        "url_parts",
        "mmr",
        "dedup",
        "highlight",
    ];
    let known = NAMES.contains(&command);
    known.then(|| {
        let name = command.to_uppercase();
        unknown(&name, format!("the command {name} is not known here"), span)
    })
}

fn directive(query: &mut Query, lexer: &mut Lexer, text: &str) -> Result<(), Refusal> {
    let tokens = lexer.directive()?;
    let mut parser = Parser::new(text, tokens, lexer.position());
    let (name, span) = parser.name()?;
    parser.expect("=")?;
    let value = parser.string("a setting's value")?;
    parser.done()?;
    match (name.to_ascii_lowercase().as_str(), value.as_str()) {
        ("unmapped_fields", "nullify") => query.nullify = true,
        ("unmapped_fields", "fail" | "default") => query.nullify = false,
        ("time_zone", "UTC" | "Z" | "+00:00") => {}
        _ => {
            return Err(unknown(
                "SET",
                format!("the setting {name} = \"{value}\" is not known here"),
                span,
            ));
        }
    }
    Ok(())
}

/// What is read, whether a pipe follows, and where it ends.
type Read = (CommandKind, bool, usize);

fn read(
    lexer: &mut Lexer,
    command: &str,
    word: &str,
    span: Range<usize>,
    text: &str,
) -> Result<Read, Refusal> {
    let mut inline = false;
    match command {
        "inline" => {
            let (next, after) = lexer.word()?;
            if !next.eq_ignore_ascii_case("stats") {
                return Err(invalid("INLINE", "INLINE is followed by STATS", after));
            }
            inline = true;
        }
        "inlinestats" => inline = true,
        "lookup" => {
            let (next, after) = lexer.word()?;
            if !next.eq_ignore_ascii_case("join") {
                return Err(unknown(
                    "LOOKUP",
                    "LOOKUP without JOIN is not known here",
                    after,
                ));
            }
            return join::join(lexer, text);
        }
        "fork" => return fork::fork(lexer, text, span),
        _ => {}
    }
    let mode = match command {
        "from" => Mode::Sources,
        "keep" | "drop" | "rename" | "fillnull" => Mode::Names,
        "row" | "where" | "eval" | "sort" | "limit" | "stats" | "inline" | "inlinestats"
        | "mv_expand" | "dissect" | "grok" | "uri_parts" => Mode::Expression,
        _ => {
            return Err(match not_known(command, span.clone()) {
                Some(refusal) => refusal,
                None => unknown(word, format!("the command {word} is not known here"), span),
            });
        }
    };
    let (tokens, more) = lexer.command(mode)?;
    let end = tokens.last().map_or(span.end, |t| t.span.end);
    let mut parser = Parser::new(text, tokens, end);
    let kind = match command {
        "from" => parser.from()?,
        "row" => CommandKind::Row(parser.fields(false)?),
        "where" => CommandKind::Where(parser.expression()?),
        "eval" => CommandKind::Eval(parser.fields(false)?),
        "keep" => CommandKind::Keep(parser.names()?),
        "drop" => CommandKind::Drop(parser.names()?),
        "rename" => parser.rename()?,
        "sort" => parser.sort()?,
        "limit" => parser.limit()?,
        "mv_expand" => CommandKind::Expand(parser.name()?.0),
        "dissect" => parser.dissect()?,
        "grok" => parser.grok()?,
        "uri_parts" => {
            let (prefix, _) = parser.name()?;
            parser.expect("=")?;
            CommandKind::UriParts(prefix, parser.primary_expression()?)
        }
        "fillnull" => parser.fill_null()?,
        _ => parser.stats(inline, span)?,
    };
    parser.done()?;
    Ok((kind, more, end))
}

/// Reads the tokens of one command.
struct Parser<'q> {
    text: &'q str,
    tokens: Vec<Token>,
    at: usize,
    /// Where the command ends, to name a place when nothing is left.
    end: usize,
    /// How many expressions are open.
    open: usize,
}

impl<'q> Parser<'q> {
    fn new(text: &'q str, tokens: Vec<Token>, end: usize) -> Self {
        Parser {
            text,
            tokens,
            at: 0,
            end,
            open: 0,
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn span(&self) -> Range<usize> {
        self.peek().map_or(self.end..self.end, |t| t.span.clone())
    }

    /// Where the last token taken ends.
    fn last_end(&self) -> usize {
        self.at
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at))
            .map_or(self.end, |t| t.span.end)
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Some(Token { kind: Kind::Symbol(s), .. }) if *s == symbol)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let met = self.is(symbol);
        self.at += usize::from(met);
        met
    }

    fn expect(&mut self, symbol: &str) -> Result<(), Refusal> {
        if self.take(symbol) {
            return Ok(());
        }
        Err(self.unexpected(&format!("expected `{symbol}`")))
    }

    fn unexpected(&self, wanted: &str) -> Refusal {
        let span = self.span();
        let found = self.text.get(span.clone()).unwrap_or_default();
        invalid(
            if found.is_empty() { "syntax" } else { found },
            wanted,
            span,
        )
    }

    /// The bare word that is `ahead` tokens further on, in lower case.
    fn keyword_at(&self, ahead: usize) -> Option<String> {
        match &self.tokens.get(self.at + ahead)?.kind {
            Kind::Name {
                parts,
                quoted: false,
            } => match parts.as_slice() {
                [Part::Text(text)] => Some(text.to_ascii_lowercase()),
                _ => None,
            },
            Kind::Source(text) => Some(text.to_ascii_lowercase()),
            _ => None,
        }
    }

    fn is_keyword(&self, word: &str) -> bool {
        self.keyword_at(0).is_some_and(|w| w == word)
    }

    fn take_keyword(&mut self, word: &str) -> bool {
        let met = self.is_keyword(word);
        self.at += usize::from(met);
        met
    }

    fn done(&self) -> Result<(), Refusal> {
        if self.peek().is_none() {
            return Ok(());
        }
        Err(self.unexpected("the command should end here"))
    }

    /// A column's name without stars.
    fn name(&mut self) -> Result<(String, Range<usize>), Refusal> {
        let span = self.span();
        if let Some(Token {
            kind: Kind::Name { parts, .. },
            ..
        }) = self.peek()
            && let [Part::Text(text)] = parts.as_slice()
        {
            let text = text.clone();
            self.at += 1;
            return Ok((text, span));
        }
        Err(self.unexpected("expected a name"))
    }

    fn string(&mut self, what: &str) -> Result<String, Refusal> {
        if let Some(Token {
            kind: Kind::Text(text),
            ..
        }) = self.peek()
        {
            let text = text.clone();
            self.at += 1;
            return Ok(text);
        }
        Err(self.unexpected(&format!("expected {what}")))
    }

    fn from(&mut self) -> Result<CommandKind, Refusal> {
        let mut patterns = Vec::new();
        let mut metadata = Vec::new();
        self.sources(&mut patterns)?;
        if self.take_keyword("metadata") {
            self.sources(&mut metadata)?;
        }
        Ok(CommandKind::From(patterns, metadata))
    }

    fn sources(&mut self, into: &mut Vec<(String, Range<usize>)>) -> Result<(), Refusal> {
        loop {
            let span = self.span();
            match self.peek().map(|t| t.kind.clone()) {
                Some(Kind::Source(name)) => into.push((name, span)),
                _ => return Err(self.unexpected("expected a name")),
            }
            self.at += 1;
            if !self.take(",") {
                return Ok(());
            }
        }
    }

    /// `name = expression` or an expression, with commas between; `filtered` lets WHERE follow.
    fn fields(&mut self, filtered: bool) -> Result<Vec<Field>, Refusal> {
        let mut fields = Vec::new();
        loop {
            fields.push(self.field(filtered)?);
            if !self.take(",") {
                return Ok(fields);
            }
        }
    }

    fn field(&mut self, filtered: bool) -> Result<Field, Refusal> {
        let assigned = matches!(
            self.tokens.get(self.at + 1),
            Some(Token {
                kind: Kind::Symbol("="),
                ..
            })
        );
        let name = if assigned {
            let (name, _) = self.name()?;
            self.at += 1;
            Some(name)
        } else {
            None
        };
        let value = self.expression()?;
        let filter = if filtered && self.take_keyword("where") {
            Some(self.expression()?)
        } else {
            None
        };
        let name = name.unwrap_or_else(|| match (&value.kind, &filter) {
            (ExprKind::Column(name), None) => name.clone(),
            _ => {
                let end = filter.as_ref().map_or(value.span().end, |f| f.span().end);
                let text = self.text.get(value.span().start..end);
                text.unwrap_or_default().to_owned()
            }
        });
        Ok(Field {
            name,
            value,
            filter,
        })
    }

    fn fill_null(&mut self) -> Result<CommandKind, Refusal> {
        let value = if self.take_keyword("default") {
            None
        } else {
            Some(self.constant()?)
        };
        if !self.take_keyword("on") {
            return Err(self.unexpected("expected ON"));
        }
        Ok(CommandKind::FillNull(value, self.names()?))
    }

    fn names(&mut self) -> Result<Vec<Name>, Refusal> {
        let mut names = Vec::new();
        loop {
            names.push(self.pattern()?);
            if !self.take(",") {
                return Ok(names);
            }
        }
    }

    fn pattern(&mut self) -> Result<Name, Refusal> {
        let span = self.span();
        match self.peek().map(|t| t.kind.clone()) {
            Some(Kind::Name { parts, .. }) => {
                self.at += 1;
                Ok(Name {
                    parts,
                    place: Place(span),
                })
            }
            _ => Err(self.unexpected("expected a name")),
        }
    }

    fn rename(&mut self) -> Result<CommandKind, Refusal> {
        let mut pairs = Vec::new();
        loop {
            let left = self.pattern()?;
            if self.take_keyword("as") {
                pairs.push((left, self.pattern()?));
            } else {
                self.expect("=")?;
                pairs.push((self.pattern()?, left));
            }
            if !self.take(",") {
                return Ok(CommandKind::Rename(pairs));
            }
        }
    }

    fn sort(&mut self) -> Result<CommandKind, Refusal> {
        let mut keys = Vec::new();
        loop {
            let value = self.expression()?;
            let descending = if self.take_keyword("desc") {
                true
            } else {
                self.take_keyword("asc");
                false
            };
            // Nulls count as the largest: last going up, first going down ("SORT").
            let mut nulls_first = descending;
            if self.take_keyword("nulls") {
                nulls_first = if self.take_keyword("first") {
                    true
                } else if self.take_keyword("last") {
                    false
                } else {
                    return Err(self.unexpected("expected FIRST or LAST"));
                };
            }
            keys.push(SortKey {
                value,
                descending,
                nulls_first,
            });
            if !self.take(",") {
                return Ok(CommandKind::Sort(keys));
            }
        }
    }

    fn limit(&mut self) -> Result<CommandKind, Refusal> {
        let span = self.span();
        if let Some(Token {
            kind: Kind::Whole(digits),
            ..
        }) = self.peek()
            && let Ok(limit) = digits.parse::<i32>()
        {
            self.at += 1;
            if self.is_keyword("by") {
                return Err(unknown("LIMIT BY", "LIMIT BY is not known here", span));
            }
            return Ok(CommandKind::Limit(usize::try_from(limit).unwrap_or(0)));
        }
        Err(self.unexpected("expected a number of rows"))
    }

    fn stats(&mut self, inline: bool, word: Range<usize>) -> Result<CommandKind, Refusal> {
        let fields = if self.is_keyword("by") || self.peek().is_none() {
            Vec::new()
        } else {
            self.fields(true)?
        };
        let keys = if self.take_keyword("by") {
            self.fields(false)?
        } else {
            Vec::new()
        };
        if fields.is_empty() && (keys.is_empty() || inline) {
            return Err(invalid("STATS", "expected at least one aggregate", word));
        }
        Ok(CommandKind::Stats {
            fields,
            keys,
            inline,
        })
    }

    fn dissect(&mut self) -> Result<CommandKind, Refusal> {
        let input = self.primary_expression()?;
        let pattern = self.string("a pattern")?;
        let mut separator = String::new();
        if self.peek().is_some() {
            let (option, span) = self.name()?;
            if !option.eq_ignore_ascii_case("append_separator") {
                return Err(invalid(
                    &option,
                    "APPEND_SEPARATOR is the only option",
                    span,
                ));
            }
            self.expect("=")?;
            separator = self.string("a separator")?;
        }
        Ok(CommandKind::Dissect(input, pattern, separator))
    }

    fn grok(&mut self) -> Result<CommandKind, Refusal> {
        let input: Expr = self.primary_expression()?;
        let mut patterns = vec![self.string("a pattern")?];
        while self.take(",") {
            patterns.push(self.string("a pattern")?);
        }
        Ok(CommandKind::Grok(input, patterns))
    }
}
