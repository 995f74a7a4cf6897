//! Letters and words: what folding and `has_word` mean.

use crate::plan::TextTest;

/// Simple lower-casing, letter by letter, as `pattern` does it for `/i`: no rule looks at neighbours, so a final `Σ` becomes `σ`; `İ`, the only
/// letter whose full lower case is two characters, becomes `i`.
pub(super) fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().map(lower_char)
}

/// The text after [`folded`].
pub(super) fn lower(text: &str) -> String {
    folded(text).collect()
}

/// Simple upper-casing, letter by letter: where the full upper case is several letters, the one of `UnicodeData.txt` if it has one (`ᾳ` becomes `ᾼ`), else
/// the letter stays (`ß`).
pub(super) fn upper(text: &str) -> String {
    text.chars().map(upper_char).collect()
}

fn upper_char(letter: char) -> char {
    let mut upper = letter.to_uppercase();
    let first = upper.next().filter(|_| upper.next().is_none());
    first.or_else(|| with_iota(letter)).unwrap_or(letter)
}

/// The capital of a Greek letter with an iota below: those 27 alone have several letters in full upper case and one in the simple one.
fn with_iota(letter: char) -> Option<char> {
    let distance = match letter {
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => 8,
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => 9,
        _ => return None,
    };
    char::from_u32(u32::from(letter) + distance)
}

fn lower_char(letter: char) -> char {
    if letter.is_ascii() {
        letter.to_ascii_lowercase()
    } else {
        letter.to_lowercase().next().unwrap_or(letter)
    }
}

/// Whether `needle` is in `text` where the test says.
pub(super) fn stands(test: TextTest, text: &str, needle: &str) -> bool {
    match test {
        TextTest::Contains => text.contains(needle),
        TextTest::StartsWith => text.starts_with(needle),
        TextTest::EndsWith => text.ends_with(needle),
        TextTest::HasWord => has_word(text, needle),
    }
}

/// Some occurrence has neither before it nor after it a letter or digit (of any script).
fn has_word(text: &str, word: &str) -> bool {
    let starts = text.char_indices().map(|(at, _)| at);
    starts.into_iter().any(|at| {
        let (before, from) = text.split_at(at);
        from.strip_prefix(word).is_some_and(|after| {
            !before
                .chars()
                .next_back()
                .is_some_and(char::is_alphanumeric)
                && !after.chars().next().is_some_and(char::is_alphanumeric)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_simple_and_letter_by_letter() {
        assert_eq!(lower("ΟΔΟΣ İ ẞ ǅ \u{212a}"), "οδοσ i ß ǆ k");
        assert_eq!(upper("ᾳ \u{1f50}ς ß ŉ ﬁ ǆ ſ"), "ᾼ \u{1f50}Σ ß ŉ ﬁ Ǆ S");
    }
}
