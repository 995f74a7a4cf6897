//! Where a hunt's text comes in: from the disk, or from memory.
//!
//! In: a path, or a name and texts. Out: [`Source`], which gives the hunt's text and that of the files it names. Guarantee: a hunt from memory reads
//! nothing from the disk, and one from the disk nothing outside of its folder.

// One error for a whole file: its size costs nothing, and callers keep it as it is.
#![allow(clippy::result_large_err)]

use super::contained::{self, is_below};
use super::{FileId, Files, MAX_BYTES, Spanned, add_bytes, disk, read_text};
use crate::diag::{Code, Diagnostic};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A hunt's text and the files that it names.
///
/// ```
/// use huntc::Source;
///
/// let from_disk = Source::disk("detections/tor-traffic/hunt.yaml");
/// let from_memory = Source::memory("ports.yaml", "hunt: ports\n…")
///     .file("services.csv", "port,name\n443,https\n");
/// ```
#[derive(Clone, Debug)]
pub struct Source {
    path: PathBuf,
    held: Option<Held>,
}

/// The name of the folder of a hunt file, which is the hunt's name unless it is broken.
#[must_use]
pub(crate) fn folder_name(path: &Path) -> Option<String> {
    name_of_parent(path).or_else(|| name_of_parent(&disk::real(path).ok()?))
}

fn name_of_parent(path: &Path) -> Option<String> {
    let name = path.parent()?.file_name()?;
    Some(name.to_string_lossy().into_owned())
}

/// What is in memory.
#[derive(Clone, Debug)]
struct Held {
    text: String,
    files: BTreeMap<String, String>,
}

impl Source {
    /// A hunt file on disk. Files that it names are read from its folder.
    pub fn disk(path: impl Into<PathBuf>) -> Source {
        Source {
            path: path.into(),
            held: None,
        }
    }

    /// A hunt in memory; `name` is shown in messages in place of a path.
    pub fn memory(name: impl Into<PathBuf>, text: impl Into<String>) -> Source {
        Source {
            path: name.into(),
            held: Some(Held {
                text: text.into(),
                files: BTreeMap::new(),
            }),
        }
    }

    /// Adds a file that the hunt names, as a list's CSV file, under the name that the hunt gives it. A hunt on disk keeps to its folder, and ignores it.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>, text: impl Into<String>) -> Source {
        if let Some(held) = &mut self.held {
            held.files.insert(name.into(), text.into());
        }
        self
    }

    /// The path or name that is shown in messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the folder that the hunt's file is in, as given; none in memory.
    pub(crate) fn folder_name(&self) -> Option<String> {
        let is_on_disk = self.held.is_none();
        is_on_disk.then(|| folder_name(&self.path)).flatten()
    }

    /// The same with links resolved.
    pub(crate) fn real_folder_name(&self) -> Option<String> {
        let is_on_disk = self.held.is_none();
        is_on_disk
            .then(|| name_of_parent(&disk::real(&self.path).ok()?))
            .flatten()
    }

    /// Reads the hunt's own text.
    pub(crate) fn open(&self, files: &mut Files) -> Result<FileId, Diagnostic> {
        match &self.held {
            None => contained::read_found(files, &self.path, MAX_BYTES),
            Some(held) => self.add(files, &self.path, &held.text),
        }
    }

    /// Reads a file that the hunt names.
    pub(crate) fn open_beside(
        &self,
        files: &mut Files,
        file: &Spanned<String>,
    ) -> Result<FileId, Diagnostic> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let Some(held) = &self.held else {
            let path = contained::named(folder, file, "the hunt", MAX_BYTES)?;
            return read_text(files, &path, MAX_BYTES);
        };
        if !is_below(&file.value) {
            return Err(contained::outside(file, "the hunt"));
        }
        let Some(text) = held.files.get(&file.value) else {
            let title = format!("{}: no such file", file.value);
            let given: Vec<String> = held.files.keys().map(|name| format!("`{name}`")).collect();
            let help = match given.as_slice() {
                [] => "this hunt is in memory, and no files came with it".to_owned(),
                given => format!(
                    "this hunt is in memory; the files that came with it are {}",
                    given.join(", ")
                ),
            };
            return Err(Diagnostic::at(Code::E0101, file.span, title).help(help));
        };
        self.add(files, &folder.join(&file.value), text)
    }

    fn add(&self, files: &mut Files, path: &Path, text: &str) -> Result<FileId, Diagnostic> {
        if text.len() > MAX_BYTES {
            let size = MAX_BYTES / 1024 / 1024;
            let title = format!("{}: larger than {size} MiB", path.display());
            return Err(Diagnostic::new(Code::E0101, title));
        }
        add_bytes(files, path, text.as_bytes().to_vec())
    }
}
