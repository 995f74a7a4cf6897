//! What the optimizer makes of tests that ignore case.

use super::super::Release;
use super::*;

/// The names that a condition keeps, over an index and not a row of constants: constants are folded before a rule sees them.
fn kept(condition: &str, release: Release) -> Vec<String> {
    let names = json!([
        ["cmd"],
        ["Run CMD now"],
        ["svc_abc"],
        ["svc_ABC"],
        ["Élodie"],
        ["élodie"],
        ["ÉLODIE"],
        [null],
        [["cmd", "x"]]
    ]);
    let table = sample("names", &[("n", "keyword")], &names);
    let options = Options {
        release,
        ..options()
    };
    let query = format!("FROM names | WHERE {condition}");
    let answer = run(&query, &[table], &options).unwrap_or_else(|e| panic!("{query}\n{e:?}"));
    let cells = answer.rows.into_iter().flatten();
    cells
        .map(|cell| match cell {
            Json::String(text) => text,
            other => other.to_string(),
        })
        .collect()
}

const OLD: Release = Release(8, 19);
const NEW: Release = Release(9, 3);

#[test]
fn a_capital_in_a_pattern_under_to_lower_is_false_from_9_1_on() {
    let word = r#"TO_LOWER(n) RLIKE "(.*[^A-Za-z0-9])?cmd([^A-Za-z0-9].*)?""#;
    assert_eq!(kept(word, OLD), ["cmd", "Run CMD now"]);
    assert_eq!(kept(word, Release(9, 0)), ["cmd", "Run CMD now"]);
    assert!(kept(word, NEW).is_empty());
    // False of what is missing too.
    assert_eq!(kept(&format!("NOT ({word})"), NEW).len(), 9);
    // Where all rows meet, no rule runs.
    let after = r#"n IS NOT NULL | LIMIT 3 | WHERE TO_LOWER(n) RLIKE "[^A-Z]MD|.md""#;
    assert_eq!(kept(after, NEW), ["cmd"]);
}

#[test]
fn ranges_do_not_fold_under_to_lower() {
    let service = r#"TO_LOWER(n) RLIKE "svc_[a-z]{3}""#;
    assert_eq!(kept(service, OLD), ["svc_abc", "svc_ABC"]);
    assert_eq!(kept(service, NEW), ["svc_abc"]);
    let both = r#"n RLIKE "[sS][vV][cC]_[a-zA-Z]{3}""#;
    assert_eq!(kept(both, NEW), ["svc_abc", "svc_ABC"]);
    // No function directly under RLIKE, no rule.
    let kept_case = r#"CONCAT(TO_LOWER(n), "") RLIKE "svc_[^A-Z]{3}""#;
    assert_eq!(kept(kept_case, NEW), ["svc_abc", "svc_ABC"]);
}

#[test]
fn equality_that_ignores_case_folds_ascii_only() {
    for release in [OLD, NEW] {
        assert_eq!(kept(r#"TO_LOWER(n) == "élodie""#, release), ["élodie"]);
        assert_eq!(
            kept(r#""svc_abc" == TO_LOWER(n)"#, release),
            ["svc_abc", "svc_ABC"]
        );
        let many = r#"TO_LOWER(n) IN ("élodie", "x")"#;
        assert_eq!(kept(many, release), ["Élodie", "élodie", "ÉLODIE"]);
        let starts = r#"STARTS_WITH(TO_LOWER(n), "é")"#;
        assert_eq!(kept(starts, release), ["Élodie", "élodie", "ÉLODIE"]);
        assert!(kept(r#"TO_LOWER(n) == "CMD""#, release).is_empty());
        assert_eq!(kept(r#"NOT TO_LOWER(n) == "CMD""#, release).len(), 8);
        assert_eq!(kept(r#"TO_UPPER(n) == "CMD""#, release), ["cmd"]);
    }
}

#[test]
fn patterns_that_ignore_case() {
    for release in [OLD, NEW] {
        assert_eq!(
            kept(r#"TO_LOWER(n) LIKE "*md*""#, release),
            ["cmd", "Run CMD now"]
        );
        let list = r#"TO_LOWER(n) LIKE ("*_abc", "C*")"#;
        assert_eq!(kept(list, release), ["svc_abc", "svc_ABC"]);
    }
    assert_eq!(
        kept(r#"TO_LOWER(n) LIKE "é*""#, OLD),
        ["Élodie", "élodie", "ÉLODIE"]
    );
    let beyond = refusal(r#"FROM net-1 | WHERE TO_LOWER(host.name) LIKE "é*""#);
    assert_eq!(beyond.kind, RefusalKind::Unknown);
}
