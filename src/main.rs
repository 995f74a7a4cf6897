//! The `huntc` command.
fn main() {}
