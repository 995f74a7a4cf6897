//! `huntc dialect`: how engines say things, and whether the dialects of a repository are right.
//!
//! In: the parsed command line, the dialects. Out: text for standard output, or findings.

use super::terminal::{count, table};
use crate::backend::{Dialects, repository};
use crate::diag::{Code, Diagnostic, suggest};
use crate::source::Files;
use std::path::{Path, PathBuf};

/// The commands of `huntc dialect`.
#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum Command {
    /// The dialects that a target may name under `backend`
    List,
    /// One dialect: what it extends, what this repository changes in it, what it refuses and why
    Show {
        /// The name of a dialect
        name: String,
    },
    /// Read the dialects of this repository beside those that huntc carries, and report every error
    Check {
        /// A repository, or a folder of dialects; `templates` beside huntc.yaml when left out
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
}

/// The dialects of a folder, or of the repository in it.
///
/// # Errors
/// Every error in them.
pub(super) fn read(folder: &Path, files: &mut Files) -> Result<Dialects, Vec<Diagnostic>> {
    let within = folder.join(repository::FOLDER);
    match within.is_dir() {
        true => repository::read(&within, files),
        false => repository::read(folder, files),
    }
}

/// Carries out a command.
///
/// # Errors
/// A name that does not exist, with the near one.
pub(super) fn run(command: &Command, dialects: &Dialects) -> Result<String, Box<Diagnostic>> {
    match command {
        Command::List => {
            let rows: Vec<Vec<String>> = repository::show::list(dialects)
                .into_iter()
                .map(Vec::from)
                .collect();
            Ok(table(&rows))
        }
        Command::Show { name } => {
            repository::show::show(dialects, name).ok_or_else(|| unknown(name, dialects))
        }
        Command::Check { .. } => Ok(checked(dialects)),
    }
}

/// That every dialect is right, and which are of the repository.
fn checked(dialects: &Dialects) -> String {
    let own: Vec<String> = dialects
        .all_own()
        .map(|own| format!("  read {}\n", own.path.display()))
        .collect();
    let all = count(dialects.names().len(), "dialect");
    format!(
        "{all}, {} of this repository: no errors\n{}",
        own.len(),
        own.concat()
    )
}

fn unknown(name: &str, dialects: &Dialects) -> Box<Diagnostic> {
    let known = dialects.every_name();
    let fault = Diagnostic::new(Code::E0603, format!("there is no dialect `{name}`"));
    let fault = match suggest::nearest(name, known.iter().copied()) {
        Some(near) => fault.help(format!("the nearest is `{near}`")),
        None => fault,
    };
    let known: Vec<&str> = known.into_iter().collect();
    Box::new(fault.help(format!("there are {}", known.join(", "))))
}
