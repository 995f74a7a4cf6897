//! What each dialect prints, what is refused, and that all of it means the same.

use super::testing::{Rng, likely_text, matches, pattern, text};
use super::*;

fn read(source: &str) -> Pattern {
    Pattern::parse(source, false).unwrap()
}

fn read_i(source: &str) -> Pattern {
    Pattern::parse(source, true).unwrap()
}

/// `/…/` and `/…/i` as in the language.
fn read_slashed(text: &str) -> Pattern {
    let (source, flags) = text.strip_prefix('/').unwrap().rsplit_once('/').unwrap();
    Pattern::parse(source, flags == "i").unwrap()
}

#[test]
fn every_dialect_prints_its_own_text() {
    let mut shown = String::new();
    for source in [
        r"/powershell(\.exe)?/",
        r"/(a|b)+\.exe$/",
        r"/^(msedge|chrome|firefox)\.exe$/",
        r"/^C:\\Windows\\(System32|SysWOW64)\\.*\.dll$/i",
        r"/-e(nc|ncodedcommand)?\s+[A-Za-z0-9+\/=]{40,}/i",
        r"/user@[\w.-]+\.com/",
        r"/\bcmd\b/",
        r"/(^|\\)cmd\.exe$/i",
        r"/^a|b$|c/",
        r"/.*foo.*/",
        r"/^.*foo/",
        r"/[^a]x/i",
        r"/[^\w]x/",
        r"/[\s\S]x[^\W_]/",
        r"/a.c\n/",
        r"/a+?b*?c/",
        r##"/"#a&b~<1-2>"/"##,
        r"/[\]\^\-&~x%-&]y/",
        r"/É[à-ö]+/i",
        r"/x{300}y{2,600}z{300,}/",
        r"/(?:ab|cd)*(?:e?)+f/",
        r"/(a)(b)(c)(d)(e)(f|g)+(h|i)+(j|k)+(l|m)+(n|o)+(p|q)+(a|b)+(a|c)+(a|d)+(a|e)+(a|f)+(a|g)+(a|h)+(a|i)+(b|c)+/",
    ] {
        let pattern = read_slashed(source);
        shown.push_str(&format!("{pattern}\n"));
        for dialect in RegexDialect::ALL {
            let printed = pattern.print(dialect).unwrap().to_string();
            shown.push_str(&format!(
                "    {:<8}{}\n",
                format!("{dialect:?}"),
                printed.replace('\n', "␤")
            ));
        }
        if let Some(simple) = pattern.simple() {
            shown.push_str(&format!("    simply  {simple:?}\n"));
        }
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn what_is_not_portable_is_refused_with_a_reason() {
    let mut shown = String::new();
    for source in [
        "",
        "a*",
        "^$",
        "^",
        "a|",
        "(a|)",
        "()?a",
        "a(())b",
        "a||b",
        "a^b",
        "(?i)a",
        "a(?i)b",
        "(?i:a)",
        "(?=a)b",
        "(?<!a)b",
        r"(a)\1",
        r"\pL",
        r"\p{Greek}",
        r"a\b\.",
        r"\Ba",
        r"\b",
        r"^\ba",
        r"(\ba)+",
        "(^a)+",
        "^*a",
        r"\<a",
        "[a",
        "(a",
        "a)",
        "*a",
        "a{2",
        "a{,3}",
        "a{3,2}",
        "a{1001}",
        "(a{40}){40}",
        "[z-a]",
        "[a-\\d]",
        "[a&&b]",
        "[a[b]]",
        r"[^\s\S]",
        r"\x00a",
        r"[\x00-\x1f]",
        r"\q",
        "a\\",
        "(?P<name>a)",
        "a{0}",
        r"\xZZ",
    ] {
        let error = Pattern::parse(source, false).unwrap_err();
        assert!(
            error.offset + error.len <= source.len(),
            "{source}: {error:?}"
        );
        let part = &source[error.offset..error.offset + error.len];
        shown.push_str(&format!(
            "/{source}/ at {} `{part}`: {error}\n",
            error.offset
        ));
    }
    let long = Pattern::parse(&"a".repeat(1001), false).unwrap_err();
    shown.push_str(&format!("a x 1001: {long}\n"));
    insta::assert_snapshot!(shown);
}

#[test]
fn simple_patterns_are_recognised() {
    let list = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
    for (source, simple) in [
        (
            r"/^(msedge|chrome|firefox)\.exe$/",
            Some(Simple::FiniteSet(list(&[
                "msedge.exe",
                "chrome.exe",
                "firefox.exe",
            ]))),
        ),
        (r"/^a$|^b$/", Some(Simple::FiniteSet(list(&["a", "b"])))),
        (r"/^a$|b/", None),
        (r"/^C:\\/", Some(Simple::Prefix(list(&["C:\\"])))),
        (r"/^C:\\.*/", Some(Simple::Prefix(list(&["C:\\"])))),
        (r"/\.exe$/i", Some(Simple::Suffix(list(&[".exe"])))),
        (r"/\.EXE$/i", Some(Simple::Suffix(list(&[".exe"])))),
        (
            r"/\.(exe|EXE)$/",
            Some(Simple::Suffix(list(&[".exe", ".EXE"]))),
        ),
        (
            r"/[Mm]imikatz/",
            Some(Simple::Substring(list(&["Mimikatz", "mimikatz"]))),
        ),
        (
            r"/.*mimi(katz)?.*/",
            Some(Simple::Substring(list(&["mimi"]))),
        ),
        (r"/ab+/", Some(Simple::Substring(list(&["ab"])))),
        (r"/^ab+$/", None),
        (r"/^a.b$/", None),
        (r"/^.*foo/", None),
        (r"/\bfoo/", None),
        (r"/[0-9]/", None),
        (
            r"/(a|b){2}c/",
            Some(Simple::Substring(list(&["aac", "abc", "bac", "bbc"]))),
        ),
        (r"/(a|b){6}/", None),
    ] {
        assert_eq!(read_slashed(source).simple(), simple, "{source}");
    }
}

#[test]
fn the_meaning_is_the_languages() {
    for (source, text, expected) in [
        (r"/b/", "abc", true),
        (r"/a.c/", "a\nc", false),
        (r"/a.c/", "a\r\u{2028}c", false),
        (r"/a.c/", "a\u{2028}c", true),
        (r"/^b/", "a\nb", false),
        (r"/a$/", "a\n", false),
        (r"/a$/", "ba", true),
        (r"/\d/", "\u{663}", false),
        (r"/\w/", "é", false),
        (r"/\W/", "é", true),
        (r"/\s/", "\u{b}", true),
        (r"/\s/", "\u{c}", true),
        (r"/[^a]/", "\n", true),
        (r"/[^a]/i", "A", false),
        (r"/[A-Z]x/i", "bX", true),
        (r"/é/i", "É", true),
        (r"/\bcmd\b/", "a cmd.exe", true),
        (r"/\bcmd\b/", "écmd", true),
        (r"/\bcmd\b/", "_cmd", false),
        (r"/\bcmd\b/", "cmds", false),
        (r"/[^\W_]/", "_", false),
        (r"/[\Wa]/i", "A", true),
        (r"/a(|b)c/", "ac", true),
        (r"/a\/b/", "a/b", true),
    ] {
        assert_eq!(
            read_slashed(source).is_match(text),
            expected,
            "{source} on {text:?}"
        );
    }
}

#[test]
fn the_first_group_is_captured() {
    let pattern = read(r"user=([^;]*)");
    assert_eq!(
        pattern.capture("a user=bob;user=eve").as_deref(),
        Some("bob")
    );
    assert_eq!(pattern.capture("user=").as_deref(), Some(""));
    assert_eq!(pattern.capture("none"), None);
    assert!(pattern.check_extract().is_ok());
    assert_eq!(read("(?:a)b").groups(), 0);
    for source in ["ab", "(a)(b)", "(a|b)+"] {
        assert!(read(source).check_extract().is_err());
    }
}

#[test]
fn extraction_prints_one_group_and_is_refused_where_it_would_differ() {
    let shown = |source: &str, dialect| match read_slashed(source).print_extract(dialect) {
        Ok(printed) => printed.to_string(),
        Err(error) => format!("no: {}", error.what),
    };
    assert_eq!(
        shown(r"/(?:user|name)=(\w+?);/", RegexDialect::Rust),
        r"(?:user|name)=([A-Za-z0-9_]+?);"
    );
    assert_eq!(
        shown(r"/(?:a|b)=(.+)$/i", RegexDialect::Java),
        r"(?i)(?:a|b)=([^\n]+)\z"
    );
    assert_eq!(
        shown(r"/user=([^;]*);/", RegexDialect::Are),
        r"user=([^;]*);"
    );
    assert_eq!(shown(r"/\\([^\\]+)$/", RegexDialect::Are), r"\\([^\\]+)$");
    assert_eq!(
        shown(r"/^.*\\([^\\]+)$/", RegexDialect::Are),
        r"^[^\n]*\\([^\\]+)$"
    );
    assert_eq!(
        shown(r"/\bid=(\d+)/", RegexDialect::Rust),
        r"(?:^|[^A-Za-z0-9_])id=([0-9]+)"
    );
    assert_eq!(shown(r"/\bid=(\d+)/", RegexDialect::Re2), r"\bid=([0-9]+)");
    for (source, dialect) in [
        (r"/a*((?:ab)?)c?x|q/", RegexDialect::Are),
        (r"/(a|ab)/", RegexDialect::Are),
        (r"/=(.*?);/", RegexDialect::Are),
        (r"/(.*)x(?:.*)$/", RegexDialect::Are),
        (r"/(ab)+/", RegexDialect::Java),
        (r"/^(:b(?:\)*|;*))/", RegexDialect::Are),
        (r"/(\bid)=/", RegexDialect::Java),
        (r"/(a)/", RegexDialect::Lucene),
    ] {
        assert!(shown(source, dialect).starts_with("no: "), "{source}");
    }
}

/// Random patterns with random texts: what is accepted, in both cases.
fn random(seed: u64, rounds: usize, mut check: impl FnMut(&Pattern, &str)) -> (usize, usize) {
    let mut rng = Rng::new(seed);
    let (mut patterns, mut positive) = (0, 0);
    for round in 0..rounds {
        let source = pattern(&mut rng);
        let Ok(pattern) = Pattern::parse(&source, round % 3 == 0) else {
            continue;
        };
        patterns += 1;
        for n in 0..24 {
            let text = if n % 3 == 0 {
                text(&mut rng, 6)
            } else {
                likely_text(&mut rng, pattern.node())
            };
            // The plain walk tries every way, which takes its time on long texts.
            if text.chars().count() > 12 {
                continue;
            }
            positive += usize::from(pattern.is_match(&text));
            check(&pattern, &text);
        }
    }
    (patterns, positive)
}

#[test]
fn the_evaluator_agrees_with_a_plain_walk_of_the_tree() {
    let (patterns, positive) = random(1, 160, |pattern, text| {
        let expected = matches(pattern.node(), text, pattern.ignores_case());
        assert_eq!(pattern.is_match(text), expected, "{pattern} on {text:?}");
    });
    assert!(patterns > 80 && positive > 400, "{patterns} {positive}");
}

#[test]
fn the_printed_rust_form_agrees_with_the_evaluator() {
    random(2, 160, |pattern, text| {
        let printed = pattern.print(RegexDialect::Rust).unwrap().to_string();
        let compiled = ::regex::Regex::new(&printed).unwrap();
        assert_eq!(
            compiled.is_match(text),
            pattern.is_match(text),
            "{pattern} as {printed} on {text:?}"
        );
    });
}

/// Lucene's operators are ordinary characters to the crate, and may not all be escaped there.
fn without_lucene_escapes(printed: &str) -> String {
    let mut kept = String::new();
    let mut characters = printed.chars();
    while let Some(c) = characters.next() {
        match (c, if c == '\\' { characters.next() } else { None }) {
            (_, Some(escaped)) if "\"@<>".contains(escaped) => kept.push(escaped),
            (_, Some(escaped)) => kept.extend(['\\', escaped]),
            (c, None) => kept.push(c),
        }
    }
    kept
}

/// The Lucene form uses little enough to be read, as a whole value, by the `regex` crate once its `.` matches newline.
#[test]
fn the_lucene_form_agrees_with_the_evaluator() {
    random(3, 160, |pattern, text| {
        let printed = pattern.print(RegexDialect::Lucene).unwrap().to_string();
        let unescaped = without_lucene_escapes(&printed);
        let compiled = ::regex::Regex::new(&format!("^(?s:{unescaped})$"))
            .unwrap_or_else(|e| panic!("{printed}: {e}"));
        assert_eq!(
            compiled.is_match(text),
            pattern.is_match(text),
            "{pattern} as {printed} on {text:?}"
        );
    });
}

/// Case is in the classes, so the pattern is asked of the value as it is.
#[test]
fn the_lucene_form_holds_both_cases() {
    for (source, printed) in [
        ("cmd", ".*[cC][mM][dD].*"),
        ("^svc_[a-z]{3}$", "[sS][vV][cC]_[a-zA-Z]{3}"),
        (r"\w[0-9a-f]x$", r".*[A-Za-z0-9_][0-9a-fA-F][xX]"),
        ("[^A-Z]é", ".*[^A-Za-z][éÉ].*"),
        ("[é-ü]k1", ".*[é-üÉ-ÖØ-Ü][kK]1.*"),
        ("İ", ".*[iİI].*"),
        ("[Σß]", ".*[Σßσẞ].*"),
    ] {
        let pattern = Pattern::parse(source, true).unwrap();
        let lucene = pattern.print(RegexDialect::Lucene).unwrap().to_string();
        assert_eq!(lucene, printed, "{pattern}");
    }
}

#[test]
fn lower_casing_both_sides_is_ignoring_case() {
    random(4, 100, |pattern, text| {
        let lowered = super::fold::lower_text(text);
        assert_eq!(
            pattern.ignores_case() && pattern.is_match(text),
            pattern.ignores_case() && pattern.is_match(&lowered)
        );
    });
}

#[test]
fn a_simple_form_agrees_with_the_evaluator() {
    let mut simple_ones = 0;
    random(5, 300, |pattern, text| {
        let Some(simple) = pattern.simple() else {
            return;
        };
        simple_ones += 1;
        let text = if pattern.ignores_case() {
            super::fold::lower_text(text)
        } else {
            text.to_owned()
        };
        let holds = match simple {
            Simple::FiniteSet(list) => list.contains(&text),
            Simple::Prefix(list) => list.iter().any(|t| text.starts_with(t)),
            Simple::Suffix(list) => list.iter().any(|t| text.ends_with(t)),
            Simple::Substring(list) => list.iter().any(|t| text.contains(t)),
        };
        assert_eq!(holds, pattern.is_match(&text), "{pattern} on {text:?}");
    });
    assert!(simple_ones > 80, "{simple_ones}");
}

#[test]
fn every_regex_of_a_network_is_a_pattern() {
    for networks in [
        crate::net::private_networks(),
        crate::net::public_exclusions(),
        crate::net::public_exceptions(),
    ] {
        for source in crate::net::text_test(networks).matches {
            let pattern = read(&source);
            assert_eq!(
                pattern.print(RegexDialect::Re2).unwrap().to_string(),
                source
            );
        }
    }
}

#[test]
fn patterns_show_as_in_the_language() {
    assert_eq!(read("a/b\\/c").to_string(), "/a\\/b\\/c/");
    assert_eq!(format!("{:?}", read_i("a")), "/a/i");
}

#[test]
fn letters_that_simple_folding_takes_for_others() {
    use super::SimpleFolding::{Other, Same, Variants};
    for (letters, wanted) in [
        ("kKsSiIéÉßẞжЖ中1\u{212a}\u{212b}", Same),
        ("θΘμΜдДβφ", Variants),
        ("σΣςϑµſᲁıİ", Other),
    ] {
        for c in letters.chars() {
            assert_eq!(super::simple_folding(c), wanted, "{c}");
        }
    }
}

#[test]
fn a_regex_of_both_cases_means_the_same() {
    let texts = [
        "ΟΔΟΣ",
        "οδος",
        "οδοσ",
        "Élodie",
        "ÉLODIE",
        "elodie",
        "straße",
        "STRAẞE",
        "STRASSE",
        "µTorrent",
        "ΜTORRENT",
        "İstanbul",
        "ıstanbul",
        "x-1",
    ];
    for source in [
        "^οδοσ$",
        "é(lo)+d",
        "[^σ-ω]",
        "(µ|stra[ß])",
        "İ",
        "[a-z]é",
        "^[É-Ö]",
    ] {
        let pattern = Pattern::parse(source, true).expect("a regex");
        let spelled = pattern.both_cases().expect("it ignores case");
        assert!(!spelled.ignores_case() && spelled.both_cases().is_none());
        assert_ne!(pattern, spelled);
        for text in texts {
            assert_eq!(
                pattern.is_match(text),
                spelled.is_match(text),
                "{source} on {text}"
            );
        }
    }
}

/// What is not asked at each start: characters beyond the supplementary multilingual plane have no case.
#[test]
fn no_character_beyond_the_second_plane_has_a_case() {
    for c in '\u{20000}'..=char::MAX {
        assert!(!c.is_uppercase() && !c.is_lowercase(), "{c:?}");
        assert!(
            c.to_lowercase().eq([c]) && c.to_uppercase().eq([c]),
            "{c:?}"
        );
    }
}
