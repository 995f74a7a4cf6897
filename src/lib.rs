//! huntc
