//! The hunts under some paths.
//!
//! In: paths of hunt files, of hunt folders, or of folders that hold hunts somewhere. Out: hunt files, sorted, each once. Guarantee: a path that holds no
//! hunt is an error; folders whose name begins with a dot are skipped, and a link that leads back is followed once.

use super::Project;
use crate::diag::{Code, Diagnostic};
use crate::source::{disk, folder_name};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

const FILE: &str = "hunt.yaml";
/// Folders deeper than this hold no hunts.
const MAX_DEPTH: usize = 16;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Hunt files, as shown to people.
    pub paths: Vec<PathBuf>,
    /// Whether these are all hunts of the repository.
    pub whole: bool,
    /// Paths that hold no hunt.
    pub faults: Vec<Diagnostic>,
}

impl Project {
    /// The hunts under the paths given; without any, all under `detections` of the repository.
    #[must_use]
    pub fn hunts(&self, given: &[PathBuf]) -> Found {
        let mut found = Found {
            whole: given.is_empty(),
            ..Found::default()
        };
        let mut seen = BTreeSet::new();
        let detections = self.root.join("detections");
        if given.is_empty() {
            take(&detections, &mut seen, &mut found);
        }
        for path in given {
            // The name of a hunt stands for its folder, where no path is so called.
            let named = detections.join(path);
            let is_name =
                path.components().count() == 1 && !path.exists() && named.join(FILE).is_file();
            take(if is_name { &named } else { path }, &mut seen, &mut found);
        }
        found
    }
}

impl Project {
    /// Errors for hunts that huntc.yaml gives values for and that are neither among these nor under `detections`.
    #[must_use]
    pub fn unknown_hunts(&self, found: &Found) -> Vec<Diagnostic> {
        let Some(config) = &self.config else {
            return Vec::new();
        };
        let all = self.hunts(&[]);
        if all.paths.is_empty() {
            return Vec::new();
        }
        let slugs: Vec<String> = (all.paths.iter().chain(&found.paths))
            .filter_map(|path| folder_name(path))
            .collect();
        let slugs: Vec<&str> = slugs.iter().map(String::as_str).collect();
        config.unknown_hunts(&slugs)
    }

    /// The one hunt at a path or of a name.
    ///
    /// # Errors
    /// There is none, or there are several, or huntc.yaml is wrong.
    pub fn one_hunt(&self, given: &Path) -> Result<PathBuf, Vec<Diagnostic>> {
        let found = self.hunts(&[given.to_path_buf()]);
        let mut faults = self.faults.clone();
        faults.extend(found.faults);
        if found.paths.len() > 1 {
            let title = format!("{}: holds {} hunts", given.display(), found.paths.len());
            faults.push(Diagnostic::new(Code::E0609, title).help("name one of them"));
        }
        match found.paths.into_iter().next() {
            Some(path) if faults.is_empty() => Ok(path),
            _ => Err(faults),
        }
    }
}

fn take(path: &Path, seen: &mut BTreeSet<PathBuf>, found: &mut Found) {
    let mut add = |path: PathBuf, found: &mut Found| {
        let real = disk::real(&path).unwrap_or_else(|_| path.clone());
        if seen.insert(real) {
            found.paths.push(path);
        }
    };
    if path.is_file() {
        return add(path.to_path_buf(), found);
    }
    if !path.is_dir() {
        let fault = Diagnostic::new(
            Code::E0609,
            format!("{}: no such file or folder", path.display()),
        );
        found.faults.push(fault.help("a hunt is a folder with a `hunt.yaml`; without a path all under `detections` are taken"));
        return;
    }
    let mut none = true;
    let visible = |entry: &walkdir::DirEntry| {
        entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
    };
    let walk = WalkDir::new(path)
        .follow_links(true)
        .max_depth(MAX_DEPTH)
        .sort_by_file_name();
    for entry in walk.into_iter().filter_entry(visible) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && entry.file_name() == FILE => {
                none = false;
                add(entry.into_path(), found);
            }
            Ok(entry) if entry.file_type().is_file() && entry.file_name() == "hunt.yml" => {
                none = false;
                let title = format!(
                    "{}: a hunt file is called `hunt.yaml`",
                    entry.path().display()
                );
                found.faults.push(
                    Diagnostic::new(Code::E0609, title).help("rename it; it is not read as it is"),
                );
            }
            Ok(_) => {}
            // A link that leads back to a folder above it adds nothing; a link to nothing is skipped unless it is called as a hunt is.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) if dangling(&error) => {}
            Err(error) => {
                none = false;
                let shown = error.path().unwrap_or(path).display().to_string();
                let why = error
                    .io_error()
                    .map_or_else(|| "cannot be read".to_owned(), ToString::to_string);
                found
                    .faults
                    .push(Diagnostic::new(Code::E0101, format!("{shown}: {why}")));
            }
        }
    }
    if none {
        let title = format!("{}: there is no hunt in this folder", path.display());
        found.faults.push(
            Diagnostic::new(Code::E0609, title).help("a hunt is a folder with a `hunt.yaml`"),
        );
    }
}

fn dangling(error: &walkdir::Error) -> bool {
    let missing = error
        .io_error()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound);
    missing
        && error
            .path()
            .and_then(Path::file_name)
            .is_none_or(|name| name != FILE)
}
