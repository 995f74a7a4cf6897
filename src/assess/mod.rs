//! Whether a hunt finds in its fixtures what they expect.
//!
//! In: a hunt, the path of a fixture, the schemas. Out: [`Ready`] (a fixture with its events and the plan that holds for it), then [`Assessed`] for each form
//! of the product that its rows may be of. Guarantee: a fixture that is not understood whole (its keys, its data, its column names) is an error and is
//! never assessed; nothing is written or printed here.

pub(crate) mod show;
mod trace;
pub(crate) mod update;

pub(crate) use trace::Trace;

use crate::compiler::{Compiler, Meaning, for_rows};
use crate::data::{self, Request};
use crate::diag::{Code, Diagnostic, suggest};
use crate::eval::{self, Events, Output};
use crate::fixture::compare::{Difference, compare};
use crate::fixture::{self, Fixture, Given};
use crate::hunt::Hunt;
use crate::plan::Plan;
use crate::schema::{Class, Library, Schema};
use crate::source::Spanned;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A fixture that can be run.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The fixture.
    pub fixture: Fixture,
    /// The hunt with the rows that the fixture gives its tables.
    pub hunt: Hunt,
    /// What it means with the parameters of the fixture.
    pub plan: Plan,
    /// Its events: once, or once for each form of the product that its rows may be of.
    pub runs: Vec<Run>,
}

/// Events of a fixture, and what is run over them.
#[derive(Clone, Debug)]
pub struct Run {
    /// The form of the product, where the schema has several.
    pub form: String,
    /// The plan without the optional parts that the schema of the rows lacks.
    pub plan: Plan,
    /// The events.
    pub events: Events,
}

/// What came of one run.
#[derive(Clone, Debug)]
pub struct Assessed {
    /// The form of the product, where the schema has several.
    pub form: String,
    /// What was found.
    pub output: Output,
    /// How it differs from what is expected.
    pub difference: Option<Difference>,
    /// Where an expected row was lost.
    pub trace: Option<Trace>,
}

/// The fixtures of a hunt: those that can be run, and how many there are.
#[derive(Clone, Debug, Default)]
pub struct Fixtures {
    /// Those that can be run.
    pub ready: Vec<Ready>,
    /// Those that cannot, each with its errors.
    pub broken: Vec<(PathBuf, Vec<Diagnostic>)>,
    /// Errors of the folder itself.
    pub faults: Vec<Diagnostic>,
}

impl Fixtures {
    /// Reads the fixtures beside a hunt file.
    pub fn beside(compiler: &mut Compiler, hunt_file: &Path, meaning: &Meaning) -> Fixtures {
        let mut fixtures = Fixtures::default();
        let folder = hunt_file.parent().unwrap_or(Path::new(""));
        let paths = fixture::list(folder).unwrap_or_else(|faults| {
            fixtures.faults = faults;
            Vec::new()
        });
        for path in paths {
            match load(compiler, &path, meaning) {
                Ok(ready) => fixtures.ready.push(ready),
                Err(faults) => fixtures.broken.push((path, faults)),
            }
        }
        fixtures
    }

    /// Every error.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        let broken = self.broken.iter().flat_map(|(_, faults)| faults);
        self.faults.iter().chain(broken)
    }
}

/// Reads a fixture and everything that it takes to run it.
///
/// # Errors
/// Everything that is wrong with the file, its data, or its parameters for the hunt.
pub(crate) fn load(
    compiler: &mut Compiler,
    path: &Path,
    meaning: &Meaning,
) -> Result<Ready, Vec<Diagnostic>> {
    let platforms = compiler.platforms();
    let library = &platforms.library;
    let class = library.classes.get(&meaning.plan.class);
    let class = class.ok_or_else(|| {
        let title = format!("there is no event class `{}`", meaning.plan.class);
        vec![Diagnostic::new(Code::E0502, title)]
    })?;
    let mut fixture = fixture::read(&mut compiler.files, path, class, &meaning.hunt.tables)?;
    if let Given::Rows { schema, .. } = &mut fixture.given
        && let Some(platform) = library.platform(&schema.value)
    {
        schema.value.clone_from(&platform.name);
    }
    let hunt = fixture.hunt(&meaning.hunt);
    let Meaning { hunt, plan, .. } = meaning.again(hunt, &fixture.params, library)?;
    let own = fitted(&plan, &fixture, library)?;
    let runs = match &fixture.given {
        Given::Events(events) => vec![Run {
            form: String::new(),
            plan: own,
            events: events.clone(),
        }],
        Given::Rows { path, schema } => match library.schema(&schema.value, &plan.class) {
            Some(schema) => rows(&own, class, path, schema)?,
            None => Vec::new(),
        },
    };
    let ready = Ready {
        fixture,
        hunt,
        plan,
        runs,
    };
    ready.columns()?;
    Ok(ready)
}

impl Ready {
    /// Column names that the result does not have; the columns of a result do not depend on the events.
    fn columns(&self) -> Result<(), Vec<Diagnostic>> {
        for run in &self.runs {
            let none = Events {
                columns: run.events.columns.clone(),
                rows: Vec::new(),
            };
            let output = eval::run_owned(&run.plan, none, self.fixture.now);
            let output = output.map_err(|error| vec![*error.0])?;
            let faults = self.fixture.expected.faults(&output.table.columns);
            if !faults.is_empty() {
                return Err(faults);
            }
        }
        Ok(())
    }

    /// The same with another plan, for tests that change a hunt.
    ///
    /// # Errors
    /// What the schema of the fixture's rows lacks.
    pub fn with_plan(&self, plan: &Plan, library: &Library) -> Result<Ready, Vec<Diagnostic>> {
        let mut ready = self.clone();
        let fitted = fitted(plan, &self.fixture, library)?;
        for run in &mut ready.runs {
            run.plan = fitted.clone();
        }
        ready.plan = plan.clone();
        Ok(ready)
    }

    /// Runs and compares.
    ///
    /// # Errors
    /// A run that fails.
    pub fn assess(&self) -> Result<Vec<Assessed>, Vec<Diagnostic>> {
        let failed = |error: eval::EvalError| vec![*error.0];
        let assessed = self.runs.iter().map(|run| {
            let output = eval::run(&run.plan, &run.events, self.fixture.now).map_err(failed)?;
            let difference = compare(&self.fixture.expected, &output).err();
            let trace = match &difference {
                Some(difference) => trace::trace(self, run, &output, difference).map_err(failed)?,
                None => None,
            };
            Ok(Assessed {
                form: run.form.clone(),
                output,
                difference,
                trace,
            })
        });
        assessed.collect()
    }
}

/// What the schema of a fixture's rows is asked.
fn fitted(plan: &Plan, fixture: &Fixture, library: &Library) -> Result<Plan, Vec<Diagnostic>> {
    let Given::Rows { schema, .. } = &fixture.given else {
        return Ok(plan.clone());
    };
    let Some(platform) = library.platform(&schema.value) else {
        let title = format!("there is no schema `{}`", schema.value);
        let fault = Diagnostic::at(Code::E0657, schema.span, title);
        let names = library.platform_names();
        return Err(vec![
            match suggest::nearest(&schema.value, names.iter().copied()) {
                Some(near) => fault.fix(schema.span, near, "a schema with a similar name exists"),
                None => fault.help(format!("there are: {}", names.join(", "))),
            },
        ]);
    };
    let Some(of) = platform.holds.get(&plan.class) else {
        let title = format!(
            "schema `{}` holds no events of class `{}`",
            schema.value, plan.class
        );
        let fault = Diagnostic::at(Code::E0657, schema.span, title);
        return Err(vec![fault.help(platform.lacks(&plan.class))]);
    };
    let (fitted, _) = for_rows(plan, of).map_err(|faults| {
        let told = faults.into_iter();
        told.map(|fault| fault.also(schema.span, "the rows of this fixture are of this schema"))
            .collect::<Vec<_>>()
    })?;
    Ok(fitted)
}

/// Rows of a schema as events, for each form of the product.
fn rows(
    plan: &Plan,
    class: &Class,
    path: &Spanned<PathBuf>,
    schema: &Schema,
) -> Result<Vec<Run>, Vec<Diagnostic>> {
    let one_form = [String::new()];
    let forms = if schema.products.is_empty() {
        &one_form[..]
    } else {
        &schema.products
    };
    let read = |form: &String| {
        Ok(Run {
            form: form.clone(),
            plan: plan.clone(),
            events: events(class, schema, form, path)?,
        })
    };
    forms.iter().map(read).collect()
}

/// The events of a file, whatever their times.
fn events(
    class: &Class,
    schema: &Schema,
    form: &str,
    path: &Spanned<PathBuf>,
) -> Result<Events, Vec<Diagnostic>> {
    let fields: BTreeSet<String> = class.fields.keys().cloned().collect();
    let request = Request {
        class,
        fields: &fields,
        native: Some((schema, form)),
        from: None,
        to: i64::MAX,
    };
    let broken = |title: String| Diagnostic::at(Code::E0683, path.span, title);
    let loaded = data::load(std::slice::from_ref(&path.value), request)
        .map_err(|error| vec![broken(error.to_string())])?;
    let summary = &loaded.summary;
    if !summary.is_clean() {
        let mut problems = loaded.problems.iter();
        let first = problems.next().map_or_else(
            || path.value.display().to_string(),
            std::string::ToString::to_string,
        );
        let mut fault = problems.fold(broken(first), |fault, one| fault.help(one.to_string()));
        let shown = u64::try_from(loaded.problems.len()).unwrap_or(u64::MAX);
        let hidden = (summary.malformed_rows + summary.malformed_values).saturating_sub(shown);
        if hidden > 0 {
            fault = fault.help(format!("{hidden} more are not shown"));
        }
        return Err(vec![fault]);
    }
    if loaded.events.rows.is_empty() {
        let name = if form.is_empty() {
            schema.name.clone()
        } else {
            format!("{}:{form}", schema.name)
        };
        let title = format!(
            "{}: no event of class `{}` read as {name}: {summary}",
            path.value.display(),
            class.name
        );
        return Err(vec![broken(title)]);
    }
    Ok(loaded.events)
}
