//! RLIKE patterns mean on Lucene what the language says: random regexes, printed for ES|QL, decided by Lucene's own automata.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

use crate::support::repository::Repository;
use crate::support::{Kind, Worker, oracle_or_skip};
use huntc::internals::pattern::testing::{self, Rng};
use huntc::internals::pattern::{Pattern, RegexDialect};
use huntc::internals::plan::passes::Abilities;
use serde_json::json;

/// Regexes that are asked, and texts for each.
const PATTERNS: usize = 2_000;
const TEXTS: usize = 8;

/// So many of them are compiled as Elasticsearch compiles them, which tells whether they are too complex for it. The rest is asked the quick way: one regex in
/// fifty takes Lucene up to seconds to minimize.
const EXACT: usize = 400;

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
        match lucene.ask(
            &json!({"kind": "rlike", "pattern": printed, "texts": texts, "quick": asked > EXACT}),
        ) {
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
        too_complex.len() * 100 <= EXACT,
        "too complex for Lucene: {too_complex:?}"
    );
    assert!(
        matched * 10 > answers && matched * 10 < answers * 9,
        "{matched} of {answers} match"
    );
}

/// How many patterns are asked: `HUNTC_LUCENE_PATTERNS`, else a few hundred.
fn patterns() -> usize {
    let number = std::env::var("HUNTC_LUCENE_PATTERNS").ok();
    number.map_or(400, |number| number.parse().expect("a number"))
}

/// What Lucene says of each text. `None` where its automaton would be too large.
fn says(
    lucene: &Worker,
    pattern: &str,
    texts: &[String],
    (flag, quick): (bool, bool),
) -> Option<Vec<bool>> {
    let request = json!({
        "kind": "rlike", "pattern": pattern, "texts": texts, "ignore_case": flag, "quick": quick,
    });
    match lucene.ask(&request) {
        Ok(answer) => {
            let answers = answer["matches"].as_array().expect("a list of answers");
            Some(answers.iter().map(|says| says == true).collect())
        }
        Err(why) if why.contains("TooComplex") || why.contains("too complex") => None,
        Err(why) => panic!("{pattern}: {why}"),
    }
}

/// The regex of `has_word~`, as a hunt's text has it.
fn word_regex(repository: &mut Repository, word: &str) -> String {
    let hunt = format!(
        "hunt: example\nid: 5f0c7a52-93f4-4f6f-8f0d-6b1f2a3c4d5e\nversion: 1.0.0\nname: Word\ndescription: A word.\nseverity: low\nquery: |\n  from network_session within 24h\n  | where user.name has_word~ \"{word}\"\n"
    );
    let (_, plan) = repository.understood(&hunt);
    let target = repository.target("esql", Some("9.3"), "", "samples");
    let abilities = Abilities {
        lookups: Vec::new(),
        ..target.dialect.abilities("")
    };
    let schema = repository.library.schema("ecs", "network_session").unwrap();
    let fitted = repository
        .fit(&plan, schema, "", &abilities)
        .unwrap_or_else(|faults| repository.fail(&faults));
    let text = repository.text(&fitted, &target);
    let (_, literal) = text
        .split_once("user.name RLIKE \"")
        .unwrap_or_else(|| panic!("{word}\n{text}"));
    match literal.strip_prefix("\"\"") {
        Some(raw) => raw.split("\"\"\"").next().unwrap_or_default().to_owned(),
        None => literal.split('"').next().unwrap_or_default().to_owned(),
    }
}

/// Letters, digits and a few signs between them; a word of the language begins and ends with a letter or a digit.
fn word(rng: &mut Rng) -> String {
    let ends = ["a", "B", "c", "Z", "k", "i", "7", "É", "σ", "ß"];
    let inner = [
        "-", ".", "_", "a", "M", "d", "é", "$", "#", "&", "~", "<", " ",
    ];
    let mut word = ends[rng.below(ends.len())].to_owned();
    for _ in 0..rng.below(4) {
        word.push_str(inner[rng.below(inner.len())]);
    }
    word.push_str(ends[rng.below(ends.len())]);
    word
}

/// The letters in another case each, now and then: a text that the word is found in.
fn respelled(rng: &mut Rng, text: &str) -> String {
    let other = |c: char| {
        let mut upper = c.to_uppercase();
        match (upper.next(), upper.next()) {
            (Some(one), None) if c.is_lowercase() => one,
            _ => huntc::internals::pattern::lower(c),
        }
    };
    text.chars()
        .map(|c| if rng.below(2) == 0 { other(c) } else { c })
        .collect()
}

/// A regex that ignores case is asked of the value as it is, and holds each letter in both cases. So it means the same whether Lucene's flag for ASCII is set, as
/// rules of Elasticsearch's optimizer set it, or not.
#[test]
fn patterns_that_ignore_case_mean_the_same_with_and_without_the_flag() {
    let Some(lucene) = oracle_or_skip(Kind::Lucene) else {
        return;
    };
    let mut repository = Repository::load();
    let mut rng = Rng::new(20_261_128);
    let (mut asked, mut answers, mut matched, mut too_complex) = (0, 0, 0, 0);
    let mut different = Vec::new();
    while asked < patterns() {
        // One in five is a word.
        let (shown, printed, texts, means) = if rng.below(5) == 0 {
            let word = word(&mut rng);
            let edges = ["", " ", "-", "x", "7", "."];
            let mut edge = || edges[rng.below(edges.len())].to_owned();
            let around: Vec<(String, String)> = (0..TEXTS).map(|_| (edge(), edge())).collect();
            let texts: Vec<String> = around
                .iter()
                .map(|(before, after)| format!("{before}{}{after}", respelled(&mut rng, &word)))
                .collect();
            // Nothing else in the text can be the word: it has its length and one character at each side.
            let free = |edge: &String| !edge.chars().any(char::is_alphanumeric);
            let means: Vec<bool> = around
                .iter()
                .map(|(before, after)| free(before) && free(after))
                .collect();
            let regex = word_regex(&mut repository, &word);
            (format!("has_word~ {word:?}"), regex, texts, means)
        } else {
            let Ok(pattern) = Pattern::parse(&testing::pattern(&mut rng), true) else {
                continue;
            };
            let mut texts: Vec<String> = (0..TEXTS / 2)
                .map(|_| testing::likely_text(&mut rng, pattern.node()))
                .collect();
            for at in 0..TEXTS / 2 {
                let text = respelled(&mut rng, &texts[at].clone());
                texts.push(text);
            }
            let means = texts.iter().map(|text| pattern.is_match(text)).collect();
            let printed = pattern.print(RegexDialect::Lucene).expect("it prints");
            (pattern.to_string(), printed.to_string(), texts, means)
        };
        asked += 1;
        for flag in [false, true] {
            let Some(says) = says(lucene, &printed, &texts, (flag, asked > EXACT)) else {
                too_complex += usize::from(!flag);
                continue;
            };
            for ((text, says), means) in texts.iter().zip(says).zip(&means) {
                answers += 1;
                matched += usize::from(*means);
                if says != *means {
                    different.push(format!(
                        "{shown} as {printed} on {text:?}, flag {flag}: {says}, not {means}"
                    ));
                }
            }
        }
    }
    println!(
        "{asked} patterns, {answers} answers of which {matched} are matches, {too_complex} too complex, {} differences",
        different.len()
    );
    let shown: Vec<&String> = different.iter().take(20).collect();
    assert!(
        different.is_empty(),
        "{} differences\n{shown:#?}",
        different.len()
    );
    assert!(
        too_complex * 50 <= asked.min(EXACT),
        "{too_complex} too complex"
    );
    assert!(
        matched * 10 > answers && matched * 10 < answers * 9,
        "{matched} of {answers} match"
    );
}
