//! The command line: one file per subcommand.
//!
//! In: arguments. Out: text on standard output, findings on standard error, an exit code: 0 clean (notes included), 1 findings or differences,
//! 2 a hunt does not compile, 3 usage or configuration, or an output that cannot be written. Guarantee: no subcommand stops at the first bad hunt; colour only on a terminal.

use crate::attack;
use crate::backend::Dialects;
use crate::driver::Project;
use crate::source::Files;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::LazyLock;

mod atomic_write;
mod charts;
mod check;
mod compile;
mod completions;
mod dialect;
mod documents;
mod explain;
mod fmt;
mod interpret;
mod interrupt;
pub(crate) mod output;
mod plan;
mod queries;
mod reading;
mod report;
pub(crate) mod run;
pub(crate) mod schema;
mod tables;
mod targets;
mod terminal;
mod test;
mod verify;

use report::Report;

/// Exit code: everything is in order; there may be notes.
pub(crate) const CLEAN: u8 = 0;
/// Exit code: lints found something, or files or results differ.
pub(crate) const FINDINGS: u8 = 1;
/// Exit code: a hunt does not compile.
pub(crate) const BROKEN: u8 = 2;
/// Exit code: wrong usage or configuration, or an output that cannot be written.
pub(crate) const USAGE: u8 = 3;

/// What `huntc --version` says: the program's version and that of the ATT&CK table. `-V` says the first alone.
static VERSIONS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}\nATT&CK {} ({})",
        env!("CARGO_PKG_VERSION"),
        attack::VERSION,
        attack::RELEASED
    )
});

/// A compiler for threat hunts: one neutral hunt in; KQL, ES|QL and SQL out, with the same meaning.
///
/// Exit codes: 0 clean (there may be notes), 1 warnings or differences, 2 a hunt does not compile, 3 wrong usage or configuration, or an output that cannot be written.
#[derive(Debug, Parser)]
#[command(
    name = "huntc",
    version,
    long_version = VERSIONS.as_str(),
    max_term_width = 100,
    arg_required_else_help = true
)]
pub struct Arguments {
    /// Configuration file; without it `huntc.yaml` is looked for here and in the folders above, up to the root of
    /// the git repository.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check hunts: syntax, names, types, lints, the schemas they promise, every target they are for.
    Check(check::CheckArguments),
    /// Write the queries of hunts for their targets.
    Compile(compile::CompileArguments),
    /// Format the queries of hunts.
    ///
    /// Only the query of a hunt file is formatted: a step per line, long lines broken, `=` aligned in blocks. Comments,
    /// parentheses and the spelling of literals stay, and so does an empty line. The YAML around the query (the order of keys,
    /// quotes, comments) stays as it is.
    Fmt(fmt::FmtArguments),
    /// Run hunts over their fixtures and compare what they find with what the fixtures expect.
    Test(test::TestArguments),
    /// Run a hunt over files of events, by the reference evaluator.
    Run(run::RunArguments),
    /// What the data look like: event classes, schemas, fields, columns.
    #[command(subcommand)]
    Schema(schema::Command),
    /// How engines say things: the dialects that targets name, and those of this repository.
    #[command(subcommand)]
    Dialect(dialect::Command),
    /// Show what a hunt means: its typed plan.
    Plan(plan::PlanArguments),
    /// Explain a code such as E0301.
    Explain(explain::ExplainArguments),
    /// Show the targets of this repository and which hunts fit them.
    Targets(targets::TargetsArguments),
    /// Interpret the text of a query over sample tables, without an engine.
    Interpret(interpret::InterpretArguments),
    /// Run the queries of hunts on engines and compare them with the reference evaluator.
    Verify(verify::VerifyArguments),
    /// Print shell completions.
    Completions(completions::CompletionsArguments),
    /// Write the generated documents of huntc's own repository.
    #[command(hide = true)]
    Documents(documents::DocumentsArguments),
}

/// The hunts a subcommand works on.
#[derive(Args, Clone, Debug)]
struct Hunts {
    /// Hunt files, hunt folders, or folders of hunts; without any, all under `detections` beside huntc.yaml.
    #[arg(value_name = "HUNT")]
    paths: Vec<PathBuf>,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    Human,
    /// One JSON document on standard output.
    Json,
}

/// The form of findings.
#[derive(Args, Clone, Copy, Debug)]
struct Format {
    /// For people, or one JSON document on standard output.
    #[arg(long = "format", value_enum, default_value_t = Form::Human, value_name = "FORM", hide_possible_values = false)]
    form: Form,
}

/// Runs the program with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // clap knows its colours and writes for itself.
            terminal::keep("help", error.print());
            let code = if error.use_stderr() { USAGE } else { CLEAN };
            return ExitCode::from(terminal::settled(code));
        }
    };
    ExitCode::from(terminal::settled(dispatch(&arguments)))
}

fn dispatch(arguments: &Arguments) -> u8 {
    let config = arguments.config.as_deref();
    match &arguments.command {
        Command::Check(own) => with_project(config, own.form(), |project| check::run(own, project)),
        Command::Compile(own) => {
            with_project(config, own.form(), |project| compile::run(own, project))
        }
        Command::Fmt(own) => with_project(config, own.form(), |project| fmt::run(own, project)),
        Command::Run(own) => {
            with_project(config, Form::Human, |project| run::command(own, project))
        }
        Command::Test(own) => with_project(config, own.form(), |project| test::run(own, project)),
        Command::Verify(own) => {
            with_project(config, own.form(), |project| verify::run(own, project))
        }
        Command::Plan(own) => with_project(config, own.form(), |project| plan::run(own, project)),
        Command::Targets(own) => {
            with_project(config, Form::Human, |project| targets::run(own, project))
        }
        Command::Schema(own) => with_project(config, Form::Human, |project| {
            match schema::run(own, project.compiler.library(), project.files()) {
                Ok(text) => {
                    terminal::exact(&text);
                    CLEAN
                }
                Err(fault) => fail(Form::Human, project.files(), vec![*fault]),
            }
        }),
        Command::Dialect(own) => dialects(config, own),
        Command::Explain(own) => explain::run(own),
        Command::Interpret(own) => interpret::run(own),
        Command::Completions(own) => completions::run(own),
        Command::Documents(own) => documents::run(own),
    }
}

fn dialects(config: Option<&Path>, command: &dialect::Command) -> u8 {
    let answer = |dialects: &Dialects, files: &Files| match dialect::run(command, dialects) {
        Ok(text) => {
            terminal::exact(&text);
            CLEAN
        }
        Err(fault) => fail(Form::Human, files, vec![*fault]),
    };
    if let dialect::Command::Check {
        folder: Some(folder),
    } = command
    {
        let mut files = Files::default();
        return match dialect::read(folder, &mut files) {
            Ok(dialects) => answer(&dialects, &files),
            Err(faults) => fail(Form::Human, &files, faults),
        };
    }
    with_project(config, Form::Human, |project| {
        answer(&project.compiler.platforms().dialects, project.files())
    })
}

fn with_project(config: Option<&Path>, form: Form, run: impl FnOnce(Project) -> u8) -> u8 {
    match Project::open(config) {
        Ok(project) => run(project),
        Err((files, faults)) => fail(form, &files, faults),
    }
}

/// Whether this runs in a CI system, where nothing may be skipped and nobody looks at what is written.
fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

/// Prints usage or configuration errors alone.
fn fail(form: Form, files: &Files, faults: Vec<crate::diag::Diagnostic>) -> u8 {
    let mut report = Report::new(form);
    report.configuration(faults);
    report.finish(files, report::Page::default())
}
