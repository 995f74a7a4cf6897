//! The hunts of the repository and the whole path from a hunt to a text, for every schema and every dialect.
//!
//! Promise: nothing here decides anything; each stage is called as the program calls it.

use huntc::internals::backend::{ColumnTypes, Dialects, Origin, Query, Target, emit};
use huntc::internals::compiler::{Binding, bind_plan};
use huntc::internals::data::{self, Loaded, Request};
use huntc::internals::diag::Diagnostic;
use huntc::internals::eval::Events;
use huntc::internals::fixture::{self, Fixture};
use huntc::internals::hunt::{self, Hunt};
use huntc::internals::plan::passes::{Abilities, Bound};
use huntc::internals::plan::{Catalog, Plan, lower};
use huntc::internals::schema::{Class, Library, Schema, load};
use huntc::internals::source::{Files, Spanned};
use huntc::internals::syntax::{self, ast};
use huntc::internals::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// What all hunts share.
pub struct Repository {
    pub files: Files,
    pub library: Library,
    pub dialects: Dialects,
}

/// A hunt and its fixtures.
pub struct Case {
    pub slug: String,
    /// The event class that it speaks of.
    pub class: String,
    pub hunt: Hunt,
    pub query: ast::Query,
    pub fixtures: Vec<Fixture>,
}

/// A hunt as one schema holds it.
pub struct Fitted<'a> {
    pub schema: &'a Schema,
    pub product: String,
    /// What the evaluator runs.
    pub plan: Plan,
    /// What is emitted.
    pub bound: Bound,
}

/// Values for parameters.
pub type Params = BTreeMap<String, Spanned<Value>>;

/// The event class of all hunts.
pub const CLASS: &str = "network_session";

impl Repository {
    pub fn load() -> Repository {
        let mut files = Files::default();
        let library = load::embedded(&mut files).expect("the schemas load");
        Repository {
            files,
            library,
            dialects: Dialects::embedded(),
        }
    }

    /// The hunts over network sessions, sorted by name: the class that the matrices vary. Those of every class are verified by the program itself.
    pub fn cases(&mut self) -> Vec<Case> {
        let mut cases = self.all_cases();
        cases.retain(|case| case.class == CLASS);
        for case in &cases {
            assert!(case.fixtures.len() >= 5, "{} has fixtures", case.slug);
        }
        cases
    }

    /// Every hunt of `detections/`, sorted by name.
    pub fn all_cases(&mut self) -> Vec<Case> {
        let folder = root().join("detections");
        let entries = std::fs::read_dir(&folder).expect("detections/ is there");
        let mut slugs: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| folder.join(name).join("hunt.yaml").is_file())
            .collect();
        slugs.sort();
        assert!(slugs.len() >= 4, "only {slugs:?}");
        slugs.iter().map(|slug| self.case(slug)).collect()
    }

    fn case(&mut self, slug: &str) -> Case {
        let folder = root().join("detections").join(slug);
        let read = hunt::read(&mut self.files, &folder.join("hunt.yaml"));
        let hunt = read.unwrap_or_else(|faults| self.fail(&faults));
        let parsed = syntax::parse(&self.files, hunt.query);
        let query = parsed.unwrap_or_else(|faults| self.fail(&faults));
        let class = match query.steps.first().map(|step| &step.kind) {
            Some(ast::StepKind::From { class, .. }) => class.text.clone(),
            other => panic!("{slug} begins with {other:?}"),
        };
        let paths = fixture::list(&folder).unwrap_or_else(|fault| self.fail(&fault));
        let mut fixtures = Vec::new();
        for path in paths {
            let read = fixture::read(
                &mut self.files,
                &path,
                &self.library.classes[class.as_str()],
                &hunt.tables,
            );
            fixtures.push(read.unwrap_or_else(|faults| self.fail(&faults)));
        }
        assert!(!fixtures.is_empty(), "{slug} has fixtures");
        Case {
            slug: slug.to_owned(),
            class,
            hunt,
            query,
            fixtures,
        }
    }

    /// A hunt from its text; panics with its errors.
    pub fn understood(&mut self, text: &str) -> (Hunt, Plan) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("understood/example");
        std::fs::create_dir_all(&folder).expect("the folder for tests is writable");
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("test").replace("::", "-");
        let path = folder.join(format!("{name}.yaml"));
        std::fs::write(&path, text).expect("the folder for tests is writable");
        let read = hunt::read(&mut self.files, &path);
        let hunt = read.unwrap_or_else(|faults| self.fail(&faults));
        let parsed = syntax::parse(&self.files, hunt.query);
        let query = parsed.unwrap_or_else(|faults| self.fail(&faults));
        let lowered = lower(
            &query,
            &hunt,
            &Catalog::library(&self.library),
            &Params::new(),
        );
        let plan = lowered.unwrap_or_else(|faults| self.fail(&faults));
        (hunt, plan)
    }

    /// How platforms hold each class in tables.
    pub fn tables(&self) -> Vec<&Schema> {
        let platforms = self.library.platforms.values();
        platforms
            .flat_map(|platform| platform.holds.values())
            .filter(|schema| !schema.is_of_files())
            .collect()
    }

    pub fn class(&self) -> &Class {
        &self.library.classes[CLASS]
    }

    pub fn plan(&self, case: &Case, params: &Params) -> Plan {
        let catalog = Catalog::library(&self.library);
        lower(&case.query, &case.hunt, &catalog, params).unwrap_or_else(|faults| self.fail(&faults))
    }

    /// What the hunt means with the parameters and the tables of a fixture.
    pub fn plan_of(&self, case: &Case, fixture: &Fixture) -> Plan {
        let catalog = Catalog::library(&self.library);
        let hunt = fixture.hunt(&case.hunt);
        lower(&case.query, &hunt, &catalog, &fixture.params)
            .unwrap_or_else(|faults| self.fail(&faults))
    }

    /// The plan as a schema holds it; the errors where it does not.
    pub fn fit<'a>(
        &'a self,
        plan: &Plan,
        schema: &'a Schema,
        product: &str,
        abilities: &Abilities<'_>,
    ) -> Result<Fitted<'a>, Vec<Diagnostic>> {
        let Binding { plan, bound, .. } =
            bind_plan(plan, &self.library, schema, product, abilities)?;
        Ok(Fitted {
            schema,
            product: product.to_owned(),
            plan,
            bound,
        })
    }

    /// Every product form of every schema that a hunt fits. A form that the hunt promises and does not fit is a failure.
    pub fn fits<'a>(
        &'a self,
        case: &Case,
        plan: &Plan,
        abilities: &Abilities<'_>,
    ) -> Vec<Fitted<'a>> {
        let promised = |schema: &Schema| {
            let mut names = case.hunt.portable_to.iter();
            names.any(|name| name.value == schema.name)
        };
        let all = self.forms(plan, abilities, &promised);
        assert!(!all.is_empty(), "{} fits no schema", case.slug);
        all
    }

    /// Every product form of every schema that a plan fits; at least one.
    pub fn fits_where_it_can<'a>(
        &'a self,
        plan: &Plan,
        abilities: &Abilities<'_>,
    ) -> Vec<Fitted<'a>> {
        let all = self.forms(plan, abilities, &|_| false);
        assert!(!all.is_empty(), "the plan fits no schema");
        all
    }

    fn forms<'a>(
        &'a self,
        plan: &Plan,
        abilities: &Abilities<'_>,
        promised: &dyn Fn(&Schema) -> bool,
    ) -> Vec<Fitted<'a>> {
        let mut all = Vec::new();
        // A schema of files has no table to run a text on.
        let tables = self.library.schemas_of("network_session");
        for schema in tables.filter(|schema| !schema.is_of_files()) {
            for product in products(schema) {
                match self.fit(plan, schema, product, abilities) {
                    Ok(fitted) => all.push(fitted),
                    Err(faults) if promised(schema) => self.fail(&faults),
                    Err(_) => {}
                }
            }
        }
        all
    }

    /// A target of one dialect. `version` is of the engine.
    pub fn target(
        &self,
        dialect: &str,
        version: Option<&str>,
        product: &str,
        table: &str,
    ) -> Target {
        self.target_over(dialect, version, product, table, ColumnTypes::default())
    }

    /// A target over a table with columns of types that are not the usual ones.
    pub fn target_over(
        &self,
        dialect: &str,
        version: Option<&str>,
        product: &str,
        table: &str,
        types: ColumnTypes<'_>,
    ) -> Target {
        let version = version.map(|version| version.parse().expect("a version"));
        let loaded = self.dialects.load_for(dialect, version.as_ref(), types);
        let loaded = loaded.unwrap_or_else(|faults| panic!("dialect {dialect}: {faults:#?}"));
        Target {
            name: format!("{dialect}-test"),
            dialect: Arc::new(loaded),
            product: product.to_owned(),
            table: table.to_owned(),
            now: None,
            sketch: false,
            rollup: None,
            unmapped: Default::default(),
        }
    }

    /// The text, or a failure with the refusals.
    pub fn text(&self, fitted: &Fitted, target: &Target) -> String {
        match self.emit(fitted, target) {
            Ok(query) => query.text,
            Err(faults) => self.fail(&faults),
        }
    }

    pub fn emit(&self, fitted: &Fitted, target: &Target) -> Result<Query, Vec<Diagnostic>> {
        emit(&fitted.bound, target, &Origin::default())
    }

    /// Rows of a schema as events, read as the program reads them, whatever their times.
    pub fn read_native(&self, text: &str, schema: &Schema, product: &str) -> Loaded {
        let class = self.class();
        let fields: BTreeSet<String> = class.fields.keys().cloned().collect();
        let request = Request {
            class,
            fields: &fields,
            native: Some((schema, product)),
            from: None,
            to: i64::MAX,
        };
        data::load_text(Path::new("rows.ndjson"), text, request)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Native rows of a fixture file as events.
    pub fn events_of(&self, path: &Path, schema: &str, product: &str) -> Events {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        self.read_native(
            &text,
            self.library.schema(schema, "network_session").unwrap(),
            product,
        )
        .events
    }

    pub fn fail(&self, faults: &[Diagnostic]) -> ! {
        let lines: Vec<String> = faults.iter().map(|fault| self.line(fault)).collect();
        panic!("{}", lines.join("\n"))
    }

    /// A finding in a line.
    pub fn line(&self, fault: &Diagnostic) -> String {
        let Some(label) = &fault.primary else {
            return format!("{}: {} {:?}", fault.code, fault.title, fault.help);
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

/// The product forms of a schema; one without a name where it has one form.
pub fn products(schema: &Schema) -> Vec<&str> {
    if schema.products.is_empty() {
        vec![""]
    } else {
        schema.products.iter().map(String::as_str).collect()
    }
}

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
