//! From a bound plan to the text of a target.
//!
//! In: a [`Bound`] plan and a [`Target`]. Out: a [`Query`], or refusals. Guarantee: the text means what the plan means, or there is none: what a dialect
//! cannot say is refused with the construct, the target and the reason, or was exchanged for something equal by [`passes`].
//!
//! A target is a folder of data, which [`dialect`] loads. Code branches on its [`Shape`] and its named capabilities only. Its modules, each of which imports
//! only those before it ([`target`] describes the target of a query, and imports [`dialect`]):
//!
//! | module | what it does |
//! |---|---|
//! | [`dialect`] | loads, checks and renders the folder of an engine; text leaves through its fragments only |
//! | [`mod@print`] | prints expressions |
//! | [`passes`] | rewrites the bound plan into what the dialect can write |
//! | [`pipeline`] | writes a query as steps one after another: KQL, ES\|QL |
//! | [`select`] | writes a query as select blocks: SQL |
//!
//! # To write a dialect
//! `dialect.yaml` holds rules for names and literals, `precedence` (loosest first), capabilities, and patterns: operators and aggregates under the names
//! of [`dialect::signature`], functions under those of the language. A pattern is a template over fragments; `{{ hole }}` is put in parentheses unless it is
//! an atom, `{{ hole|arg }}` is bare (inside the brackets of a call), `{{ hole|at("add") }}` asks for a level, `{{ holes|joined(", ") }}` joins a list
//! (with a level as second argument: each part at that level, unless it is alone). `prec` is the level of the result; a call where left out. A
//! variant follows a dot and is preferred where it fits: a kind (`equal.ip`, `exists.text`), `blank`, `safe`, `time_literal`, `where`, `limit`.
//! `null_when` says when a predicate is null: `missing` (the default), `both`, `any`, `never`. `guard` makes blank arguments missing first. `unsupported`
//! gives the reason why the engine cannot. An entry of a child dialect replaces the parent's entry of the same name, variants apart.
//!
//! # To print steps
//! [`Printer::truth`] for conditions, [`Printer::conjuncts`] for filters, [`Printer::value`] for columns, [`Printer::normalised`] for keys and
//! arguments of aggregates, [`Printer::sort_key`], [`Printer::aggregate`] with [`Printer::unpacked`]; `printer.scope` says what columns there are
//! ([`print::scope::Scope::set`], with a qualified name where the bare one will not do) and what earlier filters made sure of ([`print::scope::Scope::passed`]).

pub(crate) mod dialect;
mod passes;
mod pipeline;
mod print;
mod select;
mod target;

pub use dialect::dialects::{ColumnTypes, Dialects};
pub use dialect::hidden::is_hidden;
pub(crate) use dialect::loaded::{Dialect, Shape};
pub(crate) use dialect::repository;
pub(crate) use dialect::versions::Version;
pub use print::printer::Printer;
pub use target::Origin;
pub use target::{Query, Rollup, Target, Tier};

use crate::diag::Diagnostic;
use crate::plan::passes::Bound;

/// The text of a bound plan for a target.
///
/// # Errors
/// What the target cannot say.
pub fn emit(bound: &Bound, target: &Target, origin: &Origin) -> Result<Query, Vec<Diagnostic>> {
    let (rolled_up, source) = passes::rollup::roll_up(bound, target);
    let widened = passes::series::widen(&rolled_up, &bound.time, &target.dialect, target)?;
    let plan = passes::legalize::legalize(&widened, &target.dialect);
    match target.dialect.shape() {
        Shape::Pipeline => pipeline::emit(&plan, bound, &source, target, origin),
        Shape::Select => select::emit(&plan, bound, &source, target, origin),
    }
}

#[cfg(test)]
mod tests;
