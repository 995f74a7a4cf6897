//! What becomes of a hunt, alone and for a target.
//!
//! In: the path of a hunt file; a target. Out: [`Analysis`], then an [`Outcome`] per target. Guarantee: a target that the hunt promised (`portable_to`) or
//! that was asked for by name gets its text or an error; for any other the outcome may be that the hunt is not for it, with the reason.

use super::Project;
use crate::compiler::{Analysis, Meaning, Params, Query, Resolved, bind_plan};
use crate::config::Configured;
use crate::diag::{Code, Diagnostic};
use crate::hunt::Hunt;
use crate::plan::passes::Abilities;
use crate::schema::Schema;
use crate::source::{Source, Span, Spanned, disk};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

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
    /// Analyses hunts with the values that huntc.yaml gives their parameters, and reports which of them claim one name or one id.
    pub fn analyse(&mut self, paths: &[PathBuf]) -> Vec<Analysis> {
        let config = self.config.as_ref();
        let values = |hunt: &Hunt| config.map_or_else(|| Ok(Params::new()), |own| own.params(hunt));
        let compiler = &mut self.compiler;
        let mut analyses: Vec<Analysis> = paths
            .iter()
            .map(|path| compiler.analyse_with(&Source::disk(path), |hunt, _| values(hunt)))
            .collect();
        duplicates(&mut analyses);
        analyses
    }

    /// Holds a hunt to its promise: it fits every product form of every schema under `portable_to`. Gives notes, or errors.
    ///
    /// # Errors
    /// What a promised schema lacks.
    pub fn promises(&self, meaning: &Meaning) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        // Whether an engine has a look-up is asked for each target; here every look-up of any engine counts.
        let platforms = self.compiler.platforms();
        let abilities = Abilities {
            lookups: platforms.lookups(),
            watchlists: "",
            platform: "",
            unmapped: None,
        };
        let (mut notes, mut errors) = (Vec::new(), Vec::new());
        for name in &meaning.hunt.portable_to {
            let Some(platform) = platforms.library.platform(&name.value) else {
                continue;
            };
            let class = &meaning.plan.class;
            let Some(schema) = platform.holds.get(class) else {
                let title = format!("schema `{}` holds no events of class `{class}`", name.value);
                let error = Diagnostic::at(Code::E0502, name.span, title);
                errors.push(error.help(platform.lacks(class)));
                continue;
            };
            for product in products(schema) {
                match bind_plan(
                    &meaning.plan,
                    &platforms.library,
                    schema,
                    product,
                    &abilities,
                ) {
                    Ok(binding) => notes.extend(binding.notes),
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

    /// A hunt over the columns of a target's schema.
    ///
    /// # Errors
    /// What the schema lacks.
    pub fn resolved(
        &self,
        analysis: &Analysis,
        meaning: &Meaning,
        target: &Configured,
    ) -> Result<Resolved, Vec<Diagnostic>> {
        analysis.resolve_as(meaning, target, &self.relative(analysis))
    }

    /// Compiles a hunt for a target; `asked` when the target was asked for by name.
    #[must_use]
    pub fn outcome(
        &self,
        analysis: &Analysis,
        meaning: &Meaning,
        target: &Configured,
        asked: bool,
    ) -> Outcome {
        let promised = meaning
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
        let resolved = match self.resolved(analysis, meaning, target) {
            Ok(resolved) => resolved,
            Err(errors) => {
                let class = &meaning.plan.class;
                let library = self.compiler.library();
                if promised.is_none() && !asked && library.schema(&target.schema, class).is_none() {
                    let platform = library.platform(&target.schema);
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
        match resolved.emit() {
            Ok(query) => Outcome::Text(query),
            Err(errors) => refused(errors.0),
        }
    }

    /// The hunt file relative to the root of the repository, whatever folder the program was started in.
    fn relative(&self, analysis: &Analysis) -> PathBuf {
        let root = if self.root.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &self.root
        };
        let inside = || {
            let path = disk::real(&analysis.path).ok()?;
            let root = disk::real(root).ok()?;
            path.strip_prefix(root).ok().map(Path::to_path_buf)
        };
        inside().unwrap_or_else(|| Path::new(&analysis.slug).join("hunt.yaml"))
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
fn duplicates(analyses: &mut [Analysis]) {
    let mut faults = Vec::new();
    let mut names: HashMap<&str, (usize, Span)> = HashMap::new();
    let mut ids: HashMap<&str, (usize, Span)> = HashMap::new();
    for (at, analysis) in analyses.iter().enumerate() {
        let Some(own) = &analysis.meaning else {
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
        // A copy of a whole hunt is one error, not two.
        if let Some((other, first)) = same_id
            && same_name.is_none_or(|(hunt, _)| hunt != other)
        {
            tell("id", id, first);
        }
        names.entry(&name.value).or_insert((at, name.span));
        ids.entry(&id.value).or_insert((at, id.span));
    }
    for (at, fault) in faults {
        if let Some(analysis) = analyses.get_mut(at) {
            analysis.diagnostics.push(fault);
        }
    }
}
