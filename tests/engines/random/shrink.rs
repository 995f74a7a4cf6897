//! A difference made small: the few rows over which it remains.

use super::executor::{Executor, Outcome};
use super::trial::expected;
use crate::support::repository::{Fitted, Repository};
use crate::support::table::{self, NativeRow};
use huntc::internals::verify::rows::EngineTable;

/// What differs, except its rows.
pub struct Case<'a> {
    pub repository: &'a Repository,
    pub fitted: &'a Fitted<'a>,
    pub table: &'a str,
    pub watchlists: &'a [EngineTable],
}

impl Case<'_> {
    fn differs(&self, executor: &Executor, rows: &[NativeRow]) -> Option<String> {
        let output = expected(self.repository, self.fitted, rows).ok()?;
        let outcome = executor.compare(self.fitted, self.table, rows, self.watchlists, &output);
        match outcome {
            Outcome::Different(why) => Some(why),
            _ => None,
        }
    }
}

/// The difference with the fewest rows; `why` is reported where it does not come again.
pub fn rows(case: &Case<'_>, executor: &Executor, rows: &[NativeRow], why: &str) -> String {
    let few = fewer(rows.to_vec(), |rows| case.differs(executor, rows).is_some());
    let told = case.differs(executor, &few);
    format!(
        "{}\n{}",
        told.unwrap_or_else(|| format!("(once) {why}")),
        table::ndjson(&few)
    )
}

/// Leaves out rows while the rest still differs.
fn fewer(mut rows: Vec<NativeRow>, differs: impl Fn(&[NativeRow]) -> bool) -> Vec<NativeRow> {
    let mut size = rows.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < rows.len() {
            let mut rest = rows.clone();
            rest.drain(at..(at + size).min(rest.len()));
            if differs(&rest) {
                rows = rest;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    rows
}
