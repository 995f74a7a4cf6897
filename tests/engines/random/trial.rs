//! One random hunt through the whole path, on every engine, and what came of many.

use super::envelope;
use super::executor::{Executor, Outcome};
use super::program;
use super::reach::Reach;
use super::rows::{NOW, Rows};
use super::shrink;
use super::tally::Counts;
use crate::support::repository::{CLASS, Fitted, Params, Repository, products};
use crate::support::table::{self, NativeRow};
use huntc::internals::diag::Diagnostic;
use huntc::internals::eval::{self, Output};
use huntc::internals::hunt::{self, Hunt};
use huntc::internals::pattern::testing::Rng;
use huntc::internals::plan::{Catalog, Plan, lower};
use huntc::internals::source::Span;
use huntc::internals::syntax;
use huntc::internals::verify::engine_tables::watchlist;
use huntc::internals::verify::rows::EngineTable;
use std::path::Path;
use std::time::{Duration, Instant};

/// Rows for each hunt and schema.
const ROWS: usize = 60;

/// A schema in one product form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    pub schema: String,
    pub product: String,
}

/// On how many forms an engine runs a hunt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Breadth {
    /// Every one that it fits.
    Every,
    /// The first.
    First,
}

/// Many random hunts on several engines.
pub struct Trials {
    pub repository: Repository,
    /// The envelope that all hunts have.
    hunt: Hunt,
    watchlists: Vec<EngineTable>,
    forms: Vec<Form>,
    pub executors: Vec<Executor>,
    pub reach: Reach,
    programs: usize,
    /// Hunts that lowering refused, by code and title.
    refused: Counts,
    /// Schemas that do not fit the hunts made for them.
    unfit: Counts,
    /// Runs that the evaluator ends: an overflow.
    failed: Counts,
    /// How long everything took that is not an engine's.
    prepared: Duration,
}

/// Native rows and what the evaluator says of them.
struct Given {
    rows: Vec<NativeRow>,
    columns: Vec<String>,
    expected: Result<Output, String>,
}

impl Trials {
    /// `purpose` keeps the tables and folders of tests apart.
    pub fn new(engines: &[&str], purpose: &str) -> Trials {
        let mut repository = Repository::load();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(purpose)
            .join("random");
        std::fs::create_dir_all(&folder).expect("the folder for tests is writable");
        let envelope = format!("{}  from {CLASS}\n", envelope::ENVELOPE);
        let files = [("hunt.yaml", envelope.as_str())];
        for (name, text) in envelope::TABLES.into_iter().chain(files) {
            std::fs::write(folder.join(name), text).expect("the folder for tests is writable");
        }
        let hunt = hunt::read(&mut repository.files, &folder.join("hunt.yaml"))
            .unwrap_or_else(|faults| repository.fail(&faults));
        let table = format!("{purpose}_hunts");
        // Schemas of files only have no table to run a query on.
        let schemas = repository.library.schemas_of("network_session");
        let schemas = schemas.filter(|schema| !schema.is_of_files());
        let forms = schemas.flat_map(|schema| {
            let products = products(schema).into_iter();
            products.map(|product| Form {
                schema: schema.name.clone(),
                product: product.to_owned(),
            })
        });
        Trials {
            forms: forms.collect(),
            watchlists: hunt
                .tables
                .values()
                .filter_map(|table| watchlist(table, "kql"))
                .collect(),
            hunt,
            executors: engines
                .iter()
                .filter_map(|name| Executor::named(name, &repository, &table))
                .collect(),
            repository,
            reach: Reach::default(),
            programs: 0,
            refused: Counts::new(),
            unfit: Counts::new(),
            failed: Counts::new(),
            prepared: Duration::ZERO,
        }
    }

    /// A hunt made for one of the schemas, on the first schema of each engine that it fits.
    pub fn one(&mut self, seed: u64) {
        let mut rng = Rng::new(seed);
        for _ in 0..8 {
            rng.below(2);
        }
        let (query, form) = self.made(&mut rng);
        let label = format!("seed {seed}");
        self.tried(&label, &query, form, Breadth::First, &mut rng);
    }

    /// A random query, and for which form it is made.
    pub fn made(&self, rng: &mut Rng) -> (String, usize) {
        let form = rng.below(self.forms.len());
        let (held, lacking) = self.fields(rng, &self.forms[form].schema);
        let class = self.repository.class();
        (program::query(rng, class, &held, &lacking), form)
    }

    /// Fields that the schema has, some of them, and fields that it lacks.
    fn fields(&self, rng: &mut Rng, schema: &str) -> (Vec<String>, Vec<String>) {
        let has = |schema: &str, field: &str| {
            let mapping = &self
                .repository
                .library
                .schema(schema, "network_session")
                .unwrap()
                .mapping;
            mapping.fields.contains_key(field)
        };
        // Half of what is made for Elastic's own schema fits a schema of Microsoft's too.
        let common = schema == "ecs" && rng.below(2) == 0;
        let all = self.repository.class().order.iter();
        let (held, lacking): (Vec<String>, Vec<String>) =
            all.cloned().partition(|field| has(schema, field));
        let held = held
            .into_iter()
            .filter(|field| !common || has("asim", field));
        let some = held.filter(|field| field == "time" || rng.below(3) == 0);
        (some.collect(), lacking)
    }

    /// The plan of a query.
    pub fn understood(&mut self, query: &str) -> Result<Plan, Vec<Diagnostic>> {
        let files = &mut self.repository.files;
        let file = files.add("random/hunt.yaml", query.to_owned());
        self.hunt.query = Span::new(file, 0, query.len());
        let query = syntax::parse(files, self.hunt.query)?;
        let catalog = Catalog::library(&self.repository.library);
        lower(&query, &self.hunt, &catalog, &Params::new())
    }

    /// A query as `huntc fmt` writes it.
    pub fn formatted(&mut self, query: &str) -> String {
        let files = &mut self.repository.files;
        let file = files.add("random/hunt.yaml", query.to_owned());
        let query = syntax::parse(files, Span::new(file, 0, query.len()));
        let query = query.unwrap_or_else(|faults| self.repository.fail(&faults));
        syntax::print::formatted(&query).expect("a tree of its source")
    }

    /// A query on every engine; `first` is the form that is tried first.
    pub fn tried(
        &mut self,
        label: &str,
        query: &str,
        first: usize,
        breadth: Breadth,
        rng: &mut Rng,
    ) {
        let started = Instant::now();
        self.programs += 1;
        let plan = match self.understood(query) {
            Ok(plan) => plan,
            Err(faults) => {
                for fault in faults.iter().take(1) {
                    let line = format!("{}: {}", fault.code, fault.title);
                    if !self.refused.contains_key(&line) {
                        let at = self.repository.line(fault);
                        println!("{label} is refused: {at}\n{query}");
                    }
                    *self.refused.entry(line).or_default() += 1;
                }
                return;
            }
        };
        self.reach.see(&plan);
        self.prepared += started.elapsed();
        let mut given: Vec<Option<Given>> = self.forms.iter().map(|_| None).collect();
        for executor in &mut self.executors {
            let mut ran = false;
            for turn in 0..self.forms.len() {
                let at = (first + turn) % self.forms.len();
                let form = &self.forms[at];
                let schema = self
                    .repository
                    .library
                    .schema(&form.schema, "network_session")
                    .unwrap();
                let Some(table) = executor.table(schema) else {
                    continue;
                };
                let started = Instant::now();
                let abilities = executor.abilities(&form.product);
                let fitted = self
                    .repository
                    .fit(&plan, schema, &form.product, &abilities);
                let fitted = match fitted {
                    Ok(fitted) => fitted,
                    Err(faults) => {
                        if turn == 0 {
                            let why = faults.first().map_or_else(String::new, |fault| {
                                format!("{}: {}", fault.code, fault.title)
                            });
                            *self.unfit.entry(why).or_default() += 1;
                        }
                        continue;
                    }
                };
                let columns = columns_of(&fitted);
                if given[at].as_ref().is_none_or(|old| old.columns != columns) {
                    let rows = Rows::of(&fitted).rows(rng, ROWS);
                    given[at] = Some(Given {
                        expected: expected(&self.repository, &fitted, &rows),
                        rows,
                        columns,
                    });
                }
                self.prepared += started.elapsed();
                let Some(given) = &given[at] else { continue };
                ran = true;
                match &given.expected {
                    Ok(output) => {
                        let started = Instant::now();
                        let outcome = executor.compare(
                            &fitted,
                            &table,
                            &given.rows,
                            &self.watchlists,
                            output,
                        );
                        let tally = &mut executor.tally;
                        tally.took += started.elapsed();
                        match outcome {
                            Outcome::Refused(why) => *tally.refused.entry(why).or_default() += 1,
                            Outcome::Same(rows) => {
                                tally.compared += 1;
                                tally.telling += usize::from(rows > 0);
                            }
                            Outcome::Different(why) => {
                                let case = shrink::Case {
                                    repository: &self.repository,
                                    fitted: &fitted,
                                    table: &table,
                                    watchlists: &self.watchlists,
                                };
                                let small = shrink::rows(&case, executor, &given.rows, &why);
                                let report = format!(
                                    "== {label} {} {} {}\n{query}\n{small}",
                                    executor.tally.engine, form.schema, form.product
                                );
                                println!("{report}");
                                executor.tally.compared += 1;
                                executor.tally.different.push(report);
                            }
                        }
                    }
                    Err(why) => *self.failed.entry(why.clone()).or_default() += 1,
                }
                if breadth == Breadth::First {
                    break;
                }
            }
            executor.tally.homeless += usize::from(!ran);
        }
    }

    /// Says what came of it; fails for differences, for many refusals, and for results that are mostly empty. Of `share` hundredths of the hunts there
    /// is a comparison on every engine.
    pub fn settle(self, share: usize) {
        let refused: usize = self.refused.values().sum();
        println!(
            "{} hunts, {refused} refused by lowering; {:.1?} each to make, to lower, to fit and to evaluate",
            self.programs,
            self.prepared / u32::try_from(self.programs.max(1)).unwrap_or(u32::MAX),
        );
        let told = [
            ("refused", &self.refused),
            ("not of the schema", &self.unfit),
            ("run fails", &self.failed),
        ];
        for (what, counts) in told {
            for (why, count) in counts {
                println!("  {count} × {what}: {why}");
            }
        }
        for executor in &self.executors {
            print!("{}", executor.tally.told());
        }
        for executor in &self.executors {
            executor.tally.settle(self.programs * share / 100);
        }
        assert!(
            refused * 10 <= self.programs,
            "{refused} of {} hunts are refused",
            self.programs
        );
    }
}

fn columns_of(fitted: &Fitted) -> Vec<String> {
    table::columns_read(&fitted.bound, fitted.schema)
        .iter()
        .map(|column| column.native.name.clone())
        .collect()
}

/// What the evaluator says of the rows, read as the program reads them.
pub fn expected(
    repository: &Repository,
    fitted: &Fitted,
    rows: &[NativeRow],
) -> Result<Output, String> {
    let text = table::ndjson(rows);
    let read = repository.read_native(&text, fitted.schema, &fitted.product);
    eval::run(&fitted.plan, &read.events, NOW).map_err(|error| error.to_string())
}
