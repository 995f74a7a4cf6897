//! A run over a rule repository: what is known, which hunts there are, what becomes of each.
//!
//! In: paths and `huntc.yaml`. Out: [`Project`], analyses and [`Outcome`]s, which the subcommands print or write. Guarantee: a bad hunt never stops the
//! others; nothing here prints or writes.

mod find;
mod outcome;

pub use outcome::Outcome;

use crate::compiler::Compiler;
use crate::config::{self, Config, Configured};
use crate::diag::{Code, Diagnostic, suggest};
use crate::source::Files;
use std::path::{Path, PathBuf};

/// What a run knows.
#[derive(Debug)]
pub struct Project {
    /// What compiles, and every text read.
    pub compiler: Compiler,
    /// `huntc.yaml`, when there is one and it is right.
    pub config: Option<Config>,
    /// What is wrong with `huntc.yaml`.
    pub faults: Vec<Diagnostic>,
    /// The root of the rule repository as shown to people: the folder of `huntc.yaml`, else the current one; empty for the current one.
    pub root: PathBuf,
}

impl Project {
    /// Loads what the program carries, and the configuration: the one named, or the nearest `huntc.yaml` above the current folder.
    ///
    /// # Errors
    /// What is wrong with the schemas of the repository. The program's own are right, as its tests say.
    pub fn open(named: Option<&Path>) -> Result<Project, (Files, Vec<Diagnostic>)> {
        let path = named.map(Path::to_path_buf).or_else(|| {
            let here = std::env::current_dir().ok()?;
            config::find(&here)
        });
        let root = path
            .as_deref()
            .and_then(Path::parent)
            .map_or_else(PathBuf::new, Path::to_path_buf);
        // Without a configuration there is no rule repository, and so no schemas of its own.
        let mut compiler = Compiler::for_repository(path.is_some().then_some(&*root))?;
        let (config, faults) = match path.map(|path| match named {
            Some(_) => compiler.configuration(&path),
            None => compiler.configuration_found(&path),
        }) {
            Some(Ok(config)) => (Some(config), Vec::new()),
            Some(Err(faults)) => (None, faults),
            None => (None, Vec::new()),
        };
        Ok(Project {
            compiler,
            config,
            faults,
            root,
        })
    }

    /// Every text read.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.compiler.files
    }

    /// The configured targets; all of them, or those named.
    ///
    /// # Errors
    /// Names that are no target.
    pub fn targets(&self, names: &[String]) -> Result<Vec<Configured>, Vec<Diagnostic>> {
        let all = self
            .config
            .as_ref()
            .map(|config| config.targets.as_slice())
            .unwrap_or_default();
        let unknown: Vec<Diagnostic> = names
            .iter()
            .filter(|name| !all.iter().any(|target| target.name.value == **name))
            .map(|name| self.unknown_target(name))
            .collect();
        if !unknown.is_empty() {
            return Err(unknown);
        }
        let wanted = |target: &&Configured| names.is_empty() || names.contains(&target.name.value);
        Ok(all.iter().filter(wanted).cloned().collect())
    }

    fn unknown_target(&self, name: &str) -> Diagnostic {
        let names: Vec<&str> = self
            .config
            .iter()
            .flat_map(|config| &config.targets)
            .map(|target| target.name.value.as_str())
            .collect();
        let fault = Diagnostic::new(Code::E0602, format!("there is no target `{name}`"));
        if names.is_empty() {
            return fault.help("huntc.yaml names the targets, under `targets:`; there is none");
        }
        let fault = match suggest::nearest(name, names.iter().copied()) {
            Some(near) => fault.help(format!("a target with a similar name exists: `{near}`")),
            None => fault,
        };
        fault.help(format!("the targets are {}", names.join(", ")))
    }
}
