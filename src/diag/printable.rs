//! Text that is safe on a terminal.
//!
//! In: text from any source. Out: the same with controls made visible. Guarantee: nothing that is left steers a terminal or changes the direction of writing.

/// Whether a character steers a terminal, or makes text look different from what it is.
#[must_use]
pub(crate) fn steers(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The text with characters that steer a terminal or turn the direction of writing made visible, line breaks and tabs too.
#[must_use]
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if steers(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}
