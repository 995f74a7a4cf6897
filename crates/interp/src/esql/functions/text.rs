//! In: calls on strings. Out: nodes.
//! Guarantee: characters are code points, positions begin at 1 (Elastic docs, "String functions").

use super::super::arguments::Arguments;
use super::super::cell::{Cell, Value};
use super::super::java_regex::{self, Fault, Pattern};
use super::super::node::{MULTI, Node, Outcome, Run};
use super::super::refuse::unknown;
use super::super::types::Type;
use crate::Refusal;

/// The family.
pub(crate) const NAMES: &[&str] = &[
    "bit_length",
    "byte_length",
    "concat",
    "contains",
    "ends_with",
    "left",
    "length",
    "locate",
    "ltrim",
    "repeat",
    "replace",
    "reverse",
    "right",
    "rtrim",
    "space",
    "split",
    "starts_with",
    "substring",
    "to_lower",
    "to_upper",
    "trim",
];

/// What CONCAT, REPEAT, REPLACE and SPACE may make at most.
const LARGEST: usize = 1_048_576;

fn text(value: &str) -> Outcome {
    Ok(Some(Value::text(value)))
}

fn whole(value: usize) -> Outcome {
    Ok(Some(Value::Whole(i64::try_from(value).unwrap_or(i64::MAX))))
}

/// A call of the family.
pub(crate) fn call(name: &str, mut arguments: Arguments) -> Result<Node, Refusal> {
    match name {
        "concat" => return concat(arguments),
        "locate" => return locate(arguments),
        "replace" => return replace(arguments),
        "split" => return split(arguments),
        "substring" => return substring(arguments),
        _ => {}
    }
    if name == "space" {
        let count = arguments.whole()?;
        arguments.done()?;
        let span = arguments.site.span;
        return Ok(Node::single([count], Type::Keyword, span, |[count]| {
            repeated(" ", count)
        }));
    }
    let subject = arguments.text()?;
    match name {
        "left" | "right" | "repeat" => {
            let count = arguments.whole()?;
            arguments.done()?;
            let name = name.to_owned();
            let span = arguments.site.span;
            Ok(Node::single(
                [subject, count],
                Type::Keyword,
                span,
                move |[subject, count]| {
                    let subject = subject.str().unwrap_or_default();
                    if name == "repeat" {
                        return repeated(subject, count);
                    }
                    let chars = subject.chars().count();
                    let wanted = count.whole().unwrap_or_default().max(0);
                    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX).min(chars);
                    let from = if name == "left" { 0 } else { chars - wanted };
                    text(&subject.chars().skip(from).take(wanted).collect::<String>())
                },
            ))
        }
        "contains" | "starts_with" | "ends_with" => {
            let other = arguments.text()?;
            arguments.done()?;
            let name = name.to_owned();
            let span = arguments.site.span;
            Ok(Node::single(
                [subject, other],
                Type::Boolean,
                span,
                move |[subject, other]| {
                    let (subject, other) = (
                        subject.str().unwrap_or_default(),
                        other.str().unwrap_or_default(),
                    );
                    Ok(Some(Value::Boolean(match name.as_str() {
                        "contains" => subject.contains(other),
                        "starts_with" => subject.starts_with(other),
                        _ => subject.ends_with(other),
                    })))
                },
            ))
        }
        "to_lower" | "to_upper" => {
            arguments.done()?;
            let lower = name == "to_lower";
            // Cases are changed value by value.
            let span = arguments.site.span;
            Ok(Node::each(subject, Type::Keyword, span, move |value| {
                let value = value.str().unwrap_or_default();
                text(&if lower {
                    value.to_lowercase()
                } else {
                    value.to_uppercase()
                })
            }))
        }
        _ => {
            arguments.done()?;
            let name = name.to_owned();
            let ty = if name.ends_with("length") {
                Type::Integer
            } else {
                Type::Keyword
            };
            let span = arguments.site.span;
            Ok(Node::single([subject], ty, span, move |[subject]| {
                let subject = subject.str().unwrap_or_default();
                match name.as_str() {
                    "bit_length" => whole(subject.len().saturating_mul(8)),
                    "byte_length" => whole(subject.len()),
                    "length" => whole(subject.chars().count()),
                    "ltrim" => text(subject.trim_start_matches(blank)),
                    "rtrim" => text(subject.trim_end_matches(blank)),
                    "trim" => text(subject.trim_matches(blank)),
                    // Characters of several code points stay whole on the platform.
                    _ if !subject.is_ascii() && subject.chars().any(joins) => {
                        Err("REVERSE of joined characters is not known here".to_owned())
                    }
                    _ => text(&subject.chars().rev().collect::<String>()),
                }
            }))
        }
    }
}

/// White space in Java's sense: no-break spaces are none.
fn blank(c: char) -> bool {
    matches!(c, '\u{1c}'..='\u{1f}')
        || c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{85}')
}

/// Code points that may join others to one character.
fn joins(c: char) -> bool {
    !(c.is_ascii() || ('\u{a0}'..='\u{2ff}').contains(&c) || ('\u{370}'..='\u{482}').contains(&c))
}

fn repeated(subject: &str, count: &Value) -> Outcome {
    let count = count.whole().unwrap_or_default();
    let Ok(count) = usize::try_from(count) else {
        return Err(format!(
            "Number parameter cannot be negative, found [{count}]"
        ));
    };
    if count.saturating_mul(subject.len()) > LARGEST {
        return Err("the result would be larger than [1MB]".to_owned());
    }
    text(&subject.repeat(count))
}

fn concat(mut arguments: Arguments) -> Result<Node, Refusal> {
    let mut nodes = vec![arguments.text()?, arguments.text()?];
    while arguments.left() > 0 {
        nodes.push(arguments.text()?);
    }
    let span = arguments.site.span;
    Ok(Node::spread(nodes, Type::Keyword, span, |values| {
        let joined: String = values.iter().filter_map(|v| v.str()).collect();
        if joined.len() > LARGEST {
            return Err(format!(
                "concatenating more than [{LARGEST}] bytes is not supported"
            ));
        }
        text(&joined)
    }))
}

fn optional(arguments: &mut Arguments, default: i64) -> Result<Node, Refusal> {
    if arguments.left() > 0 {
        return arguments.whole();
    }
    let span = arguments.site.span.clone();
    let cell = Cell::One(Value::Whole(default));
    Ok(Node::constant(cell, Type::Integer, span))
}

fn locate(mut arguments: Arguments) -> Result<Node, Refusal> {
    let subject = arguments.text()?;
    let wanted = arguments.text()?;
    let start = optional(&mut arguments, 1)?;
    arguments.done()?;
    let span = arguments.site.span;
    Ok(Node::single(
        [subject, wanted, start],
        Type::Integer,
        span,
        |[subject, wanted, start]| {
            let subject = subject.str().unwrap_or_default();
            let wanted = wanted.str().unwrap_or_default();
            let skip = start.whole().unwrap_or_default().max(1) - 1;
            let skip = usize::try_from(skip).unwrap_or(usize::MAX);
            let from = subject
                .char_indices()
                .map(|(at, _)| at)
                .chain([subject.len()])
                .nth(skip);
            let found = from.and_then(|from| {
                let at = subject.get(from..)?.find(wanted)?;
                Some(subject.get(..from + at)?.chars().count() + 1)
            });
            whole(found.unwrap_or(0))
        },
    ))
}

fn substring(mut arguments: Arguments) -> Result<Node, Refusal> {
    let subject = arguments.text()?;
    let start = arguments.whole()?;
    let length = optional(&mut arguments, i64::from(i32::MAX))?;
    arguments.done()?;
    let span = arguments.site.span;
    Ok(Node::single(
        [subject, start, length],
        Type::Keyword,
        span,
        |[subject, start, length]| {
            let subject = subject.str().unwrap_or_default();
            let length = length.whole().unwrap_or_default();
            let Ok(length) = usize::try_from(length) else {
                return Err(format!(
                    "Length parameter cannot be negative, found [{length}]"
                ));
            };
            let start = start.whole().unwrap_or_default();
            // Below zero counts from the end; zero is the beginning.
            let from = if start >= 0 {
                usize::try_from((start - 1).max(0)).unwrap_or(usize::MAX)
            } else {
                let chars = i64::try_from(subject.chars().count()).unwrap_or(i64::MAX);
                usize::try_from(chars.saturating_add(start)).unwrap_or(0)
            };
            text(&subject.chars().skip(from).take(length).collect::<String>())
        },
    ))
}

fn split(mut arguments: Arguments) -> Result<Node, Refusal> {
    let subject = arguments.text()?;
    let delimiter = arguments.text()?;
    arguments.done()?;
    if let Some(value) = delimiter.fold_one()
        && value.str() == Some("")
    {
        return Err(arguments
            .site
            .unknown("splitting at nothing is not known here"));
    }
    let span = arguments.site.span;
    Ok(Node::cells(
        vec![subject, delimiter],
        Type::Keyword,
        span,
        |cells| match cells {
            [Cell::One(subject), Cell::One(delimiter)] => {
                let delimiter = delimiter.str().unwrap_or_default();
                if delimiter.is_empty() {
                    return Err("delimiter must be single byte for now".to_owned());
                }
                let subject = subject.str().unwrap_or_default();
                Ok(Cell::of(
                    subject.split(delimiter).map(Value::text).collect(),
                ))
            }
            [Cell::Many(_), _] | [_, Cell::Many(_)] => Err(MULTI.to_owned()),
            _ => Ok(Cell::Null),
        },
    ))
}

fn replace(mut arguments: Arguments) -> Result<Node, Refusal> {
    let subject = arguments.text()?;
    let pattern = arguments.text()?;
    let replacement = arguments.text()?;
    arguments.done()?;
    let site = arguments.site;
    let constant = match pattern.fold_one() {
        Some(value) => match compiled(value.str().unwrap_or_default()) {
            Ok(pattern) => Some(pattern),
            Err(Fault::Unknown(message)) => return Err(site.unknown(message)),
            Err(Fault::Invalid(message)) => return Err(site.invalid(message)),
        },
        None => None,
    };
    let place = site.span.clone();
    Ok(Node {
        run: Run::Apply(
            vec![subject, pattern, replacement],
            Box::new(move |cells, notes| {
                let [
                    Cell::One(subject),
                    Cell::One(pattern),
                    Cell::One(replacement),
                ] = cells
                else {
                    if cells.iter().all(|c| !c.is_null()) {
                        notes.warn(&place, MULTI);
                    }
                    return Cell::Null;
                };
                let subject = subject.str().unwrap_or_default();
                let fresh;
                let pattern = match &constant {
                    Some(pattern) => pattern,
                    None => match compiled(pattern.str().unwrap_or_default()) {
                        Ok(pattern) => {
                            fresh = pattern;
                            &fresh
                        }
                        Err(Fault::Unknown(message)) => {
                            notes.stop(unknown("REPLACE", message, place.clone()));
                            return Cell::Null;
                        }
                        Err(Fault::Invalid(message)) => {
                            notes.warn(&place, &message);
                            return Cell::Null;
                        }
                    },
                };
                if !pattern.reads(subject) {
                    let message = "`$` before a line end that closes the text is not known here";
                    notes.stop(unknown("REPLACE", message, place.clone()));
                    return Cell::Null;
                }
                let replacement = replacement.str().unwrap_or_default();
                match java_regex::replace(pattern, subject, replacement, LARGEST) {
                    Ok(replaced) => Cell::One(Value::text(&replaced)),
                    Err(Fault::Unknown(message)) => {
                        notes.stop(unknown("REPLACE", message, place.clone()));
                        Cell::Null
                    }
                    Err(Fault::Invalid(message)) => {
                        notes.warn(&place, &message);
                        Cell::Null
                    }
                }
            }),
        ),
        ty: Type::Keyword,
        span: site.span,
        literal: false,
    })
}

fn compiled(pattern: &str) -> Result<Pattern, Fault> {
    let compiled = java_regex::compile(pattern)?;
    if compiled.regex.is_match("") {
        // After a match, Java tries the empty text at the same place once more.
        return Err(Fault::Unknown(
            "replacing matches of nothing is not known here".to_owned(),
        ));
    }
    Ok(compiled)
}
