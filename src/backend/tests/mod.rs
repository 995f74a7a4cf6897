//! Tests of the backend over plans built by hand, so that each shows one thing.

mod build;
mod dialects;
mod esql;
mod esql_fold;
mod kql;
mod logic;
mod versions;
