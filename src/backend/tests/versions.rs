//! Since which release ES|QL has what texts use: the table is whole, and what it lacks is not written.

use super::build::target;
use crate::backend::dialect::versions::{Since, Used};
use crate::backend::{Dialects, Version};
use std::collections::BTreeMap;

fn release(text: &str) -> Version {
    text.parse().unwrap()
}

/// Every pattern and step that the dialect has for a release, as written.
fn templates(stack: &str) -> BTreeMap<String, String> {
    let dialect = Dialects::embedded()
        .load("esql", Some(&release(stack)))
        .unwrap();
    let file = &dialect.file;
    let mut all = BTreeMap::new();
    for entries in [&file.operators, &file.aggregates, &file.functions] {
        for (name, entry) in entries {
            if let Some(pattern) = &entry.pattern {
                all.insert(name.clone(), pattern.clone());
            }
        }
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/esql");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "j2") {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            all.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
    all
}

#[test]
fn each_pattern_uses_only_what_its_release_has() {
    let versions = Dialects::embedded()
        .load("esql", None)
        .unwrap()
        .file
        .versions;
    let (mut faults, mut seen) = (Vec::new(), 0);
    for stack in ["8.19", "9.3"] {
        for (name, template) in templates(stack) {
            let mut used = Used::of(&template);
            if !name.ends_with(".j2") {
                // A pattern is a part of a command: NOT at its beginning is none.
                used.commands.clear();
            }
            for (what, since) in versions.releases_of(&used) {
                seen += 1;
                if !since.is_some_and(|since| since.has(Some(&release(stack)))) {
                    faults.push(format!("{name} on {stack}: {what}, {since:?}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(seen > 200, "{seen} names");
}

#[test]
fn releases_of_the_table_are_releases() {
    let versions = Dialects::embedded()
        .load("esql", None)
        .unwrap()
        .file
        .versions;
    let tables = [
        &versions.commands,
        &versions.functions,
        &versions.settings,
        &versions.forms,
    ];
    for (name, since) in tables.into_iter().flatten() {
        let texts: Vec<&String> = since.preview.iter().chain(&since.ga).collect();
        assert!(!texts.is_empty(), "{name} has no release");
        let parsed: Vec<Version> = texts.iter().map(|text| release(text)).collect();
        assert!(parsed.is_sorted(), "{name}: {since:?}");
    }
    assert!(!versions.sources.is_empty());
}

#[test]
fn a_text_is_read_but_for_its_literals() {
    let used = Used::of(
        "// | FORK (x) LAST(f)\nSET unmapped_fields=\"nullify\";\nFROM a, b:logs-*\n| WHERE f LIKE (\"MV_CONTAINS(a)\", \"b\") AND NOT (g IN (1, 2))\
         \n    AND `TOP(x)` == \"\"\"| KEEP \"a\" \"\"\"\n| STATS n = COUNT(*), v = VALUES(TO_LOWER(f))\n  BY h\n| LOOKUP JOIN t ON h\n",
    );
    let words = |set: &std::collections::BTreeSet<String>| {
        set.iter().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(words(&used.functions), "COUNT TO_LOWER VALUES");
    assert_eq!(words(&used.commands), "FROM LOOKUP JOIN SET STATS WHERE");
    assert_eq!(words(&used.settings), "unmapped_fields");
    assert_eq!(words(&used.forms), "LIKE (…)");
}

#[test]
fn what_the_release_does_not_have_is_not_written() {
    let dialect = |stack: &str| {
        Dialects::embedded()
            .load("esql", Some(&release(stack)))
            .unwrap()
    };
    let text = "FROM t\n| STATS x = VALUES(f), y = LAST(f, t)\n";
    let why =
        |stack: &str, text: &str| dialect(stack).previews(text).map_err(|fault| fault.message);
    assert_eq!(
        why("8.19", text).unwrap_err(),
        "it is newer than the release of the target"
    );
    assert_eq!(
        why("9.3", "FROM t | WHERE NEVER_SEEN(f)").unwrap_err(),
        "the release that brought it is not known"
    );
    assert_eq!(why("9.4", text).unwrap(), "LAST");
    assert_eq!(
        why("9.3", "FROM t | STATS x = VALUES(f)").unwrap(),
        "VALUES (generally available from 9.4 on)"
    );
    assert_eq!(why("9.4", "FROM t | STATS x = VALUES(f)").unwrap(), "");
    // Engines whose releases do not matter have no table.
    assert_eq!(
        target("kql", None, "", "t").dialect.previews(text).unwrap(),
        ""
    );
}

#[test]
fn a_release_has_what_came_before_it() {
    let since = Since {
        preview: Some("9.3".into()),
        ga: Some("9.5".into()),
    };
    for (text, has, ga) in [
        ("9.2", false, false),
        ("9.3", true, false),
        ("9.4.1", true, false),
        ("9.5", true, true),
        ("9.10", true, true),
    ] {
        let release = release(text);
        assert_eq!(since.has(Some(&release)), has, "{text}");
        assert_eq!(since.is_ga(Some(&release)), ga, "{text}");
    }
    assert!(since.has(None) && since.is_ga(None));
}
