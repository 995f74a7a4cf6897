//! The explain pages: their examples do what they say.
//!
//! In a page of a file or syntax code, a block marked `wrong` gives that code and one marked `right` gives no error. `hunt` blocks are queries;
//! `yaml` blocks replace keys of a whole hunt; `csv` blocks are the file of its map.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use huntc::internals::diag::{Code, Diagnostic};
use huntc::internals::source::{Files, Span};
use huntc::internals::{hunt, syntax};
use std::path::Path;

const BASE: &str = "hunt: example
id: 7c0e5f5e-4f0a-4c6e-9d5b-0a1b2c3d4e5f
version: 1.0.0
name: Example
description: An example.
severity: low
attack: [T1571]
params:
  least: { type: int, default: 1 }
lists:
  ports: { type: int, values: [443] }
maps:
  service_name: { file: services.csv, key: port, value: name }
query: |
  from network_session within 24h
";

/// The blocks of a page: their mark and their text.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut open: Option<(&str, String)> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(mark), None) => open = Some((mark, String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    found
}

/// The base hunt with the keys of a fragment in place of its own.
fn with(fragment: &str) -> String {
    let key = |line: &str| line.split(':').next().unwrap_or("").to_owned();
    let keys: Vec<String> = fragment
        .lines()
        .filter(|line| !line.starts_with(' '))
        .map(key)
        .collect();
    let mut text = String::new();
    let mut kept = true;
    for line in BASE.lines() {
        if !line.starts_with(' ') {
            kept = !keys.contains(&key(line));
        }
        if kept {
            text.push_str(line);
            text.push('\n');
        }
    }
    text + fragment
}

fn faults_of_query(text: &str) -> Vec<Diagnostic> {
    let mut files = Files::default();
    let file = files.add("q", text.to_owned());
    syntax::parse(&files, Span::new(file, 0, text.len()))
        .err()
        .unwrap_or_default()
}

fn faults_of_hunt(test: &str, text: &str, csv: &str) -> Vec<Diagnostic> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("pages")
        .join(test)
        .join("example");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("hunt.yaml"), text).unwrap();
    std::fs::write(folder.join("services.csv"), csv).unwrap();
    let mut files = Files::default();
    hunt::read(&mut files, &folder.join("hunt.yaml"))
        .err()
        .unwrap_or_default()
}

/// The codes of files and syntax, whose pages this test is about.
fn codes() -> impl Iterator<Item = Code> {
    Code::ALL
        .iter()
        .copied()
        .filter(|code| code.as_str() < "E03")
}

#[test]
fn every_page_is_about_its_code() {
    for code in codes() {
        let first = code.page().lines().next().unwrap_or("");
        assert_eq!(first, format!("# {code}: {}", code.title()));
        assert!(
            code.page().trim().lines().count() > 2,
            "{code} has a title only"
        );
    }
}

#[test]
fn examples_do_what_their_page_says() {
    let mut tried = 0;
    for code in codes() {
        for (index, (mark, text)) in blocks(code.page()).iter().enumerate() {
            let (language, verdict) = mark.split_once(' ').unwrap_or((mark, ""));
            let test = format!("{code}-{index}");
            let faults = match language {
                "hunt" => faults_of_query(text),
                "yaml" => faults_of_hunt(&test, &with(text), "port,name\n443,https\n"),
                "csv" => faults_of_hunt(&test, BASE, text),
                _ => continue,
            };
            let codes: Vec<&str> = faults.iter().map(|fault| fault.code.as_str()).collect();
            match verdict {
                "wrong" => assert!(codes.contains(&code.as_str()), "{code}: {codes:?}\n{text}"),
                "right" => assert!(
                    codes.is_empty(),
                    "{code}: {codes:?} {:?}\n{text}",
                    faults[0].title
                ),
                _ => continue,
            }
            tried += 1;
        }
    }
    assert!(tried > 50, "only {tried} examples were tried");
}
