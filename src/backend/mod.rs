//! From a bound plan to the text of a target.
//!
//! In: a [`Bound`] plan and a [`Target`]. Out: a [`Query`], or refusals. Guarantee: the text means what the plan means, or there is none: what a pack
//! cannot say is refused with the construct, the target and the reason, or was exchanged for something equal by [`legalize`].
//!
//! A target is a folder of data ([`pack`], [`packs`]). Code branches on its [`Shape`] and its named capabilities only. Text leaves through
//! [`Fragment`]s. [`Printer`] prints expressions ([`expr`], [`call`], [`predicate`], [`aggregate`]); [`logic`] decides where the third truth value is
//! closed; [`pipeline`] prints steps after each other, and select blocks have a module of their own.
//!
//! # For whoever writes a pack
//! `pack.yaml` holds rules for names and literals, `precedence` (loosest first), capabilities, and patterns: operators and aggregates under the names
//! of [`signature`], functions under those of the language. A pattern is a template over fragments; `{{ hole }}` is put in parentheses unless it is
//! an atom, `{{ hole|arg }}` is bare (inside the brackets of a call), `{{ hole|at("add") }}` asks for a level, `{{ holes|joined(", ") }}` joins a list
//! (with a level as second argument: each part at that level, unless it is alone). `prec` is the level of the result; a call where left out. A
//! variant stands after a dot and is preferred where it fits: a kind (`equal.ip`, `exists.text`), `blank`, `safe`, `time_literal`, `where`, `limit`.
//! `third` says when a predicate is null: `missing` (the default), `both`, `any`, `never`. `guard` makes blank arguments missing first. `unsupported`
//! gives the reason why the engine cannot. An entry of a child pack replaces the parent's entry of the same name, variants apart.
//!
//! # For whoever prints steps
//! [`Printer::truth`] for conditions, [`Printer::conjuncts`] for filters, [`Printer::value`] for columns, [`Printer::normalised`] for keys and
//! arguments of aggregates, [`Printer::sort_key`], [`Printer::aggregate`] with [`Printer::unpacked`]; `printer.scope` says what columns there are
//! ([`scope::Scope::set`], with a qualified name where the bare one will not do) and what earlier filters made sure of ([`scope::Scope::passed`]).

mod addresses;
pub(crate) mod aggregate;
pub(crate) mod bindings;
mod block_names;
pub(crate) mod blocks;
mod build;
pub(crate) mod call;
mod case;
mod column_names;
pub(crate) mod cost;
pub(crate) mod expr;
mod fold;
pub(crate) mod fragment;
mod from;
mod group;
mod header;
mod hidden;
mod join;
pub(crate) mod legalize;
mod lengths;
pub(crate) mod logic;
mod marked;
pub(crate) mod pack;
mod pack_file;
pub(crate) mod packs;
pub(crate) mod pipeline;
pub(crate) mod predicate;
pub(crate) mod printer;
pub(crate) mod quote;
pub(crate) mod render;
pub(crate) mod repository;
mod rollup;
mod rules;
pub(crate) mod scope;
pub(crate) mod select;
mod series;
pub(crate) mod signature;
pub(crate) mod target;
mod text_test;
mod values;
pub(crate) mod versions;

pub(crate) use fragment::Fragment;
pub use hidden::is_hidden;
pub(crate) use pack::{Kind, Pack, Shape};
pub use packs::{ColumnTypes, Packs};
pub use printer::Printer;
pub use target::Origin;
pub use target::{Query, Rollup, Target, Tier};
pub(crate) use versions::Version;

use crate::diag::Diagnostic;
use crate::plan::bind::Bound;

/// The text of a bound plan for a target.
///
/// # Errors
/// What the target cannot say.
pub fn emit(bound: &Bound, target: &Target, origin: &Origin) -> Result<Query, Vec<Diagnostic>> {
    let (rolled_up, source) = rollup::roll_up(bound, target);
    let widened = series::widen(&rolled_up, &bound.time, &target.pack, target)?;
    let plan = legalize::legalize(&widened, &target.pack);
    match target.pack.shape() {
        Shape::Pipeline => pipeline::emit(&plan, bound, &source, target, origin),
        Shape::Select => select::emit(&plan, bound, &source, target, origin),
    }
}

#[cfg(test)]
mod tests;
