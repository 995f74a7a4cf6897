//! `huntc.yaml`: whom hunts are compiled for, and what is tuned for this environment.
//!
//! In: the file, the schemas, the packs. Out: [`Config`]. Promise: every name in it exists (backend, schema, product, stack) or there is a finding with
//! a place and the near names; nothing is passed over; a target that comes out can be compiled for.

mod params;
mod read;
mod rollup;
mod target;

pub use read::{find, read, read_found, target};

use crate::backend::Target;
use crate::source::Spanned;
use crate::source::yaml::Node;
use std::path::PathBuf;

/// The name of the file.
pub const FILE: &str = "huntc.yaml";

/// The keys of the file by the mapping that they stand in: what the reader accepts, and what docs/huntc-yaml.md describes.
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
    /// Its name, and where it stands.
    #[doc(hidden)]
    pub name: Spanned<String>,
    /// What the backend needs to know.
    #[doc(hidden)]
    pub target: Target,
    /// The schema of its data.
    #[doc(hidden)]
    pub schema: String,
    /// The release of the platform, when the file names one.
    #[doc(hidden)]
    pub stack: Option<String>,
}

impl Config {
    /// The target of that name.
    #[must_use]
    pub fn target(&self, name: &str) -> Option<&Configured> {
        self.targets.iter().find(|target| target.name.value == name)
    }
}
