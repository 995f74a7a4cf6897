//! ATT&CK: which techniques there are, and which are no longer in use.
//!
//! In: the tables of `schemas/attack`, with their attribution (`attack_source.yaml` there). Out: [`technique`], [`check`] for the ids of a hunt,
//! their tactics. Guarantee: an id is called unknown only against the version that [`VERSION`] names, and a successor that [`check`] gives is in use.
//!
//! © 2026 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The version of ATT&CK that the tables hold (Enterprise).
pub(crate) const VERSION: &str = "19";

/// When that version was released.
pub(crate) const RELEASED: &str = "April 2026";

/// The newest version known when the tables were made, and its release.
pub(crate) const NEWEST: (&str, &str) = ("20.0", "October 2026");

/// One technique or sub-technique.
#[derive(Clone, Debug)]
pub(crate) struct Technique {
    /// `T1021.001`
    pub id: String,
    /// `Remote Desktop Protocol`
    pub name: String,
    /// Short names of its tactics, in matrix order: `lateral-movement`.
    #[cfg_attr(
        not(test),
        expect(
            dead_code,
            reason = "no output format that names tactics is here yet; a test holds the table"
        )
    )]
    pub tactics: Vec<String>,
    /// Whether it is in use.
    pub status: Status,
}

/// Whether a technique is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It is.
    Active,
    /// It was withdrawn without a successor.
    Deprecated,
    /// It was replaced by these.
    Revoked(Vec<String>),
}

/// One tactic.
#[cfg(test)]
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Tactic {
    /// `TA0008`
    pub id: String,
    /// `lateral-movement`
    pub shortname: String,
    /// `Lateral Movement`
    pub name: String,
    /// The name without blanks, as Microsoft Sentinel's rule files write it: `LateralMovement`.
    pub sentinel_name: String,
}

/// What is wrong with an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It has not the form of a technique's id.
    Malformed {
        /// The id that is probably meant.
        meant: Option<String>,
    },
    /// It has the form, and there is no such technique.
    Unknown {
        /// Active techniques whose id differs by two digits swapped.
        near: Vec<String>,
        /// Whether the number is above every number in the table, so that a newer version may have given it.
        newer: bool,
    },
    /// It was withdrawn.
    Deprecated {
        /// Its name.
        name: String,
    },
    /// It was replaced.
    Revoked {
        /// Its name.
        name: String,
        /// Its successors, as far as they are in use: what replaced it may have been replaced in turn.
        by: Vec<String>,
    },
}

#[derive(Deserialize)]
struct Row {
    id: String,
    name: String,
    tactics: String,
    status: String,
    revoked_by: String,
}

static TECHNIQUES: LazyLock<BTreeMap<String, Technique>> = LazyLock::new(|| {
    let text = include_str!("../../schemas/attack/attack_techniques.csv");
    let split = |cell: &str| -> Vec<String> {
        cell.split('|')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    csv::Reader::from_reader(text.as_bytes())
        .deserialize::<Row>()
        .filter_map(Result::ok)
        .map(|row| {
            let status = match row.status.as_str() {
                "revoked" => Status::Revoked(split(&row.revoked_by)),
                "deprecated" => Status::Deprecated,
                _ => Status::Active,
            };
            let technique = Technique {
                id: row.id.clone(),
                name: row.name,
                tactics: split(&row.tactics),
                status,
            };
            (row.id, technique)
        })
        .collect()
});

#[cfg(test)]
static TACTICS: LazyLock<Vec<Tactic>> = LazyLock::new(|| {
    let text = include_str!("../../schemas/attack/attack_tactics.csv");
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .filter_map(Result::ok)
        .collect()
});

/// The technique of that id.
#[must_use]
pub(crate) fn technique(id: &str) -> Option<&'static Technique> {
    TECHNIQUES.get(id)
}

/// Every technique, by id.
pub(crate) fn techniques() -> impl Iterator<Item = &'static Technique> {
    TECHNIQUES.values()
}

/// The tactics in matrix order.
#[cfg(test)]
#[must_use]
pub(crate) fn tactics() -> &'static [Tactic] {
    &TACTICS
}

/// What is wrong with the id, if anything.
#[must_use]
pub(crate) fn check(id: &str) -> Option<Fault> {
    if !well_formed(id) {
        let meant = repaired(id).filter(|meant| technique(meant).is_some());
        return Some(Fault::Malformed { meant });
    }
    let Some(technique) = technique(id) else {
        return Some(Fault::Unknown {
            near: swapped(id),
            newer: above_all(id),
        });
    };
    let name = technique.name.clone();
    match &technique.status {
        Status::Active => None,
        Status::Deprecated => Some(Fault::Deprecated { name }),
        Status::Revoked(_) => Some(Fault::Revoked {
            name,
            by: successors(id),
        }),
    }
}

/// The techniques in use that took the place of a revoked one: T1089 became T1562.001, and that T1685.
fn successors(id: &str) -> Vec<String> {
    let mut open = vec![id];
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    while let Some(id) = open.pop() {
        let Some(technique) = technique(id).filter(|_| seen.insert(id)) else {
            continue;
        };
        match &technique.status {
            Status::Active => found.push(technique.id.clone()),
            Status::Deprecated => {}
            Status::Revoked(by) => open.extend(by.iter().rev().map(String::as_str)),
        }
    }
    found
}

/// Whether an id that the table lacks is numbered above what the table has: among all techniques, or among the sub-techniques of one in use.
fn above_all(id: &str) -> bool {
    match id.split_once('.') {
        Some((parent, sub)) => match technique(parent) {
            Some(parent) => {
                let last = techniques()
                    .filter_map(|t| t.id.strip_prefix(parent.id.as_str())?.strip_prefix('.'))
                    .max();
                parent.status == Status::Active && last.is_none_or(|last| sub > last)
            }
            None => above_all(parent),
        },
        None => techniques().all(|t| t.id.as_str() < id),
    }
}

fn well_formed(id: &str) -> bool {
    let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
    let Some(number) = id.strip_prefix('T') else {
        return false;
    };
    match number.split_once('.') {
        Some((technique, sub)) => digits(technique, 4) && digits(sub, 3),
        None => digits(number, 4),
    }
}

/// `t1021/001`, `1021.1`, `T1021_001`: the form of an id.
fn repaired(id: &str) -> Option<String> {
    let text = id.trim().to_uppercase();
    let number = text.strip_prefix('T').unwrap_or(&text);
    let mut parts = number.split(['.', '/', '_', '-']);
    let technique = parts.next().filter(|part| part.len() == 4)?;
    let whole = match parts.next() {
        Some(sub) if sub.len() <= 3 => format!("T{technique}.{sub:0>3}"),
        Some(_) => return None,
        None => format!("T{technique}"),
    };
    (parts.next().is_none() && well_formed(&whole)).then_some(whole)
}

/// Active techniques whose id has two neighbouring digits the other way round.
fn swapped(id: &str) -> Vec<String> {
    let bytes = id.as_bytes();
    (1..bytes.len().saturating_sub(1))
        .filter_map(|at| {
            let mut swapped = bytes.to_vec();
            swapped.swap(at, at + 1);
            let candidate = String::from_utf8(swapped).ok()?;
            let found = technique(&candidate)?;
            (found.status == Status::Active && candidate != id).then_some(candidate)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_whole() {
        assert_eq!(techniques().count(), 858);
        let active = techniques().filter(|t| t.status == Status::Active).count();
        let revoked = techniques()
            .filter(|t| matches!(t.status, Status::Revoked(_)))
            .count();
        assert_eq!((active, revoked), (697, 149));
        assert_eq!(tactics().len(), 15);
        assert!(
            tactics()
                .iter()
                .all(|tactic| !tactic.sentinel_name.is_empty())
        );
        let source = include_str!("../../schemas/attack/attack_source.yaml");
        assert!(
            source.contains("The MITRE Corporation")
                && source.contains(&format!("attack_version: '{VERSION}'"))
        );
        for technique in techniques().filter(|t| t.status == Status::Active) {
            assert!(!technique.tactics.is_empty(), "{}", technique.id);
            for tactic in &technique.tactics {
                assert!(tactics().iter().any(|t| t.shortname == *tactic), "{tactic}");
            }
        }
    }

    #[test]
    fn what_a_revoked_technique_became_is_in_use() {
        for technique in techniques() {
            let Some(Fault::Revoked { by, .. }) = check(&technique.id) else {
                continue;
            };
            assert!(!by.is_empty(), "{} has no successor", technique.id);
            for successor in by {
                assert_eq!(check(&successor), None, "{} -> {successor}", technique.id);
            }
        }
    }

    #[test]
    fn what_version_19_retired_is_known() {
        for (id, by) in [
            ("T1562", "T1685"),
            ("T1562.001", "T1685"),
            ("T1562.002", "T1685.001"),
            ("T1562.003", "T1690"),
            ("T1562.004", "T1686"),
            ("T1562.006", "T1685"),
            ("T1562.007", "T1686.001"),
            ("T1562.008", "T1685.002"),
            ("T1562.009", "T1688"),
            ("T1562.010", "T1689"),
            ("T1562.011", "T1685.003"),
            ("T1562.012", "T1685.004"),
            ("T1562.013", "T1686.002"),
            ("T1070.001", "T1685.005"),
            ("T1070.002", "T1685.006"),
            ("T1656", "T1684.001"),
            ("T1672", "T1684.002"),
            ("T1547.011", "T1647"),
            ("T1089", "T1685"),
            ("T1150", "T1647"),
        ] {
            assert!(
                matches!(check(id), Some(Fault::Revoked { by: found, .. }) if found == [by]),
                "{id}: {:?}",
                check(id)
            );
        }
        let named = |id: &str| tactics().iter().find(|t| t.id == id).map(|t| &*t.name);
        assert_eq!(named("TA0005"), Some("Stealth"));
        assert_eq!(named("TA0112"), Some("Defense Impairment"));
    }

    #[test]
    fn numbers_above_the_table_may_be_newer() {
        for (id, may_be) in [
            ("T1690", None),
            ("T1691", Some(true)),
            ("T1691.001", Some(true)),
            ("T1685.006", None),
            ("T1685.007", Some(true)),
            ("T1046.001", Some(true)),
            ("T1234", Some(false)),
            ("T1234.001", Some(false)),
            // a gap among the sub-techniques, and a parent that is no longer in use
            ("T1574.003", Some(false)),
            ("T1562.014", Some(false)),
        ] {
            let newer = match check(id) {
                Some(Fault::Unknown { newer, .. }) => Some(newer),
                _ => None,
            };
            assert_eq!(newer, may_be, "{id}");
        }
    }

    #[test]
    fn ids_are_judged() {
        assert_eq!(check("T1021.001"), None);
        assert_eq!(
            check("T1905"),
            Some(Fault::Unknown {
                near: vec!["T1095".to_owned()],
                newer: true
            })
        );
        assert!(
            matches!(check("T1043"), Some(Fault::Deprecated { name }) if name == "Commonly Used Port")
        );
        assert!(matches!(check("T1002"), Some(Fault::Revoked { by, .. }) if by == ["T1560"]));
        for (written, meant) in [
            ("t1021", "T1021"),
            ("T1021/001", "T1021.001"),
            ("1071", "T1071"),
            ("T1021.1", "T1021.001"),
        ] {
            assert_eq!(
                check(written),
                Some(Fault::Malformed {
                    meant: Some(meant.to_owned())
                }),
                "{written}"
            );
        }
        assert_eq!(check("TA0011"), Some(Fault::Malformed { meant: None }));
        assert_eq!(check("lateral"), Some(Fault::Malformed { meant: None }));
    }
}
