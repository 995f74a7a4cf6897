//! Reads `schemas/` into a [`Library`].
//!
//! In: the files of `schemas/` that the binary carries, and perhaps a user's folder that adds to them or changes some. Out: the library, or every finding
//! in every file. Guarantee: what comes out has passed `check`; nothing that the binary carries is replaced unless the user's file says so.
//!
//! `classes/<class>.yaml` is an event class; `<platform>/platform.yaml` is what the classes of a platform share; `<platform>/<class>/mapping.yaml` is how
//! the platform holds the class, with `columns.csv` and code tables beside it.

use super::formula::TypeExpression;
use super::header::{self, Shared};
use super::problems::Problems;
use super::tree::{Owner, Texts};
use super::{ColumnInfo, Library, check, class, columns, facts, patch};
use crate::diag::{Code, Diagnostic};
use crate::source::yaml::Node;
use crate::source::{Files, Span};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The folder beside `huntc.yaml` in which a user's schemas are.
pub(crate) const FOLDER: &str = "schemas";

/// Reads the schemas that the binary carries, and those under `root` if there is one. `typed` gives the expressions of mappings their types.
///
/// # Errors
/// Every finding in them.
pub(crate) fn load(
    root: Option<&Path>,
    typed: TypeExpression,
    files: &mut Files,
) -> Result<Library, Vec<Diagnostic>> {
    let mut texts = Texts::new(root, typed, files)?;
    let mut problems = Problems::default();
    let mut library = Library::default();
    classes(&mut library, &mut texts, &mut problems);
    let roots = platform_files(&mut texts, &mut problems);
    let mut platforms = BTreeMap::new();
    for (name, root) in &roots {
        let shared = header::platform(root, name, &mut texts, &mut problems);
        platforms.insert(name.clone(), shared);
    }
    let mut columns = Columns::default();
    for name in texts.names() {
        let Some(folder) = name.strip_suffix("/mapping.yaml") else {
            continue;
        };
        let Some(root) = patch::file(&name, &mut texts, &mut problems) else {
            continue;
        };
        let place = problems.map(&root, "the mapping of a class").span;
        let Some((platform, class)) = folder.split_once('/').filter(|(_, c)| !c.contains('/'))
        else {
            let title = "a mapping is `<platform>/<class>/mapping.yaml`";
            problems.at(Code::E0550, place, title);
            continue;
        };
        let Some(shared) = platforms.get_mut(platform) else {
            if !roots.contains_key(platform) {
                let title = format!("there is no `{platform}/platform.yaml`");
                let help = "it says what the platform is: `platform`, `title`, `version`";
                problems.help(Code::E0550, place, title, help);
            }
            continue;
        };
        let Some(of) = columns.of_mapping(folder, &root, shared, &mut texts, &mut problems) else {
            continue;
        };
        let schema = header::schema(
            &root,
            folder,
            shared,
            of,
            &library.classes,
            &mut texts,
            &mut problems,
        );
        check::schema(&schema, &library.classes, place, &mut problems);
        shared.platform.holds.insert(class.to_owned(), schema);
    }
    for shared in platforms.into_values() {
        check::platform(&shared.platform, &library.classes, &mut problems);
        unknown_words(&shared, &mut problems);
        let name = shared.platform.name.clone();
        library.platforms.insert(name, shared.platform);
    }
    texts.unread(&mut problems);
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

fn classes(library: &mut Library, texts: &mut Texts<'_>, problems: &mut Problems) {
    for name in texts.names() {
        let class = name.strip_prefix("classes/");
        let Some(class) = class.and_then(|rest| rest.strip_suffix(".yaml")) else {
            continue;
        };
        let Some(owner) = own(&name, "event class", texts, problems) else {
            continue;
        };
        if let Some(root) = texts.yaml(&name, owner, problems) {
            let read = class::read(&root, problems);
            if read.name != class {
                let title = format!(
                    "the class is `{}`, and the file is `{class}.yaml`",
                    read.name
                );
                problems.help(Code::E0550, root.span, title, "rename one of them");
            }
            library.classes.insert(class.to_owned(), read);
        }
    }
}

/// The trees of the platforms' files, by platform.
fn platform_files(texts: &mut Texts<'_>, problems: &mut Problems) -> BTreeMap<String, Node> {
    let mut roots = BTreeMap::new();
    for name in texts.names() {
        let Some(folder) = name.strip_suffix("/platform.yaml") else {
            continue;
        };
        let Some(owner) = own(&name, "platform", texts, problems) else {
            continue;
        };
        if let Some(root) = texts.yaml(&name, owner, problems) {
            roots.insert(folder.to_owned(), root);
        }
    }
    roots
}

/// Whose file it is; a user's file cannot stand for one that the binary carries.
fn own(name: &str, what: &str, texts: &mut Texts<'_>, problems: &mut Problems) -> Option<Owner> {
    let owner = texts.owner(name)?;
    if owner == Owner::User && texts.is_builtin(name) {
        let (_, id) = texts.text_of(name, owner)?;
        let title = format!("huntc carries this {what}, and it cannot be changed here");
        let help = "a `mapping.yaml` with `extends: builtin` changes where a platform has a field; an own class or platform has a name of its own";
        problems.help(Code::E0550, Span::new(id, 0, 0), title, help);
        return None;
    }
    Some(owner)
}

/// Columns by their file: several classes may be of one table.
#[derive(Default)]
struct Columns {
    read: BTreeMap<String, Arc<Vec<ColumnInfo>>>,
}

impl Columns {
    /// The columns of a mapping's table: of the file that it names, or of `columns.csv` beside it.
    fn of_mapping(
        &mut self,
        folder: &str,
        root: &Node,
        shared: &Shared<'_>,
        texts: &mut Texts<'_>,
        problems: &mut Problems,
    ) -> Option<Arc<Vec<ColumnInfo>>> {
        let entries = problems.map(root, "the mapping of a class");
        let node = entries.get("columns");
        let named = node.map(|node| problems.text(node));
        let place = node.map_or(entries.span, |node| node.span);
        let named = named.unwrap_or_else(|| "columns.csv".to_owned());
        let platform = folder.split('/').next().unwrap_or(folder);
        let path = match named.strip_prefix("../") {
            Some(above) => format!("{platform}/{above}"),
            None => format!("{folder}/{named}"),
        };
        if let Some(known) = self.read.get(&path) {
            return Some(Arc::clone(known));
        }
        let mut columns = match (texts.owner(&path), texts.is_builtin(&path)) {
            // Rows of the user's file come beside those of the carried one.
            (Some(Owner::User), true) => {
                let (text, id) = texts.text_of(&path, Owner::Builtin)?;
                let carried = columns::read(&text, id, problems);
                let (text, id) = texts.text_of(&path, Owner::User)?;
                columns::beside(carried, columns::read(&text, id, problems))
            }
            (Some(owner), _) => {
                let (text, id) = texts.text_of(&path, owner)?;
                columns::read(&text, id, problems)
            }
            (None, _) => {
                let title = format!("the mapping has no `{path}`");
                let help = "it lists the native columns: `name,type` and what else is known of them; `columns: ../table.csv` names another file";
                problems.help(Code::E0550, place, title, help);
                return None;
            }
        };
        facts::speak(&shared.facts.vocabularies, &mut columns);
        let columns = Arc::new(columns);
        self.read.insert(path, Arc::clone(&columns));
        Some(columns)
    }
}

/// A platform's vocabulary names columns of some of its classes.
fn unknown_words(shared: &Shared<'_>, problems: &mut Problems) {
    let holds = &shared.platform.holds;
    let columns = shared
        .facts
        .vocabularies
        .iter()
        .flat_map(|one| &one.columns);
    for name in columns {
        if holds.is_empty()
            || holds
                .values()
                .any(|schema| schema.column(&name.value).is_some())
        {
            continue;
        }
        let title = format!(
            "a vocabulary names the column `{}`, which no class of the platform has",
            name.value
        );
        let known = holds.values().flat_map(|schema| {
            schema
                .columns
                .iter()
                .map(|column| column.native.name.as_str())
        });
        problems.unknown(Code::E0552, name.span, title, &name.value, known);
    }
}
