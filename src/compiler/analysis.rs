//! A hunt as far as it goes without a target: its text, its tree, its plan, and what was found on the way.
//!
//! In: a [`Source`]. Out: [`Analysis`]. Guarantee: all mistakes of the envelope and of the query are found in one run; a hunt that has a plan has no
//! mistake in its text.

use super::resolve::{self, Resolved};
use super::{Diagnostics, Platforms, origin};
use crate::config::Configured;
use crate::data;
use crate::diag::{Code, Diagnostic, Severity, suggest};
use crate::eval::{self, Events, Output};
use crate::hunt::{self, Hunt, MapOrigin};
use crate::lint::{self, LintInput};
use crate::plan::{self, Catalog, Plan};
use crate::schema::Library;
use crate::source::{Files, Source, Spanned};
use crate::syntax::{self, ast};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Values for a hunt's parameters, by name.
pub(crate) type Params = BTreeMap<String, Spanned<Value>>;

/// What is changed of a hunt before it is typed: values for its parameters, or what is wrong with them.
pub(crate) type Adjustment = Result<Params, Vec<Diagnostic>>;

/// A hunt with its meaning.
#[derive(Clone, Debug)]
pub struct Meaning {
    /// The envelope.
    pub hunt: Hunt,
    /// The query as written.
    pub query: ast::Query,
    /// What it means.
    pub plan: Plan,
}

impl Meaning {
    /// What the same query means in another hunt: with other rows in its tables, other values of its parameters.
    ///
    /// # Errors
    /// What is wrong with these values.
    pub fn again(
        &self,
        hunt: Hunt,
        params: &Params,
        library: &Library,
    ) -> Result<Meaning, Vec<Diagnostic>> {
        let plan = plan::lower(&self.query, &hunt, &Catalog::library(library), params)?;
        let query = self.query.clone();
        Ok(Meaning { hunt, query, plan })
    }
}

/// A hunt as far as it goes without a target.
#[derive(Debug)]
pub struct Analysis {
    /// Its file as shown to people.
    pub path: PathBuf,
    /// The name of its folder; in memory, the hunt's own.
    pub slug: String,
    /// Errors and lints of the hunt.
    pub diagnostics: Vec<Diagnostic>,
    /// Errors in the values that the environment gives its parameters.
    pub configuration: Vec<Diagnostic>,
    /// Its meaning, unless its text is broken.
    #[doc(hidden)]
    pub meaning: Option<Meaning>,
    /// What was read of a broken hunt.
    partial: (Option<Hunt>, Option<ast::Query>),
    platforms: Arc<Platforms>,
}

impl Analysis {
    pub(super) fn of(
        source: &Source,
        files: &mut Files,
        platforms: Arc<Platforms>,
        adjust: impl FnOnce(&mut Hunt, &mut Files) -> Adjustment,
    ) -> Analysis {
        let mut analysis = Analysis {
            path: source.path().to_path_buf(),
            slug: source.folder_name().unwrap_or_default(),
            diagnostics: Vec::new(),
            configuration: Vec::new(),
            meaning: None,
            partial: (None, None),
            platforms,
        };
        analysis.read(source, files, adjust);
        if analysis.slug.is_empty()
            && let Some(hunt) = analysis.hunt()
        {
            analysis.slug = hunt.slug.value.clone();
        }
        analysis
    }

    /// Text to tree to plan.
    fn read(
        &mut self,
        source: &Source,
        files: &mut Files,
        adjust: impl FnOnce(&mut Hunt, &mut Files) -> Adjustment,
    ) {
        let platforms = Arc::clone(&self.platforms);
        let catalog = Catalog::library(&platforms.library);
        let hunt::Examined { hunt, faults } = hunt::examine(files, source);
        let Some(hunt) = hunt else {
            self.diagnostics = faults;
            return;
        };
        let mut hunt = with_present_names(hunt, &platforms.library);
        let examined = syntax::examine(files, hunt.query);
        let of_query = plan::name_platform_columns(examined.faults, files, &catalog);
        let Some(query) = examined.query else {
            self.diagnostics = together(faults, of_query);
            self.partial = (Some(hunt), None);
            return;
        };
        if !faults.is_empty() || !of_query.is_empty() {
            let of_meaning = mistakes(&query, &hunt, &catalog, faults.is_empty());
            self.diagnostics = together(faults, syntax::beside(of_query, of_meaning));
            self.partial = (Some(hunt), Some(query));
            return;
        }
        // Mistakes in the values are reported beside those of the hunt; its plan is then made with the hunt's own values.
        let params = adjust(&mut hunt, files).unwrap_or_else(|faults| {
            self.configuration = faults;
            Params::new()
        });
        match plan::lower(&query, &hunt, &catalog, &params) {
            Ok(plan) => {
                let meaning = Meaning { hunt, query, plan };
                self.diagnostics = unknown_schemas(&meaning.hunt, &platforms.library);
                self.diagnostics.extend(lints(&meaning, &platforms.library));
                self.meaning = Some(meaning);
            }
            Err(faults) => {
                self.diagnostics = faults;
                self.partial = (Some(hunt), Some(query));
            }
        }
    }

    /// The envelope, if so much could be read. Where there are errors, what they concern is left out of it or empty.
    #[doc(hidden)]
    #[must_use]
    pub fn hunt(&self) -> Option<&Hunt> {
        let read = self.meaning.as_ref().map(|meaning| &meaning.hunt);
        read.or(self.partial.0.as_ref())
    }

    /// The query's syntax tree, if so much could be read.
    #[doc(hidden)]
    #[must_use]
    pub fn query(&self) -> Option<&ast::Query> {
        let read = self.meaning.as_ref().map(|meaning| &meaning.query);
        read.or(self.partial.1.as_ref())
    }

    /// The typed plan, if nothing is wrong with the hunt's text.
    #[doc(hidden)]
    #[must_use]
    pub fn plan(&self) -> Option<&Plan> {
        self.meaning.as_ref().map(|meaning| &meaning.plan)
    }

    /// Whether the hunt and the values of its parameters are free of errors.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let is_error = |found: &Diagnostic| found.severity == Severity::Error;
        self.meaning.is_some()
            && self.configuration.is_empty()
            && !self.diagnostics.iter().any(is_error)
    }

    /// The meaning of a sound hunt.
    fn sound(&self) -> Result<&Meaning, Diagnostics> {
        match &self.meaning {
            Some(meaning) if self.is_sound() => Ok(meaning),
            _ => {
                let all = self.diagnostics.iter().chain(&self.configuration);
                Err(Diagnostics(all.cloned().collect()))
            }
        }
    }

    /// The plan over the native columns of a target's schema.
    ///
    /// # Errors
    /// Those of the hunt; what the schema lacks.
    pub fn resolve(&self, target: &Configured) -> Result<Resolved, Diagnostics> {
        let meaning = self.sound()?;
        Ok(self.resolve_as(meaning, target, &self.path)?)
    }

    /// As [`Analysis::resolve`]; `path` is the hunt's file as the text is to name it.
    pub(crate) fn resolve_as(
        &self,
        meaning: &Meaning,
        target: &Configured,
        path: &Path,
    ) -> Result<Resolved, Vec<Diagnostic>> {
        let library = &self.platforms.library;
        let steps = &meaning.plan.steps;
        let place = steps.first().map(|step| step.span).unwrap_or_default();
        let (schema, own) = target
            .of_class(&meaning.plan.class, place, library)
            .map_err(|lack| vec![*lack])?;
        let origin = origin(&meaning.hunt, schema, path);
        let binding = resolve::bind_plan(
            &meaning.plan,
            library,
            schema,
            &own.product,
            &own.abilities(),
        )?;
        let hunt = &meaning.hunt;
        Ok(Resolved::new(binding, own, origin, hunt))
    }

    /// Events from text: one JSON object a line, with the fields of the hunt's event class; `name` stands for a file in messages.
    ///
    /// # Errors
    /// Those of the hunt; everything that is no event of the class, or no value of its field.
    pub fn read_events(&self, name: &str, text: &str) -> Result<Events, Diagnostics> {
        let meaning = self.sound()?;
        let classes = &self.platforms.library.classes;
        let Some(class) = classes.get(&meaning.plan.class) else {
            return Err(Diagnostics(Vec::new()));
        };
        let fields: BTreeSet<String> = class.fields.keys().cloned().collect();
        let request = data::Request {
            class,
            fields: &fields,
            native: None,
            from: None,
            to: i64::MAX,
        };
        let loaded = data::load_text(Path::new(name), text, request);
        let loaded =
            loaded.map_err(|error| vec![Diagnostic::new(error.code, error.to_string())])?;
        let told = |problem: &data::Problem| Diagnostic {
            severity: Severity::Error,
            ..Diagnostic::new(Code::E0654, problem.to_string())
        };
        let problems: Vec<Diagnostic> = loaded.problems.iter().map(told).collect();
        if !problems.is_empty() {
            return Err(Diagnostics(problems));
        }
        if loaded.events.rows.is_empty() && loaded.summary.rows > 0 {
            let title = format!(
                "{name}: no event of class `{}`: {}",
                class.name, loaded.summary
            );
            return Err(Diagnostics(vec![Diagnostic::new(Code::E0642, title)]));
        }
        Ok(loaded.events)
    }

    /// What the hunt finds in events, run at the instant `now` (milliseconds since 1970, UTC).
    ///
    /// # Errors
    /// Those of the hunt; integer overflow; a platform look-up that is not optional.
    pub fn evaluate(&self, events: &Events, now: i64) -> Result<Output, Diagnostics> {
        let meaning = self.sound()?;
        eval::run(&meaning.plan, events, now).map_err(|error| Diagnostics(vec![*error.0]))
    }
}

/// The hunt with the present names of platforms that it calls by a name of before.
fn with_present_names(mut hunt: Hunt, library: &Library) -> Hunt {
    let origins = hunt
        .maps
        .values_mut()
        .filter_map(|map| match &mut map.origin {
            MapOrigin::Schema { schema, .. } => Some(schema),
            MapOrigin::Rows { .. } => None,
        });
    for name in hunt.portable_to.iter_mut().chain(origins) {
        if let Some(platform) = library.platform(&name.value) {
            name.value.clone_from(&platform.name);
        }
    }
    hunt
}

/// The mistakes in names and types of a query whose hunt has other mistakes. A declaration with a mistake is not there to be referred to.
fn mistakes(
    query: &ast::Query,
    hunt: &Hunt,
    catalog: &Catalog<'_>,
    is_declared: bool,
) -> Vec<Diagnostic> {
    let mut found = plan::lower(query, hunt, catalog, &Params::new())
        .err()
        .unwrap_or_default();
    found.retain(|fault| is_declared || !matches!(fault.code, Code::E0306 | Code::E0307));
    found
}

/// Mistakes of the envelope and of the query, in the order of the file.
fn together(mut faults: Vec<Diagnostic>, more: Vec<Diagnostic>) -> Vec<Diagnostic> {
    faults.extend(more);
    faults.sort_by_key(|fault| fault.primary.as_ref().map(|label| label.span));
    faults
}

fn lints(meaning: &Meaning, library: &Library) -> Vec<Diagnostic> {
    let Some(class) = library.classes.get(&meaning.plan.class) else {
        return Vec::new();
    };
    lint::check(&LintInput {
        hunt: &meaning.hunt,
        query: &meaning.query,
        plan: &meaning.plan,
        class,
    })
}

/// Schemas under `portable_to` that do not exist.
fn unknown_schemas(hunt: &Hunt, library: &Library) -> Vec<Diagnostic> {
    let names = library.platform_names();
    let unknown = |schema: &&Spanned<String>| library.platform(&schema.value).is_none();
    let told = |schema: &Spanned<String>| {
        let title = format!("there is no schema `{}`", schema.value);
        let error = Diagnostic::at(Code::E0505, schema.span, title);
        let error = match suggest::nearest(&schema.value, names.iter().copied()) {
            Some(near) => error.fix(schema.span, near, "a schema with a similar name exists"),
            None => error,
        };
        error.help(format!("there are {}", names.join(", ")))
    };
    hunt.portable_to.iter().filter(unknown).map(told).collect()
}
