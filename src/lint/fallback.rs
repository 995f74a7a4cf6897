//! L0103: a fallback that differs from a map's value only in case. L0104: two keys of a map with one name.

use super::place::fold;
use super::subject::{Subject, each};
use crate::diag::{Code, Diagnostic};
use crate::hunt::MapOrigin;
use crate::plan::{Expr, ExprKind, show};
use crate::source::Span;
use crate::value::Value;
use std::collections::{BTreeMap, HashMap};

/// L0103.
pub(super) fn case(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    each(input, &mut |expr| {
        let fallbacks: Vec<(&Expr, &Expr)> = match &expr.kind {
            ExprKind::Call {
                function,
                arguments,
                ..
            } if function == "coalesce" => {
                let lookups = arguments.iter().filter(|argument| is_lookup(argument));
                lookups
                    .flat_map(|lookup| arguments.iter().map(move |argument| (lookup, argument)))
                    .collect()
            }
            ExprKind::Case { arms, otherwise } => {
                let values = || {
                    arms.iter()
                        .map(|(_, value)| value)
                        .chain(otherwise.as_deref())
                };
                let lookups = values().filter(|value| is_lookup(value));
                lookups
                    .flat_map(|lookup| values().map(move |value| (lookup, value)))
                    .collect()
            }
            _ => return,
        };
        for (lookup, fallback) in fallbacks {
            let (
                ExprKind::Lookup { map, rows, .. },
                ExprKind::Literal {
                    value: Value::Text(text),
                    ..
                },
            ) = (&lookup.kind, &fallback.kind)
            else {
                continue;
            };
            let Some((key, value)) = rows
                .iter()
                .find(|(_, value)| value != text && fold(value) == fold(text))
            else {
                continue;
            };
            let mut finding = Diagnostic::at(
                Code::L0103,
                fallback.span,
                format!(
                    "`{text}` and `{value}` of `${map}` differ only in case, and make two groups"
                ),
            )
            .label(format!(
                "the map has `{value}` for key {}",
                show::value(key)
            ));
            if let Some(place) = row(input, map, key) {
                finding = finding.also(place, "here");
            }
            found.push(finding.help("write the same if one group is meant, else a word that is told apart at a glance, such as `unmapped`"));
        }
    });
}

fn is_lookup(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Lookup { .. })
}

/// The place of a row in the map's file.
fn row(input: &Subject<'_>, map: &str, key: &Value) -> Option<Span> {
    match &input.hunt.maps.get(map)?.origin {
        MapOrigin::Rows { rows, .. } => rows
            .iter()
            .find(|(of, _)| of.value == *key)
            .map(|(_, value)| value.span),
        MapOrigin::Schema { .. } => None,
    }
}

/// The places of all rows in the map's file, by key.
fn rows_of(input: &Subject<'_>, map: &str) -> HashMap<String, Span> {
    match input.hunt.maps.get(map).map(|map| &map.origin) {
        Some(MapOrigin::Rows { rows, .. }) => rows
            .iter()
            .rev()
            .map(|(key, value)| (show::value(&key.value), value.span))
            .collect(),
        _ => HashMap::new(),
    }
}

/// L0104.
pub(super) fn names(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut told: Vec<&str> = Vec::new();
    each(input, &mut |expr| {
        let ExprKind::Lookup { map, rows, .. } = &expr.kind else {
            return;
        };
        if told.contains(&map.as_str()) {
            return;
        }
        told.push(map);
        let mut keys: BTreeMap<String, Vec<(&Value, &str)>> = BTreeMap::new();
        for (key, value) in rows.iter() {
            keys.entry(fold(value)).or_default().push((key, value));
        }
        let places = rows_of(input, map);
        for shared in keys.values().filter(|shared| shared.len() > 1) {
            let Some((first, name)) = shared.first() else {
                continue;
            };
            let all: Vec<String> = shared.iter().map(|(key, _)| show::value(key)).collect();
            let place = |key: &Value| places.get(&show::value(key)).copied();
            let last = shared.last().and_then(|(key, _)| place(key));
            let mut finding = Diagnostic::at(
                Code::L0104,
                last.unwrap_or(expr.span),
                format!(
                    "the keys {} of `${map}` have one name, `{name}`",
                    all.join(" and ")
                ),
            )
            .label("they are counted as one");
            if let (Some(_), Some(place)) = (last, place(first)) {
                finding = finding.also(place, "the first");
            }
            found.push(finding.help("if they are different things, tell them apart in the name, or keep the key as a column: `codes = set(…)`"));
        }
    });
}
