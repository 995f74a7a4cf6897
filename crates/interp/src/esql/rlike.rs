//! In: a pattern of RLIKE, which is Lucene's dialect with all its flags. Out: a compiled regex over whole values, or a refusal.
//! Guarantee: every character means what it means to Lucene (Elastic docs, "Regular expression syntax"), not what other dialects make of
//! it: `^` and `$` are plain, `.` takes line ends, `#` matches nothing, `@` everything, `"…"` is literal. Complement, intersection and
//! number ranges are refused as unknown; what Lucene itself refuses is refused as invalid.

use regex::Regex;

use super::arguments::Site;
use super::refuse::failed;
use crate::Refusal;

/// How deep groups may be nested in one another.
const DEEPEST: usize = 200;

/// A class that no character is in.
const NOTHING: &str = "[a&&b]";

/// Whether a pattern surely matches every text, so that RLIKE asks for presence only.
pub(super) fn matches_all(pattern: &str) -> bool {
    matches!(pattern, ".*" | "@" | "(.*)" | ".*.*")
}

/// Compiles a pattern.
pub(super) fn compile(pattern: &str, site: &Site) -> Result<Regex, Refusal> {
    compiled(pattern, false, site)
}

/// Compiles a pattern with Lucene's flag that ignores case: it folds single letters, but neither ranges nor what is in a class.
pub(super) fn compile_folded(pattern: &str, site: &Site) -> Result<Regex, Refusal> {
    compiled(pattern, true, site)
}

fn compiled(pattern: &str, fold: bool, site: &Site) -> Result<Regex, Refusal> {
    let mut reader = Reader {
        chars: pattern.chars().collect(),
        at: 0,
        open: 0,
        fold,
        out: String::new(),
    };
    let read = if pattern.is_empty() {
        Ok(())
    } else {
        reader.union()
    };
    match read {
        Ok(()) if reader.at == reader.chars.len() => {}
        Ok(()) => {
            return Err(site.invalid(format!("the pattern should end at character {}", reader.at)));
        }
        Err(Fault::Invalid(message)) => return Err(site.invalid(message)),
        Err(Fault::Unknown(message)) => return Err(site.unknown(message)),
    }
    let text = format!(r"(?s)\A(?:{})\z", reader.out);
    regex::RegexBuilder::new(&text)
        .size_limit(50_000_000)
        .build()
        .map_err(|error| failed(&site.name, error.to_string(), site.span.clone()))
}

enum Fault {
    Invalid(String),
    Unknown(String),
}

/// Reads Lucene's grammar and writes ours; the order of the functions is that of the grammar.
struct Reader {
    chars: Vec<char>,
    at: usize,
    open: usize,
    fold: bool,
    out: String,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take(&mut self, c: char) -> bool {
        let met = self.peek() == Some(c);
        self.at += usize::from(met);
        met
    }

    fn next(&mut self) -> Result<char, Fault> {
        let next = self
            .peek()
            .ok_or_else(|| Fault::Invalid("the pattern ends too early".to_owned()))?;
        self.at += 1;
        Ok(next)
    }

    fn union(&mut self) -> Result<(), Fault> {
        loop {
            self.concatenation()?;
            if self.peek() == Some('&') {
                return Err(Fault::Unknown(
                    "`&` in a pattern is not known here".to_owned(),
                ));
            }
            if !self.take('|') {
                return Ok(());
            }
            self.out.push('|');
        }
    }

    fn concatenation(&mut self) -> Result<(), Fault> {
        loop {
            self.repetition()?;
            if matches!(self.peek(), None | Some(')' | '|' | '&')) {
                return Ok(());
            }
        }
    }

    fn repetition(&mut self) -> Result<(), Fault> {
        let start = self.out.len();
        self.simple()?;
        let mut times = 0;
        loop {
            let suffix = match self.peek() {
                Some(c @ ('?' | '*' | '+')) => {
                    self.at += 1;
                    c.to_string()
                }
                Some('{') => {
                    self.at += 1;
                    self.bounds()?
                }
                _ => return Ok(()),
            };
            // What Lucene makes of repeating the empty language follows from no rule.
            if self.out.get(start..).is_some_and(|o| o.contains(NOTHING)) {
                return Err(Fault::Unknown("repeating `#` is not known here".to_owned()));
            }
            times += 1;
            if times > DEEPEST {
                return Err(Fault::Invalid("too many repetitions".to_owned()));
            }
            // A repetition of a repetition is not laziness: each takes its own group.
            self.out.insert_str(start, "(?:");
            self.out.push(')');
            self.out.push_str(&suffix);
        }
    }

    fn number(&mut self) -> Option<u32> {
        let mut digits = String::new();
        while let Some(c) = self.peek().filter(char::is_ascii_digit) {
            self.at += 1;
            digits.push(c);
        }
        digits.parse().ok()
    }

    fn bounds(&mut self) -> Result<String, Fault> {
        let least = self
            .number()
            .ok_or_else(|| Fault::Invalid("expected a number after `{`".to_owned()))?;
        let text = if self.take(',') {
            match self.number() {
                Some(most) if most < least => {
                    // Lucene makes no word of this: the language is empty.
                    return Err(Fault::Unknown("bounds that go down".to_owned()));
                }
                Some(most) => format!("{{{least},{most}}}"),
                None => format!("{{{least},}}"),
            }
        } else {
            format!("{{{least}}}")
        };
        if !self.take('}') {
            return Err(Fault::Invalid("expected `}`".to_owned()));
        }
        Ok(text)
    }

    fn simple(&mut self) -> Result<(), Fault> {
        match self.peek() {
            Some('~') => Err(Fault::Unknown(
                "`~` in a pattern is not known here".to_owned(),
            )),
            Some('[') => self.class(),
            Some('.') => {
                self.at += 1;
                self.out.push('.');
                Ok(())
            }
            Some('#') => {
                self.at += 1;
                self.out.push_str(NOTHING);
                Ok(())
            }
            Some('@') => {
                self.at += 1;
                self.out.push_str("(?:.*)");
                Ok(())
            }
            Some('"') => self.quoted(),
            Some('(') => self.group(),
            Some('<') => self.range(),
            _ => {
                match self.predefined()? {
                    Some(class) => self.out.push_str(&format!("[{class}]")),
                    None => {
                        let c = self.plain()?;
                        self.literal(c);
                    }
                }
                Ok(())
            }
        }
    }

    fn literal(&mut self, c: char) {
        if self.fold && c.is_ascii_alphabetic() {
            let (small, capital) = (c.to_ascii_lowercase(), c.to_ascii_uppercase());
            self.out.push_str(&format!("[{small}{capital}]"));
            return;
        }
        let mut buffer = [0; 4];
        self.out
            .push_str(&regex::escape(c.encode_utf8(&mut buffer)));
    }

    fn quoted(&mut self) -> Result<(), Fault> {
        self.at += 1;
        self.out.push_str("(?:");
        loop {
            match self.peek() {
                None => return Err(Fault::Invalid("`\"` is not closed".to_owned())),
                Some('"') => break,
                Some(c) => {
                    self.at += 1;
                    self.literal(c);
                }
            }
        }
        self.at += 1;
        self.out.push(')');
        Ok(())
    }

    fn group(&mut self) -> Result<(), Fault> {
        self.at += 1;
        self.out.push_str("(?:");
        if !self.take(')') {
            self.open += 1;
            if self.open > DEEPEST {
                return Err(Fault::Invalid("groups stand too deep".to_owned()));
            }
            self.union()?;
            self.open -= 1;
            if !self.take(')') {
                return Err(Fault::Invalid("expected `)`".to_owned()));
            }
        }
        self.out.push(')');
        Ok(())
    }

    /// `<…>`: a range of numbers, or the name of an automaton, of which there is none.
    fn range(&mut self) -> Result<(), Fault> {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let Some(end) = rest.iter().position(|c| *c == '>') else {
            return Err(Fault::Invalid("expected `>`".to_owned()));
        };
        let inner: String = rest.iter().take(end).skip(1).collect();
        if inner.contains('-') {
            return Err(Fault::Unknown(
                "ranges of numbers in a pattern are not known here".to_owned(),
            ));
        }
        Err(Fault::Invalid(format!("`<{inner}>` names nothing")))
    }

    /// A class such as `\d`, as the inside of brackets; `None` leaves the reader where it was.
    fn predefined(&mut self) -> Result<Option<&'static str>, Fault> {
        if self.peek() != Some('\\') {
            return Ok(None);
        }
        let class = match self.chars.get(self.at + 1) {
            Some('d') => "0-9",
            Some('D') => "^0-9",
            Some('s') => r"\t\n\r\x20",
            Some('S') => r"^\t\n\r\x20",
            Some('w') => "0-9A-Z_a-z",
            Some('W') => "^0-9A-Z_a-z",
            Some(c) if c.is_ascii_alphabetic() => {
                return Err(Fault::Invalid(format!("`\\{c}` is no class")));
            }
            _ => return Ok(None),
        };
        self.at += 2;
        Ok(Some(class))
    }

    fn plain(&mut self) -> Result<char, Fault> {
        self.take('\\');
        self.next()
    }

    fn class(&mut self) -> Result<(), Fault> {
        self.at += 1;
        let negated = self.take('^');
        self.out.push_str(if negated { "[^" } else { "[" });
        // The first item is read even if it is `]`.
        loop {
            if let Some(class) = self.predefined()? {
                self.out.push_str(&format!("[{class}]"));
            } else {
                let from = self.plain()?;
                let to = if self.take('-') { self.plain()? } else { from };
                if from > to {
                    return Err(Fault::Invalid(format!(
                        "the range from `{from}` to `{to}` is empty"
                    )));
                }
                self.out.push_str(&format!(
                    r"\x{{{:x}}}-\x{{{:x}}}",
                    u32::from(from),
                    u32::from(to)
                ));
            }
            match self.peek() {
                None => return Err(Fault::Invalid("expected `]`".to_owned())),
                Some(']') => break,
                Some(_) => {}
            }
        }
        self.at += 1;
        self.out.push(']');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefusalKind;

    fn site() -> Site {
        Site {
            span: 0..0,
            name: "RLIKE".to_owned(),
            now_ms: 0,
            grouping: false,
        }
    }

    /// "Regular expression syntax": Lucene's dialect, whole values; each of these was asked of Lucene itself.
    #[test]
    fn lucene_patterns() {
        for (pattern, text, wanted) in [
            ("ab", "xabx", false),
            (".*ab.*", "xabx", true),
            ("^ab$", "ab", false),
            ("^ab$", "^ab$", true),
            ("(?i)ab", "AB", false),
            (r"\d+", "123", true),
            (r"\w+", "ab_1", true),
            (r"\s", " ", true),
            ("[0-9]{3}", "123", true),
            ("a|b", "b", true),
            ("ab.", "ab\n", true),
            ("a\"b.c\"d", "ab.cd", true),
            ("a\"b.c\"d", "a\"b.c\"d", false),
            ("a#b", "a#b", false),
            ("a@b", "axyzb", true),
            (r"a\<b", "a<b", true),
            ("(?:ab)+", "abab", false),
            ("a.*?b", "axxb", true),
            ("a{2,}", "aaa", true),
            ("[^a]b", "xb", true),
            (r"[a\-c]", "-", true),
            (r"\.exe", ".exe", true),
            (".", "é", true),
            (".", "😀", true),
            ("", "", true),
            (r"a\/b", "a/b", true),
            ("[a.]", ".", true),
            ("[]a]", "]", true),
            ("{", "{", true),
            ("a+?", "aaa", true),
            ("/a/", "/a/", true),
            (r"C:\\.*", r"C:\x", true),
            (r"powershell(\.exe)?", "powershell.exe", true),
            (r"[\w.]+", "a.b", true),
            (r"[\d]", "5", true),
            ("[-a]", "-", true),
            (r"[\w.\-]+", "a-b", true),
            (r"[^\s]+", "ab", true),
            (r"[\\]", r"\", true),
            ("()", "", true),
        ] {
            match compile(pattern, &site()) {
                Ok(regex) => assert_eq!(regex.is_match(text), wanted, "{pattern} {text}"),
                Err(refusal) => panic!("{pattern}: {refusal:?}"),
            }
        }
    }

    /// What Lucene refuses, and what is not known here.
    #[test]
    fn patterns_that_are_refused() {
        for pattern in [
            r"\bfoo\b", r"\x41", r"\p{L}+", r"\n", r"\t", r"\Aab", "a{,3}", "[a-]", "[a-z.-]+",
            "(a", "a)", "\"a", "<b>", "a**b[", r"a\",
        ] {
            let refusal = compile(pattern, &site()).err();
            assert_eq!(
                refusal.map(|r| r.kind),
                Some(RefusalKind::Invalid),
                "{pattern}"
            );
        }
        for pattern in ["~abc", "a&b", "<1-20>", "#*", "(a#)?"] {
            let refusal = compile(pattern, &site()).err();
            assert_eq!(
                refusal.map(|r| r.kind),
                Some(RefusalKind::Unknown),
                "{pattern}"
            );
        }
    }
}
