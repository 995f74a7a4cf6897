//! `huntc compile`: queries of hunts for their targets.
//!
//! In: hunts, huntc.yaml. Out: `queries/<target>/<hunt>.<kql|esql|sql>`, or with `--check` the differences, or with `--print` the texts. Guarantee: a file is
//! written whole or not at all, and only when it changes; what no hunt makes any more is reported, never removed.

use super::queries::{self, Disk};
use super::report::{Page, Report};
use super::terminal::{count, table};
use super::{Form, Format, Hunts};
use crate::artefact;
use crate::compiler::Analysis;
use crate::config::Configured;
use crate::diag::{Code, Diagnostic, Severity};
use crate::driver::{Outcome, Project};
use clap::Args;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Arguments of `compile`.
#[derive(Args, Debug)]
pub(super) struct CompileArguments {
    #[command(flatten)]
    hunts: Hunts,
    /// Only for these targets; a hunt that does not fit one of them is then an error.
    #[arg(long = "target", value_name = "TARGET", value_delimiter = ',')]
    targets: Vec<String>,
    /// Where to write; `queries` beside huntc.yaml if not said.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write nothing; show how the files differ from what would be written, and exit with 1 if they do.
    #[arg(long, conflicts_with = "print")]
    check: bool,
    /// Print the queries in place of writing them.
    #[arg(long, conflicts_with = "out")]
    print: bool,
    /// Write this instant in place of the engine's clock: 2026-03-02T12:00:00Z.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    now: Option<i64>,
    /// Show the notes on every query, not only on those that are written or printed.
    #[arg(long)]
    notes: bool,
    #[command(flatten)]
    format: Format,
}

impl CompileArguments {
    pub(super) fn form(&self) -> Form {
        self.format.form
    }
}

/// Milliseconds since the epoch.
fn instant(text: &str) -> Result<i64, String> {
    let instant: jiff::Timestamp = text.parse().map_err(|_| {
        "an instant is a date and a time with its zone, as in 2026-03-02T12:00:00Z".to_owned()
    })?;
    if instant.as_nanosecond() % 1_000_000 == 0 {
        Ok(instant.as_millisecond())
    } else {
        Err("an instant has whole milliseconds".to_owned())
    }
}

/// Errors when there is no target to compile for.
pub(super) fn configured(project: &Project) -> Vec<Diagnostic> {
    let example = "it names them: `targets: { sentinel: { backend: kql, schema: asim } }`";
    match &project.config {
        _ if !project.faults.is_empty() => project.faults.clone(),
        None => vec![
            Diagnostic::new(
                Code::E0601,
                "no huntc.yaml here or in a folder above, so there is no target",
            )
            .help(example),
        ],
        Some(config) if config.targets.is_empty() => {
            vec![Diagnostic::new(Code::E0601, "huntc.yaml names no target").help(example)]
        }
        Some(_) => Vec::new(),
    }
}

/// One text and its file.
struct Made {
    path: PathBuf,
    hunt: String,
    target: String,
    text: String,
}

pub(super) fn run(arguments: &CompileArguments, mut project: Project) -> u8 {
    let mut report = Report::new(arguments.form());
    let faults = configured(&project);
    if !faults.is_empty() {
        return super::fail(arguments.form(), project.files(), faults);
    }
    let mut targets = match project.targets(&arguments.targets) {
        Ok(targets) => targets,
        Err(faults) => return super::fail(arguments.form(), project.files(), faults),
    };
    for target in &mut targets {
        target.target.now = arguments.now;
    }
    let found = project.hunts(&arguments.hunts.paths);
    report.configuration(found.faults.clone());
    let unknown = project.unknown_hunts(&found);
    if !unknown.is_empty() {
        return super::fail(arguments.form(), project.files(), unknown);
    }
    let analyses = project.analyse(&found.paths);
    let root = arguments
        .out
        .clone()
        .unwrap_or_else(|| project.root.join("queries"));
    let asked = !arguments.targets.is_empty();
    let (mut made, mut notes) = (Vec::new(), Vec::new());
    // Files that a mended hunt would make again are not stale.
    let mut expected = BTreeSet::new();
    for analysis in analyses {
        let told = texts(
            &project,
            &analysis,
            &targets,
            asked,
            &root,
            &mut made,
            &mut expected,
        );
        let (told, rest): (Vec<_>, Vec<_>) = told
            .into_iter()
            .partition(|finding| finding.severity == Severity::Note);
        notes.push((analysis.slug.clone(), told));
        report.add(rest);
        report.add(analysis.diagnostics);
        report.configuration(analysis.configuration);
    }
    expected.extend(made.iter().map(|made: &Made| made.path.clone()));
    // The hunts whose notes are news.
    let mut fresh = BTreeSet::new();
    let mut page = if arguments.print {
        fresh.extend(made.iter().map(|made| made.hunt.clone()));
        print(&made)
    } else {
        let mut page = deliver(&made, arguments.check, &mut report, &mut fresh);
        if found.whole && found.faults.is_empty() {
            let folders = asked.then(|| {
                targets
                    .iter()
                    .map(|target| target.name.value.as_str())
                    .collect::<Vec<_>>()
            });
            stale(
                &root,
                &expected,
                folders.as_deref(),
                arguments.check,
                &mut report,
                &mut page,
            );
        }
        page
    };
    for (hunt, notes) in notes {
        if arguments.notes || fresh.contains(&hunt) {
            report.add(notes);
        } else {
            report.add_quietly(notes);
        }
    }
    let counts = report.counts();
    if !counts.is_empty() {
        page.summary = format!("{}; {counts}", page.summary);
    }
    report.finish(project.files(), page)
}

/// Adds the texts of a hunt, none while something is wrong with it; gives what there is to say of them.
fn texts(
    project: &Project,
    analysis: &Analysis,
    targets: &[Configured],
    asked: bool,
    root: &Path,
    made: &mut Vec<Made>,
    expected: &mut BTreeSet<PathBuf>,
) -> Vec<Diagnostic> {
    let path = |target: &Configured| {
        let ending = artefact::DEFAULT.extension(&target.target.dialect.file.extension);
        let file = format!("{}.{ending}", analysis.slug);
        root.join(&target.name.value).join(file)
    };
    let meaning = analysis.meaning.as_ref().filter(|_| analysis.is_sound());
    let Some(meaning) = meaning else {
        expected.extend(targets.iter().map(path));
        return Vec::new();
    };
    let mut findings = project.promises(meaning).err().unwrap_or_default();
    for target in targets {
        match project.outcome(analysis, meaning, target, asked) {
            Outcome::Text(query) => match artefact::DEFAULT.render(&query) {
                Ok(text) => {
                    findings.extend(query.notes);
                    made.push(Made {
                        path: path(target),
                        hunt: analysis.slug.clone(),
                        target: target.name.value.clone(),
                        text,
                    });
                }
                Err(error) => {
                    expected.insert(path(target));
                    findings.push(Diagnostic::new(Code::E0610, error.to_string()));
                }
            },
            Outcome::Unfit(note) => findings.push(note),
            Outcome::OtherClass(_) => {}
            Outcome::Broken(errors) => {
                expected.insert(path(target));
                findings.extend(errors);
            }
        }
    }
    findings
}

/// The texts themselves; each under its path when there are several.
fn print(made: &[Made]) -> Page {
    let mut page = Page {
        summary: count(made.len(), "query").replace("querys", "queries"),
        summary_aside: true,
        ..Page::default()
    };
    let mut listed = Vec::new();
    for one in made {
        if made.len() > 1 {
            let gap = if page.text.is_empty() { "" } else { "\n" };
            page.text
                .push_str(&format!("{gap}==> {} <==\n", one.path.display()));
        }
        page.text.push_str(&one.text);
        listed.push(entry(one, "printed", &[("text", json!(one.text))]));
    }
    page.json.insert("files".to_owned(), Value::Array(listed));
    page
}

/// Writes files, or reports how they differ; adds to `fresh` the hunts of which something was written.
fn deliver(made: &[Made], check: bool, report: &mut Report, fresh: &mut BTreeSet<String>) -> Page {
    let mut page = Page::default();
    let (mut rows, mut listed, mut diffs) = (Vec::new(), Vec::new(), String::new());
    let (mut written, mut unchanged) = (0, 0);
    for one in made {
        let status = match queries::compare(&one.path, &one.text) {
            Ok(Disk::Same) => {
                unchanged += 1;
                "unchanged"
            }
            Ok(Disk::Missing) if check => {
                report.differ();
                "missing"
            }
            Ok(Disk::Other(old)) if check => {
                report.differ();
                diffs.push_str(&queries::difference(&one.path, &old, &one.text));
                "differs"
            }
            Ok(Disk::Missing | Disk::Other(_)) => match queries::write(&one.path, &one.text) {
                Ok(()) => {
                    written += 1;
                    fresh.insert(one.hunt.clone());
                    "written"
                }
                Err(fault) => {
                    report.configuration([*fault]);
                    "failed"
                }
            },
            Err(fault) => {
                report.configuration([*fault]);
                "failed"
            }
        };
        rows.push(vec![one.path.display().to_string(), status.to_owned()]);
        listed.push(entry(one, status, &[]));
    }
    page.text = format!("{diffs}{}", table(&rows));
    let other = made.len() - written - unchanged;
    let queries = count(made.len(), "query").replace("querys", "queries");
    page.summary = match (check, other) {
        (true, 0) => format!("{queries}: all as on disk"),
        (true, _) => {
            format!("{queries}: {unchanged} as on disk, {other} not; `huntc compile` writes them")
        }
        (false, 0) => format!("{queries}: {written} written, {unchanged} unchanged"),
        (false, _) => {
            format!("{queries}: {written} written, {unchanged} unchanged, {other} failed")
        }
    };
    page.json.insert("files".to_owned(), Value::Array(listed));
    page
}

/// Reports files that were made by huntc and that nothing makes any more.
fn stale(
    root: &Path,
    expected: &BTreeSet<PathBuf>,
    folders: Option<&[&str]>,
    check: bool,
    report: &mut Report,
    page: &mut Page,
) {
    let stale = queries::stale(root, expected, folders);
    if stale.is_empty() {
        return;
    }
    if check {
        report.differ();
    }
    let shown: Vec<String> = stale
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|path| {
            vec![
                path.clone(),
                "stale: no hunt and target makes it any more; remove it".to_owned(),
            ]
        })
        .collect();
    page.text.push_str(&table(&rows));
    page.summary = format!("{}; {} stale", page.summary, stale.len());
    page.json.insert("stale".to_owned(), json!(shown));
}

fn entry(one: &Made, status: &str, more: &[(&str, Value)]) -> Value {
    let mut object = Map::new();
    object.insert("path".to_owned(), json!(one.path.display().to_string()));
    object.insert("hunt".to_owned(), json!(one.hunt));
    object.insert("target".to_owned(), json!(one.target));
    object.insert("status".to_owned(), json!(status));
    for (key, value) in more {
        object.insert((*key).to_owned(), value.clone());
    }
    Value::Object(object)
}
