//! Findings as people and programs see them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use huntc::internals::diag::render::{Style, render, to_json};
use huntc::internals::diag::{Code, Diagnostic};
use huntc::internals::source::{Files, Span};
use proptest::prelude::*;

fn place(files: &mut Files, text: &str, part: &str) -> Span {
    let file = files.add("detections/x/hunt.yaml", text.to_owned());
    let start = text.find(part).unwrap();
    Span::new(file, start, start + part.len())
}

#[test]
fn places_near_and_far_and_in_another_file() {
    let mut files = Files::default();
    let text = format!("first\nsecond\n{}last line\n", "filler\n".repeat(50));
    let span = place(&mut files, &text, "second");
    let near = Span {
        start: 0,
        end: 5,
        ..span
    };
    let far = Span {
        start: text.find("last").unwrap() as u32,
        end: text.find("last").unwrap() as u32 + 4,
        ..span
    };
    let other = place(&mut files, "port,name\n443,https\n", "443");
    let finding = Diagnostic::at(Code::E0106, span, "it occurs twice")
        .label("again")
        .also(near, "near")
        .also(far, "far")
        .also(other, "elsewhere")
        .help("one thing")
        .help("another thing")
        .target("sentinel");
    insta::assert_snapshot!(render(&finding, &files, Style::Plain));
}

#[test]
fn columns_are_characters_and_what_follows_a_line_is_left_out() {
    let mut files = Files::default();
    let span = place(
        &mut files,
        "\u{feff}\tä🦀 x: (a ==\n  b)\r\n",
        "(a ==\n  b)",
    );
    let finding = Diagnostic::at(Code::E0201, span, "title\nof two lines")
        .label("here")
        .fix(span, "c", "replace it");
    insta::assert_snapshot!(render(&finding, &files, Style::Plain));
    let json = to_json(&finding, &files);
    assert_eq!(
        (json["line"].as_u64(), json["column"].as_u64()),
        (Some(1), Some(8))
    );
    assert_eq!(
        (json["end_line"].as_u64(), json["end_column"].as_u64()),
        (Some(2), Some(5))
    );
}

#[test]
fn of_a_very_long_line_what_is_blamed_is_shown() {
    for filler in ["filler, ", "é€, "] {
        let mut files = Files::default();
        let all = filler.repeat(500);
        let text = format!("one\nlist: [first, {all}first, {all}]\n");
        let last = text.rfind("first").unwrap();
        let again = place(&mut files, &text, "first");
        let span = Span::new(again.file, last, last + 5);
        let finding = Diagnostic::at(Code::L0111, span, "it occurs twice")
            .label("again")
            .also(again, "first here");
        let shown = render(&finding, &files, Style::Plain);
        let lines: Vec<Vec<char>> = shown.lines().map(|line| line.chars().collect()).collect();
        let carets = lines.iter().position(|line| line.contains(&'^')).unwrap();
        let column = lines[carets].iter().position(|c| *c == '^').unwrap();
        let marked: String = lines[carets - 1].iter().skip(column).take(5).collect();
        assert_eq!(marked, "first", "{shown}");
        assert!(shown.contains("first here"), "{shown}");
        assert!(lines.iter().all(|line| line.len() < 200), "{shown}");
    }
}

#[test]
fn json_has_everything() {
    let mut files = Files::default();
    let span = place(&mut files, "query: |\n  from x\n", "x");
    let finding = Diagnostic::at(Code::E0201, span, "t")
        .label("l")
        .help("h")
        .fix(span, "y", "f")
        .also(span, "s")
        .target("lake");
    insta::assert_snapshot!(serde_json::to_string_pretty(&to_json(&finding, &files)).unwrap());
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&to_json(&Diagnostic::new(Code::E0101, "no place"), &files))
            .unwrap()
    );
}

#[test]
fn colours_are_only_added() {
    let mut files = Files::default();
    let span = place(&mut files, "a = 1\n", "=");
    let finding = Diagnostic::at(Code::E0208, span, "t")
        .label("l")
        .fix(span, "==", "f");
    let colour = render(&finding, &files, Style::Colour);
    assert!(colour.contains('\u{1b}'));
    let escapes = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    let plain = escapes.replace_all(&colour, "");
    let trimmed: Vec<&str> = plain.lines().map(str::trim_end).collect();
    assert_eq!(trimmed.join("\n"), render(&finding, &files, Style::Plain));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_place_in_any_text_is_shown(
        parts in prop::collection::vec(prop_oneof![
            "[a-z =|]{0,60}", ".{0,8}", Just("\t".to_owned()), Just("\r\n".to_owned()), Just("\n".to_owned()),
            Just("\u{1b}[31m".to_owned()), Just("\u{202e}\u{200d}\u{301}".to_owned()), Just("界".repeat(90)), Just("x".repeat(200)),
        ], 0..12),
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), ".{0,20}"), 3),
        replacement in prop_oneof![".{0,10}", Just(String::new()), Just("a\nb".to_owned())],
    ) {
        let mut files = Files::default();
        let text: String = parts.concat();
        let file = files.add("f", text.clone());
        // Also places that are not at characters.
        let span = |a: &prop::sample::Index, b: &prop::sample::Index| {
            let (a, b) = (a.index(text.len() + 1), b.index(text.len() + 1));
            Span::new(file, a.min(b), a.max(b))
        };
        let finding = Diagnostic::at(Code::E0201, span(&places[0].0, &places[0].1), places[0].2.clone())
            .label(places[1].2.clone())
            .also(span(&places[1].0, &places[1].1), places[2].2.clone())
            .fix(span(&places[2].0, &places[2].1), replacement, places[0].2.clone());
        let shown = render(&finding, &files, Style::Plain);
        prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
        prop_assert!(shown.lines().all(|line| line.chars().count() < 400), "{shown}");
        prop_assert!(to_json(&finding, &files)["code"] == "E0201");
    }
}
