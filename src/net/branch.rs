//! The ways in which a text can belong to a network.
//!
//! In: nothing. Out: [`Branch`], which the tests for both families are made of.

/// One way for a text to belong to a network.
pub(super) enum Branch {
    Equals(String),
    Prefix(String),
    /// A regex for how the text begins.
    Open(String),
    /// A regex for the whole text.
    Closed(String),
}
