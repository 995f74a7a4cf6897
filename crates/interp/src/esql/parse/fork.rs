//! In: what follows FORK. Out: the commands of its branches.
//! Guarantee: two to eight branches of processing commands, each in parentheses, none with its own FORK (Elastic docs, "FORK").

use std::ops::Range;

use super::super::ast::{Command, CommandKind};
use super::super::lex::Lexer;
use super::super::refuse::{invalid, unknown};
use super::{Read, read};
use crate::Refusal;

/// `FORK (commands) (commands)`
pub(super) fn fork(lexer: &mut Lexer, text: &str, word: Range<usize>) -> Result<Read, Refusal> {
    let mut branches = Vec::new();
    while lexer.take('(')? {
        let mut commands = Vec::new();
        lexer.nested += 1;
        loop {
            let (word, span) = lexer.word()?;
            let command = word.to_ascii_lowercase();
            if command == "fork" {
                return Err(invalid("FORK", "a query has one FORK only", span));
            }
            if command.is_empty() || matches!(command.as_str(), "from" | "row") {
                return Err(invalid("FORK", "expected a processing command", span));
            }
            let (kind, more, end) = read(lexer, &command, word, span.clone(), text)?;
            commands.push(Command {
                kind,
                span: span.start..end,
            });
            if !more {
                break;
            }
        }
        lexer.nested -= 1;
        branches.push(commands);
        if !lexer.take(')')? {
            let at = lexer.position();
            return Err(invalid("FORK", "a branch is not closed", word.start..at));
        }
    }
    let end = lexer.position();
    let more = lexer.take('|')?;
    match branches.len() {
        0 => Err(invalid("FORK", "expected branches in parentheses", word)),
        1 => Err(unknown(
            "FORK",
            "FORK of one branch is not known here",
            word,
        )),
        2..=8 => Ok((CommandKind::Fork(branches), more, end)),
        _ => Err(invalid("FORK", "FORK has eight branches at most", word)),
    }
}
