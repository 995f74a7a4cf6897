//! Names of named blocks, which say what the block's rows are.
//!
//! In: the blocks of a query, the event class, names that are taken. Out: the same blocks with names. Guarantee: `[a-z0-9_]` only and at most
//! [`LONGEST`] characters before a number that tells equal ones apart; no name is a table's, a column's or another block's in any case of its letters;
//! the same plan has the same names.

use super::blocks::{Block, Item, Projection};
use crate::backend::passes::series;
use crate::plan::made_functions::WINDOWS_AGO;
use crate::plan::{Column, Expr, ExprKind};
use std::collections::BTreeSet;

/// The longest name. PostgreSQL cuts names at 63 bytes.
const LONGEST: usize = 40;

/// Gives each block its name. `class` is the event class (`network_session`).
pub(crate) fn name(blocks: &mut [Block], class: &str, taken: impl IntoIterator<Item = String>) {
    let mut taken: BTreeSet<String> = taken.into_iter().map(|name| name.to_lowercase()).collect();
    let windows = windows(blocks);
    let mut noun = rows_of(class);
    for block in blocks {
        let wanted = describe(block, windows.as_ref(), &mut noun);
        let mut chosen = wanted.clone();
        let mut number = 2;
        while !taken.insert(chosen.clone()) {
            chosen = format!("{wanted}_{number}");
            number += 1;
        }
        block.name = chosen;
    }
}

/// What rows of a class are called: the last noun of its name, in the plural. `network_session` gives `sessions`, `dns_query` `queries`, `sign_in` `sign_ins`.
fn rows_of(class: &str) -> String {
    let noun = match class.rsplit_once('_') {
        // A particle is no noun.
        Some((_, last)) if last.len() > 2 => last,
        _ => class,
    };
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if noun.ends_with('s') => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

/// What the rows of a block are; `noun` is what the rows are called that it reads, and then those it gives.
fn describe(block: &Block, windows: Option<&Windows>, noun: &mut String) -> String {
    let name = match &block.projection {
        Projection::Groups { keys, aggregates } => {
            let keys: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
            let mut measured = aggregates.iter().map(|aggregate| aggregate.name.as_str());
            let (first, second) = (measured.next(), measured.next());
            match (
                first.and_then(|name| name.strip_suffix("_0")),
                second,
                windows,
            ) {
                // One column for each window of a series.
                (Some(measure), Some(other), Some(windows)) if other == format!("{measure}_1") => {
                    "series".clone_into(noun);
                    format!("{}_per_{}", words(measure), windows.unit)
                }
                (_, _, Some(windows)) if keys.contains(&windows.ago.as_str()) => {
                    "counts".clone_into(noun);
                    format!("counts_per_{}", windows.unit)
                }
                _ => {
                    "groups".clone_into(noun);
                    per(&keys)
                }
            }
        }
        Projection::AllAnd(items) | Projection::Only(items) => {
            let mut made = items.iter().filter(|item| is_made(item));
            let of_series = windows.and_then(|windows| {
                made.clone()
                    .find_map(|item| series::block_name(&item.name, windows.unit))
            });
            match (of_series, made.next_back()) {
                (Some(name), _) => name,
                _ if block.limit.is_some() => {
                    let least = block.order.first().is_none_or(|key| !key.descending);
                    format!("{}_{noun}", if least { "lowest" } else { "highest" })
                }
                _ if block.filter.is_some() => format!("matching_{noun}"),
                (None, Some(last)) if block.window.is_none() => {
                    format!("{noun}_with_{}", words(&last.name))
                }
                _ if block.repeat.is_some() => format!("repeated_{noun}"),
                _ if block.window.is_some() => format!("recent_{noun}"),
                _ => format!("ordered_{noun}"),
            }
        }
    };
    bounded(&name)
}

/// `per_program`, `per_device_and_day`. Where so many words are too long, the last of each key say enough: `per_unique_id_and_folder_path`.
fn per(keys: &[&str]) -> String {
    if keys.is_empty() {
        return "totals".to_owned();
    }
    let said = |most: usize| {
        let each = keys.iter().map(|key| {
            let all = words(key);
            let all: Vec<&str> = all.split('_').collect();
            let from = all.len().saturating_sub(most);
            all.get(from..).unwrap_or_default().join("_")
        });
        format!("per_{}", each.collect::<Vec<_>>().join("_and_"))
    };
    [usize::MAX, 2, 1]
        .into_iter()
        .map(said)
        .find(|name| name.len() <= LONGEST)
        .unwrap_or_else(|| format!("per_{}_keys", keys.len()))
}

/// Small letters, digits and underscores: `SrcProcessGuid` is `src_process_guid`, `process.entity_id` is `process_entity_id`.
fn words(name: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    for c in name.chars() {
        let begins =
            c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit());
        let breaks = !c.is_ascii_alphanumeric();
        if (begins || breaks) && !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
        if !breaks {
            out.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    let out = out.trim_end_matches('_');
    if out.is_empty() {
        "value".to_owned()
    } else {
        out.to_owned()
    }
}

fn bounded(name: &str) -> String {
    let cut: String = name.chars().take(LONGEST).collect();
    cut.trim_end_matches('_').to_owned()
}

/// Whether an item is more than a column that passes through.
fn is_made(item: &Item) -> bool {
    !matches!(&item.value.kind, ExprKind::Column(column) if column.name() == item.name)
}

/// The windows of a series, as the blocks count them.
struct Windows {
    /// The column that numbers them.
    ago: String,
    /// What one is: `day`.
    unit: &'static str,
}

/// The windows of the series, if there is one.
fn windows(blocks: &[Block]) -> Option<Windows> {
    let made = blocks.iter().flat_map(|block| match &block.projection {
        Projection::AllAnd(items) | Projection::Only(items) => items.as_slice(),
        Projection::Groups { .. } => &[],
    });
    let mut numbers = made.filter(
        |item| matches!(&item.value.kind, ExprKind::Call { function, .. } if function == WINDOWS_AGO),
    );
    numbers.next().map(|item| Windows {
        ago: item.name.clone(),
        unit: series::unit_called(&item.name),
    })
}

/// Every name of a column that the blocks read or make.
pub(crate) fn columns(blocks: &[Block]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut read = |value: &Expr| {
        value.visit(&mut |part| {
            if let ExprKind::Column(column) = &part.kind {
                names.insert(Column::name(column).to_owned());
            }
        });
    };
    let mut made = BTreeSet::new();
    for block in blocks {
        block.filter.iter().for_each(&mut read);
        block.order.iter().for_each(|key| read(&key.value));
        made.extend(block.repeat.iter().map(|(name, _)| name.clone()));
        match &block.projection {
            Projection::AllAnd(items) | Projection::Only(items) => {
                for item in items {
                    read(&item.value);
                    made.insert(item.name.clone());
                }
            }
            Projection::Groups { keys, aggregates } => {
                for key in keys {
                    read(&key.value);
                    made.insert(key.name.clone());
                }
                for aggregate in aggregates {
                    aggregate
                        .argument
                        .iter()
                        .chain(&aggregate.filter)
                        .for_each(&mut read);
                    made.insert(aggregate.name.clone());
                }
            }
        }
    }
    names.extend(made);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_called_by_the_noun_of_their_class() {
        assert_eq!(rows_of("network_session"), "sessions");
        assert_eq!(rows_of("dns_query"), "queries");
        assert_eq!(rows_of("process_access"), "accesses");
        assert_eq!(rows_of("sign_in"), "sign_ins");
        assert_eq!(rows_of("key_day"), "days");
        assert_eq!(rows_of("logon"), "logons");
    }

    #[test]
    fn keys_become_words() {
        assert_eq!(words("SrcProcessGuid"), "src_process_guid");
        assert_eq!(words("process.entity_id"), "process_entity_id");
        assert_eq!(words("InitiatingProcessMD5"), "initiating_process_md5");
        assert_eq!(words("Größe \"x\""), "gr_e_x");
        assert_eq!(words("日"), "value");
    }

    #[test]
    fn groups_are_called_by_their_keys_and_never_by_too_much() {
        assert_eq!(per(&["program"]), "per_program");
        assert_eq!(per(&["device", "day"]), "per_device_and_day");
        assert_eq!(per(&[]), "totals");
        assert_eq!(
            per(&["InitiatingProcessUniqueId", "InitiatingProcessFolderPath"]),
            "per_unique_id_and_folder_path"
        );
        let many: Vec<String> = (0..20).map(|n| format!("a_rather_long_key_{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(per(&many), "per_20_keys");
        assert!(bounded(&"x".repeat(99)).len() <= LONGEST);
    }
}
