//! What must not break an interpreter: depth, size, growth, and texts that are no queries.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

#[path = "limits/esql.rs"]
mod esql;
#[path = "limits/kql.rs"]
mod kql;
