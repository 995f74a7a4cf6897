//! Characters and classes: from regex-syntax's tree to [`Class`].

use regex_syntax::ast;
use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::error::{PatternError, error};
use super::node::{Class, DIGIT, SPACE, WORD};

pub(super) fn character(c: char, span: &ast::Span) -> Result<char, PatternError> {
    if c == '\0' {
        return Err(error(
            span,
            "the character NUL",
            "PostgreSQL's text cannot hold it; begin a range with `\\x01`",
        ));
    }
    Ok(c)
}

pub(super) fn perl(perl: &ast::ClassPerl) -> Class {
    let ranges: &[(char, char)] = match perl.kind {
        ast::ClassPerlKind::Digit => &DIGIT,
        ast::ClassPerlKind::Space => &SPACE,
        ast::ClassPerlKind::Word => &WORD,
    };
    Class::new(ranges, perl.negated)
}

pub(super) fn no_unicode(span: &ast::Span) -> PatternError {
    error(
        span,
        "Unicode classes are not portable",
        "Lucene and PostgreSQL have none; list the characters or ranges",
    )
}

fn posix(ascii: &ast::ClassAscii) -> Class {
    use ast::ClassAsciiKind as Kind;
    let ranges: &[(char, char)] = match ascii.kind {
        Kind::Alnum => &[('A', 'Z'), ('a', 'z'), ('0', '9')],
        Kind::Alpha => &[('A', 'Z'), ('a', 'z')],
        Kind::Ascii => &[('\u{1}', '\u{7f}')],
        Kind::Blank => &[(' ', ' '), ('\t', '\t')],
        Kind::Cntrl => &[('\u{1}', '\u{1f}'), ('\u{7f}', '\u{7f}')],
        Kind::Digit => &DIGIT,
        Kind::Graph => &[('!', '~')],
        Kind::Lower => &[('a', 'z')],
        Kind::Print => &[(' ', '~')],
        Kind::Punct => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        Kind::Space => &[('\t', '\r'), (' ', ' ')],
        Kind::Upper => &[('A', 'Z')],
        Kind::Word => &WORD,
        Kind::Xdigit => &[('0', '9'), ('A', 'F'), ('a', 'f')],
    };
    Class::new(ranges, ascii.negated)
}

/// `[…]`. Without negated parts inside, the ranges stay as they were written.
pub(super) fn bracketed(
    bracketed: &ast::ClassBracketed,
    ignore_case: bool,
) -> Result<Class, PatternError> {
    let set = match &bracketed.kind {
        ast::ClassSet::Item(item) => item,
        ast::ClassSet::BinaryOp(op) => {
            return Err(error(
                &op.span,
                "set operations in a class are not portable",
                "for the characters put a backslash before each",
            ));
        }
    };
    let mut parts = Vec::new();
    items(set, &mut parts)?;
    let class = if parts.iter().any(|part| part.negated) {
        let mut members = ClassUnicode::empty();
        for part in &parts {
            members.union(&part.members());
        }
        if ignore_case {
            close_ascii(&mut members);
        }
        if bracketed.negated {
            members.negate();
        }
        Class::of(members)
    } else {
        let mut ranges: Vec<(char, char)> = Vec::new();
        for range in parts.iter().flat_map(|part| &part.ranges) {
            if !ranges.contains(range) {
                ranges.push(*range);
            }
        }
        Class {
            ranges,
            negated: bracketed.negated,
        }
    };
    if class.members().ranges().is_empty() {
        return Err(error(
            &bracketed.span,
            "a class without any character",
            None,
        ));
    }
    Ok(class)
}

/// Adds the other case of every ASCII letter: `[\Wa]` with case ignored holds `A` too.
fn close_ascii(set: &mut ClassUnicode) {
    for small in 'a'..='z' {
        let pair = [small, small.to_ascii_uppercase()];
        let mut letters = ClassUnicode::new(pair.map(|c| ClassUnicodeRange::new(c, c)));
        let all = letters.clone();
        letters.intersect(set);
        if !letters.ranges().is_empty() {
            set.union(&all);
        }
    }
}

fn items(item: &ast::ClassSetItem, parts: &mut Vec<Class>) -> Result<(), PatternError> {
    use ast::ClassSetItem as Item;
    match item {
        Item::Empty(_) => {}
        Item::Literal(literal) => {
            let c = character(literal.c, &literal.span)?;
            parts.push(Class::new(&[(c, c)], false));
        }
        Item::Range(range) => {
            let low = character(range.start.c, &range.start.span)?;
            parts.push(Class::new(&[(low, range.end.c)], false));
        }
        Item::Ascii(ascii) => parts.push(posix(ascii)),
        Item::Unicode(class) => return Err(no_unicode(&class.span)),
        Item::Perl(class) => parts.push(perl(class)),
        Item::Bracketed(inner) => {
            return Err(error(
                &inner.span,
                "a class inside a class is not portable",
                "for the character write `\\[`",
            ));
        }
        Item::Union(union) => {
            for item in &union.items {
                items(item, parts)?;
            }
        }
    }
    Ok(())
}
