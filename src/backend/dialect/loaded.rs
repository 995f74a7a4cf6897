//! What one engine says and how: the data of `templates/<dialect>/`.
//!
//! In: `dialect.yaml` and the `*.j2` files of a dialect, of the dialect it extends, and of `shared/`. Out: [`Dialect`], which renders patterns and steps.
//! Guarantee: a dialect that loads is whole: every operator of [`super::signature`] has a pattern or a reason why not, every hole of every pattern is one
//! that is filled, every level named exists.

use super::file::sections;
pub(crate) use super::file::{
    Capabilities, DialectFile, Entry, Kind, NullBehavior, ProductLimits, Shape,
};
use super::fragment::{Fragment, Level};
use super::quote::Quoting;
use super::render::{self, Holes};
use super::signature;
use super::versions::{Used, Version};
use crate::pattern::RegexDialect;
use crate::plan::passes::Abilities;
use minijinja::Environment;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A dialect, checked and ready.
#[derive(Debug)]
pub struct Dialect {
    /// The folder's name.
    pub name: String,
    /// The names of the dialects whose entries it has, its own first.
    pub lineage: Vec<String>,
    /// The `dialect.yaml` of the rule repository whose entries it has, if it has any.
    pub own: Option<PathBuf>,
    /// What the dialect file says, with what it extends.
    pub file: DialectFile,
    /// How it writes names and literals.
    pub quoting: Quoting,
    /// The type of the table's time columns, where it is not the usual one.
    pub time: Option<String>,
    /// The type of the table's address columns, where it is not text.
    pub addresses: Option<String>,
    /// The engine's release that texts are for; the newest where none is given.
    pub release: Option<Version>,
    capabilities: Capabilities,
    environment: Environment<'static>,
}

/// An error in a dialect: its place (`kql/operators/equal`) and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialectFault {
    /// Where.
    pub place: String,
    /// What.
    pub message: String,
}

impl Dialect {
    /// Checks the entries and compiles patterns and steps. `steps` holds the `*.j2` files without ending.
    ///
    /// # Errors
    /// Everything that is wrong with the dialect.
    pub fn new(
        name: &str,
        file: DialectFile,
        steps: &BTreeMap<String, String>,
    ) -> Result<Dialect, Vec<DialectFault>> {
        let fault = |place: &str, message: String| DialectFault {
            place: format!("{name}/{place}"),
            message,
        };
        let quoting = Quoting::new(
            file.names.clone().unwrap_or_default(),
            file.literals.clone().unwrap_or_default(),
        )
        .map_err(|message| vec![fault("names", message)])?;
        let mut faults = Vec::new();
        let mut environment = render::environment(&file.precedence);
        for (section, entries) in sections(&file) {
            for (key, entry) in entries {
                let place = format!("{section}/{key}");
                if let Err(message) = add_entry(&mut environment, &file, &place, entry) {
                    faults.push(fault(&place, message));
                }
            }
        }
        for (step, source) in steps {
            let place = format!("steps/{step}");
            if let Err(error) = environment.add_template_owned(place.clone(), source.clone()) {
                faults.push(fault(&place, render::describe(&error)));
            }
        }
        for (place, message) in signature::faults(&file, steps, &environment) {
            faults.push(fault(&place, message));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Dialect {
            name: name.to_owned(),
            lineage: vec![name.to_owned()],
            own: None,
            capabilities: file.capabilities.clone().unwrap_or_default(),
            file,
            quoting,
            time: None,
            addresses: None,
            release: None,
            environment,
        })
    }

    /// Whether its texts are of a language: it is the dialect of that name, or extends it.
    #[must_use]
    pub fn is_of(&self, name: &str) -> bool {
        self.lineage.iter().any(|one| one == name)
    }

    /// What the engine can or must do.
    #[must_use]
    pub fn can(&self) -> &Capabilities {
        &self.capabilities
    }

    /// The dialect of its regexes; of those of `extract` where it has two.
    #[must_use]
    pub fn regex_dialect(&self, extract: bool) -> Option<RegexDialect> {
        let rules = self.file.literals.as_ref()?;
        let name = match extract && !rules.extract.is_empty() {
            true => rules.extract.as_str(),
            false => rules.regex.as_str(),
        };
        match name {
            "rust" => Some(RegexDialect::Rust),
            "lucene" => Some(RegexDialect::Lucene),
            "java" => Some(RegexDialect::Java),
            "are" => Some(RegexDialect::Are),
            "re2" => Some(RegexDialect::Re2),
            "re2s" => Some(RegexDialect::Re2Dotall),
            _ => None,
        }
    }

    /// How its queries are built.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.file.shape.unwrap_or_default()
    }

    /// The entry of `section` under the first of the names that it has: `exists.blank`, `exists.text`, `exists`.
    #[must_use]
    pub fn entry(&self, section: &str, names: &[String]) -> Option<(String, &Entry)> {
        let entries = sections(&self.file)
            .into_iter()
            .find_map(|(s, entries)| (s == section).then_some(entries))?;
        names
            .iter()
            .find_map(|name| entries.get(name).map(|entry| (name.clone(), entry)))
    }

    /// The operator `name` in the first of the variants that the dialect has, else plain.
    #[must_use]
    pub fn operator(&self, name: &str, variants: &[&str]) -> Option<(String, &Entry)> {
        self.entry("operators", &variants_of(name, variants))
    }

    /// Whether the dialect has a template for a step.
    #[must_use]
    pub fn has_step(&self, step: &str) -> bool {
        self.environment
            .get_template(&format!("steps/{step}"))
            .is_ok()
    }

    /// What the engine can do at run time in a product form.
    #[must_use]
    pub fn abilities(&self, product: &str) -> Abilities<'_> {
        let without = self
            .limits(product)
            .is_some_and(|limits| limits.no_watchlists);
        Abilities {
            lookups: self.lookups(),
            watchlists: if without { "" } else { &self.can().watchlists },
            platform: &self.file.extension,
            unmapped: None,
        }
    }

    /// Look-ups of `enrich` that the engine has.
    #[must_use]
    pub fn lookups(&self) -> Vec<&str> {
        self.file
            .lookups
            .iter()
            .filter(|(_, entry)| entry.pattern.is_some())
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// What limits a product form; the entry under the empty name is for schemas without product forms.
    #[must_use]
    pub fn limits(&self, product: &str) -> Option<&ProductLimits> {
        self.file.products.get(product)
    }

    /// When the predicate of an entry is null.
    #[must_use]
    pub fn null_when(&self, entry: &Entry) -> NullBehavior {
        entry.null_when.or(self.file.null_when).unwrap_or_default()
    }

    /// Fills the holes of a pattern.
    ///
    /// # Errors
    /// A placeholder that the pattern needs and nothing fills, or a template that prints something that is no fragment: an error in the dialect.
    pub fn render(
        &self,
        section: &str,
        name: &str,
        holes: Holes,
    ) -> Result<Fragment, DialectFault> {
        let mut rendered = self.render_each(section, name, std::iter::once(holes))?;
        rendered.pop().ok_or_else(|| DialectFault {
            place: format!("{}/{section}/{name}", self.name),
            message: "nothing was rendered".to_owned(),
        })
    }

    /// The same pattern with each of the holes; the pattern is looked up once.
    ///
    /// # Errors
    /// As [`Dialect::render`].
    pub fn render_each(
        &self,
        section: &str,
        name: &str,
        holes: impl IntoIterator<Item = Holes>,
    ) -> Result<Vec<Fragment>, DialectFault> {
        let place = format!("{section}/{name}");
        let level = sections(&self.file)
            .into_iter()
            .find_map(|(s, entries)| (s == section).then_some(entries))
            .and_then(|entries| entries.get(name))
            .and_then(|entry| self.level(entry.prec.as_deref()))
            .unwrap_or(Level::ATOM);
        render::render_each(&self.environment, &place, holes)
            .map(|texts| {
                let fragment = |text: String| Fragment::rendered(text, level);
                texts.into_iter().map(fragment).collect()
            })
            .map_err(|message| DialectFault {
                place: format!("{}/{place}", self.name),
                message,
            })
    }

    /// The level of that name; a call or an atom where none is given.
    #[must_use]
    pub fn level(&self, name: Option<&str>) -> Option<Level> {
        Level::named(&self.file.precedence, name)
    }

    /// What a text uses that is a technical preview in the target's release, in words; empty where nothing is.
    ///
    /// # Errors
    /// The text uses what the table of the dialect lacks, or what the release does not have: an error in the dialect.
    pub fn previews(&self, text: &str) -> Result<String, DialectFault> {
        let versions = &self.file.versions;
        if versions.is_empty() {
            return Ok(String::new());
        }
        let used = Used::of(text);
        let release = self.release.as_ref();
        let mut previews = Vec::new();
        for (name, since) in versions.releases_of(&used) {
            let fault = |message: String| DialectFault {
                place: format!("{}/versions/{name}", self.name),
                message,
            };
            let since = since
                .ok_or_else(|| fault("the release that brought it is not known".to_owned()))?;
            if !since.has(release) {
                return Err(fault(
                    "it is newer than the release of the target".to_owned(),
                ));
            }
            if !since.is_ga(release) {
                previews.push(match &since.ga {
                    Some(ga) => format!("{name} (generally available from {ga} on)"),
                    None => name.clone(),
                });
            }
        }
        Ok(previews.join(", "))
    }
}

/// `name.variant` for each variant, then `name`.
#[must_use]
pub(crate) fn variants_of(name: &str, variants: &[&str]) -> Vec<String> {
    variants
        .iter()
        .map(|variant| format!("{name}.{variant}"))
        .chain(std::iter::once(name.to_owned()))
        .collect()
}

fn add_entry(
    environment: &mut Environment<'static>,
    file: &DialectFile,
    place: &str,
    entry: &Entry,
) -> Result<(), String> {
    if Level::named(&file.precedence, entry.prec.as_deref()).is_none() {
        return Err("its `prec` is not in `precedence`".to_owned());
    }
    match (&entry.pattern, &entry.unsupported) {
        (Some(pattern), None) => environment
            .add_template_owned(place.to_owned(), pattern.clone())
            .map_err(|error| render::describe(&error)),
        (None, Some(reason)) if !reason.is_empty() => Ok(()),
        _ => Err("it needs either a pattern or a reason under `unsupported`".to_owned()),
    }
}
