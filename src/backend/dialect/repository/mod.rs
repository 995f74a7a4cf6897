//! Dialects of a rule repository.
//!
//! In: the folder `templates/` beside a user's `huntc.yaml`: `<name>/dialect.yaml` and `<name>/*.j2`. Out: [`Dialects`] with these dialects beside the carried
//! ones, or every error in them at its place. Guarantee: a change of what huntc carries has a reason; a file that nothing reads is an error; no link leads to
//! files elsewhere; what comes out loads for every release and every type of columns that it knows.

mod check;
mod quoted;
mod read;
pub(crate) mod show;

use super::dialects::{Dialects, carries};
use super::loaded::DialectFile;
use crate::diag::{Code, Diagnostic};
use crate::source::yaml::{self, Faults, Map};
use crate::source::{FileId, Files, MAX_BYTES, Span, Spanned, contained, disk};
use serde_json::{Map as Object, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder beside `huntc.yaml` in which a user's dialects are.
pub(crate) const FOLDER: &str = "templates";
/// What `extends` says of the carried dialect of the same name.
pub(crate) const BUILTIN: &str = "builtin";
/// Folders under `templates/` that are no dialects.
const RESERVED: [&str; 2] = ["artefacts", "shared"];

/// A dialect of the repository.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    /// The name of its folder.
    pub name: String,
    /// Its `dialect.yaml`, as shown to people.
    pub path: PathBuf,
    /// The dialect that applies where it has no entry; [`BUILTIN`] for the carried one of the same name.
    pub extends: Option<Spanned<String>>,
    /// Why it differs from that one.
    pub reason: Option<String>,
    /// What it says.
    pub changes: Vec<Change>,
    /// Its `*.j2` files, by their names without the ending.
    pub steps: BTreeMap<String, Step>,
    /// `dialect.yaml` without the keys that are about it.
    entries: Object<String, Value>,
    /// The same with places.
    map: Map,
    /// Where it begins.
    span: Span,
}

/// Something that a dialect says.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// `functions/lower`, `capabilities`.
    pub entry: String,
    /// Why, where the entry says it; else the reason of the file holds.
    pub reason: Option<String>,
}

/// A `*.j2` file.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Its text.
    pub text: String,
    /// The file.
    pub file: FileId,
}

impl Own {
    /// Whether it makes no texts itself.
    pub(super) fn is_abstract(&self) -> bool {
        self.entries.get("abstract") == Some(&Value::Bool(true))
    }

    /// The parent's entries, and its own in their place: patterns one by one, lists whole, everything else key by key.
    pub(crate) fn over(&self, base: &DialectFile) -> Result<DialectFile, String> {
        let mut merged = serde_json::to_value(base).map_err(|error| error.to_string())?;
        let said = Value::Object(self.entries.clone());
        merge(&mut merged, &said, false);
        let mut file: DialectFile =
            serde_json::from_value(merged).map_err(|error| error.to_string())?;
        file.is_abstract = self.is_abstract();
        Ok(file)
    }
}

/// Puts what is said in the place of what was; `whole`: each value is one entry, whose keys belong together.
fn merge(base: &mut Value, said: &Value, whole: bool) {
    let (Value::Object(base), Value::Object(said)) = (&mut *base, said) else {
        *base = said.clone();
        return;
    };
    for (key, value) in said {
        match base.get_mut(key) {
            Some(known) if !whole && known.is_object() && value.is_object() => {
                merge(known, value, read::SECTIONS.contains(&key.as_str()));
            }
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

/// The carried dialects together with those of a rule repository.
///
/// # Errors
/// Every error in the repository's.
pub(crate) fn repository(root: &Path, files: &mut Files) -> Result<Dialects, Vec<Diagnostic>> {
    let folder = root.join(FOLDER);
    match disk::about(&folder) {
        Ok(about) if about.is_folder => read(&folder, files),
        _ => Ok(Dialects::embedded()),
    }
}

/// The carried dialects together with those of a folder.
///
/// # Errors
/// Every error in the folder's.
pub(crate) fn read(folder: &Path, files: &mut Files) -> Result<Dialects, Vec<Diagnostic>> {
    let mut faults = Faults::default();
    let mut found: BTreeMap<String, BTreeMap<String, FileId>> = BTreeMap::new();
    walk(folder, &mut Vec::new(), files, &mut found, &mut faults);
    let mut dialects = Dialects::embedded();
    for (name, texts) in found {
        if let Some(own) = one(&name, &texts, files, &dialects, &mut faults) {
            dialects.own.insert(name, own);
        }
    }
    // Without a dialect that does not read, one that extends it would be blamed for that.
    if faults.all.is_empty() {
        check::all(&dialects, files, &mut faults);
    }
    if faults.all.is_empty() {
        return Ok(dialects);
    }
    faults
        .all
        .sort_by_key(|fault| fault.primary.as_ref().map(|label| label.span));
    Err(faults.all)
}

/// Reads the files below a folder; `parts` are the folders on the way.
fn walk(
    folder: &Path,
    parts: &mut Vec<String>,
    files: &mut Files,
    found: &mut BTreeMap<String, BTreeMap<String, FileId>>,
    faults: &mut Faults,
) {
    let paths = match disk::list(folder) {
        Ok(paths) => paths,
        Err(error) => {
            let title = format!("{}: {error}", folder.display());
            faults.push(Diagnostic::new(Code::E0560, title));
            return;
        }
    };
    for path in paths {
        let leaf = path.file_name().unwrap_or_default();
        let leaf = leaf.to_string_lossy().into_owned();
        if contained::leads_out(folder, &path) {
            let title = format!("{}: this link leads out of its folder", path.display());
            let help =
                "put the files themselves there: a link may lead to any file of this machine";
            faults.push(Diagnostic::new(Code::E0113, title).help(help));
            continue;
        }
        if disk::about(&path).is_ok_and(|about| about.is_folder) {
            parts.push(leaf);
            // A link to a folder above it would never end.
            if parts.len() <= 4 {
                walk(&path, parts, files, found, faults);
            }
            parts.pop();
            continue;
        }
        let ending = path.extension().and_then(|end| end.to_str()).unwrap_or("");
        if !["yaml", "yml", "j2", "jinja", "jinja2"].contains(&ending) {
            continue;
        }
        // A template may be empty: a step for which the dialect writes nothing.
        let is_empty = ending == "j2" && disk::about(&path).is_ok_and(|about| about.length == 0);
        let file = match contained::read_found(files, &path, MAX_BYTES) {
            Ok(file) => file,
            Err(_) if is_empty => files.add(&path, String::new()),
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        // The repository of huntc has the carried files beside its huntc.yaml.
        let below = parts.iter().chain(std::iter::once(&leaf));
        let below: Vec<&str> = below.map(String::as_str).collect();
        if carries(&below.join("/"), files.text(file)) {
            continue;
        }
        match parts.as_slice() {
            [name] if (leaf == "dialect.yaml" || ending == "j2") && !is_reserved(name) => {
                found.entry(name.clone()).or_default().insert(leaf, file);
            }
            _ => {
                let title = "nothing reads this file";
                let help = "a dialect is `<name>/dialect.yaml` and the `*.j2` files beside it; \
                            `artefacts` and `shared` are names of huntc's own folders";
                let place = Span::new(file, 0, 0);
                faults.push(Diagnostic::at(Code::E0560, place, title).help(help));
            }
        }
    }
}

fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

fn one(
    name: &str,
    texts: &BTreeMap<String, FileId>,
    files: &Files,
    carried: &Dialects,
    faults: &mut Faults,
) -> Option<Own> {
    let Some(dialect) = texts.get("dialect.yaml") else {
        let first = texts.values().next().copied().unwrap_or_default();
        let title = format!("the dialect `{name}` has no `dialect.yaml`");
        let help = "it says which dialect it extends, what it changes and why";
        faults.push(Diagnostic::at(Code::E0560, Span::new(first, 0, 0), title).help(help));
        return None;
    };
    let root = match yaml::parse(files, *dialect) {
        Ok(root) => root,
        Err(all) => {
            faults.all.extend(all);
            return None;
        }
    };
    let steps = texts.iter().filter_map(|(leaf, file)| {
        let step = leaf.strip_suffix(".j2")?;
        let text = files.text(*file).to_owned();
        Some((step.to_owned(), Step { text, file: *file }))
    });
    read::dialect(
        (name, files.path(*dialect)),
        root,
        steps.collect(),
        carried,
        faults,
    )
}
