//! The files of `schemas/`: those that the binary carries, and those of a user's repository.
//!
//! In: the carried folder, and perhaps a folder beside a user's `huntc.yaml`. Out: texts by their path in `schemas/`, each a file with places. Guarantee: a
//! file that is asked for is read once; of a user's files it is known which were asked for, so that none is ignored silently; no link leads to other files.

use super::formula::TypeExpression;
use super::problems::Problems;
use crate::diag::{Code, Diagnostic};
use crate::source::{FileId, Files, MAX_BYTES, Span, contained, yaml};
use include_dir::{Dir, include_dir};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/schemas");

/// A file: one that the binary carries becomes one of [`Files`] when it is asked for.
#[derive(Clone, Debug)]
enum Text {
    Carried(PathBuf, &'static str),
    Read(FileId),
}

/// Whose files are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// Those that the binary carries.
    Builtin,
    /// Those of the user's repository.
    User,
}

/// Files by their path in `schemas/`, with `/` between folders.
#[derive(Debug, Default)]
struct Tree {
    builtin: BTreeMap<String, Text>,
    user: BTreeMap<String, Text>,
}

/// The texts of one load; a text that is asked for becomes one of `files`.
#[derive(Debug)]
pub(super) struct Texts<'a> {
    tree: Tree,
    asked: BTreeSet<String>,
    /// Types the expressions of mappings.
    pub typed: TypeExpression,
    files: &'a mut Files,
}

impl<'a> Texts<'a> {
    /// The carried texts, and those under `root`.
    ///
    /// # Errors
    /// What cannot be read there.
    pub(super) fn new(
        root: Option<&Path>,
        typed: TypeExpression,
        files: &'a mut Files,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut tree = Tree::default();
        carried(&EMBEDDED, &mut tree.builtin);
        if let Some(root) = root {
            tree.user(root, files)?;
        }
        Ok(Texts {
            tree,
            asked: BTreeSet::new(),
            typed,
            files,
        })
    }

    /// The texts asked for so far.
    pub(super) fn files(&self) -> &Files {
        self.files
    }

    /// The text of a file and its id: the user's, if there is one.
    pub(super) fn get(&mut self, name: &str) -> Option<(String, FileId)> {
        let owner = self.owner(name)?;
        self.text_of(name, owner)
    }

    /// The text of a file of one of both.
    pub(super) fn text_of(&mut self, name: &str, owner: Owner) -> Option<(String, FileId)> {
        let texts = match owner {
            Owner::Builtin => &self.tree.builtin,
            Owner::User => &self.tree.user,
        };
        let id = match texts.get(name)? {
            Text::Carried(path, text) => self.files.add(path, (*text).to_owned()),
            Text::Read(id) => *id,
        };
        if owner == Owner::User {
            self.asked.insert(name.to_owned());
        }
        Some((self.files.text(id).to_owned(), id))
    }

    /// Whose file would be read.
    pub(super) fn owner(&self, name: &str) -> Option<Owner> {
        match (
            self.tree.user.contains_key(name),
            self.tree.builtin.contains_key(name),
        ) {
            (true, _) => Some(Owner::User),
            (false, true) => Some(Owner::Builtin),
            (false, false) => None,
        }
    }

    /// Whether the binary carries a file of that name.
    pub(super) fn is_builtin(&self, name: &str) -> bool {
        self.tree.builtin.contains_key(name)
    }

    /// The path of every file.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let both = self.tree.builtin.keys().chain(self.tree.user.keys());
        both.cloned().collect()
    }

    /// The tree of a YAML file.
    pub(super) fn yaml(
        &mut self,
        name: &str,
        owner: Owner,
        problems: &mut Problems,
    ) -> Option<yaml::Node> {
        let (_, id) = self.text_of(name, owner)?;
        match yaml::parse(self.files, id) {
            Ok(root) => Some(root),
            Err(found) => {
                problems.faults.all.extend(found);
                None
            }
        }
    }

    /// Reports which of the user's files nothing asked for.
    pub(super) fn unread(&self, problems: &mut Problems) {
        for (name, text) in &self.tree.user {
            if let (Text::Read(id), false) = (text, self.asked.contains(name)) {
                problems.help(
                    Code::E0550,
                    Span::new(*id, 0, 0),
                    "nothing reads this file",
                    "schemas are `classes/<class>.yaml`, `<platform>/platform.yaml` and `<platform>/<class>/mapping.yaml`, \
                     and the CSV files beside a mapping or that it names",
                );
            }
        }
    }
}

impl Tree {
    fn user(&mut self, root: &Path, files: &mut Files) -> Result<(), Vec<Diagnostic>> {
        let mut unread = Vec::new();
        for entry in walkdir::WalkDir::new(root).sort_by_file_name() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let title = format!("a schema cannot be read: {error}");
                    unread.push(Diagnostic::new(Code::E0550, title));
                    continue;
                }
            };
            let path = entry.path();
            let kind = path.extension().and_then(|end| end.to_str()).unwrap_or("");
            if entry.file_type().is_dir() || !["yaml", "yml", "csv"].contains(&kind) {
                continue;
            }
            let relative = path.strip_prefix(root).unwrap_or(path);
            let parts: Vec<String> = relative
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .collect();
            let name = parts.join("/");
            match contained::read_found(files, path, MAX_BYTES) {
                // The repository of huntc has the carried files beside its huntc.yaml.
                Ok(id) if self.is_carried(&name, files.text(id)) => {}
                Ok(id) => {
                    self.user.insert(name, Text::Read(id));
                }
                Err(fault) => unread.push(fault),
            }
        }
        match unread.is_empty() {
            true => Ok(()),
            false => Err(unread),
        }
    }

    fn is_carried(&self, name: &str, text: &str) -> bool {
        matches!(self.builtin.get(name), Some(Text::Carried(_, carried)) if *carried == text)
    }
}

fn carried(dir: &Dir<'static>, texts: &mut BTreeMap<String, Text>) {
    for file in dir.files() {
        if let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
            let name = path.replace('\\', "/");
            let shown = Path::new("schemas").join(path);
            texts.insert(name, Text::Carried(shown, text));
        }
    }
    for inner in dir.dirs() {
        carried(inner, texts);
    }
}

/// Whether the binary carries this text at this place, as it is shown to people: a user's files lie under `schemas/` too.
pub(super) fn carries(path: &Path, text: &str) -> bool {
    let within = path.strip_prefix("schemas").ok();
    let file = within.and_then(|path| EMBEDDED.get_file(path));
    file.and_then(include_dir::File::contents_utf8) == Some(text)
}
