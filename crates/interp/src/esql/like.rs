//! In: a pattern of LIKE. Out: whether a whole text matches it.
//! Guarantee: `*` is any run of characters, `?` one code point, `\` makes the next character plain (Elastic docs, "LIKE"); time grows with
//! the product of the lengths at worst.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Run,
    One,
    Plain(char),
}

/// A pattern, read.
#[derive(Clone, Debug)]
pub(super) struct Like {
    items: Vec<Item>,
}

impl Like {
    /// Reads a pattern; every text is one.
    pub(super) fn new(pattern: &str) -> Like {
        let mut items = Vec::new();
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            items.push(match c {
                '*' => Item::Run,
                '?' => Item::One,
                // A backslash at the end stands for itself.
                '\\' => Item::Plain(chars.next().unwrap_or('\\')),
                c => Item::Plain(c),
            });
        }
        Like { items }
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut item) = (0, 0);
        // Where to go on when what follows the last run does not match: the run takes one character more.
        let mut back: Option<(usize, usize)> = None;
        while at < text.len() {
            let plain = text.get(at).copied();
            match self.items.get(item) {
                Some(Item::Run) => {
                    back = Some((at, item));
                    item += 1;
                    continue;
                }
                Some(Item::One) => {
                    at += 1;
                    item += 1;
                    continue;
                }
                Some(Item::Plain(c)) if Some(*c) == plain => {
                    at += 1;
                    item += 1;
                    continue;
                }
                _ => {}
            }
            let Some((from, run)) = back else {
                return false;
            };
            back = Some((from + 1, run));
            at = from + 1;
            item = run + 1;
        }
        self.items
            .get(item..)
            .is_some_and(|rest| rest.iter().all(|i| *i == Item::Run))
    }
}

#[cfg(test)]
mod tests {
    use super::Like;

    /// The page "LIKE" and what Lucene's wildcard automaton does.
    #[test]
    fn patterns() {
        for (pattern, text, wanted) in [
            ("a*", "abc", true),
            ("a?c", "abc", true),
            (r"a\*c", "a*c", true),
            (r"a\*c", "abc", false),
            ("a.c", "abc", false),
            ("*", "", true),
            (r"a\\b", r"a\b", true),
            (r"a\b", "ab", true),
            (r"a\b", r"a\b", false),
            ("?", "😀", true),
            ("*ab*ab", "xababab", true),
            ("", "", true),
            ("?", "", false),
            ("a*b*c", "a\nbc", true),
        ] {
            assert_eq!(Like::new(pattern).matches(text), wanted, "{pattern} {text}");
        }
    }
}
