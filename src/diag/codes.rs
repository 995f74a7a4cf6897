//! The stable codes: one line each, and one page each.
//!
//! Ranges: E01xx file and envelope, E02xx syntax, E03xx names, E04xx types and values, E05xx schemas and targets, E06xx configuration and data
//! files; N05xx notes on a target; L01xx lints. A code is never given a second meaning. A code without a page does not build.

use super::Severity;

macro_rules! codes {
    ($($code:ident $severity:ident $title:literal;)*) => {
        /// A stable code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)]
        pub enum Code { $($code),* }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Code] = &[$(Code::$code),*];

            /// The code as printed.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$code => stringify!($code)),* }
            }

            /// Its meaning in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Code::$code => $title),* }
            }

            /// Its severity where nothing else is said.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Code::$code => Severity::$severity),* }
            }

            /// Its page, in Markdown.
            #[must_use]
            pub fn page(self) -> &'static str {
                match self { $(Code::$code => include_str!(concat!("explain/", stringify!($code), ".md"))),* }
            }
        }
    };
}

codes! {
    E0101 Error "the file cannot be read";
    E0102 Error "not UTF-8 text";
    E0103 Error "not YAML";
    E0104 Error "indented with tabs";
    E0105 Error "the query is not a literal block";
    E0106 Error "a name occurs twice";
    E0107 Error "unknown key";
    E0108 Error "missing key";
    E0109 Error "wrong kind of value";
    E0110 Error "a value that is not allowed";
    E0111 Error "YAML that huntc does not read";
    E0112 Error "not in this version yet";
    E0113 Error "a file outside of the hunt";
    E0114 Error "a broken CSV file";
    E0115 Error "a parameter that does not fit";
    E0116 Error "a list that does not fit";
    E0117 Error "the file is empty";
    E0201 Error "syntax error";
    E0202 Error "the query is too long";
    E0203 Error "nested too deeply";
    E0204 Error "a bracket is not matched";
    E0205 Error "broken string";
    E0206 Error "broken number or duration";
    E0207 Error "broken or misplaced regex";
    E0208 Error "another language's spelling";
    E0209 Error "not lower-case";
    E0210 Error "unknown step";
    E0211 Error "missing bar";
    E0212 Error "chained tests";
    E0213 Error "case without else";
    E0214 Error "a word of the language as a name";
    E0215 Error "not in this version yet";
    E0216 Error "no meaning in a query";
    E0217 Error "a step is missing or misplaced";
    E0501 Error "the schema lacks a field";
    E0502 Error "the schema does not hold this event class";
    E0503 Error "a condition that the schema can never meet";
    E0504 Error "the target lacks a look-up";
    E0550 Error "a schema cannot be read";
    E0551 Error "a schema speaks of a neutral field that does not exist";
    E0552 Error "a schema names a column that does not exist";
    E0553 Error "a word of a closed set is not mapped";
    E0554 Error "a schema says nothing of a neutral field";
    E0555 Error "something occurs twice in a schema";
    E0556 Error "a mapping contradicts itself";
    E0557 Error "an expression of a schema has no meaning";
    E0650 Error "an integer beyond 64 bits";
    E0651 Error "a look-up that only a platform can answer";
    E0652 Error "a defect of huntc";
    E0653 Error "data that cannot be read";
    E0654 Error "malformed data";
    E0655 Error "not an instant";
    E0656 Error "a parameter on the command line";
    E0657 Error "no such schema";
    N0501 Note "a mapping that loses something";
    N0502 Note "a word that does not occur in the schema";
    N0503 Note "an optional part is left out";
    E0511 Error "the target cannot say it";
    E0512 Error "a pack is faulty";
    N0511 Note "what the text costs or relies on";
    N0512 Note "the platform cuts long results";
    N0513 Note "the text is too long for a rule";
    N0514 Note "the lookback is longer than the data are kept";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Code {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Code::ALL
            .iter()
            .copied()
            .find(|code| code.as_str().eq_ignore_ascii_case(text))
            .ok_or(())
    }
}
