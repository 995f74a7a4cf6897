//! In: the tree of a query and a release of the stack. Out: a refusal of the first thing that the release does not have.
//! Guarantee: only what Elastic's documents say of a later release is refused (`data/esql_since.csv` has each with its page); where they say nothing, nothing is.

use std::ops::Range;
use std::sync::LazyLock;

use super::Release;
use super::ast::{Command, CommandKind, Expr, ExprKind, Field, JoinOn, Query};
use super::refuse::invalid;
use crate::Refusal;

const TABLE: &str = include_str!("../../data/esql_since.csv");

/// A line of the table.
struct Since {
    kind: &'static str,
    name: &'static str,
    first: Release,
    state: &'static str,
}

static SINCE: LazyLock<Vec<Since>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines.filter_map(read).collect()
});

fn read(line: &'static str) -> Option<Since> {
    let mut cells = line.split(',');
    let mut cell = || cells.next();
    let (kind, name, first, state) = (cell()?, cell()?, cell()?, cell()?);
    let first = Release::read(first)?;
    cell().filter(|source| !source.is_empty())?;
    Some(Since {
        kind,
        name,
        first,
        state,
    })
}

/// The 9.x release that came out with a release of 8.x and froze with it. The pages of 9.x do not say what of it 8.x has, so it is not refused there.
fn beside(release: Release) -> Release {
    match release {
        Release(8, 18) => Release(9, 0),
        Release(8, 19) => Release(9, 1),
        other => other,
    }
}

/// Refuses what a release does not have.
pub(super) fn check(query: &Query, release: Release) -> Result<(), Refusal> {
    let uses = Uses { release };
    if let Some(span) = &query.directive {
        uses.refuse("command", "SET", span.clone())?;
    }
    query.commands.iter().try_for_each(|one| uses.command(one))
}

/// What is looked for.
struct Uses {
    release: Release,
}

impl Uses {
    fn refuse(&self, kind: &str, name: &str, span: Range<usize>) -> Result<(), Refusal> {
        let newer = SINCE.iter().find(|since| {
            since.kind == kind && since.name == name && beside(self.release) < since.first
        });
        let Some(since) = newer else {
            return Ok(());
        };
        let (Release(major, minor), Release(own_major, own_minor)) = (since.first, self.release);
        let shown = match kind {
            "function" => name.to_uppercase(),
            _ => name.to_owned(),
        };
        let state = match since.state {
            "preview" => " (as a preview)",
            _ => "",
        };
        let message = format!(
            "{shown} is in the stack since {major}.{minor}{state}; {own_major}.{own_minor} does not have it"
        );
        Err(invalid(&shown, message, span))
    }

    fn command(&self, command: &Command) -> Result<(), Refusal> {
        let name = match &command.kind {
            CommandKind::Stats { inline: true, .. } => Some("INLINE STATS"),
            CommandKind::Join(..) => Some("LOOKUP JOIN"),
            CommandKind::UriParts(..) => Some("URI_PARTS"),
            CommandKind::Fork(_) => Some("FORK"),
            _ => None,
        };
        if let Some(name) = name {
            self.refuse("command", name, command.span.clone())?;
        }
        match &command.kind {
            CommandKind::Row(fields) | CommandKind::Eval(fields) => self.fields(fields),
            CommandKind::Where(value)
            | CommandKind::Dissect(value, ..)
            | CommandKind::Grok(value, _)
            | CommandKind::UriParts(_, value) => self.expression(value),
            CommandKind::Sort(keys) => keys.iter().try_for_each(|key| self.expression(&key.value)),
            CommandKind::Stats { fields, keys, .. } => {
                self.fields(fields)?;
                self.fields(keys)
            }
            CommandKind::Join(_, JoinOn::Columns(columns)) => match columns.as_slice() {
                [_, (_, second), ..] => {
                    self.refuse("form", "LOOKUP JOIN ON several fields", second.clone())
                }
                _ => Ok(()),
            },
            CommandKind::Join(_, JoinOn::Condition(condition)) => {
                self.refuse("form", "LOOKUP JOIN ON a condition", condition.span())?;
                self.expression(condition)
            }
            CommandKind::Fork(branches) => {
                let mut commands = branches.iter().flatten();
                commands.try_for_each(|one| self.command(one))
            }
            CommandKind::From(..)
            | CommandKind::Keep(_)
            | CommandKind::Drop(_)
            | CommandKind::Rename(_)
            | CommandKind::Limit(_)
            | CommandKind::Expand(_)
            | CommandKind::FillNull(..) => Ok(()),
        }
    }

    fn fields(&self, fields: &[Field]) -> Result<(), Refusal> {
        fields.iter().try_for_each(|field| {
            self.expression(&field.value)?;
            let filter = field.filter.as_ref();
            filter.map_or(Ok(()), |filter| self.expression(filter))
        })
    }

    /// The calls of an expression, from left to right; without recursion, since it may be deep.
    fn expression(&self, whole: &Expr) -> Result<(), Refusal> {
        let mut left = vec![whole];
        while let Some(expr) = left.pop() {
            if let ExprKind::Call(name, _) = &expr.kind {
                self.refuse("function", name, expr.span())?;
            }
            left.extend(expr.inner().into_iter().rev());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{SINCE, TABLE};

    #[test]
    fn every_line_of_the_table_is_read_and_names_its_source() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).skip(1);
        let keys: Vec<(&str, &str)> = SINCE.iter().map(|one| (one.kind, one.name)).collect();
        assert_eq!(lines.count(), keys.len());
        assert!(keys.is_sorted(), "sorted by kind and name");
        assert!(keys.windows(2).all(|pair| pair[0] != pair[1]));
        for one in SINCE.iter() {
            assert!(["function", "command", "form"].contains(&one.kind));
            assert!(["preview", "ga"].contains(&one.state), "{}", one.name);
        }
    }
}
