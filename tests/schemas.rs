//! The schemas that the binary carries: whole, and with the figures of their sources.

// Helpers outside of test functions assert too.
#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing)]

use huntc::diag::Diagnostic;
use huntc::schema::{Library, load};
use huntc::source::Files;

fn library() -> Library {
    let mut files = Files::default();
    load::embedded(&mut files).unwrap_or_else(|found| panic!("{}", listed(&files, &found)))
}

fn listed(files: &Files, found: &[Diagnostic]) -> String {
    let line = |d: &Diagnostic| {
        let place = d.primary.as_ref().map_or_else(String::new, |label| {
            let at = files.position(label.span);
            format!(
                "{}:{}:{}: ",
                files.path(label.span.file).display(),
                at.line,
                at.column
            )
        });
        let label = d.primary.as_ref().map_or("", |label| label.text.as_str());
        format!(
            "{place}{}: {} {label} {}",
            d.code,
            d.title,
            d.help.join("; ")
        )
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_schemas_load_without_findings() {
    let library = library();
    assert!(library.classes.contains_key("network_session"));
}
