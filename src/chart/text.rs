//! Texts of a chart: harmless, short enough, and escaped.
//!
//! In: any text, also one that an attacker chose. Out: text for the drawing crate, or for markup of our own. Guarantee: no character that XML forbids,
//! that steers a terminal or turns the direction of writing is left; a text is never wider than it may be, by an estimate that needs no font.

/// How many characters of a text are looked at; more has no place on a chart.
const LOOKED_AT: usize = 1000;

/// The text with what must not be written made visible, cut to a width in units of the font's size.
pub(super) fn fitted(text: &str, widest: f64) -> String {
    let mut shown = String::new();
    let mut whole = true;
    for (at, letter) in text.chars().enumerate() {
        if at == LOOKED_AT || width(&shown) > widest {
            whole = false;
            break;
        }
        if is_harmful(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    if whole && width(&shown) <= widest {
        return shown;
    }
    while width(&shown) + width_of('…') > widest && shown.pop().is_some() {}
    shown.push('…');
    shown
}

/// Control characters, those that change the direction of writing or are not seen, and what is no character of XML.
fn is_harmful(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        || matches!(u32::from(letter) & 0xffff, 0xfffe | 0xffff)
}

/// About how wide a text is in a sans-serif font, in units of its size.
pub(super) fn width(text: &str) -> f64 {
    text.chars().map(width_of).sum()
}

fn width_of(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.3,
        'f' | 't' | 'r' | ' ' | '(' | ')' | '[' | ']' | '/' | '-' | '"' | '·' => 0.37,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 0.95,
        'A'..='Z' | '&' | '<' | '>' | '=' | '+' | '~' => 0.72,
        ..'\u{1100}' => 0.58,
        _ => 1.0,
    }
}

/// The text as content of an element.
pub(super) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&apos;"),
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmful_characters_are_shown_and_long_texts_cut() {
        assert_eq!(
            fitted("a\0\u{b}\n\u{202e}\u{ffff}", 99.0),
            "a\\u{0}\\u{b}\\n\\u{202e}\\u{ffff}"
        );
        assert_eq!(fitted("port", 99.0), "port");
        assert_eq!(fitted("", 1.0), "");
        for long in ["x".repeat(1_000_000), "東".repeat(500), "\0".repeat(999)] {
            let cut = fitted(&long, 20.0);
            assert!(cut.ends_with('…') && width(&cut) <= 20.0, "{cut}");
        }
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(
            escaped(r#"<a b="c">&'"#),
            "&lt;a b=&quot;c&quot;&gt;&amp;&apos;"
        );
    }
}
