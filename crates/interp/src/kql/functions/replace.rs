//! Functions that search texts with patterns and replace in them.
//!
//! In: a call. Out: its expression. Guarantee: `trim` and its kin take a pattern and remove all that one pattern with anchors matches, as the engine
//! builds it: one match at an edge, and more where the pattern closes the group around it
//! (<https://learn.microsoft.com/en-us/kusto/query/trim-function>); `\1` in a replacement is a group
//! (<https://learn.microsoft.com/en-us/kusto/query/replace-regex-function>).

use super::{Answered, Call};
use crate::kql::ast::Kind;
use crate::kql::cell::{Cell, Type};
use crate::kql::convert;
use crate::kql::fault::Fault;
use crate::kql::regexes::{Anchor, Pattern};
use crate::kql::typed::Typed;
use regex::Captures;

pub(super) fn bind(call: &Call<'_, '_, '_>) -> Answered {
    Ok(Some(match call.name {
        "extract" => {
            call.count(3, 4)?;
            extract(call)?
        }
        "extract_all" | "extractall" => {
            call.count(2, 3)?;
            extract_all(call)?
        }
        "replace_string" => {
            call.count(3, 3)?;
            let parts = [call.text(0)?, call.text(1)?, call.text(2)?];
            let budget = call.scope.session.budget.clone();
            Typed::strict(Type::Text, &parts, move |cells| {
                let [Cell::Text(text), Cell::Text(from), Cell::Text(to)] = cells else {
                    return None;
                };
                if from.is_empty() {
                    return Some(Cell::Text(text.clone()));
                }
                if to.len() > from.len() {
                    let grown = text.matches(&**from).count().saturating_mul(to.len());
                    super::within(grown.saturating_add(text.len()), &budget)?;
                }
                Some(Cell::text(text.replace(&**from, to)))
            })
        }
        "replace_regex" => {
            call.count(3, 3)?;
            replaced(call, 1, 2, 0)?
        }
        // The old name has its text last.
        "replace" => {
            call.count(3, 3)?;
            replaced(call, 0, 1, 2)?
        }
        "trim" | "trim_start" | "trim_end" => {
            call.count(2, 2)?;
            trim(call)?
        }
        "regex_quote" => {
            call.count(1, 1)?;
            let text = call.text(0)?;
            Typed::strict(Type::Text, &[text], |cells| {
                Some(Cell::text(regex::escape(cells.first()?.as_text()?)))
            })
        }
        _ => return Ok(None),
    }))
}

fn group_text(captures: &Captures<'_>, group: usize) -> Cell {
    Cell::text(captures.get(group).map_or("", |found| found.as_str()))
}

fn extract(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let pattern = call.text(0)?;
    let regex = Pattern::bind(&pattern, &call.span(0), call.scope)?;
    let parts = [pattern, call.long(1)?, call.text(2)?];
    let found = Typed::strict(Type::Text, &parts, move |cells| {
        let [pattern, Cell::Long(group), Cell::Text(text)] = cells else {
            return None;
        };
        let group = usize::try_from(*group).ok()?;
        let captures = regex.get(pattern)?;
        let captures = captures.captures(text)?;
        Some(group_text(&captures, group))
    });
    let Some(argument) = call.arguments.get(3) else {
        return Ok(found);
    };
    let target = match &argument.value.kind {
        Kind::Call(name, types) if name == "typeof" => match types.as_slice() {
            [ty] => match &ty.value.kind {
                Kind::Name(name) => Type::named(name),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    let target = target.ok_or_else(|| call.wrong(3, "`typeof(…)`"))?;
    Ok(convert::to(target, &found, call.late()))
}

/// All matches: their group, or an array of their groups.
fn extract_all(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let pattern = call.text(0)?;
    let regex = Pattern::bind(&pattern, &call.span(0), call.scope)?;
    let last = call.args.len() - 1;
    let mut parts = vec![pattern.clone(), call.text(last)?];
    if last == 2 {
        parts.push(call.dynamic(1)?);
    }
    if let Some(value) = &pattern.value
        && let Some(compiled) = regex.get(value)
        && compiled.captures_len() < 2
    {
        return Err(call.invalid("the pattern has no group"));
    }
    Ok(Typed::strict(Type::Dynamic, &parts, move |cells| {
        let compiled = regex.get(cells.first()?)?;
        let text = cells.get(1)?.as_text()?;
        let groups: Vec<usize> = match cells.get(2) {
            None => (1..compiled.captures_len()).collect(),
            Some(chosen) if chosen.as_array()?.is_empty() => (1..compiled.captures_len()).collect(),
            // Groups that the pattern does not have are dropped.
            Some(chosen) => chosen
                .as_array()?
                .iter()
                .filter_map(|group| match group {
                    Cell::Long(at) => usize::try_from(*at).ok(),
                    Cell::Text(name) => compiled
                        .capture_names()
                        .position(|known| known == Some(&**name)),
                    _ => None,
                })
                .filter(|group| *group < compiled.captures_len())
                .collect(),
        };
        let matches: Vec<Cell> = compiled
            .captures_iter(text)
            .map(|captures| match groups.as_slice() {
                [one] => group_text(&captures, *one),
                several => Cell::array(
                    several
                        .iter()
                        .map(|group| group_text(&captures, *group))
                        .collect(),
                ),
            })
            .collect();
        (!matches.is_empty()).then(|| Cell::array(matches))
    }))
}

fn replaced(
    call: &Call<'_, '_, '_>,
    pattern: usize,
    rewrite: usize,
    text: usize,
) -> Result<Typed, Fault> {
    let typed = call.text(pattern)?;
    let regex = Pattern::bind(&typed, &call.span(pattern), call.scope)?;
    let parts = [typed, call.text(rewrite)?, call.text(text)?];
    let budget = call.scope.session.budget.clone();
    Ok(Typed::strict(Type::Text, &parts, move |cells| {
        let [pattern, Cell::Text(rewrite), Cell::Text(text)] = cells else {
            return None;
        };
        let compiled = regex.get(pattern)?;
        budget.check().ok()?;
        let replaced = compiled.replace_all(text, |captures: &Captures<'_>| {
            let new = rewritten(rewrite, captures);
            // What does not fit is left out: the run is refused.
            match budget.bytes(new.len()) {
                Ok(()) => new,
                Err(_) => String::new(),
            }
        });
        Some(Cell::text(replaced))
    }))
}

/// The replacement with `\0` to `\9` filled in.
fn rewritten(rewrite: &str, captures: &Captures<'_>) -> String {
    let mut out = String::new();
    let mut letters = rewrite.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some(digit) if digit.is_ascii_digit() => {
                let group = digit.to_digit(10).and_then(|d| usize::try_from(d).ok());
                let found = group.and_then(|group| captures.get(group));
                out.push_str(found.map_or("", |found| found.as_str()));
            }
            Some('\\') => out.push('\\'),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

fn trim(call: &Call<'_, '_, '_>) -> Result<Typed, Fault> {
    let pattern = call.text(0)?;
    let span = call.span(0);
    let anchor = match call.name {
        "trim_start" => Anchor::Start,
        "trim_end" => Anchor::End,
        _ => Anchor::Both,
    };
    let edges = Pattern::anchored(&pattern, &span, call.scope, anchor)?;
    let parts = [pattern.clone(), call.text(1)?];
    Ok(Typed::strict(Type::Text, &parts, move |cells| {
        let [pattern, Cell::Text(text)] = cells else {
            return None;
        };
        Some(Cell::text(edges.get(pattern)?.replace_all(text, "")))
    }))
}
