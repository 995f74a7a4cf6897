//! An interpreter of ES|QL: what the platform would answer, over tables of samples.
//!
//! In: the text of a query, samples, the instant that is `NOW()`. Out: an [`Answer`] or a [`Refusal`].
//! Guarantee: written from the public documents (Elastic docs, "ES|QL reference"); a command, a function or a form of one that is not
//! known is refused by name. Types are known before any row is seen. Nothing in a query makes it panic.
//!
//! | known | FROM, ROW, WHERE, EVAL, KEEP, DROP, RENAME, SORT, LIMIT, STATS, INLINE STATS, MV_EXPAND, LOOKUP JOIN, DISSECT, FORK, URI_PARTS, SET |
//! |---|---|
//! | known in part | GROK (no names for single products), FILLNULL, METADATA, MATCH and `:` (fields that are not analysed), RLIKE (no `&`, `~`, `<n-m>`), REPLACE (no looking around, no back-references) |
//! | refused | ENRICH, CHANGE_POINT, SHOW, TS and the commands of models; subqueries, parameters, other clusters; KQL and QSTR; `date_nanos`, ranges and geometries |
//!
//! What the optimizer makes of a test is modelled where that changes its meaning, by release (`rewrite`).
//!
//! Two things are exact here and sketches on the platform: COUNT_DISTINCT above its threshold, which the answer's warnings report, and
//! PERCENTILE and MEDIAN of many values.

mod aggregate;
mod arguments;
mod ast;
mod bucket;
mod calendar;
mod cell;
mod commands;
mod context;
mod date_pattern;
mod extract;
mod fill;
mod fork;
mod frame;
mod functions;
mod grok;
mod grok_library;
mod java_regex;
mod join;
mod lex;
mod like;
mod node;
mod operators;
mod parse;
mod refuse;
mod rewrite;
mod rlike;
mod scope;
mod since;
mod stats;
mod types;
mod unmapped;
mod uri;
mod version;

use super::budget::{Budget, Limits};
use super::{Answer, Refusal, Sample, caught};

use ast::CommandKind;
use cell::Cell;
use context::Context;
use frame::Frame;
use node::Notes;
use refuse::{invalid, unknown};

/// A release of the stack: `9.3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release(pub u32, pub u32);

impl Release {
    /// The newest whose optimizer was read for this interpreter; later ones are taken to be alike.
    pub const NEWEST: Release = Release(9, 3);

    /// `9.3`, `8.19.4`; `None` for what is no release.
    #[must_use]
    pub fn read(text: &str) -> Option<Release> {
        let mut parts = text.split('.');
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next()?.parse().ok()?;
        Some(Release(major, minor))
    }
}

/// What a run is given besides the query and its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The instant that is `NOW()`, in milliseconds since 1970.
    pub now_ms: i64,
    /// How many rows a query without LIMIT returns (Elastic docs, "ES|QL limitations": 1,000).
    pub default_limit: usize,
    /// How many rows any query returns at most (10,000).
    pub largest_limit: usize,
    /// Whose optimizer.
    pub release: Release,
    /// Whether that release is the platform: what Elastic's documents say to be newer is refused. Otherwise the newest of everything is known.
    pub refuse_newer: bool,
    /// What a query may use up.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            now_ms: 0,
            default_limit: 1000,
            largest_limit: 10_000,
            release: Release::NEWEST,
            refuse_newer: false,
            limits: Limits::default(),
        }
    }
}

/// Runs a query over samples, on the thread of the caller.
///
/// # Errors
/// A [`Refusal`] with the bytes of what is refused: the platform refuses it too, it is not known here, or the run fails.
pub fn run(query: &str, tables: &[Sample], options: &Options) -> Result<Answer, Refusal> {
    caught(query, || interpret(query, tables, options))
}

fn interpret(query: &str, tables: &[Sample], options: &Options) -> Result<Answer, Refusal> {
    let tree = parse::parse(query)?;
    if options.refuse_newer {
        since::check(&tree, options.release)?;
    }
    let mut context = Context {
        tables,
        now_ms: options.now_ms,
        nullify: tree.nullify,
        notes: Notes::new(query),
        release: options.release,
        on_data_nodes: true,
        default_limit: options.default_limit,
        budget: Budget::new(options.limits),
    };
    let mut frame = Frame::default();
    let mut limited = false;
    let mut forked = false;
    for command in &tree.commands {
        if limited && matches!(command.kind, CommandKind::Stats { inline: true, .. }) {
            let message = "INLINE STATS does not stand after LIMIT";
            return Err(invalid("INLINE STATS", message, command.span.clone()));
        }
        limited |= matches!(command.kind, CommandKind::Limit(_));
        let second =
            matches!(command.kind, CommandKind::Fork(_)) && std::mem::replace(&mut forked, true);
        if second {
            let message = "a query has one FORK only";
            return Err(invalid("FORK", message, command.span.clone()));
        }
        frame = commands::step(command, frame, &mut context)?;
    }
    let mut warnings = std::mem::take(&mut context.notes.warnings);
    let limit = if limited {
        options.largest_limit
    } else {
        warnings.push(format!("no LIMIT: {} rows at most", options.default_limit));
        options.default_limit
    };
    if frame.rows.len() > limit {
        // The platform cuts silently; a reader of an answer should know.
        warnings.push(format!("{} rows cut to {limit}", frame.rows.len()));
        frame.rows.truncate(limit);
    }
    let whole = 0..query.len();
    for row in &frame.rows {
        let size = row.iter().map(Cell::size).sum();
        context.charged(&whole, context.budget.bytes(size))?;
    }
    if let Some(column) = frame.columns.iter().find(|c| c.trouble.is_some()) {
        let trouble = column.trouble.clone().unwrap_or_default();
        return Err(unknown(&column.name, trouble, 0..query.len()));
    }
    Ok(Answer {
        columns: frame
            .columns
            .iter()
            .map(|c| (c.name.clone(), c.ty.name().to_owned()))
            .collect(),
        rows: frame
            .rows
            .iter()
            .map(|row| {
                let cells = row.iter().zip(&frame.columns);
                cells.map(|(cell, column)| cell.shown(column.ty)).collect()
            })
            .collect(),
        ordered: frame.ordered,
        warnings,
    })
}
