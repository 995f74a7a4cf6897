//! The last passes over a bound plan: those that depend on the target.
//!
//! In: a bound plan, the target and its dialect. Out: a plan with the same meaning that the dialect can write. Guarantee: same rows. It imports `dialect`, `print`
//! (what a dialect can print decides what is rewritten) and [`super::target`].
//!
//! [`rollup`] reads a rolled-up table in place of most events, [`series`] makes columns of the windows of a series, [`legalize`] exchanges what the dialect lacks
//! for something equal. The passes before them need no dialect and are in `plan::passes`.

mod addresses;
mod build;
pub(crate) mod legalize;
pub(crate) mod rollup;
pub(crate) mod series;
