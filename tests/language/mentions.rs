//! What pages, help and documents name exists: commands and their options, codes, files, steps.
//!
//! A command line is what is in backquotes and begins with `huntc `, or a line of a block of shell commands. It must be one that the program
//! accepts; a word in capitals stands for a value. The name of a command alone may stand for it in prose.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use huntc::internals::cli::Arguments;
use huntc::internals::diag::Code;
use regex::Regex;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files below a folder with that ending, by their path in the repository.
fn below(folder: &str, ending: &str) -> Vec<PathBuf> {
    walkdir::WalkDir::new(root().join(folder))
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|end| end == ending))
        .collect()
}

/// What people read: a name for messages, the text.
fn documents() -> Vec<(String, String)> {
    let mut paths = vec![
        root().join("README.md"),
        root().join("CONTRIBUTING.md"),
        root().join("ARCHITECTURE.md"),
        root().join("schemas/README.md"),
        root().join("scripts/README.md"),
    ];
    paths.extend(below("docs", "md"));
    paths.extend(below("src/diag/explain", "md"));
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        (name, std::fs::read_to_string(path).unwrap())
    };
    let mut all: Vec<(String, String)> = paths.iter().map(read).collect();
    for (name, help) in helps(&Arguments::command(), "huntc") {
        all.push((format!("`{name} --help`"), help));
    }
    all
}

/// The long help of each command.
fn helps(command: &clap::Command, name: &str) -> Vec<(String, String)> {
    let mut command = command.clone();
    let mut all = vec![(name.to_owned(), command.render_long_help().to_string())];
    for inner in command.get_subcommands() {
        if inner.get_name() != "help" {
            all.extend(helps(inner, &format!("{name} {}", inner.get_name())));
        }
    }
    all
}

/// Source files: their messages name commands, too.
fn sources() -> Vec<(String, String)> {
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        (name, std::fs::read_to_string(&path).unwrap())
    };
    below("src", "rs").into_iter().map(read).collect()
}

/// The command lines of a text.
fn command_lines(text: &str) -> Vec<String> {
    let span = Regex::new(r"`huntc( [^`\n]+(?:\n[^`\n]+)?)`").unwrap();
    let mut lines: Vec<String> = span
        .captures_iter(text)
        .map(|found| format!("huntc{}", &found[1]))
        .collect();
    let block = Regex::new(r"(?s)```sh\n(.*?)```").unwrap();
    for found in block.captures_iter(text) {
        let joined = found[1].replace("\\\n", " ");
        for line in joined.lines() {
            let line = line.split(" #").next().unwrap().trim();
            let line = line.replace("cargo run -- ", "huntc ");
            if line.starts_with("huntc ") {
                lines.push(line);
            }
        }
    }
    lines
}

/// Why the program does not accept a line.
fn refused(line: &str) -> Option<String> {
    // A hole of a message, and a value in capitals, are some value.
    let hole = Regex::new(r"\{[^}]*\}").unwrap();
    let value = Regex::new(r"(?:^|\b)[A-Z]{2,}\b").unwrap();
    let line = hole.replace_all(line, "x");
    let words: Vec<String> = line
        .split_whitespace()
        .map(|word| match word {
            // Where a number or an instant is expected, there must be one.
            "N" | "S" => "1".to_owned(),
            "SHELL" => "bash".to_owned(),
            word if word.starts_with('-') => word.to_owned(),
            word => value.replace_all(word, "x").into_owned(),
        })
        .collect();
    // The name of a command, or of options of it, is no whole line.
    let names_a_command = words.len() == 2 || words.iter().any(|word| word.starts_with("--"));
    match Arguments::try_parse_from(&words) {
        Ok(_) => None,
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => None,
            ErrorKind::MissingRequiredArgument
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            | ErrorKind::MissingSubcommand
                if names_a_command =>
            {
                None
            }
            _ => Some(error.to_string()),
        },
    }
}

#[test]
fn every_command_line_is_one_that_the_program_accepts() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for (name, text) in documents().into_iter().chain(sources()) {
        for line in command_lines(&text) {
            // The program and its version.
            if line.starts_with("huntc 0") {
                continue;
            }
            seen += 1;
            if let Some(why) = refused(&line) {
                wrong.push(format!("{name}: {line}\n    {}", why.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 40, "only {seen} command lines were found");
}

/// The test can fail.
#[test]
fn wrong_command_lines_are_refused() {
    for line in [
        "huntc schema show",
        "huntc shcema list",
        "huntc check --templates x",
        "huntc schema export asim --format ddl",
        "huntc explain E0301 E0302",
    ] {
        assert!(refused(line).is_some(), "{line}");
    }
    for line in [
        "huntc run",
        "huntc schema show NAME",
        "huntc compile --target TARGET HUNT",
        "huntc explain {code}",
        "huntc verify --events N",
    ] {
        assert_eq!(refused(line), None, "{line}");
    }
}

/// An option that stands alone in backquotes is one of some command.
#[test]
fn every_option_exists() {
    fn options(command: &clap::Command, all: &mut BTreeSet<String>) {
        for argument in command.get_arguments() {
            all.extend(argument.get_long().map(str::to_owned));
            let aliases = argument.get_all_aliases().unwrap_or_default();
            all.extend(aliases.into_iter().map(str::to_owned));
        }
        command
            .get_subcommands()
            .for_each(|inner| options(inner, all));
    }
    let mut known = BTreeSet::from(["help".to_owned(), "version".to_owned()]);
    options(&Arguments::command(), &mut known);
    let option = Regex::new(r"`--([a-z][a-z-]*)[^`]*`").unwrap();
    for (name, text) in documents() {
        // Those documents are for people who build huntc, and name options of other programs.
        if name.starts_with("CONTRIBUTING") || name.starts_with("scripts/") {
            continue;
        }
        for found in option.captures_iter(&text) {
            assert!(
                known.contains(&found[1]),
                "{name}: there is no option `--{}`",
                &found[1]
            );
        }
    }
}

#[test]
fn every_code_exists() {
    let code = Regex::new(r"\b[ELN]0[1-6][0-9]{2}\b").unwrap();
    for (name, text) in documents().into_iter().chain(sources()) {
        // Tests ask for codes that do not exist.
        let text = text.split("#[cfg(test)]").next().unwrap();
        if name.ends_with("tests.rs") {
            continue;
        }
        for found in code.find_iter(text) {
            assert!(
                found.as_str().parse::<Code>().is_ok(),
                "{name} names {}, which does not exist",
                found.as_str()
            );
        }
    }
}

/// A file of this repository that a document names is there.
#[test]
fn every_file_exists() {
    let file = Regex::new(
        r"[`(]((?:\.\./)?(?:scripts|grammar|schemas|templates|docs|src|crates|tests|detections|queries)/[A-Za-z0-9_./-]+)[`)]",
    )
    .unwrap();
    let mut seen = 0;
    for (name, text) in documents() {
        for found in file.captures_iter(&text) {
            let path = found[1].trim_start_matches("../");
            // What a reader is to make is not there yet.
            if path.contains("...") {
                continue;
            }
            seen += 1;
            assert!(
                root().join(path).exists(),
                "{name} names {path}, which does not exist"
            );
        }
    }
    assert!(seen > 20, "only {seen} files were named");
}

/// The lists of words that people read are those of the program.
#[test]
fn lists_of_words_are_whole() {
    let grammar = std::fs::read_to_string(root().join("grammar/hunt.pest")).unwrap();
    let later = grammar.split("later_step = _{").nth(1).unwrap();
    let later = later.split('}').next().unwrap();
    let mut steps: Vec<&str> = later
        .split('|')
        .map(|step| step.trim().trim_end_matches("_step"))
        .collect();
    steps.extend(["from", "rare"]);
    assert!(steps.len() >= 12, "{steps:?}");
    let language = std::fs::read_to_string(root().join("docs/language.md")).unwrap();
    for step in steps {
        assert!(
            Code::E0210.page().contains(&format!("`{step}")),
            "the page of E0210 does not name the step `{step}`"
        );
        assert!(
            language.contains(&format!("`{step} ")),
            "docs/language.md does not name the step `{step}`"
        );
    }
}

/// The description of an event class names the roles that there are.
#[test]
fn roles_are_described() {
    let page = std::fs::read_to_string(root().join("schemas/README.md")).unwrap();
    for (word, _) in huntc::internals::schema::Role::ALL {
        assert!(page.contains(&format!("`{word}`")), "{word}");
    }
}

/// What the page on engines tells people to install is what the tests run on.
#[test]
fn engines_are_installed_in_the_versions_that_are_tested() {
    let files = std::fs::read_dir(root().join("scripts/oracles")).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let pins: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|kind| kind == "txt"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    assert!(pins.len() >= 3);
    let pin = Regex::new(r"[a-z0-9-]+==[0-9.]+[0-9]").unwrap();
    let page = Code::E0660.page();
    let named: Vec<&str> = pin.find_iter(page).map(|found| found.as_str()).collect();
    assert!(named.len() >= 5, "{named:?}");
    for name in named {
        assert!(
            pins.iter().any(|file| file
                .lines()
                .any(|line| line.starts_with(&format!("{name} ")))),
            "{name} is not what scripts/oracles installs"
        );
    }
}
