//! One random hunt through the whole path, and what came of many.

use super::compare::Trial;
use super::program;
use super::rows::{NOW, Rows};
use crate::support::interpreter::{Reader, watchlist};
use crate::support::repository::{CLASS, Fitted, Params, Repository, products};
use crate::support::table::{self, Missing, NativeRow};
use crate::support::{Kind, Worker};
use huntc::backend::{Origin, Target, emit};
use huntc::diag::Diagnostic;
use huntc::eval;
use huntc::hunt::{self, Hunt};
use huntc::interp::Sample;
use huntc::pattern::testing::Rng;
use huntc::plan::bind::Abilities;
use huntc::plan::{Known, Plan, lower};
use huntc::schema::Schema;
use huntc::syntax;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Rows for each hunt and schema.
const ROWS: usize = 60;

/// What runs texts.
#[derive(Clone, Copy)]
pub enum Engine<'a> {
    /// A real one.
    Worker(Kind, &'a Worker),
    /// An interpreter.
    Reader(Reader),
}

impl Engine<'_> {
    fn pack(self) -> &'static str {
        match self {
            Engine::Worker(kind, _) => kind.name(),
            Engine::Reader(reader) => reader.pack(),
        }
    }

    fn versions(self) -> &'static [Option<&'static str>] {
        match self {
            Engine::Worker(..) => &[None],
            Engine::Reader(reader) => reader.versions(),
        }
    }

    fn abilities(self, target: &Target) -> Abilities<'_> {
        match self {
            Engine::Worker(..) => target.pack.abilities(&target.product),
            Engine::Reader(reader) => reader.abilities(target),
        }
    }

    fn table(self, schema: &Schema, target: &Target) -> String {
        match self {
            Engine::Worker(..) => target.table.clone(),
            Engine::Reader(reader) => reader.table(schema).expect("a schema of the platform"),
        }
    }
}

/// Many random hunts on one engine.
pub struct Trials<'a> {
    engine: Engine<'a>,
    schemas: Vec<String>,
    repository: Repository,
    /// One for each version of the engine.
    targets: Vec<Target>,
    folder: PathBuf,
    /// Hunts that lowering refused, by code and title.
    refused: BTreeMap<String, usize>,
    /// Texts that the backend refused.
    not_emitted: BTreeMap<String, usize>,
    not_fitting: usize,
    failed_runs: usize,
    compared: usize,
    telling: usize,
    different: Vec<String>,
}

impl<'a> Trials<'a> {
    pub fn new(engine: Engine<'a>, purpose: &str, schemas: &[&str]) -> Trials<'a> {
        let repository = Repository::load();
        let name = engine.pack();
        let table = format!("{purpose}_hunts");
        let versions = engine.versions().iter();
        let targets = versions.map(|version| repository.target(name, *version, "", &table));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{purpose}-{name}"))
            .join("random");
        std::fs::create_dir_all(&folder).expect("the folder for tests is writable");
        for (name, text) in program::TABLES {
            std::fs::write(folder.join(name), text).expect("the folder for tests is writable");
        }
        Trials {
            engine,
            schemas: schemas.iter().map(|name| (*name).to_owned()).collect(),
            targets: targets.collect(),
            repository,
            folder,
            refused: BTreeMap::new(),
            not_emitted: BTreeMap::new(),
            not_fitting: 0,
            failed_runs: 0,
            compared: 0,
            telling: 0,
            different: Vec::new(),
        }
    }

    /// A hunt of the fields that one of the schemas has, tried on all of them.
    pub fn one(&mut self, seed: u64) {
        let mut rng = Rng::new(seed);
        for _ in 0..8 {
            rng.below(2);
        }
        let made_for =
            self.schemas[[0, 0, 1, 1, 2, 2, 3][rng.below(7)] % self.schemas.len()].clone();
        let fields = self.fields(&mut rng, &made_for);
        let query = program::query(&mut rng, self.repository.class(), &fields);
        self.tried(&format!("seed {seed}"), &query, &made_for, &mut rng);
    }

    /// A query on every schema that it fits.
    pub fn tried(&mut self, label: &str, query: &str, made_for: &str, rng: &mut Rng) {
        let (hunt, plan) = match self.understood(query) {
            Ok(understood) => understood,
            Err(faults) => {
                for fault in faults.iter().take(1) {
                    let line = format!("{}: {}", fault.code, fault.title);
                    if *self.refused.entry(line.clone()).or_default() == 0 {
                        println!(
                            "{label} is refused: {}\n{query}",
                            self.repository.line(fault)
                        );
                    }
                    *self.refused.entry(line).or_default() += 1;
                }
                return;
            }
        };
        let watchlists: Vec<Sample> = hunt.tables.values().filter_map(watchlist).collect();
        for name in self.schemas.clone() {
            let schema = &self.repository.library.schemas[&name];
            for product in products(schema) {
                let abilities = self.engine.abilities(&self.targets[0]);
                let fitted = match self.repository.fit(&plan, schema, product, &abilities) {
                    Ok(fitted) => fitted,
                    Err(faults) if name == made_for => {
                        let why = faults.first().map_or_else(String::new, |fault| {
                            format!("{name}: {}: {}", fault.code, fault.title)
                        });
                        *self.not_emitted.entry(why).or_default() += 1;
                        continue;
                    }
                    Err(_) => {
                        self.not_fitting += 1;
                        continue;
                    }
                };
                let outcome = run(
                    &self.repository,
                    &self.targets,
                    self.engine,
                    &fitted,
                    &watchlists,
                    rng,
                );
                match outcome {
                    Outcome::NotEmitted(why) => *self.not_emitted.entry(why).or_default() += 1,
                    Outcome::RunFails => self.failed_runs += 1,
                    Outcome::Same(rows) => {
                        self.compared += 1;
                        self.telling += usize::from(rows > 0);
                    }
                    Outcome::Different(why) => {
                        self.compared += 1;
                        let report = format!("== {label} {name} {product}\n{query}\n{why}");
                        println!("{report}");
                        self.different.push(report);
                    }
                }
            }
        }
    }

    /// Fields that the schema has, some of them.
    fn fields(&self, rng: &mut Rng, schema: &str) -> Vec<String> {
        let mapping = &self.repository.library.schemas[schema].classes[CLASS];
        let all = self.repository.class().order.iter();
        let held = all.filter(|name| mapping.fields.contains_key(*name));
        held.filter(|name| *name == "time" || rng.below(3) == 0)
            .cloned()
            .collect()
    }

    fn understood(&mut self, query: &str) -> Result<(Hunt, Plan), Vec<Diagnostic>> {
        let path = self.folder.join("hunt.yaml");
        std::fs::write(&path, format!("{}{query}\n", program::ENVELOPE))
            .expect("the folder for tests is writable");
        let files = &mut self.repository.files;
        let hunt = hunt::read(files, &path)?;
        let query = syntax::parse(files, hunt.query)?;
        let plan = lower(
            &query,
            &hunt,
            &Known::library(&self.repository.library),
            &Params::new(),
        )?;
        Ok((hunt, plan))
    }

    /// Says what came of it; fails for differences, for many refusals, and for results that are mostly empty.
    pub fn settle(self, programs: u64) {
        let refused: usize = self.refused.values().sum();
        println!(
            "{}: {programs} hunts, {refused} refused by lowering, {} fits lacking, {} not emitted, {} runs that overflow, {} comparisons, {} with rows, {} differences",
            self.engine.pack(),
            self.not_fitting,
            self.not_emitted.values().sum::<usize>(),
            self.failed_runs,
            self.compared,
            self.telling,
            self.different.len()
        );
        for (why, count) in self.refused.iter().chain(&self.not_emitted) {
            println!("  {count} × {why}");
        }
        let shown: Vec<&str> = self.different.iter().take(3).map(String::as_str).collect();
        assert!(
            self.different.is_empty(),
            "{} of {} comparisons differ\n{}",
            self.different.len(),
            self.compared,
            shown.join("\n")
        );
        assert!(
            refused as u64 * 10 <= programs,
            "{refused} of {programs} hunts are refused"
        );
        assert!(
            self.compared as u64 >= programs,
            "{} comparisons of {programs} hunts",
            self.compared
        );
        assert!(
            self.telling * 3 >= self.compared,
            "{} of {} results have rows",
            self.telling,
            self.compared
        );
    }
}

enum Outcome {
    NotEmitted(String),
    /// The evaluator says that the run fails: an overflow.
    RunFails,
    Same(usize),
    Different(String),
}

fn run(
    repository: &Repository,
    targets: &[Target],
    engine: Engine<'_>,
    fitted: &Fitted,
    watchlists: &[Sample],
    rng: &mut Rng,
) -> Outcome {
    let mut texts: Vec<(Target, String)> = Vec::new();
    let mut refused = None;
    for target in targets {
        let target = Target {
            now: Some(NOW),
            product: fitted.product.clone(),
            table: engine.table(fitted.schema, target),
            ..target.clone()
        };
        match emit(&fitted.bound, &target, &Origin::default()) {
            Ok(query) => {
                if texts.iter().all(|(_, text)| *text != query.text) {
                    texts.push((target, query.text));
                }
            }
            Err(faults) => {
                let why = faults.first().map_or_else(String::new, |fault| {
                    format!("{}: {}", fault.code, fault.title)
                });
                refused = Some(why);
            }
        }
    }
    if let (true, Some(why)) = (texts.is_empty(), refused) {
        return Outcome::NotEmitted(why);
    }
    let rows = Rows::of(fitted).rows(rng, ROWS);
    let read = repository.read_native(&table::ndjson(&rows), fitted.schema, &fitted.product);
    if eval::run(&fitted.plan, &read.events, NOW).is_err() {
        return Outcome::RunFails;
    }
    let mut found = 0;
    for (target, _) in &texts {
        let compare = |rows: &[NativeRow]| match engine {
            Engine::Worker(kind, worker) => Trial {
                repository,
                fitted,
                kind,
                worker,
                now: NOW,
                target,
            }
            .run(rows, Missing::Mixed),
            Engine::Reader(reader) => reader.compare(
                repository,
                fitted,
                target,
                rows,
                Missing::Mixed,
                watchlists.to_vec(),
            ),
        };
        match compare(&rows) {
            Ok(count) => found = count,
            Err(_) => {
                let few = fewer(rows, |rows| compare(rows).is_err());
                let why = compare(&few).err().unwrap_or_default();
                return Outcome::Different(format!("{why}\n{}", table::ndjson(&few)));
            }
        }
    }
    Outcome::Same(found)
}

/// Leaves out rows while the rest still differs.
fn fewer(mut rows: Vec<NativeRow>, differs: impl Fn(&[NativeRow]) -> bool) -> Vec<NativeRow> {
    let mut size = rows.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < rows.len() {
            let mut rest = rows.clone();
            rest.drain(at..(at + size).min(rest.len()));
            if differs(&rest) {
                rows = rest;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    rows
}
