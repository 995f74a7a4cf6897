//! `huntc.yaml`: the targets that hunts are compiled for, and what is tuned for this environment.
//!
//! In: the file, the schemas, the dialects. Out: [`Config`]. Guarantee: every name in it exists (backend, schema, product, stack) or there is a finding with
//! a place and the near names; nothing is skipped; a target that comes out can be compiled for.

mod params;
mod read;
mod rollup;
mod tables;
mod target;
mod unknown;

pub use read::read;
pub(crate) use read::{find, read_found, target};

use crate::backend::{Rollup, Target};
use crate::diag::{Code, Diagnostic};
use crate::schema::{Library, Schema, Unmapped};
use crate::source::yaml::Node;
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The name of the file.
pub(crate) const FILE: &str = "huntc.yaml";

/// The keys of the file by the mapping that they are in: what the reader accepts, and what docs/huntc-yaml.md describes.
pub const KEYS: [(&str, &[&str]); 4] = [
    ("huntc.yaml", read::KEYS),
    ("a target", target::KEYS),
    ("a rolled-up table", rollup::KEYS),
    ("a tier", rollup::TIER),
];

/// What `huntc.yaml` says.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The folder of the file, which is the root of the rule repository; as shown to people, so empty for the current folder.
    pub root: PathBuf,
    /// In the order of the file.
    pub targets: Vec<Configured>,
    /// Values of parameters by hunt, typed when the hunt is known.
    params: Vec<(Spanned<String>, Node)>,
}

/// Whom a hunt is compiled for: a backend, a schema, and what is said of them. `Compiler::target` makes one.
#[derive(Clone, Debug)]
pub struct Configured {
    /// Its name, and where it is.
    #[doc(hidden)]
    pub name: Spanned<String>,
    /// What the backend needs to know, whatever the event class; [`Configured::of_class`] says the rest.
    #[doc(hidden)]
    pub target: Target,
    /// The platform of its data.
    #[doc(hidden)]
    pub schema: String,
    /// What is read for each event class.
    #[doc(hidden)]
    pub reads: BTreeMap<String, Reads>,
    /// The release of the platform, when the file names one.
    #[doc(hidden)]
    pub stack: Option<String>,
}

/// What a target reads for one event class.
#[derive(Clone, Debug)]
pub struct Reads {
    /// A table, or a comma list of index patterns.
    pub table: String,
    /// Its rolled-up form, where there is one.
    pub rollup: Option<Rollup>,
    /// Columns that no index of it maps.
    pub unmapped: Unmapped,
}

impl Configured {
    /// What a hunt over an event class is compiled with here: how the platform holds it, and what is read. `place` is where the hunt names the class.
    ///
    /// # Errors
    /// E0502 when the platform does not hold the class, E0608 when nothing says what is read for it.
    #[doc(hidden)]
    pub fn of_class<'a>(
        &self,
        class: &str,
        place: Span,
        library: &'a Library,
    ) -> Result<(&'a Schema, Target), Box<Diagnostic>> {
        let Some(schema) = library.schema(&self.schema, class) else {
            let title = format!(
                "schema `{}` holds no events of class `{class}`",
                self.schema
            );
            let platform = library.platform(&self.schema);
            let why = platform.map_or_else(String::new, |platform| platform.lacks(class));
            return Err(Box::new(
                Diagnostic::at(Code::E0502, place, title).help(why),
            ));
        };
        let Some(reads) = self.reads.get(class) else {
            let title = format!("the target does not say what it reads for `{class}`");
            let fault = Diagnostic::at(Code::E0608, place, title)
                .help(format!("name it in huntc.yaml: `tables: {{ {class}: … }}`"));
            return Err(Box::new(fault.also(self.name.span, "the target")));
        };
        let target = Target {
            table: reads.table.clone(),
            rollup: reads.rollup.clone(),
            unmapped: reads.unmapped.clone(),
            ..self.target.clone()
        };
        Ok((schema, target))
    }
}

impl Config {
    /// The target of that name.
    #[must_use]
    pub fn target(&self, name: &str) -> Option<&Configured> {
        self.targets.iter().find(|target| target.name.value == name)
    }
}
