//! In: the name and the typed arguments of a call. Out: a typed node.
//! Promise: a function that is in none of the families is not known; one that needs what the platform alone has (a policy, a model, a
//! geometry) is in none (Elastic docs, "ES|QL functions and operators").

pub mod choice;
pub mod convert;
pub mod dates;
pub mod encoding;
pub mod math;
pub mod multi;
pub mod multi_sets;
pub mod network;
pub mod search;
pub mod text;

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
pub fn is_known(name: &str) -> bool {
    family(name).is_some()
}

/// The node of a call.
pub fn call(name: &str, arguments: Arguments) -> Result<Node, Refusal> {
    match family(name) {
        Some(family) => family(name, arguments),
        None => Err(arguments.site.unknown("this function is not known here")),
    }
}
