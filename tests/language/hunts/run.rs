//! From a hunt and a fixture to the evaluator's output.

use huntc::internals::assess::{Assessed, Fixtures, Ready, show};
use huntc::internals::data::{self, Request, native};
use huntc::internals::diag::Diagnostic;
use huntc::internals::eval::{self, Events, Output};
use huntc::internals::fixture::Fixture;
use huntc::internals::hunt::Hunt;
use huntc::internals::plan::Plan;
use huntc::internals::plan::passes::{bind, specialize};
use huntc::internals::schema::Schema;
use huntc::{Compiler, Source};
use std::path::Path;

/// What all hunts share.
pub struct Repository {
    compiler: Compiler,
}

/// A hunt and its fixtures.
pub struct Case {
    pub hunt: Hunt,
    pub plan: Plan,
    pub ready: Vec<Ready>,
    pub fixtures: Vec<Fixture>,
}

impl Repository {
    pub fn load() -> Repository {
        let compiler = Compiler::new().expect("the schemas load");
        Repository { compiler }
    }

    pub fn hunt(&mut self, slug: &str) -> Case {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("detections")
            .join(slug);
        let path = folder.join("hunt.yaml");
        let analysis = self.compiler.analyse(&Source::disk(&path));
        let Some(meaning) = analysis.meaning else {
            self.fail(&analysis.diagnostics)
        };
        let read = Fixtures::beside(&mut self.compiler, &path, &meaning);
        let errors: Vec<Diagnostic> = read.errors().cloned().collect();
        if !errors.is_empty() {
            self.fail(&errors);
        }
        let fixtures: Vec<Fixture> = read.ready.iter().map(|one| one.fixture.clone()).collect();
        assert!(fixtures.len() >= 5, "{slug} has fixtures");
        Case {
            hunt: meaning.hunt,
            plan: meaning.plan,
            ready: read.ready,
            fixtures,
        }
    }

    /// What the hunt means with the parameters and the tables of a fixture.
    pub fn plan_of(&self, case: &Case, fixture: &Fixture) -> Plan {
        let ready = case
            .ready
            .iter()
            .find(|ready| ready.fixture.name == fixture.name);
        ready.unwrap().plan.clone()
    }

    /// One output, or one for each form of the product whose rows the fixture has.
    pub fn outputs(&self, case: &Case, name: &str) -> Vec<Output> {
        let ready = case.ready.iter().find(|ready| ready.fixture.name == name);
        let assessed = self.assessed(ready.unwrap());
        assessed
            .into_iter()
            .map(|assessed| assessed.output)
            .collect()
    }

    pub fn assessed(&self, ready: &Ready) -> Vec<Assessed> {
        ready.assess().unwrap_or_else(|faults| self.fail(&faults))
    }

    /// A fixture with another plan. Rows of a schema are asked what the schema can be asked.
    pub fn with_plan(&self, ready: &Ready, plan: &Plan) -> Ready {
        let other = ready.with_plan(plan, self.compiler.library());
        other.unwrap_or_else(|faults| self.fail(&faults))
    }

    /// For people.
    pub fn difference(&self, ready: &Ready, assessed: &Assessed) -> String {
        let path = ready.fixture.path.display();
        format!(
            "{path}\n{}",
            show::difference(&self.compiler.files, ready, assessed)
        )
    }

    /// The forms of the schemas that a hunt promises to compile for: schema and product.
    pub fn forms(&self, case: &Case) -> Vec<(&Schema, String)> {
        let mut forms = Vec::new();
        for name in &case.hunt.portable_to {
            let schema = self
                .compiler
                .library()
                .schema(&name.value, "network_session")
                .unwrap();
            let products = schema.products.iter().cloned();
            let count = forms.len();
            forms.extend(products.map(|product| (schema, product)));
            if forms.len() == count {
                forms.push((schema, String::new()));
            }
        }
        forms
    }

    /// The schemas that can hold a hunt, in every form of their product.
    pub fn fitting(&self, case: &Case) -> Vec<&str> {
        let class = &self.compiler.library().classes["network_session"];
        let plan = &case.plan;
        let fits = |schema: &&Schema| {
            if schema.is_of_files() {
                return false;
            }
            let Ok(fitted) = specialize(plan, schema, &[]) else {
                return false;
            };
            let products: Vec<&str> = schema.products.iter().map(String::as_str).collect();
            let products = if products.is_empty() {
                vec![""]
            } else {
                products
            };
            products
                .iter()
                .all(|product| bind(&fitted.plan, class, schema, product).is_ok())
        };
        let schemas = self
            .compiler
            .library()
            .schemas_of("network_session")
            .filter(fits);
        schemas.map(|schema| schema.name.as_str()).collect()
    }

    /// What a schema is asked, over the events as written, and over the events written in its columns and read again.
    pub fn there_and_back(
        &self,
        plan: &Plan,
        events: &Events,
        now: i64,
        schema: &Schema,
        product: &str,
    ) -> (Output, Output, Vec<String>) {
        let class = &self.compiler.library().classes["network_session"];
        let plan = specialize(plan, schema, &[])
            .unwrap_or_else(|faults| self.fail(&faults))
            .plan;
        let fields = eval::needs(&plan).fields;
        let mut lost = Vec::new();
        let mut text = String::new();
        for row in &events.rows {
            let written = native::write(class, &events.columns, row, schema, product).unwrap();
            let needed = written
                .dropped
                .iter()
                .filter(|(field, _)| fields.contains(field));
            lost.extend(needed.map(|(field, why)| format!("{field}: {why}")));
            let cells = written
                .cells
                .iter()
                .map(|(name, value)| (name.clone(), native::to_json(value)));
            text += &format!("{}\n", serde_json::Value::Object(cells.collect()));
        }
        let request = Request {
            class,
            fields: &fields,
            native: Some((schema, product)),
            from: None,
            to: i64::MAX,
        };
        let loaded = data::load_text(Path::new("written"), &text, request)
            .unwrap_or_else(|error| panic!("{error}"));
        assert!(loaded.summary.is_clean(), "{:?}", loaded.problems);
        let run = |events: &Events| eval::run(&plan, events, now).unwrap();
        (run(events), run(&loaded.events), lost)
    }

    fn fail(&self, faults: &[Diagnostic]) -> ! {
        let lines: Vec<String> = faults.iter().map(|fault| self.line(fault)).collect();
        panic!("{}", lines.join("\n"))
    }

    fn line(&self, fault: &Diagnostic) -> String {
        let Some(label) = &fault.primary else {
            return format!("{}: {}", fault.code, fault.title);
        };
        let at = self.compiler.files.position(label.span);
        let path = self.compiler.files.path(label.span.file).display();
        let under = self.compiler.files.slice(label.span);
        format!(
            "{path}:{}:{}: {}: {} `{under}` {:?}",
            at.line, at.column, fault.code, fault.title, fault.help
        )
    }
}
