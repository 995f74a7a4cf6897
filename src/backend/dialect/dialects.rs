//! The dialects there are.
//!
//! In: the folder `templates/`, embedded, and the dialects of a rule repository ([`super::repository`]). Out: a [`Dialect`] by name and version.
//! Guarantee: a dialect inherits entry by entry and file by file; entries under `stacks` hold from their version on.

use super::file::{DialectFile, Entry, Shape};
use super::loaded::Dialect;
use super::loaded::DialectFault;
use super::repository::{BUILTIN, Own};
use super::versions::Version;
use include_dir::{Dir, include_dir};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");
/// Templates that every dialect may use.
const SHARED: &str = "shared";
/// At most this many dialects may extend each other.
const MAX_DEPTH: usize = 8;

/// The files of all dialects, by folder and name.
#[derive(Clone, Debug)]
pub struct Dialects {
    files: BTreeMap<String, BTreeMap<String, String>>,
    /// Dialects of the rule repository, by name; one of a carried name changes the carried one.
    pub(crate) own: BTreeMap<String, Own>,
    carried_abstract: OnceLock<BTreeSet<String>>,
}

/// A dialect with what it extends.
struct Merged {
    file: DialectFile,
    /// `*.j2` files without the ending.
    steps: BTreeMap<String, String>,
    /// The names of the dialects whose entries it has, its own first.
    lineage: Vec<String>,
}

/// Whether the program carries this text at this place below `templates/`.
pub(super) fn carries(path: &str, text: &str) -> bool {
    let file = EMBEDDED.get_file(path);
    file.and_then(include_dir::File::contents_utf8) == Some(text)
}

/// Types of a table's columns that are not the usual ones.
#[derive(Clone, Copy, Debug, Default)]
pub struct ColumnTypes<'a> {
    /// Of times: one of [`Dialects::times`].
    pub time: Option<&'a str>,
    /// Of addresses: one of [`Dialects::addresses`].
    pub addresses: Option<&'a str>,
}

impl Dialects {
    /// The dialects in the program.
    #[must_use]
    pub fn embedded() -> Dialects {
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
        Dialects {
            files,
            own: BTreeMap::new(),
            carried_abstract: OnceLock::new(),
        }
    }

    /// Names of dialects that make texts (not those that others only extend).
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let makes_texts = |name: &&str| match self.own.get(*name) {
            Some(own) => !own.is_abstract(),
            None => !self.carried_abstract().contains(*name),
        };
        self.every_name().into_iter().filter(makes_texts).collect()
    }

    /// Names of carried dialects that others only extend. Every target of a configuration asks for them, and reading the dialects is slow.
    fn carried_abstract(&self) -> &BTreeSet<String> {
        self.carried_abstract.get_or_init(|| {
            let texts = self.files.iter();
            let texts = texts.filter_map(|(name, files)| Some((name, files.get("dialect.yaml")?)));
            let is_abstract = |text: &String| {
                serde_saphyr::from_str::<DialectFile>(text).is_ok_and(|file| file.is_abstract)
            };
            let found = texts.filter(|(_, text)| is_abstract(text));
            found.map(|(name, _)| name.clone()).collect()
        })
    }

    /// Names of all dialects, also of those that others only extend.
    #[must_use]
    pub(crate) fn every_name(&self) -> BTreeSet<&str> {
        let carried = self.files.iter();
        let carried = carried.filter(|(_, files)| files.contains_key("dialect.yaml"));
        let carried = carried.map(|(name, _)| name.as_str());
        carried.chain(self.own.keys().map(String::as_str)).collect()
    }

    /// Whether the program carries a dialect of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        let files = self.files.get(name);
        files.is_some_and(|files| files.contains_key("dialect.yaml"))
    }

    /// What the rule repository says of the dialect of that name.
    #[must_use]
    pub(crate) fn own(&self, name: &str) -> Option<&Own> {
        self.own.get(name)
    }

    /// The dialects of the rule repository.
    pub(crate) fn all_own(&self) -> impl Iterator<Item = &Own> {
        self.own.values()
    }

    /// The names of the dialects whose entries a dialect has, its own first.
    #[must_use]
    pub(crate) fn lineage(&self, name: &str) -> Vec<String> {
        let merged = self.merged(name, false, 0);
        merged.map_or_else(|_| vec![name.to_owned()], |merged| merged.lineage)
    }

    /// How queries of a dialect are built.
    pub(crate) fn shape(&self, name: &str) -> Option<Shape> {
        self.merged(name, false, 0).ok()?.file.shape
    }

    /// The carried files, for tests that read them all.
    #[cfg(test)]
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.files.iter();
        all.flat_map(|(name, files)| files.values().map(|text| (name.as_str(), text.as_str())))
    }

    /// The releases of its engine from which entries of a dialect hold, oldest first, each with its text; none when all releases are alike.
    #[must_use]
    pub fn releases(&self, name: &str) -> Vec<(Version, String)> {
        let stacks = self
            .merged(name, false, 0)
            .map(|merged| merged.file.stacks)
            .unwrap_or_default();
        let mut releases: Vec<(Version, String)> = stacks
            .into_keys()
            .filter_map(|text| Some((text.parse().ok()?, text)))
            .collect();
        releases.sort();
        releases
    }

    /// The dialect of that name for a version of its engine; for the newest where none is given.
    ///
    /// # Errors
    /// There is none, or it is faulty.
    pub fn load(
        &self,
        name: &str,
        version: Option<&Version>,
    ) -> Result<Dialect, Vec<DialectFault>> {
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
    ) -> Result<Dialect, Vec<DialectFault>> {
        let Merged {
            mut file,
            steps,
            lineage,
        } = self.merged(name, false, 0).map_err(|fault| vec![fault])?;
        let mut stacks: Vec<(Version, _)> = Vec::new();
        for (since, entries) in std::mem::take(&mut file.stacks) {
            match since.parse::<Version>() {
                Ok(since) => stacks.push((since, entries)),
                Err(message) => {
                    return Err(vec![DialectFault {
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
            vec![DialectFault {
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
        let mut dialect = Dialect::new(name, file, &steps)?;
        dialect.time = types.time.map(str::to_owned);
        dialect.addresses = types.addresses.map(str::to_owned);
        dialect.release = version.cloned();
        let own = lineage.iter().find_map(|name| self.own.get(name));
        dialect.own = own.map(|own| own.path.clone());
        dialect.lineage = lineage;
        Ok(dialect)
    }

    /// Types of time columns for which a dialect's entries differ, beside the usual one.
    #[must_use]
    pub fn times(&self, name: &str) -> Vec<String> {
        let merged = self.merged(name, false, 0);
        merged
            .map(|merged| merged.file.times.into_keys().collect())
            .unwrap_or_default()
    }

    /// Types of address columns for which a dialect's entries differ, beside text.
    #[must_use]
    pub fn addresses(&self, name: &str) -> Vec<String> {
        let merged = self.merged(name, false, 0);
        merged
            .map(|merged| merged.file.addresses.into_keys().collect())
            .unwrap_or_default()
    }

    /// A dialect with what it extends; `carried`: as the program carries it, whatever the rule repository says.
    fn merged(&self, name: &str, carried: bool, depth: usize) -> Result<Merged, DialectFault> {
        let fault = |message: String| DialectFault {
            place: format!("{name}/dialect.yaml"),
            message,
        };
        if depth > MAX_DEPTH {
            let message = "`extends` goes round in a circle, or through too many dialects";
            return Err(fault(message.to_owned()));
        }
        if let (Some(own), false) = (self.own.get(name), carried) {
            let parent = own.extends.as_ref().map(|word| word.value.as_str());
            let mut merged = match parent {
                Some(BUILTIN) => self.merged(name, true, depth + 1)?,
                Some(parent) => self.merged(parent, false, depth + 1)?,
                None => self.root(),
            };
            merged.file = own.over(&merged.file).map_err(fault)?;
            let steps = own.steps.iter();
            let steps = steps.map(|(step, own)| (step.clone(), own.text.clone()));
            merged.steps.extend(steps);
            if parent != Some(BUILTIN) {
                merged.lineage.insert(0, name.to_owned());
            }
            return Ok(merged);
        }
        let files = self
            .files
            .get(name)
            .ok_or_else(|| fault("there is no such dialect".to_owned()))?;
        let text = files
            .get("dialect.yaml")
            .ok_or_else(|| fault("there is no such file".to_owned()))?;
        let own: DialectFile =
            serde_saphyr::from_str(text).map_err(|error| fault(error.to_string()))?;
        let (base, mut merged) = match &own.extends {
            Some(parent) => {
                let merged = self.merged(parent, false, depth + 1)?;
                (Some(merged.file.clone()), merged)
            }
            None => (None, self.root()),
        };
        merged.file = base.map_or(own.clone(), |base| inherit(base, own));
        merged.steps.extend(templates(Some(files)));
        merged.lineage.insert(0, name.to_owned());
        Ok(merged)
    }

    /// What a dialect has that extends none.
    fn root(&self) -> Merged {
        Merged {
            file: DialectFile::default(),
            steps: templates(self.files.get(SHARED)),
            lineage: Vec::new(),
        }
    }
}

fn templates(files: Option<&BTreeMap<String, String>>) -> BTreeMap<String, String> {
    files
        .into_iter()
        .flatten()
        .filter_map(|(name, text)| Some((name.strip_suffix(".j2")?.to_owned(), text.clone())))
        .collect()
}

/// The child's entries, and the parent's where the child has none.
fn inherit(base: DialectFile, child: DialectFile) -> DialectFile {
    let over = |mut base: BTreeMap<String, Entry>, child: BTreeMap<String, Entry>| {
        base.extend(child);
        base
    };
    let text = |base: String, child: String| if child.is_empty() { base } else { child };
    DialectFile {
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
        null_when: child.null_when.or(base.null_when),
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
