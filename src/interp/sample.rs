//! Sample tables from files.
