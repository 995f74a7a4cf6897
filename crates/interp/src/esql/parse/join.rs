//! In: what follows LOOKUP JOIN. Out: the index and what is compared.
//! Guarantee: names of columns, or one condition (Elastic docs, "LOOKUP JOIN").

use super::super::ast::{CommandKind, ExprKind, JoinOn};
use super::super::lex::{Kind, Lexer, Mode};
use super::super::refuse::{invalid, unknown};
use super::{Parser, Read};
use crate::Refusal;

/// `LOOKUP JOIN index ON columns`
pub(super) fn join(lexer: &mut Lexer, text: &str) -> Result<Read, Refusal> {
    let source = lexer.source()?;
    let Kind::Source(index) = source.kind else {
        return Err(invalid(
            "LOOKUP JOIN",
            "expected the name of an index",
            source.span,
        ));
    };
    let (on, after) = lexer.word()?;
    if on.eq_ignore_ascii_case("as") {
        return Err(unknown(
            "LOOKUP JOIN AS",
            "an alias of an index is not known here",
            after,
        ));
    }
    if !on.eq_ignore_ascii_case("on") {
        return Err(invalid("LOOKUP JOIN", "expected ON", after));
    }
    let (tokens, more) = lexer.command(Mode::Expression)?;
    let end = tokens.last().map_or(after.end, |t| t.span.end);
    let mut parser = Parser::new(text, tokens, end);
    let mut conditions = vec![parser.expression()?];
    while parser.take(",") {
        conditions.push(parser.expression()?);
    }
    parser.done()?;
    let mut columns = Vec::new();
    for condition in &conditions {
        if let ExprKind::Column(name) = &condition.kind {
            columns.push((name.clone(), condition.span()));
        }
    }
    let on = if columns.len() == conditions.len() {
        JoinOn::Columns(columns)
    } else if conditions.len() == 1 {
        JoinOn::Condition(Box::new(conditions.remove(0)))
    } else {
        return Err(invalid(
            "LOOKUP JOIN",
            "columns and conditions do not stand together",
            after,
        ));
    };
    Ok((CommandKind::Join(index, on), more, end))
}
