//! The reader that pest makes of `grammar/hunt.pest`, and the words it keeps.
//!
//! In: text. Out: [`Rule`] pairs, for `steps` and `exprs` only. Guarantee: [`KEYWORDS`] is what the grammar's rule `keyword` accepts (tested).

use pest_derive::Parser;

/// The pest reader.
#[derive(Parser)]
#[grammar = "../grammar/hunt.pest"]
pub(super) struct HuntGrammar;

/// Words that cannot be names.
pub const KEYWORDS: &[&str] = &[
    "from",
    "within",
    "where",
    "optional",
    "derive",
    "select",
    "group",
    "by",
    "sort",
    "desc",
    "asc",
    "top",
    "rare",
    "enrich",
    "and",
    "or",
    "not",
    "between",
    "in_cidr",
    "in",
    "matches",
    "exists",
    "is",
    "missing",
    "case",
    "else",
    "contains",
    "starts_with",
    "ends_with",
    "has_word",
    "true",
    "false",
    "now",
    "null",
    "series",
    "anomaly",
    "join",
    "every",
    "over",
    "as",
    "on",
];

/// Words that begin a step.
pub(super) const STEPS: &[&str] = &[
    "from", "where", "derive", "select", "group", "series", "anomaly", "join", "sort", "top",
    "rare", "enrich",
];

#[cfg(test)]
mod tests {
    use super::*;
    use pest::Parser;

    #[test]
    fn keywords_are_those_of_the_grammar() {
        for word in KEYWORDS {
            assert!(
                HuntGrammar::parse(Rule::keyword, word).is_ok(),
                "{word} is not a keyword in the grammar"
            );
            assert!(HuntGrammar::parse(Rule::name, word).is_err(), "{word}");
        }
        let text = include_str!("../../grammar/hunt.pest");
        let rule = text.split("keyword = @{").nth(1).unwrap();
        let rule = rule.split("!more").next().unwrap();
        let written: Vec<&str> = rule.split('"').skip(1).step_by(2).collect();
        assert_eq!(written.len(), KEYWORDS.len());
        for word in written {
            assert!(KEYWORDS.contains(&word), "{word} is missing in KEYWORDS");
        }
    }

    #[test]
    fn steps_are_those_of_the_grammar() {
        let text = include_str!("../../grammar/hunt.pest");
        let later = text.split("later_step = _{").nth(1).unwrap();
        let later = later.split('}').next().unwrap();
        // `top` and `rare` are one rule, and `from` is no later step.
        let mut written: Vec<&str> = later
            .split('|')
            .map(|step| step.trim().trim_end_matches("_step"))
            .chain(["from", "rare"])
            .collect();
        let mut steps = STEPS.to_vec();
        written.sort_unstable();
        steps.sort_unstable();
        assert_eq!(steps, written);
    }

    #[test]
    fn a_longer_word_or_a_dotted_name_is_not_a_keyword() {
        for name in [
            "index",
            "in.bytes",
            "fromage",
            "top_talkers",
            "not_seen",
            "is.on",
        ] {
            let parsed = HuntGrammar::parse(Rule::name, name).unwrap();
            assert_eq!(parsed.as_str(), name);
        }
    }
}
