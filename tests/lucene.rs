//! RLIKE patterns mean on Lucene what the language says: random regexes, printed for ES|QL, decided by Lucene's own automata.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

mod support;

use huntc::pattern::testing::{self, Rng};
use huntc::pattern::{Pattern, RegexDialect, lower_text};
use serde_json::json;
use support::{Kind, oracle_or_skip};

/// Regexes that are asked, and texts for each.
const PATTERNS: usize = 2_000;
const TEXTS: usize = 8;

#[test]
fn random_patterns_match_on_lucene_as_the_language_says() {
    let Some(lucene) = oracle_or_skip(Kind::Lucene) else {
        return;
    };
    let mut rng = Rng::new(20_260_302);
    let (mut asked, mut answers, mut matched) = (0, 0, 0);
    let (mut too_complex, mut different) = (Vec::new(), Vec::new());
    while asked < PATTERNS {
        let source = testing::pattern(&mut rng);
        let fold = rng.below(3) == 0;
        let Ok(pattern) = Pattern::parse(&source, fold) else {
            continue;
        };
        asked += 1;
        let printed = pattern
            .print(RegexDialect::Lucene)
            .unwrap_or_else(|why| panic!("{pattern}: {why:?}"))
            .to_string();
        let mut texts: Vec<String> = (0..TEXTS / 2).map(|_| testing::text(&mut rng, 6)).collect();
        texts.extend((0..TEXTS / 2).map(|_| testing::likely_text(&mut rng, pattern.node())));
        // A pattern that ignores case is asked of text in lower case, as the emitted text does with TO_LOWER.
        let given: Vec<String> = texts
            .iter()
            .map(|text| if fold { lower_text(text) } else { text.clone() })
            .collect();
        match lucene.ask(&json!({"kind": "rlike", "pattern": printed, "texts": given})) {
            Err(why) if why.contains("TooComplex") || why.contains("too complex") => {
                too_complex.push(source)
            }
            Err(why) => different.push(format!("{pattern} as {printed}: {why}")),
            Ok(answer) => {
                let says = answer["matches"].as_array().expect("a list of answers");
                assert_eq!(says.len(), texts.len());
                for (text, says) in texts.iter().zip(says) {
                    answers += 1;
                    let means = pattern.is_match(text);
                    matched += usize::from(means);
                    if says.as_bool() != Some(means) {
                        different.push(format!(
                            "{pattern} as {printed} on {text:?}: {says}, not {means}"
                        ));
                    }
                }
            }
        }
    }
    println!(
        "{asked} patterns, {answers} answers of which {matched} are matches, {} too complex, {} differences",
        too_complex.len(),
        different.len()
    );
    assert!(
        different.is_empty(),
        "{} differences\n{}",
        different.len(),
        different.join("\n")
    );
    assert!(
        too_complex.len() * 100 <= asked,
        "too complex for Lucene: {too_complex:?}"
    );
    assert!(
        matched * 10 > answers && matched * 10 < answers * 9,
        "{matched} of {answers} match"
    );
}
