//! `huntc completions SHELL`: completions for a shell.

use super::{Arguments, CLEAN, terminal};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub(super) struct CompletionsArguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(arguments: &CompletionsArguments) -> u8 {
    let mut text = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "huntc",
        &mut text,
    );
    terminal::exact(&String::from_utf8_lossy(&text));
    CLEAN
}
