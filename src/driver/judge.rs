//! What becomes of a hunt, alone and for a target.
//!
//! In: the path of a hunt file; a target. Out: [`Front`], then an [`Outcome`] per target. Promise: a target that the hunt promised (`portable_to`) or
//! that was asked for by name gets its text or an error; any other may be told that the hunt is not for it, with the reason.

use super::{Project, folder_name};
use crate::backend::{Query, Target, emit};
use crate::compile::{Fitted, Understood, fit, origin, understand};
use crate::config::Configured;
use crate::diag::{Code, Diagnostic, suggest};
use crate::lint::{self, LintInput};
use crate::plan::bind::Abilities;
use crate::schema::Schema;
use crate::source::{Span, Spanned};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A hunt as far as it goes without a target.
#[derive(Debug)]
pub struct Front {
    /// Its file as shown to people.
    pub path: PathBuf,
    /// The name of its folder.
    pub slug: String,
    /// Its meaning, unless it is broken.
    pub understood: Option<Understood>,
    /// Errors and lints of the hunt.
    pub findings: Vec<Diagnostic>,
    /// Errors in its parameters under `params` of huntc.yaml.
    pub configuration: Vec<Diagnostic>,
}

/// What became of a hunt for a target.
#[derive(Debug)]
pub enum Outcome {
    /// The text, and every note on it.
    Text(Query),
    /// The hunt is not for this target: a note.
    Unfit(Diagnostic),
    /// The target's platform does not hold the hunt's event class, which nobody asked for: why.
    OtherClass(String),
    /// Errors.
    Broken(Vec<Diagnostic>),
}

impl Project {
    /// Reads hunts up to their plans and lints, and tells which of them claim one name or one id.
    pub fn fronts(&mut self, paths: &[PathBuf]) -> Vec<Front> {
        let mut fronts: Vec<Front> = paths.iter().map(|path| self.front(path)).collect();
        twins(&mut fronts);
        fronts
    }

    fn front(&mut self, path: &Path) -> Front {
        let mut front = Front {
            path: path.to_path_buf(),
            slug: folder_name(path),
            understood: None,
            findings: Vec::new(),
            configuration: Vec::new(),
        };
        let config = self.config.as_ref();
        let mut wrong_params = Vec::new();
        let read = understand(&mut self.files, path, &self.library, |hunt| {
            let Some(config) = config else {
                return Ok(crate::compile::Params::new());
            };
            // A fault of the configuration is told beside those of the hunt; its plan is then made with the hunt's own values.
            Ok(config.params(hunt).unwrap_or_else(|faults| {
                wrong_params = faults;
                crate::compile::Params::new()
            }))
        });
        front.configuration = wrong_params;
        match read {
            Ok(understood) => {
                front.findings.extend(self.unknown_schemas(&understood));
                if let Some(class) = self.library.classes.get(&understood.plan.class) {
                    front.findings.extend(lint::check(&LintInput {
                        hunt: &understood.hunt,
                        query: &understood.query,
                        plan: &understood.plan,
                        class,
                    }));
                }
                front.understood = Some(understood);
            }
            Err(errors) => front.findings = errors,
        }
        front
    }

    /// Schemas under `portable_to` that do not exist.
    fn unknown_schemas(&self, understood: &Understood) -> Vec<Diagnostic> {
        let names = self.library.platform_names();
        let wrong = understood
            .hunt
            .portable_to
            .iter()
            .filter(|schema| self.library.platform(&schema.value).is_none());
        wrong
            .map(|schema| {
                let title = format!("there is no schema `{}`", schema.value);
                let error = Diagnostic::at(Code::E0505, schema.span, title);
                let error = match suggest::nearest(&schema.value, names.iter().copied()) {
                    Some(near) => {
                        error.fix(schema.span, near, "a schema with a similar name exists")
                    }
                    None => error,
                };
                error.help(format!("there are {}", names.join(", ")))
            })
            .collect()
    }

    /// Holds a hunt to its promise: it fits every product form of every schema under `portable_to`. Gives notes, or errors.
    ///
    /// # Errors
    /// What a promised schema lacks.
    pub fn promises(&self, understood: &Understood) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        // Whether an engine has a look-up is asked for each target; here every look-up of any engine counts.
        let abilities = Abilities {
            lookups: self.lookups(),
            watchlists: "",
            platform: "",
            unmapped: None,
        };
        let (mut notes, mut errors) = (Vec::new(), Vec::new());
        for name in &understood.hunt.portable_to {
            let Some(platform) = self.library.platform(&name.value) else {
                continue;
            };
            let class = &understood.plan.class;
            let Some(schema) = platform.holds.get(class) else {
                let title = format!("schema `{}` holds no events of class `{class}`", name.value);
                let error = Diagnostic::at(Code::E0502, name.span, title);
                errors.push(error.help(platform.lacks(class)));
                continue;
            };
            for product in products(schema) {
                match fit(&understood.plan, &self.library, schema, product, &abilities) {
                    Ok(fitted) => notes.extend(fitted.notes),
                    Err(faults) => {
                        errors.extend(faults.into_iter().map(|fault| {
                            fault.also(name.span, "the hunt promises this schema here")
                        }))
                    }
                }
            }
        }
        if errors.is_empty() {
            Ok(notes)
        } else {
            Err(errors)
        }
    }

    /// How a target's platform holds the events of a hunt, what the target reads of them, and the plan as they hold it.
    ///
    /// # Errors
    /// What the platform, the target or the schema lacks.
    pub fn fitted(
        &self,
        understood: &Understood,
        target: &Configured,
    ) -> Result<(&Schema, Target, Fitted), Vec<Diagnostic>> {
        let plan = &understood.plan;
        let place = plan.steps.first().map(|step| step.span).unwrap_or_default();
        let found = target.of_class(&plan.class, place, &self.library);
        let (schema, target) = found.map_err(|lack| vec![*lack])?;
        let abilities = target.abilities();
        let fitted = fit(plan, &self.library, schema, &target.product, &abilities)?;
        Ok((schema, target, fitted))
    }

    /// Compiles a hunt for a target; `asked` when the target was asked for by name.
    #[must_use]
    pub fn outcome(
        &self,
        front: &Front,
        understood: &Understood,
        target: &Configured,
        asked: bool,
    ) -> Outcome {
        let promised = understood
            .hunt
            .portable_to
            .iter()
            .find(|schema| schema.value == target.schema);
        let refused = |errors: Vec<Diagnostic>| match errors.first() {
            Some(first) if promised.is_none() && !asked => {
                Outcome::Unfit(not_for(first, errors.len()).target(&target.name.value))
            }
            _ => Outcome::Broken(errors),
        };
        let (schema, own, fitted) = match self.fitted(understood, target) {
            Ok(found) => found,
            Err(errors) => {
                let class = &understood.plan.class;
                if promised.is_none()
                    && !asked
                    && self.library.schema(&target.schema, class).is_none()
                {
                    let platform = self.library.platform(&target.schema);
                    let why = platform.map(|platform| platform.lacks(class));
                    return Outcome::OtherClass(why.unwrap_or_default());
                }
                let errors = errors.into_iter().map(|error| match promised {
                    Some(name) => error.also(name.span, "the hunt promises this schema here"),
                    None => error,
                });
                return refused(errors.collect());
            }
        };
        let origin = origin(&understood.hunt, schema, &self.relative(front));
        match emit(&fitted.bound, &own, &origin) {
            Ok(mut query) => {
                let own = query
                    .notes
                    .into_iter()
                    .map(|note| note.target(&target.name.value));
                query.notes = fitted.notes.into_iter().chain(own).collect();
                Outcome::Text(query)
            }
            Err(errors) => {
                let errors = errors
                    .into_iter()
                    .map(|error| error.target(&target.name.value));
                refused(errors.collect())
            }
        }
    }

    /// The hunt file relative to the root of the repository, whatever folder the program was started in.
    fn relative(&self, front: &Front) -> PathBuf {
        let root = if self.root.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &self.root
        };
        let inside = || {
            let path = std::fs::canonicalize(&front.path).ok()?;
            let root = std::fs::canonicalize(root).ok()?;
            path.strip_prefix(root).ok().map(Path::to_path_buf)
        };
        inside().unwrap_or_else(|| Path::new(&front.slug).join("hunt.yaml"))
    }
}

/// The product forms of a schema; one without a name when it has one form.
fn products(schema: &Schema) -> Vec<&str> {
    if schema.products.is_empty() {
        vec![""]
    } else {
        schema.products.iter().map(String::as_str).collect()
    }
}

fn not_for(first: &Diagnostic, count: usize) -> Diagnostic {
    let more = if count > 1 {
        format!(", and {} more", count - 1)
    } else {
        String::new()
    };
    let mut note = Diagnostic::new(
        Code::N0504,
        format!("not for this target: {}{more}", first.title),
    );
    note.primary.clone_from(&first.primary);
    note.help("name the target with `--target` to see this as an error; mark a part as `optional` to leave it out where it is lacking")
}

/// Two hunts with one name would write the same files, two with one id would be one rule on a platform.
fn twins(fronts: &mut [Front]) {
    let mut faults = Vec::new();
    let mut names: HashMap<&str, (usize, Span)> = HashMap::new();
    let mut ids: HashMap<&str, (usize, Span)> = HashMap::new();
    for (at, front) in fronts.iter().enumerate() {
        let Some(own) = &front.understood else {
            continue;
        };
        let (name, id) = (&own.hunt.slug, &own.hunt.id);
        let same_name = names.get(name.value.as_str()).copied();
        let same_id = ids.get(id.value.as_str()).copied();
        let mut tell = |what: &str, mine: &Spanned<String>, first: Span| {
            let title = format!("two hunts have the {what} `{}`", mine.value);
            let fault = Diagnostic::at(Code::E0118, mine.span, title).also(first, "first here");
            faults.push((at, fault));
        };
        if let Some((_, first)) = same_name {
            tell("name", name, first);
        }
        // A copy of a whole hunt is one fault, not two.
        if let Some((other, first)) = same_id
            && same_name.is_none_or(|(hunt, _)| hunt != other)
        {
            tell("id", id, first);
        }
        names.entry(&name.value).or_insert((at, name.span));
        ids.entry(&id.value).or_insert((at, id.span));
    }
    for (at, fault) in faults {
        if let Some(front) = fronts.get_mut(at) {
            front.findings.push(fault);
        }
    }
}
