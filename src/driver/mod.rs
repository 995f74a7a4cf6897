//! A run over a rule repository: what is known, which hunts there are, what becomes of each.
//!
//! In: paths and `huntc.yaml`. Out: [`Project`], [`Front`]s and [`Outcome`]s, which the subcommands print or write. Promise: a bad hunt never stops the
//! others; nothing here prints or writes.

mod find;
mod judge;

pub use find::{Found, folder_name};
pub use judge::{Front, Outcome};

use crate::backend::Packs;
use crate::config::{self, Config, Configured};
use crate::diag::{Code, Diagnostic, suggest};
use crate::schema::{self, Library};
use crate::source::Files;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a run knows.
#[derive(Debug)]
pub struct Project {
    /// Every text read.
    pub files: Files,
    /// Event classes and schemas.
    pub library: Library,
    /// How engines say things.
    pub packs: Packs,
    /// `huntc.yaml`, when there is one and it is right.
    pub config: Option<Config>,
    /// What is wrong with `huntc.yaml`.
    pub faults: Vec<Diagnostic>,
    /// The root of the rule repository as shown to people: the folder of `huntc.yaml`, else the current one; empty for the current one.
    pub root: PathBuf,
    /// Look-ups that some engine has; found when first asked for.
    lookups: OnceCell<Vec<String>>,
}

impl Project {
    /// Loads what the program carries, and the configuration: the one named, or the nearest `huntc.yaml` above the current folder.
    ///
    /// # Errors
    /// What is wrong with the schemas of the repository. The program's own are right, as its tests say.
    pub fn open(named: Option<&Path>) -> Result<Project, (Files, Vec<Diagnostic>)> {
        let mut files = Files::default();
        let packs = Packs::embedded();
        let path = named.map(Path::to_path_buf).or_else(|| {
            let here = std::env::current_dir().ok()?;
            config::find(&here)
        });
        let root = path
            .as_deref()
            .and_then(Path::parent)
            .map_or_else(PathBuf::new, Path::to_path_buf);
        // Without a configuration there is no rule repository, and so no schemas of its own.
        let library = match path.is_some() {
            true => schema::load::repository(&root, &mut files),
            false => schema::load::embedded(&mut files),
        };
        let library = match library {
            Ok(library) => library,
            Err(faults) => return Err((files, faults)),
        };
        let (config, faults) = match path.map(|path| match named {
            Some(_) => config::read(&mut files, &path, &library, &packs),
            None => config::read_found(&mut files, &path, &library, &packs),
        }) {
            Some(Ok(config)) => (Some(config), Vec::new()),
            Some(Err(faults)) => (None, faults),
            None => (None, Vec::new()),
        };
        Ok(Project {
            files,
            library,
            packs,
            config,
            faults,
            root,
            lookups: OnceCell::new(),
        })
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

    /// The look-ups that some engine has.
    fn lookups(&self) -> Vec<&str> {
        let all = self.lookups.get_or_init(|| {
            let packs = self.packs.names().into_iter();
            let loaded: Vec<_> = packs
                .filter_map(|name| self.packs.load(name, None).ok())
                .collect();
            let names: BTreeSet<&str> = loaded.iter().flat_map(|pack| pack.lookups()).collect();
            names.into_iter().map(str::to_owned).collect()
        });
        all.iter().map(String::as_str).collect()
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
