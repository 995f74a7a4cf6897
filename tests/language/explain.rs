//! The explain pages as a reader meets them: every code has one, the program shows it, and what it refers to exists.
//!
//! That the examples on pages give their code is tested where they are read: `pages.rs` for files and syntax, beside the lowering for the rest.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

use huntc::internals::diag::{Code, Severity};
use regex::Regex;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Every code in the program's own list has its file, and no file is left without a code.
#[test]
fn codes_and_pages_are_the_same_set() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diag/explain");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| code.to_string()).collect();
    assert_eq!(files, codes);
    assert_eq!(codes.len(), Code::ALL.len(), "a code is there twice");
}

#[test]
fn a_code_tells_its_severity() {
    for code in Code::ALL {
        let wanted = match code.as_str().as_bytes()[0] {
            b'E' => Severity::Error,
            b'L' | b'W' => Severity::Warning,
            _ => Severity::Note,
        };
        assert_eq!(code.severity(), wanted, "{code}");
    }
}

/// A page begins with its code and title, says more than that, and speaks only of codes that exist.
#[test]
fn pages_are_whole() {
    let named = Regex::new(r"\b[ELN][0-9]{4}\b").unwrap();
    let fence = Regex::new(r"(?m)^```(.*)$").unwrap();
    let marks = [
        "",
        "hunt wrong",
        "hunt right",
        "yaml wrong",
        "yaml right",
        "csv wrong",
        "csv right",
        "yaml",
        "text",
        "json",
        "sh",
    ];
    for code in Code::ALL {
        let page = code.page();
        let title = format!("# {code}: {}", code.title());
        assert_eq!(page.lines().next(), Some(title.as_str()));
        let said: usize = page.lines().skip(1).map(str::len).sum();
        assert!(said > 60, "{code} says hardly anything");
        for other in named.find_iter(page) {
            assert!(
                other.as_str().parse::<Code>().is_ok(),
                "{code} speaks of {}, which does not exist",
                other.as_str()
            );
        }
        let fences: Vec<&str> = fence
            .captures_iter(page)
            .map(|found| found.get(1).unwrap().as_str())
            .collect();
        assert_eq!(fences.len() % 2, 0, "{code} has a block without an end");
        for mark in fences {
            assert!(marks.contains(&mark), "{code} has a block marked `{mark}`");
        }
    }
}

/// What a message promises (`huntc explain E0302`) the program does.
#[test]
fn the_program_shows_every_page() {
    for code in Code::ALL {
        let output = Command::new(env!("CARGO_BIN_EXE_huntc"))
            .args(["explain", code.as_str()])
            .output()
            .unwrap();
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{code}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(
            shown.contains(code.as_str()) && shown.contains(code.title()),
            "{code}: {shown}"
        );
    }
    let unknown = Command::new(env!("CARGO_BIN_EXE_huntc"))
        .args(["explain", "E9999"])
        .output()
        .unwrap();
    assert!(!unknown.status.success());
}
