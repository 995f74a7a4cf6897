//! Placeholders between quotes.
//!
//! In: the text of a pattern or a template. Out: the quote inside which a placeholder stands, if one does. Promise: what is found is wrong in every dialect:
//! a value comes with its quotes, so that quotes around it end where it begins, and its text would be read as a part of the query.

use crate::diag::{Code, Diagnostic};
use crate::source::Span;

/// The quote around the first placeholder that stands between quotes. Quotes inside of `{{ … }}` and `{% … %}` are the template's own.
pub(super) fn placeholder(text: &str) -> Option<char> {
    let mut open: Option<char> = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let tag = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")]
            .into_iter()
            .find(|(begin, _)| rest.starts_with(begin));
        if let Some((begin, end)) = tag {
            if begin == "{{" && open.is_some() {
                return open;
            }
            let after = rest.find(end).map(|at| at + end.len());
            rest = after.and_then(|at| rest.get(at..)).unwrap_or("");
            continue;
        }
        open = match open {
            Some(quote) if quote == c => None,
            None if matches!(c, '\'' | '"' | '`') => Some(c),
            as_before => as_before,
        };
        rest = rest.get(c.len_utf8()..).unwrap_or("");
    }
    None
}

/// The error for it.
pub(super) fn fault(entry: &str, quote: char, span: Span) -> Diagnostic {
    let title = format!("a placeholder of `{entry}` stands between quotes ({quote})");
    Diagnostic::at(Code::E0562, span, title)
        .label("a value is already quoted")
        .help("remove the quotes around `{{ … }}`: with them a text of a hunt could end the literal and change the query")
}

#[cfg(test)]
mod tests {
    use super::placeholder;

    #[test]
    fn placeholders_between_quotes_are_found() {
        for (text, found) in [
            ("lower({{ text|arg }})", None),
            ("f('a', {{ text|arg }}, \"b\")", None),
            ("{{ value|at('add') }} is null", None),
            ("{% if present %}'x'{% endif %} {{ value }}", None),
            ("f('{{ text|arg }}')", Some('\'')),
            ("f('it''s {{ text|arg }}')", Some('\'')),
            ("f(`a {% if x %}{{ text }}{% endif %}`)", Some('`')),
            ("'unclosed {# it's #} {{ text }}", Some('\'')),
        ] {
            assert_eq!(placeholder(text), found, "{text}");
        }
    }

    #[test]
    fn no_carried_dialect_has_one() {
        let carried = crate::backend::packs::Packs::embedded();
        for (name, text) in carried.texts() {
            for line in text.lines().filter(|line| line.contains("pattern: \"")) {
                let pattern = line.split("pattern: \"").nth(1).unwrap_or("");
                let pattern = pattern.split("\", prec").next().unwrap_or("");
                let pattern = pattern.replace("\\\"", "\"");
                let end = pattern.rfind('"').unwrap_or(pattern.len());
                let pattern = pattern.get(..end).unwrap_or("");
                assert_eq!(placeholder(pattern), None, "{name}: {line}");
            }
        }
    }
}
