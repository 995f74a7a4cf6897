//! `huntc documents`, for developers and hidden in the help: the documents that are generated from the program.
//!
//! In: the catalog of functions, the codes, the arguments. Out: `docs/functions.md`, `docs/codes.md` and `docs/cli.md`; with `--check`, whether they are as
//! generated. Guarantee: nothing in them depends on the terminal, the environment or the machine.

use super::{Arguments, CLEAN, FINDINGS, USAGE, atomic_write, terminal};
use crate::catalog::{self, MissingRule};
use crate::diag::{Code, Severity};
use clap::{Args, CommandFactory};
use std::fmt::Write;
use std::path::Path;

/// Columns of the help pages.
const WIDTH: usize = 100;

/// Arguments of `documents`.
#[derive(Args, Debug)]
pub(super) struct DocumentsArguments {
    /// Write nothing; exit with 1 where a file differs.
    #[arg(long)]
    check: bool,
}

/// Run in the root of huntc's own repository.
pub(super) fn run(arguments: &DocumentsArguments) -> u8 {
    let documents = [
        ("docs/functions.md", functions()),
        ("docs/codes.md", codes()),
        ("docs/cli.md", command_line()),
    ];
    if !Path::new("grammar/functions.yaml").is_file() {
        terminal::err("error: `huntc documents` runs in the root of huntc's own repository");
        return USAGE;
    }
    let mut code = CLEAN;
    for (path, text) in documents {
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        // Where git writes line ends of Windows.
        let state = match committed.replace("\r\n", "\n") == text {
            true => "unchanged",
            false if arguments.check => {
                code = code.max(FINDINGS);
                "differs"
            }
            false => match atomic_write::write(Path::new(path), &text) {
                Ok(()) => "written",
                Err(error) => {
                    terminal::err(&format!("error: {path}: {error}"));
                    code = USAGE;
                    "not written"
                }
            },
        };
        terminal::out(&format!("{path}  {state}"));
    }
    code
}

/// The first lines of a generated document.
fn head(title: &str, from: &str, says: &str) -> String {
    format!(
        "<!-- Generated from {from} by `cargo run -- documents`; change that, not this file. -->\n\n# {title}\n\n{says}\n"
    )
}

fn functions() -> String {
    let mut text = head(
        "Functions of the hunt language",
        "grammar/functions.yaml",
        "The empty string is missing, in arguments and in results. The evaluator and every SQL engine run the examples.",
    );
    for function in catalog::functions() {
        let missing = match function.missing {
            MissingRule::Propagates => "The result is missing when an argument is, and only then.",
            MissingRule::Partial => {
                "The result is missing when an argument is, and where the text above says so."
            }
            MissingRule::Fallback => "The result is missing only when every argument is.",
            MissingRule::False => "A condition: false when an argument is missing.",
            MissingRule::Never => "The result is never missing, nor is the argument.",
        };
        let examples: Vec<&str> = function
            .examples
            .iter()
            .map(|example| example.text.as_str())
            .collect();
        let _ = write!(
            text,
            "\n## `{}`\n\n`{}`\n\n{} {missing}\n\n```text\n{}\n```\n",
            function.name,
            function.signature(),
            function.says.trim(),
            examples.join("\n"),
        );
    }
    text
}

fn codes() -> String {
    let mut text = head(
        "Codes",
        "src/diag/codes.rs",
        "`huntc explain CODE` shows a page in the terminal. A code is never given a second meaning.",
    );
    text.push_str("\n| code | severity | meaning |\n|---|---|---|\n");
    let mut codes = Code::ALL.to_vec();
    codes.sort_by_key(|code| code.as_str());
    for code in codes {
        let severity = match code.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let title = code.title().replace('|', "\\|");
        let _ = writeln!(
            text,
            "| [{code}](../src/diag/explain/{code}.md) | {severity} | {title} |"
        );
    }
    text
}

fn command_line() -> String {
    let mut text = head(
        "The command line",
        "src/cli/",
        "What `huntc help` prints, and each command with `--help`.",
    );
    // The version would change this page with each release.
    let mut command = Arguments::command().term_width(WIDTH);
    command.build();
    pages(&mut command, &mut text);
    text
}

fn pages(command: &mut clap::Command, text: &mut String) {
    let name = command
        .get_bin_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned();
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.trim().lines().map(str::trim_end).collect();
    let _ = write!(text, "\n## {name}\n\n```text\n{}\n```\n", help.join("\n"));
    for inner in command.get_subcommands_mut() {
        if inner.get_name() != "help" && !inner.is_hide_set() {
            pages(inner, text);
        }
    }
}
