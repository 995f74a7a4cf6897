//! A hunt's query in the layout of the language; the rest of its file stays as it is.
//!
//! In: a [`Source`]. Out: [`Formatted`]. Guarantee: outside of the lines of the query no byte changes; the query has the same tokens and comments in the same
//! order, and formatting it again changes nothing: both are tested on each text before it is given out.

use super::Platforms;
use crate::diag::{Code, Diagnostic};
use crate::hunt;
use crate::plan::{self, Catalog};
use crate::source::{Files, Source, Span};
use crate::syntax;

/// The text of a hunt file, as it is and as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Formatted {
    /// As it is.
    pub(crate) old: String,
    /// As it should be; the same where the query is formatted.
    pub(crate) new: String,
}

/// Formats the query of a hunt. Names and types are not looked at, nor is the rest of the file beyond what YAML asks.
pub(super) fn format(
    files: &mut Files,
    platforms: &Platforms,
    source: &Source,
) -> Result<Formatted, Vec<Diagnostic>> {
    let (slice, text) = query(files, source).map_err(|faults| {
        plan::name_platform_columns(faults, files, &Catalog::library(&platforms.library))
    })?;
    let defect = || {
        let title = "huntc cannot format this query without changing more than its layout";
        let defect = Diagnostic::at(Code::E0686, slice, title);
        vec![defect.help("this is a defect of huntc; please report it with this text")]
    };
    let old = files.text(slice.file).to_owned();
    let new = text
        .as_deref()
        .and_then(|text| with_query(&old, slice, text))
        .ok_or_else(defect)?;
    let again = Source::memory(source.path(), new.clone());
    match query(&mut Files::default(), &again) {
        Ok((_, read)) if read == text => Ok(Formatted { old, new }),
        _ => Err(defect()),
    }
}

/// The place of the query and its formatted text.
fn query(files: &mut Files, source: &Source) -> Result<(Span, Option<String>), Vec<Diagnostic>> {
    let slice = hunt::query_place(files, source)?;
    let query = syntax::parse(files, slice)?;
    Ok((slice, syntax::print::formatted(&query)))
}

/// The file with another text in the lines of its query.
fn with_query(file: &str, slice: Span, query: &str) -> Option<String> {
    let old = file.get(slice.start as usize..slice.end as usize)?;
    let first = slice.start as usize + old.len().checked_sub(old.trim_start().len())?;
    let mut end = slice.start as usize + old.trim_end().len();
    let rest = file.get(end..)?;
    let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    if rest.get(spaces..)?.is_empty() || rest.get(spaces..)?.starts_with(['\n', '\r']) {
        end += spaces;
    }
    // Empty lines between the header of the block and its first line belong to its layout.
    let header = file.get(..first)?.trim_end();
    let break_end = header.len() + file.get(header.len()..first)?.find('\n')? + 1;
    let line = file.get(..first)?.rfind('\n')? + 1;
    let indent = file.get(line..first)?;
    let indent = indent.get(..indent.len() - indent.trim_start_matches(' ').len())?;
    let is_windows = file.get(header.len()..break_end)?.contains("\r\n");
    let line_end = if is_windows { "\r\n" } else { "\n" };
    let mut lines = String::new();
    for (index, line) in query.lines().enumerate() {
        if index > 0 {
            lines.push_str(line_end);
        }
        if !line.is_empty() {
            lines.push_str(indent);
            lines.push_str(line);
        }
    }
    Some([file.get(..break_end)?, &lines, file.get(end..)?].concat())
}

#[cfg(test)]
mod tests {
    use super::with_query;
    use crate::source::{FileId, Span};

    fn replaced(file: &str, old: &str) -> String {
        let start = file.find(old).unwrap();
        let slice = Span::new(FileId::default(), start, start + old.len());
        with_query(file, slice, "from c\n\n| where a").unwrap()
    }

    #[test]
    fn only_the_lines_of_the_query_change() {
        let file = "a: 1\nquery: |  # here\n    from c|\n  where  a  \n\n\nb: 2 ";
        assert_eq!(
            replaced(file, "from c|\n  where  a  \n\n"),
            "a: 1\nquery: |  # here\n    from c\n\n    | where a\n\n\nb: 2 "
        );
    }

    #[test]
    fn line_ends_of_windows_stay() {
        let file = "\u{feff}query: |-\r\n\r\n  from c | where\r\n  a\r\nb: 2\r\n";
        assert_eq!(
            replaced(file, "from c | where\r\n  a\r\n"),
            "\u{feff}query: |-\r\n  from c\r\n\r\n  | where a\r\nb: 2\r\n"
        );
    }

    #[test]
    fn a_file_may_end_without_a_line_break() {
        let file = "query: |\n from c | where a\t";
        assert_eq!(
            replaced(file, "from c | where a\t"),
            "query: |\n from c\n\n | where a"
        );
    }
}
