//! Wrong hunts, each with what its author reads: names, types and lints, rendered as on a terminal.
//!
//! A case is a whole hunt file in `tests/diagnostics`; its snapshot is beside the others.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use huntc::internals::diag::Diagnostic;
use huntc::internals::diag::render::{Style, render_all};
use huntc::internals::lint::{self, LintInput};
use huntc::internals::plan::{Catalog, lower, name_platform_columns};
use huntc::internals::schema::Library;
use huntc::internals::source::Files;
use huntc::internals::{hunt, schema, syntax};
use std::collections::BTreeMap;
use std::path::Path;

/// Everything that is said of a hunt file.
fn said(files: &mut Files, library: &Library, path: &Path) -> Vec<Diagnostic> {
    let catalog = Catalog::library(library);
    let hunt = match hunt::read(files, path) {
        Ok(hunt) => hunt,
        Err(found) => return found,
    };
    let query = match syntax::parse(files, hunt.query) {
        Ok(query) => query,
        Err(found) => return name_platform_columns(found, files, &catalog),
    };
    match lower(&query, &hunt, &catalog, &BTreeMap::new()) {
        Ok(plan) => lint::check(&LintInput {
            hunt: &hunt,
            query: &query,
            plan: &plan,
            class: &library.classes[&plan.class],
        }),
        Err(found) => found,
    }
}

#[test]
fn wrong_hunts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    insta::glob!("..", "diagnostics/*/hunt.yaml", |path| {
        let mut files = Files::default();
        let library = schema::load::embedded(&mut files).unwrap();
        let found = said(&mut files, &library, path.strip_prefix(root).unwrap());
        assert!(!found.is_empty(), "nothing is said of {}", path.display());
        insta::assert_snapshot!(render_all(&found, &files, Style::Plain));
    });
}
