//! How each regex dialect spells characters and classes.
//!
//! Sources: the Kusto page on regular expressions (syntax of Rust's `regex` crate); Elasticsearch's *Regular expression
//! syntax* and Lucene's `RegExp` (all operators on); the PostgreSQL manual, section 9.7.3; `java.util.regex.Pattern`;
//! RE2's syntax page. Checked by running Lucene 9, PostgreSQL 15, Java 17, DuckDB 2.0 and the `regex` crate.

use super::node::Class;

/// A regex dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegexDialect {
    /// Rust's `regex` crate: KQL.
    Rust,
    /// Lucene's `RegExp`, which must match the whole value: ES|QL's `RLIKE`.
    Lucene,
    /// `java.util.regex`: Spark's `RLIKE`, ES|QL's `REPLACE`.
    Java,
    /// PostgreSQL's advanced regular expressions: `~`.
    Are,
    /// RE2: DuckDB.
    Re2,
    /// RE2 whose `.` takes newlines, too: ClickHouse.
    Re2Dotall,
}

impl RegexDialect {
    /// All of them.
    pub const ALL: [RegexDialect; 6] = [
        RegexDialect::Rust,
        RegexDialect::Lucene,
        RegexDialect::Java,
        RegexDialect::Are,
        RegexDialect::Re2,
        RegexDialect::Re2Dotall,
    ];

    /// Whether it is RE2, with whatever flags.
    pub(super) fn is_re2(self) -> bool {
        matches!(self, RegexDialect::Re2 | RegexDialect::Re2Dotall)
    }

    /// A literal character outside a class.
    pub(super) fn character(self, c: char, out: &mut String) {
        let special = match self {
            RegexDialect::Rust
            | RegexDialect::Java
            | RegexDialect::Are
            | RegexDialect::Re2
            | RegexDialect::Re2Dotall => "\\.+*?()|[]{}^$",
            // `^` and `$` are ordinary there, but who reads the text should not have to know.
            RegexDialect::Lucene => "\\.+*?()|[]{}^$\"#@&~<>",
        };
        if special.contains(c) {
            out.push('\\');
        }
        self.plain(c, out);
    }

    /// A character inside a class.
    fn class_character(self, c: char, out: &mut String) {
        let special = match self {
            RegexDialect::Are | RegexDialect::Re2 | RegexDialect::Re2Dotall => "\\[]^-",
            // `&&`, `--` and `~~` are set operators in Rust, `&&` in Java.
            RegexDialect::Rust => "\\[]^-&~",
            RegexDialect::Java => "\\[]^-&",
            RegexDialect::Lucene => "\\[]^-\"#@&~<>",
        };
        if special.contains(c) {
            out.push('\\');
        }
        self.plain(c, out);
    }

    /// The character as it is if it can be seen, else as an escape; Lucene has no escapes for such.
    fn plain(self, c: char, out: &mut String) {
        let visible = c == ' ' || !(c.is_control() || c.is_whitespace() || is_format(c));
        if visible || self == RegexDialect::Lucene {
            out.push(c);
            return;
        }
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => {
                let code = u32::from(c);
                let text = match self {
                    // `\x` takes any number of digits in PostgreSQL.
                    RegexDialect::Are if code <= 0xffff => format!("\\u{code:04X}"),
                    RegexDialect::Are => format!("\\U{code:08X}"),
                    RegexDialect::Rust
                    | RegexDialect::Java
                    | RegexDialect::Re2
                    | RegexDialect::Re2Dotall
                    | RegexDialect::Lucene => {
                        if code < 0x80 {
                            format!("\\x{code:02X}")
                        } else {
                            format!("\\x{{{code:X}}}")
                        }
                    }
                };
                out.push_str(&text);
            }
        }
    }

    /// A class.
    pub(super) fn class(self, class: &Class, out: &mut String) {
        if class.ranges.is_empty() {
            out.push_str(match self {
                // Any character, newline too.
                RegexDialect::Lucene | RegexDialect::Are | RegexDialect::Re2Dotall => ".",
                RegexDialect::Rust | RegexDialect::Java | RegexDialect::Re2 => "[\\s\\S]",
            });
            return;
        }
        if let ([(only, last)], false) = (class.ranges.as_slice(), class.negated)
            && only == last
        {
            // `[.]` reads as well as `\.`, but only one of them need be right.
            self.character(*only, out);
            return;
        }
        out.push_str(if class.negated { "[^" } else { "[" });
        for (low, high) in &class.ranges {
            self.class_character(*low, out);
            if u32::from(*high) > u32::from(*low) + 1 {
                out.push('-');
            }
            if high != low {
                self.class_character(*high, out);
            }
        }
        out.push(']');
    }

    /// `.`, which excludes newline in the language.
    pub(super) fn any(self, out: &mut String) {
        match self {
            RegexDialect::Rust | RegexDialect::Re2 => out.push('.'),
            // Java's `.` excludes other line ends too; that of the others excludes nothing.
            RegexDialect::Java
            | RegexDialect::Are
            | RegexDialect::Lucene
            | RegexDialect::Re2Dotall => {
                self.class(&Class::new(&[('\n', '\n')], true), out);
            }
        }
    }

    /// `$`, the very end of the text.
    pub(super) fn end(self) -> &'static str {
        match self {
            RegexDialect::Java => "\\z",
            RegexDialect::Rust
            | RegexDialect::Are
            | RegexDialect::Re2
            | RegexDialect::Re2Dotall
            | RegexDialect::Lucene => "$",
        }
    }
}

/// Characters that cannot be seen though they are neither control characters nor blanks.
fn is_format(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
