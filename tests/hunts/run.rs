//! From a hunt and a fixture to the evaluator's output.

use huntc::data::{self, Request, native};
use huntc::diag::Diagnostic;
use huntc::eval::{self, Events, Output};
use huntc::fixture::{self, Fixture, Given};
use huntc::hunt::{self, Hunt};
use huntc::plan::bind::{bind, specialize};
use huntc::plan::{Known, Plan, lower};
use huntc::schema::{Library, Schema, load};
use huntc::source::{Files, Spanned};
use huntc::syntax::{self, ast};
use huntc::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What all hunts share.
pub struct Repository {
    files: Files,
    library: Library,
    /// Rows of a schema's files, by file: one reading for each form of the product.
    rows: BTreeMap<PathBuf, Vec<Events>>,
}

/// A hunt and its fixtures.
pub struct Case {
    pub hunt: Hunt,
    pub query: ast::Query,
    pub fixtures: Vec<Fixture>,
}

impl Repository {
    pub fn load() -> Repository {
        let mut files = Files::default();
        let library = load::embedded(&mut files).expect("the schemas load");
        Repository {
            files,
            library,
            rows: BTreeMap::new(),
        }
    }

    pub fn hunt(&mut self, slug: &str) -> Case {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("detections")
            .join(slug);
        let hunt = hunt::read(&mut self.files, &folder.join("hunt.yaml"));
        let hunt = hunt.unwrap_or_else(|faults| self.fail(&faults));
        let query =
            syntax::parse(&self.files, hunt.query).unwrap_or_else(|faults| self.fail(&faults));
        let mut fixtures = Vec::new();
        for path in fixture::list(&folder).unwrap() {
            let class = &self.library.classes["network_session"];
            let fixture = fixture::read(&mut self.files, &path, class, &hunt.tables);
            let fixture = fixture.unwrap_or_else(|faults| self.fail(&faults));
            if let Given::Rows { path, schema } = &fixture.given {
                let events = self.load_rows(&path.value, &schema.value);
                self.rows.insert(path.value.clone(), events);
            }
            fixtures.push(fixture);
        }
        assert!(fixtures.len() >= 5, "{slug} has fixtures");
        Case {
            hunt,
            query,
            fixtures,
        }
    }

    fn load_rows(&self, path: &Path, schema: &str) -> Vec<Events> {
        let class = &self.library.classes["network_session"];
        let fields: BTreeSet<String> = class.fields.keys().cloned().collect();
        let schema = &self.library.schemas[schema];
        let one_form = [String::new()];
        let products = if schema.products.is_empty() {
            &one_form[..]
        } else {
            &schema.products
        };
        let read = |product: &String| {
            let native = Some((schema, product.as_str()));
            let request = Request {
                class,
                fields: &fields,
                native,
                from: None,
                to: i64::MAX,
            };
            let loaded =
                data::load(&[path.to_owned()], request).unwrap_or_else(|error| panic!("{error}"));
            assert!(
                loaded.summary.is_clean(),
                "{}: {:?}",
                path.display(),
                loaded.problems
            );
            assert!(
                !loaded.events.rows.is_empty(),
                "{}: {}",
                path.display(),
                loaded.summary
            );
            loaded.events
        };
        products.iter().map(read).collect()
    }

    pub fn plan(&self, case: &Case) -> Plan {
        self.lowered(case, &case.hunt, &BTreeMap::new())
    }

    /// What the hunt means with the parameters and the tables of a fixture.
    pub fn plan_of(&self, case: &Case, fixture: &Fixture) -> Plan {
        self.lowered(case, &fixture.hunt(&case.hunt), &fixture.params)
    }

    fn lowered(&self, case: &Case, hunt: &Hunt, params: &BTreeMap<String, Spanned<Value>>) -> Plan {
        let known = Known {
            classes: self.library.classes.values().collect(),
            schemas: self.library.schemas.values().collect(),
        };
        lower(&case.query, hunt, &known, params).unwrap_or_else(|faults| self.fail(&faults))
    }

    /// One output, or one for each form of the product whose rows the fixture has.
    pub fn outputs(&self, case: &Case, fixture: &Fixture) -> Vec<Output> {
        let plan = self.plan_of(case, fixture);
        self.run(&plan, fixture)
            .unwrap_or_else(|| panic!("{} does not run", fixture.path.display()))
    }

    /// Rows of a schema are asked what the schema can be asked. Nothing for a plan that does not run.
    pub fn run(&self, plan: &Plan, fixture: &Fixture) -> Option<Vec<Output>> {
        match &fixture.given {
            Given::Events(events) => eval::run(plan, events, fixture.now)
                .ok()
                .map(|output| vec![output]),
            Given::Rows { path, schema } => {
                let schema = &self.library.schemas[&schema.value];
                let fitted =
                    specialize(plan, schema, &[]).unwrap_or_else(|faults| self.fail(&faults));
                let forms = self.rows[&path.value].iter();
                forms
                    .map(|events| eval::run(&fitted.plan, events, fixture.now).ok())
                    .collect()
            }
        }
    }

    /// The forms of the schemas that a hunt promises to compile for: schema and product.
    pub fn forms(&self, case: &Case) -> Vec<(&Schema, String)> {
        let mut forms = Vec::new();
        for name in &case.hunt.portable_to {
            let schema = &self.library.schemas[&name.value];
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
        let class = &self.library.classes["network_session"];
        let plan = self.plan(case);
        let fits = |schema: &&Schema| {
            if schema.is_of_files() {
                return false;
            }
            let Ok(fitted) = specialize(&plan, schema, &[]) else {
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
        let schemas = self.library.schemas.values().filter(fits);
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
        let class = &self.library.classes["network_session"];
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
        let at = self.files.position(label.span);
        let path = self.files.path(label.span.file).display();
        let under = self.files.slice(label.span);
        format!(
            "{path}:{}:{}: {}: {} `{under}` {:?}",
            at.line, at.column, fault.code, fault.title, fault.help
        )
    }
}
