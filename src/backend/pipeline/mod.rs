//! Queries as steps one after another: KQL and ES|QL.
//!
//! In: a legalized plan. Out: a query. Guarantee: each step of the plan gives the rows that the plan says. It imports `dialect`, `print`, `passes` and
//! [`super::target`], and nothing of `select`.
//!
//! [`query`] writes the query and the short steps; the long ones have their own files.

mod from;
mod group;
mod join;
mod query;
mod series;

pub(crate) use query::emit;
