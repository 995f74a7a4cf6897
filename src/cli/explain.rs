//! `huntc explain CODE`: the page of a code.

use super::{CLEAN, USAGE, terminal};
use crate::diag::{Code, suggest};
use clap::Args;

/// Arguments of `explain`.
#[derive(Args, Debug)]
pub(super) struct ExplainArguments {
    /// A code such as E0301; without one, all codes are listed.
    code: Option<String>,
}

pub(super) fn run(arguments: &ExplainArguments) -> u8 {
    let Some(wanted) = &arguments.code else {
        let rows: Vec<Vec<String>> = Code::ALL
            .iter()
            .map(|code| vec![code.to_string(), code.title().to_owned()])
            .collect();
        terminal::out(&terminal::table(&rows));
        return CLEAN;
    };
    // As copied from a message: `error[E0301]`, `[E0301]`.
    let bare = wanted
        .rsplit('[')
        .next()
        .unwrap_or(wanted)
        .trim_end_matches([']', ':']);
    match bare.parse::<Code>() {
        Ok(code) => {
            terminal::out(code.page().trim_end());
            CLEAN
        }
        Err(()) => {
            let near = suggest::nearest(bare, Code::ALL.iter().map(|code| code.as_str()));
            let hint = near.map_or_else(String::new, |code| format!("; a near one is {code}"));
            let shown = wanted.escape_debug();
            terminal::err(&format!(
                "error: there is no code `{shown}`{hint}; `huntc explain` lists all"
            ));
            USAGE
        }
    }
}
