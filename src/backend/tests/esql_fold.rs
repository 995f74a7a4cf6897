//! ES|QL texts that ignore case.

use super::build::*;
use super::esql::{c, filtered};
use crate::plan::TextTest;
use crate::plan::{Comparison, Expr, Type};

/// Elasticsearch's own folding stops at ASCII, or goes by words: constants beyond ASCII are regexes, those in ASCII keep the form that readers expect.
#[test]
fn case_beyond_ascii_is_in_the_regex() {
    let name = || c("user.name");
    let is = |word: &str| {
        Expr::predicate(
            crate::plan::ExprKind::Compare {
                op: Comparison::Equal,
                fold: true,
                left: Box::new(name()),
                right: Box::new(text(word)),
            },
            crate::source::Span::default(),
        )
    };
    let has = |kind, needles: &[&str]| {
        test(
            kind,
            true,
            name(),
            needles.iter().map(|needle| text(needle)).collect(),
        )
    };
    let lower = || call("lower", vec![name()], Type::Text);
    for (predicate, wanted) in [
        (is("SYSTEM"), r#"TO_LOWER(user.name) == "system""#),
        (
            is("Élodie"),
            r#"user.name RLIKE "[éÉ][lL][oO][dD][iI][eE]""#,
        ),
        (
            not(is("Élodie")),
            r#"COALESCE(NOT user.name RLIKE "[éÉ][lL][oO][dD][iI][eE]", true)"#,
        ),
        (
            one_of(name(), words(&["root", "Élodie", "ΟΔΟΣ"]), true, None),
            r#"TO_LOWER(user.name) == "root" OR user.name RLIKE "[éÉ][lL][oO][dD][iI][eE]|[οΟ][δΔ][οΟ][σΣ]""#,
        ),
        (
            has(TextTest::StartsWith, &["é."]),
            r#"user.name RLIKE """[éÉ]\..*""""#,
        ),
        (
            has(TextTest::Contains, &["admin", "ß"]),
            r#"TO_LOWER(user.name) LIKE "*admin*" OR user.name RLIKE ".*[ßẞ].*""#,
        ),
        (
            has(TextTest::HasWord, &["CMD"]),
            r#"user.name RLIKE "(.*[^A-Za-z0-9])?[cC][mM][dD]([^A-Za-z0-9].*)?""#,
        ),
        (
            matches(name(), "^svc_[a-z]{3}$", true),
            r#"user.name RLIKE "[sS][vV][cC]_[a-zA-Z]{3}""#,
        ),
        (
            matches(lower(), "^svc_[a-z]{3}$", true),
            r#"user.name RLIKE "[sS][vV][cC]_[a-zA-Z]{3}""#,
        ),
        // TO_LOWER directly under RLIKE would be rewritten.
        (
            matches(lower(), "^svc_[^A-Z]{3}$", false),
            r#"CONCAT(TO_LOWER(user.name), "") RLIKE "svc_[^A-Z]{3}""#,
        ),
        (
            eq(lower(), text("élodie")),
            r#"CONCAT(TO_LOWER(user.name), "") == "élodie""#,
        ),
        (
            eq(lower(), text("root")),
            r#"TO_LOWER(user.name) == "root""#,
        ),
    ] {
        assert_eq!(filtered(predicate), format!("| WHERE {wanted}"));
    }
}
