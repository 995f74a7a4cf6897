//! Everything under `schemas/`: event classes, and platforms with the classes that they hold.
//!
//! In: what [`super::load`] read. Out: look-ups by platform and class. Guarantee: a platform is found by its own name and by each name that it had before.

use super::{Class, CodeTable, Schema, SchemaSource};
use crate::source::Span;
use std::collections::BTreeMap;

/// Everything under `schemas/`.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// Event classes, by name.
    pub classes: BTreeMap<String, Class>,
    /// Platforms, by name.
    pub platforms: BTreeMap<String, Platform>,
}

/// A place where events are: `defender`, `ecs`. What its classes share.
#[derive(Clone, Debug)]
pub struct Platform {
    /// Its name.
    pub name: String,
    /// Names that it had before; targets, hunts and fixtures may still say them.
    pub was: Vec<String>,
    /// For people.
    pub title: String,
    /// The version of its facts; a class may have another.
    pub version: String,
    /// Product forms whose columns differ (`defender`, `sentinel`); empty when there is one form. The first is the default.
    pub products: Vec<String>,
    /// Where the facts that its classes share were read.
    pub sources: Vec<SchemaSource>,
    /// What a reader should know of all of them.
    pub notes: Vec<String>,
    /// Product code tables that its classes share, by name.
    pub code_tables: BTreeMap<String, CodeTable>,
    /// The event classes that it holds, by name.
    pub holds: BTreeMap<String, Schema>,
    /// Event classes that it does not hold, and why.
    pub lacks: BTreeMap<String, String>,
    /// Its file.
    pub span: Span,
}

impl Library {
    /// The platform of that name, or that had it before.
    #[must_use]
    pub fn platform(&self, name: &str) -> Option<&Platform> {
        let before = |platform: &&Platform| platform.was.iter().any(|was| was == name);
        let own = self.platforms.get(name);
        own.or_else(|| self.platforms.values().find(before))
    }

    /// How a platform holds an event class.
    #[must_use]
    pub fn schema(&self, platform: &str, class: &str) -> Option<&Schema> {
        self.platform(platform)?.holds.get(class)
    }

    /// Every class on every platform, platform by platform.
    pub fn schemas(&self) -> impl Iterator<Item = &Schema> {
        self.platforms
            .values()
            .flat_map(|platform| platform.holds.values())
    }

    /// An event class on every platform that holds it.
    pub fn schemas_of<'a>(&'a self, class: &str) -> impl Iterator<Item = &'a Schema> {
        let held = self.platforms.values();
        held.filter_map(move |platform| platform.holds.get(class))
    }

    /// The names of the platforms.
    #[must_use]
    pub fn platform_names(&self) -> Vec<&str> {
        self.platforms.keys().map(String::as_str).collect()
    }
}

impl Platform {
    /// Whether it describes files that `huntc run` reads, and no tables to run a query on.
    #[must_use]
    pub fn is_of_files(&self) -> bool {
        self.holds.values().all(Schema::is_of_files)
    }

    /// Why it does not hold an event class, a sentence.
    #[must_use]
    pub fn lacks(&self, class: &str) -> String {
        match self.lacks.get(class) {
            Some(why) => why.clone(),
            None => format!("The platform `{}` does not describe it.", self.name),
        }
    }

    /// The product form to take: the one named, or the first, or `""` where there is one form; `None` when the platform does not have it.
    #[must_use]
    pub fn product<'a>(&'a self, named: Option<&str>) -> Option<&'a str> {
        super::product(&self.products, named)
    }
}
