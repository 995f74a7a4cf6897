//! What Elasticsearch makes of a text after it was accepted: its optimizer's rules, folding beyond ASCII, several values in a single field.
//!
//! Each case is a predicate of the language, the text that huntc once emitted for it, and how many of the rows below that text gets wrong on which release.
//! The interpreter models the rules from Elasticsearch's own sources, so the old texts are found to be wrong, and today's to be right.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

use crate::support::repository::Repository;
use crate::support::rewrites;
use crate::support::table::{self, Missing, NativeRow};
use huntc::internals::backend::Target;
use huntc::internals::eval;
use huntc::internals::plan::passes::Abilities;
use huntc::internals::value::Value;
use huntc::internals::verify::engine::Engine;
use huntc::internals::verify::interpreters::Interpreter;
use huntc::internals::verify::interpreters::Language;
use huntc_interp::esql::Release;

const ENVELOPE: &str = r"hunt: example
id: 5f0c7a52-93f4-4f6f-8f0d-6b1f2a3c4d5e
version: 1.0.0
name: Text
description: What an engine makes of a text.
severity: low
query: |
  from network_session within 24h
";

/// The instant of the runs; each row is a minute older than the one before.
const NOW: i64 = 1_710_498_600_000;

/// Names of users: case, words, letters beyond ASCII, and letters whose case is no simple matter.
const NAMES: &[&str] = &[
    "cmd",
    "CMD",
    "run Cmd now",
    "xcmdx",
    "svc_abc",
    "SVC_ABC",
    "Svc_aB1",
    "Élodie",
    "élodie",
    "ÉLODIE",
    "elodie",
    "ΟΔΟΣ",
    "οδος",
    "οδοσ",
    "Straße",
    "STRASSE",
    "STRAẞE",
    "Ærø",
    "ÆRØ",
    "root",
    "ROOT",
    "Жанна",
    "ЖАННА",
    "中文",
    "système",
    "SYSTÈME",
    "admin-é",
    "ADMIN-É",
    "x\nÉ",
];

/// A row with the user's name, port and address given.
fn row(name: Value, port: Value, address: Value) -> NativeRow {
    let several = |word: &str| Value::set(vec![Value::text(word)]);
    [
        ("event.category", several("network")),
        ("user.name", name),
        ("destination.port", port),
        ("destination.ip", address),
    ]
    .into_iter()
    .map(|(column, value)| (column.to_owned(), value))
    .collect()
}

/// Single values, none, and several.
fn rows() -> Vec<NativeRow> {
    let text = |word: &str| Value::text(word);
    let several = |items: &[Value]| Value::set(items.to_vec());
    let one = |name: Value| row(name, Value::Int(443), text("8.8.8.8"));
    let mut rows: Vec<NativeRow> = NAMES.iter().map(|name| one(text(name))).collect();
    rows.push(one(Value::Missing));
    rows.push(one(several(&[text("cmd"), text("root")])));
    rows.push(one(several(&[text("Élodie"), text("élodie")])));
    rows.push(row(text("p"), Value::Int(80), text("10.0.0.1")));
    rows.push(row(text("q"), Value::Missing, Value::Missing));
    let ports = several(&[Value::Int(80), Value::Int(81)]);
    let addresses = several(&[text("10.0.0.1"), text("8.8.8.8")]);
    rows.push(row(text("r"), ports, addresses));
    // The time distinguishes the rows, since a name may occur several times.
    for (minute, row) in (1..).zip(&mut rows) {
        row.insert("@timestamp".to_owned(), Value::Time(NOW - minute * 60_000));
    }
    rows
}

/// One predicate over the rows.
struct Asked<'a> {
    repository: &'a Repository,
    fitted: crate::support::repository::Fitted<'a>,
    target: Target,
    expected: eval::Output,
}

impl<'a> Asked<'a> {
    fn new(
        repository: &'a Repository,
        plan: &huntc::internals::plan::Plan,
        stack: &str,
    ) -> Asked<'a> {
        let mut target = repository.target("esql", Some(stack), "", "samples");
        target.now = Some(NOW);
        let abilities = Abilities {
            lookups: Vec::new(),
            ..target.dialect.abilities("")
        };
        let schema = repository.library.schema("ecs", "network_session").unwrap();
        let fitted = repository
            .fit(plan, schema, "", &abilities)
            .unwrap_or_else(|faults| repository.fail(&faults));
        let read = repository.read_native(&table::ndjson(&rows()), fitted.schema, "");
        let expected = eval::run(&fitted.plan, &read.events, NOW).expect("the evaluator runs");
        Asked {
            repository,
            fitted,
            target,
            expected,
        }
    }

    fn text(&self) -> String {
        self.repository.text(&self.fitted, &self.target)
    }

    /// Nothing, or how the text differs from the evaluator on that release.
    fn differs(&self, text: &str, stack: &str) -> Result<(), String> {
        let columns = table::columns_read(&self.fitted.bound, self.fitted.schema);
        let engine_table = table::engine_table("samples", &columns, "", &rows());
        let mut engine = Interpreter::with(Language::Esql, Missing::Null);
        engine.release(Some(stack));
        engine.load(&[engine_table]).expect("rows are loaded");
        let outputs = &self.fitted.bound.outputs;
        let answer = engine
            .run(text, NOW, outputs)
            .map_err(|why| format!("{why:?}\n{text}"))?;
        let folded = table::folded(self.fitted.schema, &self.fitted.plan.class, "");
        let found = table::read_result(&answer, outputs, &folded)?;
        let digits =
            huntc::internals::verify::compare::digits(&self.fitted.plan, &self.target.dialect);
        huntc::internals::verify::compare::same(&self.expected, &found, digits)
            .map_err(|why| format!("{why}\n{text}"))
    }
}

/// A predicate, what was emitted for it, and whether that is wrong on 8.19 and on 9.3. Today's text is the condition in the last place.
type Known = (&'static str, &'static str, bool, bool, &'static str);

const KNOWN: &[Known] = &[
    (
        "user.name has_word~ \"cmd\"",
        r#"TO_LOWER(user.name) RLIKE "(.*[^A-Za-z0-9])?cmd([^A-Za-z0-9].*)?""#,
        false,
        true,
        r#"user.name RLIKE "(.*[^A-Za-z0-9])?[cC][mM][dD]([^A-Za-z0-9].*)?""#,
    ),
    (
        "user.name matches /^svc_[a-z]{3}$/i",
        r#"TO_LOWER(user.name) RLIKE "svc_[a-z]{3}""#,
        false,
        true,
        r#"user.name RLIKE "[sS][vV][cC]_[a-zA-Z]{3}""#,
    ),
    (
        "user.name matches /[^A-Z]md/i",
        r#"TO_LOWER(user.name) RLIKE ".*[^a-z]md.*""#,
        false,
        true,
        r#"user.name RLIKE ".*[^A-Za-z][mM][dD].*""#,
    ),
    (
        "user.name =~ \"Élodie\"",
        r#"TO_LOWER(user.name) == "élodie""#,
        true,
        true,
        r#"user.name RLIKE "[éÉ][lL][oO][dD][iI][eE]""#,
    ),
    (
        "user.name !~ \"Élodie\"",
        r#"TO_LOWER(user.name) != "élodie" OR user.name IS NULL"#,
        true,
        true,
        r#"COALESCE(NOT user.name RLIKE "[éÉ][lL][oO][dD][iI][eE]", true)"#,
    ),
    (
        "user.name in~ [\"ΟΔΟΣ\", \"root\"]",
        r#"TO_LOWER(user.name) IN ("οδοσ", "root")"#,
        true,
        true,
        r#"TO_LOWER(user.name) == "root" OR user.name RLIKE "[οΟ][δΔ][οΟ][σΣ]""#,
    ),
    (
        "user.name contains~ \"è\"",
        r#"TO_LOWER(user.name) LIKE "*è*""#,
        false,
        true,
        r#"user.name RLIKE ".*[èÈ].*""#,
    ),
    (
        "user.name ends_with~ \"ΟΣ\"",
        r#"ENDS_WITH(TO_LOWER(user.name), "οσ")"#,
        true,
        true,
        r#"user.name RLIKE ".*[οΟ][σΣ]""#,
    ),
    (
        "user.name =~ \"straße\"",
        r#"TO_LOWER(user.name) == "straße""#,
        true,
        true,
        r#"user.name RLIKE "[sS][tT][rR][aA][ßẞ][eE]""#,
    ),
    (
        "lower(user.name) matches /^[^A-Z]+_a/",
        r#"TO_LOWER(user.name) RLIKE "[^A-Z]+_a.*""#,
        false,
        true,
        r#"CONCAT(TO_LOWER(user.name), "") RLIKE "[^A-Z]+_a.*""#,
    ),
    (
        "lower(user.name) == \"élodie\"",
        r#"TO_LOWER(user.name) == "élodie""#,
        true,
        true,
        r#"CONCAT(TO_LOWER(user.name), "") == "élodie""#,
    ),
    // Constants in ASCII keep the form that readers expect.
    (
        "user.name =~ \"ROOT\"",
        r#"TO_LOWER(user.name) == "root""#,
        false,
        false,
        r#"TO_LOWER(user.name) == "root""#,
    ),
    (
        "user.name contains~ \"CMD\"",
        r#"TO_LOWER(user.name) LIKE "*cmd*""#,
        false,
        false,
        r#"TO_LOWER(user.name) LIKE "*cmd*""#,
    ),
    // Several values in a field that is single: no value.
    (
        "user.name !~ \"root\"",
        r#"TO_LOWER(user.name) != "root" OR user.name IS NULL"#,
        true,
        true,
        r#"COALESCE(TO_LOWER(user.name) != "root", true)"#,
    ),
    (
        "user.name is missing",
        r#"user.name IS NULL OR user.name == """#,
        true,
        true,
        r#"COALESCE(user.name == "", true)"#,
    ),
    (
        "dst.port not in [80, 443]",
        r#"destination.port NOT IN (80, 443) OR destination.port IS NULL"#,
        true,
        true,
        r#"COALESCE(destination.port NOT IN (80, 443), true)"#,
    ),
    (
        "dst.ip not in_cidr \"10.0.0.0/8\"",
        r#"NOT CIDR_MATCH(destination.ip, "10.0.0.0/8") OR destination.ip IS NULL"#,
        true,
        true,
        r#"COALESCE(NOT CIDR_MATCH(destination.ip, "10.0.0.0/8"), true)"#,
    ),
    (
        "dst.port exists",
        "destination.port IS NOT NULL",
        true,
        true,
        "MV_COUNT(destination.port) == 1",
    ),
    (
        "dst.ip is missing",
        "destination.ip IS NULL",
        true,
        true,
        "COALESCE(MV_COUNT(destination.ip) != 1, true)",
    ),
    (
        "user.name != \"root\" and user.name exists",
        r#"user.name != "root" AND user.name != """#,
        false,
        false,
        r#"user.name != "root" AND user.name != """#,
    ),
];

#[test]
fn old_texts_are_wrong_and_new_ones_right() {
    let mut repository = Repository::load();
    let mut faults = Vec::new();
    for (predicate, old, wrong_on_8_19, wrong_on_9_3, new) in KNOWN {
        let hunt = format!("{ENVELOPE}  | where {predicate}\n  | select time\n");
        let (_, plan) = repository.understood(&hunt);
        for (stack, wrong) in [("8.19", *wrong_on_8_19), ("9.3", *wrong_on_9_3)] {
            let asked = Asked::new(&repository, &plan, stack);
            let text = asked.text();
            let condition = |condition: &str| format!(" AND {condition}\n");
            let wrapped = [condition(new), condition(&format!("({new})"))];
            let Some(written) = wrapped.iter().find(|line| text.contains(line.as_str())) else {
                faults.push(format!("{predicate}: `{new}` is not in\n{text}"));
                continue;
            };
            if let Err(why) = asked.differs(&text, stack) {
                faults.push(format!("{predicate} on {stack}: {why}"));
            }
            let before = text.replace(written.as_str(), &condition(&format!("({old})")));
            if asked.differs(&before, stack).is_err() != wrong {
                faults.push(format!(
                    "{predicate} on {stack}: the old text should be wrong: {wrong}\n{before}"
                ));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n\n")
    );
}

/// Tests that hold, or do not, where a field has no value; several values are none, whatever is asked of them.
const OF_SEVERAL: &[&str] = &[
    "user.name != \"root\"",
    "user.name !~ \"ROOT\"",
    "user.name !~ \"Élodie\"",
    "user.name not in [\"root\", \"cmd\"]",
    "user.name not in~ [\"ROOT\", \"cmd\"]",
    "not (user.name contains \"md\")",
    "not (user.name contains~ \"MD\")",
    "not (user.name contains~ [\"MD\", \"oo\"])",
    "not (user.name starts_with~ \"RO\")",
    "not (user.name ends_with~ \"É\")",
    "not (user.name has_word \"cmd\")",
    "not (user.name has_word~ \"cmd\")",
    "not (user.name matches /^c.d$/)",
    "not (user.name matches /^c.d$/i)",
    "not (lower(user.name) == \"root\")",
    "not (user.name == \"root\" or dst.port == 80)",
    "not (user.name != \"root\" and dst.port != 80)",
    "user.name is missing or user.name == \"root\"",
    "dst.port != 443",
    "dst.port not in [80, 443]",
    "not (dst.port between 1 and 100)",
    "not (dst.port < 100)",
    "not (dst.port + 1 == 444)",
    "dst.ip != \"8.8.8.8\"",
    "dst.ip not in [\"8.8.8.8\", \"1.1.1.1\"]",
    "dst.ip not in_cidr \"10.0.0.0/8\"",
    "dst.ip not in_cidr [\"10.0.0.0/8\", \"fc00::/7\"]",
    "not is_ipv4(dst.ip)",
    "dst.port exists",
    "dst.port is missing",
    "dst.ip exists",
    "dst.ip is missing",
    "user.name exists",
    "user.name is missing",
    "dst.port exists and dst.port != 443",
    "not (dst.port exists and dst.ip exists)",
    "dst.port is missing or dst.ip not in_cidr \"10.0.0.0/8\"",
];

/// The steps behind the source, over each of the rows.
fn holds(steps: &[String]) -> Vec<String> {
    let mut repository = Repository::load();
    let mut faults = Vec::new();
    for steps in steps {
        let hunt = format!("{ENVELOPE}{steps}");
        let (_, plan) = repository.understood(&hunt);
        for stack in ["8.19", "9.3"] {
            let asked = Asked::new(&repository, &plan, stack);
            if let Err(why) = asked.differs(&asked.text(), stack) {
                faults.push(format!("{steps} on {stack}: {why}"));
            }
        }
    }
    faults
}

#[test]
fn several_values_are_none() {
    let steps: Vec<String> = OF_SEVERAL
        .iter()
        .map(|predicate| format!("  | where {predicate}\n  | select time\n"))
        .collect();
    let faults = holds(&steps);
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// Each row is its own group, so what it holds must come out: nothing where it holds nothing, or several values.
#[test]
fn earliest_and_latest_give_what_the_row_holds() {
    let aggregates = [
        "user.name",
        "dst.ip",
        "dst.port",
        "float(dst.port) * 1.5",
        "dst.port > 100",
    ];
    let steps: Vec<String> = aggregates
        .iter()
        .flat_map(|value| {
            ["earliest", "latest"].map(|extreme| {
                format!("  | group by minute = bin(time, 1m) {{ x = {extreme}({value}) }}\n")
            })
        })
        .chain(["  | group { x = latest(user.name) where user.name contains \"m\" }\n".to_owned()])
        .collect();
    let faults = holds(&steps);
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// A release is known by its numbers; later ones than were read are taken to be like the newest.
#[test]
fn releases_are_ordered() {
    assert_eq!(Release::read("8.19"), Some(Release(8, 19)));
    assert_eq!(Release::read("9.3.1"), Some(Release(9, 3)));
    assert_eq!(Release::read("latest"), None);
    assert!(Release(8, 19) < Release(9, 1) && Release(9, 3) <= Release::NEWEST);
}

/// No committed text holds what a rule changes. (The random hunts of `tests/engines/random` are asked the same.)
#[test]
fn no_committed_text_is_rewritten() {
    let queries = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let mut read = 0;
    for folder in std::fs::read_dir(queries).expect("queries/ is there") {
        for file in std::fs::read_dir(folder.unwrap().path()).expect("a folder of queries") {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "esql") {
                let text = std::fs::read_to_string(&path).unwrap();
                assert_eq!(rewrites::touched(&text), [""; 0], "{}", path.display());
                read += 1;
            }
        }
    }
    assert!(read >= 15, "{read} texts");
}

/// The old texts are what `touched` must find.
#[test]
fn what_a_rule_changes_is_seen() {
    let old = |(_, old, _, _, _): &Known| !rewrites::touched(old).is_empty();
    let by_rule = |known: &&Known| {
        known.1.contains("RLIKE")
            || known.1.contains("\"élodie\"")
            || known.1.contains("LIKE \"*è*\"")
    };
    for known in KNOWN.iter().filter(by_rule) {
        assert!(old(known), "{}", known.1);
        assert_eq!(rewrites::touched(known.4), [""; 0]);
    }
    assert!(
        !rewrites::touched(
            r#"| STATS a = MAX(CONCAT(TO_STRING(@timestamp), COALESCE(user.name, "")))"#
        )
        .is_empty()
    );
    for fine in [
        r#"CONCAT(TO_LOWER(f), "")"#,
        r#"CASE(f != "", f)"#,
        r#"COALESCE(f == "", true)"#,
        r#"COALESCE(CONCAT(" ", f), " ")"#,
        r#"STARTS_WITH(TO_LOWER(f), ".RLIKE")"#,
        r#"CONCAT(TO_LOWER(f), "") RLIKE "a""#,
        r#"TO_LOWER(f) == "a)" AND g RLIKE "é""#,
        r#"TO_LOWER(CONCAT(f, ") RLIKE")) IN ("é", "a")"#,
    ] {
        assert_eq!(rewrites::touched(fine), [""; 0], "{fine}");
    }
}
