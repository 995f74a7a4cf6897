//! ATT&CK: which techniques there are, and which are no longer in use.
//!
//! In: the tables of `schemas/attack`, with their attribution (`attack_source.yaml` there). Out: [`technique`], [`check`] for the ids of a hunt,
//! [`tactics`]. Promise: an id is called unknown only against the version that [`VERSION`] names.
//!
//! © 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The version of ATT&CK that the tables hold (Enterprise).
pub const VERSION: &str = "18.1";

/// One technique or sub-technique.
#[derive(Clone, Debug)]
pub struct Technique {
    /// `T1021.001`
    pub id: String,
    /// `Remote Desktop Protocol`
    pub name: String,
    /// Short names of its tactics, in matrix order: `lateral-movement`.
    pub tactics: Vec<String>,
    /// Whether it is in use.
    pub status: Status,
}

/// Whether a technique is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is.
    Active,
    /// It was withdrawn without a successor.
    Deprecated,
    /// It was replaced by these.
    Revoked(Vec<String>),
}

/// One tactic.
#[derive(Clone, Debug, Deserialize)]
pub struct Tactic {
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
pub enum Fault {
    /// It has not the form of a technique's id.
    Malformed {
        /// The id that is probably meant.
        meant: Option<String>,
    },
    /// It has the form, and there is no such technique.
    Unknown {
        /// Active techniques whose id differs by two digits swapped.
        near: Vec<String>,
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
        /// Its successors.
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

static TACTICS: LazyLock<Vec<Tactic>> = LazyLock::new(|| {
    let text = include_str!("../../schemas/attack/attack_tactics.csv");
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .filter_map(Result::ok)
        .collect()
});

/// The technique of that id.
#[must_use]
pub fn technique(id: &str) -> Option<&'static Technique> {
    TECHNIQUES.get(id)
}

/// Every technique, by id.
pub fn techniques() -> impl Iterator<Item = &'static Technique> {
    TECHNIQUES.values()
}

/// The tactics in matrix order.
#[must_use]
pub fn tactics() -> &'static [Tactic] {
    &TACTICS
}

/// What is wrong with the id, if anything.
#[must_use]
pub fn check(id: &str) -> Option<Fault> {
    if !well_formed(id) {
        let meant = repaired(id).filter(|meant| technique(meant).is_some());
        return Some(Fault::Malformed { meant });
    }
    let Some(technique) = technique(id) else {
        return Some(Fault::Unknown { near: swapped(id) });
    };
    let name = technique.name.clone();
    match &technique.status {
        Status::Active => None,
        Status::Deprecated => Some(Fault::Deprecated { name }),
        Status::Revoked(by) => Some(Fault::Revoked {
            name,
            by: by.clone(),
        }),
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
        assert_eq!(techniques().count(), 835);
        let active = techniques().filter(|t| t.status == Status::Active).count();
        let revoked = techniques()
            .filter(|t| matches!(t.status, Status::Revoked(_)))
            .count();
        assert_eq!((active, revoked), (691, 132));
        assert_eq!(tactics().len(), 14);
        let source = include_str!("../../schemas/attack/attack_source.yaml");
        assert!(source.contains("The MITRE Corporation") && source.contains(VERSION));
        for technique in techniques().filter(|t| t.status == Status::Active) {
            assert!(!technique.tactics.is_empty(), "{}", technique.id);
            for tactic in &technique.tactics {
                assert!(tactics().iter().any(|t| t.shortname == *tactic), "{tactic}");
            }
        }
    }

    #[test]
    fn ids_are_judged() {
        assert_eq!(check("T1021.001"), None);
        assert_eq!(
            check("T1905"),
            Some(Fault::Unknown {
                near: vec!["T1095".to_owned()]
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
