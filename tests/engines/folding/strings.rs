//! The strings of `tests/fixtures/folding/strings.txt`.

/// One of the strings.
pub struct Odd {
    /// Strings of one family are near each other.
    pub family: String,
    /// As the file has it.
    pub written: String,
    /// Itself.
    pub text: String,
    /// For people.
    pub what: String,
}

/// All of them, in the order of the file.
pub fn all() -> Vec<Odd> {
    include_str!("../../fixtures/folding/strings.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let parts: Vec<&str> = line.split(" | ").collect();
            let [family, written, what] = parts[..] else {
                panic!("three parts: {line}");
            };
            Odd {
                family: family.to_owned(),
                written: written.to_owned(),
                text: unescaped(written),
                what: what.to_owned(),
            }
        })
        .collect()
}

/// The text with `\u{…}` read.
fn unescaped(written: &str) -> String {
    let mut text = String::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once("\\u{") {
        let (code, after) = after.split_once('}').expect("a closed escape");
        let code = u32::from_str_radix(code, 16).expect("a code point");
        text.push_str(before);
        text.push(char::from_u32(code).expect("a character"));
        rest = after;
    }
    text + rest
}

/// A text in which every sign can be told from others by sight.
pub fn visible(text: &str) -> String {
    let hidden = |c: char| {
        matches!(
            c,
            '\u{300}'..='\u{36f}' | '\u{2126}' | '\u{212a}' | '\u{212b}'
        )
        .then(|| format!("\\u{{{:X}}}", u32::from(c)))
    };
    text.chars()
        .map(|c| hidden(c).unwrap_or_else(|| c.to_string()))
        .collect()
}

#[test]
fn there_are_ninety_and_no_two_are_the_same() {
    let all = all();
    let texts: std::collections::BTreeSet<&String> = all.iter().map(|odd| &odd.text).collect();
    assert_eq!((all.len(), texts.len()), (90, 90));
    for odd in &all {
        assert_eq!(visible(&odd.text), odd.written, "written as it is shown");
    }
}
