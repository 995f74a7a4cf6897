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
    // What the stages share leans on none of them; operators are spelled by the syntax.
    ("model", &["source", "syntax", "value", "net", "pattern"]),
    ("net", &["pattern"]),
    ("pattern", &["net"]),
    ("syntax", &["source", "diag", "value"]),
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
    ("catalog", &["model", "source", "value"]),
    (
        "schema",
        &["source", "diag", "syntax", "value", "net", "model"],
    ),
    (
        "plan",
        &[
            "source", "diag", "syntax", "value", "net", "pattern", "hunt", "schema", "catalog",
            "model",
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
        "compiler",
        &[
            "source", "diag", "syntax", "value", "hunt", "schema", "plan", "lint", "backend",
            "eval", "data", "config",
        ],
    ),
    ("artefact", &["compiler"]),
    (
        "run",
        &[
            "source", "diag", "value", "net", "hunt", "schema", "plan", "eval", "data", "compiler",
            "config",
        ],
    ),
    (
        "config",
        &["source", "diag", "value", "hunt", "schema", "backend"],
    ),
    (
        "driver",
        &[
            "source", "diag", "hunt", "schema", "plan", "compiler", "config",
        ],
    ),
    (
        "assess",
        &[
            "source", "diag", "value", "hunt", "schema", "plan", "eval", "data", "fixture",
            "compiler",
        ],
    ),
    (
        "verify",
        &[
            "source", "diag", "syntax", "value", "net", "hunt", "schema", "plan", "backend",
            "eval", "data", "fixture", "compiler", "config", "driver", "assess",
        ],
    ),
];

/// The modules of the backend, and what each may import of the others, by `crate::backend::`.
const BACKEND_MAY_IMPORT: &[(&str, &[&str])] = &[
    ("dialect", &[]),
    ("target", &["dialect"]),
    ("print", &["dialect", "target"]),
    ("passes", &["dialect", "target", "print"]),
    ("pipeline", &["dialect", "target", "print", "passes"]),
    ("select", &["dialect", "target", "print", "passes"]),
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

/// What is at the top of `crates/interp`, which all of it may name.
const INTERP_TOP: &[&str] = &["Answer", "Refusal", "RefusalKind", "Sample", "caught"];

/// The only files of the compiler that name the interpreters.
const READERS: &[&str] = &["src/cli/interpret.rs", "src/verify/", "src/lib.rs"];

/// Modules that put the others together.
const TOP: &[&str] = &["cli", "internals", "lib", "main"];

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
            "src/backend/dialect/loaded.rs",
            "src/backend/dialect/dialects.rs",
        ],
    ),
    (
        "minijinja",
        &["src/backend/dialect/", "src/verify/html/", "src/artefact/"],
    ),
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
    (
        "walkdir",
        &["src/driver/find.rs", "src/schema/tree.rs", "src/cli/"],
    ),
    ("evtx", &["src/data/event_log.rs"]),
    ("ruzstd", &["src/data/bytes.rs"]),
    (
        "quick_junit",
        &["src/verify/junit.rs", "src/cli/test/junit.rs"],
    ),
    ("quick_xml", &["crates/interp/src/kql/functions/parsed.rs"]),
    ("similar", &["src/cli/", "src/assess/update.rs"]),
    ("strsim", &["src/diag/suggest.rs"]),
];

/// Parts of the standard library that a build without an operating system lacks, and the files that name them. Of `std::net` only sockets count:
/// its addresses are values.
const OUTSIDE: &[(&str, &[&str])] = &[
    (
        "std::fs",
        &[
            "src/source/disk.rs",
            "src/cli/",
            "src/verify/",
            "crates/interp/src/sample.rs",
        ],
    ),
    ("std::process", &["src/main.rs", "src/cli/", "src/verify/"]),
    ("std::net::Tcp", &["src/verify/"]),
    ("std::net::Udp", &["src/verify/"]),
    ("std::net::ToSocketAddrs", &["src/verify/"]),
];

/// The files that may list every kind of step, because each kind has its own meaning there. All others ask `plan/walk.rs` what a step reads, makes and
/// keeps, so that a new step is described once. `enrich` stands for all: no pass has a special case for it.
const STEP_BY_STEP: &[&str] = &[
    "src/backend/pipeline/query.rs",
    "src/backend/select/blocks.rs",
    "src/eval/steps.rs",
    "src/plan/passes/bind/mod.rs",
    "src/plan/check.rs",
    "src/plan/lower/step.rs",
    "src/plan/show.rs",
    "src/plan/walk.rs",
    "src/syntax/print/steps.rs",
    "src/syntax/steps.rs",
];

/// Calls that only the compiler makes, beside the stages' own modules, so that every caller takes the same path. `bind_plan` and `for_rows` are its own.
const PATH: &[&str] = &[
    "lower(",
    "specialize(",
    "inline(",
    "bind(",
    "emit(",
    "hunt::examine(",
    "hunt::read(",
    "syntax::parse(",
    "syntax::examine(",
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
fn modules_of_the_backend_import_what_they_may() {
    let allowed: BTreeMap<&str, &[&str]> = BACKEND_MAY_IMPORT.iter().copied().collect();
    let mut faults = Vec::new();
    let mut checked = 0;
    for (path, text) in sources_of("src/backend") {
        let shown = path.display();
        let module = path.iter().nth(2).unwrap().to_string_lossy();
        let module = module.trim_end_matches(".rs");
        if module == "mod" || is_test(&path) {
            continue;
        }
        let Some(allowed) = allowed.get(module) else {
            faults.push(format!("{shown}: module `{module}` is in no list"));
            continue;
        };
        if text.contains("crate::backend::{") || text.contains("use super::super::{") {
            faults.push(format!(
                "{shown}: import from the module, not from the backend"
            ));
        }
        for imported in imports_of(&text, "crate::backend::") {
            checked += 1;
            if imported != module && !allowed.contains(&imported.as_str()) {
                faults.push(format!("{shown}: `{module}` imports `{imported}`"));
            }
        }
    }
    assert!(checked > 30, "only {checked} imports were seen");
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

/// In the interpreter of KQL expressions hold queries and queries expressions, in its files too.
const MAY_BE_CIRCULAR: &str = "crates/interp/src/kql";

#[test]
fn files_of_a_folder_import_each_other_in_no_circle() {
    let mut folders: BTreeMap<PathBuf, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (path, text) in sources() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if is_test(&path) || name == "mod" || path.starts_with(MAY_BE_CIRCULAR) {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let code: Vec<&str> = (code.lines())
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        let folder = path.parent().unwrap().to_owned();
        (folders.entry(folder).or_default()).insert(name, siblings(&code.join("\n")));
    }
    let mut circles = Vec::new();
    for (folder, mut files) in folders {
        let names: BTreeSet<String> = files.keys().cloned().collect();
        for (name, imported) in &mut files {
            imported.retain(|other| names.contains(other) && other != name);
        }
        // What imports nothing that is left is in no circle.
        while let Some(done) = (files.iter())
            .find(|(_, imported)| imported.is_empty())
            .map(|(name, _)| name.clone())
        {
            files.remove(&done);
            files.values_mut().for_each(|imported| {
                imported.remove(&done);
            });
        }
        if !files.is_empty() {
            circles.push(format!("{}: {files:?}", folder.display()));
        }
    }
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn a_step_is_named_in_few_files() {
    let named: BTreeSet<String> = sources()
        .into_iter()
        .filter(|(path, text)| !is_test(path) && text.contains("StepKind::Enrich"))
        .map(|(path, _)| path.to_string_lossy().into_owned())
        .collect();
    let allowed: BTreeSet<String> = STEP_BY_STEP.iter().map(|&file| file.to_owned()).collect();
    assert_eq!(named, allowed);
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

#[test]
fn the_library_meets_the_outside_in_few_files() {
    let mut faults = Vec::new();
    let mut met = BTreeSet::new();
    for (path, text) in sources() {
        if is_test(&path) {
            continue;
        }
        let shown = path.to_string_lossy().into_owned();
        // `use std::net::{IpAddr, TcpStream}` names both.
        let flat = text.replace("std::net::{", "std::net::");
        for (name, files) in OUTSIDE {
            if !flat.contains(name) {
                continue;
            }
            met.insert(*name);
            if !files.iter().any(|file| shown.starts_with(file)) {
                faults.push(format!("{shown} names `{name}`"));
            }
        }
    }
    assert!(met.len() >= 2, "only {met:?} are named");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_path_is_put_together_in_one_place() {
    let stages = ["plan", "backend", "hunt", "syntax", "schema", "catalog"];
    let mut faults = Vec::new();
    let mut met = BTreeSet::new();
    for (path, text) in sources_of("src") {
        if is_test(&path) || stages.contains(&module(&path).as_str()) {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for line in code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            for call in PATH {
                let mut places = line.match_indices(call);
                // `.emit(` is the facade, `text::lower(` folds a text, `fn bind(` is another's own.
                let is_stage = places.any(|(at, _)| {
                    let before = &line[..at];
                    let alone =
                        !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
                    alone
                        && !["fn ", "text::", "`"]
                            .iter()
                            .any(|end| before.ends_with(end))
                });
                let is_text = ["eval", "pattern"].contains(&module(&path).as_str());
                if !is_stage || is_text {
                    continue;
                }
                if module(&path) == "compiler" {
                    met.insert(*call);
                } else {
                    faults.push(format!("{}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(met.len() >= 6, "the compiler calls only {met:?}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What `cargo doc` shows. Whoever adds to it keeps it for good.
#[test]
fn the_interface_is_small() {
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut shown: BTreeSet<String> = BTreeSet::new();
    let listed = lib.replace("#[doc(hidden)]\npub use ", "");
    let uses = listed.split("pub use ").skip(1);
    for used in uses {
        let used = used.split(';').next().unwrap();
        let names = used.rsplit("::").next().unwrap();
        let names = names.trim_matches(|c| c == '{' || c == '}');
        for name in names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            let name = name.rsplit(" as ").next().unwrap();
            shown.insert(name.to_owned());
        }
    }
    let expected = [
        "Analysis",
        "Code",
        "Compiler",
        "Diagnostic",
        "Diagnostics",
        "Events",
        "Fix",
        "Foreign",
        "FrontEnd",
        "Imported",
        "Label",
        "Output",
        "Query",
        "Resolved",
        "ResultColumn",
        "Row",
        "Severity",
        "Source",
        "Span",
        "Target",
        "Translation",
        "Type",
        "Value",
    ];
    let expected: BTreeSet<String> = expected.iter().map(ToString::to_string).collect();
    assert_eq!(shown, expected);
    let lines: Vec<&str> = lib.lines().collect();
    let public: Vec<&[&str]> = lines
        .windows(2)
        .filter(|pair| pair[1].starts_with("pub mod "))
        .collect();
    assert_eq!(public, [["#[doc(hidden)]", "pub mod internals;"]]);
    assert!(lib.contains("warn(unreachable_pub)"));
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

/// What follows `super::`, each time; in braces, the first name of each path. `super::super::` is another folder.
fn siblings(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("super::") {
        if text[..at].ends_with("super::") {
            continue;
        }
        let rest = &text[at + "super::".len()..];
        if !rest.starts_with('{') {
            found.insert(word(rest));
            continue;
        }
        let mut depth = 0;
        for (at, c) in rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            if depth == 1 && matches!(c, '{' | ',') {
                found.insert(word(&rest[at + 1..]));
            }
        }
    }
    found
}

/// What follows `crate::`, each time; in braces, each name.
fn imports(text: &str) -> BTreeSet<String> {
    imports_of(text, "crate::")
}

fn imports_of(text: &str, root: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices(root) {
        // `$crate::` and `huntc_crate::` are other things.
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &text[at + root.len()..];
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
