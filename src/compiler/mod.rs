//! The path of a hunt, on one screen: a source is analysed, resolved for a target, and emitted; or evaluated over events.
//!
//! In: a [`Source`]; a target ([`Configured`]). Out: an [`Analysis`], then a [`Resolved`], then a [`Query`]. Guarantee: nothing else in the program puts these steps
//! together (`tests/language/architecture.rs` holds it to that), so that what the evaluator runs and what an emitter writes come from one plan.
//!
//! | step | module | calls |
//! |---|---|---|
//! | a foreign rule becomes a hunt's text | [`front_end`] | a [`FrontEnd`] |
//! | text to tree to plan | [`analysis`] | `hunt`, `syntax`, `plan::lower`, `lint` |
//! | plan to native columns | [`resolve`] | `plan::passes` |
//! | native columns to text | [`query`] | `backend` |
//! | tree to formatted text | [`mod@format`] | `syntax` |
//! | plan over events | [`analysis`] | `eval` |

mod analysis;
mod failure;
mod format;
mod front_end;
mod platforms;
mod query;
mod resolve;

pub(crate) use analysis::{Adjustment, Params};
pub use analysis::{Analysis, Meaning};
pub use failure::Diagnostics;
pub(crate) use format::Formatted;
pub use front_end::{Foreign, FrontEnd, Imported, Translation};
pub(crate) use platforms::Platforms;
pub(crate) use query::origin;
pub use query::{Query, ResultColumn};
pub use resolve::Binding;
pub(crate) use resolve::for_rows;
pub use resolve::{Resolved, bind_plan};

use crate::backend::{self, Dialects};
use crate::config::{self, Configured};
use crate::diag::{Diagnostic, render};
use crate::hunt::Hunt;
use crate::plan::schemas;
use crate::schema::Library;
use crate::source::{Files, Source};
use std::path::Path;
use std::sync::Arc;

/// A compiler of hunts: the event classes, schemas and dialects that it knows, and every text that it has read.
#[derive(Debug)]
pub struct Compiler {
    /// Every text that was read.
    #[doc(hidden)]
    pub files: Files,
    /// What is known of platforms.
    platforms: Arc<Platforms>,
}

impl Compiler {
    /// A compiler with the schemas and dialects that the program carries.
    ///
    /// # Errors
    /// They are faulty, which the program's own tests exclude.
    pub fn new() -> Result<Compiler, Diagnostics> {
        Compiler::for_repository(None).map_err(|(_, faults)| Diagnostics(faults))
    }

    /// As [`Compiler::new`], with the schemas and dialects of a rule repository beside the program's own; errors come with the texts that they are about.
    pub(crate) fn for_repository(
        root: Option<&Path>,
    ) -> Result<Compiler, (Files, Vec<Diagnostic>)> {
        let mut files = Files::default();
        let library = match root {
            Some(root) => schemas::repository(root, &mut files),
            None => schemas::embedded(&mut files),
        };
        let dialects = match root {
            Some(root) => backend::repository::repository(root, &mut files),
            None => Ok(Dialects::embedded()),
        };
        match (library, dialects) {
            (Ok(library), Ok(dialects)) => Ok(Compiler::with(files, library, dialects)),
            (library, dialects) => {
                let faults = [library.err(), dialects.err()];
                Err((files, faults.into_iter().flatten().flatten().collect()))
            }
        }
    }

    /// A compiler with these schemas and dialects; `files` holds the texts of the schemas.
    #[doc(hidden)]
    #[must_use]
    pub fn with(files: Files, library: Library, dialects: Dialects) -> Compiler {
        Compiler {
            files,
            platforms: Arc::new(Platforms::new(library, dialects)),
        }
    }

    /// Event classes and schemas.
    #[doc(hidden)]
    #[must_use]
    pub fn library(&self) -> &Library {
        &self.platforms.library
    }

    /// What is known of platforms, to keep beside the compiler.
    #[doc(hidden)]
    #[must_use]
    pub fn platforms(&self) -> Arc<Platforms> {
        Arc::clone(&self.platforms)
    }

    /// Reads a hunt up to its typed plan, with the values that it gives its parameters. A broken hunt is analysed as far as it goes.
    pub fn analyse(&mut self, source: &Source) -> Analysis {
        self.analyse_with(source, |_, _| Ok(Params::new()))
    }

    /// As [`Compiler::analyse`]; `adjust` may change the hunt and give values for its parameters before it is typed. Its errors are kept apart, and the
    /// plan is then made with the hunt's own values.
    #[doc(hidden)]
    pub fn analyse_with(
        &mut self,
        source: &Source,
        adjust: impl FnOnce(&mut Hunt, &mut Files) -> Adjustment,
    ) -> Analysis {
        let platforms = self.platforms();
        Analysis::of(source, &mut self.files, platforms, adjust)
    }

    /// The text of a hunt with its query formatted.
    ///
    /// # Errors
    /// What keeps the file from being YAML with a query, and the query from being read; names and types are not looked at.
    pub(crate) fn format(&mut self, source: &Source) -> Result<Formatted, Vec<Diagnostic>> {
        let platforms = self.platforms();
        format::format(&mut self.files, &platforms, source)
    }

    /// Translates a rule of another language to a hunt and analyses that, as any other.
    ///
    /// # Errors
    /// What keeps the rule from becoming a hunt.
    pub fn import(
        &mut self,
        front_end: &dyn FrontEnd,
        source: &Source,
    ) -> Result<Imported, Diagnostics> {
        front_end::import(self, front_end, source)
    }

    /// A target, written as under `targets` in `huntc.yaml`: `{ backend: kql, schema: asim }`. The name is used in messages.
    ///
    /// # Errors
    /// Everything that is wrong with the definition.
    pub fn target(&mut self, name: &str, definition: &str) -> Result<Configured, Diagnostics> {
        let Platforms {
            library, dialects, ..
        } = &*self.platforms;
        Ok(config::target(
            &mut self.files,
            name,
            definition,
            library,
            dialects,
        )?)
    }

    /// Reads a `huntc.yaml`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    #[doc(hidden)]
    pub fn configuration(&mut self, path: &Path) -> Result<config::Config, Vec<Diagnostic>> {
        let Platforms {
            library, dialects, ..
        } = &*self.platforms;
        config::read(&mut self.files, path, library, dialects)
    }

    /// As [`Compiler::configuration`], for a file that was found rather than named.
    pub(crate) fn configuration_found(
        &mut self,
        path: &Path,
    ) -> Result<config::Config, Vec<Diagnostic>> {
        let Platforms {
            library, dialects, ..
        } = &*self.platforms;
        config::read_found(&mut self.files, path, library, dialects)
    }

    /// Diagnostics as text for people, each with the lines that it is about.
    #[must_use]
    pub fn render(&self, diagnostics: &[Diagnostic]) -> String {
        render::render_all(diagnostics, &self.files, render::Style::Plain)
    }
}
