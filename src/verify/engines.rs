//! The engines that need no URL.
//!
//! In: the repository's folder. Out: all of them, none started.

use super::engine::Engine;
use super::interpreters::{Interpreter, Language};
use super::sql::Database;

/// Every engine that needs no URL, none of them started.
#[must_use]
pub fn all(root: &std::path::Path) -> Vec<Box<dyn Engine>> {
    vec![
        Box::new(Interpreter::new(Language::Kql)),
        Box::new(Interpreter::new(Language::Esql)),
        Box::new(Database::new("duckdb", root)),
        Box::new(Database::new("postgres", root)),
        Box::new(Database::new("spark", root)),
    ]
}
