//! Addresses and networks (placeholder: the real module replaces this file).

/// A network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Network;
