//! The shape of the source tree: who may import whom, that every file says what it is for, that none grows too long.
//!
//! The rules are those of ARCHITECTURE.md; a new module is in none of the lists and so fails until somebody decides.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What each module may import of the others. Tests inside a module may import what they test it with.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("source", &["diag"]),
    ("diag", &["source"]),
    ("value", &[]),
    ("net", &["pattern"]),
    ("pattern", &["net"]),
    ("syntax", &["source", "diag"]),
    (
        "hunt",
        &["source", "diag", "syntax", "value", "net", "pattern"],
    ),
    (
        "fixture",
        &[
            "source", "diag", "syntax", "value", "net", "hunt", "plan", "schema", "eval",
        ],
    ),
    ("catalog", &["plan", "source", "value"]),
    (
        "schema",
        &["source", "diag", "syntax", "value", "net", "plan"],
    ),
    (
        "plan",
        &[
            "source", "diag", "syntax", "value", "net", "pattern", "hunt", "schema", "catalog",
        ],
    ),
    ("attack", &[]),
    ("chart", &["value"]),
    (
        "lint",
        &[
            "attack", "source", "diag", "syntax", "value", "net", "pattern", "hunt", "schema",
            "plan", "eval",
        ],
    ),
    // What runs a plan, and what prints one, know nothing of each other.
    (
        "eval",
        &["source", "diag", "value", "net", "pattern", "plan"],
    ),
    (
        "backend",
        &[
            "source", "diag", "value", "net", "pattern", "plan", "catalog",
        ],
    ),
    (
        "data",
        &["source", "diag", "value", "net", "plan", "schema", "eval"],
    ),
    (
        "compile",
        &[
            "source", "diag", "syntax", "value", "hunt", "schema", "plan", "backend",
        ],
    ),
    (
        "config",
        &["source", "diag", "value", "hunt", "schema", "backend"],
    ),
    (
        "driver",
        &[
            "source", "diag", "syntax", "value", "hunt", "schema", "plan", "lint", "backend",
            "compile", "config",
        ],
    ),
    (
        "judge",
        &[
            "source", "diag", "value", "hunt", "schema", "plan", "eval", "data", "fixture",
            "compile",
        ],
    ),
    (
        "verify",
        &[
            "source", "diag", "syntax", "value", "net", "hunt", "schema", "plan", "backend",
            "eval", "data", "fixture", "compile", "config", "driver", "judge",
        ],
    ),
];

/// What each module of `crates/interp` may import of the others: the interpreters share nothing but what a run may use up. That the crate imports nothing of the
/// compiler is Cargo's to hold: the compiler depends on it.
const INTERP_MAY_IMPORT: &[(&str, &[&str])] = &[
    ("budget", &[]),
    ("stack", &[]),
    ("sample", &[]),
    ("kql", &["budget", "stack"]),
    ("esql", &["budget", "stack"]),
];

/// What stands at the top of `crates/interp`, which all of it may name.
const INTERP_TOP: &[&str] = &["Answer", "Refusal", "RefusalKind", "Sample", "caught"];

/// The only files of the compiler that name the interpreters.
const READERS: &[&str] = &["src/cli/interpret.rs", "src/verify/", "src/lib.rs"];

/// Modules that put the others together.
const TOP: &[&str] = &["cli", "lib", "main"];

/// Crates that stand behind a few files of ours, so that a change of crate is a change of those.
const BEHIND: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["src/diag/render.rs"]),
    ("anstream", &["src/cli/", "src/main.rs"]),
    ("clap", &["src/cli/", "src/main.rs"]),
    (
        "serde_saphyr",
        &[
            "src/source/yaml/",
            "src/catalog/load.rs",
            "src/backend/pack.rs",
            "src/backend/packs.rs",
        ],
    ),
    ("minijinja", &["src/backend/", "src/verify/html/"]),
    ("plotters", &["src/chart/"]),
    ("pest", &["src/syntax/"]),
    ("pest_derive", &["src/syntax/"]),
    ("regex_syntax", &["src/pattern/"]),
    ("fancy_regex", &["crates/interp/src/esql/"]),
    (
        "ureq",
        &["src/verify/live/http.rs", "src/verify/live/address.rs"],
    ),
    (
        "base64",
        &[
            "src/verify/live/credentials.rs",
            "crates/interp/src/kql/functions/strings.rs",
            "crates/interp/src/esql/functions/encoding.rs",
        ],
    ),
    ("stacker", &["crates/interp/src/stack.rs"]),
    ("md5", &["crates/interp/src/esql/functions/encoding.rs"]),
    ("sha1", &["crates/interp/src/esql/functions/encoding.rs"]),
    ("sha2", &["crates/interp/src/esql/functions/encoding.rs"]),
    ("ctrlc", &["src/cli/interrupt.rs"]),
    ("evtx", &["src/data/event_log.rs"]),
    ("ruzstd", &["src/data/bytes.rs"]),
    (
        "quick_junit",
        &["src/verify/junit.rs", "src/cli/test/junit.rs"],
    ),
    ("quick_xml", &["crates/interp/src/kql/functions/parsed.rs"]),
    ("similar", &["src/cli/", "src/judge/update.rs"]),
];

/// Nobody reads a file that is longer at one sitting.
const LINES: usize = 600;

#[test]
fn modules_import_what_they_may() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let mut faults = Vec::new();
    let mut checked = 0;
    for (path, text) in sources_of("src") {
        let module = module(&path);
        if TOP.contains(&module.as_str()) || is_test(&path) {
            continue;
        }
        let Some(allowed) = allowed.get(module.as_str()) else {
            faults.push(format!(
                "{}: module `{module}` is in no list",
                path.display()
            ));
            continue;
        };
        for imported in imports(&text) {
            checked += 1;
            if imported == "interp" {
                let shown = path.to_string_lossy();
                if !READERS.iter().any(|file| shown.starts_with(file)) {
                    faults.push(format!("{shown} names the interpreters"));
                }
            } else if imported != module && !allowed.contains(&imported.as_str()) {
                faults.push(format!(
                    "{}: `{module}` imports `{imported}`",
                    path.display()
                ));
            }
        }
    }
    assert!(checked > 100, "only {checked} imports were seen");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn interpreters_share_what_they_may() {
    let allowed: BTreeMap<&str, &[&str]> = INTERP_MAY_IMPORT.iter().copied().collect();
    let mut faults = Vec::new();
    let mut checked = 0;
    for (path, text) in sources_of("crates/interp/src") {
        let shown = path.display();
        let module = path.iter().nth(3).unwrap().to_string_lossy();
        let module = module.trim_end_matches(".rs");
        if module == "lib" || is_test(&path) {
            continue;
        }
        let Some(allowed) = allowed.get(module) else {
            faults.push(format!("{shown}: module `{module}` is in no list"));
            continue;
        };
        for imported in imports(&text) {
            checked += 1;
            let may = imported == module
                || allowed.contains(&imported.as_str())
                || INTERP_TOP.contains(&imported.as_str());
            if !may {
                faults.push(format!("{shown}: `{module}` imports `{imported}`"));
            }
        }
    }
    assert!(checked > 50, "only {checked} imports were seen");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Cargo would refuse a circle, but not a second road: a crate of both that says what a text means.
#[test]
fn interpreters_depend_on_no_crate_of_ours() {
    let manifest = std::fs::read_to_string(root().join("crates/interp/Cargo.toml")).unwrap();
    let ours: Vec<&str> = manifest
        .lines()
        .filter(|line| line.starts_with("huntc") || line.contains("path ="))
        .collect();
    assert!(ours.is_empty(), "{ours:?}");
}

#[test]
fn every_module_is_in_lib_and_in_the_list() {
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let declared: BTreeSet<&str> = lib
        .lines()
        .filter_map(|line| {
            line.trim_start_matches("pub ")
                .strip_prefix("mod ")?
                .strip_suffix(';')
        })
        .filter(|name| !TOP.contains(name))
        .collect();
    let listed: BTreeSet<&str> = MAY_IMPORT.iter().map(|(name, _)| *name).collect();
    assert_eq!(declared, listed);
}

#[test]
fn libraries_stay_behind_their_files() {
    let mut faults = Vec::new();
    let mut met = BTreeSet::new();
    for (path, text) in sources() {
        let shown = path.to_string_lossy().into_owned();
        for (library, files) in BEHIND {
            if !names(&text, library) {
                continue;
            }
            met.insert(*library);
            if !files.iter().any(|file| shown.starts_with(file)) {
                faults.push(format!("{shown} names `{library}`"));
            }
        }
    }
    assert!(met.len() >= 6, "only {met:?} are in use");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for_and_is_short() {
    let mut faults = Vec::new();
    let files = sources();
    assert!(files.len() > 100);
    for (path, text) in &files {
        let first = text.lines().next().unwrap_or_default();
        if !(first.starts_with("//! ") || first.starts_with("#![doc = include_str!(")) {
            faults.push(format!("{} has no header", path.display()));
        }
        let lines = text.lines().count();
        if lines > LINES {
            faults.push(format!(
                "{} has {lines} lines, more than {LINES}",
                path.display()
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Promises of work that is not done do not stay in the tree.
#[test]
fn nothing_is_left_for_later() {
    let words = ["todo!", "unimplemented!", "FIXME", "XXX", "#[ignore"];
    let mut faults = Vec::new();
    for (path, text) in sources() {
        for left in words {
            let mut places = text.match_indices(left);
            // `\\uXXXX` shows an escape.
            if places.any(|(at, _)| !text[..at].ends_with(char::is_alphanumeric)) {
                faults.push(format!("{}: {left}", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Every Rust file of the workspace's crates, its path relative to the repository.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = sources_of("src");
    found.extend(sources_of("crates/interp/src"));
    found
}

fn sources_of(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(root().join(folder)).sort_by_file_name() {
        let path = entry.unwrap().into_path();
        if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
        }
    }
    found
}

/// The module that a file belongs to: the first part of its path under `src`.
fn module(path: &Path) -> String {
    let part = path.iter().nth(1).unwrap().to_string_lossy();
    part.trim_end_matches(".rs").to_owned()
}

/// Files of tests: `tests.rs`, or in a folder `tests`.
fn is_test(path: &Path) -> bool {
    path.iter()
        .any(|part| part == "tests" || part == "tests.rs" || part == "testing.rs")
}

/// What stands after `crate::`, each time; in braces, each name.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        // `$crate::` and `huntc_crate::` are other things.
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(inner) => {
                let inner = inner.split('}').next().unwrap_or_default();
                found.extend(inner.split(',').map(word));
            }
            None => drop(found.insert(word(rest))),
        }
    }
    found.remove("");
    found
}

fn word(text: &str) -> String {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    text[..end].to_owned()
}

/// Whether a crate is named as a path: `pest::` and `use pest;`, not `pest` in a sentence.
fn names(text: &str, library: &str) -> bool {
    text.match_indices(library).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = &text[at + library.len()..];
        let whole = before.is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
        whole && (after.starts_with("::") || after.starts_with(';') && text[..at].ends_with("use "))
    })
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
