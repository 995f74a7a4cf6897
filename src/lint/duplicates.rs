//! L0111: a list entry written twice, or a network within another of its list.

use super::place::{each_node, folded};
use super::subject::{Subject, each};
use crate::diag::{Code, Diagnostic};
use crate::hunt::ItemType;
use crate::net::Network;
use crate::plan::{ExprKind, show};
use crate::source::Spanned;
use crate::syntax::ast;
use crate::value::Value;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut ignoring_case: BTreeSet<&str> = BTreeSet::new();
    each(input, &mut |expr| {
        if let ExprKind::In {
            fold: true,
            list: Some(list),
            ..
        } = &expr.kind
        {
            ignoring_case.insert(list);
        }
    });
    for (name, list) in &input.hunt.lists {
        if list.ty == ItemType::Network {
            networks(&list.values, found);
        } else {
            entries(&list.values, ignoring_case.contains(name.as_str()), found);
        }
    }
    each_node(input.query, &mut |node| {
        let (list, fold) = match &node.kind {
            ast::ExprKind::In { list, fold, .. } => (list, *fold),
            ast::ExprKind::TextTest { needle, fold, .. } => (needle, *fold),
            ast::ExprKind::InNetwork { networks, .. } => (networks, false),
            _ => return,
        };
        let ast::ExprKind::List(items) = &list.kind else {
            return;
        };
        let values: Vec<Spanned<Value>> = items
            .iter()
            .filter_map(|item| {
                let value = match &item.kind {
                    ast::ExprKind::Text(text) => Value::text(text),
                    ast::ExprKind::Int(number) => Value::Int(*number),
                    _ => return None,
                };
                Some(Spanned::new(value, item.span))
            })
            .collect();
        if matches!(node.kind, ast::ExprKind::InNetwork { .. }) {
            self::networks(&values, found);
        } else {
            entries(&values, fold, found);
        }
    });
}

fn entries(values: &[Spanned<Value>], fold: bool, found: &mut Vec<Diagnostic>) {
    let mut first: HashMap<String, &Spanned<Value>> = HashMap::new();
    for entry in values {
        let key = if fold {
            folded(&entry.value)
        } else {
            show::value(&entry.value)
        };
        let before = match first.entry(key) {
            Entry::Occupied(before) => *before.get(),
            Entry::Vacant(none) => {
                none.insert(entry);
                continue;
            }
        };
        let how = if before.value == entry.value {
            ""
        } else {
            ", ignoring case as the tests of this list do"
        };
        found.push(
            Diagnostic::at(
                Code::L0111,
                entry.span,
                format!("{} is in this list already{how}", show::value(&entry.value)),
            )
            .label("again")
            .also(before.span, "first here"),
        );
    }
}

fn networks(values: &[Spanned<Value>], found: &mut Vec<Diagnostic>) {
    let read = |value: &Value| match value {
        Value::Text(text) => text.parse::<Network>().ok(),
        _ => None,
    };
    let all: Vec<Option<Network>> = values.iter().map(|entry| read(&entry.value)).collect();
    let mut first: HashMap<Network, usize> = HashMap::new();
    for (at, network) in all.iter().enumerate() {
        if let Some(network) = network {
            first.entry(*network).or_insert(at);
        }
    }
    for (at, (entry, network)) in values.iter().zip(&all).enumerate() {
        let Some(network) = network else { continue };
        // Of two equal ones the later is the duplicate.
        let within = network
            .covering()
            .filter_map(|wider| first.get(&wider).copied())
            .filter(|other| *other != at)
            .min();
        let Some(wider) = within.and_then(|other| values.get(other)) else {
            continue;
        };
        let (this, that) = (show::value(&entry.value), show::value(&wider.value));
        let title = if this == that {
            format!("{this} is in this list already")
        } else {
            format!("{this} lies within {that} of this list")
        };
        let finding = Diagnostic::at(Code::L0111, entry.span, title).label("says nothing more");
        found.push(finding.also(wider.span, "says it already"));
    }
}
