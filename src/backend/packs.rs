//! The packs there are.
//!
//! In: the folder `templates/`, embedded, and a folder that overrides it while someone works on a pack. Out: a [`Pack`] by name and version.
//! Promise: a pack inherits entry by entry and file by file; entries under `stacks` hold from their version on.

use super::pack::{Entry, Pack, PackFault, PackFile};
use super::versions::Version;
use crate::source::disk;
use include_dir::{Dir, include_dir};
use std::collections::BTreeMap;
use std::path::Path;

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");
/// Templates that every pack may use.
const SHARED: &str = "shared";

/// The files of all packs, by folder and name.
#[derive(Clone, Debug)]
pub struct Packs {
    files: BTreeMap<String, BTreeMap<String, String>>,
}

/// Types of a table's columns that are not the usual ones.
#[derive(Clone, Copy, Debug, Default)]
pub struct ColumnTypes<'a> {
    /// Of times: one of [`Packs::times`].
    pub time: Option<&'a str>,
    /// Of addresses: one of [`Packs::addresses`].
    pub addresses: Option<&'a str>,
}

impl Packs {
    /// The packs in the program.
    #[must_use]
    pub fn embedded() -> Packs {
        let mut files: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for folder in EMBEDDED.dirs() {
            let name = folder.path().to_string_lossy().into_owned();
            for file in folder.files() {
                if let (Some(leaf), Some(text)) = (file.path().file_name(), file.contents_utf8()) {
                    files
                        .entry(name.clone())
                        .or_default()
                        .insert(leaf.to_string_lossy().into_owned(), text.to_owned());
                }
            }
        }
        Packs { files }
    }

    /// These packs, with the files of a folder in place of those of the same name.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn overridden(mut self, folder: &Path) -> std::io::Result<Packs> {
        let name = |path: &Path| {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        for pack in disk::list(folder)? {
            if !disk::about(&pack)?.is_folder {
                continue;
            }
            for file in disk::list(&pack)? {
                // A folder of folders is no pack: output formats lie there.
                if disk::about(&file)?.is_folder {
                    continue;
                }
                let text = disk::text(&file)?;
                self.files
                    .entry(name(&pack))
                    .or_default()
                    .insert(name(&file), text);
            }
        }
        Ok(self)
    }

    /// Names of packs that make texts (not those that others only extend).
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.files
            .iter()
            .filter(|(_, files)| {
                files.get("pack.yaml").is_some_and(|text| {
                    serde_saphyr::from_str::<PackFile>(text).map_or(true, |file| !file.is_abstract)
                })
            })
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// The releases of its engine from which entries of a pack hold, oldest first, each with its text; none when all releases are alike.
    #[must_use]
    pub fn releases(&self, name: &str) -> Vec<(Version, String)> {
        let stacks = self
            .merged(name, 0)
            .map(|(file, _)| file.stacks)
            .unwrap_or_default();
        let mut releases: Vec<(Version, String)> = stacks
            .into_keys()
            .filter_map(|text| Some((text.parse().ok()?, text)))
            .collect();
        releases.sort();
        releases
    }

    /// The pack of that name for a version of its engine; for the newest where none is given.
    ///
    /// # Errors
    /// There is none, or it is faulty.
    pub fn load(&self, name: &str, version: Option<&Version>) -> Result<Pack, Vec<PackFault>> {
        self.load_for(name, version, ColumnTypes::default())
    }

    /// The same for a table with columns of other types than the usual ones.
    ///
    /// # Errors
    /// There is none, or it is faulty.
    pub fn load_for(
        &self,
        name: &str,
        version: Option<&Version>,
        types: ColumnTypes<'_>,
    ) -> Result<Pack, Vec<PackFault>> {
        let (mut file, steps) = self.merged(name, 0).map_err(|fault| vec![fault])?;
        let mut stacks: Vec<(Version, _)> = Vec::new();
        for (since, entries) in std::mem::take(&mut file.stacks) {
            match since.parse::<Version>() {
                Ok(since) => stacks.push((since, entries)),
                Err(message) => {
                    return Err(vec![PackFault {
                        place: format!("{name}/stacks"),
                        message,
                    }]);
                }
            }
        }
        stacks.sort_by(|a, b| a.0.cmp(&b.0));
        for (since, entries) in stacks {
            if version.is_none_or(|version| *version >= since) {
                file.operators.extend(entries.operators);
                file.aggregates.extend(entries.aggregates);
                file.functions.extend(entries.functions);
            }
        }
        let none = |place: &str, wanted: &str| {
            vec![PackFault {
                place: format!("{name}/{place}"),
                message: format!("there is no `{wanted}`"),
            }]
        };
        let mut times = std::mem::take(&mut file.times);
        if let Some(time) = types.time {
            let entries = times.remove(time).ok_or_else(|| none("times", time))?;
            file.operators.extend(entries.operators);
            file.functions.extend(entries.functions);
            if let Some(literals) = &mut file.literals
                && !entries.durations.is_empty()
            {
                literals.durations = entries.durations;
            }
        }
        let mut addresses = std::mem::take(&mut file.addresses);
        if let Some(wanted) = types.addresses {
            let entries = addresses
                .remove(wanted)
                .ok_or_else(|| none("addresses", wanted))?;
            file.operators.extend(entries.operators);
            file.functions.extend(entries.functions);
        }
        let mut pack = Pack::new(name, file, &steps)?;
        pack.time = types.time.map(str::to_owned);
        pack.addresses = types.addresses.map(str::to_owned);
        pack.release = version.cloned();
        Ok(pack)
    }

    /// Types of time columns for which a pack's entries differ, beside the usual one.
    #[must_use]
    pub fn times(&self, name: &str) -> Vec<String> {
        let file = self.merged(name, 0).map(|(file, _)| file);
        file.map(|file| file.times.into_keys().collect())
            .unwrap_or_default()
    }

    /// Types of address columns for which a pack's entries differ, beside text.
    #[must_use]
    pub fn addresses(&self, name: &str) -> Vec<String> {
        let file = self.merged(name, 0).map(|(file, _)| file);
        file.map(|file| file.addresses.into_keys().collect())
            .unwrap_or_default()
    }

    fn merged(
        &self,
        name: &str,
        depth: usize,
    ) -> Result<(PackFile, BTreeMap<String, String>), PackFault> {
        let fault = |message: String| PackFault {
            place: format!("{name}/pack.yaml"),
            message,
        };
        let files = self
            .files
            .get(name)
            .ok_or_else(|| fault("there is no such pack".to_owned()))?;
        let text = files
            .get("pack.yaml")
            .ok_or_else(|| fault("there is no such file".to_owned()))?;
        let own: PackFile =
            serde_saphyr::from_str(text).map_err(|error| fault(error.to_string()))?;
        let (base, mut steps) = match &own.extends {
            Some(_) if depth > 4 => {
                return Err(fault("`extends` goes round in a circle".to_owned()));
            }
            Some(parent) => {
                let (base, steps) = self.merged(parent, depth + 1)?;
                (Some(base), steps)
            }
            None => (None, templates(self.files.get(SHARED))),
        };
        steps.extend(templates(Some(files)));
        Ok((base.map_or(own.clone(), |base| inherit(base, own)), steps))
    }
}

fn templates(files: Option<&BTreeMap<String, String>>) -> BTreeMap<String, String> {
    files
        .into_iter()
        .flatten()
        .filter_map(|(name, text)| Some((name.strip_suffix(".j2")?.to_owned(), text.clone())))
        .collect()
}

/// The child's entries, and the parent's where the child says nothing.
fn inherit(base: PackFile, child: PackFile) -> PackFile {
    let over = |mut base: BTreeMap<String, Entry>, child: BTreeMap<String, Entry>| {
        base.extend(child);
        base
    };
    let text = |base: String, child: String| if child.is_empty() { base } else { child };
    PackFile {
        title: text(base.title, child.title),
        is_abstract: child.is_abstract,
        extends: child.extends,
        shape: child.shape.or(base.shape),
        engine: text(base.engine, child.engine),
        extension: text(base.extension, child.extension),
        comment: text(base.comment, child.comment),
        precedence: if child.precedence.is_empty() {
            base.precedence
        } else {
            child.precedence
        },
        names: child.names.or(base.names),
        literals: match (child.literals, base.literals) {
            (Some(own), Some(base)) => Some(own.over(base)),
            (own, base) => own.or(base),
        },
        kinds: base.kinds.into_iter().chain(child.kinds).collect(),
        canonical: base.canonical.into_iter().chain(child.canonical).collect(),
        capabilities: child.capabilities.or(base.capabilities),
        third: child.third.or(base.third),
        operators: over(base.operators, child.operators),
        aggregates: over(base.aggregates, child.aggregates),
        functions: over(base.functions, child.functions),
        lookups: over(base.lookups, child.lookups),
        versions: if child.versions.is_empty() {
            base.versions
        } else {
            child.versions
        },
        products: base.products.into_iter().chain(child.products).collect(),
        stacks: base.stacks.into_iter().chain(child.stacks).collect(),
        times: base.times.into_iter().chain(child.times).collect(),
        addresses: base.addresses.into_iter().chain(child.addresses).collect(),
    }
}
