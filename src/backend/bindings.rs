//! Lists and maps that are named before the query.
//!
//! In: how often each list of the plan is used, and its printed items. Out: names to use in its place, and what they stand for. Promise: two lists with
//! different contents never share a name, and no name is that of a column.

use super::fragment::Fragment;
use crate::plan::{Column, Expr, ExprKind, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Bound {
    /// A list.
    List(Vec<Fragment>),
    /// A map: key and value.
    Map(Vec<(Fragment, Fragment)>),
}

/// Named lists and maps, in the order of their first use.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    taken: BTreeSet<String>,
    uses: BTreeMap<String, usize>,
    named: Vec<(String, Bound, String)>,
}

/// More items than this, or more characters, are named rather than written in place.
const MOST_ITEMS: usize = 12;
const MOST_CHARACTERS: usize = 120;

impl Bindings {
    /// Reads which names columns have and how often lists are used.
    pub fn survey(&mut self, expressions: &[&Expr], columns: impl IntoIterator<Item = String>) {
        self.taken.extend(columns);
        for expression in expressions {
            expression.visit(&mut |part| match &part.kind {
                ExprKind::Column(Column::Field(name) | Column::Computed(name)) => {
                    self.taken.insert(name.clone());
                }
                ExprKind::Column(Column::Native(native)) => {
                    self.taken.insert(native.name.clone());
                }
                ExprKind::In {
                    list: Some(list), ..
                }
                | ExprKind::InNetwork {
                    list: Some(list), ..
                } => {
                    *self.uses.entry(list.clone()).or_default() += 1;
                }
                _ => {}
            });
        }
    }

    /// The name for a list, or `None` where it is better written in place. `base`: its name in the hunt.
    pub fn list(&mut self, base: Option<&str>, items: &[Fragment]) -> Option<String> {
        let uses = base.and_then(|b| self.uses.get(b)).copied().unwrap_or(1);
        let characters: usize = items
            .iter()
            .map(|item| item.as_str().chars().count() + 2)
            .sum();
        let long = items.len() > MOST_ITEMS || characters > MOST_CHARACTERS;
        if !(long || uses > 1 && items.len() > 1) {
            return None;
        }
        let content = format!("{items:?}");
        Some(self.bind(
            base.unwrap_or("values"),
            Bound::List(items.to_vec()),
            content,
        ))
    }

    /// The name for a map, or `None` where it is better written in place.
    pub fn map(&mut self, base: &str, pairs: &[(Fragment, Fragment)]) -> Option<String> {
        if pairs.len() <= MOST_ITEMS {
            return None;
        }
        let content = format!("{pairs:?}");
        Some(self.bind(base, Bound::Map(pairs.to_vec()), content))
    }

    fn bind(&mut self, base: &str, bound: Bound, content: String) -> String {
        if let Some((name, ..)) = self.named.iter().find(|(_, _, other)| *other == content) {
            return name.clone();
        }
        let mut name = base.to_owned();
        let mut number = 1;
        while self.taken.contains(&name) {
            number += 1;
            name = format!("{base}_{number}");
        }
        self.taken.insert(name.clone());
        self.named.push((name.clone(), bound, content));
        name
    }

    /// What was named.
    pub fn named(&self) -> impl Iterator<Item = (&str, &Bound)> {
        self.named
            .iter()
            .map(|(name, bound, _)| (name.as_str(), bound))
    }
}

/// Every expression of a plan.
#[must_use]
pub fn expressions(plan: &Plan) -> Vec<&Expr> {
    plan.steps
        .iter()
        .flat_map(|step| crate::plan::expressions(&step.kind))
        .collect()
}
