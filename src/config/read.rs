//! Finding and reading the file.
//!
//! In: a folder to begin at, or a path. Out: [`Config`], or every error in the file. Guarantee: paths stay relative as long as they were given so.

use super::target::Reader;
use super::{Config, Configured, FILE};
use crate::backend::Dialects;
use crate::diag::{Code, Diagnostic};
use crate::schema::Library;
use crate::source::yaml::{self, Faults, Map};
use crate::source::{Files, MAX_BYTES, Span, Spanned, add_bytes, contained, read_text};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Keys of the file.
pub(super) const KEYS: &[&str] = &["targets", "params"];

/// The nearest `huntc.yaml` in `from` or a folder above it: `huntc.yaml`, `../huntc.yaml`, `../../huntc.yaml`. The search ends at the root of a git
/// repository: what lies above is somebody else's.
#[must_use]
pub(crate) fn find(from: &Path) -> Option<PathBuf> {
    let mut up = PathBuf::new();
    for folder in from.ancestors() {
        if folder.join(FILE).is_file() {
            return Some(up.join(FILE));
        }
        if folder.join(".git").exists() {
            return None;
        }
        up.push("..");
    }
    None
}

/// Reads a file that was found rather than named: it may not be a link that leads out of its folder.
///
/// # Errors
/// Every error in it; E0113 for such a link.
pub(crate) fn read_found(
    files: &mut Files,
    path: &Path,
    library: &Library,
    dialects: &Dialects,
) -> Result<Config, Vec<Diagnostic>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    if contained::leads_out(folder, path) {
        let title = format!("{}: this link leads out of its folder", path.display());
        return Err(vec![
            Diagnostic::new(Code::E0113, title)
                .help("`--config` names a configuration that lies elsewhere"),
        ]);
    }
    read(files, path, library, dialects)
}

/// Reads the file.
///
/// # Errors
/// Every error in it.
pub fn read(
    files: &mut Files,
    path: &Path,
    library: &Library,
    dialects: &Dialects,
) -> Result<Config, Vec<Diagnostic>> {
    let file = read_text(files, path, MAX_BYTES).map_err(|fault| vec![fault])?;
    let root = yaml::parse(files, file)?;
    let mut faults = Faults::default();
    let mut config = Config {
        root: path.parent().map_or_else(PathBuf::new, Path::to_path_buf),
        ..Config::default()
    };
    if let Some(map) = faults.map(&root, "a mapping with `targets` and `params`") {
        faults.known(map, FILE, KEYS);
        targets(map, library, dialects, &mut config, &mut faults);
        if let Some(params) = map
            .get("params")
            .and_then(|node| faults.map(node, "a mapping from hunts to values of their parameters"))
        {
            config.params = params.entries.clone();
        }
    }
    if faults.all.is_empty() {
        Ok(config)
    } else {
        faults
            .all
            .sort_by_key(|fault| fault.primary.as_ref().map(|label| label.span));
        Err(faults.all)
    }
}

/// A target by itself: a name, and its value under `targets`.
///
/// # Errors
/// Every error in it.
pub(crate) fn target(
    files: &mut Files,
    name: &str,
    definition: &str,
    library: &Library,
    dialects: &Dialects,
) -> Result<Configured, Vec<Diagnostic>> {
    let shown = format!("target {name}");
    let file = add_bytes(files, Path::new(&shown), definition.as_bytes().to_vec())
        .map_err(|fault| vec![fault])?;
    let root = yaml::parse(files, file)?;
    let mut faults = Faults::default();
    let name = Spanned::new(name.to_owned(), Span::new(file, 0, 0));
    let target = Reader::new(library, dialects).target(&name, &root, &mut faults);
    match target {
        Some(target) if faults.all.is_empty() => Ok(target),
        _ => Err(faults.all),
    }
}

fn targets(
    map: &Map,
    library: &Library,
    dialects: &Dialects,
    config: &mut Config,
    faults: &mut Faults,
) {
    let Some(targets) = map
        .get("targets")
        .and_then(|node| faults.map(node, "a mapping from the names of targets to what they are"))
    else {
        return;
    };
    let mut reader = Reader::new(library, dialects);
    let mut folded = BTreeMap::new();
    for (name, node) in &targets.entries {
        // Names are folders, and some file systems ignore case.
        if let Some(first) = folded.insert(name.value.to_lowercase(), name.span) {
            faults.push(
                Diagnostic::at(Code::E0602, name.span, "two targets differ only in case")
                    .label("again here")
                    .also(first, "first here"),
            );
        }
        config.targets.extend(reader.target(name, node, faults));
    }
}
