//! Regexes (placeholder: the real module replaces this file).

/// A regex.
#[derive(Clone, Debug)]
pub struct Pattern;
