//! The KQL interpreter against recordings of Microsoft's engine, and against the documents operator by operator.
//!
//! The recordings lie beside the repository (`../shared/conformance`, or where `HUNTC_CONFORMANCE` says); where they are missing, the test says so and
//! passes. The other tests need nothing but themselves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

#[path = "interp_kql/budget.rs"]
mod budget;
#[path = "interp_kql/functions.rs"]
mod functions;
#[path = "interp_kql/hunts.rs"]
mod hunts;
#[path = "interp_kql/operators.rs"]
mod operators;
#[path = "interp_kql/published.rs"]
mod published;
#[path = "interp_kql/recordings.rs"]
mod recordings;
