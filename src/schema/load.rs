//! Reads `schemas/` into a [`Library`].
//!
//! In: the files of `schemas/` that the binary carries, and perhaps a directory that adds to them or replaces some. Out: the library, or every finding
//! in every file. Promise: what comes out has passed `check`.
//!
//! `schemas/<class>.yaml` is an event class; `schemas/<name>/schema.yaml` a platform's schema, with `columns.csv` and code tables beside it.

use super::problems::Problems;
use super::{Library, check, class, columns, header};
use crate::diag::{Code, Diagnostic};
use crate::source::{FileId, Files, disk, yaml};
use include_dir::{Dir, include_dir};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/schemas");

/// Files by their path in `schemas/`, with `/` between folders: the path shown to people, and the text.
type Tree = BTreeMap<String, (PathBuf, Cow<'static, str>)>;

/// Reads the schemas that the binary carries.
///
/// # Errors
/// Every finding in them; there is none in a release, as a test reads them all.
pub fn embedded(files: &mut Files) -> Result<Library, Vec<Diagnostic>> {
    let mut tree = Tree::new();
    carried(&EMBEDDED, &mut tree);
    library(&tree, files)
}

/// Reads the schemas that the binary carries together with those under `root`, which win where both have a file.
///
/// # Errors
/// Every finding in them.
pub fn overlay(root: &Path, files: &mut Files) -> Result<Library, Vec<Diagnostic>> {
    let mut tree = Tree::new();
    carried(&EMBEDDED, &mut tree);
    let mut unread = Vec::new();
    for entry in walkdir::WalkDir::new(root).sort_by_file_name() {
        let read = entry.map_err(|error| error.to_string()).and_then(|entry| {
            let path = entry.path().to_owned();
            let kind = path.extension().and_then(|end| end.to_str()).unwrap_or("");
            if !entry.file_type().is_file() || !["yaml", "csv"].contains(&kind) {
                return Ok(());
            }
            let text = disk::text(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let relative = path.strip_prefix(root).unwrap_or(&path);
            let name: Vec<String> = relative
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .collect();
            tree.insert(name.join("/"), (path, Cow::Owned(text)));
            Ok(())
        });
        if let Err(error) = read {
            unread.push(Diagnostic::new(
                Code::E0550,
                format!("a schema cannot be read: {error}"),
            ));
        }
    }
    if unread.is_empty() {
        library(&tree, files)
    } else {
        Err(unread)
    }
}

fn carried(dir: &Dir<'static>, tree: &mut Tree) {
    for file in dir.files() {
        if let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
            let name = path.replace('\\', "/");
            tree.insert(name, (Path::new("schemas").join(path), Cow::Borrowed(text)));
        }
    }
    for inner in dir.dirs() {
        carried(inner, tree);
    }
}

/// The texts of one load; a text that is asked for becomes one of `files`.
#[derive(Debug)]
pub(super) struct Texts<'a> {
    tree: &'a Tree,
    files: &'a mut Files,
}

impl<'a> Texts<'a> {
    /// The texts asked for so far.
    pub fn files(&self) -> &Files {
        self.files
    }

    /// The text of a file and its id.
    pub fn get(&mut self, name: &str) -> Option<(&'a str, FileId)> {
        let (path, text) = self.tree.get(name)?;
        let id = self.files.add(path, text.clone().into_owned());
        Some((text, id))
    }
}

fn library(tree: &Tree, files: &mut Files) -> Result<Library, Vec<Diagnostic>> {
    let mut texts = Texts { tree, files };
    let mut problems = Problems::default();
    let mut library = Library::default();
    for name in tree
        .keys()
        .filter(|name| !name.contains('/') && name.ends_with(".yaml"))
    {
        if let Some(root) = tree_of(name, &mut texts, &mut problems) {
            let class = class::read(&root, &mut problems);
            library.classes.insert(class.name.clone(), class);
        }
    }
    for name in tree.keys() {
        let Some(folder) = name.strip_suffix("/schema.yaml") else {
            continue;
        };
        let Some(root) = tree_of(name, &mut texts, &mut problems) else {
            continue;
        };
        let place = problems.map(&root, "a schema").span;
        let columns = match texts.get(&format!("{folder}/columns.csv")) {
            Some((text, id)) => columns::read(text, id, &mut problems),
            None => {
                let title = format!("the schema has no `{folder}/columns.csv`");
                problems.at(Code::E0550, place, title);
                continue;
            }
        };
        let schema = header::read(
            &root,
            columns,
            folder,
            &library.classes,
            &mut texts,
            &mut problems,
        );
        check::schema(&schema, &library.classes, place, &mut problems);
        library.schemas.insert(schema.name.clone(), schema);
    }
    if problems.faults.all.is_empty() {
        Ok(library)
    } else {
        problems
            .faults
            .all
            .sort_by_key(|found| found.primary.as_ref().map(|label| label.span));
        Err(problems.faults.all)
    }
}

fn tree_of(name: &str, texts: &mut Texts<'_>, problems: &mut Problems) -> Option<yaml::Node> {
    let (_, id) = texts.get(name)?;
    match yaml::parse(texts.files(), id) {
        Ok(root) => Some(root),
        Err(found) => {
            problems.faults.all.extend(found);
            None
        }
    }
}
