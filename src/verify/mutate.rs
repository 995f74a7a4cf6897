//! Texts broken in one place each.
//!
//! In: a text. Out: the same text with one thing changed, as often as there is something to change. Guarantee: only what is outside of quotes and comments
//! is changed, except for numbers, which are changed anywhere except in instants; so a mutant is a text that somebody could have written.

/// A text broken in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The number of the line, from 1.
    pub number: usize,
    /// The line, without what it is indented by.
    pub line: String,
    /// The line as it is now; empty where it was left out.
    pub becomes: String,
    /// The whole text.
    pub text: String,
    /// Where nothing noticed it: why nothing can, if somebody said so.
    pub why: Option<String>,
}

/// Words and signs, and what each becomes. A longer one comes before its own prefix.
const SWAPS: &[(&str, &str)] = &[
    ("!in~", "!in"),
    ("in~", "in"),
    ("!in", "in"),
    ("=~", "=="),
    ("!~", "!="),
    ("not in", "in"),
    ("not", ""),
    ("is not null", "is null"),
    ("is null", "is not null"),
    ("and", "or"),
    ("or", "and"),
    ("<=", "<"),
    (">=", ">"),
    ("<>", "="),
    ("!=", "=="),
    ("==", "!="),
    ("<", "<="),
    (">", ">="),
    ("tolower", ""),
    ("to_lower", ""),
    ("lower", ""),
    ("count(distinct", "count("),
    ("array_agg(distinct", "array_agg("),
    ("make_set", "make_list"),
    ("make_set_if", "make_list_if"),
    ("count_distinct", "count"),
    ("max", "min"),
    ("min", "max"),
    ("avg", "max"),
    ("sum", "max"),
    ("arg_max", "arg_min"),
    ("arg_min", "arg_max"),
    ("desc", "asc"),
    ("asc", "desc"),
    ("isnotempty", "isempty"),
    ("isempty", "isnotempty"),
    ("startswith", "endswith"),
    ("endswith", "startswith"),
    ("starts_with", "ends_with"),
    ("ends_with", "starts_with"),
    ("contains", "startswith"),
];

/// Every mutant.
#[must_use]
pub(crate) fn mutants(text: &str) -> Vec<Mutant> {
    let mut all = Vec::new();
    let mut start = 0;
    for (at, whole) in text.split_inclusive('\n').enumerate() {
        let line = whole.trim_end();
        let comment = line.trim_start();
        if !(comment.starts_with("//") || comment.starts_with("--")) {
            let mut put = |from: usize, to: usize, after: &str| {
                let (Some(left), Some(right), Some(head), Some(tail)) = (
                    line.get(..from),
                    line.get(to..),
                    text.get(..start + from),
                    text.get(start + to..),
                ) else {
                    return;
                };
                all.push(Mutant {
                    number: at + 1,
                    line: line.trim().to_owned(),
                    becomes: format!("{left}{after}{right}").trim().to_owned(),
                    text: format!("{head}{after}{tail}"),
                    why: None,
                });
            };
            swaps(line, &mut put);
            numbers(line, &mut put);
            conjunct(line, &mut put);
        }
        start += whole.len();
    }
    all
}

/// Whether each byte of a line is in quotes.
fn quoted(line: &str) -> Vec<bool> {
    let mut open: Option<u8> = None;
    let mut escaped = false;
    line.bytes()
        .map(|byte| {
            let inside = open.is_some();
            match open {
                Some(_) if escaped => escaped = false,
                Some(b'"') if byte == b'\\' => escaped = true,
                Some(quote) if byte == quote => open = None,
                Some(_) => {}
                None if matches!(byte, b'"' | b'\'' | b'`') => open = Some(byte),
                None => {}
            }
            inside || open.is_some()
        })
        .collect()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'@')
}

fn swaps(line: &str, put: &mut impl FnMut(usize, usize, &str)) {
    let lower = line.to_ascii_lowercase();
    let quotes = quoted(line);
    let bytes = lower.as_bytes();
    let mut at = 0;
    while at < lower.len() {
        let free = quotes.get(at) == Some(&false);
        let before = at
            .checked_sub(1)
            .and_then(|at| bytes.get(at))
            .copied()
            .unwrap_or(b' ');
        let found = SWAPS.iter().filter(|_| free).find(|(sign, _)| {
            let Some(rest) = lower.get(at..) else {
                return false;
            };
            let after = bytes.get(at + sign.len()).copied().unwrap_or(b' ');
            let wordy = sign.starts_with(|first: char| first.is_ascii_alphabetic());
            let apart = match wordy {
                true => !is_word(before) && before != b'!' && !is_word(after) && after != b'~',
                false => !b"<>=!~-".contains(&before) && !b"<>=~".contains(&after),
            };
            rest.starts_with(sign) && (apart || sign.ends_with("distinct") && !is_word(before))
        });
        match found {
            Some((sign, other)) => {
                put(at, at + sign.len(), other);
                at += sign.len();
            }
            None => at += 1,
        }
    }
}

/// Each whole number one greater; not in instants, nor in what cuts long results.
fn numbers(line: &str, put: &mut impl FnMut(usize, usize, &str)) {
    let lower = line.to_ascii_lowercase();
    if [
        "datetime(",
        "timestamp '",
        "to_datetime(",
        "limit ",
        "take ",
    ]
    .iter()
    .any(|word| lower.contains(word))
    {
        return;
    }
    let quotes = quoted(line);
    let bytes = line.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    while at < bytes.len() {
        let free = quotes.get(at) == Some(&false);
        let before = at
            .checked_sub(1)
            .and_then(|at| bytes.get(at))
            .copied()
            .unwrap_or(b' ');
        if free && digit(at) && !is_word(before) {
            let mut end = at;
            while digit(end) {
                end += 1;
            }
            let number = line
                .get(at..end)
                .and_then(|digits| digits.parse::<u64>().ok());
            if let Some(number) = number
                && bytes.get(end) != Some(&b'.')
            {
                put(at, end, &(number + 1).to_string());
            }
            at = end;
        }
        at += 1;
    }
}

/// A line that is a whole conjunct, or a step that filters, left out.
fn conjunct(line: &str, put: &mut impl FnMut(usize, usize, &str)) {
    let bare = line.trim().to_ascii_lowercase();
    let is_one = ["and ", "| where "]
        .iter()
        .any(|word| bare.starts_with(word));
    let quotes = quoted(line);
    let mut depth = 0;
    for (byte, quoted) in line.bytes().zip(quotes) {
        depth += match byte {
            b'(' | b'[' if !quoted => 1,
            b')' | b']' if !quoted => -1,
            _ => 0,
        };
    }
    if is_one && depth == 0 {
        put(0, line.len(), "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_comments_stay() {
        let text = "// a >= 1\nT\n| where Name in~ (\"a and b >= 2\") and Port >= 3\n";
        let made: Vec<String> = mutants(text)
            .into_iter()
            .map(|mutant| mutant.becomes)
            .collect();
        let rest = "(\"a and b >= 2\")";
        let expected = [
            format!("| where Name in {rest} and Port >= 3"),
            format!("| where Name in~ {rest} or Port >= 3"),
            format!("| where Name in~ {rest} and Port > 3"),
            format!("| where Name in~ {rest} and Port >= 4"),
            String::new(),
        ];
        assert_eq!(made, expected);
    }
}
