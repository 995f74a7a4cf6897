//! From what a hunt means to what a schema's tables hold: passes over a plan that need no dialect.
//!
//! In: the plan that [`mod@super::lower`] gives, a schema, what a target can do. Out: [`Bound`]. Guarantee: each pass keeps the rows, except for what the schema lacks,
//! which is noted or an error. In the order in which `compiler/resolve.rs` and the backend call them:
//!
//! | pass | what it does |
//! |---|---|
//! | [`mod@specialize`] | leaves out optional parts that the schema lacks |
//! | [`mod@inline`] | writes out the rows of tables that the target does not read |
//! | [`mod@bind`] | neutral fields to native columns |
//! | [`rollup`] | reads counts of events in place of events |
//!
//! The passes after them depend on the dialect and are in `backend/passes/`. [`remarks`] is what a text's header says of all this.

pub(crate) mod bind;
mod inline;
mod remarks;
mod rollup;
mod specialize;

pub use bind::{Abilities, Bound, BoundOutput, ReadBack, bind};
pub(crate) use bind::{Unmapped, simplify};
pub(crate) use inline::{asks, inline};
pub(crate) use remarks::{Lack, LeftOut, Narrowed, Remarks};
pub use rollup::rolled;
pub use specialize::specialize;
