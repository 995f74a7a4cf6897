//! The explain pages of names, types and lints: each wrong example gives the code, each right one gives nothing.

use crate::diag::Code;
use crate::hunt::ItemType;
use crate::lint::{LintInput, check};
use crate::plan::testing::Draft;
use crate::value::Value;

/// What is said of a query, with the declarations that the pages use.
fn codes(query: &str) -> Vec<Code> {
    let mut draft = Draft::new(query);
    // Only what is used is declared, so that nothing is called unused.
    if query.contains("$lookback") {
        draft = draft.param("lookback", ItemType::Duration, Value::Duration(86_400_000));
    } else if query.contains("$lokback") {
        draft = draft.param("look_back", ItemType::Duration, Value::Duration(86_400_000));
    }
    if query.contains("$browsers") {
        draft = draft.texts("browsers", &["chrome.exe", "firefox.exe"]);
    }
    if query.contains("$services") {
        draft = draft.map("services", ItemType::Int, &[(Value::Int(22), "ssh")]);
    }
    if query.contains("$monitored") {
        draft = draft.watchlist("monitored");
    }
    match draft.lower() {
        Err(found) => found.iter().map(|finding| finding.code).collect(),
        Ok(plan) => {
            let input = LintInput {
                hunt: &draft.hunt,
                query: &draft.tree(),
                plan: &plan,
                class: &draft.library.classes[&plan.class],
            };
            check(&input).iter().map(|finding| finding.code).collect()
        }
    }
}

/// The blocks of a page under that heading.
fn blocks<'a>(page: &'a str, kind: &str) -> Vec<&'a str> {
    let open = format!("```hunt {kind}\n");
    page.split(&open)
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

/// Lists of words on pages and in the description of the language are those of the compiler.
#[test]
fn lists_of_words_are_whole() {
    let language = include_str!("../../../../docs/language.md");
    for name in super::super::group::aggregates() {
        let written = format!("`{name}");
        assert!(language.contains(&written), "docs/language.md lacks {name}");
    }
    for name in super::super::step::LOOKUPS {
        assert!(Code::E0314.page().contains(name), "{name}");
    }
    for (name, ..) in super::super::series::TRENDS {
        assert!(Code::E0428.page().contains(&format!("`{name}`")), "{name}");
        assert!(language.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn every_example_is_true() {
    let mine = |code: &&Code| {
        ["E03", "E04", "L01"]
            .iter()
            .any(|range| code.as_str().starts_with(range))
    };
    let mut examples = 0;
    for code in Code::ALL.iter().filter(mine) {
        let page = code.page();
        assert!(
            page.starts_with(&format!("# {code}: {}\n", code.title())),
            "{code}: the page has another title"
        );
        assert!(page.len() > 200, "{code}: the page says nothing");
        for wrong in blocks(page, "wrong") {
            assert!(
                codes(wrong).contains(code),
                "{code}: this is said to be wrong:\n{wrong}"
            );
            examples += 1;
        }
        for right in blocks(page, "right") {
            assert_eq!(
                codes(right),
                [],
                "{code}: this is said to be right:\n{right}"
            );
        }
    }
    assert!(examples >= 40, "{examples} examples");
}
