//! Invisible characters.
//!
//! In: a character. Out: whether it is invisible or changes the direction of what is beside it. Guarantee: the list is the one that both names and comments
//! are checked with.

/// Whether a character is not seen, or moves what is seen beside it: controls of direction, characters without width, tags.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
