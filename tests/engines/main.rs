//! What engines, vendors' parsers and the interpreters say of emitted texts. An oracle that is not installed is a failure in CI and said to be skipped elsewhere.

#[path = "../support/mod.rs"]
mod support;

mod esql_engine;
mod fidelity;
mod folding;
mod functions;
mod interpreted;
mod lucene;
mod matrix;
mod members;
mod oracles;
mod precedence;
mod quoting;
mod random;
mod rollup;
mod vendor_esql;
mod vendor_kql;
