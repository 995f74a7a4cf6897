//! Regexes of the language.
//!
//! In: a regex, a line end, and a text to search. Out: nothing. Guarantee: what is printed for an engine whose library is here compiles there and finds the same,
//! and what is read of a printed source is the same regex.

use huntc::internals::pattern::{Pattern, RegexDialect};

/// A regex on the first line, a text on the others.
pub fn regex(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (source, searched) = text.split_once('\n').unwrap_or((text, ""));
    for ignore_case in [false, true] {
        let Ok(pattern) = Pattern::parse(source, ignore_case) else {
            continue;
        };
        let found = pattern.is_match(searched);
        pattern.simple();
        pattern.capture(searched);
        if let Some(cases) = pattern.both_cases() {
            cases.is_match(searched);
        }
        for dialect in RegexDialect::ALL {
            let printed = pattern.print(dialect);
            let _groups = pattern.print_extract(dialect);
            let Ok(printed) = printed else {
                continue;
            };
            if dialect == RegexDialect::Rust {
                let again = regex::Regex::new(&printed.to_string());
                let again = again.unwrap_or_else(|error| panic!("{printed} of {source}: {error}"));
                // An engine that folds case itself folds it otherwise; `docs/folding.md` says where.
                if !searched.is_empty()
                    && (!ignore_case || searched.is_ascii())
                    && source.is_ascii()
                {
                    assert_eq!(
                        found,
                        again.is_match(searched),
                        "{printed} of {source} in {searched:?}"
                    );
                }
            }
        }
    }
}
