//! The interpreters against what real engines answered and what vendors' own tests assert.
//!
//! The recordings are not part of the repository: they lie beside it (`../shared/conformance`), or where `HUNTC_CONFORMANCE` says. Where they are missing, each
//! test says so and passes. The vendors' cases are read, never kept.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

#[path = "conformance/esql.rs"]
mod esql;
#[path = "conformance/kql.rs"]
mod kql;

use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// A file of recordings, if it is there.
fn recording(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    let folder = std::env::var_os("HUNTC_CONFORMANCE").map_or_else(beside, PathBuf::from);
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("no recordings at {}: nothing is compared", path.display());
    None
}

/// The lines of a file of recordings, if it is there.
fn cases(name: &str) -> Option<Vec<Json>> {
    recording(name).map(|path| lines(&path))
}

fn lines(path: &Path) -> Vec<Json> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
