//! Random native rows: fixtures with cells changed, so that conditions are nearly met, just met and just missed.
//!
//! Each batch holds rows of the hunt's fixtures, moved into one window, in which some cells are replaced from a pool: the literals that the text
//! compares the column with, in other case and one greater or less; the words the schema knows of the column; the first and last addresses of networks
//! and their neighbours; IPv6; texts with quotes and wildcards; missing. Everything is determined by the seed, which a failure names.

use super::compare::{Account, Trial, fixture_rows};
use crate::support::databases::on_each_database;
use crate::support::repository::{Case, Fitted, Repository};
use crate::support::table::{self, Missing, NativeRow, expressions};
use crate::support::{Kind, oracle_or_skip};
use huntc::internals::backend::ColumnTypes;
use huntc::internals::net::{self, Network};
use huntc::internals::pattern::testing::Rng;
use huntc::internals::plan::{Column, Expr, ExprKind, StepKind, Type};
use huntc::internals::schema::{Cast, ColumnInfo, How};
use huntc::internals::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Batches for each hunt and schema, and the rows of each.
const BATCHES: usize = 5;
const ROWS: usize = 400;
/// One hunt fits Apex One's schema only; the other three fit two product forms of one schema and at least two schemas more.
const LEAST: usize = BATCHES * (1 + 3 * 4);

on_each_database!(random_rows, quick);

#[test]
fn random_rows_on_postgres_with_inet() {
    let types = ColumnTypes {
        addresses: Some("inet"),
        ..ColumnTypes::default()
    };
    random_rows_on(Kind::POSTGRES, types);
}

fn random_rows(kind: Kind) {
    random_rows_on(kind, ColumnTypes::default());
}

fn random_rows_on(kind: Kind, types: ColumnTypes<'_>) {
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let mut repository = Repository::load();
    let cases = repository.cases();
    let target = repository.target_over(kind.name(), None, "", "random_rows", types);
    let mut account = Account::default();
    for case in &cases {
        let plan = repository.plan(case, &Default::default());
        for fitted in repository.fits(case, &plan, &target.dialect.abilities(&target.product)) {
            let pools = Pools::of(&repository, case, &fitted);
            for batch in 0..BATCHES {
                let seed = 1000 * account.made as u64 + batch as u64 + 1;
                let rows = pools.rows(&mut Rng::new(seed), ROWS);
                let trial = Trial {
                    repository: &repository,
                    fitted: &fitted,
                    kind,
                    worker,
                    target: &target,
                    now: pools.now,
                };
                let label = format!(
                    "{} {} {} seed {seed}",
                    case.slug, fitted.schema.name, fitted.product
                );
                account.add(&label, trial.run(&rows, Missing::Mixed));
            }
        }
    }
    account.settle(&format!("{}, {ROWS} random rows each", kind.name()), LEAST);
}

/// What a row is made of.
struct Pools<'a> {
    /// Rows of fixtures, their times moved to one `now`.
    bases: Vec<NativeRow>,
    /// Values for each column.
    values: BTreeMap<String, Vec<Value>>,
    columns: Vec<&'a ColumnInfo>,
    now: i64,
    within: i64,
    /// The windows of a series.
    every: Option<i64>,
    time: String,
}

impl<'a> Pools<'a> {
    fn of(repository: &Repository, case: &Case, fitted: &'a Fitted) -> Pools<'a> {
        let columns = table::columns_read(&fitted.bound, fitted.schema);
        let now = 1_772_458_245_678;
        let time = fitted.bound.time.name.clone();
        let mut bases = Vec::new();
        for fixture in &case.fixtures {
            for mut row in fixture_rows(repository, fixture, fitted) {
                if let Some(Value::Time(at)) = row.get(&time) {
                    let moved = Value::Time(at - fixture.now + now);
                    row.insert(time.clone(), moved);
                }
                row.retain(|name, _| columns.iter().any(|column| column.native.name == *name));
                bases.push(row);
            }
        }
        let mut found = Found::default();
        for mapping in fitted.schema.mapping.fields.values() {
            if let How::Column {
                source,
                cast: Cast::TextToInt,
            } = &mapping.how
            {
                found
                    .digits
                    .insert(source.column(&fitted.product).to_owned());
                let other = source.switched_column();
                found.digits.extend(other.map(str::to_owned));
            }
        }
        for expr in expressions(&fitted.bound.plan)
            .into_iter()
            .chain(expressions(&fitted.plan))
        {
            expr.visit(&mut |part| found.see(part));
        }
        let mut values = BTreeMap::new();
        for column in &columns {
            let mut pool = found.pool(column);
            let seen = bases.iter().filter_map(|row| row.get(&column.native.name));
            pool.extend(seen.cloned().collect::<Vec<_>>());
            values.insert(column.native.name.clone(), pool);
        }
        let within = match fitted.plan.steps.first().map(|step| &step.kind) {
            Some(StepKind::From {
                within: Some(within),
                ..
            }) => *within,
            _ => 86_400_000,
        };
        Pools {
            bases,
            values,
            columns,
            now,
            within,
            every: fitted.plan.steps.iter().find_map(|step| match step.kind {
                StepKind::Series { every, .. } => Some(every),
                _ => None,
            }),
            time,
        }
    }

    fn rows(&self, rng: &mut Rng, count: usize) -> Vec<NativeRow> {
        (0..count).map(|_| self.row(rng)).collect()
    }

    fn row(&self, rng: &mut Rng) -> NativeRow {
        let mut row = self.bases[rng.below(self.bases.len())].clone();
        let changes = [0, 1, 1, 1, 2, 2, 3, self.columns.len()][rng.below(8)];
        for _ in 0..changes {
            let column = self.columns[rng.below(self.columns.len())];
            let pool = &self.values[&column.native.name];
            let value = match rng.below(6) {
                0 => Value::Missing,
                _ => pool[rng.below(pool.len())].clone(),
            };
            row.insert(column.native.name.clone(), other_case(rng, value, column));
        }
        let window = match self.every {
            Some(every) => every * i64::try_from(rng.below(15)).expect("a small number"),
            None => self.within / 2,
        };
        let edges = [
            0,
            1,
            -1,
            self.within,
            self.within + 1,
            self.within - 1,
            window,
            window + 1,
            window - 1,
        ];
        if rng.below(4) == 0 || !matches!(row.get(&self.time), Some(Value::Time(_))) {
            row.insert(
                self.time.clone(),
                Value::Time(self.now - edges[rng.below(edges.len())]),
            );
        }
        row
    }
}

/// Sometimes a text in other case.
fn other_case(rng: &mut Rng, value: Value, column: &ColumnInfo) -> Value {
    match &value {
        Value::Text(text) if column.ty == Type::Text => match rng.below(6) {
            0 => Value::text(&text.to_ascii_uppercase()),
            1 => Value::text(&text.to_ascii_lowercase()),
            _ => value,
        },
        _ => value,
    }
}

/// Constants of a plan.
#[derive(Default)]
struct Found {
    texts: Vec<String>,
    numbers: Vec<i64>,
    networks: Vec<Network>,
    /// Text columns of numbers.
    digits: BTreeSet<String>,
    /// Constants that a column is compared with.
    of_column: BTreeMap<String, Vec<Value>>,
}

impl Found {
    fn see(&mut self, part: &Expr) {
        let (value, constants): (&Expr, Vec<Value>) = match &part.kind {
            ExprKind::In { value, items, .. } => (value, items.clone()),
            ExprKind::Compare { left, right, .. } => (left, literal(right)),
            ExprKind::TextTest { value, needles, .. } => {
                (value, needles.iter().flat_map(literal).collect())
            }
            ExprKind::InNetwork { networks, .. } => {
                self.networks.extend(networks.iter().cloned());
                return;
            }
            ExprKind::Literal { value, .. } => {
                self.constant(value);
                return;
            }
            _ => return,
        };
        constants
            .iter()
            .for_each(|constant| self.constant(constant));
        value.visit(&mut |inner| {
            if let ExprKind::Column(Column::Native(native)) = &inner.kind {
                self.of_column
                    .entry(native.name.clone())
                    .or_default()
                    .extend(constants.clone());
            }
        });
    }

    fn constant(&mut self, value: &Value) {
        match value {
            Value::Text(text) => self.texts.push(text.to_string()),
            Value::Int(number) => self.numbers.push(*number),
            _ => {}
        }
    }

    fn pool(&self, column: &ColumnInfo) -> Vec<Value> {
        let mut own = self
            .of_column
            .get(&column.native.name)
            .cloned()
            .unwrap_or_default();
        // A value chosen by a word is compared with numbers, and the word is not.
        if column.ty.is_textual() && !self.digits.contains(&column.native.name) {
            own.retain(|value| matches!(value, Value::Text(_)));
        }
        let known = column
            .values
            .iter()
            .map(|word| match (&column.ty, word.parse()) {
                (Type::Int, Ok(number)) => Value::Int(number),
                _ => Value::text(word),
            });
        let mut single: Vec<Value> = known.collect();
        match &column.ty {
            Type::Int => {
                let mut numbers: Vec<i64> = self.numbers.clone();
                numbers.extend(own.iter().filter_map(|value| match value {
                    Value::Int(number) => Some(*number),
                    _ => None,
                }));
                single.extend(
                    numbers
                        .iter()
                        .flat_map(|n| [*n, n + 1, n - 1])
                        .map(Value::Int),
                );
                single.extend([0, 1, -1, 65_535, 4_294_967_296, i64::MAX].map(Value::Int));
            }
            Type::Time => single.push(Value::Missing),
            Type::Bool => single.extend([Value::Bool(true), Value::Bool(false)]),
            Type::Float => single.extend([0.0, -1.5, 1e300].map(Value::float)),
            Type::Ip => single.extend(self.addresses().iter().map(|address| Value::text(address))),
            // The schema promises a number or nothing.
            _ if self.digits.contains(&column.native.name) => {
                single.extend(own.iter().map(|value| Value::text(&value.to_string())));
                single.extend(
                    ["0", "-1", "443", "65536", "007", "-0", "123456789012345678"].map(Value::text),
                );
                single.retain(|value| number(&value.to_string()));
            }
            _ if column.case_varies || column.native.multi || !column.closed => {
                single.extend(own);
                single.extend(ODD.map(Value::text));
                single.extend(self.texts.iter().map(|text| Value::text(text)));
            }
            _ => single.extend(own),
        }
        single.push(Value::Missing);
        match column.native.multi {
            true => {
                let pairs = single.iter().zip(single.iter().skip(1));
                let pairs: Vec<Value> = pairs
                    .map(|(a, b)| Value::set([a.clone(), b.clone()]))
                    .collect();
                single
                    .into_iter()
                    .map(|one| Value::set([one]))
                    .chain(pairs)
                    .collect()
            }
            false => single,
        }
    }

    /// Addresses at the edges of networks: those of the plan, and those that make an address private or public.
    fn addresses(&self) -> Vec<String> {
        let tables = [
            net::private_networks(),
            net::public_exclusions(),
            net::public_exceptions(),
        ];
        let networks = self.networks.iter().chain(tables.into_iter().flatten());
        let mut all: Vec<String> = networks.flat_map(edges).collect();
        all.extend((1..30).map(|host| format!("10.0.1.{host}")));
        all.extend((1..30).map(|host| format!("8.8.{host}.8")));
        all.extend(
            [
                "2606:4700::1111",
                "2a00:1450::200e",
                "::2",
                "fe80::1",
                "255.255.255.255",
            ]
            .map(str::to_owned),
        );
        all
    }
}

/// The first and the last address of a network, and the ones before and after.
fn edges(network: &Network) -> Vec<String> {
    let beside = |address: IpAddr, step: i128| -> Option<IpAddr> {
        Some(match address {
            IpAddr::V4(v4) => {
                let moved = i128::from(v4.to_bits()) + step;
                IpAddr::V4(u32::try_from(moved).ok()?.into())
            }
            IpAddr::V6(v6) => IpAddr::V6(v6.to_bits().checked_add_signed(step)?.into()),
        })
    };
    let (first, last) = (network.first(), network.last());
    let all = [Some(first), Some(last), beside(first, -1), beside(last, 1)];
    let canonical = all
        .into_iter()
        .flatten()
        .filter_map(|address| net::canonical(&address.to_string()));
    canonical.map(|text| text.to_string()).collect()
}

fn literal(expr: &Expr) -> Vec<Value> {
    match &expr.kind {
        ExprKind::Literal { value, .. } => vec![value.clone()],
        _ => Vec::new(),
    }
}

fn number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (1..=18).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Texts that ask much of quoting, of patterns and of the order of characters.
const ODD: [&str; 14] = [
    "a",
    "A",
    " ",
    "it's",
    "say \"x\"",
    "back\\slash",
    "100%",
    "under_score",
    "x.exe",
    "X.EXE",
    ".exe",
    "exe",
    "é.exe",
    "😀",
];
