//! Queries as select blocks that read each other: SQL.
//!
//! In: a legalized plan. Out: a query. Guarantee: the last block gives the rows of the plan. It imports `dialect`, `print`, `passes` and
//! [`super::target`], and nothing of `pipeline`.
//!
//! [`blocks`] cuts the steps into blocks, [`block_names`] names them, [`query`] writes them.

mod block_names;
mod blocks;
mod query;

pub(crate) use query::emit;
