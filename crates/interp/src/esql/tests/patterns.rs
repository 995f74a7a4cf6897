//! LIKE and RLIKE.

use super::super::arguments::Site;
use super::super::rlike;
use super::*;

fn site() -> Site {
    Site {
        span: 0..0,
        name: "RLIKE".to_owned(),
        now_ms: 0,
        grouping: false,
    }
}

/// "Regular expression syntax": Lucene's dialect, whole values; each of these was asked of Lucene itself.
#[test]
fn lucene_patterns() {
    for (pattern, text, wanted) in [
        ("ab", "xabx", false),
        (".*ab.*", "xabx", true),
        ("^ab$", "ab", false),
        ("^ab$", "^ab$", true),
        ("(?i)ab", "AB", false),
        (r"\d+", "123", true),
        (r"\w+", "ab_1", true),
        (r"\s", " ", true),
        ("[0-9]{3}", "123", true),
        ("a|b", "b", true),
        ("ab.", "ab\n", true),
        ("a\"b.c\"d", "ab.cd", true),
        ("a\"b.c\"d", "a\"b.c\"d", false),
        ("a#b", "a#b", false),
        ("a@b", "axyzb", true),
        (r"a\<b", "a<b", true),
        ("(?:ab)+", "abab", false),
        ("a.*?b", "axxb", true),
        ("a{2,}", "aaa", true),
        ("[^a]b", "xb", true),
        (r"[a\-c]", "-", true),
        (r"\.exe", ".exe", true),
        (".", "é", true),
        (".", "😀", true),
        ("", "", true),
        (r"a\/b", "a/b", true),
        ("[a.]", ".", true),
        ("[]a]", "]", true),
        ("{", "{", true),
        ("a+?", "aaa", true),
        ("/a/", "/a/", true),
        (r"C:\\.*", r"C:\x", true),
        (r"powershell(\.exe)?", "powershell.exe", true),
        (r"[\w.]+", "a.b", true),
        (r"[\d]", "5", true),
        ("[-a]", "-", true),
        (r"[\w.\-]+", "a-b", true),
        (r"[^\s]+", "ab", true),
        (r"[\\]", r"\", true),
        ("()", "", true),
    ] {
        match rlike::compile(pattern, &site()) {
            Ok(regex) => assert_eq!(regex.is_match(text), wanted, "{pattern} {text}"),
            Err(refusal) => panic!("{pattern}: {refusal:?}"),
        }
    }
}

/// What Lucene refuses, and what is not known here.
#[test]
fn patterns_that_are_refused() {
    for pattern in [
        r"\bfoo\b", r"\x41", r"\p{L}+", r"\n", r"\t", r"\Aab", "a{,3}", "[a-]", "[a-z.-]+", "(a",
        "a)", "\"a", "<b>", "a**b[", r"a\",
    ] {
        let refusal = rlike::compile(pattern, &site()).err();
        assert_eq!(
            refusal.map(|r| r.kind),
            Some(RefusalKind::Invalid),
            "{pattern}"
        );
    }
    for pattern in ["~abc", "a&b", "<1-20>", "#*", "(a#)?"] {
        let refusal = rlike::compile(pattern, &site()).err();
        assert_eq!(
            refusal.map(|r| r.kind),
            Some(RefusalKind::Unknown),
            "{pattern}"
        );
    }
}

/// "LIKE", "RLIKE": lists, negation, nulls, and the pattern that everything matches.
#[test]
fn in_queries() {
    values(&[
        (
            "\"powershell.exe\" LIKE \"power*.e?e\"",
            "boolean",
            json!(true),
        ),
        ("\"a.b\" LIKE (\"x\", \"a?b\")", "boolean", json!(true)),
        ("\"ab\" NOT LIKE \"A*\"", "boolean", json!(true)),
        ("\"ab\" RLIKE (\"x\", \"a.\")", "boolean", json!(true)),
        ("null LIKE \"a*\"", "boolean", json!(null)),
        ("null LIKE \"*\"", "boolean", json!(false)),
        ("NOT (null LIKE \"*\")", "boolean", json!(true)),
        ("[\"a\", \"b\"] LIKE \"a\"", "boolean", json!(null)),
        ("[\"a\", \"b\"] LIKE \"*\"", "boolean", json!(true)),
        ("TO_LOWER(\"ABC\") LIKE \"abc\"", "boolean", json!(true)),
    ]);
    refused("ROW a = \"\" LIKE \"\"", RefusalKind::Unknown, "LIKE");
    assert_eq!(rows("ROW a = \"a\" LIKE \"\""), json!([[false]]));
    refused("ROW a = 1 LIKE \"1\"", RefusalKind::Invalid, "LIKE");
    refused("ROW a = \"a\" RLIKE \"~a\"", RefusalKind::Unknown, "RLIKE");
}
