//! The command line: one file per subcommand.

pub mod output;
pub mod run;
pub mod schema;
