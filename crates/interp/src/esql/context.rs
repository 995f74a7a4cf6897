//! What a run knows, and what its names mean.
//!
//! In: the tables and the options of a run, a name of a command, the columns at hand. Out: [`Context`]; the places of the columns that the name means.
//! Guarantee: what a command takes is charged here, so that no command runs longer than the budget.

use std::ops::Range;

use super::Release;
use super::ast::{Command, Name};
use super::cell::Cell;
use super::frame::Frame;
use super::lex::Part;
use super::like::Like;
use super::node::Notes;
use super::refuse::{invalid, over};
use super::scope::{Column, Scope};
use crate::budget::{Budget, Spent};
use crate::{Refusal, Sample};

/// What runs one command: for commands that are made of others.
pub(super) type Run = fn(&Command, Frame, &mut Context) -> Result<Frame, Refusal>;

/// What a run knows besides its rows.
pub(super) struct Context<'t> {
    /// Tables.
    pub tables: &'t [Sample],
    /// The instant that is `NOW()`.
    pub now_ms: i64,
    /// Whether names of nothing are null.
    pub nullify: bool,
    /// Warnings.
    pub notes: Notes,
    /// Whose optimizer.
    pub release: Release,
    /// Whether the command at hand is run where the data are.
    pub on_data_nodes: bool,
    /// How many rows a branch without LIMIT gives.
    pub default_limit: usize,
    /// What is left for the run.
    pub budget: Budget,
}

impl Context<'_> {
    /// A charge as a refusal at its place.
    pub(super) fn charged(
        &self,
        span: &Range<usize>,
        charge: Result<(), Spent>,
    ) -> Result<(), Refusal> {
        charge.map_err(|spent| over(spent, span.clone()))
    }

    /// Charges new rows as wide as those of a frame.
    pub(super) fn new_rows(
        &self,
        span: &Range<usize>,
        frame: &Frame,
        count: usize,
    ) -> Result<(), Refusal> {
        let row = frame.columns.len().saturating_mul(size_of::<Cell>()) + 24;
        self.charged(span, self.budget.rows(count))?;
        self.charged(span, self.budget.bytes(count.saturating_mul(row)))
    }

    /// What expressions over a frame may name.
    pub(super) fn scope<'a>(&self, columns: &'a [Column]) -> Scope<'a> {
        Scope {
            columns,
            now_ms: self.now_ms,
            grouping: false,
            release: self.release,
            on_data_nodes: self.on_data_nodes,
        }
    }
}

/// There is no column of a name.
pub(super) fn no_column(name: &Name) -> Refusal {
    let text = shown(name);
    invalid(
        &text,
        format!("there is no column `{text}`"),
        name.place.0.clone(),
    )
}

fn shown(name: &Name) -> String {
    name.parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Star => "*",
        })
        .collect()
}

/// The places of the columns that a name with stars means.
pub(super) fn matching(name: &Name, frame: &Frame) -> Vec<usize> {
    if let Some(plain) = name.plain() {
        return frame.place(plain).into_iter().collect();
    }
    let pattern: String = name
        .parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text
                .replace('\\', "\\\\")
                .replace('*', "\\*")
                .replace('?', "\\?"),
            Part::Star => "*".to_owned(),
        })
        .collect();
    let like = Like::new(&pattern);
    let columns = frame.columns.iter().enumerate();
    columns
        .filter(|(_, column)| like.matches(&column.name))
        .map(|(at, _)| at)
        .collect()
}
