//! ES|QL texts.
