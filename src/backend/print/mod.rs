//! Expressions as text of a target.
//!
//! In: expressions of a plan, the columns at hand ([`scope`]), a target with its dialect. Out: fragments. Guarantee: no branch on which engine it is. It imports
//! `dialect` and [`super::target`], and knows no step and no shape of query.
//!
//! [`printer`] holds what all parts share; [`expr`] and [`call`] print values, [`predicate`] and [`text_test`] conditions, [`aggregate`] aggregates, [`mod@header`] the
//! comment above a query. [`logic`] decides where the third truth value is closed, [`fold`], [`case`] and [`lengths`] where an engine's own test means something else.

pub(crate) mod aggregate;
pub(crate) mod bindings;
mod call;
mod case;
pub(crate) mod column_names;
mod cost;
mod expr;
pub(crate) mod fold;
pub(crate) mod header;
pub(crate) mod lengths;
pub(crate) mod logic;
mod marked;
mod predicate;
pub(crate) mod printer;
pub(crate) mod scope;
mod text_test;
mod values;
