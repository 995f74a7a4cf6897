//! An interpreter of KQL.
//!
//! In: the text of a query, tables of samples, the instant that is now. Out: what Kusto would answer, or a refusal that names what is not known.
//! Guarantee: written from Microsoft's documents and recordings of its engine, sharing nothing with what emits KQL; it never guesses: where the answer is not
//! documented or measured, the run is refused (<https://learn.microsoft.com/en-us/kusto/query/>).
//!
//! The path: `lexer` and `parser` make a tree (`ast`); `run` and `operators` make tables of tabular expressions, `bind` makes typed closures of scalar ones
//! (`operator`, `matching`, `functions`, `aggregate`); `cell` is what all of them compute with.

mod aggregate;
mod ast;
mod bind;
mod calls;
mod cell;
mod convert;
mod decimal;
mod fault;
mod functions;
mod json;
mod lexer;
mod literal;
mod matching;
mod naming;
mod operator;
mod operators;
mod parser;
mod regexes;
mod run;
mod scope;
mod stored;
mod time;
mod typed;

use super::budget::{Budget, Limits};
use super::{Answer, Refusal, Sample, caught};
use fault::Fault;
use scope::{Env, Session};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a query is run with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// The instant that `now()` is, in milliseconds since 1970.
    pub now_ms: i64,
    /// What `geo_info_from_ip_address` knows, by address; empty: the function is refused.
    pub geo: BTreeMap<String, Json>,
    /// What a query may use up.
    pub limits: Limits,
}

/// Runs a query over samples, on the thread of the caller.
///
/// A sample answers a bare name, a call without arguments, and a call with the parameters of ASIM's filtering parsers; a sample whose name is a whole call,
/// such as `_GetWatchlist('Ports')`, answers that call.
///
/// # Errors
/// A [`Refusal`] with the bytes of what is refused: the platform refuses it too, it is not known here, or the run fails.
pub fn run(query: &str, tables: &[Sample], options: &Options) -> Result<Answer, Refusal> {
    caught(query, || {
        answer(query, tables, options).map_err(|fault| *fault)
    })
}

fn answer(query: &str, tables: &[Sample], options: &Options) -> Result<Answer, Fault> {
    let statements = parser::parse(query)?;
    let now = options.now_ms.checked_mul(10_000);
    let now = now.and_then(|ticks| time::within(ticks.checked_add(time::EPOCH)?));
    let session = Session {
        samples: tables,
        options,
        now: now.ok_or_else(|| fault::failed(0..0, "now", "the instant is out of range"))?,
        late: scope::Late::default(),
        budget: Rc::new(Budget::new(options.limits)),
        loaded: Default::default(),
        warnings: Default::default(),
        depth: Default::default(),
        calls: Default::default(),
        open: Default::default(),
        height: Default::default(),
    };
    let table = run::statements(&statements, &session, &Env::default())?;
    if let Some(fault) = session.late.borrow_mut().take() {
        return Err(fault);
    }
    session.charged(&(0..query.len()), session.budget.check())?;
    let columns: Vec<(String, String)> = table
        .columns
        .iter()
        .map(|column| (column.name.to_string(), column.ty.name().to_owned()))
        .collect();
    let whole = 0..query.len();
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        // A list that many rows share is written out for each of them.
        let size = row.iter().map(json::size).sum();
        session.charged(&whole, session.budget.bytes(size))?;
        let cells = row.iter().zip(&table.columns);
        let cells = cells.map(|(cell, column)| json::answer(cell, column.ty));
        rows.push(cells.collect());
    }
    Ok(Answer {
        columns,
        rows,
        ordered: table.sorted,
        warnings: session.warnings.take(),
    })
}
