//! What each fuzz target does with its bytes.
//!
//! In: any bytes. Out: nothing. Guarantee: a panic here is a bug in huntc. Bytes that are refused must be refused with findings that can be shown; what is
//! accepted must come out of every stage after it, and what one stage printed must be read again by the stage that reads it.
//!
//! `seeds/` holds files to start from, a folder for each target; `tests/seeds.rs` runs them all without a fuzzer, and `scripts/fuzz` runs the targets.

mod data;
mod hunt;
mod pattern;
mod platform;

pub use data::{csv, fixture, ndjson};
pub use hunt::{envelope, query};
pub use pattern::regex;
pub use platform::{esql, kql};

/// A target, by its name: what the tests and the binaries call.
pub type Target = fn(&[u8]);

/// Every target.
pub const TARGETS: [(&str, Target); 8] = [
    ("envelope", envelope),
    ("query", query),
    ("fixture", fixture),
    ("csv", csv),
    ("ndjson", ndjson),
    ("kql", kql),
    ("esql", esql),
    ("regex", regex),
];
