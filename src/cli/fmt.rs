//! `huntc fmt`: queries of hunts in the layout of the language.
//!
//! In: hunts, or one on standard input. Out: their files, or with `--check` and `--diff` what would change. Guarantee: a hunt with a syntax error is reported and left as
//! it is, and the others are formatted; a file is written whole or not at all, and only where its query changes.

use super::report::{Page, Report};
use super::terminal::{count, table};
use super::{Form, Format, atomic_write};
use crate::compiler::Formatted;
use crate::diag::{Code, Diagnostic};
use crate::driver::Project;
use crate::source::{MAX_BYTES, Source};
use clap::Args;
use serde_json::{Value, json};
use similar::TextDiff;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The path that stands for standard input.
const STDIN: &str = "-";

/// Arguments of `fmt`.
#[derive(Args, Debug)]
pub(super) struct FmtArguments {
    /// Hunt files, hunt folders, or folders of hunts; without any, all under `detections` beside huntc.yaml. `-` reads a
    /// hunt file from standard input and prints it formatted.
    #[arg(value_name = "HUNT")]
    paths: Vec<PathBuf>,
    /// Write nothing; name the hunts that are not formatted, and exit with 1 if there are any.
    #[arg(long)]
    check: bool,
    /// Write nothing; show what would change as a unified difference, and exit with 1 if anything would.
    #[arg(long)]
    diff: bool,
    #[command(flatten)]
    format: Format,
}

impl FmtArguments {
    pub(super) fn form(&self) -> Form {
        self.format.form
    }

    fn is_read_only(&self) -> bool {
        self.check || self.diff
    }
}

pub(super) fn run(arguments: &FmtArguments, mut project: Project) -> u8 {
    let mut report = Report::new(arguments.form());
    if arguments.paths.iter().any(|path| path.as_os_str() == STDIN) {
        return stdin(arguments, project, report);
    }
    let found = project.hunts(&arguments.paths);
    report.configuration(found.faults);
    let (mut rows, mut listed, mut differences) = (Vec::new(), Vec::new(), String::new());
    let mut numbers = Numbers::default();
    for path in &found.paths {
        let shown = path.display().to_string();
        let (status, difference) = match project.compiler.format(&Source::disk(path)) {
            Err(faults) => {
                report.add(faults);
                numbers.broken += 1;
                ("broken", None)
            }
            Ok(text) if text.old == text.new => {
                numbers.unchanged += 1;
                ("unchanged", None)
            }
            Ok(text) if arguments.is_read_only() => {
                report.differ();
                numbers.differing += 1;
                ("differs", Some(difference(&shown, &text)))
            }
            Ok(text) => match write(path, &text) {
                Ok(()) => {
                    numbers.formatted += 1;
                    ("formatted", None)
                }
                Err(fault) => {
                    report.configuration([*fault]);
                    numbers.failed += 1;
                    ("failed", None)
                }
            },
        };
        let mut entry = json!({ "path": shown, "status": status });
        if arguments.diff {
            differences += difference.as_deref().unwrap_or_default();
            if let (Some(difference), Value::Object(entry)) = (difference, &mut entry) {
                entry.insert("difference".to_owned(), json!(difference));
            }
        }
        listed.push(entry);
        // What stays as it is needs no line.
        if status != "unchanged" {
            rows.push(vec![status.to_owned(), shown]);
        }
    }
    let mut page = Page {
        text: format!("{differences}{}", table(&rows)),
        summary: numbers.summary(),
        ..Page::default()
    };
    page.json.insert("files".to_owned(), Value::Array(listed));
    page.json.insert("summary".to_owned(), numbers.json());
    report.finish(project.files(), page)
}

/// One hunt from standard input to standard output.
fn stdin(arguments: &FmtArguments, mut project: Project, mut report: Report) -> u8 {
    let usage = |title: &str| {
        vec![Diagnostic::new(Code::E0686, title.to_owned()).help("`huntc fmt - <hunt.yaml`")]
    };
    if arguments.paths.len() > 1 {
        let faults =
            usage("`-` reads one hunt from standard input; no other path can be named beside it");
        return super::fail(arguments.form(), project.files(), faults);
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    let read = std::io::stdin()
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes);
    if let Err(error) = read {
        let faults = usage(&format!("standard input cannot be read: {error}"));
        return super::fail(arguments.form(), project.files(), faults);
    }
    let Ok(text) = String::from_utf8(bytes) else {
        let faults = usage("standard input is not UTF-8 text");
        return super::fail(arguments.form(), project.files(), faults);
    };
    let name = "<stdin>";
    let mut page = Page::default();
    match project.compiler.format(&Source::memory(name, text)) {
        Err(faults) => report.add(faults),
        Ok(text) => {
            let is_changed = text.old != text.new;
            if is_changed && arguments.is_read_only() {
                report.differ();
            }
            page.json
                .insert("is_formatted".to_owned(), json!(!is_changed));
            page.json.insert("text".to_owned(), json!(text.new));
            page.is_document = true;
            if arguments.diff && is_changed {
                page.text = difference(name, &text);
            } else if !arguments.is_read_only() {
                page.text = text.new;
            }
        }
    }
    report.finish(project.files(), page)
}

/// Writes a file that is still as it was read.
fn write(path: &Path, text: &Formatted) -> Result<(), Box<Diagnostic>> {
    let refused = |why: &str| {
        let title = format!("{}: {why}", path.display());
        Box::new(Diagnostic::new(Code::E0686, title))
    };
    let on_disk = std::fs::read(path).map_err(|error| refused(&error.to_string()))?;
    if on_disk != text.old.as_bytes() {
        return Err(refused("the file changed while it was formatted"));
    }
    atomic_write::write(path, &text.new).map_err(|error| refused(&error.to_string()))
}

fn difference(shown: &str, text: &Formatted) -> String {
    TextDiff::from_lines(&text.old, &text.new)
        .unified_diff()
        .context_radius(3)
        .header(
            &format!("{shown} (as it is)"),
            &format!("{shown} (formatted)"),
        )
        .to_string()
}

/// How many hunts there are of each kind.
#[derive(Default)]
struct Numbers {
    formatted: usize,
    differing: usize,
    unchanged: usize,
    broken: usize,
    failed: usize,
}

impl Numbers {
    fn all(&self) -> [(usize, &'static str); 5] {
        [
            (self.formatted, "formatted"),
            (self.differing, "differing"),
            (self.unchanged, "unchanged"),
            (self.broken, "broken"),
            (self.failed, "failed"),
        ]
    }

    /// `31 hunts: 2 formatted, 29 unchanged`
    fn summary(&self) -> String {
        let all = self.all().iter().map(|(number, _)| number).sum();
        let told: Vec<String> = (self.all().iter())
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{number} {what}"))
            .collect();
        match all {
            0 => String::new(),
            all => format!("{}: {}", count(all, "hunt"), told.join(", ")),
        }
    }

    fn json(&self) -> Value {
        let members = self
            .all()
            .map(|(number, what)| (what.to_owned(), json!(number)));
        Value::Object(members.into_iter().collect())
    }
}
