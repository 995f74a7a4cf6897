//! The stable codes: one line each, and one page each.
//!
//! Ranges: E01xx file and envelope, E02xx syntax, E03xx names, E04xx types and values, E05xx schemas and targets, E06xx configuration and data
//! files; N05xx notes on a target, N06xx on a verification or a run; W06xx warnings about data; L01xx lints. A code is never given a second meaning. A code without a page does not build.

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
    E0113 Error "a file outside of the hunt";
    E0114 Error "a broken CSV file";
    E0115 Error "a parameter that does not fit";
    E0116 Error "a list that does not fit";
    E0117 Error "the file is empty";
    E0118 Error "duplicate hunt";
    E0119 Error "a table that does not fit";
    E0120 Error "a cell of a table that does not fit";
    E0121 Error "a row of a table twice";
    E0122 Error "a language that this version does not read";
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
    E0301 Error "no such event class";
    E0302 Error "no such field or column";
    E0303 Error "expected a field of the event class, found a platform's column";
    E0304 Error "a column that an earlier step left behind";
    E0305 Error "no such function";
    E0306 Error "no such parameter, list, map or table";
    E0307 Error "a parameter, list, map or table in the wrong place";
    E0308 Error "a name that a computed column cannot have";
    E0309 Error "two columns with one name";
    E0310 Error "a column that needs a name";
    E0311 Error "an aggregate outside the block of `group`";
    E0312 Error "steps in an order that means nothing";
    E0313 Error "no such code table";
    E0314 Error "no such look-up";
    E0315 Error "an entity that is no column of the result";
    E0316 Error "a join that is no test of a table's columns";
    E0401 Error "types that do not fit";
    E0402 Error "expected a condition";
    E0403 Error "an operator that the type does not have";
    E0404 Error "a word that is not in the closed set";
    E0405 Error "a closed set used as text";
    E0406 Error "the empty string";
    E0407 Error "a list that does not fit";
    E0408 Error "not an address in canonical form";
    E0409 Error "not a network";
    E0410 Error "a regex that not every platform can run";
    E0411 Error "a regex that matches the empty string";
    E0412 Error "not a word for `has_word`";
    E0413 Error "a field with several values";
    E0414 Error "a column whose value is not determined";
    E0415 Error "the wrong number of arguments";
    E0416 Error "an argument of the wrong type";
    E0417 Error "an aggregate over the wrong type";
    E0418 Error "arithmetic that the types do not have";
    E0419 Error "a time or a duration in the wrong place";
    E0420 Error "a window width that does not divide a day";
    E0421 Error "a parameter's value that is not allowed";
    E0422 Error "a number out of range";
    E0423 Error "expected a constant";
    E0424 Error "arms of `case` with different types";
    E0425 Error "a type that cannot be a column here";
    E0426 Error "a map looked up with a key of another type";
    E0427 Error "a series whose windows do not fit";
    E0428 Error "no such trend or season";
    E0429 Error "a number with leading zeros";
    E0501 Error "the schema lacks a field";
    E0502 Error "the schema does not hold this event class";
    E0503 Error "a condition that the schema can never meet";
    E0504 Error "the target lacks a look-up";
    E0505 Error "a promise to a schema that does not exist";
    E0506 Error "a field that no index of the target maps";
    E0511 Error "the target cannot say it";
    E0512 Error "a dialect is faulty";
    E0550 Error "a schema cannot be read";
    E0551 Error "a schema speaks of a neutral field that does not exist";
    E0552 Error "a schema names a column that does not exist";
    E0553 Error "a word of a closed set is not mapped";
    E0554 Error "a schema says nothing of a neutral field";
    E0555 Error "something occurs twice in a schema";
    E0556 Error "a mapping contradicts itself";
    E0557 Error "no such schema, field or column";
    E0558 Error "a carried mapping is changed without saying so";
    E0560 Error "a dialect of the repository cannot be read";
    E0561 Error "a dialect is changed without saying so";
    E0562 Error "an entry of a dialect that does not fit";
    E0601 Error "no target to compile for";
    E0602 Error "a target's name";
    E0603 Error "unknown backend";
    E0604 Error "unknown schema or product";
    E0605 Error "a value for a parameter that does not fit";
    E0606 Error "values for a hunt that does not exist";
    E0607 Error "unknown release of a platform";
    E0608 Error "what a target reads";
    E0609 Error "no hunt there";
    E0610 Error "a query cannot be written";
    E0611 Error "a rolled-up table that does not fit";
    E0612 Error "a type of columns that the backend does not know";
    E0613 Error "a name that the backend cannot read";
    E0640 Error "rows in no known form";
    E0641 Error "files in forms that the hunt reads differently";
    E0642 Error "no event in the data";
    E0645 Error "a format that huntc does not read";
    E0646 Error "a faulty `--accept` file";
    E0649 Error "an option of reading that does not fit";
    E0650 Error "an integer beyond 64 bits";
    E0651 Error "a look-up that only a platform can answer";
    E0652 Error "a defect of huntc";
    E0653 Error "data that cannot be read";
    E0654 Error "malformed data";
    E0655 Error "not an instant";
    E0656 Error "a parameter on the command line";
    E0657 Error "no such schema";
    E0658 Error "a table on the command line";
    E0659 Error "a chart that cannot be made";
    E0660 Error "an engine that is not there";
    E0661 Error "a page that cannot be written";
    E0662 Error "an engine that was lost";
    E0670 Error "an engine's URL that cannot be used";
    E0671 Error "something left on an engine";
    E0680 Error "a column that the result does not have";
    E0681 Error "an expected row that lacks a column";
    E0682 Error "expectations that contradict each other";
    E0683 Error "a fixture whose data cannot be read";
    E0684 Error "a fixture that does not hold";
    E0685 Error "a fixture that cannot be updated";
    E0686 Error "a hunt that cannot be formatted";
    E0690 Error "a query that its platform refuses";
    E0691 Error "a query that the interpreter does not know";
    E0692 Error "a query that fails as it runs";
    E0693 Error "a query over its budget";
    N0501 Note "a mapping that loses something";
    N0502 Note "a word that does not occur in the schema";
    N0503 Note "an optional part is left out";
    N0504 Note "a hunt is not for a target";
    N0511 Note "what the text costs or relies on";
    N0512 Note "the platform cuts long results";
    N0513 Note "the text is too long for a rule";
    N0514 Note "the lookback is longer than the data are kept";
    N0515 Note "a rolled-up table is not read";
    N0516 Note "a table's rows are written into the text";
    W0601 Warning "a word that the schema does not list";
    W0602 Warning "a tested field that is empty";
    W0603 Warning "an export that is not whole";
    W0604 Warning "no event in the window";
    N0517 Note "the engine folds case by word";
    N0518 Note "an index may hold several values";
    N0519 Note "the engine folds some letters in its own way";
    N0525 Note "a field that no index of the target maps";
    N0526 Note "a technical preview";
    N0527 Note "a product that may leave 64 bits";
    N0601 Note "a condition that no event decides";
    N0602 Note "a reason for a broken text that nothing needs";
    N0610 Note "an accepted finding that did not occur";
    L0101 Warning "an operand repeated";
    L0102 Warning "list entries that can never match";
    L0103 Warning "a fallback that differs from a map's value only in case";
    L0104 Warning "two keys of a map with one name";
    L0105 Warning "an exact test on a field whose case varies";
    L0106 Warning "an ATT&CK technique that does not exist";
    L0107 Warning "an ATT&CK technique that is no longer in use";
    L0108 Warning "a port tested under another service's name";
    L0109 Warning "a condition that can never be true";
    L0110 Warning "a condition that is always true";
    L0111 Warning "a list entry written twice";
    L0112 Warning "something declared and never used";
    L0113 Warning "an `allow` that allows nothing";
    L0114 Warning "a wildcard compared as plain text";
    L0115 Warning "a cell of a table that can never match";
    L0116 Warning "a number that is no port";
    L0117 Warning "a text that is no hash of this kind";
    L0118 Warning "a path compared with a file name";
    L0119 Warning "a file name compared with a path";
    L0125 Warning "a series that counts less than the hunt reads";
    L0126 Warning "grouped by an identifier that may be missing";
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
