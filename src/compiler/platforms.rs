//! The schemas and dialects that a compiler knows.
//!
//! In: schemas and dialects, however they were loaded. Out: [`Platforms`]. Guarantee: nothing changes once it is made, so that analyses share it.

use crate::backend::Dialects;
use crate::schema::Library;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Schemas and dialects.
#[derive(Debug)]
pub struct Platforms {
    /// Event classes and schemas: what the data look like.
    pub library: Library,
    /// How engines say things.
    pub dialects: Dialects,
    /// Look-ups that some engine has; found when first asked for.
    lookups: OnceLock<Vec<String>>,
}

impl Platforms {
    pub(super) fn new(library: Library, dialects: Dialects) -> Platforms {
        Platforms {
            library,
            dialects,
            lookups: OnceLock::new(),
        }
    }

    /// The look-ups that some engine has.
    #[must_use]
    pub fn lookups(&self) -> Vec<&str> {
        let all = self.lookups.get_or_init(|| {
            let dialects = self.dialects.names().into_iter();
            let loaded: Vec<_> = dialects
                .filter_map(|name| self.dialects.load(name, None).ok())
                .collect();
            let names: BTreeSet<&str> = loaded.iter().flat_map(|one| one.lookups()).collect();
            names.into_iter().map(str::to_owned).collect()
        });
        all.iter().map(String::as_str).collect()
    }
}
