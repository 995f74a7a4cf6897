//! In: the name and the typed arguments of a call. Out: a typed node.
//! Guarantee: a function that is in none of the families is not known; one that needs what the platform alone has (a policy, a model, a
//! geometry) is in none (Elastic docs, "ES|QL functions and operators").

pub(super) mod choice;
pub(super) mod convert;
pub(super) mod dates;
pub(super) mod encoding;
pub(super) mod math;
pub(super) mod multi;
pub(super) mod multi_sets;
pub(super) mod network;
pub(super) mod search;
pub(super) mod text;

use super::arguments::Arguments;
use super::node::Node;
use crate::Refusal;

type Family = fn(&str, Arguments) -> Result<Node, Refusal>;

const FAMILIES: &[(&[&str], Family)] = &[
    (choice::NAMES, choice::call),
    (convert::NAMES, convert::call),
    (dates::NAMES, dates::call),
    (encoding::NAMES, encoding::call),
    (math::NAMES, math::call),
    (multi::NAMES, multi::call),
    (multi_sets::NAMES, multi_sets::call),
    (network::NAMES, network::call),
    (text::NAMES, text::call),
];

fn family(name: &str) -> Option<Family> {
    FAMILIES
        .iter()
        .find(|(names, _)| names.contains(&name))
        .map(|(_, family)| *family)
}

/// Whether this is a scalar function, or one that makes groups.
pub(super) fn is_known(name: &str) -> bool {
    family(name).is_some()
}

/// The node of a call.
pub(super) fn call(name: &str, arguments: Arguments) -> Result<Node, Refusal> {
    match family(name) {
        Some(family) => family(name, arguments),
        None => Err(arguments.site.unknown("this function is not known here")),
    }
}
