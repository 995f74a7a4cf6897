//! The engines that need no URL.
//!
//! In: the repository's folder. Out: all of them, none started.

use super::databases;
use super::engine::Engine;
use super::interpreters::{Interpreter, Language};
use super::sql::Database;

/// Every engine that needs no URL, none of them started.
#[must_use]
pub fn all(root: &std::path::Path) -> Vec<Box<dyn Engine>> {
    let mut engines: Vec<Box<dyn Engine>> = vec![
        Box::new(Interpreter::new(Language::Kql)),
        Box::new(Interpreter::new(Language::Esql)),
    ];
    for profile in &databases::ALL {
        engines.push(Box::new(Database::new(profile, root)));
    }
    engines
}
