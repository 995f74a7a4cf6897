//! What keeps a text of a hunt from becoming a part of the query.
//!
//! In: the text of a pattern or a template; the rules for names and literals. Out: the quote inside which a placeholder is, if any; a closing quote
//! that no rule escapes. Guarantee: what is found is wrong in every dialect: a value comes with its quotes, so that quotes around it end where it begins; a
//! literal ends at the first closing quote in its text unless that is escaped.

use super::super::loaded::DialectFile;
use crate::diag::{Code, Diagnostic};
use crate::source::Span;
use std::collections::BTreeMap;

/// The quote around the first placeholder that is between quotes. Quotes inside of `{{ … }}` and `{% … %}` are the template's own.
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

/// The part of a dialect whose rules let a text end its literal, a name its quotes or a comment its line, and why.
pub(super) fn open_end(file: &DialectFile) -> Option<(&'static str, String)> {
    if file.comment.trim().is_empty() {
        let why = "without it the lines of the header would be a part of the query";
        return Some(("comment", why.to_owned()));
    }
    if let Some(names) = &file.names
        && let Some(why) = unescaped(&names.close, &names.escapes, "")
    {
        return Some(("names", why));
    }
    let literals = file.literals.as_ref()?;
    let refused = literals.refused.as_str();
    let plain = unescaped(&literals.close, &literals.escapes, refused);
    let verbatim = literals.verbatim.as_ref();
    let verbatim = verbatim.and_then(|form| unescaped(&form.close, &form.escapes, &form.refused));
    let mut others = literals.escaped.iter().chain(&literals.hidden);
    let other = others.find_map(|form| unescaped(&form.close, &form.escapes, refused));
    let why = plain.or(verbatim).or(other)?;
    Some(("literals", why))
}

/// Why a text can end quotes early, if it can.
fn unescaped(close: &str, escapes: &BTreeMap<String, String>, refused: &str) -> Option<String> {
    let is_written = |c: char| {
        escapes
            .keys()
            .any(|key| key.starts_with(c) && key.len() == c.len_utf8())
            || refused.contains(c)
    };
    let quote = close.chars().next()?;
    if !is_written(quote) {
        return Some(format!(
            "`escapes` has no entry for {quote}, which ends the text"
        ));
    }
    let uses_backslash = escapes.values().any(|text| text.starts_with('\\'));
    (uses_backslash && !is_written('\\')).then(|| {
        "`escapes` writes a backslash before others and has no entry for the backslash".to_owned()
    })
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
    use super::*;

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
    fn rules_without_an_escape_are_found() {
        let dialects = crate::backend::dialect::dialects::Dialects::embedded();
        let file = |name: &str| dialects.load(name, None).unwrap().file;
        for name in dialects.names() {
            assert_eq!(open_end(&file(name)), None, "{name}");
        }
        let part = |change: &dyn Fn(&mut DialectFile)| {
            let mut file = file("spark");
            change(&mut file);
            open_end(&file).map(|(part, _)| part)
        };
        assert_eq!(part(&|file| file.comment.clear()), Some("comment"));
        let names = |file: &mut DialectFile| file.names.as_mut().unwrap().escapes.clear();
        assert_eq!(part(&names), Some("names"));
        for key in ["'", "\\"] {
            let literals = |file: &mut DialectFile| {
                file.literals.as_mut().unwrap().escapes.remove(key);
            };
            assert_eq!(part(&literals), Some("literals"), "{key}");
        }
    }

    #[test]
    fn no_carried_dialect_has_one() {
        let carried = crate::backend::dialect::dialects::Dialects::embedded();
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
