//! Lists and maps that are named before the query.
//!
//! In: how often each list of the plan is used, and its printed items. Out: names to use in its place, and what they stand for. Guarantee: two lists with
//! different contents never share a name, and no name is that of a column.

use crate::backend::dialect::fragment::Fragment;
use crate::plan::{Column, Expr, ExprKind, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// What a name stands for.
#[derive(Clone, Debug, PartialEq)]
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
    named: Vec<(String, Bound)>,
}

/// More items than this, or more characters, are named rather than written in place.
const MOST_ITEMS: usize = 12;
const MOST_CHARACTERS: usize = 120;
/// The same for lists that have a name in the hunt: those that need more than one line.
const MOST_WITH_A_NAME: usize = 80;
/// Names that the templates bind themselves.
const OF_TEMPLATES: [&str; 5] = ["until", "rolled", "rolled_until", "per_second", "read_from"];

impl Bindings {
    /// Reads which names columns have and how often lists are used.
    pub fn survey(&mut self, expressions: &[&Expr], columns: impl IntoIterator<Item = String>) {
        self.taken.extend(columns);
        self.taken.extend(OF_TEMPLATES.map(str::to_owned));
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

    /// Takes a name for something else.
    pub fn reserve(&mut self, name: &str) {
        self.taken.insert(name.to_owned());
    }

    /// Whether a name stands for a list or a map.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.named.iter().any(|(known, _)| known == name)
    }

    /// The name for a list, or `None` where it is better written in place. `given`: its name in the hunt; `otherwise`: the name of a list that has none.
    pub fn list(
        &mut self,
        given: Option<&str>,
        otherwise: impl FnOnce() -> String,
        items: &[Fragment],
    ) -> Option<String> {
        let uses = given.and_then(|b| self.uses.get(b)).copied().unwrap_or(1);
        let characters = || -> usize {
            let counts = items.iter().map(|item| item.as_str().chars().count() + 2);
            counts.sum()
        };
        let most = given.map_or(MOST_CHARACTERS, |_| MOST_WITH_A_NAME);
        let long = items.len() > MOST_ITEMS || characters() > most;
        if !(long || uses > 1 && items.len() > 1) {
            return None;
        }
        let base = given.map_or_else(otherwise, str::to_owned);
        Some(self.bind(&base, Bound::List(items.to_vec())))
    }

    /// The name for a map, or `None` where it is better written in place.
    pub fn map(&mut self, base: &str, pairs: &[(Fragment, Fragment)]) -> Option<String> {
        if pairs.len() <= MOST_ITEMS {
            return None;
        }
        Some(self.bind(base, Bound::Map(pairs.to_vec())))
    }

    fn bind(&mut self, base: &str, bound: Bound) -> String {
        if let Some((name, _)) = self.named.iter().find(|(_, other)| *other == bound) {
            return name.clone();
        }
        let mut name = base.to_owned();
        let mut number = 1;
        while self.taken.contains(&name) {
            number += 1;
            name = format!("{base}_{number}");
        }
        self.taken.insert(name.clone());
        self.named.push((name.clone(), bound));
        name
    }

    /// What was named.
    pub fn named(&self) -> impl Iterator<Item = (&str, &Bound)> {
        self.named
            .iter()
            .map(|(name, bound)| (name.as_str(), bound))
    }
}

/// A name for the values that a column is compared with: `ActionType` gives `action_types`. Of several columns, what the ends of their names share.
#[must_use]
pub(crate) fn named_after(value: &Expr) -> String {
    match shared_words(value).split_last() {
        Some((last, first)) => [first, &[plural(last)]].concat().join("_"),
        None => "values".to_owned(),
    }
}

/// A name for the networks that an address is looked for in: `RemoteIP` gives `remote_ip_networks`.
#[must_use]
pub(crate) fn networks_of(address: &Expr) -> String {
    let mut words = shared_words(address);
    words.push("networks".to_owned());
    words.join("_")
}

fn shared_words(value: &Expr) -> Vec<String> {
    let mut names: Vec<Vec<String>> = Vec::new();
    collect(value, &mut names);
    let mut names = names.into_iter();
    let Some(mut shared) = names.next() else {
        return Vec::new();
    };
    for name in names {
        let same = shared.iter().rev().zip(name.iter().rev());
        let length = same.take_while(|(one, other)| one == other).count();
        shared.drain(..shared.len() - length);
    }
    shared
}

/// The words of the names of columns that a value may be; conditions between them give no value.
fn collect(value: &Expr, names: &mut Vec<Vec<String>>) {
    match &value.kind {
        ExprKind::Column(column) => {
            let words = words(column.name());
            if !words.is_empty() {
                names.push(words);
            }
        }
        ExprKind::Case { arms, otherwise } => {
            let values = arms.iter().map(|(_, value)| value);
            values
                .chain(otherwise.as_deref())
                .for_each(|value| collect(value, names));
        }
        _ => value
            .children()
            .into_iter()
            .for_each(|child| collect(child, names)),
    }
}

/// The words of a name in lower case, whether capitals, dots or underscores part them: `RemoteIPType` has `remote`, `ip`, `type`.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = vec![String::new()];
    for (at, c) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let begins = c.is_ascii_uppercase()
            && (before.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                || before.is_some_and(char::is_ascii_uppercase)
                    && after.is_some_and(char::is_ascii_lowercase));
        if begins || !c.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_ascii_alphanumeric(), words.last_mut()) {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    // A name begins with a letter.
    if words
        .first()
        .is_some_and(|w| w.starts_with(|c: char| c.is_ascii_digit()))
    {
        words.clear();
    }
    words
}

fn plural(word: &str) -> String {
    let stem = |cut: usize| word.get(..word.len() - cut).unwrap_or(word);
    if word.ends_with("us") || word.ends_with("ss") || word.ends_with('x') || word.ends_with("ch") {
        format!("{word}es")
    } else if word.ends_with('s') {
        word.to_owned()
    } else if word.ends_with('y') && !word.ends_with("ey") {
        format!("{}ies", stem(1))
    } else {
        format!("{word}s")
    }
}

/// Every expression of a plan.
#[must_use]
pub(crate) fn expressions(plan: &Plan) -> Vec<&Expr> {
    plan.steps
        .iter()
        .flat_map(|step| step.kind.expressions())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{plural, words};

    #[test]
    fn a_name_is_the_plural_of_the_column() {
        for (column, name) in [
            ("ActionType", "action_types"),
            ("RemoteIP", "remote_ips"),
            ("RemoteIPType", "remote_ip_types"),
            ("process.name", "process_names"),
            ("DstIpAddr", "dst_ip_addrs"),
            ("EventSeverity", "event_severities"),
            ("IpAddress", "ip_addresses"),
            ("Md5", "md5s"),
        ] {
            let mut made = words(column);
            let last = made.pop().unwrap();
            made.push(plural(&last));
            assert_eq!(made.join("_"), name);
        }
        assert!(words("7zip").is_empty(), "a name begins with a letter");
        assert!(words("é").is_empty());
    }
}
