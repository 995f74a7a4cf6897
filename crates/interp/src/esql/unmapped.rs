//! In: a command and the rows before it, under `SET unmapped_fields = "nullify"`. Out: the rows with a column of nulls for each name that
//! the command mentions and nothing has.
//! Guarantee: such a column stays, as a field that is mapped nowhere would (Elastic docs, "SET"); behind a KEEP of names or a STATS, where the
//! platform's answer is not documented, or is a refusal, no columns come into being.

use super::ast::{Command, CommandKind, Expr, Field};
use super::cell::Cell;
use super::frame::Frame;
use super::lex::Part;
use super::scope::Column;
use super::types::Type;

/// Adds what is missing.
pub(super) fn add(command: &Command, frame: &mut Frame) {
    for name in mentioned(&command.kind) {
        if frame.place(&name).is_none() {
            frame.columns.push(Column::computed(&name, Type::Null));
            for row in &mut frame.rows {
                row.push(Cell::Null);
            }
        }
    }
}

/// Whether names of nothing are still null behind this command.
pub(super) fn goes_on(command: &Command) -> bool {
    match &command.kind {
        CommandKind::Stats { inline, .. } => *inline,
        CommandKind::Keep(names) => names
            .iter()
            .any(|name| matches!(name.parts.as_slice(), [Part::Star])),
        _ => true,
    }
}

fn mentioned(command: &CommandKind) -> Vec<String> {
    let of = |expr: &Expr| {
        expr.names()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    match command {
        CommandKind::Where(expr)
        | CommandKind::Dissect(expr, ..)
        | CommandKind::Grok(expr, _)
        | CommandKind::UriParts(_, expr) => of(expr),
        CommandKind::Sort(keys) => keys.iter().flat_map(|key| of(&key.value)).collect(),
        CommandKind::Eval(fields) => {
            let mut found = Vec::new();
            for (at, field) in fields.iter().enumerate() {
                let made = |name: &String| fields.iter().take(at).any(|f| f.name == *name);
                found.extend(of(&field.value).into_iter().filter(|name| !made(name)));
            }
            found
        }
        CommandKind::Keep(names) => names
            .iter()
            .filter_map(|name| name.plain().map(str::to_owned))
            .collect(),
        CommandKind::Rename(pairs) => {
            // A name that an earlier pair gives is not missing.
            let mut found = Vec::new();
            for (at, (old, _)) in pairs.iter().enumerate() {
                let given = pairs
                    .iter()
                    .take(at)
                    .any(|(_, new)| new.plain() == old.plain());
                found.extend(old.plain().filter(|_| !given).map(str::to_owned));
            }
            found
        }
        CommandKind::Expand(name) => vec![name.clone()],
        CommandKind::Stats { fields, keys, .. } => {
            let is_key = |name: &String| keys.iter().any(|key: &Field| key.name == *name);
            let keyed = keys.iter().flat_map(|key| of(&key.value));
            let asked = fields.iter().flat_map(|field| {
                let filter = field.filter.iter().flat_map(of);
                of(&field.value).into_iter().chain(filter)
            });
            keyed.chain(asked.filter(|name| !is_key(name))).collect()
        }
        CommandKind::From(..)
        | CommandKind::FillNull(..)
        | CommandKind::Fork(_)
        | CommandKind::Row(_)
        | CommandKind::Drop(_)
        | CommandKind::Limit(_)
        | CommandKind::Join(..) => Vec::new(),
    }
}
